"""Order lines as SQL: the cells of each line read, or looked up where they are odd, and the rule that sets it aside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from segtool.databases import Database
from segtool.databases.dialects import Dialect
from segtool.engines import Plan
from segtool.engines.lines import role_of_rule
from segtool.engines.sql import cells, lookups
from segtool.engines.sql.lookups import WORTH, Lookup, Read
from segtool.engines.sql.rules import verdict
from segtool.engines.sql.scans import Scan
from segtool.engines.sql.zones import offsets, quarter
from segtool.orders import set_aside
from segtool.orders.carried import role_of
from segtool.orders.measures import LABELS
from segtool.orders.roles import kind_of

_DOT_ZERO = "[0-9]+[.]0"


@dataclass(frozen=True)
class Reads:
    """What is asked of the columns of a scan: SQL of its lines with `keys` of odd cells, and what looks those up."""

    lines: str
    lookups: tuple[Lookup, ...]
    points: Mapping[str, str]
    counted_ids: bool


@dataclass(frozen=True)
class Told:
    """What a first look at the lines of a scan tells: how many, which lookups are needed, how cells are spelled."""

    scan: Scan
    reads: Reads
    rows: int
    found: Mapping[str, tuple[str, Read]]
    clues: Mapping[tuple[str, str], str]
    has_dot_zero: bool
    has_other_ids: bool
    zones: str | None
    statuses: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()


def _worth_roles(scan: Scan) -> list[str]:
    return ["amount"] if "amount" in scan.roles else ["quantity", "unit_price"]


def counted_roles(scans: Sequence[Scan], plan: Plan) -> frozenset[str]:
    """Return the ids that are integers in all scans, and may stay such."""
    found = {
        role
        for role in ("customer_id", "order_id")
        if all(role in scan.roles and cells.is_counted(scan.columns[scan.roles[role]]) for scan in scans)
    }
    as_texts = bool(set_aside.positions(plan.rules, set_aside.Listed)) or plan.accounts is not None
    as_texts |= any(scan.table.habits.guests for scan in scans)
    return frozenset(found - ({"customer_id"} if as_texts else set()))


def reads_of(scan: Scan, plan: Plan, dialect: Dialect, counted: Collection[str]) -> Reads:
    """Return what is read of the lines of a scan; the ids that are `counted` stay integers."""
    roles, columns, spelling = scan.roles, scan.columns, scan.table.spelling
    numbers = [role for role in WORTH if role in roles]
    first = [  # what is like a text, as an enumeration, is one from here on
        f"{dialect.text(name) if columns[at].kind == 'text' else name} AS r{at}" for at, name in scan.names.items()
    ]
    safe, second = ["*"], ["*"]
    for role in numbers:
        at = roles[role]
        safe.append(f"{cells.safe_number(dialect, f'r{at}', columns[at], spelling.numbers[role])} AS s_{role}")
        second.append(f"{cells.units(dialect, f's_{role}', columns[at], rounded=numbers == ['amount'])} AS x_{role}")
    if "order_date" in roles:
        at = roles["order_date"]
        safe.append(f"{cells.safe_moment(dialect, f'r{at}', columns[at], spelling.dates)} AS s_order_date")
        second.append(f"{cells.micros(dialect, 's_order_date', columns[at])} AS x_order_date")
    carried = {f"carry{i}": roles[role_of(name)] for i, name in enumerate(plan.carried)}
    plain = {role: roles[role] for role in _plain_labels(scan, plan)} | carried
    for name, at in plain.items():
        found = f"CAST(r{at} AS BIGINT)" if name in counted else cells.label(dialect, f"r{at}", columns[at])
        second.append(f"{found} AS x_{name}")

    third, found_lookups = ["*"], []
    key = {role: _key(dialect, scan, roles[role]) for role in ("order_date",) if role in roles}
    third.append(f"{_worth(dialect, scan)} AS w")
    worth_key = cells.marked_key(dialect, [(f"r{roles[role]}", columns[roles[role]]) for role in numbers])
    keys = {"worth": f"CASE WHEN {_odd_worth(dialect, scan)} THEN {worth_key} END"}
    found_lookups.append(lookups.amounts_lookup(scan, "k_worth"))
    if "order_date" in roles:
        odd = f"NOT {_empty(dialect, scan, roles['order_date'])} AND x_order_date IS NULL"
        keys["date"] = f"CASE WHEN {odd} THEN {key['order_date']} END"
        found_lookups.append(lookups.dates_lookup(scan, "k_date", plan.timezone))
    for name, at in plain.items():
        odd = f"NOT {_empty(dialect, scan, at)} AND x_{name} IS NULL"
        if name in carried:
            odd = f"({odd}) OR x_{name} LIKE '%.0'" if columns[at].kind == "text" else odd
            found_lookups.append(lookups.carried_lookup(name, at, f"k_{name}"))
        else:
            found_lookups.append(lookups.label_lookup(scan, name, f"k_{name}", plan))
        keys[name] = f"CASE WHEN {odd} THEN {_key(dialect, scan, at)} END"
    for role in _words(scan, plan):
        at = roles[role]
        keys[role] = cells.marked_key(dialect, [(f"r{at}", columns[at])])
        found_lookups.append(lookups.label_lookup(scan, role, f"k_{role}", plan))
    if set_aside.positions(plan.rules, set_aside.Unmet) and scan.table.looked:
        looked_at = _looked_at(scan)
        keys["unmet"] = cells.marked_key(dialect, [(f"r{at}", columns[at]) for at in looked_at]) or "''"
        found_lookups.append(lookups.conditions_lookup(scan, looked_at, "k_unmet", plan))
    relation = f"(SELECT {', '.join(first)} FROM {scan.relation}) AS stored"
    relation = f"(SELECT {', '.join(safe)} FROM {relation}{dialect.fence}) AS safe"
    read = f"(SELECT {', '.join(second)} FROM {relation}{dialect.fence}) AS plain"
    weighed = f"(SELECT {', '.join(third)} FROM {read}) AS weighed"
    keyed = ", ".join(["*", *(f"{own} AS k_{name}" for name, own in keys.items())])
    texts = [role for role in numbers if columns[roles[role]].kind == "text"]
    points = {role: dialect.text(f"r{roles[role]}") for role in texts if spelling.numbers[role].decimal != ","}
    return Reads(
        f"SELECT {keyed} FROM {weighed}{dialect.fence}",
        tuple(found_lookups),
        points,
        columns[roles["customer_id"]].kind not in ("integer", "float64", "float32"),
    )


def _key(dialect: Dialect, scan: Scan, at: int) -> str:
    return cells.key(dialect, f"r{at}", scan.columns[at])


def _empty(dialect: Dialect, scan: Scan, at: int) -> str:
    return cells.is_empty(dialect, f"r{at}", scan.columns[at])


def _plain_labels(scan: Scan, plan: Plan) -> list[str]:
    """Return the roles whose labels are mostly plain, and many."""
    named = {rule.predicate.role for rule in plan.rules if isinstance(rule.predicate, set_aside.Filled)}
    wanted = {"customer_id", *(["order_id"] if plan.order == "order_id" else []), *named}
    return [role for role in ("customer_id", "order_id", "cancelled_at") if role in wanted and role in scan.roles]


def _words(scan: Scan, plan: Plan) -> list[str]:
    """Return the roles whose labels are few words."""
    asked = {measure.value for measure in plan.measures if measure.fold in LABELS}
    ruled = {role_of_rule(rule.predicate) for rule in plan.rules} - {"cancelled_at"}
    return [role for role in ("status", "currency", "group", "source") if role in scan.roles and (
        role in asked | ruled | {"status", "currency"}
    )]  # fmt: skip


def _looked_at(scan: Scan) -> list[int]:
    """Return the columns whose cells decide together whether a line meets the conditions of the user."""
    looked = scan.table.looked
    if looked is None:
        return []
    if looked.every:
        return scan.positions
    found = set(looked.columns.values())
    judged = set(looked.roles.values()) | ({"amount"} if None in looked.places.values() else set())
    if "order_date" in judged and "order_date" in scan.roles:
        found.add(scan.roles["order_date"])
    if any(kind_of(role) == "number" for role in judged):
        found |= {scan.roles[role] for role in WORTH if role in scan.roles}
    return [at for at in scan.positions if at in found]


def _worth(dialect: Dialect, scan: Scan) -> str:
    """Return what a line is worth where all of its cells are plain."""
    refunded = None
    if "refunded" in scan.roles:
        at = scan.roles["refunded"]
        refunded = f"(CASE WHEN {_empty(dialect, scan, at)} THEN 0 ELSE x_refunded END)"
    return cells.within_limit(cells.line_units(dialect, [f"x_{role}" for role in _worth_roles(scan)], refunded))


def _odd_worth(dialect: Dialect, scan: Scan) -> str:
    """Return whether a line has an odd cell among its amounts, or one that is worth more than 64 bits hold."""
    roles = scan.roles
    odd = [f"(NOT {_empty(dialect, scan, roles[role])} AND x_{role} IS NULL)" for role in WORTH if role in roles]
    filled = " AND ".join(f"NOT {_empty(dialect, scan, roles[role])}" for role in _worth_roles(scan))
    return " OR ".join([*odd, f"({filled} AND w IS NULL)"])


def profiled(database: Database, scan: Scan, plan: Plan, counted: Collection[str]) -> Told:
    """Take a first look at the lines of a scan, and read their odd cells."""
    dialect = database.dialect
    reads = reads_of(scan, plan, dialect, counted)
    id_text = "x_customer_id"
    dotted = (
        "FALSE"
        if "customer_id" in counted
        else f"CASE WHEN {id_text} LIKE '%.0' THEN {dialect.matches(id_text, _DOT_ZERO)} ELSE FALSE END"
    )
    asked = {"read": "COUNT(*)", "ids": f"COUNT({id_text})", "dotted": f"COUNT(CASE WHEN {dotted} THEN 1 END)"}
    asked |= {f"n_{each.name}": f"COUNT({each.key})" for each in reads.lookups}
    for role, text in reads.points.items():
        asked[f"p_{role}"] = f"MIN(CASE WHEN x_{role} IS NOT NULL AND POSITION('.' IN {text}) > 0 THEN {text} END)"
    listed = ", ".join(f"{sql} AS {name}" for name, sql in asked.items())
    [row] = database.fetch(f"SELECT {listed} FROM ({reads.lines}) AS lines").to_pylist()
    found = {
        each.name: lookups.looked_up(database, reads.lines, each, scan)
        for each in reads.lookups
        if row[f"n_{each.name}"]
    }
    clues = {(role, "point"): row[f"p_{role}"] for role in reads.points if row[f"p_{role}"] is not None}
    for _, read in found.values():
        for kind, cell in read.clues.items():
            clues[kind] = min(cell, clues.get(kind, cell))
    every = [read for _, read in found.values()]
    written = reads.counted_ids
    return Told(
        scan=scan,
        reads=reads,
        rows=row["read"],
        found=found,
        clues=clues,
        has_dot_zero=(written and row["dotted"] > 0) or any(read.has_dot_zero for read in every),
        has_other_ids=(written and row["ids"] > row["dotted"]) or any(read.has_other_ids for read in every),
        zones=offsets(database, scan, reads.lines, plan.timezone),
        statuses=frozenset[str]().union(*(read.statuses for read in every)),
        marks=frozenset[str]().union(*(read.marks for read in every)),
    )


@dataclass(frozen=True)
class Shared:
    """What all scans have in common: whether the ids lose the `.0` that all of them end in, whether some have one, and
    the relation of a list of customers.
    """

    drops_dot_zero: bool
    has_dot_zero: bool
    listed: str | None = None


def judged_lines(dialect: Dialect, told: Told, plan: Plan, shared: Shared) -> str:
    """Return SQL of the lines of a scan, each with its verdict `v`, customer `c`, order `o`, moment `m`, worth `u`.

    Beside these stand the words `currency`, `group_label` and `source_label`, the place in a list `listed`, carried
    cells `carry0` …, and the cells as they are stored, `r0` …; a moment and a worth that cannot be told are null.
    """
    joins, lost = [], []
    for i, each in enumerate(told.reads.lookups):
        if each.name in told.found:
            joins.append(f" LEFT JOIN {told.found[each.name][0]} AS l{i} ON lines.{each.key} = l{i}.k")
            lost.append(f"({each.key} IS NOT NULL AND l{i}.k IS NULL)")
        else:
            lost.append(f"{each.key} IS NOT NULL")
    if told.zones is not None:
        joins.append(f" LEFT JOIN {told.zones} AS zone ON {quarter(dialect, 'x_order_date')} = zone.q")
        lost.append("(x_order_date IS NOT NULL AND zone.q IS NULL)")
    values = _values(dialect, told, plan)
    read = ", ".join(["lines.*", *(f"{sql} AS {name}" for name, sql in values.items()), f"{' OR '.join(lost)} AS lost"])
    sql = f"SELECT {read} FROM ({told.reads.lines}) AS lines{''.join(joins)}{dialect.fence}"
    listed = "CAST(NULL AS BIGINT)"
    if shared.listed is not None:
        sql, listed = _with_places(dialect, sql, shared.listed, twice=shared.has_dot_zero)
    further = "COALESCE(u0, 0)" if "further" in values else "NULL"
    worth = f"CASE WHEN further THEN {further} ELSE u0 END" if "further" in values else "u0"
    bare = "CASE WHEN c0 LIKE '%.0' THEN SUBSTR(c0, 1, LENGTH(c0) - 2) ELSE c0 END"
    customer = bare if shared.drops_dot_zero else "c0"
    every = f"*, {listed} AS listed, {worth} AS u, {customer} AS c"
    sql = f"SELECT {every} FROM ({sql}) AS found"
    return f"SELECT *, {verdict(told.scan, plan)} AS v FROM ({sql}) AS worth{dialect.fence}"


def _values(dialect: Dialect, told: Told, plan: Plan) -> dict[str, str]:
    """Return what the cells of a line mean, by name: what is looked up where they are odd, what is read elsewhere."""
    scan, at = told.scan, {each.name: f"l{i}" for i, each in enumerate(told.reads.lookups) if each.name in told.found}

    def value(lookup: str, name: str, plain: str) -> str:
        if lookup not in at:
            return plain
        return f"CASE WHEN k_{lookup} IS NULL THEN {plain} ELSE {at[lookup]}.{name} END"

    def word(role: str) -> str:
        return f"{at[role]}.label" if role in at else dialect.text("NULL")

    def ruled(role: str, plain: str) -> dict[str, str]:
        return {
            f"b{position}": value(role, f"rule{position}", plain)
            for position, rule in enumerate(plan.rules)
            if role_of_rule(rule.predicate) == role
        }

    moment = "x_order_date"
    if told.zones is not None:
        moment = "x_order_date + CASE WHEN x_order_date < zone.change THEN zone.before ELSE zone.after END"
    found = {
        "u0": value("worth", "units", "w"),
        "m": value("date", "micros", moment),
        "c0": value("customer_id", "label", "x_customer_id"),
        "o": value("order_id", "label", "x_order_id") if plan.order == "order_id" else dialect.text("NULL"),
        "currency": word("currency"),
        "group_label": word("group"),
        "source_label": word("source"),
    }
    if scan.table.habits.guests:
        names = ", ".join("'" + guest.replace("'", "''") + "'" for guest in sorted(scan.table.habits.guests))
        found["guest"] = value("customer_id", "guest", f"(LOWER(x_customer_id) IN ({names}))")
    if scan.table.habits.first_line_totals and "amount" in scan.roles:
        amount = scan.roles["amount"]
        found["further"] = value("worth", "further", _empty(dialect, scan, amount))
    for role in ("status", "currency", "cancelled_at"):
        if role in scan.roles:
            found |= ruled(role, "x_cancelled_at IS NOT NULL" if role == "cancelled_at" else "FALSE")
    for i, _ in enumerate(plan.carried):
        found[f"carry{i}"] = value(f"carry{i}", "label", f"x_carry{i}")
    if scan.table.looked:
        found["unmet"] = f"{at['unmet']}.unmet" if "unmet" in at else "FALSE"
    return found


def _with_places(dialect: Dialect, sql: str, listed: str, *, twice: bool) -> tuple[str, str]:
    """Return lines joined with a list of customers, and their place in it; `twice` looks for ids without a .0 too."""
    joins, place = f" LEFT JOIN {listed} AS listed ON found.c0 = listed.id", "listed.place"
    if twice:
        bare = f"CASE WHEN {dialect.matches('found.c0', _DOT_ZERO)} THEN SUBSTR(found.c0, 1, LENGTH(found.c0) - 2) END"
        joins += f" LEFT JOIN {listed} AS again ON {bare} = again.id"
        place = "COALESCE(listed.place, again.place)"
    return f"SELECT found.*, {place} AS place FROM ({sql}) AS found{joins}", "place"
