"""Exports of known shops: which of their columns plays which role, and whose orders were never paid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from segtool.resources import read_toml
from segtool.tables.headers import normal

_PRODUCT = ("quantity", "unit_price")


@dataclass(frozen=True)
class Shop:
    """A shop's export: role -> header as the table has it, and what its cells mean.

    `guests` are customer ids that many people share. `unpaid` are statuses without money, as `normal` gives them. With
    `first_line_totals`, the further lines of an order have no total, and may lack the customer and the date.
    """

    name: str
    title: str
    roles: Mapping[str, str]
    guests: frozenset[str]
    unpaid: frozenset[str]
    first_line_totals: bool


@dataclass(frozen=True)
class _Profile:
    """What shops.toml says of a shop; its headers are in normal form."""

    shop: Shop
    signatures: Sequence[frozenset[str]]
    without: frozenset[str]
    headers: Mapping[str, Sequence[str]]
    unpaid_without_refunds: frozenset[str]


def shop_of(headers: Sequence[str]) -> Shop | None:
    """Return the shop whose export has these headers, None for a table of no known shop.

    Without a customer, a date and an amount the table is none of a shop's either.

    >>> shop = shop_of(("Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"))
    >>> shop.title, shop.roles["unit_price"]
    ('UCI Online Retail', 'Price')
    >>> shop_of(("customer", "date", "amount"))
    """
    there = {normal(header): header for header in reversed(headers)}
    for profile in _profiles():
        signed = any(there.keys() >= signature for signature in profile.signatures)
        if signed and not there.keys() & profile.without:
            roles = _roles(profile.headers, there)
            if {"customer_id", "order_date"} <= roles.keys() and ("amount" in roles or set(_PRODUCT) <= roles.keys()):
                unpaid = profile.shop.unpaid | (set() if "refunded" in roles else profile.unpaid_without_refunds)
                return replace(profile.shop, roles=roles, unpaid=unpaid)
    return None


def _roles(wanted: Mapping[str, Sequence[str]], there: Mapping[str, str]) -> dict[str, str]:
    """Return role -> the first of its headers that is there; an amount wins over quantity × unit price."""
    found = {role: [there[name] for name in names if name in there] for role, names in wanted.items()}
    roles = {role: headers[0] for role, headers in found.items() if headers}
    return {role: header for role, header in roles.items() if role not in _PRODUCT or "amount" not in roles}


@cache
def _profiles() -> tuple[_Profile, ...]:
    return tuple(map(_profile, read_toml("tables/headers/shops.toml")["shops"]))


def _profile(table: Mapping[str, Any]) -> _Profile:
    named = {role: [names] if isinstance(names, str) else names for role, names in table["roles"].items()}
    shop = Shop(
        name=table["name"],
        title=table["title"],
        roles={},
        guests=frozenset(table.get("guests", ())),
        unpaid=_normals(table.get("unpaid", ())),
        first_line_totals=table.get("first_line_totals", False),
    )
    return _Profile(
        shop,
        [_normals(signature) for signature in table["signatures"]],
        _normals(table.get("without", ())),
        {role: list(map(normal, names)) for role, names in named.items()},
        _normals(table.get("unpaid_without_refunds", ())),
    )


def _normals(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(normal, texts))
