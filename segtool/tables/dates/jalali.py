"""The Jalali calendar: days since 1970-01-01 as year, month and day of the Iranian solar year, and back.

The years are those of the 33-year rule: of each 33 years, the 8 are leap years that leave 1, 5, 9, 13, 17, 22, 26 or
30 when divided by 33. The official calendar is no rule: a year begins on the day whose noon at 52.5 degrees east
follows the equinox of March. For the years 1300-1499 the two agree, as equinoxes by Meeus (Astronomical Algorithms,
chapter 27) show; the 2820-year rule of Birashk does not: it makes 1404 a leap year, and 1403 was one.
"""

_NEW_YEAR = -492_633
"""The first day of the year 0, were its leap days to count from there."""

_FIRST_HALF = 6 * 31
"""Days of the first six months, which have 31 each; five of 30 follow, and one of 29 or 30."""


def jalali_to_day(year: int, month: int, day: int) -> int | None:
    """Return the days since 1970-01-01, None for a day that the year does not have.

    >>> jalali_to_day(1348, 10, 11), jalali_to_day(1403, 12, 30), jalali_to_day(1404, 12, 30)
    (0, 20167, None)
    """
    if not (1 <= month <= 12 and 1 <= day <= _month_length(year, month)):
        return None
    before = 31 * (month - 1) if month <= 7 else _FIRST_HALF + 30 * (month - 7)
    return _new_year(year) + before + day - 1


def day_to_jalali(number: int) -> tuple[int, int, int]:
    """Return the year, month and day of the day that lies so many days after 1970-01-01.

    >>> day_to_jalali(0), day_to_jalali(20167)
    ((1348, 10, 11), (1403, 12, 30))
    """
    year = (number - _NEW_YEAR) * 33 // (33 * 365 + 8) + 1
    while _new_year(year) > number:
        year -= 1
    day = number - _new_year(year)
    if day < _FIRST_HALF:
        return year, day // 31 + 1, day % 31 + 1
    day -= _FIRST_HALF
    return year, day // 30 + 7, day % 30 + 1


def _new_year(year: int) -> int:
    """Return the first day of a year. A leap year raises the rounded-down share of leap days by one for the next."""
    return _NEW_YEAR + 365 * year + (8 * year + 21) // 33


def _month_length(year: int, month: int) -> int:
    if month == 12:
        return _new_year(year + 1) - _new_year(year) - 336
    return 31 if month <= 6 else 30
