"""Which columns of a table of customers fill the file of a campaign tool, and under which headers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from segtool.attributes import CustomerTable
from segtool.campaigns.headers import styled_header
from segtool.campaigns.target import EVERY_COLUMN, Target
from segtool.errors import DataError, UsageError, printable
from segtool.profiles.attributes import CONTACT
from segtool.words import LANGUAGES, words_in

PERSONAL = (*CONTACT, "birth_date", "postal_code")
"""Attributes that tell who somebody is, or how to reach them."""


_NUMBERS = frozenset({
    "r_score", "f_score", "m_score", "recency_days", "frequency", "monetary", "revenue", "orders", "clv", "pcv",
    "average_order_value", "tenure_days", "profit", "wallet", "share_of_wallet",
})  # fmt: skip
"""Columns of segtool that are numbers also where they were read as text."""


_ABOUT_SEGMENTS = ("title", "since")
"""What columns that begin with `segment_` tell, other than a segment."""


@dataclass(frozen=True)
class Needed:
    """Where the columns of a target stand in a table.

    `roles` is source of a field or key -> position, without those that the table lacks. `traits` is header in the file
    -> position. `tags` is the prefix of a tag -> position of the column of segments. `numbers` are the headers of
    traits that are written as numbers where the file tells numbers from texts. `contacts` is role -> position of the
    columns by which people are reached. `countries` is the position of the column whose rules read phone numbers, None
    where the table has none or the file no numbers.
    """

    roles: Mapping[str, int]
    traits: Mapping[str, int]
    tags: Mapping[str, int]
    numbers: frozenset[str]
    contacts: Mapping[str, int]
    countries: int | None

    def place_of(self, source: str) -> int | None:
        """Return the position of what fills a source, None where the table has nothing."""
        return _place_of(source, self.roles)

    @property
    def places(self) -> tuple[int, ...]:
        """The positions of all columns that are looked at, rising."""
        countries = [] if self.countries is None else [self.countries]
        return tuple(sorted({*self.roles.values(), *self.traits.values(), *self.tags.values(), *countries}))


def columns_for(
    target: Target, table: CustomerTable, *, traits: Sequence[str] | None = None, tag_prefix: str | None = None
) -> Needed:
    """Return which columns of a table a target takes; `traits` are those that go along instead of the usual ones.

    Of the usual ones those go along that the table has. Where it has full names alone, their part before the first
    blank is the first name. Tags are the segment behind `tag_prefix`, which is `RFM: ` for a table with RFM scores and
    else `Segment: `, and each further segment behind the name of its scheme: in a list of tags from many places
    `Champions` tells nobody whose champions, and tags of one run are found by what they begin with when the next run's
    replace them.

    Raises UsageError where no key of the target can be made, for a trait that the table has not, one that the target
    must not have, and for more than it takes.
    """
    roles = _roles(target, table)
    if not any(_has_all(key, roles) for key in target.keys):
        raise UsageError(_no_key(target, table))
    own = {roles[field.source] for field in target.fields if field.source in roles}
    found = _traits(target, table, own, traits)
    numbers = [
        header for header, (name, place) in found.items() if name in _NUMBERS or _is_number(table.columns[place].type)
    ]
    return Needed(
        roles=roles,
        traits={header: place for header, (_, place) in found.items()},
        tags=next((_tags(table, each.source, tag_prefix) for each in target.fields if each.kind == "tags"), {}),
        numbers=frozenset(numbers),
        contacts={name: place for name in CONTACT if (place := table.place_of(name)) is not None},
        countries=table.place_of("country") if "phone" in roles else None,
    )


def _roles(target: Target, table: CustomerTable) -> dict[str, int]:
    """Return source of a field or key -> position, without the parts of a key that the table has not whole.

    Where it has full names alone, `customer_name` is where first and last names come from.
    """
    sources = [field.source for field in target.fields if field.kind != "tags"]
    sources += [source for key in target.keys for source in key]
    roles = {source: place for source in dict.fromkeys(sources) if (place := table.place_of(source)) is not None}
    if {"first_name", "last_name"} & set(sources) and not {"first_name", "last_name"} & roles.keys():
        whole = table.place_of("customer_name")
        roles |= {} if whole is None else {"customer_name": whole}
    whole_keys = {source for key in target.keys if _has_all(key, roles) for source in key}
    parts = {source for key in target.keys if len(key) > 1 for source in key} - whole_keys
    if parts >= {"first_name", "last_name"}:
        parts.add("customer_name")
    return {source: place for source, place in roles.items() if source not in parts}


def _place_of(source: str, roles: Mapping[str, int]) -> int | None:
    """Return the position of what fills a source: of first and last names the full names, where there are no others."""
    return roles.get(source, roles.get("customer_name") if source in ("first_name", "last_name") else None)


def _has_all(key: Sequence[str], roles: Mapping[str, int]) -> bool:
    return all(_place_of(source, roles) is not None for source in key)


def _no_key(target: Target, table: CustomerTable) -> str:
    """Return the error for a table that has the columns of no key."""
    wanted = " or ".join(" with ".join(key) for key in target.keys)
    first = target.keys[0][0]
    return (
        f"{target.title['en']} needs {wanted}, and {table.name} has no such column. {table.like(target.keys[0])} "
        f"Say --column {first}=HEADER, or --customers FILE where a list of customers has it."
    )


def _traits(
    target: Target, table: CustomerTable, own: set[int], asked: Sequence[str] | None
) -> dict[str, tuple[str, int]]:
    """Return header in the file -> name and position of the columns that go along."""
    if asked and target.form == "lines":
        raise UsageError(f"{target.title['en']} takes one value a line, and no traits beside it.")
    wanted = list(dict.fromkeys(target.traits if asked is None else asked))
    if EVERY_COLUMN in wanted:
        named = _every_column(table)
    else:
        places = {name: table.place_of(name) for name in wanted}
        if absent := [name for name in wanted if places[name] is None and asked is not None]:
            raise UsageError(
                f"--traits {printable(absent[0])}: {table.name} has no such column. {table.like(absent[:1])}"
            )
        named = [(name, place) for name, place in places.items() if place is not None]
    if not target.personal:
        named = list(_impersonal(target, table, named, asked))
    found: dict[str, tuple[str, int]] = {}
    for name, place in named:
        if place in own and asked is not None and EVERY_COLUMN not in wanted:
            continue  # it is in the file as a field
        header = styled_header(name, target.trait_style)
        if header in found or header in [field.header for field in target.fields]:
            raise UsageError(f"Two columns of the file would have the header {printable(repr(header))}: leave out one.")
        found[header] = (name, place)
    if target.most_traits is not None and len(found) > target.most_traits:
        raise UsageError(
            f"{target.title['en']} takes at most {target.most_traits:,} traits, and {len(found):,} would go along: "
            "say --traits with fewer."
        )
    return found


def _every_column(table: CustomerTable) -> list[tuple[str, int]]:
    for header in table.headers:
        if table.headers.count(header) > 1:
            raise DataError(
                f"{table.name} has several columns {printable(repr(header))}; give them names of their own."
            )
    return [(header, at) for at, header in enumerate(table.headers)]


def _impersonal(
    target: Target, table: CustomerTable, named: Sequence[tuple[str, int]], asked: Sequence[str] | None
) -> Iterator[tuple[str, int]]:
    """Yield the traits of a file without contact data. Raises UsageError for those that are asked for and are such."""
    personal = {table.place_of(name): name for name in PERSONAL}
    for name, place in named:
        if place not in personal:
            yield name, place
        elif asked is not None:
            raise UsageError(
                f"{target.title['en']} must have no personal data, and {printable(repr(table.headers[place]))} "
                f"is {personal[place]}: leave it out of --traits."
            )


def _tags(table: CustomerTable, source: str, tag_prefix: str | None) -> dict[str, int]:
    """Return prefix of a tag -> position of what stands behind it: of segments those of each scheme."""
    place = table.place_of(source)
    if source != "segment":
        return {} if place is None else {tag_prefix or "": place}
    found: dict[str, int] = {}
    if place is not None:
        scored = any(table.place_of(name) is not None for name in ("rfm_score", "r_score"))
        found[("RFM: " if scored else "Segment: ") if tag_prefix is None else tag_prefix] = place
    sample = "\0"
    for lang in LANGUAGES:
        before, behind = words_in(lang).header(f"segment_{sample}").split(sample)
        for at, header in enumerate(table.headers):
            scheme = header.removeprefix(before).removesuffix(behind)
            if f"{before}{scheme}{behind}" == header and scheme and scheme.split("_")[0] not in _ABOUT_SEGMENTS:
                found.setdefault(f"{scheme}: ", at)
    return found


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def unhashed(target: Target, needed: Needed) -> tuple[str, ...]:
    """Return the kinds of contact data that leave as they can be read, as `email`: of fields, and of columns that just
    go along.
    """
    own = [field.source for field in target.fields if not field.hashed and needed.place_of(field.source) is not None]
    leaving = [*needed.traits.values(), *(needed.roles[source] for source in own if source in needed.roles)]
    along = [role for place in leaving for role, at in needed.contacts.items() if at == place]
    return tuple(dict.fromkeys(source for source in [*own, *along] if source in CONTACT))


def filled_by(target: Target, needed: Needed, table: CustomerTable) -> Mapping[str, str]:
    """Return header in the file -> header of the table that fills it, in the order of the file, traits among them."""
    found: dict[str, str] = {}
    for field in target.fields:
        places = needed.tags.values() if field.kind == "tags" else [needed.place_of(field.source)]
        if headers := [table.headers[place] for place in places if place is not None]:
            found[field.header] = ", ".join(headers)
    return found | {header: table.headers[place] for header, place in needed.traits.items()}
