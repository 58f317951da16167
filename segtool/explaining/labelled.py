"""Customers as `segtool rfm` wrote them: figures from a labelled table, to be scored by the model that scored it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from segtool.engines import Customers
from segtool.errors import DataError, UsageError, printable
from segtool.explaining.explain import explain
from segtool.explaining.facts import Explanation
from segtool.explaining.lookup import rows_of
from segtool.models import read_model
from segtool.orders.roles import headers_of
from segtool.reading import OrderOptions
from segtool.scoring.figures import Figures
from segtool.scoring.options import ScoreOptions
from segtool.segments.segmentation import Segmentation, segment_customers
from segtool.tables import open_tables
from segtool.tables.arrays import Ints, Mask, as_column, valid
from segtool.tables.dates import calendar_day, moments
from segtool.tables.dates.spelling import DAY, Calendar
from segtool.tables.numbers import UNITS, numbers
from segtool.tables.source import Layout, Source
from segtool.tables.text import groups, labels, plain, with_lower_emails
from segtool.words import LANGUAGES, Words, words_in

_FIGURES = ("customer_id", "first_order", "last_order", "recency_days", "frequency", "monetary")


@dataclass(frozen=True)
class Labelled:
    """The customers of a table who have an order; their figures, the day that these are of, their segment if told."""

    name: str
    figures: Figures
    as_of: date | None
    segments: pa.Array | None


def explain_labelled(
    table: Any,
    ids: Sequence[str],
    model: str | Path,
    *,
    orders: OrderOptions,
    scoring: ScoreOptions,
    schemes: Sequence[str],
    words: Words,
    calendar: Calendar,
    version: str,
) -> Explanation:
    """Return why customers of a labelled table are in their segments, by the model that it was scored with.

    Raises ConfigError for options that contradict the model, DataError for another table and for ids that it has not.
    """
    if orders.as_of is not None:
        raise UsageError(f"--as-of {orders.as_of} is for orders; a labelled table is of its own day.")
    frozen = read_model(model)
    orders, scoring = frozen.agreed(orders), frozen.agreed(scoring)
    read = read_labelled(table, orders.layout, grouped=frozen.model.groups is not None)
    found = segment_customers(read.figures, read.as_of, frozen.schemes(schemes), scoring, model=frozen.model)
    rows = rows_of(ids, read.figures.customers.customer_id, read.name)
    refuse_another_model(read, found, rows, str(model))
    one_a_day = orders.orders_by == "day"
    return explain(found, rows, words=words, calendar=calendar, one_a_day=one_a_day, version=version)


def read_labelled(table: Any, layout: Layout, *, grouped: bool) -> Labelled:
    """Return the customers of a labelled table; its headers may be in any language of the program.

    The as-of date is that of every row, its last order and the days since. Raises DataError for what is no such table.
    """
    sources = open_tables([table], replace(layout, sheet=layout.sheet or "*"))
    fitting = [each for each in sources if all(_position(each, name) is not None for name in _FIGURES)]
    if len(sources) > 1 and len(fitting) != 1:
        raise UsageError(f"{sources[0].name} and more: a labelled table is one; say --sheet for one of a workbook.")
    [source] = fitting or sources
    names = [*_FIGURES, *(["group"] if grouped else [])]
    columns = _columns(source, names)
    had_orders = valid(columns["recency_days"])  # those of a list who bought nothing have none
    columns = {name: column.take(as_column(np.flatnonzero(had_orders))) for name, column in columns.items()}
    last = _days(source, "last_order", columns)
    figures = Figures(
        Customers(
            customer_id=with_lower_emails(labels(columns["customer_id"])),
            first_order=_days(source, "first_order", columns),
            last_order=last,
            frequency=_whole(source, "frequency", columns),
            monetary=_units(source, "monetary", columns),
            group=columns["group"] if grouped else None,
        ),
        _whole(source, "recency_days", columns),
    )
    return Labelled(source.name, figures, _as_of(source, last, figures.recency_days), columns.get("segment"))


def refuse_another_model(read: Labelled, found: Segmentation, rows: Sequence[int], model: str) -> None:
    """Raise DataError if a customer's segment in the table is not the one that the model gives."""
    if read.segments is None or not found.named:
        return
    named = found.named[0]
    for row in rows:
        told, scored = read.segments[row].as_py(), named.scheme.segments[int(named.places[row])].name
        if told not in (None, scored):
            customer = printable(repr(read.figures.customers.customer_id[row].as_py()))
            raise DataError(
                f"{read.name} has {printable(told)} for {customer}, and {model} gives {scored}: "
                "name the model that the table was scored with."
            )


def _columns(source: Source, names: Sequence[str]) -> dict[str, pa.Array]:
    positions = {name: _position(source, name) for name in (*names, "segment")}
    missing = [name for name in names if positions[name] is None]
    if missing:
        raise DataError(
            f"{source.name} has no column {missing[0]}, as each table of segtool rfm has. {headers_of(source)}"
        )
    wanted = {name: at for name, at in positions.items() if at is not None}
    batches = [batch for part in source.parts(list(wanted.values())) for batch in part()]
    if not any(len(batch.rows) for batch in batches):
        raise DataError(f"{source.name} has no rows.")
    found = {name: pa.chunked_array([each.columns[i] for each in batches]) for i, name in enumerate(wanted)}
    return {name: (groups if name == "group" else _cells)(column.combine_chunks()) for name, column in found.items()}


def _cells(column: pa.Array) -> pa.Array:
    """Return a column with null where a cell of text is empty."""
    column = plain(column)
    return labels(column) if pa.types.is_string(column.type) else column


def _position(source: Source, name: str) -> int | None:
    headers = {words_in(lang).header(name) for lang in LANGUAGES}
    return next((i for i, header in enumerate(source.columns) if header in headers), None)


def _days(source: Source, name: str, columns: dict[str, pa.Array]) -> Ints | None:
    """Return the days of a column, None where it is empty, as in a run on a table with a row a customer."""
    if columns[name].null_count == len(columns[name]):
        return None
    read = moments(columns[name])
    _check(source, name, columns, read.readable, "date")
    return read.micros // DAY


def _whole(source: Source, name: str, columns: dict[str, pa.Array]) -> Ints:
    units = _units(source, name, columns)
    _check(source, name, columns, units % UNITS == 0, "whole number")
    return units // UNITS


def _units(source: Source, name: str, columns: dict[str, pa.Array]) -> Ints:
    read = numbers(columns[name])
    _check(source, name, columns, read.exact, "number of at most four decimals")
    return read.units


def _check(source: Source, name: str, columns: dict[str, pa.Array], readable: Mask, what: str) -> None:
    if not readable.all():
        cell = columns[name][int(np.flatnonzero(~readable)[0])].as_py()
        raise DataError(f'{source.name}: {name} "{printable(str(cell))}" is no {what}.')


def _as_of(source: Source, last_order: Ints | None, recency_days: Ints) -> date | None:
    if last_order is None:
        return None
    days = np.unique(last_order + recency_days)
    if len(days) > 1:
        first, last = calendar_day(days[0]), calendar_day(days[-1])
        raise DataError(f"{source.name} has rows of several as-of dates, {first} to {last}; explain needs one.")
    return calendar_day(days[0])
