"""`segtool.report`: labelled customers in, all that a page about them shows out, and the page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.attributes import CustomerTable
from segtool.errors import DataError, UsageError
from segtool.findings.answers import Times, answers_of
from segtool.findings.base import Base, contact_places, titles_beside
from segtool.findings.beside import changes_since, facts_of, over_time_of, stake_of
from segtool.findings.cautions import of_other, of_run, unasked
from segtool.findings.columns import Found, Untold, found_in, groups_by
from segtool.findings.headline import headline_of
from segtool.findings.made_of import name_of, sources_of
from segtool.findings.named import named_scheme
from segtool.findings.questions import Asked, columns_asked
from segtool.findings.told import (
    as_money,
    day_in,
    goal_in,
    months_in,
    options_in,
    peak_in,
    rows_in,
    scores_in,
    targets_in,
    warnings_in,
)
from segtool.history.pairs import not_gone
from segtool.history.ranking import names_in
from segtool.labelled import Labelled, read_with_columns
from segtool.profiles.attributes import is_of, title_column
from segtool.reading import check_threads
from segtool.segmenting import named_columns
from segtool.segments.goals import goals
from segtool.summary.aims import figure_value
from segtool.summary.facts import GoalSummary, SegmentSummary, TargetSummary
from segtool.summary.report import SCHEMA_VERSION, ReportSummary, SourceRole
from segtool.summary.targets import Target, standing
from segtool.tables.arrays import as_column
from segtool.tables.dates import day_text
from segtool.tables.numbers import money
from segtool.tables.source import Layout
from segtool.words import Language, Words, words_in
from segtool.workers import side_by_side

WAY = "segtool rfm orders.csv -o segments.parquet"
"""What writes a table that can be reported on."""


@dataclass(frozen=True, repr=False)
class Reported:
    """All that a page about the customers shows, as facts and as the page."""

    summary: ReportSummary
    _charts: bool
    _words: Words

    def __repr__(self) -> str:
        return f"<{self.summary.customers:,} customers in {len(self.summary.segments)} segments>"

    @cached_property
    def html(self) -> str:
        """The page, in one text that asks for no other file.

        Raises MissingExtraError where there are to be charts and the extra `report` is not installed.
        """
        from segtool.output.report.page import page

        return page(self.summary, words=self._words, charts=self._charts)


def report(
    customers: Any,
    *,
    summary: Any = None,
    track: Any = None,
    previous: Any = None,
    value: Any = None,
    top: int | None = None,
    title: str | None = None,
    charts: bool = True,
    column: str | Iterable[str] | Mapping[str, str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    lang: Language = "en",
    digits: Language = "en",
    threads: int | None = None,
) -> Reported:
    """Return what a page about the customers of a labelled table shows, and the page.

    `customers` is a table that `rfm` wrote: a path, a DataFrame or an Arrow table; `summary` is what
    `rfm --summary-file` wrote (a path or a mapping), for tables that do not carry it, as CSV. `track` is a table of
    `segtool track`, `previous` an earlier labelled table, `value` a table of `segtool value`; the summaries of track
    and value serve as well. `top` customers are named, with the contact data that the table has: without it the page
    has nobody's personal data. `column` tells which column an attribute is, as "city=Ort". Without `charts` the page
    has tables alone.

    >>> import pandas as pd
    >>> columns = ["customer_id", "first_order", "last_order", "recency_days", "frequency", "monetary", "segment"]
    >>> rows = [["ann", "2024-05-01", "2024-06-29", 1, 2, 25, "Champions"]]
    >>> rows += [["ben", "2024-01-01", "2024-01-01", 181, 1, 75, "Hibernating"]]
    >>> found = report(pd.DataFrame(rows, columns=columns)).summary
    >>> [(each.name, each.customers, each.revenue_share) for each in found.segments if each.customers]
    [('Champions', 1, 0.25), ('Hibernating', 1, 0.75)]
    >>> found.headline[1]
    'Hibernating bring most: 75% of net revenue with 50% of the customers; they are slipping away.'

    Raises DataError for what is no labelled table, UsageError for options that do not fit.
    """
    words = words_in(lang, digits)
    check_threads(threads)
    if top is not None and (not isinstance(top, int) or isinstance(top, bool) or top < 1):
        raise UsageError(f"--top {top!r} is no number of 1 or more.")
    if sum(isinstance(each, str) and each == "-" for each in (customers, track, previous, value)) > 1:
        raise UsageError("stdin holds one table; name files for the others.")
    layout = Layout(encoding=encoding, delimiter=delimiter, sheet=sheet)
    rows, beside, asked = _read(customers, layout, named_columns(column), top is not None, threads)
    about, from_summary = _about(rows, summary)
    base = _base(rows, beside, about, words)
    cautions = [*of_run(base, about, words), *unasked(named_columns(column), asked, beside, words)]
    is_part = any(each.code == "report-part" for each in cautions)
    segments, scores = base.segments(), scores_in(about)
    revenue = money(base.revenue)
    repeat = int((base.labelled.frequency > 1).sum())
    as_of = rows.as_of or day_in(about)
    jalali = as_of is not None and (lang == "fa" or bool(about.get("as_of_jalali")))
    given: dict[SourceRole, Any] = {
        "customers": customers,
        "summary": summary if from_summary else None,
        "track": track,
        "previous": previous,
        "value": value,
    }
    sources, pareto, distributions = side_by_side(
        threads,
        partial(sources_of, given),
        base.pareto,
        partial(base.distributions, scores),
    )
    over_time, track_about = over_time_of(track, base, layout, threads) if track is not None else (None, {})
    changes, moved = changes_since(previous, base, about, layout, is_part=is_part, track=track is not None, words=words)
    stake, value_about = stake_of(value, base) if value is not None else (None, {})
    of_track = None if over_time is None else sum(each.customers[-1] for each in over_time.segments)
    of_value = None if stake is None else stake.customers
    for file, other, customers_there in ((track, track_about, of_track), (value, value_about, of_value)):
        if file is not None:
            cautions += of_other(name_of(file), other, customers_there, base, as_of, words)
    found = ReportSummary(
        schema_version=SCHEMA_VERSION,
        title=title,
        as_of=as_of,
        as_of_jalali=day_text(as_of, "jalali") if as_of is not None and jalali else None,
        customers=len(base.labelled),
        buyers=base.buyers,
        orders=base.orders,
        revenue=revenue,
        average_order_value=base.average_order_value(),
        repeat_customers=repeat,
        repeat_share=repeat / base.buyers if base.buyers else None,
        headline=(),
        answers=(),
        health=base.health(segments),
        goal=None,
        targets=_targets(targets_in(about), segments, base, as_of, is_part=is_part),
        segments=segments,
        heat_map=base.heat_map(_column(beside, "r_score"), _column(beside, "f_score"), scores),
        distributions=distributions,
        pareto=pareto,
        over_time=over_time,
        changes=changes,
        stake=stake,
        top=() if top is None else base.top(top, beside),
        rows=rows_in(about),
        scores=scores,
        scheme=base.scheme.name,
        scheme_title=base.scheme.title,
        scheme_checksum=base.scheme.checksum,
        made_with=options_in(about),
        sources=sources,
        warnings=tuple(dict.fromkeys((*warnings_in(about, words), *cautions, *moved))),
        version=__version__,
        urgency={each.name: each.urgency for each in base.scheme.segments if each.urgency is not None},
    )
    found = replace(found, goal=_goal(goal_in(about, words), found, is_part=is_part))
    columns: tuple[Found, ...] = ()
    untold: tuple[Untold, ...] = ()
    if asked:
        groups = groups_by(base.places, [each.name for each in base.scheme.segments])
        columns, untold = found_in(beside, asked, groups, as_of, threads)
    peak = None if is_part else peak_in(about)
    times = None if peak is None else Times(peak, months_in(about))
    alike = not is_part and all(each.code != "report-other-customers" for each in cautions)
    found = replace(
        found,
        headline=headline_of(found, words, beside=alike),
        answers=answers_of(found, columns, times, words, untold=untold),
    )
    return Reported(found, charts, words)


def _read(
    table: Any, layout: Layout, named: Mapping[str, str], with_contact: bool, threads: int | None
) -> tuple[Labelled, CustomerTable, tuple[Asked, ...]]:
    """Return the customers who are present, the columns beside that a page asks for, and of which of them it asks what.

    Raises DataError for what is no labelled table.
    """
    asked: list[Asked] = []
    places: list[int] = []

    def wanted(bare: CustomerTable) -> list[int]:
        asked.extend(columns_asked(bare))
        places.extend(each.place for each in asked)
        places.extend(at for at, header in enumerate(bare.headers) if is_of(header, ("r_score", "f_score")))
        segment = _place(bare, "segment")
        titles = None if segment is None else title_column(bare.headers, segment)
        places.extend([] if titles is None else [titles])
        places.extend(contact_places(bare) if with_contact else [])
        places[:] = sorted(set(places))
        return places

    try:
        rows, beside = read_with_columns(table, layout, wanted=wanted, named=named, threads=threads)
    except DataError as error:
        if "as each table of segtool rfm has" not in str(error):
            raise
        raise DataError(f"{error} {WAY} writes one.") from None
    if rows.segment is None:
        raise DataError(f"{rows.name} has no column segment, so there is nothing to report. {WAY} writes one.")
    kept = not_gone(rows)
    if not kept.all():
        at = np.flatnonzero(kept)
        rows = rows.take(at)
        beside = replace(beside, columns=tuple(each.take(as_column(at)) for each in beside.columns))
    if not len(rows):
        raise DataError(f"{rows.name} has only customers who are gone.")
    return rows, beside, tuple(replace(each, place=places.index(each.place)) for each in asked)


def _place(table: CustomerTable, name: str) -> int | None:
    """Return the position of the first column of that name of segtool, in any language of the program."""
    return next((at for at, header in enumerate(table.headers) if is_of(header, (name,))), None)


def _column(beside: CustomerTable, name: str) -> pa.ChunkedArray | None:
    at = _place(beside, name)
    return None if at is None else beside.columns[at]


def _about(rows: Labelled, summary: Any) -> tuple[Mapping[str, Any], bool]:
    """Return the summary of the run that wrote a table, and whether it is the one that is given beside the table."""
    if summary is None:
        return rows.about, False
    return facts_of(summary, "--summary", "segtool rfm --summary-file"), True


def _base(rows: Labelled, beside: CustomerTable, about: Mapping[str, Any], words: Words) -> Base:
    """Return the customers with the segments that the table names, called as the column beside calls them."""
    titles = {} if rows.segment is None else titles_beside(rows.segment, _column(beside, "segment_title"))
    return Base(rows, named_scheme(names_in(rows), about, titles, words))


def _targets(
    told: tuple[TargetSummary, ...],
    segments: tuple[SegmentSummary, ...],
    base: Base,
    as_of: date | None,
    *,
    is_part: bool,
) -> tuple[TargetSummary, ...]:
    """Return where targets stand by the rows, of a part of the customers; and else as the run told, in own titles."""
    titles = {each.name: each.title for each in segments}
    if not is_part:
        return tuple(replace(each, title=titles.get(each.segment, each.title)) for each in told)
    asked = [
        Target(each.segment, each.measure, each.sign, as_money(each.target), each.by, each.day)  # type: ignore[arg-type]
        for each in told
    ]
    return tuple(standing(asked, segments, base.buyers, money(base.revenue), as_of))


def _goal(told: GoalSummary | None, found: ReportSummary, *, is_part: bool) -> GoalSummary | None:
    """Return the goal of the run; of a part of the customers with the value that the rows have."""
    if told is None or not is_part:
        return told
    known, bought = goals().get(told.name), replace(found, customers=found.buyers)
    return replace(told, value=None if known is None else figure_value(known.watch, bought))
