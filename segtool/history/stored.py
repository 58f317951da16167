"""A labelled table that stays in its database: what it tells without travelling, and its customers as a query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segtool.databases import Column, Database
from segtool.databases.dialects import Dialect
from segtool.databases.duck import parquet
from segtool.errors import DataError, UsageError, printable
from segtool.labelled import FIGURES, GONE, about_of, as_of_between, positions_of, read_cells, stored_batches
from segtool.tables.arrays import as_texts, one_array
from segtool.tables.columns import column_of
from segtool.tables.database_table import DatabaseTable
from segtool.tables.dates.spelling import YEARS
from segtool.tables.source import Source

MOST_CELLS = 2_000_000
"""How many different cells of a column, in no plain spelling, are read here; a database with more has to spell them."""

_MOST_SEGMENTS = 100_000

_LETTERS = "0-9A-Za-z_.:+%~#/-"
_EMAIL = f"[{_LETTERS}]+@[{_LETTERS}]+[.]{'[' + _LETTERS.replace('.', '') + ']+'}"
_NO_VALUE = "'null', 'na', 'nan', 'none', 'n/a', '-'"

_MOST_UNITS = 922_337_203_685_477
"""The largest whole number that is an amount in 64 bits of units."""

_NO_PLACE, _GONE_PLACE = -2, -1
"""The places of a segment that the database did not have a moment ago, and of customers who are gone."""

_ROLES = (*FIGURES, "segment")
_NAMES = ("id", "first_day", "last_day", "recency", "orders", "units", "segment")
"""What the columns are called in the query of customers, and when they are counted."""


@dataclass(frozen=True)
class _Cells:
    """The cells of a role in a database: a key to look them up by, and where they are plain, their value.

    `plain` is a condition on a cell that is not null, None where all of them are looked up.
    """

    column: Column
    key: str
    plain: str | None
    value: str

    def odd(self, cell: str) -> str:
        """Return the condition for a cell that has to be looked up."""
        return f"{cell} IS NOT NULL" + ("" if self.plain is None else f" AND NOT ({self.plain})")


@dataclass(frozen=True)
class Stored:
    """A labelled table in a database, one row a customer; see `segtool.labelled.Labelled` for what it has.

    `rows` is a query of its customers: id, first_day, last_day (days since 1970-01-01), recency, orders, units, which
    are null where a cell is empty, and the cell of the segment. `has_days` tells whether any customer has a first, and
    a last day. `cells` are what the cells of segments read as.
    """

    name: str
    as_of: date | None
    about: Mapping[str, Any]
    source: Source
    database: Database
    rows: str
    has_days: tuple[bool, bool]
    cells: Mapping[str | None, str | None] | None

    @property
    def segment_names(self) -> tuple[str | None, ...] | None:
        """The segments that its rows name, None for customers who have none; None where there is no such column."""
        return None if self.cells is None else tuple({*self.cells.values()} - {GONE})

    def placed(self, places: Mapping[str | None, int]) -> str:
        """Return the query of customers with the place of their segment; it is below 0 for those who are gone."""
        known = {cell: _GONE_PLACE if name == GONE else places[name] for cell, name in (self.cells or {}).items()}
        without = known.pop(None, _NO_PLACE)
        cells, at = [cell for cell in known if cell is not None], column_of([*known.values()], pa.int64())
        lookup = self.database.put(pa.table({"cell": as_texts(cells), "place": at}))
        place = f"CASE WHEN r.segment IS NULL THEN {without} ELSE COALESCE(s.place, {_NO_PLACE}) END"
        figures = "r.id, r.first_day, r.last_day, r.recency, r.orders, r.units"
        return f"SELECT {figures}, {place} AS place FROM ({self.rows}) r LEFT JOIN {lookup} s ON r.segment = s.cell"

    @cached_property
    def twice(self) -> DataError:
        """The error that says which customer has two rows."""
        found = self.database.fetch(
            f"SELECT MIN(id) AS id, CAST(SUM(n - 1) AS BIGINT) AS more FROM"
            f" (SELECT id, COUNT(*) AS n FROM ({self.rows}) r GROUP BY id HAVING COUNT(*) > 1) d"
        ).to_pylist()[0]
        more = int(found["more"]) - 1
        others = f", as have {more:,} more" if more else ""
        return DataError(
            f"{self.name}: customer {printable(repr(found['id']))} has two rows{others}; a labelled table has one each."
        )


def changed(name: str) -> DataError:
    """Return the error that says that a table was changed while it was asked."""
    return DataError(f"{name} was changed while it was read; run it again.")


def stored(source: DatabaseTable) -> Stored:
    """Return a labelled table that stands in a database.

    Raises DataError for what is no such table, as `segtool.labelled.read_labelled` does, but for a customer with two
    rows, whom the one that counts them finds; UsageError for cells that have to be read here, and are too many.
    """
    database, relation = source.database, source.relation
    at = positions_of(source, FIGURES)
    columns = {role: source.described[place] for role, place in at.items() if role in _ROLES}
    dialect = database.dialect
    named = ", ".join(f"{_shown(column, database)} AS {role}" for role, column in columns.items())
    inner = f"(SELECT {named} FROM {relation}) t"
    cells = {role: _cells(role, column, dialect, source.name) for role, column in columns.items()}
    odd = _counted(database, inner, cells, source.name)
    lookups: dict[str, str] = {}
    try:
        for role in (role for role in FIGURES if odd[role]):
            lookups[role] = _looked_up(source, database, inner, role, cells[role])
    except DataError:  # who is nobody is told first
        _refuse_nobody(source.name, database, _rows(cells, lookups, inner, dialect))
        raise
    for role, lookup in lookups.items():
        _refuse_missed(database, lookup, cells[role], role, inner, source.name)
    return _told(source, database, _rows(cells, lookups, inner, dialect), has_segments="segment" in cells)


def copied(source: Source, database: Database, folder: Path) -> Stored:
    """Return a labelled table that is copied for a database of this machine, into a folder, batch by batch.

    Raises DataError for what is no such table, as `stored` does.
    """
    import pyarrow.parquet as pq

    path, rows = folder / f"{len([*folder.iterdir()])}.parquet", 0
    writer = None
    try:
        for batch in stored_batches(source):
            writer = writer or pq.ParquetWriter(path, batch.schema, compression="zstd")
            writer.write_batch(batch)
            rows += len(batch)
    finally:
        if writer is not None:
            writer.close()
    if not rows or writer is None:
        raise DataError(f"{source.name} has no rows.")
    has_segments = "segment" in writer.schema.names
    shown = [f"{role} AS {name}" for role, name in zip(_ROLES, _NAMES, strict=True) if role != "segment"]
    segment = "segment" if has_segments else "NULL AS segment"
    rows_of = f"SELECT {', '.join(shown)}, {segment} FROM {parquet(path)}"
    return _told(source, database, rows_of, has_segments=has_segments)


def _told(source: Source, database: Database, rows: str, *, has_segments: bool) -> Stored:
    """Return a labelled table by the query of its customers."""
    day = "CASE WHEN recency IS NOT NULL THEN COALESCE(last_day, 0) + recency END"
    facts = database.fetch(
        "SELECT COUNT(*) AS n_rows, COUNT(id) AS n_ids, COUNT(first_day) AS n_first, COUNT(last_day) AS n_last,"
        f" COUNT(recency) AS n_bought, MIN({day}) AS day_least, MAX({day}) AS day_most FROM ({rows}) r"
    ).to_pylist()[0]
    if facts["n_rows"] > facts["n_ids"]:
        _refuse_nobody(source.name, database, rows)
    about = about_of(source)
    days = (facts["day_least"], facts["day_most"]) if facts["n_last"] and facts["n_bought"] else None
    return Stored(
        name=source.name,
        as_of=as_of_between(source.name, days, about),
        about=about,
        source=source,
        database=database,
        rows=rows,
        has_days=(facts["n_first"] > 0, facts["n_last"] > 0),
        cells=_segments(source, database, rows) if has_segments else None,
    )


def _shown(column: Column, database: Database) -> str:
    """Return a column as it is selected; infinite days, which no reader has, are none."""
    return database.cell(column) if column.kind in ("date", "timestamp") else database.dialect.quote(column.header)


def _cells(role: str, column: Column, dialect: Dialect, name: str) -> _Cells:
    """Return how the cells of a role are read, by the type of the column."""
    kind = column.kind
    if kind in ("other", "instant") or (role == "segment" and kind not in ("text", "integer")):
        raise UsageError(
            f"{name}: {dialect.name} has {role} as {column.type_name}, which only our own reader reads; cast it there, "
            "or say --engine arrow."
        )
    key = dialect.text(role) if kind in ("text", "integer", "decimal") else role
    if role == "segment":
        return _Cells(column, dialect.text(role), None, "NULL")
    read = {"customer_id": _id, "first_order": _day, "last_order": _day, "monetary": _money}.get(role, _whole)
    plain, value = read(role, column, dialect)
    return _Cells(column, key, plain, value)


def _id(cell: str, column: Column, dialect: Dialect) -> tuple[str | None, str]:
    text = dialect.text(cell)
    if column.kind == "integer":
        return "TRUE", text
    if column.kind != "text":
        return None, "NULL"
    plain = f"{dialect.matches(text, f'[{_LETTERS}@]+')} AND lower({text}) NOT IN ({_NO_VALUE})"
    is_email = f"{text} LIKE '%@%' AND {dialect.matches(text, _EMAIL)}"
    return plain, f"CASE WHEN {is_email} THEN lower({text}) ELSE {text} END"


def _day(cell: str, column: Column, dialect: Dialect) -> tuple[str | None, str]:
    if column.kind not in ("date", "timestamp"):
        return None, "NULL"
    day = cell if column.kind == "date" else f"CAST({cell} AS DATE)"
    first, last = YEARS
    return f"{day} BETWEEN DATE '{first}-01-01' AND DATE '{last}-12-31'", f"CAST({dialect.days(day)} AS BIGINT)"


def _whole(cell: str, column: Column, _: Dialect) -> tuple[str | None, str]:
    if column.kind != "integer":
        return None, "NULL"
    return f"{cell} BETWEEN -{_MOST_UNITS} AND {_MOST_UNITS}", f"CAST({cell} AS BIGINT)"


def _money(cell: str, column: Column, dialect: Dialect) -> tuple[str | None, str]:
    if column.kind == "integer":
        return f"{cell} BETWEEN -{_MOST_UNITS} AND {_MOST_UNITS}", f"CAST({cell} AS BIGINT) * 10000"
    if column.kind == "float64":  # at most 15 digits in all: the shortest decimal of such a float is k/10,000
        exact = f"ROUND({cell} * 10000e0) / 10000e0 = {cell}"
        value = f"CAST(ROUND({cell} * 10000e0) AS BIGINT)"
        return f"CASE WHEN ABS({cell}) < 99999999999e0 THEN {exact} ELSE FALSE END", value
    if column.kind == "decimal" and _is_exact(column, dialect):
        value = f"CAST({cell} * 10000 AS BIGINT)"
        return f"CASE WHEN ABS({cell}) <= {_MOST_UNITS} THEN {cell} * 10000 = {value} ELSE FALSE END", value
    return None, "NULL"


def _is_exact(column: Column, dialect: Dialect) -> bool:
    """Return whether ten thousand times a decimal loses no digit in the engine."""
    kind = column.arrow
    return dialect.name == "PostgreSQL" or (pa.types.is_decimal(kind) and kind.scale <= 4 and kind.precision <= 28)


def _counted(database: Database, inner: str, cells: Mapping[str, _Cells], name: str) -> dict[str, bool]:
    """Return which roles have cells that must be looked up. Raises DataError for a table without rows."""
    counts = ", ".join(
        f"COUNT(CASE WHEN {own.odd(role)} THEN 1 END) AS {role}" for role, own in cells.items() if role in FIGURES
    )
    found = database.fetch(f"SELECT COUNT(*) AS total, {counts} FROM {inner}").to_pylist()[0]
    if not found["total"]:
        raise DataError(f"{name} has no rows.")
    return {role: found[role] > 0 for role in cells if role in FIGURES}


def _looked_up(source: Source, database: Database, inner: str, role: str, own: _Cells) -> str:
    """Return a relation with the odd cells of a role, and what they are read as here."""
    query = f"SELECT DISTINCT {own.key} AS cell FROM {inner} WHERE {own.odd(role)} LIMIT {MOST_CELLS + 1}"
    cells = one_array(database.fetch(query).column(0))
    if len(cells) > MOST_CELLS:
        raise UsageError(
            f"{source.name}: {role} has more than {MOST_CELLS:,} cells that {database.dialect.name} cannot read as "
            "they are written; cast the column there, or say --engine arrow."
        )
    cells = cells.take(pc.sort_indices(cells))  # of several that cannot be read, one and the same is told
    return database.put(pa.table({"cell": cells, "value": read_cells(source, role, cells)}))


def _rows(cells: Mapping[str, _Cells], lookups: Mapping[str, str], inner: str, dialect: Dialect) -> str:
    """Return the query of all customers with their values."""
    shown = [
        f"{_value(role, cells[role], role in lookups, dialect)} AS {name}"
        for role, name in zip(_ROLES, _NAMES, strict=True)
        if role != "segment"
    ]
    segment = cells["segment"].key if "segment" in cells else "NULL"
    joins = "".join(
        f" LEFT JOIN {lookup} x_{role} ON {cells[role].key} = x_{role}.cell" for role, lookup in lookups.items()
    )
    return f"SELECT {', '.join(shown)}, {segment} AS segment FROM {inner}{joins}"


def _value(role: str, own: _Cells, is_looked_up: bool, dialect: Dialect) -> str:
    found = f"x_{role}.value" if is_looked_up else ("CAST(NULL AS BIGINT)" if role != "customer_id" else "NULL")
    known = "" if own.plain is None else f" WHEN {own.plain} THEN {own.value}"
    value = f"CASE WHEN {role} IS NULL THEN NULL{known} ELSE {found} END"
    return dialect.text(value) if role == "customer_id" else value


def _refuse_missed(database: Database, lookup: str, own: _Cells, role: str, inner: str, name: str) -> None:
    """Raise DataError where odd cells are not among those that were read a moment ago."""
    where = f"{own.odd(role)} AND x.cell IS NULL"
    sql = f"SELECT COUNT(*) AS n FROM {inner} LEFT JOIN {lookup} x ON {own.key} = x.cell WHERE {where}"
    if database.fetch(sql).column(0)[0].as_py():
        raise changed(name)


def _refuse_nobody(name: str, database: Database, rows: str) -> None:
    """Raise DataError where rows have no customer."""
    missing = database.fetch(f"SELECT COUNT(*) AS n FROM ({rows}) r WHERE id IS NULL").column(0)[0].as_py()
    if missing:
        raise DataError(f"{name}: {missing:,} row{'s have' if missing > 1 else ' has'} no customer_id.")


def _segments(source: Source, database: Database, rows: str) -> dict[str | None, str | None]:
    """Return what each cell of the segments reads as."""
    found = database.fetch(f"SELECT DISTINCT segment FROM ({rows}) r LIMIT {_MOST_SEGMENTS + 1}")
    if len(found) > _MOST_SEGMENTS:
        raise DataError(f"{source.name} has more than {_MOST_SEGMENTS:,} segments; see what is in that column.")
    cells = one_array(found.column(0)).cast(pa.string())
    return dict(zip(cells.to_pylist(), read_cells(source, "segment", cells).to_pylist(), strict=True))
