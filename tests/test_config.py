"""Options from the environment and from a configuration file: which one wins, and what is refused."""

import json
import os
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

from segtool.cli.config_file import File, candidates, in_toml
from segtool.cli.settings import _parted

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX folders")


def options(run: Run, *args: object, command: str = "rfm", **env: str) -> dict[str, tuple[object, object]]:
    """Return option -> its value and where that comes from, as `segtool config` shows it."""
    done = run("config", command, "--json", *args, env=env)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)["options"]
    return {name: (option["value"], option["place"] or option["from"]) for name, option in shown.items()}


# Which one wins


def test_the_command_line_wins_over_the_environment_that_over_the_file_and_that_over_the_default(
    run: Run, six: Path, tmp_path: Path
) -> None:
    def as_of(*args: str, **env: str) -> str:
        summary = json.loads(run("rfm", six, "--json", *args, env=env).stdout)
        return summary["as_of"]

    assert as_of() == "2024-03-31"
    (tmp_path / "segtool.toml").write_text("as-of = 2024-04-01\n")
    assert as_of() == "2024-04-01"
    (tmp_path / "segtool.toml").write_text("as-of = 2024-04-01\n[rfm]\nas-of = '2024-04-02'\n")
    assert as_of() == "2024-04-02"
    assert as_of(SEGTOOL_AS_OF="2024-04-03") == "2024-04-03"
    assert as_of("--as-of", "2024-04-04", SEGTOOL_AS_OF="2024-04-03") == "2024-04-04"
    assert as_of(SEGTOOL_AS_OF="") == "2024-04-02"


def test_every_value_is_shown_with_the_place_that_it_comes_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text(
        "max_bad = 0.02\nquiet = true\nformat = 'jsonl'\n\n[rfm]\nscheme = 'none'\nbins = 4\nmonth-first = true\n"
        "keep-status = ['paid', 'on hold, unpaid']\ncustomer-id = 3\nsince = 2024-01-01\n"
    )
    found = options(run, SEGTOOL_BINS="3", SEGTOOL_NO_HEADER="1", SEGTOOL_DROP_STATUS='new,"a,b"')
    assert {name: option for name, option in found.items() if option[1] != "default"} == {
        "max-bad": ("0.02", "segtool.toml:1: max_bad"),
        "quiet": (True, "segtool.toml:2: quiet"),
        "format": ("jsonl", "segtool.toml:3: format"),
        "scheme": (["none"], "segtool.toml:6: scheme"),
        "day-first": (False, "segtool.toml:8: month-first"),
        "keep-status": (["paid", "on hold, unpaid"], "segtool.toml:9: keep-status"),
        "customer-id": ("3", "segtool.toml:10: customer-id"),
        "since": ("2024-01-01", "segtool.toml:11: since"),
        "bins": ("3", "SEGTOOL_BINS"),
        "header": (False, "SEGTOOL_NO_HEADER"),
        "drop-status": (["new", "a,b"], "SEGTOOL_DROP_STATUS"),
    }
    assert found["max-bad"] != found["threads"] == (None, "default")
    assert found["refunds"] == (None, "default")


def test_the_text_names_the_file_first(run: Run, tmp_path: Path) -> None:
    lines = run("config").stdout.splitlines()
    assert lines[:2] == ["Configuration file: none; it could be", "  segtool.toml"]
    assert lines[2].endswith("segtool.toml")
    (tmp_path / "segtool.toml").write_text('as-of = "2024-12-31"\n')
    lines = run("config", "rfm").stdout.splitlines()
    assert lines[0] == "Configuration file: segtool.toml"
    assert [line.split() for line in lines if line.startswith("as-of")] == [
        ["as-of", '"2024-12-31"', "segtool.toml:1:", "as-of"]
    ]
    assert "There is no command 'nope' with options" in run("config", "nope").stderr


def test_every_option_of_every_command_has_a_key_and_a_variable(run: Run) -> None:
    from segtool.cli import main

    for name in ("rfm", "config"):
        command = main.get_command(None, name)  # type: ignore[arg-type]
        assert command
        long = {opt[2:] for param in command.params for opt in param.opts if opt.startswith("--")}
        assert set(options(run, command=name)) == long - {"config", "no-config"}


@pytest.mark.parametrize("text", ["1", "true", "0", "false"])
def test_a_flag_in_the_environment_is_on_or_off(run: Run, text: str) -> None:
    expected = (text in ("1", "true"), "SEGTOOL_DROP_DUPLICATES")
    assert options(run, SEGTOOL_DROP_DUPLICATES=text)["drop-duplicates"] == expected


@given(
    st.lists(st.text(st.characters(exclude_characters='"\r\n\0', exclude_categories=["Cs"]), min_size=1), min_size=1)
)
def test_quotes_keep_any_value_of_a_list_together(values: list[str]) -> None:
    assert _parted("X", ",".join(f'"{value}"' for value in values)) == values


@given(
    st.recursive(
        st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])) | st.dates(),
        lambda each: st.lists(each, max_size=3),
    )
)
def test_values_are_shown_as_toml_that_reads_back_the_same(value: object) -> None:
    assert tomllib.loads(f"x = {in_toml(value).replace(chr(127), chr(92) + 'u007f')}") == {"x": value}


# Which file


@posix
def test_without_a_file_in_the_working_directory_the_users_own_is_read(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for folder, bins in (("home/.config", 3), ("xdg", 4)):
        (tmp_path / folder / "segtool").mkdir(parents=True)
        (tmp_path / folder / "segtool" / "segtool.toml").write_text(f"bins = {bins}\n")
    assert options(run, XDG_CONFIG_HOME="", HOME=str(home))["bins"][0] == "3"
    assert options(run, XDG_CONFIG_HOME="xdg", HOME=str(home))["bins"][0] == "3"  # a relative one does not count
    xdg = str(tmp_path / "xdg")
    assert options(run, XDG_CONFIG_HOME=xdg)["bins"] == ("4", f"{xdg}/segtool/segtool.toml:1: bins")
    (tmp_path / "segtool.toml").write_text("threads = 2\n")
    assert options(run, XDG_CONFIG_HOME=xdg)["bins"] == (None, "default")


@posix
@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", ["/h/.config"]),
        ("darwin", ["/h/.config", "/h/Library/Application Support"]),
        ("win32", ["/roaming"]),
    ],
)
def test_each_system_has_its_own_folders(monkeypatch: pytest.MonkeyPatch, platform: str, expected: list[str]) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("APPDATA", "/roaming")
    assert list(candidates()) == ["segtool.toml", *(f"{folder}/segtool/segtool.toml" for folder in expected)]


def test_a_named_file_is_the_only_one_and_none_can_be_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text("threads = 2\n")
    (tmp_path / "other.toml").write_text("\ufeffbins = 3\r\n", encoding="utf-8")
    assert (options(run)["bins"][0], options(run)["threads"][0]) == (None, "2")
    for args, env in ((["--config", "other.toml"], {}), ([], {"SEGTOOL_CONFIG": "other.toml"})):
        found = options(run, *args, **env)
        assert (found["bins"], found["threads"]) == (("3", "other.toml:1: bins"), (None, "default"))
    for args, env in ((["--config", ""], {}), (["--no-config"], {}), ([], {"SEGTOOL_NO_CONFIG": "1"})):
        assert options(run, *args, **env)["threads"] == (None, "default")
    assert options(run, "--no-config", "--config", "other.toml")["bins"][0] == "3"
    assert options(run, "--config", "other.toml", "--no-config")["bins"][0] is None


def test_paths_in_a_file_are_relative_to_the_working_directory(run: Run, six: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "shop.toml").write_text("output = 'segments.csv'\nquiet = true\n")
    assert run("rfm", six, "--config", "etc/shop.toml").returncode == 0
    assert (tmp_path / "segments.csv").exists()


def test_help_and_version_work_beside_a_broken_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text("= nonsense")
    for args in (["rfm", "--help"], ["--help"], ["--version"], ["completion", "zsh"]):
        assert run(*args).returncode == 0
    assert run("config").returncode == 78


def test_every_line_of_help_fits_a_terminal(run: Run) -> None:
    commands = (
        "rfm",
        "compare",
        "track",
        "backtest",
        "value",
        "cluster",
        "profile",
        "lift",
        "export",
        "check",
        "explain",
        "schemes",
        "schemes suggest",
        "config",
        "completion",
    )
    for args in ([], *map(str.split, commands)):
        assert max(map(len, run(*args, "--help").stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    "name",
    [
        "rfm",
        "compare",
        "track",
        "value",
        "backtest",
        "cluster",
        "behavior",
        "lift",
        "profile",
        "export",
        "check",
        "inspect",
        "explain",
        "schemes suggest",
    ],
)
def test_help_has_every_option_below_a_heading_once_and_no_heading_without_options(run: Run, name: str) -> None:
    help_text = run(*name.split(), "--help").stdout
    body = help_text[help_text.index("\nOptions:" if "\nOptions:" in help_text else "\nScheme and goal:") :]
    blocks = [block.splitlines() for block in body.strip().split("\n\n")]
    assert [lines[0] for lines in blocks if len(lines) < 2 or not lines[0].endswith(":")] == []
    found = [word for lines in blocks for line in lines if (word := line[:30].strip()).startswith("-")]
    assert len(found) == len(set(found))
    shown = {part.strip().split(" ")[0] for each in found for part in each.replace(" / ", ", ").split(", ")}
    known = {f"--{key}" for key in json.loads(run("config", name.split()[0], "--json").stdout)["options"]}
    if name != "schemes suggest":
        assert known - shown == set()
        own = {
            "rfm": [],
            "compare": ["--active-days", "--force"],
            "profile": [
                *("--by", "--columns", "--value", "--cross", "--nps", "--nps-column", "--population"),
                *("--per", "--orders", "--items", "--least", "--top"),
            ],
            "backtest": ["--split", "--until", "--predict", "--margin", "--contact-cost"],
            "value": [
                *("--margin", "--discount-rate", "--order-cost", "--refund-cost", "--acquisition-cost"),
                *("--source", "--source-costs", "--wallet", "--predict"),
                *("--horizon", "--time-unit", "--errors", "--seed", "--fit", "--save-fit"),
                *("--budget", "--contact-cost", "--response-days"),
            ],
            "behavior": [
                *("--session-gap", "--cart-window", "--recent", "--lapsed-after"),
                *("--map", "--events-map", "--own-host", "--windows", "--hemisphere"),
            ],
            "cluster": [
                *("--method", "--k", "--columns", "--order-by", "--min-size", "--seed"),
            ],
            "export": [
                *("--to", "--where", "--consent", "--suppress", "--holdout", "--seed"),
                *("--traits", "--tag-prefix", "--phone-style", "--country"),
            ],
            "check": ["--by", "--value", "--ignore", "--fail-warnings", "--backtest"],
            "inspect": ["--template", "--strict"],
            "explain": ["--from"],
            "lift": [
                *("--treated", "--control", "--list-id", "--from", "--days"),
                *("--cost", "--contact-cost", "--margin", "--detect"),
            ],
        }.get(name, ["--every", "--from", "--to", "--wide", "--by-cohort", "--cohorts"])
        assert [line[:30].split()[0] for line in blocks[0][1:] if line.startswith("  -")] == own or not own
    assert blocks[-1][-1].split()[:2] == ["-h,", "--help"]


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "max_bed = 1",
            "segtool.toml:1: max_bed is no option of any command. Did you mean max-bad? Known: account-id,",
        ),
        ("[rfm]\n\ncolumns = 1", "segtool.toml:3: columns is no option of segtool rfm."),
        ('[target]\nbest = "Champions >= 7"', "target is a table of no command. Did you mean targets?"),
        (
            "[rfn]\nbins = 4",
            "segtool.toml:1: rfn is a table of no command. Did you mean rfm? "
            "Known: backtest, behavior, check, cluster, compare, config, explain, export, inspect, lift, profile, "
            "report, rfm, schemes, segment, targets, track, value.",
        ),
        ("[bins]", "segtool.toml:1: bins is a table of no command."),
        ("rfm = 4", "segtool.toml:1: rfm is no option of any command."),
        ("[config]\nbins = 4", "segtool.toml:2: bins is no option of segtool config. Known: json, log-file."),
        ("threads = 4\n[rfm]\nthreads = '4'", 'segtool.toml:3: threads is "4"; it takes a whole number.'),
        ("bins = true", "segtool.toml:1: bins is true; it takes a number or a list of numbers."),
        ("threads = true", "segtool.toml:1: threads is true; it takes a whole number."),
        ("quiet = 1", "segtool.toml:1: quiet is 1; it takes true or false."),
        ("no-header = 'yes'", 'segtool.toml:1: no-header is "yes"; it takes true or false.'),
        ("as-of = 20241231", "segtool.toml:1: as-of is 20241231; it takes a date."),
        ("encoding = 2024-12-31", "segtool.toml:1: encoding is 2024-12-31; it takes a text."),
        ("keep-status = [['a']]", 'segtool.toml:1: keep-status is ["a"]; it takes a text.'),
        ("rejects = 5", "segtool.toml:1: rejects is 5; it takes the name of a file."),
        ("day-first = true\nmonth-first = true", "month-first: segtool.toml:1: day-first says it as well; keep one"),
        ("bins =\n", "segtool.toml:1: not valid TOML: invalid value."),
        ("bins = 4\nbins = 5\n", "segtool.toml:2: not valid TOML: cannot overwrite a value."),
        ("max-bad = '50'", "segtool.toml:1: max-bad: '50' is no share; write it as 5% or 0.05."),
        ("refunds = 'keep'", "segtool.toml:1: refunds: 'keep' is not one of 'net', 'drop'."),
        ("threads = 0", "segtool.toml:1: threads: 0 is not in the range x>=1."),
        ("as-of = 'today'", "segtool.toml:1: as-of: --as-of 'today' is not a date"),
        ("bins = 11\nscheme = 'none'", "segtool.toml:1: bins: --bins 11 is out of range; say 2 to 10, once"),
        ("scheme = 'nope'", "segtool.toml:1: scheme: There is no scheme 'nope'."),
        ("customer-id = 'nope'", "segtool.toml:1: customer-id: orders.csv has no column 'nope' (--customer-id)"),
        ("output = 's.txt'", "segtool.toml:1: output: s.txt: a table ends in .csv"),
    ],
)
def test_a_mistake_in_the_file_names_its_place_and_exits_with_78(
    run: Run, six: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "segtool.toml").write_text(text)
    done = run("rfm", six.name)
    assert (done.returncode, done.stdout) == (78, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MAX_BAD", "x", "segtool: SEGTOOL_MAX_BAD: 'x' is no share; write it as 5% or 0.05.\n"),
        ("QUIET", "maybe", "segtool: SEGTOOL_QUIET: 'maybe' is neither true nor false; write 1 or 0.\n"),
        ("AS_OF", "today", "segtool: SEGTOOL_AS_OF: --as-of 'today' is not a date"),
        ("KEEP_STATUS", '"a', "segtool: SEGTOOL_KEEP_STATUS: '\"a' is no list; write it as one line of CSV, as a,b.\n"),
        ("NO_CONFIG", "never", "segtool: SEGTOOL_NO_CONFIG: 'never' is neither true nor false; write 1 or 0.\n"),
    ],
)
def test_a_mistake_in_a_variable_names_it_and_exits_with_2(
    run: Run, six: Path, name: str, value: str, message: str
) -> None:
    done = run("rfm", six.name, env={f"SEGTOOL_{name}": value})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_a_mistake_on_the_command_line_blames_no_file(run: Run, six: Path, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text("max-bad = '2%'\nas-of = 2024-04-01\n")
    done = run("rfm", six.name, "--max-bad", "x")
    assert done.returncode == 2
    assert done.stderr.startswith("segtool: Invalid value for '--max-bad': 'x' is no share")
    assert run("rfm", six.name, "--as-of", "today").stderr.startswith("segtool: --as-of 'today'")


def test_a_file_that_cannot_be_read_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"encoding = '\xe9'")
    for name, message in (
        ("nope.toml", "nope.toml cannot be read: no such file or directory."),
        ("latin.toml", "latin.toml is not UTF-8 text; save it as UTF-8."),
    ):
        done = run("config", "--config", name)
        assert (done.returncode, done.stderr) == (78, f"segtool: {message}\n")


def test_a_variable_of_no_option_is_named_but_changes_nothing(run: Run, six: Path) -> None:
    env = {"SEGTOOL_MAXBAD": "1%", "SEGTOOL_XYZ": "1"}
    done = run("rfm", six, "-o", "s.csv", env=env)
    assert done.returncode == 0
    assert done.stderr.splitlines()[-2:] == [
        "segtool: SEGTOOL_MAXBAD is no option and changes nothing. Did you mean SEGTOOL_MAX_BAD?",
        "segtool: SEGTOOL_XYZ is no option and changes nothing.",
    ]
    assert run("rfm", six, "-q", env=env).stderr == ""
    assert run("config", env={"SEGTOOL_BINS": "4"}).stderr == ""  # an option of another command


def test_the_line_of_a_key_is_looked_for_in_its_table() -> None:
    file = File("a.toml", "bins = 1\n[ 'rfm' ]\n# bins = 2\n\"bins\" = 3\n[config]\nbins = 4", {})
    assert [file.place("bins", table) for table in ("", "rfm", "config", "other")] == [
        "a.toml:1: bins", "a.toml:4: bins", "a.toml:6: bins", "a.toml: bins",
    ]  # fmt: skip


def test_a_list_of_numbers_is_a_list_in_the_file(run: Run, six: Path) -> None:
    (six.parent / "segtool.toml").write_text("scheme = 'none'\nrecency-cuts = [1, 40]\nbins = [3, 2, 5]\n")
    done = run("rfm", six, "--json")
    assert done.returncode == 0
    scores = json.loads(done.stdout)["scores"]
    assert (scores["r"]["cuts"], scores["r"]["counts"]) == ([1, 40], [1, 3, 2])
    assert [len(scores[axis]["counts"]) for axis in "rfm"] == [3, 2, 5]
