"""Groups that the data finds: by hand, against scikit-learn, in any order of rows, and on the command line."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import segtool
import segtool.clustering
from segtool.clusters.features import (
    CategoryFeature,
    NumberFeature,
    category_feature,
    limits,
    number_feature,
    numbers_in,
    points_of,
)
from segtool.clusters.fitting import Centres, Mixture, cut, in_order
from segtool.clusters.measures import adjusted_rand, distances, silhouettes
from segtool.clusters.model import ClusterModel, parse_model
from segtool.clusters.naming import Standing, names_of, places_of
from segtool.errors import ConfigError, DataError, MissingExtraError, MissingInputError, UsageError
from segtool.output.cluster import render_cluster
from segtool.profiles.attributes import Coded, Numbers
from segtool.tables.writing.formats import write_table
from segtool.words import words_in

EXAMPLE = ROOT / "examples" / "orders.csv"

Write = Callable[..., Path]


def blobs(middles: list[tuple[float, ...]], each: int = 60, *, seed: int = 3, width: float = 1.0) -> pd.DataFrame:
    """Return customers around some middles, so many each, in columns x, y, z …; `blob` tells which."""
    rng = np.random.default_rng(seed)
    rows = [np.array(middle) + width * rng.standard_normal((each, len(middle))) for middle in middles]
    frame = pd.DataFrame(np.concatenate(rows).round(4), columns=list("xyzuvw")[: len(middles[0])])
    frame.insert(0, "customer_id", [f"c{at:05}" for at in range(len(frame))])
    return frame.assign(blob=np.repeat(np.arange(len(middles)), each))


FOUR = [(0.0, 0.0), (20.0, 0.0), (0.0, 20.0), (20.0, 20.0)]


def shop(count: int = 300, seed: int = 5) -> pd.DataFrame:
    """Return customers of a shop: two in three bought once and long ago, the others often and of late."""
    rng = np.random.default_rng(seed)
    often = rng.random(count) < 1 / 3
    return pd.DataFrame(
        {
            "customer_id": [f"c{at:05}" for at in range(count)],
            "recency_days": np.where(often, rng.integers(0, 30, count), rng.integers(200, 600, count)),
            "frequency": np.where(often, rng.integers(5, 20, count), 1),
            "monetary": np.where(often, rng.lognormal(6, 0.4, count), rng.lognormal(3, 0.4, count)).round(2),
        }
    )


def csv_of(table: pa.Table) -> bytes:
    file = io.BytesIO()
    write_table(table, file, "csv", threads=1)
    return file.getvalue()


def codes(found: Any) -> list[str]:
    return [each.code for each in found.summary.warnings]


def hand_made(**changes: Any) -> ClusterModel:
    """Return a clustering of two groups by age and plan, as a run could have found it."""
    age = NumberFeature("age", None, 10.0, 90.0, 50.0, 10.0)
    plan = CategoryFeature("plan", ("free", "paid"), (0.5, 0.5), 0.5**0.5)
    given = {
        "version": segtool.__version__,
        "method": "kmeans",
        "seed": 0,
        "fitted": 10,
        "as_of": None,
        "currency": None,
        "features": (age, plan),
        "found": Centres(np.array([[2.0, -0.5, 0.5], [-2.0, 0.5, -0.5]])),
        "names": ({"en": "old", "fa": "پیر"}, {"en": "young", "fa": "جوان"}),
    }
    return ClusterModel(**{**given, **changes})  # type: ignore[arg-type]


PEOPLE = pd.DataFrame(
    {"customer_id": ["a", "b", "c", "d"], "age": [80, 20, None, 45], "plan": ["paid", "free", "paid", "gold"]}
)


# Measures


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30))
def test_the_adjusted_rand_index_is_that_of_counted_pairs(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    together = [(one[i] == one[j], other[i] == other[j]) for i, j in combinations(range(len(pairs)), 2)]
    both = sum(a and b for a, b in together)
    first, second = (sum(each[at] for each in together) for at in (0, 1))
    chance = first * second / len(together)
    most = (first + second) / 2
    expected = 1.0 if most == chance else (both - chance) / (most - chance)
    assert adjusted_rand(one, other) == pytest.approx(expected)
    assert adjusted_rand(other, one) == adjusted_rand(one, other)


def test_measures_are_those_of_scikit_learn() -> None:
    metrics = needs("sklearn.metrics")
    rng = np.random.default_rng(0)
    points, groups, others = rng.random((80, 3)), rng.integers(0, 5, 80), rng.integers(0, 3, 80)
    assert silhouettes(distances(points), groups) == pytest.approx(metrics.silhouette_samples(points, groups))
    assert adjusted_rand(groups, others) == pytest.approx(metrics.adjusted_rand_score(groups, others))


def test_a_tree_is_cut_where_it_has_so_many_branches() -> None:
    merges = np.array([[0, 1], [2, 3], [4, 5]])  # pairs of four points, and then both
    assert [cut(merges, k).tolist() for k in (1, 2, 3, 4)] == [[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 2], [0, 1, 2, 3]]


# Columns as features


def test_numbers_are_measured_in_standard_deviations_within_limits() -> None:
    numbers = np.array([1.0, 2.0, 3.0, 4.0, 99.0])
    feature = number_feature("x", numbers, log=False)
    held = np.array([1.0, 2.0, 3.0, 4.0, 8.1891])
    assert limits(numbers) == (-2.1891, 8.1891)
    assert feature.beyond(numbers) == (0, 1)
    assert feature.points(numbers)[:, 0] == pytest.approx((held - held.mean()) / held.std())


def test_logarithms_are_taken_of_skewed_numbers_that_are_not_below_zero() -> None:
    skewed = np.array([0.0, 1, 1, 2, 2, 3, 40, 300])
    assert number_feature("x", skewed).unit == 1
    assert number_feature("x", skewed - 1).unit is None
    assert number_feature("x", np.arange(9.0)).unit is None
    assert number_feature("monetary", skewed - 1, log=True).unit is not None


@given(st.lists(st.integers(-(10**6), 10**9), min_size=2, max_size=40))
def test_money_in_a_thousandth_of_the_unit_is_measured_alike(amounts: list[int]) -> None:
    one = np.array(amounts) / 100
    pair = [number_feature("monetary", each, log=True) for each in (one, one * 1000)]
    if pair[0].spread > 1e-9:
        assert pair[0].points(one) == pytest.approx(pair[1].points(one * 1000), abs=1e-6)


def test_a_category_counts_as_much_as_a_number() -> None:
    places = np.array([0, 0, 1, 2, 1, 0, 0, 2])
    feature = category_feature("plan", Coded(("a", "b", "c"), places))
    points = points_of([feature], [feature.places(Coded(("a", "b", "c"), places))])
    assert points.mean(axis=0) == pytest.approx([0, 0, 0])
    assert points.var(axis=0).sum() == pytest.approx(1)


def test_rare_levels_are_one_and_empty_cells_are_a_level() -> None:
    places = np.array([0] * 90 + [1] * 50 + [2] + [3] + [-1] * 58)
    feature = category_feature("city", Coded(("Bonn", "Ulm", "Rust", "Au"), places))
    assert feature.levels == ("(empty)", "Bonn", "Ulm", "(other)")
    assert feature.shares == (0.29, 0.45, 0.25, 0.01)
    later = Coded(("BONN", "Rom"), np.array([0, 1, -1]))
    assert feature.places(later).tolist() == [1, 3, 0]


def test_yes_and_no_are_numbers_where_numbers_are_asked_for() -> None:
    assert numbers_in(Coded(("false", "true"), np.array([1, 0, -1])))[1].tolist() == [True, True, False]
    with pytest.raises(TypeError):
        numbers_in(Coded(("free", "paid"), np.array([0, 1])))
    assert numbers_in(Numbers(np.array([15]), np.array([True]), 10))[0].tolist() == [1.5]


# Names


def test_places_of_equal_numbers_are_the_middle_of_theirs() -> None:
    assert places_of(np.array([1.0, 1.0, 1.0, 5.0])).tolist() == [0.375, 0.375, 0.375, 0.875]


def test_groups_are_named_in_plain_words_which_differ() -> None:
    best = [Standing("monetary", 0.7), Standing("recency_days", 0.3), Standing("frequency", 0.7)]
    better = [Standing("recency_days", 0.1), Standing("frequency", 0.9), Standing("monetary", 0.9)]
    lost = [Standing("recency_days", 0.9), Standing("frequency", 0.3), Standing("monetary", 0.5)]
    assert [each["en"] for each in names_of([best, better, lost])] == [
        "recent, frequent, high spend",
        "very recent, most frequent, highest spend",
        "long silent, rare buyers, middle spend",
    ]
    assert [each["fa"] for each in names_of([best, lost])] == [
        "تازه، پرتکرار، خرج زیاد",
        "دیرزمانی خاموش، کم‌تکرار، خرج میانه",
    ]


def test_other_columns_are_named_by_what_sets_a_group_apart_most() -> None:
    told = [Standing("age", 0.62), Standing("views", 0.05), Standing("plan", 0.3, "paid"), Standing("carts", 0.55)]
    assert names_of([told])[0]["en"] == "high age, low views, plan: mostly paid"
    alike = [Standing("age", 0.95), Standing("views", 0.9)], [Standing("age", 0.7), Standing("views", 0.9)]
    assert [each["en"] for each in names_of(alike)] == ["highest age, highest views", "high age, highest views"]
    assert names_of([[Standing("age", 0.5)]])[0]["en"] == "near the average"
    assert names_of([[Standing("vip", 0.4, "true")]])[0] == {"en": "vip: mostly yes", "fa": "vip: بیشتر بله"}


# Groups that are there, and that are not


def test_a_name_says_mostly_only_of_a_level_that_more_than_half_have() -> None:
    half, more = [Standing("city", 0.3, "Shiraz", 0.5)], [Standing("city", 0.3, "Shiraz", 0.51)]
    assert [each["en"] for each in names_of([half, more])] == ["city: more Shiraz", "city: mostly Shiraz"]
    rare = names_of([[Standing("city", 0.3, "(other)", 0.6)]])[0]
    assert rare == {"en": "city: mostly (other)", "fa": "city: بیشتر (دیگر)"}


@pytest.mark.parametrize("method", ["kmeans", "ward", "gmm", "hdbscan"])
def test_groups_that_are_there_are_found_and_counted(method: Any) -> None:
    needs("sklearn")
    frame = blobs(FOUR)
    found = segtool.cluster(frame, columns="x,y", method=method)
    assert (found.summary.k, found.summary.stands_out) == (4, True)
    assert found.summary.k_from == ("data" if method == "hdbscan" else "choice")
    inside = found.customers["cluster"].to_numpy() > 0
    assert adjusted_rand(found.customers["cluster"].to_numpy()[inside], frame["blob"].to_numpy()[inside]) == 1.0
    assert inside.mean() > 0.95
    assert "cluster-none" not in codes(found)


@pytest.mark.parametrize("shape", ["normal", "even", "steps"])
def test_a_cloud_of_customers_is_said_to_have_no_groups(shape: str) -> None:
    needs("sklearn")
    rng = np.random.default_rng(1)
    made = {
        "normal": rng.standard_normal((400, 3)),
        "even": rng.random((400, 3)),
        "steps": rng.poisson(1.5, (400, 3)).astype(float),
    }
    frame = pd.DataFrame(made[shape], columns=["x", "y", "z"])
    found = segtool.cluster(frame, columns=["x", "y", "z"])
    assert not found.summary.stands_out
    assert {"cluster-none", "cluster-unstable"} & set(codes(found))
    assert len(found.summary.tried) == 9
    assert all(each.silhouette_without_groups > 0 for each in found.summary.tried)


@pytest.mark.parametrize("seed", [10, 18, 20])
def test_a_shop_drawn_at_random_is_not_said_to_have_groups(seed: int) -> None:
    needs("sklearn")
    rng = np.random.default_rng(seed)
    orders = rng.geometric(0.4, 200)
    days = np.floor(rng.exponential(80, 200)).clip(0, 400).astype(int)
    money = np.round(orders * np.exp(rng.normal(3, 0.7, 200)), 2)
    frame = pd.DataFrame({"recency_days": days, "frequency": orders, "monetary": money})
    assert not segtool.cluster(frame, columns=list(frame.columns)).summary.stands_out


def test_a_number_of_groups_that_halves_do_not_share_is_called_unstable() -> None:
    needs("sklearn")
    found = segtool.cluster(blobs(FOUR), columns="x,y", k=3)
    assert found.summary.tried[0].silhouette > found.summary.tried[0].silhouette_without_groups
    assert "cluster-unstable" in codes(found)
    assert not found.summary.stands_out


def test_hdbscan_leaves_out_who_stands_alone_and_says_where_nothing_is_dense() -> None:
    needs("sklearn")
    frame = pd.concat([blobs(FOUR), pd.DataFrame({"x": [500.0], "y": [-500.0]})], ignore_index=True)
    found = segtool.cluster(frame, columns="x,y", method="hdbscan", min_size=20)
    last = found.customers.iloc[-1]
    assert (last["cluster"], last["cluster_name"]) == (0, "unclustered")
    assert found.summary.noise == (found.customers["cluster"] == 0).sum()
    rng = np.random.default_rng(0)
    cloud = pd.DataFrame(rng.random((200, 2)), columns=["x", "y"])
    nothing = segtool.cluster(cloud, columns="x,y", method="hdbscan", min_size=60)
    assert (nothing.summary.k, nothing.summary.noise, nothing.summary.stands_out) == (0, 200, False)
    assert {"cluster-no-dense", "cluster-noise"} <= set(codes(nothing))
    assert "unclustered" in render_cluster(nothing.summary)


def test_steps_of_a_cloud_are_dense_and_no_groups() -> None:
    needs("sklearn")
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.random(600), "y": rng.geometric(0.4, 600), "z": rng.lognormal(4, 1, 600)})
    found = segtool.cluster(frame, columns="x,y,z", method="hdbscan")
    assert found.summary.k > 1
    assert not found.summary.stands_out
    assert {"cluster-none", "cluster-unstable"} & set(codes(found))


def test_nearly_everybody_in_one_group_is_told_and_so_is_nearly_nobody() -> None:
    needs("sklearn")
    frame = blobs([(0.0, 0.0), (40.0, 40.0), (0.0, 40.0)], 950)
    frame = frame.drop(index=[*range(950 + 46, 1900), *range(1900 + 4, 2850)])
    found = segtool.cluster(frame, columns="x,y", method="ward", k=3)
    assert sorted(each.customers for each in found.summary.clusters) == [4, 46, 950]
    assert {"cluster-large", "cluster-small"} <= set(codes(found))


# What does not change them


def test_rows_in_any_order_have_the_same_clusters() -> None:
    needs("sklearn")
    frame = shop()
    expected = segtool.cluster(frame)
    for seed in range(3):
        other = segtool.cluster(frame.sample(frac=1, random_state=seed))
        assert csv_of(other.table.sort_by("customer_id")) == csv_of(expected.table.sort_by("customer_id"))
        assert other.summary == expected.summary
        assert other.model.to_json() == expected.model.to_json()


@settings(max_examples=8)
@given(st.permutations(range(24)), st.integers(0, 3))
def test_few_customers_in_any_order_have_the_same_clusters(order: list[int], seed: int) -> None:
    needs("sklearn")
    frame = shop(24, seed=9)
    one, other = (segtool.cluster(each, k=3, seed=seed) for each in (frame, frame.iloc[order]))
    assert one.summary.clusters == other.summary.clusters
    names = dict(zip(other.customers["customer_id"], other.customers["cluster_name"], strict=True))
    assert [names[each] for each in one.customers["customer_id"]] == one.customers["cluster_name"].tolist()


@pytest.mark.parametrize("method", ["kmeans", "ward", "gmm", "hdbscan"])
def test_a_run_repeats_itself_with_any_number_of_threads(method: Any) -> None:
    needs("sklearn")
    runs = [segtool.cluster(EXAMPLE, method=method, threads=threads) for threads in (1, 2)]
    assert len({csv_of(each.table) for each in runs}) == 1
    assert len({each.summary.to_json() for each in runs}) == 1


def test_money_in_another_currency_makes_the_same_clusters() -> None:
    needs("sklearn")
    frame = shop()
    other = frame.assign(monetary=(frame["monetary"] * 1000).round())
    one, two = segtool.cluster(frame), segtool.cluster(other)
    assert one.customers["cluster"].tolist() == two.customers["cluster"].tolist()
    assert one.customers["cluster_name"].tolist() == two.customers["cluster_name"].tolist()


def test_orders_and_their_labelled_table_have_the_same_clusters() -> None:
    needs("sklearn")
    of_orders = segtool.cluster(EXAMPLE)
    of_table = segtool.cluster(segtool.rfm(EXAMPLE).table)
    assert of_orders.table.select(["customer_id", "cluster", "cluster_name"]) == of_table.table.select(
        ["customer_id", "cluster", "cluster_name"]
    )
    assert (of_orders.summary.of, of_table.summary.of) == ("orders", "customers")
    assert of_orders.summary.agreement == of_table.summary.agreement
    assert of_orders.summary.as_of == of_table.summary.as_of


# What is said of them


def test_clusters_stand_by_money_or_by_what_is_asked_for() -> None:
    needs("sklearn")
    frame = shop()
    found = segtool.cluster(frame, k=3).customers
    means = found.groupby("cluster")["monetary"].mean()
    assert means.index.tolist() == [1, 2, 3]
    assert means.is_monotonic_decreasing
    other = segtool.cluster(frame, k=3, order_by="recency_days")
    assert other.customers.groupby("cluster")["recency_days"].mean().is_monotonic_decreasing
    assert other.summary.ordered_by == "recency_days"
    assert segtool.cluster(blobs(FOUR), columns="x,y", k=4).summary.ordered_by == "x"


def test_figures_of_a_cluster_are_those_of_its_customers() -> None:
    needs("sklearn")
    found = segtool.cluster(shop(), k=3)
    frame = found.customers
    for each in found.summary.clusters:
        own = frame[frame["cluster"] == each.number]
        assert (each.customers, each.name) == (len(own), own["cluster_name"].iloc[0])
        assert float(each.revenue or 0) == pytest.approx(own["monetary"].sum())
        assert each.revenue_share == pytest.approx(own["monetary"].sum() / frame["monetary"].sum())
        for column in ("recency_days", "frequency", "monetary"):
            centre = each.centre[column]
            assert (centre.mean, centre.median) == pytest.approx((own[column].mean(), own[column].median()))
    assert sum(each.share for each in found.summary.clusters) == pytest.approx(1)
    assert found.summary.revenue == sum(each.revenue or 0 for each in found.summary.clusters)


def test_what_explains_groups_most_is_what_made_them() -> None:
    needs("sklearn")
    frame = blobs([(0.0, 0.0), (30.0, 0.0)])
    found = {each.column: each.explained or 0 for each in segtool.cluster(frame, columns="x,y", k=2).summary.features}
    assert found["x"] > 0.95
    assert found["y"] < 0.1


def test_agreement_with_segments_by_rules_is_counted() -> None:
    needs("sklearn")
    frame = blobs(FOUR).assign(segment=lambda own: own["blob"].map(lambda blob: f"S{blob}"))
    own = segtool.cluster(frame, columns="x,y", k=4).summary.agreement
    assert own is not None
    assert (own.adjusted_rand, own.column, own.customers) == (1.0, "segment", 240)
    assert all(sorted(row.segments.values()) == [0, 0, 0, 60] for row in own.rows)
    assert segtool.cluster(frame.drop(columns="segment"), columns="x,y", k=4).summary.agreement is None
    of_orders = segtool.cluster(EXAMPLE, scheme="putler", k=3).summary.agreement
    assert of_orders is not None
    assert of_orders.customers == 239


def test_a_customer_without_a_number_stays_and_has_no_cluster() -> None:
    needs("sklearn")
    frame = shop().astype({"recency_days": float})
    frame.loc[[0, 7], "recency_days"] = None
    frame.loc[[7, 9], "monetary"] = None
    found = segtool.cluster(frame)
    assert found.summary.empty == {"recency_days": 2, "monetary": 1}
    assert found.summary.clustered == len(frame) - 3 == int((found.customers["cluster"] > 0).sum())
    assert found.customers.loc[[0, 7, 9], "cluster_name"].tolist() == ["unclustered"] * 3
    assert found.summary.clusters[-1].customers == 3
    [told] = [each.message for each in found.summary.warnings if each.code == "cluster-empty"]
    assert told == "In no cluster for want of a number: 3 customers (recency_days 2, monetary 1)."


def test_categories_are_compared_beside_numbers() -> None:
    needs("sklearn")
    frame = blobs([(0.0,), (0.5,)]).assign(plan=lambda own: np.where(own["blob"] == 0, "free", "paid"))
    found = segtool.cluster(frame, columns="x,plan", k=2)
    assert adjusted_rand(found.customers["cluster"].to_numpy(), frame["blob"].to_numpy()) == 1.0
    assert "plan: mostly paid" in " ".join(each.name for each in found.summary.clusters)
    assert found.summary.clusters[0].centre["plan"].levels in ({"free": 1.0}, {"paid": 1.0})
    again = segtool.cluster(frame, model=parse_model(found.model.to_json(), "m.json"))
    assert again.customers["cluster"].tolist() == found.customers["cluster"].tolist()


def test_a_column_without_differences_is_left_out_and_told() -> None:
    needs("sklearn")
    found = segtool.cluster(blobs(FOUR).assign(same=5), columns="x,y,same")
    assert found.summary.left_out == ("same",)
    assert "cluster-alike" in codes(found)
    assert [each.column for each in found.summary.features] == ["x", "y"]


def test_a_text_that_each_customer_has_alone_is_not_said_to_be_the_same_for_all() -> None:
    needs("sklearn")
    named = blobs(FOUR).assign(firm=lambda rows: [f"Firm {at}" for at in range(len(rows))])
    found = segtool.cluster(named, columns="x,y,firm")
    assert found.summary.left_out == ("firm",)
    [told] = [each.message for each in found.summary.warnings if each.code == "cluster-alike"]
    assert told.endswith("or nearly each its own: firm.")
    with pytest.raises(DataError, match="all customers are alike there, or nearly each has its own value"):
        segtool.cluster(named, columns="firm")


def test_an_empty_cell_of_a_column_that_is_left_out_costs_nobody_the_cluster() -> None:
    needs("sklearn")
    frame = blobs(FOUR).assign(same=5.0)
    frame.loc[3, "same"] = None
    found = segtool.cluster(frame, columns="x,y,same", k=4)
    assert (found.summary.clustered, found.summary.empty) == (240, {})


def test_equal_customers_share_a_cluster_by_any_method() -> None:
    needs("sklearn")
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.integers(0, 4, 120), "y": rng.integers(0, 3, 120) ** 2})
    for method in ("kmeans", "ward", "gmm", "hdbscan"):
        found = segtool.cluster(frame, columns="x,y", method=method).customers  # type: ignore[arg-type]
        assert (found.groupby(["x", "y"])["cluster"].nunique() == 1).all(), method


def test_a_part_of_a_mixture_without_customers_is_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("sklearn")
    real = segtool.clusters.finding.partitions

    def with_nobody(points: Any, ks: Any, method: str, *, seed: int) -> Any:
        [own] = real(points, [4], method, seed=seed).values()
        far = Mixture(
            np.append(own.model.weights, 1e-9),
            np.concatenate([[[900.0, 900.0]], own.model.means])[::-1],
            np.concatenate([own.model.factors, own.model.factors[:1]])[::-1],
        )
        return {5: type(own)(far.labels(points), far)}

    monkeypatch.setattr("segtool.clusters.finding.partitions", with_nobody)
    found = segtool.cluster(blobs(FOUR), columns="x,y", k=5, method="gmm")
    assert (found.summary.k, found.summary.taken_k, len(found.model.names)) == (4, 5, 4)
    assert "cluster-fewer" in codes(found)
    assert "Of 5 clusters only 4 have customers" in " ".join(render_cluster(found.summary).split())


def test_columns_of_behavior_are_compared_without_being_named() -> None:
    needs("sklearn")
    frame = pd.DataFrame({"customer_id": range(60), "sessions": [1] * 30 + [9] * 30, "views": [2] * 30 + [50] * 30})
    frame["views"] += np.arange(60) % 3
    found = segtool.cluster(frame, k=2)
    assert [each.column for each in found.summary.features] == ["sessions", "views"]
    assert found.customers["cluster"].tolist() == [2] * 30 + [1] * 30


def test_people_who_bought_nothing_are_compared_by_what_they_did() -> None:
    needs("sklearn")
    frame = pd.DataFrame(
        {
            "customer_id": range(60),
            "sessions": [1] * 30 + [9] * 30,
            "orders": [0] * 30 + [1, 2, 3] * 10,
            "revenue": [0.0] * 30 + [10.5, 20, 30] * 10,
            "last_order": [None] * 30 + ["2024-03-01"] * 30,
        }
    )
    found = segtool.cluster(frame, k=2)
    assert [each.column for each in found.summary.features] == ["sessions", "orders", "revenue"]
    assert found.customers["cluster"].tolist() == [2] * 30 + [1] * 30


def test_a_run_by_a_model_does_without_pandas(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(hand_made().to_json(), encoding="utf-8")
    (tmp_path / "people.csv").write_text("customer_id,age,plan\na,80,paid\nb,20,free\n")
    args = ["cluster", "people.csv", "--model", "m.json", "-q", "-o", "c.csv"]
    check = f"import sys; from segtool.__main__ import main; sys.exit(main({args!r}) or 'pandas' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", check], cwd=tmp_path, env=environment, check=True)


def test_many_customers_are_labelled_by_groups_of_some(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("sklearn")
    monkeypatch.setattr("segtool.clusters.finding._FITTED", 100)
    found = segtool.cluster(blobs(FOUR), columns="x,y", k=4)
    assert (found.summary.fitted, found.summary.clustered) == (100, 240)
    assert sorted(each.customers for each in found.summary.clusters) == [60] * 4
    assert "found in 100 customers drawn by lot" in " ".join(render_cluster(found.summary).split())


def test_a_table_that_has_clusters_gets_new_ones_in_their_place() -> None:
    needs("sklearn")
    once = segtool.cluster(shop(), k=2)
    again = segtool.cluster(once.table, k=3)
    assert again.table.column_names == once.table.column_names
    assert again.summary.replaced == ("cluster", "cluster_name")
    assert again.customers["cluster"].nunique() == 3
    persian = segtool.cluster(once.table, k=2, lang="fa")
    assert persian.table.column_names == [*once.table.column_names, "cluster_title"]
    last = segtool.cluster(persian.table, k=3)  # titles of the groups before would stand beside the new ones
    assert last.table.column_names == once.table.column_names
    assert last.summary.replaced == ("cluster", "cluster_name", "cluster_title")


# By a model, which needs no package


@pytest.mark.parametrize("method", ["kmeans", "gmm"])
def test_labels_by_a_model_are_those_of_the_fitted_estimator(method: str) -> None:
    needs("sklearn")
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(4)
    points, others = rng.standard_normal((500, 4)), 3 * rng.standard_normal((2000, 4))
    own: Centres | Mixture
    with in_order():
        if method == "kmeans":
            fitted = KMeans(5, n_init=3, random_state=1).fit(points)
            own = Centres(fitted.cluster_centers_)
        else:
            fitted = GaussianMixture(5, random_state=1).fit(points)
            own = Mixture(fitted.weights_, fitted.means_, fitted.precisions_cholesky_)
        assert own.labels(points).tolist() == fitted.predict(points).tolist()
        assert own.labels(others).tolist() == fitted.predict(others).tolist()


@pytest.mark.parametrize("method", ["kmeans", "gmm"])
def test_a_saved_model_gives_the_same_customers_the_same_clusters(method: Any, tmp_path: Path) -> None:
    needs("sklearn")
    found = segtool.cluster(EXAMPLE, method=method, k=3)
    file = tmp_path / "m.json"
    file.write_text(found.model.to_json(), encoding="utf-8")
    again = segtool.cluster(EXAMPLE, model=file)
    assert again.table == found.table
    assert again.summary.clusters == found.summary.clusters
    assert (again.summary.k_from, again.summary.method) == ("model", method)
    assert again.model.to_json() == found.model.to_json()


def test_a_model_labels_by_hand_and_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    found = segtool.cluster(PEOPLE, model=hand_made())
    assert found.customers["cluster"].tolist() == [1, 2, 0, 2]
    assert found.customers["cluster_name"].tolist() == ["old", "young", "unclustered", "young"]
    assert found.summary.empty == {"age": 1}
    [told] = [each.message for each in found.summary.warnings if each.code == "cluster-new-levels"]
    assert told.startswith("With a value of plan that the model does not know: 1 customer;")
    persian = segtool.cluster(PEOPLE, model=hand_made(), lang="fa").customers
    assert persian["cluster_title"].tolist() == ["پیر", "جوان", "بی‌خوشه", "جوان"]
    with pytest.raises(
        MissingExtraError, match=r'scikit-learn, which is missing: python -m pip install "segtool\[clus'
    ):
        segtool.cluster(PEOPLE, columns="age")


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 120), st.sampled_from(["free", "paid", "gold", None])), min_size=1))
def test_a_row_has_the_same_cluster_whichever_rows_stand_beside_it(rows: list[tuple[int, str | None]]) -> None:
    model = hand_made()
    frame = pd.DataFrame(rows, columns=["age", "plan"])
    frame["plan"] = frame["plan"].astype("string")
    together = segtool.cluster(frame, model=model).customers["cluster"].tolist()
    alone = [segtool.cluster(frame.iloc[[at]], model=model).customers["cluster"].tolist() for at in range(len(frame))]
    assert [[each] for each in together] == alone


def test_one_customer_by_a_model_is_no_reason_to_doubt_it() -> None:
    found = segtool.cluster(pd.DataFrame({"age": [70], "plan": ["free"]}), model=hand_made())
    assert [each.customers for each in found.summary.clusters] == [1, 0]
    assert (found.summary.silhouette, found.summary.clusters[0].silhouette, codes(found)) == (None, None, [])
    lines = render_cluster(found.summary).splitlines()
    assert "1  age 70 (70.0); plan: free 100%" in lines
    assert "2" not in {line.strip() for line in lines}


def test_what_a_model_says_of_many_customers_is_the_same_in_any_order() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"age": rng.integers(10, 90, 5000), "plan": rng.choice(["free", "paid", "gold"], 5000)})
    one = segtool.cluster(frame, model=hand_made()).summary
    assert segtool.cluster(frame.sample(frac=1, random_state=1), model=hand_made()).summary == one


@pytest.mark.parametrize("cells", [[True, False, None], ["Yes", "no", ""], ["1", "0", None], [1, 0, None]])
def test_a_model_knows_yes_and_no_in_any_words(cells: list[Any]) -> None:
    vip = CategoryFeature("vip", ("false", "true", "(other)"), (0.4, 0.4, 0.2), 0.8)
    model = hand_made(features=(vip,), found=Centres(np.array([[-0.5, 0.75, 0.0], [0.75, -0.5, 0.0]])))
    found = segtool.cluster(pd.DataFrame({"vip": cells}), model=model).customers
    assert found["cluster"].tolist() == [1, 2, 1]  # an empty cell is as far from both, and in the first


def test_a_model_that_is_changed_or_strange_is_refused(tmp_path: Path) -> None:
    text = hand_made().to_json()
    assert parse_model(text, "m.json").names[0]["fa"] == "پیر"
    with pytest.raises(ConfigError, match=r"m\.json is damaged, or was changed after it was made"):
        parse_model(text.replace('"fitted": 10', '"fitted": 11'), "m.json")
    with pytest.raises(ConfigError, match=r"m\.json is no clustering; --save-model FILE writes one\."):
        parse_model("{}", "m.json")
    for strange in (
        {"found": Centres(np.array([[1.0, 2.0]]))},
        {"seed": -1},
        {"features": (NumberFeature("age", None, 0.0, 1.0, 0.0, 0.0),), "found": Centres(np.array([[1.0], [2.0]]))},
        {"found": Mixture(np.array([0.5, 0.5]), np.zeros((2, 3)), np.zeros((2, 3, 3)))},
        {"found": Mixture(np.array([0.2, 0.3, 0.5]), np.zeros((2, 3)), np.tile(np.eye(3), (2, 1, 1)))},
    ):
        with pytest.raises(ConfigError, match="does not hold what a clustering does"):
            parse_model(hand_made(**strange).to_json(), "m.json")
    with pytest.raises(MissingInputError, match="There is no clustering"):
        segtool.cluster(PEOPLE, model=tmp_path / "none.json")


def test_a_model_of_later_customers_is_told_and_one_in_another_currency_refused(orders: Write) -> None:
    table = segtool.rfm(EXAMPLE, as_of="2025-12-31").table
    recency = NumberFeature("recency_days", 1.0, 0.0, 9.0, 4.0, 1.0)
    later = hand_made(
        as_of=pd.Timestamp("2026-02-01").date(),
        features=(recency,),
        found=Centres(np.array([[1.0], [-1.0]])),
        currency="EUR",
    )
    found = segtool.cluster(table, model=later)
    assert "cluster-earlier" in codes(found)
    assert found.summary.model is not None
    assert found.summary.model.age_days == -32
    earlier = segtool.cluster(table, model=hand_made(**{**later.__dict__, "as_of": pd.Timestamp("2025-12-01").date()}))
    assert "made 30 days before" in " ".join(render_cluster(earlier.summary).split())
    path = orders("ann,1,2024-01-01,5,USD", header="customer_id,order_id,order_date,amount,currency")
    with pytest.raises(ConfigError, match="made of amounts in EUR, and this run says USD: make a new model"):
        segtool.cluster(path, model=later, currency="USD")


# What is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "dbscan"}, "method 'dbscan' is unknown; say kmeans, ward, gmm, hdbscan."),
        ({"k": 1}, "k 1 is no whole number of 2 or more."),
        ({"k": 3, "method": "hdbscan"}, "--k is not for hdbscan"),
        ({"min_size": 9}, "--min-size does nothing without --method hdbscan."),
        ({"columns": "x,nix"}, "has no column 'nix' (--columns). Columns:"),
        ({"columns": ","}, "--columns names no column."),
        ({"columns": "day"}, "day is a column of dates, which are not compared"),
        ({"columns": "tags"}, "tags is a column of lists, which are not compared"),
        ({"seed": 2**32}, "seed 4294967296 is too large; scikit-learn takes 4,294,967,295 at most."),
        (
            {"columns": "x", "order_by": "tags"},
            "tags is a column of lists, which are not compared; leave it out of --order",
        ),
        ({"columns": "x", "order_by": "plan"}, "--order-by: DataFrame has no numbers in 'plan'."),
        ({"columns": "x", "since": "2024-01-01"}, "--since is for orders, and this is a table with a row a customer"),
        ({"columns": "x", "model": hand_made()}, "--columns does nothing with --model, which has its groups"),
        ({}, "neither recency_days, frequency and monetary, nor orders that are recognised. Columns: customer_id, x"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], message: str) -> None:
    needs("sklearn")
    frame = blobs(FOUR, 5).assign(day="2024-01-05", tags="a;b", plan=["free", "paid"] * 10)
    with pytest.raises(UsageError) as refused:
        segtool.cluster(frame, **options)
    assert message in str(refused.value)


def test_an_unknown_option_of_the_library_is_a_mistake_of_the_program() -> None:
    needs("sklearn")
    with pytest.raises(TypeError, match=r"cluster\(\) got an unexpected keyword argument 'nix'"):
        segtool.cluster(EXAMPLE, nix=1)


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (
            pd.DataFrame({"x": [1] * 9}),
            {},
            "there are no groups to find by x: all customers are alike there",
        ),
        (pd.DataFrame({"x": [f"n{at}" for at in range(99)]}), {}, "or nearly each has its own value."),
        (pd.DataFrame({"x": [1, 1, 2]}), {}, "3 customers that can be compared, 2 of them different"),
        (pd.DataFrame({"x": [1.0, 2.0, 1e300]}), {}, "x has a number of the size of 1e+300; numbers up to 1e+15 are"),
        (pd.DataFrame({"x": [1, 2, 3]}), {"k": 4}, "--k 4 takes 4 or more"),
        (pd.DataFrame({"x": [1, 2, 3], "y": [None] * 3}), {"columns": "x,y"}, "y is empty"),
        (pd.DataFrame({"x": [1, None], "y": [None, 1]}), {"columns": "x,y"}, "no row has a number in each of x, y"),
        (
            pd.DataFrame({"x": np.arange(20_000) < 2, "y": np.arange(20_000) % 19_999 == 0}),
            {"columns": "x,y"},
            "Nearly all customers are alike: of 2,000 drawn by lot 1 differ; finding groups takes 3 or more.",
        ),
        (
            pd.DataFrame({"customer_id": ["b", "b", "a", "a"], "x": [1, 2, 3, 4]}),
            {},
            "customer 'a' has several rows, and groups are made of one row a customer",
        ),
    ],
)
def test_customers_that_cannot_be_parted_are_refused(frame: pd.DataFrame, options: Any, message: str) -> None:
    needs("sklearn")
    with pytest.raises(DataError) as refused:
        segtool.cluster(frame, **{"columns": "x", **options})
    assert message in str(refused.value)


@pytest.mark.parametrize(("method", "most"), [("ward", "20,000"), ("hdbscan", "100,000")])
def test_methods_that_compare_each_with_each_refuse_large_tables(method: Any, most: str) -> None:
    needs("sklearn")
    frame = pd.DataFrame({"x": np.arange(100_001)})
    with pytest.raises(UsageError) as refused:
        segtool.cluster(frame, columns="x", method=method)
    assert f"compares each customer with each other and takes at most {most} of them, not 100,001" in str(refused.value)
    assert "say --method kmeans or gmm" in str(refused.value)


def test_methods_without_a_rule_for_others_save_no_model() -> None:
    needs("sklearn")
    found = segtool.cluster(blobs(FOUR), columns="x,y", k=4, method="ward")
    with pytest.raises(UsageError, match="--save-model needs --method kmeans or gmm: ward parts the customers it sees"):
        _ = found.model


@pytest.mark.parametrize(
    ("column", "message"),
    [({}, "has no column 'age', which the model compares customers by"), ({"age": "red"}, "age is no column of numb")],
)
def test_a_table_that_a_model_does_not_fit_is_refused(column: dict[str, str], message: str) -> None:
    frame = pd.DataFrame({"plan": ["free"], **column})
    with pytest.raises(DataError) as refused:
        segtool.cluster(frame, model=hand_made())
    assert message in str(refused.value)


# On the command line


def test_the_command_writes_what_the_library_returns_and_a_model_labels_again(run: Run, tmp_path: Path) -> None:
    needs("sklearn")
    done = run("cluster", EXAMPLE, "-o", "c.csv", "--save-model", "m.json", "--summary-file", "s.json")
    assert done.returncode == 0, done.stderr
    assert "Wrote 239 customers to c.csv." in done.stderr
    assert "Wrote the clustering to m.json; it labels other customers with --model." in done.stderr
    found = segtool.cluster(EXAMPLE)
    assert (tmp_path / "c.csv").read_bytes() == csv_of(found.table)
    summary = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert [each["name"] for each in summary["clusters"]] == [each.name for each in found.summary.clusters]
    assert {"file"} == {name for name, value in found.summary.to_dict().items() if summary[name] != value} | {"file"}
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text("raise ImportError")
    without = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    again = run("cluster", EXAMPLE, "--model", "m.json", "-q", "-o", "again.csv", env=without)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "c.csv").read_bytes()
    missing = run("cluster", EXAMPLE, env=without)
    assert (missing.returncode, missing.stdout) == (69, "")
    assert missing.stderr == (
        "segtool: Clusters are found with the package scikit-learn, which is missing: "
        'python -m pip install "segtool[cluster]"\n'
    )


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--save-model", "m.json", "--model", "n.json"], 2, "say one of both."),
        (["--save-model", "m.json", "--method", "ward"], 2, "--save-model needs --method kmeans or gmm"),
        (["--model", "none.json"], 66, "There is no clustering none.json."),
        (["--model", str(EXAMPLE)], 78, "is no clustering; --save-model FILE writes one."),
        (["--k", "1"], 2, "Invalid value for '--k'"),
    ],
)
def test_mistakes_on_the_command_line_have_their_exit_codes(run: Run, args: list[str], code: int, message: str) -> None:
    done = run("cluster", EXAMPLE, *args)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_other_commands_take_the_table(run: Run, tmp_path: Path) -> None:
    needs("sklearn")
    assert run("cluster", EXAMPLE, "-q", "-o", "c.parquet", "--k", "3").returncode == 0
    profiled = run("profile", "c.parquet", "--by", "cluster_name", "--json")
    assert profiled.returncode == 0, profiled.stderr
    assert len(json.loads(profiled.stdout)["segments"]) == 3
    assert run("compare", "c.parquet", "c.parquet", "-q", "-o", "moved.csv").returncode == 0
    noted = pq.read_schema(tmp_path / "c.parquet").metadata[b"segtool_cluster"]
    assert json.loads(noted)["k"] == 3
    assert run("cluster", "-", "--k", "2", input=EXAMPLE.read_text("utf-8")).returncode == 0
    assert run("cluster", EXAMPLE, "--k", "2", "-q", "-o", "r.csv", "--rejects", "aside.csv").returncode == 0
    assert len((tmp_path / "aside.csv").read_text("utf-8").splitlines()) == 31
    of_table = run("cluster", "c.parquet", "--rejects", "aside.csv", "-o", "x.csv")
    assert (of_table.returncode, "--rejects is for orders" in of_table.stderr) == (2, True)


def test_a_refund_does_not_change_how_revenue_is_measured() -> None:
    needs("sklearn")
    frame = pd.DataFrame(
        {"sessions": [1 + at % 5 for at in range(60)], "revenue": [3.0 * (at % 7) ** 3 for at in range(60)]}
    )
    for revenue in (frame["revenue"], frame["revenue"].replace(0.0, -2.0)):
        found = segtool.cluster(frame.assign(revenue=revenue), columns="sessions,revenue", k=2)
        [unit] = [each.unit for each in found.summary.features if each.column == "revenue"]
        assert unit is not None


def test_customers_through_a_pipe_are_labelled_by_a_model_of_their_columns(run: Run, tmp_path: Path) -> None:
    needs("sklearn")
    blobs(FOUR).to_csv(tmp_path / "firms.csv", index=False)
    assert (
        run("cluster", "firms.csv", "--columns", "x,y", "--save-model", "m.json", "-q", "-o", "a.csv").returncode == 0
    )
    firms = (tmp_path / "firms.csv").read_text("utf-8")
    piped = run("cluster", "-", "--model", "m.json", "-q", "-o", "b.csv", input=firms)
    assert (piped.returncode, piped.stderr) == (0, "")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
    unsaid = run("cluster", "-", input=firms)
    assert (unsaid.returncode, "Where a row is a customer, say --customer-level." in unsaid.stderr) == (65, True)


def test_a_table_with_a_row_a_customer_is_read_as_rfm_reads_it(orders: Write) -> None:
    needs("sklearn")
    rows = [f"c{at},2024-0{1 + at % 9}-01,{1 + at % 4},{10 + 7 * at}" for at in range(40)]
    path = orders(*rows, header="Customer ID,Last order date,Orders,Total spent")
    found = segtool.cluster(path, k=2)
    assert found.summary.of == "orders"
    assert found.table.column_names[-2:] == ["cluster", "cluster_name"]
    assert found.summary.customers == 40


def test_large_numbers_and_zeros_in_the_middle_of_a_group_have_no_decimals() -> None:
    needs("sklearn")
    turnover = [100_000.25 + (at % 20) * 1_001 + (at // 20) * 9_000_000 for at in range(40)]
    frame = pd.DataFrame({"turnover": turnover, "visits": [0] * 20 + [3, 4] * 10})
    text = render_cluster(segtool.cluster(frame, columns="turnover,visits", k=2).summary)
    assert "visits 0 (0)" in text
    assert "turnover 9,109,510 (9,109,510); visits 3.50 (3.5)" in text


@pytest.mark.parametrize(("lang", "digits"), [("en", "en"), ("fa", "fa")])
def test_the_summary_looks_as_it_should(lang: Any, digits: Any) -> None:
    needs("sklearn")
    found = segtool.cluster(EXAMPLE, k=4, lang=lang, digits=digits)
    text = render_cluster(found.summary, words=words_in(lang, digits))
    assert (
        max(cell_len(line.translate(dict.fromkeys(map(ord, "\u2067\u2069\u200e")))) for line in text.split("\n")) <= 80
    )
    golden.check(f"cluster-{lang}.txt", text.replace(str(ROOT), "."))


# CDNOW


def cdnow() -> Path:
    from importlib.util import find_spec

    spec = find_spec("lifetimes")
    if spec is None or not spec.submodule_search_locations:
        needs("lifetimes")
        raise AssertionError
    return Path(spec.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"


def test_groups_of_cdnow_are_even_where_raw_numbers_put_nearly_all_into_one() -> None:
    cluster = needs("sklearn.cluster")
    read = {"header": False, "delimiter": "blanks", "customer_id": "1", "order_date": "3", "amount": "5"}
    runs = [segtool.cluster(cdnow(), **read, orders_by="day") for _ in range(2)]
    found = runs[0].summary
    assert csv_of(runs[0].table) == csv_of(runs[1].table)
    assert runs[0].model.to_json() == runs[1].model.to_json()
    assert (found.customers, found.k, found.stands_out) == (2357, 3, True)
    own = max(each.share for each in found.clusters)
    raw = runs[0].customers[["recency_days", "frequency", "monetary"]].astype(float).to_numpy()

    def largest(groups: Any) -> float:
        return float(np.bincount(groups).max() / len(groups))

    with in_order():
        joined = largest(cluster.AgglomerativeClustering(3, linkage="average").fit_predict(raw))
        spend = largest(cluster.KMeans(2, n_init=10, random_state=0).fit_predict(raw[:, 1:]))
        means = largest(cluster.KMeans(3, n_init=10, random_state=0).fit_predict(raw))
    assert joined > 0.99  # average linkage: all but ten customers are in one
    assert spend > 0.96  # k-means of orders and money in two
    assert own < 0.6 < means
