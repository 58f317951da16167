"""The scores of one group of customers, frozen: how any figures would be scored, and which values have which score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segtool.scoring.figures import Figures
from segtool.scoring.scores import OUTER, Method, Scores, cells, score_customers
from segtool.scoring.statement import LEAST, AxisRule
from segtool.segments.schemes import Scheme
from segtool.segments.segmentation import Segmentation
from segtool.tables.arrays import Ints, Levels


@dataclass(frozen=True)
class Ruler:
    """How customers of one group are scored: `cuts` has the rows of that group, for the axes that have cuts."""

    axes: Mapping[str, AxisRule]
    cuts: Mapping[str, Ints]
    method: Method

    def can_place(self, scheme: Scheme) -> bool:
        """Return whether all that decides a segment is scored by cuts."""
        wanted = self.axes if self.method.nested else scheme.scoring
        return wanted.keys() <= self.cuts.keys()

    def places(self, scheme: Scheme, figures: Figures) -> Levels:
        """Return the position of the segment that customers with these figures have."""
        axes = {axis: rule for axis, rule in self.axes.items() if axis in self.cuts}
        return scheme.assign(score_customers(figures, axes, self.method, frozen=self.cuts).levels)

    def cuts_of(self, figure: str) -> list[int]:
        """Return every cut of a figure, in whichever cell, rising."""
        own = (rows for axis, rows in self.cuts.items() if self.axes[axis].figure == figure)
        return sorted({cut for rows in own for cut in rows.ravel().tolist()})

    def row(self, axis: str, levels: Mapping[str, Levels]) -> Sequence[int] | None:
        """Return the cuts that score a customer who has these levels, None where there are none."""
        rows = self.cuts.get(axis)
        if rows is None:
            return None
        outer = [each for each in OUTER.get(axis, "") if each in levels] if self.method.nested else []
        cell = cells([levels[each] for each in outer], [self.axes[each].levels for each in outer])[0] if outer else 0
        row: list[int] = rows[int(cell)].tolist()
        return row


def ruler_of(scores: Scores, found: Segmentation, group: int) -> Ruler:
    """Return how the customers of a group, by its position, are scored."""
    groups = len(found.groups) if found.groups else 1
    cuts = {axis: rows for axis, rows in scores.cuts.items() if rows is not None}
    own = {axis: rows.reshape(groups, -1, rows.shape[1])[group] for axis, rows in cuts.items()}
    return Ruler(scores.axes, own, found.method)


def reach(
    low: int, high: int, cuts: Sequence[int], rule: AxisRule, step: int = 1
) -> tuple[int | None, int | None] | None:
    """Return the least and the most value that has one of the levels from low to high, None at an open end.

    Values are multiples of `step`. No such pair if no value has these levels.

    >>> orders, days = AxisRule("frequency", "cuts", (1, 1, 4)), AxisRule("recency_days", "cuts", (30, 90))
    >>> [reach(level, level, (1, 1, 4), orders) for level in (1, 2, 3, 4)]
    [(None, 1), None, (2, 4), (5, None)]
    >>> reach(1, 2, (30, 90), days), reach(3, 3, (30, 90), days)
    ((31, None), (None, 30))
    """
    first, last = rule.bins_of(low, high)
    least = -(-(cuts[first - 1] + 1) // step) * step if first else None
    most = cuts[last] // step * step if last < len(cuts) else None
    lowest = least if least is not None else LEAST.get(rule.figure)
    return None if lowest is not None and most is not None and lowest > most else (least, most)
