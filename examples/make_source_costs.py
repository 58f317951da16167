"""Make source_costs.csv, what a shop has spent on each source of customers: python make_source_costs.py.

The same file every time. Redirect stdout to the file.
"""

import csv
import sys

COSTS = [("google ads", "1480.00"), ("Instagram", "610.50"), ("fair", "950.00"), ("flyers", "120.00")]


def main() -> None:
    csv.writer(sys.stdout, lineterminator="\n").writerows([("source", "cost"), *COSTS])


if __name__ == "__main__":
    main()
