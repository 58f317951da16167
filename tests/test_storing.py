"""Customers who are scored and labelled where their orders are: the same rows and the same summary as anywhere."""

import dataclasses
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run, needs
from homes import HOMES, Home, Postgres
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.databases import Database, address_of, connect
from segtool.databases.duck import connect as duck
from segtool.engines import Customers
from segtool.errors import DataError, SegtoolError, UsageError
from segtool.scoring.cuts import cut
from segtool.scoring.figures import Figures
from segtool.scoring.options import ScoreOptions
from segtool.scoring.statement import AxisRule, at_cuts, at_shares, in_bins
from segtool.segments.schemes import load
from segtool.segments.segmentation import segment_customers
from segtool.segments.table import labelled_table
from segtool.stored.cells import cells_of
from segtool.stored.census import census_in
from segtool.stored.customers import StoredCustomers
from segtool.stored.cuts import cuts_of, values_at
from segtool.stored.table import labelled_query
from segtool.storing import store
from segtool.summary.census import census_of
from segtool.words import words_in

needs("duckdb")

AS_OF = date(2024, 1, 1)
DAY = 19_723
"""2024-01-01 in days since 1970."""

SHOP = ROOT / "examples" / "orders.csv"


def base(frequency: Any, monetary: Any, last: Any = None) -> Customers:
    count = len(frequency)
    last = np.asarray(range(count) if last is None else last, np.int64)
    ids = pa.array([f"c{i:03}" for i in range(count)], pa.large_string())
    return Customers(ids, last - 1, last, np.asarray(frequency, np.int64), np.asarray(monetary, np.int64))


def put(database: Database, customers: Customers) -> StoredCustomers:
    """Return customers as an engine keeps them, with one among them who has bought nothing."""
    columns = {
        name: np.append(getattr(customers, name), 0) for name in ("first_order", "last_order", "frequency", "monetary")
    }
    ids = pa.concat_arrays([customers.customer_id, pa.array(["nobody"], pa.large_string())])
    relation = database.put(pa.table({"customer_id": ids.cast(pa.string()), **columns}))
    return StoredCustomers(database, relation, AS_OF)


@pytest.fixture(scope="module")
def memory() -> Iterator[Database]:
    with closing(duck(None, memory_limit=None)) as database:
        yield database


def test_the_value_at_a_rank_is_found_by_counting(memory: Database) -> None:
    stored = put(memory, base([1, 1, 1, 2, 3, 9], [0] * 6))
    assert values_at(stored, "frequency", [1, 3, 4, 6], (1, 9)) == {1: 1, 3: 1, 4: 2, 6: 9}


def test_thirds_of_six_customers_are_cut_as_by_hand(memory: Database) -> None:
    stored, thirds = put(memory, base([1, 1, 1, 2, 3, 9], [0] * 6)), in_bins("frequency", 3)
    assert cuts_of(stored, [thirds], stored.totals(), ties="low") == {thirds: (1, 2)}
    assert cuts_of(stored, [thirds], stored.totals(), ties="high") == {thirds: (0, 2)}


FAR = 2**62
AMOUNTS = st.one_of(
    st.lists(st.integers(-FAR, FAR), min_size=1, max_size=40),
    st.lists(st.sampled_from([-FAR, -1, 0, 1, FAR]), min_size=1, max_size=40),
    st.lists(st.integers(-3, 3), min_size=1, max_size=40),
    st.integers(-FAR, FAR).flatmap(lambda each: st.integers(1, 30).map(lambda count: [each] * count)),
)
RULES = (
    *(in_bins(figure, bins) for figure in ("monetary", "recency_days", "frequency") for bins in (2, 3, 5, 10)),
    in_bins("average_order_value", 4),
    at_shares("monetary", ["1%", "100/3%", "99.9%"]),
    at_cuts("monetary", ["-5", "0.0001", "7"]),
    *(AxisRule(figure, "mean") for figure in ("monetary", "recency_days", "frequency", "average_order_value")),
)


@given(AMOUNTS, st.data(), st.sampled_from(["low", "high"]))
@settings(max_examples=60, deadline=None)
def test_cuts_are_those_of_customers_at_hand(memory: Database, amounts: list[int], data: Any, ties: Any) -> None:
    same = st.lists(st.integers(1, 10**6) | st.just(1), min_size=len(amounts), max_size=len(amounts))
    days = st.lists(st.integers(-700_000, DAY), min_size=len(amounts), max_size=len(amounts))
    customers = base(data.draw(same), amounts, data.draw(days))
    figures = Figures(customers, customers.days_since(AS_OF))
    stored = put(memory, customers)
    found = cuts_of(stored, RULES, stored.totals(), ties=ties)
    assert found == {rule: tuple(cut(figures, rule, ties=ties)[0].tolist()) for rule in RULES}


OPTIONS = (
    (ScoreOptions(), ["loyalty-matrix"], "en"),
    (ScoreOptions(), [], "en"),
    (ScoreOptions(ties="high", bins=3), [], "fa"),
    (ScoreOptions(bins="10,4,2"), [], "en"),
    (ScoreOptions(monetary="mean", weights="100,10,0.5"), ["loyalty-matrix", "customer-value-matrix"], "fa"),
    (ScoreOptions(recency_cuts="10,20,300,400", monetary_cuts="1,2.5,3,400"), ["loyalty-matrix"], "en"),
)


@given(st.integers(1, 60), st.randoms(use_true_random=False), st.sampled_from(OPTIONS))
@settings(max_examples=40, deadline=None)
def test_counts_and_labels_are_those_of_customers_at_hand(memory: Database, count: int, random: Any, how: Any) -> None:
    options, names, lang = how
    customers = base(
        [random.choice([1, 1, 2, 3, 50]) for _ in range(count)],
        [random.choice([0, -1, 5, 10_000, random.randint(-(10**9), 10**12)]) for _ in range(count)],
        [random.randint(DAY - 400, DAY) for _ in range(count)],
    )
    schemes, words = [load(name) for name in names], words_in(lang)
    figures = Figures(customers, customers.days_since(AS_OF))
    wanted = segment_customers(figures, AS_OF, schemes, options)
    cells = cells_of(put(memory, customers), schemes, options)
    every, found = census_of(wanted), census_in(cells)
    for each in dataclasses.fields(every):
        if each.name != "commonest":
            assert repr(getattr(every, each.name)) == repr(getattr(found, each.name)), each.name
    for figure in ("recency_days", "frequency", "monetary"):
        assert every.commonest(figure) == found.commonest(figure)
    table = labelled_table(wanted, words=words, weights=options.weight_units, jalali=False)
    query, schema = labelled_query(cells, words=words, weights=options.weight_units)
    rows = memory.fetch(f"{query} ORDER BY customer_id")
    assert rows.cast(schema).equals(table)


RUNS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "in Persian": {"lang": "fa"},
    "in the Jalali calendar": {"lang": "fa", "calendar_out": "jalali"},
    "no scheme": {"scheme": "none", "bins": 4},
    "several schemes": {"scheme": ["loyalty-matrix", "customer-value-matrix"]},
    "ranked": {"weights": "100,10,1", "monetary": "mean"},
    "as of a day": {"as_of": "2026-01-31", "ties": "high"},
    "own cuts": {"frequency_cuts": "1,2,3,5"},
    "to an end": {"goal": "keep-customers"},
    "targets": {"targets": ["Champions >= 10 by 2030-01-01"], "fail_if": ["Champions > 1%"]},
    "some orders": {"where": "quantity > 1", "orders_by": "day", "since": "2025-03-01"},
}


@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS)
def test_rows_summary_and_model_are_those_of_an_ordinary_run(tmp_path: Path, options: dict[str, Any]) -> None:
    wanted = segtool.rfm(SHOP, **options)
    found = store(SHOP, tmp_path / "customers.parquet", **options)
    assert found.summary.to_json() == wanted.summary.to_json()
    assert found.customers == len(wanted.table)
    assert found.model.to_json() == wanted.model.to_json()
    rows = pq.read_table(tmp_path / "customers.parquet")
    assert rows.equals(wanted.table)
    assert rows.schema.metadata[b"segtool"].decode() == wanted.summary.to_json()


def test_a_model_scores_as_it_does_elsewhere(tmp_path: Path, run: Run) -> None:
    assert run("rfm", SHOP, "--as-of", "2025-06-30", "--save-model", "m.json", "-q").returncode == 0
    options = {"model": tmp_path / "m.json"}
    wanted, found = segtool.rfm(SHOP, **options), store(SHOP, tmp_path / "c.parquet", **options)
    assert found.summary.drift is not None
    assert found.summary.to_json() == wanted.summary.to_json()
    assert pq.read_table(tmp_path / "c.parquet").equals(wanted.table)


def test_ids_that_a_spreadsheet_spoilt_are_told(tmp_path: Path, orders: Callable[..., Path]) -> None:
    path = orders("1.2E+05,1,2024-03-01,5", "7e3,2,2024-03-02,6", "x1e5,3,2024-03-03,7", "1.22E+5,4,2024-03-03,7")
    found = store(path, tmp_path / "c.parquet")
    assert found.summary.to_json() == segtool.rfm(path).summary.to_json()
    assert "exponent-ids" in [each.code for each in found.summary.warnings]


def test_the_same_file_is_written_in_any_order_of_the_rows(tmp_path: Path) -> None:
    header, *lines = SHOP.read_text("utf-8").splitlines()
    (tmp_path / "turned.csv").write_text("\n".join([header, *reversed(lines), ""]), "utf-8")
    store(SHOP, tmp_path / "a.parquet")
    store(tmp_path / "turned.csv", tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_labelled_file_is_read_by_compare(tmp_path: Path, run: Run) -> None:
    for day in ("2025-06-30", "2025-12-31"):
        assert run("rfm", SHOP, "--as-of", day, "--into", f"{day}.parquet", "-q").returncode == 0
    found = run("compare", "2025-06-30.parquet", "2025-12-31.parquet", "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["scheme"] == "loyalty-matrix"


def test_the_command_tells_the_summary_and_where_the_customers_are(run: Run, tmp_path: Path) -> None:
    wanted = json.loads(run("rfm", SHOP, "--json").stdout)
    found = run("rfm", SHOP, "--into", "c.parquet", "--summary-file", "s.json", "--save-model", "m.json")
    assert found.returncode == 0, found.stderr
    assert "Labelled 239 customers in c.parquet." in found.stderr
    assert json.loads((tmp_path / "s.json").read_text("utf-8")) == wanted
    assert json.loads((tmp_path / "m.json").read_text("utf-8"))["population"]["customers"] == 239
    assert json.loads(run("rfm", SHOP, "--into", "c.parquet", "--json").stdout) == wanted


def test_quiet_says_nothing(run: Run) -> None:
    found = run("rfm", SHOP, "--into", "c.parquet", "-q")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


UNFIT = {
    "--by": ["--by", "product"],
    "--nested": ["--nested"],
    "--ties": ["--ties", "spread"],
    "length_days": ["--axes", "LRFM"],
    "--carry": ["--carry", "product"],
    "--customers": ["--customers", "x.csv"],
    "--prospects": ["--prospects"],
    "--previous": ["--previous", "x.csv"],
    "--customer-level": ["--customer-level"],
    "--rejects": ["--rejects", "r.csv"],
    "--output": ["-o", "x.csv"],
    "--csv-safe": ["--csv-safe"],
    "--engine": ["--engine", "arrow"],
    "--column": ["--column", "age=years"],
    "columns": ["--scheme", "age"],
}


@pytest.mark.parametrize("option", UNFIT)
def test_what_needs_all_customers_at_hand_is_refused(run: Run, tmp_path: Path, option: str) -> None:
    found = run("rfm", SHOP, "--into", "c.parquet", *UNFIT[option])
    assert found.returncode == 2
    assert option in found.stderr
    assert found.stderr.count("\n") == 1
    assert not (tmp_path / "c.parquet").exists()


def test_an_unknown_option_is_a_mistake_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="colour"):
        store(SHOP, tmp_path / "c.parquet", colour="red")


@pytest.mark.parametrize("name", ["segments", ""])
def test_files_have_no_database_for_a_table(run: Run, name: str) -> None:
    found = run("rfm", SHOP, "--into", name)
    assert (found.returncode, "say a path" in found.stderr, found.stdout) == (2, True, "")


@pytest.mark.parametrize("name", ["out/customers", "c.csv/", "s3://shop/c.parquet"])
def test_a_path_is_one_of_a_parquet_file_here(run: Run, name: str) -> None:
    found = run("rfm", SHOP, "--into", name)
    assert (found.returncode, ".parquet" in found.stderr) == (2, True)


def test_what_is_no_labelled_table_stays(run: Run, tmp_path: Path) -> None:
    pq.write_table(pa.table({"customer_id": ["a"], "total": [1]}), tmp_path / "mine.parquet")
    (tmp_path / "text.parquet").write_text("mine")
    (tmp_path / "folder.parquet").mkdir()
    for name in ("mine.parquet", "text.parquet", "folder.parquet"):
        before = (tmp_path / name).read_bytes() if (tmp_path / name).is_file() else None
        found = run("rfm", SHOP, "--into", name)
        assert found.returncode in (2, 73), found.stderr
        assert before is None or (tmp_path / name).read_bytes() == before


def test_an_input_is_not_written_over(run: Run, tmp_path: Path) -> None:
    assert run("rfm", SHOP, "--into", "c.parquet", "-q").returncode == 0
    found = run("rfm", "c.parquet", "--amount", "monetary", "--order-date", "last_order", "--into", "c.parquet")
    assert (found.returncode, "is an input" in found.stderr) == (2, True)


def test_a_run_that_fails_leaves_the_old_file(
    tmp_path: Path, run: Run, orders: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("rfm", SHOP, "--into", "c.parquet", "-q").returncode == 0
    before = (tmp_path / "c.parquet").read_bytes()
    assert run("rfm", orders("a,1,yesterday,5"), "--into", "c.parquet").returncode == 65

    def broken(*_: Any) -> Any:
        raise DataError("the connection is lost.")

    monkeypatch.setattr("segtool.databases.duck.Duck.stream", broken)
    with pytest.raises(DataError):
        store(SHOP, tmp_path / "c.parquet")
    assert (tmp_path / "c.parquet").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.parquet", "orders.csv"]


EVIL = r"""
[scoring]
r = { bins = 2 }
[[segments]]
name = "'); DROP TABLE evil; --"
title = { en = '"; DROP TABLE evil; --', fa = "'' OR 1=1" }
advice.en = "`none` {0} %s $1 ?"
health = "positive"
r = 2
[[segments]]
name = 'a "quoted" `name` \\'
title = { en = "; --", fa = '\"' }
advice.en = "None."
health = "negative"
r = 1
"""


@pytest.fixture
def evil(tmp_path: Path) -> str:
    path = tmp_path / "evil.toml"
    path.write_text(EVIL, "utf-8")
    return str(path)


def test_names_of_segments_are_never_part_of_a_query(tmp_path: Path, evil: str) -> None:
    options: dict[str, Any] = {"scheme": ["loyalty-matrix", evil], "lang": "fa"}
    wanted, found = segtool.rfm(SHOP, **options), store(SHOP, tmp_path / "c.parquet", **options)
    assert found.summary.to_json() == wanted.summary.to_json()
    assert pq.read_table(tmp_path / "c.parquet").equals(wanted.table)


@pytest.fixture(params=["duckdb-file", "postgres", "spark"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    found = HOMES[request.param](tmp_path)
    with closing(found):
        yield found


SHOP_TABLE = pa.table(
    {
        "customer_id": ["a", "b'\"`;--", "a", "ج", "b'\"`;--", "0007", "E"],
        "order_id": ["1", "2", "3", "4", "5", "6", "7"],
        "order_date": pa.array([date(2024, 3, day) for day in (1, 2, 9, 4, 5, 6, 7)]),
        "amount": [1.25, 2.55, 3.0, -4.0, 5.005, 60.0, 0.0],
    }
)


def rows_in(address: str, table: str) -> pa.Table:
    """Return a table of a database, sorted by customer."""
    place = address_of(address)
    assert place is not None
    with closing(connect(place)) as database:
        relation = database.relation(dataclasses.replace(place, table=table, path=None))
        columns = [f"{database.cell(column)} AS c{i}" for i, column in enumerate(database.columns_of(relation))]
        names = [column.header for column in database.columns_of(relation)]
        found = database.fetch(f"SELECT {', '.join(columns)} FROM {relation}").rename_columns(names)
        return found.sort_by("customer_id")


def named(home: Home, name: str) -> str:
    return f"{home.schema}.{name}" if isinstance(home, Postgres) else name


@pytest.fixture
def labels(home: Home) -> Iterator[str]:
    """Return the name of a table that is not there, and is not when the test has ended."""
    name = named(home, f"segtool_labels_{os.getpid()}")
    yield name
    home.execute(f"DROP TABLE IF EXISTS {name}")


def test_a_table_has_the_rows_of_an_ordinary_run(home: Home, labels: str, evil: str) -> None:
    address = home.put(SHOP_TABLE)
    for options in (
        {"scheme": [evil, "loyalty-matrix"], "lang": "fa"},
        {"weights": "1,2,3", "bins": 2, "scheme": "none", "calendar_out": "jalali"},
    ):
        wanted = segtool.rfm(SHOP_TABLE, **options)
        found = store(address, labels, **options)
        assert json.loads(found.summary.to_json()) == json.loads(wanted.summary.to_json()) | {
            "columns": found.summary.columns
        }
        rows = rows_in(address, labels)
        assert rows.column_names == wanted.table.column_names
        assert rows.cast(wanted.table.schema.remove_metadata()).equals(wanted.table.replace_schema_metadata(None))


def test_a_table_that_is_not_labelled_stays(home: Home) -> None:
    address = home.put(SHOP_TABLE)
    home.put(SHOP_TABLE, "mine")
    with pytest.raises(UsageError, match="no labelled table"):
        store(address, named(home, "mine"))
    assert len(rows_in(address, named(home, "mine"))) == len(SHOP_TABLE)


@pytest.mark.parametrize("home", ["duckdb-file", "postgres"], indirect=True)
def test_a_labelled_table_with_a_column_of_the_user_stays(home: Home, labels: str) -> None:
    address = home.put(SHOP_TABLE)
    store(address, labels)
    home.execute(f"CREATE TABLE {labels}_history AS SELECT labelled.*, 1 AS run FROM {labels} AS labelled")
    try:
        with pytest.raises(UsageError, match="no labelled table"):
            store(address, f"{labels}_history")
        assert len(rows_in(address, f"{labels}_history")) == 4
    finally:
        home.execute(f"DROP TABLE {labels}_history")


def test_the_table_of_the_orders_is_not_written_over(home: Home) -> None:
    address = home.put(SHOP_TABLE, "orders_here")
    with pytest.raises(UsageError, match="is a table that is read"):
        store(address, named(home, "orders_here"))


def test_a_name_that_is_none_of_a_table_is_refused_or_is_one_all_the_same(home: Home) -> None:
    address = home.put(SHOP_TABLE)
    for name in ('x"; DROP TABLE orders1; --', "", ".", 'x"y', "a.b.c.d.e"):
        with pytest.raises(SegtoolError):
            store(address, name)
    if home.engine != "spark":  # its tables have no such names
        store(address, "x; DROP TABLE orders1")
        home.execute('DROP TABLE "x; DROP TABLE orders1"')
    assert segtool.rfm(address).summary.customers == 4


def test_a_path_on_a_cluster_is_a_directory_and_elsewhere_a_file(home: Home, tmp_path: Path) -> None:
    address, path = home.put(SHOP_TABLE), tmp_path / "labels.parquet"
    store(address, path)
    assert path.is_dir() == (home.engine == "spark")
    wanted = segtool.rfm(SHOP_TABLE).table
    found = pq.read_table(path).sort_by("customer_id")
    assert found.cast(wanted.schema.remove_metadata()).equals(wanted.replace_schema_metadata(None))
    if home.engine == "spark":
        with pytest.raises(UsageError, match="files cannot be replaced whole; name a new directory"):
            store(address, path)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, run: Run) -> None:
    assert run("rfm", "duckdb:///lost.duckdb?table=orders", "--into", "labels").returncode == 66
    assert not (tmp_path / "lost.duckdb").exists()


def test_a_run_that_fails_leaves_the_old_table(home: Home, labels: str) -> None:
    address = home.put(SHOP_TABLE)
    store(address, labels)
    before = rows_in(address, labels)
    with pytest.raises(DataError):
        store(home.put(SHOP_TABLE.slice(0, 0)), labels)
    assert rows_in(address, labels).equals(before)
    store(home.put(SHOP_TABLE.slice(0, 2)), labels)
    assert len(rows_in(address, labels)) == 2


@pytest.mark.parametrize("home", ["duckdb-file", "postgres"], indirect=True)
def test_a_view_does_not_give_way(home: Home, labels: str) -> None:
    address = home.put(SHOP_TABLE)
    store(address, labels)
    view = f"{labels}_view"
    home.execute(f"CREATE VIEW {view} AS SELECT * FROM {labels}")
    try:
        with pytest.raises(UsageError, match="no labelled table"):
            store(address, view)
        if home.engine == "postgres":
            with pytest.raises(UsageError, match=r"cannot give way, since the view .*labels.*_view looks at it"):
                store(address, labels)
        else:
            store(address, labels)
        assert len(rows_in(address, view)) == 4
    finally:
        home.execute(f"DROP VIEW {view}")


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
def test_a_table_with_parts_does_not_give_way_and_neither_does_a_part(home: Home, labels: str) -> None:
    address, every = home.put(SHOP_TABLE), named(home, "every_run")
    store(address, labels)
    home.execute(f"CREATE TABLE {every} (LIKE {labels}) PARTITION BY LIST (segment)")
    home.execute(f"CREATE TABLE {every}_1 PARTITION OF {every} DEFAULT")
    for name in (every, f"{every}_1"):
        with pytest.raises(UsageError, match="no labelled table"):
            store(address, name)


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
def test_a_table_gives_way_in_the_schema_where_its_name_is_found(home: Home, labels: str) -> None:
    assert isinstance(home, Postgres)
    address, first = home.put(SHOP_TABLE), f"{home.schema}_first"
    store(address, labels)
    home.execute(f"CREATE SCHEMA {first}")
    try:
        path = f"&options=-csearch_path%3D{first}%2C{home.schema}"
        store(home.put(SHOP_TABLE.slice(0, 2)) + path, labels.split(".")[1])
        assert len(rows_in(address, labels)) == 2
        assert home.execute(f"SELECT 1 FROM pg_tables WHERE schemaname = '{first}'") == []
    finally:
        home.execute(f"DROP SCHEMA {first} CASCADE")


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
def test_two_runs_into_one_table_end_with_one_of_them_whole(home: Home, labels: str) -> None:
    assert isinstance(home, Postgres)
    store(home.put(SHOP_TABLE), labels)
    with closing(connect(address_of(home.url))) as one, closing(connect(address_of(home.url))) as other:
        query = f"SELECT * FROM {labels}"
        assert all(each.exists(labels) for each in (one, other))  # both hold it, and wait for each other
        with ThreadPoolExecutor(2) as pool:
            ends = [pool.submit(each.create, labels, query) for each in (one, other)]
            errors = [end.exception() for end in ends]
        assert sorted(type(error).__name__ for error in errors) == ["BusyError", "NoneType"]
    assert len(rows_in(home.address("orders1"), labels)) == 4
