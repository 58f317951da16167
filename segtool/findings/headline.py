"""The headline of a page: how the base is, where its money is and what is in danger, and what to do first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from segtool.findings.clauses import calendar_of, called, day_in, rounded, sentence, share_of, within
from segtool.summary.facts import GoalSummary, SegmentSummary, TargetSummary
from segtool.summary.report import OverTime, ReportSummary
from segtool.words import Words

_MATTERS = 10
"""A segment matters that has this part, a tenth, of all money that is slipping away."""

_OTHERWISE = {"unlike", "previous-model", "report-other-scheme"}
"""Codes of cautions that segments of an earlier day were made otherwise."""

_FEWEST = 5
"""Of fewer buyers there is no fifth."""


def headline_of(found: ReportSummary, words: Words, *, beside: bool = True) -> tuple[str, ...]:
    """Return three sentences: the base and its health, where the money is and what is in danger, what to do first.

    A sentence for which there is nothing to tell is left out. Without `beside` nothing is told by tables beside that of
    the customers, as where they are of others too.
    """
    if not beside:
        found = replace(found, over_time=None, changes=None, stake=None)
    if not found.buyers:
        parts = [[words("report.headline.nobody", customers=_people(found.customers, words))], [_invitation(words)]]
    else:
        parts = [list(_base(found, words)), list(_money(found, words)), list(_first(found, words))]
    return tuple(sentence(clauses, words) for clauses in parts if clauses)


def _invitation(words: Words) -> str:
    return words("report.headline.invite")


def _people(count: int, words: Words) -> str:
    return words.count(count, "customer")


def _base(found: ReportSummary, words: Words) -> Iterator[str]:
    """Yield how large the base is, and how it is."""
    facts = {
        "customers": _people(found.customers, words),
        "orders": words.count(found.orders, "order"),
        "revenue": rounded(found.revenue, words),
    }
    if found.as_of is None:
        facts["customers"] = _people(found.buyers, words)
        yield words("report.headline.base-undated", **facts)
    elif found.buyers < found.customers:
        day = day_in(found.as_of, calendar_of(found, words), words)
        yield words("report.headline.base-some", buyers=words.number(found.buyers), day=day, **facts)
    else:
        yield words("report.headline.base", day=day_in(found.as_of, calendar_of(found, words), words), **facts)
    if found.health is None:
        if not found.repeat_customers:
            yield words("report.headline.repeat-none")
        else:
            yield words("report.headline.repeat", share=share_of(found.repeat_share or 0, words))
        return
    good, bad = found.health["positive"], found.health["negative"]
    share, then = share_of(good.share, words), _before(good.share, found, words)
    whom = words("report.headline.whom-bought" if found.buyers < found.customers else "report.headline.whom")
    if not good.customers:
        yield words("report.headline.good-none", whom=whom, then=then)
    elif good.revenue_share is None or good.revenue_share <= 0:
        yield words("report.headline.good-alone", whom=whom, share=share, then=then)
    else:
        revenue = share_of(good.revenue_share, words)
        yield words("report.headline.good", whom=whom, share=share, then=then, revenue=revenue)
    if bad.customers:
        yield words("report.headline.bad", share=share_of(bad.share, words))
    else:
        yield words("report.headline.bad-none")


def _before(share: float, found: ReportSummary, words: Words) -> str:
    """Return in brackets what the share in good standing was; nothing where that is not known, was the same, or is of
    other segments or scores.
    """
    if any(each.code in _OTHERWISE for each in found.warnings):
        return ""
    if found.changes is not None:
        base = found.changes.before
        if base.health is None or base.as_of is None or not base.customers or found.buyers < found.customers:
            return ""  # an earlier table does not tell how many of its customers had bought
        if found.as_of is None or base.as_of >= found.as_of:
            return ""
        before, day = base.health["positive"].share, base.as_of
    elif found.over_time is not None and (at := _first_before(found.over_time, found)) is not None:
        counts = [(each.health, each.customers[at]) for each in found.over_time.segments]
        before = sum(count for health, count in counts if health == "positive") / sum(count for _, count in counts)
        day = found.over_time.as_of_dates[at]
    else:
        return ""
    then = share_of(before, words)
    if then == share_of(share, words):
        return ""
    return words("report.headline.then", before=then, day=day_in(day, calendar_of(found, words), words))


def _first_before(over_time: OverTime, found: ReportSummary) -> int | None:
    """Return the place of the first date before that of the page on which there were half as many customers as last.

    Before that a shop has mostly new ones, whose health says little.
    """
    sizes = [sum(each.customers[at] for each in over_time.segments) for at in range(len(over_time.as_of_dates))]
    for at, (day, size) in enumerate(zip(over_time.as_of_dates, sizes, strict=True)):
        if size and 2 * size >= sizes[-1]:
            return at if found.as_of is not None and day < found.as_of else None
    return None


def _money(found: ReportSummary, words: Words) -> Iterator[str]:
    """Yield where the money is, and what of it is in danger."""
    if found.revenue < 0:
        yield words("report.headline.nothing", revenue=rounded(found.revenue, words))
        return
    if not found.revenue:
        yield words("report.headline.zero")
        return
    used = [each for each in found.segments if each.customers]
    best = max(used, key=lambda each: each.revenue, default=None)
    by_fifth = found.pareto is not None and found.buyers >= _FEWEST and found.pareto.fifth < 1
    if by_fifth and found.pareto is not None:
        yield words("report.headline.fifth", share=share_of(found.pareto.fifth, words))
    elif best is not None and len(used) > 1:
        share = share_of(best.revenue_share or 0, words)
        yield words(
            "report.headline.top", segment=_named(best, words), share=share, customers=share_of(best.share, words)
        )
    else:
        yield _plain(found, words)
    bad = sorted(
        (each for each in used if each.health == "negative" and each.revenue > 0), key=lambda each: -each.revenue
    )
    danger = found.health["negative"] if found.health else None
    if not by_fifth and [each for each in used if each.health == "negative"] == [best]:
        yield words("report.headline.slipping-same")
    elif bad and danger is not None and danger.revenue_share is not None and danger.revenue > 0:
        facts = {"share": share_of(danger.revenue_share, words), "amount": rounded(danger.revenue, words)}
        alone = sum(each.health == "negative" for each in used) == 1
        key = "report.headline.slipping-one" if alone else "report.headline.slipping"
        yield words(key, segment=_named(bad[0], words), **facts)
    elif by_fifth and best is not None and len(used) > 1:
        share = share_of(best.revenue_share or 0, words)
        yield words("report.headline.most-valuable", segment=_named(best, words), share=share)
    if found.stake is not None and found.stake.endangered > 0:
        key = "report.headline.stake-past" if found.stake.basis == "last year" else "report.headline.stake"
        amount, expected = rounded(found.stake.endangered, words), rounded(found.stake.expected, words)
        yield words(key, amount=amount, expected=expected)


def _plain(found: ReportSummary, words: Words) -> str:
    """Return what an order is worth, and how long ago half of the customers bought."""
    amount = words.number(found.average_order_value or 0, 2)
    days = next((each.median for each in found.distributions if each.figure == "recency_days"), None)
    if days is None or found.buyers == 1:
        return words("report.headline.plain-undated", amount=amount)
    return words("report.headline.plain", amount=amount, days=within(float(days), words))


def _first(found: ReportSummary, words: Words) -> Iterator[str]:
    """Yield what the targets or the goal say, and with whom to start: by the goal, or else by the targets."""
    asked, names = None, [each.name for each in found.segments if each.customers]
    if judged := [each for each in found.targets if each.reached is not None and each.gap is not None]:
        text, asked = _targets(judged, words)
        yield text
    if found.goal is not None and found.goal.value is not None:
        if not judged:
            yield _goal(found.goal, words)
        order = found.goal.segments.get(found.scheme or "", ())
        asked = next((name for name in order if name in names), asked)
    segment = next((each for each in found.segments if each.name == asked and each.customers), None)
    segment = segment or _most_urgent(found)
    if segment is None:
        return
    who = _who(segment, words)
    if segment.advice:
        yield words("report.headline.first", who=who, advice=words.in_sentence(segment.advice))
    elif len(names) > 1:
        best = max(found.segments, key=lambda each: each.revenue)
        if segment.health == "negative":
            yield words("report.headline.look-danger", who=who)
        else:
            yield words("report.headline.look-most" if segment is best else "report.headline.look", who=who)


def _most_urgent(found: ReportSummary) -> SegmentSummary | None:
    """Return the segment to begin with: the most urgent one that matters by the money that it puts in danger; where
    nothing tells what is urgent, the one from which most money is slipping away, or else the most valuable one.
    """
    used = [each for each in found.segments if each.customers and each.orders]
    bad = [each for each in used if each.health == "negative"]
    money = {each.name: each.revenue for each in bad}
    if found.stake is not None and any(each.endangered > 0 for each in found.stake.segments):
        money |= {each.name: each.endangered for each in found.stake.segments if each.name in money}
    whole = sum(money.values(), Decimal(0))
    small = {name for name, own in money.items() if own < whole / _MATTERS} if whole > 0 else set()
    urgent = [each for each in used if each.name in found.urgency and each.name not in small]
    if urgent:
        return min(urgent, key=lambda each: (found.urgency[each.name], -each.revenue))
    if bad:
        return max(bad, key=lambda each: money[each.name])
    return max(used, key=lambda each: each.revenue, default=None)


def _who(segment: SegmentSummary, words: Words) -> str:
    customers = _people(segment.customers, words)
    if segment.revenue_share is None or segment.revenue_share <= 0:
        return words("report.headline.who-alone", segment=_named(segment, words), customers=customers)
    share = share_of(segment.revenue_share, words)
    return words("report.headline.who", segment=_named(segment, words), customers=customers, share=share)


def _targets(judged: Sequence[TargetSummary], words: Words) -> tuple[str, str | None]:
    """Return whether targets are reached, of those that are missed the first; and its segment, None without."""
    missed = [each for each in judged if not each.reached]
    if not missed and len(judged) > 1:
        return words("report.headline.reached-all", count=len(judged)), None
    if not missed:
        return words("report.headline.reached", segment=called(judged[0].segment, judged[0].title, words)), None
    worst = missed[0]
    key = "report.headline.short" if worst.sign == ">=" else "report.headline.above"
    text = words(key, segment=called(worst.segment, worst.title, words), gap=_gap(worst, words))
    if len(judged) > 1:
        reached = len(judged) - len(missed)
        text = words("report.headline.of-targets", missed=text, reached=reached, count=len(judged))
    return text, worst.segment


def _gap(target: TargetSummary, words: Words) -> str:
    gap = abs(Decimal(str(target.gap or 0)))
    if target.measure in ("share", "revenue_share"):
        return words("report.headline.points", count=words.number(100 * float(gap), 1))
    if target.measure == "revenue":
        return words.amount(gap)
    return words.count(int(gap), "customer") if gap == int(gap) else words.number(gap, 1)


def _goal(goal: GoalSummary, words: Words) -> str:
    value = goal.value
    if goal.form == "percent":
        told = words.percent(float(value or 0))
    else:
        told = words.amount(Decimal(str(value))) if goal.form == "amount" else words.number(value)
    return words("report.headline.goal", goal=goal.title, figure=goal.figure_title, value=told)


def _named(segment: SegmentSummary, words: Words) -> str:
    return called(segment.name, segment.title, words)
