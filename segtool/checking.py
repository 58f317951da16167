"""`segtool.check`: a labelled table in, the common mistakes of its segmentation out."""

from collections.abc import Iterable
from typing import Any

from segtool import __version__
from segtool.attributes import CustomerTable, read_customer_table
from segtool.errors import DataError, UsageError, printable
from segtool.mistakes import (
    Evidence,
    demographic_only,
    no_goal,
    past_only,
    thin_data,
    too_vague,
    value_column,
)
from segtool.profiles.attributes import segment_columns
from segtool.reading import check_calendar
from segtool.rules.columns import Spelled
from segtool.segments.goals import goal as goal_of
from segtool.summary.mistakes import CODES, Checked, Code, Finding
from segtool.tables.dates.spelling import Calendar
from segtool.tables.headers import nearest
from segtool.tables.numbers.text import DecimalMark
from segtool.tables.source import Layout
from segtool.words import Language, words_in
from segtool.worth.evidence import read_tested


def check(
    table: Any,
    *,
    by: str | Iterable[str] = (),
    value: str | None = None,
    goal: str | None = None,
    backtest: Any = None,
    ignore: str | Iterable[str] = (),
    decimal: DecimalMark | None = None,
    day_first: bool | None = None,
    date_format: str | None = None,
    calendar: Calendar | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    skip_rows: int | None = None,
    header: bool = True,
    sheet: str | None = None,
    lang: Language = "en",
    digits: Language = "en",
) -> Checked:
    """Return which of the five common mistakes of segmentation a labelled table shows, each with the way out.

    `table` is a path, a DataFrame or an Arrow table with a column of segments, under a header in any language. `by` are
    the columns that hold segments; by default `segment` and every `segment_…`. `value` is the column that tells what
    customers spent, by default the one that is recognised. `goal` is what the segments are for, where the table does
    not tell it. `backtest` is what `segtool.backtest` found of the segments: its summary, or the file of its JSON.
    Mistakes whose codes are in `ignore` are not looked for.

    >>> import pandas as pd
    >>> found = check(pd.DataFrame({"customer": range(200), "segment": ["most"] * 120 + ["some"] * 80}))
    >>> [(each.code, each.figures[0].share) for each in found.findings if each.figures]
    [('too-vague', 0.6)]

    Raises UsageError for a column that is not there, and for codes and goals that there are not; DataError for amounts
    that can be read in two ways, and for a `value` without any.
    """
    words, ignored = words_in(lang, digits), _codes(ignore)
    if goal is not None:
        goal_of(goal)
    check_calendar("calendar", calendar)
    customers = read_customer_table(table, Layout(encoding, delimiter, skip_rows, header, sheet))
    spent = value_column(customers) if value is None else _place(customers, "value", value)
    spelled = Spelled(decimal, day_first, calendar, date_format)
    tested = None if backtest is None else read_tested(backtest)
    evidence = Evidence(customers, _segments(customers, by), spent, spelled, tested)
    if value is not None and evidence.spent is None:
        raise DataError(f"{customers.name}: {printable(str(evidence.value))} has no amounts; say --value COL.")
    found: list[Finding] = []
    unknown: dict[Code, str] = {}
    for code in CODES:
        for each in () if code in ignored else _look(code, evidence, goal, words):
            if isinstance(each, Finding):
                found.append(each)
            else:
                unknown[code] = each
    done = {*ignored, *unknown, *(each.code for each in found)}
    return Checked(
        table=customers.name,
        rows=len(customers),
        columns=tuple(each.header for each in evidence.segments),
        goal=goal or _goal_in(evidence),
        findings=tuple(found),
        passed=tuple(code for code in CODES if code not in done),
        unknown=unknown,
        ignored=ignored,
        version=__version__,
    )


def _look(code: Code, evidence: Evidence, goal: str | None, words: Any) -> Iterable[Finding | str]:
    match code:
        case "past-only":
            return past_only(evidence, words)
        case "no-goal":
            return no_goal(evidence, words, goal)
        case "thin-data":
            return thin_data(evidence, words)
        case "demographic-only":
            return demographic_only(evidence, words)
        case "too-vague":
            return too_vague(evidence, words)


def _goal_in(evidence: Evidence) -> str | None:
    """Return the goal that the writer of a table noted in it."""
    noted = evidence.about.get("goal")
    return noted.get("name") if isinstance(noted, dict) else None


def _codes(ignore: str | Iterable[str]) -> tuple[Code, ...]:
    asked = [ignore] if isinstance(ignore, str) else list(ignore)
    for code in asked:
        if code not in CODES:
            near = nearest([code], CODES)
            hint = f"Did you mean {near[0]}?" if near else f"Codes: {', '.join(CODES)}."
            raise UsageError(f"--ignore {printable(code)}: there is no such check. {hint}")
    return tuple(code for code in CODES if code in asked)


def _segments(customers: CustomerTable, by: str | Iterable[str]) -> list[int]:
    """Return the positions of the columns of segments."""
    named = [by] if isinstance(by, str) else list(by)
    found = [_place(customers, "by", name) for name in named] if named else _by_default(customers)
    if not found:
        raise UsageError(f"{customers.name} has no column of segments; say --by COL. {customers.like(['segment'])}")
    return list(dict.fromkeys(found))


def _by_default(customers: CustomerTable) -> list[int]:
    """Return the positions of the columns of segments by their headers."""
    place = customers.place_of("segment")
    return segment_columns(customers.headers) or ([] if place is None else [place])


def _place(customers: CustomerTable, option: str, name: str) -> int:
    place = customers.place_of(name)
    if place is None:
        what = f"--{option} {name}: {customers.name} has no such column"
        raise UsageError(f"{printable(what)}. {customers.like([name])}")
    return place
