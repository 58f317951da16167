"""The words of the program in its languages, and what of a run they change."""

import csv
import io
import json
import re
import string
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import golden
import pyarrow as pa
import pytest
from conftest import ROOT, Run, needs
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import segtool
from segtool.errors import UsageError, printable
from segtool.orders.set_aside import set_aside_rules
from segtool.output.terminal import render
from segtool.resources import names_in, read_toml
from segtool.summary.facts import Summary
from segtool.tables.writing.formats import write_table
from segtool.words import LANGUAGES, words_in

FA, FA_DIGITS = words_in("fa"), words_in("fa", "fa")

_MARKS = dict.fromkeys(map(ord, "\u2067\u2069\u200e"))


@pytest.fixture(scope="module")
def example() -> Summary:
    return segtool.rfm(ROOT / "examples" / "orders.csv", lang="fa").summary


# The files of words


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in a TOML file."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)
    elif isinstance(value, str):
        yield value


def test_every_key_is_in_every_language_in_the_same_order() -> None:
    assert len({tuple(words_in(lang).texts) for lang in LANGUAGES}) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_has_the_places_of_the_english_one(lang: str) -> None:
    differing = [
        key
        for key, text in words_in(lang).texts.items()
        if not text.strip() or placeholders(text) != placeholders(words_in().texts[key])
    ]
    assert differing == []


def test_every_key_has_a_use() -> None:
    """A key stands in the code as it is, as the noun that is counted, or as the part after the point of a group."""
    code = "".join(path.read_text("utf-8") for path in (ROOT / "segtool").rglob("*.py"))
    groups = set(re.findall(r'f"([a-z.-]+)\.\{', code)) | set(re.findall(r'term\(["\']([a-z]+)["\'],', code))

    def stands(name: str) -> bool:
        return re.search(f"[\"']{re.escape(name)}[\"'{{]", code) is not None

    unused = []
    for key in words_in().texts:
        stem = re.sub(r"\.(one|many)$", "", key)
        parts = stem.split(".")
        in_a_group = parts[0] in ("month", "jalali-month", "weekday") or any(
            ".".join(parts[:at]) in groups and all(map(stands, parts[at:])) for at in range(1, len(parts))
        )
        if not stands(stem) and not in_a_group and not stem.startswith("told.as-of-"):
            unused.append(key)
    assert unused == []


def test_every_reason_month_and_column_has_a_word() -> None:
    table = segtool.rfm(ROOT / "examples" / "orders.csv", lang="fa", weights="100,10,1", calendar_out="jalali").table
    names = [
        *(f"reason.{rule.reason}" for rule in set_aside_rules()),
        *(f"month.{month:02}" for month in range(1, 13)),
        *(f"weekday.{date(2024, 1, day):%A}" for day in range(1, 8)),
        *(f"column.{name}" for name in table.column_names),
    ]
    assert [name for name in names if name not in FA.texts] == []


def test_no_two_columns_have_one_header() -> None:
    headers = [text for key, text in FA.texts.items() if key.startswith("column.")]
    assert len(set(headers)) == len(headers)


def persian_in(value: Any) -> Iterator[str]:
    """Yield the Persian texts of a TOML file whose other texts are in more languages."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else []):
        if key == "fa":
            yield each
        else:
            yield from persian_in(each)


def every_persian_text() -> list[str]:
    schemes = [read_toml(f"segments/schemes/{name}.toml") for name in names_in("segments/schemes")]
    attributes = [read_toml(f"segments/attributes/{name}.toml") for name in names_in("segments/attributes")]
    of_columns = list(persian_in([*attributes, read_toml("segments/families.toml")]))
    assert len(of_columns) > 1000
    return [*FA.texts.values(), *texts_of([*schemes, read_toml("segments/goals.toml")]), *of_columns]


def test_persian_is_written_in_persian_letters() -> None:
    for text in every_persian_text():
        foreign = [
            char
            for char in text
            if char in "يكىة٠١٢٣٤٥٦٧٨٩"
            or unicodedata.combining(char)
            or (unicodedata.category(char) == "Cf" and char != "\u200c")
        ]
        assert foreign == [], text
        assert not re.search("\u200c(\\s|$|\u200c)|(^|\\s)\u200c", text), text


def test_numbers_in_words_have_latin_digits_until_others_are_asked_for() -> None:
    assert [text for text in every_persian_text() if re.search("[۰-۹]", text)] == []


def test_the_names_of_facts_stand_in_one_column() -> None:
    labels = [text for lang in LANGUAGES for key, text in words_in(lang).texts.items() if key.startswith("fact.")]
    assert max(map(cell_len, labels)) <= 7


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match=r"lang 'de' is unknown; say 'en' or 'fa'\."):
        segtool.rfm(ROOT / "examples" / "orders.csv", lang="de")  # type: ignore[arg-type]


# Numbers and sentences


def test_numbers_have_the_digits_that_are_asked_for() -> None:
    assert (FA.count(1200, "order"), FA_DIGITS.count(1200, "order")) == ("1,200 سفارش", "۱٬۲۰۰ سفارش")
    assert (FA_DIGITS.percent(0.125), FA_DIGITS.number(-1234.5, 2)) == ("۱۲٫۵٪", "-۱٬۲۳۴٫۵۰")
    assert FA_DIGITS("told.period", first=date(2024, 1, 31), last="x") == "خریدها از ۲۰۲۴-۰۱-۳۱ تا x"


def test_a_sentence_keeps_what_is_no_number() -> None:
    said = 'F1, 2,057.88 and 5.5%; ".5 7" of orders.csv:7 on 2024-01-31 as 5.9E+23 and .0.'
    assert FA_DIGITS.in_sentence(said) == (
        'F1, ۲٬۰۵۷٫۸۸ and ۵٫۵٪; ".5 7" of orders.csv:7 on ۲۰۲۴-۰۱-۳۱ as 5.9E+23 and .0.'
    )
    assert FA.in_sentence(said) == said


@given(st.text())
def test_a_sentence_changes_in_its_digits_alone(text: str) -> None:
    back = {ord(persian): latin for persian, latin in zip("۰۱۲۳۴۵۶۷۸۹٬٫٪", "0123456789,.%", strict=True)}
    assert FA_DIGITS.in_sentence(text).translate(back) == text.translate(back)


def test_a_word_with_a_zero_width_non_joiner_is_printed_as_it_is() -> None:
    assert printable("ستون‌ها\u202e\x1b") == "ستون‌ها\\u202e\\x1b"


# The summary


def test_the_example_looks_like_this_in_persian(example: Summary) -> None:
    golden.check("summary-fa.txt", render(example, words=FA))
    golden.check("summary-fa-digits.txt", render(example, words=FA_DIGITS))


@pytest.mark.parametrize("words", [FA, FA_DIGITS])
def test_persian_is_aligned_and_fits_80_columns(example: Summary, words: Any) -> None:
    lines = render(example, words=words).splitlines()
    assert max(map(cell_len, lines)) <= 80
    headers = [FA.texts["header.customers"], FA.texts["header.segment"]]
    head = next(i for i, line in enumerate(lines) if all(header in line for header in headers))
    rows = [line for line in lines[head - 1 : head + 11] if cell_len(line)]
    assert len(rows) == 12
    assert len({cell_len(line) for line in rows}) == 1  # the last column ends where the others do
    customers = words.number(30)
    ends = [cell_len(line[: line.index(text) + len(text)]) for line, text in
            ((lines[head], FA.texts["header.customers"]), (lines[head + 1], customers))]  # fmt: skip
    assert ends[0] == ends[1]


def test_the_marks_of_persian_texts_take_no_room_and_english_has_none(example: Summary) -> None:
    text = render(example, words=FA)
    assert text.count("\u2067") == text.count("\u2069") > 50
    assert [cell_len(line) for line in text.splitlines()] == [
        cell_len(line.translate(_MARKS)) for line in text.splitlines()
    ]
    for line in text.splitlines():
        opened = 0
        for char in line:
            opened += {"\u2067": 1, "\u2069": -1}.get(char, 0)
            letter = unicodedata.bidirectional(char) in ("R", "AL")
            assert opened == 1 or not letter, line  # no letter from right to left stands outside
    english = segtool.rfm(ROOT / "examples" / "orders.csv").summary
    assert render(english) == render(english).translate(_MARKS)


def test_dates_and_options_are_marked_to_keep_their_hyphens_in_place(orders: Any) -> None:
    found = segtool.rfm(orders("a,2024-01-05,5", header="customer,date,total"), lang="fa", as_of="2024-02-01")
    text = render(found.summary, words=FA)
    assert "\u200e2024-01-05" in text
    assert "\u200e--order-id" in text


def test_warnings_and_reasons_are_persian_and_their_codes_are_not(orders: Any) -> None:
    path = orders(
        *[f"{i}.0,2024-01-0{i % 9 + 1},{i}" for i in range(1, 30) for _ in range(2)],
        "7.0,2024-06-01,-500", ",2024-01-01,5", "8.0,never,5", "9.0,2024-01-01,lots",
        header="customer_id,order_date,amount",
    )  # fmt: skip
    english, found = segtool.rfm(path).summary, segtool.rfm(path, lang="fa").summary
    assert [each.code for each in found.warnings] == [each.code for each in english.warnings]
    for each in found.warnings:
        assert re.search("[\u0620-\u06cc]{3}", each.message), each
        assert not re.search("[۰-۹]", each.message), each
    assert list(found.rows.set_aside) == ["no customer", "bad date", "bad amount"]
    text = render(found, words=FA_DIGITS).translate(_MARKS)
    assert "بدون شناسه مشتری  به ارزش        ۵" in text
    assert 'تاریخ نامعتبر ۱ (مانند order_date "never")' in " ".join(text.split())
    assert "۲۰۲۴-۰۶-۰۱، ۱۴۴ روز پس از" in " ".join(text.split())


def test_how_cells_are_spelled_is_said_in_persian(orders: Any) -> None:
    found = segtool.rfm(orders('a,1403/05/08,"1,5"', 'b,1403/05/09,"2,75"', header="customer,date,total"), lang="fa")
    assert dict(found.summary.spelling) == {"amount": "decimal comma", "order_date": "Jalali calendar"}
    text = render(found.summary, words=FA).translate(_MARKS)
    assert "amount: ممیز با ویرگول؛ order_date: تاریخ شمسی" in text


# The table


def test_the_segment_stays_english_and_its_title_follows() -> None:
    path, schemes = ROOT / "examples" / "orders.csv", ["loyalty-matrix", "value-loyalty"]
    english, found = segtool.rfm(path, scheme=schemes).table, segtool.rfm(path, scheme=schemes, lang="fa").table
    added = ["segment_title", "segment_title_value-loyalty"]
    assert found.drop_columns(added).equals(english)
    names = found.column_names
    assert [names[names.index(name) - 1] for name in added] == ["segment", "segment_value-loyalty"]
    pairs = set(zip(found["segment"].to_pylist(), found["segment_title"].to_pylist(), strict=True))
    assert len(pairs) == len(set(english["segment"].to_pylist()))


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_headers_and_digits_change_text_tables_and_nothing_else(run: Run, six: Path, tmp_path: Path) -> None:
    plain = cells(run("rfm", six, "-q", "-o", "-").stdout)
    headers = cells(run("rfm", six, "-q", "-o", "-", "--headers", "fa").stdout)
    assert headers[1:] == plain[1:]
    assert headers[0] == [FA.header(name) for name in plain[0]]
    digits = cells(run("rfm", six, "-q", "-o", "-", "--digits", "fa").stdout)
    assert digits[0] == plain[0]
    assert digits[1] == ["ann", "۲۰۲۴-۰۱-۰۵", "۲۰۲۴-۰۳-۳۱", "۰", "۲", "۲۵٫۵۰", *"۵۳۳", "۵۳۳", plain[1][-1]]
    outputs = [part for name in ("a.jsonl", "a.parquet", "a.arrow", "a.csv") for part in ("-o", name)]
    written = []
    for options in ([], ["--headers", "fa", "--digits", "fa"]):
        done = run("rfm", six, "-q", *outputs, "--summary-file", "s.json", *options)
        assert done.returncode == 0, done.stderr
        written.append([(tmp_path / name).read_bytes() for name in ("a.jsonl", "a.parquet", "a.arrow", "s.json")])
    assert written[0] == written[1]


def test_ids_keep_their_digits(run: Run, orders: Any) -> None:
    path = orders("007,2024-01-01,5", "۰۰۸,2024-01-01,5", header="customer,date,total")
    for form in ("csv", "tsv", "excel-csv", "markdown"):
        lines = run("rfm", path, "-q", "--format", form, "--digits", "fa").stdout.splitlines()
        assert any("007" in line and "۲۰۲۴-۰۱-۰۱" in line for line in lines)
        assert any("۰۰۸" in line for line in lines)


def test_markdown_keeps_numbers_to_the_right(run: Run, six: Path) -> None:
    lines = run("rfm", six, "-q", "--format", "markdown", "--digits", "fa", "--headers", "fa").stdout.splitlines()
    assert lines[0].startswith("| شناسه مشتری | نخستین سفارش |")
    assert lines[1].count("--:") == 6


def test_what_is_written_in_persian_is_read_back_the_same(run: Run, six: Path, tmp_path: Path) -> None:
    assert run("rfm", six, "-q", "-o", "s.csv", "--digits", "fa").returncode == 0
    again = segtool.rfm(tmp_path / "s.csv", amount="monetary", order_date="last_order")
    assert again.summary.revenue == segtool.rfm(six).summary.revenue
    assert again.summary.as_of == date(2024, 3, 31)


def test_language_digits_and_headers_come_from_the_environment_and_the_file(
    run: Run, six: Path, tmp_path: Path
) -> None:
    (tmp_path / "segtool.toml").write_text("digits = 'fa'\nlang = 'en'\n")
    done = run("rfm", six, "-o", "s.csv", env={"SEGTOOL_LANG": "fa", "SEGTOOL_HEADERS": "fa", "LANG": "de_DE.UTF-8"})
    assert done.returncode == 0
    assert "۶ مشتری در s.csv نوشته شد." in done.stderr
    assert (tmp_path / "s.csv").read_text("utf-8").splitlines()[0].endswith(",بخش,عنوان بخش")
    plain = run("rfm", six, "-o", "s.csv", "--no-config", env={"LANG": "fa_IR.UTF-8", "LC_ALL": "fa_IR.UTF-8"})
    assert "Wrote 6 customers to s.csv." in plain.stderr


def test_headers_for_a_format_that_keeps_its_keys_are_a_mistake(run: Run, six: Path) -> None:
    done = run("rfm", six, "-o", "s.parquet", "--headers", "fa")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--headers is for csv, xlsx, tsv, excel-csv, markdown, and none of these is written." in done.stderr
    assert run("rfm", six, "-q", "-o", "s.parquet", env={"SEGTOOL_HEADERS": "fa"}).returncode == 0


def test_json_has_english_keys_and_latin_digits(run: Run, six: Path) -> None:
    english = json.loads(run("rfm", six, "--json").stdout)
    done = run("rfm", six, "--json", "--lang", "fa", "--digits", "fa")
    found = json.loads(done.stdout)
    assert not re.search("[۰-۹]", done.stdout)
    assert found.keys() == english.keys()
    assert [each["name"] for each in found["segments"]] == [each["name"] for each in english["segments"]]
    assert found["rows"] == english["rows"]


# Workbooks


def book(table: pa.Table, **options: str) -> Any:
    needs("xlsxwriter")
    file = io.BytesIO()
    write_table(table, file, "xlsx", **options)
    return needs("openpyxl").load_workbook(io.BytesIO(file.getvalue()))


def test_a_persian_workbook_is_persian_and_begins_at_the_right() -> None:
    table = segtool.rfm(ROOT / "examples" / "orders.csv", lang="fa").table
    found = book(table, lang="fa")
    assert found.sheetnames == ["مشتریان", "خلاصه"]
    assert [sheet.sheet_view.rightToLeft for sheet in found] == [True, True]
    customers, summary = found
    assert [cell.value for cell in customers[1]] == [FA.header(name) for name in table.column_names]
    assert customers["A2"].value == "0001"
    assert len(customers.conditional_formatting) == 3
    labels = [row[0].value for row in summary.iter_rows() if row[0].value]
    assert not [label for label in labels[:11] if re.search("[A-Za-z]", label)]
    for chart in summary._charts:
        assert str(chart.series[0].cat.strRef.f).startswith("'خلاصه'!$A$") or "خلاصه" in chart.series[0].cat.strRef.f


def test_persian_headers_alone_leave_a_workbook_english() -> None:
    table = segtool.rfm(ROOT / "examples" / "orders.csv").table
    found = book(table, headers="fa")
    assert found.sheetnames == ["Customers", "Summary"]
    assert found["Customers"]["A1"].value == "شناسه مشتری"
    assert not found["Customers"].sheet_view.rightToLeft
