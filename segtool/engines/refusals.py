"""When what an engine found cannot be used: the reason, and the places."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from segtool.engines import Aggregate, BadRow
from segtool.errors import DataError, printable
from segtool.tables.numbers.affixes import one_currency
from segtool.tables.source import Source


def refuse_unusable(found: Aggregate, sources: Sequence[Source], max_bad: float, currency: str | None) -> None:
    """Raise DataError where the rows cannot be trusted, or none is left."""
    counts = found.counts
    if counts.read == 0:
        raise DataError(f"{', '.join(source.name for source in sources)}: a header, but no rows.")
    if len(found.currencies) > 1 and currency is None:
        named = printable(", ".join(label.upper() for label in found.currencies[:5]))
        raise DataError(
            f"The orders are in {len(found.currencies)} currencies: {named}. Say --currency CODE.",
            *({"currency": label.upper()} for label in found.currencies),
        )
    if not found.currencies and not one_currency(found.marks):
        named = printable(", ".join(sorted(found.marks)[:5]))
        raise DataError(
            f"The amounts are in {len(found.marks)} currencies: {named}. Give the currency a column of its own, "
            "and say --currency CODE."
        )
    bad = counts.bad_rows
    if sum(bad.values()) > Fraction(str(max_bad)) * counts.read:
        share = sum(bad.values()) / counts.read
        raise DataError(
            f"{sum(bad.values()):,} of {counts.read:,} rows ({share:.1%}) cannot be read, more than --max-bad "
            f"{max_bad:.1%}: {_reasons(bad)}.{_places(found.bad, sources)}",
            {"max_bad": math.ceil(100 * share) / 100},
        )
    if not len(found.customers):
        aside = {reason: tally.rows for reason, tally in counts.set_aside.items()}
        statuses = f" Statuses: {printable(', '.join(found.statuses[:10]))}." if "status" in aside else ""
        seen = " No row has that currency." if aside.get("currency") == counts.read else ""
        raise DataError(
            f"No usable row: {counts.read:,} read, all set aside: {_reasons(aside)}.{statuses}{seen}"
            f"{_places(found.bad, sources)}"
        )


def too_large(what: str) -> DataError:
    """Return the refusal of a sum that passes 64 bits."""
    return DataError(f"{what} passes ±922,337,203,685,477.5807; divide the amounts by 1,000.")


def same_id(customer: str, count: int) -> DataError:
    """Return the refusal of customers without an account who have the ids of accounts; one of them is named."""
    more = f" (and {count - 1:,} more)" if count > 1 else ""
    return DataError(
        f"Customer {printable(repr(customer))}{more} belongs to no account, and has the id of one: they would be taken "
        "for each other. Give the customer an account in the list, or accounts ids of another form."
    )


_BAD = {
    "broken row": "is no whole row",
    "bad date": "is not a date",
    "bad amount": "is not an amount",
    "bad margin": "is not an amount",
    "bad order cost": "is not an amount",
    "bad refund cost": "is not an amount",
    "bad frequency": "is not a number of orders",
    "bad recency": "is not a number of days",
}

_HINTS = {
    "bad date": "--date-format says how dates are written, --calendar in which calendar.",
    "bad amount": "--decimal says which mark is the decimal one.",
}


def _reasons(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in rows.items())


@dataclass(frozen=True)
class Place:
    """Where a row stands that could not be read: its cell, or the whole row where it has no cells."""

    file: str
    line: int
    reason: str
    header: str
    text: str

    def __str__(self) -> str:
        value = f'{self.header} "{self.text[:60]}"' if self.header else f'"{self.text[:60]}"'
        return f"{self.file}:{self.line}: {printable(value)} {_BAD[self.reason]}"


def places(bad: Sequence[BadRow], sources: Sequence[Source]) -> Iterator[Place]:
    """Yield where bad rows stand, file by file."""
    for number, source in enumerate(sources):
        own = [row for row in bad if row.source == number]
        if not own:
            continue
        located = source.locate(np.array([row.row for row in own], np.int64))
        for row, (line, record) in zip(own, located, strict=True):
            yield Place(source.name, line, row.reason, row.header, row.text if row.header else record)


def _places(bad: Sequence[BadRow], sources: Sequence[Source]) -> str:
    """Return a line for each of the first bad rows (file, line, header, value), and what is read instead."""
    lines = [f"\n  {place}" for place in places(bad, sources)]
    reasons = {row.reason for row in bad}
    lines += [f"\n  {hint}" for reason, hint in _HINTS.items() if reason in reasons]
    return "".join(lines)
