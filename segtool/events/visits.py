"""When and with what people visited: sessions, days, and the source, device and platform of each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segtool.events import origins
from segtool.events.activity import Activity, Codes, Placed, Spells
from segtool.events.cells import Small
from segtool.events.found import first_from, spans
from segtool.events.kinds import KINDS
from segtool.tables.arrays import Floats, Ints, Mask
from segtool.tables.dates.spelling import DAY

_WEAK = ("direct", "unknown")
"""Sources that tell less than any other."""


@dataclass(frozen=True, eq=False)
class Sessions:
    """Sessions by person, then start: those of one person and one id are one, and a spell without an id is one alone.

    `of_spell` has the session of each spell. `kinds` tells of each session which kinds of events were in it, a bit a
    kind by its code.
    """

    of_spell: Ints
    person: Codes
    kinds: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.person)


def sessions(spells: Spells) -> Sessions:
    """Return the sessions that spells are of.

    >>> one, two = np.array([0, 0, 0, 1], np.int32), np.array([7, 3, 7, 7])
    >>> none = np.zeros(4, np.int8)
    >>> counts = np.zeros((4, len(KINDS) + 1), np.int32)
    >>> found = sessions(Spells(one, two, np.arange(4), np.arange(4), counts, none, none, none, none, none))
    >>> found.of_spell.tolist(), found.person.tolist()
    ([0, 1, 0, 2], [0, 0, 1])
    """
    count = len(spells)
    kinds = np.zeros(count, np.uint16)
    for code in range(len(KINDS)):
        kinds |= (spells.counts[:, code] > 0).astype(np.uint16) << np.uint16(code)
    named = spells.session >= 0
    if not named.any():
        return Sessions(np.arange(count), spells.person, kinds)
    ids = int(spells.session.max()) + 1
    key = np.where(named, spells.person.astype(np.int64) * ids + spells.session, -1 - np.arange(count))
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first)  # as they began
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    of_spell = rank[place]
    together = np.zeros(len(order), np.uint16)
    np.bitwise_or.at(together, of_spell, kinds)
    return Sessions(of_spell, spells.person[first[order]], together)


def value_of_sessions(spells: Spells, found: Sessions, role: str, *, otherwise: str = "unknown") -> Small:
    """Return what each session tells of a role, by the position in `origins.names`: that of its first spell that does.

    A source that is direct counts only where no spell tells another. What nothing tells is `otherwise`.
    """
    names = origins.names(role)
    unknown = names.index("unknown")
    of_spell: Small = getattr(spells, role)
    told = (of_spell >= 0) & (of_spell != unknown)
    value = np.full(len(found), names.index(otherwise), np.int8)
    weak = [names.index(name) for name in _WEAK if name in names] if role == "source" else []
    for rows in (told, told & ~np.isin(of_spell, weak)) if weak else (told,):
        last_first = np.flatnonzero(rows)[::-1]  # of entries for one session the last one stays
        value[found.of_spell[last_first]] = of_spell[last_first]
    return value


@dataclass(frozen=True, eq=False)
class Main:
    """What most of the sessions of each person tell, and of how many of those that tell it; NaN where none does."""

    value: Small
    share: Floats


def main_of(person: Codes, value: Small, count: int, role: str) -> Main:
    """Return what most sessions of each of `count` persons tell; of equal ones the first of the scheme, direct last.

    >>> mobile, desktop, unknown = 0, 1, 4
    >>> who, what = np.array([0, 0, 0, 1], np.int32), np.array([desktop, mobile, unknown, unknown], np.int8)
    >>> found = main_of(who, what, 2, "device")
    >>> found.value.tolist(), found.share.tolist()
    ([0, 4], [0.5, nan])
    """
    names = origins.names(role)
    unknown = names.index("unknown")
    tallies = np.bincount(person.astype(np.int64) * len(names) + value, minlength=count * len(names))
    tallies = tallies.reshape(count, len(names))
    tallies[:, unknown] = 0
    known, weak = tallies.sum(axis=1), np.isin(names, _WEAK)
    best = (2 * tallies - weak).argmax(axis=1)
    most = tallies[np.arange(count), best]
    share = np.divide(most, known, out=np.full(count, np.nan), where=known > 0)
    return Main(np.where(known > 0, best, unknown).astype(np.int8), share)


def app_or_web(person: Codes, value: Small, count: int) -> Small:
    """Return whether each of `count` persons came by the app, the web or both, as positions in `origins.names`."""
    names = origins.names("app")
    found = main_of(person, value, count, "app").value
    came = np.zeros((count, len(names)), np.bool_)
    came[person, value] = True
    found[came[:, names.index("app")] & came[:, names.index("web")]] = names.index("both")
    found[came[:, names.index("both")]] = names.index("both")
    return found


def ends_of(person: Codes, value: Small, count: int) -> tuple[Small, Small]:
    """Return what the first and what the last session of each person tells; each has one."""
    start, end = spans(person, count)
    return value[start], value[end - 1]


@dataclass(frozen=True, eq=False)
class Seen:
    """When each person was first and last seen, as days from 1970, and on how many days there was an event."""

    first: Ints
    last: Ints
    active_days: Ints


def seen(spells: Spells, count: int) -> Seen:
    """Return when each of `count` persons was here; each has a spell, and a spell has an event on each of its days.

    >>> times = np.array([0, 1, 2, 3]) * DAY
    >>> who, none = np.zeros(4, np.int32), np.zeros(4, np.int8)
    >>> spells = Spells(who, times, times, times + [0, DAY, 0, 0], none, none, none, none, none, none)
    >>> seen(spells, 1).active_days.tolist()  # the second spell ends on the day of the third
    [4]
    """
    start, _ = spans(spells.person, count)
    first, last = spells.start // DAY, spells.end // DAY
    if not count:
        return Seen(first, last, first)
    least = int(first.min())
    stride = int(last.max()) - least + 1
    shift = spells.person.astype(np.int64) * stride - least
    until = np.maximum.accumulate(last + shift)  # of the person so far: those of persons before are less
    before = np.append(np.int64(-1), until[:-1])
    days = np.maximum(last + shift - np.maximum(first + shift, before + 1) + 1, 0)
    return Seen(first[start], np.maximum.reduceat(last, start), np.add.reduceat(days, start))


def events_by_kind(activity: Activity, *kinds: str) -> Ints:
    """Return how many events of these kinds each person has."""
    codes = [KINDS.index(kind) for kind in kinds]
    own = activity.spells.counts[:, codes].sum(axis=1, dtype=np.int64)
    start, end = spans(activity.spells.person, len(activity))
    so_far = np.concatenate([np.zeros(1, np.int64), np.cumsum(own)])
    return so_far[end] - so_far[start]


def spells_of(placed: Placed, spells: Spells, count: int, *kinds: str) -> Ints:
    """Return the spell in which each order, or refund, of `count` persons happened: the last to begin that holds it.

    Sessions can overlap, as those of two devices do: then it is one with an event of these kinds.
    """
    codes = [KINDS.index(kind) for kind in kinds]
    with_kind = np.flatnonzero(spells.counts[:, codes].any(axis=1))
    place = _last_to_hold(placed, spells.person[with_kind], spells.start[with_kind], spells.end[with_kind], count)
    if (place >= 0).all():
        return with_kind[place]
    every = _last_to_hold(placed, spells.person, spells.start, spells.end, count)
    every = np.where(every >= 0, every, spans(spells.person, count)[0][placed.person])
    return np.where(place >= 0, np.append(with_kind, -1)[place], every)


def _last_to_hold(placed: Placed, person: Codes, begin: Ints, end: Ints, count: int) -> Ints:
    """Return the last to begin of the spells that hold each moment, -1 where none does."""
    low, high = (bound[placed.person] for bound in spans(person, count))
    place = first_from(begin, low, high, placed.moment + 1) - 1
    while True:  # back over spells that began later, and ended, within a longer one of another session
        over = np.flatnonzero(place >= low)
        over = over[end[place[over]] < placed.moment[over]]
        if not len(over):
            return np.where(place >= low, place, -1)
        place[over] -= 1


def did(kinds: npt.NDArray[np.uint16], *wanted: str) -> Mask:
    """Return where any of the wanted kinds is among those of `Sessions.kinds`.

    >>> did(np.array([0b10, 0b1], np.uint16), "view").tolist()
    [True, False]
    """
    return (kinds & np.uint16(sum(1 << KINDS.index(kind) for kind in wanted))) > 0
