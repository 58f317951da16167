"""Reports as the tests need them: one of the example shop with everything, and one with next to nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from conftest import ROOT

import segtool
from segtool.summary.facts import Caution, GoalSummary, TargetSummary
from segtool.summary.report import (
    Answer,
    Bin,
    CurvePoint,
    Distribution,
    HeatMap,
    OverTime,
    Pareto,
    ReportSource,
    ReportSummary,
    SegmentOverTime,
    TopCustomer,
)

ORDERS = ROOT / "examples" / "orders.csv"

HEADLINE = {
    "en": (
        "239 customers placed 927 orders worth 37,771.15; 39.3% of them are in good standing and bring 59.7% of it.",
        "A fifth of the customers brings half of the revenue, and 13,519.85 was spent by customers who slip away.",
        "Call the 14 in Can't Lose Them first: 5,143.50 is at risk there.",
    ),
    "fa": (
        "239 مشتری 927 سفارش به ارزش 37,771.15 داده‌اند؛ 39.3% آن‌ها سرحال‌اند و 59.7% فروش از آن‌هاست.",
        "یک‌پنجم مشتریان نیمی از فروش را می‌آورند و 13,519.85 را کسانی خریده‌اند که دارند از دست می‌روند.",
        "نخست با 14 مشتری «از دست ندهید» تماس بگیرید: آنجا 5,143.50 در خطر است.",
    ),
}

ANSWERS: dict[str, tuple[Any, ...]] = {
    "en": (
        Answer("who", True, "Champions are women of 30 to 39 more often than others (41.2% against 28.0%).", ("age",)),
        Answer("what-like", True, "Loyal customers like tea; At Risk liked coffee.", ("interest",)),
        Answer("where", True, "Most live in Tehran (38.1%); New Customers come from Shiraz.", ("city",)),
        Answer("when", True, "Most order in December and on Fridays.", ("last_order",)),
        Answer(
            "why-and-how", False, "Nothing tells it yet: join a column such as channel with --customer-columns.", ()
        ),
    ),
    "fa": (
        Answer("who", True, "قهرمانان بیش از دیگران زنان 30 تا 39 ساله‌اند (41.2% در برابر 28.0%).", ("age",)),
        Answer("what-like", True, "مشتریان وفادار چای دوست دارند.", ("interest",)),
        Answer("where", True, "بیشتر در تهران‌اند (38.1%)؛ مشتریان تازه از شیراز می‌آیند.", ("city",)),
        Answer("when", True, "بیشتر در آذر و جمعه‌ها سفارش می‌دهند.", ("last_order",)),
        Answer(
            "why-and-how", False, "هنوز چیزی آن را نمی‌گوید: با --customer-columns ستونی مانند channel بیفزایید.", ()
        ),
    ),
}


def distribution(figure: Any, values: Any, width: Decimal, cuts: Any) -> Distribution:
    """Return how figures are spread over bins of a width from zero up, the last one at the 99th percentile or below."""
    last = int(float(np.quantile(values, 0.99)) // float(width))
    edges = [width * step for step in range(last + 1)]
    bins = [
        Bin(low, high, int(((values >= float(low)) & (values < float(high))).sum())) for low, high in pairwise(edges)
    ]
    quartiles = (Decimal(str(each)) for each in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
    above = int((values >= float(edges[-1])).sum())
    return Distribution(figure, *quartiles, tuple(bins), 0, above, cuts)


@cache
def full(lang: str = "en") -> ReportSummary:
    """Return a report of the example shop in which no section is missing."""
    ran = segtool.rfm(ORDERS, lang=lang)
    found, table = ran.summary, ran.table
    earlier = segtool.rfm(ORDERS, lang=lang, as_of="2025-09-30").table
    tracked = segtool.track(ORDERS, lang=lang, every="quarter").summary
    spend = table["monetary"].to_numpy().astype(float)
    order = np.argsort(-spend, kind="stable")
    bought = np.cumsum(spend[order])
    half = int(np.searchsorted(bought, bought[-1] / 2)) + 1
    steps = [max(round(len(spend) * part / 20), 1) for part in range(1, 21)]
    points = tuple(CurvePoint(at / len(spend), float(bought[at - 1] / bought[-1])) for at in steps)
    r, f = table["r_score"].to_numpy(), table["f_score"].to_numpy()
    levels = (1, 2, 3, 4, 5)
    amounts = table["monetary"].to_pylist()
    cells = [[(r == row) & (f == column) for column in levels] for row in levels]
    rows = table.to_pylist()
    return ReportSummary(
        schema_version=1,
        title="گلدان، فروشگاه چای" if lang == "fa" else "The Tea Shop",
        as_of=found.as_of,
        as_of_jalali="1404-10-10" if lang == "fa" else None,
        customers=found.customers,
        buyers=found.customers - 1,
        orders=found.orders,
        revenue=found.revenue,
        average_order_value=float(found.revenue) / found.orders,
        repeat_customers=found.repeat_customers,
        repeat_share=found.repeat_share,
        headline=HEADLINE[lang],
        answers=ANSWERS[lang],
        health=found.health,
        goal=GoalSummary(
            "win-back",
            "بازگرداندن مشتریان" if lang == "fa" else "Win back customers",
            "slipping-customers",
            "سهم مشتریان در حال ریزش" if lang == "fa" else "share of customers slipping away",
            0.502092050209205,
            "percent",
            "lower",
            {found.scheme: ()},
        ),
        targets=(
            TargetSummary(
                "Champions", "قهرمانان", "customers", ">=", 40, 30, -10, False, date(2026, 6, 30), "2026-06-30", 181
            ),
            TargetSummary("At Risk", "در خطر", "share", "<=", 0.1, 0.092, -0.008, True, None, None, None),
        ),
        segments=found.segments,
        heat_map=HeatMap(
            levels,
            levels,
            tuple(tuple(int(cell.sum()) for cell in row) for row in cells),
            tuple(tuple(sum((amounts[i] for i in np.flatnonzero(c)), Decimal(0)) for c in row) for row in cells),
        ),
        distributions=(
            distribution("recency_days", table["recency_days"].to_numpy(), Decimal(20), found.scores["r"].cuts),
            distribution("frequency", table["frequency"].to_numpy(), Decimal(1), found.scores["f"].cuts),
            distribution("monetary", spend, Decimal(50), found.scores["m"].cuts),
        ),
        pareto=Pareto(points, points[3].revenue_share, half, half / len(spend)),
        over_time=OverTime(
            "quarter",
            tuple(each.as_of for each in tracked.as_of_dates),
            tuple(each.label for each in tracked.as_of_dates),
            False,
            tuple(
                SegmentOverTime(
                    each.name,
                    each.title,
                    next(own.health for own in found.segments if own.name == each.name),
                    tuple(map(int, each.customers.values)),
                    tuple(Decimal(str(value)) for value in each.revenue.values),
                )
                for each in tracked.segments
            ),
        ),
        changes=segtool.compare(earlier, table, lang=lang).comparison,
        stake=segtool.value(ORDERS, lang=lang, margin="35%", contact_cost="2", budget="500").summary.stake,
        top=tuple(
            TopCustomer(
                rows[at]["customer_id"],
                rows[at]["segment"],
                rows[at].get("segment_title", rows[at]["segment"]),
                rows[at]["last_order"],
                rows[at]["frequency"],
                rows[at]["monetary"],
                {"email": f"{rows[at]['customer_id']}@example.com", "phone": "+98 912 000 0000"},
            )
            for at in order[:5]
        ),
        rows=found.rows,
        scores=found.scores,
        scheme=found.scheme,
        scheme_title="طرح وفاداری" if lang == "fa" else "Loyalty matrix",
        scheme_checksum=found.scheme_checksum,
        made_with="--bins 5 --ties low",
        sources=(
            ReportSource(
                "customers", "segments.parquet", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            ),
            ReportSource("track", "months.csv", None),
        ),
        warnings=(*found.warnings, Caution("as-of-gap", "Say --as-of 2024-06-30 or --order-id COL; -5 is no amount.")),
        version="1.0",
        urgency={"Can't Lose Them": 1, "At Risk": 2, "About To Sleep": 3, "Need Attention": 3},
    )


@cache
def least() -> ReportSummary:
    """Return a report of a table of which next to nothing is known."""
    return replace(
        full(),
        title=None, as_of=None, as_of_jalali=None, customers=0, buyers=0, orders=0, revenue=Decimal(0),
        average_order_value=None, repeat_customers=0, repeat_share=None, headline=(), answers=(), health=None,
        goal=None, targets=(), segments=(), heat_map=None, distributions=(), pareto=None, over_time=None, changes=None,
        stake=None, top=(), rows=None, scores=None, scheme=None, scheme_title=None, scheme_checksum=None,
        made_with=None, sources=(), warnings=(), urgency={},
    )  # fmt: skip
