"""Where orders can stand for the tests of engines: files, a DuckDB, a PostgreSQL, a Spark cluster."""

import os
import warnings
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import needs, server


class Files:
    """Parquet files of a folder, read by an engine of this machine."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.engine, self._numbers = folder, engine, count(1)

    def put(self, table: pa.Table, name: str | None = None) -> str:
        path = self.folder / f"{name or f'orders{next(self._numbers)}'}.parquet"
        pq.write_table(table, path)
        return str(path)

    def close(self) -> None:
        pass


class DuckFile:
    """Tables in the file of a DuckDB."""

    engine = "duckdb"

    def __init__(self, folder: Path) -> None:
        self._duckdb, self._path, self._numbers = needs("duckdb"), folder / "shop.duckdb", count(1)

    def put(self, table: pa.Table, name: str | None = None) -> str:
        name = name or f"orders{next(self._numbers)}"
        self.execute(f"CREATE TABLE {_quoted(name)} AS SELECT * FROM given", table)
        return f"duckdb:///{self._path.as_posix()}?table={quote(_quoted(name))}"

    def execute(self, sql: str, given: pa.Table | None = None) -> list[tuple[Any, ...]]:
        with self._duckdb.connect(str(self._path)) as link:
            if given is not None:
                link.register("given", given)
            found: list[tuple[Any, ...]] = link.execute(sql).fetchall()
            return found

    def close(self) -> None:
        pass


class Postgres:
    """Tables in a schema of its own, in the PostgreSQL that the tests are given."""

    engine = "postgres"

    def __init__(self) -> None:
        self.url = server("SEGTOOL_POSTGRES")
        self._dbapi, self._numbers = needs("adbc_driver_postgresql.dbapi"), count(1)
        self.schema = f"contract_{os.getpid()}"
        self.execute(f"CREATE SCHEMA {self.schema}")

    def put(self, table: pa.Table, name: str | None = None) -> str:
        name = name or f"orders{next(self._numbers)}"
        with self._dbapi.connect(self.url) as link, link.cursor() as cursor:
            cursor.adbc_ingest(name, table, mode="create", db_schema_name=self.schema)
            for column in table.schema:
                if pa.types.is_decimal(column.type):  # it makes no difference between 2.5 and 2.50
                    cursor.execute(
                        f"ALTER TABLE {self.schema}.{_quoted(name)} ALTER COLUMN {_quoted(column.name)}"
                        f" TYPE numeric({column.type.precision}, {column.type.scale})"
                    )
            link.commit()
        return self.address(name)

    def address(self, name: str) -> str:
        return f"{self.url}?table={quote(f'{self.schema}.{_quoted(name)}')}"

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        with self._dbapi.connect(self.url, autocommit=True) as link, link.cursor() as cursor:
            cursor.execute("SET lock_timeout TO '20s'")  # a run that has not ended its transaction is found out
            cursor.execute(sql)
            found: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
            return found

    def close(self) -> None:
        self.execute(f"DROP SCHEMA {self.schema} CASCADE")


class Spark:
    """Parquet files that a cluster reads; tables of its catalogue, if they are to have a name."""

    engine = "spark"

    def __init__(self, folder: Path) -> None:
        self.url = server("SEGTOOL_SPARK")
        needs("pyspark")
        self._files, self._named = Files(folder, self.engine), list[str]()

    def put(self, table: pa.Table, name: str | None = None) -> str:
        if name is None:
            return f"{self.url}?path={quote(self._files.put(table))}"
        path = self._files.put(table)
        self._named.append(name)
        self.execute(f"CREATE TABLE {name} USING parquet AS SELECT * FROM parquet.`{path}`")
        return f"{self.url}?table={quote(name)}"

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is of pandas, which nothing here asks it for
            from pyspark.sql import SparkSession

            session = SparkSession.builder.remote(self.url).create()
            try:
                return [tuple(row) for row in session.sql(sql).collect()]
            finally:
                session.stop()

    def close(self) -> None:
        for name in self._named:
            self.execute(f"DROP TABLE IF EXISTS {name}")  # a test may have dropped it


Home = Files | DuckFile | Postgres | Spark

HOMES: Mapping[str, Callable[[Path], Home]] = {
    "arrow": lambda folder: Files(folder, "arrow"),
    "duckdb": lambda folder: (needs("duckdb"), Files(folder, "duckdb"))[1],
    "duckdb-file": DuckFile,
    "postgres": lambda folder: Postgres(),
    "spark": Spark,
}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
