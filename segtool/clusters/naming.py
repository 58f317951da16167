"""What groups are called: by where their customers stand among all of them, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from segtool.clusters.measures import Floats
from segtool.profiles.attributes import NO, YES, rank
from segtool.tables.arrays import Ints
from segtool.words import LANGUAGES, Words, words_in

UNCLUSTERED = "unclustered"
"""The name of the group of customers who are in none."""

_GRADES = ("lowest", "low", "middle", "high", "highest")
"""In which fifth of all customers those of a group stand on average."""

_OWN_WORDS = ("recency_days", "frequency", "monetary")
"""Columns that groups are always told by, and by words of their own."""

_TOLD = 3
"""How many columns a name tells of."""

_TELLING = 0.1
"""A column is left out of a name whose average place is nearer than this to the middle, or whose level is no commoner
than this."""

_MOSTLY = 0.5
"""A group is mostly of a level that more than this share of it has; of a rarer one it has but more than others."""


@dataclass(frozen=True)
class Standing:
    """Where the customers of a group stand in a column: their mean `place` among all, from 0 to 1 (1/2 is the middle);
    or the level that is most over-represented among them, by how much its share is greater, and their share itself.
    """

    column: str
    place: float
    level: str | None = None
    share: float = 1.0

    @property
    def strength(self) -> float:
        """How far this sets the group apart."""
        return self.place if self.level is not None else abs(self.place - 0.5)

    @property
    def fifth(self) -> str:
        return _GRADES[min(int(self.place * 5), 4)]

    @property
    def grade(self) -> str:
        """The fifth, with both of a side as one: low, middle or high."""
        return {"lowest": "low", "highest": "high"}.get(self.fifth, self.fifth)


def places_of(numbers: Floats) -> Floats:
    """Return the place of each number among all, from 0 to 1; equal ones share the middle of theirs.

    >>> places_of(np.array([5.0, 1.0, 1.0, 9.0])).tolist()
    [0.625, 0.25, 0.25, 0.875]
    """
    ranked = rank(numbers)
    return (ranked.below + ranked.equal / 2) / max(len(numbers), 1)


def standings_in_numbers(column: str, numbers: Floats, groups: Ints, k: int) -> list[Standing]:
    """Return where each group stands in a column of numbers."""
    places = places_of(numbers)
    return [Standing(column, float(np.sort(places[groups == at]).mean())) for at in range(k)]


def standings_in_levels(column: str, levels: Sequence[str], places: Ints, groups: Ints, k: int) -> list[Standing]:
    """Return the level of each group that is most over-represented in it, of equal ones the first."""
    every = np.bincount(places, minlength=len(levels)) / len(places)
    found = []
    for at in range(k):
        own = places[groups == at]
        shares = np.bincount(own, minlength=len(levels)) / len(own)
        more = shares - every
        top = int(np.argmax(np.round(more, 12)))
        found.append(Standing(column, float(more[top]), levels[top], float(shares[top])))
    return found


def names_of(standings: Sequence[Sequence[Standing]]) -> list[Mapping[str, str]]:
    """Return language -> the name of each group, which are all different; each has its standings in all columns.

    Recency, frequency and money are always told of, in this order; of others the three that set a group apart most,
    as the columns stand. Groups that would be called alike are told apart by fifths, and by a number where that does
    not do.

    >>> low, high = Standing("frequency", 0.3), Standing("frequency", 0.9)
    >>> [each["en"] for each in names_of([[high], [low], [low]])]
    ['frequent', 'rare buyers (1)', 'rare buyers (2)']
    >>> names_of([[Standing("age", 0.9)]])[0]["en"], names_of([[Standing("plan", 0.4, "paid")]])[0]["en"]
    ('high age', 'plan: mostly paid')
    >>> names_of([[Standing("plan", 0.2, "paid", 0.3)]])[0]["en"]  # 10% have it in all, and 30% here
    'plan: more paid'
    """
    return [
        dict(zip(LANGUAGES, own, strict=True))
        for own in zip(*(_named(standings, words_in(each)) for each in LANGUAGES), strict=True)
    ]


def _named(standings: Sequence[Sequence[Standing]], words: Words) -> list[str]:
    names = [_name(own, words) for own in standings]
    names = [_name(own, words, finely=names.count(name) > 1) for own, name in zip(standings, names, strict=True)]
    numbers = {name: count(1) for name in names if names.count(name) > 1}
    return [f"{name} ({next(numbers[name])})" if name in numbers else name for name in names]


def _name(standings: Sequence[Standing], words: Words, *, finely: bool = False) -> str:
    always = sorted((each for each in standings if each.column in _OWN_WORDS), key=_in_their_order)
    others = [each for each in standings if each.column not in _OWN_WORDS]
    ranked = sorted((each for each in others if each.strength >= _TELLING), key=lambda each: -round(each.strength, 9))
    told = [*always, *ranked][:_TOLD]
    shown = [each for each in [*always, *others] if each in told]
    return words.series(_told(each, words, finely) for each in shown) or words("cluster.average")


def _in_their_order(standing: Standing) -> int:
    return _OWN_WORDS.index(standing.column)


def _told(standing: Standing, words: Words, finely: bool) -> str:
    grade = standing.fifth if finely else standing.grade
    if standing.column in _OWN_WORDS:
        return words(f"cluster-name.{standing.column}.{grade}")
    column = words.term("column", standing.column)
    if standing.level is None:
        return words(f"cluster-name.other.{grade}", column=column)
    kind = "level" if standing.share > _MOSTLY else "more"
    return words(f"cluster-name.{kind}", column=column, level=level_in_words(standing.level, words))


def level_in_words(level: str, words: Words) -> str:
    """Return what a level is called where people read it: yes and no, empty cells and rare levels have words.

    >>> level_in_words(YES, words_in()), level_in_words("(empty)", words_in("fa"))
    ('yes', '(خالی)')
    """
    return {YES: words("cluster.yes"), NO: words("cluster.no")}.get(level) or words.term("group", level)
