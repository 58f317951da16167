"""The charts of a report: marks in proportion, texts in their place, and no more in the SVG than a page may hold."""

import math
import re
import sys
from collections.abc import Iterator
from itertools import combinations, pairwise
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from conftest import DATA, ROOT, needs
from hypothesis import given, settings
from hypothesis import strategies as st

from segtool.errors import MissingExtraError
from segtool.output.report.charts import (
    Bar,
    Bars,
    Chart,
    Curve,
    Flows,
    Heat,
    Histogram,
    Line,
    Lines,
    Mark,
    Node,
    drawn,
)
from segtool.output.report.drawing.frame import frames
from segtool.output.report.drawing.histogram import lanes_of
from segtool.output.report.drawing.kinds import drawing_of
from segtool.output.report.drawing.lettering import cleaned, lines_in, runs_right_to_left, spread, text_in, width_of
from segtool.output.report.drawing.lines import kept_dates
from segtool.output.report.drawing.numbers import short_number, tick_texts, ticks, whole_ticks
from segtool.output.report.drawing.vega import specification
from segtool.words import Words, words_in

EN, FA = words_in("en"), words_in("fa", "fa")

CSS = (ROOT / "segtool/output/report/charts.css").read_text("utf-8")

LONG = "A segment whose name has no fewer than sixty letters, as some do"


def seen(chart: Chart, words: Words = EN) -> tuple[Element, Element]:
    """Return the SVG for a wide and that for a narrow screen."""
    needs("vl_convert")
    wide, narrow = drawn(chart, words)
    assert (wide.get("class"), narrow.get("class")) == ("wide", "narrow")
    return wide, narrow


def texts(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter("text")]


def inherited(element: Element, above: dict[str, str] | None = None) -> Iterator[tuple[str, dict[str, str], Element]]:
    """Return each element with the attributes that hold for it."""
    held = {**(above or {}), **element.attrib}
    yield element.tag, held, element
    for child in element:
        yield from inherited(child, held)


def boxes(svg: Element) -> list[tuple[float, float, float, float, str]]:
    """Return where texts stand at most: left, top, right, bottom."""
    found = []
    for tag, held, element in inherited(svg):
        if tag == "text":
            size, x, y = float(held["font-size"]), float(held["x"]), float(held["y"])
            width = width_of(element.text or "", size)
            side = {"start": "left", "middle": "middle", "end": "right"}[held.get("text-anchor", "start")]
            if held["direction"] == "rtl":
                side = {"left": "right", "right": "left", "middle": "middle"}[side]
            left = {"left": x, "middle": x - width / 2, "right": x - width}[side]
            found.append((left, y - size * 0.75, left + width, y + size * 0.2, element.text or ""))
    return found


def hold_together(svg: Element) -> None:
    """Assert that all texts are within the picture and none stands on another."""
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    for left, top, right, bottom, text in boxes(svg):
        assert left >= -1, text
        assert top >= -1, text
        assert right <= width + 1, text
        assert bottom <= height + 1, text
    for one, other in combinations(boxes(svg), 2):
        apart = one[2] <= other[0] + 1 or other[2] <= one[0] + 1 or one[3] <= other[1] + 1 or other[3] <= one[1] + 1
        assert apart, (one, other)


def rects(svg: Element, fill: str) -> list[tuple[float, float, float, float]]:
    """Return the rectangles of a colour as x, y, width and height."""
    found = []
    for tag, held, _ in inherited(svg):
        shape = re.fullmatch(r"M(\S+?),(\S+?)h(\S+?)v(\S+?)h\S+Z", held.get("d", "")) if tag == "path" else None
        if shape and held["fill"] == fill:
            found.append(tuple(map(float, shape.groups())))
    return found  # type: ignore[return-value]


def html(element: Element) -> str:
    return tostring(element, encoding="unicode", method="html")


BARS = Bars(
    "Customers",
    (
        Bar("Champions", 40, "40 (57.1%)", "positive"),
        Bar("Sleeping", 20, "20 (28.6%)", "neutral"),
        Bar("Lost", 10, "10 (14.3%)", "negative"),
    ),
)
HEAT = Heat(
    "R and F",
    "Recency",
    "Frequency",
    ("R1", "R2"),
    ("F1", "F2", "F3"),
    ((0, 25, 100), (1, 4, 9)),
    ((("0",), ("25", "€2,500"), ("100", "€9,000")), (("1",), ("4",), ("9",))),
)
HISTOGRAM = Histogram("Days", "Days", "Customers", (0, 10, 20, 30), (4, 0, 8), (Mark(12, "R5"), Mark(25, "R4")))
CURVE = Curve(
    "Pareto", "Customers", "Revenue", ((0, 0), (0.2, 0.6), (0.5, 0.8), (1, 1)), ((0.2, 0.6, "20% bring 60%"),)
)
LINES = Lines(
    "Over time",
    ("Jan", "Feb", "Mar"),
    (Line("Champions", (1, 4, 2), "positive"), Line("Lost", (0, 0, 0), "negative")),
)
FLOWS = Flows(
    "Moves",
    "Before",
    "After",
    (Node("Champions 30", "positive"), Node("Lost 10", "negative")),
    (Node("Champions 20", "positive"), Node("Lost 20", "negative")),
    ((0, 0, 20, "stayed"), (0, 1, 10, "left"), (1, 1, 10, "stayed lost")),
)
ALL: tuple[Chart, ...] = (BARS, HEAT, HISTOGRAM, CURVE, LINES, FLOWS)
EMPTY: tuple[Chart, ...] = (
    Bars("", ()),
    Bars("", (Bar("nothing", 0, "0"),)),
    Bars("", (Bar("all", -1, "-1"), Bar("lost", -2, "-2"))),
    Heat("", "", "", (), (), (), ()),
    Heat("", "", "", ("R1",), ("F1",), ((-5.0,),), (((),),)),
    Histogram("", "", "", (), (), ()),
    Histogram("", "", "", (0, 1), (0,), ()),
    Curve("", "", "", (), ()),
    Curve("", "", "", ((0, 0), (1, 1)), ()),
    Lines("", (), ()),
    Lines("", ("now",), (Line("one", (3,), "plain"), Line("none", (), "plain"))),
    Flows("", "", "", (), (), ()),
    Flows("", "", "", (Node("alone", "plain"),), (), ()),
)


def kind(chart: Chart) -> str:
    return type(chart).__name__


def test_bars_are_as_long_as_their_values() -> None:
    for svg in seen(BARS):
        lengths = [rects(svg, f"var(--chart-{tone})")[0][2] for tone in ("positive", "neutral", "negative")]
        assert lengths == pytest.approx([lengths[0], lengths[0] / 2, lengths[0] / 4], abs=0.02)
        assert texts(svg) == ["Champions", "Sleeping", "Lost", "40 (57.1%)", "20 (28.6%)", "10 (14.3%)"]


def test_bars_below_zero_grow_the_other_way_and_their_values_stand_there() -> None:
    for svg in seen(Bars("", (Bar("gain", 30, "30"), Bar("loss", -10, "-10")))):
        (gain, _, long, _), (loss, _, short, _) = rects(svg, "var(--chart-plain)")
        assert long == pytest.approx(3 * short, abs=0.05)
        assert loss + short == pytest.approx(gain, abs=0.02)
        hold_together(svg)


def test_bars_begin_at_the_right_in_persian() -> None:
    wide, narrow = seen(Bars("", (Bar("قهرمانان", 40, "۴۰"), Bar("VIP", 10, "۱۰"))), FA)
    for svg in (wide, narrow):
        (long, _, width, _), (short, _, part, _) = rects(svg, "var(--chart-plain)")
        assert long + width == pytest.approx(short + part, abs=0.02)
        assert short > long
        hold_together(svg)
    found = {text: box for *box, text in boxes(wide)}
    assert found["قهرمانان"][2] == pytest.approx(680)
    assert found["۴۰"][2] < found["قهرمانان"][0]


def test_a_text_from_right_to_left_has_its_anchor_turned() -> None:
    wide, _ = seen(Bars("", (Bar("قهرمانان", 40, "40"),)))
    [label] = [held for tag, held, text in inherited(wide) if tag == "text" and text.text == "قهرمانان"]
    assert (label["direction"], label.get("text-anchor", "start")) == (
        "rtl",
        "start",
    )  # at its right, where the bar begins
    assert wide.get("direction") == "ltr"


def test_cells_are_the_darker_the_larger_their_value() -> None:
    for svg in seen(HEAT):
        assert [len(rects(svg, f"var(--heat-{step})")) for step in range(7)] == [1, 1, 2, 1, 0, 0, 1]
        hold_together(svg)


def test_lines_of_cells_without_room_are_left_out_of_all_cells_and_told_by_a_pointer() -> None:
    cells = tuple(tuple(("12", "€1,234,567.89") for _ in range(8)) for _ in range(2))
    chart = Heat("", "R", "F", ("1", "2"), tuple("12345678"), tuple((1.0,) * 8 for _ in range(2)), cells)
    for svg in seen(chart):
        assert "12" in texts(svg)
        assert "€1,234,567.89" not in texts(svg)
        assert {title.text for title in svg.iter("title")} >= {"1, 1, 12, €1,234,567.89"}


def test_columns_of_a_heat_map_begin_where_a_reader_does() -> None:
    english, persian = (
        {text: box for *box, text in boxes(seen(HEAT, words)[0]) if text.startswith("F")} for words in (EN, FA)
    )
    assert english["F1"][0] < english["F2"][0] < english["F3"][0]
    assert persian["F1"][0] > persian["F2"][0] > persian["F3"][0]


def test_columns_of_a_histogram_are_as_tall_as_their_counts_and_an_empty_one_is_not_drawn() -> None:
    for svg in seen(HISTOGRAM):
        low, high = rects(svg, "var(--chart-plain)")
        assert high[3] == pytest.approx(2 * low[3], abs=0.02)
        assert high[0] - low[0] == pytest.approx(2 * (low[2] + 1), abs=0.05)
        assert {"R5", "R4", "Days", "Customers"} <= set(texts(svg))
        hold_together(svg)


def test_a_histogram_that_does_not_begin_at_zero_fills_its_axis() -> None:
    wide, _ = seen(Histogram("", "", "", (1000, 1010, 1020), (1, 1), ()))
    first, second = rects(wide, "var(--chart-plain)")
    assert first[2] == pytest.approx(second[2], abs=0.05)
    assert first[2] > 300


def test_a_single_value_has_a_column_in_the_middle() -> None:
    wide, _ = seen(Histogram("", "", "", (5, 5), (3,), (Mark(5, "cut"),)))
    [(left, _, width, _)] = rects(wide, "var(--chart-plain)")
    assert "5" in texts(wide)
    [line] = [mark for mark in wide.iter("line") if mark.get("stroke-dasharray")]
    assert float(line.attrib["x1"]) == pytest.approx(left + width / 2, abs=0.05)


def test_flags_of_marks_do_not_fly_over_each_other() -> None:
    marks = tuple(Mark(at, f"from {at} days") for at in (1, 1, 2, 9, 29, 30))
    for words in (EN, FA):
        for svg in seen(Histogram("", "days", "customers", (0, 10, 20, 30), (4, 2, 8), marks), words):
            hold_together(svg)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 60)), max_size=9).map(sorted))
def test_no_flag_flies_over_a_pole_that_is_as_high(flags: list[tuple[int, int]]) -> None:
    stretches = [(pole, pole + length) for pole, length in flags]
    lanes = lanes_of(stretches)
    for one, other in combinations(range(len(flags)), 2):
        if stretches[one][1] > stretches[other][0]:
            assert lanes[one] > lanes[other]


def test_a_curve_goes_through_its_points_and_tells_its_marks() -> None:
    for svg in seen(CURVE):
        assert "20% bring 60%" in texts(svg)
        assert {"0%", "50%", "100%"} <= set(texts(svg)) or {"0%", "20%", "100%"} <= set(texts(svg))
        hold_together(svg)


def test_the_percent_signs_of_a_persian_axis_stand_as_in_the_text() -> None:
    for svg in seen(CURVE, words_in("fa", "fa")):
        assert "\u061c۱۰۰٪" in texts(svg)
        hold_together(svg)


def test_shares_above_all_stretch_the_axis() -> None:
    chart = Curve("", "x", "y", ((0, 0), (0.5, 1.3), (1, 1)), ((0.2, 0.6, LONG), (0.95, 1.05, LONG)))
    for svg in seen(chart):
        hold_together(svg)


def test_every_panel_tells_its_name_and_its_first_and_last_value() -> None:
    wide, narrow = seen(LINES)
    assert texts(wide) == texts(narrow)
    assert texts(wide) == ["Champions", "Lost", "1", "0", "2", "0", "Jan", "Jan", "Mar", "Mar"]
    hold_together(wide)


def test_panels_follow_each_other_from_the_right_in_persian_and_time_runs_from_the_left() -> None:
    wide, _ = seen(LINES, FA)
    found = {text: box for *box, text in boxes(wide)}
    assert found["Champions"][0] > found["Lost"][0]
    assert found["۱"][0] < found["۲"][0]


def test_of_many_dates_the_extremes_stay() -> None:
    values = [float(date % 7) for date in range(200)]
    values[77], values[123] = 100, -100
    kept = kept_dates(values, 40)
    assert len(kept) <= 40
    assert {0, 77, 123, 199} <= set(kept)


def test_nodes_and_bands_are_as_tall_as_their_sizes() -> None:
    for svg in seen(FLOWS):
        stayed, lost = (rects(svg, f"var(--chart-{tone})") for tone in ("positive", "negative"))
        heights = [stayed[0][3], stayed[1][3], lost[0][3], lost[1][3]]
        unit = heights[0] / 30
        assert heights == pytest.approx([30 * unit, 20 * unit, 10 * unit, 20 * unit], abs=0.05)
        assert {title.text for title in svg.iter("title")} == {"stayed", "left", "stayed lost"}
        assert sum("C" in mark.get("d", "") for mark in svg.iter("path")) == 3
        hold_together(svg)


def test_what_was_before_stands_where_a_reader_begins() -> None:
    for words, side in ((EN, 1), (FA, -1)):
        wide, _ = seen(FLOWS, words)
        found = {text: box[0] * side for *box, text in boxes(wide)}
        assert found["Before"] < found["After"]
        assert found["Champions 30"] < found["Champions 20"]


def test_a_small_flow_is_a_hairline() -> None:
    after = (Node("b", "plain"), Node("c", "plain"))
    wide, _ = seen(Flows("", "", "", (Node("a", "plain"),), after, ((0, 0, 1e6, ""), (0, 1, 1, ""))))
    small = [mark.get("d", "") for mark in wide.iter("path") if "C" in mark.get("d", "")][1]
    begin, end = re.fullmatch(r"M\S+?,(\S+?)C.*,(\S+?)Z", small).groups()  # type: ignore[union-attr]
    assert float(end) - float(begin) == pytest.approx(0.7, abs=0.11)


def many() -> tuple[Chart, ...]:
    """Return charts of more, and of longer names, than anybody has."""
    sizes = [(number * 7919) % 1000 + 1 for number in range(1600)]
    return (
        Bars("", tuple(Bar(f"{n} {LONG}", sizes[n], f"{sizes[n] * 1e6:,.2f}", "plain") for n in range(40))),
        Lines(
            "",
            tuple(f"2020-01-{n:03}" for n in range(200)),
            tuple(Line(f"{n} {LONG}", tuple(map(float, sizes[n : n + 200])), "positive") for n in range(15)),
        ),
        Flows(
            "",
            LONG,
            LONG,
            tuple(Node(f"{LONG} {n * 1000:,}", "neutral") for n in range(11)),
            tuple(Node(f"{LONG} {n}", "negative") for n in range(12)),
            tuple((n % 11, n // 11, sizes[n], f"Potential Loyalists, Cannot Lose Them: {n}") for n in range(132)),
        ),
        Heat(
            "",
            LONG,
            LONG,
            tuple(f"R{n}" for n in range(10)),
            tuple(f"F{n}" for n in range(10)),
            tuple(tuple(map(float, sizes[n * 10 : n * 10 + 10])) for n in range(10)),
            tuple(tuple(("12,345", "€1,234,567.89") for _ in range(10)) for _ in range(10)),
        ),
        Histogram("", LONG, LONG, tuple(n * 1e5 for n in range(25)), tuple(sizes[:24]), (Mark(2.3e6, LONG),)),
    )


@pytest.mark.parametrize("words", [EN, FA], ids=["en", "fa"])
def test_many_long_names_stay_in_the_picture_and_apart_and_the_charts_small(words: Words) -> None:
    for chart in many():
        wide, narrow = seen(chart, words)
        hold_together(wide)
        hold_together(narrow)
        assert len((html(wide) + html(narrow)).encode()) < 60_000


def test_forty_segments_that_flow_to_forty_stay_small() -> None:
    nodes = tuple(Node(f"Segment {n}", "plain") for n in range(40))
    flows = tuple((n % 40, n // 40, n % 97 + 1, f"Segment {n % 40} to {n // 40}") for n in range(1600))
    wide, narrow = seen(Flows("", "", "", nodes, nodes, flows))
    assert len((html(wide) + html(narrow)).encode()) < 60_000
    assert "Segment 39" in texts(narrow) or "39" in texts(narrow)


def test_what_is_shortened_is_told_in_full() -> None:
    _, narrow = seen(Bars("", (Bar(LONG, 1, "1"),)))
    [label] = [text for text in narrow.iter("text") if text.get("text-anchor", "start") == "start" and len(text)]
    assert (label.text or "").endswith("…")
    assert label[0].text == LONG


@pytest.mark.parametrize("words", [EN, FA], ids=["en", "fa"])
@pytest.mark.parametrize("chart", EMPTY, ids=kind)
def test_charts_of_nothing_are_drawn(chart: Chart, words: Words) -> None:
    for svg in seen(chart, words):
        hold_together(svg)
        assert "nan" not in html(svg).lower()
        assert "undefined" not in html(svg)
        assert float(svg.attrib["viewBox"].split()[3]) > 0


@pytest.mark.parametrize("words", [EN, FA], ids=["en", "fa"])
@pytest.mark.parametrize("chart", ALL, ids=kind)
def test_a_chart_asks_nothing_of_anybody(chart: Chart, words: Words) -> None:
    for svg in seen(chart, words):
        assert {tag for tag, _, _ in inherited(svg)} <= {"svg", "g", "path", "line", "text", "title"}
        names = {name for _, _, element in inherited(svg) for name in element.attrib}
        assert not names & {"id", "href", "style", "onload", "font-family", "xmlns"}
        assert not any("class" in element.attrib for element in svg.iter() if element is not svg)
        assert "url(" not in html(svg)
        assert "http" not in html(svg)
        assert not re.search(r"\d\.\d{3}", html(svg))
        assert svg.get("role") == "img"
        assert svg.get("aria-label") == chart.title
        assert [child.get("aria-hidden") for child in svg] == ["true"]


@pytest.mark.parametrize("chart", ALL, ids=kind)
def test_letters_are_no_smaller_than_twelve_on_a_phone(chart: Chart) -> None:
    _, narrow = seen(chart)
    assert narrow.attrib["viewBox"].split()[2] == "320"
    assert {held["font-size"] for tag, held, _ in inherited(narrow) if tag == "text"} == {"12"}


@pytest.mark.parametrize("chart", ALL, ids=kind)
def test_a_chart_is_the_same_each_time(chart: Chart) -> None:
    needs("vl_convert")
    assert html(drawn(chart, EN)) == html(drawn(chart, EN))


def of_texts(text: str) -> tuple[Chart, ...]:
    """Return charts that say a text wherever one may stand."""
    return (
        Bars(text, (Bar(text, 2, text), Bar(text, -1, text))),
        Heat(text, text, text, (text,), (text,), ((1,),), (((text, text),),)),
        Histogram(text, text, text, (0, 1), (1,), (Mark(0.5, text),)),
        Curve(text, text, text, ((0, 0), (1, 1)), ((0.5, 0.5, text),)),
        Lines(text, (text, text), (Line(text, (1, 2), "plain"),)),
        Flows(text, text, text, (Node(text, "plain"),), (Node(text, "plain"),), ((0, 0, 1, text),)),
    )


ALL_KINDS = slice(None)

PAYLOADS = [
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "&lt;b&gt; &amp; ]]> <!-- -->",
    "t0",
    "{{constructor}} ${signal} datum.x",
    "\u202eabc\u202c\x00\x1b[31m\ud800\ufffe",
]


def is_honest(text: str, charts: slice = ALL_KINDS) -> None:
    for chart in of_texts(text)[charts]:
        for svg in seen(chart):
            told = {*texts(svg), *(title.text or "" for title in svg.iter("title")), svg.attrib["aria-label"]}
            assert cleaned(text) in told
            back = fromstring(tostring(svg, encoding="unicode"))  # what is no XML would raise
            assert [each.text or "" for each in back.iter("text")] == [each.replace("\r", "\n") for each in texts(svg)]
            assert {tag for tag, _, _ in inherited(back)} <= {"svg", "g", "path", "line", "text", "title"}


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_text_becomes_markup(text: str) -> None:
    is_honest(text)


def test_no_text_that_attacks_others_becomes_markup() -> None:
    path = DATA / "messy" / "injection_payloads.txt"
    if not path.exists():
        pytest.skip("the messy files are not at hand")
    for text in path.read_text("utf-8").splitlines()[:200]:
        if text.strip():
            is_honest(text)


@settings(max_examples=60)
@given(st.text(st.characters(), min_size=1, max_size=90), st.integers(0, 5))
def test_any_text_can_stand_in_a_chart(text: str, kind: int) -> None:
    is_honest(text, slice(kind, kind + 1))


AMOUNTS = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6)


@settings(max_examples=40)
@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.sampled_from(["en", "fa"]))
def test_charts_of_any_figures_hold_together(values: list[float], lang: str) -> None:
    counts = tuple(int(abs(value)) for value in values)
    charts: tuple[Chart, ...] = (
        Bars("", tuple(Bar("label", value, f"{value:,.2f}") for value in values)),
        Histogram("", "x", "y", tuple(float(n) for n in range(len(values) + 1)), counts, ()),
        Lines("", tuple("date" for _ in values), (Line("line", tuple(values), "plain"),)),
    )
    for chart in charts:
        for svg in seen(chart, words_in(lang, lang)):
            hold_together(svg)
            assert "NaN" not in html(svg)


def test_texts_never_reach_vega() -> None:
    for chart in of_texts("secret"):
        for frame in frames(EN):
            assert "secret" not in str(specification(drawing_of(chart, frame)))


def test_without_vega_one_line_says_what_to_install_or_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingExtraError, match=r"vl-convert-python.*segtool\[report\].*--no-charts") as error:
        drawn(BARS, EN)
    assert error.value.exit_code == 69
    assert "\n" not in str(error.value)


def test_digits_of_axes_are_those_of_the_page() -> None:
    shown = "".join(text for svg in seen(HISTOGRAM, FA) for text in texts(svg) if not text.startswith("R"))
    assert not re.search("[0-9]", shown)
    assert re.search("[۰-۹]", shown)


def test_ticks_are_round_and_few() -> None:
    assert ticks(0, 1, 6) == (0, 0.2, 0.4, 0.6, 0.8, 1)
    assert ticks(17, 17, 5) == (17,)
    assert whole_ticks(3, 5) == (0, 1, 2, 3)


@given(st.floats(-100, 100), st.floats(1e-3, 1e9), st.integers(2, 9))
def test_ticks_are_inside_and_even(spans: float, span: float, most: int) -> None:
    low = spans * span
    found = ticks(low, low + span, most)
    assert 1 <= len(found) <= most
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in found)
    steps = [after - before for before, after in pairwise(found)]
    assert all(step == pytest.approx(steps[0], rel=1e-4) for step in steps)


def test_long_numbers_are_told_in_thousands_and_more() -> None:
    assert tick_texts([0, 20_000, 40_000], EN) == ("0", "20k", "40k")
    assert tick_texts([0, 2_000_000_000], FA) == ("۰", "۲ میلیارد")
    assert short_number(0.0001, EN) == "0"
    assert short_number(999_499, EN) == "999,499"
    assert short_number(-12_345_678, FA) == "-۱۲٫۳ میلیون"


def test_a_text_is_not_cut_within_a_letter() -> None:
    assert text_in("e\u0301" * 20, 10, 50, right_to_left=False).shown.removesuffix("…").endswith("\u0301")


@given(st.text(max_size=60), st.floats(20, 400))
def test_a_shortened_text_finds_room(text: str, room: float) -> None:
    assert width_of(text_in(text, 12, room, right_to_left=False).shown, 12) <= room
    lines = lines_in(text, 12, room, right_to_left=True)
    assert len(lines) <= 2
    assert all(width_of(line.shown, 12) <= room for line in lines)


def test_a_text_runs_as_its_first_letter_does() -> None:
    assert runs_right_to_left("۱۲ روز", otherwise=False)
    assert not runs_right_to_left("12 days", otherwise=True)
    assert not runs_right_to_left("-5", otherwise=True)
    assert not runs_right_to_left("", otherwise=True)


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(5, 30)), min_size=1, max_size=12))
def test_labels_that_are_spread_stand_below_each_other(labels: list[tuple[float, float]]) -> None:
    labels.sort()
    places, heights = [place for place, _ in labels], [height for _, height in labels]
    middles = spread(places, heights, low=0, high=400)
    for one, other, tall, taller in zip(middles, middles[1:], heights, heights[1:], strict=False):
        assert other - one >= (tall + taller) / 2 - 1e-6
    assert middles[0] >= heights[0] / 2 - 1e-6
    assert middles[-1] <= 400 - heights[-1] / 2 + 1e-6


def linear(colour: str) -> list[float]:
    """Return red, green and blue as shares of light."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# How who sees no red, no green or no blue sees light: Machado, Oliveira and Fernandes (2009), at full severity.
BLIND = {
    "nothing": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def lab(colour: str, blind_to: str) -> tuple[float, float, float]:
    """Return a colour as lightness, green to red, and blue to yellow (CIE 1976), as somebody sees it."""
    light = linear(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, light, strict=True)))) for row in BLIND[blind_to]
    )
    x, y, z = (
        share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116
        for share in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def colours_of(scheme: str) -> dict[str, str]:
    light, dark = CSS.split("@media", 1)
    return dict(re.findall(r"--([\w-]+): (#\w+);", light if scheme == "light" else dark))


@pytest.mark.parametrize("blind_to", BLIND)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tones_can_be_told_apart_by_who_is_colour_blind(scheme: str, blind_to: str) -> None:
    colours = colours_of(scheme)
    tones = [lab(colours[f"chart-{tone}"], blind_to) for tone in ("positive", "neutral", "negative", "plain")]
    for one, other in combinations(tones, 2):
        assert math.dist(one, other) > 14


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_the_page(scheme: str) -> None:
    colours = colours_of(scheme)
    paper = colours["chart-paper"]
    for letters in ("ink", "muted"):
        assert contrast(colours[f"chart-{letters}"], paper) >= 4.5
    for mark in ("positive", "neutral", "negative", "plain", "axis"):
        assert contrast(colours[f"chart-{mark}"], paper) >= 3
    steps = [colours[f"heat-{step}"] for step in range(7)]
    assert sorted(steps, key=luminance, reverse=scheme == "light") == steps
    for step, colour in enumerate(steps):
        assert contrast(colour, colours[f"heat-ink-{step}"]) >= 4.5


def test_every_colour_of_a_chart_is_one_of_the_style() -> None:
    known = set(re.findall(r"(--[\w-]+):", CSS))
    used: set[str] = set()
    for chart in (*ALL, *many()):
        for svg in seen(chart):
            for _, held, _ in inherited(svg):
                used |= {held[name] for name in ("fill", "stroke") if name in held}
    assert used - {"none"} <= {f"var({name})" for name in known}
    assert "var(--heat-6)" in used


def test_no_colour_of_the_style_is_unused() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "segtool/output/report").rglob("*.py"))
    for name in set(re.findall(r"--(chart|heat)-([a-z]+)", CSS)):
        assert f'"{name[1]}"' in code or f"--{name[0]}-{name[1]}" in code
