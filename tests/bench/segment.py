"""Time `segtool segment` beside reading and writing the same table with pyarrow alone, and print it as Markdown.

    python tests/bench/segment.py --rows 1e7

A scheme of five segments over three columns labels a table of five: an id, an age, a city of 300, what is spent, a day.
Both run as whole processes, in turn, and write the format that they read. Shown are medians; a ratio is the median of
the ratios of each turn. The segments must be those that numpy finds.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from compare import SEGTOOL, in_turn, ratio

SCHEME = """
default = "others"

[[segments]]
name = "young big spenders"
age = "18..29"
spend = ">=100"

[[segments]]
name = "minors"
age = "..17"

[[segments]]
name = "locals"
city = ["Town 1", "town 2*", "São Paulo"]
spend = ">20"

[[segments]]
name = "silver"
where = 'age >= 65 and not city = "Town 3"'

[[segments]]
name = "small"
spend = "<10"
"""

COPIES: dict[str, tuple[Callable[[str], pa.Table], Callable[[pa.Table, str], None]]] = {
    "csv": (pa.csv.read_csv, pa.csv.write_csv),
    "parquet": (pq.read_table, pq.write_table),
}
"""Suffix -> what reads and writes such a file."""


def customers(rows: int) -> pa.Table:
    """Return so many customers, the same for the same number."""
    chance = np.random.default_rng(7)
    towns = pa.array([*(f"Town {number}" for number in range(298)), "São Paulo", "تهران"])
    return pa.table(
        {
            "customer_id": pc.binary_join_element_wise("K", pa.array(np.arange(rows)).cast(pa.string()), ""),
            "age": pa.array(chance.integers(12, 90, rows)),
            "city": towns.take(pa.array(chance.integers(0, 300, rows))),
            "spend": np.maximum(1, np.rint(100 * chance.lognormal(3.2, 0.9, rows))) / 100,
            "last_visit": np.datetime64("2022-01-01") + chance.integers(0, 1000, rows).astype("timedelta64[D]"),
        }
    )


def expected(table: pa.Table) -> "np.ndarray":
    """Return the segment of each row."""
    age, spend = table["age"].to_numpy(), table["spend"].to_numpy()
    towns = pc.or_(pc.starts_with(table["city"], "Town 2"), pc.is_in(table["city"], pa.array(["Town 1", "São Paulo"])))
    local = towns.to_numpy()
    third = pc.equal(table["city"], "Town 3").to_numpy()
    rules = {
        "young big spenders": (age >= 18) & (age <= 29) & (spend >= 100),
        "minors": age <= 17,
        "locals": local & (spend > 20),
        "silver": (age >= 65) & ~third,
        "small": spend < 10,
    }
    return np.select(list(rules.values()), list(rules), "others")


def refuse_other_segments(made: str, rows: int) -> None:
    """Raise ValueError where a table has other segments than it should."""
    found = COPIES[made.rpartition(".")[2]][0](made)["segment_five"].to_numpy()
    if not (found == expected(customers(rows))).all():
        raise ValueError(f"{made}: its segments are not those that numpy finds.")


def timed(table: Path, scheme: Path, runs: int) -> str:
    """Return the medians of both commands, and the median of their ratios."""
    copy, ours = (str(table.with_suffix(f".{name}{table.suffix}")) for name in ("copy", "ours"))
    found = in_turn(
        {
            "copy": [sys.executable, __file__, "--copy", str(table), copy],
            "segment": [*SEGTOOL, "segment", str(table), "--scheme", str(scheme), "-o", ours, "--quiet"],
        },
        runs,
    )
    cells = [table.suffix[1:].upper()]
    for figure in ("wall", "peak"):
        cells += [f"{median(getattr(each, figure) for each in own):,.2f}" for own in found.values()]
        cells.append(f"{ratio(found['segment'], found['copy'], figure):.2f}")
    return " | ".join(cells)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the tables are kept, and found again")
    parser.add_argument("--copy", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.copy:
        read, write = COPIES[args.copy[0].rpartition(".")[2]]
        write(read(args.copy[0]), args.copy[1])
        return 0
    rows = int(args.rows)
    with tempfile.TemporaryDirectory() as made:
        folder = args.folder or Path(made)
        folder.mkdir(exist_ok=True)
        scheme = folder / "five.toml"
        scheme.write_text(SCHEME, encoding="utf-8")
        tables = [folder / f"{rows}.{suffix}" for suffix in COPIES]
        for table in tables:
            if not table.exists():
                COPIES[table.suffix[1:]][1](customers(rows), str(table))
        print("| table | pyarrow s | segment s | segment ÷ pyarrow | pyarrow MiB | segment MiB | segment ÷ pyarrow |")
        print("| --- | --: | --: | --: | --: | --: | --: |")
        for table in tables:
            print(f"| {timed(table, scheme, args.runs)} |", flush=True)
        for table in tables:  # when all is timed: the memory of this process would count as that of the next ones
            refuse_other_segments(str(table.with_suffix(f".ours{table.suffix}")), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
