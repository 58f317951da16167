"""Periods of the calendar: weeks, months, quarters, years, so many days; Gregorian or Jalali."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from segtool.errors import UsageError
from segtool.tables.arrays import Ints
from segtool.tables.dates import calendar_day
from segtool.tables.dates.jalali import day_to_jalali, jalali_to_day

_DAYS = re.compile(r"(\d{1,5}) *days?")
_FRIDAY, _SUNDAY = 1, 3


@dataclass(frozen=True)
class Every:
    """A kind of period. Periods are numbered without gaps, later ones higher; days are since 1970-01-01.

    `number` returns the period of each day, `last_day` the last day of a period, `label` its name.

    >>> month = every("month")
    >>> month.number(np.array([0, 30, 31])).tolist(), month.last_day(1), month.label(1)
    ([0, 0, 1], 58, '1970-02')
    """

    name: str
    number: Callable[[Ints], Ints]
    last_day: Callable[[int], int]
    label: Callable[[int], str]


def every(text: str, *, last: int = 0, option: str = "--every") -> Every:
    """Return the kind of period that a text names; `N days` are counted back from the day `last`, which ends one.

    >>> ten = every("10 days", last=100)
    >>> ten.number(np.array([90, 91, 100])).tolist(), ten.last_day(-1), ten.label(0)
    ([-1, 0, 0], 90, '1970-04-02')

    Raises UsageError for a text that names none.
    """
    asked = " ".join(text.lower().split())
    if asked in _NAMED:
        return _NAMED[asked]
    found = _DAYS.fullmatch(asked)
    if found is None or not int(found[1]):
        raise UsageError(f"{option} {text!r} is no period; say {', '.join(_NAMED)}, or a number of days as '30 days'.")
    return _runs_of_days(f"{int(found[1])} days", int(found[1]), last)


def _runs_of_days(name: str, days: int, end: int) -> Every:
    """Return periods of so many days, one of which ends on a day."""

    def last_day(number: int) -> int:
        return end + number * days

    def label(number: int) -> str:
        return calendar_day(last_day(number - 1) + 1).isoformat()

    return Every(name, lambda day: -((end - day) // days), last_day, label)


def _months(name: str, size: int, label: Callable[[int, int], str]) -> Every:
    """Return periods of so many months of the Gregorian year; `label` takes the year and the period in it, from 0."""

    def number(day: Ints) -> Ints:
        return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) // size

    def last_day(number: int) -> int:
        return int(np.datetime64((number + 1) * size, "M").astype("datetime64[D]").astype(np.int64)) - 1

    return Every(name, number, last_day, lambda number: label(1970 + number * size // 12, number * size % 12 // size))


def _jalali_months(name: str, size: int, label: Callable[[int, int], str]) -> Every:
    """Return periods of so many months of the Jalali year."""
    a_year = 12 // size

    def number(day: Ints) -> Ints:
        distinct, places = np.unique(day, return_inverse=True)
        dates = [day_to_jalali(each) for each in distinct.tolist()]
        return np.array([year * a_year + (month - 1) // size for year, month, _ in dates], np.int64)[places]

    def last_day(number: int) -> int:
        year, at = divmod(number + 1, a_year)
        return (jalali_to_day(year, at * size + 1, 1) or 0) - 1  # every month has a first day

    return Every(name, number, last_day, lambda number: label(*divmod(number, a_year)))


def _of_month(year: int, month: int) -> str:
    return f"{year:04}-{month + 1:02}"


def _of_jalali_month(year: int, month: int) -> str:
    return f"{year:04}/{month + 1:02}"


def _of_quarter(year: int, quarter: int) -> str:
    return f"{year:04}-Q{quarter + 1}"


def _of_year(year: int, _: int) -> str:
    return f"{year:04}"


_NAMED: Mapping[str, Every] = {
    each.name: each
    for each in (
        _runs_of_days("week", 7, _SUNDAY),
        _months("month", 1, _of_month),
        _months("quarter", 3, _of_quarter),
        _months("year", 12, _of_year),
        _runs_of_days("jalali-week", 7, _FRIDAY),
        _jalali_months("jalali-month", 1, _of_jalali_month),
        _jalali_months("jalali-quarter", 3, _of_quarter),
        _jalali_months("jalali-year", 12, _of_year),
    )
}
"""Name -> kind. A week ends on Sunday, a Jalali one on Friday, and both are called by their first day."""
