"""Since when: `--previous` tells where each customer was before, since when that has changed, and who is gone."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, SIX, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.api import Result
from segtool.errors import DataError, MissingInputError, UsageError
from segtool.labelled import nobody
from segtool.tables.writing.formats import write_table

RealData = Callable[[str], Path]
EXAMPLE = ROOT / "examples" / "orders.csv"
JANUARY, FEBRUARY, MARCH = "2024-01-31", "2024-02-29", "2024-03-31"
AGE = """\
[scoring]
r = { cuts = [30, 60] }
[[segments]]
name = "Fresh"
r = 3
health = "positive"
[[segments]]
name = "Fading"
r = 2
health = "neutral"
[[segments]]
name = "Cold"
r = 1
health = "negative"
"""
"""Up to 30 days since the last order, up to 60, more."""

ORDERS = {
    JANUARY: {"ann": "2024-01-20", "ben": "2024-01-20", "cid": "2023-12-10", "eve": "2024-01-25", "fay": "2023-11-01"},
    FEBRUARY: {"ann": "2024-02-20", "ben": "2024-01-20", "cid": "2024-02-10", "dee": "2024-02-05", "fay": "2023-11-01"},
    MARCH: {"ann": "2024-03-20", "ben": "2024-01-20", "cid": "2024-02-10", "dee": "2024-02-05", "eve": "2024-03-05"},
}
"""The last order of each customer in the orders of three months: eve is missing in February, fay in March."""


@pytest.fixture
def age(tmp_path: Path) -> str:
    path = tmp_path / "age.toml"
    path.write_text(AGE)
    return str(path)


@pytest.fixture
def everyone(tmp_path: Path) -> Path:
    path = tmp_path / "everyone.csv"
    path.write_text("customer_id\nann\nyan\nzoe\n")
    return path


def orders_of(last: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame([(who, day, "7.50") for who, day in last.items()], columns=["customer", "date", "total"])


def month_after_month(months: Iterable[str], age: str, **options: Any) -> list[Result]:
    """Return one run after the other, each with the table of the one before."""
    found: list[Result] = []
    for as_of in months:
        previous = found[-1].table if found else nobody("segments.parquet")
        found.append(segtool.rfm(orders_of(ORDERS[as_of]), as_of=as_of, scheme=age, previous=previous, **options))
    return found


def told(result: Result) -> dict[str, tuple[Any, ...]]:
    names = ("segment", "previous_segment", "segment_since", "moved")
    return {
        row["customer_id"]: tuple(str(row[name]) if name == "segment_since" else row[name] for name in names)
        for row in result.table.to_pylist()
    }


def codes(result: Result) -> list[str]:
    changes = result.summary.changes
    return [each.code for each in (*result.summary.warnings, *(changes.warnings if changes else ()))]


# By hand


def test_six_customers_over_three_months(age: str) -> None:
    january, february, march = month_after_month(ORDERS, age, keep_gone=True)
    assert set(told(january).values()) == {(segment, None, JANUARY, "new") for segment in ("Fresh", "Fading", "Cold")}
    assert told(february) == {
        "ann": ("Fresh", "Fresh", JANUARY, "same"),
        "ben": ("Fading", "Fresh", FEBRUARY, "down"),
        "cid": ("Fresh", "Fading", FEBRUARY, "up"),
        "dee": ("Fresh", None, FEBRUARY, "new"),
        "eve": ("(gone)", "Fresh", FEBRUARY, "gone"),
        "fay": ("Cold", "Cold", JANUARY, "same"),
    }
    assert told(march) == {
        "ann": ("Fresh", "Fresh", JANUARY, "same"),
        "ben": ("Cold", "Fading", MARCH, "down"),
        "cid": ("Fading", "Fresh", MARCH, "down"),
        "dee": ("Fading", "Fresh", MARCH, "down"),
        "eve": ("Fresh", "(gone)", MARCH, "up"),
        "fay": ("(gone)", "Cold", MARCH, "gone"),
    }


def test_without_those_who_are_gone_a_customer_who_returns_is_new(age: str) -> None:
    _, february, march = month_after_month(ORDERS, age)
    assert list(told(february)) == ["ann", "ben", "cid", "dee", "fay"]
    assert told(march)["eve"] == ("Fresh", None, MARCH, "new")
    assert february.summary.kept_gone is None


def test_the_changes_of_a_run_are_counted(age: str) -> None:
    _, february, march = (each.summary.changes for each in month_after_month(ORDERS, age, keep_gone=True))
    assert february
    assert march
    assert february.moved == {"up": 1, "down": 1, "same": 2, "new": 1, "gone": 1, "other": 0}
    assert march.moved == {"up": 0, "down": 3, "same": 1, "new": 1, "gone": 1, "other": 0}
    assert (str(march.before.as_of), march.before.customers, march.after.customers, march.after.file) == (
        FEBRUARY, 5, 5, None,
    )  # fmt: skip


def test_who_stays_gone_keeps_the_last_segment_and_the_day(age: str) -> None:
    february = month_after_month([JANUARY, FEBRUARY], age, keep_gone=True)[-1]
    later = segtool.rfm(orders_of(ORDERS[FEBRUARY]), as_of=MARCH, scheme=age, previous=february.table, keep_gone=True)
    assert told(later)["eve"] == ("(gone)", "Fresh", FEBRUARY, "gone")
    assert later.summary.changes
    assert later.summary.changes.moved["gone"] == 0
    assert later.summary.kept_gone == 1


def test_who_is_kept_although_gone_counts_for_nothing(age: str) -> None:
    january, february, _ = month_after_month(ORDERS, age, keep_gone=True)
    [eve] = [row for row in february.table.to_pylist() if row["customer_id"] == "eve"]
    assert (str(eve["first_order"]), str(eve["last_order"])) == ("2024-01-25", "2024-01-25")
    assert (eve["recency_days"], eve["frequency"], eve["monetary"]) == (None, 0, 0)
    assert {eve[name] for name in ("r_score", "f_score", "m_score", "rfm_score")} == {None}
    summary = february.summary
    assert sum(february.table["monetary"].to_pylist()) == summary.revenue
    assert len(february.table) == summary.customers + summary.kept_gone
    assert sum(each.customers for each in summary.segments) == summary.customers == 5
    assert (january.summary.kept_gone, summary.kept_gone) == (0, 1)


def test_a_table_without_these_columns_is_where_they_begin(age: str) -> None:
    plain = segtool.rfm(orders_of(ORDERS[JANUARY]), as_of=JANUARY, scheme=age).table
    chained = month_after_month([JANUARY, FEBRUARY], age)[-1]
    later = segtool.rfm(orders_of(ORDERS[FEBRUARY]), as_of=FEBRUARY, scheme=age, previous=plain)
    assert told(later) == told(chained)
    again = segtool.rfm(orders_of(ORDERS[JANUARY]), as_of=JANUARY, scheme=age, previous=plain)
    assert set(told(again)["ann"]) == {"Fresh", JANUARY, "same"}


def test_customers_of_a_list_move_too(six: Path, everyone: Path) -> None:
    before = segtool.rfm(six, scheme="shopify", customers=everyone, previous=nobody("s.csv"))
    (six.parent / "later.csv").write_text(SIX + "zoe,20,2024-04-10,9.00\n")
    (six.parent / "fewer.csv").write_text("customer_id\nann\nzoe\n")
    after = segtool.rfm(
        six.parent / "later.csv", scheme="shopify", customers=six.parent / "fewer.csv", previous=before.table,
        keep_gone=True,
    )  # fmt: skip
    assert told(before)["yan"] == ("Prospects", None, MARCH, "new")
    assert told(after)["zoe"][1:] == ("Prospects", "2024-04-10", "up")
    assert told(after)["yan"] == ("(gone)", "Prospects", "2024-04-10", "gone")
    [yan] = [row for row in after.table.to_pylist() if row["customer_id"] == "yan"]
    assert (yan["first_order"], yan["last_order"], yan["frequency"]) == (None, None, 0)


def test_customers_of_a_list_for_whom_a_scheme_has_no_segment_are_told_as_none(everyone: Path, six: Path) -> None:
    both = ["loyalty-matrix", "shopify"]
    first, second = (
        segtool.rfm(six, as_of=day, scheme=both, customers=everyone, previous=previous)
        for day, previous in (
            (MARCH, nobody("s.csv")),
            ("2024-04-01", segtool.rfm(six, scheme=both, customers=everyone).table),
        )
    )
    assert told(first)["zoe"] == (None, None, MARCH, "new")
    assert told(second)["zoe"] == (None, "(none)", MARCH, "same")


# The same day again


@pytest.mark.parametrize("form", ["csv", "tsv", "parquet", "jsonl", "feather", "md", "xlsx"])
def test_the_output_is_the_previous_table_and_a_second_run_on_the_day_changes_nothing(
    run: Run, tmp_path: Path, form: str
) -> None:
    if form == "xlsx":
        needs("xlsxwriter")
        needs("fastexcel")
    output = tmp_path / f"segments.{form}"
    again = []
    for as_of in ("2025-09-30", "2025-12-31", "2025-12-31"):
        done = run("rfm", EXAMPLE, "--as-of", as_of, "--previous", output.name, "--keep-gone", "-q", "-o", output.name)
        assert (done.returncode, done.stderr) == (0, "")
        again.append(output.read_bytes())
    assert again[0] != again[1]
    assert again[1] == again[2]


def test_the_first_night_again_is_the_first_night(age: str) -> None:
    first = month_after_month([JANUARY], age)[0]
    again = segtool.rfm(orders_of(ORDERS[JANUARY]), as_of=JANUARY, scheme=age, previous=first.table)
    assert again.table.equals(first.table)
    assert again.summary == first.summary
    assert again.summary.changes is None
    assert "first-night" in codes(again)


def test_orders_that_came_late_are_judged_against_the_day_before(age: str) -> None:
    february = month_after_month([JANUARY, FEBRUARY], age, keep_gone=True)[-1]
    late = ORDERS[FEBRUARY] | {"ben": "2024-02-28", "eve": "2024-02-27", "gil": "2024-02-01"}
    again = segtool.rfm(orders_of(late), as_of=FEBRUARY, scheme=age, previous=february.table, keep_gone=True)
    assert told(again) == told(february) | {
        "ben": ("Fresh", "Fresh", FEBRUARY, "same"),
        "eve": ("Fresh", "Fresh", FEBRUARY, "same"),
        "gil": ("Fresh", None, FEBRUARY, "new"),
    }


def test_who_returns_by_a_late_order_had_been_gone_before(age: str) -> None:
    february = month_after_month([JANUARY, FEBRUARY], age, keep_gone=True)[-1]
    march = segtool.rfm(orders_of(ORDERS[FEBRUARY]), as_of=MARCH, scheme=age, previous=february.table, keep_gone=True)
    late = ORDERS[FEBRUARY] | {"eve": "2024-03-30"}
    again = segtool.rfm(orders_of(late), as_of=MARCH, scheme=age, previous=march.table, keep_gone=True)
    assert told(again)["eve"] == ("Fresh", "(gone)", MARCH, "up")


def test_who_came_and_went_on_one_day_was_never_there(age: str) -> None:
    january = month_after_month([JANUARY], age)[0]
    fewer = {who: day for who, day in ORDERS[JANUARY].items() if who != "ann"}
    again = segtool.rfm(orders_of(fewer), as_of=JANUARY, scheme=age, previous=january.table, keep_gone=True)
    assert "ann" not in told(again)
    assert again.summary.kept_gone == 0


def test_a_retry_fails_on_the_same_alert_where_the_table_keeps_the_changes(run: Run) -> None:
    args = ["--previous", "s.parquet", "-q", "-o", "s.parquet", "--fail-if", "Champions -> * > 10%"]
    assert run("rfm", EXAMPLE, "--as-of", "2025-09-30", *args).returncode == 0
    nights = [run("rfm", EXAMPLE, *args) for _ in range(2)]
    assert [night.returncode for night in nights] == [1, 1]
    assert nights[0].stderr == nights[1].stderr
    assert "Champions -> * > 10%" in nights[0].stderr


# Refusals


def test_a_table_of_a_later_day_is_refused(age: str) -> None:
    february = month_after_month([JANUARY, FEBRUARY], age)[-1]
    with pytest.raises(DataError, match="is as of 2024-02-29, and this run as of 2024-01-31, which is earlier"):
        segtool.rfm(orders_of(ORDERS[JANUARY]), as_of=JANUARY, scheme=age, previous=february.table)


def test_a_table_of_another_scheme_is_refused_by_its_name(six: Path) -> None:
    table = segtool.rfm(six, scheme="putler").table
    with pytest.raises(DataError, match=r"is of another scheme than this run: .*putler.*shopify"):
        segtool.rfm(six, scheme="shopify", previous=table)


def test_a_table_of_a_scheme_that_was_changed_is_refused(six: Path, age: str) -> None:
    table = segtool.rfm(six, scheme=age).table
    Path(age).write_text(AGE.replace("[30, 60]", "[45, 60]"))
    with pytest.raises(DataError, match=r"is of another scheme than this run: .*changed"):
        segtool.rfm(six, scheme=age, previous=table)


def test_a_table_that_does_not_tell_its_scheme_is_refused_by_its_segments(six: Path, age: str) -> None:
    table = segtool.rfm(six, scheme="braze").table.replace_schema_metadata(None)
    with pytest.raises(DataError, match=r"has the segments .*, which scheme age does not have"):
        segtool.rfm(six, scheme=age, previous=table)


@pytest.mark.parametrize("keeps_metadata", [True, False])
def test_a_table_without_segments_is_refused(six: Path, keeps_metadata: bool) -> None:
    table = segtool.rfm(six, scheme="none").table
    reason = "is of another scheme than this run" if keeps_metadata else "has no column segment"
    with pytest.raises(DataError, match=reason):
        segtool.rfm(six, previous=table if keeps_metadata else table.replace_schema_metadata(None))


def test_a_table_that_is_not_there_is_missed(six: Path) -> None:
    with pytest.raises(MissingInputError):
        segtool.rfm(six, previous=six.parent / "last.csv")


def test_a_run_without_segments_has_nothing_to_tell(six: Path) -> None:
    with pytest.raises(UsageError, match="--scheme none has no segments"):
        segtool.rfm(six, scheme="none", previous=segtool.rfm(six).table)


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (["--previous", "none.csv", "-o", "s.csv"], 66, "none.csv"),
        (["--keep-gone", "-o", "s.csv"], 2, "--keep-gone does nothing without --previous."),
        (["--previous", "twice.csv", "-o", "s.csv"], 65, "customer 'ann' has two rows"),
        (["--previous", "twice.csv", "-o", "twice.csv"], 65, "customer 'ann' has two rows"),
        (["--previous", "once.csv", "--rejects", "once.csv", "-o", "s.csv"], 2, "once.csv is an input"),
        (["--fail-if", "Champions -> At Risk > 5%", "-o", "s.csv"], 2, "say --previous"),
    ],
)
def test_the_command_refuses(run: Run, six: Path, args: Sequence[str], code: int, error: str) -> None:
    run("rfm", six, "-q", "-o", "once.csv")
    lines = (six.parent / "once.csv").read_text().splitlines(keepends=True)
    (six.parent / "twice.csv").write_text("".join([*lines, lines[1]]))
    done = run("rfm", six, *args)
    assert done.returncode == code, done.stderr
    assert error in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert not (six.parent / "s.csv").exists()
    assert (six.parent / "twice.csv").read_text() == "".join([*lines, lines[1]])


# The page


def test_on_the_first_night_all_customers_are_new(run: Run, six: Path) -> None:
    done = run("rfm", six, "--previous", "s.csv", "-o", "s.csv")
    assert "There is no table of an earlier day, so all customers are new." in " ".join(done.stderr.split())
    header, *lines = (six.parent / "s.csv").read_text().splitlines()
    assert header.endswith(",segment,previous_segment,segment_since,moved")
    assert [line.endswith(",,2024-03-31,new") for line in lines] == [True] * 6


def test_the_page_says_who_moved_and_how_many_are_kept(run: Run) -> None:
    run("rfm", EXAMPLE, "--as-of", "2025-09-30", "-q", "-o", "s.parquet")
    fewer = "".join(line for line in EXAMPLE.read_text("utf-8").splitlines(keepends=True) if ",0001," not in line)
    page = run("rfm", "-", "--previous", "s.parquet", "--keep-gone", "-o", "s.csv", input=fewer).stderr
    since = page.partition("Since 2025-09-30\n")[2].partition("\n\n")[0]
    assert "189 customers then, 238 now: 50 new, 1 gone" in since
    assert "1 customer of Champions is gone" not in since  # five larger flows are shown
    assert since.count("customers left") + since.count("customers are new in") == 5
    assert page.endswith(
        "\nWrote 239 customers to s.csv.\n1 of them is gone since the earlier table, and kept as (gone).\n"
    )


def test_headers_in_persian_are_read_back(run: Run, tmp_path: Path) -> None:
    args = ["--previous", "s.csv", "-q", "--headers", "fa", "--digits", "fa", "--lang", "fa", "-o", "s.csv"]
    for as_of in ("2025-09-30", "2025-12-31"):
        assert run("rfm", EXAMPLE, "--as-of", as_of, *args).returncode == 0
    again = (tmp_path / "s.csv").read_bytes()
    assert run("rfm", EXAMPLE, *args).returncode == 0
    assert (tmp_path / "s.csv").read_bytes() == again
    assert "در این بخش از" in again.decode()


def test_a_frame_is_a_previous_table_too(age: str) -> None:
    first = month_after_month([JANUARY], age)[0]
    found = segtool.rfm(orders_of(ORDERS[FEBRUARY]), as_of=FEBRUARY, scheme=age, previous=first.customers)
    assert told(found) == told(month_after_month([JANUARY, FEBRUARY], age)[-1])


def test_the_table_carries_its_changes(age: str, tmp_path: Path) -> None:
    pq.write_table(month_after_month([JANUARY, FEBRUARY], age)[-1].table, tmp_path / "s.parquet")
    about = json.loads(pq.read_schema(tmp_path / "s.parquet").metadata[b"segtool"])
    assert about["changes"]["moved"]["up"] == 1
    assert about["changes"]["before"]["as_of"] == JANUARY


def test_ids_that_look_quoted_keep_their_own_rows(age: str) -> None:
    """An apostrophe before a sign is what --csv-safe adds; in these orders it belongs to the id, and sorts first."""
    months = [{"'=a": "2024-01-01", "1": "2024-01-30"}, {"'=a": "2024-02-28", "1": "2024-01-30"}]
    first, second = (orders_of(each) for each in months)
    before = segtool.rfm(first, as_of=JANUARY, scheme=age).table
    after = segtool.rfm(second, as_of=FEBRUARY, scheme=age, previous=before)
    assert told(after) == {"'=a": ("Fresh", "Fresh", JANUARY, "same"), "1": ("Fresh", "Fresh", JANUARY, "same")}
    assert told(segtool.rfm(second, as_of=MARCH, scheme=age, previous=after.table))["1"][-1] == "down"


def test_a_segment_may_be_called_as_what_means_empty_elsewhere(tmp_path: Path) -> None:
    scheme = tmp_path / "none.toml"
    scheme.write_text(AGE.replace('"Fresh"', '"None"'))
    result = segtool.rfm(orders_of({"ann": "2024-01-20"}), as_of=JANUARY, scheme=str(scheme))
    with (tmp_path / "segments.csv").open("wb") as file:
        write_table(result.table, file, "csv")
    again = segtool.rfm(
        orders_of({"ann": "2024-02-20"}), as_of=FEBRUARY, scheme=str(scheme), previous=tmp_path / "segments.csv"
    )
    assert told(again) == {"ann": ("None", "None", JANUARY, "same")}


# Any history

DAYS_AGO = {"Fresh": 5, "Fading": 45, "Cold": 80}
STATES = st.sampled_from([None, *DAYS_AGO])
HISTORIES = st.lists(st.lists(STATES, min_size=4, max_size=4).filter(any), min_size=2, max_size=5)
RANKS = [*DAYS_AGO, "(gone)"]


def oracle(states: Sequence[str | None], days: Sequence[date], *, keep_gone: bool) -> tuple[Any, ...] | None:
    """Return what is told of a customer at the end of a history, None where there is no row."""
    if keep_gone:
        came = next((i for i, state in enumerate(states) if state), len(states))
        states = [*states[:came], *(state or "(gone)" for state in states[came:])]
    now = states[-1]
    if now is None:
        return None
    start = len(states) - 1
    while start and states[start - 1] == now:
        start -= 1
    before = states[-2]
    if now == "(gone)":
        return now, states[start - 1], str(days[start]), "gone"
    step = 0 if before is None else RANKS.index(now) - RANKS.index(before)
    moved = "new" if before is None else ("up" if step < 0 else "down" if step else "same")
    return now, before, str(days[start]), moved


@settings(max_examples=40)
@given(history=HISTORIES, keep_gone=st.booleans())
def test_month_after_month_tells_what_all_months_together_tell(
    tmp_path: Path, history: list[list[str | None]], keep_gone: bool
) -> None:
    scheme = tmp_path / "age.toml"
    scheme.write_text(AGE)
    days = [date(2024, 1, 31) + timedelta(30 * i) for i in range(len(history))]
    table: Any = nobody("s.parquet")
    for day, states in zip(days, history, strict=True):
        last = {f"c{i}": str(day - timedelta(DAYS_AGO[state])) for i, state in enumerate(states) if state is not None}
        options: Any = {"as_of": day, "scheme": str(scheme), "keep_gone": keep_gone, "threads": 1}
        found = segtool.rfm(orders_of(last), previous=table, **options)
        table = found.table
        assert segtool.rfm(orders_of(last), previous=table, **options).table.equals(table)
    expected = {f"c{i}": oracle([each[i] for each in history], days, keep_gone=keep_gone) for i in range(4)}
    assert told(found) == {who: row for who, row in expected.items() if row}


# Real data

QUARTERS = ("1997-03-31", "1997-06-30", "1997-09-30", "1997-12-31")


def test_quarters_of_cdnow(real_data: RealData) -> None:
    orders = real_data("cdnow/cdnow_master.csv")
    tables: list[pa.Table] = []
    for day in QUARTERS:
        previous = tables[-1] if tables else nobody("s.parquet")
        result = segtool.rfm(orders, as_of=day, previous=previous, keep_gone=True)
        if tables:
            compared = segtool.compare(tables[-1], result.table).comparison
            assert result.summary.changes
            assert result.summary.changes.moved == compared.moved
            assert result.summary.changes.matrix == compared.matrix
            moved = result.table["moved"].value_counts().to_pylist()
            assert {each["values"]: each["counts"] for each in moved} == {
                way: count for way, count in compared.moved.items() if count
            }
        tables.append(result.table)
    segments = [dict(zip(each["customer_id"].to_pylist(), each["segment"].to_pylist(), strict=True)) for each in tables]
    for row in tables[-1].to_pylist():
        own = [each.get(row["customer_id"]) for each in segments]
        first = next(i for i in range(len(QUARTERS)) if set(own[i:]) == {row["segment"]})
        assert (row["previous_segment"], str(row["segment_since"])) == (own[2], QUARTERS[first])
