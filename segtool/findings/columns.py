"""What the columns of a table tell of its segments: what is most usual, and what sets one apart from the others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from segtool.attributes import CustomerTable
from segtool.errors import DataError
from segtool.findings.questions import Asked
from segtool.profiles.attributes import Attribute, Numbers, attributes_of
from segtool.profiles.distributions import RARE, Groups, profile_of, surprising, telling_of
from segtool.profiles.facts import OTHER, AttributeProfile, Telling
from segtool.tables.arrays import Ints
from segtool.tables.dates import day_number
from segtool.workers import in_order

_TOP = 12
"""How many values of a column are told apart."""

_CLEARLY = 1.2
"""How many times as often as any other a value stands that is told as the most usual one."""

_REACHES = re.compile(r"@|(?:[\d۰-۹٠-٩][\s().+/-]*){7}")
"""What a value looks like by which somebody could be reached, or told from all others."""


@dataclass(frozen=True)
class Found:
    """A column that tells of a question: how it is spread, and what sets the segments apart in it, most telling first.

    `share` of all filled cells have the most usual value, None where there is none that can be told. What is `kept` may
    be contact data, and is not told.
    """

    asked: Asked
    header: str
    profile: AttributeProfile
    tellings: tuple[tuple[str, Telling], ...]
    usual: str | None
    share: float | None
    kept: bool


@dataclass(frozen=True)
class Untold:
    """A column of which nothing can be told: it is empty, or its cells can be read in two ways."""

    asked: Asked
    header: str
    is_empty: bool


def found_in(
    table: CustomerTable, asked: Sequence[Asked], groups: Groups, as_of: date | None, threads: int | None
) -> tuple[tuple[Found, ...], tuple[Untold, ...]]:
    """Return what columns tell of segments, and those of which nothing can be told.

    Those are left out that name each customer, or tell how to reach them. A difference is told only where chance hardly
    leads to it, and of a value only where five customers or more have it.
    """
    table = table.with_columns([each.place for each in asked])
    attributes, left = _attributes(table, threads)
    by_header = {each.header: each for each in attributes}
    shown = [(own, by_header[header]) for own, header in zip(asked, table.headers, strict=True) if header in by_header]
    names = {own.name for own, _ in shown}
    shown = [(own, each) for own, each in shown if own.name != "birth_date" or "age" not in names]
    parts = [(own, _in_years(own, each, as_of)) for own, each in shown]

    def of_one(part: tuple[Asked, Attribute]) -> tuple[AttributeProfile, list[Telling | None]]:
        profile, _, _ = profile_of(part[1], groups, top=_TOP)
        return profile, telling_of(part[1], profile, groups, made_of=False)

    profiled = list(in_order(of_one, parts, threads))
    least = surprising([profile for profile, _ in profiled])
    found = []
    for (own, attribute), (profile, tellings) in zip(parts, profiled, strict=True):
        sure = [
            (name, each)
            for name, each in zip(groups.names, tellings, strict=True)
            if each is not None and abs(each.score) >= least
        ]
        told = [pair for pair in sure if not _is_personal(pair[1], profile)]
        told.sort(key=lambda pair: (-abs(pair[1].score), pair[0]))
        usual, share = _usual(attribute, profile)
        found.append(Found(own, attribute.header, profile, tuple(told), usual, share, len(told) < len(sure)))
    untold = [
        Untold(own, header, left[header] == "empty")
        for own, header in zip(asked, table.headers, strict=True)
        if left.get(header) in ("empty", _TWO_WAYS)
    ]
    return tuple(found), tuple(untold)


_TWO_WAYS = "two ways"


def _attributes(table: CustomerTable, threads: int | None) -> tuple[list[Attribute], dict[str, str]]:
    """Return the attributes of a table, and header -> why a column is left out; as where it can be read in two ways."""
    try:
        attributes, left = attributes_of(table, None, by=-1, threads=threads)
    except DataError:
        if len(table.headers) == 1:
            return [], {table.headers[0]: _TWO_WAYS}
        found = [_attributes(table.with_columns([at]), threads) for at in range(len(table.headers))]
        return [each for own, _ in found for each in own], {key: why for _, own in found for key, why in own.items()}
    return attributes, {**left}


def _in_years(asked: Asked, attribute: Attribute, as_of: date | None) -> Attribute:
    """Return dates of birth as ages, which sentences can tell."""
    column = attribute.column
    if asked.name != "birth_date" or attribute.kind != "date" or not isinstance(column, Numbers) or as_of is None:
        return attribute
    years: Ints = 4 * (day_number(as_of) - column.numbers) // 1461
    return replace(attribute, kind="number", column=Numbers(np.where(column.known, years, 0), column.known, 1))


def _is_personal(telling: Telling, profile: AttributeProfile) -> bool:
    if telling.value is None or telling.kind in ("number", "date"):
        return False
    customers = next(own.customers for own in profile.segments[-1].values if own.value == telling.value)
    return customers < RARE or _REACHES.search(telling.value) is not None


def _usual(attribute: Attribute, profile: AttributeProfile) -> tuple[str | None, float | None]:
    """Return the most frequent value of a text or a list, and its share; None where few have it, or as many another."""
    if isinstance(attribute.column, Numbers) or attribute.kind == "yes/no":
        return None, None
    values = [each for each in profile.segments[-1].values if each.value != OTHER and each.customers >= RARE]
    ranked = sorted(values, key=lambda each: (-each.customers, each.value))
    if not ranked or _REACHES.search(ranked[0].value):
        return None, None
    if len(ranked) > 1 and ranked[0].customers < _CLEARLY * ranked[1].customers:
        return None, None
    return ranked[0].value, ranked[0].share


def groups_by(places: Ints, names: Sequence[str]) -> Groups:
    """Return customers in their segments, those left out that have none; `places` count the names."""
    sizes = np.bincount(places)
    used = [at for at, name in enumerate(names) if at < len(sizes) and sizes[at]]
    codes = np.zeros(len(sizes), np.int64)
    codes[used] = np.arange(len(used))
    return Groups(tuple(names[at] for at in used), codes[places])
