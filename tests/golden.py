"""Golden files: expected text that is read and reviewed. UPDATE_GOLDEN=1 rewrites those that exist."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare text with its golden file. A missing file fails; it is never made by a test run."""
    path = FOLDER / name
    assert path.exists(), f"{path} is missing: make it by hand"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
