"""Schemes: TOML that names one segment for every possible score."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from segtool.errors import SchemeError, UsageError
from segtool.resources import names_in, read_text
from segtool.rules import Region, levels, prove
from segtool.scoring import cells
from segtool.tables.arrays import Levels
from segtool.tables.headers import nearest

AXES = ("r", "f", "m", "orders", "average_order_value")
"""What a scheme can look at: the three scores, or orders and average order value cut at their mean."""


@dataclass(frozen=True)
class Segment:
    """A named part of the customers: key, display title, one sentence of advice."""

    name: str
    title: str
    advice: str


@dataclass(frozen=True)
class Scheme:
    """A proven map from levels to segments.

    `axes` is axis -> number of levels, `cut_at_mean` the axes whose two levels lie below and from the mean. Segments
    are ordered from best to worst; `owners` holds the position of the segment of every cell.
    """

    name: str
    title: str
    axes: Mapping[str, int]
    cut_at_mean: frozenset[str]
    segments: tuple[Segment, ...]
    owners: Levels

    def assign(self, axes: Mapping[str, Levels]) -> Levels:
        """Return the position of each customer's segment from the levels (1 is worst) on the scheme's axes."""
        return self.owners.take(cells([axes[axis] for axis in self.axes], list(self.axes.values())))

    @property
    def bins(self) -> int | None:
        """The bins of the scores that the scheme is made for, None if it uses no scores."""
        return next((count for axis, count in self.axes.items() if axis not in self.cut_at_mean), None)


@cache
def built_in() -> tuple[str, ...]:
    """Return the names of the schemes that come with segtool."""
    return names_in("segments/schemes")


@cache
def load(name: str) -> Scheme:
    """Return a built-in scheme. Raises UsageError for an unknown name, SchemeError for a map that is not sound."""
    if name not in built_in():
        near = nearest([name], built_in())
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no scheme {name!r}. Schemes: {', '.join(built_in())}, none.{hint}")
    return parse(read_text(f"segments/schemes/{name}.toml"), name)


def parse(text: str, name: str) -> Scheme:
    """Return the scheme that a TOML text describes, after proving that it names one segment for each cell.

    Raises SchemeError that names the segment, the condition or the cell.
    """
    try:
        data: dict[str, Any] = tomllib.loads(text)
        scoring: dict[str, dict[str, Any]] = data["scoring"]
        tables: list[dict[str, str]] = data["segments"]
        segments = tuple(Segment(table["name"], table["title"], table["advice"]) for table in tables)
    except tomllib.TOMLDecodeError as error:
        raise SchemeError(f"Scheme {name} is no TOML: {error}") from error
    except KeyError as error:
        raise SchemeError(f"Scheme {name} lacks {error}.") from error
    axes = {axis: 2 if how.get("cut") == "mean" else int(how["bins"]) for axis, how in scoring.items()}
    at_mean = frozenset(axis for axis, how in scoring.items() if how.get("cut") == "mean")
    if unknown := axes.keys() - set(AXES):
        raise SchemeError(f"Scheme {name} scores {min(unknown)!r}; an axis is one of {', '.join(AXES)}.")
    if len({count for axis, count in axes.items() if axis not in at_mean}) > 1:
        raise SchemeError(f"Scheme {name} has scores with different numbers of bins.")
    regions = [(table["name"], _region(table, axes, name)) for table in tables]
    proof = prove(regions, axes)
    if proof.gaps:
        raise SchemeError(f"Scheme {name} names no segment for {_cell(axes, proof.gaps[0])}.")
    if proof.overlaps:
        cell, owners = proof.overlaps[0]
        raise SchemeError(f"Scheme {name} names {' and '.join(owners)} for {_cell(axes, cell)}.")
    position = {segment.name: i for i, segment in enumerate(segments)}
    places = np.zeros(tuple(axes.values()), np.int8)
    for cell, owner in proof.cells.items():
        places[tuple(level - 1 for level in cell)] = position[owner]
    return Scheme(name, str(data["title"]), axes, at_mean, segments, places)


def _region(table: Mapping[str, str], axes: Mapping[str, int], scheme: str) -> Region:
    unknown = table.keys() - axes.keys() - {"name", "title", "advice"}
    if unknown:
        raise SchemeError(f"Scheme {scheme}, segment {table['name']}: {min(unknown)!r} is no axis of its scoring.")
    try:
        return {axis: levels(table[axis], count) for axis, count in axes.items() if axis in table}
    except ValueError as error:
        raise SchemeError(f"Scheme {scheme}, segment {table['name']}: {error}.") from error


def _cell(axes: Mapping[str, int], cell: tuple[int, ...]) -> str:
    return ", ".join(f"{axis} = {level}" for axis, level in zip(axes, cell, strict=True))
