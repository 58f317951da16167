"""`segtool schemes suggest`: which scheme suits a shop, and why."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, Run

import segtool
from segtool.errors import DataError, UsageError
from segtool.inspection.suggest import Suggestion
from segtool.segments.goals import goals
from segtool.segments.schemes import load

Orders = Callable[..., Path]

EXAMPLE = ROOT / "examples" / "orders.csv"


def shop(customers: int, *, most: int = 5, amount: int = 20, days: int = 400) -> pd.DataFrame:
    """Return orders of customers who bought 1 to `most` times, over some days."""
    first = pd.Timestamp("2023-01-01")
    rows = [
        (f"c{i}", f"{i}-{order}", first + pd.Timedelta(days=(i * 37 + order) % days if i else order % 2 * days), amount)
        for i in range(customers)
        for order in range(1 + i % most)
    ]
    rows += [("c0", "first", first, amount), ("c0", "last", first + pd.Timedelta(days=days), amount)]
    return pd.DataFrame(rows, columns=["customer_id", "order_id", "order_date", "amount"])


def codes(found: Suggestion) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_a_shop_with_all_it_needs_gets_the_map_in_widest_use() -> None:
    found = segtool.suggest(shop(300))
    assert (found.schemes, codes(found)) == (("loyalty-matrix",), ["widest"])
    assert (found.customers, found.period_days, found.command) == (300, 400, None)


def test_299_customers_are_too_few_for_ten_segments() -> None:
    found = segtool.suggest(shop(299))
    assert (found.schemes, codes(found)) == (("klaviyo",), ["no-goal", "few-customers"])
    assert "299 customers come to fewer than 30 a segment in loyalty-matrix." in found.reasons[1].message


def test_a_map_cut_at_days_needs_a_history_that_is_longer() -> None:
    found = segtool.suggest(shop(299, days=365))
    assert (found.schemes, codes(found)) == (("gold-silver-bronze",), ["no-goal", "few-customers", "day-cuts"])
    assert segtool.suggest(shop(299, days=366)).schemes == ("klaviyo",)


def test_where_most_bought_once_the_mean_is_the_only_cut() -> None:
    orders = shop(400, most=1)
    found = segtool.suggest(orders)
    assert found.schemes == ("customer-value-matrix",)
    assert codes(found) == ["last", "few-scores"]
    assert found.once_share == pytest.approx(399 / 400)
    assert "99.8% of customers have 1 order, so F would use" in found.reasons[1].message


def test_scores_can_be_few_because_most_customers_bought_twice() -> None:
    twice = pd.concat([shop(300, most=1)] * 2).assign(order_id=lambda orders: range(len(orders)))
    [told] = (reason.message for reason in segtool.suggest(twice).reasons if reason.code == "few-scores")
    assert told.startswith("99.7% of customers have 2 orders, so F would use fewer than three scores in loyalty-")


def test_without_an_order_id_days_are_counted_and_the_line_says_so(orders: Orders) -> None:
    path = orders("ann,2024-01-01,5", "ann,2024-01-01,6", "bob,2024-01-01,7", header="customer_id,order_date,amount")
    found = segtool.suggest(path)
    assert "no-order-id" in codes(found)
    assert found.once_share == 1.0  # two lines of one day are one order
    assert found.command is not None
    assert found.command.endswith("--scheme customer-value-matrix --orders-by day")
    assert "no-order-id" not in codes(segtool.suggest(path, orders_by="row"))


def test_a_short_history_and_large_amounts_are_told() -> None:
    assert "short-history" in codes(segtool.suggest(shop(300, days=179)))
    assert "short-history" not in codes(segtool.suggest(shop(300, days=180)))
    assert "large-amounts" in codes(segtool.suggest(shop(300, amount=100_000)))
    assert "large-amounts" not in codes(segtool.suggest(shop(300, amount=99_999)))


@pytest.mark.parametrize("goal", list(goals()))
def test_a_goal_gets_its_own_schemes_and_options_where_the_orders_allow(goal: str) -> None:
    found = segtool.suggest(shop(400), goal=goal)
    assert found.schemes == goals()[goal].schemes
    assert codes(found) == ["goal"]


@pytest.mark.parametrize("goal", [None, *goals()])
@pytest.mark.parametrize("customers", [1, 20, 100, 250])
def test_no_map_with_defects_is_suggested_and_each_serves_the_goal(goal: str | None, customers: int) -> None:
    found = segtool.suggest(shop(customers), goal=goal)
    for scheme in map(load, found.schemes):
        assert not scheme.compatible
        assert goal is None or goals()[goal].serves(scheme)


def test_where_nothing_fits_the_goal_the_nearest_is_taken_and_told() -> None:
    found = segtool.suggest(shop(250), goal="win-back")
    assert (found.schemes, codes(found)) == (("klaviyo",), ["goal", "few-customers"])
    found = segtool.suggest(shop(250, days=300), goal="win-back")
    assert (found.schemes, codes(found)) == (("loyalty-matrix",), ["goal", "nearest", "few-customers", "day-cuts"])


@pytest.mark.parametrize("goal", [None, *goals()])
def test_the_line_to_type_runs_and_uses_what_was_suggested(run: Run, goal: str | None) -> None:
    found = segtool.suggest(EXAMPLE, goal=goal, day_first=False)
    assert found.command is not None
    done = run(*shlex.split(found.command)[1:], "--json")
    summary = json.loads(done.stdout)
    assert (summary["scheme"], *summary["further_segments"]) == found.schemes
    assert (summary["goal"] or {}).get("name") == goal
    assert "--month-first" in found.command


def test_the_command_shows_reasons_and_a_line_that_can_be_copied(run: Run) -> None:
    done = run("schemes", "suggest", EXAMPLE, "--goal", "improve-service")
    assert (done.returncode, done.stderr) == (0, "")
    line = done.stdout.splitlines()[-1]
    assert line.endswith("--goal improve-service --axes LRFM")
    assert line.startswith("  segtool rfm ")
    found = json.loads(run("schemes", "suggest", EXAMPLE, "--goal", "improve-service", "--json").stdout)
    assert found == segtool.suggest(EXAMPLE, goal="improve-service").to_dict()
    assert "بهبود خدمات" in run("schemes", "suggest", EXAMPLE, "--goal", "improve-service", "--lang", "fa").stdout


def test_mistakes_have_the_exit_codes_of_rfm(run: Run, orders: Orders) -> None:
    assert run("schemes", "suggest", EXAMPLE, "--goal", "fame").returncode == 2
    assert run("schemes", "suggest", "nowhere.csv").returncode == 66
    assert run("schemes", "suggest", orders("ann,1,never,5")).returncode == 65
    with pytest.raises(UsageError, match="no goal 'fame'"):
        segtool.suggest(EXAMPLE, goal="fame")
    with pytest.raises(DataError):
        segtool.suggest(orders("ann,1,never,5"))
