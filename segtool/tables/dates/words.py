"""The words of dates: names of months and weekdays, and what else people write between the numbers."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from segtool.resources import read_toml


class _Letters(dict[int, str]):
    """How letters and digits are written within plain text; what is invisible or an accent is left out."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = unicodedata.category(letter)
        if kind == "Nd":
            letter = str(unicodedata.decimal(letter))
        elif kind == "Pd":
            letter = "-"
        elif kind in ("Mn", "Cf"):
            letter = ""
        self[code] = letter
        return letter


_LETTERS = _Letters(zip(map(ord, "ىيكı،؍ـ"), ["ی", "ی", "ک", "i", ",", "/", ""], strict=True))


def plain_words(text: str) -> str:
    """Return a cell without case and accents, with ASCII digits and one blank where there are several.

    >>> plain_words(" 31.  März ۱۴۰۳ "), plain_words("KASIM") == plain_words("kasım")
    ('31. marz 1403', True)
    """
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return " ".join(text.split())


def name_key(word: str) -> str:
    """Return a name as it is looked up: plain, without dots, blanks and hyphens.

    >>> name_key("Segunda-feira"), name_key("a. m.")
    ('segundafeira', 'am')
    """
    return re.sub(r"[\W_]+", "", plain_words(word))


@dataclass(frozen=True)
class Words:
    """What the words mean, by their keys: months from 1 to 12, and sets of the others.

    `ordinals` follow a day's number; `between`, `oclock` and `at`, which has plain words instead of keys, say nothing.
    """

    months: dict[str, int]
    jalali_months: dict[str, int]
    weekdays: frozenset[str]
    ordinals: frozenset[str]
    between: frozenset[str]
    before_noon: frozenset[str]
    after_noon: frozenset[str]
    oclock: frozenset[str]
    at: frozenset[str]

    def month(self, key: str) -> tuple[int, bool] | None:
        """Return the month that a name means, and whether it is one of the Jalali year."""
        if key in self.months:
            return self.months[key], False
        return (self.jalali_months[key], True) if key in self.jalali_months else None


@cache
def words() -> Words:
    """Return the words of all languages together.

    >>> words().month(name_key("août")), words().month(name_key("مرداد")), "wed" in words().weekdays
    ((8, False), (5, True), True)
    """
    languages = read_toml("tables/dates/words.toml").values()

    def keys(group: str) -> frozenset[str]:
        return frozenset(_keys(name for language in languages for name in language.get(group, ())))

    def months(group: str) -> dict[str, int]:
        named = [pair for language in languages for pair in enumerate(language.get(group, ()), start=1)]
        return {key: month for month, names in named for key in _keys(names)}

    return Words(
        months=months("months"),
        jalali_months=months("jalali_months"),
        weekdays=keys("weekdays"),
        ordinals=keys("ordinals"),
        between=keys("between"),
        before_noon=keys("before_noon"),
        after_noon=keys("after_noon"),
        oclock=keys("oclock"),
        at=frozenset(plain_words(word) for language in languages for word in language.get("at", ())),
    )


def _keys(names: Iterable[str]) -> list[str]:
    return [name_key(name) for name in names]
