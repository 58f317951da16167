"""The formats in which a table is written: their suffixes, their writers, what each of them takes and needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

from segtool.errors import MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Format:
    """One format. The writer is named, not imported, so that a command line starts without what it does not use.

    `takes` are the keywords of the writer after the table and the file. `package` is what it needs, with the name under
    which that is imported; the extra that installs it has the format's name.
    """

    suffixes: tuple[str, ...]
    writer: str
    takes: tuple[str, ...] = ()
    is_text: bool = True
    package: tuple[str, str] | None = None


_TEXT = ("threads", "csv_safe", "headers", "digits")

FORMATS: Mapping[str, Format] = {
    "csv": Format((".csv",), "segtool.tables.writing.write:write_csv", takes=_TEXT),
    "parquet": Format((".parquet",), "segtool.tables.writing.write:write_parquet", is_text=False),
    "jsonl": Format((".jsonl",), "segtool.tables.writing.write:write_jsonl", takes=("threads",)),
    "xlsx": Format(
        (".xlsx",),
        "segtool.tables.writing.xlsx:write_xlsx",
        takes=("right_to_left", "lang", "headers"),
        is_text=False,
        package=("XlsxWriter", "xlsxwriter"),
    ),
    "tsv": Format((".tsv",), "segtool.tables.writing.write:write_tsv", takes=_TEXT),
    "excel-csv": Format((), "segtool.tables.writing.write:write_excel_csv", takes=_TEXT),
    "markdown": Format((".md",), "segtool.tables.writing.write:write_markdown", takes=("threads", "headers", "digits")),
    "feather": Format((".feather", ".arrow"), "segtool.tables.writing.write:write_feather", is_text=False),
}
"""Name -> format, those that people ask for most first."""

SUFFIXES: Mapping[str, str] = {suffix: name for name, each in FORMATS.items() for suffix in each.suffixes}
"""Suffix of a file -> the format that it stands for."""


def taking(option: str) -> list[str]:
    """Return the names of the formats whose writer takes an option.

    >>> taking("csv_safe")
    ['csv', 'tsv', 'excel-csv']
    """
    return [name for name, each in FORMATS.items() if option in each.takes]


def need(name: str) -> None:
    """Raise MissingExtraError when what a format is written with is not installed."""
    package = FORMATS[name].package
    if package and find_spec(package[1]) is None:
        raise MissingExtraError(
            f'{name} needs the package {package[0]}, which is missing: python -m pip install "segtool[{name}]"'
        )


def write_table(table: "pa.Table", file: BinaryIO, name: str, **options: Any) -> None:
    """Write a table in the format of that name; options that the format does not take are left out."""
    each = FORMATS[name]
    module, writer = each.writer.split(":")
    getattr(import_module(module), writer)(table, file, **{key: options[key] for key in each.takes if key in options})
