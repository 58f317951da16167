"""What is told of people by what they did: by hand, by a slow reference, and whole where parts are added."""

import json
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import golden
import pyarrow as pa
import pytest
from activities import DAY, EVERY_ROLE, HOUR, Did, Put, Visit, activity_of, array
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from slow_behavior import day, judged, outcome_of, rows_of, sessions_of, spell_of, value_of

import segtool
from segtool.events.buyers import (
    Buyers,
    Limits,
    behavior_of_buyers,
    columns_of_orders,
    stage_column,
    stages_of_buyers,
)
from segtool.events.kinds import KINDS
from segtool.events.people import COLUMNS, behavior_of, cautions_of, columns_of, people_of
from segtool.output.behavior import render_behavior
from segtool.summary.behavior import Behavior, BehaviorSummary, CartOutcome, EventName
from segtool.summary.facts import Rows, SetAside
from segtool.words import Words, words_in

AS_OF = 19_800  # 18 March 2024


def at(days_ago: int, hour: int = 12) -> int:
    return (AS_OF - days_ago) * DAY + hour * HOUR


def visit(person: str, days_ago: int, hour: int = 12, *, hours: int = 1, **told: Any) -> Visit:
    counts = {kind: told.pop(kind) for kind in KINDS if kind in told}
    return Visit(person, at(days_ago, hour), at(days_ago, hour + hours), counts, **told)


SIX = Did(
    visits=[
        visit("ann", 60, source="search", device="mobile", platform="ios", app="web", view=3, add=1, purchase=1),
        visit("ann", 2, source="email", device="desktop", platform="macos", app="app", view=1, add=1, purchase=1),
        visit("ben", 200, source="direct", device="desktop", platform="linux", app="web", view=1, purchase=1),
        visit("cid", 10, source="search", device="mobile", platform="ios", app="web", view=2, checkout=1, purchase=1),
        visit("dee", 50, source="paid", device="mobile", platform="ios", app="web", view=4, add=2, remove=1),
        visit("dee", 49, hour=22, hours=4, source="direct", device="tablet", app="web", cart=1),
        visit("eve", 1, source="social", device="mobile", platform="android", view=1, search=2),
        visit("fay", 3, add=1, rating=1, other=1),
    ],
    users=frozenset({"ann", "ben"}),
    orders=[
        ("ann", at(60, 13), 200_000),
        ("ann", at(2, 13), 105_000),
        ("ben", at(200), 80_000),
        ("cid", at(10), 70_000),
    ],
    refunds=[("ann", at(2, 13), 5_000)],
    bought=[("ann", "tea", at(60, 13)), ("ann", "pot", at(2, 13)), ("ben", None, at(200)), ("cid", "tea", at(10))],
    carts=[
        Put("ann", "tea", at(60), 200_000),
        Put("ann", "pot", at(2), 105_000),
        Put("dee", "cup", at(50), 90_000),
        Put("dee", "jug", at(50), 40_000, removed=at(50, 13)),
        Put("fay", "cup", at(3), 90_000),
    ],
    categories={
        ("ann", "drinks"): (3, 1),
        ("ann", "ware"): (4, 1),
        ("ann", "gifts"): (2, 0),
        ("cid", "drinks"): (2, 3),
        ("cid", "ware"): (0, 1),
        ("dee", "ware"): (4, 0),
        ("eve", "gifts"): (1, 0),
    },
    brands={("ann", "Alba"): (4, 2), ("cid", "Alba"): (1, 1), ("cid", "Brio"): (1, 3)},
    ratings={"fay": [40_000, 50_000], "cid": [20_000]},
)
"""Ann comes back and buys again, with an account as Ben has one, who bought long ago; Cid is a guest. Dee left a cart,
Eve looks around, and Fay has put a cup into her cart three days ago."""


def found_in(did: Did, **options: Any) -> dict[str, list[Any]]:
    people = people_of(activity_of(did), EVERY_ROLE, as_of=AS_OF, **options)
    return {name: column.to_pylist() for name, column in columns_of(people).items()}


def told_of(did: Did, **options: Any) -> Behavior:
    return behavior_of(people_of(activity_of(did), EVERY_ROLE, as_of=AS_OF, **options), words_in())


@pytest.fixture(scope="module")
def six() -> dict[str, list[Any]]:
    return found_in(SIX)


@pytest.fixture(scope="module")
def told() -> Behavior:
    return told_of(SIX)


# By hand


def test_visitors_and_stages_are_those_that_fit_first(six: dict[str, list[Any]]) -> None:
    assert six["customer_id"] == ["ann", "ben", "cid", "dee", "eve", "fay"]
    assert six["visitor_type"] == ["repeat buyer", "member", "guest", "returning", "first-time", "first-time"]
    assert six["journey_stage"] == ["loyal", "lapsed", "customer", "intent", "considering", "intent"]


def test_a_spell_over_midnight_is_active_on_both_days(six: dict[str, list[Any]]) -> None:
    """Dee was here 50 days ago, and from 22 o'clock of the day after to 2 of the next."""
    assert six["active_days"] == [2, 1, 1, 3, 1, 1]
    assert six["sessions"] == [2, 1, 1, 2, 1, 1]
    assert six["first_seen"][3] == day(AS_OF - 50)
    assert six["last_interaction"][3] == day(AS_OF - 48)


def test_orders_have_their_days_and_their_money_net_of_refunds(six: dict[str, list[Any]]) -> None:
    assert six["orders"] == [2, 1, 1, 0, 0, 0]
    assert six["revenue"] == list(map(Decimal, ("30.0000", "8.0000", "7.0000", "0.0000", "0.0000", "0.0000")))
    assert six["refunded"][0] == Decimal("0.5000")
    assert six["order_value"] == [Decimal("15.0000"), Decimal("8.0000"), Decimal("7.0000"), None, None, None]
    assert six["last_order"] == [day(AS_OF - 2), day(AS_OF - 200), day(AS_OF - 10), None, None, None]
    assert six["recently_purchased"] == [True, False, True, False, False, False]


def test_carts_are_open_or_abandoned_by_what_became_of_their_lines(six: dict[str, list[Any]]) -> None:
    assert six["cart_status"] == ["purchased", "none", "purchased", "expired", "none", "open"]
    assert six["last_cart"] == [day(AS_OF - 2), None, None, day(AS_OF - 50), None, day(AS_OF - 3)]
    assert (six["open_carts"], six["open_cart_value"][5]) == ([0, 0, 0, 0, 0, 1], Decimal("9.0000"))
    assert (six["abandoned_carts"], six["abandoned_value"][3]) == ([0, 0, 0, 1, 0, 0], Decimal("9.0000"))


def test_the_main_device_is_that_of_most_sessions_and_ties_follow_the_scheme(six: dict[str, list[Any]]) -> None:
    assert six["device"] == ["mobile", "desktop", "mobile", "mobile", "mobile", None]
    assert six["device_share"] == [0.5, 1.0, 1.0, 0.5, 1.0, None]
    assert six["operating_system"] == ["ios", "linux", "ios", "ios", "android", None]
    assert six["app_or_web"] == ["both", "web", "web", "web", None, None]


def test_sources_are_the_first_the_last_and_the_most_frequent(six: dict[str, list[Any]]) -> None:
    assert six["source"] == ["search", "direct", "search", "paid", "social", None]  # of equal ones direct is last
    assert six["first_source"] == ["search", "direct", "search", "paid", "social", None]
    assert six["last_source"] == ["email", "direct", "search", "direct", "social", None]


def test_what_is_browsed_is_told_beside_what_is_bought(six: dict[str, list[Any]]) -> None:
    assert six["browsed_category"] == ["ware", None, "drinks", "ware", "gifts", None]
    assert six["bought_category"] == ["drinks", None, "drinks", None, None, None]
    assert six["bought_category_share"] == [0.5, None, 0.75, None, None, None]
    assert six["unbought_category"] == ["gifts", None, None, "ware", "gifts", None]
    assert six["categories_bought"] == [2, 0, 2, 0, 0, 0]
    assert (six["top_brand"][:3], six["top_brand_share"][:3]) == (["Alba", None, "Brio"], [1.0, None, 0.75])


def test_a_rating_is_the_mean_of_what_was_given(six: dict[str, list[Any]]) -> None:
    assert (six["rating"], six["ratings"]) == ([None, None, 2.0, None, None, 4.5], [0, 0, 1, 0, 0, 2])


def test_columns_stand_in_their_order(six: dict[str, list[Any]]) -> None:
    assert list(six) == [name for name in COLUMNS if name in six]


def test_a_log_tells_only_what_it_has_columns_for() -> None:
    bare = replace(SIX, carts=(), priced=False)
    activity = replace(activity_of(bare), categories=None, brands=None)
    found = columns_of(people_of(activity, frozenset({"user", "product"}), as_of=AS_OF))
    assert list(found) == [
        *COLUMNS[:12],
        "first_order",
        "last_order",
        "recently_purchased",
    ]
    assert found["visitor_type"].to_pylist()[1] == "guest"  # where all have user ids, that is no account
    told = behavior_of(people_of(activity, frozenset({"user"}), as_of=AS_OF), words_in())
    assert (told.carts, told.sources, told.devices, told.categories, told.revenue) == (None,) * 5


def test_the_funnel_falls_and_tells_the_loss_of_each_step(told: Behavior) -> None:
    """Five of six looked at something; Fay put something into a cart without, and has been there by it."""
    funnel = told.funnel
    assert funnel is not None
    assert [(step.step, step.people, step.sessions) for step in funnel.steps] == [
        ("view", 6, 7),
        ("cart", 5, 6),
        ("checkout", 3, 4),
        ("purchase", 3, 4),
    ]
    assert [step.people_loss for step in funnel.steps] == [None, pytest.approx(1 / 6), pytest.approx(0.4), 0.0]


def test_a_step_that_nobody_took_is_no_part_of_the_funnel() -> None:
    funnel = told_of(Did([visit("ann", 1, view=1), visit("ben", 1, cart=1)])).funnel
    assert funnel is not None
    assert [(step.step, step.people) for step in funnel.steps] == [("view", 2), ("cart", 1)]
    assert funnel.untold == ("checkout", "purchase")


def test_abandoned_carts_are_told_for_buyers_and_for_the_others(told: Behavior) -> None:
    carts = told.carts
    assert carts is not None
    assert [(each.outcome, each.people, each.carts, each.lines, each.value) for each in carts.outcomes] == [
        ("bought", 1, 2, 2, Decimal("30.50")),
        ("removed", 1, 1, 1, Decimal(4)),
        ("open", 1, 1, 1, Decimal(9)),
        ("abandoned", 1, 1, 1, Decimal(9)),
    ]
    assert [each.lines for each in carts.of_buyers] == [2, 0, 0, 0]
    assert [each.lines for each in carts.of_others] == [0, 1, 1, 1]
    assert (carts.total.lines, carts.total.carts, carts.abandoned_share) == (5, 4, 0.25)
    assert carts.recovered == CartOutcome("recovered", 0, 0, 0, Decimal(0))


def test_sources_bring_what_their_sessions_sold(told: Behavior) -> None:
    assert told.sources is not None
    rows = {each.name: each for each in told.sources}
    assert list(rows) == ["search", "direct", "paid", "social", "email", "unknown"]
    search, email = rows["search"], rows["email"]
    assert (search.people, search.buyers, search.conversion, search.sessions, search.orders) == (2, 2, 1.0, 2, 2)
    assert (search.revenue, search.people_revenue, search.revenue_per_person) == (27, Decimal(37), 18.5)
    assert (email.people, email.sessions, email.orders, email.revenue, email.conversion) == (0, 1, 1, 10, None)
    assert told.first_sources is not None
    assert [(each.name, each.people, each.revenue) for each in told.first_sources][:2] == [
        ("search", 2, 37),
        ("direct", 1, 8),
    ]


def test_people_who_looked_and_never_bought_are_counted(told: Behavior) -> None:
    assert told.categories is not None
    assert [
        (each.label, each.looked, each.bought, each.looked_and_bought, each.looked_only, each.share)
        for each in told.categories.rows
    ] == [("drinks", 2, 2, 2, 0, 1.0), ("ware", 2, 2, 1, 1, 0.5), ("gifts", 2, 0, 0, 2, 0.0)]


def test_ratings_are_spread_over_stars(told: Behavior) -> None:
    assert told.ratings is not None
    assert (told.ratings.ratings, told.ratings.people, told.ratings.mean) == (3, 2, pytest.approx(11 / 3))
    assert [(each.stars, each.people) for each in told.ratings.bands if each.people] == [("5", 1), ("2", 1)]


def test_limits_are_days_that_still_count() -> None:
    did = Did([visit("ann", 30, purchase=1)], orders=[("ann", at(30), 1)], bought=[("ann", None, at(30))])
    assert found_in(did)["recently_purchased"] == [True]
    assert found_in(did, recent=29)["recently_purchased"] == [False]
    assert found_in(did, lapsed_after=30)["journey_stage"] == ["customer"]
    assert found_in(did, lapsed_after=29)["journey_stage"] == ["lapsed"]


def test_logging_in_and_signing_up_are_signs_of_an_account() -> None:
    did = Did([visit("ann", 1, login=1), visit("ben", 1, signup=1), visit("cid", 1, member=1), visit("dee", 1)])
    assert found_in(did)["visitor_type"] == ["member"] * 3 + ["first-time"]


def test_an_order_belongs_to_the_session_that_began_last_before_it() -> None:
    """The order is at 13: the session of the phone began at 12 and goes on to 15; that of the desk lasted to 13:30."""
    long = replace(visit("ann", 1, 10, hours=5, device="tablet"), session="a")
    short = replace(visit("ann", 1, 11, hours=1, device="mobile"), session="b")
    did = Did([long, short], orders=[("ann", at(1, 13), 50_000), ("ann", at(1, 12), 30_000)])
    assert {each.name: each.revenue for each in told_of(did).devices or ()} == {"mobile": 3, "tablet": 5}


def test_of_sessions_side_by_side_an_order_belongs_to_one_that_bought() -> None:
    """The phone is looked at while the desk buys, and gives back."""
    desk = replace(visit("ann", 1, 10, hours=5, purchase=1, refund=1, device="desktop"), session="a")
    phone = replace(visit("ann", 1, 11, hours=3, view=3, device="mobile"), session="b")
    did = Did([desk, phone], orders=[("ann", at(1, 12), 50_000)], refunds=[("ann", at(1, 13), 20_000)])
    told = told_of(did)
    assert {each.name: (each.orders, each.revenue) for each in told.devices or ()} == {
        "mobile": (0, 0),
        "desktop": (1, 3),
    }
    assert [(step.step, step.sessions) for step in told.funnel.steps] == [("view", 2), ("purchase", 1)]


def test_spells_of_one_session_are_one_session_with_the_source_that_one_tells() -> None:
    did = Did(
        [
            visit("ann", 3, session="a", source="direct"),
            visit("ann", 2, session="b", source="email"),
            visit("ann", 1, session="a", source="paid"),
            visit("ben", 1, session="a", source="direct"),
        ]
    )
    found = found_in(did)
    assert found["sessions"] == [2, 1]
    assert (found["first_source"], found["last_source"]) == (["paid", "direct"], ["email", "direct"])


@pytest.mark.parametrize(
    ("bought", "removed", "days_ago", "outcome"),
    [
        (at(40), None, 40, "bought"),  # at the same moment
        (at(10), None, 40, "bought"),  # at the end of the window
        (at(10) + 1, None, 40, "abandoned"),
        (at(40) - 1, None, 40, "abandoned"),
        (None, at(40), 40, "removed"),
        (None, at(40) - 1, 40, "abandoned"),  # taken out, and put in again
        (None, None, 29, "open"),
        (None, None, 30, "abandoned"),  # since noon of the as-of day
        (at(35), at(40), 40, "bought"),
    ],
)
def test_a_line_is_bought_removed_open_or_abandoned(
    bought: int | None, removed: int | None, days_ago: int, outcome: str
) -> None:
    line = Put("ann", "cup", at(days_ago), 10_000, **({} if removed is None else {"removed": removed}))
    for product in ("cup", None):
        buys = [] if bought is None else [("ann", product, bought), ("ben", "cup", at(35)), ("ann", "jug", at(35))]
        did = Did([visit("ann", 40), visit("ben", 40)], carts=[line], bought=buys)
        carts = told_of(did).carts
        assert carts is not None
        assert [each.outcome for each in carts.outcomes if each.lines] == [outcome]
        assert outcome_of(line, did, as_of=AS_OF, window=30) == outcome


def test_a_line_bought_more_than_a_day_later_is_recovered() -> None:
    lines = [Put("ann", "cup", at(5), 10_000), Put("ann", "jug", at(5), 20_000)]
    buys = [("ann", "cup", at(4)), ("ann", "jug", at(4) + 1)]
    carts = told_of(Did([visit("ann", 5)], carts=lines, bought=buys)).carts
    assert carts is not None
    assert carts.recovered == CartOutcome("recovered", 1, 1, 1, Decimal(2))


def test_money_beyond_64_bits_is_not_wrapped() -> None:
    did = Did([visit("ann", 1)], orders=[("ann", at(1), 2**62), ("ann", at(1), 2**62)])
    with pytest.raises(OverflowError):
        found_in(did)
    people = [visit(name, 1, device="mobile") for name in "abc"]
    much = told_of(Did(people, orders=[(name, at(1), 2**62) for name in "abc"]))
    assert much.revenue == (much.devices or ())[0].revenue == Decimal(3 * 2**62).scaleb(-4)


def test_the_first_of_equal_labels_is_told_and_none_where_there_are_none() -> None:
    did = Did([visit("ann", 1), visit("ben", 1)], categories={("ann", "é"): (1, 1), ("ann", "z"): (1, 1)})
    assert found_in(did)["browsed_category"] == ["z", None]
    assert found_in(Did([visit("ann", 1)]))["browsed_category"] == [None]


def test_of_nobody_there_is_nothing_to_tell() -> None:
    found = found_in(Did([]))
    assert {len(column) for column in found.values()} == {0}
    words = words_in()
    summary = summary_of(Did([]), words)
    assert (summary.behavior.people, summary.behavior.sources, summary.behavior.ratings) == (0, (), None)
    assert render_behavior(summary, words=words).startswith("0 people   0 sessions   0 orders   0 net revenue\n")


def test_what_is_to_be_known_is_told() -> None:
    def codes(did: Did) -> list[str]:
        return [each.code for each in cautions_of(told_of(did), words_in())]

    assert codes(SIX) == []
    people = people_of(activity_of(SIX), frozenset({"user"}), as_of=AS_OF)
    assert [each.code for each in cautions_of(behavior_of(people, words_in()), words_in())] == ["behavior-no-accounts"]
    assert codes(Did([visit("ann", 1)])) == ["behavior-no-order"]
    odd = replace(SIX, priced=False, several=2, repeated=3)
    assert codes(odd) == ["behavior-no-value", "behavior-several", "behavior-repeated"]


# Against the slow reference

PEOPLE = ("ann", "ben", "cid", "dée")
moments = st.integers(0, 45 * 4).map(lambda step: at(0, 0) - 44 * DAY + step * 6 * HOUR)
products = st.sampled_from(["cup", "jug", None])
labels = st.sampled_from(["a", "b", "é"])
units = st.integers(0, 5).map(lambda step: step * 7_777)


@st.composite
def visits(draw: Any) -> list[Visit]:
    """Spells of which those without a session id do not touch, nor those of one session."""
    found = []
    for person in draw(st.sets(st.sampled_from(PEOPLE), min_size=1)):
        steps = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=5))
        now = draw(moments)
        for gap, length in steps:
            start = now + gap * 6 * HOUR
            now = start + length * 3 * HOUR
            counts = draw(st.dictionaries(st.sampled_from((*KINDS, "unknown")), st.integers(1, 2), max_size=3))
            found.append(
                Visit(
                    person,
                    start,
                    now,
                    counts,
                    session=draw(st.sampled_from([None, "a", "b"])),
                    source=draw(st.sampled_from([None, "direct", "search", "email", "unknown"])),
                    device=draw(st.sampled_from([None, "mobile", "tablet", "other", "unknown"])),
                    platform=draw(st.sampled_from([None, "ios", "linux"])),
                    app=draw(st.sampled_from([None, "both", "app", "web"])),
                    member=draw(st.sampled_from([-1, 0, 1])),
                )
            )
            now += 1
    return found


@st.composite
def dids(draw: Any) -> Did:
    here = draw(visits())
    who = st.sampled_from(sorted({each.person for each in here}))
    within = st.sampled_from(here).flatmap(
        lambda one: st.integers(0, 2).map(lambda part: (one.person, one.start + (one.end - one.start) * part // 2))
    )
    orders = [(*each, value) for each, value in draw(st.lists(st.tuples(within, units), max_size=5))]
    refunds = [(*each, value) for each, value in draw(st.lists(st.tuples(within, units), max_size=2))]
    bought = [(person, draw(products), moment) for person, moment, _ in orders]
    bought += draw(st.lists(st.tuples(who, products, moments), max_size=4))
    lines = {}
    for person, product, added in draw(st.lists(st.tuples(who, products, moments), max_size=6)):
        out = draw(st.sampled_from([None, -6, 0, 6]))
        removed = {} if out is None else {"removed": added + out * HOUR}
        lines[person, product, added // DAY] = Put(person, product, added, draw(units), **removed)
    looks = st.dictionaries(st.tuples(who, labels), st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=6)
    return Did(
        visits=here,
        users=frozenset(draw(st.sets(who))),
        orders=orders,
        refunds=refunds,
        bought=bought,
        carts=list(lines.values()),
        categories=draw(looks),
        brands=draw(looks),
        ratings=draw(st.dictionaries(who, st.lists(st.integers(0, 12).map(lambda n: n * 5_000)), max_size=3)),
    )


options = st.fixed_dictionaries(
    {"recent": st.integers(0, 40), "lapsed_after": st.integers(0, 40), "cart_window": st.integers(0, 40)}
)


@given(dids(), options, st.booleans())
def test_every_column_is_that_of_the_slow_reference(did: Did, limits: dict[str, int], accounts: bool) -> None:
    expected = rows_of(
        did,
        as_of=AS_OF,
        window=limits["cart_window"],
        recent=limits["recent"],
        lapsed_after=limits["lapsed_after"],
        accounts=accounts,
    )
    found = columns_of(people_of(activity_of(did), EVERY_ROLE, as_of=AS_OF, names_accounts=accounts, **limits))
    assert pa.table(found).to_pylist() == expected


@given(dids())
def test_parts_add_up_to_the_whole(did: Did) -> None:
    told, rows = told_of(did), rows_of(did, as_of=AS_OF)
    revenue = sum((row["revenue"] for row in rows), Decimal(0))
    assert told.revenue == revenue
    for groups in (told.visitor_types or (), told.journey):
        assert sum(each.people for each in groups) == told.people == len(rows)
        assert sum(each.orders for each in groups) == told.orders
        assert sum((each.revenue or Decimal(0) for each in groups), Decimal(0)) == revenue
    for origins in (told.sources, told.devices, told.platforms, told.apps):
        assert origins is not None
        assert sum(each.people for each in origins) == told.people
        assert sum(each.buyers for each in origins) == told.buyers
        assert sum(each.sessions for each in origins) == told.sessions
        assert sum(each.orders for each in origins) == told.orders
        assert sum((each.revenue or Decimal(0) for each in origins), Decimal(0)) == revenue
        assert sum((each.people_revenue or Decimal(0) for each in origins), Decimal(0)) == revenue
    assert sum((each.revenue or Decimal(0) for each in told.first_sources or ()), Decimal(0)) == revenue


@given(dids())
def test_groups_are_those_of_the_rows(did: Did) -> None:
    told, rows = told_of(did), rows_of(did, as_of=AS_OF)
    types = {each.name: each.people for each in told.visitor_types or () if each.people}
    assert types == Counter(row["visitor_type"] for row in rows)
    assert {each.name: each.people for each in told.journey if each.people} == Counter(
        row["journey_stage"] for row in rows
    )
    assert {each.name: each.people for each in told.sources or () if each.people} == Counter(
        row["source"] or "unknown" for row in rows
    )


@given(dids())
def test_orders_belong_to_the_sessions_of_the_slow_reference(did: Did) -> None:
    expected: Counter[str] = Counter()
    for person, moment, _ in did.orders:
        own = [each for each in did.visits if each.person == person]
        [session] = [each for each in sessions_of(own) if spell_of(own, moment) in each]
        expected[value_of(session, "device") or "unknown"] += 1
    assert {each.name: each.orders for each in told_of(did).devices or () if each.orders} == expected


@given(dids())
def test_the_steps_of_a_funnel_never_rise(did: Did) -> None:
    funnel = told_of(did).funnel
    assert funnel is not None
    for figures in ([step.people for step in funnel.steps], [step.sessions for step in funnel.steps]):
        assert figures == sorted(figures, reverse=True)
    for step in funnel.steps:
        assert step.people <= step.sessions
        assert 0 <= (step.people_loss or 0) <= 1
    named = {"view": ("view",), "cart": ("add",), "checkout": ("checkout",)}
    if not any(each.counts.get("add") for each in did.visits):
        named["cart"] = ("cart",)
    later = {person for person, _, _ in did.orders}
    for step in reversed(funnel.steps):
        kinds = named.get(step.step, ())
        later |= {each.person for each in did.visits if any(each.counts.get(kind) for kind in kinds)}
        assert step.people == len(later)


@given(dids(), st.integers(0, 40))
def test_the_outcomes_of_carts_add_up_to_the_lines(did: Did, window: int) -> None:
    carts = told_of(did, cart_window=window).carts
    if carts is None:
        assert not did.carts
        return
    expected = [(line, *judged(line, did, as_of=AS_OF, window=window)) for line in did.carts]
    assert sum(each.lines for each in carts.outcomes) == len(did.carts) == carts.total.lines
    for own, buyers, others in zip(carts.outcomes, carts.of_buyers, carts.of_others, strict=True):
        lines = [line for line, outcome, _ in expected if outcome == own.outcome]
        assert own.lines == len(lines) == buyers.lines + others.lines
        assert own.people == len({line.person for line in lines}) == buyers.people + others.people
        assert own.carts == len({(line.person, line.added // DAY) for line in lines}) == buyers.carts + others.carts
        assert own.value == Decimal(sum(line.units for line in lines)).scaleb(-4)
        assert own.value == (buyers.value or Decimal(0)) + (others.value or Decimal(0))
    late = [line for line, _, moment in expected if moment is not None and moment - line.added > DAY]
    assert carts.recovered.lines == len(late)


@given(dids(), st.randoms())
def test_neither_the_order_of_what_was_done_nor_the_place_of_a_person_changes_anything(did: Did, random: Any) -> None:
    """With each id read backwards people stand in another order, and the rows are the same."""

    def shuffled(rows: Any) -> list[Any]:
        return random.sample(list(rows), len(rows))

    again = Did(
        visits=[replace(each, person=each.person[::-1]) for each in shuffled(did.visits)],
        users=frozenset(name[::-1] for name in did.users),
        orders=[(name[::-1], *rest) for name, *rest in shuffled(did.orders)],
        refunds=[(name[::-1], *rest) for name, *rest in shuffled(did.refunds)],
        bought=[(name[::-1], *rest) for name, *rest in shuffled(did.bought)],
        carts=[replace(line, person=line.person[::-1]) for line in shuffled(did.carts)],
        categories={(name[::-1], label): counts for (name, label), counts in shuffled(did.categories.items())},
        brands={(name[::-1], label): counts for (name, label), counts in shuffled(did.brands.items())},
        ratings={name[::-1]: given for name, given in did.ratings.items()},
    )
    rows = pa.table({name: pa.array(column) for name, column in found_in(did).items()}).to_pylist()
    others = pa.table({name: pa.array(column) for name, column in found_in(again).items()}).to_pylist()
    back = {row["customer_id"][::-1]: {**row, "customer_id": row["customer_id"][::-1]} for row in others}
    assert [back[row["customer_id"]] for row in rows] == rows
    assert told_of(did) == told_of(again)


# As text and as JSON


def summary_of(did: Did, words: Words, **further: Any) -> BehaviorSummary:
    found = behavior_of(people_of(activity_of(did), EVERY_ROLE, as_of=AS_OF), words)
    told: dict[str, Any] = {
        "schema_version": 1,
        "as_of": day(AS_OF),
        "as_of_jalali": None,
        "as_of_from": "data",
        "period": None,
        "rows": Rows(24, 22, {"bad date": SetAside(2, None, 0)}),
        "names": (EventName("page", "view", 20, "common"), EventName("clicked promo", None, 2, None)),
        "vocabularies": ("common",),
        "cart_window": 30,
        "recent": 30,
        "lapsed_after": 180,
        "behavior": found,
        "warnings": cautions_of(found, words),
        "columns": {"user": "user_id", "event": "what"},
        "spelling": {},
        "session_gap": 1800,
        "seasons": None,
        "labels": (),
        "attribute_schemes": (),
        "version": "0",
    }
    return BehaviorSummary(**{**told, **further})


ODD = replace(SIX, several=2, repeated=3)


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_the_text_is_the_golden_one(lang: Any) -> None:
    words = words_in(lang, lang)
    golden.check(f"behavior-{lang}.txt", render_behavior(summary_of(ODD, words), words=words))


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_a_large_shop_fits_80_columns(lang: Any) -> None:
    words = words_in(lang, lang)
    summary = summary_of(SIX, words)
    found = summary.behavior

    def grown(value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{each.name: grown(getattr(value, each.name)) for each in fields(value)})
        if isinstance(value, tuple):
            return tuple(map(grown, value))
        if isinstance(value, int | Decimal):
            return value * 1_234_567
        return value

    ratings = found.ratings
    large = replace(grown(found), people=found.people * 1_234_567, ratings=ratings)
    lines = render_behavior(replace(summary, behavior=large), words=words).splitlines()
    assert max(map(cell_len, lines)) <= 80


def test_what_is_not_told_is_left_out_of_the_text() -> None:
    """As of plain orders, which have no sessions; in the language of the page."""
    words = words_in()
    summary = summary_of(SIX, words)
    untold = dict.fromkeys(
        ("events", "sessions", "visitor_types", "funnel", "carts", "sources", "first_sources", "devices")
    ) | dict.fromkeys(("platforms", "apps", "categories", "brands", "ratings", "identity"))
    bare = replace(summary, behavior=replace(summary.behavior, **untold), names=None, vocabularies=())
    text = render_behavior(bare, words=words)
    assert text.startswith("6 people   4 orders   45 net revenue\n")
    assert "How far they are on their way" in text
    assert "Where they come" not in text
    unpriced = summary_of(replace(SIX, priced=False), words)
    assert "Revenue" not in render_behavior(unpriced, words=words)
    assert "Value" not in render_behavior(unpriced, words=words)


def test_first_sources_are_shown_where_they_are_other_ones() -> None:
    words = words_in()
    title = words("title.behavior-first-source")
    other = Did([visit("ann", 3, source="paid"), visit("ann", 2, source="email"), visit("ann", 1, source="email")])
    assert title in render_behavior(summary_of(other, words), words=words)
    once = Did([visit("ann", 1, source="paid"), visit("ben", 1, source="email")])
    assert title not in render_behavior(summary_of(once, words), words=words)


def test_unknown_events_are_shown_with_the_way_to_name_them() -> None:
    words = words_in()
    names = tuple(EventName(f"odd {at}", None, 30 - at, None) for at in range(12))
    text = render_behavior(summary_of(SIX, words, names=names), words=words)
    assert "odd 9  21 rows\n2 more in --json.\n" in text
    assert '--map "odd 0=view"' in " ".join(text.split())
    known = summary_of(SIX, words, names=(EventName("page", "view", 20, "common"),))
    assert "--map" not in render_behavior(known, words=words)


def test_programs_are_told_every_field() -> None:
    found = json.loads(summary_of(SIX, words_in()).to_json())
    behavior = found["behavior"]
    assert set(behavior) == {each.name for each in fields(Behavior)}
    assert behavior["carts"]["of_others"][3] == {
        "outcome": "abandoned",
        "people": 1,
        "carts": 1,
        "lines": 1,
        "value": 9.0,
    }
    assert behavior["funnel"]["steps"][1]["people_loss"] == pytest.approx(1 / 6)
    assert found["names"][1] == {"name": "clicked promo", "kind": None, "events": 2, "told_by": None}


def test_the_schemes_over_columns_read_the_table() -> None:
    table = pa.table({name: pa.array(column) for name, column in found_in(SIX).items()})
    names = ["visitor-tier", "journey-stage", "cart", "device", "source", "app-or-web", "operating-system", "rating"]
    found = segtool.segment(table, scheme=names, as_of=day(AS_OF)).table
    assert found["segment_visitor-tier"].to_pylist() == [
        "repeat-buyer", "logged-in", "guest", "returning", "first-time", "first-time",
    ]  # fmt: skip
    assert found["segment_journey-stage"].to_pylist() == found["journey_stage"].to_pylist()
    assert found["segment_cart"].to_pylist() == ["purchased", "none", "purchased", "none", "none", "abandoned"]
    for scheme, header in (
        ("device", "device"),
        ("source", "source"),
        ("app-or-web", "app_or_web"),
        ("operating-system", "operating_system"),
    ):
        assert found[f"segment_{scheme}"].to_pylist() == [name or "unknown" for name in found[header].to_pylist()]
    assert found["segment_rating"].to_pylist() == ["unknown", "unknown", "2", "unknown", "unknown", "5"]


def test_of_plain_orders_the_journey_is_told() -> None:
    """Ann bought twice, the last time today; Ben once, 181 days ago."""
    buyers = Buyers(
        orders=array([2, 1]),
        revenue=array([30_000, 5_000]),
        refunded=None,
        first=array([AS_OF - 9, AS_OF - 181]),
        last=array([AS_OF, AS_OF - 181]),
        limits=Limits(AS_OF),
    )
    assert stage_column(stages_of_buyers(buyers)).to_pylist() == ["loyal", "lapsed"]
    found = columns_of_orders(buyers)
    assert list(found) == ["orders", "revenue", "order_value", "first_order", "last_order", "recently_purchased"]
    told = behavior_of_buyers(buyers, words_in())
    assert (told.people, told.buyers, told.repeat_buyers, told.recently_purchased, told.orders) == (2, 2, 1, 1, 3)
    assert [(each.name, each.revenue) for each in told.journey if each.people] == [
        ("loyal", Decimal(3)),
        ("lapsed", Decimal("0.50")),
    ]
    text = render_behavior(summary_of(SIX, words_in(), behavior=told, names=None, vocabularies=()))
    assert text.startswith("2 people   3 orders   3.50 net revenue\n")
