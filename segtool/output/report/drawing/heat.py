"""A heat map: a grid of cells, in steps of one colour."""

import math
from collections.abc import Sequence

from segtool.output.report.charts import Heat
from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.lettering import width_of
from segtool.output.report.drawing.vega import MUTED, Drawing, Layer, by, letters, of

STEPS = 7
"""How many colours there are, from `--heat-0` to `--heat-6`, each with that of letters on it, `--heat-ink-0` …"""


def step_of(value: float, largest: float) -> int:
    """Return the step of a value: 0 for what is not above zero, then even steps of its square root up to the largest.

    By the root a few full cells leave the others apart: of 100, 25 is halfway.

    >>> [step_of(value, 100) for value in (-5, 0, 1, 25, 100)]
    [0, 0, 1, 3, 6]
    """
    if value <= 0 or largest <= 0:
        return 0
    return max(1, math.ceil(math.sqrt(value / largest) * (STEPS - 1) - 1e-9))


def heat_in(chart: Heat, frame: Frame) -> Drawing:
    """Return a heat map as a drawing. Lines of the cells that find no room in every cell are left out of all."""
    columns, rows = max(1, len(chart.columns)), max(1, len(chart.rows))
    labels = frame.widest(chart.rows, frame.width * (0.22 if frame.is_narrow else 0.3))
    start = labels + 8 if labels else 0
    side = (frame.width - start) / columns
    lines = _lines_with_room(chart, frame, side - 6)
    tall = max(len(lines) * frame.line + 14, 34.0)
    titles = _titles(chart, frame)
    top = len({row["y"] for title in titles for row in title.rows}) * frame.line + frame.line + 14
    cells = [
        (row, column, start + side * column, top + tall * row)
        for row in range(len(chart.rows))
        for column in range(len(chart.columns))
    ]
    largest = max((value for row in chart.values for value in row), default=0)
    steps = {(row, column): step_of(chart.values[row][column], largest) for row, column, _, _ in cells}
    return Drawing(
        frame.width,
        top + tall * rows,
        [
            *titles,
            letters(
                [
                    {"x": frame.x(start + side * (number + 0.5)), "y": top - 7, "text": frame.text(label, side - 4)}
                    for number, label in enumerate(chart.columns)
                ],
                size=frame.size,
                align=of("center"),
            ),
            letters(
                [
                    {"x": frame.x(labels), "y": top + tall * (number + 0.5), "text": frame.text(label, labels)}
                    for number, label in enumerate(chart.rows)
                ],
                size=frame.size,
                align=frame.end,
                baseline=of("middle"),
            ),
            *(
                Layer(
                    "rect",
                    [
                        {
                            "x": frame.x(x + 1),
                            "x2": frame.x(x + side - 1),
                            "y": y + 1,
                            "y2": y + tall - 1,
                            "told": frame.text(_told(chart, row, column, frame)),
                        }
                        for row, column, x, y in cells
                        if steps[row, column] == step
                    ],
                    {name: by(name) for name in ("x", "x2", "y", "y2")}
                    | {"fill": of(f"var(--heat-{step})"), "description": by("told")},
                )
                for step in range(STEPS)
            ),
            *(
                letters(
                    [
                        {
                            "x": frame.x(x + side / 2),
                            "y": y + tall / 2 + (place - (len(lines) - 1) / 2) * frame.line,
                            "text": frame.text(chart.texts[row][column][line]),
                        }
                        for row, column, x, y in cells
                        if steps[row, column] == step
                        for place, line in enumerate(lines)
                        if line < len(chart.texts[row][column])
                    ],
                    size=frame.size,
                    fill=f"var(--heat-ink-{step})",
                    align=of("center"),
                    baseline=of("middle"),
                )
                for step in range(STEPS)
            ),
        ],
    )


def _titles(chart: Heat, frame: Frame) -> list[Layer]:
    """Return what lines and columns are, beside an arrow along them: in one line where both find room there."""
    rows, columns = f"{chart.row_title} ↓", f"{chart.column_title} {'←' if frame.words.right_to_left else '→'}"
    beside = frame.widest([rows]) + frame.widest([columns]) + 16 <= frame.width
    room = frame.width if not beside else float("inf")
    below = frame.size + (0 if beside else frame.line)
    return [
        letters(
            [{"x": frame.x(0), "y": below, "text": frame.text(rows, room)}],
            size=frame.size,
            fill=MUTED,
            align=frame.begin,
        ),
        letters(
            [{"x": frame.x(frame.width), "y": frame.size, "text": frame.text(columns, room)}],
            size=frame.size,
            fill=MUTED,
            align=frame.end,
        ),
    ]


def _lines_with_room(chart: Heat, frame: Frame, room: float) -> list[int]:
    """Return which lines of the cells' texts fit into all of the cells."""
    cells = [texts for row in chart.texts for texts in row]
    return [
        line
        for line in range(max(map(len, cells), default=0))
        if all(width_of(texts[line], frame.size) <= room for texts in cells if line < len(texts))
    ]


def _told(chart: Heat, row: int, column: int, frame: Frame) -> str:
    """Return all of a cell in words, for a pointer at it."""
    names: Sequence[str] = (chart.rows[row], chart.columns[column], *chart.texts[row][column])
    return frame.words.series(name for name in names if name)
