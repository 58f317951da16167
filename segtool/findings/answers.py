"""The five questions that a segment is to answer, in a sentence each from what a table has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import get_args

from segtool.errors import printable
from segtool.findings.clauses import calendar_of, called, day_in, either, sentence, share_of, within
from segtool.findings.columns import Found, Untold
from segtool.findings.questions import Asked
from segtool.profiles.attributes import YES
from segtool.profiles.distributions import RARE
from segtool.profiles.facts import Telling
from segtool.summary.facts import Peak
from segtool.summary.report import Answer, Question, ReportSummary
from segtool.tables.dates.spelling import Calendar
from segtool.words import Words

_TOLD = 2
"""How many differences an answer tells."""

_CLEARLY = 1.2
"""How many times as many orders as in others on average come at a time that is told as the busiest."""

_MOST = 0.8
"""Of a smaller part of the customers a column is known that is told to have gaps."""

_NAMED = 4
"""How many columns are named that tell nothing."""

_MEANT = {"country", "region", "county", "city"}
"""Attributes of which a sentence says that people are from there."""


@dataclass(frozen=True)
class Times:
    """When a run saw most orders, and over how many months of the calendar its purchases go."""

    peak: Peak
    months: int


def answers_of(
    found: ReportSummary,
    columns: Sequence[Found],
    times: Times | None,
    words: Words,
    *,
    untold: Sequence[Untold] = (),
) -> tuple[Answer, ...]:
    """Return the answer to each question; `times` are when all customers on the page bought, None where unknown."""
    return tuple(_answer(question, found, columns, times, untold, words) for question in get_args(Question))


def _answer(
    question: Question,
    found: ReportSummary,
    columns: Sequence[Found],
    times: Times | None,
    untold: Sequence[Untold],
    words: Words,
) -> Answer:
    own = [each for each in columns if each.asked.question == question]
    lead: list[str] = []
    if question == "who":
        lead = list(_sizes(found, words))
    elif question == "when":
        lead = list(_when(found, times, words))
    known = bool(lead or own)
    told = _told(own, found, words)
    clauses = [*lead, *told]
    if own and not any(each.tellings for each in own):
        clauses += _nothing(own, told=bool(told), words=words)
    reasons = list(_reasons([each for each in untold if each.asked.question == question], words))
    clauses += reasons
    if not own and not reasons and (question != "when" or not lead):
        clauses.append(words(f"report.unknown.{question}"))
    return Answer(question, known, sentence(clauses, words), tuple(each.header for each in own))


def _reasons(untold: Sequence[Untold], words: Words) -> Iterator[str]:
    """Yield why nothing is told of columns."""
    for is_empty, key in ((True, "report.answer.empty"), (False, "report.answer.two-ways")):
        named = [printable(each.header.replace("_", " ")) for each in untold if each.is_empty == is_empty]
        if named:
            yield words(key, attributes=words.series(named[:_NAMED]))


def _nothing(own: Sequence[Found], *, told: bool, words: Words) -> Iterator[str]:
    """Yield what can be said of columns in which nothing sets a segment apart."""
    shown = [_attribute(each.asked, each.header, words) for each in own if not each.kept][:_NAMED]
    compared = [_attribute(each.asked, each.header, words) for each in own if not each.kept and _is_compared(each)]
    if compared:
        yield words("report.answer.same", attributes=either(compared[:_NAMED], words))
    elif shown and not told:
        yield words("report.answer.even", attributes=either(shown, words))
    elif not shown:
        kept = [_attribute(each.asked, each.header, words) for each in own][:_NAMED]
        yield words("report.answer.kept", attributes=either(kept, words))


def _is_compared(column: Found) -> bool:
    """Return whether a column has several values and is known of several segments; all rows stand last."""
    return column.share != 1 and sum(each.filled > 0 for each in column.profile.segments[:-1]) > 1


def _sizes(found: ReportSummary, words: Words) -> Iterator[str]:
    """Yield which segments are the largest."""
    used = sorted((each for each in found.segments if each.customers), key=lambda each: -each.customers)
    if len(used) == 1 and found.customers > 1:
        everybody = words.count(found.customers, "customer")
        yield words("report.answer.all", customers=everybody, segment=called(used[0].name, used[0].title, words))
    elif len(used) > 1:
        first, second = used[:2]
        yield words(
            "report.answer.largest",
            first=called(first.name, first.title, words),
            first_share=share_of(first.share, words),
            second=called(second.name, second.title, words),
            second_share=share_of(second.share, words),
        )


def _when(found: ReportSummary, times: Times | None, words: Words) -> Iterator[str]:
    """Yield how long ago customers bought, and when clearly more orders came than at other times."""
    days = next((each.median for each in found.distributions if each.figure == "recency_days"), None)
    if days is not None:
        key = "report.answer.within-one" if found.buyers == 1 else "report.answer.within"
        yield words(key, days=within(float(days), words))
    if times is None or found.orders < RARE:
        return
    peak, clearly = times.peak, _CLEARLY * found.orders
    if peak.month_orders * times.months >= clearly:
        yield _month(peak, words)
    if peak.weekday_orders * 7 >= clearly:
        orders = words.count(peak.weekday_orders, "order")
        yield words("report.answer.weekday", weekday=words(f"weekday.{peak.weekday}"), orders=orders)
    if peak.hour is not None and peak.hour_orders is not None and peak.hour_orders * 24 >= clearly:
        hours = words.in_digits(f"{peak.hour:02}:00-{peak.hour:02}:59")
        yield words("report.answer.hour", hours=hours, orders=words.count(peak.hour_orders, "order"))


def _month(peak: Peak, words: Words) -> str:
    year, month = peak.month.split("-")
    orders = words.count(peak.month_orders, "order")
    return words("report.answer.month", month=words(f"month.{month}"), year=words.in_digits(year), orders=orders)


def _told(columns: Sequence[Found], found: ReportSummary, words: Words) -> list[str]:
    """Return the most telling differences, of different segments if there are such; before them what is most usual.

    After them stands which of these columns is known of few customers only.
    """
    titles = {each.name: called(each.name, each.title, words) for each in found.segments}
    calendar = calendar_of(found, words)
    ranked = sorted(
        ((each, name, telling) for each in columns for name, telling in each.tellings),
        key=lambda one: (-abs(one[2].score), one[0].header, one[1]),
    )
    chosen: list[tuple[Found, str, Telling]] = []
    for one in ranked:
        if len(chosen) < _TOLD and one[1] not in (name for _, name, _ in chosen):
            chosen.append(one)
    texts = [_difference(*one, titles=titles, calendar=calendar, words=words) for one in chosen]
    best = next((each for each in [*(one[0] for one in chosen), *columns] if each.usual is not None), None)
    usual = [] if best is None else [best]
    used = {each.header: each for each in (*usual, *(one[0] for one in chosen))}
    return [*(_most(each, words) for each in usual), *texts, *_partly(list(used.values()), found.customers, words)]


def _partly(columns: Sequence[Found], customers: int, words: Words) -> Iterator[str]:
    """Yield of how few customers a column is known."""
    for each in columns:
        known = customers - each.profile.empty - each.profile.unread
        if known < _MOST * customers:
            told = words.count(known, "customer")
            yield words("report.answer.partly", attribute=_attribute(each.asked, each.header, words), customers=told)


def _most(column: Found, words: Words) -> str:
    value, share = printable(column.usual or ""), share_of(column.share or 0, words)
    if column.asked.name in _MEANT:
        return words("report.answer.most-from", value=value, share=share)
    attribute = _attribute(column.asked, column.header, words)
    return words("report.answer.most", attribute=attribute, value=value, share=share)


def _attribute(asked: Asked, header: str, words: Words) -> str:
    """Return how a sentence calls an attribute: by its header, in another language by what that means."""
    if asked.name == "birth_date" or (words.lang != "en" and asked.name == "age"):
        return words("report.answer.age")
    if words.lang != "en" and header.isascii() and asked.title is not None:
        return printable(words.of(asked.title))
    return printable(header.replace("_", " "))


def _difference(
    column: Found, segment: str, telling: Telling, *, titles: dict[str, str], calendar: Calendar, words: Words
) -> str:
    """Return in a clause what sets a segment apart."""
    name, attribute = titles.get(segment, printable(segment)), _attribute(column.asked, column.header, words)
    if telling.value is None:
        median, base = (_shown(each, calendar, words) for each in (telling.median, telling.base_median))
        return words("report.apart.median", segment=name, attribute=attribute, median=median, base=base)
    shares = {"share": share_of(telling.share or 0, words), "base": share_of(telling.base_share or 0, words)}
    if telling.kind == "yes/no":
        key = "report.apart.truth" if telling.value == YES else "report.apart.untruth"
        return words(key, segment=name, attribute=attribute, **shares)
    if telling.kind in ("number", "date"):
        low, _, high = telling.value.partition("..")
        low, high = (_read(end, telling.kind, calendar, words) for end in (low, high or low))
        if low == high:
            return words("report.apart.value", segment=name, attribute=attribute, value=low, **shares)
        return words("report.apart.range", segment=name, attribute=attribute, low=low, high=high, **shares)
    value = printable(telling.value)
    if column.asked.name in _MEANT:
        return words("report.apart.from", segment=name, value=value, **shares)
    key = "report.apart.list" if telling.kind == "list" else "report.apart.value"
    return words(key, segment=name, attribute=attribute, value=value, **shares)


def _read(end: str, kind: str, calendar: Calendar, words: Words) -> str:
    """Return an end of a band as a page writes it."""
    if kind == "date":
        return day_in(date.fromisoformat(end), calendar, words)
    return _shown(Decimal(end), calendar, words)


def _shown(value: Decimal | float | date | None, calendar: Calendar, words: Words) -> str:
    if isinstance(value, date):
        return day_in(value, calendar, words)
    number = Decimal(str(value or 0))
    return words.number(number, 0 if number == int(number) else 2)
