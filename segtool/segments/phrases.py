"""A segment's rule in words, and what its scores mean in days, orders and money."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from segtool.rules.grid import Condition, Rule, digits_of
from segtool.scoring.model import FrozenScores
from segtool.scoring.statement import LEAST, AxisRule
from segtool.segments.scheme import Scheme, Segment
from segtool.segments.wording import NOUNS, asked_by, condition_by, label_of, parts_by
from segtool.tables.numbers import money
from segtool.words import Words

Cuts = Mapping[str, Sequence[int]]
"""Axis -> its rising cuts, each the largest raw value of its bin; money in units of 1/10,000."""

Bound = TypeVar("Bound", int, Fraction | int)


def segment_phrases(segment: Segment, scheme: Scheme, cuts: Cuts | None, words: Words) -> list[str]:
    """Return what a segment asks for, a phrase a condition, also where it has no rule."""
    return phrases(segment.rule, scheme, cuts, words) or [asked_by(scheme, segment, words)]


def phrases(rule: Rule, scheme: Scheme, cuts: Cuts | None, words: Words) -> list[str]:
    """Return a rule in words, a phrase a condition; all of them must hold.

    What a score means is told in raw units where the cuts are known, else in shares of the customers. A condition that
    every customer meets is left out.

    >>> from segtool.segments.schemes import load
    >>> from segtool.words import words_in
    >>> matrix = load("loyalty-matrix")
    >>> phrases(matrix.segments[2].rule, matrix, {"r": (24, 66, 139, 239), "f": (1, 2, 3, 5)}, words_in("en"))
    ['R is 4 to 5: bought within 66 days', 'F is 2 to 3: 2 to 3 orders']
    """

    def tell(condition: Condition) -> str:
        return _condition(condition, scheme, cuts or {}, words) if _asks(condition, scheme) else ""

    return parts_by(rule, tell, scheme, words)


def score_meanings(axis: str, scheme: Scheme, cuts: Cuts | None, words: Words) -> list[str]:
    """Return what each score of an axis means, the best one first.

    >>> from segtool.segments.schemes import load
    >>> from segtool.words import words_in
    >>> score_meanings("r", load("klaviyo"), None, words_in("en"))
    ['R3: bought within 180 days', 'R2: bought 181 to 365 days ago', 'R1: bought more than 365 days ago']
    """
    how, said = scheme.scoring[axis], []
    for digit in reversed(scheme.grid[axis].digits):
        asked = label_of(axis, (digit, digit), scheme, words)
        [meaning] = _meanings([(digit, digit)], how, (cuts or {}).get(axis), words) or [""]
        said.append(words("phrase.means", asked=asked, meaning=meaning) if meaning else asked)
    return said


def cuts_of(scores: FrozenScores) -> Cuts:
    """Return the cuts of the axes that a model cuts alike for all customers."""
    return {axis: tuple(rows[0].tolist()) for axis, rows in scores.cuts.items() if len(rows) == 1}


def _asks(condition: Condition, scheme: Scheme) -> bool:
    possible = digits_of(condition.on, scheme.grid)
    return condition.spans != ((possible[0], possible[-1]),)


def _condition(condition: Condition, scheme: Scheme, cuts: Cuts, words: Words) -> str:
    asked, how = condition_by(condition, scheme, words), scheme.scoring.get(condition.on)
    meant = words("list.or").join(_meanings(condition.spans, how, cuts.get(condition.on), words)) if how else ""
    return words("phrase.means", asked=asked, meaning=meant) if meant else asked


def _meanings(
    spans: Iterable[tuple[float, float]], how: AxisRule, cuts: Sequence[int] | None, words: Words
) -> list[str]:
    """Return what each span of digits means in raw units, or else in shares; nothing where neither is known."""
    said = []
    for low, high in spans:
        first, last = how.bins_of(int(low) - how.lowest + 1, int(high) - how.lowest + 1)
        if cuts is not None or how.kind == "cuts":
            said.append(_raw(how, *_around(cuts or [int(cut) for cut in how.values], first, last), words))
        elif how.kind == "quantiles":
            said.append(_shares(how, *_around(how.values, first, last), words))
    return said


def _around(bounds: Sequence[Bound], first: int, last: int) -> tuple[Bound | None, Bound | None]:
    """Return the bounds below and above some bins, None where there is none."""
    return bounds[first - 1] if first else None, bounds[last] if last < len(bounds) else None


def _raw(how: AxisRule, below: int | None, above: int | None, words: Words) -> str:
    """Return the values over `below` and up to `above` in words."""
    least = LEAST.get(how.figure) if below is None else below + 1
    if least is not None and above is not None and least > above:
        return words("phrase.nobody")
    facts = {
        "after": _told(how, below, words),
        "start": least,
        "low": _told(how, least, words),
        "high": _told(how, above, words),
    }
    if above is None:
        return words(f"over.{how.figure}", **facts)
    if least == above and not how.is_money:
        return words(f"just.{how.figure}", **facts)
    return words(f"up-to.{how.figure}", **facts) if below is None else words(f"between.{how.figure}", **facts)


def _told(how: AxisRule, value: int | None, words: Words) -> str:
    if value is None:
        return ""
    return words.exact(money(value)) if how.is_money else words.count(value, NOUNS[how.figure])


def _shares(how: AxisRule, below: Fraction | int | None, above: Fraction | int | None, words: Words) -> str:
    """Return the customers from one share of all to another in words; the shares begin at the smallest value."""
    least = words(f"least.{how.figure}", share=words.percent(float(above), 0)) if above is not None else ""
    if below is None:
        return least
    if above is None:
        return words(f"most.{how.figure}", share=words.percent(float(1 - below), 0))
    low = words(f"least.{how.figure}", share=words.percent(float(below), 0))
    return words("phrase.amid", low=low, high=words(f"most.{how.figure}", share=words.percent(float(1 - above), 0)))
