"""A histogram: columns side by side, and flags at the cuts between scores."""

from collections.abc import Sequence
from itertools import pairwise

from segtool.output.report.charts import Histogram, Mark
from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.numbers import tick_texts, ticks, whole_ticks
from segtool.output.report.drawing.plot import Plane, Ticks
from segtool.output.report.drawing.vega import Drawing, Layer, at, by, colour, letters, of


def histogram_in(chart: Histogram, frame: Frame) -> Drawing:
    """Return a histogram as a drawing. Marks beyond the outermost edges are left out."""
    edges, across = _edges(chart)
    most = max([1, *chart.counts])
    upwards = whole_ticks(most, 5)
    up = Ticks(upwards, tick_texts(upwards, frame.words))
    single = len(edges) == 2 and edges[0] != chart.edges[0]
    places = (chart.edges[0],) if single else ticks(*across, 4 if frame.is_narrow else 8)
    numbers = Ticks(places, tick_texts(places, frame.words))
    left = frame.widest(up.texts) + 8
    right = max(_right(chart.marks, across, left, frame.widest(numbers.texts) / 2, frame), frame.width * 0.6)
    marks = [mark for mark in sorted(chart.marks, key=lambda mark: mark.at) if across[0] <= mark.at <= across[1]]
    at_pixel = [left + (mark.at - across[0]) / (across[1] - across[0]) * (right - left) for mark in marks]
    texts = [frame.text(mark.text, frame.width - x - 6) for mark, x in zip(marks, at_pixel, strict=True)]
    lanes = lanes_of([(x, x + 6 + frame.widest([text.shown])) for x, text in zip(at_pixel, texts, strict=True)])
    high = frame.line + 6 + (max(lanes) + 1 if lanes else 0) * frame.line
    plane = Plane(frame, left, right, high, high + (150 if frame.is_narrow else 200), across, (0, most))
    flags = [plane.top - lane * frame.line - 4 for lane in lanes]
    return Drawing(
        frame.width,
        plane.height,
        [
            *plane.grid(up),
            Layer(
                "rect",
                [
                    {"low": low, "high": high, "count": count}
                    for (low, high), count in zip(pairwise(edges), chart.counts, strict=False)
                    if count
                ],
                {
                    "x": by("low", "x", offset=0.5),
                    "x2": by("high", "x", offset=-0.5),
                    "y": by("count", "y"),
                    "y2": at(0, "y"),
                    "fill": of(colour("plain")),
                },
            ),
            *plane.axis(numbers),
            *plane.titles(chart.axis_title, chart.count_title),
            Layer(
                "rule",
                [{"x": x, "y": y - frame.size + 2} for x, y in zip(at_pixel, flags, strict=True)],
                {
                    "x": by("x"),
                    "y": by("y"),
                    "y2": of(plane.bottom),
                    "stroke": of(colour("ink")),
                    "strokeDash": of([3, 2]),
                },
            ),
            letters(
                [{"x": x + 4, "y": y, "text": text} for x, y, text in zip(at_pixel, flags, texts, strict=True)],
                size=frame.size,
                align=of("left"),
            ),
        ],
        plane.scales,
    )


def _edges(chart: Histogram) -> tuple[tuple[float, ...], tuple[float, float]]:
    """Return the edges of the columns, and from where to where the axis goes.

    A single value stands in the middle, in a column of one unit.
    """
    if len(chart.edges) < 2:
        return (), (0.0, 1.0)
    low, high = chart.edges[0], chart.edges[-1]
    if high > low:
        return chart.edges, (low, high)
    return (low - 0.5, low + 0.5), (low - 1.5, low + 1.5)


def _right(marks: Sequence[Mark], across: tuple[float, float], left: float, beside: float, frame: Frame) -> float:
    """Return where the plane has to end so that texts of marks find room beside it, and `beside` at least is left."""
    shares = [(max(0.0, (mark.at - across[0]) / (across[1] - across[0])), mark.text) for mark in marks]
    ends = [left + (frame.width - left - 6 - frame.widest([text])) / share for share, text in shares if 0 < share <= 1]
    return min([frame.width - beside, *ends])


def lanes_of(flags: Sequence[tuple[float, float]]) -> list[int]:
    """Return in which lane from below each flag flies, of flags from left to right with pole and end.

    No flag flies over another of its lane, nor over the pole of one whose lane is higher.

    >>> lanes_of([(0, 30), (10, 40), (50, 80)])
    [1, 0, 0]
    """
    lanes: list[int] = []  # from the right
    for number in range(len(flags) - 1, -1, -1):
        behind = list(zip(flags[:number:-1], lanes, strict=True))
        lane = 0
        while any(lane <= other and flags[number][1] > pole for (pole, _), other in behind):
            lane += 1
        lanes.append(lane)
    return lanes[::-1]
