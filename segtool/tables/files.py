"""Where the bytes of the input come from: files, pipes, stdin, object stores, packed or not."""

import io
import os
import shutil
import stat
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pyarrow as pa

from segtool.errors import DataError, MissingInputError, why

_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\x00": "xz"}
"""First bytes -> how the file is packed."""

_CHUNK = 1 << 20
_HEAD = 1 << 16

Steps = tuple[Callable[[Iterator[bytes]], Iterator[bytes]], ...]


@dataclass(frozen=True)
class File:
    """Bytes that can be read from their start again and again.

    `path` is where they lie on this machine, if they do. `facts` are columns that the place of the file tells, as
    `year=2024` in its path.
    """

    name: str
    open_stored: Callable[[], BinaryIO]
    size: int
    path: Path | None = None
    facts: dict[str, str | None] = field(default_factory=dict)

    @cached_property
    def packed(self) -> str | None:
        """How the file is packed, by its first bytes."""
        return next((kind for magic, kind in _PACKED.items() if self._stored_head.startswith(magic)), None)

    @cached_property
    def head(self) -> bytes:
        """The first bytes, unpacked."""
        if self.packed is None:
            return self._stored_head
        with self.open() as file:
            return file.read(_HEAD)

    @cached_property
    def _stored_head(self) -> bytes:
        with self.open_stored() as file:
            return file.read(_HEAD)

    def open(self, steps: Steps = ()) -> "Stream":
        """Open the unpacked bytes, after each step has changed them."""
        return Stream(self, steps)

    def at_rest(self) -> "File":
        """Return the file as one that is not packed and lies on this machine, so that any place of it can be read."""
        if self.path is not None and self.packed is None:
            return self
        return replace(_spooled(self.name, self.open()), facts=self.facts)


class Stream(io.RawIOBase):
    """The unpacked bytes of a file; `share` is how much of it, of 1, has been read as it is stored."""

    def __init__(self, file: File, steps: Steps) -> None:
        self._file = file
        self._stored = file.open_stored()
        self._direct = cast(io.RawIOBase, self._stored) if not steps and file.packed is None else None
        self._left = b""
        self._at = 0
        chunks = self._unpacked()
        for step in steps:
            chunks = step(chunks)
        self._chunks = chunks

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        if self._direct is not None:
            return self._direct.readinto(into) or 0
        while not self._left:
            try:
                self._left = next(self._chunks)
            except StopIteration:
                return 0
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def skip(self, size: int) -> None:
        """Go forward so many bytes."""
        if self._direct is not None and self._direct.seekable():
            self._direct.seek(size, os.SEEK_CUR)
            return
        while size:
            size -= len(self.read(min(size, _CHUNK)) or b"") or size

    @property
    def share(self) -> float:
        at = self._stored.tell() if self._direct is not None else self._at
        return min(at / max(self._file.size, 1), 1.0)

    def close(self) -> None:
        self._stored.close()
        super().close()

    def _unpacked(self) -> Iterator[bytes]:
        try:
            source = _unpacker(self._file.packed, self._stored)
            while chunk := source.read(_CHUNK):
                self._at = self._stored.tell()
                yield chunk
            self._at = self._file.size
        except (EOFError, OSError, ValueError) as error:
            if self._file.packed is None:
                raise
            raise DataError(f"{self._file.name} is not a whole {self._file.packed} file: {error}.") from error


def _unpacker(packed: str | None, stored: BinaryIO) -> IO[bytes]:
    if packed is None:
        return stored
    if packed == "xz":
        import lzma

        return cast(IO[bytes], lzma.open(stored))
    return cast(IO[bytes], pa.CompressedInputStream(pa.PythonFile(stored, "r"), packed))


def local(path: Path, facts: dict[str, str | None] | None = None) -> File:
    """Return the file of a path; what comes through a pipe is copied to a temporary file first.

    Raises MissingInputError for a path that cannot be read.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            with path.open("rb") as stream:
                return _spooled(str(path), stream)
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise MissingInputError(f"{path} does not exist.") from None
    except OSError as error:
        raise MissingInputError(f"{path} cannot be read: {why(error)}.") from None
    return File(str(path), lambda: path.open("rb", buffering=0), state.st_size, path, facts or {})


def stdin() -> File:
    """Return what comes in through stdin, copied to a temporary file. Raises MissingInputError where there is none."""
    if sys.stdin is None or sys.stdin.isatty():
        raise MissingInputError("Orders from - come through stdin, and nothing does: cat orders.csv | segtool rfm -")
    return _spooled("stdin", sys.stdin.buffer)


def _spooled(name: str, stream: Any) -> File:
    """Return a copy of a stream in a temporary folder, which lives as long as the file is wanted."""
    folder = tempfile.mkdtemp(prefix="segtool-")
    path = Path(folder) / "input"

    def reopened() -> BinaryIO:
        return path.open("rb", buffering=0)

    weakref.finalize(reopened, shutil.rmtree, folder, ignore_errors=True)
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file, _CHUNK)
    return File(name, reopened, path.stat().st_size, path)
