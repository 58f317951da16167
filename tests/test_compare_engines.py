"""Two labelled tables compared where they stand: the same comparison to the last byte, and only counts travel."""

import gzip
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import SIX, Run, needs
from homes import HOMES, DuckFile, Home, Postgres
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.comparing import Compared
from segtool.errors import DataError, MissingExtraError, UsageError
from segtool.history import stored
from segtool.segments.schemes import read

needs("duckdb")

HERE = ("duckdb", "duckdb-file")
THERE = (*HERE, "postgres", "spark")
SEGMENTS = [each.name for each in read("loyalty-matrix").segments]
COLUMNS = ("customer_id", "first_order", "last_order", "recency_days", "frequency", "monetary", "segment")
TYPES = (pa.string(), pa.date32(), pa.date32(), pa.int64(), pa.int64(), pa.decimal128(19, 4), pa.string())
MAY, JUNE = date(2024, 5, 31), date(2024, 6, 30)

Row = tuple[Any, ...]


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


def bought(who: str, as_of: date, recency: int, orders: int, spent: str | int, segment: str | None) -> Row:
    last = as_of - timedelta(recency)
    return who, last - timedelta(10 * (orders - 1)), last, recency, orders, Decimal(spent), segment


def labelled(rows: Sequence[Row], types: Sequence[pa.DataType] = TYPES) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in COLUMNS]
    typed = zip(COLUMNS, columns, TYPES, types, strict=True)
    return pa.table({name: column(cells, kind, own) for name, cells, kind, own in typed})


def column(cells: Sequence[Any], kind: pa.DataType, own: pa.DataType) -> pa.Array:
    """Return cells of a kind as a column of another type; the float that is nearest to a decimal."""
    if pa.types.is_floating(own) and pa.types.is_decimal(kind):
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64()).cast(own)
    return pa.array(cells, kind).cast(own)


BEFORE = [
    bought("ann", MAY, 10, 4, "100.25", "Champions"),
    bought("ben", MAY, 60, 2, 50, "At Risk"),
    bought("00123", MAY, 5, 1, "20.0001", "New Customers"),
    bought("dee", MAY, 2, 7, "-3.5", "Champions"),
    ("eve", None, None, None, 0, Decimal(0), "Promising"),
    bought("Gus@Example.org", MAY, 121, 1, 10, None),
]
AFTER = [
    bought("ann", JUNE, 40, 4, "100.25", "At Risk"),
    bought("ben", JUNE, 3, 3, "80.5", "Potential Loyalists"),
    bought("dee", JUNE, 0, 9, 400, "Champions"),
    ("eve", None, None, None, 0, Decimal(0), "Promising"),
    bought("gus@example.org", JUNE, 151, 1, 10, "Hibernating"),
    bought("شیرین", JUNE, 0, 2, 44, "Potential Loyalists"),
]
BOTH = [BEFORE, AFTER]


def facts(found: Compared) -> dict[str, Any]:
    """Return what is told, without the names of the tables, which stand elsewhere."""
    told = json.loads(found.comparison.to_json())
    told["before"]["file"] = told["after"]["file"] = ""
    return told


def same(there: Compared, here: Compared) -> None:
    assert facts(there) == facts(here)
    for name in ("matrix", "flows", "table"):
        one, other = getattr(there, name), getattr(here, name)
        assert one.replace_schema_metadata().equals(other.replace_schema_metadata()), name


def compared_in(home: Home, before: pa.Table, after: pa.Table, **options: Any) -> Compared:
    """Return two tables compared where this home keeps them, and nowhere else."""
    addresses = [home.put(table) for table in (before, after)]
    return segtool.compare(*addresses, **{"engine": home.engine, **options})


# By hand


@pytest.mark.parametrize("home", THERE)
def test_who_moved_is_the_same_wherever_it_is_counted(home: str, opened: Callable[[str], Home]) -> None:
    before, after = labelled(BEFORE), labelled(AFTER)
    found = compared_in(opened(home), before, after)
    same(found, segtool.compare(before, after))
    assert found.comparison.moved == {"up": 2, "down": 1, "same": 2, "new": 1, "gone": 1, "other": 0}
    assert found.comparison.before.as_of == MAY
    assert len(found) == len(found.table) == 7


@pytest.mark.parametrize("home", THERE)
@pytest.mark.parametrize(
    "types",
    [
        (pa.string(),) * 7,
        (pa.string(), pa.timestamp("us"), pa.timestamp("us"), pa.int32(), pa.float64(), pa.float64(), pa.string()),
        (pa.string(), pa.date32(), pa.string(), pa.float64(), pa.int16(), pa.float32(), pa.string()),
    ],
    ids=["texts", "floats", "mixed"],
)
def test_cells_of_any_type_mean_the_same(
    home: str, types: Sequence[pa.DataType], opened: Callable[[str], Home]
) -> None:
    before, after = labelled(BEFORE, types), labelled(AFTER, types)
    same(compared_in(opened(home), before, after), segtool.compare(before, after))


@pytest.mark.parametrize("home", THERE)
def test_whole_numbers_as_ids_and_money(home: str, opened: Callable[[str], Home]) -> None:
    types = (pa.int64(), *TYPES[1:5], pa.int64(), pa.string())
    rows = [[(str(at), *row[1:5], Decimal(at * 10**9), row[6]) for at, row in enumerate(each)] for each in BOTH]
    before, after = (labelled(each, types) for each in rows)
    same(compared_in(opened(home), before, after), segtool.compare(before, after))


@pytest.mark.parametrize("home", THERE)
def test_days_for_active_and_targets_and_alerts_work_there_too(home: str, opened: Callable[[str], Home]) -> None:
    before, after = labelled(BEFORE), labelled(AFTER)
    options: dict[str, Any] = {
        "active_days": 90,
        "targets": ["Champions >= 5"],
        "fail_if": ["Champions -> At Risk > 5%", "churn_rate > 1%"],
        "lang": "fa",
    }
    found = compared_in(opened(home), before, after, **options)
    same(found, segtool.compare(before, after, **options))
    assert [alert.state for alert in found.comparison.alerts] == ["fails", "fails"]


@pytest.mark.parametrize("home", THERE)
def test_customers_who_are_kept_as_gone_are_in_neither_table(home: str, opened: Callable[[str], Home]) -> None:
    gone = ("hal", date(2024, 1, 1), date(2024, 1, 1), None, 0, Decimal(5), "(gone)")
    before, after = labelled([*BEFORE, gone]), labelled([*AFTER, gone, ("ivy", *gone[1:])])
    found = compared_in(opened(home), before, after)
    same(found, segtool.compare(before, after))
    assert "hal" not in found.table.column("customer_id").to_pylist()


@pytest.mark.parametrize("home", THERE)
def test_sums_beyond_64_bits_are_exact(home: str, opened: Callable[[str], Home]) -> None:
    most = Decimal(2**63 - 1).scaleb(-4)
    before = labelled([bought(f"c{at}", MAY, 0, 1, most, "Champions") for at in range(3)])
    after = labelled([bought(f"c{at}", JUNE, 30, 1, most, "At Risk") for at in range(3)])
    found = compared_in(opened(home), before, after)
    assert found.comparison.before.revenue == 3 * most
    assert facts(found) == facts(segtool.compare(before, after))


@pytest.mark.parametrize("home", THERE)
def test_no_name_of_a_segment_or_a_customer_is_taken_for_sql(
    home: str, tmp_path: Path, opened: Callable[[str], Home]
) -> None:
    names = ["O'Brien'; DROP TABLE x; --", 'say "hi"', "back\\slash", "`tick`", "%s {0} $1 ?", "نام"]
    scheme = tmp_path / "odd.toml"
    cuts = f"[scoring]\nf = {{ cuts = [{', '.join(map(str, range(1, len(names))))}] }}\n"
    segments = (f"[[segments]]\nname = {json.dumps(name)}\nf = {at}\n" for at, name in enumerate(names, start=1))
    scheme.write_text(cuts + "".join(segments), "utf-8")
    before = labelled([bought(name, MAY, 1, 1, 1, name) for name in names])
    after = labelled([bought(name, JUNE, 1, 2, 2, other) for name, other in zip(names, names[::-1], strict=True)])
    found = compared_in(opened(home), before, after, scheme=str(scheme))
    same(found, segtool.compare(before, after, scheme=str(scheme)))
    assert set(found.table.column("customer_id").to_pylist()) == set(names)


# Any tables

ids = st.one_of(
    st.sampled_from(
        ["ann", " ann", "ANN", "a@b.co", "A@B.co", "n", "0", "-1", "007", "7", "7.0", "n/a ", "کد", "a'b", 'a"b']
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4),
)
units = st.one_of(st.integers(-(10**6), 10**6), st.integers(-(2**62), 2**62))


@st.composite
def tables(draw: st.DrawFn, as_of: date) -> pa.Table:
    rows = []
    for who in draw(st.lists(ids, min_size=1, max_size=8, unique=True)):
        segment = draw(st.sampled_from([*SEGMENTS[:4], None, "", " Champions", "(gone)"]))
        money = Decimal(draw(units)).scaleb(-4)
        if draw(st.integers(0, 5)) == 0:
            rows.append((who, None, None, None, 0, money, segment))
        else:
            orders = draw(st.integers(1, 4))
            last = as_of - timedelta(draw(st.integers(0, 90)))
            first = last - timedelta(draw(st.integers(0, 100)))
            rows.append((who, first, last, (as_of - last).days, orders, money, segment))
    types = draw(st.sampled_from([TYPES, (pa.string(),) * 7, (*TYPES[:5], pa.float64(), pa.string())]))
    return labelled(rows, types)


def check(home: Home, before: pa.Table, after: pa.Table, active_days: int | None) -> None:
    """Compare two tables here and there: both come to the same, or both are refused.

    Of several things that are wrong one is told; a database looks for customers with two rows last.
    """
    options: dict[str, Any] = {"active_days": active_days, "scheme": "loyalty-matrix"}
    try:
        here = segtool.compare(before, after, **options)
    except DataError:
        with pytest.raises(DataError):
            compared_in(home, before, after, **options)
        return
    same(compared_in(home, before, after, **options), here)


days = st.one_of(st.none(), st.integers(1, 100))


@given(tables(MAY), tables(JUNE), days)
@settings(max_examples=25)
def test_any_tables_in_files(
    opened: Callable[[str], Home], before: pa.Table, after: pa.Table, active_days: int | None
) -> None:
    check(opened("duckdb"), before, after, active_days)


@given(tables(MAY), tables(JUNE), days)
@settings(max_examples=12)
def test_any_tables_in_a_duckdb(
    opened: Callable[[str], Home], before: pa.Table, after: pa.Table, active_days: int | None
) -> None:
    check(opened("duckdb-file"), before, after, active_days)


@given(tables(MAY), tables(JUNE), days)
@settings(max_examples=10)
def test_any_tables_in_a_postgresql(
    opened: Callable[[str], Home], before: pa.Table, after: pa.Table, active_days: int | None
) -> None:
    check(opened("postgres"), before, after, active_days)


@given(tables(MAY), tables(JUNE), days)
@settings(max_examples=3)
def test_any_tables_in_a_spark(
    opened: Callable[[str], Home], before: pa.Table, after: pa.Table, active_days: int | None
) -> None:
    check(opened("spark"), before, after, active_days)


# Refusals


@pytest.mark.parametrize("home", THERE)
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([*AFTER, AFTER[0], AFTER[0], AFTER[2]], "customer 'ann' has two rows, as have 2 more"),
        (
            [*AFTER, bought("zoe", MAY, 0, 1, 1, "Champions")],
            "has rows of several as-of dates, 2024-05-31 to 2024-06-30",
        ),
        ([bought("zoe", JUNE, 0, 1, 1, "Champion")], "has the segments Champion, which scheme loyalty-matrix does not"),
        ([], "has no rows."),
    ],
    ids=["twice", "days", "segment", "empty"],
)
def test_errors_are_those_of_the_arrow_engine(
    home: str, rows: Sequence[Row], says: str, opened: Callable[[str], Home]
) -> None:
    before, after = labelled(BEFORE), labelled(rows)
    place = opened(home)
    addresses = [place.put(table) for table in (before, after)]
    with pytest.raises(DataError) as there:
        segtool.compare(*addresses, engine=place.engine, scheme="loyalty-matrix")
    with pytest.raises(DataError) as here:
        segtool.compare(before, after, scheme="loyalty-matrix")
    assert says in str(there.value)
    told = str(here.value).removeprefix("table")
    assert str(there.value).endswith(told)
    assert there.value.exit_code == 65


@pytest.mark.parametrize("home", THERE)
def test_a_missing_column_is_named_with_those_that_are_there(home: str, opened: Callable[[str], Home]) -> None:
    before, after = labelled(BEFORE), labelled(AFTER).drop_columns(["frequency"])
    with pytest.raises(DataError, match=r"has no column frequency, as each table of segtool rfm has\. Columns: cust"):
        compared_in(opened(home), before, after)
    with pytest.raises(DataError, match="has no column segment: it was made with --scheme none"):
        compared_in(opened(home), labelled(BEFORE).drop_columns(["segment"]), labelled(AFTER))


@pytest.mark.parametrize("home", THERE)
def test_customers_without_an_id_are_counted(home: str, opened: Callable[[str], Home]) -> None:
    with pytest.raises(DataError, match="2 rows have no customer_id"):
        compared_in(opened(home), labelled(BEFORE), labelled([*AFTER, (None, *AFTER[0][1:]), ("n/a", *AFTER[0][1:])]))


@pytest.mark.parametrize("home", THERE)
@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("monetary", "twelve", 'monetary "twelve" is no number of at most four decimals'),
        ("monetary", "1.00005", 'monetary "1.00005" is no number of at most four decimals'),
        ("frequency", "1.5", 'frequency "1.5" is no whole number'),
        ("last_order", "yesterday", 'last_order "yesterday" is no date'),
    ],
)
def test_cells_that_cannot_be_read_are_told(
    home: str, column: str, cell: str, says: str, opened: Callable[[str], Home]
) -> None:
    after = labelled(AFTER, (pa.string(),) * 7)
    at = after.column_names.index(column)
    after = after.set_column(at, column, pa.array([cell, *after.column(at).to_pylist()[1:]]))
    with pytest.raises(DataError) as error:
        compared_in(opened(home), labelled(BEFORE), after)
    assert says in str(error.value)


def test_a_later_table_comes_second_there_too(opened: Callable[[str], Home]) -> None:
    with pytest.raises(DataError, match="name the earlier one first"):
        compared_in(opened("duckdb"), labelled(AFTER), labelled(BEFORE))


def test_too_many_odd_cells_are_refused_with_the_way_out(
    opened: Callable[[str], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_CELLS", 3)
    texts = (pa.string(),) * 7
    with pytest.raises(UsageError, match=r"DuckDB cannot read as they are written; .* --engine arrow"):
        compared_in(opened("duckdb"), labelled(BEFORE, texts), labelled(AFTER, texts))


def test_a_type_that_only_a_database_has_is_refused(opened: Callable[[str], Home]) -> None:
    after = labelled(AFTER).set_column(6, "segment", pa.array([[each[6]] for each in AFTER]))
    with pytest.raises(UsageError, match=r"DuckDB has segment as VARCHAR\[\], .*--engine arrow"):
        compared_in(opened("duckdb"), labelled(BEFORE), after)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "oracle"}, "There is no engine 'oracle'; there are arrow, duckdb, postgres, spark"),
        ({"engine": "postgres"}, "--engine postgres compares two tables that stand in one PostgreSQL"),
        ({"engine": "spark"}, "--engine spark compares two tables that stand in one Spark"),
        ({"memory_limit": "1GB"}, "--memory-limit is for DuckDB; say --engine duckdb"),
        ({"engine": "duckdb", "memory_limit": "much"}, "'much' is no size"),
    ],
)
def test_engines_that_cannot_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as error:
        segtool.compare(labelled(BEFORE), labelled(AFTER), **options)
    assert says in str(error.value)


def test_without_duckdb_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r"segtool\[duckdb\]"):
        segtool.compare(labelled(BEFORE), labelled(AFTER), engine="duckdb")


# Files and the command line


@pytest.fixture
def months(tmp_path: Path, run: Run) -> tuple[Path, Path]:
    """Two Parquet tables that `segtool rfm` wrote, with its summary in them."""
    (tmp_path / "orders.csv").write_text(SIX)
    made = (tmp_path / "february.parquet", tmp_path / "march.parquet")
    for path, as_of in zip(made, ("2024-02-29", "2024-03-31"), strict=True):
        assert run("rfm", "orders.csv", "--as-of", as_of, "-o", path.name, "-q").returncode == 0
    return made


def test_what_a_parquet_file_tells_of_its_run_is_used(months: tuple[Path, Path]) -> None:
    here, there = (segtool.compare(*months, engine=engine) for engine in ("arrow", "duckdb"))
    assert there.comparison.to_json() == here.comparison.to_json()
    assert there.table.equals(here.table)


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "arrow", "csv.gz"])
def test_files_of_other_formats_are_copied_for_duckdb(months: tuple[Path, Path], form: str) -> None:
    if form == "xlsx":
        needs("xlsxwriter")
    rows = [("=1+1", *AFTER[0][1:]), ("'quoted", *AFTER[1][1:]), *AFTER[2:]]
    made = months[0].with_name(f"june.{form.removesuffix('.gz')}")
    from segtool.tables.writing.formats import SUFFIXES, write_table

    with made.open("wb") as file:
        style = {"csv_safe": True, "lang": "en", "digits": "en", "headers": "en", "right_to_left": False}
        write_table(labelled(rows), file, SUFFIXES[made.suffix], **style)
    if form.endswith(".gz"):
        import gzip

        packed = made.with_name(made.name + ".gz")
        packed.write_bytes(gzip.compress(made.read_bytes()))
        made = packed
    before = labelled(BEFORE)
    here, there = (
        segtool.compare(before, made, engine=engine, scheme="loyalty-matrix") for engine in ("arrow", "duckdb")
    )
    assert there.comparison.to_json() == here.comparison.to_json()
    assert there.table.equals(here.table)


@pytest.mark.parametrize("name", ["it's.parquet", "a*b.parquet", "[1].parquet", "what?.parquet", "نام.parquet"])
def test_names_of_files_are_names(tmp_path: Path, name: str) -> None:
    paths = [tmp_path / f"{at}{name}" for at in (0, 1)]
    for path, rows in zip(paths, BOTH, strict=True):
        pq.write_table(labelled(rows), path)
    here, there = (segtool.compare(*paths, engine=engine) for engine in ("arrow", "duckdb"))
    assert there.comparison.to_json() == here.comparison.to_json()


def test_the_command_line_tells_the_same(months: tuple[Path, Path], run: Run) -> None:
    told = [
        run(
            "compare",
            *map(str, months),
            "--json",
            "--engine",
            engine,
            "--flows",
            f"{engine}.csv",
            "-o",
            f"{engine}.jsonl",
        )
        for engine in ("arrow", "duckdb")
    ]
    assert told[0].stdout == told[1].stdout != ""
    for form in ("csv", "jsonl"):
        one, other = (months[0].with_name(f"{engine}.{form}").read_bytes() for engine in ("arrow", "duckdb"))
        assert one == other


def test_two_tables_of_a_database_are_compared_inside_it(
    tmp_path: Path, opened: Callable[[str], Home], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [opened("duckdb-file").put(labelled(rows)) for rows in BOTH]
    monkeypatch.setattr("segtool.history.places.read_labelled", partial(pytest.fail, "a row has travelled"))
    assert segtool.compare(*addresses).comparison.days == 30
    found = run("compare", *addresses, "-o", "moves.csv", "--matrix", "matrix.csv")
    assert found.returncode == 0, found.stderr
    assert "Wrote 7 customers to moves.csv." in found.stdout + found.stderr
    assert len((tmp_path / "moves.csv").read_text().splitlines()) == 8


def test_the_table_is_not_fetched_where_nobody_writes_it(
    opened: Callable[[str], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [opened("duckdb-file").put(labelled(rows)) for rows in BOTH]
    monkeypatch.setattr("segtool.history.stored_moves.StoredMoves.moved", partial(pytest.fail, "a row has travelled"))
    found = segtool.compare(*addresses)
    assert len(found) == 7
    assert found.flows.num_rows == 7


def test_the_file_of_the_database_is_no_output(opened: Callable[[str], Home], run: Run) -> None:
    addresses = [opened("duckdb-file").put(labelled(rows)) for rows in BOTH]
    path = addresses[0].removeprefix("duckdb:///").partition("?")[0]
    found = run("compare", *addresses, "-o", path, "--format", "csv")
    assert found.returncode == 2
    assert "is an input; name another output" in found.stderr


# Who moved, left in the database


@pytest.mark.parametrize("home", ["duckdb-file", "postgres", "spark"])
def test_who_moved_stays_in_the_database(home: str, opened: Callable[[str], Home]) -> None:
    place = opened(home)
    before, after = labelled(BEFORE), labelled(AFTER)
    addresses = [place.put(table, f"q_{name}_{os.getpid()}") for table, name in ((before, "may"), (after, "june"))]
    schema = f"{place.schema}." if isinstance(place, Postgres) else ""
    into = f"{schema}q_moves_{os.getpid()}"
    for _ in range(2):  # the second gives way to the first
        found = segtool.compare(*addresses, into=into, lang="fa")
    assert facts(found) == facts(segtool.compare(before, after, lang="fa"))
    with pytest.raises(UsageError, match="Who moved was left in"):
        _ = found.table
    written = place.execute(f"SELECT * FROM {into}")
    rows = [tuple(row.values()) for row in segtool.compare(before, after, lang="fa").table.to_pylist()]
    money = [[None if cell is None else Decimal(cell) for cell in row[-3:]] for row in written]
    exact = [(*row[:-3], *amounts) for row, amounts in zip(written, money, strict=True)]
    assert sorted(map(repr, exact)) == sorted(map(repr, rows))
    with pytest.raises(UsageError, match="is a table that is read"):
        segtool.compare(*addresses, into=f"{schema}q_may_{os.getpid()}")
    place.execute(f"CREATE TABLE {schema}q_other_{os.getpid()} AS SELECT 1 AS one")
    with pytest.raises(UsageError, match="what is there is no table of a comparison"):
        segtool.compare(*addresses, into=f"{schema}q_other_{os.getpid()}")
    for name in ("may", "june", "moves", "other"):
        place.execute(f"DROP TABLE {schema}q_{name}_{os.getpid()}")


@pytest.mark.parametrize("home", ["duckdb", "duckdb-file", "postgres"])
def test_who_moved_goes_into_a_file_without_coming_here(
    home: str, tmp_path: Path, opened: Callable[[str], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = opened(home)
    addresses = [place.put(labelled(rows)) for rows in BOTH]
    with monkeypatch.context() as patched:
        patched.setattr("segtool.history.stored_moves.StoredMoves.moved", partial(pytest.fail, "a row has travelled"))
        found = segtool.compare(*addresses, engine=place.engine, into=tmp_path / "moves.parquet")
    table = pq.read_table(tmp_path / "moves.parquet")
    assert table.schema.metadata[b"segtool_compare"].decode() == found.comparison.to_json()
    assert table.to_pylist() == segtool.compare(*addresses).table.to_pylist()
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"one": [1]}), other)
    with pytest.raises(UsageError, match="what is there is no table of a comparison"):
        segtool.compare(*addresses, engine=place.engine, into=other)


def test_a_labelled_file_does_not_give_way_to_a_comparison(opened: Callable[[str], Home]) -> None:
    addresses = [opened("duckdb").put(labelled(rows)) for rows in BOTH]
    with pytest.raises(UsageError, match="what is there is no table of a comparison"):
        segtool.compare(*addresses, engine="duckdb", into=addresses[0])


def test_a_table_that_comes_through_a_pipe_or_is_packed_is_compared_by_duckdb(tmp_path: Path, run: Run) -> None:
    for name, rows in (("before", BEFORE), ("after", AFTER)):
        pq.write_table(labelled(rows), tmp_path / f"{name}.parquet")
    (tmp_path / "after.parquet.gz").write_bytes(gzip.compress((tmp_path / "after.parquet").read_bytes()))
    for name in ("-", "after.parquet.gz"):
        told = []
        for engine in ("arrow", "duckdb"):
            with (tmp_path / "after.parquet").open("rb") as stdin:
                told.append(run("compare", "before.parquet", name, "--json", "--engine", engine, stdin=stdin))
        assert told[0].stdout == told[1].stdout
        assert told[1].returncode == 0, told[1].stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"into": "moves.parquet"}, "--into needs an engine that speaks SQL: say --engine duckdb"),
        ({"into": "moves", "engine": "duckdb"}, "files have no database for a table; say a path"),
        ({"into": "out/moves.csv", "engine": "duckdb"}, "a file of this machine ends in .parquet"),
    ],
)
def test_places_that_cannot_be_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as error:
        segtool.compare(labelled(BEFORE), labelled(AFTER), **options)
    assert says in str(error.value)


def test_the_command_line_leaves_who_moved_there(opened: Callable[[str], Home], run: Run, tmp_path: Path) -> None:
    addresses = [opened("duckdb-file").put(labelled(rows)) for rows in BOTH]
    found = run("compare", *addresses, "--into", "told", "--flows", "flows.csv")
    assert found.returncode == 0, found.stderr
    assert "Wrote 7 customers to told." in found.stdout + found.stderr
    told = run("compare", *addresses, "--into", "told", "--json")
    assert json.loads(told.stdout)["moved"]["up"] == 2
    for name in ("moves.csv", "told.xlsx"):
        refused = run("compare", *addresses, "--into", name)
        assert (refused.returncode, f"--into {name}: a file of this machine" in refused.stderr) == (2, True)
    run("compare", *addresses, "--into", "told", "--log-file", "runs.jsonl")
    assert json.loads((tmp_path / "runs.jsonl").read_text())["outputs"] == ["told"]
    idle = run("compare", *addresses, "--into", "told", "-o", "moves.csv")
    assert idle.returncode == 2
    assert "--output is for a table that is written here" in idle.stderr


@pytest.mark.parametrize("home", ["duckdb-file", "postgres"])
def test_tables_of_two_databases_are_compared_here(home: str, opened: Callable[[str], Home], tmp_path: Path) -> None:
    before, after = labelled(BEFORE), labelled(AFTER)
    addresses = opened(home).put(before), DuckFile(tmp_path).put(after)
    for engine in (None, "arrow", "duckdb"):
        same(segtool.compare(*addresses, engine=engine), segtool.compare(before, after))


def test_an_address_without_a_table_is_refused(opened: Callable[[str], Home]) -> None:
    address = opened("duckdb-file").put(labelled(BEFORE))
    with pytest.raises(UsageError, match=r"names no table: say duckdb:///.*\?table=may"):
        segtool.compare(address.partition("?")[0], address.partition("?")[0])
