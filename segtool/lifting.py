"""`segtool.lift`: orders and the lists of a campaign in, and whether the treated bought more than the control did."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.api import FromOrders
from segtool.asking import Asked, asked_by, names_of
from segtool.engines import Watch
from segtool.engines.history import History
from segtool.engines.refusals import refuse_unusable, too_large
from segtool.errors import DataError, UsageError, printable
from segtool.history.track import Judged
from segtool.profiles.significance import chi_squared, holm
from segtool.reading import OrderOptions, OrdersRead, day_of, read_ids, read_orders
from segtool.segments.segmentation import Segmentation
from segtool.summary import cautions
from segtool.summary.census import period_of
from segtool.summary.facts import SCHEMA_VERSION, Caution, caution
from segtool.summary.lift import ALL, NO_ORDERS_BEFORE, Before, LiftSummary
from segtool.summary.summarize import rows_of
from segtool.tables.arrays import Ints
from segtool.tables.dates import calendar_day, day_number, day_text
from segtool.tables.numbers import INT64_MAX
from segtool.words import Language, Words, words_in
from segtool.worth.campaign import (
    Label,
    Members,
    Pair,
    Terms,
    adjustable,
    detectable,
    done_in,
    effects_of,
    lift_of,
    members_of,
    places_among,
    pooled_sizes,
    revenue_verdict_of,
    shares_of,
    tallies,
    whole_of,
)
from segtool.worth.experiment import LEVEL, Exact, fisher_exact
from segtool.worth.lift_table import table_of
from segtool.worth.said import amount_said, margin_said

METADATA = "segtool_lift"
"""The key under which a table of a campaign carries its summary."""

_UNLIKE = 0.01
"""Groups that chance would make as unlike as this before the campaign are told of."""

_FEW_EXPECTED = 0.2
"""With more cells than this in which fewer than five are expected, chi-squared tells nothing (Cochran)."""


@dataclass(frozen=True, repr=False)
class Lifted(FromOrders):
    """What a campaign did, as facts and as a table."""

    summary: LiftSummary
    _words: Words
    _read: OrdersRead
    _options: OrderOptions

    def __repr__(self) -> str:
        found = self.summary
        groups = f"{found.overall.treated.customers:,} treated, {found.overall.control.customers:,} in control"
        return f"<{groups} from {found.first} to {found.last}: {found.overall.verdict}>"

    @cached_property
    def table(self) -> pa.Table:
        """A row a segment and, last, one of all: both groups, how they differ, and what the campaign brought.

        Its metadata carry the summary as JSON under `segtool_lift`.
        """
        table = table_of((*self.summary.segments, self.summary.overall), titled=self._words.lang != "en")
        return table.replace_schema_metadata({METADATA: self.summary.to_json()})


def lift(
    orders: Any,
    *,
    treated: Any,
    control: Any,
    from_date: date | str,
    days: int = 30,
    cost: Decimal | float | str | None = None,
    contact_cost: Decimal | float | str | None = None,
    margin: Decimal | float | str | None = None,
    detect: float | None = None,
    list_id: str | None = None,
    lang: Language = "en",
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
    **options: Any,
) -> Lifted:
    """Tell whether the customers of a campaign bought more than those who were held out, by segment and in all.

    `treated` and `control` are lists of customers, with a column of ids that `list_id` names; everybody in them counts,
    who bought nothing too, and who is in both lists is in neither group. The outcome are the orders of `days` days from
    `from_date` on; segments are those of the day before, as `rfm` makes them of the orders until then. The `options`
    are those of `rfm`.

    `cost` is what the campaign cost, or `contact_cost` what each of the treated did; with `margin`, a share, it is told
    what was gained. `detect` is the difference of buying rates, in percentage points, for which it is told how large
    the groups would have to be where none can be told.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "customer": ["ann", "bob", "ann", "cid"], "date": ["2024-01-05", "2024-01-09", "2024-02-03", "2024-02-09"],
    ...     "total": [10, 7, 5.5, 4],
    ... })
    >>> sent, held = (pd.DataFrame({"customer": ids}) for ids in (["ann", "cid"], ["bob", "eve"]))
    >>> found = lift(orders, treated=sent, control=held, from_date="2024-02-01", days=9).summary
    >>> found.overall.treated.buyers, found.overall.control.buyers, found.overall.verdict
    (2, 0, 'too-small')

    Raises UsageError for options that do not fit, DataError for lists that cannot be compared, and what `rfm` raises.
    """
    words, asked = words_in(lang), _asked(options)
    first = day_of(from_date, "from")
    if first is None:
        raise UsageError("A campaign begins on a day: say --from DATE.")
    bill = _bill(cost, contact_cost, margin, detect)
    since = day_of(asked.orders.since, "since")
    _check(first, days, since)
    _refuse_two_pipes(orders, treated, control)
    lists = [_ids(each, asked.orders, list_id, threads) for each in (treated, control)]
    read = read_orders(orders, asked.orders, threads=threads, list_rows=rejects, watch=watch, history=True)
    refuse_unusable(read.found, read.sources, asked.orders.max_bad, asked.orders.currency)
    history, end = read.found.history, read.as_of(None)[0]
    if history is None or end is None:
        raise ValueError("Orders have days, and their history was asked for.")
    if end < first:
        raise DataError(f"The orders end on {end}, before the campaign of --from {first}: add later orders.")
    groups = members_of(lists[0], lists[1], history.customer_id, read.excluded)
    _refuse_groups(groups, lists, (_name(treated, "treated"), _name(control, "control")), history)
    run = _Run(history, groups, asked, day_number(first), min(day_number(first) + days - 1, day_number(end)), words)
    jalali = options.get("calendar_out") == "jalali" or read.has_jalali or _is_jalali(from_date)
    return Lifted(_summary(read, run, days, bill, jalali=jalali), words, read, asked.orders)


def _asked(options: Mapping[str, Any]) -> Asked:
    """Return what is asked for beside the campaign. Raises TypeError for an option that there is not."""
    if len(names_of(options.get("scheme"))) > 1:
        raise UsageError("lift takes one --scheme: the more segments are looked at, the less can be told of each.")
    asked = asked_by("lift", options, as_of=None, unit=None)
    return replace(asked, schemes=asked.schemes[:1])


def _is_jalali(day: date | str) -> bool:
    """Return whether a day is given in the Jalali calendar."""
    return OrderOptions(as_of=day).as_of_is_jalali


def _check(first: date, days: int, since: date | None) -> None:
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise UsageError(f"--days {days!r} is no number of days; say 1 or more.")
    if since is not None and since > first:
        raise UsageError(f"--since {since} lies after --from {first}: orders of the campaign would be left out.")


def _refuse_two_pipes(orders: Any, treated: Any, control: Any) -> None:
    every = [orders, treated, control]
    said = [each for one in every for each in (one if isinstance(one, list | tuple) else [one])]
    if sum(isinstance(each, str) and each == "-" for each in said) > 1:
        raise UsageError("stdin holds one table; say - once.")


@dataclass(frozen=True)
class _Bill:
    """What a campaign cost in units, in all or each of the treated, the margin, and the difference to look for."""

    cost: int | None
    each: int | None
    margin: Fraction | None
    detect: float | None

    def of(self, treated: Sequence[int]) -> list[int | None]:
        """Return the cost of some groups of so many treated customers, and last of all of them.

        Raises DataError for one that passes 64 bits.
        """
        if self.each is not None:
            if self.each * sum(treated) > INT64_MAX:
                raise too_large("The cost of all contacts")
            return [self.each * heads for heads in (*treated, sum(treated))]
        if self.cost is None:
            return [None] * (len(treated) + 1)
        return [*shares_of(self.cost, treated), self.cost]


def _bill(cost: Any, contact_cost: Any, margin: Any, detect: float | None) -> _Bill:
    if cost is not None and contact_cost is not None:
        raise UsageError("--cost is what all contacts cost and --contact-cost what each does: say one of the two.")
    share = None if margin is None else margin_said(margin)
    if detect is not None and not 0 < detect <= 100:
        raise UsageError(f"--detect {detect!r} is no difference in percentage points; say a number from 0 to 100.")
    return _Bill(
        amount_said("cost", cost),
        amount_said("contact-cost", contact_cost),
        share,
        None if detect is None else detect / 100,
    )


def _ids(tables: Any, options: OrderOptions, list_id: str | None, threads: int | None) -> pa.Array:
    return options.beside(partial(read_ids, tables, customers_id=list_id, threads=threads, option="list_id"))


def _name(tables: Any, group: str) -> str:
    """Return what a list is called in an error."""
    return os.fspath(tables) if isinstance(tables, str | os.PathLike) and tables != "-" else f"the {group} list"


def _refuse_groups(
    groups: Sequence[Members], lists: Sequence[pa.Array], names: Sequence[str], history: History
) -> None:
    """Raise DataError for a group that nobody is in, and for lists whose ids are not those of the orders."""
    for group, name, other in zip(groups, names, reversed(names), strict=True):
        if not len(group.rows):
            raise DataError(f"{name}: no customer is left who is in neither {other} nor --exclude; there is no group.")
    if all((group.rows < 0).all() for group in groups):
        raise DataError(
            f"No customer of {names[0]} or {names[1]} occurs in the orders: are these the ids of the orders? There an "
            f"id is as {_example(history.customer_id)}, and in the lists as {_example(lists[0])}. --list-id COL names "
            "the column."
        )


def _example(ids: pa.Array) -> str:
    return printable(repr(ids[0].as_py()[:40])) if len(ids) else "none"


@dataclass(frozen=True)
class _Run:
    """What a campaign is told by: what customers did, who is in its groups, and the days of its outcome."""

    history: History
    groups: tuple[Members, Members]
    asked: Asked
    first: int
    last: int
    words: Words

    @cached_property
    def segmentation(self) -> Segmentation | None:
        """The customers as of the day before, None where nobody had bought by then."""
        judged = Judged(self.asked.schemes, self.asked.scores, self.asked.model)
        before = next(self.history.as_of([self.first - 1]))
        return judged.segment(before, calendar_day(self.first - 1))

    @cached_property
    def labels(self) -> list[Label]:
        """The segments, best first, and last that of who had bought nothing; none without a scheme."""
        if not self.asked.schemes:
            return []
        found = [Label(each.name, self.words.of(each.title), each.health) for each in self.asked.schemes[0].segments]
        return [*found, Label(NO_ORDERS_BEFORE, self.words("lift.no-orders-before"), None)]

    def pairs(self, first: int, last: int) -> list[Pair]:
        """Return what both groups did from one day to another, by the place of their segments; all in one without."""
        done, size = done_in(self.history, first, last), max(len(self.labels), 1)
        found = [tallies(group.rows, self._places(group.rows), done, size) for group in self.groups]
        return [Pair(*both) for both in zip(*found, strict=True)]

    def _places(self, rows: Ints) -> Ints:
        if not self.labels:
            return np.zeros(len(rows), np.int64)
        none, found = len(self.labels) - 1, self.segmentation
        if found is None:
            return np.full(len(rows), none, np.int64)
        places = found.named[0].places.astype(np.int64)
        return places_among(self.history.customer_id, rows, found.figures.customers.customer_id, places, none)


def _summary(read: OrdersRead, run: _Run, days: int, bill: _Bill, *, jalali: bool) -> LiftSummary:
    every = run.pairs(run.first, run.last)
    there = [at for at, pair in enumerate(every) if pair and run.labels]
    pairs, whole = [every[at] for at in there], whole_of(every)
    detect = bill.detect if bill.detect is not None else detectable(whole)
    tests = [pair.test() for pair in pairs]
    *costs, cost = bill.of([pair.treated.buyers.of for pair in pairs] or [whole.treated.buyers.of])
    everybody = Label(ALL, run.words("header.total"), None)
    test = whole.test()
    p_whole, p_each = adjusted(test, tests)
    level, level_each = levels(p_whole, len(pairs))
    terms = Terms(bill.margin, detect, level, whole.rate, whole.treated.buyers.of / whole.control.buyers.of)
    overall = lift_of(everybody, whole, test, p_whole, cost, terms)
    terms = replace(terms, level=level_each)
    found = tuple(
        lift_of(run.labels[at], pair, test, p, paid, terms)
        for at, pair, test, p, paid in zip(there, pairs, tests, p_each, costs, strict=False)
    )
    scheme = run.asked.schemes[0].name if run.asked.schemes else "none"
    first, last = calendar_day(run.first), calendar_day(run.last)
    summary = LiftSummary(
        schema_version=SCHEMA_VERSION,
        as_of=calendar_day(run.first - 1),
        first=first,
        first_jalali=day_text(first, "jalali") if jalali else None,
        last=last,
        last_jalali=day_text(last, "jalali") if jalali else None,
        days=days,
        is_whole=run.last - run.first + 1 == days,
        rows=rows_of(read.found.counts),
        treated_list=run.groups[0].listed,
        control_list=run.groups[1].listed,
        overall=overall,
        revenue_verdict=revenue_verdict_of(whole, overall.verdict),
        segments=found,
        before=_before(run, days),
        detect=detect,
        margin=float(bill.margin) if bill.margin is not None else None,
        warnings=(),
        columns=read.headers,
        spelling=read.spelling,
        scheme=scheme,
        version=__version__,
    )
    noted = [*cautions.of_orders(read, run.asked.orders, run.words), *_cautions(summary, run.words)]
    return replace(summary, warnings=tuple(noted))


_PARTS = 5
"""Of so many parts of the level of a page the whole is judged at all but one, which the segments share."""


def adjusted(whole: Exact | None, tests: Sequence[Exact | None]) -> tuple[float | None, list[float | None]]:
    """Return the p-values of the whole and of each segment among all tests of a page, so that without any effect one
    page in twenty says at most that there is one (Holm's procedure with weights; 1 where nothing can be found).

    The whole is judged at 4% and the segments together at 1%, or at all 5% where the whole differs.

    >>> tests = [Exact(0.02, 0.001), Exact(0.2, 0.2), None, Exact(0.04, 0.01)]
    >>> adjusted(Exact(0.02, 0.001), tests)
    (0.025, [0.04, 1.0, None, 0.04])
    >>> adjusted(Exact(0.2, 0.001), tests)
    (0.25, [0.2, 1.0, None, 0.2])
    >>> adjusted(Exact(0.04, 0.001), [Exact(0.0001, 0.0001)])  # of the segment 5 times its p, and of the whole more
    (0.05, [0.0005])
    """
    found: list[float | None] = [None if test is None else 1.0 for test in tests]
    able = adjustable(tests)
    if whole is None or not able:
        return (whole.p if whole else None), found
    own = min(1.0, whole.p * _PARTS / (_PARTS - 1))
    for at, p in zip(able, holm([test.p for at in able if (test := tests[at])]), strict=True):
        found[at] = min(max(own, p), p * _PARTS)
    return own, found


def levels(p_whole: float | None, segments: int) -> tuple[float, float]:
    """Return the levels at which the whole of a page and each of its segments are judged; p is that of `adjusted`.

    A segment has its part of what all share, as if none of the others differed.

    >>> levels(0.2, 10), levels(0.03, 10), levels(0.2, 0)
    ((0.04, 0.001), (0.04, 0.005), (0.05, 0.05))
    """
    if not segments:
        return LEVEL, LEVEL
    whole_differs = p_whole is not None and p_whole <= LEVEL
    return LEVEL * (_PARTS - 1) / _PARTS, LEVEL / segments / (1 if whole_differs else _PARTS)


def _before(run: _Run, days: int) -> Before | None:
    """Return what both groups did in as many days before, as far as there are orders; None where there are none."""
    period = period_of(run.segmentation.figures.customers) if run.segmentation else None
    if period is None:
        return None
    first = max(run.first - days, day_number(period.first))
    pairs = run.pairs(first, run.first - 1)
    whole = whole_of(pairs)
    buying, _, spent = effects_of(whole)
    mix = chi_squared(pooled_sizes(pairs)) if run.labels else None
    return Before(
        first=calendar_day(first),
        last=calendar_day(run.first - 1),
        treated=whole.treated.group,
        control=whole.control.group,
        buying_rate=buying,
        revenue_per_head=spent,
        p=fisher_exact(whole.treated.buyers, whole.control.buyers).p,
        p_segments=mix.p if mix and (mix.few_expected or 0) <= _FEW_EXPECTED else None,
    )


def _cautions(found: LiftSummary, words: Words) -> Iterator[Caution]:
    """Yield what to know before the campaign is judged."""
    lists = {"lift.treated": found.treated_list, "lift.control": found.control_list}
    if found.treated_list.in_both:
        yield caution("lift-in-both", words, customers=words.count(found.treated_list.in_both, "customer"))
    strange = {words(key): each for key, each in lists.items() if each.without_orders}
    if strange:
        told = words.series(
            words("lift.of", group=group, count=each.without_orders, all=each.customers)
            for group, each in strange.items()
        )
        mostly = any(2 * each.without_orders > each.customers for each in strange.values())
        yield (
            caution("lift-mostly-unknown", words, groups=told)
            if mostly
            else caution("lift-unknown", words, groups=told)
        )
    if not found.is_whole:
        seen = (found.last - found.first).days + 1
        yield caution("lift-cut", words, last=found.last, seen=words.count(seen, "day"), days=found.days)
    if found.before is None:
        yield caution("lift-no-history", words, day=found.first)
    elif found.before.p < _UNLIKE:
        one, other = (words.percent(each.buying_rate) for each in (found.before.treated, found.before.control))
        yield caution("lift-unlike-buyers", words, treated=one, control=other, p=words.p_value(found.before.p))
    if found.before and found.before.p_segments is not None and found.before.p_segments < _UNLIKE:
        yield caution("lift-unlike-segments", words, p=words.p_value(found.before.p_segments))
