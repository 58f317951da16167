"""The beginning of the page: what it is about, what matters most, what is aimed at, and the five questions."""

from xml.etree.ElementTree import Element

from segtool.findings.clauses import calendar_of
from segtool.output.money import money_in
from segtool.output.report.figures import MARKS, Telling
from segtool.output.report.html import Part, element, isolated
from segtool.output.report.tables import Cell, paragraph, table
from segtool.summary.facts import TargetSummary

_LARGE = 9
"""Letters that an amount may take where it stands alone in large type."""

_SHARES = ("share", "revenue_share")


def title_of(telling: Telling) -> str:
    """Return what the page is called."""
    return telling.summary.title or telling.words("report.page.title")


def opening(telling: Telling) -> Element:
    """Return the title, the day that everything is as of, and the sentences that matter most."""
    headline = [paragraph(*telling.prose(sentence)) for sentence in telling.summary.headline]
    return element(
        "header",
        element("h1", isolated(title_of(telling))),
        _as_of(telling),
        element("div", *headline, class_="headline") if headline else None,
        class_="opening",
    )


def _as_of(telling: Telling) -> Element | None:
    day, jalali = telling.summary.as_of, telling.summary.as_of_jalali
    if day is None:
        return None
    told = telling.told("report.page.as-of", day=telling.dated(day))
    if jalali and calendar_of(telling.summary, telling.words) != "jalali":
        told += [" (", isolated(telling.words.in_digits(jalali), dir="ltr"), ")"]
    return paragraph(*told, class_="as-of")


def aims(telling: Telling) -> list[Part]:
    """Return what the shop wants, with its figure to watch, and where targets stand."""
    return [*_goal(telling), *_targets(telling)]


def _goal(telling: Telling) -> list[Part]:
    goal = telling.summary.goal
    if goal is None:
        return []
    title, figure = element("strong", isolated(goal.title)), isolated(goal.figure_title)
    if goal.value is None:
        return [paragraph(*telling.told("report.page.goal.unknown", goal=title, figure=figure))]
    value = element("strong", telling.percent("goal.value") if goal.form == "percent" else telling.money("goal.value"))
    return [paragraph(*telling.told(f"report.page.goal.{goal.better}", goal=title, figure=figure, value=value))]


def _targets(telling: Telling) -> list[Part]:
    targets, words = telling.summary.targets, telling.words
    if not targets:
        return []
    headers = [words(f"report.page.header.{name}") for name in ("segment", "actual", "target", "gap", "standing")]
    rows: list[list[Cell]] = [
        [
            [telling.segment(each.segment, each.title), " ", element("small", words(f"measure.{each.measure}"))],
            _value(telling, each, f"targets.{at}.actual"),
            _bound(telling, each, f"targets.{at}.target"),
            telling.signed(f"targets.{at}.gap", telling.words.percent if each.measure in _SHARES else None),
            _standing(telling, each),
        ]
        for at, each in enumerate(targets)
    ]
    return [table(words("report.page.caption.targets"), headers, rows, texts=[4])]


def _value(telling: Telling, target: TargetSummary, path: str) -> Element:
    return telling.percent(path) if target.measure in _SHARES else telling.money(path)


def _bound(telling: Telling, target: TargetSummary, path: str) -> Element:
    """Return a target with its sign, which a sentence from right to left would turn into the opposite."""
    sign = "≥ " if target.sign == ">=" else "≤ "
    return element("bdi", sign, _value(telling, target, path), dir="ltr")


def _standing(telling: Telling, target: TargetSummary) -> list[Part]:
    """Return whether a target is reached, and the day with the days to it, as far as one is set."""
    words = telling.words
    if target.reached is None:
        return ["–"]
    state = "reached" if target.reached else "missed"
    sign = element("span", "✓ " if target.reached else "✗ ", aria_hidden="true")
    parts: list[Part] = [element("span", sign, words(f"report.page.target.{state}"), class_=f"target {state}")]
    if target.by is not None:
        parts += [" ", element("small", *telling.told("report.page.target.by", day=telling.dated(target.by)))]
    if target.days_left is not None and not target.reached:
        key = "report.page.target.left" if target.days_left >= 0 else "report.page.target.overdue"
        days = words.count(abs(target.days_left), "day")
        parts += [" ", element("small", words(key, days=days))]
    return parts


def key_figures(telling: Telling) -> list[Part]:
    """Return the few figures that a shop is known by."""
    summary, words = telling.summary, telling.words
    revenue = money_in([summary.revenue], words, width=_LARGE)
    average = money_in([summary.average_order_value], words, width=_LARGE)
    figures = [
        ("customers", telling.number("customers"), ""),
        ("revenue", telling.money("revenue", revenue), revenue.under_header),
        ("orders", telling.number("orders"), ""),
    ]
    if summary.average_order_value is not None:
        figures.append(("average-order", telling.money("average_order_value", average), average.under_header))
    if summary.repeat_share is not None:
        figures.append(("repeat-share", telling.percent("repeat_share"), ""))
    drawn = [
        element("div", element("dt", words(f"report.page.figure.{name}"), unit), element("dd", value))
        for name, value, unit in figures
    ]
    parts: list[Part] = [element("dl", *drawn, class_="figures")]
    if summary.health is not None:
        parts.append(_health(telling))
    if summary.buyers != summary.customers:
        parts.append(paragraph(*telling.told("report.page.buyers", buyers=telling.number("buyers"))))
    return parts


def _health(telling: Telling) -> Element:
    """Return a line with the customers of each health, and their part of the revenue."""
    lines = []
    for health, found in (telling.summary.health or {}).items():
        path = f"health.{health}"
        key = "report.page.health-alone" if found.revenue_share is None else "report.page.health-with-revenue"
        places: dict[str, Element] = {
            "health": element("strong", telling.words(f"report.page.health.{health}")),
            "customers": telling.count(f"{path}.customers", "customer"),
            "share": telling.percent(f"{path}.share", 0),
        }
        if found.revenue_share is not None:
            places["revenue"] = telling.percent(f"{path}.revenue_share", 0)
        sign = element("span", MARKS[health], aria_hidden="true")
        lines.append(element("li", element("span", sign, class_=f"mark {health}"), " ", *telling.told(key, **places)))
    return element("ul", *lines, class_="health")


def answers(telling: Telling) -> list[Part]:
    """Return the five questions, each with what the table tells of it."""
    lines: list[Part] = []
    for each in telling.summary.answers:
        asked = element("dt", telling.words(f"report.page.question.{each.question}"))
        told = element("dd", *telling.prose(each.text), class_=None if each.known else "not-known")
        lines.append(element("div", asked, told))
    if not lines:
        return []
    listed = element("dl", *lines, class_="answers")
    if all(each.known for each in telling.summary.answers):
        return [listed]
    return [listed, element("p", *telling.prose(telling.words("report.unknown.way")), class_="note")]
