"""What `segtool.value` tells of each customer, once more: slowly, one customer after the other, in exact numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

UNIT = Decimal("0.0001")
EMPTY = ("", "null", "na", "nan", "none", "n/a", "\\n", "-")


@dataclass(frozen=True)
class Line:
    """A line of an order as its cells are written; `moment` is ISO, with a time or without."""

    customer: str
    order: str
    moment: str
    amount: str
    margin: str = ""
    order_cost: str = ""
    refund_cost: str = ""
    source: str = ""

    @property
    def day(self) -> date:
        return date.fromisoformat(self.moment[:10])


@dataclass(frozen=True)
class Told:
    """What is said beside the orders: shares and amounts, or True where a column tells it."""

    as_of: date
    margin: Fraction | bool = Fraction(1)
    order_cost: Decimal | bool | None = None
    refund_cost: Decimal | bool | None = None
    yearly_rate: Fraction = Fraction(1, 10)
    acquisition_cost: Mapping[str, Decimal] | None = None


def number(cell: str) -> Decimal | None:
    """Return a cell in whole units of 1/10,000, a half rounded away from zero; None for what is no amount."""
    if cell.strip().lower() in EMPTY:
        return None
    try:
        found = Decimal(cell)
    except ArithmeticError:
        return None
    return found.quantize(UNIT, ROUND_HALF_UP) if found.is_finite() and abs(found) <= 9 * 10**13 else None


def cost(cell: str) -> Decimal | None:
    return Decimal(0) if cell.strip().lower() in EMPTY else number(cell)


def reason(line: Line, told: Told) -> str | None:
    """Return why a line is set aside by itself, None for one that counts."""
    if line.customer == "":
        return "no customer"
    if number(line.amount) is None:
        return "bad amount"
    if told.margin is True and number(line.margin) is None:
        return "bad margin"
    if told.order_cost is True and cost(line.order_cost) is None:
        return "bad order cost"
    if told.refund_cost is True and cost(line.refund_cost) is None:
        return "bad refund cost"
    return "after as-of" if line.day > told.as_of else None


def rounded(value: Fraction | Decimal) -> Decimal:
    """Return an amount in whole units, a half rounded away from zero."""
    exact = abs(Fraction(value)) * 10_000
    units = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return Decimal(units if value > 0 else -units) / 10_000


def customers(lines: Iterable[Line], told: Told) -> dict[str, dict[str, Any]]:
    """Return customer -> every figure by its header; None where it has no meaning. Ratios are exact, not rounded."""
    own: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if reason(line, told) is None:
            own[line.customer].append(line)
    bought = {name: each for name, each in own.items() if any(amount(line) >= 0 for line in each)}
    found = {name: figures(each, told, name) for name, each in bought.items()}
    profits = sum((each["profit"] for each in found.values()), Decimal(0))
    for each in found.values():
        each["profit_share"] = Fraction(each["profit"]) / Fraction(profits) if profits > 0 else None
    return found


def amount(line: Line) -> Decimal:
    return number(line.amount) or Decimal(0)


def figures(lines: Sequence[Line], told: Told, name: str) -> dict[str, Any]:
    """Return the figures of one customer, all of whose lines these are."""
    purchases = [line for line in lines if amount(line) >= 0]
    days = sorted({line.day for line in purchases})
    named = {line.order for line in purchases if line.order.strip().lower() not in EMPTY}
    loose = [line for line in purchases if line.order.strip().lower() in EMPTY]
    orders = len(named) + len(loose)
    spend = sum((amount(line) for line in lines), Decimal(0))
    tenure, recency = (told.as_of - days[0]).days, (told.as_of - days[-1]).days
    gaps = [(later - day).days for day, later in pairwise(days)]
    gap = Fraction(median(map(Fraction, gaps))) if gaps else None
    refunds = -sum((amount(line) for line in lines if amount(line) < 0), Decimal(0))
    back = {line.day for line in lines if amount(line) < 0}
    by_day: dict[date, Fraction] = defaultdict(Fraction)
    for line in lines:
        by_day[line.day] += margin_of(line, told)
    margin = rounded(sum(by_day.values(), Fraction(0)))
    served = to_serve(lines, "order_cost", told.order_cost, orders) + to_serve(
        lines, "refund_cost", told.refund_cost, len(back)
    )
    paid = None if told.acquisition_cost is None else told.acquisition_cost.get(name)
    return {
        "frequency": orders,
        "monetary": spend,
        "average_order_value": rounded(Fraction(spend) / orders),
        "tenure_days": tenure,
        "orders_per_year": orders / (Fraction(tenure) / Fraction("365.25")) if tenure >= 90 else None,
        "median_days_between_orders": gap,
        "overdue": recency / gap if gap else None,
        "spend_last_90_days": spent(lines, told.as_of - timedelta(90), told.as_of),
        "spend_90_days_before": spent(lines, told.as_of - timedelta(180), told.as_of - timedelta(90)),
        "refund_rate": Fraction(refunds) / Fraction(spend + refunds) if spend + refunds > 0 else None,
        "pcv": past_value(by_day, told),
        "margin": margin,
        "cost_to_serve": served,
        "acquisition_cost": paid,
        "profit": margin - served - (paid or 0),
        "payback_days": None if paid is None else payback(by_day, paid, days[0]),
        "value_to_cost": Fraction(margin) / Fraction(paid) if paid else None,
        "source": source(purchases),
    }


def margin_of(line: Line, told: Told) -> Fraction:
    if told.margin is True:
        return Fraction(number(line.margin) or 0)
    return Fraction(told.margin) * Fraction(amount(line))


def to_serve(lines: Sequence[Line], role: str, each: Decimal | bool | None, times: int) -> Decimal:
    if each is True:
        return sum((cost(getattr(line, role)) or Decimal(0) for line in lines), Decimal(0))
    return Decimal(each or 0) * times


def spent(lines: Iterable[Line], after: date, until: date) -> Decimal:
    return sum((amount(line) for line in lines if after < line.day <= until), Decimal(0))


def past_value(by_day: Mapping[date, Fraction], told: Told) -> Fraction:
    """Return the sum of margin × (1 + r)^t, exactly; t counts months of the calendar."""
    growth = 1 + told.yearly_rate / 12
    return sum(
        (
            margin * growth ** (12 * (told.as_of.year - day.year) + told.as_of.month - day.month)
            for day, margin in by_day.items()
        ),
        Fraction(0),
    )


def payback(by_day: Mapping[date, Fraction], paid: Decimal, first: date) -> int | None:
    """Return the days from the first order to the end of the first day on which margins so far cover the cost."""
    if paid == 0:
        return 0
    so_far = Fraction(0)
    for day in sorted(by_day):
        so_far += by_day[day]
        if so_far >= paid:
            return max((day - first).days, 0)
    return None


def source(purchases: Sequence[Line]) -> str | None:
    """Return the source of the first moment, the least in byte order of several; None where no line of it has one."""
    first = min(moment(line) for line in purchases)
    names = {line.source.strip() for line in purchases if moment(line) == first}
    return min((name for name in names if name.lower() not in EMPTY), key=str.encode, default=None)


def moment(line: Line) -> str:
    return line.moment if len(line.moment) > 10 else f"{line.moment} 00:00:00"
