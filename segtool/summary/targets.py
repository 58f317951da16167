"""Targets: what a segment is to reach by a day, and where it stands."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol

from segtool.errors import UsageError
from segtool.summary.bounds import NUMBER, bound
from segtool.summary.facts import TargetSummary
from segtool.tables.dates import parse_day

Measure = Literal["customers", "share", "revenue", "revenue_share"]
"""What of a segment is to reach something; the names are those of its figures in the summary."""

_TARGET = re.compile(
    r"(?P<segment>.+?)(?:\s+(?P<measure>customers|revenue))?\s*(?P<sign>[<>]=|[≤≥])"
    rf"\s*{NUMBER}(?:\s+by\s+(?P<day>.+))?"
)

_SIGNS: Mapping[str, Literal[">=", "<="]] = {">=": ">=", "≥": ">=", "<=": "<=", "≤": "<="}


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

    `word` is the word for the measure, which may belong to the name of the segment; None where there is none.
    """

    segment: str
    measure: Measure
    sign: Literal[">=", "<="]
    value: Decimal
    by: date | None
    day: str | None
    word: str | None = None


def parse_target(text: str) -> Target:
    """Return the target that a text states: a segment, `customers` or `revenue` or nothing, a bound, a day or none.

    >>> target = parse_target("At Risk revenue <= 20,000 by 1405/12/29")
    >>> target.segment, target.measure, target.sign, str(target.value), str(target.by)
    ('At Risk', 'revenue', '<=', '20000', '2027-03-20')
    >>> parse_target("Champions >= 12%").measure
    'share'

    Raises ValueError, in words that follow a place, for a text that states none.
    """
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{text!r} is no target; write it as 'Champions >= 700 by 2027-03-20', 12% or revenue <= 20000"
        )
    by = parse_day(found["day"]) if found["day"] else None
    if found["day"] and by is None:
        raise ValueError(f"{text!r}: {found['day']!r} is not a date; write it as 2027-03-20, or 1405/12/29")
    value, word = bound(found["value"], found["percent"]), found["measure"]
    measure: Measure = "revenue" if word == "revenue" else "customers"
    if found["percent"]:
        if value > 1:
            raise ValueError(f"{text!r}: a share is 100% at most")
        measure = "revenue_share" if word == "revenue" else "share"
    return Target(_name(found), measure, _SIGNS[found["sign"]], value, by, found["day"], word)


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
    found = next((each for each in segments if _is(target.segment, each)), None)
    if found is not None or target.word is None:
        return target, found
    measure: Measure = "share" if target.measure in ("share", "revenue_share") else "customers"
    whole = replace(target, segment=f"{target.segment} {target.word}", measure=measure, word=None)
    found = next((each for each in segments if _is(whole.segment, each)), None)
    return (target, None) if found is None else (whole, found)


def _name(found: re.Match[str]) -> str:
    name = found["segment"].strip()
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"" else name


def _is(name: str, segment: Segment) -> bool:
    return name.casefold() in (segment.name.casefold(), segment.title.casefold())


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
