"""Named windows of the year: the days that they cover, and what a file of own ones may say."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import ConfigError, MissingInputError
from segtool.seasons.windows import Around, Between, Window, parse, windows_of
from segtool.tables.dates import calendar_day, day_number

BUILT_IN = {window.name: window for window in windows_of()}


def spans(window: Window, first: str, last: str) -> list[tuple[str, str]]:
    days = (day_number(date.fromisoformat(day)) for day in (first, last))
    return [(str(calendar_day(start)), str(calendar_day(end))) for start, end in window.spans(*days)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("nowruz", [("2023-03-06", "2023-04-02"), ("2024-03-05", "2024-04-01"), ("2025-03-05", "2025-04-02")]),
        ("back-to-school", [("2023-09-06", "2023-09-27"), ("2024-09-05", "2024-09-26")]),
        ("yalda", [("2023-12-11", "2023-12-21"), ("2024-12-10", "2024-12-20")]),
        ("valentine", [("2024-02-01", "2024-02-14"), ("2025-02-01", "2025-02-14")]),
        ("singles-day", [("2023-11-08", "2023-11-11"), ("2024-11-08", "2024-11-11")]),
        ("black-friday", [("2023-11-20", "2023-11-27"), ("2024-11-25", "2024-12-02")]),
        ("christmas", [("2023-12-01", "2023-12-24"), ("2024-12-01", "2024-12-24")]),
    ],
)
def test_the_windows_that_come_with_segtool(name: str, found: list[tuple[str, str]]) -> None:
    """The days of Black Friday and of the equinoxes were looked up."""
    assert spans(BUILT_IN[name], "2023-04-01", "2025-03-20") == found
    assert set(BUILT_IN[name].title) == {"en", "fa"}


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.sampled_from(sorted(BUILT_IN)))
def test_the_next_time_of_a_window_is_its_first_one_after_a_day(day: date, name: str) -> None:
    window, number = BUILT_IN[name], day_number(day)
    begins, ends = window.after(number)
    assert number < begins <= ends
    assert [span for span in window.spans(number, begins) if span[0] > number] == [(begins, ends)]


def slow_around(year: int, rule: Around) -> set[date]:
    """Return the days of a window by looking at every day of its month."""
    days = [date(year, rule.month, 1) + timedelta(at) for at in range(31)]
    own = [day for day in days if day.month == rule.month and day.weekday() == rule.weekday]
    middle = own[rule.nth - 1 if rule.nth > 0 else rule.nth]
    return {middle + timedelta(at) for at in range(rule.first, rule.last + 1)}


@given(
    st.integers(1990, 2060),
    st.builds(
        Around,
        st.integers(1, 12),
        st.integers(0, 6),
        st.sampled_from([1, 2, 3, 4, -1, -2, -3, -4]),
        st.integers(-40, 0),
        st.integers(0, 40),
    ),
)
def test_the_nth_weekday_of_a_month_is_found(year: int, rule: Around) -> None:
    start, end = rule.of_year("gregorian", year)
    assert {calendar_day(day) for day in range(start, end + 1)} == slow_around(year, rule)


def test_a_day_that_a_year_does_not_have_is_the_last_one_of_its_month() -> None:
    leap = Between((2, 29), (2, 29))
    assert [str(calendar_day(leap.of_year("gregorian", year)[0])) for year in (2023, 2024)] == [
        "2023-02-28",
        "2024-02-29",
    ]
    assert str(calendar_day(Between((12, 30), (12, 30)).of_year("jalali", 1404)[0])) == "2026-03-20"


def test_own_windows_stand_beside_those_of_segtool_and_replace_those_of_their_name(tmp_path: Path) -> None:
    file = tmp_path / "windows.toml"
    file.write_text(
        '[[windows]]\nname = "christmas"\nfrom = "11-27"\nto = "12-24"\n'
        '[[windows]]\nname = "mothers-day"\ntitle = { en = "Mother\'s Day", fa = "روز مادر" }\n'
        'month = 5\nweekday = "sunday"\nnth = 2\nfrom = -13\nto = 0\n',
        encoding="utf-8",
    )
    found = {window.name: window for window in windows_of(file)}
    assert list(found) == [*(name for name in BUILT_IN if name != "christmas"), "christmas", "mothers-day"]
    assert spans(found["christmas"], "2024-06-01", "2025-01-01") == [("2024-11-27", "2024-12-24")]
    assert spans(found["mothers-day"], "2024-01-01", "2025-01-01") == [("2024-04-29", "2024-05-12")]
    assert found["mothers-day"].column == "window_mothers_day"
    assert found["christmas"].title == {"en": "christmas"}
    file.write_text("built_in = false\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert [window.name for window in windows_of(file)] == ["christmas", "mothers-day"]


def test_a_last_weekday_counts_from_the_end_of_a_jalali_month_too() -> None:
    rule = Around(12, 4, -1, 0, 0)  # the last Friday of Esfand
    assert str(calendar_day(rule.of_year("jalali", 1403)[0])) == "2025-03-14"


WINDOW = '[[windows]]\nname = "sale"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("windows = 3", "own.toml: [[windows]] is missing"),
        ("", "own.toml: [[windows]] is missing"),
        ("a = ", "own.toml is no TOML: "),
        ("a = 1", "own.toml: a is no key; there are windows, built_in"),
        ('built_in = "no"\n' + WINDOW, "own.toml: built_in is true or false"),
        ("[[windows]]\nfrom = 1", "own.toml: window 1 has no name of letters, digits and hyphens"),
        ('[[windows]]\nname = "a b"', "own.toml: window 1 has no name of letters, digits and hyphens"),
        (
            '[[windows]]\nname = "a-b"\nfrom = "01-01"\nto = "01-02"\n[[windows]]\nname = "a_b"',
            "own.toml: window a_b stands twice; give each a name of its own, as a_b-2",
        ),
        (WINDOW, "own.toml: window sale: from and to missing: say where it begins and ends"),
        (WINDOW + 'from = "12-01"', "own.toml: window sale: to missing"),
        (
            WINDOW + 'from = "13-01"\nto = "12-24"',
            "window sale: from = '13-01' is no day of a year; write month and day",
        ),
        (WINDOW + 'from = "12-01"\nto = "04-31"', "window sale: to = '04-31' is no day of a year"),
        (WINDOW + 'from = 12\nto = "04-31"', "window sale: from = 12 is no day of a year"),
        (WINDOW + 'calendar = "hijri"\nfrom = "01-01"', "calendar = 'hijri' is neither gregorian nor jalali"),
        (WINDOW + 'calendar = "jalali"\nfrom = "07-31"\nto = "08-01"', "from = '07-31' is no day of a year"),
        (WINDOW + "month = 5\nfrom = 0\nto = 1", "window sale: month stand without weekday and nth"),
        (WINDOW + 'month = 5\nweekday = "x"\nnth = 1\nfrom = 0\nto = 1', "weekday = 'x' is none of Monday, Tuesday"),
        (WINDOW + 'month = 0\nweekday = "Friday"\nnth = 1\nfrom = 0\nto = 1', "month = 0 is not the number of a month"),
        (WINDOW + 'month = 5\nweekday = "Friday"\nnth = 0\nfrom = 0\nto = 1', "nth = 0 is not 1 to 4, or -1 to -4"),
        (WINDOW + 'month = 5\nweekday = "Friday"\nnth = 5\nfrom = 0\nto = 1', "nth = 5 is not 1 to 4, or -1 to -4"),
        (
            WINDOW + 'month = 5\nweekday = "Friday"\nnth = 1\nfrom = "05-01"\nto = 1',
            "from = '05-01' is not a number of",
        ),
        (WINDOW + 'month = 5\nweekday = "Friday"\nnth = 1\nfrom = 3\nto = 1', "to = 1 does not lie within 300 days"),
        (WINDOW + 'title = 3\nfrom = "01-01"\nto = "01-02"', "window sale: title is a text, or texts by language"),
        (WINDOW + 'title.en = "a"\ntitle.xx = "b"\nfrom = "01-01"\nto = "01-02"', "xx is no key; there are en, fa"),
        (WINDOW + 'until = "01-02"', "window sale: until is no key; there are name, title, calendar, from, to, month"),
        ("[[windows]]\n" * 51, "own.toml: there are more than 50 windows"),
        ("a = " + "[" * 9_999, "own.toml has lists or tables too deep in one another"),
    ],
)
def test_what_is_no_window_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text, "own.toml")
    assert said in str(error.value)
    assert error.value.exit_code == 78
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"none\.toml cannot be read as windows: no such file"):
        windows_of(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes('name = "Größe"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.toml is not UTF-8: byte 11 is none of its text"):
        windows_of(tmp_path / "latin.toml")
