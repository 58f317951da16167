"""Targets: what a segment is to reach by a day, and where it stands."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol

from segtool.errors import UsageError
from segtool.rules.alerts import SIZES, parted
from segtool.summary.bounds import NUMBER, bound
from segtool.summary.facts import TargetSummary
from segtool.tables.dates import parse_day

Measure = Literal["customers", "share", "revenue", "revenue_share"]
"""What of a segment is to reach something; the names are those of its figures in the summary."""

_TARGET = re.compile(rf"{NUMBER}(?:\s+by\s+(?P<day>.+))?")

_SIGNS: Mapping[str, Literal[">=", "<="]] = {">=": ">=", "<=": "<="}


_MEASURES: Mapping[tuple[str, bool], Measure] = {
    ("customers", False): "customers",
    ("customers", True): "share",
    ("revenue", False): "revenue",
    ("revenue", True): "revenue_share",
}
"""Figure, and whether the target is a share of it -> what is measured."""


class Segment(Protocol):
    """A segment with what targets are about."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def customers(self) -> int: ...
    @property
    def revenue(self) -> Decimal: ...


@dataclass(frozen=True)
class Target:
    """What the segment is to reach: at least or at most a value, a share as a fraction of 1; `day` is as written.

    `whole` is the name that the segment may have together with the word for the measure behind it.
    """

    segment: str
    measure: Measure
    sign: Literal[">=", "<="]
    value: Decimal
    by: date | None
    day: str | None
    whole: str | None = None


def parse_target(text: str) -> Target:
    """Return the target that a text states: a segment, `customers` or `revenue` or nothing, a bound, a day or none.

    >>> target = parse_target("At Risk revenue <= 20,000 by 1405/12/29")
    >>> target.segment, target.measure, target.sign, str(target.value), str(target.by)
    ('At Risk', 'revenue', '<=', '20000', '2027-03-20')
    >>> parse_target("Champions >= 12%").measure
    'share'

    Raises ValueError, in words that follow a place, for a text that states none.
    """
    try:
        found = parted(text, (*_SIGNS,))
    except ValueError as error:
        raise ValueError(f"{text!r} {error}") from None
    reach = found and _TARGET.fullmatch(found[2])
    if not found or not reach:
        raise ValueError(
            f"{text!r} is no target; write it as 'Champions >= 700 by 2027-03-20', 12% or revenue <= 20000"
        )
    subject, sign, _ = found
    if not subject.of or subject.into is not None or subject.figure not in (None, *SIZES):
        raise ValueError(f"{text!r}: a target is of the customers or the revenue of a segment; a name can be in quotes")
    by = parse_day(reach["day"]) if reach["day"] else None
    if reach["day"] and by is None:
        raise ValueError(f"{text!r}: {reach['day']!r} is not a date; write it as 2027-03-20, or 1405/12/29")
    value = bound(reach["value"], reach["percent"])
    if reach["percent"] and value > 1:
        raise ValueError(f"{text!r}: a share is 100% at most")
    measure = _MEASURES[subject.figure or "customers", bool(reach["percent"])]
    return Target(subject.of, measure, _SIGNS[sign], value, by, reach["day"], subject.whole)


def parse_targets(texts: str | Iterable[str]) -> tuple[Target, ...]:
    """Return the targets that texts state. Raises UsageError for one that states none."""
    found = []
    for text in [texts] if isinstance(texts, str) else texts:
        try:
            found.append(parse_target(text))
        except ValueError as error:
            raise UsageError(f"--targets: {error}.") from None
    return tuple(found)


def standing(
    targets: Iterable[Target], segments: Sequence[Segment], customers: int, revenue: Decimal, as_of: date | None
) -> Iterator[TargetSummary]:
    """Yield where the segments stand that targets name, of those that a run has; a name may be a title."""
    for target, found in (_meant(each, segments) for each in targets):
        if found is None:
            continue
        actual = _actual(found, target.measure, customers, revenue)
        asked = Fraction(target.value)
        reached = actual is not None and (actual >= asked if target.sign == ">=" else actual <= asked)
        yield TargetSummary(
            segment=found.name,
            title=found.title,
            measure=target.measure,
            sign=target.sign,
            target=_plain(asked, target.measure),
            actual=None if actual is None else _plain(actual, target.measure),
            gap=None if actual is None else _plain(actual - asked, target.measure),
            reached=None if actual is None else reached,
            by=target.by,
            day=target.day,
            days_left=(target.by - as_of).days if target.by and as_of else None,
        )


def unknown(targets: Iterable[Target], segments: Sequence[Segment]) -> list[str]:
    """Return the names in targets that no segment has, each once."""
    return list(dict.fromkeys(target.segment for target in targets if _meant(target, segments)[1] is None))


def _meant(target: Target, segments: Sequence[Segment]) -> tuple[Target, Segment | None]:
    """Return a target as it is meant and its segment, which can have `customers` or `revenue` in its name."""
    if target.whole is not None and (found := _called(target.whole, segments)):
        share = target.measure in ("share", "revenue_share")
        return replace(target, segment=target.whole, measure=_MEASURES["customers", share], whole=None), found
    return target, _called(target.segment, segments)


def _called(name: str, segments: Sequence[Segment]) -> Segment | None:
    return next((each for each in segments if name.casefold() in (each.name.casefold(), each.title.casefold())), None)


def _actual(segment: Segment, measure: Measure, customers: int, revenue: Decimal) -> Fraction | None:
    """Return what a segment has reached, exactly; None for a share of no revenue."""
    if measure == "revenue_share":
        return Fraction(segment.revenue) / Fraction(revenue) if revenue > 0 else None
    value = Fraction(segment.revenue if measure == "revenue" else segment.customers)
    return value / customers if measure == "share" else value


def _plain(value: Fraction, measure: Measure) -> int | float | Decimal:
    """Return a value as it is written: whole customers as integers, money as a decimal, shares as the nearest float."""
    if measure == "revenue":
        return Decimal(value.numerator) / Decimal(value.denominator)
    return int(value) if measure == "customers" and value.denominator == 1 else float(value)
