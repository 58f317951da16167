"""Dates are read as people write them, each cell by itself."""

from calendar import month_name
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import jdatetime
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.tables.arrays import as_texts
from segtool.tables.dates import day_text, moments, parse_day, readings, with_year_first
from segtool.tables.dates.spelling import DAY_FIRST, EITHER, JALALI, MONTH_FIRST, SHORT_YEAR, DateSpelling
from segtool.tables.dates.written import WrittenDays

EPOCH = datetime(1970, 1, 1)
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
JALALI_DAYS = st.dates(date(1921, 3, 21), date(2121, 3, 19))
TIMES = st.times()


def read(column: object, timezone: str | None = None, **spelling: Any) -> list[datetime | None]:
    column = column if isinstance(column, pa.Array) else as_texts([column] if isinstance(column, str) else column)
    found = moments(column, DateSpelling(**spelling), timezone)
    pairs = zip(found.micros.tolist(), found.readable.tolist(), strict=True)
    return [EPOCH + timedelta(microseconds=micros) if readable else None for micros, readable in pairs]


def clues(*cells: str, **spelling: Any) -> dict[str, int]:
    """Return the row of each clue; its cell is the one of that row."""
    found = moments(as_texts(cells), DateSpelling(**spelling)).clues
    assert all(cells[row].strip() == cell for row, cell in found.values())
    return {kind: row for kind, (row, _) in found.items()}


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-31", "2024-1-31", "2024/01/31", "2024.1.31", "2024 01 31", "20240131", "20240131.0", " 2024-01-31 ",
        "31/01/2024", "31.1.2024", "31-01-2024", "31 01 2024", "01/31/2024", "1-31-2024", "31.01.24", "1/31/24",
        "31-Jan-24", "31 Jan 2024", "31JAN2024", "31. Januar 2024", "31. Jän. 2024", "January 31, 2024", "Jan 31 2024",
        "2024-Jan-31", "31st January 2024", "the 31st of January, 2024", "31 janvier 2024", "31 de enero de 2024",
        "31º de enero de 2024", "31 gennaio 2024", "31 DE JANEIRO DE 2024", "31 Ocak 2024", "31 يناير 2024",
        "31 كانون الثاني 2024", "۳۱ ژانویه ۲۰۲۴", "Wed, 31 Jan 2024", "mer. 31 janv. 2024", "Mittwoch, 31.01.2024",
        "quarta-feira, 31 de janeiro de 2024", "الأربعاء، 31 يناير 2024", "چهارشنبه ۳۱ ژانویه ۲۰۲۴", "٣١/٠١/٢٠٢٤",
        "1402/11/11", "1402-11-11", "1402/11/11".translate(PERSIAN), "14021111", "11 بهمن 1402", "۱۱ بهمن ۱۴۰۲",
        "بهمن ۱۱, ۱۴۰۲", "چهارشنبه، ۱۱ بهمن ماه ۱۴۰۲", "11 Bahman 1402", "1402 بهمن 11", "11 بهمن 02", "11/11/1402",
    ],
)  # fmt: skip
def test_one_day_is_written_in_many_ways(cell: str) -> None:
    assert read(cell) == [datetime(2024, 1, 31)]


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-31 16:05", "2024-01-31T16:05", "20240131T160500", "20240131160500", "202401311605", "20240131 1605",
        "31/01/2024 16:05:00", "31.01.2024, 16:05", "31.01.2024,16:05", "01/31/2024 4:05 PM", "01/31/2024 04:05:00pm",
        "31/01/2024 4:05 p. m.", "31/01/2024 4:05 p.m.", "31/01/2024 16h05", "31 janvier 2024 à 16h05",
        "31. Januar 2024 um 16:05 Uhr", "31 de enero de 2024 a las 16:05 h", "31 Ocak 2024 04:05 ÖS",
        "31 يناير 2024 4:05 م", "1402/11/11 16:05", "16:05 - 1402/11/11", "16:05 1402/11/11", "16:05:00 31 Jan 2024",
        "۱۶:۰۵ - ۱۴۰۲/۱۱/۱۱", "۱۴۰۲/۱۱/۱۱ ۰۴:۰۵ ب.ظ", "04:05 ب.ظ 1402/11/11", "۱۴۰۲/۱۱/۱۱ ساعت ۱۶:۰۵",
        "1402/11/11 4:05 بعد از ظهر", "1402/11/11 - 16:05", "2024-01-31 16:05:00 +0100", "2024-01-31 16:05 UTC",
        "2024-01-31T16:05:00.000Z", "Wed, 31 Jan 2024 16:05:00 +0000", "2024-01-31 16:05:00 GMT", "1706717100",
        "1706717100.0", "1706717100000", "1706717100000000", "۱۷۰۶۷۱۷۱۰۰",
    ],
)  # fmt: skip
def test_one_moment_is_written_in_many_ways(cell: str) -> None:
    assert read(cell) == [datetime(2024, 1, 31, 16, 5)]


@pytest.mark.parametrize(
    "cell",
    [
        "", "soon", "2024", "2024-01", "31/01", "03/04/2024", "30/02/2024", "02/30/2024", "2024-02-30", "2024-01/31",
        "99/12/29", "1/1/1", "1403/12/31", "1404/12/30", "31 Jan 1403", "8 مرداد 2024", "31 Foo 2024", "2024 31 Jan",
        "1899-12-31", "31/12/2200", "1299/12/29", "1500/01/01", "45322.5", "45322", "20241301", "170671710", "9" * 30,
        "2024-01-31 24:00", "24:00 2024-01-31", "01/31/2024 13:00 PM", "01/31/2024 0:30 AM", "2024-01-31 12:60",
        "12:30 13:00 PM", "2024-01-31 12:30 13:00", "2024-01-31 10:00 CET", "2024-01-31 10:00 +25:00", "2024-01-31 9",
        "12:30", "5:00 PM", "x 2024-01-31", "2024-01-31 x", "31/01/2024/1", "1706717100 12:00", "-20240131", "1e9",
    ],
)  # fmt: skip
def test_what_says_no_day_is_unreadable(cell: str) -> None:
    assert read(cell) == [None]


def test_an_order_decides_how_a_cell_is_read_that_fits_both_and_refuses_one_that_fits_the_other() -> None:
    cells = ["03/04/2024", "31/01/2024", "01/31/2024", "04/04/2024", "08/05/1403", "3-4-24 10:00"]
    only = [None, datetime(2024, 1, 31), datetime(2024, 1, 31), datetime(2024, 4, 4)]
    assert read(cells) == [*only, None, None]
    day_first, month_first = read(cells, order="day first"), read(cells, order="month first")
    assert day_first[1:4] == [only[1], None, only[3]]
    assert month_first[1:4] == [None, *only[2:]]
    assert day_first[0] == datetime(2024, 4, 3)
    assert month_first[0] == datetime(2024, 3, 4)
    assert day_first[4] == datetime(2024, 7, 29)
    assert month_first[4] == datetime(2024, 10, 26)
    assert day_first[5] == datetime(2024, 4, 3, 10)


@pytest.mark.parametrize("order", [None, "day first", "month first"])
def test_clues_tell_the_first_cell_of_each_kind_whatever_is_assumed(order: str | None) -> None:
    cells = ["2024-01-31", "04/04/2024", "3/4/2024 10:00", "4/3/2024", "31/1/2024", " 01/31/99 ", "1403/05/08"]
    assert clues(*cells, order=order) == {EITHER: 2, DAY_FIRST: 4, MONTH_FIRST: 5, SHORT_YEAR: 5, JALALI: 6}
    assert clues("31/01/2024 99:99", "30/02/2024", "12/31/2024 x", "31 Jan 2024", order=order) == {}
    assert clues("08/05/1403", "8 مرداد 03", "5-Jan-05", order=order) == {EITHER: 0, JALALI: 0, SHORT_YEAR: 1}


def test_a_named_calendar_counts_for_every_year() -> None:
    cells = ["1403/05/08", "2024-07-29", "8 مرداد 03", "99/12/29", "03/05/08 12:00", "29 Jul 2024", "1722211200"]
    day = datetime(2024, 7, 29)
    assert read(cells) == [day, day, day, None, None, day, day]
    assert read(cells, calendar="gregorian") == [None, day, None, None, None, day, day]
    noon = day.replace(hour=12)
    assert read(cells, calendar="jalali") == [day, None, day, datetime(2021, 3, 19), noon, None, day]
    assert clues("99/12/29", calendar="jalali") == {SHORT_YEAR: 0, JALALI: 0}
    assert clues("1403/05/08", calendar="gregorian") == {}


@pytest.mark.parametrize(("short", "year"), [("00", 2000), ("68", 2068), ("69", 1969), ("99", 1999)])
def test_a_year_of_two_digits_lies_between_1969_and_2068(short: str, year: int) -> None:
    assert read([f"31/12/{short}", f"31 Dec {short}"]) == [datetime(year, 12, 31)] * 2


def test_a_timezone_converts_what_is_an_instant() -> None:
    cells = ["1706717100", "2024-01-31 16:05:00 +0000", "31/01/2024 16:05", "20240131160500"]
    here, there = datetime(2024, 1, 31, 16, 5), datetime(2024, 1, 31, 19, 35)
    assert read(cells) == [here] * 4
    assert read(cells, "Asia/Tehran") == [there, there, here, here]
    assert read(pa.array([1706717100, 20240131]), "Asia/Tehran") == [there, datetime(2024, 1, 31)]


def test_numbers_of_any_type_are_read_as_their_text() -> None:
    whole = [20240131, 1706717100, 14021111, 1706717100000, 20240131160500, 7, -20240131]
    expected = read([str(number) for number in whole])
    assert expected[:2] == [datetime(2024, 1, 31), datetime(2024, 1, 31, 16, 5)]
    assert expected[-2:] == [None, None]
    for kind in (pa.int64(), pa.float64(), pa.decimal128(22, 2)):
        column = pa.array([*whole, None], pa.int64()).cast(kind, safe=False)
        assert read(column) == [*expected, None], kind
    assert read(pa.array([20240131, 2**63 + 20240131], pa.uint64())) == [datetime(2024, 1, 31), None]
    assert read(pa.array([20240131.5, float("nan"), float("inf"), 1e300])) == [None] * 4
    assert moments(pa.array([20240131, 14021111])).clues == {JALALI: (1, "14021111")}


def test_parts_of_a_second_since_1970_are_told() -> None:
    cells = ["1706717100.25", "1706717100.000001", "1706717100123.5", "1706717100.1234567", "170671710.5"]
    start = datetime(2024, 1, 31, 16, 5)
    micros = [250_000, 1, 123_500, 123_456]
    expected = [*(start + timedelta(microseconds=each) for each in micros), None]
    assert read(cells) == expected
    assert read(pa.array([float(cell) for cell in cells]))[:3] == expected[:3]


def test_serial_days_of_a_spreadsheet_are_read_only_where_they_can_be_meant() -> None:
    cells = ["45322.5", "45322", "1", "59", "60", "61", "45322.670138888891", "0.5", "20240131", "1706717100"]
    noon = datetime(2024, 1, 31, 12)
    days = [datetime(1900, 1, 1), datetime(1900, 2, 28), None, datetime(1900, 3, 1)]
    rest = [noon.replace(hour=16, minute=5), None, datetime(2024, 1, 31), noon.replace(hour=16, minute=5)]
    assert read(cells, serials=True) == [noon, datetime(2024, 1, 31), *days, *rest]
    assert read(pa.array([float(cell) for cell in cells]), serials=True) == read(cells, serials=True)
    assert read(cells[:8]) == [None] * 8


def test_jalali_days_that_a_tool_stored_as_gregorian_ones_are_read() -> None:
    typed = [date(1403, 5, 8), date(2024, 7, 29), date(1403, 7, 31), date(1500, 1, 1), None]
    day = datetime(2024, 7, 29)
    for kind in (pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("us")):
        column = pa.array(typed, pa.date32()).cast(kind)
        for calendar in (None, "jalali"):
            assert read(column, calendar=calendar) == [day, day, None, None, None]
        assert read(column, calendar="gregorian") == [None, day, None, None, None]
        assert moments(column).clues[JALALI][0] == 0
    assert read(pa.array([datetime(1403, 5, 8, 10, 30)], pa.timestamp("us"))) == [datetime(2024, 7, 29, 10, 30)]


@pytest.mark.parametrize(
    ("written", "cell", "moment"),
    [
        ("%d.%m.%Y", "31.1.2024", datetime(2024, 1, 31)),
        ("%d.%m.%Y", "۱۱.۱۱.۱۴۰۲", datetime(2024, 1, 31)),
        ("%-d/%-m/%y", "3/4/24", datetime(2024, 4, 3)),
        ("%d%m%Y", "31012024", datetime(2024, 1, 31)),
        ("%y/%m/%d", "24/01/31", datetime(2024, 1, 31)),
        ("%D %T", "01/31/24 16:05:00", datetime(2024, 1, 31, 16, 5)),
        ("%F %R", "2024-01-31 16:05", datetime(2024, 1, 31, 16, 5)),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-01-31T16:05:00.5+01:00", datetime(2024, 1, 31, 16, 5, 0, 500_000)),
        ("%m/%d/%Y %I:%M %p", "1/31/2024 4:05 pm", datetime(2024, 1, 31, 16, 5)),
        ("%A %e %B %Y", "mercredi 31 janv. 2024", datetime(2024, 1, 31)),
        ("%d de %B de %Y", "31 DE ENERO DE 2024", datetime(2024, 1, 31)),
        ("%d %b %Y ساعت %H:%M", "۱۱ بهمن ۱۴۰۲ ساعت ۱۶:۰۵", datetime(2024, 1, 31, 16, 5)),
        ("%d %B %y", "11 بهمن 02", datetime(2024, 1, 31)),
        ("%Y-%j", "2024-031", datetime(2024, 1, 31)),
        ("%Y-%j", "1402-317", datetime(2024, 1, 31)),
        ("%s", "1706717100", datetime(2024, 1, 31, 16, 5)),
        ("100%% %d.%m.%Y", "100% 31.01.2024", datetime(2024, 1, 31)),
    ],
)
def test_a_format_tells_how_a_cell_is_read(written: str, cell: str, moment: datetime) -> None:
    assert read(cell, format=written) == [moment]


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("%d.%m.%Y", "31/01/2024"),
        ("%d.%m.%Y", "31.01.2024 16:05"),
        ("%d.%m.%Y", "2024-01-31"),
        ("%d.%m.%Y", "20240131"),
        ("%d.%m.%Y", "31.02.2024"),
        ("%d.%m.%Y %H:%M", "31.01.2024"),
        ("%d.%m.%Y %H:%M", "31.01.2024T16:05"),
        ("%d.%m.%Y %H:%M", "16:05 31.01.2024"),
        ("%d.%m.%YT%H:%M", "31.01.2024 16:05"),
        ("%d.%m.%Y, %H:%M", "31.01.2024 16:05"),
        ("%d%m%Y", "3012024"),
        ("%m/%d/%Y %I:%M %p", "1/31/2024 16:05 pm"),
        ("%A %d.%m.%Y", "foo 31.01.2024"),
        ("%d %B %Y", "31 Foo 2024"),
        ("%d %B %Y", "31 Jan 1403"),
        ("%Y-%j", "2023-366"),
        ("%Y-%j", "1404-366"),
        ("%Y-%j", "2024-000"),
    ],
)
def test_with_a_format_nothing_else_is_read(written: str, cell: str) -> None:
    assert read(cell, format=written) == [None]


def test_a_calendar_counts_for_the_years_of_a_format() -> None:
    cells = ["99-12-29", "03-05-08"]
    assert read(cells, format="%y-%m-%d") == [datetime(1999, 12, 29), datetime(2003, 5, 8)]
    assert read(cells, format="%y-%m-%d", calendar="jalali") == [datetime(2021, 3, 19), datetime(2024, 7, 29)]
    assert read("1403-05-08", format="%Y-%m-%d", calendar="gregorian") == [None]
    assert clues("31/01/24", format="%d/%m/%y") == {SHORT_YEAR: 0}
    assert read(pa.array([310124, 10224]), format="%d%m%y") == [datetime(2024, 1, 31), None]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("%Y-%m", "'%Y-%m' names no day. A day needs"),
        ("", "names no day"),
        ("%H:%M", "names no day"),
        ("%Y-%m-%d %Q", "has %Q, which is not known. Known: %%"),
        ("%Y-%m-%d %", "has %, which is not known"),
        ("%Y-%m-%d %d", "has %d twice"),
        ("%Y-%m-%d %y", "in two ways"),
        ("%s %Y", "in two ways"),
        ("%Y-%m-%d %I:%M", "has %I without %p"),
    ],
)
def test_a_format_that_can_read_no_day_is_refused(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        moments(as_texts(["2024-01-31"]), DateSpelling(format=written))


@given(st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)))
def test_what_strftime_writes_a_format_reads(moment: datetime) -> None:
    for written in (
        "%Y-%m-%d %H:%M:%S.%f", "%d/%m/%y %H:%M:%S.%f", "%d%m%Y%H%M%S%f", "%A, %d %B %Y %I:%M:%S.%f %p",
        "%b %d, %Y, %T.%f", "%j of %Y %H-%M-%S-%f",
    ):  # fmt: skip
        assert read(moment.strftime(written), format=written) == [moment]


WRITERS: dict[str, Callable[[date], str]] = {
    "day first": lambda day: f"{day.day}/{day.month:02}/{day.year}",
    "month first": lambda day: f"{day.month}-{day.day:02}-{day.year}",
    "dots": lambda day: f"{day.day:02}.{day.month:02}.{day.year}",
    "year first": lambda day: f"{day.year}/{day.month}/{day.day}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "English": lambda day: f"{day:%B %d, %Y}",
    "weekday": lambda day: f"{day:%a}, {day.day} {month_name[day.month]} {day.year}",
    "Arabic digits": lambda day: f"{day:%Y-%m-%d}".translate(ARABIC),
}
CLOCKS: dict[str, Callable[[Any], str]] = {
    "{day}": lambda _: "",
    "{day} {time}": lambda time: f"{time:%H:%M:%S.%f}",
    "{day}  {time}": lambda time: f"{time.hour}:{time.minute:02}",
    "{day}, {time}": lambda time: f"{time:%I:%M %p}",
    "{time} {day}": lambda time: f"{time:%H:%M:%S}",
    "{time} - {day}": lambda time: f"{time:%H:%M}",
    "{day}T{time}+0100": lambda time: f"{time:%H:%M:%S}",
}


@given(DAYS, TIMES, st.sampled_from(sorted(WRITERS)), st.sampled_from(sorted(CLOCKS)))
def test_what_is_written_is_read_back(day: date, time: Any, way: str, joined: str) -> None:
    cell = joined.format(day=WRITERS[way](day), time=CLOCKS[joined](time))
    order = "month first" if way == "month first" else "day first"
    seconds = {"{day}": 0, "{day} {time}": 86400 * 10**6}.get(joined, 0)
    (found,) = read(cell, order=order)
    assert found is not None
    assert found.date() == day, cell
    if joined != "{day}":
        assert (found.hour, found.minute) == (time.hour, time.minute)
    if seconds:
        assert found.time() == time


@given(JALALI_DAYS, st.booleans())
def test_jalali_days_are_read_back_in_all_their_spellings(day: date, short: bool) -> None:
    own = jdatetime.date.fromgregorian(date=day)
    parts = f"{own.year:04}/{own.month:02}/{own.day:02}"
    month = jdatetime.date.j_months_fa[own.month - 1]
    cells = [
        parts, parts.translate(PERSIAN), parts.replace("/", "-"), parts.replace("/", ""),
        f"{own.day} {month} {own.year}", f"{month} {own.day}, {own.year}".translate(PERSIAN),
        f"{own.day}/{own.month}/{own.year}", f"12:30 - {parts}",
    ]  # fmt: skip
    assert {found.date() if found else None for found in read(cells, order="day first")} == {day}
    assert day_text(day, "jalali") == parts
    if short and 1350 <= own.year <= 1449:
        assert read(parts[2:], calendar="jalali") == [datetime(day.year, day.month, day.day)]


@given(DAYS, st.sampled_from("/-. "))
def test_the_clues_of_a_day_follow_from_its_numbers(day: date, mark: str) -> None:
    day_first, month_first = f"{day:%d{mark}%m{mark}%Y}", f"{day:%m{mark}%d{mark}%Y}"
    if day.day > 12:
        assert clues(day_first) == {DAY_FIRST: 0}
        assert clues(month_first) == {MONTH_FIRST: 0}
    elif day.day == day.month:
        assert clues(day_first) == {}
    else:
        assert clues(day_first) == clues(month_first) == {EITHER: 0}
        swapped = date(day.year, day.day, day.month)
        assert readings(day_first) == (day, swapped)
        assert readings(f"{month_first} 10:00") == (swapped, day)


@pytest.mark.parametrize("cell", ["31/01/2024", "04/04/2024", "2024-01-31", "soon", ""])
def test_only_a_cell_that_means_two_days_has_two_readings(cell: str) -> None:
    with pytest.raises(ValueError, match="does not mean two days"):
        readings(cell)


PIECES = [
    "0", "1", "12", "31", "99", "2024", "1403", "1706717100", ":", "/", "-", ".", ",", "T", "Z", "+", "am", "PM",
    "ب.ظ", "م", "Jan", "mars", "مرداد", "mer.", "de", "h", "۱۲", "٣", "é", "31/01/2024", "10:00", "2024-01-31",
    "1403/05/08", "03/04/2024", "12:30", "16:05:00", "45322.5", "+0100", "at", "ساعت",
]  # fmt: skip
CELLS = st.one_of(
    st.text(),
    st.text("0123456789:/-. ,TZ+"),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join),
)
SPELLINGS = st.builds(
    DateSpelling,
    st.sampled_from([None, "day first", "month first"]),
    st.sampled_from([None, "gregorian", "jalali"]),
    st.sampled_from([None, None, "%d/%m/%Y", "%Y-%m-%d %H:%M", "%d %b %Y %I:%M %p", "%m/%d/%yT%H:%M:%S%z"]),
    st.booleans(),
)


@given(st.lists(st.one_of(CELLS, st.none()), max_size=12), SPELLINGS, st.sampled_from([None, "Asia/Tehran"]))
def test_no_text_raises_and_no_cell_changes_how_another_is_read(
    cells: list[str | None], spelling: DateSpelling, timezone: str | None
) -> None:
    together = moments(pa.array(cells, pa.string()), spelling, timezone)
    assert (together.micros[~together.readable] == 0).all()
    alone = [moments(pa.array([cell], pa.string()), spelling, timezone) for cell in cells]
    assert together.micros.tolist() == [int(each.micros[0]) for each in alone]
    assert together.readable.tolist() == [bool(each.readable[0]) for each in alone]
    for kind in {kind for each in alone for kind in each.clues}:
        first = next(row for row, each in enumerate(alone) if kind in each.clues)
        assert together.clues[kind] == (first, (cells[first] or "").strip())
    for start in range(1, len(cells)):
        part = moments(pa.array(cells, pa.string()).slice(start), spelling, timezone)
        assert part.micros.tolist() == together.micros.tolist()[start:]


@given(CELLS, st.sampled_from([None, "day first"]), st.sampled_from([None, "gregorian", "jalali"]))
def test_a_cell_read_by_halves_is_the_cell_read_at_once(cell: str, order: Any, calendar: Any) -> None:
    spelling = DateSpelling(order, calendar)
    whole = WrittenDays(spelling).cell(cell)
    found = read(cell, order=order, calendar=calendar)[0]
    if whole is not None and whole.day.number is not None:
        assert found == EPOCH + timedelta(whole.day.number, microseconds=whole.clock.micros)
    elif found is not None:
        assert cell.strip(" .").replace(".", "").isdecimal()  # one number, which is read with all others at once


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)), st.sampled_from(["seconds", "minutes", "hours"]))
def test_an_odd_neighbour_changes_nothing_in_clean_columns(moment: datetime, to: str) -> None:
    cells = [moment.isoformat(" "), moment.isoformat("T", timespec=to), moment.date().isoformat()]
    assert read(cells) == read([*cells, "x"])[:-1] == read(["x"] * 20 + cells)[20:]
    assert read(cells)[0] == moment


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-12-31", date(2024, 12, 31)),
        ("1403/12/29", date(2025, 3, 19)),
        ("۱۴۰۳/۱۲/۲۹", date(2025, 3, 19)),
        ("31 Dec 2024", date(2024, 12, 31)),
        ("31/12/2024", date(2024, 12, 31)),
        ("20241231", date(2024, 12, 31)),
        ("03/04/2024", None),
        ("31 Dec 24", None),
        ("2024-12-31 10:00", None),
        ("1735603200", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_day_of_an_option_is_one_beyond_doubt(text: str, day: date | None) -> None:
    assert parse_day(text) == day


def test_dates_as_numbers_in_a_frame_are_dates(tmp_path: Path) -> None:
    frame = pd.DataFrame({"customer": ["ann", "ben"], "date": np.array([20240131, 1706717100]), "total": [5, 6]})
    frame.to_parquet(tmp_path / "o.parquet")
    for orders in (frame, tmp_path / "o.parquet"):
        assert str(segtool.rfm(orders).summary.as_of) == "2024-01-31"


def test_a_short_year_at_either_end_is_read_only_once_the_order_is_known() -> None:
    cells = ["24-01-31", "31/12/24", "12/31/24", "31.12.24", "12-12-12"]
    last, leap = datetime(2024, 12, 31), datetime(2012, 12, 12)
    assert read(cells) == [None, None, last, last, leap]
    assert read(cells, order="day first") == [datetime(2031, 1, 24), last, None, last, leap]
    assert clues(*cells[:2]) == {"short year": 0, "year at either end": 0}
    assert clues(*cells[2:]) == {"month first": 0, "day first": 1, "short year": 0}
    assert str(with_year_first("24-01-31")) == "2024-01-31"
