"""Who is in each segment: by hand, by slow references, in any order of the rows, and on the command line."""

import csv
import io
import itertools
import json
import math
import random
import statistics
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import segtool
from segtool.errors import DataError, UsageError
from segtool.output.profile import render_profile
from segtool.profiles.attributes import rank
from segtool.profiles.distributions import bands, quartiles
from segtool.profiles.explained import explained, sums_by
from segtool.profiles.facts import AttributeProfile, Profile
from segtool.profiles.nps import score_of
from segtool.profiles.significance import (
    chi_squared,
    chi_squared_above,
    holm,
    kruskal_wallis,
    residuals,
    upper_gamma,
)
from segtool.words import words_in

SIX = """\
customer_id,email,segment,age,city,vip,tags,joined,monetary
1,ann@example.org,A,20,Bonn,yes,a;b,2024-01-01,10
2,ben@example.org,A,30,bonn,yes,a,2024-01-03,20
3,cid@example.org,B,40,Ulm,no,b,2024-01-05,30
4,dee@example.org,B,50,Ulm,no,,2024-01-07,40
5,eve@example.org,B,60,Bonn,no,a;b,2024-01-09,50
6,fay@example.org,B,,Ulm,yes,b,2024-01-11,90
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "six.csv"
    path.write_text(SIX)
    return path


@pytest.fixture
def found(table: Path) -> Profile:
    return segtool.profile(table).profile


def named(found: Profile, name: str) -> AttributeProfile:
    return next(each for each in found.attributes if each.name == name)


def shares(found: Profile, name: str) -> dict[str, dict[str, Any]]:
    """Return segment -> value -> (customers, share, index rounded)."""
    return {
        own.segment: {
            each.value: (each.customers, each.share, None if each.index is None else round(each.index, 2))
            for each in own.values
        }
        for own in named(found, name).segments
    }


# By hand


def test_the_segments_have_their_sizes_and_their_money(found: Profile) -> None:
    assert (found.by, found.value, found.customers, found.revenue) == ("segment", "monetary", 6, Decimal("240.00"))
    assert [(each.name, each.customers, each.revenue, each.mean_revenue) for each in found.segments] == [
        ("A", 2, Decimal("30.00"), 15.0),
        ("B", 4, Decimal("210.00"), 52.5),
    ]
    assert [(each.share, each.revenue_share) for each in found.segments] == [(1 / 3, 0.125), (2 / 3, 0.875)]


def test_ids_and_contact_data_are_no_attributes(found: Profile) -> None:
    assert found.left_out == {"customer_id": "id", "email": "contact"}
    assert [(each.name, each.kind) for each in found.attributes] == [
        ("age", "number"),
        ("city", "text"),
        ("vip", "yes/no"),
        ("tags", "list"),
        ("joined", "date"),
        ("monetary", "number"),
    ]


def test_texts_are_counted_in_one_spelling_with_their_index(found: Profile) -> None:
    """Three of six live in Bonn, as two of two in A: twice as usual. In B there is one of four."""
    assert shares(found, "city") == {
        "A": {"Bonn": (2, 1.0, 200.0), "Ulm": (0, 0.0, 0.0)},
        "B": {"Bonn": (1, 0.25, 50.0), "Ulm": (3, 0.75, 150.0)},
        "(all)": {"Bonn": (3, 0.5, 100.0), "Ulm": (3, 0.5, 100.0)},
    }


def test_yes_and_no_are_two_values(found: Profile) -> None:
    assert shares(found, "vip")["B"] == {"false": (3, 0.75, 150.0), "true": (1, 0.25, 50.0)}


def test_each_entry_of_a_list_counts_in_its_row(found: Profile) -> None:
    """Of the three of B with tags, all have b, and one has a; of all five four have b, three a."""
    own = named(found, "tags")
    assert (own.empty, own.distinct) == (1, 2)
    assert shares(found, "tags")["A"] == {"b": (1, 0.5, 62.5), "a": (2, 1.0, 166.67)}
    assert shares(found, "tags")["B"] == {"b": (3, 1.0, 125.0), "a": (1, 1 / 3, 55.56)}


def test_numbers_have_exact_quartiles_and_bands(found: Profile) -> None:
    own = {each.segment: each for each in named(found, "age").segments}
    assert (own["A"].filled, own["B"].filled, own["B"].filled_share) == (2, 3, 0.75)
    figures = [(each.mean, each.first_quartile, each.median, each.third_quartile) for each in own.values()]
    assert figures == [
        (25.0, Decimal("22.5"), Decimal(25), Decimal("27.5")),
        (50.0, Decimal(45), Decimal(50), Decimal(55)),
        (40.0, Decimal(30), Decimal(40), Decimal(50)),
    ]
    assert [(each.value, each.customers) for each in own["(all)"].values] == [
        (band, 1) for band in ("20", "30", "40", "50", "60")
    ]
    assert [each.index for each in own["A"].values] == [250.0, 250.0, 0.0, 0.0, 0.0]
    assert (named(found, "age").empty, named(found, "age").empty_share) == (1, 1 / 6)


def test_days_have_quartiles_that_are_days(found: Profile) -> None:
    own = {each.segment: each for each in named(found, "joined").segments}
    assert (own["A"].median, own["B"].median) == (date(2024, 1, 2), date(2024, 1, 8))
    assert own["A"].mean is None
    assert own["(all)"].values[0].value == "2024-01-01..2024-01-03"


def test_what_differs_is_tested(found: Profile) -> None:
    """City: 2 0 / 1 3 of 6; chi-squared = 6 (4/(2·3) + 1/(4·3) + 9/(4·3) - 1) = 3."""
    city = named(found, "city").difference
    assert city is not None
    assert (city.test, round(city.statistic, 10), city.degrees, city.few_expected) == ("chi-squared", 3.0, 1, 1.0)
    assert city.p == pytest.approx(0.08326451666355042)
    age = named(found, "age").difference  # ranks 1 2 and 3 4 5: H = 12/30 (9/2 + 144/3) - 18 = 3
    assert age is not None
    assert (age.test, round(age.statistic, 10), age.effect) == ("Kruskal-Wallis", 3.0, 0.75)
    assert all(each.difference and each.difference.p_holm >= each.difference.p for each in found.attributes)


def test_what_explains_the_money_is_ranked(found: Profile) -> None:
    """Segments: means 15 and 52.5 about 40, so 2·25² + 4·12.5² = 1875 of 4000 squares lie between them."""
    assert found.explained is not None
    own = {each.name: each for each in found.explained}
    assert own["segment"].eta_squared == pytest.approx(1875 / 4000)
    assert own["segment"].adjusted == pytest.approx(1 - (1 - 1875 / 4000) * 5 / 4)
    assert own["age"].adjusted == 0.0  # a group a row tells nothing
    assert "monetary" not in own
    assert [each.adjusted for each in found.explained] == sorted((each.adjusted for each in own.values()), reverse=True)


def test_the_table_has_a_row_a_segment_attribute_and_value(table: Path) -> None:
    result = segtool.profile(table)
    rows = result.table.to_pylist()
    assert rows[0] == {
        "segment": "A", "attribute": "age", "kind": "number", "value": None, "customers": 2, "share": 1.0,
        "base_share": 5 / 6, "index": 120.0, "mean": 25.0, "first_quartile": 22.5, "median": 25.0,
        "third_quartile": 27.5, "median_day": None,
    }  # fmt: skip
    bonn = next(row for row in rows if (row["segment"], row["value"]) == ("B", "Bonn"))
    assert (bonn["customers"], bonn["share"], bonn["base_share"], bonn["index"]) == (1, 0.25, 0.5, 50.0)
    joined = next(row for row in rows if (row["segment"], row["attribute"]) == ("A", "joined"))
    assert (joined["median_day"], joined["median"]) == (date(2024, 1, 2), None)
    assert json.loads(result.table.schema.metadata[b"segtool_profile"])["by"] == "segment"


def test_all_rows_have_an_index_of_exactly_100() -> None:
    frame = pd.DataFrame({"segment": ["A"] * 3, "x": ["m"] * 1 + [None] * 2})
    rows = segtool.profile(frame).table.to_pylist()
    assert {row["index"] for row in rows if row["segment"] == "(all)"} == {100.0}


def test_a_cross_tabulation_adds_up(table: Path) -> None:
    result = segtool.profile(table, cross="city")
    cross = result.profile.cross
    assert cross is not None
    assert (cross.rows, cross.columns) == (("A", "B", "(all)"), ("Bonn", "Ulm", "(all)"))
    assert [[cell.customers for cell in row] for row in cross.cells] == [[2, 0, 2], [1, 3, 4], [3, 3, 6]]
    assert [[cell.revenue for cell in row] for row in cross.cells] == [
        [Decimal(30), Decimal(0), Decimal(30)],
        [Decimal(50), Decimal(160), Decimal(210)],
        [Decimal(80), Decimal(160), Decimal(240)],
    ]
    assert (cross.cells[1][1].share, cross.cells[1][1].revenue_share) == (0.75, 160 / 240)
    matrix = result.matrix.to_pylist()
    assert len(matrix) == 9
    assert matrix[4] == {
        "segment": "B", "value": "Ulm", "customers": 3, "share": 0.75, "revenue": Decimal("160.0000"),
        "revenue_share": 160 / 240,
    }  # fmt: skip


def test_the_net_promoter_score_of_each_segment() -> None:
    frame = pd.DataFrame({"segment": list("AAAABB"), "nps": ["10", "9", "8", "0", "11", "6"]})
    scores = segtool.profile(frame, nps=True).profile.nps
    assert scores is not None
    assert [
        (each.segment, each.promoters, each.passives, each.detractors, each.unread) for each in scores.segments
    ] == [
        ("A", 2, 1, 1, 0),
        ("B", 0, 0, 1, 1),
        ("(all)", 2, 1, 2, 1),
    ]
    assert [each.nps for each in scores.segments] == [25.0, -100.0, 0.0]
    assert scores.segments[0].margin == pytest.approx(1.959963984540054 * math.sqrt((0.75 - 0.0625) / 4) * 100)
    words = segtool.profile(frame, nps=True).profile.warnings
    assert {"profile-few-answers", "profile-nps-unread"} <= {each.code for each in words}


def test_segments_by_nps_are_not_its_answers() -> None:
    frame = pd.DataFrame({"segment_nps": ["promoters"] * 2 + ["detractors"], "Our NPS": [9, 10, 3]})
    scores = segtool.profile(frame, by="segment_nps", nps=True).profile.nps
    assert scores is not None
    assert (scores.column, scores.segments[-1].answers) == ("Our NPS", 3)
    with pytest.raises(UsageError, match="has no column nps"):
        segtool.profile(frame[["segment_nps"]], by="segment_nps", nps=True)


def test_answers_among_words_and_halves_are_unread() -> None:
    frame = pd.DataFrame({"segment": list("AAAA"), "score": ["9", "maybe", "7.5", ""]})
    scores = segtool.profile(frame, nps_column="score").profile.nps
    assert scores is not None
    assert (scores.segments[0].promoters, scores.segments[0].answers, scores.segments[0].unread) == (1, 1, 2)
    half = pd.DataFrame({"segment": ["A", "A"], "nps": [9.5, 3.0]})
    halves = segtool.profile(half, nps=True).profile.nps
    assert halves is not None
    assert (halves.segments[0].answers, halves.segments[0].unread) == (1, 1)
    assert score_of("A", 0, 0, 0).nps is None


def test_answers_that_a_program_wrote_as_floats_are_read_among_words() -> None:
    frame = pd.DataFrame({"segment": list("AAAAA"), "nps": ["9.0", "8.0", "۳٫۰", "refused", "7.5"]})
    scores = segtool.profile(frame, nps=True).profile.nps
    assert scores is not None
    own = scores.segments[0]
    assert (own.promoters, own.passives, own.detractors, own.unread) == (1, 1, 1, 2)


@pytest.mark.filterwarnings("error")
def test_an_answer_of_any_size_is_unread_in_silence() -> None:
    scores = segtool.profile(pd.DataFrame({"segment": ["A"] * 3, "nps": [1e300, -3.0, 9.0]}), nps=True).profile.nps
    assert scores is not None
    assert (scores.segments[0].promoters, scores.segments[0].unread) == (1, 2)


def test_zero_and_ten_are_answers() -> None:
    frame = pd.DataFrame({"segment": list("AAA"), "nps": [0, 1, 1]})  # which elsewhere says no and yes
    scores = segtool.profile(frame, nps=True).profile.nps
    assert scores is not None
    assert (scores.segments[0].detractors, scores.segments[0].unread) == (3, 0)


def test_customers_per_thousand_inhabitants(table: Path, tmp_path: Path) -> None:
    cities = tmp_path / "cities.csv"
    cities.write_text("place,inhabitants\nBONN,3000\nRom,9\n")
    found = segtool.profile(table, population=cities, per="city").profile
    own = found.population
    assert own is not None
    assert [(each.value, each.customers, each.inhabitants, each.per_thousand) for each in own.places] == [
        ("Bonn", 3, 3000, 1.0)
    ]
    assert (own.unmatched, own.empty, own.without_customers) == ({"Ulm": 3}, 0, 1)
    [told] = [each.message for each in found.warnings if each.code == "profile-no-population"]
    assert told.endswith("cities.csv does not have the places of 3 customers: Ulm (1 in all).")


def test_places_are_known_by_their_name_among_other_columns(table: Path, tmp_path: Path) -> None:
    (tmp_path / "cities.csv").write_text("id,city,inhabitants\n1,Bonn,3000\n2,Ulm,1500\n")
    own = segtool.profile(table, population=tmp_path / "cities.csv").profile.population
    assert own is not None
    assert [(each.value, each.per_thousand) for each in own.places] == [("Ulm", 2.0), ("Bonn", 1.0)]


ORDERS = """\
order_id,customer_id,order_date,amount,category
1,1,2024-02-01,5.00,tea
1,1,2024-02-01,4.00,cups
2,1,2024-03-01,1.00,rum
3,2,2024-02-01,5.50,tea
4,3,2024-01-01,9.00,rum
5,4,2024-01-02,9.00,rum
5,4,2024-01-02,1.00,tea
6,4,2024-02-02,-1.00,tea
7,5,2024-02-02,2.00,
8,9,2024-02-02,70.00,tea
9,3,2024-04-01,3.00,rum
"""


def test_what_segments_buy_is_joined_by_customer(table: Path, tmp_path: Path) -> None:
    """A: customers 1 and 2 bought; tea both, cups and rum one. B: 3 and 4; rum both, tea one. 9 is not in the table."""
    orders = tmp_path / "orders.csv"
    orders.write_text(ORDERS)
    own = segtool.profile(table, orders=orders, items="category", least=1).profile.items
    assert own is not None
    assert (own.column, own.items, own.rows, own.unmatched_rows, own.without_item) == ("category", 3, 10, 1, 1)
    assert own.unmatched_revenue == Decimal("70.00")
    first, second, every = own.segments
    assert (first.segment, first.buyers, first.revenue) == ("A", 2, Decimal("15.50"))
    assert [(each.item, each.customers, each.share, each.revenue, each.first) for each in first.items] == [
        ("tea", 2, 1.0, Decimal("10.50"), 2),
        ("cups", 1, 0.5, Decimal("4.00"), 1),
        ("rum", 1, 0.5, Decimal("1.00"), 0),
    ]
    assert [each.lift for each in first.items] == pytest.approx([1 / 0.75, 0.5 / 0.25, 0.5 / 0.75])
    assert [(each.item, each.customers, each.revenue, each.first) for each in second.items] == [
        ("rum", 2, Decimal("21.00"), 2),
        ("tea", 1, Decimal("0.00"), 1),
    ]
    assert (second.never, second.never_count) == (("cups",), 1)
    assert (every.buyers, [each.item for each in every.items]) == (4, ["rum", "tea", "cups"])
    table_rows = segtool.profile(table, orders=orders, items="category", least=1).table.to_pylist()
    tea = next(row for row in table_rows if row["kind"] == "item" and (row["segment"], row["value"]) == ("A", "tea"))
    assert (tea["customers"], tea["share"], round(tea["index"], 2)) == (2, 1.0, 133.33)


def test_orders_in_any_order_and_any_batches_tell_the_same(table: Path) -> None:
    lines = ORDERS.splitlines()
    expected = None
    for seed in range(4):
        rows = lines[1:]
        random.Random(seed).shuffle(rows)
        frame = pd.read_csv(io.StringIO("\n".join([lines[0], *rows])), dtype=str)
        orders = pa.Table.from_pandas(frame, preserve_index=False)
        chunked = pa.concat_tables([orders.slice(at, 2) for at in range(0, len(rows), 2)])
        own = segtool.profile(table, orders=chunked, items="category", least=1).profile.items
        assert own == (expected or own)
        expected = own


def test_ids_that_a_spreadsheet_wrote_as_numbers_are_found(table: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    lines = [line.split(",") for line in ORDERS.splitlines()]
    (tmp_path / "dots.csv").write_text("\n".join(",".join([a, f"{b}.0" if at else b, *c]) for at, (a, b, *c) in
                                                 enumerate(lines)))  # fmt: skip
    plain, dots = (segtool.profile(table, orders=tmp_path / name, items="category") for name in
                   ("orders.csv", "dots.csv"))  # fmt: skip
    assert plain.profile.items == dots.profile.items


def test_ids_of_the_table_that_a_spreadsheet_wrote_as_numbers_are_found(table: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    lines = SIX.splitlines()
    dots = [lines[0], *(line.replace(",", ".0,", 1) for line in lines[1:])]
    (tmp_path / "dots.csv").write_text("\n".join(dots))
    plain, dotted = (segtool.profile(tmp_path / name, orders=tmp_path / "orders.csv", items="category").profile for name
                     in (table.name, "dots.csv"))  # fmt: skip
    assert plain.items == dotted.items


def test_order_lines_without_an_item_are_told(table: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    found = segtool.profile(table, orders=tmp_path / "orders.csv", items="category").profile
    [told] = [each.message for each in found.warnings if each.code == "profile-no-item"]
    assert told == "Left out: 1 row of the orders without category."


def test_orders_of_a_decimal_comma_in_several_files_are_read_as_one(table: Path, tmp_path: Path) -> None:
    for name, part in (("a.csv", ORDERS.splitlines()[1:5]), ("b.csv", ORDERS.splitlines()[5:])):
        rows = [";".join(line.split(",")).replace(".", ",") for line in (ORDERS.splitlines()[0], *part)]
        (tmp_path / name).write_text("\n".join(rows) + "\n")
    (tmp_path / "orders.csv").write_text(ORDERS)
    one = segtool.profile(table, orders=tmp_path / "orders.csv", items="category").profile.items
    two = segtool.profile(table, orders=[tmp_path / "a.csv", tmp_path / "b.csv"], items="category").profile.items
    assert one == two


def test_a_customer_with_two_rows_cannot_be_joined_to_orders(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(ORDERS)
    frame = pd.DataFrame({"customer_id": ["1", "1"], "segment": ["A", "B"]})
    with pytest.raises(DataError, match=r"customer '1' has several rows"):
        segtool.profile(frame, orders=orders, items="category")
    with pytest.raises(UsageError, match=r"has no column 'colour' \(--items\)"):
        segtool.profile(frame[:1], orders=orders, items="colour")
    with pytest.raises(UsageError, match="--orders and --items belong together"):
        segtool.profile(frame, orders=orders)


# Borders


@pytest.mark.parametrize(
    "text",
    [
        "segment,city,spent\nA,Bonn,1\n",
        "segment\nA\nB\n",
        "segment,city,revenue\nA,Bonn,5\nA,Bonn,5\nA,Bonn,5\n",
        "segment,city,revenue\n,,\n,Bonn,\n",
        "segment,empty\nA,\nB,\n",
    ],
)
def test_one_row_one_segment_all_equal_and_empty_cells_are_told_of(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    result = segtool.profile(path)
    for lang in ("en", "fa"):
        assert render_profile(result.profile, words=words_in(lang))
    assert result.table.num_columns == 13
    assert json.loads(result.profile.to_json())["customers"] == len(text.splitlines()) - 1


def test_a_table_without_rows_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("segment,city\n")
    with pytest.raises(DataError, match="has a header, but no rows"):
        segtool.profile(path)


def test_rows_without_a_segment_are_a_group_that_stands_last() -> None:
    frame = pd.DataFrame({"segment": ["B", "", "A", None], "city": list("xyzx")})
    assert [(each.name, each.customers) for each in segtool.profile(frame).profile.segments] == [
        ("A", 1),
        ("B", 1),
        ("(empty)", 2),
    ]


def test_the_segments_of_a_known_scheme_stand_from_best_to_worst() -> None:
    frame = pd.DataFrame({"segment": ["Hibernating", "At Risk", "Champions"], "city": list("xyz")})
    assert [each.name for each in segtool.profile(frame).profile.segments] == ["Champions", "At Risk", "Hibernating"]


def test_the_column_of_segments_is_found_in_persian_and_by_what_a_scheme_adds() -> None:
    frame = pd.DataFrame({"بخش": ["الف", "ب"], "عنوان بخش": ["یک", "دو"], "شهر": ["قم", "یزد"]})
    found = segtool.profile(frame, lang="fa").profile
    assert found.by == "بخش"
    assert [each.title for each in found.segments] == ["یک", "دو"]
    assert found.left_out == {"عنوان بخش": "title"}
    only = pd.DataFrame({"segment_age": ["1", "2"], "city": ["x", "y"]})
    assert segtool.profile(only).profile.by == "segment_age"
    with pytest.raises(UsageError, match=r"several columns of segments: segment_age, segment_city\. Say --by COL"):
        segtool.profile(only.rename(columns={"city": "segment_city"}))
    with pytest.raises(UsageError, match="has no column segment"):
        segtool.profile(pd.DataFrame({"city": ["x"]}))
    assert [each.title for each in segtool.profile(
        pd.DataFrame({"segment": ["Champions"]}), lang="fa").profile.segments] == ["قهرمانان"]  # fmt: skip


def test_rows_can_be_parted_by_any_column(table: Path) -> None:
    assert [each.name for each in segtool.profile(table, by="vip").profile.segments] == ["no", "yes"]
    assert [each.name for each in segtool.profile(table, by="age").profile.segments][-1] == "(empty)"
    many = pd.DataFrame({"spent": range(1000), "word": [f"w{i}" for i in range(1000)]})
    assert [each.name for each in segtool.profile(many, by="spent").profile.segments] == [
        "0..199", "200..399", "400..599", "600..799", "800..999",
    ]  # fmt: skip
    with pytest.raises(UsageError, match=r"word has 1,000 values; --by takes a column of at most 100, or of numbers"):
        segtool.profile(many, by="word")


def test_attributes_can_be_named_by_header_and_by_meaning(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("segment;Ort;E-Mail;Lieblingsfarbe\nA;Bonn;a@b.de;rot\nB;Ulm;c@d.de;blau\n")
    found = segtool.profile(path, columns="city, email")
    assert [each.name for each in found.profile.attributes] == ["Ort", "E-Mail"]
    own = segtool.profile(path, columns=["colour"], column={"colour": "Lieblingsfarbe"}).profile
    assert [each.name for each in own.attributes] == ["Lieblingsfarbe"]
    with pytest.raises(UsageError, match=r"has no column 'shoe' \(--columns\)"):
        segtool.profile(path, columns="shoe")


def test_columns_that_name_each_row_are_left_out() -> None:
    rows = 40
    frame = pd.DataFrame(
        {
            "segment": ["A", "B"] * (rows // 2),
            "note": [f"note {i}" for i in range(rows)],
            "account_no": range(rows),
            "spent": range(rows),
            "zip": [f"{i % 7:05}" for i in range(rows)],
            "hobbies": [[f"h{i % 3}", "x"] for i in range(rows)],
            "raw": [{"a": i} for i in range(rows)],
            "r_score": [1, 2] * (rows // 2),
            "none": [None] * rows,
        }
    )
    found = segtool.profile(pa.Table.from_pandas(frame, preserve_index=False)).profile
    assert found.left_out == {
        "note": "unique", "account_no": "id", "raw": "nested", "r_score": "score", "none": "empty",
    }  # fmt: skip
    assert [(each.name, each.kind) for each in found.attributes] == [
        ("spent", "number"), ("zip", "text"), ("hobbies", "list"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "€3"], "number"),
        (["1", "2", "3+"], "text"),
        (["25-34", "65+"], "text"),
        (["2024-01-02", "1403/05/08"], "date"),
        (["31.12.2023", "1.2.2024"], "date"),
        (["0", "1"], "yes/no"),
        (["1", "1"], "number"),
        (["بله", "خیر"], "yes/no"),
        (["00123", "00124"], "text"),
        (["a;b", "b", "a"], "list"),
        (["Berlin, Germany", "Hamburg, Germany"], "text"),
        (["۱۲", "۱۳"], "number"),
    ],
)
def test_a_kind_is_told_by_the_cells(cells: list[str], kind: str) -> None:
    frame = pd.DataFrame({"segment": ["A"] * len(cells), "x": cells})
    assert segtool.profile(frame).profile.attributes[0].kind == kind


def test_cells_that_can_be_read_in_two_ways_are_refused() -> None:
    frame = pd.DataFrame({"segment": ["A", "B"], "seen": ["1/2/2024", "3/4/2024"]})
    with pytest.raises(DataError, match="--day-first or --month-first"):
        segtool.profile(frame)
    own = segtool.profile(frame, day_first=True).profile.attributes[0]
    assert own.segments[0].median == date(2024, 2, 1)


def test_many_numbers_with_a_few_words_are_numbers_and_the_words_are_told() -> None:
    cells = [str(i) for i in range(50)] + ["soon"]
    found = segtool.profile(pd.DataFrame({"segment": ["A", *["B"] * 50], "x": cells})).profile
    own = found.attributes[0]
    assert (own.kind, own.unread, own.empty) == ("number", 1, 0)
    assert "profile-unread" in {each.code for each in found.warnings}


def test_numbers_of_many_decimals_are_the_nearest_floats() -> None:
    numbers = [0.123456789 + i / 7 for i in range(30)]
    expected = statistics.median(numbers)
    for cells in (numbers, [repr(each) for each in numbers]):
        frame = pd.DataFrame({"segment": ["A"] * 30, "x": cells})
        assert segtool.profile(frame).profile.attributes[0].segments[0].median == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("cells", "kind", "units"),
    [
        ([Decimal("900000000000000.0001"), Decimal("1.9999"), None], pa.decimal128(19, 4), 9_000_000_000_000_020_000),
        ([2**64 - 1, 1, None], pa.uint64(), None),
        ([9 * 10**13, -1, 1], pa.int64(), 9 * 10**17),
        (["90000000000000.0001", "0.0001", ""], pa.string(), 900_000_000_000_000_002),
    ],
)
def test_money_is_added_exactly(cells: list[Any], kind: pa.DataType, units: int | None) -> None:
    table = pa.table({"segment": ["A", "A", "A"], "revenue": pa.array(cells, kind)})
    found = segtool.profile(table).profile
    assert found.attributes[0].kind == "number"
    assert units is None or found.revenue == Decimal(units) / 10_000


def test_a_sum_that_no_table_holds_is_told_in_json_alone() -> None:
    most = pa.array([Decimal("900000000000000")] * 2, pa.decimal128(19, 4))
    found = segtool.profile(pa.table({"segment": ["A", "B"], "revenue": most}), cross="segment")
    assert found.profile.revenue == Decimal("1800000000000000")
    with pytest.raises(DataError, match="more revenue than a table can hold; --json tells it"):
        _ = found.matrix


def test_days_are_no_revenue() -> None:
    frame = pd.DataFrame({"segment": ["A", "B"], "joined": ["2024-01-05", "2024-02-01"]})
    with pytest.raises(DataError, match="joined is no column of numbers; say --value COL for the revenue"):
        segtool.profile(frame, value="joined")


def test_bands_of_revenue_are_an_attribute_and_no_revenue() -> None:
    frame = pd.DataFrame({"segment": ["A", "B"] * 10, "revenue": ["1-10M", "10M+"] * 10})
    found = segtool.profile(frame).profile
    assert (found.value, found.attributes[0].name, found.explained) == (None, "revenue", None)
    worth = segtool.profile(frame.assign(amount=range(20))).profile
    assert (worth.value, worth.revenue) == ("amount", 190)


def test_bands_of_floats_that_lie_close_have_names_of_their_own() -> None:
    moments = [1.7e9 + at / 7 for at in range(700)]
    found = segtool.profile(pd.DataFrame({"segment": ["A", "B"] * 350, "seen": moments}), cross="seen").profile
    assert len({each.value for each in found.attributes[0].segments[-1].values}) == 5
    assert found.cross is not None
    assert len(set(found.cross.columns)) == 6


def test_a_column_of_segments_that_stands_twice_is_refused() -> None:
    twice = pa.table([pa.array(["A", "B"]), pa.array(["B", "B"])], names=["segment", "segment"])
    with pytest.raises(DataError, match="has 2 columns 'segment'"):
        segtool.profile(twice)


def test_numbers_and_days_that_cannot_be_are_unread() -> None:
    table = pa.table({
        "segment": ["A"] * 3,
        "x": pa.array([float("inf"), float("nan"), 2.5]),
        "day": pa.array([date(1, 1, 1), None, date(2024, 1, 1)]),
    })  # fmt: skip
    assert [(each.empty, each.unread) for each in segtool.profile(table).profile.attributes] == [(1, 1), (1, 1)]


def test_rare_values_are_pooled_and_shares_still_add_up() -> None:
    cells = [f"city {i % 50}" for i in range(200)]
    own = segtool.profile(pd.DataFrame({"segment": ["A", "B"] * 100, "x": cells}), top=3).profile.attributes[0]
    assert [each.value for each in own.segments[-1].values] == ["city 0", "city 1", "city 10", "(other)"]
    assert sum(each.customers for each in own.segments[-1].values) == 200


def test_a_column_of_chance_explains_nothing_however_many_values_it_has() -> None:
    draw = random.Random(4)
    money = [draw.gammavariate(2, 100) for _ in range(3000)]
    frame = pd.DataFrame(
        {
            "segment": ["high" if each > 250 else "low" for each in money],
            "city": [f"c{draw.randrange(500)}" for _ in money],
            "revenue": [round(each, 2) for each in money],
        }
    )
    ranked = segtool.profile(frame).profile.explained
    assert ranked is not None
    assert [each.name for each in ranked] == ["segment", "city"]
    assert ranked[1].eta_squared > 0.1
    assert ranked[1].adjusted < 0.02


def test_what_segments_are_made_of_is_no_news(tmp_path: Path) -> None:
    labelled = segtool.rfm(ROOT / "examples" / "orders.csv").table
    draw = random.Random(1)
    segments = labelled["segment"].to_pylist()
    pets = ["cat" if segment == "Champions" and draw.random() < 0.9 else "dog" for segment in segments]
    found = segtool.profile(labelled.append_column("pet", pa.array(pets))).profile
    best = found.telling["Champions"]
    assert (best[0].attribute, best[0].value, best[0].made_of) == ("pet", "cat", False)
    assert all(each.made_of for each in best[1:])
    assert found.explained is not None
    assert {each.name for each in found.explained if each.made_of} == {"segment"}
    assert "profile-made-of" in {each.code for each in found.warnings}
    assert set(found.left_out.values()) == {"id", "score"}


def test_segments_of_a_scheme_over_columns_are_made_of_what_it_looks_at() -> None:
    ages = [18 + i % 60 for i in range(240)]
    frame = pd.DataFrame({"Alter": ages, "retired": ["yes" if age > 64 else "no" for age in ages]})
    labelled = segtool.segment(frame, "age").table
    found = segtool.profile(labelled, lang="fa").profile
    assert [each.name for each in found.segments] == ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"]
    assert found.segments[0].title == "18 تا 24 سال"
    assert [(each.attribute, each.made_of) for each in found.telling["65+"]] == [("retired", False), ("Alter", True)]


def test_a_single_answer_has_no_margin() -> None:
    assert (score_of("A", 0, 1, 0).nps, score_of("A", 0, 1, 0).margin) == (0.0, None)


def test_long_lists_of_columns_are_cut_in_warnings_and_nowhere_else() -> None:
    frame = pd.DataFrame({"segment": list("AABB")} | {f"x{i}": list("pqrs") for i in range(9)})
    [told] = [each.message for each in segtool.profile(frame).profile.warnings if "few-expected" in each.code]
    assert told.endswith("x0, x1, x2, x3, x4, x5 and 3 more.")


def test_chance_hardly_ever_sets_a_segment_apart() -> None:
    told = 0
    for seed in range(20):
        draw = random.Random(seed)
        frame = pd.DataFrame({"segment": [draw.choice("ABCD") for _ in range(400)]})
        for at in range(10):
            frame[f"x{at}"] = [draw.choice("pqrst") for _ in range(400)]
        told += sum(map(len, segtool.profile(frame).profile.telling.values())) > 0
    assert told <= 3


# Properties

CELLS = st.sampled_from(["", "x", "y", "Y", "z w", "1", "2.5", "-3"])
ROWS = st.lists(st.tuples(st.sampled_from(["A", "B", "C", ""]), CELLS, CELLS), min_size=1, max_size=30)


@given(ROWS, st.randoms())
def test_shares_add_up_and_the_order_of_rows_does_not_matter(rows: list[tuple[str, ...]], draw: random.Random) -> None:
    columns = ["segment", "one", "revenue"]
    frame = pd.DataFrame([(a, b, c if c in ("1", "2.5", "-3") else "") for a, b, c in rows], columns=columns)
    found = segtool.profile(frame)
    for each in found.profile.attributes:
        for own in each.segments:
            if each.kind != "list":
                assert sum(value.customers for value in own.values) == own.filled
            if own.segment == "(all)":
                assert all(value.index == 100 for value in own.values)
        whole = each.segments[-1]
        assert whole.filled == sum(own.filled for own in each.segments[:-1])
        assert whole.filled + each.empty + each.unread == len(rows)
    assert sum(each.customers for each in found.profile.segments) == len(rows)
    order = list(range(len(rows)))
    draw.shuffle(order)
    again = segtool.profile(frame.iloc[order].reset_index(drop=True))
    assert again.profile.to_json() == found.profile.to_json()
    assert again.table.equals(found.table)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=40))
def test_quartiles_and_bands_are_those_of_slow_references(numbers: list[int]) -> None:
    rising = sorted(numbers)
    for quarter, found in zip((1, 2, 3), quartiles(np.array(rising), 1), strict=True):
        at = Fraction((len(rising) - 1) * quarter, 4)
        low, high = rising[math.floor(at)], rising[math.ceil(at)]
        assert Fraction(found) == low + (high - low) * (at - math.floor(at))
    assert Fraction(quartiles(np.array(rising), 1)[1]) == Fraction(str(statistics.median(rising)))
    expected = [5 * sum(other < each for other in numbers) // len(numbers) for each in numbers]
    assert bands(rank(np.array(numbers))).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-50, 50)), min_size=2, max_size=40))
def test_explained_variance_is_that_of_the_definition(rows: list[tuple[int, int]]) -> None:
    groups, numbers = (np.array(column) for column in zip(*rows, strict=True))
    found = explained(numbers, groups)
    mean = Fraction(int(numbers.sum()), len(rows))
    whole = sum((int(each) - mean) ** 2 for each in numbers)
    if whole == 0:
        assert found is None
        return
    between = sum(
        len(own) * (Fraction(int(own.sum()), len(own)) - mean) ** 2
        for group in set(groups.tolist())
        if len(own := numbers[groups == group])
    )
    assert found is not None
    assert found.eta_squared == pytest.approx(float(between / whole), abs=1e-12)
    assert sums_by(groups, numbers) == [int(numbers[groups == at].sum()) for at in range(groups.max() + 1)]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=3, max_size=40))
def test_kruskal_wallis_is_that_of_the_definition(rows: list[tuple[int, int]]) -> None:
    groups, numbers = (list(column) for column in zip(*rows, strict=True))
    ranked = rank(np.array(numbers))
    found = kruskal_wallis(ranked.doubled, ranked.ties, np.array(groups))
    if len(set(groups)) < 2 or len(set(numbers)) < 2:
        assert found is None
        return
    size = len(rows)
    mean_ranks = [Fraction(2 * sum(o < each for o in numbers) + numbers.count(each) + 1, 2) for each in numbers]
    parts = [[r for r, g in zip(mean_ranks, groups, strict=True) if g == group] for group in set(groups)]
    h = Fraction(12, size * (size + 1)) * sum(sum(part) ** 2 / len(part) for part in parts) - 3 * (size + 1)
    h /= 1 - Fraction(sum(numbers.count(each) ** 3 - numbers.count(each) for each in set(numbers)), size**3 - size)
    assert found is not None
    assert found.statistic == pytest.approx(float(h), abs=1e-9)


@given(st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=2, max_size=4))
def test_chi_squared_is_that_of_the_definition(counts: list[list[int]]) -> None:
    found = chi_squared(np.array(counts))
    rows, columns = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
    whole = sum(rows)
    if sum(map(bool, rows)) < 2 or sum(map(bool, columns)) < 2:
        assert found is None
        return
    cells = [
        (counts[i][j], Fraction(rows[i] * columns[j], whole))
        for i, j in itertools.product(range(len(rows)), range(3))
        if rows[i] and columns[j]
    ]
    assert found is not None
    assert found.statistic == pytest.approx(float(sum((o - e) ** 2 / e for o, e in cells)), abs=1e-9)
    assert found.few_expected == pytest.approx(sum(e < 5 for _, e in cells) / len(cells))
    assert 0 <= found.effect <= 1


def test_residuals_are_those_of_a_table_of_two_by_two() -> None:
    """The square of an adjusted residual of such a table is its chi-squared."""
    counts = np.array([[10, 20], [30, 40]])
    own = chi_squared(counts)
    assert own is not None
    assert residuals(counts, counts.sum(axis=1)) ** 2 == pytest.approx(np.full((2, 2), own.statistic))


# Known tables


@pytest.mark.parametrize(
    ("degrees", "p", "value"),
    [
        (1, 0.05, 3.841458820694124), (1, 0.01, 6.634896601021213), (1, 0.001, 10.827566170662733),
        (2, 0.05, 5.991464547107979), (3, 0.05, 7.814727903251179), (5, 0.95, 1.145476226061769),
        (10, 0.05, 18.307038053275146), (10, 0.99, 2.558212112), (30, 0.05, 43.77297182574219),
        (100, 0.05, 124.34211340400407), (100, 0.95, 77.92946517),
    ],
)  # fmt: skip
def test_p_values_are_those_of_the_known_tables(degrees: int, p: float, value: float) -> None:
    assert chi_squared_above(value, degrees) == pytest.approx(p, rel=1e-8)


@pytest.mark.parametrize("half", [1, 2, 7, 40, 300])
@pytest.mark.parametrize("ratio", [0.05, 0.5, 0.99, 1.0, 1.01, 1.5, 3.0])
def test_for_even_degrees_p_is_a_sum_of_poisson_terms(half: int, ratio: float) -> None:
    """Q(a, x) = e^-x times the sum of x^k / k! for k below a, which fractions add exactly."""
    x = Fraction(half) * Fraction(ratio)
    term, whole = Fraction(1), Fraction(0)
    for k in range(half):
        whole += term
        term *= x / (k + 1)
        if k % 20 == 0:
            whole, term = whole.limit_denominator(10**60), term.limit_denominator(10**60)
    expected = math.exp(math.log(whole) - float(x))
    assert upper_gamma(half, float(x)) == pytest.approx(expected, rel=1e-10)


def test_for_one_degree_p_is_that_of_the_normal_distribution() -> None:
    for z in (0.001, 0.5, 1.0, 1.96, 3.0, 6.0, 20.0):
        assert chi_squared_above(z * z, 1) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-10)
    assert chi_squared_above(0, 3) == 1.0
    assert chi_squared_above(1e9, 3) == 0.0


def test_holm_never_lets_a_larger_p_come_before_a_smaller() -> None:
    assert holm([]) == []
    assert holm([0.5, 0.001, 0.04]) == [0.5, 0.003, 0.08]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


# The command line


def test_a_pipe_carries_the_table_and_stderr_the_profile(run: Run, table: Path) -> None:
    done = run("profile", table.name)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert rows[0]["segment"] == "A"
    assert {row["attribute"] for row in rows} == {"age", "city", "vip", "tags", "joined", "monetary"}
    assert "6 customers by segment: 2 segments, 6 attributes" in done.stderr
    assert max(map(cell_len, done.stderr.splitlines())) <= 80


def test_json_tells_everything_and_files_are_written(run: Run, table: Path, tmp_path: Path) -> None:
    args = ("--cross", "city", "--matrix", "m.csv", "--summary-file", "s.json", "-o", "p.parquet", "-o", "p.csv")
    done = run("profile", table.name, "--json", *args, "--log-file", "log.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "s.json").read_text())
    assert told["cross"]["cells"][2][2] == {"customers": 6, "share": 1.0, "revenue": 240.0, "revenue_share": 1.0}
    assert pq.read_table(tmp_path / "p.parquet").num_rows == len((tmp_path / "p.csv").read_text().splitlines()) - 1
    assert (tmp_path / "m.csv").read_text().splitlines()[:2] == [
        "segment,value,customers,share,revenue,revenue_share",
        "A,Bonn,2,1,30,0.125",
    ]
    [line] = [json.loads(each) for each in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert (line["command"], line["inputs"], line["customers"]) == ("profile", ["six.csv"], 6)
    assert sorted(line["outputs"]) == ["m.csv", "p.csv", "p.parquet", "s.json"]


def test_persian_pages_have_persian_words_and_fit(run: Run, table: Path, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(ORDERS)
    options = ("--lang", "fa", "--digits", "fa", "--cross", "city", "--orders", "o.csv", "--items", "category")
    done = run("profile", table.name, "-o", "p.csv", *options, "--least", "1")
    assert done.returncode == 0, done.stderr
    assert "۶ مشتری بر پایه بخش" in done.stderr
    assert max(map(cell_len, done.stderr.splitlines())) <= 80
    assert (tmp_path / "p.csv").read_text("utf-8").startswith("segment,segment_title,attribute")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("--by", "colour"), 2, "has no column 'colour' (--by)."),
        (("--columns", "colour"), 2, "has no column 'colour' (--columns)."),
        (("--column", "colour"), 2, "--column 'colour' is no pair; write it as age=customer_age."),
        (("--column", "age=years"), 2, "--column age=years: six.csv has no column 'years'."),
        (("--value", "city"), 65, "city is no column of numbers; say --value COL for the revenue."),
        (("--nps",), 2, "has no column nps."),
        (("--matrix", "m.csv"), 2, "--matrix does nothing without --cross."),
        (("--items", "product"), 2, "--items does nothing without --orders."),
        (("--per", "city"), 2, "--per does nothing without --population."),
        (("--orders", "six.csv"), 2, "--orders and --items belong together"),
        (("--population", "gone.csv"), 66, "gone.csv does not exist."),
        (("-o", "six.csv"), 2, "six.csv is an input"),
        (("--top", "0"), 2, "0 is not in the range x>=1"),
    ],
)
def test_mistakes_are_told_in_one_line(run: Run, table: Path, args: tuple[str, ...], code: int, message: str) -> None:
    done = run("profile", table.name, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("city\nBonn\n", "has one column; --population takes two"),
        ("city,inhabitants\nBonn,many\n", "inhabitants is no column of inhabitants"),
        ("city,inhabitants\nBonn,0\nUlm,3\n", "Bonn has 0 inhabitants"),
        ("city,inhabitants\nBonn,4\nBONN,5\n", "BONN stands there twice"),
    ],
)
def test_a_population_that_cannot_be_used_is_refused(run: Run, table: Path, tmp_path: Path, text: str, message: str
) -> None:  # fmt: skip
    (tmp_path / "c.csv").write_text(text)
    done = run("profile", table.name, "--population", "c.csv")
    assert done.returncode == 65
    assert message in done.stderr


def test_quiet_says_nothing_and_warnings_can_be_left_out(run: Run, table: Path) -> None:
    assert run("profile", table.name, "-q", "-o", "p.csv").stderr == ""
    shown, silent = (run("profile", table.name, "-o", "p.csv", *more).stderr for more in ((), ("--no-warnings",)))
    assert "Please note" in shown
    assert "Please note" not in silent


def test_what_is_read_as_text_and_as_typed_columns_is_told_alike(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table)
    frame["joined"] = pd.to_datetime(frame["joined"])
    frame["vip"] = frame["vip"] == "yes"
    frame["city"] = frame["city"].astype("category")
    typed = segtool.profile(frame)
    assert typed.table.equals(segtool.profile(table).table)


def test_a_run_loads_no_pandas(run: Run, table: Path) -> None:
    import subprocess
    import sys

    code = (
        f"import sys; from segtool.__main__ import main; sys.exit(main(['profile', {str(table)!r}, '-q', '-o', "
        f"{str(table.with_name('p.csv'))!r}]) or 'pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_real_customers_are_told_of(real_data: Any) -> None:
    labelled = segtool.rfm(real_data("online_retail/online_retail.parquet")).table
    found = segtool.profile(labelled).profile
    assert sum(each.customers for each in found.segments) == len(labelled)
    assert found.explained is not None
    assert found.explained[0].name == "frequency"
