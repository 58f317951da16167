"""The files of a run: all of them new and whole, or all of them as they were, whatever comes in between."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import OutputError, UsageError
from segtool.output.files import Files

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals, owners and links")
REPLACE = os.replace


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Two files that are there, and one that is not."""
    names = [tmp_path / "one.csv", tmp_path / "two.json", tmp_path / "three.csv"]
    for path in names[:2]:
        path.write_text("old")
    return names


def state(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


OLD = {"one.csv": "old", "two.json": "old"}
NEW = {"one.csv": "new", "two.json": "new", "three.csv": "new"}


def write(paths: Sequence[Path]) -> None:
    with Files(paths, inputs=[]) as files:
        for path in paths:
            files[path].write(b"new")


def fail_at(count: int, error: BaseException) -> object:
    """Return an `os.replace` that raises at its n-th call, and works before and after."""
    calls: Iterator[int] = iter(range(1, 100))

    def replace(source: Path, target: Path) -> None:
        if next(calls) == count:
            raise error
        REPLACE(source, target)

    return replace


def test_files_appear_together_and_leave_nothing_beside_them(three: list[Path], tmp_path: Path) -> None:
    with Files(three, inputs=[]) as files:
        for path in three:
            files[path].write(b"new")
        assert {name: text for name, text in state(tmp_path).items() if name[0] != "."} == OLD
    assert state(tmp_path) == NEW


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("links", [True, False])
def test_a_rename_that_fails_takes_back_those_before_it(
    three: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    three[0].chmod(0o640)
    monkeypatch.setattr(os, "replace", fail_at(count, PermissionError(13, "Permission denied")))
    with pytest.raises(OutputError) as caught:
        write(three)
    assert str(caught.value) == (
        f"{three[count - 1]} cannot be replaced: permission denied. Is it open in another program? "
        "No file of this run is written."
    )
    assert state(tmp_path) == OLD
    assert os.name != "posix" or three[0].stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_whatever_ends_the_renames_leaves_the_old_files(
    three: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(os, "replace", fail_at(2, error))
    with pytest.raises(type(error)):
        write(three)
    assert state(tmp_path) == OLD


def test_an_old_file_that_cannot_be_put_back_is_named(
    three: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(source: Path, target: Path) -> None:
        if Path(target) == three[1] or str(source).endswith(".old"):
            raise OSError(5, "Input/output error")
        REPLACE(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OutputError, match="But old files could not be put back") as caught:
        write(three)
    kept = Path(str(caught.value).split("; they are ")[1].removesuffix("."))
    assert kept.read_text() == "old"


@posix
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_signal_between_two_renames_waits_until_all_are_done(
    three: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    done = []

    def replace(source: Path, target: Path) -> None:
        REPLACE(source, target)
        done.append(target)
        if len(done) == count:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(os, "replace", replace)
    before = signal.signal(signal.SIGTERM, end)
    try:
        with pytest.raises(SystemExit, match="143"):
            write(three)
        assert signal.getsignal(signal.SIGTERM) is end
    finally:
        signal.signal(signal.SIGTERM, before)
    assert state(tmp_path) == NEW


@posix
def test_a_signal_while_writing_leaves_the_old_files(three: list[Path], tmp_path: Path) -> None:
    code = f"""
import os, signal, sys
from pathlib import Path
from segtool import __main__
from segtool.output.files import Files
for number in __main__._ENDINGS:
    signal.signal(number, __main__._end)
paths = {[str(path) for path in three]}
with Files(map(Path, paths), inputs=[]) as files:
    files[Path(paths[0])].write(b"ne")
    os.kill(os.getpid(), signal.SIGTERM)
    files[Path(paths[0])].write(b"w")
"""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 143
    assert state(tmp_path) == OLD


KILLED = """
import os, signal, sys
from pathlib import Path
from segtool.output.files import Files
calls = iter(range(1000))
def dies(function):
    def call(*args, **kwargs):
        if next(calls) == {when}:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call
for name in ("replace", "link", "fsync", "unlink", "open", "close"):
    setattr(os, name, dies(getattr(os, name)))
paths = [Path(name) for name in {paths}]
with Files(paths, inputs=[]) as files:
    for path in paths:
        files[path].write(b"new")
"""


@posix
def test_a_kill_at_any_moment_leaves_each_file_old_or_new_and_whole(three: list[Path], tmp_path: Path) -> None:
    seen = set()
    for when in range(100):
        for path in tmp_path.iterdir():
            path.unlink()
        for path in three[:2]:
            path.write_text("old")
        code = KILLED.format(when=when, paths=[str(path) for path in three])
        done = subprocess.run([sys.executable, "-S", "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)})
        found = {name: text for name, text in state(tmp_path).items() if not name.startswith(".")}
        assert set(found.values()) <= {"old", "new"}
        assert {"one.csv", "two.json"} <= set(found)
        seen.add(tuple(sorted(found.items())))
        if done.returncode == 0:
            break
    assert done.returncode == 0
    assert state(tmp_path) == NEW
    assert {tuple(sorted(OLD.items())), tuple(sorted(NEW.items()))} <= seen


@posix
def test_mode_and_links_stay(three: list[Path], tmp_path: Path) -> None:
    three[0].chmod(0o604)
    (tmp_path / "link.csv").symlink_to("one.csv")
    write([tmp_path / "link.csv", three[2]])
    assert three[0].stat().st_mode & 0o777 == 0o604
    assert (tmp_path / "link.csv").is_symlink()
    assert three[2].stat().st_mode & 0o111 == 0
    assert set(state(tmp_path).values()) == {"new", "old"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_owner_and_group_stay(three: list[Path]) -> None:
    os.chown(three[0], 12, 34)
    write(three)
    assert (three[0].stat().st_uid, three[0].stat().st_gid) == (12, 34)
    assert three[0].read_text() == "new"


@posix
def test_a_name_as_long_as_a_name_can_be_is_written(tmp_path: Path) -> None:
    long = tmp_path / ("n" * 251 + ".csv")
    write([long])
    assert state(tmp_path) == {long.name: "new"}


def test_outputs_that_are_inputs_or_stand_twice_are_refused(three: list[Path], tmp_path: Path) -> None:
    os.link(three[0], tmp_path / "same.csv")
    with pytest.raises(UsageError, match="is an input"):
        Files([tmp_path / "same.csv"], inputs=[str(three[0])])
    with pytest.raises(UsageError, match="named for two outputs"):
        Files([three[0], tmp_path / "." / "one.csv"], inputs=[])


@given(st.lists(st.sampled_from(["keep", "new"]), min_size=1, max_size=5), st.integers(1, 6))
def test_any_number_of_files_are_all_new_or_all_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], count: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{i}.csv" for i in range(len(kinds))]
    for path, kind in zip(paths, kinds, strict=True):
        if kind == "keep":
            path.write_text("old")
    before = state(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", fail_at(count, OSError(5, "Input/output error")))
        if count <= len(paths):
            with pytest.raises(OutputError):
                write(paths)
            assert state(folder) == before
        else:
            write(paths)
            assert state(folder) == {path.name: "new" for path in paths}
