"""Shares and amounts of money as a user says them."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from segtool.errors import UsageError, printable
from segtool.tables.numbers import UNITS, to_units

_PERSIAN = str.maketrans("٪٫", "%.")
"""Persian signs; Decimal reads digits of any script."""


def number_said(said: Any) -> Decimal | None:
    """Return a number, of which a percentage is a hundredth; None for a text that is none.

    >>> number_said("35%"), number_said(2), number_said("handling"), number_said("۲٫۵٪")
    (Decimal('0.35'), Decimal('2'), None, Decimal('0.025'))
    """
    text = str(said).strip().translate(_PERSIAN)
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return number.scaleb(-2) if text.endswith("%") else number


def margin_said(said: Any, *, way: str = "write it as 35% or 0.35") -> Fraction:
    """Return the share of revenue that is left. Raises UsageError for what is none, with the way out."""
    number = number_said(said)
    if number is None or not 0 < number <= 1:
        raise UsageError(f"--margin {printable(repr(said))} is no share of revenue; {way}.")
    return Fraction(number)


def amount_said(option: str, said: Any) -> int | None:
    """Return an amount of money in units of 1/10,000, None where nothing is said.

    >>> amount_said("budget", "2.50")
    25000

    Raises UsageError for what is none, is below zero, or has more than four decimals.
    """
    if said is None:
        return None
    number = None if str(said).strip().endswith(("%", "٪")) else number_said(said)
    units = None if number is None or number < 0 else to_units(number)
    if units is None or number is None or units != number * UNITS:
        raise UsageError(
            f"--{option} {printable(repr(said))} is no amount of zero or more; write it as 2.50, with four decimals at "
            "most."
        )
    return units
