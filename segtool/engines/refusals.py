"""When what an engine found cannot be used: the reason, and the places."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from segtool.engines import Aggregate, BadRow
from segtool.errors import DataError, printable
from segtool.tables.source import Source


def refuse_unusable(found: Aggregate, sources: Sequence[Source], max_bad: float, currency: str | None) -> None:
    """Raise DataError where the rows cannot be trusted, or none is left."""
    counts = found.counts
    if counts.read == 0:
        raise DataError(f"{', '.join(source.name for source in sources)}: a header, but no rows.")
    if len(found.currencies) > 1 and currency is None:
        named = printable(", ".join(label.upper() for label in found.currencies[:5]))
        raise DataError(f"The orders are in {len(found.currencies)} currencies: {named}. Say --currency CODE.")
    bad = counts.bad_rows
    if sum(bad.values()) > Fraction(str(max_bad)) * counts.read:
        share = sum(bad.values()) / counts.read
        raise DataError(
            f"{sum(bad.values()):,} of {counts.read:,} rows ({share:.1%}) cannot be read, more than --max-bad "
            f"{max_bad:.1%}: {_reasons(bad)}.{_places(found.bad, sources)}"
        )
    if not len(found.customers):
        aside = {reason: tally.rows for reason, tally in counts.set_aside.items()}
        statuses = f" Statuses: {printable(', '.join(found.statuses[:10]))}." if "status" in aside else ""
        seen = " No row has that currency." if aside.get("currency") == counts.read else ""
        raise DataError(
            f"No usable row: {counts.read:,} read, all set aside: {_reasons(aside)}.{statuses}{seen}"
            f"{_places(found.bad, sources)}"
        )


_BAD = {"broken row": "is no whole row", "bad date": "is not a date", "bad amount": "is not an amount"}

_HINTS = {
    "bad date": "Dates are read as 2024-12-31, 2024-12-31 18:30 or 2024-12-31T18:30:00+01:00.",
    "bad amount": "Amounts are read as 1234.5, without thousands separators and currency signs.",
}


def _reasons(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in rows.items())


def _places(bad: Sequence[BadRow], sources: Sequence[Source]) -> str:
    """Return a line for each of the first bad rows (file, line, header, value), and what is read instead."""
    lines = []
    for number, source in enumerate(sources):
        own = [row for row in bad if row.source == number]
        located = source.locate(np.array([row.row for row in own], np.int64))
        for row, (line, record) in zip(own, located, strict=True):
            value = f'{row.header} "{row.text[:60]}"' if row.header else f'"{record[:60]}"'
            lines.append(f"\n  {source.name}:{line}: {printable(value)} {_BAD[row.reason]}")
    reasons = {row.reason for row in bad}
    lines += [f"\n  {hint}" for reason, hint in _HINTS.items() if reason in reasons]
    if any(row.reason == "bad date" and re.match(r"1[34]\d\d[-/]", row.text) for row in bad):
        lines.append("\n  Years from 1300 to 1499 look like the Jalali calendar; convert them to Gregorian dates.")
    return "".join(lines)
