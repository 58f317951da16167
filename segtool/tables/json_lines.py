"""JSON lines: one object a line, its cells as text, exactly as the numbers are written."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from segtool import memory
from segtool.errors import DataError
from segtool.tables.arrays import Ints, as_texts
from segtool.tables.delimited.records import physical_lines
from segtool.tables.files import File
from segtool.tables.plain_text import Text
from segtool.tables.source import NO_METADATA, Batch, Layout, Part, Remark

_BLOCK = 1 << 21
"""Bytes parsed at a time."""

_SAMPLE = 200

_TO_PARSE = 20
"""Bytes that parsing takes for each byte of a block, more or less."""

_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_HAS_GROUPED = re.compile(rb"[\s:]-?[1-9][0-9]{0,2}\.[0-9]{3}[\s,}]")


class _Decimal(str):
    """A number with a decimal point, which as a text could have grouped thousands."""


def _as_written(number: str) -> str:
    return _Decimal(number) if _GROUPED.fullmatch(number) else number


_read = json.JSONDecoder(parse_float=_as_written, parse_int=str, parse_constant=str).decode


class JsonLines:
    """A file with a JSON object a line. Members of objects inside are columns of their own, as `customer.id`.

    The columns are those of all lines, so that none is missed that only some of them have.
    """

    def __init__(self, file: File, layout: Layout) -> None:
        self.name = file.name
        self._text = Text(file, layout.encoding)
        names: dict[str, None] = {}
        self._points: dict[str, tuple[int, str]] = {}
        for row, line in enumerate(line for line in physical_lines(self._text.chunks()) if line.strip()):
            found = _members(line) or {}
            if not found.keys() <= names.keys():
                names |= dict.fromkeys(found)
            if _HAS_GROUPED.search(line):
                points = {name: (row, point) for name, cell in found.items() if (point := _point_in(cell)) is not None}
                self._points = {**points, **self._points}
        if not names:
            raise DataError(f"{self.name}: no line is a JSON object.")
        self.columns = tuple(names)
        packed = {"compression": file.packed} if file.packed else {}
        self.about = {"format": "JSON lines", **packed, "encoding": self._text.encoding}
        self.remarks: Sequence[Remark] = ()
        self.metadata = NO_METADATA

    def type_of(self, position: int) -> pa.DataType:
        return pa.string()

    def point_at(self, position: int) -> tuple[int, str] | None:
        """What a list holds tells for all of it."""
        return self._points.get(self.columns[position])

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        with self._text.open() as stream:
            done, begun = 0.0, list[bytes]()
            for chunk in iter(partial(io.BufferedReader(stream, _BLOCK).read, _BLOCK), b""):
                lines, mark, rest = chunk.rpartition(b"\n")
                if mark:
                    yield partial(self._parse, b"".join([*begun, lines, mark]), wanted, stream.share - done)
                    done = stream.share
                    begun.clear()
                begun.append(rest)
            if any(begun):
                yield partial(self._parse, b"".join(begun), wanted, 1.0 - done)

    def _parse(self, block: bytes, wanted: Sequence[int], share: float) -> Iterator[Batch]:
        memory.need(_TO_PARSE * len(block))
        names = [self.columns[i] for i in wanted]
        cells: list[list[str]] = [[] for _ in names]
        rows, broken, number = [], [], 0
        for line in physical_lines([block]):
            if not line.strip():
                continue
            found = _members(line)
            if found is None:
                broken.append(number)
            else:
                rows.append(number)
                for own, name in zip(cells, names, strict=True):
                    value = found.get(name, "")
                    own.append(value if isinstance(value, str) else _text(value))
            number += 1
        columns = tuple(map(as_texts, cells))
        yield Batch(columns, np.array(rows, np.int64), np.array(broken, np.int64), share)

    def sample(self, wanted: Sequence[int]) -> Sequence[pa.Array]:
        [batch] = self._parse(b"".join(islice(physical_lines(self._text.chunks()), _SAMPLE)), wanted, 0.0)
        return batch.columns

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        lines = ((at, line) for at, line in enumerate(physical_lines(self._text.chunks()), start=1) if line.strip())
        numbered = enumerate(lines)
        for wanted in rows.tolist():
            at, line = next(found for number, found in numbered if number == wanted)
            yield at, line.decode("utf-8", "surrogateescape").rstrip("\r\n")


def _members(line: bytes) -> dict[str, Any] | None:
    """Return the members of the object in a line, numbers as they are written, None where there is no object.

    >>> _members(b'{"customer": {"id": 7}, "total": 12.50, "gift": false}')
    {'customer.id': '7', 'total': '12.50', 'gift': False}
    """
    try:
        found = _read(line.decode())
    except (ValueError, RecursionError):
        return None
    if type(found) is not dict:
        return None
    return dict(_flat(found, "")) if dict in map(type, found.values()) else found


def _flat(members: dict[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, value in members.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value


def _point_in(value: Any) -> str | None:
    """Return the first number in a cell, or in the lists and objects of one, that as a text could have thousands."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return next((point for each in inner if (point := _point_in(each)) is not None), None)
    return str(value) if isinstance(value, _Decimal) else None


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
