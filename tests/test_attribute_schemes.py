"""Schemes over columns: what a file can and cannot do, and that every row is in one segment."""

import json
import re
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.attributes import read_customer_table
from segtool.errors import SchemeError, UsageError
from segtool.segmenting import Segmented
from segtool.segments.attribute_scheme import AttributeScheme, parse
from segtool.segments.families import Family
from segtool.segments.labelling import Labelling, label

Made = Callable[..., str]

PEOPLE = {"age": [17, 30, 70, None], "city": ["Bonn", "ULM", "Bonn ", ""], "spend": [5.0, 50.0, 500.0, 0.5]}


@pytest.fixture
def scheme(tmp_path: Path) -> Made:
    def write(text: str, name: str = "mine") -> str:
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def segmented(scheme: str, people: Any = None, **options: Any) -> Segmented:
    return segtool.segment(pd.DataFrame(PEOPLE) if people is None else people, scheme, **options)


def column(scheme: str, people: Any = None, **options: Any) -> list[str]:
    return segmented(scheme, people, **options).table["segment_mine"].to_pylist()


def labelled(asked: AttributeScheme | Family, people: dict[str, Any] | pa.Table) -> Labelling:
    table = people if isinstance(people, pa.Table) else pa.table(people)
    return label(read_customer_table(table), [asked]).labellings[0]


def segment(name: str, conditions: str) -> str:
    return f"[[segments]]\nname = {name!r}\n{conditions}\n"


# What rows are in


def test_the_first_rule_that_holds_names_a_row(scheme: Made) -> None:
    text = segment("young", "age = '..29'") + segment("rich", "spend = '>100'") + segment("grown", "age = '18..'")
    assert column(scheme(text)) == ["young", "grown", "rich", "(none)"]


def test_rows_that_no_rule_names_are_in_the_default(scheme: Made) -> None:
    text = "default = 'rest'\n" + segment("young", "age = '..29'")
    assert column(scheme(text)) == ["young", "rest", "rest", "rest"]


def test_the_default_can_be_a_segment_with_a_title_and_a_rule(scheme: Made) -> None:
    text = "default = 'rest'\n" + segment("rest", "title = 'All others'\nage = 70") + segment("known", "age = '..99'")
    found = segmented(scheme(text))
    assert found.table["segment_mine"].to_pylist() == ["known", "known", "rest", "rest"]


def test_a_default_without_a_rule_stands_where_the_file_has_it(scheme: Made) -> None:
    text = "default = 'rest'\n" + segment("rest", "") + segment("known", "age = '..99'")
    assert column(scheme(text)) == ["known", "known", "known", "rest"]


def test_every_value_is_a_segment_called_as_most_rows_have_it(scheme: Made) -> None:
    people = pd.DataFrame({"city": ["Ulm", "ULM", "Ulm", "كرج", "کرج", "کرج", "-", None, "Bonn"]})
    text = "each = 'city'\n" + segment("unknown", "city = { is = 'empty' }")
    assert column(scheme(text), people) == ["Ulm"] * 3 + ["کرج"] * 3 + ["unknown"] * 2 + ["Bonn"]


def test_a_value_that_is_called_as_a_segment_is_in_it(scheme: Made) -> None:
    people = pd.DataFrame({"city": ["Unknown", "Bonn", None, "OTHER"]})
    text = "each = 'city'\ndefault = 'other'\n" + segment("unknown", "city = { is = 'empty' }")
    found = segmented(scheme(text), people)
    assert found.table["segment_mine"].to_pylist() == ["unknown", "Bonn", "unknown", "other"]
    assert [each.name for each in found.summary.schemes[0].segments].count("unknown") == 1


def test_values_of_a_function_are_segments_too(scheme: Made) -> None:
    people = pd.DataFrame({"born": ["2000-12-01", "1999-01-31", "x"]})
    assert column(scheme("each = 'month(born)'"), people) == ["12", "1", "(none)"]


def test_a_column_is_derived_where_the_table_has_none_of_its_name(scheme: Made) -> None:
    text = "[derived]\nage = ['years', 'age(birth_date)']\n" + segment("grown", "age = '18..'")
    born = pd.DataFrame({"birth_date": ["2000-01-01", "2020-01-01"]})
    assert column(scheme(text), born, as_of="2024-01-01") == ["grown", "(none)"]
    assert column(scheme(text), born.assign(age=[1, 18]), as_of="2024-01-01") == ["(none)", "grown"]
    assert column(scheme(text), born.assign(years=[1, 18]), as_of="2024-01-01") == ["(none)", "grown"]


def test_cells_that_cannot_be_read_are_told(scheme: Made) -> None:
    people = pd.DataFrame({"age": ["17", "old", "", "99", "ill"]})
    found = segmented(scheme(segment("young", "age = '..29'")), people)
    warning = next(each for each in found.summary.warnings if each.code == "unread-cells")
    assert all(word in str(warning) for word in ("2 cells of age", "old"))


def test_the_day_is_that_of_the_last_visit_and_not_of_what_lies_ahead(scheme: Made) -> None:
    people = pd.DataFrame({"last_visit": ["2024-01-01", "2024-01-31"], "renewal": ["2024-02-10", "2025-01-01"]})
    text = segment("due", "renewal = 'within the next 30 days'\nlast_visit = 'within 60 days'")
    found = segmented(scheme(text), people)
    assert str(found.summary.as_of) == "2024-01-31"
    assert found.table["segment_mine"].to_pylist() == ["due", "(none)"]


def test_numbers_of_json_have_a_decimal_point_and_those_of_a_sheet_can_be_days(scheme: Made, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"spend": 1.234, "last_visit": "2024-01-31"}\n', encoding="utf-8")
    text = segment("small", "spend = 1.234") + segment("new", "last_visit = 2024-01-31")
    assert column(scheme(text), str(tmp_path / "one.jsonl")) == ["small"]
    needs("fastexcel")
    pd.DataFrame({"last_visit": [45322], "spend": [5]}).to_excel(
        tmp_path / "one.xlsx", index=False, engine="xlsxwriter"
    )
    assert column(scheme(text), str(tmp_path / "one.xlsx")) == ["new"]


_CELLS = st.one_of(st.none(), st.sampled_from(["", "17", "30", "x", "Bonn", "ULM", " bonn", "a · b", "unknown"]))


@given(st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=30), st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_no_row_is_lost_whatever_stands_in_it(rows: list[Any], each: bool, default: bool) -> None:
    text = ("each = 'city'\n" if each else "") + ("default = 'rest'\n" if default else "")
    text += segment("young", "age = '..29'") + segment("unknown", "city = { is = 'empty' }")
    table = pa.table(
        {
            "age": pa.array([row[0] for row in rows], pa.string()),
            "city": pa.array([row[1] for row in rows], pa.string()),
        }
    )
    found = labelled(parse(text, "mine"), table)
    names = [own.name for own in found.found]
    assert len(found.column) == len(rows)
    assert len(set(names)) == len(names)
    for (age, city), name in zip(rows, found.column.to_pylist(), strict=True):
        if age == "17":
            assert name == "young"
        elif city in (None, ""):
            assert name == "unknown"
        elif not each:
            assert name == ("rest" if default else "(none)")
        else:
            assert name.strip().lower() == city.strip().lower()


# Families


def family(*texts: str, join: Any = "all") -> Family:
    schemes = tuple(parse(text, f"s{at}") for at, text in enumerate(texts))

    class Own(Family):
        @property
        def schemes(self) -> tuple[AttributeScheme, ...]:
            return schemes

    return Own("both", {"en": "Both"}, {"en": ""}, tuple(each.name for each in schemes), join)


def test_the_segments_of_a_family_stand_side_by_side() -> None:
    found = labelled(family(segment("young", "age = '..29'"), segment("rich", "spend = '>100'")), PEOPLE)
    assert found.column.to_pylist() == ["young · (none)", "(none) · (none)", "(none) · rich", "(none) · (none)"]
    assert [each.name for each in found.members] == ["s0", "s1"]


def test_members_without_their_column_are_skipped_and_told() -> None:
    found = labelled(family(segment("young", "age = '..29'"), segment("tall", "height = '>180'")), PEOPLE)
    assert found.column.to_pylist() == ["young", "(none)", "(none)", "(none)"]
    assert found.skipped == {"s1": "height"}


def test_a_family_without_any_of_its_columns_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"^table has no column for any scheme of both: height, weight\. Columns: age, city"
    ):
        labelled(family(segment("tall", "height = '>180'"), segment("fit", "weight = '<80'")), PEOPLE)


def test_combinations_of_one_name_are_one_segment() -> None:
    people = {"one": ["a", "a · b"], "two": ["b · c", "c"]}
    found = labelled(family("each = 'one'", "each = 'two'"), people)
    assert found.column.to_pylist() == ["a · b · c"] * 2
    assert [each.name for each in found.found] == ["a · b · c"]


def test_many_members_with_many_values_are_joined() -> None:
    people = {f"c{at}": [f"{row * (at + 3) % 97}" for row in range(3000)] for at in range(6)}
    found = labelled(family(*(f"each = '{name}'" for name in people)), people)
    assert found.column.to_pylist() == [" · ".join(row) for row in zip(*people.values(), strict=True)]


def test_the_lowest_of_the_members_decides_but_not_one_that_knows_nothing() -> None:
    levels = "".join(segment(name, "{0} = " + repr(name)) for name in ("high", "middle", "low"))
    unknown = segment("unknown", "{0} = {{ is = 'empty' }}")
    members = [(levels + unknown).format(name) for name in ("one", "two")]
    people = {"one": ["high", "low", "high", None, None], "two": ["middle", "high", None, "middle", None]}
    found = labelled(family(*members, join="lowest"), people)
    assert found.column.to_pylist() == ["middle", "low", "high", "middle", "unknown"]


def test_two_schemes_of_one_name_are_refused(scheme: Made) -> None:
    text = segment("young", "age = '..29'")
    other = Path(scheme(text)).parent / "other"
    other.mkdir()
    (other / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="Two schemes are called 'mine'"):
        segtool.segment(pd.DataFrame(PEOPLE), [scheme(text), str(other / "mine.toml")])
    with pytest.raises(UsageError, match="Two schemes are called 'age'"):
        segtool.segment(pd.DataFrame(PEOPLE), [scheme(text, "age"), "demographic"])


# What is written


def test_columns_of_any_type_come_out_as_they_went_in(scheme: Made, tmp_path: Path, run: Any) -> None:
    columns = {
        "age": pa.array([17, 30]),
        "price": pa.array([Decimal("18.25"), None], pa.decimal128(10, 2)),
        "long": pa.array([Decimal("123456789012345678901.5"), None], pa.decimal128(38, 1)),
        "tags": pa.array([["a", "b"], []]),
        "nested": pa.array([{"x": 1}, None]),
        "bytes": pa.array([b"x", None]),
        "coded": pa.array(["x", "y"]).dictionary_encode(),
        "ratio": pa.array([0.5, float("nan")]),
        "none": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    own = scheme(segment("young", "age = '..29'"))
    for name in ("out.parquet", "out.csv", "out.jsonl", "out.md"):
        assert run("segment", tmp_path / "in.parquet", "--scheme", own, "-o", tmp_path / name).returncode == 0
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column("tags").to_pylist() == [["a", "b"], []]
    for name in ("price", "long", "nested", "bytes", "coded"):
        assert found.column(name).to_pylist() == columns[name].to_pylist()
    assert (tmp_path / "out.csv").read_text().splitlines()[1:] == [
        "17,18.25,123456789012345678901.5,a;b,{'x': 1},x,x,0.5,,young", '30,,,"",,,y,,,(none)',
    ]  # fmt: skip
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[1])["ratio"] is None
    needs("xlsxwriter")
    assert run("segment", tmp_path / "in.parquet", "--scheme", own, "-o", tmp_path / "out.xlsx").returncode == 0


# What is refused

YOUNG = segment("young", "age = '..29'")

REFUSED = {
    "": "[[segments]] is missing: one table a segment, with its name and conditions",
    "segments = []": "[[segments]] is missing: one table a segment, with its name and conditions",
    "[[segments]]": "segment 1 has no name",
    segment("a", ""): "segment a: it has no conditions; say which columns hold what, as age = '25..34'",
    YOUNG + YOUNG: "segment young stands twice; any = [{ … }, { … }] gives one segment several rules",
    segment("a", "age = '34..25'"): "segment a: age: '34..25' begins after its end",
    segment("a", "any = [{ age = {} }]"): "segment a: age: {} asks for nothing; it can say is, has, not, within, older",
    segment("a", "r = 5"): "[scoring] is missing: it names the axes, as r = { bins = 5 }. A column is 'column(r)'",
    "colour = 'red'\n" + YOUNG: "'colour' is no key here",
    "each = 3\n" + YOUNG: "each is a text",
    "each = 'age(a, b)'\n" + YOUNG: "each: age(a, b) is not of one column",
    "derived = 3\n" + YOUNG: "[derived] is a table of columns, as age = 'age(birth_date)'",
    "derived.age = [3]\n" + YOUNG: "[derived] age is a column or a function of one, as 'age(birth_date)'",
    "optional = 'age'\n" + YOUNG: "optional is a list of columns that a table need not have, as ['city', 'region']",
    "default = 3\n" + YOUNG: "default is a text",
    segment("(none)", "age = 3"): "segment (none): rows that no rule names are called so; say default = '…'",
    '[[segments]]\nname = "a\\nb"\nage = 3': "segment a\\nb: its name has letters that cannot be printed",
    '[[segments]]\nname = "a\\u0000b"\nage = 3': "segment a\\x00b: its name has letters that cannot be printed",
    segment("a" * 200, "age = 3"): "its name is longer than 100 letters",
    segment("a", "age = inf"): "segment a: age: inf is no number to compare with",
    segment("a", "age = " + "9" * 5000): "a number in it is too long",
    segment("a", "age = " + "9" * 1000): "segment a: age: a number is too long",
    segment("a", "age = " + "[" * 2000): "has lists or tables too deep in one another",
    segment("a", "age" + ".not" * 5000 + " = 3"): "conditions stand too deep in one another",
    segment("a", "where = '" + "(" * 4000 + "'"): "has conditions too deep in one another",
    segment("a", "where = 'age > 3 or'"): "segment a: where: ends where a column is missing",
    "[[segments]\nname": "is no TOML",
    "x = \x00": "is no TOML",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_scheme_that_says_nothing_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SchemeError) as told:
        parse(text, "mine", "mine.toml")
    message = str(told.value)
    assert message.startswith("mine.toml")
    assert REFUSED[text] in message
    assert "\n" not in message
    assert len(message) < 300


MISSING = {
    segment("a", "hight = 3"): (
        "mine.toml: segment a: table has no column 'hight'. Did you mean height? "
        "Say --column hight=COL for another name."
    ),
    segment("a", "'days(last_seen)' = 3"): (
        "mine.toml: segment a: table has no column 'last_seen' of days(last_seen). Columns: age, height. "
        "Say --column last_seen=COL for another name."
    ),
    segment("a", "where = 'age = Berlin'"): (
        "mine.toml: segment a: table has no column 'Berlin'. Columns: age, height. "
        "Say --column Berlin=COL for another name. A text stands in quotes: 'Berlin'."
    ),
    "each = 'hight'": (
        "mine.toml: table has no column 'hight'. Did you mean height? Say --column hight=COL for another name."
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", MISSING)
def test_a_column_that_is_not_there_is_named_with_its_segment_and_the_nearest(text: str) -> None:
    with pytest.raises(SchemeError) as told:
        labelled(parse(text, "mine", "mine.toml"), {"age": [1], "height": [2]})
    assert str(told.value) == MISSING[text]


def test_a_column_that_stands_twice_is_refused_where_a_rule_looks_at_it() -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["age", "age", "b"])
    assert labelled(parse(segment("a", "b = 3"), "mine"), twice).column.to_pylist() == ["a"]
    with pytest.raises(segtool.errors.DataError, match="table has 2 columns 'age'"):
        labelled(parse(segment("a", "age = 1"), "mine"), twice)


# What cannot be done

EVIL = [
    "__import__('os').system('touch SENTINEL')",
    "{0.__class__.__mro__}",
    "$(touch SENTINEL)",
    "`touch SENTINEL`",
    "%s%n%x",
    "{name}",
    "../../etc/passwd",
    "file:///etc/passwd",
    "=cmd|' /C calc'!A0",
    "x<script>alert(1)</script>",
    "'; DROP TABLE people; --",
    "(?P<x>a+)+$",
    "\\Q\\E[a-",
    "$1",
    "\x1b[31m",
    "a\x00b",
]


@pytest.mark.parametrize("text", EVIL)
def test_texts_are_compared_and_never_run(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    quoted = '"' + "".join(f"\\u{ord(letter):04x}" for letter in text) + '"'
    rules = f"[[segments]]\nname = 'same'\nc = {quoted}\n[[segments]]\nname = 'begins'\nc = {{ has = {quoted} }}\n"
    found = labelled(parse(rules, "mine"), {"c": [text, f"{text}x", "other", None]})
    assert found.column.to_pylist()[:1] + found.column.to_pylist()[2:] == ["same", "(none)", "(none)"]
    for where in (
        f"[[segments]]\nname = 'a'\n{quoted} = 1",
        f"each = {quoted}",
        f"derived.c = {quoted}\n" + segment("a", "c = 1"),
    ):
        with pytest.raises((SchemeError, UsageError)) as told:
            labelled(parse(where, "mine"), {"d": ["1"]})
        assert str(told.value).isprintable()
    assert not list(tmp_path.iterdir())


def test_long_texts_and_many_values_take_no_time() -> None:
    begun = time.perf_counter()
    found = labelled(parse(segment("a", f"c = '{'x' * 10_000_000}'"), "mine"), {"c": ["x" * 10_000_000, "x"]})
    assert found.column.to_pylist() == ["a", "(none)"]
    many = ", ".join(f"'{number}'" for number in range(50_000))
    assert labelled(parse(segment("a", f"c = [{many}]"), "mine"), {"c": ["49999", "50000"]}).column.to_pylist() == [
        "a",
        "(none)",
    ]
    with pytest.raises(SchemeError, match="is too long for a text with"):
        parse(segment("a", f"c = '{'x*' * 1_000_000}'"), "mine")
    with pytest.raises(SchemeError, match="is too long to be a rule"):
        parse(segment("a", f"where = '{'x = 1 or ' * 100_000}'"), "mine")
    assert time.perf_counter() - begun < 20


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_is_a_scheme_or_refused_in_one_line(text: str) -> None:
    for own in (text, f"[[segments]]\nname = 'a'\n{text}", f"each = 'c'\n{text}"):
        try:
            parse(own, "mine", "mine.toml")
        except SchemeError as error:
            assert re.fullmatch(r"mine\.toml.*", str(error))  # noqa: PT017
