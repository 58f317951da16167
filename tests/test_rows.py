"""Every row is used, or set aside for one reason that is told."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import segtool
from segtool.errors import DataError
from segtool.orders.set_aside import set_aside_rules
from segtool.tables.delimited import csv_file

Orders = Callable[..., Path]
STATUS = "customer_id,order_id,order_date,amount,status,currency"


def aside(orders: object, **options: object) -> dict[str, tuple[int, Decimal | None]]:
    summary = segtool.rfm(orders, max_bad=1, **options).summary  # type: ignore[arg-type]
    assert summary.rows.read == summary.rows.used + sum(each.rows for each in summary.rows.set_aside.values())
    return {reason: (each.rows, each.amount) for reason, each in summary.rows.set_aside.items()}


@pytest.mark.parametrize("cell", ["", "  ", "NULL", "null", "NA", "NaN", "None", "n/a", "N/A", "\\N", "-"])
def test_an_empty_customer_is_set_aside_with_its_money(cell: str, orders: Orders) -> None:
    path = orders(f"{cell},1,2024-01-01,5.50", "ann,2,2024-01-01,1")
    assert aside(path) == {"no customer": (1, Decimal("5.5"))}


@pytest.mark.parametrize(
    "cell",
    ["", "soon", "2024-02-30", "2024-13-01", "1404-12-30", "9999-12-31", "12/31", "2024-01-01 25:00", "20241301"],
)
def test_a_date_that_cannot_be_read_is_set_aside(cell: str, orders: Orders) -> None:
    assert aside(orders(f"ann,1,{cell},5", "ann,2,2024-01-01,1")) == {"bad date": (1, Decimal(5))}


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-02-29", "2024-02-29"),
        (" 2024-02-29 ", "2024-02-29"),
        ("2024-02-29 23:59", "2024-02-29"),
        ("2024-02-29T23:59:59.999999999", "2024-02-29"),
        ("2024-02-29T23:30:00Z", "2024-02-29"),
        ("2024-02-29 23:30:00-05:00", "2024-02-29"),
        ("1969-12-31 23:59:59", "1969-12-31"),
        ("2024-1-5", "2024-01-05"),
        ("20240101", "2024-01-01"),
        ("1403-01-01", "2024-03-20"),
        ("31 Jan 2024 4:05 PM", "2024-01-31"),
    ],
)
def test_a_day_is_the_one_that_is_written(cell: str, day: str, orders: Orders) -> None:
    assert str(segtool.rfm(orders(f"ann,1,{cell},5")).summary.as_of) == day


def test_a_timezone_converts_instants_and_leaves_naive_times_alone(orders: Orders) -> None:
    path = orders("ann,1,2024-02-29T23:30:00Z,5", "ben,2,2024-02-29 23:30:00,5", "cid,3,2024-03-01T00:30:00+02:00,5")
    days = segtool.rfm(path, timezone="Asia/Tehran").customers["last_order"].dt.date.tolist()
    assert days == [date(2024, 3, 1), date(2024, 2, 29), date(2024, 3, 1)]
    assert segtool.rfm(path).customers["last_order"].dt.date.tolist() == [
        date(2024, 2, 29), date(2024, 2, 29), date(2024, 3, 1),
    ]  # fmt: skip


def test_a_typed_time_counts_in_its_own_zone() -> None:
    instant = pd.to_datetime(["2024-02-29T23:30:00Z"])
    frame = pd.DataFrame({"customer": ["ann"], "total": [1], "date": instant.tz_convert("Asia/Tehran")})
    assert str(segtool.rfm(frame).summary.as_of) == "2024-03-01"
    assert str(segtool.rfm(frame, timezone="UTC").summary.as_of) == "2024-02-29"


def test_rows_fall_under_the_first_rule_that_holds(orders: Orders) -> None:
    path = orders(
        ",1,2024-01-01,5,paid,EUR",
        "ann,1,2024-01-01,5,open,USD",
        "ann,1,bad,bad,paid,USD",
        "ann,1,bad,bad,Paid,EUR",
        "ann,1,2024-01-01,bad,paid,eur",
        "ann,1,2024-01-01,5, PAID ,EUR",
        header=STATUS,
    )
    assert aside(path, keep_status=["paid"], currency="EUR") == {
        "no customer": (1, 5),
        "status": (1, 5),
        "currency": (1, None),
        "bad date": (1, None),
        "bad amount": (1, None),
    }
    assert aside(path, drop_status=["open"], currency="EUR")["status"] == (1, 5)


def test_two_currencies_are_refused_until_one_is_chosen(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5,,EUR", "ann,2,2024-01-01,7,,usd", "ann,3,2024-01-01,1,,", header=STATUS)
    with pytest.raises(DataError, match=r"2 currencies: EUR, USD. Say --currency CODE"):
        segtool.rfm(path)
    assert aside(path, currency="eur") == {"currency": (2, 8)}


def test_a_currency_is_the_same_by_its_code_and_its_mark(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5,,€", "ann,2,2024-01-01,7,,eur", "ann,3,2024-01-01,1,,$", header=STATUS)
    assert aside(path, currency="EUR") == aside(path, currency="€") == {"currency": (1, 1)}
    with pytest.raises(DataError, match=r"2 currencies: \$, EUR\. Say --currency CODE"):
        segtool.rfm(path)


def test_windows_cut_both_ways_and_the_as_of_day_counts(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,1", "ann,2,2024-01-02,2", "ann,3,2024-01-03,4", "ann,4,2024-01-04,8")
    assert aside(path, since="2024-01-02", as_of="2024-01-03") == {"before window": (1, 1), "after as-of": (1, 8)}
    summary = segtool.rfm(path, since=date(2024, 1, 2), as_of=date(2024, 1, 3)).summary
    assert (summary.as_of_from, str(summary.period.first), str(summary.period.last)) == (
        "option",
        "2024-01-02",
        "2024-01-03",
    )


def test_the_as_of_date_is_the_latest_of_all_rows_that_pass_even_a_refund(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5", "ben,2,2024-01-09,-5", ",3,2024-02-01,5", "ann,4,2024-02-01,bad")
    for refunds in ("net", "drop"):
        assert str(segtool.rfm(path, max_bad=1, refunds=refunds).summary.as_of) == "2024-01-09"


def test_customers_with_refunds_only_are_not_scored(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5", "ben,2,2024-01-01,-5", "ben,3,2024-01-02,-2.5", "cid,4,2024-01-02,0")
    assert aside(path) == {"refunds only": (2, Decimal("-7.5"))}
    assert segtool.rfm(path).customers["customer_id"].tolist() == ["ann", "cid"]


def test_duplicates_count_once_over_all_files_and_only_when_asked(orders: Orders) -> None:
    one = orders("ann,1,2024-01-01,5", "ann,1,2024-01-01,5", "ann,1,2024-01-01,5.0", name="one.csv")
    other = orders("ann,1,2024-01-01,5", ",1,2024-01-01,5", ",1,2024-01-01,5", name="other.csv")
    assert aside([one, other]) == {"no customer": (2, 10)}
    assert aside([one, other], drop_duplicates=True) == {"no customer": (2, 10), "duplicate": (2, 10)}


def test_duplicates_compare_every_cell_even_of_columns_without_a_role(orders: Orders) -> None:
    header = "customer_id,order_id,order_date,amount,product"
    path = orders("ann,1,2024-01-01,5,tea", "ann,1,2024-01-01,5,mug", "ann,1,2024-01-01,5,tea", header=header)
    assert aside(path, drop_duplicates=True) == {"duplicate": (1, 5)}


def test_broken_rows_are_counted_and_found_again(orders: Orders) -> None:
    path = orders(
        "",
        "ann,1,2024-01-01,5",
        "ann,1",
        "",
        '"a\nnn",2,2024-01-01,5',
        "ann,1,2024-01-01,5,6",
        "ann,3,never,5",
        ",4,2024-01-01,5",
        header="\ncustomer_id,order_id,order_date,amount",
    )
    result = segtool.rfm(path, max_bad=1, rejects=True)
    assert result.summary.rows.set_aside["broken row"].rows == 2
    assert [(each.line, each.reason, each.record) for each in result.rejects()] == [
        (5, "broken row", "ann,1"),
        (9, "broken row", "ann,1,2024-01-01,5,6"),
        (10, "bad date", "ann,3,never,5"),
        (11, "no customer", ",4,2024-01-01,5"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [64, 97, 200])
def test_rows_at_the_borders_of_blocks_are_read_once(
    tmp_path: Path, ending: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", block)
    rows = []
    for i in range(60):
        if i % 11 == 5:
            rows.append("ann,1")
        elif i % 7 == 3:
            rows.append(f',{i},2024-01-01,"1{ending}{ending}"')
        else:
            rows.append(f'"ann{ending}{i}",{i},2024-01-01,1')
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,order_id,order_date,amount" + ending + ending.join(rows), newline="")
    result = segtool.rfm(path, max_bad=1, rejects=True, threads=2)
    assert result.summary.rows.read == 60
    assert result.summary.customers == sum(row.startswith('"') for row in rows)
    said = [each.record for each in result.rejects()]
    assert said == [row for row in rows if not row.startswith('"')]


def test_an_unclosed_quote_is_an_error_that_names_its_line(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5", 'ann,2,2024-01-01,"5', "ann,3,2024-01-01,5")
    with pytest.raises(DataError, match=r"orders.csv:3: a quote opens in this row and is never closed"):
        segtool.rfm(path)


def test_a_quote_inside_a_cell_is_a_character(orders: Orders) -> None:
    path = orders('ann 5" tall,1,2024-01-01,5', "ann,2,2024-01-01,5")
    assert segtool.rfm(path).customers["customer_id"].tolist() == ["ann", 'ann 5" tall']


def test_bytes_that_are_no_utf8_are_an_error_that_names_their_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"customer_id,order_date,amount\nann,2024-01-01,5\nRen\xe9,2024-01-01,5\n")
    with pytest.raises(DataError, match=r"orders.csv:3: byte 0xE9 is not UTF-8"):
        segtool.rfm(path)


def test_more_bad_rows_than_max_bad_stop_the_run_and_show_places(orders: Orders) -> None:
    rows = [f"ann,{i},2024-01-01,5" for i in range(18)]
    path = orders(*rows[:9], "ann,1,31/02/2024,5", *rows[9:], "ann,1,2024-01-01,five")
    assert aside(path) == {"bad date": (1, 5), "bad amount": (1, None)}
    with pytest.raises(DataError) as caught:
        segtool.rfm(path)
    first, *places = str(caught.value).splitlines()
    assert first == "2 of 20 rows (10.0%) cannot be read, more than --max-bad 5.0%: bad date 1, bad amount 1."
    assert places == [
        f'  {path}:11: order_date "31/02/2024" is not a date',
        f'  {path}:21: amount "five" is not an amount',
        "  --date-format says how dates are written, --calendar in which calendar.",
        "  --decimal says which mark is the decimal one.",
    ]
    segtool.rfm(path, max_bad=0.1)


def test_only_the_first_ten_places_are_shown(orders: Orders) -> None:
    with pytest.raises(DataError) as caught:
        segtool.rfm(orders(*[f"ann,{i},never,5" for i in range(30)]))
    places = str(caught.value).splitlines()[1:-1]
    assert [line.split(":")[-2] for line in places] == [str(line) for line in range(2, 12)]


def test_rows_of_a_parquet_file_are_found_by_their_number(tmp_path: Path) -> None:
    table = pa.table({"customer": ["ann", None, "ben"], "date": ["2024-01-01"] * 3, "total": [1.5, 2.5, -3.0]})
    pq.write_table(table, tmp_path / "o.parquet", row_group_size=2)
    said = [
        (each.line, each.reason, each.record) for each in segtool.rfm(tmp_path / "o.parquet", rejects=True).rejects()
    ]
    assert said == [(2, "no customer", ",2024-01-01,2.5"), (3, "refunds only", "ben,2024-01-01,-3")]


@pytest.mark.parametrize(
    ("cells", "ids"),
    [
        (["00123", "123"], ["00123", "123"]),
        (["17850.0", "17851.0"], ["17850", "17851"]),
        (["17850.0", "17850"], ["17850", "17850.0"]),
        (["17850.0", "x"], ["17850.0", "x"]),
        (["5.94687E+23", "7"], ["5.94687E+23", "7"]),
        ([" ann ", "ann"], ["ann"]),
    ],
)
def test_ids_are_text(cells: list[str], ids: list[str], orders: Orders) -> None:
    result = segtool.rfm(orders(*[f"{cell},1,2024-01-01,5" for cell in cells]))
    assert result.customers["customer_id"].tolist() == ids
    codes = {each.code for each in result.summary.warnings}
    assert ("dot-zero-ids" in codes) == (cells == ["17850.0", "17851.0"])
    assert ("mixed-ids" in codes) == ("17850.0" in cells and "17851.0" not in cells)
    assert ("exponent-ids" in codes) == ("5.94687E+23" in cells)


def test_float_ids_of_typed_columns_are_whole_numbers() -> None:
    frame = pd.DataFrame({"customer": [17850.0, None, 12.0], "date": ["2024-01-01"] * 3, "total": [1, 2, 3]})
    assert segtool.rfm(frame).customers["customer_id"].tolist() == ["12", "17850"]


def test_a_line_without_an_order_id_is_an_order_of_its_own(orders: Orders) -> None:
    result = segtool.rfm(
        orders("ann,,2024-01-01,5", "ann,NULL,2024-01-01,5", "ann,7,2024-01-01,5", "ann,7,2024-01-01,5")
    )
    assert result.customers["frequency"].tolist() == [3]
    assert [each.code for each in result.summary.warnings][:1] == ["lines-without-order-id"]


def test_orders_are_counted_once_however_far_apart_their_lines_lie(orders: Orders) -> None:
    near = [f"c{i % 5},{i % 20},2024-01-01,1" for i in range(100)]
    files = [orders(*near[i::3], name=f"{i}.csv") for i in range(3)]
    result = segtool.rfm(files)
    assert result.customers["frequency"].tolist() == [4] * 5


def test_the_rules_stand_in_the_order_of_the_readme() -> None:
    rules = set_aside_rules(
        drop_duplicates=True, currency="EUR",
        since=date(2024, 1, 1), as_of=date(2024, 2, 1), refunds="drop",
    )  # fmt: skip
    assert [rule.reason for rule in rules] == [
        "broken row", "further line", "no customer", "no customer", "status", "cancelled", "currency", "bad date",
        "bad amount", "duplicate", "before window", "after as-of", "refund", "refunds only",
    ]  # fmt: skip
    chosen = [rule.reason for rule in set_aside_rules(keep_status=["a"], drop_status=["b"])]
    assert (chosen.count("status"), chosen.count("cancelled")) == (2, 0)


def test_no_usable_row_says_where_they_went(orders: Orders) -> None:
    with pytest.raises(DataError, match="No usable row: 2 read, all set aside: no customer 2"):
        segtool.rfm(orders(",1,2024-01-01,5", ",2,2024-01-01,5"))
    with pytest.raises(DataError, match="a header, but no rows"):
        segtool.rfm(orders())


def test_a_cell_that_needs_the_careful_reader_does_not_change_how_its_neighbours_are_read(orders: Orders) -> None:
    plain = ["ann,1,2024-01-01T10,5", "ben,2,2024-01-02 11,5", "cid,3,2024-01-03 11:30:00.5,5"]
    assert aside(orders(*plain)) == {}
    assert aside(orders(*plain, "dee,4,2024-01-01T10:00Z,5", "eve,5,never,5")) == {"bad date": (1, 5)}


@pytest.mark.parametrize("stray", ["", '5" pipe'])
@pytest.mark.parametrize("ending", ["", "\n"])
def test_an_open_quote_is_found_even_beside_stray_quotes(stray: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [f"ann,2024-01-01,5,{stray}", "ben,2024-01-02,5,ok", 'cid,2024-01-03,5,"open', "dee,2024-01-04,5,x"]
    path.write_text("customer,date,amount,note\n" + "\n".join(rows) + ending)
    with pytest.raises(DataError, match=r"orders.csv:4: a quote opens in this row and is never closed"):
        segtool.rfm(path)


def test_a_quote_that_another_cell_closes_is_an_error_and_swallows_no_rows(orders: Orders) -> None:
    header = "customer,date,amount,note"
    rows = ["ann,2024-01-01,5,", 'ben,2024-01-02,5,"bad', "cid,2024-01-03,5,x", 'dee,2024-01-04,5,"fine"']
    with pytest.raises(DataError, match=r"orders.csv:3: a quote opens in this row and is closed in the middle"):
        segtool.rfm(orders(*rows, header=header), max_bad=1)
    fine = ["ann,2024-01-01,5,", 'ben,2024-01-02,5,"two\nlines"', 'cid,2024-01-03,5,"a"b']
    assert segtool.rfm(orders(*fine, header=header)).summary.rows.used == 3


def test_a_quote_that_another_cell_closes_swallows_no_rows_that_end_in_cr(tmp_path: Path) -> None:
    rows = ["ann,2024-01-01,5,", 'ben,2024-01-02,5,"bad', "cid,2024-01-03,5,x", 'dee,2024-01-04,5,"fine"']
    path = tmp_path / "orders.csv"
    path.write_bytes("\r".join(["customer,date,amount,note", *rows, ""]).encode())
    with pytest.raises(DataError, match=r"orders.csv:3: a quote opens in this row and is closed in the middle"):
        segtool.rfm(path, max_bad=1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("closing", ['fay,2024-01-05,5,12"', 'fay,2024-01-05,12",5'])
def test_a_quoted_cell_that_holds_rows_is_an_error(closing: str, end: str, tmp_path: Path) -> None:
    rows = [f"{name},2024-01-0{day},5,x" for day, name in enumerate(("cid", "dee", "eve"), start=2)]
    path = tmp_path / "orders.csv"
    path.write_bytes(end.join(["customer,date,amount,note", 'ann,2024-01-01,5,"big', *rows, closing, ""]).encode())
    with pytest.raises(
        DataError, match=r"orders.csv:2: a quote opens in this row, and .* there are 3 lines with as many"
    ):
        segtool.rfm(path, max_bad=1)
    lines = ["one", "two, three", "a, b, c, d", "five", "six"]
    path.write_bytes(f'customer,date,amount,note{end}ann,2024-01-01,5,"{end.join(lines)}"{end}'.encode())
    assert segtool.rfm(path).summary.rows.used == 1


def test_an_open_quote_in_the_header_is_named(orders: Orders) -> None:
    with pytest.raises(DataError, match=r"orders.csv:1: a quote opens in this row and is never closed"):
        segtool.rfm(orders("ann,2024-01-01,5", header='customer,date,"amount'))


def test_a_byte_order_mark_and_blank_lines_may_stand_above_the_header(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"\xef\xbb\xbf\n\r\ncustomer,date,amount\nann,2024-01-01,5\nben\n")
    result = segtool.rfm(path, max_bad=1, rejects=True)
    assert result.summary.customers == 1
    assert [each.line for each in result.rejects()] == [5]


def test_the_line_end_inside_a_cell_survives_the_border_of_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "orders.csv"
    rows = b"".join(b'ann,2024-01-01,%d,"l\r\nb"\r\n' % (i % 3) for i in range(60))
    path.write_bytes(b"customer,date,amount,note\r\n" + rows)
    for block in range(60, 90):
        monkeypatch.setattr(csv_file, "BLOCK", block)
        assert segtool.rfm(path, drop_duplicates=True).summary.rows.set_aside["duplicate"].rows == 57


def test_ids_of_a_float_column_and_spelled_with_dot_zero_are_the_same(orders: Orders, tmp_path: Path) -> None:
    typed = pd.DataFrame({"customer": [7.0, 8.0], "order": ["1", "2"], "date": "2024-01-01", "total": 1})
    typed.to_parquet(tmp_path / "o.parquet")
    text = orders("7.0,3,2024-01-02,-1", "9.0,4,2024-01-02,-1")
    result = segtool.rfm([tmp_path / "o.parquet", text], rejects=True)
    assert result.customers["customer_id"].tolist() == ["7", "8"]
    assert result.customers["monetary"].tolist() == [0, 1]
    assert [(each.reason, each.record) for each in result.rejects()] == [("refunds only", "9.0,4,2024-01-02,-1")]


def test_times_of_several_zones_in_one_column_keep_their_days() -> None:
    cells = ["2024-01-01 23:00+05:00", "2024-01-01 23:00-05:00", "2024-01-01"]
    stamps = pd.Series([pd.Timestamp(cell) for cell in cells], dtype=object)
    frame = pd.DataFrame({"customer": ["ann", "ben", "cid"], "date": stamps, "total": [1, 2, 3]})
    assert {str(day.date()) for day in segtool.rfm(frame).customers["last_order"]} == {"2024-01-01"}


def test_dates_beyond_every_calendar_are_bad_dates_with_a_place(tmp_path: Path) -> None:
    days = pa.array([19_723, 19_723 + 2**64 // 86_400_000_000, -(10**8), None], pa.int32()).cast(pa.date32())
    late = pa.array([19_723 * 86_400 * 10**6, -62_135_596_800_000_000, 253_402_300_799_000_000, 2**62])
    for column in (days, late.cast(pa.timestamp("us", "Asia/Tehran")), late.cast(pa.timestamp("us"))):
        table = pa.table({"customer": ["a", "b", "c", "d"], "date": column, "total": [1, 2, 3, 4]})
        result = segtool.rfm(table, max_bad=1, rejects=True)
        assert result.summary.rows.set_aside["bad date"].rows == 3
        assert len(list(result.rejects())) == 3


def test_columns_without_a_role_may_hold_anything(tmp_path: Path) -> None:
    cells = [["ann", "ann", None], ["2024-01-01"] * 3, [1, 1, 2], [[1], [1], [2]], [b"\xff", b"\xff", b""]]
    table = pa.table(cells, names=["customer", "date", "total", "n", "n"])
    pq.write_table(table, tmp_path / "o.parquet")
    frame = table.select([0, 1, 2]).to_pandas().assign(x=[10**40, 10**40, object])
    for orders in (table, tmp_path / "o.parquet", frame):
        result = segtool.rfm(orders, drop_duplicates=True, rejects=True)
        assert {reason: each.rows for reason, each in result.summary.rows.set_aside.items()} == {
            "no customer": 1,
            "duplicate": 1,
        }
        assert [each.line for each in result.rejects()] == [2, 3]


def test_large_ids_of_a_frame_are_text() -> None:
    frame = pd.DataFrame({"customer": [10**30, 7], "date": ["2024-01-01"] * 2, "total": [1, 2]})
    assert segtool.rfm(frame).customers["customer_id"].tolist() == ["1" + "0" * 30, "7"]


def test_a_damaged_parquet_file_is_bad_data_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "o.parquet"
    table = pa.table({"customer": [f"c{i}" for i in range(5000)], "date": ["2024-01-01"] * 5000, "total": range(5000)})
    pq.write_table(table, path)
    data = bytearray(path.read_bytes())
    data[100:3000] = b"\x00" * 2900
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"o.parquet is not a whole Parquet file"):
        segtool.rfm(path)
    path.write_bytes(data[:-50])
    with pytest.raises(DataError, match=r"o.parquet is not a whole Parquet file"):
        segtool.rfm(path)


def test_a_share_of_bad_rows_at_the_limit_is_within_it(orders: Orders) -> None:
    path = orders(*["ann,1,never,1"] * 29, *["ann,1,2024-01-01,1"] * 71)
    assert segtool.rfm(path, max_bad=0.29).summary.rows.used == 71


def test_an_example_of_what_cannot_be_read_is_shown_whatever_the_order_of_the_rows(orders: Orders) -> None:
    rows = ['ann,1,2024-01-01,"1,23.00"', "ann,1,2024-01-01,", "ann,2,never,1", *["ann,1,2024-01-01,1"] * 97]
    for some in (rows, rows[::-1]):
        said = [each.message for each in segtool.rfm(orders(*some)).summary.warnings if each.code == "unread-rows"]
        assert said == [
            'Some rows cannot be read: bad date 1 (as order_date "never"), bad amount 2 (as amount "1,23.00"). '
            "--rejects FILE lists them."
        ]


def test_orders_that_nobody_paid_are_set_aside_unless_the_user_chooses(orders: Orders) -> None:
    rows = [
        f"ann,{i},2024-01-01,5,{status},EUR" for i, status in enumerate(["paid", "Canceled", "لغو\u200cشده", "new", ""])
    ]
    path = orders(*rows, header=STATUS)
    assert aside(path) == {"status": (2, 10)}
    said = [each.message for each in segtool.rfm(path).summary.warnings if each.code == "unpaid"]
    assert said == [
        "Rows whose status means that nobody paid were set aside: canceled, لغو\u200cشده. --keep-status or "
        "--drop-status chooses."
    ]
    assert aside(path, drop_status="new") == {"status": (1, 5)}
    assert aside(path, keep_status=["canceled", "new"]) == {"status": (3, 15)}


def test_orders_with_a_day_of_cancellation_are_set_aside(orders: Orders) -> None:
    header = "customer_id,order_id,order_date,amount,cancelled at"
    path = orders("ann,1,2024-01-01,5,", "ann,2,2024-01-01,7,2024-01-02", "ann,3,2024-01-01,7,NULL", header=header)
    assert aside(path) == {"cancelled": (1, 7)}


def test_email_addresses_as_ids_differ_by_no_capital(orders: Orders) -> None:
    path = orders("Ann@Example.org,1,2024-01-01,5", "ann@example.ORG,2,2024-01-01,5", "Ann,3,2024-01-01,5")
    assert segtool.rfm(path).customers["customer_id"].tolist() == ["Ann", "ann@example.org"]


@pytest.mark.parametrize("label", ["İPTAL", "ΟΔΟΣ", "straße", "لغو شده"])
def test_a_status_is_matched_without_case_in_every_script(label: str, orders: Orders) -> None:
    path = orders(f"ann,1,2024-01-01,5,{label},EUR", "ben,2,2024-01-01,7,paid,EUR", header=STATUS)
    for spelled in (label, label.lower()):
        if spelled.casefold() == label.casefold():
            assert aside(path, keep_status=[spelled]) == {"status": (1, 7)}
            assert aside(path, drop_status=spelled) == {"status": (1, 5)}


def test_money_beside_set_aside_rows_tells_what_is_unreadable(orders: Orders) -> None:
    path = orders(',1,2024-01-01,"1,23.00"', ",2,2024-01-01,5", "ann,3,2024-01-01,1")
    found = segtool.rfm(path).summary.rows.set_aside["no customer"]
    assert (found.rows, found.amount, found.unreadable_amounts) == (2, 5, 1)
    only = segtool.rfm(orders(",1,2024-01-01,?", "ann,3,2024-01-01,1")).summary.rows.set_aside["no customer"]
    assert (only.rows, only.amount, only.unreadable_amounts) == (1, None, 1)
