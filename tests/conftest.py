"""What the tests share: small orders, the command line as a process, the real data where it is at hand."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

DATA = Path(os.environ.get("SEGTOOL_DATA", ROOT.parent / "shared" / "data"))

settings.register_profile(
    "settled",
    deadline=None,  # the first example pays for imports, and machines are shared
    derandomize=True,  # a change that touches nothing meets the examples it passed before; the week's run looks further
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example writes its files over the last one's
)
settings.register_profile("explore", settings.get_profile("settled"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "settled"))

Run = Callable[..., subprocess.CompletedProcess[str]]

ONCE_OR_MORE = """\
[scoring]
f = { cuts = [1] }
[[segments]]
name = "More"
f = 2
health = "positive"
[[segments]]
name = "Once"
f = 1
health = "negative"
"""
"""A scheme that tells those who bought once from the others."""

SIX = """\
customer_id,order_id,order_date,amount
ann,1,2024-01-05,10.00
ann,2,2024-03-31,15.50
ben,3,2024-01-01,99.99
cid,4,2024-03-01,20.00
cid,4,2024-03-01,5.00
cid,5,2024-03-15,-5.00
dee,6,2024-02-10,7.25
dee,7,2024-02-20,7.25
dee,8,2024-03-30,7.25
eve,9,2024-03-01,40.00
fay,10,2024-01-20,1.00
fay,11,2024-02-25,2.00
"""
"""Six customers. As of 2024-03-31 their days, orders and net spend are:
ann 0, 2, 25.50   ben 90, 1, 99.99   cid 30, 1, 20.00   dee 1, 3, 21.75   eve 30, 1, 40.00   fay 35, 2, 3.00"""


@pytest.fixture(autouse=True)
def no_settings_of_the_tester(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the variables and the configuration file of whoever runs the tests out of them."""
    for name in os.environ:
        if name.startswith("SEGTOOL_"):
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp()))


ALL_EXTRAS = os.environ.get("SEGTOOL_EXTRAS") == "all"


def needs(package: str) -> Any:
    """Return a package of an extra. Where it is missing its tests are skipped; with SEGTOOL_EXTRAS=all they fail."""
    if ALL_EXTRAS:
        return import_module(package)
    return pytest.importorskip(package, reason=f"{package} comes with an extra")


SERVERS = {name: os.environ.get(name) for name in ("SEGTOOL_POSTGRES", "SEGTOOL_SPARK", "SEGTOOL_SPARK_FOLDER")}


def server(name: str) -> str:
    """Return the address of a server that tests/servers/with.sh starts, by its variable.

    Where there is none the test is skipped. With SEGTOOL_EXTRAS=all it fails, except for want of Java.
    """
    address = SERVERS[name]
    if address:
        return address
    if ALL_EXTRAS and not (name.startswith("SEGTOOL_SPARK") and shutil.which("java") is None):
        pytest.fail(f"{name} is not set; run the tests by: bash tests/servers/with.sh python -m pytest")
    pytest.skip(f"{name} is not set: bash tests/servers/with.sh starts a server")


@pytest.fixture
def six(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(SIX)
    return path


@pytest.fixture
def orders(tmp_path: Path) -> Callable[..., Path]:
    """Write lines under a header to a CSV file."""

    def write(*lines: str, header: str = "customer_id,order_id,order_date,amount", name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *lines, ""]), encoding="utf-8", newline="")
        return path

    return write


def run_in(folder: Path) -> Run:
    """Return what runs segtool as a process in a folder."""

    def call(*args: object, env: dict[str, str] | None = None, **kwargs: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "segtool", *map(str, args)]
        given = {"capture_output": True, "text": True, "encoding": "utf-8", "cwd": folder, "timeout": 120} | kwargs
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(env or {})}
        return subprocess.run(command, env=environment, **given)  # type: ignore[call-overload]

    return call


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run segtool as a process in a folder of its own."""
    return run_in(tmp_path)


@pytest.fixture
def real_data() -> Callable[[str], Path]:
    """Return the path of a real data file, or skip where the data are not at hand."""

    def find(name: str) -> Path:
        if not (DATA / name).exists():
            pytest.skip(f"no real data: {name} is not in {DATA.name}; set SEGTOOL_DATA")
        return DATA / name

    return find


def column(rows: Sequence[dict[str, str]], name: str) -> list[str]:
    return [row[name] for row in rows]


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A scheme that tells those who bought once from the others."""
    path = tmp_path / "own.toml"
    path.write_text(ONCE_OR_MORE)
    return str(path)
