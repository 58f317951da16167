"""When people buy, and what they buy most, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from segtool.summary.facts import Told

Role = Literal["category", "brand", "channel"]
"""What labels are of."""


@dataclass(frozen=True)
class PartOfYear:
    """What was sold in a month, season or weekday, over all years; `share` is that of all orders.

    `name` is a season, a weekday, or the number of a month. `people` ordered in it at least once. `days` of it were
    under observation; `index` is the orders of such a day by those of any day, 1 as usual, None where no day was seen
    or nothing was ordered at all. `revenue` is None where the input has no prices.
    """

    name: str
    orders: int
    share: float | None
    people: int
    revenue: Decimal | None
    days: int
    index: float | None


@dataclass(frozen=True)
class WindowOrders:
    """What was sold in a named window: how many `times` it was seen, its `days`, and when it `begins` and `ends` next.

    `people` ordered in it, `only_there` those who never ordered at another time. `ratio` is the orders of a day in it
    by those of a day out of it, None where one of them was not seen, or nothing was ordered out of it.
    """

    name: str
    title: str
    times: int
    days: int
    orders: int
    share: float | None
    people: int
    only_there: int
    revenue: Decimal | None
    ratio: float | None
    begins: date
    ends: date


@dataclass(frozen=True)
class SeasonalBuyers:
    """Who buys by the season beyond chance: `found` of those `tested`, by season; on average `level` of them by chance.

    Tested are those with orders in at least `least_months` months after the month of the first order.
    """

    tested: int
    found: int
    level: float
    least_months: int
    seasons: Mapping[str, int]


@dataclass(frozen=True)
class Rhythm:
    """How often people buy: `people` with two days of orders or more, and the median of their usual days between them.

    Those with three days of orders or more are `foreseen`: late by more than twice the usual time (`overdue`), `late`,
    `due` within `due_days`, or `later`.
    """

    people: int
    median_days: float | None
    foreseen: int
    overdue: int
    late: int
    due: int
    due_days: int
    later: int


@dataclass(frozen=True)
class SeasonSummary(Told):
    """When people buy. Months are those of the calendar; `first` to `last` is what is observed, so many `days`.

    `peak_month` and `quiet_month` have the greatest and the least index of the months that were observed long enough,
    None where no two differ.
    """

    calendar: Literal["gregorian", "jalali"]
    hemisphere: Literal["north", "south"]
    first: date
    last: date
    days: int
    orders: int
    people: int
    months: tuple[PartOfYear, ...]
    seasons: tuple[PartOfYear, ...]
    weekdays: tuple[PartOfYear, ...]
    peak_month: int | None
    quiet_month: int | None
    seasonal: SeasonalBuyers
    windows: tuple[WindowOrders, ...]
    rhythm: Rhythm


@dataclass(frozen=True)
class LabelSales:
    """What was sold of a brand, category or channel: purchase `lines`, and revenue net of refunds.

    `people` bought it, `main` of them nothing more often, `only_it` nothing else.
    """

    label: str
    people: int
    main: int
    only_it: int
    lines: int
    share: float | None
    revenue: Decimal
    revenue_share: float | None


@dataclass(frozen=True)
class LabelSummary(Told):
    """What was sold by the labels of a role: category, brand or channel; by revenue, the greatest first.

    `people` bought something with a label, `people_of_one` always with the same one. `unlabelled` lines have none.
    """

    role: Role
    header: str
    labels: tuple[LabelSales, ...]
    people: int
    people_of_one: int
    lines: int
    revenue: Decimal
    unlabelled: int
    unlabelled_revenue: Decimal
