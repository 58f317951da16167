"""How well an order of groups, best first, foretold what their customers did: exact figures from counts alone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

import numpy as np

from segtool.summary.backtest import Kept
from segtool.tables.arrays import Ints, Mask

LEAST = 30
"""A group of fewer customers is too small to tell."""


class Group(Protocol):
    """What a group did: an `Outcome`."""

    @property
    def customers(self) -> int: ...
    @property
    def buyers(self) -> int: ...
    @property
    def spent(self) -> int: ...


def concordance(groups: Sequence[Group]) -> float | None:
    """Return the share of pairs of one who bought and one who did not in which the order ranks the buyer higher.

    Customers of one group are a tie, which counts a half: it is the area under the ROC curve, 0.5 where the order tells
    nothing and 1 where all buyers stand first. `groups` stand best first. None where nobody bought, or everybody.

    Best 3 of 4 bought, worst 1 of 4: of 4 × 4 pairs 9 are right, and 3 + 3 are ties.

    >>> from segtool.worth.outcomes import Outcome
    >>> concordance([Outcome(4, 3, 3, 0), Outcome(4, 1, 1, 0)])
    0.75
    """
    buyers, others = _counts(groups)
    pairs = sum(buyers) * sum(others)
    if not pairs:
        return None
    wins = sum(count * own for count, own in zip(buyers, _beaten_by_buyers(others), strict=True))
    return float(Fraction(wins, 2 * pairs))


def error_of(groups: Sequence[Group]) -> float | None:
    """Return the standard error of the concordance (DeLong, DeLong and Clarke-Pearson 1988), exact for ties.

    The variance of what buyers beat over the number of buyers, plus that of what the others are beaten by over theirs.
    None where there are fewer than two of the one or the other.
    """
    buyers, others = _counts(groups)
    return _error(_of_buyers(others), buyers, _of_others(buyers), others)


@dataclass(frozen=True)
class Difference:
    """How much higher one order's concordance is than another's among the same customers, with its standard error."""

    value: float
    error: float

    @property
    def is_within_noise(self) -> bool:
        """Whether it is no more than two standard errors."""
        return abs(self.value) <= 2 * self.error


def difference(first: Ints, second: Ints, bought: Mask) -> Difference | None:
    """Return the difference of the concordances of two orders of the same customers, first less second.

    `first` and `second` have the place of each customer's group, 0 for the best, `bought` who bought. That both orders
    look at the same customers is taken into account (DeLong's test for correlated curves). None where fewer than two
    bought, or did not.

    >>> bought = np.array([True, True, False, False])
    >>> found = difference(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), bought)
    >>> found.value, round(found.error, 3), found.is_within_noise
    (0.5, 0.354, True)
    """
    counts = [int(each.max()) + 1 if len(each) else 1 for each in (first, second)]
    joint = first * counts[1] + second
    tables = [np.bincount(joint[rows], minlength=counts[0] * counts[1]).reshape(counts) for rows in (bought, ~bought)]
    (buyers, more_buyers), (others, more_others) = ([each.sum(1).tolist(), each.sum(0).tolist()] for each in tables)
    if sum(buyers) < 2 or sum(others) < 2:
        return None
    wins = _differences(_of_buyers(others), _of_buyers(more_others))
    losses = _differences(_of_others(buyers), _of_others(more_buyers))
    of_buyers, of_others = (each.ravel().tolist() for each in tables)
    error = _error(wins, of_buyers, losses, of_others)
    mean = sum((value * count for value, count in zip(wins, of_buyers, strict=True)), Fraction(0)) / sum(buyers)
    return None if error is None else Difference(float(mean), error)


def neighbours(groups: Sequence[Group], figure: Callable[[Group], int], *, least: int = LEAST) -> Kept:
    """Return in how many pairs of neighbours the better group has more of a figure a head than the next.

    `groups` stand best first. Pairs in which a group has fewer than `least` customers are not counted.

    >>> from segtool.worth.outcomes import Outcome
    >>> groups = [Outcome(40, 20, 0, 0), Outcome(40, 30, 0, 0), Outcome(40, 10, 0, 0), Outcome(5, 5, 0, 0)]
    >>> neighbours(groups, lambda group: group.buyers)
    Kept(kept=1, counted=2)
    """
    pairs = [
        figure(better) * worse.customers > figure(worse) * better.customers
        for better, worse in pairwise(groups)
        if min(better.customers, worse.customers) >= least
    ]
    return Kept(sum(pairs), len(pairs))


def share_of_best(groups: Sequence[Group], best: Fraction = Fraction(1, 5)) -> float | None:
    """Return the share of the spend that the best part of the customers has, by default a fifth of them.

    `groups` stand best first; of the group in which the part ends, customers count as its mean. None where the spend of
    all is not above zero. Of 10 customers the best 2 are half of the first group.

    >>> from segtool.worth.outcomes import Outcome
    >>> share_of_best([Outcome(4, 0, 0, 80), Outcome(6, 0, 0, 20)])
    0.4
    """
    spent, left = sum(each.spent for each in groups), best * sum(each.customers for each in groups)
    if spent <= 0:
        return None
    found = Fraction(0)
    for each in groups:
        if each.customers:
            taken = min(left, Fraction(each.customers))
            found, left = found + each.spent * taken / each.customers, left - taken
    return float(found / spent)


def gini(groups: Sequence[Group]) -> float | None:
    """Return how much of the spend stands with the best: 0 where all groups spend the same a head, up to nearly 1.

    It is twice the area between the diagonal and the curve of the shares of spend over the shares of customers, best
    first; below zero where the worst spend more. None where the spend of all is not above zero.

    >>> from segtool.worth.outcomes import Outcome
    >>> gini([Outcome(5, 0, 0, 100), Outcome(5, 0, 0, 0)])
    0.5
    """
    customers, spent = sum(each.customers for each in groups), sum(each.spent for each in groups)
    if spent <= 0 or not customers:
        return None
    doubled, height = 0, 0
    for each in groups:
        doubled += each.customers * (2 * height + each.spent)
        height += each.spent
    return float(Fraction(doubled, customers * spent) - 1)


def _counts(groups: Sequence[Group]) -> tuple[list[int], list[int]]:
    return [each.buyers for each in groups], [each.customers - each.buyers for each in groups]


def _beaten_by_buyers(others: Sequence[int]) -> list[int]:
    """Return twice the number of non-buyers that a buyer of each group stands above; a tie is a half."""
    above, left = [], sum(others)
    for own in others:
        left -= own
        above.append(2 * left + own)
    return above


def _of_buyers(others: Sequence[int]) -> list[Fraction]:
    """Return the share of the non-buyers that a buyer of each group stands above."""
    return [Fraction(own, 2 * max(sum(others), 1)) for own in _beaten_by_buyers(others)]


def _of_others(buyers: Sequence[int]) -> list[Fraction]:
    """Return the share of the buyers that stand above a non-buyer of each group."""
    return [1 - Fraction(own, 2 * max(sum(buyers), 1)) for own in _beaten_by_buyers(buyers)]


def _differences(first: Sequence[Fraction], second: Sequence[Fraction]) -> list[Fraction]:
    """Return a value for each pair of groups: the first order's less the second's, the second changing fastest."""
    return [one - other for one in first for other in second]


def _error(
    wins: Sequence[Fraction], buyers: Sequence[int], losses: Sequence[Fraction], others: Sequence[int]
) -> float | None:
    parts = [_variance_of_mean(wins, buyers), _variance_of_mean(losses, others)]
    known = [each for each in parts if each is not None]
    return math.sqrt(sum(known)) if len(known) == len(parts) else None


def _variance_of_mean(values: Sequence[Fraction], counts: Sequence[int]) -> Fraction | None:
    """Return the variance of the mean of values, each of which occurs so many times; None of fewer than two."""
    count = sum(counts)
    if count < 2:
        return None
    pairs = [pair for pair in zip(values, counts, strict=True) if pair[1]]
    mean = sum((value * times for value, times in pairs), Fraction(0)) / count
    squares = sum((times * (value - mean) ** 2 for value, times in pairs), Fraction(0))
    return squares / (count - 1) / count
