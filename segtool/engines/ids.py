"""Codes for texts that come batch by batch: customers, and orders that no number names."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import Ints, as_column, as_mask, offsets, text_bytes, words_at

Hashes = npt.NDArray[np.uint64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: multiplying spreads low bits to high ones
_HALF = np.uint64(32)
_FREE = -1


class Growing:
    """An array that grows at its end, and touches no memory ahead of it."""

    def __init__(self, kind: npt.DTypeLike) -> None:
        self._room = np.empty(1024, kind)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def array(self) -> npt.NDArray[Any]:
        return self._room[: self._count]

    def extend(self, values: npt.ArrayLike, count: int) -> None:
        """Add `count` values, or one value so many times."""
        end = self._count + count
        if end > len(self._room):
            room = np.empty(max(end, len(self._room) * 3 // 2), self._room.dtype)
            room[: self._count] = self.array
            self._room = room
        self._room[self._count : end] = values
        self._count = end


def text_hashes(texts: pa.Array) -> Hashes:
    """Return a number for each text that spreads well; equal texts have equal ones, and others hardly ever."""
    at = offsets(texts)
    letters = np.concatenate([text_bytes(texts)[at[0] : at[-1]], np.zeros(8, np.uint8)])
    start, length = at[:-1] - at[0], np.diff(at)
    found = length.astype(np.uint64)
    longest = int(length.max(initial=0))
    for done in range(0, longest, 8):
        rows = slice(None) if longest == length.min() else np.flatnonzero(length > done)
        mixed = words_at(letters, start[rows], length[rows], done)
        mixed ^= found[rows]
        mixed *= _FACTOR
        mixed ^= mixed >> _HALF
        found[rows] = mixed
    return found * _FACTOR


class Ids:
    """Distinct texts, each with a code from 0 up; those of a batch come after those of the batches before it.

    An open-addressing hash table over all rows of a batch at once. Every row is compared with the text of its code, so
    texts that share a hash stay apart.
    """

    def __init__(self) -> None:
        self._slots = np.full(1 << 12, _FREE, np.int32)
        self._hashes = Growing(np.uint64)
        self._letters = Growing(np.uint8)
        self._ends = Growing(np.int64)
        self._ends.extend(0, 1)

    def __len__(self) -> int:
        return len(self._hashes)

    def texts(self) -> pa.Array:
        """Return all texts by their code, as large strings."""
        buffers = [None, pa.py_buffer(self._ends.array), pa.py_buffer(self._letters.array)]
        return pa.Array.from_buffers(pa.large_string(), len(self), buffers)

    def codes(self, texts: pa.Array, hashes: Hashes) -> npt.NDArray[np.int32]:
        """Return the code of each text, none of which is null; new texts get the next ones.

        >>> ids = Ids()
        >>> for texts in (pa.array(["ann", "ann"]), pa.array(["bob", "ann"])):
        ...     print(ids.codes(texts, text_hashes(texts)).tolist())
        [0, 0]
        [1, 0]
        """
        slots = (hashes >> self._shift).astype(np.int64)
        codes = self._slots.take(slots)
        known = codes != _FREE
        known &= self._hashes.array.take(codes, mode="clip") == hashes if len(self) else False
        rest = np.flatnonzero(~known)
        if len(rest):
            codes[rest] = self._place(texts, hashes, rest)
        same = pc.equal(self.texts().take(as_column(codes)), texts.cast(pa.large_string()))
        other = np.flatnonzero(~as_mask(same))
        if len(other):  # two texts with one hash: the later one goes on with the next hash
            codes[other] = self.codes(texts.take(as_column(other)), hashes[other] + np.uint64(1))
        return codes

    @property
    def _shift(self) -> np.uint64:
        return np.uint64(65 - len(self._slots).bit_length())

    def _place(self, texts: pa.Array, hashes: Hashes, rows: Ints) -> npt.NDArray[np.int32]:
        """Return codes of rows whose first slot does not hold their hash; rows that find a free slot are new."""
        self._make_room(len(rows))
        slots, hashes = (hashes[rows] >> self._shift).astype(np.int64), hashes[rows]
        codes = np.full(len(rows), _FREE, np.int32)
        left, fresh = np.arange(len(rows), dtype=np.int32), []
        while len(left):
            at, wanted = slots[left], hashes[left]
            free = np.flatnonzero(self._slots[at] == _FREE).astype(np.int32)
            if len(free):
                self._slots[at[free]] = free  # of several rows that want a slot, one stays
                new = free[self._slots[at[free]] == free]
                self._slots[at[new]] = np.arange(len(self), len(self) + len(new), dtype=np.int32)
                self._hashes.extend(wanted[new], len(new))
                fresh.append(rows[left[new]])
            found = self._slots[at]
            hit = self._hashes.array[found] == wanted
            codes[left[hit]] = found[hit]
            left = left[~hit]
            slots[left] = (slots[left] + 1) & (len(self._slots) - 1)
        if fresh:
            self._remember(texts.take(as_column(np.concatenate(fresh))))
        return codes

    def _remember(self, texts: pa.Array) -> None:
        at, end = offsets(texts), int(self._ends.array[-1])
        self._letters.extend(text_bytes(texts)[at[0] : at[-1]], int(at[-1] - at[0]))
        self._ends.extend(at[1:] - at[0] + np.int64(end), len(texts))

    def _make_room(self, more: int) -> None:
        """See that three of four slots stay free, so that most rows find theirs at once."""
        size = len(self._slots)
        while size < 4 * len(self) + 2 * more:
            size *= 2
        if size > len(self._slots):
            self._slots = np.full(size, _FREE, np.int32)
            codes = np.arange(len(self), dtype=np.int32)
            slots = (self._hashes.array >> self._shift).astype(np.int64)
            while len(codes):
                free = self._slots[slots] == _FREE
                self._slots[slots[free]] = codes[free]
                lost = self._slots[slots] != codes
                codes, slots = codes[lost], (slots[lost] + 1) & (size - 1)
