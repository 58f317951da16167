"""How customers and money are spread: over scores, over days, orders and spend, and over the best and the rest."""

from decimal import Decimal
from functools import partial
from xml.etree.ElementTree import Element

from segtool.output.money import money_in
from segtool.output.report.charts import Curve, Heat, Histogram, Mark
from segtool.output.report.figures import Telling
from segtool.output.report.html import Part, element
from segtool.output.report.tables import Cell, paragraph, pictured, table
from segtool.segments.wording import score_label
from segtool.summary.report import Distribution, HeatMap

_FIFTH = 0.2

_CELL = 6
"""Letters that an amount may take in a cell of the heat map."""


def heat_map(telling: Telling) -> list[Part]:
    """Return the customers, and their money, by how recently and how often they bought."""
    found, words = telling.summary.heat_map, telling.words
    if found is None:
        return []
    money = money_in([amount for row in found.revenue for amount in row], words, width=_CELL)
    customers = tuple(tuple(float(each) for each in row) for row in reversed(found.customers))
    counts = tuple(tuple((words.number(each),) for each in row) for row in reversed(found.customers))
    revenue = tuple(tuple(float(each) for each in row) for row in reversed(found.revenue))
    amounts = tuple(tuple((money(each),) for each in row) for row in reversed(found.revenue))
    title = words("report.page.chart.heat-revenue") + (f" ({money.under_header.strip()})" if money.divisor > 1 else "")
    name = words("report.page.chart.heat-customers")
    parts = [
        *pictured(telling, _heat(telling, found, name, customers, counts), _grid(telling, found, "customers", name)),
        *pictured(telling, _heat(telling, found, title, revenue, amounts), _grid(telling, found, "revenue", title)),
    ]
    return [paragraph(words("report.page.heat"), class_="note"), element("div", *parts, class_="pair")]


def _heat(
    telling: Telling,
    found: HeatMap,
    title: str,
    values: tuple[tuple[float, ...], ...],
    texts: tuple[tuple[tuple[str, ...], ...], ...],
) -> Heat:
    return Heat(
        title=title,
        row_title=telling.words("report.page.axis.recency"),
        column_title=telling.words("report.page.axis.frequency"),
        rows=tuple(score_label("r", each, telling.words) for each in reversed(found.r)),
        columns=tuple(score_label("f", each, telling.words) for each in found.f),
        values=values,
        texts=texts,
    )


def _grid(telling: Telling, found: HeatMap, figure: str, caption: str) -> Element:
    """Return the cells as a table, most recent customers first."""
    headers = [telling.words("report.page.axis.scores"), *(score_label("f", each, telling.words) for each in found.f)]
    rows: list[list[Cell]] = [
        [
            score_label("r", found.r[row], telling.words),
            *(telling.money(f"heat_map.{figure}.{row}.{column}") for column in range(len(found.f))),
        ]
        for row in reversed(range(len(found.r)))
    ]
    return table(caption, headers, rows)


def distributions(telling: Telling) -> list[Part]:
    """Return how days, orders and spend are spread, with the cuts between scores."""
    parts: list[Part] = []
    for at, each in enumerate(telling.summary.distributions):
        parts.append(element("h3", telling.words(f"report.page.chart.{each.figure}")))
        told = [*_quartiles(telling, each, f"distributions.{at}"), *_outside(telling, each, f"distributions.{at}")]
        parts.append(paragraph(*told, class_="note"))
        if each.bins:
            bins = _bins(telling, each, f"distributions.{at}")
            parts += pictured(telling, _histogram(telling, each), bins, titled=False)
    return parts


def _quartiles(telling: Telling, each: Distribution, path: str) -> list[Part]:
    names = ("smallest", "first_quartile", "median", "third_quartile", "largest")
    written = telling.money if each.figure == "monetary" else partial(telling.number, decimals=1)
    told = {name: written(f"{path}.{name}") for name in names}
    return telling.told(f"report.page.quartiles.{each.figure}", **told)


def _outside(telling: Telling, each: Distribution, path: str) -> list[Part]:
    """Return how many customers the picture leaves out."""
    told: list[Part] = []
    for side, end in (("below", "bins.0.low"), ("above", f"bins.{len(each.bins) - 1}.high")):
        if getattr(each, side):
            facts = {"customers": telling.count(f"{path}.{side}", "customer"), "end": telling.money(f"{path}.{end}")}
            told += [" ", *telling.told(f"report.page.outside.{side}", **facts)]
    return told


def _histogram(telling: Telling, each: Distribution) -> Histogram:
    """Return the columns of a chart; a whole figure stands in the middle of its own, and a cut behind what it takes."""
    words, half = telling.words, 0 if each.figure == "monetary" else 0.5
    return Histogram(
        title=words(f"report.page.chart.{each.figure}"),
        axis_title=words(f"report.page.spread.{each.figure}"),
        count_title=words("report.page.header.customers"),
        edges=tuple(float(end) - half for end in (*(one.low for one in each.bins), each.bins[-1].high)),
        counts=tuple(one.customers for one in each.bins),
        marks=tuple(Mark(float(cut) + half, words.amount(cut)) for cut in each.cuts or ()),
    )


def _bins(telling: Telling, each: Distribution, path: str) -> Element:
    words = telling.words
    headers = [words("report.page.header.from"), words("report.page.header.to"), words("report.page.header.customers")]
    rows: list[list[Cell]] = [
        [
            *(telling.money(f"{path}.bins.{at}.{name}") for name in ("low", "high")),
            telling.number(f"{path}.bins.{at}.customers"),
        ]
        for at in range(len(each.bins))
    ]
    if each.below:
        rows.insert(
            0, [words("report.page.below"), telling.money(f"{path}.bins.0.low"), telling.number(f"{path}.below")]
        )
    if each.above:
        last = telling.money(f"{path}.bins.{len(each.bins) - 1}.high")
        rows.append([last, words("report.page.above"), telling.number(f"{path}.above")])
    return table(words(f"report.page.chart.{each.figure}"), headers, rows)


def pareto(telling: Telling) -> list[Part]:
    """Return how much of the revenue few customers bring."""
    found, words = telling.summary.pareto, telling.words
    if found is None:
        return []
    told = telling.told(
        "report.page.pareto",
        best=telling.share(_FIFTH, 0),
        fifth=element("strong", telling.percent("pareto.fifth", 0)),
        half=telling.count("pareto.half", "customer"),
        share=telling.percent("pareto.half_share"),
    )
    points = [(each.customers_share, each.revenue_share) for each in found.points]
    mark = words("report.page.pareto-mark", best=telling.share(_FIFTH, 0), fifth=telling.share(found.fifth, 0))
    curve = Curve(
        title=words("report.page.chart.pareto"),
        x_title=words("report.page.axis.best"),
        y_title=words("report.page.axis.revenue"),
        points=tuple(points if points[:1] == [(0.0, 0.0)] else [(0.0, 0.0), *points]),
        marks=((_FIFTH, found.fifth, mark),),
    )
    headers = [words("report.page.axis.best"), words("report.page.axis.revenue")]
    rows = [
        [telling.percent(f"pareto.points.{at}.{name}", 0 if name == "customers_share" else 1) for name in _POINT]
        for at in range(len(found.points))
    ]
    return [paragraph(*told), *pictured(telling, curve, table(words("report.page.chart.pareto"), headers, rows))]


_POINT = ("customers_share", "revenue_share")
"""What a point of the curve has, in the order of the columns."""


def reach(telling: Telling, path: str, ends: tuple[int | Decimal, int | Decimal]) -> list[Part]:
    """Return from where to where figures are."""
    if ends[0] == ends[1]:
        return [telling.money(f"{path}.0")]
    return telling.told("range.within", low=telling.money(f"{path}.0"), high=telling.money(f"{path}.1"))
