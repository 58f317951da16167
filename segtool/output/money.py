"""How the amounts of a column or a sentence are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from segtool.words import Words


@dataclass(frozen=True)
class Money:
    """How the amounts of a column are written: with which decimals, and in millions where they would not fit."""

    words: Words
    decimals: int
    divisor: int = 1

    @property
    def under_header(self) -> str:
        return f"\n{self.words('money.in-million')}" if self.divisor > 1 else ""

    def __call__(self, amount: Decimal | float | None) -> str:
        return "" if amount is None else self.words.number(amount / self.divisor, self.decimals)

    def alone(self, amount: Decimal | float) -> str:
        """Return an amount that stands in no column, with its unit."""
        return self.words("money.million", amount=self(amount)) if self.divisor > 1 else self(amount)


def money_in(
    amounts: Iterable[Decimal | float | None], words: Words, *, width: int, decimals: Literal[2, 4] = 2
) -> Money:
    """Return the most exact way to write amounts in a column of some width, with so many decimals at most."""
    known = [amount for amount in amounts if amount is not None]
    exact = [Money(words, 2)] if any(amount % 1 for amount in known) else []
    if decimals == 4 and any(amount * 100 % 1 for amount in known):
        exact.insert(0, Money(words, 4))
    ways = [*exact, Money(words, 0), Money(words, 2, 10**6)]
    return next((way for way in ways if all(len(way(amount)) <= width for amount in known)), Money(words, 0, 10**6))
