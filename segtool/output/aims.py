"""How the customers are and what the shop aims at, for a terminal: health, the figure to watch, targets."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import get_args

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.pieces import listing, plain_table
from segtool.summary.changes import Alert, AlertState
from segtool.summary.facts import GoalSummary, HealthShare, SegmentSummary, Summary, TargetSummary
from segtool.words import Words


def health(shares: Mapping[str, HealthShare], words: Words) -> str:
    """Return how many customers are healthy and how many are slipping, with their share of revenue."""
    good, bad = shares["positive"], shares["negative"]
    told = {"good": words.percent(good.share, 0), "bad": words.percent(bad.share, 0)}
    if good.revenue_share is None or bad.revenue_share is None:
        return words("told.health-of-customers", **told)
    return words(
        "told.health",
        **told,
        good_revenue=words.percent(good.revenue_share, 0),
        bad_revenue=words.percent(bad.revenue_share, 0),
    )


def goal(found: GoalSummary, words: Words) -> str:
    """Return what is wanted and which figure to watch, with its value where there is one."""
    value = found.value
    if value is None:
        return words("goal.unknown", goal=found.title, figure=found.figure_title)
    if found.form == "percent":
        told = words.percent(float(value))
    else:
        told = words.amount(value) if found.form == "amount" else words.number(value)
    return words(f"goal.{found.better}", goal=found.title, figure=found.figure_title, value=told)


def ordered(summary: Summary, scheme: str, segments: Sequence[SegmentSummary]) -> Sequence[SegmentSummary]:
    """Return the segments of a scheme in the order of the goal, from best to worst where there is none."""
    if summary.goal is None:
        return segments
    places = {name: place for place, name in enumerate(summary.goal.segments[scheme])}
    return sorted(segments, key=lambda segment: places[segment.name])


def targets(found: Sequence[TargetSummary], words: Words) -> Table:
    """Draw where segments stand: actual, target, gap, and the days that are left."""
    table = plain_table()
    table.add_column(words("header.segment"), min_width=11, overflow="fold")
    table.add_column("", no_wrap=True)
    for header in ("actual", "target", "gap"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    table.add_column(words("header.by"), overflow="fold")
    for each in found:
        sign = "≥" if each.sign == ">=" else "≤"
        gap = _value(each, each.gap, words)
        table.add_row(
            Text(printable(words.named(each.segment, each.title)), "bold"),
            words(f"measure.{each.measure}"),
            _value(each, each.actual, words),
            f"{sign} {_value(each, each.target, words)}",
            f"+{gap}" if each.gap is not None and each.gap > 0 else gap,
            _until(each, words),
        )
    return table


def _until(target: TargetSummary, words: Words) -> str:
    """Return whether a target is reached, and the day with the days to it, as far as one is set."""
    if target.day is None:
        return words("target.reached") if target.reached else ""
    day = words.in_digits(target.day)
    if target.reached:
        return words("target.reached-by", day=day)
    if target.days_left is None:
        return day
    left = words.count(abs(target.days_left), "day")
    return words("target.left" if target.days_left >= 0 else "target.overdue", day=day, days=left)


def _value(target: TargetSummary, value: int | float | Decimal | None, words: Words) -> str:
    if value is None:
        return ""
    if target.measure in ("share", "revenue_share"):
        return words.percent(float(value))
    return words.amount(value)


def alerts(found: Sequence[Alert], words: Words) -> RenderableType:
    """Return what was found of each condition: those that fail the run first, then those that cannot be judged."""
    ordered = sorted(found, key=lambda alert: get_args(AlertState).index(alert.state))
    marks = [(words(f"alert.{each.state}"), words.in_sentence(each.text)) for each in ordered]
    return listing(words("title.alerts"), marks, "bold magenta")
