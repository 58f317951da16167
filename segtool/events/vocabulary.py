"""What the names of events and of fields mean: in the exports of known systems, in everyday words, and to the user."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from segtool.errors import ConfigError, MissingInputError, UsageError, printable
from segtool.events.kinds import KINDS
from segtool.resources import read_toml
from segtool.tables.headers import nearest, normal

SYSTEMS = ("ga4", "segment", "shopify", "snowplow", "matomo")
"""The systems whose exports are known, in the order in which they are asked what a name means."""

COMMON = "common"

OWN = "map"
"""What stands in place of a vocabulary where the user says what a name means."""


@dataclass(frozen=True)
class Vocabulary:
    """The words of a system: `kinds` is event name, as `normal` has it, -> kind; `fields` is role -> columns.

    Its exports are known by the `marks`, sets of headers. `rows` are columns that hold a list of events, `lists` those
    that hold a list of products, which can stand within those; `keyed` ones hold pairs of a key and a value, or an
    object. `values` is role -> cell, as `normal` has it, -> the word that stands for it. `otherwise` is role -> columns
    that tell it where a log has none of `fields`, and `nothing` has the cells of ids and labels that tell none.
    """

    name: str
    title: str
    kinds: Mapping[str, str]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marks: tuple[frozenset[str], ...] = ()
    rows: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    keyed: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    otherwise: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nothing: tuple[str, ...] = ()


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return the vocabulary of a system, or that of everyday names.

    >>> vocabulary("ga4").kinds["addtocart"], vocabulary("ga4").fields["anonymous"]
    ('add', ('user_pseudo_id',))
    """
    stated = read_toml(f"events/vocabularies/{name}.toml")
    return Vocabulary(
        name,
        stated["title"],
        {normal(event): kind for kind, events in stated["kinds"].items() for event in events},
        {role: tuple(columns) for role, columns in stated.get("fields", {}).items()},
        tuple(map(frozenset, stated.get("marks", ()))),
        tuple(stated.get("rows", ())),
        tuple(stated.get("lists", ())),
        tuple(stated.get("keyed", ())),
        {role: {normal(cell): word for cell, word in own.items()} for role, own in stated.get("values", {}).items()},
        {role: tuple(columns) for role, columns in stated.get("otherwise", {}).items()},
        tuple(stated.get("nothing", ())),
    )


def recognised(headers: Iterable[str]) -> Vocabulary | None:
    """Return the vocabulary of the system whose export has such headers, None where none is known by them.

    >>> recognised(["event_name", "user_pseudo_id", "event_date"]).title, recognised(["event", "time"])
    ('Google Analytics 4', None)
    """
    names = set(headers)
    return next((own for own in map(vocabulary, SYSTEMS) if any(mark <= names for mark in own.marks)), None)


@dataclass(frozen=True)
class OwnWords:
    """What the user says: `kinds` is event name, as `normal` has it, -> kind; `fields` is role -> columns."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def own_words(pairs: Iterable[str] = (), file: str | None = None, *, roles: Sequence[str] = ()) -> OwnWords:
    """Return what `NAME=KIND` and a TOML file with [events] and [fields] say; a pair goes before the file.

    >>> own_words(["Gift opened=view"]).kinds
    {'giftopened': 'view'}

    Raises UsageError for a pair that is none, MissingInputError for a file that is not there, ConfigError for one that
    says what cannot be.
    """
    stated = OwnWords() if file is None else _of_file(file, roles)
    return OwnWords({**stated.kinds, **dict(map(_of_pair, pairs))}, stated.fields)


def _of_pair(pair: str) -> tuple[str, str]:
    name, mark, kind = pair.rpartition("=")
    kind = kind.strip().lower()
    if not mark or not normal(name):
        raise UsageError(
            printable(f"--map {pair!r} is no name and kind of event; write it as --map 'gift opened=view'.")
        )
    if kind not in KINDS:
        raise UsageError(printable(f"--map {pair!r}: {_no_kind(kind)}"))
    return normal(name), kind


def _no_kind(kind: str) -> str:
    near = nearest([kind], KINDS)
    return f"{kind!r} is no kind of event. " + (f"Did you mean {near[0]}?" if near else f"Kinds: {', '.join(KINDS)}.")


def _of_file(file: str, roles: Sequence[str]) -> OwnWords:
    try:
        stated = tomllib.loads(Path(file).read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise MissingInputError(printable(f"There is no file {file} (--events-map).")) from None
    except OSError as error:
        raise MissingInputError(printable(f"{file} cannot be read (--events-map): {error.strerror}.")) from error
    except ValueError as error:  # no UTF-8, no TOML, a number too long
        raise ConfigError(printable(f"{file} is no TOML: {error}.")) from error
    unknown = next((key for key in stated if key not in ("events", "fields")), None)
    if unknown is not None:
        raise ConfigError(printable(f"{file}: {unknown!r} is unknown; a map of events has [events] and [fields]."))
    return OwnWords(
        {normal(name): _kind(file, name, kind) for name, kind in _table(file, stated, "events").items()},
        {role: _columns(file, role, own, roles) for role, own in _table(file, stated, "fields").items()},
    )


def _table(file: str, stated: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = stated.get(key, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: {key} is a table, as [{key}].")
    return found


def _kind(file: str, name: str, kind: Any) -> str:
    if kind not in KINDS:
        raise ConfigError(printable(f"{file}: [events] {name!r}: {_no_kind(str(kind))}"))
    return str(kind)


def _columns(file: str, role: str, stated: Any, roles: Sequence[str]) -> tuple[str, ...]:
    if role not in roles:
        near = nearest([role], tuple(roles))
        way = f"Did you mean {near[0]}?" if near else f"Roles: {', '.join(roles)}."
        raise ConfigError(printable(f"{file}: [fields] {role!r} is no role of a column. {way}"))
    names = [stated] if isinstance(stated, str) else stated
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ConfigError(printable(f"{file}: [fields] {role} is the name of a column, or a list of names."))
    return tuple(names)


@dataclass(frozen=True)
class Meanings:
    """What names of events mean, and who says so: `of` is name, as `normal` has it, -> kind and teller."""

    of: Mapping[str, tuple[str, str]]

    def kind(self, name: str) -> tuple[str, str] | None:
        """Return the kind of an event by its name, and the vocabulary that tells it; None for an unknown name."""
        return self.of.get(normal(name))


def meanings(own: OwnWords, system: Vocabulary | None) -> Meanings:
    """Return what event names mean: to the user, else in the system of the log, else every day, else elsewhere.

    >>> meanings(OwnWords(), None).kind("Add to cart"), meanings(OwnWords(), None).kind("Product_Clicked")
    (('add', 'common'), ('view', 'segment'))
    """
    first = [system] if system else []
    tellers = [*first, vocabulary(COMMON), *map(vocabulary, SYSTEMS)]
    found: dict[str, tuple[str, str]] = {name: (kind, OWN) for name, kind in own.kinds.items()}
    for teller in tellers:
        for name, kind in teller.kinds.items():
            found.setdefault(name, (kind, teller.name))
    return Meanings(found)
