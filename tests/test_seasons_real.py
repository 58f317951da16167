"""Seasons, rhythm and labels of real shops against pandas; skipped where the data are not at hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from segtool.orders.roles import TALLIED
from segtool.reading import OrderOptions, OrdersRead, read_orders
from segtool.seasons.buying import Buying, of_history
from segtool.seasons.labels import label_columns, sales_of
from segtool.seasons.told import season_columns, seasons_of
from segtool.seasons.windows import windows_of
from segtool.seasons.years import Years
from segtool.tables.dates import day_number
from segtool.words import words_in

RealData = Callable[[str], Path]


def read(path: Path, **further: str) -> tuple[OrdersRead, Buying]:
    found = read_orders(
        path, OrderOptions(further=further), threads=2, list_rows=False, watch=None, history=True, tallied=TALLIED
    )
    as_of, history = found.as_of(None)[0], found.found.history
    assert as_of is not None
    assert history is not None
    return found, of_history(history, as_of=day_number(as_of))


def check(orders: pd.DataFrame, buying: Buying, ids: list[str]) -> Any:
    """Compare seasons and rhythm with a table of orders, of customer and day; return what is told of the shop."""
    found = seasons_of(buying, Years(), windows_of(), words_in())
    table = pd.DataFrame({name: column.to_pylist() for name, column in season_columns(found).items()}, index=ids)
    season = np.array(["spring", "summer", "autumn", "winter"])[(orders["day"].dt.month - 3) % 12 // 3]
    counted = (
        orders.assign(season=season).groupby(["customer", "season"]).agg(orders=("day", "size"), last=("day", "max"))
    )
    best = counted.sort_values(["customer", "orders", "last"]).reset_index().groupby("customer").tail(1)
    best = best.set_index("customer")
    assert best.index.tolist() == ids
    assert best["season"].tolist() == table["season"].tolist()
    share = best["orders"] / orders.groupby("customer").size()
    assert np.allclose(share, table["season_share"], atol=5e-5)
    told = found.told
    assert [each.orders for each in told.months] == [
        int((orders["day"].dt.month == month).sum()) for month in range(1, 13)
    ]
    assert [each.people for each in told.months] == [
        int(orders.loc[orders["day"].dt.month == month, "customer"].nunique()) for month in range(1, 13)
    ]
    nowruz = orders["day"].between("2011-03-06", "2011-04-02") | orders["day"].between("1997-03-05", "1997-04-02")
    nowruz |= orders["day"].between("1998-03-06", "1998-04-02")
    assert table["window_nowruz"].sum() == nowruz.sum()
    days = orders.drop_duplicates(["customer", "day"]).sort_values(["customer", "day"])
    gaps = days.groupby("customer")["day"].diff().dt.days.groupby(days["customer"]).median()
    assert np.allclose(gaps, table["days_between_orders"].astype(float), equal_nan=True)
    return told


def test_cdnow_against_pandas(real_data: RealData) -> None:
    path = real_data("cdnow/cdnow_master.csv")
    found, buying = read(path)
    raw = pd.read_csv(path, dtype={"customer_id": str}, parse_dates=["date"])
    orders = raw.rename(columns={"customer_id": "customer", "date": "day"})  # every line is an order
    told = check(orders, buying, found.found.customers.customer_id.to_pylist())
    assert told.orders == 69_659
    assert (told.seasonal.tested, told.seasonal.found) == (3_016, 0)


def test_online_retail_against_pandas(real_data: RealData) -> None:
    path = real_data("online_retail/online_retail.parquet")
    found, buying = read(path, category="StockCode", channel="Country")
    raw = pd.read_parquet(path).dropna(subset=["CustomerID"])
    raw["customer"] = raw["CustomerID"].astype(float).astype(int).astype(str)
    raw["units"] = (raw["Quantity"] * (raw["UnitPrice"] * 10_000).round()).astype("int64")
    raw = raw[raw["customer"].isin(raw.loc[raw["units"] >= 0, "customer"])]
    lines = raw[raw["units"] >= 0].assign(day=raw["InvoiceDate"].dt.normalize())
    orders = lines.groupby(["customer", "InvoiceNo"])["day"].min().reset_index()
    ids = found.found.customers.customer_id.to_pylist()
    told = check(orders, buying, ids)
    assert (told.orders, told.seasonal.found) == (18_536, 0)
    assert (told.peak_month, told.quiet_month) == (11, 1)
    stock = raw["StockCode"].astype(str).str.strip()
    lines, raw = lines.assign(label=stock.str.casefold()), raw.assign(label=stock.str.casefold())
    counted = lines.groupby(["customer", "label"]).size().rename("lines").reset_index()
    tally = found.found.tallies["category"]
    both = counted.merge(raw.groupby(["customer", "label"])["units"].sum().reset_index(), how="right")
    assert len(tally) == len(both)
    assert int(tally.lines.sum()) == len(lines)
    assert int(tally.units.sum()) == int(raw["units"].sum())
    columns = label_columns(found.found.tallies, len(ids))
    most = counted.groupby("customer")["lines"].max() / counted.groupby("customer")["lines"].sum()
    assert np.allclose(most, columns["bought_category_share"].to_pylist(), atol=5e-5)
    assert counted.groupby("customer").size().tolist() == columns["categories_bought"].to_pylist()
    countries = sales_of("channel", "Country", found.found.tallies["channel"], len(ids))
    revenue = raw.groupby("Country")["units"].sum()
    assert {each.label: int(each.revenue * 10_000) for each in countries.labels} == revenue.to_dict()
    assert countries.people_of_one == pytest.approx(4_331, abs=2)
