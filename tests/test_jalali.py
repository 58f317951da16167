"""The Jalali calendar is the one that others compute and that Iran had."""

from datetime import date, timedelta
from math import cos, floor, radians

import jdatetime

from segtool.tables.dates.jalali import day_to_jalali, jalali_to_day

EPOCH = date(1970, 1, 1)


def test_all_jalali_days_of_200_years_are_those_of_another_implementation() -> None:
    first = (jdatetime.date(1300, 1, 1).togregorian() - EPOCH).days
    last = (jdatetime.date(1499, 12, 29).togregorian() - EPOCH).days
    assert day_to_jalali(last + 1) == (1500, 1, 1)
    for number in range(first, last + 1):
        own = jdatetime.date.fromgregorian(date=EPOCH + timedelta(number))
        assert day_to_jalali(number) == (own.year, own.month, own.day)
        assert jalali_to_day(own.year, own.month, own.day) == number


def test_a_jalali_year_has_a_leap_day_or_none() -> None:
    leap = [year for year in range(1395, 1415) if jalali_to_day(year, 12, 30) is not None]
    assert leap == [1395, 1399, 1403, 1408, 1412]
    absent = [(1403, 0, 1), (1403, 13, 1), (1403, 1, 0), (1403, 1, 32), (1403, 7, 31), (1403, 12, 31)]
    assert [jalali_to_day(*day) for day in absent] == [None] * 6


PERIODIC_TERMS = [
    (485, 324.96, 1934.136), (203, 337.23, 32964.467), (199, 342.08, 20.186), (182, 27.85, 445267.112),
    (156, 73.14, 45036.886), (136, 171.52, 22518.443), (77, 222.54, 65928.934), (74, 296.72, 3034.906),
    (70, 243.58, 9037.513), (58, 119.81, 33718.147), (52, 297.17, 150.678), (50, 21.02, 2281.226),
    (45, 247.54, 29929.562), (44, 325.15, 31555.956), (29, 60.93, 4443.417), (18, 155.12, 67555.328),
    (17, 288.79, 4562.452), (16, 198.04, 62894.029), (14, 199.76, 31436.921), (12, 95.39, 14577.848),
    (12, 287.11, 31931.756), (12, 320.81, 34777.259), (9, 227.73, 1222.114), (8, 15.45, 16859.074),
]  # fmt: skip
"""Sizes, angles and their change in a century: Meeus, Astronomical Algorithms, table 27.C."""


def equinox_of_march(year: int) -> float:
    """Return the equinox of a year from 1000 to 3000 as a Julian date in terrestrial time, good to a minute."""
    y = (year - 2000) / 1000
    mean = 2451623.80984 + 365242.37404 * y + 0.05169 * y**2 - 0.00411 * y**3 - 0.00057 * y**4
    t = (mean - 2451545) / 36525
    w = radians(35999.373 * t - 2.47)
    terms = sum(size * cos(radians(angle + change * t)) for size, angle, change in PERIODIC_TERMS)
    return mean + 0.00001 * terms / (1 + 0.0334 * cos(w) + 0.0007 * cos(2 * w))


def test_a_jalali_year_begins_on_the_day_whose_noon_in_iran_follows_the_equinox() -> None:
    """A Julian date counts from noon in UTC. On these days the sun's noon at 52.5 degrees east is at 8:37:30."""
    ahead = 75 / 86400  # terrestrial time before UTC, within a minute and a half
    for year in range(1300, 1501):
        noons = equinox_of_march(year + 621) - ahead + (12 - 8.625) / 24
        assert abs(noons - round(noons)) > 5 / 1440, "too near to tell"
        assert jalali_to_day(year, 1, 1) == floor(noons) + 1 - 2440588
