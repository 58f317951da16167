"""Two labelled tables in one database, compared there: who moved is counted by it, and only the counts travel."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segtool.history.churn import Activity, activity
from segtool.history.compare import Moved, Transitions
from segtool.history.ranking import NONE, Ranking
from segtool.history.stored import Stored, changed
from segtool.stored.customers import as_amount
from segtool.tables.arrays import one_array, values
from segtool.tables.dates import day_number

_SIDES = ("before", "after")


@dataclass(frozen=True)
class StoredMoves:
    """The customers of two tables side by side, as a query of one row each, whoever of them is gone or new.

    Its columns are id, `place_before` and `place_after` (one beyond the last for new and gone ones), `spent_before` and
    `spent_after`, `active` and `churned` (1 or 0), and the rows that a customer has in either table.
    """

    before: Stored
    after: Stored
    old: Ranking
    now: Ranking
    activity: Activity | None
    rows: str

    def transitions(self) -> Transitions:
        """Return the customers counted by how they moved. Raises DataError for a customer with two rows."""
        big = self.before.database.dialect.big
        found = self.before.database.fetch(
            "SELECT place_before, place_after, COUNT(*) AS customers,"
            f" CAST(SUM(CAST(spent_before AS {big})) AS {big}) AS spent_before,"
            f" CAST(SUM(CAST(spent_after AS {big})) AS {big}) AS spent_after,"
            " CAST(SUM(active) AS BIGINT) AS active, CAST(SUM(churned) AS BIGINT) AS churned,"
            " MAX(rows_before) AS rows_before, MAX(rows_after) AS rows_after,"
            " MIN(least_before) AS least_before, MIN(least_after) AS least_after"
            f" FROM ({self.rows}) m GROUP BY place_before, place_after"
        ).to_pylist()
        for table, side in zip((self.before, self.after), _SIDES, strict=True):
            if any(cell[f"least_{side}"] < -1 for cell in found if cell[f"least_{side}"] is not None):
                raise changed(table.name)
            if any(cell[f"rows_{side}"] > 1 for cell in found):
                raise table.twice
        return self._counted(found)

    def moved(self) -> Moved:
        """Return all customers, one by one."""
        absent = f"place_before = {len(self.old.segments)} AND place_after = {len(self.now.segments)}"
        found = self.before.database.fetch(
            f"SELECT id, place_before, place_after, spent_before, spent_after FROM ({self.rows}) m WHERE NOT ({absent})"
        )
        ids = one_array(found.column("id").cast(pa.large_string()))
        figures = [
            values(one_array(found.column(name).cast(pa.int64())))
            for name in ("place_before", "place_after", "spent_before", "spent_after")
        ]
        return Moved(ids, *figures)

    def table(self, labels: pa.Table) -> str:
        """Return the query of the table of all customers.

        `labels` has what is said of each cell of the matrix, by `place_before` and `place_after`.
        """
        database = self.before.database
        quote = database.dialect.quote
        wanted = [f"c.{quote(name)}" for name in labels.column_names[2:]]
        there = f"m.place_before < {len(self.old.segments)}"
        here = f"m.place_after < {len(self.now.segments)}"
        money = {
            "monetary_before": (there, "m.spent_before"),
            "monetary_after": (here, "m.spent_after"),
            "monetary_change": (f"{there} AND {here}", "m.spent_after - m.spent_before"),
        }
        wanted += [f"CASE WHEN {known} THEN {as_amount(own)} END AS {name}" for name, (known, own) in money.items()]
        return (
            f"SELECT m.id AS customer_id, {', '.join(wanted)} FROM ({self.rows}) m"
            f" JOIN {database.put(labels)} c ON m.place_before = c.place_before AND m.place_after = c.place_after"
        )

    def _counted(self, found: list[Mapping[str, int]]) -> Transitions:
        shape = len(self.old.segments) + 1, len(self.now.segments) + 1
        count = {name: np.zeros(shape, np.int64) for name in ("customers", "active", "churned")}
        spent: dict[str, list[list[int]]] = {
            name: [[0] * shape[1] for _ in range(shape[0])] for name in ("spent_before", "spent_after")
        }
        for cell in found:
            row, column = cell["place_before"], cell["place_after"]
            if (row, column) != (shape[0] - 1, shape[1] - 1):  # a customer whom both keep although he is gone
                for name, counts in count.items():
                    counts[row, column] = cell[name]
                for name, sums in spent.items():
                    sums[row][column] = int(cell[name])
        known = self.activity is not None
        return Transitions(
            old=self.old,
            now=self.now,
            customers=count["customers"],
            spent_before=spent["spent_before"],
            spent_after=spent["spent_after"],
            activity=self.activity,
            active=count["active"] if known else None,
            churned=count["churned"] if known else None,
        )


def stored_moves(before: Stored, after: Stored, old: Ranking, now: Ranking, *, active_days: int | None) -> StoredMoves:
    """Return who moved between two tables of one database; `old` and `now` rank the segments of either."""
    rows = [_placed(before, old), _placed(after, now)]
    active = activity(before.as_of, after.as_of, active_days, lambda: _gaps(before, rows[0]))
    both = f"{_side(rows[0], 'before', active)} UNION ALL {_side(rows[1], 'after', None)}"
    merged = (
        "SELECT id, COUNT(place_before) AS rows_before, COUNT(place_after) AS rows_after,"
        " MIN(place_before) AS least_before, MIN(place_after) AS least_after,"
        " MAX(spent_before) AS spent_before, MAX(spent_after) AS spent_after,"
        " MAX(active) AS active, MAX(orders_before) AS orders_before, MAX(orders_after) AS orders_after,"
        f" MAX(bought_after) AS bought_after, MAX(last_after) AS last_after FROM ({both}) b GROUP BY id"
    )
    since = _bought_since(before, after)
    rows_of = (
        f"SELECT id, {_or_beyond('least_before', old)} AS place_before,"
        f" {_or_beyond('least_after', now)} AS place_after,"
        " COALESCE(spent_before, 0) AS spent_before, COALESCE(spent_after, 0) AS spent_after,"
        f" COALESCE(active, 0) AS active, CASE WHEN active = 1 AND NOT ({since}) THEN 1 ELSE 0 END AS churned,"
        f" rows_before, rows_after, least_before, least_after FROM ({merged}) p"
    )
    return StoredMoves(before, after, old, now, active, rows_of)


def _placed(table: Stored, ranking: Ranking) -> str:
    places: dict[str | None, int] = {name: place for place, name in enumerate(ranking.names)}
    return table.placed({**places, None: places.get(NONE, -2)})


def _gaps(table: Stored, rows: str) -> dict[int, int]:
    """Return days -> how many gaps between the orders of a customer are so long; see `segtool.history.churn`."""
    if not all(table.has_days):
        return {}
    days, gaps = "(COALESCE(last_day, 0) - COALESCE(first_day, 0))", "(orders - 1)"
    up = f"CASE WHEN {days} > 0 THEN {days} + {gaps} - 1 ELSE {days} END"
    whole = f"CAST(({up} - ({up}) % {gaps}) / {gaps} AS BIGINT)"  # the division of engines is exact, or of floats
    found = table.database.fetch(
        f"SELECT days, CAST(SUM(gaps) AS BIGINT) AS gaps FROM (SELECT {whole} AS days, {gaps} AS gaps"
        f" FROM ({rows}) r WHERE orders > 1 AND place <> -1) g GROUP BY days"
    )
    return {int(row["days"]): int(row["gaps"]) for row in found.to_pylist()}


def _side(rows: str, side: str, active: Activity | None) -> str:
    """Return the query of one table's customers with the columns of both; those who are gone have no figures."""
    none = "CAST(NULL AS BIGINT)"
    present = "place <> -1"
    bought = f"CASE WHEN {present} AND recency IS NOT NULL THEN 1 ELSE 0 END"
    lately = none
    if active is not None:
        lately = f"CASE WHEN {present} AND recency IS NOT NULL AND recency <= {active.days} THEN 1 ELSE 0 END"
    own = {
        "place": "place",
        "spent": f"CASE WHEN {present} THEN COALESCE(units, 0) ELSE 0 END",
        "orders": f"CASE WHEN {present} THEN COALESCE(orders, 0) ELSE 0 END",
    }
    columns = [f"{value if side == each else none} AS {name}_{each}" for each in _SIDES for name, value in own.items()]
    here = side == "after"
    columns += [
        f"{lately} AS active",
        f"{bought if here else none} AS bought_after",
        f"{'COALESCE(last_day, 0)' if here else none} AS last_after",
    ]
    return f"SELECT id, {', '.join(columns)} FROM ({rows}) r"


def _bought_since(before: Stored, after: Stored) -> str:
    """Return the condition for who has bought since the earlier table; see `segtool.history.churn`."""
    if before.as_of is not None and after.has_days[1]:
        return f"COALESCE(bought_after, 0) = 1 AND last_after > {day_number(before.as_of)}"
    return "COALESCE(orders_after, 0) > COALESCE(orders_before, 0)"


def _or_beyond(place: str, ranking: Ranking) -> str:
    return f"CASE WHEN {place} >= 0 THEN {place} ELSE {len(ranking.segments)} END"
