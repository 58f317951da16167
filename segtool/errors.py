"""Errors that a user can cause, each with its exit code.

The text of an error is one line that names the thing, the place and the way out. `__main__` turns it into an exit.
"""


class SegtoolError(Exception):
    """A mistake outside the program; `exit_code` is what the command line returns for it."""

    exit_code = 70


class UsageError(SegtoolError):
    """An option or argument asks for what does not exist or does not fit."""

    exit_code = 2


class DataError(SegtoolError):
    """The data cannot be read as orders."""

    exit_code = 65


class MissingInputError(SegtoolError):
    """There is no such input."""

    exit_code = 66


class OutputError(SegtoolError):
    """An output cannot be created."""

    exit_code = 73


class SchemeError(SegtoolError):
    """A scheme is damaged, or names no segment, or two, for some score."""

    exit_code = 78


def printable(text: str) -> str:
    """Return text with control characters written as escapes, so that data cannot break a line or steer a terminal.

    >>> printable("a\\tb")
    'a\\\\tb'
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
