"""Whether two groups differ: Fisher, Newcombe, Welch, and how many heads it takes, against published and slow ones."""

from fractions import Fraction
from math import comb, sqrt

import numpy as np
import pytest
from conftest import needs
from hypothesis import given, settings
from hypothesis import strategies as st

from segtool.lifting import adjusted, levels
from segtool.profiles.significance import holm
from segtool.worth.campaign import Done, Pair, Tally, effects_of, revenue_verdict_of, tallies, verdict_of, whole_of
from segtool.worth.experiment import (
    LEVEL,
    Exact,
    Rate,
    Sample,
    fisher_exact,
    heads_needed,
    lower_beta,
    newcombe,
    t_above,
    t_quantile,
    welch,
    wilson,
)

rates = st.integers(1, 40).flatmap(lambda of: st.builds(Rate, st.integers(0, of), st.just(of)))
samples = st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=12)


# As published


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        (Rate(56, 70), Rate(48, 80), 0.0524, 0.3339),
        (Rate(9, 10), Rate(3, 10), 0.1705, 0.8090),
        (Rate(6, 7), Rate(2, 7), 0.0582, 0.8062),
        (Rate(5, 56), Rate(0, 29), -0.0381, 0.1926),
        (Rate(0, 10), Rate(0, 20), -0.1611, 0.2775),
        (Rate(0, 10), Rate(0, 10), -0.2775, 0.2775),
        (Rate(10, 10), Rate(0, 20), 0.6791, 1.0),
        (Rate(10, 10), Rate(0, 10), 0.6075, 1.0),
    ],
)
def test_the_intervals_of_newcombe_are_those_of_his_table(one: Rate, other: Rate, low: float, high: float) -> None:
    found = newcombe(one, other)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_fishers_own_example_of_twins_has_his_p() -> None:
    """10 of 13 criminals with an identical twin against 2 of 17: 1 in 1,857 for this and the rarer ones of its side."""
    one_sided = sum(comb(13, hits) * comb(17, 12 - hits) for hits in (10, 11, 12)) / comb(30, 12)
    assert round(one_sided, 6) == 0.000465
    assert round(fisher_exact(Rate(10, 13), Rate(2, 17)).p, 6) == 0.000537


def test_the_sleep_of_student_has_welchs_interval() -> None:
    """Extra hours of sleep after two drugs, in tenths, as R prints it: -3.365 to 0.205."""
    one = [7, -16, -2, -12, -1, 34, 37, 8, 0, 20]
    other = [19, 8, 11, 1, -1, 44, 55, 16, 46, 34]
    found = welch(Sample.of(one, 10), Sample.of(other, 10))
    assert found
    assert (round(found.low / 10, 4), round(found.high / 10, 4)) == (-3.3655, 0.2055)


# Against slow references


def slow_fisher(one: Rate, other: Rate) -> tuple[float, float]:
    hits = one.count + other.count
    ways = {
        k: comb(one.of, k) * comb(other.of, hits - k) for k in range(hits + 1) if k <= one.of and hits - k <= other.of
    }
    whole = sum(ways.values())

    def share(most: int) -> float:
        return float(Fraction(sum(each for each in ways.values() if each <= most), whole))

    return share(ways[one.count]), share(min(ways.values()))


@given(one=rates, other=rates)
def test_fishers_test_adds_up_exact_tables(one: Rate, other: Rate) -> None:
    found = fisher_exact(one, other)
    p, least = slow_fisher(one, other)
    assert found.p == pytest.approx(p, rel=1e-9)
    assert found.least == pytest.approx(least, rel=1e-9)
    assert fisher_exact(other, one).p == pytest.approx(found.p, rel=1e-9)


@given(hits=st.integers(0, 30), one=st.integers(1, 20), other=st.integers(1, 20))
def test_fishers_test_raises_no_more_false_alarms_than_it_says(hits: int, one: int, other: int) -> None:
    """Over all tables with the same margins, the chance of p at or under a level is at most that level."""
    counts = [k for k in range(hits + 1) if k <= one and hits - k <= other]
    ways = {k: comb(one, k) * comb(other, hits - k) for k in counts}
    for level in (0.01, 0.05, 0.2):
        alarms = sum(ways[k] for k in counts if fisher_exact(Rate(k, one), Rate(hits - k, other)).p <= level)
        assert alarms <= level * sum(ways.values()) * (1 + 1e-9)


def test_large_groups_are_tested_at_once() -> None:
    found = fisher_exact(Rate(50_300, 100_000), Rate(49_800, 100_000))
    assert found.p == pytest.approx(0.02564136811448, rel=1e-9)
    assert fisher_exact(Rate(100_000, 100_000), Rate(0, 100_000)).p == 0
    assert fisher_exact(Rate(0, 100_000), Rate(0, 50)).p == 1


@given(one=samples, other=samples)
def test_welch_is_exact_however_large_the_values(one: list[int], other: list[int]) -> None:
    found = welch(Sample.of(one, len(one)), Sample.of(other, len(other)))
    far = 10**15
    shifted = welch(*(Sample.of([value + far for value in own], len(own)) for own in (one, other)))
    assert (found is None) == (shifted is None) == (len(set(one)) == 1 == len(set(other)))
    if found and shifted:
        assert (shifted.low, shifted.high) == pytest.approx((found.low, found.high), rel=1e-6, abs=1e-3)
        turned = welch(Sample.of(other, len(other)), Sample.of(one, len(one)))
        assert turned
        assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high), rel=1e-12)


@given(one=rates, other=rates)
def test_newcombe_turns_with_the_groups_and_stays_within_1(one: Rate, other: Rate) -> None:
    found, turned = newcombe(one, other), newcombe(other, one)
    assert -1 - 1e-12 <= found.low <= one.share - other.share + 1e-12
    assert one.share - other.share - 1e-12 <= found.high <= 1 + 1e-12
    assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high), abs=1e-12)


def test_a_rate_of_0_or_1_has_an_interval_that_ends_there() -> None:
    assert wilson(Rate(0, 7)).low == 0
    assert wilson(Rate(7, 7)).high == 1


def test_zeros_that_are_not_listed_count() -> None:
    assert Sample.of([5], 4) == Sample.of([0, 5, 0, 0], 4)
    assert Sample.of([5], 4).variance == 6.25
    assert welch(Sample.of([], 5), Sample.of([], 5)) is None
    assert welch(Sample.of([1], 1), Sample.of([1, 2], 2)) is None


def test_scipy_agrees() -> None:
    stats = needs("scipy.stats")
    for degrees in (1, 1.5, 2, 7.3, 55, 999, 1_000, 1e6):
        for share in (0.6, 0.9, 0.975, 0.9995):
            assert t_quantile(share, degrees) == pytest.approx(stats.t.ppf(share, degrees), rel=1e-10)
    assert t_above(1.7, 4.2) == pytest.approx(stats.t.sf(1.7, 4.2), rel=1e-12)
    assert lower_beta(3.5, 0.5, 0.99) == pytest.approx(stats.beta.cdf(0.99, 3.5, 0.5), rel=1e-12)
    chance = np.random.default_rng(3)
    for _ in range(60):
        one, other = (Rate(int(chance.integers(0, of + 1)), int(of)) for of in chance.integers(1, 300, 2))
        table = [[one.count, one.of - one.count], [other.count, other.of - other.count]]
        assert fisher_exact(one, other).p == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)
        values = [chance.integers(-500, 5_000, chance.integers(2, 40)) for _ in "ab"]
        ours = welch(*(Sample.of(own.tolist(), len(own)) for own in values))
        theirs = stats.ttest_ind(*values, equal_var=False).confidence_interval()
        assert ours
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)


# How many heads it takes


def test_the_heads_needed_find_the_difference_four_times_out_of_five() -> None:
    """The exact power of Fisher's test at the sizes that the approximation gives."""
    stats = needs("scipy.stats")
    for base, difference, ratio in ((0.3, 0.2, 1.0), (0.1, 0.15, 2.0), (0.5, -0.25, 0.5)):
        needed = heads_needed(base, difference, ratio=ratio)
        assert needed
        control, treated = needed
        ways = [
            stats.binom.pmf(np.arange(size + 1), size, rate)
            for size, rate in ((treated, base + difference), (control, base))
        ]
        power = sum(
            float(ways[0][one] * ways[1][other])
            for one in range(treated + 1)
            for other in range(control + 1)
            if ways[0][one] * ways[1][other] > 1e-9 and fisher_exact(Rate(one, treated), Rate(other, control)).p <= 0.05
        )
        assert 0.77 <= power <= 0.87


def test_more_heads_are_needed_for_less() -> None:
    heads = [heads_needed(0.2, difference) for difference in (0.3, 0.1, 0.05, 0.01)]
    assert heads == sorted(heads, key=lambda each: each or (0, 0))
    assert heads_needed(0.2, 0) is None
    assert heads_needed(0.95, 0.1) == heads_needed(0.95, -0.1)
    assert heads_needed(0.0, 0.1) is not None
    assert heads_needed(0.5, 0.9) is None


# Campaigns by chance

SHOPS = {
    "eight segments": ([(60, 60)] * 8, [0.3, 0.2, 0.1, 0.4, 0.05, 0.25, 0.15, 0.5]),
    "small groups": ([(20, 12)] * 6, [0.3] * 6),
    "tiny groups": ([(8, 8)] * 3, [0.5] * 3),
    "large groups": ([(500, 300)] * 5, [0.02, 0.05, 0.1, 0.2, 0.3]),
}
RUNS = 400

_NOISE = 0.05 + 2 * sqrt(0.05 * 0.95 / RUNS)
"""5%, and two standard deviations of a share of so many runs."""


def campaign(chance: np.random.Generator, shop: str, effect: float) -> list[Pair]:
    """Return what two groups of each segment did, whose buying rates differ by an effect."""
    pairs = []
    for sizes, rate in zip(*SHOPS[shop], strict=True):
        groups = []
        for size, own in zip(sizes, (rate + effect, rate), strict=True):
            orders = np.where(chance.random(size) < own, 1 + chance.poisson(0.4, size), 0).astype(np.int64)
            spent = orders * np.exp(chance.normal(3, 0.8, size)).astype(np.int64) * 10_000
            groups += tallies(np.arange(size), np.zeros(size, np.int64), Done(orders, spent), 1)
        pairs.append(Pair(*groups))
    return pairs


def alarms(pairs: list[Pair]) -> tuple[bool, bool, bool]:
    """Return whether buyers differ in all, in some segment, and the revenue does in all."""
    whole, tests = whole_of(pairs), [pair.test() for pair in pairs]
    p, adjusted_each = adjusted(whole.test(), tests)
    verdict = verdict_of(whole, whole.test(), p)
    own = [verdict_of(pair, test, p) for pair, test, p in zip(pairs, tests, adjusted_each, strict=True)]
    found = ("more", "fewer")
    return verdict in found, bool({*own} & {*found}), revenue_verdict_of(whole, verdict) != "no-difference"


@pytest.mark.parametrize("shop", SHOPS)
def test_without_an_effect_at_most_one_campaign_in_twenty_seems_to_have_one(shop: str) -> None:
    chance = np.random.default_rng(8)
    found = [alarms(campaign(chance, shop, 0.0)) for _ in range(RUNS)]
    in_all, in_segments, in_revenue = (sum(own) / RUNS for own in zip(*found, strict=True))
    assert sum(any(own) for own in found) / RUNS <= _NOISE
    assert in_revenue <= in_all
    assert in_segments <= _NOISE


@pytest.mark.parametrize(("shop", "least"), [("eight segments", 0.85), ("large groups", 0.99)])
def test_an_effect_of_ten_points_is_found_and_the_interval_holds_it(shop: str, least: float) -> None:
    chance = np.random.default_rng(9)
    runs = [campaign(chance, shop, 0.1) for _ in range(RUNS)]
    assert sum(alarms(pairs)[0] for pairs in runs) / RUNS >= least
    effects = [effects_of(whole_of(pairs))[0] for pairs in runs]
    held = sum((each.low or 0) <= 0.1 <= (each.high or 0) for each in effects) / RUNS
    assert 0.93 <= held <= 0.98


NEVER = Exact(1.0, 1e-9)
"""A test that could have found something, and did not."""


def test_as_many_as_are_said_to_be_needed_find_a_difference_four_times_out_of_five() -> None:
    chance, segments, base = np.random.default_rng(10), 6, 0.2
    whole, each = levels(1.0, segments)
    needed = heads_needed(base, 0.05, level=each)
    assert needed
    size, found = needed[0], 0
    for _ in range(RUNS):
        treated, control = (chance.binomial(size, [base + more, *[base] * (segments - 1)]) for more in (0.05, 0))
        tests = [fisher_exact(Rate(int(a), size), Rate(int(b), size)) for a, b in zip(treated, control, strict=True)]
        found += (adjusted(NEVER, tests)[1][0] or 0) <= LEVEL
    assert 0.75 <= found / RUNS <= 0.87
    needed = heads_needed(base, 0.05, level=whole)
    assert needed
    size = needed[0]
    rates = chance.binomial(size, base + 0.05, RUNS), chance.binomial(size, base, RUNS)
    pages = [
        adjusted(fisher_exact(Rate(int(a), size), Rate(int(b), size)), [NEVER]) for a, b in zip(*rates, strict=True)
    ]
    assert 0.75 <= sum(p <= LEVEL for p, _ in pages) / RUNS <= 0.87


@given(st.floats(1e-6, 1), st.lists(st.floats(1e-6, 1), min_size=1, max_size=5))
def test_an_adjusted_p_is_the_least_level_at_which_the_page_would_say_so(whole: float, each: list[float]) -> None:
    own, found = adjusted(Exact(whole, 1e-9), [Exact(p, 1e-9) for p in each])
    assert own is not None
    for level in (0.001, 0.01, 0.05, 0.2):
        share = 1 if own <= level else 1 / 5
        held = [p <= level * share for p in holm(each)]
        assert [p <= level for p in found if p is not None] == held


@settings(max_examples=40)
@given(
    counts=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=5)
)
def test_verdicts_turn_with_the_groups(counts: list[tuple[int, int, int, int]]) -> None:
    def tally(buyers: int, others: int) -> list[Tally]:
        orders = np.array([1] * buyers + [0] * others, np.int64)
        return tallies(np.arange(len(orders)), np.zeros(len(orders), np.int64), Done(orders, orders * 7), 1)

    pairs = [Pair(*tally(a, b), *tally(c, d)) for a, b, c, d in counts]
    turned = [Pair(pair.control, pair.treated) for pair in pairs]
    told = {"more": "fewer", "fewer": "more"}
    verdicts = [
        [
            verdict_of(pair, test, p)
            for pair, test, p in zip(own, tests, adjusted(whole_of(own).test(), tests)[1], strict=True)
        ]
        for own in (pairs, turned)
        for tests in [[pair.test() for pair in own]]
    ]
    assert verdicts[1] == [told.get(each, each) for each in verdicts[0]]
    for pair in pairs:
        if pair.is_whole:
            ways = zip(effects_of(pair), effects_of(Pair(pair.control, pair.treated)), strict=True)
            assert all(one.difference == -other.difference for one, other in ways)
