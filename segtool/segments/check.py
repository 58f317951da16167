"""Is a scheme sound? Every cell has one segment, every segment a cell, and a better score never a worse segment."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segtool.errors import SegtoolError
from segtool.rules.grid import Cell, Proof, Space, cell_name
from segtool.segments.attribute_check import AttributeReport, check_attributes
from segtool.segments.families import Family, read_any
from segtool.segments.scheme import Scheme
from segtool.tables.arrays import Ints


@dataclass(frozen=True)
class Step:
    """A step up on one dimension, all else equal, that leads from a segment to a worse one."""

    dimension: str
    cell: Cell
    segment: str
    better_cell: Cell
    worse_segment: str


@dataclass(frozen=True)
class Report:
    """What checking every cell of a scheme found. The cells are those that its rules tell apart.

    `overlaps` are the cells that several rules name, with the segments in the order of the file; where the first match
    wins they are no defect. `unreachable` segments take no cell when the file is read in order. `better_order` is an
    order of the segments in which no step leads to a worse one, None where there is no such order.
    """

    scheme: str
    compatible: bool
    first_match: bool
    axes: tuple[str, ...]
    space: Space
    cells: int
    gaps: tuple[Cell, ...]
    overlaps: tuple[tuple[Cell, tuple[str, ...]], ...]
    unreachable: tuple[str, ...]
    default: str | None
    default_cells: tuple[Cell, ...]
    not_monotone: tuple[Step, ...]
    better_order: tuple[str, ...] | None

    @property
    def is_sound(self) -> bool:
        return not self.gaps and not self.unreachable and (self.first_match or not self.overlaps)

    @property
    def is_monotone(self) -> bool:
        return not self.not_monotone

    def name(self, cell: Cell) -> str:
        """Return the digits of a cell as text."""
        return cell_name(cell, self.space)

    @property
    def overlaps_by_names(self) -> dict[tuple[str, ...], list[Cell]]:
        """The cells that the same segments claim."""
        found: dict[tuple[str, ...], list[Cell]] = {}
        for cell, names in self.overlaps:
            found.setdefault(names, []).append(cell)
        return found

    @property
    def steps_by_names(self) -> dict[tuple[str, str], list[tuple[Cell, Cell]]]:
        """The two ends of the steps that lead from the same segment to the same worse one."""
        found: dict[tuple[str, str], list[tuple[Cell, Cell]]] = {}
        for step in self.not_monotone:
            found.setdefault((step.segment, step.worse_segment), []).append((step.cell, step.better_cell))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data; a cell is the text of its digits in the order of the dimensions."""
        return {
            "scheme": self.scheme,
            "sound": self.is_sound,
            "monotone": self.is_monotone,
            "compatible": self.compatible,
            "first_match": self.first_match,
            "dimensions": list(self.space),
            "cells": self.cells,
            "gaps": [self.name(cell) for cell in self.gaps],
            "overlaps": [{"cell": self.name(cell), "segments": list(names)} for cell, names in self.overlaps],
            "unreachable": list(self.unreachable),
            "default": self.default,
            "default_cells": [self.name(cell) for cell in self.default_cells],
            "not_monotone": [
                {
                    "dimension": step.dimension,
                    "cell": self.name(step.cell),
                    "segment": step.segment,
                    "better_cell": self.name(step.better_cell),
                    "worse_segment": step.worse_segment,
                }
                for step in self.not_monotone
            ],
            "better_order": None if self.better_order is None else list(self.better_order),
        }


def check(scheme: Scheme, name: str | None = None) -> Report:
    """Return what is wrong with a scheme, sound or not; `name` is what to call it."""
    proof = scheme.proof(scheme.looked_at())
    names = [segment.name for segment in scheme.segments]
    places = scheme.places(proof)
    steps = list(_steps(places))
    default = None if scheme.default is None else names[scheme.default]
    asked = {*scheme.read_in} | ({scheme.default} if scheme.default is not None else set())
    return Report(
        scheme=name or scheme.name,
        compatible=scheme.compatible,
        first_match=scheme.first_match,
        axes=tuple(scheme.grid),
        space=proof.space,
        cells=places.size,
        gaps=() if default else proof.gaps,
        overlaps=tuple((cell, tuple(names[scheme.read_in[i]] for i in own)) for cell, own in proof.overlaps),
        unreachable=tuple(names[place] for place in sorted(asked - {*places.ravel().tolist()})),
        default=default,
        default_cells=proof.gaps if default else (),
        not_monotone=tuple(_told(proof, names, places, step) for step in steps if _is_worse(places, step)),
        better_order=_better_order(names, [(int(places[up]), int(places[at])) for _, at, up in steps]),
    )


def check_all(names: Iterable[str]) -> tuple[list[Report | AttributeReport], list[SegtoolError]]:
    """Return the reports on schemes, named or in files, and the errors of those that cannot be read.

    Of a family each member has its own.
    """
    reports: list[Report | AttributeReport] = []
    errors: list[SegtoolError] = []
    for name in names:
        try:
            reports += _reports(name)
        except SegtoolError as error:
            errors.append(error)
    return reports, errors


def _reports(name: str) -> list[Report | AttributeReport]:
    found = read_any(name)
    if isinstance(found, Scheme):
        return [check(found, name)]
    if isinstance(found, Family):
        return [check_attributes(each) for each in found.schemes]
    return [check_attributes(found, name)]


_Place = tuple[int, ...]


def _steps(places: Ints) -> Iterator[tuple[int, _Place, _Place]]:
    """Yield the dimension and the two ends of each step up whose ends both have a segment."""
    for dimension in range(places.ndim):
        for at in np.ndindex(*places.shape):
            if at[dimension] + 1 < places.shape[dimension]:
                up = (*at[:dimension], at[dimension] + 1, *at[dimension + 1 :])
                if places[at] >= 0 and places[up] >= 0:
                    yield dimension, at, up


def _is_worse(places: Ints, step: tuple[int, _Place, _Place]) -> bool:
    _, at, up = step
    return bool(places[up] > places[at])


def _told(proof: Proof, names: Sequence[str], places: Ints, step: tuple[int, _Place, _Place]) -> Step:
    dimension, at, up = step
    every = list(proof.space.values())

    def cell(place: _Place) -> Cell:
        return tuple(digits[i] for digits, i in zip(every, place, strict=True))

    return Step(tuple(proof.space)[dimension], cell(at), names[places[at]], cell(up), names[places[up]])


def _better_order(names: Sequence[str], pairs: Iterable[tuple[int, int]]) -> tuple[str, ...] | None:
    """Return an order in which the first of each pair stands before the second, as near to the given one as can be.

    >>> _better_order(["lost", "best"], [(1, 0)]), _better_order(["a", "b"], [(0, 1), (1, 0)])
    (('best', 'lost'), None)
    """
    before: dict[int, set[int]] = {place: set() for place in range(len(names))}
    for better, worse in pairs:
        if better != worse:
            before[worse].add(better)
    left, order = list(before), []
    while left:
        free = next((place for place in left if not before[place] & set(left)), None)
        if free is None:
            return None
        order.append(names[free])
        left.remove(free)
    return tuple(order)
