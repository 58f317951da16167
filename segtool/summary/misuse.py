"""What to know of scores and segments that say less than they seem to, and what to do. The limits are data."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from segtool.resources import read_toml
from segtool.segments.scheme import Scheme
from segtool.segments.wording import score_label
from segtool.summary.census import Census, SchemeCensus
from segtool.summary.facts import Caution, Period, SegmentSummary, Summary, caution
from segtool.words import Words

_NAMED = 3
"""How many segments a warning names."""


@cache
def limits() -> dict[str, Any]:
    """Return code of a warning -> the figures beyond which it is said."""
    return read_toml("summary/misuse.toml")


def is_small(customers: int, share: float) -> bool:
    """Return whether a segment is too small to judge by.

    >>> is_small(29, 0.5), is_small(40, 0.009), is_small(30, 0.01)
    (True, True, False)
    """
    limit = limits()["small-segment"]
    return bool(share < limit["share"] or customers < limit["customers"])


def is_large(share: float) -> bool:
    """Return whether a segment has so many of all customers that it tells little.

    >>> is_large(0.5), is_large(0.51)
    (False, True)
    """
    return bool(share > limits()["large-segment"]["share"])


def of_run(summary: Summary, census: Census, words: Words) -> Iterator[Caution]:
    """Yield what the size of the data, the scores, and each scheme's segments and cells call for."""
    yield from _of_data(summary.customers, summary.period, words)
    if census.axes["r"].rule.kind == "quantiles" and summary.drift is None:  # a model's cuts are meant to stay
        yield from _of_recency(summary, words)
    for own, segments in zip(census.schemes, summary.of_schemes().values(), strict=True):
        yield from _of_segments(own, segments, words)


def _of_data(customers: int, period: Period | None, words: Words) -> Iterator[Caution]:
    """Yield what too few customers, or too short a history, call for."""
    least, shortest = limits()["few-customers"]["customers"], limits()["short-history"]["days"]
    if customers < least:
        yield caution("few-customers", words, customers=words.count(customers, "customer"), least=least)
    if period and (days := (period.last - period.first).days) < shortest:
        yield caution("short-history", words, days=words.count(days, "day"), least=words.count(shortest, "day"))


def _of_recency(summary: Summary, words: Words) -> Iterator[Caution]:
    """Yield a warning if bins make the best score of recency reach far back."""
    limit, axis = limits()["wide-recency"], summary.scores["r"]
    most, best = limit["days"], axis.ranges[-1]
    if summary.period and summary.as_of:
        half = limit["share"] * (summary.as_of - summary.period.first).days
        most = min(most, max(limit["least"], half))
    if best and best[1] > most:
        score = score_label("r", axis.lowest + len(axis.ranges) - 1, words)
        yield caution("wide-recency", words, score=score, days=words.count(int(best[1]), "day"))


def _of_segments(found: SchemeCensus, segments: Sequence[SegmentSummary], words: Words) -> Iterator[Caution]:
    """Yield what the sizes of a scheme's segments and cells call for."""
    scheme = found.scheme
    if scheme.compatible:
        yield caution("compatible-scheme", words, scheme=scheme.name, defects=_defects(scheme, words))
    used = sorted((each for each in segments if each.customers), key=lambda each: each.customers)
    small = [each for each in used if is_small(each.customers, each.share)]
    if small:
        names = [f"{words.named(each.name, each.title)} {words.number(each.customers)}" for each in small[:_NAMED]]
        more = words("misuse.more", count=len(small) - _NAMED) if len(small) > _NAMED else ""
        yield caution("small-segment", words, scheme=scheme.name, segments=words.series(names) + more)
    if used and is_large(used[-1].share):
        name, share = words.named(used[-1].name, used[-1].title), words.percent(used[-1].share)
        yield caution("large-segment", words, scheme=scheme.name, segment=name, share=share)
    yield from _small_cells(found, words)


def _small_cells(found: SchemeCensus, words: Words) -> Iterator[Caution]:
    """Yield a warning if cells with customers have few of all; cells that nobody is in mislead nobody."""
    scheme, counts = found.scheme, found.cells
    sizes = [how.levels for how in scheme.scoring.values()]
    used = counts[counts > 0]
    limit = limits()["small-cell"]["share"]
    small = used[used < limit * counts.sum()]
    if len(small):
        at = np.unravel_index(int(np.flatnonzero(counts == small.min())[0]), sizes)
        digits = zip(scheme.scoring.items(), at, strict=True)
        smallest = " ".join(score_label(axis, how.lowest + int(level), words) for (axis, how), level in digits)
        yield caution(
            "small-cell",
            words,
            scheme=scheme.name,
            cells=len(small),
            of=len(used),
            share=words.percent(limit, 0),
            cell=smallest,
            customers=words.count(int(small.min()), "customer"),
        )


def _defects(scheme: Scheme, words: Words) -> str:
    """Return in words what is wrong with a published map."""
    from segtool.segments.check import check

    report = check(scheme)
    found = {
        "gaps": len(report.gaps),
        "default": len(report.default_cells),
        "overlaps": 0 if report.first_match else len(report.overlaps),
        "unreachable": len(report.unreachable),
    }
    return words.series(
        [words(words.form(count, f"defect.{kind}"), count=count) for kind, count in found.items() if count]
    )
