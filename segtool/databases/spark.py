"""Spark: a cluster that aggregates a lake where it lies, over Spark Connect, or a session of a full pyspark."""

import logging
import os
import re
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from segtool.databases.addresses import Address, Kind, near, parts_of, written
from segtool.databases.columns import Column, ColumnKind, distinct, typed_rows
from segtool.databases.dialects import SPARK
from segtool.databases.messages import said, secrets_of
from segtool.errors import (
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

_KINDS: dict[str, tuple[ColumnKind, pa.DataType]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), ("integer", pa.int64())),
    "float": ("float32", pa.float32()),
    "double": ("float64", pa.float64()),
    "date": ("date", pa.date32()),
    "timestamp": ("instant", pa.timestamp("us", "UTC")),
    "timestamp_ntz": ("timestamp", pa.timestamp("us")),
    "boolean": ("other", pa.bool_()),
}

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # sums and casts that do not fit are errors, where Spark else wraps them or gives nothing
    "spark.sql.ansi.enabled": "true",
    # products of decimals keep all their digits, or are an error, where Spark else rounds them
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}

_TRIES_TO_OPEN = 3
_TRIES = 8
"""How often a server that does not answer is asked again: about a second at first, later about a minute."""

_GONE = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "failed to connect", "Connection refused", "RETRIES_EXCEEDED")
_ADVICE = re.compile(r"\.? (?:Use [`'](?:try_|ANSI)|If necessary set|To tolerate).*$")
"""What Spark says of the way out, which is not a user's of segtool."""

_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")
_LOST = (*_GONE, "SESSION_CLOSED", "SESSION_NOT_FOUND", "INVALID_HANDLE", "SparkContext was shut down", "Socket closed")


def connect(address: Address, *, memory_limit: int | None, writable: bool) -> "Database":  # noqa: ARG001
    """Return a session on the cluster of an address; see `segtool.databases.connect`."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it writes to stderr by itself, what comes as an error too
    try:
        with _quiet():
            from pyspark.sql import SparkSession

            if address.connection.startswith("sc://"):
                import pyspark.sql.connect.session  # noqa: F401
    except ImportError as error:
        if "pandas" in str(error).lower() or "arrow" in str(error).lower():
            raise MissingExtraError(f"Spark cannot be used: {said(str(error), ())}.") from None
        raise MissingExtraError(
            "The client of Spark is not installed: python -m pip install 'segtool[spark]'"
        ) from None
    return Spark(SparkSession, address)


class Spark:
    """A session of its own on a cluster: its settings and temporary views are seen by nobody else."""

    kind: Kind = "spark"
    dialect = SPARK

    def __init__(self, sessions: Any, address: Address) -> None:
        self.name = address.place
        self._secrets = secrets_of(address)
        self._numbers = count(1)
        self._cached: list[str] = []
        self._session: Any = None
        self._end: Any = None
        try:
            with _quiet():
                self._session = _session(sessions, address)
                self._end = weakref.finalize(self, _closed, self._session, self._cached)
                for key, value in _SETTINGS.items():
                    self._session.conf.set(key, value)
                _ask_again(self._session, _TRIES)
        except SegtoolError:
            raise
        except Exception as error:  # of gRPC, of Java, of Python's sockets: they have no root of their own
            self.close()
            line = _said(error, self._secrets)
            raise MissingInputError(f"{self.name} cannot be opened: {line}.") from None

    def relation(self, address: Address) -> str:
        if address.path is not None:
            return self._of_path(address.path, address.form or "parquet")
        name = ".".join(map(self.dialect.quote, parts_of(address.table or "")))
        if self._is_there(name):
            return name
        raise MissingInputError(f"{address.name}: there is no such table.{near(address.table or '', self._tables())}")

    def columns_of(self, relation: str) -> tuple[Column, ...]:
        fields = self._run(lambda: self._session.sql(f"SELECT * FROM {relation}").schema).fields
        headers = distinct(self.name, [each.name for each in fields])
        if len({each.casefold() for each in headers}) < len(headers):
            # else Spark takes `ID` and `id` for one, and asks which
            self._run(lambda: self._session.conf.set("spark.sql.caseSensitive", "true"))
        return tuple(_column(header, each.dataType) for header, each in zip(headers, fields, strict=True))

    def cell(self, column: Column) -> str:
        name = self.dialect.quote(column.header)
        if column.kind == "integer":
            return f"CAST({name} AS BIGINT)"
        if column.kind == "text" or (column.kind == "other" and pa.types.is_string(column.arrow)):
            if column.type_name == "binary":
                return f"hex({name})"
            return f"to_json({name})" if column.type_name == "variant" else f"CAST({name} AS STRING)"
        return name

    def fetch(self, sql: str) -> pa.Table:
        return self._run(lambda: _plain(self._session.sql(sql).toArrow()))

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        batches = iter(self._run(lambda: _batches(self._session, self._session.sql(sql))))
        while (batch := self._run(lambda: next(batches, None))) is not None:
            yield batch

    def read(self, relation: str, columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
        return typed_rows(self, relation, columns)

    def keep(self, sql: str) -> str:
        name = f"segtool_{next(self._numbers)}"
        self._cached.append(name)
        # what a worker that is lost had of it, another finds again
        self._run(
            lambda: self._session.sql(
                f"CACHE TABLE {name} OPTIONS ('storageLevel' = 'MEMORY_AND_DISK') AS {sql}"
            ).collect()
        )
        return name

    def put(self, table: pa.Table) -> str:
        name = f"segtool_{next(self._numbers)}"
        self._run(lambda: self._session.createDataFrame(_ingestible(table)).createOrReplaceTempView(name))
        return name

    def exists(self, table: str) -> tuple[Column, ...] | None:
        if _is_path(table):
            try:
                self._of_path(table, "parquet")
            except MissingInputError:
                return None
            raise UsageError(f"{printable(table)} is there, and files cannot be replaced whole; name a new directory.")
        name = ".".join(map(self.dialect.quote, parts_of(table)))
        if not self._is_there(name):
            return None
        kind = self._run(lambda: self._session.catalog.getTable(name).tableType)
        return () if kind in ("VIEW", "TEMPORARY") else self.columns_of(name)

    def create(self, table: str, sql: str) -> None:
        """Make a table, or a directory of Parquet files where the name has a slash in it.

        The rows are there under another name before the old table gives way. A directory never does: files cannot be
        replaced whole.
        """
        if _is_path(table):
            self._run(lambda: self._session.sql(sql).write.mode("error").parquet(table))
            return
        parts = parts_of(table)
        name, new, old = (
            ".".join(map(self.dialect.quote, (*parts[:-1], each)))
            for each in (parts[-1], f"{parts[-1]}_segtool_new", f"{parts[-1]}_segtool_old")
        )

        def run(statement: str) -> None:
            self._run(lambda: self._session.sql(statement).collect())

        run(f"DROP TABLE IF EXISTS {new}")
        run(f"CREATE TABLE {new} USING parquet AS {sql}")
        if not self._is_there(name):
            run(f"ALTER TABLE {new} RENAME TO {name}")
            return
        run(f"DROP TABLE IF EXISTS {old}")
        run(f"ALTER TABLE {name} RENAME TO {old}")
        try:
            run(f"ALTER TABLE {new} RENAME TO {name}")
        except DataError:
            run(f"ALTER TABLE {old} RENAME TO {name}")
            raise
        run(f"DROP TABLE {old}")

    def close(self) -> None:
        if self._end is not None:
            self._end()

    def _of_path(self, path: str, form: str) -> str:
        name = f"segtool_{next(self._numbers)}"
        try:
            self._run(lambda: self._session.read.format(form).load(path).createOrReplaceTempView(name))
        except DataError as error:
            text = str(error)
            if "does not exist" in text or "nfer schema" in text:
                raise MissingInputError(text) from None
            raise
        return name

    def _is_there(self, name: str) -> bool:
        return self._run(lambda: self._session.catalog.tableExists(name))

    def _tables(self) -> list[str]:
        rows = self.fetch("SHOW TABLES").to_pylist()
        return [written([row["tableName"]]) for row in rows if not row["isTemporary"]]

    def _run(self, action: Callable[[], Found]) -> Found:
        try:
            with _quiet():
                return action()
        except (SegtoolError, MemoryError):
            raise
        except Exception as error:  # of gRPC, of Java, of Python's sockets: they have no root of their own
            line = _said(error, self._secrets)
            if any(words in f"{type(error).__name__} {error}" for words in _LOST):
                raise LostConnectionError(f"{self.name}: the connection was lost: {line}. Run it again.") from None
            raise DataError(f"{self.name}: {line}.") from None


def _closed(session: Any, cached: Sequence[str]) -> None:
    """End a session. What it keeps in the memory of the cluster would outlive it."""
    with suppress(Exception), _quiet():  # it is gone already
        for name in cached:
            session.catalog.uncacheTable(name)
    with suppress(Exception), _quiet():
        session.stop()


def _session(sessions: Any, address: Address) -> Any:
    """Return a new session: of Spark Connect, or of a pyspark that runs Spark itself."""
    if address.connection.startswith("sc://"):
        session = sessions.builder.remote(address.connection).create()
        _ask_again(session, _TRIES_TO_OPEN)
        return session
    builder = sessions.builder
    if not hasattr(builder, "master") or not _has_java():
        raise MissingExtraError(
            f"{address.name} needs a full pyspark and Java; pip install pyspark, or give the address of a Spark "
            "Connect server: sc://host:15002"
        )
    builder = builder.master(address.connection).appName("segtool").config("spark.ui.enabled", "false")
    with _silent():
        session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def _ask_again(session: Any, times: int) -> None:
    """Let a session of Spark Connect ask so often where nothing answers."""
    if _is_remote(session):
        from pyspark.sql.connect.client.retries import DefaultPolicy

        session.client.set_retry_policies([DefaultPolicy(max_retries=times, max_backoff=10_000)])


def _is_remote(session: Any) -> bool:
    """Return whether a session is one of Spark Connect."""
    return type(session).__module__.startswith("pyspark.sql.connect")


def _has_java() -> bool:
    """Return whether pyspark runs Spark itself: the client alone has no jars."""
    from pathlib import Path

    import pyspark

    return (Path(pyspark.__file__).parent / "jars").is_dir()


def _batches(session: Any, frame: Any) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a frame as they come; of a session that runs here they come at once."""
    if not _is_remote(session):
        yield from _plain(frame.toArrow()).to_batches()
        return
    client, plan = session.client, frame._plan
    for table in client.to_table_as_iterator(plan.to_proto(client), plan.observations):
        if isinstance(table, pa.Table):
            yield from _plain(table).to_batches()


def _plain(table: pa.Table) -> pa.Table:
    """Return rows without what Spark says of nulls: whether a column has some is no part of its type here."""
    return table.cast(pa.schema([pa.field(each.name, each.type) for each in table.schema]))


def _column(header: str, kind: Any) -> Column:
    name = kind.simpleString()
    if name.startswith(("string", "char(", "varchar(")):
        return Column(header, "text", name, pa.string())
    if name.startswith("decimal("):
        return Column(header, "decimal", name, pa.decimal128(kind.precision, kind.scale))
    found, arrow = _KINDS.get(name, ("other", pa.string()))
    return Column(header, found, name, arrow)


def _ingestible(table: pa.Table) -> pa.Table:
    """Return rows in types that Spark takes."""
    kinds = {pa.large_string(): pa.string(), pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64()}
    return table.cast(pa.schema([pa.field(each.name, kinds.get(each.type, each.type)) for each in table.schema]))


def _is_path(table: str) -> bool:
    return "/" in table


def _said(error: BaseException, secrets: tuple[str, ...]) -> str:
    """Return what an error says in one line, the words of the server without what gRPC puts around them."""
    details = getattr(error, "details", None)
    text = str(details()) if callable(details) else str(error)
    found = re.search(r'details = "(.*?)(?:"\s*$|\n)', text, re.MULTILINE)
    line = _ADVICE.sub("", said(found[1] if found else text, secrets))
    return f"the server refuses the login: {line}" if any(words in text for words in _REFUSED) else line


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what pyspark says on stderr of pandas, of retries and of errors, which come as errors too."""
    logs = [logging.getLogger(name) for name in ("pyspark", "SQLQueryContextLogger", "DataFrameQueryContextLogger")]
    before = [(log, log.disabled) for log in logs]
    for log in logs:
        log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, was in before:
            log.disabled = was


@contextmanager
def _silent() -> Iterator[None]:
    """Let what is started have no stderr: Java greets on it, and goes on as long as it runs."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
