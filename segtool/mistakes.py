"""The five common mistakes of segmentation, each looked for in the columns of a labelled table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from segtool.attributes import CustomerTable
from segtool.errors import DataError
from segtool.labelled import GONE
from segtool.profiles.attributes import Attribute, Coded, Entries, Numbers, attribute_at, coded_column
from segtool.profiles.distributions import grouping_of
from segtool.profiles.explained import VALUES, explained
from segtool.rules.columns import Spelled, Table
from segtool.rules.conditions import Term
from segtool.segments.families import families
from segtool.segments.goals import goals
from segtool.segments.schemes import built_in, read
from segtool.summary.mistakes import Code, Figure, Finding
from segtool.summary.misuse import is_large, is_small, limits
from segtool.tables.arrays import Ints, Mask
from segtool.tables.headers import known_attributes, meant_by, normal
from segtool.words import Words, column_name
from segtool.workers import in_order
from segtool.worth.evidence import Shown

_OF_SCHEMES = "segtool_segment"
"""The key under which `segtool segment` notes in a table what it did."""


@dataclass(frozen=True)
class Segments:
    """A column of segments: the customers of each, the most first, and of how many customers.

    `codes` is the position of each row's segment; rows of those who are gone, and empty cells, have -1. `gone` are rows
    of customers who are kept although they are gone; they do not count.
    """

    header: str
    name: str
    sizes: Mapping[str, int]
    codes: Ints
    gone: Mask

    @property
    def customers(self) -> int:
        return int(len(self.codes) - self.gone.sum())

    def share(self, customers: int) -> float:
        """Return the share of the base of so many customers."""
        return customers / max(self.customers, 1)


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the table: its header, the name of the column of a run that this stands for, and what it says.

    `attribute` is None where all cells are empty, or hold what tells nothing of groups of rows.
    """

    header: str
    name: str
    rows: int
    attribute: Attribute | None

    @cached_property
    def empty(self) -> int:
        """How many cells are empty."""
        return self.rows if self.attribute is None else self.rows - int(self.attribute.filled.sum())

    @property
    def empty_share(self) -> float:
        """The share of cells that are empty."""
        return self.empty / max(self.rows, 1)

    @cached_property
    def groups(self) -> Ints | None:
        """The group of each row, as `profile` tells them apart; None where most rows have a value of their own."""
        if self.attribute is None:
            return None
        column = self.attribute.column
        many = isinstance(column, Coded) and len(column.names) > (self.rows - self.empty) / 2
        return None if many else grouping_of(self.attribute)

    def orders(self, codes: Ints) -> bool:
        """Return whether groups of the rows, -1 for none, are bands of the column's numbers or days, or of its values.

        Then all rows of a value are in one group, and of numbers and days the groups follow one another.
        """
        if self.attribute is None:
            return False
        rows = self.attribute.filled & (codes >= 0)
        own, column = codes[rows], self.attribute.column
        if isinstance(column, Numbers):
            order = np.lexsort((own, column.numbers[rows]))
            changes = np.flatnonzero(np.diff(own[order]))
            parted = np.diff(column.numbers[rows][order])[changes] != 0
            return bool(parted.all()) and len(changes) == len(np.unique(own)) - 1
        if isinstance(column, Entries):
            return False
        pairs = np.unique(np.stack([column.places[rows], own]), axis=1)
        return bool(pairs.shape[1] == len(np.unique(pairs[0])) <= rows.sum() / 2)


class Evidence:
    """What a labelled table holds: its segments, its attributes, and what its writer noted in it."""

    def __init__(
        self,
        customers: CustomerTable,
        by: Sequence[int],
        value: int | None,
        spelled: Spelled | None = None,
        tested: Mapping[str, Shown] | None = None,
    ) -> None:
        self.names = {column_name(header) for header in customers.headers}
        self.about = customers.about
        noted = customers.noted(_OF_SCHEMES).get("schemes", ())
        self.looked_at = {each["scheme"]: tuple(each["columns"]) for each in noted}
        """Scheme over columns -> the attributes that its rules look at, as far as the table tells."""
        self.tested = tested or {}
        """Scheme -> what a backtest showed of it."""
        self.value = None if value is None else customers.headers[value]
        self.segments = tuple(_segments(customers, at) for at in by)
        self._customers, self._value, self._spelled = customers, value, spelled or Spelled()

    @cached_property
    def attributes(self) -> tuple[Column, ...]:
        """The columns that tell something of a customer: no segments, no ids and contacts, and no scores."""
        headers = self._customers.headers
        ids = set(meant_by("customer_id", headers))
        places = (at for at, header in enumerate(headers) if at not in ids and _is_attribute(header))
        return tuple(in_order(lambda at: _column(self._customers, at, self._spelled), places, None))

    def has(self, *names: str) -> bool:
        """Return whether the table has all of these columns of a run."""
        return self.names.issuperset(names)

    @cached_property
    def spent(self) -> tuple[Ints, Mask] | None:
        """What each customer spent, in units of 1/10,000, and where that is known; None where nothing tells it."""
        if self._value is None or self.value is None:
            return None
        cells = {self.value: self._customers.columns[self._value].combine_chunks()}
        column = Table(cells, name=self._customers.name, spelled=self._spelled)
        [found] = column.numbers(Term((self.value,)))
        return (found.units(), found.readable) if found.readable.any() else None

    def explained_by(self, groups: Ints) -> float:
        """Return the share of the variance of what customers spend that groups of the rows explain."""
        if self.spent is None:
            return 0.0
        units, known = self.spent
        found = explained(units[known], groups[known] + 1)
        return 0.0 if found is None else found.adjusted


def _column(customers: CustomerTable, at: int, spelled: Spelled) -> Column:
    header = customers.headers[at]
    try:
        attribute = attribute_at(customers, at, spelled)
    except DataError:  # numbers or days that can be read in two ways: their texts can tell as well
        attribute = Attribute(header, "text", coded_column(customers.columns[at]))
    return Column(header, column_name(header), len(customers), attribute)


def _segments(customers: CustomerTable, at: int) -> Segments:
    column, header = coded_column(customers.columns[at]), customers.headers[at]
    counts = np.bincount(column.places[column.places >= 0], minlength=len(column.names)).tolist()
    order = sorted(range(len(counts)), key=lambda place: (-counts[place], column.names[place]))
    gone = [place for place in order if column.names[place] == GONE]
    order = [place for place in order if place not in gone]
    position = np.full(len(counts) + 1, -1, np.int64)
    position[order] = np.arange(len(order))
    sizes = {column.names[place]: counts[place] for place in order}
    return Segments(header, column_name(header), sizes, position[column.places], np.isin(column.places, gone))


def value_column(customers: CustomerTable) -> int | None:
    """Return the position of the column that tells what customers spent, None where there is none."""
    places = (customers.place_of(name) for name in VALUES)
    return next((place for place in places if place is not None), None)


def _is_attribute(header: str) -> bool:
    name = column_name(header)
    told = name == "segment" or name.startswith("segment_") or name in limits()["demographic-only"]["restate"]
    return not told and not name.endswith("_score") and _attribute_of(header) not in limits()["thin-data"]["contact"]


@cache
def _attribute_of(header: str) -> str | None:
    """Return the attribute that a header is known for."""
    return next((name for name in known_attributes() if meant_by(name, [header])), None)


def past_only(found: Evidence, words: Words) -> Iterator[Finding]:
    """Yield the findings that labels look back and nothing tells how they do later, or that they do no better."""
    looking = [each for each in found.segments if looks_back(each, found)]
    shown = {each.header: shown_of(each, found) for each in looking}
    untried = [name for name, test in shown.items() if test is None]
    idle = [name for name, test in shown.items() if test is not None and not test.foretells]
    if untried and found.tested:
        told = words("mistake.not-tested", segments=_segments_of(untried, words), tested=words.series(found.tested))
        yield _finding("past-only", untried, words, told=told)
    elif untried and not found.about.get("backtest"):
        yield _finding("past-only", untried, words, segments=_segments_of(untried, words))
    if idle:
        yield _finding("past-only", idle, words, told=words("mistake.no-better", segments=_segments_of(idle, words)))


def shown_of(segments: Segments, found: Evidence) -> Shown | None:
    """Return what a backtest showed of the scheme that segments are of; None where it did not test it.

    A table that does not tell its scheme has that of the first tested one which has all of its segments.
    """
    _, _, scheme = segments.name.partition("segment_")
    name = scheme or (found.about.get("scheme") if segments.name == "segment" else None)
    if name:
        return found.tested.get(str(name))
    return next((each for each in found.tested.values() if each.segments >= segments.sizes.keys()), None)


def looks_back(segments: Segments, found: Evidence) -> bool:
    """Return whether segments are made of what was bought, as those of rfm are."""
    _, _, scheme = segments.name.partition("segment_")
    if scheme:
        further = found.about.get("further_segments") or {}
        return scheme in built_in() or scheme in (further if "scores" in found.about else ())
    if segments.name == "segment" and (found.has("r_score", "f_score") or found.has("recency_days", "frequency")):
        return True
    least = limits()["past-only"]["names"]
    return any(len(names & segments.sizes.keys()) >= least for names in _names_of_maps())


@cache
def _names_of_maps() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(segment.name for segment in read(name).segments) for name in built_in())


def no_goal(found: Evidence, words: Words, goal: str | None) -> Iterator[Finding]:
    """Yield the finding that nothing tells what the segments are for."""
    if goal is None and not found.about.get("goal") and not found.about.get("targets"):
        names = [each.header for each in found.segments]
        yield _finding("no-goal", names, words, segments=_segments_of(names, words), goals=words.series(goals()))


def thin_data(found: Evidence, words: Words) -> Iterator[Finding]:
    """Yield the finding that segments have too few customers, or attributes too few cells, to judge by."""
    limit, small = limits()["thin-data"], limits()["small-segment"]
    figures = [
        Figure(each.header, name, "customers", count, each.share(count))
        for each in found.segments
        for name, count in sorted(each.sizes.items(), key=lambda own: (own[1], own[0]))
        if name not in limit["left-over"] and is_small(count, each.share(count))
    ]
    thin = [own for own in found.attributes if own.empty_share > limit["empty"] and own.name not in limit["figures"]]
    thin.sort(key=lambda own: -own.empty)
    figures += [Figure(own.header, None, "empty", own.empty, own.empty_share) for own in thin]
    if figures:
        shares = {"share": words.percent(small["share"], 0), "empty": words.percent(limit["empty"], 0)}
        yield _finding("thin-data", _columns(figures), words, figures, least=small["customers"], **shares)


def too_vague(found: Evidence, words: Words) -> Iterator[Finding]:
    """Yield the finding that a segment, or none at all, has more than half of the customers."""
    figures = []
    for each in found.segments:
        unnamed = int((each.codes < 0).sum() - each.gone.sum())
        sizes = {**each.sizes, **({"(empty)": unnamed} if unnamed else {})}
        figures += [
            Figure(each.header, name, "customers", count, each.share(count))
            for name, count in sizes.items()
            if is_large(each.share(count))
        ]
    if figures:
        share = words.percent(limits()["large-segment"]["share"], 0)
        yield _finding("too-vague", _columns(figures), words, figures, share=share)


def demographic_only(found: Evidence, words: Words) -> Iterator[Finding | str]:
    """Yield the finding that segments tell who customers are alone, where other columns explain their spend better.

    Yields instead, as a text, why it cannot be told.
    """
    if not found.segments or not all(_is_demographic(each, found) for each in found.segments):
        return
    headers = (own.header for own in found.attributes if own.header != found.value)
    told = {header for header in headers if not (_is_of_who(header) or _is_money(header))}
    others = [own for own in found.attributes if own.header in told and own.groups is not None]
    if not others:
        yield words("mistake.no-others")
    elif found.spent is None:
        yield words("mistake.no-value")
    elif not _varies(*found.spent):
        yield words("mistake.no-variance")
    else:
        yield from _better(found, others, words)


def _better(found: Evidence, others: Iterable[Column], words: Words) -> Iterator[Finding]:
    limit = limits()["demographic-only"]
    own = [Figure(each.header, None, "explains", None, found.explained_by(each.codes)) for each in found.segments]
    best = max(each.share for each in own)
    shares = [(each.header, found.explained_by(each.groups)) for each in others if each.groups is not None]
    figures = [Figure(header, None, "explains", None, share) for header, share in shares]
    better = sorted((each for each in figures if each.share >= best + limit["better"]), key=lambda each: -each.share)
    if better:
        names = [each.header for each in found.segments]
        told = {"segments": _segments_of(names, words), "column": better[0].column}
        yield _finding("demographic-only", names, words, [*better[: limit["shown"]], *own], **told)


def _varies(units: Ints, known: Mask) -> bool:
    return len(np.unique(units[known])) > 1


def _is_demographic(segments: Segments, found: Evidence) -> bool:
    """Return whether segments come from attributes of who a customer is alone: by their name, or as they follow one."""
    _, _, scheme = segments.name.partition("segment_")
    if names := found.looked_at.get(scheme):
        return all(map(_is_of_who, names))
    if scheme in _schemes_of_who() or _is_of_who(segments.header):
        return True
    if looks_back(segments, found):
        return False
    of_who = (own for own in found.attributes if _is_of_who(own.header) and own.header != segments.header)
    return len(segments.sizes) > 1 and any(own.orders(segments.codes) for own in of_who)


@cache
def _schemes_of_who() -> frozenset[str]:
    """Return the names of families and schemes that tell who customers are."""
    limit = limits()["demographic-only"]
    known = [each for name, each in families().items() if name in limit["families"]]
    return frozenset([*limit["families"], *limit["attributes"], *(member for each in known for member in each.members)])


@cache
def _is_of_who(header: str) -> bool:
    known = _attribute_of(header) in limits()["demographic-only"]["attributes"]
    return known or normal(header) in set(map(normal, _schemes_of_who()))


def _is_money(header: str) -> bool:
    """Return whether a column may tell what customers spent in other words."""
    return bool(meant_by("amount", [header]))


def _columns(figures: Iterable[Figure]) -> list[str]:
    return list(dict.fromkeys(each.column for each in figures))


def _segments_of(names: Sequence[str], words: Words) -> str:
    """Return as words the segments of some columns."""
    if [column_name(name) for name in names] == ["segment"]:
        return words("mistakes.segments")
    *first, last = names
    named = words("list.last", first=words.series(first), last=last) if first else last
    return words("mistakes.segments-of", names=named)


def _finding(
    code: Code,
    columns: Sequence[str],
    words: Words,
    figures: Sequence[Figure] = (),
    *,
    told: str | None = None,
    **facts: Any,
) -> Finding:
    """Return a mistake as it is told by its code, or by a text of its own."""
    told = told or words(f"mistake.{code}", **facts)
    return Finding(code, tuple(columns), told, tuple(figures), words(f"way-out.{code}", **facts))
