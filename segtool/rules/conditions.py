"""Conditions over the columns of a table, as data: tests of cells, and what joins them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Unit = Literal["day", "week", "month", "year"]

Function = Literal["age", "days", "month", "year", "share_above", "rows_above", "ratio", "filled"]

FUNCTIONS: tuple[str, ...] = get_args(Function)

WHOLE_TABLE = ("share_above", "rows_above")
"""Functions whose value for a row depends on all rows."""

EVERY = "*"
"""All columns, as an argument of `filled`."""


@dataclass(frozen=True)
class Term:
    """A column, or a function of columns, which are called by the names that rules have for them.

    A function of all rows can be `of` another term, which looks at the same columns.
    """

    columns: tuple[str, ...]
    function: Function | None = None
    of: "Term | None" = None

    def __str__(self) -> str:
        inner = str(self.of) if self.of else ", ".join(self.columns)
        return f"{self.function}({inner})" if self.function else self.columns[0]


@dataclass(frozen=True)
class Text:
    """A text, in which `*` stands for any letters and `\\*` for itself."""

    pattern: str


@dataclass(frozen=True)
class Span:
    """The numbers or days from `low` to `high`, without an end that is `open`; None is no limit."""

    low: Decimal | date | None = None
    high: Decimal | date | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, other: "Span") -> bool:
        """Return whether all of another span lies in this one.

        >>> Span(Decimal(18), Decimal(25), high_open=True).holds(Span(Decimal(19), Decimal(24)))
        True
        >>> Span(Decimal(65), None).holds(Span(Decimal(60), None)), Span(Decimal(1)).holds(Span(Decimal(0)))
        (False, False)
        """
        if self.low is not None and (
            other.low is None
            or other.low < self.low  # type: ignore[operator]
            or (other.low == self.low and self.low_open and not other.low_open)
        ):
            return False
        return self.high is None or not (
            other.high is None
            or other.high > self.high  # type: ignore[operator]
            or (other.high == self.high and self.high_open and not other.high_open)
        )

    @property
    def of_days(self) -> bool:
        return isinstance(self.high if self.low is None else self.low, date)


Value = Text | Span


@dataclass(frozen=True)
class OneOf:
    """The cell is one of the values."""

    term: Term
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Has:
    """The cell is a list, and one of the texts stands in it."""

    term: Term
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Empty:
    """The cell is empty."""

    term: Term


@dataclass(frozen=True)
class Is:
    """The cell says yes or no."""

    term: Term
    truth: bool


@dataclass(frozen=True)
class Within:
    """The day lies on the as-of day or up to so many units before it, or, `ahead`, after it."""

    term: Term
    count: int
    unit: Unit
    ahead: bool = False


@dataclass(frozen=True)
class Older:
    """The day lies more than so many units before the as-of day."""

    term: Term
    count: int
    unit: Unit


@dataclass(frozen=True)
class Compare:
    """Two cells of a row compare so: as numbers, or else as days, or else, if it is = or !=, as texts."""

    left: Term
    sign: str
    right: Term


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    """Some part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold. Of an empty cell most conditions do not."""

    part: "Condition"


Test = OneOf | Has | Empty | Is | Within | Older | Compare
"""A condition on one cell, or on two of a row."""

Condition = Test | All | AnyOf | Not


def terms_of(condition: Condition) -> Iterator[Term]:
    """Yield the terms that a condition looks at, in their order, some of them twice.

    >>> from segtool.rules.line import parse
    >>> [str(term) for term in terms_of(parse("age(birth_date) > 30 and (spend > budget or vip is true)"))]
    ['age(birth_date)', 'spend', 'budget', 'vip']
    """
    for test in tests_in(condition):
        yield from (test.left, test.right) if isinstance(test, Compare) else (test.term,)


def tests_in(condition: Condition) -> Iterator[Test]:
    """Yield the tests of cells that a condition is made of."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from tests_in(part)
        case Not(part):
            yield from tests_in(part)
        case _:
            yield condition


def replaced(condition: Condition, terms: Mapping[Term, Term]) -> Condition:
    """Return a condition that looks at other terms in place of some.

    >>> from segtool.rules.line import parse
    >>> replaced(parse("age < 30"), {Term(("age",)): Term(("born",), "age")}) == parse("age(born) < 30")
    True
    """
    match condition:
        case All(parts):
            return All(tuple(replaced(part, terms) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(replaced(part, terms) for part in parts))
        case Not(part):
            return Not(replaced(part, terms))
        case Compare(left, sign, right):
            return Compare(_in_place_of(left, terms), sign, _in_place_of(right, terms))
        case _:
            return replace(condition, term=_in_place_of(condition.term, terms))


def _in_place_of(term: Term, terms: Mapping[Term, Term]) -> Term:
    """Return what stands in for a term, or a function of what stands in for its column."""
    inner = terms.get(Term(term.columns))
    if inner is None or term.function is None or len(term.columns) > 1:
        return terms.get(term, term)
    if inner.function is None:
        return Term(inner.columns, term.function)
    return Term(inner.columns, term.function, inner) if term.function in WHOLE_TABLE else term
