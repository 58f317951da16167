"""The segments: how many and how much, and what to do with each."""

from collections.abc import Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element

from segtool.findings.clauses import share_of
from segtool.output.money import Money, money_in
from segtool.output.report.charts import Bar, Bars, Tone
from segtool.output.report.figures import MARKS, Telling
from segtool.output.report.html import Part, element, isolated
from segtool.output.report.tables import paragraph, pictured, table
from segtool.summary.facts import SegmentSummary

_WIDTH = 16
"""Letters that an amount in a table may take before it is told in millions."""

_URGENT = ("negative", "neutral", "positive")


def tone_of(telling: Telling, health: str) -> Tone:
    """Return the colour of a segment; none of its own where the scheme tells no health."""
    known: dict[str, Tone] = {"positive": "positive", "neutral": "neutral", "negative": "negative"}
    return known.get(health, "plain") if telling.summary.health is not None else "plain"


def segments(telling: Telling) -> list[Part]:
    """Return how many customers each segment has and what they brought: two charts, and the table of both."""
    found, words = telling.summary.segments, telling.words
    if not found:
        return []
    money = money_in([each.revenue for each in found], words, width=_WIDTH)
    average = money_in([each.average_order_value for each in found], words, width=_WIDTH)
    parts: list[Part] = []
    if telling.summary.health is not None:
        signs = (
            element("span", telling.mark(health), " ", words(f"report.page.health.{health}"), aria_hidden="true")
            for health in MARKS
        )
        parts.append(paragraph(*signs, class_="legend"))
    if telling.charts:
        customers = _small(telling, "customers", "share", None)
        revenue = _small(telling, "revenue", "revenue_share", money)
        parts += pictured(telling, _of_customers(telling), customers)
        parts += pictured(telling, _of_revenue(telling, money), revenue)
    return [*parts, _table(telling, money, average)]


def _of_customers(telling: Telling) -> Bars:
    words = telling.words
    bars = (
        Bar(
            telling.title_of(each.name, each.title),
            each.customers,
            f"{words.number(each.customers)} ({_share(telling, each.share)})",
            tone_of(telling, each.health),
        )
        for each in telling.summary.segments
    )
    return Bars(words("report.page.chart.customers"), tuple(bars))


def _of_revenue(telling: Telling, money: Money) -> Bars:
    words = telling.words
    bars = (
        Bar(
            telling.title_of(each.name, each.title),
            float(each.revenue),
            money.alone(each.revenue)
            + ("" if each.revenue_share is None else f" ({_share(telling, each.revenue_share)})"),
            tone_of(telling, each.health),
        )
        for each in telling.summary.segments
    )
    return Bars(words("report.page.chart.revenue"), tuple(bars))


def _share(telling: Telling, share: float) -> str:
    """Return a share in whole percent, but never nothing for something."""
    return share_of(share, telling.words) if 0 < share < 0.005 else telling.share(share, 0)


def _small(telling: Telling, figure: str, share: str, money: Money | None) -> Element:
    """Return the table behind one of the charts."""
    words = telling.words
    headers = [
        words("report.page.header.segment"),
        words(f"report.page.header.{figure}"),
        words("report.page.header.share"),
    ]
    if money:
        headers[1] += money.under_header
    rows = [
        (
            telling.segment(each.name, each.title),
            telling.money(f"segments.{at}.{figure}", money) if money else telling.number(f"segments.{at}.{figure}"),
            telling.percent(f"segments.{at}.{share}"),
        )
        for at, each in enumerate(telling.summary.segments)
    ]
    return table(words(f"report.page.chart.{figure}"), headers, rows)


def _table(telling: Telling, money: Money, average: Money) -> Element:
    words, found = telling.words, telling.summary.segments
    headers = [
        words("report.page.header.segment"),
        words("report.page.header.customers"),
        words("report.page.header.share"),
        words("report.page.header.revenue") + money.under_header,
        words("report.page.header.revenue-share"),
        words("report.page.header.average-order") + average.under_header,
        words("report.page.header.median-days"),
    ]
    rows = [
        (
            telling.segment(each.name, each.title, each.health),
            telling.number(f"segments.{at}.customers"),
            telling.percent(f"segments.{at}.share"),
            telling.money(f"segments.{at}.revenue", money),
            telling.percent(f"segments.{at}.revenue_share"),
            telling.money(f"segments.{at}.average_order_value", average),
            telling.number(f"segments.{at}.median_recency_days", 1),
        )
        for at, each in enumerate(found)
    ]
    made = table(words("report.page.caption.segments"), headers, rows)
    made.set("class", "box segments")
    return made


def advice(telling: Telling) -> list[Part]:
    """Return a card for each segment that has customers, the most urgent first: what to do, and for whom."""
    cards = [_card(telling, at, each) for at, each in _by_urgency(telling) if each.customers and each.advice]
    return [element("ol", *cards, class_="cards")] if cards else []


def _by_urgency(telling: Telling) -> Sequence[tuple[int, SegmentSummary]]:
    """Return the segments in the order of the goal, else of their urgency, else those in bad health first."""
    summary = telling.summary
    order = summary.goal.segments.get(summary.scheme or "", ()) if summary.goal else ()
    places = {name: place for place, name in enumerate(order)} or summary.urgency
    last = max(places.values(), default=0) + 1

    def turn(numbered: tuple[int, SegmentSummary]) -> tuple[int, int, Decimal]:
        each = numbered[1]
        bad = _URGENT.index(each.health) if each.health in _URGENT and summary.health is not None else 0
        return places.get(each.name, last), bad, -each.revenue

    return sorted(enumerate(summary.segments), key=turn)


def _card(telling: Telling, at: int, segment: SegmentSummary) -> Element:
    path = f"segments.{at}"
    who: list[Part] = [telling.count(f"{path}.customers", "customer"), " (", telling.percent(f"{path}.share"), ")"]
    lines = [paragraph(*who, class_="who")]
    if segment.revenue != Decimal(0):
        brought = telling.told("report.page.brought", amount=telling.money(f"{path}.revenue"))
        if segment.revenue_share is not None:
            brought += [" (", telling.percent(f"{path}.revenue_share"), ")"]
        lines.append(paragraph(*brought, class_="who"))
    if segment.median_recency_days is not None:
        days = telling.count(f"{path}.median_recency_days", "day", 1)
        lines.append(paragraph(*telling.told("report.page.last-order", days=days), class_="who"))
    tone = tone_of(telling, segment.health)
    mark = telling.mark(segment.health) if tone != "plain" else None
    title = element(
        "h3", mark, " " if mark is not None else None, isolated(telling.title_of(segment.name, segment.title))
    )
    return element(
        "li", title, paragraph(*telling.prose(segment.advice), class_="to-do"), *lines, class_=f"card {tone}"
    )
