"""Grouped folds over integers: exact, and the same for every order of the rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segtool.engines.ids import Growing
from segtool.orders.measures import Measure
from segtool.tables.arrays import Ints
from segtool.tables.numbers import INT64_MAX

_LOW = (1 << 32) - 1


@dataclass(frozen=True)
class Fold:
    """How values fold to a state: `step` on each of the parts that `split` makes, from `neutral`; `join` undoes it."""

    step: np.ufunc
    neutral: int
    split: Callable[[Ints], Sequence[Ints]] = lambda values: (values,)
    join: Callable[..., Ints] = lambda values: values


def _halves(values: Ints) -> Sequence[Ints]:
    """Split into upper and lower 32 bits, whose sums do not wrap before 2³¹ of them are added."""
    return values >> 32, values & _LOW


def _joined(high: Ints, low: Ints) -> Ints:
    high = high + (low >> 32)
    if (high != high.astype(np.int32)).any():
        raise OverflowError
    return (high << 32) | (low & _LOW)


FOLDS: Mapping[str, Fold] = {
    "min": Fold(np.minimum, INT64_MAX),
    "max": Fold(np.maximum, -INT64_MAX - 1),
    "count": Fold(np.add, 0),
    "sum": Fold(np.add, 0, _halves, _joined),
    "distinct": Fold(np.add, 0),
}
"""The folds of `segtool.orders.measures`; `join` of a sum raises OverflowError. What is distinct is found elsewhere."""


class Totals:
    """The state of each measure for all customers, by the customer's code.

    A state ends with the last customer who has more than zeros to add: refunds cost no memory where there are none.
    """

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._folds = {measure.name: FOLDS[measure.fold] for measure in measures}
        self._states = {
            name: [Growing(np.int64) for _ in fold.split(np.zeros(0, np.int64))] for name, fold in self._folds.items()
        }

    def add(self, codes: npt.NDArray[np.integer], count: int, values: Mapping[str, Ints]) -> None:
        """Fold values into the customers of these codes, all of which are below `count`."""
        for name, own in values.items():
            fold = self._folds[name]
            for state, part in zip(self._states[name], fold.split(own), strict=True):
                if fold.step is not np.add or part.any():
                    state.extend(fold.neutral, count - len(state))
                    fold.step.at(state.array, codes, part)

    def column(self, name: str, count: int) -> Ints:
        """Return a measure of all `count` customers, once. Raises OverflowError for a sum that passes 64 bits."""
        fold, states = self._folds[name], self._states.pop(name)
        for state in states:
            state.extend(fold.neutral, count - len(state))
        return fold.join(*(state.array for state in states))
