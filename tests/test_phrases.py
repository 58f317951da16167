"""Rules in words: which scores a segment asks for, and what they mean in days, orders and money."""

import pytest

from segtool.segments.phrases import phrases, segment_phrases
from segtool.segments.scheme_file import parse
from segtool.segments.schemes import built_in, load, read
from segtool.words import words_in

CUTS = {
    "r": (24, 66, 139, 239),
    "f": (1, 2, 3, 5),
    "m": (300_000, 756_000, 1_237_000, 2_116_000),
    "orders": (3,),
    "average_order_value": (407_499,),
}
EN = words_in("en")


def told(scheme: str, name: str, cuts: dict[str, tuple[int, ...]] | None = None) -> list[str]:
    found = load(scheme)
    return segment_phrases(next(each for each in found.segments if each.name == name), found, cuts, EN)


def test_scores_are_told_in_days_and_orders() -> None:
    assert told("loyalty-matrix", "Champions", CUTS) == [
        "R is 5: bought within 24 days",
        "F is 4 to 5: 4 orders or more",
    ]
    assert told("loyalty-matrix", "Loyal Customers", CUTS)[0] == "R is 3 to 4: bought 25 to 139 days ago"
    assert told("loyalty-matrix", "Hibernating", CUTS) == [
        "R is 1 to 2: bought more than 139 days ago",
        "F is 1 to 2: up to 2 orders",
    ]
    assert told("loyalty-matrix", "Promising", CUTS)[1] == "F is 1: 1 order"


def test_scores_are_told_in_money() -> None:
    assert told("value-loyalty", "Strangers", CUTS) == [
        "F is 1 to 3: up to 3 orders",
        "M is 1 to 3: spent up to 123.70",
    ]
    assert told("value-loyalty", "Butterflies", CUTS)[1] == "M is 4 to 5: spent over 123.70"


def test_without_cuts_scores_are_told_in_shares_of_the_customers() -> None:
    assert told("loyalty-matrix", "Need Attention") == [
        "R is 3: between the 40% who bought last and the 40% who bought longest ago",
        "F is 3: between the 40% with the fewest orders and the 40% with the most orders",
    ]
    assert told("loyalty-matrix", "Champions") == [
        "R is 5: the 20% who bought last",
        "F is 4 to 5: the 40% with the most orders",
    ]


def test_cuts_that_the_scheme_states_need_no_model() -> None:
    scheme = parse("[scoring]\nr = { cuts = [180, 365] }\n[[segments]]\nname = 'Late'\nr = '1,3'\n", "own")
    assert phrases(scheme.segments[0].rule, scheme, None, EN) == [
        "R is 1 or 3: bought more than 365 days ago or bought within 180 days"
    ]


def test_the_mean_is_told_in_the_better_half() -> None:
    assert told("customer-value-matrix", "Spenders", CUTS) == [
        "Orders is worse than the mean: up to 3 orders",
        "Average order is at the mean or better: over 40.7499 an order",
    ]


def test_a_score_that_nobody_can_have_is_said_to_be_empty() -> None:
    assert told("loyalty-matrix", "Need Attention", {"r": (0, 0, 0, 9), "f": (1, 1, 1, 2)}) == [
        "R is 3: no customer",
        "F is 3: no customer",
    ]


def test_codes_sums_and_halves_are_told_as_they_are() -> None:
    assert told("klaviyo", "Champions", CUTS) == ["R F M is 333, 332, 323"]
    assert told("gold-silver-bronze", "Silver") == ["R+F+M is 6 to 9"]
    assert told("shopify", "Champions", CUTS) == ["R is 5: bought within 24 days", "(F+M)/2 is 3.5 to 5"]


def test_segments_without_a_rule_are_told_as_well() -> None:
    assert told("shopify", "Prospects") == ["customers without an order"]
    assert told("pymc", "Other") == ["all whom no other segment names"]


def test_alternatives_are_told_one_after_the_other() -> None:
    text = (
        "[scoring]\nr = { bins = 2 }\nf = { bins = 2 }\n"
        "[[segments]]\nname = 'Odd'\nany = [{ r = 1, f = 2 }, { r = 2, f = 1 }]\n"
    )
    scheme = parse(text, "own")
    assert phrases(scheme.segments[0].rule, scheme, {"r": (9,), "f": (1,)}, EN) == [
        "R is 1: bought more than 9 days ago, F is 2: 2 orders or more; "
        "or R is 2: bought within 9 days, F is 1: 1 order"
    ]


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("name", built_in())
def test_every_segment_that_is_built_in_can_be_told(name: str, lang: str) -> None:
    scheme = read(name)
    for cuts in (None, CUTS if name in ("loyalty-matrix", "codes-125", "putler") else {}):
        assert all(
            phrase.strip() and "{" not in phrase
            for segment in scheme.segments
            for phrase in segment_phrases(segment, scheme, cuts, words_in(lang))
        )
