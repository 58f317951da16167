"""How the customers are, and what a shop aims at: their health, a goal with its figure to watch, targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol, get_args

from segtool.errors import printable
from segtool.segments.scheme import Health, Scheme
from segtool.summary.facts import Caution, GoalSummary, HealthShare, SegmentSummary, Summary, TargetSummary, caution
from segtool.words import Words

if TYPE_CHECKING:
    from segtool.segments.goals import Figure, Goal
    from segtool.summary.report import ReportSummary
    from segtool.summary.targets import Segment, Target

_OFFERED = 4
"""How many schemes are named in place of one that does not serve."""


class Sized(Protocol):
    """A segment with its customers and their money."""

    @property
    def health(self) -> str: ...
    @property
    def customers(self) -> int: ...
    @property
    def revenue(self) -> Decimal: ...


@dataclass(frozen=True)
class Aims:
    """What a shop wants: a goal or none, and targets."""

    goal: "Goal | None" = None
    targets: "tuple[Target, ...]" = ()


def with_aims(summary: Summary, aims: Aims, schemes: Sequence[Scheme], words: Words) -> Summary:
    """Return the summary with the health of the customers, what is said of the goal, and where targets stand."""
    every = list(chain.from_iterable(summary.of_schemes().values()))
    return replace(
        summary,
        goal=_goal(aims.goal, summary, schemes, words) if aims.goal else None,
        health=health_of(summary.segments, summary.customers, summary.revenue),
        targets=_standing(aims.targets, every, summary) if aims.targets else (),
        warnings=(*summary.warnings, *_cautions(aims, schemes, every, words)),
    )


def health_of(segments: Sequence[Sized], customers: int, revenue: Decimal) -> Mapping[str, HealthShare] | None:
    """Return the customers in good, middling and bad health, None where the segments tell neither good nor bad.

    `customers` and `revenue` are those of all segments together.
    """
    if all(segment.health == "neutral" for segment in segments):
        return None
    found = {}
    for health in get_args(Health):
        own = [segment for segment in segments if segment.health == health]
        count, spent = sum(each.customers for each in own), sum((each.revenue for each in own), Decimal(0))
        share = float(spent / revenue) if revenue > 0 else None
        found[health] = HealthShare(count, count / customers if customers else 0.0, spent, share)
    return found


def _goal(goal: "Goal", summary: Summary, schemes: Sequence[Scheme], words: Words) -> GoalSummary:
    return GoalSummary(
        name=goal.name,
        title=words.of(goal.title),
        figure=goal.watch.name,
        figure_title=words.of(goal.watch.title),
        value=figure_value(goal.watch, summary),
        form=goal.watch.form,
        better=goal.watch.better,
        segments={scheme.name: goal.order(scheme) for scheme in schemes},
    )


def _standing(
    targets: "Sequence[Target]", segments: Sequence[SegmentSummary], summary: Summary
) -> tuple[TargetSummary, ...]:
    from segtool.summary.targets import standing

    return tuple(standing(targets, segments, summary.customers, summary.revenue, summary.as_of))


def figure_value(figure: "Figure", summary: "Summary | ReportSummary") -> int | float | Decimal | None:
    """Return a figure to watch, None where the first scheme tells no health that it asks for."""
    part: Any = getattr(summary, figure.part)
    if figure.health:
        own = [getattr(segment, figure.part) for segment in summary.segments if segment.health == figure.health]
        if not own:
            return None
        part = sum(own[1:], start=own[0])
    if figure.whole is None:
        return part
    whole = getattr(summary, figure.whole)
    return float(part / whole) if whole else None


def _cautions(
    aims: Aims, schemes: Sequence[Scheme], segments: Sequence[SegmentSummary], words: Words
) -> Iterator[Caution]:
    """Yield what does not fit the run: schemes that do not serve the goal, targets on segments of no scheme."""
    goal = aims.goal
    for scheme in schemes:
        if goal and not goal.serves(scheme):
            better = words.series([*goal.schemes, *goal.also][:_OFFERED])
            yield caution("scheme-for-goal", words, scheme=scheme.name, goal=goal.name, better=better)
    if aims.targets:
        yield from unknown_targets(aims.targets, segments, words)


def unknown_targets(targets: "Sequence[Target]", segments: "Sequence[Segment]", words: Words) -> Iterator[Caution]:
    """Yield a caution for each name in targets that no segment has."""
    from segtool.summary.targets import unknown

    for name in unknown(targets, segments):
        known = words.series(printable(each.name) for each in segments) or words("misuse.none")
        yield caution("unknown-target", words, name=printable(name), segments=known)
