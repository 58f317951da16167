"""Conditions to be watched: a small language that is read and never run as code."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import get_args

from segtool.errors import UsageError, printable
from segtool.history.compare import NEW
from segtool.labelled import GONE
from segtool.segments.scheme import Health, Scheme
from segtool.summary.bounds import NUMBER, bound
from segtool.summary.targets import Target
from segtool.tables.headers import nearest

ANY = "*"
"""Any other segment, as an end of a flow."""

_GRAMMAR = (
    "write 'Champions -> At Risk > 5%', 'Champions < 500', 'revenue(Champions) drops 10%', 'churn_rate > 8%', "
    "'moved(gone) > 100', 'health(negative) > 50%' or 'psi > 0.25'"
)

_MOVES = ("up", "down", "same", "new", "gone")
RATES = ("churn_rate", "retention_rate")
_SIZES = ("customers", "revenue")

_CONDITION = re.compile(
    rf"(?P<left>.+?)(?:\s*(?P<sign>>=|<=|≥|≤|<|(?<!-)>)|\s+(?P<change>drops|rises)(?:\s+by)?\s)\s*{NUMBER}"
)
_FLOW = re.compile(r"(?P<before>.+?)\s*(?:->|→)\s*(?P<after>.+)")
_CALL = re.compile(r"(?P<figure>[a-z_]+)\s*\(\s*(?P<of>.+?)\s*\)")
_AFTER = re.compile(r"(?P<of>.+?)\s+(?P<figure>customers|revenue)")

_SIGNS = {"≥": ">=", "≤": "<="}


@dataclass(frozen=True)
class Condition:
    """What must not be: a figure beyond a limit, or one that has dropped or risen by so much or more.

    `of` is a segment, a direction or a health, or None for all customers; of a flow it is where the customers were,
    and `into` where they are. `sign` is > >= < <= drops or rises. `limit` is a fraction of 1 where the text says
    percent, which `share` tells. A figure that is said `behind` the segment may belong to its name.
    """

    text: str
    figure: str
    of: str | None
    into: str | None
    sign: str
    limit: Decimal
    share: bool
    behind: bool = False

    @property
    def needs_before(self) -> bool:
        """Whether it asks for an earlier table."""
        return self.into is not None or self.sign in ("drops", "rises") or self.figure in ("psi", "moved", *RATES)

    @property
    def segments(self) -> list[str]:
        """The segments that it names."""
        named = [self.of, self.into] if self.figure in (*_SIZES, *RATES) else []
        return [name for name in named if name is not None and name not in (NEW, GONE, ANY)]


def parse_condition(text: str) -> Condition:
    """Return the condition that a text states.

    >>> found = parse_condition("revenue(At Risk) drops 10%")
    >>> found.figure, found.of, found.sign, str(found.limit), found.share
    ('revenue', 'At Risk', 'drops', '0.1', True)
    >>> found = parse_condition("Champions -> (gone) > 25")
    >>> found.figure, found.of, found.into, str(found.limit)
    ('customers', 'Champions', '(gone)', '25')

    Raises ValueError, in words that follow a place, for a text that states none.
    """
    found = _CONDITION.fullmatch(" ".join(text.split()))
    if found is None:
        raise ValueError(f"{printable(repr(text))} is no condition; {_GRAMMAR}")
    sign = found["change"] or _SIGNS.get(found["sign"], found["sign"])
    left = found["left"].strip()
    figure, of, into = _subject(left)
    condition = Condition(
        text=" ".join(text.split()),
        figure=figure,
        of=of,
        into=into,
        sign=sign,
        limit=bound(found["value"], found["percent"]),
        share=bool(found["percent"]),
        behind=bool(_AFTER.fullmatch(left)) and into is None,
    )
    if problem := _misfit(condition):
        raise ValueError(f"{printable(repr(text))}: {problem}")
    return condition


def parse_conditions(texts: str | Iterable[str]) -> tuple[Condition, ...]:
    """Return the conditions that texts state. Raises UsageError for one that states none."""
    found = []
    for text in [texts] if isinstance(texts, str) else texts:
        try:
            found.append(parse_condition(text))
        except ValueError as error:
            raise UsageError(f"--fail-if {error}.") from None
    return tuple(found)


def _subject(left: str) -> tuple[str, str | None, str | None]:
    """Return the figure of a condition, what it is of, and where that went."""
    figure = "customers"
    if (call := _CALL.fullmatch(left)) and call["figure"] in (*_SIZES, *RATES, "moved", "health"):
        figure, left = call["figure"], call["of"]
    elif left in (*_SIZES, *RATES, "psi"):
        return left, None, None
    elif (after := _AFTER.fullmatch(left)) and not _FLOW.fullmatch(left):
        figure, left = after["figure"], after["of"]
    if flow := _FLOW.fullmatch(left):
        return figure, _unquoted(flow["before"]), _unquoted(flow["after"])
    return figure, _unquoted(left), None


def _unquoted(name: str) -> str:
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"" else name


def _misfit(condition: Condition) -> str | None:
    """Return what is wrong with a condition that is well written, None where nothing is."""
    figure, of, into = condition.figure, condition.of, condition.into
    known = {"moved": _MOVES, "health": get_args(Health)}.get(figure)
    if known and of not in known:
        return f"{figure} is of {', '.join(known[:-1])} or {known[-1]}"
    nowhere = of == GONE or into == NEW or (of, into) in ((ANY, ANY), (NEW, GONE))
    if into is not None and (figure not in _SIZES or nowhere):
        return f"a flow of customers or revenue goes from a segment or {NEW} to a segment or {GONE}"
    if into is None and of in (NEW, GONE, ANY):
        return f"write moved(new), moved(gone), or a flow as 'Champions -> {GONE}'"
    if condition.sign in ("drops", "rises") and (into is not None or figure not in (*_SIZES, "health")):
        return "drops and rises are of customers, revenue or health"
    return _misfit_of_limit(condition)


def _misfit_of_limit(condition: Condition) -> str | None:
    """Return why a limit is one that nothing or everything is beyond, None where it is not."""
    figure, limit = condition.figure, condition.limit
    if condition.sign in ("drops", "rises"):
        return None if limit else f"{condition.sign} by 0 is no change; write a limit above 0"
    if figure in RATES and not condition.share and limit > 1:
        return f"{figure} is a share; write the limit as {limit}%"
    if figure == "psi" and condition.share:
        return "psi is no share; write the limit as 0.25"
    if figure in _SIZES and condition.of is None and condition.share:
        return f"{figure} of all are always 100% of all; write '{figure} drops {(limit * 100).normalize():f}%'"
    if condition.share and limit > 1 and figure != "revenue":
        return "a share is 100% at most"
    return None


def names_of(segments: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return name or title, without case -> name, of segments by names and titles."""
    every = list(segments)
    return {**{title.casefold(): name for name, title in every}, **{name.casefold(): name for name, _ in every}}


def names_of_scheme(scheme: Scheme) -> dict[str, str]:
    """Return name or title in any language, without case -> name, of the segments of a scheme."""
    return names_of((each.name, title) for each in scheme.segments for title in each.title.values())


def resolved(condition: Condition, names: Mapping[str, str]) -> Condition:
    """Return a condition with its segments called by their names. Raises UsageError for one that is not there."""
    whole = f"{condition.of} {condition.figure}"
    if condition.behind and whole.casefold() in names:
        return replace(condition, figure="customers", of=names[whole.casefold()])
    called = {segment: _named(segment, names, f"--fail-if {condition.text!r}") for segment in condition.segments}
    of, into = (called.get(end, end) if end is not None else None for end in (condition.of, condition.into))
    return replace(condition, of=of, into=into)


def refuse_unknown_targets(targets: Iterable[Target], names: Mapping[str, str]) -> None:
    """Raise UsageError for a target on a segment that is not there: a check of it could never fail."""
    for target in targets:
        if f"{target.segment} {target.word}".casefold() not in names:
            _named(target.segment, names, "--fail-targets")


def _named(segment: str, names: Mapping[str, str], place: str) -> str:
    """Return the name of a segment. Raises UsageError, with the nearest one that there is, where it is not there."""
    if segment.casefold() in names:
        return names[segment.casefold()]
    known = tuple(dict.fromkeys(names.values()))
    near = nearest([segment], known)
    every = f"Segments: {', '.join(map(printable, known))}." if known else "--scheme none has no segments."
    hint = f"Did you mean {printable(near[0])}?" if near else every
    raise UsageError(f"{place}: there is no segment {printable(repr(segment))}. {hint}")
