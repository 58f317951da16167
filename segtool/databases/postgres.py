"""PostgreSQL: a database that aggregates where the orders stand, over ADBC."""

import re
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from segtool.databases.addresses import Address, Kind, near, parts_of, written
from segtool.databases.columns import Column, ColumnKind, distinct, typed_rows
from segtool.databases.dialects import POSTGRES
from segtool.databases.messages import said, secrets_of
from segtool.databases.waiting import heard
from segtool.errors import (
    BusyError,
    DataError,
    LostConnectionError,
    MissingExtraError,
    MissingInputError,
    SegtoolError,
    UsageError,
    printable,
)

if TYPE_CHECKING:
    from segtool.databases import Database

Found = TypeVar("Found")

_KINDS: dict[str, ColumnKind] = {
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "numeric": "decimal",
    "float4": "float32",
    "float8": "float64",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "instant",
    "uuid": "text",
}
"""Name of a base type -> what its cells are; texts are known by their category, enumerations by their sort."""

_DIGITS = 38
_WHOLE = rf"^-?[0-9]{{1,{_DIGITS}}}$"
_ROWS_OF_A_PUT = 1 << 18

_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET LOCAL TIME ZONE 'UTC'",
    "SET LOCAL DATESTYLE TO ISO",
    "SET LOCAL extra_float_digits TO 1",
    "SET LOCAL standard_conforming_strings TO on",
    "SET LOCAL synchronize_seqscans TO off",
    "SET LOCAL idle_in_transaction_session_timeout TO 0",
)
"""What each transaction begins with: one state for all queries, texts of one form, rows in the order they stand in."""

_LOST_STATE = re.compile("57P0[1-5]|08[0-9A-Z]{3}")
_LOST = re.compile(
    "server closed the connection|no connection to the server|terminating connection"
    "|connection not open|could not receive data|could not send data|SSL connection has been closed|SSL SYSCALL"
)

_BUSY = ("40P01", "40001", "55P03")
"""The states in which runs stand in each other's way: deadlock, serialization, a lock that is not to be had."""

_TYPES = """
WITH RECURSIVE base (asked, oid, modifier) AS (
    SELECT oid, oid, -1 FROM pg_catalog.pg_type WHERE oid IN ({oids})
    UNION ALL
    SELECT asked, typbasetype, CASE WHEN typtypmod >= 0 THEN typtypmod ELSE modifier END
    FROM base JOIN pg_catalog.pg_type USING (oid) WHERE typtype = 'd'
)
SELECT
    CAST(CAST(asked AS TEXT) AS INT8) AS asked,
    CAST(typname AS TEXT) AS name,
    CAST(typcategory AS TEXT) AS category,
    CAST(typtype AS TEXT) AS sort,
    CAST(modifier AS INT8) AS modifier,
    CAST(pg_catalog.format_type(asked, NULL) AS TEXT) AS shown
FROM base JOIN pg_catalog.pg_type USING (oid) WHERE typtype <> 'd'
"""

_MODIFIERS = """
SELECT CAST(attname AS TEXT) AS name, CAST(atttypmod AS INT8) AS modifier FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped
"""

_STANDING = """
SELECT
    CAST(nspname AS TEXT) AS schema,
    CAST(relname AS TEXT) AS name,
    relkind = 'r' AND NOT relispartition AS alone,
    (SELECT MIN(CAST(CAST(ev_class AS pg_catalog.regclass) AS TEXT))
     FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
     WHERE d.classid = CAST('pg_catalog.pg_rewrite' AS pg_catalog.regclass)
     AND d.refclassid = CAST('pg_catalog.pg_class' AS pg_catalog.regclass)
     AND d.refobjid = c.oid AND ev_class <> c.oid) AS view
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
WHERE c.oid = pg_catalog.to_regclass($1)
"""

_TABLES = """
SELECT CAST(nspname AS TEXT) AS schema, CAST(relname AS TEXT) AS name, pg_catalog.pg_table_is_visible(c.oid) AS seen
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY 1, 2 LIMIT 10000
"""


def connect(address: Address, *, memory_limit: int | None, writable: bool) -> "Database":  # noqa: ARG001
    """Return a connection to the server of an address; see `segtool.databases.connect`."""
    try:
        import adbc_driver_postgresql.dbapi as driver
    except ImportError:
        raise MissingExtraError(
            "The driver of PostgreSQL is not installed: python -m pip install 'segtool[postgres]'"
        ) from None
    return Postgres(driver, address)


class Postgres:
    """A connection to PostgreSQL. All its queries stand in one transaction, and so see one state of the tables."""

    kind: Kind = "postgres"
    dialect = POSTGRES

    def __init__(self, driver: Any, address: Address) -> None:
        self.name = address.place
        self._secrets = secrets_of(address)
        self._errors = (driver.Error, pa.ArrowException, OSError)
        self._numbers = count(1)
        try:
            self._link = heard(lambda: driver.connect(address.connection))
        except self._errors as error:
            raise MissingInputError(f"{self.name} cannot be opened: {said(str(error), self._secrets)}.") from None
        self._end = weakref.finalize(self, _closed, self._link, self._errors)
        self._begin()

    def relation(self, address: Address) -> str:
        relation = ".".join(map(self.dialect.quote, parts_of(address.table or "")))
        if self._is_there(relation):
            return relation
        rows = self.fetch(_TABLES).to_pylist()
        names = [written([row["name"]] if row["seen"] else [row["schema"], row["name"]]) for row in rows]
        hint = near(address.table or "", names)
        raise MissingInputError(f"{address.name}: there is no such table, or this user may not see it.{hint}")

    def columns_of(self, relation: str) -> tuple[Column, ...]:
        headers = distinct(self.name, self.fetch(f"SELECT * FROM {relation} LIMIT 0").column_names)
        if not headers:
            return ()
        asked = ", ".join(
            f"CAST(CAST(CAST(pg_catalog.pg_typeof(r.{self.dialect.quote(header)}) AS OID) AS TEXT) AS INT8) AS c{at}"
            for at, header in enumerate(headers)
        )
        # of no row the server still tells the types, and needs no right to make anything
        found = self.fetch(
            f"SELECT {asked} FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM {relation} LIMIT 0) AS r ON FALSE"
        )
        oids = [column[0].as_py() for column in found.columns]
        rows = self.fetch(_TYPES.format(oids=", ".join(map(str, sorted(set(oids)))))).to_pylist()
        types = {row["asked"]: row for row in rows}
        modifiers = self._modifiers(relation)
        return tuple(
            _column(header, types[oid], modifiers.get(header, -1)) for header, oid in zip(headers, oids, strict=True)
        )

    def cell(self, column: Column) -> str:
        name = self.dialect.quote(column.header)
        if column.kind == "integer":
            return f"CAST({name} AS INT8)"
        if column.kind in ("date", "timestamp", "instant"):
            # ADBC gives infinite ones as some day
            return f"CASE WHEN pg_catalog.isfinite({name}) THEN {name} END"
        if column.kind == "decimal" and pa.types.is_decimal(column.arrow):
            return f"CASE WHEN {name} <> 'NaN' THEN CAST({name} AS TEXT) END"
        if column.kind == "decimal":
            # `1.234` as text could have grouped thousands, and `1.2340` could not
            return (
                f"CASE pg_catalog.scale({name}) WHEN 3 THEN CAST({name} AS TEXT) || '0' ELSE CAST({name} AS TEXT) END"
            )
        if column.kind in ("float32", "float64") or pa.types.is_boolean(column.arrow):
            return name
        return f"CAST({name} AS TEXT)"

    def fetch(self, sql: str) -> pa.Table:
        return _plain(self._run(sql, lambda cursor: cursor.fetch_arrow_table()))

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        try:
            with self._link.cursor() as cursor:

                def rows() -> Iterator[pa.RecordBatch]:
                    cursor.execute(sql)
                    return iter(cursor.fetch_record_batch())

                batches = heard(rows, cursor.adbc_cancel)
                while (batch := heard(lambda: next(batches, None), cursor.adbc_cancel)) is not None:
                    yield from _plain(pa.Table.from_batches([batch])).to_batches()
        except self._errors as error:
            raise self._refused(error) from None

    def read(self, relation: str, columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
        return typed_rows(self, relation, columns)

    def keep(self, sql: str) -> str:
        name = f"segtool_{next(self._numbers)}"
        self._run(f"CREATE TEMPORARY TABLE {name} AS {sql}")
        return self._counted(name)

    def put(self, table: pa.Table) -> str:
        name = f"segtool_{next(self._numbers)}"
        reader = _ingestible(table)

        def put(cursor: Any) -> None:
            cursor.adbc_ingest(name, reader, mode="create", temporary=True)

        self._run(None, put)
        return self._counted(name)

    def exists(self, table: str) -> tuple[Column, ...] | None:
        relation = ".".join(map(self.dialect.quote, parts_of(table)))
        there = self._standing(relation)
        if there is None:
            return None
        if not there["alone"]:
            return ()
        if there["view"] is not None:
            raise UsageError(
                f"{printable(table)} cannot give way, since the view {printable(there['view'])} looks at it; name "
                "another table, or drop the view."
            )
        return self.columns_of(relation)

    def create(self, table: str, sql: str) -> None:
        """Make a table; one that is there gives way at the commit, in its schema, with its rights, indexes and keys."""
        parts = parts_of(table)
        there = self._standing(".".join(map(self.dialect.quote, parts)))
        if there is not None:  # a name without a schema can be one of several
            parts = there["schema"], there["name"]
        relation, new = (
            ".".join(map(self.dialect.quote, each)) for each in (parts, (*parts[:-1], f"segtool_new_{parts[-1]}"[:60]))
        )
        self._run(f"CREATE TABLE {new} AS {sql}")
        if there is not None:
            self._run(f"DROP TABLE {relation}")
        self._run(f"ALTER TABLE {new} RENAME TO {self.dialect.quote(parts[-1])}")
        try:
            self._link.commit()
        except self._errors as error:
            raise self._refused(error) from None
        self._begin()

    def close(self) -> None:
        self._end()

    def _begin(self) -> None:
        for setting in _SETTINGS:
            self._run(setting)

    def _counted(self, name: str) -> str:
        """Return a temporary table after the server has counted it, so that it plans by what there is."""
        self._run(f"ANALYZE {name}")
        return name

    def _is_there(self, relation: str) -> bool:
        found = self._run(
            "SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there",
            lambda cursor: cursor.fetch_arrow_table(),
            (relation,),
        )
        return found.column(0)[0].as_py()

    def _standing(self, relation: str) -> dict[str, Any] | None:
        """Return where a table or what else has this name stands, and what keeps it from giving way."""
        found = self._run(_STANDING, lambda cursor: cursor.fetch_arrow_table(), (relation,)).to_pylist()
        return found[0] if found else None

    def _modifiers(self, relation: str) -> dict[str, int]:
        """Return what a table's columns say of their digits; a query says nothing."""
        if not relation.startswith('"'):
            return {}
        found = self._run(_MODIFIERS, lambda cursor: cursor.fetch_arrow_table(), (relation,))
        return dict(zip(found.column(0).to_pylist(), found.column(1).to_pylist(), strict=True))

    def _run(
        self,
        sql: str | None,
        then: Callable[[Any], Found] | None = None,
        values: Sequence[str] | None = None,
    ) -> Found:
        try:
            with self._link.cursor() as cursor:

                def run() -> Found:
                    if sql is not None:
                        cursor.execute(sql, values)
                    return then(cursor) if then else None  # type: ignore[return-value]

                return heard(run, cursor.adbc_cancel)
        except self._errors as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> SegtoolError:
        """Return what an error of the driver means; the transaction is over then."""
        state, text = getattr(error, "sqlstate", None) or "", str(error)
        told = dict(getattr(error, "details", None) or ()).get("PG_DIAG_MESSAGE_PRIMARY", b"")
        line = said(told.decode("utf-8", "replace") if told else text, self._secrets)
        # the text of an error has the query in it, whose numbers could be a state
        if _LOST_STATE.fullmatch(state) or _LOST.search(line if told else text):
            return LostConnectionError(f"{self.name}: the connection was lost: {line}. Run it again.")
        with suppress(*self._errors, SegtoolError):  # what was wrong first is what is said
            self._link.rollback()
            self._begin()
        if state in _BUSY:
            return BusyError(f"{self.name}: {line}: another run is at work there. Try again when it has ended.")
        # what fails while rows are put there comes without a state
        if state == "25006" or "read-only transaction" in line:
            line += "; an engine keeps temporary tables: name a server that takes them, or say --engine arrow"
        elif "permission denied to create temporary" in line:
            line += "; an engine keeps temporary tables: GRANT TEMPORARY ON DATABASE, or say --engine arrow"
        return DataError(f"{self.name}: {line}.")


def _closed(link: Any, errors: tuple[type[Exception], ...]) -> None:
    with suppress(*errors):  # it is gone already
        link.close()


def _column(header: str, found: dict[str, Any], modifier: int) -> Column:
    kind = _KINDS.get(found["name"], "other")
    if found["category"] == "S" or found["sort"] == "e":
        kind = "text"
    modifier = modifier if modifier >= 0 else found["modifier"]
    arrow = {
        "integer": pa.int64(),
        "float32": pa.float32(),
        "float64": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "instant": pa.timestamp("us", "UTC"),
    }.get(kind, pa.string())
    if found["name"] == "bool":
        arrow = pa.bool_()
    if kind == "decimal" and modifier >= 4:
        digits, scale = (modifier - 4) >> 16 & 0xFFFF, ((modifier - 4 & 0x7FF) ^ 1024) - 1024
        if digits <= _DIGITS and 0 <= scale <= digits:
            arrow = pa.decimal128(digits, scale)
    return Column(header, kind, found["shown"], arrow)


def _plain(table: pa.Table) -> pa.Table:
    """Return rows in plain types: what the driver only knows as text comes as text, whole numbers as such."""
    columns, names = [], table.column_names
    for column in table.columns:
        kind = column.type
        if isinstance(kind, pa.BaseExtensionType):
            stored = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
            numeric = getattr(kind, "type_name", "") == "numeric"
            if numeric and pc.all(pc.match_substring_regex(stored, _WHOLE)).as_py() is not False:
                stored = stored.cast(pa.decimal128(_DIGITS, 0))
            column = stored
        columns.append(column)
    return pa.Table.from_arrays(columns, names=names)


def _ingestible(table: pa.Table) -> pa.RecordBatchReader:
    """Return rows in types that the driver takes."""
    fields = [
        pa.field(each.name, pa.string() if pa.types.is_large_string(each.type) else each.type) for each in table.schema
    ]
    schema = pa.schema(fields)
    batches = (batch.cast(schema) for batch in table.to_batches(_ROWS_OF_A_PUT))
    return pa.RecordBatchReader.from_batches(schema, batches)
