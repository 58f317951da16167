"""The five common mistakes of a segmentation: each made by hand and caught by name, and a table without any."""

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import segtool
from segtool.errors import DataError, UsageError
from segtool.output.check import render
from segtool.summary.mistakes import CODES, Checked
from segtool.summary.misuse import is_small, limits
from segtool.words import column_name, words_in

MARKS = dict.fromkeys(map(ord, "\u2067\u2069\u200e"))


def table(rows: int = 200, *, about: dict[str, Any] | None = None, **columns: Sequence[Any]) -> pa.Table:
    """Return a table of customers; columns shorter than it go on from their start."""
    cells = {name: [own[i % len(own)] for i in range(rows)] for name, own in columns.items()}
    found = pa.table({"customer_id": [f"c{i:04}" for i in range(rows)], **cells})
    return found.replace_schema_metadata({"segtool": json.dumps(about)}) if about else found


def codes(found: Checked) -> list[str]:
    return [each.code for each in found.findings]


def finding(found: Checked, code: str) -> Any:
    [each] = [each for each in found.findings if each.code == code]
    return each


CLEAN = table(segment=["now and then", "often", "seldom"], city=["Bonn", "Ulm"], monetary=[5, 40, 9, 70])
"""Three segments of 66 or 67 customers, which say nothing of money."""


# By hand


def test_a_table_without_a_mistake_passes_every_check() -> None:
    found = segtool.check(CLEAN, goal="win-back")
    assert (found.findings, found.passed, found.unknown, found.ignored) == ((), CODES, {}, ())
    assert (found.is_clean, found.goal, found.columns, found.rows) == (True, "win-back", ("segment",), 200)


def test_labels_of_rfm_look_back() -> None:
    found = segtool.check(table(segment=["Champions", "Lost"], r_score=[5, 1], f_score=[5, 1]), goal="win-back")
    assert (codes(found), finding(found, "past-only").columns) == (["past-only"], ("segment",))
    assert "segtool backtest" in finding(found, "past-only").way_out


@pytest.mark.parametrize(
    ("name", "segments", "expected"),
    [
        ("segment", ["Champions", "Loyal Customers", "At Risk", "Lost", "Hibernating"], ["past-only"]),
        ("segment", ["Gold", "Silver", "Bronze"], []),  # a club may have these, too
        ("segment_gold-silver-bronze", ["Gold", "Silver", "Bronze"], ["past-only"]),
        ("segment_needs", ["price", "service"], []),
    ],
)
def test_labels_of_rfm_are_known_by_names_of_maps(name: str, segments: list[str], expected: list[str]) -> None:
    assert codes(segtool.check(table(**{name: segments}), goal="win-back")) == expected


def test_a_scheme_of_ones_own_over_scores_is_known_by_the_summary_of_its_run(tmp_path: Path) -> None:
    about = {"scores": {"r": {}}, "scheme": "putler", "further_segments": {"mine": []}, "goal": {"name": "win-back"}}
    found = segtool.check(table(about=about, segment_mine=["near", "far"]))
    assert (codes(found), found.goal) == (["past-only"], "win-back")
    assert codes(segtool.check(table(about={**about, "backtest": {"lift": 2}}, segment_mine=["near", "far"]))) == []


def test_without_a_goal_and_a_target_segments_serve_no_end() -> None:
    assert codes(segtool.check(CLEAN)) == ["no-goal"]
    for about in ({"goal": {"name": "win-back"}}, {"targets": [{"segment": "often"}]}):
        assert codes(segtool.check(CLEAN.replace_schema_metadata({"segtool": json.dumps(about)}))) == []


def test_a_run_tells_its_goal_in_parquet(tmp_path: Path) -> None:
    segtool.rfm(ROOT / "examples" / "orders.csv", goal="keep-customers")
    pq.write_table(segtool.rfm(ROOT / "examples" / "orders.csv", goal="keep-customers").table, tmp_path / "t.parquet")
    found = segtool.check(tmp_path / "t.parquet")
    assert (found.goal, "no-goal" in found.passed, "past-only" in codes(found)) == ("keep-customers", True, True)


def test_a_segment_of_under_30_people_or_a_hundredth_is_thin() -> None:
    segments = ["a"] * 29 + ["b"] * 30 + ["c"] * 61 + ["d"] * 80
    found = finding(segtool.check(table(segment=segments), goal="win-back"), "thin-data")
    assert [(each.segment, each.count, each.share) for each in found.figures] == [("a", 29, 0.145)]
    large = ["a"] * 39 + ["b"] * 41 + ["c"] * 1960 + ["d"] * 1960
    found = finding(segtool.check(table(4000, segment=large), goal="win-back"), "thin-data")
    assert [(each.segment, each.count) for each in found.figures] == [("a", 39)]


def test_what_is_left_over_may_be_small() -> None:
    segments = ["a"] * 99 + ["b"] * 97 + ["unknown", "other", "(none)", None]
    assert codes(segtool.check(table(segment_needs=segments), goal="win-back")) == []


def test_an_attribute_over_40_percent_empty_is_thin_and_a_contact_or_a_figure_is_not() -> None:
    some, more = [None, "-", "1", "2", "3"], [None, None, "", "N/A", "none"]
    found = segtool.check(
        table(segment=["a", "b"], age=some, taste=more, phone=more, recency_days=more), goal="win-back"
    )
    assert [(each.column, each.segment, each.count) for each in finding(found, "thin-data").figures] == [
        ("taste", None, 160)
    ]


def test_segments_of_who_customers_are_lose_against_what_they_do() -> None:
    """Orders tell the spend to the cent, and cities nothing of it."""
    found = segtool.check(
        table(segment_city=["Bonn", "Bonn", "Ulm", "Ulm"], monetary=[10, 20, 10, 20], orders=[1, 2, 1, 2]),
        goal="win-back",
    )
    own = finding(found, "demographic-only")
    assert [(each.column, round(each.share, 9)) for each in own.figures] == [("orders", 1), ("segment_city", 0)]
    assert (own.columns, "orders" in own.way_out) == (("segment_city",), True)


@pytest.mark.parametrize("header", ["segment_age", "segment_demographic", "segment_geographic", "gender", "شهر"])
def test_segments_of_who_customers_are_are_known_by_their_name(header: str) -> None:
    columns = {header: ["a", "a", "b", "b"], "monetary": [10, 20, 10, 20], "visits": [1, 2, 1, 2]}
    assert "demographic-only" in codes(segtool.check(table(**columns), by=header))


def test_segments_of_any_name_are_known_by_following_an_attribute() -> None:
    spent = {"monetary": [10, 20], "visits": [1, 2]}
    ages = list(range(20, 60))
    young = ["young" if age < 40 else "old" for age in ages]
    assert "demographic-only" in codes(segtool.check(table(segment=young, age=ages, **spent)))
    mixed = ["young" if age % 3 else "old" for age in ages]
    assert "demographic-only" in segtool.check(table(segment=mixed, age=ages, **spent)).passed
    cities = table(segment=["north", "south"], city=["Kiel", "Ulm", "Bremen", "Jena"], **spent)
    assert "demographic-only" in segtool.check(cities).passed  # the segments tell the spend as well as visits do
    spent = {"monetary": [10, 10, 20, 20], "visits": [1, 1, 2, 2]}
    cities = table(segment=["north", "south"], city=["Kiel", "Ulm", "Bremen", "Jena"], **spent)
    assert "demographic-only" in codes(segtool.check(cities))


def test_a_scheme_of_ones_own_is_demographic_by_the_columns_that_it_looks_at(tmp_path: Path) -> None:
    rules = tmp_path / "near.toml"
    rules.write_text('default = "far"\n[[segments]]\nname = "near"\ncity = "Bonn"\nage = "<30"\n')
    ages = {"age": [20, 21, 40, 41], "monetary": [10, 20], "visits": [1, 2]}
    found = segtool.segment(table(city=["Bonn", "Bonn", "Ulm"], **ages), str(rules))
    assert "demographic-only" in codes(segtool.check(found.table))
    rules.write_text('default = "far"\n[[segments]]\nname = "near"\ncity = "Bonn"\nvisits = 1\n')
    found = segtool.segment(table(city=["Bonn", "Bonn", "Ulm"], **ages), str(rules))
    assert "demographic-only" in segtool.check(found.table).passed


def test_segments_of_behaviour_too_are_not_only_demographic() -> None:
    spent = {"monetary": [10, 10, 20, 20], "visits": [1, 1, 2, 2]}
    both = table(segment_age=["a", "b"], segment_needs=["x", "x", "y"], **spent)
    assert "demographic-only" in segtool.check(both).passed
    assert "demographic-only" in codes(segtool.check(both, by="segment_age"))


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"monetary": [1, 2]}, "no other column tells what they do"),
        ({"visits": [1, 2]}, "no column tells what they spend; say --value COL"),
        ({"visits": [1, 2], "monetary": [7]}, "all spend the same"),
    ],
)
def test_what_cannot_be_told_of_is_not_passed(columns: dict[str, list[int]], why: str) -> None:
    found = segtool.check(table(segment_age=["a", "b"], **columns), goal="win-back")
    assert (found.findings, dict(found.unknown)) == ((), {"demographic-only": why})
    assert "demographic-only" not in found.passed


def test_what_restates_the_spend_does_not_explain_it() -> None:
    columns = {"monetary": [1, 9], "m_score": [1, 5], "average_order_value": [1, 9], "total_spent": [1, 9]}
    found = segtool.check(table(segment_age=["a", "a", "b"], **columns), goal="win-back")
    assert found.unknown == {"demographic-only": "no other column tells what they do"}


def test_the_value_column_can_be_named() -> None:
    columns = table(segment_age=["a", "a", "b", "b"], visits=[1, 2], worth=[5, 8])
    found = segtool.check(columns, value="worth", goal="win-back")
    assert codes(found) == ["demographic-only"]
    with pytest.raises(UsageError, match=r"--value wroth: table has no such column\. Did you mean worth\?"):
        segtool.check(columns, value="wroth")


def test_the_value_column_is_the_one_that_profile_takes() -> None:
    spent = {"amount": [1, 1, 9, 9], "revenue": [5, 8, 5, 8], "visits": [1, 2]}
    found = segtool.check(table(segment_age=["a", "a", "b", "b"], **spent), goal="win-back")
    assert segtool.profile(table(segment_age=["a", "b"], **spent)).profile.value == "revenue"
    assert finding(found, "demographic-only").figures[0].share == pytest.approx(1)


def test_a_segment_of_one_of_several_columns_is_told_with_its_column() -> None:
    both = table(segment_needs=["x", "y"], segment_gender=["f", "f", "m"])
    assert "segment_gender: f" in render(segtool.check(both, goal="win-back"))
    assert "segment_gender: f" not in render(segtool.check(both, by="segment_gender", goal="win-back"))


def test_a_value_column_without_amounts_tells_nothing() -> None:
    words = table(segment_age=["a", "a", "b", "b"], visits=[1, 2], revenue=["much", "little"])
    told = segtool.check(words, goal="win-back").unknown
    assert told == {"demographic-only": "no column tells what they spend; say --value COL"}
    with pytest.raises(DataError, match="revenue has no amounts; say --value COL"):
        segtool.check(words, value="revenue")


def test_amounts_that_can_be_read_in_two_ways_are_told_by_their_column(run: Run, tmp_path: Path) -> None:
    rows = [f"{i};{'ab'[i // 2 % 2]};{i % 2};{i % 2 + 1},100" for i in range(200)]
    (tmp_path / "two.csv").write_text("\n".join(["customer_id;segment_age;visits;revenue", *rows]))
    done = run("check", "two.csv")
    assert (done.returncode, done.stdout) == (65, "")
    assert 'two.csv: revenue "1,100" can be read in two ways' in done.stderr
    assert "demographic-only" in run("check", "two.csv", "--decimal", ",").stdout


def test_over_half_of_the_customers_in_one_segment_is_vague() -> None:
    assert codes(segtool.check(table(segment=["a", "b"]), goal="win-back")) == []
    found = segtool.check(table(segment=["a", "a", "b"]), goal="win-back")
    assert [(each.segment, each.count) for each in finding(found, "too-vague").figures] == [("a", 134)]
    found = segtool.check(table(segment=["", "", "b"]), goal="win-back")
    assert [(each.segment, each.count) for each in finding(found, "too-vague").figures] == [("(empty)", 134)]


def test_who_is_gone_does_not_count() -> None:
    segments = ["a"] * 60 + ["b"] * 40 + ["(gone)"] * 500
    found = segtool.check(table(600, segment=segments), goal="win-back")
    assert [(each.segment, each.share) for each in finding(found, "too-vague").figures] == [("a", 0.6)]


# Columns


def test_every_column_of_segments_is_checked_and_none_of_titles() -> None:
    columns = {"segment": ["a", "b"], "segment_needs": ["x", "y"], "segment_title": ["A", "B"]}
    columns |= {"segment_title_needs": ["X", "Y"], "segment_since": ["2024-01-01"], "previous_segment": ["a"]}
    assert segtool.check(table(**columns)).columns == ("segment", "segment_needs")
    assert segtool.check(table(**columns), by=["segment_needs"]).columns == ("segment_needs",)


def test_persian_headers_are_known() -> None:
    columns = {"بخش": ["Champions", "Lost"], "بخش (age)": ["a", "b"], "عنوان بخش": ["x"], "تعداد خرید": [1, 2]}
    columns |= {"روز از آخرین خرید": [3, 4]}
    found = segtool.check(table(**columns), goal="win-back")
    assert (found.columns, codes(found)) == (("بخش", "بخش (age)"), ["past-only"])
    assert segtool.check(table(**columns), by="segment_age").columns == ("بخش (age)",)


@pytest.mark.parametrize(
    "name", ["segment", "segment_since", "segment_value-loyalty", "monetary", "rfm_score_putler", "tenure_days"]
)
def test_a_header_in_any_language_is_read_back_as_its_name(name: str) -> None:
    assert {column_name(words_in(lang).header(name)) for lang in ("en", "fa")} == {name}


def test_a_segment_may_be_called_none_or_stand_in_one_row() -> None:
    found = segtool.check(table(1, segment=["None"]), ignore=("no-goal",))
    assert (codes(found), found.ignored) == (["thin-data", "too-vague"], ("no-goal",))


def test_without_a_column_of_segments_the_columns_are_listed() -> None:
    with pytest.raises(UsageError, match=r"table has no column of segments; say --by COL\. Columns: customer_id, city"):
        segtool.check(table(city=["Bonn"]))
    with pytest.raises(UsageError, match=r"--by segmnt: table has no such column\. Did you mean segment\?"):
        segtool.check(CLEAN, by="segmnt")
    with pytest.raises(UsageError, match=r"--ignore thin: there is no such check\. Did you mean thin-data\?"):
        segtool.check(CLEAN, ignore="thin")
    with pytest.raises(UsageError, match=r"--ignore x: there is no such check\. Codes: past-only, no-goal, thin-data,"):
        segtool.check(CLEAN, ignore=["no-goal", "x"])
    with pytest.raises(UsageError, match="There is no goal 'more'"):
        segtool.check(CLEAN, goal="more")


# Properties


@given(st.integers(1, 5000).flatmap(lambda base: st.tuples(st.integers(1, base), st.just(base))))
def test_the_limits_are_those_of_rfm(sizes: tuple[int, int]) -> None:
    customers, base = sizes
    limit = limits()["small-segment"]
    assert is_small(customers, customers / base) == (customers < limit["customers"] or customers / base < 0.01)


# The command


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(CLEAN.column_names)
        writer.writerows(zip(*(column.to_pylist() for column in CLEAN.columns), strict=True))
    return path


def test_the_command_ends_well_unless_it_is_to_fail(run: Run, labelled: Path) -> None:
    done = run("check", labelled.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "labelled.csv: 200 rows",
        "columns  segment",
        "",
        "no-goal",
        "  The segments serve no end that is said: there is no goal and no target, so",
        "  nobody can tell whether they work.",
        "  Way out: Say it: --goal with one of grow-sales, keep-customers, win-back,",
        "  improve-service, launch-product. segtool rfm takes it too, and --targets, as",
        "  'Champions >= 700 by 2027-03-20'; a Parquet table keeps both.",
        "",
        "Passed: past-only, thin-data, demographic-only, too-vague",
    ]
    failed = run("check", labelled.name, "--fail-warnings")
    assert (failed.returncode, failed.stdout) == (1, done.stdout)
    assert failed.stderr == "segtool: labelled.csv has mistakes: no-goal.\n"
    quiet = run("check", labelled.name, "-q", "--fail-warnings")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (1, "", failed.stderr)
    for options in (["--goal", "win-back"], ["--ignore", "no-goal"]):
        assert run("check", labelled, "--fail-warnings", *options).returncode == 0


def test_json_has_stable_keys(run: Run, labelled: Path) -> None:
    found = json.loads(run("check", labelled, "--json", "--ignore", "too-vague", "--by", "city").stdout)
    assert list(found) == [
        *("table", "rows", "columns", "goal", "findings", "passed", "unknown", "ignored", "version"),
    ]
    assert [list(each) for each in found["findings"]] == [["code", "columns", "message", "figures", "way_out"]]
    assert found["ignored"] == ["too-vague"]
    assert found["unknown"] == {"demographic-only": "no other column tells what they do"}
    figures = [figure for each in every_mistake("en").to_dict()["findings"] for figure in each["figures"]]
    assert {tuple(each) for each in figures} == {("column", "segment", "measure", "count", "share")}
    assert {each["measure"] for each in figures} == {"customers", "empty", "explains"}


def test_mistakes_of_the_caller_are_told_in_a_line(run: Run, labelled: Path) -> None:
    for args, code in ((["gone.csv"], 66), ([labelled, "--by", "nope"], 2), ([labelled, "--ignore", "x"], 2)):
        done = run("check", *args)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)


def test_stdin_is_read(run: Run, labelled: Path) -> None:
    done = run("check", "-", "--goal", "win-back", "--json", input=labelled.read_text("utf-8"))
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, [])


def every_mistake(lang: Any) -> Checked:
    columns = {"segment_age": ["18-24"] * 150 + ["25-34"] * 49 + ["35-44"], "segment_city": ["Bonn"]}
    columns |= {"monetary": [10, 20], "visits": [1, 2], "taste": [None, None, "sweet"], "age": [None]}
    return segtool.check(table(**columns), lang=lang, digits=lang)


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_every_mistake_is_told_in_80_columns(lang: Any) -> None:
    found = every_mistake(lang)
    page = render(found, words=words_in(lang, lang)).translate(MARKS)
    assert max(map(cell_len, page.splitlines())) <= 80
    assert [line for line in page.splitlines() if line in CODES] == codes(found)
    assert set(codes(found)) == set(CODES) - {"past-only"}


def test_persian_is_spoken_throughout() -> None:
    found = every_mistake("fa")
    for each in found.findings:
        names = r"segtool [a-z]+( [A-Z]+)*|--[a-z]+|'[^']*'|segment_\w+|[a-z]+-[a-z]+|Parquet|visits"
        assert re.findall("[A-Za-z]{2,}", re.sub(names, "", each.message + each.way_out)) == []
