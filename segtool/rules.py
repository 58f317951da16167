"""The rule language of schemes: conditions over score levels, and the proof that a map is sound."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

Region = Mapping[str, frozenset[int]]
"""Axis -> the levels it allows. An axis that is not named allows all of its levels."""


def levels(condition: str, count: int) -> frozenset[int]:
    """Return the levels among 1..count that a condition allows.

    A condition is one level (`"5"`), a range with both ends in it (`"4..5"`, `"4.."`, `"..2"`), a comparison
    (`">=3"`, `"<3"`), or a comparison with the mean for an axis that is cut there (`">=mean"` is level 2 of 2).

    >>> sorted(levels("4..5", 5)), sorted(levels("<3", 5)), sorted(levels(">=mean", 2))
    ([4, 5], [1, 2], [2])

    Raises ValueError for text that is no condition and for one that allows no level.
    """
    text = condition.replace(" ", "").replace("mean", "2" if count == 2 else "mean")
    everything = range(1, count + 1)
    try:
        if ".." in text:
            low, high = text.split("..")
            allowed = frozenset(everything) & frozenset(range(int(low or 1), int(high or count) + 1))
        elif text.startswith((">=", "<=")):
            bound = int(text[2:])
            allowed = frozenset(x for x in everything if (x >= bound if text[0] == ">" else x <= bound))
        elif text.startswith((">", "<")):
            bound = int(text[1:])
            allowed = frozenset(x for x in everything if (x > bound if text[0] == ">" else x < bound))
        else:
            allowed = frozenset(everything) & {int(text)}
    except ValueError:
        raise ValueError(f"{condition!r} is no condition; write 5, 4..5, >=3 or <=2") from None
    if not allowed:
        raise ValueError(f"{condition!r} allows no level among 1..{count}")
    return allowed


@dataclass(frozen=True)
class Proof:
    """What checking every cell of the grid found; a sound map has no gap and no overlap."""

    cells: Mapping[tuple[int, ...], str]
    gaps: tuple[tuple[int, ...], ...]
    overlaps: tuple[tuple[tuple[int, ...], tuple[str, ...]], ...]

    @property
    def sound(self) -> bool:
        return not self.gaps and not self.overlaps


def prove(regions: Iterable[tuple[str, Region]], axes: Mapping[str, int]) -> Proof:
    """Check every cell of the grid `axes` (axis -> number of levels) against named regions.

    >>> proof = prove([("low", {"r": frozenset({1})}), ("high", {"r": frozenset({3})})], {"r": 3})
    >>> proof.sound, proof.gaps
    (False, ((2,),))
    """
    named = list(regions)
    cells: dict[tuple[int, ...], str] = {}
    gaps: list[tuple[int, ...]] = []
    overlaps: list[tuple[tuple[int, ...], tuple[str, ...]]] = []
    for cell in product(*(range(1, count + 1) for count in axes.values())):
        owners = tuple(name for name, region in named if _covers(region, tuple(axes), cell))
        if not owners:
            gaps.append(cell)
        elif len(owners) > 1:
            overlaps.append((cell, owners))
        else:
            cells[cell] = owners[0]
    return Proof(cells, tuple(gaps), tuple(overlaps))


def _covers(region: Region, axes: Sequence[str], cell: Sequence[int]) -> bool:
    return all(level in region[axis] for axis, level in zip(axes, cell, strict=True) if axis in region)
