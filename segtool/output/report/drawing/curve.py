"""A curve of shares beside the diagonal on which all would bring the same."""

from collections.abc import Sequence

from segtool.output.report.charts import Curve
from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.lettering import spread
from segtool.output.report.drawing.numbers import percent_text, ticks
from segtool.output.report.drawing.plot import Plane, Ticks
from segtool.output.report.drawing.vega import Drawing, Layer, Row, by, colour, letters, of


def curve_in(chart: Curve, frame: Frame) -> Drawing:
    """Return a curve as a drawing; shares outside of 0 to 1, which losses bring about, stretch the axis upwards."""
    points = sorted(chart.points, key=lambda point: point[0])
    shares = [0.0, 1.0, *(y for _, y in points)]
    upwards = (min(shares), max(shares))
    up = _percents(upwards, 4 if frame.is_narrow else 6, frame)
    across = _percents((0.0, 1.0), 3 if frame.is_narrow else 6, frame)
    left = frame.widest(up.texts) + 8
    top = frame.line + 12
    right = frame.width - frame.widest(across.texts[-1:]) / 2
    plane = Plane(frame, left, right, top, top + (190 if frame.is_narrow else 280), (0.0, 1.0), upwards)
    dots = [
        (left + x * (right - left), plane.bottom - (y - upwards[0]) / (upwards[1] - upwards[0]) * (plane.bottom - top))
        for x, y, _ in chart.marks
    ]
    return Drawing(
        frame.width,
        plane.height,
        [
            *plane.grid(up),
            Layer(
                "area",
                [{"x": x, "y": y} for x, y in points],
                {
                    "x": by("x", "x"),
                    "y": by("y", "y"),
                    "y2": by("x", "y"),
                    "fill": of(colour("plain")),
                    "fillOpacity": of(0.12),
                },
            ),
            *plane.axis(across),
            Layer(
                "line",
                [{"at": 0.0}, {"at": 1.0}],
                {
                    "x": by("at", "x"),
                    "y": by("at", "y"),
                    "stroke": of(colour("axis")),
                    "strokeWidth": of(1),
                    "strokeDash": of([3, 3]),
                },
            ),
            Layer(
                "line",
                [{"x": x, "y": y} for x, y in points],
                {
                    "x": by("x", "x"),
                    "y": by("y", "y"),
                    "stroke": of(colour("plain")),
                    "strokeWidth": of(2.5),
                },
            ),
            *plane.titles(chart.x_title, chart.y_title),
            Layer(
                "symbol",
                [{"x": x, "y": y} for x, y, _ in chart.marks],
                {"x": by("x", "x"), "y": by("y", "y"), "size": of(60), "fill": of(colour("plain"))},
            ),
            *_labels(chart, dots, frame, plane),
        ],
        plane.scales,
    )


def _labels(chart: Curve, dots: Sequence[tuple[float, float]], frame: Frame, plane: Plane) -> list[Layer]:
    """Return the texts of dots, which stand at their right, between curve and diagonal, in two lines where one is long.

    Those of the right half stand at their left.
    """
    half = (plane.left + plane.right) / 2
    marks = sorted(
        (y, x, frame.lines(mark[2], x - 14 - plane.left if x > half else frame.width - x - 10))
        for mark, (x, y) in zip(chart.marks, dots, strict=True)
    )
    middles = spread(
        [y + 6 for y, _, _ in marks],
        [len(lines) * frame.line for _, _, lines in marks],
        low=plane.top,
        high=plane.bottom,
    )
    sides: dict[str, list[Row]] = {"left": [], "right": []}
    for (_, x, lines), middle in zip(marks, middles, strict=True):
        for number, line in enumerate(lines):
            place = middle + (number - (len(lines) - 1) / 2) * frame.line
            side, beside = ("right", x - 10) if x > half else ("left", x + 10)
            sides[side].append({"x": beside, "y": place, "text": line})
    return [
        letters(
            rows,
            size=frame.size,
            align=of(side),
            baseline=of("middle"),
            fontWeight=of("bold"),
            stroke=of(colour("paper")),  # a halo, which keeps lines out of the letters above them
            strokeWidth=of(4),
            strokeJoin=of("round"),
        )
        for side, rows in sides.items()
    ]


def _percents(across: tuple[float, float], most: int, frame: Frame) -> Ticks:
    places = ticks(*across, most)
    return Ticks(places, [percent_text(place, frame.words) for place in places])
