"""Countries as their two letters."""

import re
from functools import cache

import pyarrow as pa

from segtool.campaigns.letters import filled, texts_of
from segtool.errors import UsageError, printable
from segtool.resources import read_toml


def country_codes(column: pa.Array, *, lower: bool = False) -> pa.Array:
    """Return countries as their two letters, of two letters or a name that the country segments know.

    >>> country_codes(pa.array(["de", "United Kingdom", "ایران", "UK", "Atlantis"])).to_pylist()
    ['DE', 'GB', 'IR', 'GB', None]
    """
    text = filled(column).dictionary_encode()
    found = [code_of(word, lower=lower) for word in text.dictionary.to_pylist()]
    return texts_of(found).take(text.indices)


def country_code(country: str) -> str:
    """Return a country as its two capital letters. Raises UsageError for what is none.

    >>> country_code("de"), country_code("Iran")
    ('DE', 'IR')
    """
    code = code_of(country)
    if code is None:
        raise UsageError(f"{printable(repr(country))} is no country: say its two letters, as IR or DE.")
    return code


def code_of(text: str, *, lower: bool = False) -> str | None:
    """Return a country as its two letters, capital ones unless `lower`; None for what is none.

    >>> code_of("united kingdom"), code_of("Atlantis")
    ('GB', None)
    """
    word = " ".join(text.split()).casefold()
    code = _known_countries().get(word) or (word if re.fullmatch("[a-z]{2}", word) else None)
    return code if lower or code is None else code.upper()


@cache
def _known_countries() -> dict[str, str]:
    """Return name of a country in some language -> its two letters."""
    segments = read_toml("segments/attributes/country.toml")["segments"]
    known = [each["country"] for each in segments if isinstance(each.get("country"), list)]
    return {name.casefold(): spelled[0] for spelled in known if len(spelled[0]) == 2 for name in spelled}
