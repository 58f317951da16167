"""Dates that are one number: 20240131, 20240131123000, seconds since 1970, and days as spreadsheets count them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints, Mask
from segtool.tables.dates.clocks import SECOND
from segtool.tables.dates.spelling import DAY, KINDS, Cell, Clock, Day

UNREAD = -(2**63)
"""The wall time, day or clock of what could not be read."""

NO_OFFSET = -(2**63)
"""The offset of a time that has none."""

_BITS = {kind: 1 << i for i, kind in enumerate(KINDS)}
_EPOCHS = {10: SECOND, 13: 1000, 16: 1}
"""How many microseconds one of a number since 1970 is, by its digits."""

_CLOCKS = {8: 0, 12: 4, 14: 6}
"""How many digits of the time follow the day, by the digits of them all."""

_SERIAL_OF_1970 = 25_569
_NO_DAY = 60
"""The serial of 29 February 1900, which never was."""


@dataclass(frozen=True)
class Reading:
    """What cells say, one entry each: wall-clock and offset in microseconds, and the kinds of clues as bits."""

    wall: Ints
    offset: Ints
    kinds: npt.NDArray[np.uint8]

    @classmethod
    def nothing(cls, size: int) -> "Reading":
        return cls(np.full(size, UNREAD), np.full(size, NO_OFFSET), np.zeros(size, np.uint8))

    @classmethod
    def of(cls, cells: Sequence[Cell | None]) -> "Reading":
        """Return cells read one by one, in their order.

        >>> Reading.of([Cell(Day(1), Clock(5)), None]).wall.tolist() == [86_400_000_005, UNREAD]
        True
        """
        reading = cls.nothing(len(cells))
        for row, cell in enumerate(cells):
            if cell is not None:
                number, clock = cell.day.number, cell.clock
                reading.wall[row] = UNREAD if number is None else number * DAY + clock.micros
                reading.offset[row] = NO_OFFSET if clock.offset is None else clock.offset
                reading.kinds[row] = bits(cell.day)
        return reading

    def take(self, rows: npt.NDArray[np.integer]) -> "Reading":
        return Reading(self.wall[rows], self.offset[rows], self.kinds[rows])

    def put(self, rows: npt.NDArray[np.integer] | Mask, other: "Reading") -> None:
        """Set some entries to those of another reading, in its order."""
        self.wall[rows], self.offset[rows], self.kinds[rows] = other.wall, other.offset, other.kinds

    def first_of_kind(self) -> dict[str, int]:
        """Return the first row of each kind of clue."""
        seen = int(np.bitwise_or.reduce(self.kinds)) if len(self.kinds) else 0
        return {kind: int(np.argmax(self.kinds & bit > 0)) for kind, bit in _BITS.items() if seen & bit}


def bits(day: Day) -> int:
    """Return the kinds of clues of a day as bits."""
    return sum(_BITS[kind] for kind in day.kinds)


def numbered(whole: Ints, day: Callable[[str], Day | None]) -> Reading:
    """Return the moments of whole numbers by how many digits they have; `day` reads those of eight.

    Numbers of 10, 13 and 16 digits are seconds, milliseconds and microseconds since 1970 in UTC; those of 8, 12 and
    14 are a year, month, day, hour, minute and second.
    """
    reading = Reading.nothing(len(whole))
    for digits, micros in _EPOCHS.items():
        rows = np.flatnonzero((whole >= 10 ** (digits - 1)) & (whole < 10**digits))
        reading.wall[rows], reading.offset[rows] = whole[rows] * micros, 0
    for digits, cut in _CLOCKS.items():
        rows = np.flatnonzero((whole >= 10 ** (digits - 1)) & (whole < 10**digits))
        if len(rows):
            reading.put(rows, _compact(whole[rows], cut, day))
    return reading


def _compact(whole: Ints, cut: int, day: Callable[[str], Day | None]) -> Reading:
    """Return the moments of digits whose last few are a time."""
    dates, places = np.unique(whole // 10**cut, return_inverse=True)
    days = [day(str(number)) for number in dates]
    cells = Reading.of([None if each is None else Cell(each, Clock(0)) for each in days]).take(places)
    time = whole % 10**cut * 10 ** (6 - cut)
    hour, minute, second = time // 10_000, time // 100 % 100, time % 100
    there = (cells.wall != UNREAD) & (hour < 24) & (minute < 60) & (second < 60)
    wall = np.where(there, cells.wall + ((hour * 60 + minute) * 60 + second) * SECOND, UNREAD)
    return Reading(wall, cells.offset, np.where(there, cells.kinds, 0).astype(np.uint8))


def serial_days(serials: npt.NDArray[np.float64]) -> Reading:
    """Return the moments of serial days, where 1.5 is the noon of 1 January 1900, to the nearest millisecond.

    Spreadsheets take 1900 for a leap year: serials up to 59 lie a day later than those from 61 on would have it.

    >>> (serial_days(np.array([25_569.5, 1.0])).wall // 3_600_000_000).tolist()
    [12, -613608]
    """
    reading = Reading.nothing(len(serials))
    rows = np.flatnonzero((serials >= 1) & (serials < 10**6) & (np.floor(serials) != _NO_DAY))
    millis = np.rint(serials[rows] * (DAY // 1000)).astype(np.int64)
    early = serials[rows] < _NO_DAY
    reading.wall[rows] = millis * 1000 - (_SERIAL_OF_1970 - early) * DAY
    return reading
