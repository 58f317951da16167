"""Customers who stand in a database, their figures as SQL, and what those come to together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from segtool.databases import Database
from segtool.summary.facts import Period
from segtool.tables.dates import calendar_day, day_number

FIGURES = ("recency_days", "frequency", "monetary", "average_order_value")
"""The figures that are counted here; they are those of `segtool.scoring.figures`."""


@dataclass(frozen=True)
class Totals:
    """What all customers come to; money in units of 1/10,000. Figure -> its sum, its least and its greatest value."""

    customers: int
    repeat: int
    net_zero_or_less: int
    period: Period | None
    sums: Mapping[str, int]
    ends: Mapping[str, tuple[int, int]]


class StoredCustomers:
    """The customers with a purchase of a relation that has what `segtool.engines.Customers` has, as of a day.

    Its columns are customer_id, first_order and last_order as days since 1970-01-01, frequency, and monetary in units
    of 1/10,000; all but the id are whole numbers.
    """

    def __init__(self, database: Database, relation: str, as_of: date) -> None:
        self.database = database
        self.as_of = as_of
        whole = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in ("frequency", "monetary"))
        days = ", ".join(f"CAST({name} AS INTEGER) AS {name}" for name in ("first_order", "last_order"))
        bought = f"SELECT customer_id, {days}, {whole} FROM {relation} AS every WHERE frequency > 0"
        value = f"CASE WHEN monetary < 0 THEN -{self._rounded} ELSE {self._rounded} END"
        self.relation = database.keep(  # quotients are slow, and each query would find them anew
            f"SELECT customer_id, first_order, last_order, {day_number(as_of)} - last_order AS recency_days, "
            f"frequency, monetary, {value} AS average_order_value FROM ({bought}) AS bought"
        )

    @property
    def _rounded(self) -> str:
        """The size of the mean order value, rounded half away from zero."""
        quotient, rest = self.database.dialect.div("ABS(monetary)", "frequency"), "ABS(monetary) % frequency"
        return f"({quotient} + CASE WHEN {rest} >= frequency - {rest} THEN 1 ELSE 0 END)"

    def count(self) -> int:
        """Return how many customers there are."""
        return self.row("COUNT(*) AS customers")[0]

    def totals(self) -> Totals:
        """Return what all customers come to."""
        found = self.row(
            "COUNT(*) AS customers, "
            "COUNT(CASE WHEN frequency > 1 THEN 1 END) AS repeat_customers, "
            "COUNT(CASE WHEN monetary <= 0 THEN 1 END) AS net_zero_or_less, "
            "MIN(first_order) AS first_day, MAX(last_order) AS last_day, "
            + ", ".join(
                f"{self.sum(figure)} AS sum_{i}, MIN({figure}) AS least_{i}, MAX({figure}) AS greatest_{i}"
                for i, figure in enumerate(FIGURES)
            )
        )
        customers, repeat, loss, first, last, *rest = found
        three = [rest[3 * i : 3 * i + 3] for i in range(len(FIGURES))]
        return Totals(
            customers=customers,
            repeat=repeat,
            net_zero_or_less=loss,
            period=Period(calendar_day(first), calendar_day(last)) if customers else None,
            sums={figure: own[0] for figure, own in zip(FIGURES, three, strict=True)},
            ends={figure: (own[1], own[2]) for figure, own in zip(FIGURES, three, strict=True)},
        )

    def sum(self, figure: str) -> str:
        """Return the SQL of an exact sum."""
        dialect = self.database.dialect
        return f"CAST({dialect.total(figure)} AS {dialect.big})"

    def row(self, wanted: str) -> list[int]:
        """Return the one row of a query for integers over all customers; 0 stands for null."""
        [row] = self.rows(f"SELECT {wanted} FROM {self.relation}")
        return row

    def rows(self, sql: str) -> list[list[int]]:
        """Return the rows of a query for integers, as plain ones."""
        return list(plain(self.database.fetch(sql)))

    def commonest(self, figure: str) -> tuple[int, int]:
        """Return the value that most customers have, the least of several, and how many have it."""
        [[value, customers]] = self.rows(
            f"SELECT {figure}, COUNT(*) AS customers FROM {self.relation} "
            f"GROUP BY {figure} ORDER BY customers DESC, {figure} LIMIT 1"
        )
        return value, customers

    def spoilt_ids(self) -> tuple[int, str | None]:
        """Return how many ids a spreadsheet has made numbers with an exponent, and the first of them in byte order."""
        dialect = self.database.dialect
        text = dialect.text("customer_id")
        spoilt = dialect.matches(text, "[0-9]([.][0-9]+)?[eE][+]?[0-9]+")
        found = self.database.fetch(
            f"SELECT COUNT(*) AS ids, MIN({text}) AS example FROM {self.relation} WHERE {spoilt}"
        ).to_pylist()[0]
        count, example = found.values()
        return int(count), example


def plain(table: pa.Table) -> Iterator[list[int]]:
    """Yield the rows of a table of integers, in whatever type they come; 0 stands for null."""
    columns = [[_plain(cell) for cell in column.to_pylist()] for column in table.columns]
    yield from map(list, zip(*columns, strict=True))


def _plain(cell: Any) -> int:
    return 0 if cell is None else int(cell)


def as_amount(units: str) -> str:
    """Return the SQL of units of 1/10,000 as an exact decimal with four places; multiplied, since quotients round."""
    return f"CAST(CAST({units} AS DECIMAL(19, 0)) * CAST(0.0001 AS DECIMAL(4, 4)) AS DECIMAL(19, 4))"
