"""BG/NBD: how often customers buy while they are active, and when they stop (Fader, Hardie and Lee 2005).

While active, a customer buys at random with a rate of its own, and after each purchase stops for good with a chance of
its own. Over customers the rates are gamma with shape `r` and rate `alpha`, the chances beta with `a` and `b`. Time is
in units of `days_per_unit` days, fractional; it starts at a customer's first purchase.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from segtool.errors import DataError
from segtool.tables.arrays import Floats, Ints
from segtool.worth.likelihood import Likelihood, Slope, intervals, maximum_of_many, standard_errors
from segtool.worth.transactions import Transactions

PARAMETERS = ("r", "alpha", "a", "b")

LEAST_REPEATERS = 10
"""With fewer customers who bought on two days, four parameters cannot be told."""

_BITS = 21
"""Bits of a number of days, of which three make a 64-bit number."""


@dataclass(frozen=True)
class BgNbdFit:
    """The parameters of BG/NBD, from how many customers, and how sure they are.

    `standard_errors` and `intervals` (95%) are by parameter, None where they were not asked for or cannot be told.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    repeat_customers: int
    converged: bool
    at_edge: bool
    standard_errors: Mapping[str, float] | None = None
    intervals: Mapping[str, tuple[float, float]] | None = None


@dataclass(frozen=True)
class Counted:
    """How many customers there are of each x, t_x and T, which is all that the likelihood depends on; sorted."""

    repeats: Ints
    recency: Ints
    age: Ints
    customers: Floats


def counted(found: Transactions) -> Counted:
    """Return how many customers there are of each kind.

    >>> x, days = np.array([1, 0, 1]), np.array([7, 0, 7])
    >>> counts = counted(Transactions(x, days, np.array([9, 9, 9]), np.zeros(3)))
    >>> counts.repeats.tolist(), counts.recency.tolist(), counts.age.tolist(), counts.customers.tolist()
    ([0, 1], [0, 7], [9, 9], [1.0, 2.0])
    """
    packed, customers = np.unique(
        (found.repeats << 2 * _BITS) | (found.recency << _BITS) | found.age, return_counts=True
    )
    below = (1 << _BITS) - 1
    return Counted(packed >> 2 * _BITS, packed >> _BITS & below, packed & below, customers.astype(float))


def fit_bg_nbd(found: Transactions, *, days_per_unit: float, errors: str | None = None, seed: int = 0) -> BgNbdFit:
    """Return the likeliest BG/NBD, which needs scipy.

    Raises DataError where too few customers bought on two days.
    """
    repeaters = int((found.repeats > 0).sum())
    if repeaters < LEAST_REPEATERS:
        raise DataError(
            f"Only {repeaters:,} of {len(found):,} customers bought on more than one day; a prediction needs "
            f"{LEAST_REPEATERS} at least, and 100 to be of use. Add earlier orders, or leave out --predict."
        )
    counts = counted(found)
    pace = float(found.age.sum()) / days_per_unit / float(found.repeats.sum())
    starts = [(0.5, pace, 0.5, 2.0), (2.0, 2 * pace, 0.2, 2.0), (0.2, pace / 5, 1.0, 1.0)]

    def likelihood_of(customers: Floats) -> Likelihood:
        rows = customers > 0
        return likelihood(
            Counted(counts.repeats[rows], counts.recency[rows], counts.age[rows], customers[rows]), days_per_unit
        )

    top = maximum_of_many(likelihood_of, counts.customers, starts)
    own = dict(zip(PARAMETERS, top.parameters.tolist(), strict=True))
    drawn = None
    if errors == "bootstrap" and top.converged and not top.at_edge:
        drawn = intervals(likelihood_of, counts.customers, top.parameters, PARAMETERS, (seed, 1))
    return BgNbdFit(
        **own,
        log_likelihood=top.log_likelihood,
        customers=len(found),
        repeat_customers=repeaters,
        converged=top.converged,
        at_edge=top.at_edge,
        standard_errors=standard_errors(top, PARAMETERS) if errors == "standard" else None,
        intervals=drawn,
    )


def likelihood(counts: Counted, days_per_unit: float) -> Likelihood:
    """Return the log-likelihood of the four parameters, equation 7 of the paper, with its derivatives.

    Gamma functions are those of every x up to the largest, logarithms those of every day up to the last one; what is
    left for each kind of customer is one exponential.
    """
    from scipy.special import digamma, gammaln, polygamma

    most = int(counts.repeats.max())
    every = np.arange(most + 1, dtype=np.float64)
    per_repeats = np.bincount(counts.repeats, counts.customers, most + 1)
    per_age = np.bincount(counts.age, counts.customers)
    by_age = np.bincount(counts.age, counts.customers * counts.repeats)
    days = np.arange(len(per_age)) / days_per_unit
    seen = np.flatnonzero(counts.repeats)
    x, recency, age, customers = counts.repeats[seen], counts.recency[seen], counts.age[seen], counts.customers[seen]
    whole = float(per_repeats.sum())

    def slope(parameters: Floats) -> Slope:
        r, alpha, a, b = parameters
        logs, inverse = np.log(alpha + days), 1 / (alpha + days)
        squares = inverse**2
        odds = np.full(most + 1, np.inf)  # b + x - 1, which stands only where x is above 0
        odds[1:] = b + every[1:] - 1
        later, sooner = logs[age] - logs[recency], inverse[age] - inverse[recency]
        exponent = (np.log(a) - np.log(odds))[x] + (r + x) * later
        gone = np.exp(-np.logaddexp(0, -exponent))  # the chance that a customer has stopped
        weight, curve = customers * gone, customers * gone * (1 - gone)
        value = (
            (per_repeats * (gammaln(r + every) + gammaln(b + every) - gammaln(a + b + every))).sum()
            + whole * (gammaln(a + b) - gammaln(r) - gammaln(b) + r * np.log(alpha))
            - ((r * per_age + by_age) * logs).sum()
            + (customers * np.logaddexp(0, exponent)).sum()
        )
        of_r, of_b, of_ab = ((per_repeats * digamma(base + every)).sum() for base in (r, b, a + b))
        of_odds = -1 / odds[x]
        own = (later, (r + x) * sooner, np.full(len(x), 1 / a), of_odds)
        both = whole * digamma(a + b) - of_ab
        gradient = np.array(
            [
                of_r - whole * (digamma(r) - np.log(alpha)) - (per_age * logs).sum(),
                whole * r / alpha - ((r * per_age + by_age) * inverse).sum(),
                both,
                both - whole * digamma(b) + of_b,
            ]
        ) + np.array([(weight * each).sum() for each in own])
        second_r, second_b, second_ab = (
            (per_repeats * polygamma(1, base + every)).sum() - whole * polygamma(1, base) for base in (r, b, a + b)
        )
        curvature = np.zeros((4, 4))
        curvature[0, 0] = second_r
        curvature[0, 1] = curvature[1, 0] = whole / alpha - (per_age * inverse).sum() + (weight * sooner).sum()
        curvature[1, 1] = (
            -whole * r / alpha**2
            + ((r * per_age + by_age) * squares).sum()
            + (weight * (r + x) * (squares[recency] - squares[age])).sum()
        )
        curvature[2:, 2:] = -second_ab
        curvature[2, 2] -= weight.sum() / a**2
        curvature[3, 3] += second_b + (weight * of_odds**2).sum()
        for i in range(4):
            for j in range(i, 4):
                curvature[i, j] += (curve * own[i] * own[j]).sum()
                curvature[j, i] = curvature[i, j]
        return Slope(float(value), gradient, curvature)

    return slope


def p_alive(fit: BgNbdFit, found: Transactions, *, days_per_unit: float) -> Floats:
    """Return the chance that each customer still buys, 0 to 1; one without a repeat purchase cannot have stopped.

    Equation 11 of Fader, Hardie and Lee (2008), "Computing P(alive) using the BG/NBD model".

    >>> fit = BgNbdFit(0.243, 4.414, 0.793, 2.426, 0, 0, 0, True, False)
    >>> days = Transactions(np.array([2, 2, 0]), np.array([14, 210, 0]), np.array([273, 273, 273]), np.zeros(3))
    >>> p_alive(fit, days, days_per_unit=7).round(4).tolist()
    [0.0559, 0.7196, 1.0]
    """
    x = found.repeats
    waited = np.log1p((found.age - found.recency) / (fit.alpha * days_per_unit + found.recency))
    stopped = np.log(fit.a) - np.log(fit.b + np.maximum(x, 1) - 1) + (fit.r + x) * waited
    return np.where(x > 0, np.exp(-np.logaddexp(0, stopped)), 1.0)


_MOST_CELLS = 1 << 21
"""Numbers that are worked on at once: 16 MB of them."""


def expected_if_active(fit: BgNbdFit, found: Transactions, ends: Floats, *, days_per_unit: float) -> Floats:
    """Return the orders that each customer is expected to place until some ends, if it is still active.

    `ends` are lengths of time from the as-of day on, in units; there is a row a customer and a column an end. Times
    P(alive) this is equation 10 of the paper. It is computed as the mean, over the chances p that the customer may have
    of stopping after a purchase, of (1 - ((alpha + T) / (alpha + T + p t))^(r + x)) / p: in this form nothing cancels,
    whether a is near 1 or x is large, and no hypergeometric function is needed.

    >>> fit = BgNbdFit(0.243, 4.414, 0.793, 2.426, 0, 0, 0, True, False)
    >>> days = Transactions(np.array([2]), np.array([213]), np.array([272]), np.zeros(1))
    >>> active = expected_if_active(fit, days, np.array([0.0, 39.0]), days_per_unit=7)
    >>> (active * p_alive(fit, days, days_per_unit=7)[:, None]).round(3).tolist()
    [[0.0, 1.226]]
    """
    out = np.empty((len(found), len(ends)))
    order = np.argsort(found.repeats, kind="stable")
    for own in _alike(found.repeats[order], fit.b):
        rows = order[own]
        x, since = found.repeats[rows], fit.alpha + found.age[rows] / days_per_unit
        more = x - x[0]
        enough = _enough(fit.r + int(x[-1]), float(ends.max() / since.min())) + int(more[-1]) // 2
        nodes, weights = _chances(fit.a, fit.b + int(x[0]), enough)
        size = max(1, _MOST_CELLS // (len(ends) * len(nodes)))
        for at in range(0, len(rows), size):
            some = slice(at, at + size)
            likely = weights * (1 - nodes) ** more[some, None]
            likely /= likely.sum(axis=1, keepdims=True)
            reach = ends[None, :, None] / since[some, None, None]
            parts = -np.expm1(-(fit.r + x[some, None, None]) * np.log1p(reach * nodes)) / nodes
            parts *= likely[:, None]
            out[rows[some]] = parts.sum(axis=2)
    return out


_MOST_MORE = 32


def _alike(repeats: Ints, b: float) -> Iterator[slice]:
    """Yield the runs of rising repeats for which one set of chances does: beta distributions that are much the same.

    That of x + n repeats is that of x times (1 - p)^n, over what this comes to in the mean.

    >>> [(own.start, own.stop) for own in _alike(np.array([0, 0, 1, 90, 95, 110]), 2.0)]
    [(0, 2), (2, 3), (3, 5), (5, 6)]
    """
    at = 0
    while at < len(repeats):
        least = int(repeats[at])
        end = int(np.searchsorted(repeats, least + min((b + least) / 8, _MOST_MORE), side="right"))
        yield slice(at, end)
        at = end


def _enough(shape: float, reach: float) -> int:
    """Return how many chances give some twelve digits: more where the function is near its pole, or falls steeply."""
    return min(16 + int(9 * np.sqrt(reach) + 3 * np.sqrt(shape * reach)), 600)


def _chances(a: float, b: float, count: int) -> tuple[Floats, Floats]:
    """Return chances and weights whose mean is that over a beta distribution: Gauss-Jacobi by Golub and Welsch (1969).

    >>> chances, weights = _chances(2.0, 3.0, 4)
    >>> round(float((weights * chances).sum()), 12), round(float((weights * chances**2).sum()), 12)
    (0.4, 0.2)
    """
    k = np.arange(1, count, dtype=np.float64)
    s = 2 * k + a + b
    middle = np.concatenate([[a / (a + b)], 0.5 + (a - b) * (a + b - 2) / (2 * s * (s - 2))])
    side = k * (k + a - 1) * (k + b - 1) / ((s - 1) * (s - 2) ** 2)
    side[1:] *= (k[1:] + a + b - 2) / (s[1:] - 3)  # at k = 1 the two are equal, and may be 0
    places, vectors = np.linalg.eigh(np.diag(middle) + np.diag(np.sqrt(side), -1))
    return np.clip(places, 1e-30, 1.0), vectors[0] ** 2
