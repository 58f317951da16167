"""Customers as `segtool rfm` wrote them: a labelled table, read back from any format."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.attributes import CustomerTable, as_cells, chunked
from segtool.engines import Customers
from segtool.errors import DataError, UsageError, printable
from segtool.orders.roles import headers_of
from segtool.scoring.figures import Figures
from segtool.tables import open_tables
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, as_texts, valid
from segtool.tables.columns import where
from segtool.tables.dates import calendar_day, moments
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import EXACT, INT64_MAX, UNITS, from_decimals, numbers
from segtool.tables.source import WORKBOOK, Batch, Layout, Source
from segtool.tables.text import groups, labels, plain, sorted_rows, with_lower_emails
from segtool.tables.writing.formulas import armed
from segtool.words import LANGUAGES, words_in
from segtool.workers import in_order

GONE = "(gone)"
"""What stands in the place of a segment for customers who are in an earlier table and not in this one."""

FIGURES = ("customer_id", "first_order", "last_order", "recency_days", "frequency", "monetary")
"""The columns that each labelled table has."""

_MONEY = pa.decimal128(19, 4)
"""The type of money in the table of a run."""

_PAST = ("previous_segment", "segment_since", "moved")


@dataclass(frozen=True)
class Past:
    """What a table tells of the one before it: the segment there, since when it is the one of today, and the move.

    `since` is days since 1970-01-01; `known` tells for which rows it stands there.
    """

    previous: pa.Array
    since: Ints
    known: Mask
    moved: pa.Array


@dataclass(frozen=True)
class Labelled:
    """A labelled table, one row a customer, sorted by id in byte order.

    Days are since 1970-01-01, money is in units of 1/10,000. Who has not `bought`, as a customer of a list or one who
    is gone, has no days and no recency: 0 stands there. `first_order` and `last_order` are None where no customer has
    them; `segment` and `group` where there is no such column. `past` is there in a table that was made with an earlier
    one. `about` is the summary of the run that wrote it, empty where the format keeps none. `as_of` is None where no
    date is known.
    """

    name: str
    as_of: date | None
    customer_id: pa.Array
    bought: Mask
    first_order: Ints | None
    last_order: Ints | None
    recency_days: Ints
    frequency: Ints
    monetary: Ints
    segment: pa.Array | None
    group: pa.Array | None
    past: Past | None
    about: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.customer_id)

    def take(self, rows: Ints) -> "Labelled":
        """Return some of the rows."""
        return replace(self, **{name: _taken(getattr(self, name), rows) for name in _BY_ROW}, past=_past(self, rows))

    @cached_property
    def segment_names(self) -> tuple[str | None, ...] | None:
        """The segments that the rows name, None for customers who have none; None where there is no such column."""
        return None if self.segment is None else tuple(self.segment.unique().to_pylist())

    @cached_property
    def figures(self) -> Figures:
        """The figures of those who have bought."""
        own = self.take(np.flatnonzero(self.bought))
        customers = Customers(own.customer_id, own.first_order, own.last_order, own.frequency, own.monetary, own.group)
        return Figures(customers, own.recency_days)


_BY_ROW = (
    *("customer_id", "bought", "first_order", "last_order", "recency_days", "frequency", "monetary"),
    *("segment", "group"),
)


def read_labelled(table: Any, layout: Layout | None = None, *, grouped: bool = False) -> Labelled:
    """Return a labelled table, whose headers may be in any language of the program; `grouped` asks for groups.

    `table` is a path, a DataFrame or an Arrow table. The as-of date is that of every row: its last order and the days
    since; where no row tells it, that of the summary. Raises DataError for what is no such table, and for a customer
    with two rows.
    """
    source = open_labelled(table, layout or Layout())
    columns, _ = _columns(source, [*FIGURES, *(["group"] if grouped else [])])
    return _labelled(source, columns)[0]


def read_with_columns(
    table: Any,
    layout: Layout | None = None,
    *,
    wanted: Callable[[CustomerTable], Iterable[int]],
    named: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> tuple[Labelled, CustomerTable]:
    """Return a labelled table, and further columns of it as they are stored, in the same order of rows.

    `wanted` tells the positions of these columns by the headers of the table, of which it is given no rows. `named` is
    as a table of customers has it. Raises what `read_labelled` raises.
    """
    source = open_labelled(table, layout or Layout())
    bare = CustomerTable(source.name, source.columns, (), source.metadata, dict(named or {}))
    places = sorted(set(wanted(bare)))
    columns, further = _columns(source, FIGURES, places, threads)
    found, order = _labelled(source, columns)
    rows = as_column(order)
    beside = replace(
        bare,
        headers=tuple(source.columns[place] for place in places),
        columns=tuple(column.take(rows) for column in further),
        pointed=frozenset(at for at, place in enumerate(places) if source.point_at(place) is not None),
        serials=source.about.get("format") == WORKBOOK,
    )
    return found, beside


def open_labelled(table: Any, layout: Layout) -> Source:
    """Return the labelled table of a file, of which a workbook may have other sheets."""
    sources = open_tables([table], replace(layout, sheet=layout.sheet or "*"))
    fitting = [each for each in sources if all(_position(each, name) is not None for name in FIGURES)]
    if len(sources) > 1 and len(fitting) != 1:
        raise UsageError(f"{sources[0].name} and more: a labelled table is one; say --sheet for one of a workbook.")
    [source] = fitting or sources
    return source


def _labelled(source: Source, columns: Mapping[str, pa.Array]) -> tuple[Labelled, Ints]:
    """Return a labelled table of its columns, sorted by customer; and the rows in the order in which they are then."""
    bought = valid(columns["recency_days"])  # who is on a list, or gone, and bought nothing has none
    ids = _ids(source, columns["customer_id"])
    if ids.null_count:
        raise DataError(f"{source.name}: row {int(np.flatnonzero(~valid(ids))[0]) + 1:,} has no customer_id.")
    about, last = about_of(source), _days(source, "last_order", columns)
    recency = _whole(source, "recency_days", columns)
    found = Labelled(
        name=source.name,
        as_of=as_of_between(source.name, _ends(last, recency, bought), about),
        customer_id=ids,
        bought=bought,
        first_order=_days(source, "first_order", columns),
        last_order=last,
        recency_days=recency,
        frequency=_whole(source, "frequency", columns),
        monetary=_units(source, "monetary", columns),
        segment=columns.get("segment"),
        group=columns.get("group"),
        past=_read_past(source, columns),
        about=about,
    )
    return _sorted(found)


def _ids(source: Source, column: pa.Array) -> pa.Array:
    ids = with_lower_emails(labels(column)).cast(pa.large_string())
    return armed(ids) if "delimiter" in source.about else ids  # the one kind of table that --csv-safe changes


def read_cells(source: Source, name: str, column: pa.Array) -> pa.Array:
    """Return some cells of a column of a labelled table as they are meant: ids and segments as text, days since
    1970-01-01, whole numbers, money in units; null where a cell is empty. Raises DataError for one that is none of it.
    """
    column = _cells(name, column)
    if name == "customer_id":
        return _ids(source, column)
    if name == "segment":
        return column.cast(pa.string())
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.int64())
    known = valid(column)
    read = {"first_order": _days, "last_order": _days, "monetary": _units}.get(name, _whole)
    return where(as_column(np.asarray(read(source, name, {name: column}))), known)


def stored_batches(table: Source) -> Iterator[pa.RecordBatch]:
    """Yield the columns of a labelled table as `read_cells` reads them, batch by batch, with that of segments if there
    is one. Raises DataError for what is no such table; what only all rows together tell is not looked at.
    """
    places = positions_of(table, FIGURES)
    named = {name: at for name, at in places.items() if name in (*FIGURES, "segment")}
    asked = list(dict.fromkeys(named.values()))
    for batch in (batch for part in table.parts(asked) for batch in part()):
        _refuse_broken(table, [batch])
        cells = {name: read_cells(table, name, batch.columns[asked.index(at)]) for name, at in named.items()}
        yield pa.RecordBatch.from_arrays([*cells.values()], names=[*cells])


def nobody(name: str) -> Labelled:
    """Return a labelled table without rows, as one that is not there yet."""
    ids, none = pa.nulls(0, pa.large_string()), np.zeros(0, np.int64)
    segment = pa.nulls(0, pa.string())
    return Labelled(name, None, ids, none > 0, none, none, none, none, none, segment, None, None, {})


def _sorted(found: Labelled) -> tuple[Labelled, Ints]:
    """Return the rows by customer, and their order. Raises DataError for a customer with two of them."""
    order = sorted_rows(found.customer_id)
    found = found if (order[1:] > order[:-1]).all() else found.take(order)
    ids = found.customer_id
    again = np.flatnonzero(as_mask(pc.equal(ids.slice(1), ids.slice(0, max(len(ids) - 1, 0)))))
    if len(again):
        twice, more = ids[int(again[0])].as_py(), len(again) - 1
        others = f", as have {more:,} more" if more else ""
        raise DataError(
            f"{found.name}: customer {printable(repr(twice))} has two rows{others}; a labelled table has one each."
        )
    return found, order


def _taken(column: Any, rows: Ints) -> Any:
    if column is None:
        return None
    return column[rows] if isinstance(column, np.ndarray) else column.take(as_column(rows))


def _past(found: Labelled, rows: Ints) -> Past | None:
    past = found.past
    if past is None:
        return None
    return Past(_taken(past.previous, rows), past.since[rows], past.known[rows], _taken(past.moved, rows))


def about_of(source: Source) -> Mapping[str, Any]:
    """Return the summary that a table carries, empty where there is none."""
    try:
        about = json.loads(source.metadata.get(b"segtool", b"{}"))
    except ValueError:
        return {}
    return about if isinstance(about, dict) else {}


def _columns(
    source: Source, names: Sequence[str], further: Sequence[int] = (), threads: int | None = 1
) -> tuple[dict[str, pa.Array], list[pa.ChunkedArray]]:
    """Return the columns of these names and those of segments, as far as the table has them; and further ones."""
    wanted = positions_of(source, names)
    places = list(dict.fromkeys([*wanted.values(), *further]))
    read = in_order(lambda part: list(part()), source.parts(places), threads)
    batches = [batch for own in read for batch in own]
    if not any(len(batch.rows) for batch in batches):
        raise DataError(f"{source.name} has no rows.")
    _refuse_broken(source, batches)
    found = {
        name: pa.chunked_array([each.columns[places.index(at)] for each in batches]) for name, at in wanted.items()
    }
    cells = {name: _cells(name, column.combine_chunks()) for name, column in found.items()}
    filled = [batch for batch in batches if len(batch.rows)]
    rest = [chunked([as_cells(source, each.columns[places.index(at)]) for each in filled]) for at in further]
    return cells, rest


def _refuse_broken(source: Source, batches: Iterable[Batch]) -> None:
    if any(len(batch.broken) for batch in batches):
        raise DataError(f"{source.name} has a row that cannot be split into its cells; write the table anew.")


def positions_of(source: Source, names: Sequence[str]) -> dict[str, int]:
    """Return the positions of columns that a labelled table must have, and of those of segments as far as it has them.

    Raises DataError for one that is missing.
    """
    positions = {name: _position(source, name) for name in (*names, "segment", *_PAST)}
    missing = [name for name in names if positions[name] is None]
    if missing:
        raise DataError(
            f"{source.name} has no column {missing[0]}, as each table of segtool rfm has. {headers_of(source)}"
        )
    return {name: at for name, at in positions.items() if at is not None}


def _cells(name: str, column: pa.Array) -> pa.Array:
    """Return a column with null where a cell of text is empty; a segment may be called None."""
    if name == "group":
        return groups(column)
    column = plain(column)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    return labels(column, as_texts([""])) if name in ("segment", "previous_segment") else labels(column)


def _position(source: Source, name: str) -> int | None:
    headers = {words_in(lang).header(name) for lang in LANGUAGES}
    return next((i for i, header in enumerate(source.columns) if header in headers), None)


def _read_past(source: Source, columns: Mapping[str, pa.Array]) -> Past | None:
    if not all(name in columns for name in _PAST):
        return None
    since = _days(source, "segment_since", columns)
    rows = len(columns["customer_id"])
    return Past(
        previous=columns["previous_segment"].cast(pa.string()),
        since=np.zeros(rows, np.int64) if since is None else since,
        known=valid(columns["segment_since"]),
        moved=columns["moved"].cast(pa.string()),
    )


def _days(source: Source, name: str, columns: Mapping[str, pa.Array]) -> Ints | None:
    """Return the days of a column, 0 where a cell is empty; None where all are."""
    column = columns[name]
    if column.null_count == len(column):
        return None
    read = moments(column)
    _check(source, name, column, read.readable, "date")
    return np.where(read.readable, read.micros // DAY, 0)


def _whole(source: Source, name: str, columns: Mapping[str, pa.Array]) -> Ints:
    units = _units(source, name, columns)
    _check(source, name, columns[name], units % UNITS == 0, "whole number")
    return units // UNITS


def _units(source: Source, name: str, columns: Mapping[str, pa.Array]) -> Ints:
    column = columns[name]
    if column.type == _MONEY:
        return from_decimals(column)
    read = numbers(column)
    units, readable = np.where(read.exact, read.units, 0), read.exact.copy()
    for row, value in read.rest.items():  # sums can be larger than a single amount
        scaled = value.scaleb(4, EXACT)
        if abs(scaled) <= INT64_MAX and scaled == scaled.to_integral_value(context=EXACT):
            units[row], readable[row] = int(scaled), True
    _check(source, name, column, readable, "number of at most four decimals")
    return units


def _check(source: Source, name: str, column: pa.Array, readable: Mask, what: str) -> None:
    """Raise DataError for a filled cell that cannot be read."""
    unread = ~readable & valid(column)
    if unread.any():
        cell = column[int(np.flatnonzero(unread)[0])].as_py()
        raise DataError(f'{source.name}: {name} "{printable(str(cell))}" is no {what}.')


def _ends(last_order: Ints | None, recency_days: Ints, bought: Mask) -> tuple[int, int] | None:
    """Return the first and the last day that rows are as of, None where no row tells one."""
    if last_order is None or not bought.any():
        return None
    days = (last_order + recency_days)[bought]
    return int(days.min()), int(days.max())


def as_of_between(name: str, days: tuple[int, int] | None, about: Mapping[str, Any]) -> date | None:
    """Return the day of a table: the one that all its rows are as of, where none tells it that of its summary.

    Raises DataError for rows of several days.
    """
    if days is None:
        return date.fromisoformat(about["as_of"]) if about.get("as_of") else None
    first, last = map(calendar_day, days)
    if first != last:
        raise DataError(f"{name} has rows of several as-of dates, {first} to {last}; a labelled table has one.")
    return first
