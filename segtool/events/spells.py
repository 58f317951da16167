"""Spells: stretches of one session without a silence of more than a gap, which merge in any order."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from segtool.events.activity import Codes, Spells
from segtool.events.cells import Cells, Small
from segtool.events.held import Rows, Several, followed, taken
from segtool.events.kinds import KINDS
from segtool.events.origins import SCHEME_OF, names
from segtool.events.sorting import grouped, in_turn, paired
from segtool.tables.arrays import Ints, Mask, begins

COUNTED = len(KINDS) + 1
"""Kinds that are counted: a code each, and unknown ones in the last place, which is that of -1."""

_VAGUE = frozenset({"direct", "unknown"})
"""What a row may say that tells less than any other row."""

_UNTOLD = np.iinfo(np.int64).max
"""What a spell says that does not tell."""

_CODE_BITS = 4
_EARLIEST = -(1 << 53)
"""A moment before all others: 285 years before 1970."""

_LESS = 1 << 62
"""What is added to a row that tells little, so that the least of all is the first row that tells more."""


@dataclass(frozen=True)
class SpellRows(Rows):
    """Spells of whoever acts, with the code of their session; `counts` has the kinds that there are.

    What a spell tells of its visit is a number whose least one is the first row that tells it; see `told`.
    """

    actor: Codes
    session: Codes
    start: Ints
    end: Ints
    member: Small
    counts: Several
    tells: Several


_NO_CODES: Codes = np.zeros(0, np.int32)
_NO_MOMENTS: Ints = np.zeros(0, np.int64)
NO_SPELLS = SpellRows(
    _NO_CODES, _NO_CODES, _NO_MOMENTS, _NO_MOMENTS, np.zeros(0, np.int8), Several({}, 0), Several({}, _UNTOLD)
)


def spells_of(cells: Cells, actor: Codes, session: Codes, *, actors: int, sessions: int, gap: int) -> SpellRows:
    """Return the spells of a batch. Codes are below `actors` and `sessions`."""
    if not len(cells):
        return NO_SPELLS
    visit = actor.astype(np.int64) * (sessions + 1) + (session + 1)
    rows = in_turn(visit, actors * (sessions + 1), cells.moment)
    visit, moment = visit[rows], cells.moment[rows]
    new = begins(visit)
    new[1:] |= moment[1:] - moment[:-1] > gap
    starts = np.flatnonzero(new)
    firsts = rows[starts]
    return SpellRows(
        actor=actor[firsts],
        session=session[firsts],
        start=moment[starts],
        end=moment[np.append(starts[1:] - 1, len(rows) - 1)],
        member=np.maximum.reduceat(cells.member[rows], starts),
        counts=_counted(cells, rows, new, len(starts)),
        tells=Several(
            {
                role: np.minimum.reduceat(told(role, own, cells.moment)[rows], starts)
                for role in SCHEME_OF
                if (own := getattr(cells, role)).max() >= 0
            },
            _UNTOLD,
        ),
    )


def _counted(cells: Cells, rows: Ints, new: Mask, count: int) -> Several:
    """Return how many events of each kind every spell has."""
    kind = cells.kind[rows] % COUNTED
    kinds = np.flatnonzero(np.bincount(kind, minlength=COUNTED))
    column = np.zeros(COUNTED, np.int64)
    column[kinds] = np.arange(len(kinds))
    places = column[kind] * count + (np.cumsum(new) - 1)
    if not cells.first.all():
        places = places[cells.first[rows]]
    found = np.bincount(places, minlength=len(kinds) * count).reshape(len(kinds), count)
    return Several({code: own.astype(np.int32) for code, own in zip(kinds.tolist(), found, strict=True)}, 0)


def told(role: str, codes: Small, moment: Ints) -> Ints:
    """Return a number for what each row tells of its visit: the least is that of the first row that tells most.

    >>> source = told("source", np.array([-1, 0, 2, 1], np.int8), np.array([10, 20, 30, 30]))
    >>> source.argsort().tolist(), _names_told(source).tolist()
    ([3, 2, 1, 0], [-1, 0, 2, 1])
    """
    found = ((moment - _EARLIEST) << _CODE_BITS) | _ranks(role).take(codes, mode="clip")
    return np.where(codes < 0, _UNTOLD, found)


def _names_told(tells: Ints) -> Small:
    """Return the codes in numbers that `told` made, -1 where nothing is told."""
    return np.where(tells == _UNTOLD, -1, tells & ((1 << _CODE_BITS) - 1)).astype(np.int8)


@cache
def _ranks(role: str) -> Ints:
    """Return the codes of a role, with what is added to those that tell little."""
    return np.array([code | (_LESS if name in _VAGUE else 0) for code, name in enumerate(names(role))], np.int64)


def merged(spells: SpellRows, gap: int) -> SpellRows:
    """Return the spells in any order, where those of one session that lie no more than a gap apart are one."""
    visit = paired(spells.actor, spells.session)
    order = np.argsort(visit)
    new = begins(visit[order])
    if new.all():
        return spells
    tied = ~new
    tied[:-1] |= tied[1:]
    numbers: Ints = np.cumsum(new)
    number, rows = numbers[tied], order[tied]
    rows = rows[grouped(number, by=spells.start[rows]).order]
    every = _merged_in_turn(taken(spells, rows), number, gap)
    return every if len(rows) == len(order) else followed(spells, order[~tied], every)


def _merged_in_turn(spells: SpellRows, number: Ints, gap: int) -> SpellRows:
    """Return the spells of some visits, where those no more than a gap apart are one.

    They stand by the number of their visit, then start.
    """
    end, apart = spells.end, begins(number)
    within = ~apart[1:]
    if (within & (end[1:] < end[:-1])).any():
        end = _furthest(number, end)
    apart[1:] |= spells.start[1:] - end[:-1] > gap
    starts = np.flatnonzero(apart)

    def fold(step: np.ufunc, own: Several) -> Several:
        return replace(own, arrays={name: step.reduceat(array, starts) for name, array in own.arrays.items()})

    return SpellRows(
        actor=spells.actor[starts],
        session=spells.session[starts],
        start=spells.start[starts],
        end=end[np.append(starts[1:] - 1, len(end) - 1)],
        member=np.maximum.reduceat(spells.member, starts),
        counts=fold(np.add, spells.counts),
        tells=fold(np.minimum, spells.tells),
    )


def _furthest(group: Ints, end: Ints) -> Ints:
    """Return the greatest end so far in each group, which rise.

    >>> _furthest(np.array([0, 0, 0, 1]), np.array([5, 3, 9, 2])).tolist()
    [5, 5, 9, 2]
    """
    key = paired(group, end)
    greatest = np.maximum.accumulate(key) == key
    return end[np.maximum.accumulate(np.where(greatest, np.arange(len(end)), 0))]


def as_spells(spells: SpellRows, rows: Ints, session: Ints) -> Spells:
    """Return some rows of merged spells, whose actors are persons by now, with these codes of their sessions."""
    counts: npt.NDArray[np.int32] = np.zeros((COUNTED, len(rows)), np.int32)
    for kind, own in spells.counts.arrays.items():
        counts[kind] = own[rows]
    tells = {role: spells.tells.arrays.get(role) for role in SCHEME_OF}
    return Spells(
        person=spells.actor[rows],
        session=session,
        start=spells.start[rows],
        end=spells.end[rows],
        counts=counts.T,
        member=spells.member[rows],
        **{
            role: np.full(len(rows), -1, np.int8) if own is None else _names_told(own)[rows]
            for role, own in tells.items()
        },
    )
