"""The segments of a table as a page calls them: from the scheme of its run, from its summary, or as they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segtool.history.ranking import NONE, fitting_schemes
from segtool.segments.scheme import Scheme
from segtool.segments.schemes import built_in, read
from segtool.words import Words

_DEFAULT = "loyalty-matrix"


@dataclass(frozen=True)
class Named:
    """A segment without its customers. `urgency` tells whom to call first: 1 before 2; None where nothing tells."""

    name: str
    title: str
    health: str
    advice: str
    urgency: int | None
    for_buyers: bool = True


@dataclass(frozen=True)
class NamedScheme:
    """Segments from best to worst, unless they are not `ranked`; `name` is None where no scheme is known."""

    name: str | None
    title: str | None
    checksum: str | None
    segments: tuple[Named, ...]
    ranked: bool

    @property
    def titles(self) -> dict[str, str]:
        """Name of a segment -> its title."""
        return {each.name: each.title for each in self.segments}


def named_scheme(
    names: Sequence[str], about: Mapping[str, Any], titles: Mapping[str, str], words: Words
) -> NamedScheme:
    """Return the segments that the rows of a table name, and those beside that its scheme has for buyers.

    They are those of the built-in scheme that the summary of the run names; where that is another, or one that has
    other segments, as the summary tells them. Where there is no summary, they are those of the built-in scheme that has
    all of these names, if there is one, or if one of several is the default; else they stand as the table has them,
    `titles` is what it calls them.
    """
    told = str(about["scheme"]) if about.get("scheme") else None
    stated = [each for each in about.get("segments") or () if isinstance(each, Mapping) and "name" in each]
    if told is not None:
        if told in built_in() and {each["name"] for each in stated} <= {own.name for own in read(told).segments}:
            return _of_scheme(read(told), about.get("scheme_checksum"), names, titles, words)
        return _with_others(
            NamedScheme(told, None, about.get("scheme_checksum"), _stated(stated, about), True), names, titles, words
        )
    fitting = fitting_schemes(names) if set(names) - {NONE} else ()  # any scheme fits those without a segment
    if fitting and (len(fitting) == 1 or fitting[0].name == _DEFAULT):
        return _of_scheme(fitting[0], None, names, titles, words)
    return _with_others(NamedScheme(None, None, None, (), False), names, titles, words)


def _of_scheme(
    scheme: Scheme, checksum: str | None, names: Sequence[str], titles: Mapping[str, str], words: Words
) -> NamedScheme:
    segments = tuple(
        Named(each.name, words.of(each.title), each.health, words.of(each.advice), each.urgency, at != scheme.no_orders)
        for at, each in enumerate(scheme.segments)
    )
    own = NamedScheme(scheme.name, words.of(scheme.title), checksum, segments, True)
    return _with_others(own, names, titles, words)


def _stated(segments: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> tuple[Named, ...]:
    """Return segments as the summary of a run tells them."""
    found = [
        Named(
            str(each["name"]),
            str(each.get("title") or each["name"]),
            each["health"] if each.get("health") in ("positive", "neutral", "negative") else "neutral",
            str(each.get("advice") or ""),
            None,
        )
        for each in segments
    ]
    without = about.get("without_purchase")
    if isinstance(without, Mapping) and "name" in without:
        name = str(without["name"])
        advice = str(without.get("advice") or "")
        found.append(Named(name, str(without.get("title") or name), "neutral", advice, None, False))
    return tuple(found)


def _with_others(scheme: NamedScheme, names: Sequence[str], titles: Mapping[str, str], words: Words) -> NamedScheme:
    """Return a scheme with what else the rows name; customers without a segment stand last."""
    known = {each.name for each in scheme.segments}
    further = sorted(set(names) - known - {NONE})
    added = [Named(name, titles.get(name, name), "neutral", "", None) for name in further]
    if NONE in names and NONE not in known:
        added.append(Named(NONE, words("scheme.nobody"), "neutral", "", None))
    return NamedScheme(scheme.name, scheme.title, scheme.checksum, (*scheme.segments, *added), scheme.ranked)
