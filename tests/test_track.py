"""`segtool.track`: segments over time, whose every date is what `segtool.rfm` makes of that day."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError, UsageError
from segtool.history.periods import every
from segtool.history.track import as_of_days
from segtool.output.track import curve, render_track
from segtool.summary.track import TrackSummary, series, trend
from segtool.tables.writing.formats import write_table
from segtool.tracking import Tracked
from segtool.words import words_in

EXAMPLE = ROOT / "examples" / "orders.csv"
RETAIL = "online_retail/online_retail.parquet"
CDNOW = "cdnow/cdnow_master.csv"


@pytest.fixture(scope="module")
def example() -> Tracked:
    return segtool.track(EXAMPLE)


def slices(found: Tracked) -> Iterator[tuple[date, pa.Table]]:
    """Yield the rows of each date without the date, as rfm has them."""
    for each in found.summary.as_of_dates:
        own = found.table.filter(pc.equal(found.table["as_of"], pa.scalar(each.as_of, pa.date32())))
        yield each.as_of, own.drop_columns("as_of").replace_schema_metadata(None)


def written(table: pa.Table) -> bytes:
    file = io.BytesIO()
    write_table(table, file, "csv", threads=1)
    return file.getvalue()


def agree(orders: Any, *, every: str = "month", freeze: Any = None, first: Any = None, **options: Any) -> Tracked:
    """Assert that each date of a track is what rfm makes of that day, and that all sums add up."""
    found = segtool.track(orders, every=every, freeze=freeze, from_date=first, **options)
    for day, own in slices(found):
        table = segtool.rfm(orders, as_of=day, **options).table.replace_schema_metadata(None)
        assert own.schema.equals(table.schema)
        assert own.equals(table), day
        assert written(own) == written(table)
    adds_up(found.summary)
    return found


def adds_up(summary: TrackSummary) -> None:
    """Assert that segments add up to customers and money, and moves to the sizes of segments on both dates."""
    before: list[int] = []
    for each in summary.as_of_dates:
        if summary.segments:
            assert sum(own.customers for own in each.segments) == each.customers
            assert sum((own.revenue for own in each.segments), Decimal(0)) == each.revenue
        sizes = [own.customers for own in each.segments]
        if each.migration:
            matrix = np.array(each.migration.matrix)
            assert matrix[:-1].sum(axis=1).tolist() == before
            assert matrix.sum(axis=0).tolist() == sizes
            assert sum(each.migration.moved.values()) == each.customers
            assert each.migration.moved["same"] == np.trace(matrix)
            assert each.migration.moved["new"] == matrix[-1].sum() == sum(sizes) - sum(before)
        before = sizes
    for place, own in enumerate(summary.segments):
        assert list(own.customers.values) == [each.segments[place].customers for each in summary.as_of_dates]
        assert own.customers.change == own.customers.last - own.customers.first


# By hand


def test_six_customers_over_three_months(six: Path) -> None:
    found = segtool.track(six)
    assert [(each.label, str(each.as_of), each.is_over, each.customers) for each in found.summary.as_of_dates] == [
        ("2024-01", "2024-01-31", True, 3),
        ("2024-02", "2024-02-29", True, 4),
        ("2024-03", "2024-03-31", True, 6),
    ]
    rows = found.table.select(["customer_id", "as_of", "recency_days", "frequency", "monetary"]).to_pylist()
    told = [(row["customer_id"], row["as_of"].month, row["recency_days"], row["frequency"]) for row in rows]
    assert told == [
        ("ann", 1, 26, 1), ("ben", 1, 30, 1), ("fay", 1, 11, 1),
        ("ann", 2, 55, 1), ("ben", 2, 59, 1), ("dee", 2, 9, 2), ("fay", 2, 4, 2),
        ("ann", 3, 0, 2), ("ben", 3, 90, 1), ("cid", 3, 30, 1), ("dee", 3, 1, 3), ("eve", 3, 30, 1), ("fay", 3, 35, 2),
    ]  # fmt: skip
    assert [each.migration and each.migration.moved["new"] for each in found.summary.as_of_dates] == [None, 1, 2]
    assert [str(each.revenue) for each in found.summary.as_of_dates] == ["110.99", "127.49", "210.24"]


def test_a_last_period_that_is_not_over_ends_on_the_last_day(six: Path) -> None:
    last = segtool.track(six, every="quarter", to="2024-03-15").summary.as_of_dates[-1]
    assert (last.label, str(last.as_of), last.is_over) == ("2024-Q1", "2024-03-15", False)
    whole = segtool.track(six, every="quarter", to="2024-06-30").summary.as_of_dates
    assert [(each.label, each.is_over, each.customers) for each in whole] == [
        ("2024-Q1", True, 6),
        ("2024-Q2", True, 6),
    ]


def test_days_count_back_from_the_last_one() -> None:
    days = as_of_days(every("10 days", last=100), date(1970, 3, 1), date(1970, 4, 11))
    assert [(each.day, each.is_over) for each in days] == [(60, True), (70, True), (80, True), (90, True), (100, True)]


def test_dates_before_the_first_purchase_have_no_customers(six: Path) -> None:
    found = segtool.track(six, from_date="2023-11-15")
    assert [each.customers for each in found.summary.as_of_dates] == [0, 0, 3, 4, 6]
    assert [each.migration is None for each in found.summary.as_of_dates] == [True, True, True, False, False]
    assert found.table.num_rows == 13
    adds_up(found.summary)
    assert "2023-11-30" in render_track(found.summary)


def test_a_wide_table_has_a_row_a_customer(six: Path) -> None:
    long, wide = segtool.track(six), segtool.track(six, wide=True)
    assert wide.table.column_names == [
        "customer_id",
        *(f"{name}_2024-0{day}" for day in ("1-31", "2-29", "3-31") for name in ("rfm_score", "segment")),
    ]
    assert wide.table["customer_id"].to_pylist() == ["ann", "ben", "cid", "dee", "eve", "fay"]
    assert wide.rows == 6
    cells = {
        (row["customer_id"], name.rpartition("_")[2], name.rpartition("_")[0]): cell
        for row in wide.table.to_pylist()
        for name, cell in row.items()
        if name != "customer_id" and cell is not None
    }
    assert cells == {
        (row["customer_id"], str(row["as_of"]), name): row[name]
        for row in long.table.to_pylist()
        for name in ("rfm_score", "segment")
    }


def test_the_moves_of_a_month_are_those_of_its_two_tables(example: Tracked) -> None:
    before, after = example.summary.as_of_dates[-2:]
    tables = [segtool.rfm(EXAMPLE, as_of=each.as_of).table for each in (before, after)]
    old, now = (
        dict(zip(*table.select(["customer_id", "segment"]).to_pydict().values(), strict=True)) for table in tables
    )
    assert after.migration
    names = [each.name for each in after.segments]
    assert after.migration.matrix == tuple(
        tuple(sum(old.get(who, "(new)") == row and now[who] == column for who in now) for column in names)
        for row in (*names, "(new)")
    )
    flow = after.migration.flows[0]
    assert (flow.before, flow.after, flow.direction, flow.customers) == ("Champions", "Loyal Customers", "down", 10)


# As rfm


def test_every_date_of_the_example_is_what_rfm_makes_of_it() -> None:
    assert len(agree(EXAMPLE).summary.as_of_dates) == 12


@pytest.mark.parametrize(
    "options",
    [
        {"orders_by": "day"},
        {"orders_by": "row", "refunds": "drop"},
        {"nested": True, "monetary": "mean"},
        {"ties": "spread"},
        {"axes": "LRFM", "weights": "1,100,10,1"},
        {"scheme": ["value-loyalty", "codes-125", "pymc"]},
        {"scheme": "none", "bins": "4"},
        {"by": "product", "min_group": 20},
        {"since": "2025-03-10", "drop_duplicates": True, "calendar_out": "jalali", "lang": "fa"},
    ],
    ids=str,
)
def test_with_any_options_too(options: dict[str, Any]) -> None:
    agree(EXAMPLE, every="quarter", **options)


@pytest.mark.parametrize(
    "kind", ["45 days", "week", "year", "jalali-month", "jalali-quarter", "Jalali-Year", "jalali-week"]
)
def test_in_any_periods_too(kind: str) -> None:
    found = agree(EXAMPLE, every=kind, first="2025-11-20")
    assert str(found.summary.as_of_dates[-1].as_of) == "2025-12-31"
    assert (found.summary.as_of_jalali is not None) is kind.lower().startswith("jalali")


def test_jalali_orders_in_jalali_months(orders: Callable[..., Path]) -> None:
    path = orders("ann,1,1403/01/05,10", "ben,2,1403/01/31,5", "ann,3,1403/02/01,5", "cid,4,1403/03/10,1")
    found = agree(path, every="jalali-month")
    assert [each.label for each in found.summary.as_of_dates] == ["1403/01", "1403/02", "1403/03"]
    assert [each.customers for each in found.summary.as_of_dates] == [2, 2, 3]
    to = segtool.track(path, every="jalali-month", to="1403/02/15").summary
    assert (to.as_of_jalali, to.as_of_from, to.as_of_dates[-1].is_over) == ("1403/02/15", "option", False)


def test_a_model_scores_every_date(tmp_path: Path) -> None:
    model = tmp_path / "m.json"
    model.write_text(segtool.rfm(EXAMPLE, as_of="2025-06-30", scheme="value-loyalty").model.to_json())
    found = agree(EXAMPLE, every="quarter", model=model)
    assert found.summary.frozen
    assert (found.summary.frozen.of, found.summary.frozen.model) == ("model", str(model))
    assert found.summary.scheme == "value-loyalty"


@pytest.mark.parametrize(("freeze", "day"), [("first", "2025-03-31"), ("last", "2025-12-31")])
def test_frozen_cuts_are_those_of_a_model_of_that_date(tmp_path: Path, freeze: Any, day: str) -> None:
    model = tmp_path / "m.json"
    options: dict[str, Any] = {"by": "product", "min_group": 10}
    model.write_text(segtool.rfm(EXAMPLE, as_of=day, **options).model.to_json())
    frozen = segtool.track(EXAMPLE, every="quarter", freeze=freeze, from_date="2024-12-01", unseen="pooled", **options)
    assert frozen.table.replace_schema_metadata(None).equals(
        segtool.track(EXAMPLE, every="quarter", model=model, unseen="pooled").table.replace_schema_metadata(None)
    )
    assert frozen.summary.frozen
    assert (frozen.summary.frozen.of, str(frozen.summary.frozen.as_of)) == (freeze, day)


def lines() -> st.SearchStrategy[list[tuple[str, int, int, int]]]:
    """Lines of a small shop: customer, order, day and amount, of which some are refunds."""
    line = st.tuples(st.sampled_from("abcde"), st.integers(0, 6), st.integers(0, 130), st.integers(-300, 900))
    return st.lists(line, min_size=1, max_size=40).filter(lambda found: any(amount >= 0 for *_, amount in found))


@settings(max_examples=25)
@given(
    found=lines(),
    cut=st.integers(0, 40),
    with_ids=st.booleans(),
    orders_by=st.sampled_from([None, "day", "row"]),
    refunds=st.sampled_from([None, "drop"]),
    kind=st.sampled_from(["month", "13 days", "jalali-month"]),
)
def test_any_orders_in_several_files_give_what_rfm_gives(
    tmp_path: Path, found: list[tuple[str, int, int, int]], cut: int, with_ids: bool, **options: Any
) -> None:
    paths = []
    for name, own in (("a.csv", found[:cut]), ("b.csv", found[cut:])):
        path = tmp_path / name
        header = "customer_id,order_date,amount" + (",order_id" if with_ids else "")
        rows = [
            f"{who},{date(2024, 1, 1) + timedelta(day)},{amount / 100:.2f}"
            + (f",{order}" if with_ids and order else "," * with_ids)
            for who, order, day, amount in own
        ]
        path.write_text("\n".join([header, *rows, ""]))
        paths.append(str(path))
    agree(paths, every=options.pop("kind"), **options)


def test_threads_change_nothing(example: Tracked) -> None:
    assert segtool.track(EXAMPLE, threads=1).table.equals(example.table)
    assert segtool.track(EXAMPLE, threads=5).summary == example.summary


def test_quarters_of_cdnow(real_data: Callable[[str], Path]) -> None:
    found = agree(real_data(CDNOW), every="quarter")
    assert [each.label for each in found.summary.as_of_dates][:5] == [
        "1997-Q1", "1997-Q2", "1997-Q3", "1997-Q4", "1998-Q1",
    ]  # fmt: skip
    assert [each.customers for each in found.summary.as_of_dates] == [23_570] * 6


def test_months_of_online_retail(real_data: Callable[[str], Path]) -> None:
    path = real_data(RETAIL)
    found = segtool.track(path)
    adds_up(found.summary)
    dates = found.summary.as_of_dates
    assert (len(dates), dates[-1].label, dates[-1].is_over, dates[-1].customers) == (13, "2011-12", False, 4_339)
    for at, (day, own) in enumerate(slices(found)):
        if at in (0, 6, 12):
            assert own.equals(segtool.rfm(path, as_of=day).table.replace_schema_metadata(None))


# Numbers and curves


def test_a_trend_is_rising_or_falling_from_a_tenth_of_the_mean_on() -> None:
    assert trend([10, 10, 10, 10]) == "steady"
    assert trend([0, 0, 0]) == "steady"
    assert trend([100, 0, 110]) == "rising"  # the line rises by 10, and the mean is 70
    assert trend([Decimal("-1.5"), Decimal(0), Decimal("-4")]) == "falling"
    assert trend([3]) is None
    assert series([2, 5]) == series((2, 5))
    assert (series([2, 5]).change, series([2, 5]).trend) == (3, None)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=3, max_size=30))
def test_a_trend_is_that_of_the_least_squares_line(values: list[int]) -> None:
    slope = np.polyfit(range(len(values)), np.array(values, np.float64), 1)[0]
    share = slope * (len(values) - 1) / max(np.abs(values).mean(), 1e-9)
    expected = "rising" if share > 0 else "falling"
    if abs(abs(share) - 0.1) > 1e-6:
        assert trend(values) == (expected if abs(share) >= 0.1 else "steady")


@given(st.lists(st.integers(-1000, 10**9), min_size=1, max_size=60))
def test_a_curve_has_a_mark_a_value_and_its_highest_at_the_largest(values: list[int]) -> None:
    marks = curve(values, most=60)
    assert len(marks) == len(values)
    if max(values) > 0:
        assert marks[values.index(max(values))] == "█"
    assert len(curve(values)) == min(len(values), 18)
    assert len(curve(values, 5)) == min(len(values), 5)


# Pages


def test_the_page_of_the_example_looks_like_this(example: Tracked) -> None:
    golden.check("track.txt", render_track(example.summary))


def test_the_persian_page_of_the_example_looks_like_this() -> None:
    summary = segtool.track(EXAMPLE, every="jalali-quarter", freeze="first", lang="fa").summary
    golden.check("track-fa.txt", render_track(summary, words=words_in("fa", "fa")))


def test_a_page_of_many_dates_shows_the_last_moves_and_says_so() -> None:
    text = render_track(segtool.track(EXAMPLE, every="week", lang="en").summary)
    assert "curves show 18 of them, evenly spread" in text
    assert "Who moved since the date before, on the last 12 of 53" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_page_without_segments_has_no_curves() -> None:
    text = render_track(segtool.track(EXAMPLE, every="year", scheme="none").summary)
    assert "over time" not in text
    assert "2025-12-31" in text


def test_large_money_is_told_in_millions(orders: Callable[..., Path]) -> None:
    path = orders(*(f"c{i},{i},2024-0{i % 6 + 1}-01,{i}750000000" for i in range(1, 40)))
    text = render_track(segtool.track(path).summary)
    assert "in million" in text
    assert max(map(len, text.splitlines())) <= 80


# The command line


def test_the_command_writes_what_the_library_returns(run: Run, tmp_path: Path, example: Tracked) -> None:
    done = run("track", EXAMPLE, "-o", "t.parquet", "-o", "t.csv", "-o", "t.jsonl", "--summary-file", "s.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("Wrote 1,724 rows to t.parquet, t.csv and t.jsonl.\n")
    table = pq.read_table(tmp_path / "t.parquet")
    assert table.column_names == example.table.column_names
    assert table["segment"].to_pylist() == example.table["segment"].to_pylist()
    assert table["monetary"].to_pylist() == list(map(float, example.table["monetary"].to_pylist()))
    summary = json.loads((tmp_path / "s.json").read_text())
    assert json.loads(table.schema.metadata[b"segtool_track"]) == summary == example.summary.to_dict()
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["as_of"] for row in rows] == list(map(str, example.table["as_of"].to_pylist()))
    assert len((tmp_path / "t.jsonl").read_text().splitlines()) == 1724


def test_parquet_is_the_same_alone_and_beside_others(run: Run, tmp_path: Path) -> None:
    run("track", EXAMPLE, "-q", "-o", "a.parquet")
    run("track", EXAMPLE, "-q", "-o", "b.parquet", "-o", "b.md", "--threads", "1")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    run("track", EXAMPLE, "-q", "--wide", "-o", "w.parquet")
    assert pq.read_table(tmp_path / "w.parquet").num_rows == 239


def test_in_a_pipe_stdout_carries_the_table(run: Run, six: Path) -> None:
    done = run("track", six)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 13
    assert list(rows[0])[:3] == ["customer_id", "as_of", "first_order"]
    assert "6 customers" in done.stderr
    assert run("track", six, "-o", "-", "--format", "tsv", "-q").stdout.startswith("customer_id\tas_of\t")
    assert run("track", six, "--wide", "-q").stdout.startswith("customer_id,rfm_score_2024-01-31,segment_2024-01-31,")


def test_json_takes_the_place_of_the_page(run: Run, six: Path) -> None:
    done = run("track", six, "--json", "--every", "quarter", "--log-file", "log.jsonl")
    found = json.loads(done.stdout)
    assert (found["as_of"], found["every"], found["customers"]) == ("2024-03-31", "quarter", 6)
    assert [each["as_of"] for each in found["as_of_dates"]] == ["2024-03-31"]
    assert done.stderr == ""


def test_the_log_knows_a_track(run: Run, six: Path, tmp_path: Path) -> None:
    run("track", six, "-q", "-o", "t.csv", "--log-file", "log.jsonl")
    line = json.loads((tmp_path / "log.jsonl").read_text())
    assert (line["command"], line["customers"], line["outputs"]) == ("track", 6, ["t.csv"])


def test_an_ascii_stream_gets_curves_in_ascii(run: Run) -> None:
    done = run("track", EXAMPLE, "-o", "t.csv", env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}, encoding="ascii")
    assert done.returncode == 0
    assert "Champions           ....==+:+=+#     4   30    +26 rising rising\n" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--every", "fortnight"], 2, "--every 'fortnight' is no period; say week, month"),
        (["--every", "0 days"], 2, "is no period"),
        (["--from", "2024-05-01"], 2, "--from 2024-05-01 lies after the last as-of date, 2024-03-31"),
        (
            ["--from", "2024-02-01", "--to", "2024-01-31"],
            2,
            "--from 2024-02-01 lies after the last as-of date, 2024-01-31",
        ),
        (["--from", "soon"], 2, "--from 'soon' is not a date"),
        (["--to", "31.31.2024"], 2, "--to '31.31.2024' is not a date"),
        (["--to", "2023-12-31"], 65, "No usable row: 12 read, all set aside: after as-of 12."),
        (["--every", "1 day", "--to", "2027-01-01"], 2, "there are 1,097 periods of --every 1 days, more than 1,000"),
        (["--as-of", "2024-03-31"], 2, "No such option"),
        (["--freeze", "first", "--ties", "spread"], 2, "--freeze keeps cuts, and --ties spread makes none"),
        (["--freeze", "first", "--model", "m.json"], 2, "say one of the two"),
        (["--model", "m.json"], 66, "There is no model m.json."),
        (["--unseen", "pooled"], 2, "--unseen does nothing without --model or --freeze."),
        (["--json", "-o", "-"], 2, "--json already writes to stdout"),
        (["-o", "orders.csv"], 2, "orders.csv"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, six: Path, args: list[str], code: int, said: str) -> None:
    done = run("track", six, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_the_library_refuses_what_it_does_not_know(six: Path) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'as_of'"):
        segtool.track(six, as_of="2024-01-01")
    with pytest.raises(UsageError, match="--freeze 'middle' is unknown"):
        segtool.track(six, freeze="middle")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="keep=False"):
        _ = segtool.track(six, keep=False).table


def test_a_group_that_the_frozen_cuts_do_not_know_is_refused(orders: Callable[..., Path]) -> None:
    header = "customer_id,order_id,order_date,amount,country"
    path = orders("ann,1,2024-01-05,10,DE", "ben,2,2024-02-05,10,FR", header=header)
    with pytest.raises(DataError, match="does not know the group 'FR': say --unseen pooled"):
        segtool.track(path, freeze="first", by="country", min_group=1)
    assert segtool.track(path, freeze="last", by="country", min_group=1).rows == 3


def test_rejects_and_choices_are_told_as_by_rfm(run: Run, tmp_path: Path) -> None:
    done = run("track", EXAMPLE, "-o", "t.csv", "--rejects", "aside.csv", "-v")
    run("rfm", EXAMPLE, "-q", "-o", "s.csv", "--rejects", "aside-of-rfm.csv")
    assert (tmp_path / "aside.csv").read_text() == (tmp_path / "aside-of-rfm.csv").read_text()
    assert done.stderr.startswith("- ")


def test_a_workbook_holds_the_long_table(run: Run, tmp_path: Path) -> None:
    needs("xlsxwriter")
    openpyxl = needs("openpyxl")
    assert run("track", EXAMPLE, "-q", "-o", "t.xlsx").returncode == 0
    [sheet] = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets
    assert (sheet.max_row, sheet["B1"].value) == (1725, "as_of")


def test_a_table_of_many_dates_is_no_labelled_table(run: Run, six: Path, tmp_path: Path) -> None:
    from segtool.labelled import read_labelled

    run("track", six, "-q", "-o", "t.parquet")
    with pytest.raises(DataError, match="several as-of dates"):
        read_labelled(tmp_path / "t.parquet")
