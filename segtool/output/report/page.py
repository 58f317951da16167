"""The page about the customers: one HTML file without a script, that asks nothing of a network."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from segtool.output.report.by_segment import advice, segments
from segtool.output.report.figures import Telling
from segtool.output.report.html import Part, element, filled, isolated, markup
from segtool.output.report.in_time import moved, over_time
from segtool.output.report.opening import aims, answers, key_figures, opening, title_of
from segtool.output.report.provenance import made, quality
from segtool.output.report.spread import distributions, heat_map, pareto
from segtool.output.report.stake import top, value_at_stake
from segtool.resources import read_text
from segtool.summary.report import ReportSummary
from segtool.words import Words

_SECTIONS: dict[str, Callable[[Telling], list[Part]]] = {
    "aims": aims,
    "key-figures": key_figures,
    "answers": answers,
    "segments": segments,
    "advice": advice,
    "heat-map": heat_map,
    "distributions": distributions,
    "pareto": pareto,
    "over-time": over_time,
    "moved": moved,
    "stake": value_at_stake,
    "top": top,
    "quality": quality,
    "made": made,
}
"""Section -> what stands in it, in the order of the page; nothing where there are no data."""

_STYLES = ("charts.css", "page.css")

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may load for the page: nothing but what stands in it."""


def page(summary: ReportSummary, *, words: Words, charts: bool) -> str:
    """Return the page as HTML that stands alone. Without `charts`, their tables stand open in their place.

    Every figure stands in an element `data`, with its place in the JSON of the summary as `data-of`, and as it is as
    `value`. Raises MissingExtraError where charts are wanted and nothing can draw them.
    """
    telling = Telling(summary, words, charts)
    found = {name: body for name, made_of in _SECTIONS.items() if (body := made_of(telling))}
    direction = "rtl" if words.right_to_left else "ltr"
    html = element("html", _head(telling), _body(telling, found), lang=words.lang, dir=direction)
    return f"<!DOCTYPE html>\n{markup(html)}\n"


def _head(telling: Telling) -> Element:
    meta = {
        "viewport": "width=device-width, initial-scale=1",
        "color-scheme": "light dark",
        "referrer": "no-referrer",
        "robots": "noindex, nofollow",
        "generator": f"segtool {telling.summary.version}",
    }
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        *(element("meta", name=name, content=content) for name, content in meta.items()),
        element("title", title_of(telling)),
        element("style", *(read_text(f"output/report/{file}") for file in _STYLES)),
    )


def _body(telling: Telling, found: dict[str, list[Part]]) -> Element:
    words = telling.words
    main = element("main", opening(telling), id="content", tabindex="-1")
    filled(main, (_section(telling, name, body) for name, body in found.items()))
    skip = element("a", words("report.page.skip"), href="#content", class_="skip")
    foot = element(
        "footer",
        element(
            "p", *telling.told("report.page.foot", program=isolated(f"segtool {telling.summary.version}", dir="ltr"))
        ),
    )
    return element("body", skip, _contents(telling, found), main, foot)


def _section(telling: Telling, name: str, body: list[Part]) -> Element:
    heading = element("h2", telling.words(f"report.page.section.{name}"), id=f"{name}-heading")
    return element("section", heading, *body, id=name, aria_labelledby=f"{name}-heading")


def _contents(telling: Telling, found: dict[str, list[Part]]) -> Element:
    words = telling.words
    lines = (element("li", element("a", words(f"report.page.section.{name}"), href=f"#{name}")) for name in found)
    heading = element("p", words("report.page.contents"), class_="contents", id="contents")
    return element("nav", heading, element("ol", *lines), aria_labelledby="contents")
