"""Columns of dates as people write them: each distinct day and each distinct time is read once."""

from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import Ints, as_column, as_mask, as_texts, joined, offsets, text_bytes, valid, values
from segtool.tables.dates.numbers import NO_OFFSET, UNREAD, Reading, bits, numbered, serial_days
from segtool.tables.dates.spelling import DAY, Cell, Clock, Day
from segtool.tables.dates.words import plain_words

_FARTHEST = 64
"""A time that begins behind so many bytes is read with its cell."""

PROBED = 16
"""So many cells are tried first where Arrow may read all: a cast that fails in every row is slow to fail."""

_TIME_FIRST = -1
"""The cut of a text that begins with a time."""

_END = 2**31 - 1
"""Slices name their end: without one Arrow fails on a column that is itself a slice."""

_NUMBER = r"^[1-9][0-9]{7,15}(?:\.0*)?$"
_FRACTION = r"^[1-9](?:[0-9]{9}|[0-9]{12})\.[0-9]*[1-9][0-9]*$"
"""Seconds or milliseconds since 1970, and a part of one."""

_SERIAL = r"^[0-9]{1,6}(?:\.[0-9]*)?$"

_SEPARATES = np.zeros(256, np.bool_)
_SEPARATES[[ord(letter) for letter in " Tt,"]] = True


class Reader(Protocol):
    """Reads cells, days and times. Where it reads both parts of a cell, it reads the cell as the two together."""

    def cell(self, text: str) -> Cell | None: ...
    def day(self, text: str) -> Day | None: ...
    def clock(self, text: str) -> Clock | None: ...


def spelled(column: pa.Array, reader: Reader, *, in_format: bool, serials: bool) -> Reading:
    """Return what the cells of a column of trimmed text say.

    Unless the reader wants a format, a cell that is one number is a date without separators or an instant, and times
    may stand before their days. With `serials` a smaller number is a day as spreadsheets count them.
    """
    reading = Reading.nothing(len(column))
    cuts = _cuts(column)
    for cut in np.flatnonzero(np.bincount(np.maximum(cuts, 0), minlength=1)[1:]) + 1:
        rows = np.flatnonzero(cuts == cut)
        letters = _rows_of(column, rows).view(pa.binary())
        days = pc.binary_slice(letters, 0, cut).view(pa.string())
        times = pc.binary_slice(letters, cut, _END).view(pa.string())
        reading.put(rows, _halves(days, times, reader, in_format=in_format))
    first = np.flatnonzero(cuts == _TIME_FIRST)
    if len(first) and not in_format:
        reading.put(first, _times_first(_rows_of(column, first), reader))
    rest = np.flatnonzero((reading.wall == UNREAD) & (reading.kinds == 0) & valid(column))
    if len(rest):
        encoded = _rows_of(column, rest).dictionary_encode()
        distinct = _distinct(encoded.dictionary, reader, in_format=in_format, serials=serials)
        reading.put(rest, distinct.take(values(encoded.indices, np.int32)))
    return reading


def _rows_of(column: pa.Array, rows: Ints) -> pa.Array:
    return column if len(rows) == len(column) else column.take(as_column(rows))


def _cuts(column: pa.Array) -> Ints:
    """Return how many bytes of each text stand before its time, 0 where no blank, comma or T shows that.

    The time begins at the last of these before the first colon, if that is near. The digits of an hour are two, of two
    bytes each.
    """
    colon = values(pc.find_substring(column, ":"), np.int32)
    if column.null_count:
        colon = np.where(valid(column), colon, -1)
    cuts, end = np.zeros(len(column), np.int64), offsets(column)[:-1] + colon
    letters = text_bytes(column)
    undecided = np.flatnonzero((colon > 2) & (colon <= _FARTHEST))
    cuts[(colon >= 1) & (colon <= 4)] = _TIME_FIRST
    for back in range(2, 6):
        at = end[undecided] - back
        found = (colon[undecided] > back) & _SEPARATES[letters[at]]
        cuts[undecided[found]] = colon[undecided[found]] - back
        undecided = undecided[~found]
        if not len(undecided):
            break
    return cuts


def _times_first(column: pa.Array, reader: Reader) -> Reading:
    """Return what cells say whose day stands behind their last blank and a time; nothing for other cells."""
    reading = Reading.nothing(len(column))
    rows = np.flatnonzero(as_mask(pc.match_substring(column, " ")))
    if len(rows):
        parts = pc.split_pattern(_rows_of(column, rows), " ", max_splits=1, reverse=True).flatten()
        sides = np.arange(0, 2 * len(rows), 2)
        times = pc.utf8_rtrim(parts.take(as_column(sides)), " ,-")
        reading.put(rows, _halves(parts.take(as_column(sides + 1)), times, reader, in_format=False))
    return reading


def _halves(days: pa.Array, times: pa.Array, reader: Reader, *, in_format: bool) -> Reading:
    """Return the moments of days and their times; nothing where one half is no day or no time."""
    left, right = days.dictionary_encode(), times.dictionary_encode()
    read = [reader.day(text) for text in left.dictionary.to_pylist()]
    wall = _picked([UNREAD if each is None or each.number is None else each.number * DAY for each in read], left)
    kinds = _picked([bits(each) if each else 0 for each in read], left).astype(np.uint8)
    micros, offset = _clocks(right.dictionary, reader, in_format=in_format)
    places = values(right.indices, np.int32)
    at = micros[places]
    timed = at != UNREAD
    wall = np.where(timed & (wall != UNREAD), wall + np.where(timed, at, 0), UNREAD)
    return Reading(wall, offset[places], np.where(timed, kinds, 0).astype(np.uint8))


def _clocks(times: pa.Array, reader: Reader, *, in_format: bool) -> tuple[Ints, Ints]:
    """Return the microseconds and offsets of times, by Arrow alone if it reads all of them."""
    if not in_format and len(times):
        first_day = joined("1970-01-01", times)
        try:
            first_day[:PROBED].cast(pa.timestamp("us"))
            return values(first_day.cast(pa.timestamp("us"))), np.full(len(times), NO_OFFSET)
        except pa.ArrowInvalid:
            pass
    clocks = [reader.clock(text) or Clock(UNREAD) for text in times.to_pylist()]
    zones = [NO_OFFSET if each.offset is None else each.offset for each in clocks]
    return np.array([each.micros for each in clocks], np.int64), np.array(zones, np.int64)


def _picked(distinct: list[int], encoded: pa.DictionaryArray) -> Ints:
    return np.array(distinct, np.int64)[values(encoded.indices, np.int32)]


def _distinct(texts: pa.Array, reader: Reader, *, in_format: bool, serials: bool) -> Reading:
    """Return what whole cells say, each of which stands there once."""
    letters = text_bytes(texts)
    if len(letters) and letters.max() >= 0x80:
        texts = as_texts([plain_words(text) for text in texts.to_pylist()])
    reading = Reading.nothing(len(texts))
    left = np.ones(len(texts), np.bool_)
    if not in_format:
        rows = np.flatnonzero(as_mask(pc.match_substring_regex(texts, _NUMBER)))
        left[rows] = False
        whole = pc.replace_substring_regex(texts.take(as_column(rows)), r"\..*", "").cast(pa.int64())
        reading.put(rows, numbered(values(whole), reader.day))
        rows = np.flatnonzero(as_mask(pc.match_substring_regex(texts, _FRACTION)))
        left[rows] = False
        digits = pc.ascii_rpad(pc.replace_substring(texts.take(as_column(rows)), ".", ""), 16, "0")
        micros = pc.utf8_slice_codeunits(digits, 0, 16).cast(pa.int64())
        reading.put(rows, numbered(values(micros), reader.day))
    if serials:
        rows = np.flatnonzero(as_mask(pc.match_substring_regex(texts, _SERIAL)))
        left[rows] = False
        reading.put(rows, serial_days(values(texts.take(as_column(rows)).cast(pa.float64()), np.float64)))
    rows = np.flatnonzero(left)
    reading.put(rows, Reading.of([reader.cell(text) for text in texts.take(as_column(rows)).to_pylist()]))
    return reading
