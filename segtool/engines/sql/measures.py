"""From judged lines to customers: one relation of small groups is kept, and everything else is asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.databases import Database
from segtool.databases.dialects import Dialect
from segtool.engines import Accounts, Calendar, Plan
from segtool.engines.lines import USED
from segtool.engines.refusals import same_id, too_large
from segtool.engines.runs import calendar_of
from segtool.engines.sql.cells import FIRST_DAY
from segtool.engines.sql.rules import LOST
from segtool.errors import DataError
from segtool.orders import set_aside
from segtool.orders.measures import GROUP, SOURCE
from segtool.orders.set_aside import Tally
from segtool.tables.arrays import Ints, one_array, values
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import INT64_MAX

_HOUR = DAY // 24
_PLACES = 48
"""Places of the calendar that a day has; see `segtool.engines.runs.place`."""


@dataclass(frozen=True)
class Groups:
    """The groups of judged lines: those of one verdict, and of used ones those of one customer and order.

    `relation` has the verdict `v`, customer `c`, order `o` and, where each purchase line is an order of its own and `o`
    is null, its place `p`, with the lines `n`, the purchases `bought`, the lines with a readable amount `valued`, the
    sum of those `u`, the places of the `first` and the `last` purchase, and of the `top` and `bottom` line that dates
    the data. Where words are kept beside them (`is_split`), an order may have several groups. `places` is SQL of the
    places of all lines that date the data.
    """

    database: Database
    plan: Plan
    relation: str
    places: str
    columns: tuple[str, ...]
    is_split: bool

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.database.fetch(sql).to_pylist()
        return found

    @cached_property
    def _verdicts(self) -> list[dict[str, Any]]:
        """The lines of each verdict. Raises DataError where a table was changed while it was read."""
        dialect = self.database.dialect
        units = dialect.text(f"CAST(COALESCE(SUM(u), 0) AS {dialect.big})")
        sums = ", ".join(f"CAST(SUM({name}) AS BIGINT) AS {name}" for name in ("n", "valued"))
        rows = self._rows(
            f"SELECT v, {sums}, {units} AS units, MAX(top) AS top FROM {self.relation} AS kept GROUP BY v"
        )
        if any(row["v"] == LOST for row in rows):
            raise DataError(f"{self.database.name}: the orders were changed while they were read; run it again.")
        return rows

    @property
    def tallies(self) -> dict[int, Tally]:
        """The lines of each verdict."""
        return {row["v"]: Tally(row["n"], row["valued"], int(row["units"])) for row in self._verdicts}

    def latest(self) -> tuple[int, ...]:
        """Return the latest two days among the lines that date the data, rising."""
        tops = [row["top"] for row in self._verdicts if row["top"] is not None]
        if not tops:
            return ()
        day = max(tops) // _PLACES
        starts = day * _PLACES
        around = f"top >= {starts} AND bottom < {starts}"
        [row] = self._rows(
            f"SELECT MAX(CASE WHEN top < {starts} THEN top WHEN bottom < {starts} THEN bottom END) AS p, "
            f"MIN(CASE WHEN {around} AND n > 2 THEN bottom END) AS wide FROM {self.relation} AS kept"
        )
        if row["p"] is None:
            return (day,)
        if row["wide"] is not None and row["p"] // _PLACES < day - 1:  # an order may have a line on a day between
            [row] = self._rows(f"SELECT MAX(t) AS p FROM ({self.places}) AS dated WHERE t < {starts}")
        return (row["p"] // _PLACES, day)

    @cached_property
    def orders(self) -> str:
        """A relation of customers and their orders, or places of orders that are one line each; as the groups."""
        if not self.is_split:
            return f"(SELECT * FROM {self.relation} AS kept WHERE v = {USED})"
        sums = ", ".join(f"SUM({name}) AS {name}" for name in ("n", "bought", "u"))
        return self.database.keep(
            f"SELECT c, o, p, MIN(first) AS first, MAX(last) AS last, {sums} "
            f"FROM {self.relation} AS kept WHERE v = {USED} GROUP BY c, o, p"
        )

    def _day(self, place: str) -> str:
        low = FIRST_DAY * _PLACES
        return f"({self.database.dialect.div(f'({place} - ({low}))', str(_PLACES))} + ({FIRST_DAY}))"

    @cached_property
    def customers(self) -> str:
        """A relation of all customers with a used line: customer_id, first_order, last_order, frequency, monetary.

        Days count from 1970, `monetary` is exact in units; a customer without a purchase has a `frequency` of 0.
        """
        dialect = self.database.dialect
        frequency = "CASE WHEN o IS NULL THEN bought WHEN bought > 0 THEN 1 ELSE 0 END"
        sums = f"CAST(SUM({frequency}) AS BIGINT) AS frequency, CAST(SUM(u) AS {dialect.big}) AS monetary"
        days = f"{self._day('MIN(first)')} AS first_order, {self._day('MAX(last)')} AS last_order"
        refunds = "CAST(SUM(n - bought) AS BIGINT) AS refunds"
        return self.database.keep(
            f"SELECT {dialect.text('c')} AS customer_id, {days}, {sums}, {refunds} "
            f"FROM {self.orders} AS orders GROUP BY c"
        )

    def refunds_only(self) -> Tally:
        """Return the lines of customers without a purchase. Raises DataError for a sum that passes 64 bits."""
        text = self.database.dialect.text
        asked = {
            "every": "SUM(monetary)",
            "most": "MAX(ABS(monetary))",
            "refunds": "SUM(CASE WHEN frequency = 0 THEN refunds END)",
            "units": "SUM(CASE WHEN frequency = 0 THEN monetary END)",
        }
        sums = ", ".join(f"{text(f'COALESCE({sql}, 0)')} AS {name}" for name, sql in asked.items())
        [row] = self._rows(f"SELECT {sums} FROM {self.customers} AS customers")
        found = {name: int(row[name]) for name in asked}
        if found["most"] > INT64_MAX:
            raise too_large("The monetary of a customer")
        if abs(found["every"]) > INT64_MAX:
            raise too_large("The sum of all amounts")
        return Tally(found["refunds"], found["refunds"], found["units"])

    def calendar(self) -> tuple[Calendar, int]:
        """Return when orders were placed, and how many purchase lines have no order."""
        counted = "CAST(SUM(CASE WHEN o IS NULL THEN bought ELSE 1 END) AS BIGINT)"
        is_known = "CASE WHEN o IS NULL THEN 0 ELSE 1 END"
        found = self.database.fetch(
            f"SELECT {is_known} AS known, first AS p, {counted} AS n FROM {self.orders} AS orders "
            f"WHERE bought > 0 GROUP BY {is_known}, first"
        )
        known, places, counts = (_ints(found, name) for name in ("known", "p", "n"))
        lines = int(counts[known == 0].sum()) if self.plan.order == "order_id" else 0
        return calendar_of(np.stack([places, counts])), lines

    def words(self, column: str) -> tuple[str, ...]:
        """Return the distinct words of a column of the groups of used lines, sorted."""
        rows = self._rows(f"SELECT DISTINCT {column} AS w FROM {self.relation} AS kept WHERE v = {USED}")
        return tuple(sorted(str(row["w"]) for row in rows if row["w"] is not None))

    def listed(self) -> int:
        """Return how many customers of a list occur."""
        [row] = self._rows(f"SELECT COUNT(DISTINCT listed) AS n FROM {self.relation} AS kept")
        return int(str(row["n"]))

    def last_texts(self, column: str, ids: pa.Array) -> pa.Array:
        """Return the text that each customer has in a column at the last moment, the least of several; null without."""
        earliest = column == "source_label"
        moment = "lo" if earliest else "hi" if column == "group_label" else "until"
        bound = "MIN" if earliest else "MAX"
        text = self.database.dialect.text(column)
        rows = f"v = {USED} AND {column} IS NOT NULL AND {moment} IS NOT NULL"
        inner = (
            f"SELECT c, {text} AS t, {moment} AS own, {bound}({moment}) OVER (PARTITION BY c) AS best "
            f"FROM {self.relation} AS kept WHERE {rows}"
        )
        least = f"MIN({self.database.dialect.text('t')})"
        found = self.database.fetch(f"SELECT c, {least} AS t FROM ({inner}) AS texts WHERE own = best GROUP BY c")
        own, texts = (one_array(found.column(at)).cast(pa.large_string()) for at in (0, 1))
        return texts.take(pc.index_in(ids, own))


def of_accounts(groups: Groups, accounts: Accounts) -> tuple[Groups, pa.Array]:
    """Return the groups of accounts, and the customers with a purchase that there were.

    Raises DataError for a customer without an account who has the id of one, and would be taken for it.
    """
    database, text = groups.database, groups.database.dialect.text
    own = {"customer": accounts.customers.cast(pa.string()), "account": accounts.accounts.cast(pa.string())}
    members = database.put(pa.table(own))
    named = database.put(pa.table({"account": pc.unique(own["account"])}))
    alone = database.fetch(
        f"SELECT DISTINCT {text('c')} AS c FROM {groups.relation} AS kept LEFT JOIN {members} AS members "
        f"ON kept.c = members.customer JOIN {named} AS named ON kept.c = named.account "
        f"WHERE v = {USED} AND members.customer IS NULL"
    )
    if alone.num_rows:
        taken = sorted(alone.column(0).to_pylist(), key=str.encode)
        raise same_id(taken[0], len(taken))
    buyers = database.fetch(f"SELECT DISTINCT {text('c')} AS c FROM {groups.relation} AS kept WHERE bought > 0")
    columns = ", ".join(f"kept.{name}" for name in groups.columns if name != "c")
    relation = (
        f"(SELECT COALESCE(members.account, kept.c) AS c, {columns} FROM {groups.relation} AS kept "
        f"LEFT JOIN {members} AS members ON kept.c = members.customer)"
    )
    found = replace(groups, relation=relation, is_split=True)
    return found, one_array(buyers.column(0)).cast(pa.large_string())


def place(dialect: Dialect, micros: str) -> str:
    """Return where a moment lies in the calendar; see `segtool.engines.runs.place`."""
    low = FIRST_DAY * DAY
    hours = f"({dialect.div(f'({micros} - ({low}))', str(_HOUR))} + ({FIRST_DAY * 24}))"
    return f"2 * {hours} + CASE WHEN {micros} % {DAY} = 0 THEN 0 ELSE 1 END"


def grouped(
    database: Database,
    lines: Sequence[str],
    plan: Plan,
    *,
    row_keys: Sequence[str] = (),
    listed: bool = False,
    has_currency: bool = False,
) -> Groups:
    """Return the groups of judged lines of all scans; with `row_keys`, of equal rows only the first one is used."""
    dialect, used = database.dialect, f"v = {USED}"
    buys = f"{used} AND u >= 0"
    dating = [USED, *(position for position, rule in enumerate(plan.rules) if rule.choice)]
    order = {"order_id": "o", "day": f"({dialect.div(f'(m - ({FIRST_DAY * DAY}))', str(DAY))})"}.get(plan.order, "NULL")
    own = f"CASE WHEN {used} THEN {order} END" if plan.order != "row" else dialect.text("NULL")
    dated = f"v IN ({', '.join(map(str, dating))})"
    keys = {
        "v": "v",
        "c": f"CASE WHEN {used} THEN c END",
        "o": own,
        "p": f"CASE WHEN {dated} AND ({own}) IS NULL THEN {place(dialect, 'm')} END",
    }
    folds = {
        "first": f"MIN(CASE WHEN {buys} THEN t END)",
        "last": f"MAX(CASE WHEN {buys} THEN t END)",
        "top": "MAX(t)",
        "bottom": "MIN(t)",
    }
    plain = len(keys)
    if listed:
        keys["listed"] = f"CASE WHEN {used} THEN NULL ELSE listed END"
    if has_currency:
        keys["currency"] = f"CASE WHEN {used} THEN currency END"
    if GROUP in plan.measures:
        keys["group_label"], folds["hi"] = f"CASE WHEN {buys} THEN group_label END", f"MAX(CASE WHEN {buys} THEN m END)"
    if SOURCE in plan.measures:
        keys["source_label"] = f"CASE WHEN {buys} THEN source_label END"
        folds["lo"] = f"MIN(CASE WHEN {buys} THEN m END)"
    for i, _ in enumerate(plan.carried):
        keys[f"carry{i}"], folds["until"] = f"CASE WHEN {used} THEN carry{i} END", f"MAX(CASE WHEN {used} THEN m END)"
    taken = sorted({"c", "o", "m", "u", "v", *keys} - {"p"})
    if row_keys:
        source = _weighed(database, lines, row_keys, taken, plan)
        folds |= {
            "n": "SUM(w)",
            "bought": f"SUM(CASE WHEN {buys} THEN w ELSE 0 END)",
            "valued": "SUM(CASE WHEN u IS NULL THEN 0 ELSE w END)",
            "u": f"SUM(CAST(u AS {dialect.wide}) * w)",
        }
    else:
        source = " UNION ALL ".join(f"SELECT {', '.join(taken)} FROM ({sql}) AS judged" for sql in lines)
        folds |= {
            "n": "COUNT(*)",
            "bought": f"COUNT(CASE WHEN {buys} THEN 1 END)",
            "valued": "COUNT(u)",
            "u": dialect.total("u"),
        }
    listing = ", ".join(f"{sql} AS {name}" for name, sql in keys.items())
    sums = ", ".join(f"{sql} AS {name}" for name, sql in folds.items())
    placed = f"CASE WHEN {dated} THEN {place(dialect, 'm')} END AS t"
    inner = f"SELECT {listing}, u, m, {placed}{', w' if row_keys else ''} FROM ({source}) AS lines"
    names = ", ".join(keys)
    kept = database.keep(f"SELECT {names}, {sums} FROM ({inner}) AS placed GROUP BY {names}")
    is_split = len(keys) > plain + bool(listed)
    return Groups(database, plan, kept, f"SELECT {placed} FROM ({source}) AS lines", (*keys, *folds), is_split)


def _weighed(
    database: Database, lines: Sequence[str], row_keys: Sequence[str], taken: Sequence[str], plan: Plan
) -> str:
    """Return SQL of lines with a weight `w`, of which equal ones stand for one and for those that repeat it.

    Equal rows fall under equal rules, so those that a rule before this one sets aside are no repetitions.
    """
    [position] = set_aside.positions(plan.rules, set_aside.Repeated)
    names, lone = ", ".join(taken), ", ".join(name for name in taken if name != "v")
    every = " UNION ALL ".join(
        f"SELECT {names}, {own} AS row_key FROM ({sql}) AS judged" for sql, own in zip(lines, row_keys, strict=True)
    )
    once = database.keep(f"SELECT {names}, COUNT(*) AS times FROM ({every}) AS judged GROUP BY {names}, row_key")
    passed = f"(v = {USED} OR v > {position})"
    return (
        f"SELECT {lone}, v, CASE WHEN {passed} THEN 1 ELSE times END AS w FROM {once} AS once "
        f"UNION ALL SELECT {lone}, {position} AS v, times - 1 AS w FROM {once} AS once WHERE {passed} AND times > 1"
    )


def _ints(table: pa.Table, name: str) -> Ints:
    return values(one_array(table.column(name)).cast(pa.int64()))
