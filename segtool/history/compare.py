"""Two labelled tables: who went from which segment to which, and the money that went with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError, printable
from segtool.history.churn import Activity, activity, gaps_of, stayed
from segtool.history.pairs import Pairs, paired, present
from segtool.history.ranking import NONE, Headed, Ranking
from segtool.labelled import GONE, Labelled
from segtool.scoring.drift import population_stability, reading
from segtool.summary.aims import health_of
from segtool.summary.changes import Base, Churn, ChurnRate, Comparison, Direction, Flow, Matrix, SegmentChange
from segtool.summary.facts import SCHEMA_VERSION, Caution, caution
from segtool.tables.arrays import Ints, Mask, as_column, as_texts
from segtool.tables.numbers import money
from segtool.words import Words

Sums = Sequence[Sequence[int]]
"""Money of the cells of the matrix, in units: sums of any size, row by row."""

NEW = "(new)"
"""What stands in the place of a segment for customers who are in the later table alone."""

_FLOWS = 10
"""How many flows are told as sentences."""


@dataclass(frozen=True)
class SegmentSize:
    """One segment of one of the tables: its customers, and their net spend."""

    name: str
    title: str
    health: str
    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class Moves:
    """Where each customer of two tables stands: places in the rankings, one beyond the last for new and gone ones."""

    pairs: Pairs
    old: Ranking
    now: Ranking
    before: Ints
    after: Ints
    spent_before: Ints
    spent_after: Ints

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix: the segments of either table and one more."""
        return len(self.old.segments) + 1, len(self.now.segments) + 1

    def cells(self) -> Ints:
        """Return the number of each customer's cell of the matrix."""
        return self.before * self.shape[1] + self.after

    def customers(self) -> Ints:
        """Return how many customers each cell of the matrix has."""
        return self.count(slice(None))

    def count(self, among: Mask | slice) -> Ints:
        """Return how many of some customers each cell of the matrix has."""
        return np.bincount(self.cells()[among], minlength=self.shape[0] * self.shape[1]).reshape(self.shape)

    def spent(self) -> tuple[Sums, Sums]:
        """Return what the customers of each cell of the matrix have spent in either table, in units."""
        rows, columns = self.shape
        sums = [sums_of(units, self.cells(), rows * columns) for units in (self.spent_before, self.spent_after)]
        before, after = ([each[row * columns : (row + 1) * columns] for row in range(rows)] for each in sums)
        return before, after


@dataclass(frozen=True)
class Moved:
    """The customers of two tables one by one, each once, in any order: where they stand and what they spent.

    Places are as in `Moves`; who is not in a table has spent 0 there.
    """

    customer_id: pa.Array
    before: Ints
    after: Ints
    spent_before: Ints
    spent_after: Ints


def moved_between(moves: Moves, before: Labelled, after: Labelled) -> Moved:
    """Return the customers of two tables one by one, by their moves."""
    gone = before.customer_id.take(as_column(moves.pairs.before[len(after) :]))
    ids = pa.concat_arrays([after.customer_id, gone])
    return Moved(ids, moves.before, moves.after, moves.spent_before, moves.spent_after)


def moves_between(before: Labelled, after: Labelled, old: Ranking, now: Ranking) -> Moves:
    """Return where each customer of two tables stands in either."""
    pairs = paired(before.customer_id, after.customer_id)
    return Moves(
        pairs=pairs,
        old=old,
        now=now,
        before=np.where(pairs.before >= 0, pairs.of_before(_places(before, old)), len(old.segments)),
        after=np.where(pairs.after >= 0, pairs.of_after(_places(after, now)), len(now.segments)),
        spent_before=pairs.of_before(before.monetary),
        spent_after=pairs.of_after(after.monetary),
    )


@dataclass(frozen=True)
class Transitions:
    """The customers of two tables, counted cell by cell of the matrix: all that is told of them is made of this.

    Rows are the segments of the earlier table and last the new customers, columns those of the later one and last
    those who are gone. Money is in units. `active` and `churned` are who of a cell had been active and who of these
    bought nothing since; None where churn cannot be known, as is `activity`.
    """

    old: Ranking
    now: Ranking
    customers: Ints
    spent_before: Sums
    spent_after: Sums
    activity: Activity | None
    active: Ints | None
    churned: Ints | None


def compare(
    before: Labelled,
    after: Labelled,
    old: Ranking,
    now: Ranking,
    *,
    active_days: int | None,
    words: Words,
    version: str,
) -> Comparison:
    """Return what has changed from a labelled table to a later one; `old` and `now` rank the segments of either.

    `active_days` is within how many days a customer must have bought to be active, None for the usual gap between
    orders. Customers whom a table keeps although they are gone are not in it.
    """
    before, after = present(before), present(after)
    counted = transitions(moves_between(before, after, old, now), before, after, active_days=active_days)
    return told(counted, before, after, words=words, version=version)


def transitions(moves: Moves, before: Labelled, after: Labelled, *, active_days: int | None) -> Transitions:
    """Return the customers of two tables, all of whom are present, counted by how they moved."""
    active = activity(before.as_of, after.as_of, active_days, lambda: gaps_of(before))
    held = None if active is None else stayed(before, after, moves.pairs, active.days)
    spent_before, spent_after = moves.spent()
    return Transitions(
        old=moves.old,
        now=moves.now,
        customers=moves.customers(),
        spent_before=spent_before,
        spent_after=spent_after,
        activity=active,
        active=None if held is None else moves.count(held.active),
        churned=None if held is None else moves.count(held.churned),
    )


def told(counted: Transitions, before: Headed, after: Headed, *, words: Words, version: str) -> Comparison:
    """Return what has changed between two tables, by their customers as they were counted."""
    old, now, customers = counted.old, counted.now, counted.customers
    matrix = matrix_of(old, now, customers, counted.spent_before, counted.spent_after)
    days = (after.as_of - before.as_of).days if before.as_of and after.as_of else None
    directions, churn = directions_of(old, now), _churn(counted)
    mix = [customers[:-1].sum(axis=1).tolist(), customers[:, :-1].sum(axis=0).tolist()]
    psi = population_stability(*mix) if old.names == now.names and all(map(sum, mix)) else None
    segments = tuple(_segments(counted, matrix))
    sizes = (
        [size_before(each) for each in segments if each.name in old.names],
        [size_after(each) for each in segments if each.name in now.names],
    )
    return Comparison(
        schema_version=SCHEMA_VERSION,
        before=_base(before, sum(mix[0]), counted.spent_before, sizes[0]),
        after=_base(after, sum(mix[1]), counted.spent_after, sizes[1]),
        days=days,
        scheme=now.scheme,
        moved=moved_by(directions, customers),
        segments=segments,
        flows=tuple(flows_of(old, now, matrix, directions, words)),
        matrix=matrix,
        churn=churn,
        psi=psi,
        reading=None if psi is None else reading(psi),
        targets=(),
        alerts=(),
        warnings=tuple(_cautions(churn, days, words)),
        version=version,
    )


def _places(table: Labelled, ranking: Ranking) -> Ints:
    if table.segment is None:
        raise DataError(f"{table.name} has no column segment.")
    segments = table.segment
    return ranking.places(pc.coalesce(segments, as_texts([NONE])[0].cast(segments.type)))


def directions_of(old: Ranking, now: Ranking) -> Ints:
    """Return the direction of each cell of the matrix, by its place among all directions."""
    place = {way: at for at, way in enumerate(get_args(Direction))}
    found = np.full((len(old.segments) + 1, len(now.segments) + 1), place["other"])
    if old.names == now.names:
        step = np.arange(len(now.names)) - np.arange(len(old.names))[:, np.newaxis]
        found[:-1, :-1] = np.select([step < 0, step > 0], [place["up"], place["down"]], place["same"])
    found[-1, :-1], found[:-1, -1] = place["new"], place["gone"]
    return found


def moved_by(directions: Ints, customers: Ints) -> dict[str, int]:
    """Return how many customers went in each direction."""
    return {way: int(customers[directions == at].sum()) for at, way in enumerate(get_args(Direction))}


def matrix_of(old: Ranking, now: Ranking, customers: Ints, spent_before: Sums, spent_after: Sums) -> Matrix:
    """Return the transition matrix, the money of its cells beside the customers."""
    before, after = (tuple(tuple(map(money, row)) for row in sums) for sums in (spent_before, spent_after))
    return Matrix(
        rows=(*old.names, NEW),
        columns=(*now.names, GONE),
        customers=tuple(map(tuple, customers.tolist())),
        revenue_before=before,
        revenue_after=after,
    )


def sums_of(units: Ints, groups: Ints, count: int) -> list[int]:
    """Return the exact sum of the values of each group, which numpy's own would wrap silently.

    >>> sums_of(np.array([2**62, 2**62, 5]), np.array([1, 1, 0]), 2) == [5, 2**63]
    True
    """
    high, low = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(high, groups, units >> 32)
    np.add.at(low, groups, units & 0xFFFFFFFF)
    return [(upper << 32) + lower for upper, lower in zip(high.tolist(), low.tolist(), strict=True)]


def size_before(segment: SegmentChange) -> SegmentSize:
    """Return a segment as it was."""
    return SegmentSize(segment.name, segment.title, segment.health, segment.before, segment.revenue_before)


def size_after(segment: SegmentChange) -> SegmentSize:
    """Return a segment as it is."""
    return SegmentSize(segment.name, segment.title, segment.health, segment.after, segment.revenue_after)


def _base(table: Headed, customers: int, spent: Sums, segments: Sequence[SegmentSize]) -> Base:
    revenue = money(sum(map(sum, spent)))
    return Base(table.name, table.as_of, customers, revenue, health_of(segments, customers, revenue))


def _segments(counted: Transitions, matrix: Matrix) -> Iterator[SegmentChange]:
    """Yield what became of each segment of either table, those of the later one first."""
    customers = counted.customers
    rows = {name: at for at, name in enumerate(counted.old.names)}
    columns = {name: at for at, name in enumerate(counted.now.names)}
    base = [max(int(customers[:-1].sum()), 1), max(int(customers[:, :-1].sum()), 1)]
    for each in {each.name: each for each in (*counted.now.segments, *counted.old.segments)}.values():
        row, column = rows.get(each.name), columns.get(each.name)
        out = customers[row] if row is not None else np.zeros(customers.shape[1], np.int64)
        into = customers[:, column] if column is not None else np.zeros(customers.shape[0], np.int64)
        before, after, kept = int(out.sum()), int(into.sum()), int(out[column]) if column is not None else 0
        yield SegmentChange(
            name=each.name,
            title=each.title,
            health=each.health,
            before=before,
            entered=after - kept - int(into[-1]),
            new=int(into[-1]),
            left=before - kept - int(out[-1]),
            gone=int(out[-1]),
            after=after,
            net=after - before,
            share_before=before / base[0],
            share_after=after / base[1],
            revenue_before=sum(matrix.revenue_before[row], Decimal(0)) if row is not None else Decimal(0),
            revenue_after=sum((own[column] for own in matrix.revenue_after), Decimal(0))
            if column is not None
            else Decimal(0),
            churn=_rates(counted, slice(0, 0) if row is None else slice(row, row + 1)),
        )


def _rates(counted: Transitions, rows: slice) -> ChurnRate | None:
    """Return how many customers of some segments were active, and how many of these bought nothing."""
    if counted.active is None or counted.churned is None:
        return None
    active, churned = int(counted.active[rows].sum()), int(counted.churned[rows].sum())
    rate = churned / active if active else None
    return ChurnRate(active, churned, rate, None if rate is None else (active - churned) / active)


def _churn(counted: Transitions) -> Churn | None:
    every, active = _rates(counted, slice(None)), counted.activity
    if every is None or active is None:
        return None
    return Churn(active_days=active.days, active_days_from="option" if active.asked else "gaps", **vars(every))


def flows_of(old: Ranking, now: Ranking, matrix: Matrix, directions: Ints, words: Words) -> Iterator[Flow]:
    """Yield the largest flows; of equal ones, those from the better segment first."""
    ways = get_args(Direction)
    cells = [
        (-count, row, column)
        for row, counts in enumerate(matrix.customers)
        for column, count in enumerate(counts)
        if count and ways[directions[row, column]] != "same"
    ]
    for _, row, column in sorted(cells)[:_FLOWS]:
        shown = _shown(old, row, words), _shown(now, column, words)
        yield _flow(shown, matrix, row, column, ways[directions[row, column]], words)


def _flow(shown: tuple[str, str], matrix: Matrix, row: int, column: int, direction: Direction, words: Words) -> Flow:
    count = matrix.customers[row][column]
    old, now = matrix.revenue_before[row][column], matrix.revenue_after[row][column]
    kind = direction if direction in ("new", "gone") else "moved"
    places = 2 if old % 1 or now % 1 else 0
    text = words(
        words.form(count, f"flow.{kind}"),
        customers=words.count(count, "customer"),
        before=shown[0],
        after=shown[1],
        old=words.number(old, places),
        now=words.number(now, places),
    )
    share = None if direction == "new" else count / sum(matrix.customers[row])
    return Flow(matrix.rows[row], matrix.columns[column], direction, count, share, old, now, text)


def _shown(ranking: Ranking, place: int, words: Words) -> str:
    """Return how a segment is called in a sentence, nothing where there is none."""
    own = ranking.segments[place] if place < len(ranking.segments) else None
    return printable(words.named(own.name, own.title)) if own else ""


def _cautions(churn: Churn | None, days: int | None, words: Words) -> Iterator[Caution]:
    """Yield what the rates say less of than they seem to."""
    if churn is None:
        yield caution("no-churn", words)
    elif days is not None and days < churn.active_days:
        yield caution("short-period", words, days=words.count(days, "day"), usual=words.count(churn.active_days, "day"))
