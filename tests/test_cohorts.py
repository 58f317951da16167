"""Cohorts: the customers by the period of their first order, who came back, and where they are now."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT, Run, needs
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import UsageError
from segtool.history.cohorts import Now, cohort_table, cohorts_of, labels_of
from segtool.history.periods import every
from segtool.output.cohorts import cohorts
from segtool.output.pieces import printed
from segtool.reading import OrderOptions, read_orders
from segtool.scoring.figures import Figures
from segtool.scoring.options import ScoreOptions
from segtool.segments.schemes import load
from segtool.segments.segmentation import segment_customers
from segtool.summary.cohorts import Cohorts
from segtool.tables.dates import calendar_day, day_number
from segtool.tables.writing.formats import FORMATS, write_table
from segtool.words import words_in


def cohorts_in(orders: Any, by: str, *, scheme: str = "loyalty-matrix", lang: str = "en", **options: Any) -> Cohorts:
    asked = OrderOptions(**options)
    read = read_orders(orders, asked, threads=1, list_rows=False, watch=None, history=True)
    as_of, _ = read.as_of(asked.last_day)
    assert as_of is not None
    assert read.found.history is not None
    customers, day = read.found.customers, day_number(as_of)
    figures = Figures(customers, customers.days_since(as_of))
    [named] = segment_customers(figures, as_of, [load(scheme)], ScoreOptions()).named
    titles = {segment.name: words_in(lang).of(segment.title) for segment in named.scheme.segments}
    now = Now(day, customers.monetary, named.places, titles)
    return cohorts_of(*read.found.history.purchases(), every(by, last=day), now)


def page(found: Cohorts, *, lang: str = "en", digits: str = "en", width: int = 80) -> str:
    words = words_in(lang, digits)
    parts = list(cohorts(found, words, width))
    return printed(parts, width=width, color=False, right_to_left=words.right_to_left)


# Six customers: in January came ann, ben and fay, in February dee, in March cid and eve.


def test_six_customers_by_the_month_of_their_first_order(six: Path) -> None:
    found = cohorts_in(six, "month")
    assert [(each.label, each.customers, each.active, str(each.revenue)) for each in found.cohorts] == [
        ("2024-01", 3, (3, 1, 1), "128.49"),  # fay came back in February, ann in March
        ("2024-02", 1, (1, 1), "21.75"),
        ("2024-03", 2, (2,), "60.00"),  # a refund is no order: cid has one
    ]
    assert found.cohorts[0].retention == (1.0, 1 / 3, 1 / 3)
    assert [(each.active, each.customers) for each in found.average] == [(6, 6), (2, 4), (1, 3)]
    assert (found.every, found.periods, found.is_over) == ("month", ("2024-01", "2024-02", "2024-03"), True)
    assert [sum(each.segments.values()) for each in found.cohorts] == [3, 1, 2]


def test_a_period_that_is_not_over_is_marked_and_no_average_has_it(six: Path) -> None:
    found = cohorts_in(six, "month", as_of="2024-03-30")
    assert not found.is_over
    assert [each.active for each in found.cohorts] == [(3, 1, 0), (1, 1), (2,)]
    assert [(each.active, each.customers) for each in found.average] == [(4, 4), (1, 3)]
    rows = cohort_table(found).to_pylist()
    assert [(row["cohort"], row["offset"], row["complete"]) for row in rows] == [
        *[("2024-01", 0, True), ("2024-01", 1, True), ("2024-01", 2, False)],
        *[("2024-02", 0, True), ("2024-02", 1, False), ("2024-03", 0, False)],
    ]


def test_the_long_table_has_a_row_for_each_cohort_and_period(six: Path) -> None:
    assert cohort_table(cohorts_in(six, "quarter")).to_pylist() == [
        {
            "cohort": "2024-Q1",
            "cohort_customers": 6,
            "offset": 0,
            "period": "2024-Q1",
            "active": 6,
            "retention": 1.0,
            "complete": True,
        }
    ]


def test_periods_without_new_customers_are_no_cohorts_and_still_count_as_periods() -> None:
    day, nobody = np.array([0, 70, 70, 100]), Now(120, np.zeros(2, np.int64), None, {})
    found = cohorts_of(np.array([0, 0, 1, 1]), day, every("month"), nobody)
    assert [(each.label, each.active) for each in found.cohorts] == [
        ("1970-01", (1, 0, 1, 0, 0)),
        ("1970-03", (1, 1, 0)),
    ]
    assert found.periods == ("1970-01", "1970-02", "1970-03", "1970-04", "1970-05")
    assert [each.segments for each in found.cohorts] == [{}, {}]


def test_one_customer_in_one_period_that_is_not_over() -> None:
    found = cohorts_of(np.array([0]), np.array([3]), every("month"), Now(3, np.array([5]), None, {}))
    assert [(each.label, each.active) for each in found.cohorts] == [("1970-01", (1,))]
    assert found.average == ()
    assert page(found).splitlines()[1:] == ["Cohort  Customers", "1970-01         1"]


def test_too_many_periods_are_refused() -> None:
    now = Now(10_000, np.array([5]), None, {})
    with pytest.raises(UsageError, match=r"10,001 periods of --by-cohort 1 days .* 1970-01-01, more than 1,000: take"):
        cohorts_of(np.array([0]), np.array([0]), every("1 day", last=10_000), now)


def test_a_kind_of_period_that_does_not_exist_is_told_by_the_option_that_named_it() -> None:
    with pytest.raises(UsageError, match="--by-cohort 'moon' is no period; say week, month"):
        every("moon", option="--by-cohort")


# Against plain Python

LINES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(1, 9), st.integers(0, 150), st.integers(-30, 90)),
    min_size=1,
    max_size=40,
)


def plainly(lines: list[tuple[str, int, int, int]], by: str, last: int) -> dict[str, list[set[str]]]:
    """Return cohort -> for each period from its own on, who placed an order in it, at its first purchase line."""
    kind = every(by, last=last)

    def number(day: int) -> int:
        return int(kind.number(np.array([day]))[0])

    placed: dict[tuple[str, int], int] = {}
    for customer, order, day, amount in lines:
        if amount >= 0 and day <= last:
            placed[customer, order] = min(day, placed.get((customer, order), day))
    visits: dict[str, set[int]] = defaultdict(set)
    for (customer, _), day in placed.items():
        visits[customer].add(number(day))
    found: dict[int, list[set[str]]] = {}
    for customer, periods in visits.items():
        first = min(periods)
        rows = found.setdefault(first, [set() for _ in range(first, number(last) + 1)])
        for period in periods:
            rows[period - first].add(customer)
    return {kind.label(first): rows for first, rows in sorted(found.items())}


@pytest.mark.parametrize("by", ["month", "week", "quarter", "jalali-month", "17 days"])
@given(lines=LINES, last=st.integers(100, 160))
def test_cohorts_are_those_of_plain_python(by: str, lines: list[tuple[str, int, int, int]], last: int) -> None:
    lines, start = [*lines, ("e", 99, 100, 1)], 19_000
    names, orders, days, amounts = zip(*lines, strict=True)
    table = pa.table(
        {
            "customer_id": names,
            "order_id": orders,
            "order_date": [calendar_day(start + day) for day in days],
            "amount": amounts,
        }
    )
    found = cohorts_in(table, by, as_of=calendar_day(start + last))
    theirs = plainly([(name, order, start + day, amount) for name, order, day, amount in lines], by, start + last)
    assert {each.label: each.active for each in found.cohorts} == {
        label: tuple(map(len, rows)) for label, rows in theirs.items()
    }
    for each in found.cohorts:
        assert each.customers == each.active[0] == sum(each.segments.values())
        assert each.retention == tuple(active / each.customers for active in each.active)
    for offset, average in enumerate(found.average):
        over = [each for each in found.cohorts if offset < len(each.active) - (not found.is_over)]
        assert average.customers == sum(each.customers for each in over)
        assert average.active == sum(each.active[offset] for each in over)


@pytest.mark.parametrize("by", ["month", "jalali-quarter", "9 days"])
@given(days=st.lists(st.integers(0, 20_000), max_size=9))
def test_each_customer_has_the_label_of_the_first_order(by: str, days: list[int]) -> None:
    kind = every(by, last=20_000)
    own = [kind.label(int(kind.number(np.array([day]))[0])) for day in days]
    assert labels_of(np.array(days, np.int64), kind).to_pylist() == own


# The page


def test_the_page_of_the_example() -> None:
    golden.check("cohorts.txt", page(cohorts_in(ROOT / "examples" / "orders.csv", "month", as_of="2025-12-20")))


def test_the_page_in_persian() -> None:
    found = cohorts_in(ROOT / "examples" / "orders.csv", "jalali-quarter", lang="fa")
    golden.check("cohorts-fa.txt", page(found, lang="fa", digits="fa"))


@pytest.mark.parametrize("scheme", ["loyalty-matrix", "customer-value-matrix", "codes-125", "r-rfm-0.3.0"])
@pytest.mark.parametrize("by", ["year", "month", "week", "3 days"])
def test_the_page_fits_80_columns_and_says_what_it_leaves_out(scheme: str, by: str) -> None:
    found = cohorts_in(ROOT / "examples" / "orders.csv", by, scheme=scheme)
    lines = page(found).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("earlier cohorts are left out" in line for line in lines) == (len(found.cohorts) > 24)
    assert sum("periods one in" in line for line in lines) == (len(found.cohorts) > 24)


def test_periods_that_do_not_fit_are_shown_at_even_steps() -> None:
    lines = page(cohorts_in(ROOT / "examples" / "orders.csv", "week")).splitlines()
    assert lines[1].split() == ["Cohort", "Customers", *map(str, range(1, 24, 3))]
    assert "Of 23 periods one in 3 is shown; --json and --cohorts FILE have them all." in lines


def test_segments_stand_by_their_names_where_these_fit() -> None:
    wide = page(cohorts_in(ROOT / "examples" / "orders.csv", "quarter"), width=120)
    assert "Potential" in wide
    assert "A Champions" not in wide
    assert "A Champions" in page(cohorts_in(ROOT / "examples" / "orders.csv", "quarter"))


def test_segments_for_which_even_letters_do_not_fit_are_others() -> None:
    names = {f"Segment {at:02}": "" for at in range(30)}
    places = np.arange(60, dtype=np.int64) % 30
    now = Now(30, np.full(60, 10**10), places, names)
    found = cohorts_of(np.arange(60), np.zeros(60, np.int64), every("month"), now)
    header, row = segment_rows(page(found))
    assert header.split()[-1] == "others"
    shares = Counter(row.split()[2:-1])
    assert set(shares) == {"3%"}
    assert row.split()[-1] == f"{(30 - shares['3%']) / 30:.0%}"


def segment_rows(text: str) -> tuple[str, str]:
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("In which segments"))
    return lines[at + 1], lines[at + 2]


# The table in files


@pytest.mark.parametrize("form", FORMATS)
def test_the_retention_is_written_in_every_format(six: Path, tmp_path: Path, form: str) -> None:
    if form == "xlsx":
        needs("xlsxwriter")
    path = tmp_path / "retention"
    with path.open("wb") as file:
        write_table(cohort_table(cohorts_in(six, "month")), file, form, lang="en", headers="en", digits="en")
    if FORMATS[form].is_text:
        text = path.read_text("utf-8-sig")
        assert "2024-03" in text
        assert "true" in text
        assert '"true"' not in text
    else:
        assert path.stat().st_size


# Published shops


@pytest.mark.parametrize(
    ("name", "customers", "sizes"),
    [
        ("cdnow/cdnow_master.csv", 23_570, {"1997-01": 7_846, "1997-02": 8_476, "1997-03": 7_248}),
        ("online_retail/online_retail.parquet", 4_339, None),
    ],
)
def test_the_cohorts_of_a_shop_add_up_to_its_customers(
    real_data: Callable[[str], Path], name: str, customers: int, sizes: dict[str, int] | None
) -> None:
    found = cohorts_in(real_data(name), "month")
    assert sum(each.customers for each in found.cohorts) == customers
    assert sum(sum(each.segments.values()) for each in found.cohorts) == customers
    assert found.average[0].retention == 1.0
    if sizes:
        assert {each.label: each.customers for each in found.cohorts} == sizes


# As part of track


def test_the_long_table_names_the_cohort_of_each_customer(six: Path) -> None:
    table = segtool.track(six, every="month", by_cohort="month").table
    cohorts = {row["customer_id"]: row["cohort"] for row in table.to_pylist()}
    assert cohorts == {
        "ann": "2024-01", "ben": "2024-01", "cid": "2024-03", "dee": "2024-02", "eve": "2024-03", "fay": "2024-01",
    }  # fmt: skip
    plain = segtool.track(six, every="month").table
    assert table.drop_columns("cohort").equals(plain)


def test_the_wide_table_has_the_cohort_once(six: Path) -> None:
    names = segtool.track(six, every="month", by_cohort="quarter", wide=True).table.column_names
    assert names[:2] == ["customer_id", "cohort"]
    assert names.count("cohort") == 1


def test_cohorts_of_a_run_are_those_of_its_last_date(six: Path) -> None:
    found = segtool.track(six, every="quarter", to="2024-02-29", by_cohort="month").summary.cohorts
    assert found is not None
    assert [(each.label, each.customers, each.active) for each in found.cohorts] == [
        ("2024-01", 3, (3, 1)),
        ("2024-02", 1, (1,)),
    ]
    assert sum(sum(each.segments.values()) for each in found.cohorts) == 4


def test_the_command_line_writes_cohorts(run: Run, six: Path, tmp_path: Path) -> None:
    done = run("track", six, "--by-cohort", "month", "--cohorts", "c.jsonl", "-q", "-o", "t.csv")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert rows[1] == {
        "cohort": "2024-01", "cohort_customers": 3, "offset": 1, "period": "2024-02", "active": 1,
        "retention": pytest.approx(1 / 3), "complete": True,
    }  # fmt: skip
    page = run("track", six, "--by-cohort", "month", "-o", "t.csv").stderr
    assert "Cohorts by month of the first order" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cohorts", "c.csv"], "--cohorts does nothing without --by-cohort."),
        (["--by-cohort", "moon"], "--by-cohort 'moon' is no period; say week, month"),
    ],
)
def test_options_of_cohorts_that_make_no_sense_are_usage_errors(
    run: Run, six: Path, options: list[str], message: str
) -> None:
    done = run("track", six, "-o", "t.csv", *options)
    assert done.returncode == 2
    assert message in done.stderr
