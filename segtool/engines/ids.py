"""Codes for texts that come batch by batch: customers, and orders that no number names."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import Ints, Mask, as_column, as_mask, chosen, offsets, padded, text_bytes, words_at

Words = npt.NDArray[np.uint64]

LONG = np.uint64((1 << 64) - 1)
"""The tail of a text that its key does not prove: only its bytes tell whether another text is the same."""

_SHORT = 15
"""Bytes of a text whose key proves it: the first eight are in the hash, the others and their number in the tail."""

_HASHED = 256
"""Bytes of a text that are mixed eight at a time; what is longer has a digest."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: multiplying spreads low bits to high ones
_HALF = np.uint64(32)
_LENGTH = np.uint64(56)
_FREE = -1
_FEW = 1 << 20
"""Slots of which four times as many still cost little."""


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


@dataclass(frozen=True)
class Keys:
    """Two numbers for each text: a hash that spreads well, and a tail. Equal texts have equal keys.

    Of texts with a tail that is not LONG, only equal ones have equal keys: the tail holds the length and all bytes
    after the eighth, and with those given the hash is a one-to-one map of the first eight.
    """

    hash: Words
    tail: Words


def text_keys(texts: pa.Array) -> Keys:
    """Return the keys of texts, which are no nulls.

    >>> keys = text_keys(pa.array(["ann", "customer 10", "customer 11", "a text of many bytes"]))
    >>> (keys.tail == LONG).tolist(), len(set(zip(keys.hash.tolist(), keys.tail.tolist())))
    ([False, False, False, True], 4)
    """
    letters, start, length = padded(texts)
    found = length.astype(np.uint64)
    tail = found << _LENGTH
    longest = int(length.max(initial=0))
    for row in np.flatnonzero(length > _HASHED).tolist():
        found[row] ^= _digest(letters[start[row] : start[row] + length[row]].tobytes())
    for done in range(0, min(longest, _HASHED), 8):
        rows = slice(None) if longest == length.min() else np.flatnonzero(length > done)
        word = words_at(letters, start[rows], length[rows], done)
        if done == 8:
            tail[rows] |= word
        word ^= found[rows]
        word *= _FACTOR
        word ^= word >> _HALF
        found[rows] = word
    if longest > _SHORT:
        tail[length > _SHORT] = LONG
    return Keys(found * _FACTOR, tail)


def _digest(text: bytes) -> np.uint64:
    from hashlib import blake2b  # only long ids need it

    return np.uint64(int.from_bytes(blake2b(text, digest_size=8).digest()))


class Texts:
    """Texts one after another, to which more are added at the end."""

    def __init__(self) -> None:
        self._letters = Growing(np.uint8)
        self._ends = Growing(np.int64)
        self._ends.extend(0, 1)

    def __len__(self) -> int:
        return len(self._ends) - 1

    @property
    def size(self) -> int:
        """How many bytes they take, with where each ends."""
        return len(self._letters) + 8 * len(self)

    def add(self, texts: pa.Array) -> None:
        """Add texts, which are no nulls."""
        at, end = offsets(texts), int(self._ends.array[-1])
        self._letters.extend(text_bytes(texts)[at[0] : at[-1]], int(at[-1] - at[0]))
        self._ends.extend(at[1:] - at[0] + np.int64(end), len(texts))

    def column(self) -> pa.Array:
        """Return all of them as large strings, which share their memory."""
        buffers = [None, pa.py_buffer(self._ends.array), pa.py_buffer(self._letters.array)]
        return pa.Array.from_buffers(pa.large_string(), len(self), buffers)


class Ids:
    """Distinct texts, each with a code from 0 up; those of a batch come after those of the batches before it.

    An open-addressing hash table over all rows of a batch at once. Every row is compared with the text of its code, or
    with its tail where that proves the text, so texts that share a hash stay apart.
    """

    def __init__(self) -> None:
        self._slots = np.full(1 << 12, _FREE, np.int32)
        self._hashes = Growing(np.uint64)
        self._tails = Growing(np.uint64)
        self._texts = Texts()

    def __len__(self) -> int:
        return len(self._hashes)

    def texts(self) -> pa.Array:
        """Return all texts by their code, as large strings."""
        return self._texts.column()

    def codes(self, texts: pa.Array, keys: Keys) -> npt.NDArray[np.int32]:
        """Return the code of each text, none of which is null; new texts get the next ones.

        >>> ids = Ids()
        >>> for texts in (pa.array(["ann", "ann"]), pa.array(["bob", "ann"])):
        ...     print(ids.codes(texts, text_keys(texts)).tolist())
        [0, 0]
        [1, 0]
        """
        codes, rows = np.empty(len(texts), np.int32), np.arange(len(texts))
        while len(rows):
            found, same = self._match(texts, keys)
            codes[rows] = found
            other = np.flatnonzero(~same)
            # two texts with one hash: the later one goes on with another hash, which proves nothing
            rows, texts = rows[other], texts.take(as_column(other))
            keys = Keys(keys.hash[other] * _FACTOR + np.uint64(1), np.full(len(other), LONG))
        return codes

    def _match(self, texts: pa.Array, keys: Keys) -> tuple[npt.NDArray[np.int32], Mask]:
        """Return a code with the hash of each text, new where there was none, and whether it is that of the text."""
        slots = (keys.hash >> self._shift).astype(np.int64)
        codes = self._slots.take(slots)
        known = codes != _FREE
        if len(self):
            known &= self._hashes.array.take(codes, mode="clip") == keys.hash
        rest = np.flatnonzero(~known)
        if len(rest):
            codes[rest] = self._place(texts, keys, rest)
        tails = self._tails.array.take(codes)
        same: Mask = tails == keys.tail
        unproven = tails == LONG
        if unproven.any():
            mine = chosen(texts, unproven).cast(pa.large_string())
            same[unproven] = as_mask(pc.equal(self.texts().take(as_column(codes[unproven])), mine))
        return codes, same

    @property
    def _shift(self) -> np.uint64:
        return np.uint64(65 - len(self._slots).bit_length())

    def _place(self, texts: pa.Array, keys: Keys, rows: Ints) -> npt.NDArray[np.int32]:
        """Return codes of rows whose first slot does not hold their hash; rows that find a free slot are new."""
        self._make_room(len(rows))
        hashes = keys.hash[rows]
        slots = (hashes >> self._shift).astype(np.int64)
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
            new = np.concatenate(fresh)
            self._tails.extend(keys.tail[new], len(new))
            self._texts.add(texts.take(as_column(new)))
        return codes

    def _make_room(self, more: int) -> None:
        """See that three of four slots stay free, so that most rows find theirs at once."""
        size = len(self._slots)
        while size < 4 * len(self) + 2 * more:
            size *= 4 if size < _FEW else 2
        if size > len(self._slots):
            self._slots = np.full(size, _FREE, np.int32)
            codes = np.arange(len(self), dtype=np.int32)
            slots = (self._hashes.array >> self._shift).astype(np.int64)
            while len(codes):
                free = self._slots[slots] == _FREE
                self._slots[slots[free]] = codes[free]
                lost = self._slots[slots] != codes
                codes, slots = codes[lost], (slots[lost] + 1) & (size - 1)
