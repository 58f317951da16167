"""What a run found, as frozen facts; pure data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from segtool.scoring.statement import MONEY
from segtool.words import Words

if TYPE_CHECKING:
    from segtool.summary.attributes import AttributeSegments
    from segtool.summary.changes import Alert, Comparison

SCHEMA_VERSION = 1
"""It rises when a key of `Summary.to_dict()` changes its meaning or goes."""


class Told:
    """Frozen facts that programs are told of as JSON."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; dates in ISO form, money as the nearest number."""
        found: dict[str, Any] = without_types(self)
        return found

    def to_json(self) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Period:
    """The days of the first and the last purchase."""

    first: date
    last: date


@dataclass(frozen=True)
class SetAside:
    """Rows set aside for one reason and their readable money, None if there is none."""

    rows: int
    amount: Decimal | None
    unreadable_amounts: int = field(metadata={"in_dict": False, "without": 0})


@dataclass(frozen=True)
class Rows:
    """read = used + set_aside_total."""

    read: int
    used: int
    set_aside: Mapping[str, SetAside]

    @property
    def set_aside_total(self) -> int:
        return sum(each.rows for each in self.set_aside.values())


@dataclass(frozen=True)
class Axis:
    """How one score came out, from the lowest up: customers, the raw range behind each score, and the rising cuts.

    `figure` is what is scored, `lowest` the lowest digit. `cuts` is None where they are not the same for all customers.
    """

    figure: str
    lowest: int
    counts: tuple[int, ...]
    cuts: tuple[int | Decimal, ...] | None
    ranges: tuple[tuple[int | Decimal, int | Decimal] | None, ...]

    @property
    def is_money(self) -> bool:
        return self.figure in MONEY


@dataclass(frozen=True)
class Scoring:
    """How scores were made: what becomes of equal customers, what is scored within what, the weights of a ranking."""

    ties: str
    nested: bool
    weights: Mapping[str, Decimal]


@dataclass(frozen=True)
class GroupSummary:
    """A group whose customers are scored among themselves; `holds` are the groups pooled in it.

    `cuts` are those of the axes that are the same for all its customers.
    """

    name: str
    customers: int
    holds: tuple[str, ...]
    cuts: Mapping[str, tuple[int | Decimal, ...]]


@dataclass(frozen=True)
class Drift:
    """How far the customers' scores have moved from those that the model was made of.

    `psi` is axis -> population stability index; `readings` puts each into a word: stable, moved or shifted.
    """

    model: str
    as_of: date | None
    age_days: int | None
    customers: int
    psi: Mapping[str, float]
    readings: Mapping[str, str]


@dataclass(frozen=True)
class SegmentSummary:
    """One segment in numbers. Shares are of all customers and of net revenue, None where that is not above zero."""

    name: str
    title: str
    health: str
    customers: int
    share: float
    orders: int
    revenue: Decimal
    revenue_share: float | None
    average_order_value: float | None
    median_recency_days: float | None
    median_frequency: float | None
    advice: str


@dataclass(frozen=True)
class HealthShare:
    """The customers in all segments of one health, by the run's first scheme, with their money."""

    customers: int
    share: float
    revenue: Decimal
    revenue_share: float | None


@dataclass(frozen=True)
class GoalSummary:
    """What the shop wants, the figure to watch and its value, and each scheme's segments in the order they count.

    `form` tells how the value is written: percent, amount or count; `better` whether it should be higher or lower.
    """

    name: str
    title: str
    figure: str
    figure_title: str
    value: float | Decimal | int | None
    form: str
    better: str
    segments: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TargetSummary:
    """Where a segment stands: gap = actual - target; `days_left` is below zero when the day has passed.

    `measure` names the figure of the segment, of which shares are fractions of 1. `day` is the day as it was written.
    """

    segment: str
    title: str
    measure: str
    sign: str
    target: int | float | Decimal
    actual: int | float | Decimal | None
    gap: int | float | Decimal | None
    reached: bool | None
    by: date | None
    day: str | None = field(metadata={"in_dict": False, "without": None})
    days_left: int | None


@dataclass(frozen=True)
class WithoutPurchase:
    """Customers of a list who bought nothing, and the segment that the scheme has for them."""

    name: str
    title: str
    customers: int
    advice: str


@dataclass(frozen=True)
class CustomerList:
    """A list of customers whose columns are joined: rows = matched + without_orders + without_id.

    `matched` have a purchase that counts; `not_in_list` are customers with a purchase whom the list does not have.
    """

    rows: int
    matched: int
    without_orders: int
    not_in_list: int
    without_id: int


@dataclass(frozen=True)
class Unit:
    """What a row of the table stands for where that is no customer: customers = accounts + without_account.

    `contacts` with a purchase belong to the `accounts`; those `without_account` stand for themselves.
    """

    name: str
    accounts: int
    contacts: int
    without_account: int


@dataclass(frozen=True)
class ValueMatrix:
    """Orders × average order value, each cut at the mean of the base.

    `fewest_orders` is the least whole number of orders that is not below the mean.
    """

    mean_orders: float
    fewest_orders: int
    mean_order_value: float
    segments: tuple[SegmentSummary, ...]


@dataclass(frozen=True)
class Peak:
    """The busiest month, weekday and hour; an order counts once, at its first line. No hour where dates have none."""

    month: str
    month_orders: int
    weekday: str
    weekday_orders: int
    hour: int | None
    hour_orders: int | None


@dataclass(frozen=True)
class Caution:
    """Something to know before the numbers are trusted; the code is stable."""

    code: str
    message: str


def caution(code: str, words: Words, **facts: Any) -> Caution:
    """Return the caution of a code, whose message is the text of that code with facts in its places."""
    return Caution(code, words(f"caution.{code}", **facts))


@dataclass(frozen=True)
class Summary(Told):
    """Everything that is said about a run.

    `spelling` tells for the roles whose cells are not plain decimals or ISO dates how they were read. The as-of date is
    also given in the Jalali calendar where orders are dated in it. Of a table of customers, whose orders are not known,
    there is no period and no peak; without dates, no as-of date. `attribute_schemes` are those over columns, in rows of
    the table. `changes` are those since a previous table, if there
    is one, and `kept_gone` tells how many rows of the table are of customers who are gone since, None where such are
    not kept. `segments` stand from best to worst. `health` has positive, neutral and negative; None where the first
    scheme tells none, or there is none. `scheme_checksum` is that of its text.
    """

    schema_version: int
    as_of: date | None
    as_of_jalali: str | None
    as_of_from: str | None
    period: Period | None
    rows: Rows
    customers: int
    orders: int
    revenue: Decimal
    repeat_customers: int
    repeat_share: float
    net_zero_or_less: int
    scores: Mapping[str, Axis]
    scoring: Scoring
    groups: tuple[GroupSummary, ...]
    drift: Drift | None
    changes: "Comparison | None"
    alerts: "tuple[Alert, ...]"
    goal: GoalSummary | None
    health: Mapping[str, HealthShare] | None
    targets: tuple[TargetSummary, ...]
    segments: tuple[SegmentSummary, ...]
    further_segments: Mapping[str, tuple[SegmentSummary, ...]]
    attribute_schemes: "tuple[AttributeSegments, ...]"
    without_purchase: WithoutPurchase | None
    customer_list: CustomerList | None
    unit: Unit | None
    kept_gone: int | None
    grid: tuple[tuple[int, ...], ...]
    grid_shares: tuple[tuple[float, ...], ...]
    value_matrix: ValueMatrix
    peak: Peak | None
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    scheme: str
    scheme_checksum: str | None
    version: str

    def of_schemes(self) -> Mapping[str, tuple[SegmentSummary, ...]]:
        """Return the segments of every scheme of the run, by its name."""
        return {**({self.scheme: self.segments} if self.segments else {}), **self.further_segments}

    def without_warnings(self) -> "Summary":
        """Return the summary with nothing to beware of."""
        changes = self.changes and replace(self.changes, warnings=())
        return replace(self, warnings=(), changes=changes)


def without_types(value: Any) -> Any:
    """Return frozen facts as plain values for JSON."""
    if is_dataclass(value):
        known = (each.name for each in fields(value) if each.metadata.get("in_dict", True))
        return {name: without_types(getattr(value, name)) for name in known}
    if isinstance(value, Mapping):
        return {key: without_types(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [without_types(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def with_types(kind: Any, value: Any) -> Any:
    """Return plain values of JSON as the frozen facts of which `without_types` made them.

    What is not told there is what the field says for it (`without`).

    >>> with_types(tuple[Period, ...], [{"first": "2024-01-01", "last": "2024-03-31"}])[0].last.month
    3

    Raises KeyError, TypeError or ValueError for values of another form.
    """
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        told, untold = [], {}
        for each in fields(kind):
            if each.metadata.get("in_dict", True):
                told.append(each.name)
            else:
                untold[each.name] = each.metadata["without"]
        return kind(**{name: with_types(hints[name], value[name]) for name in told}, **untold)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        kinds = [each for each in inner if each is not NoneType]
        return None if value is None else with_types(kinds[0], value) if len(kinds) == 1 else value
    if origin is tuple:
        return tuple(with_types(inner[0], item) for item in value)
    if origin is Mapping:
        return {key: with_types(inner[1], item) for key, item in value.items()}
    if kind is date:
        return date.fromisoformat(value)
    return Decimal(str(value)) if kind is Decimal else value
