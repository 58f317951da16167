"""Since when: what a labelled table tells of the one before it, and who is gone since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError, UsageError, printable
from segtool.history.agreement import other_scheme, scored_by_the_same
from segtool.history.compare import compare
from segtool.history.pairs import paired, present
from segtool.history.ranking import NONE, Ranked, Ranking, ranking_of
from segtool.labelled import GONE, Labelled, Past, read_labelled
from segtool.segments.scheme import Scheme
from segtool.segments.table import in_jalali, with_rows
from segtool.summary.changes import changes_in
from segtool.summary.facts import Caution, Summary, caution
from segtool.tables.arrays import Ints, as_column, as_mask, as_texts, one_text, valid
from segtool.tables.dates import day_number
from segtool.tables.numbers import as_decimals
from segtool.words import Words, words_in

MOVES = ("up", "down", "same", "new", "gone")
"""What becomes of a customer since the previous table, as the column `moved` says it."""

_UP, _DOWN, _SAME, _NEW, _GONE = range(len(MOVES))


@dataclass(frozen=True)
class Previous:
    """The table of the run before, which may be of the same day, or is empty on the first night; this run's scheme."""

    table: Labelled
    scheme: Scheme

    def is_again(self, as_of: date | None) -> bool:
        """Return whether the table is of this very day, and tells of the one before it."""
        return self.table.past is not None and self.table.as_of is not None and self.table.as_of == as_of

    def is_first(self, as_of: date | None) -> bool:
        """Return whether there was no run before this day."""
        past = self.table.past
        return not len(self.table) or (past is not None and self.is_again(as_of) and not valid(past.previous).any())


def read_previous(table: Any, schemes: Sequence[Scheme]) -> Previous:
    """Return the table of the run before one with these schemes, of which the first one tells who moved.

    Raises UsageError where there is no scheme, DataError for a table of another one.
    """
    if not schemes:
        raise UsageError("--previous tells who moved between segments, and --scheme none has no segments.")
    found = table if isinstance(table, Labelled) else read_labelled(table)
    _refuse_another_scheme(found, schemes[0])
    return Previous(found, schemes[0])


def _refuse_another_scheme(table: Labelled, scheme: Scheme) -> None:
    if table.about.get("scheme"):
        now = {"scheme": scheme.name, "scheme_checksum": scheme.checksum}
        for why in other_scheme(table.about, now, words_in()):
            raise DataError(f"{table.name} is of another scheme than this run: {why}.")
    if table.segment is None:
        raise DataError(f"{table.name} has no column segment: it was made with --scheme none, or by another program.")
    known = {each.name for each in scheme.segments} | {NONE, GONE}
    columns = [table.segment, *([table.past.previous] if table.past else [])]
    unknown = sorted({name for column in columns for name in column.unique().to_pylist() if name} - known)
    if unknown:
        names = ", ".join(map(printable, unknown))
        raise DataError(f"{table.name} has the segments {names}, which scheme {scheme.name} does not have.")


def with_previous(
    table: pa.Table, summary: Summary, previous: Previous, *, keep_gone: bool, words: Words
) -> tuple[pa.Table, Summary]:
    """Return a labelled table and its summary with what has become of the customers since the previous table.

    The table gets `previous_segment`, `segment_since` and `moved`; with `keep_gone` also a row for each customer who is
    in the previous table alone: without a purchase that counts, and with the days of the orders from there. Raises
    DataError for a previous table of a later day.
    """
    before, now = previous.table, read_labelled(table)
    if before.as_of and summary.as_of and before.as_of > summary.as_of:
        raise DataError(f"{before.name} is as of {before.as_of}, and this run as of {summary.as_of}, which is earlier.")
    pairs = paired(before.customer_id, now.customer_id)
    gone = before.take(pairs.before[len(now) :])
    segments = pa.concat_arrays([_filled(now.segment, len(now)), _all(GONE, len(gone))])
    past = _past(previous, pairs.before, segments, summary.as_of)
    told = {"previous_segment": past.previous, "segment_since": _dates(past), "moved": past.moved}
    for name, column in told.items():
        table = table.append_column(name, column[: len(now)])
    if keep_gone:
        kept = np.flatnonzero(valid(past.previous)[len(now) :])
        rows = {**_rows_of(gone, words), **{name: column[len(now) :] for name, column in told.items()}}
        table = with_rows(table, {name: column.take(as_column(kept)) for name, column in rows.items()})
        summary = replace(summary, kept_gone=len(kept))
    return table, _with_changes(summary, now, previous, words)


def _past(previous: Previous, rows: Ints, segments: pa.Array, as_of: date | None) -> Past:
    """Return what became of customers, whose rows in the previous table are told, -1 where they are not in it.

    The segment before is that of the previous table. What a table of the same day has told of the one before it is told
    again, and so it is of those who stay gone; a date stays as long as the segment does.
    """
    before = previous.table
    there = _taken(_filled(before.segment, len(before)), rows)
    stays = as_mask(pc.equal(segments, there))
    since, known = np.full(len(rows), _number(as_of)), np.full(len(rows), as_of is not None)
    since[stays], known[stays] = _number(before.as_of), before.as_of is not None
    if (past := before.past) is not None:
        since[stays], known[stays] = past.since[rows[stays]], past.known[rows[stays]]
        gone = as_mask(pc.fill_null(pc.equal(there, one_text(GONE)), False))  # of these, the last segment is told
        long_gone = gone & (past.since[rows] != _number(as_of))
        again = (stays & gone) | (~long_gone & previous.is_again(as_of))
        there = pc.if_else(as_column(again), _taken(past.previous, rows), there)
    return Past(there, since, known, _moves(there, segments, _ranking(previous.scheme)))


def _moves(old: pa.Array, new: pa.Array, ranking: Ranking) -> pa.Array:
    """Return which way each customer went between two segments; new, where there was none before."""
    before, after = (ranking.places(pc.coalesce(each, one_text(GONE))) for each in (old, new))
    gone = as_mask(pc.equal(new, one_text(GONE)))
    codes = np.select([gone, ~valid(old), after < before, after > before], [_GONE, _NEW, _UP, _DOWN], _SAME)
    return as_texts(MOVES).take(as_column(codes))


def _ranking(scheme: Scheme) -> Ranking:
    """Return the segments of a scheme, after which come having none, and being gone."""
    named = {each.name: Ranked(each.name, each.name, each.health) for each in scheme.segments}
    return Ranking(scheme.name, tuple({**named, **{n: Ranked(n, n, "neutral") for n in (NONE, GONE)}}.values()))


def _rows_of(gone: Labelled, words: Words) -> dict[str, pa.Array]:
    """Return what is known of customers who are gone."""
    nothing, last = np.zeros(len(gone), np.int64), _days(gone.last_order, gone)
    return {
        "customer_id": gone.customer_id,
        "first_order": _days(gone.first_order, gone),
        "last_order": last,
        "last_order_jalali": in_jalali(last),
        "frequency": as_column(nothing),
        "monetary": as_decimals(nothing),
        "segment": _all(GONE, len(gone)),
        "segment_title": _all(words("kept.gone"), len(gone)),
    }


def _with_changes(summary: Summary, now: Labelled, previous: Previous, words: Words) -> Summary:
    """Return the summary with who has moved, and what is to be known of that.

    A second run on the same day that finds the same customers tells what the first one told, if the table kept it.
    """
    before = present(previous.table)
    again = previous.is_again(summary.as_of)
    if again and _is_same(before, now) and (told := changes_in(before.about)):
        return replace(summary, changes=told)
    if previous.is_first(summary.as_of):
        return replace(summary, warnings=(*summary.warnings, caution("first-night", words)))
    rankings = [ranking_of(each, previous.scheme, words) for each in (before, now)]
    ranking = max(rankings, key=lambda each: len(each.segments))  # in one of them, some may have no segment
    changes = compare(before, now, ranking, ranking, active_days=None, words=words, version=summary.version)
    warnings = (*_cautions(summary, before, again, words), *changes.warnings)
    return replace(summary, changes=replace(changes, after=replace(changes.after, file=None), warnings=warnings))


def _cautions(summary: Summary, before: Labelled, again: bool, words: Words) -> Iterator[Caution]:
    """Yield what the moves say less of than they seem to."""
    if again:
        yield caution("same-day", words, file=printable(before.name))
    if not scored_by_the_same(before.about, summary.to_dict()):
        yield caution("previous-model", words, file=printable(before.name))


def _is_same(before: Labelled, now: Labelled) -> bool:
    """Return whether two tables have the same customers, in the same segments, with the same spend."""
    return (
        before.customer_id.equals(now.customer_id)
        and _filled(before.segment, len(before)).equals(_filled(now.segment, len(now)))
        and np.array_equal(before.monetary, now.monetary)
    )


def _filled(segment: pa.Array | None, count: int) -> pa.Array:
    """Return segments as texts, with the name of having none where there is none."""
    texts = pa.nulls(count, pa.string()) if segment is None else segment.cast(pa.string())
    return pc.coalesce(texts, one_text(NONE))


def _taken(texts: pa.Array, rows: Ints) -> pa.Array:
    """Return texts by their rows, null where a row is -1."""
    at = pc.if_else(as_column(rows >= 0), as_column(rows), pa.nulls(len(rows), pa.int64()))
    return texts.take(at)


def _all(text: str, count: int) -> pa.Array:
    return as_texts([text]).take(as_column(np.zeros(count, np.int64)))


def _days(days: Ints | None, table: Labelled) -> pa.Array:
    """Return days as dates, null for those who have none: customers of a list who never bought."""
    nothing = pa.nulls(len(table), pa.date32())
    if days is None:
        return nothing
    return pc.if_else(as_column(table.bought | (days != 0)), as_column(days.astype(np.int32), pa.date32()), nothing)


def _number(day: date | None) -> int:
    return 0 if day is None else day_number(day)


def _dates(past: Past) -> pa.Array:
    """Return since when a segment is what it is, null where that is not known."""
    days = as_column(past.since.astype(np.int32), pa.date32())
    return pc.if_else(as_column(past.known), days, pa.nulls(len(days), pa.date32()))
