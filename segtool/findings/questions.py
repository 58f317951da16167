"""Which columns of a table tell of which of the five questions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from segtool.attributes import CustomerTable
from segtool.profiles.attributes import FIGURES, is_of
from segtool.resources import read_toml
from segtool.rules.conditions import EVERY
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.families import attribute_scheme, attribute_schemes, families
from segtool.segments.scheme import Texts

_GROUPS = ("age", "nps")
"""Schemes whose titles speak of bands or groups, and not of what is in their column."""


@dataclass(frozen=True)
class Asked:
    """A column of a table that tells of a question: its position, the attribute that it means, the titles of that."""

    question: str
    place: int
    name: str
    title: Texts | None


def columns_asked(table: CustomerTable) -> tuple[Asked, ...]:
    """Return the columns that tell of a question, in the order of the questions, each column once.

    What segments by recency, orders and spend are made of is none of them. The table needs no rows.
    """
    found: dict[int, Asked] = {}
    for question, stated in read_toml("findings/questions.toml").items():
        for name, title in _names(table, stated):
            place = table.place_of(name)
            if place is not None and place not in found and not is_of(table.headers[place], FIGURES):
                found[place] = Asked(question, place, name, title)
    return tuple(found.values())


def _names(table: CustomerTable, stated: Mapping[str, list[str]]) -> Iterator[tuple[str, Texts | None]]:
    for scheme in _schemes(tuple(stated["schemes"]), tuple(stated["families"])):
        names = dict.fromkeys(name for _, term in scheme.terms for name in term.columns if name != EVERY)
        has = [name for name in names if table.place_of(name) is not None]
        if not has:  # what a column that is not there is made of, as an age of the date of birth
            fitted = scheme.fitted(lambda name: table.place_of(name) is not None)
            has = [name for _, term in fitted.terms for name in term.columns if name != EVERY]
        for name in dict.fromkeys(has):
            yield name, _title(name, scheme, len(names))
    for name in stated["columns"]:
        yield name, _own_title(name)


def _title(name: str, scheme: AttributeScheme, columns: int) -> Texts | None:
    """Return what an attribute is called: as the scheme of its name is, or the scheme that looks at it alone."""
    if name.replace("_", "-") in attribute_schemes():
        return _own_title(name)
    return scheme.title if columns == 1 else None


def _own_title(name: str) -> Texts | None:
    """Return the title of the scheme of an attribute, None where that is the name of its groups."""
    own = name.replace("_", "-")
    return attribute_scheme(own).title if own in attribute_schemes() and own not in _GROUPS else None


@cache
def _schemes(schemes: tuple[str, ...], of_families: tuple[str, ...]) -> tuple[AttributeScheme, ...]:
    members = [member for family in of_families for member in families()[family].members]
    return tuple(attribute_scheme(name) for name in dict.fromkeys([*schemes, *members]))
