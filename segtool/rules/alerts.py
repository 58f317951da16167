"""How alerts are written: a figure of a segment or of a flow, a sign, and a limit, from the pieces of a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from segtool.rules.line import Token, tokens

SIZES = ("customers", "revenue")
RATES = ("churn_rate", "retention_rate")

_OF_ALL = (*SIZES, *RATES, "psi")
"""Figures that stand alone, and then are of all customers."""

_OF_SOME = (*SIZES, *RATES, "moved", "health")
"""Figures that stand before what they are of, in brackets."""


@dataclass(frozen=True)
class Subject:
    """What a line is about: a figure of a segment, or of those who went from `of` to `into`; `of` is None for all.

    `figure` is None where none is said. One that is said behind a name without quotes may belong to the name, which
    then is `whole`.
    """

    figure: str | None
    of: str | None
    into: str | None = None
    whole: str | None = None


def parted(text: str, signs: Sequence[str]) -> tuple[Subject, str, str] | None:
    """Return what stands before the last of these signs or words, the sign, and the text behind it; None without one.

    >>> parted('"Top revenue" -> At Risk >= 5 %', (">", ">="))
    (Subject(figure=None, of='Top revenue', into='At Risk', whole=None), '>=', '5 %')
    >>> parted("Net revenue drops 5", ("drops", "rises"))[0]
    Subject(figure='revenue', of='Net', into=None, whole='Net revenue')

    Raises ValueError, in words that follow a place, for a quote that does not end.
    """
    pieces = tokens(text)
    for at in range(len(pieces) - 1, 0, -1):
        if pieces[at].kind != "quoted" and pieces[at].text in signs:
            return _subject(text, pieces[:at]), pieces[at].text, text[pieces[at].end :].strip()
    return None


def _subject(text: str, pieces: Sequence[Token]) -> Subject:
    before, behind = (each.text if each.kind == "word" else None for each in (pieces[0], pieces[-1]))
    if len(pieces) == 1 and before in _OF_ALL:
        return Subject(before, None)
    figure = whole = None
    if len(pieces) > 3 and before in _OF_SOME and pieces[1].is_mark("(") and pieces[-1].is_mark(")"):
        figure, pieces = before, pieces[2:-1]
    elif len(pieces) > 1 and behind in SIZES and not any(piece.is_mark("->") for piece in pieces):
        in_quotes = len(pieces) == 2 and pieces[0].kind == "quoted"
        figure, whole, pieces = behind, None if in_quotes else _name(text, pieces), pieces[:-1]
    for at in range(1, len(pieces) - 1):
        if pieces[at].is_mark("->"):
            return Subject(figure, _name(text, pieces[:at]), _name(text, pieces[at + 1 :]))
    return Subject(figure, _name(text, pieces), None, whole)


def _name(text: str, pieces: Sequence[Token]) -> str:
    """Return the name that pieces are: what stands in quotes as it is, several as they are written."""
    if len(pieces) == 1 and pieces[0].kind == "quoted":
        return pieces[0].text
    return " ".join(text[pieces[0].start : pieces[-1].end].split())
