"""Dates by a format that somebody names, in the letters of strptime."""

import re
from calendar import isleap
from collections.abc import Mapping
from functools import lru_cache

from segtool.tables.dates.clocks import REMEMBERED, SECOND, ZONE, noon_hour, time_of_day, utc_offset
from segtool.tables.dates.jalali import jalali_to_day
from segtool.tables.dates.spelling import (
    DAY,
    JALALI,
    SHORT_YEAR,
    Calendar,
    Cell,
    Clock,
    DateSpelling,
    Day,
    day_of,
    full_year,
)
from segtool.tables.dates.words import name_key, plain_words, words

_SHORT_FOR = {
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "R": "%H:%M",
    "e": "%d",
    "h": "%b",
    "B": "%b",
    "A": "%a",
}
_NAME = r"[^\W\d_]+(?:[ .-]{1,2}[^\W\d_]+){0,2}\.?"
_WORDS = {"b": _NAME, "a": _NAME, "p": _NAME, "z": ZONE}
_DIGITS = {"Y": (4, 4), "y": (2, 2), "j": (1, 3), "f": (1, 9), "s": (1, 11)} | dict.fromkeys("mdHIMS", (1, 2))
"""The fewest and the most digits of each number."""

_OF_THE_TIME = frozenset("HIMSfpz")
_PART = re.compile(r"%-?(.?)|[^%\s]+|\s+", re.DOTALL)

Parts = list[tuple[str, str]]
"""The letters and literals of a format in their order: ("d", "") and ("", ".")."""


class FormattedDays:
    """Reads cells in one format; month and day may lack their zeros where that leaves no doubt."""

    def __init__(self, spelling: DateSpelling) -> None:
        """Raises ValueError for a format that names no day, or has a letter that is not known."""
        self.clock = lru_cache(REMEMBERED)(self._read_clock)
        parts = format_parts(spelling.format or "")
        self._calendar = spelling.calendar
        self._whole = _pattern(parts)
        self._halves = [_pattern(half) for half in _halves(parts)]

    def cell(self, text: str) -> Cell | None:
        """Return what a cell says that has the format from end to end."""
        match = self._whole.fullmatch(plain_words(text))
        if not match:
            return None
        found = match.groupdict()
        if "s" in found:
            micros = int(found["s"]) * SECOND
            return Cell(Day(micros // DAY), Clock(micros % DAY, 0))
        day, time = _day(found, self._calendar), _clock(found)
        return Cell(day, time) if day and time else None

    def day(self, text: str) -> Day | None:
        """Return the day from the part of a cell before its time, None where the format has no such part."""
        match = self._halves[0].fullmatch(plain_words(text)) if self._halves else None
        return _day(match.groupdict(), self._calendar) if match else None

    def _read_clock(self, text: str) -> Clock | None:
        """Return the time from the part of a cell behind its day."""
        match = self._halves[1].fullmatch(plain_words(text)) if self._halves else None
        return _clock(match.groupdict()) if match else None


def format_parts(written: str) -> Parts:
    """Return the letters and literals of a format, its abbreviations spelled out.

    >>> format_parts("%-d.%m.%y")
    [('d', ''), ('', '.'), ('m', ''), ('', '.'), ('y', '')]

    Raises ValueError for a letter that is not known, and where the letters tell no day.
    """
    full = _PART.sub(lambda match: _SHORT_FOR.get(match[1] or "", match[0]), written.strip())
    parts: Parts = []
    for match in _PART.finditer(full):
        letter = match[1]
        if letter in _DIGITS or letter in _WORDS:
            parts.append((letter, ""))
        elif letter == "%" or letter is None:
            parts.append(("", "%" if letter else " " if match[0].isspace() else plain_words(match[0])))
        else:
            known = " ".join(
                f"%{each}"
                for each in sorted({*_DIGITS, *_WORDS, *_SHORT_FOR, "%"}, key=lambda each: (each.lower(), each))
            )
            raise ValueError(f"The date format {written!r} has %{letter}, which is not known. Known: {known}.")
    _check(written, [letter for letter, _ in parts if letter])
    return parts


def _check(written: str, letters: list[str]) -> None:
    twice = next((letter for letter in letters if letters.count(letter) > 1), None)
    if twice:
        raise ValueError(f"The date format {written!r} has %{twice} twice.")
    named = set(letters)
    dated = named & {"Y", "y"} and ("j" in named or ("d" in named and named & {"m", "b"}))
    if not dated and "s" not in named:
        raise ValueError(f"The date format {written!r} names no day. A day needs %Y or %y, %m or %b, and %d.")
    if {"Y", "y"} <= named or {"m", "b"} <= named or {"H", "I"} <= named or ("s" in named and len(named) > 1):
        raise ValueError(f"The date format {written!r} names a part of the date in two ways.")
    if "I" in named and "p" not in named:
        raise ValueError(f"The date format {written!r} has %I without %p. Hours up to 24 are %H.")


def _pattern(parts: Parts) -> re.Pattern[str]:
    """Return what a plain cell must be; a number beside another one has all its digits."""
    wanted = []
    for at, (letter, literal) in enumerate(parts):
        if letter in _DIGITS:
            fewest, most = _DIGITS[letter]
            beside = [other for other, _ in [*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2]]]
            crowded = letter not in "fs" and any(other in _DIGITS for other in beside)
            wanted.append(f"(?P<{letter}>[0-9]{{{most if crowded else fewest},{most}}})")
        else:
            wanted.append(f"(?P<{letter}>{_WORDS[letter]})" if letter else re.escape(literal))
    return re.compile("".join(wanted))


def _halves(parts: Parts) -> list[Parts]:
    """Return the parts of the day and those of the time, nothing where they do not lie one after the other.

    The cut is at a blank, which belongs to neither, or at a T, which belongs to the time.
    """
    at = next((i for i, (letter, _) in enumerate(parts) if letter in {"H", "I"}), 0)
    of_the_time = [letter in _OF_THE_TIME for letter, _ in parts if letter]
    if at < 2 or of_the_time != sorted(of_the_time) or parts[at - 1][1] not in (" ", "t"):
        return []
    return [parts[: at - 1], parts[at if parts[at - 1][1] == " " else at - 1 :]]


def _day(found: Mapping[str, str], calendar: Calendar | None) -> Day | None:
    month = (int(found["m"]), calendar == "jalali") if "m" in found else words().month(name_key(found.get("b", "")))
    if month is None and "j" not in found:
        return None
    if "a" in found and name_key(found["a"]) not in words().weekdays:
        return None
    number, jalali = month or (1, calendar == "jalali")
    year = int(found["Y"]) if "Y" in found else full_year(int(found["y"]), jalali=jalali)
    day = day_of(year, number, int(found.get("d", 1)), calendar)
    if day is None or ("b" in found and (JALALI in day.kinds) != jalali):
        return None
    if "j" in found:
        day = _within_year(day, year, int(found["j"]))
    return Day(day.number, (*day.kinds, SHORT_YEAR)) if day and "y" in found else day


def _within_year(first: Day, year: int, place: int) -> Day | None:
    """Return a day of the year from its first day and the place of the day, which counts from 1."""
    leap = jalali_to_day(year, 12, 30) is not None if JALALI in first.kinds else isleap(year)
    if first.number is None or not 1 <= place <= 365 + leap:
        return None
    return Day(first.number + place - 1, first.kinds)


def _clock(found: Mapping[str, str]) -> Clock | None:
    mark = name_key(found.get("p", ""))
    if mark and mark not in words().before_noon | words().after_noon:
        return None
    hour = noon_hour(int(found["I"]), mark) if "I" in found else int(found.get("H", 0))
    if hour is None:
        return None
    micros = time_of_day(hour, int(found.get("M", 0)), int(found.get("S", 0)), found.get("f", ""))
    offset = utc_offset(found["z"]) if "z" in found else None
    return None if micros is None or ("z" in found and offset is None) else Clock(micros, offset)
