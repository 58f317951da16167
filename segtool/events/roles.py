"""Which column of an event log plays which role."""

import shlex
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError, MissingRoleError, UsageError, printable
from segtool.events.nested import leaves
from segtool.events.vocabulary import OwnWords, Vocabulary, meanings, recognised
from segtool.orders.roles import argument_of, headers_of, named_column, only_one
from segtool.tables.headers import alike, event_matches, event_names, known_names, matches, meant_by, nearest, normal
from segtool.tables.source import Source
from segtool.tables.text import as_text, labels

ROLES = (
    "event",
    "moment",
    "anonymous",
    "user",
    "session",
    "referrer",
    "url",
    "channel",
    "source",
    "medium",
    "campaign",
    "click_id",
    "device",
    "os",
    "platform",
    "app",
    "member",
    "product",
    "category",
    "brand",
    "order_id",
    "quantity",
    "unit_price",
    "amount",
    "currency",
    "rating",
)
"""The roles, in the order in which headers are asked for them: a header that one has taken is no other's.

`os` is the operating system; a `platform` can be one, a kind of device, or whether it is an app.
"""

_AS_IN_ORDERS = {
    "user": "customer_id",
    "moment": "order_date",
    "order_id": "order_id",
    "quantity": "quantity",
    "unit_price": "unit_price",
    "amount": "amount",
    "currency": "currency",
}
"""Role -> that of orders which means the same."""

_AS_ATTRIBUTE = {
    "session": ("session",),
    "source": ("source",),
    "medium": ("medium",),
    "campaign": ("campaign",),
    "device": ("device",),
    "os": ("operating_system",),
    "platform": ("platform",),
    "app": ("app_or_web",),
    "product": ("product", "sku", "product_name"),
    "category": ("category",),
    "brand": ("brand",),
    "rating": ("rating",),
}
"""Role -> attributes of tables of customers that mean the same, the best first."""

_OPTIONS = {"moment": "time", "channel": "channel"}

_SURE = 2
"""So many ranks of names of the column of event names tell an event log by themselves; `action` does not."""

_BESIDE = ("anonymous", "session", "url", "referrer")
"""Roles that hardly any table of orders has."""

_MANY = 2
"""No table of orders has so many of them."""

Columns = Mapping[str, tuple[int, ...]]
"""Role -> positions of its columns; the first one that has a cell in a row tells."""


def argument(role: str) -> str:
    """Return the argument of `segtool.behavior` that names the column of a role.

    >>> argument("moment"), argument("currency"), argument("user")
    ('time', 'currency_column', 'user')
    """
    return _OPTIONS.get(role) or argument_of(role)


def option(role: str) -> str:
    """Return the option that names the column of a role.

    >>> option("unit_price")
    '--unit-price'
    """
    return f"--{argument(role).replace('_', '-')}"


def system_of(source: Source) -> Vocabulary | None:
    """Return the vocabulary of the system that wrote a log, None where its headers tell none."""
    return recognised((*leaves(source), *source.columns))


def is_event_log(source: Source, named: Mapping[str, str] | None = None) -> bool:
    """Return whether a table is an event log: the export of a known system, or one with a column of event names.

    The column is named, or its header is recognised. Tables of orders can have such a header too, as `event` for a
    concert: one that also has amounts is an event log only where it has anonymous ids or two other columns of visits,
    or where some first cell is the name of a known event.
    """
    if "event" in (named or {}) or system_of(source) is not None:
        return True
    found = event_matches("event", source.columns, _SURE)
    beside = [role for role in _BESIDE if event_matches(role, source.columns)]
    if not found and beside:
        found = event_matches("event", source.columns)
    if not found:
        return False
    if not matches("amount", source.columns) and not matches("unit_price", source.columns):
        return True
    if "anonymous" in beside or len(beside) >= _MANY:
        return True
    [cells] = source.sample(found[:1])
    known = meanings(OwnWords(), None)
    return any(known.kind(name) for name in pc.unique(labels(as_text(cells))).to_pylist() if name)


def find_roles(
    source: Source, named: Mapping[str, str], fields: Mapping[str, Sequence[str]], system: Vocabulary | None
) -> Columns:
    """Return the columns of each role in a flat table: the one that is named for it, or those that the user's own words
    have for it, or those of the system that wrote it, or else the one whose header is recognised.

    Raises UsageError for a named column that is absent; MissingRoleError for a log without event names, moments or ids
    of persons; DataError for two headers that fit equally well, and for a column of lists.
    """
    found: dict[str, tuple[int, ...]] = {}
    for role, header in named.items():
        found[role] = (named_column(source, argument(role), header),)
    for role, names in fields.items():
        if role not in found:
            found[role] = _every(source, role, names)
    if system is not None:
        by_header = _by_header(source)
        for role, names in (*system.fields.items(), *system.otherwise.items()):
            places = tuple(dict.fromkeys(at for name in names for at in by_header.get(normal(name), ())))
            if places and role not in found:
                found[role] = places
    taken = {at for places in found.values() for at in places}
    for role in ROLES:
        if role not in found and (place := _recognised(source, role, taken)) is not None:
            found[role] = (place,)
            taken.add(place)
    if "amount" not in named and {"unit_price", "quantity"} <= named.keys():
        found.pop("amount", None)
    _refuse_missing(source, found)
    for role, places in found.items():
        for at in places:
            _check_type(source, role, at)
    return {role: found[role] for role in ROLES if found.get(role)}


def _by_header(source: Source) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, header in enumerate(source.columns):
        found.setdefault(normal(header), []).append(at)
    return found


def _every(source: Source, role: str, names: Sequence[str]) -> tuple[int, ...]:
    """Return the columns of some names, which another file may lack. Raises UsageError where none is there."""
    found = tuple(dict.fromkeys(at for name in names for at in alike(name, source.columns)))
    if not found:
        raise UsageError(
            f"{source.name} has no column {' or '.join(map(repr, names))} ([fields] {role}). {headers_of(source)}"
        )
    return found


def _recognised(source: Source, role: str, taken: set[int]) -> int | None:
    """Return the free column whose header tells a role. Raises DataError for two that fit equally well."""
    headers = tuple("" if at in taken else header for at, header in enumerate(source.columns))
    found = event_matches(role, headers)
    if not found and role in _AS_IN_ORDERS:
        found = matches(_AS_IN_ORDERS[role], headers)
    for attribute in _AS_ATTRIBUTE.get(role, ()):
        found = found or meant_by(attribute, headers)
    return only_one(source, found, _called(role), argument(role))


def _called(role: str) -> str:
    """Return how messages call a role.

    >>> _called("moment"), _called("anonymous"), _called("order_id")
    ('time', 'anonymous id', 'order id')
    """
    words = {"moment": "time", "anonymous": "anonymous id", "user": "user id", "event": "event name"}
    return words.get(role, role.replace("_", " "))


def _refuse_missing(source: Source, found: Mapping[str, object]) -> None:
    missing = [role for role in ("event", "moment") if not found.get(role)]
    if not found.get("user") and not found.get("anonymous"):
        missing.append("user")
    if not missing:
        return
    taken = {at for places in found.values() if isinstance(places, tuple) for at in places}
    free = tuple(header for at, header in enumerate(source.columns) if at not in taken)
    near = {role: nearest([role, *_names(role)], free) for role in missing}
    listed = printable(", ".join(dict.fromkeys(header for headers in near.values() for header in headers)))
    say = " ".join(f"{option(role)} {shlex.quote(near[role][0]) if near[role] else 'COL'}" for role in missing)
    called = " and ".join(_called(role) for role in missing)
    nor = " (nor anonymous id)" if "user" in missing else ""
    raise MissingRoleError(
        f"{source.name} has no column for {called}{nor}. {headers_of(source)} "
        + (f"Nearest: {listed}. " if listed else "")
        + f"Say {printable(say)}.",
        *([{argument(role): near[role][0] for role in missing}] if all(near.values()) else []),
    )


def _names(role: str) -> list[str]:
    ranks = [*event_names().get(role, []), *known_names().get(_AS_IN_ORDERS.get(role, ""), [])]
    return [name for names in ranks for name in names]


def _check_type(source: Source, role: str, at: int) -> None:
    stored = source.type_of(at)
    if pa.types.is_nested(stored) and not pa.types.is_dictionary(stored):
        raise DataError(
            f"{source.name}: column {printable(repr(source.columns[at]))} holds {stored}, which cannot be "
            f"{_called(role)}. Say {option(role)} COL for another one."
        )
