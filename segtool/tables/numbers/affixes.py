"""What stands around the digits of a cell: a sign, a currency, a decimal mark without digits on its other side."""

import re
from functools import cache
from typing import Any, NamedTuple

from segtool.resources import read_toml
from segtool.tables.text import fold


class Affix(NamedTuple):
    """The text on one side of the digits, of which every piece can be empty; None stands for any other text."""

    sign: str | None
    currency: str = ""
    mark: str = ""


NO_AFFIX = Affix(None)


@cache
def known_marks() -> dict[str, str]:
    """Return spelling without case -> currency: its ISO code, or the mark as written where currencies share it.

    >>> known_marks()["€"], known_marks()["usd"], known_marks()["$"], known_marks()["kr."]
    ('EUR', 'USD', '$', 'kr')
    """
    table = _table()
    known = {code.casefold(): code for code in table["codes"].split()}
    return known | {spelling.casefold(): mark for mark, spellings in table["marks"].items() for spelling in spellings}


def currency_code(label: str) -> str:
    """Return a currency in the form in which it is compared, whether it is told by its code or its mark.

    >>> currency_code(" € "), currency_code("EUR"), currency_code("points")
    ('eur', 'eur', 'points')
    """
    return fold(known_marks().get(fold(label), label))


def one_currency(marks: frozenset[str]) -> bool:
    """Return whether marks, as `known_marks` gives them, can all mean one currency.

    >>> one_currency(frozenset({"$", "CAD"})), one_currency(frozenset({"$", "EUR"})), one_currency(frozenset())
    (True, False, True)
    """
    meant = [{mark, *_table()["shared"].get(mark, ())} for mark in marks]
    return not meant or bool(set.intersection(*meant))


@cache
def _table() -> dict[str, Any]:
    return read_toml("tables/numbers/currencies.toml")


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    mark = "|".join(re.escape(spelling) for spelling in sorted(known_marks(), key=len, reverse=True)) + "|"
    return (
        re.compile(rf" *([-+(]?) *({mark}) *([-+(]?) *([.,٫]?)"),
        re.compile(rf"(?:([.,٫])[-–—]{{0,2}})? *([-)]?) *({mark}) *([-)]?) *"),
    )


def affix_before(text: str) -> Affix:
    """Return what the text before the first digit of a cell says, in plain blanks and signs.

    >>> affix_before("-$"), affix_before("- -") == NO_AFFIX
    (Affix(sign='-', currency='$', mark=''), True)
    """
    if text.endswith("–"):
        text = text.removesuffix("–") + "-"
    found = _patterns()[0].fullmatch(text.casefold())
    if not found or (found[1] and found[3]):
        return NO_AFFIX
    return Affix(found[1] or found[3], known_marks().get(found[2], ""), found[4])


def affix_behind(text: str) -> Affix:
    """Return what the text behind the last digit of a cell says. Dashes after a decimal mark stand for no cents.

    >>> affix_behind(",- EUR"), affix_behind("%") == NO_AFFIX
    (Affix(sign='', currency='EUR', mark=','), True)
    """
    found = _patterns()[1].fullmatch(text.casefold())
    if not found or (found[2] and found[4]):
        return NO_AFFIX
    sign, mark = found[2] or found[4], found[1] or ""
    return NO_AFFIX if mark and sign == "-" else Affix(sign, known_marks().get(found[3], ""), mark)
