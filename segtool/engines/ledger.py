"""What is noted about the rows beside the measures: where each went, and what the summary must say of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines import BadRow, Example, RowsAside
from segtool.engines.lines import BAD_ROWS, USED, Lines
from segtool.orders import set_aside
from segtool.orders.set_aside import Rule, Tally
from segtool.orders.spelling import Clues, first_clues
from segtool.tables.arrays import Ints, Mask, as_mask, chosen, text_bytes
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import total
from segtool.tables.text import DOT_ZERO, folded

_NOBODY: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True)
class AsideList:
    """The rows of one batch that were set aside, and its refund lines, whose fate depends on the customer's others."""

    source: int
    rows: Ints
    verdicts: npt.NDArray[np.int8]
    refund_rows: Ints
    refund_customers: pa.Array


@dataclass(frozen=True)
class Ledger:
    """Notes on one or many batches; `tallies` is by the position of the rule, `listed` has places in a list of ids."""

    read: int
    tallies: dict[int, Tally]
    latest: frozenset[int]
    bad: tuple[BadRow, ...]
    examples: dict[str, Example]
    has_dot_zero: bool
    has_other_ids: bool
    currencies: frozenset[str]
    statuses: frozenset[str]
    clues: Clues
    marks: frozenset[str]
    aside: tuple[AsideList, ...]
    listed: Ints

    def moved(self, rows: int) -> "Ledger":
        """Return the notes with all rows so many further down their source."""
        return replace(
            self,
            bad=tuple(replace(each, row=each.row + rows) for each in self.bad),
            clues={kind: (row + rows, cell) for kind, (row, cell) in self.clues.items()},
            aside=tuple(
                replace(each, rows=each.rows + rows, refund_rows=each.refund_rows + rows) for each in self.aside
            ),
        )


def note(lines: Lines, rules: Sequence[Rule], *, list_rows: bool) -> Ledger:
    """Return the notes on a judged batch."""
    used = lines.verdict == USED
    [broken] = set_aside.positions(rules, set_aside.Broken)
    tallies = {broken: Tally(len(lines.broken), 0, 0)}
    for verdict in np.flatnonzero(np.bincount(lines.verdict[~used])).tolist():
        rows = lines.verdict == verdict
        valued = rows & lines.valued
        tallies[verdict] = Tally(int(rows.sum()), int(valued.sum()), total(lines.amount[valued]))
    choices = [i for i, rule in enumerate(rules) if rule.choice]
    dating = used if used.all() else used | np.isin(lines.verdict, choices)
    has_dot_zero, has_other_ids = spellings(lines.labels["customer_id"]) if lines.ids_spelled else (False, False)
    return Ledger(
        read=len(lines.rows) + len(lines.broken),
        tallies=tallies,
        latest=_two_latest(lines.moment if dating.all() else lines.moment[dating]),
        bad=lines.bad,
        examples=lines.examples,
        has_dot_zero=has_dot_zero,
        has_other_ids=has_other_ids,
        currencies=_seen(lines, "currency", used),
        statuses=_seen(lines, "status", np.ones(len(used), bool)),
        clues=lines.clues,
        marks=lines.marks,
        aside=(_aside(lines, used, broken),) if list_rows else (),
        listed=_NOBODY if lines.listed is None else np.unique(lines.listed[lines.listed >= 0]),
    )


def merge(ledgers: Iterable[Ledger]) -> Ledger:
    """Return the notes on all batches together."""
    every = list(ledgers)
    tallies: dict[int, Tally] = {}
    for ledger in every:
        for verdict, own in ledger.tallies.items():
            tallies[verdict] = own + tallies.get(verdict, Tally(0, 0, 0))
    examples: dict[str, Example] = {}
    for ledger in every:
        for reason, example in ledger.examples.items():
            examples[reason] = min(example, examples.get(reason, example))
    listed = [ledger.listed for ledger in every if len(ledger.listed)]  # np.unique is slow to load
    return Ledger(
        read=sum(ledger.read for ledger in every),
        tallies=tallies,
        latest=frozenset(sorted(frozenset[int]().union(*(ledger.latest for ledger in every)))[-2:]),
        bad=tuple(sorted(bad for ledger in every for bad in ledger.bad)[:BAD_ROWS]),
        examples=examples,
        has_dot_zero=any(ledger.has_dot_zero for ledger in every),
        has_other_ids=any(ledger.has_other_ids for ledger in every),
        currencies=frozenset[str]().union(*(ledger.currencies for ledger in every)),
        statuses=frozenset[str]().union(*(ledger.statuses for ledger in every)),
        clues=first_clues(ledger.clues for ledger in every),
        marks=frozenset[str]().union(*(ledger.marks for ledger in every)),
        aside=tuple(aside for ledger in every for aside in ledger.aside),
        listed=np.unique(np.concatenate(listed)) if listed else _NOBODY,
    )


def rows_aside(
    lists: Sequence[AsideList], late: Sequence[Ints], rules: Sequence[Rule], only_refunds: int
) -> tuple[RowsAside, ...]:
    """Return the rows set aside by source; `late` has those of each list whose customers bought nothing."""
    found = []
    for source in sorted({part.source for part in lists}):
        own = [(part, refunds) for part, refunds in zip(lists, late, strict=True) if part.source == source]
        rows = np.concatenate([rows for part, refunds in own for rows in (part.rows, refunds)])
        verdicts = np.concatenate(
            [v for part, refunds in own for v in (part.verdicts, np.full(len(refunds), only_refunds))]
        )
        order = np.argsort(rows, kind="stable")
        found.append(RowsAside(source, rows[order], tuple(rules[i].reason for i in verdicts[order].tolist())))
    return tuple(found)


def spellings(ids: pa.Array) -> tuple[bool, bool]:
    """Return whether some ids are written like `17850.0`, and whether some are not."""
    letters = text_bytes(ids)
    if letters.min(initial=255) > ord(".") or not (letters == ord(".")).any():
        return False, ids.null_count < len(ids)
    dotted = as_mask(pc.match_substring_regex(pc.unique(ids).drop_null(), DOT_ZERO))
    return bool(dotted.any()), not dotted.all()


def _two_latest(moments: Ints) -> frozenset[int]:
    """Return the latest day, and the latest one before it."""
    if not len(moments):
        return frozenset()
    latest = int(moments.max()) // DAY
    earlier = moments[moments < latest * DAY]
    return frozenset({latest, int(earlier.max()) // DAY} if len(earlier) else {latest})


def _seen(lines: Lines, role: str, rows: Mask) -> frozenset[str]:
    if role not in lines.labels:
        return frozenset()
    return frozenset(pc.unique(folded(chosen(lines.labels[role], rows))).drop_null().to_pylist())


def _aside(lines: Lines, used: Mask, broken: int) -> AsideList:
    refunds = used & (lines.amount < 0)
    return AsideList(
        source=lines.source,
        rows=np.concatenate([lines.rows[~used], lines.broken]),
        verdicts=np.concatenate([lines.verdict[~used], np.full(len(lines.broken), broken, np.int8)]),
        refund_rows=lines.rows[refunds],
        refund_customers=chosen(lines.labels["customer_id"], refunds),
    )
