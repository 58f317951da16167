"""What the border notes of the rows of a log: where each went, which events there are, what must be said of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from segtool.engines import BadRow, Example
from segtool.orders.spelling import Clues
from segtool.tables.arrays import Ints

REASONS = (
    "broken row",
    "no event",
    "no customer",
    "currency",
    "bad date",
    "bad amount",
    "bad rating",
    "before window",
    "after as-of",
)
"""Why events are set aside, in the order in which it is asked; its products share the first reason of any."""

BAD = ("broken row", "bad date", "bad amount", "bad rating")
"""The reasons that count against --max-bad."""

CHOICES = ("before window", "after as-of")
"""What the user chooses: an event that only these set aside still dates the data."""

BAD_ROWS = 10
"""How many unreadable rows are remembered with their cell."""


@dataclass(frozen=True)
class Notes:
    """The notes on a batch: which source, part and batch of it, how many rows of its file that takes, and what
    share of the file.

    Counts are of events: a flat row, or the products of an event together. `events` is name -> how many are used;
    `latest` has the two latest days of those that date the data. `filled` are the roles that have any cell.
    """

    source: int
    part: int
    batch: int
    size: int
    share: float
    read: int
    aside: Mapping[str, int]
    bad: tuple[BadRow, ...] = ()
    examples: Mapping[str, Example] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    first_day: int | None = None
    last_day: int | None = None
    latest: frozenset[int] = frozenset()
    clues: Clues = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    rows: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ledger:
    """The notes on all batches together; rows are those of their files."""

    read: int
    aside: Mapping[str, int]
    bad: tuple[BadRow, ...]
    examples: Mapping[str, Example]
    events: Mapping[tuple[int, str], int]
    days: Mapping[int, tuple[int, int]]
    latest: tuple[int, ...]
    clues: Clues
    marks: frozenset[str]
    currencies: tuple[str, ...]
    filled: frozenset[str]
    rejects: Mapping[int, tuple[tuple[int, str], ...]]


def merged(notes: Iterable[Notes]) -> Ledger:
    """Return what all notes say together, in whatever order they come."""
    every = sorted(notes, key=lambda each: (each.source, each.part, each.batch))
    aside: dict[str, int] = {}
    events: dict[tuple[int, str], int] = {}
    examples: dict[str, Example] = {}
    days: dict[int, tuple[int, int]] = {}
    clues: dict[tuple[int, str, str], tuple[int, str]] = {}
    bad: list[BadRow] = []
    rejects: dict[int, list[tuple[int, str]]] = {}
    source, above = -1, 0
    for each in every:
        if each.source != source:
            source, above = each.source, 0
        for reason, count in each.aside.items():
            aside[reason] = aside.get(reason, 0) + count
        for name, count in each.events.items():
            events[source, name] = events.get((source, name), 0) + count
        for reason, example in each.examples.items():
            examples[reason] = min(example, examples.get(reason, example))
        if each.first_day is not None and each.last_day is not None:
            first, last = days.get(source, (each.first_day, each.last_day))
            days[source] = min(first, each.first_day), max(last, each.last_day)
        for kind, (row, cell) in each.clues.items():
            clues[kind] = min((row + above, cell), clues.get(kind, (row + above, cell)))
        bad += [BadRow(one.source, one.row + above, one.reason, one.header, one.text) for one in each.bad]
        listed = rejects.setdefault(source, [])
        listed += zip((each.rows + above).tolist(), each.reasons, strict=True)
        above += each.size
    return Ledger(
        read=sum(each.read for each in every),
        aside={reason: aside[reason] for reason in REASONS if aside.get(reason)},
        bad=tuple(sorted(bad)[:BAD_ROWS]),
        examples=examples,
        events=dict(sorted(events.items())),
        days=days,
        latest=tuple(sorted(frozenset[int]().union(*(each.latest for each in every)))[-2:]),
        clues=clues,
        marks=frozenset[str]().union(*(each.marks for each in every)),
        currencies=tuple(sorted(frozenset[str]().union(*(each.currencies for each in every)))),
        filled=frozenset[str]().union(*(each.filled for each in every)),
        rejects={at: tuple(sorted(dict(rows).items())) for at, rows in rejects.items() if rows},
    )
