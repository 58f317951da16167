"""How values, columns and times are written in rules, in TOML and in a line of text alike."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from segtool.rules.conditions import (
    EVERY,
    FUNCTIONS,
    All,
    AnyOf,
    Condition,
    Empty,
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
from segtool.tables.dates import parse_day
from segtool.tables.numbers import EXACT

_MOST_PATTERN = 1_000
"""The longest text with a `*` in it."""

MOST_DIGITS = 400
"""The longest number."""

DEEPEST = 50
"""How deep conditions may stand in one another."""

_LONGEST = 100_000
"""How many days, weeks, months or years a rule may look back."""

SIGNS = {"≥": ">=", "≤": "<=", "==": "=", "<>": "!="}

_NUMBER = re.compile(r"([+−-]?\d+(?:[.٫]\d+)?(?:[eE][+-]?\d{1,3})?)\s*([%٪]?)")

_DAY = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}")

_TERM = re.compile(r"\s*(?P<function>\w+)\s*\((?P<columns>.*)\)\s*", re.DOTALL)

_QUOTED = r"""\"(?:[^"]|"")*"|'(?:[^']|'')*'"""

_COLUMN = re.compile(rf"\s*({_QUOTED}|[^,]*?)\s*,", re.DOTALL)

TIME = re.compile(
    r"(?:within(?P<ahead>\s+the\s+next|\s+next)?|(?P<older>older\s+than))\s+(?P<count>\d+)\s+(?P<unit>\w+)"
)

UNITS_OF_TIME: dict[str, Unit] = {f"{unit}{s}": unit for unit in get_args(Unit) for s in ("", "s")}


def all_of(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def any_of(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def filled_but(term: Term, condition: Condition) -> Condition:
    """Return the condition that a cell is filled and another one does not hold."""
    return All((Not(Empty(term)), Not(condition)))


def listed(term: Term, found: Sequence[Any], read: Callable[[Any], Condition]) -> Condition:
    """Return the condition that a cell is one of several values: one test of all that are plain texts and spans."""
    parts = [read(each) for each in found]
    values = [value for part in parts if isinstance(part, OneOf) for value in part.values]
    first = next((at for at, part in enumerate(parts) if isinstance(part, OneOf)), None)
    if first is None:
        return any_of(parts)
    others = [[part for part in own if not isinstance(part, OneOf)] for own in (parts[:first], parts[first:])]
    return any_of([*others[0], one_of(term, values), *others[1]])


def one_of(term: Term, found: Sequence[Value]) -> Condition:
    if term.function and any(isinstance(value, Span) and value.of_days for value in found):
        raise ValueError(f"{term} is a number, and no day")
    return OneOf(term, tuple(dict.fromkeys(found)))


def time_of(term: Term, text: str) -> Condition | None:
    """Return the condition that a text as `within 30 days` says, None for another text."""
    words = " ".join(text.lower().split())
    if found := TIME.fullmatch(words):
        return time_ago(term, found)
    if re.match(r"(within|older than) .*\d", words):
        raise ValueError(f"{text!r} is no time; write within 30 days, or older than 3 months")
    return None


def short(value: Any) -> str:
    """Return a value as errors show it: in one line, its beginning where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def text_of(text: str) -> Text:
    """Return a text that cells are compared with. Raises ValueError for a pattern that is too long to look for."""
    if len(text) > _MOST_PATTERN and "*" in text:
        raise ValueError(f"{short(text)} is too long for a text with *")
    return Text(text.strip())


def state_of(term: Term, word: str) -> Condition | None:
    """Return the condition that a cell is what a word says, None for a word that says nothing of it."""
    known: dict[str, Condition] = {"empty": Empty(term), "filled": Not(Empty(term))}
    known |= {"true": Is(term, True), "false": Is(term, False)}
    return known.get(word)


def denial_of(condition: Condition) -> Condition:
    """Return the condition that another one does not hold."""
    return condition.part if isinstance(condition, Not) else Not(condition)


def refuse(message: str) -> Any:
    raise ValueError(message)


def time_ago(term: Term, found: re.Match[str]) -> Condition:
    if found["unit"] not in UNITS_OF_TIME:
        raise ValueError(f"{short(found['unit'])} is no unit of time; there are days, weeks, months and years")
    if term.function:
        raise ValueError(f"{term} is a number; within and older than are of a column of days")
    unit = UNITS_OF_TIME[found["unit"]]
    count = int(found["count"]) if len(found["count"]) < 10 else _LONGEST + 1
    if count > _LONGEST:
        raise ValueError(f"{short(found['count'])} {unit}s are too long; the most are {_LONGEST:,}")
    return Older(term, count, unit) if found["older"] else Within(term, count, unit, bool(found["ahead"]))


def said(quoted: str) -> Value:
    """Return what a text in quotes says: a range, a day or a share, or else itself. `18` is a text there, as `007`."""
    text = quoted.strip()
    if not text:
        raise ValueError("'' is no value; a cell without one is empty")
    is_share = text[-1] in "%٪" and _NUMBER.fullmatch(text)
    end = end_of(text) if is_share or _DAY.fullmatch(text) else None
    return range_of(text) or (text_of(text) if end is None else Span(end, end))


def compared(sign: str, end: Decimal | date) -> Span:
    if sign in ("<", "<="):
        return Span(None, end, high_open=sign == "<")
    return Span(end, None, low_open=sign == ">")


def range_of(text: str) -> Span | None:
    """Return the range that a text says, None for another text. Raises ValueError for one with nothing in it."""
    low_text, dots, high_text = text.partition("..")
    if not dots or text == "..":
        return None
    low, high = (end_of(each.strip()) for each in (low_text, high_text))
    if (low is None) != (not low_text.strip()) or (high is None) != (not high_text.strip()):
        return None
    if low is not None and high is not None:
        if isinstance(low, date) != isinstance(high, date):
            raise ValueError(f"{text!r} goes from a number to a day")
        if low > high:  # type: ignore[operator]
            raise ValueError(f"{text!r} begins after its end")
    return Span(low, high)


def end_of(text: str) -> Decimal | date | None:
    """Return the number or the day that a text says, None where it says neither.

    >>> end_of("۱۲٫۵%"), end_of("1403/12/30"), end_of("1e3")
    (Decimal('0.125'), datetime.date(2025, 3, 20), Decimal('1E+3'))

    Raises ValueError for a day that is in no calendar, and a number that is too long.
    """
    if number := _NUMBER.fullmatch(text):
        if len(text) > MOST_DIGITS:
            raise ValueError(f"{short(text)} is too long for a number")
        value = Decimal(number[1].replace("٫", ".").replace("−", "-"))
        return value.scaleb(-2, EXACT) if number[2] else value
    if not _DAY.fullmatch(text):
        return None
    return parse_day(text) or refuse(f"{text!r} is no day of a calendar")


def parse_term(text: str) -> Term:
    """Return the column or the function of columns that a text names.

    >>> [(each.columns, each.function) for each in (parse_term("age(birth_date)"), parse_term("Net spend (EUR)"))]
    [(('birth_date',), 'age'), (('Net spend (EUR)',), None)]
    """
    call = _TERM.fullmatch(text)
    if call is None or call["function"] not in (*FUNCTIONS, "column"):
        return Term((text.strip(),))
    if call["function"] == "column":
        return Term((_unquoted(call["columns"].strip()),))
    return function_of(call["function"], [_unquoted(each) for each in _COLUMN.findall(f"{call['columns']},")])


def _unquoted(text: str) -> str:
    """Return a text without the quotes that it stands in; a quote in it is doubled."""
    return text[1:-1].replace(text[0] * 2, text[0]) if re.fullmatch(_QUOTED, text, re.DOTALL) else text


def function_of(function: Any, columns: Sequence[str]) -> Term:
    if function == "ratio" and len(columns) == 2 and all(columns) and EVERY not in columns:
        return Term(tuple(columns), function)
    if not all(columns) or (function != "filled" and len(columns) != 1) or (EVERY in columns and len(columns) > 1):
        raise ValueError(
            f"{function}({', '.join(columns)}) is not of {'two columns' if function == 'ratio' else 'one column'}"
        )
    if EVERY in columns and function != "filled":
        raise ValueError(f"{function}(*) is not of one column")
    return Term(tuple(columns), function)
