"""Which order lines are set aside, and why: one ordered list of rules as data, which every engine compiles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True)
class Broken:
    """The row cannot be split into its cells; readers find these."""


@dataclass(frozen=True)
class Missing:
    """The role's cell is empty."""

    role: str


@dataclass(frozen=True)
class Unreadable:
    """The role's cell cannot be read as what it should be."""

    role: str


@dataclass(frozen=True)
class OneOf:
    """The role's label is one of the values, compared without case."""

    role: str
    values: frozenset[str]


@dataclass(frozen=True)
class NoneOf:
    """The role's label is none of the values, compared without case; an empty cell is none of them."""

    role: str
    values: frozenset[str]


@dataclass(frozen=True)
class Repeated:
    """Every cell of the row equals an earlier row's."""


@dataclass(frozen=True)
class Before:
    """The order date is earlier than a day."""

    day: date


@dataclass(frozen=True)
class After:
    """The order date is later than a day."""

    day: date


@dataclass(frozen=True)
class Negative:
    """The amount is below zero."""


@dataclass(frozen=True)
class NoPurchase:
    """Every line of the customer that is left is a refund: known only when all lines have been seen."""


Predicate = Broken | Missing | Unreadable | OneOf | NoneOf | Repeated | Before | After | Negative | NoPurchase


@dataclass(frozen=True)
class Rule:
    """A row is set aside for `reason` where the predicate holds and no earlier rule did.

    `bad` rows count against --max-bad. A row that only `choice` rules set aside still dates the data: the as-of date
    is the latest date of all rows that pass the others. `worth` tells whether the set-aside rows have a known amount.
    """

    reason: str
    predicate: Predicate
    bad: bool = False
    choice: bool = False
    worth: bool = True


def set_aside_rules(
    *,
    keep_status: Iterable[str] = (),
    drop_status: Iterable[str] = (),
    currency: str | None = None,
    drop_duplicates: bool = False,
    since: date | None = None,
    as_of: date | None = None,
    refunds: str = "net",
) -> tuple[Rule, ...]:
    """Return the rules that these options ask for, in the order in which they are tried."""
    kept, dropped = _plain(keep_status), _plain(drop_status)
    rules: list[Rule | None] = [
        Rule("broken row", Broken(), bad=True, worth=False),
        Rule("no customer", Missing("customer_id")),
        Rule("status", NoneOf("status", kept)) if kept else None,
        Rule("status", OneOf("status", dropped)) if dropped else None,
        Rule("currency", NoneOf("currency", _plain([currency]))) if currency else None,
        Rule("bad date", Unreadable("order_date"), bad=True),
        Rule("bad amount", Unreadable("amount"), bad=True, worth=False),
        Rule("duplicate", Repeated()) if drop_duplicates else None,
        Rule("before window", Before(since), choice=True) if since else None,
        Rule("after as-of", After(as_of), choice=True) if as_of else None,
        Rule("refund", Negative(), choice=True) if refunds == "drop" else None,
        Rule("refunds only", NoPurchase(), choice=True),
    ]
    return tuple(rule for rule in rules if rule is not None)


def _plain(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.strip().lower() for value in values)


@dataclass(frozen=True)
class Tally:
    """Rows set aside for one reason and their money in units of 1/10,000, None where it is not known."""

    rows: int
    units: int | None


@dataclass(frozen=True)
class Counts:
    """What happened to every row: rows read = rows used + rows set aside."""

    read: int
    set_aside: Mapping[str, Tally]

    @property
    def rows_set_aside(self) -> int:
        return sum(tally.rows for tally in self.set_aside.values())

    @property
    def used(self) -> int:
        return self.read - self.rows_set_aside


def tally(rules: Iterable[Rule], found: Mapping[int, tuple[int, int]], read: int) -> Counts:
    """Return the counts from (rows, units) by position of the rule; reasons without rows are left out.

    >>> counts = tally(set_aside_rules(), {1: (2, 50_000)}, 10)
    >>> counts.used, dict(counts.set_aside)
    (8, {'no customer': Tally(rows=2, units=50000)})
    """
    tallies: dict[str, Tally] = {}
    for position, rule in enumerate(rules):
        rows, units = found.get(position, (0, 0))
        if rows:
            earlier = tallies.get(rule.reason, Tally(0, 0))
            known = rule.worth and earlier.units is not None
            tallies[rule.reason] = Tally(earlier.rows + rows, (earlier.units or 0) + units if known else None)
    return Counts(read, MappingProxyType(tallies))
