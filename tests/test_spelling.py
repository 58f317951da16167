"""How numbers and dates are spelled is told by all cells of a column, over all files that share the headers."""

import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError
from segtool.tables.delimited import csv_file

Orders = Callable[..., Path]
slow = settings(max_examples=60)
HEADER = "customer_id;order_date;amount"


@pytest.fixture
def spelled(orders: Orders) -> Orders:
    def write(*cells: tuple[str, str], name: str = "orders.csv") -> Path:
        return orders(*(f"ann;{day};{amount}" for day, amount in cells), header=HEADER, name=name)

    return write


def revenue(*args: object, **options: object) -> Decimal:
    return segtool.rfm(*args, **options).summary.revenue  # type: ignore[arg-type]


def test_one_cell_decides_how_the_others_are_read(spelled: Orders) -> None:
    day = "2024-01-01"
    assert revenue(spelled((day, "1,234"), (day, "0,5"))) == Decimal("1.734")
    assert revenue(spelled((day, "1,234"), (day, "0.5"))) == Decimal("1234.5")
    assert revenue(spelled((day, "1.234"), (day, "0,5"))) == Decimal("1234.5")
    assert revenue(spelled((day, "1.234"), (day, "1.234.567"))) == 1_235_801


def test_a_cell_that_can_be_either_is_refused_with_both_readings(spelled: Orders) -> None:
    path = spelled(("2024-01-01", "5"), ("2024-01-01", "1,234"))
    with pytest.raises(DataError) as caught:
        segtool.rfm(path)
    assert str(caught.value) == (
        f'{path}:3: amount "1,234" can be 1234 or 1.234, and no cell of the column tells which. '
        "Say --decimal . for 1234, --decimal , for 1.234."
    )
    assert revenue(path, decimal=".") == 1239
    assert revenue(path, decimal=",") == Decimal("6.234")


def test_cells_that_contradict_each_other_are_refused_with_both_places(spelled: Orders) -> None:
    day = "2024-01-01"
    one, other = spelled((day, "1.5"), name="one.csv"), spelled((day, "7"), (day, "2,5"), name="two.csv")
    with pytest.raises(DataError) as caught:
        segtool.rfm([one, other])
    assert str(caught.value) == (
        f'amount is written with a decimal point and with a decimal comma: {one}:2: amount "1.5"; {other}:3: amount '
        '"2,5". Say --decimal . or --decimal ,; what does not fit is then set aside.'
    )
    assert revenue([one, other], decimal=",", max_bad=1) == Decimal("9.5")


def test_files_with_other_headers_may_be_spelled_otherwise(orders: Orders) -> None:
    one = orders(
        "ann;03.04.2024;1.234", "ann;31.04.2023;1,5", "ann;30.04.2023;1,5", header="Kunde;Datum;Betrag", name="de.csv"
    )
    other = orders("ann,03/04/2024,1.234", "ann,12/31/2023,1.5", header="customer,date,total", name="us.csv")
    result = segtool.rfm([one, other], max_bad=1)
    assert result.summary.revenue == Decimal("1234") + Decimal("1.5") + Decimal("2.734")
    assert result.summary.spelling == {"amount": "decimal comma", "order_date": "day first, month first"}
    assert str(result.summary.period.last) == "2024-04-03"


def test_evidence_of_one_file_counts_for_all_that_share_its_headers_in_any_order(orders: Orders) -> None:
    one = orders("ann;03/04/2024;1.234", header=HEADER, name="one.csv")
    other = orders("0,5;ann;31/12/2023", header="amount;customer_id;order_date", name="other.csv")
    for files in ([one, other], [other, one]):
        summary = segtool.rfm(files).summary
        assert (summary.revenue, str(summary.as_of)) == (Decimal("1234.5"), "2024-04-03")


def test_a_date_that_can_be_either_is_refused_with_both_readings(spelled: Orders) -> None:
    path = spelled(("04/04/2024", "5"), ("03/04/2024 10:00", "5"))
    with pytest.raises(DataError) as caught:
        segtool.rfm(path)
    assert str(caught.value) == (
        f'{path}:3: order_date "03/04/2024 10:00" can be 2024-04-03 or 2024-03-04, and no cell of the column tells '
        "which. Say --day-first for 2024-04-03, --month-first for 2024-03-04."
    )
    assert str(segtool.rfm(path, day_first=True).summary.period.first) == "2024-04-03"
    assert str(segtool.rfm(path, day_first=False).summary.period.first) == "2024-03-04"
    assert str(segtool.rfm(path, date_format="%m/%d/%Y %H:%M", max_bad=1).summary.as_of) == "2024-03-04"


def test_dates_that_contradict_each_other_are_refused(spelled: Orders) -> None:
    path = spelled(("31/01/2024", "5"), ("01/31/2024", "5"))
    with pytest.raises(DataError, match=r"with the day first and with the month first: .*:2: .*:3: .*Say --day-first"):
        segtool.rfm(path)


def test_a_short_year_that_can_stand_first_is_refused(spelled: Orders) -> None:
    path = spelled(("24-01-31", "5"), ("24-02-01", "5"))
    with pytest.raises(
        DataError, match=r'"24-01-31" can have its year first, 2024-01-31, or last.* --date-format %y-%m'
    ):
        segtool.rfm(path)
    assert str(segtool.rfm(path, date_format="%y-%m-%d").summary.as_of) == "2024-02-01"
    assert str(segtool.rfm(spelled(("31/12/24", "5")), day_first=True).summary.as_of) == "2024-12-31"
    with pytest.raises(DataError, match='"24-01-31" can have its year first'):
        segtool.rfm(spelled(("13-02-2024", "5"), ("24-01-31", "5")))
    assert str(segtool.rfm(spelled(("12/31/24", "5"), ("01/02/25", "5"))).summary.as_of) == "2025-01-02"


@pytest.mark.parametrize(
    ("cell", "form"), [("24/01/31", "%y/%m/%d"), ("24-01-31 18:30", "'%y-%m-%d %H:%M'"), ("۲۴/۰۱/۳۱", "%y/%m/%d")]
)
def test_the_format_that_a_refusal_names_reads_the_cell(spelled: Orders, cell: str, form: str) -> None:
    path = spelled((cell, "5"))
    with pytest.raises(DataError, match=re.escape(f"Say --date-format {form}, --day-first or --month-first.")):
        segtool.rfm(path)
    assert str(segtool.rfm(path, date_format=form.strip("'")).summary.as_of) == "2024-01-31"


def test_jalali_and_gregorian_dates_stand_in_one_column(spelled: Orders) -> None:
    path = spelled(("1403/05/08", "5"), ("2024-07-30", "5"), ("۱۰ مرداد ۱۴۰۳", "5"))
    summary = segtool.rfm(path).summary
    assert (str(summary.period.first), str(summary.as_of), summary.as_of_jalali) == (
        "2024-07-29", "2024-07-31", "1403/05/10",
    )  # fmt: skip
    assert summary.spelling == {"order_date": "Jalali calendar"}
    assert segtool.rfm(path, calendar="gregorian", max_bad=1).summary.rows.used == 1
    assert segtool.rfm(path, calendar="jalali", max_bad=1).summary.rows.used == 2
    frame = segtool.rfm(path, calendar_out="jalali", as_of="1403/12/29").customers
    assert frame[["recency_days", "last_order_jalali"]].values.tolist() == [[231, "1403/05/10"]]


def test_two_currencies_beside_amounts_are_refused(spelled: Orders) -> None:
    day = "2024-01-01"
    with pytest.raises(DataError, match=r"The amounts are in 2 currencies: \$, EUR\."):
        segtool.rfm(spelled((day, "$5.50"), (day, "7.25 €")))
    with pytest.raises(DataError, match=r"IRR, IRT"):
        segtool.rfm(spelled((day, "۵۰ ریال"), (day, "۵ تومان")))
    assert revenue(spelled((day, "$5.50"), (day, "7.25 USD"), (day, "1"))) == Decimal("13.75")


def test_a_first_look_that_was_wrong_changes_nothing(spelled: Orders) -> None:
    """The first rows say neither; a row far below them does."""
    rows = [("01/02/2024", "1,234")] * 500
    path = spelled(*rows, ("12/31/2023", "1.5"))
    summary = segtool.rfm(path).summary
    assert (str(summary.as_of), summary.revenue) == ("2024-01-02", Decimal("617001.5"))


@slow
@given(data=st.data())
def test_cutting_a_table_into_files_and_blocks_changes_nothing(
    data: st.DataObject, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", data.draw(st.sampled_from([64, 200, 1 << 22])))
    day = st.sampled_from(["03/04/2024", "04/04/2024", "31/12/2023", "2024-01-05", "12/31/2023", "1 Feb 2024", "?"])
    amount = st.sampled_from(["5", "1,234", "1.234", "0,5", "0.5", "1.234,5", "$7", "x"])
    cells = data.draw(st.lists(st.tuples(st.sampled_from("ab"), day, amount), min_size=1, max_size=30))
    rows = [";".join(row) for row in cells]
    count = data.draw(st.integers(1, 4))
    files = [orders(*rows[i::count], header=HEADER, name=f"{i}.csv") for i in range(count)]
    whole = orders(*rows, header=HEADER, name="whole.csv")

    def told(given: object) -> object:
        try:
            result = segtool.rfm(given, max_bad=1, threads=data.draw(st.integers(1, 3)))
        except DataError as error:
            return str(error).split(":")[0] if "is written with" in str(error) else str(error).rpartition(": ")[2]
        return result.table.to_pylist(), result.summary.spelling

    in_one, in_many = told(str(whole)), told([str(file) for file in files])
    assert isinstance(in_one, tuple) == isinstance(in_many, tuple)
    if isinstance(in_one, tuple):
        assert in_one == in_many


@slow
@given(seed=st.integers(0, 2**32), day_first=st.booleans(), comma=st.booleans())
def test_what_is_spelled_in_one_way_is_read_back_or_refused(
    seed: int, day_first: bool, comma: bool, orders: Orders
) -> None:
    some = random.Random(seed)
    days = [date(2024, 1, 1) + timedelta(some.randrange(700)) for _ in range(some.randrange(1, 6))]
    units = [some.choice([some.randrange(10**7), some.randrange(100) * 10**4, 1_234_000]) for _ in days]
    mark, group = (",", ".") if comma else (".", ",")

    def money(amount: int) -> str:
        text = f"{Decimal(amount) / 10_000:,}"
        return text.translate(str.maketrans({",": group, ".": mark}))

    pattern = "%d/%m/%Y" if day_first else "%m/%d/%Y"
    rows = [f"ann;{day.strftime(pattern)};{money(amount)}" for day, amount in zip(days, units, strict=True)]
    path = orders(*rows, header=HEADER)
    try:
        summary = segtool.rfm(path).summary
    except DataError as error:
        if "no cell of the column tells which" not in str(error):
            raise
        summary = segtool.rfm(path, day_first=day_first, decimal=mark).summary
    assert summary.revenue == Decimal(sum(units)) / 10_000
    assert (summary.period.first, summary.period.last) == (min(days), max(days))


def test_typed_columns_have_no_spelling() -> None:
    frame = pd.DataFrame({"customer": ["a"], "date": pd.to_datetime(["2024-04-03"]), "total": [1.234]})
    summary = segtool.rfm(frame).summary
    assert (summary.revenue, summary.spelling) == (Decimal("1.234"), {})


def test_every_choice_is_told_with_the_cell_that_tells(orders: Orders) -> None:
    path = orders("7;03.04.2024;1.234", "7;31.12.2023;1,5", header="Kundennr;Datum;Betrag")
    assert segtool.rfm(path, amount="betrag").choices == (
        f"{path}: CSV, utf-8, semicolons, header on line 1",
        "customer_id is the column Kundennr (1), recognised",
        "order_date is the column Datum (2), recognised",
        "amount is the column Betrag (3), as asked",
        f'amount: decimal comma, told by {path}:3 "1,5"',
        f'order_date: day first, told by {path}:3 "31.12.2023"',
        "an order is each purchase line",
        "rows are set aside as: broken row, further line, no customer, status, cancelled, bad date, bad amount, "
        "refunds only",
    )


def test_v_tells_the_choices_before_the_summary(orders: Orders, run: Run) -> None:
    path = orders("7;31.12.2023;1,5", header="Kundennr;Datum;Betrag")
    done = run("rfm", path, "-v", "-o", "s.csv")
    assert done.stderr.startswith(f"- {path}: CSV, utf-8, semicolons, header on line 1\n- customer_id is")
    assert "spelled  amount: decimal comma; order_date: day first\n" in done.stderr
    assert run("rfm", path, "-v", "-q", "-o", "s.csv").stderr == ""


def test_a_number_in_json_has_a_decimal_point_and_no_thousands(tmp_path: Path) -> None:
    path, row = tmp_path / "orders.jsonl", '{"customer": "ann", "date": "2024-01-01", "total": %s}\n'
    path.write_text(row % "1.234" + row % "7")
    assert revenue(path) == Decimal("8.234")
    path.write_text(row % '"1.234"' + row % "2.345")
    assert revenue(path) == Decimal("3.579")
    path.write_text(row % "1.234" + row % '"2,5"')
    with pytest.raises(DataError, match=r'a decimal point .* comma: .*:1: total "1.234"; .*:2: total "2,5"'):
        revenue(path)
    path.write_text(row % '"1.234"' + row % '"2,5"')
    assert revenue(path) == Decimal("1236.5")


def test_the_century_of_short_years_is_told_in_their_calendar(spelled: Orders) -> None:
    path = spelled(("03/05/08", "1"), ("99/12/29", "2"))
    assert segtool.rfm(path, calendar="jalali").summary.spelling["order_date"] == (
        "Jalali calendar, years 00-49 are 1400-1449"
    )
    path = spelled(("31.12.23", "1"))
    assert segtool.rfm(path).summary.spelling["order_date"] == "day first, years 00-68 are 2000-2068"


def test_numbers_among_the_texts_of_a_frame_have_a_decimal_point() -> None:
    frame = pd.DataFrame({"customer": "ann", "date": "2024-01-01", "total": pd.Series([1.234, "7"], dtype=object)})
    assert revenue(frame) == Decimal("8.234")
    frame["total"] = pd.Series([1.234, "2,5"], dtype=object)
    with pytest.raises(DataError, match=r'a decimal point .* comma: DataFrame:1: total "1.234"; DataFrame:2: total'):
        revenue(frame)
    frame["total"] = pd.Series(["1.234", "2,5"], dtype=object)
    assert revenue(frame) == Decimal("1236.5")


@pytest.mark.parametrize("first", [pd.Timestamp("2024-01-31 10:00"), date(2024, 1, 31)])
def test_numbers_among_the_dates_of_a_frame_are_read_as_written(first: date) -> None:
    days = pd.Series([first, 20240131, 1706742000, None, float("nan")], dtype=object)
    summary = segtool.rfm(pd.DataFrame({"customer": "ann", "date": days, "total": 1}), max_bad=1).summary
    assert (summary.period.first, summary.period.last, summary.rows.used) == (date(2024, 1, 31), date(2024, 1, 31), 3)


def test_what_does_not_fit_the_order_that_is_said_is_set_aside(spelled: Orders) -> None:
    path = spelled(("31/01/2024", "1"), ("01/31/2024", "2"), ("03/04/2024", "4"))
    with pytest.raises(DataError, match="Say --day-first or --month-first; what does not fit is then set aside"):
        segtool.rfm(path)
    assert revenue(path, day_first=True, max_bad=1) == 5
    assert revenue(path, day_first=False, max_bad=1) == 6
    with pytest.raises(DataError, match='"01/31/2024" is not a date'):
        segtool.rfm(path, day_first=True)
