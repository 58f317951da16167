"""Time `segtool rfm` beside other means to the same table, and print the result as Markdown.

    python -m pip install -e ".[bench]"
    python tests/bench/compare.py > tests/bench/RESULTS.md

Every program runs as a whole process, in turn, and writes the scored customers as CSV; all must agree customer by
customer. Shown are medians; a ratio is the median of the ratios of each turn. At the default size it takes some ten
minutes and 2 GB of disk; it needs a POSIX system.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from segtool.workers import cores

HERE = Path(__file__).parent
SEGTOOL = [sys.executable, "-m", "segtool"]
START = {
    "`segtool --help`": ([*SEGTOOL, "--help"], "import click"),
    "1,000 lines": ([*SEGTOOL, "rfm", "{orders}", "-o", "{out}", "--quiet"], "import pandas, pyarrow.csv"),
}
"""What a short run does -> its command, and the imports that it is measured against."""

KINDS = {
    "In the order of time": [],
    "Shuffled by two million: the lines of an order lie apart": ["--apart"],
    "Order ids that are texts": ["--text-ids"],
}
"""What the lines are like -> the options that make them so."""

SAME = ("recency_days", "frequency", "r_score", "f_score", "m_score")


class Run(NamedTuple):
    wall: float
    cpu: float
    peak: float
    """Seconds, seconds, MiB."""


def run(command: Sequence[str]) -> Run:
    """Run a command to its end. Raises RuntimeError with what it said when it fails."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}:\n{said.read().decode()}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)


def in_turn(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, list[Run]]:
    """Return the runs of each command, after one that is not counted."""
    turns = [{name: run(command) for name, command in commands.items()} for _ in range(runs + 1)]
    return {name: [turn[name] for turn in turns[1:]] for name in commands}


def ratio(ours: Sequence[Run], theirs: Sequence[Run], figure: str) -> float:
    """Return the median of our figure divided by theirs, turn by turn."""
    return statistics.median(getattr(a, figure) / getattr(b, figure) for a, b in zip(ours, theirs, strict=True))


def customers(path: Path) -> Iterator[tuple[str, tuple[Decimal, ...]]]:
    """Yield each customer of a table, and what it says of them."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["customer_id"], (*(Decimal(row[name]) for name in SAME), round(Decimal(row["monetary"]), 2))


def differing(one: Path, other: Path) -> int:
    """Return how many customers two tables, both sorted by id, do not agree on."""
    count, rows = 0, [customers(one), customers(other)]
    left, right = (next(each, None) for each in rows)
    while left or right:
        count += left != right
        ahead = left and right and (left[0] > right[0]) - (left[0] < right[0])
        left, right = (
            next(rows[0], None) if right is None or ahead in (0, -1) else left,
            next(rows[1], None) if left is None or ahead in (0, 1) else right,
        )
    return count


def compared(orders: Path, peers: Sequence[str], runs: int) -> Iterator[str]:
    """Yield the lines of a table of segtool and its peers on one file."""
    out = {name: orders.with_name(f"{name}.out.csv") for name in ("segtool", *peers)}
    commands = {"segtool": [*SEGTOOL, "rfm", str(orders), "-o", str(out["segtool"]), "--quiet"]} | {
        name: [sys.executable, str(HERE / "peers.py"), name, str(orders), str(out[name])] for name in peers
    }
    seen = in_turn(commands, runs)
    yield f"{orders.suffix[1:].upper()}, {sum(1 for _ in customers(out['segtool'])):,} customers\n"
    yield row(
        "", "wall s", "CPU s", "peak MiB", "time: segtool ÷ this", "memory: segtool ÷ this", "customers that differ"
    )
    yield row("---", *["--:"] * 6)
    for name, own in seen.items():
        figures = [statistics.median(getattr(each, figure) for each in own) for figure in Run._fields]
        beside = [""] * 3
        if name in peers:
            ratios = [f"{ratio(seen['segtool'], own, figure):.2f}" for figure in ("wall", "peak")]
            beside = [*ratios, f"{differing(out['segtool'], out[name]):,}"]
        yield row(name, *"{:.2f} {:.2f} {:,.0f}".format(*figures).split(), *beside)
    yield ""


def row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def started(folder: Path, runs: int) -> Iterator[str]:
    """Yield the lines of a table of how long short runs take."""
    yield row("segtool", "wall s", "beside", "wall s", "time: segtool ÷ this")
    yield row("---", "--:", "---", "--:", "--:")
    places = {"orders": str(folder / "1000.csv"), "out": str(folder / "1000.out.csv")}
    for name, (command, imports) in START.items():
        ours = [part.format(**places) for part in command]
        seen = in_turn({"ours": ours, "theirs": [sys.executable, "-c", imports]}, runs)
        wall = {who: statistics.median(each.wall for each in own) for who, own in seen.items()}
        times = ratio(seen["ours"], seen["theirs"], "wall")
        yield row(name, f"{wall['ours']:.3f}", f"`{imports}`", f"{wall['theirs']:.3f}", f"{times:.2f}")
    yield ""


def made(folder: Path, lines: int, customers: int, *options: str) -> Path:
    """Return the stem of order files, made in a process of its own: ours would keep its memory."""
    stem = folder / "".join([str(lines), *options])
    subprocess.run([sys.executable, HERE / "orders.py", str(lines), str(customers), stem, *options], check=True)
    return stem


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=float, default=1e7, metavar="N", help="order lines  [default: 1e7]")
    parser.add_argument("--customers", type=float, default=1e6, metavar="N", help="customers at most  [default: 1e6]")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="counted runs of each  [default: 5]")
    parser.add_argument("--peers", default="duckdb,polars,pandas", metavar="NAMES", help="[default: %(default)s]")
    parser.add_argument("--folder", metavar="DIR", help="where the files are made  [default: a temporary one]")
    args = parser.parse_args()
    lines, peers = int(args.lines), args.peers.split(",")
    tools = dict.fromkeys(["segtool", "pyarrow", "numpy", *peers])
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        print(f"# {lines:,} order lines\n\n{cores()} cores, Python {sys.version.split()[0]},")
        print(f"{', '.join(f'{tool} {version(tool)}' for tool in tools)}; medians of {args.runs}.\n")
        for title, options in KINDS.items():
            print(f"## {title}\n")
            stem = made(folder, lines, int(args.customers), *options)
            for suffix in (".csv", ".parquet"):
                orders = stem.with_name(stem.name + suffix)
                for line in compared(orders, peers, args.runs):
                    print(line, flush=True)
                orders.unlink()
        print("## Short runs\n")
        made(folder, 1000, 300)
        for line in started(folder, 3 * args.runs):
            print(line, flush=True)


if __name__ == "__main__":
    main()
