"""Where the records of a CSV file begin and end, as pyarrow sees it.

A quote counts only at the start of a cell, and is doubled inside one; a line ends at LF, CR LF or CR.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints

_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_QUOTE = ord('"')
_BORDER = np.isin(np.arange(256), list(b",\r\n"))
"""The bytes that stand around a cell."""


@dataclass(frozen=True)
class Cut:
    """The first `end` bytes of a block are whole records. `is_open`: a quote is still open where the block ends.

    `swallows`: a quoted cell with a line end in it is not closed where the cell ends.
    """

    end: int
    is_open: bool
    swallows: bool


def cut(block: bytearray, size: int) -> Cut:
    """Find the last end of a record in the first `size` bytes of a block that starts with a record.

    >>> cut(bytearray(b'ann,5\\nben,"6\\n'), 14)
    Cut(end=6, is_open=True, swallows=False)
    """
    if block.find(b'"', 0, size) < 0:
        return Cut(_last_line_end(block, size, np.zeros(0, np.int64), np.zeros(0, np.int64)), False, False)
    text = np.frombuffer(block, np.uint8)[:size]
    quotes = np.flatnonzero(text == _QUOTE)
    if _pairs_up(text, quotes):
        opens, closes, swallows = quotes[::2], quotes[1::2], False
    else:
        opens, closes = _one_by_one(block, quotes.tolist())
        after = text[np.minimum(closes + 1, size - 1)]
        odd = np.flatnonzero(~_BORDER[after] & (closes + 1 < size))
        swallows = any(block.find(b"\n", opens[i], closes[i]) >= 0 for i in odd.tolist())
    del text  # a bytearray cannot grow while it is looked at
    return Cut(_last_line_end(block, size, opens, closes), len(opens) > len(closes), swallows)


def _pairs_up(text: npt.NDArray[np.uint8], quotes: Ints) -> bool:
    """Return whether quotes open and close by turns: each at the border of a cell or beside another quote."""
    beside = np.diff(quotes) == 1
    border = _BORDER[text[quotes - 1]]
    border[0] |= quotes[0] == 0
    opens = border[::2]
    opens[1:] |= beside[1::2]
    border = _BORDER[text[np.minimum(quotes + 1, len(text) - 1)]]
    border[-1] |= quotes[-1] + 1 == len(text)
    closes = border[1::2]
    closes[: len(beside[1::2])] |= beside[1::2]
    return bool(opens.all() and closes.all())


def _one_by_one(block: bytearray, quotes: list[int]) -> tuple[Ints, Ints]:
    """Return the quotes that open and those that close a cell; all others are characters."""
    opens, closes = [], []
    doubled = is_open = False
    for at, following in zip(quotes, [*quotes[1:], -1], strict=True):
        if doubled:
            doubled = False
        elif is_open:
            doubled = following == at + 1
            is_open = doubled
            closes += [] if doubled else [at]
        elif at == 0 or block[at - 1] in b",\r\n":
            is_open = True
            opens.append(at)
    return np.array(opens, np.int64), np.array(closes, np.int64)


def _last_line_end(block: bytearray, size: int, opens: Ints, closes: Ints) -> int:
    """Return where the last line end outside quotes ends; 0 if there is none."""
    for mark, end in ((b"\n", size), (b"\r", size - 1)):  # an LF may follow a last CR
        at = block.rfind(mark, 0, end)
        while at >= 0:
            cell = int(np.searchsorted(opens, at)) - 1
            if cell < 0 or (cell < len(closes) and closes[cell] < at):
                return at + 1
            at = block.rfind(mark, 0, opens[cell])
    return 0


def records(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Yield each record's line, from 1, its bytes, and where they end in the file; blank lines are no records."""
    end = file.seek(3 if file.read(3) == codecs.BOM_UTF8 else 0)
    start, is_open = 0, False
    record: list[bytes] = []
    for number, line in enumerate(physical_lines(file), start=1):
        end += len(line)
        if not record:
            if not line.strip(b"\r\n"):
                continue
            start = number
        record.append(line)
        is_open = open_after(line, is_open)
        if not is_open:
            yield start, b"".join(record), end
            record = []
    if record:
        yield start, b"".join(record), end


def physical_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file with their ends."""
    for line in file:
        if b"\r" in line.removesuffix(b"\n").removesuffix(b"\r"):
            yield from _LINES.findall(line)
        else:
            yield line


def open_after(line: bytes, is_open: bool) -> bool:
    """Return whether a quoted cell is still open after a line."""
    at = 0
    while True:
        if not is_open:
            if line[at : at + 1] != b'"':
                at = line.find(b",", at) + 1
                if at == 0:
                    return False
                continue
            at += 1
        is_open = False
        at = _closing_quote(line, at)
        if at < 0:
            return True
        at = line.find(b",", at) + 1
        if at == 0:
            return False


def closes_inside_a_cell(record: bytes) -> bool:
    """Return whether text follows the closing quote of a cell that holds a line end."""
    at = 0
    while True:
        if record[at : at + 1] == b'"':
            start, at = at, _closing_quote(record, at + 1) + 1
            if b"\n" in record[start:at] and record[at : at + 1] not in (b",", b"\r", b"\n", b""):
                return True
        at = record.find(b",", at) + 1
        if at == 0:
            return False


def _closing_quote(text: bytes, at: int) -> int:
    """Return the place of the next quote that is not doubled, -1 if there is none."""
    at = text.find(b'"', at)
    while at >= 0 and text[at + 1 : at + 2] == b'"':
        at = text.find(b'"', at + 2)
    return at
