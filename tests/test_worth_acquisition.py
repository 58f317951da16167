"""What acquiring customers cost, by the source that they came from, and how soon they paid it back."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import DataError, MissingRoleError, UsageError
from segtool.rules.columns import Spelled
from segtool.worth.acquisition import (
    Brought,
    Sources,
    acquisition,
    costs_by_source,
    costs_each,
    payback_days,
    read_source_costs,
    source_key,
    sources_of,
)

labels = st.lists(st.sampled_from(["ads", "Ads", " ads ", "shop", "fair", "کتاب", "كتاب", "", None]), max_size=30)
costs = st.dictionaries(st.sampled_from(["ADS", "shop", "Post", "کتاب"]), st.integers(0, 10**13))
entries = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(-100, 200)), max_size=40)


def sources(some: list[str | None]) -> Sources:
    return sources_of(pa.array(some, pa.string()))


def zeros(count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.zeros(count, np.int64)


# Sources


def test_sources_are_one_whatever_their_case_blanks_and_keyboard() -> None:
    found = sources([" Google Ads", "google ads", "Google Ads", "كتاب", "کتاب", "کتاب", None, "n/a"])
    assert found.names == ("Google Ads", "کتاب")  # the spelling that most have
    assert found.places.tolist() == [0, 0, 0, 1, 1, 1, -1, -1]
    assert sources_of(pa.chunked_array([pa.array([17.0, 3.0]).dictionary_encode()])).names == ("17", "3")
    assert sources([]).sizes.tolist() == sources([None]).sizes.tolist() == []


# A table of costs


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "costs.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_table_of_costs_is_read_exactly(tmp_path: Path) -> None:
    assert read_source_costs(written(tmp_path, 'source,cost\nAds,"$1,200.50"\n shop ,0\n,\n')) == {
        "Ads": 12_005_000, "shop": 0,
    }  # fmt: skip
    assert read_source_costs(written(tmp_path, "Quelle;Kosten\nMesse;1.234,5\n")) == {"Messe": 12_345_000}
    assert read_source_costs(written(tmp_path, "کانال,هزینه\nاینستاگرام,۱۲۰۰\n")) == {"اینستاگرام": 12_000_000}
    pq.write_table(pa.table({"source": ["ads"], "cost": [2.55]}), tmp_path / "costs.parquet")
    assert read_source_costs(tmp_path / "costs.parquet") == {"ads": 25_500}


def test_the_other_of_two_columns_needs_no_known_header(tmp_path: Path) -> None:
    assert read_source_costs(written(tmp_path, "source,EUR in 2024\nads,7\n")) == {"ads": 70_000}
    assert read_source_costs(written(tmp_path, "cost,where from\n7,ads\n")) == {"ads": 70_000}
    assert read_source_costs(written(tmp_path, "year,source,cost,clicks\n2024,ads,7,90\n")) == {"ads": 70_000}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ads,5\nshop,1\n ADS ,6\n", r"row 3 has source 'ADS', as row 1 has. Give each source one row, with its total"),
        ("ads,five\n", r"row 1 has 'five' as the cost of source 'ads', which is no number. Write it in digits"),
        ("ads,5\nshop,-1\n", r"row 2 has '-1' as the cost of source 'shop'. A cost is zero or more"),
        ("ads,-0.00001\n", r"row 1 has '-0.00001' as the cost of source 'ads'. A cost is zero or more"),
        ("ads,1e15\n", r"row 1 has '1e15' as the cost of source 'ads'. The most is 90,000,000,000,000"),
        ("ads,5\n,6\n", r"row 2 has a cost, '6', and no source. Name the source, or take the row out"),
        ("ads,\n", r"row 1 has no cost for source 'ads'. Write 0 if it cost nothing, or take the row out"),
        ("ads,2-5\n", r"row 1 has '2-5' as the cost of source 'ads', which is no number"),
    ],
)
def test_costs_that_are_none_are_refused_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=rf"costs\.csv: {said}\.") as error:
        read_source_costs(written(tmp_path, "source,cost\n" + text))
    assert (error.value.exit_code, "\n" in str(error.value)) == (65, False)


def test_a_table_without_sources_or_costs_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(MissingRoleError, match=r"costs\.csv has no column cost\. .*two columns, source and cost"):
        read_source_costs(written(tmp_path, "source,a,b\nads,5,6\n"))
    with pytest.raises(MissingRoleError, match=r"no column source\. "):
        read_source_costs(written(tmp_path, "x,cost,b\nads,5,6\n"))
    with pytest.raises(MissingRoleError, match=r"no column source and no column of costs\. "):
        read_source_costs(written(tmp_path, "x,y\nads,5\n"))


def test_a_cost_that_can_be_read_in_two_ways_is_refused_until_it_is_said(tmp_path: Path) -> None:
    file = written(tmp_path, 'source,cost\nads,"1,234"\n')
    with pytest.raises(DataError, match=r"can be read in two ways, and no cell tells which; say --decimal \. or"):
        read_source_costs(file)
    assert read_source_costs(file, spelled=Spelled(decimal=".")) == {"ads": 12_340_000}


# Costs of customers


def test_units_that_are_left_over_go_to_the_first_customers() -> None:
    found = costs_by_source(sources(["b", "a", "b", "a", "b", "a"]), {"a": 100, "b": 2})
    assert found.units.tolist() == [1, 34, 1, 33, 0, 33]


def test_what_costs_each_customer_the_same_or_its_own() -> None:
    assert costs_each(7, 3).units.tolist() == [7, 7, 7]
    assert costs_each(np.array([1, 2]), 2).units.tolist() == [1, 2]
    assert costs_each(7, 0).known.tolist() == []


def test_two_costs_of_one_source_are_refused() -> None:
    with pytest.raises(UsageError, match="The same source has several costs"):
        costs_by_source(sources(["ads"]), {"ads": 1, "Ads ": 2})


@given(labels, costs)
def test_what_customers_cost_adds_up_to_what_was_spent(some: list[str | None], given_costs: dict[str, int]) -> None:
    where = sources(some)
    found = costs_by_source(where, given_costs)
    assert int(found.units.sum()) + sum(found.without_customers.values()) == sum(given_costs.values())
    assert (found.units[~found.known] == 0).all()
    for name, cost in given_costs.items():
        own = [at for at, each in enumerate(some) if each and source_key(each) == source_key(name)]
        assert sum(found.units[own].tolist()) == (cost if own else 0)
        assert found.known[own].all()
        if own:
            assert np.ptp(found.units[own]) <= 1
        else:
            assert found.without_customers[name] == cost
    brought = Brought(*[np.arange(len(some))] * 3)
    told = acquisition(where, found, brought)
    assert told.cost == Decimal(sum(given_costs.values())).scaleb(-4)
    assert told.cost == sum((each.cost or Decimal(0) for each in told.sources), sum(told.without_customers.values()))
    assert sum(each.customers for each in told.sources) == told.total.customers == len(some)
    assert sum(each.revenue for each in told.sources) == told.total.revenue
    with_cost = sum(each.customers_with_cost for each in told.sources)
    assert with_cost + sum(told.without_cost.values()) + told.unknown_source == len(some)


# Payback


def test_payback_by_hand() -> None:
    """Customer 0 pays 100 back on day 40, 30 days after the first order; a later refund takes nothing back."""
    customer, day, margin = np.array(
        [[0, 0, 0, 0, 1, 2, 2, 3], [10, 40, 20, 50, 12, 5, 5, 9], [60, 60, -10, -90, 9, 50, -20, 7]]
    )
    found = payback_days(customer, day, margin, cost=np.array([100, 10, 30, 0, 5]), first=np.array([10, 12, 5, 9, 1]))
    assert found.tolist() == [30, -1, 0, 0, -1]  # a day counts as a whole; nothing to pay back; nothing came in
    assert payback_days(zeros(0), zeros(0), zeros(0), cost=np.array([1, 0]), first=zeros(2)).tolist() == [-1, 0]


def test_payback_beyond_64_bits_is_exact() -> None:
    customer, day = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    margin = np.array([2**62, 2**62, 2**62, 5])
    found = payback_days(customer, day, margin, cost=np.array([2**63 - 1, 5]), first=zeros(2))
    assert found.tolist() == [1, 0]


@given(entries, st.lists(st.integers(-5, 400), min_size=5, max_size=5), st.randoms(use_true_random=False))
def test_payback_is_that_of_a_slow_reference(some: list[tuple[int, int, int]], cost: list[int], random: Random) -> None:
    by_day: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for who, when, units in some:
        by_day[who][when] += units
    first = [min(by_day[who], default=0) for who in range(5)]
    wanted = []
    for who in range(5):
        left, found = cost[who], 0 if cost[who] <= 0 else -1
        for when in sorted(by_day[who]):
            left -= by_day[who][when]
            if found < 0 and left <= 0:
                found = when - first[who]
        wanted.append(found)
    shuffled = random.sample(some, len(some))
    columns = np.array(shuffled, np.int64).reshape(-1, 3).T
    assert payback_days(*columns, cost=np.array(cost), first=np.array(first)).tolist() == wanted


# By source


def test_what_each_source_cost_and_brought_by_hand() -> None:
    """Ads: three customers for 90.00, one of unknown payback; shop: nobody says; fair: 7.00 for nobody."""
    where = sources(["ads", "shop", "ads", None, "ads"])
    found = costs_by_source(where, {"ads": 900_000, "fair": 70_000})
    margin = np.array([1_000_000, 500_000, 200_000, 10_000, 0])
    brought = Brought(2 * margin, margin, np.full(5, 10_000), np.array([4, 0, -1, 3, 9]))
    told = acquisition(where, found, brought)
    ads, shop, nobody = told.sources
    assert (ads.source, ads.customers, ads.cost, ads.cost_per_customer) == ("ads", 3, 90, 30.0)
    assert (ads.revenue, ads.margin, ads.value_to_cost, ads.profit) == (240, 120, 120 / 90, 120 - 3 - 90)
    assert (ads.paid_back, ads.paid_back_share, ads.median_payback_days) == (2, 2 / 3, 6.5)
    assert (shop.cost, shop.value_to_cost, shop.profit, shop.paid_back, shop.margin) == (None, None, None, None, 50)
    assert (nobody.source, nobody.customers, told.unknown_source, told.without_cost) == (None, 1, 1, {"shop": 1})
    assert (told.total.source, told.total.customers, told.total.customers_with_cost) == (None, 5, 3)
    assert (told.total.margin, told.total.profit) == (171, 27)  # of all five, and of those whose cost is known
    assert (told.cost, told.without_customers) == (97, {"fair": 7})


def test_a_source_that_cost_nothing_has_no_ratio() -> None:
    where = sources(["word of mouth"])
    found = acquisition(where, costs_by_source(where, {"word of mouth": 0}), Brought(*[np.array([5])] * 3))
    assert (found.sources[0].cost, found.sources[0].value_to_cost, found.sources[0].paid_back) == (0, None, None)


def test_nobody_is_a_table_too() -> None:
    where = sources([])
    found = acquisition(where, costs_by_source(where, {"ads": 5}), Brought(zeros(0), zeros(0), zeros(0), zeros(0)))
    assert (found.sources, found.cost, found.total.customers) == ((), Decimal("0.0005"), 0)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(-1, 50)), max_size=30))
def test_medians_are_those_of_who_paid_back(some: list[tuple[str | None, int]]) -> None:
    where = sources([name for name, _ in some])
    nothing = zeros(len(some))
    brought = Brought(nothing, nothing, nothing, np.array([days for _, days in some], np.int64))
    told = acquisition(where, costs_each(10, len(some)), brought)
    for each in told.sources:
        paid = [days for name, days in some if name == each.source and days >= 0]
        assert each.paid_back == len(paid)
        assert each.median_payback_days == (median(paid) if paid else None)
