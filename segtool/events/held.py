"""Tables of arrays that batches bring piece by piece, and that are merged when what is held doubles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from segtool import memory
from segtool.tables.arrays import Ints, Mask

Array = npt.NDArray[Any]

_ENOUGH = 1 << 27
"""Bytes that are kept as they come, without a look for rows that can be one."""

_TO_MERGE = 2
"""How often merging takes the bytes of all rows, more or less."""


@dataclass(frozen=True)
class Several:
    """Arrays by their names; `filling` is what all rows have in an array that is not there."""

    arrays: Mapping[Any, Array]
    filling: int


@dataclass(frozen=True)
class Rows:
    """A table whose fields are arrays of one length, or `Several` of them by their names."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))


Table = TypeVar("Table", bound=Rows)


def taken(table: Table, rows: Ints | Mask) -> Table:
    """Return some rows of a table."""

    def part(own: Any) -> Any:
        if isinstance(own, Several):
            return replace(own, arrays={name: array[rows] for name, array in own.arrays.items()})
        return own[rows]

    return type(table)(*(part(getattr(table, field.name)) for field in fields(table)))


def followed(table: Table, rows: Ints | Mask, other: Table) -> Table:
    """Return some rows of a table with those of another one after them; both have the same arrays."""

    def whole(own: Any, more: Any) -> Any:
        if isinstance(own, Several):
            return replace(own, arrays={name: whole(own.arrays[name], more.arrays[name]) for name in own.arrays})
        return np.concatenate([own[rows], more])

    return type(table)(*(whole(getattr(table, field.name), getattr(other, field.name)) for field in fields(table)))


class Held(Generic[Table]):
    """The rows of a table that have come so far; `merge` makes one of those that can be one, in any order."""

    def __init__(self, none: Table, merge: Callable[[Table], Table]) -> None:
        self._none, self._merge = none, merge
        self._enough = _ENOUGH
        self._clear()

    def add(self, rows: Table) -> None:
        """Take the rows of a batch."""
        if len(rows):
            self._extend(rows)
        if self._bytes > self._enough:
            self._extend(self._merge(self.rows()))
            self._enough = max(2 * self._bytes, _ENOUGH)

    def rows(self) -> Table:
        """Return all rows, some of which may be one when they are merged; they are kept no longer."""
        memory.need(_TO_MERGE * self._bytes)
        counts = self._counts
        found: dict[str, Any] = {}
        for name in [field.name for field in fields(self._none)]:
            parts = self._parts.pop(name)  # one after the other: what is joined is not kept beside its parts
            own = getattr(self._none, name)
            if isinstance(own, Several):
                kinds = {key: array.dtype for part in parts for key, array in part.arrays.items()}
                every = {key: [part.arrays.get(key) for part in parts] for key in sorted(kinds)}
                del parts
                found[name] = replace(
                    own, arrays={key: _filled(every.pop(key), counts, own.filling, kinds[key]) for key in sorted(kinds)}
                )
            else:
                found[name] = np.concatenate([own, *parts])
        self._clear()
        return type(self._none)(**found)

    def _clear(self) -> None:
        self._parts: dict[str, list[Any]] = {field.name: [] for field in fields(self._none)}
        self._counts: list[int] = []
        self._bytes = 0

    def _extend(self, rows: Table) -> None:
        for name, parts in self._parts.items():
            own = getattr(rows, name)
            parts.append(own)
            self._bytes += sum(array.nbytes for array in (own.arrays.values() if isinstance(own, Several) else (own,)))
        self._counts.append(len(rows))


def _filled(parts: Sequence[Array | None], counts: Sequence[int], filling: int, kind: npt.DTypeLike) -> Array:
    """Return parts of so many rows as one array; of those that are not there, all rows have the same."""
    return np.concatenate(
        [np.full(count, filling, kind) if part is None else part for part, count in zip(parts, counts, strict=True)]
    )
