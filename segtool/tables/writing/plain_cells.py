"""Columns of any type as those that a text table or a sheet can hold."""

import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import as_mask
from segtool.tables.text import as_text, flat, plain

MONEY = pa.decimal128(19, 4)
"""The type of amounts in tables that segtool makes: units of 1/10,000."""


def is_money(kind: pa.DataType) -> bool:
    """Return whether a column holds amounts as segtool makes them; other decimals are those of the user's table."""
    return bool(kind == MONEY)


def with_plain_cells(table: pa.Table) -> pa.Table:
    """Return a table with lists, bytes and what else no cell can hold as text; what is no number is null.

    >>> with_plain_cells(pa.table({"tags": [["a", "b"], []], "sure": [True, None]})).to_pydict()
    {'tags': ['a;b', ''], 'sure': [True, None]}
    """
    for at, field in enumerate(table.schema):
        parts = table.column(at).chunks
        own = [_plain(part) for part in parts]
        if any(new is not old for new, old in zip(own, parts, strict=True)):
            table = table.set_column(at, field.name, pa.chunked_array(own))
    return table


def with_amounts(table: pa.Table) -> pa.Table:
    """Return a table with all decimals as money, those that have more digits as text.

    >>> with_amounts(pa.table({"a": pa.array([1, None]).cast(pa.decimal128(20, 1))})).schema.field("a").type
    Decimal128Type(decimal128(19, 4))
    """
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and not is_money(field.type):
            try:
                table = table.set_column(at, field.name, table.column(at).cast(MONEY))
            except pa.ArrowInvalid:
                table = table.set_column(at, field.name, table.column(at).cast(pa.string()))
    return table


def _plain(column: pa.Array) -> pa.Array:
    column = flat(plain(column))
    kind = column.type
    if pa.types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind):
        return as_text(column)
    if pa.types.is_floating(kind) and not as_mask(pc.is_finite(column)).all():
        return pc.if_else(pc.is_finite(column), column, pa.nulls(len(column), kind))
    return column
