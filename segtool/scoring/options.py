"""What a user may say of scoring, and the rule of each axis that it comes to beside what a scheme states."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from segtool.errors import UsageError
from segtool.scoring.cuts import Ties
from segtool.scoring.scores import Method
from segtool.scoring.statement import AXES, LETTERS, MOST_LEVELS, AxisRule, at_cuts, in_bins

BINS = 5
"""Scores an axis where neither a scheme nor an option says."""

LEAST_GROUP = 50
"""Groups with fewer customers are scored together unless an option says otherwise."""

_CUTS = {"l": "length_cuts", "r": "recency_cuts", "f": "frequency_cuts", "m": "monetary_cuts"}


@dataclass(frozen=True)
class ScoreOptions:
    """What a user may say of scores: axes, bins or cuts, what becomes of ties, what is scored within what.

    Lists may be given as sequences or as text with commas. Raises UsageError for what does not fit.
    """

    axes: Literal["RFM", "LRFM"] | None = None
    bins: int | str | Sequence[int] | None = None
    ties: Ties | None = None
    nested: bool | None = None
    length_cuts: str | Sequence[Any] | None = None
    recency_cuts: str | Sequence[Any] | None = None
    frequency_cuts: str | Sequence[Any] | None = None
    monetary_cuts: str | Sequence[Any] | None = None
    monetary: Literal["sum", "mean"] | None = None
    weights: str | Sequence[Any] | None = None
    min_group: int | str | None = None
    unseen: Literal["error", "pooled"] | None = None

    def __post_init__(self) -> None:
        for option, known in (
            ("axes", ("RFM", "LRFM")),
            ("ties", ("low", "high", "spread")),
            ("monetary", ("sum", "mean")),
            ("unseen", ("error", "pooled")),
        ):
            if getattr(self, option) not in (None, *known):
                raise UsageError(f"--{option} {getattr(self, option)!r} is unknown; say {' or '.join(known)}.")
        if self.least_group < 1:
            raise UsageError(f"--min-group {self.min_group!r} is no number of customers; say 1 or more.")
        for axis in self.letters:
            self.rule(axis)
        _ = self.weight_units

    @property
    def letters(self) -> tuple[str, ...]:
        """The axes that have a score in the table."""
        return LETTERS if self.axes == "LRFM" else LETTERS[1:]

    @property
    def least_group(self) -> int:
        """How many customers a group has, at least, that is scored by itself."""
        try:
            return LEAST_GROUP if self.min_group is None else int(self.min_group)
        except ValueError:
            return 0

    @property
    def method(self) -> Method:
        return Method(self.ties or "low", bool(self.nested))

    @cached_property
    def bins_of(self) -> Mapping[str, int]:
        """Axis -> its bins, of those for which they are said."""
        if self.bins is None:
            return {}
        said = listed(self.bins)
        try:
            bins = [int(str(each)) for each in said]
        except ValueError:
            bins = [0]
        names = ", ".join(letter.upper() for letter in self.letters)
        if len(bins) not in (1, len(self.letters)) or not all(2 <= each <= MOST_LEVELS for each in bins):
            text = ",".join(map(str, said))
            raise UsageError(f"--bins {text} is out of range; say 2 to {MOST_LEVELS}, once or for each of {names}.")
        return dict(zip(self.letters, bins * len(self.letters) if len(bins) == 1 else bins, strict=True))

    @cached_property
    def weight_units(self) -> Mapping[str, int]:
        """Axis -> its weight in units of 1/10,000; none where no ranking number is asked for."""
        if self.weights is None:
            return {}
        said = listed(self.weights)
        try:
            units = [Decimal(str(each).strip()) * 10_000 for each in said]
            if len(units) != len(self.letters) or any(not 0 <= each < 10**14 or each != int(each) for each in units):
                raise ValueError
        except (ArithmeticError, ValueError):
            names = ", ".join(letter.upper() for letter in self.letters)
            raise UsageError(
                f"--weights {','.join(map(str, said))} does not fit; say a number for each of {names}, as 100,10,1."
            ) from None
        return {axis: int(each) for axis, each in zip(self.letters, units, strict=True)}

    def rule(self, axis: str, stated: AxisRule | None = None, scheme: str = "") -> AxisRule:
        """Return how an axis is scored: as the options say, else as the scheme states, else in five bins.

        Raises UsageError for options that the scheme does not fit.
        """
        rule = stated if stated and axis not in LETTERS else self._said(axis, stated, scheme)
        if self.ties == "spread" and rule.kind == "quantiles" and rule.bins is None:
            name = axis.upper() if axis in LETTERS else axis
            raise UsageError(f"--ties spread needs bins of one size; scheme {scheme} cuts {name} otherwise.")
        return rule

    def _said(self, axis: str, stated: AxisRule | None, scheme: str) -> AxisRule:
        """Return how an axis with a score in the table is scored."""
        figure = stated.figure if stated else AXES[axis]
        if axis == "m" and self.monetary:
            figure = "average_order_value" if self.monetary == "mean" else "monetary"
        bins, cuts = self.bins_of.get(axis), getattr(self, _CUTS[axis])
        if cuts is not None:
            rule = self._own_cuts(axis, figure, listed(cuts), stated.lowest if stated else 1)
        elif stated and bins in (None, stated.levels):
            rule = replace(stated, figure=figure)
        else:
            rule = in_bins(figure, bins or BINS)
        if stated and rule.levels != stated.levels:
            raise UsageError(self._misfit(axis, rule, stated, scheme))
        return rule

    def _own_cuts(self, axis: str, figure: str, cuts: Sequence[Any], lowest: int) -> AxisRule:
        option = f"--{_CUTS[axis].replace('_', '-')} {','.join(map(str, cuts))}"
        try:
            rule = at_cuts(figure, cuts, lowest)
        except ValueError as error:
            raise UsageError(f"{option}: {error}; write the largest value of each bin but the last.") from None
        if self.bins_of.get(axis, rule.levels) != rule.levels:
            raise UsageError(f"{option}: these are {rule.levels} scores, and --bins says {self.bins_of[axis]}.")
        return rule

    def _misfit(self, axis: str, rule: AxisRule, stated: AxisRule, scheme: str) -> str:
        way = f"give {stated.levels - 1} cuts" if rule.kind == "cuts" else f"say {stated.levels}"
        option = _CUTS[axis].replace("_", "-") if rule.kind == "cuts" else f"bins {rule.levels}"
        scores = f"where {axis.upper()} has {stated.levels} scores"
        return f"--{option} does not fit scheme {scheme}, {scores}: {way}, or --scheme none."


def listed(said: Any) -> list[Any]:
    """Return what is said as a list: one value, several, or a text with commas.

    >>> listed("30, 90"), listed(5), listed((1, 2))
    (['30', '90'], [5], [1, 2])
    """
    if isinstance(said, str):
        return [each.strip() for each in said.split(",")]
    return list(said) if isinstance(said, Iterable) else [said]
