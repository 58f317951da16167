"""A line on the terminal that tells how far the reading is."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    import rich.progress

_PATIENCE = 1.0
"""Seconds before the line appears: whoever waits less needs none."""

_PAUSE = 0.1


class Progress:
    """A bar with the rows read and the time left, which disappears at the end; without a stream, nothing."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._next = time.monotonic() + _PATIENCE
        self._bar: rich.progress.Progress | None = None

    def __call__(self, share: float, rows: int) -> None:
        """Show that this share of the input, from 0 to 1, is read, and how many rows that is."""
        now = time.monotonic()
        if self._stream is not None and now >= self._next:
            self._next = now + _PAUSE
            self._bar = self._bar or _started(self._stream)
            self._bar.update(self._bar.task_ids[0], completed=share, rows=f"{rows:,}")
            self._bar.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()


def _started(stream: TextIO) -> "rich.progress.Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.percentage:.0f}%  {task.fields[rows]} rows"), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(file=stream), transient=True, auto_refresh=False)
    bar.add_task("", total=1.0, rows="")
    bar.start()
    return bar
