"""Lengths of time as a user says them: of silences, and of days."""

import re

from segtool.errors import UsageError

_LENGTH = re.compile(r"(\d{1,6}) *([a-z]*)")

_SECONDS = {"s": 1, "m": 60, "h": 3600}

_DAYS = {"": 1, "d": 1, "w": 7}


def gap_of(text: str) -> int:
    """Return the microseconds of a silence that ends a session: minutes, seconds or hours, less than a day.

    >>> gap_of("30m"), gap_of("1h") == gap_of("3600 s")
    (1800000000, True)

    Raises UsageError for what is no such length.
    """
    seconds = _times(text, _SECONDS)
    if seconds is None or not 0 < seconds < 86_400:
        raise UsageError(
            f"--session-gap {str(text)!r} is no length of a silence; write minutes, hours or seconds under a day: 30m."
        )
    return seconds * 1_000_000


def days_of(text: str | int, option: str) -> int:
    """Return the days of a length as 30d, 4w or 30. Raises UsageError for what is none.

    >>> days_of("30d", "--recent"), days_of("4w", "--recent"), days_of(90, "--recent")
    (30, 28, 90)
    """
    days = _times(text, _DAYS)
    if not days:
        raise UsageError(f"{option} {str(text)!r} is no number of days; write days or weeks: 30d, 4w.")
    return days


def _times(text: str | int, units: dict[str, int]) -> int | None:
    found = _LENGTH.fullmatch(str(text).strip().lower())
    return int(found[1]) * units[found[2]] if found and found[2] in units else None
