"""A file as text: UTF-8 without byte order mark, however it is encoded."""

import codecs
import io
import re
from collections.abc import Iterator
from functools import cached_property, partial
from itertools import chain

from segtool.errors import DataError, UsageError, printable
from segtool.tables.delimited.records import physical_lines
from segtool.tables.files import File, Steps, Stream
from segtool.tables.headers import recognised

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks -> encoding; a longer one stands before the one that it begins with."""

_CANDIDATES = ("cp1252", "cp1256", "cp1254", "cp1250", "cp1251", "cp1253", "mac_roman")
"""What a file that is not UTF-8 is likely to be in: single-byte encodings of Western Europe, Persian, Turkey …"""

_BETWEEN_NAMES = re.compile(r"[,;\t|،]")

_BUFFER = 1 << 20
_ZEROS = 0.2
"""The least share of characters whose other byte is zero that makes a text look like UTF-16."""


class Text:
    """The text of a file; a UTF-8 mark before it is believed, whatever encoding the other files of the run are said to
    have. Raises UsageError for an encoding that there is not.
    """

    def __init__(self, file: File, encoding: str | None) -> None:
        self._file = file
        self.name = file.name
        said = _known(encoding) if encoding else None
        self.encoding = said if said and not file.head.startswith(codecs.BOM_UTF8) else _encoding_of(file.head)
        self._steps: Steps = () if self.encoding == "utf-8" else (self._transcoded,)

    @cached_property
    def mark(self) -> int:
        """How many bytes of a byte order mark stand before the text."""
        with io.BufferedReader(self._file.open(self._steps)) as stream:
            return len(codecs.BOM_UTF8) if stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0

    def open(self, at: int = 0, steps: Steps = ()) -> Stream:
        """Open the text from a byte on, after further steps have changed it."""
        if not steps:
            stream = self._file.open(self._steps)
            stream.skip(self.mark + at)
            return stream
        return self._file.open((*self._steps, partial(_without, self.mark + at), *steps))

    def head(self, size: int, at: int = 0) -> bytes:
        """Return the first bytes of the text, or those from a byte on, up to so many."""
        with io.BufferedReader(self.open(at), size) as stream:
            return stream.read(size)

    def chunks(self, at: int = 0) -> Iterator[bytes]:
        """Yield the text from a byte on, piece by piece."""
        with io.BufferedReader(self.open(at), _BUFFER) as stream:
            while chunk := stream.read(_BUFFER):
                yield chunk

    def not_utf8(self) -> DataError:
        """Return an error that names the first byte that is not UTF-8, and how its word reads in other encodings."""
        for number, line in enumerate(physical_lines(self.chunks()), start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                found = _readings(line, error.start)
                readings = ", ".join(f"{name} for {word!r}" for name, word in found)
                return DataError(
                    f"{self.name}:{number}: byte 0x{line[error.start]:02X} is not UTF-8. Say --encoding "
                    f"{readings or ' or '.join(_CANDIDATES)}.",
                    *({"encoding": name} for name, _ in found),
                )
        return DataError(f"{self.name} is not UTF-8. Say --encoding {_CANDIDATES[0]}, or what it is.")

    def _transcoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        decoder, line = codecs.getincrementaldecoder(self.encoding)(), 1
        try:
            for chunk in chain(chunks, [b""]):
                text = decoder.decode(chunk, not chunk)
                line += text.count("\n")
                yield text.encode()
        except UnicodeError as error:
            found = ""
            if isinstance(error, UnicodeDecodeError):
                line += error.object[: error.start].count(b"\n")
                found = f"byte 0x{error.object[error.start]:02X} "
            raise DataError(
                f"{self.name}:{line}: {found}is not {self.encoding}. Say --encoding with another one."
            ) from error


def _without(size: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield chunks without so many bytes at their start."""
    for chunk in chunks:
        yield chunk[size:]
        size = max(size - len(chunk), 0)


def _known(encoding: str) -> str:
    """Return the name that Python gives to an encoding."""
    try:
        known = codecs.lookup(encoding)
        "".encode(known.name)
        return "utf-8" if known.name == "utf-8-sig" else known.name
    except (LookupError, ValueError):
        raise UsageError(f"--encoding {encoding!r} is unknown; say utf-8, utf-16, cp1252, cp1256 …") from None


def _encoding_of(head: bytes) -> str:
    """Return the encoding that a byte order mark tells, or the zeros of UTF-16; otherwise it must be UTF-8.

    >>> _encoding_of("a,b".encode("utf-16")), _encoding_of("a,b".encode("utf-16-le")), _encoding_of(b"a,b")
    ('utf-16', 'utf-16-le', 'utf-8')
    """
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    first, second = head[0:4096:2], head[1:4096:2]
    for zeros, letters, encoding in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        if zeros and zeros.count(0) >= _ZEROS * len(zeros) and not letters.count(0):
            return encoding
    return "utf-8"


def _readings(line: bytes, at: int) -> list[tuple[str, str]]:
    """Return encodings that can be meant, each with what the word around a byte is in it, one encoding a reading.

    In a header those come first in which most names are known.

    >>> _readings("كد مشتري,مبلغ".encode("cp1256"), 0)[0]
    ('cp1256', 'كد')
    """
    word = next(found for found in re.finditer(rb"[^\s,;|\t\"]+", line) if found.end() > at)
    readings: dict[str, tuple[str, int]] = {}
    for encoding in _CANDIDATES:
        try:
            names = _BETWEEN_NAMES.split(line.decode(encoding))
            reading = printable(word[0][:40].decode(encoding))
        except UnicodeDecodeError:
            continue
        readings.setdefault(reading, (encoding, recognised(names)))
    found = sorted(readings.items(), key=lambda each: -each[1][1])
    return [(encoding, reading) for reading, (encoding, _) in found]
