"""The rule language of schemes: conditions on the digits of scores, and the proof of which cells they name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from operator import ge, gt, le, lt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

Cell = tuple[float, ...]
"""The digits of a cell, one a dimension of its space; only `fm` has halves."""

Space = Mapping[str, tuple[float, ...]]
"""Dimension -> its digits, the worst first. The cells of a space are all combinations of them."""

_NUMBER = r"\d+(?:\.\d+)?"

_BLANKS = r"\s*([<>]=?|\.\.)\s*"

_COMPARES = {">=": ge, "<=": le, ">": gt, "<": lt}

_NO_CONDITION = "is no condition; write 5, '4..5', '>=3' or a list of these"


@dataclass(frozen=True)
class Axis:
    """One axis of a grid: how many levels it has, the digit of the worst one, and whether it is cut at the mean."""

    levels: int
    lowest: int = 1
    at_mean: bool = False

    @property
    def digits(self) -> tuple[int, ...]:
        return tuple(range(self.lowest, self.lowest + self.levels))


Grid = Mapping[str, Axis]


@dataclass(frozen=True)
class Condition:
    """The digit of `on` lies in one of the `spans`, both ends in it.

    `on` is an axis, `fm` for (F + M) / 2, or `sum` for the sum of the digits of all axes. Of an axis that is cut at the
    mean, `mean` tells which side is asked for: below it, or from it on, which is the better one.
    """

    on: str
    spans: tuple[tuple[float, float], ...]
    mean: Literal["below", "from"] | None = None


@dataclass(frozen=True)
class Rule:
    """What a segment asks for: every condition, and one of the codes and one of the alternatives where there are any.

    A code holds a digit of each axis. A rule that asks for nothing names no cell.
    """

    conditions: tuple[Condition, ...] = ()
    codes: tuple[tuple[int, ...], ...] = ()
    alternatives: tuple["Rule", ...] = ()

    def looks_at(self) -> frozenset[str]:
        """Return the axes and derived figures of its conditions; `code` stands for all axes."""
        own = {condition.on for condition in self.conditions} | ({"code"} if self.codes else set())
        return frozenset(own).union(*(each.looks_at() for each in self.alternatives))


def rule(table: Mapping[str, Any], grid: Grid) -> Rule:
    """Return the rule that the keys of a TOML table state.

    >>> rule({"r": "4..", "fm": ">3"}, {"r": Axis(5), "f": Axis(5), "m": Axis(5)}).conditions
    (Condition(on='r', spans=((4, 5),), mean=None), Condition(on='fm', spans=((3.5, 5.0),), mean=None))

    Raises ValueError, in words that follow a place, for what is no condition on this grid.
    """
    for key in table:
        if key not in keys_of(grid):
            raise ValueError(unknown(key, keys_of(grid)))
    conditions = tuple(_condition(key, table[key], grid) for key in table if key not in ("code", "any"))
    codes = tuple(_codes(table["code"], grid)) if "code" in table else ()
    alternatives = tuple(_alternatives(table["any"], grid)) if "any" in table else ()
    return Rule(conditions, codes, alternatives)


def keys_of(grid: Grid) -> tuple[str, ...]:
    """Return the keys that a rule on the grid can have: its axes, what is derived from them, `code` and `any`."""
    return (*grid, *(["fm"] if {"f", "m"} <= grid.keys() else []), "sum", "code", "any")


def unknown(key: str, known: Sequence[str], kind: str = "key") -> str:
    """Return the complaint about a key or name, with the nearest of those that are known.

    >>> unknown("advise", ("name", "advice"))
    "'advise' is no key here, but advice is"
    """
    near = get_close_matches(key, known, n=1)
    return f"{key!r} is no {kind} here" + (f", but {near[0]} is" if near else f"; known: {', '.join(known)}")


def digits_of(key: str, grid: Grid) -> tuple[float, ...]:
    """Return the values that an axis or a derived figure can have, the worst first.

    >>> digits_of("fm", {"f": Axis(2), "m": Axis(3)}), digits_of("sum", {"f": Axis(2), "m": Axis(3, lowest=0)})
    ((1.0, 1.5, 2.0, 2.5), (1, 2, 3, 4))
    """
    if key in grid:
        return grid[key].digits
    axes = [grid["f"], grid["m"]] if key == "fm" else list(grid.values())
    sums = range(sum(axis.digits[0] for axis in axes), sum(axis.digits[-1] for axis in axes) + 1)
    return tuple(each / 2 for each in sums) if key == "fm" else tuple(sums)


def _condition(key: str, value: Any, grid: Grid) -> Condition:
    at_mean = key in grid and grid[key].at_mean
    possible = digits_of(key, grid)
    allowed: set[float] = set()
    try:
        for part in _parts(value):
            allowed |= _allowed(part, possible, at_mean)
    except ValueError as error:
        raise ValueError(f"{key} = {value!r} {error}") from None
    side: Literal["below", "from"] | None = None
    if at_mean and len(allowed) == 1:
        side = "from" if possible[1] in allowed else "below"
    return Condition(key, tuple(_spans(allowed, possible)), side)


def _parts(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    if not parts or any(isinstance(part, bool) or not isinstance(part, int | float | str) for part in parts):
        raise ValueError(_NO_CONDITION)
    return [re.sub(_BLANKS, r"\1", each).strip() for part in parts for each in str(part).split(",")]


def _allowed(part: str, possible: tuple[float, ...], at_mean: bool) -> set[float]:
    """Return the digits that one part of a condition allows. Raises ValueError in words that follow the condition."""
    if part.endswith("mean") and part.removesuffix("mean") in _COMPARES:
        return {possible[_side_of_mean(part.removesuffix("mean"), at_mean)]}
    if compared := re.fullmatch(f"([<>]=?)({_NUMBER})", part):
        compare, bound = _COMPARES[compared[1]], float(compared[2])
        found = {digit for digit in possible if compare(digit, bound)}
    elif re.fullmatch(_NUMBER, part):
        found = {digit for digit in possible if digit == float(part)}
    elif (ends := re.fullmatch(rf"({_NUMBER})?\.\.({_NUMBER})?", part)) and part != "..":
        first, last = float(ends[1] or possible[0]), float(ends[2] or possible[-1])
        if not possible[0] <= min(first, last) <= max(first, last) <= possible[-1]:
            raise ValueError(f"reaches beyond {_span(possible)}")
        found = {digit for digit in possible if first <= digit <= last}
    else:
        raise ValueError(_NO_CONDITION)
    if not found:
        raise ValueError(f"allows none of the scores {_span(possible)}")
    return found


def _side_of_mean(sign: str, at_mean: bool) -> bool:
    """Return whether a comparison with the mean allows the better level, which begins at the mean itself."""
    if not at_mean:
        raise ValueError("compares with the mean, where this axis is not cut")
    if sign not in ("<", ">="):
        raise ValueError("splits what is one level; write '<mean' or '>=mean'")
    return sign == ">="


def _span(possible: Sequence[float]) -> str:
    return f"{possible[0]:g}..{possible[-1]:g}"


def _spans(allowed: set[float], possible: tuple[float, ...]) -> Iterator[tuple[float, float]]:
    """Yield the first and the last of each run of allowed digits that stand side by side."""
    run: list[float] = []
    for digit in possible:
        if digit in allowed:
            run.append(digit)
        elif run:
            yield run[0], run[-1]
            run = []
    if run:
        yield run[0], run[-1]


def _codes(value: Any, grid: Grid) -> Iterator[tuple[int, ...]]:
    for text in _parts(value):
        parts = text.split("-") if _is_wide(grid) else list(text)
        code = tuple(int(part) if part.isdecimal() else -1 for part in parts)
        if len(code) != len(grid) or any(
            digit not in axis.digits for digit, axis in zip(code, grid.values(), strict=True)
        ):
            axes = "-".join(grid) if _is_wide(grid) else "".join(grid)
            raise ValueError(f"code {text!r} does not hold one digit of each axis, in the order {axes}")
        yield code


def _is_wide(grid: Grid) -> bool:
    return any(axis.digits[-1] > 9 for axis in grid.values())


def _alternatives(value: Any, grid: Grid) -> Iterator[Rule]:
    if not isinstance(value, list) or not value or any(not isinstance(each, dict) or not each for each in value):
        raise ValueError("any is a list of rules, as any = [{ r = '1' }, { f = '2', m = '3' }]")
    for each in value:
        yield rule(each, grid)


def space_of(grid: Grid) -> Space:
    """Return the space of all cells of a grid."""
    return {axis: how.digits for axis, how in grid.items()}


def looked_at(rules: Iterable[Rule], grid: Grid) -> Space:
    """Return the smallest space that tells apart all that the rules do: without idle axes, `fm` instead of `f` and `m`.

    >>> five = {axis: Axis(5) for axis in "rfm"}
    >>> [*looked_at([rule({"fm": 2.5, "r": 1}, five)], five)], [*looked_at([rule({"sum": "3..9"}, five)], five)]
    (['r', 'fm'], ['sum'])
    """
    used = frozenset[str]().union(*(each.looks_at() for each in rules))
    if used == {"sum"}:
        return {"sum": digits_of("sum", grid)}
    if not used or used & {"sum", "code"}:
        return space_of(grid)
    if "fm" in used and not used & {"f", "m"}:
        return {key: digits_of(key, grid) for key in ("fm" if axis == "f" else axis for axis in grid) if key in used}
    used |= {"f", "m"} if "fm" in used else set()
    return {axis: how.digits for axis, how in grid.items() if axis in used}


def mask(stated: Rule, space: Space) -> Mask:
    """Return which cells of a space, an axis of the array a dimension, a rule names.

    >>> mask(Rule((Condition("r", ((1, 1), (3, 3))),)), {"r": (1, 2, 3)}).tolist()
    [True, False, True]
    """
    held = np.full([len(digits) for digits in space.values()], stated != Rule())
    figures = _figures(space)
    for condition in stated.conditions:
        figure = figures[condition.on]
        held &= np.any([(figure >= low) & (figure <= high) for low, high in condition.spans], axis=0)
    if stated.codes:
        named = np.zeros_like(held)
        for code in stated.codes:
            named[tuple(digits.index(digit) for digits, digit in zip(space.values(), code, strict=True))] = True
        held &= named
    if stated.alternatives:
        held &= np.any([mask(each, space) for each in stated.alternatives], axis=0)
    return held


def _figures(space: Space) -> dict[str, npt.NDArray[Any]]:
    figures = {
        key: np.array(digits).reshape([-1 if key == other else 1 for other in space]) for key, digits in space.items()
    }
    if {"f", "m"} <= figures.keys():
        figures["fm"] = (figures["f"] + figures["m"]) / 2
    figures.setdefault("sum", sum(figures[key] for key in space))  # type: ignore[arg-type]
    return figures


@dataclass(frozen=True, eq=False)
class Proof:
    """Which rules name which cells of a space: a mask a rule, in the order of the rules."""

    space: Space
    masks: Mask

    @property
    def matches(self) -> npt.NDArray[np.int64]:
        """How many rules name each cell."""
        return self.masks.sum(axis=0)

    @property
    def first(self) -> npt.NDArray[np.int64]:
        """The position of the first rule that names each cell, -1 where none does."""
        return np.where(self.masks.any(axis=0), self.masks.argmax(axis=0), -1)

    @property
    def gaps(self) -> tuple[Cell, ...]:
        return self.cells(self.matches == 0)

    @property
    def overlaps(self) -> tuple[tuple[Cell, tuple[int, ...]], ...]:
        """The cells that several rules name, with the positions of these rules."""
        several = self.matches > 1
        owners = (tuple(np.flatnonzero(column).tolist()) for column in self.masks[:, several].T)
        return tuple(zip(self.cells(several), owners, strict=True))

    def cells(self, wanted: Mask) -> tuple[Cell, ...]:
        """Return the digits of the cells where a mask holds."""
        every = list(self.space.values())
        return tuple(
            tuple(digits[i] for digits, i in zip(every, at, strict=True)) for at in np.argwhere(wanted).tolist()
        )


def prove(rules: Sequence[Rule], space: Space) -> Proof:
    """Check every cell of a space against rules.

    >>> proof = prove([rule({"r": "1..2"}, {"r": Axis(4)}), rule({"r": [2, 4]}, {"r": Axis(4)})], {"r": (1, 2, 3, 4)})
    >>> proof.gaps, proof.overlaps
    (((3,),), (((2,), (0, 1)),))
    """
    shape = [len(digits) for digits in space.values()]
    return Proof(space, np.array([mask(each, space) for each in rules], np.bool_).reshape(len(rules), *shape))


def cell_name(cell: Sequence[float], space: Space) -> str:
    """Return the digits of a cell as text, with lines between them where some digit of the space is not a single one.

    >>> cell_name((5, 4), {"r": (4, 5), "f": (4, 5)}), cell_name((3, 2), {"r": (3,), "fm": (2, 2.5)})
    ('54', '3-2')
    """
    single = all(len(f"{digit:g}") == 1 for digits in space.values() for digit in digits)
    return ("" if single else "-").join(f"{digit:g}" for digit in cell)
