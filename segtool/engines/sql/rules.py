"""The rules that set lines aside, as one SQL expression: the number of the first one that holds."""

from collections.abc import Callable, Mapping

from segtool.engines import Plan
from segtool.engines.lines import USED
from segtool.engines.sql.scans import Scan
from segtool.orders import set_aside
from segtool.tables.dates import day_number
from segtool.tables.dates.spelling import DAY

LOST = -2
"""The verdict on a line with an odd cell that was not looked up: its table was changed in the meantime."""


def _unreadable(predicate: set_aside.Unreadable, _: Scan, __: int) -> str | None:
    return {"order_date": "m IS NULL", "amount": "u IS NULL"}[predicate.role]


def _on_labels(predicate: set_aside.Predicate, scan: Scan, position: int) -> str | None:
    role = "status" if isinstance(predicate, set_aside.Unpaid) else getattr(predicate, "role", None)
    return f"b{position}" if role in scan.roles else None


_COMPILED: Mapping[type, Callable[..., str | None]] = {
    set_aside.Broken: lambda *_: None,
    set_aside.FurtherLine: lambda _, scan, __: (
        "further" if scan.table.habits.first_line_totals and "amount" in scan.roles else None
    ),
    set_aside.Missing: lambda *_: "c IS NULL",
    set_aside.Guest: lambda _, scan, __: "guest" if scan.table.habits.guests else None,
    set_aside.Unpaid: _on_labels,
    set_aside.Filled: _on_labels,
    set_aside.OneOf: _on_labels,
    set_aside.NoneOf: _on_labels,
    set_aside.Listed: lambda *_: "listed IS NOT NULL",
    set_aside.Unmet: lambda _, scan, __: "unmet" if scan.table.looked else None,
    set_aside.Unreadable: _unreadable,
    set_aside.Repeated: lambda *_: None,
    set_aside.Before: lambda rule, *_: f"m < {day_number(rule.day) * DAY}",
    set_aside.After: lambda rule, *_: f"m >= {(day_number(rule.day) + 1) * DAY}",
    set_aside.Negative: lambda *_: "u < 0",
    set_aside.NoPurchase: lambda *_: None,
}
"""Each predicate of `segtool.orders.set_aside` as SQL over the lines of a scan; None where it holds for none of them.

Repeated rows and customers without a purchase take all lines to see.
"""


def verdict(scan: Scan, plan: Plan) -> str:
    """Return the position of the first rule that sets a line aside."""
    tried = [(LOST, "lost")]
    for position, rule in enumerate(plan.rules):
        holds = _COMPILED[type(rule.predicate)](rule.predicate, scan, position)
        if holds is not None:
            tried.append((position, holds))
    cases = " ".join(f"WHEN {holds} THEN {position}" for position, holds in tried)
    return f"CASE {cases} ELSE {USED} END"
