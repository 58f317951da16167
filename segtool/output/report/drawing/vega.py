"""A chart as layers of marks, and the specification that Vega draws them from.

No text of a user reaches Vega: texts are handed over as numbered places, and stand in the picture only when it has
become a tree of elements, where nothing can be taken for markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from segtool.output.report.drawing.lettering import Text

Channel = dict[str, Any]

Row = Mapping[str, float | str | Text]

Kind = Literal["rect", "rule", "symbol", "line", "area", "path", "text"]


@dataclass(frozen=True)
class Scale:
    """How figures become pixels, evenly."""

    low: float
    high: float
    start: float
    end: float


@dataclass(frozen=True)
class Layer:
    """Marks of one kind, one a row; a line or an area is one through all rows. Channels are those of Vega."""

    kind: Kind
    rows: Sequence[Row]
    channels: Mapping[str, Channel]


@dataclass(frozen=True)
class Drawing:
    """All that a picture of some size is made of, from the back to the front."""

    width: float
    height: float
    layers: Sequence[Layer]
    scales: Mapping[str, Scale] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[Text, ...]:
        """The texts in the order in which the specification numbers them."""
        return tuple(
            value for layer in self.layers for row in layer.rows for value in row.values() if isinstance(value, Text)
        )


def of(value: Any) -> Channel:
    """Return a channel that is the same for all marks."""
    return {"value": value}


def by(name: str, scale: str | None = None, offset: float = 0) -> Channel:
    """Return a channel that each mark takes from its row, through a scale if one is named."""
    return {"field": name} | ({"scale": scale} if scale else {}) | ({"offset": offset} if offset else {})


def at(value: float, scale: str) -> Channel:
    """Return a channel at one figure of a scale."""
    return {"value": value, "scale": scale}


def colour(name: str) -> str:
    """Return a colour of the page's style.

    >>> colour("ink")
    'var(--chart-ink)'
    """
    return f"var(--chart-{name})"


_INK = colour("ink")

MUTED = colour("muted")
"""The colour of letters that only help to read others."""


def letters(rows: Sequence[Row], *, size: float, fill: str = _INK, **channels: Channel) -> Layer:
    """Return a layer of texts, whose rows have `text`; they stand on their line unless a channel says else."""
    usual = {"text": by("text"), "fontSize": of(size), "fill": of(fill), "x": by("x"), "y": by("y")}
    return Layer("text", rows, usual | channels)


def specification(drawing: Drawing) -> dict[str, Any]:
    """Return what Vega draws a picture from; `t0`, `t1` … stand for its texts."""
    numbers = iter(range(len(drawing.texts)))
    rows = [
        [
            {name: f"t{next(numbers)}" if isinstance(value, Text) else value for name, value in row.items()}
            for row in layer.rows
        ]
        for layer in drawing.layers
    ]
    return {
        "width": drawing.width,
        "height": drawing.height,
        "padding": 0,
        "autosize": "none",
        "data": [{"name": f"rows{number}", "values": values} for number, values in enumerate(rows)],
        "scales": [
            {
                "name": name,
                "type": "linear",
                "domain": [scale.low, scale.high],
                "range": [scale.start, scale.end],
                "zero": False,
            }
            for name, scale in drawing.scales.items()
        ],
        "marks": [
            {"type": layer.kind, "from": {"data": f"rows{number}"}, "encode": {"enter": dict(layer.channels)}}
            for number, layer in enumerate(drawing.layers)
            if layer.rows
        ],
    }
