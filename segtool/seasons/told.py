"""When people buy, all of it together: as columns of a table, a row a person, and as what is said of the shop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segtool.seasons.buying import Buying
from segtool.seasons.expected import Rhythms, rhythm_told, rhythms_of
from segtool.seasons.persons import Peaks, peaks_of
from segtool.seasons.shop import by_month, by_season, by_weekday, by_window, in_window, peak_and_quiet
from segtool.seasons.significance import LEAST_MONTHS, LEVEL, Tested, seasonal
from segtool.seasons.windows import Window
from segtool.seasons.years import SEASONS, WEEKDAYS, Years
from segtool.summary.facts import Caution, caution
from segtool.summary.seasons import SeasonalBuyers, SeasonSummary
from segtool.tables.arrays import Ints, as_column, as_texts
from segtool.tables.columns import ratios, where
from segtool.tables.dates import calendar_day
from segtool.words import Words

_YEAR = 365


@dataclass(frozen=True, eq=False)
class Seasons:
    """When each person buys, and what is said of all of them."""

    buying: Buying
    windows: tuple[Window, ...]
    peaks: Peaks
    seasonal: Tested
    rhythms: Rhythms
    told: SeasonSummary


def seasons_of(buying: Buying, years: Years, windows: Sequence[Window], words: Words) -> Seasons:
    """Return when people buy, in the seasons and months of a calendar, and in named windows.

    Raises OverflowError for a sum of money that passes 64 bits.
    """
    months = by_month(buying, years)
    peak, quiet = peak_and_quiet(months)
    tested, rhythms = seasonal(buying, years), rhythms_of(buying)
    found = {name: int((tested.season == at).sum()) for at, name in enumerate(SEASONS)}
    told = SeasonSummary(
        calendar=years.calendar,
        hemisphere=years.hemisphere,
        first=calendar_day(buying.first),
        last=calendar_day(buying.last),
        days=buying.last - buying.first + 1,
        orders=int(buying.orders.sum()),
        people=int((buying.each(buying.orders) > 0).sum()),
        months=months,
        seasons=by_season(buying, years),
        weekdays=by_weekday(buying),
        peak_month=peak,
        quiet_month=quiet,
        seasonal=SeasonalBuyers(tested.tested, sum(found.values()), LEVEL, LEAST_MONTHS, found),
        windows=tuple(by_window(buying, windows, words)),
        rhythm=rhythm_told(rhythms, buying.last),
    )
    return Seasons(buying, tuple(windows), peaks_of(buying, years), tested, rhythms, told)


def season_columns(found: Seasons) -> dict[str, pa.Array]:
    """Return header -> column, a row a person; null where somebody has no orders, or too few of them to tell."""
    peaks, rhythms = found.peaks, found.rhythms
    columns = {
        "days_between_orders": ratios(rhythms.median_gap),
        "next_order": where(as_column(rhythms.next.astype(np.int32), pa.date32()), rhythms.foreseen),
        "overdue": ratios(rhythms.overdue),
        "season": _named(SEASONS, peaks.season),
        "season_share": ratios(peaks.season_share),
        "seasonal": _named(SEASONS, found.seasonal.season),
        "peak_month": where(as_column(peaks.month + 1), peaks.month >= 0),
        "peak_weekday": _named(WEEKDAYS, peaks.weekday),
    }
    return columns | {window.column: _in_window(found, window) for window in found.windows}


def _in_window(found: Seasons, window: Window) -> pa.Array:
    """Return how many orders each person placed in a window, null where it was not seen."""
    seen = bool(window.spans(found.buying.first, found.buying.last))
    return where(as_column(in_window(found.buying, window)), np.full(found.buying.persons, seen))


def _named(names: Sequence[str], codes: Ints) -> pa.Array:
    return where(as_texts(names).take(as_column(np.maximum(codes, 0))), codes >= 0)


def season_cautions(told: SeasonSummary, words: Words) -> Iterator[Caution]:
    """Yield what to know of seasons that were seen once, or not all of them."""
    if told.orders and told.days < 2 * _YEAR:
        yield caution("seasons-seen-once", words, days=words.count(told.days, "day"))
