"""The engines that speak SQL: the same rules and measures, compiled once for DuckDB, PostgreSQL and Spark.

Cells that are written plainly are read by the engine: integers, decimals, dates, timestamps, texts such as `2.55` and
`2024-12-31`. All others travel here, each once, are read by the one reader that the arrow engine has, and go back as a
table to join with. So no spelling is read in two ways.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from segtool.databases import Database
from segtool.engines import Aggregate, BadRow, Customers, Input, Plan, Watch
from segtool.engines.lines import BAD_ROWS
from segtool.engines.sql.cells import marked_key
from segtool.engines.sql.lines import Shared, Told, counted_roles, judged_lines, profiled
from segtool.engines.sql.lookups import clue_places
from segtool.engines.sql.measures import Groups, grouped, of_accounts
from segtool.engines.sql.refusals import refused
from segtool.engines.sql.scans import Scan, Scans, broken_rows, opened
from segtool.engines.sql.unreadable import unreadable
from segtool.orders import set_aside
from segtool.orders.measures import GROUP, MEASURES, SOURCE
from segtool.orders.set_aside import Tally, reconcile
from segtool.orders.spelling import first_clues
from segtool.tables.arrays import as_column, one_array, values
from segtool.tables.text import sorted_rows

_LOOKED_AT = 0.4
"""The share of the work that a first look at all lines is, more or less."""

_NONE = np.zeros(0, np.int64)

NOBODY = Customers(pa.nulls(0, pa.large_string()), _NONE, _NONE, _NONE, _NONE)


@dataclass(frozen=True)
class Kept:
    """What an engine found, with the customers still in the database: `found` has all but these.

    `customers` is a relation with customer_id, first_order and last_order (days since 1970), frequency (orders) and
    monetary (exact, in units of 1/10,000); who has bought nothing has a frequency of 0. `groups` is what it was made
    of. `close` ends what was opened for it.
    """

    database: Database
    customers: str
    groups: Groups
    found: Aggregate
    scans: Scans

    def close(self) -> None:
        self.scans.close()


def aggregate(inputs: Sequence[Input], plan: Plan, watch: Watch) -> Aggregate:
    """Return one row a customer; see `segtool.engines.aggregate`."""
    with closing(kept(inputs, plan, watch)) as own:
        return replace(own.found, customers=_customers(own, plan))


def kept(inputs: Sequence[Input], plan: Plan, watch: Watch) -> Kept:
    """Return what an engine finds, with the customers in the database.

    Raises UsageError for what a database is not asked, DataError for what the arrow engine refuses too.
    """
    _refuse(plan)
    scans = opened(inputs, plan)
    try:
        return _kept(scans, plan, watch)
    except BaseException:
        scans.close()
        raise


def _refuse(plan: Plan) -> None:
    """Raise UsageError for what a database is not asked."""
    if plan.list_rows:
        raise refused("the rows that are set aside")
    if plan.history or plan.daily:
        raise refused("what customers did day by day")
    if plan.tallied:
        raise refused("labels of what each customer bought")
    others = [measure.name for measure in plan.measures if measure not in (*MEASURES, GROUP, SOURCE)]
    roles = {rule.predicate.role for rule in plan.rules if isinstance(rule.predicate, set_aside.Unreadable)}
    if others or roles - {"order_date", "amount"}:
        raise refused(f"{', '.join(others) or 'further columns of money'}")


def _kept(scans: Scans, plan: Plan, watch: Watch) -> Kept:
    database = scans.database
    counted = counted_roles(scans.scans, plan)
    told = [profiled(database, scan, plan, counted) for scan in scans.scans]
    broken = list(broken_rows(scans))
    read = sum(each.rows for each in told) + len(broken)
    watch(_LOOKED_AT, read)
    dotted, others = any(each.has_dot_zero for each in told), any(each.has_other_ids for each in told)
    listed = [rule.predicate.ids for rule in plan.rules if isinstance(rule.predicate, set_aside.Listed)]
    shared = Shared(
        drops_dot_zero=dotted and not others,
        has_dot_zero=dotted,
        listed=_put_list(database, listed[0]) if listed else None,
    )
    lines = [judged_lines(database.dialect, each, plan, shared) for each in told]
    repeated = set_aside.positions(plan.rules, set_aside.Repeated)
    row_keys = _row_keys(database, told) if repeated else ()
    has_currency = any("currency" in each.scan.roles for each in told)
    groups = grouped(
        database, lines, plan, row_keys=row_keys, listed=shared.listed is not None, has_currency=has_currency
    )
    contacts = None
    if plan.accounts is not None:
        groups, contacts = of_accounts(groups, plan.accounts)
    tallies = groups.tallies
    [at] = set_aside.positions(plan.rules, set_aside.Broken)
    tallies[at] = Tally(len(broken), 0, 0)
    bad, examples = unreadable(database, told, lines, plan, tallies)
    bad += [BadRow(number, row, plan.rules[at].reason, "", "") for number, row in broken]
    [only_refunds] = set_aside.positions(plan.rules, set_aside.NoPurchase)
    tallies[only_refunds] = groups.refunds_only()
    calendar, loose = groups.calendar()
    watch(1.0, read)
    found = Aggregate(
        customers=NOBODY,
        counts=reconcile(plan.rules, tallies, read),
        calendar=calendar,
        latest=groups.latest(),
        bad=tuple(sorted(bad)[:BAD_ROWS]),
        examples=examples,
        lines_without_order=loose,
        dot_zero_ids="all" if shared.drops_dot_zero else "some" if dotted else "none",
        currencies=groups.words("currency") if has_currency else (),
        statuses=tuple(sorted(frozenset[str]().union(*(each.statuses for each in told)))),
        marks=frozenset[str]().union(*(each.marks for each in told)),
        clues=first_clues(clue_places(each.scan.number, each.clues) for each in told),
        rows_aside=(),
        listed=groups.listed() if listed else 0,
        contacts=contacts,
    )
    return Kept(database, groups.customers, groups, found, scans)


def _put_list(database: Database, ids: pa.Array) -> str:
    places = as_column(np.arange(len(ids)))
    return database.put(pa.table({"id": ids.cast(pa.string()), "place": places}))


def _row_keys(database: Database, told: Sequence[Told]) -> list[str]:
    """Return for each scan SQL of a text that only rows with equal cells under equal headers have.

    Raises UsageError for headers over columns of types that write a cell differently.
    """
    headers: dict[tuple[str, ...], int] = {}
    forms: dict[tuple[str, ...], list[str]] = {}
    keys = []
    for each in told:
        scan = each.scan
        number = headers.setdefault(scan.headers, len(headers))
        if forms.setdefault(scan.headers, own := _forms(scan)) != own:
            raise refused("equal rows in columns of different types")
        cells = [(scan.fetched(database, at), scan.columns[at]) for at in scan.positions]
        keys.append(f"'{number}:' || {marked_key(database.dialect, cells)}")
    return keys


def _forms(scan: Scan) -> list[str]:
    """Return how each column writes its cells: texts, whole numbers and days as they are."""
    plain = ("text", "integer", "date")
    return [
        "" if scan.columns[at].kind in plain else f"{scan.columns[at].kind} {scan.table.source.type_of(at)}"
        for at in scan.positions
    ]


def _customers(own: Kept, plan: Plan) -> Customers:
    """Return the customers with a purchase, sorted by id in byte order."""
    measures = ["first_order", "last_order", "frequency", "monetary"]
    asked = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in measures)
    text = own.database.dialect.text("customer_id")
    table = own.database.fetch(f"SELECT {text} AS id, {asked} FROM {own.customers} AS customers WHERE frequency > 0")
    ids = one_array(table.column("id")).cast(pa.large_string())
    order = sorted_rows(ids)
    figures = {name: values(one_array(table.column(name)).cast(pa.int64()))[order] for name in measures}
    ids = ids.take(as_column(order))
    groups = own.groups
    return Customers(
        ids,
        first_order=figures["first_order"],
        last_order=figures["last_order"],
        frequency=figures["frequency"],
        monetary=figures["monetary"],
        group=groups.last_texts("group_label", ids) if GROUP in plan.measures else None,
        source=groups.last_texts("source_label", ids) if SOURCE in plan.measures else None,
        carried={name: groups.last_texts(f"carry{i}", ids) for i, name in enumerate(plan.carried)},
    )
