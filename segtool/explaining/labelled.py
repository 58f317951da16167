"""Why customers of a labelled table are in their segments, by the model that scored it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segtool.errors import DataError, UsageError, printable
from segtool.explaining.explain import explain
from segtool.explaining.facts import Explanation
from segtool.explaining.lookup import rows_of
from segtool.labelled import Labelled, read_labelled
from segtool.models import read_model
from segtool.reading import OrderOptions
from segtool.scoring.options import ScoreOptions
from segtool.segments.segmentation import Segmentation, segment_customers
from segtool.tables.arrays import as_column
from segtool.tables.dates.spelling import Calendar
from segtool.words import Words


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


def refuse_another_model(read: Labelled, found: Segmentation, rows: Sequence[int], model: str) -> None:
    """Raise DataError if a customer's segment in the table is not the one that the model gives."""
    if read.segment is None or not found.named:
        return
    named, own = found.named[0], read.segment.filter(as_column(read.bought))
    for row in rows:
        told, scored = own[row].as_py(), named.scheme.segments[int(named.places[row])].name
        if told not in (None, scored):
            customer = printable(repr(read.figures.customers.customer_id[row].as_py()))
            raise DataError(
                f"{read.name} has {printable(told)} for {customer}, and {model} gives {scored}: "
                "name the model that the table was scored with."
            )
