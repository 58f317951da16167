"""What has changed between two labelled tables, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from segtool.summary.facts import Caution, HealthShare, TargetSummary, Told, with_types

Direction = Literal["up", "down", "same", "new", "gone", "other"]
"""Where a customer went by the scheme's own order; `other` between segments of two schemes, which have no order."""


@dataclass(frozen=True)
class Base:
    """One of the two tables: all its customers with their net spend, those without a purchase too.

    `file` is None for the table of the run itself.
    """

    file: str | None
    as_of: date | None
    customers: int
    revenue: Decimal
    health: Mapping[str, HealthShare] | None


@dataclass(frozen=True)
class ChurnRate:
    """Of the `active` customers, how many bought nothing in the period; shares of them, None where nobody was."""

    active: int
    churned: int
    churn_rate: float | None
    retention_rate: float | None


@dataclass(frozen=True)
class Churn(ChurnRate):
    """How many of the customers who were active at the start bought nothing in the period.

    Active is who had bought within `active_days` of the start: a number from an `option`, or the 90th percentile of the
    `gaps` between orders.
    """

    active_days: int
    active_days_from: Literal["option", "gaps"]


@dataclass(frozen=True)
class SegmentChange:
    """What became of one segment: after = before + entered + new - left - gone, and net = after - before.

    `entered` and `left` are those who came from, and went to, other segments. Shares are of all customers of a table.
    `churn` is of the customers before, None where it cannot be known.
    """

    name: str
    title: str
    health: str
    before: int
    entered: int
    new: int
    left: int
    gone: int
    after: int
    net: int
    share_before: float
    share_after: float
    revenue_before: Decimal
    revenue_after: Decimal
    churn: ChurnRate | None


@dataclass(frozen=True)
class Flow:
    """Customers who went one way: from a segment, or `(new)`, to another one, or `(gone)`; `text` says it.

    `share` is that of the segment's customers before, None for new ones.
    """

    before: str
    after: str
    direction: Direction
    customers: int
    share: float | None
    revenue_before: Decimal
    revenue_after: Decimal
    text: str


@dataclass(frozen=True)
class Matrix:
    """Who went where: a row for each segment before and last `(new)`, a column for each one after and last `(gone)`.

    Rows add up to the segments of the earlier table, columns to those of the later one. `revenue_before` and
    `revenue_after` are the net spend of the customers of a cell in either table.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    customers: tuple[tuple[int, ...], ...]
    revenue_before: tuple[tuple[Decimal, ...], ...]
    revenue_after: tuple[tuple[Decimal, ...], ...]


AlertState = Literal["fails", "unknown", "passes"]
"""What is found of a condition; `unknown` where it cannot be judged."""


@dataclass(frozen=True)
class Alert:
    """A condition that was to be watched: whether it holds, and so fails the run, and the sentence that says so.

    `fails` is whether that is its state. `value` is what was found, None where it cannot be known; shares are fractions
    of 1.
    """

    condition: str
    fails: bool
    state: AlertState
    value: int | float | Decimal | None
    text: str


@dataclass(frozen=True)
class Comparison(Told):
    """Everything that is said about two tables.

    `days` is how long the period between them is, None where it is not known. `moved` has the customers of each
    direction, `flows` the largest flows, most customers first. `segments` stand from best to worst. `psi` is the
    population stability index of the segment mix, `reading` puts it into a word; None where a table has no customers.
    `churn` is None where it cannot be known.
    """

    schema_version: int
    before: Base
    after: Base
    days: int | None
    scheme: str
    moved: Mapping[str, int]
    segments: tuple[SegmentChange, ...]
    flows: tuple[Flow, ...]
    matrix: Matrix
    churn: Churn | None
    psi: float | None
    reading: str | None
    targets: tuple[TargetSummary, ...]
    alerts: tuple[Alert, ...]
    warnings: tuple[Caution, ...]
    version: str


def changes_in(about: Mapping[str, Any]) -> Comparison | None:
    """Return the comparison that a summary carries as plain values, None where it has none, or one of another form."""
    told = about.get("changes")
    try:
        return with_types(Comparison, told) if told else None
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return None
