"""What a scheme is: segments from best to worst, and the segment of every possible score."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from zlib import crc32

import numpy as np

from segtool.rules.grid import Axis, Grid, Proof, Rule, Space, cell_name, looked_at, prove, space_of
from segtool.scoring.scores import cells
from segtool.scoring.statement import AxisRule
from segtool.tables.arrays import Ints, Levels

Health = Literal["positive", "neutral", "negative"]

Texts = Mapping[str, str]
"""Language -> text; English is always there."""


@dataclass(frozen=True)
class Segment:
    """A named part of the customers: its key, titles and advice, and what a customer must score to be in it.

    `urgency` tells whom to call first: 1 before 2. It is None, as `owner` and `goal`, where the scheme says nothing.
    The rule is empty for the default segment and for customers without an order.
    """

    name: str
    title: Texts
    advice: Texts
    health: Health
    urgency: int | None
    owner: str | None
    goal: str | None
    rule: Rule


@dataclass(frozen=True, eq=False)
class Scheme:
    """A map from levels to segments, which stand from best to worst.

    `segment_of` holds the position of the segment of every cell of the grid, -1 where there is none: only a scheme that
    has not been proven has such cells. `read_in` are the positions of the segments with rules in the order of the
    file. A `compatible` scheme keeps the defects of a published map: its first match wins as well, and where nothing
    matches its last segment has no rule and stands for none.
    """

    name: str
    title: Texts
    about: Texts
    source: Texts | None
    compatible: bool
    first_match: bool
    scoring: Mapping[str, AxisRule]
    segments: tuple[Segment, ...]
    segment_of: Levels
    default: int | None
    no_orders: int | None
    read_in: tuple[int, ...]
    owner: str | None
    goal: str | None
    text: str

    def assign(self, levels: Mapping[str, Levels]) -> Levels:
        """Return the position of each customer's segment from the levels (1 is worst) on the scheme's axes."""
        sizes = [how.levels for how in self.scoring.values()]
        return self.segment_of.take(cells([levels[axis] for axis in self.scoring], sizes))

    @property
    def checksum(self) -> str:
        """A short code of the text, in which one version of a scheme differs from another; line ends do not count."""
        text = "\n".join(self.text.splitlines())
        return f"{crc32(text.encode()):08x}"

    @cached_property
    def grid(self) -> Grid:
        return grid_of(self.scoring)

    @property
    def nobody(self) -> int | None:
        """The position of what stands for customers whom a compatible scheme leaves out, None where there are none."""
        last = len(self.segments) - 1
        return last if self.segments[last].rule == Rule() and last not in (self.default, self.no_orders) else None

    def proof(self, space: Space | None = None) -> Proof:
        """Return which segments name which cells, of the whole grid or of another space; in the order of `read_in`."""
        return prove([self.segments[i].rule for i in self.read_in], space or space_of(self.grid))

    def looked_at(self) -> Space:
        """Return the smallest space that tells apart all that the rules do."""
        return looked_at([self.segments[i].rule for i in self.read_in], self.grid)

    def places(self, proof: Proof) -> Ints:
        """Return the position of the segment of every cell of a proof, -1 where there is none or none is meant."""
        return np.array([*self.read_in, -1 if self.default is None else self.default])[proof.first]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: titles by language, how axes are scored, and the cells of each segment."""
        return {
            **{key: getattr(self, key) for key in ("name", "title", "about", "source", "owner", "goal")},
            **{key: getattr(self, key) for key in ("compatible", "first_match")},
            "scoring": {axis: _scored(how) for axis, how in self.scoring.items()},
            "segments": [
                {
                    **{key: getattr(segment, key) for key in ("name", "title", "advice", "health", "urgency")},
                    **{key: getattr(segment, key) for key in ("owner", "goal")},
                    "default": place == self.default,
                    "no_orders": place == self.no_orders,
                    "cells": self._cells(place),
                }
                for place, segment in enumerate(self.segments)
            ],
        }

    def _cells(self, place: int) -> list[str]:
        """Return the digits of the cells of a segment."""
        space = space_of(self.grid)
        digits = list(space.values())
        found = np.argwhere(self.segment_of == place).tolist()
        return [cell_name([own[at] for own, at in zip(digits, cell, strict=True)], space) for cell in found]


def _scored(how: AxisRule) -> dict[str, Any]:
    """Return how an axis is scored: cuts in days, orders or money, quantiles as shares of the customers."""
    divisor = 10_000 if how.is_money and how.kind == "cuts" else 1
    values = [value if isinstance(value, int) and divisor == 1 else float(value / divisor) for value in how.values]
    return {"figure": how.figure, "levels": how.levels, "lowest": how.lowest, "kind": how.kind, "values": values}


def grid_of(scoring: Mapping[str, AxisRule]) -> Grid:
    """Return the grid of a scoring: its axes with the digits of their scores."""
    return {axis: Axis(how.levels, how.lowest, how.kind == "mean") for axis, how in scoring.items()}
