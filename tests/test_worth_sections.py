"""What customers are worth, on a terminal: value at stake, whale curve, acquisition, share of wallet, parameters."""

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import golden
import numpy as np
import pyarrow as pa
import pytest
from rich.cells import cell_len
from rich.console import RenderableType

from segtool.output.pieces import printed
from segtool.output.worth_sections import acquisition, parameters, stake, wallets, whale
from segtool.segments.schemes import load
from segtool.summary.facts import without_types
from segtool.summary.value import Acquisition, ValueAtStake, Wallets, WhaleCurve
from segtool.words import words_in
from segtool.worth import acquisition as acquired
from segtool.worth.stake import AtStake, Offer, Segmented, value_at_stake
from segtool.worth.wallet import shares_of_wallet, wallets_in
from segtool.worth.whale import whale_curve

MODELS = {
    "gamma_gamma": {"p": 6.2497, "q": 3.7445, "gamma": 15.4473},
    "bg_nbd": {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259, "log_likelihood": -9582.4292},
}


def units(*money: float) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array([round(each * 10_000) for each in money], np.int64)


def stakes(lang: str = "en", scale: int = 1, **offer: object) -> ValueAtStake:
    """Return the value at stake of two customers in each segment but the last two."""
    titles = {each.name: words_in(lang).of(each.title) for each in load("loyalty-matrix").segments}
    places = np.arange(2 * len(titles)) // 2 % (len(titles) - 2)
    money = (1000 + places * 37) * scale * 10_000
    customers = Segmented(titles, places, money, places + 1)
    rates = [0.7 - at / 10 if at < 8 else None for at in range(len(titles))]
    worth = AtStake("last year", money // 2, money // 4 * (places % 3))
    return value_at_stake(
        worth,
        customers,
        responses=[(0, 0) if rate is None else (round(rate * 1000), 1000) for rate in rates],
        offer=Offer(**offer),
    )  # type: ignore[arg-type]


def curve(scale: int = 1) -> WhaleCurve:
    return whale_curve(units(-60, 12, 90, -30, 60, 45, -20, 30, -2, 15) * scale)


def by_source(scale: int = 1) -> Acquisition:
    sources = acquired.sources_of(pa.array(["Google Ads", "word of mouth", "Google Ads", None, "fair"]))
    costs = acquired.costs_by_source(sources, {"google ads": 900_000 * scale, "fair": 50_000 * scale, "radio": 70_000})
    margin = units(100, 50, 20, 1, 4) * scale
    return acquired.acquisition(
        sources, costs, acquired.Brought(2 * margin, margin, 0 * margin, np.array([4, 0, 9, 3, -1]))
    )


def shares(scale: int = 1) -> Wallets:
    cells = wallets_in(pa.chunked_array([["500", "1500", "200", None, "much", "5"]]))
    cells = type(cells)(cells.units * scale, cells.filled, cells.readable)
    return shares_of_wallet(cells, units(400, 300, 200, 1, 1, 8) * scale)[1]


def sections(lang: str, digits: str, scale: int = 1) -> Iterator[RenderableType]:
    words = words_in(lang, digits)
    offer = {"budget": 4_000_000 * scale, "contact_cost": 500_000 * scale, "margin": Fraction(1, 4)}
    yield stake(stakes(lang, scale, **offer), words)
    yield whale(curve(scale), words)
    yield acquisition(by_source(scale), words)
    yield wallets(shares(scale), words)
    yield parameters(MODELS, words)


def page(*parts: RenderableType, lang: str = "en") -> str:
    return printed(parts, width=80, color=False, right_to_left=lang == "fa")


@pytest.mark.parametrize(("lang", "digits"), [("en", "en"), ("fa", "fa")])
def test_all_sections_look_like_this(lang: str, digits: str) -> None:
    golden.check(f"worth-sections-{lang}.txt", page(*sections(lang, digits), lang=lang))


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("scale", [1, 1000, 10**6, 10**9])
def test_no_number_is_cut_and_no_line_is_longer_than_80(lang: str, scale: int) -> None:
    """Amounts of a million times a million, in a currency of small coins, are written in millions."""
    lines = page(*sections(lang, lang, scale), lang=lang).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert "…" not in "".join(lines)
    if (lang, scale) == ("en", 10**9):
        [row] = [line for line in lines if line.startswith("Google Ads")]
        assert row.split()[2:6] == ["2", "90,000.00", "45,000.00", "120,000.00"]
        assert row.split()[6:] == ["1.33", "30,000.00", "100%", "6.5"]


def test_segments_without_customers_are_not_shown() -> None:
    shown = page(stake(stakes(), words_in()))
    assert "Champions" in shown
    assert "Hibernating" not in shown
    assert "Budget" not in shown
    assert "Worth" not in shown
    assert "over twice their usual gap" in shown


def test_the_rule_that_splits_the_budget_is_stated_as_far_as_it_holds() -> None:
    words = words_in()
    alone = " ".join(page(stake(stakes(budget=4_000_000), words)).split())
    assert "The budget of 400 is split in proportion to the endangered value." in alone
    assert "Worth contacting" not in alone
    assert "is left" not in alone
    limited = page(stake(stakes(budget=400_000_000, contact_cost=500_000), words))
    assert "at 50 each." in " ".join(limited.split())
    assert "39,400 of the budget is left: no segment with endangered value can take more." in limited
    judged = page(stake(stakes(contact_cost=500_000, margin=Fraction(1, 4)), words))
    assert "Worth contacting: 2 of 8 segments, whose repeat rate reaches the break-even" in judged


def test_a_curve_without_profit_has_no_bars_and_says_so() -> None:
    words = words_in()
    none = page(whale(whale_curve(units(0, -5)), words))
    assert "█" not in none
    assert "No customer brings a profit.\n1 customer costs more than it brings and takes 5 back." in none
    loss = page(whale(whale_curve(units(5, -9)), words))
    assert "The peak: 5.00 with the most profitable 1 customer (50.0%); -4.00 with all." in loss
    assert "No customer costs more than it brings." in page(whale(whale_curve(units(5)), words))
    assert "No customer brings a profit." in page(whale(whale_curve(units()), words))


def test_of_many_sources_the_largest_are_shown() -> None:
    sources = acquired.sources_of(pa.array([f"source {at // 2:02}" for at in range(29)]))
    nothing = np.zeros(29, np.int64)
    found = acquired.acquisition(sources, acquired.costs_each(1, 29), acquired.Brought(nothing, nothing, nothing))
    shown = page(acquisition(found, words_in()))
    assert "source 11" in shown
    assert "source 12" not in shown
    assert "and 3 more sources, with 5 customers; --json has them" in shown
    assert "Paid" not in shown


def test_where_no_source_is_known_only_all_customers_are_shown() -> None:
    sources = acquired.sources_of(pa.array([None, None, ""]))
    brought = acquired.Brought(units(9, 9, 9), units(5, 5, 5), units(0, 0, 0))
    shown = page(acquisition(acquired.acquisition(sources, acquired.costs_each(10_000, 3), brought), words_in()))
    assert shown.startswith("Acquisition: what customers cost and brought\n")
    assert "Total" in shown
    assert "(unknown)" not in shown


def test_what_cannot_be_printed_is_escaped() -> None:
    sources = acquired.sources_of(pa.array(["a\x1b[31m"]))
    found = acquired.acquisition(
        sources, acquired.costs_by_source(sources, {"b\x07": 5}), acquired.Brought(*[units(1)] * 3)
    )
    shown = page(acquisition(found, words_in()))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "a\\x1b[31m" in shown


def test_nobody_with_a_wallet() -> None:
    _, found = shares_of_wallet(wallets_in(pa.chunked_array([["", "?"]])), units(1, 1))
    assert "No customer has a share of wallet.\nSet aside: " in page(wallets(found, words_in()))


def test_parameters_tell_how_sure_they_are() -> None:
    models = {"bg_nbd": {"r": 0.2426, "alpha": 4.4136}}
    errors = page(parameters(models, words_in(), sure={"bg_nbd": {"r": 0.0126}}))
    assert errors.endswith("BG/NBD  r 0.243 ± 0.013, alpha 4.414\n± is one standard error.\n")
    intervals = page(parameters(models, words_in(), sure={"bg_nbd": {"r": (0.22, 0.27)}}))
    assert intervals.endswith("r 0.243 (0.220 to 0.270), alpha 4.414\nIn brackets: 95% intervals of a bootstrap.\n")


def test_facts_become_json_with_money_as_numbers() -> None:
    told = json.loads(json.dumps([without_types(each) for each in (stakes(), curve(), by_source(), shares())]))
    assert told[1]["peak"] == {"customers_share": 0.6, "profit": 252.0, "share": 1.8}
    assert told[2]["without_customers"] == {"radio": 7.0}
    assert told[2]["sources"][-1]["source"] is None
    assert told[3]["set_aside"] == {"no wallet": 1, "unreadable": 1, "smaller than spend": 1}
    assert by_source().total.revenue == Decimal(350)
