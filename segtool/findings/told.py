"""What a run of segtool has told of itself in the table that it wrote, or in the file of its summary."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from segtool.segments.goals import goal, goals
from segtool.summary.facts import Axis, Caution, GoalSummary, Peak, Period, Rows, TargetSummary, with_types
from segtool.tables.dates import day_text
from segtool.tables.dates.spelling import Calendar
from segtool.tables.numbers import money, to_units
from segtool.words import Words

Fact = TypeVar("Fact")

_NOT_TOLD = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)

_QUOTING = {
    "exponent-ids": "caution.report-exponent-ids",
    "unread-cells": "caution.report-unread-cells",
}
"""Code of a caution that quotes an id or a cell -> the text that says it without."""


def as_money(value: int | float | Decimal) -> Decimal:
    """Return an amount of JSON as exact money.

    >>> str(as_money(25.5)), str(as_money(7))
    ('25.50', '7.00')
    """
    amount = Decimal(str(value))
    units = to_units(amount)
    return amount if units is None else money(units)


def fact_in(about: Mapping[str, Any], name: str, kind: Any) -> Any:
    """Return a fact that a summary carries as plain values, None where it has none, or one of another form."""
    value = about.get(name)
    try:
        return None if value is None else with_types(kind, value)
    except _NOT_TOLD:
        return None


def rows_in(about: Mapping[str, Any]) -> Rows | None:
    """Return what happened to the rows of a run."""
    rows: Rows | None = fact_in(about, "rows", Rows)
    return rows


def peak_in(about: Mapping[str, Any]) -> Peak | None:
    """Return when a run saw most orders."""
    peak: Peak | None = fact_in(about, "peak", Peak)
    return peak


def months_in(about: Mapping[str, Any]) -> int:
    """Return over how many months of the calendar the purchases of a run go, 0 where it does not tell.

    >>> months_in({"period": {"first": "2024-12-31", "last": "2025-01-01"}})
    2
    """
    period: Period | None = fact_in(about, "period", Period)
    if period is None:
        return 0
    return 12 * (period.last.year - period.first.year) + period.last.month - period.first.month + 1


def warnings_in(about: Mapping[str, Any], words: Words) -> tuple[Caution, ...]:
    """Return what a run said to know before its numbers are trusted, in its language.

    What quotes an id or a cell is said without: a page names nobody.
    """
    found: tuple[Caution, ...] = fact_in(about, "warnings", tuple[Caution, ...]) or ()
    return tuple(replace(each, message=words(_QUOTING[each.code])) if each.code in _QUOTING else each for each in found)


def scores_in(about: Mapping[str, Any]) -> Mapping[str, Axis] | None:
    """Return how the scores of a run came out; amounts of money are exact."""
    found: Mapping[str, Axis] | None = fact_in(about, "scores", Mapping[str, Axis])
    try:
        return {name: _exact(axis) for name, axis in found.items()} if found else None
    except _NOT_TOLD:
        return None


def _exact(axis: Axis) -> Axis:
    def one(value: Any) -> int | Decimal:
        return as_money(value) if axis.is_money else int(value)

    cuts = None if axis.cuts is None else tuple(map(one, axis.cuts))
    ranges = tuple(None if own is None else (one(own[0]), one(own[1])) for own in axis.ranges)
    return replace(axis, cuts=cuts, ranges=ranges)


def goal_in(about: Mapping[str, Any], words: Words) -> GoalSummary | None:
    """Return the goal of a run, its titles in the language of the words."""
    found: GoalSummary | None = fact_in(about, "goal", GoalSummary)
    if found is None or found.name not in goals():
        return found
    own = goal(found.name)
    return replace(found, title=words.of(own.title), figure_title=words.of(own.watch.title))


def targets_in(about: Mapping[str, Any]) -> tuple[TargetSummary, ...]:
    """Return the targets of a run, with their days in the calendar of its as-of date."""
    calendar: Calendar = "jalali" if about.get("as_of_jalali") else "gregorian"
    found: tuple[TargetSummary, ...] = fact_in(about, "targets", tuple[TargetSummary, ...]) or ()
    return tuple(replace(each, day=day_text(each.by, calendar) if each.by else None) for each in found)


def day_in(about: Mapping[str, Any]) -> date | None:
    """Return the as-of date of a run."""
    day: date | None = fact_in(about, "as_of", date)
    return day


def options_in(about: Mapping[str, Any]) -> str | None:
    """Return the options that a run tells that it had, as they are given to `segtool rfm`; None where it tells none.

    >>> options_in({"scheme": "loyalty-matrix", "as_of": "2024-03-31", "scoring": {"ties": "high", "nested": True}})
    'segtool rfm --scheme loyalty-matrix --as-of 2024-03-31 --ties high --nested'
    """
    if not about.get("scheme"):
        return None
    scoring, drift, wanted, columns = (_mapping(about.get(name)) for name in ("scoring", "drift", "goal", "columns"))
    scores, weights = _mapping(about.get("scores")), _mapping(scoring.get("weights"))
    schemes = [about["scheme"], *_mapping(about.get("further_segments"))]
    told = [f"--scheme {name}" for name in schemes]
    told += [f"--as-of {about['as_of']}"] if about.get("as_of") else []
    told += ["--axes LRFM"] if "l" in scores else []
    told += ["--monetary mean"] if _mapping(scores.get("m")).get("figure") == "average_order_value" else []
    told += [f"--ties {scoring['ties']}"] if scoring.get("ties") else []
    told += ["--nested"] if scoring.get("nested") else []
    told += ["--weights " + ",".join(f"{each:g}" for each in weights.values())] if weights else []
    told += [f"--by {shlex.quote(str(columns['group']))}"] if about.get("groups") and columns.get("group") else []
    told += ["--unit account"] if about.get("unit") else []
    told += [f"--model {Path(drift['model']).name}"] if drift.get("model") else []
    told += [f"--goal {wanted['name']}"] if wanted.get("name") else []
    return " ".join(["segtool rfm", *told])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
