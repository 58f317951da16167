"""Odd cells: each one comes here once, is read as the arrow engine reads it, and goes back as a table to join with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from segtool.databases import Column, Database
from segtool.engines import Plan
from segtool.engines.ledger import spellings
from segtool.engines.lines import Chunk, guests_among, judge, label_of, rules_on_labels
from segtool.engines.sql.refusals import refused
from segtool.engines.sql.scans import Scan
from segtool.errors import printable
from segtool.orders import set_aside
from segtool.orders.amounts import line_amounts
from segtool.orders.roles import Columns
from segtool.tables.arrays import as_column, one_array, valid
from segtool.tables.columns import where
from segtool.tables.dates import moments
from segtool.tables.numbers import Numbers, NumberSpelling, numbers
from segtool.tables.source import NOWHERE, whole
from segtool.tables.text import folded, labels, sorted_rows, written

MOST = 2_000_000
"""Distinct odd cells that are read here."""

WORTH = ("amount", "quantity", "unit_price", "refunded")
"""The roles that tell together what a line is worth."""

Cells = Mapping[int, pa.Array]
"""Cells by the position of their column."""


@dataclass(frozen=True)
class Read:
    """What odd cells mean: columns by name, and what they tell of their spelling, by role and kind."""

    columns: Mapping[str, pa.Array]
    clues: Mapping[tuple[str, str], str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    has_dot_zero: bool = False
    has_other_ids: bool = False


@dataclass(frozen=True)
class Lookup:
    """Cells that are read here: `key` is SQL over the lines of a scan, null for a line whose cells are plain."""

    name: str
    positions: tuple[int, ...]
    key: str
    read: Callable[[Cells], Read]


def amounts_lookup(scan: Scan, key: str) -> Lookup:
    """Return what reads the amounts of lines, or their quantities and prices, and what was refunded."""
    roles: Columns = {role: scan.roles[role] for role in WORTH if role in scan.roles}
    how = scan.table.spelling.numbers

    def read(cells: Cells) -> Read:
        found = {role: _numbers(cells[at], scan.columns[at], how[role]) for role, at in roles.items()}
        no_refund = ~valid(labels(cells[roles["refunded"]])) if "refunded" in roles else None
        worth = line_amounts(found, no_refund)
        columns = {"units": where(as_column(worth.units), worth.readable)}
        if "amount" in roles:
            columns["further"] = as_column(~valid(labels(cells[roles["amount"]])))
        clues = {(role, kind): cell for role, own in found.items() for kind, (_, cell) in own.clues.items()}
        marks = frozenset[str]().union(*(own.currencies for own in found.values()))
        return Read(columns, clues, marks)

    return Lookup("worth", tuple(dict.fromkeys(roles.values())), key, read)


def dates_lookup(scan: Scan, key: str, timezone: str | None) -> Lookup:
    """Return what reads the dates of lines."""
    at = scan.roles["order_date"]

    def read(cells: Cells) -> Read:
        found = moments(cells[at], scan.table.spelling.dates, timezone)
        clues = {("order_date", kind): cell for kind, (_, cell) in found.clues.items()}
        return Read({"micros": where(as_column(found.micros), found.readable)}, clues)

    return Lookup("date", (at,), key, read)


def label_lookup(scan: Scan, role: str, key: str, plan: Plan) -> Lookup:
    """Return what reads labels: their text, and which rules on them hold."""
    at = scan.roles[role]

    def read(cells: Cells) -> Read:
        texts = label_of(role, cells[at])
        texts = texts if pa.types.is_string(texts.type) else texts.cast(pa.string())
        columns = {"label": texts}
        if role == "customer_id":
            columns["guest"] = as_column(guests_among(texts, scan.table.habits))
        for position, holds in rules_on_labels(plan.rules, role, texts, scan.table.habits).items():
            columns[f"rule{position}"] = as_column(holds)
        dotted = spellings(texts) if role == "customer_id" and scan.columns[at].kind in _SPELLED else (False, False)
        seen = folded(texts).drop_null().unique().to_pylist() if role == "status" else ()
        return Read(columns, {}, frozenset(), frozenset(seen), *dotted)

    return Lookup(role, (at,), key, read)


_SPELLED = ("text", "decimal", "date", "timestamp", "instant")
"""The kinds of columns whose ids are written out, so that a `.0` at their end is meant."""


def carried_lookup(name: str, at: int, key: str) -> Lookup:
    """Return what reads the cells of a carried column."""
    return Lookup(name, (at,), key, lambda cells: Read({"label": written(cells[at]).cast(pa.string())}))


def conditions_lookup(scan: Scan, positions: Sequence[int], key: str, plan: Plan) -> Lookup:
    """Return what tells which lines do not meet the conditions of the user, from all cells that these look at."""
    rules = [rule for rule in plan.rules if isinstance(rule.predicate, set_aside.Unmet | set_aside.Unreadable)]

    def read(cells: Cells) -> Read:
        size = len(cells[positions[0]]) if positions else 1
        columns, headers = [cells[at] for at in positions], [scan.table.source.columns[at] for at in positions]
        roles = {role: positions.index(at) for role, at in scan.roles.items() if at in positions}
        absent = [role for role in scan.roles if role not in roles]
        if absent:  # no condition looks at them
            roles |= dict.fromkeys(absent, len(columns))
            columns.append(pa.nulls(size, pa.string()))
            headers.append("")
        chunk = Chunk(0, scan.number, iter, roles, tuple(headers), scan.table)  # type: ignore[arg-type]
        lines = judge(chunk, whole(columns, size), rules, plan.timezone)
        unmet = np.zeros(size, np.bool_) if lines.unmet is None else lines.unmet
        clues = {(role, kind): cell for (_, role, kind), (_, cell) in lines.clues.items()}
        return Read({"unmet": as_column(unmet)}, clues, lines.marks)

    return Lookup("unmet", tuple(positions), key, read)


def _numbers(cells: pa.Array, column: Column, how: NumberSpelling) -> Numbers:
    """Return cells as numbers; those of a type that came as text are written with a point."""
    if column.kind != "text" and pa.types.is_string(cells.type):
        return replace(numbers(cells, NumberSpelling(".")), clues={})
    return numbers(cells, how)


def looked_up(database: Database, lines: str, lookup: Lookup, scan: Scan) -> tuple[str, Read]:
    """Return a relation of what the odd cells of lines mean, with their keys, and what they tell.

    Raises UsageError where there are too many of them.
    """
    kinds = [scan.columns[at] for at in lookup.positions]
    cells = [scan.fetched(database, at) for at in lookup.positions]
    asked = ", ".join(f"{cell} AS a{i}" for i, cell in enumerate(cells))
    inner = f"SELECT {lookup.key} AS k, {asked} FROM ({lines}) AS lines WHERE {lookup.key} IS NOT NULL"
    groups = ", ".join(["k", *(f"a{i}" for i in range(len(cells)))])
    found = database.fetch(f"SELECT {groups} FROM ({inner}) AS odd GROUP BY {groups} LIMIT {MOST + 1}")
    if found.num_rows > MOST:
        headers = " × ".join(scan.table.source.columns[at] for at in lookup.positions)
        raise refused(
            f"{printable(headers)} with more than {MOST:,} different cells that are not written plainly (as 2.55 and "
            "2024-12-31, which a --query may make of them)"
        )
    keys = one_array(found.column(0)).cast(pa.large_string())
    order = as_column(sorted_rows(keys))  # so that the first cell of a kind is the least one
    columns = [as_stored(one_array(own), kind) for own, kind in zip(found.columns[1:], kinds, strict=True)]
    read = lookup.read({at: own.take(order) for at, own in zip(lookup.positions, columns, strict=True)})
    put = pa.table({"k": keys.take(order).cast(pa.string()), **read.columns})
    return database.put(put), read


def as_stored(cells: pa.Array, column: Column) -> pa.Array:
    """Return cells in the type in which a copy of the column has them."""
    if column.kind == "instant" and pa.types.is_timestamp(column.arrow):
        return cells.cast(pa.timestamp("us", column.arrow.tz))
    if column.kind == "decimal" and pa.types.is_decimal(column.arrow) and not pa.types.is_decimal(cells.type):
        return cells.cast(column.arrow)
    return cells.cast(pa.string()) if column.kind == "text" else cells


def clue_places(number: int, clues: Mapping[tuple[str, str], str]) -> dict[tuple[int, str, str], tuple[int, str]]:
    """Return what cells of an input tell of their spelling; in a database they stand nowhere."""
    return {(number, role, kind): (NOWHERE, cell) for (role, kind), cell in clues.items()}
