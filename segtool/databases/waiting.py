"""Waiting for a database so that signals are heard meanwhile."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any, TypeVar

Found = TypeVar("Found")

_SECONDS = 0.2
"""How long a wait is: one without an end hears no Ctrl-C on Windows, nor where a driver has put its handler back."""


def heard(action: Callable[[], Found], cancel: Callable[[], None] | None = None) -> Found:
    """Return what an action gives, in a thread of its own; a signal that raises here cancels it.

    In the main thread drivers make Ctrl-C an error of the query, and hear of no other signal until the answer is there.
    What cannot be cancelled, as a server that does not answer, is left behind.
    """
    found: Future[Found] = Future()
    Thread(target=_run, args=(action, found), daemon=True).start()
    try:
        _await(found)
    except BaseException:
        if cancel:
            if not found.done():
                cancel()
            _await(found)
        raise
    return found.result()


def _run(action: Callable[[], Found], found: Future[Found]) -> None:
    try:
        found.set_result(action())
    except BaseException as error:  # it is for the one who waits, whatever it is
        found.set_exception(error)


def _await(found: Future[Any]) -> None:
    while not wait([found], _SECONDS).done:
        pass
