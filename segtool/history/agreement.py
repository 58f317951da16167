"""Whether two runs mean the same by their segments: their schemes, their cuts, how they score."""

from collections.abc import Iterator, Mapping
from typing import Any

from segtool.errors import DataError, printable
from segtool.history.ranking import NONE, Headed, Ranking, names_in
from segtool.summary.facts import Caution, caution
from segtool.words import Words, words_in


def unlike(before: Headed, after: Headed, old: Ranking, now: Ranking, *, force: bool, words: Words) -> list[Caution]:
    """Return what to be warned of where two tables do not mean the same by their segments, which `old` and `now` rank.

    Raises DataError that names what differs, unless they are compared by `force`.
    """
    if before.as_of and after.as_of and before.as_of > after.as_of:
        raise DataError(
            f"{before.name} is as of {before.as_of} and {after.name} as of {after.as_of}: name the earlier one first."
        )
    if force:
        return [caution("unlike", words, why=why) for why in differences(before, after, old, now, words)]
    if found := list(differences(before, after, old, now, words_in())):
        tables = f"{printable(before.name)} and {printable(after.name)}"
        raise DataError(f"{tables} do not compare: {'; '.join(found)}. Say --force to compare them all the same.")
    return []


def differences(before: Headed, after: Headed, old: Ranking, now: Ranking, words: Words) -> Iterator[str]:
    """Yield in words what the segments, and the scores, of two tables do not have in common, as far as they tell."""
    one, other = before.about, after.about
    if one.get("scheme") and other.get("scheme"):
        yield from other_scheme(one, other, words)
    elif old.scheme != now.scheme:
        yield _other_names(before, after, old, now, words)
    if one.get("scoring") and other.get("scoring"):
        differ = list(_other_scoring(one, other))
        if differ:
            yield words("unlike.scoring", what=words.series(differ))
        elif not scored_alike(one, other):
            yield words("unlike.model", what=words.series(_other_cuts(one, other)))


def other_scheme(one: Mapping[str, Any], other: Mapping[str, Any], words: Words) -> Iterator[str]:
    """Yield in words that the schemes of two runs, by their summaries, are not the same, in name or in text."""
    names = [printable(str(about["scheme"])) for about in (one, other)]
    texts = [about.get("scheme_checksum") for about in (one, other)]
    if names[0] != names[1]:
        yield words("unlike.scheme", before=names[0], after=names[1])
    elif all(texts) and texts[0] != texts[1]:
        yield words("unlike.text", scheme=names[0])


def _other_names(before: Headed, after: Headed, old: Ranking, now: Ranking, words: Words) -> str:
    """Return in words which segments the table that does not tell its scheme has beyond those of the other one."""
    table, known = (before, now) if after.about.get("scheme") else (after, old)
    strange = sorted(set(names_in(table)) - {*known.names, NONE})
    names = words.series(map(printable, strange))
    return words("unlike.names", table=printable(table.name), segments=names, scheme=known.scheme)


def _other_scoring(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options and axes by which two runs score differently."""
    for option in ("ties", "nested"):
        if one["scoring"].get(option) != other["scoring"].get(option):
            yield option
    axes = [
        {axis: (each["figure"], len(each["counts"])) for axis, each in about["scores"].items()}
        for about in (one, other)
    ]
    yield from (axis.upper() for axis in {**axes[0], **axes[1]} if axes[0].get(axis) != axes[1].get(axis))
    names = [{each["name"] for each in about.get("groups") or ()} for about in (one, other)]
    if any(names) and not names[0] & names[1]:
        yield "by"


def scored_by_the_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether two runs, by their summaries, score by the same rules and cuts, as far as they tell."""
    if before.get("scoring") and any(_other_scoring(before, now)):
        return False
    return scored_alike(before, now)


def scored_alike(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether the scores of two runs, by their summaries, mean the same, as far as they tell.

    Runs that cut their own customers mean the same by it; once a model is used, the cuts have to be equal.
    """
    if not before or not (before.get("drift") or now.get("drift")):
        return True
    return before.get("scores") is None or not _other_cuts(before, now)


def _other_cuts(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the axes whose cuts differ, of all customers or in some group that both runs have."""
    cuts = [{axis: each["cuts"] for axis, each in about["scores"].items()} for about in (before, now)]
    groups = [{each["name"]: each["cuts"] for each in about.get("groups") or ()} for about in (before, now)]
    pairs = [cuts[0], cuts[1]], *([groups[0][name], groups[1][name]] for name in groups[0] if name in groups[1])
    differ = [axis for one, other in pairs for axis in {**one, **other} if one.get(axis) != other.get(axis)]
    return list(dict.fromkeys(axis.upper() for axis in differ))
