"""Header names: which role a column is likely to play, and which names are near."""

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files


def normal(header: str) -> str:
    """Return a header without case, blanks and punctuation.

    >>> normal("Customer ID"), normal("customer_id"), normal("CustomerID")
    ('customerid', 'customerid', 'customerid')
    """
    return re.sub(r"[\W_]+", "", header.casefold())


@cache
def known_names() -> dict[str, list[list[str]]]:
    """Return role -> ranks -> normal header names, the best rank first."""
    text = (files("segtool.tables") / "headers.toml").read_text("utf-8")
    return {role: [[normal(name) for name in names] for names in ranks] for role, ranks in tomllib.loads(text).items()}


def matches(role: str, headers: tuple[str, ...]) -> list[int]:
    """Return the positions of the headers that name the role in the best rank that any of them has."""
    plain = [normal(header) for header in headers]
    for names in known_names()[role]:
        found = [i for i, header in enumerate(plain) if header in names]
        if found:
            return found
    return []


def nearest(wanted: list[str], headers: tuple[str, ...]) -> list[str]:
    """Return up to three headers that look like one of the wanted names, the nearest first."""
    plain = {normal(header): header for header in reversed(headers)}
    close = [near for name in wanted for near in get_close_matches(normal(name), plain, n=2, cutoff=0.6)]
    inside = [key for key in plain for name in wanted if len(key) > 1 and (normal(name) in key or key in normal(name))]
    return [plain[key] for key in dict.fromkeys(close + inside)][:3]
