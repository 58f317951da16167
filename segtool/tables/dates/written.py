"""Cells with a day, as people write them, one at a time."""

import re
from functools import lru_cache

from segtool.tables.dates.clocks import REMEMBERED, clock, compact_clock
from segtool.tables.dates.spelling import (
    DAY_FIRST,
    EITHER,
    EITHER_END,
    JALALI,
    MONTH_FIRST,
    SHORT_YEAR,
    Cell,
    Clock,
    DateSpelling,
    Day,
    day_of,
    full_year,
)
from segtool.tables.dates.words import plain_words, words

LONGEST = 80
"""A longer cell is no date."""

_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_NUMBERS = re.compile(r"([0-9]{1,4})( ?[-/.] ?| )([0-9]{1,2})\2([0-9]{1,4})")
_NAMED = re.compile(r"[0-9]+|[^\W\d_]+")
_MARKS = " ./,'-"
_LEADING_WORD = re.compile(r"([^\W\d_]+(?:[ -][^\W\d_]+)?)[ .,]+(?=[0-9])")
_BEFORE_CLOCK = re.compile(r"[ t,]+(?=[0-9])")
_AFTER_CLOCK = re.compile(r"[ ,-]+")
_CLOCK_FIRST = re.compile(r"[0-9]{1,2} ?[:h] ?[0-9]")


class WrittenDays:
    """Reads cells in all the ways that need no format, with what a spelling knows."""

    def __init__(self, spelling: DateSpelling) -> None:
        self._order = spelling.order
        self._calendar = spelling.calendar
        self._jalali = spelling.calendar == "jalali"
        self.clock = lru_cache(REMEMBERED)(self._read_clock)
        self._at = re.compile(rf",?(?: -| (?:{'|'.join(sorted(words().at))}))$")
        self._ordinal = re.compile(rf"(?<=[0-9])(?:{'|'.join(sorted(words().ordinals))})(?![^\W\d_])")

    def cell(self, text: str) -> Cell | None:
        """Return a day with or without a time, the time on either side."""
        text = plain_words(text) if len(text) <= LONGEST else ""
        pairs = [(text[: gap.start()], text[gap.end() :]) for gap in _BEFORE_CLOCK.finditer(text)]
        if _CLOCK_FIRST.match(text):
            pairs += [(text[gap.end() :], text[: gap.start()]) for gap in _AFTER_CLOCK.finditer(text)]
        for left, right in pairs:
            time = clock(right) or (compact_clock(right) if _COMPACT.fullmatch(left) else None)
            day = self.day(left) if time else None
            if day and time:
                return Cell(day, time)
        day = self.day(text)
        return Cell(day, Clock(0)) if day else None

    def day(self, text: str) -> Day | None:
        """Return the day that a text says which says nothing else."""
        text = self._at.sub("", plain_words(text).rstrip(" ,"))
        match = _COMPACT.fullmatch(text)
        if match:
            return day_of(int(match[1]), int(match[2]), int(match[3]), self._calendar)
        match = _NUMBERS.fullmatch(text)
        if match:
            return self._numbered(*match.groups())
        return None if text.isdecimal() else self._worded(text)

    def _read_clock(self, text: str) -> Clock | None:
        """Return the time that a text says which says nothing else."""
        return clock(plain_words(text).lstrip(" t,"))

    def _numbered(self, first: str, mark: str, second: str, third: str) -> Day | None:
        if len(first) == 4 and len(third) <= 2:
            return day_of(int(first), int(second), int(third), self._calendar)
        if len(first) > 2 or len(third) not in (2, 4):
            return None
        if self._jalali and len(third) == 2:
            return self._in_year(first, int(second), int(third), jalali=True) if len(first) == 2 else None
        day_first = self._in_year(third, int(second), int(first))
        month_first = self._in_year(third, int(first), int(second))
        year_first = len(third) == len(first) == 2 and "." not in mark and self._in_year(first, int(second), int(third))
        chosen = {"day first": day_first, "month first": month_first}.get(self._order or "")
        if day_first and month_first:
            if day_first == month_first and day_first == (year_first or day_first):
                return day_first
            kinds = (EITHER,) * (day_first != month_first) + (EITHER_END,) * bool(year_first)
            return Day(chosen.number if chosen else None, (*kinds, *day_first.kinds))
        if day_first and year_first:
            return Day(chosen.number if chosen else None, (EITHER_END, *day_first.kinds))
        if day_first:
            return Day(day_first.number if self._order != "month first" else None, (DAY_FIRST, *day_first.kinds))
        if month_first:
            return Day(month_first.number if self._order != "day first" else None, (MONTH_FIRST, *month_first.kinds))
        return None

    def _in_year(self, year: str, month: int, day: int, *, jalali: bool = False) -> Day | None:
        """Return a day of a year of two or four digits; one of two is in the calendar that is named."""
        if len(year) == 4:
            return day_of(int(year), month, day, self._calendar)
        found = day_of(full_year(int(year), jalali=jalali), month, day, self._calendar)
        return Day(found.number, (*found.kinds, SHORT_YEAR)) if found else None

    def _worded(self, text: str) -> Day | None:
        """Return a day with the name of its month or weekday."""
        weekday = _LEADING_WORD.match(text)
        if weekday and re.sub("[ -]", "", weekday[1]) in words().weekdays:
            match = _NUMBERS.fullmatch(text, weekday.end())
            if match:
                return self._numbered(*match.groups())
        text = self._ordinal.sub("", text)
        if _NAMED.sub("", text).strip(_MARKS):
            return None
        parts = _joined(_NAMED.findall(text))
        if len(parts) == 4 and parts[0] in words().weekdays:
            parts = parts[1:]
        if len(parts) != 3:
            return None
        first, middle, last = parts
        if middle.isdecimal():  # January 31 2024
            first, middle = middle, first
        elif len(first) == 4:  # 2024 January 31
            first, last = last, first
        month = words().month(middle)
        if month is None or not (first.isdecimal() and last.isdecimal() and len(first) <= 2 and len(last) in (2, 4)):
            return None
        number, jalali = month
        found = self._in_year(last, number, int(first), jalali=jalali)
        return found if found and (JALALI in found.kinds) == jalali else None


def _joined(parts: list[str]) -> list[str]:
    """Return numbers and names, names of two words as one, without the words that only stand between."""
    known, joined = words(), list[str]()
    for part in parts:
        pair = joined[-1] + part if joined else part
        if joined and (known.month(pair) or pair in known.weekdays):
            joined[-1] = pair
        else:
            joined.append(part)
    return [part for part in joined if part not in known.between]
