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
from segtool.tables import csv_file

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
    ["", "soon", "2024-02-30", "2024-13-01", "1403-01-01", "9999-12-31", "2024-1-5", "2024-01-01 25:00", "20240101"],
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
        "currency": (1, 0),
        "bad date": (1, 0),
        "bad amount": (1, None),
    }
    assert aside(path, drop_status=["open"], currency="EUR")["status"] == (1, 5)


def test_two_currencies_are_refused_until_one_is_chosen(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5,,EUR", "ann,2,2024-01-01,7,,usd", "ann,3,2024-01-01,1,,", header=STATUS)
    with pytest.raises(DataError, match=r"2 currencies: EUR, USD. Say --currency CODE"):
        segtool.rfm(path)
    assert aside(path, currency="eur") == {"currency": (2, 8)}


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
    ]
    segtool.rfm(path, max_bad=0.1)


def test_only_the_first_ten_places_are_shown(orders: Orders) -> None:
    with pytest.raises(DataError) as caught:
        segtool.rfm(orders(*[f"ann,{i},never,5" for i in range(30)]))
    places = str(caught.value).splitlines()[1:]
    assert [line.split(":")[-2] for line in places] == [str(line) for line in range(2, 12)]


def test_rows_of_a_parquet_file_are_found_by_their_number(tmp_path: Path) -> None:
    table = pa.table({"customer": ["ann", None, "ben"], "date": ["2024-01-01"] * 3, "total": [1.5, 2.5, -3.0]})
    pq.write_table(table, tmp_path / "o.parquet", row_group_size=2)
    said = [
        (each.line, each.reason, each.record) for each in segtool.rfm(tmp_path / "o.parquet", rejects=True).rejects()
    ]
    assert said == [(2, "no customer", ",2024-01-01,2.5"), (3, "refunds only", "ben,2024-01-01,-3.0")]


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
    assert sum(1 for _ in result.summary.segments) == 10


def test_the_rules_stand_in_the_order_of_the_readme() -> None:
    rules = set_aside_rules(
        keep_status=["a"], drop_status=["b"], currency="EUR", drop_duplicates=True,
        since=date(2024, 1, 1), as_of=date(2024, 2, 1), refunds="drop",
    )  # fmt: skip
    assert [rule.reason for rule in rules] == [
        "broken row", "no customer", "status", "status", "currency", "bad date", "bad amount", "duplicate",
        "before window", "after as-of", "refund", "refunds only",
    ]  # fmt: skip


def test_no_usable_row_says_where_they_went(orders: Orders) -> None:
    with pytest.raises(DataError, match="No usable row: 2 read, all set aside: no customer 2"):
        segtool.rfm(orders(",1,2024-01-01,5", ",2,2024-01-01,5"))
    with pytest.raises(DataError, match="a header, but no rows"):
        segtool.rfm(orders())
