"""The terminal summary: what it says, and that it fits."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import golden
import pytest
from conftest import ROOT, Run

import segtool
from segtool.output.terminal import render
from segtool.summary.facts import Axis, Summary

Orders = Callable[..., Path]


@pytest.fixture(scope="module")
def example() -> Summary:
    return segtool.rfm(ROOT / "examples" / "orders.csv").summary


def warned(summary: Summary) -> dict[str, str]:
    return {each.code: each.message for each in summary.warnings}


def test_the_example_looks_like_this(example: Summary) -> None:
    golden.check("summary.txt", render(example))


def test_the_example_looks_like_this_in_colour(example: Summary) -> None:
    golden.check("summary-colors.txt", render(example, color=True))


def test_every_warning_is_said(orders: Orders) -> None:
    path = orders(
        *[f"{i}.0,2024-01-0{i % 9 + 1},{i}" for i in range(1, 30) for _ in range(2)],
        "7.0,2024-06-01,-500",
        ",2024-01-01,5",
        "8.0,never,5",
        "9.0,2024-01-01,lots",
        header="customer_id,order_date,amount",
    )
    summary = segtool.rfm(path).summary
    assert list(warned(summary)) == [
        "unread-rows", "dot-zero-ids", "no-order-id", "as-of-gap", "few-scores", "few-orders", "few-customers",
        "short-history", "wide-recency", "small-segment",
    ]  # fmt: skip
    golden.check("summary-many-warnings.txt", render(summary))


def test_nothing_is_cut_or_passes_80_columns_with_100_segments_of_long_names(example: Summary) -> None:
    name = "Customers who bought a very long time ago and then came back number"
    many = tuple(replace(example.segments[0], name=f"{name} {i}", title="x") for i in range(100))
    text = render(replace(example, segments=many))
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    squeezed = "".join(text.split())
    assert squeezed.count("12,775.40") >= 100


@pytest.mark.parametrize("factor", [10**3, 10**6, 10**9, 10**10])
def test_large_money_fits(example: Summary, factor: int) -> None:
    def grown(axis: Axis) -> Axis:
        return replace(axis, ranges=tuple(ends and (ends[0] * factor, ends[1] * factor) for ends in axis.ranges))

    def richer(segments):  # type: ignore[no-untyped-def]
        return tuple(
            replace(s, revenue=s.revenue * factor, average_order_value=(s.average_order_value or 0) * factor)
            for s in segments
        )

    large = replace(
        example,
        revenue=example.revenue * factor,
        segments=richer(example.segments),
        scores={**example.scores, "m": grown(example.scores["m"])},
        value_matrix=replace(
            example.value_matrix,
            mean_order_value=example.value_matrix.mean_order_value * factor,
            segments=richer(example.value_matrix.segments),
        ),
    )
    text = render(large)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert f"{example.revenue * factor:,.0f} net revenue" in text
    champions = next(line for line in text.splitlines() if line.startswith("Champions"))
    assert champions.split()[-2:] == ["3.5", "7.5"]
    squeezed = " ".join(text.split())
    assert ("407,455.77 million" in squeezed) == (factor >= 10**10)
    assert ("in million" in squeezed) == (factor >= 10**9)


def test_nothing_is_told_of_a_score_that_nobody_can_have(orders: Orders) -> None:
    path = orders("a,1,2024-01-01,5", "b,2,2024-01-01,4", "c,3,2024-01-01,3")
    shown = render(segtool.rfm(path, ties="high", scheme="none", bins="2,3,2").summary)
    assert re.search(r"R2 +0  F3  over 0  3 .*\nR1 +over -1  3  F2 +0 .*\n +F1 +0\n", shown)


def test_a_cut_is_never_rounded_to_an_amount_on_its_other_side(orders: Orders, tmp_path: Path) -> None:
    scheme = tmp_path / "mean.toml"
    scheme.write_text(
        '[scoring]\nm = { cuts = "mean" }\n'
        '[[segments]]\nname = "A"\nm = ">=mean"\n[[segments]]\nname = "B"\nm = "<mean"\n', "utf-8"
    )  # fmt: skip
    path = orders("a,1,2024-01-01,5", "b,2,2024-01-01,4", "c,3,2024-01-01,3")
    shown = render(segtool.rfm(path, scheme=str(scheme)).summary)
    assert re.search(r"M2 +over 3\.9999 +2\n", shown)  # 4.00 itself is M2


@pytest.mark.parametrize("bins", range(2, 11))
def test_every_number_of_bins_fits(bins: int) -> None:
    summary = segtool.rfm(ROOT / "examples" / "orders.csv", scheme="none", bins=bins).summary
    text = render(summary)
    assert max(map(len, text.splitlines())) <= 80
    assert f"R{bins}" in text
    huge = replace(summary, grid=tuple(tuple(n * 10**6 for n in row) for row in summary.grid))
    assert max(map(len, render(huge).splitlines())) <= 80
    ends = tuple((10_000 * n, 10_000 * n + 9_999) for n in range(1, bins + 1))
    wide = Axis("frequency", 1, summary.scores["f"].counts, None, ends)
    far = replace(huge, scores={**summary.scores, "f": wide, "r": replace(wide, counts=summary.scores["r"].counts)})
    assert "…" not in render(far)
    assert max(map(len, render(far).splitlines())) <= 80


def test_the_worst_money_is_wrapped_but_never_cut(example: Summary) -> None:
    worst = Decimal("-999999999999899.9999")
    segments = tuple(replace(s, revenue=worst, average_order_value=float(worst)) for s in example.segments)
    text = render(replace(example, segments=segments))
    assert "…" not in text
    assert text.count("-1,000,000,000") >= len(segments)
    assert next(line.split()[-1] for line in text.splitlines() if line.startswith("Champions")) == "7.5"


def test_cuts_in_money_have_all_their_decimals(orders: Orders) -> None:
    """A cut that is rounded would put the customers between it and what is shown into another score."""
    lines = [f"c{i},{i},2024-01-01,{i}.0025,{'DE' if i < 5 else 'FR'}" for i in range(10)]
    path = orders(*lines, header="customer_id,order_id,order_date,amount,country")
    text = render(segtool.rfm(path, bins=2, scheme="none").summary)
    assert "M2   over 4.0025" in text
    assert "M1  up to 4.0025" in text
    assert "2.0025" in render(segtool.rfm(path, bins=2, scheme="none", by="country", min_group=1).summary)


def test_control_characters_of_the_data_never_reach_the_terminal(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5", header="customer\x1b[31m,order,date,total")
    text = render(segtool.rfm(path, customer_id="customer\x1b[31m").summary)
    assert "\x1b" not in text
    assert "customer\\x1b[31m" in text


def test_few_customers_are_said_to_be_few(orders: Orders) -> None:
    said = [
        each.message
        for each in segtool.rfm(orders("a,1,2024-01-01,5", "b,2,2024-01-02,7", "c,3,2024-01-03,9")).summary.warnings
    ]
    assert "M uses only 1, 2, 4, because there are only 3 customers." in said
    tied = segtool.rfm(orders(*[f"c{i},{i},2024-01-01,0.0023" for i in range(9)])).summary.warnings
    assert any("100.0% of customers have a net spend of 0.0023." in each.message for each in tied)


def test_counts_stand_in_the_singular_where_they_are_one(orders: Orders) -> None:
    text = render(segtool.rfm(orders("ann,1,2024-01-02,5", "ben,2,2024-01-01,5")).summary)
    assert "  1 day " in text
    assert "1 days" not in text
    assert "1 orders" not in text


def test_money_set_aside_stands_beside_its_rows(orders: Orders) -> None:
    text = render(
        segtool.rfm(orders(",1,2024-01-01,1234.5", "ann,1,2024-01-01,x", "ann,2,2024-01-01,7"), max_bad=1).summary
    )
    assert "3 read = 1 used + 2 set aside" in text
    squeezed = [" ".join(line.split()) for line in text.splitlines()]
    assert "1 no customer worth 1,234.50" in squeezed
    assert "1 bad amount worth unknown" in squeezed


def test_f1_above_one_order_says_that_new_customers_are_not_newcomers(orders: Orders) -> None:
    twice = [f"c{i},{n},2024-01-0{i},5" for i in range(1, 6) for n in range(2)]
    said = warned(segtool.rfm(orders(*twice)).summary)
    assert said["few-orders"] == (
        'F1 reaches up to 2 orders, so New Customers and Promising mean "recent, few orders" here, not newcomers.'
    )
    assert "few-orders" not in warned(segtool.rfm(orders(*twice), scheme="value-loyalty").summary)
    assert "few-orders" not in warned(segtool.rfm(orders(*twice, "d,9,2024-01-01,5", "e,8,2024-01-01,5")).summary)


def test_a_far_last_date_is_a_warning_unless_it_was_asked_for(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5", "ann,2,2024-02-02,5")
    assert "lies 32 days after the one before it, 2024-01-01" in warned(segtool.rfm(path).summary)["as-of-gap"]
    assert "as-of-gap" not in warned(segtool.rfm(path, as_of="2024-02-02").summary)
    assert "as-of-gap" not in warned(segtool.rfm(orders("ann,1,2024-01-01,5", "ann,2,2024-02-01,5")).summary)


def test_an_unknown_status_is_a_warning_that_lists_those_seen(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5,paid", header="customer_id,order_id,order_date,amount,status")
    said = warned(segtool.rfm(path, keep_status=["paid", "shiped"]).summary)
    assert said["unknown-status"] == "No row has the status 'shiped'. Statuses: paid."


def test_peaks_count_orders_once_and_hours_only_where_dates_carry_them(orders: Orders) -> None:
    timed = segtool.rfm(
        orders("ann,1,2024-01-01 09:15,5", "ann,1,2024-01-01 09:20,5", "ann,2,2024-02-05 10:00,5", "ben,3,2024-02-06,5")
    ).summary.peak
    assert (timed.month, timed.month_orders) == ("2024-02", 2)
    assert (timed.weekday, timed.weekday_orders) == ("Monday", 2)
    assert (timed.hour, timed.hour_orders) == (9, 1)  # 9 and 10 tie, the earlier is named; ben's date has no time
    day = segtool.rfm(orders("ann,1,2024-01-01,5", "ann,2,2024-01-01,5")).summary
    assert (day.peak.hour, day.peak.hour_orders) == (None, None)
    assert ":00" not in render(day)


def test_customers_with_a_net_of_zero_or_less_are_counted(orders: Orders) -> None:
    summary = segtool.rfm(
        orders("ann,1,2024-01-01,5", "ann,1,2024-01-02,-5", "ben,2,2024-01-01,0", "cid,3,2024-01-01,1")
    ).summary
    assert summary.net_zero_or_less == 2
    assert "2 customers with a net spend of zero or less" in render(summary)


def test_shares_are_unknown_where_revenue_is_not_above_zero(orders: Orders) -> None:
    summary = segtool.rfm(orders("ann,1,2024-01-01,5", "ann,1,2024-01-02,-9")).summary
    assert summary.revenue == Decimal(-4)
    assert {segment.revenue_share for segment in summary.segments} == {None}
    assert max(map(len, render(summary).splitlines())) <= 80


def test_the_advice_of_several_schemes_stands_below_the_name_of_each(run: Run, six: Path) -> None:
    text = run("rfm", six, "--scheme", "loyalty-matrix", "--scheme", "klaviyo").stderr
    _, first, second = text.split("\nWhat to do next")
    assert first.startswith(": loyalty-matrix\nChampions ")
    assert second.startswith(": klaviyo\nChampions ")
    assert "\nWhat to do next\nChampions " in run("rfm", six, "--scheme", "klaviyo").stderr


def test_what_stands_behind_four_axes_fits_a_line_a_score() -> None:
    text = render(segtool.rfm(ROOT / "examples" / "orders.csv", axes="LRFM").summary)
    lines = text.partition("What stands behind each score")[2].partition("\n\n")[0].splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["L5", "L4", "L3", "L2", "L1"]
    assert [line.count(" M") for line in lines] == [1] * 5
