"""Times of day as people write them."""

import re

from segtool.tables.dates.spelling import Clock
from segtool.tables.dates.words import words

SECOND = 10**6

REMEMBERED = 100_000
"""So many texts of times are worth remembering: all the seconds of a day."""

ZONE = "z|(?:utc|gmt)? ?[+-][0-9]{2}(?::?[0-9]{2})?|utc|gmt"
"""How an offset from UTC is written in plain words. Other letters name more than one zone."""

_CLOCK = re.compile(
    r"([0-9]{1,2})(?:(?::| ?h ?)([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?![0-9])|(?: ?(h))?(?![0-9h]))(.*)"
)
_COMPACT = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})?")
_TAIL = re.compile(rf" ?([^0-9+-]*?) ?({ZONE})?")


def clock(text: str) -> Clock | None:
    """Return the time that plain words say, None if they say none.

    It reads whatever Arrow reads, so that one odd cell does not change how its neighbours are read.

    >>> clock("0:00:01.5"), clock("12:00 a.m.").micros, clock("1:00+01:00").offset, clock("13:00 pm"), clock("24:00")
    (Clock(micros=1500000, offset=None), 0, 3600000000, None, None)
    """
    match = _CLOCK.fullmatch(text)
    if not match:
        return None
    hour, minute, second, fraction, bare, rest = match.groups()
    tail = _TAIL.fullmatch(rest)
    if not tail:
        return None
    mark = re.sub(r"[. ]", "", tail[1])
    if not mark and minute is None and bare is None and len(hour) == 1:
        return None
    told = int(hour) if not mark or mark in words().oclock else noon_hour(int(hour), mark)
    if minute is None and tail[2]:
        return None
    offset = utc_offset(tail[2]) if tail[2] else None
    micros = None if told is None else time_of_day(told, int(minute or 0), int(second or 0), fraction or "")
    return None if micros is None or (tail[2] and offset is None) else Clock(micros, offset)


def compact_clock(text: str) -> Clock | None:
    """Return the time of four or six digits.

    >>> compact_clock("000001"), compact_clock("2500")
    (Clock(micros=1000000, offset=None), None)
    """
    match = _COMPACT.fullmatch(text)
    if not match:
        return None
    micros = time_of_day(int(match[1]), int(match[2]), int(match[3] or 0))
    return None if micros is None else Clock(micros)


def noon_hour(hour: int, mark: str) -> int | None:
    """Return the hour of the day from one of twelve and a mark, by its key, for before or after noon.

    >>> noon_hour(12, "am"), noon_hour(4, "pm"), noon_hour(13, "pm")
    (0, 16, None)
    """
    known = words()
    if not 1 <= hour <= 12 or mark not in known.before_noon | known.after_noon:
        return None
    return hour % 12 + (12 if mark in known.after_noon else 0)


def time_of_day(hour: int, minute: int, second: int, fraction: str = "") -> int | None:
    """Return microseconds since midnight; digits past the sixth of a fraction are dropped."""
    if hour > 23 or minute > 59 or second > 59:
        return None
    return ((hour * 60 + minute) * 60 + second) * SECOND + int(fraction.ljust(6, "0")[:6])


def utc_offset(zone: str) -> int | None:
    """Return the microseconds from UTC to a zone that is written as an offset, or as UTC, GMT or Z.

    >>> utc_offset("z"), utc_offset("+0130"), utc_offset("gmt-01")
    (0, 5400000000, -3600000000)
    """
    signed = re.sub(r"[a-z: ]", "", zone)
    if not signed:
        return 0
    hours, minutes = int(signed[1:3]), int(signed[3:] or 0)
    if hours > 23 or minutes > 59:
        return None
    size = (hours * 60 + minutes) * 60 * SECOND
    return size if signed[0] == "+" else -size
