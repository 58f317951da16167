"""`segtool.lift`: whether a campaign worked, by hand, against slow counts, and as it is told."""

import csv
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ONCE_OR_MORE, ROOT, Run, needs
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import segtool
from segtool.errors import DataError, MissingRoleError, UsageError
from segtool.lifting import Lifted
from segtool.output.lift import render_lift, signed
from segtool.summary.lift import ALL, NO_ORDERS_BEFORE, LiftSummary, SegmentLift
from segtool.words import words_in
from segtool.worth.campaign import Done, tallies
from segtool.worth.experiment import heads_needed

EXAMPLE = ROOT / "examples" / "orders.csv"
SENT, HOLDOUT = ROOT / "examples" / "sent.csv", ROOT / "examples" / "holdout.csv"


EIGHT = [
    *("ann,1,2024-01-05,10", "ben,2,2024-01-10,20", "cid,3,2024-01-12,30", "cid,4,2024-01-15,5"),
    *("dee,5,2024-01-20,40", "eve,6,2024-01-31,8", "fay,7,2024-01-25,3"),
    *("ann,11,2024-02-01,5", "ann,11,2024-02-05,-2", "ann,12,2024-02-10,7", "ben,13,2024-02-11,9"),
    *("zoe,14,2024-02-03,4", "dee,15,2024-02-10,6", "fay,7,2024-02-02,-3"),
]
"""Ann, Ben, Cid and Zoe got a campaign that ran from the 1st to the 10th of February; Dee, Eve, Fay and Nil did not.
In these days Ann ordered twice for 10 net and Zoe once for 4; Dee once for 6, and Fay gave back 3. Ben was a day late.
Zoe had never bought before, and Nil never did."""


@pytest.fixture
def eight(orders: Callable[..., Path]) -> dict[str, Any]:
    """Return what lift is given of eight customers."""
    orders("ann", "ben", "cid", "zoe", header="customer_id", name="sent.csv")
    orders("dee", "eve", "fay", "nil", header="customer_id", name="held.csv")
    path = orders(*EIGHT)
    (path.parent / "once.toml").write_text(ONCE_OR_MORE)
    return {
        "orders": path,
        "treated": path.parent / "sent.csv",
        "control": path.parent / "held.csv",
        "from_date": "2024-02-01",
        "days": 10,
        "scheme": str(path.parent / "once.toml"),
    }


@pytest.fixture(scope="module")
def example() -> Lifted:
    return of_example()


def of_example(**options: Any) -> Lifted:
    return segtool.lift(EXAMPLE, treated=SENT, control=HOLDOUT, from_date="2025-12-01", **options)


def codes(found: LiftSummary) -> list[str]:
    return [each.code for each in found.warnings]


def adds_up(found: LiftSummary) -> None:
    """Assert that the segments add up to both groups as a whole, and that nobody buys who is not there."""
    for each in (*found.segments, found.overall):
        for group in (each.treated, each.control):
            assert group.buyers <= min(group.customers, group.orders)
            assert (group.buyers == 0) == (group.orders == 0)
    for name in ("treated", "control"):
        own, listed = getattr(found.overall, name), getattr(found, f"{name}_list")
        assert listed.listed == listed.customers + listed.in_both + listed.excluded
        assert own.customers == listed.customers >= listed.without_orders
        if found.segments:
            for figure in ("customers", "buyers", "orders", "revenue"):
                whole = sum((getattr(getattr(each, name), figure) for each in found.segments), type(own.revenue)(0))
                assert whole == getattr(own, figure)
    if found.overall.extra and found.overall.extra.cost is not None:
        costs = [each.extra.cost for each in found.segments if each.extra and each.extra.cost is not None]
        missing = any(each.extra is None for each in found.segments)
        assert sum(costs, Decimal(0)) == found.overall.extra.cost or missing or not found.segments


# By hand


def test_eight_customers_by_hand(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight, contact_cost="0.5", margin="50%").summary
    adds_up(found)
    whole = found.overall
    assert (str(found.as_of), str(found.first), str(found.last), found.is_whole) == (
        *("2024-01-31", "2024-02-01", "2024-02-10"),
        True,
    )
    treated, control = whole.treated, whole.control
    assert (treated.customers, treated.buyers, treated.orders, treated.revenue) == (4, 2, 3, Decimal(14))
    assert (control.customers, control.buyers, control.orders, control.revenue) == (4, 1, 1, Decimal(3))
    assert (treated.buying_rate, control.buying_rate) == (0.5, 0.25)
    assert (treated.orders_per_head, control.orders_per_head) == (0.75, 0.25)
    assert (treated.revenue_per_head, control.revenue_per_head) == (3.5, 0.75)
    buying, orders, spent, extra = whole.buying_rate, whole.orders_per_head, whole.revenue_per_head, whole.extra
    assert buying
    assert orders
    assert spent
    assert extra
    assert extra.gain
    assert (buying.difference, buying.lift) == (0.25, 1)
    assert (orders.difference, orders.lift) == (0.5, 2)
    assert spent.difference == 2.75
    assert (extra.buyers.value, extra.orders.value, extra.revenue.value) == (1, 2, 11)
    assert (extra.cost, extra.cost_per_order, extra.margin, extra.gain.value) == (Decimal(2), 1, 5.5, 3.5)
    assert (whole.verdict, whole.p, whole.p_adjusted) == ("too-small", 1.0, 1.0)


def test_their_segments_are_those_of_the_day_before(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight).summary
    assert [(each.name, each.treated.customers, each.control.customers) for each in found.segments] == [
        ("More", 1, 0),
        ("Once", 2, 3),
        (NO_ORDERS_BEFORE, 1, 1),
    ]
    more, once, none = found.segments
    assert (more.verdict, more.p, more.buying_rate, more.extra) == ("too-small", None, None, None)
    assert (once.treated.buyers, once.control.buyers, none.treated.buyers, none.control.buyers) == (1, 1, 1, 0)
    assert (once.treated.revenue, once.control.revenue, none.treated.revenue) == (Decimal(10), Decimal(3), Decimal(4))
    assert (once.p, once.p_adjusted, once.health, none.health) == (1.0, 1.0, "negative", None)


def test_the_same_days_before_the_campaign_are_told(eight: dict[str, Any]) -> None:
    before = segtool.lift(**eight).summary.before
    assert before
    assert (str(before.first), str(before.last)) == ("2024-01-22", "2024-01-31")
    assert (before.treated.buyers, before.control.buyers, before.control.revenue) == (0, 2, Decimal(11))
    assert before.p == pytest.approx(3 / 7)  # 15 + 15 of 70 are as rare as this one: 6 + 6 of 28
    early = segtool.lift(**{**eight, "days": 40}).summary.before
    assert early
    assert str(early.first) == "2024-01-05"


def test_without_a_scheme_only_the_whole_is_told(eight: dict[str, Any]) -> None:
    found = segtool.lift(**{**eight, "scheme": "none"})
    assert (found.summary.segments, found.summary.scheme) == ((), "none")
    assert found.table["segment"].to_pylist() == [ALL]
    adds_up(found.summary)
    assert "by segment" not in render_lift(found.summary)


def test_a_cost_of_all_is_split_by_heads_to_the_last_unit(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight, cost="0.0007").summary
    assert [each.extra and each.extra.cost for each in found.segments] == [None, Decimal("0.0004"), Decimal("0.0002")]
    assert found.overall.extra
    assert found.overall.extra.cost == Decimal("0.0007")


def test_no_extra_order_is_said_plainly_and_has_no_price(eight: dict[str, Any]) -> None:
    turned = {**eight, "treated": eight["control"], "control": eight["treated"]}
    found = segtool.lift(**turned, cost=7, margin=0.4).summary
    assert found.overall.extra
    assert found.overall.extra.cost_per_order is None
    text = render_lift(found)
    assert "- There is no extra order: 0.250 per head of the treated, 0.750 of the control\n" in text
    assert "- 7 were spent and no extra order came of it.\n" in text
    assert "- Gain: -4.40 of margin less 7 of cost is -11.40 (95%:" in text
    assert "Extra margin: 4.40." in render_lift(segtool.lift(**eight, margin="0.4").summary)


def test_who_is_in_both_lists_is_in_neither_group(eight: dict[str, Any], orders: Callable[..., Path]) -> None:
    both = orders("dee", "eve", "fay", "nil", "ann", " ANN ", header="customer_id", name="held.csv")
    found = segtool.lift(**eight | {"control": both}).summary
    adds_up(found)
    assert (found.treated_list.in_both, found.control_list.in_both, found.control_list.listed) == (1, 1, 6)
    assert (found.overall.treated.customers, found.overall.treated.buyers) == (3, 1)
    assert "lift-in-both" in codes(found)
    orders("dee", "eve", header="customer_id", name="held.csv")
    assert "lift-in-both" not in codes(segtool.lift(**eight).summary)


def test_who_is_excluded_is_in_no_group(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight, exclude=pd.DataFrame({"customer_id": ["zoe", "nil", "who"]})).summary
    adds_up(found)
    assert (found.treated_list.excluded, found.control_list.excluded) == (1, 1)
    assert (found.overall.treated.customers, found.overall.control.customers) == (3, 3)


def test_ids_that_the_orders_do_not_have_count_and_are_told(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight).summary
    assert (found.treated_list.without_orders, found.control_list.without_orders) == (0, 1)
    assert "lift-unknown" in codes(found)
    [told] = [each.message for each in found.warnings if each.code == "lift-unknown"]
    assert told == "Without any order, and counted as customers who bought nothing: 1 of 4 (control group)."
    strange = pd.DataFrame({"customer_id": ["ann", "x1", "x2"]})
    assert "lift-mostly-unknown" in codes(segtool.lift(**eight | {"treated": strange}).summary)
    known = pd.DataFrame({"customer_id": ["dee", "eve"]})
    assert "lift-unknown" not in codes(segtool.lift(**eight | {"control": known}).summary)


def test_a_window_that_the_data_do_not_fill_is_cut_and_told(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight | {"days": 30}).summary
    assert (str(found.last), found.days, found.is_whole) == ("2024-02-11", 30, False)
    [told] = [each.message for each in found.warnings if each.code == "lift-cut"]
    assert told.startswith("The orders end on 2024-02-11: only 11 days of the 30 asked for are told")
    assert "lift-cut" not in codes(segtool.lift(**eight | {"days": 11}).summary)


def test_without_orders_before_there_is_one_segment(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight | {"from_date": "2024-01-01"}).summary
    assert [each.name for each in found.segments] == [NO_ORDERS_BEFORE]
    assert found.before is None
    assert "lift-no-history" in codes(found)
    assert "lift-no-history" not in codes(segtool.lift(**eight).summary)


# Groups of some size


def shop(sizes: dict[str, int], before: dict[str, int], during: dict[str, int]) -> dict[str, Any]:
    """Return two groups of so many customers, of whom so many bought before a campaign and so many during it."""
    rows = [("x", "2023-12-01", 1.0), ("x", "2024-12-31", 1.0)]
    lists = {}
    for group, size in sizes.items():
        ids = [f"{group[0]}{number:04}" for number in range(size)]
        lists[group] = pd.DataFrame({"customer": ids})
        rows += [(who, "2024-01-20", 10.0 + at % 7) for at, who in enumerate(ids[: before[group]])]
        rows += [(who, "2024-02-02", 20.0 + at % 5) for at, who in enumerate(ids[size - during[group] :])]
    orders = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return {"orders": orders, **lists, "from_date": "2024-02-01", "days": 20}


SIZES = {"treated": 200, "control": 150}


def test_a_campaign_that_worked_is_said_to(recwarn: pytest.WarningsRecorder) -> None:
    found = segtool.lift(**shop(SIZES, {"treated": 100, "control": 75}, {"treated": 80, "control": 30}), cost=100)
    summary = found.summary
    assert (summary.overall.verdict, summary.revenue_verdict, summary.overall.needed) == ("more", "more", None)
    assert not {"lift-unlike-buyers", "lift-unlike-segments"} & {*codes(summary)}
    text = render_lift(summary)
    assert "- More bought: 40.0% of the treated against 20.0% of the control group, 20.0\n  points more (95%: " in text
    assert "They spent more: 8.80 per head against 4.40 (95%:" in text
    assert "- Extra: 40.0 orders (95%: " in text
    assert "- An extra order cost 2.50: 100 for 40.0.\n" in text
    assert "may be chance" not in text


def test_a_campaign_that_harmed_is_said_to() -> None:
    found = segtool.lift(**shop(SIZES, {"treated": 100, "control": 75}, {"treated": 40, "control": 60})).summary
    assert (found.overall.verdict, found.revenue_verdict) == ("fewer", "less")
    text = render_lift(found)
    assert (
        "- Fewer bought: 20.0% of the treated against 40.0% of the control group, 20.0\n  points fewer (95%: " in text
    )
    assert "They spent less: 4.40 per head against 8.80 (95%:" in text
    persian = render_lift(found, words=words_in("fa"))
    assert "کمتر خریدند" in persian


def test_revenue_is_not_judged_by_a_few_buyers() -> None:
    found = segtool.lift(**shop(SIZES, {"treated": 100, "control": 75}, {"treated": 50, "control": 5})).summary
    assert (found.overall.verdict, found.revenue_verdict) == ("more", "no-difference")
    assert "Whether they spent more or less per head cannot be told." in render_lift(found)


def test_groups_that_differed_before_are_told() -> None:
    unlike = segtool.lift(**shop(SIZES, {"treated": 150, "control": 60}, {"treated": 80, "control": 30})).summary
    assert {"lift-unlike-buyers", "lift-unlike-segments"} <= {*codes(unlike)}
    assert unlike.before
    assert unlike.before.p < 0.01
    assert unlike.before.p_segments is not None
    assert unlike.before.p_segments < 0.01


def test_a_difference_that_cannot_be_told_says_how_many_it_takes() -> None:
    given = shop(SIZES, {"treated": 100, "control": 75}, {"treated": 40, "control": 30})
    found = segtool.lift(**given, detect=5).summary
    assert (found.overall.verdict, found.detect) == ("no-difference", 0.05)
    needed = found.overall.needed
    assert needed
    assert (needed.treated, needed.control) == (1416, 1062)
    assert "To see a difference of 5.0 points four times out of five it would take 1,416" in render_lift(found)
    assert "A difference of 30.0 points would have been seen" in render_lift(segtool.lift(**given, detect=30).summary)
    by_itself = segtool.lift(**given).summary
    assert by_itself.detect == pytest.approx(0.02)  # a tenth of the buying rate, since the groups do not differ at all


def test_each_is_told_how_many_it_takes_at_the_level_at_which_it_is_judged() -> None:
    given = shop(SIZES, {"treated": 100, "control": 75}, {"treated": 40, "control": 30})
    alone = segtool.lift(**given, detect=5, scheme="none").summary.overall.needed
    assert alone
    assert (alone.treated, alone.control) == (1328, 996)  # at 5%
    found = segtool.lift(**given, detect=5).summary
    needed = found.segments[-1].needed
    assert needed
    assert (needed.control, needed.treated) == heads_needed(0.4, 0.05, ratio=100 / 75, level=0.01 / 2)


def test_more_orders_alone_are_no_verdict() -> None:
    given = shop(SIZES, {"treated": 100, "control": 75}, {"treated": 40, "control": 30})
    more = given["orders"].query("date == '2024-02-02' and customer.str.startswith('t')").assign(date="2024-02-03")
    found = segtool.lift(**{**given, "orders": pd.concat([given["orders"], more, more, more])}).summary
    assert found.overall.verdict == "no-difference"
    assert found.overall.extra
    assert (found.overall.extra.orders.low or 0) > 0
    assert "- That alone is no verdict: the buyers are what is judged" in render_lift(found)


def test_a_p_that_is_nearly_nothing_is_not_said_to_be_nothing() -> None:
    unlike = segtool.lift(**shop(SIZES, {"treated": 200, "control": 30}, {"treated": 80, "control": 30})).summary
    assert [each.message.count("(p <0.0001)") for each in unlike.warnings if "unlike" in each.code] == [1, 1]


def test_where_nobody_bought_nothing_can_be_told() -> None:
    found = segtool.lift(**shop(SIZES, {"treated": 100, "control": 75}, {"treated": 0, "control": 0}), margin="30%")
    summary = found.summary
    assert (summary.overall.verdict, summary.detect, summary.overall.needed) == ("too-small", None, None)
    assert "Nobody bought" in render_lift(summary)
    assert "The groups are too small to tell, or nearly all did the same: 0.0% of the" in render_lift(summary)
    assert summary.overall.revenue_per_head
    assert summary.overall.revenue_per_head.low is None
    assert found.table["buying_rate_lift"].null_count == len(found.table)


# Against a slow count


def lines() -> st.SearchStrategy[list[tuple[str, int, int, int]]]:
    """Lines of a small shop: customer, order, day and amount, of which some are refunds."""
    line = st.tuples(st.sampled_from("abcdef"), st.integers(1, 9), st.integers(0, 60), st.integers(-300, 900))
    return st.lists(line, min_size=1, max_size=40).filter(
        lambda found: any(amount >= 0 and day >= 30 for _, _, day, amount in found)
    )


@settings(max_examples=40)
@given(
    found=lines(),
    treated=st.sets(st.sampled_from("abcdefgh"), min_size=1),
    control=st.sets(st.sampled_from("abcdefgh"), min_size=1),
    days=st.integers(1, 40),
    chance=st.randoms(use_true_random=False),
)
def test_any_campaign_is_what_a_slow_count_makes_of_it(
    found: list[tuple[str, int, int, int]], treated: set[str], control: set[str], days: int, chance: random.Random
) -> None:
    start = date(2024, 1, 1)
    rows = [(who, f"{who}{order}", start + timedelta(day), amount / 100) for who, order, day, amount in found]
    orders = pd.DataFrame(rows, columns=["customer_id", "order_id", "order_date", "amount"])
    lists = [pd.DataFrame({"customer_id": sorted(own)}) for own in (treated, control)]
    first = start + timedelta(30)
    given: dict[str, Any] = {"from_date": first, "days": days, "max_bad": 1.0}
    known = {who for who, _, _, amount in found if amount >= 0}
    if not treated - control or not control - treated:
        with pytest.raises(DataError, match="there is no group"):
            segtool.lift(orders, treated=lists[0], control=lists[1], **given)
        return
    if not (treated ^ control) & known:
        with pytest.raises(DataError, match="are these the ids of the orders"):
            segtool.lift(orders, treated=lists[0], control=lists[1], **given)
        return
    summary = segtool.lift(orders, treated=lists[0], control=lists[1], **given).summary
    adds_up(summary)
    end = min(first + timedelta(days - 1), max(day for _, _, day, _ in rows))
    assert summary.last == end
    placed: dict[tuple[str, str], date] = {}
    for who, order, day, amount in sorted(rows, key=lambda row: row[2]):
        if amount >= 0:
            placed.setdefault((who, order), day)
    for name, own in (("treated", treated - control), ("control", control - treated)):
        inside = [who for (who, _), day in placed.items() if who in own and first <= day <= end]
        group = getattr(summary.overall, name)
        assert (group.customers, group.buyers, group.orders) == (len(own), len(set(inside)), len(inside))
        spent = [Decimal(str(amount)) for who, _, day, amount in rows if who in own & known and first <= day <= end]
        assert group.revenue == sum(spent, Decimal(0))
    before = orders[orders["order_date"] < first]
    if (before["amount"] >= 0).any():
        segments = segtool.rfm(orders, as_of=first - timedelta(1), max_bad=1.0).table
        named = dict(zip(*segments.select(["customer_id", "segment"]).to_pydict().values(), strict=True))
        for each in summary.segments:
            expected = [
                sum(named.get(who, NO_ORDERS_BEFORE) == each.name for who in own)
                for own in (treated - control, control - treated)
            ]
            assert [each.treated.customers, each.control.customers] == expected
    shuffled = orders.sample(frac=1, random_state=chance.randrange(1000))
    lists_turned = [each.iloc[::-1] for each in lists]
    again = segtool.lift(shuffled, treated=lists_turned[0], control=lists_turned[1], threads=1, **given).summary
    assert again == summary
    turns(summary.overall, segtool.lift(orders, treated=lists[1], control=lists[0], **given).summary.overall)


def turns(one: SegmentLift, other: SegmentLift) -> None:
    """Assert that with the groups in each other's place all differences change their signs."""
    assert (one.treated, one.control, one.p) == (other.control, other.treated, pytest.approx(other.p))
    for name in ("buying_rate", "orders_per_head", "revenue_per_head"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert ours.difference == -theirs.difference
        if ours.low is not None:
            assert (ours.low, ours.high) == pytest.approx((-theirs.high, -theirs.low))


def test_money_that_passes_64_bits_is_refused() -> None:
    done = Done(np.ones(3, np.int64), np.full(3, 2**62))
    with pytest.raises(DataError, match="The revenue of a group passes"):
        tallies(np.arange(3), np.zeros(3, np.int64), done, 1)
    assert tallies(np.arange(1), np.zeros(1, np.int64), done, 1)[0].spent.squares == 2**124
    with pytest.raises(DataError, match="The cost of all contacts passes"):
        of_example(contact_cost=9 * 10**13)


# Pages


def test_the_page_of_the_example_looks_like_this() -> None:
    golden.check("lift.txt", render_lift(of_example(contact_cost="0.5", margin="35%").summary))


def test_the_persian_page_of_the_example_looks_like_this() -> None:
    found = of_example(cost=90, days=40, detect=10, lang="fa", calendar_out="jalali").summary
    golden.check("lift-fa.txt", render_lift(found, words=words_in("fa", "fa")))


def test_pages_fit_80_columns_and_large_money_is_told_in_millions(orders: Callable[..., Path]) -> None:
    path = orders(*(f"c{i},{i},2024-0{i % 3 + 1}-01,{i}750000000" for i in range(1, 40)))
    lists = [pd.DataFrame({"customer_id": [f"c{i}" for i in range(1, 40) if i % 2 == own]}) for own in (0, 1)]
    for lang in ("en", "fa"):
        found = segtool.lift(path, treated=lists[0], control=lists[1], from_date="2024-02-01", cost=10**12, lang=lang)
        text = render_lift(found.summary, words=words_in(lang))
        assert max(cell_len(line) for line in text.splitlines()) <= 80
        lines = [line.split() for line in text.splitlines()]
        unit, per_head = (words_in(lang)(key).split()[0] for key in ("money.in-million", "header.per-head"))
        [above] = [before for before, line in pairwise(lines) if sum(unit in word for word in line) >= 3]
        assert sum(per_head in word for word in above) == 3


def test_what_is_rounded_to_nothing_has_no_sign() -> None:
    assert [signed(text) for text in ("-0.0", "0%", "-۰٫۰", "0.1", "-2", "۳")] == [
        "0.0",
        "0%",
        "۰٫۰",
        "+0.1",
        "-2",
        "+۳",
    ]


# The table


def test_the_table_has_a_row_a_segment_and_one_of_all(example: Lifted) -> None:
    table, summary = example.table, example.summary
    assert table["segment"].to_pylist() == [*(each.name for each in summary.segments), ALL]
    assert table["treated_buyers"].to_pylist() == [each.treated.buyers for each in (*summary.segments, summary.overall)]
    assert table["control_revenue"].to_pylist()[-1] == summary.overall.control.revenue
    assert table["verdict"].to_pylist()[-1] == summary.overall.verdict
    assert table["cost"].null_count == len(table)
    assert json.loads(table.schema.metadata[b"segtool_lift"]) == summary.to_dict()
    persian = of_example(lang="fa").table
    assert persian.column_names[:2] == ["segment", "segment_title"]
    assert persian["segment_title"].to_pylist()[-1] == "همه"
    assert [name for name in persian.column_names if f"column.{name}" not in words_in("fa").texts] == []


def test_threads_and_kinds_of_lists_change_nothing(example: Lifted, tmp_path: Path) -> None:
    lists = [pd.read_csv(file, dtype=str) for file in (SENT, HOLDOUT)]
    pq.write_table(pa.table({"Kunde": lists[0]["customer_id"].tolist()}), tmp_path / "s.parquet")
    again = segtool.lift(
        EXAMPLE, treated=tmp_path / "s.parquet", control=lists[1], from_date=date(2025, 12, 1), threads=1
    )
    assert again.summary == example.summary
    assert again.table.equals(example.table)
    assert repr(again) == "<156 treated, 68 in control from 2025-12-01 to 2025-12-30: no-difference>"


def test_a_column_of_ids_is_named_for_both_lists(eight: dict[str, Any], orders: Callable[..., Path]) -> None:
    treated, control = (orders(f"x,{who}", header="a,who", name=f"{who}.csv") for who in ("ann", "dee"))
    lists = {"treated": treated, "control": control}
    assert segtool.lift(**eight | lists, list_id="who").summary.overall.control.customers == 1
    with pytest.raises(MissingRoleError, match="Say --list-id COL"):
        segtool.lift(**eight | lists)


def test_a_campaign_in_the_jalali_calendar(orders: Callable[..., Path]) -> None:
    path = orders("ann,1,1403/01/05,10", "ben,2,1403/01/06,5", "ann,3,1403/02/02,5", "ben,4,1403/02/20,1")
    lists = [pd.DataFrame({"customer_id": [own]}) for own in ("ann", "ben")]
    found = segtool.lift(path, treated=lists[0], control=lists[1], from_date="1403/02/01", days=10).summary
    assert (found.first_jalali, found.last_jalali, str(found.first)) == ("1403/02/01", "1403/02/10", "2024-04-20")
    assert (found.overall.treated.buyers, found.overall.control.buyers) == (1, 0)
    assert "2024-04-20 (1403/02/01)" in render_lift(found)


def test_a_model_names_the_segments(tmp_path: Path, example: Lifted) -> None:
    model = tmp_path / "m.json"
    model.write_text(segtool.rfm(EXAMPLE, as_of="2025-11-30").model.to_json())
    assert of_example(model=model).summary.segments == example.summary.segments


# The command line

ASKED = ("--treated", SENT, "--control", HOLDOUT, "--from", "2025-12-01")


def test_the_command_writes_what_the_library_returns(run: Run, tmp_path: Path, example: Lifted) -> None:
    done = run(
        "lift", EXAMPLE, *ASKED, "-o", "l.csv", "-o", "l.parquet", "--summary-file", "s.json", "--log-file", "log"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("Wrote 11 rows to l.csv and l.parquet.\n")
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary == example.summary.to_dict()
    with (tmp_path / "l.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["segment"] for row in rows] == example.table["segment"].to_pylist()
    assert pq.read_table(tmp_path / "l.parquet").column_names == example.table.column_names == list(rows[0])
    assert json.loads((tmp_path / "log").read_text())["command"] == "lift"


def test_in_a_pipe_stdout_carries_the_table(run: Run) -> None:
    done = run("lift", EXAMPLE, *ASKED)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert (len(rows), rows[-1]["segment"], rows[-1]["verdict"]) == (11, "(all)", "no-difference")
    assert "156 treated   68 in control" in done.stderr
    assert json.loads(run("lift", EXAMPLE, *ASKED, "--json").stdout)["overall"]["verdict"] == "no-difference"


def test_one_list_may_come_through_stdin(run: Run) -> None:
    args = ["lift", EXAMPLE, "--treated", "-", "--control", HOLDOUT, "--from", "2025-12-01", "--json"]
    piped = run(*args, input=SENT.read_text())
    assert json.loads(piped.stdout)["overall"]["treated"]["customers"] == 156
    two = run("lift", "-", "--treated", "-", "--control", HOLDOUT, "--from", "2025-12-01", input=SENT.read_text())
    assert (two.returncode, two.stderr) == (2, "segtool: stdin holds one table; say - once.\n")


def test_choices_rejects_and_persian_headers(run: Run, tmp_path: Path) -> None:
    more = ("-o", "l.csv", "--rejects", "aside.csv", "-v", "--lang", "fa", "--headers", "fa", "--no-warnings")
    done = run("lift", EXAMPLE, *ASKED, *more)
    assert done.stderr.startswith("- ")
    assert len((tmp_path / "aside.csv").read_text().splitlines()) == 31
    assert (tmp_path / "l.csv").read_text("utf-8").splitlines()[0].startswith("بخش,عنوان بخش,مشتریان آزمایش,")


def test_a_workbook_holds_the_table(run: Run, tmp_path: Path) -> None:
    needs("xlsxwriter")
    openpyxl = needs("openpyxl")
    assert run("lift", EXAMPLE, *ASKED, "-q", "-o", "l.xlsx").returncode == 0
    [sheet] = openpyxl.load_workbook(tmp_path / "l.xlsx").worksheets
    assert sheet.title == "Segments"
    assert (sheet.max_row, sheet["A12"].value) == (12, "(all)")


def test_a_run_does_without_pandas(tmp_path: Path) -> None:
    args = ["lift", str(EXAMPLE), *map(str, ASKED), "-q", "-o", str(tmp_path / "l.csv")]
    check = f"import sys; from segtool.__main__ import main; sys.exit(main({args!r}) or 'pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ([*ASKED[:4]], 2, "Missing option '--from'"),
        ([*ASKED[:4], "--from", "soon"], 2, "--from 'soon' is not a date"),
        (
            [*ASKED[:4], "--from", "2026-01-01"],
            65,
            "The orders end on 2025-12-31, before the campaign of --from 2026-01-01",
        ),
        ([*ASKED, "--days", "0"], 2, "0 is not in the range"),
        ([*ASKED, "--cost", "1", "--contact-cost", "1"], 2, "say one of the two"),
        ([*ASKED, "--cost", "-1"], 2, "--cost '-1' is no amount of zero or more; write it as 2.50"),
        ([*ASKED, "--contact-cost", "0.00001"], 2, "--contact-cost '0.00001' is no amount of zero or more"),
        ([*ASKED, "--cost", "1e30"], 2, "--cost '1e30' is no amount of zero or more"),
        ([*ASKED, "--margin", "135%"], 2, "--margin '135%' is no share of revenue; write it as 35% or 0.35."),
        ([*ASKED, "--detect", "0"], 2, "0 is not in the range"),
        ([*ASKED, "--since", "2025-12-02"], 2, "--since 2025-12-02 lies after --from 2025-12-01"),
        ([*ASKED, "--scheme", "value-loyalti"], 2, "value-loyalti"),
        ([*ASKED, "--scheme", "age"], 2, "lift takes schemes over scores, and age is one over columns"),
        ([*ASKED, "--list-id", "who"], 2, "has no column 'who' (--list-id)"),
        ([*ASKED, "--exclude", str(HOLDOUT)], 65, "holdout.csv: no customer is left who is in neither"),
        (["--treated", SENT, "--control", SENT, *ASKED[4:]], 65, "sent.csv: no customer is left who is in neither"),
        (["--treated", SENT, "--control", "nobody.csv", *ASKED[4:]], 66, "nobody.csv"),
        ([*ASKED, "--as-of", "2025-12-01"], 2, "No such option"),
        ([*ASKED, "-o", str(SENT)], 2, "sent.csv"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, args: list[Any], code: int, said: str) -> None:
    done = run("lift", EXAMPLE, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_lists_of_other_ids_are_refused(run: Run, orders: Callable[..., Path]) -> None:
    one = orders("A-1", header="customer_id", name="one.csv")
    two = orders("A-2", header="customer_id", name="two.csv")
    done = run("lift", EXAMPLE, "--treated", one, "--control", two, "--from", "2025-12-01")
    assert done.returncode == 65
    assert "occurs in the orders: are these the ids of the orders? There an id is as '0001', and in" in done.stderr
    assert "the lists as 'A-1'. --list-id COL names the column." in done.stderr
    empty = orders(header="customer_id", name="none.csv")
    done = run("lift", EXAMPLE, "--treated", one, "--control", empty, "--from", "2025-12-01")
    assert (done.returncode, "no customer ids in the list of customers" in done.stderr) == (65, True)


def test_the_library_refuses_what_it_does_not_know(eight: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'as_of'"):
        segtool.lift(**eight, as_of="2024-01-01")
    with pytest.raises(UsageError, match="lift takes one --scheme"):
        segtool.lift(**eight | {"scheme": ["value-loyalty", "pymc"]})
    with pytest.raises(UsageError, match="say --from DATE"):
        segtool.lift(**eight | {"from_date": None})
    for days in (0, 1.5, True):
        with pytest.raises(UsageError, match="is no number of days"):
            segtool.lift(**eight | {"days": days})
    with pytest.raises(UsageError, match="--margin 'half' is no share"):
        segtool.lift(**eight, margin="half")
    with pytest.raises(UsageError, match="--cost 'nan' is no amount"):
        segtool.lift(**eight, cost="nan")
    with pytest.raises(UsageError, match="--detect 0 is no difference"):
        segtool.lift(**eight, detect=0)
    with pytest.raises(UsageError, match="calendar_out"):
        segtool.lift(**eight, calendar_out="lunar")


def test_every_key_of_the_json_is_described(eight: dict[str, Any]) -> None:
    found = segtool.lift(**eight).summary.to_dict()
    whole = found["overall"]
    keys = {*found, *found["treated_list"], *whole, *whole["treated"], *whole["buying_rate"], *whole["extra"]}
    keys |= {*found["before"], *whole["needed"], *whole["extra"]["orders"]}
    text = (ROOT / "README.md").read_text("utf-8")
    assert sorted(key for key in keys if f"`{key}`" not in text) == []
