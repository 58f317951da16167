"""Any file: however it is packed, encoded, delimited or laid out, the same orders give the same customers."""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, SIX, Run
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import fs

import segtool
from segtool.errors import DataError, MissingInputError, UsageError
from segtool.tables import places
from segtool.tables.delimited import csv_file
from segtool.tables.delimited.records import physical_lines

Orders = Callable[..., Path]
ROWS = list(csv.reader(io.StringIO(SIX)))
EXPECTED = {
    "ann": (0, 2, 25.5),
    "ben": (90, 1, 99.99),
    "cid": (30, 1, 20.0),
    "dee": (1, 3, 21.75),
    "eve": (30, 1, 40.0),
}
EXPECTED["fay"] = (35, 2, 3.0)


def found(orders: object, **options: object) -> dict[str, tuple[int, int, float]]:
    frame = segtool.rfm(orders, **options).customers  # type: ignore[arg-type]
    columns = ("customer_id", "recency_days", "frequency", "monetary")
    return {row[0]: row[1:] for row in zip(*(frame[name].tolist() for name in columns), strict=True)}


def delimited(delimiter: str, rows: list[list[str]] = ROWS, ending: str = "\n") -> str:
    return "".join(delimiter.join(row) + ending for row in rows)


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return sink.getvalue().to_pybytes()


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_files_are_unpacked_by_their_first_bytes(suffix: str, tmp_path: Path) -> None:
    half = SIX.index("cid")
    path = tmp_path / f"orders{suffix if suffix != '.bz2' else ''}"
    path.write_bytes(PACKERS[suffix](SIX[:half].encode()) + PACKERS[suffix](SIX[half:].encode()))
    assert found(path) == EXPECTED
    assert segtool.rfm(path, rejects=True).summary.rows.read == 12


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_that_is_cut_short_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"orders.csv{suffix}"
    path.write_bytes(PACKERS[suffix](SIX.encode() * 100)[:-9])
    with pytest.raises(DataError, match=r"orders.csv.* is not a whole (gzip|bz2|xz|zstd) file"):
        segtool.rfm(path)


def test_packed_parquet_is_read(tmp_path: Path) -> None:
    (tmp_path / "six.csv").write_text(SIX)
    pq.write_table(pyarrow.csv.read_csv(tmp_path / "six.csv"), tmp_path / "six.parquet")
    packed = tmp_path / "orders.gz"
    packed.write_bytes(gzip.compress((tmp_path / "six.parquet").read_bytes()))
    assert found(packed) == EXPECTED


@pytest.mark.parametrize(
    ("encoding", "option"),
    [
        ("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("utf-16-le", None), ("utf-16-be", None),
        ("utf-32", None), ("cp1252", "cp1252"), ("cp1252", "latin-1"), ("utf-8-sig", "utf-8"), ("utf-16", "UTF-16"),
        ("utf-8-sig", "cp1252"),
    ],
)  # fmt: skip
def test_encodings(encoding: str, option: str | None, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(SIX.replace("ann", "René").encode(encoding))
    expected = {"René" if name == "ann" else name: own for name, own in EXPECTED.items()}
    assert found(path, encoding=option) == expected


def test_a_file_in_an_old_encoding_is_refused_with_what_its_words_would_be(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes("customer_id,order_date,amount\nRené,2024-01-01,5\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"orders.csv:2: byte 0xE9 is not UTF-8. Say --encoding cp1252 for 'René'"):
        segtool.rfm(path)
    path.write_bytes("مشتری,تاریخ سفارش,مبلغ\nعلي,1403/05/08,5\n".replace("ی", "ي").encode("cp1256"))
    with pytest.raises(DataError, match=r"cp1256 for 'مشتري'"):
        segtool.rfm(path)
    assert list(found(path, encoding="cp1256")) == ["علي"]


def test_bytes_that_are_not_of_the_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"customer_id,order_date,amount\nann,2024-01-01,5\n\x81,2024-01-01,5\n")
    with pytest.raises(DataError, match=r"orders.csv:3: byte 0x81 is not cp1252"):
        segtool.rfm(path, encoding="cp1252")
    with pytest.raises(UsageError, match="--encoding 'cp9999' is unknown"):
        segtool.rfm(path, encoding="cp9999")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "،", "  ", " \t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_recognised(delimiter: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(delimited(delimiter, ending=ending).encode())
    assert found(path) == EXPECTED


@pytest.mark.parametrize("block", [64, 97, 200])
@pytest.mark.parametrize("delimiter", ["،", "   ", ";"])
def test_rewritten_delimiters_survive_the_borders_of_blocks(
    delimiter: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", block)
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(
        gzip.compress(
            delimited(delimiter, ROWS[:1] + ROWS[1:] * 9, ending=" \r\n" if "  " in delimiter else "\n").encode()
        )
    )
    assert segtool.rfm(path).summary.rows.read == 12 * 9


def test_a_delimiter_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(delimited("~"))
    assert found(path, delimiter="~") == EXPECTED
    path.write_text(delimited("\t"))
    assert found(path, delimiter="tab") == EXPECTED
    with pytest.raises(UsageError, match="--delimiter '::' is no delimiter"):
        segtool.rfm(path, delimiter="::")


def test_mixed_line_ends_and_a_sep_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    lines = delimited(";").splitlines()
    path.write_bytes(
        b"sep=;\r\n" + "".join(line + end for line, end in zip(lines, ["\n", "\r\n", "\r"] * 5, strict=False)).encode()
    )
    assert found(path) == EXPECTED


def test_semicolons_win_over_commas_inside_cells(orders: Orders) -> None:
    path = orders(
        '"Meier, Anna";1.2.2024;12,50', '"Beck, Tom";13.2.2024;7,25', 'x, y;14.2.2024;1,00',
        header="Kunde, Name;Datum;Betrag",
    )  # fmt: skip
    assert found(path, customer_id="1") == {
        "Beck, Tom": (1, 1, 7.25),
        "Meier, Anna": (13, 1, 12.5),
        "x, y": (0, 1, 1.0),
    }


def test_trailing_delimiters_on_every_row_are_no_cells(orders: Orders) -> None:
    assert found(orders(*[",".join(row) + "," for row in ROWS[1:]])) == EXPECTED
    assert found(orders(*[",".join(row) + "," for row in ROWS[1:]], header=",".join(ROWS[0]) + ",")) == EXPECTED


def test_the_path_of_a_file_tells_columns_however_the_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, currency in (("2024-01-31", "EUR"), ("2024-02-01", "USD")):
        folder = tmp_path / "sales" / f"currency={currency}" / f"date={day}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("customer,total\nann,5\n")
    monkeypatch.chdir(tmp_path)
    for name in ("sales", "sales/*/*/a.csv", "sales/*", "sales/currency=*"):
        with pytest.raises(DataError, match="in 2 currencies: EUR, USD"):
            segtool.rfm(name)
        assert found(name, currency="eur") == {"ann": (0, 1, 5.0)}
    for name in ("sales/currency=EUR", "sales/currency=EUR/date=2024-01-31/a.csv"):
        assert segtool.rfm(name).summary.columns["currency"] == "currency"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
def test_rows_count_where_the_path_tells_every_column_that_is_wanted(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "customer=ann" / "date=2024-01-31" / "total=5"
    folder.mkdir(parents=True)
    table = pa.table({"note": ["x", "y"]})
    if form == "parquet":
        pq.write_table(table, folder / "a.parquet")
    elif form == "arrow":
        with pa.ipc.new_file(str(folder / "a.arrow"), table.schema) as writer:
            writer.write_table(table)
    else:
        (folder / f"a.{form}").write_text({"csv": "note,b\nx,1\ny,2\n", "jsonl": '{"note": "x"}\n{"note": 1}\n'}[form])
    assert found(tmp_path) == {"ann": (0, 2, 10.0)}


def test_a_line_that_states_the_delimiter_is_no_row_of_a_file_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("sep=;\nann;2024-01-01;5\n")
    assert found(path, header=False, customer_id="1", order_date="2", amount="3") == {"ann": (0, 1, 5.0)}


def test_lines_above_the_header_may_have_as_many_cells(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Report;2024;;\n;;;\n" + delimited(";"))
    assert found(path) == EXPECTED
    assert "the header was found on line 3" in segtool.rfm(path).summary.warnings[0].message


def test_a_delimiter_at_the_end_of_most_rows_leaves_the_others_to_be_broken_rows(orders: Orders) -> None:
    rows = ["ann,2024-01-01,12,", "ben,2024-01-02,12,50", "cid,2024-01-03", "dee,2024-01-04,7", "eve,2024-01-05,8, "]
    result = segtool.rfm(orders(*rows, *rows[:1] * 3, header="customer,date,amount"), max_bad=1, rejects=True)
    assert result.table["customer_id"].to_pylist() == ["ann", "eve"]
    assert [(each.line, each.reason, each.record) for each in result.rejects()] == [
        (line, "broken row", rows[line - 2]) for line in (3, 4, 5)
    ]


def test_an_arabic_comma_in_quotes_is_a_letter_of_its_cell(orders: Orders) -> None:
    path = orders('"آریا، تهران"،۱۴۰۳/۰۵/۰۸،۵', "بهار،۱۴۰۳/۰۵/۰۹،۷", header="مشتری،تاریخ،مبلغ")
    assert set(found(path)) == {"آریا، تهران", "بهار"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_blanks_between_columns_lined_up_by_blanks_are_no_rows(end: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.txt"
    rows = ["  customer  date        amount", "  ann  2024-01-01  5  ", " \t ", "  ben  soon  7", "   "]
    path.write_bytes(end.join(rows).encode())
    result = segtool.rfm(path, delimiter="blanks", max_bad=1, rejects=True)
    assert result.summary.rows.read == 2
    assert [(each.line, each.record) for each in result.rejects()] == [(4, "  ben  soon  7")]


def test_lines_above_the_header_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Sales report; 2024\nMade by hand\n\n" + delimited(";"))
    assert found(path) == EXPECTED
    [said] = [each.message for each in segtool.rfm(path).summary.warnings if each.code == "reading"]
    assert said == f"{path}: the header was found on line 4; what stands above it was left out."
    assert found(path, skip_rows=3) == EXPECTED


@pytest.mark.parametrize("skipped", [1, 250, 40_000])
def test_any_number_of_lines_can_be_skipped(skipped: int, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("old,9,2024-01-01,5\n" * skipped + SIX + "gus,12,never,5\n")
    assert found(path, skip_rows=skipped, max_bad=1) == EXPECTED
    numbers = {"customer_id": "1", "order_id": "2", "order_date": "3", "amount": "4"}
    assert found(path, skip_rows=skipped + 1, header=False, max_bad=1, **numbers) == EXPECTED
    [row] = segtool.rfm(path, skip_rows=skipped, max_bad=1, rejects=True).rejects()
    assert (row.line, row.record) == (skipped + SIX.count("\n") + 1, "gus,12,never,5")
    with pytest.raises(DataError, match=f"has nothing below line {skipped + SIX.count(chr(10)) + 1}"):
        segtool.rfm(path, skip_rows=10**6)


def test_lines_above_an_unknown_header_are_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Sales report\n\na;b;c\n" + "ann;2024-01-01;5\n" * 3)
    with pytest.raises(DataError, match=r"line 1 has one cell, and from line 3 on there are 3. Say --skip-rows 2"):
        segtool.rfm(path)
    assert found(path, skip_rows=2, customer_id="a", order_date="b", amount="c") == {"ann": (0, 3, 15.0)}


def test_lines_of_places_count_what_stands_above(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Report\n\n" + SIX + "gus,12,never,5\n")
    said = [(each.line, each.reason) for each in segtool.rfm(path, max_bad=1, rejects=True).rejects()]
    assert said == [(16, "bad date")]


def test_a_file_without_a_header_names_its_columns_by_number(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("".join(SIX.splitlines(keepends=True)[1:]))
    options = {"header": False, "customer_id": "1", "order_id": "2", "order_date": "3", "amount": "4"}
    assert found(path, **options) == EXPECTED
    with pytest.raises(DataError, match=r"Columns: 1, 2, 3, 4\."):
        segtool.rfm(path, header=False)


def test_equal_headers_are_told_apart_by_number(orders: Orders) -> None:
    path = orders("ann,2024-01-01,5,6", header="customer,date,amount,amount")
    with pytest.raises(DataError, match=r"2 columns for amount.* Say --amount 3 or 4"):
        segtool.rfm(path)
    assert found(path, amount="4") == {"ann": (0, 1, 6.0)}


def test_json_lines_keep_numbers_as_written_and_columns_that_come_late(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    rows = [
        '{"customer": {"id": 12345678901234567890}, "date": "2024-01-01", "total": 0.10}',
        '{"total": 80000000000000.1234, "date": "2024-01-02T10:00:00", "customer": {"id": "007"}}',
        "",
        "not json",
        '{"customer": {"id": "007"}, "date": "2024-01-03", "total": "5.5", "refunded": 1, "tags": ["a", 1]}',
        '{"customer": {"id": null}, "date": "2024-01-03", "total": 5}',
    ]
    path.write_text("\n".join(rows))
    result = segtool.rfm(path, max_bad=1, rejects=True)
    money = dict(zip(result.table["customer_id"].to_pylist(), result.table["monetary"].to_pylist(), strict=True))
    assert {key: str(value) for key, value in money.items()} == {
        "007": "80000000000004.6234", "12345678901234567890": "0.1000",
    }  # fmt: skip
    assert [(each.line, each.reason) for each in result.rejects()] == [(4, "broken row"), (6, "no customer")]


def test_a_json_array_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([{"customer": "ann"}]))
    with pytest.raises(DataError, match="one JSON array; write an object a line"):
        segtool.rfm(path)


@pytest.mark.parametrize("form", ["file", "stream", "feather"])
def test_arrow_files_are_read(form: str, tmp_path: Path) -> None:
    (tmp_path / "six.csv").write_text(SIX)
    table = pyarrow.csv.read_csv(tmp_path / "six.csv")
    path = tmp_path / "orders.arrow"
    if form == "feather":
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(str(path), table.schema, options=options) as writer:
            writer.write_table(table)
    else:
        new = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
        with new(str(path), table.schema) as writer:
            writer.write_table(table)
    assert found(path) == EXPECTED
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="not a whole Arrow file"):
        segtool.rfm(path)


def test_files_patterns_and_directories_are_joined_by_role(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    (folder / "1.csv").write_text(delimited(";", [ROWS[0], *ROWS[1:5]]))
    other = [
        ["Betrag", "x", "Kundennr", "Bestelldatum", "Bestellnr"],
        *([r[3], "", r[0], r[2], r[1]] for r in ROWS[5:9]),
    ]
    (folder / "b" / "2.csv.gz").write_bytes(gzip.compress(delimited(",", other).encode()))
    (folder / "b" / "3.jsonl").write_text(
        "\n".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) for row in ROWS[9:])
    )
    (folder / "README.md").write_text("nothing")
    (folder / "_SUCCESS").write_text("")
    assert found(folder) == EXPECTED
    assert found([folder / "1.csv", f"{folder}/b/*"]) == EXPECTED
    assert found(f"{folder}/**/*.[cj]s*") == EXPECTED
    with pytest.raises(UsageError, match="is given twice"):
        segtool.rfm([folder, folder / "1.csv"])
    with pytest.raises(MissingInputError, match="No file matches"):
        segtool.rfm(f"{folder}/*.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingInputError, match="has no table in it"):
        segtool.rfm(tmp_path / "empty")


def test_the_directories_of_a_partitioned_table_are_columns(tmp_path: Path) -> None:
    table = pa.table({"customer": ["ann", "ben"], "amount": [1.0, 2.0], "date": ["x", "x"]})
    for day in ("2024-01-01", "2024-01-03"):
        for country in ("DE", "__HIVE_DEFAULT_PARTITION__"):
            folder = tmp_path / f"order_date={day}" / f"currency={country}"
            folder.mkdir(parents=True)
            pq.write_table(table, folder / "0.parquet")
    assert found(tmp_path) == {"ann": (0, 4, 4.0), "ben": (0, 4, 8.0)}
    assert segtool.rfm(tmp_path, currency="de").summary.rows.set_aside["currency"].rows == 4
    assert segtool.rfm(tmp_path, drop_duplicates=True).summary.rows.read == 8


def test_addresses_of_object_stores_are_listed_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is a folder here; what is asked of it is what is asked of s3, gs and abfs."""
    store = fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem())
    monkeypatch.setattr(places, "_store", lambda address: (store, address.split("://")[1]))
    (tmp_path / "shop" / "in" / "year=2024").mkdir(parents=True)
    (tmp_path / "shop" / "in" / "1.csv.gz").write_bytes(gzip.compress(delimited(";", ROWS[:7]).encode()))
    (tmp_path / "shop" / "in" / "notes.md").write_text("nothing")
    table = pa.table({name: [row[i] for row in ROWS[7:]] for i, name in enumerate(ROWS[0])})
    pq.write_table(table, tmp_path / "shop" / "in" / "year=2024" / "2.parquet")
    assert found("s3://shop/in") == EXPECTED
    assert found(["gs://shop/in/*.gz", "gs://shop/in/*/*.parquet"]) == EXPECTED
    with pytest.raises(UsageError, match=r"s3://shop/in/1.csv.gz is given twice"):
        segtool.rfm(["s3://shop/in/1.csv.gz", "s3://shop/in"])
    with pytest.raises(MissingInputError, match=r"abfs://shop/out does not exist, or has no table in it"):
        segtool.rfm("abfs://shop/out")


def test_an_address_that_leads_nowhere_is_no_input() -> None:
    with pytest.raises(MissingInputError, match="s3://"):
        segtool.rfm("s3://")


def test_columns_of_different_types_are_joined(tmp_path: Path) -> None:
    one = pa.table({"customer": [7, 8], "date": pa.array([19_000, 19_001], pa.date32()), "total": [1.5, 2.0]})
    other = pa.table({"total": ["$1.25", "2"], "customer": ["7", "08"], "date": [1_641_686_400, 1_641_686_400]})
    pq.write_table(one, tmp_path / "1.parquet")
    pq.write_table(other, tmp_path / "2.parquet")
    assert found(tmp_path) == {"08": (0, 1, 2.0), "7": (0, 2, 2.75), "8": (0, 1, 2.0)}


def test_a_file_that_lacks_a_role_is_named(tmp_path: Path, orders: Orders) -> None:
    one = orders("ann,1,2024-01-01,5", name="one.csv")
    other = orders("ann,2024-01-01", header="customer_id,order_date", name="two.csv")
    with pytest.raises(DataError, match=r"two.csv has no column for amount"):
        segtool.rfm([one, other])


def test_amounts_of_one_file_join_prices_of_another(orders: Orders) -> None:
    one = orders("ann,2024-01-01,5", header="customer,date,amount", name="one.csv")
    other = orders("ann,2024-01-01,3,0.5", header="customer,date,quantity,unit price", name="two.csv")
    assert found([one, other]) == {"ann": (0, 2, 6.5)}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_stdin_is_a_table(pack: Callable[[bytes], bytes], run: Run) -> None:
    done = run("rfm", "-", "-q", input=pack(SIX.encode()), text=False, encoding=None)
    assert done.stdout.decode().splitlines()[1].startswith("ann,2024-01-05,2024-03-31,0,2,25.50")


def test_parquet_comes_through_stdin_and_rows_set_aside_are_found_again(run: Run, tmp_path: Path) -> None:
    pq.write_table(pa.table({"customer": ["ann", None], "date": ["2024-01-01"] * 2, "total": [1, 2]}), tmp_path / "o")
    done = run("rfm", "-", "-q", "--rejects", "r.csv", input=(tmp_path / "o").read_bytes(), text=False, encoding=None)
    assert done.returncode == 0
    assert (tmp_path / "r.csv").read_text().splitlines()[1] == 'stdin,2,no customer,",2024-01-01,2"'


def test_nothing_through_stdin_is_an_empty_file(run: Run) -> None:
    done = run("rfm", "-", input="")
    assert (done.returncode, done.stderr) == (65, "segtool: stdin is empty.\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_a_file_that_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=lambda: pipe.write_text(SIX)).start()
    assert found(pipe) == EXPECTED


def test_temporary_copies_of_stdin_are_gone_at_the_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "segtool", "rfm", "-", "-q"]
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=env, input=SIX.encode(), check=True, capture_output=True)
    assert not list(tmp_path.iterdir())


def test_cells_with_nul_bytes_are_cells(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"customer_id,order_date,amount\na\0b,2024-01-01,5\nann,2024-01-01,5\n")
    assert set(found(path)) == {"a\0b", "ann"}


@pytest.mark.parametrize("delimiter", [";", "\t", "،"])
def test_an_open_quote_is_named_whatever_the_delimiter(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(delimited(delimiter) + delimiter.join(['"gus', "12", "2024-01-01", "5\n"]) * 3)
    with pytest.raises(DataError, match=r"orders.csv:1[45]: a quote opens in this row"):
        segtool.rfm(path)


def test_quoted_cells_with_line_ends_and_delimiters(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text('customer;date;amount;note\n"an;n\n""x""";2024-01-01;"1,5";"a;b"\nben;2024-01-01;2,5;\n')
    assert found(path) == {'an;n\n"x"': (0, 1, 1.5), "ben": (0, 1, 2.5)}


def test_csv_spectrum(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    """The published samples, read as tables, have the published cells."""
    from segtool.tables import open_tables
    from segtool.tables.source import Layout

    for path in sorted(real_data("messy/csv-spectrum/csvs").iterdir()):
        expected = json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text("utf-8", "replace"))
        encoding = "cp1252" if path.stem == "location_coordinates" else None
        [source] = open_tables([path], Layout(encoding=encoding))
        rows: list[dict[str, str]] = []
        for part in source.parts(range(len(source.columns))):
            for batch in part():
                cells = zip(*(column.to_pylist() for column in batch.columns), strict=True)
                rows += [dict(zip(source.columns, row, strict=True)) for row in cells]
        expected = expected if isinstance(expected, list) else [expected]
        if encoding is None:
            assert rows == expected, path.name
        else:  # the sample and its cells were once saved in different encodings
            assert [row["Cities"] for row in rows] == [row["Cities"] for row in expected]


def test_a_json_line_of_many_megabytes_is_looked_at_once(tmp_path: Path) -> None:
    """Seconds; one that is searched anew with every megabyte of it takes minutes."""
    path = tmp_path / "orders.jsonl"
    long = json.dumps({"customer": "x" * (40 << 20), "date": "2024-01-01", "total": 5})
    path.write_text('{"customer":"a","date":"2024-01-01","total":1}\n' + long)
    began = time.perf_counter()
    assert segtool.rfm(path).summary.customers == 2
    assert time.perf_counter() - began < 15


@given(chunks=st.lists(st.text("a\r\n", max_size=5).map(str.encode), max_size=6))
def test_lines_end_where_they_end_however_the_text_is_cut(chunks: list[bytes]) -> None:
    assert list(physical_lines(chunks)) == list(physical_lines([b"".join(chunks)]))
