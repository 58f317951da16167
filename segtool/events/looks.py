"""How often somebody viewed and bought something of a label, and how they rated."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segtool.events.activity import Codes
from segtool.events.held import Rows
from segtool.events.sorting import grouped
from segtool.tables.arrays import Ints, begins

_BOUGHT = 1 << 32
"""What a row that bought adds to a tally; one that viewed adds 1. Nobody looks four billion times."""

_PACKED = 63
"""Bits of a number above zero."""

_NO_CODES: Codes = np.zeros(0, np.int32)
_NO_SUMS: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True)
class LookRows(Rows):
    """Rows of a label that an actor viewed and bought, both in one tally."""

    actor: Codes
    label: Codes
    tally: Ints

    @property
    def viewed(self) -> Ints:
        return self.tally % _BOUGHT

    @property
    def bought(self) -> Ints:
        return self.tally // _BOUGHT


NO_LOOKS = LookRows(_NO_CODES, _NO_CODES, _NO_SUMS)


@dataclass(frozen=True)
class RatingRows(Rows):
    """The sum of what an actor gave in ratings, and how often."""

    actor: Codes
    units: Ints
    count: Ints


NO_RATINGS = RatingRows(_NO_CODES, _NO_SUMS, _NO_SUMS)


def look_rows(actor: Codes, label: Codes) -> LookRows:
    """Return the tallies of rows that viewed.

    >>> found = look_rows(np.zeros(3, np.int32), np.array([4, 5, 4], np.int32))
    >>> found.label.tolist(), found.viewed.tolist(), found.bought.tolist()
    ([4, 5], [2, 1], [0, 0])
    """
    bits = _bits(label)
    keys = (actor.astype(np.int64) << bits) | label
    keys.sort()
    starts = np.flatnonzero(begins(keys))
    tally, keys = np.diff(starts, append=len(keys)), keys[starts]
    return LookRows((keys >> bits).astype(np.int32), (keys & ((1 << bits) - 1)).astype(np.int32), tally)


def with_bought(rows: LookRows, actor: Codes, label: Codes, bought: Codes) -> LookRows:
    """Return tallies, and so many rows that bought beside them."""
    return LookRows(
        np.concatenate([rows.actor, actor]),
        np.concatenate([rows.label, label]),
        np.concatenate([rows.tally, bought.astype(np.int64) * _BOUGHT]),
    )


def looks(rows: LookRows) -> LookRows:
    """Return one tally for each actor and label, by both.

    Where 63 bits are enough a number holds a whole row: sorting numbers is faster than sorting rows by them.
    """
    if not len(rows):
        return rows
    viewed, bought, label = _bits(rows.viewed), _bits(rows.bought), _bits(rows.label)
    counts = viewed + bought
    if _bits(rows.actor) + label + counts > _PACKED:
        groups = grouped(rows.actor, rows.label)
        firsts = groups.order[groups.starts]
        tally = np.add.reduceat(rows.tally[groups.order], groups.starts)
        return LookRows(rows.actor[firsts], rows.label[firsts], tally)
    packed = rows.actor.astype(np.int64)
    packed <<= label
    packed |= rows.label
    packed <<= counts
    packed |= rows.bought << viewed
    packed |= rows.viewed
    packed.sort()
    starts = np.flatnonzero(begins(packed >> counts))
    keys = packed[starts] >> counts
    packed &= (1 << counts) - 1
    tally = packed >> viewed
    tally *= _BOUGHT
    packed &= (1 << viewed) - 1
    tally += packed
    tally = np.add.reduceat(tally, starts)
    return LookRows((keys >> label).astype(np.int32), (keys & ((1 << label) - 1)).astype(np.int32), tally)


def _bits(numbers: npt.NDArray[np.integer]) -> int:
    return int(numbers.max(initial=0)).bit_length()


def ratings(rows: RatingRows) -> RatingRows:
    """Return one sum for each actor. The sum of all fits 64 bits."""
    groups = grouped(rows.actor)
    if not len(groups):
        return rows
    return RatingRows(
        rows.actor[groups.order[groups.starts]],
        np.add.reduceat(rows.units[groups.order], groups.starts),
        np.add.reduceat(rows.count[groups.order], groups.starts),
    )
