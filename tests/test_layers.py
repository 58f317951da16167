"""The layers of the package: who may import whom, and what importing costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import ROOT

LAYERS = [
    "errors",
    "resources",
    "kept",
    "words",
    "memory",
    "workers",
    "databases",
    "tables",
    "rules",
    "attributes",
    "orders",
    "engines",
    "reading",
    "scoring",
    "segments",
    "summary",
    "models",
    "stored",
    "labelled",
    "history",
    "worth",
    "events",
    "seasons",
    "profiles",
    "clusters",
    "findings",
    "mistakes",
    "asking",
    "segmenting",
    "joining",
    "campaigns",
    "explaining",
    "inspection",
    "output",
    "api",
    "storing",
    "tracking",
    "valuing",
    "backtesting",
    "lifting",
    "behaving",
    "comparing",
    "profiling",
    "clustering",
    "reporting",
    "exporting",
    "checking",
    "cli",
]
"""Each may import from itself and from those before it; `__init__` and `__main__` stand at the rim."""

MODULES = sorted((ROOT / "segtool").rglob("*.py"))


def imports_of(path: Path) -> list[tuple[str, bool]]:
    """Return every imported module and whether the import runs when the file is imported."""
    found = []
    tree = ast.parse(path.read_text("utf-8"))
    inside = {child for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for child in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node not in inside) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "segtool" else [node.module]
            )
            found += [(name, node not in inside) for name in names]
    return found


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT / "segtool").parts[0].removesuffix(".py")


LAYERED = [path for path in MODULES if layer_of(path) not in ("__init__", "__main__")]


@pytest.mark.parametrize("path", LAYERED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_from_the_layers_before_it(path: Path) -> None:
    layer = layer_of(path)
    assert layer in LAYERS
    for name, _ in imports_of(path):
        if name.startswith("segtool.") and name != "segtool.__version__":
            assert LAYERS.index(name.split(".")[1]) <= LAYERS.index(layer), f"{layer} imports {name}"


@pytest.mark.parametrize(("package", "home"), [("click", {"cli", "__main__"}), ("rich", {"output"})])
def test_a_package_has_one_home(package: str, home: set[str]) -> None:
    users = {layer_of(path) for path in MODULES if any(name.split(".")[0] == package for name, _ in imports_of(path))}
    assert users == home


def test_the_command_line_loads_nothing_heavy_to_start() -> None:
    heavy = {"pandas", "numpy", "pyarrow", "rich"}
    for path in MODULES:
        if layer_of(path) in ("cli", "errors", "__init__", "__main__"):
            assert not {name.split(".")[0] for name, at_start in imports_of(path) if at_start} & heavy


@pytest.mark.parametrize("code", ["import segtool", "from segtool.__main__ import main; main(['--help'])"])
def test_import_and_help_stay_light(code: str) -> None:
    check = f"import sys; {code}; print([m for m in ('pandas', 'numpy', 'pyarrow', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_help_of_the_group_loads_no_command() -> None:
    code = "import sys; from segtool.__main__ import main; main(['--help'])"
    check = f"{code}; print([m for m in sys.modules if m.startswith('segtool.cli.')])"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['segtool.cli.completion']"


@pytest.mark.parametrize(
    ("orders", "options"),
    [
        (None, []),
        ("Kundennr;Datum;Betrag\n 7;31.12.2023 10:00;1,5\n8;1.2.2024 10:01;$1.234,50\n", []),
        ("id customer,date,total\nAnn@x.org,31-Jan-24 4:05 pm,5\n NA ,2024-02-01,x\n", ["--max-bad", "1"]),
        ("customer,date,total,status\nann,2024-01-01,5,Paid\nben,2024-01-02,6,void\ncid,2024-01-03,7,\n", []),
        ("customer,date,total\nann,1403/05/08,5\nann,1403/05/08,5\n", ["--drop-duplicates"]),
        pytest.param(
            "customer,date,total\nann,2024-01-01T00:00:00Z,5\n",
            ["--timezone", "Asia/Tehran"],
            marks=pytest.mark.skipif(pa.__version__ < "26", reason="pyarrow 25 loads pandas for time zones"),
        ),
    ],
)
def test_a_run_does_without_pandas(tmp_path: Path, orders: str | None, options: list[str]) -> None:
    """It would take longer to load than ten thousand lines take to read; many a call of pyarrow loads it."""
    path = tmp_path / "orders.csv"
    path.write_text(orders or (ROOT / "examples" / "orders.csv").read_text("utf-8"), "utf-8")
    args = ["rfm", str(path), "-q", "-o", str(tmp_path / "s.csv"), *options]
    check = f"import sys; from segtool.__main__ import main; sys.exit(main({args!r}) or 'pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)


def test_a_run_on_a_clean_file_loads_only_what_that_takes(tmp_path: Path) -> None:
    spared = [
        "importlib.resources",
        "hashlib",
        "numpy.ma",
        "segtool.tables.arrow_table",
        "segtool.tables.dates.format",
        "segtool.cli.log",
        "segtool.explaining",
        "segtool.inspection",
        "segtool.joining",
        "segtool.models",
        "segtool.orders.where",
        "segtool.rules.conditions",
        "segtool.rules.line",
        "segtool.scoring.model",
        "segtool.segmenting",
        "segtool.segments.check",
        "segtool.segments.families",
        "segtool.segments.goals",
        "segtool.segments.prospects",
        "segtool.summary.targets",
    ]
    run = f"main(['rfm', 'examples/orders.csv', '-q', '-o', {str(tmp_path / 's.csv')!r}])"
    check = f"import sys; from segtool.__main__ import main; {run}; print([m for m in {spared} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


CHANGES_NOTHING = """
import csv, decimal, locale, warnings
import pandas, pyarrow
state = lambda: (
    list(warnings.filters), repr(decimal.getcontext()), csv.field_size_limit(), locale.setlocale(locale.LC_ALL),
    pandas.describe_option(_print_desc=False), pyarrow.cpu_count(),
)
before = state()
import segtool
segtool.rfm(pandas.DataFrame({"customer": ["a"], "date": ["2024-01-01"], "total": [1]})).customers
assert state() == before
"""


def test_the_library_changes_no_global_option() -> None:
    subprocess.run([sys.executable, "-c", CHANGES_NOTHING], cwd=ROOT, check=True)
