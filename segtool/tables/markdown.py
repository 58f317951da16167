"""Markdown tables, as GitHub shows them and segtool writes them: cells as texts, what was escaped as it was."""

import re

import pyarrow as pa

from segtool.errors import DataError
from segtool.tables.arrays import as_texts
from segtool.tables.arrow_table import ArrowTable
from segtool.tables.files import File
from segtool.tables.plain_text import Text
from segtool.tables.source import Layout

_RULE = re.compile(rb"[^\r\n]*\r?\n\|(?: *:?-+:? *\|)+ *(?:\r?\n|$)")
_CELL = re.compile(r"((?:\\.|[^\\|])*)\|")
_ESCAPED = re.compile(r"\\(.)|<br>")


def is_table(head: bytes) -> bool:
    """Return whether a text begins with a Markdown table: its second line is all dashes between bars."""
    return _RULE.match(head) is not None


def markdown_file(file: File, layout: Layout) -> ArrowTable:
    """Return the table of a file. Raises DataError for a row with more or fewer cells than the header."""
    text = Text(file, layout.encoding)
    try:
        header, _, *rows = b"".join(text.chunks()).decode().strip().split("\n")
    except UnicodeDecodeError:
        raise text.not_utf8() from None
    names = cells_of(header)
    columns: list[list[str]] = [[] for _ in names]
    for number, row in enumerate(rows, start=3):
        if not row.strip():
            continue
        cells = cells_of(row)
        if len(cells) != len(names):
            raise DataError(f"{file.name}: line {number:,} has {len(cells)} cells, and the header {len(names)}.")
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    table = pa.Table.from_arrays([as_texts(column) for column in columns], names)
    return ArrowTable(file.name, table, about={"format": "Markdown", "encoding": text.encoding})


def cells_of(row: str) -> list[str]:
    r"""Return the cells of a row as the texts that they show.

    >>> cells_of(r"| a\|b | \_new\_ |  | 12 |"), cells_of("| two<br>lines |")
    (['a|b', '_new_', '', '12'], ['two\nlines'])
    """
    cells = _CELL.findall(row.strip().removeprefix("|"))
    return [_ESCAPED.sub(lambda found: found[1] or "\n", cell.strip()) for cell in cells]
