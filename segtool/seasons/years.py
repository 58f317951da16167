"""The months and seasons of a year, of the Gregorian calendar or of the Jalali one, north or south of the equator."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from segtool.errors import UsageError
from segtool.tables.arrays import Ints
from segtool.tables.dates.jalali import day_to_jalali
from segtool.tables.dates.spelling import Calendar

Hemisphere = Literal["north", "south"]

SEASONS = ("spring", "summer", "autumn", "winter")
"""A season's position is its code."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""A weekday's position is its code."""

_OF_A_SEASON = 3
"""Months of a season."""

_FIRST = {"gregorian": 2, "jalali": 0}
"""How many months of a year come before its spring: meteorologists begin it with March, the Jalali year with itself."""


@dataclass(frozen=True)
class Years:
    """How days are sorted into months and seasons. In the south a season is the one that the north has half a year on.

    Raises UsageError for another calendar or hemisphere.
    """

    calendar: Calendar = "gregorian"
    hemisphere: Hemisphere = "north"

    def __post_init__(self) -> None:
        if self.calendar not in get_args(Calendar):
            raise UsageError(f"calendar {self.calendar!r} is unknown; say 'gregorian' or 'jalali'.")
        if self.hemisphere not in get_args(Hemisphere):
            raise UsageError(f"hemisphere {self.hemisphere!r} is unknown; say 'north' or 'south'.")

    def months(self, days: Ints) -> Ints:
        """Return the month of each day, which counts from 1970-01-01: 12 times the year and the month from 0.

        >>> Years().months(np.array([0, 59])).tolist() == [12 * 1970, 12 * 1970 + 2]
        True
        >>> Years("jalali").months(np.array([0])).tolist() == [12 * 1348 + 9]
        True
        """
        if self.calendar == "gregorian":
            return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 12 * 1970
        if not len(days):
            return days
        first = int(days.min())
        found = (day_to_jalali(day) for day in range(first, int(days.max()) + 1))
        return np.array([12 * year + month - 1 for year, month, _ in found], np.int64)[days - first]

    def seasons(self, months: Ints) -> Ints:
        """Return the code of the season of each month.

        >>> [SEASONS[code] for code in Years().seasons(np.array([0, 2, 11]))]
        ['winter', 'spring', 'winter']
        >>> [SEASONS[code] for code in Years("jalali").seasons(np.array([0, 11]))]
        ['spring', 'winter']
        >>> [SEASONS[code] for code in Years(hemisphere="south").seasons(np.array([0]))]
        ['summer']
        """
        return (self.turns(months) + (2 if self.hemisphere == "south" else 0)) % len(SEASONS)

    def turns(self, months: Ints) -> Ints:
        """Return the number of the season that each month is in, where seasons are counted on over the years.

        A December and the January after it are in one winter.
        """
        return (months - _FIRST[self.calendar]) // _OF_A_SEASON


def weekdays(days: Ints) -> Ints:
    """Return the code of the weekday of each day.

    >>> WEEKDAYS[weekdays(np.array([0]))[0]]
    'Thursday'
    """
    return (days + 3) % len(WEEKDAYS)
