"""What has changed: the segments from date to date, and who moved between two of them."""

from xml.etree.ElementTree import Element

from segtool.history.compare import NEW
from segtool.labelled import GONE
from segtool.output.money import money_in
from segtool.output.report.by_segment import tone_of
from segtool.output.report.charts import Flows, Line, Lines, Node, Tone
from segtool.output.report.figures import Telling
from segtool.output.report.html import Part, element, isolated
from segtool.output.report.tables import paragraph, pictured, table
from segtool.summary.changes import Base, Comparison
from segtool.summary.report import OverTime

_DATES = 24
"""How many dates the tables have; the last ones, where there are more."""

_FLOWS = 8
"""How many flows are told as sentences."""

_WAYS = ("up", "down", "same", "new", "gone", "other")


def over_time(telling: Telling) -> list[Part]:
    """Return the customers and the revenue of each segment at each date."""
    found, words = telling.summary.over_time, telling.words
    if found is None or not found.as_of_dates:
        return []
    shown = [at for at, each in enumerate(found.segments) if any(each.customers)]
    first, last = telling.dated(found.as_of_dates[0]), telling.dated(found.as_of_dates[-1])
    dates = telling.words.count(len(found.as_of_dates), "as-of-date")
    said = telling.told("report.page.dates", dates=dates, first=first, last=last)
    if not found.is_over:
        said += [" ", *telling.told("report.page.open", period=isolated(words.in_digits(found.labels[-1])))]
    if len(found.as_of_dates) > _DATES:
        said += [" ", words("report.page.last-dates", dates=_DATES)]
    titles = {name: words(f"report.page.over-time.{name}") for name in ("customers", "revenue")}
    charts = {
        name: Lines(
            title,
            tuple(map(words.in_digits, found.labels)),
            tuple(
                Line(
                    telling.title_of(found.segments[at].name, found.segments[at].title),
                    tuple(map(float, getattr(found.segments[at], name))),
                    tone_of(telling, found.segments[at].health),
                )
                for at in shown
            ),
        )
        for name, title in titles.items()
    }
    return [
        paragraph(*said, class_="note"),
        *pictured(telling, charts["customers"], _dates(telling, found, shown, "customers", titles["customers"])),
        *pictured(telling, charts["revenue"], _dates(telling, found, shown, "revenue", titles["revenue"])),
    ]


def _dates(telling: Telling, found: OverTime, shown: list[int], figure: str, caption: str) -> Element:
    """Return a table with a row for each of the last dates and a column for each segment."""
    words = telling.words
    own = [found.segments[at] for at in shown]
    money = money_in([amount for each in own for amount in each.revenue], words, width=14)
    headers = [words("report.page.header.as-of"), *(telling.title_of(each.name, each.title) for each in own)]
    under = money.under_header if figure == "revenue" else ""
    rows = [
        [
            telling.dated(found.as_of_dates[date]),
            *(
                telling.money(
                    f"over_time.segments.{at}.{figure}.{date}", money if figure == "revenue" else words.number
                )
                for at in shown
            ),
        ]
        for date in range(max(len(found.as_of_dates) - _DATES, 0), len(found.as_of_dates))
    ]
    return table(caption + under, headers, rows)


def moved(telling: Telling) -> list[Part]:
    """Return who went where between two tables, how many stopped buying, and how far the mix has moved."""
    found = telling.summary.changes
    if found is None:
        return []
    words = telling.words
    parts: list[Part] = [paragraph(*_span(telling, found))]
    parts += _ways(telling, found)
    if any(any(row) for row in found.matrix.customers):
        matrix = _matrix(telling, found)
        parts += pictured(telling, _sankey(telling, found), matrix)
    if found.flows:
        said = (element("li", *telling.prose(each.text)) for each in found.flows[:_FLOWS])
        parts += [element("h3", words("report.page.largest-flows")), element("ul", *said, class_="flows")]
    parts.append(_changes(telling, found))
    parts += [*_churn(telling, found), *_mix(telling, found)]
    return parts


def _span(telling: Telling, found: Comparison) -> list[Part]:
    """Return from which table to which one the changes are, with the size of both."""
    told = telling.told(
        "report.page.span",
        before=telling.count("changes.before.customers", "customer"),
        before_day=_day(telling, found.before),
        after=telling.count("changes.after.customers", "customer"),
        after_day=_day(telling, found.after),
    )
    if found.days is not None:
        told += [" ", *telling.told("report.page.days-later", days=telling.count("changes.days", "day"))]
    return told


def _day(telling: Telling, base: Base) -> Element:
    if base.as_of is not None:
        return telling.dated(base.as_of)
    return isolated(base.file or telling.words("report.page.unknown-day"))


def _ways(telling: Telling, found: Comparison) -> list[Part]:
    """Return how many went in each direction."""
    words = telling.words
    shown = [way for way in _WAYS if way in found.moved and (found.moved[way] or way != "other")]
    figures = (
        element(
            "div", element("dt", words(f"report.page.way.{way}")), element("dd", telling.number(f"changes.moved.{way}"))
        )
        for way in shown
    )
    return [element("dl", *figures, class_="figures small")] if shown else []


def _titles(telling: Telling, found: Comparison) -> dict[str, str]:
    words = telling.words
    known = {each.name: telling.title_of(each.name, each.title) for each in found.segments}
    return known | {NEW: words("report.page.new"), GONE: words("report.page.gone")}


def _sankey(telling: Telling, found: Comparison) -> Flows:
    """Return the matrix as a chart; segments in which nobody was are left out."""
    words, matrix, titles = telling.words, found.matrix, _titles(telling, found)
    tones: dict[str, Tone] = {each.name: tone_of(telling, each.health) for each in found.segments}
    before = [at for at, row in enumerate(matrix.customers) if any(row)]
    after = [at for at in range(len(matrix.columns)) if any(row[at] for row in matrix.customers)]
    flows = tuple(
        (i, j, float(matrix.customers[row][column]), words.count(matrix.customers[row][column], "customer"))
        for i, row in enumerate(before)
        for j, column in enumerate(after)
        if matrix.customers[row][column]
    )
    return Flows(
        title=words("report.page.chart.flows"),
        before_title=_side(telling, found.before, "report.page.header.before"),
        after_title=_side(telling, found.after, "report.page.header.after"),
        before=tuple(_node(matrix.rows[at], titles, tones) for at in before),
        after=tuple(_node(matrix.columns[at], titles, tones) for at in after),
        flows=flows,
    )


def _node(name: str, titles: dict[str, str], tones: dict[str, Tone]) -> Node:
    return Node(titles.get(name, name), tones.get(name, "plain"))


def _side(telling: Telling, base: Base, key: str) -> str:
    return telling.day(base.as_of) if base.as_of else telling.words(key)


def _matrix(telling: Telling, found: Comparison) -> Element:
    words, matrix, titles = telling.words, found.matrix, _titles(telling, found)
    headers = [words("report.page.header.from-segment"), *(titles.get(name, name) for name in matrix.columns)]
    rows = [
        [
            isolated(titles.get(name, name)),
            *(telling.number(f"changes.matrix.customers.{row}.{column}") for column in range(len(matrix.columns))),
        ]
        for row, name in enumerate(matrix.rows)
    ]
    return table(words("report.page.caption.matrix"), headers, rows)


def _changes(telling: Telling, found: Comparison) -> Element:
    words = telling.words
    names = ("before", "entered", "new", "left", "gone", "after")
    rows = [
        [
            telling.segment(each.name, telling.title_of(each.name, each.title), each.health),
            *(telling.number(f"changes.segments.{at}.{name}") for name in names),
            telling.signed(f"changes.segments.{at}.net"),
            "–" if each.churn is None else telling.percent(f"changes.segments.{at}.churn.churn_rate"),
        ]
        for at, each in enumerate(found.segments)
    ]
    headers = [
        words("report.page.header.segment"),
        *(words(f"report.page.header.{name}") for name in (*names, "net", "churn")),
    ]
    return table(words("report.page.caption.changes"), headers, rows)


def _churn(telling: Telling, found: Comparison) -> list[Part]:
    churn = found.churn
    if churn is None or churn.churn_rate is None:
        return []
    path = "changes.churn"
    told = telling.told(
        "report.page.churn",
        rate=element("strong", telling.percent(f"{path}.churn_rate")),
        churned=telling.number(f"{path}.churned"),
        active=telling.count(f"{path}.active", "customer"),
        days=telling.count(f"{path}.active_days", "day"),
    )
    return [paragraph(*told)]


def _mix(telling: Telling, found: Comparison) -> list[Part]:
    if found.psi is None or found.reading is None:
        return []
    psi = telling.number("changes.psi", 4)
    return [paragraph(*telling.told(f"report.page.mix.{found.reading}", psi=psi))]
