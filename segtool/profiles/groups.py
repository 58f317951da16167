"""Columns as groups of rows: segments, and the values or bands of any other column."""

from collections.abc import Sequence

import numpy as np

from segtool.attributes import CustomerTable
from segtool.errors import UsageError, printable
from segtool.profiles.attributes import (
    EMPTY,
    Coded,
    Numbers,
    attribute_at,
    coded_column,
    segment_columns,
    title_column,
)
from segtool.profiles.distributions import Groups, banded, shown_of
from segtool.resources import names_in
from segtool.rules.columns import Spelled
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.families import read_attributes
from segtool.segments.scheme import Segment
from segtool.segments.schemes import built_in, read
from segtool.tables.arrays import Ints
from segtool.words import Words

_DEFAULT = "loyalty-matrix"

MOST = 100
"""The most groups that rows are told apart by."""


def groups_of(table: CustomerTable, place: int, spelled: Spelled, *, option: str, pool: bool = False) -> Groups:
    """Return the rows of a table by the values of a column; by bands of equal size for numbers of many values.

    Empty cells are the group `(empty)`, which stands last. With `pool` the most frequent values are told apart and the
    others are `(other)`. Raises UsageError for a column of too many values otherwise.
    """
    column = coded_column(table.columns[place])
    used = len(column.names)
    if used > MOST or (pool and used > MOST // 5):
        attribute = attribute_at(table, place, spelled)
        if attribute is not None and isinstance(attribute.column, Numbers):
            spread = banded(attribute, attribute.column)
            return _with_empty(spread[0], spread[1])
        if pool:
            return _with_empty(*shown_of(column, MOST // 5))
        raise UsageError(
            f"{table.name}: {printable(table.headers[place])} has {used:,} values; {option} takes a column of at most "
            f"{MOST}, or of numbers."
        )
    return _in_order(column, table, place)


def _with_empty(names: Sequence[str], places: Ints) -> Groups:
    missing = places < 0
    if not missing.any():
        return Groups(tuple(names), places)
    name = EMPTY if EMPTY not in names else f"{EMPTY} "
    return Groups((*names, name), np.where(missing, len(names), places))


def _in_order(column: Coded, table: CustomerTable, place: int) -> Groups:
    """Return groups in the order of their scheme, where one has them all, and else of their numbers or letters."""
    names = list(column.names)
    order = names
    if place in segment_columns(table.headers):
        order = _as_told(names, table) or _of_scheme(names, table.headers[place]) or names
    if order is names:
        order = sorted(names, key=_key)
    codes = np.empty(len(names) + 1, np.int64)
    codes[[names.index(name) for name in order]] = np.arange(len(order))
    codes[-1] = -1
    return _with_empty(order, codes[column.places])


def _key(name: str) -> tuple[bool, float, str]:
    """Return what puts numbers in their order, and before texts."""
    try:
        return (False, float(name), name)
    except ValueError:
        return (True, 0.0, name)


def _as_told(names: Sequence[str], table: CustomerTable) -> list[str] | None:
    """Return the order in which the summary of a table has its segments, None where it does not have them all."""
    told = table.about.get("segments") or ()
    known = [each.get("name") for each in told if isinstance(each, dict)]
    return [str(name) for name in known if name in names] if set(names) <= set(known) else None


def _of_scheme(names: Sequence[str], header: str) -> list[str] | None:
    """Return the order that a built-in scheme has for segments, None where none has them all."""
    segments = _fitting(names, header)
    return None if segments is None else [each.name for each in segments if each.name in names]


def _fitting(names: Sequence[str], header: str) -> Sequence[Segment] | None:
    """Return the segments of the scheme that a column is of, or else of the first built-in one that has all names."""
    own = header.removeprefix("segment_")
    if own in names_in("segments/attributes") and isinstance(scheme := read_attributes(own), AttributeScheme):
        return scheme.segments if set(names) <= {each.name for each in scheme.segments} else None
    ordered = sorted(built_in(), key=lambda name: (name != _DEFAULT, name))
    schemes = map(read, ordered)
    return next((each.segments for each in schemes if set(names) <= {own.name for own in each.segments}), None)


def built_in_titles(names: Sequence[str], header: str, words: Words) -> dict[str, str]:
    """Return the titles of segments in a column as a built-in scheme has them; none where no scheme has all of them."""
    segments = _fitting(names, header) or ()
    return {each.name: words.of(each.title) for each in segments if each.name in names}


def titles_of(table: CustomerTable, place: int, groups: Groups, words: Words) -> dict[str, str]:
    """Return the title of each group: as the table has it beside, else as a built-in scheme has it, else its name."""
    titles = {name: name for name in groups.names}
    if place in segment_columns(table.headers):
        titles |= built_in_titles([name for name in titles if name != EMPTY], table.headers[place], words)
    beside = title_column(table.headers, place)
    if beside is not None and beside != place:
        column = coded_column(table.columns[beside])
        for at, name in enumerate(groups.names):
            own = column.places[groups.places == at]
            if len(own) and (own == own[0]).all() and own[0] >= 0:
                titles[name] = column.names[int(own[0])]
    return titles
