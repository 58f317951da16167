"""What the cells of a column are, in words: whole numbers, decimals with a comma, dates with the day first, text."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.resources import read_toml
from segtool.tables.arrays import as_mask, as_texts
from segtool.tables.dates import moments
from segtool.tables.dates import readings as date_readings
from segtool.tables.dates.spelling import DAY, DAY_FIRST, EITHER, JALALI, MONTH_FIRST, DateSpelling, Order
from segtool.tables.numbers import UNITS, Numbers, NumberSpelling, numbers
from segtool.tables.numbers.text import COMMA, COMMA_OR_GROUP, POINT, POINT_OR_GROUP
from segtool.tables.numbers.text import readings as number_readings
from segtool.tables.text import fold

_MOSTLY = 0.8
"""The share of cells from which on a column is called by what they are."""

_AS_EXPECTED = 0.5
"""The same share, of a column that should hold such cells."""

_MIDNIGHT = " 00:00:00"
_DIGITS = "^[0-9]+$"
_WRITTEN_DAY = "^(?:1[3-4]|19|2[01])[0-9]{6}$"
_ZERO_FIRST = "^0[0-9]"


@dataclass(frozen=True)
class Kind:
    """A stable word for what cells are, the same in plain words, and both readings of a cell that has two."""

    name: str
    words: str
    readings: tuple[str, ...] = ()


def kind_of(
    cells: Sequence[str], *, role: str | None = None, clues: Collection[str] = (), serials: bool = False
) -> Kind:
    """Return what filled cells are, of a column for "number", "date", "label" or nothing known.

    `clues` are those of cells that are not among these. With `serials` numbers can be days.

    >>> kind_of(["12,50 €", "1.234,00 €"]).words, kind_of(["007", "12"]).words, kind_of(["31/12/2024"]).words
    ('decimals with a comma, in EUR', 'digits, some after a zero', 'dates, day first')
    >>> kind_of(["1403/05/08"]).words, kind_of(["Yes", "no", "NO"]).words, kind_of(["ann"]).words, kind_of([]).name
    ('Jalali dates', 'yes or no', 'text', 'empty')
    >>> kind_of(["03/04/2024"]).readings
    ('2024-04-03', '2024-03-04')
    """
    if not cells:
        return Kind("empty", "empty")
    if _say_yes_or_no(cells):
        return Kind("yes/no", "yes or no")
    column = as_texts(cells)
    days = role == "date" or bool(as_mask(pc.match_substring_regex(column, _WRITTEN_DAY)).all())
    as_dates = None
    if days or not as_mask(pc.match_substring_regex(column, _DIGITS)).all():
        as_dates = _dates(column, set(clues), serials=serials, most=_AS_EXPECTED if role == "date" else _MOSTLY)
    as_numbers = None if as_dates and days else _numbers(column, set(clues), expected=role == "number")
    return as_numbers or as_dates or Kind("text", "text")


def kind_of_type(stored: pa.DataType, cells: Iterable[str]) -> Kind | None:
    """Return what the cells of a column are by its type, None where only they tell.

    >>> kind_of_type(pa.int32(), ["7"]), kind_of_type(pa.string(), ["7"])
    (Kind(name='whole numbers', words='whole numbers', readings=()), None)
    >>> kind_of_type(pa.timestamp("s"), ["2024-01-01 00:00:00"]).words
    'dates'
    """
    value = stored.value_type if pa.types.is_dictionary(stored) else stored
    if pa.types.is_boolean(value):
        return Kind("yes/no", "yes or no")
    if pa.types.is_integer(value):
        return Kind("whole numbers", "whole numbers")
    if pa.types.is_date(value):
        return Kind("dates", "dates")
    if pa.types.is_timestamp(value):
        timed = "" if all(_MIDNIGHT in cell for cell in cells) else " with times"
        return Kind("dates", f"dates{timed}" + (f", {value.tz}" if value.tz else ""))
    if pa.types.is_nested(value):
        return Kind("nested", f"nested: {value}"[:40])
    return None


def _say_yes_or_no(cells: Sequence[str]) -> bool:
    if len(cells) > 10:
        return False
    words = {fold(cell) for cell in cells}
    return any(words <= pair for pair in _pairs())


@cache
def _pairs() -> tuple[frozenset[str], ...]:
    pairs: list[list[str]] = read_toml("inspection/cell_words.toml")["yes_no"]
    return tuple(frozenset(map(fold, pair)) for pair in pairs)


def _mostly(share: float) -> str:
    return "" if share == 1 else "mostly "


def _numbers(column: pa.Array, more: set[str], *, expected: bool) -> Kind | None:
    clues = numbers(column).clues
    sure = {POINT, COMMA} & (more | clues.keys())
    comma = sure == {COMMA}
    found = numbers(column, NumberSpelling("," if comma else "."))
    readable = found.exact | np.isin(np.arange(len(column)), list(found.rest))
    fractions = _has_fractions(found)
    if readable.mean() < (_AS_EXPECTED if expected else _MOSTLY if fractions else 1):
        return None
    start = _mostly(float(readable.mean()))
    money = f", in {' and '.join(sorted(found.currencies))}" if found.currencies else ""
    either = next((clues[kind][1] for kind in (POINT_OR_GROUP, COMMA_OR_GROUP) if kind in clues), None)
    if either is not None and not sure:
        return Kind("numbers", f"{start}numbers, with decimals or thousands{money}", number_readings(either))
    if len(sure) > 1:
        return Kind("decimals", f"{start}decimals, some with a point and some with a comma{money}")
    if fractions:
        return Kind("decimals", f"{start}decimals with a {'comma' if comma else 'point'}{money}")
    if as_mask(pc.match_substring_regex(column, _ZERO_FIRST)).any():
        return Kind("digits", f"{start}digits, some after a zero")
    return Kind("whole numbers", f"{start}whole numbers{money}")


def _has_fractions(found: Numbers) -> bool:
    return bool((found.units[found.exact] % UNITS != 0).any()) or any(value % 1 for value in found.rest.values())


def _dates(column: pa.Array, more: set[str], *, serials: bool, most: float) -> Kind | None:
    clues = moments(column, DateSpelling(serials=serials)).clues
    sure = {DAY_FIRST, MONTH_FIRST} & (more | clues.keys())
    order: Order = "month first" if sure == {MONTH_FIRST} else "day first"
    found = moments(column, DateSpelling(order, serials=serials))
    if found.readable.mean() < most:
        return None
    start = _mostly(float(found.readable.mean()))
    timed = " with times" if (found.micros % DAY != 0).any() else ""
    calendar = "Jalali " if JALALI in clues else ""
    if len(sure) > 1:
        return Kind("dates", f"{start}{calendar}dates{timed}, some day first and some month first")
    if EITHER in clues and not sure:
        one, other = date_readings(clues[EITHER][1])
        return Kind("dates", f"{start}{calendar}dates{timed}, day or month first", (str(one), str(other)))
    ordered = f", {order}" if sure and {DAY_FIRST, MONTH_FIRST, EITHER} & clues.keys() else ""
    return Kind("dates", f"{start}{calendar}dates{timed}{ordered}")
