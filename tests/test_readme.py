"""What the README shows is what segtool prints. UPDATE_GOLDEN=1 writes the outputs into it anew."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, Run

import segtool
from segtool.orders.set_aside import set_aside_rules
from segtool.segments.check import check
from segtool.segments.families import names
from segtool.segments.scheme_file import KEYS, OF_A_SEGMENT, parse
from segtool.segments.schemes import built_in, load

README = ROOT / "README.md"
CONSOLE = re.compile(r"(?<=```console\n)\$ (?P<command>[^\n]*)\n(?P<shown>.*?)(?=```)", re.DOTALL)
PYTHON = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<shown>.*?)```", re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(command: str) -> str:
    """Run a command of the README as a reader would; segtool is the one under test."""
    mine = f'segtool() {{ {sys.executable} -m segtool "$@"; }}\n'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80"}
    done = subprocess.run(
        ["sh", "-c", mine + command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=True
    )
    return done.stdout.decode()


@pytest.mark.skipif(os.name != "posix", reason="the README's commands are for a POSIX shell")
def test_the_commands_print_what_is_shown(folder: Path) -> None:
    text = README.read_text("utf-8")
    fresh = CONSOLE.sub(lambda m: f"$ {m['command']}\n{printed(m['command'])}", text)
    if os.environ.get("UPDATE_GOLDEN"):
        README.write_text(fresh, encoding="utf-8")
    assert fresh == README.read_text("utf-8")
    assert len(CONSOLE.findall(text)) == 26


@pytest.mark.skipif(os.name != "posix", reason="the README's commands are for a POSIX shell")
def test_the_way_from_a_goal_to_the_next_month_can_be_gone(folder: Path) -> None:
    found = re.search(r"## From a goal to the next month\n\n```sh\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found
    printed(f"set -e\n{found[1]}")
    assert (folder / "segments.csv").read_text("utf-8").startswith("customer_id,")
    assert (folder / "segments.md").read_text("utf-8").startswith("# Loyalty matrix")


@pytest.mark.skipif(os.name != "posix", reason="the README's commands are for a POSIX shell")
def test_the_job_of_every_night_runs_on_the_first_night_and_again(folder: Path) -> None:
    found = re.search(r"```sh\n(# once: .*?)# every night\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found
    once, night = found.groups()
    printed(f"set -e\n{once}")
    for night_of in ("2025-11-30", "2025-12-31"):
        job = night.replace("--model", f"--as-of {night_of} --model", 1).replace("date +%F", f"echo {night_of}")
        printed(job)
        table = (folder / "segments.parquet").read_bytes()
        printed(job)
        assert (folder / "segments.parquet").read_bytes() == table
        assert (folder / f"history/{night_of}.parquet").read_bytes() == table
    assert (folder / "track.parquet").read_bytes().startswith(b"PAR1")
    printed("segtool compare history/2025-11-30.parquet history/2025-12-31.parquet")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        printed(job.replace("churn_rate > 60%", "Champions > 5"))
    assert failed.value.returncode == 1
    assert failed.value.stdout.decode() == "segtool: Champions > 5: 30\n"


def test_the_conditions_in_the_configuration_file_serve_rfm_and_compare(run: Run, six: Path) -> None:
    shown = [
        block for block in re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL) if "fail-if" in block
    ]
    [text] = shown
    assert {name for name, table in tomllib.loads(text).items() if "fail-if" in table} == {"rfm", "compare"}
    (six.parent / "segtool.toml").write_text(text)
    previous = tomllib.loads(text)["rfm"]["previous"]
    nights = [run("rfm", six, "-q", "-o", previous, "--as-of", day) for day in ("2024-03-10", "2024-03-31")]
    nights.append(run("compare", previous, previous, "-q", "-o", "moved.csv"))
    for done in nights:
        assert (done.returncode, done.stderr[:26]) == (1, "segtool: Champions < 500: ")
    assert run("inspect", six).returncode == 0


def test_every_link_of_the_readme_leads_to_a_heading() -> None:
    text = README.read_text("utf-8")
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in re.findall(r"^##+ (.*)", text, re.M)
    }
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", text) if link not in headings] == []


def test_the_library_prints_what_is_shown(folder: Path) -> None:
    text = README.read_text("utf-8")
    match = PYTHON.search(text)
    assert match
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(match["code"], "README.md", "exec"), {})
    if os.environ.get("UPDATE_GOLDEN"):
        README.write_text(
            text.replace(match[0], match[0].replace(f"text\n{match['shown']}", f"text\n{out.getvalue()}"))
        )
    match = PYTHON.search(README.read_text("utf-8"))
    assert match
    assert match["shown"] == out.getvalue()


def test_every_reason_scheme_and_exit_code_is_described() -> None:
    text = README.read_text("utf-8")
    for rule in set_aside_rules():
        assert f"`{rule.reason}`" in text
    for name in built_in():
        assert f"`{name}`" in text
        assert ", ".join(segment.name for segment in load(name).segments if segment.name != "(none)") in text
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "segtool").rglob("*.py"))
    codes = set(re.findall(r"exit_code = (\d+)|return (\d{2,3})(?:, .*)?$", sources, re.MULTILINE))
    assert {"65", "66", "73", "74", "78", "130", "141"} <= {code for pair in codes for code in pair}
    for pair in codes:
        assert f"| {max(pair)} |" in text


def test_the_scheme_that_is_shown_is_sound_and_says_all_that_a_scheme_can() -> None:
    text = README.read_text("utf-8")
    found = re.search(r"```toml\n(# mine\.toml\n.*?)```", text, re.DOTALL)
    assert found
    scheme = parse(found[1], "mine")
    assert check(scheme).is_sound
    segments = {key for table in tomllib.loads(found[1])["segments"] for key in table}
    assert set(KEYS) == tomllib.loads(found[1]).keys()
    assert set(OF_A_SEGMENT) - {"owner", "goal"} <= segments


def test_the_scheme_over_columns_that_is_shown_names_the_customers_that_it_says(run: Run, tmp_path: Path) -> None:
    found = re.search(r"```toml\n(# care\.toml.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found
    (tmp_path / "care.toml").write_text(found[1], "utf-8")
    people = [
        ("tags", "last_visit", "birth_date", "newsletter", "city"),
        ("new;vip", "2024-01-31", "1990-05-01", "yes", "Bonn"),  # 152 days ago
        ("", "2023-12-01", "1990-05-01", "yes", "Bonn"),
        ("", "2023-12-01", "1990-05-01", "yes", "Hamburg-Altona"),
        ("", "2024-06-01", "1950-05-01", "no", "Bonn"),
        ("vip", "", "1950-05-01", "yes", "Bonn"),
        ("vip", "2024-07-01", "", "", ""),
    ]
    (tmp_path / "people.csv").write_text("".join(",".join(row) + "\n" for row in people), "utf-8")
    done = run("segment", "people.csv", "--scheme", "./care.toml", "--as-of", "2024-07-01", "-q")
    named = [line.rsplit(",", 1)[1] for line in done.stdout.splitlines()]
    assert named == ["segment_care", "call today", "write", "the rest", "write", "no visit known", "the rest"]


def test_every_key_of_the_json_of_segments_over_columns_is_described() -> None:
    text = README.read_text("utf-8")
    found = segtool.segment(ROOT / "examples/behavior.csv", "value").summary.to_dict()
    keys = {*found, *found["schemes"][0], *found["schemes"][0]["segments"][0]}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def test_every_family_and_scheme_over_columns_is_described() -> None:
    text = README.read_text("utf-8")
    assert [name for name in names() if f"`{name}`" not in text] == []


def test_every_key_of_the_json_summary_is_described(six: Path) -> None:
    text = README.read_text("utf-8")
    assert [key for key in segtool.rfm(six).summary.to_dict() if f"`{key}`" not in text] == []


def test_every_key_of_the_json_of_a_comparison_is_described(six: Path) -> None:
    text = README.read_text("utf-8")
    before, after = (segtool.rfm(six, as_of=day).table for day in ("2024-03-10", "2024-03-31"))
    found = segtool.compare(before, after).comparison.to_dict()
    keys = {*found, *found["before"], *found["segments"][0], *found["flows"][0], *found["matrix"], *found["churn"]}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def test_every_key_of_the_json_of_a_track_is_described(six: Path) -> None:
    text = README.read_text("utf-8")
    found = segtool.track(six).summary.to_dict()
    keys = {*found, *found["segments"][0], *found["segments"][0]["customers"], *found["as_of_dates"][-1]}
    keys |= {*found["as_of_dates"][-1]["migration"]}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []
