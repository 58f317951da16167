"""Cells that hold a band of numbers where a number could stand: 25-34, 65+, under 15K; or a number as 45K."""

import re
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.rules.conditions import Span
from segtool.tables.arrays import as_column, as_mask
from segtool.tables.headers import one_spelling
from segtool.tables.numbers import EXACT, NumberSpelling, numbers
from segtool.tables.numbers.text import DecimalMark

_THOUSANDS = {"": 0, "k": 3, "m": 6}

_NUMBER = r"\$?\s*({}[0-9][0-9.,]*)\s*([km]?)"
_BAND = re.compile(
    rf"""
    {_NUMBER.format("-?")}\s*(?:-|–|—|\.\.|to|bis|a|تا)\s*{_NUMBER.format("")}
    |(?:(?P<more>>=|≥|from|ab|از|>|over|above|more\s+than|uber|بالای|بیش\s+از|بیشتر\s+از)
      |(?P<less><=|≤|up\s+to|bis|تا|<|under|below|less\s+than|unter|زیر|کمتر\s+از))\s*{_NUMBER.format("-?")}
    |{_NUMBER.format("-?")}\s*(?:\+|and\s+(?:over|more|older|above)|or\s+(?:over|more|older|above)|به\s+بالا|و\s+بیشتر)
    """,
    re.VERBOSE,
)
_SHORT = re.compile(_NUMBER.format("-?").replace("([km]?)", "([km])"))
"""A single number in thousands or millions."""

_WITH_END = (">=", "≥", "from", "ab", "از", "<=", "≤", "up to", "bis", "تا")
"""Words behind which the number itself belongs to the band."""

_LIKELY = (
    r"(?is)^[\s\p{Cf}]*(?:[$\-0-9۰-۹٠-٩<>≤≥]|from|ab|over|above|more|[uü]ber|up|bis|under|below|less|unter"
    r"|از|بالا|بیش|بيش|تا|زیر|زير|کمتر|كمتر).{0,38}$"
)
"""How a cell that may be a band begins, and how long it is at most: this look spares most cells a closer one."""


def bands_of(column: pa.Array, mark: DecimalMark) -> dict[int, Span]:
    """Return row -> band of the cells that hold one; K and M are thousands and millions.

    >>> found = bands_of(pa.array(["35-49K", "65+", "under 15K", "2024-01-31", "Ulm"]), ".")
    >>> found[0] == Span(Decimal(35_000), Decimal(49_000)), found[1] == Span(Decimal(65), None), sorted(found)
    (True, True, [0, 1, 2])
    """
    likely = np.flatnonzero(as_mask(pc.match_substring_regex(column, _LIKELY)))
    encoded = column.take(as_column(likely)).dictionary_encode()
    bands = [_band(text, mark) for text in encoded.dictionary.to_pylist()]
    pairs = zip(likely.tolist(), encoded.indices.to_pylist(), strict=True) if any(bands) else ()
    return {row: band for row, place in pairs if (band := bands[place]) is not None}


def _band(text: str, mark: DecimalMark) -> Span | None:
    folded = one_spelling(text).strip()
    if short := _SHORT.fullmatch(folded):
        number = _number(short[1], short[2], mark)
        return None if number is None else Span(number, number)
    found = _BAND.fullmatch(folded)
    if found is None:
        return None
    low_text, low_in, high_text, high_in, more, less, end, end_in, least, least_in = found.groups()
    if low_text:
        low, high = _number(low_text, low_in or high_in, mark), _number(high_text, high_in, mark)
        return Span(low, high) if low is not None and high is not None and low <= high else None
    if least:
        number = _number(least, least_in, mark)
        return None if number is None else Span(number, None)
    number = _number(end, end_in, mark)
    is_open = " ".join((more or less).split()) not in _WITH_END
    if number is None:
        return None
    return Span(number, None, low_open=is_open) if more else Span(None, number, high_open=is_open)


def _number(text: str, unit: str, mark: DecimalMark) -> Decimal | None:
    value = numbers(pa.array([text]), NumberSpelling(mark)).at(0)
    return None if value is None else value.scaleb(_THOUSANDS[unit], EXACT)
