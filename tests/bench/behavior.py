"""Time `segtool behavior` beside pyarrow, which only reads the file, and print the result as Markdown.

    python tests/bench/make_events.py 10000000 1000000 events
    python tests/bench/behavior.py events.csv events.parquet

Both run as whole processes, in turn. segtool writes Parquet, and must write the same for all of the files, which have
the same events. Shown are medians; the ratio is the median of the ratios of each turn.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
from compare import SEGTOOL, in_turn, ratio, row

READ = {
    ".csv": "import sys, pyarrow.csv; pyarrow.csv.read_csv(sys.argv[1])",
    ".parquet": "import sys, pyarrow.parquet; pyarrow.parquet.read_table(sys.argv[1])",
}
"""What reads a file, and does nothing with it."""


def timed(events: Path, runs: int, table: Path) -> str:
    """Return the medians of both commands, and the median of their ratios; the table is left."""
    found = in_turn(
        {
            "pyarrow": [sys.executable, "-c", READ[events.suffix], str(events)],
            "segtool": [*SEGTOOL, "behavior", str(events), "-o", str(table), "--quiet"],
        },
        runs,
    )
    wall = [f"{median(each.wall for each in own):.2f}" for own in found.values()]
    peak = [f"{median(each.peak for each in own):,.0f}" for own in found.values()]
    return row(events.name, *wall, f"{ratio(found['segtool'], found['pyarrow'], 'wall'):.2f}", *peak)


def refuse_other_people(tables: Sequence[Path]) -> None:
    """Raise ValueError where files of the same events do not give the same table."""
    first, *others = (pq.read_table(table).replace_schema_metadata(None) for table in tables)
    if not all(other.equals(first) for other in others):
        raise ValueError("The files give different tables.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    print(row("events", "pyarrow reads s", "behavior s", "behavior ÷ reading", "pyarrow MiB", "behavior MiB"))
    print(row("---", *["--:"] * 5))
    with tempfile.TemporaryDirectory() as folder:
        tables = [Path(folder, f"{at}.parquet") for at in range(len(args.events))]
        for events, table in zip(args.events, tables, strict=True):
            print(timed(events, args.runs, table))
        refuse_other_people(
            tables
        )  # when all is timed: the memory of this process would count as that of the next ones
    return 0


if __name__ == "__main__":
    sys.exit(main())
