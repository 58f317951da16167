"""Cells of amounts taken apart: the text before the first digit, the number, the text behind the last digit.

Of the two texts around a column has few, and each is looked at once.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import EMPTY, Ints, as_column, as_texts, offsets, text_bytes, values
from segtool.tables.numbers.affixes import Affix, affix_before, affix_behind

_ZEROS = "٠۰０"
_BLANKS = "\u00a0\u2007\u2009\u202f"
_SAME = {"−": "-", "－": "-", "＋": "+", "．": ".", "，": ",", "￥": "¥", "＄": "$", "’": "'", "٬": "'", "،": "'"}
_UNSEEN = (0x061C, *range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
"""Joiners and marks of direction."""

_TWO_BYTES = [*range(0x80, 0xC0), *(lead << 6 for lead in range(2, 32))]
_THREE_BYTES = [0x800, *(lead << 12 for lead in range(1, 16) if lead != 13), 0xD000]
_FOUR_BYTES = [0x10000, *(lead << 18 for lead in range(1, 5))]
_NO_DIGIT = "".join(map(chr, [*range(48), *range(58, 128), *_TWO_BYTES, *_THREE_BYTES, *_FOUR_BYTES]))
"""Letters that have, together, every byte of UTF-8 but those of the ten digits."""

_BEFORE = ("", "+", "-", "(", None)
_BEHIND = ("", "-", ")", None)
_SIGN = np.array([[1, -1, 0, 0], [1, 0, 0, 0], [-1, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, 0]], np.int8)
"""The sign of a number by the signs before (down) and behind it (across); 0: two signs, half a bracket, other text."""


class Sides(NamedTuple):
    """What stands on one side of the numbers: each distinct text once, and which of them each cell has."""

    distinct: list[Affix]
    places: Ints

    def marks(self) -> pa.Array:
        """Return the decimal mark at this rim of each number."""
        return as_texts([affix.mark for affix in self.distinct]).take(as_column(self.places))


class AmountCells(NamedTuple):
    """Cells taken apart: numbers without signs, in ASCII but for `٫`, and the sign of each: 1, -1, 0 if it is unclear.

    Groups of thousands are parted by `.`, `,`, a blank or `'`.
    """

    number: pa.Array
    sign: npt.NDArray[np.int8]
    before: Sides
    behind: Sides


def apart(column: pa.Array) -> AmountCells:
    """Return the cells of a text column taken apart.

    >>> found = apart(as_texts(["$-1,234.50", "(۱۲٫۵۰)", "5,- EUR", "two", "-5-"]))
    >>> found.number.to_pylist(), found.sign.tolist()
    (['1,234.50', '12٫50', '5,', '', '5'], [-1, -1, 1, 0, 0])
    """
    texts = _western(pc.coalesce(column, EMPTY))
    right = pc.ascii_ltrim(texts, characters=_NO_DIGIT)
    number = pc.ascii_rtrim(right, characters=_NO_DIGIT)
    at = offsets(texts)
    first = at[1:] - np.diff(offsets(right))
    last = first + np.diff(offsets(number))
    before = _sides(_cut(texts, at[:-1], first), affix_before)
    behind = _sides(_cut(texts, last, at[1:]), affix_behind)
    if any(affix.mark for side in (before, behind) for affix in side.distinct):
        number = pc.binary_join_element_wise(before.marks(), number, behind.marks(), EMPTY)
    fronts = np.array([_BEFORE.index(affix.sign) for affix in before.distinct], np.int8)[before.places]
    backs = np.array([_BEHIND.index(affix.sign) for affix in behind.distinct], np.int8)[behind.places]
    return AmountCells(number, np.where(last > first, _SIGN[fronts, backs], 0).astype(np.int8), before, behind)


def currency_marks(cells: AmountCells) -> frozenset[str]:
    """Return the currencies in cells: ISO codes, or the mark as written where currencies share it.

    A code beside such a mark tells which currency it is: `$5 USD` is USD.

    >>> sorted(currency_marks(apart(as_texts(["5 €", "$5", "5", "usd 7", "five DM"]))))
    ['$', 'EUR', 'USD']
    """
    width = len(cells.behind.distinct)
    pairs = np.unique((cells.before.places * width + cells.behind.places)[cells.sign != 0])
    found: set[str] = set()
    for front, back in zip((pairs // width).tolist(), (pairs % width).tolist(), strict=True):
        around = {cells.before.distinct[front].currency, cells.behind.distinct[back].currency} - {""}
        found |= {mark for mark in around if len(mark) == 3 and mark.isupper()} or around
    return frozenset(found)


def _sides(texts: pa.Array, read: Callable[[str], Affix]) -> Sides:
    encoded = texts.dictionary_encode()
    return Sides(
        [read(text) for text in encoded.dictionary.to_pylist()], values(encoded.indices, np.int32).astype(np.int64)
    )


def _cut(texts: pa.Array, start: Ints, end: Ints) -> pa.Array:
    """Return the bytes of a text column from each start to each end."""
    length = end - start
    at = np.concatenate([np.zeros(1, np.int32), np.cumsum(length, dtype=np.int32)])
    letters = text_bytes(texts)[np.arange(at[-1], dtype=np.int32) + np.repeat(start - at[:-1], length)]
    return pa.Array.from_buffers(pa.string(), len(length), [None, pa.py_buffer(at), pa.py_buffer(letters)])


@cache
def _western_letters() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Return for every code point the one that stands for it, and how many bytes it takes: none where it is unseen."""
    letters = np.arange(0x110000, dtype=np.uint32)
    for zero in _ZEROS:
        letters[ord(zero) : ord(zero) + 10] = np.arange(ord("0"), ord("9") + 1)
    for letter in _BLANKS:
        letters[ord(letter)] = ord(" ")
    for letter, same in _SAME.items():
        letters[ord(letter)] = ord(same)
    sizes = 1 + (letters >= 0x80).astype(np.uint8) + (letters >= 0x800) + (letters >= 0x10000)
    sizes[list(_UNSEEN)] = 0
    return letters, sizes


def _western(texts: pa.Array) -> pa.Array:
    """Return texts with the digits, signs and blanks of ASCII, without joiners and marks of direction."""
    at = offsets(texts)
    written = text_bytes(texts)[at[0] : at[-1]]
    if not len(written) or written.max() < 0x80:
        return texts
    letters, sizes = _western_letters()
    points = np.frombuffer(written.tobytes().decode().encode("utf-32-le"), "<u4")
    width = sizes[points]
    ends = np.concatenate([np.zeros(1, np.int32), np.cumsum(width, dtype=np.int32)])
    begun = np.concatenate([np.zeros(1, np.int32), np.cumsum((written & 0xC0) != 0x80, dtype=np.int32)])
    rewritten = letters[points[width > 0]].astype("<u4").tobytes().decode("utf-32-le").encode()
    rims = np.ascontiguousarray(ends[begun[at - at[0]]])
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(rims), pa.py_buffer(rewritten)])
