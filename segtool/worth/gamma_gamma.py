"""Gamma-Gamma: what a customer's order is worth, apart from how often it orders (Fader and Hardie 2013).

The value of an order varies about the customer's own mean as a gamma with shape `p` does; the means vary over
customers by `q` and `gamma`. What a customer spent on few orders is drawn towards the mean of all; on many it stands
for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segtool.tables.arrays import Floats, Ints
from segtool.worth.likelihood import Likelihood, Slope, intervals, maximum_of_many, standard_errors
from segtool.worth.transactions import Transactions

PARAMETERS = ("p", "q", "gamma")

LEAST_SPENDERS = 10
"""With fewer customers who spent something on a further day, three parameters cannot be told."""


@dataclass(frozen=True)
class GammaGammaFit:
    """The parameters of Gamma-Gamma, from how many customers, and how sure they are; `gamma` is in currency units.

    `mean_spend` is that of an order of a customer of whom nothing is known, in currency units; None where `q` is not
    above 1, since a few customers then count for more than all others and there is no mean. `correlation` is Pearson's,
    of the repeat purchases and the mean spend of customers, which the model takes for none; None where one of them is
    the same for all. `standard_errors` and `intervals` (95%) are by parameter.
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float
    customers: int
    mean_spend: float | None
    correlation: float | None
    converged: bool
    at_edge: bool
    standard_errors: Mapping[str, float] | None = None
    intervals: Mapping[str, tuple[float, float]] | None = None


def fit_gamma_gamma(found: Transactions, *, errors: str | None = None, seed: int = 0) -> GammaGammaFit | None:
    """Return the likeliest Gamma-Gamma, which needs scipy; None where too few customers spent on a further day.

    It is fitted in units of the mean spend, so that amounts of a large number of a small unit do as well as dollars.
    """
    own = found[found.spend > 0]
    if len(own) < LEAST_SPENDERS:
        return None
    order = np.lexsort((own.spend, own.repeats))  # sums of floats depend on their order: that of rows is none of ours
    repeats, spend = own.repeats[order], own.spend[order]
    starts = np.flatnonzero(np.append(True, (np.diff(repeats) != 0) | (np.diff(spend) != 0)))
    repeats, spend, customers = repeats[starts], spend[starts], np.diff(starts, append=len(order)).astype(float)
    scale = float((customers * spend).sum() / len(own))

    def likelihood_of(customers: Floats) -> Likelihood:
        rows = customers > 0
        return likelihood(repeats[rows], spend[rows] / scale, customers[rows])

    top = maximum_of_many(likelihood_of, customers, [(2.0, 3.0, 2.0), (10.0, 5.0, 1.0), (1.0, 1.5, 1.0)])
    units = np.array([1.0, 1.0, scale])
    drawn = None
    if errors == "bootstrap" and top.converged and not top.at_edge:
        drawn = {
            name: (low * unit, high * unit)
            for unit, (name, (low, high)) in zip(
                units.tolist(),
                intervals(likelihood_of, customers, top.parameters, PARAMETERS, (seed, 2)).items(),
                strict=True,
            )
        }
    sure = standard_errors(top, PARAMETERS) if errors == "standard" else None
    p, q, gamma = (top.parameters * units).tolist()
    return GammaGammaFit(
        p=p,
        q=q,
        gamma=gamma,
        log_likelihood=top.log_likelihood - len(own) * float(np.log(scale)),
        customers=len(own),
        mean_spend=gamma * p / (q - 1) if q > 1 else None,
        correlation=_correlation(repeats, spend / scale, customers),
        converged=top.converged,
        at_edge=top.at_edge,
        standard_errors=sure and {**sure, "gamma": sure["gamma"] * scale},
        intervals=drawn,
    )


def likelihood(repeats: Ints, spend: Floats, customers: Floats) -> Likelihood:
    """Return the log-likelihood of the three parameters, equation 1a of Fader and Hardie's note, with its derivatives.

    There are `customers` of each number of repeat purchases with each mean spend.
    """
    from scipy.special import digamma, gammaln, polygamma

    most = int(repeats.max())
    x = np.arange(most + 1, dtype=np.float64)
    x[0] = 1  # nobody is there: the gamma function of 0 is none
    per_repeats = np.bincount(repeats, customers, most + 1)
    spent = repeats * spend
    whole = float(customers.sum())
    of_logs = float((customers * repeats * np.log(spent)).sum())
    constant = float((customers * np.log(spend)).sum())

    def slope(parameters: Floats) -> Slope:
        p, q, gamma = parameters
        logs, inverse = np.log(gamma + spent), 1 / (gamma + spent)
        by_customer, by_purchase = (customers * logs).sum(), (customers * repeats * logs).sum()
        shape = p * repeats + q
        second = polygamma(1, p * x + q)
        value = (
            (per_repeats * (gammaln(p * x + q) - gammaln(p * x))).sum()
            + whole * (q * np.log(gamma) - gammaln(q))
            + p * of_logs
            - constant
            - p * by_purchase
            - q * by_customer
        )
        gradient = np.array(
            [
                (per_repeats * x * (digamma(p * x + q) - digamma(p * x))).sum() + of_logs - by_purchase,
                (per_repeats * digamma(p * x + q)).sum() + whole * (np.log(gamma) - digamma(q)) - by_customer,
                whole * q / gamma - (customers * shape * inverse).sum(),
            ]
        )
        p_q = (per_repeats * x * second).sum()
        p_gamma = -(customers * repeats * inverse).sum()
        q_gamma = whole / gamma - (customers * inverse).sum()
        curvature = np.array(
            [
                [(per_repeats * x**2 * (second - polygamma(1, p * x))).sum(), p_q, p_gamma],
                [p_q, (per_repeats * second).sum() - whole * polygamma(1, q), q_gamma],
                [p_gamma, q_gamma, (customers * shape * inverse**2).sum() - whole * q / gamma**2],
            ]
        )
        return Slope(float(value), gradient, curvature)

    return slope


def _correlation(repeats: Ints, spend: Floats, customers: Floats) -> float | None:
    """Return Pearson's correlation, None where one of the two does not vary.

    >>> _correlation(np.array([1, 2, 3]), np.array([5.0, 7.0, 9.0]), np.ones(3))
    1.0
    """
    x, m = (each - (customers * each).sum() / customers.sum() for each in (repeats, spend))
    spread = float(np.sqrt((customers * x**2).sum() * (customers * m**2).sum()))
    return round(float((customers * x * m).sum()) / spread, 12) if len(repeats) > 1 and spread else None


def expected_spend(fit: GammaGammaFit, found: Transactions) -> Floats | None:
    """Return what an order of each customer is expected to be worth, in currency units; None where there is no mean.

    It is a mean of the customer's own mean and that of all, which those without repeats have; equation 5 of the note.

    >>> fit = GammaGammaFit(6.25, 3.74, 15.44, 0, 0, 6.25 * 15.44 / 2.74, None, True, False)
    >>> nothing = np.zeros(2, np.int64)
    >>> expected_spend(fit, Transactions(np.array([0, 2]), nothing, nothing, np.array([0, 22.355]))).round(2).tolist()
    [35.22, 24.67]
    """
    if fit.mean_spend is None:
        return None
    x = found.repeats
    return (fit.gamma + x * found.spend) * fit.p / (fit.p * x + fit.q - 1)
