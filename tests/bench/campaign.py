"""Time `segtool report` and `segtool export` of many customers, beside pandas that hashes the same contacts.

    python tests/bench/campaign.py --customers 1e6

The customers are those of made-up orders, with e-mail, phone, name, country and postal code. pandas reads the table,
hashes with hashlib and writes the file that Google Customer Match takes, with none of the checks; the hashes must be
the same. All run as whole processes, in turn; shown are medians, and the median of the ratios of each turn.
"""

import argparse
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from compare import SEGTOOL, in_turn, ratio

CARRIED = ("email", "phone", "first_name", "last_name", "country", "postal_code")


def orders(customers: int) -> pa.Table:
    """Return two orders and a half for each customer, the same for the same number."""
    chance = np.random.default_rng(10)
    who = pa.array(chance.permutation(np.repeat(np.arange(customers), 5)[: customers * 5 // 2 * 2 : 2]))
    number = pc.utf8_lpad(who.cast(pa.string()), 7, "0")
    return pa.table(
        {
            "customer_id": pc.binary_join_element_wise("C", number, ""),
            "order_date": np.datetime64("2025-01-01") + chance.integers(0, 365, len(who)).astype("timedelta64[D]"),
            "amount": np.rint(100 * chance.lognormal(3.2, 0.9, len(who))) / 100,
            "email": pc.binary_join_element_wise("Customer.", number, "@Example.org", ""),
            "phone": pc.binary_join_element_wise("+98 ", "912", number, " "),
            "first_name": pa.array(["Ann", "Ben", "نرگس"]).take(pc.bit_wise_and(who, pa.scalar(1))),
            "last_name": pa.array(["Lee", "Novak"]).take(pc.bit_wise_and(who, pa.scalar(1))),
            "country": pa.array(["IR"] * len(who)),
            "postal_code": pa.array(["1969833114"] * len(who)),
        }
    )


def hashed(table: str, out: str) -> None:
    """Write the file of Google Customer Match as a script would."""
    people = pd.read_parquet(table, columns=list(CARRIED))
    found = pd.DataFrame()
    found["Email"] = people["email"].str.strip().str.lower()
    found["Phone"] = people["phone"].str.replace(" ", "")
    found["First Name"] = people["first_name"].str.strip().str.lower()
    found["Last Name"] = people["last_name"].str.strip().str.lower()
    for header in list(found):
        found[header] = [sha256(cell.encode()).hexdigest() for cell in found[header]]
    found["Country"], found["Zip"] = people["country"], people["postal_code"]
    found.to_csv(out, index=False)


def refuse_other_hashes(ours: Path, theirs: Path) -> None:
    """Raise ValueError where two files do not have the same contacts."""
    one, other = (pd.read_csv(path, dtype=str) for path in (ours, theirs))
    if not one.equals(other):
        raise ValueError(f"{ours} and {theirs} differ.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=float, default=1e6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--hash", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        pq.write_table(orders(int(args.customers)), args.make)
        return 0
    if args.hash:
        hashed(*args.hash)
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        bought, people = folder / "orders.parquet", folder / "people.parquet"
        subprocess.run([sys.executable, __file__, "--customers", str(args.customers), "--make", bought], check=True)
        carry = ["--carry", ",".join(CARRIED)]
        subprocess.run([*SEGTOOL, "rfm", str(bought), *carry, "-q", "-o", str(people)], check=True)
        export = [*SEGTOOL, "export", str(people), "--quiet", "--to"]
        page, ours, theirs = (folder / name for name in ("report.html", "google.csv", "pandas.csv"))
        found = in_turn(
            {
                "report --no-charts": [*SEGTOOL, "report", str(people), "--no-charts", "-q", "-o", str(page)],
                "export --to mailchimp": [*export, "mailchimp", "-o", str(folder / "mailchimp.csv")],
                "export --to google-customer-match": [*export, "google-customer-match", "-o", str(ours)],
                "pandas, for Google": [sys.executable, __file__, "--hash", str(people), str(theirs)],
            },
            args.runs,
        )
        print("| command | wall s | peak MiB | time ÷ pandas | memory ÷ pandas |")
        print("| --- | --: | --: | --: | --: |")
        for name, own in found.items():
            cells = [name, *(f"{median(getattr(each, figure) for each in own):,.2f}" for figure in ("wall", "peak"))]
            beside = found["pandas, for Google"]
            cells += [f"{ratio(own, beside, figure):.2f}" if "google" in name else "" for figure in ("wall", "peak")]
            print(f"| {' | '.join(cells)} |")
        refuse_other_hashes(ours, theirs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
