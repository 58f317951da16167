"""What tables and summaries of other runs tell beside a labelled table: segments over time, moves, value at stake."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from segtool import __version__
from segtool.attributes import CustomerTable, read_customer_table
from segtool.errors import DataError, MissingInputError, printable, why
from segtool.findings.base import Base
from segtool.findings.made_of import name_of
from segtool.findings.over_time import counted, told_by
from segtool.findings.told import fact_in
from segtool.history.agreement import unlike
from segtool.history.compare import compare
from segtool.history.pairs import present
from segtool.history.ranking import names_in, rankings_of
from segtool.labelled import read_labelled
from segtool.summary.changes import Comparison, changes_in
from segtool.summary.facts import Caution, caution
from segtool.summary.report import OverTime
from segtool.summary.track import TrackSummary
from segtool.summary.value import ValueAtStake
from segtool.tables import open_tables
from segtool.tables.arrays import Ints
from segtool.tables.dates import moments
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import numbers
from segtool.tables.source import Layout
from segtool.tables.text import labels, plain
from segtool.words import Words


def facts_of(told: Any, option: str, writer: str) -> Mapping[str, Any]:
    """Return the facts of a summary: a mapping, facts of the library, or the path of a file of JSON.

    Raises MissingInputError for a file that is not there, DataError for what is no such summary.
    """
    found = told.to_dict() if hasattr(told, "to_dict") else told
    if isinstance(found, str | os.PathLike):
        try:
            found = json.loads(Path(found).read_text("utf-8-sig"))
        except FileNotFoundError:
            raise MissingInputError(f"There is no file {printable(str(told))} ({option}).") from None
        except OSError as error:
            raise MissingInputError(f"{printable(str(told))} cannot be read: {why(error)}.") from error
        except (ValueError, RecursionError):
            found = None
    if not isinstance(found, Mapping) or not {"scheme", "as_of"} <= set(found):
        raise DataError(f"{name_of(told)} is no summary ({option}); {writer} FILE writes one.")
    return found


def over_time_of(table: Any, base: Base, layout: Layout, threads: int | None) -> tuple[OverTime, Mapping[str, Any]]:
    """Return the segments over time by a table of `segtool track` or its summary, and what is told of that run."""
    about = _told_beside(table, "segtool_track", layout, "--track", "segtool track --summary-file")
    if about:
        summary = fact_in({"track": about}, "track", TrackSummary)
        if summary is None:
            raise DataError(f"{name_of(table)} has no summary of segtool track that can be read; write the table anew.")
        return _titled(told_by(summary), base), about
    names = [each.name for each in base.scheme.segments]
    found = counted(*_rows_of_track(table, layout, threads), names)
    return _titled(found, base), {"as_of": found.as_of_dates[-1].isoformat()}


def _rows_of_track(table: Any, layout: Layout, threads: int | None) -> tuple[Ints, pa.Array, Ints]:
    """Return the days of all rows of a table of `segtool track`, since 1970-01-01, segments, and units of money."""
    rows = read_customer_table(table, layout, only=_of_track, threads=threads)
    columns = [rows.columns[place].chunks for place in _of_track(rows)]
    days, cells, units = zip(*(_dated(rows.name, *chunks) for chunks in zip(*columns, strict=True)), strict=True)
    segment = pa.chunked_array(cells).unify_dictionaries().combine_chunks()
    return np.concatenate(days), segment, np.concatenate(units)


def _of_track(rows: CustomerTable) -> list[int]:
    """Return the positions of what is counted of a table of `segtool track`: as-of date, segment and spend."""
    places = [place for name in ("as_of", "segment", "monetary") if (place := rows.place_of(name)) is not None]
    if len(places) < 3:
        raise DataError(
            f"{rows.name} is no table of segtool track: it has no column as_of, segment or monetary. "
            "segtool track orders.csv -o track.parquet writes one."
        )
    return places


def _dated(name: str, as_of: pa.Array, segment: pa.Array, amount: pa.Array) -> tuple[Ints, pa.Array, Ints]:
    """Return days since 1970-01-01, segments by codes, and money in units of 1/10,000."""
    read, spent = moments(plain(as_of)), numbers(plain(amount))
    if not read.readable.all() or not spent.exact.all():
        what = "as_of" if not read.readable.all() else "monetary"
        raise DataError(f"{name} has a row whose {what} cannot be read; write the table of segtool track anew.")
    return read.micros // DAY, labels(plain(segment)).cast(pa.string()).dictionary_encode(), spent.units


def _titled(found: OverTime, base: Base) -> OverTime:
    """Return segments over time with the titles and the health that the page has for them."""
    known = {each.name: each for each in base.scheme.segments}
    return replace(
        found,
        segments=tuple(
            replace(each, title=known[each.name].title, health=known[each.name].health) if each.name in known else each
            for each in found.segments
        ),
    )


def _told_beside(table: Any, key: str, layout: Layout, option: str, writer: str) -> Mapping[str, Any]:
    """Return the summary that a table carries under a key, or that was given in its place; empty without one."""
    if isinstance(table, Mapping) or (hasattr(table, "to_dict") and not hasattr(table, "columns")):
        return facts_of(table, option, writer)
    if isinstance(table, str | os.PathLike) and str(table).lower().endswith(".json"):
        return facts_of(table, option, writer)
    sources = open_tables([table], replace(layout, sheet=layout.sheet or "*"))
    for source in sources:
        try:
            about = json.loads(source.metadata.get(key.encode(), b"{}"))
        except ValueError:
            continue
        if isinstance(about, Mapping) and about:
            return about
    return {}


def stake_of(table: Any, base: Base) -> tuple[ValueAtStake, Mapping[str, Any]]:
    """Return the value at stake by a table of `segtool value` or its summary, and what is told of that run."""
    about = _told_beside(table, "segtool_value", Layout(), "--value", "segtool value --summary-file")
    stake: ValueAtStake | None = fact_in(about, "stake", ValueAtStake)
    if stake is None:
        raise DataError(
            f"{name_of(table)} does not tell the value at stake; give the summary (segtool value orders.csv "
            "--summary-file value.json) or a Parquet table of segtool value, which carries it."
        )
    titles = base.scheme.titles
    segments = tuple(replace(each, title=titles.get(each.name, each.title)) for each in stake.segments)
    return replace(stake, segments=segments), about


def changes_since(
    previous: Any,
    base: Base,
    about: Mapping[str, Any],
    layout: Layout,
    *,
    is_part: bool,
    track: bool,
    words: Words,
) -> tuple[Comparison | None, tuple[Caution, ...]]:
    """Return who has moved: since an earlier table, or as the run itself told of all customers; and what to know.

    Beside a history of more dates, what the run told of the last one is left out.
    """
    if previous is None:
        carried = None if is_part or track else changes_in(about)
        return (None, ()) if carried is None else (_retitled(carried, base), carried.warnings)
    before, now = present(read_labelled(previous, layout)), base.labelled
    name = name_of(previous)
    if before.as_of and now.as_of and before.as_of > now.as_of:
        late = caution("report-later-previous", words, file=name, other=before.as_of, day=now.as_of)
        return None, (late,)
    try:
        if set(names_in(before)) <= {each.name for each in base.scheme.segments}:
            old = ranking = base.ranking
        else:
            old, ranking = rankings_of(before, now, None, words)
        warnings = unlike(before, now, old, ranking, force=True, words=words)
    except DataError as error:
        return None, (caution("report-no-moves", words, file=name, why=str(error).partition(";")[0]),)
    found = compare(before, now, old, ranking, active_days=None, words=words, version=__version__)
    found = replace(found, before=replace(found.before, file=name), after=replace(found.after, file=None))
    if is_part and found.moved.get("gone"):
        gone = words.count(found.moved["gone"], "customer")
        warnings = [*warnings, caution("report-part-moves", words, file=name, customers=gone)]
    return replace(found, warnings=(*warnings, *found.warnings)), (*warnings, *found.warnings)


def _retitled(found: Comparison, base: Base) -> Comparison:
    """Return a comparison with the titles that the page has for segments."""
    titles = base.scheme.titles
    segments = tuple(replace(each, title=titles.get(each.name, each.title)) for each in found.segments)
    file = None if found.before.file is None else name_of(found.before.file)
    return replace(found, segments=segments, before=replace(found.before, file=file))
