"""The whole way from orders to segments, by hand."""

import io
from pathlib import Path

import pandas as pd

import segtool
from segtool.tables.writing.write import write_csv

EXPECTED = """\
customer_id,first_order,last_order,recency_days,frequency,monetary,r_score,f_score,m_score,rfm_score,segment
ann,2024-01-05,2024-03-31,0,2,25.50,5,3,3,533,Potential Loyalists
ben,2024-01-01,2024-01-01,90,1,99.99,1,1,5,115,Hibernating
cid,2024-03-01,2024-03-01,30,1,20.00,4,1,1,411,Promising
dee,2024-02-10,2024-03-30,1,3,21.75,5,5,2,552,Champions
eve,2024-03-01,2024-03-01,30,1,40.00,4,1,4,414,Promising
fay,2024-01-20,2024-02-25,35,2,3.00,2,3,1,231,At Risk
"""
# N = 6, n = 5, b = customers with a strictly smaller value, score = 5b // 6 + 1 (R: 5 - 5b // 6):
# days  ann 0 b0 R5, dee 1 b1 R5, cid and eve 30 b2 R4, fay 35 b4 R2, ben 90 b5 R1
# orders  ben cid eve 1 b0 F1, ann and fay 2 b3 F3, dee 3 b5 F5
# money  fay 3.00 b0 M1, cid 20.00 b1 M1, dee 21.75 b2 M2, ann 25.50 b3 M3, eve 40.00 b4 M4, ben 99.99 b5 M5


def test_six_customers_are_measured_scored_and_named(six: Path) -> None:
    result = segtool.rfm(six)
    table = io.BytesIO()
    write_csv(result.table, table)
    assert table.getvalue().decode() == EXPECTED

    frame = result.customers
    assert frame["customer_id"].tolist() == ["ann", "ben", "cid", "dee", "eve", "fay"]
    assert frame["recency_days"].tolist() == [0, 90, 30, 1, 30, 35]
    assert frame["frequency"].tolist() == [2, 1, 1, 3, 1, 2]
    assert frame["monetary"].tolist() == [25.5, 99.99, 20.0, 21.75, 40.0, 3.0]
    assert frame["r_score"].tolist() == [5, 1, 4, 5, 4, 2]
    assert frame["f_score"].tolist() == [3, 1, 1, 5, 1, 3]
    assert frame["m_score"].tolist() == [3, 5, 1, 2, 4, 1]
    assert frame["segment"].tolist() == [
        "Potential Loyalists", "Hibernating", "Promising", "Champions", "Promising", "At Risk",
    ]  # fmt: skip


def test_a_refund_lowers_the_spend_and_is_no_order(six: Path) -> None:
    net = segtool.rfm(six).customers.set_index("customer_id")
    assert net.loc["cid", ["frequency", "monetary"]].tolist() == [1, 20.0]
    assert str(net.loc["cid", "last_order"].date()) == "2024-03-01"

    dropped = segtool.rfm(six, refunds="drop")
    assert dropped.customers.set_index("customer_id").loc["cid", "monetary"] == 25.0
    assert dropped.summary.rows.set_aside["refund"].rows == 1


def test_orders_can_be_rows_or_days(six: Path) -> None:
    by = {how: segtool.rfm(six, orders_by=how).customers["frequency"].tolist() for how in (None, "row", "day")}
    assert by == {None: [2, 1, 1, 3, 1, 2], "row": [2, 1, 2, 3, 1, 2], "day": [2, 1, 1, 3, 1, 2]}


def test_the_cuts_are_the_largest_values_of_their_bins(six: Path) -> None:
    cuts = segtool.rfm(six).cuts
    assert cuts.recency_days == (1, 30, 30, 35)  # the 2nd, 3rd, 4th and 5th of 0 1 30 30 35 90
    assert cuts.frequency == (1, 1, 2, 2)
    assert cuts.monetary == (20.0, 21.75, 25.5, 40.0)


def test_the_summary_adds_up(six: Path) -> None:
    summary = segtool.rfm(six).summary
    assert (summary.customers, summary.orders, float(summary.revenue)) == (6, 10, 210.24)
    assert summary.repeat_customers == 3
    assert sum(segment.customers for segment in summary.segments) == 6
    assert sum(segment.revenue for segment in summary.segments) == summary.revenue
    promising = next(segment for segment in summary.segments if segment.name == "Promising")
    assert (promising.customers, promising.orders, float(promising.revenue)) == (2, 2, 60.0)
    assert (promising.average_order_value, promising.median_recency_days) == (30.0, 30.0)
    assert summary.grid[3][0] == 2  # R4 and F1: cid and eve
    matrix = {segment.name: segment.customers for segment in summary.value_matrix.segments}
    # 10 / 6 orders, 210.24 / 10 a order: only ben (99.99) and eve (40.00) spend that much, and both bought once
    assert matrix == {"Best": 0, "Spenders": 2, "Frequent": 3, "Uncertain": 1}
    assert summary.value_matrix.mean_order_value == 21.024


def test_further_schemes_add_columns(six: Path) -> None:
    result = segtool.rfm(six, scheme=["value-loyalty", "customer-value-matrix"])
    frame = result.customers
    assert list(frame.columns[-2:]) == ["segment", "segment_customer-value-matrix"]
    assert frame["segment"].tolist() == [
        "Strangers",
        "Butterflies",
        "Strangers",
        "Barnacles",
        "Butterflies",
        "Strangers",
    ]
    assert frame["segment_customer-value-matrix"].tolist() == [
        "Frequent", "Spenders", "Uncertain", "Frequent", "Spenders", "Frequent",
    ]  # fmt: skip


def test_scheme_none_gives_scores_alone_in_any_number_of_bins(six: Path) -> None:
    result = segtool.rfm(six, scheme="none", bins=10)
    assert "segment" not in result.customers.columns
    assert result.customers["rfm_score"].tolist()[:2] == ["10-6-6", "2-1-9"]
    assert result.summary.segments == ()


def test_the_callers_frame_is_left_alone() -> None:
    frame = pd.DataFrame(
        {"customer": [1, 1, None], "date": pd.to_datetime(["2024-01-01"] * 3), "total": [1.0, 2.0, 3.0]}
    )
    before = frame.copy()
    result = segtool.rfm(frame)
    assert result.customers["customer_id"].tolist() == ["1"]
    pd.testing.assert_frame_equal(frame, before)
