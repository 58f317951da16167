"""`segtool.compare`: two labelled tables in, who moved and the money that moved with them out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool import __version__
from segtool.errors import DataError, UsageError
from segtool.history.agreement import unlike
from segtool.history.alerts import checks_of
from segtool.history.compare import Moves, directions_of, moves_between, size_after, told
from segtool.history.conditions import names_of, refuse_unknown_targets
from segtool.history.pairs import present
from segtool.history.ranking import Ranking, rankings_of
from segtool.labelled import Labelled, read_labelled
from segtool.segments.schemes import read
from segtool.summary.aims import unknown_targets
from segtool.summary.changes import Comparison, Direction
from segtool.summary.targets import Target, parse_targets, standing
from segtool.tables.arrays import Ints, as_column, as_texts
from segtool.tables.columns import amounts_of
from segtool.tables.numbers import as_decimals
from segtool.tables.source import Layout
from segtool.tables.text import sorted_rows
from segtool.words import Language, Words, words_in

METADATA = "segtool_compare"
"""The key under which the table of a comparison carries it as JSON."""


@dataclass(frozen=True, repr=False)
class Compared:
    """Who moved between two labelled tables, as facts and as tables.

    Money is in exact decimals of four places. The metadata of each table carry the comparison as JSON under
    `segtool_compare`.
    """

    comparison: Comparison
    _before: Labelled
    _after: Labelled
    _moves: Moves
    _words: Words

    def __repr__(self) -> str:
        before, after = self.comparison.before, self.comparison.after
        return f"<{before.customers:,} customers before, {after.customers:,} after, scheme {self.comparison.scheme}>"

    @cached_property
    def table(self) -> pa.Table:
        """One row a customer of either table, sorted by id: both segments, the direction, both spends, the change.

        What a customer has in one table alone is null in the columns of the other, and so is the change.
        """
        moves, pairs = self._moves, self._moves.pairs
        old, new = self._before.customer_id, self._after.customer_id
        ids = pa.concat_arrays([new, old.take(as_column(pairs.before[len(new) :]))])
        there, here = as_column(pairs.before >= 0), as_column(pairs.after >= 0)
        directions = directions_of(moves.old, moves.now)[moves.before, moves.after]
        before, after = (as_decimals(spent) for spent in (moves.spent_before, moves.spent_after))
        columns = {
            "customer_id": ids,
            **_segments(("segment_before", "segment_title_before"), moves.old, moves.before, self._words),
            **_segments(("segment_after", "segment_title_after"), moves.now, moves.after, self._words),
            "direction": as_texts(get_args(Direction)).take(as_column(directions)),
            "monetary_before": _where(there, before),
            "monetary_after": _where(here, after),
            "monetary_change": _where(pc.and_(there, here), as_decimals(moves.spent_after - moves.spent_before)),
        }
        return self._told(pa.table(columns).take(as_column(sorted_rows(ids))))

    @cached_property
    def matrix(self) -> pa.Table:
        """The customers of each segment before, a row, in each segment after; `(new)` and `(gone)` stand last."""
        matrix = self.comparison.matrix
        cells = zip(matrix.columns, zip(*matrix.customers, strict=True), strict=True)
        counts = {name: as_column(np.array(column, np.int64)) for name, column in cells}
        return self._told(pa.table({"segment_before": as_texts(matrix.rows), **counts}))

    @cached_property
    def flows(self) -> pa.Table:
        """One row a cell of the matrix that has customers, who may have stayed, with their spend in either table."""
        matrix, ways = self.comparison.matrix, get_args(Direction)
        counts = np.array(matrix.customers, np.int64)
        rows, columns = np.nonzero(counts)
        sums = (matrix.revenue_before, matrix.revenue_after)
        spent = ([money[row][column] for row, column in zip(rows, columns, strict=True)] for money in sums)
        refusal = DataError("A flow has more revenue than a table can hold; --json tells it.")
        before, after = (amounts_of(amounts, refusal=refusal) for amounts in spent)
        directions = directions_of(self._moves.old, self._moves.now)[rows, columns]
        return self._told(
            pa.table(
                {
                    **_segments(("segment_before", "segment_title_before"), self._moves.old, rows, self._words),
                    **_segments(("segment_after", "segment_title_after"), self._moves.now, columns, self._words),
                    "direction": as_texts(ways).take(as_column(directions)),
                    "customers": as_column(counts[rows, columns]),
                    "revenue_before": before,
                    "revenue_after": after,
                }
            )
        )

    def _told(self, table: pa.Table) -> pa.Table:
        return table.replace_schema_metadata({METADATA: self.comparison.to_json()})


def _segments(names: tuple[str, str], ranking: Ranking, places: Ints, words: Words) -> dict[str, pa.Array]:
    """Return the column of segments by their places, null beyond the last one; in another language also of titles."""
    inside, at = as_column(places < len(ranking.segments)), as_column(places.astype(np.int64))
    texts = {names[0]: [each.name for each in ranking.segments]}
    if words.lang != "en":
        texts[names[1]] = [each.title for each in ranking.segments]
    return {name: _where(inside, as_texts([*own, ""]).take(at)) for name, own in texts.items()}


def _where(rows: pa.Array, column: pa.Array) -> pa.Array:
    """Return a column with null where a mask does not hold."""
    return pc.if_else(rows, column, pa.nulls(len(column), column.type))


def compare(
    before: Any,
    after: Any,
    *,
    scheme: str | None = None,
    active_days: int | None = None,
    targets: str | Iterable[str] = (),
    force: bool = False,
    fail_if: str | Iterable[str] = (),
    fail_targets: bool = False,
    fail_drift: float | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    lang: Language = "en",
    digits: Language = "en",
) -> Compared:
    """Return who moved between two tables that `rfm` wrote, and how much money moved with them.

    `before` and `after` are paths, DataFrames or Arrow tables, the earlier one first. `scheme` ranks the segments; it
    is needed only where the tables do not tell it. Active is who bought within `active_days` of the earlier table, by
    default the 90th percentile of the gaps between orders. `targets` are those of the later table. With `force` tables
    that mean something else by their segments are compared all the same. `fail_if`, `fail_targets` and `fail_drift` say
    what is not to be; what is found of them is in the `alerts` of the comparison.

    >>> import pandas as pd
    >>> columns = ["customer_id", "first_order", "last_order", "recency_days", "frequency", "monetary", "segment"]
    >>> may = pd.DataFrame([["ann", "2024-05-01", "2024-05-01", 30, 1, 10, "At Risk"]], columns=columns)
    >>> june = pd.DataFrame([["ann", "2024-05-01", "2024-06-29", 1, 2, 25, "Champions"]], columns=columns)
    >>> found = compare(may, june)
    >>> found.comparison.flows[0].text
    '1 customer left At Risk for Champions, having spent 10 in all, now 25'

    Raises DataError for what is no labelled table, and for tables that do not compare.
    """
    if all(isinstance(table, str) and table == "-" for table in (before, after)):
        raise UsageError("stdin holds one table; name a file for the other.")
    words, asked = words_in(lang, digits), parse_targets(targets)
    checks = checks_of({"fail_if": fail_if, "fail_targets": fail_targets, "fail_drift": fail_drift})
    named = read(scheme) if scheme is not None else None
    layout = Layout(encoding=encoding, delimiter=delimiter, sheet=sheet)
    tables = [present(read_labelled(table, layout)) for table in (before, after)]
    old, now = rankings_of(tables[0], tables[1], named, words)
    if checks:
        names = names_of((each.name, each.title) for each in (*old.segments, *now.segments))
        checks = checks.named(names)
        refuse_unknown_targets(asked if checks.targets else (), names)
    warnings = unlike(tables[0], tables[1], old, now, force=force, words=words)
    moves = moves_between(tables[0], tables[1], old, now)
    found = told(moves, tables[0], tables[1], active_days=active_days, words=words, version=__version__)
    found = replace(found, warnings=(*warnings, *found.warnings))
    found = _with_targets(found, asked, now, words)
    if checks:
        found = replace(found, alerts=checks.of_tables(found, words))
    return Compared(found, tables[0], tables[1], moves, words)


def _with_targets(found: Comparison, targets: Iterable[Target], now: Ranking, words: Words) -> Comparison:
    """Return a comparison with where targets stand in its later table."""
    after, sizes = found.after, [size_after(each) for each in found.segments if each.name in now.names]
    asked = tuple(targets)
    return replace(
        found,
        targets=tuple(standing(asked, sizes, after.customers, after.revenue, after.as_of)),
        warnings=(*found.warnings, *unknown_targets(asked, sizes, words)),
    )
