"""Cells as a campaign tool takes them: within its bounds, tags in one cell, numbers and dates of any type as text."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns.letters import where
from segtool.tables.arrays import EMPTY, as_column, as_mask, as_texts, joined, offsets, valid
from segtool.tables.text import as_text, flat, groups, plain

_INSTEAD = {",": ";", "|": "/", ";": ",", "/": "|"}
"""What stands in a tag for the sign that joins tags."""


def cut_to_bytes(texts: pa.Array, most: int) -> pa.Array:
    """Return texts of at most so many bytes of UTF-8, cut between letters, and before a blank.

    >>> cut_to_bytes(pa.array(["Champions", "مشتریان", None]), 9).to_pylist()
    ['Champions', 'مشتر', None]
    """
    long = (np.diff(offsets(texts)) > most) & valid(texts)
    if not long.any():
        return texts
    rows = np.flatnonzero(long)
    whole = texts.take(as_column(rows)).to_pylist()
    cut = as_texts([text.encode()[:most].decode("utf-8", "ignore").rstrip() for text in whole])
    place = np.zeros(len(texts), np.int64)
    place[rows] = np.arange(len(rows))
    return pc.if_else(as_column(long), cut.take(as_column(place)), texts)


def cut_to_letters(texts: pa.Array, most: int) -> pa.Array:
    """Return texts of at most so many letters.

    >>> cut_to_letters(pa.array(["Champions"]), 5).to_pylist()
    ['Champ']
    """
    if not (np.diff(offsets(texts)) > most).any():
        return texts
    return pc.utf8_rtrim_whitespace(pc.utf8_slice_codeunits(texts, 0, most))


def tags(columns: Mapping[str, pa.Array], separator: str, *, most_letters: int | None = None) -> pa.Array:
    """Return the tags of each row in one cell: those of each column behind its prefix, none where a cell is empty.

    What joins tags stands in none: `,` is written as `;` in them, and `|` as `/`.

    >>> columns = {"RFM: ": pa.array(["Champions", "Lost, cold", None]), "value: ": pa.array(["Best", None, None])}
    >>> tags(columns, ",").to_pylist()
    ['RFM: Champions,value: Best', 'RFM: Lost; cold', None]
    """
    own = [_tags(column, prefix, separator, most_letters) for prefix, column in columns.items()]
    return without_empty(filled_joined(own, separator))


def _tags(column: pa.Array, prefix: str, separator: str, most_letters: int | None) -> pa.Array:
    names = groups(column).dictionary_encode()
    words = [
        None if name == "(empty)" else " ".join(f"{prefix}{name}".split()) for name in names.dictionary.to_pylist()
    ]
    spelled = [None if word is None else word.replace(separator, _INSTEAD.get(separator, " ")) for word in words]
    cut = [None if word is None else word[:most_letters].rstrip() for word in spelled]
    return without_empty(as_texts([word or "" for word in cut])).take(names.indices)


def trait_texts(
    column: pa.Array, dates: Literal["as it is", "day", "moment"] = "as it is", *, number: bool = False
) -> pa.Array:
    """Return a column of any type as text, null for what is empty or no number; numbers without idle zeros.

    With `number` texts are numbers too. Midnight is a day, as sheets have days; with `moment` a day has midnight behind
    it, with `day` a moment is its day.

    >>> trait_texts(pa.array([12.50, 3.0, 12345678901.5, float("nan")])).to_pylist()
    ['12.5', '3', '12345678901.5', None]
    >>> trait_texts(pa.array(["12.50", "3.0", "2024-03-31 00:00:00"]), number=True).to_pylist()
    ['12.5', '3', '2024-03-31']
    >>> cells = pa.array(["2024-03-31", "2024-03-31T10:15:00", "soon", ""])
    >>> trait_texts(cells, "moment").to_pylist()
    ['2024-03-31 00:00:00', '2024-03-31 10:15:00', 'soon', None]
    >>> trait_texts(cells, "day").to_pylist()
    ['2024-03-31', '2024-03-31', 'soon', None]
    """
    column = flat(plain(column))
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_finite(column), column, pa.nulls(len(column), kind))
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("s", kind.tz), safe=False)
    text = _in_digits(as_text(column)) if pa.types.is_floating(kind) else as_text(column)
    if number or pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        text = pc.replace_substring_regex(text, r"^(-?[0-9]+\.[0-9]*[1-9])0+$|^(-?[0-9]+)\.0+$", r"\1\2")
    if pa.types.is_string(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        text = _dated(pc.replace_substring(text, "\0", ""), dates)
    return without_empty(text)


def _in_digits(text: pa.Array) -> pa.Array:
    """Return numbers without powers of ten, which pyarrow writes from 10 billion on."""
    powers = as_mask(pc.match_substring(text, "e"))
    if not powers.any():
        return text
    cells = as_texts([format(Decimal(cell), "f") for cell in text.filter(as_column(powers)).to_pylist()])
    return pc.replace_with_mask(text, as_column(powers), cells)


def _dated(text: pa.Array, dates: Literal["as it is", "day", "moment"]) -> pa.Array:
    if dates == "moment":
        text = pc.replace_substring_regex(text, r"^([0-9]{4}-[0-9]{2}-[0-9]{2})$", r"\1 00:00:00")
        return pc.replace_substring_regex(
            text,
            r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|[+-][0-9:]{2,6})?$",
            r"\1 \2",
        )
    if dates == "day":
        return pc.replace_substring_regex(
            text, r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9]{2}:[0-9]{2}(?::[0-9.]+)?(?:Z|[+-][0-9:]{2,6})?$", r"\1"
        )
    return pc.replace_substring_regex(text, r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00:00(?:\.0+)?$", r"\1")


def without_empty(texts: pa.Array) -> pa.Array:
    """Return texts with null for those without a letter.

    >>> without_empty(pa.array(["a", ""])).to_pylist()
    ['a', None]
    """
    return where(np.diff(offsets(texts)) > 0, texts)


def filled_joined(cells: Sequence[pa.Array], separator: str) -> pa.Array:
    """Return the cells of each row that are not null with a separator between them.

    pyarrow has an option for this, which loses rows of nulls alone.

    >>> filled_joined([pa.array(["a", None]), pa.array(["b", None])], ",").to_pylist()
    ['a,b', '']
    """
    pieces = [pc.coalesce(joined(separator, each), EMPTY) for each in cells]
    return pc.utf8_slice_codeunits(joined(*pieces), len(separator))


def all_joined(cells: Sequence[pa.Array]) -> pa.Array:
    """Return the cells of each row as one text, null where one of them is null.

    >>> all_joined([pa.array(["a", "b"]), pa.array(["c", None])]).to_pylist() == ["a\\x1fc", None]
    True
    """
    if len(cells) == 1:
        return cells[0]
    pieces = [piece for cell in cells for piece in (cell, "\x1f")]
    return joined(*pieces[:-1])
