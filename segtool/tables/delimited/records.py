"""Where the records of a CSV file begin and end, as pyarrow sees it.

A quote counts only at the start of a cell, and is doubled inside one; a line ends at LF, CR LF or CR.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from segtool.tables.arrays import Ints

_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LINE_END = re.compile(rb"[\r\n]")
_QUOTE, _LF, _CR = b'"\n\r'


@dataclass(frozen=True)
class Marks:
    """What stands between the cells of a row, and whether quotes hold a cell together."""

    delimiter: bytes = b","
    quotes: bool = True

    @property
    def empty(self) -> bytes:
        """The bytes of which a line can consist that is no record."""
        return b"\r\n" if self.quotes else b" \t\r\n"  # without quotes, runs of blanks stand between cells

    @property
    def around(self) -> bytes:
        """The bytes that stand around a cell."""
        return self.delimiter + b"\r\n"


COMMAS = Marks()


@cache
def _is_around(marks: Marks) -> npt.NDArray[np.bool_]:
    return np.isin(np.arange(256), list(marks.around))


@dataclass(frozen=True)
class Cut:
    """The first `end` bytes of a block are whole records. `is_open`: a quote is still open where the block ends.

    `swallows`: a quoted cell with a line end in it is not closed where the cell ends.
    """

    end: int
    is_open: bool
    swallows: bool


def cut(block: bytearray, size: int, marks: Marks = COMMAS) -> Cut:
    """Find the last end of a record in the first `size` bytes of a block that starts with a record.

    >>> cut(bytearray(b'ann,5\\nben,"6\\n'), 14)
    Cut(end=6, is_open=True, swallows=False)
    """
    if not marks.quotes or block.find(b'"', 0, size) < 0:
        return Cut(_last_line_end(block, size, np.zeros(0, np.int64), np.zeros(0, np.int64)), False, False)
    text = np.frombuffer(block, np.uint8)[:size]
    quotes = np.flatnonzero(text == _QUOTE)
    if _pairs_up(text, quotes, _is_around(marks)):
        opens, closes, swallows = quotes[::2], quotes[1::2], False
    else:
        opens, closes = _one_by_one(block, quotes.tolist(), marks.around)
        after = text[np.minimum(closes + 1, size - 1)]
        odd = np.flatnonzero(~_is_around(marks)[after] & (closes + 1 < size))
        swallows = any(_LINE_END.search(block, opens[i], closes[i]) for i in odd.tolist())
    del text  # a bytearray cannot grow while it is looked at
    return Cut(_last_line_end(block, size, opens, closes), len(opens) > len(closes), swallows)


def holds_rows(block: bytes | bytearray, size: int, width: int, marks: Marks = COMMAS) -> bool:
    """Return whether a quoted cell in the first bytes has three lines or more between its first and its last, and each
    of them as many cells as a row.

    >>> rows = b"ann,5\\n" * 3
    >>> holds_rows(b'1,"a\\n' + rows + b'b"\\n', 25, 2), holds_rows(b'1,"a\\n' + b"ann\\n" + rows + b'b"\\n', 29, 2)
    (True, False)
    """
    text = np.frombuffer(block, np.uint8)[:size]
    quotes, ends = np.flatnonzero(text == _QUOTE), np.flatnonzero((text == _LF) | (text == _CR))
    if not len(quotes):
        return False
    if _pairs_up(text, quotes, _is_around(marks)):
        opens, closes = quotes[::2], quotes[1::2]
    else:
        opens, closes = _one_by_one(block, quotes.tolist(), marks.around)
    opens = opens[: len(closes)]
    for cell in np.flatnonzero(np.searchsorted(ends, closes) - np.searchsorted(ends, opens) > 3).tolist():
        lines = [line for line in bytes(block[opens[cell] : closes[cell]]).splitlines()[1:-1] if line]
        if len(lines) > 2 and all(line.count(marks.delimiter) == width - 1 for line in lines):
            return True
    return False


def _pairs_up(text: npt.NDArray[np.uint8], quotes: Ints, around: npt.NDArray[np.bool_]) -> bool:
    """Return whether quotes open and close by turns: each at the border of a cell or beside another quote."""
    beside = np.diff(quotes) == 1
    border = around[text[quotes - 1]]
    border[0] |= quotes[0] == 0
    opens = border[::2]
    opens[1:] |= beside[1::2]
    border = around[text[np.minimum(quotes + 1, len(text) - 1)]]
    border[-1] |= quotes[-1] + 1 == len(text)
    closes = border[1::2]
    closes[: len(beside[1::2])] |= beside[1::2]
    return bool(opens.all() and closes.all())


def _one_by_one(block: bytes | bytearray, quotes: list[int], around: bytes) -> tuple[Ints, Ints]:
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
        elif at == 0 or block[at - 1] in around:
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


def records(chunks: Iterable[bytes], marks: Marks = COMMAS) -> Iterator[tuple[int, bytes, int]]:
    """Yield each record's line, from 1, its bytes, and where they end; blank lines are no records."""
    start, end, is_open = 0, 0, False
    record: list[bytes] = []
    for number, line in enumerate(physical_lines(chunks), start=1):
        end += len(line)
        if not record:
            if not line.strip(marks.empty):
                continue
            start = number
        record.append(line)
        is_open = open_after(line, is_open, marks)
        if not is_open:
            yield start, b"".join(record), end
            record = []
    if record:
        yield start, b"".join(record), end


def physical_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a text with their ends, from chunks that may end anywhere.

    >>> list(physical_lines([b"a\\r", b"\\nb\\rc", b"d"]))
    [b'a\\r\\n', b'b\\r', b'cd']
    """
    begun: list[bytes] = []  # joined when the line ends: a line of many chunks is looked at once
    for chunk in chunks:
        if begun and begun[-1].endswith(b"\r"):  # an LF may follow
            chunk = begun.pop() + chunk
        lines = _LINES.findall(chunk)
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        if begun and lines:
            lines[0] = b"".join([*begun, lines[0]])
            begun.clear()
        yield from lines
        if rest:
            begun.append(rest)
    yield from _LINES.findall(b"".join(begun))


def open_after(line: bytes, is_open: bool, marks: Marks = COMMAS) -> bool:
    """Return whether a quoted cell is still open after a line."""
    if not marks.quotes or (not is_open and b'"' not in line):
        return False
    at = 0
    while True:
        if not is_open:
            if line[at : at + 1] != b'"':
                at = _next_cell(line, at, marks)
                if at == 0:
                    return False
                continue
            at += 1
        is_open = False
        at = _closing_quote(line, at)
        if at < 0:
            return True
        at = _next_cell(line, at, marks)
        if at == 0:
            return False


def closes_inside_a_cell(record: bytes, marks: Marks = COMMAS) -> bool:
    """Return whether text follows the closing quote of a cell that holds a line end."""
    at = 0
    while True:
        if record[at : at + 1] == b'"':
            start, at = at, _closing_quote(record, at + 1) + 1
            ends = (at == len(record), record.startswith((marks.delimiter, b"\r", b"\n"), at))
            if _LINE_END.search(record, start, at) and not any(ends):
                return True
        at = _next_cell(record, at, marks)
        if at == 0:
            return False


def _next_cell(text: bytes, at: int, marks: Marks) -> int:
    """Return where the cell after the next delimiter begins, 0 if there is none."""
    found = text.find(marks.delimiter, at)
    return found + len(marks.delimiter) if found >= 0 else 0


def _closing_quote(text: bytes, at: int) -> int:
    """Return the place of the next quote that is not doubled, -1 if there is none."""
    at = text.find(b'"', at)
    while at >= 0 and text[at + 1 : at + 2] == b'"':
        at = text.find(b'"', at + 2)
    return at
