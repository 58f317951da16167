"""Databases: their addresses, what is shown of them, what each driver gives, and every command on a table of one."""

import gc
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest
from conftest import ALL_EXTRAS, SIX, Run, needs
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.databases import Address, Database, address_of, connect
from segtool.databases.addresses import parts_of, shown, written
from segtool.databases.messages import said, scrubbed, secrets_of
from segtool.databases.queries import relation_of
from segtool.errors import (
    BusyError,
    DataError,
    LostConnectionError,
    MissingExtraError,
    MissingInputError,
    SegtoolError,
    UsageError,
)
from segtool.tables import open_tables
from segtool.tables.source import Layout

POSTGRES, SPARK = os.environ.get("SEGTOOL_POSTGRES"), os.environ.get("SEGTOOL_SPARK")

ODD = [
    'a"; DROP TABLE victim; --',
    "`",
    "it's",
    "two\nlines",
    "نام مشتری",
    "x" * 63,
    "id",
    "ID",
    "a.b",
    "%s $1 {x} \\",
    " ",
]
"""Headers that break out of quotes, or are one with others, where somebody is careless."""


# addresses


@pytest.mark.parametrize(
    ("text", "kind", "connection", "table", "name"),
    [
        (
            "postgresql://ann:pw@shop.example:5433/db?table=eu.orders&sslmode=require&application_name=a%20b",
            "postgres",
            "postgresql://ann:pw@shop.example:5433/db?sslmode=require&application_name=a%20b",
            "eu.orders",
            "postgresql://shop.example:5433/db?table=eu.orders",
        ),
        ("postgres:///?service=shop&table=o", "postgres", "postgresql:///?service=shop", "o", "postgresql:///?table=o"),
        (
            "postgresql://a,b:1/db?table=%22x%26y%22",
            "postgres",
            "postgresql://a,b:1/db",
            '"x&y"',
            'postgresql://a,b:1/db?table="x&y"',
        ),
        ("postgresql://[::1]:5432/db?table=o", "postgres", "postgresql://[::1]:5432/db", "o", None),
        ("sqlite:///shop.db?table=orders", "sqlite", "shop.db", "orders", "sqlite:///shop.db?table=orders"),
        ("sqlite:////data/a%20b.db?table=o", "sqlite", "/data/a b.db", "o", "sqlite:////data/a b.db?table=o"),
        ("sqlite:///C:/data/shop.db?table=o", "sqlite", "C:/data/shop.db", "o", None),
        ("DuckDB:///d/shop.db", "duckdb", "d/shop.db", None, "duckdb:///d/shop.db"),
        ("sc://lake:15002?table=eu.o+x", "spark", "sc://lake:15002", "eu.o+x", "sc://lake:15002?table=eu.o+x"),
        (
            "sc://lake:15002/;token=a/b?c;use_ssl=true?table=o",
            "spark",
            "sc://lake:15002/;token=a/b?c;use_ssl=true",
            "o",
            "sc://lake:15002?table=o",
        ),
        ("local[*]?table=o", "spark", "local[*]", "o", "local[*]?table=o"),
        ("local[2]", "spark", "local[2]", None, "local[2]"),
    ],
)
def test_an_address_is_taken_apart(text: str, kind: str, connection: str, table: str | None, name: str | None) -> None:
    address = address_of(text)
    assert address is not None
    assert (address.kind, address.connection, address.table) == (kind, connection, table)
    assert name is None or address.name == name
    assert shown(text) == address.name


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/lake/orders", "parquet"),
        ("/lake/orders.orc", "orc"),
        ("s3a://lake/orders&format=delta", "delta"),
        ("/lake/a.snappy.parquet", "parquet"),
        ("/lake/year=202?/x", "parquet"),
    ],
)
def test_a_path_of_a_cluster_has_a_form(path: str, form: str) -> None:
    address = address_of(f"spark://lake:7077?path={path}")
    assert address is not None
    assert (address.path, address.form) == (path.partition("&")[0], form)


@pytest.mark.parametrize(
    "name",
    [
        "orders.csv",
        r"C:\shop\orders.csv",
        "C:/shop/orders.csv",
        "s3://shop/orders.csv",
        "gs://shop/*.parquet",
        "abfss://a@b.c/d",
        "-",
        "local.csv",
        "local[1].csv",
        "sqlite",
        "sc:1",
        "duckdb:orders.csv",
        "a:b@c.csv",
    ],
)
def test_a_file_is_no_address(name: str) -> None:
    assert address_of(name) is None
    assert shown(name) == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postgresql://h/db?tabel=orders", "no parameter tabel. Did you mean table=?"),
        ("postgresql://h/db?table=a&table=b", "says table= twice"),
        ("postgresql://h/db?table=", "says table= and nothing"),
        ("postgresql://h/db?orders", "are parameters, as table=orders"),
        ("postgresql://h/db?path=/x", "path= and format= are for Spark"),
        ("postgresql:/h/db", "begins with postgresql://"),
        ("postgresql:h/db?table=o", "begins with postgresql://"),
        ("postgresql:ann:secret@h/db", "begins with postgresql://"),
        ("duckdb:shop.db?table=o", "begins with duckdb://"),
        ("spark:h?path=/lake", "begins with spark://"),
        ("postgresql+psycopg://h/db", "begins with postgresql://"),
        ("mysql://ann:secret@h/db", "mysql: is no database that segtool asks"),
        ("jdbc:postgresql://h/db?password=secret", "jdbc: is no database that segtool asks"),
        ("sqlite://shop.db?table=o", "sqlite:///shop.db?table=orders"),
        ("sqlite:///?table=o", "sqlite:///shop.db?table=orders"),
        ("duckdb:///a.db?tbale=o", "no parameter tbale; it takes table. Did you mean table=?"),
        ("duckdb:///a.db?table=a..b", "'a..b' is no name of a table"),
        ("sc://?table=o", "names no host"),
        ("sc://h?tabel=o", "Did you mean table=?"),
        ("sc://h?table=o&path=/x", "both a table and a path"),
        ("sc://h?table=o&format=orc", "a table knows"),
        ("sc://h?path=/x&format=parqet", "Did you mean parquet?"),
        ("sc://h?path=/x.csv.gz", "Files of csv tell no types"),
        ("sc://h?path=/x&format=json", "Files of json tell no types"),
    ],
)
def test_an_address_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        address_of(text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value) + shown(text)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=4, max_size=12)


@given(WORDS)
def test_a_password_is_never_shown(password: str) -> None:
    text = f"postgresql://ann:{quote(password, safe='')}@shop.example/db?table=o&sslpassword={quote(password, safe='')}"
    address = address_of(text)
    assert address is not None
    if password in "postgresql://shop.example/db?table=o Address(kind='postgres', name, place, path=None, form=None)":
        return
    assert password not in address.name + address.place + repr(address) + shown(text)
    for form in (password, quote(password, safe="")):
        line = said(f"FATAL:  cannot use {form!s} at {address.connection}", secrets_of(address))
        assert password not in line.replace("***", "")
        assert form not in line.replace("***", "")


@given(st.text("@/:?#%&=;[] +a1", max_size=6))
def test_nor_is_one_that_is_not_encoded(middle: str) -> None:
    for text in (
        f"postgresql://ann:QZXA{middle}KVWB@shop.example/db?table=o",
        f"sc://lake:15002/;token=QZXA{middle}KVWB?table=o",
        f"mysql://ann:QZXA{middle}KVWB@shop.example/db",
    ):
        try:
            address = address_of(text)
            told = f"{address!r} {said(text, secrets_of(address))}"
        except UsageError as error:
            told = str(error)
        assert "QZXA" not in told + shown(text), text
        assert "KVWB" not in told + shown(text), text


def test_secrets_of_the_environment_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "from the/shell")
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", "t0ken")
    line = said(
        "no login with from the/shell, from%20the%2Fshell, t0ken", secrets_of(address_of("sqlite:///a?table=b"))
    )
    assert line == "no login with ***, ***, ***"


def test_a_short_password_does_not_take_words_apart() -> None:
    assert scrubbed("no password e: refused", ["e"]) == "no password ***: refused"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=3))
def test_a_name_is_its_parts(parts: list[str]) -> None:
    assert parts_of(written(parts)) == tuple(parts)
    assert parts_of(".".join('"' + part.replace('"', '""') + '"' for part in parts)) == tuple(parts)


# queries


@pytest.mark.parametrize("kind", ["postgres", "duckdb", "sqlite", "spark"])
@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("SELECT 1", "SELECT 1"),
        ("\ufeff\n SELECT 1 ;; -- done;\n/* all; */\n", "SELECT 1"),
        ("-- first\nSELECT ';--' AS \"a;b\" -- last", "SELECT ';--' AS \"a;b\""),
        ("WITH a AS (SELECT ')' AS x) SELECT * FROM a", "WITH a AS (SELECT ')' AS x) SELECT * FROM a"),
    ],
)
def test_a_query_is_kept_without_what_ends_it(query: str, kept: str, kind: Any) -> None:
    assert relation_of(query, kind) == f"(\n{kept}\n) AS q"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "is empty"),
        (" ; -- nothing\n", "is empty"),
        ("SELECT 1; DROP TABLE x", "more than one"),
        ("SELECT 1) AS q; DROP TABLE x; --", "brackets"),
        ("SELECT (1", "brackets"),
    ],
)
def test_a_query_that_is_not_one_is_refused(query: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        relation_of(query, "postgres")


def test_each_language_ends_its_texts_in_its_own_way() -> None:
    assert relation_of(r"SELECT 'it\'s; (' AS a", "spark") == "(\nSELECT 'it\\'s; (' AS a\n) AS q"
    assert relation_of("SELECT 'C:\\' AS a", "postgres") == "(\nSELECT 'C:\\' AS a\n) AS q"
    assert relation_of(r"SELECT E'it\'s; (' AS a", "postgres") == "(\nSELECT E'it\\'s; (' AS a\n) AS q"
    assert relation_of("SELECT $x$ ;( $x$ AS a", "duckdb") == "(\nSELECT $x$ ;( $x$ AS a\n) AS q"


# SQLite


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., str]:
    """Make a file of SQLite by statements, and return the address of a table in it."""

    def make(*statements: str, table: str = "orders", name: str = "shop.db") -> str:
        with sqlite3.connect(tmp_path / name) as link:
            for statement in statements:
                link.execute(statement)
        link.close()
        return f"sqlite:///{quote(str(tmp_path / name))}?table={quote(table)}"

    return make


@pytest.fixture
def six_in_sqlite(shop: Callable[..., str], tmp_path: Path) -> str:
    return in_sqlite(tmp_path / "shop.db", SIX)


def in_sqlite(path: Path, csv: str, table: str = "orders") -> str:
    """Write the cells of a CSV text to a table of a file of SQLite, and return its address."""
    header, *lines = csv.splitlines()
    names = header.split(",")
    with sqlite3.connect(path) as link:
        link.execute(f"CREATE TABLE {table} ({', '.join(names)})")
        link.executemany(
            f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", [row.split(",") for row in lines]
        )
    link.close()
    return f"sqlite:///{quote(str(path))}?table={table}"


def opened(text: str, **kwargs: Any) -> Database:
    address = address_of(text)
    assert address is not None
    return connect(address, **kwargs)


def rows_of(text: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return header -> Arrow type, and the rows, as a table of an address is read."""
    (source,) = open_tables([text], Layout())
    every = range(len(source.columns))
    batches = [batch for part in source.parts(every) for batch in part()]
    rows = [
        dict(zip(source.columns, row, strict=True))
        for batch in batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
    assert all(column.type == source.type_of(at) for batch in batches for at, column in enumerate(batch.columns))
    sampled = [column.to_pylist()[:1] for column in source.sample([*every, 0])]
    assert sampled == [[row[name]] for row in rows[:1] for name in [*source.columns, source.columns[0]]] or not rows
    return {name: str(source.type_of(at)) for at, name in enumerate(source.columns)}, rows


def test_columns_of_sqlite_are_what_is_in_them(shop: Callable[..., str]) -> None:
    types, rows = rows_of(
        shop(
            "CREATE TABLE orders (i INTEGER, n NUMERIC, t TEXT, mixed, big, b, empty REAL)",
            "INSERT INTO orders VALUES (1, 19.9, '007', 7, 9007199254740993, x'00ff', NULL)",
            "INSERT INTO orders VALUES (NULL, '20.0', 'é', 'x', 0.5, 'x', NULL)",
            "INSERT INTO orders VALUES (-9223372036854775808, 0.1, NULL, 1.5, NULL, NULL, NULL)",
        )
    )
    assert types == {
        "i": "int64", "n": "double", "t": "string", "mixed": "string", "big": "string", "b": "string", "empty": "string"
    }  # fmt: skip
    assert [list(row.values()) for row in rows] == [
        [1, 19.9, "007", "7", "9007199254740993", "00ff", None],
        [None, 20.0, "é", "x", "0.5", "x", None],
        [-(2**63), 0.1, None, "1.5", None, None, None],
    ]


def test_a_table_of_sqlite_of_many_rows_comes_whole(shop: Callable[..., str]) -> None:
    numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199999)"
    text = shop(f"CREATE TABLE orders AS {numbers} SELECT i, CASE WHEN i = 150000 THEN 'x' ELSE i END AS t FROM n")
    types, rows = rows_of(text)
    assert types == {"i": "int64", "t": "string"}
    assert [row["i"] for row in rows] == list(range(200_000))
    assert rows[150_000]["t"] == "x"


def test_odd_names_stay_names_in_sqlite(tmp_path: Path) -> None:
    marks = ", ".join('"' + name.replace('"', '""') + '"' for name in ODD if name != "ID")
    table = "or\"d.e`r's; DROP TABLE victim; --"
    with sqlite3.connect(tmp_path / "a?b#c%20.db") as link:
        link.execute("CREATE TABLE victim (x)")
        link.execute('CREATE TABLE "' + table.replace('"', '""') + f'" ({marks})')
    link.close()
    name = quote('"' + table.replace('"', '""') + '"')
    (source,) = open_tables([f"sqlite:///{quote(str(tmp_path / 'a?b#c%20.db'))}?table={name}"], Layout())
    assert source.columns == tuple(name for name in ODD if name != "ID")


def test_a_file_of_sqlite_is_only_read(shop: Callable[..., str], tmp_path: Path) -> None:
    text = shop("CREATE TABLE orders (x)", "INSERT INTO orders VALUES (1)")
    before = (tmp_path / "shop.db").read_bytes()
    database = opened(text)
    with pytest.raises(DataError, match="readonly"):
        database.fetch("DELETE FROM orders")
    with pytest.raises(DataError):
        database.fetch("SELECT 1; DROP TABLE orders")
    database.close()
    assert (tmp_path / "shop.db").read_bytes() == before


def test_sqlite_that_is_in_use_can_be_tried_again(shop: Callable[..., str], tmp_path: Path) -> None:
    text = shop("CREATE TABLE orders (x)")
    other = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(BusyError, match="in use"):
            opened(text)
    finally:
        other.close()


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("sqlite:///none.db?table=orders", MissingInputError, "none.db does not exist"),
        ("sqlite:///notes.txt?table=orders", DataError, "notes.txt is no whole database of SQLite"),
        ("sqlite:///shop.db?table=ordres", MissingInputError, "there is no such table. Did you mean orders?"),
        ("sqlite:///shop.db?table=zzzzzz", MissingInputError, "there is no such table. There are orders, view."),
        ("sqlite:///shop.db?table=a.b.c", UsageError, "is named by one part"),
        ("sqlite:///shop.db", UsageError, "names no table: say sqlite:///shop.db?table=orders, or ask by --query FILE"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(
    text: str, error: type[Exception], says: str, shop: Callable[..., str], tmp_path: Path, monkeypatch: Any
) -> None:
    shop("CREATE TABLE orders (x)", "CREATE VIEW view AS SELECT 1 AS one")
    (tmp_path / "notes.txt").write_text("nothing" * 1000)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as refused:
        open_tables([text], Layout())
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_query_stands_in_place_of_a_table(six_in_sqlite: str) -> None:
    place = six_in_sqlite.partition("?")[0]
    asked = "SELECT customer_id, order_date, amount FROM orders WHERE customer_id <> 'eve'; -- not eve"
    (source,) = open_tables([place], Layout(query=asked))
    assert source.name == f"{place} (query)"
    assert source.about["format"] == "SQLite query"
    assert source.columns == ("customer_id", "order_date", "amount")
    assert sum(batch.size for part in source.parts([0]) for batch in part()) == 11


def test_a_query_asks_one_thing_of_one_place(six_in_sqlite: str, six: Path) -> None:
    place = six_in_sqlite.partition("?")[0]
    for orders, query, says in [
        ([six_in_sqlite], "SELECT 1", "names a table, and there is a --query too"),
        ([str(six)], "SELECT 1", "--query asks a database, and .* is none"),
        ([place], "SELECT nowhere FROM orders", "no such column: nowhere"),
        ([place, place], "SELECT 1 AS a", "given twice"),
        ([six_in_sqlite, six_in_sqlite], None, "given twice"),
    ]:
        with pytest.raises(SegtoolError, match=says):
            open_tables(orders, Layout(query=query))


def test_two_tables_of_a_database_share_a_connection(tmp_path: Path) -> None:
    first, second = (in_sqlite(tmp_path / "shop.db", SIX, table) for table in ("a", "b"))
    one, other = open_tables([first, second], Layout())
    assert one.database is other.database  # type: ignore[attr-defined]


def test_the_copy_of_a_table_goes_with_it(six_in_sqlite: str, tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    (source,) = open_tables([six_in_sqlite], Layout())
    assert not list(folder.iterdir())
    assert sum(batch.size for part in source.parts([0]) for batch in part()) == 12
    assert len(list(folder.iterdir())) == 1
    del source
    gc.collect()
    assert not list(folder.iterdir())


# every command on the address of a table


def test_every_command_reads_a_database(tmp_path: Path, run: Run, six_in_sqlite: str) -> None:
    (tmp_path / "orders.csv").write_text(SIX)
    place = six_in_sqlite
    for command in (["rfm"], ["track"], ["value"], ["schemes", "suggest"]):
        told, same = run(*command, place, "--json"), run(*command, "orders.csv", "--json")
        assert (told.returncode, same.returncode) == (0, 0), told.stderr + same.stderr
        assert without_names(told.stdout) == without_names(same.stdout)
    told, same = run("inspect", place, "--json"), run("inspect", "orders.csv", "--json")
    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout)["orders"] == json.loads(same.stdout)["orders"]
    customers = tmp_path / "customers.csv"
    assert run("rfm", place, "-o", "customers.csv").returncode == 0
    labelled = in_sqlite(tmp_path / "labelled.db", customers.read_text(), "customers")
    for command in (
        ["segment", labelled, "--scheme", "gold-silver-bronze"],
        ["profile", labelled],
        ["cluster", labelled],
    ):
        done = run(*command)
        assert "bug" not in done.stderr
        assert "Traceback" not in done.stderr


def without_names(text: str) -> Any:
    return {key: value for key, value in json.loads(text).items() if key not in ("sources", "command")}


def test_rejects_tell_the_rows_of_the_copy(tmp_path: Path, run: Run) -> None:
    place = in_sqlite(tmp_path / "shop.db", SIX + "gil,13,someday,4\n")
    done = run("rfm", place, "--rejects", "rejects.csv", "--max-bad", "10%")
    assert done.returncode == 0, done.stderr
    assert "someday" in (tmp_path / "rejects.csv").read_text()
    refused = run("rfm", place, "--max-bad", "0%")
    assert refused.returncode == 65
    assert f"{place.replace('%20', ' ')}:13" in refused.stderr


def test_an_output_is_not_written_over_the_database(run: Run, six_in_sqlite: str) -> None:
    done = run("rfm", six_in_sqlite, "-o", "shop.db", "--format", "csv")
    assert done.returncode == 2
    assert "is an input" in done.stderr


def test_files_of_databases_say_how_they_are_named(run: Run, six_in_sqlite: str) -> None:
    done = run("rfm", "shop.db")
    assert done.returncode == 65
    assert "sqlite:///shop.db?table=orders" in done.stderr


def test_a_password_stands_in_no_output_and_no_log(run: Run, tmp_path: Path) -> None:
    for place in (
        "postgresql://ann:s3cr3t@127.0.0.1:1/db?table=orders",
        "postgresql://ann:s3cr3t/@127.0.0.1:1/db?table=orders",
        "mysql://ann:s3cr3t@127.0.0.1/db",
        "postgresql:/ann:s3cr3t@127.0.0.1:1/db",
    ):
        for command in ("rfm", "inspect"):
            done = run(command, place, *(["--log-file", "log.jsonl"] if command == "rfm" else []))
            assert done.returncode in (2, 66, 69)
            assert "s3cr3t" not in done.stdout + done.stderr
            assert done.stderr.count("\n") == 1
    assert "s3cr3t" not in (tmp_path / "log.jsonl").read_text()


def test_a_missing_driver_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, text, extra in [
        ("adbc_driver_postgresql.dbapi", "postgresql://h/db?table=o", "postgres"),
        ("duckdb", f"duckdb:///{quote(__file__)}?table=o", "duckdb"),
        ("pyspark.sql", "sc://h?table=o", "spark"),
    ]:
        monkeypatch.setitem(__import__("sys").modules, module, None)
        with pytest.raises(MissingExtraError) as refused:
            opened(text)
        assert f"pip install 'segtool[{extra}]'" in str(refused.value)


# DuckDB


@pytest.fixture
def duck(tmp_path: Path) -> Callable[..., str]:
    """Make a file of DuckDB by statements, and return the address of a table in it."""
    duckdb = needs("duckdb")

    def make(*statements: str, table: str = "orders") -> str:
        with duckdb.connect(str(tmp_path / "shop.db")) as link:
            for statement in statements:
                link.execute(statement)
        return f"duckdb:///{quote(str(tmp_path / 'shop.db'))}?table={quote(table)}"

    return make


def test_columns_of_duckdb_come_in_plain_types(duck: Callable[..., str]) -> None:
    text = duck(
        "CREATE TABLE orders (t VARCHAR COLLATE NOCASE, u UUID, e ENUM ('a', 'b'), i INTEGER, h HUGEINT, n UBIGINT, "
        'd DECIMAL(12, 2), f DOUBLE, r FLOAT, day DATE, "at" TIMESTAMP, ns TIMESTAMP_NS, z TIMESTAMPTZ, b BOOLEAN, '
        "x BLOB, l INTEGER[], j JSON)",
        "INSERT INTO orders VALUES ('A', 'bf2a17c8-4e33-4f0a-9d5f-0a8f7c2c6a10', 'b', 1, 170141183460469231731, "
        "18446744073709551615, 1.50, 0.1, 0.5, '2024-12-31', '2024-12-31 10:05:00', '2024-12-31 10:05:00', "
        "'2024-12-31 10:05:00+03:30', true, 'x'::BLOB, [1, 2], '{\"a\": 1}')",
        "INSERT INTO orders (day, \"at\", z) VALUES ('infinity', '-infinity', 'infinity')",
    )
    database = opened(text)
    columns = database.columns_of('"source"."main"."orders"')
    assert {column.header: column.kind for column in columns} == {
        "t": "text", "u": "text", "e": "text", "i": "integer", "h": "integer", "n": "integer", "d": "decimal",
        "f": "float64", "r": "float32", "day": "date", "at": "timestamp", "ns": "timestamp", "z": "instant",
        "b": "other", "x": "other", "l": "other", "j": "other",
    }  # fmt: skip
    database.close()
    types, rows = rows_of(text)
    assert types["d"] == "decimal128(12, 2)"
    assert types["z"] == "timestamp[us, tz=UTC]"
    assert rows[0] | {"z": str(rows[0]["z"]), "at": str(rows[0]["at"]), "ns": str(rows[0]["ns"])} == rows[0] | {
        "t": "A", "e": "b", "h": 170141183460469231731, "n": 2**64 - 1, "l": "[1, 2]", "j": '{"a": 1}', "b": True,
        "z": "2024-12-31 06:35:00+00:00", "at": "2024-12-31 10:05:00", "ns": "2024-12-31 10:05:00",
    }  # fmt: skip
    assert set(rows[1].values()) == {None}


def test_odd_names_stay_names_in_duckdb(duck: Callable[..., str]) -> None:
    names = [name for name in ODD if name != "ID"]
    marks = ", ".join('"' + name.replace('"', '""') + '" INTEGER' for name in names)
    table = '"s p"."or""d.e; DROP TABLE victim; --"'
    text = duck(
        "CREATE TABLE victim (x INTEGER)", 'CREATE SCHEMA "s p"', f"CREATE TABLE {table} ({marks})", table=table
    )
    (source,) = open_tables([text], Layout())
    assert source.columns == tuple(names)
    assert rows_of(text)[1] == []


def test_duckdb_keeps_and_takes_rows(duck: Callable[..., str]) -> None:
    database = opened(duck("CREATE TABLE orders AS SELECT 1 AS a"), memory_limit=1 << 28)
    put = database.put(pa.table({"a": ["'; DROP TABLE orders; --", None], 'b"': [1, 2]}))
    kept = database.keep(f'SELECT "b""", a FROM {put} ORDER BY 1')
    assert database.fetch(f"SELECT * FROM {kept}").to_pylist()[0] == {'b"': 1, "a": "'; DROP TABLE orders; --"}
    assert sum(batch.num_rows for batch in database.stream("SELECT * FROM range(1000000)")) == 1_000_000
    with pytest.raises(DataError, match="read-only"):
        database.create("other", "SELECT 1 AS a")
    with pytest.raises(DataError) as refused:
        database.fetch("SELECT nothing FROM source.orders")
    assert "\n" not in str(refused.value)
    database.close()


def test_who_stops_reading_leaves_duckdb_free(duck: Callable[..., str]) -> None:
    database = opened(duck("CREATE TABLE orders AS SELECT 1 AS a"))
    rows = database.stream("SELECT * FROM range(3000000)")
    next(rows)
    rows.close()
    assert database.fetch("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_table_of_duckdb_is_made_whole_or_not(duck: Callable[..., str]) -> None:
    text = duck("CREATE TABLE orders AS SELECT 1 AS a")
    database = opened(text, writable=True)
    with pytest.raises(DataError, match="Could not convert"):
        database.create("orders", "SELECT CAST('x' AS INTEGER) AS b")
    assert [column.header for column in database.exists("orders") or ()] == ["a"]
    database.create("orders", "SELECT 2 AS b")
    assert [column.header for column in database.exists("Orders") or ()] == ["b"]
    assert database.exists("others") is None
    database.close()
    assert rows_of(text)[1] == [{"b": 2}]


def test_files_that_are_no_duckdb_are_refused(tmp_path: Path, duck: Callable[..., str]) -> None:
    text = duck("CREATE TABLE orders AS SELECT 1 AS a")
    (tmp_path / "notes.txt").write_text("nothing" * 10_000)
    for place, error, says in [
        (f"duckdb:///{tmp_path}/none.db?table=o", MissingInputError, "does not exist"),
        (f"duckdb:///{tmp_path}/notes.txt?table=o", DataError, "is no database of DuckDB"),
        (text.replace("=orders", "=order"), MissingInputError, "Did you mean orders?"),
        (text.replace("=orders", "=a.b.c"), UsageError, "with no more parts"),
    ]:
        with pytest.raises(error, match=says.replace("?", "[?]")):
            open_tables([place], Layout())
    with needs("duckdb").connect(str(tmp_path / "shop.db")), pytest.raises(BusyError, match="in use"):
        opened(text)


# PostgreSQL

TEMPORARY = "segtool_test_databases"


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Make tables of a schema of its own by statements, and return the address of one of them."""
    if not POSTGRES:
        if ALL_EXTRAS:
            pytest.fail("SEGTOOL_POSTGRES is unset: the address of a server for tests")
        pytest.skip("SEGTOOL_POSTGRES is unset: the address of a server for tests")
    driver = needs("adbc_driver_postgresql.dbapi")
    schema = f"{TEMPORARY}_{os.getpid()}"

    def run(*statements: str) -> None:
        with driver.connect(POSTGRES, autocommit=True) as link, link.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def make(*statements: str, table: str = "orders") -> str:
        run(*(statement.replace("SCHEMA.", f"{schema}.") for statement in statements))
        return f"{POSTGRES}?application_name={schema}&table={quote(f'{schema}.{table}')}"

    run(f"DROP SCHEMA IF EXISTS {schema} CASCADE", f"CREATE SCHEMA {schema}")
    yield make
    # what a test that failed has left open would lock the tables
    run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{schema}'")
    run(f"DROP SCHEMA {schema} CASCADE")


def test_columns_of_postgres_come_in_plain_types(postgres: Callable[..., str]) -> None:
    text = postgres(
        "CREATE DOMAIN SCHEMA.euro AS numeric(12, 2) CHECK (VALUE < 1000)",
        "CREATE TYPE SCHEMA.size AS ENUM ('small', 'large')",
        """CREATE TABLE SCHEMA.orders (
            t text COLLATE "C", v varchar(9), c char(5), n name, u uuid, e SCHEMA.size, s int2, i int4, l int8,
            d numeric(10, 2), free numeric, euro SCHEMA.euro, f float8, r float4, day date, at timestamp, z timestamptz,
            b boolean, a int[], j jsonb, m money, x bytea, iv interval)""",
        """INSERT INTO SCHEMA.orders VALUES (
            'A', 'b', 'c', 'n', 'bf2a17c8-4e33-4f0a-9d5f-0a8f7c2c6a10', 'large', 1, 2, 9223372036854775807,
            19.90, 1.234, 5, 0.1, 0.5, '2024-12-31', '2024-12-31 10:05:00.000001', '2024-12-31 10:05:00+03:30',
            true, '{1,2}', '{"a": 1}', 5, decode('00ff', 'hex'), '1 day')""",
        "INSERT INTO SCHEMA.orders (d, free, day, at, z) VALUES ('NaN', 'NaN', 'infinity', '-infinity', 'infinity')",
        "INSERT INTO SCHEMA.orders (free) VALUES (12345678901234567890123456789012345678901234567890.5)",
    )
    (source,) = open_tables([text], Layout())
    kinds = {column.header: column.kind for column in source.described}  # type: ignore[attr-defined]
    assert kinds == {
        **dict.fromkeys(("t", "v", "c", "n", "u", "e"), "text"), **dict.fromkeys(("s", "i", "l"), "integer"),
        "d": "decimal", "free": "decimal",
        "euro": "decimal", "f": "float64", "r": "float32", "day": "date", "at": "timestamp",
        "z": "instant", **dict.fromkeys(("b", "a", "j", "m", "x", "iv"), "other"),
    }  # fmt: skip
    types, rows = rows_of(text)
    assert (types["d"], types["euro"], types["free"]) == ("decimal128(10, 2)", "decimal128(12, 2)", "string")
    assert (types["l"], types["b"], types["z"]) == ("int64", "bool", "timestamp[us, tz=UTC]")
    first = {name: str(cell) for name, cell in rows[0].items()}
    assert first == first | {
        "c": "c", "e": "large", "l": "9223372036854775807", "d": "19.90", "euro": "5.00", "free": "1.2340",
        "at": "2024-12-31 10:05:00.000001", "z": "2024-12-31 06:35:00+00:00", "a": "{1,2}", "j": '{"a": 1}',
        "x": r"\x00ff", "iv": "1 day",
    }  # fmt: skip
    assert {name: cell for name, cell in rows[1].items() if cell is not None} == {"free": "NaN"}
    assert rows[2]["free"] == "12345678901234567890123456789012345678901234567890.5"


def test_sums_of_postgres_come_as_whole_numbers(postgres: Callable[..., str]) -> None:
    database = opened(postgres("CREATE TABLE SCHEMA.orders (x int)"))
    big = database.dialect.big
    found = database.fetch(
        f"SELECT CAST(sum(x) AS {big}) AS s, CAST(NULL AS {big}) AS n, 0.5 AS d, count(*) AS c, "
        "CAST(99999999999999999999999999999999999999 AS NUMERIC) AS most FROM generate_series(1, 10) AS x"
    )
    assert [str(kind) for kind in found.schema.types] == [
        "decimal128(38, 0)", "decimal128(38, 0)", "string", "int64", "decimal128(38, 0)"
    ]  # fmt: skip
    assert list(found.to_pylist()[0].values()) == [55, None, "0.5", 10, 10**38 - 1]
    database.close()


def test_odd_names_stay_names_in_postgres(postgres: Callable[..., str]) -> None:
    marks = ", ".join('"' + name.replace('"', '""') + '" int' for name in ODD)
    table = '"Or""d.e\'r; DROP TABLE victim; --"'
    text = postgres("CREATE TABLE SCHEMA.victim (x int)", f"CREATE TABLE SCHEMA.{table} ({marks})", table=table)
    (source,) = open_tables([text], Layout())
    assert source.columns == tuple(ODD)
    assert rows_of(text)[1] == []
    with pytest.raises(MissingInputError, match="there is no such table"):
        open_tables([postgres(table="victim; DROP TABLE victim")], Layout())
    assert rows_of(postgres(table="victim"))[1] == []


def test_all_queries_of_postgres_see_one_state(postgres: Callable[..., str]) -> None:
    text = postgres("CREATE TABLE SCHEMA.orders AS SELECT 1 AS a")
    database = opened(text)
    relation = database.relation(address_of(text))  # type: ignore[arg-type]
    before = database.fetch(f"SELECT count(*) AS n FROM {relation}").to_pylist()
    postgres("INSERT INTO SCHEMA.orders VALUES (2)")
    kept = database.keep(f"SELECT * FROM {relation}")
    assert database.fetch(f"SELECT count(*) AS n FROM {kept}").to_pylist() == before == [{"n": 1}]
    database.close()


def test_postgres_keeps_and_takes_rows(postgres: Callable[..., str]) -> None:
    database = opened(postgres("CREATE TABLE SCHEMA.victim (x int)"))
    text = "'; DROP TABLE victim; --\\ $1 é"
    table = pa.table({"a": pa.array([text, None], pa.large_string()), 'b"': [1, None], "c": [True, False]})
    put = database.put(table)
    assert database.fetch(f"SELECT * FROM {put}").to_pylist() == table.to_pylist()
    kept = database.keep(f'SELECT "b""" AS n FROM {put} WHERE a IS NOT NULL')
    assert database.fetch(f"SELECT n FROM {kept}").to_pylist() == [{"n": 1}]
    assert sum(batch.num_rows for batch in database.stream("SELECT * FROM generate_series(1, 300000) AS x")) == 300_000
    database.close()


def test_a_table_of_postgres_is_made_whole_or_not(postgres: Callable[..., str]) -> None:
    text = postgres("CREATE TABLE SCHEMA.orders AS SELECT 1 AS a")
    table = text.rpartition("=")[2]
    database = opened(text)
    with pytest.raises(DataError, match="division by zero"):
        database.create(table, "SELECT 1 / (x - 5) AS b FROM generate_series(1, 10) AS x")
    assert [column.header for column in database.exists(table) or ()] == ["a"]
    database.create(table, "SELECT 2 AS b")
    assert [column.header for column in database.exists(table) or ()] == ["b"]
    assert database.exists(f"{table}s") is None
    database.close()
    assert rows_of(text)[1] == [{"b": 2}]


def test_errors_of_postgres_are_one_line(postgres: Callable[..., str]) -> None:
    database = opened(postgres("CREATE TABLE SCHEMA.orders (x int)"))
    for sql, says in [
        ("SELEKT 1", 'syntax error at or near "SELEKT"'),
        ("SELECT 1 / 0", "division by zero"),
        ("SELECT * FROM nothing", 'relation "nothing" does not exist'),
        ("SELECT 1; SELECT 2", "multiple commands"),
    ]:
        for ask in (database.fetch, lambda sql: list(database.stream(sql)), database.keep):
            with pytest.raises(DataError) as refused:
                ask(sql)
            assert says in str(refused.value)
            assert str(refused.value).startswith(database.name)
            assert not isinstance(refused.value, LostConnectionError)
            assert "\n" not in str(refused.value)
    with pytest.raises(DataError, match="two columns are called 'a'; name them apart in the query"):
        database.columns_of("(SELECT 1 AS a, 2 AS a) AS q")
    assert database.fetch("SELECT 1 AS a").to_pylist() == [{"a": 1}]
    database.close()


def test_a_time_limit_of_postgres_is_told(postgres: Callable[..., str]) -> None:
    text = postgres("CREATE TABLE SCHEMA.orders (x int)")
    database = opened(f"{text}&options=-c%20statement_timeout%3D100")
    with pytest.raises(DataError, match="statement timeout"):
        database.fetch("SELECT CAST(pg_sleep(5) AS TEXT) AS x")
    database.close()


def test_a_connection_that_is_lost_is_one_line(postgres: Callable[..., str]) -> None:
    text = postgres("CREATE TABLE SCHEMA.orders (x int)")
    for ask in ("fetch", "stream", "keep"):
        database = opened(text)
        pid = database.fetch("SELECT CAST(pg_backend_pid() AS INT8) AS pid").column(0)[0].as_py()
        end = threading.Timer(0.3, postgres, [f"SELECT pg_terminate_backend({pid})"])
        end.start()
        sql = "SELECT sum(x) AS x FROM generate_series(1, 100000000000) AS x"
        if ask == "stream":
            sql = "SELECT x, CAST(x AS TEXT) AS t FROM generate_series(1, 100000000000) AS x"
        with pytest.raises(LostConnectionError) as refused:
            list(getattr(database, ask)(sql))
        end.join()
        assert "the connection was lost" in str(refused.value)
        assert "\n" not in str(refused.value)
        assert refused.value.exit_code == 74
        with pytest.raises(DataError):
            database.fetch("SELECT 1 AS a")
        database.close()


def test_a_login_that_is_refused_is_one_line_without_the_password(postgres: Callable[..., str]) -> None:
    address = address_of(postgres("CREATE TABLE SCHEMA.orders (x int)"))
    assert isinstance(address, Address)
    host = address.place.removeprefix("postgresql://").partition("/")[0]
    for text, says in [
        (f"postgresql://nobody:s3cr3t@{host}/nothing?table=o", "cannot be opened"),
        ("postgresql://nobody:s3cr3t@127.0.0.1:1/nothing?table=o", "Connection refused"),
        (f"postgresql://nobody:s3cr3t%zz@{host}/x?table=o", "invalid percent-encoded token"),
        (f"postgresql://nobody:s3cr3t s@{host}/x?table=o", "unexpected spaces"),
    ]:
        with pytest.raises(MissingInputError) as refused:
            opened(text)
        assert says in str(refused.value)
        assert "s3cr3t" not in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postgresqll://ann:s3cr3t@h/x?table=o", "begins with postgresql://"),
        ("pgsql://ann:s3cr3t@h/x?table=o", "begins with postgresql://"),
        ("postgresql//ann:s3cr3t@h/x?table=o", "begins with postgresql://"),
        ("sqllite:///shop.db?table=o", "begins with sqlite://"),
        ("duckb:///shop.db?table=o", "begins with duckdb://"),
    ],
)
def test_a_mistyped_address_is_no_name_of_a_file(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        address_of(text)
    assert "s3cr3t" not in str(refused.value)
    assert "s3cr3t" not in shown(text)
    assert address_of("orders//2024.csv") is None
    assert address_of("markets://x") is None


@pytest.mark.parametrize(
    "args",
    [
        ["rfm", "FILE", "-o", "ADDRESS"],
        ["rfm", "FILE", "--model", "ADDRESS"],
        ["rfm", "FILE", "--scheme", "ADDRESS"],
        ["rfm", "FILE", "--lock=ADDRESS"],
        ["rfm", "FILE", "--log-file", "ADDRESS"],
        ["ADDRESS"],
    ],
)
@pytest.mark.parametrize("address", ["postgresql://ann:s3cr3t%40@h/x?table=o", "sc://h:1/;token=s3cr3t%40?table=o"])
def test_an_address_in_a_wrong_place_is_told_without_its_password(
    run: Run, six: Path, args: list[str], address: str
) -> None:
    ended = run(*[each.replace("FILE", str(six)).replace("ADDRESS", address) for each in args])
    assert "s3cr3t" not in ended.stdout + ended.stderr
    assert address.partition("?")[0].partition(":")[0] in ended.stderr


def test_numbers_in_a_query_are_no_lost_connection(postgres: Callable[..., str]) -> None:
    database = opened(postgres("CREATE TABLE SCHEMA.orders (x int)"))
    for ask in (database.fetch, lambda sql: list(database.stream(sql)), database.keep):
        with pytest.raises(DataError, match="division by zero") as refused:
            ask("SELECT 1 / (x - 2208988800) AS y FROM (SELECT 2208988800 AS x) AS q")
        assert not isinstance(refused.value, LostConnectionError)
    database.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("place", ["duckdb", "postgres"])
def test_a_run_that_is_interrupted_ends_at_once(
    place: str, number: signal.Signals, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = "generate_series(1, 100000000000) AS s(x)"
    if place == "duckdb":
        rows = "range(100000000) AS a(x), range(100000) AS b(y)"
    slow = f"SELECT sum(x) AS amount, 1 AS customer_id, DATE '2024-01-01' AS order_date FROM {rows}"
    text = request.getfixturevalue("duck" if place == "duckdb" else place)(
        f"CREATE TABLE {'' if place == 'duckdb' else 'SCHEMA.'}orders (x int)"
    )
    (tmp_path / "slow.sql").write_text(slow)
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-m", "segtool", "rfm", text.partition("?")[0], "--query", str(tmp_path / "slow.sql")]
    env = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env) as run:
        time.sleep(5)
        run.send_signal(number)
        said = run.communicate(timeout=20)[1]
    ended = {signal.SIGINT: (130, "segtool: interrupted\n"), signal.SIGTERM: (143, "segtool: terminated\n")}
    assert (run.returncode, said) == ended[number]
    assert not list((tmp_path / "tmp").iterdir())


def test_a_server_that_does_not_answer_can_be_interrupted() -> None:
    needs("adbc_driver_postgresql.dbapi")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        address = f"postgresql://127.0.0.1:{server.getsockname()[1]}/shop?table=orders"
        command = [sys.executable, "-m", "segtool", "rfm", address]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
            link = server.accept()[0]
            time.sleep(1)
            run.send_signal(signal.SIGINT)
            try:
                said = run.communicate(timeout=20)[1]
            finally:
                run.kill()
                link.close()
    assert (run.returncode, said) == (130, "segtool: interrupted\n")


def test_a_server_without_temporary_tables_says_what_is_needed(postgres: Callable[..., str]) -> None:
    text = postgres("CREATE TABLE SCHEMA.orders AS SELECT 1 AS a")
    database = opened(f"{text}&options=-c%20default_transaction_read_only%3Don")
    assert len(database.columns_of("(SELECT 1 AS a) AS q")) == 1
    with pytest.raises(DataError, match=r"read-only transaction; an engine keeps temporary tables: .* --engine arrow"):
        database.keep("SELECT 1 AS a")
    with pytest.raises(DataError, match=r"read-only transaction; an engine keeps temporary tables: .* --engine arrow"):
        database.put(pa.table({"a": [1]}))
    database.close()
    assert rows_of(f"{text}&options=-c%20default_transaction_read_only%3Don")[1] == [{"a": 1}]


def test_orders_of_postgres_are_those_of_the_file(postgres: Callable[..., str], six: Path) -> None:
    rows = ", ".join("('{}', {}, '{}', {})".format(*line.split(",")) for line in SIX.splitlines()[1:])
    text = postgres(
        "CREATE TABLE SCHEMA.orders (customer_id text, order_id int, order_date date, amount numeric)",
        f"INSERT INTO SCHEMA.orders VALUES {rows}",
    )
    assert segtool.rfm(text).table.equals(segtool.rfm(str(six)).table)


# Spark


@pytest.fixture
def spark() -> Iterator[Callable[..., str]]:
    """Make tables of a cluster by statements, and return the address of one; `T` in front of a name is its prefix."""
    if not SPARK:
        if ALL_EXTRAS:
            pytest.fail("SEGTOOL_SPARK is unset: the address of a Spark Connect server for tests")
        pytest.skip("SEGTOOL_SPARK is unset: the address of a Spark Connect server for tests")
    needs("pyspark")
    made: list[str] = []
    database = opened(SPARK)

    def make(sql: str, table: str = "orders") -> str:
        name = f"{TEMPORARY}_{os.getpid()}_{table}"
        database.create(name, sql)
        made.append(name)
        return f"{SPARK}?table={quote(name)}"

    yield make
    for name in made:
        database.fetch(f"DROP TABLE IF EXISTS {name}")
    database.close()


def test_columns_of_spark_come_in_plain_types(spark: Callable[..., str]) -> None:
    text = spark(
        "SELECT 'A' AS t, CAST(1 AS TINYINT) AS s, 2 AS i, 9223372036854775807 AS l, "
        "CAST(19.9 AS DECIMAL(10, 2)) AS d, "
        "CAST(0.1 AS DOUBLE) AS f, CAST(0.5 AS FLOAT) AS r, DATE '2024-12-31' AS day, "
        "TIMESTAMP_NTZ '2024-12-31 10:05:00.000001' AS at, TIMESTAMP '2024-12-31 10:05:00+03:30' AS z, "
        "true AS b, array(1, 2) AS a, X'00FF' AS x"
    )
    types, rows = rows_of(text)
    (source,) = open_tables([text], Layout())
    kinds = {column.header: column.kind for column in source.described}  # type: ignore[attr-defined]
    assert kinds == {
        "t": "text", "s": "integer", "i": "integer", "l": "integer", "d": "decimal", "f": "float64", "r": "float32",
        "day": "date", "at": "timestamp", "z": "instant", "b": "other", "a": "other", "x": "other",
    }  # fmt: skip
    assert (types["s"], types["d"], types["z"]) == ("int64", "decimal128(10, 2)", "timestamp[us, tz=UTC]")
    first = {name: str(cell) for name, cell in rows[0].items()}
    assert first == first | {
        "l": "9223372036854775807", "d": "19.90", "at": "2024-12-31 10:05:00.000001", "z": "2024-12-31 06:35:00+00:00",
        "a": "[1, 2]", "x": "00FF",
    }  # fmt: skip


def test_spark_keeps_and_takes_rows(spark: Callable[..., str], capfd: pytest.CaptureFixture[str]) -> None:
    assert SPARK
    database = opened(SPARK)
    text = "'; DROP TABLE victim; --\\ ${x} é"
    table = pa.table({"a": pa.array([text, None], pa.large_string()), **{name: [1, 2] for name in ODD}})
    put = database.put(table)
    columns = database.columns_of(put)
    assert [column.header for column in columns] == ["a", *ODD]
    batches = database.read(put, columns)
    assert pa.Table.from_batches(batches).to_pylist() == table.to_pylist()
    kept = database.keep(f"SELECT a FROM {put} WHERE a IS NOT NULL")
    assert database.fetch(f"SELECT a FROM {kept}").to_pylist() == [{"a": text}]
    assert sum(batch.num_rows for batch in database.stream("SELECT id FROM range(300000)")) == 300_000
    database.close()
    assert capfd.readouterr() == ("", "")


def test_numbers_of_spark_do_not_wrap(spark: Callable[..., str], capfd: pytest.CaptureFixture[str]) -> None:
    assert SPARK
    database = opened(SPARK)
    for sql, says in [
        ("SELECT 9223372036854775807 + id AS x FROM range(1, 2)", "overflow"),
        ("SELECT CAST(9223372036854775807 AS DECIMAL(38, 0)) * CAST(id AS DECIMAL(38, 18)) AS x FROM range(9, 10)", ""),
        ("SELECT CAST('x' AS INT) AS x", "cannot be cast"),
        ("SELECT 1 / id AS x FROM range(1)", "Division by zero"),
        ("SELEKT", "Syntax error"),
        ("SELECT 1; DROP TABLE victim", "Syntax error"),
        ("SELECT * FROM nothing", "cannot be found"),
    ]:
        if not says:
            assert database.fetch(sql).column(0)[0].as_py() == 9223372036854775807 * 9
            continue
        for ask in (database.fetch, lambda sql: list(database.stream(sql))):
            with pytest.raises(DataError) as refused:
                ask(sql)
            assert says in str(refused.value)
            assert "\n" not in str(refused.value)
    database.close()
    assert capfd.readouterr() == ("", "")


def test_a_table_of_spark_is_replaced(spark: Callable[..., str]) -> None:
    text = spark("SELECT 1 AS a")
    table = text.rpartition("=")[2]
    database = opened(text)
    with pytest.raises(DataError, match="Division by zero"):
        database.create(table, "SELECT 1 / id AS b FROM range(1)")
    assert [column.header for column in database.exists(table) or ()] == ["a"]
    database.close()
    assert rows_of(spark("SELECT 2 AS b"))[1] == [{"b": 2}]
    with pytest.raises(MissingInputError, match=r"there is no such table[.] Did you mean"):
        open_tables([f"{text}x"], Layout())
    with pytest.raises(MissingInputError, match="does not exist"):
        open_tables([f"{SPARK}?path=/nothing/here"], Layout())


def test_where_no_spark_answers_one_line_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    needs("pyspark")
    with pytest.raises(MissingInputError) as refused:
        opened("sc://127.0.0.1:1/;token=s3cr3t;use_ssl=false?table=o")
    assert "s3cr3t" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")
