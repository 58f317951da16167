"""What is said of groups that the data found by itself, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from segtool.summary.facts import Caution, Rows, Told


@dataclass(frozen=True)
class Compared:
    """A column that groups are made by. A `number` is taken by its logarithm with `unit`, or as it is without one.
    `outliers` rows are below `least` or above `most` and count as these; None where no number lies beyond. A `category`
    has the `levels` that are told apart.

    `explained` is the share of the variance of what is compared that lies between the groups.
    """

    column: str
    kind: Literal["number", "category"]
    unit: float | None
    least: float | None
    most: float | None
    outliers: int | None
    levels: tuple[str, ...]
    explained: float | None


@dataclass(frozen=True)
class Centre:
    """What the customers of a group have in a column: mean and median of a number, the shares of the levels of a
    category.
    """

    mean: float | None
    median: float | None
    levels: Mapping[str, float]


@dataclass(frozen=True)
class ClusterTold:
    """A group. Shares are of all customers and of all revenue, None where that is not above zero or not known.

    `silhouette` is the mean over its customers, of a sample where there are many. `centre` is column -> what is there.
    """

    number: int
    name: str
    title: str
    customers: int
    share: float
    revenue: Decimal | None
    revenue_share: float | None
    silhouette: float | None
    centre: Mapping[str, Centre]


@dataclass(frozen=True)
class Tried:
    """What speaks for a number of groups: silhouette, that of data without groups at best, and stability, the mean
    adjusted Rand index of fits on halves of the customers, None where there are too few to halve.

    `largest_share` and `smallest_share` are of the customers in the largest and the smallest group.
    """

    k: int
    silhouette: float
    silhouette_without_groups: float
    stability: float | None
    largest_share: float
    smallest_share: float


@dataclass(frozen=True)
class CrossRow:
    """A group, and segment -> how many of its customers are there."""

    number: int
    segments: Mapping[str, int]


@dataclass(frozen=True)
class Agreement:
    """How far groups agree with segments by rules, over the customers who have both: the adjusted Rand index.

    `titles` is segment -> its title in the language of the run.
    """

    column: str
    customers: int
    adjusted_rand: float
    rows: tuple[CrossRow, ...]
    titles: Mapping[str, str]


@dataclass(frozen=True)
class ModelUsed:
    """The clustering of an earlier run, by which customers are labelled."""

    file: str
    as_of: date | None
    age_days: int | None
    customers: int


@dataclass(frozen=True)
class ClusterSummary(Told):
    """Everything that is said about groups: customers = clustered + those with an empty cell + noise.

    `k_from` tells where the number of groups comes from: an option, the choice among `tried`, the data (as by HDBSCAN)
    or a model; `k` is less than `taken_k` where a mixture has a part without customers. Groups were found by looking at
    `fitted` customers. `empty` is column -> how many customers are in no group since they have no number there, each
    counted once; `noise` are those whom HDBSCAN leaves out. `stands_out` tells whether there are groups at all, None
    where that was not looked at. Clusters stand by the mean of `ordered_by`, the highest first; number 0 is who is in
    none. `left_out` columns do not tell customers apart: all have the same, or each another text.
    """

    schema_version: int
    file: str
    of: Literal["orders", "customers"]
    as_of: date | None
    as_of_from: str | None
    as_of_jalali: str | None
    rows: Rows | None
    customers: int
    clustered: int
    revenue: Decimal | None
    method: str
    k: int
    k_from: Literal["option", "choice", "data", "model"]
    seed: int
    fitted: int
    empty: Mapping[str, int]
    noise: int
    ordered_by: str | None
    features: tuple[Compared, ...]
    left_out: tuple[str, ...]
    tried: tuple[Tried, ...]
    taken_k: int
    stands_out: bool | None
    silhouette: float | None
    clusters: tuple[ClusterTold, ...]
    agreement: Agreement | None
    model: ModelUsed | None
    replaced: tuple[str, ...]
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    version: str

    @property
    def taken(self) -> Tried | None:
        """What speaks for the number of groups that was taken, where numbers were tried."""
        return next((each for each in self.tried if each.k == self.taken_k), None)

    @property
    def groups(self) -> tuple[ClusterTold, ...]:
        """The clusters without those who are in none."""
        return tuple(each for each in self.clusters if each.number)
