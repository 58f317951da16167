"""`segtool.backtest`: what segments foretold, against slow references, by hand, and as text."""

import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.backtesting import Backtested
from segtool.errors import DataError, MissingInputError, UsageError
from segtool.output.backtest import render_backtest
from segtool.summary.backtest import ALL, BacktestSummary, Kept, Order
from segtool.words import words_in
from segtool.worth.calibration import bands_of, calibration
from segtool.worth.concordance import concordance, difference, error_of, gini, neighbours, share_of_best
from segtool.worth.outcomes import Later, Outcome
from segtool.worth.tested import Placed, rankings, verdict

EXAMPLE = ROOT / "examples" / "orders.csv"
CDNOW = "cdnow/cdnow_sample.csv"

Orders = Callable[..., Path]

HAND = [
    "ann,1,2024-01-05,10", "ann,2,2024-01-20,10", "ann,3,2024-02-10,30",
    "bob,4,2024-01-02,5", "bob,5,2024-01-12,5", "bob,6,2024-03-01,20", "bob,6,2024-03-02,-4",
    "cid,7,2024-01-10,7", "cid,8,2024-02-15,6",
    "dee,9,2024-01-15,8",
    "eve,10,2024-01-31,9",
    "fay,11,2024-02-20,50",
]  # fmt: skip
"""Five customers up to 2024-01-31, of whom ann and bob had bought twice; afterwards ann spends 30, bob 20 less a refund
of 4, cid 6, dee and eve nothing, and fay is new. The last date is that of the refund, 31 days later."""


@pytest.fixture
def hand(orders: Orders, own: str) -> Backtested:
    return segtool.backtest(orders(*HAND), split="2024-01-31", scheme=own, contact_cost="0.5", margin="25%")


@pytest.fixture(scope="module")
def example() -> BacktestSummary:
    options: Any = {"scheme": ["loyalty-matrix", "shopify"], "margin": 0.35, "contact_cost": 4}
    return segtool.backtest(EXAMPLE, split="2025-06-30", **options).summary


# By hand


def test_the_orders_of_the_split_itself_make_segments_and_later_ones_judge_them(hand: Backtested) -> None:
    found = hand.summary
    assert (str(found.split), str(found.until), found.until_from, found.days, found.days_before) == (
        *("2024-01-31", "2024-03-02", "data"), 31, 30,
    )  # fmt: skip
    more, once = found.schemes[0].segments
    assert (more.name, more.customers, more.buyers, more.orders, more.spend) == ("More", 2, 2, 2, Decimal(46))
    assert (once.name, once.customers, once.buyers, once.orders, once.spend) == ("Once", 3, 1, 1, Decimal(6))
    assert (more.repeat_rate, once.repeat_rate, found.all.repeat_rate) == (1.0, 1 / 3, 0.6)
    assert (more.orders_per_customer, more.spend_per_customer, once.spend_per_customer) == (1.0, 23.0, 2.0)
    assert more.lift == pytest.approx(1 / 0.6)
    assert once.lift == pytest.approx(1 / 1.8)
    assert (more.spend_lift, once.spend_lift) == (pytest.approx(23 / 10.4), pytest.approx(2 / 10.4))
    assert (more.spend_share, once.spend_share) == (pytest.approx(46 / 52), pytest.approx(6 / 52))
    assert (more.too_few, found.all.name, found.all.lift, found.all.spend_share) == (True, ALL, 1.0, 1.0)


def test_known_and_new_customers_add_up_to_all_later_orders(hand: Backtested) -> None:
    found = hand.summary
    new = found.newcomers
    assert (found.all.orders, found.all.spend, new.customers, new.orders, new.spend) == (3, 52, 1, 1, 50)
    assert (found.customers, found.orders, found.revenue) == (5, 4, 102)


def test_a_contact_that_just_pays_for_itself_is_worth_it(hand: Backtested) -> None:
    [scheme] = hand.summary.schemes
    more, once = scheme.segments
    assert (more.break_even, once.break_even) == (pytest.approx(2 / 23), 1 / 3)
    assert (more.worth_contacting, once.worth_contacting, scheme.worth_contacting) == (True, True, 2)
    assert (hand.summary.margin, hand.summary.contact_cost) == (0.25, Decimal("0.5"))


def test_the_order_of_the_segments_is_measured(hand: Backtested) -> None:
    scheme, *scores = hand.summary.rankings
    assert (scheme.name, scheme.kind, scheme.groups) == ("own", "scheme", 2)
    assert scheme.concordance == pytest.approx(5 / 6)  # of 3 × 2 pairs 4 are right, and 2 are ties
    assert scheme.best_fifth == pytest.approx(23 / 52)  # a fifth of five is one of More
    assert scheme.gini == pytest.approx(386 / 260 - 1)
    assert (scheme.rate, scheme.spend) == (Kept(0, 0), Kept(0, 0))  # under 30 customers nothing is counted
    assert [(each.name, each.kind) for each in scores] == [("r", "score"), ("f", "score"), ("m", "score")]
    assert (scheme.behind, scheme.is_near) == (0.0, True)


def test_the_same_again_is_told_of_the_period_before_that_is_as_long(hand: Backtested) -> None:
    days, spend = hand.summary.calibration
    assert (days.forecast, days.foretold, days.errors.mae) == ("naive", "purchase_days", 0.8)
    assert (days.errors.predicted, days.errors.actual) == (7, 3)
    assert [(each.band, each.customers, each.predicted, each.actual) for each in days.bands] == [
        (1, 3, 1.0, pytest.approx(1 / 3)),
        (7, 2, 2.0, 1.0),
    ]
    assert (spend.foretold, spend.errors.predicted, spend.errors.actual) == ("spend", 54.0, 52.0)


def test_refunds_before_that_period_are_not_of_it_even_where_nothing_had_been_bought(orders: Orders, own: str) -> None:
    found = segtool.backtest(orders("ann,0,2023-11-02,-9", *HAND), split="2024-01-31", scheme=own).summary
    assert [each.errors.predicted for each in found.calibration if each.foretold == "spend"] == [54.0]


def test_an_earlier_last_day_leaves_out_what_came_after_it(orders: Orders, own: str) -> None:
    found = segtool.backtest(orders(*HAND), split="2024-01-31", until="2024-02-14", scheme=own).summary
    assert (found.days, found.until_from, found.all.buyers, found.all.spend) == (14, "option", 1, 30)
    assert (found.newcomers.customers, found.revenue) == (0, 30)
    assert found.rows.set_aside["after as-of"].rows == 4


def test_groups_are_ranked_by_what_they_are_said_to_be() -> None:
    groups = [Outcome(40, 10, 10, 0), Outcome(40, 20, 20, 80), Outcome(20, 20, 20, 99), Outcome(40, 5, 5, 40)]
    assert neighbours(groups, lambda group: group.buyers) == Kept(0, 1)
    assert neighbours(groups[::-1], lambda group: group.spent) == Kept(1, 1)
    assert neighbours(groups, lambda group: group.buyers, least=20) == Kept(1, 3)
    assert concordance([Outcome(3, 0, 0, 0)]) is None
    assert concordance([Outcome(3, 3, 0, 0)]) is None
    assert error_of([Outcome(3, 1, 0, 0)]) is None
    assert share_of_best([Outcome(1, 0, 0, -5)]) is None
    assert gini([Outcome(1, 0, 0, 0)]) is None
    assert share_of_best([Outcome(0, 0, 0, 0), Outcome(5, 0, 0, 10)]) == pytest.approx(0.2)
    assert gini([Outcome(5, 0, 0, 0), Outcome(5, 0, 0, 9)]) == -0.5


def ordered(places: list[int], bought: list[bool], name: str = "s", kind: Any = "scheme") -> tuple[Placed, Later]:
    found = np.array(places)
    later = Later(np.array(bought).astype(np.int64), np.zeros(len(places), np.int64), 0, 0, 0)
    return Placed(name, kind, found, int(found.max()) + 1), later


def test_the_best_scheme_is_told_plainly_only_where_it_is_more_than_noise() -> None:
    bought = [True] * 50 + [False] * 50
    right, later = ordered([0] * 50 + [1] * 50, bought, "right")
    wrong, _ = ordered([1, 0] * 50, bought, "wrong")
    alone, _ = ordered([0] * 49 + [1] * 51, bought, "f", "score")
    found = verdict(rankings([wrong, right, alone], later))
    assert found is not None
    assert (found.best, found.near, found.foretells, found.score, found.adds) == ("right", (), True, "f", False)
    chance = verdict(rankings([wrong, replace(wrong, name="too")], later))
    assert chance is not None
    assert (chance.best, chance.near, chance.foretells, chance.score, chance.adds) == (
        *("wrong", ("too",)), False, None, None,
    )  # fmt: skip
    nobody = rankings([right], replace(later, orders=np.zeros(100, np.int64)))
    assert (nobody[0].concordance, verdict(nobody)) == (None, None)


# Against slow references


def slow_concordance(places: list[int], bought: list[bool]) -> float:
    pairs = [
        (a, b) for a, x in zip(places, bought, strict=True) if x for b, y in zip(places, bought, strict=True) if not y
    ]
    return sum(1.0 if a < b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)


def slow_error(first: list[int], second: list[int] | None, bought: list[bool]) -> float:
    """Return the standard error of a concordance, or of the difference of two, customer by customer."""

    def placements(places: list[int]) -> tuple[list[float], list[float]]:
        yes = [place for place, each in zip(places, bought, strict=True) if each]
        no = [place for place, each in zip(places, bought, strict=True) if not each]
        above = [sum((a < b) + (a == b) / 2 for b in no) / len(no) for a in yes]
        return above, [sum((a < b) + (a == b) / 2 for a in yes) / len(yes) for b in no]

    one = placements(first)
    other = placements(second) if second else ([0.0] * len(one[0]), [0.0] * len(one[1]))
    apart = [np.subtract(a, b) for a, b in zip(one, other, strict=True)]
    return float(sum(each.var(ddof=1) / len(each) for each in apart) ** 0.5)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.booleans()), min_size=4, max_size=40))
def test_concordances_and_their_errors_equal_those_of_all_pairs(rows: list[tuple[int, int, bool]]) -> None:
    first, second, bought = (list(each) for each in zip(*rows, strict=True))
    if not 2 <= sum(bought) <= len(bought) - 2:
        assert difference(np.array(first), np.array(second), np.array(bought)) is None
        return
    placed, later = ordered(first, bought)
    groups = placed.outcomes(later)
    assert concordance(groups) == pytest.approx(slow_concordance(first, bought))
    assert error_of(groups) == pytest.approx(slow_error(first, None, bought), abs=1e-12)
    found = difference(np.array(first), np.array(second), np.array(bought))
    assert found is not None
    assert found.value == pytest.approx(slow_concordance(first, bought) - slow_concordance(second, bought), abs=1e-12)
    assert found.error == pytest.approx(slow_error(first, second, bought), abs=1e-12)


@given(st.lists(st.sampled_from([0.0, 0.1, 0.5, 2.0, 7.25]), min_size=1, max_size=60))
def test_tenths_never_part_equal_forecasts(said: list[float]) -> None:
    predicted = np.array(said)
    bands = bands_of(predicted).tolist()
    assert bands == [10 * sum(other < own for other in said) // len(said) + 1 for own in said]
    found = calibration(predicted, predicted + 1)
    assert sum(each.customers for each in found) == len(said)
    assert all(each.actual == pytest.approx(each.predicted + 1) for each in found)


def adds_up(found: BacktestSummary) -> None:
    """Assert that segments of every scheme are all customers, and known and new ones all later orders and money."""
    for scheme in found.schemes:
        for name in ("customers", "buyers", "orders", "spend"):
            assert sum(getattr(each, name) for each in scheme.segments) == getattr(found.all, name)
    assert found.orders == found.all.orders + found.newcomers.orders
    assert found.revenue == found.all.spend + found.newcomers.spend
    for each in found.calibration:
        assert sum(band.customers for band in each.bands) == found.customers
        came = sum(band.customers * band.actual for band in each.bands)
        assert came == pytest.approx(each.errors.actual, abs=1e-6)
    for order in found.rankings:
        assert order.concordance is None or 0 <= order.concordance <= 1


def slow(rows: list[tuple[str, date, Decimal]], split: date, segments: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what each segment did after the split, of rows that are an order each."""
    found: dict[str, dict[str, Any]] = defaultdict(
        lambda: {"customers": 0, "buyers": set(), "orders": 0, "spend": Decimal(0)}
    )
    for segment in segments.values():
        found[segment]["customers"] += 1
    for customer, day, amount in rows:
        if day > split and customer in segments:
            own = found[segments[customer]]
            own["spend"] += amount
            if amount >= 0:
                own["buyers"].add(customer)
                own["orders"] += 1
    return found


def equals_slow(found: BacktestSummary, rows: list[tuple[str, date, Decimal]], tables: dict[str, pa.Table]) -> None:
    for scheme in found.schemes:
        table = tables[scheme.name]
        segments = dict(zip(table["customer_id"].to_pylist(), table["segment"].to_pylist(), strict=True))
        reference = slow(rows, found.split, segments)
        assert {each.name for each in scheme.segments if each.customers} == set(reference)
        customers = sum(own["customers"] for own in reference.values())
        buyers, spend = (
            sum(own[name] if name == "spend" else len(own[name]) for own in reference.values())
            for name in ("buyers", "spend")
        )
        for each in scheme.segments:
            if not each.customers:
                continue
            own = reference[each.name]
            assert (each.customers, each.buyers) == (own["customers"], len(own["buyers"]))
            assert (each.orders, each.spend) == (own["orders"], own["spend"])
            assert each.repeat_rate == len(own["buyers"]) / own["customers"]
            if buyers:
                rate = Fraction(len(own["buyers"]), own["customers"]) / Fraction(buyers, customers)
                assert each.lift == pytest.approx(float(rate), rel=1e-12)
            if spend > 0:
                head = Fraction(own["spend"]) / own["customers"] / (Fraction(spend) / customers)
                assert each.spend_lift == pytest.approx(float(head), rel=1e-12)
                assert each.spend_share == pytest.approx(float(own["spend"] / spend), rel=1e-12)


def test_cdnow_equals_a_slow_reference(real_data: Callable[[str], Path]) -> None:
    path, split = real_data(CDNOW), date(1997, 9, 30)
    with path.open(newline="", encoding="utf-8") as file:
        rows = [
            (row["master_id"], date.fromisoformat(row["date"]), Decimal(row["amount"])) for row in csv.DictReader(file)
        ]
    names = ["loyalty-matrix", "putler", "value-loyalty"]
    found = segtool.backtest(path, split=split, customer_id="master_id", scheme=names).summary
    tables = {name: segtool.rfm(path, as_of=split, customer_id="master_id", scheme=name).table for name in names}
    equals_slow(found, rows, tables)
    adds_up(found)
    assert (found.customers, found.newcomers.customers, found.all.buyers) == (2357, 0, 684)
    later = Counter(customer for customer, day, _ in rows if day > split)
    assert found.all.orders == sum(later.values()) == 1959
    champions = found.schemes[0].segments[0]
    told = (champions.customers, champions.buyers, champions.orders, str(champions.spend))
    assert told == (342, 251, 1097, "39656.85")
    assert [round(value or 0, 3) for value in (champions.repeat_rate, champions.lift, champions.spend_lift)] == [
        0.734, 2.529, 3.851,
    ]  # fmt: skip
    bought = [customer in later for customer in tables["putler"]["customer_id"].to_pylist()]
    for scheme, order in zip(found.schemes, found.rankings, strict=False):
        rank = {each.name: place for place, each in enumerate(scheme.segments)}
        places = np.array([rank[name] for name in tables[scheme.name]["segment"].to_pylist()])
        yes, no = places[np.array(bought)][:, None], places[~np.array(bought)][None, :]
        assert order.concordance == pytest.approx(((yes < no) + (yes == no) / 2).mean(), rel=1e-12)
    assert [round(each.concordance or 0, 3) for each in found.rankings] == [0.769, 0.766, 0.72, 0.754, 0.752, 0.719]


def test_the_model_of_buying_comes_nearer_on_cdnow_than_the_same_again(real_data: Callable[[str], Path]) -> None:
    needs("scipy")
    found = segtool.backtest(real_data(CDNOW), split="1997-09-30", customer_id="master_id", predict=True).summary
    adds_up(found)
    told = [(each.forecast, each.foretold, round(each.errors.mae, 2)) for each in found.calibration]
    assert told == [
        ("model", "purchase_days", 0.79), ("model", "spend", 30.41),
        ("naive", "purchase_days", 1.60), ("naive", "spend", 61.65),
    ]  # fmt: skip
    model = found.calibration[0]
    assert [each.band for each in model.bands] == list(range(1, 11))
    assert (round(model.errors.predicted), round(model.errors.actual), round(model.errors.rmse, 2)) == (
        1653,
        1882,
        1.61,
    )
    assert model.bands[-1].predicted == pytest.approx(3.657, abs=0.001)
    assert model.bands[-1].actual == pytest.approx(3.740, abs=0.001)
    assert found.fit is not None
    assert round(found.fit["bg_nbd"]["r"], 3) == 0.243
    assert (found.rankings[-1].name, found.rankings[-1].kind, found.rankings[-1].groups) == ("bg_nbd", "model", 10)


days = st.integers(0, 120).map(lambda count: date(2024, 1, 1) + timedelta(days=count))
lines = st.tuples(st.sampled_from("abcdefgh"), days, st.decimals("-20", "90", places=2))


@settings(max_examples=30)
@given(st.lists(lines, min_size=2, max_size=40), st.randoms(use_true_random=False))
def test_any_orders_add_up_and_their_order_means_nothing(
    tmp_path: Path, rows: list[tuple[str, date, Decimal]], chance: random.Random
) -> None:
    split = date(2024, 2, 15)
    frame = {"customer_id": [row[0] for row in rows], "order_date": [row[1] for row in rows]}
    table = pa.table({**frame, "amount": pa.array([row[2] for row in rows], pa.decimal128(12, 2))})
    names = ["loyalty-matrix", "shopify"]
    try:
        found = segtool.backtest(table, split=split, scheme=names, max_bad=1)
    except (UsageError, DataError):
        return
    adds_up(found.summary)
    bought = {row[0] for row in rows if row[1] <= split and row[2] >= 0}
    if bought:
        tables = {name: segtool.rfm(table, as_of=split, scheme=name).table for name in names}
        first = {c: min(d for own, d, amount in rows if own == c and amount >= 0) for c in bought}
        assert set(tables["shopify"]["customer_id"].to_pylist()) == {c for c, day in first.items() if day <= split}
        equals_slow(found.summary, rows, tables)
    order = list(range(len(rows)))
    chance.shuffle(order)
    again = segtool.backtest(table.take(pa.array(order)), split=split, scheme=names, max_bad=1, threads=1)
    assert again.summary.to_json() == found.summary.to_json()


# What to beware of


def codes(path: Any, **options: Any) -> set[str]:
    return {each.code for each in segtool.backtest(path, **options).summary.warnings}


def test_a_short_time_after_the_split_few_buyers_and_a_short_past_are_told(orders: Orders) -> None:
    path = orders(*HAND)
    assert codes(path, split="2024-01-31") == {"backtest-few", "backtest-past"}
    assert codes(path, split="2024-02-28") == {"backtest-few", "backtest-short"}
    many = [f"c{i},{i}-{order},2024-01-{day},5" for i in range(100) for order, day in enumerate(("02", "10", "18"))]
    assert codes(orders(*many), split="2024-01-10") == set()
    assert codes(orders(*many[:-1]), split="2024-01-10") == {"backtest-few"}


def test_cuts_that_know_what_came_are_told(tmp_path: Path) -> None:
    for day, told in (("2025-06-30", False), ("2025-07-01", True)):
        model = tmp_path / f"{day}.json"
        model.write_text(segtool.rfm(EXAMPLE, as_of=day).model.to_json())
        assert ("backtest-model" in codes(EXAMPLE, split="2025-06-30", model=model)) is told


# The table


def test_the_table_has_a_row_a_scheme_and_segment_and_one_of_all(hand: Backtested) -> None:
    rows = hand.table.to_pylist()
    assert [(row["scheme"], row["segment"], row["customers"], row["buyers"]) for row in rows] == [
        ("own", "More", 2, 2), ("own", "Once", 3, 1), ("own", "(all)", 5, 3),
    ]  # fmt: skip
    assert rows[0]["spend"] == Decimal("46.0000")
    assert hand.table.column_names[-3:] == ["too_few", "break_even", "worth_contacting"]
    assert json.loads(hand.table.schema.metadata[b"segtool_backtest"]) == hand.summary.to_dict()
    assert hand.calibration.column_names == ["forecast", "foretold", "decile", "customers", "predicted", "actual"]
    assert hand.calibration["customers"].to_pylist() == [3, 2, 1, 1, 1, 1, 1]
    assert repr(hand) == "<5 customers as of 2024-01-31, judged until 2024-03-02: own>"


def test_a_segment_of_nobody_has_no_rates(six: Path) -> None:
    found = segtool.backtest(six, split="2024-02-29", lang="fa")
    table = found.table.to_pylist()
    assert list(table[0])[:3] == ["scheme", "segment", "segment_title"]
    empty = next(row for row in table if not row["customers"])
    assert (empty["repeat_rate"], empty["lift"], empty["spend_lift"], empty["buyers"]) == (None, None, None, 0)
    assert "break_even" not in table[0]


# As text


@pytest.mark.parametrize(("name", "lang"), [("backtest.txt", "en"), ("backtest-fa.txt", "fa")])
def test_the_page(name: str, lang: Any) -> None:
    options: Any = {"scheme": ["loyalty-matrix", "shopify"], "margin": 0.35, "contact_cost": 4, "lang": lang}
    found = segtool.backtest(EXAMPLE, split="2025-06-30", **options).summary
    golden.check(name, render_backtest(found, words=words_in(lang, lang)))


def test_the_page_fits_a_terminal(example: BacktestSummary) -> None:
    assert max(map(len, render_backtest(example).splitlines())) <= 80


def order(name: str, concordance: float, kind: Any = "scheme", **more: Any) -> Order:
    found = Order(name, kind, 2, Kept(1, 1), Kept(1, 1), concordance, 0.01, 0.4, 0.2, 0.0, 0.0, True)
    return replace(found, **more)


def test_what_is_said_of_the_schemes(example: BacktestSummary) -> None:
    def said(*orders: Order) -> str:
        schemes = tuple(replace(example.schemes[0], name=each.name) for each in orders if each.kind == "scheme")
        page = render_backtest(replace(example, rankings=orders, verdict=verdict(orders), schemes=schemes), width=200)
        return page[page.index("better did better.") :].split("\n\n")[0]

    far = {"behind": 0.2, "is_near": False}
    assert "a foretells who buys again." in said(order("a", 0.8))
    assert "Of the schemes, a foretells best who buys again, by" in said(order("a", 0.8), order("b", 0.6, **far))
    assert "No scheme is clearly better: a is ahead, and within two standard errors of it b." in said(
        order("a", 0.8), order("b", 0.79)
    )
    assert "a does not foretell who buys again: within two standard errors it is chance" in said(order("a", 0.49))
    assert "a does not foretell who buys again: who stood lower bought again more often" in said(order("a", 0.47))
    one = replace(order("a", 0.8), standard_error=None)
    assert "Whether a foretells who buys again cannot be told: only one customer did" in said(one)
    assert "a tells more than F alone" in said(order("a", 0.8), order("f", 0.6, "score", **far))
    assert "a does not clearly tell more than F alone" in said(order("a", 0.8), order("f", 0.79, "score"))
    assert "Nothing tells the orders apart" in said(replace(order("a", 0.8), concordance=None))


# The command line


def test_the_command_writes_what_the_library_returns(run: Run, tmp_path: Path) -> None:
    done = run(
        *("backtest", EXAMPLE, "--split", "2025-06-30", "-o", "b.parquet", "-o", "b.csv"),
        *("--summary-file", "b.json", "--calibration", "c.csv", "--rejects", "r.csv", "-v"),
    )
    found = segtool.backtest(EXAMPLE, split="2025-06-30")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("Wrote 11 rows to b.parquet and b.csv.\n")
    table = pq.read_table(tmp_path / "b.parquet")
    assert table["repeat_rate"].to_pylist() == found.table["repeat_rate"].to_pylist()
    summary = json.loads((tmp_path / "b.json").read_text())
    assert json.loads(table.schema.metadata[b"segtool_backtest"]) == summary == found.summary.to_dict()
    with (tmp_path / "c.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(found.calibration)
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 31


def test_in_a_pipe_stdout_carries_the_table(run: Run, six: Path) -> None:
    done = run("backtest", six, "--split", "2024-02-29")
    assert done.stdout.startswith("scheme,segment,customers,share,buyers,repeat_rate,orders,")
    assert "4 customers had bought by 2024-02-29; 50.0% of them bought again" in done.stderr
    found = json.loads(run("backtest", six, "--split", "2024-02-29", "--json").stdout)
    assert (found["customers"], found["orders"], found["revenue"], found["fit"]) == (4, 4, 82.75, None)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ([], 2, "Missing option '--split'"),
        (["--split", "soon"], 2, "--split 'soon' is not a date"),
        (
            ["--split", "2023-12-31"],
            2,
            "--split 2023-12-31 lies before the first order, 2024-01-01; the last one is of",
        ),
        (
            ["--split", "2024-03-31"],
            2,
            "leaves no day after it to judge by: the orders are of 2024-01-01 to 2024-03-31.",
        ),
        (["--split", "2024-02-29", "--until", "2024-02-29"], 2, "leaves no day until --until 2024-02-29"),
        (["--split", "2024-02-25", "--until", "2024-02-28"], 65, "Nobody ordered after 2024-02-25, --split, until"),
        (["--split", "2024-02-29", "--scheme", "none"], 2, "--scheme none has no segments that could be judged"),
        (["--split", "2024-02-29", "--scheme", "age"], 2, "backtest takes schemes over scores"),
        (["--split", "2024-02-29", "--margin", "35%"], 2, "--margin tells what is worth contacting only with"),
        (["--split", "2024-02-29", "--contact-cost", "1"], 2, "--contact-cost tells what is worth contacting only"),
        (
            ["--split", "2024-02-29", "--contact-cost", "1", "--margin", "x"],
            2,
            "--margin 'x' is no share of revenue; write it as 35% or 0.35.",
        ),
        (["--split", "2024-02-29", "--contact-cost", "1", "--margin", "120%"], 2, "'120%' is no share"),
        (
            ["--split", "2024-02-29", "--contact-cost", "1", "--margin", "0"],
            2,
            "--margin '0' is no share of revenue",
        ),
        (
            ["--split", "2024-02-29", "--contact-cost", "x", "--margin", "0.3"],
            2,
            "--contact-cost 'x' is no amount of zero or more",
        ),
        (
            ["--split", "2024-02-29", "--contact-cost", "-1", "--margin", "0.3"],
            2,
            "--contact-cost '-1' is no amount of zero",
        ),
        (["--split", "2024-02-29", "--as-of", "2024-03-31"], 2, "No such option"),
        (["--split", "2024-02-29", "--model", "m.json"], 66, "There is no model m.json."),
        (["--split", "2024-02-29", "--json", "-o", "-"], 2, "--json already writes to stdout"),
        (["--split", "2024-02-29", "-o", "orders.csv"], 2, "orders.csv"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, six: Path, args: list[str], code: int, said: str) -> None:
    done = run("backtest", six, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_an_option_of_rfm_that_means_nothing_here_is_refused(six: Path) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'as_of'"):
        segtool.backtest(six, split="2024-02-29", as_of="2024-03-01")


def test_any_number_of_days_after_the_split_is_predicted(orders: Callable[..., Path]) -> None:
    needs("scipy")
    rows = [f"c{who},{who}-{day},2000-01-{day:02},10.50" for who in range(20) for day in (1 + who % 5, 9 + who % 7)]
    found = segtool.backtest(orders(*rows, "c1,z,2024-01-01,9.00"), split="2000-06-30", predict=True).summary
    assert found.days > 20 * 366
    assert [each.forecast for each in found.calibration].count("model") == 2


def test_without_its_extra_only_predict_is_missing(run: Run, six: Path, tmp_path: Path) -> None:
    (tmp_path / "scipy.py").write_text("raise ImportError('scipy')\n")
    away = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = run("backtest", six, "--split", "2024-02-29", "--predict", env=away)
    assert (done.returncode, done.stdout) == (69, "")
    assert "clv" in done.stderr
    assert run("backtest", six, "--split", "2024-02-29", env=away).returncode == 0


def test_the_configuration_takes_numbers_for_shares_and_money(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text("[backtest]\nsplit = 2025-06-30\nmargin = 0.333\ncontact-cost = 0.5\n")
    found = json.loads(run("backtest", EXAMPLE, "--json").stdout)
    assert (found["split"], found["margin"], found["contact_cost"]) == ("2025-06-30", 0.333, 0.5)
    said = json.loads(
        run(
            "backtest",
            EXAMPLE,
            "--json",
            "--no-config",
            "--split",
            "2025-06-30",
            "--margin",
            "33.3%",
            "--contact-cost",
            "0.5",
        ).stdout
    )
    assert said == found


def test_the_library_takes_text_numbers_and_decimals(six: Path) -> None:
    for cost, margin in (("0.5", "35%"), (0.5, 0.35), (Decimal("0.5"), Decimal("0.35"))):
        found = segtool.backtest(six, split="2024-02-29", contact_cost=cost, margin=margin).summary
        assert (found.contact_cost, found.margin) == (Decimal("0.5"), 0.35)
    for cost, margin, said in ((1, "x", "--margin 'x' is no share"), (1, 2, "is no share"), (-1, 0.5, "is no amount")):
        with pytest.raises(UsageError, match=said):
            segtool.backtest(six, split="2024-02-29", contact_cost=cost, margin=margin)


# As evidence for check


def findings_of(run: Run, tmp_path: Path, *more: str) -> dict[str, Any]:
    """Return what check finds of a table whose schemes a backtest tested, by the code."""
    done = run("check", "s.parquet", "--json", *more)
    assert done.returncode == 0
    found = json.loads(done.stdout)
    return {each["code"]: each for each in found["findings"]}


def test_a_backtest_of_the_scheme_is_what_past_only_asks_for(run: Run, tmp_path: Path) -> None:
    run("rfm", EXAMPLE, "-q", "-o", "s.parquet", "-o", "s.csv")
    run("backtest", EXAMPLE, "--split", "2025-06-30", "-q", "-o", "b.csv", "--summary-file", "b.json")
    run(
        "backtest",
        EXAMPLE,
        "--split",
        "2025-06-30",
        "--scheme",
        "putler",
        "-q",
        "--summary-file",
        "p.json",
        "-o",
        "p.csv",
    )
    assert "past-only" in findings_of(run, tmp_path)
    assert "past-only" not in findings_of(run, tmp_path, "--backtest", "b.json")
    lacking = findings_of(run, tmp_path, "--backtest", "p.json")["past-only"]
    assert lacking["message"].startswith("The segments look back, and the backtest put only putler to the test")
    plain = json.loads(run("check", "s.csv", "--json", "--backtest", "b.json").stdout)
    assert "past-only" in plain["passed"]
    told = json.loads((tmp_path / "b.json").read_text())
    told["rankings"][0]["concordance"] = 0.51
    (tmp_path / "b.json").write_text(json.dumps(told))
    idle = findings_of(run, tmp_path, "--backtest", "b.json")["past-only"]
    assert idle["message"].endswith("told what customers did next no better than chance.")
    told["rankings"][0]["standard_error"] = None
    (tmp_path / "b.json").write_text(json.dumps(told))
    untold = findings_of(run, tmp_path, "--backtest", "b.json")["past-only"]
    assert untold["message"].endswith("nothing shows that this tells what they do next.")


def test_what_is_no_backtest_is_refused(tmp_path: Path, six: Path) -> None:
    table = segtool.rfm(six).table
    with pytest.raises(MissingInputError, match="There is no backtest"):
        segtool.check(table, backtest=tmp_path / "none.json")
    for text in ("{}", "nothing", "[1]", '{"rankings": [], "schemes": [{"name": "x", "segments": []}]}'):
        (tmp_path / "b.json").write_text(text)
        with pytest.raises(DataError, match="is no backtest: segtool backtest ORDERS --summary-file FILE writes one"):
            segtool.check(table, backtest=tmp_path / "b.json")
    found = segtool.backtest(EXAMPLE, split="2025-06-30").summary
    assert "past-only" in segtool.check(segtool.rfm(EXAMPLE).table, backtest=found).passed


# The README


def test_a_segment_may_spend_more_than_one_line_can() -> None:
    large = 9 * 10**13  # the most that an amount can be
    rows = [(name, day, worth) for name in ("ann", "bob") for day, worth in (("2024-01-01", 1), ("2024-02-01", large))]
    orders = pa.table(dict(zip(("customer", "date", "total"), map(list, zip(*rows, strict=True)), strict=True)))
    found = segtool.backtest(orders, split="2024-01-15")
    assert found.table["spend"][-1].as_py() == found.summary.all.spend == 2 * large


def test_every_key_of_the_json_is_described(hand: Backtested) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    found = hand.summary.to_dict()
    keys = {*found, *found["newcomers"], *found["schemes"][0], *found["rankings"][0], *found["rankings"][0]["rate"]}
    keys |= {*found["verdict"], *found["calibration"][0], *found["calibration"][0]["errors"], *hand.table.column_names}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []
