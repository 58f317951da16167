"""Whom a campaign must not reach: lists of ids, e-mail addresses, phone numbers, or of what SHA-256 makes of these."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns.contacts import emails, hashed, hashes
from segtool.campaigns.letters import where
from segtool.campaigns.phones import dialled, phones
from segtool.engines.id_lists import spelled_ids
from segtool.errors import DataError, printable
from segtool.tables import open_tables
from segtool.tables.arrays import Ints, Mask, as_column, as_mask, valid, values
from segtool.tables.headers import alike, meant_by, normal
from segtool.tables.source import Layout, Source
from segtool.tables.text import labels

Kind = Literal["id", "email", "phone", "hash", "any"]

_KINDS = ("id", "email", "phone", "hash", "national")

_ROLES: Mapping[str, Kind] = {"customer_id": "id", "email": "email", "phone": "phone"}
"""What columns are for, the more telling last: an address can be the id of a customer."""

REACH = ("email", "phone", "country")
"""What people are compared by beside their ids: addresses, and numbers in the country of their row."""

_HASHES = frozenset(
    f"{before}{hashed}{after}"
    for hashed in ("sha256", "hash", "hashed")
    for before in ("", "email", "phone", "user", "customer", "customerid", "id")
    for after in ("", "email", "phone", "emailaddress", "phonenumber")
)
"""Headers, without blanks and punctuation, of columns of what SHA-256 makes of contacts."""

_ENOUGH = "^[0-9]{6}"
"""With fewer digits a text is no phone number of anybody."""

_AMONG: Mapping[Kind, tuple[str, Callable[[pa.Array], Mask]]] = {
    "email": (r"[\s<>()\[\]\"',;:|?]+", lambda texts: valid(emails(texts))),
    "phone": (r"\s*[<>,;:|/a-zA-Z]+\s*", lambda texts: valid(_digits(dialled(texts), r"^[0-9]{9}"))),
}
"""What stands between several addresses or numbers in a cell, and which of the parts are such."""

_LISTED = 6
"""How many columns an error lists."""


@dataclass(frozen=True)
class Contacts:
    """How people can be reached, a row each: id, e-mail address and phone number as they are compared, or null.

    `digits` are the digits of all that may be a number. `cells` are addresses and numbers that were hashed before, as
    they stand.
    """

    ids: pa.Array
    emails: pa.Array
    phones: pa.Array
    digits: pa.Array
    cells: tuple[pa.Array, pa.Array]

    @cached_property
    def is_hashed(self) -> bool:
        """Whether some address or number is hashed."""
        return any(cells.null_count < len(cells) for cells in self.cells)

    @cached_property
    def hashes(self) -> tuple[pa.Array, ...]:
        """What SHA-256 makes of each, of numbers with and without their plus."""
        bare = pc.utf8_ltrim(self.phones, "+")
        return (*(hashed(column) for column in (self.ids, self.emails, self.phones, bare)), *self.cells)

    @cached_property
    def national(self) -> tuple[pa.Array, ...]:
        """Their numbers as they are told where the country is plain, without zeros before them."""
        whole = pc.utf8_ltrim(self.phones, "+")
        without_code = [pc.utf8_slice_codeunits(whole, letters) for letters in (1, 2, 3)]  # as long as codes are
        return tuple(pc.utf8_ltrim(each, "0") for each in (self.digits, *without_code))

    @cached_property
    def told(self) -> tuple[pa.Array, ...]:
        """What is the same in rows of people reached together: id, address and whole number, or their hashes."""
        whole = as_mask(pc.starts_with(self.phones, "+"))  # bare digits may be alike
        numbers = where(whole, self.phones)
        if not self.is_hashed:
            return self.ids, self.emails, numbers
        addresses, ready = self.cells
        ways = [pc.coalesce(ready, hashed(column)) for column in (numbers, pc.utf8_ltrim(numbers, "+"))]
        return self.ids, pc.coalesce(addresses, hashed(self.emails)), *ways


@dataclass(frozen=True)
class Suppression:
    """A list of people who must not be reached: what stands in it of each kind, each once.

    `national` are phone numbers that do not say their country, as bare digits without zeros before them. `unusable`
    cells are none of what the header of their column says.
    """

    name: str
    ids: pa.Array
    emails: pa.Array
    phones: pa.Array
    hashes: pa.Array
    national: pa.Array
    unusable: int

    def __len__(self) -> int:
        return len(self.ids) + len(self.emails) + len(self.phones) + len(self.hashes)

    def among(self, people: Contacts) -> Mask:
        """Return who is on the list."""
        found = _in(people.ids, self.ids) | _in(people.ids, self.emails)
        found |= _in(people.emails, self.emails) | _in(people.phones, self.phones)
        if len(self.phones):
            found |= _in(phones(people.ids), self.phones)  # shops call customers by their mobile numbers
        if len(self.national):
            for each in people.national:
                found |= _in(each, self.national)
        if len(self.hashes):
            for each in people.hashes:
                found |= _in(each, self.hashes)
        if people.is_hashed:
            plain = pa.concat_arrays([*map(hashed, (self.emails, self.phones, pc.utf8_ltrim(self.phones, "+")))])
            for each in people.cells:
                found |= _in(each, plain)
        return found


def contacts_of(
    ids: pa.Array,
    addresses: pa.ChunkedArray | None,
    numbers: pa.ChunkedArray | None,
    countries: pa.ChunkedArray | None,
    *,
    country: str | None,
) -> Contacts:
    """Return people by their ids and the columns of their contacts and countries, as far as a table has them."""
    nothing = pa.nulls(len(ids), pa.string())
    texts = [nothing if column is None else _texts(column) for column in (addresses, numbers)]
    own = None if countries is None else _texts(countries)
    digits = _digits(dialled(texts[1]))
    whole = pc.coalesce(phones(texts[1], country=country, countries=own), digits)
    return Contacts(ids, emails(texts[0]), whole, digits, (_hashes(texts[0]), _hashes(texts[1])))


def suppression_of(people: Contacts, name: str) -> Suppression:
    """Return people as a list of those who must not be reached."""
    numbers = people.phones.filter(pc.starts_with(people.phones, "+"))  # bare digits may be alike
    known = pa.concat_arrays([*people.cells]).drop_null()
    ids, addresses = people.ids.drop_null().cast(pa.string()), people.emails.drop_null()
    return Suppression(name, ids, addresses, numbers, known, pa.nulls(0, pa.string()), 0)


def first_with(column: pa.Array, known: pa.Array, rows: Ints) -> Ints:
    """Return for each cell the first of some rows that has it, or -1; `known` are the cells of these."""
    at = pc.index_in(column, value_set=known, skip_nulls=True)
    found = np.full(len(column), -1)
    found[valid(at)] = rows[values(at.drop_null(), np.int32)]
    return found


def sharing(people: Contacts, rows: Ints) -> Ints:
    """Return for each of people the first of some rows whose id, address or number is theirs, or -1."""
    found = np.full(len(people.ids), -1)
    for column in people.told if len(rows) else ():
        found = np.where(found < 0, first_with(column, column.take(as_column(rows)), rows), found)
    return found


def suppressed(people: Contacts, lists: Sequence[Suppression]) -> tuple[Mask, list[int]]:
    """Return who must not be reached, and how many people each list has.

    Whoever has the address or the number of one who is listed is reached when that one is, and so is left out too.
    """
    listed = [each.among(people) for each in lists]
    found = reduce(np.logical_or, listed)
    return found | (sharing(people, np.flatnonzero(found)) >= 0), [int(own.sum()) for own in listed]


def read_suppression(
    table: Any, *, id_header: str, country: str | None, layout: Layout | None = None
) -> list[Suppression]:
    """Return the lists of people who must not be reached that a file, or several, a DataFrame or an Arrow table has.

    Columns count by their headers: the id (also as the customers' table calls it), e-mail, phone, sha256. Where none is
    known, as in a file with one address a line and no header, those count in which half of the cells or more are
    addresses, numbers or hashes; where there is just one column, as ids too.
    Raises DataError for a list without any such column, and for one in which no cell can be used.
    """
    return [_list_of(source, id_header, country) for source in _sources(table, id_header, layout or Layout())]


def _sources(table: Any, id_header: str, layout: Layout) -> Iterator[Source]:
    """Yield the tables of a list; those whose first line is no known header are read without one."""
    for each in table if isinstance(table, list | tuple) else [table]:
        own, sources = layout, open_tables([each], layout)
        if own.delimiter is None and any(source.about.get("delimiter") == "blanks" for source in sources):
            own = replace(own, delimiter="tab")  # a blank parts no cells here: it stands in names and in numbers
            sources = open_tables([each], own)
        is_file = isinstance(each, str | os.PathLike)
        if own.header and is_file and not any(_roles_of(source, id_header) for source in sources):
            sources = open_tables([each], replace(own, header=False))
        yield from sources


def _list_of(source: Source, id_header: str, country: str | None) -> Suppression:
    kinds = _roles_of(source, id_header)
    at = next(iter(meant_by("country", source.columns)), None) if "phone" in kinds.values() else None
    columns = _columns(source, [*kinds, *([] if at is None else [at])] or list(range(len(source.columns))))
    countries = None if at is None else columns[at]
    if not kinds:
        kinds = _kinds_of(columns, country)
    if not kinds:
        headless = all(name.isdigit() for name in source.columns)  # its first line was read as people
        names = [str(columns[at][0]) for at in columns if len(columns[at])] if headless else source.columns
        shown = printable(", ".join(names[:_LISTED]))
        raise DataError(
            f"{source.name}: no column tells whom to leave out. Columns: {shown}. "
            "Call it customer_id, email, phone or sha256."
        )
    found: dict[str, list[pa.Array]] = {kind: [pa.nulls(0, pa.string())] for kind in _KINDS}
    unusable = 0
    for place, kind in kinds.items():
        rows, cells = _one_each(columns[place], kind)
        read = _read(cells, kind, country, None if countries is None else countries.take(as_column(rows)))
        filled = valid(cells)
        for own, part in read.items():
            found[own].append(part.drop_null())
        told = reduce(np.logical_or, [valid(part) for own, part in read.items() if own != "national"])
        unusable += int((filled & ~told).sum())
    ids, addresses, numbers, known, national = (pc.unique(pa.concat_arrays(found[kind])) for kind in _KINDS)
    whole = Suppression(source.name, ids, addresses, numbers, known, national, unusable)
    if unusable and not len(whole):
        header = printable(source.columns[next(iter(kinds))])
        raise DataError(f"{source.name}: no cell of {header} is an id, an e-mail address, a phone number or a hash.")
    return whole


def _roles_of(source: Source, id_header: str = "") -> dict[int, Kind]:
    """Return position -> kind of the columns that are known by their headers."""
    found: dict[int, Kind] = {}
    for role, kind in _ROLES.items():
        found |= dict.fromkeys([*alike(role, source.columns), *meant_by(role, source.columns)], kind)
    if id_header:
        found |= dict.fromkeys(alike(id_header, source.columns), "id")
    return found | {at: "hash" for at, header in enumerate(source.columns) if normal(header) in _HASHES}


def _columns(source: Source, places: Sequence[int]) -> dict[int, pa.Array]:
    """Return columns as trimmed texts. Raises DataError for a row that cannot be split into its cells."""
    found: dict[int, list[pa.Array]] = {place: [pa.nulls(0, pa.string())] for place in places}
    for part in source.parts(places):
        for batch in part():
            if len(batch.broken):
                raise DataError(f"{source.name}: a row cannot be split into its cells, so nobody knows whom it names.")
            for place, column in zip(places, batch.columns, strict=True):
                found[place].append(labels(column))
    return {place: pa.concat_arrays(chunks) for place, chunks in found.items()}


def _kinds_of(columns: Mapping[int, pa.Array], country: str | None) -> dict[int, Kind]:
    """Return position -> `any` of the columns of contacts: those whose cells are such, or else the only one."""
    found: dict[int, Kind] = {}
    for place, cells in columns.items():
        read = _read(cells, "any", country, None)
        told = valid(read["email"]) | valid(phones(cells, country=country)) | valid(read["hash"])
        if len(columns) == 1 or 2 * told.sum() >= len(cells) - cells.null_count > 0:
            found[place] = "any"
    return found


def _one_each(cells: pa.Array, kind: Kind) -> tuple[Ints, pa.Array]:
    """Return the cells of a list, and what stands in those with several addresses or numbers, or with other words.

    With each stands the row that it is of. Of a column of addresses a cell that is taken apart is not left as it is.
    """
    whole = np.ones(len(cells), np.bool_)
    rows, parts = [], []
    for role, (between, usable) in _AMONG.items():
        if kind in (role, "any") or (kind == "id" and role == "email"):
            odd = np.flatnonzero(as_mask(pc.match_substring_regex(cells, between)))
            words = pc.split_pattern_regex(cells.take(as_column(odd)), between)
            texts, of = pc.list_flatten(words), odd[values(pc.list_parent_indices(words), np.int64)]
            known = usable(texts)
            rows.append(of[known])
            parts.append(texts.filter(as_column(known)))
            if kind == "email":
                whole[of[known]] = False
    left = np.flatnonzero(whole)
    return np.concatenate([left, *rows]), pa.concat_arrays([cells.take(as_column(left)), *parts])


def _read(cells: pa.Array, kind: Kind, country: str | None, countries: pa.Array | None) -> dict[str, pa.Array]:
    """Return what cells are as each kind that the column can be of; a cell of 64 hexadecimal letters is a hash."""
    found = {"hash": _hashes(cells)}
    if kind in ("id", "any"):
        found["id"] = spelled_ids(pa.chunked_array([cells])).cast(pa.string())
    if kind in ("id", "email", "any"):
        found["email"] = emails(cells)
    if kind in ("phone", "any"):
        said = dialled(cells)
        digits = _digits(said)
        found["phone"] = pc.coalesce(phones(cells, country=country, countries=countries), digits)
        plain = as_mask(pc.match_substring_regex(said, "^0" if kind == "any" else "^[^+]"))  # the rest may be ids
        found["national"] = pc.utf8_ltrim(digits.filter(as_column(plain)), "0")
    return found


def _digits(dialled: pa.Array, enough: str = _ENOUGH) -> pa.Array:
    """Return the digits of what is dialled, null where they are too few for a phone number."""
    digits = pc.replace_substring_regex(dialled, r"[^0-9]", "")
    return where(as_mask(pc.match_substring_regex(digits, enough)), digits)


def _hashes(cells: pa.Array) -> pa.Array:
    """Return the cells that are hashes, null for the others."""
    found = hashes(cells)
    return pa.nulls(len(cells), pa.string()) if found is None else found


def _in(column: pa.Array, known: pa.Array) -> Mask:
    return as_mask(pc.is_in(column, known.cast(column.type), skip_nulls=True))


def _texts(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([pa.nulls(0, pa.string()), *(labels(chunk) for chunk in column.chunks)])
