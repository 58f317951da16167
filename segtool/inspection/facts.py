"""What an inspection found, as frozen facts; pure data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from segtool.engines.refusals import Place
from segtool.summary.facts import Caution, Period, Rows, without_types

SCHEMA_VERSION = 1
"""It rises when a key of `Inspection.to_dict()` changes its meaning or goes."""


@dataclass(frozen=True)
class Column:
    """One column over all rows of its table.

    `number` counts from 1. `kind` is a stable word for `cells`, which says what the filled cells are; `readings` has
    both of a cell that can be read in two ways where no cell tells which. `distinct` counts the different filled cells,
    None if they are many; `values` has them with their rows, the most frequent first, where they are few.
    """

    number: int
    header: str
    role: str | None
    attribute: str | None
    kind: str
    cells: str
    readings: tuple[str, ...]
    empty: int
    empty_share: float
    distinct: int | None
    values: Mapping[str, int] | None
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One file, or several with the same columns that are written alike.

    `rows` counts all of them, also `broken_rows`, which cannot be split into their cells. `about` tells how the files
    are stored, as format, encoding, delimiter, and where the header stands.
    """

    files: Mapping[str, int]
    about: Mapping[str, str]
    shop: str | None
    rows: int
    broken_rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Status:
    """A status of orders, how many rows have it, and whether they are set aside for it."""

    status: str
    rows: int
    set_aside: bool


@dataclass(frozen=True)
class Orders:
    """The order lines as `segtool rfm` would use them with the recommended options.

    `period` and what follows it are None or 0 where no row is usable. `statuses` is empty where they are many. `places`
    has the first rows that cannot be read.
    """

    period: Period | None
    period_jalali: tuple[str, str] | None
    as_of: date | None
    customers: int
    orders: int
    revenue: Decimal | None
    rows: Rows
    bad_rows: int
    currencies: tuple[str, ...]
    statuses: tuple[Status, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    places: tuple[Place, ...]
    warnings: tuple[Caution, ...]


@dataclass(frozen=True)
class Ask:
    """What `segtool rfm` will ask, the options of which each is an answer, and the one that is taken here."""

    reason: str
    answers: tuple[str, ...]
    taken: str


@dataclass(frozen=True)
class Question:
    """A question to ask before segmenting, and the columns that answer it; without any, what to add."""

    name: str
    question: str
    answered_by: Mapping[str, str]
    add: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """Everything that is said about files before they are segmented.

    `duplicate_rows` equal an earlier row in every cell. `asks` is what has to be said before orders can be read, and
    `refusal` why they cannot be read at all. `command` is what to type next, for event logs what reads these; None
    where nothing helps, or where the tables are no files.
    """

    schema_version: int
    tables: tuple[Table, ...]
    rows: int
    duplicate_rows: int
    orders: Orders | None
    asks: tuple[Ask, ...]
    refusal: str | None
    command: str | None
    questions: tuple[Question, ...]
    version: str

    @property
    def is_clean(self) -> bool:
        """Whether `segtool rfm` would run as it was told, and could read every row."""
        return self.refusal is None and not self.asks and (self.orders is None or not self.orders.bad_rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; dates in ISO form, money as the nearest number."""
        return {each.name: without_types(getattr(self, each.name)) for each in fields(self)}

    def to_json(self) -> str:
        """Return `to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"
