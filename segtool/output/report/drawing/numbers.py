"""The numbers along an axis: round ones, written in the digits of the page."""

import math
from collections.abc import Sequence

from segtool.words import Words

_UNITS = (10**9, 10**6, 10**3)

_LETTER_MARK = "\u061c"
"""A letter from right to left that nobody sees."""


def percent_text(share: float, words: Words, decimals: int = 0) -> str:
    """Return a share as a percentage, whose sign follows the number in the direction of the language.

    In a Persian text it does so by the letters before it; by itself, by a mark that counts as such a letter.

    >>> from segtool.words import words_in
    >>> percent_text(0.2, words_in("en")), percent_text(0.2, words_in("fa")).replace(_LETTER_MARK, "|")
    ('20%', '|20%')
    """
    written = words.percent(share, decimals)
    return f"{_LETTER_MARK}{written}" if words.right_to_left and share >= 0 else written


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return round numbers from low to high, at most so many: multiples of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 23, 5), ticks(-0.3, 1, 4)
    ((0.0, 5.0, 10.0, 15.0, 20.0), (0.0, 0.5, 1.0))
    """
    if not high > low:
        return (float(low),)
    power = math.floor(math.log10((high - low) / most)) - 1
    steps = (factor * 10.0**exponent for exponent in range(power, power + 5) for factor in (1, 2, 5))
    step = next(step for step in steps if _count(low, high, step) <= most)
    decimals = max(0, 1 - math.floor(math.log10(step)))
    first = math.ceil(low / step - 1e-9)
    return tuple(round(number * step, decimals) + 0.0 for number in range(first, first + _count(low, high, step)))


def _count(low: float, high: float, step: float) -> int:
    return math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1


def whole_ticks(high: float, most: int) -> tuple[float, ...]:
    """Return the round numbers from zero to high that are whole, as counts are.

    >>> whole_ticks(1, 4), whole_ticks(8, 4)
    ((0.0, 1.0), (0.0, 5.0))
    """
    return tuple(tick for tick in ticks(0, high, most) if tick == int(tick))


def tick_texts(values: Sequence[float], words: Words) -> tuple[str, ...]:
    """Return the numbers of an axis as texts, all with the same decimals, in thousands or more where they are long.

    >>> from segtool.words import words_in
    >>> tick_texts([0, 0.5, 1], words_in("en")), tick_texts([0, 500_000, 1_000_000], words_in("fa", "fa"))
    (('0.0', '0.5', '1.0'), ('۰', '۰٫۵ میلیون', '۱٫۰ میلیون'))
    """
    unit = _unit_of_all(values)
    decimals = _decimals([value / unit for value in values])
    return tuple(_with_unit(value, unit, decimals, words) for value in values)


def _unit_of_all(values: Sequence[float]) -> int:
    """Return the largest unit in which numbers too long for an axis need one decimal at most: 0.5m and 1m, yet 250k."""
    largest = max(map(abs, values), default=0)
    if largest < 10_000:
        return 1
    fitting = (unit for unit in _UNITS if largest >= unit and _decimals([value / unit for value in values]) <= 1)
    return next(fitting, 1)


def short_number(value: float, words: Words) -> str:
    """Return a number that stands alone, with three or four digits that tell and no more.

    >>> from segtool.words import words_in
    >>> [short_number(value, words_in("en")) for value in (12, 12.345, 9_876.6, 1_234_567, -2_500_000_000)]
    ['12', '12.35', '9,877', '1.23m', '-2.50bn']
    """
    size = abs(value)
    if size < 0.005:
        return words.number(0)
    if size < 999_500:
        return words.number(value, 0 if size >= 100 or value == int(value) else 2)
    unit = 10**9 if size >= 999_500_000 else 10**6
    decimals = 2 if size / unit < 9.995 else 1 if size / unit < 99.95 else 0
    return _with_unit(value, unit, decimals, words)


def _decimals(values: Sequence[float]) -> int:
    return next((places for places in range(6) if all(abs(round(v, places) - v) < 1e-9 for v in values)), 6)


def _with_unit(value: float, unit: int, decimals: int, words: Words) -> str:
    if not value and unit > 1:
        return words.number(0)
    number = words.number(value / unit, decimals)
    match unit:
        case 1_000:
            return words("chart-number.thousand", number=number)
        case 1_000_000:
            return words("chart-number.million", number=number)
        case 1_000_000_000:
            return words("chart-number.billion", number=number)
        case _:
            return number
