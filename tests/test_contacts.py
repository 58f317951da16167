"""Contact data: e-mail addresses, phone numbers, names and countries as campaign tools compare them."""

import hashlib
import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import needs
from hypothesis import given
from hypothesis import strategies as st

from segtool.campaigns import contacts
from segtool.campaigns.cells import cut_to_bytes, tags, trait_texts
from segtool.campaigns.countries import country_code, country_codes
from segtool.campaigns.phones import mobiles, phones, styled
from segtool.errors import MissingExtraError, UsageError
from segtool.tables.arrays import as_texts

Read = Callable[..., pa.Array]


def one(read: Read, text: str, **how: object) -> str | None:
    return read(as_texts([text]), **how).to_pylist()[0]  # type: ignore[no-any-return]


PUBLISHED = [
    ("em", "John_Smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
    ("fn", "Mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
    ("fn", "정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
    ("fn", "Valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
    ("country", "United States", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
    ("ph", "+1 (650) 555-1212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
]
"""The examples of "Customer Information Parameters", Meta for Developers; there the phone number is an American one
without its code, which is written in front here."""


PUBLISHED_BY_GOOGLE = [
    ("quinn@CYMBALGROUP.com", "05bb62526f091b45d20e243d194766cca8869137421047dc53fa4876d111a6f0"),
    ("dana@example.com", "07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3"),
    ("rosario@example.org", "83a834cc5327bc4dee7c5408988040dc5813c7662611cd93b707aff72bf7d33f"),
    ("cloudySanFrancisco@GMAIL.com", "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4"),
    ("+1-800-555-0100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
    ("+1 800-555-0101", "61d6c2976b5d92b1ad63073a12fddd26040cd980067d03a93dd1cc50f1a3ac68"),
    ("+1 800-555-0102", "c5383c2eeada28210d27f011bc127d4f9562cf38ff0c9bba33dd45ae79b9fe7c"),
]
"""The members of "Send audience members", Data Manager API, Google for Developers."""


@pytest.mark.parametrize(("text", "sha256"), PUBLISHED_BY_GOOGLE)
def test_hashes_are_those_that_google_publishes(text: str, sha256: str) -> None:
    read = contacts.emails(as_texts([text]), solid=True) if "@" in text else phones(as_texts([text]))
    assert contacts.hashed(read).to_pylist() == [sha256]


@pytest.mark.parametrize(("kind", "text", "sha256"), PUBLISHED)
def test_hashes_are_those_that_meta_publishes(kind: str, text: str, sha256: str) -> None:
    cells = as_texts([text])
    read = {
        "em": contacts.emails,
        "fn": lambda column: contacts.names(column, lower=True, bare=True),
        "country": lambda column: country_codes(column, lower=True),
        "ph": lambda column: styled(phones(column), "digits"),
    }[kind]
    assert contacts.hashed(read(cells)).to_pylist() == [sha256]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ann@Example.ORG\t", "ann@example.org"),
        ("ann+sale@mail.example.co.uk", "ann+sale@mail.example.co.uk"),
        ("\u200eann@example.org\u200f", "ann@example.org"),
        ("\N{NO-BREAK SPACE}ann@example.org", "ann@example.org"),
        ("ann@münchen.de", "ann@münchen.de"),
        ("ann@فروشگاه.ایران", "ann@فروشگاه.ایران"),
        ("ann@xn--mgba3a4f16a.xn--fiqs8s", "ann@xn--mgba3a4f16a.xn--fiqs8s"),
        ("=1+1@example.org", "=1+1@example.org"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
        ("a" * 65 + "@example.org", None),
        ("a@" + ".".join(["b" * 60] * 5), None),
        ("ann", None),
        ("ann@example", None),
        ("ann@@example.org", None),
        ("ann@b@example.org", None),
        ("ann b@example.org", None),
        ("ann@example..org", None),
        ("ann@.example.org", None),
        ("ann@-example.org", None),
        (".ann@example.org", None),
        ("ann..b@example.org", None),
        ("ann@example.org.", None),
        ("ann@127.0.0.1", None),
        ("Ann <ann@example.org>", None),
        ("ann@example.org;bob@example.org", None),
        ('"ann"@example.org', None),
        ("ann\nbob@example.org", None),
        ("ann\x00@example.org", None),
        ("علی@example.org", None),
        ("none", None),
        ("", None),
    ],
)
def test_an_e_mail_address_is_trimmed_and_lowered_and_what_is_none_is_null(text: str, address: str | None) -> None:
    assert one(contacts.emails, text) == address


IRANIAN = "+989123456789"


@pytest.mark.parametrize(
    "text",
    [
        "09123456789",
        "9123456789",
        "989123456789",
        "00989123456789",
        "+989123456789",
        "+9809123456789",
        "+98 (0)912 345 6789",
        "0098 (0) 912-345-6789",
        "0912-345-6789",
        "(0912) 345 6789",
        "0912.345.6789",
        "0912–345–6789",
        "'09123456789",
        "۰۹۱۲۳۴۵۶۷۸۹",
        "٠٩١٢٣٤٥٦٧٨٩",
        "+۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹",
        "\u200f۰۹۱۲\u200c۳۴۵۶۷۸۹",
        "\N{NO-BREAK SPACE}0912\N{NO-BREAK SPACE}3456789",
        "9123456789.0",
    ],
)
def test_an_iranian_mobile_is_one_number_however_it_is_written(text: str) -> None:
    assert one(phones, text) == IRANIAN
    assert one(phones, text, country="ir") == IRANIAN


@pytest.mark.parametrize(
    "text",
    [
        "9.12E+09", "9.12346E+09", "0912345678", "091234567890", "+98912345678", "+9891234567890", "12345", "+1", "+",
        "0",
        "09123456789 / 09351234567", "09123456789 09351234567", "0912345678x", "call me", "", "-", "++989123456789",
        "+0123456789", "1234567890123456", "+1234567890123456",
    ],
)  # fmt: skip
def test_what_is_no_whole_number_is_no_phone(text: str) -> None:
    assert one(phones, text) is None


def test_numbers_of_a_column_of_numbers_are_read_like_those_of_text() -> None:
    for cells in (pa.array([9123456789, None]), pa.array([9123456789.0, None])):
        assert phones(cells).to_pylist() == [IRANIAN, None]


def test_a_number_with_a_plus_or_two_zeros_says_its_country() -> None:
    cells = as_texts(["+44 20 7183 8750", "0044 (0)20 7183 8750", "+1-650-555-1212"])
    assert phones(cells).to_pylist() == ["+442071838750", "+442071838750", "+16505551212"]


def test_iranian_landlines_need_the_country_and_are_no_mobiles() -> None:
    cells = as_texts(["02188776655", "+982188776655", "2188776655", "09123456789"])
    assert phones(cells).to_pylist() == [None, "+982188776655", None, IRANIAN]
    read = phones(cells, country="IR")
    assert read.to_pylist() == ["+982188776655"] * 3 + [IRANIAN]
    assert mobiles(read).to_pylist() == [None, None, None, IRANIAN]


def test_national_numbers_are_those_of_the_country_that_is_said() -> None:
    needs("phonenumbers")
    cells = as_texts(["(650) 253-0000", "9123456789", "09123456789", "+989123456789", "nothing"])
    assert phones(cells, country="us").to_pylist() == [
        "+16502530000",
        "+19123456789",
        None,
        IRANIAN,
        None,
    ]
    assert one(phones, "030 901820", country="Germany") == "+4930901820"
    with pytest.raises(UsageError, match="XX has no phone numbers"):
        one(phones, "030 901820", country="xx")


def test_national_numbers_name_the_package_that_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert one(phones, "+49 30 901820", country="DE") == "+4930901820"
    with pytest.raises(MissingExtraError, match=r'segtool\[phones\]"$'):
        one(phones, "030 901820", country="DE")


def test_numbers_are_those_of_the_country_of_their_row_and_else_of_the_one_that_is_said() -> None:
    needs("phonenumbers")
    cells = [
        "0171 1234567",
        "0912 345 6789",
        "0171 1234567",
        "070-123 45 67",
        "0171 1234567",
        "+4917112345678",
        "0912 345 6789",
    ]
    own = pa.array(["de", "ایران", "", "Sweden", "Atlantis", "Atlantis", None])
    said = ["+491711234567", "+989123456789", None, "+46701234567", None, "+4917112345678", "+989123456789"]
    assert phones(pa.array(cells), countries=own).to_pylist() == said
    assert phones(pa.array(cells), countries=own, country="DE").to_pylist()[2] == "+491711234567"


def test_a_country_of_a_row_needs_no_package_where_its_numbers_say_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    own = pa.array(["Germany", "IR"])
    found = phones(pa.array(["+49 30 901820", "021 88776655"]), countries=own)
    assert found.to_pylist() == ["+4930901820", "+982188776655"]
    with pytest.raises(MissingExtraError, match="Phone numbers of Germany without"):
        phones(pa.array(["030 901820", "021 88776655"]), countries=own)


def test_a_number_that_32_bits_have_rounded_is_none() -> None:
    assert phones(pa.array([9123456789.0], pa.float32())).to_pylist() == [None]


def test_what_is_no_country_is_refused() -> None:
    with pytest.raises(UsageError, match="'Atlantis' is no country"):
        country_code("Atlantis")


@pytest.mark.parametrize(
    ("text", "how", "name"),
    [
        ("  علی\u200cرضا  ", {}, "علی\u200cرضا"),
        ("Mary\r\nAnn", {}, "Mary Ann"),
        ("a\N{NO-BREAK SPACE} b", {}, "a b"),
        ("\u202eMary\u202c", {}, "Mary"),
        ("Vale\u0301ry", {"lower": True}, "valéry"),
        ("O'Brien-Smith, Jr.", {"lower": True, "bare": True}, "obriensmith jr"),
        ("Los Ángeles", {"lower": True, "bare": True, "solid": True}, "losángeles"),
        ("Na", {}, "Na"),
        ("None", {}, "None"),
        ("...", {"bare": True}, None),
        ("\x00", {}, None),
    ],
)
def test_a_name_is_one_line_in_one_spelling(text: str, how: dict[str, bool], name: str | None) -> None:
    assert one(contacts.names, text, **how) == name


def test_hashed_cells_pass_as_they_are() -> None:
    ready = hashlib.sha256(b"ann@example.org").hexdigest()
    found = contacts.hashes(as_texts([f" {ready.upper()} ", "ann@example.org", "g" * 64, ready[:-1]]))
    assert found is not None
    assert found.to_pylist() == [ready, None, None, None]


@given(st.lists(st.text(max_size=30)))
def test_any_text_is_a_clean_address_or_none(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    for address in contacts.emails(as_texts(texts)).to_pylist():
        assert address is None or re.fullmatch(r"[!-?A-~]+@\S+\.\S+", address)


@given(st.lists(st.text("0123456789+۰۱۲۳۴۵۶۷۸۹٠١٢٩ -().\u200f'/E", max_size=22)))
def test_any_text_is_a_number_in_e164_or_none(texts: list[str]) -> None:
    found = phones(as_texts(texts))
    assert len(found) == len(texts)
    assert all(number is None or re.fullmatch(r"\+[1-9][0-9]{7,14}", number) for number in found.to_pylist())
    assert phones(found).equals(found)


@given(st.integers(9_000_000_000, 9_999_999_999), st.sampled_from(["0", "", "98", "0098", "+98", "+980", "+98 (0)"]))
def test_every_iranian_mobile_is_found_behind_every_prefix(digits: int, prefix: str) -> None:
    assert one(phones, f"{prefix}{digits}") == f"+98{digits}"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40)))
def test_cells_do_not_depend_on_their_neighbours(texts: list[str]) -> None:
    cells = as_texts(texts)
    for read in (contacts.emails, phones, contacts.names, contacts.zips, country_codes, contacts.ids):
        assert read(cells).to_pylist() == [one(read, text) for text in texts]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.integers(4, 300))
def test_a_cell_is_cut_between_letters(text: str, most: int) -> None:
    cut = one(cut_to_bytes, text, most=most)
    assert cut is not None
    assert len(cut.encode()) <= most
    assert text.startswith(cut)
    if len(text.encode()) <= most:
        assert cut == text


def test_a_persian_text_is_cut_at_127_letters_of_255_bytes() -> None:
    assert one(cut_to_bytes, "ب" * 200, most=255) == "ب" * 127


def test_a_tag_has_no_sign_that_joins_tags() -> None:
    columns = {"RFM: ": as_texts(["a,b|c", "x" * 200, ""])}
    assert tags(columns, ",", most_letters=100).to_pylist() == ["RFM: a;b|c", "RFM: " + "x" * 95, None]
    assert tags(columns, "|").to_pylist()[0] == "RFM: a,b/c"


def test_numbers_and_dates_of_any_type_are_plain_text() -> None:
    assert trait_texts(pa.array([Decimal("12.5000"), Decimal("100.0000"), None])).to_pylist() == ["12.5", "100", None]
    assert trait_texts(pa.array([1e-7, 100.0, float("inf")])).to_pylist() == ["0.0000001", "100", None]
    assert trait_texts(pa.array([date(2024, 3, 31)]), "moment").to_pylist() == ["2024-03-31 00:00:00"]
    moment = pa.array([datetime(2024, 3, 31, 10, 15, 1, 999)])
    assert trait_texts(moment).to_pylist() == ["2024-03-31 10:15:01"]
    assert trait_texts(moment, "day").to_pylist() == ["2024-03-31"]
    with_zone = ["2024-03-31T10:15:01.5+03:30", "2024-03-31 10:15:01Z"]
    assert trait_texts(pa.array(with_zone), "moment").to_pylist() == ["2024-03-31 10:15:01"] * 2
    assert trait_texts(pa.array([True, None])).to_pylist() == ["true", None]
    assert trait_texts(pa.array([["vip", "new"]])).to_pylist() == ["vip;new"]
    assert trait_texts(pa.nulls(2)).to_pylist() == [None, None]


def test_naughty_strings_are_no_contacts_and_harmless_names(real_data: Callable[[str], Path]) -> None:
    lines = real_data("messy/blns.txt").read_text("utf-8").split("\n")
    cells = as_texts(lines)
    assert set(phones(cells).to_pylist()) == {None}
    for address in contacts.emails(cells).to_pylist():
        assert address is None or address.count("@") == 1
    for name in contacts.names(cells).to_pylist():
        assert name is None or name.splitlines() == [name] == [name.strip()]


@pytest.mark.parametrize(
    "cells",
    [
        pa.nulls(3),
        pa.nulls(3, pa.string()),
        pa.array([], pa.string()),
        pa.array([], pa.null()),
        pa.array([None, "", " "]).dictionary_encode(),
        pa.array([None, None, "x"], pa.large_string()).slice(0, 2),
        pa.array([None, 1.5, None]).slice(2),
    ],
)
def test_cells_that_are_empty_are_null_in_columns_of_any_type(cells: pa.Array) -> None:
    for read in (
        contacts.emails, phones, contacts.names, contacts.first_names, contacts.last_names, contacts.zips,
        country_codes, contacts.ids, trait_texts,
    ):  # fmt: skip
        found = read(cells)
        assert len(found) == len(cells)
        assert {cell for cell in found.to_pylist() if cell and cell.strip()} == set()
    assert contacts.hashes(cells) is None
    assert contacts.hashed(contacts.names(cells)).null_count == len(cells)
    assert tags({"RFM: ": cells}, ",").null_count == len(cells)
