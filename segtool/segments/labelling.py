"""Rows of a customer table to segments, by schemes over its columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from segtool.attributes import CustomerTable
from segtool.errors import SchemeError, UsageError, printable
from segtool.rules.cells import Labels, Places
from segtool.rules.columns import Spelled, Table
from segtool.rules.conditions import EVERY, Condition, Empty, Not, Term
from segtool.rules.match import matching, unreadable
from segtool.segments.attribute_scheme import NONE, AttributeScheme
from segtool.segments.families import Family
from segtool.segments.scheme import Segment, Texts
from segtool.tables.arrays import Ints, Levels, Mask, as_column, as_texts
from segtool.tables.headers import one_spelling
from segtool.tables.source import BATCH_ROWS
from segtool.workers import in_order

BETWEEN = " · "
"""What stands between the segments of the members of a family."""


@dataclass(frozen=True)
class Unread:
    """Filled cells of a column that rules could not read, where that made a difference: how many, and the first."""

    column: str
    cells: int
    example: str


@dataclass(frozen=True)
class Found:
    """A segment that rows can be in, with texts by language.

    `segment` is that of the scheme, None for a value of a column and for none. It `is_level` where a rule asks for it
    that asks for more than an empty cell.
    """

    name: str
    title: Texts
    advice: Texts
    segment: Segment | None = None
    is_level: bool = False


@dataclass(frozen=True, eq=False)
class Labelling:
    """What one scheme makes of the rows of a table: for each row the position in `found` of its segment.

    `looked_at` is name in the rules -> header. Of a family `members` are the labellings of its members that the table
    has columns for, and `skipped` is member -> the column that it lacks.
    """

    name: str
    title: Texts
    found: tuple[Found, ...]
    places: Places
    looked_at: Mapping[str, str]
    unread: tuple[Unread, ...] = ()
    checksum: str | None = None
    members: tuple["Labelling", ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def column(self) -> pa.ChunkedArray:
        """The name of each row's segment."""
        return _taken([each.name for each in self.found], self.places)

    def titles(self, lang: str) -> pa.ChunkedArray:
        """Return the title of each row's segment in a language."""
        return _taken([each.title.get(lang) or each.title["en"] for each in self.found], self.places)


def _taken(texts: Sequence[str], places: Places) -> pa.ChunkedArray:
    own = as_texts(texts)
    parts = (as_column(places[start : start + BATCH_ROWS]) for start in range(0, len(places), BATCH_ROWS))
    return pa.chunked_array(list(in_order(own.take, parts, None)), pa.string())


@dataclass(frozen=True)
class Labellings:
    """All that schemes make of a table, and the day that ages and days are counted from, with what tells it.

    `day_before` is the next latest day of the data, where these tell it.
    """

    labellings: tuple[Labelling, ...]
    as_of: date | None
    as_of_from: str | None
    day_before: date | None


def label(
    customers: CustomerTable,
    asked: Sequence[AttributeScheme | Family],
    *,
    as_of: date | None = None,
    spelled: Spelled | None = None,
    threads: int | None = None,
) -> Labellings:
    """Return the segment of every row by each scheme or family, in their order.

    Raises SchemeError for a column that a scheme looks at and the table has not; UsageError for a family none of whose
    members has its column, and for ages or days without an as-of date; DataError for columns that cannot be read.
    """
    fitted: dict[AttributeScheme, AttributeScheme | Lacking] = {}
    for scheme in (own for each in asked for own in _schemes_of(each)):
        if scheme not in fitted:
            fitted[scheme] = _fitted(scheme, customers)
    for each in asked:
        _refuse_unfit(each, fitted, customers)
    fit = {scheme: own for scheme, own in fitted.items() if isinstance(own, AttributeScheme)}
    rules = [rule for scheme in fit.values() for rule in _rules(scheme)]
    table, told, before = customers.seen_by(rules, as_of=as_of, spelled=spelled or Spelled(), threads=threads)
    table.prepare(rules)
    done = {scheme: _labelling(own, table, customers) for scheme, own in fit.items()}
    found = tuple(_joined(each, done, fitted) if isinstance(each, Family) else done[each] for each in asked)
    return Labellings(found, *((table.as_of, told, before) if table.was_dated else (None, None, None)))


def _schemes_of(asked: AttributeScheme | Family) -> Sequence[AttributeScheme]:
    return asked.schemes if isinstance(asked, Family) else [asked]


def _rules(scheme: AttributeScheme) -> list[Condition]:
    rules = [rule for rule in scheme.conditions if rule is not None]
    return [*rules, Not(Empty(scheme.each))] if scheme.each else rules


class Lacking(NamedTuple):
    """The first column that a scheme has to have and a table lacks, and where the scheme looks at it."""

    segment: str | None
    term: Term
    column: str


def _fitted(scheme: AttributeScheme, customers: CustomerTable) -> "AttributeScheme | Lacking":
    """Return a scheme with what the table has in place of what it has not, or else the column that it lacks."""
    found = scheme.fitted(lambda name: customers.place_of(name) is not None)
    return _missing(found, customers) or found


def _refuse_unfit(
    asked: AttributeScheme | Family,
    fitted: Mapping[AttributeScheme, AttributeScheme | Lacking],
    customers: CustomerTable,
) -> None:
    """Raise SchemeError for a scheme of a column that a table lacks, UsageError for a family without any member."""
    found = [fitted[scheme] for scheme in _schemes_of(asked)]
    lacking = [each for each in found if isinstance(each, Lacking)]
    if isinstance(asked, Family):
        if len(lacking) == len(found):
            columns = [each.column for each in lacking]
            raise UsageError(
                f"{customers.name} has no column for any scheme of {asked.name}: {', '.join(columns)}. "
                f"{customers.like(columns)} Say --column {columns[0]}=COL."
            )
    elif lacking:
        segment, term, name = lacking[0]
        where = f"{asked.place}: " + (f"segment {printable(segment)}: " if segment else "")
        condition = "" if str(term) == name else f" of {term}"
        text = f" A text stands in quotes: '{name}'." if asked.compares_with(name) else ""
        raise SchemeError(
            f"{where}{customers.name} has no column {printable(repr(name))}{printable(condition)}. "
            f"{customers.like([name])} Say --column {printable(name)}=COL for another name.{printable(text)}"
        )


def _missing(scheme: AttributeScheme, customers: CustomerTable) -> Lacking | None:
    """Return the first column that a scheme looks at and a table lacks, though it has to have it, and where."""
    first, found = None, False
    for segment, term in scheme.terms:
        absent = [name for name in term.columns if name != EVERY and customers.place_of(name) is None]
        found = found or len(absent) < len(term.columns)
        if absent and (term.function != "filled" or len(absent) == len(term.columns)):
            first = first or Lacking(segment, term, absent[0])
            if absent[0] not in scheme.optional:
                return Lacking(segment, term, absent[0])
    return None if found else first


def _labelling(scheme: AttributeScheme, table: Table, customers: CustomerTable) -> Labelling:
    found = [
        Found(each.name, each.title, each.advice, each, not isinstance(rule, Empty | None))
        for each, rule in zip(scheme.segments, scheme.conditions, strict=True)
    ]
    found.append(Found(NONE, {"en": NONE}, {"en": ""}))
    chunks = table.each(lambda at: _first_that_hold(scheme, table, at))
    places = np.concatenate([own for own, _ in chunks], dtype=np.int32)
    if scheme.each:
        places, more = _by_value(scheme, places, first=len(found), labels=table.labels(scheme.each))
        found += more
    np.putmask(places, places < 0, len(scheme.segments) if scheme.default is None else scheme.default)
    return Labelling(
        name=scheme.name,
        title=scheme.title,
        found=tuple(found),
        places=places,
        looked_at=_headers(scheme, customers),
        unread=tuple(_unread([own for _, own in chunks], table)),
        checksum=scheme.checksum,
    )


def _first_that_hold(scheme: AttributeScheme, table: Table, at: int) -> tuple[Levels, dict[str, Mask]]:
    """Return for each row of a chunk the place of the first rule that holds, -1 where none does; and the cells of such
    rows that cannot be read, by column.
    """
    places, left = np.full(table.sizes[at], -1, np.int8), np.ones(table.sizes[at], np.bool_)
    rules = [(place, rule) for place, rule in enumerate(scheme.conditions) if rule is not None]
    for place, rule in rules:
        holds = left & matching(rule, table, at)
        np.putmask(places, holds, place)
        left &= ~holds
    unread: dict[str, Mask] = {}
    for _, rule in rules if left.any() else []:
        for name, cells in unreadable(rule, table, at).items():
            unread[name] = unread.get(name, False) | (cells & left)
    return places, unread


def _headers(scheme: AttributeScheme, customers: CustomerTable) -> dict[str, str]:
    """Return name in the rules -> header."""
    names = dict.fromkeys(name for _, term in scheme.terms for name in term.columns)
    places = {name: customers.place_of(name) for name in names}
    return {name: customers.headers[place] for name, place in places.items() if place is not None}


def _unread(chunks: Sequence[Mapping[str, Mask]], table: Table) -> Iterator[Unread]:
    """Yield the columns with cells that cannot be read."""
    for name in dict.fromkeys(name for own in chunks for name in own):
        rows = [np.flatnonzero(own[name]) if name in own else np.zeros(0, np.int64) for own in chunks]
        first = next(((at, own[0]) for at, own in enumerate(rows) if len(own)), None)
        if first:
            yield Unread(name, sum(map(len, rows)), table.cells(name)[first[0]][int(first[1])])


def _by_value(
    scheme: AttributeScheme, places: Places, *, first: int, labels: Sequence[Labels]
) -> tuple[Places, list[Found]]:
    """Return places in which rows that no rule names are in a segment called as their value, and these segments.

    Their places begin with the `first`. Values that differ only in case, accents or Persian letters are one, called as
    most rows have it.
    """
    starts = np.cumsum([0, *(len(own.places) for own in labels)])
    unnamed = [
        (places[start : start + len(own.places)] < 0) & (own.places >= 0)
        for start, own in zip(starts, labels, strict=False)
    ]
    counts: dict[str, dict[str, int]] = {}
    for rows, own in zip(unnamed, labels, strict=True):
        each = np.bincount(own.places[rows], minlength=len(own.texts)).tolist()
        for one, written, count in zip(own.texts.to_pylist(), own.written.to_pylist(), each, strict=True):
            if count:
                spellings = counts.setdefault(one, {})
                spellings[written] = spellings.get(written, 0) + count
    named = {one_spelling(segment.name): place for place, segment in enumerate(scheme.segments)}
    names = {
        one: min(spellings, key=lambda text: (-spellings[text], text))
        for one, spellings in counts.items()
        if one not in named  # a value that is called as a segment is in that segment
    }
    order = sorted(names, key=lambda one: names[one])
    position = named | {one: first + place for place, one in enumerate(order)}
    for start, rows, own in zip(starts, unnamed, labels, strict=False):
        of_text = np.array([position.get(one, -1) for one in own.texts.to_pylist()], np.int32)
        places[start + np.flatnonzero(rows)] = of_text[own.places[rows]]
    return places, [Found(names[one], {"en": names[one]}, scheme.advice) for one in order]


def _joined(
    family: Family,
    done: Mapping[AttributeScheme, Labelling],
    fitted: Mapping[AttributeScheme, AttributeScheme | Lacking],
) -> Labelling:
    """Return what a family makes of a table: the segments of all members side by side, or the worst of them."""
    members = [done[scheme] for scheme in family.schemes if scheme in done]
    found, places = _lowest(members) if family.join == "lowest" else _side_by_side(members)
    lacking = ((scheme.name, fitted[scheme]) for scheme in family.schemes)
    return Labelling(
        name=family.name,
        title=family.title,
        found=found,
        places=places,
        looked_at={name: header for member in members for name, header in member.looked_at.items()},
        members=tuple(members),
        skipped={name: each.column for name, each in lacking if isinstance(each, Lacking)},
    )


def _side_by_side(members: Sequence[Labelling]) -> tuple[tuple[Found, ...], Places]:
    """Return the combinations of segments that there are, and which of them each row has; those of one name are one."""
    codes = np.zeros(len(members[0].places), np.int32)
    combinations: list[tuple[int, ...]] = [()]
    for member in members:
        count = len(member.found)
        pairs, codes = _distinct(codes.astype(np.int64) * count + member.places, len(combinations) * count)
        combinations = [(*combinations[pair // count], pair % count) for pair in pairs.tolist()]
    found: dict[str, Found] = {}
    position = []
    for places in combinations:
        own = [member.found[place] for member, place in zip(members, places, strict=True)]
        languages = sorted({lang for each in own for lang in each.title})
        title = {lang: BETWEEN.join(each.title.get(lang) or each.title["en"] for each in own) for lang in languages}
        name = BETWEEN.join(each.name for each in own)
        position.append(list(found).index(name) if name in found else len(found))
        found.setdefault(name, Found(name, title, {"en": ""}))
    return tuple(found.values()), np.array(position, np.int32)[codes]


def _distinct(codes: Ints, count: int) -> tuple[Ints, Places]:
    """Return the distinct ones of codes below a count, and the place among them of each."""
    if count > max(len(codes), 1 << 20):
        found, places = np.unique(codes, return_inverse=True)
        return found, places.astype(np.int32)
    found = np.flatnonzero(np.bincount(codes, minlength=count))
    of_code = np.zeros(count, np.int32)
    of_code[found] = np.arange(len(found))
    return found, of_code[codes]


def _lowest(members: Sequence[Labelling]) -> tuple[tuple[Found, ...], Places]:
    """Return the segments of the first member, and of those of all members the one of each row that stands last there.

    A member for which the row has no level, as of an empty cell, does not decide unless all others have none either.
    """
    found = members[0].found
    rank = {each.name: place for place, each in enumerate(found) if each.is_level}
    ranks = [
        np.array([rank.get(each.name, -1) if each.is_level else -1 for each in own.found], np.int32) for own in members
    ]
    worst = np.max([own[member.places] for own, member in zip(ranks, members, strict=True)], axis=0)
    return found, np.where(worst >= 0, worst, members[0].places)
