"""What customers carry from their orders: the last value of a column, as an e-mail address."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.engines import carried
from segtool.errors import DataError, UsageError

Orders = Callable[..., Path]

HEADER = "customer_id,order_id,order_date,amount,E-Mail,Phone,Billing Name,town"

LINES = [
    "ann,1,2024-01-05,10.00,ann@old.org,0912 345,Ann,Bonn",
    "ann,2,2024-03-31,15.50,,09121234567,n/a, ",
    "ben,3,2024-01-01,99.99,ben@x.org,9121234567.0,Ben,Köln",
    "cid,4,2024-03-01,20.00,z@x.org,,,",
    "cid,4,2024-03-01,5.00,a@x.org,,,",
    "cid,5,2024-03-15,-5.00, refund@x.org ,,,Ulm",
    "dee,6,2024-02-10,7.25,z@dee.org,1,Dee,A",
    "dee,7,2024-02-20,7.25,y@dee.org,2,Dee 2,B",
    "dee,8,soon,7.25,x@dee.org,3,Dee 3,C",
    "dee,9,2024-02-20,7.25,Y@dee.org,22,Dee 2,B",
    "eve,10,2024-03-01,40.00,,null,-,NA",
    "fay,11,2024-02-25,2.00,fay@x.org,+98 912,فِی,ا",
    "gus,12,2024-02-25,-2.00,gus@x.org,,,",
]

CARRIED = {
    "ann": ("ann@old.org", "09121234567", "Ann", "Bonn"),  # what is empty later does not count
    "ben": ("ben@x.org", "9121234567", "Ben", "Köln"),
    "cid": ("refund@x.org", None, None, "Ulm"),  # a refund counts
    "dee": ("Y@dee.org", "2", "Dee 2", "B"),  # of one moment the least in byte order; a row set aside does not count
    "eve": (None, None, None, None),
    "fay": ("fay@x.org", "+98 912", "فِی", "ا"),
}


@pytest.fixture
def shop(orders: Orders) -> Path:
    return orders(*LINES, header=HEADER)


def of(result: Any, *names: str) -> dict[str, Any]:
    """Return customer -> cell, or cells, of columns."""
    columns = [result.table[name].to_pylist() for name in names]
    cells = columns[0] if len(names) == 1 else zip(*columns, strict=True)
    return dict(zip(result.table["customer_id"].to_pylist(), cells, strict=True))


def carry(orders: Any, names: Any, **options: Any) -> dict[str, Any]:
    """Return customer -> what is carried under the last column of the table."""
    result = segtool.rfm(orders, carry=names, max_bad=1, **options)
    return of(result, result.table.column_names[-1])


# By hand


def test_the_last_value_that_is_not_empty_joins_the_table_under_the_name_that_was_said(shop: Path) -> None:
    result = segtool.rfm(shop, carry="email,phone,name,town", max_bad=1)
    assert result.table.column_names[-5:] == ["segment", "email", "phone", "customer_name", "town"]
    assert of(result, "email", "phone", "customer_name", "town") == CARRIED
    assert segtool.rfm(shop, carry=["email"], max_bad=1).table.column_names[-2:] == ["segment", "email"]
    assert segtool.rfm(shop, carry=iter(["town"]), max_bad=1).table.column_names[-2:] == ["segment", "town"]
    for nothing in (None, "", [], " , "):
        assert segtool.rfm(shop, carry=nothing, max_bad=1).table.column_names[-1] == "segment"


def test_a_column_is_named_by_attribute_header_or_number(shop: Path) -> None:
    emails = {who: cells[0] for who, cells in CARRIED.items()}
    for name in ("email", "E-Mail", "e_mail", "5"):
        assert carry(shop, name) == emails
    assert {who: cells[2] for who, cells in CARRIED.items()} == carry(shop, "customer_name") == carry(shop, "name")
    assert segtool.rfm(shop, carry=" 5, email ,email", max_bad=1).table.column_names[-2:] == [
        "E-Mail",  # a number stands for the header
        "customer_email",
    ]


def test_a_header_that_the_table_has_or_gives_a_meaning_to_gets_another_name(orders: Orders) -> None:
    path = orders("ann,2024-01-01,5,x,y,z,30", header="customer_id,order_date,amount,Segment,moved,segment_age,age")
    result = segtool.rfm(path, carry="customer_id,Segment,moved,segment_age,age", scheme=["shopify", "age"])
    own = ["customer_customer_id", "customer_Segment", "customer_moved", "customer_segment_age", "age"]
    assert result.table.column_names[-6:] == [*own, "segment_age"]


def test_the_number_of_an_order_is_no_name(orders: Orders) -> None:
    path = orders("#1,a@x.de,2024-01-01,5,Ann", header="Name,Email,Created at,Total,Billing Name")
    assert carry(path, "name", order_id="Name", customer_id="Email") == {"a@x.de": "Ann"}
    assert carry(path, "Name", order_id="Name", customer_id="Email") == {"a@x.de": "#1"}


def test_what_is_absent_or_ambiguous_is_told_in_one_line(shop: Path, orders: Orders, run: Run) -> None:
    with pytest.raises(UsageError, match=r"no column 'emial' \(--carry\)\. Columns: .* Did you mean 'E-Mail'\?"):
        segtool.rfm(shop, carry="emial")
    with pytest.raises(UsageError, match=r"no column '9' \(--carry\)"):
        segtool.rfm(shop, carry="town,9")
    done = run("rfm", shop, "--carry", "phone,fax")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    two = orders("ann,2024-01-01,5,a@x,b@x", header="customer_id,order_date,amount,buyer email,billing email")
    with pytest.raises(
        DataError, match=r"2 columns for email: 'buyer email' and 'billing email'\. Say --carry with the header of one"
    ):
        segtool.rfm(two, carry="email")
    assert carry(two, "billing email") == {"ann": "b@x"}
    same = orders("ann,2024-01-01,5,a@x,b@x", header="customer_id,order_date,amount,courriel,courriel")
    with pytest.raises(DataError, match=r"2 columns for email: .* Say --carry with its number\."):
        segtool.rfm(same, carry="email")
    with pytest.raises(DataError, match=r"2 columns named 'courriel'\. Say --carry with the number of one: 4, 5\."):
        segtool.rfm(same, carry="courriel")
    assert segtool.rfm(same, carry="5,4").table.select([-2, -1]).to_pydict() == {
        "courriel": ["b@x"],
        "customer_courriel": ["a@x"],
    }
    assert run("rfm", same, "--carry", "email").returncode == 65


def test_every_file_must_have_the_column_wherever_it_stands(orders: Orders, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    first = orders("ann,2024-01-01,5,a@x", header="customer_id,order_date,amount,email", name="parts/a.csv")
    orders("b@x,ann,2024-01-02,5", header="E-Mail,customer_id,order_date,amount", name="parts/b.csv")
    assert carry(folder, "email") == {"ann": "b@x"}
    result = segtool.rfm(folder, carry="email")
    assert result.summary.columns["carry:email"] == "E-Mail, email"
    lacking = orders("ann,2024-01-01,5", header="customer_id,order_date,amount", name="c.csv")
    with pytest.raises(UsageError, match=r"c\.csv has no column 'email' \(--carry\)"):
        segtool.rfm([first, lacking], carry="email")


# How it is stored


def test_numbers_come_out_as_their_digits_and_days_as_iso() -> None:
    two = {"customer": ["a", "b"], "date": ["2024-01-01"] * 2, "amount": [1, 2]}
    number = 9121234567

    def cells(own: Any) -> list[Any]:
        return list(carry(pa.table({**two, "x": own}), "x").values())

    assert cells(pa.array([float(number), None])) == [str(number), None]
    assert cells(pa.array([number, 5], pa.int64())) == [str(number), "5"]
    assert cells(pa.array([Decimal(number), None], pa.decimal128(14, 2))) == [str(number), None]
    assert cells(pa.array([Decimal("1.50"), Decimal("0.05")], pa.decimal128(14, 2))) == ["1.50", "0.05"]
    assert cells(pa.array([1.5, float("nan")])) == ["1.5", None]
    assert cells(pa.array(["0912", "0912.0"])) == ["0912", "0912"]
    assert cells(pa.array(["v1.0", "1.00"])) == ["v1.0", "1.00"]
    assert cells(pa.array([date(2024, 3, 20), None])) == ["2024-03-20", None]
    moments = [datetime(2024, 3, 20), datetime(2024, 3, 20, 7, 5)]
    for unit in ("s", "ms", "us", "ns"):
        assert cells(pa.array(moments, pa.timestamp(unit))) == ["2024-03-20", "2024-03-20 07:05:00"]
    assert cells(pa.array(moments, pa.timestamp("us", "UTC"))) == ["2024-03-20 00:00:00Z", "2024-03-20 07:05:00Z"]
    assert cells(pa.array([True, None])) == ["true", None]
    assert cells(pa.array([["vip", "new"], []])) == ["vip;new", None]
    assert cells(pa.array([b"a@x", None])) == ["a@x", None]
    assert cells(pa.nulls(2)) == [None, None]
    words = pa.array([" x ", "n/a"])
    for kind in (pa.large_string(), pa.string_view()):
        assert cells(words.cast(kind)) == ["x", None]
    assert cells(words.dictionary_encode()) == ["x", None]
    assert cells(pa.array([float(number), None]).dictionary_encode()) == [str(number), None]


@pytest.mark.parametrize("form", ["frame", "categories", "parquet", "json", "ids-in-text"])
def test_every_kind_of_table_carries_the_same(shop: Path, tmp_path: Path, form: str) -> None:
    frame = pd.read_csv(shop, dtype=str, keep_default_na=False)
    path: Any = tmp_path / f"orders.{form}"
    if form == "frame":
        path = frame
    elif form == "categories":
        path = frame.astype({"E-Mail": "category", "town": "category"})
    elif form == "parquet":
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=3)
    elif form == "json":
        path.write_text("".join(json.dumps(row) + "\n" for row in frame.to_dict("records")), encoding="utf-8")
    else:
        frame["customer_id"] = frame["customer_id"].map({who: f"{at}.0" for at, who in enumerate([*CARRIED, "gus"])})
        path = frame
    found = of(segtool.rfm(path, carry="email,phone,name,town", max_bad=1), "email", "phone", "customer_name", "town")
    assert list(found.values()) == list(CARRIED.values())


# Beside other options


def test_rows_that_do_not_count_carry_nothing(shop: Path, orders: Orders) -> None:
    emails = {who: cells[0] for who, cells in CARRIED.items()}
    late = carry(shop, "email", since="2024-02-01")
    assert late == {who: cell for who, cell in emails.items() if who != "ben"} | {"ann": None}
    assert carry(shop, "email", where="amount > 0")["cid"] == "a@x.org"
    assert carry(shop, "email", refunds="drop")["cid"] == "a@x.org"
    assert carry(shop, "email", as_of="2024-02-10")["dee"] == "z@dee.org"
    staff = orders("ben", header="customer_id", name="staff.csv")
    assert "ben" not in carry(shop, "email", exclude=staff)
    for options in ({"orders_by": "day"}, {"by": "town", "min_group": 1}, {"drop_duplicates": True}, {"threads": 1}):
        assert carry(shop, "email", **options) == emails
    assert carry(shop, "email,town", by="town", min_group=1) == {who: cells[3] for who, cells in CARRIED.items()}


def test_an_account_has_the_last_value_of_any_of_its_contacts(shop: Path, orders: Orders) -> None:
    contacts = orders("cid,X", "dee,X", "eve,X", header="contact_id,account_id", name="contacts.csv")
    found = carry(shop, "email", customers=contacts, unit="account")
    assert found == {"X": "refund@x.org", "ann": "ann@old.org", "ben": "ben@x.org", "fay": "fay@x.org"}


def test_a_row_that_is_a_customer_has_its_own_cell(orders: Orders) -> None:
    path = orders(
        "bob,3,50,2024-01-01, ", "ann,2,20,2024-02-01,a@x", "cid,0,0,,c@x",
        header="customer,orders,spent,last order,email",
    )  # fmt: skip
    result = segtool.rfm(path, customer_level=True, carry="email,5")
    assert of(result, "email", "customer_email") == {"ann": ("a@x", "a@x"), "bob": (None, None)}
    assert result.summary.columns["carry:email"] == "email"


def test_those_who_have_no_orders_carry_nothing(shop: Path, orders: Orders) -> None:
    everyone = orders("zoe,z@x.org", "ann,a@crm.org", header="customer_id,email", name="crm.csv")
    found = segtool.rfm(shop, carry="phone", scheme="shopify", customers=everyone, max_bad=1)
    assert of(found, "phone") == {who: cells[1] for who, cells in CARRIED.items()} | {"zoe": None}
    before = segtool.rfm(shop, carry="email", max_bad=1)
    after = segtool.rfm(
        shop,
        carry="email",
        where='customer_id != "ann"',
        previous=before.table,
        keep_gone=True,
        max_bad=1,
        as_of="2024-03-31",
    )
    assert after.table.column_names[-2:] == ["moved", "email"]
    assert of(after, "email") == {who: cells[0] for who, cells in CARRIED.items()} | {"ann": None}


def test_a_list_with_the_same_column_stands_beside_it_and_that_is_told(shop: Path, orders: Orders) -> None:
    crm = orders("ann,a@crm.org,7", header="customer_id,Email,age", name="crm.csv")
    result = segtool.rfm(shop, carry="email,town", customers=crm, customer_columns="age,email", max_bad=1)
    assert result.table.column_names[-4:] == ["email", "town", "age", "customer_Email"]
    assert of(result, "email", "customer_Email")["ann"] == ("ann@old.org", "a@crm.org")
    [told] = [each.message for each in result.summary.warnings if each.code == "two-columns"]
    assert told.startswith("email is the last one in the orders (--carry), customer_Email that of ")
    quiet = segtool.rfm(shop, carry="town", customers=crm, customer_columns="email", scheme="age", max_bad=1)
    assert "two-columns" not in {each.code for each in quiet.summary.warnings}


def test_schemes_over_columns_see_what_is_carried(orders: Orders) -> None:
    path = orders("ann,2024-01-01,5,17", "bob,2024-01-01,5,40", header="customer_id,order_date,amount,age")
    assert of(segtool.rfm(path, carry="age", scheme="age"), "age", "segment_age") == {
        "ann": ("17", "0-17"),
        "bob": ("40", "35-44"),
    }


def test_only_rfm_takes_it(shop: Path) -> None:
    for command in (segtool.value, segtool.track):
        with pytest.raises(TypeError, match="unexpected keyword argument 'carry'"):
            command(shop, carry="email")


def test_the_command_writes_and_tells_it(run: Run, shop: Path) -> None:
    done = run("rfm", shop, "--carry", "phone, email", "--max-bad", "1", "-v")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].endswith(",segment,phone,email")
    assert done.stdout.splitlines()[1].endswith(",09121234567,ann@old.org")
    assert "- --carry phone takes the column Phone (6)\n- --carry email takes the column E-Mail (5)\n" in done.stderr
    assert "carry:email=E-Mail" in done.stderr.replace("\n         ", " ")
    (shop.parent / "segtool.toml").write_text("[rfm]\ncarry = ['name', 'email']\nmax-bad = 1\n")
    assert run("rfm", shop, "-q").stdout.splitlines()[0].endswith(",segment,customer_name,email")
    shown = json.loads(run("rfm", shop, "--json", "-o", "s.parquet").stdout)
    assert shown["columns"]["carry:name"] == "Billing Name"
    assert pq.read_table(shop.parent / "s.parquet").column_names[-2:] == ["customer_name", "email"]
    assert run("value", shop, "--carry", "email").returncode == 2


def test_contact_data_that_is_carried_is_no_attribute_of_a_profile(shop: Path) -> None:
    table = segtool.rfm(shop, carry="email,phone,name", max_bad=1).table
    left = segtool.profile(table).profile.left_out
    assert [left[name] for name in ("email", "phone", "customer_name")] == ["contact"] * 3


# For all orders

WHEN = ("2024-01-01", "2024-01-01 10:00", "2024-01-02", "bad")

BOUGHT = st.tuples(
    st.sampled_from(["1.0", "2.0", "3.0", "4.0"]),
    st.integers(1, 3),
    st.sampled_from(WHEN),
    st.integers(-3, 9),
    st.sampled_from(["", " ", "N/A", "a@x", " a@x ", "b@x", "A@x", "é", "7.0", "7-", "7", "x" * 40, "x" * 41]),
)
Bought = tuple[str, int, str, int, str]


def slowly(rows: list[Bought], owner: dict[str, str]) -> dict[str, str | None]:
    """Return customer -> the last value, a row at a time."""
    used = [row for row in rows if row[2] != "bad"]
    found: dict[str, tuple[str, str] | None] = {}
    buyers = {owner.get(row[0][0], row[0][0]) for row in used if row[3] >= 0}
    for who, _, when, _, cell in sorted(used, key=lambda row: WHEN.index(row[2])):
        own, text = owner.get(who[0], who[0]), cell.strip()
        text = "7" if text == "7.0" else text
        if own not in buyers:
            continue
        last = found.setdefault(own, None)
        if text not in ("", "N/A") and (last is None or last[0] != when or text.encode() < last[1].encode()):
            found[own] = (when, text)
    return {who: last and last[1] for who, last in found.items()}


def table_of(rows: list[Bought], size: int) -> pa.Table:
    names = ("customer_id", "order_id", "order_date", "amount", "email")
    batches = [
        pa.table(dict(zip(names, map(list, zip(*part, strict=True)), strict=True))) for part in parts(rows, size)
    ]
    return pa.concat_tables(batches)


def parts(rows: list[Bought], size: int) -> Iterator[list[Bought]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@given(
    st.lists(BOUGHT, min_size=1, max_size=40),
    st.randoms(use_true_random=False),
    st.integers(1, 9),
    st.sampled_from([0, 100, 1 << 24]),
    st.dictionaries(st.sampled_from("1234"), st.sampled_from(["X", "Y"])),
)
def test_shuffled_and_split_orders_carry_what_a_slow_reading_does(
    rows: list[Bought], order: Any, size: int, enough: int, owner: dict[str, str]
) -> None:
    rows.append(("5.0", 1, "2024-01-02", 1, ""))
    options: dict[str, Any] = {"carry": "email", "max_bad": 1}
    if owner:
        listed = pa.table({"contact_id": list(owner), "account_id": list(owner.values())})
        options |= {"customers": listed, "unit": "account"}
    before, carried._ENOUGH = carried._ENOUGH, enough
    try:
        found = segtool.rfm(table_of(rows, size), threads=2, **options)
        assert of(found, "email") == slowly(rows, owner)
        shuffled = order.sample(rows, len(rows))
        again = segtool.rfm([table_of(each, size) for each in parts(shuffled, 7)], threads=3, **options)
        by_day = segtool.rfm(table_of(shuffled, size), threads=1, orders_by="day", **options)
    finally:
        carried._ENOUGH = before
    assert again.table["email"].to_pylist() == found.table["email"].to_pylist() == by_day.table["email"].to_pylist()


def test_cells_that_nobody_has_any_more_are_dropped() -> None:
    before, carried._ENOUGH = carried._ENOUGH, 1000
    try:
        last = carried.LastCells()
        for moment in range(200):
            texts = pa.array([f"{who}@{moment}.example.org" for who in range(20)])
            cells = carried.Cells(np.arange(20), np.full(20, moment), texts)
            last.add(20, cells)
            assert last._texts.size < 4 * 1000
    finally:
        carried._ENOUGH = before
    assert last.texts(np.array([3])).to_pylist() == ["3@199.example.org"]


def test_a_zip_is_the_postal_code() -> None:
    orders = pa.table({"customer": ["a"], "date": ["2025-01-01"], "amount": ["1"], "PLZ": ["04103"]})
    assert segtool.rfm(orders, carry="zip").table["postal_code"].to_pylist() == ["04103"]


def test_a_name_that_may_be_the_header_or_the_attribute_is_refused() -> None:
    orders = pa.table(
        {"customer": ["a"], "date": ["2025-01-01"], "amount": ["1"], "Name": ["#1001"], "Billing Name": ["Ann"]}
    )
    with pytest.raises(DataError, match="2 columns for name: 'Name' and 'Billing Name'"):
        segtool.rfm(orders, carry="name")
    assert segtool.rfm(orders, carry="Name").table["Name"].to_pylist() == ["#1001"]
    assert segtool.rfm(orders, carry="Billing Name").table["Billing Name"].to_pylist() == ["Ann"]
    only = orders.drop_columns(["Billing Name"])
    assert segtool.rfm(only, carry="name").table["customer_name"].to_pylist() == ["#1001"]
