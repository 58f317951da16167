"""`segtool.value`: orders in, what each customer is worth out, beside score and segment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.api import FromOrders, labelled
from segtool.asking import Asked, asked_by
from segtool.engines import Watch
from segtool.engines.refusals import refuse_unusable, too_large
from segtool.errors import UsageError
from segtool.history.track import Judged
from segtool.joining import joined, read_list
from segtool.orders.measures import REFUNDS, money_of
from segtool.orders.roles import MONEY
from segtool.reading import OrderOptions, OrdersRead, read_orders
from segtool.rules.columns import Spelled
from segtool.segments.families import read_attributes
from segtool.summary import cautions
from segtool.summary.facts import SCHEMA_VERSION, Caution, Summary, caution
from segtool.summary.value import Terms, ValueAtStake, ValueSummary
from segtool.tables.dates import calendar_day, day_number
from segtool.words import Language, Words, words_in
from segtool.worth.acquired import acquired
from segtool.worth.acquisition import read_source_costs
from segtool.worth.ahead import Ahead, ahead
from segtool.worth.fits import Errors, Fit
from segtool.worth.listed import Listed, listed
from segtool.worth.measures import measures_of
from segtool.worth.scored import Scored, everybody, scored
from segtool.worth.stake import at_stake, stake_of_segments
from segtool.worth.terms import Wanted, wanted
from segtool.worth.values import Values, columns_of, worth_of
from segtool.worth.wallet import CustomerWallets, shares_of_wallet
from segtool.worth.whale import whale_curve

METADATA = "segtool_value"
"""The key under which a table of values carries its summary."""


@dataclass(frozen=True, repr=False)
class Valued(FromOrders):
    """The labelled customers with what each is worth, and what is to be said about it.

    `table` has one row a customer, sorted by id; money are exact decimals of four places, predictions rounded to them.
    Its metadata carry the summary as JSON under `segtool_value`, and that of `rfm` under `segtool`. `fit` has the
    models, None where nothing is predicted.
    """

    table: pa.Table
    summary: ValueSummary
    fit: Fit | None
    _read: OrdersRead
    _options: OrderOptions

    def __repr__(self) -> str:
        return f"<{self.summary.customers:,} customers as of {self.summary.as_of}, scheme {self.summary.scheme}>"


def value(
    orders: Any,
    *,
    margin: Any = None,
    discount_rate: Any = 0.1,
    order_cost: Any = None,
    refund_cost: Any = None,
    acquisition_cost: Any = None,
    source: str | None = None,
    source_costs: Any = None,
    customers: Any = None,
    customers_id: str | None = None,
    wallet: str | None = None,
    predict: bool = False,
    horizon: str = "12m",
    time_unit: str | None = None,
    fit: str | Path | Fit | None = None,
    errors: Errors | None = None,
    seed: int = 0,
    budget: Any = None,
    contact_cost: Any = None,
    response_days: int = 90,
    lang: Language = "en",
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
    **options: Any,
) -> Valued:
    """Return what each customer of a shop has been worth and, with `predict`, is expected to be worth.

    The `options` are those of `rfm`. `margin` is the share of revenue that is left after the goods are paid, or the
    column of the orders that has the margin of each line; `order_cost` and `refund_cost` are what serving one order, or
    the refunds of one day, costs, or the columns that tell it of each line. `acquisition_cost` is that of each customer
    or a column of the list `customers`; or `source`, a column of that list or else of the orders, tells where
    customers came from, and `source_costs` is a table of what each source cost in all. `wallet` is the column of that
    list with all that a customer spends in the category. Past margins are compounded at a twelfth of `discount_rate` a
    month.

    `predict` fits BG/NBD and Gamma-Gamma and adds what is expected over the `horizon`; `fit` is one of an earlier run,
    `errors` "standard" or "bootstrap". A `budget` is split over segments by the value at stake; with `contact_cost` it
    is told which of them are worth contacting, by the share of their customers who buy within `response_days`.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "customer": ["ann", "ann", "bob"], "date": ["2024-01-01", "2024-03-01", "2024-02-01"], "total": [10, 5.5, 7]
    ... })
    >>> for row in value(orders, margin=0.5).table.select(["customer_id", "overdue", "margin"]).to_pylist():
    ...     print(*row.values())
    ann 0.0 7.7500
    bob None 3.5000

    Raises UsageError for options that do not fit, MissingExtraError for a prediction without scipy, and what `rfm`
    raises.
    """
    words, asked = words_in(lang), asked_by("value", options)
    want = wanted(
        margin=margin,
        discount_rate=discount_rate,
        order_cost=order_cost,
        refund_cost=refund_cost,
        acquisition_cost=acquisition_cost,
        source=source,
        wallet=wallet,
        budget=budget,
        contact_cost=contact_cost,
    )
    if not isinstance(response_days, int) or response_days < 1:
        raise UsageError(f"response_days {response_days!r} is no number of days; say 1 or more.")
    _refuse(want, has_costs=source_costs is not None, has_list=customers is not None)
    to_come = None
    if predict:
        to_come = ahead(horizon=horizon, time_unit=time_unit, given=fit, errors=errors, seed=seed)
    by_source = None
    if source_costs is not None:
        by_source = asked.orders.beside(
            partial(read_source_costs, source_costs, spelled=asked.orders.spelled, threads=threads)
        )
    rows = tells = None
    if customers is not None:
        read_rows = partial(read_list, customers, (), customers_id=customers_id, unit=None, account_id=None)
        rows = asked.orders.beside(partial(read_rows, threads=threads))
        tells = listed(rows.table, rows.ids, want, has_costs=source_costs is not None)
    columns = {role: own for role, own in want.columns.items() if tells is None or role not in tells.places}
    asked = replace(asked, orders=replace(asked.orders, further=columns))
    daily = (REFUNDS, *(money_of(role) for role in MONEY if role in columns))
    read = read_orders(orders, asked.orders, threads=threads, list_rows=rejects, watch=watch, history=True, daily=daily)
    refuse_unusable(read.found, read.sources, asked.orders.max_bad, asked.orders.currency)
    base, named, table = _scored(read, asked, words, jalali=options.get("calendar_out") == "jalali", threads=threads)
    try:
        values = _values(base, want, tells, by_source, to_come, asked.orders.spelled, words, threads)
        stake = at_stake(base, values.measures, values.prediction, want.money)
        for header, column in columns_of(values, stake).items():
            if header not in table.column_names:
                table = table.append_column(header, column)
        table, classes = _classified(table, named, values, asked.orders.spelled, words, threads)
        share = values.measures.margin_share(want.money, values.figures.monetary)
        told = stake_of_segments(base, stake, days=response_days, offer=replace(want.offer, margin=share))
        [every] = worth_of(values, [everybody(words)], np.zeros(len(values), np.int64))
        summary = ValueSummary(
            schema_version=SCHEMA_VERSION,
            as_of=calendar_day(base.as_of),
            as_of_jalali=named.as_of_jalali,
            as_of_from=named.as_of_from,
            period=named.period,
            rows=named.rows,
            customers=named.customers,
            orders=named.orders,
            revenue=named.revenue,
            terms=_terms(want, to_come),
            total=every,
            segments=worth_of(values, base.segments, base.places) if asked.schemes else (),
            classes=classes.attribute_schemes,
            customer_list=rows.told(base.customers) if rows else None,
            whale=None if values.profit is None else whale_curve(values.profit),
            acquisition=values.acquired.told(values.figures.monetary, values.measures),
            wallets=values.wallets.told if values.wallets else None,
            bg_nbd=values.forecast.fit.bg_nbd if values.forecast else None,
            gamma_gamma=values.forecast.fit.gamma_gamma if values.forecast else None,
            stake=told,
            warnings=(
                *cautions.of_orders(read, asked.orders, words),
                *_cautions(want, told, response_days, words),
                *values.warnings,
                *classes.warnings,
            ),
            columns={**read.headers, **(tells.headers if tells else {})},
            spelling=named.spelling,
            scheme=named.scheme,
            version=__version__,
        )
    except OverflowError:
        raise too_large("What customers are worth together") from None
    named = replace(classes, warnings=(*named.warnings, *classes.warnings))
    table = table.replace_schema_metadata({"segtool": named.to_json(), METADATA: summary.to_json()})
    return Valued(table, summary, values.forecast.fit if values.forecast else None, read, asked.orders)


def _refuse(want: Wanted, *, has_costs: bool, has_list: bool) -> None:
    """Raise UsageError for options of which one does nothing without another, or stands against it."""
    if has_costs and want.source is None and not has_list:
        raise UsageError("--source-costs needs the source of each customer; say --source COL.")
    if has_costs and want.acquisition_cost is not None:
        raise UsageError("--source-costs and --acquisition-cost both tell what customers cost; say one of the two.")
    if want.wallet is not None and not has_list:
        raise UsageError("--wallet is a column of a list of customers; say --customers FILE.")
    if isinstance(want.acquisition_cost, str) and not has_list:
        raise UsageError(
            f"--acquisition-cost {want.acquisition_cost!r} is no amount, nor is there a list of customers with such a "
            "column; write it as 2.50, or say --customers FILE."
        )


def _scored(
    read: OrdersRead, asked: Asked, words: Words, *, jalali: bool, threads: int | None
) -> tuple[Scored, Summary, pa.Table]:
    """Return the customers of orders that are read, scored and named, with what `rfm` says of them and its table."""
    (as_of, as_of_from), history = read.as_of(asked.orders.last_day), read.found.history
    if as_of is None or history is None:
        raise ValueError("Orders have days, and their history was asked for.")
    judged = Judged(asked.schemes, asked.scores, asked.model)
    found = judged.segment(read.found.customers, as_of)
    if found is None:
        raise ValueError("There are customers.")
    summary, table = labelled(read, found, asked, words, as_of_from=as_of_from, jalali=jalali, threads=threads)
    return scored(found, history, day_number(as_of), judged, words), summary, table


def _values(
    base: Scored,
    want: Wanted,
    tells: Listed | None,
    by_source: Mapping[str, int] | None,
    to_come: Ahead | None,
    spelled: Spelled,
    words: Words,
    threads: int | None,
) -> Values:
    """Return what customers are worth."""
    figures = base.figures
    measures = measures_of(base.history, figures.customers, base.as_of, want.money)
    own = acquired(
        base, measures, want, listed=tells, by_source=by_source, spelled=spelled, words=words, threads=threads
    )
    wallets = None
    if tells is not None and "wallet" in tells.places:
        cells = tells.money("wallet", base.customers, spelled, threads)
        wallets = CustomerWallets(cells, *shares_of_wallet(cells, figures.monetary))
    forecast = to_come.predict(base, measures, want.money, words) if to_come else None
    return Values(figures, measures, own, want.has_profit or own.costs is not None, wallets, forecast)


def _terms(want: Wanted, to_come: Ahead | None) -> Terms:
    said: Literal["option", "column", "revenue"] = "option" if want.margin_is_said else "revenue"
    return Terms(
        margin=None if want.money.margin is None else float(want.money.margin),
        margin_from="column" if want.money.margin is None else said,
        order_cost=want.cost_told("order_cost"),
        refund_cost=want.cost_told("refund_cost"),
        discount_rate=want.money.discount_rate,
        horizon_days=to_come.horizon.days if to_come else None,
    )


def _classes(values: Values) -> list[str]:
    """Return the schemes over columns that the table of these values can be classified by."""
    found = ["value-tier", "buyer-weight", "buyer-status", "trend", "pcv-tiers"]
    found += ["profitability"] if values.profit is not None else []
    found += ["wallet"] if values.wallets is not None else []
    return found + (["clv-tiers"] if values.prediction is not None and values.prediction.clv is not None else [])


def _classified(
    table: pa.Table, named: Summary, values: Values, spelled: Spelled, words: Words, threads: int | None
) -> tuple[pa.Table, Summary]:
    """Return a table with a segment by each measure, and the summary with these and what to know of them alone."""
    schemes = [read_attributes(name) for name in _classes(values)]
    bare = replace(named, warnings=())
    return joined(table, bare, None, schemes, columns=(), spelled=spelled, words=words, threads=threads)


def _cautions(want: Wanted, stake: ValueAtStake, days: int, words: Words) -> Iterator[Caution]:
    """Yield what to know of values where revenue stands for margin, and where no segment can be judged."""
    if not want.margin_is_said:
        yield caution("no-margin", words)
    if want.offer.contact_cost is not None and stake.worth_contacting is None:
        yield caution("no-repeat-rates", words, days=words.count(days, "day"))
