"""`segtool.report`: what it takes from the tables that it is given, and what it keeps to itself."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import ONCE_OR_MORE, ROOT, needs

import segtool
from segtool.errors import DataError, MissingInputError, UsageError
from segtool.summary.report import Answer, ReportSummary
from segtool.tables.writing.formats import write_table
from segtool.words import words_in

EXAMPLE = ROOT / "examples" / "orders.csv"


@pytest.fixture(scope="module")
def run() -> Any:
    return segtool.rfm(EXAMPLE)


def written(table: pa.Table, path: Path, **options: Any) -> Path:
    """Write a table in the format of its name, as a command does."""
    with path.open("wb") as file:
        write_table(table, file, path.suffix[1:], **options)
    return path


def told(*tables: Any, **options: Any) -> ReportSummary:
    return segtool.report(*tables, **options).summary


def codes(found: ReportSummary) -> set[str]:
    return {each.code for each in found.warnings}


def answer(found: ReportSummary, question: str) -> Answer:
    return next(each for each in found.answers if each.question == question)


# Formats, and summaries beside them


def test_what_a_run_tells_is_told_again(run: Any) -> None:
    found = told(run.table)
    assert (found.segments, found.health, found.rows, found.scores) == (
        run.summary.segments, run.summary.health, run.summary.rows, run.summary.scores,
    )  # fmt: skip
    assert (found.scheme, found.scheme_title, found.scheme_checksum) == (
        "loyalty-matrix", "Loyalty matrix", run.summary.scheme_checksum,
    )  # fmt: skip
    assert found.warnings == run.summary.warnings
    assert found.made_with == "segtool rfm --scheme loyalty-matrix --as-of 2025-12-31 --ties low"
    assert "May 2025 was the busiest month (97 orders)" in answer(found, "when").text


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.jsonl", "t.xlsx"])
def test_the_format_changes_nothing_but_the_source(run: Any, tmp_path: Path, name: str) -> None:
    if name.endswith("xlsx"):
        needs("xlsxwriter")
    path, beside = tmp_path / name, tmp_path / "run.json"
    written(run.table, path)
    beside.write_text(run.summary.to_json())
    found = told(path, summary=beside)
    assert [each.role for each in found.sources] == ["customers", "summary"]
    assert found.sources[0].name == name
    assert found.sources[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert replace(found, sources=()) == replace(told(run.table), sources=())


def test_a_summary_is_a_path_or_facts(run: Any) -> None:
    frame = run.customers
    assert codes(told(frame)) == {"report-no-summary"}
    assert told(frame, summary=run.summary.to_dict()).rows == run.summary.rows
    found = told(frame, summary=run.summary)
    assert found.rows == run.summary.rows
    assert [(each.name, each.sha256) for each in found.sources] == [("DataFrame", None), ("Summary", None)]


def test_without_a_summary_what_can_be_derived_is(run: Any) -> None:
    found = told(run.customers)
    assert found.segments == run.summary.segments
    assert (found.rows, found.scores, found.made_with, found.scheme_checksum) == (None, None, None, None)
    assert found.scheme == "loyalty-matrix"
    assert found.heat_map is not None
    assert found.heat_map.customers == run.summary.grid
    assert all(each.cuts is None for each in found.distributions)
    assert "busiest" not in answer(found, "when").text


def test_rows_that_somebody_kept_are_believed(run: Any) -> None:
    part = run.table.slice(0, 100)
    found = told(part)
    assert codes(found) == {*(each.code for each in run.summary.warnings), "report-part"}
    before = segtool.rfm(EXAMPLE, as_of="2025-09-30").table
    assert "report-part-moves" in codes(told(part, previous=before))
    assert "report-part-moves" not in codes(told(run.table, previous=before))
    assert found.customers == sum(each.customers for each in found.segments) == 100
    assert found.rows == run.summary.rows
    assert "busiest" not in answer(found, "when").text
    assert "report-part" not in codes(told(run.table))


def test_frames_that_were_filtered_are_told_as_they_are(run: Any) -> None:
    frame = run.customers
    found = told(frame[frame.segment == "Champions"], summary=run.summary)
    assert "report-part" in codes(found)
    assert [each.name for each in found.segments if each.customers] == ["Champions"]
    assert answer(found, "who").text.startswith("All 30 customers are in Champions;")
    assert found.headline[0].endswith("100% of the customers are in good standing and bring 100% of net revenue; "
                                      "nobody is slipping away.")  # fmt: skip


def test_targets_and_goals_come_from_the_run_and_lead_the_last_sentence() -> None:
    run = segtool.rfm(EXAMPLE, targets=["Champions >= 40", "At Risk <= 90%"], goal="keep-customers")
    found = told(run.table)
    assert found.goal == run.summary.goal
    assert [replace(each, day=None) for each in found.targets] == [
        replace(each, day=None) for each in run.summary.targets
    ]
    assert found.headline[2].startswith(
        "Champions is 10 customers short of its target (1 of 2 targets reached); start with Can't Lose Them"
    )
    part = told(run.table.filter(pa.compute.equal(run.table["segment"], "Champions")))
    assert part.targets[0].actual == 30
    assert part.targets[1].actual == 0
    assert part.goal is not None
    assert run.summary.goal is not None
    assert part.goal.value != run.summary.goal.value
    only = told(segtool.rfm(EXAMPLE, goal="keep-customers").table)
    assert only.headline[2].startswith("Keep customers: customers who are slipping, now 50.2%; start with ")
    both = told(segtool.rfm(EXAMPLE, targets=["Champions >= 3", "Champions >= 4 by 2026-01-31"]).table)
    assert both.headline[2].startswith("All 2 targets are reached; start with")
    assert both.targets[1].day == "2026-01-31"
    one = told(segtool.rfm(EXAMPLE, targets="Champions >= 1%").table)
    assert one.headline[2].startswith("The target for Champions is reached; start with")
    share = told(segtool.rfm(EXAMPLE, targets="Champions revenue >= 50%").table)
    assert "Champions is 16.2 percentage points short of its target; start with" in share.headline[2]
    above = told(segtool.rfm(EXAMPLE, targets="Champions revenue <= 10000").table)
    assert "Champions is 2,775.40 above its target; start with" in above.headline[2]


# Customers who did not buy, or are gone


def test_health_and_goal_are_of_those_who_bought_as_the_run_tells_them(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("customer_id,city\n" + "".join(f"P{at},Rome\n" for at in range(300)))
    run = segtool.rfm(
        EXAMPLE, scheme="shopify", customers=listed, customer_columns="city", prospects=True, goal="keep-customers"
    )
    found = told(run.table)
    assert found.customers == found.buyers + 300
    assert found.health == run.summary.health
    assert found.health is not None
    assert found.goal is not None
    assert found.goal.value == found.health["negative"].share
    assert "43% of those who bought are in good standing" in found.headline[0]
    part = told(run.table.filter(pa.compute.not_equal(run.table["segment"], "Champions")))
    assert part.goal is not None
    assert part.health is not None
    assert part.goal.value == part.health["negative"].share


def test_customers_without_a_purchase_are_no_buyers(orders: Any, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("customer_id,city\nann,Rome\nzoe,Bonn\nyan,Bonn\n")
    run = segtool.rfm(
        orders("ann,1,2024-01-01,5"), scheme="shopify", customers=listed, customer_columns="all", prospects=True
    )
    found = told(run.table)
    assert (found.customers, found.buyers) == (3, 1)
    assert sum(each.customers for each in found.segments) == 3
    assert found.headline[0].startswith("Of 3 customers, 1 bought: 1 order worth 5 net by 1 January 2024;")
    assert "report-part" not in codes(found)
    nobody = told(run.table.filter(pa.compute.equal(run.table["frequency"], 0)))
    assert nobody.headline[0] == "There is no purchase that counts among 2 customers."
    assert (nobody.distributions, nobody.pareto, nobody.average_order_value) == ((), None, None)
    assert not answer(nobody, "when").known


def test_without_a_date_too_orders_are_of_those_who_bought() -> None:
    listed = pd.DataFrame({"customer_id": list("abcdefgh"), "city": "Rome"})
    bought = pd.DataFrame({"customer_id": ["a", "b"], "recency": [3, 40], "frequency": [5, 1], "spend": [100, 20]})
    run = segtool.rfm(
        bought, customer_level=True, recency="recency", frequency="frequency", amount="spend", scheme="shopify",
        customers=listed, customer_columns="city", prospects=True,
    )  # fmt: skip
    found = told(run.table)
    assert (found.as_of, found.customers, found.buyers) == (None, 8, 2)
    assert found.headline[0].startswith("2 customers placed 6 orders worth 120 net; ")


def test_customers_who_are_gone_are_not_counted(orders: Any) -> None:
    before = segtool.rfm(orders("ann,1,2024-01-01,5", "ben,2,2024-01-02,7")).table
    now = segtool.rfm(orders("ann,1,2024-01-01,5", "ann,3,2024-02-01,5"), previous=before, keep_gone=True)
    found = told(now.table)
    assert now.table.num_rows == 2
    assert found.customers == 1
    assert "report-part" not in codes(found)
    assert found.changes is not None
    assert found.changes.moved["gone"] == 1
    gone = now.table.filter(pa.compute.equal(now.table["segment"], "(gone)"))
    with pytest.raises(DataError, match="only customers who are gone"):
        told(gone)


# Schemes


def test_a_scheme_of_ones_own_is_told_by_the_summary(six: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(ONCE_OR_MORE)
    run = segtool.rfm(six, scheme=str(tmp_path / "mine.toml"))
    (tmp_path / "mine.toml").unlink()
    found = told(run.table)
    assert [(each.name, each.health, each.customers) for each in found.segments] == [
        ("More", "positive", 3), ("Once", "negative", 3),
    ]  # fmt: skip
    assert "report-unranked" not in codes(found)
    unknown = told(run.customers)
    assert codes(unknown) == {"report-no-summary", "report-unranked"}
    assert [each.name for each in unknown.segments] == ["Once", "More"]
    assert (unknown.scheme, unknown.health) == (None, None)


def test_customers_without_any_segment_are_of_no_scheme(run: Any) -> None:
    place = run.customers.columns.get_loc("segment")
    found = told(run.table.replace_schema_metadata(None).set_column(place, "segment", [[""] * len(run.customers)]))
    assert (found.scheme, found.health, [each.title for each in found.segments]) == (None, None, ["No segment"])
    assert "standing" not in found.headline[0]


@pytest.mark.parametrize("scheme", ["klaviyo", "gold-silver-bronze", "customer-value-matrix", "shopify"])
def test_the_scheme_of_a_table_without_a_summary_is_known_by_its_segments(scheme: str) -> None:
    run = segtool.rfm(EXAMPLE, scheme=scheme)
    found = told(run.table.replace_schema_metadata(None))
    assert found.scheme == scheme
    assert (found.segments, found.health) == (run.summary.segments, run.summary.health)
    assert "report-unranked" not in codes(found)


def test_titles_and_advice_follow_the_language_of_the_page(run: Any) -> None:
    found = told(run.table, lang="fa")
    assert found.segments[0].title == "قهرمانان"
    assert found.scheme_title == "ماتریس وفاداری"
    assert found.as_of_jalali == "1404/10/10"
    assert found.headline[0].startswith("تا 10 دی 1404، 927 سفارش به ارزش خالص 37,771 از 239 مشتری ثبت شده است؛")
    assert found.headline[1].startswith("یک‌پنجم برتر خریداران 58% فروش خالص را می‌آورند؛")
    assert found.headline[2].startswith("از «نباید از دست بروند» (14 مشتری، 14% فروش خالص) شروع کنید:")
    digits = told(run.table, lang="fa", digits="fa")
    assert "۲۳۹ مشتری" in digits.headline[0]
    assert "۹۷ سفارش" in answer(digits, "when").text


def test_a_table_with_persian_headers_is_read(run: Any, tmp_path: Path) -> None:
    fa = words_in("fa")
    named = run.table.rename_columns([fa.header(name) for name in run.table.column_names])
    path = written(named, tmp_path / "fa.csv")
    assert told(path, summary=run.summary).segments == told(run.table).segments
    assert told(path, summary=run.summary).heat_map == told(run.table).heat_map


# Tables beside


def test_a_track_is_told_by_its_summary_or_its_rows(tmp_path: Path, run: Any) -> None:
    track = segtool.track(EXAMPLE, every="quarter")
    found = told(run.table, track=track.table)
    assert found.over_time is not None
    assert found.over_time.labels == ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
    assert found.over_time.is_over
    rows = told(run.table, track=track.table.replace_schema_metadata(None)).over_time
    assert rows is not None
    shown = {each.name: (each.customers, each.revenue, each.health) for each in rows.segments}
    for each in found.over_time.segments:
        if any(each.customers):
            assert shown[each.name] == (each.customers, each.revenue, each.health)
    written(track.table, tmp_path / "track.csv")
    (tmp_path / "track.json").write_text(track.summary.to_json())
    assert told(run.table, track=tmp_path / "track.csv").over_time == rows
    assert told(run.table, track=tmp_path / "track.json").over_time == found.over_time
    monthly = told(run.table, track=segtool.track(EXAMPLE).table)
    assert "39% of the customers are in good standing (44% on 31 May 2025)" in monthly.headline[0]
    with pytest.raises(DataError, match="no table of segtool track"):
        told(run.table, track=run.table)


def test_moves_come_from_an_earlier_table_as_compare_tells_them(run: Any) -> None:
    before = segtool.rfm(EXAMPLE, as_of="2025-09-30").table
    found = told(run.table, previous=before).changes
    own = segtool.compare(before, run.table).comparison
    assert found is not None
    assert (found.segments, found.matrix, found.flows, found.moved) == (own.segments, own.matrix, own.flows, own.moved)
    late = told(before, previous=run.table)
    assert late.changes is None
    assert "report-later-previous" in codes(late)
    other = told(run.table, previous=segtool.rfm(EXAMPLE, as_of="2025-09-30", scheme="shopify").table)
    assert "unlike" in codes(other)
    same_day = told(run.table, previous=segtool.rfm(EXAMPLE, recency_cuts="30,60,90,180").table)
    for odd in (other, same_day, told(run.table, track=segtool.track(EXAMPLE, scheme="shopify").table)):
        assert odd.headline[0].endswith("39% of the customers are in good standing and bring 60% of net revenue; "
                                        "50% are slipping away.")  # fmt: skip
    strange = before.replace_schema_metadata(None).to_pandas().assign(segment="Mine")
    assert "report-no-moves" in codes(told(run.table, previous=strange))


def test_moves_that_the_run_told_are_left_out_of_a_part_and_beside_a_track() -> None:
    before = segtool.rfm(EXAMPLE, as_of="2025-09-30").table
    now = segtool.rfm(EXAMPLE, previous=before).table
    assert told(now).changes is not None
    assert told(now.slice(0, 50)).changes is None
    assert told(now, track=segtool.track(EXAMPLE, every="quarter").table).changes is None


def test_the_value_at_stake_comes_from_a_table_or_a_summary(run: Any, tmp_path: Path) -> None:
    valued = segtool.value(EXAMPLE, margin=0.3)
    found = told(run.table, value=valued.table)
    assert found.stake == valued.summary.stake
    assert "that customers earned you in the last year is at risk" in found.headline[1]
    (tmp_path / "value.json").write_text(valued.summary.to_json())
    assert told(run.table, value=tmp_path / "value.json").stake == found.stake
    written(valued.table, tmp_path / "value.csv")
    with pytest.raises(DataError, match=r"value\.csv does not tell the value at stake; give the summary"):
        told(run.table, value=tmp_path / "value.csv")


def test_of_a_part_the_headline_tells_nothing_of_all(run: Any) -> None:
    """What track and value tell of all customers is no figure of those who were kept."""
    part = run.table.filter(pa.compute.equal(run.table["segment"], "At Risk"))
    for own, about in ((part, None), (part.replace_schema_metadata(None), None), (part, run.summary)):
        found = told(own, track=segtool.track(EXAMPLE).table, value=segtool.value(EXAMPLE).table, summary=about)
        assert "report-other-customers" in codes(found)
        assert not any("May 2025" in each or "at risk" in each for each in found.headline)
    whole = told(run.table, track=segtool.track(EXAMPLE).table, value=segtool.value(EXAMPLE).table)
    assert "report-other-customers" not in codes(whole)


def test_a_run_is_told_with_all_that_its_summary_knows(tmp_path: Path) -> None:
    countries = pd.read_csv(EXAMPLE, dtype=str).assign(**{"Land, kurz": "DE"})
    run = segtool.rfm(
        countries, scheme=["loyalty-matrix", "shopify"], by="Land, kurz", weights="100,10,1", monetary="mean"
    )
    assert told(run.table).made_with == (
        "segtool rfm --scheme loyalty-matrix --scheme shopify --as-of 2025-12-31 --monetary mean "
        "--ties low --weights 100,10,1 --by 'Land, kurz'"
    )


def test_a_table_of_another_scheme_or_day_is_told(run: Any) -> None:
    track = segtool.track(EXAMPLE, every="quarter", to="2025-06-30", scheme="shopify")
    found = told(run.table, track=track.table)
    assert {"report-other-scheme", "report-other-date"} <= codes(found)
    fits = told(run.table, track=segtool.track(EXAMPLE, every="quarter").table)
    assert not {"report-other-scheme", "report-other-date"} & codes(fits)


# Personal data


def people(count: int = 400) -> pd.DataFrame:
    """Return customers of two segments that differ in city, source and age, with personal data under many headers."""
    chance = np.random.default_rng(5)
    best = np.arange(count) < count // 2
    return pd.DataFrame({
        "customer_id": [f"ID{at:05}" for at in range(count)],
        "first_order": "2024-01-01", "last_order": "2024-03-01", "recency_days": 30,
        "frequency": 1 + best, "monetary": 10 + 5 * chance.integers(0, 9, count),
        "segment": np.where(best, "Champions", "Hibernating"),
        "city": np.where(chance.random(count) < np.where(best, 0.8, 0.2), "Rome", "Bonn"),
        "source": np.where(best, "call +98 912 345 6789", "desk@example.org"),
        "Geburtsdatum": [f"{1960 + (20 if own else 0) + at % 15}-03-07" for at, own in enumerate(best)],
        "email": [f"secret{at}@example.org" for at in range(count)],
        "E-Mail-Adresse": [f"hidden{at}@example.org" for at in range(count)],
        "Telefon": [f"+49 170 {at:07}" for at in range(count)],
        "Vorname": ["Hildegard"] * count, "Nachname": ["Knef"] * count,
        "Insta": [f"@insta{at}" for at in range(count)],
        "tags": [f"tag{at}" for at in range(count)],
        "occupation": [f"job{at}" for at in range(count)],
        "newsletter": np.where(best, "yes", "no"),
    })  # fmt: skip


def test_segments_are_told_by_what_their_customers_are() -> None:
    found = told(people())
    assert answer(found, "where").columns == ("city",)
    assert "of Champions are from Rome (" in answer(found, "where").text
    assert answer(found, "where").known
    assert "Geburtsdatum" in answer(found, "who").columns
    assert "age" in answer(found, "who").text
    fa = answer(told(people(), lang="fa"), "where").text
    assert "«قهرمانان» اهل Rome هستند" in fa


def test_a_column_without_a_value_is_told_as_empty() -> None:
    found = answer(told(people().assign(city="")), "where")
    assert (found.known, found.text, found.columns) == (False, "Nothing stands in city.", ())


def test_a_column_that_is_known_of_few_is_told_as_that() -> None:
    frame = people().assign(segment="Champions", city=["Rome"] * 100 + [""] * 300)
    where = "Most often customers are from Rome (100%); city is known for 100 customers only."
    assert answer(told(frame), "where").text == where
    assert "only" not in answer(told(frame.assign(city=["Rome"] * 399 + [""])), "where").text


def test_a_column_that_one_segment_alone_has_is_not_compared() -> None:
    frame = people().assign(city=lambda each: np.where(each.segment == "Champions", "Rome", ""))
    assert "differ" not in answer(told(frame), "where").text


def test_a_column_that_can_be_read_in_two_ways_is_told_as_that() -> None:
    found = told(people().assign(income="1.234", gender=["f", "m"] * 200))
    assert "what stands in income can be read in two ways, and is not told" in answer(found, "who").text
    assert {"gender", "Geburtsdatum"} <= set(answer(found, "who").columns)
    assert answer(found, "where").known


def test_columns_are_named_where_their_header_is_strange() -> None:
    frame = people().rename(columns={"city": "Ort der Lieferung 7"})
    assert not answer(told(frame), "where").known
    assert answer(told(frame, column="city=Ort der Lieferung 7"), "where").known
    with pytest.raises(UsageError, match="has no column 'Nowhere'"):
        told(frame, column="city=Nowhere")


def test_a_column_that_no_page_tells_of_is_told() -> None:
    assert "unasked-column" in codes(told(people(), column="shoe=Insta"))
    assert "unasked-column" not in codes(told(people(), column="city=Insta"))
    assert "unasked-column" not in codes(told(people(), column="phone=Telefon", top=1))


def test_customers_without_a_segment_stand_last() -> None:
    found = told(people().assign(segment=lambda each: each.segment.where(each.index > 9, None)))
    assert (found.segments[-1].name, found.segments[-1].title, found.segments[-1].customers) == (
        "(none)", "No segment", 10,
    )  # fmt: skip
    assert sum(each.customers for each in found.segments) == 400


def test_pandas_is_not_loaded_for_a_table_of_arrow(run: Any, tmp_path: Path) -> None:
    path = written(run.table, tmp_path / "t.parquet")
    code = f"import segtool, sys; segtool.report({str(path)!r}); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", ["online_retail/online_retail.parquet", "iranian_ecommerce/derived_gregorian_iso.csv"])
def test_real_customers_are_told_as_their_run_told_them(real_data: Any, name: str) -> None:
    own = segtool.rfm(real_data(name))
    found = told(own.table)
    assert (found.segments, found.health) == (own.summary.segments, own.summary.health)
    assert [each.code for each in found.warnings] == [each.code for each in own.summary.warnings]
    assert found.heat_map is not None
    assert found.heat_map.customers == own.summary.grid
    assert [each.bins[0].low >= 0 for each in found.distributions[:2]] == [True, True]
    assert all(2 <= len(each.bins) <= 24 for each in found.distributions)
    assert len(found.headline) == 3


def test_nobody_is_named_unless_it_is_asked_for() -> None:
    frame = people()
    for options in ({}, {"column": "city=Insta"}, {"column": ["brand=E-Mail-Adresse", "category=customer_id"]}):
        text = json.dumps(told(frame, **options).to_dict(), ensure_ascii=False)  # type: ignore[arg-type]
        for word in ("ID0", "secret", "hidden", "@", "+49", "Hildegard", "Knef", "insta", "tag1", "job1", "912"):
            assert word not in text, (options, word)


def test_a_warning_of_the_run_that_quotes_an_id_or_a_cell_is_told_without(orders: Any) -> None:
    run = segtool.rfm(orders("5.9E+23,1,2024-01-01,5"))
    assert any("5.9E+23" in each.message for each in run.summary.warnings)
    found = told(run.table)
    assert "exponent-ids" in codes(found)
    assert "5.9E+23" not in found.to_json()
    quoted = {**run.summary.to_dict(), "warnings": [{"code": "unread-cells", "message": 'no rule reads "ann@x.org"'}]}
    assert "ann@x.org" not in told(run.table, summary=quoted).to_json()
    for code in ("report-exponent-ids", "report-unread-cells"):
        assert words_in("fa")(f"caution.{code}") != words_in("en")(f"caution.{code}")


def test_names_of_files_are_told_without_folders(run: Any, tmp_path: Path) -> None:
    before = written(segtool.rfm(EXAMPLE, as_of="2025-09-30").table, tmp_path / "september.parquet")
    found = told(written(run.table, tmp_path / "t.parquet"), previous=before)
    assert found.changes is not None
    assert found.changes.before.file == "september.parquet"
    assert str(tmp_path) not in found.to_json()
    carried = told(segtool.rfm(EXAMPLE, previous=before).table)
    assert carried.changes is not None
    assert str(tmp_path) not in carried.to_json()


def test_few_customers_are_not_told_by_what_one_of_them_is() -> None:
    frame = people(12).assign(city=[f"Village{at}" for at in range(12)])
    assert "Village" not in told(frame).to_json()


def test_those_who_spent_most_are_named_where_asked_for() -> None:
    frame = people().assign(monetary=lambda each: np.where(each.index.isin([7, 9]), 500, each.monetary))
    found = told(frame, top=3).top
    assert [each.customer_id for each in found[:2]] == ["ID00007", "ID00009"]
    assert found[0].contact == {
        "email": "secret7@example.org", "Telefon": "+49 170 0000007", "Vorname": "Hildegard", "Nachname": "Knef",
    }  # fmt: skip
    assert len(told(frame, top=1000).top) == 400
    assert told(frame).top == ()
    with pytest.raises(UsageError, match="--top 0"):
        told(frame, top=0)


def test_what_looks_like_contact_data_is_not_told_nor_denied() -> None:
    assert answer(told(people()), "why-and-how").text == ("What source holds looks like contact data, and is not told.")


def test_of_one_segment_what_is_usual_is_told() -> None:
    frame = people().assign(segment="Champions")
    assert answer(told(frame.assign(city="Rome")), "where").text == "Most often customers are from Rome (100%)."
    even = told(frame.assign(city=["Rome", "Bonn"] * 200))
    assert answer(even, "where").text == "No value of city stands out."


def test_dates_of_birth_are_told_as_ages() -> None:
    assert "the median age of Champions is 37 (47 of all)" in answer(told(people()), "who").text
    assert "میانه «سن» در «قهرمانان» 37 است (در میان همه 47)" in answer(told(people(), lang="fa"), "who").text


def test_where_segments_do_not_differ_that_is_said() -> None:
    frame = people().assign(city=["Rome", "Bonn"] * 200)
    assert answer(told(frame), "where").text == "The segments do not differ in city by more than chance."


def test_of_a_column_with_one_value_no_difference_is_denied() -> None:
    text = answer(told(people().assign(country="Germany", city=["Rome", "Bonn"] * 200)), "where").text
    assert text == (
        "Most often customers are from Germany (100%); the segments do not differ in city by more than chance."
    )
    assert answer(told(people().drop(columns="city").assign(country="Germany")), "where").text == (
        "Most often customers are from Germany (100%)."
    )


# What is no labelled table


@pytest.mark.parametrize("drop", ["segment", "monetary"])
def test_what_is_no_labelled_table_names_the_way_out(run: Any, drop: str) -> None:
    with pytest.raises(DataError, match=r"segtool rfm orders\.csv -o segments\.parquet writes one\.") as error:
        told(run.customers.drop(columns=drop))
    assert "\n" not in str(error.value)


def test_a_summary_that_is_none_is_refused(run: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="There is no file"):
        told(run.table, summary=tmp_path / "none.json")
    (tmp_path / "other.json").write_text("[1]")
    with pytest.raises(DataError, match=r"other\.json is no summary \(--summary\); segtool rfm --summary-file FILE"):
        told(run.table, summary=tmp_path / "other.json")


def test_stdin_holds_one_table() -> None:
    with pytest.raises(UsageError, match="stdin holds one table"):
        told("-", previous="-")


def test_a_summary_of_another_form_tells_nothing(run: Any) -> None:
    odd: dict[str, Any] = {**run.summary.to_dict(), "rows": 7, "scores": {"r": {}}, "warnings": 3, "targets": [{}]}
    found = told(run.customers, summary=odd)
    assert (found.rows, found.scores, found.targets) == (None, None, ())


def test_threads_change_nothing() -> None:
    assert told(people(), threads=1) == told(people(), threads=3)


def test_the_page_is_of_these_facts(run: Any) -> None:
    pytest.importorskip("segtool.output.report.page", reason="this copy has no page")
    assert "<html" in segtool.report(run.table, charts=False).html[:200]
