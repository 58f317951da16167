"""Schemes: TOML that names one segment for every possible score. Those that come with segtool, and files."""

import tomllib
from functools import cache
from pathlib import Path

from segtool.errors import MissingInputError, SchemeError, UsageError, why
from segtool.resources import names_in, read_text
from segtool.rules.grid import Cell
from segtool.segments.scheme import Scheme, Segment
from segtool.segments.scheme_file import parse
from segtool.tables.headers import nearest

__all__ = ["Scheme", "Segment", "built_in", "is_file", "load", "proven", "read", "refuse_unsound"]


@cache
def built_in() -> tuple[str, ...]:
    """Return the names of the schemes that come with segtool."""
    return names_in("segments/schemes")


def load(name: str) -> Scheme:
    """Return a scheme that names one segment for every cell: a built-in one by its name, or a file by its path.

    Raises SchemeError for one that does not, and all that `read` raises.
    """
    scheme = read(name)
    if not scheme.compatible:
        refuse_unsound(scheme, f"Scheme {name}" if name == scheme.name else name)
    return scheme


def read(name: str) -> Scheme:
    """Return a scheme, sound or not. What has a path separator in it, or ends in .toml, is a file.

    Raises UsageError for an unknown name, MissingInputError for a file that is not there, SchemeError for a text that
    is no scheme.
    """
    if not is_file(name):
        return _read_built_in(name)
    return parse(*text_of_file(name), name)


def text_of_file(name: str, what: str = "scheme") -> tuple[str, str]:
    """Return the text of the file of a scheme, or of something else in TOML, and the name of the scheme.

    Raises MissingInputError for a file that cannot be read, SchemeError for one that is not in UTF-8.
    """
    try:
        return Path(name).read_bytes().decode("utf-8-sig"), Path(name).stem
    except UnicodeDecodeError as error:
        raise SchemeError(f"{name} is not in UTF-8, as TOML has to be: byte {error.start + 1} is none.") from error
    except FileNotFoundError as error:
        raise MissingInputError(f"There is no {what} file {name}.") from error
    except OSError as error:
        raise MissingInputError(f"{name} cannot be read: {why(error)}.") from error


def proven(text: str, name: str) -> Scheme:
    """Return the scheme that a TOML text describes. Raises SchemeError for one that `load` would refuse."""
    scheme = parse(text, name)
    if not scheme.compatible:
        refuse_unsound(scheme, f"Scheme {name}")
    return scheme


@cache
def _read_built_in(name: str) -> Scheme:
    if name not in built_in():
        near = nearest([name], built_in())
        hint = f" Did you mean {near[0]}?" if near else " A file is named by its path, as ./mine.toml."
        if not near and Path(name).is_file():
            hint = f" A file of one's own ends in .toml, and {name} does not."
        raise UsageError(f"There is no scheme {name!r}. Schemes: {', '.join(built_in())}, none.{hint}")
    return parse(read_text(f"segments/schemes/{name}.toml"), name)


def is_file(name: str) -> bool:
    """Return whether a scheme is named by its path."""
    return "/" in name or "\\" in name or name.endswith(".toml")


def states_scoring(text: str) -> bool:
    """Return whether a TOML text is of a scheme over scores; what is no TOML is taken for one, and refused as such.

    >>> states_scoring("[scoring]"), states_scoring("[[segments]]\\nage = '<30'"), states_scoring("title = 'T'")
    (True, False, True)
    """
    try:
        keys = tomllib.loads(text).keys()
    except tomllib.TOMLDecodeError:
        return True
    return "scoring" in keys or not {"segments", "each"} & keys


def refuse_unsound(scheme: Scheme, place: str) -> None:
    """Raise SchemeError that names the first cell with no segment, or with two where the first match does not win."""
    proof = scheme.proof()
    if proof.gaps and scheme.default is None:
        raise SchemeError(f"{place} names no segment for {_cell(scheme, proof.gaps[0])}{_more(len(proof.gaps))}.")
    if proof.overlaps and not scheme.first_match:
        cell, owners = proof.overlaps[0]
        names = " and ".join(scheme.segments[scheme.read_in[i]].name for i in owners)
        raise SchemeError(f"{place} names {names} for {_cell(scheme, cell)}{_more(len(proof.overlaps))}.")


def _cell(scheme: Scheme, cell: Cell) -> str:
    return ", ".join(f"{axis} = {digit:g}" for axis, digit in zip(scheme.grid, cell, strict=True))


def _more(cells: int) -> str:
    return f" (and {cells - 1:,} more; segtool schemes check lists them)" if cells > 1 else ""
