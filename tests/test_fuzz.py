"""Whatever the bytes are: a result that adds up, or one line that says why not; never a traceback, never a hang."""

import csv
import gzip
import io
import json
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from conftest import SIX
from hypothesis import example, given, settings
from hypothesis import strategies as st

import segtool
from segtool.errors import MissingExtraError, SegtoolError
from segtool.tables.delimited import csv_file

slow = settings(max_examples=150, deadline=5_000)


def check(path: object, **options: object) -> None:
    """Read orders; what comes out adds up, and what does not is one clear error."""
    try:
        result = segtool.rfm(path, max_bad=1, rejects=True, **options)  # type: ignore[arg-type]
    except SegtoolError as error:
        without_extra = isinstance(error, MissingExtraError) and find_spec("fastexcel") is None
        if not without_extra and (error.exit_code not in (2, 65, 66) or not str(error)):
            raise
        return
    rows, summary = result.summary.rows, result.summary
    assert rows.read == rows.used + sum(each.rows for each in rows.set_aside.values())
    assert sum(segment.customers for segment in summary.segments) == summary.customers == len(result.table)
    assert sum(segment.revenue for segment in summary.segments) == summary.revenue
    assert len(list(result.rejects())) == rows.set_aside_total


def form(name: str, folder: Path) -> bytes:
    """Return the six customers in a format."""
    (folder / "six.csv").write_text(SIX)
    table = pyarrow.csv.read_csv(folder / "six.csv")
    sink = io.BytesIO()
    if name == "parquet":
        pq.write_table(table, sink, row_group_size=5)
    elif name == "arrow":
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    elif name == "jsonl":
        return "\n".join(json.dumps(row, default=str) for row in table.to_pylist()).encode()
    elif name == "gz":
        return gzip.compress(SIX.encode(), mtime=0)
    else:
        return SIX.encode(name)
    return sink.getvalue()


@slow
@given(data=st.binary(max_size=400), threads=st.integers(1, 2))
@example(data=b"\xd0\xcf\x11\xe0", threads=1)
@example(data=b"PK\x03\x04", threads=1)
def test_bytes(data: bytes, threads: int, tmp_path: Path) -> None:
    path = tmp_path / "orders"
    path.write_bytes(data)
    check(path, threads=threads)
    path.write_bytes(b"customer,date,total\n" + data)
    check(path, threads=threads)


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "jsonl", "gz", "parquet", "arrow"])
@settings(slow, max_examples=60)
@given(data=st.data())
def test_files_with_damage(name: str, data: st.DataObject, tmp_path: Path) -> None:
    good = form(name, tmp_path)
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 20)))
    path = tmp_path / "orders"
    path.write_bytes(good[:start] + data.draw(st.binary(max_size=20)) + good[end:])
    check(path)


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "ann",
            "",
            "2024-01-31",
            "31/12/2023",
            "1403/05/08",
            "1,234",
            "1.234,5",
            "$5",
            "(3)",
            "-",
            "NaN",
            "1e400",
            '"',
            "\n",
        ]
    ),
)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])


@slow
@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=3), max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=encodings,
    block=st.sampled_from([64, 100, 1 << 22]),
    packed=st.booleans(),
    decimal=st.sampled_from([None, ".", ","]),
    day_first=st.sampled_from([None, True]),
)
def test_every_row_that_a_writer_wrote_is_read_once(
    rows: list[list[str]],
    delimiter: str,
    ending: str,
    encoding: str,
    block: int,
    packed: bool,
    decimal: str | None,
    day_first: bool | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", block)
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows([["customer", "date", "total"], *rows, ["zoe", "2024-01-31", "5"]])
    path = tmp_path / "orders"
    data = file.getvalue().encode(encoding, "surrogatepass")
    path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    check(path, decimal=decimal, day_first=day_first)
    try:
        summary = segtool.rfm(path, max_bad=1, decimal=decimal, day_first=day_first).summary
    except SegtoolError as error:
        if not any(told in str(error) for told in _MAY_BE_TOLD):
            raise
    else:
        assert summary.rows.read == len(rows) + 1


_MAY_BE_TOLD = (
    "no cell of the column tells",
    "is written with",
    "currencies",
    "unknown time zone",
    "not utf-",
    "not UTF-8",
)


def test_a_file_of_one_line_of_many_megabytes_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders"
    path.write_bytes(b"customer,date,total\nann,2024-01-01,5\n" + b"x" * (3 << 20) + b",2024-01-01,5\n")
    assert segtool.rfm(path).summary.customers == 2
    path.write_bytes(b"x," * (1 << 14))
    check(path)
