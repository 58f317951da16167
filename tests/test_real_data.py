"""Published numbers of real shops; skipped where the data are not at hand."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import segtool

RealData = Callable[[str], Path]
MEASURED = ["recency_days", "frequency", "monetary"]
RETAIL = "online_retail/online_retail.parquet"


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_online_retail(real_data: RealData, tmp_path: Path, form: str) -> None:
    path = real_data(RETAIL)
    if form == "csv":
        path = tmp_path / "retail.csv"
        pyarrow.csv.write_csv(pq.read_table(real_data(RETAIL)), path)
    result = segtool.rfm(path, scheme=["loyalty-matrix", "value-loyalty", "customer-value-matrix"])
    summary = result.summary
    aside = {reason: (each.rows, round(float(each.amount or 0), 2)) for reason, each in summary.rows.set_aside.items()}
    assert (summary.rows.read, summary.rows.used) == (541_909, 406_741)
    assert aside == {"no customer": (135_080, 1_447_682.12), "refunds only": (88, -10_411.24)}
    assert (summary.customers, summary.orders, round(float(summary.revenue), 2)) == (4_339, 18_536, 8_310_477.05)
    assert str(summary.as_of) == "2011-12-09"
    assert summary.scores["r"].counts == (861, 866, 863, 881, 868)
    assert summary.scores["f"].counts == (1494, 835, 508, 802, 700)
    assert {segment.name: segment.customers for segment in summary.segments} == {
        "Champions": 604, "Loyal Customers": 688, "Potential Loyalists": 484, "New Customers": 67, "Promising": 170,
        "Need Attention": 121, "About To Sleep": 478, "At Risk": 357, "Can't Lose Them": 35, "Hibernating": 1335,
    }  # fmt: skip
    assert round(float(summary.segments[0].revenue), 2) == 4_188_278.56
    assert {segment.name: segment.customers for segment in summary.further_segments["value-loyalty"]} == {
        "True Friends": 1278, "Butterflies": 457, "Barnacles": 224, "Strangers": 2380,
    }  # fmt: skip
    matrix = {s.name: (s.customers, round(100 * (s.revenue_share or 0), 1)) for s in summary.value_matrix.segments}
    assert matrix == {"Best": (302, 47.3), "Spenders": (660, 12.6), "Frequent": (813, 26.4), "Uncertain": (2564, 13.7)}
    assert summary.value_matrix.segments == summary.further_segments["customer-value-matrix"]


def test_online_retail_without_duplicates(real_data: RealData) -> None:
    summary = segtool.rfm(real_data(RETAIL), drop_duplicates=True).summary
    assert summary.rows.set_aside["duplicate"].rows == 5_225
    assert summary.rows.set_aside["no customer"].rows == 135_080


def test_the_r_package_rfm(real_data: RealData) -> None:
    frame = segtool.rfm(real_data("rfm_r/rfm_data_orders.csv"), as_of="2006-12-31").customers.set_index("customer_id")
    with real_data("rfm_r/expected/recomputed_orders_2023_full.csv").open(encoding="utf-8") as file:
        theirs = {row["customer_id"]: row for row in csv.DictReader(file)}
    assert set(theirs) == set(frame.index)
    same = {
        ours: sum(frame.loc[customer, ours] == int(row[name]) for customer, row in theirs.items())
        for ours, name in [("r_score", "recency_score"), ("f_score", "frequency_score"), ("m_score", "monetary_score")]
    }
    assert same == {"r_score": 994, "f_score": 995, "m_score": 993}


def test_cdnow_and_its_collapsed_frequency(real_data: RealData) -> None:
    summary = segtool.rfm(real_data("cdnow/cdnow_master.csv")).summary
    assert summary.customers == 23_570
    assert summary.scores["f"].counts == (11_908, 0, 4_079, 3_658, 3_925)
    said = [each.message for each in summary.warnings if each.code == "collapsed-scores"]
    assert said == ["F uses only 1, 3, 4, 5, because equal customers share a score: 50.5% of customers have 1 order."]


@pytest.mark.parametrize("form", ["gregorian_iso", "fa_persian_digits"])
@pytest.mark.parametrize("as_of", ["2019-07-23", "1398/05/01"])
def test_an_iranian_shop_in_both_calendars(real_data: RealData, form: str, as_of: str) -> None:
    orders = real_data(f"iranian_ecommerce/derived_{form}.csv")
    result = segtool.rfm(orders, as_of=as_of)
    frame = result.customers.set_index("customer_id")
    with real_data("iranian_ecommerce/expected/recomputed_rfm_values.csv").open(encoding="utf-8") as file:
        theirs = {row["customer_id"]: [float(row[key]) for key in MEASURED] for row in csv.DictReader(file)}
    assert frame[MEASURED].astype(float).T.to_dict("list") == theirs
    assert result.summary.spelling == ({} if form == "gregorian_iso" else {"order_date": "Jalali calendar"})


def test_an_iranian_shop_needs_no_option_at_all(real_data: RealData) -> None:
    gregorian, persian = (
        segtool.rfm(real_data(f"iranian_ecommerce/derived_{form}.csv"))
        for form in ("gregorian_iso", "fa_persian_digits")
    )
    assert persian.table.equals(gregorian.table)
    assert (str(persian.summary.as_of), persian.summary.as_of_jalali) == ("2019-07-22", "1398/04/31")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("de", {}),
        ("fr_cp1252", {"encoding": "cp1252"}),
        ("us_currency", {}),
        ("mixed_dates_unambiguous", {}),
        ("nulls_dups", {"drop_duplicates": True}),
    ],
)
def test_the_spellings_of_five_countries_give_one_table(
    real_data: RealData, name: str, options: dict[str, Any]
) -> None:
    table = segtool.rfm(real_data("locale/orders_base.csv")).table
    assert segtool.rfm(real_data(f"locale/orders_{name}.csv"), **options).table.equals(table)


def test_columns_between_runs_of_blanks(real_data: RealData) -> None:
    table = segtool.rfm(real_data("cdnow/cdnow_master.csv")).table
    assert segtool.rfm(real_data("cdnow/CDNOW_master.txt"), amount="dollar_value").table.equals(table)
