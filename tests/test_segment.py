"""`segtool segment`: any table of customers, labelled by schemes over its columns."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError, SchemeError, UsageError
from segtool.segmenting import Segmented

PEOPLE = """\
customer_id,birth_date,City,tags,last_visit,monetary
1,2000-06-01,Berlin,a;vip,2024-01-31,10.50
2,1980-01-01,berlin,b,2024-05-01,20
3,,Ulm,,2024-06-30,
4,xx,,vip,2024-06-30,-5
"""

YOUNG = """\
[derived]
age = "age(birth_date)"
[[segments]]
name = "young"
title = { en = "Young", fa = "جوان" }
age = "<30"
[[segments]]
name = "older"
title = { en = "Older", fa = "بزرگ‌تر" }
age = ">=30"
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    (tmp_path / "young.toml").write_text(YOUNG, "utf-8")
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, "utf-8")
    return path


def codes(found: Segmented) -> list[str]:
    return [each.code for each in found.summary.warnings]


def test_every_row_comes_out_in_its_order_with_its_segment(run: Run, people: Path) -> None:
    done = run("segment", people.name, "--scheme", "./young.toml", "-q")
    assert done.stdout.splitlines() == [
        "customer_id,birth_date,City,tags,last_visit,monetary,segment_young",
        "1,2000-06-01,Berlin,a;vip,2024-01-31,10.50,young",
        "2,1980-01-01,berlin,b,2024-05-01,20,older",
        "3,,Ulm,,2024-06-30,,(none)",
        "4,xx,,vip,2024-06-30,-5,(none)",
    ]


def test_what_could_not_be_read_or_named_is_told_and_segments_add_up(people: Path) -> None:
    found = segtool.segment(people, str(people.parent / "young.toml"))
    assert codes(found) == ["unread-cells", "unmatched-rows", "as-of-gap"]
    assert [each.message for each in found.summary.warnings] == [
        'young: no rule can read 1 cell of birth_date, as "xx".',
        "young: no rule names 2 customers: they stand as (none). A default in the scheme gives them a name.",
        "The last date, 2024-06-30, lies 60 days after the one before it, 2024-05-01: a mistyped date? "
        "--as-of sets another.",
    ]
    assert (str(found.summary.as_of), found.summary.as_of_from) == ("2024-06-30", "data")
    [scheme] = found.summary.schemes
    told = [(each.name, each.customers, str(each.revenue)) for each in scheme.segments]
    assert told == [("young", 1, "10.50"), ("older", 1, "20.00"), ("(none)", 2, "-5.00")]
    assert (scheme.unmatched, str(found.summary.revenue)) == (2, "25.50")


def test_a_revenue_that_is_no_number_counts_as_nothing_and_is_told(people: Path) -> None:
    people.write_text(PEOPLE.replace(",-5", ",much"), "utf-8")
    found = segtool.segment(people, str(people.parent / "young.toml"))
    assert (codes(found)[-1], str(found.summary.revenue)) == ("unread-revenue", "30.50")


def test_a_family_runs_the_schemes_that_have_a_column_and_joins_them(people: Path) -> None:
    found = segtool.segment(people, "demographic", columns="gender=tags")
    assert codes(found) == ["skipped-members", "unread-cells", "as-of-gap"]
    assert found.table.column_names[6:] == ["segment_demographic", "segment_age", "segment_gender"]
    assert found.table["segment_demographic"].to_pylist() == [
        "18-24 · other",
        "35-44 · other",
        "unknown · unknown",
        "other · other",
    ]
    family = found.summary.schemes[0]
    assert family.members == ("age", "gender")
    assert list(family.skipped) == ["income", "marital", "household", "education", "occupation"]


def test_a_family_without_any_of_its_columns_is_an_error(run: Run, people: Path) -> None:
    done = run("segment", people.name, "--scheme", "technographic", "-o", "out.csv")
    assert done.returncode == 2
    assert done.stderr.startswith("segtool: people.csv has no column for any scheme of technographic: device")
    assert not (people.parent / "out.csv").exists()


def test_values_of_a_column_are_segments_called_as_most_rows_have_them(people: Path) -> None:
    people.write_text(PEOPLE.replace("Ulm", "BERLIN").replace("xx,,", "xx,Berlin,"), "utf-8")
    found = segtool.segment(people, "city")
    assert found.table["segment_city"].to_pylist() == ["Berlin"] * 4


def test_the_titles_stand_beside_in_another_language(people: Path) -> None:
    found = segtool.segment(people, str(people.parent / "young.toml"), lang="fa")
    assert found.table["segment_title_young"].to_pylist() == ["جوان", "بزرگ‌تر", "(none)", "(none)"]


def test_a_name_that_no_rule_asks_for_is_told(people: Path) -> None:
    named = ["agee=birth_date", "birth_date=birth_date", "revenue=monetary", "age=x"]
    found = segtool.segment(people, str(people.with_name("young.toml")), columns=named[:3], as_of="2024-06-30")
    assert codes(found)[0] == "unasked-column"
    assert found.summary.warnings[0].message == "--column agee=birth_date changes nothing: no rule asks for agee."
    assert codes(found).count("unasked-column") == 1
    with pytest.raises(UsageError, match="has no column 'x'"):
        segtool.segment(people, str(people.with_name("young.toml")), columns=named, as_of="2024-06-30")


def test_a_column_of_that_name_is_replaced_where_it_stands(people: Path) -> None:
    scheme = str(people.parent / "young.toml")
    once = segtool.segment(people, scheme).table
    columns = ["segment_young", *once.column_names[:-1]]
    again = segtool.segment(once.select(columns), scheme)
    assert again.table.column_names == columns
    assert again.table["segment_young"].to_pylist() == once["segment_young"].to_pylist()
    assert again.summary.replaced == ("segment_young",)


def test_a_table_of_rfm_is_as_of_its_run_and_keeps_what_that_noted(run: Run, six: Path) -> None:
    assert run("rfm", six.name, "-q", "-o", "segments.parquet").returncode == 0
    (six.parent / "late.toml").write_text('[[segments]]\nname = "late"\nlast_order = "older than 30 days"\n', "utf-8")
    done = run("segment", "segments.parquet", "--scheme", "./late.toml", "-q", "-o", "late.parquet")
    assert (done.returncode, done.stderr) == (0, "")
    found = pq.read_table(six.parent / "late.parquet")
    named = dict(zip(found["customer_id"].to_pylist(), found["segment_late"].to_pylist(), strict=True))
    assert named == {"ann": "(none)", "ben": "late", "cid": "(none)", "dee": "(none)", "eve": "(none)", "fay": "late"}
    metadata = found.schema.metadata
    assert json.loads(metadata[b"segtool"])["scheme"] == "loyalty-matrix"
    assert json.loads(metadata[b"segtool_segment"])["as_of_from"] == "table"
    assert found.schema.field("monetary").type == pa.float64()


def test_value_tiers_of_a_table_of_rfm_share_out_its_revenue(six: Path) -> None:
    found = segtool.segment(segtool.rfm(six).table, "value-tier")
    # 99.99, 40, 25.50, 21.75, 20, 3 of 210.24: above each 0, 47.6, 66.6, 78.7, 89.1 and 98.6%
    named = dict(zip(*(found.table[name].to_pylist() for name in ("customer_id", "segment_value-tier")), strict=True))
    assert named == {"ann": "A", "ben": "A", "cid": "B", "dee": "A", "eve": "A", "fay": "C"}
    assert sum(each.revenue or 0 for each in found.summary.schemes[0].segments) == found.summary.revenue


def test_several_files_with_the_same_columns_are_one_table(run: Run, people: Path) -> None:
    (people.parent / "more.csv").write_text(
        "City,customer_id,birth_date,tags,last_visit,monetary\nBonn,5,1990-01-01,,,1\n"
    )
    done = run("segment", people.name, "more.csv", "--scheme", "./young.toml", "-q")
    assert done.stdout.splitlines()[-1] == "5,1990-01-01,Bonn,,,1,older"
    (people.parent / "other.csv").write_text("customer_id,town\n5,Bonn\n")
    done = run("segment", people.name, "other.csv", "--scheme", "./young.toml")
    assert (done.returncode, done.stdout) == (65, "")
    assert "other.csv has other columns than people.csv: " in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--scheme", "putler"], 2, "Scheme putler names scores of orders: segtool rfm orders.csv --scheme putler."),
        (["--scheme", "demografic"], 2, "Did you mean demographic?"),
        (["--scheme", "./none.toml"], 66, "There is no scheme file ./none.toml."),
        (["--scheme", "gender"], 78, "gender: segment female: people.csv has no column 'gender'."),
        (["--scheme", "city", "--column", "city"], 2, "--column 'city' is no pair; write it as age=customer_age."),
        (["--scheme", "city", "--column", "city=Town"], 2, "--column city=Town: people.csv has no column 'Town'."),
        (["--scheme", "./young.toml", "--as-of", "soon"], 2, "--as-of 'soon' is not a date"),
        ([], 2, "Missing option '--scheme'."),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(
    run: Run, people: Path, options: list[str], code: int, message: str
) -> None:
    done = run("segment", people.name, *options, "-o", "out.csv")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (people.parent / "out.csv").exists()


def test_ages_without_a_day_to_count_from_are_an_error(people: Path) -> None:
    table = pa.table({"birth_date": ["2000-01-01"]})
    with pytest.raises(UsageError, match="does not tell as of when ages and days are counted; say --as-of DATE"):
        segtool.segment(table, "age")
    assert segtool.segment(table, "age", as_of="2024-12-31").table["segment_age"].to_pylist() == ["18-24"]


@pytest.mark.parametrize("days", [{}, {"last_order": ["", ""], "birth_date": ["", ""]}])
def test_no_day_is_asked_for_where_no_cell_is_one(days: dict[str, list[str]]) -> None:
    found = segtool.segment(pd.DataFrame({"orders": [0, 3], **days}), "lifecycle")
    assert found.customers["segment_lifecycle"].tolist() == ["prospect", "returning"]
    assert (found.summary.as_of, found.summary.as_of_from) == (None, None)


def test_nobody_has_an_age_where_no_birth_date_is_known() -> None:
    found = segtool.segment(pd.DataFrame({"birth_date": ["", None]}), "age")
    assert found.customers["segment_age"].tolist() == ["unknown", "unknown"]


def test_a_row_that_is_none_is_an_error_with_its_place(people: Path) -> None:
    people.write_text(PEOPLE + "5,1990-01-01\n6\n", "utf-8")
    with pytest.raises(DataError, match=r"people\.csv:6: '5,1990-01-01' is no whole row.*\(1 more such row"):
        segtool.segment(people, "city")


def test_a_table_without_rows_is_an_error(people: Path) -> None:
    people.write_text("customer_id,city\n", "utf-8")
    with pytest.raises(DataError, match="has a header, but no rows"):
        segtool.segment(people, "city")


def test_a_last_day_far_behind_all_others_is_told() -> None:
    """One mistyped year makes everybody else look lapsed."""
    days = pd.DataFrame({"orders": [2, 2, 2], "last_order": ["2024-01-01", "2024-02-01", "2042-02-01"]})
    found = segtool.segment(days, "lifecycle")
    assert found.customers["segment_lifecycle"].tolist() == ["lapsed", "lapsed", "returning"]
    assert codes(found) == ["as-of-gap"]
    assert "2042-02-01" in found.summary.warnings[0].message
    assert codes(segtool.segment(days, "lifecycle", as_of="2024-02-01")) == []
    assert codes(segtool.segment(days[:2], "lifecycle")) == []
    assert codes(segtool.segment(days[2:], "lifecycle")) == []


def test_a_column_with_two_readings_is_refused(people: Path) -> None:
    people.write_text(PEOPLE.replace("2024-01-31", "03/04/2024"), "utf-8")
    (people.parent / "late.toml").write_text('[[segments]]\nname = "late"\nlast_visit = "older than 30 days"\n')
    with pytest.raises(DataError, match=r'last_visit "03/04/2024" can be read in two ways.*--day-first'):
        segtool.segment(people, str(people.parent / "late.toml"), as_of="2024-06-30")


def test_a_frame_goes_in_and_comes_out() -> None:
    people = pd.DataFrame({"customer_id": ["ann", "ben"], "Age": [27, None]})
    found = segtool.segment(people, ["age"])
    assert found.customers["segment_age"].tolist() == ["25-34", "unknown"]
    assert repr(found) == "<2 customers, age>"
    assert list(people) == ["customer_id", "Age"]


def test_an_unknown_column_of_a_file_is_named_with_the_nearest(people: Path) -> None:
    scheme = people.parent / "near.toml"
    scheme.write_text('[[segments]]\nname = "b"\nany = [{ Citty = "Berlin" }]\n', "utf-8")
    with pytest.raises(
        SchemeError, match=r"near\.toml: segment b: .*people\.csv has no column 'Citty'.*Did you mean City\?"
    ):
        segtool.segment(people, str(scheme))


def test_json_and_the_summary_file_tell_the_same(run: Run, people: Path) -> None:
    done = run("segment", people.name, "--scheme", "city", "--json", "-o", "o.csv", "--summary-file", "s.json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads((people.parent / "s.json").read_text("utf-8"))


@given(st.lists(st.sampled_from(["17", "18", "64.5", "65", "", "old", "-1"]), min_size=1, max_size=30))
def test_no_row_is_lost_and_sizes_add_up(ages: list[str]) -> None:
    table = pa.table({"n": range(len(ages)), "age": ages})
    found = segtool.segment(table, ["age", "demographic"])
    assert found.table["n"].to_pylist() == list(range(len(ages)))
    for scheme in found.summary.schemes:
        assert sum(each.customers for each in scheme.segments) == len(ages)
        assert sum(each.share for each in scheme.segments) == pytest.approx(1)


def test_threads_and_files_change_nothing(run: Run, tmp_path: Path) -> None:
    options = ["--scheme", "value", "--scheme", "response", "-q"]
    tables = [
        run("segment", ROOT / "examples/behavior.csv", *options, "--threads", threads).stdout for threads in ("1", "3")
    ]
    assert tables[0] == tables[1]
