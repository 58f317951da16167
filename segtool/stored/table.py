"""The labelled table of customers who stay in a database, as a query there."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from segtool.segments.table import in_jalali, labelled_table
from segtool.stored.cells import Cells
from segtool.stored.customers import as_amount
from segtool.tables.arrays import as_column
from segtool.tables.dates import day_number
from segtool.tables.numbers import from_decimals
from segtool.words import Words


def labelled_query(
    counted: Cells, *, words: Words, weights: Mapping[str, int], jalali: bool = False
) -> tuple[str, pa.Schema]:
    """Return the query of the labelled customers and its columns: those of `segtool.segments.table`, in their order.

    What is the same for all customers of a cell (scores, segments, titles) is put into the database, cell by cell, so
    that none of its texts are part of the query; of headers only quoted ones are.
    """
    dialect = counted.stored.database.dialect
    figures = {
        "customer_id": "customer_id",
        "first_order": dialect.date("first_order"),
        "last_order": dialect.date("last_order"),
        "recency_days": "CAST(recency_days AS BIGINT)",
        "frequency": "frequency",
        "monetary": as_amount("monetary"),
        "average_order_value": as_amount("average_order_value"),
    }
    of_cells = labelled_table(counted.found, words=words, weights=weights, jalali=False)
    labels, wanted = dict[str, pa.Array](), []
    for i, header in enumerate(of_cells.column_names):
        column, own = of_cells[header].combine_chunks(), figures.get(header)
        if own is None:
            own = f"label_{i}"
            if pa.types.is_decimal(column.type):
                labels[own], own = as_column(from_decimals(column)), as_amount(own)
            else:
                labels[own] = column
        wanted.append(f"{own} AS {dialect.quote(header)}")
    relation, joined = counted.put(labels)
    source, schema = f"{counted.relation} JOIN {relation} ON {joined}", of_cells.schema
    if jalali:
        wanted.append("jalali AS last_order_jalali")
        source += f" JOIN {_put_calendar(counted)} ON last_order = day"
        schema = schema.append(pa.field("last_order_jalali", pa.string()))
    return f"SELECT {', '.join(wanted)} FROM {source}", schema


def _put_calendar(counted: Cells) -> str:
    """Return a relation in the database of all days on which a customer can have bought last, as Jalali texts."""
    stored = counted.stored
    nearest, farthest = counted.totals.ends["recency_days"]
    days = np.arange(-farthest, -nearest + 1) + day_number(stored.as_of)
    texts = in_jalali(as_column(days.astype(np.int32), pa.date32()))
    return stored.database.put(pa.table({"day": as_column(days), "jalali": texts}))
