"""Which customers a campaign asks for, by a rule over their columns, and which of them agreed to be reached."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

import numpy as np

from segtool.attributes import CustomerTable
from segtool.errors import UsageError, printable
from segtool.orders.where import Where
from segtool.profiles.attributes import segment_columns
from segtool.rules.columns import Spelled, Table
from segtool.rules.conditions import EVERY, All, AnyOf, Condition, Empty, Is, Not, OneOf, Term, Text, terms_of, tests_in
from segtool.rules.match import matching, unreadable
from segtool.segments.labelling import Unread
from segtool.segments.schemes import built_in, read
from segtool.tables.arrays import Mask
from segtool.tables.headers import one_spelling


@dataclass(frozen=True)
class UnknownSegment:
    """A segment that a rule asks for and no row has, and the one whose name is nearest, if any is near."""

    name: str
    near: str | None


@dataclass(frozen=True)
class AskedFor:
    """Which rows meet a rule, and what was found on the way.

    `as_of` is the day that the rule counts back from, None where it counts none.
    """

    rows: Mask
    unread: tuple[Unread, ...] = ()
    unknown: tuple[UnknownSegment, ...] = ()
    as_of: date | None = None


def looked_at(customers: CustomerTable, rules: Sequence[Where]) -> Iterator[int]:
    """Yield the positions of the columns that rules look at. Raises UsageError for one that the table has not."""
    for where in rules:
        for name in (name for term in terms_of(where.condition) for name in term.columns):
            if name == EVERY:
                yield from range(len(customers.headers))
            elif (place := customers.place_of(name)) is None:
                raise UsageError(f"{where}: {customers.name} has no column {name!r}. {customers.like([name])}")
            else:
                yield place


def asked_for(
    customers: CustomerTable, rules: Sequence[Where], *, as_of: date | None, spelled: Spelled, threads: int | None
) -> AskedFor:
    """Return which rows meet all rules. A segment may be called by its title in any language of the program.

    Raises UsageError where days are counted back and nobody knows from when.
    """
    if not rules:
        return AskedFor(np.ones(len(customers), np.bool_))
    conditions = [where.condition for where in rules]
    table, _, _ = customers.seen_by(conditions, as_of=as_of, spelled=spelled, threads=threads)
    table.prepare(conditions)
    unknown = []
    for term in dict.fromkeys(term for each in conditions for term in terms_of(each)):
        if term.function is None and customers.place_of(term.columns[0]) in segment_columns(customers.headers):
            names, absent = _names_meant(term, conditions, table)
            conditions = [_with_names(each, term, names) for each in conditions]
            unknown += absent
    whole = All(tuple(conditions))
    rows = np.concatenate(table.each(lambda at: matching(whole, table, at)))
    return AskedFor(
        rows, tuple(_unread(whole, table, customers)), tuple(unknown), table.as_of if table.was_dated else None
    )


@dataclass(frozen=True)
class Consent:
    """Which rows say yes to being reached, and which no; the cells of others are empty or cannot be understood."""

    rows: Mask
    refused: Mask
    unread: tuple[Unread, ...]


def consent_in(customers: CustomerTable, place: int, *, spelled: Spelled, threads: int | None) -> Consent:
    """Return which rows say yes in a column."""
    header = customers.headers[place]
    table, term = customers.looked_at({header: place}, spelled=spelled, threads=threads), Term((header,))
    table.labels(term)
    yes = table.each(lambda at: matching(Is(term, True), table, at))
    no = table.each(lambda at: matching(Is(term, False), table, at))
    known = AnyOf((Is(term, True), Is(term, False), Empty(term)))
    open_rows = table.each(lambda at: ~matching(known, table, at))
    return Consent(
        np.concatenate(yes), np.concatenate(no), tuple(_examples({header: place}, {header: open_rows}, customers))
    )


def _unread(condition: Condition, table: Table, customers: CustomerTable) -> Iterator[Unread]:
    """Yield the columns with cells that a rule cannot read."""
    found = table.each(lambda at: unreadable(condition, table, at))
    names = dict.fromkeys(name for each in found for name in each)
    masks = {
        name: [each.get(name, np.zeros(size, np.bool_)) for each, size in zip(found, table.sizes, strict=True)]
        for name in names
    }
    places = {name: place for name in names if (place := customers.place_of(name)) is not None}
    yield from _examples(places, masks, customers)


def _examples(
    places: Mapping[str, int], masks: Mapping[str, Sequence[Mask]], customers: CustomerTable
) -> Iterator[Unread]:
    for name, place in places.items():
        rows = np.flatnonzero(np.concatenate(masks[name]))
        if len(rows):
            column = customers.columns[place]
            example = min(str(column[int(row)].as_py()) for row in rows[:_LOOKED_THROUGH])
            yield Unread(customers.headers[place], len(rows), printable(example[:40]))


_LOOKED_THROUGH = 1_000
"""Among how many cells the example is the least."""


def _names_meant(
    term: Term, conditions: Sequence[Condition], table: Table
) -> tuple[dict[str, str], list[UnknownSegment]]:
    """Return what a rule calls a segment -> its name, where that is a title; and the segments that no row has."""
    tests = [test for each in conditions for test in tests_in(each) if isinstance(test, OneOf) and test.term == term]
    texts = dict.fromkeys(value.pattern for test in tests for value in test.values if isinstance(value, Text))
    written = {
        spelling: name
        for own in table.labels(term)
        for spelling, name in zip(own.texts.to_pylist(), own.written.to_pylist(), strict=True)
    }
    absent = [text for text in texts if "*" not in text and one_spelling(text).strip() not in written]
    if not absent:
        return {}, []
    titles = _titles(written)
    names = {text: titles[spelling] for text in absent if (spelling := one_spelling(text).strip()) in titles}
    unknown = [UnknownSegment(text, _near(text, titles | written)) for text in absent if text not in names]
    return names, unknown


def _titles(written: Mapping[str, str]) -> dict[str, str]:
    """Return the titles of segments, in one spelling -> the name, as far as rows have these."""
    segments = [segment for name in built_in() for segment in read(name).segments]
    return {
        one_spelling(title).strip(): written[spelling]
        for segment in segments
        for title in segment.title.values()
        if (spelling := one_spelling(segment.name).strip()) in written
    }


def _near(text: str, written: Mapping[str, str]) -> str | None:
    near = get_close_matches(one_spelling(text), list(written), n=1)
    return written[near[0]] if near else None


def _with_names(condition: Condition, term: Term, names: Mapping[str, str]) -> Condition:
    """Return a condition in which texts that a column is compared with are replaced."""
    match condition:
        case All(parts) | AnyOf(parts):
            return type(condition)(tuple(_with_names(part, term, names) for part in parts))
        case Not(part):
            return Not(_with_names(part, term, names))
        case OneOf(own, values) if own == term and names:
            meant = [Text(names.get(each.pattern, each.pattern)) if isinstance(each, Text) else each for each in values]
            return replace(condition, values=tuple(meant))
        case _:
            return condition
