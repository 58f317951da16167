"""What has changed since the table of the last run, for a terminal."""

from collections.abc import Iterator

from rich.console import RenderableType

from segtool.output.pieces import in_lines, titled
from segtool.summary.changes import Comparison
from segtool.summary.facts import Caution
from segtool.words import Words

_FLOWS = 5
"""How many of the flows are shown."""

_NOTED = ("same-day", "previous-model")


def since(changes: Comparison, words: Words) -> RenderableType:
    """Return who has moved since the previous table, and the largest flows."""
    before = changes.before
    title = words("since.day", day=before.as_of) if before.as_of else words("since.file", file=before.file)
    return titled(title, in_lines([*_facts(changes, words), *_flows(changes, words)]))


def notes(changes: Comparison) -> tuple[Caution, ...]:
    """Return what to know of the moves; what is said of churn, which is not shown, is left to the JSON summary."""
    return tuple(each for each in changes.warnings if each.code in _NOTED)


def _facts(changes: Comparison, words: Words) -> Iterator[tuple[str, str]]:
    before, after, moved = changes.before, changes.after, changes.moved
    up = words.count(moved["up"], "customer")
    yield words("fact.moved"), words("since.moved", up=up, down=moved["down"], same=moved["same"])
    base = words.count(before.customers, "customer")
    told = words("since.base", before=base, after=after.customers, new=moved["new"], gone=moved["gone"])
    yield words("fact.base"), told
    if before.health and after.health:
        shares = {
            "before": before.health["positive"],
            "after": after.health["positive"],
            "bad_before": before.health["negative"],
            "bad_after": after.health["negative"],
        }
        known = {name: words.percent(each.share, 0) for name, each in shares.items()}
        yield words("fact.healthy"), words("since.health", **known)


def _flows(changes: Comparison, words: Words) -> Iterator[tuple[str, str]]:
    """Yield the largest flows, of which the first stands behind the name of all."""
    for place, flow in enumerate(changes.flows[:_FLOWS]):
        yield "" if place else words("fact.flows"), words.in_sentence(flow.text)
