"""The files of one run: all of them whole, or the old ones as they were."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from segtool.errors import OutputError, UsageError


class Files:
    """Output files that appear together when the block ends well, and not at all when it does not.

    Each is written beside its target under a temporary name, then renamed over it. A target that is no regular file (a
    device, a pipe) is written directly. Raises UsageError when an output is an input or stands twice, OutputError when
    one cannot be created: both before anything is read.
    """

    def __init__(self, outputs: Iterable[Path], *, inputs: Sequence[Path]) -> None:
        self._open: dict[Path, BinaryIO] = {}
        self._waiting: list[tuple[Path, Path]] = []
        self._outputs = list(outputs)
        for i, output in enumerate(self._outputs):
            if any(_same(output, other) for other in inputs):
                raise UsageError(f"{output} is an input; name another output.")
            if any(_same(output, other) for other in self._outputs[:i]):
                raise UsageError(f"{output} is named for two outputs.")

    def __enter__(self) -> "Files":
        try:
            for output in self._outputs:
                self._open[output] = self._create(output)
        except BaseException:
            self._discard()
            raise
        return self

    def __getitem__(self, output: Path) -> BinaryIO:
        return self._open[output]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for file in self._open.values():
                    file.flush()
                    with suppress(OSError):  # devices and pipes cannot be synced
                        os.fsync(file.fileno())
                    file.close()
                while self._waiting:
                    temporary, target = self._waiting[0]
                    os.replace(temporary, target)
                    self._waiting.pop(0)
        finally:
            self._discard()

    def _create(self, output: Path) -> BinaryIO:
        target = Path(os.path.realpath(output))
        if target.is_dir():
            raise OutputError(f"{output} is a directory; name a file in it.")
        try:
            if output.exists() and (not output.is_file() or output.is_relative_to("/dev")):
                return output.open("wb")
            if target.exists() and not os.access(target, os.W_OK):
                raise OutputError(f"{output} cannot be written: permission denied.")
            handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        except OSError as error:
            raise OutputError(f"{output} cannot be created: {(error.strerror or str(error)).lower()}.") from error
        temporary = Path(name)
        self._waiting.append((temporary, target))
        temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        return os.fdopen(handle, "wb")

    def _discard(self) -> None:
        for file in self._open.values():
            with suppress(OSError):
                file.close()
        for temporary, _ in self._waiting:
            temporary.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    if one.exists() and not one.is_file():
        return False  # a device takes what it is given
    return os.path.realpath(one) == os.path.realpath(other) or (one.exists() and other.exists() and one.samefile(other))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
