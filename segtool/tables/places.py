"""What a user names becomes files: paths, patterns, directories, stdin, addresses of object stores."""

import fnmatch
import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import unquote

from segtool.databases import Address, address_of, addresses
from segtool.errors import MissingInputError, UsageError

if TYPE_CHECKING:
    from segtool.tables.files import File

STDIN = "-"

SUFFIXES = (
    ".csv .tsv .tab .txt .parquet .pq .jsonl .ndjson .json .arrow .feather .ipc .xlsx .xlsm .xlsb .xls .ods".split()  # noqa: SIM905
)
"""What the files of a directory that are read end in; an ending that says how a file is packed may follow."""

_PACKED = (".gz", ".bz2", ".zst", ".xz")
_REMOTE = re.compile(r"(s3|gs|gcs|abfss?)://")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def is_remote(name: str) -> bool:
    """Return whether a name is the address of an object store."""
    return bool(_REMOTE.match(name))


def shown(name: str) -> str:
    """Return a name without the key and the secret that an address can hold.

    >>> shown("s3://key:secret@shop/orders.csv"), shown("a:b@c.csv")
    ('s3://shop/orders.csv', 'a:b@c.csv')
    >>> shown("postgresql://ann:secret@shop.example/db?table=orders")
    'postgresql://shop.example/db?table=orders'
    """
    name = addresses.shown(name)
    return re.sub(r"^(\w+://)[^/@]*:[^/@]*@", r"\1", name)


def files_of(name: str) -> "Iterator[File]":
    """Yield the files that a name stands for, in the order of their names.

    A directory stands for the tables in it and below it; `year=2024` in a path is a column of its tables, however they
    are named. Raises MissingInputError where there is none.
    """
    from segtool.tables.files import local, stdin

    if name == STDIN:
        yield stdin()
    elif is_remote(name):
        yield from _remote(name)
    else:
        for path in _paths(name):
            yield local(path, _facts(path.as_posix()))


def _paths(name: str) -> Iterator[Path]:
    """Yield the paths that a name stands for."""
    if os.path.isdir(name):
        folder = Path(name)
        paths = sorted(Path(at) / name for at, _, names in os.walk(folder) for name in names)
        tables = [path for path in paths if _is_table(path.relative_to(folder).as_posix())]
        if not tables:
            raise MissingInputError(f"{folder} has no table in it: no {' '.join(SUFFIXES[:5])} …")
        yield from tables
    elif glob.has_magic(name) and not os.path.exists(name):
        found = sorted(glob.glob(name, recursive=True))
        if not found:
            raise MissingInputError(f"No file matches {name}.")
        for each in found:
            yield from _paths(each)
    else:
        yield Path(name)


def refuse_inputs(outputs: Iterable[Path], names: Iterable[str]) -> None:
    """Raise UsageError for an output that is an input, or that would be one of the next run."""
    for name in names:
        if name == STDIN or is_remote(name):
            continue
        address = address_of(name)
        if address is not None:
            _refuse_database(outputs, address)
            continue
        paths = list(_paths(name))
        for output in outputs:
            if any(same_file(output, path) for path in paths):
                raise UsageError(f"{output} is an input; name another output.")
            place, folder = Path(os.path.realpath(output)), Path(os.path.realpath(name))
            below = place.relative_to(folder).as_posix() if place.is_relative_to(folder) else "."
            if _is_table(below) or (glob.has_magic(name) and fnmatch.fnmatch(os.fspath(output), name)):
                raise UsageError(f"{output} lies in an input, {name}, and would be read by the next run; name another.")


def _refuse_database(outputs: Iterable[Path], address: Address) -> None:
    """Raise UsageError for an output that is the file of a database."""
    if address.kind in ("sqlite", "duckdb"):
        for output in outputs:
            if same_file(output, Path(address.connection)):
                raise UsageError(f"{output} is an input; name another output.")


def same_file(one: Path, other: Path) -> bool:
    """Return whether two paths are one regular file; devices and pipes take what they are given."""
    if one.exists() and not one.is_file():
        return False
    if one.exists() and other.exists() and one.samefile(other):
        return True
    first, second = (os.path.normcase(os.path.realpath(path)) for path in (one, other))
    return first == second


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the bytes of a file, as 64 hexadecimal digits."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_table(path: str) -> bool:
    """Return whether a path in a directory is that of a table, by its ending; names with . or _ in front are hidden.

    >>> _is_table("year=2024/part-0.parquet"), _is_table("orders.csv.gz"), _is_table("_temporary/a.csv")
    (True, True, False)
    """
    parts = PurePosixPath(path.lower()).parts or ("",)
    suffixes = [each for each in PurePosixPath(parts[-1]).suffixes if each not in _PACKED]
    return bool(suffixes) and suffixes[-1] in SUFFIXES and not any(part.startswith((".", "_")) for part in parts)


def _facts(path: str) -> dict[str, str | None]:
    """Return the columns that the directories of a path tell.

    >>> _facts("country=DE/city=K%C3%B6ln/a.parquet")
    {'country': 'DE', 'city': 'Köln'}
    """
    pairs = [part.split("=", 1) for part in PurePosixPath(path).parts[:-1] if "=" in part]
    return {unquote(key): None if value == _NO_VALUE else unquote(value) for key, value in pairs}


def _remote(address: str) -> Iterator["File"]:
    from pyarrow import fs

    try:
        store, path = _store(address)
        if glob.has_magic(path):
            folder = re.split(r"[*?[]", path)[0].rpartition("/")[0]
            every = store.get_file_info(fs.FileSelector(folder, recursive=True))
            found = [info for info in every if fnmatch.fnmatchcase(info.path, path)]
        else:
            found = [store.get_file_info(path)]
            if found[0].type == fs.FileType.Directory:
                every = store.get_file_info(fs.FileSelector(path, recursive=True))
                found = [info for info in every if _is_table(os.path.relpath(info.path, path))]
    except (OSError, ValueError) as error:
        raise MissingInputError(f"{shown(address)} cannot be read: {shown(str(error).splitlines()[0])}.") from error
    files = sorted((info for info in found if info.type == fs.FileType.File), key=lambda info: info.path)
    if not files:
        raise MissingInputError(f"{shown(address)} does not exist, or has no table in it.")
    for info in files:
        yield _stored(store, info, address.split("://")[0])


def _store(address: str) -> tuple[Any, str]:
    """Return the object store of an address, and the path in it."""
    from pyarrow import fs

    return fs.FileSystem.from_uri(address.replace("gcs://", "gs://"))


def _stored(store: Any, info: Any, scheme: str) -> "File":
    from segtool.tables.files import File

    def opened() -> BinaryIO:
        return store.open_input_file(info.path)

    return File(f"{scheme}://{info.path}", opened, info.size, facts=_facts(info.path))
