"""The table of an export: only the columns that are looked at, beside them what a list tells of its customers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.attributes import PAST, CustomerTable, named_place, read_customer_table
from segtool.campaigns.asked import looked_at
from segtool.campaigns.columns import Needed, columns_for
from segtool.campaigns.suppress import REACH
from segtool.campaigns.target import Target
from segtool.engines.id_lists import spelled_ids
from segtool.errors import MissingRoleError, printable
from segtool.joining import ALL, CustomerRows, headers_for, read_list
from segtool.orders.where import Where
from segtool.profiles.attributes import CONTACT, segment_columns
from segtool.rules.columns import Spelled
from segtool.rules.conditions import Term
from segtool.tables.arrays import Ints, as_column, as_mask, one_array
from segtool.tables.dates import calendar_day
from segtool.tables.numbers import UNITS
from segtool.tables.source import Layout
from segtool.tables.writing.formulas import armed

_NOTES = ("segtool", "segtool_segment", "segtool_behavior", "segtool_cluster", "segtool_value")
"""The keys under which tables carry the summary of the run that wrote them."""

_SLICE = 1 << 15


@dataclass(frozen=True)
class Ask:
    """What is asked of a table: the target and its further columns, rules, consent, and whether people are compared by
    their contacts.
    """

    target: Target
    rules: tuple[Where, ...]
    consent: str | None
    traits: Sequence[str] | None
    tag_prefix: str | None
    compares: bool


@dataclass(frozen=True)
class Plan:
    """Where everything stands in a table, behind whose own columns are those of the list, if there is one.

    `contacts_at` are the positions of address, number and country, None for one that there is not; `segment_at` is that
    of the segments that are told of.
    """

    table: CustomerTable
    id_at: int
    needed: Needed
    consent_at: int | None
    contacts_at: tuple[int | None, ...]
    segment_at: int | None
    others_at: frozenset[int]

    @property
    def places(self) -> frozenset[int]:
        """The positions of all columns that are looked at."""
        some = {self.id_at, *self.needed.places, self.consent_at, *self.contacts_at, self.segment_at, *self.others_at}
        return frozenset(place for place in some if place is not None)

    def places_among(self, first: int) -> list[int]:
        """Return those of them that are among the first columns."""
        return [place for place in self.places if place < first]


def _planned(own: CustomerTable, listed: CustomerRows | None, ask: Ask) -> Plan:
    """Return where everything stands. Raises for columns that are absent what `export` raises."""
    id_at = _id_place(own)
    table = own if listed is None else _beside(own, listed)
    for name in table.named:
        table.place_of(name)  # raises for a column that is absent
    dated = ("recency_days", *(PAST if ask.rules else ("last_order",)))
    others = {*looked_at(table, ask.rules), *map(table.place_of, dated)}
    return Plan(
        table=table,
        id_at=id_at,
        needed=columns_for(ask.target, table, traits=ask.traits, tag_prefix=ask.tag_prefix),
        consent_at=None if ask.consent is None else _place(table, ask.consent, "--consent"),
        contacts_at=tuple(table.place_of(role) if ask.compares else None for role in REACH),
        segment_at=next(iter(segment_columns(table.headers)), None),
        others_at=frozenset(place for place in others if place is not None),
    )


@dataclass(frozen=True)
class Read:
    """A table as it is read, and with the columns of the list; where everything stands, and the ids of all rows.

    `listed` is the list, and `not_listed` its name and how many of the table it lacks, None where there is none.
    """

    told: CustomerTable
    own: CustomerTable
    plan: Plan
    ids: pa.Array
    listed: CustomerRows | None
    not_listed: tuple[str, int] | None

    @property
    def id_header(self) -> str:
        """What the column of ids is called."""
        return self.own.headers[self.plan.id_at]

    def cells(self, place: int, rows: Ints) -> pa.Array:
        """Return the cells of rows in a column."""
        return one_array(self.own.columns[place].take(as_column(rows)))

    def needed(self, rows: Ints) -> dict[int, pa.Array]:
        """Return the cells of rows that the target is made of, by the positions of their columns."""
        return {place: self.cells(place, rows) for place in self.plan.needed.places}


def slices(rows: Ints) -> list[Ints]:
    """Return rows in slices, as they are worked on so that little stands in memory twice; at least one slice."""
    return [rows[at : at + _SLICE] for at in range(0, max(len(rows), 1), _SLICE)]


def read_people(
    table: Any,
    layout: Layout,
    named: Mapping[str, str],
    customers: Any,
    customers_id: str | None,
    ask: Ask,
    threads: int | None,
) -> Read:
    """Return a table with what a list tells of its customers, and of both only the columns that are looked at."""
    listed = None
    if customers is not None:
        listed = read_list(customers, ALL, customers_id=customers_id, unit=None, account_id=None, threads=threads)

    def only(probe: CustomerTable) -> Collection[int]:
        return _planned(probe, listed, ask).places_among(len(probe.headers))

    told = read_customer_table(table, layout, named=named, only=only, threads=threads)
    plan = _planned(told, listed, ask)
    ids = armed(spelled_ids(told.columns[plan.id_at]))
    if listed is None:
        return Read(told, told, plan, ids, None, None)
    listed = _looked_at_alone(listed, plan, len(told.headers))
    missing = len(ids) - int(as_mask(pc.is_in(ids, listed.ids, skip_nulls=True)).sum())
    own = _filled(plan.table, ids, listed, plan.places)
    return Read(told, own, plan, ids, listed, (listed.table.name, missing))


def _looked_at_alone(listed: CustomerRows, plan: Plan, first: int) -> CustomerRows:
    """Return a list without the cells of columns that nobody looks at, whose memory is free then.

    `first` is where its columns begin in the plan. A no counts also in the column that the table has of the same name,
    with the contacts of the list.
    """
    kept: set[int | None] = {listed.others[place - first] for place in plan.places if place >= first}
    if plan.consent_at is not None:
        kept |= {listed.table.place_of(name) for name in (plan.table.headers[plan.consent_at], *REACH)}
    nothing = pa.chunked_array([pa.nulls(len(listed.table))])
    columns = tuple(own if at in kept else nothing for at, own in enumerate(listed.table.columns))
    return replace(listed, table=replace(listed.table, columns=columns))


def _id_place(table: CustomerTable) -> int:
    """Return where the id of the customer stands. Raises MissingRoleError for a table without one."""
    place = table.place_of("customer_id")
    if place is None:
        columns = printable(", ".join(table.headers))
        raise MissingRoleError(
            f"{table.name} has no column for the customer id. Columns: {columns}. Say --column customer_id=COL."
        )
    return place


def _place(table: CustomerTable, name: str, option: str) -> int:
    """Return the position of the column that is named: by its header, its meaning, or its number."""
    place = table.place_of(name)
    return named_place(table, name, option) if place is None else place


def _beside(table: CustomerTable, rows: CustomerRows) -> CustomerTable:
    """Return a table with the columns of a list behind its own, without their cells.

    What the table has, the list does not tell: a column with the same header gets `customer_` in front of its own, and
    of contacts the column of the table is meant.
    """
    headers = headers_for([rows.table.headers[place] for place in rows.others], table.headers)
    columns = [pa.chunked_array([], rows.table.columns[place].type) for place in rows.others]
    unsaid = [name for name in CONTACT if name not in table.named]
    own = {name: table.headers[place] for name in unsaid if (place := table.place_of(name)) is not None}
    return replace(
        table,
        headers=(*table.headers, *headers),
        columns=(*table.columns, *columns),
        named={**own, **table.named},
    )


def _filled(table: CustomerTable, ids: pa.Array, listed: CustomerRows, wanted: Iterable[int | None]) -> CustomerTable:
    """Return a table with the cells of a list in those of its columns that are wanted, null for who is not in it."""
    rows = pc.index_in(ids, listed.ids, skip_nulls=True)
    start = len(table.headers) - len(listed.others)
    columns, sizes = list(table.columns), [len(chunk) for chunk in table.columns[0].chunks]
    for place, other in enumerate(listed.others, start=start):
        if place in wanted:
            cells = one_array(listed.table.columns[other].take(rows))
            starts = np.cumsum([0, *sizes])[:-1].tolist()
            parts = [cells.slice(at, size) for at, size in zip(starts, sizes, strict=True)]
            columns[place] = pa.chunked_array(parts, cells.type)
        else:
            columns[place] = pa.chunked_array([pa.nulls(size, columns[place].type) for size in sizes])
    return replace(table, columns=tuple(columns))


def as_of_in(table: CustomerTable, spelled: Spelled, threads: int | None) -> date | None:
    """Return the day that a table is as of: as the run that wrote it noted, or as last order and recency tell it."""
    noted = next((day for key in _NOTES if (day := table.noted(key).get("as_of"))), None)
    if noted:
        return date.fromisoformat(noted)
    names = ("last_order", "recency_days")
    places = {name: table.place_of(name) for name in names}
    if None in places.values():
        return None
    seen = table.looked_at(places, spelled=spelled, threads=threads)
    days, numbers = seen.days(names[0]), seen.numbers(Term((names[1],)))
    found = set[int]()
    for day, number in zip(days, numbers, strict=True):
        (last, known), units = day.by_row(), number.units()
        known = known & number.readable & (units % UNITS == 0)
        found |= set(np.unique(last[known] + units[known] // UNITS).tolist())
    return calendar_day(found.pop()) if len(found) == 1 else None
