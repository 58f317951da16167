"""The command line as other programs see it: streams, files, exit codes."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and devices")

HEADER = "customer_id,first_order,last_order,recency_days,frequency,monetary,r_score,f_score,m_score,rfm_score,segment"


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Orders of customers enough that their table does not fit into a pipe's buffer."""
    path = tmp_path / "many.csv"
    path.write_text(
        "customer,date,total\n" + "".join(f"customer-{i:06},2024-01-{i % 28 + 1:02},{i}\n" for i in range(9000))
    )
    return path


def start(*args: object, **kwargs: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "segtool", *map(str, args)], env=environment, **kwargs)  # type: ignore[call-overload]


# Streams


def test_in_a_pipe_stdout_carries_the_table_and_stderr_the_summary(run: Run, six: Path) -> None:
    done = run("rfm", six)
    assert done.returncode == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.stdout.splitlines()[0] == HEADER
    assert [row["customer_id"] for row in rows] == ["ann", "ben", "cid", "dee", "eve", "fay"]
    assert "6 customers" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_with_a_file_stdout_stays_empty(run: Run, six: Path, tmp_path: Path) -> None:
    done = run("rfm", six, "-o", "segments.csv")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Wrote 6 customers to segments.csv." in done.stderr
    assert (tmp_path / "segments.csv").read_text().splitlines()[0] == HEADER


def test_quiet_silences_talk_and_never_data(run: Run, six: Path) -> None:
    done = run("rfm", six, "--quiet")
    assert done.stderr == ""
    assert done.stdout.startswith(HEADER)
    assert run("rfm", six, "-q", "-o", "s.csv").stderr == ""


def test_the_formats_hold_the_same_table(run: Run, six: Path, tmp_path: Path) -> None:
    for name in ("s.csv", "s.parquet", "s.jsonl"):
        assert run("rfm", six, "-o", name, "-q").returncode == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "s.csv").read_text())))
    lines = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    table = pq.read_table(tmp_path / "s.parquet")
    assert list(rows[0]) == list(lines[0]) == table.column_names
    assert [{key: str(value) for key, value in line.items()} for line in lines] == [
        {**row, "monetary": str(float(row["monetary"]))} for row in rows
    ]
    assert table["monetary"].to_pylist() == [25.5, 99.99, 20.0, 21.75, 40.0, 3.0]
    assert str(table.schema.field("last_order").type) == "date32[day]"
    assert json.loads(table.schema.metadata[b"segtool"])["customers"] == 6


def test_format_and_dash_send_the_table_to_stdout(run: Run, six: Path) -> None:
    assert run("rfm", six, "-o", "-").stdout.startswith(HEADER)
    assert json.loads(run("rfm", six, "--format", "jsonl").stdout.splitlines()[0])["customer_id"] == "ann"
    done = run("rfm", six, "--format", "parquet", text=False, encoding=None)
    assert done.stdout[:4] == b"PAR1"


def test_json_replaces_the_summary_and_its_values_stand_under_published_keys(
    run: Run, six: Path, tmp_path: Path
) -> None:
    done = run("rfm", six, "--json", "-o", "s.csv", "--summary-file", "s.json")
    assert done.stderr == ""
    summary = json.loads(done.stdout)
    assert json.loads((tmp_path / "s.json").read_text()) == summary
    assert summary["schema_version"] == 1
    assert summary["as_of"] == "2024-03-31"
    assert summary["period"] == {"first": "2024-01-01", "last": "2024-03-31"}
    assert summary["rows"] == {"read": 12, "used": 12, "set_aside": {}}
    assert (summary["customers"], summary["orders"], summary["revenue"]) == (6, 10, 210.24)
    assert summary["scores"]["f"] == {
        "figure": "frequency",
        "lowest": 1,
        "counts": [3, 0, 2, 0, 1],
        "cuts": [1, 1, 2, 2],
        "ranges": [[1, 1], None, [2, 2], None, [3, 3]],
    }
    assert summary["scores"]["r"]["counts"] == [1, 1, 0, 2, 2]
    assert summary["scores"]["m"]["cuts"] == [20.0, 21.75, 25.5, 40.0]
    champions = summary["segments"][0]
    assert champions["advice"].endswith(".")
    assert {key: champions[key] for key in ("name", "customers", "orders", "revenue", "average_order_value")} == {
        "name": "Champions", "customers": 1, "orders": 3, "revenue": 21.75, "average_order_value": 7.25,
    }  # fmt: skip
    assert (champions["median_recency_days"], champions["median_frequency"]) == (1.0, 3.0)
    assert champions["share"] == pytest.approx(1 / 6)
    assert champions["revenue_share"] == pytest.approx(21.75 / 210.24)
    assert [each["code"] for each in summary["warnings"]] == [
        "collapsed-scores", "collapsed-scores", "few-customers", "short-history", "small-segment",
    ]  # fmt: skip
    assert summary["columns"] == {c: c for c in ("customer_id", "order_id", "order_date", "amount")}
    assert (summary["scheme"], summary["version"]) == ("loyalty-matrix", "0.1.0")


def test_rejects_hold_every_row_that_was_set_aside(run: Run, orders: Callable[..., Path], tmp_path: Path) -> None:
    path = orders("ann,1,2024-01-01,5", '"",2,2024-01-01,"5"', "ben,3,2024-01-01,-5")
    assert run("rfm", path.name, "-q", "--rejects", "r.csv").returncode == 0
    assert list(csv.reader(io.StringIO((tmp_path / "r.csv").read_text()))) == [
        ["file", "line", "reason", "record"],
        ["orders.csv", "3", "no customer", '"",2,2024-01-01,"5"'],
        ["orders.csv", "4", "refunds only", "ben,3,2024-01-01,-5"],
    ]


@posix
def test_on_a_terminal_the_summary_is_shown_with_a_hint(six: Path) -> None:
    shown = on_a_terminal("rfm", six)
    assert shown.startswith("\x1b[1m6 customers")
    assert "What to do next" in shown
    hint = "Save the labelled customers: segtool rfm 'my orders.csv' --bins 5 -o segments.csv"
    spaced = six.rename(six.with_name("my orders.csv"))
    assert hint in on_a_terminal("rfm", spaced.name, "--bins", "5", cwd=six.parent)
    spaced.rename(six)
    assert HEADER not in shown
    assert "\x1b" not in on_a_terminal("rfm", six, NO_COLOR="1")
    assert HEADER in on_a_terminal("rfm", six, "--format", "csv")
    assert HEADER in on_a_terminal("rfm", six, "--quiet")
    assert "Parquet cannot be shown on a terminal" in on_a_terminal("rfm", six, "--format", "parquet")
    assert "say -o FILE.feather." in on_a_terminal("rfm", six, "--format", "feather")
    assert "| --- |" in on_a_terminal("rfm", six, "-o", "-", "--format", "markdown")


def on_a_terminal(*args: object, cwd: Path | None = None, **env: str) -> str:
    import pty

    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {
        "PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONUTF8": "1",
    } | env  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "segtool", *map(str, args)],
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        env=environment,
        cwd=cwd,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux reports the closed terminal so
            break
        if not part:
            break
        seen += part
    process.wait(60)
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


# Same bytes


@pytest.mark.parametrize(
    ("options", "env"),
    [
        (["--threads", "1"], {}),
        (["--threads", "2"], {"PYTHONHASHSEED": "1"}),
        (["--threads", "7"], {"PYTHONHASHSEED": "2", "TZ": "Asia/Tehran", "LANG": "de_DE.UTF-8", "LC_ALL": "C"}),
    ],
)
def test_threads_hash_seed_locale_and_zone_change_no_byte(
    run: Run, many: Path, options: list[str], env: dict[str, str]
) -> None:
    header, *rows = many.read_text().splitlines()
    files = []
    for i in range(7):
        files.append(many.with_name(f"{i}.csv"))
        files[i].write_text("\n".join([header, *rows[i::7]]))
    plain, other = run("rfm", many), run("rfm", *files, *options, env=env)
    assert (other.stdout, other.stderr) == (plain.stdout, plain.stderr)


# Mistakes: one line and an exit code


@pytest.mark.parametrize(
    ("code", "message", "args"),
    [
        (66, "nope.csv does not exist.", ["nope.csv"]),
        (66, "folder has no table in it", ["folder"]),
        (66, "No file matches *.tsv.", ["*.tsv"]),
        (65, "empty.csv is empty.", ["empty.csv"]),
        (65, "header.csv: a header, but no rows.", ["header.csv"]),
        (65, "No usable row: 1 read, all set aside: no customer 1.", ["guest.csv"]),
        (65, "has no column for customer_id. Columns: id, date, total.", ["id.csv"]),
        (65, "yes.parquet: column 'date' holds bool, which cannot be order_date.", ["yes.parquet"]),
        (2, "has no column 'nope' (--customer-id)", ["orders.csv", "--customer-id", "nope"]),
        (2, "There is no scheme 'nope'.", ["orders.csv", "--scheme", "nope"]),
        (2, "--scheme none stands alone.", ["orders.csv", "--scheme", "none", "--scheme", "value-loyalty"]),
        (
            2,
            "--bins 11 is out of range; say 2 to 10, once or for each of R, F, M.",
            ["orders.csv", "--scheme", "none", "--bins", "11"],
        ),
        (2, "--bins 4 does not fit scheme loyalty-matrix", ["orders.csv", "--bins", "4"]),
        (2, "orders.csv is an input; name another output.", ["orders.csv", "-o", "orders.csv"]),
        (2, "s.csv is named for two outputs.", ["orders.csv", "-o", "s.csv", "--rejects", "./s.csv"]),
        (2, "s.txt: a table ends in .csv, .parquet, .jsonl", ["orders.csv", "-o", "s.txt"]),
        (2, "--json already writes to stdout", ["orders.csv", "--json", "-o", "-"]),
        (2, "--as-of 'today' is not a date", ["orders.csv", "--as-of", "today"]),
        (2, "'50' is no share", ["orders.csv", "--max-bad", "50"]),
        (2, "--timezone 'Mars' is unknown", ["orders.csv", "--timezone", "Mars"]),
        (2, "No such option '--bin'.", ["orders.csv", "--bin", "5"]),
        (2, "Missing argument", []),
        (2, "only -o can be -; name a file.", ["orders.csv", "--rejects", "-"]),
        (65, "utf16.csv: a header, but no rows.", ["utf16.csv"]),
        (2, "--encoding 'x' is unknown", ["orders.csv", "--encoding", "x"]),
        (2, "--delimiter '::' is no delimiter", ["orders.csv", "--delimiter", "::"]),
        (2, "--date-format '%Q'", ["orders.csv", "--date-format", "%Q"]),
        (66, "orders.csv/x", ["orders.csv/x"]),
        (2, "orders.csv is given twice; its rows would count double.", ["orders.csv", "./orders.csv"]),
        (73, "s.csv cannot be created", ["orders.csv", "-o", "nowhere/s.csv"]),
        (73, "folder is a directory; name a file in it.", ["orders.csv", "--format", "csv", "-o", "folder"]),
    ],
)
def test_a_mistake_gets_one_line_and_its_exit_code(
    run: Run, six: Path, tmp_path: Path, code: int, message: str, args: list[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "header.csv").write_text("customer_id,order_date,amount\n")
    (tmp_path / "guest.csv").write_text("customer_id,order_date,amount\n,2024-01-01,5\n")
    (tmp_path / "id.csv").write_text("id,date,total\n1,2024-01-01,5\n")
    (tmp_path / "utf16.csv").write_text("customer,date,total\n", encoding="utf-16")
    pq.write_table(pa.table({"customer": ["a"], "date": [True], "total": [1]}), tmp_path / "yes.parquet")
    before = sorted(tmp_path.iterdir())
    done = run("rfm", *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.startswith("segtool: ")
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing argument '{bash|zsh|fish|powershell}'. Choose from: bash, zsh, fish, powershell. See"),
        (["bash", "fish"], "Got unexpected extra argument (fish). See"),
    ],
)
def test_a_usage_error_is_one_line_of_sentences(run: Run, args: list[str], message: str) -> None:
    done = run("completion", *args)
    assert (done.returncode, done.stderr) == (2, f"segtool: {message} segtool completion --help.\n")


@pytest.mark.parametrize(
    ("args", "way"),
    [
        (["--min-group", "3"], "--by or --model"),
        (["--unseen", "pooled"], "--model"),
        (["--length-cuts", "5,6"], "--axes LRFM"),
        (["--customers-id", "id"], "--customers"),
    ],
)
def test_an_option_that_would_say_nothing_is_refused_unless_it_is_said_for_all_runs(
    run: Run, six: Path, args: list[str], way: str
) -> None:
    done = run("rfm", six, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{args[0]} does nothing without {way}." in done.stderr
    variable = f"SEGTOOL_{args[0][2:].upper().replace('-', '_')}"
    assert run("rfm", six, "-q", env={variable: args[1]}).returncode == 0


def test_verbose_says_what_was_chosen_and_by_which_cell(run: Run, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text('Client,Date,Total\n7,3/4/2024,"$1,234"\n8,3/31/2024,"$1,234.50"\n')
    done = run("rfm", "o.csv", "-v", "-o", "s.csv")
    assert done.stderr.split("\n\n")[0].splitlines()[:6] == [
        "- o.csv: CSV, utf-8, commas, header on line 1",
        "- customer_id is the column Client (1), recognised",
        "- order_date is the column Date (2), recognised",
        "- amount is the column Total (3), recognised",
        '- amount: decimal point, told by o.csv:3 "$1,234.50"',
        '- order_date: month first, told by o.csv:3 "3/31/2024"',
    ]
    done = run("rfm", "o.csv", "-v", "-o", "s.csv", "--decimal", ".", "--month-first", "--amount", "3")
    assert done.stderr.split("\n\n")[0].splitlines()[3:6] == [
        "- amount is the column Total (3), as asked",
        "- amount: decimal point, as asked",
        "- order_date: month first, as asked",
    ]


def test_unreadable_dates_stop_the_run_and_leave_the_old_output(run: Run, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("customer,date,total\nann,31/02/2024,5\n")
    (tmp_path / "s.csv").write_text("old")
    done = run("rfm", "o.csv", "-o", "s.csv", "--summary-file", "new.json")
    assert done.returncode == 65
    assert done.stderr.splitlines()[1] == '  o.csv:2: date "31/02/2024" is not a date'
    assert (tmp_path / "s.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.csv", "s.csv"]


def test_an_unknown_command_says_what_was_meant(run: Run, six: Path) -> None:
    assert "Did you mean rfm?" in run("rmf").stderr
    done = run(six.name)
    assert done.returncode == 2
    assert "Did you mean segtool rfm orders.csv?" in done.stderr


# Pipes, devices, signals


@posix
def test_a_closed_pipe_ends_in_silence(many: Path) -> None:
    process = start("rfm", many, "-q", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 141
    process.stderr.close()


@posix
def test_ctrl_c_ends_in_one_line(many: Path) -> None:
    process = start("rfm", many, "-q", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)  # the table is on its way, and does not fit into the pipe
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"segtool: interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "args", [["rfm", "orders.csv", "-q"], ["rfm", "orders.csv", "--json"], ["--help"], ["--version"]]
)
def test_a_full_disk_is_an_error(run: Run, six: Path, args: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(*args, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 74
    assert done.stderr == "segtool: cannot write the output: no space left on device\n"


@posix
def test_devices_and_links_stay_what_they_are(run: Run, six: Path, tmp_path: Path) -> None:
    assert run("rfm", six, "--format", "csv", "-o", "/dev/null").returncode == 0
    assert not Path("/dev/null").is_file()
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert run("rfm", six, "-o", "link.csv").returncode == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith(HEADER)
    assert (tmp_path / "real.csv").stat().st_mode & 0o777 == 0o640


@posix
def test_a_terminated_run_leaves_nothing_behind(many: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    process = start("rfm", many, "-q", "-o", tmp_path / "s.csv", "--summary-file", tmp_path / "fifo")
    with (tmp_path / "fifo").open("rb"):  # opening it waits for the run to have made its files
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "many.csv"]


@posix
def test_closed_streams_and_a_full_stderr_do_not_hide_the_result(six: Path, tmp_path: Path) -> None:
    shell = f"{sys.executable} -m segtool rfm {six} -o {tmp_path}/s.csv"
    for redirect in (">&-", "2>&-", ">&- 2>&-"):
        (tmp_path / "s.csv").unlink(missing_ok=True)
        done = subprocess.run(["sh", "-c", f"{shell} {redirect}"], env={**os.environ, "PYTHONPATH": str(ROOT)})
        assert done.returncode == 0
        assert (tmp_path / "s.csv").exists()


@posix
def test_dev_stdout_is_stdout(run: Run, six: Path, tmp_path: Path) -> None:
    with (tmp_path / "log.csv").open("w") as log:
        log.write("before\n")
        log.flush()
        assert run("rfm", six, "-q", "-o", "/dev/stdout", capture_output=False, stdout=log).returncode == 0
    assert (tmp_path / "log.csv").read_text().startswith("before\n" + HEADER)


@pytest.mark.parametrize("named", ["in", "in/*"])
def test_an_output_that_the_next_run_would_read_is_refused(named: str, run: Run, six: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    six.rename(tmp_path / "in" / "orders.csv")
    done = run("rfm", named, "-o", "in/s.csv")
    assert (done.returncode, sorted(os.listdir(tmp_path / "in"))) == (2, ["orders.csv"])
    assert f"in/s.csv lies in an input, {named}, and would be read by the next run" in done.stderr
    assert "in/orders.csv is an input" in run("rfm", named, "-o", "in/orders.csv").stderr
    assert run("rfm", named, "-q", "-o", "s.csv").returncode == 0


def test_a_bug_keeps_its_traceback_and_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from segtool.__main__ import main

    monkeypatch.setattr("segtool.api.rfm", lambda *_, **__: 1 / 0)
    assert main(["rfm", __file__]) == 70
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_version_and_help_answer(run: Run) -> None:
    assert run("--version").stdout == "segtool 0.1.0\n"
    assert "rfm" in run("--help").stdout
    assert run("rfm", "-h").stdout.startswith("Usage: segtool rfm [OPTIONS] ORDERS...")
