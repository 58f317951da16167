"""What a campaign did, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from segtool.summary.facts import Caution, Rows, Told

ALL = "(all)"
"""What stands in the place of a segment for all customers of both groups."""

NO_ORDERS_BEFORE = "(no orders before)"
"""The segment of those who had bought nothing before the campaign."""

Verdict = Literal["more", "fewer", "no-difference", "too-small"]
"""Of the treated more bought than of the control, or fewer; no difference can be told, or not in groups so small."""

RevenueVerdict = Literal["more", "less", "no-difference"]


@dataclass(frozen=True)
class Group:
    """What the customers of one group did in some days; who bought nothing counts. Figures a head are None of nobody.

    A buyer placed an order in these days, and `revenue` is net of the refunds in them.
    """

    customers: int
    buyers: int
    buying_rate: float | None
    orders: int
    orders_per_head: float | None
    revenue: Decimal
    revenue_per_head: float | None


@dataclass(frozen=True)
class Effect:
    """How far the treated lie above the control, with the 95% interval of it, and that as a share of the control.

    `low` and `high` are None where the groups do not allow to tell, `lift` where the control has nothing.
    """

    difference: float
    low: float | None
    high: float | None
    lift: float | None


@dataclass(frozen=True)
class Extra:
    """What the campaign brought beyond what the control leads to expect: the difference a head times the treated."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Extras:
    """What the campaign brought and cost: `margin` is that of the extra revenue, gain = margin - cost, where known.

    `cost_per_order` is None where there is no extra order.
    """

    buyers: Extra
    orders: Extra
    revenue: Extra
    cost: Decimal | None
    cost_per_order: float | None
    margin: float | None
    gain: Extra | None


@dataclass(frozen=True)
class Needed:
    """How many customers each group would need to show a difference of the buying rates, four times out of five, at the
    level at which they are judged."""

    difference: float
    treated: int
    control: int


@dataclass(frozen=True)
class SegmentLift:
    """What a campaign did in one segment, or in all. Effects and extras are None where a group has nobody.

    `p` is that of Fisher's exact test on the buyers, `p_adjusted` what it is among all tests of the page. `needed` is
    told where no difference can be.
    """

    name: str
    title: str
    health: str | None
    treated: Group
    control: Group
    verdict: Verdict
    p: float | None
    p_adjusted: float | None
    buying_rate: Effect | None
    orders_per_head: Effect | None
    revenue_per_head: Effect | None
    extra: Extras | None
    needed: Needed | None


@dataclass(frozen=True)
class Before:
    """The same groups in as many days before the campaign: they should not differ.

    `p` is that of Fisher's exact test on the buyers then, `p_segments` that of chi-squared on the sizes of segments,
    None where it would be poor.
    """

    first: date
    last: date
    treated: Group
    control: Group
    buying_rate: Effect
    revenue_per_head: Effect
    p: float
    p_segments: float | None


@dataclass(frozen=True)
class Listed:
    """A list of customers: listed = customers + in_both + excluded. `without_orders` of the customers never bought."""

    listed: int
    customers: int
    in_both: int
    excluded: int
    without_orders: int


@dataclass(frozen=True)
class LiftSummary(Told):
    """Everything that is said of a campaign.

    The outcome is told from the day `first` to `last`, of the `days` that were asked for; `is_whole` tells whether the
    data reach that far. The days are also given in the Jalali calendar where orders are dated in it. Segments are as of
    the day before, from best to worst, without those in which neither group has anybody. `revenue_verdict` is only
    another word than no-difference where the buyers differ. `detect` is the difference of buying rates that `needed` is
    told for.
    """

    schema_version: int
    as_of: date
    first: date
    first_jalali: str | None
    last: date
    last_jalali: str | None
    days: int
    is_whole: bool
    rows: Rows
    treated_list: Listed
    control_list: Listed
    overall: SegmentLift
    revenue_verdict: RevenueVerdict
    segments: tuple[SegmentLift, ...]
    before: Before | None
    detect: float | None
    margin: float | None
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    scheme: str
    version: str
