"""A plane with an axis of numbers at the left and one below: what a histogram and a curve share."""

from collections.abc import Sequence
from dataclasses import dataclass

from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.vega import MUTED, Layer, Scale, at, by, colour, letters, of


@dataclass(frozen=True)
class Ticks:
    """Places on an axis, with their texts."""

    places: Sequence[float]
    texts: Sequence[str]


@dataclass(frozen=True)
class Plane:
    """Where a plot stands within its picture; both axes have their numbers as everybody's, from the left and upwards.

    The title of the axis upwards stands above it, as a line of its own, that of the other below at its end.
    """

    frame: Frame
    left: float
    right: float
    top: float
    bottom: float
    across: tuple[float, float]
    upwards: tuple[float, float]

    @property
    def scales(self) -> dict[str, Scale]:
        return {"x": Scale(*self.across, self.left, self.right), "y": Scale(*self.upwards, self.bottom, self.top)}

    @property
    def height(self) -> float:
        """How tall the whole picture is, with the numbers and the title below."""
        return self.bottom + 2 * self.frame.line + 10

    def grid(self, upwards: Ticks) -> list[Layer]:
        """Return the lines across the plane, with their numbers."""
        return [
            Layer(
                "rule",
                [{"at": place} for place in upwards.places],
                {
                    "x": of(self.left),
                    "x2": of(self.right),
                    "y": by("at", "y"),
                    "stroke": of(colour("grid")),
                },
            ),
            letters(
                [
                    {"at": place, "text": self.frame.text(text)}
                    for place, text in zip(upwards.places, upwards.texts, strict=True)
                ],
                size=self.frame.size,
                fill=MUTED,
                x=of(self.left - 6),
                y=by("at", "y"),
                align=of("right"),
                baseline=of("middle"),
            ),
        ]

    def axis(self, across: Ticks) -> list[Layer]:
        """Return the line at zero and the numbers below the plane."""
        below = self.bottom + 7 + self.frame.size
        return [
            Layer(
                "rule",
                [{"y": 0.0}],
                {
                    "x": of(self.left),
                    "x2": of(self.right),
                    "y": at(0, "y"),
                    "stroke": of(colour("axis")),
                },
            ),
            Layer(
                "rule",
                [{"at": place} for place in across.places],
                {
                    "x": by("at", "x"),
                    "y": of(self.bottom),
                    "y2": of(self.bottom + 4),
                    "stroke": of(colour("axis")),
                },
            ),
            letters(
                [
                    {"at": place, "text": self.frame.text(text)}
                    for place, text in zip(across.places, across.texts, strict=True)
                ],
                size=self.frame.size,
                fill=MUTED,
                x=by("at", "x"),
                y=of(below),
                align=of("center"),
            ),
        ]

    def titles(self, across: str, upwards: str) -> list[Layer]:
        """Return the titles of both axes."""
        size = self.frame.size
        return [
            letters(
                [{"x": 0.0, "y": size, "text": self.frame.text(upwards, self.frame.width)}],
                size=size,
                fill=MUTED,
                align=of("left"),
            ),
            letters(
                [{"x": self.right, "y": self.height - 5, "text": self.frame.text(across, self.right)}],
                size=size,
                fill=MUTED,
                align=of("right"),
            ),
        ]
