"""Rules in TOML: the condition that the keys of a table state. They are data, never run as code."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from segtool.rules.conditions import Condition, Has, Is, Not, Span, Term, Value
from segtool.rules.line import parse
from segtool.rules.written import (
    DEEPEST,
    MOST_DIGITS,
    SIGNS,
    TIME,
    all_of,
    any_of,
    compared,
    end_of,
    filled_but,
    listed,
    one_of,
    parse_term,
    range_of,
    refuse,
    said,
    short,
    state_of,
    text_of,
    time_ago,
    time_of,
)

_GROUPS = ("all", "any", "not", "where")
"""Keys of a rule in TOML that are no columns."""


def condition_of(table: Mapping[str, Any]) -> Condition:
    """Return the condition that the keys of a TOML table state: all of them hold.

    >>> either = condition_of({"age": "25..34", "any": [{"vip": True}, {"tags": {"has": "gold"}}]}).parts[1]
    >>> [type(part).__name__ for part in either.parts], either.parts[1].texts
    (['Is', 'Has'], (Text(pattern='gold'),))

    Raises ValueError, in words that follow a place, for what is no condition.
    """
    return _of_table(table, 0)


def _of_table(table: Mapping[str, Any], depth: int) -> Condition:
    if not isinstance(table, Mapping) or not table:
        raise ValueError("a rule is a table of conditions, as { age = '25..34' }")
    if depth > DEEPEST:
        raise ValueError("rules stand too deep in one another")
    return all_of([_of_key(key, value, depth + 1) for key, value in table.items()])


def _of_key(key: str, value: Any, depth: int) -> Condition:
    if key not in _GROUPS:
        try:
            return _of_cell(parse_term(key), value, depth)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    if key == "where":
        if not isinstance(value, str):
            raise ValueError("where is a text, as where = 'spend > budget'")
        try:
            return parse(value)
        except ValueError as error:
            raise ValueError(f"where: {error}") from None
    if key == "not" and isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list) or not value:
        raise ValueError(f"{key} is a list of rules, as {key} = [{{ age = '..17' }}, {{ city = 'Berlin' }}]")
    parts = tuple(_of_table(each, depth) for each in value)
    if key == "all":
        return all_of(parts)
    return any_of(parts) if key == "any" else Not(any_of(parts))


_OPERATORS = ("is", "has", "not", "within", "older_than")


def _of_cell(term: Term, value: Any, depth: int) -> Condition:
    """Return what a value in TOML asks of a cell."""
    if depth > DEEPEST:
        raise ValueError("conditions stand too deep in one another")
    if isinstance(value, bool):
        return Is(term, value)
    if isinstance(value, Mapping):
        return all_of([_of_operator(term, name, each, depth) for name, each in value.items()] or _no_operator(value))
    if not isinstance(value, list):
        return (time_of(term, value) if isinstance(value, str) else None) or one_of(term, [_value_of(value)])
    if not value:
        raise ValueError("an empty list names no value")
    return listed(term, value, lambda each: _of_cell(term, each, depth + 1))


def _no_operator(value: Any) -> Any:
    raise ValueError(f"{value!r} asks for nothing; it can say {', '.join(_OPERATORS)}")


def _of_operator(term: Term, name: str, value: Any, depth: int) -> Condition:
    if name == "is":
        return state_of(term, str(value).strip().lower()) or refuse(
            f"is = {short(value)} is none of 'empty', 'filled', true and false"
        )
    if name == "has":
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError("has is a text or a list of texts, of which one stands in the cell")
        return Has(term, tuple(dict.fromkeys(map(text_of, texts))))
    if name == "not":
        return filled_but(term, _of_cell(term, value, depth + 1))
    if name in ("within", "older_than"):
        words = f"{name.replace('_', ' ')} {value}".lower()
        ago = TIME.fullmatch(" ".join(words.split()))
        return time_ago(term, ago) if ago else refuse(f"{name} = {short(value)} is no time, as '30 days'")
    raise ValueError(f"{name!r} is no key here; it can say {', '.join(_OPERATORS)}")


def _value_of(value: Any) -> Value:
    """Return a value as TOML has it: a number, a day, or a text that can be a range or a comparison."""
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return Span(day, day)
    if isinstance(value, int | float):
        return _exactly(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{short(value)} is no value; write 18, '25..34', '>=65', 'text' or a list of these")
    text = value.strip()
    for sign in ("<=", ">=", "<", ">", "≤", "≥"):
        if text.startswith(sign):
            if (end := end_of(text[len(sign) :].strip())) is None:
                raise ValueError(f"{short(value)} compares with no number or day; where = '…' compares two columns")
            return compared(SIGNS.get(sign, sign), end)
    low, dots, high = text.partition("..")
    if dots and range_of(text) is None and any(each and (each[0].isdigit() or each[0] in "+-") for each in (low, high)):
        raise ValueError(f"{short(value)} is no range: its ends are numbers as 1000 or 2.5, or days as 2024-01-31")
    return said(text)


def _exactly(value: float) -> Span:
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        raise ValueError("a number is too long")
    exact = Decimal(repr(value))
    if not exact.is_finite():
        raise ValueError(f"{value} is no number to compare with")
    return Span(exact, exact)
