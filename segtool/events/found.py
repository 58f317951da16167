"""Where moments lie among those of one person, which stand in order, and what persons come to."""

import numpy as np
import numpy.typing as npt

from segtool.engines.folds import FOLDS
from segtool.tables.arrays import Ints
from segtool.tables.numbers import INT64_MAX


def spans(owner: npt.NDArray[np.integer], count: int) -> tuple[Ints, Ints]:
    """Return where the rows of each of `count` owners begin and where they end; owners stand in order.

    >>> [ends.tolist() for ends in spans(np.array([0, 0, 2]), 3)]
    [[0, 2, 2], [2, 2, 3]]
    """
    ends = np.cumsum(np.bincount(owner, minlength=count), dtype=np.int64)
    return np.concatenate([np.zeros(1, np.int64), ends[:-1]]) if count else ends, ends


def first_from(moments: Ints, low: Ints, high: Ints, wanted: Ints) -> Ints:
    """Return the first place from `low` on, before `high`, whose moment is the wanted one or later; `high` for none.

    The moments of each stretch rise. All stretches are halved together, as often as the longest one takes.

    >>> moments = np.array([10, 20, 20, 5])
    >>> first_from(moments, np.array([0, 0, 3]), np.array([3, 3, 4]), np.array([20, 21, 1])).tolist()
    [1, 3, 3]
    """
    low, high = low.astype(np.int64), high.astype(np.int64)
    last = len(moments) - 1
    while (low < high).any():
        middle = (low + high) // 2
        is_before = moments[np.minimum(middle, last)] < wanted
        is_open = low < high
        low = np.where(is_open & is_before, middle + 1, low)
        high = np.where(is_open & ~is_before, middle, high)
    return low


def first_of(owner: npt.NDArray[np.integer], moment: Ints, wanted_owner: npt.NDArray[np.integer], wanted: Ints) -> Ints:
    """Return the first moment of each wanted owner that is not before the wanted one, the last of all where none is.

    Owners rise, and so do the moments of each.

    >>> first_of(np.array([1, 1, 4]), np.array([10, 20, 5]), np.array([1, 4]), np.array([11, 5])).tolist()
    [20, 5]
    """
    low, high = np.searchsorted(owner, wanted_owner), np.searchsorted(owner, wanted_owner, "right")
    moment = np.append(moment, INT64_MAX)
    place = first_from(moment, low, high, wanted)
    return np.where(place < high, moment[place], INT64_MAX)


def summed(values: npt.NDArray[np.integer], owner: npt.NDArray[np.integer], count: int) -> Ints:
    """Return the exact sum of the values of each owner. Raises OverflowError for one that passes 64 bits.

    >>> summed(np.array([5, 2**40, 7]), np.array([0, 2, 0]), 3).tolist()
    [12, 0, 1099511627776]
    """
    fold, states = FOLDS["sum"], []
    for part in fold.split(np.asarray(values, np.int64)):
        state = np.zeros(count, np.int64)
        fold.step.at(state, owner, part)
        states.append(state)
    return fold.join(*states)
