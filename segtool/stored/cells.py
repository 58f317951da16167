"""Customers of a database who score alike: a cell for each combination of levels that occurs, with its counts.

In what comes after, a cell stands for all its customers: schemes name its segment, and the table has its labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from segtool.engines import Customers
from segtool.scoring.figures import Figures
from segtool.scoring.options import ScoreOptions
from segtool.scoring.scores import Scores
from segtool.scoring.statement import AxisRule
from segtool.segments.schemes import Scheme, load
from segtool.segments.segmentation import Named, Segmentation, axes_of_all, letters_of
from segtool.stored.customers import FIGURES, StoredCustomers, Totals
from segtool.stored.cuts import Cuts, cuts_of
from segtool.tables.arrays import Ints, as_column

Scale = tuple[str, Cuts]
"""A figure and where it is cut: what makes the levels of one axis, or of several."""


@dataclass(frozen=True)
class Cells:
    """The cells of customers, in rising order of their levels.

    `bins` tells of each scale in which bin a cell is, from 0 in rising order of the figure. `found` has the cells as if
    each were one customer, whose figures mean nothing, and `matrix` what the customer value matrix makes of them. The
    `customers`, `orders` and `units` are those of each cell; `ends` is figure -> its least and greatest value there.
    """

    stored: StoredCustomers
    totals: Totals
    bins: Mapping[Scale, Ints]
    found: Segmentation
    matrix: Named
    customers: Ints
    orders: tuple[int, ...]
    units: tuple[int, ...]
    ends: Mapping[str, tuple[Ints, Ints]]

    @cached_property
    def relation(self) -> str:
        """All customers with the bin of each scale: `bin_0` and so on."""
        return _in_bins(self.stored, list(self.bins))

    def put(self, columns: Mapping[str, pa.Array]) -> tuple[str, str]:
        """Return a relation in the database with some columns of each cell, and how it is joined with the customers."""
        bins = {f"of_{i}": as_column(own) for i, own in enumerate(self.bins.values())}
        relation = self.stored.database.put(pa.table({**bins, **columns}))
        return relation, " AND ".join(f"bin_{i} = of_{i}" for i in range(len(bins)))


def cells_of(
    stored: StoredCustomers,
    schemes: Sequence[Scheme],
    options: ScoreOptions,
    frozen: "Sequence[tuple[Mapping[str, AxisRule], Mapping[str, Ints]]] | None" = None,
) -> Cells:
    """Return the cells of customers who are scored as options and schemes say, or by `frozen` axes and their cuts.

    Raises UsageError for options that a scheme does not fit.
    """
    matrix, totals = load("customer-value-matrix"), stored.totals()
    if frozen is None:
        statements = axes_of_all(options, schemes)
        rules = [rule for axes in [*statements, matrix.scoring] for rule in axes.values()]
        known = cuts_of(stored, rules, totals, ties=options.method.ties)
        cuts = [{axis: known[rule] for axis, rule in axes.items()} for axes in statements]
    else:
        statements = [dict(axes) for axes, _ in frozen]
        known = cuts_of(stored, matrix.scoring.values(), totals, ties="low")
        cuts = [{axis: tuple(own[axis][0].tolist()) for axis in axes} for axes, own in frozen]
    statements.append(dict(matrix.scoring))
    cuts.append({axis: known[rule] for axis, rule in matrix.scoring.items()})
    every = zip(statements, cuts, strict=True)
    scales = list(dict.fromkeys((axes[axis].figure, own[axis]) for axes, own in every for axis in axes))
    bins, counts = _counted(stored, scales)
    *scores, of_matrix = [_scores(axes, own, bins) for axes, own in zip(statements, cuts, strict=True)]
    named = [Named(scheme, own, scheme.assign(own.levels)) for scheme, own in zip(schemes, scores, strict=False)]
    return Cells(
        stored=stored,
        totals=totals,
        bins=bins,
        found=Segmentation(
            figures=_meaningless(len(counts)),
            as_of=stored.as_of,
            letters=letters_of(options, schemes),
            method=options.method,
            groups=None,
            scores=scores[0],
            named=tuple(named),
        ),
        matrix=Named(matrix, of_matrix, matrix.assign(of_matrix.levels)),
        customers=np.array([row[0] for row in counts], np.int64),
        orders=tuple(row[1] for row in counts),
        units=tuple(row[2] for row in counts),
        ends={
            figure: (np.array([row[3 + 2 * i] for row in counts]), np.array([row[4 + 2 * i] for row in counts]))
            for i, figure in enumerate(FIGURES)
        },
    )


def _counted(stored: StoredCustomers, scales: Sequence[Scale]) -> tuple[dict[Scale, Ints], list[list[int]]]:
    """Return the bins of every cell, in rising order, and beside them what its customers come to."""
    bins = ", ".join(f"bin_{i}" for i in range(len(scales)))
    ends = ", ".join(f"MIN({figure}) AS least_{i}, MAX({figure}) AS greatest_{i}" for i, figure in enumerate(FIGURES))
    sums = f"{stored.sum('frequency')} AS orders, {stored.sum('monetary')} AS units"
    rows = stored.rows(
        f"SELECT {bins}, COUNT(*) AS customers, {sums}, {ends} FROM {_in_bins(stored, scales)} GROUP BY {bins}"
    )
    rows.sort()
    own = {scale: np.array([row[i] for row in rows], np.int64) for i, scale in enumerate(scales)}
    return own, [row[len(scales) :] for row in rows]


def _in_bins(stored: StoredCustomers, scales: Sequence[Scale]) -> str:
    bins = ", ".join(
        " + ".join(f"CASE WHEN {figure} > {cut} THEN 1 ELSE 0 END" for cut in cuts) + f" AS bin_{i}"
        for i, (figure, cuts) in enumerate(scales)
    )
    return f"(SELECT *, {bins} FROM {stored.relation}) AS binned"


def _scores(axes: Mapping[str, AxisRule], cuts: Mapping[str, Cuts], bins: Mapping[Scale, Ints]) -> Scores:
    levels = {}
    for axis, rule in axes.items():
        own = bins[rule.figure, cuts[axis]]
        levels[axis] = (own + 1 if rule.higher_is_better else rule.levels - own).astype(np.int8)
    return Scores(axes, levels, {axis: np.array([own], np.int64) for axis, own in cuts.items()})


def _meaningless(count: int) -> Figures:
    nothing, one = np.zeros(count, np.int64), np.ones(count, np.int64)
    return Figures(Customers(pa.nulls(count, pa.large_string()), None, None, one, nothing), nothing)
