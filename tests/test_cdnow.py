"""What the README shows of the purchases of CDNOW, which come with the package lifetimes."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT, needs


@pytest.mark.skipif(os.name != "posix", reason="the README's commands are for a POSIX shell")
@pytest.mark.parametrize(
    ("heading", "package"),
    [
        ("### What is to come", "scipy"),
        ("## Do the segments foretell anything", "scipy"),
        ("## Groups that the data finds", "sklearn"),
    ],
)
def test_the_readme_shows_what_it_prints(heading: str, package: str, tmp_path: Path) -> None:
    needs(package)
    if find_spec("lifetimes") is None:  # importing it takes long, and warns
        needs("lifetimes")
    section = (ROOT / "README.md").read_text("utf-8").partition(f"{heading}\n")[2]
    found = re.search(r"```sh\npython -m pip install lifetimes\n(.*?)```\n\n```text\n(.*?)```", section, re.DOTALL)
    assert found
    mine = f'segtool() {{ {sys.executable} -m segtool "$@"; }}\npython() {{ {sys.executable} "$@"; }}\nset -e\n'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(["sh", "-c", mine + found[1]], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, found[2])
