"""Goals: what a shop wants of its customers, which scheme serves it, and which figure shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from segtool.errors import UsageError
from segtool.resources import read_toml
from segtool.segments.scheme import Health, Scheme, Texts
from segtool.segments.schemes import built_in
from segtool.tables.headers import nearest

_FILE = "segments/goals.toml"


@dataclass(frozen=True)
class Figure:
    """A figure to watch: `part` of the customers in segments of one health, or of all, by `whole` of all customers."""

    name: str
    title: Texts
    part: Literal["customers", "revenue", "repeat_customers"]
    health: Health | None
    whole: Literal["customers", "orders"] | None
    form: Literal["percent", "amount", "count"]
    better: Literal["higher", "lower"]


@dataclass(frozen=True)
class Goal:
    """What a shop wants: the schemes and options that serve it best, and the order in which segments count for it."""

    name: str
    title: Texts
    about: Texts
    schemes: tuple[str, ...]
    also: tuple[str, ...]
    options: Mapping[str, Any]
    watch: Figure
    health: tuple[Health, ...]
    by: Literal["urgency", "position"]
    segments: Mapping[str, tuple[str, ...]]

    def serves(self, scheme: Scheme) -> bool:
        """Tell whether a scheme serves the goal; one of the user's own does unless it states another goal."""
        if scheme.name in built_in():
            return scheme.name in (*self.schemes, *self.also)
        return scheme.goal not in goals() or scheme.goal == self.name

    def order(self, scheme: Scheme) -> tuple[str, ...]:
        """Return the names of a scheme's segments in the order in which they count for the goal.

        >>> from segtool.segments.schemes import load
        >>> goal("grow-sales").order(load("value-loyalty"))
        ('True Friends', 'Butterflies', 'Barnacles', 'Strangers')
        """
        names = [segment.name for segment in scheme.segments]
        known = self.segments.get(scheme.name, ())
        if sorted(known) == sorted(names):
            return known
        last = len(names) + 1

        def rank(place: int) -> tuple[int, int, int]:
            segment = scheme.segments[place]
            health = self.health.index(segment.health) if self.health else 0
            return health, (segment.urgency or last) if self.by == "urgency" else 0, place

        return tuple(names[place] for place in sorted(range(len(names)), key=rank))


def goal(name: str) -> Goal:
    """Return a goal by its name. Raises UsageError for an unknown one."""
    known = goals()
    if name not in known:
        near = nearest([name], tuple(known))
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no goal {name!r}. Goals: {', '.join(known)}.{hint}")
    return known[name]


@cache
def goals() -> Mapping[str, Goal]:
    """Return all goals by their names."""
    data = read_toml(_FILE)
    figures = {
        name: Figure(name, **{"health": None, "whole": None, **figure}) for name, figure in data["figures"].items()
    }
    return {name: _goal(name, each, figures) for name, each in data["goals"].items()}


def _goal(name: str, data: Mapping[str, Any], figures: Mapping[str, Figure]) -> Goal:
    return Goal(
        name=name,
        title=data["title"],
        about=data["about"],
        schemes=tuple(data["schemes"]),
        also=tuple(data["also"]),
        options=data["options"],
        watch=figures[data["watch"]],
        health=tuple(data["health"]),
        by=data["by"],
        segments={scheme: tuple(names) for scheme, names in data["segments"].items()},
    )
