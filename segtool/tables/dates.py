"""Dates and times as written: ISO text, Arrow dates and timestamps as wall-clock microseconds since 1970."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError
from segtool.tables.arrays import Ints, Mask, as_column, valid, values
from segtool.tables.text import plain

DAY = 86_400_000_000
"""Microseconds in a day."""

EPOCH = date(1970, 1, 1)

YEARS = (1900, 2199)
"""Years that a shop's order can have. 1300-1499 would be the Jalali calendar, read as Gregorian by most parsers."""

_RANGE = tuple((date(year, *day) - EPOCH).days for year, day in zip(YEARS, ((1, 1), (12, 31)), strict=True))
_TIME = re.compile(r"[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|z|[+-]\d\d(?::?\d\d)?)?)?")
"""It reads whatever Arrow reads, so that one odd cell does not change how its neighbours are read."""


@dataclass(frozen=True)
class Moments:
    """Wall-clock times of a column: microseconds since 1970-01-01, 0 where `readable` is false."""

    micros: Ints
    readable: Mask


def moments(column: pa.Array, timezone: str | None = None) -> Moments:
    """Return the wall-clock times of a column of dates, timestamps or ISO text.

    The day is the one that is written: a timestamp with a zone counts in its own zone, text with an offset as it
    stands. `timezone` converts those instants and leaves times without a zone alone.

    >>> moments(pa.array(["1970-01-02", "1970-01-02 00:00:01", "2024-02-31"])).micros.tolist()
    [86400000000, 86401000000, 0]
    """
    column = plain(column)
    offsets = None
    if pa.types.is_date(column.type):
        stored, per_day = (pa.int32(), 1) if pa.types.is_date32(column.type) else (pa.int64(), DAY // 1000)
        days = _filled(column.cast(stored), stored) // per_day
        written = valid(column) & (np.abs(days) < 10**6)
        wall = np.where(written, days, 0) * DAY
    elif pa.types.is_timestamp(column.type):
        wall, written = _wall(column, timezone)
    else:
        column = column.cast(pa.string())
        try:
            wall, written = values(column.cast(pa.timestamp("us"))), valid(column)
        except pa.ArrowInvalid:
            wall, written, offsets = _spelled(pc.utf8_trim_whitespace(column))
    if offsets is not None and timezone is not None:
        zoned = ~np.isnan(offsets)
        instants = as_column(wall - np.where(zoned, offsets, 0).astype(np.int64), pa.timestamp("us", "UTC"))
        wall = np.where(zoned, _wall(instants, timezone)[0], wall)
    readable = written & (wall >= _RANGE[0] * DAY) & (wall < (_RANGE[1] + 1) * DAY)
    return Moments(wall if readable.all() else np.where(readable, wall, 0), readable)


def _filled(column: pa.Array, stored: pa.DataType) -> Ints:
    """Return whole numbers as they are stored, zero at nulls."""
    whole = values(column, stored.to_pandas_dtype()).astype(np.int64, copy=False)
    return whole if column.null_count == 0 else np.where(valid(column), whole, 0)


def _wall(column: pa.Array, timezone: str | None) -> tuple[Ints, Mask]:
    if column.type.tz is not None:
        if timezone is not None:
            column = column.cast(pa.timestamp(column.type.unit, timezone))
        try:
            column = pc.local_timestamp(column)
        except pa.ArrowInvalid:
            raise DataError(
                f"The dates are in an unknown time zone, {column.type.tz!r}. Say --timezone ZONE."
            ) from None
    ticks, per_second = _filled(column, pa.int64()), {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
    scale = per_second[column.type.unit]
    limit = min(2**38 * scale, 2**63 - 1)  # thousands of years past any readable one, and no overflow below
    in_range = (ticks < limit) & (ticks > -limit)
    ticks = ticks if in_range.all() else np.where(in_range, ticks, 0)
    wall = ticks // 1000 if scale == 10**9 else ticks * (10**6 // scale)
    return wall, valid(column) & in_range


def _spelled(column: pa.Array) -> tuple[Ints, Mask, npt.NDArray[np.float64]]:
    """Times from text in which some cell is not what Arrow reads: each distinct day and each distinct time once."""
    day_rows, day_values = _distinct(pc.utf8_slice_codeunits(column, 0, 10), _day)
    time_rows, time_values = _distinct(pc.utf8_slice_codeunits(column, 10), _time)
    days, times = day_values[day_rows], time_values[time_rows]
    wall = days[:, 0] * DAY + times[:, 0]
    written = ~np.isnan(wall)
    return np.where(written, wall, 0).astype(np.int64), written, times[:, 1]


def _distinct(column: pa.Array, parse):  # type: ignore[no-untyped-def]
    encoded = pc.fill_null(column, "").dictionary_encode()
    parsed = np.array([parse(text) for text in encoded.dictionary.to_pylist()]).reshape(-1, 2)
    return values(encoded.indices, np.int32), parsed


def _day(text: str) -> tuple[float, float]:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return np.nan, 0
    try:
        return (date.fromisoformat(text) - EPOCH).days, 0
    except ValueError:
        return np.nan, 0


def _time(text: str) -> tuple[float, float]:
    """Microseconds of the day and of the offset from UTC (NaN: none is written)."""
    if not text:
        return 0, np.nan
    match = _TIME.fullmatch(text)
    if not match:
        return np.nan, np.nan
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    if hour > 23 or minute > 59 or second > 59:
        return np.nan, np.nan
    micros = ((hour * 60 + minute) * 60 + second) * 10**6 + int((match[4] or "").ljust(6, "0")[:6])
    zone = match[5]
    if zone is None:
        return micros, np.nan
    if zone in "Zz":
        return micros, 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * 10**6
    return micros, offset if zone[0] == "+" else -offset


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def calendar_day(number: int) -> date:
    """Return the date that lies so many days after 1970-01-01."""
    return EPOCH + timedelta(days=int(number))
