"""What customers are expected to order and to be worth, from a new fit or an earlier one, as a user asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from segtool.errors import UsageError
from segtool.summary.facts import Caution, caution
from segtool.tables.dates import calendar_day
from segtool.tables.numbers import total
from segtool.words import Words
from segtool.worth.fits import Errors, Fit, fit, read_fit
from segtool.worth.lifetime import Horizon, Prediction, checks, horizon_of, predict
from segtool.worth.likelihood import need_scipy
from segtool.worth.measures import Measures, Money
from segtool.worth.scored import Scored
from segtool.worth.transactions import Transactions, refunds_apart, transactions_of

_OTHER_DAYS = 0.05
"""If more than this share of what was bought comes back on days without a purchase, predicted spend misses it."""


@dataclass(frozen=True)
class Ahead:
    """How what is to come is predicted: over which horizon, and by an earlier fit or how a new one is made."""

    horizon: Horizon
    time_unit: str
    fit: Fit | None
    errors: Errors | None
    seed: int

    def predict(self, base: Scored, measures: Measures, money: Money, words: Words) -> "Forecast":
        """Return the models, what they predict, and what to know of that."""
        found = transactions_of(base.history, base.as_of)
        model = self.fit or fit(
            found, as_of=calendar_day(base.as_of), time_unit=self.time_unit, errors=self.errors, seed=self.seed
        )
        margin = measures.margin_share(money, base.figures.monetary)
        prediction = predict(
            model,
            found,
            horizon=self.horizon,
            margin=float(max(margin, Fraction(0))),
            discount_rate=money.discount_rate,
        )
        return Forecast(model, prediction, tuple(self._cautions(model, found, margin, base, measures, words)))

    def _cautions(
        self, model: Fit, found: Transactions, margin: Fraction, base: Scored, measures: Measures, words: Words
    ) -> Iterator[Caution]:
        yield from checks(model, found, self.horizon, words)
        if margin <= 0:
            yield caution("clv-no-margin", words)
        apart, bought = refunds_apart(base.history.days), total(base.figures.monetary) + total(measures.refunds)
        if bought > 0 and apart > _OTHER_DAYS * bought:
            yield caution("clv-refunds", words, share=words.percent(apart / bought))


@dataclass(frozen=True, eq=False)
class Forecast:
    """The models, what they predict of each customer, and what to know of that."""

    fit: Fit
    prediction: Prediction
    warnings: tuple[Caution, ...]


def ahead(*, horizon: str, time_unit: str | None, given: Any, errors: Errors | None, seed: int) -> Ahead:
    """Return how what is to come is predicted; a `given` fit, or the file of one, is an earlier one.

    Raises UsageError for options that do not fit together, MissingExtraError for a new fit without scipy.
    """
    own = given if given is None or isinstance(given, Fit) else read_fit(given)
    if own is None:
        need_scipy()
    elif errors is not None:
        raise UsageError("--errors tells how sure a new fit is, and --fit is one that was made; say one of the two.")
    elif time_unit not in (None, own.time_unit):
        raise UsageError(f"--time-unit is that of a new fit, and --fit is one in units of a {own.time_unit}.")
    return Ahead(horizon_of(horizon), time_unit or "week", own, errors, seed)
