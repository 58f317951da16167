"""What segments and forecasts made on a day foretold of what came after it, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from segtool.summary.facts import Caution, Period, Rows, Told

ALL = "(all)"
"""What stands in the place of a segment for all customers."""

Forecast = Literal["model", "naive"]
"""A model of buying, or the same again as in the period before that is as long."""

OrderedBy = Literal["scheme", "score", "model"]

Foretold = Literal["purchase_days", "spend"]


@dataclass(frozen=True)
class SegmentOutcome:
    """What the customers of a segment did after the split; the figures a customer are None where there is none.

    `repeat_rate` is the share of them who placed an order, `lift` that over the rate of all: 1 is as all. `spend` is
    net of refunds, `spend_lift` the spend a customer over that of all, `spend_share` the share of the spend of all,
    both None where that is not above zero. `break_even` is the share who must order for a contact to pay for itself.
    """

    name: str
    title: str
    health: str
    customers: int
    share: float
    buyers: int
    repeat_rate: float | None
    orders: int
    orders_per_customer: float | None
    spend: Decimal
    spend_per_customer: float | None
    average_order_value: float | None
    lift: float | None
    spend_lift: float | None
    spend_share: float | None
    too_few: bool
    break_even: float | None
    worth_contacting: bool | None


@dataclass(frozen=True)
class SchemeOutcome:
    """The segments of a scheme, from best to worst; `worth_contacting` counts those, None where nobody asked."""

    name: str
    checksum: str
    segments: tuple[SegmentOutcome, ...]
    worth_contacting: int | None


@dataclass(frozen=True)
class Kept:
    """Of the pairs of neighbours that were counted, those in which the better group did better."""

    kept: int
    counted: int


@dataclass(frozen=True)
class Order:
    """How well one order of the customers, best first, foretold what they did: by a scheme, by one score alone, or by a
    model of buying, whose tenths are groups.

    `concordance` is the share of pairs of one who bought and one who did not in which the buyer stands higher, a half
    for ties. `best_fifth` is the share of the spend of the best 20% of the customers. `behind` tells how much lower the
    concordance is than that of the best scheme, which `is_near` where that is within two standard errors.
    """

    name: str
    kind: OrderedBy
    groups: int
    rate: Kept
    spend: Kept
    concordance: float | None
    standard_error: float | None
    best_fifth: float | None
    gini: float | None
    behind: float | None
    behind_error: float | None
    is_near: bool | None


@dataclass(frozen=True)
class Verdict:
    """Which scheme ranked buyers best; `near` are the others that may be as good.

    `foretells` tells whether its concordance is more than two standard errors above a half, `adds` whether it is as
    much above that of the best single score, which is `score`. None where that cannot be told: where only one bought,
    or only one did not.
    """

    best: str
    near: tuple[str, ...]
    foretells: bool | None
    score: str | None
    adds: bool | None


@dataclass(frozen=True)
class Newcomers:
    """The customers who bought first after the split, with all of their orders and their net spend."""

    customers: int
    orders: int
    spend: Decimal


@dataclass(frozen=True)
class Band:
    """The customers of one tenth by their forecast, 1 for the lowest: the means of forecast and of what came."""

    band: int
    customers: int
    predicted: float
    actual: float


@dataclass(frozen=True)
class Errors:
    """How far forecasts were off, a customer: the mean absolute error and the root of the mean squared error.

    `predicted` and `actual` are the sums, `ratio` is the one over the other, None where nothing came.
    """

    mae: float
    rmse: float
    predicted: float
    actual: float
    ratio: float | None


@dataclass(frozen=True)
class Calibration:
    """How near a forecast of purchase days or of spend came, over all customers and by tenths of the forecast."""

    forecast: Forecast
    foretold: Foretold
    errors: Errors
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class BacktestSummary(Told):
    """Everything that is said of segments made from the orders up to the day `split`, judged on those until `until`.

    `days` are those after the split; `days_before` those from the first purchase up to it. `all` are all customers who
    had bought by the split; with `newcomers` their orders and spend add up to `orders` and `revenue`, those of the time
    after the split. `median_gap` is the median number of days between the purchase days of a customer up to it.
    `rankings` has the schemes first, then the scores alone, then the model; `fit` is that, None where nobody asked.
    """

    schema_version: int
    split: date
    split_jalali: str | None
    until: date
    until_jalali: str | None
    until_from: str | None
    days: int
    days_before: int
    period: Period | None
    rows: Rows
    customers: int
    orders: int
    revenue: Decimal
    newcomers: Newcomers
    median_gap: float | None
    all: SegmentOutcome
    schemes: tuple[SchemeOutcome, ...]
    rankings: tuple[Order, ...]
    verdict: Verdict | None
    margin: float | None
    contact_cost: Decimal | None
    calibration: tuple[Calibration, ...]
    fit: Mapping[str, Any] | None
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    scheme: str
    version: str
