"""The parameters under which what was seen is likeliest, and how sure they are.

All parameters here are above zero, and the search is in their logarithms: nothing has to keep it out of what is not
allowed, and a step means a factor.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segtool.errors import MissingExtraError
from segtool.tables.arrays import Floats, Mask

RESAMPLES = 200
"""How many times customers are drawn again for the intervals of a bootstrap."""

_EDGE = float(np.log(1e5))
"""The logarithm of the largest parameter, and of one over the least: beyond them data tell nothing of it."""

_NEAR_EDGE = _EDGE - float(np.log(2))

_STEPS = 200
_LARGEST_STEP = 2.0
_FLAT = 1e-10
"""The slope of the mean log-likelihood of a customer at which the search is over, for a factor e of a parameter."""

_NEARLY_FLAT = 1e-6
"""The slope that is flat enough where rounding lets the search get no further."""

_NOISE = 1e-14
_STALLED = 3
"""Steps that gain no more than rounding, after which no other will."""

_HALVINGS = 40
_FEW_HALVINGS = 4
"""Halvings of a step where the slope is nearly flat: what these do not gain, rounding hides."""

_MANY = 30_000
"""Rows of statistics beyond which starts are tried on about so many customers, before all are looked at."""

_LEAST_CURVE = 1e-9
_OF_THE_STEEPEST = 1e-13
"""A curvature below this part of the steepest one is what rounding leaves of none."""


@dataclass(frozen=True)
class Slope:
    """A log-likelihood at some parameters, its gradient and its matrix of second derivatives, by the parameters."""

    value: float
    gradient: Floats
    curvature: Floats


Likelihood = Callable[[Floats], Slope]


@dataclass(frozen=True)
class Maximum:
    """The likeliest parameters; `information` is the curvature against their logarithms, upside down.

    `at_edge` tells that some parameter went as far as it may, where the likelihood hardly depends on it.
    """

    parameters: Floats
    log_likelihood: float
    information: Floats
    converged: bool
    at_edge: bool


def need_scipy() -> None:
    """Raise MissingExtraError where scipy is not installed."""
    try:
        import scipy.special  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            'Predictions are fitted with the package scipy, which is missing: python -m pip install "segtool[clv]"'
        ) from None


def maximum(likelihood: Likelihood, starts: Iterable[Sequence[float]], customers: int) -> Maximum:
    """Return the highest maximum that is found from any of the starts; of equal ones the first.

    >>> def poisson(parameters):  # of the counts 1, 2, 6, whose mean is 3
    ...     rate = parameters[0]
    ...     return Slope(9 * np.log(rate) - 3 * rate, np.array([9 / rate - 3]), np.array([[-9 / rate**2]]))
    >>> found = maximum(poisson, [[1.0], [50.0]], 3)
    >>> found.parameters.round(6).tolist(), found.converged, found.at_edge
    ([3.0], True, False)
    """
    found = [_climbed(likelihood, np.log(np.array(start, np.float64)), customers) for start in starts]
    return max(found, key=lambda each: (each.converged, each.log_likelihood))


def maximum_of_many(
    likelihood_of: Callable[[Floats], Likelihood], rows: Floats, starts: Sequence[Sequence[float]]
) -> Maximum:
    """Return the highest maximum that is found from any of the starts, in less time where there are many rows.

    `rows` are how many customers each row of the statistics stands for, `likelihood_of` returns the likelihood under
    other such counts. The starts of many rows are tried on every k-th customer, whose top is near that of all; from
    there all are climbed, and only where that leads nowhere from the starts themselves.
    """
    whole = likelihood_of(rows)
    if len(rows) > _MANY:
        part = every_kth(rows, -int(-rows.sum() // _MANY))
        near = maximum(likelihood_of(part), starts, int(part.sum()))
        found = maximum(whole, [near.parameters.tolist()], int(rows.sum()))
        if found.converged:
            return found
    return maximum(whole, starts, int(rows.sum()))


def every_kth(rows: Floats, k: int) -> Floats:
    """Return how many customers each row has of every k-th of all.

    >>> every_kth(np.array([1.0, 1.0, 3.0, 1.0]), 2).tolist()
    [0.0, 1.0, 1.0, 1.0]
    """
    return np.diff(np.cumsum(rows) // k, prepend=0)


def _climbed(likelihood: Likelihood, logs: Floats, customers: int) -> Maximum:
    """Return where Newton's steps lead uphill, each turned uphill where the likelihood is not concave."""
    logs = np.clip(logs, -_EDGE, _EDGE)
    slope = _by_logs(likelihood(np.exp(logs)), logs)
    stalled = 0
    for _ in range(_STEPS):
        free = _free(slope, logs)
        if stalled == _STALLED or _steepest(slope, free) <= _FLAT * customers:
            break
        step = np.zeros(len(logs))
        step[free] = _uphill(slope.gradient[free], slope.curvature[np.ix_(free, free)], customers)
        taken = _better(likelihood, logs, step, slope, flat=_steepest(slope, free) <= _NEARLY_FLAT * customers)
        if taken is None:
            break
        stalled = stalled + 1 if taken[1].value - slope.value <= _NOISE * abs(slope.value) else 0
        logs, slope = taken
    parameters = np.exp(logs)
    return Maximum(
        parameters=parameters,
        log_likelihood=slope.value,
        information=-slope.curvature,
        converged=_steepest(slope, _free(slope, logs)) <= _NEARLY_FLAT * customers,
        at_edge=bool((np.abs(logs) >= _NEAR_EDGE).any()),
    )


def _free(slope: Slope, logs: Floats) -> Mask:
    """Return which parameters do not press against their edge."""
    return ~((np.abs(logs) >= _EDGE) & (slope.gradient * logs > 0))


def _steepest(slope: Slope, free: Mask) -> float:
    return float(np.abs(slope.gradient[free]).max(initial=0.0))


def _better(
    likelihood: Likelihood, logs: Floats, step: Floats, before: Slope, *, flat: bool
) -> tuple[Floats, Slope] | None:
    """Return where the largest of the step, its half, its quarter … leads that does not lower the likelihood.

    Where it is nearly flat already, rounding hides which of two is higher: there the lesser slope tells.
    """
    for half in range(_FEW_HALVINGS if flat else _HALVINGS):
        there = np.clip(logs + step / 2**half, -_EDGE, _EDGE)
        slope = _by_logs(likelihood(np.exp(there)), there)
        if slope.value >= before.value - _NOISE * abs(before.value) or (  # not NaN either
            flat and 2 * _steepest(slope, _free(slope, there)) < _steepest(before, _free(before, logs))
        ):
            return (there, slope) if (there != logs).any() else None
    return None


def _uphill(gradient: Floats, curvature: Floats, customers: int) -> Floats:
    """Return Newton's step, each direction by the size of its curvature whatever its sign (saddle-free Newton)."""
    curves, directions = np.linalg.eigh(curvature)
    sizes = np.maximum(np.abs(curves), _LEAST_CURVE * customers)
    step: Floats = directions @ ((gradient @ directions) / sizes)
    return step * min(1.0, _LARGEST_STEP / float(np.abs(step).max()))


def _by_logs(slope: Slope, logs: Floats) -> Slope:
    """Return a slope by the logarithms of the parameters."""
    parameters = np.exp(logs)
    gradient = slope.gradient * parameters
    curvature = slope.curvature * np.outer(parameters, parameters) + np.diag(gradient)
    return Slope(slope.value, gradient, curvature)


def standard_errors(found: Maximum, names: Sequence[str]) -> Mapping[str, float] | None:
    """Return the standard error of each parameter, by the delta method; None where the likelihood has no clear top.

    >>> top = Maximum(np.array([3.0]), 0.0, np.array([[9.0]]), converged=True, at_edge=False)
    >>> standard_errors(top, ["rate"])
    {'rate': 1.0}
    """
    curves = np.linalg.eigvalsh(found.information) if np.isfinite(found.information).all() else np.zeros(1)
    if found.at_edge or not found.converged or curves[0] <= _OF_THE_STEEPEST * curves[-1]:
        return None
    errors = found.parameters * np.sqrt(np.diag(np.linalg.inv(found.information)))
    return dict(zip(names, errors.tolist(), strict=True))


def intervals(
    resampled: Callable[[Floats], Likelihood], rows: Floats, top: Floats, names: Sequence[str], seed: Sequence[int]
) -> Mapping[str, tuple[float, float]]:
    """Return the 95% interval of each parameter: percentiles of refits to customers drawn again with replacement.

    `rows` are how many customers each row of the statistics stands for, `resampled` returns the likelihood under other
    such counts, `top` are the parameters that every refit starts from.
    """
    random = np.random.default_rng(list(seed))
    customers = int(rows.sum())
    every = np.empty((RESAMPLES, len(top)))
    for at in range(RESAMPLES):
        drawn = random.multinomial(customers, rows / customers).astype(float)
        every[at] = maximum(resampled(drawn), [top.tolist()], customers).parameters
    low, high = np.percentile(every, [2.5, 97.5], axis=0).tolist()
    return {name: (low[at], high[at]) for at, name in enumerate(names)}
