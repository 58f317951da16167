"""Errors that a user can cause, each with its exit code.

The text of an error is one line that names the thing, the place and the way out. `__main__` turns it into an exit.
"""

from collections.abc import Mapping
from typing import Any

Way = Mapping[str, Any]
"""Options of `segtool.rfm` by their names, with their values."""


_NON_JOINER = "\u200c"


class SegtoolError(Exception):
    """A mistake outside the program; `exit_code` is what the command line returns for it."""

    exit_code = 70


class FailedCheckError(SegtoolError):
    """All is done, and what was to be checked of it does not hold."""

    exit_code = 1


class UsageError(SegtoolError):
    """An option or argument asks for what does not exist or does not fit."""

    exit_code = 2


class DataError(SegtoolError):
    """The data cannot be read as orders.

    `ways` are options of which each lets them be read; the likeliest stands first.
    """

    exit_code = 65

    def __init__(self, message: str, *ways: Way) -> None:
        super().__init__(message)
        self.ways = ways


class LostConnectionError(DataError):
    """The connection to where the data stand broke off; the same run, once more, can do."""

    exit_code = 74


class MissingRoleError(DataError):
    """A table has no column for a role."""


class MissingInputError(SegtoolError):
    """There is no such input."""

    exit_code = 66


class MissingExtraError(SegtoolError):
    """A package is missing that only some need; the text says how to install it."""

    exit_code = 69


class OutputError(SegtoolError):
    """An output cannot be created."""

    exit_code = 73


class BusyError(SegtoolError):
    """Another run holds the lock; trying again later helps."""

    exit_code = 75


class ConfigError(SegtoolError):
    """A configuration file is damaged, says what no option is, or gives an option what it does not take."""

    exit_code = 78


class SchemeError(SegtoolError):
    """A scheme is damaged, or names no segment, or two, for some score."""

    exit_code = 78


def printable(text: str) -> str:
    """Return text with control characters written as escapes, so that data cannot break a line or steer a terminal.

    The zero-width non-joiner stays: Persian words are written with it.

    >>> printable("a\\tb")
    'a\\\\tb'
    """
    return "".join(char if char.isprintable() or char == _NON_JOINER else repr(char)[1:-1] for char in text)


def why(error: OSError) -> str:
    """Return why the system refused something, in its own words.

    >>> why(FileNotFoundError(2, "No such file or directory", "orders.csv"))
    'no such file or directory'
    """
    return (error.strerror or str(error)).lower()
