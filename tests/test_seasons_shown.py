"""Seasons, windows and labels as they look on a terminal, in English and in Persian."""

from dataclasses import replace
from typing import Any

import golden
import numpy as np
import pytest
from conftest import ROOT
from rich.cells import cell_len

from segtool.output.pieces import printed
from segtool.output.seasons import label_section, season_sections
from segtool.reading import OrderOptions, read_orders
from segtool.seasons.buying import Buying, of_history
from segtool.seasons.labels import sales_of
from segtool.seasons.told import seasons_of
from segtool.seasons.windows import windows_of
from segtool.seasons.years import Years
from segtool.tables.dates import day_number
from segtool.tables.dates.spelling import Calendar
from segtool.words import Language, words_in

EXAMPLE = ROOT / "examples" / "orders.csv"


def shown(lang: Language, calendar: Calendar, **options: Any) -> str:
    asked = OrderOptions(further={"category": "product"}, **options)
    read = read_orders(EXAMPLE, asked, threads=1, list_rows=False, watch=None, history=True, tallied=("category",))
    as_of, words = read.as_of(None)[0], words_in(lang)
    assert as_of is not None
    assert read.found.history is not None
    buying = of_history(read.found.history, as_of=day_number(as_of))
    parts = season_sections(seasons_of(buying, Years(calendar), windows_of(), words).told, words)
    parts.append(label_section(sales_of("category", "product", read.found.tallies["category"], buying.persons), words))
    return printed(parts, width=80, color=False, right_to_left=words.right_to_left)


def test_the_example_looks_like_this() -> None:
    golden.check("seasons.txt", shown("en", "gregorian"))


def test_the_example_looks_like_this_in_persian() -> None:
    golden.check("seasons_fa.txt", shown("fa", "jalali"))


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("calendar", ["gregorian", "jalali"])
def test_all_fits_80_columns(lang: Language, calendar: Calendar) -> None:
    for text in (shown(lang, calendar), shown(lang, calendar, since="2025-11-20")):
        assert max(map(cell_len, text.splitlines())) <= 80


def test_a_few_days_of_orders_name_no_peak_and_what_was_not_seen() -> None:
    text = shown("en", "gregorian", since="2025-12-26")
    assert "Too few months are observed, or all are alike: no peak can be named." in " ".join(text.split())
    assert "Not in the time observed: Nowruz, Back to school in Iran, Yalda" in " ".join(text.split())
    assert "seasonal buyers cannot be told yet" in " ".join(text.split())


def test_one_season_alone_is_not_set_against_itself() -> None:
    text = shown("en", "gregorian", since="2025-12-01")
    assert "Winter" not in text
    assert "Seasons\nNobody ordered in 4 months" in text
    assert "Winter" in shown("en", "gregorian", since="2025-11-20")


def test_seasonal_buyers_are_counted_by_season() -> None:
    words = words_in()
    none = np.zeros(0, np.int64)
    told = seasons_of(Buying(0, none, none, none, none > 0, none, 19_000, 20_000), Years(), (), words).told
    assert season_sections(told, words) == []
    some = replace(told.seasonal, tested=40, found=3, seasons={"spring": 0, "summer": 1, "autumn": 0, "winter": 2})
    text = printed(season_sections(replace(told, orders=1, seasonal=some), words), width=80, color=False)
    assert (
        "Seasonal buyers: 3 of 40 customers with orders in 4 later months or more (Summer 1, Winter 2); on "
        "average at most 5% of those found are so by chance." in " ".join(text.split())
    )
    assert "Nobody has ordered on two days yet." in text
