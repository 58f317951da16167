"""Schemes over columns by their names: those that come with segtool, alone and in families, and files."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from segtool.errors import UsageError
from segtool.resources import names_in, read_text, read_toml
from segtool.segments.attribute_scheme import AttributeScheme, parse
from segtool.segments.scheme import Scheme, Texts
from segtool.segments.scheme_file import parse as parse_scores
from segtool.segments.schemes import built_in, is_file, read, text_of_file
from segtool.tables.headers import nearest

Join = Literal["all", "lowest"]
"""How the members of a family name one segment: all of their names, or the worst of them."""


@dataclass(frozen=True)
class Family:
    """Schemes over columns that tell of one thing, a member an attribute."""

    name: str
    title: Texts
    about: Texts
    members: tuple[str, ...]
    join: Join

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {key: getattr(self, key) for key in ("name", "title", "about", "join")} | {"members": list(self.members)}

    @property
    def schemes(self) -> tuple[AttributeScheme, ...]:
        return tuple(attribute_scheme(member) for member in self.members)


@cache
def families() -> dict[str, Family]:
    """Return the families that come with segtool, by name."""
    return {name: _family(name, stated) for name, stated in read_toml("segments/families.toml").items()}


def _family(name: str, stated: dict[str, Any]) -> Family:
    return Family(name, stated["title"], stated["about"], tuple(stated["members"]), stated.get("join", "all"))


@cache
def attribute_schemes() -> tuple[str, ...]:
    """Return the names of the schemes over columns that come with segtool."""
    return names_in("segments/attributes")


def names() -> tuple[str, ...]:
    """Return the names of all families and of all schemes over columns."""
    return tuple(dict.fromkeys([*families(), *attribute_schemes()]))


def read_attributes(name: str) -> AttributeScheme | Family:
    """Return a scheme over columns, or a family of them, that comes with segtool by its name, or a file by its path.

    Raises UsageError for an unknown name, and for one of a scheme over scores; MissingInputError for a file that is not
    there, SchemeError for a text that is no such scheme.
    """
    if is_file(name):
        text, stem = text_of_file(name)
        return parse(text, stem, name)
    if name in families():
        return families()[name]
    if name in attribute_schemes():
        return attribute_scheme(name)
    if name in built_in():
        raise UsageError(f"Scheme {name} names scores of orders: segtool rfm orders.csv --scheme {name}.")
    near = nearest([name], names())
    hint = f"Did you mean {near[0]}?" if near else "A file is named by its path, as ./mine.toml."
    raise UsageError(f"There is no scheme over columns {name!r}. {hint} segtool schemes list --columns shows all.")


def read_any(name: str) -> Scheme | AttributeScheme | Family:
    """Return a scheme of any kind, sound or not, or a family, by its name or the path of its file.

    A file with [scoring] is a map from scores. Raises UsageError, MissingInputError and SchemeError as `read` does.
    """
    if is_file(name):
        text, stem = text_of_file(name)
        return parse_scores(text, stem, name) if _has_scoring(text) else parse(text, stem, name)
    meant = name in names() or (nearest([name], names()) and not nearest([name], built_in()))
    return read_attributes(name) if meant and name not in built_in() and not Path(name).is_file() else read(name)


def _has_scoring(text: str) -> bool:
    try:
        return "scoring" in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False


@cache
def attribute_scheme(name: str) -> AttributeScheme:
    """Return a scheme over columns that comes with segtool."""
    return parse(read_text(f"segments/attributes/{name}.toml"), name)
