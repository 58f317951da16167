"""The page of a report: what stands on it, that its figures are those of the JSON, and that data stay text."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import reports
from conftest import DATA, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import Node, read_page

from segtool.output.report import charts
from segtool.output.report.figures import at
from segtool.output.report.html import cleaned, element, from_right_to_left, markup
from segtool.output.report.page import page
from segtool.output.report.stake import LISTED
from segtool.output.report.terminal import render_report
from segtool.resources import read_text
from segtool.summary.facts import Caution
from segtool.summary.report import OverTime, ReportSummary, SegmentOverTime
from segtool.words import words_in

EN, FA, FA_DIGITS = words_in("en"), words_in("fa"), words_in("fa", "fa")

SECTIONS = [
    "aims",
    "key-figures",
    "answers",
    "segments",
    "advice",
    "heat-map",
    "distributions",
    "pareto",
    "over-time",
    "moved",
    "stake",
    "top",
    "quality",
    "made",
]

ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "a",
    "nav",
    "p",
    "ol",
    "ul",
    "li",
    "main",
    "header",
    "h1",
    "h2",
    "h3",
    "section",
    "div",
    "dl",
    "dt",
    "dd",
    "span",
    "strong",
    "small",
    "data",
    "time",
    "bdi",
    "code",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "figure",
    "figcaption",
    "details",
    "summary",
    "footer",
    "svg",
}


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[charts.Chart]:
    """Draw nothing in place of charts, so that their library is not needed; return those that were to be drawn."""
    asked: list[charts.Chart] = []

    def drawn(chart: charts.Chart, words: Any) -> Element:
        asked.append(chart)
        return Element("svg", {"role": "img", "aria-label": cleaned(chart.title)})

    monkeypatch.setattr(charts, "drawn", drawn)
    return asked


@cache
def plain(lang: str = "en", digits: str = "en") -> Node:
    """Return the page with everything and without charts."""
    return read_page(page(reports.full(lang), words=words_in(lang, digits), charts=False))


def shown(summary: ReportSummary, words: Any = EN) -> Node:
    return read_page(page(summary, words=words, charts=False))


# What stands on the page


def test_the_sections_stand_in_the_order_of_the_questions_of_a_shop() -> None:
    sections = plain().all("section")
    assert [each.attributes["id"] for each in sections] == SECTIONS
    links = [each.attributes["href"] for each in plain().all("nav")[0].all("a")]
    assert links == [f"#{name}" for name in SECTIONS]


def test_the_page_begins_with_title_day_and_headline() -> None:
    first = plain().all("header")[0]
    assert first.all("h1")[0].text == "The Tea Shop"
    assert first.of_class("as-of")[0].text == "As of 31 December 2025"
    assert tuple(each.text for each in first.of_class("headline")[0].all("p")) == reports.HEADLINE["en"]


def test_a_section_without_data_is_left_out() -> None:
    found = shown(reports.least())
    assert [each.attributes["id"] for each in found.all("section")] == ["key-figures", "made"]
    assert found.all("h1")[0].text == "Your customers"
    assert not found.of_class("as-of")
    assert not found.of_class("headline")


@pytest.mark.parametrize(
    ("section", "gone"),
    [
        ("answers", {"answers": ()}),
        ("heat-map", {"heat_map": None}),
        ("pareto", {"pareto": None}),
        ("over-time", {"over_time": None}),
        ("moved", {"changes": None}),
        ("stake", {"stake": None}),
        ("top", {"top": ()}),
        ("quality", {"rows": None, "warnings": ()}),
        ("aims", {"goal": None, "targets": ()}),
    ],
)
def test_each_section_goes_with_its_data(section: str, gone: dict[str, Any]) -> None:
    found = shown(replace(reports.full(), **gone))
    assert [each.attributes["id"] for each in found.all("section")] == [name for name in SECTIONS if name != section]


def test_advice_stands_in_the_order_of_urgency_and_then_of_health_and_revenue() -> None:
    names = [each.all("h3")[0].all("bdi")[0].text for each in plain().of_class("card")]
    assert names[:5] == ["Can't Lose Them", "At Risk", "About To Sleep", "Need Attention", "Hibernating"]
    assert names[5:7] == ["Promising", "Champions"]


def test_advice_stands_in_the_order_of_the_goal() -> None:
    summary = reports.full()
    assert summary.goal
    order = tuple(each.name for each in summary.segments)
    found = shown(replace(summary, goal=replace(summary.goal, segments={summary.scheme or "": order})))
    assert tuple(each.all("h3")[0].all("bdi")[0].text for each in found.of_class("card")) == order


def test_a_segment_without_customers_has_no_card() -> None:
    first, *others = reports.full().segments
    found = shown(replace(reports.full(), segments=(replace(first, customers=0), *others)))
    assert first.name not in [each.all("bdi")[0].text for each in found.of_class("card")]


def test_health_is_told_by_a_sign_and_a_word_beside_its_colour() -> None:
    for mark in plain().of_class("mark"):
        if mark.of_class("unseen"):
            assert mark.text in ("▲in good standing", "●in between", "▼slipping away")


def test_without_health_no_segment_has_a_sign() -> None:
    assert not shown(replace(reports.full(), health=None)).by_id("segments").of_class("mark")


def test_a_day_is_told_in_both_calendars_where_orders_are_dated_in_the_jalali_one() -> None:
    found = shown(replace(reports.full(), as_of_jalali="1404-10-10"))
    assert found.of_class("as-of")[0].text == "As of 31 December 2025 (1404-10-10)"


def test_days_are_jalali_in_persian_where_orders_are() -> None:
    assert plain("fa", "fa").of_class("as-of")[0].text == "تا ۱۰ دی ۱۴۰۴"
    for each in plain("fa", "fa").all("time"):
        assert not re.search("ژانویه|دسامبر|سپتامبر", each.text)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", each.attributes["datetime"])
    gregorian = shown(replace(reports.full("fa"), as_of_jalali=None), FA)
    assert gregorian.of_class("as-of")[0].text == "تا 31 دسامبر 2025"


def test_persian_has_its_digits_where_they_are_asked_for_and_ids_keep_theirs() -> None:
    found = plain("fa", "fa")
    for each in found.all("data", "time"):
        assert not re.search("[0-9]", each.text), each
    assert "0018" in [each.text for each in found.by_id("top").all("bdi")]
    assert not re.search("[۰-۹]", plain("fa").text)


@pytest.mark.parametrize("whole", ["20:00-20:59", "۲۰:۰۰-۲۰:۵۹", "2025-12-31", "۱٬۲۰۰-۱٬۵۰۰"])
def test_a_range_in_a_persian_sentence_is_not_turned(whole: str) -> None:
    said = markup(element("span", *from_right_to_left(f"ساعت {whole} است")))
    assert said == f'<span>ساعت <bdi dir="ltr">{whole}</bdi> است</span>'


def test_persian_is_read_from_right_to_left_and_english_is_not() -> None:
    assert plain("fa").attributes == {"lang": "fa", "dir": "rtl"}
    assert plain().attributes == {"lang": "en", "dir": "ltr"}


def test_options_and_names_in_a_persian_sentence_are_isolated() -> None:
    told = plain("fa").by_id("answers").of_class("not-known")[0]
    isolated = [("--customer-columns", {"dir": "ltr", "class": "option"}), ("channel", {"dir": "ltr"})]
    assert [(each.text, each.attributes) for each in told.all("bdi")] == isolated
    noted = plain("fa", "fa").by_id("quality").all("li")
    assert [each.text for each in noted[2].all("bdi")] == ["loyalty-matrix", "R2 F3"]
    assert noted[3].all("bdi")[0].text == reports.full("fa").warnings[3].message  # none of it is Persian
    assert plain("fa", "fa").by_id("made").of_class("facts")[0].all("bdi")[-1].text == "segtool 1.0"


# Figures


def facts_of(summary: ReportSummary) -> Any:
    return json.loads(summary.to_json())


@pytest.mark.parametrize(("lang", "digits"), [("en", "en"), ("fa", "en"), ("fa", "fa")])
def test_every_figure_is_that_of_the_json(lang: str, digits: str) -> None:
    told = facts_of(reports.full(lang))
    figures = plain(lang, digits).all("data")
    assert len(figures) > 700
    for each in figures:
        assert float(each.attributes["value"]) == at(told, each.attributes["data-of"]), each


def test_a_figure_that_is_shown_is_near_the_one_that_stands_behind() -> None:
    for each in plain().all("data"):
        value, text = float(each.attributes["value"]), each.text.replace(",", "")
        if text.endswith("%"):
            assert float(text[:-1]) == pytest.approx(100 * value, abs=0.5), each
        else:
            assert float(text) == pytest.approx(value, abs=0.05), each


def test_figures_of_all_parts_are_there() -> None:
    paths = {each.attributes["data-of"].split(".")[0] for each in plain().all("data")}
    assert paths >= {
        "customers",
        "revenue",
        "orders",
        "average_order_value",
        "repeat_share",
        "health",
        "goal",
        "targets",
        "segments",
        "heat_map",
        "distributions",
        "pareto",
        "over_time",
        "changes",
        "stake",
        "top",
        "rows",
        "scores",
    }


def test_what_is_not_known_is_a_dash() -> None:
    segments = tuple(replace(each, revenue_share=None, average_order_value=None) for each in reports.full().segments)
    found = shown(replace(reports.full(), segments=segments)).by_id("segments")
    assert len(found.of_class("none")) == 2 * len(segments)


def test_negative_money_and_no_revenue_are_told() -> None:
    first, *others = reports.full().segments
    spent = replace(first, revenue=Decimal("-12.50"), revenue_share=None)
    found = shown(replace(reports.full(), segments=(spent, *others), revenue=Decimal("-3.25")))
    assert "-12.50" in [each.text for each in found.by_id("segments").all("data")]
    assert "-3.25" in [each.text for each in found.by_id("key-figures").all("data")]


def test_large_amounts_stand_in_millions_where_they_would_not_fit() -> None:
    found = shown(replace(reports.full(), revenue=Decimal("14139400000"), average_order_value=348802.33))
    revenue, average = (found.by_id("key-figures").of_class("figures")[0].all("div")[at] for at in (1, 3))
    assert [each.text for each in revenue.all("dt", "dd")] == ["Net revenue\nin million", "14,139.40"]
    assert revenue.all("data")[0].attributes["value"] == "14139400000"
    assert [each.text for each in average.all("dt", "dd")] == ["Average order", "348,802"]


# Charts and the tables behind them


def test_every_chart_has_a_table_behind_it(drawings: list[charts.Chart]) -> None:
    found = read_page(page(reports.full(), words=EN, charts=True))
    assert len(found.all("figure")) == len(drawings) == len(found.all("svg")) == 12
    for figure in found.all("figure"):
        (details,) = figure.all("details")
        assert details.all("summary")[0].text == "Show the numbers"
        assert details.all("table")
        assert "open" not in details.attributes
    for name in ("segments", "moved", "stake"):  # whose main table is open
        behind = [table for each in found.by_id(name).all("details") for table in each.all("table")]
        assert len(found.by_id(name).all("table")) > len(behind)


def test_without_charts_the_tables_stand_open() -> None:
    assert not plain().all("figure", "details", "svg")
    assert len(plain().by_id("heat-map").all("table")) == 2
    assert len(plain().by_id("distributions").all("table")) == 3


def test_charts_show_what_the_tables_have(drawings: list[charts.Chart]) -> None:
    summary = reports.full()
    page(summary, words=EN, charts=True)
    customers, revenue, heat, *_ = drawings
    assert isinstance(customers, charts.Bars)
    assert isinstance(revenue, charts.Bars)
    assert isinstance(heat, charts.Heat)
    assert [(bar.label, bar.value, bar.tone) for bar in customers.bars] == [
        (each.name, each.customers, each.health) for each in summary.segments
    ]
    assert (customers.bars[0].text, revenue.bars[0].text) == ("30 (13%)", "12,775.40 (34%)")
    assert heat.rows == ("R5", "R4", "R3", "R2", "R1")
    assert heat.columns == ("F1", "F2", "F3", "F4", "F5")
    assert summary.heat_map
    assert heat.values == tuple(reversed(summary.heat_map.customers))


def test_the_flow_chart_has_every_customer_once(drawings: list[charts.Chart]) -> None:
    summary = reports.full()
    page(summary, words=EN, charts=True)
    (flows,) = (each for each in drawings if isinstance(each, charts.Flows))
    assert summary.changes
    assert sum(size for _, _, size, _ in flows.flows) == sum(summary.changes.moved.values())
    assert {node.text for node in flows.before} >= {"New", "Champions"}
    assert {before for before, *_ in flows.flows} == set(range(len(flows.before)))


def test_cuts_are_marks_of_the_histograms(drawings: list[charts.Chart]) -> None:
    summary = reports.full()
    page(summary, words=EN, charts=True)
    histograms = [each for each in drawings if isinstance(each, charts.Histogram)]
    for drawn, each in zip(histograms, summary.distributions, strict=True):
        behind = 0 if each.figure == "monetary" else 0.5  # F1 up to 1 order ends behind the column of 1
        assert [mark.at for mark in drawn.marks] == [float(cut) + behind for cut in each.cuts or ()]
        assert len(drawn.edges) == len(drawn.counts) + 1


def test_the_curve_begins_at_nothing_and_marks_the_best_fifth(drawings: list[charts.Chart]) -> None:
    page(reports.full(), words=EN, charts=True)
    (curve,) = (each for each in drawings if isinstance(each, charts.Curve))
    assert (curve.points[0], curve.points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert re.fullmatch(r"20% bring \d\d%", curve.marks[0][2])


# A page for everybody


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_headings_and_landmarks_are_in_order(lang: str) -> None:
    found = plain(lang)
    assert [len(found.all(tag)) for tag in ("h1", "main", "nav", "footer")] == [1, 1, 1, 1]
    levels = [int(each.tag[1]) for each in found.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [each.attributes["id"] for each in found if "id" in each.attributes]
    assert len(set(ids)) == len(ids)
    for each in found:
        assert each.attributes.get("aria-labelledby", ids[0]) in ids
        assert each.attributes.get("href", f"#{ids[0]}").removeprefix("#") in ids


def test_every_table_has_a_caption_and_headers_for_its_rows_and_columns() -> None:
    for box in plain().of_class("box"):
        assert box.attributes["tabindex"] == "0"
        assert box.attributes["aria-label"]
        (table,) = box.all("table")
        assert table.all("caption")[0].text
        columns = table.all("thead")[0].all("th")
        assert {each.attributes["scope"] for each in columns} == {"col"}
        for row in [row for part in table.all("tbody", "tfoot") for row in part.all("tr")]:
            assert [each.attributes["scope"] for each in row.all("th")] == ["row"]
            assert len(row.all("th", "td")) == len(columns)


def test_the_style_knows_both_directions_both_schemes_paper_and_less_motion() -> None:
    style = read_text("output/report/page.css")
    sides = r"(margin|padding|border|inset)-(left|right)|(?<![\w-])(left|right|float|text-align:\s*(left|right))\s*:"
    assert not re.search(sides, style)
    for query in ("prefers-color-scheme: dark", "prefers-reduced-motion: reduce", "@media print", "max-width: 40rem"):
        assert query in style
    assert not re.search(r"url\(|@import|@font-face|https?:|<", style)


# Data stay text


def test_nothing_on_the_page_asks_a_network_or_runs() -> None:
    for found in (plain(), plain("fa")):
        policy = [each.attributes["content"] for each in found.all("meta") if "http-equiv" in each.attributes]
        assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
        assert_harmless(found)


def assert_harmless(found: Node) -> None:
    for each in found:
        assert each.tag in ELEMENTS, each.tag
        assert not [name for name in each.attributes if name.startswith("on") or name in ("src", "style", "srcset")]
        assert each.attributes.get("href", "#").startswith("#")


_CODES = {
    "health",
    "question",
    "figure",
    "role",
    "code",
    "measure",
    "sign",
    "direction",
    "form",
    "better",
    "reading",
    "basis",
    "every",
    "state",
    "version",
    "sha256",
    "day",
    "active_days_from",
}
"""Fields that hold no text of the data."""


def dressed(facts: Any, text: str) -> Any:
    """Return facts in which every text of the data is this one."""
    if isinstance(facts, str):
        return text
    if is_dataclass(facts) and not isinstance(facts, type):
        names = [each.name for each in fields(facts) if each.name not in _CODES]
        return replace(facts, **{name: dressed(getattr(facts, name), text) for name in names})
    if isinstance(facts, tuple):
        return tuple(dressed(each, text) for each in facts)
    if isinstance(facts, dict):
        return {text if key in ("email", "phone") else key: dressed(each, text) for key, each in facts.items()}
    return facts


@cache
def short() -> ReportSummary:
    """Return a report with all that holds text, and without most of its figures."""
    return replace(reports.full(), distributions=(), heat_map=None, pareto=None, over_time=None)


def payloads() -> Iterator[str]:
    yield from (
        "<script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        '"><b>',
        "]]>",
        "<!--",
        "&lt;&amp;",
    )
    yield from ("a\x00b\x1b[31m\x85\ufffe", "\u202eevil\u2066", "-->", "{evil}", "%s", "a\r\nb\rc", "=1+1", "\ud800")
    for name in ("injection_payloads.txt", "blns.txt"):
        if (DATA / "messy" / name).exists():
            lines = (DATA / "messy" / name).read_text("utf-8").splitlines()
            yield from list(dict.fromkeys(line for line in lines if line.strip() and not line.startswith("#")))[::4]


def assert_text_stays(text: str) -> None:
    found = shown(dressed(short(), text))
    assert_harmless(found)
    for node in (found.all("h1")[0], found.all("title")[0], found.of_class("card")[0].all("bdi")[0]):
        assert node.text == cleaned(text)
    body = found.all("body")[0].text
    assert body.count(cleaned(text)) >= 30 or text in "\t\n "
    found.all("html")[0].text.encode("utf-8")


def test_payloads_stand_on_the_page_as_text() -> None:
    for text in payloads():
        assert_text_stays(text)


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_stays_what_it_is(text: str) -> None:
    if text.strip():
        assert_text_stays(text)


def test_characters_that_html_forbids_are_replaced() -> None:
    assert cleaned("a\x00\x07b\t\n\x7f\x9f\ufdd0\uffff") == "a\ufffd\ufffdb\t\n\ufffd\ufffd\ufffd\ufffd"


def test_names_and_ids_are_isolated_from_the_direction_around() -> None:
    found = shown(dressed(short(), "\u202eevil"), FA)
    outside = []

    def walk(node: Node, *, inside: bool) -> None:
        for part in node.parts:
            if isinstance(part, str):
                outside.extend([node.tag] if "\u202e" in part and not inside else [])
            else:
                walk(part, inside=inside or part.tag == "bdi")

    walk(found.by_id("top"), inside=False)
    walk(found.by_id("segments"), inside=False)
    assert set(outside) <= {"td", "th"}  # advice, which is of the scheme, and headers


# Size


def test_a_large_report_stays_below_two_megabytes() -> None:
    summary = reports.full()
    dates = tuple(date(2020 + at // 12 % 20, at % 12 + 1, 1) for at in range(200))
    segments = tuple(replace(summary.segments[0], name=f"Segment {at:02}" + "x" * 50) for at in range(40))
    amounts = tuple(Decimal(123456789) + at for at in range(200))
    over = tuple(SegmentOverTime(each.name, each.title, "positive", tuple(range(1, 201)), amounts) for each in segments)
    over_time = OverTime("month", dates, tuple(map(str, dates)), True, over)
    top = tuple(replace(summary.top[0], customer_id=f"{at:08}") for at in range(LISTED + 500))
    text = page(replace(summary, segments=segments, over_time=over_time, top=top), words=FA_DIGITS, charts=False)
    assert len(text.encode()) < 1_500_000
    found = read_page(text)
    assert len(found.by_id("top").all("tbody")[0].all("tr")) == LISTED
    assert "۱٬۰۰۰ مشتری نخست از ۱٬۵۰۰" in found.by_id("top").text
    assert len(found.by_id("over-time").all("tbody")[0].all("tr")) == 24


def test_the_same_report_is_the_same_page(drawings: list[charts.Chart]) -> None:
    made: Callable[[], str] = lambda: page(reports.full("fa"), words=FA, charts=True)  # noqa: E731
    assert made() == made()


# On a terminal


def test_a_terminal_shows_headline_answers_and_sizes() -> None:
    text = render_report(reports.full())
    assert text.startswith("The Tea Shop\n239 customers   927 orders   37,771.15 net revenue\nas of    2025-12-31\n")
    assert "Who are they?             Champions are women" in text
    assert "Champions                   30  12.6%  12,775.40  33.8%\n" in text
    assert max(map(len, text.splitlines())) <= 80
    assert render_report(reports.least()) == "0 customers   0 orders   0 net revenue\n"


def test_a_terminal_is_not_steered_by_data() -> None:
    summary = replace(reports.full(), title="a\x1b[31m", warnings=(Caution("x", "b\x1b[0m"),))
    assert "\x1b" not in render_report(summary)
    assert "پنج پرسش" in render_report(reports.full("fa"), words=FA)


def test_a_median_of_days_has_no_more_decimals_than_it_needs() -> None:
    full = reports.full()
    first, *others = full.distributions
    halves = replace(first, median=Decimal("105.5"), third_quartile=Decimal("215.75"))
    told = shown(replace(full, distributions=(halves, *others))).by_id("distributions").text
    assert " and 215.8 days ago, the typical one 105.5 days ago." in " ".join(told.split())


def test_a_bar_of_few_customers_is_not_called_nothing() -> None:
    full = reports.full()
    few = replace(full.segments[0], customers=1, share=0.002, revenue_share=0.0)
    needs("vl_convert")
    made = page(replace(full, segments=(few, *full.segments[1:])), words=EN, charts=True)
    assert "1 (under 1%)" in made
    assert " (0%)" in made


@pytest.mark.parametrize("suffix", ["pdf", "xlsx"])
def test_a_page_is_not_written_under_the_name_of_something_else(run: Run, suffix: str) -> None:
    done = run("report", "segments.parquet", "-o", f"page.{suffix}")
    assert done.returncode == 2
    assert done.stderr.startswith(f"segtool: page.{suffix}: the page is HTML; say -o page.html.")


def test_the_sign_of_a_target_is_not_turned_around() -> None:
    cells = plain("fa", "fa").by_id("aims").all("tbody")[0].all("bdi")
    signed = [each for each in cells if each.text[:1] in "≥≤"]
    assert signed
    assert all(each.attributes == {"dir": "ltr"} for each in signed)


def test_columns_of_contacts_are_called_in_the_language_of_the_page() -> None:
    full = reports.full()
    some = replace(full.top[0], contact={"email": "a@x.org", "customer_name": "Ann", "Telefon": "1"})
    for words, called in ((EN, ["E-mail", "Name", "Telefon"]), (words_in("fa"), ["ایمیل", "نام کامل", "Telefon"])):
        headers = shown(replace(full, top=(some,)), words).by_id("top").all("thead")[0].all("th")
        assert [each.text for each in headers][-3:] == called


def test_a_warning_in_another_language_runs_in_its_own_direction() -> None:
    summary = replace(reports.full(), warnings=(Caution("short-history", "خریدها 123 روز را در بر می‌گیرند."),))
    assert 'dir="auto">خریدها 123 روز را در بر می‌گیرند.</span>' in page(summary, words=EN, charts=False)


def test_one_day_is_a_day() -> None:
    summary = reports.full()
    first = replace(summary.segments[0], median_recency_days=1.0)
    found = page(replace(summary, segments=(first, *summary.segments[1:])), words=EN, charts=False)
    assert re.search(r"Last order typically <span><data [^>]*>1</data> day</span> ago", found)
