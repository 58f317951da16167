"""The files of a campaign tool: rows as bytes, in parts that keep its limits."""

import hashlib
import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns.cells import filled_joined
from segtool.campaigns.letters import where
from segtool.campaigns.shaping import Shaped
from segtool.campaigns.target import Target
from segtool.errors import DataError
from segtool.tables.arrays import EMPTY, Ints, as_column, as_mask, as_texts, joined, offsets, text_bytes, valid
from segtool.tables.writing.write import json_text, quoted

_ROWS = 1 << 14
"""Rows that are turned into bytes at a time."""

_MARKS = '",\r\n'

_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
"""What is a number in JSON as it is in a table."""


@dataclass(frozen=True)
class Part:
    """What was written into a file: its rows without the header, its bytes, and the SHA-256 of these."""

    rows: int
    bytes: int
    sha256: str


def write(target: Target, rows: Iterable[Shaped], open_part: Callable[[int], BinaryIO]) -> tuple[Part, ...]:
    """Write rows into files that `open_part` opens by their number from 1, and return what was written into each.

    There is always a first file, with the header alone where there are no rows; `rows` then has one without rows. A new
    file begins where the next row would exceed a limit of the target. The files are left open. The same rows in other
    slices give the same bytes. Raises DataError for a row that alone exceeds a limit.
    """
    parts: _Parts | None = None
    for shaped in rows:
        parts = parts or _Parts(target, _head(target, shaped.headers), open_part)
        for start in range(0, len(shaped), _ROWS):
            parts.add(_lines(target, shaped, start))
    if parts is None:
        raise ValueError("there are no rows, not even one slice without any")
    return parts.end()


class _Parts:
    """Files that are filled one after the other."""

    def __init__(self, target: Target, head: bytes, open_part: Callable[[int], BinaryIO]) -> None:
        self._target, self._head, self._open = target, head, open_part
        self._done: list[Part] = []
        self._begin()

    def _begin(self) -> None:
        self._file = self._open(len(self._done) + 1)
        self._hash, self._rows, self._bytes = hashlib.sha256(), 0, 0
        self._write(self._head)

    def _write(self, letters: bytes | memoryview) -> None:
        self._file.write(letters)
        self._hash.update(letters)
        self._bytes += len(letters)

    def add(self, lines: pa.Array) -> None:
        """Write lines, as many into each file as it has room for."""
        at = offsets(lines).astype(np.int64)
        self._refuse_longest(np.diff(at))
        letters = text_bytes(lines).data
        first = 0
        while first < len(lines):
            count = self._room(at, first)
            if not count:
                self._finish()
                self._begin()
                continue
            self._write(letters[at[first] : at[first + count]])
            self._rows += count
            first += count

    def _room(self, at: Ints, first: int) -> int:
        """Return how many lines from the first one on the file has room for."""
        count = len(at) - 1 - first
        if self._target.most_rows is not None:
            count = min(count, self._target.most_rows - self._rows)
        if self._target.most_bytes is not None:
            ends = at[first + 1 :] - at[first]
            count = min(count, int(np.searchsorted(ends, self._target.most_bytes - self._bytes, "right")))
        return count

    def _refuse_longest(self, lengths: Ints) -> None:
        in_file = None if self._target.most_bytes is None else self._target.most_bytes - len(self._head)
        limits = [limit for limit in (in_file, self._target.most_row_bytes) if limit is not None]
        if not len(lengths) or not limits or lengths.max() <= min(limits):
            return
        row = sum(part.rows for part in self._done) + self._rows + int(lengths.argmax()) + 1
        raise DataError(  # what stands in the row can be contact data, which no message may have
            f"{self._target.title['en']} takes {min(limits):,} bytes a customer, and row {row:,} of the audience, "
            f"by id, has {int(lengths.max()):,}: leave out long columns with --traits."
        )

    def _finish(self) -> None:
        self._done.append(Part(self._rows, self._bytes, self._hash.hexdigest()))

    def end(self) -> tuple[Part, ...]:
        self._finish()
        return tuple(self._done)


def _head(target: Target, headers: Sequence[str]) -> bytes:
    """Return what stands before the first row."""
    if target.form != "csv":
        return b""
    cells = quoted(as_texts(headers), _MARKS).to_pylist()
    return (BOM_UTF8 if target.bom else b"") + (",".join(cells) + target.line_end).encode()


def _lines(target: Target, shaped: Shaped, start: int) -> pa.Array:
    """Return rows as text, one after the other, each with its line end."""
    columns = [column.slice(start, _ROWS) for column in shaped.columns]
    if target.form == "lines":
        return joined(columns[0], target.line_end)
    if target.form == "csv":
        cells = [pc.coalesce(quoted(column, _MARKS), EMPTY) for column in columns]
        pieces = [piece for column in cells for piece in (column, ",")]
        return joined(*pieces[:-1], target.line_end)
    return _calls(target, shaped, columns)


def _calls(target: Target, shaped: Shaped, columns: Sequence[pa.Array]) -> pa.Array:
    """Return calls of `identify`, whose message id is the SHA-256 of what they say; empty traits are left out.

    A trait that is left out keeps the value that Segment has.
    """
    key = target.field_of("customer_id").header
    traits = [
        joined(f"{json.dumps(header, ensure_ascii=False)}:", _json_cells(column, number))
        for header, column, number in zip(shaped.headers, columns, shaped.numbers, strict=True)
        if header != key
    ]
    user = json_text(columns[shaped.headers.index(key)])
    own = filled_joined(traits, ",") if traits else None
    when = "" if shaped.as_of is None else f',"timestamp":"{shaped.as_of.isoformat()}T00:00:00.000Z"'
    core = joined('{"type":"identify","userId":', user, ',"traits":{', *([own] if own else []), "}", when)
    messages = as_texts([hashlib.sha256(call.encode()).hexdigest() for call in core.to_pylist()])
    return joined(core, ',"messageId":"', messages, '"}\n')


def _json_cells(cells: pa.Array, number: bool) -> pa.Array:
    """Return cells as JSON, null where they are."""
    texts = where(valid(cells), json_text(pc.coalesce(cells, EMPTY)))
    if not number:
        return texts
    return pc.if_else(as_column(as_mask(pc.match_substring_regex(cells, _NUMBER))), cells, texts)
