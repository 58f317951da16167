"""Activities written by hand, as the folds over an event log make them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from segtool.events import origins
from segtool.events.activity import (
    NEVER,
    Activity,
    Bought,
    CartLines,
    Identity,
    Looked,
    Placed,
    Spells,
)
from segtool.events.kinds import KINDS

HOUR = 3_600_000_000
DAY = 24 * HOUR

EVERY_ROLE = frozenset(
    (
        "user",
        "anonymous",
        "session",
        "product",
        "category",
        "brand",
        "value",
        "source",
        "device",
        "platform",
        "app",
        "member",
        "rating",
    )
)


@dataclass(frozen=True)
class Visit:
    """A spell: of whom, from when until when, with which events, and what it tells by the names of origins."""

    person: str
    start: int
    end: int
    counts: Mapping[str, int] = field(default_factory=dict)
    session: str | None = None
    source: str | None = None
    device: str | None = None
    platform: str | None = None
    app: str | None = None
    member: int = -1


@dataclass(frozen=True)
class Put:
    """A cart line: whose, of which product, when it was put in and, if so, taken out; the day is that of the add."""

    person: str
    product: str | None
    added: int
    units: int = 0
    removed: int = NEVER


@dataclass(frozen=True)
class Did:
    """What people did, in any order: orders and refunds as (person, moment, units), looks as (viewed, bought)."""

    visits: Sequence[Visit]
    users: frozenset[str] = frozenset()
    orders: Sequence[tuple[str, int, int]] = ()
    refunds: Sequence[tuple[str, int, int]] = ()
    bought: Sequence[tuple[str, str | None, int]] = ()
    carts: Sequence[Put] = ()
    categories: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    brands: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    ratings: Mapping[str, Sequence[int]] = field(default_factory=dict)
    priced: bool = True
    repeated: int = 0
    several: int = 0

    @property
    def people(self) -> list[str]:
        return sorted({visit.person for visit in self.visits}, key=str.encode)


def activity_of(did: Did) -> Activity:
    """Return what people did as arrays, each in its order."""
    at = {person: place for place, person in enumerate(did.people)}
    sessions = sorted({visit.session for visit in did.visits if visit.session is not None})
    products = sorted(
        {name for _, name, _ in did.bought if name is not None}
        | {line.product for line in did.carts if line.product is not None}
    )

    def product(name: str | None) -> int:
        return -1 if name is None else products.index(name)

    visits = sorted(did.visits, key=lambda visit: (at[visit.person], visit.start, visit.end, visit.session or ""))
    counts = [[visit.counts.get(kind, 0) for kind in (*KINDS, "unknown")] for visit in visits]

    def codes(role: str) -> Any:
        names = origins.names(role)
        told = [getattr(visit, role) for visit in visits]
        return array([-1 if name is None else names.index(name) for name in told], np.int8)

    spells = Spells(
        person=array([at[visit.person] for visit in visits], np.int32),
        session=array([-1 if visit.session is None else sessions.index(visit.session) for visit in visits]),
        start=array([visit.start for visit in visits]),
        end=array([visit.end for visit in visits]),
        counts=np.array(counts, np.int32).reshape(len(visits), len(KINDS) + 1),
        source=codes("source"),
        device=codes("device"),
        platform=codes("platform"),
        app=codes("app"),
        member=array([visit.member for visit in visits], np.int8),
    )
    bought = sorted({(at[person], product(name), moment) for person, name, moment in did.bought})
    carts = sorted(
        (at[line.person], line.added // DAY, product(line.product), line.added, line.removed, line.units)
        for line in did.carts
    )
    person, day, item, added, removed, units = columns(carts, 6)
    rated = [did.ratings.get(name, ()) for name in at]
    return Activity(
        ids=pa.array(list(at), pa.large_string()),
        known=np.array([name in did.users for name in at], np.bool_),
        products=pa.array(products, pa.large_string()),
        spells=spells,
        orders=placed(did.orders, at),
        refunds=placed(did.refunds, at),
        bought=Bought(*(array(each, kind) for each, kind in zip(columns(bought, 3), "iil", strict=True))),
        carts=CartLines(
            person=array(person, np.int32),
            product=array(item, np.int32),
            day=array(day, np.int32),
            added=array(added),
            removed=array(removed),
            units=array(units),
        ),
        categories=looked(did.categories, at),
        brands=looked(did.brands, at),
        ratings=array([sum(given) for given in rated]),
        rated=array([len(given) for given in rated]),
        priced=did.priced,
        repeated=did.repeated,
        identity=Identity(len(did.users), 0, len(at) - len(did.users), did.several),
        events=int(sum(map(sum, counts))),
        notes=(),
    )


def placed(rows: Sequence[tuple[str, int, int]], at: Mapping[str, int]) -> Placed:
    person, moment, units = columns(sorted((at[person], moment, units) for person, moment, units in rows), 3)
    return Placed(array(person, np.int32), array(moment), array(units))


def looked(rows: Mapping[tuple[str, str], tuple[int, int]], at: Mapping[str, int]) -> Looked:
    labels = sorted({label for _, label in rows}, key=str.encode)
    found = sorted((at[person], labels.index(label), *counts) for (person, label), counts in rows.items())
    person, label, viewed, bought = columns(found, 4)
    return Looked(
        pa.array(labels, pa.large_string()),
        array(person, np.int32),
        array(label, np.int32),
        array(viewed),
        array(bought),
    )


def columns(rows: Sequence[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * count


def array(values: Iterable[int], kind: Any = np.int64) -> Any:
    return np.array(list(values), kind)
