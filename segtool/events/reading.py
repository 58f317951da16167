"""What was found in event logs while they were read: how many events, of which names, and why some do not count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from segtool.engines import BadRow, Example
from segtool.engines.refusals import listed, reasons, refuse_bad, refuse_currencies
from segtool.errors import DataError
from segtool.events.log import Log, tells
from segtool.events.notes import BAD, Ledger, Notes, merged
from segtool.orders.spelling import Told, ways_of
from segtool.orders.spelling import told as spelled
from segtool.summary.behavior import EventName
from segtool.summary.facts import Period, Rows, SetAside
from segtool.tables.dates import calendar_day
from segtool.tables.dates.spelling import JALALI

_ROLE = {"order_date": "moment"}
"""Role of orders -> the role of event logs whose cells are spelled as its own."""


@dataclass(frozen=True)
class Span:
    """The first and last day of the events of a file that count, None where there are none."""

    file: str
    first: date | None
    last: date | None


@dataclass(frozen=True)
class LogRead:
    """What became of all events: read = used + set aside, by reason.

    `names` are those of the events that count, the most frequent first. `latest` has the latest days of the data, at
    most two, rising. `tells` are the roles of which some cell is filled, with `value` and `source` where any of theirs
    is. `spelled` is how cells are written that are not plain decimals or ISO dates.
    """

    log: Log
    read: int
    set_aside: Mapping[str, int]
    bad: tuple[BadRow, ...]
    examples: Mapping[str, Example]
    names: tuple[EventName, ...]
    spans: tuple[Span, ...]
    latest: tuple[date, ...]
    tells: frozenset[str]
    currencies: tuple[str, ...]
    marks: frozenset[str]
    spelled: tuple[Told, ...]
    _ledger: Ledger

    @property
    def used(self) -> int:
        return self.read - sum(self.set_aside.values())

    @property
    def rows(self) -> Rows:
        """What became of the events; those set aside are not valued."""
        aside = {reason: SetAside(count, None, 0) for reason, count in self.set_aside.items()}
        return Rows(self.read, self.used, aside)

    @property
    def period(self) -> Period | None:
        """The first and the last day of the events that count."""
        first = [span.first for span in self.spans if span.first]
        last = [span.last for span in self.spans if span.last]
        return Period(min(first), max(last)) if first else None

    @property
    def spelling(self) -> Mapping[str, str]:
        """Role -> how its cells are spelled, where they are not plain decimals or ISO dates."""
        return ways_of(self.spelled)

    @property
    def has_jalali(self) -> bool:
        """Whether some moments are of the Jalali calendar."""
        return any(kind == JALALI and role == "order_date" for _, role, kind in self._ledger.clues)

    @property
    def bad_rows(self) -> dict[str, int]:
        """The events set aside because they cannot be read, by reason."""
        return {reason: self.set_aside[reason] for reason in BAD if reason in self.set_aside}

    @property
    def unknown(self) -> tuple[EventName, ...]:
        """The names that nobody knows, the most frequent first."""
        return tuple(name for name in self.names if name.kind is None)

    @property
    def as_of(self) -> tuple[date | None, str | None]:
        """The day that days count back from, and what tells it: an `option`, or the last date in the `data`."""
        asked = self.log.options.orders.last_day
        if asked is not None:
            return asked, "option"
        return (self.latest[-1], "data") if self.latest else (None, None)

    def rejects(self) -> Iterator[tuple[str, int, str, str]]:
        """Yield file, line, reason and text of every event that was set aside; it reads the files again.

        There are none unless the log was read with `list_rows`.
        """
        for at, source in enumerate(self.log.sources):
            rows = self._ledger.rejects.get(at, ())
            located = source.locate(np.array([row for row, _ in rows], np.int64))
            for (line, record), (_, reason) in zip(located, rows, strict=True):
                yield source.name, line, reason, record

    def refuse_unusable(self) -> None:
        """Raise DataError where the events cannot be trusted, or none is left."""
        names, options = ", ".join(source.name for source in self.log.sources), self.log.options.orders
        if self.read == 0:
            raise DataError(f"{names}: a header, but no events.")
        seen = partial(listed, self.bad, self.log.sources)
        refuse_currencies("events", self.currencies, self.marks, options.currency)
        refuse_bad("events", self.bad_rows, self.read, options.max_bad, seen)
        if not self.used:
            raise DataError(f"No usable event: {self.read:,} read, all set aside: {reasons(self.set_aside)}.{seen()}")


def told(log: Log, notes: Iterable[Notes]) -> LogRead:
    """Return what the notes on all batches of a log say together."""
    found = merged(notes)
    flat, own = [table.flat for table in log.tables], log.spellings
    return LogRead(
        log=log,
        read=found.read,
        set_aside=found.aside,
        bad=found.bad,
        examples=found.examples,
        names=_names(log, found.events),
        spans=tuple(_span(source.name, found.days.get(at)) for at, source in enumerate(log.sources)),
        latest=tuple(map(calendar_day, found.latest)),
        tells=tells(found.filled & log.roles),
        currencies=found.currencies,
        marks=found.marks,
        spelled=tuple(each._replace(role=_ROLE.get(each.role, each.role)) for each in spelled(flat, own, found.clues)),
        _ledger=found,
    )


def settled(log: Log, notes: Sequence[Notes]) -> Log:
    """Return the log with its cells read as all of them say; this very log where nothing has to be read again.

    Raises DataError where no cell tells how another one is read, and where cells contradict each other.
    """
    return log.settled(merged(notes).clues)


def _span(file: str, days: tuple[int, int] | None) -> Span:
    return Span(file, None, None) if days is None else Span(file, calendar_day(days[0]), calendar_day(days[1]))


def _names(log: Log, counts: Mapping[tuple[int, str], int]) -> tuple[EventName, ...]:
    """Return the names of events, which files of several systems can take for different kinds."""
    sums: dict[tuple[str, str | None, str | None], int] = {}
    for (at, name), count in counts.items():
        kind, teller = log.tables[at].meanings.kind(name) or (None, None)
        sums[name, kind, teller] = sums.get((name, kind, teller), 0) + count
    found = [EventName(name, kind, count, teller) for (name, kind, teller), count in sums.items()]
    return tuple(sorted(found, key=lambda each: (-each.events, each.name, each.kind or "")))
