"""Bounds as people write them: 700, 20,000, 12.5%, in any digits."""

from decimal import Decimal

NUMBER = r"(?P<value>\d+(?:[,٬]\d{3})*(?:[.٫]\d+)?)\s*(?P<percent>[%٪]?)"
"""A number without a sign, with thousands grouped or not, and perhaps a percent sign."""

_MARKS = str.maketrans({"٬": "", ",": "", "٫": "."})


def bound(value: str, percent: str) -> Decimal:
    """Return the number that a text says, with a percent sign as a fraction of 1.

    >>> str(bound("20,000", "")), str(bound("۱۲٫۵", "٪"))
    ('20000', '0.125')
    """
    number = Decimal(value.translate(_MARKS))
    return number / 100 if percent else number
