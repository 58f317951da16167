"""What is told of who is in each segment, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from segtool.profiles.attributes import Kind, LeftOut
from segtool.summary.facts import Caution, Told

SCHEMA_VERSION = 1

ALL = "(all)"
"""What stands in the place of a segment for all rows."""

OTHER = "(other)"
"""The value in which rare ones are pooled."""


@dataclass(frozen=True)
class SegmentSize:
    """A segment: its rows and, where a column tells it, their revenue. Shares are of all rows and of all revenue."""

    name: str
    title: str
    customers: int
    share: float
    revenue: Decimal | None
    revenue_share: float | None
    mean_revenue: float | None


@dataclass(frozen=True)
class ValueShare:
    """A value in a segment: how many rows have it, of those with a filled cell, and how that compares with all rows.

    `index` is 100 × share / base_share: 200 is twice as usual here as in all rows. None where there is no such share.
    """

    value: str
    customers: int
    share: float | None
    base_share: float | None
    index: float | None


@dataclass(frozen=True)
class Distribution:
    """An attribute in one segment: rows with a filled cell, and how they are spread; of numbers the quartiles.

    Quartiles are those of a spreadsheet's QUARTILE.INC: exact, halfway or by quarters between two values.
    """

    segment: str
    filled: int
    filled_share: float | None
    mean: float | None
    first_quartile: Decimal | float | date | None
    median: Decimal | float | date | None
    third_quartile: Decimal | float | date | None
    values: tuple[ValueShare, ...]


@dataclass(frozen=True)
class Difference:
    """A test of whether the segments differ in an attribute. `p_holm` is its p-value among all that are tested.

    `effect` is Cramér's V without its bias, or epsilon-squared, from 0 to 1. Of lists the entry that tells most was
    tested, and p is that of the best of so many. `few_expected` is the share of cells with fewer than five expected.
    """

    test: Literal["chi-squared", "Kruskal-Wallis"]
    statistic: float
    degrees: int
    p: float
    p_holm: float
    effect: float
    few_expected: float | None
    entry: str | None


@dataclass(frozen=True)
class AttributeProfile:
    """An attribute: what kind its values are, how many cells are empty or unread, and how it is spread by segment.

    `segments` stand in their order, and all rows last. `difference` is None where there is nothing to compare.
    """

    name: str
    kind: Kind
    empty: int
    empty_share: float
    unread: int
    distinct: int
    difference: Difference | None
    segments: tuple[Distribution, ...]


@dataclass(frozen=True)
class Telling:
    """What sets a segment apart in one attribute: a value or band and its shares, or where it lies among all rows.

    `score` is by how many standard deviations it is above (or below) what chance leads to expect.
    """

    attribute: str
    kind: Kind
    score: float
    value: str | None
    share: float | None
    base_share: float | None
    index: float | None
    median: Decimal | float | date | None
    base_median: Decimal | float | date | None
    made_of: bool


@dataclass(frozen=True)
class ExplainedBy:
    """How much of the variance of the value a column explains; `made_of` the value itself, where that is no wonder."""

    name: str
    groups: int
    eta_squared: float
    adjusted: float
    made_of: bool


@dataclass(frozen=True)
class CrossCell:
    """The rows of one segment and one value of another column; shares are of the segment's rows and of all revenue."""

    customers: int
    share: float | None
    revenue: Decimal | None
    revenue_share: float | None


@dataclass(frozen=True)
class Cross:
    """Segments by the values of another column; the last row and the last column have the totals."""

    column: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[CrossCell, ...], ...]


@dataclass(frozen=True)
class NpsScore:
    """Promoters less detractors, in percent of those who answered, -100 to 100, with a 95% margin to either side."""

    segment: str
    promoters: int
    passives: int
    detractors: int
    answers: int
    unread: int
    nps: float | None
    margin: float | None


@dataclass(frozen=True)
class Nps:
    """The net promoter score of each segment and, last, of all rows."""

    column: str
    segments: tuple[NpsScore, ...]


@dataclass(frozen=True)
class Place:
    """A value with its customers, its inhabitants and customers per 1,000 of them."""

    value: str
    customers: int
    inhabitants: int
    per_thousand: float


@dataclass(frozen=True)
class Population:
    """How many customers there are per 1,000 inhabitants; those of places without a population are `unmatched`."""

    column: str
    file: str
    places: tuple[Place, ...]
    unmatched: Mapping[str, int]
    empty: int
    without_customers: int


@dataclass(frozen=True)
class ItemShare:
    """What a segment buys of an item: buyers, their share of the segment's buyers, and how that compares with all.

    `lift` is that share over the one of all buyers, and `score` by how many standard deviations it lies above what
    chance leads to expect. `revenue` is net of refunds; `first` tells for how many it was in
    the first order.
    """

    item: str
    customers: int
    share: float
    lift: float
    score: float
    revenue: Decimal
    revenue_share: float | None
    first: int


@dataclass(frozen=True)
class Basket:
    """What one segment buys: its buyers, the items that most of them bought, and those that nobody in it ever bought.

    `never` has the items that most buyers elsewhere have, `never_count` how many there are.
    """

    segment: str
    buyers: int
    revenue: Decimal
    items: tuple[ItemShare, ...]
    never: tuple[str, ...]
    never_count: int


@dataclass(frozen=True)
class Items:
    """What the segments buy, by an item column of the orders; items of fewer than `least` customers are not shown.

    `unmatched_rows` are the order lines of customers who are not in the table; `rows` those of customers who are.
    """

    column: str
    items: int
    least: int
    rows: int
    set_aside: int
    unmatched_rows: int
    unmatched_revenue: Decimal
    without_item: int
    segments: tuple[Basket, ...]


@dataclass(frozen=True)
class Profile(Told):
    """Everything that is told of who is in the segments of a table.

    `by` is the header of the column of segments, `value` that of the revenue, None where there is none; then nothing is
    `explained`. `telling` is segment -> what sets it apart, most telling first.
    """

    schema_version: int
    file: str
    by: str
    value: str | None
    customers: int
    revenue: Decimal | None
    unread_values: int
    segments: tuple[SegmentSize, ...]
    attributes: tuple[AttributeProfile, ...]
    left_out: Mapping[str, LeftOut]
    telling: Mapping[str, tuple[Telling, ...]]
    explained: tuple[ExplainedBy, ...] | None
    cross: Cross | None
    nps: Nps | None
    population: Population | None
    items: Items | None
    warnings: tuple[Caution, ...]
    version: str
