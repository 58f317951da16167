"""What the page stands on: the rows that were read, what to beware of, how scores were made, and of which files."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from segtool.output.report.figures import Telling
from segtool.output.report.html import Part, element, isolated
from segtool.output.report.spread import reach
from segtool.output.report.tables import Cell, paragraph, table
from segtool.segments.wording import score_label
from segtool.summary.facts import Axis, Rows


def quality(telling: Telling) -> list[Part]:
    """Return what became of the rows, and what to know before the figures are trusted."""
    rows, words = telling.summary.rows, telling.words
    parts: list[Part] = []
    if rows is not None:
        told = telling.told(
            "report.page.rows", read=telling.count("rows.read", "row"), used=telling.number("rows.used")
        )
        parts.append(paragraph(*told))
        if rows.set_aside:
            parts.append(_set_aside(telling, rows))
    if telling.summary.warnings:
        noted = (
            element("li", element("span", *telling.prose(each.message), dir="auto"), " ", element("code", each.code))
            for each in telling.summary.warnings
        )
        parts += [element("h3", words("title.warnings")), element("ul", *noted, class_="warnings")]
    return parts


def _set_aside(telling: Telling, rows: Rows) -> Element:
    words = telling.words
    headers = [words(f"report.page.header.{name}") for name in ("why", "rows", "amount")]
    lines: list[list[Cell]] = [
        [
            words.term("reason", reason),
            telling.number(f"rows.set_aside.{reason}.rows"),
            telling.money(f"rows.set_aside.{reason}.amount"),
        ]
        for reason in rows.set_aside
    ]
    return table(words("report.page.caption.set-aside"), headers, lines)


def made(telling: Telling) -> list[Part]:
    """Return how segments and scores were made, from which files, and by which version."""
    summary, words = telling.summary, telling.words
    facts: list[tuple[str, list[Part]]] = []
    if summary.scheme:
        named: list[Part] = [isolated(summary.scheme_title or summary.scheme)]
        if summary.scheme_title and summary.scheme_title != summary.scheme:
            named += [" (", isolated(summary.scheme), ")"]
        facts.append((words("report.page.made.scheme"), named))
    if summary.scheme_checksum:
        facts.append((words("report.page.made.checksum"), [element("code", summary.scheme_checksum)]))
    if summary.made_with:
        facts.append((words("report.page.made.options"), telling.prose(summary.made_with)))
    facts.append((words("report.page.made.version"), [isolated(f"segtool {summary.version}", dir="ltr")]))
    drawn = (element("div", element("dt", name), element("dd", *told)) for name, told in facts)
    parts: list[Part] = [element("dl", *drawn, class_="facts")]
    if summary.scores:
        parts.append(_scores(telling, summary.scores))
    if summary.sources:
        parts.append(_sources(telling))
    return parts


def _scores(telling: Telling, axes: Mapping[str, Axis]) -> Element:
    """Return what stands behind each score, the best one first, and how many customers have it."""
    words = telling.words
    headers = [words(f"report.page.header.{name}") for name in ("score", "figure", "within", "customers")]
    rows: list[list[Cell]] = []
    for name, axis in axes.items():
        for step in reversed(range(len(axis.counts))):
            ends, path = axis.ranges[step], f"scores.{name}"
            within: Cell = "–" if ends is None else reach(telling, f"{path}.ranges.{step}", ends)
            customers = telling.number(f"{path}.counts.{step}")
            label = score_label(name, axis.lowest + step, words)
            rows.append([label, words(f"figure.{axis.figure}"), within, customers])
    return table(words("report.page.caption.scores"), headers, rows, texts=[1])


def _sources(telling: Telling) -> Element:
    words = telling.words
    headers = [words(f"report.page.header.{name}") for name in ("file", "role", "sha256")]
    rows: list[list[Cell]] = [
        [
            isolated(each.name),
            words(f"report.page.role.{each.role}"),
            element("code", each.sha256) if each.sha256 else "–",
        ]
        for each in telling.summary.sources
    ]
    return table(words("report.page.caption.sources"), headers, rows, texts=[1, 2])
