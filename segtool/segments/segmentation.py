"""Customers to segments: each scheme scores as it states, or as a frozen model does, and names a segment for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from segtool.errors import DataError
from segtool.scoring.figures import Figures
from segtool.scoring.groups import Groups, group, regroup
from segtool.scoring.options import ScoreOptions
from segtool.scoring.scores import Method, Scores, score_customers
from segtool.scoring.statement import LETTERS, AxisRule
from segtool.segments.schemes import Scheme, load
from segtool.tables.arrays import Levels

if TYPE_CHECKING:
    from segtool.scoring.model import Model


@dataclass(frozen=True)
class Named:
    """What one scheme makes of the customers: its scores, and the position of each customer's segment."""

    scheme: Scheme
    scores: Scores
    places: Levels


@dataclass(frozen=True)
class Segmentation:
    """All customers of a run, scored and named.

    `scores` are those of the first scheme, or of the run where there is none; `letters` are the axes with a score in
    the table, in their order.
    """

    figures: Figures
    as_of: date | None
    letters: tuple[str, ...]
    method: Method
    groups: Groups | None
    scores: Scores
    named: tuple[Named, ...]

    def __len__(self) -> int:
        return len(self.figures.customers)

    @cached_property
    def matrix(self) -> Named:
        """The customer value matrix, which every summary has."""
        scheme = load("customer-value-matrix")
        scores = score_customers(self.figures, scheme.scoring)
        return Named(scheme, scores, scheme.assign(scores.levels))


def segment_customers(
    figures: Figures,
    as_of: date | None,
    schemes: Sequence[Scheme],
    options: ScoreOptions,
    *,
    model: "Model | None" = None,
) -> Segmentation:
    """Return the scores and the segments of all customers, by every scheme.

    Raises UsageError for options that a scheme does not fit, DataError for a group that the model does not know.
    """
    letters = letters_of(options, schemes)
    groups = _groups(figures, options, model)
    statements = [each.axes for each in model.scores] if model else axes_of_all(options, schemes)
    scores = _scores(figures, statements, options, groups, model)
    named = tuple(Named(scheme, own, scheme.assign(own.levels)) for scheme, own in zip(schemes, scores, strict=False))
    return Segmentation(
        figures=figures,
        as_of=as_of,
        letters=letters,
        method=options.method,
        groups=groups,
        scores=scores[0],
        named=named,
    )


def letters_of(options: ScoreOptions, schemes: Sequence[Scheme]) -> tuple[str, ...]:
    """Return the axes that have a score in the table."""
    return LETTERS if any("l" in each.scoring for each in schemes) else options.letters


def axes_of_all(options: ScoreOptions, schemes: Sequence[Scheme]) -> list[dict[str, AxisRule]]:
    """Return the axes of each scheme, of which the first one's stand in for what a further one does not state.

    Raises UsageError for options that a scheme does not fit.
    """
    letters = letters_of(options, schemes)
    found: list[dict[str, AxisRule]] = []
    for scheme in schemes:
        stated = {axis: options.rule(axis, rule, scheme.name) for axis, rule in scheme.scoring.items()}
        first = found[0] if found else {axis: options.rule(axis) for axis in letters if axis not in stated}
        others = [axis for axis in stated if axis not in LETTERS]
        found.append({axis: stated.get(axis) or first[axis] for axis in (*letters, *others)})
    return found or [{axis: options.rule(axis) for axis in letters}]


def _groups(figures: Figures, options: ScoreOptions, model: "Model | None") -> Groups | None:
    labels = figures.customers.group
    if labels is None:
        return None
    if model is None:
        return group(labels, least=options.least_group)
    known = model.groups or ()
    found = regroup(labels, known, model.pooled)
    unseen = sorted(set(labels.unique().to_pylist()) - {*known, *model.pooled})
    if unseen and options.unseen != "pooled":
        more = f" and {len(unseen) - 3} more" if len(unseen) > 3 else ""
        raise DataError(
            f"The model does not know the group {', '.join(map(repr, unseen[:3]))}{more}: "
            "say --unseen pooled to score it with the small groups, or make a new model."
        )
    return found


def _scores(
    figures: Figures,
    statements: Sequence[Mapping[str, AxisRule]],
    options: ScoreOptions,
    groups: Groups | None,
    model: "Model | None",
) -> list[Scores]:
    """Return the scores of each statement; an axis that is stated as in the first one is not scored again."""
    found: list[Scores] = []
    for i, axes in enumerate(statements):
        new = {axis: rule for axis, rule in axes.items() if not found or found[0].axes.get(axis) != rule}
        if options.nested and set(new) & set(LETTERS):
            new = dict(axes)
        own = score_customers(figures, new, options.method, groups, frozen=model.scores[i].cuts if model else None)
        pick = {axis: own if axis in new else found[0] for axis in axes}
        found.append(
            Scores(axes, {a: each.levels[a] for a, each in pick.items()}, {a: each.cuts[a] for a, each in pick.items()})
        )
    return found
