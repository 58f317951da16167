"""What a scoring states: which figure of a customer each axis looks at, and where it is cut."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from segtool.tables.numbers import money

FIGURES = {
    "recency_days": "whole days since the last purchase; fewer is better",
    "frequency": "orders",
    "monetary": "net spend, in units of 1/10,000",
    "average_order_value": "net spend an order, in units of 1/10,000, rounded half away from zero",
    "length_days": "whole days from the first to the last purchase",
}
"""The figures of a customer that can be scored; all are integers, and more is better unless said otherwise."""

LEAST = {"recency_days": 0, "frequency": 1, "length_days": 0}
"""Figure -> the least value that a customer can have; money has none."""

AXES = {
    "l": "length_days",
    "r": "recency_days",
    "f": "frequency",
    "m": "monetary",
    "orders": "frequency",
    "length": "length_days",
    "recency": "recency_days",
    "average_order_value": "average_order_value",
}
"""Axis -> the figure that it looks at unless told otherwise. Those of one letter have a score in the table."""

LETTERS = tuple(axis for axis in AXES if len(axis) == 1)

MOST_LEVELS = 10

MONEY = ("monetary", "average_order_value")
"""The figures that are money."""

_SHARE = r"\d+(?:\.\d+|/\d+)?"
"""No exponents, which could ask for numbers of millions of digits."""


@dataclass(frozen=True)
class AxisRule:
    """How one axis is scored: the figure, and where it is cut.

    Of the `values`, all one `kind`, there is one fewer than there are levels. `quantiles` are shares of the customers,
    rising; `cuts` are the largest raw values of their bins, rising, money in units of 1/10,000; `mean` has none and
    two levels, of which the better one begins at the mean itself. `lowest` is the digit of the worst level.
    """

    figure: str
    kind: Literal["quantiles", "cuts", "mean"]
    values: tuple[Fraction | int, ...] = ()
    lowest: int = 1

    @property
    def levels(self) -> int:
        return 2 if self.kind == "mean" else len(self.values) + 1

    @property
    def higher_is_better(self) -> bool:
        return self.figure != "recency_days"

    @property
    def is_money(self) -> bool:
        return self.figure in MONEY

    def raw(self, value: int) -> int | Decimal:
        """Return a value of the figure in raw units: days, orders, money."""
        return money(int(value)) if self.is_money else int(value)

    def bins_of(self, low: int, high: int) -> tuple[int, int]:
        """Return the first and the last bin, counted from 0 in rising order of the figure, of the levels low to high.

        >>> in_bins("frequency", 5).bins_of(4, 5), in_bins("recency_days", 5).bins_of(4, 5)
        ((3, 4), (0, 1))
        """
        return (low - 1, high - 1) if self.higher_is_better else (self.levels - high, self.levels - low)

    @property
    def bins(self) -> int | None:
        """How many equal bins these are, None where they are cut otherwise."""
        return self.levels if self == in_bins(self.figure, self.levels, self.lowest) else None


def in_bins(figure: str, bins: int, lowest: int = 1) -> AxisRule:
    """Return the rule that cuts a figure into bins of as many customers each.

    >>> in_bins("frequency", 4).values
    (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
    """
    return AxisRule(figure, "quantiles", tuple(Fraction(k, bins) for k in range(1, bins)), lowest)


def at_cuts(figure: str, cuts: Sequence[Any], lowest: int = 1) -> AxisRule:
    """Return the rule that cuts a figure at raw values, given as numbers or their texts.

    >>> at_cuts("monetary", ["99.5", 200]).values
    (995000, 2000000)

    Raises ValueError, in words that follow a place, for what is no number, and for cuts that do not rise.
    """
    units = 10_000 if figure in MONEY else 1
    values = []
    for cut in cuts:
        try:
            value = Decimal(str(cut).strip()) * units
            if abs(value) >= 2**63 or value != int(value):  # in this order: 1e999999 has a million digits
                raise ValueError
        except (ArithmeticError, ValueError):
            what = "an amount with up to 4 decimals" if units > 1 else "a whole number"
            raise ValueError(f"{str(cut)!r} is not {what}") from None
        values.append(int(value))
    _check_rising(values)
    return AxisRule(figure, "cuts", tuple(values), lowest)


def at_shares(figure: str, shares: Sequence[str], lowest: int = 1) -> AxisRule:
    """Return the rule that cuts a figure at shares of the customers, given as texts.

    >>> at_shares("recency_days", ["50%", "90%"]).values
    (Fraction(1, 2), Fraction(9, 10))

    Raises ValueError, in words that follow a place, for what is no share, and for shares that do not rise.
    """
    values = []
    for share in shares:
        number = share.strip().removesuffix("%").strip()
        try:
            value = Fraction(number) / 100 if re.fullmatch(_SHARE, number) else Fraction(0)
        except (ValueError, ZeroDivisionError):
            value = Fraction(0)
        if not 0 < value < 1:
            raise ValueError(f"{share!r} is no share between 0% and 100%")
        values.append(value)
    _check_rising(values)
    return AxisRule(figure, "quantiles", tuple(values), lowest)


def _check_rising(cuts: Sequence[Fraction | int]) -> None:
    if not 1 <= len(cuts) < MOST_LEVELS:
        raise ValueError(f"there must be 1 to {MOST_LEVELS - 1} cuts")
    if any(high <= low for low, high in pairwise(cuts)):
        raise ValueError("cuts must rise")
