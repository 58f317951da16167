"""Named windows of the year, as Nowruz or Black Friday: what their TOML may say, and the days that they cover."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

from segtool.errors import ConfigError, MissingInputError, printable, why
from segtool.resources import read_text
from segtool.seasons.years import WEEKDAYS
from segtool.tables.dates import calendar_day, day_number
from segtool.tables.dates.jalali import day_to_jalali, jalali_to_day
from segtool.tables.dates.spelling import Calendar
from segtool.words import LANGUAGES

Span = tuple[int, int]
"""The first and the last day of a window of some year, days since 1970-01-01."""

_BUILT_IN = "seasons/windows.toml"
_KEYS = ("windows", "built_in")
_OF_ALL = ("name", "title", "calendar", "from", "to")
_AROUND = ("month", "weekday", "nth")
_MOST_WINDOWS = 50
_MOST_DAYS = 300
"""How far from its weekday a window may reach, and how long it may be: less than a year."""


@dataclass(frozen=True)
class Between:
    """From one day of a year to another, month and day each: of the next year, where that comes before the first."""

    first: tuple[int, int]
    last: tuple[int, int]

    def of_year(self, calendar: Calendar, year: int) -> Span:
        """Return the days in the window that begins in a year.

        >>> [str(calendar_day(day)) for day in Between((12, 15), (1, 13)).of_year("jalali", 1403)]
        ['2025-03-05', '2025-04-02']
        """
        return _day(calendar, year, *self.first), _day(calendar, year + (self.last < self.first), *self.last)


@dataclass(frozen=True)
class Around:
    """Days around the nth weekday of a month, from so many days after it to so many; `nth` below 0 counts back."""

    month: int
    weekday: int
    nth: int
    first: int
    last: int

    def of_year(self, calendar: Calendar, year: int) -> Span:
        """Return the days in the window of a year.

        >>> [str(calendar_day(day)) for day in Around(11, 3, 4, -3, 4).of_year("gregorian", 2024)]
        ['2024-11-25', '2024-12-02']
        """
        if self.nth > 0:
            begin = _day(calendar, year, self.month, 1)
            day = begin + (self.weekday - begin - 3) % 7 + 7 * (self.nth - 1)
        else:
            end = _day(calendar, year, self.month, 31)
            day = end - (end + 3 - self.weekday) % 7 + 7 * (self.nth + 1)
        return day + self.first, day + self.last


@dataclass(frozen=True)
class Window:
    """A time of every year: its name, its titles by language, and the rule that tells its days in a calendar."""

    name: str
    title: Mapping[str, str]
    calendar: Calendar
    rule: Between | Around

    @property
    def column(self) -> str:
        """The column with how many orders each person placed in it; rules read a hyphen as a minus."""
        return "_".join(["window", *self.name.split("-")])

    def spans(self, first: int, last: int) -> list[Span]:
        """Return the spans that have a day from the first to the last one, in their order.

        >>> yalda = Window("yalda", {}, "jalali", Between((9, 20), (9, 30)))
        >>> spans = yalda.spans(19_000, 19_400)  # 2022-01-08 to 2023-02-12
        >>> [(str(calendar_day(start)), str(calendar_day(end))) for start, end in spans]
        [('2022-12-11', '2022-12-21')]
        """
        years = range(_year(self.calendar, first) - 1, _year(self.calendar, last) + 2)
        spans = [self.rule.of_year(self.calendar, year) for year in years]
        return [(start, end) for start, end in spans if start <= last and end >= first]

    def after(self, day: int) -> Span:
        """Return the first span that begins after a day."""
        year = _year(self.calendar, day)
        spans = (self.rule.of_year(self.calendar, each) for each in range(year - 1, year + 3))
        return min(span for span in spans if span[0] > day)


def _year(calendar: Calendar, day: int) -> int:
    return calendar_day(day).year if calendar == "gregorian" else day_to_jalali(day)[0]


def _day(calendar: Calendar, year: int, month: int, day: int) -> int:
    """Return a day of a year; the last one of its month, where that is shorter."""
    while True:
        if calendar == "jalali":
            found = jalali_to_day(year, month, day)
        else:
            found = day_number(date(year, month, day)) if day <= _length(year, month) else None
        if found is not None:
            return found
        day -= 1


def _length(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def windows_of(file: str | Path | None = None) -> tuple[Window, ...]:
    """Return the windows that come with segtool, and those of a TOML file, which replace them where names are equal.

    A file that says `built_in = false` has only its own.

    >>> [window.name for window in windows_of()][:3]
    ['nowruz', 'back-to-school', 'yalda']

    Raises MissingInputError for a file that cannot be read, ConfigError, with the place, for what is no window.
    """
    if file is None:
        return _built_in()
    try:
        text = Path(file).read_text("utf-8")
    except OSError as error:
        raise MissingInputError(f"{file} cannot be read as windows: {why(error)}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8: byte {error.start + 1:,} is none of its text.") from None
    built_in, own = parse(text, str(file))
    columns = {window.column for window in own}
    return (*(window for window in _built_in() if built_in and window.column not in columns), *own)


@cache
def _built_in() -> tuple[Window, ...]:
    return parse(read_text(_BUILT_IN), _BUILT_IN)[1]


def parse(text: str, place: str) -> tuple[bool, tuple[Window, ...]]:
    """Return whether a TOML text leaves the windows of segtool in, and its own; `place` is what errors call it.

    Raises ConfigError that names the place, the window and what is wrong with it.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise ConfigError(f"{place} is no TOML: {printable(str(error))}.") from None
    except RecursionError:
        raise ConfigError(f"{place} has lists or tables too deep in one another: write them side by side.") from None
    try:
        return _windows(data)
    except ValueError as error:
        raise ConfigError(f"{place}: {printable(str(error))}.") from None


def _windows(data: Mapping[str, Any]) -> tuple[bool, tuple[Window, ...]]:
    _check_keys(data, _KEYS)
    built_in = data.get("built_in", True)
    if not isinstance(built_in, bool):
        raise ValueError("built_in is true or false")
    tables = data.get("windows")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ValueError('[[windows]] is missing: one table a window, with name, from = "12-01" and to = "12-24"')
    if len(tables) > _MOST_WINDOWS:
        raise ValueError(f"there are more than {_MOST_WINDOWS} windows")
    found: dict[str, Window] = {}
    for number, table in enumerate(tables, 1):
        name = table.get("name")
        if not isinstance(name, str) or not name or not all(char.isalnum() or char in "-_" for char in name):
            raise ValueError(f"window {number} has no name of letters, digits and hyphens")
        if name.replace("-", "_") in (other.replace("-", "_") for other in found):
            raise ValueError(f"window {name} stands twice; give each a name of its own, as {name}-2")
        try:
            found[name] = _window(name, table)
        except ValueError as error:
            raise ValueError(f"window {name}: {error}") from None
    return built_in, tuple(found.values())


def _window(name: str, table: Mapping[str, Any]) -> Window:
    _check_keys(table, (*_OF_ALL, *_AROUND))
    calendar = table.get("calendar", "gregorian")
    if calendar not in get_args(Calendar):
        raise ValueError(f"calendar = {calendar!r} is neither gregorian nor jalali")
    if missing := [key for key in ("from", "to") if key not in table]:
        raise ValueError(f"{' and '.join(missing)} missing: say where it begins and ends")
    around = [key for key in _AROUND if key in table]
    if around and len(around) < len(_AROUND):
        lack = " and ".join(key for key in _AROUND if key not in table)
        raise ValueError(f"{' and '.join(around)} stand without {lack}")
    rule = _around(table) if around else Between(*(_month_day(table, key, calendar) for key in ("from", "to")))
    return Window(name, _title(name, table), calendar, rule)


def _title(name: str, table: Mapping[str, Any]) -> Mapping[str, str]:
    title = table.get("title", name)
    title = {"en": title} if isinstance(title, str) else title
    if not isinstance(title, dict) or "en" not in title or not all(isinstance(each, str) for each in title.values()):
        raise ValueError('title is a text, or texts by language, as { en = "…", fa = "…" }')
    _check_keys(title, LANGUAGES)
    return title


def _month_day(table: Mapping[str, Any], key: str, calendar: Calendar) -> tuple[int, int]:
    text = table[key]
    parts = text.replace("/", "-").split("-") if isinstance(text, str) else []
    if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts):
        month, day = map(int, parts)
        if 1 <= month <= 12 and 1 <= day <= _longest(calendar, month):
            return month, day
    raise ValueError(f'{key} = {text!r} is no day of a year; write month and day, as "12-24"')


def _longest(calendar: Calendar, month: int) -> int:
    """Return the most days that a month can have."""
    if calendar == "gregorian":
        return _length(2024, month)
    return 31 if month <= 6 else 30


def _around(table: Mapping[str, Any]) -> Around:
    weekday = table["weekday"]
    days = [day.casefold() for day in WEEKDAYS]
    if not isinstance(weekday, str) or weekday.casefold() not in days:
        raise ValueError(f"weekday = {weekday!r} is none of {', '.join(WEEKDAYS)}")
    month = _whole(table, "month", 1, 12, "the number of a month, 1 to 12")
    nth = _whole(table, "nth", -4, 4, "1 to 4, or -1 to -4 from the end of the month")
    if nth == 0:
        raise ValueError("nth = 0 is not 1 to 4, or -1 to -4 from the end of the month")
    first, last = (
        _whole(table, key, -_MOST_DAYS, _MOST_DAYS, "a number of days from that weekday, as -3 or 4")
        for key in ("from", "to")
    )
    if last < first or last - first > _MOST_DAYS:
        raise ValueError(f"to = {last} does not lie within {_MOST_DAYS} days after from = {first}")
    return Around(month, days.index(weekday.casefold()), nth, first, last)


def _whole(table: Mapping[str, Any], key: str, least: int, most: int, what: str) -> int:
    value = table[key]
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{key} = {value!r} is not {what}")
    return value


def _check_keys(table: Mapping[str, Any], known: Sequence[str]) -> None:
    if other := [key for key in table if key not in known]:
        raise ValueError(f"{other[0]} is no key; there are {', '.join(known)}")
