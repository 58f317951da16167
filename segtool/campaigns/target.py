"""What a campaign tool takes: a target as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["csv", "lines", "json lines"]
"""A table with headers; the cells of one field, one a line; a call of Segment's `identify` a line."""

Kind = Literal["email", "phone", "name", "text", "number", "date", "country", "zip", "tags", "id"]
"""What a field holds, and so how it is normalised."""

PhoneStyle = Literal["international", "local", "digits"]
"""How phone numbers are written: +989…, Iranian ones as 09… and others with +, or 989…."""

TraitStyle = Literal["as it is", "snake", "mautic", "adobe"]
"""How headers of traits are made: snake_case, with `rfm_` in front, or without what Adobe Target does not take."""

EVERY_COLUMN = "*"
"""Stands among traits for all columns of the table, under their own headers."""


@dataclass(frozen=True)
class Field:
    """A column of the file: its header, the column of the table or the role that fills it, and how.

    `hashed` fields are normalised and then hashed with SHA-256. `most_bytes` and `most_letters` bound a cell. `lower`
    is in lower case, `bare` without punctuation, `solid` without blanks inside.
    """

    header: str
    source: str
    kind: Kind
    hashed: bool = False
    most_bytes: int | None = None
    most_letters: int | None = None
    lower: bool = False
    bare: bool = False
    solid: bool = False


@dataclass(frozen=True)
class Target:
    """A campaign tool: which file it takes.

    A row is usable when all fields of one of the `keys` (by source) are filled and well-formed; the first such key is
    what no two rows may share. Fields of a key of several are written when all of them are filled, since a part of it
    finds nobody. A key that is no field is an id. `traits` are the columns of the table that go along unless others are
    asked for, under headers that `trait_style` makes; `tags_joined` joins the tags of a row where the tool has them in
    one cell. `personal` is whether the file may have contact data at all. Limits are None where there are none; a file
    that would exceed one is written in parts. Fewer rows than `least_rows` are told.

    With `mobile_only` landlines are no phone numbers. `dates` is `moment` where a day needs a time, `day` where a time
    may not stand. `trait_bytes` bounds the cells of traits. `finish` is the suffix of an empty file that is written
    last and tells the tool that the others are whole.
    """

    name: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    source: str
    form: Form
    suffix: str
    fields: tuple[Field, ...]
    keys: tuple[tuple[str, ...], ...]
    personal: bool
    traits: tuple[str, ...]
    trait_style: TraitStyle
    most_traits: int | None
    tags_joined: str | None
    most_rows: int | None
    most_bytes: int | None
    least_rows: int | None
    phones: PhoneStyle = "international"
    mobile_only: bool = False
    dates: Literal["as it is", "day", "moment"] = "as it is"
    trait_bytes: int | None = None
    most_row_bytes: int | None = None
    line_end: Literal["\n", "\r\n"] = "\n"
    bom: bool = False
    finish: str | None = None

    @property
    def hashed(self) -> frozenset[str]:
        """The sources whose fields are hashed."""
        return frozenset(field.source for field in self.fields if field.hashed)

    def field_of(self, source: str) -> Field:
        """Return the field that a source fills; for a key that is no field, one of an id."""
        found = (field for field in self.fields if field.source == source)
        return next(found, Field(header=source, source=source, kind="id"))
