"""Schemes name exactly one segment for every score, and are the published maps."""

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import schemes_published as published

from segtool.errors import MissingInputError, SchemeError, UsageError
from segtool.rules.grid import Rule
from segtool.scoring.statement import AxisRule, at_cuts, in_bins
from segtool.segments.check import check
from segtool.segments.scheme import Scheme
from segtool.segments.scheme_file import parse
from segtool.segments.schemes import built_in, load, read
from segtool.words import LANGUAGES

ALL = (
    "braze", "braze-published", "codes-125", "customer-relationship-matrix", "customer-value-matrix",
    "gold-silver-bronze", "klaviyo", "loyalty-matrix", "putler", "putler-published", "pymc", "pypi-rfm", "r-rfm-0.2.2",
    "r-rfm-0.3.0", "shopify", "value-loyalty",
)  # fmt: skip

DEFAULTS = {"pymc": "Other", "r-rfm-0.3.0": "Others", "r-rfm-0.2.2": "Others", "braze-published": "(none)"}


def named(scheme: Scheme) -> dict[tuple[int, ...], str]:
    """Return the digits of every cell with the name of its segment."""
    cells = list(product(*(axis.digits for axis in scheme.grid.values())))
    levels = {
        axis: np.array([cell[i] - how.lowest + 1 for cell in cells], np.int8)
        for i, (axis, how) in enumerate(scheme.grid.items())
    }
    return {
        cell: scheme.segments[place].name for cell, place in zip(cells, scheme.assign(levels).tolist(), strict=True)
    }


def test_the_built_in_schemes_are_these() -> None:
    assert built_in() == ALL


@pytest.mark.parametrize("name", [name for name in ALL if name != "braze"])
def test_a_built_in_scheme_is_the_published_map(name: str) -> None:
    cells = named(load(name))
    assert cells == {cell: [*published.names(name, cell), DEFAULTS.get(name)][0] for cell in cells}


def test_braze_is_the_published_map_but_for_the_cell_that_has_no_group_there() -> None:
    cells = named(load("braze"))
    assert cells.pop((0, 3, 0)) == "Hibernating"
    assert cells == {cell: published.names("braze-published", cell)[0] for cell in cells}


@pytest.mark.parametrize("name", ["loyalty-matrix", "value-loyalty", "codes-125", "putler", "shopify", "klaviyo"])
def test_these_published_maps_have_one_name_for_each_cell(name: str) -> None:
    assert Counter(len(published.names(name, cell)) for cell in named(load(name))).keys() == {1}


@pytest.mark.parametrize(
    ("name", "dimensions", "cells", "gaps", "overlaps", "unreachable", "others"),
    [
        (
            *("putler-published", "r fm", 45, [], 30),
            *(["Recent Customers", "Promising", "Can't Lose Them", "Lost"], 0),
        ),
        ("pymc", "r f m", 64, [], 0, [], 18),
        ("r-rfm-0.3.0", "r f m", 125, [], 58, [], 10),
        ("r-rfm-0.2.2", "r f m", 125, [], 39, ["New Customers", "Promising", "Can't Lose Them"], 36),
        ("braze-published", "r f m", 64, [(0, 3, 0)], 39, [], 0),
    ],
)
def test_the_defects_of_a_published_map_are_found(
    name: str, dimensions: str, cells: int, gaps: list[object], overlaps: int, unreachable: list[str], others: int
) -> None:
    report = check(read(name))
    assert read(name).compatible
    assert " ".join(report.space) == dimensions
    assert (report.cells, len(report.overlaps), len(report.default_cells)) == (cells, overlaps, others)
    assert list(report.gaps) == gaps
    assert sorted(report.unreachable) == sorted(unreachable)


def test_every_other_built_in_scheme_is_sound() -> None:
    assert [name for name in ALL if not check(read(name)).is_sound] == [
        "braze-published",
        "putler-published",
        "r-rfm-0.2.2",
    ]
    assert {name for name in ALL if read(name).compatible} == {*DEFAULTS, "putler-published"}


def test_some_famous_maps_are_monotone_in_no_order() -> None:
    reports = {name: check(read(name)) for name in ALL}
    never = [name for name, report in reports.items() if report.better_order is None]
    assert never == ["codes-125", "klaviyo", "putler", "pymc", "pypi-rfm", "r-rfm-0.2.2", "r-rfm-0.3.0"]
    assert [name for name, report in reports.items() if not report.is_monotone] == never


@pytest.mark.parametrize("name", ALL)
def test_a_built_in_scheme_says_all_that_a_reader_wants_to_know(name: str) -> None:
    scheme = load(name)
    segments = [segment for segment in scheme.segments if segment.name != "(none)"]
    assert sorted(segment.urgency or 0 for segment in segments) == list(range(1, len(segments) + 1))
    assert scheme.source
    for texts in (scheme.title, scheme.about, *(texts for each in segments for texts in (each.title, each.advice))):
        assert texts.keys() == set(LANGUAGES)
    for text in (*scheme.about.values(), *(text for each in segments for text in each.advice.values())):
        assert text.endswith(".")
        assert "first purchase" not in text


def test_segments_stand_from_best_to_worst() -> None:
    assert [segment.name for segment in load("loyalty-matrix").segments] == [
        "Champions", "Loyal Customers", "Potential Loyalists", "New Customers", "Promising", "Need Attention",
        "About To Sleep", "Can't Lose Them", "At Risk", "Hibernating",
    ]  # fmt: skip
    assert [segment.name for segment in load("pymc").segments][2:4] == ["Top Spender", "Other"]


def test_a_scheme_states_its_scoring() -> None:
    assert load("klaviyo").scoring == {
        "r": at_cuts("recency_days", [180, 365]),
        "f": in_bins("frequency", 3),
        "m": in_bins("monetary", 3),
    }
    assert load("braze").scoring["m"] == in_bins("monetary", 4, lowest=0)
    assert load("pymc").scoring["m"] == in_bins("average_order_value", 4)
    assert load("customer-relationship-matrix").scoring == {
        "length": AxisRule("length_days", "mean"),
        "recency": AxisRule("recency_days", "mean"),
    }


def test_customers_without_an_order_have_a_segment_in_shopify() -> None:
    scheme = load("shopify")
    assert scheme.no_orders is not None
    prospects = scheme.segments[scheme.no_orders]
    assert (prospects.name, prospects.rule) == ("Prospects", Rule())
    assert "Prospects" not in named(scheme).values()


def toml(*conditions: str, top: str = 'title = "T"\n', scoring: str = "r = { bins = 3 }\n") -> str:
    tables = (f'[[segments]]\nname = "S{i}"\n{condition}\n' for i, condition in enumerate(conditions))
    return f"{top}[scoring]\n{scoring}" + "".join(tables)


def names_of(text: str) -> str:
    """Return the names of all cells of a scheme, without the S before each."""
    return " ".join(name.removeprefix("S") for name in named(parse(text, "mine")).values())


def test_a_file_needs_no_more_than_names_and_conditions(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + toml('r = "<2"', "r = [2, 3]", top="").encode())
    scheme = load(str(path))
    assert (scheme.name, scheme.title, scheme.about, scheme.source) == ("mine", {"en": "mine"}, {"en": ""}, None)
    first = scheme.segments[0]
    assert (first.title, first.advice, first.health, first.urgency) == ({"en": "S0"}, {"en": ""}, "neutral", None)
    assert scheme.assign({"r": np.array([1, 2, 3])}).tolist() == [0, 1, 1]


def test_a_file_can_say_more() -> None:
    top = 'title = { en = "Mine", fa = "طرح" }\nowner = "Ann"\ngoal = "win-back"\n'
    scheme = parse(toml('r = "1..3"\nowner = "Ben"\nhealth = "positive"\nurgency = 2', top=top), "mine")
    assert (scheme.title, scheme.owner, scheme.goal) == ({"en": "Mine", "fa": "طرح"}, "Ann", "win-back")
    only = scheme.segments[0]
    assert (only.owner, only.goal, only.health, only.urgency) == ("Ben", None, "positive", 2)


def test_the_first_match_wins_where_the_file_says_so() -> None:
    top = 'match = "first"\ndefault = "S1"\nbest_to_worst = ["S1", "S0"]\n'
    scheme = parse(toml('r = "2.."', 'r = "3"', top=top), "mine")
    assert list(named(scheme).values()) == ["S1", "S0", "S0"]
    assert [segment.name for segment in scheme.segments] == ["S1", "S0"]


def test_the_default_needs_no_table_and_stands_last() -> None:
    scheme = parse(toml('r = "3"', top='default = "Rest"\n'), "mine")
    assert list(named(scheme).values()) == ["Rest", "Rest", "S0"]
    assert scheme.default == 1


def test_codes_of_ten_bins_have_a_line_between_their_digits() -> None:
    scoring = "r = { bins = 10 }\nf = { bins = 2 }\n"
    assert names_of(toml('code = "10-2, 10-1"', 'r = "..9"', scoring=scoring)).split()[-3:] == ["1", "0", "0"]


def test_a_rule_holds_where_one_of_its_alternatives_does() -> None:
    rules = ('any = [{ r = 1, f = 1 }, { sum = "4.." }]', 'any = [{ code = "21" }, { r = 1, f = ">1" }]')
    assert names_of(toml(*rules, scoring="r = { bins = 2 }\nf = { bins = 2 }\n")) == "0 1 1 0"


@pytest.mark.parametrize(
    ("scoring", "rule"),
    [
        ("{ cuts = [30, 90] }", at_cuts("recency_days", [30, 90])),
        ('{ cuts = ["50%", "90.5 %"], lowest = 0 }', None),
        ('{ figure = "average_order_value", cuts = ["9.5"] }', at_cuts("average_order_value", ["9.5"])),
        ('{ cuts = "mean" }', AxisRule("recency_days", "mean")),
    ],
)
def test_a_file_cuts_an_axis_where_it_wants(scoring: str, rule: AxisRule | None) -> None:
    found = parse(toml('r = "0.."' if rule is None else 'r = ">=1"', scoring=f"r = {scoring}\n"), "mine").scoring["r"]
    if rule is None:
        assert (found.kind, [float(each) for each in found.values], found.lowest) == ("quantiles", [0.5, 0.905], 0)
    else:
        assert found == rule


ONE = 'r = "1..3"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (toml("r = 1", "r = 3"), "Scheme mine names no segment for r = 2."),
        (toml('r = "1..2"', 'r = "2..3"'), "Scheme mine names S0 and S1 for r = 2."),
        (toml(ONE, ONE), "Scheme mine names S0 and S1 for r = 1 (and 2 more; segtool schemes check lists them)."),
        (toml('r = "4"'), "Scheme mine: segment S0: r = '4' allows none of the scores 1..3."),
        (toml('r = "1..4"'), "segment S0: r = '1..4' reaches beyond 1..3."),
        (toml('r = "three"'), "segment S0: r = 'three' is no condition; write 5, '4..5', '>=3' or a list of these."),
        (toml('r = ".."'), "r = '..' is no condition"),
        (toml('r = "1 2"'), "r = '1 2' is no condition"),
        (toml("r = true"), "r = True is no condition"),
        (toml("r = []"), "r = [] is no condition"),
        (toml('r = ">=mean"'), "r = '>=mean' compares with the mean, where this axis is not cut."),
        (toml('r = ">mean"', scoring='r = { cuts = "mean" }\n'), "splits what is one level; write '<mean' or"),
        (toml('f = "1"'), "segment S0: 'f' looks at what is not scored; [scoring] has r."),
        (toml('fm = "1"'), "segment S0: 'fm' looks at what is not scored; [scoring] has r."),
        (toml(ONE + '\nadvise = "x"'), "segment S0: 'advise' is no key here, but advice is."),
        (toml("any = [{ q = 1 }]"), "segment S0: 'q' is no key here; known: r, sum, code, any."),
        (toml("any = 3"), "segment S0: any is a list of rules, as any = [{ r = '1' }, { f = '2', m = '3' }]."),
        (toml('code = "14"'), "segment S0: code '14' does not hold one digit of each axis, in the order r."),
        (toml("code = 4"), "segment S0: code '4' does not hold one digit"),
        (toml(""), "segment S0: it has no conditions; say what its customers score, in r, sum, code, any."),
        (toml(ONE + "\nno_orders = true"), "segment S0: one segment can have no_orders, it has no conditions"),
        (toml(ONE + '\nhealth = "good"'), "segment S0: health = 'good' is none of positive, neutral, negative."),
        (toml(ONE + "\nurgency = 0"), "segment S0: urgency is a whole number from 1, whom to call first."),
        (toml(ONE + "\nowner = 3"), "segment S0: owner is a text."),
        (toml(ONE + '\ntitle = { fa = "x" }'), "segment S0: title is a text, or texts by language"),
        (toml(ONE + '\ntitle = { en = "x", ef = "y" }'), "segment S0: 'ef' is no key here; known: en, fa."),
        (toml(ONE, ONE).replace("S1", "S0"), "Scheme mine: segment S0 stands twice"),
        (toml(ONE).replace('name = "S0"\n', ""), "Scheme mine: segment 1 has no name."),
        (toml(ONE, top='titel = "x"\n'), "Scheme mine: 'titel' is no key here, but title is."),
        (toml(ONE, top='match = "last"\n'), "Scheme mine: match = 'last' is not 'first', which is all that it can be."),
        (toml(ONE, top="compatible = 1\n"), "Scheme mine: compatible is true or false."),
        (toml(ONE, top="best_to_worst = []\n"), "Scheme mine: best_to_worst names each segment once."),
        (toml(ONE, top='best_to_worst = "S0"\n'), "Scheme mine: best_to_worst is a list of the segments' names."),
        (toml(ONE, top='best_to_worst = ["S9"]\n'), "Scheme mine: best_to_worst: 'S9' is no segment here; known: S0."),
        (toml(ONE, scoring="x = { bins = 5 }\n"), "Scheme mine: [scoring]: 'x' is no axis here; known: l, r, f, m,"),
        (toml(ONE, scoring="r = 5\n"), "Scheme mine: [scoring] r: write { bins = 5 }"),
        (toml(ONE, scoring="r = { bin = 5 }\n"), "[scoring] r: 'bin' is no key here, but bins is."),
        (toml(ONE, scoring="r = { bins = 11 }\n"), "[scoring] r: bins is 2 to 10."),
        (toml(ONE, scoring="r = { bins = 5, cuts = [1] }\n"), "[scoring] r: say one of bins and cuts."),
        (toml(ONE, scoring="r = { cuts = 9 }\n"), "[scoring] r: cuts is a list, as [30, 90] or"),
        (toml(ONE, scoring="r = { cuts = [90, 30] }\n"), "[scoring] r: cuts must rise."),
        (toml(ONE, scoring='r = { cuts = ["1e9999999"] }\n'), "[scoring] r: '1e9999999' is not a whole number."),
        (toml(ONE, scoring='r = { cuts = ["1e999999"] }\n'), "[scoring] r: '1e999999' is not a whole number."),
        (toml(ONE, scoring='r = { cuts = ["1e-99999999%"] }\n'), "r: '1e-99999999%' is no share between 0% and 100%."),
        (toml("any = " + "[{ any = " * 400 + "[{ r = 1 }]" + " }]" * 400), "Scheme mine has lists or tables too"),
        (toml(ONE, scoring='r = { cuts = ["50%", 90] }\n'), "[scoring] r: cuts are all raw values or all shares"),
        (toml(ONE, scoring='r = { cuts = ["0%"] }\n'), "[scoring] r: '0%' is no share between 0% and 100%."),
        (toml(ONE, scoring='r = { cuts = ["9%", "x%"] }\n'), "[scoring] r: 'x%' is no share between 0% and 100%."),
        (toml(ONE, scoring="r = { bins = 5, lowest = 2 }\n"), "[scoring] r: lowest is 0 or 1."),
        (toml(ONE, scoring='r = { bins = 5, figure = "x" }\n'), "[scoring] r: figure = 'x' is none of recency_days,"),
        (toml(ONE, scoring="".join(f"{a} = {{ bins = 10 }}\n" for a in ("orders", *"lrfm"))), "than 10,000 cells"),
        (toml(*['code = "111"'] * 101, scoring="r = { bins = 9 }\n").replace("111", "1"), "more than 100 segments"),
        (toml(), "Scheme mine: [[segments]] is missing: one table a segment, with its name and conditions."),
        ("title = ", "Scheme mine is no TOML: Invalid value (at end of document)."),
        ('title = "T"\nmatch = first\n', "Scheme mine is no TOML: Invalid value (at line 2, column 9)."),
        ('title = "T"\n', "Scheme mine: [scoring] is missing: it names the axes, as r = { bins = 5 }."),
    ],
)  # fmt: skip
def test_a_scheme_that_is_not_sound_is_refused_with_the_reason(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SchemeError) as caught:
        load(str(path))
    assert message in str(caught.value).replace(f"{path}", "Scheme mine")


def test_a_file_that_is_not_there_or_no_text_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"There is no scheme file .*mine\.toml\."):
        load(str(tmp_path / "mine.toml"))
    with pytest.raises(MissingInputError, match=r"cannot be read: is a directory\."):
        load(f"{tmp_path}/")
    (tmp_path / "mine.toml").write_bytes('title = "Größe"'.encode("cp1252"))
    with pytest.raises(SchemeError, match=r"mine\.toml is not in UTF-8, as TOML has to be: byte 12 is none\."):
        load(str(tmp_path / "mine.toml"))


def test_an_unknown_scheme_is_a_usage_error_that_lists_them() -> None:
    with pytest.raises(UsageError, match=r"no scheme 'loyalty'.*braze, .*value-loyalty, none\. Did you mean"):
        load("loyalty")
    with pytest.raises(UsageError, match=r"A file is named by its path, as \./mine\.toml\."):
        load("xyz")
