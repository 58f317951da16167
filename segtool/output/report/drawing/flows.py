"""Who went where: nodes on two sides, and bands between them (a Sankey diagram)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from segtool.output.report.charts import Flows, Node
from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.lettering import Text, spread
from segtool.output.report.drawing.vega import MUTED, Drawing, Layer, by, colour, letters, of

_MOST_BANDS = 144
"""How many bands are drawn, of more the largest: the others would be hairlines that nobody can follow."""

_TOLD_BANDS = 48
"""Of how many a pointer at them tells the text."""

_HAIRLINE = 0.7

_Flow = tuple[int, int, float, str]


@dataclass(frozen=True)
class _Side:
    """The nodes of one side: where each begins, how tall it is, and the edge at which bands end."""

    nodes: Sequence[Node]
    tops: Sequence[float]
    heights: Sequence[float]


def flows_in(chart: Flows, frame: Frame) -> Drawing:
    """Return flows as a drawing: heights are in proportion to sizes, bands have the colour of where they lead.

    What was before stands where a reader begins, and so do the bands of a node: in the order of the nodes they lead to.
    """
    flows = [flow for flow in chart.flows if flow[2] > 0]
    befores = [sum(size for one, _, size, _ in flows if one == node) for node in range(len(chart.before))]
    afters = [sum(size for _, one, size, _ in flows if one == node) for node in range(len(chart.after))]
    labels = frame.width * (0.31 if frame.is_narrow else 0.27)
    bar = 8.0 if frame.is_narrow else 12.0
    texts = [[frame.lines(node.text, labels - 8) for node in side] for side in (chart.before, chart.after)]
    rooms = [[len(lines) * frame.line + 5 for lines in side] for side in texts]
    top = frame.line + 12
    height = max(220.0 if flows else 0.0, *(sum(side) * 1.12 for side in rooms))
    gaps = [min(12.0, height * 0.35 / max(1, len(side))) for side in (befores, afters)]
    free = height - max(gap * max(0, len(side) - 1) for gap, side in zip(gaps, (befores, afters), strict=True))
    unit = free / sum(befores) if flows else 0.0
    sides = [
        _side(nodes, sizes, unit, top, height) for nodes, sizes in ((chart.before, befores), (chart.after, afters))
    ]
    begin, end = labels + bar, frame.width - labels - bar
    places = [
        spread(
            [start + tall / 2 for start, tall in zip(side.tops, side.heights, strict=True)],
            room,
            low=top,
            high=top + height,
        )
        for side, room in zip(sides, rooms, strict=True)
    ]
    return Drawing(
        frame.width,
        top + height + 4,
        [
            *_titles(chart, frame),
            *_bands(flows, sides, unit, frame, begin, end),
            *_nodes(sides[0], labels, begin, frame),
            *_nodes(sides[1], end, end + bar, frame),
            *(
                letters(
                    [
                        {"x": frame.x(x), "y": place + (row - (len(lines) - 1) / 2) * frame.line, "text": line}
                        for lines, place in zip(side, middles, strict=True)
                        for row, line in enumerate(lines)
                    ],
                    size=frame.size,
                    align=align,
                    baseline=of("middle"),
                )
                for side, middles, x, align in (
                    (texts[0], places[0], labels - 8, frame.end),
                    (texts[1], places[1], frame.width - labels + 8, frame.begin),
                )
            ),
        ],
    )


def _titles(chart: Flows, frame: Frame) -> list[Layer]:
    room = frame.width / 2 - 8
    return [
        letters(
            [{"x": frame.x(x), "y": frame.size, "text": frame.text(text, room)}],
            size=frame.size,
            fill=MUTED,
            align=align,
        )
        for text, x, align in (
            (chart.before_title, 0.0, frame.begin),
            (chart.after_title, frame.width, frame.end),
        )
    ]


def _side(nodes: Sequence[Node], sizes: Sequence[float], unit: float, top: float, height: float) -> _Side:
    """Return nodes one below the other, with even gaps that fill the height."""
    heights = [max(size * unit, 1.0) for size in sizes]
    gap = max(0.0, height - sum(heights)) / max(1, len(nodes) - 1)
    tops = list(accumulate((tall + gap for tall in heights[:-1]), initial=top)) if nodes else []
    return _Side(nodes, tops, heights)


def _bands(
    flows: Sequence[_Flow], sides: Sequence[_Side], unit: float, frame: Frame, begin: float, end: float
) -> list[Layer]:
    """Return the bands, the largest at the back, so that small ones stay seen."""
    before, after = sides
    leaving = _starts([flow[:2] for flow in flows], flows, before, unit)
    coming = _starts([(flow[1], flow[0]) for flow in flows], flows, after, unit)
    largest = sorted(range(len(flows)), key=lambda flow: (-flows[flow][2], flows[flow][:2]))[:_MOST_BANDS]
    rows: list[dict[str, str | Text]] = [
        {
            "path": band(
                (frame.x(begin), leaving[flow]),
                (frame.x(end), coming[flow]),
                max(flows[flow][2] * unit, _HAIRLINE),
            ),
            "fill": colour(after.nodes[flows[flow][1]].tone),
            "told": frame.text(flows[flow][3]) if place < _TOLD_BANDS else "",
        }
        for place, flow in enumerate(largest)
    ]
    return [
        Layer(
            "path",
            rows,
            {"path": by("path"), "fill": by("fill"), "fillOpacity": of(0.4), "description": by("told")},
        )
    ]


def _starts(ends: Sequence[tuple[int, int]], flows: Sequence[_Flow], side: _Side, unit: float) -> dict[int, float]:
    """Return where each flow begins on its side; `ends` are its node there and the one across, which order it."""
    next_free = list(side.tops)
    starts = {}
    for flow in sorted(range(len(flows)), key=lambda flow: ends[flow]):
        starts[flow] = next_free[ends[flow][0]]
        next_free[ends[flow][0]] += flows[flow][2] * unit
    return starts


def band(begin: tuple[float, float], end: tuple[float, float], tall: float) -> str:
    """Return the outline of a band of even height between two places, each its upper corner.

    >>> band((0, 0), (10, 20), 4)
    'M0,0C5,0,5,20,10,20V24C5,24,5,4,0,4Z'
    """
    (x0, y0), (x1, y1) = begin, end
    middle = (x0 + x1) / 2
    there = f"M{_n(x0)},{_n(y0)}C{_n(middle)},{_n(y0)},{_n(middle)},{_n(y1)},{_n(x1)},{_n(y1)}"
    back = f"C{_n(middle)},{_n(y1 + tall)},{_n(middle)},{_n(y0 + tall)},{_n(x0)},{_n(y0 + tall)}Z"
    return f"{there}V{_n(y1 + tall)}{back}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _nodes(side: _Side, begin: float, end: float, frame: Frame) -> list[Layer]:
    return [
        Layer(
            "rect",
            [
                {"y": top, "height": tall, "fill": colour(node.tone)}
                for node, top, tall in zip(side.nodes, side.tops, side.heights, strict=True)
            ],
            {
                "x": of(frame.x(begin)),
                "x2": of(frame.x(end)),
                "y": by("y"),
                "height": by("height"),
                "fill": by("fill"),
            },
        )
    ]
