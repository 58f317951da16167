"""Why a customer has a score, and why a segment: the raw values behind scores, the conditions that hold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from segtool.explaining.facts import Condition, Reach, ScoreReason
from segtool.explaining.ruler import Ruler, reach
from segtool.explaining.sentences import Ends, Sentences
from segtool.rules.grid import Rule, cell_name, space_of
from segtool.scoring.statement import AxisRule
from segtool.segments.phrases import phrases
from segtool.segments.schemes import Scheme
from segtool.tables.arrays import Levels


@dataclass(frozen=True)
class Scored:
    """One customer as a scoring sees them: levels of one entry, figures in units; money is in multiples of `step`."""

    ruler: Ruler
    levels: Mapping[str, Levels]
    figures: Mapping[str, int]
    step: int

    def digit(self, axis: str) -> int:
        return int(self.levels[axis][0]) + self.ruler.axes[axis].lowest - 1

    def ends(self, axis: str, low: int, high: int) -> Ends | None:
        """Return the raw values that have a score from low to high digit, None where there are none or no cuts."""
        rule, cuts = self.ruler.axes[axis], self.ruler.row(axis, self.levels)
        step = self.step if rule.figure == "monetary" else 1  # averages have all decimals
        down = rule.lowest - 1
        found = None if cuts is None else reach(low - down, high - down, cuts, rule, step)
        if found is None:
            return None
        least, most = (None if each is None else rule.raw(each) for each in found)
        return least, most


def score_reason(axis: str, own: Scored, said: Sentences) -> ScoreReason:
    """Return what stands behind the score of an axis."""
    rule, digit = own.ruler.axes[axis], own.digit(axis)
    sides = _has_sides(axis, rule)
    reaches = []
    for score in range(rule.lowest, rule.lowest + rule.levels):
        ends = own.ends(axis, score, score)
        if ends is not None:
            reaches.append(
                Reach(score, "" if sides else said.label(axis, str(score)), *ends, said.reach(rule.figure, ends))
            )
    better = next((each for each in reaches if each.score > digit), None)
    worse = next((each for each in reversed(reaches) if each.score < digit), None)
    value = rule.raw(own.figures[rule.figure])
    label, told = said.label(axis, "" if sides else str(digit)), said.did(rule.figure, value)
    return ScoreReason(
        axis=axis,
        figure=rule.figure,
        value=value,
        score=digit,
        label=label,
        told=told,
        own=next((each for each in reaches if each.score == digit), None),
        better=better,
        worse=worse,
        text=said.score(label, told, [each for each in (better, worse) if each]),
    )


def _has_sides(axis: str, rule: AxisRule) -> bool:
    """Return whether the levels of an axis are the two sides of a mean, which are told by values and not by digits."""
    return rule.kind == "mean" and len(axis) > 1


def conditions(rule: Rule, scheme: Scheme, own: Scored, said: Sentences) -> tuple[Condition, ...]:
    """Return the conditions of a rule that a customer meets; of its alternatives the first that holds.

    What every customer meets is left out.
    """
    scored = replace(scheme, scoring={axis: own.ruler.axes[axis] for axis in scheme.scoring})
    cuts = {axis: row for axis in scheme.scoring if (row := own.ruler.row(axis, own.levels)) is not None}
    digits: dict[str, float] = {axis: own.digit(axis) for axis in scheme.scoring}
    digits["sum"] = sum(digits.values())
    if {"f", "m"} <= digits.keys():
        digits["fm"] = (digits["f"] + digits["m"]) / 2
    code = tuple(own.digit(axis) for axis in scheme.scoring)
    return tuple(
        _condition(part, digits, text, own, said, scheme)
        for part in _met(rule, digits, code) or ()
        for text in phrases(part, scored, cuts, said.words)
    )


def _met(rule: Rule, digits: Mapping[str, float], code: tuple[int, ...]) -> list[Rule] | None:
    """Return the parts of a rule that hold, each with one condition or code; None where it does not hold."""
    parts = []
    for each in rule.conditions:
        if not any(low <= digits[each.on] <= high for low, high in each.spans):
            return None
        parts.append(Rule((each,)))
    if rule.codes:
        if code not in rule.codes:
            return None
        parts.append(Rule(codes=(code,)))
    if rule.alternatives:
        found = next((met for each in rule.alternatives if (met := _met(each, digits, code)) is not None), None)
        return None if found is None else [*parts, *found]
    return parts


def _condition(
    part: Rule, digits: Mapping[str, float], text: str, own: Scored, said: Sentences, scheme: Scheme
) -> Condition:
    if part.codes:
        return Condition("code", cell_name(part.codes[0], space_of(scheme.grid)), None, None, text)
    [asked] = part.conditions
    spans = ", ".join(f"{low:g}" if low == high else f"{low:g}..{high:g}" for low, high in asked.spans)
    if asked.on not in scheme.scoring:
        axes = ["f", "m"] if asked.on == "fm" else list(scheme.scoring)
        scores = [said.label(axis, str(own.digit(axis))) for axis in axes]
        return Condition(asked.on, spans, None, None, said.made(text, scores, f"{digits[asked.on]:g}"))
    low, high = next((low, high) for low, high in asked.spans if low <= digits[asked.on] <= high)
    least, most = own.ends(asked.on, int(low), int(high)) or (None, None)
    return Condition(asked.on, spans, least, most, text)
