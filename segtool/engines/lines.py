"""A batch of order lines with its cells read and every row judged by the rules."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines import BadRow, Example, Input, Plan
from segtool.orders import set_aside
from segtool.orders.amounts import Amounts, line_amounts
from segtool.orders.carried import CARRY
from segtool.orders.customer_level import MOST, WholeNumbers, whole_numbers
from segtool.orders.habits import Habits
from segtool.orders.roles import MONEY, ROLES, Columns
from segtool.orders.set_aside import Rule
from segtool.orders.spelling import Clues
from segtool.tables.arrays import EMPTY, Ints, Mask, as_column, as_mask, as_texts, joined, one_text, valid, values
from segtool.tables.dates import Moments, day_number, moments
from segtool.tables.dates.spelling import DAY, DateSpelling
from segtool.tables.headers import normal
from segtool.tables.numbers import Numbers, as_decimals, numbers
from segtool.tables.numbers.affixes import currency_code
from segtool.tables.source import Batch, Part
from segtool.tables.text import (
    NO_SOURCE,
    as_text,
    fold,
    folded,
    groups,
    labels,
    with_lower_emails,
    without_dot_zero,
    written,
)

USED = -1
"""The verdict on a row that no rule sets aside; any other verdict is the position of its rule."""

BAD_ROWS = 10
"""How many unreadable rows of a batch are remembered with their cell."""


_TO_JUDGE = 512
"""Bytes a row that judging and collapsing a batch take, more or less."""


@dataclass(frozen=True)
class Chunk:
    """A part of a source on its way: its number among all, where each role stands in its batches, and their headers.

    `table` is the input that it is of.
    """

    number: int
    source: int
    part: Part
    roles: Columns
    headers: tuple[str, ...]
    table: Input


@dataclass(frozen=True)
class Lines:
    """Order lines, one entry a row in every array; `rows` are numbered within the batch.

    `labels` has the ids, statuses and currencies, null where empty. Amounts are units of 1/10,000 and moments
    wall-clock microseconds, both 0 where not readable. Ids of a numeric column were not `ids_spelled`. A row is
    `further` where the amount of its order stands on another one. `keys` tell equal rows, if asked for. `bad` are the
    first rows with an unreadable cell, `examples` one cell a reason, `clues` the first cells that tell how a column is
    spelled, `marks` the currencies beside amounts. `habits` are those of the table.

    `listed` is the place of the customer in the list of the user, -1 for others, and `unmet` tells which rows do not
    meet the conditions of the user, where there are such. `money` has the further columns of money by role.
    `refunded` is what was given back of the amounts, where a column tells it, as its cells have it.
    `carried` has further columns by name as trimmed texts, null where empty.
    Where a row is a customer, `counts` has its figures by role, and it is `never` a buyer where it has none of them.
    Without a column of dates every moment is 0.
    """

    source: int
    part: int
    rows: Ints
    broken: Ints
    labels: dict[str, pa.Array]
    moment: Ints
    dated: Mask
    amount: Ints
    valued: Mask
    further: Mask | None
    verdict: npt.NDArray[np.int8]
    ids_spelled: bool
    keys: list[bytes] | None
    bad: tuple[BadRow, ...]
    examples: dict[str, Example]
    clues: Clues
    marks: frozenset[str]
    habits: Habits
    counts: dict[str, WholeNumbers] = field(default_factory=dict)
    money: dict[str, Amounts] = field(default_factory=dict)
    refunded: Numbers | None = None
    never: Mask | None = None
    listed: Ints | None = None
    unmet: Mask | None = None
    carried: dict[str, pa.Array] = field(default_factory=dict)

    @property
    def day(self) -> Ints:
        return self.moment // DAY

    def readable(self, role: str) -> Mask:
        """Return in which rows the cell of a role can be read."""
        if role in self.counts:
            return self.counts[role].readable
        if role in self.money:
            return self.money[role].readable
        return self.dated if role == "order_date" else self.valued


def chunks(inputs: Sequence[Input], *, whole_rows: bool) -> Iterator[Chunk]:
    """Yield all parts of all sources, with only the columns that have a role unless whole rows are asked for."""
    numbered = count()
    for at, each in enumerate(inputs):
        source, columns = each.source, each.columns | (each.looked.columns if each.looked else {})
        every = whole_rows or (each.looked is not None and each.looked.every)
        positions = range(len(source.columns)) if every else set(columns.values())
        wanted = sorted(positions, key=lambda i: (source.columns[i], i))
        roles = {role: wanted.index(position) for role, position in columns.items()}
        headers = tuple(source.columns[i] for i in wanted)
        for part in source.parts(wanted):
            yield Chunk(next(numbered), at, part, roles, headers, each)


def judged(chunk: Chunk, plan: Plan, sources: int) -> Iterator[tuple[float, Lines]]:
    """Yield the judged batches of a chunk of one of so many sources, each with its share of the whole input."""
    for batch in chunk.part():
        memory.need(_TO_JUDGE * batch.size)
        yield batch.share / sources, judge(chunk, batch, plan.rules, plan.timezone)


def judge(chunk: Chunk, batch: Batch, rules: Sequence[Rule], timezone: str | None) -> Lines:
    """Read the cells of a batch and give each row the position of the first rule that sets it aside."""
    cells = {role: batch.columns[i] for role, i in chunk.roles.items()}
    size, id_type = len(batch.rows), cells["customer_id"].type
    when = _moments(cells.get("order_date"), size, chunk.table.spelling.dates, timezone)
    no_refund = ~valid(labels(cells["refunded"])) if "refunded" in cells else None
    read = {role: numbers(cells[role], how) for role, how in chunk.table.spelling.numbers.items() if role in ROLES}
    worth = line_amounts(read, no_refund)
    further = ~valid(labels(cells["amount"])) if chunk.table.habits.first_line_totals and "amount" in cells else None
    clues = {"order_date": when.clues, **{role: found.clues for role, found in read.items()}}
    counts = {role: whole_numbers(found, MOST[role]) for role, found in read.items() if role in MOST}
    lines = Lines(
        source=chunk.source,
        part=chunk.number,
        rows=batch.rows,
        broken=batch.broken,
        labels={role: label_of(role, column) for role, column in cells.items() if ROLES.get(role) == "label"},
        moment=when.micros,
        dated=when.readable,
        amount=worth.units,
        valued=worth.readable if further is None else worth.readable | further,
        further=further,
        verdict=np.full(size, USED, np.int8),
        ids_spelled=not (pa.types.is_integer(id_type) or pa.types.is_floating(id_type)),
        keys=_row_keys(chunk, batch) if set_aside.positions(rules, set_aside.Repeated) else None,
        bad=(),
        examples={},
        clues=_clues(chunk, batch, clues),
        marks=frozenset[str]().union(*(found.currencies for found in read.values())),
        habits=chunk.table.habits,
        counts=counts,
        money=_money(cells, read),
        refunded=read.get("refunded"),
        never=_never_bought(cells, counts["frequency"]) if "frequency" in counts else None,
        carried={role.removeprefix(CARRY): written(own) for role, own in cells.items() if role.startswith(CARRY)},
    )
    for at in set_aside.positions(rules, set_aside.Listed):
        lines = replace(lines, listed=_places_in(rules[at].predicate, lines.labels["customer_id"]))
    if chunk.table.looked:
        lines = _with_unmet(lines, chunk, batch, rules, timezone, read, when)
    return _with_bad_rows(_decided(lines, rules), chunk, batch, rules)


def _clues(chunk: Chunk, batch: Batch, found: Mapping[str, Mapping[str, tuple[int, str]]]) -> Clues:
    """Return what cells tell of their spelling, which is known by role, with their rows in the batch."""
    return {
        (chunk.source, role, kind): (int(batch.rows[row]), cell)
        for role, own in found.items()
        for kind, (row, cell) in own.items()
    }


def _places_in(listed: set_aside.Predicate, customers: pa.Array) -> Ints:
    """Return the place of each customer in a list, -1 for those who are not in it.

    Whether the ids of all orders end in `.0`, which is dropped then, is not known yet: such an id is found without it.
    """
    if not isinstance(listed, set_aside.Listed):
        raise TypeError(listed)
    encoded = customers.dictionary_encode()
    words = encoded.dictionary.cast(pa.large_string())
    found = pc.index_in(words, listed.ids)
    if as_mask(pc.ends_with(words, ".0")).any():
        found = pc.coalesce(found, pc.index_in(without_dot_zero(words), listed.ids))
    places = np.append(values(found.fill_null(-1).cast(pa.int64())), -1)
    return places[values(encoded.indices.fill_null(len(words)).cast(pa.int64()))]


def _with_unmet(
    lines: Lines,
    chunk: Chunk,
    batch: Batch,
    rules: Sequence[Rule],
    timezone: str | None,
    read: Mapping[str, Numbers],
    when: Moments,
) -> Lines:
    """Return lines with what the conditions of the user make of them; what cells tell that only these look at."""
    from segtool.orders.where import Rows, unmet

    size, looked = len(batch.rows), chunk.table.looked
    needed = {rule.predicate.role for rule in rules if isinstance(rule.predicate, set_aside.Unreadable)}

    def readable(role: str) -> Mask:
        judged_as = role if role in needed or role in MOST else "amount"
        return lines.readable(judged_as) if judged_as in needed else np.ones(size, np.bool_)

    def worth() -> pa.Array:
        amounts = as_decimals(lines.amount)
        return pc.if_else(as_column(lines.valued), amounts, pa.nulls(size, amounts.type))

    rows = Rows(
        size=size,
        cells={name: batch.columns[at] for name, at in chunk.roles.items() if name not in ROLES},
        every=batch.columns if looked and looked.every else (),
        numbers=read,
        days={"order_date": when} if "order_date" in chunk.roles else {},
        worth=worth,
        readable=readable,
    )
    found, clues = np.zeros(size, np.bool_), dict(lines.clues)
    for at in set_aside.positions(rules, set_aside.Unmet):
        rule = rules[at].predicate
        if isinstance(rule, set_aside.Unmet) and looked:
            own, told = unmet(rule.conditions, looked, rows, chunk.table.spelling, timezone, rule.as_of)
            found |= own
            clues |= _clues(chunk, batch, told)
    return replace(lines, unmet=found, clues=clues)


def _moments(column: pa.Array | None, size: int, spelling: DateSpelling, timezone: str | None) -> Moments:
    """Return the moments of a column of dates, of which there is none where only days are known."""
    if column is None:
        return Moments(np.zeros(size, np.int64), np.ones(size, np.bool_))
    return moments(column, spelling, timezone)


def _money(cells: Mapping[str, pa.Array], read: Mapping[str, Numbers]) -> dict[str, Amounts]:
    """Return the further columns of money; an empty cell tells of no cost, but not of no margin."""
    found = {role: line_amounts({"amount": read[role]}) for role in MONEY if role in read}
    for role in found.keys() - {"margin"}:
        empty = ~valid(labels(as_text(cells[role])))
        found[role] = Amounts(found[role].units, found[role].readable | empty)
    return found


def _never_bought(cells: dict[str, pa.Array], frequency: WholeNumbers) -> Mask:
    """Return which customers have no orders: zero of them, or nothing at all in the cells that tell of them."""
    told = [cells[role] for role in ("frequency", "order_date", "recency_days", "amount") if role in cells]
    nothing = np.logical_and.reduce([~valid(labels(as_text(column))) for column in told])
    never: Mask = (frequency.readable & (frequency.values == 0)) | nothing
    return never


def _decided(lines: Lines, rules: Sequence[Rule]) -> Lines:
    """Return lines with the position of the first rule that sets each aside."""
    undecided = np.ones(len(lines.verdict), bool)
    for position, rule in enumerate(rules):
        holds = _COMPILED[type(rule.predicate)](rule.predicate, lines)
        if holds is not None and holds.any():
            lines.verdict[undecided & holds] = position
            undecided &= ~holds
    return lines


def label_of(role: str, column: pa.Array) -> pa.Array:
    """Return a column of labels as text. Orders may keep their whole numbers: nothing but their equality counts."""
    if role == "customer_id":
        return with_lower_emails(labels(column))
    if role == "group":
        return groups(column)
    if role == "source":
        return pc.coalesce(labels(column), one_text(NO_SOURCE))
    if role == "currency":
        return folded(labels(column), currency_code)
    if role == "order_id" and pa.types.is_integer(column.type) and not pa.types.is_uint64(column.type):
        return column.cast(pa.int64())
    return labels(column)


def _empty(rule: set_aside.Missing, lines: Lines) -> Mask | None:
    column = lines.labels[rule.role]
    return ~valid(column) if column.null_count else None


def _filled(rule: set_aside.Filled, lines: Lines) -> Mask | None:
    return valid(lines.labels[rule.role]) if rule.role in lines.labels else None


def _among(values: frozenset[str], role: str, lines: Lines, form: Callable[[str], str] = fold) -> Mask | None:
    return _one_of(lines.labels[role], values, form) if values and role in lines.labels else None


def _not_here(_: set_aside.Predicate, __: Lines) -> None:
    """Broken rows come from the reader; repeated rows and customers without a purchase take all rows to see."""


_COMPILED: dict[type, Callable[..., Mask | None]] = {
    set_aside.Broken: _not_here,
    set_aside.FurtherLine: lambda _, lines: lines.further,
    set_aside.Missing: _empty,
    set_aside.Guest: lambda _, lines: _among(lines.habits.guests, "customer_id", lines),
    set_aside.Unpaid: lambda _, lines: _among(lines.habits.unpaid, "status", lines, normal),
    set_aside.Filled: _filled,
    set_aside.Unreadable: lambda rule, lines: ~lines.readable(rule.role),
    set_aside.OneOf: lambda rule, lines: _one_of(lines.labels[rule.role], rule.values),
    set_aside.NoneOf: lambda rule, lines: ~_one_of(lines.labels[rule.role], rule.values),
    set_aside.Listed: lambda _, lines: None if lines.listed is None else lines.listed >= 0,
    set_aside.Unmet: lambda _, lines: lines.unmet,
    set_aside.Repeated: _not_here,
    set_aside.Before: lambda rule, lines: lines.day < day_number(rule.day),
    set_aside.After: lambda rule, lines: lines.day > day_number(rule.day),
    set_aside.Negative: lambda _, lines: lines.amount < 0,
    set_aside.NoPurchase: _not_here,
    set_aside.NeverBought: lambda _, lines: lines.never,
}
"""Each predicate of `segtool.orders.set_aside` as a mask over lines."""


def rules_on_labels(rules: Sequence[Rule], role: str, column: pa.Array, habits: Habits) -> dict[int, Mask]:
    """Return where each rule holds that looks at nothing but the labels of a role, by its position."""
    lines = SimpleNamespace(labels={role: column}, habits=habits)
    found = {}
    for position, rule in enumerate(rules):
        if role_of_rule(rule.predicate) == role:
            holds = _COMPILED[type(rule.predicate)](rule.predicate, lines)
            found[position] = np.zeros(len(column), np.bool_) if holds is None else holds
    return found


def role_of_rule(predicate: set_aside.Predicate) -> str | None:
    """Return the role whose labels alone a predicate looks at, None where it looks at anything else."""
    if isinstance(predicate, set_aside.Unpaid):
        return "status"
    if isinstance(predicate, set_aside.Filled | set_aside.OneOf | set_aside.NoneOf):
        return predicate.role
    return None


def guests_among(customers: pa.Array, habits: Habits) -> Mask:
    """Return which customer ids are those of guests."""
    return _one_of(customers, habits.guests) if habits.guests else np.zeros(len(customers), np.bool_)


def _one_of(column: pa.Array, values: frozenset[str], form: Callable[[str], str] = fold) -> Mask:
    return as_mask(pc.is_in(folded(column, form), as_texts(sorted(values))))


def _row_keys(chunk: Chunk, batch: Batch) -> list[bytes]:
    """Return a key a row, equal only for rows that have equal cells under equal headers."""
    from hashlib import blake2b

    pieces: list[pa.Array | str] = [repr(chunk.headers)]
    for column in batch.columns:
        text = as_text(column)
        length = pc.binary_length(text).cast(pa.string())
        pieces += [pc.coalesce(length, one_text("null")), ":", pc.coalesce(text, EMPTY)]
    return [blake2b(key.encode(), digest_size=16).digest() for key in joined(*pieces).to_pylist()]


def without_repeats(lines: Lines, seen: set[bytes], position: int) -> Lines:
    """Set aside rows that were seen before, and remember the others.

    Batches must come one after another. Equal rows fall under equal rules, so only rows that passed the rules before
    this one are looked at, and the verdicts of later rules give way.
    """
    verdict, keys = lines.verdict.copy(), lines.keys or []
    for i in np.flatnonzero((verdict == USED) | (verdict > position)).tolist():
        if keys[i] in seen:
            verdict[i] = position
        seen.add(keys[i])
    return replace(lines, verdict=verdict, keys=None)


def _with_bad_rows(lines: Lines, chunk: Chunk, batch: Batch, rules: Sequence[Rule]) -> Lines:
    bad = [BadRow(lines.source, row, "broken row", "", "") for row in lines.broken[:BAD_ROWS].tolist()]
    examples = {}
    for position, rule in enumerate(rules):
        if not isinstance(rule.predicate, set_aside.Unreadable):
            continue
        rows = np.flatnonzero(lines.verdict == position)
        if len(rows):
            roles = [rule.predicate.role] if rule.predicate.role in chunk.roles else ["quantity", "unit_price"]
            places = [chunk.roles[role] for role in roles]
            header = " × ".join(chunk.headers[at] for at in places)
            cells = [as_text(batch.columns[at].take(as_column(rows))).to_pylist() for at in places]
            texts = [" × ".join(cell or "" for cell in row) for row in zip(*cells, strict=True)]
            firsts = zip(lines.rows[rows[:BAD_ROWS]].tolist(), texts, strict=False)
            bad += [BadRow(lines.source, row, rule.reason, header, text) for row, text in firsts]
            examples[rule.reason] = min(Example(not text, text, header) for text in texts)
    return replace(lines, bad=tuple(sorted(bad)[:BAD_ROWS]), examples=examples)
