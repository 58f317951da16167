"""`segtool schemes show --markdown`: the page about a scheme that a team shares."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import golden
import pytest
from conftest import ROOT, Run

import segtool
from segtool.errors import UsageError
from segtool.output.page import render_page
from segtool.segments.page import page
from segtool.segments.schemes import built_in
from segtool.words import words_in

EN = words_in("en")

OWN = """\
title = "Ours | theirs"
about = "Late *or* <soon>."
owner = "Sales"
goal = "win-back"
[scoring]
r = { cuts = [30] }
m = { cuts = [99.5] }
[[segments]]
name = "Soon"
r = 2
advice = "Line one\\nline two"
owner = "Ann"
[[segments]]
name = "Late_comers"
r = 1
goal = "sell [tea]"
"""


@pytest.fixture(scope="module")
def model() -> Any:
    return segtool.rfm(ROOT / "examples" / "orders.csv").model


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "ours.toml"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_page_of_the_example_looks_like_this(model: Any) -> None:
    golden.check("page.md", render_page(page("loyalty-matrix", EN, model), EN))


def test_the_page_tells_raw_units_of_the_model(model: Any) -> None:
    found = page("loyalty-matrix", EN, model)
    assert (str(found.as_of), found.customers) == ("2025-12-31", 239)
    assert found.segments[0].asks == ("R is 5: bought within 24 days", "F is 4 to 5: 4 orders or more")
    assert found.scores[1] == (
        "F5: 6 orders or more", "F4: 4 to 5 orders", "F3: 3 orders", "F2: 2 orders", "F1: 1 order",
    )  # fmt: skip


def test_without_a_model_the_page_has_no_date_and_tells_shares() -> None:
    found = page("loyalty-matrix", EN)
    assert (found.as_of, found.customers) == (None, None)
    assert found.segments[0].asks[0] == "R is 5: the 20% who bought last"
    assert "Cuts:" not in render_page(found, EN)


def test_a_scheme_of_ones_own_is_shown_with_its_people_and_its_marks_escaped(own: str) -> None:
    text = render_page(page(own, EN), EN)
    lines = text.splitlines()
    assert lines[:3] == ["# Ours \\| theirs", "", "Late \\*or\\* \\<soon\\>."]
    assert "- **Goal:** Win customers back" in lines
    assert "- **Owner:** Sales" in lines
    assert "- R2: bought within 30 days, R1: bought more than 30 days ago" in lines
    assert "- M2: spent over 99.50, M1: spent up to 99.50" in lines
    header, rule, soon, late = lines[-4:]
    assert cells(header) == ["Segment", "Who is in it", "Health", "What to do", "Owner", "Goal"]
    assert cells(rule) == ["---"] * 6
    assert cells(soon) == ["**Soon**", "R is 2: bought within 30 days", "neutral", "Line one<br>line two", "Ann", ""]
    assert cells(late)[-1] == "sell \\[tea\\]"


def test_maps_whose_first_match_wins_say_in_which_order_they_are_read() -> None:
    text = render_page(page("r-rfm-0.3.0", EN), EN)
    assert "The first that fits names the customer: Champions, Potential Loyalist, Loyal Customers," in text
    assert "The first that fits" not in render_page(page("putler", EN), EN)


def test_a_model_with_groups_has_no_cuts_to_tell(orders: Callable[..., Path]) -> None:
    path = orders(
        *[f"c{i},{i},2024-01-{i:02},{i},{'AB'[i % 2]}" for i in range(1, 21)],
        header="customer_id,order_id,order_date,amount,country",
    )
    made = segtool.rfm(path, by="country", min_group=5).model
    found = page("loyalty-matrix", EN, made)
    assert found.by_group
    assert found.segments[0].asks[0] == "R is 5: the 20% who bought last"
    assert "Each group has cuts of its own" in render_page(found, EN)


def test_a_scheme_that_the_model_has_not_is_refused(model: Any) -> None:
    with pytest.raises(UsageError, match="no scheme 'pymc'; it was made with --scheme loyalty-matrix"):
        page("pymc", EN, model)


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("name", built_in())
def test_every_row_of_every_page_has_a_cell_for_each_header(name: str, lang: str) -> None:
    words = words_in(lang)
    found = page(name, words)
    rows = [cells(line) for line in render_page(found, words).splitlines() if line.startswith("|")]
    assert len(rows) == len(found.segments) + 2
    assert len({len(row) for row in rows}) == 1
    assert all(row[0].strip("*") for row in rows)


def test_a_persian_page_runs_from_right_to_left() -> None:
    text = render_page(page("loyalty-matrix", words_in("fa")), words_in("fa"))
    assert text.startswith('<div dir="rtl">\n\n# ماتریس وفاداری\n')
    assert text.endswith("|\n\n</div>\n")


def test_the_command_prints_the_page_of_a_saved_model(run: Run, tmp_path: Path) -> None:
    example = ROOT / "examples" / "orders.csv"
    run("rfm", example, "--scheme", "value-loyalty", "--save-model", "m.json", "-q")
    done = run("schemes", "show", "value-loyalty", "--markdown", "--model", "m.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "M is 4 to 5: spent over 123.70" in done.stdout
    assert run("schemes", "show", "pymc", "--markdown", "--model", "m.json").returncode == 2
    assert run("schemes", "show", "pymc", "--markdown", "--model", "none.json").returncode == 66
    assert run("schemes", "show", "pymc", "--model", "m.json").returncode == 2
