"""Goals: which schemes serve them, in which order segments count, and which figure to watch."""

import pytest

from segtool.errors import UsageError
from segtool.segments.goals import goal, goals
from segtool.segments.scheme_file import parse
from segtool.segments.schemes import built_in, load
from segtool.words import LANGUAGES

OWN = "{}[scoring]\nr = {{ bins = 2 }}\n[[segments]]\nname = 'Late'\nr = 1\n[[segments]]\nname = 'Soon'\nr = 2\n"


def test_there_are_five_goals() -> None:
    assert list(goals()) == ["grow-sales", "keep-customers", "win-back", "improve-service", "launch-product"]


@pytest.mark.parametrize("name", list(goals()))
def test_a_goal_recommends_schemes_that_exist_and_orders_all_of_their_segments(name: str) -> None:
    found = goal(name)
    assert found.schemes
    assert {*found.schemes, *found.also} <= set(built_in())
    assert not set(found.schemes) & set(found.also)
    assert set(found.segments) == set(found.schemes)
    for scheme in found.schemes:
        assert sorted(found.segments[scheme]) == sorted(segment.name for segment in load(scheme).segments)


@pytest.mark.parametrize("name", list(goals()))
def test_a_goal_speaks_every_language(name: str) -> None:
    found = goal(name)
    for texts in (found.title, found.about, found.watch.title):
        assert set(texts) == set(LANGUAGES)


def test_segments_of_other_schemes_count_by_health_and_urgency() -> None:
    assert goal("win-back").order(load("klaviyo")) == (
        "At Risk", "Inactive", "Needs Attention", "Recent", "Champions", "Loyal",
    )  # fmt: skip
    assert goal("keep-customers").order(load("klaviyo"))[:3] == ("At Risk", "Needs Attention", "Recent")
    assert goal("launch-product").order(load("gold-silver-bronze")) == ("Gold", "Silver", "Bronze")


@pytest.mark.parametrize("name", list(goals()))
@pytest.mark.parametrize("scheme", built_in())
def test_an_order_holds_every_segment_once(name: str, scheme: str) -> None:
    found = load(scheme)
    assert sorted(goal(name).order(found)) == sorted(segment.name for segment in found.segments)


def test_a_scheme_of_ones_own_serves_every_goal_unless_it_states_another() -> None:
    assert goal("win-back").serves(parse(OWN.format(""), "own"))
    assert goal("win-back").serves(parse(OWN.format("goal = 'win-back'\n"), "own"))
    assert goal("win-back").serves(parse(OWN.format("goal = 'sell more tea'\n"), "own"))
    assert not goal("win-back").serves(parse(OWN.format("goal = 'grow-sales'\n"), "own"))


def test_a_built_in_scheme_serves_what_the_table_says() -> None:
    assert goal("keep-customers").serves(load("loyalty-matrix"))
    assert not goal("keep-customers").serves(load("value-loyalty"))


def test_an_unknown_goal_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no goal 'grow-sale'\. Goals: grow-sales, .* Did you mean grow-sales\?"):
        goal("grow-sale")
