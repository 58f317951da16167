"""What customers are worth, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from segtool.summary.attributes import AttributeSegments
from segtool.summary.facts import Caution, CustomerList, Period, Rows, Told

Basis = Literal["predicted", "last year"]
"""What stands behind a value at stake: predictions, or the margin of the last year."""

Apart = Literal["no wallet", "unreadable", "not above zero", "spend below zero", "smaller than spend"]
"""Why a customer has no share of wallet."""


@dataclass(frozen=True)
class SegmentStake:
    """What a segment is expected to bring, and how much of that is likely to be lost; money, of estimates rounded.

    Shares are of all segments, None where those have nothing above zero. `budget` is the part of the budget, None
    without one. `break_even` is the response rate at which a contact pays for itself, `worth_contacting` whether
    `repeat_rate` reaches it; None where nobody said what a contact costs, where nobody knows the rate, and in a segment
    without customers. The rate is that of the `response_customers`, who may be `too_few` to tell.
    """

    name: str
    title: str
    customers: int
    expected: Decimal
    expected_share: float | None
    endangered: Decimal
    endangered_share: float | None
    budget: Decimal | None
    break_even: float | None
    repeat_rate: float | None
    response_customers: int | None
    too_few: bool
    worth_contacting: bool | None


@dataclass(frozen=True)
class ValueAtStake:
    """The value at stake per segment, from best to worst: budget = the budgets of all segments + left.

    `used` segments have customers, of which `worth_contacting` are, None where nobody said what a contact costs. Repeat
    rates are the shares of those who were in a segment `response_days` ago and have bought since.
    """

    basis: Basis
    customers: int
    expected: Decimal
    endangered: Decimal
    contact_cost: Decimal | None
    budget: Decimal | None
    left: Decimal | None
    used: int
    worth_contacting: int | None
    response_days: int | None
    segments: tuple[SegmentStake, ...]


@dataclass(frozen=True)
class WhalePoint:
    """What the most profitable customers bring together: `share` of all profit, None where that is not above zero."""

    customers_share: float
    profit: Decimal
    share: float | None


@dataclass(frozen=True)
class WhaleCurve:
    """Profit summed over customers from the most to the least profitable; `points` at each tenth of the customers.

    customers = profitable + at_zero + with_loss, and profit = profit at the peak, which is after the last profitable
    customer, - loss. Without customers there are no points.
    """

    customers: int
    profit: Decimal
    profitable: int
    at_zero: int
    with_loss: int
    loss: Decimal
    peak: WhalePoint
    points: tuple[WhalePoint, ...]


@dataclass(frozen=True)
class SourceValue:
    """What customers from one source cost and brought; `source` is None where it is unknown, and over all of them.

    `cost` is None where nobody says it for any of them, `customers_with_cost` of whom it is said. profit = margin -
    cost to serve - cost, value_to_cost = margin / cost and the payback are of these alone. `paid_back` customers have
    covered their own cost, half of them within `median_payback_days` of the first order.
    """

    source: str | None
    customers: int
    customers_with_cost: int
    cost: Decimal | None
    cost_per_customer: float | None
    revenue: Decimal
    margin: Decimal
    value_to_cost: float | None
    profit: Decimal | None
    paid_back: int | None
    paid_back_share: float | None
    median_payback_days: float | None


@dataclass(frozen=True)
class Acquisition:
    """What acquiring customers cost: cost = that of all sources + that of sources without customers.

    `sources` stand by their customers, the most first, the unknown one last; `total` has all of them. `without_cost`
    is source -> its customers, of whom nobody says what they cost; `unknown_source` customers have no source.
    """

    cost: Decimal
    total: SourceValue
    sources: tuple[SourceValue, ...]
    without_customers: Mapping[str, Decimal]
    without_cost: Mapping[str, int]
    unknown_source: int


@dataclass(frozen=True)
class WalletBand:
    """The customers with a share of wallet from `least` on, below that of the next band."""

    least: float
    customers: int
    spend: Decimal
    wallet: Decimal
    gap: Decimal


@dataclass(frozen=True)
class Wallets:
    """Which share of what customers spend in the category they spend here: share = spend / wallet, gap = the rest.

    `customers` have a share of wallet, whose `mean_share` and `median_share` count each alike; `set_aside` is why
    others have none -> how many they are.
    """

    customers: int
    spend: Decimal
    wallet: Decimal
    gap: Decimal
    share: float | None
    mean_share: float | None
    median_share: float | None
    bands: tuple[WalletBand, ...]
    set_aside: Mapping[Apart, int]


@dataclass(frozen=True)
class Terms:
    """What values are counted by: `margin` is a share of revenue, which comes from an `option`, from a `column` or is
    the whole of it (`revenue`). Costs are those of one order and of one day with refunds, or the header of a column.

    `discount_rate` is that of a year, of which a month has a twelfth. The horizon is that of predictions, in days.
    """

    margin: float | None
    margin_from: Literal["option", "column", "revenue"]
    order_cost: Decimal | str | None
    refund_cost: Decimal | str | None
    discount_rate: float
    horizon_days: int | None


@dataclass(frozen=True)
class Worth:
    """What customers are worth together. Shares are of all customers, revenue and profit; None where there is nothing.

    `pcv` is the past customer value, `overdue` how many customers have been silent for over twice their usual time,
    `median_days_between_orders` the median of the customers' own medians. profit = margin - cost to serve -
    acquisition cost. `p_alive` is the mean chance of customers to be still active, `expected_orders` and `clv` are sums
    over the horizon; None where nothing is predicted.
    """

    name: str
    title: str
    health: str
    customers: int
    share: float
    orders: int
    revenue: Decimal
    revenue_share: float | None
    average_order_value: float | None
    median_days_between_orders: float | None
    overdue: int
    refund_rate: float | None
    pcv: Decimal
    margin: Decimal | None
    cost_to_serve: Decimal | None
    acquisition_cost: Decimal | None
    profit: Decimal | None
    profit_share: float | None
    p_alive: float | None
    expected_orders: float | None
    clv: Decimal | None


@dataclass(frozen=True)
class ValueSummary(Told):
    """Everything that is said about what customers are worth, together and in each segment from best to worst.

    `classes` are the schemes over columns of the table. `bg_nbd` and `gamma_gamma` are the fitted models of orders and
    of spend. `columns` has those of the list of customers, too.
    """

    schema_version: int
    as_of: date
    as_of_jalali: str | None
    as_of_from: str | None
    period: Period | None
    rows: Rows
    customers: int
    orders: int
    revenue: Decimal
    terms: Terms
    total: Worth
    segments: tuple[Worth, ...]
    classes: tuple[AttributeSegments, ...]
    customer_list: CustomerList | None
    whale: WhaleCurve | None
    acquisition: Acquisition | None
    wallets: Wallets | None
    bg_nbd: Any
    gamma_gamma: Any
    stake: ValueAtStake
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    scheme: str
    version: str
