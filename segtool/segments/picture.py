"""A scheme as a picture: which segment stands where on the map that its rules tell apart."""

from dataclasses import dataclass

import numpy as np

from segtool.segments.scheme import Scheme
from segtool.tables.arrays import Ints

_MOST_LINES = 6
"""The most digits of a dimension that are all shown; of more, neighbours that hold the same segments are one line."""

_MOST_DIMENSIONS, _MOST_SEGMENTS = 3, 52
"""What a page has room for; a segment can be a letter."""


@dataclass(frozen=True)
class Lines:
    """The lines of one dimension of a picture; each stands for the digits from its first to its last."""

    dimension: str
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Picture:
    """A map of rows, the best one first, and columns, the best one last; a cell has a segment for each of its depth.

    `places` are positions of segments, -1 for none. What the map lacks is None.
    """

    rows: Lines
    columns: Lines | None
    depth: Lines | None
    places: tuple[tuple[tuple[int, ...], ...], ...]


def picture(scheme: Scheme) -> Picture | None:
    """Return the picture of a scheme, None for one with more than 52 segments, or more than three dimensions at once.

    The longer one of two dimensions goes down where it would be too wide.
    """
    space = scheme.looked_at()
    if len(space) > _MOST_DIMENSIONS or len(scheme.segments) > _MOST_SEGMENTS:
        return None
    found = scheme.places(scheme.proof(space))
    lines = [Lines(name, tuple((digit, digit) for digit in digits)) for name, digits in space.items()]
    if len(lines) == 2 and len(lines[1].spans) > max(_MOST_LINES, len(lines[0].spans)):
        lines.reverse()
        found = found.T
    for axis in range(min(2, len(lines))):
        if len(lines[axis].spans) > _MOST_LINES:
            found, lines[axis] = _joined(found, lines[axis], axis)
    cube = found.reshape(*found.shape, *[1] * (3 - found.ndim))[::-1]
    return Picture(
        Lines(lines[0].dimension, lines[0].spans[::-1]),
        lines[1] if len(lines) > 1 else None,
        lines[2] if len(lines) > 2 else None,
        tuple(tuple(tuple(cell) for cell in row) for row in cube.tolist()),
    )


def _joined(found: Ints, lines: Lines, axis: int) -> tuple[Ints, Lines]:
    """Return a map and the lines of an axis, those neighbours as one that hold the same segments."""
    kept, spans = [0], [lines.spans[0]]
    for i, span in enumerate(lines.spans[1:], 1):
        if np.array_equal(found.take(i, axis), found.take(i - 1, axis)):
            spans[-1] = (spans[-1][0], span[1])
        else:
            kept.append(i)
            spans.append(span)
    return found.take(kept, axis), Lines(lines.dimension, tuple(spans))
