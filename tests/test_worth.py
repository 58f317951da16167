"""Predicted worth: the published parameters, other programs' predictions, and what must hold for all customers."""

import json
import sys
import warnings
from collections import defaultdict
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from math import exp, inf, lgamma, log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import needs
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import KNOWN, simulated

from segtool.engines.history import Days, History
from segtool.errors import ConfigError, DataError, MissingExtraError, MissingInputError, UsageError
from segtool.reading import OrderOptions, read_orders
from segtool.tables.arrays import as_texts
from segtool.tables.dates import day_number
from segtool.words import words_in
from segtool.worth.bg_nbd import BgNbdFit, counted, expected_if_active, p_alive
from segtool.worth.bg_nbd import _chances as chances
from segtool.worth.bg_nbd import likelihood as likelihood_of_orders
from segtool.worth.fits import Fit, fit, read_fit, saved
from segtool.worth.gamma_gamma import GammaGammaFit, expected_spend
from segtool.worth.gamma_gamma import likelihood as likelihood_of_spend
from segtool.worth.lifetime import Prediction, checks, horizon_of, predict
from segtool.worth.likelihood import Maximum, maximum, standard_errors
from segtool.worth.transactions import Transactions, transactions_of

AS_OF = date(1997, 9, 30)

ORDERS = BgNbdFit(0.243, 4.414, 0.793, 2.426, -9582.4, 2357, 946, converged=True, at_edge=False)
SPEND = GammaGammaFit(6.25, 3.74, 15.44, -4055.9, 946, 6.25 * 15.44 / 2.74, 0.11, converged=True, at_edge=False)
PUBLISHED = Fit(AS_OF, "week", 272, None, ORDERS, SPEND)
"""The fit of the CDNOW sample, to the digits that are published."""


def people(*rows: tuple[int, int, int, float]) -> Transactions:
    """Return customers, each with repeats, recency, age and spend."""
    x, recency, age, spend = zip(*rows, strict=True)
    return Transactions(np.array(x), np.array(recency), np.array(age), np.array(spend, np.float64))


def read(orders: Any, as_of: date, **options: Any) -> Transactions:
    asked = OrderOptions(**options)
    found = read_orders(orders, asked, threads=1, list_rows=False, watch=None, history=True).found
    assert found.history is not None
    return transactions_of(found.history, day_number(as_of))


@pytest.fixture(scope="module")
def fitted() -> Fit:
    needs("scipy")
    return fit(simulated(3000, seed=7), as_of=AS_OF)


# What customers did


def test_six_customers_by_hand(six: Path) -> None:
    found = read(six, date(2024, 3, 31))
    assert found.repeats.tolist() == [1, 0, 0, 2, 0, 1]  # cid's order 5 is a refund of another day, and no purchase
    assert found.recency.tolist() == [86, 0, 0, 49, 0, 36]
    assert found.age.tolist() == [86, 90, 30, 50, 30, 71]
    assert found.spend.tolist() == [15.5, 0, 0, 7.25, 0, 2.0]


def test_lines_of_a_day_are_one_purchase_and_its_refunds_count(orders: Any) -> None:
    lines = ["ann,1,2024-01-01,5", "ann,2,2024-01-08,20", "ann,3,2024-01-08,4", "ann,4,2024-01-08,-6"]
    found = read(orders(*lines, "ann,5,2024-01-09,-3"), date(2024, 1, 31))
    assert (found.repeats.tolist(), found.recency.tolist(), found.spend.tolist()) == ([1], [7], [18.0])


def test_what_comes_after_the_day_is_left_out(orders: Any) -> None:
    path = orders("ann,1,2024-01-01,5", "ann,2,2024-02-01,7", "ben,3,2024-02-01,9")
    found = read(path, date(2024, 1, 31))
    assert (len(found), found.repeats.tolist(), found.age.tolist()) == (1, [0], [30])
    assert len(read(path, date(2023, 12, 31))) == 0


def test_a_mean_that_is_not_above_zero_is_zero(orders: Any) -> None:
    found = read(orders("ann,1,2024-01-01,5", "ann,2,2024-01-08,20", "ann,3,2024-01-08,-25"), date(2024, 1, 31))
    assert (found.repeats.tolist(), found.spend.tolist()) == ([1], [0.0])


ENTRIES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-9, 30), st.integers(-(10**17), 10**17), st.booleans()), max_size=30
)


def of_entries(entries: list[tuple[int, int, int, bool]], as_of: int) -> Transactions:
    customer, day, amount, bought = (list(each) for each in zip(*entries, strict=True)) if entries else ([],) * 4
    codes, none = np.array(customer, np.int32), np.zeros(0, np.int32)
    days = Days(codes, np.array(day, np.int32), np.array(amount, np.int64), np.array(bought, np.bool_), codes)
    return transactions_of(History(as_texts(list("abcde")), days, none, none, ()), as_of)


@given(entries=ENTRIES, as_of=st.integers(0, 30), seed=st.randoms())
def test_transactions_are_those_of_a_slow_count_in_any_order(entries: Any, as_of: int, seed: Any) -> None:
    spent: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    bought = {(customer, day) for customer, day, _, is_purchase in entries if is_purchase and day <= as_of}
    for customer, day, amount, _ in entries:
        if (customer, day) in bought:
            spent[customer][day] += amount
    expected = []
    for customer in sorted(spent):
        days = sorted(spent[customer])
        net = sum(spent[customer][day] for day in days[1:])
        mean = max(net, 0) / 10_000 / max(len(days) - 1, 1)
        expected.append((len(days) - 1, days[-1] - days[0], as_of - days[0], pytest.approx(mean)))
    seed.shuffle(entries)
    found = of_entries(entries, as_of)
    assert list(zip(found.repeats, found.recency, found.age, found.spend, strict=True)) == expected


# What others found


def test_the_published_fit_of_the_cdnow_sample(real_data: Any) -> None:
    needs("scipy")
    found = read(real_data("cdnow/cdnow_sample.csv"), AS_OF, customer_id="master_id")
    check_published(fit(found, as_of=AS_OF, errors="standard"))


def cdnow_of_lifetimes() -> Path:
    spec = find_spec("lifetimes")
    if spec is None or spec.origin is None:
        needs("lifetimes")
        raise AssertionError
    return Path(spec.origin).parent / "datasets"


def test_the_published_fit_of_the_cdnow_sample_that_lifetimes_brings() -> None:
    needs("scipy")
    sample = pd.read_csv(
        cdnow_of_lifetimes() / "CDNOW_sample.txt", sep=r"\s+", names=["customer", "id", "date", "cds", "amount"]
    )
    sample["date"] = pd.to_datetime(sample["date"].astype(str))
    check_published(fit(read(sample.drop(columns=["id", "cds"]), AS_OF), as_of=AS_OF, errors="standard"))


def check_published(found: Fit) -> None:
    told = found.to_dict()
    orders, spend = told["bg_nbd"], told["gamma_gamma"]
    assert (orders["customers"], orders["repeat_customers"], spend["customers"]) == (2357, 946, 946)
    assert [round(orders[name], 3) for name in ("r", "alpha", "a", "b")] == [0.243, 4.414, 0.793, 2.426]
    assert round(orders["log_likelihood"], 1) == -9582.4
    assert [round(spend[name], 2) for name in ("p", "q", "gamma")] == [6.25, 3.74, 15.44]
    assert orders["converged"]
    assert spend["converged"]
    errors = {name: round(error, 4) for name, error in orders["standard_errors"].items()}
    assert errors == {"r": 0.0126, "alpha": 0.3782, "a": 0.1857, "b": 0.7054}  # as BTYD and lifetimes have them


def test_the_whole_of_cdnow(real_data: Any) -> None:
    needs("scipy")
    found = fit(read(real_data("cdnow/cdnow_master.csv"), AS_OF), as_of=AS_OF)
    assert (found.bg_nbd.customers, found.bg_nbd.repeat_customers) == (23_570, 9_451)
    assert [round(each, 4) for each in (found.bg_nbd.r, found.bg_nbd.alpha)] == [0.2516, 4.7889]


EVERYBODY = people(
    *((x, recency, age, 10.0 * x) for x in (0, 1, 2, 7, 29, 150) for age in (x, 270, 2000) for recency in (x, age))
)
"""Customers of all kinds; those without repeats have no recency."""
EVERYBODY = replace(EVERYBODY, recency=np.where(EVERYBODY.repeats == 0, 0, EVERYBODY.recency))


def test_predictions_are_those_of_lifetimes() -> None:
    needs("scipy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifetimes is of an older pandas
        lifetimes = needs("lifetimes")
        orders, spend = lifetimes.BetaGeoFitter(), lifetimes.GammaGammaFitter()
        orders.params_ = pd.Series({name: getattr(ORDERS, name) for name in ("r", "alpha", "a", "b")})
        spend.params_ = pd.Series({"p": SPEND.p, "q": SPEND.q, "v": SPEND.gamma})
        some = EVERYBODY
        weeks, age = some.recency / 7, some.age / 7
        alive = orders.conditional_probability_alive(some.repeats, weeks, age)
        expected = {
            days: orders.conditional_expected_number_of_purchases_up_to_time(days / 7, some.repeats, weeks, age)
            for days in (1, 39, 365, 1200)
        }
        means = spend.conditional_expected_average_profit(pd.Series(some.repeats), pd.Series(some.spend))
    np.testing.assert_allclose(p_alive(ORDERS, some, days_per_unit=7), alive, rtol=1e-9)
    for days, orders_ahead in expected.items():
        ours = predict(PUBLISHED, some, horizon=horizon_of(f"{days}d"))
        np.testing.assert_allclose(ours.expected_orders, orders_ahead, rtol=1e-7)
        np.testing.assert_allclose(ours.expected_spend, np.asarray(means), rtol=1e-9)


def test_the_whole_sample_is_predicted_as_lifetimes_does() -> None:
    needs("scipy")
    summary = pd.read_csv(cdnow_of_lifetimes() / "cdnow_customers_summary.csv")
    days = {name: (summary[name] * 7).round().astype(np.int64).to_numpy() for name in ("recency", "T")}
    some = Transactions(summary["frequency"].to_numpy(), days["recency"], days["T"], np.zeros(len(summary)))
    found = fit(some, as_of=AS_OF)
    assert found.gamma_gamma is None
    assert round(found.bg_nbd.log_likelihood, 1) == -9582.4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = needs("lifetimes").BetaGeoFitter()
        model.params_ = pd.Series({name: getattr(found.bg_nbd, name) for name in ("r", "alpha", "a", "b")})
        x, weeks, age = some.repeats, some.recency / 7, some.age / 7
        theirs = (
            model.conditional_probability_alive(x, weeks, age),
            model.conditional_expected_number_of_purchases_up_to_time(52, x, weeks, age),
        )
    ours = predict(found, some, horizon=horizon_of("52w"))
    np.testing.assert_allclose(ours.p_alive, theirs[0], rtol=1e-9)
    np.testing.assert_allclose(ours.expected_orders, theirs[1], rtol=1e-9)


# What a slow reference finds


def slow_alive(r: float, alpha: float, a: float, b: float, x: int, recency: float, age: float) -> float:
    """Return P(alive) as the share of the likelihood that customers have who are still active."""
    active = beta(a, b + x) - (r + x) * log(alpha + age)
    if not x:
        return 1.0
    gone = beta(a + 1, b + x - 1) - (r + x) * log(alpha + recency)
    return 1 / (1 + exp(gone - active))


def beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def slow_orders(r: float, alpha: float, a: float, b: float, x: int, age: float, ahead: float) -> float:
    """Return the orders of an active customer by equation 10, whose hypergeometric series is added up one by one."""
    z, term, whole, k = ahead / (alpha + age + ahead), 1.0, 1.0, 0
    while abs(term) > 1e-18 * abs(whole):
        term *= (r + x + k) * (b + x + k) / ((a + b + x - 1 + k) * (k + 1)) * z
        whole, k = whole + term, k + 1
    left = ((alpha + age) / (alpha + age + ahead)) ** (r + x)
    return (a + b + x - 1) / (a - 1) * (1 - left * whole)


SHAPES = st.floats(0.05, 20)
DAYS = st.integers(0, 1500)


@st.composite
def customers(draw: Any) -> tuple[int, int, int]:
    age = draw(DAYS)
    x = draw(st.integers(0, min(age, 60)))
    return x, draw(st.integers(x, age)) if x else 0, age


@given(r=SHAPES, alpha=st.floats(0.5, 200), a=SHAPES, b=SHAPES, who=customers(), ahead=st.integers(1, 800))
@settings(max_examples=200)
def test_predictions_are_those_of_the_textbook(
    r: float, alpha: float, a: float, b: float, who: tuple[int, int, int], ahead: int
) -> None:
    own, (x, recency, age) = BgNbdFit(r, alpha, a, b, 0, 0, 0, converged=True, at_edge=False), who
    one = people((*who, 0.0))
    found = p_alive(own, one, days_per_unit=7)[0]
    assert found == pytest.approx(slow_alive(r, alpha, a, b, x, recency / 7, age / 7), rel=1e-8, abs=1e-250)
    if abs(a - 1) > 0.01 and abs(a + b + x - 1) > 0.01:  # where the textbook's formula has no digits left
        expected = expected_if_active(own, one, np.array([ahead / 7]), days_per_unit=7)[0, 0]
        assert expected == pytest.approx(slow_orders(r, alpha, a, b, x, age / 7, ahead / 7), rel=1e-6)


@pytest.mark.parametrize("b", [0.0001, 0.5, 2.0])
def test_chances_of_stopping_about_one_break_nothing(b: float) -> None:
    def orders(a: float) -> float:
        own = BgNbdFit(0.5, 4.0, a, b, 0, 0, 0, converged=True, at_edge=False)
        return float(expected_if_active(own, people((0, 0, 100, 0.0)), np.array([52.0]), days_per_unit=7)[0, 0])

    assert orders(1.0) == pytest.approx((orders(1 - 1e-7) + orders(1 + 1e-7)) / 2, rel=1e-9)
    assert orders(1 - b) > 0 if b < 1 else True  # where a + b is 1


def test_who_buys_every_day_is_expected_to_go_on() -> None:
    own = BgNbdFit(0.5, 2.0, 0.01, 100.0, 0, 0, 0, converged=True, at_edge=False)
    every_day = people((3000, 3000, 3000, 0.0))
    [[expected]] = expected_if_active(own, every_day, np.array([52.0]), days_per_unit=7)
    assert 355 < expected < 364


def test_a_thousand_rhythms_are_predicted_with_few_sets_of_chances(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(1000)
    many = Transactions(x, 2 * x, 2 * x + 30, np.zeros(1000))
    ends = np.array([0.5, 4.0, 52.0])
    sets: list[int] = []

    def counting(a: float, b: float, count: int) -> Any:
        sets.append(count)
        return chances(a, b, count)

    monkeypatch.setattr("segtool.worth.bg_nbd._chances", counting)
    found = expected_if_active(ORDERS, many, ends, days_per_unit=7)
    assert len(sets) < 80
    for at in range(0, 1000, 111):
        [own] = expected_if_active(ORDERS, many[np.array([at])], ends, days_per_unit=7)
        assert found[at] == pytest.approx(own, rel=1e-11)


def test_slopes_are_those_of_differences() -> None:
    needs("scipy")
    some = simulated(400, seed=3)
    own = some[some.spend > 0]
    for slope, at in (
        (likelihood_of_orders(counted(some), 7), np.array([0.5, 9.0, 0.7, 3.0])),
        (likelihood_of_spend(own.repeats, own.spend, np.ones(len(own))), np.array([4.0, 3.0, 12.0])),
    ):
        found = slope(at)
        for which, value in enumerate(at):
            step = np.zeros(len(at))
            step[which] = 1e-5 * value
            above, below = slope(at + step), slope(at - step)
            rise = 2 * step[which]
            assert found.gradient[which] == pytest.approx((above.value - below.value) / rise, rel=1e-4)
            np.testing.assert_allclose(found.curvature[which], (above.gradient - below.gradient) / rise, rtol=1e-4)


def test_the_likelihood_is_the_textbooks() -> None:
    needs("scipy")
    some = simulated(200, seed=5)
    r, alpha, a, b = 0.6, 8.0, 0.9, 2.0
    whole = 0.0
    for x, recency, age in zip(some.repeats.tolist(), some.recency / 7, some.age / 7, strict=True):
        active = beta(a, b + x) - (r + x) * log(alpha + age)
        gone = beta(a + 1, b + x - 1) - (r + x) * log(alpha + recency) if x else -inf
        most = max(active, gone)
        whole += lgamma(r + x) - lgamma(r) + r * log(alpha) - beta(a, b) + most
        whole += log(exp(active - most) + exp(gone - most))
    found = likelihood_of_orders(counted(some), 7)(np.array([r, alpha, a, b])).value
    assert found == pytest.approx(whole, rel=1e-12)


# Known parameters are found again


def test_known_parameters_are_found_again() -> None:
    needs("scipy")
    found = fit(simulated(100_000, seed=11), as_of=AS_OF, errors="standard")
    assert found.gamma_gamma is not None
    for model in (found.bg_nbd, found.gamma_gamma):
        assert model.standard_errors is not None
        for name, error in model.standard_errors.items():
            assert abs(getattr(model, name) - KNOWN[name]) < 4 * error + 0.01 * KNOWN[name]
            assert error < 0.1 * KNOWN[name]


def test_a_top_is_found_to_the_last_digits_from_afar() -> None:
    needs("scipy")
    random = np.random.default_rng(5)
    orders = random.geometric(0.3, 5000)
    own = random.gamma(13 * orders, 1 / (random.gamma(15, 1 / 15, len(orders)) * orders))
    slope = likelihood_of_spend(orders, own, np.ones(len(own)))
    for start in ((2.0, 3.0, 2.0), (10.0, 5.0, 1.0), (1.0, 1.5, 1.0)):
        top = maximum(slope, [start], len(own))
        assert np.abs(slope(top.parameters).gradient * top.parameters).max() < 1e-10 * len(own)


def test_many_customers_are_fitted_as_if_every_start_were_tried_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("scipy")
    some = simulated(60_000, seed=3)
    counts = counted(some).customers
    assert len(counts) > 30_000
    tried: list[float] = []

    def told(of: Any) -> Any:
        def likelihood(*given: Any) -> Any:
            slope = of(*given)

            def looked(parameters: Any) -> Any:
                tried.append(given[0].customers.sum())
                return slope(parameters)

            return looked

        return likelihood

    monkeypatch.setattr("segtool.worth.bg_nbd.likelihood", told(likelihood_of_orders))
    soon = fit(some, as_of=AS_OF)
    once = tried.count(len(some))
    assert 0 < once < 8
    monkeypatch.setattr("segtool.worth.likelihood._MANY", len(some))
    slow = fit(some, as_of=AS_OF)
    assert tried.count(len(some)) > 4 * once
    for one, other in ((soon.bg_nbd, slow.bg_nbd), (soon.gamma_gamma, slow.gamma_gamma)):
        assert one
        assert other
        assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-13)
        for name in KNOWN.keys() & vars(one).keys():
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-7)


def test_intervals_hold_the_fit_and_are_as_wide_as_standard_errors_say() -> None:
    needs("scipy")
    some = simulated(3000, seed=1)
    sure, drawn, again = (fit(some, as_of=AS_OF, errors=each) for each in ("standard", "bootstrap", "bootstrap"))
    assert drawn == again
    assert fit(some, as_of=AS_OF, errors="bootstrap", seed=1) != drawn
    for one, other in ((sure.bg_nbd, drawn.bg_nbd), (sure.gamma_gamma, drawn.gamma_gamma)):
        assert one
        assert other
        assert (other.standard_errors, one.intervals) == (None, None)
        for name, (low, high) in (other.intervals or {}).items():
            assert low < getattr(other, name) < high
            assert 0.6 < (high - low) / (2 * 1.96 * (one.standard_errors or {})[name]) < 1.6


@given(seed=st.integers(0, 10**6), shuffled=st.randoms())
@settings(max_examples=10)
def test_a_fit_does_not_depend_on_row_order_or_on_how_many_copies_there_are(seed: int, shuffled: Any) -> None:
    needs("scipy")
    some = simulated(300, seed)
    first = fit(some, as_of=AS_OF)
    rows = list(range(len(some)))
    shuffled.shuffle(rows)
    assert fit(some[np.array(rows)], as_of=AS_OF) == first
    twice = fit(some[np.array(rows * 2)], as_of=AS_OF)
    for one, two in ((first.bg_nbd, twice.bg_nbd), (first.gamma_gamma, twice.gamma_gamma)):
        for name in KNOWN:
            if hasattr(one, name) and one and not one.at_edge:
                assert getattr(two, name) == pytest.approx(getattr(one, name), rel=1e-5)


def test_a_unit_of_time_or_money_changes_only_what_is_counted_in_it(fitted: Fit) -> None:
    some = simulated(3000, seed=7)
    days = fit(some, as_of=AS_OF, time_unit="day")
    assert days.bg_nbd.alpha == pytest.approx(7 * fitted.bg_nbd.alpha, rel=1e-6)
    assert days.bg_nbd.b == pytest.approx(fitted.bg_nbd.b, rel=1e-6)
    rials = fit(replace(some, spend=some.spend * 1e9), as_of=AS_OF)
    assert rials.gamma_gamma is not None
    assert fitted.gamma_gamma is not None
    assert rials.gamma_gamma.gamma == pytest.approx(1e9 * fitted.gamma_gamma.gamma, rel=1e-6)
    assert rials.gamma_gamma.p == pytest.approx(fitted.gamma_gamma.p, rel=1e-6)
    one, other = (predict(each, some, horizon=horizon_of("6m")).expected_orders for each in (fitted, days))
    np.testing.assert_allclose(one, other, rtol=1e-6)


# What holds for all predictions


def whole(found: Prediction) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    assert found.clv is not None
    assert found.active_clv is not None
    assert found.expected_spend is not None
    return found.clv, found.active_clv, found.expected_spend


@given(st.lists(customers(), min_size=1, max_size=5), st.integers(1, 60), st.floats(1e-9, 1), st.floats(0.01, 1))
@settings(max_examples=50)
def test_predictions_hang_together(who: list[tuple[int, int, int]], months: int, margin: float, rate: float) -> None:
    some = people(*((*each, 12.5 if each[0] else 0.0) for each in who))
    horizon = horizon_of(f"{months}m")
    found = predict(PUBLISHED, some, horizon=horizon, margin=margin, discount_rate=rate)
    clv, active, spend = whole(found)
    assert ((found.p_alive > 0) & (found.p_alive <= 1)).all()
    assert (found.p_alive[some.repeats == 0] == 1).all()
    assert np.array_equal(clv, found.p_alive * active)
    bare, _, _ = whole(predict(PUBLISHED, some, horizon=horizon, margin=margin, discount_rate=0))
    np.testing.assert_allclose(bare, found.expected_orders * spend * margin, rtol=1e-9)
    assert (clv <= bare).all()
    longer = predict(PUBLISHED, some, horizon=horizon_of(f"{months + 1}m"), margin=margin, discount_rate=rate)
    assert (longer.expected_orders > found.expected_orders).all()
    for at in range(len(some)):  # a customer's prediction is its own, whoever else is there
        alone = predict(PUBLISHED, some[np.array([at])], horizon=horizon, margin=margin, discount_rate=rate)
        assert alone.expected_orders[0] == pytest.approx(found.expected_orders[at], rel=1e-9)


@given(age=st.integers(10, 2000), x=st.integers(1, 10), days=st.tuples(st.integers(0, 1990), st.integers(0, 1990)))
def test_a_later_last_purchase_makes_it_no_less_likely_that_a_customer_is_active(
    age: int, x: int, days: tuple[int, int]
) -> None:
    sooner, later = sorted(min(max(day, x), age) for day in days)
    alive = p_alive(ORDERS, people((x, sooner, age, 0.0), (x, later, age, 0.0)), days_per_unit=7)
    assert alive[0] <= alive[1]


def test_a_lifetime_value_by_hand() -> None:
    some = people((2, 213, 272, 22.355))
    found = predict(PUBLISHED, some, horizon=horizon_of("2m"), margin=0.35, discount_rate=0.12)
    month = 365.25 / 12 / 7
    own = ORDERS.r, ORDERS.alpha, ORDERS.a, ORDERS.b
    first, second = (slow_orders(*own, 2, 272 / 7, month * k) for k in (1, 2))
    alive = slow_alive(*own, 2, 213 / 7, 272 / 7)
    spend = (15.44 + 2 * 22.355) * 6.25 / (6.25 * 2 + 3.74 - 1)
    value = alive * spend * 0.35 * (first / 1.01 + (second - first) / 1.01**2)
    assert whole(found)[0][0] == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "days", "months"),
    [("12m", 365, 12.0), ("52w", 364, 364 / 365.25 * 12), ("365D", 365, 365 / 365.25 * 12), (" 1 y ", 365, 12.0)],
)
def test_a_horizon_is_read(text: str, days: int, months: float) -> None:
    found = horizon_of(text)
    assert (found.days, found.months) == (days, pytest.approx(months))


@pytest.mark.parametrize("text", ["", "0m", "12", "m", "-1m", "1.5y", "soon", "21y"])
def test_no_horizon_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--horizon .*(say 12m, 52w, 365d or 1y|nobody can predict)\.$"):
        horizon_of(text)


def test_whoever_spent_nothing_is_expected_to_spend_little() -> None:
    found = expected_spend(SPEND, people((5, 9, 9, 0.0), (0, 0, 9, 0.0), (5, 9, 9, 35.0)))
    assert found is not None
    free, unknown, usual = found
    assert free < 3 < 35 < unknown < 36
    assert 34 < usual < 36


# What stands against a prediction


def codes(own: Fit, some: Transactions, horizon: str = "3m") -> set[str]:
    return {each.code for each in checks(own, some, horizon_of(horizon), words_in())}


def test_a_sound_fit_needs_no_caution() -> None:
    assert codes(PUBLISHED, people((2, 14, 270, 30.0))) == set()


def test_what_stands_against_a_prediction_is_told() -> None:
    some = people((2, 14, 270, 30.0))

    def told(orders: dict[str, Any] | None = None, spend: dict[str, Any] | None = None, **facts: Any) -> set[str]:
        own = replace(PUBLISHED, bg_nbd=replace(ORDERS, **(orders or {})), **facts)
        return codes(replace(own, gamma_gamma=replace(SPEND, **(spend or {}))), some)

    assert told({"repeat_customers": 99}) == {"clv-few-repeats"}
    assert told({"repeat_customers": 100}) == set()
    assert told({"converged": False}) == {"clv-not-converged"}
    assert told({"at_edge": True}) == {"clv-edge"}
    assert told({}, {"at_edge": True, "converged": False}) == {"clv-edge"}
    assert told({"standard_errors": {"r": 1}}, errors="standard") == {"clv-unsure"}
    assert told({}, {"correlation": 0.31}) == {"clv-correlated-more"}
    assert told({}, {"correlation": -0.31}) == {"clv-correlated-less"}
    assert told({}, {"correlation": 0.3}) == set()
    assert told({}, {"mean_spend": None}) == {"clv-no-mean"}
    assert codes(replace(PUBLISHED, gamma_gamma=None), some) == {"clv-no-spend"}
    assert codes(PUBLISHED, people((2, 14, 270, 350.0))) == {"clv-other-spend"}
    assert codes(PUBLISHED, some, "12m") == {"clv-short-history"}
    [said] = checks(PUBLISHED, some, horizon_of("1y"), words_in())
    assert said.message.startswith("The model was fitted to 272 days of history, which is shorter than")


def test_spend_without_a_mean_gives_no_values() -> None:
    own = replace(PUBLISHED, gamma_gamma=replace(SPEND, q=0.9, mean_spend=None))
    found = predict(own, people((2, 14, 270, 30.0)), horizon=horizon_of("1m"))
    assert (found.expected_spend, found.clv, found.active_clv) == (None, None, None)
    assert found.expected_orders[0] > 0


def test_customers_who_are_all_alike_are_fitted_at_the_edge() -> None:
    needs("scipy")
    alike = people(*[(10, 100, 101, 20.0)] * 40)
    own = fit(alike, as_of=AS_OF, errors="standard")
    assert own.gamma_gamma is not None
    assert own.bg_nbd.at_edge
    assert own.gamma_gamma.at_edge
    assert own.gamma_gamma.correlation is None
    assert (own.bg_nbd.standard_errors, own.gamma_gamma.standard_errors) == (None, None)
    found = predict(own, alike, horizon=horizon_of("100d"))
    assert whole(found)[2][0] == pytest.approx(20, rel=1e-3)
    assert 9 < found.expected_orders[0] < 11


def test_heavy_tails_have_no_mean() -> None:
    needs("scipy")
    random = np.random.default_rng(0)
    some = simulated(2000, seed=2)
    spend = np.where(some.repeats > 0, random.gamma(5, 1 / random.gamma(0.6, 1, len(some))), 0)
    own = fit(replace(some, spend=spend), as_of=AS_OF)
    assert own.gamma_gamma is not None
    assert own.gamma_gamma.q < 1
    assert own.gamma_gamma.mean_spend is None
    assert "clv-no-mean" in codes(own, some)


def test_the_correlation_is_pearsons(fitted: Fit) -> None:
    some = simulated(3000, seed=7)
    own = some[some.spend > 0]
    assert fitted.gamma_gamma is not None
    assert fitted.gamma_gamma.correlation == pytest.approx(np.corrcoef(own.repeats, own.spend)[0, 1], abs=1e-9)


@pytest.mark.parametrize("repeaters", [0, 9])
def test_too_few_repeat_buyers_are_refused(repeaters: int) -> None:
    needs("scipy")
    some = people(*[(1, 7, 100, 5.0)] * repeaters, *[(0, 0, 100, 0.0)] * 50)
    with pytest.raises(
        DataError, match=rf"^Only {repeaters} of {repeaters + 50} customers bought on more than one day"
    ):
        fit(some, as_of=AS_OF)


def test_nobody_is_refused_and_predicted() -> None:
    nobody = read_nobody()
    assert len(predict(PUBLISHED, nobody, horizon=horizon_of("1m")).p_alive) == 0
    needs("scipy")
    with pytest.raises(DataError, match="Only 0 of 0 customers"):
        fit(nobody, as_of=AS_OF)


def read_nobody() -> Transactions:
    return people((0, 0, 0, 0.0))[np.zeros(0, np.int64)]


def test_unknown_units_and_errors_are_refused() -> None:
    some = people((1, 7, 9, 5.0))
    with pytest.raises(UsageError, match="--time-unit 'hour' is unknown; say day, week, month, year"):
        fit(some, as_of=AS_OF, time_unit="hour")
    with pytest.raises(UsageError, match="--errors 'none' is unknown; say standard, bootstrap"):
        fit(some, as_of=AS_OF, errors="none")  # type: ignore[arg-type]


def test_a_fit_without_scipy_tells_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(MissingExtraError, match=r'python -m pip install "segtool\[clv\]"$'):
        fit(people((1, 7, 9, 5.0)), as_of=AS_OF)


def test_a_flat_likelihood_has_no_standard_errors() -> None:
    flat = Maximum(np.ones(2), 0.0, np.array([[1.0, 1.0], [1.0, 1.0]]), converged=True, at_edge=False)
    assert standard_errors(flat, ["p", "q"]) is None
    assert standard_errors(replace(flat, information=np.full((2, 2), np.nan)), ["p", "q"]) is None
    assert standard_errors(replace(flat, information=np.eye(2)), ["p", "q"]) == {"p": 1.0, "q": 1.0}
    assert standard_errors(replace(flat, information=np.eye(2), at_edge=True), ["p", "q"]) is None


# Fits as files


@pytest.mark.parametrize("errors", [None, "standard", "bootstrap"])
def test_a_fit_that_is_read_again_predicts_the_same_digits(tmp_path: Path, errors: Any) -> None:
    needs("scipy")
    some = simulated(400, seed=4)
    own = fit(some, as_of=AS_OF, errors=errors)
    (tmp_path / "fit.json").write_text(saved(own, version="1.0"))
    again = read_fit(tmp_path / "fit.json")
    assert again == own
    one, other = (whole(predict(each, some, horizon=horizon_of("1y"))) for each in (own, again))
    assert all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


def test_a_saved_fit_tells_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    path.write_text(saved(replace(PUBLISHED, gamma_gamma=None), version="1.0"))
    content = json.loads(path.read_text())
    assert [content[key] for key in ("segtool_fit", "version", "as_of", "time_unit")] == [
        1,
        "1.0",
        "1997-09-30",
        "week",
    ]
    assert content["bg_nbd"]["alpha"] == 4.414
    assert read_fit(path).gamma_gamma is None


def damaged(**changes: Any) -> str:
    """Return a fit that was changed by someone who also made its checksum anew."""
    return saved(replace(PUBLISHED, **changes), version="1.0")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no fit"),
        ("[]", "is no fit"),
        ("{}", "is no fit"),
        ("[" * 100_000, "is no fit"),
        (saved(PUBLISHED, version="1.0").replace("4.414", "4.415"), "is damaged, or was changed"),
        (saved(PUBLISHED, version="9.0").replace('"segtool_fit": 1', '"segtool_fit": 2'), "made by segtool 9.0"),
        (damaged(time_unit="hour"), "does not hold what a fit does"),
        (damaged(bg_nbd=replace(ORDERS, a=-1.0)), "does not hold what a fit does"),
        (damaged(bg_nbd=replace(ORDERS, a="0.8")), "does not hold what a fit does"),
        (damaged(gamma_gamma=replace(SPEND, q=float("nan"))), "does not hold what a fit does"),
        (damaged(bg_nbd=None), "does not hold what a fit does"),
    ],
)
def test_a_broken_fit_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "fit.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=why) as caught:
        read_fit(path)
    assert caught.value.exit_code == 78


def test_a_missing_fit_is_missing_input(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"There is no fit .*none\.json\."):
        read_fit(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ConfigError, match="is no fit"):
        read_fit(tmp_path / "bytes.json")
