"""Files of campaign tools, read back by the rules of each tool."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from segtool.attributes import CustomerTable
from segtool.campaigns.columns import columns_for, filled_by, unhashed
from segtool.campaigns.headers import styled_header
from segtool.campaigns.shaping import Shaped, keys, shape
from segtool.campaigns.target import Target
from segtool.campaigns.targets import read_target, target_names
from segtool.campaigns.writing import Part, write
from segtool.errors import DataError, MissingInputError, SchemeError, UsageError
from segtool.tables.arrays import as_column, valid

AS_OF = date(2025, 12, 31)

ANN, BEN, CID, DEE = "ann@example.org", "ben@example.org", "09123456789", ""

CUSTOMERS: Mapping[str, Sequence[str | None]] = {
    "customer_id": ["c1", "c2", "c3", "c4"],
    "email": [" Ann@Example.org ", "BEN@example.org", "cid at example", None],
    "phone": ["0098 912 345 6789", None, "+98 935 765 4321", "n/a"],
    "first_name": ["Ann Lee", "علی\u200cرضا", "Cid", None],
    "last_name": ["O'Hara", "رضایی", None, None],
    "country": ["Germany", "IR", None, None],
    "postal_code": ["94016", "۱۹۳۹۵", None, None],
    "city": ["New York", "تهران", None, None],
    "segment": ["Champions", "Can't Lose Them, soon", "At Risk", "At Risk"],
    "rfm_score": ["555", "144", "233", "111"],
    "recency_days": ["3", "200", "", "1"],
    "monetary": ["1200.50", "7", "-3.25", "0"],
    "last_order": ["2025-12-28", "2025-06-14", "2025-01-01", "2025-12-30"],
}


def table_of(
    columns: Mapping[str, Any], named: Mapping[str, str] | None = None, name: str = "rfm.csv"
) -> CustomerTable:
    arrays = [cells if isinstance(cells, pa.Array) else pa.array(cells, pa.string()) for cells in columns.values()]
    return CustomerTable(name, tuple(columns), tuple(pa.chunked_array([each]) for each in arrays), {}, named or {})


def export(
    target: Target, table: CustomerTable, *, slice_rows: int = 1 << 16, country: str | None = None, **how: Any
) -> tuple[list[bytes], tuple[Part, ...], list[tuple[str | None, str | None, str | None, str | None]]]:
    """Return the files of the customers with a usable key, what is told of them, and what was judged of each row."""
    own = {name: how.pop(name) for name in ("traits", "tag_prefix") if name in how}
    needed = columns_for(target, table, **own)
    judged: list[tuple[str | None, str | None, str | None, str | None]] = []
    shaped: list[Shaped] = []
    for start in range(0, max(len(table), 1), slice_rows):
        part = {at: table.columns[at].combine_chunks().slice(start, slice_rows) for at in needed.places}
        found = keys(target, needed, part, country=country)
        judged += zip(
            *(each.to_pylist() for each in (found.key, found.problem, found.column, found.value)), strict=True
        )
        written = {at: cells.filter(as_column(valid(found.key))) for at, cells in part.items()}
        shaped.append(shape(target, needed, written, country=country, as_of=AS_OF, **how))
    files: list[io.BytesIO] = []

    def open_part(number: int) -> io.BytesIO:
        assert number == len(files) + 1
        files.append(io.BytesIO())
        return files[-1]

    parts = write(target, shaped, open_part)
    written = [file.getvalue() for file in files]
    assert [(part.bytes, part.sha256) for part in parts] == [
        (len(each), hashlib.sha256(each).hexdigest()) for each in written
    ]
    return written, parts, judged


def rows_of(files: Sequence[bytes]) -> list[dict[str, str]]:
    return [row for each in files for row in csv.DictReader(io.StringIO(each.decode(), newline=""), strict=True)]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def written(name: str, columns: Mapping[str, Any] = CUSTOMERS, **how: Any) -> list[dict[str, str]]:
    return rows_of(export(read_target(name), table_of(columns), **how)[0])


def test_there_are_eleven_targets() -> None:
    assert target_names() == (
        "adobe", "ga4", "generic", "google-customer-match", "hubspot", "klaviyo", "mailchimp", "mautic", "meta",
        "phones", "segment",
    )  # fmt: skip
    for target in map(read_target, target_names()):
        assert target.source
        assert target.about.keys() == target.title.keys() == {"en", "fa"}


def test_mailchimp_has_the_address_names_and_the_segment_as_a_tag() -> None:
    files, _, judged = export(read_target("mailchimp"), table_of(CUSTOMERS))
    assert files[0].decode().splitlines() == [
        "Email Address,First Name,Last Name,Tags,rfm_score,recency_days,monetary,last_order",
        "ann@example.org,Ann Lee,O'Hara,RFM: Champions,555,3,1200.5,2025-12-28",
        'ben@example.org,علی\u200cرضا,رضایی,"RFM: Can\'t Lose Them; soon",144,200,7,2025-06-14'.replace('"', ""),
    ]
    assert judged == [
        ("ann@example.org", None, None, None),
        ("ben@example.org", None, None, None),
        (None, "unusable key", "email", "cid at example"),
        (None, "no key", None, None),
    ]


def test_mailchimp_texts_have_at_most_255_bytes_and_tags_100_letters() -> None:
    long = {
        "email": ["ann@example.org"],
        "last_name": ["ب" * 200],
        "segment": ["س" * 300],
        "note": ["x" * 250 + "ب" * 20],
    }
    (row,) = written("mailchimp", long, traits=["note"])
    assert row["Last Name"] == "ب" * 127
    assert len(row["Tags"]) == 100
    assert row["Tags"].startswith("Segment: س")
    assert row["note"] == "x" * 250 + "ب" * 2


def test_further_segments_are_tags_of_their_own() -> None:
    columns = {
        "email": ["ann@example.org"],
        "segment": ["Champions"],
        "segment_title": ["قهرمانان"],
        "r_score": ["5"],
        "segment_value-loyalty": ["Best"],
        "segment_title_value-loyalty": ["بهترین"],
        "segment_since": ["2025-01-01"],
    }
    assert written("mailchimp", columns)[0]["Tags"] == "RFM: Champions,value-loyalty: Best"
    assert written("mautic", columns)[0]["tags"] == "RFM: Champions|value-loyalty: Best"
    assert written("mailchimp", columns, tag_prefix="")[0]["Tags"] == "Champions,value-loyalty: Best"


def test_mautic_has_aliases_and_moments() -> None:
    row = written("mautic")[0]
    assert list(row) == [
        "email", "firstname", "lastname", "tags", "rfm_segment", "rfm_score", "rfm_recency_days", "rfm_monetary",
        "rfm_last_order",
    ]  # fmt: skip
    assert row["rfm_last_order"] == "2025-12-28 00:00:00"


def test_klaviyo_takes_an_address_or_a_phone_and_one_of_them_stands_first() -> None:
    assert [(row["Email"], row["Phone Number"]) for row in written("klaviyo")] == [
        ("ann@example.org", "+989123456789"),
        ("ben@example.org", ""),
        ("", "+989357654321"),
    ]
    phones = {name: cells for name, cells in CUSTOMERS.items() if name != "email"}
    assert next(iter(written("klaviyo", phones)[0])) == "Phone Number"


def test_hubspot_has_days_and_its_own_record_ids_before_addresses() -> None:
    columns = {"Record ID": ["17", None], "E-Mail": ["ann@x.org", "ben@x.org"], "seen": ["2025-01-02T10:00:00Z", ""]}
    assert written("hubspot", columns, traits=["seen"]) == [
        {"Record ID": "17", "Email": "ann@x.org", "seen": "2025-01-02"},
        {"Record ID": "", "Email": "ben@x.org", "seen": ""},
    ]


def test_segment_calls_identify_what_they_say_and_nothing_else() -> None:
    files, _, judged = export(read_target("segment"), table_of(CUSTOMERS))
    calls = [json.loads(line) for line in files[0].decode().splitlines()]
    assert [key for key, *_ in judged] == ["c1", "c2", "c3", "c4"]
    first = calls[0]
    assert first["type"] == "identify"
    assert first["userId"] == "c1"
    assert first["timestamp"] == "2025-12-31T00:00:00.000Z"
    assert first["traits"] == {
        "email": "ann@example.org",
        "phone": "+989123456789",
        "first_name": "Ann Lee",
        "last_name": "O'Hara",
        "segment": "Champions",
        "rfm_score": "555",
        "recency_days": 3,
        "monetary": 1200.5,
        "last_order": "2025-12-28",
    }
    assert "email" not in calls[2]["traits"]
    assert "recency_days" not in calls[2]["traits"]
    assert len({call["messageId"] for call in calls}) == 4
    again = [json.loads(line) for line in export(read_target("segment"), table_of(CUSTOMERS))[0][0].splitlines()]
    assert again == calls
    moved = table_of({**CUSTOMERS, "segment": ["Champions", "Champions", "At Risk", "At Risk"]})
    after = [json.loads(line) for line in export(read_target("segment"), moved)[0][0].splitlines()]
    assert [call == old for call, old in zip(after, calls, strict=True)] == [True, False, True, True]
    assert after[1]["messageId"] != calls[1]["messageId"]


def test_segment_files_fit_a_batch_request_and_calls_their_limit() -> None:
    columns = {"customer_id": [f"c{number}" for number in range(3000)], "note": ["ن" * 200] * 3000}
    files, parts, _ = export(read_target("segment"), table_of(columns), traits=["note"])
    assert len(files) > 2
    assert sum(part.rows for part in parts) == 3000
    for each in files:
        lines = each.decode().splitlines()
        assert all(len(line.encode()) < 32_000 for line in lines)
        assert len(json.dumps({"batch": [json.loads(line) for line in lines]}, ensure_ascii=False).encode()) < 500_000
    with pytest.raises(
        DataError, match=r"takes 32,000 bytes a customer, and row 1 of the audience, by id, has 4\d,\d\d\d:"
    ):
        export(read_target("segment"), table_of({"customer_id": ["c"], "note": ["x" * 40_000]}), traits=["note"])


def test_google_hashes_all_but_country_and_zip_and_leaves_out_parts_of_addresses() -> None:
    rows = written("google-customer-match")
    assert list(rows[0]) == ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
    assert rows[0] == {
        "Email": sha256("ann@example.org"),
        "Phone": sha256("+989123456789"),
        "First Name": sha256("annlee"),
        "Last Name": sha256("o'hara"),
        "Country": "DE",
        "Zip": "94016",
    }
    assert rows[1]["First Name"] == sha256("علی\u200cرضا")
    assert rows[1]["Zip"] == "19395"
    assert rows[2] == dict.fromkeys(rows[0], "") | {"Phone": sha256("+989357654321")}
    no_zip = {name: cells for name, cells in CUSTOMERS.items() if name != "postal_code"}
    assert list(written("google-customer-match", no_zip)[0]) == ["Email", "Phone"]
    address = {name: CUSTOMERS[name] for name in ("first_name", "last_name", "country", "postal_code")}
    found = export(read_target("google-customer-match"), table_of(address))
    assert len(rows_of(found[0])) == 2
    assert [problem for _, problem, _, _ in found[2]] == [None, None, "no key", "no key"]


def test_meta_hashes_all_and_phones_are_digits_alone() -> None:
    row = written("meta")[0]
    assert row == {
        "email": sha256("ann@example.org"),
        "phone": sha256("989123456789"),
        "fn": sha256("ann lee"),
        "ln": sha256("ohara"),
        "ct": sha256("newyork"),
        "country": sha256("de"),
    }


def test_a_cell_that_is_hashed_already_passes_and_is_the_same_key() -> None:
    columns = {"email": [sha256("ann@example.org").upper(), "Ann@example.org"]}
    files, _, judged = export(read_target("meta"), table_of(columns))
    assert [row["email"] for row in rows_of(files)] == [sha256("ann@example.org")] * 2
    assert judged[0][0] == judged[1][0]
    assert export(read_target("mailchimp"), table_of(columns))[2][0][1] == "unusable key"


def test_an_sms_list_has_mobiles_one_a_line() -> None:
    columns = {"mobile": ["+98 912 345 6789", "021-88776655", "+442071838750", "n/a"]}
    files, _, judged = export(read_target("phones"), table_of(columns), country="IR")
    assert files == [b"09123456789\n+442071838750\n"]
    assert [each[1:] for each in judged] == [
        (None, None, None),
        ("unusable key", "phone", "021-88776655"),
        (None, None, None),
        ("no key", None, None),
    ]
    files, _, _ = export(read_target("phones"), table_of(columns), phone_style="international")
    assert files == [b"+989123456789\n+442071838750\n"]


def test_generic_is_the_table_as_it_is() -> None:
    columns = {"Client": ["c1", "c2", None], "note": ['say "a,b"\r\nthen', "=1+1", "x"], "email": ["A@b.c", None, None]}
    assert written("generic", columns) == [
        {"Client": "c1", "note": 'say "a,b"\r\nthen', "email": "A@b.c"},
        {"Client": "c2", "note": "=1+1", "email": ""},
    ]


def test_ga4_has_no_personal_column_and_no_personal_id() -> None:
    target = read_target("ga4")
    row = written("ga4")[0]
    assert row == {
        "user_id": "c1", "segment": "Champions", "rfm_score": "555", "recency_days": "3", "monetary": "1200.5",
    }  # fmt: skip
    with pytest.raises(UsageError, match="must have no personal data, and 'email' is email: leave it out of --traits"):
        columns_for(target, table_of(CUSTOMERS), traits=["segment", "email"])
    ids = {"customer_id": ["ann@example.org", "09123456789", "c3"], "segment": ["a", "b", "c"]}
    judged = export(target, table_of(ids))[2]
    assert [problem for _, problem, _, _ in judged] == ["unusable key", "unusable key", None]
    hidden = {"customer_id": ["c1", "c2"], "segment": ["a", "ben@example.org"]}
    with pytest.raises(DataError, match="'segment' has 1 e-mail addresses or phone numbers"):
        export(target, table_of(hidden))


def test_adobe_has_the_id_first_and_no_sign_in_names_that_target_ignores() -> None:
    columns = {'what\'s <new>, "really"': ["x"], "customer_id": ["c1"], "Last Order": ["2025-01-01"]}
    row = written("adobe", columns, traits=['what\'s <new>, "really"', "Last Order"])[0]
    assert row == {"customer_id": "c1", "what_s_new_really": "x", "Last_Order": "2025-01-01"}
    assert read_target("adobe").finish == ".fin"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_name_of_an_attribute_has_what_adobe_refuses(name: str) -> None:
    assert re.fullmatch(r"[^\s<>,'\"]+", styled_header(name, "adobe"))
    assert re.fullmatch(r"\w+", styled_header(name, "snake"))
    assert styled_header(name, "mautic").startswith("rfm_")


def test_full_names_are_parted_where_there_are_no_others() -> None:
    columns = {"email": [ANN, BEN], "Customer Name": ["Ann Lee O'Hara", "Ben"]}
    rows = written("mailchimp", columns)
    assert [(row["First Name"], row["Last Name"]) for row in rows] == [("Ann", "Lee O'Hara"), ("Ben", "")]


def test_a_table_without_a_key_is_told_what_to_say() -> None:
    with pytest.raises(UsageError) as error:
        columns_for(read_target("klaviyo"), table_of({"customer_id": ["c1"]}))
    assert str(error.value) == (
        "Klaviyo needs email or phone, and rfm.csv has no such column. Columns: customer_id. "
        "Say --column email=HEADER, or --customers FILE where a list of customers has it."
    )
    named = table_of({"Kontakt": ["ann@example.org"]}, {"email": "Kontakt"})
    assert columns_for(read_target("klaviyo"), named).roles == {"email": 0}


def test_traits_that_are_absent_alike_or_too_many_are_refused() -> None:
    table = table_of(CUSTOMERS)
    with pytest.raises(UsageError, match=r"--traits monetery: rfm.csv has no such column. Did you mean monetary\?"):
        columns_for(read_target("mailchimp"), table, traits=["monetery"])
    alike = table_of({"customer_id": ["c"], "a b": ["x"], "a_b": ["y"]})
    with pytest.raises(UsageError, match="Two columns of the file would have the header 'a_b'"):
        columns_for(read_target("adobe"), alike, traits=["a b", "a_b"])
    few = replace(read_target("hubspot"), most_traits=1)
    with pytest.raises(UsageError, match="HubSpot takes at most 1 traits, and 2 would go along"):
        columns_for(few, table, traits=["segment", "rfm_score"])
    with pytest.raises(UsageError, match="SMS panel takes one value a line"):
        columns_for(read_target("phones"), table, traits=["segment"])
    assert columns_for(read_target("mailchimp"), table, traits=["email"]).traits == {}


def test_it_is_told_what_leaves_as_it_can_be_read_and_where_it_is_from() -> None:
    table = table_of({"Mail": ["a@b.de"], "Telefon": ["1"], "Segment": ["x"]})
    target = read_target("mailchimp")
    needed = columns_for(target, table)
    assert unhashed(target, needed) == ("email",)
    assert filled_by(target, needed, table) == {"Email Address": "Mail", "Tags": "Segment"}
    google = read_target("google-customer-match")
    assert unhashed(google, columns_for(google, table)) == ()
    everything = read_target("generic")
    ids = table_of({"customer_id": ["c"], "Mail": ["a@b.de"], "Telefon": ["1"]})
    assert unhashed(everything, columns_for(everything, ids)) == ("email", "phone")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ROWS = st.lists(
    st.tuples(
        st.one_of(TEXTS, st.emails(), st.just(None)),
        st.one_of(TEXTS, st.from_regex(r"(\+98|0|0098 )9[0-9]{9}", fullmatch=True), st.just(None)),
        st.one_of(TEXTS, st.just(None)),
        st.one_of(TEXTS, st.just(None)),
    ),
    max_size=8,
)


@given(ROWS, st.integers(1, 4))
@settings(max_examples=25)
def test_every_file_reads_back_whatever_the_cells_and_slices_are(
    rows: list[tuple[str | None, ...]], slice_rows: int
) -> None:
    email, phone, name, note = ([row[at] for row in rows] for at in range(4))
    columns = {
        "customer_id": [f"c{at}" for at in range(len(rows))],
        "email": email,
        "phone": phone,
        "first_name": name,
        "last_name": note,
        "segment": note,
        "monetary": name,
    }
    table = table_of(columns)
    for target in map(read_target, target_names()):
        if not target.personal:
            continue  # what it refuses has a test of its own
        files, parts, judged = export(target, table)
        assert files == export(target, table, slice_rows=slice_rows)[0]
        usable = [key for key, *_ in judged if key is not None]
        assert sum(part.rows for part in parts) == len(usable)
        assert all((problem is None) == (key is not None) for key, problem, *_ in judged)
        if target.form == "lines":
            assert "".join(each.decode() for each in files) == "".join(f"{key}\n" for key in usable)
        elif target.form == "json lines":
            calls = [json.loads(line) for each in files for line in each.decode().split("\n")[:-1]]
            assert [call["userId"] for call in calls] == usable
        else:
            found = rows_of(files)
            assert len(found) == len(usable)
            if len(target.keys) == 1:
                header = target.field_of(target.keys[0][0]).header
                assert [row[header] for row in found] == usable
            for row in found:
                held = [[row.get(target.field_of(source).header) for source in key] for key in target.keys]
                assert any(all(cells) for cells in held)
            for field in target.fields:
                if field.hashed and found and field.header in found[0]:
                    assert all(re.fullmatch("[0-9a-f]{64}|", row[field.header]) for row in found)


OWN = """\
title = "Our panel"
keys = [["email"]]
traits = ["segment"]
[[fields]]
header = "Address"
source = "email"
kind = "email"
"""


def own_target(tmp_path: Path, text: str) -> Target:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return read_target(str(path))


def test_a_file_of_ones_own_is_a_target(tmp_path: Path) -> None:
    target = own_target(
        tmp_path, OWN + 'most_letters = 20\n[[fields]]\nheader = "Town"\nsource = "city"\nkind = "text"\n'
    )
    assert (target.name, target.title, target.suffix) == ("own", {"en": "Our panel"}, ".csv")
    assert rows_of(export(target, table_of(CUSTOMERS))[0])[0] == {
        "Address": "ann@example.org", "Town": "New York", "segment": "Champions",
    }  # fmt: skip


def test_tags_of_ones_own_target_are_those_of_its_column(tmp_path: Path) -> None:
    tags = '[[fields]]\nheader = "Labels"\nsource = "city"\nkind = "tags"\n'
    target = own_target(tmp_path, f'tags_joined = ";"\n{OWN}{tags}')
    assert [row["Labels"] for row in rows_of(export(target, table_of(CUSTOMERS))[0])] == ["New York", "تهران"]
    assert rows_of(export(target, table_of(CUSTOMERS), tag_prefix="In ")[0])[0]["Labels"] == "In New York"


def test_files_end_their_lines_and_begin_as_the_target_says(tmp_path: Path) -> None:
    target = own_target(tmp_path, 'line_end = "\\r\\n"\nbom = true\n' + OWN)
    files, _, _ = export(target, table_of(CUSTOMERS), traits=[])
    assert files == [b"\xef\xbb\xbfAddress\r\nann@example.org\r\nben@example.org\r\n"]


def test_a_new_file_begins_where_the_next_row_would_exceed_a_limit(tmp_path: Path) -> None:
    columns = {"email": [f"person{number}@example.org" for number in range(1000)], "segment": ["ب" * 20] * 1000}
    by_rows = own_target(tmp_path, "most_rows = 300\n" + OWN)
    files, parts, _ = export(by_rows, table_of(columns))
    assert [part.rows for part in parts] == [300, 300, 300, 100]
    assert all(each.startswith(b"Address,segment\n") for each in files)
    assert [row["Address"] for row in rows_of(files)] == columns["email"]
    by_bytes = own_target(tmp_path, "most_bytes = 4096\n" + OWN)
    files, parts, _ = export(by_bytes, table_of(columns), slice_rows=7)
    assert rows_of(files) == rows_of(export(by_rows, table_of(columns))[0])
    assert all(len(each) <= 4096 for each in files)
    longest = max(len(line) for each in files for line in each.splitlines(keepends=True))
    assert all(len(each) > 4096 - longest for each in files[:-1])
    assert files == export(by_bytes, table_of(columns))[0]
    long = table_of({"email": columns["email"], "segment": ["b" * 20] * 899 + ["x" * 5000] * 101})
    with pytest.raises(DataError, match=r"Our panel takes 4,080 bytes a customer, and row 900 .* has 5,0") as error:
        export(by_bytes, long, slice_rows=7)
    assert "@" not in str(error.value)


def test_without_customers_there_is_a_header() -> None:
    nobody = {"email": [None], "segment": ["x"]}
    files, parts, judged = export(read_target("mailchimp"), table_of(nobody))
    assert files == [b"Email Address,Tags\n"]
    assert parts[0].rows == 0
    assert judged == [(None, "no key", None, None)]
    assert export(read_target("phones"), table_of({"phone": ["x"]}))[0] == [b""]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("keys = 1\n", "keys is a list of lists of sources"),
        ("", r"keys is a list of lists of sources"),
        ("keys = [[]]\n", "keys is a list of lists of sources"),
        ('keys = [["email"]]\n', "the file would have no column"),
        (OWN.replace("traits", "trait"), "trait"),
        (OWN.replace('["segment"]', '"segment"'), "traits is a list of columns"),
        (OWN.replace('["segment"]', '["segment", "segment"]'), "traits has 'segment' twice"),
        (OWN.replace('["segment"]', '["*", "segment"]'), "it stands alone"),
        (OWN.replace('kind = "email"', 'kind = "mail"'), "field 1: kind = 'mail' is none of email, phone"),
        (OWN.replace('kind = "email"', ""), "field 1: kind is missing"),
        (OWN.replace('header = "Address"', "header = 3"), "field 1: header is a text"),
        (OWN + "hashed = 1\n", "field 1: hashed is true or false"),
        (OWN + "most_bytes = 1\n", "field 1: most_bytes is a whole number from 4"),
        (OWN + "hashed = true\nmost_letters = 9\n", "a hash has 64 letters"),
        (OWN + OWN[OWN.index("[[fields]]") :], "two fields have the header 'Address'"),
        (OWN.replace('kind = "email"', 'kind = "tags"'), "tags_joined goes with one field of the kind tags"),
        ('tags_joined = "ab"\n' + OWN, "tags_joined is one sign"),
        ("most_rows = 0\n" + OWN, "most_rows is a whole number from 1"),
        ("most_bytes = 10\n" + OWN, "most_bytes is a whole number from 4,096"),
        ('most_rows = "7"\n' + OWN, "most_rows is a whole number from 1"),
        ('suffix = "csv"\n' + OWN, "suffix is a dot with letters behind it"),
        ('suffix = "./../x"\n' + OWN, "suffix is a dot with letters behind it"),
        ('form = "xml"\n' + OWN, "form = 'xml' is none of csv, lines, json lines"),
        ('form = "lines"\n' + OWN, "form = 'lines' has one field"),
        ('form = "json lines"\n' + OWN, "has a field with the source customer_id"),
        ("personal = false\n" + OWN, "personal = false, and email is contact data"),
        ('phones = "e164"\n' + OWN, "phones = 'e164' is none of international, local, digits"),
        ('line_end = "\\t"\n' + OWN, "line_end"),
        ('title = { fa = "پنل" }\n' + OWN.split("\n", 1)[1], "title is a text"),
        (OWN.replace('[["email"]]', '[["email", "city"]]'), "keys has 'city', which is the source of no field"),
        ("fields = 3\n" + OWN[: OWN.index("[[fields")], r"\[\[fields\]\] are tables"),
        (OWN.replace("Address", "A\\nB"), "field 1: header has a letter that cannot be shown"),
        (OWN.replace("Our panel", "Our\\npanel"), "title has a letter that cannot be shown"),
        ("= 1", "is no TOML"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_its_file_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SchemeError, match=complaint) as error:
        own_target(tmp_path, text)
    assert str(error.value).startswith(str(tmp_path / "own.toml"))


def test_a_target_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no target 'mailchip'. Targets: adobe, .* Did you mean mailchimp\?"):
        read_target("mailchip")
    with pytest.raises(MissingInputError, match=r"There is no target file .*none.toml"):
        read_target(str(tmp_path / "none.toml"))
    with pytest.raises(MissingInputError, match="cannot be read: is a directory"):
        read_target(f"{tmp_path}/")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(SchemeError, match="is not in UTF-8"):
        read_target(str(tmp_path / "latin.toml"))


def test_naughty_strings_come_back_from_every_file(real_data: Callable[[str], Path]) -> None:
    lines = [line for line in real_data("messy/blns.txt").read_text("utf-8").split("\n") if line]
    columns = {
        "customer_id": [f"c{at}" for at in range(len(lines))],
        "email": [f"c{at}@example.org" for at in range(len(lines))],
        "first_name": lines,
        "segment": lines,
        "note": lines,
    }
    assert [row["note"] for row in written("generic", columns)] == lines
    files, _, _ = export(read_target("segment"), table_of(columns), traits=["note"])
    calls = [json.loads(line) for each in files for line in each.decode().split("\n")[:-1]]
    assert [call["traits"]["note"] for call in calls] == lines
    for name in ("mailchimp", "mautic", "klaviyo", "hubspot", "google-customer-match", "meta", "adobe"):
        assert len(written(name, columns)) == len(lines)


def test_a_parquet_table_and_its_csv_give_the_same_calls() -> None:
    typed = {
        "customer_id": pa.array([17, 18]),
        "recency_days": pa.array([3, 4]),
        "monetary": pa.array([12.5, 3.0]),
        "last_order": pa.array([date(2025, 1, 1), None]),
        "segment": pa.array(["x", "y"]).dictionary_encode(),
    }
    text = {
        "customer_id": ["17", "18"],
        "recency_days": ["3", "4"],
        "monetary": ["12.5", "3"],
        "last_order": ["2025-01-01", None],
        "segment": ["x", "y"],
    }
    target = read_target("segment")
    assert export(target, table_of(typed))[0] == export(target, table_of(text))[0]


def test_columns_of_persian_tables_are_found() -> None:
    columns = {"ایمیل": ["ann@example.org"], "بخش": ["Champions"], "نام": ["آن"]}
    row = written("mailchimp", columns)[0]
    assert row["Email Address"] == "ann@example.org"
    assert row["Tags"] == "Segment: Champions"


def test_exports_load_no_pandas() -> None:
    code = """
import sys
from datetime import date
import pyarrow as pa
from segtool.attributes import CustomerTable
from segtool.campaigns.columns import columns_for
from segtool.campaigns.shaping import keys, shape
from segtool.campaigns.targets import read_target, target_names
from segtool.campaigns.writing import write
from segtool.tables.arrays import as_texts
class Nowhere:
    def write(self, letters): return len(letters)
cells = {"customer_id": "c1", "email": "Ann@x.org", "phone": "۰۹۱۲ ۳۴۵ ۶۷۸۹", "first_name": "آن", "last_name": "Smith",
         "country": "IR", "postal_code": "1", "segment": "Champions", "monetary": "1.5", "note": "n" * 300}
table = CustomerTable("t", tuple(cells), tuple(pa.chunked_array([as_texts([cell])]) for cell in cells.values()), {}, {})
for target in map(read_target, target_names()):
    needed = columns_for(target, table, traits=None if target.form == "lines" else ["note", "monetary"])
    part = {at: table.columns[at].chunk(0) for at in needed.places}
    assert keys(target, needed, part).key.null_count == 0
    assert write(target, [shape(target, needed, part, as_of=date(2025, 1, 1))], lambda number: Nowhere())[0].rows == 1
print([name for name in ("pandas", "phonenumbers", "scipy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_cells_are_no_formulas_with_an_apostrophe() -> None:
    columns = {"email": ["ann@example.org"], "phone": ["+98 912 345 6789"], "first_name": ["=1+1"]}
    row = written("klaviyo", columns)[0]
    assert (row["Phone Number"], row["First Name"]) == ("+989123456789", "=1+1")
