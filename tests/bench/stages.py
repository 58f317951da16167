"""Show where the time of `segtool rfm` goes, as Markdown: python tests/bench/stages.py ORDERS [OPTIONS]

    python tests/bench/orders.py 1e7 1e6 orders
    for orders in orders.csv orders.parquet; do python tests/bench/stages.py $orders; done > tests/bench/STAGES.md

The stages are wall time. The functions, the twenty that take most, are CPU time of all threads, each without what it
calls in segtool, but with what it calls in pyarrow, numpy and Python; a generator is called anew for each item. The
hooks that measure cost a few percent.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

BEGUN = time.perf_counter()

import segtool.api  # noqa: E402
from segtool.__main__ import main  # noqa: E402

PACKAGE = str(Path(segtool.api.__file__).parent)
STAGES = {
    "aggregate": "reading, judging, adding up",
    "result": "sorting, distinct orders",
    "segment_customers": "scores, segments, summary",
    "write_csv": "writing the table",
}
"""A function that begins a stage -> what the stage is, up to where the next one begins."""


class Stopwatch:
    """Hooks for `sys.setprofile`: CPU seconds and calls by function, and when the main thread came to each stage."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.begun: dict[str, float] = {}
        self._open = threading.local()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event not in ("call", "return") or not code.co_filename.startswith(PACKAGE):
            return
        stack = self._open.__dict__.setdefault("stack", [])
        now = time.thread_time()
        if stack:
            name, since = stack[-1]
            self.seconds[name] += now - since
        if event == "call":
            name = f"{Path(code.co_filename).relative_to(PACKAGE).with_suffix('').as_posix()}.{code.co_qualname}"
            self.calls[name] += 1
            stack.append((name, now))
            if threading.current_thread() is threading.main_thread() and code.co_name in STAGES:
                self.begun.setdefault(code.co_name, time.perf_counter())
        elif stack:
            stack.pop()
            if stack:
                stack[-1] = (stack[-1][0], now)


def report(watch: Stopwatch, ended: float, orders: Path) -> None:
    """Print both tables."""
    borders = [(BEGUN, "loading Python packages"), *((watch.begun[name], what) for name, what in STAGES.items())]
    print(f"# Where the time goes: {orders.stat().st_size / 1e6:,.0f} MB of {orders.suffix[1:]}\n")
    print("| stage | wall s | share |\n|---|--:|--:|")
    for (since, what), (until, _) in zip(borders, [*borders[1:], (ended, "")], strict=True):
        print(f"| {what} | {until - since:.2f} | {(until - since) / (ended - BEGUN):.0%} |")
    cpu = sum(watch.seconds.values())
    print("\n| function | calls | CPU s | share |\n|---|--:|--:|--:|")
    for name, seconds in watch.seconds.most_common(20):
        print(f"| `{name}` | {watch.calls[name]:,} | {seconds:.2f} | {seconds / cpu:.0%} |")
    print()


def run() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("orders", type=Path)
    args, options = parser.parse_known_args()
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        threading.setprofile(watch)
        sys.setprofile(watch)
        code = main(["rfm", str(args.orders), "-o", f"{folder}/segments.csv", "--quiet", *options])
        sys.setprofile(None)
    if code == 0:
        report(watch, time.perf_counter(), args.orders)
    return code


if __name__ == "__main__":
    sys.exit(run())
