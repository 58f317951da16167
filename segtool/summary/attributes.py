"""What schemes over columns made of a table of customers, as frozen facts; pure data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from segtool.rules.cells import Places
from segtool.segments.attribute_scheme import NONE
from segtool.segments.labelling import Labelling
from segtool.summary.facts import Caution, Told, caution
from segtool.tables.arrays import Ints
from segtool.tables.numbers import money, total
from segtool.tables.source import BATCH_ROWS
from segtool.words import Words

SCHEMA_VERSION = 1
"""It rises when a key of `Segmented.to_dict()` changes its meaning or goes."""


@dataclass(frozen=True)
class AttributeSegment:
    """The customers of a segment, in rows of the table; revenue where the table has a column of it."""

    name: str
    title: str
    customers: int
    share: float
    revenue: Decimal | None
    revenue_share: float | None
    advice: str


@dataclass(frozen=True)
class AttributeSegments:
    """The segments of one scheme that have customers: in the order of its rules, values by size.

    `columns` is name in the rules -> header. Of a family, `members` are its schemes that the table has columns for, and
    `skipped` is member -> the column that the table lacks. `unmatched` customers are in no segment.
    """

    scheme: str
    title: str
    columns: Mapping[str, str]
    checksum: str | None
    members: tuple[str, ...]
    skipped: Mapping[str, str]
    segments: tuple[AttributeSegment, ...]
    unmatched: int


@dataclass(frozen=True)
class AttributeSummary(Told):
    """Everything that is said about a run of schemes over columns. `replaced` columns were in the table before."""

    schema_version: int
    customers: int
    as_of: date | None
    as_of_from: str | None
    revenue: Decimal | None
    revenue_column: str | None
    schemes: tuple[AttributeSegments, ...]
    replaced: tuple[str, ...]
    warnings: tuple[Caution, ...]
    version: str


def segments_of(found: Labelling, revenue: Ints | None, words: Words) -> AttributeSegments:
    """Return what a scheme made of the rows; `revenue` is theirs in units of 1/10,000.

    Sizes add up to all rows, revenues to all revenue.
    """
    counts = _counts(found.places, len(found.found))
    sums = [None] * len(counts) if revenue is None else _sums(found.places, revenue, len(counts))
    of_all = None if revenue is None else total(revenue)
    every = [
        AttributeSegment(
            name=each.name,
            title=words.of(each.title) if each.name != NONE else words("attributes.nobody"),
            customers=count,
            share=count / len(found.places),
            revenue=None if own is None else money(own),
            revenue_share=own / of_all if own is not None and of_all and of_all > 0 else None,
            advice=words.of(each.advice),
        )
        for each, count, own in zip(found.found, counts, sums, strict=True)
    ]
    stated = [each.segment is not None for each in found.found]
    used = [at for at, count in enumerate(counts) if count]
    order = sorted(used, key=lambda at: (not stated[at], 0 if stated[at] else -counts[at], at))
    return AttributeSegments(
        scheme=found.name,
        title=words.of(found.title),
        columns=found.looked_at,
        checksum=found.checksum,
        members=tuple(each.name for each in found.members),
        skipped=found.skipped,
        segments=tuple(every[at] for at in order),
        unmatched=sum(each.customers for each in every if each.name == NONE),
    )


def _counts(places: Places, count: int) -> list[int]:
    """Return how many rows each place has; block by block, which takes little memory."""
    found = np.zeros(count, np.int64)
    for start in range(0, len(places), BATCH_ROWS):
        found += np.bincount(places[start : start + BATCH_ROWS], minlength=count)
    return found.tolist()


def _sums(places: Places, units: Ints, count: int) -> list[int]:
    """Return the exact sum of each place."""
    upper, lower = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for start in range(0, len(places), BATCH_ROWS):  # sums of floats stay exact below 2**53
        rows, own = places[start : start + BATCH_ROWS], units[start : start + BATCH_ROWS]
        if max(int(own.max()), -int(own.min())) < 2**53 // BATCH_ROWS:
            lower += np.bincount(rows, own, count).astype(np.int64)
        else:
            upper += np.bincount(rows, own >> 32, count).astype(np.int64)
            lower += np.bincount(rows, own & 0xFFFFFFFF, count).astype(np.int64)
    return [(above << 32) + below for above, below in zip(upper.tolist(), lower.tolist(), strict=True)]


def cautions_of(found: Labelling, words: Words) -> Iterator[Caution]:
    """Yield what to know of a labelling: cells that rules could not read, rows that nothing names, skipped members."""
    for each in found.unread:
        column = found.looked_at.get(each.column, each.column)
        cells = words.count(each.cells, "cell")
        yield caution("unread-cells", words, scheme=found.name, column=column, cells=cells, example=each.example[:40])
    none = int(sum((found.places == at).sum() for at, each in enumerate(found.found) if each.name == NONE))
    if none:
        yield caution("unmatched-rows", words, scheme=found.name, customers=words.count(none, "customer"))
    if found.skipped:
        lacks = words.series(f"{member} ({column})" for member, column in found.skipped.items())
        yield caution(
            "skipped-members", words, scheme=found.name, members=lacks, column=next(iter(found.skipped.values()))
        )
