"""Header names: which role a column is likely to play, and which names are near."""

import re
import tomllib
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

_COMMON_WORDS = {"order", "number", "no", "nr", "of", "the", "on", "at"}


def normal(header: str) -> str:
    """Return a header without case, blanks and punctuation.

    >>> normal("Customer ID"), normal("customer_id"), normal("CustomerID")
    ('customerid', 'customerid', 'customerid')
    """
    return re.sub(r"[\W_]+", "", header.casefold())


@cache
def known_names() -> dict[str, list[list[str]]]:
    """Return role -> ranks -> header names, the best rank first."""
    ranks: dict[str, list[list[str]]] = tomllib.loads((files("segtool.tables") / "headers.toml").read_text("utf-8"))
    return ranks


def matches(role: str, headers: tuple[str, ...]) -> list[int]:
    """Return the positions of the headers that name the role in the best rank that any of them has.

    >>> matches("customer_id", ("email", "Client", "Cust_ID")), matches("customer_id", ("sum",))
    ([2], [])
    """
    plain = [normal(header) for header in headers]
    for names in known_names()[role]:
        known = {normal(name) for name in names}
        found = [i for i, header in enumerate(plain) if header in known]
        if found:
            return found
    return []


def nearest(wanted: Iterable[str], headers: tuple[str, ...]) -> list[str]:
    """Return up to three headers that look like one of the wanted names, or share a telling word, the nearest first.

    >>> nearest(["customer id", "client"], ("master_id", "Client Name", "date"))
    ['Client Name', 'master_id']
    """
    names = [(normal(name), _words(name)) for name in wanted]

    def likeness(header: str) -> float:
        plain, words = normal(header), _words(header)
        return max(SequenceMatcher(None, plain, name).ratio() + len(words & own) / 2 for name, own in names)

    ranked = sorted(headers, key=likeness, reverse=True)
    return [header for header in ranked if likeness(header) >= 0.75][:3]


def _words(header: str) -> set[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", header)
    return set(parted.lower().split()) - _COMMON_WORDS
