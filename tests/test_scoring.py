"""Scores: by rank, by cuts, spread, nested, by group; each against a plain rule written out here."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import needs
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.engines import Customers
from segtool.errors import UsageError
from segtool.scoring.cuts import cut
from segtool.scoring.figures import Figures
from segtool.scoring.groups import SMALL, group, regroup
from segtool.scoring.options import ScoreOptions
from segtool.scoring.scores import Method, score_customers
from segtool.scoring.statement import AxisRule, at_cuts, in_bins


def figures(r: Sequence[int], f: Sequence[int] | None = None, m: Sequence[int] | None = None) -> Figures:
    """Return customers with these days, orders and units of money."""
    days, orders, money = (np.array(own if own is not None else [1] * len(r), np.int64) for own in (r, f, m))
    ids = pa.array([f"{i:03}" for i in range(len(r))])
    return Figures(Customers(ids, -days, -days, orders, money), days)


def scored(raw: Sequence[int], rule: AxisRule, **method: Any) -> list[int]:
    found = score_customers(figures(raw, raw, raw), {"x": rule}, Method(**method))
    return found.levels["x"].tolist()


values = st.lists(st.integers(-20, 20), min_size=1, max_size=30)
some_bins = st.integers(2, 10)


@given(values, some_bins)
def test_scores_follow_the_rank_rule(raw: list[int], bins: int) -> None:
    below = [sum(other < value for other in raw) for value in raw]
    assert scored(raw, in_bins("frequency", bins)) == [bins * b // len(raw) + 1 for b in below]
    assert scored(raw, in_bins("recency_days", bins)) == [bins - bins * b // len(raw) for b in below]


@given(values, some_bins)
def test_with_high_ties_equal_customers_take_the_place_of_the_last_of_them(raw: list[int], bins: int) -> None:
    last = [sum(other <= value for other in raw) - 1 for value in raw]
    assert scored(raw, in_bins("frequency", bins), ties="high") == [bins * b // len(raw) + 1 for b in last]
    assert scored(raw, in_bins("recency_days", bins), ties="high") == [bins - bins * b // len(raw) for b in last]


def test_ties_by_hand() -> None:
    raw = [1, 1, 1, 2, 3, 9]
    assert scored(raw, in_bins("frequency", 3)) == [1, 1, 1, 2, 3, 3]
    assert scored(raw, in_bins("frequency", 3), ties="high") == [2, 2, 2, 2, 3, 3]
    assert scored(raw, in_bins("frequency", 3), ties="spread") == [1, 1, 2, 2, 3, 3]
    assert scored([7, 7, 7, 7, 9], in_bins("recency_days", 3), ties="spread") == [1, 2, 2, 3, 1]


@given(values, some_bins)
def test_cuts_are_the_discrete_percentiles(raw: list[int], bins: int) -> None:
    ordered = sorted(raw)
    for k, found in enumerate(cut(figures(raw), in_bins("recency_days", bins))[0].tolist(), start=1):
        enough = [v for i, v in enumerate(ordered, start=1) if Fraction(i, len(raw)) >= Fraction(k, bins)]
        assert found == enough[0]


@given(values, some_bins, st.sampled_from(["low", "high"]), st.sampled_from(["recency_days", "frequency"]))
def test_equal_values_share_a_score_and_better_values_never_score_lower(
    raw: list[int], bins: int, ties: str, figure: str
) -> None:
    rule = in_bins(figure, bins)
    scores = scored(raw, rule, ties=ties)
    for value, own in zip(raw, scores, strict=True):
        for other, theirs in zip(raw, scores, strict=True):
            if value == other:
                assert own == theirs
            elif (value > other) == rule.higher_is_better:
                assert own >= theirs
    assert 1 <= min(scores) <= max(scores) <= bins


@given(values, some_bins, st.sampled_from(["low", "high"]))
def test_a_cut_is_a_value_that_its_bin_ends_with(raw: list[int], bins: int, ties: str) -> None:
    rule = in_bins("frequency", bins)
    cuts = cut(figures(raw, raw), rule, ties=ties)[0].tolist()
    scores = scored(raw, rule, ties=ties)
    assert cuts == sorted(cuts)
    for level, largest in enumerate(cuts, start=1):
        assert {value for value, own in zip(raw, scores, strict=True) if own <= level} == {
            v for v in raw if v <= largest
        }


@pytest.mark.parametrize("bins", range(2, 11))
def test_spread_scores_are_the_ntile_of_sql(bins: int) -> None:
    duckdb = needs("duckdb")
    made = np.random.default_rng(bins)
    for count in range(1, 31):
        raw = made.integers(0, 6, count).tolist()
        table = pa.table({"id": [f"{i:03}" for i in range(count)], "v": raw})
        query = "select ntile({}) over (order by v {}, id) from 'table' order by id".replace("'table'", "table_")
        connection = duckdb.connect()
        connection.register("table_", table)
        for figure, order in (("frequency", ""), ("recency_days", "desc")):
            expected = [row[0] for row in connection.execute(query.format(bins, order)).fetchall()]
            assert scored(raw, in_bins(figure, bins), ties="spread") == expected


@given(values, some_bins)
def test_spread_bins_differ_by_one_customer_and_the_first_ones_have_more(raw: list[int], bins: int) -> None:
    sizes = np.bincount(scored(raw, in_bins("frequency", bins), ties="spread"), minlength=bins + 1)[1:].tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] - sizes[-1] <= 1


@given(values)
def test_the_mean_cut_is_exact(raw: list[int]) -> None:
    at_or_above = [1 + (value * len(raw) >= sum(raw)) for value in raw]
    at_or_below = [1 + (value * len(raw) <= sum(raw)) for value in raw]
    assert scored(raw, AxisRule("monetary", "mean")) == at_or_above
    assert scored(raw, AxisRule("recency_days", "mean")) == at_or_below


money = st.integers(-(10**17), 10**17)


@given(st.lists(st.tuples(money, st.integers(1, 1000)), min_size=1, max_size=20))
def test_the_mean_order_value_is_revenue_over_orders_rounded_as_those_of_customers(rows: list[tuple[int, int]]) -> None:
    def rounded(value: int, count: int) -> int:
        return (abs(value) * 2 + count) // (2 * count) * (1 if value >= 0 else -1)

    spent, orders = zip(*rows, strict=True)
    found = score_customers(figures(orders, orders, spent), {"a": AxisRule("average_order_value", "mean")})
    mean = rounded(sum(spent), sum(orders))
    assert found.levels["a"].tolist() == [1 + (rounded(v, c) >= mean) for v, c in rows]


def test_equal_customers_are_all_at_the_mean() -> None:
    found = score_customers(figures([3, 3], [3, 3], [100_000, 100_000]), {"a": AxisRule("average_order_value", "mean")})
    assert found.levels["a"].tolist() == [2, 2]


def test_own_cuts_are_the_largest_values_of_their_bins() -> None:
    raw = [0, 30, 31, 90, 400]
    assert scored(raw, at_cuts("recency_days", [30, 90])) == [3, 3, 2, 2, 1]
    assert scored(raw, at_cuts("frequency", [30, 90])) == [1, 1, 2, 2, 3]


some_customers = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4), st.integers(0, 9)), min_size=1, max_size=40)
methods = st.sampled_from(["low", "high", "spread"])


@given(some_customers, st.integers(2, 4), methods)
def test_nested_scores_are_scores_within_the_scores_before_them(
    rows: list[tuple[int, int, int]], bins: int, ties: Any
) -> None:
    r, f, m = (list(own) for own in zip(*rows, strict=True))
    axes = {"r": in_bins("recency_days", bins), "f": in_bins("frequency", bins), "m": in_bins("monetary", bins)}
    found = score_customers(figures(r, f, m), axes, Method(ties, nested=True)).levels
    assert found["r"].tolist() == scored(r, axes["r"], ties=ties)
    inside = {"f": [(own,) for own in found["r"].tolist()]}
    inside["m"] = list(zip(found["r"].tolist(), found["f"].tolist(), strict=True))
    for axis, raw in (("f", f), ("m", m)):
        for cell in set(inside[axis]):
            members = [i for i, own in enumerate(inside[axis]) if own == cell]
            assert found[axis][members].tolist() == scored([raw[i] for i in members], axes[axis], ties=ties)


def in_groups(raw: list[int], labels: list[str], rule: AxisRule, least: int, **method: Any) -> list[int]:
    """Return the scores within each group; groups that are too small are one."""
    sizes = {label: labels.count(label) for label in labels}
    names = [label if sizes[label] >= least else SMALL for label in labels]
    rows: dict[int, int] = {}
    for _, own in groupby(sorted(range(len(raw)), key=lambda i: names[i]), key=lambda i: names[i]):
        members = list(own)
        rows |= zip(members, scored([raw[i] for i in members], rule, **method), strict=True)
    return [rows[i] for i in range(len(raw))]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcd")), min_size=1, max_size=40), st.integers(1, 6), methods
)
def test_groups_are_scored_each_among_themselves(rows: list[tuple[int, str]], least: int, ties: Any) -> None:
    raw, labels = [value for value, _ in rows], [label for _, label in rows]
    groups = group(pa.array(labels), least=least)
    for rule in (in_bins("frequency", 3), in_bins("recency_days", 3), AxisRule("monetary", "mean")):
        found = score_customers(figures(raw, raw, raw), {"x": rule}, Method(ties), groups)
        assert found.levels["x"].tolist() == in_groups(raw, labels, rule, least, ties=ties)


def test_groups_stand_in_byte_order_and_the_small_ones_last() -> None:
    groups = group(pa.array(["b", "a", "b", "é", "B", "B"]), least=2)
    assert groups.names == ("B", "b", SMALL)
    assert groups.pooled == ("a", "é")
    assert groups.codes.tolist() == [1, 2, 1, 2, 0, 0]


def test_a_label_that_is_not_known_is_with_the_small_groups() -> None:
    groups = regroup(pa.array(["b", "x"]), ("b", SMALL), ())
    assert groups.codes.tolist() == [0, 1]


def test_a_group_without_customers_has_the_cuts_of_all() -> None:
    groups = group(pa.array(["a", "a", "b", "b"]), least=1)
    cuts = cut(figures([1, 2, 8, 9]), in_bins("recency_days", 2), codes=groups.codes, groups=len(groups))
    assert groups.names == ("a", "b", SMALL)
    assert cuts.tolist() == [[1], [8], [2]]


@given(some_customers, st.integers(2, 4), st.sampled_from(["low", "high"]), st.booleans())
def test_frozen_cuts_give_the_scores_that_they_were_made_of(
    rows: list[tuple[int, int, int]], bins: int, ties: Any, nested: bool
) -> None:
    own = figures(*(list(column) for column in zip(*rows, strict=True)))
    axes = {"r": in_bins("recency_days", bins), "f": in_bins("frequency", bins), "m": in_bins("monetary", bins)}
    method = Method(ties, nested)
    whole = score_customers(own, axes, method)
    cuts = {axis: own for axis, own in whole.cuts.items() if own is not None}
    again = score_customers(own, axes, method, frozen=cuts)
    half = score_customers(
        figures(*(list(column) for column in zip(*rows[::2], strict=True))), axes, method, frozen=cuts
    )
    for axis in axes:
        assert again.levels[axis].tolist() == whole.levels[axis].tolist()
        assert half.levels[axis].tolist() == whole.levels[axis].tolist()[::2]


def test_the_digits_of_a_score_are_text_with_hyphens_where_one_has_two_digits() -> None:
    def text(*rules: AxisRule) -> list[str]:
        axes = dict(zip("rfm", rules, strict=True))
        own = figures([0, 5], [9, 1], [9, 1])
        return score_customers(own, axes).text().to_pylist()

    assert text(*(in_bins(figure, 2, 0) for figure in ("recency_days", "frequency", "monetary"))) == ["111", "000"]
    assert text(in_bins("recency_days", 10), in_bins("frequency", 3), in_bins("monetary", 2)) == ["10-2-2", "5-1-1"]
    assert text(in_bins("recency_days", 10, 0), in_bins("frequency", 3), in_bins("monetary", 2)) == ["922", "411"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bins": 1}, "--bins 1 is out of range; say 2 to 10, once or for each of R, F, M."),
        ({"bins": "5,3"}, "--bins 5,3 is out of range"),
        ({"bins": "5,3,5,5"}, "--bins 5,3,5,5 is out of range"),
        ({"bins": "five"}, "--bins five is out of range"),
        ({"ties": "random"}, "--ties 'random' is unknown; say low or high or spread."),
        ({"recency_cuts": "30,20"}, "--recency-cuts 30,20: cuts must rise; write the largest value of each bin"),
        ({"recency_cuts": "30.5"}, "--recency-cuts 30.5: '30.5' is not a whole number"),
        ({"monetary_cuts": "1.00001"}, "--monetary-cuts 1.00001: '1.00001' is not an amount with up to 4 decimals"),
        ({"frequency_cuts": ",".join(map(str, range(10)))}, "there must be 1 to 9 cuts"),
        ({"frequency_cuts": "1,2", "bins": 5}, "--frequency-cuts 1,2: these are 3 scores, and --bins says 5."),
        ({"weights": "100,10"}, "--weights 100,10 does not fit; say a number for each of R, F, M, as 100,10,1."),
        ({"weights": "1,-1,1"}, "--weights 1,-1,1 does not fit"),
        ({"weights": "1e9999999,1,1"}, "--weights 1e9999999,1,1 does not fit"),
        ({"min_group": 0}, "--min-group 0 is no number of customers"),
    ],
)
def test_options_that_do_not_fit_are_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        ScoreOptions(**options)
    assert message in str(caught.value)


def test_spread_refuses_a_scheme_that_cuts_any_axis_into_bins_of_other_sizes(six: Path, tmp_path: Path) -> None:
    rules = '[[segments]]\nname = "A"\n{0} = 3\n[[segments]]\nname = "B"\n{0} = "..2"\n'
    for axis, name in (("orders", "orders"), ("f", "F")):
        path = tmp_path / f"{axis}.toml"
        path.write_text(f'[scoring]\n{axis} = {{ cuts = ["10%", "90%"] }}\n' + rules.format(axis), "utf-8")
        with pytest.raises(UsageError, match=f"needs bins of one size; scheme {axis} cuts {name} otherwise"):
            segtool.rfm(six, scheme=str(path), ties="spread")
