"""What checking a segmentation for the five common mistakes found, as frozen facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from segtool.summary.facts import Told

Code = Literal["past-only", "no-goal", "thin-data", "demographic-only", "too-vague"]
"""A mistake by its name, which is stable."""

CODES: tuple[Code, ...] = get_args(Code)

Measure = Literal["customers", "empty", "explains"]
"""What a figure counts: customers of a segment, empty cells of a column, or the variance that a column explains."""


@dataclass(frozen=True)
class Figure:
    """A number behind a finding: of a whole column, or of one segment in it.

    `share` is of all customers, of the cells, or of the variance of what customers spend; `count` None where nothing is
    counted.
    """

    column: str
    segment: str | None
    measure: Measure
    count: int | None
    share: float


@dataclass(frozen=True)
class Finding:
    """One mistake: what it is, in which columns, its numbers in the order of their weight, and the way out."""

    code: Code
    columns: tuple[str, ...]
    message: str
    figures: tuple[Figure, ...]
    way_out: str


@dataclass(frozen=True)
class Checked(Told):
    """What is wrong with the segments of a table; `columns` are the headers of those that hold segments.

    Every code is in one of `findings`, `passed`, `unknown` (code -> why it cannot be told) and `ignored`.
    """

    table: str
    rows: int
    columns: tuple[str, ...]
    goal: str | None
    findings: tuple[Finding, ...]
    passed: tuple[Code, ...]
    unknown: Mapping[Code, str]
    ignored: tuple[Code, ...]
    version: str

    @property
    def is_clean(self) -> bool:
        """Whether no mistake was found."""
        return not self.findings
