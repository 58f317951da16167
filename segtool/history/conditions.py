"""Conditions to be watched: a small language that is read and never run as code."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, get_args

from segtool.errors import UsageError, printable
from segtool.history.compare import NEW
from segtool.labelled import GONE
from segtool.rules.alerts import RATES, SIZES, parted
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
_CHANGES = ("drops", "rises")

HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le, "drops": ge, "rises": ge}
"""Sign of a condition -> whether a figure, or by how much it has changed, is beyond a limit."""

_TWINS = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
"""Sign -> the one that differs from it only at the limit itself."""


@dataclass(frozen=True)
class Condition:
    """What must not be: a figure beyond a limit, or one that has dropped or risen by so much or more.

    `of` is a segment, a direction or a health, or None for all customers; of a flow it is where the customers were,
    and `into` where they are. `sign` is > >= < <= drops or rises. `limit` is a fraction of 1 where the text says
    percent, which `share` tells. `whole` is the name that the segment may have together with a figure behind it.
    """

    text: str
    figure: str
    of: str | None
    into: str | None
    sign: str
    limit: Decimal
    share: bool
    whole: str | None = None

    @property
    def needs_before(self) -> bool:
        """Whether it asks for an earlier table."""
        return self.into is not None or self.sign in _CHANGES or self.figure in ("psi", "moved", *RATES)

    @property
    def segments(self) -> list[str]:
        """The segments that it names."""
        named = [self.of, self.into] if self.figure in (*SIZES, *RATES) else []
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
    try:
        found = parted(text, (*HOLDS,))
    except ValueError as error:
        raise ValueError(f"{printable(repr(text))} {error}") from None
    number = found and re.fullmatch(f"(?P<by>by )?\\s*{NUMBER}", found[2])
    if not found or not number or (number["by"] and found[1] not in _CHANGES):
        raise ValueError(f"{printable(repr(text))} is no condition; {_GRAMMAR}")
    subject, sign, _ = found
    condition = Condition(
        text=" ".join(text.split()),
        figure=subject.figure or "customers",
        of=subject.of,
        into=subject.into,
        sign=sign,
        limit=bound(number["value"], number["percent"]),
        share=bool(number["percent"]),
        whole=subject.whole,
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


def _misfit(condition: Condition) -> str | None:
    """Return what is wrong with a condition that is well written, None where nothing is."""
    figure, of, into = condition.figure, condition.of, condition.into
    known = {"moved": _MOVES, "health": get_args(Health)}.get(figure)
    if known and of not in known:
        return f"{figure} is of {', '.join(known[:-1])} or {known[-1]}"
    nowhere = of == GONE or into == NEW or (of, into) in ((ANY, ANY), (NEW, GONE))
    if into is not None and (figure not in SIZES or nowhere):
        return f"a flow of customers or revenue goes from a segment or {NEW} to a segment or {GONE}"
    if into is None and of in (NEW, GONE, ANY):
        return f"write moved(new), moved(gone), or a flow as 'Champions -> {GONE}'"
    if condition.sign in _CHANGES and (into is not None or figure not in (*SIZES, "health")):
        return "drops and rises are of customers, revenue or health"
    return _misfit_of_limit(condition)


def _misfit_of_limit(condition: Condition) -> str | None:
    """Return why a limit is one that nothing or everything is beyond, None where it is not."""
    figure, limit, share = condition.figure, condition.limit, condition.share or condition.figure in RATES
    if condition.sign in _CHANGES and not limit:
        return f"{condition.sign} by 0 is no change; write a limit above 0"
    if figure == "psi" and condition.share:
        return "psi is no share; write the limit as 0.25"
    if figure in SIZES and condition.of is None and condition.share and condition.sign not in _CHANGES:
        return f"{figure} of all are always 100% of all; write '{figure} drops {(limit * 100).normalize():f}%'"
    if figure == "revenue":  # refunds may take it below 0, and that of some beyond that of all
        return None
    lowest = Decimal("-Infinity" if condition.sign in _CHANGES else 0)
    highest = Decimal(1 if share and condition.sign != "rises" else "Infinity")
    holds = [HOLDS[condition.sign](end, limit) for end in (lowest, highest)]
    if holds[0] != holds[1]:
        return None
    if share and not condition.share and limit:
        return f"{figure} is a share; write the limit as {limit}%"
    return f"it {'always' if all(holds) else 'never'} holds: {_range(condition)}"


def _range(condition: Condition) -> str:
    """Return which end of its range a figure cannot pass, and what to write instead of a limit that lies there."""
    if condition.sign == "drops":
        return "customers drop by 100% at most; write a limit of 100% or less"
    percent = "%" if condition.share or condition.figure in RATES else ""
    end = f"{100 if condition.limit else 0}{percent}"
    what = "a share" if percent else "psi" if condition.figure == "psi" else "a number of customers"
    instead = "a limit of 100% or less" if condition.limit > 1 else f"'{_TWINS[condition.sign]} {end}'"
    return f"{what} is {end} at {'most' if condition.limit else 'least'}; write {instead}"


def names_of(segments: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return name or title, without case -> name, of segments by names and titles."""
    every = list(segments)
    return {**{title.casefold(): name for name, title in every}, **{name.casefold(): name for name, _ in every}}


def names_of_scheme(scheme: Scheme) -> dict[str, str]:
    """Return name or title in any language, without case -> name, of the segments of a scheme."""
    return names_of((each.name, title) for each in scheme.segments for title in each.title.values())


def resolved(condition: Condition, names: Mapping[str, str]) -> Condition:
    """Return a condition with its segments called by their names. Raises UsageError for one that is not there."""
    if condition.whole is not None and condition.whole.casefold() in names:
        condition = replace(condition, figure="customers", of=names[condition.whole.casefold()])
        if problem := _misfit_of_limit(condition):
            raise UsageError(f"--fail-if {printable(repr(condition.text))}: {problem}.")
        return condition
    called = {segment: _named(segment, names, f"--fail-if {condition.text!r}") for segment in condition.segments}
    of, into = (called.get(end, end) if end is not None else None for end in (condition.of, condition.into))
    return replace(condition, of=of, into=into)


def resolved_targets(targets: Iterable[Target], names: Mapping[str, str]) -> tuple[Target, ...]:
    """Return targets with segments called by their names; one that is not there stays as it is."""
    return tuple(
        replace(each, segment=names.get(each.segment.casefold(), each.segment), whole=_known(each.whole, names))
        for each in targets
    )


def _known(name: str | None, names: Mapping[str, str]) -> str | None:
    return None if name is None else names.get(name.casefold())


def refuse_unknown_targets(targets: Iterable[Target], names: Mapping[str, str]) -> None:
    """Raise UsageError for a target on a segment that is not there: a check of it could never fail."""
    for target in targets:
        if target.whole is None or target.whole.casefold() not in names:
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
