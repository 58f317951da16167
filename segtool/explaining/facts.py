"""Why customers are in their segments, as frozen facts; pure data. The texts are in the language of the run."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from segtool.summary.facts import without_types
from segtool.tables.dates.spelling import Calendar

SCHEMA_VERSION = 1
"""It rises when a key of `Explanation.to_dict()` changes its meaning or goes."""

Raw = int | Decimal
"""A figure in raw units: days, orders, money."""


@dataclass(frozen=True)
class Reach:
    """The raw values that have a score, as R4 is called, both ends among them; None at an open end."""

    score: int
    label: str
    least: Raw | None
    most: Raw | None
    text: str


@dataclass(frozen=True)
class ScoreReason:
    """What stands behind a score: the figure, what else has the same score, and what has the next ones.

    `own` is None where scores come from places and not from cuts, `better` and `worse` where there is no such score.
    `told` is the value in words.
    """

    axis: str
    figure: str
    value: Raw
    score: int
    label: str
    told: str
    own: Reach | None
    better: Reach | None
    worse: Reach | None
    text: str


@dataclass(frozen=True)
class Condition:
    """A condition of the segment that holds: the digits that it allows, and the raw values of those around the own one.

    `on` is an axis, `fm` for (F + M) / 2, `sum` for the sum of all digits, or `code` for all of them.
    """

    on: str
    digits: str
    least: Raw | None
    most: Raw | None
    text: str


@dataclass(frozen=True)
class Waiting:
    """The first change of the segment while nothing is bought: on `day`, `days` after the as-of date.

    It is to a `worse` segment or to a `better` one; there is `none`, or it is `unknown` where scores come from places.
    """

    outcome: Literal["worse", "better", "none", "unknown"]
    segment: str | None
    title: str | None
    days: int | None
    day: date | None
    text: str


@dataclass(frozen=True)
class Buying:
    """The fewest further `orders`, and the least spend, that lead to a better segment.

    They come to `spend_least` or more, `spend_most` at most; the last of them is bought `days_from` to `days_until`
    days after the as-of date, which is the day `since` to the day `by`. None where there is no bound. There is no such
    purchase for customers in the `best` segment, for others whom `none` helps, and where it is `unknown`.
    """

    outcome: Literal["better", "best", "none", "unknown"]
    segment: str | None
    title: str | None
    orders: int | None
    spend_least: Decimal | None
    spend_most: Decimal | None
    days_from: int | None
    days_until: int | None
    since: date | None
    by: date | None
    text: str


@dataclass(frozen=True)
class SegmentReason:
    """Why a scheme puts a customer into a segment, and what would lead elsewhere.

    `scores` are those that the scheme makes in another way than the first one.
    """

    scheme: str
    segment: str
    title: str
    advice: str
    conditions: tuple[Condition, ...]
    scores: tuple[ScoreReason, ...]
    waiting: Waiting
    buying: Buying
    text: str


@dataclass(frozen=True)
class CustomerReason:
    """A customer in numbers, with the reasons of scores and segments; days are unknown where only recency is known.

    `orders_told` and `spend_told` are the orders and the money in words.
    """

    customer_id: str
    first_order: date | None
    last_order: date | None
    recency_days: int
    frequency: int
    monetary: Decimal
    average_order_value: Decimal
    group: str | None
    orders_told: str
    spend_told: str
    scores: tuple[ScoreReason, ...]
    segments: tuple[SegmentReason, ...]


@dataclass(frozen=True)
class Explanation:
    """Why customers are in their segments, as of a day; texts have their dates in the calendar."""

    schema_version: int
    as_of: date | None
    calendar: Calendar
    customers: tuple[CustomerReason, ...]
    version: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; dates in ISO form, money as the nearest number."""
        found: dict[str, Any] = without_types(self)
        return found

    def to_json(self) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"
