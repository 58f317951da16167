"""Small multiples: a panel a segment, all with the same time below, each with a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from segtool.output.report.charts import Line, Lines
from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.numbers import short_number
from segtool.output.report.drawing.vega import MUTED, Drawing, Layer, Row, Scale, at, by, colour, letters, of

_PLOT = 56.0


@dataclass(frozen=True)
class _Panel:
    """A curve and its room: from where to where, and from which height down; `is_last` in its column."""

    line: Line
    number: int
    left: float
    right: float
    top: float
    is_last: bool


def lines_in(chart: Lines, frame: Frame) -> Drawing:
    """Return small multiples as a drawing.

    Time runs from the left in every language; panels follow each other as their lines do, each with its first and last
    value below the ends of the curve, the last of a column with the dates. Of more dates than a panel has room for,
    those with the largest and smallest values around them stand for the others.
    """
    panels = _panels(chart.lines, frame)
    most = max(16, min(120, 2400 // max(1, len(panels))))
    bottom = max((panel.top for panel in panels), default=0) + _PLOT + frame.line + 6
    return Drawing(
        frame.width,
        bottom + frame.line,
        [layer for panel in panels for layer in _curve(panel, most)] + _labels(panels, chart.labels, frame),
        {name: scale for panel in panels for name, scale in _scales(panel, len(panel.line.values)).items()},
    )


def _panels(lines: Sequence[Line], frame: Frame) -> list[_Panel]:
    columns = min(2 if frame.is_narrow else 3, max(1, len(lines)))
    gap = 18.0 if frame.is_narrow else 28.0
    side = (frame.width - gap * (columns - 1)) / columns
    step = _PLOT + 2 * frame.line + 34
    begins = [column * (side + gap) for column in range(columns)]
    lefts = [min(frame.x(begin), frame.x(begin + side)) for begin in begins]
    return [
        _Panel(
            line,
            number,
            lefts[number % columns],
            lefts[number % columns] + side,
            frame.line + 12 + step * (number // columns),
            number + columns >= len(lines),
        )
        for number, line in enumerate(lines)
    ]


def _scales(panel: _Panel, dates: int) -> dict[str, Scale]:
    values = [0.0, *panel.line.values]
    low, high = min(values), max(values)
    inset = 4.0  # half a dot
    across = (0.0, dates - 1.0) if dates > 1 else (-1.0, 1.0)
    return {
        f"x{panel.number}": Scale(*across, panel.left + inset, panel.right - inset),
        f"y{panel.number}": Scale(low, high if high > low else 1, panel.top + _PLOT, panel.top),
    }


def _curve(panel: _Panel, most: int) -> list[Layer]:
    x, y, stroke = f"x{panel.number}", f"y{panel.number}", colour(panel.line.tone)
    values = panel.line.values
    ends = sorted({0, len(values) - 1}) if values else []
    return [
        Layer(
            "rule",
            [{"left": panel.left, "right": panel.right}],
            {"x": by("left"), "x2": by("right"), "y": at(0, y), "stroke": of(colour("grid"))},
        ),
        Layer(
            "line",
            [{"date": date, "value": values[date]} for date in kept_dates(values, most)] if len(ends) > 1 else [],
            {
                "x": by("date", x),
                "y": by("value", y),
                "stroke": of(stroke),
                "strokeWidth": of(2),
                "strokeJoin": of("round"),
            },
        ),
        Layer(
            "symbol",
            [{"date": date, "value": values[date]} for date in ends],
            {"x": by("date", x), "y": by("value", y), "size": of(36), "fill": of(stroke)},
        ),
    ]


def kept_dates(values: Sequence[float], most: int) -> list[int]:
    """Return the places of values that tell a curve: both ends, and the extremes of even stretches between them.

    >>> kept_dates([5, 1, 2, 9, 3, 4, 8, 7, 6, 5], 6)
    [0, 1, 3, 5, 6, 9]
    """
    if len(values) <= most:
        return list(range(len(values)))
    stretches = max(1, (most - 2) // 2)
    inner = len(values) - 2
    kept = {0, len(values) - 1}
    for stretch in range(stretches):
        dates = range(1 + inner * stretch // stretches, 1 + inner * (stretch + 1) // stretches)
        kept |= {min(dates, key=lambda date: values[date]), max(dates, key=lambda date: values[date])}
    return sorted(kept)


def _labels(panels: Sequence[_Panel], dates: Sequence[str], frame: Frame) -> list[Layer]:
    size, words = frame.size, frame.words
    below = _PLOT + 6 + size
    names: list[Row] = [
        {
            "x": panel.right if words.right_to_left else panel.left,
            "y": panel.top - 10,
            "text": frame.text(panel.line.text, (panel.right - panel.left) * 0.95),
        }
        for panel in panels
    ]
    several = [panel for panel in panels if len(panel.line.values) > 1]
    single = [panel for panel in panels if len(panel.line.values) == 1]
    timed = [panel for panel in panels if panel.is_last and dates]
    two = len(dates) > 1
    return [
        letters(names, size=size, align=frame.begin, fontWeight=of("bold")),
        *(
            letters(
                [
                    {
                        "x": _end(panel, align),
                        "y": panel.top + below,
                        "text": frame.text(short_number(panel.line.values[place], words)),
                    }
                    for panel in some
                ],
                size=size,
                align=of(align),
            )
            for some, place, align in ((several, 0, "left"), (several, -1, "right"), (single, 0, "center"))
        ),
        *(
            letters(
                [
                    {
                        "x": _end(panel, align),
                        "y": panel.top + below + frame.line,
                        "text": frame.text(dates[place], (panel.right - panel.left) / (2.1 if two else 1)),
                    }
                    for panel in timed
                ],
                size=size,
                fill=MUTED,
                align=of(align),
            )
            for place, align in (((0, "left"), (-1, "right")) if two else ((0, "center"),))
        ),
    ]


def _end(panel: _Panel, align: str) -> float:
    return {"left": panel.left, "right": panel.right, "center": (panel.left + panel.right) / 2}[align]
