"""The files of an export: the audience in one file or in parts, and what lies beside it; all of them, or none."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from segtool.errors import OutputError, UsageError
from segtool.output.files import Files
from segtool.summary.export import ExportFile, Role
from segtool.tables.places import SUFFIXES, refuse_inputs, sha256_of
from segtool.tables.writing.write import write_csv


@dataclass(frozen=True)
class ExportPaths:
    """Where the files of an export lie: `audience` is the one that the user names."""

    audience: Path

    def beside(self, what: str) -> Path:
        """Return the path of a file beside the audience, as `manifest.json`."""
        return self.audience.with_name(f"{self.audience.stem}.{what}")

    def part(self, number: int) -> Path:
        """Return the path of a part, by its number from 1.

        >>> ExportPaths(Path("vip.csv")).part(7).name
        'vip-007.csv'
        """
        return self.audience.with_name(f"{self.audience.stem}-{number:03d}{self.audience.suffix}")

    @property
    def manifest(self) -> Path:
        return self.beside("manifest.json")

    @property
    def skipped(self) -> Path:
        return self.beside("skipped.csv")


class Audience:
    """The parts of an audience as they are opened: the first is the file that the user names, unless there are more."""

    def __init__(self, files: Files, paths: ExportPaths) -> None:
        self._files, self._paths = files, paths
        self.names: list[Path] = []

    def open_part(self, number: int) -> BinaryIO:
        """Return the file of a part, by its number from 1."""
        if number == 2:
            self._files.rename(self._paths.audience, self._paths.part(1))
            self.names = [self._paths.part(1)]
        path = self._paths.audience if number == 1 else self._paths.part(number)
        self.names.append(path)
        return self._files.add(path)


def export_files(paths: ExportPaths, suffix: str, *, inputs: Sequence[str]) -> Files:
    """Return the files of an export, of which more are added when they are written.

    Raises UsageError for a name that ends as a table of another kind does, and for one of an input.
    """
    own = paths.audience.suffix.lower()
    if own != suffix and own in (*SUFFIXES, ".gz", ".zip") and {own, suffix} != {".csv", ".txt"}:
        raise UsageError(f"{paths.audience}: this tool takes a file that ends in {suffix}.")
    refuse_inputs([paths.audience], inputs)
    if paths.audience.is_dir():
        raise OutputError(f"{paths.audience} is a directory; name a file in it.")
    return Files([paths.manifest, paths.skipped], inputs=inputs)


def remove_earlier(files: Files, paths: ExportPaths, written: Sequence[Path]) -> None:
    """Let the files of the export before, which its manifest names, be gone as far as this one writes none of the name.

    They would be uploaded by mistake. Raises OutputError for one that is not as it was written, and for a manifest that
    is none.
    """
    names = {path.name for path in written}
    for name, told in _of_manifest(paths):
        path = paths.audience.with_name(name)
        if name in names or not path.is_file():
            continue
        if sha256_of(path) != told:
            raise OutputError(
                f"{path} is of the export before and has been changed since, so it is not removed; move it away."
            )
        files.remove(path)


def _of_manifest(paths: ExportPaths) -> Iterator[tuple[str, str]]:
    """Yield name and hash of each file that the manifest of the export before names."""
    if not paths.manifest.is_file():
        return
    refusal = OutputError(f"{paths.manifest} is there and is no manifest of an export; move it away.")
    try:
        found: Any = json.loads(paths.manifest.read_text("utf-8"))
        told = [(str(each["name"]), str(each["sha256"])) for each in found["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise refusal from None
    for name, own in told:
        if Path(name).name != name or not name.startswith(paths.audience.stem):
            raise refusal
        yield name, own


def write_beside(table: pa.Table, file: BinaryIO, path: Path, role: Role) -> ExportFile:
    """Write a table as CSV into the file of a path; return what is said of it."""
    into = _Hashed(file)
    write_csv(table, into)  # type: ignore[arg-type]
    return ExportFile(path.name, role, len(table), into.size, into.sha256.hexdigest())


class _Hashed:
    """A file that counts and hashes what is written into it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.size, self.sha256 = file, 0, sha256()

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self.sha256.update(view)
        self.size += view.nbytes
        return self._file.write(data)
