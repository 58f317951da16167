"""The files of one run: all of them whole, or the old ones as they were."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import current_thread, main_thread
from types import TracebackType
from typing import BinaryIO

from segtool.errors import OutputError, UsageError, why
from segtool.tables.places import refuse_inputs, same_file


@dataclass
class _Waiting:
    """A file that is written under a temporary name until the run ends well, and what was there before it.

    One without a temporary name is to go.
    """

    output: Path
    temporary: Path | None
    target: Path
    old: Path | None = None
    """Where the file that was there is kept until all are renamed; None where there was none."""

    @property
    def is_done(self) -> bool:
        """Whether the target is as the run wants it."""
        return not (self.temporary or self.target).exists()

    def settle(self) -> None:
        """Rename the temporary file over the target, or remove the target."""
        if self.temporary:
            os.replace(self.temporary, self.target)
        else:
            self.target.unlink(missing_ok=True)


class Files:
    """Output files that appear together when the block ends well, and not at all when it does not.

    Each is written beside its target under a temporary name, then renamed over it; if one cannot be, those renamed
    before it are taken back. A target that is no regular file (a device, a pipe) is written directly. Raises UsageError
    when an output is an input or stands twice, OutputError when one cannot be created: both before anything is read.
    A run that learns only later which files it writes adds them, and removes those that it takes the place of.
    """

    def __init__(self, outputs: Iterable[Path], *, inputs: Sequence[str]) -> None:
        self._open: dict[Path, BinaryIO] = {}
        self._waiting: list[_Waiting] = []
        self._outputs: list[Path] = []
        self._inputs = list(inputs)
        for output in outputs:
            self._note(output)

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

    def add(self, output: Path) -> BinaryIO:
        """Return one more file to write, which is refused as one of the first would be."""
        self._note(output)
        self._open[output] = self._create(output)
        return self._open[output]

    def rename(self, output: Path, other: Path) -> None:
        """Let a file of this run that lies in the same folder have another name when the block ends well."""
        at = next(at for at, each in enumerate(self._waiting) if each.output == output)
        self._outputs.remove(output)
        self._note(other)
        self._waiting[at] = replace(self._waiting[at], output=other, target=Path(os.path.realpath(other)))
        self._open[other] = self._open.pop(output)

    def remove(self, output: Path) -> None:
        """Let a file that is there be gone when the block ends well."""
        self._note(output)
        self._waiting.insert(0, _Waiting(output, None, Path(os.path.realpath(output))))

    def _note(self, output: Path) -> None:
        refuse_inputs([output], self._inputs)
        if any(same_file(output, other) for other in self._outputs):
            raise UsageError(f"{output} is named for two outputs.")
        self._outputs.append(output)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                regular = {each.output for each in self._waiting if each.temporary}
                for output, file in self._open.items():
                    file.flush()
                    if output in regular:  # devices and pipes cannot be synced
                        os.fsync(file.fileno())
                    file.close()
                with _signals_wait():
                    _rename_all(self._waiting)
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
            handle, temporary = _temporary(target, ".tmp")
        except OSError as error:
            raise OutputError(f"{output} cannot be created: {why(error)}.") from error
        self._waiting.append(_Waiting(output, temporary, target))
        if target.exists():
            _like(target, temporary)
        else:
            temporary.chmod(0o666 & ~_umask())
        return os.fdopen(handle, "wb")

    def _discard(self) -> None:
        with _signals_wait():
            for file in self._open.values():
                with suppress(OSError):
                    file.close()
            for each in self._waiting:
                if each.temporary:
                    each.temporary.unlink(missing_ok=True)


def _rename_all(waiting: Sequence[_Waiting]) -> None:
    """Rename every temporary file over its target, and remove what is to go; if one cannot be, raise OutputError with
    all targets as they were.

    The old files are kept under second names meanwhile, so that no name is without a whole file at any moment. The last
    one needs none: with its own renaming the run is done.
    """
    try:
        for each in waiting[:-1]:
            if each.target.exists():
                _keep(each)
        for each in waiting:
            try:
                each.settle()
            except OSError as error:
                raise OutputError(_why_not_replaced(each.output, error)) from error
    except BaseException as error:
        lost = _take_back(waiting)
        if lost:
            raise OutputError(f"{error} But old files could not be put back; they are {', '.join(lost)}.") from error
        raise
    if os.name == "posix":
        for folder in {each.target.parent for each in waiting}:
            _sync(folder)
    for each in waiting:
        if each.old:
            each.old.unlink(missing_ok=True)


def _take_back(waiting: Sequence[_Waiting]) -> list[str]:
    """Put the old files back where a new one was renamed; return the names of those that cannot be, where they lie."""
    lost = []
    for each in reversed(waiting):
        try:
            if each.is_done:
                if each.old:
                    os.replace(each.old, each.target)
                elif each.temporary:
                    each.target.unlink()
            elif each.old:
                each.old.unlink(missing_ok=True)
        except OSError:
            lost.append(str(each.old or each.target))
    return lost


def _why_not_replaced(output: Path, error: OSError) -> str:
    hint = " Is it open in another program?" if isinstance(error, PermissionError) else ""
    return f"{output} cannot be replaced: {why(error)}.{hint} No file of this run is written."


def _keep(waiting: _Waiting) -> None:
    """Give the file that is there a second name; where the file system has no hard links, a copy."""
    handle, waiting.old = _temporary(waiting.target, ".old")
    os.close(handle)
    waiting.old.unlink()
    try:
        os.link(waiting.target, waiting.old)
    except OSError:
        shutil.copy2(waiting.target, waiting.old)
        _like(waiting.target, waiting.old)


def _temporary(target: Path, suffix: str) -> tuple[int, Path]:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=suffix, dir=target.parent)
    return handle, Path(name)


def _like(target: Path, file: Path) -> None:
    """Give a file the mode of another, and its owner and group as far as that is allowed."""
    old = target.stat()
    if hasattr(os, "chown"):
        for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
            with suppress(OSError):
                os.chown(file, owner, group)
    file.chmod(old.st_mode & 0o7777)


def _sync(folder: Path) -> None:
    with suppress(OSError):  # some file systems have no way to do it
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let a signal that would end the run wait until the block is done; handlers run in the main thread alone."""
    came: list[int] = []
    handlers = {}
    if current_thread() is main_thread():
        for number in (getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)):
            if callable(handler := signal.getsignal(number)):
                handlers[number] = handler
                signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number in came:
        signal.raise_signal(number)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
