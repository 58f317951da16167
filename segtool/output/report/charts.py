"""The charts of a page: what each shows, as data, and the picture that Vega makes of it.

The title of a chart is its name for whoever does not see it, and no part of the picture. All numbers are finite.
"""

from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from segtool.words import Words

Tone = Literal["positive", "neutral", "negative", "plain"]
"""In which colour something stands: that of a segment's health, or none of its own."""


@dataclass(frozen=True)
class Bar:
    """A bar with its label at its start and the text of its value at its end."""

    label: str
    value: float
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bars:
    """Horizontal bars from the top down, one below the other; all of one scale that starts at zero."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Heat:
    """A grid of cells, the darker the larger its value; rows from the top down, columns in reading direction.

    `texts` stand in the cells, a line each for every text in a cell.
    """

    title: str
    row_title: str
    column_title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    texts: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True)
class Mark:
    """A place on an axis, with a text: a cut between two scores."""

    at: float
    text: str


@dataclass(frozen=True)
class Histogram:
    """Columns of `counts` between `edges`, one more of these, with a line at each mark."""

    title: str
    axis_title: str
    count_title: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Curve:
    """A rising curve over shares from 0 to 1, beside the diagonal; a mark on it is told in words."""

    title: str
    x_title: str
    y_title: str
    points: tuple[tuple[float, float], ...]
    marks: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class Line:
    """A figure at each date; `text` is its label."""

    text: str
    values: tuple[float, ...]
    tone: Tone


@dataclass(frozen=True)
class Lines:
    """Small curves of one time axis, a panel each, every panel with a scale of its own that starts at zero."""

    title: str
    labels: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Node:
    """A bar of one side of a flow chart; its size is the sum of its flows."""

    text: str
    tone: Tone


@dataclass(frozen=True)
class Flows:
    """Who went where, as bands between two sides (a Sankey diagram): (place before, place after, size, its text)."""

    title: str
    before_title: str
    after_title: str
    before: tuple[Node, ...]
    after: tuple[Node, ...]
    flows: tuple[tuple[int, int, float, str], ...]


Chart = Bars | Heat | Histogram | Curve | Lines | Flows


def drawn(chart: Chart, words: Words) -> Element:
    """Return a chart as an element of a page: SVG for a wide and for a narrow screen, of which a style shows one.

    Colours are variables of `charts.css`, so that they change with light and dark; that style also shows the one SVG or
    the other by the width of the element. Letters are those of the page. Raises MissingExtraError without vl-convert.
    """
    from segtool.output.report.drawing.frame import frames
    from segtool.output.report.drawing.kinds import drawing_of
    from segtool.output.report.drawing.svg import picture

    element = Element("div", {"class": "chart"})
    for frame, kind in zip(frames(words), ("wide", "narrow"), strict=True):
        element.append(picture(drawing_of(chart, frame), title=chart.title, kind=kind))
    return element
