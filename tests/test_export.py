"""Files for campaign tools: who is asked for, skipped, held out and written; all of the files, or none."""

import csv
import hashlib
import io
import json
import os
import random
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import golden
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import segtool
from segtool.campaigns.holdout import held_out, share_of
from segtool.campaigns.reading import Ask, read_people
from segtool.campaigns.targets import read_target
from segtool.errors import DataError, MissingInputError, MissingRoleError, OutputError, UsageError
from segtool.output.export import render_export, unhashed_line
from segtool.output.files import Files
from segtool.tables.source import Layout
from segtool.words import words_in

EIGHT = """\
customer_id,email,phone,segment,consent,last_order,recency_days
3,Cid@Example.org,0912 345 6789,Champions,yes,2024-03-01,30
1,ann@example.org,,At Risk,1,2024-03-11,20
2,ANN@example.org ,,Champions,yes,2024-03-31,0
4,,09121111111,Lost,yes,2024-03-31,0
5,no address,,Champions,yes,2024-03-31,0
6,fay@example.org,09351234567,Champions,no,2024-03-31,0
7,gil@example.org,,Champions,,2024-03-31,0
8,hal@example.org,,Champions,later,2024-03-31,0
"""
"""Eight customers: 1 and 2 have one address, 4 none, that of 5 is none, 6 to 8 do not agree."""


@pytest.fixture
def eight(tmp_path: Path) -> Path:
    path = tmp_path / "eight.csv"
    path.write_text(EIGHT)
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ids_in(path: Path) -> list[str]:
    return [row["customer_id"] for row in read_rows(path)]


def codes(found: Any) -> set[str]:
    return {each.code for each in found.summary.warnings}


# Who is written, by hand


def test_every_customer_is_written_held_out_or_skipped_for_one_reason(eight: Path) -> None:
    found = segtool.export(eight, "mailchimp", where='segment != "Lost"', consent="consent")
    summary = found.summary
    assert (summary.customers, summary.not_asked_for, summary.written) == (8, 1, 2)
    assert summary.skipped == {"no consent": 3, "unusable key": 1, "duplicate key": 1}
    assert found.skipped.to_pylist() == [
        {"customer_id": "2", "reason": "duplicate key", "column": "customer_id", "value": "1"},
        {"customer_id": "5", "reason": "unusable key", "column": "email", "value": "no address"},
        {"customer_id": "6", "reason": "no consent", "column": "consent", "value": "no"},
        {"customer_id": "7", "reason": "no consent", "column": "consent", "value": None},
        {"customer_id": "8", "reason": "no consent", "column": "consent", "value": "later"},
    ]
    assert found.treated["customer_id"].to_pylist() == ["1", "3"]
    assert summary.segments == {"At Risk": 1, "Champions": 1}
    assert repr(found) == "<2 of 8 customers for mailchimp>"


def test_without_a_rule_and_consent_everybody_is_asked_for(eight: Path) -> None:
    summary = segtool.export(eight, "mailchimp").summary
    assert (summary.not_asked_for, summary.skipped, summary.written) == (
        0,
        {"no key": 1, "unusable key": 1, "duplicate key": 1},
        5,
    )
    assert summary.where is None


def test_the_file_has_the_rows_by_id_whatever_their_order_in_the_table(tmp_path: Path) -> None:
    header, *lines = EIGHT.splitlines()
    seen = set()
    for seed in range(6):
        random.Random(seed).shuffle(lines)
        path = tmp_path / "eight.csv"
        path.write_text("\n".join([header, *lines, ""]))
        segtool.export(path, "mailchimp", threads=1 + seed % 2, holdout="30%").write(tmp_path / "out.csv")
        names = sorted(each.name for each in tmp_path.glob("out.*") if "manifest" not in each.name)
        seen.add(tuple((name, (tmp_path / name).read_bytes()) for name in names))
    assert len(seen) == 1
    assert [name for name, _ in seen.pop()] == ["out.control.csv", "out.csv", "out.skipped.csv", "out.treated.csv"]


def test_parquet_and_csv_and_a_table_in_memory_give_the_same_file(eight: Path, tmp_path: Path) -> None:
    table = pa.Table.from_pylist(list(csv.DictReader(io.StringIO(EIGHT))))
    pq.write_table(table, tmp_path / "eight.parquet")
    files = []
    for number, own in enumerate((eight, tmp_path / "eight.parquet", table)):
        segtool.export(own, "mailchimp").write(tmp_path / f"{number}.csv")
        files.append((tmp_path / f"{number}.csv").read_bytes())
    assert len(set(files)) == 1


def test_a_row_without_an_id_is_counted_and_never_written(tmp_path: Path) -> None:
    people = pa.table({"customer_id": ["1", None, " "], "email": ["a@x.org", "b@x.org", "c@x.org"]})
    found = segtool.export(people, "mailchimp")
    assert (found.summary.written, found.summary.skipped) == (1, {"no key": 2})
    assert found.skipped["column"].to_pylist() == ["customer_id"] * 2


def test_a_customer_with_two_rows_is_refused_unless_a_rule_chooses_one() -> None:
    dated = pa.table({"as_of": ["2024-01-31", "2024-02-29"] * 2, "customer_id": list("aabb"), "segment": ["x"] * 4})
    with pytest.raises(DataError, match=r"customer 'a' has two rows, as have 1 more; an export takes one row"):
        segtool.export(dated, "generic")
    assert segtool.export(dated, "generic", where='as_of = "2024-02-29"').summary.written == 2


def test_a_table_without_an_id_says_how_to_name_it() -> None:
    people = pa.table({"reference": ["1"], "city": ["Ulm"]})
    with pytest.raises(MissingRoleError, match=r"no column for the customer id.*--column customer_id=COL"):
        segtool.export(people, "generic")
    assert segtool.export(people, "generic", column="customer_id=reference").summary.written == 1


# The rule


def test_a_segment_may_be_called_by_its_title_in_any_language(eight: Path) -> None:
    asked = segtool.export(eight, "generic", where='segment in ("قهرمانان", "at risk")').summary
    assert asked.segments == {"Champions": 6, "At Risk": 1}
    assert not asked.warnings or {each.code for each in asked.warnings} <= {"export-small"}


def test_a_segment_that_no_row_has_is_told_with_the_nearest_name(eight: Path) -> None:
    found = segtool.export(eight, "generic", where='segment in ("Champion", "Nobody*", "zzz")')
    told = [each.message for each in found.summary.warnings if each.code == "export-unknown-segment"]
    assert told == [
        'No row has the segment "Champion" of --where. Did you mean Champions?',
        'No row has the segment "zzz" of --where.',
    ]
    assert found.summary.written == 0
    assert "export-nobody" in codes(found)


def test_rules_must_all_hold_and_errors_say_where_they_are(eight: Path) -> None:
    both = segtool.export(eight, "generic", where=['segment = "Champions"', "recency_days < 10"]).summary
    assert (both.written, both.where) == (5, '(segment = "Champions") and (recency_days < 10)')
    with pytest.raises(UsageError, match=r"--where 'recency > ' "):
        segtool.export(eight, "generic", where="recency > ")
    with pytest.raises(UsageError, match=r"--where 'recencydays > 3': .* has no column 'recencydays'|no column"):
        segtool.export(eight, "generic", where="recncy_dys > 3")
    with pytest.raises(UsageError, match="which all rows tell together"):
        segtool.export(eight, "generic", where="share_above(recency_days) < 10%")


def test_cells_that_a_rule_cannot_read_are_told() -> None:
    people = pa.table({"customer_id": ["1", "2"], "age": ["30", "old"]})
    found = segtool.export(people, "generic", where="age > 20")
    assert found.summary.written == 1
    assert [each.message for each in found.summary.warnings if each.code == "export-unread"] == [
        '--where: not readable as it is compared: 1 cell of age, as "old". They count as empty.'
    ]


def test_days_count_back_from_the_day_that_the_table_is_as_of(eight: Path) -> None:
    found = segtool.export(eight, "generic", where="last_order within 15 days").summary
    assert (str(found.as_of), found.written) == ("2024-03-31", 6)
    assert segtool.export(eight, "generic", where="last_order within 5 days", as_of="2024-03-12").summary.written == 1
    born = pa.table(
        {"customer_id": ["1", "2"], "birth_date": ["1990-05-01", "1960-05-01"], "last_visit": ["2024-02-01"] * 2}
    )
    by_age = segtool.export(born, "generic", where="age(birth_date) < 40").summary
    assert (str(by_age.as_of), by_age.written) == ("2024-02-01", 1)


def test_the_table_of_a_run_tells_its_day(six: Path, tmp_path: Path) -> None:
    pq.write_table(segtool.rfm(six, as_of="2024-04-30").table, tmp_path / "s.parquet")
    assert str(segtool.export(tmp_path / "s.parquet", "generic").summary.as_of) == "2024-04-30"


# Consent


@pytest.mark.parametrize("yes", ["yes", "TRUE", "1", "Ja", "oui", "بله", "on", "Y"])
def test_only_who_says_yes_is_written(yes: str) -> None:
    cells = [yes, "no", "", "0", "maybe", None]
    people = pa.table({"customer_id": [str(at) for at in range(6)], "optin": cells})
    found = segtool.export(people, "generic", consent="optin")
    assert found.treated["customer_id"].to_pylist() == ["0"]
    assert [each.message for each in found.summary.warnings if each.code == "export-doubtful-consent"] == [
        'Consent is neither yes nor no in 1 cell of optin, as "maybe"; these customers are left out.'
    ]


def test_consent_can_be_true_or_false_as_parquet_has_it() -> None:
    people = pa.table({"customer_id": ["1", "2", "3"], "optin": [True, False, None]})
    found = segtool.export(people, "generic", consent="optin")
    assert (found.summary.written, codes(found)) == (1, set())


def skipped_as(found: Any) -> list[tuple[str | None, ...]]:
    return [tuple(each.values()) for each in found.skipped.to_pylist()]


def test_a_no_wins_over_a_yes_of_the_same_address_or_number() -> None:
    people = pa.table(
        {
            "customer_id": ["1", "2", "3", "4", "5"],
            "email": ["a@x.org", "A@x.org", "c@x.org", "d@x.org", ""],
            "phone": ["", "", "0912 345 6789", "+989123456789", "0912 000 0000"],
            "optin": ["no", "yes", "yes", "no", "yes"],
        }
    )
    found = segtool.export(people, "segment", consent="optin")
    assert (found.treated["customer_id"].to_pylist(), codes(found)) == (["5"], {"export-denied-elsewhere"})
    assert skipped_as(found) == [
        ("1", "no consent", "optin", "no"),
        ("2", "no consent", "customer_id", "1"),
        ("3", "no consent", "customer_id", "4"),
        ("4", "no consent", "optin", "no"),
    ]


def test_a_cell_without_an_answer_is_no_no() -> None:
    people = pa.table({"customer_id": ["1", "2"], "email": ["a@x.org", "A@x.org"], "optin": ["", "yes"]})
    found = segtool.export(people, "mailchimp", consent="optin")
    assert (found.summary.written, codes(found)) == (1, set())


def test_a_no_counts_also_in_rows_that_are_not_asked_for_and_in_hashes() -> None:
    address = hashlib.sha256(b"a@x.org").hexdigest()
    people = pa.table(
        {
            "customer_id": ["1", "2", "2"],
            "email": [address.upper(), "a@x.org", "b@x.org"],
            "optin": ["no", "yes", "yes"],
            "segment": ["A", "B", "A"],
        }
    )
    found = segtool.export(people, "meta", consent="optin", where='segment == "B"')
    assert skipped_as(found) == [("2", "no consent", "customer_id", "1")]


def test_who_has_the_name_and_place_of_one_who_says_no_is_left_out_where_that_is_the_key() -> None:
    people = pa.table({
        "customer_id": ["1", "2"], "first_name": ["Ann", "ann "], "last_name": ["Lee", "LEE"], "country": ["DE", "de"],
        "postal_code": ["1", "1"], "optin": ["no", "yes"],
    })  # fmt: skip
    found = segtool.export(people, "google-customer-match", consent="optin")
    assert skipped_as(found)[1] == ("2", "no consent", "customer_id", "1")


def test_who_has_the_id_or_the_hashed_address_of_one_who_is_listed_is_left_out_too() -> None:
    address = hashlib.sha256(b"c@x.org").hexdigest()
    people = pa.table({
        "customer_id": ["1", "1", "2", "3"], "email": ["a@x.org", "b@x.org", address, address],
        "day": ["2024", "2025", "2025", "2025"],
    })  # fmt: skip
    lists = [pa.table({"email": ["a@x.org"]}), pa.table({"customer_id": ["2"]})]
    found = segtool.export(people, "meta", suppress=lists, where='day == "2025"')
    assert (found.summary.written, found.summary.skipped) == (0, {"suppressed": 3})


def test_a_column_of_consent_that_is_absent_is_refused(eight: Path) -> None:
    with pytest.raises(UsageError, match=r"no column 'concent' \(--consent\)\. Did you mean consent\?"):
        segtool.export(eight, "mailchimp", consent="concent")


# Whom it must not reach


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "customer_id\n3\n",
        "Kunde;E-Mail\nx;CID@example.org \n",
        "Email Address,First Name\ncid@example.org,C\n",
        "cid@example.org\n",
        "cid@example.org\nnobody@example.org\n",
        "3\n",
        "+98 912 345 6789\n",
        "موبایل\n۰۹۱۲۳۴۵۶۷۸۹\n",
        "sha256\n" + sha("cid@example.org") + "\n",
        sha("cid@example.org").upper() + "\n",
        "hashed_phone\n" + sha("+989123456789") + "\n",
        sha("989123456789") + "\n",
        sha("3") + "\n",
        "who,when\ncid@example.org,2024-01-01\n",
    ],
)
def test_whom_a_list_names_is_left_out_however_it_names_them(eight: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "list.txt").write_text(text, encoding="utf-8")
    found = segtool.export(eight, "mailchimp", suppress=tmp_path / "list.txt")
    assert found.summary.skipped["suppressed"] == 1
    assert "3" not in found.treated["customer_id"].to_pylist()
    assert "export-nobody-listed" not in codes(found)


def test_who_has_the_address_of_one_who_is_listed_is_left_out_too(eight: Path) -> None:
    found = segtool.export(eight, "generic", suppress=pa.table({"customer_id": ["1"]}))
    assert found.summary.skipped == {"suppressed": 2}
    assert [row["customer_id"] for row in found.skipped.to_pylist()] == ["1", "2"]


@pytest.mark.parametrize(("header", "cell"), [("phone", "+98 912 123 4567"), ("list", "00989121234567")])
def test_who_is_called_by_a_number_that_is_listed_is_left_out(header: str, cell: str) -> None:
    people = pa.table({"customer_id": ["09121234567", "09121234568", "4567"]})
    found = segtool.export(people, "generic", suppress=pa.table({header: [cell]}))
    assert [row["customer_id"] for row in found.skipped.to_pylist()] == ["09121234567"]


def test_a_table_of_hashed_addresses_is_held_against_plain_ones() -> None:
    people = pa.table({"customer_id": ["1", "2"], "email": [sha("ann@example.org"), sha("ben@example.org")]})
    found = segtool.export(people, "google-customer-match", suppress=pa.table({"email": ["ANN@example.org"]}))
    assert (found.summary.written, found.summary.skipped) == (1, {"suppressed": 1})


def test_a_list_that_names_nobody_is_told_or_refused(eight: Path, tmp_path: Path) -> None:
    def told(text: str) -> set[str]:
        (tmp_path / "list.csv").write_text(text)
        found = segtool.export(eight, "generic", suppress=[tmp_path / "list.csv"])
        return codes(found) & {"export-empty-list", "export-nobody-listed", "export-unusable-cells"}

    assert told("email\nstranger@example.org\n") == {"export-nobody-listed"}
    assert told("email,name\ncid@example.org,C\nnone of it,D\n") == {"export-unusable-cells"}
    assert told("email,name\n") == {"export-empty-list"}
    for text, message in (
        ("email,name\nnonsense,C\n", "no cell of email is an id, an e-mail address"),
        ("colour,size\nred,2\nblue,3\n", r"no column tells whom to leave out\. Columns: colour, size\. "),
    ):
        with pytest.raises(DataError, match=message):
            told(text)
    with pytest.raises(MissingInputError):
        segtool.export(eight, "generic", suppress=tmp_path / "absent.csv")


def test_a_list_can_be_a_data_frame(eight: Path) -> None:
    import pandas as pd

    found = segtool.export(eight, "mailchimp", suppress=pd.DataFrame({"customer_id": [3]}))
    assert found.summary.skipped["suppressed"] == 1
    assert segtool.export(eight, "mailchimp", suppress=[]).summary.written == 5


def test_several_lists_add_up(eight: Path) -> None:
    lists = [pa.table({"customer_id": ["3"]}), pa.table({"email": ["fay@example.org"]})]
    assert segtool.export(eight, "mailchimp", suppress=lists).summary.skipped["suppressed"] == 2


def test_a_number_is_on_a_list_also_where_one_of_both_does_not_say_its_country(tmp_path: Path) -> None:
    needs("phonenumbers")
    people = pa.table({
        "customer_id": ["1", "2", "3", "4", "5"],
        "phone": ["0171 1234567", "+49 171 1234568", "0911 1234567", "0912 345 6789", "0171 1234569"],
        "country": ["DE", "DE", "DE", "IR", "DE"],
    })  # fmt: skip
    listed = ["0171-1234567", "0171/1234568", "0911 123 45 67", "۰۹۱۲۳۴۵۶۷۸۹"]
    for tables in ([pa.table({"phone": listed})], [tmp_path / "list.txt"]):
        (tmp_path / "list.txt").write_text("\n".join(listed) + "\n")
        found = segtool.export(people, "phones", suppress=tables)
        assert found.treated["customer_id"].to_pylist() == ["5"]
    german = pa.table({"phone": ["0171 1234567"], "country": ["DE"]})
    assert segtool.export(people, "phones", suppress=german).summary.skipped == {"suppressed": 1}


def test_numbers_are_written_as_those_of_the_country_of_their_row() -> None:
    needs("phonenumbers")
    people = pa.table({
        "customer_id": ["1", "2"], "mobile": ["0171 1234567", "0912 345 6789"], "Land": ["Deutschland", "IR"],
    })  # fmt: skip
    found = segtool.export(people, "phones")
    out = io.BytesIO()
    found.write_audience(lambda number: out)
    assert out.getvalue() == b"+491711234567\n09123456789\n"


@pytest.mark.parametrize("in_file", [True, False])
@pytest.mark.parametrize(
    ("kind", "cell", "named"),
    [
        ("email", "Ann <ANN@x.org>", ["1"]),
        ("email", "mailto:ann@x.org?subject=no", ["1"]),
        ("email", "ann@x.org; ben@x.org", ["1", "2"]),
        ("email", "'ben@x.org'", ["2"]),
        ("phone", "tel:+989121111111", ["1"]),
        ("phone", "0912 111 1111 / ۰۹۱۲ ۲۲۲ ۲۲۲۲", ["1", "2"]),
    ],
)
def test_a_cell_of_a_list_can_hold_several_or_words_beside(
    tmp_path: Path, kind: str, cell: str, named: list[str], in_file: bool
) -> None:
    people = pa.table(
        {"customer_id": ["1", "2", "3"], "email": ["ann@x.org", "ben@x.org", "cid@x.org"],
         "phone": ["09121111111", "09122222222", "09123333333"]}
    )  # fmt: skip
    (tmp_path / "list.txt").write_text(f"{cell}\n")
    found = segtool.export(people, "segment", suppress=tmp_path / "list.txt" if in_file else pa.table({kind: [cell]}))
    assert found.skipped["customer_id"].to_pylist() == named
    assert codes(found) == set()


@pytest.mark.parametrize("target", ["segment", "mailchimp", "mautic", "hubspot", "generic"])
def test_a_table_gives_the_same_bytes_from_whatever_file_it_comes(tmp_path: Path, run: Run, target: str) -> None:
    needs("xlsxwriter")
    made = set()
    for kind in ("parquet", "csv", "jsonl", "xlsx"):
        run("rfm", ROOT / "examples/orders.csv", "-q", "-o", tmp_path / f"t.{kind}")
        out = io.BytesIO()
        found = segtool.export(tmp_path / f"t.{kind}", target, customers=ROOT / "examples/contacts.csv")
        found.write_audience(lambda number, out=out: out)
        made.add(out.getvalue())
    assert len(made) == 1


def test_texts_can_be_stored_in_any_way() -> None:
    people = {
        "customer_id": ["1", "2"],
        "email": ["a@x.org", "b@x.org"],
        "segment": ["A", None],
        "optin": ["yes", "no"],
    }
    made = set()
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
        columns = {name: pa.array(cells, pa.string()).cast(kind) for name, cells in people.items()}
        out = io.BytesIO()
        segtool.export(pa.table(columns), "mailchimp", consent="optin").write_audience(lambda number, out=out: out)
        made.add(out.getvalue())
    assert len(made) == 1


def test_large_money_is_written_in_digits() -> None:
    people = pa.table(
        {"customer_id": ["1", "2"], "monetary": [12_345_678_901.0, 2.5e15], "email": ["a@x.org", "b@x.org"]}
    )
    out = io.BytesIO()
    segtool.export(people, "segment").write_audience(lambda number: out)
    assert [json.loads(line)["traits"]["monetary"] for line in out.getvalue().splitlines()] == [
        12345678901,
        2500000000000000,
    ]


# A list of customers beside the table


def test_contacts_and_consent_come_from_a_list_by_id(tmp_path: Path) -> None:
    table = pa.table({"customer_id": ["1", "2", "3"], "segment": ["A", "B", "A"]})
    (tmp_path / "crm.csv").write_text("Kundennr,Mail,optin,segment\n2.0,b@x.org,yes,x\n1.0,a@x.org,no,y\n")
    found = segtool.export(table, "mailchimp", customers=tmp_path / "crm.csv", customers_id="Kundennr", consent="optin")
    assert (found.summary.written, found.summary.skipped) == (1, {"no consent": 2})
    assert found.summary.segments == {"B": 1}
    assert [each.message for each in found.summary.warnings if each.code == "export-not-listed"] == [
        f"Not in the list {tmp_path / 'crm.csv'}: 1 customer. Of them it tells nothing."
    ]


def test_a_no_of_somebody_in_the_list_whom_the_table_lacks_wins_too() -> None:
    table = pa.table({"customer_id": ["1", "2", "3"], "segment": ["A", "B", "A"]})
    crm = pa.table({
        "customer_id": ["1", "2", "3", "8", "9"], "email": ["a@x.org", "b@x.org", "c@x.org", "", "A@x.org"],
        "phone": ["", "0912 111 1111", "", "+989121111111", ""], "optin": ["yes", "yes", "yes", "no", "no"],
    })  # fmt: skip
    found = segtool.export(table, "mailchimp", customers=crm, consent="optin")
    assert found.treated["customer_id"].to_pylist() == ["3"]
    assert found.summary.skipped == {"no consent": 2}
    assert codes(found) == {"export-denied-elsewhere"}


def test_a_no_in_the_list_wins_over_a_yes_of_the_table_in_a_column_of_the_same_name() -> None:
    table = pa.table({"customer_id": ["1", "2", "3"], "email": ["a@x.org", "b@x.org", "c@x.org"], "optin": ["yes"] * 3})
    crm = pa.table({"customer_id": ["1", "9"], "email": ["", "B@x.org"], "optin": ["no", "no"]})
    found = segtool.export(table, "mailchimp", customers=crm, consent="optin")
    assert found.treated["customer_id"].to_pylist() == ["3"]
    assert found.summary.skipped == {"no consent": 2}
    assert codes(found) == {"export-denied-elsewhere", "export-not-listed"}


def test_a_column_of_the_table_wins_over_that_of_the_list(tmp_path: Path) -> None:
    table = pa.table({"customer_id": ["1"], "E-Mail": ["own@x.org"]})
    crm = pa.table({"customer_id": ["1"], "email": ["list@x.org"]})

    def address(**options: Any) -> str:
        segtool.export(table, "mailchimp", customers=crm, **options).write(tmp_path / "o.csv")
        return read_rows(tmp_path / "o.csv")[0]["Email Address"]

    assert address() == "own@x.org"
    assert address(column={"email": "customer_email"}) == "list@x.org"


def test_of_a_list_only_the_columns_that_are_looked_at_stay_in_memory() -> None:
    table = pa.table({"customer_id": ["1", "2"], "email": ["a@x.org", "b@x.org"], "segment": ["A", "B"]})
    crm = pa.table({name: [name, "2"] for name in ("customer_id", "first_name", "email", "optin", "note", "phone")})
    for consent, kept in ((None, ["first_name"]), ("optin", ["first_name", "email", "optin", "phone"])):
        ask = Ask(read_target("mailchimp"), (), consent, None, None, consent is not None)
        listed = read_people(table, Layout(), {}, crm, None, ask, 1).listed
        assert listed is not None
        filled = zip(listed.table.headers, listed.table.columns, strict=True)
        assert [header for header, column in filled if column.null_count < 2] == kept


def test_a_rule_sees_the_columns_of_the_list(tmp_path: Path) -> None:
    table = pa.table({"customer_id": ["1", "2", "3"], "segment": ["A", "B", "A"]})
    crm = pa.table({"customer_id": ["3", "1"], "city": ["Ulm", "Bonn"], "phone": ["09123456789", "09121111111"]})
    found = segtool.export(table, "phones", customers=crm, where='segment = "A" and city = "ulm"')
    found.write(tmp_path / "p.txt")
    assert (tmp_path / "p.txt").read_text().split() == ["09123456789"]
    every = segtool.export(table, "generic", customers=crm, traits="segment,city")
    every.write(tmp_path / "g.csv")
    assert [row["city"] for row in read_rows(tmp_path / "g.csv")] == ["Bonn", "", "Ulm"]


def test_stdin_holds_one_table() -> None:
    with pytest.raises(UsageError, match="stdin holds one table"):
        segtool.export("-", "generic", suppress="-")


def test_a_list_without_its_id_and_an_id_without_a_list_are_refused(eight: Path) -> None:
    with pytest.raises(UsageError, match="--customers-id does nothing without --customers"):
        segtool.export(eight, "mailchimp", customers_id="x")
    with pytest.raises(DataError, match="two rows"):
        segtool.export(eight, "mailchimp", customers=pa.table({"customer_id": ["1", "1"]}))


# The control group


def test_the_control_group_is_drawn_as_it_is_said() -> None:
    """The first eight bytes of SHA-256 of seed, zero byte and id, as a fraction, below the share."""
    ids = [f"c{number}" for number in range(200)]
    for seed, share in ((0, Fraction(1, 10)), (7, Fraction(1, 3))):
        expected = [
            Fraction(int.from_bytes(hashlib.sha256(f"{seed}\0{each}".encode()).digest()[:8], "big"), 2**64) < share
            for each in ids
        ]
        assert held_out(pa.array(ids), share=share, seed=seed).tolist() == expected


def test_a_larger_share_holds_out_the_same_customers_and_more() -> None:
    ids = pa.array([str(number) for number in range(3000)])
    small, large, other = (
        held_out(ids, share=Fraction(share, 100), seed=seed) for share, seed in ((10, 1), (20, 1), (10, 2))
    )
    assert small.sum() in range(250, 350)
    assert (large | ~small).all()
    assert (small != other).any()


@given(st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), max_size=30), st.randoms())
def test_a_customer_stays_where_it_is_whoever_else_is_there(ids: set[str], chance: random.Random) -> None:
    every = sorted(ids)
    alone = {each: bool(held_out(pa.array([each]), share=Fraction(1, 2), seed=3)[0]) for each in every}
    chance.shuffle(every)
    some = every[: len(every) // 2 + 1] if every else []
    assert held_out(pa.array(some, pa.string()), share=Fraction(1, 2), seed=3).tolist() == [
        alone[each] for each in some
    ]


@pytest.mark.parametrize("share", ["0%", "100%", "x", "-1%", 1.0, "1/0"])
def test_what_is_no_share_is_refused(share: Any) -> None:
    with pytest.raises(UsageError, match="is no share of the customers"):
        share_of(share)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "1"])
def test_what_is_no_seed_is_refused(eight: Path, seed: Any) -> None:
    with pytest.raises(UsageError, match="is no whole number of 0 or more"):
        segtool.export(eight, "generic", holdout="10%", seed=seed)


def test_groups_are_written_as_lift_takes_them(run: Run, tmp_path: Path) -> None:
    orders = ROOT / "examples" / "orders.csv"
    assert run("rfm", orders, "--as-of", "2025-09-30", "-o", "s.csv", "-q").returncode == 0
    done = run("export", "s.csv", "--to", "generic", "--holdout", "30%", "--seed", "1", "-o", "vip.csv", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    treated, control = (set(ids_in(tmp_path / f"vip.{group}.csv")) for group in ("treated", "control"))
    every = set(ids_in(tmp_path / "s.csv"))
    assert treated | control == every
    assert not treated & control
    assert set(ids_in(tmp_path / "vip.csv")) == treated
    lift = run(
        *("lift", orders, "--treated", "vip.treated.csv", "--control", "vip.control.csv"),
        *("--from", "2025-10-01", "--json"),
    )
    found = json.loads(lift.stdout)
    assert found["overall"]["treated"]["customers"] == len(treated)
    assert found["overall"]["control"]["customers"] == len(control)
    again = run("export", "s.csv", "--to", "generic", "--holdout", "30%", "--seed", "1", "-o", "again.csv", "-q")
    assert again.returncode == 0
    assert (tmp_path / "again.control.csv").read_bytes() == (tmp_path / "vip.control.csv").read_bytes()


def test_a_small_control_group_is_told(eight: Path) -> None:
    assert "export-small-control" in codes(segtool.export(eight, "generic", holdout=0.5))
    many = pa.table({"customer_id": [str(number) for number in range(5000)]})
    found = segtool.export(many, "generic", holdout="25%")
    assert "export-small-control" not in codes(found)
    assert found.summary.holdout is not None
    assert found.summary.holdout.customers == len(found.control)


# All counts add up, for any table


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    size = draw(st.integers(1, 25))
    ids = draw(st.lists(st.sampled_from([None, *(f"c{n}" for n in range(60))]), min_size=size, max_size=size))
    ids = [None if each in ids[:at] else each for at, each in enumerate(ids)]
    cells = {
        "email": st.sampled_from(["a@x.org", "A@x.org ", "b@x.org", "c@y.de", "bad", "", None, sha("a@x.org")]),
        "phone": st.sampled_from(["09123456789", "+989123456789", "0049301234567", "12", "", None]),
        "segment": st.sampled_from(["Champions", "Lost", "", None]),
        "consent": st.sampled_from(["yes", "no", "", "eh", None]),
    }
    columns = {name: draw(st.lists(own, min_size=size, max_size=size)) for name, own in cells.items()}
    return pa.table(
        {"customer_id": pa.array(ids, pa.string())} | {k: pa.array(v, pa.string()) for k, v in columns.items()}
    )


@settings(max_examples=40)
@given(
    table=tables(),
    target=st.sampled_from(["mailchimp", "phones", "meta", "google-customer-match", "segment", "generic", "ga4"]),
    where=st.sampled_from([None, 'segment = "Champions"', "email is filled"]),
    consent=st.sampled_from([None, "consent"]),
    suppress=st.sampled_from([(), ["a@x.org"], ["c1", "09123456789"]]),
    holdout=st.sampled_from([None, "40%"]),
)
def test_the_counts_reconcile_and_nobody_is_in_two_groups(
    tmp_path: Path, table: pa.Table, target: str, where: Any, consent: Any, suppress: Any, holdout: Any
) -> None:
    lists = [pa.table({"list": suppress})] if suppress else ()
    traits = None if target in ("phones", "google-customer-match", "meta") else "segment"
    found = segtool.export(
        table, target, where=where, consent=consent, suppress=lists, holdout=holdout, traits=traits, threads=1
    )
    summary = found.write(tmp_path / "o.csv" if target not in ("phones", "segment") else tmp_path / "o")
    held = summary.holdout.customers if summary.holdout else 0
    assert summary.customers == summary.not_asked_for + sum(summary.skipped.values()) + held + summary.written
    assert Counter(found.skipped["reason"].to_pylist()) == summary.skipped
    treated, control = (each["customer_id"].to_pylist() for each in (found.treated, found.control))
    skipped = [each for each in found.skipped["customer_id"].to_pylist() if each is not None]
    every = [*treated, *control, *skipped]
    assert len(set(every)) == len(every)
    assert (len(treated), len(control)) == (summary.written, held)
    assert sum(each.rows for each in summary.files if each.role == "audience") == summary.written
    if consent:
        agreed = {row["customer_id"] for row in table.to_pylist() if row["consent"] == "yes"}
        assert {*treated, *control} <= agreed


# The files


def test_a_manifest_tells_all_of_it(eight: Path, tmp_path: Path) -> None:
    summary = segtool.export(eight, "mailchimp", holdout="40%", seed=3).write(tmp_path / "m.csv")
    told = json.loads((tmp_path / "m.manifest.json").read_text("utf-8"))
    assert told == summary.to_dict()
    assert told["input_sha256"] == hashlib.sha256(eight.read_bytes()).hexdigest()
    assert (told["holdout"]["share"], told["holdout"]["seed"], told["as_of"]) == (0.4, 3, "2024-03-31")
    assert told["unhashed"] == ["email"]
    assert told["version"] == segtool.__version__
    assert [each["role"] for each in told["files"]] == ["audience", "control", "treated", "skipped"]
    for each in told["files"]:
        data = (tmp_path / each["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"])
        assert each["rows"] == len(read_rows(tmp_path / each["name"]))
    assert sorted(path.name for path in tmp_path.glob("m.*")) == sorted(
        ["m.manifest.json", *(each["name"] for each in told["files"])]
    )


@pytest.fixture
def two_a_file(tmp_path: Path) -> str:
    """A target that takes two rows a file."""
    path = tmp_path / "tiny.toml"
    path.write_text(
        'form = "csv"\nkeys = [["email"]]\npersonal = true\nmost_rows = 2\n'
        '[[fields]]\nheader = "Email"\nsource = "email"\nkind = "email"\n'
    )
    return str(path)


def people(count: int) -> pa.Table:
    return pa.table({"customer_id": [f"{n:03}" for n in range(count)], "email": [f"p{n}@x.org" for n in range(count)]})


def test_an_audience_over_the_limit_is_written_in_parts(two_a_file: str, tmp_path: Path) -> None:
    summary = segtool.export(people(5), two_a_file).write(tmp_path / "vip.csv")
    parts = [each for each in summary.files if each.role == "audience"]
    assert [(each.name, each.rows) for each in parts] == [("vip-001.csv", 2), ("vip-002.csv", 2), ("vip-003.csv", 1)]
    assert not (tmp_path / "vip.csv").exists()
    rows = [row["Email"] for each in parts for row in read_rows(tmp_path / each.name)]
    assert rows == [f"p{n}@x.org" for n in range(5)]


def test_parts_of_an_earlier_run_are_gone_with_it(two_a_file: str, tmp_path: Path) -> None:
    def names() -> list[str]:
        return sorted(path.name for path in tmp_path.glob("vip*.csv"))

    segtool.export(people(5), two_a_file, holdout="1%").write(tmp_path / "vip.csv")
    assert "vip.control.csv" in names()
    segtool.export(people(3), two_a_file).write(tmp_path / "vip.csv")
    assert names() == ["vip-001.csv", "vip-002.csv", "vip.skipped.csv"]
    segtool.export(people(2), two_a_file).write(tmp_path / "vip.csv")
    assert names() == ["vip.csv", "vip.skipped.csv"]
    segtool.export(people(3), two_a_file).write(tmp_path / "vip.csv")
    assert names() == ["vip-001.csv", "vip-002.csv", "vip.skipped.csv"]


def test_an_earlier_part_that_was_changed_stops_the_run(two_a_file: str, tmp_path: Path) -> None:
    segtool.export(people(5), two_a_file).write(tmp_path / "vip.csv")
    (tmp_path / "vip-003.csv").write_text("mine\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OutputError, match=r"vip-003.csv is of the export before and has been changed since"):
        segtool.export(people(3), two_a_file).write(tmp_path / "vip.csv")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("text", ["{}", "[1]", "nonsense", '{"files": [{"name": "../x.csv", "sha256": "0"}]}'])
def test_what_is_no_manifest_is_not_written_over(eight: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "m.manifest.json").write_text(text)
    with pytest.raises(OutputError, match="is no manifest of an export; move it away"):
        segtool.export(eight, "mailchimp").write(tmp_path / "m.csv")
    assert (tmp_path / "m.manifest.json").read_text() == text
    assert not (tmp_path / "m.csv").exists()


def test_a_run_that_fails_leaves_all_files_as_they_were(
    two_a_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segtool.export(people(5), two_a_file, holdout="20%").write(tmp_path / "vip.csv")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    works, calls = os.replace, [0]
    for fails_at in range(1, 5):
        calls[0] = 0

        def replace(source: Any, target: Any, fails_at: int = fails_at) -> None:
            calls[0] += 1
            if calls[0] == fails_at:
                raise OSError(28, "No space left on device")
            works(source, target)

        monkeypatch.setattr(os, "replace", replace)
        with pytest.raises(OutputError, match="no space left on device"):
            segtool.export(people(3), two_a_file).write(tmp_path / "vip.csv")
        monkeypatch.setattr(os, "replace", works)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_files_that_are_removed_come_back_when_a_later_one_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")

    def run() -> None:
        with Files([tmp_path / "new.csv"], inputs=[]) as files:
            files.remove(tmp_path / "old.csv")
            (tmp_path / "new.csv").mkdir()

    with pytest.raises(OutputError):
        run()
    assert (tmp_path / "old.csv").read_text() == "old"
    (tmp_path / "new.csv").rmdir()
    with Files([tmp_path / "new.csv"], inputs=[]) as files:
        files.remove(tmp_path / "old.csv")
        files.rename(tmp_path / "new.csv", tmp_path / "newer.csv")
        files[tmp_path / "newer.csv"].write(b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["newer.csv"]


def test_the_end_of_an_upload_is_told_by_an_empty_file(eight: Path, tmp_path: Path) -> None:
    summary = segtool.export(eight, "adobe").write(tmp_path / "a.csv")
    assert (tmp_path / "a.fin").read_bytes() == b""
    assert [each.role for each in summary.files] == ["audience", "skipped", "finish"]


@pytest.mark.parametrize("name", ["o.xlsx", "o.parquet", "o.jsonl", "o.csv.gz"])
def test_a_name_of_another_format_is_refused(eight: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"this tool takes a file that ends in \.csv"):
        segtool.export(eight, "mailchimp").write(tmp_path / name)


def test_an_input_is_not_written_over(eight: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is an input"):
        segtool.export(eight, "mailchimp").write(eight)
    assert eight.read_text() == EIGHT


# What is told


def test_unhashed_contacts_are_counted_and_hashed_ones_are_not(eight: Path) -> None:
    plain, hashed = segtool.export(eight, "mailchimp"), segtool.export(eight, "google-customer-match")
    assert (plain.summary.unhashed, plain.reached) == (("email",), 5)
    assert (hashed.summary.unhashed, hashed.reached) == ((), 0)
    assert segtool.export(eight, "generic").summary.unhashed == ("email", "phone")
    assert segtool.export(eight, "generic", where="customer_id = 99").summary.unhashed == ()
    assert unhashed_line(plain.summary, plain.reached, words_in()) == (
        "! Contact data of 5 customers leaves unhashed for Mailchimp: e-mail."
    )


def test_an_audience_that_is_too_small_for_the_tool_is_told(eight: Path) -> None:
    assert "export-small" in codes(segtool.export(eight, "google-customer-match"))
    assert "export-small" not in codes(segtool.export(eight, "mailchimp"))


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_the_page_looks_like_this_and_fits_80_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("eight.csv").write_text(EIGHT)
    found = segtool.export(
        "eight.csv",
        "google-customer-match",
        where='segment in ("Champions", "Loyal")',
        consent="consent",
        suppress=pa.table({"customer_id": ["99"]}),
        holdout="50%",
        seed=4,
        lang=lang,
    )
    text = render_export(found.write("vip.csv"), words=words_in(lang))
    assert max(map(cell_len, text.splitlines())) <= 80
    golden.check(f"export-{lang}.txt", text)


def test_digits_are_those_that_are_asked_for(eight: Path) -> None:
    found = segtool.export(eight, "mailchimp", holdout="10%", lang="fa", digits="fa").summary
    text = render_export(found, words=words_in("fa", "fa"))
    assert "۱۰٫۰٪" in text
    assert "۸" in text


# The command


def test_a_run_does_without_pandas(eight: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("+98 912 345 6789\n")
    args = ["export", str(eight), "--to", "mailchimp", "--consent", "consent", "--suppress", str(tmp_path / "list.txt")]
    args += ["--where", 'segment = "Champions"', "--holdout", "20%", "-o", str(tmp_path / "o.csv"), "-q"]
    check = f"import sys; from segtool.__main__ import main; sys.exit(main({args!r}) or 'pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)


def test_stdout_carries_the_audience_and_the_rest_goes_to_stderr(run: Run, eight: Path) -> None:
    done = run("export", eight.name, "--to", "mailchimp", "--where", 'segment = "Champions"')
    assert done.returncode == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["Email Address"] for row in rows] == [
        *("ann@example.org", "cid@example.org", "fay@example.org", "gil@example.org", "hal@example.org"),
    ]
    lines = done.stderr.splitlines()
    assert lines[0] == "! Contact data of 5 customers leaves unhashed for Mailchimp: e-mail."
    assert lines[1] == "5 customers for Mailchimp"
    quiet = run("export", eight.name, "--to", "mailchimp", "--where", 'segment = "Champions"', "-q")
    assert (quiet.stdout, quiet.stderr) == (done.stdout, "")


def test_json_prints_the_manifest_and_writes_what_is_asked_for(run: Run, eight: Path, tmp_path: Path) -> None:
    dry = run("export", eight.name, "--to", "meta", "--json", "-q")
    assert json.loads(dry.stdout)["files"] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["eight.csv"]
    done = run("export", eight.name, "--to", "meta", "--json", "-o", "m.csv")
    assert done.stdout == (tmp_path / "m.manifest.json").read_text("utf-8")


def test_the_command_and_the_library_hold_out_the_same_customers(run: Run, eight: Path, tmp_path: Path) -> None:
    for options, seed in (([], 0), (["--seed", "7"], 7)):
        args = ["--to", "generic", "--holdout", "50%", *options, "-o", "c.csv", "-q"]
        assert run("export", eight.name, *args).returncode == 0
        held = segtool.export(eight, "generic", holdout=0.5, seed=seed).control["customer_id"].to_pylist()
        assert ids_in(tmp_path / "c.control.csv") == held
        assert json.loads((tmp_path / "c.manifest.json").read_text("utf-8"))["holdout"]["seed"] == seed


def test_a_table_can_come_through_stdin(run: Run) -> None:
    done = run("export", "-", "--to", "generic", "--json", "-q", input=EIGHT)
    found = json.loads(done.stdout)
    assert (found["input"], found["input_sha256"], found["written"]) == ("stdin", None, 8)


def test_parts_are_named_from_the_first_to_the_last(run: Run, two_a_file: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("customer_id,email\n" + "".join(f"{n},p{n}@x.org\n" for n in range(50)))
    done = run("export", "p.csv", "--to", two_a_file, "-o", "v.csv")
    assert "Wrote 50 customers to v-001.csv … v-025.csv, and beside it" in " ".join(done.stderr.split())
    assert "6 more" in done.stderr


def test_parts_do_not_fit_stdout(run: Run, two_a_file: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("customer_id,email\n" + "".join(f"{n},p{n}@x.org\n" for n in range(3)))
    done = run("export", "p.csv", "--to", "./tiny.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "in several files, and stdout is one: say -o FILE." in done.stderr


def test_a_control_group_is_not_lost_in_a_pipe(run: Run, eight: Path) -> None:
    done = run("export", eight.name, "--to", "mailchimp", "--holdout", "50%")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--holdout keeps lists of both groups beside the audience" in done.stderr


def test_a_mistake_costs_its_exit_code_and_no_file(run: Run, eight: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("colour,size\nred,1\nblue,2\n")
    for args, code in (
        (["--to", "nobody"], 2),
        (["--to", "mailchimp", "--where", "segment ="], 2),
        (["--to", "mailchimp", "--where", "nothing = 1"], 2),
        (["--to", "mailchimp", "--seed", "1"], 2),
        (["--to", "mailchimp", "--holdout", "0%"], 2),
        (["--to", "mailchimp", "--holdout", "200%"], 2),
        (["--to", "mailchimp", "--suppress", "absent.csv"], 66),
        (["--to", "mailchimp", "--suppress", "list.csv"], 65),
        (["--to", "./absent.toml"], 66),
    ):
        done = run("export", eight.name, *args, "-o", "o.csv")
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
    assert run("export", "absent.csv", "--to", "mailchimp").returncode == 66
    assert run("export", eight.name, "--to", "mailchimp", "--json", "-o", "-").returncode == 2
    assert run("export", eight.name, "--to", "mailchimp", "-o", "no/folder.csv").returncode == 73
    assert sorted(path.name for path in tmp_path.iterdir()) == ["eight.csv", "list.csv"]


def test_nobody_left_is_a_header_a_warning_and_no_error(run: Run, eight: Path, tmp_path: Path) -> None:
    done = run("export", eight.name, "--to", "mailchimp", "--where", 'segment = "Nobodies"', "-o", "o.csv")
    assert done.returncode == 0
    assert len((tmp_path / "o.csv").read_text().splitlines()) == 1
    assert "Nobody is left to be written" in done.stderr
    assert (tmp_path / "o.skipped.csv").read_text() == "customer_id,reason,column,value\n"


def test_options_may_stand_in_the_configuration(run: Run, eight: Path, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text('[export]\nto = "mailchimp"\nconsent = "consent"\nholdout = "50%"\n')
    found = json.loads(run("export", eight.name, "--json", "-q").stdout)
    assert (found["target"], found["skipped"]["no consent"], found["holdout"]["share"]) == ("mailchimp", 3, 0.5)


def test_numbers_beside_the_key_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    people = pa.table(
        {
            "customer_id": ["1", "2", "3"],
            "email": ["a@x.org", "b@x.org", "c@x.org"],
            "phone": ["0170 1000000", "+49 170 1000001", None],
        }
    )
    found = segtool.export(people, "klaviyo")
    assert found.summary.written == 3
    assert [(each.code, each.message) for each in found.summary.warnings] == [
        (
            "export-left-out",
            "Left empty in the file, as no address or number that can be used: 1 cell of phone. "
            "For national numbers say --country, as DE.",
        )
    ]
    assert not segtool.export(people, "mailchimp").summary.warnings


def test_segments_are_called_in_the_language_of_the_talk() -> None:
    table = pa.table({"customer_id": ["1", "2"], "segment": ["At Risk", "Champions"]})
    found = segtool.export(table, "generic", lang="fa").summary
    assert found.segments == {"At Risk": 1, "Champions": 1}
    assert found.titles == {"At Risk": "در معرض ریزش", "Champions": "قهرمانان"}
    assert "در معرض ریزش" in render_export(found, words=words_in("fa"))
    assert segtool.export(table.set_column(1, "segment", [["A", "B"]]), "generic", lang="fa").summary.titles == {}


def test_a_title_that_nobody_has_is_told_with_the_nearest_segment() -> None:
    table = pa.table({"customer_id": ["1", "2"], "segment": ["At Risk", "Champions"]})
    found = segtool.export(table, "generic", where='segment = "قهرمانا"').summary
    assert found.warnings[0].message == 'No row has the segment "قهرمانا" of --where. Did you mean Champions?'
