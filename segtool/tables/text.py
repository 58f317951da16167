"""Columns as text: identifiers and labels, whatever type they were stored in."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.tables.arrays import (
    Ints,
    as_column,
    as_mask,
    as_texts,
    offsets,
    one_text,
    padded,
    text_bytes,
    values,
    words_at,
)

NO_VALUE = ("", "null", "na", "nan", "none", "n/a", "\\n", "-")
"""Cells that mean "empty", compared without case."""

DOT_ZERO = r"^([0-9]+)\.0$"
"""An id as spreadsheets spell a whole number."""

NO_GROUP = "(empty)"
"""The group of those whose cell is empty."""

NO_SOURCE = "\U0010ffff"
"""What stands for an empty source: in byte order after every name, so that of several at one moment a name is told."""

_NO_VALUE = as_texts(NO_VALUE)
_BLANK, _NO_GROUP = as_texts([""]), one_text(NO_GROUP)
_LONGEST_WORD = max(map(len, NO_VALUE))
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
_SPACE, _WIDE = 0x20, 0x7F  # white space is at or below the one, or no ASCII


def plain(column: pa.Array) -> pa.Array:
    """Return the column without dictionary encoding, all strings as one type."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return column


def in_words(column: pa.Array, read: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Return what `read` makes of a column of text; of one with dictionary encoding it reads each word once.

    The words of such a column are then numbered by 32 bits, however it numbered them.

    >>> column = pa.array(["b ", None, "", "b "]).dictionary_encode()
    >>> in_words(column, labels).to_pylist()
    ['b', None, None, 'b']
    """
    if not pa.types.is_dictionary(column.type):
        return read(column)
    words, indices = read(column.dictionary), column.indices.cast(pa.int32())
    if words.null_count:
        known = pc.take(pc.is_valid(words), indices)
        indices = pc.if_else(known, indices, pa.nulls(len(indices), indices.type))
        words = pc.fill_null(words, "")
    return pa.DictionaryArray.from_arrays(indices, words)


def as_text(column: pa.Array) -> pa.Array:
    """Return any column as text, null where it is null."""
    column = plain(column.storage if isinstance(column, pa.ExtensionArray) else column)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array([None if cell is None else repr(cell) for cell in column.to_pylist()], pa.string())
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # an unknown time zone, an interval
        cells = [None if not cell.is_valid else str(cell) for cell in column]
        return pa.array(cells, pa.string())


def flat(column: pa.Array) -> pa.Array:
    """Return a column of lists as texts with a semicolon between entries, bytes and other nested cells as text.

    >>> flat(pa.array([["vip", "new"], [], None])).to_pylist(), flat(pa.array([b"vip"])).to_pylist()
    (['vip;new', '', None], ['vip'])
    """
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        lists = [None if cell is None else map(str, filter(None, cell)) for cell in column.to_pylist()]
        return pa.array([None if own is None else ";".join(own) for own in lists], pa.string())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        try:
            return column.cast(pa.string())
        except pa.ArrowInvalid:  # no UTF-8
            return as_text(column)
    known = (pa.types.is_string, pa.types.is_decimal, pa.types.is_primitive)
    return column if any(is_one(kind) for is_one in known) else as_text(column)


def fold(label: str) -> str:
    """Return a label in the form in which it is compared: trimmed and without case.

    >>> fold(" Straße ") == fold("STRASSE")
    True
    """
    return label.strip().casefold()


def folded(column: pa.Array, form: Callable[[str], str] = fold) -> pa.Array:
    """Return a column of labels in the form in which they are compared."""
    encoded = column.dictionary_encode()
    return as_texts([form(word) for word in encoded.dictionary.to_pylist()]).take(encoded.indices)


def labels(column: pa.Array, empty: pa.Array = _NO_VALUE) -> pa.Array:
    """Return identifiers or labels as trimmed text with null where the cell is empty.

    A whole number stored as a float is written as the whole number: 17850.0 is `17850`.

    >>> labels(pa.array([" 00123 ", "n/a", None])).to_pylist(), labels(pa.array([17850.0])).to_pylist()
    (['00123', None, None], ['17850'])
    """
    column = plain(column)
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53))
        digits = pc.if_else(whole, column, None).cast(pa.int64()).cast(pa.string())
        column = pc.coalesce(digits, column.cast(pa.string()))
    text = column.cast(pa.string())
    if _has_blank_edges(text):
        encoded = text.dictionary_encode()
        words = pc.utf8_trim_whitespace(encoded.dictionary)
        words = pc.if_else(pc.is_in(pc.utf8_lower(words), empty), pa.nulls(len(words), words.type), words)
        return pc.take(words, encoded.indices)
    short = np.flatnonzero(np.diff(offsets(text)) <= _LONGEST_WORD)
    if len(short):
        none = as_mask(pc.is_in(pc.utf8_lower(text.take(as_column(short))), empty))
        if none.any():
            rows = np.zeros(len(text), np.bool_)
            rows[short[none]] = True
            return pc.if_else(as_column(rows), pa.nulls(len(text), pa.string()), text)
    return text


def written(column: pa.Array) -> pa.Array:
    """Return cells as trimmed texts, null where empty: whole numbers as their digits, days as `2024-12-31`.

    >>> written(pa.array([" 0912 ", "n/a", "9121234567.0"])).to_pylist(), written(pa.array([9121234567.0])).to_pylist()
    (['0912', None, '9121234567'], ['9121234567'])
    """
    column = flat(plain(column))
    kind = column.type
    if not pa.types.is_floating(kind):
        column = as_text(column)
    if pa.types.is_decimal(kind):
        column = pc.replace_substring_regex(column, r"\.0+$", "")
    if pa.types.is_timestamp(kind):
        column = pc.replace_substring_regex(pc.replace_substring_regex(column, r"\.0+(Z?)$", r"\1"), " 00:00:00$", "")
    text = labels(column)
    return without_dot_zero(text) if as_mask(pc.ends_with(text, ".0")).any() else text


def groups(column: pa.Array) -> pa.Array:
    """Return names of groups as trimmed text, `(empty)` where there is none. NA is a name here: that of Namibia.

    >>> groups(pa.array([" DE ", "NA", " ", None])).to_pylist()
    ['DE', 'NA', '(empty)', '(empty)']
    """
    return pc.coalesce(labels(column, _BLANK), _NO_GROUP)


def with_lower_emails(ids: pa.Array) -> pa.Array:
    """Return identifiers with e-mail addresses in lower case: capitals make no other address of them.

    >>> with_lower_emails(pa.array(["Ann@Example.org", "Ann", "A@1"])).to_pylist()
    ['ann@example.org', 'Ann', 'A@1']
    """
    at = offsets(ids)
    if not (text_bytes(ids)[at[0] : at[-1]] == ord("@")).any():
        return ids
    return pc.if_else(pc.match_substring_regex(ids, _EMAIL), pc.utf8_lower(ids), ids)


def without_dot_zero(ids: pa.Array) -> pa.Array:
    """Return ids that all are whole numbers as spreadsheets spell them, without the .0.

    >>> without_dot_zero(pa.array(["17850.0", "007.0"])).to_pylist()
    ['17850', '007']
    """
    return pc.replace_substring_regex(ids, DOT_ZERO, r"\1")


def _has_blank_edges(text: pa.Array) -> bool:
    """Return whether some cell may begin or end with white space; no cell does if this is false."""
    at, letters = offsets(text), text_bytes(text)
    letters = letters[at[0] : at[-1]]
    if not len(letters) or (letters.min() > _SPACE and letters.max() < _WIDE):
        return False
    filled = at[1:] > at[:-1]
    edges = letters[np.concatenate([at[:-1][filled], at[1:][filled] - 1]) - at[0]]
    return bool((edges <= _SPACE).any() or (edges >= _WIDE).any())


def sorted_rows(texts: pa.Array) -> Ints:
    """Return the rows by the byte order of their texts, which are no nulls; equal texts in any order.

    The first eight bytes in which texts differ are compared as numbers, and the texts themselves where those are equal.

    >>> sorted_rows(pa.array(["customer 10", "customer 1", "customer 2"])).tolist()
    [1, 0, 2]
    """
    letters, start, length = padded(texts)
    shared = _shared_prefix(letters, start, int(length.min()) if len(length) else 0)
    heads = words_at(letters, start, length, shared)
    del letters, start, length
    heads = heads.byteswap(inplace=True)
    order = np.argsort(heads)
    heads = heads[order]
    again = heads[1:] == heads[:-1]
    tied = np.flatnonzero(np.concatenate([again, [False]]) | np.concatenate([[False], again]))
    if len(tied):
        rows = order[tied]
        order[tied] = rows[values(pc.array_sort_indices(texts.take(as_column(rows)))).astype(np.int64)]
    return order


def _shared_prefix(letters: npt.NDArray[np.uint8], start: Ints, shortest: int) -> int:
    """Return how many bytes all texts begin with, at most those of the shortest."""
    for i in range(shortest):
        if (letters[start + i] != letters[start[0] + i]).any():
            return i
    return shortest
