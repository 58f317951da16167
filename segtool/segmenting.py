"""`segtool.segment`: any table of customers in, every row with its segment by schemes over its columns out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.attributes import PAST, CustomerTable, read_customer_table
from segtool.errors import UsageError
from segtool.reading import check_calendar, check_threads, day_of
from segtool.rules.columns import Spelled
from segtool.rules.conditions import Term
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.families import Family, names, read_attributes
from segtool.segments.labelling import Labelling, label
from segtool.summary.attributes import SCHEMA_VERSION, AttributeSummary, cautions_of, segments_of
from segtool.summary.cautions import GAP_DAYS
from segtool.summary.facts import Caution, caution
from segtool.tables.arrays import Ints
from segtool.tables.dates.spelling import Calendar
from segtool.tables.numbers import money, total
from segtool.tables.numbers.text import DecimalMark
from segtool.tables.source import Layout
from segtool.words import Language, Words, words_in

if TYPE_CHECKING:
    import pandas as pd

METADATA = "segtool_segment"
"""The key under which the table carries the summary as JSON; what another run has noted in it stays."""

_REVENUE = ("monetary", "revenue")
"""Attributes that tell what a customer is worth, the first that the table has."""


@dataclass(frozen=True, repr=False)
class Segmented:
    """The rows of a table in their order, with columns of segments behind all others; and what is said of them."""

    table: pa.Table
    summary: AttributeSummary

    def __repr__(self) -> str:
        return f"<{self.summary.customers:,} customers, {', '.join(each.scheme for each in self.summary.schemes)}>"

    @cached_property
    def customers(self) -> "pd.DataFrame":
        """The rows as a DataFrame."""
        frame: pd.DataFrame = self.table.to_pandas(date_as_object=False)
        return frame


def segment(
    customers: Any,
    scheme: str | Sequence[str],
    *,
    columns: str | Iterable[str] | Mapping[str, str] = (),
    as_of: date | str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    skip_rows: int | None = None,
    header: bool = True,
    sheet: str | None = None,
    decimal: DecimalMark | None = None,
    day_first: bool | None = None,
    date_format: str | None = None,
    calendar: Calendar | None = None,
    lang: Language = "en",
    digits: Language = "en",
    threads: int | None = None,
) -> Segmented:
    """Return every row of a table of customers with its segment by schemes over its columns.

    `customers` is a path, a DataFrame or an Arrow table, or a list of these with the same columns. Each `scheme` is the
    name of one that comes with segtool, of a family of them, or the path of a file. `columns` tells which column a name
    in the rules means, as "age=customer_age". Ages and days are counted from `as_of`, or else the date of the run that
    wrote the table, or else the latest day of the columns that the rules count days from.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"customer_id": ["ann", "ben"], "Age": [27, None]})
    >>> segment(people, "age").customers["segment_age"].tolist()
    ['25-34', 'unknown']

    Raises UsageError for a name that is no scheme, and for a family none of whose columns is there; SchemeError for a
    scheme of a column that is not there; DataError for a table that cannot be read.
    """
    words, wanted = words_in(lang, digits), [scheme] if isinstance(scheme, str) else list(scheme)
    check_threads(threads)
    check_calendar("calendar", calendar)
    asked = schemes_of(wanted)
    named = named_columns(columns)
    table = read_customer_table(
        customers, Layout(encoding, delimiter, skip_rows, header, sheet), named=named, threads=threads
    )
    spelled = Spelled(decimal, day_first, calendar, date_format)
    found = label(table, asked, as_of=day_of(as_of, "as-of"), spelled=spelled, threads=threads)
    labellings = list(with_members(found.labellings))
    worth = revenue_of(table, spelled, threads)
    labelled, replaced = _with_segments(table, labellings, words)
    warnings = list(unasked(table.named, asked, words))
    warnings += [each for labelling in labellings for each in cautions_of(labelling, words)]
    if found.as_of and found.day_before and (gap := (found.as_of - found.day_before).days) > GAP_DAYS:
        warnings.append(caution("as-of-gap", words, last=found.as_of, days=gap, before=found.day_before))
    if worth and worth.unread:
        cells = words.count(worth.unread, "cell")
        warnings.append(caution("unread-revenue", words, column=worth.header, cells=cells))
    summary = AttributeSummary(
        schema_version=SCHEMA_VERSION,
        customers=len(table),
        as_of=found.as_of,
        as_of_from=found.as_of_from,
        revenue=money(total(worth.units)) if worth else None,
        revenue_column=worth.header if worth else None,
        schemes=tuple(segments_of(each, worth.units if worth else None, words) for each in labellings),
        replaced=replaced,
        warnings=tuple(warnings),
        version=__version__,
    )
    metadata = {**table.metadata, METADATA.encode(): summary.to_json().encode()}
    return Segmented(labelled.replace_schema_metadata(metadata), summary)


def schemes_of(wanted: Sequence[str]) -> list[AttributeScheme | Family]:
    """Return the schemes and families of these names. Raises UsageError for none, and for two of one name."""
    if not wanted:
        raise UsageError(f"Say which --scheme: {', '.join(names())}, or a file as ./mine.toml.")
    asked = [read_attributes(each) for each in dict.fromkeys(wanted)]
    every = [own for each in asked for own in (each, *(each.schemes if isinstance(each, Family) else ()))]
    called: dict[str, AttributeScheme | Family] = {}
    for each in every:
        if called.setdefault(each.name, each) is not each:
            raise UsageError(f"Two schemes are called {each.name!r}; give one of the files another name.")
    return asked


def named_columns(columns: str | Iterable[str] | Mapping[str, str]) -> dict[str, str]:
    """Return name in the rules -> header, from pairs as "age=customer_age". Raises UsageError for what is no pair."""
    if isinstance(columns, Mapping):
        return dict(columns)
    found = {}
    for pair in [columns] if isinstance(columns, str) else columns:
        name, equals, header = (part.strip() for part in pair.partition("="))
        if not (name and equals and header):
            raise UsageError(f"--column {pair!r} is no pair; write it as age=customer_age.")
        found[name] = header
    return found


def unasked(named: Mapping[str, str], asked: Iterable[AttributeScheme | Family], words: Words) -> Iterator[Caution]:
    """Yield a caution for each name that the user gives a column and that neither a scheme nor the summary asks for."""
    known = {*_REVENUE, *PAST}
    for scheme in (own for each in asked for own in (each.schemes if isinstance(each, Family) else [each])):
        terms = [*(term for _, term in scheme.terms), *(term for own in scheme.derived.values() for term in own)]
        known |= {*scheme.derived, *(name for term in terms for name in term.columns)}
    for name, header in named.items():
        if name not in known:
            yield caution("unasked-column", words, name=name, column=header)


def with_members(labellings: Iterable[Labelling]) -> Iterable[Labelling]:
    """Yield labellings, those of families before those of their members, each once."""
    every = [each for labelling in labellings for each in (labelling, *labelling.members)]
    return {each.name: each for each in every}.values()


def segment_columns(labellings: Iterable[Labelling], words: Words) -> dict[str, pa.ChunkedArray]:
    """Return header -> column of segments; in another language than English the titles follow their names."""
    found = {}
    for each in labellings:
        found[f"segment_{each.name}"] = each.column
        if words.lang != "en":
            found[f"segment_title_{each.name}"] = each.titles(words.lang)
    return found


def _with_segments(
    table: CustomerTable, labellings: Sequence[Labelling], words: Words
) -> tuple[pa.Table, tuple[str, ...]]:
    """Return a table with columns of segments, and which of them it had before: these are replaced where they stand."""
    new = segment_columns(labellings, words)
    replaced = tuple(header for header in table.headers if header in new)
    columns = dict(enumerate(table.columns))
    for at, header in enumerate(table.headers):
        if header in new:
            columns[at] = new[header]
    more = {header: column for header, column in new.items() if header not in replaced}
    headers = [*table.headers, *more]
    return pa.Table.from_arrays([*columns.values(), *more.values()], names=headers), replaced


@dataclass(frozen=True)
class Revenue:
    """What each row is worth, in units of 1/10,000, 0 where the cell is empty or one of those that are `unread`."""

    header: str
    units: Ints
    unread: int


def revenue_of(table: CustomerTable, spelled: Spelled, threads: int | None) -> Revenue | None:
    """Return what the rows of a table are worth, by the first column that is called so; None where none is."""
    name = next((name for name in _REVENUE if table.place_of(name) is not None), None)
    place = table.place_of(name) if name else None
    if name is None or place is None:
        return None
    term = Term((name,))
    columns = table.looked_at({name: place}, spelled=spelled, threads=threads)
    numbers = columns.numbers(term)

    def unread(at: int) -> int:
        read = numbers[at].readable
        return 0 if read.all() else int((~read & ~columns.empty(term, at)).sum())

    units, others = columns.each(lambda at: numbers[at].units()), columns.each(unread)
    return Revenue(table.headers[place], np.concatenate(units), sum(others))
