"""Statuses of orders that brought no money, in tables of no known shop."""

from functools import cache

from segtool.resources import read_toml
from segtool.tables.headers import normal


@cache
def unpaid_statuses() -> frozenset[str]:
    """Return the statuses that mean that no money was kept, as `normal` gives them.

    >>> [normal(label) in unpaid_statuses() for label in ("Storniert", "annulee", "payment_failed", "pending")]
    [True, True, True, False]
    """
    languages: dict[str, list[str]] = read_toml("orders/unpaid.toml")
    return frozenset(normal(word) for language in languages.values() for word in language)
