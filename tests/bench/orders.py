"""Write a large shop's order lines, the same for the same arguments: python orders.py LINES CUSTOMERS STEM [OPTIONS]

STEM.csv and STEM.parquet get about 2.2 lines an order over three years, in the order of time. Few customers buy often
and many once; amounts are log-normal, in cents.
"""

import argparse
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

STEP = 2_000_000
START = np.datetime64("2022-01-01T00:00:00")
SECONDS = 3 * 365 * 86_400


def tables(lines: int, customers: int, *, apart: bool, text_ids: bool) -> Iterator[pa.Table]:
    """Yield the lines in tables of STEP rows, shuffled within each where they are to lie `apart`."""
    chance = np.random.default_rng(2022)
    zeal = np.cumsum(chance.gamma(0.5, 1.0, customers))
    orders = 0
    for done in range(0, lines, STEP):
        rows = min(STEP, lines - done)
        order = np.repeat(np.arange(rows), chance.geometric(0.45, rows))[:rows]
        count = int(order[-1]) + 1
        who = np.searchsorted(zeal, chance.random(count) * zeal[-1])
        seconds = (done + np.sort(chance.random(count)) * rows) / lines * SECONDS
        when = START + seconds.astype("timedelta64[s]")
        cents = np.maximum(1, np.rint(100 * chance.lognormal(3.2, 0.9, rows)))
        place = chance.permutation(rows) if apart else np.arange(rows)
        names = [f"K{number:07}" for number in who.tolist()]
        numbers = pa.array(1_000_000 + orders + order[place])
        yield pa.table(
            {
                "order_id": pc.binary_join_element_wise("WEB-", numbers.cast(pa.string()), "") if text_ids else numbers,
                "customer_id": pa.array(names, pa.string()).take(pa.array(order[place])),
                "order_date": when[order[place]],
                "amount": cents[place] / 100,
            }
        )
        orders += count


def write(stem: str, made: Iterable[pa.Table]) -> None:
    """Write STEM.csv and STEM.parquet."""
    csv = parquet = None
    for table in made:
        if csv is None or parquet is None:
            plain = pa.csv.WriteOptions(quoting_style="none")
            csv = pa.csv.CSVWriter(f"{stem}.csv", table.schema, write_options=plain)
            parquet = pq.ParquetWriter(f"{stem}.parquet", table.schema)
        csv.write_table(table)
        parquet.write_table(table, row_group_size=1_000_000)
    for file in (csv, parquet):
        if file is not None:
            file.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=float)
    parser.add_argument("customers", type=float)
    parser.add_argument("stem")
    parser.add_argument("--apart", action="store_true", help="shuffle: the lines of an order lie apart")
    parser.add_argument("--text-ids", action="store_true", help="order ids are texts, as WEB-1000000")
    args = parser.parse_args()
    lines = tables(int(args.lines), int(args.customers), apart=args.apart, text_ids=args.text_ids)
    write(args.stem, lines)


if __name__ == "__main__":
    main()
