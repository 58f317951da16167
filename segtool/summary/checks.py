"""Checks that a user asks for: what a run found is what it should be, or the run fails."""

from collections.abc import Iterable

from segtool.errors import FailedCheckError
from segtool.summary.changes import Alert


def refuse_failed(alerts: Iterable[Alert]) -> None:
    """Raise FailedCheckError with a line for each alert that fails, if one does."""
    failed = [alert.text for alert in alerts if alert.fails]
    if failed:
        raise FailedCheckError("\n".join(failed))
