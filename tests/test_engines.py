"""One contract for all engines: whichever reads the orders, customers and summary are the same to the last byte.

Every table here is read by the engine of this machine from a Parquet file, by DuckDB from that file and from a database
of its own, by PostgreSQL and by Spark, and a plain oracle says what must come out of the plain ones.
"""

import csv
import io
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import oracle
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run, server
from hard_orders import CASES, ON_SPARK, orders, scattered
from homes import HOMES, DuckFile, Files, Home, Postgres
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.api import Result
from segtool.databases import address_of
from segtool.engines import sql
from segtool.errors import SegtoolError
from segtool.tables.writing.write import write_csv

RealData = Callable[[str], Path]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Home]]:
    """What opens each home once, where it can be had here."""
    homes: dict[str, Home] = {}

    def find(name: str) -> Home:
        if name not in homes:
            homes[name] = HOMES[name](tmp_path_factory.mktemp(name))
        return homes[name]

    yield find
    for each in homes.values():
        each.close()


@pytest.fixture
def beside_arrow(opened: Callable[[str], Home]) -> "Callable[..., None]":
    """What compares an engine with the arrow engine, on one table."""

    def compare(engine: str, table: pa.Table, **options: Any) -> None:
        assert found(opened(engine), table, **options) == found(opened("arrow"), table, **options)

    return compare


def found(home: Home, table: pa.Table, **options: Any) -> dict[str, Any]:
    """Return everything that a run says of a table: the labelled customers and the summary, or the refusal."""
    return said(home.put(table), engine=home.engine, **options)


def said(source: str, **options: Any) -> dict[str, Any]:
    if "exclude" in options:
        options["exclude"] = pa.table({"customer_id": options["exclude"]})
    try:
        with asked_of_sql() as asked:
            result = segtool.rfm(source, **({"max_bad": 1} | options))
        assert bool(asked) == (options.get("engine") != "arrow")
    except SegtoolError as error:
        address = address_of(source) if "://" in source else None
        name = source if address is None else address.name
        return {
            "refused": re.sub(r"ORDERS:\d+:", "ORDERS:", str(error).splitlines()[0].replace(name, "ORDERS")),
            "as": type(error).__name__,
        }
    return told(result)


@contextmanager
def asked_of_sql() -> Iterator[list[bool]]:
    """Give a list that has an entry for each time that an engine was asked that speaks SQL."""
    asked, real = list[bool](), sql.aggregate

    def noting(*args: Any) -> Any:
        asked.append(True)
        return real(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "aggregate", noting)
        yield asked


def told(result: Result) -> dict[str, Any]:
    text = io.BytesIO()
    write_csv(result.table, text)
    return {**result.summary.to_dict(), "table": text.getvalue().decode()}


def as_the_oracle_says(said: Mapping[str, Any], table: pa.Table, options: Mapping[str, Any]) -> None:
    """Assert that a run says what a slow, plain reading of the rules does."""
    asked = oracle.Asked(**{name: value for name, value in options.items() if name in oracle.OPTIONS})
    expected = oracle.expected(table.to_pylist(), asked)
    if not expected.customers:
        assert said["refused"].startswith(("No usable row", "ORDERS: a header, but no rows"))
        return
    rows = said["rows"]
    assert (rows["read"], rows["used"]) == (expected.read, expected.used)
    aside = {reason: (each.rows, as_float(each.amount)) for reason, each in expected.aside.items()}
    assert {reason: (each["rows"], each["amount"]) for reason, each in rows["set_aside"].items()} == aside
    assert said["as_of"] == str(expected.as_of)
    assert (said["customers"], said["orders"]) == (len(expected.customers), expected.orders)
    assert said["revenue"] == as_float(expected.revenue)
    names, *lines = csv.reader(io.StringIO(said["table"], newline=""))
    of_customer = {cells[0]: dict(zip(names, cells, strict=True)) for cells in lines}
    assert of_customer.keys() == expected.customers.keys()
    for name, own in expected.customers.items():
        cells = of_customer[name]
        assert Decimal(cells["monetary"]) == own.monetary, name
        for figure in ("first_order", "last_order", "recency_days", "frequency", "r_score", "f_score", "m_score"):
            assert cells[figure] == str(getattr(own, figure)), (name, figure)


def as_float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


BY_NAME = {case.name: case for case in CASES}


def on(*engines: str) -> Any:
    """Run a test with each case that each of these engines has."""
    pairs = [
        pytest.param(engine, name, id=f"{engine}-{name}")
        for engine in engines
        for name in (ON_SPARK if engine == "spark" else BY_NAME)
    ]
    return pytest.mark.parametrize(("engine", "name"), pairs)


@pytest.fixture(scope="module")
def by_arrow(opened: Callable[[str], Home]) -> Callable[[str], dict[str, Any]]:
    """What the arrow engine says of a case."""

    @cache
    def of(name: str) -> dict[str, Any]:
        return found(opened("arrow"), BY_NAME[name].table, **BY_NAME[name].options)

    return of


@pytest.mark.parametrize("name", [case.name for case in CASES if case.plain])
def test_the_arrow_engine_finds_what_a_slow_oracle_does(name: str, by_arrow: Callable[[str], dict[str, Any]]) -> None:
    as_the_oracle_says(by_arrow(name), BY_NAME[name].table, BY_NAME[name].options)


@on("duckdb", "duckdb-file", "postgres", "spark")
def test_every_engine_says_the_same_to_the_last_byte(
    engine: str, name: str, opened: Callable[[str], Home], by_arrow: Callable[[str], dict[str, Any]]
) -> None:
    assert found(opened(engine), BY_NAME[name].table, **BY_NAME[name].options) == by_arrow(name)


ROLES = {
    "customer_id": st.sampled_from(
        [*"ann ben cid 007 7 7.0 Ann@x.org ann@X.org دارا n/a".split(), 'o"n', "o'n", " ben", "", None]  # noqa: SIM905
    ),
    "order_id": st.sampled_from(["1", "2", "3", "4", " 4", "01", "", None]),
}

KINDS: dict[str, dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]]] = {
    "amount": {
        "float": (
            pa.float64(),
            st.floats(-1e6, 1e6) | st.integers(-50_000, 50_000).map(lambda n: n / 10_000) | st.floats(),
        ),
        "decimal": (pa.decimal128(18, 6), st.decimals(-(10**6), 10**6, places=6)),
        "integer": (pa.int64(), st.integers(-(10**6), 10**6)),
        "text": (
            pa.string(),
            st.decimals(-(10**4), 10**6, places=5).map(str)
            | st.sampled_from(["", "ten", "1e3", "-0.00005", "0.00015", "1.00025", "$7", " 2.50", "90000000000000"]),
        ),
    },
    "order_date": {
        "day": (pa.date32(), st.dates(date(2023, 12, 20), date(2024, 3, 10))),
        "moment": (pa.timestamp("us"), st.datetimes(datetime(2023, 12, 20), datetime(2024, 3, 10))),
        "instant": (
            pa.timestamp("us", "UTC"),
            st.datetimes(datetime(2024, 3, 20), datetime(2024, 4, 10), timezones=st.just(UTC)),
        ),
        "text": (
            pa.string(),
            st.dates(date(2024, 1, 1), date(2024, 3, 10)).map(str)
            | st.datetimes(datetime(2024, 1, 1), datetime(2024, 3, 10)).map(str)
            | st.sampled_from(["2024-02-31", "", "soon", "2024-02-29T23:59:59", "2024/03/01"]),
        ),
    },
}  # fmt: skip


@st.composite
def some_orders(draw: st.DrawFn) -> pa.Table:
    """Orders with cells of some kind in each role, and some of them empty."""
    size = draw(st.integers(1, 25))
    columns = {role: pa.array([draw(cells) for _ in range(size)], pa.string()) for role, cells in ROLES.items()}
    for role, kinds in KINDS.items():
        kind, cells = kinds[draw(st.sampled_from(sorted(kinds)))]
        columns[role] = pa.array([draw(st.none() | cells) for _ in range(size)], kind)
    return pa.table(columns)


some_options = st.fixed_dictionaries(
    {},
    optional={
        "refunds": st.just("drop"),
        "orders_by": st.sampled_from(["row", "day"]),
        "drop_duplicates": st.just(True),
        "since": st.just("2024-01-03"),
        "as_of": st.just("2024-03-01"),
        "timezone": st.sampled_from(["Europe/Berlin", "Asia/Tehran"]),
        "by": st.just("order_id"),
        "where": st.sampled_from(["amount > 1", 'customer_id != "a*"', "order_date >= 2024-01-20"]),
        "carry": st.just("order_id"),
    },
)


@settings(max_examples=50)
@given(some_orders(), some_options)
def test_duckdb_agrees_on_any_orders(
    beside_arrow: Callable[..., None], table: pa.Table, options: dict[str, Any]
) -> None:
    beside_arrow("duckdb", table, **options)


@settings(max_examples=20)
@given(some_orders(), some_options)
def test_postgresql_agrees_on_any_orders(
    beside_arrow: Callable[..., None], table: pa.Table, options: dict[str, Any]
) -> None:
    beside_arrow("postgres", table, **options)


@settings(max_examples=3)
@given(some_orders(), some_options)
def test_spark_agrees_on_any_orders(
    beside_arrow: Callable[..., None], table: pa.Table, options: dict[str, Any]
) -> None:
    beside_arrow("spark", table, **options)


@pytest.mark.parametrize("engine", ["duckdb-file", "postgres"])
def test_the_arrow_engine_reads_a_copy_of_a_table_in_a_database(engine: str, opened: Callable[[str], Home]) -> None:
    for name in ("nulls in every role", "decimals", "instants in Asia/Tehran", "ids", "scattered orders"):  # fmt: skip
        case = BY_NAME[name]
        source = opened(engine).put(case.table)
        assert said(source, engine="arrow", **case.options) == found(opened("arrow"), case.table, **case.options), name


@pytest.mark.parametrize("engine", ["duckdb", "duckdb-file", "postgres", "spark"])
def test_a_real_shop_is_the_same_to_the_last_byte(
    engine: str, opened: Callable[[str], Home], real_data: RealData
) -> None:
    table = pq.read_table(real_data("online_retail/online_retail.parquet"))
    options = {"scheme": ["loyalty-matrix", "value-loyalty"], "max_bad": 0.05}
    assert found(opened(engine), table, **options) == _real_by_arrow(
        str(real_data("online_retail/online_retail.parquet"))
    )


@cache
def _real_by_arrow(path: str) -> dict[str, Any]:
    return said(path, engine="arrow", scheme=["loyalty-matrix", "value-loyalty"], max_bad=0.05)


OWN_TYPES = {
    "duckdb-file": (
        "CREATE TYPE {mood} AS ENUM ('ann', 'ben')",
        "CREATE TABLE {own} (customer_id {mood}, order_id UUID, order_date TIMESTAMP_NS, amount HUGEINT,"
        " status VARCHAR, note TIME, tags VARCHAR[], more STRUCT(a INT), far DATE)",
        "'10:00', ['x'], {'a': 1}, 'infinity'",
        str(10**37),
    ),
    "postgres": (
        "CREATE TYPE {mood} AS ENUM ('ann', 'ben')",
        "CREATE TABLE {own} (customer_id {mood}, order_id uuid, order_date timestamp(6), amount numeric,"
        " status char(9), note time, tags text[], more jsonb, far date)",
        """'10:00', '{x}', '{"a": 1}', '-infinity'""",
        "'NaN'",
    ),
}
"""A kind of cells, the columns of a table, what is in those that have no role, and an amount that is none."""


@pytest.mark.parametrize("engine", sorted(OWN_TYPES))
def test_types_that_only_a_database_has(engine: str, opened: Callable[[str], Home]) -> None:
    home = opened(engine)
    assert isinstance(home, DuckFile | Postgres)
    source = home.put(orders(1), "other").replace("other", "own")
    names = {name: f"{home.schema}.{name}" if isinstance(home, Postgres) else name for name in ("own", "mood")}
    kind, columns, further, none = OWN_TYPES[engine]
    one, two = "'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"
    endless = "'infinity'" if engine == "postgres" else "NULL"
    home.execute(kind.format(**names))
    home.execute(columns.format(**names))
    for row in (
        f"'ann', {one}, '2024-02-29 23:59:59.999999', 7, 'paid', {further}",
        f"'ann', {one}, '2024-03-01 00:00:00', {none}, 'paid', {further}",
        f"'ben', {two}, '2024-01-01 00:00:00', -3, 'paid', NULL, NULL, NULL, NULL",
        f"'ben', {two}, '2024-01-02 00:00:00', 4, 'paid', {further}",
        f"'ben', {two}, {endless}, 5, 'paid', {further}",
        "NULL, NULL, NULL, 5, NULL, NULL, NULL, NULL, NULL",
    ):
        home.execute(f"INSERT INTO {names['own']} VALUES ({row})")
    days = [datetime(2024, 3, 1), datetime(2024, 1, 1), datetime(2024, 1, 2), None, None]
    same = orders(
        customer_id=["ann", "ann", "ben", "ben", "ben", None],
        order_id=["1", "1", "2", "2", "2", None],
        order_date=[datetime(2024, 2, 29, 23, 59, 59, 999_999), *days],
        amount=[7, None, -3, 4, 5, 5],
        status=["paid"] * 5 + [None],
    )
    for way in (home.engine, "arrow"):
        ours, theirs = said(source, engine=way), found(opened("arrow"), same)
        assert "refused" not in ours, ours
        assert (ours["table"], ours["rows"]) == (theirs["table"], theirs["rows"]), way


@pytest.mark.parametrize("engine", ["duckdb-file", "postgres"])
def test_ids_that_a_column_takes_for_one_are_two(engine: str, opened: Callable[[str], Home]) -> None:
    home = opened(engine)
    assert isinstance(home, DuckFile | Postgres)
    place = f"{home.schema}." if isinstance(home, Postgres) else ""
    source = home.put(orders(1), "plain").replace("plain", "collated")
    collation = "NOACCENT.NOCASE"
    if isinstance(home, Postgres):
        collation = f"{place}blind"
        home.execute(
            f"CREATE COLLATION {collation} (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
        )
    home.execute(
        f"CREATE TABLE {place}collated (customer_id VARCHAR(20) COLLATE {collation}, order_id UUID, order_date DATE, "
        f"amount INT, city VARCHAR(20) COLLATE {collation})"
    )
    order = "00000000-0000-0000-0000-00000000000"
    for i, name in enumerate(["ann", "Ann", "ANN", "\u00e1nn", "\u0301", "\u200b"]):
        home.execute(f"INSERT INTO {place}collated VALUES ('{name}', '{order}{i}', '2024-01-05', {i}, '{name}')")
    ours, copied = (said(source, engine=way, by="city") for way in (home.engine, "arrow"))
    assert "refused" not in ours, ours
    assert ours["rows"] == copied["rows"]
    assert ours["table"] == copied["table"]
    assert len(ours["table"].splitlines()) == 1 + 6


def test_numbers_of_postgresql_have_a_point_however_texts_are_spelled(opened: Callable[[str], Home]) -> None:
    home = opened("postgres")
    assert isinstance(home, Postgres)
    source = home.put(orders(1), "limited").replace("limited", "free")
    home.execute(
        f"CREATE TABLE {home.schema}.free "
        "(customer_id TEXT, order_date DATE, quantity TEXT, unit_price NUMERIC, refunded NUMERIC(500, 2))"
    )
    ann = "'ann', '2024-01-05', '1,5', 2.345, 0.25"
    home.execute(f"INSERT INTO {home.schema}.free VALUES ({ann}), ('ben', '2024-01-05', '1,5', 1e400, NULL)")
    for way in ("postgres", "arrow"):
        for decimal in (",", None):
            ours = said(source, engine=way, decimal=decimal, max_bad=1.0)
            assert "refused" not in ours, ours
            assert [row.split(",")[5] for row in ours["table"].splitlines()[1:]] == ["3.2675"], way


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_shuffled_rows_give_the_same_bytes(engine: str, opened: Callable[[str], Home]) -> None:
    table = pa.concat_tables([scattered(), scattered().slice(0, 500)])
    backwards = table.take(list(range(len(table)))[::-1])
    options = {"drop_duplicates": True, "carry": "order_id", "by": "order_id"}
    assert found(opened(engine), backwards, **options) == found(opened("arrow"), table, **options)


EVIL = """x"; DROP TABLE sentinel; -- '); DROP TABLE sentinel; --`; DROP TABLE sentinel; --"""

EVIL_SCHEME = f"""\
[scoring]
f = {{ cuts = [1] }}
[[segments]]
name = {json.dumps("More " + EVIL[:40])}
f = 2
health = "positive"
[[segments]]
name = "Once'; DROP TABLE sentinel; --"
f = 1
health = "negative"
"""

UNPLEASANT = {
    'id"; DROP TABLE sentinel; --': [EVIL, "ann", "ann", "' OR '1'='1", '" OR ""="', "` OR 1=1 --"],
    "order`; DROP TABLE sentinel; --": ["1", EVIL, "$$; DROP TABLE sentinel; $$", "4", "5", "\\'; DROP TABLE s; --"],
    "amount'; DROP TABLE sentinel; --": ["1", "2.5", "1; DROP TABLE sentinel", "4", "'); DROP TABLE sentinel; --", "6"],
    "date/*": [*["2024-01-01"] * 5, "2024-01-02'; DROP TABLE sentinel; --"],
    "status*/": ["paid", "paid", EVIL, "x' OR 'a'='a", "paid", "paid"],
    "group {x} %s ?": [EVIL, "b", "b", "'; DROP TABLE sentinel; --", "$1", ":a"],
}  # fmt: skip

UNPLEASANT_ROLES = dict(
    zip(("customer_id", "order_id", "amount", "order_date", "status", "by"), UNPLEASANT, strict=True)
)


@pytest.mark.parametrize("engine", ["duckdb", "duckdb-file", "postgres", "spark"])
def test_sql_in_names_and_cells_is_text(engine: str, opened: Callable[[str], Home], tmp_path: Path) -> None:
    home, table = opened(engine), pa.table(UNPLEASANT)
    scheme = tmp_path / "scheme'; DROP TABLE sentinel; --.toml"
    scheme.write_text(EVIL_SCHEME)
    options = UNPLEASANT_ROLES | {
        "scheme": str(scheme),
        "min_group": 1,
        "keep_status": ["paid", "x' or 'a'='a", EVIL],
        "exclude": ["' OR '1'='1"],
        "carry": [UNPLEASANT_ROLES["by"]],
        "where": f'column("{UNPLEASANT_ROLES["by"].strip()}") != "\'; DROP*"',
    }
    survives = sentinel(home)
    assert found(home, table, **options) == found(opened("arrow"), table, **options)
    survives()


def sentinel(home: Home) -> Callable[[], None]:
    """Make a table that SQL in names would drop, and return what asserts that it is there, and takes it away."""
    if isinstance(home, Files):
        return lambda: None
    home.execute("DROP TABLE IF EXISTS sentinel")
    home.execute("CREATE TABLE sentinel AS SELECT 1 AS one")

    def survives() -> None:
        assert home.execute("SELECT one FROM sentinel") == [(1,)]
        home.execute("DROP TABLE sentinel")

    return survives


@pytest.mark.parametrize("engine", ["duckdb-file", "postgres", "spark"])
def test_sql_in_the_name_of_a_table_is_text(engine: str, opened: Callable[[str], Home]) -> None:
    home = opened(engine)
    table, survives = orders(3), sentinel(home)
    if isinstance(home, DuckFile | Postgres):  # Spark has no such names
        source = home.put(table, 'o"; DROP TABLE sentinel; --')
        assert said(source, engine=home.engine) == found(opened("arrow"), table)
    plain = home.put(table, f"plain_{os.getpid()}")
    assert said(plain, engine=home.engine) == found(opened("arrow"), table)
    base, name = plain.rpartition("?table=")[0], f"plain_{os.getpid()}"
    drop = "DROP TABLE sentinel"
    for text in (
        *(f"{name}; {drop}", f'"{name}"; {drop}; --', f"{name}) AS q; {drop}; --", f"(SELECT * FROM {name})"),
        *(f"{name} WHERE 1=1", f"{name} --", "", '"', "..", f"{name}'"),
    ):
        refusal = refused(f"{base}?table={quote(text)}", engine=home.engine)
        assert "\n" not in refusal
    survives()


def refused(source: str, **options: Any) -> str:
    """Return why a run is refused, and keep nothing else of it: a DuckDB that is open cannot be opened again."""
    try:
        segtool.rfm(source, **options)
    except SegtoolError as error:
        return str(error)
    raise AssertionError(source)


def test_a_connection_that_is_lost_is_one_clear_line(opened: Callable[[str], Home], run: Run) -> None:
    home = opened("postgres")
    assert isinstance(home, Postgres)
    home.put(orders(300), "steady")
    # every row takes a while: the connection ends while they are read
    home.execute(
        f"CREATE VIEW {home.schema}.slow AS SELECT * FROM {home.schema}.steady WHERE pg_sleep(0.01) IS NOT NULL"
    )
    ended: list[int] = []

    def end() -> None:
        for _ in range(200):
            rows = home.execute(
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lost'"
                " AND state = 'active' AND query NOT LIKE '%LIMIT%' AND now() - query_start > interval '1 second'"
            )
            if rows:
                ended.append(rows[0][0])
                return
            time.sleep(0.05)

    ending = threading.Thread(target=end)
    ending.start()
    done = run("rfm", home.address("slow"), "-o", "customers.csv", "--quiet", env={"PGAPPNAME": "lost"})
    ending.join()
    assert ended, done.stderr
    assert (done.returncode, done.stdout) == (LOST, ""), done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    assert "connection was lost" in lines[0]
    assert home.url.split(":")[2].split("@")[0] not in done.stderr


LOST = 74
"""The exit code where a connection is lost: an error of input and output, not of the data."""


def test_a_worker_that_is_killed_changes_nothing(opened: Callable[[str], Home]) -> None:
    home, cluster = opened("spark"), Path(server("SEGTOOL_SPARK_FOLDER"))
    size = 300_000
    table = orders(
        customer_id=[f"c{row * 7919 % 20_011}" for row in range(size)],
        order_id=[f"o{row * 31 % 90_001}" for row in range(size)],
        order_date=[datetime(2023, 1, 1) + timedelta(minutes=row % 500_000) for row in range(size)],
        amount=[f"{row % 10_007}.{row % 97:02}" for row in range(size)],
    )
    source, expected = home.put(table), found(opened("arrow"), table)
    before, killed = tasks(cluster), []

    def kill() -> None:
        for _ in range(1200):
            if tasks(cluster) > before:
                worker = int((cluster / "worker1.pid").read_text())
                executors = subprocess.run(["ps", "-o", "pid=", "--ppid", str(worker)], capture_output=True, text=True)
                for process in (worker, *map(int, executors.stdout.split())):
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)
                return
            time.sleep(0.02)

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        assert said(source, engine="spark") == expected
    finally:
        killing.join()
        subprocess.run(["bash", ROOT / "tests" / "servers" / "spark.sh", "worker", cluster, "1"], check=True)
    assert len(killed) >= 2


def tasks(cluster: Path) -> int:
    """Return how many tasks the executor of the first worker has begun."""
    return sum(log.read_text().count("Running task") for log in cluster.glob("work1/*/*/stderr"))
