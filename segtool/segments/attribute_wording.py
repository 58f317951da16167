"""Schemes over columns in words: what a rule asks of a row."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from segtool.rules.conditions import (
    EVERY,
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
    Value,
    Within,
)
from segtool.rules.samples import plain_number
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.scheme import Segment
from segtool.words import Words

_SHOWN = 6
"""How many values of a list are told where there are more than one more."""

_SHARES = ("share_above", "rows_above", "filled")


def asked_of(scheme: AttributeScheme, segment: Segment, words: Words) -> str:
    """Return what a row must hold to be in a segment.

    >>> from segtool.segments.attribute_scheme import parse
    >>> from segtool.words import words_in
    >>> mine = parse('segments = [{ name = "a", age = "<30", city = ["Bonn", "Ulm*"], where = "vip is true" }]', "mine")
    >>> asked_of(mine, mine.segments[0], words_in("en"))
    'age is under 30 and city is Bonn or Ulm* and vip is yes'
    """
    place = scheme.segments.index(segment)
    condition = scheme.conditions[place]
    asked = [] if condition is None else [in_words(condition, words)]
    if place == scheme.default:
        asked.append(words("rule.default"))
    return words("rule.any").join(asked)


def in_words(condition: Condition, words: Words) -> str:
    """Return a condition in words."""
    match condition:
        case All(parts):
            return words("list.and").join(_part(part, words, AnyOf) for part in parts)
        case AnyOf(parts):
            return words("rule.any").join(_part(part, words, AnyOf) for part in parts)
        case Not(Empty(term)):
            return words("asked.filled", what=named(term, words))
        case Not(part):
            return words("asked.not", part=in_words(part, words))
        case Empty(term):
            return words("asked.empty", what=named(term, words))
        case Is(term, truth):
            return words("asked.yes" if truth else "asked.no", what=named(term, words))
        case Has(term, texts):
            values = listed([text.pattern for text in texts], words)
            return words("asked.has", what=named(term, words), values=values)
        case OneOf(term, found):
            values = listed([_value(value, term, words) for value in found], words)
            return words("asked.is", what=named(term, words), values=values)
        case Within(term, count, unit, ahead):
            time = words.count(count, f"span.{unit}")
            return words("asked.ahead" if ahead else "asked.within", what=named(term, words), time=time)
        case Older(term, count, unit):
            time = words.count(count, f"span.{unit}")
            return words("asked.older", what=named(term, words), time=time)
        case Compare(left, sign, right):
            return f"{named(left, words)} {sign} {named(right, words)}"


def _part(part: Condition, words: Words, within: type) -> str:
    """Return a part of a condition in words, in brackets where it is of a kind that would run into its neighbours."""
    told = in_words(part, words)
    return f"({told})" if isinstance(part, within) else told


def named(term: Term, words: Words) -> str:
    """Return how a column, or a function of columns, is called.

    >>> from segtool.rules.written import parse_term
    >>> from segtool.words import words_in
    >>> named(parse_term("age(birth_date)"), words_in("en")), named(parse_term("city"), words_in("en"))
    ('years since birth_date', 'city')
    """
    if term.function is None:
        return term.columns[0]
    if EVERY in term.columns:
        return words("made.every")
    columns = named(term.of, words) if term.of else words.series(term.columns)
    return words(f"made.{term.function}", columns=columns)


def listed(values: Sequence[str], words: Words) -> str:
    """Return some values, the first of many."""
    if len(values) <= _SHOWN + 1:
        return _or(values, words)
    return words("asked.among", values=words.series(values[:_SHOWN]), count=len(values) - _SHOWN)


def _or(values: Iterable[str], words: Words) -> str:
    *first, last = values
    return words("list.or").join([words.series(first), last] if first else [last])


def _value(value: Value, term: Term, words: Words) -> str:
    if isinstance(value, Text):
        return value.pattern
    low, high = (None if end is None else _end(end, term, words) for end in (value.low, value.high))
    if low is not None and high is not None:
        return low if low == high else words("range.within", low=low, high=high)
    return _half(value, low, high, words)


def _half(span: Span, low: str | None, high: str | None, words: Words) -> str:
    if low is None:
        if not span.high_open:
            return words("range.up-to", cut=high)
        return words("asked.before" if span.of_days else "asked.under", high=high)
    if span.low_open:
        return words("asked.after" if span.of_days else "range.over", **{"low" if span.of_days else "cut": low})
    return words("asked.since" if span.of_days else "asked.from", low=low)


def _end(end: Decimal | date, term: Term, words: Words) -> str:
    if isinstance(end, date):
        return words.in_digits(str(end))
    return words.in_digits(f"{plain_number(end * 100)}%" if term.function in _SHARES else plain_number(end))
