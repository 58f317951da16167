"""`segtool.suggest`: the scheme that suits a shop's orders and its goal, with the reasons and the line to type."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

import numpy as np

from segtool.engines import Watch
from segtool.engines.refusals import refuse_unusable
from segtool.inspection.command import as_typed, command_for
from segtool.reading import OrderOptions, check_threads, read_orders
from segtool.resources import read_toml
from segtool.scoring.figures import Figures
from segtool.scoring.scores import score_customers
from segtool.segments.goals import Goal
from segtool.segments.goals import goal as goal_of
from segtool.segments.scheme import Scheme
from segtool.segments.schemes import load
from segtool.summary.census import period_of
from segtool.summary.facts import without_types
from segtool.summary.misuse import limits
from segtool.tables.dates.spelling import Calendar
from segtool.tables.numbers import money, total
from segtool.words import Language, Words, words_in


@dataclass(frozen=True)
class Reason:
    """Why something is suggested; the code is stable."""

    code: str
    message: str


@dataclass(frozen=True)
class Suggestion:
    """What to run and why. `command` is the line to type, None for tables that are no files."""

    goal: str | None
    schemes: tuple[str, ...]
    about: tuple[str, ...]
    customers: int
    once_share: float
    period_days: int
    average_order_value: Decimal
    reasons: tuple[Reason, ...]
    command: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {each.name: without_types(getattr(self, each.name)) for each in fields(self)}

    def to_json(self) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class _Shop:
    """What the choice depends on: the customers' figures, and the days from the first to the last purchase."""

    figures: Figures
    days: int
    orders: int
    revenue: int
    has_orders: bool

    @property
    def customers(self) -> int:
        return len(self.figures.frequency)

    @property
    def once_share(self) -> float:
        return int((self.figures.frequency == 1).sum()) / self.customers

    @property
    def usual_orders(self) -> tuple[int, float]:
        """The number of orders that most customers have, the least of several, and their share."""
        found, counts = np.unique(self.figures.frequency, return_counts=True)
        return int(found[counts.argmax()]), int(counts.max()) / self.customers


def suggest(
    orders: Any,
    *,
    goal: str | None = None,
    calendar_out: Calendar | None = None,
    lang: Language = "en",
    threads: int | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Suggestion:
    """Return the scheme that suits the orders and the goal, and why.

    `orders` and the `options` are those of `rfm` that say how orders are read and which count. Lines without an order
    id are counted by day.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({"customer": ["ann", "bob"], "date": ["2024-01-01", "2024-03-01"], "total": [10, 7]})
    >>> found = suggest(orders)
    >>> found.schemes, [reason.code for reason in found.reasons]
    (('customer-value-matrix',), ['last', 'few-scores', 'few-customers', 'day-cuts', 'no-order-id', 'short-history'])

    Raises UsageError for an unknown goal and options that do not fit, DataError for orders that cannot be used,
    MissingInputError for paths that lead nowhere.
    """
    wanted, words, said = goal_of(goal) if goal else None, words_in(lang), OrderOptions(**options)
    check_threads(threads)
    given = list(orders) if isinstance(orders, list | tuple) else [orders]
    shop = _shop(given, said, threads, watch)
    schemes, refused = _chosen(wanted, shop)
    way = _way(wanted, schemes, by_day=not shop.has_orders)
    line = command_for(given, said, calendar_out=calendar_out)
    return Suggestion(
        goal=goal,
        schemes=tuple(scheme.name for scheme in schemes),
        about=tuple(words.of(scheme.about) for scheme in schemes),
        customers=shop.customers,
        once_share=shop.once_share,
        period_days=shop.days,
        average_order_value=money(round(shop.revenue / shop.orders)),
        reasons=tuple(_reasons(wanted, schemes, refused, shop, words)),
        command=f"{line} {as_typed(way)}" if line else None,
    )


def _shop(orders: Sequence[Any], options: OrderOptions, threads: int | None, watch: Watch | None) -> _Shop:
    read = read_orders(orders, options, threads=threads, list_rows=False, watch=watch)
    has_orders = read.plan.order != "row" or options.orders_by is not None
    if not has_orders:
        read = read_orders(orders, replace(options, orders_by="day"), threads=threads, list_rows=False, watch=watch)
    refuse_unusable(read.found, read.sources, options.max_bad, options.currency)
    customers = read.found.customers
    period = period_of(customers)
    as_of, _ = read.as_of(options.last_day)
    return _Shop(
        figures=Figures(customers, customers.days_since(as_of)),
        days=(period.last - period.first).days if period else 0,
        orders=total(customers.frequency),
        revenue=total(customers.monetary),
        has_orders=has_orders,
    )


def _chosen(goal: Goal | None, shop: _Shop) -> tuple[list[Scheme], dict[str, list[str]]]:
    """Return the first schemes whose needs are met, and why others are not: code -> their names.

    Where none of the goal fits, it is the one that lacks least. Maps that are kept with their defects are left out.
    """
    data, refused = read_toml("inspection/suggest.toml"), dict[str, list[str]]()
    sets = [goal.schemes, *((name,) for name in goal.also)] if goal else [(name,) for name in data["schemes"]]
    tried: list[tuple[int, int, int, list[Scheme]]] = []
    for names in sets:
        schemes = [load(name) for name in names]
        if any(scheme.compatible for scheme in schemes):
            continue
        lacks = sorted({(code, scheme.name) for scheme in schemes for code in _lacks(scheme, shop, data["needs"])})
        if not lacks:
            return schemes, refused
        for code, name in lacks:
            refused.setdefault(code, []).append(name)
        grave = sum(code != "few-customers" for code, _ in lacks)
        tried.append((grave, sum(len(scheme.segments) for scheme in schemes), len(tried), schemes))
    return min(tried)[-1] if goal else [load(data["last"])], refused


def _lacks(scheme: Scheme, shop: _Shop, needs: dict[str, int]) -> Iterator[str]:
    """Yield the codes of what a scheme needs and the orders do not offer."""
    how = scheme.scoring.get("f")
    if how and how.kind == "quantiles" and how.levels >= needs["scores"]:
        levels = score_customers(shop.figures, {"f": how}).levels["f"]
        if len(set(levels.tolist())) < needs["scores"]:
            yield "few-scores"
    if shop.customers < needs["customers"] * len(scheme.segments):
        yield "few-customers"
    recency = scheme.scoring.get("r")
    if recency and recency.kind == "cuts" and max(recency.values) >= shop.days:
        yield "day-cuts"


def _way(goal: Goal | None, schemes: Sequence[Scheme], *, by_day: bool) -> dict[str, Any]:
    """Return the options that the suggestion comes to."""
    names = tuple(scheme.name for scheme in schemes)
    way: dict[str, Any] = {"scheme": list(names)}
    if by_day:
        way["orders_by"] = "day"
    if goal:
        way["goal"] = goal.name
        way |= goal.options if names == goal.schemes else {}
    return way


def _reasons(
    goal: Goal | None, schemes: Sequence[Scheme], refused: dict[str, list[str]], shop: _Shop, words: Words
) -> Iterator[Reason]:
    def reason(code: str, **facts: Any) -> Reason:
        return Reason(code, words(f"suggest.{code}", **facts))

    data, names = read_toml("inspection/suggest.toml"), [scheme.name for scheme in schemes]
    if goal:
        yield reason("goal", goal=words.of(goal.title), about=words.of(goal.about))
    if goal and any(name in told for told in refused.values() for name in names):
        yield reason("nearest", schemes=words.series(names))
    elif not goal and names == [data["last"]]:
        yield reason("last", scheme=data["last"])
    elif not goal:
        yield reason("no-goal" if refused else "widest")
    usual, share = shop.usual_orders
    facts: dict[str, dict[str, Any]] = {
        "few-scores": {"share": words.percent(share), "orders": words.count(usual, "order")},
        "few-customers": {"customers": words.count(shop.customers, "customer"), "least": data["needs"]["customers"]},
        "day-cuts": {"days": words.count(shop.days, "day")},
    }
    for code, told in facts.items():
        if code in refused:
            yield reason(code, schemes=words.series(refused[code]), **told)
    if not shop.has_orders:
        yield reason("no-order-id")
    least = limits()["short-history"]["days"]
    if shop.days < least:
        yield reason("short-history", days=words.count(shop.days, "day"), least=words.count(least, "day"))
    if shop.revenue >= data["large"]["order"] * 10_000 * shop.orders:
        yield reason("large-amounts", amount=words.number(shop.revenue // (10_000 * shop.orders)))
