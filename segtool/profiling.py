"""`segtool.profile`: a table of customers in, who is in each of its segments out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.attributes import CustomerTable, read_customer_table
from segtool.errors import DataError, UsageError, printable
from segtool.profiles import facts
from segtool.profiles.attributes import (
    FIGURES,
    NO,
    YES,
    Attribute,
    Coded,
    Numbers,
    attribute_at,
    attributes_of,
    coded_column,
    is_of,
    place_named,
    segment_columns,
)
from segtool.profiles.baskets import baskets, ids_of
from segtool.profiles.cross import cross_of
from segtool.profiles.distributions import (
    Groups,
    difference_of,
    grouping_of,
    profile_of,
    surprising,
    telling_of,
)
from segtool.profiles.explained import VALUES, sums_by, what_explains
from segtool.profiles.facts import AttributeProfile, Profile, SegmentSize, Telling
from segtool.profiles.groups import groups_of, titles_of
from segtool.profiles.nps import nps_of
from segtool.profiles.population import inhabitants_of, population_of
from segtool.profiles.significance import holm
from segtool.reading import OrderOptions, check_calendar, check_threads
from segtool.rules.columns import Spelled
from segtool.rules.conditions import EVERY
from segtool.segmenting import named_columns
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.families import names as attribute_schemes
from segtool.segments.families import read_attributes
from segtool.segments.schemes import built_in
from segtool.summary.facts import Caution, caution
from segtool.tables.arrays import Ints, Mask, as_column, as_texts
from segtool.tables.columns import amounts_of, column_of
from segtool.tables.dates.spelling import Calendar
from segtool.tables.headers import one_spelling
from segtool.tables.numbers import UNITS, money, to_units
from segtool.tables.numbers.text import DecimalMark
from segtool.tables.source import Layout
from segtool.words import Language, Words, words_in
from segtool.workers import in_order

METADATA = "segtool_profile"
"""The key under which the table of a profile carries it as JSON."""

_LISTED = 6
"""How many columns or segments a caution lists."""

_SMALL = 20
"""Of fewer rows a segment says little of the next customer in it."""

_FEW_ANSWERS = 30
"""Of fewer answers a net promoter score is too wide to tell from another."""

_FEW_EXPECTED = 0.2
"""The share of cells with few expected rows from which on chi-squared is a poor approximation."""


@dataclass(frozen=True, repr=False)
class Profiled:
    """Who is in each segment, as facts and as a table, whose metadata carry the facts as JSON."""

    profile: Profile
    _words: Words

    def __repr__(self) -> str:
        found = self.profile
        return f"<{found.customers:,} customers by {found.by}: {len(found.segments)} segments>"

    @cached_property
    def table(self) -> pa.Table:
        """One row for each value or band of an attribute in a segment; without a value for the attribute as a whole.

        The rows of a whole attribute count filled cells, as shares of the segment's rows, and have the quartiles of
        numbers, or the median day. Rows of values count customers, as shares of the filled cells. What the orders tell
        of items is of the kind `item`, as shares of buyers.
        """
        rows = [row for each in self.profile.attributes for row in _rows_of(each)]
        if self.profile.items:
            rows += _rows_of_items(self.profile.items)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
        table = {name: column_of(own, kind) for (name, kind), own in zip(_COLUMNS.items(), columns, strict=True)}
        if self._words.lang != "en":
            titles = {each.name: each.title for each in self.profile.segments}
            listed = [titles.get(name, name) for name in columns[0]]
            table = {"segment": table.pop("segment"), "segment_title": as_texts(listed), **table}
        return pa.table(table).replace_schema_metadata({METADATA: self.profile.to_json()})

    @cached_property
    def matrix(self) -> pa.Table:
        """One row for each segment and value of the other column, with totals. Raises UsageError without `cross`."""
        cross = self.profile.cross
        if cross is None:
            raise UsageError("There is no matrix without cross, which names another column.")
        pairs = [(row, column) for row in range(len(cross.rows)) for column in range(len(cross.columns))]
        cells = [cross.cells[row][column] for row, column in pairs]
        table = {
            "segment": as_texts([cross.rows[row] for row, _ in pairs]),
            "value": as_texts([cross.columns[column] for _, column in pairs]),
            "customers": as_column(np.array([cell.customers for cell in cells], np.int64)),
            "share": column_of([cell.share for cell in cells], pa.float64()),
        }
        if cells[0].revenue is not None:
            refusal = DataError("The matrix has more revenue than a table can hold; --json tells it.")
            table["revenue"] = amounts_of([cell.revenue or Decimal(0) for cell in cells], refusal=refusal)
            table["revenue_share"] = column_of([cell.revenue_share for cell in cells], pa.float64())
        return pa.table(table).replace_schema_metadata({METADATA: self.profile.to_json()})


_COLUMNS: Mapping[str, pa.DataType] = {
    "segment": pa.string(),
    "attribute": pa.string(),
    "kind": pa.string(),
    "value": pa.string(),
    "customers": pa.int64(),
    "share": pa.float64(),
    "base_share": pa.float64(),
    "index": pa.float64(),
    "mean": pa.float64(),
    "first_quartile": pa.float64(),
    "median": pa.float64(),
    "third_quartile": pa.float64(),
    "median_day": pa.date32(),
}


def _rows_of(attribute: AttributeProfile) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    base = attribute.segments[-1].filled_share
    for own in attribute.segments:
        start = (own.segment, attribute.name, attribute.kind)
        index = 100 * (own.filled_share / base) if base and own.filled_share is not None else None
        figures = [own.mean, own.first_quartile, own.median, own.third_quartile]
        shown = [None if isinstance(each, date) or each is None else float(each) for each in figures]
        day = own.median if isinstance(own.median, date) else None
        rows.append((*start, None, own.filled, own.filled_share, base, index, *shown, day))
        for each in own.values:
            rows.append(
                (*start, each.value, each.customers, each.share, each.base_share, each.index, *[None] * 4, None)
            )
    return rows


def _rows_of_items(items: facts.Items) -> list[tuple[Any, ...]]:
    return [
        (
            *(own.segment, items.column, "item", each.item, each.customers, each.share),
            *(each.share / each.lift, 100 * each.lift, *[None] * 5),
        )
        for own in items.segments
        for each in own.items
    ]


def profile(
    table: Any,
    *,
    by: str | None = None,
    columns: str | Iterable[str] | None = None,
    column: str | Iterable[str] | Mapping[str, str] = (),
    value: str | None = None,
    cross: str | None = None,
    nps: bool = False,
    nps_column: str | None = None,
    population: Any = None,
    per: str | None = None,
    orders: Any = None,
    items: str | None = None,
    least: int = 5,
    top: int = 20,
    decimal: DecimalMark | None = None,
    day_first: bool | None = None,
    date_format: str | None = None,
    calendar: Calendar | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    skip_rows: int | None = None,
    header: bool = True,
    sheet: str | None = None,
    lang: Language = "en",
    digits: Language = "en",
    threads: int | None = None,
    **roles: str | None,
) -> Profiled:
    """Return who is in each segment of a table of customers, in what they differ, and what explains their value.

    `table` is a path, a DataFrame or an Arrow table; rows are parted `by` a column, by default `segment` or else the
    only `segment_…`. `columns` are the attributes to look at, by header or by what the header means, by default all but
    ids, contact data and what is another in each row; `column` tells which column a name means, as "city=Ort".
    `value` is the column of revenue. With `cross` segments are counted by another column, with `nps` or `nps_column`
    the net promoter score is told, with `population`, a table of places and inhabitants, customers `per` 1,000 of them.
    With `orders` and `items` (product, category, brand, or a column) it is told what segments buy, where `least`
    customers do; `roles` are the columns of orders, as `order_date`.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"segment": ["A", "A", "B", "B"], "vip": [True, True, True, False]})
    >>> found = profile(frame).profile  # of the two values, true and false, more rows have the first
    >>> [(own.segment, own.values[1].share, own.values[1].index) for own in found.attributes[0].segments]
    [('A', 0.0, 0.0), ('B', 0.5, 200.0), ('(all)', 0.25, 100.0)]

    Raises UsageError for a column that is absent and DataError for cells that can be read in two ways.
    """
    words, spelled = words_in(lang, digits), Spelled(decimal, day_first, calendar, date_format)
    _refuse(orders=orders, items=items, population=population, per=per, top=top, least=least)
    check_threads(threads)
    check_calendar("calendar", calendar)
    layout = Layout(encoding, delimiter, skip_rows, header, sheet)
    customers = read_customer_table(table, layout, named=named_columns(column), threads=threads)
    for name in customers.named:
        customers.place_of(name)  # raises for a column that is absent
    place = _segments_at(customers, by)
    groups = groups_of(customers, place, spelled, option="--by")
    asked = [columns] if isinstance(columns, str) else columns
    wanted = None if asked is None else [name.strip() for each in asked for name in each.split(",") if name.strip()]
    attributes, left_out = attributes_of(customers, wanted, by=place, spelled=spelled, threads=threads)
    money_at, amounts = _value_at(customers, value, spelled)
    units, valued = (None, None) if money_at is None else _units(customers, money_at, amounts)
    made = _made_of(customers, place)
    profiles, tellings = _profiles(attributes, groups, made, top=top, threads=threads)
    explained = None
    if units is not None and valued is not None:
        explained = _explained(customers, attributes, units, valued, money_at, (place, groups))
    found = Profile(
        schema_version=facts.SCHEMA_VERSION,
        file=customers.name,
        by=customers.headers[place],
        value=None if money_at is None else customers.headers[money_at],
        customers=len(customers),
        revenue=None if units is None else money(sum(sums_by(np.zeros(len(units), np.int64), units))),
        unread_values=0 if valued is None else int((~valued).sum()),
        segments=_sizes(groups, titles_of(customers, place, groups, words), units),
        attributes=tuple(profiles),
        left_out=left_out,
        telling=tellings,
        explained=explained,
        cross=None if cross is None else _cross(customers, groups, cross, spelled, units),
        nps=_nps(customers, groups, nps_column, spelled) if nps or nps_column else None,
        population=None if population is None else _population(customers, population, per, layout, spelled, threads),
        items=None,
        warnings=(),
        version=__version__,
    )
    if orders is not None and items is not None:
        id_at = place_named(customers, "customer_id", "--orders")
        options = OrderOptions(
            decimal=decimal,
            day_first=day_first,
            date_format=date_format,
            calendar=calendar,
            **roles,  # type: ignore[arg-type]
        )
        ids = ids_of(customers.columns[id_at], customers.name)
        bought = baskets(orders, options, items=items, ids=ids, groups=groups, least=least, threads=threads)
        found = replace(found, items=bought)
    return Profiled(replace(found, warnings=tuple(_cautions(found, words))), words)


def _refuse(*, orders: Any, items: str | None, population: Any, per: str | None, top: int, least: int) -> None:
    """Raise UsageError for options of which one does nothing without another."""
    if (orders is None) != (items is None):
        raise UsageError("--orders and --items belong together: what segments buy, and by which column it is told.")
    if per is not None and population is None:
        raise UsageError("--per does nothing without --population.")
    for name, number in (("top", top), ("least", least)):
        if not isinstance(number, int) or number < 1:
            raise UsageError(f"--{name} {number!r} is no number of 1 or more.")


def _segments_at(table: CustomerTable, by: str | None) -> int:
    """Return the position of the column by which rows are parted. Raises UsageError where that is none, or unclear."""
    if by is not None:
        return place_named(table, by, "--by")
    found = segment_columns(table.headers)
    if not found:
        raise UsageError(f"{table.name} has no column segment. {table.like(['segment'])} Say --by COL.")
    headers = [table.headers[place] for place in found]
    plain = {"segment", *(words_in(lang).header("segment") for lang in ("en", "fa"))}
    if len(found) > 1 and headers[0] not in plain:
        raise UsageError(
            f"{table.name} has several columns of segments: {printable(', '.join(headers))}. Say --by COL."
        )
    return place_named(table, headers[0], "--by")


def _value_at(table: CustomerTable, value: str | None, spelled: Spelled) -> tuple[int | None, Attribute | None]:
    """Return the position of the column of revenue, and the column as it is read, None where it is empty.

    It is the one that is named, or else one that is called so of numbers.
    """
    if value is not None:
        place = place_named(table, value, "--value")
        return place, attribute_at(table, place, spelled)
    for name in VALUES:
        called = table.place_of(name)
        if called is not None and _is_of_amounts(found := attribute_at(table, called, spelled)):
            return called, found
    return None, None


def _is_of_amounts(found: Attribute | None) -> bool:
    """Return whether a column can be of money: of numbers, which may all be 0 or 1, or empty."""
    if found is None or found.kind == "yes/no":
        return True
    return found.kind == "number"


def _units(table: CustomerTable, place: int, found: Attribute | None) -> tuple[Ints, Mask]:
    """Return the money of each row in units of 1/10,000, rounded where it has more decimals, and where it is known."""
    header = printable(table.headers[place])
    if found is None:
        return np.zeros(len(table), np.int64), np.zeros(len(table), np.bool_)
    column = found.column
    if isinstance(column, Coded) and column.names == (NO, YES):  # amounts that are all 0 or 1
        return np.maximum(column.places, 0) * UNITS, column.places >= 0
    if not isinstance(column, Numbers) or found.kind == "date":
        raise DataError(f"{table.name}: {header} is no column of numbers; say --value COL for the revenue.")
    numbers, known = column.numbers, column.known
    if column.per == UNITS:
        return np.where(known, numbers, 0).astype(np.int64), known
    if column.whole:
        fits = known & (np.abs(numbers) <= 9 * 10**13)
        return np.where(fits, numbers, 0).astype(np.int64) * UNITS, fits
    units = [to_units(_decimal(number)) if is_known else None for number, is_known in zip(numbers, known, strict=True)]
    fits = np.array([own is not None for own in units], np.bool_)
    return np.array([own or 0 for own in units], np.int64), fits


def _decimal(number: Any) -> Any:
    return Decimal(repr(float(number)))


def _made_of(table: CustomerTable, place: int) -> frozenset[str]:
    """Return the columns that segments are made of, where they are those of a scheme of segtool."""
    if place not in segment_columns(table.headers):
        return frozenset()
    own = table.headers[place].removeprefix("segment_")
    if own in attribute_schemes():
        return frozenset(_looked_at(table, own))
    labelled = all(any(is_of(header, (name,)) for header in table.headers) for name in ("frequency", "monetary"))
    if not labelled or place not in _scored(table):
        return frozenset()
    return frozenset(header for header in table.headers if is_of(header, FIGURES))


def _looked_at(table: CustomerTable, name: str) -> Iterator[str]:
    """Yield the headers that a scheme or a family looks at, and those of the segments of its members."""
    scheme = read_attributes(name)
    for each in [scheme] if isinstance(scheme, AttributeScheme) else scheme.schemes:
        yield f"segment_{each.name}"
        terms = each.fitted(lambda name: table.place_of(name) is not None).terms
        for column in {column for _, term in terms for column in term.columns if column != EVERY}:
            if (place := table.place_of(column)) is not None:
                yield table.headers[place]


def _scored(table: CustomerTable) -> list[int]:
    """Return the positions of the columns of segments that are made of recency, frequency and money."""
    schemes, found = built_in(), []
    for place in segment_columns(table.headers):
        header = table.headers[place]
        names = {"segment", *(f"segment_{name}" for name in schemes)}
        if is_of(header, names):
            found.append(place)
    return found


def _profiles(
    attributes: Sequence[Attribute], groups: Groups, made: frozenset[str], *, top: int, threads: int | None
) -> tuple[list[AttributeProfile], dict[str, tuple[Telling, ...]]]:
    """Return how each attribute is spread, tested among all others, and what sets each segment apart."""

    def of_one(attribute: Attribute) -> tuple[Any, ...]:
        own, test, entry = profile_of(attribute, groups, top=top)
        return own, test, entry, telling_of(attribute, own, groups, made_of=attribute.header in made)

    found = list(in_order(of_one, attributes, threads))
    adjusted = iter(holm([test.p for _, test, _, _ in found if test]))
    profiles = [
        replace(own, difference=difference_of(test, next(adjusted), own.kind, entry)) if test else own
        for own, test, entry, _ in found
    ]
    tellings, least = {}, surprising(profiles)
    for at, name in enumerate(groups.names):
        own = [telling[at] for _, _, _, telling in found if telling[at] and abs(telling[at].score) >= least]
        tellings[name] = tuple(sorted(own, key=lambda each: (each.made_of, -abs(each.score), each.attribute)))
    return profiles, tellings


def _explained(
    table: CustomerTable,
    attributes: Sequence[Attribute],
    units: Ints,
    valued: Mask,
    money_at: int | None,
    by: tuple[int, Groups],
) -> tuple[facts.ExplainedBy, ...]:
    """Return how much of the variance of the value each attribute explains, and each column of segments."""
    others = [each for each in attributes if table.headers.index(each.header) != money_at]
    groupings = {table.headers[by[0]]: by[1].places[valued]}
    groupings |= {each.header: own[valued] for each, own in zip(others, map(grouping_of, others), strict=True)}
    made = {table.headers[place] for place in _scored(table)} if _made_of_value(table) else set()
    made |= {header for header in table.headers if is_of(header, ("average_order_value",))}
    return tuple(what_explains(units[valued], groupings, made))


def _made_of_value(table: CustomerTable) -> bool:
    return any(is_of(header, ("monetary",)) for header in table.headers)


def _sizes(groups: Groups, titles: Mapping[str, str], units: Ints | None) -> tuple[SegmentSize, ...]:
    sums = sums_by(groups.places, units) if units is not None else None
    whole = sum(sums) if sums is not None else 0
    rows = len(groups.places)
    return tuple(
        SegmentSize(
            name=name,
            title=titles[name],
            customers=size,
            share=size / rows,
            revenue=None if sums is None else money(sums[at]),
            revenue_share=None if sums is None or whole <= 0 else sums[at] / whole,
            mean_revenue=None if sums is None else sums[at] / (size * UNITS),
        )
        for at, (name, size) in enumerate(zip(groups.names, groups.sizes.tolist(), strict=True))
    )


def _cross(table: CustomerTable, groups: Groups, other: str, spelled: Spelled, units: Ints | None) -> facts.Cross:
    place = place_named(table, other, "--cross")
    columns = groups_of(table, place, spelled, option="--cross", pool=True)
    return cross_of(groups, columns, table.headers[place], units)


def _nps(table: CustomerTable, groups: Groups, column: str | None, spelled: Spelled) -> facts.Nps:
    """Return the net promoter scores by a column, by default the one called nps."""
    place = place_named(table, column, "--nps-column") if column is not None else table.place_of("nps")
    if place is None:
        groupings = segment_columns(table.headers)
        called = [i for i, header in enumerate(table.headers) if "nps" in one_spelling(header) and i not in groupings]
        if len(called) != 1:
            raise UsageError(f"{table.name} has no column nps. {table.like(['nps'])} Say --nps-column COL.")
        place = called[0]
    texts = coded_column(table.columns[place])
    found = attribute_at(table, place, spelled)
    if found is None or not isinstance(found.column, Numbers):
        numbers = _scores_in(texts.names)
        known = np.append(numbers >= 0, False)[texts.places]
        scores = Numbers(np.append(numbers, 0)[texts.places], known, 1)
    else:
        scores = found.column
    return nps_of(scores, texts.places >= 0, groups, table.headers[place])


def _scores_in(names: Sequence[str]) -> Ints:
    """Return the scores that texts say, -1 where they say none: a few words may stand among them, and `9.0` is 9."""
    read = [re.sub(r"[.,٫]0+$", "", one_spelling(name)) for name in names]
    return np.array([int(one) if one.isascii() and one.isdigit() and len(one) < 9 else -1 for one in read], np.int64)


def _population(
    table: CustomerTable, file: Any, per: str | None, layout: Layout, spelled: Spelled, threads: int | None
) -> facts.Population:
    places = read_customer_table(file, Layout(encoding=layout.encoding, delimiter=layout.delimiter), threads=threads)
    header, inhabitants = inhabitants_of(places, spelled, ["city"] if per is None else [per, "city"])
    if per is not None:
        place: int | None = place_named(table, per, "--per")
    else:
        place = next((at for name in (header, "city") if (at := table.place_of(name)) is not None), None)
    if place is None:
        raise UsageError(f"{table.name} has no column {printable(repr(header))}, as {places.name} has. Say --per COL.")
    return population_of(coded_column(table.columns[place]), table.headers[place], inhabitants, places.name)


def _cautions(found: Profile, words: Words) -> Iterable[Caution]:
    """Yield what to know before the profile is trusted."""

    def header(name: str) -> str:
        return printable(words.term("column", name))

    def listed(names: Sequence[str]) -> str:
        more = len(names) - _LISTED
        return words.series(map(header, names[:_LISTED])) + (words("profile.and-more", count=more) if more > 0 else "")

    if len(found.segments) == 1:
        yield caution("profile-one-segment", words, column=header(found.by))
    small = [each for each in found.segments if each.customers < _SMALL]
    if small:
        names = [words.named(each.name, each.title) for each in small]
        yield caution("profile-small", words, segments=listed(names), least=_SMALL)
    few = [each.name for each in found.attributes if each.difference and _is_poor(each.difference)]
    if few:
        yield caution("profile-few-expected", words, columns=listed(few))
    if found.value is None:
        yield caution("profile-no-value", words)
    elif found.unread_values:
        yield caution(
            "profile-no-amount", words, rows=words.count(found.unread_values, "row"), column=header(found.value)
        )
    made = [each.name for each in found.explained or () if each.made_of and each.adjusted > 0]
    if made:
        yield caution(
            "profile-made-of", words, columns=words.series(map(header, made)), value=header(found.value or "")
        )
    unread = {each.name: each.unread for each in found.attributes if each.unread}
    if unread:
        cells = words.series(f"{header(name)} ({words.number(count)})" for name, count in unread.items())
        yield caution("profile-unread", words, columns=cells)
    if found.nps:
        low = [own.segment for own in found.nps.segments[:-1] if own.answers < _FEW_ANSWERS]
        if low:
            yield caution("profile-few-answers", words, segments=listed(low), least=_FEW_ANSWERS)
        if bad := found.nps.segments[-1].unread:
            cells = words.count(bad, "cell")
            yield caution("profile-nps-unread", words, column=header(found.nps.column), cells=cells)
    if found.population and found.population.unmatched:
        lost = found.population.unmatched
        some = words.series(printable(name) for name in list(lost)[:5])
        customers = words.count(sum(lost.values()), "customer")
        yield caution(
            "profile-no-population", words, customers=customers, places=words.number(len(lost)), some=some,
            file=printable(found.population.file),
        )  # fmt: skip
    if found.items and found.items.unmatched_rows:
        yield caution(
            "profile-unknown-buyers", words, rows=words.count(found.items.unmatched_rows, "row"),
            amount=words.amount(found.items.unmatched_revenue),
        )  # fmt: skip
    if found.items and found.items.without_item:
        rows = words.count(found.items.without_item, "row")
        yield caution("profile-no-item", words, rows=rows, column=header(found.items.column))
    if found.items and found.items.set_aside:
        yield caution("profile-set-aside", words, rows=words.count(found.items.set_aside, "row"))


def _is_poor(difference: facts.Difference) -> bool:
    return difference.few_expected is not None and difference.few_expected > _FEW_EXPECTED
