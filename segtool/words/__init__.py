"""The words of the program: one file a language, each with the same keys."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from segtool.errors import UsageError
from segtool.resources import read_toml

if TYPE_CHECKING:
    from decimal import Decimal

Language = Literal["en", "fa"]
"""A language of the program, or whose digits are written."""

LANGUAGES: tuple[str, ...] = get_args(Language)

_PERSIAN = str.maketrans("0123456789,.%", "۰۱۲۳۴۵۶۷۸۹٬٫٪")

_NUMBER = re.compile(r'"[^"]*"|[^\s"]*[A-Za-z][^\s"]*|(?<![\d.])(\d+(?:[-:/.,]\d+)*%?)')
"""A number of a sentence, or what has digits and is none: a quotation, a word with Latin letters."""


_OF_SCHEMES = re.compile(r"column\.(\w*segment|segment_title|\w+_score|window)")
"""The columns that there are for each scheme, or named time of the year, with its name behind theirs."""


@dataclass(frozen=True)
class Words:
    """The words of one language, with numbers in its digits where that is asked for.

    >>> en = words_in("en")
    >>> en.count(1200, "order"), en.number(12.345, 2), en.of({"en": "Lost", "fa": "ازدست‌رفته"})
    ('1,200 orders', '12.35', 'Lost')
    """

    lang: str
    digits: str
    texts: Mapping[str, str]

    def __call__(self, key: str, /, **facts: Any) -> str:
        """Return the text of a key with facts in the places that it names; whole numbers are grouped."""
        told = {name: self._told(fact) for name, fact in facts.items()}
        return self.texts[key].format_map(told)

    def _told(self, fact: Any) -> Any:
        if isinstance(fact, date):
            return self.in_digits(str(fact))
        return self.number(fact) if type(fact) is int else fact

    @property
    def right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.lang == "fa"

    def count(self, count: int, noun: str) -> str:
        """Return a count and its noun, whose forms are the keys `noun.one` and `noun.many`."""
        return f"{self.number(count)} {self.noun(count, noun)}"

    def noun(self, count: int, noun: str) -> str:
        """Return a noun as it stands after a count."""
        return self.texts[self.form(count, noun)]

    def form(self, count: int, key: str) -> str:
        """Return the key of the text that speaks of so many: `key.one` or `key.many`."""
        return f"{key}.one" if count == 1 else f"{key}.many"

    def number(self, value: Any, decimals: int = 0) -> str:
        """Return a number with its thousands grouped."""
        return self.in_digits(f"{value:,.{decimals}f}")

    def amount(self, amount: "Decimal | float") -> str:
        """Return an amount of money, with two decimals unless it is whole."""
        return self.number(amount, 2 if amount % 1 else 0)

    def exact(self, amount: "Decimal | int", least: int = 0) -> str:
        """Return an amount of money with all of its decimals: with `least`, or with two or four where it needs them.

        >>> from decimal import Decimal
        >>> [words_in("en").exact(Decimal(amount)) for amount in ("1200", "2.5", "40.7455")]
        ['1,200', '2.50', '40.7455']
        """
        return self.number(amount, next(places for places in (least, 2, 4) if amount * 10**places % 1 == 0))

    def percent(self, share: float | None, decimals: int = 1) -> str:
        """Return a share as a percentage, nothing where there is none."""
        return "" if share is None else self.in_digits(f"{share:.{decimals}%}")

    def p_value(self, p: float, decimals: int = 4) -> str:
        """Return how likely something is by chance; what would be rounded to nothing is said to be less than that.

        >>> words_in("en").p_value(0.012), words_in("en").p_value(0.00001)
        ('0.0120', '<0.0001')
        """
        least = 10.0**-decimals
        return self.number(p, decimals) if p >= least else f"<{self.number(least, decimals)}"

    def series(self, items: Iterable[str]) -> str:
        """Return items one after the other, with commas."""
        return self.texts["list.comma"].join(items)

    def term(self, group: str, name: str) -> str:
        """Return the word for a name that other programs see in English; the name itself where there is none.

        >>> words_in("fa").term("reason", "refund"), words_in("fa").term("spelling", "%d.%m.%y")
        ('مرجوعی', '%d.%m.%y')
        """
        return self.texts.get(f"{group}.{name}", name)

    def header(self, column: str) -> str:
        """Return the header of a column of customers; what a scheme adds to its name stands behind it in brackets.

        >>> words_in("fa").header("segment"), words_in("fa").header("segment_value-loyalty")
        ('بخش', 'بخش (value-loyalty)')
        >>> words_in("fa").header("window_nowruz")
        'سفارش‌های مناسبت (nowruz)'
        """
        if self.lang == "en" or f"column.{column}" in self.texts:
            return self.term("column", column)
        known = (key.removeprefix("column.") for key in self.texts if _OF_SCHEMES.fullmatch(key))
        start = max((name for name in known if column.startswith(f"{name}_")), key=len, default=None)
        return column if start is None else f"{self.term('column', start)} ({column[len(start) + 1 :]})"

    def of(self, texts: Mapping[str, str]) -> str:
        """Return the text in this language, in English where it is missing."""
        return texts.get(self.lang) or texts["en"]

    def named(self, name: str, title: str) -> str:
        """Return how something is called that has a name in English and a title in this language."""
        return name if self.lang == "en" else title

    def in_digits(self, text: str) -> str:
        """Return a number or date in the digits that are asked for."""
        return text.translate(_PERSIAN) if self.digits == "fa" else text

    def in_sentence(self, text: str) -> str:
        """Return a sentence with its numbers in the digits that are asked for; quotations and codes stay.

        >>> words_in("en", "fa").in_sentence('F1 reaches 1,200 orders, 5.5%; "12" ends in .0.')
        'F1 reaches ۱٬۲۰۰ orders, ۵٫۵٪; "12" ends in .0.'
        """
        if self.digits == "en":
            return text
        return _NUMBER.sub(lambda found: self.in_digits(found[1]) if found[1] else found[0], text)


_IN_BRACKETS = re.compile(r"(?P<start>.+) \((?P<further>[^()]+)\)")


def column_name(header: str) -> str:
    """Return the name of the column that a header in any language stands for; the header itself where it is no such.

    >>> column_name("بخش (age)"), column_name("city")
    ('segment_age', 'city')
    """
    for lang in LANGUAGES:
        names = _names_by_header(lang)
        if header in names:
            return names[header]
        parts = _IN_BRACKETS.fullmatch(header)
        if parts and parts["start"] in names:
            return f"{names[parts['start']]}_{parts['further']}"
    return header


@cache
def _names_by_header(lang: str) -> dict[str, str]:
    texts = words_in(lang).texts
    return {text: key.removeprefix("column.") for key, text in texts.items() if key.startswith("column.")}


@cache
def words_in(lang: str = "en", digits: str = "en") -> Words:
    """Return the words of a language. Keys of tables are joined by points. Raises UsageError for an unknown one."""
    for option, name in (("lang", lang), ("digits", digits)):
        if name not in LANGUAGES:
            raise UsageError(f"{option} {name!r} is unknown; say {' or '.join(map(repr, LANGUAGES))}.")
    return Words(lang, digits, dict(_flat(read_toml(f"words/{lang}.toml"))))


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    return [
        pair
        for key, value in table.items()
        for pair in (_flat(value, f"{before}{key}.") if isinstance(value, dict) else [(f"{before}{key}", value)])
    ]
