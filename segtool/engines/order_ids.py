"""Order ids as numbers: which orders are the same is all that is asked of them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines.ids import Ids, Keys, text_keys
from segtool.tables.arrays import Ints, Mask, as_mask, as_texts, chosen, offsets, text_bytes, valid, values

_NUMBERED = 18
"""Digits of an order number that surely fits an integer."""

_COUNTED = 9
"""Digits at the end of a text that count as its number; those before belong to the stem."""

_NUMBER_BITS, _WIDTH_BITS = 30, 4
_STEMS = 1 << (63 - _NUMBER_BITS - _WIDTH_BITS)
_NONE = as_texts([])


@dataclass(frozen=True)
class OrderIds:
    """The orders of rows. Where one is `spelled`, its id is no plain number but a text, which is cut in two.

    `numbers` is the id, or the number and the count of the digits at the end of its text; it means nothing where the
    order is not `known`. `stems` has what stands before those digits, with `keys`, for the rows that are spelled.
    """

    known: Mask
    numbers: Ints
    spelled: Mask
    stems: pa.Array
    keys: Keys

    def coded(self, stems: Ids) -> Ints:
        """Return one number an order: two orders have the same if they have the same id. `stems` remembers the texts.

        Plain ids are never negative; texts have the numbers below zero, and those of one stem lie side by side.
        """
        if not len(self.stems):
            return self.numbers
        codes = stems.codes(self.stems, self.keys).astype(np.int64)
        if len(stems) > _STEMS:
            raise MemoryError
        numbers = self.numbers.copy()
        numbers[self.spelled] |= (codes << (_NUMBER_BITS + _WIDTH_BITS)) | np.iinfo(np.int64).min
        return numbers


def named_orders(column: pa.Array) -> OrderIds:
    """Return the orders of a column of ids; an id that is no plain number is a text, as `007` and `7.0`.

    >>> orders = named_orders(pa.array(["12", None, "A-07", "A-7"]))
    >>> orders.known.tolist(), orders.spelled.tolist(), orders.stems.to_pylist()
    ([True, False, True, True], [False, False, True, True], ['A-', 'A-'])
    >>> len(set(orders.coded(Ids()).tolist()))
    4
    """
    known = valid(column)
    if pa.types.is_integer(column.type):
        numbers = values(column)
        plain = known & (numbers >= 0) & (numbers < 10**_NUMBERED)  # as texts of digits are
        numbers = numbers if plain.all() else np.where(plain, numbers, 0)
    else:
        plain = known & _like_numbers(column)
        try:
            parsed = chosen(column, plain).cast(pa.int64())
        except pa.ArrowInvalid:
            plain &= as_mask(pc.match_substring_regex(column, "^[0-9]+$"))
            parsed = chosen(column, plain).cast(pa.int64())
        numbers = np.zeros(len(column), np.int64)
        numbers[plain] = values(parsed)
    spelled, stems = known & ~plain, _NONE
    if spelled.any():
        stems, numbers[spelled] = _cut(chosen(column, spelled).cast(pa.string()))
    return OrderIds(known, numbers, spelled, stems, text_keys(stems))


def day_orders(days: Ints) -> OrderIds:
    """Return days as orders."""
    every = np.ones(len(days), np.bool_)
    return OrderIds(every, days, ~every, _NONE, text_keys(_NONE))


def no_orders(count: int) -> OrderIds:
    """Return so many orders of which none is known."""
    none = np.zeros(count, np.bool_)
    return OrderIds(none, np.zeros(count, np.int64), none, _NONE, text_keys(_NONE))


def _cut(texts: pa.Array) -> tuple[pa.Array, Ints]:
    """Return the stems of texts, and the number and count of the digits at their ends.

    >>> stems, numbers = _cut(pa.array(["INV-0042", "x", "1234567890"]))
    >>> stems.to_pylist(), (numbers & (2**30 - 1)).tolist(), (numbers >> 30).tolist()
    (['INV-', 'x', '1'], [42, 0, 234567890], [4, 0, 9])
    """
    at, letters = offsets(texts), text_bytes(texts)
    last, length = at[1:].astype(np.int64) - 1, np.diff(at)
    number, width = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    rows = np.arange(len(texts))
    for place in range(_COUNTED):
        rows = rows[length[rows] > place]
        digit = letters[last[rows] - place] - np.uint8(ord("0"))
        rows, digit = rows[digit < 10], digit[digit < 10]
        number[rows] += digit * np.int64(10**place)
        width[rows] += 1
    return _shortened(texts, width), number | (width << _NUMBER_BITS)


def _shortened(texts: pa.Array, by: Ints) -> pa.Array:
    """Return texts without so many bytes at their ends."""
    at, letters = offsets(texts), text_bytes(texts)
    start, length = at[:-1].astype(np.int64), np.diff(at) - by
    ends = np.concatenate([[0], np.cumsum(length)])
    kept = np.repeat(start - ends[:-1], length) + np.arange(ends[-1])
    buffers = [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(letters[kept])]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


def _like_numbers(texts: pa.Array) -> Mask:
    """Return which texts are short and start like a number: with a digit that is no leading zero."""
    at, letters = offsets(texts), text_bytes(texts)
    length = np.diff(at)
    head = letters.take(at[:-1], mode="clip") if len(letters) else np.zeros(len(texts), np.uint8)
    digit = (head > ord("0")) & (head <= ord("9"))
    return ((length > 0) & (length <= _NUMBERED) & digit) | ((length == 1) & (head == ord("0")))
