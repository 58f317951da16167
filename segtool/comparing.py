"""`segtool.compare`: two labelled tables in, who moved and the money that moved with them out."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool import __version__
from segtool.databases import Database
from segtool.errors import DataError, UsageError
from segtool.history.agreement import unlike
from segtool.history.alerts import checks_of
from segtool.history.compare import Moved, directions_of, size_after, told
from segtool.history.conditions import names_of, refuse_unknown_targets
from segtool.history.places import Pair, counted_by, is_in_database, opened
from segtool.history.ranking import Ranking, rankings_of
from segtool.history.stored import Stored
from segtool.history.stored_moves import StoredMoves
from segtool.output.files import Files
from segtool.reading import size_of_memory
from segtool.segments.schemes import read
from segtool.stored.leaving import Sort, is_path, local_path, refuse_table, write_rows
from segtool.summary.aims import unknown_targets
from segtool.summary.changes import Comparison, Direction
from segtool.summary.targets import Target, parse_targets, standing
from segtool.tables.arrays import Ints, as_column, as_texts
from segtool.tables.columns import amounts_of
from segtool.tables.numbers import as_decimals
from segtool.tables.places import shown
from segtool.tables.source import Layout
from segtool.tables.text import sorted_rows
from segtool.tables.writing.plain_cells import MONEY
from segtool.words import Language, Words, words_in

METADATA = "segtool_compare"
"""The key under which the table of a comparison carries it as JSON."""

_COMPARED = Sort(
    "table of a comparison",
    ("customer_id", "segment_before"),
    ("segment_", "direction", "monetary_before", "monetary_after", "monetary_change"),
)


@dataclass(frozen=True, repr=False)
class Compared:
    """Who moved between two labelled tables, as facts and as tables.

    Money is in exact decimals of four places. The metadata of each table carry the comparison as JSON under
    `segtool_compare`.
    """

    comparison: Comparison
    _old: Ranking
    _now: Ranking
    _moved: Callable[[], Moved]
    _words: Words

    def __repr__(self) -> str:
        before, after = self.comparison.before, self.comparison.after
        return f"<{before.customers:,} customers before, {after.customers:,} after, scheme {self.comparison.scheme}>"

    def __len__(self) -> int:
        """How many rows the table has: the customers of either table."""
        return sum(map(sum, self.comparison.matrix.customers))

    @cached_property
    def table(self) -> pa.Table:
        """One row a customer of either table, sorted by id: both segments, the direction, both spends, the change.

        What a customer has in one table alone is null in the columns of the other, and so is the change.
        """
        moved = self._moved()
        there = as_column(moved.before < len(self._old.segments))
        here = as_column(moved.after < len(self._now.segments))
        before, after = (as_decimals(spent) for spent in (moved.spent_before, moved.spent_after))
        columns = {
            "customer_id": moved.customer_id,
            **_labels(self._old, self._now, moved.before, moved.after, self._words),
            "monetary_before": _where(there, before),
            "monetary_after": _where(here, after),
            "monetary_change": _where(pc.and_(there, here), as_decimals(moved.spent_after - moved.spent_before)),
        }
        return self._told(pa.table(columns).take(as_column(sorted_rows(moved.customer_id))))

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
        matrix = self.comparison.matrix
        counts = np.array(matrix.customers, np.int64)
        rows, columns = np.nonzero(counts)
        sums = (matrix.revenue_before, matrix.revenue_after)
        spent = ([money[row][column] for row, column in zip(rows, columns, strict=True)] for money in sums)
        refusal = DataError("A flow has more revenue than a table can hold; --json tells it.")
        before, after = (amounts_of(amounts, refusal=refusal) for amounts in spent)
        return self._told(
            pa.table(
                {
                    **_labels(self._old, self._now, rows, columns, self._words),
                    "customers": as_column(counts[rows, columns]),
                    "revenue_before": before,
                    "revenue_after": after,
                }
            )
        )

    def _told(self, table: pa.Table) -> pa.Table:
        return table.replace_schema_metadata({METADATA: self.comparison.to_json()})


def _labels(old: Ranking, now: Ranking, rows: Ints, columns: Ints, words: Words) -> dict[str, pa.Array]:
    """Return the columns that say of cells of the matrix from which segment to which they are, and the direction."""
    directions = directions_of(old, now)[rows, columns]
    return {
        **_segments(("segment_before", "segment_title_before"), old, rows, words),
        **_segments(("segment_after", "segment_title_after"), now, columns, words),
        "direction": as_texts(get_args(Direction)).take(as_column(directions)),
    }


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
    engine: str | None = None,
    memory_limit: int | str | None = None,
    into: str | os.PathLike[str] | None = None,
    lang: Language = "en",
    digits: Language = "en",
) -> Compared:
    """Return who moved between two tables that `rfm` wrote, and how much money moved with them.

    `before` and `after` are paths, DataFrames or Arrow tables, the earlier one first. `scheme` ranks the segments; it
    is needed only where the tables do not tell it. Active is who bought within `active_days` of the earlier table, by
    default the 90th percentile of the gaps between orders. `targets` are those of the later table. With `force` tables
    that mean something else by their segments are compared all the same. Two addresses of one database are compared
    inside it, all other tables here; `engine` says where (`arrow`, `duckdb`, `postgres`, `spark`), and `memory_limit`
    how many bytes DuckDB may take. `into` is a table of that database, or a Parquet file, into which every customer
    goes without coming here; `table` is not to be had then. `fail_if`, `fail_targets` and `fail_drift` say
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
    limit = size_of_memory(memory_limit)
    layout = Layout(encoding=encoding, delimiter=delimiter, sheet=sheet, memory_limit=limit)
    with opened(before, after, engine, layout, writable=into is not None and not is_path(os.fspath(into))) as tables:
        place = _place(into, tables)
        old, now = rankings_of(tables[0], tables[1], named, words)
        if checks:
            names = names_of((each.name, each.title) for each in (*old.segments, *now.segments))
            checks = checks.named(names)
            refuse_unknown_targets(asked if checks.targets else (), names)
        warnings = unlike(tables[0], tables[1], old, now, force=force, words=words)
        counted, moved, there = counted_by(tables, old, now, active_days=active_days)
        found = told(counted, tables[0], tables[1], words=words, version=__version__)
        found = replace(found, warnings=(*warnings, *found.warnings))
        found = _with_targets(found, asked, now, words)
        if checks:
            found = replace(found, alerts=checks.of_tables(found, words))
        if place and there:
            place.leave(there, found, words, [before, after])
            moved = place.fetched  # the database is free for others
        return Compared(found, old, now, moved, words)


@dataclass(frozen=True)
class _Place:
    """A table of the database, or a Parquet file, into which the customers go one by one without coming here."""

    name: str
    database: Database
    is_file: bool

    def fetched(self) -> Moved:
        """Raise UsageError: the customers are not fetched from where they were left."""
        raise UsageError(f"Who moved was left in {shown(self.name)}; read it there.")

    def leave(self, moves: StoredMoves, found: Comparison, words: Words, inputs: Sequence[Any]) -> None:
        """Write who moved, a row a customer, as `Compared.table` has it."""
        old, now = moves.old, moves.now
        cells = np.indices((len(old.segments) + 1, len(now.segments) + 1)).reshape(2, -1)
        rows, columns = (each[:-1] for each in cells)  # nobody is in neither table
        places = {"place_before": as_column(rows), "place_after": as_column(columns)}
        labels = pa.table({**places, **_labels(old, now, rows, columns, words)})
        query = moves.table(labels)
        if not self.is_file:
            self.database.create(self.name, query)
            self.database.close()
            return
        money = [pa.field(f"monetary_{each}", MONEY) for each in ("before", "after", "change")]
        schema = pa.schema([pa.field("customer_id", pa.large_string()), *[*labels.schema][2:], *money])
        names = [os.fspath(each) for each in inputs if isinstance(each, str | os.PathLike)]
        with Files([Path(self.name)], inputs=names) as files:
            told = schema.with_metadata({METADATA: found.to_json()})
            write_rows(self.database, query, told, files[Path(self.name)])
        self.database.close()


def _place(into: str | os.PathLike[str] | None, tables: Pair) -> _Place | None:
    """Return where the customers are to go. Raises UsageError where they cannot, and for what must not give way."""
    if into is None:
        return None
    before, after = tables
    if not isinstance(before, Stored) or not isinstance(after, Stored):
        raise UsageError("--into needs an engine that speaks SQL: say --engine duckdb, or write with -o.")
    name, database = os.fspath(into), before.database
    if is_path(name) and database.kind != "spark":
        local_path(name, _COMPARED)
        return _Place(name, database, is_file=True)
    in_database = [each.source for each in (before, after) if is_in_database(each.source)]
    refuse_table(name, _COMPARED, database if in_database else None, in_database)
    return _Place(name, database, is_file=False)


def _with_targets(found: Comparison, targets: Iterable[Target], now: Ranking, words: Words) -> Comparison:
    """Return a comparison with where targets stand in its later table."""
    after, sizes = found.after, [size_after(each) for each in found.segments if each.name in now.names]
    asked = tuple(targets)
    return replace(
        found,
        targets=tuple(standing(asked, sizes, after.customers, after.revenue, after.as_of)),
        warnings=(*found.warnings, *unknown_targets(asked, sizes, words)),
    )
