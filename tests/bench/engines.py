"""Time `segtool rfm` on the same orders through one engine after another, and print the result as Markdown.

    python tests/bench/orders.py 1e7 1e6 orders
    python tests/bench/engines.py orders.parquet "postgresql://localhost/shop?table=orders" "sc://localhost?table=orders"

The file is read by the default engine and by DuckDB, with and without a limit; each address is a place where the same
orders stand. All tables must be the same, byte by byte. Wall time is that of the whole process, peak memory too: what a
server takes is not in it. Shown are medians; runs of an address wait for its server as a user would.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from compare import SEGTOOL, row, run

from segtool.tables.places import shown

OF_THE_FILE = {
    "arrow": ["--engine", "arrow"],
    "duckdb": ["--engine", "duckdb"],
    "duckdb, 1 GB": ["--engine", "duckdb", "--memory-limit", "1GB"],
}
"""What reads the file -> the options that say so."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("orders", type=Path)
    parser.add_argument("addresses", nargs="*", metavar="ADDRESS")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--into", metavar="TABLE", help="also label the customers inside each address, into this table")
    args = parser.parse_args()
    print(row("engine", "wall s", "CPU s here", "peak MiB here"), row("---", *["--:"] * 3), sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        tables: dict[str, Path] = {}

        def timed(name: str, orders: str, options: list[str], table: Path | None) -> None:
            written = ["-o", str(table)] if table else []
            seen = [run([*SEGTOOL, "rfm", orders, *options, *written, "--quiet"]) for _ in range(args.runs)]
            figures = [median(getattr(each, figure) for each in seen) for figure in ("wall", "cpu", "peak")]
            print(row(name, *"{:.1f} {:.1f} {:,.0f}".format(*figures).split()), flush=True)
            if table:
                tables[name] = table

        for at, (name, options) in enumerate(OF_THE_FILE.items()):
            timed(name, str(args.orders), options, Path(folder, f"{at}.csv"))
        for at, address in enumerate(args.addresses):
            timed(shown(address), address, [], Path(folder, f"there{at}.csv"))
            if args.into:
                timed(f"{shown(address)} --into", address, ["--into", args.into], None)
        [(first, expected), *others] = tables.items()
        for name, table in others:
            if table.read_bytes() != expected.read_bytes():
                raise ValueError(f"{name} and {first} do not give the same table.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
