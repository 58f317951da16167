"""Dates and times as wall-clock microseconds since 1970: text in many spellings, Arrow's types, and numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError
from segtool.tables.arrays import Ints, Mask, as_column, type_of, valid, values
from segtool.tables.dates.columns import PROBED, Reader, spelled
from segtool.tables.dates.jalali import day_to_jalali
from segtool.tables.dates.numbers import NO_OFFSET, UNREAD, Reading, bits, numbered, serial_days
from segtool.tables.dates.spelling import (
    DAY,
    EITHER,
    EPOCH,
    JALALI_YEARS,
    SHORT_YEAR,
    YEARS,
    Calendar,
    DateSpelling,
    day_of,
    full_year,
    in_years,
)
from segtool.tables.dates.words import plain_words
from segtool.tables.dates.written import WrittenDays
from segtool.tables.text import plain

_RANGE, _JALALI_RANGE = in_years(YEARS), in_years(JALALI_YEARS)
_ANY = DateSpelling()


@dataclass(frozen=True)
class Moments:
    """Wall-clock times of a column: microseconds since 1970-01-01, 0 where `readable` is false.

    `clues` tell what the cells say about their spelling: kind -> row and text of the first cell of that kind.
    """

    micros: Ints
    readable: Mask
    clues: Mapping[str, tuple[int, str]] = field(default_factory=dict)


def moments(column: pa.Array, spelling: DateSpelling = _ANY, timezone: str | None = None) -> Moments:
    """Return the wall-clock times of a column of dates, timestamps, text or numbers.

    The day is the one that is written: a timestamp with a zone counts in its own zone, text with an offset as it
    stands, seconds since 1970 in UTC. `timezone` converts those instants and leaves times without a zone alone.

    Arrow's dates are Gregorian. One of the years 1300 to 1499 was a Jalali day that some tool took for a Gregorian
    one: it is read as that Jalali day. The days 29 to 31 of the second month that a Gregorian year has not, and the
    31st of the fourth, are lost before such a column comes here; a day that the Jalali month has not is unreadable.

    >>> moments(pa.array(["1970-01-02", "2 Jan. 1970 00:00:01", "2024-02-31"])).micros.tolist()
    [86400000000, 86401000000, 0]
    >>> moments(pa.array(["1348/10/12", "02/01/1970"])).clues
    {'either': (1, '02/01/1970'), 'jalali': (0, '1348/10/12')}

    Raises ValueError for a format that names no day.
    """
    column = plain(column)
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        wall, written = _typed(column, timezone)
        readable = written & _in_range(wall)
        if readable.all():
            return Moments(wall, readable)
        reading = Reading.nothing(len(column))
        reading.wall[:] = np.where(readable, wall, UNREAD)
        taken = np.flatnonzero(written & ~readable)
        reading.put(taken, _as_jalali(wall[taken], spelling.calendar))
        return _moments(reading, column, timezone)
    if not _is_number(column.type) or spelling.format is not None:
        return _text(_digits(column), spelling, timezone)
    return _moments(_numbers(column, spelling), column, timezone)


def _text(column: pa.Array, spelling: DateSpelling, timezone: str | None) -> Moments:
    """Return the times of text: by Arrow alone if it reads every cell, else as people write them."""
    reading = Reading.nothing(len(column))
    odd = np.arange(len(column))
    if spelling.format is None and spelling.calendar != "jalali":
        try:
            column[:PROBED].cast(pa.timestamp("us"))
            wall, written = values(column.cast(pa.timestamp("us"))), valid(column)
        except pa.ArrowInvalid:
            pass
        else:
            readable = written & _in_range(wall)
            if readable.all():
                return Moments(wall, readable)
            reading.wall[:] = np.where(readable, wall, UNREAD)
            odd = np.flatnonzero(written & ~readable)
    cells = column if len(odd) == len(column) else column.take(as_column(odd))
    in_format = spelling.format is not None
    cells = pc.utf8_trim_whitespace(cells)
    reading.put(odd, spelled(cells, _reader(spelling), in_format=in_format, serials=spelling.serials and not in_format))
    return _moments(reading, column, timezone)


def _moments(reading: Reading, column: pa.Array, timezone: str | None) -> Moments:
    wall = reading.wall
    zoned = reading.offset != NO_OFFSET
    if timezone is not None and zoned.any():
        rows = np.flatnonzero(zoned & (wall != UNREAD))
        instants = as_column(wall[rows] - reading.offset[rows], pa.timestamp("us", "UTC"))
        wall = wall.copy()
        wall[rows] = _wall(instants, timezone)[0]
    readable = (wall != UNREAD) & _in_range(wall)
    clues = {kind: (row, str(column[row]).strip()) for kind, row in reading.first_of_kind().items()}
    return Moments(np.where(readable, wall, 0), readable, clues)


def _in_range(wall: Ints) -> Mask:
    return (wall >= _RANGE[0] * DAY) & (wall < (_RANGE[1] + 1) * DAY)


@lru_cache(maxsize=4)
def _reader(spelling: DateSpelling) -> Reader:
    """Return what reads a spelling; it remembers the times that it has met, from batch to batch."""
    if spelling.format is None:
        return WrittenDays(spelling)
    from segtool.tables.dates.format import FormattedDays

    return FormattedDays(spelling)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _digits(column: pa.Array) -> pa.Array:
    """Return a column as text, floats without a fraction as whole numbers."""
    if not pa.types.is_floating(column.type):
        return column.cast(pa.string())
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53))
    return pc.coalesce(pc.if_else(whole, column, None).cast(pa.int64()).cast(pa.string()), column.cast(pa.string()))


def _numbers(column: pa.Array, spelling: DateSpelling) -> Reading:
    """Return the times of a column of numbers."""
    day = WrittenDays(spelling).day
    if pa.types.is_integer(column.type):
        whole = values(column.cast(pa.int64(), safe=False))
        return numbered(np.where(valid(column), whole, 0), day)
    floats = values(column.cast(pa.float64()), np.float64)
    floats = np.where(valid(column) & (np.abs(floats) < 2.0**53), floats, 0)
    for most, micros in ((10**10, 10**6), (10**13, 1000)):  # seconds, or milliseconds, and a part of one
        rows = (floats >= most // 10) & (floats < most) & (floats != np.floor(floats))
        floats = np.where(rows, np.rint(floats * micros), floats)
    reading = numbered(np.where(floats == np.floor(floats), floats, 0).astype(np.int64), day)
    if spelling.serials:
        left = np.flatnonzero(reading.wall == UNREAD)
        reading.put(left, serial_days(floats[left]))
    return reading


def _filled(column: pa.Array, stored: pa.DataType) -> Ints:
    """Return whole numbers as they are stored, zero at nulls."""
    whole = values(column, type_of(stored)).astype(np.int64, copy=False)
    return whole if column.null_count == 0 else np.where(valid(column), whole, 0)


def _typed(column: pa.Array, timezone: str | None) -> tuple[Ints, Mask]:
    """Return the wall-clock times of Arrow's dates and timestamps, and which there are."""
    if pa.types.is_timestamp(column.type):
        return _wall(column, timezone)
    stored, per_day = (pa.int32(), 1) if pa.types.is_date32(column.type) else (pa.int64(), DAY // 1000)
    days = _filled(column.cast(stored), stored) // per_day
    written = valid(column) & (np.abs(days) < 10**6)
    return np.where(written, days, 0) * DAY, written


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


def _as_jalali(wall: Ints, calendar: Calendar | None) -> Reading:
    """Return the Jalali days whose year, month and day those of Gregorian days in the years 1300 to 1499 are."""
    days, places = np.unique(wall // DAY, return_inverse=True)
    reading = Reading.nothing(len(days))
    for i, number in enumerate(days.tolist()):
        if _JALALI_RANGE[0] <= number <= _JALALI_RANGE[1]:
            taken = EPOCH + timedelta(number)
            day = day_of(taken.year, taken.month, taken.day, calendar)
            if day is not None and day.number is not None:
                reading.wall[i], reading.kinds[i] = day.number * DAY, bits(day)
    found = reading.take(places)
    found.wall[:] = np.where(found.wall == UNREAD, UNREAD, found.wall + wall % DAY)
    return found


def readings(cell: str, calendar: Calendar | None = None) -> tuple[date, date]:
    """Return the days that a cell of the kind EITHER means with the day first and with the month first.

    >>> [str(day) for day in readings("03/04/2024 10:00")]
    ['2024-04-03', '2024-03-04']

    Raises ValueError for a cell that means one day or none.
    """
    found = [WrittenDays(DateSpelling(order, calendar)).cell(cell) for order in ("day first", "month first")]
    days = [each.day.number for each in found if each and EITHER in each.day.kinds]
    if len(days) != 2 or days[0] is None or days[1] is None:
        raise ValueError(f"{cell!r} does not mean two days.")
    return calendar_day(days[0]), calendar_day(days[1])


def with_year_first(cell: str, calendar: Calendar | None = None) -> date | None:
    """Return the day that a cell of the kind EITHER_END means with the year first.

    >>> str(with_year_first("24-01-31"))
    '2024-01-31'
    """
    numbers = [int(number) for number in re.findall("[0-9]+", plain_words(cell))[:3]]
    day = day_of(full_year(numbers[0], jalali=calendar == "jalali"), numbers[1], numbers[2], calendar)
    return None if day is None or day.number is None else calendar_day(day.number)


def parse_day(text: str) -> date | None:
    """Return the day that a text says without a time and beyond doubt, None if it says none.

    >>> str(parse_day("1403/12/29")), str(parse_day("31 Dec 2024")), parse_day("3/4/2024"), parse_day("3 Apr 24")
    ('2025-03-19', '2024-12-31', None, None)
    """
    day = WrittenDays(_ANY).day(text)
    return None if day is None or day.number is None or SHORT_YEAR in day.kinds else calendar_day(day.number)


def day_text(day: date, calendar: Calendar = "gregorian") -> str:
    """Return a day as it is written in a calendar.

    >>> day_text(date(2024, 7, 29), "jalali"), day_text(date(2024, 7, 29))
    ('1403/05/08', '2024-07-29')
    """
    if calendar == "gregorian":
        return day.isoformat()
    year, month, number = day_to_jalali(day_number(day))
    return f"{year:04}/{month:02}/{number:02}"


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def calendar_day(number: int) -> date:
    """Return the date that lies so many days after 1970-01-01."""
    return EPOCH + timedelta(days=int(number))
