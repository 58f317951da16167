"""Time fits and predictions of customers whose parameters are known, and print the results as Markdown.

    python tests/bench/predict.py 23570 1e6

Customers are simulated by known parameters; the fit must find them again. Shown are medians, without the time that
importing scipy takes.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent))

from simulated import KNOWN, simulated

from segtool.worth.bg_nbd import counted
from segtool.worth.fits import fit
from segtool.worth.lifetime import horizon_of, predict
from segtool.worth.likelihood import need_scipy

_AS_OF = date(2024, 1, 1)


def seconds(work: Callable[[], object], runs: int) -> str:
    """Return the median of the seconds that some work takes."""
    every = []
    for _ in range(runs):
        start = perf_counter()
        work()
        every.append(perf_counter() - start)
    return f"{median(every):.2f}"


def timed(customers: int, runs: int) -> str:
    """Return the row of the table of so many customers. Raises ValueError where other parameters are found."""
    found = simulated(customers, seed=1)
    made = fit(found, as_of=_AS_OF, errors="standard")
    for model in filter(None, (made.bg_nbd, made.gamma_gamma)):
        for name, error in (model.standard_errors or {}).items():
            if abs(getattr(model, name) - KNOWN[name]) > 5 * error + 0.02 * KNOWN[name]:
                raise ValueError(f"{name} is {getattr(model, name):.3f} ± {error:.3f}, not {KNOWN[name]}.")
    times = [
        seconds(lambda: fit(found, as_of=_AS_OF), runs),
        seconds(lambda: fit(found, as_of=_AS_OF, errors="standard"), runs),
        seconds(lambda: fit(found, as_of=_AS_OF, errors="bootstrap"), 1),
        seconds(lambda: predict(made, found, horizon=horizon_of("12m")), runs),
    ]
    counts = (customers, made.bg_nbd.repeat_customers, len(counted(found).customers))
    return " | ".join([*(f"{each:,}" for each in counts), *times])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", nargs="+", type=float)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    need_scipy()
    print("| customers | repeat buyers | kinds | fit s | with errors s | with bootstrap s | predict 12m s |")
    print("| --: | --: | --: | --: | --: | --: | --: |")
    for customers in args.customers:
        print(f"| {timed(int(customers), args.runs)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
