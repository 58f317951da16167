"""Schemes name exactly one segment for every score, and are the published maps."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import SchemeError, UsageError
from segtool.rules import levels, prove
from segtool.scoring import above_mean
from segtool.segments.schemes import built_in, load, parse

LOYALTY = {  # recency × frequency, as published: R range, F range
    "Hibernating": ("12", "12"), "At Risk": ("12", "34"), "Can't Lose Them": ("12", "5"), "About To Sleep": ("3", "12"),
    "Need Attention": ("3", "3"), "Loyal Customers": ("34", "45"), "Promising": ("4", "1"), "New Customers": ("5", "1"),
    "Potential Loyalists": ("45", "23"), "Champions": ("5", "45"),
}  # fmt: skip
VALUE = {
    "True Friends": ("45", "45"),
    "Butterflies": ("123", "45"),
    "Barnacles": ("45", "123"),
    "Strangers": ("123", "123"),
}
MATRIX = {"Best": ("2", "2"), "Spenders": ("1", "2"), "Frequent": ("2", "1"), "Uncertain": ("1", "1")}


@pytest.mark.parametrize(
    ("name", "published"), [("loyalty-matrix", LOYALTY), ("value-loyalty", VALUE), ("customer-value-matrix", MATRIX)]
)
def test_a_built_in_scheme_is_the_published_map(name: str, published: dict[str, tuple[str, str]]) -> None:
    scheme = load(name)
    (first, n), (second, m) = scheme.axes.items()
    for x, y in product(range(1, n + 1), range(1, m + 1)):
        expected = [key for key, (xs, ys) in published.items() if str(x) in xs and str(y) in ys]
        place = scheme.assign({first: np.array([x]), second: np.array([y])})[0]
        assert [scheme.segments[place].name] == expected


def test_every_built_in_scheme_is_sound_and_has_advice() -> None:
    assert built_in() == ("customer-value-matrix", "loyalty-matrix", "value-loyalty")
    for name in built_in():
        for segment in load(name).segments:
            assert segment.title
            assert segment.advice.endswith(".")
            assert "first purchase" not in segment.advice


def test_segments_stand_from_best_to_worst() -> None:
    assert [segment.name for segment in load("loyalty-matrix").segments] == [
        "Champions", "Loyal Customers", "Potential Loyalists", "New Customers", "Promising", "Need Attention",
        "About To Sleep", "Can't Lose Them", "At Risk", "Hibernating",
    ]  # fmt: skip


def toml(*conditions: str) -> str:
    tables = (
        f'[[segments]]\nname = "S{i}"\ntitle = "S{i}"\nadvice = "."\nr = "{c}"\n' for i, c in enumerate(conditions)
    )
    return 'title = "T"\n[scoring]\nr = { bins = 3 }\n' + "".join(tables)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (toml("1", "3"), "Scheme mine names no segment for r = 2."),
        (toml("1..2", "2..3"), "Scheme mine names S0 and S1 for r = 2."),
        (toml("1..2", "4"), "segment S1: '4' allows no level among 1..3."),
        (toml("1..2", "three"), "segment S1: 'three' is no condition"),
        (toml("1..3") + 'f = "1"\n', "segment S0: 'f' is no axis of its scoring."),
        (toml("1..3").replace("r = {", "x = {"), "scores 'x'; an axis is one of r, f, m"),
        ("title = ", "Scheme mine is no TOML"),
        ('title = "T"\n', "Scheme mine lacks 'scoring'"),
    ],
)
def test_a_scheme_that_is_not_sound_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(SchemeError) as caught:
        parse(text, "mine")
    assert message in str(caught.value)


def test_a_sound_scheme_is_taken() -> None:
    scheme = parse(toml("<2", ">=2"), "mine")
    assert scheme.assign({"r": np.array([1, 2, 3])}).tolist() == [0, 1, 1]


def test_an_unknown_scheme_is_a_usage_error_that_lists_them() -> None:
    with pytest.raises(
        UsageError, match=r"no scheme 'loyalty'.*customer-value-matrix, loyalty-matrix, value-loyalty, none"
    ):
        load("loyalty")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("3", {3}),
        ("2..4", {2, 3, 4}),
        ("..2", {1, 2}),
        ("4..", {4, 5}),
        (">= 4", {4, 5}),
        ("<=1", {1}),
        (">4", {5}),
        ("<2", {1}),
    ],
)
def test_conditions_allow_levels(condition: str, allowed: set[int]) -> None:
    assert levels(condition, 5) == allowed


boxes = st.lists(st.tuples(st.sets(st.integers(1, 3), min_size=1), st.sets(st.integers(1, 3), min_size=1)), max_size=5)


@given(boxes)
def test_the_prover_agrees_with_brute_force(regions: list[tuple[set[int], set[int]]]) -> None:
    named = [(f"s{i}", {"r": frozenset(r), "f": frozenset(f)}) for i, (r, f) in enumerate(regions)]
    owners = {
        (x, y): [f"s{i}" for i, (r, f) in enumerate(regions) if x in r and y in f]
        for x, y in product(range(1, 4), repeat=2)
    }
    proof = prove(named, {"r": 3, "f": 3})
    assert set(proof.gaps) == {cell for cell, own in owners.items() if not own}
    assert dict(proof.overlaps) == {cell: tuple(own) for cell, own in owners.items() if len(own) > 1}
    assert proof.sound == all(len(own) == 1 for own in owners.values())


pairs = st.lists(st.tuples(st.integers(-(10**17), 10**17), st.integers(1, 1000)), min_size=1, max_size=20)


@given(pairs)
def test_the_mean_cut_is_exact(rows: list[tuple[int, int]]) -> None:
    values, counts = (np.array(column) for column in zip(*rows, strict=True))
    total, count = sum(v for v, _ in rows), sum(c for _, c in rows)
    assert above_mean(values, counts).tolist() == [2 if v * count >= total * c else 1 for v, c in rows]
