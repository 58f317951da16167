"""What must stay exact however large the orders are and however they are cut: blocks, batches, threads, hashes."""

import io
import random
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool import memory
from segtool.engines import distinct, ids
from segtool.engines.distinct import DistinctOrders, Orders
from segtool.engines.ids import Ids
from segtool.engines.order_ids import named_orders
from segtool.errors import DataError
from segtool.output import progress
from segtool.tables import arrow_table
from segtool.tables.delimited import csv_file
from segtool.tables.delimited.records import cut, open_after, records
from segtool.tables.text import sorted_rows
from segtool.tables.writing import write
from segtool.workers import as_they_come, in_order

slow = settings(max_examples=60)


@slow
@given(data=st.data(), by=st.sampled_from(["number", "text", "mixed"]))
def test_orders_whose_lines_lie_apart_count_once(
    data: st.DataObject, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of an order are scattered over one to three files, small blocks and threads."""
    monkeypatch.setattr(csv_file, "BLOCK", data.draw(st.sampled_from([64, 150, 1 << 22])))
    monkeypatch.setattr(distinct, "_RANGE", data.draw(st.sampled_from([1, 5, 1 << 20])))
    monkeypatch.setattr(distinct, "_SMALL", data.draw(st.sampled_from([0, 5, 1 << 23])))
    pairs = data.draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(0, 5)), min_size=1))
    spell = {"number": str, "text": "A{:03}".format, "mixed": lambda i: str(i) if i % 2 else f"0{i}"}[by]
    files = [tmp_path / f"{i}.csv" for i in range(data.draw(st.integers(1, 3)))]
    parts: list[list[str]] = [["customer,order_id,date,amount"] for _ in files]
    expected = defaultdict(set)
    for i, (customer, order, day) in enumerate(pairs):
        parts[i % len(files)].append(f"c{customer},{spell(order)},2024-01-0{day + 1},1")
        expected[f"c{customer}"].add(order)
    for file, rows in zip(files, parts, strict=True):
        file.write_text("\n".join(rows if len(rows) > 1 else [*rows, "c0,,2024-01-01,-0.0001"]))
    frame = segtool.rfm(files, threads=data.draw(st.integers(1, 3))).customers
    found = dict(zip(frame["customer_id"], frame["frequency"], strict=True))
    assert found == {customer: len(orders) for customer, orders in expected.items()}


batches = st.lists(st.lists(st.tuples(st.integers(-5, 20), st.integers(0, 3), st.integers(0, 50)), max_size=12))


@slow
@given(
    batches=batches,
    size=st.sampled_from([1, 3, 1000]),
    small=st.sampled_from([0, 1, 7, 1 << 23]),
    sparse=st.sampled_from([0, 1, 3]),
    spread=st.sampled_from([1, 2**40]),
)
def test_distinct_orders_keep_their_first_place(
    batches: list[list[tuple[int, int, int]]],
    size: int,
    small: int,
    sparse: int,
    spread: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keys near each other have a table, those far from it and those of two customers are sorted, or become near."""
    monkeypatch.setattr(distinct, "_RANGE", size)
    monkeypatch.setattr(distinct, "_SMALL", small)
    monkeypatch.setattr(distinct, "_SPARSE", sparse)
    orders, expected = DistinctOrders(), dict[tuple[int, int], int]()
    for batch in batches:
        for key, customer, place in batch:
            pair = (key * spread, customer)
            expected[pair] = min(place, expected.get(pair, place))
        columns = np.array(batch, np.int64).reshape(-1, 3).T
        orders.add(Orders(columns[0] * spread, columns[1].astype(np.int32), columns[2].astype(np.int32)))
    found = [
        ((key, customer), place)
        for part in orders.merged()
        for key, customer, place in zip(part.key.tolist(), part.customer.tolist(), part.place.tolist(), strict=True)
    ]
    assert len(found) == len(dict(found))
    assert dict(found) == expected


order_ids = st.one_of(
    st.sampled_from(["7", "07", "007", "7.0", "-7", "A7", "A-7", "A07", "é7", "7é", "A", "-", "1" * 18, "1" * 19, "0"]),
    st.text(st.sampled_from("A-0129é"), min_size=1, max_size=12),
    st.integers(0, 2**63 - 1).map(str),
)


@slow
@given(st.lists(st.lists(order_ids, max_size=12), max_size=4))
def test_order_ids_have_the_same_number_where_they_are_the_same(batches: list[list[str]]) -> None:
    """Also an id that one file holds as text and another as an integer."""
    stems, numbers = Ids(), dict[str, int]()
    for batch in batches:
        columns = [pa.array(["x", *batch], pa.string()).slice(1)]
        whole = [int(each) for each in batch if each.isdecimal() and str(int(each)) == each and int(each) < 2**63]
        columns.append(pa.array(whole, pa.int64()))
        for column in columns:
            coded = named_orders(column).coded(stems).tolist()
            for text, number in zip(column.cast(pa.string()).to_pylist(), coded, strict=True):
                assert numbers.setdefault(text, number) == number
    assert len(set(numbers.values())) == len(numbers)


alike = st.sampled_from(["", "customer", "the same fifteen", "a text of more than sixteen bytes "])
"""What texts begin with: nothing, one word that the hash holds, more than a key can prove."""

texts = st.lists(st.builds(str.__add__, alike, st.text(st.sampled_from("ab\x00é7 "), max_size=7)), max_size=30)


@slow
@given(st.lists(texts, max_size=5), st.sampled_from([1, 3, 2**64 - 1]))
def test_texts_keep_their_codes_even_where_hashes_collide(batches: list[list[str]], hashes: int) -> None:
    """Keys with poor hashes prove nothing but of texts that share their first eight bytes, which the tail lacks."""
    found, known = ids.Ids(), dict[str, int]()
    for batch in batches:
        column = pa.array(["x", *batch], pa.string()).slice(1)
        keys = ids.text_keys(column)
        proven = [hashes == 2**64 - 1 or text.startswith("customer") for text in batch]
        tail = np.where(np.array(proven, bool), keys.tail, ids.LONG)
        codes = found.codes(column, ids.Keys(keys.hash % np.uint64(hashes), tail))
        for text, code in zip(batch, codes.tolist(), strict=True):
            assert known.setdefault(text, code) == code
    assert found.texts().to_pylist() == sorted(known, key=known.__getitem__)


def test_thousands_of_texts_may_share_a_hash() -> None:
    words = pa.array([f"a text of many bytes, number {i}" for i in range(1500)])
    keys = ids.Keys(np.zeros(len(words), np.uint64), np.full(len(words), ids.LONG))
    found = ids.Ids()
    codes = found.codes(words, keys)
    assert sorted(codes.tolist()) == list(range(1500))
    assert found.codes(words, keys).tolist() == codes.tolist()
    assert found.texts().take(pa.array(codes)).to_pylist() == words.to_pylist()


@given(st.lists(st.text(st.sampled_from("ab\x00é7"), max_size=17), unique=True))
def test_keys_with_a_tail_differ_where_texts_differ(words: list[str]) -> None:
    keys = ids.text_keys(pa.array(words, pa.string()))
    proven = [pair for pair in zip(keys.hash.tolist(), keys.tail.tolist(), strict=True) if pair[1] != int(ids.LONG)]
    assert len(set(proven)) == len(proven) == sum(len(word.encode()) < 16 for word in words)


@slow
@given(
    st.lists(st.text(st.sampled_from('abc"",,,\n\r'), max_size=12), max_size=12), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_a_block_is_cut_where_a_record_ends(cells: list[str], ending: str) -> None:
    """`records` reads one byte after another; a cut of the first bytes is right if both see the same records."""
    text = ending.join(cells).encode()
    every = [record for _, record, _ in records(io.BytesIO(text))]
    whole = [(record, end) for _, record, end in records(io.BytesIO(text)) if not open_after(record, False)]
    ends = [end for record, end in whole if record.endswith(b"\n")]
    for size in range(1, len(text) + 1):
        found = cut(bytearray(text), size)
        head = [record for _, record, _ in records(io.BytesIO(text[: found.end]))]
        rest = [record for _, record, _ in records(io.BytesIO(text[found.end :]))]
        assert head + rest == every
        assert found.end >= max((end for end in ends if end <= size), default=0)


@slow
@given(st.lists(st.text(st.sampled_from("ab\x00é7 "), max_size=12)), st.text(max_size=9))
def test_texts_sort_in_byte_order(words: list[str], prefix: str) -> None:
    words = [prefix + word for word in words]
    for kind in (pa.string(), pa.large_string()):
        rows = sorted_rows(pa.array(words, kind))
        assert [words[i] for i in rows] == sorted(words, key=str.encode)


def test_cells_that_need_no_quotes_are_written_the_same_with_and_without_a_look_at_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = segtool.rfm(ROOT / "examples" / "orders.csv").table
    plainly, carefully = io.BytesIO(), io.BytesIO()
    write.write_csv(table, plainly)
    monkeypatch.setattr(write, "_special", lambda *_: True)
    write.write_csv(table, carefully)
    assert plainly.getvalue() == carefully.getvalue()


def test_the_first_failure_in_the_order_of_items_is_raised() -> None:
    def fails(item: int) -> Iterator[int]:
        yield item
        if item >= 5:
            raise ValueError(item)

    for threads in (1, 2, 8):
        with pytest.raises(ValueError, match=r"^5$"):
            list(as_they_come(fails, range(100), threads))
        with pytest.raises(ZeroDivisionError):
            list(as_they_come(fails, (1 // (3 - i) for i in range(100)), threads))


def pool_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def test_items_before_one_that_fails_come_first() -> None:
    """With one thread as with many: a failure of an item counts before one of taking a later item."""

    def items() -> Iterator[int]:
        yield from (1, 0, 2)
        raise ValueError

    for threads in (1, 2, 8):
        with pytest.raises(ZeroDivisionError):
            list(in_order(lambda item: 1 // item, items(), threads))
        taken = in_order(abs, items(), threads)
        assert [next(taken), next(taken), next(taken)] == [1, 0, 2]
        with pytest.raises(ValueError, match=r"^$"):
            next(taken)


def test_closing_early_leaves_no_work_behind() -> None:
    taken = []

    def items() -> Iterator[int]:
        for i in range(10**6):
            taken.append(i)
            yield i

    for results in (as_they_come(lambda i: iter([i]), items(), 2), in_order(abs, items(), 2)):
        next(results)
        results.close()
        assert len(taken) < 100
        assert not pool_threads()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_longest_row_is_the_same_however_blocks_are_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", 100)
    monkeypatch.setattr(csv_file, "LONGEST", 400)
    path, header = tmp_path / "orders.csv", "customer,order_id,date,amount,note\n"
    for before in range(0, 300, 7):
        for length, fits in ((400, True), (401, False)):
            start, end = 'ann,1,2024-01-01,1,"', '"\n'
            row = start + "x" * (length - len(start) - len(end)) + end
            path.write_text(header + "ben,2,2024-01-01,1,-\n" * 9 + f"ben,2,2024-01-01,1,{'-' * before}\n" + row * 2)
            if fits:
                assert segtool.rfm(path, threads=threads).summary.rows.used == 12
            else:
                with pytest.raises(DataError, match=r"orders.csv:12: a row is longer than"):
                    segtool.rfm(path, threads=threads)


def test_bytes_that_are_no_text_are_found_wherever_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a column without a role, in a broken row, in a file whose lines end in CR."""
    monkeypatch.setattr(csv_file, "BLOCK", 60)
    path, good = tmp_path / "orders.csv", b"ann,1,2024-01-01,1,-"
    for bad in (b"ann,1,2024-01-01,1,\xff", b"b\xff", b"\xff,1,2024-01-01,1,-"):
        for end in (b"\n", b"\r\n", b"\r"):
            path.write_bytes(end.join([b"customer,order_id,date,amount,note", *[good] * 9, bad, *[good] * 9]))
            with pytest.raises(DataError, match=r"orders.csv:11: byte 0xFF is not UTF-8"):
                segtool.rfm(path)


def test_a_quote_that_stays_open_is_found_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(
        b'customer,order_id,date,amount\na,1,2024-01-01,1\nb,2,2024-01-01,1\rc,3,2024-01-01,1\rd,"4,2024\r'
    )
    with pytest.raises(DataError, match=r"orders.csv:5: a quote opens in this row and is never closed"):
        segtool.rfm(path)


def test_a_run_of_lines_may_pass_64_bits_on_its_way(tmp_path: Path) -> None:
    lines = ["ann,1,2024-01-01,90000000000000"] * 20 + ["ann,1,2024-01-01,-90000000000000"] * 20
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(["customer,order_id,date,amount", *lines, "ann,1,2024-01-01,7.5"]))
    assert segtool.rfm(path).customers["monetary"].tolist() == [7.5]
    path.write_text("\n".join(["customer,order_id,date,amount", *lines[:20]]))
    with pytest.raises(DataError, match=r"passes ±922,337,203,685,477.5807"):
        segtool.rfm(path)


@pytest.mark.parametrize(
    "kind", [pa.decimal128(18, 2), pa.decimal128(18, 4), pa.decimal128(38, 7), pa.decimal256(9, 2)]
)
def test_decimals_of_parquet_are_exact(kind: pa.DataType, tmp_path: Path) -> None:
    cells = [Decimal("12345.67"), None, Decimal("-0.01"), Decimal("0.10")]
    table = pa.table(
        {
            "customer": ["ann", "ann", "ann", "ben"],
            "order_id": [1, 1, -1, None],
            "date": ["2024-01-01"] * 4,
            "amount": pa.array(cells, kind),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet", row_group_size=2)
    result = segtool.rfm(tmp_path / "orders.parquet", max_bad=1)
    assert result.table["monetary"].to_pylist() == [Decimal("12345.6600"), Decimal("0.1000")]
    assert result.customers["frequency"].tolist() == [1, 1]


def test_row_groups_batches_and_threads_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(5)
    table = pa.table(
        {
            "customer": [random.choice(["", "ann", "ben", "cid", "d" * 99]) for _ in range(500)],
            "order_id": [random.randrange(90) for _ in range(500)],
            "date": [f"2024-0{random.randrange(1, 10)}-11" for _ in range(500)],
            "amount": [random.choice(["1", "-2.5", "x"]) for _ in range(500)],
        }
    )
    said = set()
    for rows, group, threads in ((1 << 18, 500, 1), (7, 500, 3), (50, 10, 2), (1, 9, 4)):
        monkeypatch.setattr(arrow_table, "BATCH_ROWS", rows)
        path = tmp_path / "orders.parquet"
        pq.write_table(table, path, row_group_size=group)
        result = segtool.rfm(path, max_bad=1, threads=threads, rejects=True)
        text = io.BytesIO()
        write.write_csv(result.table, text)
        said.add((text.getvalue(), result.summary.to_json(), tuple(result.rejects())))
    assert len(said) == 1


def test_a_long_run_tells_how_far_it_is_and_clears_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setattr(progress, "_PAUSE", 0)
    monkeypatch.setattr(csv_file, "BLOCK", 100)
    monkeypatch.setenv("TERM", "xterm")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen, shares = Terminal(), []
    with progress.Progress(screen) as bar:
        segtool.rfm(ROOT / "examples" / "orders.csv", watch=bar)
    segtool.rfm(ROOT / "examples" / "orders.csv", watch=lambda share, rows: shares.append((share, rows)))
    assert "1,653 rows" in screen.getvalue()
    assert "100%" in screen.getvalue()
    assert shares == sorted(shares)
    assert shares[-1] == (pytest.approx(1), 1653)


def test_an_interrupted_run_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(share: float, rows: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(csv_file, "BLOCK", 100)
    with pytest.raises(KeyboardInterrupt):
        segtool.rfm(ROOT / "examples" / "orders.csv", threads=3, watch=interrupted)
    assert not pool_threads()


def limited(kind: str, size: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run segtool on orders.csv with a limit of the system in force, once everything is loaded."""
    code = (
        "import resource, sys, pyarrow.csv, segtool.api, segtool.output.files, segtool.tables.writing.write\n"
        "from segtool.__main__ import main\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit(resource.{kind}, ({size},) * 2)\n"
        "sys.exit(main(['rfm', 'orders.csv', '-o', 'segments.csv', '--threads', '1']))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="limits that hold")
@pytest.mark.parametrize(
    ("kind", "size", "code", "message"),
    [
        ("RLIMIT_AS", "used + (256 << 20)", 71, "out of memory; it takes more, or fewer --threads"),
        ("RLIMIT_FSIZE", "1 << 20", 74, "cannot write the output: file too large"),
    ],
)
def test_memory_or_room_that_runs_out_is_one_line_and_leaves_the_old_output(
    tmp_path: Path, kind: str, size: str, code: int, message: str
) -> None:
    rows = "".join(f"customer {i:060},{i},2024-01-01,1\n" for i in range(200_000))
    (tmp_path / "orders.csv").write_text("customer,order_id,date,amount\n" + rows)
    (tmp_path / "segments.csv").write_text("old")
    done = limited(kind, size, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"segtool: {message}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv", "segments.csv"]
    assert (tmp_path / "segments.csv").read_text() == "old"


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({}, sys.maxsize),
        ({"proc/meminfo": "MemTotal:  9000 kB\nMemAvailable:    800 kB\nSwapFree:  5 kB\n"}, 805 << 10),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/memory.max": "5000\n",
                "sys/fs/cgroup/a/memory.current": "3000\n",
                "sys/fs/cgroup/a/memory.stat": "anon 1\nactive_file 200\ninactive_file 30\n",
            },
            2230,
        ),
        (
            {
                "proc/self/cgroup": "7:cpu:/x\n4:memory:/a\n0::/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "5000\n",
                "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "3000\n",
                "sys/fs/cgroup/memory/a/memory.stat": "active_file 7\ntotal_inactive_file 30\ntotal_active_file 4\n",
            },
            2034,
        ),
    ],
    ids=["unknown", "machine", "container", "container of the first version"],
)
def test_the_memory_that_is_left_is_the_least_of_what_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], left: int
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(memory, "_ROOT", tmp_path)
    monkeypatch.setattr(memory, "_granted", 0)
    memory._groups.cache_clear()
    try:
        assert memory.left() == left
        memory.need(left)
        if left < sys.maxsize:
            with pytest.raises(MemoryError):
                memory.need(left + 1)
    finally:
        memory._groups.cache_clear()
