"""What a job at night relies on: one run at a time, a line in the log for every run, an environment of nothing."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run

from segtool.cli.lock import locked
from segtool.errors import BusyError, OutputError, UsageError

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and pipes")


@contextlib.contextmanager
def waiting(tmp_path: Path, six: Path, *args: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run that has read its orders and waits for somebody to read its summary."""
    os.mkfifo(tmp_path / "fifo")
    command = [sys.executable, "-m", "segtool", "rfm", str(six), "-q", "--summary-file", "fifo", "-o", "s.csv", *args]
    process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        yield process
    finally:
        process.kill()
        process.wait(60)


def until_held(lock: Path) -> str:
    """Return the process id in a lock, once it is there."""
    for _ in range(600):
        if lock.exists() and lock.read_text().strip():
            return lock.read_text().strip()
        time.sleep(0.05)
    raise AssertionError("the lock was never taken")


def ended_by(process: subprocess.Popen[bytes], number: int) -> int:
    """Return the exit code after a signal. It is sent again: Python loses one that comes amid an import."""
    for _ in range(30):
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(2)
    raise AssertionError("the signal was not heard")


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


# One run at a time


@posix
def test_a_second_run_stops_at_once_and_names_who_holds_the_lock(run: Run, six: Path, tmp_path: Path) -> None:
    with waiting(tmp_path, six, "--lock", "run.lock") as first:
        assert until_held(tmp_path / "run.lock") == str(first.pid)
        done = run("rfm", "absent.csv", "--lock", "run.lock", "-o", "t.csv")  # nothing is read yet
        assert (done.returncode, done.stdout) == (75, "")
        message = f"run.lock is held by process {first.pid}: another run is at work. Try again later."
        assert done.stderr == f"segtool: {message}\n"
        assert run("rfm", six, "--lock", "other.lock", "-q").returncode == 0
        with (tmp_path / "fifo").open("rb") as summary:
            assert json.loads(summary.read())["customers"] == 6
        assert first.wait(60) == 0
    assert run("rfm", six, "--lock", "run.lock", "-q").returncode == 0


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_leaves_no_lock_behind(run: Run, six: Path, tmp_path: Path, number: int) -> None:
    with waiting(tmp_path, six, "--lock", "run.lock") as first:
        until_held(tmp_path / "run.lock")
        ended_by(first, number)
        assert run("rfm", six, "--lock", "run.lock", "-q").returncode == 0


def test_a_failed_run_frees_the_lock(run: Run, six: Path) -> None:
    assert run("rfm", "absent.csv", "--lock", "run.lock").returncode == 66
    assert run("rfm", six, "--lock", "run.lock", "-q").returncode == 0


def test_a_lock_is_held_once_and_named_by_its_process(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    with locked(lock):
        assert lock.read_text() == f"{os.getpid()}\n"
        with pytest.raises(BusyError, match=f"is held by process {os.getpid()}: another run"), locked(lock):
            pass
    with locked(lock):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_a_file_that_holds_something_is_no_lock(run: Run, six: Path, tmp_path: Path) -> None:
    before = six.read_text()
    done = run("rfm", six.name, "--lock", six.name)
    assert done.returncode == 2
    assert done.stderr == "segtool: orders.csv is no lock; name a file that nothing else is kept in.\n"
    assert six.read_text() == before
    with pytest.raises(UsageError), locked(six):
        pass
    with pytest.raises(OutputError, match="cannot be created"), locked(tmp_path / "nowhere" / "run.lock"):
        pass


# The log


def test_every_run_appends_a_line_with_what_it_read_and_how_it_ended(run: Run, six: Path, tmp_path: Path) -> None:
    start = datetime.now(UTC)
    assert run("rfm", six.name, "-o", "s.csv", "--rejects", "r.csv", "--log-file", "log.jsonl").returncode == 0
    assert run("rfm", "absent.csv", "--log-file", "log.jsonl").returncode == 66
    assert run("rfm", six.name, "--max-bad", "x", "--log-file", "log.jsonl").returncode == 2
    done, failed, refused = lines(tmp_path / "log.jsonl")
    assert start.replace(microsecond=0) <= datetime.fromisoformat(done.pop("time")) <= datetime.now(UTC)
    assert 0 < done.pop("seconds") < 60
    assert done == {
        "version": "0.1.0",
        "command": "rfm",
        "inputs": ["orders.csv"],
        "as_of": "2024-03-31",
        "rows": {"read": 12, "used": 12, "set_aside": {}},
        "customers": 6,
        "outputs": ["s.csv", "r.csv"],
        "exit_code": 0,
        "error": None,
    }
    assert (failed["inputs"], failed["rows"], failed["exit_code"]) == (["absent.csv"], None, 66)
    assert failed["error"] == "absent.csv does not exist."
    assert refused["exit_code"] == 2
    assert "'x' is no share" in refused["error"]


def test_what_a_run_reads_and_what_it_writes_are_told_apart_in_the_log(run: Run, six: Path, tmp_path: Path) -> None:
    log = ("--log-file", "log.jsonl")
    assert run("rfm", six.name, "-q", "-o", "s.csv", "--save-model", "m.json", *log).returncode == 0
    assert run("rfm", six.name, "-q", "-o", "t.csv", "--model", "m.json", *log).returncode == 0
    assert run("explain", six.name, "ann", "ben", *log).returncode == 0
    assert run("explain", "--from", "s.csv", "--model", "m.json", "ann", *log).returncode == 0
    assert [(line["inputs"], line["outputs"]) for line in lines(tmp_path / "log.jsonl")] == [
        (["orders.csv"], ["m.json", "s.csv"]),
        (["orders.csv", "m.json"], ["t.csv"]),
        (["orders.csv"], []),
        (["s.csv", "m.json"], []),
    ]


def test_a_run_whose_scores_have_drifted_is_logged_with_all_that_it_found(run: Run, six: Path, tmp_path: Path) -> None:
    assert run("rfm", six.name, "-q", "--save-model", "m.json").returncode == 0
    (tmp_path / "o.csv").write_text(six.read_text() + "zoe,z1,2024-03-31,500\n" * 3)
    drifted = ("o.csv", "-q", "--model", "m.json", "--fail-drift", "0", "--log-file", "log.jsonl")
    assert run("rfm", *drifted).returncode == 1
    (line,) = lines(tmp_path / "log.jsonl")
    assert (line["customers"], line["exit_code"], line["as_of"]) == (7, 1, "2024-03-31")
    assert line["rows"]["read"] == 15


def test_rows_set_aside_are_counted_by_reason_in_the_log(run: Run, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("customer,date,total\nann,2024-01-01,5\n,2024-01-01,5\n")
    assert run("rfm", "o.csv", "-q", "--log-file", "log.jsonl").returncode == 0
    assert lines(tmp_path / "log.jsonl")[0]["rows"] == {"read": 2, "used": 1, "set_aside": {"no customer": 1}}


@posix
def test_a_run_that_another_one_locks_out_is_logged_with_its_inputs(run: Run, six: Path, tmp_path: Path) -> None:
    options = ("-o", "s.csv", "--lock", "run.lock", "--log-file", "log.jsonl")
    with waiting(tmp_path, six, "--lock", "run.lock"):
        until_held(tmp_path / "run.lock")
        assert run("rfm", *options, six.name).returncode == 75
    (line,) = lines(tmp_path / "log.jsonl")
    assert (line["inputs"], line["outputs"], line["exit_code"]) == (["orders.csv"], ["s.csv"], 75)


@posix
@pytest.mark.parametrize(
    ("number", "code", "error"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_an_interrupted_run_is_logged(six: Path, tmp_path: Path, number: int, code: int, error: str) -> None:
    with waiting(tmp_path, six, "--log-file", "log.jsonl", "--lock", "run.lock") as process:
        until_held(tmp_path / "run.lock")
        assert ended_by(process, number) == code
    (line,) = lines(tmp_path / "log.jsonl")
    assert (line["exit_code"], line["error"]) == (code, error)


def test_a_crash_is_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], six: Path, tmp_path: Path
) -> None:
    from segtool.__main__ import main

    monkeypatch.setattr("segtool.api.rfm", lambda *_, **__: 1 / 0)
    assert main(["rfm", str(six), "--log-file", str(tmp_path / "log.jsonl")]) == 70
    assert "Traceback" in capsys.readouterr().err
    (line,) = lines(tmp_path / "log.jsonl")
    assert line["exit_code"] == 70
    assert line["error"].startswith("this is a bug (ZeroDivisionError: division by zero)")


@pytest.mark.parametrize(
    "args", [["--config", "bad.toml", "--log-file", "l"], ["--log-file", "l", "--config", "bad.toml"]]
)
def test_a_mistake_in_the_configuration_is_logged(run: Run, tmp_path: Path, args: list[str]) -> None:
    (tmp_path / "bad.toml").write_text("bims = 4\n")
    assert run("rfm", "orders.csv", *args).returncode == 78
    (line,) = lines(tmp_path / "l")
    assert (line["exit_code"], line["error"][:22]) == (78, "bad.toml:1: bims is no")


def test_the_log_may_be_named_by_the_configuration_or_the_environment(run: Run, six: Path, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text("log-file = 'a.jsonl'\n")
    assert run("rfm", six, "-q").returncode == 0
    assert run("rfm", six, "-q", "--max-bad", "x").returncode == 2
    assert run("rfm", six, "-q", env={"SEGTOOL_LOG_FILE": "b.jsonl"}).returncode == 0
    assert [len(lines(tmp_path / name)) for name in ("a.jsonl", "b.jsonl")] == [2, 1]


def test_lines_of_runs_at_the_same_time_do_not_mix(six: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "segtool", "rfm", str(six), "--max-bad", "x", "--log-file", "log.jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    runs = [subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) for _ in range(8)]
    assert [each.wait(60) for each in runs] == [2] * 8
    assert len(lines(tmp_path / "log.jsonl")) == 8


def test_a_log_that_cannot_be_written_changes_neither_result_nor_exit_code(run: Run, six: Path, tmp_path: Path) -> None:
    done = run("rfm", six, "-q", "-o", "s.csv", "--log-file", "nowhere/log.jsonl")
    assert done.returncode == 0
    assert (tmp_path / "s.csv").exists()
    file = Path("nowhere/log.jsonl")
    assert done.stderr == f"segtool: the run is not logged: {file}: no such file or directory\n"
    before = six.read_text()
    done = run("rfm", six.name, "-q", "-o", "s.csv", "--log-file", six.name)
    assert (done.returncode, six.read_text()) == (0, before)
    assert done.stderr == "segtool: the run is not logged: orders.csv: it is no log of segtool\n"


# An environment of nothing


def bare(*args: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run segtool with no variable but those given and the one that lets an uninstalled segtool be found."""
    return subprocess.run(
        [sys.executable, "-m", "segtool", *args], cwd=cwd, env={"PYTHONPATH": str(ROOT), **env}, capture_output=True
    )


@posix
@pytest.mark.parametrize("env", [{}, {"LANG": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"HOME": "/nonexistent"}])
def test_an_empty_environment_is_enough(six: Path, tmp_path: Path, env: dict[str, str]) -> None:
    done = bare("rfm", six.name, "-o", "s.csv", "--lock", "l", "--log-file", "log.jsonl", cwd=tmp_path, **env)
    assert done.returncode == 0, done.stderr
    assert b"Wrote 6 customers to s.csv." in done.stderr
    assert lines(tmp_path / "log.jsonl")[0]["exit_code"] == 0
    assert bare("config", cwd=tmp_path, **env).returncode == 0


@posix
def test_a_deleted_working_directory_is_no_obstacle(six: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    out, command = tmp_path / "s.csv", f"{sys.executable} -m segtool"
    shell = f"rmdir ../gone && {command} --help >&2 && {command} config >&2 && {command} rfm {six} -q -o {out}"
    done = subprocess.run(
        ["sh", "-c", shell], cwd=tmp_path / "gone", env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
    )  # fmt: skip
    assert (done.returncode, out.exists()) == (0, True), done.stderr


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_working_directory_that_cannot_be_written_is_no_obstacle(six: Path, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    assert bare("rfm", str(six), "-q", cwd=folder).returncode == 0


# TAB


def completed(run: Run, words: str, shell: str = "bash") -> list[str]:
    """Return what TAB offers after the words, the last of which is still being typed."""
    env = {"_SEGTOOL_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = run(env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_tab_offers_commands_options_choices_schemes_and_files(run: Run) -> None:
    assert completed(run, "segtool ") == [
        f"plain,{name}"
        for name in (
            *("rfm", "segment", "compare", "track", "value", "backtest", "behavior", "cluster", "profile"),
            *("report", "lift"),
            *("export", "check", "inspect", "explain"),
            *("schemes", "config", "completion"),
        )
    ]
    assert completed(run, "segtool rfm --no") == ["plain,--no-header", "plain,--no-warnings", "plain,--no-config"]
    assert completed(run, "segtool rfm --refunds ") == ["plain,net", "plain,drop"]
    assert completed(run, "segtool track --scheme v") == ["plain,value-loyalty"]
    assert "plain,values" in completed(run, "segtool rfm --scheme v")
    assert completed(run, "segtool schemes show put") == ["plain,putler", "plain,putler-published"]
    assert completed(run, "segtool completion f") == ["plain,fish"]
    assert completed(run, "segtool config ") == [
        f"plain,{name}"
        for name in (
            "rfm",
            "segment",
            "compare",
            "track",
            "value",
            "backtest",
            "behavior",
            "cluster",
            "profile",
            "report",
            "lift",
            "export",
            "check",
            "inspect",
            "explain",
            "schemes",
            "config",
        )
    ]
    for words in ("rfm ", "rfm -o ", "rfm --rejects ", "rfm --lock ", "rfm --log-file ", "rfm --config "):
        assert completed(run, f"segtool {words}") == ["file,"]
    assert completed(run, "segtool schemes check ./m") == ["file,./m"]


def test_tab_says_nothing_about_mistakes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text("= nonsense")
    assert completed(run, "segtool rfm --max-bad x --refunds n", "zsh")[:2] == ["plain", "net"]
    assert completed(run, "segtool nope --") == ["plain,--version", "plain,--help"]
    assert completed(run, "segtool rfm --nope x --thr") == ["plain,--threads"]


def test_tab_loads_nothing_heavy() -> None:
    check = (
        "import sys; from segtool.__main__ import main; assert main([]) == 0; "
        "print([m for m in ('pandas', 'numpy', 'pyarrow', 'rich', 'tomllib') if m in sys.modules])"
    )
    for words in ("segtool rfm --", "segtool rfm --scheme ", "segtool schemes show ", "segtool "):
        env = {"_SEGTOOL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run(
            [sys.executable, "-c", check], cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True
        )
        assert (done.stdout.splitlines()[-1], done.stderr) == ("[]", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_its_script(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout
    assert f"{shell}_complete" in script
    assert "_SEGTOOL_COMPLETE" in script


@posix
@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_bash_completes_with_the_script(tmp_path: Path) -> None:
    (tmp_path / "segtool").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segtool "$@"\n')
    (tmp_path / "segtool").chmod(0o755)
    shell = """
        eval "$(segtool completion bash)"
        COMP_WORDS=(segtool rfm --refunds ''); COMP_CWORD=3
        _segtool_completion segtool
        echo "${COMPREPLY[@]}"
        complete -p segtool
    """
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", shell],
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["net drop", "complete -o nosort -F _segtool_completion segtool"]
