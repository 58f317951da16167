"""Who buys by the season beyond chance."""

from dataclasses import dataclass
from math import lgamma

import numpy as np

from segtool.seasons.buying import Buying
from segtool.seasons.years import SEASONS, Years
from segtool.tables.arrays import Floats, Ints, Mask, begins

LEAST_MONTHS = 4
"""Months with orders after the first order's month that a person needs to be tested: with three, none can be found."""

LEVEL = 0.05
"""How many of those who are found may be found by chance."""

_TWICE = 2
"""How many turns of a season a person must have bought in: one long winter makes no winter buyer."""


@dataclass(frozen=True, eq=False)
class Tested:
    """The season in which each person buys beyond chance, -1 where none, and how many persons could be tested."""

    season: Ints
    tested: int


def seasonal(buying: Buying, years: Years) -> Tested:
    """Return who comes back in one season more often than chance explains.

    A month counts once, however many orders it has, and only months after that of the first order count: when somebody
    became a customer tells nothing of seasons. Of n such months a person has k in a season. Were the person as all
    others, its share would lie between two: that of the season among all months from the first order to the end of
    observation (who buys every month), and the same with each month weighed by the share of earlier customers who
    ordered in it (who buys rarely). The greater one is p. That k or more of n are of the season by chance has then at
    most the probability of the binomial tail: k is a sum of independent trials, as for months that are drawn with given
    weights and without replacement, and such a sum is never wider than the binomial (Hoeffding 1956).

    The least of the four tails counts fourfold (Bonferroni), and not at all where the months are of one turn of the
    season. Over all persons with at least four such months those are found that Benjamini and Hochberg (1995) find at
    5%: on average at most so many of them are found by chance.
    """
    found = np.full(buying.persons, -1, np.int64)
    rows = np.flatnonzero(buying.orders)
    person, month = buying.person[rows], years.months(buying.day[rows])
    if not len(rows):
        return Tested(found, 0)
    new = begins(person) | begins(month)
    person, month = person[new], month[new]
    began = begins(person)
    first = np.zeros(buying.persons, np.int64)
    first[person[began]] = month[began]
    who, month = person[~began], month[~began]
    times = np.bincount(who, minlength=buying.persons)
    able = times >= LEAST_MONTHS
    if not able.any():
        return Tested(found, 0)
    earliest, end = int(first[person[began]].min()), int(years.months(np.array([buying.last]))[0])
    shares = _shares(first[person[began]] - earliest, month - earliest, years, earliest, max(end, int(month.max())))
    enough = able[who]
    who, month = who[enough], month[enough]
    tested = np.flatnonzero(able)
    row = np.cumsum(able) - 1
    season = years.seasons(month)
    hits = np.bincount(row[who] * len(SEASONS) + season, minlength=len(tested) * len(SEASONS)).reshape(-1, len(SEASONS))
    turn = years.turns(month)
    fresh = begins(who) | begins(turn)
    turns = np.bincount((row[who] * len(SEASONS) + season)[fresh], minlength=hits.size).reshape(hits.shape)
    tails = binomial_tails(hits, times[tested, None], shares[first[tested] - earliest])
    tails = np.where(turns >= _TWICE, tails, 1.0)
    best = tails.argmin(axis=1)
    p = np.minimum(len(SEASONS) * tails[np.arange(len(tested)), best], 1.0)
    flagged = benjamini_hochberg(p, LEVEL)
    found[tested[flagged]] = best[flagged]
    return Tested(found, len(tested))


def _shares(first: Ints, again: Ints, years: Years, earliest: int, end: int) -> Floats:
    """Return for each month of a first order the greatest share that each season can have of the months after it.

    `first` is the month of the first order of each person, `again` has a month for each in which a person came back;
    both count from the month `earliest`, and `end` is the last one.
    """
    months = np.arange(earliest, end + 1)
    size = len(months)
    came = np.bincount(first, minlength=size)
    earlier = np.cumsum(came) - came
    weight = np.bincount(again, minlength=size) / np.maximum(earlier, 1)
    of_season = years.seasons(months)[:, None] == np.arange(len(SEASONS))
    found = np.zeros((size, len(SEASONS)))
    for weights in (np.ones(size), weight):
        after = np.cumsum((of_season * weights[:, None])[::-1], axis=0)[::-1]
        after = np.concatenate([after[1:], np.zeros((1, len(SEASONS)))])
        whole = after.sum(axis=1, keepdims=True)
        found = np.maximum(found, after / np.where(whole > 0, whole, 1))
    return found


def binomial_tails(hits: Ints, trials: Ints, chances: Floats) -> Floats:
    """Return the probability of so many hits or more in so many trials, each with a chance; arrays of one shape.

    >>> binomial_tails(np.array([4, 0, 2]), np.array([4, 9, 3]), np.array([0.25, 0.1, 0.5])).round(6).tolist()
    [0.003906, 1.0, 0.5]
    """
    hits, trials, chances = np.broadcast_arrays(hits, trials, chances)
    shape = hits.shape
    keys = np.stack([hits.ravel().astype(float), trials.ravel().astype(float), chances.ravel()])
    order = np.lexsort(keys)
    keys = keys[:, order]
    new = np.concatenate([[True], (keys[:, 1:] != keys[:, :-1]).any(axis=0)])[: len(order)]
    found = np.empty(len(order))
    found[order] = _tails(*keys[:, new])[np.cumsum(new) - 1]
    return found.reshape(shape)


def _tails(hits: Floats, trials: Floats, chances: Floats) -> Floats:
    """Return binomial tails, the terms of each summed from the smallest end on."""
    logs = np.array([lgamma(each + 1) for each in range(int(trials.max(initial=0)) + 1)])
    certain = (hits <= 0) | ((chances >= 1) & (hits <= trials))
    none = (chances <= 0) | (hits > trials)
    inner = np.where(certain | none, 0.5, chances)
    yes, no = np.log(inner), np.log1p(-inner)
    n = trials.astype(np.int64)
    found = np.zeros(len(hits))
    for k in range(len(logs) - 1, 0, -1):
        rows = np.flatnonzero((hits <= k) & (n >= k))
        of = n[rows]
        found[rows] += np.exp(logs[of] - logs[k] - logs[of - k] + k * yes[rows] + (of - k) * no[rows])
    return np.where(certain, 1.0, np.where(none, 0.0, np.minimum(found, 1.0)))


def benjamini_hochberg(p: Floats, level: float) -> Mask:
    """Return which p-values are found where on average a share of `level` of those found may be so by chance.

    The step-up method of Benjamini and Hochberg: up to the greatest i-th smallest p-value at or below level * i / n.

    >>> benjamini_hochberg(np.array([0.01, 0.9, 0.02, 0.04]), 0.05).tolist()
    [True, False, True, False]
    """
    rising = np.sort(p)
    under = np.flatnonzero(rising <= level * np.arange(1, len(p) + 1) / max(len(p), 1))
    return p <= (rising[under[-1]] if len(under) else -1.0)
