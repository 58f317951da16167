"""Columns are recognised by their headers, or named; what is missing or ambiguous is told."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import segtool
from segtool.errors import DataError, UsageError
from segtool.tables.headers import known_names, matches, normal

Orders = Callable[..., Path]


@pytest.mark.parametrize(
    ("role", "header"),
    [
        ("customer_id", "CustomerID"), ("customer_id", "Customer ID"), ("customer_id", "cust_id"),
        ("order_date", "InvoiceDate"), ("order_date", "order_date"), ("order_date", "date"),
        ("order_id", "Invoice"), ("order_id", "InvoiceNo"), ("order_id", "Order-ID"),
        ("amount", "total"), ("amount", "Amount"), ("amount", "revenue"), ("amount", "SALES"),
        ("quantity", "Quantity"), ("unit_price", "UnitPrice"), ("unit_price", "Price"),
    ],
)  # fmt: skip
def test_common_headers_are_recognised(role: str, header: str) -> None:
    assert matches(role, ("x", header)) == [1]


def test_no_header_stands_for_two_roles() -> None:
    names = [normal(name) for ranks in known_names().values() for rank in ranks for name in rank]
    assert len(names) == len(set(names))


def test_the_best_rank_wins_and_is_told(orders: Orders) -> None:
    path = orders("9,ann,2024-01-01,5", header="user_id,customer_id,date,total")
    result = segtool.rfm(path)
    assert result.customers["customer_id"].tolist() == ["ann"]
    assert result.summary.columns == {"customer_id": "customer_id", "order_date": "date", "amount": "total"}


def test_a_tie_in_the_best_rank_is_an_error_that_names_both(orders: Orders) -> None:
    path = orders("ann,2024-01-01,5,6", header="customer,date,total,amount")
    with pytest.raises(DataError, match=r"2 columns for amount: 'total' and 'amount'. Columns: .* Say --amount COL"):
        segtool.rfm(path)
    assert segtool.rfm(path, amount="total").summary.revenue == 5


def test_amount_wins_over_quantity_times_unit_price_unless_those_are_named(orders: Orders) -> None:
    path = orders("ann,2024-01-01,2,3,100", header="customer,date,quantity,price,amount")
    assert segtool.rfm(path).summary.revenue == 100
    assert segtool.rfm(path, quantity="quantity", unit_price="price").summary.revenue == 6
    with pytest.raises(UsageError, match="--quantity cannot stand beside an amount"):
        segtool.rfm(path, quantity="quantity")


def test_a_missing_role_lists_the_columns_and_the_way_out(orders: Orders) -> None:
    path = orders("1,2024-01-01,5", header="id,date,total")
    with pytest.raises(DataError) as caught:
        segtool.rfm(path)
    assert str(caught.value) == (
        f"{path} has no column for customer_id. Columns: id, date, total. Nearest: id. Say --customer-id id."
    )
    assert segtool.rfm(path, customer_id="id").summary.customers == 1


def test_a_table_that_begins_with_a_row_is_told_to_have_no_header(orders: Orders) -> None:
    path = orders("ben,2,2024-01-02,6.50", header="ann,1,2024-01-01,5.00")
    with pytest.raises(DataError, match=r"Say --customer-id COL .* If there is no header, say --no-header\.$"):
        segtool.rfm(path)
    with pytest.raises(
        DataError, match=r"Columns: 1, 2, 3, 4\. Say --customer-id COL --order-date COL --amount COL\.$"
    ):
        segtool.rfm(path, header=False)
    with pytest.raises(DataError, match=r"Say --amount COL\.$"):
        segtool.rfm(orders("ann,2024-01-01,5", header="customer,date,2024"))


def test_all_missing_roles_are_told_at_once_and_the_guesses_can_be_pasted(orders: Orders) -> None:
    path = orders("1,2,2024-01-01,5", header="Cust. Name,x,Purchase Day,Grand Total Net")
    with pytest.raises(DataError) as caught:
        segtool.rfm(path)
    assert str(caught.value).endswith(
        "Say --customer-id 'Cust. Name' --order-date 'Purchase Day' --amount 'Grand Total Net'."
    )
    with pytest.raises(DataError, match=r"no column for customer_id and order_date and amount .*--amount COL\."):
        segtool.rfm(orders("1,2", header="a,b"))


def test_a_named_column_that_is_absent_is_a_usage_error(orders: Orders) -> None:
    with pytest.raises(UsageError, match=r"no column 'custmer' \(--customer-id\).*Did you mean 'customer'\?"):
        segtool.rfm(orders("ann,2024-01-01,5", header="customer,date,total"), customer_id="custmer")


def test_files_with_different_headers_are_joined_by_role(orders: Orders) -> None:
    one = orders("ann,2024-01-01,5", header="customer,date,total", name="one.csv")
    other = orders("7,2024-01-02,ann", header="Amount,Order Date,Customer ID", name="other.csv")
    result = segtool.rfm([one, other])
    assert result.summary.revenue == 12
    assert result.summary.columns["amount"] == "Amount, total"
    lacking = orders("1,ann,2024-01-01,5", header="order id,customer,date,total", name="third.csv")
    with pytest.raises(DataError, match=r"one.csv has no column for order_id, which .*third.csv has"):
        segtool.rfm([lacking, one])


@pytest.mark.parametrize(
    "wrong",
    [
        {"refunds": "Drop"},
        {"orders_by": "week"},
        {"threads": 0},
        {"threads": "2"},
        {"bins": "five"},
        {"max_bad": "5%"},
        {"max_bad": 5},
        {"max_bad": True},
        {"calendar": "Jalali"},
        {"calendar_out": "Jalali"},
        {"skip_rows": -1},
        {"skip_rows": "2"},
        {"as_of": 5},
        {"since": "01/02/2024"},
        {"customer_id": 9},
    ],
)
def test_a_wrong_option_of_the_library_is_a_usage_error(wrong: dict[str, object], six: Path) -> None:
    with pytest.raises(UsageError):
        segtool.rfm(six, **wrong)  # type: ignore[arg-type]


def test_a_column_of_the_wrong_type_is_refused_before_anything_is_read() -> None:
    frame = pd.DataFrame({"customer": ["a"], "date": [True], "total": [5]})
    with pytest.raises(DataError, match="column 'date' holds bool, which cannot be order_date"):
        segtool.rfm(frame)


def test_a_status_option_needs_a_status_column(orders: Orders) -> None:
    with pytest.raises(DataError, match="no column for status"):
        segtool.rfm(orders("ann,1,2024-01-01,5"), keep_status=["paid"])


def test_no_column_is_proposed_for_two_roles(orders: Orders) -> None:
    with pytest.raises(DataError, match=r"--customer-id 'customer date amount' --order-date COL --amount COL"):
        segtool.rfm(orders("1", header="customer date amount"))


def test_orders_of_no_kind_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"a path, a DataFrame or an Arrow table, not int"):
        segtool.rfm(5)
