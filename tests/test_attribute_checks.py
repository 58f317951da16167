"""Schemes over columns: what is proven of them on rows of every kind, and how they are told."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from segtool.attributes import read_customer_table
from segtool.output.attribute_schemes import render_attribute_scheme, render_families, render_family
from segtool.output.schemes import render_reports
from segtool.rules.columns import Spelled
from segtool.rules.line import parse as parse_rule
from segtool.segments import attribute_check
from segtool.segments.attribute_check import AttributeReport, check_attributes
from segtool.segments.attribute_scheme import AttributeScheme, parse
from segtool.segments.attribute_wording import asked_of, in_words
from segtool.segments.families import Family, attribute_scheme, attribute_schemes
from segtool.segments.labelling import label
from segtool.words import LANGUAGES, words_in

MARKS = dict.fromkeys(map(ord, "\u2067\u2069\u200e"))


def scheme(*rules: str, default: str | None = None, head: str = "") -> AttributeScheme:
    """Return a scheme whose segments are called by letters, a rule each as a line of text."""
    named = "".join(
        f"[[segments]]\nname = '{letter}'\nwhere = '''{rule}'''\n"
        for letter, rule in zip("abcdefgh", rules, strict=False)
    )
    return parse((f"default = '{default}'\n" if default else "") + head + named, "mine")


def report(*rules: str, **options: Any) -> AttributeReport:
    return check_attributes(scheme(*rules, **options))


# By hand


def test_bands_of_numbers_have_holes_for_fractions_and_for_empty_cells() -> None:
    found = report("age <= 17", "age in 18..64", "age >= 65")
    assert found.gaps == ({"age": "17.5"}, {"age": "64.5"}, {"age": None})
    assert (found.is_sound, found.proven, found.terms) == (False, True, ("age",))
    assert report("age < 18", "age < 65", "age >= 65", "age is empty").is_sound


def test_a_rule_behind_one_that_always_holds_is_never_reached() -> None:
    found = report("age < 30 or age is empty", "age in 18..25", "age >= 20")
    [hidden] = found.hidden
    assert (hidden.segment, hidden.behind, hidden.example) == ("b", ("a",), {"age": "18"})
    found = report('city = "Ulm"', "age < 30", 'city = "Ulm" and age < 20', "age >= 30", "age is empty")
    assert [(each.segment, each.behind) for each in found.hidden] == [("c", ("a",))]
    found = report("age < 20", "age < 40", "age < 30", "age >= 40 or age is empty")
    assert [(each.segment, each.behind) for each in found.hidden] == [("c", ("a", "b"))]


def test_a_rule_that_cannot_hold_is_told() -> None:
    found = report("age > 30 and age < 20", 'city = "Ulm" and city is empty', "not age is empty", "age is empty")
    assert (found.impossible, found.gaps, found.hidden) == (("a", "b"), (), ())
    assert report("age > 30 and age < 31", default="b").impossible == ()  # 30.5


def test_a_default_takes_what_no_rule_names_and_a_row_of_it_is_told() -> None:
    found = report("age < 30", default="others")
    assert (found.is_sound, found.default, found.default_cases, found.default_example) == (
        True, "others", 2, {"age": "30"},
    )  # fmt: skip
    assert report("age is empty", "age is filled", default="others").default_example is None


def test_only_what_matters_of_a_row_stands_in_an_example() -> None:
    found = report('city = "Ulm" and vip is true', "age < 30", "age >= 30")
    assert found.gaps == (
        {"age": None, "vip": "no"},
        {"age": None, "vip": None},
        {"age": None, "city": "(another text)"},
        {"age": None, "city": None},
    )
    assert report("age < 30 or age is empty", 'city = "Ulm"').gaps == (
        {"age": "30", "city": "(another text)"},
        {"age": "30", "city": None},
    )


def test_texts_are_each_of_them_and_another_one() -> None:
    found = report('city in ("Bonn", "Ulm*")', "city is empty")
    assert (found.gaps, found.cases) == (({"city": "(another text)"},), 3)
    found = report('city = "web*" and city = "*shop"', 'city = "web*"', 'city = "*shop"', default="x")
    assert (found.impossible, found.hidden) == ((), ())  # webshop is of both kinds


def test_lists_are_some_entries_and_not_others() -> None:
    found = report('tags has "a" and not tags has "b"', 'tags has "a"', 'tags has "a" and tags has "b"', default="x")
    assert ([each.segment for each in found.hidden], found.impossible) == (["c"], ())


def test_yes_and_no_leave_the_empty_cell() -> None:
    assert report("vip is true", "vip is false").gaps == ({"vip": None},)


def test_days_and_ages_are_told_around_a_day() -> None:
    found = report("last_visit within 30 days", "last_visit older than 30 days", "last_visit is empty")
    assert (found.gaps, found.as_of) == (({"last_visit": "2024-06-16"},), date(2024, 6, 15))
    found = report("age(born) < 18", "age(born) in 18..64", "age(born) > 64")
    assert found.gaps == ({"born": None},)
    found = report("age(born) in 0..17", "age(born) in 19..120", "born is empty")
    assert found.gaps == ({"age(born)": "121"}, {"age(born)": "18"})
    assert report("month(born) in 1..11", "born is empty").gaps == ({"month(born)": "12"},)
    assert report("last_visit >= 2030-01-01", default="x").as_of == date(2030, 1, 1)
    assert report("year(day) in 0..99999", "day is empty").is_sound
    assert report("year(day) < 9999", "year(day) > 9999", "day is empty").impossible == ("b",)
    found = report("year(born) = 1990 and age(born) > 60", default="x")
    assert found.impossible == ("a",)


def test_two_columns_are_less_equal_and_more() -> None:
    assert report("spend > budget", "spend <= budget", "spend is empty or budget is empty").is_sound
    found = report("spend > budget", "spend < budget", "spend is empty", "budget is empty")
    assert all(gap["spend"] == gap["budget"] for gap in found.gaps)
    assert found.gaps
    assert report("spend > budget and budget > 100 and spend < 50", default="x").impossible == ("a",)


def test_shares_of_all_rows_are_numbers_where_their_column_has_one() -> None:
    rules = ["share_above(revenue) < 80%", "share_above(revenue) < 95%", "share_above(revenue) >= 95%"]
    assert report(*rules, "revenue is empty").is_sound
    assert report(*rules).gaps == ({"revenue": None},)
    assert report("rows_above(revenue) > 120%", default="x").impossible == ("a",)
    assert report("filled(*) < 50%", "filled(*) > 50%").gaps == ({"filled(*)": "0.5"},)
    found = report("ratio(revenue, orders) < 20", "ratio(revenue, orders) > 20", "revenue is empty or orders is empty")
    assert found.gaps == ({"ratio(revenue, orders)": "20"},)
    assert report("filled(email, phone) = 1", "filled(email, phone) = 0.5", "filled(email, phone) = 0").is_sound


def test_each_value_of_a_column_is_a_segment_and_an_empty_one_is_not() -> None:
    found = report('country = "Iran"', head="each = 'country'\n")
    assert (found.gaps, found.each) == (({"country": None},), "country")
    assert report("country is empty", head="each = 'country'\n").is_sound


def test_too_many_kinds_of_rows_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribute_check, "MOST_CASES", 8)
    found = report("age > 30 and age < 20", 'age > 10 and city = "Ulm"', default="x")
    assert (found.proven, found.impossible, found.gaps, found.is_sound) == (False, ("a",), (), False)
    page = render_reports([found], words_in())
    assert "too many to try" in page


# Against rows


NUMBERS = [None, "-5", "0", "9.5", "10", "10.5", "19", "20", "20.5", "21", "1000"]
TEXTS = [None, "Ulm", "ulm", "Bonn", "Webshop", "web", "Köln"]
DAYS = [None, "2020-02-29", "2023-06-14", "2024-05-15", "2024-05-16", "2024-06-15", "2024-06-16", "2031-01-01"]
TESTS = [
    *("n < 10", "n >= 10", "n in 10..20", "n > 20", "n = 20", "n is empty", "n > m", "n = m", "m >= 20"),
    *('t = "Ulm"', 't = "web*"', 't in ("Bonn", "*shop")', "t is empty", "t is filled"),
    *("d within 30 days", "d older than 1 year", "days(d) < 31", "age(d) >= 4", "month(d) = 6", "d is empty"),
]


def rules() -> st.SearchStrategy[str]:
    tests = st.sampled_from(TESTS)
    parts = st.recursive(
        tests,
        lambda inner: st.tuples(inner, st.sampled_from(["and", "or", "and not"]), inner).map(
            lambda each: f"({each[0]} {each[1]} {each[2]})"
        ),
        max_leaves=3,
    )
    return parts.map(str)


@settings(max_examples=60)
@given(st.lists(rules(), min_size=1, max_size=4), st.data())
def test_rows_of_any_kind_are_named_as_the_report_says(texts: list[str], data: st.DataObject) -> None:
    mine = scheme(*texts)
    found = check_attributes(mine)
    drawn = st.lists(st.tuples(*map(st.sampled_from, (NUMBERS, NUMBERS, TEXTS, DAYS))), min_size=1, max_size=60)
    named = names(mine, data.draw(drawn))
    assert not set(named) & {*found.impossible, *(each.segment for each in found.hidden)}
    assert "(none)" not in named or found.gaps
    plain = [gap for gap in found.gaps if all("(" not in column for column in gap)]
    if plain:
        free = {"n": NUMBERS, "m": NUMBERS, "t": TEXTS, "d": DAYS}
        cells = [[gap.get(name, data.draw(st.sampled_from(pool))) for name, pool in free.items()] for gap in plain]
        assert set(names(mine, cells)) == {"(none)"}


def names(mine: AttributeScheme, rows: Sequence[Sequence[Any]]) -> list[str]:
    columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    customers = read_customer_table(pa.table(dict(zip("nmtd", columns, strict=True))))
    done = label(customers, [mine], as_of=date(2024, 6, 15), spelled=Spelled(".", day_first=True))
    return list(done.labellings[0].column.to_pylist())


@given(st.integers(0, 120), st.integers(0, 120), st.integers(0, 45_000))
def test_ages_are_proven_as_they_are_counted(low: int, high: int, before: int) -> None:
    """A day anywhere is named as some day that was tried, so what has no gap names it."""
    mine = scheme(f"age(d) < {low}", f"age(d) in {low}..{max(low, high)}", f"age(d) > {max(low, high)}")
    found = check_attributes(mine)
    assert found.gaps == ({"d": None},)
    day = date(2024, 6, 15) - timedelta(before)
    assert names(mine, [(None, None, None, str(day))])[0] in "abc"


@pytest.mark.parametrize("name", attribute_schemes())
def test_every_scheme_that_comes_with_segtool_is_sound(name: str) -> None:
    found = check_attributes(attribute_scheme(name))
    assert found.is_sound
    assert found.proven == (name != "personality")  # which has millions of kinds of rows


# In words


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("age in 25..34", "age is 25 to 34"),
        ("age < 30", "age is under 30"),
        ("age <= 30.5", "age is up to 30.5"),
        ("age > 30", "age is over 30"),
        ("age >= 30", "age is 30 or more"),
        ("rows_above(spend) < 20%", "share of rows with larger spend is under 20%"),
        ("age(born) = 18", "years since born is 18"),
        ("filled(*) >= 50%", "filled share of the row is 50% or more"),
        ("filled(a, b) = 1", "filled share of a, b is 100%"),
        ('city in ("Bonn", "Ulm*", "Jena")', "city is Bonn, Ulm* or Jena"),
        ("day >= 2024-01-31", "day is 2024-01-31 or later"),
        ("day < 2024-01-31", "day is before 2024-01-31"),
        ("day > 2024-01-31", "day is after 2024-01-31"),
        ("visit within 1 month", "visit lies within 1 month before the as-of date"),
        ("visit within the next 7 days", "visit lies within 7 days after the as-of date"),
        ("visit older than 2 years", "visit lies more than 2 years before the as-of date"),
        ('tags has ("vip", "gold")', "tags has vip or gold"),
        ("vip is true or vip is empty", "vip is yes; or vip is empty"),
        ("vip is false and (a is filled or b is filled)", "vip is no and (a is filled; or b is filled)"),
        ("not spend > budget", "not: spend > budget"),
        ("a in (1, 2, 3, 4, 5, 6, 7)", "a is 1, 2, 3, 4, 5, 6 or 7"),
        ("a in (1, 2, 3, 4, 5, 6, 7, 8)", "a is 1, 2, 3, 4, 5, 6 or one of 2 more"),
    ],
)
def test_a_rule_is_told_in_words(rule: str, told: str) -> None:
    assert in_words(parse_rule(rule), words_in()) == told


def test_a_rule_is_told_in_persian_with_its_digits() -> None:
    words = words_in("fa", "fa")
    assert in_words(parse_rule("age in 25..34 and vip is true"), words) == "age: ۲۵ تا ۳۴ و vip بله است"
    assert in_words(parse_rule("visit within 30 days"), words) == "visit در ۳۰ روز پیش از تاریخ مبناست"
    mine = scheme("age < 30", default="x")
    assert asked_of(mine, mine.segments[1], words_in()) == "all whom no other segment names"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", attribute_schemes())
def test_every_scheme_fits_80_columns_and_tells_each_segment(name: str, lang: str) -> None:
    found, words = attribute_scheme(name), words_in(lang, lang)
    page = render_attribute_scheme(found, words).translate(MARKS)
    assert max(map(cell_len, page.splitlines())) <= 80
    told = " ".join(page.split())
    for segment in found.segments:
        assert words.in_sentence(words.of(segment.advice)).split()[0] in told
        assert segment.name in told
    report = render_reports([check_attributes(found)], words).translate(MARKS)
    assert max(map(cell_len, report.splitlines())) <= 80


def test_a_family_is_told_by_its_members() -> None:
    texts = {"en": "Who", "fa": "که"}
    family = Family("who", texts, {"en": "Who they are.", "fa": "که‌اند."}, ("age", "city"), "all")
    page = render_family(family, words_in())
    assert page.splitlines()[:2] == ["Who (who)", "Who they are."]
    assert "Age bands (age)" in page
    assert "each value of city, unknown" in " ".join(page.split())
    assert page.splitlines()[-1] == "segtool schemes show age tells the rules of one."
    listed = render_families([family], [attribute_scheme("gender")], words_in())
    assert [line.split()[0] for line in listed.splitlines() if line] == [
        "Who",
        "Who",
        "age",
        "city",
        "Schemes",
        "gender",
    ]
    assert family.to_dict()["members"] == ["age", "city"]


# The commands


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\n[[segments]]\nname = "young"\nage = "..17"\n[[segments]]\nname = "old"\nage = "18.."\n'
        '[[segments]]\nname = "teen"\nage = "13..17"\n[[segments]]\nname = "never"\nwhere = "age > 3 and age < 2"\n'
    )
    return path


def test_the_check_tells_gaps_and_rules_out_of_reach(run: Run, mine: Path) -> None:
    done = run("schemes", "check", "./mine.toml")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "./mine.toml: not sound; 7 cases of age",
        "",
        "2 cases without a segment",
        "  age 17.5",
        "  age empty",
        "",
        "1 segment out of reach",
        "teen  behind young, as age 13",
        "",
        "1 segment with rules that cannot hold",
        "never",
    ]
    persian = run("schemes", "check", "./mine.toml", "--lang", "fa", "--digits", "fa").stdout.translate(MARKS)
    assert "۲ حالت بدون بخش" in persian
    assert "پشت young، مانند age ۱۳" in persian
    assert run("schemes", "check", "age", "loyalty-matrix").returncode == 0


def test_the_report_is_json_if_asked(run: Run, mine: Path) -> None:
    [found] = json.loads(run("schemes", "check", "--json", "./mine.toml").stdout)
    assert list(found) == [
        *("scheme", "sound", "proven", "columns", "as_of", "cases", "gaps", "unreachable", "impossible"),
        *("default", "default_cases", "default_example", "each"),
    ]
    assert found["gaps"] == [{"age": "17.5"}, {"age": None}]
    assert found["unreachable"] == [{"segment": "teen", "behind": ["young"], "example": {"age": "13"}}]


def test_a_scheme_is_shown_printed_and_told_as_json(run: Run, mine: Path) -> None:
    assert run("schemes", "show", "./mine.toml").stdout.splitlines()[-1] == "never  age is over 3 and age is under 2"
    assert run("schemes", "show", "./mine.toml", "--toml").stdout == mine.read_text()
    found = json.loads(run("schemes", "show", "age", "--json").stdout)
    assert (found["name"], found["columns"]) == ("age", ["age"])
    assert run("schemes", "show", "age", "--toml").stdout.startswith("title = ")
    assert run("schemes", "show", "agge").stderr == (
        "segtool: There is no scheme over columns 'agge'. Did you mean age? segtool schemes list --columns shows all.\n"
    )
    done = run("schemes", "show", "age", "--markdown")
    assert (done.returncode, "--markdown is for maps from scores, and age looks at columns." in done.stderr) == (
        2,
        True,
    )


def test_the_list_of_schemes_over_columns_names_every_one(run: Run) -> None:
    done = run("schemes", "list", "--columns")
    words = done.stdout.split()
    assert [name for name in attribute_schemes() if name not in words] == []
    found = json.loads(run("schemes", "list", "--columns", "--json").stdout)
    assert (list(found), [each["name"] for each in found["schemes"]]) == (
        ["families", "schemes"],
        list(attribute_schemes()),
    )
