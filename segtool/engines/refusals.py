"""When what an engine found cannot be used: the reason, and the places."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from segtool.engines import Aggregate, BadRow
from segtool.errors import DataError, printable
from segtool.tables.numbers.affixes import one_currency
from segtool.tables.source import NOWHERE, Source


def refuse_unusable(
    found: Aggregate, sources: Sequence[Source], max_bad: float, currency: str | None, *, customers: int | None = None
) -> None:
    """Raise DataError where the rows cannot be trusted, or none is left.

    `customers` is how many there are, where they are not with what was found.
    """
    counts, seen = found.counts, partial(listed, found.bad, sources)
    if counts.read == 0:
        raise DataError(f"{', '.join(source.name for source in sources)}: a header, but no rows.")
    refuse_currencies("orders", found.currencies, found.marks, currency)
    refuse_bad("rows", counts.bad_rows, counts.read, max_bad, seen)
    if not (len(found.customers) if customers is None else customers):
        aside = {reason: tally.rows for reason, tally in counts.set_aside.items()}
        statuses = f" Statuses: {printable(', '.join(found.statuses[:10]))}." if "status" in aside else ""
        none = " No row has that currency." if aside.get("currency") == counts.read else ""
        raise DataError(
            f"No usable row: {counts.read:,} read, all set aside: {reasons(aside)}.{statuses}{none}{seen()}"
        )


def refuse_currencies(what: str, currencies: Sequence[str], marks: frozenset[str], currency: str | None) -> None:
    """Raise DataError where amounts are in several currencies, as a column or as signs in the amounts tell."""
    if len(currencies) > 1 and currency is None:
        named = printable(", ".join(label.upper() for label in currencies[:5]))
        raise DataError(
            f"The {what} are in {len(currencies)} currencies: {named}. Say --currency CODE.",
            *({"currency": label.upper()} for label in currencies),
        )
    if not currencies and not one_currency(marks):
        named = printable(", ".join(sorted(marks)[:5]))
        raise DataError(
            f"The amounts are in {len(marks)} currencies: {named}. Give the currency a column of its own, "
            "and say --currency CODE."
        )


def refuse_bad(what: str, bad: Mapping[str, int], read: int, max_bad: float, seen: Callable[[], str]) -> None:
    """Raise DataError where more of what was read than a share cannot be read.

    `seen` tells places of it, and is asked only then: it reads the files again.
    """
    count = sum(bad.values())
    if count > Fraction(str(max_bad)) * read:
        share = count / read
        raise DataError(
            f"{count:,} of {read:,} {what} ({share:.1%}) cannot be read, more than --max-bad {max_bad:.1%}: "
            f"{reasons(bad)}.{seen()}",
            {"max_bad": math.ceil(100 * share) / 100},
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
    "bad rating": "is not a rating",
}

_HINTS = {
    "bad date": "--date-format says how dates are written, --calendar in which calendar.",
    "bad amount": "--decimal says which mark is the decimal one.",
}


def reasons(rows: Mapping[str, int]) -> str:
    """Return reasons with the number of rows that each sets aside."""
    return ", ".join(f"{reason} {count:,}" for reason, count in rows.items())


@dataclass(frozen=True)
class Place:
    """Where a row stands that could not be read: its cell, or the whole row where it has no cells.

    The `line` is None in a database, whose rows have no numbers.
    """

    file: str
    line: int | None
    reason: str
    header: str
    text: str

    def __str__(self) -> str:
        value = f'{self.header} "{self.text[:60]}"' if self.header else f'"{self.text[:60]}"'
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {printable(value)} {_BAD[self.reason]}"


def places(bad: Sequence[BadRow], sources: Sequence[Source]) -> Iterator[Place]:
    """Yield where bad rows stand, file by file."""
    for number, source in enumerate(sources):
        found = [row for row in bad if row.source == number]
        for row in found:
            if row.row == NOWHERE:
                yield Place(source.name, None, row.reason, row.header, row.text)
        own = [row for row in found if row.row != NOWHERE]
        if not own:
            continue
        located = source.locate(np.array([row.row for row in own], np.int64))
        for row, (line, record) in zip(own, located, strict=True):
            yield Place(source.name, line, row.reason, row.header, row.text if row.header else record)


def listed(bad: Sequence[BadRow], sources: Sequence[Source]) -> str:
    """Return a line for each of the first bad rows (file, line, header, value), and what is read instead."""
    lines = [f"\n  {place}" for place in places(bad, sources)]
    told = {row.reason for row in bad}
    lines += [f"\n  {hint}" for reason, hint in _HINTS.items() if reason in told]
    return "".join(lines)
