"""`segtool.events.fold`: what everybody did, by hand, against a slow reference, and in any order of the rows."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_events import DAY, MINUTE, Row, folded

from segtool.errors import DataError
from segtool.events import held, looks, sorting
from segtool.events.activity import NEVER, Activity, Identity, Looked
from segtool.events.cells import Cells, Piece
from segtool.events.fold import activity
from segtool.events.kinds import KINDS, UNKNOWN
from segtool.events.origins import names
from segtool.tables.numbers import INT64_MAX, LIMIT

GAP = 30 * MINUTE
NOON = 19_800 * DAY + DAY // 2
"""A noon in March 2024."""

TEXTS = ("user", "anonymous", "session", "product", "category", "brand", "order_id")
ROLES = ("source", "device", "platform", "app")


def cells(rows: Sequence[Row], *, dictionary: bool = False, without: Sequence[str] = (), listed: bool = False) -> Cells:
    """Return rows as the border hands them over; the columns of some names are not there."""

    def texts(name: str) -> pa.Array | None:
        if name in without:
            return None
        column = pa.array([getattr(row, name) for row in rows], pa.string())
        if dictionary:  # as a file has it: with words that no row uses, and nulls among the words
            words = pa.array(["spare", None, *(text for text in column.to_pylist() if text), "spare"], pa.string())
            at = [1 if text is None else words.to_pylist().index(text) for text in column.to_pylist()]
            return pa.DictionaryArray.from_arrays(pa.array(at, pa.int32()), words)
        return column

    def ints(cell: Callable[[Row], int], kind: type = np.int64) -> Any:
        return np.array([cell(row) for row in rows], kind)

    def places(role: str) -> Any:
        return ints(lambda row: -1 if getattr(row, role) is None else names(role).index(getattr(row, role)), np.int8)

    return Cells(
        **{name: texts(name) for name in TEXTS},
        moment=ints(lambda row: row.moment),
        kind=ints(lambda row: UNKNOWN if row.kind == "unknown" else KINDS.index(row.kind), np.int8),
        first=np.array([row.first for row in rows], np.bool_),
        listed=listed,
        units=ints(lambda row: row.value),
        priced=np.array([row.units is not None for row in rows], np.bool_),
        **{role: places(role) for role in ROLES},
        member=ints(lambda row: row.member, np.int8),
        rating=ints(lambda row: row.rating or 0),
        rated=np.array([row.rating is not None for row in rows], np.bool_),
        notes=len(rows),
    )


def piece(*batches: Cells) -> Piece:
    def read() -> Iterator[Cells]:
        yield from batches

    return read


def told(*rows: Row, **how: Any) -> Activity:
    """Return what rows of one batch fold to."""
    return activity([piece(cells(rows, **how))], gap=GAP, threads=1)


def facts(found: Activity) -> dict[str, Any]:
    """Return an activity as the slow reference tells it."""

    def table(*columns: Any) -> list[tuple[Any, ...]]:
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def looks(own: Looked | None) -> list[tuple[Any, ...]]:
        if own is None:
            return []
        words = own.labels.to_pylist()
        return [(at, words[label], *both) for at, label, *both in table(own.person, own.label, own.viewed, own.bought)]

    spells, carts = found.spells, found.carts
    lines = table(carts.person, carts.day, carts.product, carts.added, carts.removed, carts.units)
    return {
        "ids": found.ids.to_pylist(),
        "known": found.known.tolist(),
        "products": found.products.to_pylist(),
        "spells": [
            (*row[:4], tuple(row[4]), *row[5:])
            for row in table(
                spells.person, spells.session, spells.start, spells.end, spells.counts,
                spells.source, spells.device, spells.platform, spells.app, spells.member,
            )
        ],
        "orders": table(found.orders.person, found.orders.moment, found.orders.units),
        "refunds": table(found.refunds.person, found.refunds.moment, found.refunds.units),
        "bought": table(found.bought.person, found.bought.product, found.bought.moment),
        "carts": [(*line[:4], None if line[4] == NEVER else line[4], line[5]) for line in lines],
        "categories": looks(found.categories),
        "brands": looks(found.brands),
        "ratings": found.ratings.tolist(),
        "rated": found.rated.tolist(),
        "priced": found.priced,
        "repeated": found.repeated,
        "identity": (
            found.identity.users, found.identity.linked, found.identity.guests, found.identity.several
        ),
        "events": found.events,
    }  # fmt: skip


def counts_of(found: Activity, kind: str) -> list[int]:
    return found.spells.counts[:, -1 if kind == "unknown" else KINDS.index(kind)].tolist()


# By hand: who


def test_an_anonymous_id_of_one_user_belongs_to_that_user_from_its_first_event() -> None:
    found = told(
        Row(anonymous="cookie", moment=NOON - DAY),
        Row(anonymous="cookie", user="ann", moment=NOON),
        Row(user="ann", moment=NOON + DAY),
    )
    assert (found.ids.to_pylist(), found.known.tolist(), len(found)) == (["ann"], [True], 1)
    assert found.spells.start.tolist() == [NOON - DAY, NOON, NOON + DAY]
    assert found.identity == Identity(users=1, linked=1, guests=0, several=0)


def test_an_anonymous_id_of_two_users_stays_apart_where_nobody_is_logged_in() -> None:
    found = told(
        Row(anonymous="kiosk", moment=NOON),
        Row(anonymous="kiosk", user="ben", moment=NOON + 1),
        Row(anonymous="kiosk", user="ann", moment=NOON + 2),
        Row(anonymous="phone", user="ann", moment=NOON + 3),
    )
    assert (found.ids.to_pylist(), found.known.tolist()) == (["ann", "ben", "kiosk"], [True, True, False])
    assert found.spells.person.tolist() == [0, 1, 2]
    assert found.identity == Identity(users=2, linked=1, guests=0, several=1)


def test_an_anonymous_id_of_two_users_with_no_row_of_its_own_is_counted_and_no_person() -> None:
    found = told(Row(anonymous="kiosk", user="ben"), Row(anonymous="kiosk", user="ann"))
    assert found.ids.to_pylist() == ["ann", "ben"]
    assert found.identity.several == 1


def test_guests_are_the_anonymous_ids_that_no_user_has() -> None:
    found = told(Row(anonymous="g"), Row(anonymous="h"), Row(user="ann"))
    assert (found.ids.to_pylist(), found.known.tolist()) == (["ann", "g", "h"], [True, False, False])
    assert found.identity == Identity(users=1, linked=0, guests=2, several=0)


def test_a_guest_with_the_id_of_a_user_is_written_apart() -> None:
    found = told(Row(anonymous="7"), Row(user="7"), Row(anonymous="8", user="8"))
    assert found.ids.to_pylist() == ["7", "8", "anonymous:7"]
    assert told(Row(anonymous="7"), Row(user="7"), Row(user="anonymous:7")).ids.to_pylist() == [
        "7", "anonymous:7", "anonymous:anonymous:7",
    ]  # fmt: skip


def test_users_and_anonymous_ids_alone_do_without_the_other_column() -> None:
    rows = [Row(user="b", moment=NOON), Row(user="a", moment=NOON)]
    assert told(*rows, without=["anonymous"]).ids.to_pylist() == ["a", "b"]
    rows = [Row(anonymous="b", moment=NOON), Row(anonymous="a", moment=NOON)]
    found = told(*rows, without=["user", "session", "product", "category", "brand", "order_id"])
    assert (found.ids.to_pylist(), found.known.any()) == (["a", "b"], False)
    assert (found.categories, found.brands) == (None, None)


# By hand: when


def test_thirty_minutes_of_silence_are_one_session_and_a_microsecond_more_are_two() -> None:
    found = told(Row(user="a", moment=NOON), Row(user="a", moment=NOON + GAP), Row(user="a", moment=NOON + 2 * GAP + 1))
    assert found.spells.start.tolist() == [NOON, NOON + 2 * GAP + 1]
    assert found.spells.end.tolist() == [NOON + GAP, NOON + 2 * GAP + 1]
    assert found.spells.session.tolist() == [-1, -1]


def test_a_session_by_id_has_a_spell_for_each_stretch_without_silence() -> None:
    found = told(
        Row(user="a", session="s", moment=NOON),
        Row(user="a", session="s", moment=NOON + 5 * GAP),
        Row(user="a", session="t", moment=NOON + 1),
        Row(user="a", moment=NOON + 2),
    )
    assert found.spells.session.tolist() == [0, 1, -1, 0]
    assert found.spells.start.tolist() == [NOON, NOON + 1, NOON + 2, NOON + 5 * GAP]


def test_sessions_that_start_at_one_moment_stand_by_their_ids() -> None:
    rows = [Row(user="a", session=name, moment=NOON, kind=kind) for name, kind in (("z", "add"), ("b", "view"))]
    for own in (rows, rows[::-1]):
        found = told(*own)
        assert (counts_of(found, "view"), found.spells.session.tolist()) == ([1, 0], [0, 1])


def test_spells_of_two_ids_of_one_person_are_one_where_they_overlap() -> None:
    found = told(
        Row(anonymous="x", moment=NOON),
        Row(user="a", moment=NOON + GAP),
        Row(anonymous="x", moment=NOON + 2 * GAP),
        Row(anonymous="x", user="a", moment=NOON + 10 * GAP),
    )
    assert found.spells.start.tolist() == [NOON, NOON + 10 * GAP]
    assert found.spells.end.tolist() == [NOON + 2 * GAP, NOON + 10 * GAP]


def test_events_are_counted_by_kind_once_however_many_products_they_have() -> None:
    found = told(
        Row(user="a", kind="view", product="p"),
        Row(user="a", kind="view", product="q", first=False),
        Row(user="a", kind="unknown"),
        Row(user="a", kind="other"),
    )
    assert [counts_of(found, kind) for kind in ("view", "unknown", "other", "add")] == [[1], [1], [1], [0]]
    assert found.spells.counts.shape == (1, len(KINDS) + 1)
    assert found.events == 3


# By hand: from where, with what


def test_a_spell_has_the_source_of_its_first_row_that_tells_one() -> None:
    found = told(
        Row(user="a", moment=NOON, source="direct"),
        Row(user="a", moment=NOON + 1),
        Row(user="a", moment=NOON + 2, source="social", device="tablet"),
        Row(user="a", moment=NOON + 3, source="paid", device="mobile"),
    )
    assert [names("source")[code] for code in found.spells.source] == ["social"]
    assert [names("device")[code] for code in found.spells.device] == ["tablet"]
    assert found.spells.platform.tolist() == [-1]


def test_a_spell_is_direct_or_unknown_only_where_no_row_tells_more() -> None:
    found = told(
        Row(user="a", moment=NOON, source="unknown"),
        Row(user="a", moment=NOON + 1, source="direct"),
        Row(user="b", moment=NOON, source="direct"),
        Row(user="b", moment=NOON + 1, source="email"),
    )
    assert [names("source")[code] for code in found.spells.source] == ["unknown", "email"]


def test_of_two_sources_at_one_moment_the_first_of_the_scheme_counts() -> None:
    rows = [Row(user="a", moment=NOON, source="email"), Row(user="a", moment=NOON, source="paid")]
    for own in (rows, rows[::-1]):
        assert [names("source")[code] for code in told(*own).spells.source] == ["paid"]


def test_members_are_those_whose_rows_say_so() -> None:
    found = told(
        Row(user="a"), Row(anonymous="b", member=0), Row(anonymous="b", member=1), Row(anonymous="c", member=0),
        Row(anonymous="d"),
    )  # fmt: skip
    assert found.spells.member.tolist() == [-1, 1, 0, -1]


# By hand: orders


def test_an_order_that_is_told_again_counts_once_with_the_most_that_each_product_came_to() -> None:
    found = told(
        Row(user="a", kind="purchase", order_id="7", product="p", units=500, moment=NOON + 5),
        Row(user="a", kind="purchase", order_id="7", product="q", units=200, moment=NOON + 5),
        Row(user="a", kind="purchase", order_id="7", product="p", units=600, moment=NOON + 90),
        Row(user="a", kind="purchase", order_id="7", product="q", units=200, moment=NOON + 4),
        Row(user="b", kind="purchase", order_id="7", product="p", units=100, moment=NOON + 9),
    )
    orders = found.orders
    assert list(zip(orders.person, orders.moment, orders.units, strict=True)) == [
        (0, NOON + 4, 800),
        (1, NOON + 9, 100),
    ]
    assert found.repeated == 2
    assert (found.bought.product.tolist(), found.bought.moment.tolist()) == ([0, 1, 0], [NOON + 5, NOON + 4, NOON + 9])


def test_without_an_order_id_the_rows_of_one_moment_are_an_order() -> None:
    found = told(
        Row(user="a", kind="purchase", product="p", units=500, moment=NOON),
        Row(user="a", kind="purchase", product="q", units=200, moment=NOON),
        Row(user="a", kind="purchase", product="p", units=500, moment=NOON),
        Row(user="a", kind="purchase", product="p", units=500, moment=NOON + 1),
        Row(user="a", kind="purchase", units=9, moment=NOON + 2),
    )
    assert found.orders.units.tolist() == [1200, 500, 9]
    assert found.repeated == 0
    assert found.bought.product.tolist() == [-1, 0, 0, 1]


def test_two_rows_of_a_product_in_one_order_are_two_lines_of_it() -> None:
    twice = [Row(user="a", kind="purchase", order_id="7", product="p", units=500, moment=NOON)] * 2
    again = Row(user="a", kind="purchase", order_id="7", product="p", units=700, moment=NOON + 9)
    found = told(*twice, again)
    assert (found.orders.units.tolist(), found.repeated) == ([1000], 1)


def test_an_event_with_a_list_of_products_that_comes_twice_at_one_moment_is_one() -> None:
    rows = [
        Row(user="a", kind="purchase", order_id="7", product="p", units=500, moment=NOON, category="ware"),
        Row(user="a", kind="purchase", order_id="7", product="p", units=100, moment=NOON, category="ware", first=False),
        Row(user="a", kind="purchase", order_id="7", product="q", units=200, moment=NOON, category="food", first=False),
    ]
    found = told(*rows, *rows, listed=True)
    assert (found.orders.units.tolist(), found.repeated) == ([800], 3)
    assert found.categories is not None
    assert found.categories.bought.tolist() == [1, 2]
    parts = [piece(cells(rows, listed=True)), piece(cells(rows, listed=True))]
    assert facts(activity(parts, gap=GAP, threads=1)) == facts(found)
    assert told(*rows, *rows).orders.units.tolist() == [1600]  # in a flat log they are lines of one order


def test_an_order_of_an_anonymous_id_and_its_user_is_one() -> None:
    found = told(
        Row(anonymous="x", kind="purchase", order_id="7", units=500, moment=NOON),
        Row(anonymous="x", user="a", kind="purchase", order_id="7", units=400, moment=NOON + 1),
    )
    assert (found.orders.units.tolist(), found.repeated) == ([500], 1)


def test_purchases_of_negative_value_and_refunds_are_given_back_and_no_orders() -> None:
    found = told(
        Row(user="a", kind="purchase", order_id="7", units=-300, moment=NOON),
        Row(user="a", kind="refund", order_id="7", units=200, moment=NOON),
        Row(user="a", kind="refund", order_id="7", units=-100, moment=NOON + 1),
        Row(user="a", kind="purchase", order_id="8", units=0, moment=NOON),
    )
    assert (found.refunds.moment.tolist(), found.refunds.units.tolist()) == ([NOON, NOON + 1], [500, 100])
    assert found.orders.units.tolist() == [0]


def test_a_log_without_values_is_not_priced() -> None:
    found = told(Row(user="a", kind="purchase"))
    assert (found.priced, found.orders.units.tolist()) == (False, [0])
    assert told(Row(user="a", kind="view", units=0)).priced


# By hand: carts


def test_a_cart_line_is_the_last_addition_of_a_product_on_a_day() -> None:
    midnight = 19_801 * DAY
    found = told(
        Row(user="a", kind="add", product="p", units=100, moment=midnight - 2),
        Row(user="a", kind="add", product="p", units=90, moment=midnight - 1),
        Row(user="a", kind="add", product="p", units=80, moment=midnight - 1),
        Row(user="a", kind="add", product="p", units=70, moment=midnight),
        Row(user="a", kind="add", units=60, moment=midnight),
        Row(user="a", kind="remove", product="p", moment=midnight + 5),
        Row(user="a", kind="remove", product="p", moment=midnight + 3),
        Row(user="a", kind="remove", product="q", moment=midnight),
        Row(user="a", kind="remove", product="p", moment=midnight - DAY - 1),
        Row(user="a", kind="add", product="q", units=50, moment=midnight - 9),
    )
    assert facts(found)["carts"] == [
        (0, 19_800, 0, midnight - 1, midnight + 5, 90),
        (0, 19_800, 1, midnight - 9, midnight, 50),
        (0, 19_801, -1, midnight, None, 60),
        (0, 19_801, 0, midnight, midnight + 5, 70),
    ]
    assert found.products.to_pylist() == ["p", "q"]


# By hand: labels and ratings


def test_rows_of_each_label_are_counted_where_they_are_viewed_or_bought() -> None:
    found = told(
        Row(user="a", kind="view", category="shoes", brand="Puma"),
        Row(user="a", kind="view", category="shoes", moment=1),
        Row(user="a", kind="purchase", category="hats", brand="Puma"),
        Row(user="a", kind="add", category="gloves"),
        Row(user="b", kind="search", category="shoes"),
    )
    assert facts(found)["categories"] == [(0, "hats", 0, 1), (0, "shoes", 2, 0)]
    assert facts(found)["brands"] == [(0, "Puma", 1, 1)]


def test_ratings_are_added_up_for_each_person() -> None:
    found = told(Row(user="a", rating=50_000), Row(user="b"), Row(user="a", kind="rating", rating=0))
    assert (found.ratings.tolist(), found.rated.tolist()) == ([50_000, 0], [2, 0])


# Edges


def test_a_log_without_rows_is_nobody() -> None:
    for pieces in ([], [piece()], [piece(cells([]))]):
        found = activity(pieces, gap=GAP, threads=2)
        assert (len(found), found.events, len(found.spells), len(found.carts)) == (0, 0, 0, 0)
        assert found.spells.counts.shape == (0, len(KINDS) + 1)
    assert found.notes == (0,)


def test_the_notes_of_all_batches_are_kept() -> None:
    batch = cells([Row(user="a")])
    assert activity([piece(batch, cells([])), piece(batch)], gap=GAP, threads=1).notes == (1, 0, 1)


def most(kind: str, count: int) -> list[Row]:
    return [Row(user="a", kind=kind, product=str(at), units=LIMIT, moment=NOON + at) for at in range(count)]


@pytest.mark.parametrize(("kind", "what"), [("purchase", "purchases"), ("refund", "refunds"), ("add", "carts")])
def test_sums_that_pass_64_bits_are_refused(kind: str, what: str) -> None:
    enough = INT64_MAX // LIMIT
    told(*most(kind, enough))
    with pytest.raises(DataError, match=f"The sum of all {what} passes ±922,337,203,685,477.5807"):
        told(*most(kind, enough + 1))


def test_sums_of_ratings_that_pass_64_bits_are_refused() -> None:
    rows = [Row(user=str(at), rating=-LIMIT) for at in range(INT64_MAX // LIMIT + 1)]
    with pytest.raises(DataError, match="The sum of all ratings passes"):
        activity([piece(cells([row])) for row in rows], gap=GAP, threads=1)


def test_a_piece_that_cannot_be_read_raises_what_it_raised() -> None:
    def torn() -> Iterator[Cells]:
        yield cells([Row(user="a")])
        raise DataError("The file ends in the middle of a row.")

    with pytest.raises(DataError, match="in the middle"):
        activity([torn], gap=GAP, threads=2)


# Sorting


WIDE = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1), st.sampled_from([NOON, NOON + 1, 2**40]))


@given(st.lists(st.tuples(WIDE, WIDE, WIDE), max_size=20))
def test_pairs_of_numbers_of_any_size_rise_as_they_do(rows: list[tuple[int, int, int]]) -> None:
    first, second, third = np.array(rows, np.int64).reshape(-1, 3).T
    keys = sorting.paired(sorting.paired(first, second), third).tolist()
    for one, key in zip(rows, keys, strict=True):
        assert [(one < other, one == other) for other in rows] == [(key < other, key == other) for other in keys]


@pytest.mark.parametrize("step", [1, 1_000, 1_000_000])
def test_moments_are_paired_however_fine_they_are(step: int) -> None:
    who, when = np.array([2**22, 0, 2**22, 7]), np.array([5, 2**25, 3, -9]) * step
    assert sorting.grouped(who, by=when).order.tolist() == [1, 3, 2, 0]


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 5, 7])), max_size=20), st.sampled_from([4, 2**60]))
def test_rows_stand_by_group_then_moment(rows: list[tuple[int, int]], bound: int) -> None:
    group, moment = np.array(rows, np.int64).reshape(-1, 2).T
    assert [rows[at] for at in sorting.in_turn(group, bound, moment)] == sorted(rows)


def test_tallies_of_many_rows_add_up_without_the_packed_numbers() -> None:
    one, label = np.array([2**30, 1, 2**30], np.int32), np.array([7, 2**30, 7], np.int32)
    found = looks.looks(looks.LookRows(one, label, np.array([2**31, (5 << 32) + 1, 3 << 32])))
    assert (found.actor.tolist(), found.label.tolist()) == ([1, 2**30], [2**30, 7])
    assert (found.viewed.tolist(), found.bought.tolist()) == ([1, 2**31], [5, 3])


# Against the slow reference


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


MOMENTS = st.one_of(
    st.sampled_from([NOON, NOON + GAP, NOON + 2 * GAP, NOON + 2 * GAP + 1, NOON + 5 * GAP]),
    st.integers(-30, 30).map(lambda step: 19_800 * DAY + step * 10 * MINUTE),
    st.integers(-3, 3).map(lambda step: 19_801 * DAY + step),
    st.sampled_from([-1, 0, 400 * DAY]),
)

ROWS = st.builds(
    Row,
    user=maybe("ann", "ben", "x"),
    anonymous=maybe("x", "y", "z", "anonymous:x"),
    session=maybe("1", "2", "a long id of a session 1"),
    moment=MOMENTS,
    kind=st.sampled_from([*KINDS, "unknown", "view", "add", "remove", "purchase", "purchase"]),
    first=st.booleans(),
    product=maybe("p", "q", "پیراهن"),
    category=maybe("hats", "shoes"),
    brand=maybe("B", "a"),
    order_id=maybe("7", "8"),
    units=st.one_of(st.none(), st.sampled_from([0, 5, 7, -3, LIMIT // 10])),
    source=maybe("direct", "unknown", "paid", "search"),
    device=maybe("mobile", "unknown", "tablet"),
    platform=maybe("ios", "other"),
    app=maybe("app", "web"),
    member=st.sampled_from([-1, 0, 1]),
    rating=maybe(0, 30_000, 50_000),
).filter(lambda row: row.user is not None or row.anonymous is not None)


@st.composite
def logs(draw: st.DrawFn) -> list[Row]:
    """Return rows; in some logs a column is empty."""
    empty = draw(st.sets(st.sampled_from([*TEXTS[2:], *ROLES])))
    no_id = draw(st.sampled_from(["user", "anonymous", None]))
    rows = [replace(row, **dict.fromkeys(empty)) for row in draw(st.lists(ROWS, max_size=30))]
    return [
        row if no_id is None else replace(row, **{"user": one, "anonymous": one, no_id: None})
        for row in rows
        for one in [row.user or row.anonymous]
    ]


@st.composite
def split(draw: st.DrawFn) -> tuple[list[Row], list[Piece]]:
    """Return rows, and pieces of batches that have all of them in any order."""
    rows = draw(logs())
    mixed = draw(st.permutations(rows))
    ends = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=5)))
    batches = [mixed[start:end] for start, end in zip([0, *ends], [*ends, len(rows)], strict=True)]
    made = [
        cells(
            batch,
            dictionary=draw(st.booleans()),
            without=[
                name for name in TEXTS if draw(st.booleans()) and all(getattr(row, name) is None for row in batch)
            ],
        )
        for batch in batches
    ]
    at = draw(st.integers(0, len(made)))
    return rows, [piece(*made[:at]), piece(*made[at:])]


@settings(max_examples=400)
@given(split())
def test_an_activity_is_that_of_the_slow_reference_however_rows_are_split(log: tuple[list[Row], list[Piece]]) -> None:
    rows, pieces = log
    assert facts(activity(pieces, gap=GAP, threads=1)) == folded(rows, GAP)


@settings(max_examples=100)
@given(split(), st.sampled_from([1, 2, 5]), st.sampled_from([1, MINUTE, DAY - 1]))
def test_what_is_held_can_be_merged_at_any_time(log: tuple[list[Row], list[Piece]], threads: int, gap: int) -> None:
    rows, pieces = log
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(held, "_ENOUGH", 1)
        assert facts(activity(pieces, gap=gap, threads=threads)) == folded(rows, gap)


def test_a_shop_of_many_batches_is_that_of_the_slow_reference() -> None:
    chance = random.Random(9)
    rows = [
        Row(
            user=chance.choice([None, *map(str, range(60))]) if chance.random() < 0.4 else None,
            anonymous=f"a{chance.randrange(150)}",
            session=chance.choice([None, f"s{chance.randrange(300)}"]),
            moment=NOON + chance.randrange(20 * DAY),
            kind=chance.choice(["visit", "view", "view", "add", "remove", "purchase", "unknown"]),
            product=chance.choice([None, *"pqrst"]),
            category=chance.choice("xyz"),
            order_id=chance.choice([None, str(chance.randrange(50))]),
            units=chance.randrange(-2, 9),
            source=chance.choice([None, *names("source")]),
        )
        for _ in range(3_000)
    ]
    pieces = [piece(cells(rows[at : at + 70]), cells(rows[at + 70 : at + 100])) for at in range(0, len(rows), 100)]
    assert facts(activity(pieces, gap=GAP, threads=2)) == folded(rows, GAP)
