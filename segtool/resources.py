"""The TOML files that come with the package: names, words and schemes are data.

They are read as plain files: `importlib.resources` takes longer to load than all of them take to read.
"""

from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent


def read_text(file: str) -> str:
    """Return the text of a file, which is named from the root of the package, as `orders/unpaid.toml`."""
    return (_ROOT / file).read_text("utf-8")


def read_toml(file: str) -> dict[str, Any]:
    """Return what a TOML file says, which is named from the root of the package.

    >>> sorted(read_toml("inspection/templates.toml"))
    ['customers', 'events', 'orders']
    """
    import tomllib

    return tomllib.loads(read_text(file))


def names_in(folder: str) -> tuple[str, ...]:
    """Return the names of the TOML files in a folder, sorted and without their suffix.

    >>> "loyalty-matrix" in names_in("segments/schemes")
    True
    """
    return tuple(sorted(path.stem for path in (_ROOT / folder).glob("*.toml")))
