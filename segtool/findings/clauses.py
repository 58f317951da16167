"""Sentences of clauses, and shares that are never rounded to nothing or to all."""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from segtool.errors import printable
from segtool.summary.report import ReportSummary
from segtool.tables.dates import day_number
from segtool.tables.dates.jalali import day_to_jalali
from segtool.tables.dates.spelling import Calendar
from segtool.words import Words

_LARGE = 1000
"""From this amount on a sentence leaves out decimals."""


def sentence(clauses: Iterable[str], words: Words) -> str:
    """Return clauses as one sentence.

    >>> from segtool.words import words_in
    >>> sentence(["all is well", "nobody has left"], words_in("en"))
    'All is well; nobody has left.'
    """
    text = words("list.semicolon").join(clauses)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def share_of(share: float, words: Words) -> str:
    """Return a share in whole percent, unless that would say that there is nothing, or nothing else.

    >>> from segtool.words import words_in
    >>> [share_of(share, words_in("en")) for share in (0.0, 0.001, 0.416, 0.999, 1.0)]
    ['0%', 'under 1%', '42%', 'over 99%', '100%']
    """
    if 0 < share < 0.005:
        return words("report.share.little", share=words.percent(0.01, 0))
    if 0.995 <= share < 1:
        return words("report.share.nearly", share=words.percent(0.99, 0))
    return words.percent(share, 0)


def rounded(amount: Decimal, words: Words) -> str:
    """Return an amount as a sentence tells it: a large one without decimals.

    >>> from segtool.words import words_in
    >>> rounded(Decimal("37771.15"), words_in("en")), rounded(Decimal("93.24"), words_in("en"))
    ('37,771', '93.24')
    """
    return words.number(amount) if abs(amount) >= _LARGE else words.amount(amount)


def called(name: str, title: str, words: Words) -> str:
    """Return how a sentence calls a segment."""
    return printable(words.named(name, title))


def calendar_of(found: ReportSummary, words: Words) -> Calendar:
    """Return the calendar in which a page tells days: the Jalali one in Persian, where the page has it."""
    return "jalali" if words.right_to_left and found.as_of_jalali is not None else "gregorian"


def day_in(day: date, calendar: Calendar, words: Words) -> str:
    """Return a day in words.

    >>> from segtool.words import words_in
    >>> day_in(date(2025, 3, 20), "gregorian", words_in("en")), day_in(date(2025, 3, 20), "jalali", words_in("fa"))
    ('20 March 2025', '30 اسفند 1403')
    """
    (year, month, number), months = (day.year, day.month, day.day), "month"
    if calendar == "jalali":
        (year, month, number), months = day_to_jalali(day_number(day)), "jalali-month"
    named = words.term(months, f"{month:02}")
    return words("report.page.day", day=words.in_digits(str(number)), month=named, year=words.in_digits(str(year)))


def within(days: float, words: Words) -> str:
    """Return within how many days a median lies, 1 at the least.

    >>> from segtool.words import words_in
    >>> within(0.0, words_in("en")), within(17.5, words_in("en"))
    ('day', '18 days')
    """
    whole = max(1, math.ceil(days))
    return words("report.answer.day") if whole == 1 else words.count(whole, "day")


def either(items: Sequence[str], words: Words) -> str:
    """Return a few words as a choice.

    >>> from segtool.words import words_in
    >>> either(["city"], words_in("en")), either(["city", "region", "area"], words_in("en"))
    ('city', 'city, region or area')
    """
    *first, last = items
    return words("report.answer.or").join([words.series(first), last]) if first else last
