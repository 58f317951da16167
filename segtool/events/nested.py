"""Event logs with columns in columns, as a flat table: structures, lists of products or events, pairs of key and value.

A log in JSON lines has its objects flat already and lists as JSON; one in Parquet has structures and lists; a CSV can
hold lists as JSON. All come out alike: `a.b` for the member b of a, a row for each product of an event.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import Ints, Mask, as_column, as_mask, as_texts, one_text, valid, values
from segtool.tables.arrow_table import GROUPED
from segtool.tables.source import Batch, Part, Remark, Source
from segtool.tables.text import as_text, plain

_SAMPLE = 200

_decode = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str).decode


@dataclass(frozen=True)
class Shape:
    """Which columns hold more than a cell: `rows` lists of events, `lists` those of products, `keyed` pairs of a key
    and a value, or an object.

    A list of products can stand within a list of events: `actionDetails.itemDetails`. `names` are columns that are
    looked for in lists and pairs; what a list in JSON has nobody knows before it is read.
    """

    rows: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    keyed: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnfoldedBatch(Batch):
    """Rows of a flat table, each with the number of the row that it is from; `first` is true at the first of an event.

    `taken` is how many rows of the table they take, broken ones too.
    """

    first: Mask
    taken: int

    @property
    def size(self) -> int:
        return self.taken


def unfolded(source: Source, shape: Shape) -> Source:
    """Return a table without columns in columns; the same where there are none."""
    if not any(pa.types.is_nested(source.type_of(at)) for at in range(len(source.columns))):
        held = {*shape.rows, *shape.keyed, *shape.lists}
        if not held & set(source.columns):
            return source
    return Unfolded(source, shape)


def leaves(source: Source) -> tuple[str, ...]:
    """Return the headers of a table with those of the members of its structures, as `device.category`."""
    return tuple(name for name, _, _ in _leaves(source))


_Leaf = tuple[str, int, tuple[str, ...]]


def _leaves(source: Source) -> Iterator[_Leaf]:
    """Yield header, position and path of every column that is no structure, and of every member of one."""
    for at, header in enumerate(source.columns):
        yield from _members(header, at, (), source.type_of(at))


def _members(
    name: str, at: int, path: tuple[str, ...], kind: pa.DataType
) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    if _wraps_list(kind):
        yield name, at, (*path, "list")
    elif pa.types.is_struct(kind):
        for i in range(kind.num_fields):
            member = kind.field(i)
            yield from _members(f"{name}.{member.name}", at, (*path, member.name), member.type)
    else:
        yield name, at, path


def _wraps_list(kind: pa.DataType) -> bool:
    """Return whether a structure is a list as BigQuery writes it to Parquet: `items.list.element.item_id`."""
    is_alone = pa.types.is_struct(kind) and kind.num_fields == 1 and kind.field(0).name == "list"
    return is_alone and _holds_structures(kind.field(0).type)


def _entry_of(kind: pa.DataType) -> pa.DataType:
    """Return the type of the entries of a list of structures."""
    entry = kind.value_type
    return entry.field(0).type if _wraps_entry(entry) else entry


def _wraps_entry(entry: pa.DataType) -> bool:
    return entry.num_fields == 1 and entry.field(0).name == "element" and pa.types.is_struct(entry.field(0).type)


class Entries(Protocol):
    """The entries of a column of lists, one row after another."""

    counts: Ints
    """How many each row has."""

    def column(self, path: str) -> pa.Array:
        """Return a member of all entries, null or empty where one has none."""

    def within(self, path: str) -> "Entries":
        """Return the entries of a list that each entry has as a member."""


class _Stored:
    """Entries of Arrow's lists of structures."""

    def __init__(self, column: pa.Array) -> None:
        self.counts = _filled(pc.list_value_length(column))
        entries = column.flatten()
        self._entries = pc.struct_field(entries, [0]) if _wraps_entry(entries.type) else entries

    @property
    def is_keyed(self) -> bool:
        """Whether the entries are pairs of a key and a value."""
        return self._entries.type.get_field_index("key") >= 0

    def column(self, path: str) -> pa.Array:
        found = _member(self._entries, path.split("."))
        return pa.nulls(len(self._entries)) if found is None else found

    def within(self, path: str) -> Entries:
        return _entries(self.column(path))


class _Written:
    """Entries of lists that are written as JSON."""

    def __init__(self, lists: Sequence[Any]) -> None:
        cells = [[each for each in own if isinstance(each, dict)] if isinstance(own, list) else [] for own in lists]
        self.counts = np.array([len(own) for own in cells], np.int64)
        self._entries = [entry for own in cells for entry in own]

    def column(self, path: str) -> pa.Array:
        return as_texts([_text(_at(entry, path)) for entry in self._entries])

    def within(self, path: str) -> Entries:
        return _Written([_at(entry, path) for entry in self._entries])


def _entries(column: pa.Array) -> Entries:
    """Return the entries of a column of lists, stored or written; none where it holds no lists."""
    if _wraps_list(column.type):
        column = pc.struct_field(column, [0])
    if _holds_structures(column.type):
        return _Stored(column)
    column = plain(column)
    if not pa.types.is_string(column.type):
        return _Written([None] * len(column))
    return _Written([_loaded(cell) for cell in column.to_pylist()])


def _holds_structures(kind: pa.DataType) -> bool:
    """Return whether a column is one of lists of structures."""
    return (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and pa.types.is_struct(kind.value_type)


def _loaded(cell: str | None) -> Any:
    if not cell or not cell.lstrip().startswith(("[", "{")):
        return None
    try:
        return _decode(cell)
    except (ValueError, RecursionError):
        return None


def _at(entry: Any, path: str) -> Any:
    """Return the member of an object that a path leads to, None without one.

    >>> _at({"variant": {"price": {"amount": "9.5"}}, "a.b": "1"}, "variant.price.amount"), _at({"a.b": "1"}, "a.b")
    ('9.5', '1')
    """
    if not isinstance(entry, dict):
        return None
    if path in entry:
        return entry[path]
    for end in (i for i, letter in enumerate(path) if letter == "."):
        if path[:end] in entry:
            return _at(entry[path[:end]], path[end + 1 :])
    return None


def _text(value: Any) -> str:
    """Return a value as it stands in a cell; of a list of labels the first one.

    >>> _text(["Kitchen", "Mugs"]), _text(8), _text([{"id": "7"}])
    ('Kitchen', '8', '[{"id": "7"}]')
    """
    if isinstance(value, list) and value and not isinstance(value[0], list | dict):
        value = value[0]
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _member(column: pa.Array, path: Sequence[str]) -> pa.Array | None:
    """Return a member of a column of structures, null where the structure is; None where the type has no such."""
    for name in path:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
            return None
        column = pc.struct_field(column, [column.type.get_field_index(name)])
    return column


def _filled(column: pa.Array) -> Ints:
    """Return whole numbers, 0 at nulls."""
    numbers = values(column.cast(pa.int64()))
    return numbers if column.null_count == 0 else np.where(valid(column), numbers, 0)


@dataclass(frozen=True)
class _Place:
    """Where a column of the flat table comes from: a column, the path in its structures, and what stands in a list.

    `row` and `part` are the names of the lists of events and of products that it stands in, `key` that of a pair.
    """

    at: int
    path: tuple[str, ...] = ()
    row: str | None = None
    part: str | None = None
    key: str | None = None
    member: str = ""


class Unfolded:
    """A table whose structures, lists and pairs are columns and rows of their own."""

    def __init__(self, source: Source, shape: Shape) -> None:
        self._source, self.name, self.about = source, source.name, source.about
        self.remarks: Sequence[Remark] = source.remarks
        self.metadata: Mapping[bytes, bytes] = source.metadata
        self._held = {name: (at, path) for name, at, path in _leaves(source)}
        self._rows = [name for name in shape.rows if name in self._held]
        self._lists = [name for name in shape.lists if name in self._held or self._row_of(name)]
        places = dict(self._places(shape))
        self.columns, self._of = tuple(places), tuple(places.values())
        self._points: dict[int, tuple[int, str] | None] = {}

    def _row_of(self, name: str) -> str | None:
        return next((row for row in self._rows if name.startswith(f"{row}.")), None)

    def _places(self, shape: Shape) -> Iterator[tuple[str, _Place]]:
        for name, (at, path) in self._held.items():
            if name not in (*self._rows, *self._lists, *shape.keyed):
                yield name, _Place(at, path)
        for name in dict.fromkeys((*shape.names, *self._stored_members())):
            part = next((each for each in self._lists if name.startswith(f"{each}.")), None)
            row = self._row_of(name)
            held = row or part
            if held is not None and name not in self._lists:
                at, path = self._held[held]
                member = name[len(part or held) + 1 :]
                yield name, _Place(at, path, row, part, None, member)
            elif key := next(
                (each for each in shape.keyed if name.startswith(f"{each}.") and each in self._held), None
            ):
                at, path = self._held[key]
                yield name, _Place(at, path, key=name[len(key) + 1 :])

    def _stored_members(self) -> Iterator[str]:
        """Yield the members of what lists hold, where their type tells them."""
        for name in (*self._rows, *self._lists):
            if name not in self._held:
                continue
            at, path = self._held[name]
            kind = self._source.type_of(at)
            for step in path:
                kind = kind.field(kind.get_field_index(step)).type
            if _holds_structures(kind):
                yield from (each for each, _, _ in _members(name, at, (), _entry_of(kind)))

    def is_listed(self, position: int) -> bool:
        """Return whether a column tells of the products of an event, which stand in a list."""
        return self._of[position].part is not None

    def type_of(self, position: int) -> pa.DataType:
        place = self._of[position]
        if place.row or place.part or place.key:
            return pa.string()
        kind = self._source.type_of(place.at)
        for step in place.path:
            kind = kind.field(kind.get_field_index(step)).type
        return kind

    def point_at(self, position: int) -> tuple[int, str] | None:
        """Return the first cell like `1.234`, whose point is a decimal one: a machine wrote what is in lists."""
        place = self._of[position]
        if not (place.row or place.part or place.key):
            return None if place.path else self._source.point_at(place.at)
        if self.about.get("format") == "JSON lines":
            return self._source.point_at(place.at)
        if position not in self._points:
            self._points[position] = self._first_point(position)
        return self._points[position]

    def _first_point(self, position: int) -> tuple[int, str] | None:
        done = 0
        for part in self.parts([position]):
            for batch in part():
                column = plain(batch.columns[0])
                if pa.types.is_string(column.type):
                    rows = np.flatnonzero(as_mask(pc.match_substring_regex(column, GROUPED)))
                    if len(rows):
                        return done + int(batch.rows[rows[0]]), str(column[int(rows[0])])
                done += batch.size
        return None

    def sample(self, wanted: Sequence[int]) -> Sequence[pa.Array]:
        first = next((batch for part in self.parts(wanted) for batch in part()), None)
        return [column[:_SAMPLE] for column in first.columns] if first else [pa.nulls(0, pa.string())] * len(wanted)

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        return self._source.locate(rows)

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        lists = [self._held[name][0] for name in (*self._rows, *self._lists) if name in self._held]
        own = list(dict.fromkeys([*(self._of[position].at for position in wanted), *lists])) or [0]
        for part in self._source.parts(own):
            yield partial(self._read, part, tuple(wanted), own)

    def _read(self, part: Part, wanted: Sequence[int], own: Sequence[int]) -> Iterator[Batch]:
        for batch in part():
            yield self._flat(batch, wanted, dict(zip(own, batch.columns, strict=True)))

    def _flat(self, batch: Batch, wanted: Sequence[int], held: Mapping[int, pa.Array]) -> Batch:
        size = len(batch.rows)
        rows, row_lists, _ = _spread({name: _entries(self._cells(name, held)) for name in self._rows}, size, drop=True)
        inner: dict[str, Entries] = {}
        for name in self._lists:
            if (row := self._row_of(name)) is not None:
                entries, at = row_lists[row]
                inner[name] = _Taken(entries.within(name[len(row) + 1 :]), at)
            else:
                inner[name] = _Taken(_entries(self._cells(name, held)), rows)
        parts, part_lists, first = _spread(inner, len(rows), drop=False)
        from_row = rows[parts]
        keyed: dict[int, _StoredPairs | _WrittenPairs] = {}
        columns = []
        for position in wanted:
            place = self._of[position]
            if place.part is not None:
                entries, at = part_lists[place.part]
                columns.append(_picked(entries.column(place.member), at))
            elif place.row is not None:
                entries, at = row_lists[place.row]
                columns.append(_picked(entries.column(place.member), at[parts]))
            else:
                column = _member(held[place.at], place.path)
                if column is None:
                    raise TypeError(self.columns[position])
                if place.key is not None:
                    if place.at not in keyed:
                        keyed[place.at] = _pairs_of(column)
                    column = keyed[place.at].column(place.key)
                columns.append(_picked(column, from_row))
        return UnfoldedBatch(tuple(columns), batch.rows[from_row], batch.broken, batch.share, first, batch.size)

    def _cells(self, name: str, held: Mapping[int, pa.Array]) -> pa.Array:
        at, path = self._held[name]
        column = _member(held[at], path)
        if column is None:
            raise TypeError(name)
        return column


class _Taken:
    """Entries of some rows, which can be the same row again: -1 has none."""

    def __init__(self, entries: Entries, rows: Ints) -> None:
        self._entries, starts = entries, np.concatenate([[0], np.cumsum(entries.counts)])
        there = rows >= 0
        self.counts = np.where(there, entries.counts[np.where(there, rows, 0)], 0) if len(entries.counts) else rows * 0
        places = np.arange(int(self.counts.sum())) - np.repeat(np.cumsum(self.counts) - self.counts, self.counts)
        self._at = np.repeat(starts[np.where(there, rows, 0)], self.counts) + places

    def column(self, path: str) -> pa.Array:
        return self._entries.column(path).take(as_column(self._at))

    def within(self, path: str) -> Entries:
        return _Taken(self._entries.within(path), self._at)


def _spread(
    lists: Mapping[str, Entries], size: int, *, drop: bool
) -> tuple[Ints, dict[str, tuple[Entries, Ints]], Mask]:
    """Return the row that each row of the spread table is of, each list with the entry that each row has of it, -1 for
    none, and which are the first of their row.

    A row with several lists is spread by the first that has entries. One without any stays a row, or is dropped.
    """
    taken = np.zeros(size, np.bool_)
    counts = np.zeros(size, np.int64)
    chosen: dict[str, Mask] = {}
    for name, entries in lists.items():
        chosen[name] = (entries.counts > 0) & ~taken
        counts += np.where(chosen[name], entries.counts, 0)
        taken |= chosen[name]
    spread = counts if drop and lists else np.maximum(counts, 1)
    rows = np.repeat(np.arange(size), spread)
    within = np.arange(len(rows)) - (np.cumsum(spread) - spread)[rows]
    found = {}
    for name, entries in lists.items():
        starts = np.cumsum(entries.counts) - entries.counts
        found[name] = (entries, np.where(chosen[name][rows], starts[rows] + within, -1))
    return rows, found, within == 0


def _picked(column: pa.Array, rows: Ints) -> pa.Array:
    """Return the rows of a column, null where the row is -1."""
    there = rows >= 0
    if there.all():
        return column.take(as_column(rows))
    places = as_column(np.where(there, rows, 0))
    return column.take(pc.if_else(as_column(there), places, pa.nulls(len(rows), places.type)))


class _StoredPairs:
    """Pairs of a key and a value as Arrow has them, as the event_params of Google Analytics; or lists of objects, of
    which the first one tells.
    """

    def __init__(self, column: pa.Array) -> None:
        self._size, self._entries = len(column), _Stored(column)
        self._row = np.repeat(np.arange(self._size), self._entries.counts)
        self._keys = as_text(self._entries.column("key"))
        self._starts = np.cumsum(self._entries.counts) - self._entries.counts

    def column(self, key: str) -> pa.Array:
        """Return the value that each row has of a key, the first one; null where it has none.

        A value is a text or a number, each under a name of its own.
        """
        if not self._entries.is_keyed:
            return _picked(self._entries.column(key), np.where(self._entries.counts > 0, self._starts, -1))
        here = np.flatnonzero(as_mask(pc.equal(self._keys, one_text(key))))
        here = here[np.diff(self._row[here], prepend=-1) > 0]
        at = np.full(self._size, -1, np.int64)
        at[self._row[here]] = np.arange(len(here))
        return _picked(self._values(here), at)

    def _values(self, here: Ints) -> pa.Array:
        whole, texts, *floats = (self._value(kind, here) for kind in ("int", "string", "double", "float"))
        if pa.types.is_null(texts.type) or texts.null_count == len(here):
            if all(each.null_count == len(here) for each in floats):
                return whole
            return pc.coalesce(*(each.cast(pa.float64()) for each in (*floats, whole)))
        return pc.coalesce(*map(as_text, (texts, whole, *floats)))

    def _value(self, kind: str, here: Ints) -> pa.Array:
        return self._entries.column(f"value.{kind}_value").take(as_column(here))


class _WrittenPairs:
    """Pairs of a key and a value that are written as JSON."""

    def __init__(self, column: pa.Array) -> None:
        self._rows = [_pairs(_loaded(cell)) for cell in as_text(column).to_pylist()]

    def column(self, key: str) -> pa.Array:
        """Return the value that each row has of a key, the first one; empty where it has none."""
        return as_texts([own.get(key, "") for own in self._rows])


def _pairs(found: Any) -> dict[str, str]:
    """Return key -> value of a list of pairs; member -> value of an object, or of the first of a list of such.

    >>> _pairs([{"key": "id", "value": {"int_value": "7"}}, {"key": "x", "value": "y"}]), _pairs([{"id": "7"}])
    ({'id': '7', 'x': 'y'}, {'id': '7'})
    """
    if isinstance(found, list) and found and isinstance(found[0], dict) and "key" not in found[0]:
        found = found[0]
    if isinstance(found, dict):
        return {key: _text(value) for key, value in found.items()}
    pairs: dict[str, str] = {}
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and isinstance(each.get("key"), str):
            value = each.get("value")
            if isinstance(value, dict):
                value = next((own for own in value.values() if own is not None), None)
            pairs.setdefault(each["key"], _text(value))
    return pairs


def _pairs_of(column: pa.Array) -> "_StoredPairs | _WrittenPairs":
    return _StoredPairs(column) if _holds_structures(column.type) else _WrittenPairs(column)
