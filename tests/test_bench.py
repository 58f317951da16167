"""The benchmark runs, its programs agree, and the README shows what it printed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, needs

BENCH = ROOT / "tests" / "bench"


def printed(program: str, *args: object) -> list[str]:
    done = subprocess.run(
        [sys.executable, BENCH / program, *map(str, args)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=300,
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(os.name != "posix", reason="memory is measured as POSIX systems tell it")
@pytest.mark.parametrize("peer", ["pandas", "duckdb", "polars"])
def test_segtool_and_its_peers_agree_on_every_customer(tmp_path: Path, peer: str) -> None:
    needs(peer)
    lines = printed(
        "compare.py", "--lines", 3000, "--customers", 300, "--runs", 1, "--peers", peer, "--folder", tmp_path
    )
    differ = [line.split(" | ")[-1] for line in lines if line.startswith(f"| {peer} |")]
    assert differ == ["0 |"] * 6
    assert sum(line.startswith("## ") for line in lines) == 4
    assert list(tmp_path.iterdir()) == []


def test_customers_that_differ_are_counted(tmp_path: Path) -> None:
    sys.path.insert(0, str(BENCH))
    try:
        from compare import differing
    finally:
        sys.path.remove(str(BENCH))
    header = "customer_id,recency_days,frequency,monetary,r_score,f_score,m_score"
    rows = [f"{who},1,1,2.50,1,1,1" for who in "abde"]
    (tmp_path / "one.csv").write_text("\n".join([header, *rows]))
    (tmp_path / "same.csv").write_text("\n".join([header, *rows]).replace("2.50", "2.5"))
    (tmp_path / "other.csv").write_text("\n".join([header, rows[0], rows[1].replace("2.50", "2.51"), "c,1,1,1,1,1,1"]))
    assert differing(tmp_path / "one.csv", tmp_path / "same.csv") == 0
    assert differing(tmp_path / "one.csv", tmp_path / "other.csv") == 4
    assert differing(tmp_path / "other.csv", tmp_path / "one.csv") == 4


@pytest.mark.skipif(os.name != "posix", reason="memory is measured as POSIX systems tell it")
def test_a_year_of_months_is_timed_beside_one_run() -> None:
    *_, line = printed("track.py", ROOT / "examples" / "orders.csv", "--runs", 1)
    assert line.startswith("| orders.csv | ")
    assert len(line.split(" | ")) == 6


def test_the_profile_tells_stages_and_functions() -> None:
    lines = printed("stages.py", ROOT / "examples" / "orders.csv")
    stages = lines[lines.index("| stage | wall s | share |") + 2 :][:5]
    assert [line.split(" | ")[0] for line in stages] == [
        "| loading Python packages",
        "| reading, judging, adding up",
        "| sorting, distinct orders",
        "| scores, segments, summary",
        "| writing the table",
    ]
    functions = lines[lines.index("| function | calls | CPU s | share |") + 2 : -1]
    assert len(functions) == 20
    assert any(line.startswith("| `tables/") for line in functions)


def test_the_readme_shows_the_latest_results() -> None:
    results = (BENCH / "RESULTS.md").read_text("utf-8")
    section = (ROOT / "README.md").read_text("utf-8").split("## Speed\n")[1].split("\n## ")[0]
    shown = [line for line in section.splitlines() if line.startswith("|")]
    assert len(shown) >= 10
    assert all(line in results for line in shown)


def test_known_parameters_are_found_again_by_the_benchmark() -> None:
    needs("scipy")
    *_, line = printed("predict.py", 3000, "--runs", 1)
    assert line.startswith("| 3,000 | ")
    assert len(line.split(" | ")) == 7


@pytest.mark.skipif(os.name != "posix", reason="memory is measured as POSIX systems tell it")
def test_the_segments_of_the_benchmark_are_those_that_numpy_finds(tmp_path: Path) -> None:
    lines = printed("segment.py", "--rows", 3000, "--runs", 1, "--folder", tmp_path)
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| CSV", "| PARQUET"]


@pytest.mark.skipif(os.name != "posix", reason="memory is measured as POSIX systems tell it")
def test_a_log_is_timed_beside_reading_it_and_tells_the_same_from_both_files(tmp_path: Path) -> None:
    printed("make_events.py", 2000, 150, tmp_path / "events")
    files = [tmp_path / f"events.{form}" for form in ("csv", "parquet")]
    assert sorted(tmp_path.iterdir()) == files
    *_, of_csv, of_parquet = printed("behavior.py", *files, "--runs", 1)
    assert of_csv.startswith("| events.csv | ")
    assert len(of_parquet.split(" | ")) == 6


@pytest.mark.skipif(os.name != "posix", reason="memory is measured as POSIX systems tell it")
def test_an_export_has_the_hashes_of_a_script() -> None:
    *_, of_google, of_pandas = printed("campaign.py", "--customers", 2000, "--runs", 1)
    assert of_google.startswith("| export --to google-customer-match | ")
    assert of_pandas.startswith("| pandas, for Google | ")
