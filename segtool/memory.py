"""How much memory is left: asked before it is used up, since Linux kills a process that takes more, without a word."""

import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ROOT = Path("/")
_UNLIMITED = 1 << 60
_RESERVED = 1 << 27
"""Bytes of addresses that new threads set aside for their stacks and heaps, and hardly use."""

_PREFIXES = {"k": 1, "m": 2, "g": 3, "t": 4}
_BYTES = {"": 1} | {f"{p}b": 1000**power for p, power in _PREFIXES.items()}
_BYTES |= {f"{p}ib": 1024**power for p, power in _PREFIXES.items()}
_SIZE = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({'|'.join(_BYTES)})")

_granted = 0
"""Bytes that may be asked for before the system is asked again; threads that mix it up at worst ask it once more."""

_SHORTAGES = ("launch worker thread", "start new thread", "failed to map segment", "cannot allocate memory")
"""What errors say where memory, or the addresses for it, ran out in a library that has no better error."""


def need(size: int) -> None:
    """Raise MemoryError unless so many bytes are left.

    Where there is plenty, the system is not asked again before a quarter of it has been asked for.

    >>> need(1 << 62)
    Traceback (most recent call last):
    MemoryError
    """
    global _granted
    if size > _granted:
        found = left()
        if found < size:
            raise MemoryError
        _granted = found // 4
    _granted -= size


def bytes_of(size: str) -> int:
    """Return the bytes that a size means, as people write it. Raises ValueError for what is none.

    >>> bytes_of("1GB"), bytes_of("1.5 gib"), bytes_of("500000000")
    (1000000000, 1610612736, 500000000)
    """
    written = _SIZE.fullmatch(size.strip().lower())
    found = int(float(written[1]) * _BYTES[written[2]]) if written else 0
    if found < 1:
        raise ValueError(f"{size!r} is no size")
    return found


def keep_pages() -> None:
    """Let Arrow, where it is not loaded yet, take memory as the C library gives it, unless the user says otherwise.

    Its own allocator gives pages back and asks for them again, block by block: where a table is kept whole, and nothing
    is used twice, that is a third of the time.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def is_shortage(error: BaseException) -> bool:
    """Return whether an error means that memory ran out.

    >>> is_shortage(MemoryError()), is_shortage(RuntimeError("can't start new thread")), is_shortage(KeyError("x"))
    (True, True, False)
    """
    return isinstance(error, MemoryError) or any(words in str(error) for words in _SHORTAGES)


def left() -> int:
    """Return how many bytes this process may still take, as far as Linux tells; elsewhere more than there can be.

    It is the least of what the machine, the process (`ulimit -v`) and its control groups (containers, services) have.
    """
    return min(_of_machine(), _of_process(), *(group.left() for group in _groups()))


def _of_machine() -> int:
    with suppress(OSError):
        text = (_ROOT / "proc/meminfo").read_text()
        sizes = re.findall(r"^(?:MemAvailable|SwapFree): *(\d+) kB$", text, re.MULTILINE)
        if sizes:
            return sum(map(int, sizes)) << 10
    return sys.maxsize


def _of_process() -> int:
    with suppress(OSError, ImportError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            pages = int((_ROOT / "proc/self/statm").read_text().split()[0])
            return limit - pages * resource.getpagesize() - _RESERVED
    return sys.maxsize


@dataclass(frozen=True)
class _Group:
    """A control group with a limit of memory, and the files that tell what of it is used, and for what."""

    limit: int
    usage: Path
    details: Path
    cached: str

    def left(self) -> int:
        """Return what is left, where cached files count as free: they give way."""
        with suppress(OSError, ValueError):
            cached = re.findall(rf"^{self.cached} (\d+)$", self.details.read_text(), re.MULTILINE)
            return self.limit - int(self.usage.read_text()) + sum(map(int, cached))
        return sys.maxsize


_VERSIONS = {
    "": ("memory.max", "memory.current", "(?:in)?active_file"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_(?:in)?active_file"),
}
"""The folder of all groups in the second and first version -> their limit, their usage, what is cached of it."""


@cache
def _groups() -> tuple[_Group, ...]:
    """Return the control groups around this process that limit its memory."""
    found = []
    with suppress(OSError):
        for line in (_ROOT / "proc/self/cgroup").read_text().splitlines():
            _, version, path = line.split(":", 2)
            if version in _VERSIONS:
                limit, usage, cached = _VERSIONS[version]
                own = _ROOT / "sys/fs/cgroup" / version / path.lstrip("/")
                for folder in (own, *own.parents):
                    with suppress(OSError, ValueError):  # no such file; "max", which is no limit
                        size = int((folder / limit).read_text())
                        found.append(_Group(size, folder / usage, folder / "memory.stat", cached))
    return tuple(group for group in found if group.limit < _UNLIMITED)
