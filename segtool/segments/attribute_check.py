"""Is a scheme over columns sound? Every row that can be has a segment, and every segment has rows that can be in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import groupby, islice, product
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa

from segtool.rules.columns import Spelled, Table
from segtool.rules.conditions import (
    EVERY,
    Compare,
    Condition,
    Empty,
    Not,
    OneOf,
    Span,
    Term,
    Test,
    replaced,
    terms_of,
    tests_in,
)
from segtool.rules.match import matching
from segtool.rules.samples import FILLED, Sample, is_own, samples
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.tables.arrays import Mask

MOST_CASES = 500_000
"""More kinds of rows than these are not tried."""

_MOST_LIKE = 20
"""So many rows that are alike to the rules, as the holes between bands, are told."""

_AS_OF = date(2024, 6, 15)
"""The day that ages and days are counted from, where a scheme names no later one."""

_LATEST = date(2199, 12, 31)

Case = Mapping[str, Sample]
"""What a row holds, by column or function of one; None is an empty cell. What does not matter is not in it."""


@dataclass(frozen=True)
class Hidden:
    """A segment whose rule holds for some rows, all of which earlier segments take: these, and such a row."""

    segment: str
    behind: tuple[str, ...]
    example: Case


@dataclass(frozen=True)
class AttributeReport:
    """What trying a scheme over columns on every kind of row found. Days are as of `as_of`.

    `cases` are the kinds of rows that its rules tell apart; where these are too many, it is not `proven`: then only
    `impossible` is known, the segments that nobody can be in. `gaps` are rows in no segment, `default_cases` tells how
    many kinds of rows no rule names where the scheme has a default, and `default_example` is one. `each` is the column
    of which every value is a segment by itself.
    """

    scheme: str
    terms: tuple[str, ...]
    as_of: date
    cases: int
    proven: bool
    gaps: tuple[Case, ...]
    hidden: tuple[Hidden, ...]
    impossible: tuple[str, ...]
    default: str | None
    default_cases: int
    default_example: Case | None
    each: str | None

    @property
    def is_sound(self) -> bool:
        return not self.gaps and not self.hidden and not self.impossible

    @property
    def is_monotone(self) -> bool:
        """Always: what a column holds is neither better nor worse."""
        return True

    @property
    def looks_at_days(self) -> bool:
        """Whether a day of a column stands in an example."""
        examples = [*self.gaps, *(each.example for each in self.hidden), self.default_example or {}]
        return any(value and _as_day(value) for example in examples for value in example.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data; an empty cell is None."""
        return {
            "scheme": self.scheme,
            "sound": self.is_sound,
            "proven": self.proven,
            "columns": list(self.terms),
            "as_of": self.as_of.isoformat(),
            "cases": self.cases,
            "gaps": [dict(case) for case in self.gaps],
            "unreachable": [
                {"segment": each.segment, "behind": list(each.behind), "example": dict(each.example)}
                for each in self.hidden
            ],
            "impossible": list(self.impossible),
            "default": self.default,
            "default_cases": self.default_cases,
            "default_example": None if self.default_example is None else dict(self.default_example),
            "each": self.each,
        }


def check_attributes(scheme: AttributeScheme, name: str | None = None) -> AttributeReport:
    """Return what is wrong with a scheme over columns, sound or not; `name` is what to call it.

    >>> from segtool.segments.attribute_scheme import parse
    >>> report = check_attributes(parse('segments = [{ name = "young", age = "<30" }]', "mine"))
    >>> report.cases, report.gaps
    (3, ({'age': '30'}, {'age': None}))
    """
    names = [segment.name for segment in scheme.segments]
    rules = [(own, rule) for own, rule in zip(names, scheme.conditions, strict=True) if rule is not None]
    conditions = [rule for _, rule in rules]
    as_of = max(day for day in (_AS_OF, *_days_in(conditions)) if day <= _LATEST)
    each = str(scheme.each) if scheme.each else None
    trial = _Trial([*conditions, *([Not(Empty(scheme.each))] if scheme.each else [])], as_of)
    report = AttributeReport(
        scheme=name or scheme.name,
        terms=tuple(dict.fromkeys(str(term) for _, term in scheme.terms)),
        as_of=as_of,
        cases=trial.cases,
        proven=False,
        gaps=(),
        hidden=(),
        impossible=(),
        default=None if scheme.default is None else names[scheme.default],
        default_cases=0,
        default_example=None,
        each=each,
    )
    if trial.cases > MOST_CASES:
        alone = ((own, _Trial([rule], as_of)) for own, rule in rules)
        nobody = (own for own, single in alone if single.cases <= MOST_CASES and not single.masks[0].any())
        return replace(report, impossible=tuple(nobody))
    unnamed = trial.possible & ~trial.masks.any(axis=0)
    found, owners = trial.cases_of(unnamed), [own for own, _ in rules]
    report = replace(
        report,
        cases=int(trial.possible.sum()),
        proven=True,
        hidden=tuple(_hidden(trial, owners)),
        impossible=tuple(own for own, mask in zip(owners, trial.masks, strict=False) if not mask.any()),
    )
    if report.default is None:
        return replace(report, gaps=tuple(found))
    return replace(report, default_cases=int(unnamed.sum()), default_example=found[0] if found else None)


def _hidden(trial: "_Trial", owners: Sequence[str]) -> Iterator[Hidden]:
    """Yield the rules of which an earlier one holds wherever they do."""
    masks = trial.masks
    first = np.where(masks.any(axis=0), masks.argmax(axis=0), -1)
    for place in range(len(owners)):
        if masks[place].any() and not (first == place).any():
            behind = np.unique(first[masks[place]]).tolist()
            yield Hidden(owners[place], tuple(owners[i] for i in behind), trial.cases_of(masks[place])[0])


def _days_in(rules: Iterable[Condition]) -> Iterator[date]:
    """Yield the days that rules name."""
    for test in (test for rule in rules for test in tests_in(rule)):
        for value in test.values if isinstance(test, OneOf) else ():
            if isinstance(value, Span):
                yield from (end for end in (value.low, value.high) if isinstance(end, date))


class _Trial:
    """Conditions, tried on all kinds of rows: a cell of each kind of each column, in all combinations.

    Shares that depend on all rows, and ratios, are columns by themselves: they have a number where those that they are
    made of have one.
    """

    def __init__(self, rules: Sequence[Condition], as_of: date) -> None:
        made = {term: Term((str(term),)) for rule in rules for term in terms_of(rule) if is_own(term)}
        self.rules = [replaced(rule, made) for rule in rules]
        self.as_of = as_of
        self.tests = list(dict.fromkeys(test for rule in self.rules for test in tests_in(rule)))
        self.terms = list(dict.fromkeys(term for rule in self.rules for term in terms_of(rule)))
        columns = dict.fromkeys(name for term in self.terms for name in term.columns)
        self.made_of = {str(term): term.columns for term in made if EVERY not in term.columns}
        self.bases = {name for own in self.made_of.values() for name in own}
        columns |= dict.fromkeys(sorted(self.bases))
        self.shares = {str(term) for term in made if term.function != "ratio"}
        self.alike: dict[str, dict[Sample, list[Sample]]] = {}
        """Column -> cell that was tried -> itself, and others that are like it and stand elsewhere in their order."""
        self.cells = {name: self._distinct(name, self._samples(name)) for name in columns}
        self.compared = {name for test in self.tests if isinstance(test, Compare) for name in _columns(test)}
        self.shape = [len(cells) for cells in self.cells.values()]
        self.cases = prod(self.shape)

    def _samples(self, name: str) -> list[Sample]:
        if name in self.shares:
            ends = OneOf(Term((name,)), (Span(Decimal(0), Decimal(0)), Span(Decimal(1), Decimal(1))))
            found = samples(name, [*self.tests, ends], self.as_of)
            return [each for each in found if (name in self.made_of if each is None else 0 <= float(each) <= 1)]
        found = samples(name, self.tests, self.as_of)
        if name in self.bases and FILLED in found:
            return ["1", None]
        table = self._table({name: pa.array(found, pa.string())})
        known = table.days(name)[0].by_row()[1] if any(map(_as_day, filter(None, found))) else ()
        unread = {cell for cell, there in zip(found, known, strict=False) if not there and cell and _as_day(cell)}
        return [cell for cell in found if cell not in unread]

    def _distinct(self, name: str, found: Sequence[Sample]) -> list[Sample]:
        """Return cells of which no two are alike to all tests of their column, the first of each kind."""
        own = [test for test in self.tests if name in _columns(test)]
        if any(isinstance(test, Compare) for test in own):
            return list(found)
        alone = [test for test in own if len(_columns(test)) == 1]
        table = self._table({name: pa.array(found, pa.string())})
        answers = [matching(test, table, 0) for test in alone]
        answers.append(table.empty(Term((name,)), 0))
        if name in self.bases:
            answers.append(table.numbers(Term((name,)))[0].readable)
        kinds = dict(zip(found, zip(*(answer.tolist() for answer in answers), strict=True), strict=True))
        first: dict[tuple[bool, ...], Sample] = {}
        for cell, kind in kinds.items():
            first.setdefault(kind, cell)
        self.alike[name] = {cell: [cell] for cell in first.values()}
        for run in _runs(kinds):
            tried = first[kinds[run[0]]]
            if tried not in run:
                self.alike[name][tried].append(next(cell for cell in kinds if cell in run))
        return list(first.values())

    def _table(self, columns: Mapping[str, pa.Array]) -> Table:
        return Table(columns, name="the scheme", as_of=self.as_of, spelled=Spelled(".", day_first=True), threads=1)

    @cached_property
    def table(self) -> Table:
        """A row a case, in the order of the positions of their cells."""
        places = np.indices(self.shape).reshape(len(self.shape), -1)
        cells = zip(self.cells.items(), places, strict=True)
        return self._table({name: pa.array(own, pa.string()).take(pa.array(at)) for (name, own), at in cells})

    @cached_property
    def possible(self) -> Mask:
        """Which cases can be: what is made of columns is a number where they are."""
        found = np.ones(self.shape, np.bool_)
        for made, bases in self.made_of.items():
            told = np.all([self.table.numbers(Term((base,)))[0].readable for base in bases], axis=0)
            found &= (self.table.cells(made)[0].filled == told).reshape(self.shape)
        return found

    @cached_property
    def masks(self) -> Mask:
        """For each rule which of the cases meet it, a column a dimension."""
        found = np.array([matching(rule, self.table, 0) for rule in self.rules], np.bool_)
        masks: Mask = found.reshape(len(self.rules), *self.shape) & self.possible
        return masks

    def cases_of(self, mask: Mask) -> list[Case]:
        """Return the cases where a mask holds, those as one that differ only in what does not matter for it.

        What is compared with another column always matters.
        """
        columns = list(self.cells)
        held, told = mask | ~self.possible, np.zeros_like(mask)
        found: list[Case] = []
        for at in np.argwhere(mask).tolist():
            if told[tuple(at)]:
                continue
            kept: list[Any] = list(at)
            for dimension, name in enumerate(columns):
                if name in self.compared:
                    continue
                wider = [*kept[:dimension], slice(None), *kept[dimension + 1 :]]
                if held[tuple(wider)].all():
                    kept = wider
            told[tuple(kept)] = True
            for case in self._told([cell if isinstance(cell, int) else None for cell in kept]):
                if case not in found:
                    found.append(case)
        return found

    def _told(self, kept: Sequence[int | None]) -> Iterator[Case]:
        """Yield the rows with cells at some places, None where any cell will do, and those that are like them."""
        needed = [
            (name, cells[at]) for (name, cells), at in zip(self.cells.items(), kept, strict=True) if at is not None
        ]
        like = (self.alike.get(name, {}).get(cell, [cell]) for name, cell in needed)
        for cells in islice(product(*like), _MOST_LIKE):
            found: dict[str, Sample] = {}
            for (name, _), cell in zip(needed, cells, strict=True):
                found |= self._cell(name, cell)
            yield found

    def _cell(self, name: str, cell: Sample) -> Case:
        """Return a cell as rules look at it: as it is, unless only functions do, and what these make of it."""
        functions = [term for term in self.terms if term.function and term.columns == (name,)]
        plain = not functions or cell is None or any(_looks_at_day(test, name) for test in self.tests)
        found = {name: cell} if plain else {}
        for term in functions if cell is not None else ():
            value = self._table({name: pa.array([cell])}).numbers(term)[0].value(0)
            found[str(term)] = None if value is None else f"{float(value):.12g}"
        return found


def _terms(test: Test) -> tuple[Term, ...]:
    return (test.left, test.right) if isinstance(test, Compare) else (test.term,)


def _columns(test: Test) -> set[str]:
    return {name for term in _terms(test) for name in term.columns}


def _looks_at_day(test: Test, name: str) -> bool:
    """Return whether a test looks at a column as it is, and for more than whether it is empty."""
    return name in _columns(test) and not isinstance(test, Empty) and not any(each.function for each in _terms(test))


def _runs(kinds: Mapping[Sample, Any]) -> Iterator[list[str]]:
    """Yield the numbers, and the days, that follow one another and are of one kind."""
    cells = [cell for cell in kinds if cell is not None]
    numbers = {cell: number for cell in cells if (number := _as_number(cell)) is not None}
    days = {cell: day for cell in cells if (day := _as_day(cell)) is not None}
    for order in (sorted(numbers, key=numbers.__getitem__), sorted(days, key=days.__getitem__)):
        for _, run in groupby(order, key=kinds.__getitem__):
            yield list(run)


def _as_number(cell: str) -> Decimal | None:
    try:
        return Decimal(cell)
    except InvalidOperation:
        return None


def _as_day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None
