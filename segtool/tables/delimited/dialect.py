"""How a CSV file is written: its delimiter and where its header stands, told from its first lines."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segtool.errors import DataError, UsageError
from segtool.tables.headers import recognised

BLANKS = "blanks"
"""The delimiter of tables whose columns are lined up with runs of blanks."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", "،": "Arabic commas", BLANKS: "blanks"}
"""The delimiters that are tried, and what messages call them."""

_SPELLINGS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "bar": "|", " ": BLANKS}
SAMPLE = 200
"""Lines that are looked at."""

_PREAMBLE = 50
"""Lines that may stand above a header."""

_MOST = 0.5
"""The least share of rows that have as many cells as their header."""


@dataclass(frozen=True)
class Dialect:
    """The delimiter of a table and the line of its header, from 0.

    `found` tells that other lines stand above it, which nobody had announced; `trailing`, that rows end with one
    delimiter more than the header.
    """

    delimiter: str
    line: int
    found: bool = False
    trailing: bool = False


@dataclass(frozen=True)
class _Guess:
    dialect: Dialect
    width: int
    share: float
    known: int


def delimiter_of(option: str | None) -> str | None:
    """Return the delimiter that an option means: a character, or the name of one.

    >>> delimiter_of("tab"), delimiter_of(";"), delimiter_of(None)
    ('\\t', ';', None)
    """
    found = _SPELLINGS.get(option or "", option)
    one_byte = found is not None and len(found) == 1 and found.isascii() and found not in '"\r\n'
    if found is not None and found not in DELIMITERS and not one_byte:
        raise UsageError(f"--delimiter {option!r} is no delimiter; say one character, tab or blanks.")
    return found


def dialect_of(name: str, lines: Sequence[str], *, delimiter: str | None = None, skip: int | None = None) -> Dialect:
    """Return how a table is written. `lines` are its first ones, with their ends; only whole rows count.

    The delimiter is the one by which most rows have as many cells as the header, which is the first line, or the first
    of a later block of such rows in which names of roles are recognised.

    >>> dialect_of("x.csv", ["Kunde;Datum;Betrag\\n", "Meier, A.;1.2.2024;12,50\\n"])
    Dialect(delimiter=';', line=0, found=False, trailing=False)

    Raises DataError where the lines above a table cannot be told from it.
    """
    start = skip or 0
    if not skip and lines and (stated := _stated(lines[0])):
        start, delimiter = 1, delimiter or stated
    tried = [delimiter] if delimiter else [each for each in DELIMITERS if each != BLANKS]
    tables = {each: _records(lines[start:], each) for each in tried}
    guesses = [guess for each, table in tables.items() if (guess := _guess(each, table, 0))]
    best = max(guesses, key=lambda guess: (guess.share >= _MOST, guess.known, guess.share, guess.width), default=None)
    if skip is None and (best is None or best.share < _MOST or not best.known):
        best = _below_a_preamble(name, tables, start) or best
    if best is None and delimiter is None:
        best = _guess(BLANKS, _records(lines[start:], BLANKS), 0)
        if best is not None and (best.share < 1 or any('"' in line for line in lines)):
            best = None
    if best is None:
        return Dialect(delimiter or ",", start)
    return replace(best.dialect, line=best.dialect.line + start)


def cells_of(record: str, delimiter: str) -> list[str]:
    """Return the cells of one row, which may have line ends in quotes."""
    return record.split() if delimiter == BLANKS else next(csv.reader([record], delimiter=delimiter), [""])


def _stated(line: str) -> str | None:
    """Return the delimiter that a first line for spreadsheets states, as `sep=;`."""
    text = line.strip("\r\n").strip('"')
    return text[4:] if len(text) == 5 and text[:4].lower() == "sep=" else None


def _records(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the rows that have cells, each with the line, from 0, on which it begins."""
    if delimiter == BLANKS:
        return [(at, line.split()) for at, line in enumerate(lines) if line.strip()]
    reader, found, at = csv.reader(lines, delimiter=delimiter), [], 0
    try:
        for cells in reader:
            if cells:
                found.append((at, cells))
            at = reader.line_num
    except csv.Error:  # a cell beyond all bounds
        pass
    return found


def _guess(delimiter: str, table: Sequence[tuple[int, list[str]]], start: int) -> _Guess | None:
    """Return what speaks for a header at a row, if it has several cells."""
    if len(table) <= start or len(table[start][1]) < 2:
        return None
    line, header = table[start]
    rows = [cells for _, cells in table[start + 1 :]]
    whole = sum(len(cells) == len(header) for cells in rows)
    over = sum(len(cells) == len(header) + 1 and not cells[-1].strip() for cells in rows)
    trailing = over > whole
    share = max(whole, over) / len(rows) if rows else 1
    return _Guess(Dialect(delimiter, line, start > 0, trailing), len(header), share, recognised(header))


def _below_a_preamble(name: str, tables: dict[str, list[tuple[int, list[str]]]], skipped: int) -> _Guess | None:
    """Return the guess that finds a header with names of roles below other lines, which can have as many cells."""
    found = []
    for delimiter, table in tables.items():
        width, count = Counter(len(cells) for _, cells in table).most_common(1)[0] if table else (1, 0)
        wide = [i for i, (_, cells) in enumerate(table) if len(cells) == width]
        start = next((i for i in wide if i <= _PREAMBLE and recognised(table[i][1]) > 1), wide[0] if wide else 0)
        guess = _guess(delimiter, table, start)
        if guess and 0 < start <= _PREAMBLE and guess.share >= _MOST and count > 1:
            found.append(guess)
    best = max(found, key=lambda guess: (guess.known, guess.share, guess.width), default=None)
    if best is not None and best.known < 2 and all(len(table[0][1]) < 2 for table in tables.values() if table):
        line = best.dialect.line + skipped
        raise DataError(
            f"{name}: line 1 has one cell, and from line {line + 1} on there are {best.width}. "
            f"Say --skip-rows {line} if line {line + 1} is the header."
        )
    return best if best is not None and best.known >= 2 else None
