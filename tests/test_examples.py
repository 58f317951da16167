"""The tables in examples/ are those that their scripts make."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

MAKERS = sorted((ROOT / "examples").glob("make_*.py"))


@pytest.mark.parametrize("script", MAKERS, ids=lambda path: path.stem)
def test_a_script_makes_its_table_byte_for_byte(script: Path) -> None:
    table = ROOT / "examples" / f"{script.stem.removeprefix('make_')}.csv"
    done = subprocess.run([sys.executable, script], capture_output=True, check=True, timeout=60)
    assert done.stdout.replace(b"\r\n", b"\n") == table.read_bytes().replace(b"\r\n", b"\n")


def test_every_table_has_a_script() -> None:
    assert [path.stem for path in MAKERS] == [f"make_{path.stem}" for path in sorted((ROOT / "examples").glob("*.csv"))]
