"""The same scored table by other means: python peers.py {duckdb,polars,pandas} ORDERS OUT.csv.

What an analyst would write by hand: ties share a score, orders are distinct, the as-of date is the last one. Money is a
decimal in DuckDB and whole cents in Polars; pandas adds floats. None checks a row or sets one aside.
"""

import sys

DUCKDB = """
copy (
  with customers as (
    select customer_id, max(order_date)::date as last_order, count(distinct order_id) as frequency,
           sum(amount::decimal(18, 2)) as monetary
    from '{orders}' group by customer_id
  ), measured as (
    select *, (select max(last_order) from customers) - last_order as recency_days, count(*) over () as n
    from customers
  )
  select customer_id, last_order, recency_days, frequency, monetary,
         5 - 5 * (rank() over (order by recency_days) - 1) // n as r_score,
         5 * (rank() over (order by frequency) - 1) // n + 1 as f_score,
         5 * (rank() over (order by monetary) - 1) // n + 1 as m_score
  from measured order by customer_id
) to '{out}' (header)
"""


def with_duckdb(orders: str, out: str) -> None:
    import duckdb

    duckdb.sql(DUCKDB.format(orders=orders, out=out))


def with_polars(orders: str, out: str) -> None:
    import polars as pl

    lines = pl.scan_csv(orders, try_parse_dates=True) if orders.endswith(".csv") else pl.scan_parquet(orders)
    last = pl.col("order_date").max().dt.date()
    cents = (pl.col("amount") * 100).round().cast(pl.Int64).sum()
    customers = lines.group_by("customer_id").agg(last_order=last, frequency=pl.col("order_id").n_unique(), cents=cents)
    measured = customers.collect(engine="streaming").with_columns(
        recency_days=(pl.col("last_order").max() - pl.col("last_order")).dt.total_days(),
        monetary=pl.col("cents") / 100,
    )
    steps = {"r": "recency_days", "f": "frequency", "m": "cents"}
    below = {axis: 5 * (pl.col(name).rank("min").cast(pl.Int64) - 1) // pl.len() for axis, name in steps.items()}
    scored = measured.with_columns(r_score=5 - below["r"], f_score=below["f"] + 1, m_score=below["m"] + 1)
    scored.drop("cents").sort("customer_id").write_csv(out)


def with_pandas(orders: str, out: str) -> None:
    import pandas as pd

    csv = orders.endswith(".csv")
    lines = pd.read_csv(orders, parse_dates=["order_date"]) if csv else pd.read_parquet(orders)
    customers = lines.groupby("customer_id").agg(
        last_order=("order_date", "max"), frequency=("order_id", "nunique"), monetary=("amount", "sum")
    )
    customers["monetary"] = customers["monetary"].round(2)
    days = customers["last_order"].dt.normalize()
    customers["recency_days"] = (days.max() - days).dt.days
    measures = customers[["recency_days", "frequency", "monetary"]]
    below = (5 * (measures.rank(method="min") - 1)).astype("int64") // len(customers)
    customers["r_score"] = 5 - below["recency_days"]
    customers["f_score"] = below["frequency"] + 1
    customers["m_score"] = below["monetary"] + 1
    customers.to_csv(out)


PEERS = {"duckdb": with_duckdb, "polars": with_polars, "pandas": with_pandas}

if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in PEERS:
        sys.exit(__doc__)
    PEERS[sys.argv[1]](*sys.argv[2:])
