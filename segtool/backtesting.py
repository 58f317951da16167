"""`segtool.backtest`: segments and forecasts made from the orders up to a day, judged on those after it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool import __version__
from segtool.api import FromOrders
from segtool.asking import Asked, asked_by
from segtool.engines import Customers, Watch
from segtool.engines.refusals import refuse_unusable, too_large
from segtool.errors import DataError, UsageError
from segtool.history.migration import bought_ranking, places_of
from segtool.history.track import Judged
from segtool.reading import OrderOptions, OrdersRead, day_of, read_orders
from segtool.segments.segmentation import Segmentation
from segtool.summary import cautions
from segtool.summary.backtest import (
    BacktestSummary,
    Calibration,
    Forecast,
    Foretold,
    Newcomers,
    SchemeOutcome,
    SegmentOutcome,
)
from segtool.summary.census import period_of
from segtool.summary.facts import SCHEMA_VERSION, Caution, caution
from segtool.summary.summarize import rows_of as rows_told
from segtool.tables.arrays import Floats, Ints, as_column, as_texts, values
from segtool.tables.columns import amounts_of, column_of
from segtool.tables.dates import calendar_day, day_number, day_text
from segtool.tables.numbers import UNITS, money
from segtool.words import Language, Words, words_in
from segtool.worth.calibration import BANDS, bands_of, calibration, errors_of
from segtool.worth.campaign import done_in
from segtool.worth.likelihood import need_scipy
from segtool.worth.outcomes import Later, PurchaseDays, later, purchase_days
from segtool.worth.said import amount_said, margin_said
from segtool.worth.tested import Contact, Placed, rankings, told_of_all, told_of_segments, verdict

if TYPE_CHECKING:
    from segtool.engines.history import History

METADATA = "segtool_backtest"
"""The key under which a table of outcomes carries its summary."""

_FEW_BUYERS = 100
"""Where fewer customers bought again, all figures can be chance."""


@dataclass(frozen=True, repr=False)
class Backtested(FromOrders):
    """What the segments of a day did after it, and what is to be said of that."""

    summary: BacktestSummary
    _words: Words
    _read: OrdersRead
    _options: OrderOptions

    def __repr__(self) -> str:
        found = self.summary
        return f"<{found.customers:,} customers as of {found.split}, judged until {found.until}: {found.scheme}>"

    @cached_property
    def table(self) -> pa.Table:
        """A row for each scheme and segment, best first, and last `(all)` of each scheme.

        `spend` are exact decimals of four places. With contact costs, `break_even` and `worth_contacting` follow. The
        metadata carry the summary as JSON under `segtool_backtest`.
        """
        pairs = [(scheme.name, own) for scheme in self.summary.schemes for own in (*scheme.segments, self.summary.all)]
        rows = [own for _, own in pairs]
        table = {
            "scheme": as_texts([name for name, _ in pairs]),
            "segment": as_texts([own.name for own in rows]),
        }
        if self._words.lang != "en":
            table["segment_title"] = as_texts([own.title for own in rows])
        for name, kind in _COLUMNS.items():
            if self.summary.contact_cost is None and name in _OF_CONTACTS:
                continue
            cells = [getattr(own, name) for own in rows]
            if name == "spend":
                table[name] = amounts_of(cells, refusal=too_large("The spend of a segment"))
            else:
                table[name] = column_of(cells, kind)
        return pa.table(table).replace_schema_metadata({METADATA: self.summary.to_json()})

    @cached_property
    def calibration(self) -> pa.Table:
        """A row for each forecast and tenth of its customers: how many they are, the means of forecast and outcome."""
        pairs = [(each, band) for each in self.summary.calibration for band in each.bands]
        table = {
            "forecast": as_texts([each.forecast for each, _ in pairs]),
            "foretold": as_texts([each.foretold for each, _ in pairs]),
            "decile": as_column(np.array([band.band for _, band in pairs], np.int64)),
            "customers": as_column(np.array([band.customers for _, band in pairs], np.int64)),
            "predicted": as_column(np.array([band.predicted for _, band in pairs], np.float64)),
            "actual": as_column(np.array([band.actual for _, band in pairs], np.float64)),
        }
        return pa.table(table).replace_schema_metadata({METADATA: self.summary.to_json()})


_COLUMNS: Mapping[str, pa.DataType] = {
    "customers": pa.int64(),
    "share": pa.float64(),
    "buyers": pa.int64(),
    "repeat_rate": pa.float64(),
    "orders": pa.int64(),
    "orders_per_customer": pa.float64(),
    "spend": pa.decimal128(38, 4),
    "spend_per_customer": pa.float64(),
    "average_order_value": pa.float64(),
    "lift": pa.float64(),
    "spend_lift": pa.float64(),
    "spend_share": pa.float64(),
    "too_few": pa.bool_(),
    "break_even": pa.float64(),
    "worth_contacting": pa.bool_(),
}

_OF_CONTACTS = ("break_even", "worth_contacting")


def backtest(
    orders: Any,
    *,
    split: date | str,
    until: date | str | None = None,
    margin: float | str | Decimal | None = None,
    contact_cost: float | str | Decimal | None = None,
    predict: bool = False,
    lang: Language = "en",
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
    **options: Any,
) -> Backtested:
    """Score and name the customers of a shop as of a day, and tell what each segment did after it, in one pass.

    The orders of the day `split` itself are the last that segments are made of; those of the days after it, up to the
    day `until` (the last date in the data), are what they are judged on. The customers are what `rfm` makes of them
    with the split as `as_of`; the `options` are those of `rfm`. Several schemes are ranked beside one another, and
    beside each score alone.

    With `contact_cost`, money a customer, and `margin`, the share of the revenue that stays, as 0.35, it is told which
    segments would have been worth contacting. `predict` also fits models of buying to the orders up to the split, and
    tells how near they come; without it that is told of the same again as in the period before that is as long.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "customer": ["ann", "bob", "ann", "bob"], "date": ["2024-01-05", "2024-01-09", "2024-01-20", "2024-03-01"],
    ...     "total": [10, 7, 5.5, 30]})
    >>> found = backtest(orders, split="2024-02-01").summary
    >>> found.all.customers, found.all.repeat_rate, found.all.spend
    (2, 0.5, Decimal('30.00'))

    Raises UsageError for options that do not fit and for a split outside the days of the orders, MissingExtraError for
    `predict` without its extra, and what `rfm` raises.
    """
    words, asked = words_in(lang), _asked(options, until)
    day, contact = _split(split, asked.orders.last_day), _contact(contact_cost, margin)
    if predict:
        need_scipy()
    read = read_orders(orders, asked.orders, threads=threads, list_rows=rejects, watch=watch, history=True)
    refuse_unusable(read.found, read.sources, asked.orders.max_bad, asked.orders.currency)
    run = _run(read, asked, day)
    jalali = options.get("calendar_out") == "jalali"
    return Backtested(
        _summary(read, asked, run, contact, words, predict=predict, jalali=jalali), words, read, asked.orders
    )


@dataclass(frozen=True)
class _Run:
    """The customers at the end of the split, scored and named, what they did before and after, and until which day."""

    history: "History"
    split: int
    until: int
    first: int
    found: Segmentation
    customers: Customers
    later: Later

    @property
    def days(self) -> int:
        """The days after the split."""
        return self.until - self.split

    @cached_property
    def rows(self) -> Ints:
        """The row of each customer in the history."""
        at = pc.index_in(self.customers.customer_id, self.history.customer_id)
        return values(at, np.int32).astype(np.int64)

    @cached_property
    def purchase_days(self) -> PurchaseDays:
        """The days with a purchase of all customers of the history."""
        return purchase_days(self.history)

    @cached_property
    def spent_before(self) -> Ints:
        """What each customer spent in the period before the split that is as long as that after it."""
        return done_in(self.history, self.split - self.days + 1, self.split).spent[self.rows]

    def bought_on(self, after: int, until: int) -> Floats:
        """Return on how many days after one and until another each customer bought."""
        found = self.purchase_days.count(after, until, len(self.history.customer_id))
        return found[self.rows].astype(np.float64)


def _asked(options: Mapping[str, Any], until: date | str | None) -> Asked:
    """Return what is asked for beside the split. Raises TypeError for an option that there is not."""
    day_of(until, "until")
    asked = asked_by("backtest", options, as_of=until)
    if not asked.schemes:
        raise UsageError("--scheme none has no segments that could be judged; name a scheme.")
    return asked


def _split(split: date | str, until: date | None) -> int:
    """Return the day of the split. Raises UsageError for one that cannot be, as far as that is known before reading."""
    day = day_of(split, "split")
    if day is None:
        raise UsageError("Say --split DATE: the last day of the orders that segments are made of.")
    if until is not None and day >= until:
        raise UsageError(f"--split {day} leaves no day until --until {until} to judge by: take an earlier split.")
    return day_number(day)


def _contact(cost: Any, margin: Any) -> Contact | None:
    """Return what a contact costs and an order leaves, None where nobody asks. Raises UsageError for what cannot be."""
    if cost is None and margin is None:
        return None
    if cost is None or margin is None:
        said, missing = ("--margin", "--contact-cost") if cost is None else ("--contact-cost", "--margin")
        raise UsageError(f"{said} tells what is worth contacting only with {missing}.")
    units = amount_said("contact-cost", cost)
    return None if units is None else Contact(units, margin_said(margin))


def _run(read: OrdersRead, asked: Asked, split: int) -> _Run:
    """Return the customers at the split and what they did around it. Raises UsageError and DataError for bad days."""
    history, (last, _), period = read.found.history, read.as_of(asked.orders.last_day), period_of(read.found.customers)
    if history is None or last is None or period is None:
        raise ValueError("Orders have days, and their history was asked for.")
    until, day = day_number(last), calendar_day(split)
    if day < period.first:
        raise UsageError(f"--split {day} lies before the first order, {period.first}; the last one is of {last}.")
    if split >= until:
        raise UsageError(
            f"--split {day} leaves no day after it to judge by: the orders are of {period.first} to {last}."
        )
    before, after = history.as_of([split, until])
    found = Judged(asked.schemes, asked.scores, asked.model).segment(before, day)
    since = later(before, after)
    if found is None or not (since.bought.any() or since.newcomers):
        raise DataError(f"Nobody ordered after {day}, --split, until {last}: take an earlier day.")
    return _Run(
        history=history,
        split=split,
        until=until,
        first=day_number(period.first),
        found=found,
        customers=before,
        later=since,
    )


def _placed(found: Segmentation) -> Iterator[Placed]:
    """Yield the customers as each scheme ranks them, and as each score alone would."""
    for at, named in enumerate(found.named):
        scheme = named.scheme
        yield Placed(scheme.name, "scheme", places_of(found, at), len(scheme.segments) - (scheme.no_orders is not None))
    for axis in found.letters:
        levels = found.scores.axes[axis].levels
        yield Placed(axis, "score", levels - found.scores.levels[axis].astype(np.int64), levels)


def _summary(
    read: OrdersRead,
    asked: Asked,
    run: _Run,
    contact: Contact | None,
    words: Words,
    *,
    predict: bool,
    jalali: bool,
) -> BacktestSummary:
    placed, found, jalali = tuple(_placed(run.found)), run.later, jalali or read.has_jalali
    schemes = tuple(
        _scheme(at, each.outcomes(found), run.found, contact, words)
        for at, each in enumerate(placed)
        if each.kind == "scheme"
    )
    base = told_of_all(placed[0].outcomes(found), contact)
    split, until = calendar_day(run.split), calendar_day(run.until)
    gap = run.purchase_days.median_gap(run.split)
    predicted = _predicted(run, words) if predict else None
    calibrated, noted = [*_naive(run)], list[Caution]()
    if predicted:
        calibrated, noted = [*predicted.calibration, *calibrated], predicted.cautions
        placed = (*placed, predicted.placed)
    orders = rankings(placed, found)
    return BacktestSummary(
        schema_version=SCHEMA_VERSION,
        split=split,
        split_jalali=day_text(split, "jalali") if jalali else None,
        until=until,
        until_jalali=day_text(until, "jalali") if jalali else None,
        until_from=read.as_of(asked.orders.last_day)[1],
        days=run.days,
        days_before=run.split - run.first + 1,
        period=period_of(read.found.customers),
        rows=rows_told(read.found.counts),
        customers=len(run.found),
        orders=base.orders + found.new_orders,
        revenue=base.spend + money(found.new_spent),
        newcomers=Newcomers(found.newcomers, found.new_orders, money(found.new_spent)),
        median_gap=gap,
        all=base,
        schemes=schemes,
        rankings=orders,
        verdict=verdict(orders),
        margin=float(contact.margin) if contact else None,
        contact_cost=money(contact.cost) if contact else None,
        calibration=tuple(calibrated),
        fit=predicted.fit if predicted else None,
        warnings=(
            *cautions.of_orders(read, asked.orders, words),
            *_cautions(run, base, gap, asked, words),
            *noted,
        ),
        columns=read.headers,
        spelling=read.spelling,
        scheme=asked.schemes[0].name,
        version=__version__,
    )


def _scheme(
    at: int, found: Sequence[Any], segmentation: Segmentation, contact: Contact | None, words: Words
) -> SchemeOutcome:
    scheme = segmentation.named[at].scheme
    told = told_of_segments(bought_ranking(scheme, words).segments, found, contact)
    worth = sum(bool(each.worth_contacting) for each in told) if contact else None
    return SchemeOutcome(scheme.name, scheme.checksum, told, worth)


def _cautions(run: _Run, base: SegmentOutcome, gap: float | None, asked: Asked, words: Words) -> Iterator[Caution]:
    """Yield what to beware of: cuts that know what came, a short time after the split, few buyers, a shorter past."""
    if asked.model is not None and asked.model.as_of is not None and day_number(asked.model.as_of) > run.split:
        yield caution("backtest-model", words, day=asked.model.as_of)
    if gap is not None and run.days < gap:
        days = words.count(run.days, "day")
        yield caution("backtest-short", words, days=days, gap=words.number(gap, 1 if gap % 1 else 0))
    if base.buyers < _FEW_BUYERS:
        yield caution("backtest-few", words, customers=words.count(base.buyers, "customer"), least=_FEW_BUYERS)
    past = run.split - run.first + 1
    if past < run.days:
        yield caution("backtest-past", words, past=words.count(past, "day"), days=words.count(run.days, "day"))


def _naive(run: _Run) -> Iterator[Calibration]:
    """Yield how near the same again comes as in the period before that is as long."""
    before = run.bought_on(run.split - run.days, run.split)
    yield _calibrated("naive", "purchase_days", before, run.bought_on(run.split, run.until))
    yield _calibrated("naive", "spend", run.spent_before / UNITS, run.later.spent / UNITS)


def _calibrated(forecast: Forecast, foretold: Foretold, predicted: Floats, actual: Floats) -> Calibration:
    return Calibration(forecast, foretold, errors_of(predicted, actual), calibration(predicted, actual))


@dataclass(frozen=True)
class _Predicted:
    """A model of buying that fits the orders up to the split: how near it comes, and how it ranks the customers."""

    fit: Mapping[str, Any]
    calibration: list[Calibration]
    placed: Placed
    cautions: list[Caution]


def _predicted(run: _Run, words: Words) -> _Predicted:
    from segtool.worth.fits import fit
    from segtool.worth.lifetime import checks, days_ahead, predict
    from segtool.worth.transactions import transactions_of

    past = transactions_of(run.history, run.split)
    fitted, horizon = fit(past, as_of=calendar_day(run.split)), days_ahead(run.days)
    found = predict(fitted, past, horizon=horizon, margin=1.0, discount_rate=0.0)
    actual = run.bought_on(run.split, run.until)
    told = [_calibrated("model", "purchase_days", found.expected_orders, actual)]
    if found.expected_spend is not None:
        spend = found.expected_orders * found.expected_spend
        told.append(_calibrated("model", "spend", spend, run.later.spent / UNITS))
    placed = Placed("bg_nbd", "model", BANDS - bands_of(found.expected_orders), BANDS)
    return _Predicted(fitted.to_dict(), told, placed, list(checks(fitted, past, horizon, words)))
