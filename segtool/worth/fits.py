"""Both models fitted to the customers of a shop, and fits as files, so that a later run predicts by the same one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any, Literal, get_args

from segtool.errors import UsageError
from segtool.kept import Kept
from segtool.summary.facts import Told, with_types
from segtool.worth.bg_nbd import BgNbdFit, fit_bg_nbd
from segtool.worth.gamma_gamma import GammaGammaFit, fit_gamma_gamma
from segtool.worth.likelihood import need_scipy
from segtool.worth.transactions import Transactions

_KEPT = Kept("fit", 1, "--save-fit")

DAYS_PER_MONTH = 365.25 / 12

DAYS_PER_UNIT = {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": 365.25}

Errors = Literal["standard", "bootstrap"]
"""How it is told how sure parameters are."""


@dataclass(frozen=True)
class Fit(Told):
    """Both models, of the customers of an as-of date.

    `gamma_gamma` is None where too few customers spent something on a further day. Time is in units of `time_unit`;
    `history_days` are the days since the first purchase of all. `errors` tells which were asked for, if any.
    """

    as_of: date
    time_unit: str
    history_days: int
    errors: str | None
    bg_nbd: BgNbdFit
    gamma_gamma: GammaGammaFit | None


def fit(
    found: Transactions, *, as_of: date, time_unit: str = "week", errors: Errors | None = None, seed: int = 0
) -> Fit:
    """Return both models, fitted by maximum likelihood.

    `errors` asks for standard errors, from the curvature of the likelihood, or for 95% intervals of a bootstrap, whose
    draws `seed` decides.

    Raises MissingExtraError without scipy, UsageError for a unit or errors that there are not, DataError where too few
    customers bought on two days.
    """
    for option, value, known in (("--time-unit", time_unit, DAYS_PER_UNIT), ("--errors", errors, get_args(Errors))):
        if value is not None and value not in known:
            raise UsageError(f"{option} {value!r} is unknown; say {', '.join(known)}.")
    need_scipy()
    orders = fit_bg_nbd(found, days_per_unit=DAYS_PER_UNIT[time_unit], errors=errors, seed=seed)
    return Fit(
        as_of=as_of,
        time_unit=time_unit,
        history_days=int(found.age.max()),
        errors=errors,
        bg_nbd=orders,
        gamma_gamma=fit_gamma_gamma(found, errors=errors, seed=seed),
    )


def saved(fit: Fit, *, version: str) -> str:
    """Return the text of a file of which `read_fit` makes the same fit, digit for digit."""
    return _KEPT.text(fit.to_dict(), version=version)


def read_fit(file: str | Path) -> Fit:
    """Return the fit in a file. Raises MissingInputError if there is none, ConfigError for a damaged one."""
    return _KEPT.parsed(_KEPT.read(file), str(file), _fit)


def _fit(content: Mapping[str, Any]) -> Fit:
    found: Fit = with_types(Fit, content)
    _refuse_nonsense(found)
    return found


def _refuse_nonsense(found: Fit) -> None:
    """Raise ValueError for parameters that no fit has, LookupError for a unit that there is not."""
    DAYS_PER_UNIT[found.time_unit]
    orders, spend = found.bg_nbd, found.gamma_gamma
    parameters = [orders.r, orders.alpha, orders.a, orders.b, *((spend.p, spend.q, spend.gamma) if spend else ())]
    if not all(isfinite(each) and each > 0 for each in parameters):
        raise ValueError("a parameter is not above zero")
