"""The names of months and weekdays are read in every language."""

from datetime import datetime

import pytest
from test_dates import read

from segtool.resources import read_toml
from segtool.tables.dates.words import name_key, words

LANGUAGES = read_toml("tables/dates/words.toml")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_month_is_read_however_it_is_written(language: str) -> None:
    for number, names in enumerate(LANGUAGES[language]["months"], start=1):
        for name in names:
            cells = [f"5 {each} 2024" for each in (name, name.lower(), name.upper(), name.title(), name + ".")]
            assert read(cells) == [datetime(2024, number, 5)] * 5, name
            assert words().month(name_key(name)) == (number, False)
    for number, names in enumerate(LANGUAGES[language].get("jalali_months", ()), start=1):
        assert read([f"8 {name} 1403" for name in names]) == read([f"1403/{number}/8"] * len(names))


def test_a_name_means_one_month_in_all_languages() -> None:
    meant: dict[str, set[tuple[str, int]]] = {}
    for language in LANGUAGES.values():
        for kind in ("months", "jalali_months"):
            assert len(language.get(kind, range(12))) == 12
            for number, names in enumerate(language.get(kind, ()), start=1):
                for name in names:
                    meant.setdefault(name_key(name), set()).add((kind, number))
    assert {name: months for name, months in meant.items() if len(months) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_weekday_may_stand_before_a_date(language: str) -> None:
    for name in LANGUAGES[language]["weekdays"]:
        assert read([f"{name}, 5 Jan 2024", f"{name.upper()}. 31/01/2024 10:00"]) == [
            datetime(2024, 1, 5),
            datetime(2024, 1, 31, 10),
        ], name
