"""The files that a page stands on."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segtool.errors import printable
from segtool.summary.report import ReportSource, SourceRole
from segtool.tables.places import sha256_of


def sources_of(given: Mapping[SourceRole, Any]) -> tuple[ReportSource, ...]:
    """Return what a page stands on: files by their names without folders, with the hash of their bytes."""
    return tuple(
        ReportSource(role, name_of(table), sha256_of(Path(table)) if _is_file(table) else None)
        for role, table in given.items()
        if table is not None
    )


def _is_file(table: Any) -> bool:
    return isinstance(table, str | os.PathLike) and str(table) != "-" and Path(table).is_file()


def name_of(table: Any) -> str:
    """Return how messages call what was given."""
    if isinstance(table, str | os.PathLike):
        return "stdin" if str(table) == "-" else printable(Path(table).name)
    return {"Table": "table", "dict": "summary"}.get(type(table).__name__, type(table).__name__)
