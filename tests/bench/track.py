"""Time a year of months of `segtool track` beside one run of `segtool rfm`, and print the result as Markdown.

    python tests/bench/orders.py 1e7 1e6 orders
    python tests/bench/track.py orders.csv orders.parquet

Both run as whole processes, in turn, and write Parquet; the last date of the track must be the table of the run. Shown
are medians; the ratio is the median of the ratios of each turn.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import pyarrow.compute as pc
import pyarrow.parquet as pq
from compare import SEGTOOL, in_turn, ratio


def refuse_other_rows(track: Path, one: Path) -> None:
    """Raise ValueError where the last date of a track is not the table of the run."""
    every, table = pq.read_table(track), pq.read_table(one).replace_schema_metadata(None)
    last = every.filter(pc.equal(every["as_of"], pc.max(every["as_of"]))).drop_columns("as_of")
    if not last.replace_schema_metadata(None).equals(table):
        raise ValueError(f"{track}: its last date is not the table of rfm.")


def timed(orders: Path, runs: int, folder: Path) -> str:
    """Return the medians of both commands, and the median of their ratios; their tables are left in the folder."""
    said = subprocess.run([*SEGTOOL, "rfm", str(orders), "--json"], check=True, capture_output=True).stdout
    start = date.fromisoformat(json.loads(said)["as_of"]).replace(day=1) - timedelta(days=330)
    one, year = folder / "one.parquet", folder / "year.parquet"
    found = in_turn(
        {
            "rfm": [*SEGTOOL, "rfm", str(orders), "-o", str(one), "--quiet"],
            "track": [*SEGTOOL, "track", str(orders), "--from", start.isoformat(), "-o", str(year), "--quiet"],
        },
        runs,
    )
    wall = [f"{median(each.wall for each in own):.2f}" for own in found.values()]
    peak = [f"{median(each.peak for each in own):,.0f}" for own in found.values()]
    return " | ".join([orders.name, *wall, f"{ratio(found['track'], found['rfm'], 'wall'):.2f}", *peak])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("orders", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    print("| orders | rfm s | track s | track ÷ rfm | rfm MiB | track MiB |\n| --- | --: | --: | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as made:
        folders = [Path(made, str(at)) for at in range(len(args.orders))]
        for orders, folder in zip(args.orders, folders, strict=True):
            folder.mkdir()
            print(f"| {timed(orders, args.runs, folder)} |")
        for folder in folders:  # when all is timed: the memory of this process would count as that of the next ones
            refuse_other_rows(folder / "year.parquet", folder / "one.parquet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
