"""Texts letter by letter: which letters a column has, and other spellings of those that are not ASCII."""

import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import Mask, as_column, as_mask, as_texts, offsets, text_bytes, valid
from segtool.tables.text import labels


def where(rows: Mask, texts: pa.Array) -> pa.Array:
    """Return texts with null where the mask does not hold.

    >>> where(np.array([True, False]), as_texts(["a", "b"])).to_pylist()
    ['a', None]
    """
    return texts if rows.all() else pc.if_else(as_column(rows), texts, pa.nulls(len(texts), texts.type))


def texts_of(texts: Sequence[str | None]) -> pa.Array:
    """Return texts as a column, null where there is none."""
    column = as_texts([text or "" for text in texts])
    return where(np.array([text is not None for text in texts], np.bool_), column)


def composed(text: pa.Array) -> pa.Array:
    """Return texts with one letter for each that is written as a letter and its marks (NFC).

    >>> [len(each) for each in composed(as_texts(["Vale\u0301ry"])).to_pylist()]
    [6]
    """
    return _in_other_words(text, lambda word: unicodedata.normalize("NFC", word))  # pyarrow 25 takes letters apart


def spelled(text: pa.Array, spelling: dict[int, str | None]) -> pa.Array:
    """Return texts with other letters for those that are not ASCII."""
    return _in_other_words(text, lambda word: word.translate(spelling))


def _in_other_words(text: pa.Array, spell: Callable[[str], str]) -> pa.Array:
    """Return texts of which those that are not ASCII are spelled anew."""
    wide = ~as_mask(pc.string_is_ascii(text)) & valid(text)
    if not wide.any():
        return text
    encoded = where(wide, text).dictionary_encode()
    words = as_texts([spell(word) for word in encoded.dictionary.to_pylist()])
    return pc.coalesce(words.take(encoded.indices), text)


class Spelling(dict[int, str | None]):
    """Letter -> how it is dialled: digits in ASCII; blanks, dashes and letters that do not show not at all."""

    def __init__(self, left_out: tuple[str, ...]) -> None:
        super().__init__({0xFF0B: "+"})
        self._left_out = left_out

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        digit = unicodedata.decimal(letter, None)
        left_out = code >= 0x80 and unicodedata.category(letter) in self._left_out
        found = str(digit) if digit is not None else None if left_out else letter
        self[code] = found
        return found


def is_visible_ascii(text: pa.Array) -> bool:
    """Return whether all letters of a column are ASCII that shows, or blanks."""
    letters = _letters(text)
    return not len(letters) or (letters.min() >= 0x20 and letters.max() < 0x7F)


def has_wide_letters(text: pa.Array) -> bool:
    """Return whether some letter of a column is not ASCII."""
    letters = _letters(text)
    return bool(len(letters)) and letters.max() >= 0x80


def filled(column: pa.Array) -> pa.Array:
    """Return the cells as text without the blanks around them; `NA` and `None` are names here."""
    return labels(column, as_texts([""]))


def _letters(text: pa.Array) -> npt.NDArray[np.uint8]:
    at = offsets(text)
    return text_bytes(text)[at[0] : at[-1]]
