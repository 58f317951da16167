"""Cells that stand for all that a column can hold, as far as some conditions tell them apart."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import combinations, pairwise
from math import ceil, floor

from segtool.errors import UsageError
from segtool.rules.conditions import EVERY, Compare, Has, Is, Older, OneOf, Span, Term, Test, Within
from segtool.rules.match import moved

Sample = str | None
"""A cell as text, None where it is empty."""

OTHER = "(another text)"
"""The text that stands for all that no rule names."""

FILLED = "(filled)"
"""The text of a column that is asked for nothing but whether it is filled."""

_OF_DAYS = ("age", "days", "month", "year")
_MOST_ENTRIES, _MOST_WILD = 6, 12
_SOME = Decimal(10)
"""A number for columns that are only compared with one another."""


@dataclass
class _Asked:
    """What tests ask of one column: numbers and days at which an answer changes, texts, entries of lists.

    A day is the first on which the answer is another one. A column that is `born` has days of birth, and no others
    unless it is also `dated`.
    """

    numbers: set[Decimal] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    truths: bool = False
    months: bool = False
    born: bool = False
    dated: bool = False
    compared: bool = False


def samples(column: str, tests: Iterable[Test], as_of: date) -> list[Sample]:
    """Return cells of a column, an empty one among them, of which any other cell is like one for all tests.

    Of numbers these are the ends of ranges, some between and beyond; of days those around the days on which an answer
    changes; of texts each one and another. Cells that are neither, as words among numbers and the birth of who is not
    yet born, are left out.

    >>> from segtool.rules.conditions import tests_in
    >>> from segtool.rules.line import parse
    >>> samples("age", tests_in(parse("age < 18 or age = 99")), date(2024, 6, 15))
    ['18', '99', '58.5', '17', '100', None]
    >>> samples("city", tests_in(parse('city = "Ulm"')), date(2024, 6, 15))
    ['Ulm', '(another text)', None]
    """
    asked, tests = _Asked(), list(tests)
    for test in tests:
        _ask(asked, column, test, as_of)
    for test in tests:
        if isinstance(test, Compare):
            _pool(asked, column, test, tests, as_of)
    found: list[Sample] = [*filter(str.strip, _texts(asked)), *_numbers(asked), *map(str, _days(asked, as_of))]
    found += ["yes", "no"] if asked.truths else []
    if asked.texts or asked.entries:
        found.append(OTHER)
    elif not found:
        found.append(FILLED)
    return [*dict.fromkeys(found), None]


def is_own(term: Term) -> bool:
    """Return whether the value of a term is none that a cell of one column makes, so that it is a column by itself."""
    return term.function in ("share_above", "rows_above", "ratio") or term.columns == (EVERY,)


def _ask(asked: _Asked, column: str, test: Test, as_of: date) -> None:
    match test:
        case OneOf(term, values) if column in term.columns:
            for value in values:
                if isinstance(value, Span):
                    _ask_span(asked, term, value, as_of)
                elif term.function and (number := _number(value.pattern)) is not None:
                    _ask_span(asked, term, Span(number, number), as_of)
                elif not term.function:
                    asked.texts.append(value.pattern)
        case Has(Term((own,), None), texts) if own == column:
            asked.entries += [text.pattern for text in texts]
        case Is(Term((own,), None)) if own == column:
            asked.truths = True
        case Within(Term((own,)), count, unit, ahead) if own == column:
            other = moved(as_of, count if ahead else -count, unit)
            asked.days |= {min(as_of, other), _later(max(as_of, other), 1)}
            asked.dated = True
        case Older(Term((own,)), count, unit) if own == column:
            asked.days.add(moved(as_of, -count, unit))
            asked.dated = True


def _ask_span(asked: _Asked, term: Term, span: Span, as_of: date) -> None:
    if term.function == "month":
        asked.months = True
    elif term.function in _OF_DAYS:
        asked.days |= set(_changes(term, span, as_of))
        asked.born |= term.function == "age"
        asked.dated |= term.function != "age"
    elif term.function is None and span.of_days:
        asked.dated = True
        low, high = span.low, span.high
        if isinstance(low, date):
            asked.days.add(_later(low, span.low_open))
        if isinstance(high, date):
            asked.days.add(_later(high, not span.high_open))
    elif term.function is None:
        asked.numbers |= {end for end in (span.low, span.high) if isinstance(end, Decimal)}


def _changes(term: Term, span: Span, as_of: date) -> Iterator[date]:
    """Yield the first days on which a whole number that a function makes of a day comes into a span, or leaves it."""
    low, high = span.low, span.high
    least = [] if not isinstance(low, Decimal) else [floor(low) + 1 if span.low_open else ceil(low)]
    least += [] if not isinstance(high, Decimal) else [ceil(high) if span.high_open else floor(high) + 1]
    for count in least:
        try:
            if term.function == "year":
                yield date(count, 1, 1)
            else:
                yield _later(moved(as_of, -count, "year" if term.function == "age" else "day"), 1)
        except (ValueError, OverflowError, UsageError):  # no day is so far away
            continue


def _pool(asked: _Asked, column: str, test: Compare, tests: Sequence[Test], as_of: date) -> None:
    """Ask for what tells a column from the one that it is compared with: the same numbers and days, less and more."""
    both = (test.left, test.right)
    if not any(column in term.columns for term in both):
        return
    beside = _Asked()
    for term in both:
        for other in tests:
            for own in term.columns:
                _ask(beside, own, other, as_of)
    asked.compared = True
    asked.days |= beside.days
    numbers = beside.numbers or ({_SOME} if not beside.days else set())
    for term in both:
        if column in term.columns and term.function is None:
            asked.numbers |= numbers
        elif column in term.columns and term.function in _OF_DAYS:
            for number in numbers or {_SOME}:
                _ask_span(asked, term, Span(number, number), as_of)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _numbers(asked: _Asked) -> list[str]:
    """Return the numbers at which an answer changes, those between and those beyond."""
    ends = sorted(asked.numbers)
    if not ends:
        return []
    steps = [Decimal(part) for part in (["0.25", "0.5", "0.75"] if asked.compared else ["0.5"])]
    between = [low + (high - low) * step for low, high in pairwise(ends) for step in steps]
    beyond = [each for step in range(1, len(steps) + 1) for each in (ends[0] - step, ends[-1] + step)]
    return [plain_number(each) for each in (*ends, *between, *beyond)]


def plain_number(number: Decimal) -> str:
    """Return a number without an exponent and without zeros that say nothing.

    >>> plain_number(Decimal("1E+3")), plain_number(Decimal("20.50"))
    ('1000', '20.5')
    """
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _days(asked: _Asked, as_of: date) -> list[date]:
    """Return the day next to the as-of date of each span of days with the same answers; of each month if asked for."""
    if not (asked.days or asked.months or asked.born or asked.dated):
        return []
    starts = sorted(asked.days or {as_of})
    found = []
    for start, end in pairwise([date.min, *starts, date.max]):
        nearest = max(start, min(as_of, _later(end, -1)))
        found.append(nearest)
        if asked.months:
            around = (_later(nearest, away) for distance in range(1, 367) for away in (-distance, distance))
            every: dict[int, date] = {}
            for day in around:
                if start <= day < end and day.month != nearest.month:
                    every.setdefault(day.month, day)
            found += every.values()
    return [day for day in found if asked.dated or not asked.born or day <= as_of]


def _later(day: date, days: int) -> date:
    """Return the day so many days later, or the last or the first that there is."""
    number = day.toordinal() + days
    return date.fromordinal(max(1, min(date.max.toordinal(), number)))


def _texts(asked: _Asked) -> Iterator[str]:
    """Yield a text for each pattern, and one for two that may fit at once; lists of some entries and of others."""
    pieces = [re.split(r"(?<!\\)\*", pattern) for pattern in asked.texts]
    yield from (_joined(each, "x") for each in pieces)
    wild = [each for each in pieces if len(each) > 1][:_MOST_WILD]
    for one, other in ((one, other) for one in wild for other in wild if one != other):
        yield _joined(one, _joined(other, ""))
    entries = [_joined(re.split(r"(?<!\\)\*", pattern), "x") for pattern in dict.fromkeys(asked.entries)]
    most = len(entries) if len(entries) <= _MOST_ENTRIES else 2
    for count in range(1, most + 1):
        yield from (";".join(each) for each in combinations(entries, count))
    if most < len(entries):
        yield ";".join(entries)


def _joined(pieces: Sequence[str], middle: str) -> str:
    return middle.join(piece.replace("\\*", "*") for piece in pieces)
