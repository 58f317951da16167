"""`segtool.track`: orders in, the customers of every period scored and named, and how the segments went."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from segtool import __version__
from segtool.api import FromOrders
from segtool.asking import Asked, asked_by
from segtool.engines import Watch
from segtool.engines.refusals import refuse_unusable
from segtool.errors import UsageError
from segtool.history.cohorts import Now, cohort_table, cohorts_of, with_cohort
from segtool.history.migration import bought_ranking, places_of, series_of, told_of
from segtool.history.periods import Every
from segtool.history.periods import every as every_period
from segtool.history.ranking import Ranking
from segtool.history.track import AsOf, Judged, Long, Step, Wide, as_of_days, rows_of, steps
from segtool.reading import OrderOptions, OrdersRead, day_of, read_orders
from segtool.segments.segmentation import Segmentation
from segtool.segments.table import labelled_table
from segtool.summary import cautions
from segtool.summary.census import census_of, period_of
from segtool.summary.cohorts import Cohorts
from segtool.summary.facts import SCHEMA_VERSION
from segtool.summary.summarize import rows_of as rows_told
from segtool.summary.track import AsOfSummary, FrozenCuts, TrackSummary
from segtool.tables.dates import day_number, day_text
from segtool.words import Language, Words, words_in
from segtool.workers import in_order

if TYPE_CHECKING:
    from segtool.engines.history import History

METADATA = "segtool_track"
"""The key under which a table of segments over time carries its summary."""


@dataclass(frozen=True, repr=False)
class Tracked(FromOrders):
    """The customers of every as-of date, and what is to be said of the segments over time.

    `rows` is how many rows the table has, kept or not.
    """

    summary: TrackSummary
    rows: int
    _table: pa.Table | None
    _read: OrdersRead
    _options: OrderOptions

    def __repr__(self) -> str:
        dates = self.summary.as_of_dates
        return f"<{len(dates):,} as-of dates until {self.summary.as_of}, scheme {self.summary.scheme}>"

    @property
    def table(self) -> pa.Table:
        """The long table: as-of date after as-of date, the labelled customers of each, `as_of` behind their ids.

        `monetary` are exact decimals of four places. With `wide` it has a row a customer. Its metadata carry the
        summary as JSON under `segtool_track`. Raises ValueError where `track` was called with `keep=False`.
        """
        if self._table is None:
            raise ValueError("track was called with keep=False, and has no table.")
        return self._table

    @property
    def cohorts(self) -> pa.Table:
        """A row for each cohort and each period from its own on: who was active in it, of how many.

        Raises ValueError where `track` was not asked for cohorts.
        """
        if self.summary.cohorts is None:
            raise ValueError("track was called without by_cohort, and has no cohorts.")
        return cohort_table(self.summary.cohorts)


def track(
    orders: Any,
    *,
    every: str = "month",
    from_date: date | str | None = None,
    to: date | str | None = None,
    freeze: Literal["first", "last"] | None = None,
    wide: bool = False,
    by_cohort: str | None = None,
    lang: Language = "en",
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
    into: Callable[[pa.Table], None] | None = None,
    keep: bool = True,
    **options: Any,
) -> Tracked:
    """Score and name the customers of a shop as of the end of every period, in one pass over its orders.

    `every` is month, quarter, week, year, a number of days as "30 days", jalali-week, jalali-month, jalali-quarter or
    jalali-year. The as-of dates are the last days of the periods that end from `from_date` on (the first purchase) up
    to the day `to` (the last date in the data), which is the last one. On each of them the customers are what `rfm`
    makes of them with that day as `as_of`; the `options` are those of `rfm`. `freeze` scores all of them by the cuts
    of the first date that has customers, or of the last.

    With `wide` the table has a row a customer. With `by_cohort`, a kind of period as `every`, the customers are told
    by the period of their first order, too: who came back, and in which segments they are. `into` is given the rows of
    each date of the long table as soon as they are scored; without `keep` the result has no table.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "customer": ["ann", "bob", "ann"], "date": ["2024-01-05", "2024-01-09", "2024-02-20"], "total": [10, 7, 5.5]
    ... })
    >>> for row in track(orders).table.select(["customer_id", "as_of", "frequency", "monetary"]).to_pylist():
    ...     print(*row.values())
    ann 2024-01-31 1 10.0000
    bob 2024-01-31 1 7.0000
    ann 2024-02-20 2 15.5000
    bob 2024-02-20 1 7.0000

    Raises UsageError for options that do not fit, and what `rfm` raises.
    """
    words, asked = words_in(lang), _asked(options, to, freeze)
    first = day_of(from_date, "from")
    _check_days(every, first, asked.orders.last_day)
    if by_cohort is not None:
        every_period(by_cohort, option="--by-cohort")
    read = read_orders(orders, asked.orders, threads=threads, list_rows=rejects, watch=watch, history=True)
    refuse_unusable(read.found, read.sources, asked.orders.max_bad, asked.orders.currency)
    run = _run(read, asked, every, first, freeze, by_cohort)
    ranking = bought_ranking(asked.schemes[0], words) if asked.schemes else None
    jalali = options.get("calendar_out") == "jalali"
    labelled = partial(labelled_table, words=words, weights=asked.scores.weight_units, jalali=jalali)

    def told(step: Step) -> _Told:
        table = labelled(step.found) if step.found is not None and (keep or into) else None
        if table is not None and run.cohort is not None:
            table = with_cohort(table, run.cohort)
        return _Told(step, told_of(step, ranking, words), table)

    def handed_on(found: _Told) -> _Told:
        if into is not None and found.table is not None:
            into(rows_of(found.step.at, found.table))
        return found

    kept, dates, last = Wide() if wide else Long(), list[AsOfSummary](), None
    scored = steps(run.history, run.days, run.judged, threads)
    with closing(in_order(told, scored, threads)) as every_date:
        for found in in_order(handed_on, every_date, 1):  # beside the scoring, and one after the other
            dates.append(found.summary)
            last = found.step.found
            if found.table is not None and keep:
                kept.add(found.step.at, found.table)
    summary = _summary(read, asked, run, dates, ranking, words, jalali=jalali)
    if run.cohort is not None and last is not None:
        summary = replace(summary, cohorts=_cohorts(run, run.cohort, last, ranking))
    whole = kept.table().replace_schema_metadata({METADATA: summary.to_json()}) if keep else None
    rows = dates[-1].customers if wide else sum(each.customers for each in dates)
    return Tracked(summary, rows, whole, read, asked.orders)


@dataclass(frozen=True)
class _Told:
    """An as-of date, what is said of it, and its labelled table where there is one."""

    step: Step
    summary: AsOfSummary
    table: pa.Table | None


def _cohorts(run: "_Run", by: Every, last: Segmentation, ranking: Ranking | None) -> Cohorts:
    """Return the cohorts of the customers as they are on the last as-of date."""
    now = Now(
        day=run.days[-1].day,
        spent=last.figures.monetary,
        places=None if ranking is None else places_of(last),
        segments={each.name: each.title for each in ranking.segments} if ranking else {},
    )
    return cohorts_of(*run.history.purchases(), by, now)


def _asked(options: Mapping[str, Any], to: date | str | None, freeze: str | None) -> Asked:
    """Return what is asked for beside the periods. Raises TypeError for an option that there is not."""
    day_of(to, "to")
    if freeze not in (None, "first", "last"):
        raise UsageError(f"--freeze {freeze!r} is unknown; say first or last.")
    if freeze and options.get("model"):
        raise UsageError("--freeze takes the cuts of one date, and --model brings its own: say one of the two.")
    if freeze and options.get("ties") == "spread":
        raise UsageError("--freeze keeps cuts, and --ties spread makes none: leave out one of the two.")
    return asked_by("track", options, as_of=to)


def _check_days(every: str, first: date | None, to: date | None) -> None:
    """Raise UsageError for days that do not fit, as far as that is known before anything is read."""
    if to is None:
        every_period(every)
    else:
        as_of_days(every_period(every, last=day_number(to)), first or to, to)


@dataclass(frozen=True)
class _Run:
    """The history of the customers, the days that they are told as of, how they are scored, and what a cohort is."""

    history: "History"
    every: Every
    days: tuple[AsOf, ...]
    judged: Judged
    frozen: FrozenCuts | None
    cohort: Every | None


def _run(
    read: OrdersRead,
    asked: Asked,
    every: str,
    first: date | None,
    freeze: Literal["first", "last"] | None,
    by_cohort: str | None,
) -> _Run:
    """Return what is to be scored of orders that are read."""
    history, (to, _), period = read.found.history, read.as_of(asked.orders.last_day), period_of(read.found.customers)
    if history is None or to is None or period is None:
        raise ValueError("Orders have days, and their history was asked for.")
    kind = every_period(every, last=day_number(to))
    days = as_of_days(kind, first or period.first, to)
    judged, frozen = Judged(asked.schemes, asked.scores, asked.model), None
    if asked.frozen:
        frozen = FrozenCuts("model", asked.frozen.file, asked.frozen.model.as_of)
    if freeze:
        from segtool.models import freeze as frozen_at

        at, found = judged.first(history, days if freeze == "first" else days[-1:])
        model = frozen_at(census_of(found), asked.orders, asked.scores, version=__version__)
        judged, frozen = replace(judged, model=model), FrozenCuts(freeze, None, at.date)
    cohort = None if by_cohort is None else every_period(by_cohort, last=day_number(to), option="--by-cohort")
    return _Run(history, kind, days, judged, frozen, cohort)


def _summary(
    read: OrdersRead,
    asked: Asked,
    run: _Run,
    dates: Sequence[AsOfSummary],
    ranking: Ranking | None,
    words: Words,
    *,
    jalali: bool,
) -> TrackSummary:
    """Return what is said of all dates; `jalali` asks for the last one in that calendar too."""
    last = dates[-1]
    jalali = jalali or read.has_jalali or asked.orders.as_of_is_jalali or run.every.name.startswith("jalali")
    return TrackSummary(
        schema_version=SCHEMA_VERSION,
        as_of=last.as_of,
        as_of_jalali=day_text(last.as_of, "jalali") if jalali else None,
        as_of_from=read.as_of(asked.orders.last_day)[1],
        period=period_of(read.found.customers),
        every=run.every.name,
        rows=rows_told(read.found.counts),
        customers=last.customers,
        orders=last.orders,
        revenue=last.revenue,
        frozen=run.frozen,
        segments=series_of(ranking, dates),
        as_of_dates=tuple(dates),
        cohorts=None,
        warnings=tuple(cautions.of_orders(read, asked.orders, words)),
        columns=read.headers,
        spelling=read.spelling,
        scheme=asked.schemes[0].name if asked.schemes else "none",
        version=__version__,
    )
