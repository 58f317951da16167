"""How an attribute is spread over groups of rows, and in what they differ most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np

from segtool.profiles.attributes import Attribute, Coded, Entries, Numbers, Ranked, Values
from segtool.profiles.facts import (
    ALL,
    OTHER,
    AttributeProfile,
    Difference,
    Distribution,
    Telling,
    ValueShare,
)
from segtool.profiles.significance import (
    Test,
    chi_squared,
    chi_squared_of_cells,
    kruskal_wallis,
    rank_scores,
    residuals,
)
from segtool.tables.arrays import Ints, Mask
from segtool.tables.dates import calendar_day
from segtool.tables.numbers import total

BANDS = 5
"""Into how many bands numbers fall, of as many rows each as equal ones allow."""

RARE = 5
"""Of fewer rows a value is pooled with the other rare ones, where values are compared or explain something."""

CHANCE = 0.05
"""How likely it may be that anything at all is told of segments that do not differ."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows in groups: for each row the place of its group among `names`; every group has a row."""

    names: tuple[str, ...]
    places: Ints

    @property
    def sizes(self) -> Ints:
        """The rows of each group."""
        return np.bincount(self.places, minlength=len(self.names))


@dataclass(frozen=True, eq=False)
class Spread:
    """The values of an attribute that are told apart, and how many rows of each group have each of them.

    `filled` has the rows of each group with any value.
    """

    values: tuple[str, ...]
    counts: Ints
    filled: Ints


def bands(numbers: Ranked) -> Ints:
    """Return the band of each number, 0 for the least fifth; equal numbers are in one, and some bands may be empty.

    A number is in band 5 b / n, rounded down, of which b of all n numbers are strictly smaller; as scores of rfm are.

    >>> from segtool.profiles.attributes import rank
    >>> bands(rank(np.array([1, 1, 1, 2, 3, 4, 5, 6, 7, 8]))).tolist()
    [0, 0, 0, 1, 2, 2, 3, 3, 4, 4]
    """
    return BANDS * numbers.below // max(len(numbers.below), 1)


def quartiles(rising: Values, per: int) -> tuple[Decimal | float, ...]:
    """Return the three quartiles of sorted numbers, as QUARTILE.INC of a spreadsheet; exact for whole ones.

    >>> [str(each) for each in quartiles(np.array([10, 20, 30, 45]), 10)]
    ['1.75', '2.5', '3.375']
    """
    found = []
    for quarter in (1, 2, 3):
        at, rest = divmod((len(rising) - 1) * quarter, 4)
        low = rising[at].item()
        high = rising[min(at + 1, len(rising) - 1)].item()
        if isinstance(low, int):
            found.append(_plain(Decimal(4 * low + (high - low) * rest) / (4 * per)))
        else:
            found.append(low + (high - low) * rest / 4)
    return tuple(found)


def _plain(number: Decimal) -> Decimal:
    """Return a number without zeros at its end, and without an exponent."""
    short = number.normalize()
    return short.quantize(Decimal(1)) if short.as_tuple().exponent > 0 else short  # type: ignore[operator]


def profile_of(attribute: Attribute, groups: Groups, *, top: int) -> tuple[AttributeProfile, Test | None, str | None]:
    """Return how an attribute is spread, and the test of whether the groups differ, of lists with the entry tested.

    Of texts the `top` most frequent values are told apart. The profile has no `difference` yet: that depends on how
    many attributes are tested.
    """
    if isinstance(attribute.column, Numbers):
        return _of_numbers(attribute, attribute.column, groups)
    if isinstance(attribute.column, Entries):
        return _of_entries(attribute, attribute.column, groups, top)
    return _of_texts(attribute, attribute.column, groups, top)


def _of_numbers(
    attribute: Attribute, column: Numbers, groups: Groups
) -> tuple[AttributeProfile, Test | None, str | None]:
    ranked, places = column.ranked, groups.places[column.known]
    rising = column.numbers[column.known][ranked.order]
    sorted_places = places[ranked.order]
    order = np.argsort(sorted_places.astype(np.int16), kind="stable")
    edges = np.searchsorted(sorted_places[order], np.arange(len(groups.names) + 1))
    own = rising[order]
    parts = [own[start:end] for start, end in pairwise(edges.tolist())]
    figures = [_figures(part, column.per, attribute.kind) for part in [*parts, rising]]
    spread = _banded(attribute, column, groups)
    test = kruskal_wallis(ranked.doubled, ranked.ties, places)
    return _told(attribute, groups, spread, figures, len(ranked.ties)), test, None


def _banded(attribute: Attribute, column: Numbers, groups: Groups) -> Spread:
    names, codes = banded(attribute, column)
    places = groups.places[column.known]
    counts = _counts(places, codes[column.known], len(groups.names), len(names))
    return Spread(tuple(names), counts, np.bincount(places, minlength=len(groups.names)))


def banded(attribute: Attribute, column: Numbers) -> tuple[list[str], Ints]:
    """Return bands of numbers, called by their least and largest, and the band of each row, -1 where it is empty."""
    every, rising = bands(column.ranked), column.numbers[column.known][column.ranked.order]
    edges = np.searchsorted(every[column.ranked.order], np.arange(BANDS + 1))
    used = [(band, start, end - 1) for band, (start, end) in enumerate(pairwise(edges.tolist())) if start < end]
    ends = [rising[at].item() for _, *of_band in used for at in of_band]
    texts = _written(ends, column.per, attribute.kind)
    codes = np.full(BANDS, -1)
    codes[[band for band, *_ in used]] = np.arange(len(used))
    names = [low if low == high else f"{low}..{high}" for low, high in zip(texts[::2], texts[1::2], strict=True)]
    places = np.full(len(column.known), -1)
    places[column.known] = codes[every]
    return names, places


def _written(numbers: Sequence[Any], per: int, kind: str) -> list[str]:
    """Return numbers as texts; floats by six digits, or by as many more as tell them apart."""
    if kind == "date":
        return [calendar_day(number).isoformat() for number in numbers]
    if all(isinstance(number, int) for number in numbers):
        return [format(_plain(Decimal(number) / per), "f") for number in numbers]
    several = len(set(numbers))
    written = ([f"{number:.{digits}g}" for number in numbers] for digits in range(6, 18))
    return next(texts for texts in written if len(set(texts)) >= several)


def _counts(rows: Ints, columns: Ints, height: int, width: int) -> Ints:
    return np.bincount(rows * width + columns, minlength=height * width).reshape(height, width)


Figures = tuple[Any, Any, Any, Any]
"""Mean and three quartiles, None where there is no number."""


def _figures(rising: Values, per: int, kind: str) -> Figures:
    if not len(rising):
        return (None, None, None, None)
    first, middle, third = quartiles(rising, per)
    if kind == "date":
        return (None, _day(first), _day(middle), _day(third))
    if rising.dtype.kind == "i":
        return (total(rising) / (len(rising) * per), first, middle, third)
    return (float(rising.sum()) / len(rising), first, middle, third)


def _day(number: Decimal | float) -> date:
    return calendar_day(int(number // 1))


_NO_FIGURES: Figures = (None, None, None, None)


def _of_texts(
    attribute: Attribute, column: Coded, groups: Groups, top: int
) -> tuple[AttributeProfile, Test | None, str | None]:
    known = column.places >= 0
    rows, places = groups.places[known], column.places[known]
    common, shown = pooled(places, column.names, RARE), shown_of(column, top)
    if len(common[0]) < 2:  # all are rare, as in a small table, or all are the same
        common = pooled(places, column.names, 1)
    test = _tested(rows, common[1], len(groups.names), len(common[0]))
    spread = Spread(
        shown[0],
        _counts(rows, shown[1][known], len(groups.names), len(shown[0])),
        np.bincount(rows, minlength=len(groups.names)),
    )
    used = len(np.unique(places))
    return _told(attribute, groups, spread, None, used), test, None


def _tested(rows: Ints, columns: Ints, height: int, width: int) -> Test | None:
    """Return the test of a table of counts of which most cells may be empty."""
    if height * width <= 10_000_000:
        return chi_squared(_counts(rows, columns, height, width))
    cells, counts = np.unique(rows * width + columns, return_counts=True)
    return chi_squared_of_cells(cells // width, cells % width, counts)


def pooled(places: Ints, names: Sequence[str], least: int) -> tuple[tuple[str, ...], Ints]:
    """Return values of which fewer rows have each as one, `(other)`, which stands last; and the new places.

    >>> names, places = pooled(np.array([0, 1, 1, 2]), ("Bonn", "Rom", "Ulm"), 2)
    >>> names, places.tolist()
    (('Rom', '(other)'), [1, 0, 0, 1])
    """
    counts = np.bincount(places, minlength=len(names))
    kept = np.flatnonzero(counts >= least)
    codes = np.full(len(names), len(kept), np.int64)
    codes[kept] = np.arange(len(kept))
    rare = bool((counts[counts > 0] < least).any())
    return (*(names[at] for at in kept.tolist()), *([OTHER] if rare else [])), codes[places]


def shown_of(column: Coded, top: int) -> tuple[tuple[str, ...], Ints]:
    """Return the most frequent values of a column, most rows first, the others as one; and each row's place."""
    counts = np.bincount(column.places[column.places >= 0], minlength=len(column.names))
    order = np.argsort(-counts, kind="stable")
    kept = order[:top][counts[order[:top]] > 0]
    codes = np.full(len(column.names) + 1, len(kept), np.int64)
    codes[kept] = np.arange(len(kept))
    codes[-1] = -1
    more = int((counts > 0).sum()) > len(kept)
    return (*(column.names[at] for at in kept.tolist()), *([OTHER] if more else [])), codes[column.places]


def _of_entries(
    attribute: Attribute, column: Entries, groups: Groups, top: int
) -> tuple[AttributeProfile, Test | None, str | None]:
    height, width = len(groups.names), len(column.names)
    rows = groups.places[column.rows]
    base = np.bincount(column.places, minlength=width)
    order = np.argsort(-base, kind="stable")
    kept = order[:top]
    codes = np.full(width, -1, np.int64)
    codes[kept] = np.arange(len(kept))
    mine = codes[column.places] >= 0
    counts = _counts(rows[mine], codes[column.places[mine]], height, len(kept))
    filled = np.bincount(groups.places[column.filled], minlength=height)
    spread = Spread(tuple(column.names[at] for at in kept.tolist()), counts, filled)
    best: tuple[Test, int] | None = None
    sums = counts.sum(axis=0)
    common = np.flatnonzero(sums >= (RARE if (sums >= RARE).any() else 1)).tolist()
    for at in common:
        found = chi_squared(np.stack([counts[:, at], filled - counts[:, at]], axis=1))
        if found and (best is None or found.statistic > best[0].statistic):
            best = found, at
    if best is None:
        return _told(attribute, groups, spread, None, width), None, None
    test = replace(best[0], p=min(1.0, best[0].p * len(common)))
    return _told(attribute, groups, spread, None, width), test, spread.values[best[1]]


def _told(
    attribute: Attribute, groups: Groups, spread: Spread, figures: Sequence[Figures] | None, distinct: int
) -> AttributeProfile:
    sizes = groups.sizes
    rows = int(sizes.sum())
    base = spread.counts.sum(axis=0).tolist()
    filled = int(spread.filled.sum())
    segments = []
    lines = zip(
        (*groups.names, ALL),
        [*sizes.tolist(), rows],
        [*spread.filled.tolist(), filled],
        [*spread.counts.tolist(), base],
        figures or [_NO_FIGURES] * (len(groups.names) + 1),
        strict=True,
    )
    for name, size, own, counts, figure in lines:
        values = tuple(
            ValueShare(
                value,
                count,
                count / own if own else None,
                of_all / filled if filled else None,
                100 * count * filled / (own * of_all) if own and of_all else None,
            )
            for value, count, of_all in zip(spread.values, counts, base, strict=True)
        )
        segments.append(Distribution(name, own, own / size if size else None, *figure, values))
    empty = rows - filled - attribute.unread
    return AttributeProfile(
        name=attribute.header,
        kind=attribute.kind,
        empty=empty,
        empty_share=empty / rows,
        unread=attribute.unread,
        distinct=distinct,
        difference=None,
        segments=tuple(segments),
    )


def difference_of(test: Test, p_holm: float, kind: str, entry: str | None) -> Difference:
    """Return a test with the p-value that it has among all others."""
    name = "Kruskal-Wallis" if kind in ("number", "date") else "chi-squared"
    return Difference(
        name,  # type: ignore[arg-type]
        test.statistic,
        test.degrees,
        test.p,
        p_holm,
        test.effect,
        test.few_expected,
        entry,
    )


def telling_of(attribute: Attribute, found: AttributeProfile, groups: Groups, *, made_of: bool) -> list[Telling | None]:
    """Return for each group what sets it apart in an attribute: the value or band that is most surprising there.

    Of numbers and days it is where the group lies as a whole, if that says more than any band. None where a group has
    no value, or is as all rows are.
    """
    *segments, base = found.segments
    counts = np.array([[each.customers for each in own.values] for own in segments], np.int64)
    counts = counts.reshape(len(segments), len(base.values))
    filled = np.array([own.filled for own in segments], np.int64)
    scores = residuals(counts, filled)
    column = attribute.column
    shifts = _shifts(column, groups) if isinstance(column, Numbers) else [0.0] * len(segments)
    tellings: list[Telling | None] = []
    for at, own in enumerate(segments):
        allowed = [place for place, each in enumerate(own.values) if each.value != OTHER and _counts_enough(each, own)]
        best = max(allowed, key=lambda place: (abs(scores[at, place]), -place), default=None)
        score = float(scores[at, best]) if best is not None else 0.0
        medians = (own.median, base.median)
        if abs(shifts[at]) >= abs(score) and own.median is not None and own.median != base.median:
            nothing = (None, None, None, None)
            tellings.append(Telling(found.name, found.kind, shifts[at], *nothing, *medians, made_of))
        elif best is not None and score:
            value = own.values[best]
            shown = (value.value, value.share, value.base_share, value.index)
            tellings.append(Telling(found.name, found.kind, score, *shown, *medians, made_of))
        else:
            tellings.append(None)
    return tellings


def surprising(profiles: Sequence[AttributeProfile]) -> float:
    """Return from how many standard deviations on a difference is told: so that chance alone hardly leads to any.

    That is the two-sided bound of Bonferroni over all values of all segments, of which the last one is all rows.
    """
    compared = sum(len(each.segments[-1].values) * (len(each.segments) - 1) for each in profiles)
    return NormalDist().inv_cdf(1 - CHANCE / (2 * max(compared, 1)))


def _counts_enough(value: ValueShare, own: Distribution) -> bool:
    """Return whether so many rows have a value, or would be expected to, that its share says something."""
    return max(value.customers, (value.base_share or 0) * own.filled) >= RARE


def _shifts(column: Numbers, groups: Groups) -> list[float]:
    return rank_scores(column.ranked.doubled, column.ranked.ties, groups.places[column.known], len(groups.names))


def grouping_of(attribute: Attribute) -> Ints:
    """Return a group for each row: the band of a number, the value of a text, rare ones as one, and empty cells as one.

    A list is a group by all that stands in it.
    """
    column = attribute.column
    if isinstance(column, Numbers):
        places = np.full(len(column.known), BANDS, np.int64)
        places[column.known] = bands(column.ranked)
        return places
    if isinstance(column, Entries):
        column = Coded(tuple(map(str, range(int(column.cells.max(initial=-1)) + 1))), column.cells)
    places = np.zeros(len(column.places), np.int64)
    known: Mask = column.places >= 0
    names, places[known] = pooled(column.places[known], column.names, RARE)
    places[~known] = len(names)
    return places
