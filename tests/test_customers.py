"""Lists of customers beside the orders: who does not count, what is known of them, and who belongs together."""

import json
from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError, MissingRoleError, SchemeError, UsageError

Orders = Callable[..., Path]

# Who does not count


def excluded(path: Any, who: Any, **options: Any) -> tuple[list[str], dict[str, int]]:
    """Return the customers that are left, and reason -> rows set aside."""
    found = segtool.rfm(path, exclude=who, **options)
    return found.table["customer_id"].to_pylist(), {
        reason: each.rows for reason, each in found.summary.rows.set_aside.items()
    }


def test_customers_of_a_list_are_set_aside_with_their_money(six: Path, orders: Orders) -> None:
    staff = orders("cid", " eve ", "nobody", "", header="Customer ID", name="staff.csv")
    left, aside = excluded(six, staff)
    assert (left, aside) == (["ann", "ben", "dee", "fay"], {"excluded": 4})
    assert float(segtool.rfm(six, exclude=staff).summary.rows.set_aside["excluded"].amount or 0) == 60
    assert segtool.rfm(six, exclude=pd.DataFrame({"client": ["ann"]})).summary.customers == 5


def test_the_column_of_the_list_is_recognised_or_named(six: Path, orders: Orders) -> None:
    staff = orders("x,ann", header="points,who", name="staff.csv")
    with pytest.raises(MissingRoleError, match=r"staff\.csv has no column for the customer id.* Say --exclude-id COL"):
        segtool.rfm(six, exclude=staff)
    with pytest.raises(UsageError, match=r"staff\.csv has no column 'whom' \(--exclude-id\)"):
        segtool.rfm(six, exclude=staff, exclude_id="whom")
    assert "ann" not in excluded(six, staff, exclude_id="who")[0]


def test_a_list_without_customers_is_an_error(six: Path, orders: Orders) -> None:
    with pytest.raises(DataError, match="no customer ids in the list"):
        segtool.rfm(six, exclude=orders(header="customer_id", name="staff.csv"))


def test_ids_are_spelled_as_those_of_the_orders(orders: Orders) -> None:
    lines = ["7.0,2024-01-01,5", "8.0,2024-01-02,6", "9.0,2024-01-02,6"]
    path = orders(*lines, header="customer,date,total")
    assert excluded(path, pd.DataFrame({"customer": ["7"]}))[0] == ["8", "9"]
    assert excluded(path, pd.DataFrame({"customer": [7, 8]}))[0] == ["9"]
    assert excluded(path, pd.DataFrame({"customer": ["7.0", "9.0"]}))[0] == ["8"]
    mixed = orders("007,2024-01-01,5", "7,2024-01-01,5", "A@X.org,2024-01-01,5", header="customer,date,total")
    assert excluded(mixed, pd.DataFrame({"customer": ["007", "a@x.ORG"]}))[0] == ["7"]


def test_they_go_before_what_cannot_be_read_and_after_what_rows_say_of_themselves(orders: Orders) -> None:
    path = orders(
        "ann,soon,5,EUR", "ann,2024-01-01,5,USD", "bob,2024-01-01,5,EUR", "bob,2024-01-01,-1,EUR",
        header="customer,date,total,currency",
    )  # fmt: skip
    who = pd.DataFrame({"customer": ["ann"]})
    assert excluded(path, who, currency="EUR", where="amount > 0", max_bad=0) == (
        ["bob"], {"currency": 1, "excluded": 1, "where": 1},
    )  # fmt: skip


def test_ids_of_the_list_that_never_occur_are_counted_in_verbose_talk(run: Run, six: Path, orders: Orders) -> None:
    orders("cid", "eve", "nobody", header="Customer ID", name="staff.csv")
    done = run("rfm", six, "--exclude", "staff.csv", "-v")
    assert "- 1 of 3 ids of staff.csv never occur\n" in done.stderr
    assert "currency" not in done.stderr
    assert "مشتری مستثنا" in run("rfm", six, "--exclude", "staff.csv", "--lang", "fa").stderr


def test_the_list_is_an_input_of_every_command_that_reads_orders(run: Run, six: Path, orders: Orders) -> None:
    staff = orders("cid", header="customer_id", name="staff.csv")
    for command in ("rfm", "track"):
        assert run(command, six, "--exclude", staff, "-o", staff).returncode == 2
        assert run(command, six, "--exclude", "absent.csv").returncode == 66
    assert run("rfm", six, "--exclude-id", "x").returncode == 2
    tracked = json.loads(run("track", six, "--exclude", staff, "--json").stdout)
    assert (tracked["customers"], tracked["rows"]["set_aside"]["excluded"]["rows"]) == (5, 3)
    assert run("explain", six, "cid", "--exclude", staff).returncode == 65
    assert "--exclude " in json.loads(run("inspect", six, "--exclude", staff, "--json").stdout)["command"]


def test_who_is_excluded_is_not_added_as_one_who_bought_nothing(six: Path) -> None:
    people = pd.DataFrame({"customer": ["ann", "yan", "zoe"], "account_id": ["X", "Y", "Z"]})
    staff = pd.DataFrame({"customer": ["ann", "zoe"]})
    options: dict[str, Any] = {"customers": people, "exclude": staff, "scheme": "shopify"}
    assert segtool.rfm(six, **options).table["customer_id"].to_pylist()[-1] == "yan"
    of_accounts = segtool.rfm(six, **options, unit="account", prospects=True).table
    assert of_accounts["customer_id"].to_pylist() == ["Y", "ben", "cid", "dee", "eve", "fay"]


def test_customers_in_rows_are_excluded_alike(orders: Orders) -> None:
    path = orders("ann,2024-01-31,2,5", "bob,2024-01-31,1,7", header="customer_id,last_order,frequency,monetary")
    assert excluded(path, pd.DataFrame({"customer_id": ["bob"]}), customer_level=True) == (["ann"], {"excluded": 1})


def test_row_order_files_and_threads_change_nothing(orders: Orders) -> None:
    lines = [f"c{i % 7},2024-01-0{i % 9 + 1},{i}" for i in range(40)]
    header = "customer,date,total"
    who = pd.DataFrame({"customer": ["c3", "c5", "zz"]})
    whole = segtool.rfm(orders(*lines, header=header), exclude=who)
    parts = [orders(*lines[i::3][::-1], header=header, name=f"{i}.csv") for i in range(3)]
    assert segtool.rfm(parts, exclude=who, threads=3).table.equals(whole.table)
    twice = segtool.rfm(orders(*lines, *lines, header=header), exclude=who, drop_duplicates=True)
    assert twice.table.equals(whole.table)


# What is known of them


@pytest.fixture
def known(six: Path) -> Path:
    path = six.parent / "customers.csv"
    path.write_text(
        "E-Mail,Customer ID,town,segment\na@x.de,ann,Bonn,A\nz@x.de, zoe ,Ulm,\n,eve,,B\nnobody@x.de,,Köln,\n"
    )
    return path


def test_columns_of_a_list_stand_behind_all_others(six: Path, known: Path) -> None:
    result = segtool.rfm(six, customers=known, customer_columns="city,email", lang="fa", weights="100,10,1")
    alone = segtool.rfm(six, lang="fa", weights="100,10,1")
    assert result.table.column_names == [*alone.table.column_names, "town", "E-Mail"]
    assert result.table.select(alone.table.column_names).equals(alone.table)
    assert result.table.select(["customer_id", "town", "E-Mail"]).to_pylist() == [
        {"customer_id": "ann", "town": "Bonn", "E-Mail": "a@x.de"},
        *({"customer_id": name, "town": None, "E-Mail": None} for name in ("ben", "cid", "dee", "eve", "fay")),
    ]
    told = result.summary.to_dict()["customer_list"]
    assert told == {"rows": 4, "matched": 2, "without_orders": 1, "not_in_list": 4, "without_id": 1}
    assert alone.summary.customer_list is None


def test_a_header_that_the_table_has_gets_a_word_before_it(six: Path, known: Path) -> None:
    every = segtool.rfm(six, customers=known, customer_columns="all").table
    assert every.column_names[-3:] == ["E-Mail", "town", "customer_segment"]
    assert every["customer_segment"].to_pylist() == ["A", None, None, None, "B", None]
    people = pd.DataFrame({"customer_id": ["ann"], "moved": ["x"], "فراوانی": [1], "customer_moved": [2]})
    people.columns = ["customer_id", "moved", segtool.words.words_in("fa").header("frequency"), "customer_moved"]
    found = segtool.rfm(six, customers=people, customer_columns=["all"]).table.column_names[-3:]
    assert found == ["customer_moved", f"customer_{people.columns[2]}", "customer_customer_moved"]


def test_a_header_that_differs_by_case_alone_gets_a_word_before_it_too(six: Path) -> None:
    """Else --by segment means it in a table with Persian headers."""
    people = pd.DataFrame({"customer_id": ["ann"], "Segment": ["x"], "Last Order": ["y"], "town": ["u"], "Town": ["v"]})
    found = segtool.rfm(six, customers=people, customer_columns="all").table.column_names[-4:]
    assert found == ["customer_Segment", "customer_Last Order", "town", "customer_Town"]


def test_a_list_that_is_not_in_utf8_is_read_in_the_encoding_of_the_orders(six: Path) -> None:
    """The list and the orders need not be in the same: these orders are in ASCII, which is both."""
    text = "شناسه مشتری,شهر\nann,تهران\n"
    for encoding in ("utf-8", "cp1256"):
        (six.parent / "list.csv").write_bytes(text.replace("ی", "ي").encode(encoding))
        found = segtool.rfm(six, customers=six.parent / "list.csv", customer_columns="city", encoding="cp1256").table
        assert found["شهر"].to_pylist() == ["تهران", None, None, None, None, None]
        left = segtool.rfm(six, exclude=six.parent / "list.csv", encoding="cp1256").table
        assert left["customer_id"].to_pylist() == ["ben", "cid", "dee", "eve", "fay"]
        table = segtool.rfm(six, customers=six.parent / "list.csv", scheme="shopify", encoding="cp1256").table
        assert len(table) == 6
    with pytest.raises(DataError, match=r"list\.csv:1: byte 0x.. is not UTF-8\. Say --encoding cp1256 for"):
        segtool.rfm(six, exclude=six.parent / "list.csv")


def test_columns_keep_the_types_of_parquet(six: Path) -> None:
    people = pa.table(
        {
            "customer_id": ["ben", "ann"],
            "born": pa.array([date(1990, 1, 2), None]),
            "points": pa.array([7, 8], pa.int16()),
            "city": pa.array(["Ulm", "Bonn"]).dictionary_encode(),
            "tags": pa.array([["a", "b"], []]),
        }
    )
    pq.write_table(people, six.parent / "people.parquet")
    found = segtool.rfm(six, customers=six.parent / "people.parquet", customer_columns="all").table
    assert [field.type for field in found.schema][-4:] == [
        people.schema.field(name).type for name in people.column_names[1:]
    ]
    assert found.slice(0, 2).select(people.column_names).to_pylist() == people.take([1, 0]).to_pylist()


def test_a_customer_with_two_rows_is_named(six: Path, orders: Orders) -> None:
    people = orders("ann,1", "ben,2", "ann ,3", "ben,4", header="customer_id,x", name="people.csv")
    with pytest.raises(DataError, match=r"people\.csv: customer 'ann' has two rows, 1 and 3 \(1 more such customers\)"):
        segtool.rfm(six, customers=people, customer_columns="x")
    assert segtool.rfm(six, customers=people, scheme="shopify").summary.customers == 6


def test_a_column_that_the_list_has_not_is_told_with_the_nearest(six: Path, known: Path, run: Run) -> None:
    with pytest.raises(
        UsageError, match=r"customers\.csv has no column 'towns' \(--customer-columns\)\. Did you mean town"
    ):
        segtool.rfm(six, customers=known, customer_columns=["email", "towns"])
    with pytest.raises(UsageError, match=r"no column 'who' \(--customers-id\)"):
        segtool.rfm(six, customers=known, customers_id="who", customer_columns="town")
    with pytest.raises(UsageError, match="say --customers FILE"):
        segtool.rfm(six, customer_columns="town")
    assert "does nothing without --customers" in run("rfm", six, "--customer-columns", "town").stderr


def test_who_bought_nothing_is_added_only_if_that_is_said(six: Path, known: Path) -> None:
    joined = segtool.rfm(six, scheme="shopify", customers=known, customer_columns="town")
    assert (len(joined.table), joined.summary.without_purchase) == (6, None)
    result = segtool.rfm(six, scheme="shopify", customers=known, customer_columns="town", prospects=True)
    assert (
        result.table.to_pylist()[-1] | {"customer_id": "zoe", "segment": "Prospects", "town": "Ulm"}
        == (result.table.to_pylist()[-1])
    )
    assert result.summary.without_purchase
    assert result.summary.without_purchase.customers == 1
    with pytest.raises(UsageError, match=r"--prospects needs a scheme .*: --scheme shopify, or"):
        segtool.rfm(six, customers=known, customer_columns="town", prospects=True)


def test_ids_are_those_of_the_orders_however_they_are_stored(orders: Orders) -> None:
    path = orders("7.0,2024-01-01,5", "8.0,2024-01-02,6", header="customer,date,total")
    for ids in (["7.0", "9.0"], ["7", "9"], [7, 9], [7.0, 9.0]):
        people = pd.DataFrame({"customer": ids, "x": ["a", "b"]})
        assert segtool.rfm(path, customers=people, customer_columns="x").table["x"].to_pylist() == ["a", None]


def test_the_earlier_table_can_be_the_list(six: Path) -> None:
    before = segtool.rfm(six, as_of="2024-03-20")
    result = segtool.rfm(six, previous=before.table, customers=before.table, customer_columns="segment,monetary")
    assert result.table.column_names[-4:] == ["segment_since", "moved", "customer_segment", "customer_monetary"]
    assert segtool.compare(before.table, result.table).comparison


def test_the_command_writes_and_tells_them(run: Run, six: Path, known: Path) -> None:
    done = run("rfm", six, "--customers", known, "--customer-columns", "email,town")
    assert done.stdout.splitlines()[1].endswith(",a@x.de,Bonn")
    assert "list     2 customers with orders, 1 without; 4 of the orders not in it\n" in done.stderr
    assert "۲ مشتری سفارش دارند و ۱ نفر ندارند" in run(
        "rfm", six, "--customers", known, "--customer-columns", "all", "--lang", "fa", "--digits", "fa"
    ).stderr.replace("\u200c", " ")
    (six.parent / "segtool.toml").write_text(
        "[rfm]\ncustomers = 'customers.csv'\ncustomer-columns = ['town', 'email']\n"
    )
    assert run("rfm", six, "-q").stdout.splitlines()[0].endswith(",segment,town,E-Mail")


# Schemes over what is known of them


@pytest.fixture
def people(six: Path) -> Path:
    path = six.parent / "people.csv"
    lines = ["Kundennr,Alter,town,email", "ann,27,Bonn,a@x", "ben,70,Ulm,b@x", "cid,,Ulm,", "zoe,30,Ulm,z@x", ""]
    path.write_text("\n".join(lines), "utf-8")
    return path


MINE = """
[[segments]]
name = "rich"
monetary = ">=40"
advice.en = "Ask them."
[[segments]]
name = "local"
where = 'city = "Ulm" and r_score <= 4 and segment != "Champions"'
"""


def test_schemes_over_columns_stand_behind_all_others(six: Path, people: Path) -> None:
    result = segtool.rfm(six, scheme=["age", "demographic"], customers=people, customer_columns="town")
    assert result.table.column_names[-4:] == ["segment", "town", "segment_age", "segment_demographic"]
    assert result.table["segment_age"].to_pylist() == ["25-34", "65+", "unknown", "unknown", "unknown", "unknown"]
    assert result.table.select(range(11)).equals(segtool.rfm(six).table)
    of_age = result.summary.to_dict()["attribute_schemes"][0]
    assert (of_age["scheme"], of_age["columns"]) == ("age", {"age": "Alter"})
    assert [(each["name"], each["customers"], each["revenue"]) for each in of_age["segments"]] == [
        ("25-34", 1, 25.5), ("65+", 1, 99.99), ("unknown", 4, 84.75),
    ]  # fmt: skip
    table = segtool.rfm(six, customers=people, customer_columns="all").table
    alone = segtool.segment(table, ["age", "demographic"]).summary.to_dict()["schemes"]
    assert [{**each, "revenue_share": None} for each in alone[0]["segments"]] == [
        {**each, "revenue_share": None} for each in of_age["segments"]
    ]
    assert [each["scheme"] for each in alone] == ["age", "demographic"]


def test_rules_see_the_table_and_all_columns_of_the_list(six: Path, people: Path) -> None:
    (six.parent / "mine.toml").write_text(MINE)
    result = segtool.rfm(six, scheme=[str(six.parent / "mine.toml"), "shopify"], customers=people)
    assert (result.summary.scheme, result.table.column_names[-1]) == ("shopify", "segment_mine")
    assert result.table["segment_mine"].to_pylist() == ["(none)", "rich", "local", "(none)", "rich", "(none)"]
    assert "town" not in result.table.column_names
    assert [each.code for each in result.summary.warnings if each.code == "unmatched-rows"] == ["unmatched-rows"]
    alone = segtool.rfm(six, scheme=str(six.parent / "mine.toml"), columns="city=customer_id").table
    assert alone["segment_mine"].to_pylist() == ["(none)", "rich", "(none)", "(none)", "rich", "(none)"]


def test_the_main_scheme_is_over_scores(six: Path, people: Path) -> None:
    assert segtool.rfm(six, scheme="age", customers=people).summary.scheme == "loyalty-matrix"
    assert segtool.rfm(six, scheme=["age", "none"], customers=people).table.column_names[-1] == "segment_age"
    goal = segtool.rfm(six, scheme="age", customers=people, goal="improve-service").summary
    assert goal.scheme == segtool.rfm(six, goal="improve-service").summary.scheme
    titled = segtool.rfm(six, scheme="age", customers=people, lang="fa").table
    assert titled.column_names[-2:] == ["segment_age", "segment_title_age"]


def test_who_bought_nothing_is_labelled_too(six: Path, people: Path) -> None:
    result = segtool.rfm(six, scheme=["shopify", "age"], customers=people, prospects=True)
    assert result.table.slice(6).select(["customer_id", "segment", "segment_age"]).to_pylist() == [
        {"customer_id": "zoe", "segment": "Prospects", "segment_age": "25-34"}
    ]
    assert sum(each.customers for each in result.summary.attribute_schemes[0].segments) == 7


def test_a_column_of_that_name_in_the_list_is_kept_apart(six: Path) -> None:
    listed = pd.DataFrame({"customer_id": ["ann"], "age": [27], "segment_age": ["old"]})
    found = segtool.rfm(six, scheme="age", customers=listed, customer_columns="all").table
    assert found.column_names[-3:] == ["age", "customer_segment_age", "segment_age"]
    assert found["segment_age"].to_pylist()[0] == "25-34"


def test_schemes_that_do_not_fit_are_told(six: Path, people: Path) -> None:
    with pytest.raises(SchemeError, match=r"gender: .*people\.csv has no column 'gender'.*Say --column gender=COL"):
        segtool.rfm(six, scheme="gender", customers=people)
    with pytest.raises(SchemeError, match=r"age: .*the table of this run has no column 'age'"):
        segtool.rfm(six, scheme="age")
    with pytest.raises(UsageError, match="There is no scheme 'agee'"):
        segtool.rfm(six, scheme="agee")
    (six.parent / "age.toml").write_text(MINE)
    with pytest.raises(UsageError, match="Two schemes are called 'age'"):
        segtool.rfm(six, scheme=["age", str(six.parent / "age.toml")])
    with pytest.raises(UsageError, match="track takes schemes over scores, and age is one over columns"):
        segtool.track(six, scheme="age")
    with pytest.raises(UsageError, match="explain takes schemes over scores, and age is one over columns"):
        segtool.explain(six, "ann", scheme=["age"])


def test_the_command_tells_the_segments_of_both_kinds(run: Run, six: Path, people: Path) -> None:
    said = ("--scheme", "age", "--scheme", "shopify", "--customers", people, "--column", "age=Alter")
    done = run("rfm", six, *said, "-o", "s.xlsx" if find_spec("xlsxwriter") else "s.parquet")
    assert "Segments: age (Age bands)\n" in done.stdout + done.stderr
    assert "What to do with each segment: segtool schemes show age\n" in done.stdout + done.stderr
    persian = run("rfm", six, *said, "--lang", "fa")
    assert (done.returncode, persian.returncode) == (0, 0)
    assert run("rfm", six, *said[:-1], "age=Altar").returncode == 2
    model = run("rfm", six, *said, "-q", "--save-model", "m.json", "-o", "a.csv")
    again = run("rfm", six, *said[:2], *said[4:], "-q", "--model", "m.json", "-o", "b.csv")
    assert (model.returncode, again.returncode) == (0, 0)
    assert (six.parent / "a.csv").read_bytes() == (six.parent / "b.csv").read_bytes()
    assert run("compare", "a.csv", "b.csv").returncode == 0


# Who belongs together


@pytest.fixture
def contacts(six: Path) -> Path:
    path = six.parent / "contacts.csv"
    lines = [
        "contact id,Company ID,industry,size,email", "ann,X,Steel,10,a@x", "ben, X,Steel,,b@x", "cid,Y,Food,5,c@x",
        "dee,Y,Toys,5,d@x", "zoe,Z,Food,7,z@x", "fay,,Food,1,f@x", "",
    ]  # fmt: skip
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_lines_of_contacts_count_for_their_account(six: Path, contacts: Path) -> None:
    result = segtool.rfm(six, customers=contacts, unit="account")
    columns = ["customer_id", "recency_days", "frequency", "monetary", "contacts"]
    assert [[str(cell) for cell in row.values()] for row in result.table.select(columns).to_pylist()] == [
        ["X", "0", "3", "125.4900", "2"],
        ["Y", "1", "4", "41.7500", "2"],
        ["eve", "30", "1", "40.0000", "1"],
        ["fay", "35", "2", "3.0000", "1"],
    ]
    told = result.summary.to_dict()
    assert told["unit"] == {"name": "account", "accounts": 2, "contacts": 4, "without_account": 2}
    assert told["customer_list"] == {"rows": 6, "matched": 5, "without_orders": 1, "not_in_list": 1, "without_id": 0}
    assert (told["customers"], told["revenue"]) == (4, 210.24)
    named = segtool.rfm(six, customers=contacts, unit="account", account_id="company_id", customers_id="1").table
    assert named.equals(result.table)


def test_an_account_has_the_cells_that_its_rows_share(six: Path, contacts: Path) -> None:
    result = segtool.rfm(six, customers=contacts, unit="account", customer_columns="industry,size", scheme="shopify",
                         prospects=True)  # fmt: skip
    assert result.table.select(["customer_id", "segment", "contacts", "industry", "size"]).to_pylist()[:3] == [
        {"customer_id": "X", "segment": "Champions", "contacts": 2, "industry": "Steel", "size": "10"},
        {"customer_id": "Y", "segment": "Loyal", "contacts": 2, "industry": None, "size": "5"},
        {"customer_id": "Z", "segment": "Prospects", "contacts": 0, "industry": "Food", "size": "7"},
    ]
    [warned] = [each.message for each in result.summary.warnings if each.code == "several-values"]
    assert warned == "industry: the rows of 1 account in the list have several values, and the cells are empty."


def test_a_customer_of_two_accounts_is_named(six: Path, orders: Orders) -> None:
    twice = orders("ann,X", "ben,Y", "ann,X", "ben,Z", header="contact_id,account_id", name="contacts.csv")
    with pytest.raises(DataError, match=r"contacts\.csv: customer 'ben' belongs to two accounts, 'Y' and 'Z'\."):
        segtool.rfm(six, customers=twice, unit="account")
    again = orders("ann,X", "ann,", "ann,X", header="contact_id,account_id", name="contacts.csv")
    assert segtool.rfm(six, customers=again, unit="account").table["customer_id"].to_pylist()[0] == "X"


def test_a_customer_called_as_an_account_is_not_taken_for_it(six: Path, orders: Orders) -> None:
    same = orders("ann,ben", header="contact_id,account_id", name="contacts.csv")
    with pytest.raises(DataError, match="Customer 'ben' belongs to no account, and has the id of one"):
        segtool.rfm(six, customers=same, unit="account")


def test_what_a_unit_needs_is_told(six: Path, orders: Orders, run: Run) -> None:
    nobody = orders("ann,x", header="contact_id,note", name="contacts.csv")
    with pytest.raises(
        MissingRoleError, match=r"no column for the account\. Columns: contact_id, note\. Say --account-id"
    ):
        segtool.rfm(six, customers=nobody, unit="account")
    with pytest.raises(UsageError, match=r"no column 'notes' \(--account-id\)\. Did you mean note"):
        segtool.rfm(six, customers=nobody, unit="account", account_id="notes")
    with pytest.raises(UsageError, match="say --customers FILE"):
        segtool.rfm(six, unit="account")
    with pytest.raises(UsageError, match="--unit says what to do with orders"):
        segtool.rfm(six, unit="account", customers=nobody, account_id="note", customer_level=True)
    assert run("rfm", six, "--unit", "account").returncode == 2
    assert run("rfm", six, "--account-id", "x").returncode == 2


def test_a_model_of_accounts_is_one_of_accounts(six: Path, contacts: Path) -> None:
    made = segtool.rfm(six, customers=contacts, unit="account")
    (six.parent / "m.json").write_text(made.model.to_json())
    assert segtool.rfm(six, customers=contacts, model=six.parent / "m.json").table.equals(made.table)
    with pytest.raises(UsageError, match="say --customers FILE"):
        segtool.rfm(six, model=six.parent / "m.json")
    with pytest.raises(UsageError, match="FILE with rfm; other commands read no such list"):
        segtool.track(six, every="month", model=six.parent / "m.json")


def test_the_command_tells_what_accounts_come_to(run: Run, six: Path, contacts: Path) -> None:
    done = run("rfm", six, "--customers", contacts, "--unit", "account", "--customer-columns", "size", "-o", "s.csv")
    assert (
        "account  4 customers count for 2 accounts; 2 without one stand for themselves\n" in done.stdout + done.stderr
    )
    assert (six.parent / "s.csv").read_text().splitlines()[:2] == [
        "customer_id,first_order,last_order,recency_days,frequency,monetary,r_score,f_score,m_score,rfm_score,segment,"
        "contacts,size",
        "X,2024-01-01,2024-03-31,0,3,125.49,5,3,4,534,Potential Loyalists,2,10",
    ]
    again = run("rfm", six, "--customers", contacts, "--unit", "account", "--previous", "s.csv", "-q")
    assert again.stdout.splitlines()[0].endswith(",segment,contacts,previous_segment,segment_since,moved")


some_lines = st.lists(
    st.tuples(
        st.sampled_from(["1.0", "2.0", "3.0", "4.0", "5.0"]), st.integers(1, 6), st.integers(1, 28), st.integers(-5, 9),
        st.sampled_from(["DE", "FR"]),
    ),
    min_size=1, max_size=40,
)  # fmt: skip
accounts_of = st.dictionaries(st.sampled_from("12345"), st.sampled_from(["X", "Y", "Z", ""]), min_size=1)


@given(some_lines, accounts_of, st.integers(1, 3), st.sampled_from([None, "row", "day"]), st.booleans())
def test_accounts_are_as_if_the_orders_had_their_ids(
    tmp_path: Path, lines: list[Any], belongs: dict[str, str], parts: int, orders_by: Any, dotted: bool
) -> None:
    def written(name: str, rows: list[Any], own: Callable[[str], str]) -> Path:
        path = tmp_path / f"{name}.csv"
        text = [f"{own(who)},{order},2024-01-{day:02},{amount},{country}" for who, order, day, amount, country in rows]
        path.write_text("\n".join(["customer,order_id,date,amount,country", *text, ""]))
        return path

    lines = lines if dotted else [(who.removesuffix(".0"), *rest) for who, *rest in lines]
    plain = [written(str(at), lines[at::parts], str) for at in range(min(parts, len(lines)))]
    mapped = written("mapped", lines, lambda who: belongs.get(who.removesuffix(".0")) or who.removesuffix(".0"))
    people = pd.DataFrame({"customer": list(belongs), "account_id": list(belongs.values())})
    options: dict[str, Any] = {"orders_by": orders_by, "by": "country", "min_group": 1, "rejects": True}
    try:
        wanted = segtool.rfm(mapped, **options)
    except DataError:
        with pytest.raises(DataError, match="No usable row"):
            segtool.rfm(plain, customers=people, unit="account", **options)
        return
    found = segtool.rfm(plain, customers=people, unit="account", threads=2, **options)
    assert found.table.drop_columns("contacts").equals(wanted.table)
    assert found.summary.rows == wanted.summary.rows
    assert len(list(found.rejects())) == len(list(wanted.rejects())) == wanted.summary.rows.set_aside_total
    bought = {who for who, _, _, amount, _ in lines if amount >= 0}
    units = [belongs.get(who.removesuffix(".0")) or who.removesuffix(".0") for who in bought]
    assert found.table["contacts"].to_pylist() == [units.count(own) for own in found.table["customer_id"].to_pylist()]
