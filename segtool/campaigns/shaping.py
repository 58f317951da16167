"""Customers as the rows of a campaign tool's file: headers, cells, the key of each, and why one has none.

The three steps of an export, each in slices of rows, so that memory holds no more than a slice of the file:

    needed = columns_for(target, table, traits=traits)          # segtool.campaigns.columns, once
    judged = keys(target, needed, columns, country=country)     # of all rows: key, problem, column, value
    shaped = shape(target, needed, columns, country=country, …) # of the rows that are written
    parts = write(target, [shaped, …], open_part)               # segtool.campaigns.writing

`columns` maps the position of each column in `needed.places` to its cells in the slice, one Arrow array each. What
becomes of a cell depends on that cell alone: a table in other slices gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns import contacts
from segtool.campaigns.cells import all_joined, cut_to_bytes, cut_to_letters, tags, trait_texts
from segtool.campaigns.columns import Needed
from segtool.campaigns.countries import country_codes
from segtool.campaigns.letters import where
from segtool.campaigns.phones import mobiles, phones, styled
from segtool.campaigns.target import Field, PhoneStyle, Target
from segtool.errors import DataError, printable
from segtool.tables.arrays import as_column, as_texts, valid
from segtool.tables.text import labels

NO_KEY, UNUSABLE_KEY = "no key", "unusable key"


@dataclass(frozen=True)
class Keys:
    """The key of each row, null where none is usable; then `problem` is `no key` or `unusable key`.

    For an unusable key `column` is the role and `value` the cell that is none; both are null in all other rows.
    """

    key: pa.Array
    problem: pa.Array
    column: pa.Array
    value: pa.Array


@dataclass(frozen=True)
class Shaped:
    """Rows as they are written: a column of text a header, null where the cell is empty. All rows have a usable key."""

    headers: tuple[str, ...]
    columns: tuple[pa.Array, ...]
    numbers: tuple[bool, ...]
    as_of: date | None = None

    def __len__(self) -> int:
        return len(self.columns[0])


def keys(target: Target, needed: Needed, columns: Mapping[int, pa.Array], *, country: str | None = None) -> Keys:
    """Return the key of each row: that of the first key of the target of which all fields are filled and well-formed.

    Fields that are hashed are hashed in it, so that a hashed cell and the one that it is made of are the same key.
    Raises MissingExtraError where national phone numbers need a package.
    """
    size = len(next(iter(columns.values())))
    key = pa.nulls(size, pa.string())
    problem = np.zeros(size, np.int8)
    column, value = pa.nulls(size, pa.string()), pa.nulls(size, pa.string())
    left = np.arange(size)
    for sources in target.keys:
        places = [place for source in sources if (place := needed.place_of(source)) is not None]
        if not len(left) or len(places) < len(sources):
            continue
        part = columns if len(left) == size else {at: cells.take(as_column(left)) for at, cells in columns.items()}
        read = [_field_cells(target, needed, target.field_of(source), part, country, None) for source in sources]
        cells = [each for each in read if each is not None]
        found = valid(all_joined(cells))
        key = _placed(key, all_joined(cells), left)
        for source, place, each in zip(sources, places, cells, strict=True):
            raw = labels(part[place])
            bad = valid(raw) & ~valid(each) & ~found & (problem[left] == 0)
            if source not in ("first_name", "last_name") and bad.any():
                problem[left[bad]] = 1
                name = as_texts([source]).take(as_column(np.zeros(int(bad.sum()), np.int64)))
                column = _placed(column, name, left[bad])
                value = _placed(value, raw.filter(as_column(bad)), left[bad])
        left = left[~found]
    usable = valid(key)
    why = as_texts([NO_KEY, UNUSABLE_KEY]).take(as_column(problem))
    return Keys(key, *(where(~usable, each) for each in (why, column, value)))


def _placed(column: pa.Array, cells: pa.Array, rows: np.ndarray) -> pa.Array:
    """Return a column with other cells in some rows."""
    if len(rows) == len(column):
        return cells
    there = np.zeros(len(column), np.bool_)
    there[rows] = True
    return pc.replace_with_mask(column, as_column(there), cells)


def shape(
    target: Target,
    needed: Needed,
    columns: Mapping[int, pa.Array],
    *,
    country: str | None = None,
    as_of: date | None = None,
    phone_style: PhoneStyle | None = None,
) -> Shaped:
    """Return rows as the target takes them: its fields that the table has, then the traits.

    The fields of a key of several are left out where the table lacks one of them, and are empty in rows where one is.
    Raises DataError for contact data in a trait of a file that must have none.
    """
    cells: dict[str, pa.Array] = {}
    for field in target.fields:
        found = _field_cells(target, needed, field, columns, country, phone_style)
        if found is not None:
            cells[field.source] = found
    for key in target.keys:
        if len(key) > 1 and all(source in cells for source in key):
            _all_or_none(cells, key, but={each[0] for each in target.keys if len(each) == 1})
    headers = {field.source: field.header for field in target.fields}
    traits = {header: _trait_cells(target, needed, header, columns[at]) for header, at in needed.traits.items()}
    return Shaped(
        headers=(*(headers[source] for source in cells), *traits),
        columns=(*cells.values(), *traits.values()),
        numbers=(*(False for _ in cells), *(header in needed.numbers for header in traits)),
        as_of=as_of,
    )


def _all_or_none(cells: dict[str, pa.Array], key: Sequence[str], *, but: set[str]) -> None:
    """Empty the cells of a key of several fields in rows where one of them is empty, but for those that are a key."""
    whole = valid(all_joined([cells[source] for source in key]))
    if not whole.all():
        for source in set(key) - but:
            cells[source] = where(whole, cells[source])


def _field_cells(
    target: Target,
    needed: Needed,
    field: Field,
    columns: Mapping[int, pa.Array],
    country: str | None,
    phone_style: PhoneStyle | None,
) -> pa.Array | None:
    """Return the cells of a field as they are written, None where the table has nothing for it."""
    if field.kind == "tags":
        own = {prefix: columns[place] for prefix, place in needed.tags.items()}
        return tags(own, target.tags_joined or ",", most_letters=field.most_letters) if own else None
    place = needed.place_of(field.source)
    if place is None:
        return None
    column = columns[place]
    if field.source not in needed.roles:
        column = contacts.first_names(column) if field.source == "first_name" else contacts.last_names(column)
    countries = None if needed.countries is None else columns[needed.countries]
    cells = _normalised(target, field, column, country, countries, phone_style)
    if field.hashed:
        ready = contacts.hashes(column)
        return contacts.hashed(cells) if ready is None else pc.coalesce(ready, contacts.hashed(cells))
    if field.most_letters is not None:
        cells = cut_to_letters(cells, field.most_letters)
    return cells if field.most_bytes is None else cut_to_bytes(cells, field.most_bytes)


def _normalised(
    target: Target,
    field: Field,
    column: pa.Array,
    country: str | None,
    countries: pa.Array | None,
    phone_style: PhoneStyle | None,
) -> pa.Array:
    match field.kind:
        case "email":
            return contacts.emails(column, solid=field.solid)
        case "phone":
            numbers = phones(column, country=country, countries=countries)
            numbers = mobiles(numbers) if target.mobile_only else numbers
            return styled(numbers, phone_style or target.phones)
        case "country":
            return country_codes(column, lower=field.lower)
        case "zip":
            return contacts.zips(column)
        case "id":
            return contacts.ids(column, personal=target.personal)
        case "number" | "date":
            return trait_texts(column, target.dates)
        case _:
            return contacts.names(column, lower=field.lower, bare=field.bare, solid=field.solid)


def _trait_cells(target: Target, needed: Needed, header: str, column: pa.Array) -> pa.Array:
    cells = trait_texts(column, target.dates, number=header in needed.numbers)
    if not target.personal and (found := contacts.is_contact(cells)).any():
        raise DataError(
            f"{target.title['en']} must have no personal data, and {printable(repr(header))} has "
            f"{int(found.sum()):,} e-mail addresses or phone numbers: leave it out with --traits."
        )
    return cells if target.trait_bytes is None else cut_to_bytes(cells, target.trait_bytes)


def unusable(
    target: Target, needed: Needed, columns: Mapping[int, pa.Array], *, country: str | None = None
) -> dict[str, int]:
    """Return role -> rows whose cell is filled and no address or number that the target can use: it is left empty.

    Roles are those of fields of the file beside the key. Where the target has but one key, no row lacks that.
    """
    found: dict[str, int] = {}
    only = target.keys[0][0] if len(target.keys) == 1 else None
    for field in target.fields:
        if field.kind in ("email", "phone") and field.source in needed.roles and field.source != only:
            cells = _field_cells(target, needed, field, columns, country, None)
            filled = valid(labels(columns[needed.roles[field.source]]))
            found[field.source] = int((filled & ~valid(cells)).sum())
    return found
