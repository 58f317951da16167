"""Horizontal bars: labels where a line begins, values at the ends; on a narrow screen both stand above their bar."""

from collections.abc import Sequence

from segtool.output.report.charts import Bar, Bars, Tone
from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.vega import Drawing, Layer, Scale, at, by, colour, letters, of

_GAP = 8.0


def bars_in(chart: Bars, frame: Frame) -> Drawing:
    """Return bars as a drawing: lengths are in proportion to values, those below zero grow towards the labels."""
    return _below_labels(chart.bars, frame) if frame.is_narrow else _beside_labels(chart.bars, frame)


def _beside_labels(bars: Sequence[Bar], frame: Frame) -> Drawing:
    step, thickness = (28.0, 18.0) if len(bars) <= 20 else (23.0, 15.0)
    labels = frame.widest([bar.label for bar in bars], frame.width * 0.36)
    values = frame.widest([bar.text for bar in bars], frame.width * 0.3)
    before = frame.widest([bar.text for bar in bars if bar.value < 0], frame.width * 0.3)
    start = labels + _GAP + (before + _GAP if before else 0)
    scale = _scale(bars, frame, start, frame.width - values - _GAP)
    height = max(1, len(bars)) * step
    middles = [step * number + step / 2 for number in range(len(bars))]
    return Drawing(
        frame.width,
        height,
        [
            *_marks(bars, [(middle - thickness / 2, thickness) for middle in middles]),
            _base([(0, height)]),
            letters(
                [
                    {"x": frame.x(labels), "y": middle, "text": frame.text(bar.label, labels)}
                    for bar, middle in zip(bars, middles, strict=True)
                ],
                size=frame.size,
                align=frame.end,
                baseline=of("middle"),
            ),
            *(
                letters(
                    [
                        {"value": bar.value, "y": middle, "text": frame.text(bar.text, frame.width * 0.3)}
                        for bar, middle in zip(bars, middles, strict=True)
                        if (bar.value < 0) == below_zero
                    ],
                    size=frame.size,
                    x=by("value", "x", offset=frame.x(_GAP * 0.75 * sign) - frame.x(0)),
                    align=align,
                    baseline=of("middle"),
                )
                for below_zero, sign, align in ((False, 1, frame.begin), (True, -1, frame.end))
            ),
        ],
        {"x": scale},
    )


def _below_labels(bars: Sequence[Bar], frame: Frame) -> Drawing:
    step, thickness = frame.line + 24, 10.0
    scale = _scale(bars, frame, 0, frame.width)
    height = max(1, len(bars)) * step
    tops = [step * number for number in range(len(bars))]
    bar_tops = [top + frame.line + 4 for top in tops]
    values = [frame.text(bar.text, frame.width * 0.55) for bar in bars]
    rooms = [frame.width - frame.widest([value.shown]) - 2 * _GAP for value in values]
    return Drawing(
        frame.width,
        height,
        [
            *_marks(bars, [(top, thickness) for top in bar_tops]),
            _base([(top - 3, top + thickness + 3) for top in bar_tops] if any(bar.value < 0 for bar in bars) else []),
            letters(
                [
                    {"x": frame.x(0), "y": top + frame.size, "text": frame.text(bar.label, room)}
                    for bar, top, room in zip(bars, tops, rooms, strict=True)
                ],
                size=frame.size,
                align=frame.begin,
            ),
            letters(
                [
                    {"x": frame.x(frame.width), "y": top + frame.size, "text": value}
                    for value, top in zip(values, tops, strict=True)
                ],
                size=frame.size,
                align=frame.end,
            ),
        ],
        {"x": scale},
    )


def _scale(bars: Sequence[Bar], frame: Frame, start: float, end: float) -> Scale:
    values = [0.0, *(bar.value for bar in bars)]
    low, high = min(values), max(values)
    return Scale(low, high if high > low else 1, frame.x(start), frame.x(end))


def _marks(bars: Sequence[Bar], places: Sequence[tuple[float, float]]) -> list[Layer]:
    tones: tuple[Tone, ...] = ("positive", "neutral", "negative", "plain")
    placed = list(zip(bars, places, strict=True))
    return [
        Layer(
            "rect",
            [
                {"value": bar.value, "y": top, "height": thickness}
                for bar, (top, thickness) in placed
                if bar.tone == tone
            ],
            {
                "x": by("value", "x"),
                "x2": at(0, "x"),
                "y": by("y"),
                "height": by("height"),
                "fill": of(colour(tone)),
            },
        )
        for tone in tones
    ]


def _base(stretches: Sequence[tuple[float, float]]) -> Layer:
    """Return the line at zero, in stretches from top to bottom."""
    return Layer(
        "rule",
        [{"y": top, "y2": bottom} for top, bottom in stretches],
        {"x": at(0, "x"), "x2": at(0, "x"), "y": by("y"), "y2": by("y2"), "stroke": of(colour("axis"))},
    )
