"""What a page about the customers shows, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from segtool.summary.changes import Comparison
from segtool.summary.facts import (
    Axis,
    Caution,
    GoalSummary,
    HealthShare,
    Rows,
    SegmentSummary,
    TargetSummary,
    Told,
)
from segtool.summary.value import ValueAtStake

SCHEMA_VERSION = 1

Question = Literal["who", "what-like", "where", "when", "why-and-how"]
"""The five questions that a segment is to answer."""

Figure = Literal["recency_days", "frequency", "monetary"]


@dataclass(frozen=True)
class Answer:
    """One of the five questions, with a sentence from what the table has.

    Where the table tells nothing of it, it is not `known`, and the sentence says which column would tell. `columns` are
    the headers that it stands on.
    """

    question: Question
    known: bool
    text: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class HeatMap:
    """Customers and their net spend by the scores of two axes; a row for each R and a column for each F, worst first.

    `r` and `f` are the scores that the lines stand for.
    """

    r: tuple[int, ...]
    f: tuple[int, ...]
    customers: tuple[tuple[int, ...], ...]
    revenue: tuple[tuple[Decimal, ...], ...]


@dataclass(frozen=True)
class Bin:
    """The customers of whom a figure is from `low` to below `high`."""

    low: Decimal
    high: Decimal
    customers: int


@dataclass(frozen=True)
class Distribution:
    """How a figure is spread over the customers who bought: quartiles, bins of one width, and the cuts of its scores.

    `below` and `above` are the customers outside of the bins, which leave out the outermost twentieth of a long side.
    `cuts` are as the run had them, None where they are not known, or not the same for all. Quartiles are those of
    QUARTILE.INC in a spreadsheet.
    """

    figure: Figure
    smallest: Decimal
    first_quartile: Decimal
    median: Decimal
    third_quartile: Decimal
    largest: Decimal
    bins: tuple[Bin, ...]
    below: int
    above: int
    cuts: tuple[Decimal, ...] | None


@dataclass(frozen=True)
class CurvePoint:
    """What the customers who spent most bring together: their share of all who bought, and of net revenue."""

    customers_share: float
    revenue_share: float


@dataclass(frozen=True)
class Pareto:
    """How much of the revenue few customers bring, at each twentieth of those who bought.

    The curve begins at 0, has each number of customers once, and ends at all of them. `fifth` is what the best 20%
    bring, as the curve runs there. `half` is the smallest number of customers who together bring half of the net
    revenue, `half_share` their share.
    """

    points: tuple[CurvePoint, ...]
    fifth: float
    half: int
    half_share: float


@dataclass(frozen=True)
class SegmentOverTime:
    """A segment at each as-of date, in the order of the dates: customers, and their net spend so far."""

    name: str
    title: str
    health: str
    customers: tuple[int, ...]
    revenue: tuple[Decimal, ...]


@dataclass(frozen=True)
class OverTime:
    """The segments from date to date, as `segtool track` found them; `is_over` tells whether the last period is."""

    every: str | None
    as_of_dates: tuple[date, ...]
    labels: tuple[str, ...]
    is_over: bool
    segments: tuple[SegmentOverTime, ...]


@dataclass(frozen=True)
class TopCustomer:
    """A customer whom the page names, since it was asked for; `contact` has the columns of contact data, by header."""

    customer_id: str
    segment: str
    title: str
    last_order: date | None
    frequency: int
    monetary: Decimal
    contact: Mapping[str, str]


SourceRole = Literal["customers", "summary", "track", "previous", "value"]
"""What a file tells a page."""


@dataclass(frozen=True)
class ReportSource:
    """A file that the page stands on: what it is for, its name without folders, and the SHA-256 of its bytes."""

    role: SourceRole
    name: str
    sha256: str | None


@dataclass(frozen=True)
class ReportSummary(Told):
    """Everything on a page about the customers.

    Figures are those of the rows of the table, and so of all its customers or of those that somebody kept. `buyers` are
    the customers with a purchase that counts. What only the run knows that made the table - `rows`, `scores`, `goal`,
    `targets`, `warnings` - comes from its summary, and is None or empty where there is none. `segments` stand from best
    to worst. `heat_map` is None in a table without scores, `pareto` where net revenue is not above zero. `over_time`,
    `changes` and `stake` come from the tables that were given beside. `urgency` tells of the segments for which the
    scheme says so whom to call first: 1 before 2. Health, goal and targets are of those who bought, as their run tells
    them; all else about segments is of everybody.
    """

    schema_version: int
    title: str | None
    as_of: date | None
    as_of_jalali: str | None
    customers: int
    buyers: int
    orders: int
    revenue: Decimal
    average_order_value: float | None
    repeat_customers: int
    repeat_share: float | None
    headline: tuple[str, ...]
    answers: tuple[Answer, ...]
    health: Mapping[str, HealthShare] | None
    goal: GoalSummary | None
    targets: tuple[TargetSummary, ...]
    segments: tuple[SegmentSummary, ...]
    heat_map: HeatMap | None
    distributions: tuple[Distribution, ...]
    pareto: Pareto | None
    over_time: OverTime | None
    changes: Comparison | None
    stake: ValueAtStake | None
    top: tuple[TopCustomer, ...]
    rows: Rows | None
    scores: Mapping[str, Axis] | None
    scheme: str | None
    scheme_title: str | None
    scheme_checksum: str | None
    made_with: str | None
    sources: tuple[ReportSource, ...]
    warnings: tuple[Caution, ...]
    version: str
    urgency: Mapping[str, int] = field(default_factory=dict)
