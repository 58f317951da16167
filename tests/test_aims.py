"""Goals, targets and health in the summary, and what says them on the command line and in segtool.toml."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run

import segtool
from segtool.errors import UsageError
from segtool.output.terminal import render
from segtool.segments.goals import goals
from segtool.words import words_in

Orders = Callable[..., Path]

EXAMPLE = ROOT / "examples" / "orders.csv"

OWN = """\
[scoring]
f = {{ cuts = [1] }}
[[segments]]
name = "More"
f = 2
{0}
[[segments]]
name = "Once"
f = 1
{1}
"""


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., str]:
    """Write a scheme whose two segments say more."""

    def write(more: str = 'health = "positive"', once: str = 'health = "negative"') -> str:
        path = tmp_path / "own.toml"
        path.write_text(OWN.format(more, once))
        return str(path)

    return write


@pytest.fixture
def four(orders: Orders) -> Path:
    """Four customers, of whom one bought twice, for 60 of 100 in all."""
    ones = [f"c{i},{i},2024-01-02,{amount}" for i, amount in ((3, 10), (4, 20), (5, 10))]
    return orders("ann,1,2024-01-01,30", "ann,2,2024-01-02,30", *ones)


def line(text: str, start: str) -> str:
    """Return the line that begins so, and what it runs on to."""
    lines = text.splitlines()
    at = next(i for i, each in enumerate(lines) if each.startswith(start))
    rest = lines[at + 1 : at + 2] if lines[at + 1].startswith("         ") else []
    return " ".join([lines[at], *(each.strip() for each in rest)])


# Health


def test_the_headline_tells_who_is_healthy_and_who_is_slipping(four: Path, own: Callable[..., str]) -> None:
    summary = segtool.rfm(four, scheme=own()).summary
    assert line(render(summary), "Healthy") == "Healthy: 25% of customers, 60% of revenue; slipping: 75%, 40%"
    assert json.loads(summary.to_json())["health"] == {
        "positive": {"customers": 1, "share": 0.25, "revenue": 60.0, "revenue_share": 0.6},
        "neutral": {"customers": 0, "share": 0.0, "revenue": 0.0, "revenue_share": 0.0},
        "negative": {"customers": 3, "share": 0.75, "revenue": 40.0, "revenue_share": 0.4},
    }
    assert [segment.health for segment in summary.segments] == ["positive", "negative"]


def test_health_is_that_of_the_first_scheme(four: Path, own: Callable[..., str]) -> None:
    assert segtool.rfm(four, scheme=["loyalty-matrix", own()]).summary.health == segtool.rfm(four).summary.health


def test_a_scheme_that_tells_no_health_says_nothing_of_it(four: Path, own: Callable[..., str]) -> None:
    for scheme in (own("", ""), "none"):
        summary = segtool.rfm(four, scheme=scheme).summary
        assert summary.health is None
        assert "Healthy" not in render(summary)


def test_without_revenue_only_customers_are_shared(orders: Orders, own: Callable[..., str]) -> None:
    summary = segtool.rfm(orders("ann,1,2024-01-01,0", "bob,2,2024-01-01,0"), scheme=own()).summary
    assert line(render(summary), "Healthy") == "Healthy: 0% of customers; slipping: 100%"


# Goals


@pytest.mark.parametrize("goal", list(goals()))
def test_a_goal_recommends_its_schemes_and_orders_their_segments(goal: str) -> None:
    result = segtool.rfm(EXAMPLE, goal=goal)
    summary = result.summary
    assert (summary.scheme, *summary.further_segments) == goals()[goal].schemes
    assert summary.goal is not None
    assert dict(summary.goal.segments) == dict(goals()[goal].segments)
    assert "scheme-for-goal" not in {each.code for each in summary.warnings}
    text = render(summary)
    for names in summary.goal.segments.values():
        table = text[text.index(f"\n{names[0]} ") :]
        assert sorted(range(len(names)), key=lambda i: table.index(f"\n{names[i]} ")) == list(range(len(names)))


def test_json_keeps_segments_from_best_to_worst() -> None:
    summary = json.loads(segtool.rfm(EXAMPLE, goal="keep-customers").summary.to_json())
    assert summary["segments"][0]["name"] == "Champions"
    assert summary["goal"]["segments"]["loyalty-matrix"][0] == "Can't Lose Them"
    assert {key: summary["goal"][key] for key in ("name", "title", "figure", "form", "better")} == {
        "name": "keep-customers", "title": "Keep customers", "figure": "slipping-customers", "form": "percent",
        "better": "lower",
    }  # fmt: skip


def test_advice_stands_in_the_order_of_the_goal() -> None:
    text = render(segtool.rfm(EXAMPLE, goal="keep-customers").summary)
    advice = text[text.index("What to do next") :]
    assert advice.splitlines()[1].startswith("Can't Lose Them")


def test_the_options_of_a_goal_give_way_to_those_that_are_said(four: Path) -> None:
    assert segtool.rfm(four, goal="grow-sales").summary.scores["m"].figure == "average_order_value"
    assert segtool.rfm(four, goal="grow-sales", monetary="sum").summary.scores["m"].figure == "monetary"
    assert "l" in segtool.rfm(four, goal="improve-service").summary.scores
    chosen = segtool.rfm(four, goal="grow-sales", scheme="value-loyalty").summary
    assert (chosen.scheme, chosen.scores["m"].figure) == ("value-loyalty", "monetary")


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ("grow-sales", "Grow sales: watch average order value, now 20; it should rise"),
        ("keep-customers", "Keep customers: watch customers who are slipping, now 75.0%; it should fall"),
        ("win-back", "Win customers back: watch revenue from customers who are slipping, now 40; it should fall"),
        ("improve-service", "Improve service: watch customers who bought more than once, now 25.0%; it should rise"),
        ("launch-product", "Launch a product: watch customers in good health, now 1; it should rise"),
    ],
)
def test_a_goal_names_its_figure_and_the_value_of_it(four: Path, own: Callable[..., str], goal: str, said: str) -> None:
    summary = segtool.rfm(four, scheme=own(), goal=goal).summary
    assert line(render(summary), "goal") == f"goal     {said}"


def test_a_figure_that_the_scheme_does_not_tell_has_no_value(four: Path) -> None:
    summary = segtool.rfm(four, scheme="none", goal="keep-customers").summary
    assert summary.goal is not None
    assert summary.goal.value is None
    assert line(render(summary), "goal").endswith("slipping, which this scheme does not tell")


def test_a_model_has_its_own_schemes_whatever_the_goal(four: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.json"
    model.write_text(segtool.rfm(four, scheme="value-loyalty").model.to_json())
    summary = segtool.rfm(four, model=model, goal="keep-customers").summary
    assert summary.scheme == "value-loyalty"
    assert "scheme-for-goal" in {each.code for each in summary.warnings}


def test_a_goal_speaks_persian(four: Path, own: Callable[..., str]) -> None:
    summary = segtool.rfm(four, scheme=own(), goal="keep-customers", lang="fa").summary
    assert summary.goal is not None
    assert summary.goal.title == "نگه داشتن مشتریان"
    assert "باید کمتر شود" in render(summary, words=words_in("fa"))


def test_an_unknown_goal_is_refused_where_it_was_said(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no goal 'fame'"):
        segtool.rfm(EXAMPLE, goal="fame")
    assert run("rfm", EXAMPLE, "--goal", "fame").returncode == 2
    (tmp_path / "segtool.toml").write_text("\ngoal = 'win back'\n")
    done = run("rfm", EXAMPLE)
    assert done.returncode == 78
    assert done.stderr.startswith("segtool: segtool.toml:2: goal: There is no goal 'win back'.")
    assert "Did you mean win-back?" in done.stderr


# Targets


def test_targets_are_shown_as_actual_target_and_gap(four: Path, own: Callable[..., str]) -> None:
    said = ["More >= 5 by 2024-01-12", "Once revenue <= 30.50 by 2024-01-01", "More >= 25%", "once revenue <= 50%"]
    summary = segtool.rfm(four, scheme=own(), targets=said).summary
    text = render(summary)
    table = text[text.index("Targets") : text.index("Recency × frequency")]
    assert [" ".join(row.split()) for row in table.splitlines() if row] == [
        "Targets",
        "Segment Actual Target Gap By",
        "More customers 1 ≥ 5 -4 2024-01-12, 10 days left",
        "Once revenue 40 ≤ 30.50 +9.50 2024-01-01, 1 day overdue",
        "More of customers 25.0% ≥ 25.0% 0.0% reached",
        "Once of revenue 40.0% ≤ 50.0% -10.0% reached",
    ]
    assert json.loads(summary.to_json())["targets"][1] == {
        "segment": "Once", "title": "Once", "measure": "revenue", "sign": "<=", "target": 30.5, "actual": 40.0,
        "gap": 9.5, "reached": False, "by": "2024-01-01", "days_left": -1,
    }  # fmt: skip


def test_a_target_may_name_a_segment_of_a_further_scheme_or_a_persian_title(
    four: Path, own: Callable[..., str]
) -> None:
    found = segtool.rfm(four, scheme=["loyalty-matrix", own()], targets="Once <= 3").summary.targets
    assert [(each.segment, each.actual) for each in found] == [("Once", 3)]
    [found_too] = segtool.rfm(four, lang="fa", targets="قهرمانان >= 5").summary.targets
    assert found_too.segment == "Champions"


def test_targets_stand_in_the_configuration(run: Run, four: Path, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text(
        "[targets]\nbest = 'Champions >= 7 by 1403/12/29'\nothers = ['At Risk <= 10%', 'Promising >= 1']\n"
    )
    found = json.loads(run("rfm", four, "--json").stdout)["targets"]
    assert [(each["segment"], each["target"]) for each in found] == [
        ("Champions", 7),
        ("At Risk", 0.1),
        ("Promising", 1),
    ]
    assert found[0]["by"] == "2025-03-19"
    shown = json.loads(run("config", "--json").stdout)["options"]["targets"]
    assert (len(shown["value"]), shown["place"]) == (3, "segtool.toml:1: targets")
    assert json.loads(run("rfm", four, "--json", "--targets", "Promising >= 2").stdout)["targets"][0]["target"] == 2
    env = {"SEGTOOL_TARGETS": "Promising >= 3,Champions >= 1"}
    assert len(json.loads(run("rfm", four, "--json", env=env).stdout)["targets"]) == 2
    assert run("inspect", four).returncode == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[targets]\n\nbest = 'Champions > 7'\n", "segtool.toml:3: best: 'Champions > 7' is no target"),
        ("[targets]\nbest = ['Champions >= 7', 'x']\n", "segtool.toml:2: best: 'x' is no target"),
        ("[targets]\nbest = 'Champions >= 7 by never'\n", "segtool.toml:2: best: 'Champions >= 7 by never': 'never'"),
        ("[targets]\nbest = 7\n", "segtool.toml:2: best: '7' is no target"),
        ("[targets]\nbest = true\n", "segtool.toml:2: best is true; it takes a text"),
        ("targets = ['x']\n", "segtool.toml:1: targets: 'x' is no target"),
    ],
)
def test_a_target_that_is_none_is_named_with_its_file_and_line(
    run: Run, four: Path, tmp_path: Path, text: str, place: str
) -> None:
    (tmp_path / "segtool.toml").write_text(text)
    done = run("rfm", four)
    assert done.returncode == 78
    assert done.stderr.startswith(f"segtool: {place}")
    assert done.stderr.count("\n") == 1


# Warnings


def test_warnings_can_be_left_out_of_the_talk_but_not_of_the_json(run: Run, orders: Orders, tmp_path: Path) -> None:
    path: Any = orders("=ann,1,2024-01-01,5")
    assert "Please note" in run("rfm", path).stderr
    assert "formula" in run("rfm", path).stderr
    quiet = run("rfm", path, "--no-warnings", "--summary-file", "s.json").stderr
    assert "Please note" not in quiet
    assert "formula" not in quiet
    assert json.loads((tmp_path / "s.json").read_text())["warnings"]
    assert json.loads(run("rfm", path, "--no-warnings", "--json").stdout)["warnings"]
