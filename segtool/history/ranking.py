"""The segments of a labelled table from best to worst: as its scheme has them, or as the table itself tells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from segtool.errors import DataError, printable
from segtool.segments.scheme import Scheme
from segtool.segments.schemes import built_in, is_file, read
from segtool.tables.arrays import Ints, values
from segtool.words import Words

_DEFAULT = "loyalty-matrix"

NONE = "(none)"
"""The segment of customers who have none."""


class Headed(Protocol):
    """What is told of a labelled table without a look at each of its customers: `Labelled`, or what a database tells.

    `segment_names` are the segments that its rows name, None for customers who have none; None where there is no such
    column.
    """

    @property
    def name(self) -> str: ...

    @property
    def as_of(self) -> date | None: ...

    @property
    def about(self) -> Mapping[str, Any]: ...

    @property
    def segment_names(self) -> tuple[str | None, ...] | None: ...


@dataclass(frozen=True)
class Ranked:
    """A segment and its place among the others is all that a move is judged by."""

    name: str
    title: str
    health: str


@dataclass(frozen=True)
class Ranking:
    """The segments of a scheme, from best to worst."""

    scheme: str
    segments: tuple[Ranked, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.segments)

    def places(self, segments: pa.Array) -> Ints:
        """Return the place of each segment, 0 for the best. All of them are known."""
        encoded = segments.dictionary_encode()
        known = {name: place for place, name in enumerate(self.names)}
        at = np.array([known[name] for name in encoded.dictionary.to_pylist()], np.int64)
        return at[values(encoded.indices, np.int32)]


def of_scheme(scheme: Scheme, words: Words) -> Ranking:
    """Return the segments of a scheme, best first."""
    return Ranking(scheme.name, tuple(Ranked(each.name, words.of(each.title), each.health) for each in scheme.segments))


def ranking_of(table: Headed, scheme: Scheme | None, words: Words) -> Ranking:
    """Return the segments of a table, those without customers too.

    They are those of a scheme that is named, else of the one that the table says it was made with; where it says none,
    of the built-in scheme that has all of its segments. Raises DataError for a segment that the scheme does not have,
    and where no scheme, or several that rank them differently, have them all.
    """
    names = names_in(table)
    if scheme is not None:
        return _with(names, of_scheme(scheme, words), table)
    if told := table.about.get("scheme"):
        return _with(names, _told(str(told), table.about, words), table)
    return _with(names, of_scheme(_likely(names, table.name), words), table)


def rankings_of(before: Headed, after: Headed, scheme: Scheme | None, words: Words) -> tuple[Ranking, Ranking]:
    """Return the segments of two tables, of which one that does not tell its scheme has that of the other, if it can.

    Where neither tells it, it is one that has the segments of both, if there is one. Raises what `ranking_of` raises.
    """
    told = [scheme is not None or bool(table.about.get("scheme")) for table in (before, after)]
    names = {*names_in(before), *names_in(after)}
    if not any(told) and (common := fitting_schemes(names)):
        scheme = _likely(names, f"{before.name} and {after.name}", common)
    if told == [True, False]:
        old = ranking_of(before, scheme, words)
        return _alike(old, _as_other(after, old, words))
    if told == [False, True]:
        now = ranking_of(after, scheme, words)
        return _alike(_as_other(before, now, words), now)
    return _alike(ranking_of(before, scheme, words), ranking_of(after, scheme, words))


def _as_other(table: Headed, other: Ranking, words: Words) -> Ranking:
    """Return the segments of a table that does not tell its scheme, beside one that does."""
    names = names_in(table)
    if set(names) <= {NONE, *other.names} or not fitting_schemes(names):
        return _with(names, other, table)
    return ranking_of(table, None, words)


def _alike(old: Ranking, now: Ranking) -> tuple[Ranking, Ranking]:
    """Return two rankings of one scheme as one, also where customers without a segment are in one table alone."""
    if old.scheme == now.scheme and set(old.names) <= set(now.names):
        return now, now
    if old.scheme == now.scheme and set(now.names) <= set(old.names):
        return old, old
    return old, now


def fitting_schemes(names: Iterable[str]) -> list[Scheme]:
    """Return the built-in schemes that have all of these segments, the default one first."""
    known = set(names)
    return [each for each in map(read, _likely_first()) if known <= {NONE, *_names_of(each)}]


def _likely(names: Iterable[str], place: str, fitting: Sequence[Scheme] | None = None) -> Scheme:
    """Return the scheme that segments are likely to be of. Raises DataError where that cannot be told."""
    known = sorted(names)
    fitting = fitting or fitting_schemes(known)
    orders = {tuple(name for name in _names_of(each) if name in known) for each in fitting}
    if not fitting or (len(orders) > 1 and fitting[0].name != _DEFAULT):
        which = f"{len(fitting)} schemes have" if fitting else "no scheme of segtool has"
        raise DataError(f"{place}: {which} the segments {_listed(known)}; say --scheme NAME or FILE.")
    return fitting[0]


def names_in(table: Headed) -> list[str]:
    """Return the segments that the rows of a table name. Raises DataError where it has none."""
    if table.segment_names is None:
        raise DataError(f"{table.name} has no column segment: it was made with --scheme none, or by another program.")
    return [name or NONE for name in table.segment_names]


def _likely_first() -> list[str]:
    return sorted(built_in(), key=lambda name: (name != _DEFAULT, name))


def _names_of(scheme: Scheme) -> list[str]:
    return [each.name for each in scheme.segments]


def _told(name: str, about: Mapping[str, Any], words: Words) -> Ranking:
    """Return the segments that the summary of a table names: a built-in scheme's own, as far as they are the same."""
    told = [Ranked(each["name"], each["title"], each["health"]) for each in about.get("segments", ())]
    if without := about.get("without_purchase"):
        told.append(Ranked(without["name"], without["title"], "neutral"))
    if not is_file(name) and name in built_in():
        own = of_scheme(read(name), words)
        if {each.name for each in told} <= set(own.names):
            return own
    return Ranking(name, tuple(told))


def _with(names: Sequence[str], ranking: Ranking, table: Headed) -> Ranking:
    """Return a ranking that has all names: customers without a segment stand last."""
    unknown = sorted(set(names) - {*ranking.names, NONE})
    if unknown:
        raise DataError(
            f"{table.name} has the segments {_listed(unknown)}, which scheme {ranking.scheme} does not have."
        )
    if NONE in names and NONE not in ranking.names:
        return Ranking(ranking.scheme, (*ranking.segments, Ranked(NONE, NONE, "neutral")))
    return ranking


def _listed(names: Iterable[str]) -> str:
    return ", ".join(printable(name) for name in names)
