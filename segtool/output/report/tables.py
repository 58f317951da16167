"""Tables of the page, and charts with the tables behind them."""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from segtool.output.report import charts
from segtool.output.report.figures import Telling
from segtool.output.report.html import Part, element, filled

_MANY = 12
"""A table of more columns is set smaller on paper."""

Cell = Part | Sequence[Part]


def table(
    caption: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    texts: Sequence[int] = (),
    foot: bool = False,
) -> Element:
    """Return a table that scrolls in its own box; each row begins with its name.

    Columns hold numbers, but for the first one and the `texts`. A `foot` tells that the last row is a sum.
    """
    kinds = [None if at in texts or not at else "number" for at in range(len(headers))]
    head = element(
        "tr", *(element("th", header, scope="col", class_=kind) for header, kind in zip(headers, kinds, strict=True))
    )
    lines = [_row(row, kinds) for row in rows]
    made = element("table", element("caption", caption), element("thead", head))
    made.append(filled(element("tbody"), lines[:-1] if foot else lines))
    if foot:
        made.append(element("tfoot", *lines[-1:]))
    kind = "box many" if len(headers) > _MANY else "box"
    return element("div", made, class_=kind, tabindex="0", role="group", aria_label=caption)


def _row(cells: Sequence[Cell], kinds: Sequence[str | None]) -> Element:
    first, *others = (_parts(cell) for cell in cells)
    named = element("th", *first, scope="row")
    return element(
        "tr", named, *(element("td", *cell, class_=kind) for cell, kind in zip(others, kinds[1:], strict=True))
    )


def _parts(cell: Cell) -> Sequence[Part]:
    return [cell] if cell is None or isinstance(cell, str | Element) else cell


def pictured(telling: Telling, chart: charts.Chart, *behind: Element, titled: bool = True) -> list[Part]:
    """Return a chart with the tables behind it, which open on demand; only the tables where no charts are wanted.

    A chart below a heading that says what it shows needs not be `titled`.
    """
    if not telling.charts:
        return list(behind)
    numbers = element("summary", telling.words("report.page.numbers"))
    caption = element("figcaption", chart.title) if titled else None
    drawn = charts.drawn(chart, telling.words)
    return [element("figure", caption, drawn, element("details", numbers, *behind))]


def paragraph(*parts: Part, class_: str | None = None) -> Element:
    """Return a paragraph."""
    return element("p", *parts, class_=class_)
