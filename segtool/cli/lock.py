"""One run at a time: a lock that goes with the process that holds it, however that ends."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click

from segtool.cli.options import NewFile
from segtool.errors import BusyError, OutputError, UsageError, why

_FILE = "segtool.lock"
"""Where a context keeps the file that the command is to lock."""

_HOLDER = re.compile(rb"(\d{1,20}\s*)?")

_BEYOND = 1 << 30
"""Windows lets nobody read a byte that is locked, so the lock lies where nothing is written."""


def lock_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option of commands that write to run one at a time. The lock is held before anything is read."""

    @wraps(command)
    def alone(*args: Any, **options: Any) -> Any:
        file: Path | None = click.get_current_context().meta.get(_FILE)
        with locked(file) if file else nullcontext():
            return command(*args, **options)

    return click.option(
        "--lock",
        type=NewFile(path_type=Path),
        metavar="FILE",
        expose_value=False,
        callback=_note_lock,
        help="Stop with exit code 75 while another run holds this file.",
    )(alone)


def _note_lock(context: click.Context, _: click.Parameter, file: Path | None) -> None:
    context.meta[_FILE] = file


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock of a file, which names the process that holds it and stays behind.

    Raises BusyError if another process holds it, UsageError if the file is no lock, OutputError if it cannot be made.
    """
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(f"{file} cannot be created: {why(error)}.") from error
    try:
        held = os.read(handle, 64)
        if not _HOLDER.fullmatch(held):
            raise UsageError(f"{file} is no lock; name a file that nothing else is kept in.")
        try:
            _take(handle)
        except (BlockingIOError, PermissionError) as error:
            holder = f"process {held.decode().strip()}" if held.strip() else "another process"
            raise BusyError(f"{file} is held by {holder}: another run is at work. Try again later.") from error
        except OSError as error:
            raise OutputError(f"{file} cannot be locked: {why(error)}.") from error
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, b"%d\n" % os.getpid())
        yield
        with suppress(OSError):  # the next one would name a process that is gone
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _BEYOND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
