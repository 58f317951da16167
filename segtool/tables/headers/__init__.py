"""Header names: which role a column is likely to play, and which names are near."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Literal

from segtool.resources import read_toml

Level = Literal["order", "customer"]
"""What a row of a table is: an order or a line of one, or a customer with all orders."""

_COMMON_WORDS = {
    "order", "number", "no", "nr", "n", "num", "numero", "of", "the", "on", "at", "am", "der", "die", "und", "de", "d",
    "du", "des", "la", "le", "et", "del", "el", "y", "di", "il", "e", "dell", "da", "do", "em", "شماره", "کد", "رقم",
}  # fmt: skip

# Arabic tells ة from ه, but many type the one for the other, and no two names differ by it alone.
_SPELLINGS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ە": "ه", "ı": "i", "\N{ARABIC TATWEEL}": None}
    | dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2, strict=True))
)

_ALIKE = 0.75
"""The least likeness of a header that is proposed."""

_COMPARED, _LONGEST = 500, 100
"""How many headers are compared with names, and how much of each."""

_PUNCTUATION = re.compile(r"[\W_]+")

_SIGN = re.compile(r"(?<![^\W_])[a-z]{1,2}[$£]|[$€£¥₺₹₽₩₪₫₴₦৳﷼]", re.IGNORECASE)
"""A sign of money, with the letters of a country before it: €, R$."""

_BEFORE_UNITS = ("", "in", "en", "em", "به", "ب")
"""What may stand between a name and its unit: `Betrag in EUR`."""


class _Letters(dict[int, int | str | None]):
    """Letter -> the one that stands for it: none for accents, vowel marks and joiners, which are found as they come."""

    def __missing__(self, code: int) -> int | None:
        found = None if unicodedata.category(chr(code)) in ("Mn", "Cf") else code
        self[code] = found
        return found


_LETTERS = _Letters(_SPELLINGS)


def one_spelling(text: str) -> str:
    """Return a text in one spelling: no case, accents, vowel marks and joiners, Persian letters, ASCII digits.

    A file in cp1256 cannot hold the Persian ی and has the Arabic ي instead.

    >>> one_spelling("Größe Nº ۱۲"), one_spelling("İPTAL"), one_spelling("كد مشتري") == "کد مشتری"
    ('grosse no 12', 'iptal', True)
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)


def normal(header: str) -> str:
    """Return a header in one spelling without blanks and punctuation.

    >>> normal("Customer ID"), normal("customer_id"), normal("CustomerID")
    ('customerid', 'customerid', 'customerid')
    >>> normal("Numéro_commande"), normal("Straße"), normal("Müşteri Adı"), normal("\\ufeffKunden-Nr.")
    ('numerocommande', 'strasse', 'musteriadi', 'kundennr')
    >>> normal("مبلغ\\u200cکل") == normal("مبلغ كل"), normal("قیمت ۲") == normal("قيمت 2")
    (True, True)
    """
    return _PUNCTUATION.sub("", one_spelling(header))


@cache
def known_names(level: Level = "order") -> dict[str, list[list[str]]]:
    """Return role -> ranks -> header names, the best rank first."""
    return _read("headers.toml") | (_read("customer_level.toml") if level == "customer" else {})


@cache
def known_attributes() -> dict[str, list[list[str]]]:
    """Return attribute of a customer, product or sale -> ranks -> header names, the best rank first."""
    return _read("attributes.toml")


def matches(role: str, headers: tuple[str, ...], level: Level = "order") -> list[int]:
    """Return the positions of the headers that name the role in the best rank that any of them has.

    In a rank, a header that ends in a unit comes after those that do not.

    >>> matches("customer_id", ("email", "Client", "Cust_ID")), matches("customer_id", ("sum",))
    ([2], [])
    >>> matches("amount", ("Total (EUR)", "Total")), matches("amount", ("Total (EUR)", "total_usd", "Value"))
    ([1], [0, 1])
    >>> matches("order_date", ("Last Purchase", "Orders"), "customer")
    [0]
    """
    of_customers = level == "customer" and role in _read("customer_level.toml")
    return _best(_places("customer_level.toml" if of_customers else "headers.toml", role), _units(role), headers)


def event_names() -> dict[str, list[list[str]]]:
    """Return role of a column of an event log -> ranks -> header names, the best rank first."""
    return _read("events.toml")


def event_matches(role: str, headers: Sequence[str], ranks: int | None = None) -> list[int]:
    """Return the positions of the headers that name a role of event logs in the best rank that any of them has.

    With `ranks` only so many of the first ones count.

    >>> event_matches("event", ("Event", "event_name")), event_matches("event", ("action",), 2)
    ([1], [])
    """
    places = _places("events.toml", role)
    return _best({name: at for name, at in places.items() if ranks is None or at < ranks}, frozenset(), headers)


def attributes(headers: Sequence[str]) -> dict[str, int]:
    """Return attribute -> position of the header that names it best, the first of equals.

    >>> attributes(("Ship City", "E-Mail", "City", "Total"))
    {'email': 1, 'city': 2}
    """
    found = {name: meant_by(name, headers) for name in known_attributes()}
    return {name: positions[0] for name, positions in found.items() if positions}


def alike(name: str, headers: Sequence[str]) -> list[int]:
    """Return the positions of the headers that are a name, or else that are it but for case, blanks and punctuation.

    >>> alike("birth_date", ("Birth Date", "date")), alike("age", ("AGE", "age"))
    ([0], [1])
    """
    exact = [i for i, header in enumerate(headers) if header == name]
    return exact or [i for i, header in enumerate(headers) if normal(header) == normal(name)]


def meant_by(name: str, headers: Sequence[str]) -> list[int]:
    """Return the positions of the headers that mean an attribute, or a role of tables of customers, best of all.

    >>> meant_by("gender", ("Geschlecht", "City")), meant_by("frequency", ("City", "Orders")), meant_by("x", ("X",))
    ([0], [1], [])
    >>> meant_by("revenue", ("Umsatz (€)", "City")), meant_by("age", ("Alter in Jahren", "City"))
    ([0], [0])
    """
    if name in known_attributes():
        return _best(_places("attributes.toml", name), _units(name), headers)
    return matches(name, tuple(headers), "customer") if name in known_names("customer") else []


def recognised(headers: Iterable[str]) -> int:
    """Return how many headers name some role.

    >>> recognised(["Order Date", "Customer", "17"])
    2
    """
    return sum(normal(header) in _every_name() for header in headers)


@cache
def _every_name() -> frozenset[str]:
    return frozenset(name for role in known_names() for name in _places("headers.toml", role))


def nearest(wanted: Iterable[str], headers: tuple[str, ...]) -> list[str]:
    """Return up to three headers that look like one of the wanted names, or share a telling word, the nearest first.

    >>> nearest(["customer id", "client"], ("master_id", "Client Name", "date"))
    ['Client Name', 'master_id']
    """
    names = [(normal(name), _words(name)) for name in wanted]
    likely = {header: _likeness(header, names) for header in headers[:_COMPARED]}
    return [header for header in sorted(likely, key=likely.__getitem__, reverse=True) if likely[header] >= _ALIKE][:3]


def _likeness(header: str, names: Sequence[tuple[str, set[str]]]) -> float:
    """Return how much a header looks like one of some names, 0 if too little to be told."""
    words, matcher, best = _words(header[:_LONGEST]), SequenceMatcher(), 0.0
    matcher.set_seq2(normal(header[:_LONGEST]))
    for name, own in names:
        shared = len(words & own) / 2
        matcher.set_seq1(name)
        bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
        if all(bound() + shared >= max(best, _ALIKE) for bound in bounds):
            best = matcher.ratio() + shared
    return best


def _best(places: Mapping[str, int], units: frozenset[str], headers: Sequence[str]) -> list[int]:
    """Return the positions of the headers in the best place that any of them has."""
    found = [(place, i) for i, header in enumerate(headers) if (place := _place(header, places, units)) is not None]
    best = min((place for place, _ in found), default=None)
    return [i for place, i in found if place == best]


def _place(header: str, places: Mapping[str, int], units: frozenset[str]) -> tuple[int, bool] | None:
    """Return the rank of a header and whether it ends in a unit, None for a header that is not known."""
    signed = bool(units and _SIGN.search(header))
    plain = normal(_SIGN.sub(" ", header)) if signed else normal(header)
    if plain in places:
        return places[plain], signed
    stems = [plain.removesuffix(unit) for unit in units if signed or plain.endswith(unit)]
    names = [stem.removesuffix(word) for stem in stems for word in _BEFORE_UNITS]
    return min(((places[name], True) for name in names if name in places), default=None)


@cache
def _places(file: str, role: str) -> dict[str, int]:
    """Return header name -> rank, from 0, of a role in one of the files."""
    return {normal(name): rank for rank, names in enumerate(_read(file).get(role, ())) for name in names}


@cache
def _units(name: str) -> frozenset[str]:
    """Return the units that a header of the role or attribute may end in."""
    return frozenset(
        normal(unit) for kind in _read("units.toml")["units"] if name in kind["roles"] for unit in kind["names"]
    )


@cache
def _read(file: str) -> dict[str, Any]:
    return read_toml(f"tables/headers/{file}")


def _words(header: str) -> set[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return set(_PUNCTUATION.split(one_spelling(parted))) - _COMMON_WORDS - {""}
