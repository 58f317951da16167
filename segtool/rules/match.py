"""Which rows of a table meet a condition."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import eq, ge, gt, le, lt, ne
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import UsageError
from segtool.rules.cells import Exact
from segtool.rules.columns import Table, looks
from segtool.rules.conditions import (
    All,
    AnyOf,
    Compare,
    Condition,
    Empty,
    Has,
    Is,
    Not,
    Older,
    OneOf,
    Span,
    Term,
    Text,
    Unit,
    Value,
    Within,
)
from segtool.tables.arrays import Ints, Mask, as_mask, as_texts
from segtool.tables.headers import one_spelling

TRUE, FALSE = (
    tuple(map(one_spelling, words.split()))
    for words in (
        "true yes y 1 1.0 t on ja oui si sim evet wahr vrai verdadero بله بلی آری",
        "false no n 0 0.0 f off nein non nao hayir falsch faux falso خیر نه",
    )
)
"""What cells say for yes and no, in one spelling."""

_TRUE, _FALSE = as_texts(TRUE), as_texts(FALSE)

_BETWEEN = ";,|،؛"
"""What stands between the entries of a list in one cell."""

_AROUND = r"[\s\[\]\"']*"
"""What can stand around an entry, as in a list that some program wrote: ["vip", "new"]."""

_AT_ONCE = 2_000
"""The longest pattern that is looked for; longer ones would take more memory than RE2 gives."""

_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}


def matching(condition: Condition, table: Table, at: int) -> Mask:
    """Return which rows of a chunk of a table meet a condition.

    >>> import pyarrow as pa
    >>> from segtool.rules.line import parse
    >>> table = Table({"age": pa.chunked_array([["17", "25", ""]]), "city": pa.chunked_array([["Bonn", "ULM", "Ulm"]])})
    >>> matching(parse('age < 18 or city = "ulm" and age is empty'), table, 0).tolist()
    [True, False, True]

    Raises UsageError where days are counted back from an as-of date that nobody knows.
    """
    match condition:
        case All(parts):
            return reduce(np.logical_and, (matching(part, table, at) for part in parts))
        case AnyOf(parts):
            return reduce(np.logical_or, (matching(part, table, at) for part in parts))
        case Not(part):
            return ~matching(part, table, at)
        case Empty(term):
            return table.empty(term, at)
        case OneOf(term, values):
            return _one_of(term, values, table, at)
        case Has(term, texts):
            return _of_texts(term, lambda own: _having(own, texts), table, at)
        case Is(term, truth):
            return _of_texts(term, lambda own: as_mask(pc.is_in(own, _TRUE if truth else _FALSE)), table, at)
        case Within(term, count, unit, ahead):
            if not table.has_days(term.columns[0], at):
                return np.zeros(table.sizes[at], np.bool_)
            today = table.day()
            other = moved(today, count if ahead else -count, unit)
            return _within(term, Span(min(today, other), max(today, other)), table, at)
        case Older(term, count, unit):
            if not table.has_days(term.columns[0], at):
                return np.zeros(table.sizes[at], np.bool_)
            return _within(term, Span(None, moved(table.day(), -count, unit), high_open=True), table, at)
        case Compare(left, sign, right):
            return _compared(left, sign, right, table, at)


def moved(day: date, count: int, unit: Unit) -> date:
    """Return the day so many units later; of a month without such a day, its last one.

    >>> str(moved(date(2024, 3, 31), -1, "month")), str(moved(date(2024, 2, 29), 1, "year"))
    ('2024-02-29', '2025-02-28')
    """
    try:
        if unit in ("day", "week"):
            return day + timedelta(days=count * (7 if unit == "week" else 1))
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(day.day, monthrange(year, month)[1]))
    except (OverflowError, ValueError):
        raise UsageError(f"{abs(count)} {unit}s reach beyond the years that there are.") from None


def unreadable(condition: Condition, table: Table, at: int) -> dict[str, Mask]:
    """Return column -> which filled cells cannot be read as the number or the day that a condition compares."""
    found: dict[str, Mask] = {}
    kinds: dict[str, set[str]] = {}
    for term, kind in looks(condition):
        name = term.columns[0]
        if len(term.columns) == 1 and name in table.names:
            of_days = term.function in ("age", "days", "month", "year") and kind != "cell"
            kinds.setdefault(name, set()).add("day" if of_days else kind)
    for name, own in kinds.items():
        if not own & {"number", "day"} or "text" in own or {"number", "day"} <= own:
            continue
        read = table.days(name)[at].by_row()[1] if "day" in own else table.numbers(Term((name,)))[at].told
        if not read.all():
            found[name] = ~read & ~table.empty(Term((name,)), at)
    return found


def _one_of(term: Term, values: tuple[Value, ...], table: Table, at: int) -> Mask:
    found = np.zeros(table.sizes[at], np.bool_)
    texts = [value for value in values if isinstance(value, Text)]
    if texts:
        found |= _of_texts(term, lambda own: _like(own, texts), table, at)
    for value in values:
        if isinstance(value, Span):
            found |= _within(term, value, table, at)
    return found


def _of_texts(term: Term, fits: Callable[[pa.Array], Mask], table: Table, at: int) -> Mask:
    """Return where the text of a term, in one spelling, is one that fits; never where it is empty."""
    own = table.labels(term)[at]
    return np.append(fits(own.texts), False)[own.places]


def _like(column: pa.Array, texts: Sequence[Text]) -> Mask:
    """Return which texts, in one spelling, are one of those of a rule, in which `*` stands for any letters."""
    pieces = [_pieces(text) for text in texts]
    found = as_mask(pc.is_in(column, as_texts([each[0] for each in pieces if len(each) == 1])))
    patterns = [".*".join(map(re.escape, each)) for each in pieces if len(each) > 1]
    for pattern in _alternatives(patterns):
        found |= as_mask(pc.match_substring_regex(column, f"(?s)^(?:{pattern})$"))
    return found


def _having(column: pa.Array, texts: Sequence[Text]) -> Mask:
    """Return which texts, in one spelling, are lists with one of those of a rule."""
    found = np.zeros(len(column), np.bool_)
    patterns = [f"[^{_BETWEEN}]*".join(map(re.escape, _pieces(text))) for text in texts]
    for pattern in _alternatives(patterns):
        entry = f"(?s)(?:^|[{_BETWEEN}]){_AROUND}(?:{pattern}){_AROUND}(?:[{_BETWEEN}]|$)"
        found |= as_mask(pc.match_substring_regex(column, entry))
    return found


def _pieces(text: Text) -> list[str]:
    r"""Return what stands between the `*` of a text, in one spelling.

    >>> _pieces(Text("Web*")), _pieces(Text(r"5\* hotel"))
    (['web', ''], ['5* hotel'])
    """
    pieces = [one_spelling(piece.replace("\\*", "*")) for piece in re.split(r"(?<!\\)\*", text.pattern)]
    pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip()
    return pieces if len(pieces) > 1 else [pieces[0].strip()]


def _alternatives(patterns: Sequence[str]) -> Iterator[str]:
    """Yield patterns, as many in one as may be looked for at once."""
    own: list[str] = []
    for pattern in patterns:
        if own and sum(map(len, own)) + len(pattern) > _AT_ONCE:
            yield "|".join(own)
            own = []
        own.append(pattern)
    if own:
        yield "|".join(own)


def _within(term: Term, span: Span, table: Table, at: int) -> Mask:
    if not span.of_days:
        return table.numbers(term)[at].within(span)
    if term.function:
        return np.zeros(table.sizes[at], np.bool_)
    return table.days(term.columns[0])[at].within(span)


def _compared(left: Term, sign: str, right: Term, table: Table, at: int) -> Mask:
    """Return where two cells compare so, each row by what both can be read as: numbers, days, texts."""
    compare: Any = _COMPARE[sign]
    one, other = table.numbers(left)[at], table.numbers(right)[at]
    decided = one.readable & other.readable
    found = _compared_numbers(one, other, decided, compare)
    if left.function or right.function:
        return found
    open_rows = ~decided & ~table.empty(left, at) & ~table.empty(right, at)
    if open_rows.any():
        (here, known), (there, known_there) = (table.days(each.columns[0])[at].by_row() for each in (left, right))
        both = open_rows & known & known_there
        found |= both & compare(here, there)
        open_rows &= ~both
    if sign in ("=", "!=") and open_rows.any():
        ours, theirs = table.labels(left)[at], table.labels(right)[at]
        codes = {
            text: code for code, text in enumerate(dict.fromkeys([*ours.texts.to_pylist(), *theirs.texts.to_pylist()]))
        }
        here, there = (
            np.append(np.array([codes[text] for text in own.texts.to_pylist()], np.int64), -1)[own.places]
            for own in (ours, theirs)
        )
        found |= open_rows & compare(here, there)
    return found


def _compared_numbers(one: Exact, other: Exact, both: Mask, compare: Any) -> Mask:
    if one.per == other.per and not (one.rest or other.rest or one.is_float or other.is_float):
        found: Mask = compare(_ints(one), _ints(other))
        return found & both
    (here, exact), (there, exact_there) = one.floats(), other.floats()
    found = both & compare(here, there)
    for row in np.flatnonzero(both & ~(exact & exact_there)).tolist():
        found[row] = compare(one.value(row), other.value(row))
    return found


def _ints(numbers: Exact) -> Ints:
    own = numbers.numbers.astype(np.int64, copy=False)
    return own if numbers.places is None else own[numbers.places]
