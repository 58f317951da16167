"""Schemes in words: what an axis looks at, and what a segment asks for."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from segtool.rules.grid import Condition, Rule, cell_name, space_of
from segtool.scoring.statement import AxisRule
from segtool.segments.scheme import Scheme, Segment
from segtool.tables.numbers import money
from segtool.words import Words

NOUNS = {"recency_days": "day", "frequency": "order", "length_days": "day"}
"""Figure -> what it counts; the others are money."""


def called(segment: Segment, words: Words) -> str:
    """Return how a segment is called."""
    return words.named(segment.name, words.of(segment.title))


def shape_of(scheme: Scheme, words: Words) -> str:
    """Return the axes of a scheme, each with the number of its levels: R 5 × F 5."""
    return " × ".join(
        f"{name_of(axis, scheme.grid, words)} {words.number(how.levels)}" for axis, how in scheme.scoring.items()
    )


def name_of(dimension: str, axes: Iterable[str], words: Words) -> str:
    """Return the name of an axis, or of what is derived from the axes: R, (F+M)/2, R+F+M."""
    return "+".join(words(f"axis.{axis}") for axis in (axes if dimension == "sum" else [dimension]))


def score_label(axis: str, digit: int | str, words: Words) -> str:
    """Return how a score is called: a code, so that its digit is Latin in every language.

    >>> from segtool.words import words_in
    >>> score_label("r", 5, words_in("fa")), score_label("average_order_value", 2, words_in("en"))
    ('R5', 'Average order 2')
    """
    name = words(f"axis.{axis}")
    return f"{name}{digit}" if len(name) == 1 else f"{name} {digit}"


def scored_by(scheme: Scheme, words: Words) -> Iterator[str]:
    """Yield how each axis is scored.

    >>> from segtool.segments.schemes import load
    >>> from segtool.words import words_in
    >>> next(scored_by(load("klaviyo"), words_in("en")))
    'R: days since the last order, cut at 180, 365, scored 1 to 3'
    """
    for axis, how in scheme.scoring.items():
        facts: dict[str, Any] = {"what": words(f"looks.{how.figure}")}
        facts |= {"low": how.lowest, "high": how.lowest + how.levels - 1}
        if how.kind == "mean":
            told = words("scoring.mean", **facts)
        elif how.bins:
            told = words("scoring.bins", **facts, bins=how.bins)
        else:
            cuts = words.series(_cut(how, cut, words) for cut in how.values)
            told = words("scoring.cuts" if how.kind == "cuts" else "scoring.shares", **facts, cuts=cuts)
        yield f"{name_of(axis, scheme.grid, words)}: {told}"


def _cut(how: AxisRule, cut: Any, words: Words) -> str:
    if how.kind == "quantiles":
        return words.in_digits(f"{float(cut * 100):g}%")
    return words.exact(money(cut)) if how.is_money else words.number(cut)


def asked_by(scheme: Scheme, segment: Segment, words: Words) -> str:
    """Return what a customer must score to be in a segment.

    >>> from segtool.segments.schemes import load
    >>> from segtool.words import words_in
    >>> putler = load("putler")
    >>> asked_by(putler, putler.segments[0], words_in("en"))
    'R is 5, (F+M)/2 is 3.5 to 5; or R is 4, (F+M)/2 is 4.5 to 5'
    """
    place = scheme.segments.index(segment)
    rule = parts_by(segment.rule, lambda condition: condition_by(condition, scheme, words), scheme, words)
    asked = [words.series(rule)] if rule else []
    if place == scheme.default:
        asked.append(words("rule.default"))
    if place == scheme.no_orders:
        asked.append(words("rule.no-orders"))
    return words("rule.any").join(asked) or words("rule.nobody")


def parts_by(rule: Rule, tell: Callable[[Condition], str], scheme: Scheme, words: Words) -> list[str]:
    """Return the parts of a rule in words, of which all must hold; what `tell` has no words for is left out."""
    parts = [told for condition in rule.conditions if (told := tell(condition))]
    if rule.codes:
        parts.append(_codes(rule, scheme, words))
    if rule.alternatives:
        ways = (words.series(parts_by(each, tell, scheme, words)) for each in rule.alternatives)
        parts.append(words("rule.any").join(ways))
    return parts


def _codes(rule: Rule, scheme: Scheme, words: Words) -> str:
    """Return the codes of a rule in words: the digits of all axes are one of them."""
    space = space_of(scheme.grid)
    codes = words.series(words.in_digits(cell_name(code, space)) for code in rule.codes)
    return words("rule.is", what=" ".join(name_of(axis, scheme.grid, words) for axis in scheme.grid), values=codes)


def condition_by(condition: Condition, scheme: Scheme, words: Words) -> str:
    """Return a condition of a rule in words."""
    what = name_of(condition.on, scheme.grid, words)
    if condition.mean:
        return words("rule.from-mean" if condition.mean == "from" else "rule.below-mean", what=what)
    values = words("list.or").join(span_of(span, words) for span in condition.spans)
    return words("rule.is", what=what, values=values)


def span_of(span: tuple[float, float], words: Words) -> str:
    """Return digits from one to another: 3, 4 to 5."""
    low, high = (words.in_digits(f"{end:g}") for end in span)
    return low if low == high else words("range.within", low=low, high=high)


def label_of(dimension: str, span: tuple[float, float], scheme: Scheme, words: Words) -> str:
    """Return how digits of a dimension are called on a map: R5, (F+M)/2 4.5 to 5."""
    what = name_of(dimension, scheme.grid, words)
    axis = scheme.grid.get(dimension)
    if axis and axis.at_mean:
        return words("scheme.below-mean" if span[0] == axis.lowest else "scheme.from-mean", what=what)
    return f"{what}{'' if len(what) == 1 else ' '}{span_of(span, words)}"
