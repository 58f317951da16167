"""Warnings: for each the smallest file that calls for it, and one beside it that does not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import segtool
from segtool.labelled import nobody
from segtool.words import words_in

Orders = Callable[..., Path]

ONE_ORDER = ["ann,1,2024-01-01,5"]
NO_IDS = {"header": "customer_id,order_date,amount"}
WITH_STATUS = {"header": "customer_id,order_id,order_date,amount,status"}


def buyers(once: int, twice: int = 0, day: str = "2024-01-01") -> list[str]:
    """Return the orders of customers who bought once, and of others who bought twice."""
    return [f"a{i},a{i},{day},5" for i in range(once)] + [
        f"b{i},b{i}-{order},{day},5" for i in range(twice) for order in (1, 2)
    ]


def said(path: Path, **options: Any) -> dict[str, list[str]]:
    """Return the messages of all warnings by their codes."""
    found: dict[str, list[str]] = {}
    for each in segtool.rfm(path, **options).summary.warnings:
        found.setdefault(each.code, []).append(each.message)
    return found


@pytest.mark.parametrize(
    ("code", "with_it", "without", "shape"),
    [
        ("unread-rows", ["ann,1,2024-01-01,5", "ann,2,2024-01-01,x"], ONE_ORDER, {}),
        ("dot-zero-ids", ["7.0,1,2024-01-01,5"], ["7,1,2024-01-01,5"], {}),
        ("mixed-ids", ["7.0,1,2024-01-01,5", "8,2,2024-01-01,5"], ["7.0,1,2024-01-01,5"], {}),
        ("exponent-ids", ["5.9E+23,1,2024-01-01,5"], ["5.9E,1,2024-01-01,5"], {}),
        ("no-order-id", ["ann,2024-01-01,5"], None, NO_IDS),
        ("lines-without-order-id", ["ann,1,2024-01-01,5", "ann,,2024-01-01,5"], ONE_ORDER, {}),
        ("as-of-gap", ["ann,1,2024-01-01,5", "ann,2,2024-02-02,5"], ["ann,1,2024-01-01,5", "ann,2,2024-02-01,5"], {}),
        ("unpaid", ["a,1,2024-01-01,5,paid", "a,2,2024-01-01,5,cancelled"], ["a,1,2024-01-01,5,paid"], WITH_STATUS),
        ("few-orders", [f"ann,{i},2024-01-01,5" for i in (1, 2)], ONE_ORDER, {}),
    ],
)
def test_what_is_odd_about_orders_is_told(
    orders: Orders, code: str, with_it: list[str], without: list[str] | None, shape: dict[str, str]
) -> None:
    assert len(said(orders(*with_it, **shape), max_bad=1)[code]) >= 1
    if without is not None:
        assert code not in said(orders(*without, **shape), max_bad=1)


def test_five_different_customers_use_every_score(orders: Orders) -> None:
    five = [f"c{i},{i}-{order},2024-01-0{i},{i}" for i in range(1, 6) for order in range(i)]
    assert "collapsed-scores" not in said(orders(*five))
    assert said(orders(*five[1:]))["collapsed-scores"][0].startswith("R uses only 2, 3, 4, 5, because")


def test_orders_by_day_need_no_order_id(orders: Orders) -> None:
    assert "no-order-id" not in said(orders("ann,2024-01-01,5", **NO_IDS), orders_by="day")


def test_a_status_that_no_row_has_is_told(orders: Orders) -> None:
    path = orders("a,1,2024-01-01,5,paid", **WITH_STATUS)
    assert said(path, drop_status="gone")["unknown-status"] == ["No row has the status 'gone'. Statuses: paid."]
    assert "unknown-status" not in said(path, keep_status="paid")


def test_fewer_than_500_customers_are_few(orders: Orders) -> None:
    assert said(orders(*buyers(499)))["few-customers"] == [
        "Only 499 customers: under 500, a few of them move every share. A map of fewer segments is steadier."
    ]
    assert "few-customers" not in said(orders(*buyers(500)))


def test_less_than_180_days_are_a_short_history(orders: Orders) -> None:
    first = "ann,1,2024-01-01,5"
    assert "The purchases span 179 days" in said(orders(first, "ann,2,2024-06-28,5"))["short-history"][0]
    assert "short-history" not in said(orders(first, "ann,2,2024-06-29,5"))


def test_fewer_than_three_scores_in_use_are_few_and_not_told_twice(orders: Orders) -> None:
    found = said(orders("ann,1,2024-01-01,5", "bob,2,2024-01-02,6"))
    assert found["few-scores"][0] == (
        "R uses only 3, 5, because there are only 2 customers. Take fewer --bins, other cuts, or a scheme without R."
    )
    assert [message[0] for message in found["few-scores"]] == ["R", "F", "M"]
    assert "collapsed-scores" not in found
    found = said(orders("ann,1,2024-01-01,5", "bob,2,2024-01-02,6", "cid,3,2024-01-03,7"))
    assert [message[0] for message in found["few-scores"]] == ["F"]
    assert [message[0] for message in found["collapsed-scores"]] == ["R", "M"]


def test_a_score_between_cuts_that_nobody_lies_within_is_not_blamed_on_ties(orders: Orders, tmp_path: Path) -> None:
    path, model = orders(*buyers(8)), tmp_path / "model.json"
    told = "uses only {}, because no customer is within the cuts of the others. Take fewer --bins, other cuts,"
    found = said(path, scheme="none", recency_cuts="30,90", frequency_cuts="1,2", monetary_cuts="9,10")["few-scores"]
    assert [told.format(score) in line for line, score in zip(found, "311", strict=True)] == [True, True, True]
    five = [f"c{i},{i}-{order},2024-01-0{i},{i}" for i in range(1, 6) for order in range(i)]
    model.write_text(segtool.rfm(orders(*five, name="five.csv")).model.to_json())
    assert told.format("1") in said(path, model=model, as_of="2024-01-09")["few-scores"][0]


def test_scores_that_few_customers_share_out_are_not_blamed_on_ties(orders: Orders) -> None:
    path = orders("a,1,2024-01-01,5", "b,2,2024-01-01,5", "c,3,2024-01-03,7")
    assert "because there are only 3 customers" in said(path, ties="spread")["collapsed-scores"][0]
    parts = "because the customers that are scored together are too few, or equal"
    assert [parts in line for line in said(path, nested=True)["few-scores"]] == [False, True, True]


def test_the_lowest_score_is_called_by_its_digit(orders: Orders) -> None:
    path = orders(*(f"ann,{i},2024-01-01,5" for i in (1, 2)))
    assert said(path, scheme="braze")["few-orders"][0].startswith("F0 reaches up to 2 orders, so Promising mean")


def test_an_axis_of_two_scores_is_meant_to_have_two(orders: Orders) -> None:
    path = orders("ann,1,2024-01-01,5", "bob,2,2024-01-02,6")
    assert [message[0] for message in said(path, scheme="none", bins="2,3,2")["few-scores"]] == ["F"]


def test_fewer_than_30_customers_are_a_small_segment(orders: Orders) -> None:
    assert said(orders(*buyers(29)))["small-segment"] == [
        "loyalty-matrix: too few customers to judge by: New Customers 29. Treat them with their neighbours."
    ]
    assert "small-segment" not in said(orders(*buyers(30)))


def test_less_than_a_hundredth_of_the_customers_is_a_small_segment(orders: Orders, own: str) -> None:
    assert ": More 30." in said(orders(*buyers(2_971, 30)), scheme=own)["small-segment"][0]
    assert "small-segment" not in said(orders(*buyers(2_970, 30)), scheme=own)


def test_many_small_segments_are_one_line(orders: Orders) -> None:
    five = [f"c{i},{i}-{order},2024-01-0{i},{i}" for i in range(1, 6) for order in range(i)]
    [line] = said(orders(*five))["small-segment"]
    assert line.endswith(" and 1 more. Treat them with their neighbours.")


def test_more_than_half_of_the_customers_are_a_large_segment(orders: Orders, own: str) -> None:
    assert said(orders(*buyers(2, 1)), scheme=own)["large-segment"] == [
        "own: 66.7% of customers are in Once, which tells little. Take another scheme, or own cuts."
    ]
    assert "large-segment" not in said(orders(*buyers(1, 1)), scheme=own)


def test_less_than_two_hundredths_of_the_customers_are_a_small_cell(orders: Orders, own: str) -> None:
    assert said(orders(*buyers(50, 1)), scheme=own)["small-cell"] == [
        "own: 1 of 2 cells in use have under 2% of customers (F2: 1 customer). Use segments, not scores."
    ]
    assert "small-cell" not in said(orders(*buyers(49, 1)), scheme=own)
    assert "small-cell" not in said(orders(*buyers(51)), scheme=own)


def test_a_best_recency_of_more_than_180_days_is_wide(orders: Orders) -> None:
    years = ["ann,1,2022-01-01,5", "ann,2,2024-01-01,5"]
    assert "R5 reaches 181 days back" in said(orders(*years), as_of="2024-06-30")["wide-recency"][0]
    assert "wide-recency" not in said(orders(*years), as_of="2024-06-29")
    assert "wide-recency" not in said(orders(*years), as_of="2024-06-30", scheme="none", recency_cuts="90,365")


def test_a_model_keeps_a_wide_recency(orders: Orders, tmp_path: Path) -> None:
    path = orders("ann,1,2022-01-01,5", "ann,2,2024-01-01,5")
    (tmp_path / "m.json").write_text(segtool.rfm(path, as_of="2024-06-30").model.to_json())
    assert "wide-recency" not in said(path, as_of="2024-06-30", model=tmp_path / "m.json")


def test_a_best_recency_of_more_than_half_the_period_is_wide_from_30_days_on(orders: Orders) -> None:
    first = ["ann,1,2024-01-01,5"]
    assert "wide-recency" in said(orders(*first), as_of="2024-02-01")
    assert "wide-recency" not in said(orders(*first), as_of="2024-01-31")
    early = buyers(8, day="2024-01-01")
    assert "R5 reaches 41 days back" in said(orders("x,1,2024-01-21,5", "y,2,2024-03-02,5", *early))["wide-recency"][0]
    assert "wide-recency" not in said(orders("x,1,2024-02-01,5", "y,2,2024-03-01,5", *early))


def test_a_map_that_is_kept_as_it_was_published_is_told_with_its_defects(orders: Orders) -> None:
    path = orders(*ONE_ORDER)
    assert said(path, scheme="pymc")["compatible-scheme"] == [
        "pymc is kept as it was published: 18 cells that no rule names. segtool schemes check pymc lists them."
    ]
    assert "1 cell in no segment" in said(path, scheme="braze-published")["compatible-scheme"][0]
    assert "3 segments that nobody can reach" in said(path, scheme="r-rfm-0.2.2")["compatible-scheme"][0]
    assert "compatible-scheme" not in said(path, scheme="putler")


def test_a_scheme_that_does_not_serve_the_goal_is_told(orders: Orders, own: str) -> None:
    path = orders(*ONE_ORDER)
    assert said(path, scheme="value-loyalty", goal="keep-customers")["scheme-for-goal"] == [
        "value-loyalty does not serve the goal keep-customers; of those that do: "
        "loyalty-matrix, codes-125, putler, shopify."
    ]
    for scheme in ("loyalty-matrix", "klaviyo", own, "none", None):
        assert "scheme-for-goal" not in said(path, scheme=scheme, goal="keep-customers")
    assert "scheme-for-goal" not in said(path, scheme="value-loyalty")


def test_a_target_on_a_segment_of_no_scheme_is_told(orders: Orders, own: str) -> None:
    path = orders(*ONE_ORDER)
    assert said(path, scheme=own, targets="Often >= 5")["unknown-target"] == [
        "No segment of this run is called Often, as a target says. Segments: More, Once."
    ]
    assert "unknown-target" not in said(path, scheme=["loyalty-matrix", own], targets="Once >= 5")
    assert "Segments: none." in said(path, scheme="none", targets="Often >= 5")["unknown-target"][0]


def since(previous: Any, orders: Path, **options: Any) -> list[str]:
    """Return the codes of what is to be known of a run and of its changes."""
    summary = segtool.rfm(orders, previous=previous, **options).summary
    return [each.code for each in (*summary.warnings, *(summary.changes.warnings if summary.changes else ()))]


def test_a_first_night_is_told(six: Path) -> None:
    first = segtool.rfm(six, previous=nobody("s.csv"))
    [message] = [each.message for each in first.summary.warnings if each.code == "first-night"]
    assert message == "There is no table of an earlier day, so all customers are new."
    assert "first-night" in since(first.table, six)
    assert "first-night" not in since(first.table, six, as_of="2024-04-30")


def test_changes_that_the_table_of_the_same_day_does_not_keep_are_told(six: Path) -> None:
    before = segtool.rfm(six, as_of="2024-03-10").table
    now = segtool.rfm(six, previous=before).table
    assert "same-day" in since(now.replace_schema_metadata(None), six)
    assert "same-day" not in since(now, six)
    assert "same-day" not in since(before, six)


def test_a_previous_table_that_was_scored_otherwise_is_told(six: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    for path, day in ((old, "2024-03-10"), (new, "2024-03-31")):
        path.write_text(segtool.rfm(six, as_of=day).model.to_json())
    before = segtool.rfm(six, as_of="2024-03-10", model=old).table
    assert "previous-model" in since(before, six, model=new)
    assert "previous-model" not in since(before, six, model=old)
    assert "previous-model" in since(segtool.rfm(six, as_of="2024-03-10", ties="high").table, six)
    assert "previous-model" not in since(segtool.rfm(six, as_of="2024-03-10").table, six)


def test_churn_that_cannot_be_told_or_hardly_is_told(orders: Orders) -> None:
    def compared(path: Path, *days: str) -> list[str]:
        before, after = (segtool.rfm(path, as_of=day).table for day in days)
        return [each.code for each in segtool.compare(before, after).comparison.warnings]

    once = orders("ann,1,2024-01-01,5", "bob,2,2024-01-02,6", name="once.csv")
    twice = orders("ann,1,2024-01-01,5", "ann,2,2024-01-31,6")
    assert compared(once, "2024-02-01", "2024-03-01") == ["no-churn"]
    assert compared(twice, "2024-02-01", "2024-03-01") == ["short-period"]
    assert compared(twice, "2024-02-01", "2024-03-02") == []


def test_tables_of_two_schemes_are_compared_by_force_and_that_is_told(six: Path) -> None:
    before, after = (segtool.rfm(six, scheme=name).table for name in ("putler", "shopify"))
    told = [each.code for each in segtool.compare(before, after, force=True).comparison.warnings]
    assert "unlike" in told
    assert "unlike" not in [each.code for each in segtool.compare(after, after, force=True).comparison.warnings]


def test_every_warning_is_tested() -> None:
    codes = {key.removeprefix("caution.") for key in words_in().texts if key.startswith("caution.")}
    tested = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert {code for code in codes if f'"{code}"' not in tested} <= {"header-below", "one-sheet"}


def test_what_a_profile_can_hardly_tell_is_told(tmp_path: Path) -> None:
    def told(frame: pd.DataFrame, **options: object) -> set[str]:
        return {each.code for each in segtool.profile(frame, **options).profile.warnings}

    one = pd.DataFrame({"segment": ["A"] * 40, "city": ["Bonn", "Ulm"] * 20})
    assert told(one) == {"profile-one-segment", "profile-no-value"}
    two = one.assign(segment=["A", "B", "B", "A"] * 10, revenue=[*map(str, range(39)), "much"])
    assert told(two) == {"profile-no-amount", "profile-unread"}
    few = pd.DataFrame({"segment": list("AAAABBBB"), "city": list("xyxyxyxx"), "revenue": range(8)})
    assert told(few) == {"profile-small", "profile-few-expected"}
    people = two.assign(customer_id=[f"c{row}" for row in range(40)], revenue=5)
    orders = tmp_path / "orders.csv"
    lines = [f"c{row},{row},2024-01-0{row % 9 + 1},5,tea" for row in range(39)]
    lines += ["stranger,40,2024-01-01,7,tea", ",41,2024-01-01,8,tea"]
    orders.write_text("\n".join(["customer_id,order_id,order_date,amount,product", *lines, ""]), "utf-8")
    assert told(people, orders=orders, items="product") == {"profile-unknown-buyers", "profile-set-aside"}
