"""What a page shows: by hand on six customers, and what holds of any customers."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.findings.clauses import share_of
from segtool.findings.headline import headline_of
from segtool.findings.money import pareto_of
from segtool.findings.questions import columns_asked
from segtool.findings.spread import MOST_BINS, distribution_of
from segtool.resources import read_toml
from segtool.segments.families import attribute_schemes, families
from segtool.summary.report import ReportSummary
from segtool.tables.headers import known_attributes
from segtool.words import words_in

EN, FA = words_in("en"), words_in("fa")


def summary_of(orders: Any, **options: Any) -> ReportSummary:
    return segtool.report(segtool.rfm(orders, **options).table).summary


# Six customers


def test_six_customers_are_told_as_by_hand(six: Any) -> None:
    found = summary_of(six)
    assert (found.customers, found.buyers, found.orders, found.revenue) == (6, 6, 10, Decimal("210.24"))
    assert found.average_order_value == pytest.approx(21.024)
    assert (found.repeat_customers, found.repeat_share) == (3, 0.5)
    assert found.as_of == date(2024, 3, 31)


def test_the_curve_of_six_customers_is_that_by_hand(six: Any) -> None:
    """From the largest: 99.99, 40, 25.50, 21.75, 20, 3; a fifth of six is one of them and a fifth of the next."""
    found = summary_of(six).pareto
    assert found is not None
    assert found.fifth == pytest.approx(107.99 / 210.24)
    assert (found.half, found.half_share) == (2, 2 / 6)
    shares = [round(each.customers_share * 6) for each in found.points]
    assert shares == [0, 1, 2, 3, 4, 5, 6]
    assert found.points[1].revenue_share == pytest.approx(99.99 / 210.24)
    assert found.points[-1].revenue_share == 1


def test_the_days_of_six_customers_are_spread_as_by_hand(six: Any) -> None:
    """The days are 0, 1, 30, 30, 35, 90: in bins of five they take 19, of two they would take 46."""
    days, orders, spend = summary_of(six).distributions
    assert [(int(each.low), each.customers) for each in days.bins if each.customers] == [
        (0, 2),
        (30, 2),
        (35, 1),
        (90, 1),
    ]
    assert len(days.bins) == 19
    assert (days.first_quartile, days.median, days.third_quartile) == (Decimal("8.25"), 30, Decimal("33.75"))
    assert [(int(each.low), int(each.high), each.customers) for each in orders.bins] == [
        (1, 2, 3),
        (2, 3, 2),
        (3, 4, 1),
    ]
    assert (spend.smallest, spend.largest) == (Decimal("3.00"), Decimal("99.99"))
    assert (spend.below, spend.above) == (0, 0)


def test_cuts_and_cells_are_those_of_the_run(six: Any) -> None:
    run = segtool.rfm(six)
    found = segtool.report(run.table).summary
    assert found.heat_map is not None
    assert found.heat_map.customers == run.summary.grid
    assert [each.cuts for each in found.distributions] == [run.summary.scores[axis].cuts for axis in "rfm"]
    assert found.scores == run.summary.scores
    assert found.rows == run.summary.rows


def test_segments_are_those_of_the_run(six: Any) -> None:
    run = segtool.rfm(six).summary
    found = summary_of(six)
    assert found.segments == run.segments
    assert found.health == run.health


def test_lrfm_and_other_numbers_of_scores_have_a_heat_map(six: Any) -> None:
    assert summary_of(six, axes="LRFM").heat_map is not None
    found = summary_of(six, bins="5,5,3").heat_map
    assert found is not None
    assert sum(map(sum, found.customers)) == 6


def test_the_headline_of_six_customers_reads_as_a_person_would_say_it(six: Any) -> None:
    found = summary_of(six)
    assert len(found.headline) == 3
    assert found.headline[0].startswith("6 customers placed 10 orders worth 210.24 net by 31 March 2024;")
    assert found.headline[1].startswith("The best fifth of those who bought brings 51% of net revenue;")
    assert found.headline[2].startswith("Start with ")


# Edges


def test_one_customer_has_true_sentences(orders: Any) -> None:
    found = summary_of(orders("ann,1,2024-01-01,5"))
    assert found.headline[0].startswith("1 customer placed 1 order worth 5 net by 1 January 2024;")
    assert found.headline[1] == "The average order is worth 5.00."
    when = next(each for each in found.answers if each.question == "when")
    assert (when.known, when.text) == (True, "The one who bought did so within the last day.")
    assert "1 سفارش به ارزش خالص 5 از 1 مشتری ثبت شده است؛" in headline_of(found, FA)[0]
    assert found.pareto is not None
    assert found.pareto.half == 1


def test_net_revenue_that_is_not_above_zero_has_no_shares(orders: Any) -> None:
    even = summary_of(orders("ann,1,2024-01-01,5", "ann,2,2024-01-02,-5", "ben,3,2024-01-01,5", "ben,4,2024-01-01,-5"))
    assert even.pareto is None
    assert even.headline[1] == "Purchases less refunds come to a net revenue of 0."
    below = summary_of(orders("ann,1,2024-01-01,5", "ann,2,2024-01-02,-9"))
    assert below.headline[1] == "Refunds outweigh purchases, and net revenue is -4."
    assert "%" not in below.headline[2]


def test_a_best_fifth_that_brings_more_than_all_is_not_told(orders: Any) -> None:
    found = summary_of(orders(*[f"c{i},{i},2024-01-0{1 + i},{amount}" for i, amount in enumerate([90, 9, 9, 9, 9])],
                              "c4,9,2024-01-06,-80"))  # fmt: skip
    assert found.pareto is not None
    assert found.pareto.fifth > 1
    assert "fifth" not in found.headline[1]


def test_equal_customers_bring_their_share_however_many_they_are(orders: Any) -> None:
    for count in (1, 6, 12):
        found = summary_of(orders(*[f"c{at},{at},2024-01-01,10" for at in range(count)])).pareto
        assert found is not None
        assert found.fifth == 0.2


def test_a_time_is_the_busiest_only_where_clearly_more_orders_come(orders: Any) -> None:
    """Four orders in each of five months, on days that lie over the week."""
    even = summary_of(orders(*[f"c{at},{at},2024-0{at % 5 + 1}-{at + 1:02},10" for at in range(20)]))
    assert "busiest month" not in even.answers[3].text
    uneven = summary_of(orders(*[f"c{at},{at},2024-0{min(at % 10, 1) + 1}-0{at % 3 + 1},10" for at in range(20)]))
    assert "February 2024 was the busiest month (18 orders)" in uneven.answers[3].text


def test_shares_are_not_rounded_to_nothing_or_all() -> None:
    assert share_of(0.004, FA) == "کمتر از 1%"
    assert share_of(0.9951, EN) == "over 99%"
    assert share_of(0.994, EN) == "99%"


# Anything


def table_of(rows: list[tuple[int, int, int, str, int, int]], as_of: int = 19_800) -> pa.Table:
    """Return a labelled table of (days, orders, units of money, segment, R, F)."""
    days, frequency, units, segment, r, f = (list(each) for each in zip(*rows, strict=True))
    money = [Decimal(own).scaleb(-4) for own in units]
    last = pa.array([as_of - day for day in days], pa.int32()).cast(pa.date32())
    return pa.table({
        "customer_id": pa.array([f"c{at:04}" for at in range(len(rows))]),
        "first_order": last, "last_order": last, "recency_days": days, "frequency": frequency,
        "monetary": pa.array(money, pa.decimal128(19, 4)), "r_score": r, "f_score": f, "segment": segment,
    })  # fmt: skip


ROWS = st.lists(
    st.tuples(
        st.integers(0, 2000),
        st.integers(1, 400),
        st.integers(-(10**9), 10**11),
        st.sampled_from(["Champions", "At Risk", "Hibernating", "Need Attention"]),
        st.integers(1, 5),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=60,
)


@given(rows=ROWS)
def test_the_parts_add_up(rows: list[tuple[int, int, int, str, int, int]]) -> None:
    found = segtool.report(table_of(rows)).summary
    assert sum(each.customers for each in found.segments) == found.customers == len(rows)
    assert sum(each.orders for each in found.segments) == found.orders
    assert sum((each.revenue for each in found.segments), Decimal(0)) == found.revenue
    assert found.heat_map is not None
    assert sum(map(sum, found.heat_map.customers)) == found.buyers
    assert sum((sum(row, Decimal(0)) for row in found.heat_map.revenue), Decimal(0)) == found.revenue
    for each in found.distributions:
        assert sum(own.customers for own in each.bins) + each.below + each.above == found.buyers
        assert len(each.bins) <= MOST_BINS
        assert len({own.high - own.low for own in each.bins}) == 1
        assert all(one.high == other.low for one, other in pairwise(each.bins))
    assert all(text and text[-1] in ".!?" and "{" not in text for text in found.headline)
    assert len(found.headline) >= 2
    assert len(found.answers) == 5
    assert found.to_json()


@given(rows=ROWS)
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, int, int, str, int, int]]) -> None:
    table = table_of(rows)
    shuffled = table.take(pa.array(np.random.default_rng(len(rows)).permutation(len(rows))))
    assert segtool.report(table).summary == segtool.report(shuffled).summary


@given(amounts=st.lists(st.integers(-(10**12), 10**18), min_size=1, max_size=80))
def test_the_curve_rises_ever_more_slowly_and_ends_at_all(amounts: list[int]) -> None:
    found = pareto_of(np.array(amounts, np.int64))
    if sum(amounts) <= 0:
        assert found is None
        return
    assert found is not None
    assert (found.points[0].customers_share, found.points[0].revenue_share) == (0, 0)
    assert (found.points[-1].customers_share, found.points[-1].revenue_share) == (1, 1)
    falling = sorted(amounts, reverse=True)
    assert 2 * sum(falling[: found.half]) >= sum(amounts) > 2 * sum(falling[: found.half - 1])
    slopes = [
        (after.revenue_share - before.revenue_share) / (after.customers_share - before.customers_share)
        for before, after in pairwise(found.points)
    ]
    assert all(one >= other - 1e-6 * max(1, abs(one)) for one, other in pairwise(slopes))
    if min(amounts) >= 0:
        assert all(slope >= 0 for slope in slopes)


@given(values=st.lists(st.integers(-(10**13), 10**15), min_size=1, max_size=300))
def test_every_customer_is_in_one_bin_or_outside(values: list[int]) -> None:
    found = distribution_of("monetary", np.array(values, np.int64), None)
    assert sum(each.customers for each in found.bins) + found.below + found.above == len(values)
    assert found.above <= len(values) // 20
    assert found.below <= len(values) // 20
    edges = [each.low for each in found.bins] + [found.bins[-1].high]
    exact = [Decimal(value).scaleb(-4) for value in values]
    for each in found.bins:
        assert each.customers == sum(each.low <= own < each.high for own in exact)
    assert edges == sorted(edges)


def test_a_long_side_is_left_out_of_the_bins() -> None:
    found = distribution_of("frequency", np.array([1] * 60 + [2] * 30 + [3] * 6 + [9, 10, 20, 9000]), (1, 2))
    assert [(int(each.low), int(each.high), each.customers) for each in found.bins] == [
        (1, 2, 60),
        (2, 3, 30),
        (3, 4, 6),
    ]
    assert (found.below, found.above, found.cuts) == (0, 4, (1, 2))


def test_equal_values_are_one_bin() -> None:
    found = distribution_of("recency_days", np.array([7, 7, 7]), None)
    assert [(int(each.low), int(each.high), each.customers) for each in found.bins] == [(7, 8, 3)]


def test_money_that_is_slipping_is_that_of_all_segments_in_danger() -> None:
    """At Risk brought 50 and Hibernating gave 20 back: together 30 of 130."""
    rows = [
        (1, 1, 1_000_000, "Champions", 5, 5),
        (90, 1, 500_000, "At Risk", 1, 5),
        (90, 1, -200_000, "Hibernating", 1, 1),
    ]
    found = segtool.report(table_of(rows)).summary
    assert (
        "23% of net revenue (30) comes from customers who are slipping away, above all from At Risk"
        in found.headline[1]
    )


def test_where_refunds_outweigh_the_most_urgent_segment_still_comes_first() -> None:
    rows = [(90, 1, -900_000, "At Risk", 1, 5), (30, 1, -10_000, "Need Attention", 3, 3)]
    assert segtool.report(table_of(rows)).summary.headline[2].startswith("Start with At Risk (1 customer): ")


# Questions


def test_questions_name_schemes_families_and_attributes_that_there_are() -> None:
    for stated in read_toml("findings/questions.toml").values():
        assert set(stated["schemes"]) <= set(attribute_schemes())
        assert set(stated["families"]) <= set(families())
        told_by_seasons = {"seasonal", "peak_month", "peak_weekday"}
        assert set(stated["columns"]) <= {*known_attributes(), *told_by_seasons}


def test_columns_are_asked_once_and_not_those_that_segments_are_made_of() -> None:
    from segtool.attributes import CustomerTable

    headers = ("customer_id", "frequency", "last_order", "Geschlecht", "city", "motives", "email", "Kanal", "tags")
    found = columns_asked(CustomerTable("t", headers, (), {}, {}))
    assert {each.name: each.question for each in found} == {
        "motives": "why-and-how", "channel": "why-and-how", "gender": "who", "city": "where", "tags": "what-like",
    }  # fmt: skip


def test_without_advice_and_health_the_most_valuable_segment_comes_first() -> None:
    rows = [(1, 1, 50_000, "A", 1, 1), (2, 2, 90_000, "B", 1, 1)]
    found = segtool.report(table_of(rows)).summary
    assert [each.name for each in found.segments] == ["B", "A"]
    assert found.health is None
    assert found.headline[0].endswith("50% of those who bought came back for another order.")
    assert found.headline[2] == "Look first at B (1 customer, 64% of net revenue), the most valuable segment."
    assert headline_of(found, FA)[2].startswith("نخست سراغ «B» (1 مشتری، 64% فروش خالص) بروید")
