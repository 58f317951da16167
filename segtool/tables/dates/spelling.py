"""How dates are spelled: what a column assumes where a cell alone does not tell, and which day its numbers mean."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from segtool.tables.dates.jalali import jalali_to_day

DAY = 86_400_000_000
"""Microseconds in a day."""

EPOCH = date(1970, 1, 1)

YEARS = (1900, 2199)
"""Gregorian years that a shop's order can have."""

JALALI_YEARS = (1300, 1499)
"""Years that are read as Jalali."""

DAY_FIRST = "day first"
"""A cell that makes sense only with the day before the month: 31/01/2024."""

MONTH_FIRST = "month first"
"""A cell that makes sense only with the month before the day: 01/31/2024."""

EITHER = "either"
"""A cell that is another day in each order: 03/04/2024."""

JALALI = "jalali"
"""A cell that was read as a day of the Jalali calendar."""

SHORT_YEAR = "short year"
"""A cell with a year of two digits, to which a century was added."""

EITHER_END = "year at either end"
"""A cell whose year can stand first or last: 24-01-31 is 31 January 2024, or 24 January 2031 with the day first."""

KINDS = (DAY_FIRST, MONTH_FIRST, EITHER, JALALI, SHORT_YEAR, EITHER_END)

Calendar = Literal["gregorian", "jalali"]

Order = Literal["day first", "month first"]


@dataclass(frozen=True)
class DateSpelling:
    """What is known of a column's dates.

    `order` says how 3/4/2024 is read; without it such a cell is unreadable, with it one that fits only the other.
    `calendar` makes every year one of that calendar; without it years from 1300 to 1499 are Jalali and those from 1900
    to 2199 Gregorian. `format`, in the letters of strptime, takes the place of all other rules. With `serials` plain
    numbers like 45322.5 are days since 1899-12-30, as spreadsheets count them.
    """

    order: Order | None = None
    calendar: Calendar | None = None
    format: str | None = None
    serials: bool = False


class Day(NamedTuple):
    """A day as days since 1970-01-01, None where only an order would tell which, and the clues that its cell gives."""

    number: int | None
    kinds: tuple[str, ...] = ()


class Clock(NamedTuple):
    """A time of day in microseconds, and that of its offset from UTC, None where none is written."""

    micros: int
    offset: int | None = None


class Cell(NamedTuple):
    """A whole cell: its day and its time."""

    day: Day
    clock: Clock


def day_of(year: int, month: int, day: int, calendar: Calendar | None) -> Day | None:
    """Return the day of a year, month and day of the calendar that the year tells; None if there is none.

    >>> day_of(2024, 2, 29, None), day_of(1348, 10, 11, None), day_of(1348, 10, 11, "gregorian")
    (Day(number=19782, kinds=()), Day(number=0, kinds=('jalali',)), None)
    """
    if JALALI_YEARS[0] <= year <= JALALI_YEARS[1] and calendar != "gregorian":
        number = jalali_to_day(year, month, day)
        return None if number is None else Day(number, (JALALI,))
    if not (YEARS[0] <= year <= YEARS[1]) or calendar == "jalali":
        return None
    try:
        return Day((date(year, month, day) - EPOCH).days)
    except ValueError:
        return None


def in_years(years: tuple[int, int]) -> tuple[int, int]:
    """Return the first and the last day of years, as days since 1970-01-01.

    >>> in_years((1970, 1971))
    (0, 729)
    """
    return (date(years[0], 1, 1) - EPOCH).days, (date(years[1], 12, 31) - EPOCH).days


def full_year(short: int, *, jalali: bool) -> int:
    """Return the year that two digits mean: 1969 to 2068 as in POSIX, or 1350 to 1449 in the Jalali calendar.

    >>> full_year(68, jalali=False), full_year(69, jalali=False), full_year(99, jalali=True)
    (2068, 1969, 1399)
    """
    if jalali:
        return short + (1300 if short >= 50 else 1400)
    return short + (1900 if short >= 69 else 2000)
