"""Tables that have a row a customer: the roles of their columns, and which rows are set aside, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from segtool.errors import DataError
from segtool.orders.roles import Columns, check_type, missing_column, named_column, recognised_column
from segtool.orders.set_aside import (
    After,
    Broken,
    Listed,
    Missing,
    NeverBought,
    NoneOf,
    Repeated,
    Rule,
    Unmet,
    Unreadable,
)
from segtool.tables.arrays import Ints, Mask
from segtool.tables.headers import normal
from segtool.tables.numbers import UNITS, Numbers
from segtool.tables.numbers.affixes import currency_code
from segtool.tables.source import Source

if TYPE_CHECKING:
    from segtool.orders.where import Where

ROLES = ("customer_id", "order_date", "recency_days", "frequency", "amount", "currency", "group")
"""The roles of a row that is a customer: the order date is that of the last order, the amount the net spend."""

MOST = {"frequency": 10**9, "recency_days": 300 * 366}
"""The largest number of orders, and of days since the last one, that a customer can have."""

_REQUIRED = ("customer_id", "frequency", "amount")
_WHEN = ("order_date", "recency_days")


def find_customer_columns(source: Source, named: Mapping[str, str]) -> Columns:
    """Return the position of each role's column: the named one, or the one whose header is recognised.

    One of order_date and recency_days is enough; where one is named, the other is not looked for.
    Raises UsageError for a named column that is absent, MissingRoleError for a role without a column, DataError for two
    that fit equally well, and for a type that cannot hold the role.
    """
    columns = {role: named_column(source, role, header) for role, header in named.items()}
    settled = {*columns, "group", *(_WHEN if columns.keys() & set(_WHEN) else ())}
    for role in ROLES:
        position = None if role in settled else recognised_column(source, role, "customer")
        if position is not None:
            columns[role] = position
    missing = [role for role in _REQUIRED if role not in columns]
    no_day = not columns.keys() & set(_WHEN)
    if missing or no_day:
        roles = [*missing, *(["order_date"] if no_day else [])]
        taken = [source.columns[i] for i in columns.values()]
        raise missing_column(source, roles, taken, level="customer", nor="recency_days" if no_day else "")
    _refuse_age(source, columns, named)
    for role, position in columns.items():
        check_type(source, role, position)
    return {role: columns[role] for role in ROLES if role in columns}


def _refuse_age(source: Source, columns: Columns, named: Mapping[str, str]) -> None:
    """Raise DataError for the summary of a lifetime model, whose recency is no number of days since the last order."""
    if "recency_days" in named or "recency_days" not in columns:
        return
    header = source.columns[columns["recency_days"]]
    if normal(header) == "recency" and "t" in map(normal, source.columns):
        raise DataError(
            f"{source.name}: beside a column T, {header!r} is the age at the last order, and the frequency leaves out "
            "the first one, as lifetime models count. Give the orders, or name the columns with --recency COL and "
            "--frequency COL."
        )


def customer_rules(
    columns: Columns,
    *,
    currency: str | None = None,
    excluded: Listed | None = None,
    where: "Sequence[Where]" = (),
    drop_duplicates: bool = False,
    as_of: date | None = None,
) -> tuple[Rule, ...]:
    """Return the rules by which rows that are customers are set aside, in the order in which they are tried.

    A customer without a purchase has no last order, which is nothing bad, so that is asked first.
    """
    dated = "order_date" in columns
    rules: list[Rule | None] = [
        Rule("broken row", Broken(), bad=True),
        Rule("no customer", Missing("customer_id")),
        Rule("currency", NoneOf("currency", frozenset({currency_code(currency)}))) if currency else None,
        Rule("excluded", excluded) if excluded else None,
        Rule("where", Unmet(tuple(where), as_of)) if where else None,
        Rule("no purchase", NeverBought()),
        Rule("bad date", Unreadable("order_date"), bad=True) if dated else None,
        Rule("bad recency", Unreadable("recency_days"), bad=True) if not dated else None,
        Rule("bad frequency", Unreadable("frequency"), bad=True),
        Rule("bad amount", Unreadable("amount"), bad=True),
        Rule("duplicate", Repeated()) if drop_duplicates else None,
        Rule("after as-of", After(as_of), choice=True) if dated and as_of else None,
    ]
    return tuple(rule for rule in rules if rule is not None)


@dataclass(frozen=True)
class WholeNumbers:
    """Whole numbers from zero up, 0 where `readable` is false."""

    values: Ints
    readable: Mask


def whole_numbers(cells: Numbers, most: int) -> WholeNumbers:
    """Return the numbers of a column that are whole, not below zero and not above `most`.

    >>> import pyarrow as pa
    >>> from segtool.tables.numbers import numbers
    >>> found = whole_numbers(numbers(pa.array(["3", "2.0", "1.5", "-1", "9"])), most=5)
    >>> found.values.tolist(), found.readable.tolist()
    ([3, 2, 0, 0, 0], [True, True, False, False, False])
    """
    readable = cells.exact & (cells.units >= 0) & (cells.units <= most * UNITS) & (cells.units % UNITS == 0)
    return WholeNumbers(np.where(readable, cells.units // UNITS, 0), readable)
