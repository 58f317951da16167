"""Which order lines are set aside, and why: one ordered list of rules as data, which every engine compiles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from segtool.tables.numbers.affixes import currency_code
from segtool.tables.text import fold

if TYPE_CHECKING:
    import pyarrow as pa

    from segtool.orders.where import Where


@dataclass(frozen=True)
class Broken:
    """The row cannot be split into its cells; readers find these."""


@dataclass(frozen=True)
class Missing:
    """The role's cell is empty."""

    role: str


@dataclass(frozen=True)
class Filled:
    """The role's cell is not empty; never so where the table has no such column."""

    role: str


@dataclass(frozen=True)
class Guest:
    """The customer id is one that the guests of a shop share."""


@dataclass(frozen=True)
class FurtherLine:
    """The amount is empty in a table that has the total of an order on its first line only."""


@dataclass(frozen=True)
class Unpaid:
    """The status is one that means that nobody paid."""


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


@dataclass(frozen=True, eq=False)
class Listed:
    """The customer is one of a list, whose distinct ids are in byte order; `name` is what errors call the list."""

    name: str
    ids: "pa.Array"


@dataclass(frozen=True)
class Unmet:
    """The row does not meet all conditions that the user sets to rows; they count ages to the as-of day."""

    conditions: "tuple[Where, ...]"
    as_of: date | None


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


@dataclass(frozen=True)
class NeverBought:
    """The customer of the row has a frequency of zero, or neither frequency nor last order nor money."""


Predicate = (
    Broken
    | FurtherLine
    | Missing
    | Guest
    | OneOf
    | NoneOf
    | Unpaid
    | Filled
    | Listed
    | Unmet
    | Unreadable
    | Repeated
    | Before
    | After
    | Negative
    | NoPurchase
    | NeverBought
)


@dataclass(frozen=True)
class Rule:
    """A row is set aside for `reason` where the predicate holds and no earlier rule did.

    `bad` rows count against --max-bad. A row that only `choice` rules set aside still dates the data: the as-of date
    is the latest date of all rows that pass the others.
    """

    reason: str
    predicate: Predicate
    bad: bool = False
    choice: bool = False


def set_aside_rules(
    *,
    keep_status: Iterable[str] = (),
    drop_status: Iterable[str] = (),
    currency: str | None = None,
    excluded: Listed | None = None,
    where: "Sequence[Where]" = (),
    drop_duplicates: bool = False,
    since: date | None = None,
    as_of: date | None = None,
    refunds: str = "net",
    money: Iterable[str] = (),
) -> tuple[Rule, ...]:
    """Return the rules that these options ask for, in the order in which they are tried.

    What the rows say of themselves goes first, then the list and the conditions that the user has for them, and then
    what cannot be read: postage or a staff's order that nobody wants is no bad amount. `money` are the roles of further
    columns of money that must be read.
    """
    kept, dropped = _folded(keep_status), _folded(drop_status)
    rules: list[Rule | None] = [
        Rule("broken row", Broken(), bad=True),
        Rule("further line", FurtherLine()),
        Rule("no customer", Missing("customer_id")),
        Rule("no customer", Guest()),
        Rule("status", NoneOf("status", kept)) if kept else None,
        Rule("status", OneOf("status", dropped)) if dropped else None,
        Rule("status", Unpaid()) if not kept and not dropped else None,
        Rule("cancelled", Filled("cancelled_at")) if not kept and not dropped else None,
        Rule("currency", NoneOf("currency", frozenset({currency_code(currency)}))) if currency else None,
        Rule("excluded", excluded) if excluded else None,
        Rule("where", Unmet(tuple(where), as_of)) if where else None,
        Rule("bad date", Unreadable("order_date"), bad=True),
        Rule("bad amount", Unreadable("amount"), bad=True),
        *(Rule(f"bad {role.replace('_', ' ')}", Unreadable(role), bad=True) for role in money),
        Rule("duplicate", Repeated()) if drop_duplicates else None,
        Rule("before window", Before(since), choice=True) if since else None,
        Rule("after as-of", After(as_of), choice=True) if as_of else None,
        Rule("refund", Negative(), choice=True) if refunds == "drop" else None,
        Rule("refunds only", NoPurchase(), choice=True),
    ]
    return tuple(rule for rule in rules if rule is not None)


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, values))


def positions(rules: Iterable[Rule], predicate: type[Predicate]) -> list[int]:
    """Return where the rules of a kind stand."""
    return [i for i, rule in enumerate(rules) if isinstance(rule.predicate, predicate)]


def roles_of(rules: Iterable[Rule]) -> set[str]:
    """Return the roles that the rules look at, which must have a column."""
    return {rule.predicate.role for rule in rules if isinstance(rule.predicate, Missing | Unreadable | OneOf | NoneOf)}


@dataclass(frozen=True)
class Tally:
    """Rows set aside for one reason, how many of them have a readable amount, and the sum of those in units."""

    rows: int
    valued: int
    units: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.rows + other.rows, self.valued + other.valued, self.units + other.units)


@dataclass(frozen=True)
class Counts:
    """What happened to every row: rows read = rows used + rows set aside. `bad` are the reasons against --max-bad."""

    read: int
    set_aside: Mapping[str, Tally]
    bad: tuple[str, ...]

    @property
    def bad_rows(self) -> dict[str, int]:
        """The rows set aside because they cannot be read, by reason."""
        return {reason: self.set_aside[reason].rows for reason in self.bad if reason in self.set_aside}

    @property
    def rows_set_aside(self) -> int:
        return sum(tally.rows for tally in self.set_aside.values())

    @property
    def used(self) -> int:
        return self.read - self.rows_set_aside


def reconcile(rules: Sequence[Rule], found: Mapping[int, Tally], read: int) -> Counts:
    """Return the counts from tallies by position of the rule; reasons without rows are left out.

    >>> counts = reconcile(set_aside_rules(), {2: Tally(rows=2, valued=2, units=50_000)}, 10)
    >>> counts.used, dict(counts.set_aside)
    (8, {'no customer': Tally(rows=2, valued=2, units=50000)})
    """
    tallies: dict[str, Tally] = {}
    for at, rule in enumerate(rules):
        if at in found and found[at].rows:
            tallies[rule.reason] = found[at] + tallies.get(rule.reason, Tally(0, 0, 0))
    return Counts(read, MappingProxyType(tallies), tuple(rule.reason for rule in rules if rule.bad))
