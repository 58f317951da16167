"""Schemes over the columns of customers: ordered rules, of which the first that holds names a row; and their TOML."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from segtool.errors import printable
from segtool.rules.conditions import Compare, Condition, Term, replaced, terms_of, tests_in
from segtool.rules.grid import Rule
from segtool.rules.toml import condition_of
from segtool.rules.written import parse_term
from segtool.segments.scheme import Segment, Texts
from segtool.segments.toml_keys import (
    OF_EVERY_SEGMENT,
    check_keys,
    described,
    listed_segments,
    segment_of,
    text_of,
    texts_of,
)

NONE = "(none)"
"""What stands in the table for a row that no rule names, where the scheme has no default."""

KEYS = (
    *("title", "about", "source", "default", "derived", "optional", "each", "advice", "owner", "goal"),
    "segments",
)

_LONGEST_NAME = 100
"""How many letters the name of a segment can have."""

_SCORES = ("r", "f", "m", "l", "fm", "sum", "code")
"""Keys that only scores have: a scheme with one of them lacks its [scoring]."""


@dataclass(frozen=True, eq=False)
class AttributeScheme:
    """Segments in the order in which their rules are tried, `conditions` in the same order; None asks for nothing.

    A row is in the first segment whose condition holds, or else, where the scheme has `each`, in one that is called as
    the row's value of that column, or else in the `default`, a position, or else in none. `derived` is name -> terms of
    which the first that the table has columns for stands in where it has no column of that name. `advice` is for what
    `each` names, `place` is what errors call the scheme. Columns that are `optional` count as empty where the table has
    them not; one at least it must have.
    """

    name: str
    title: Texts
    about: Texts
    source: Texts | None
    segments: tuple[Segment, ...]
    conditions: tuple[Condition | None, ...]
    default: int | None
    each: Term | None
    derived: Mapping[str, tuple[Term, ...]]
    optional: frozenset[str]
    advice: Texts
    owner: str | None
    goal: str | None
    text: str
    place: str

    @property
    def checksum(self) -> str:
        """A short code of the text, in which one version of a scheme differs from another; line ends do not count."""
        return f"{crc32(chr(10).join(self.text.splitlines()).encode()):08x}"

    @property
    def terms(self) -> Iterator[tuple[str | None, Term]]:
        """Yield each term that the scheme looks at, and the name of the segment that does."""
        if self.each:
            yield None, self.each
        for segment, condition in zip(self.segments, self.conditions, strict=True):
            for term in () if condition is None else terms_of(condition):
                yield segment.name, term

    def compares_with(self, name: str) -> bool:
        """Return whether a rule has this name on the right of a sign, where a text would stand in quotes."""
        tests = (test for each in self.conditions if each is not None for test in tests_in(each))
        return any(isinstance(test, Compare) and test.right == Term((name,)) for test in tests)

    def fitted(self, has: Callable[[str], bool]) -> "AttributeScheme":
        """Return the scheme with terms of columns that a table has in place of columns that it has not."""
        stand_ins = {
            name: next((term for term in terms if all(map(has, term.columns))), None)
            for name, terms in self.derived.items()
            if not has(name)
        }
        found = {Term((name,)): term for name, term in stand_ins.items() if term}
        if not found:
            return self
        conditions = tuple(None if each is None else replaced(each, found) for each in self.conditions)
        return replace(self, conditions=conditions, each=found.get(self.each, self.each) if self.each else None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: titles by language, and the segments in the order of their rules."""
        return {
            **{key: getattr(self, key) for key in ("name", "title", "about", "source", "owner", "goal")},
            "columns": list(dict.fromkeys(name for _, term in self.terms for name in term.columns)),
            "each": str(self.each) if self.each else None,
            "segments": [
                {
                    **{key: getattr(segment, key) for key in ("name", "title", "advice", "health", "urgency")},
                    **{key: getattr(segment, key) for key in ("owner", "goal")},
                    "default": place == self.default,
                }
                for place, segment in enumerate(self.segments)
            ],
        }


def parse(text: str, name: str, place: str | None = None) -> AttributeScheme:
    """Return the scheme over columns that a TOML text describes; `place` is what errors call it.

    >>> found = parse('[[segments]]\\nname = "young"\\nage = "<30"', "mine")
    >>> found.segments[0].name, [str(term) for _, term in found.terms]
    ('young', ['age'])

    Raises SchemeError that names the place, the segment and the condition.
    """
    place = place or f"Scheme {name}"
    return described(text, place, lambda data: _scheme(data, name, text, place))


def _scheme(data: Mapping[str, Any], name: str, text: str, place: str) -> AttributeScheme:
    check_keys(data, KEYS)
    each, default = text_of(data, "each"), text_of(data, "default")
    listed = listed_segments(data) if "segments" in data or each is None else []
    if any(key in table for _, table in listed for key in _SCORES):
        key = next(key for _, table in listed for key in _SCORES if key in table)
        raise ValueError(f"[scoring] is missing: it names the axes, as r = {{ bins = 5 }}. A column is 'column({key})'")
    segments, conditions = [], []
    for own, table in listed:
        try:
            _check_name(own)
            segment, condition = _segment(table)
            if condition is None and own != default:
                raise ValueError("it has no conditions; say which columns hold what, as age = '25..34'")
        except ValueError as error:
            raise ValueError(f"segment {own[:_LONGEST_NAME]}: {error}") from None
        segments.append(segment)
        conditions.append(condition)
    names = [segment.name for segment in segments]
    if default is not None and default not in names:
        _check_name(default)
        segments.append(segment_of({"name": default}, Rule()))
        conditions.append(None)
        names.append(default)
    return AttributeScheme(
        name=name,
        title=texts_of(data, "title") or {"en": name},
        about=texts_of(data, "about") or {"en": ""},
        source=texts_of(data, "source"),
        segments=tuple(segments),
        conditions=tuple(conditions),
        default=None if default is None else names.index(default),
        each=_term("each", each) if each else None,
        derived=_derived(data),
        optional=_optional(data),
        advice=texts_of(data, "advice") or {"en": ""},
        owner=text_of(data, "owner"),
        goal=text_of(data, "goal"),
        text=text,
        place=place,
    )


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"its name is longer than {_LONGEST_NAME} letters")
    if printable(name) != name:
        raise ValueError("its name has letters that cannot be printed")
    if name == NONE:
        raise ValueError("rows that no rule names are called so; say default = '…'")


def _segment(table: Mapping[str, Any]) -> tuple[Segment, Condition | None]:
    conditions = {key: value for key, value in table.items() if key not in OF_EVERY_SEGMENT}
    return segment_of(table, Rule()), condition_of(conditions) if conditions else None


def _derived(data: Mapping[str, Any]) -> dict[str, tuple[Term, ...]]:
    stated = data.get("derived", {})
    if not isinstance(stated, dict):
        raise ValueError("[derived] is a table of columns, as age = 'age(birth_date)'")
    return {name: tuple(_term(f"[derived] {name}", each) for each in _several(value)) for name, value in stated.items()}


def _optional(data: Mapping[str, Any]) -> frozenset[str]:
    stated = data.get("optional", [])
    if not isinstance(stated, list) or not all(isinstance(name, str) for name in stated):
        raise ValueError("optional is a list of columns that a table need not have, as ['city', 'region']")
    return frozenset(stated)


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _term(place: str, text: Any) -> Term:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{place} is a column or a function of one, as 'age(birth_date)'")
    try:
        return parse_term(text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
