"""What to know before the files of an export are uploaded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from segtool.campaigns.asked import AskedFor
from segtool.campaigns.suppress import Suppression
from segtool.campaigns.target import Target
from segtool.errors import printable
from segtool.segments.labelling import Unread
from segtool.summary.export import ExportSummary
from segtool.summary.facts import Caution, caution
from segtool.words import Words

_FEW_HELD_OUT = 1_000
"""With fewer customers in the control group only large effects of a campaign can be told from chance."""


@dataclass(frozen=True)
class Notes:
    """What was found on the way: by the rule, in cells of consent that are neither yes nor no, and in lists.

    `denied_elsewhere` are customers who say yes and share an id, address, number or key with one who says no. `lists`
    are those of people who must not be reached, with how many of the table each has; `not_listed` is the list of
    customers and how many of the table it lacks, None where there is none. `left_out` is header of a column of
    addresses or numbers -> how many cells of it in written rows cannot be used, and whether a country could help.
    """

    asked: AskedFor
    doubtful: tuple[Unread, ...]
    denied_elsewhere: int
    lists: tuple[tuple[Suppression, int], ...]
    not_listed: tuple[str, int] | None
    left_out: Mapping[str, tuple[int, bool]]


def of_export(found: ExportSummary, target: Target, notes: Notes, words: Words) -> Iterator[Caution]:
    """Yield what an export calls for."""
    for each in notes.asked.unknown:
        near = words("export.did-you-mean", name=printable(each.near)) if each.near else ""
        yield caution("export-unknown-segment", words, name=printable(each.name), hint=near)
    for unread in notes.asked.unread:
        yield caution("export-unread", words, **_told(unread, words))
    for unread in notes.doubtful:
        yield caution("export-doubtful-consent", words, **_told(unread, words))
    if count := notes.denied_elsewhere:
        yield caution("export-denied-elsewhere", words, customers=words.count(count, "customer"))
    for own, people in notes.lists:
        if not len(own):
            yield caution("export-empty-list", words, file=printable(own.name))
        elif not people:
            yield caution("export-nobody-listed", words, file=printable(own.name))
        if own.unusable:
            cells = words.count(own.unusable, "cell")
            yield caution("export-unusable-cells", words, file=printable(own.name), cells=cells)
    if notes.not_listed and notes.not_listed[1]:
        file, count = notes.not_listed
        yield caution("export-not-listed", words, file=printable(file), customers=words.count(count, "customer"))
    for column, (count, by_country) in notes.left_out.items():
        cells, hint = words.count(count, "cell"), words("export.say-country") if by_country else ""
        yield caution("export-left-out", words, cells=cells, column=printable(column), hint=hint)
    if not found.written:
        yield caution("export-nobody", words)
    elif target.least_rows and found.written < target.least_rows:
        customers = words.count(found.written, "customer")
        yield caution("export-small", words, customers=customers, target=found.target_title, least=target.least_rows)
    if found.holdout and found.holdout.customers < _FEW_HELD_OUT:
        customers = words.count(found.holdout.customers, "customer")
        yield caution("export-small-control", words, customers=customers, least=_FEW_HELD_OUT)


def _told(unread: Unread, words: Words) -> dict[str, str]:
    return {"cells": words.count(unread.cells, "cell"), "column": printable(unread.column), "example": unread.example}
