"""Why a customer is in a segment: by hand, then every claim against a run with the saved model."""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pyarrow as pa
import pytest
from conftest import Run, needs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError, UsageError
from segtool.explaining.facts import Buying, Explanation, SegmentReason
from segtool.explaining.moves import Past, buy, wait
from segtool.explaining.ruler import Ruler
from segtool.explaining.sentences import Sentences
from segtool.output.explain import render
from segtool.scoring.scores import Method
from segtool.scoring.statement import at_cuts
from segtool.segments.scheme_file import parse
from segtool.segments.schemes import Scheme, built_in, load
from segtool.words import words_in

BOTH = ["loyalty-matrix", "customer-value-matrix"]


def told(found: Explanation) -> dict[str, tuple[str, str, str, str]]:
    """Return the segment of each customer by the first scheme, why, and what buying and waiting do."""
    first = {each.customer_id: each.segments[0] for each in found.customers}
    return {name: (own.segment, own.text, own.buying.text, own.waiting.text) for name, own in first.items()}


# By hand. As of 2024-03-31 the cuts of the six customers are: days 1, 30, 30, 35; orders 1, 1, 2, 2 (so that F is 1, 3
# or 5); spend 20.00, 21.75, 25.50, 40.00.


def test_the_reasons_of_the_six_customers(six: Path) -> None:
    assert told(segtool.explain(six, ["ann", "ben", "cid", "dee", "fay"])) == {
        "ann": (
            "Potential Loyalists",
            "R is 4 to 5: bought within 30 days; F is 2 to 3: 2 orders",
            "one more order by 2024-04-30: Champions",
            "if nothing is bought by 2024-05-01: At Risk",
        ),
        "ben": (
            "Hibernating",
            "R is 1 to 2: bought more than 30 days ago; F is 1 to 2: 1 order",
            "one more order: Potential Loyalists",
            "without a further order the segment stays the same",
        ),
        "cid": (
            "Promising",
            "R is 4: bought 2 to 30 days ago; F is 1: 1 order",
            "one more order by 2024-03-31: Potential Loyalists",
            "if nothing is bought by 2024-04-01: Hibernating",
        ),
        "dee": (
            "Champions",
            "R is 5: bought within 1 day; F is 4 to 5: 3 orders or more",
            "this is the best segment of the scheme",
            "if nothing is bought by 2024-04-01: Loyal Customers",
        ),
        "fay": (
            "At Risk",
            "R is 1 to 2: bought more than 30 days ago; F is 3 to 4: 2 orders",
            "one more order: Champions",
            "without a further order the segment stays the same",
        ),
    }


def test_the_scores_of_a_customer_with_the_cuts_around_them(six: Path) -> None:
    [ann] = segtool.explain(six, "ann").customers
    assert [score.text for score in ann.scores] == [
        "R5: bought 0 days ago; R4 2 to 30",
        "F3: 2 orders; F5 from 3, F1 1",
        "M3: spent 25.50; M4 25.51 to 40.00, M2 20.01 to 21.75",
    ]
    assert [score.own and score.own.text for score in ann.scores] == ["up to 1", "2", "21.76 to 25.50"]
    assert (ann.orders_told, ann.spend_told) == ("2 orders from 2024-01-05 to 2024-03-31", "25.50 net, 12.75 an order")


def test_what_is_to_be_spent_is_told_where_money_matters(six: Path) -> None:
    # Mean order value 210.24 / 10 = 21.024. Ann spent 25.50 in 2 orders: a third needs 3 x 21.024 - 25.50 = 37.572.
    # Cid spent 20.00 in 1: a second needs 22.048 for the mean of both to be reached, and without it Frequent.
    assert {name: own[2] for name, own in told(segtool.explain(six, ["ann", "cid"], scheme=BOTH[1])).items()} == {
        "ann": "one more order that comes to 37.58 or more: Best",
        "cid": "one more order: Frequent; for 22.05 or more a better one still",
    }


def test_amounts_have_more_decimals_than_two_only_where_they_need_them(orders: Callable[..., Path]) -> None:
    path = orders("ann,1,2024-01-01,20", "bob,2,2024-01-02,10.0001", "cid,3,2024-01-03,1")
    [ann] = segtool.explain(path, "ann", bins=3, scheme="none").customers
    assert ann.scores[2].text == "M3: spent 20.00; M2 1.0001 to 10.0001"


def test_the_scores_of_a_further_scheme_are_told_where_they_differ(six: Path) -> None:
    [ann] = segtool.explain(six, "ann", scheme=BOTH).customers
    assert [[score.text for score in own.scores] for own in ann.segments] == [
        [],
        ["Orders: 2 orders; 1", "Average order: 12.75 an order; from 21.0240"],
    ]


def test_spread_scores_have_no_cuts_that_could_be_told(six: Path) -> None:
    [ann] = segtool.explain(six, "ann", ties="spread").customers
    assert [(score.text, score.own, score.better) for score in ann.scores] == [
        ("R5: bought 0 days ago", None, None),
        ("F3: 2 orders", None, None),
        ("M3: spent 25.50", None, None),
    ]
    assert ann.segments[0].text.startswith("R is 4 to 5: the 40% who bought last; F is 2 to 3: between the 20% with ")
    assert (ann.segments[0].waiting.outcome, ann.segments[0].buying.outcome) == ("unknown", "unknown")
    assert "cannot be told" in ann.segments[0].buying.text


def test_a_scheme_that_looks_at_own_cuts_is_told_though_others_are_spread(six: Path, tmp_path: Path) -> None:
    scheme = tmp_path / "fresh.toml"
    scheme.write_text(
        '[scoring]\nr = { cuts = [30] }\n[[segments]]\nname = "Fresh"\nr = 2\n[[segments]]\nname = "Stale"\nr = 1\n'
    )
    [ann] = segtool.explain(six, "ann", ties="spread", scheme=str(scheme)).customers
    assert ann.segments[0].waiting.text == "if nothing is bought by 2024-05-01: Stale"


def test_a_change_for_the_better_by_waiting_is_told_as_what_it_is(six: Path, tmp_path: Path) -> None:
    scheme = tmp_path / "odd.toml"
    scheme.write_text(
        '[scoring]\nr = { cuts = [30] }\n[[segments]]\nname = "Old"\nr = 1\n[[segments]]\nname = "New"\nr = 2\n'
    )
    [ann] = segtool.explain(six, "ann", scheme=str(scheme)).customers
    assert ann.segments[0].waiting.outcome == "better"
    assert ann.segments[0].waiting.text == "if nothing is bought by 2024-05-01: Old, which this scheme ranks higher"
    assert ann.segments[0].buying.text == "no purchase leads to a better segment"


def test_a_longer_relation_can_be_what_a_purchase_waits_for(orders: Callable[..., Path], tmp_path: Path) -> None:
    scheme = tmp_path / "long.toml"
    scheme.write_text(
        '[scoring]\nl = { cuts = [30] }\n[[segments]]\nname = "Long"\nl = 2\n[[segments]]\nname = "Short"\nl = 1\n'
    )
    path = orders("ann,1,2024-01-01,5", "ann,2,2024-01-11,5")  # 10 days; 31 are reached on 2024-02-01
    [ann] = segtool.explain(path, "ann", scheme=str(scheme)).customers
    assert ann.segments[0].buying.text == "one more order on 2024-02-01 or later: Long"


def test_alternatives_codes_and_defaults_are_put_into_words(six: Path) -> None:
    [ann] = segtool.explain(six, "ann", scheme=["putler", "codes-125", "r-rfm-0.3.0"]).customers
    assert [own.text for own in ann.segments[:2]] == [
        "R is 5: bought within 1 day; (F+M)/2 is 2.5 to 3: F3 M3 make 3",
        "R F M is 533",
    ]
    [fay] = segtool.explain(six, "fay", scheme="pymc").customers
    assert (fay.segments[0].segment, fay.segments[0].text) == ("Other", "no rule of another segment holds")


def test_groups_have_their_own_cuts(orders: Callable[..., Path]) -> None:
    path = orders(
        "ann,1,2024-01-01,5,DE", "bob,2,2024-01-31,5,DE", "cid,3,2024-01-01,5,FR", "dee,4,2024-01-11,5,FR",
        header="customer_id,order_id,order_date,amount,country",
    )  # fmt: skip
    found = segtool.explain(path, ["ann", "cid"], by="country", min_group=1, bins=2, scheme="none").customers
    assert [(each.group, each.scores[0].text) for each in found] == [
        ("DE", "R1: bought 30 days ago; R2 0"),
        ("FR", "R1: bought 30 days ago; R2 up to 20"),
    ]


# Every claim is what a run with the saved model gives


some_orders = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.integers(0, 120),
        st.integers(-500, 5000).map(lambda cents: Decimal(cents) / 100),
        st.sampled_from(["DE", "FR"]),
    ),
    min_size=3,
    max_size=25,
)
some_options = st.fixed_dictionaries(
    {"scheme": st.sampled_from(built_in()).map(lambda name: [name])},
    optional={
        "ties": st.just("high"),
        "nested": st.just(True),
        "monetary": st.just("mean"),
        "by": st.just("country"),
        "axes": st.just("LRFM"),
    },
)
Order = tuple[str, int, Decimal, str]
START = date(2024, 1, 1)


def table_of(lines: list[Order]) -> pa.Table:
    """Return orders as a table; days count from the start of 2024."""
    return pa.table(
        {
            "customer_id": [line[0] for line in lines],
            "order_id": [str(i) for i in range(len(lines))],
            "order_date": [START + timedelta(line[1]) for line in lines],
            "amount": [line[2] for line in lines],
            "country": [line[3] for line in lines],
        }
    )


class Shop:
    """A shop whose model is saved, and what the model makes of a customer on some day, after some more orders."""

    def __init__(self, lines: list[Order], options: Mapping[str, Any], folder: Path) -> None:
        self.lines, self.model = lines, folder / "model.json"
        self.by = {"by": options["by"]} if "by" in options else {}
        self.result = segtool.rfm(table_of(lines), min_group=1, **options)
        self.model.write_text(self.result.model.to_json())
        spent = self.result.table["monetary"].to_pylist()
        self.step = next(each for each in map(Decimal, ("1", "0.01")) if all(amount % each == 0 for amount in spent))
        self.today = (self.result.summary.as_of - START).days

    def segment(self, customer: str, day: int, more: list[Order] | None = None) -> str:
        as_of = START + timedelta(self.today + day)
        result = segtool.rfm(table_of([*self.lines, *(more or [])]), model=self.model, as_of=as_of, threads=1)
        labels = dict(zip(*(result.table[name].to_pylist() for name in ("customer_id", "segment")), strict=True))
        return labels[customer]

    def buying(self, customer: str, group: str | None, day: int, orders: int, spend: Decimal) -> str:
        """Return the segment on the day of the last of some orders, of which the first costs everything."""
        amounts = [spend, *[Decimal(0)] * (orders - 1)]
        more = [(customer, self.today + day, amount, group or "DE") for amount in amounts]
        return self.segment(customer, day, more)


def rank(shop: Shop, segment: str) -> int:
    [named] = shop.result._found.named[:1]
    return [each.name for each in named.scheme.segments].index(segment)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@settings(max_examples=30)
@given(lines=some_orders, options=some_options, data=st.data())
def test_every_claim_is_what_the_saved_model_gives(
    folder: Path, lines: list[Order], options: dict[str, Any], data: st.DataObject
) -> None:
    assume(any(amount >= 0 for _, _, amount, _ in lines))
    shop = Shop(lines, options, folder)
    customer = data.draw(st.sampled_from(shop.result.table["customer_id"].to_pylist()))
    [found] = shop.result.explain(customer).customers
    own, group = found.segments[0], None
    if "by" in options:
        columns = (shop.result.table[name].to_pylist() for name in ("customer_id", "group"))
        group = dict(zip(*columns, strict=True))[customer]
    assert own.segment == shop.segment(customer, 0)
    check_waiting(shop, customer, own)
    check_buying(shop, customer, group, own)


def check_waiting(shop: Shop, customer: str, own: SegmentReason) -> None:
    waiting = own.waiting
    if waiting.days is None:
        assert {shop.segment(customer, day) for day in (1, 150, 5000)} == {own.segment}
        return
    assert shop.segment(customer, waiting.days) == waiting.segment != own.segment
    assert shop.segment(customer, waiting.days - 1) == own.segment
    assert waiting.day == shop.result.summary.as_of + timedelta(waiting.days)
    worse = rank(shop, waiting.segment or "") > rank(shop, own.segment)
    assert waiting.outcome == ("worse" if worse else "better")


def check_buying(shop: Shop, customer: str, group: str | None, own: SegmentReason) -> None:
    buying, here, step = own.buying, rank(shop, own.segment), shop.step
    if buying.orders is None:
        assert (buying.outcome == "best") == (here == 0)
        for day, orders, spend in product((0, 900), (1, 2, 5), (Decimal(0), Decimal(20), Decimal(900))):
            assert rank(shop, shop.buying(customer, group, day, orders, spend)) >= here
        return
    least, start = buying.spend_least or Decimal(0), buying.days_from or 0
    end = start + 300 if buying.days_until is None else buying.days_until
    for day, spend in product({start, end}, {least, least + step if buying.spend_most is None else buying.spend_most}):
        assert shop.buying(customer, group, day, buying.orders, spend) == buying.segment
    assert rank(shop, buying.segment or "") < here
    if buying.spend_least:
        assert rank(shop, shop.buying(customer, group, start, buying.orders, least - step)) >= here
    if buying.spend_most is not None:
        assert shop.buying(customer, group, start, buying.orders, buying.spend_most + step) != buying.segment
    if buying.orders > 1:
        for spend in (Decimal(0), least, least + 50):
            assert rank(shop, shop.buying(customer, group, start, buying.orders - 1, spend)) >= here


def test_a_further_order_on_a_day_that_counts_once_is_bought_on_another_day(orders: Callable[..., Path]) -> None:
    lines = ["ann,2024-01-01,10", "ann,2024-03-01,10", "bob,2024-03-01,5", "eve,2024-02-09,50"]
    lines += [f"cid,2024-02-0{day},5" for day in (1, 2, 3)] + ["dee,2024-01-05,5"]
    path = orders(*lines, header="customer_id,order_date,amount")
    by_row, by_day = (told(segtool.explain(path, ["bob", "dee"], orders_by=by)) for by in ("row", "day"))
    assert by_row["bob"][2] == "one more order by 2024-03-01: Champions"
    assert by_day["bob"][2] == "one more order on 2024-03-02 or later: Champions"
    assert by_row["dee"][2] == by_day["dee"][2] == "one more order: Champions"


def test_a_purchase_that_helps_only_after_the_segment_has_changed_is_told(orders: Callable[..., Path]) -> None:
    lines = ["ann,1,2024-01-01,10", "ann,2,2024-12-31,10", "bob,3,2024-12-30,5"]
    path = orders(*lines, "cid,4,2024-02-01,5", "cid,5,2024-12-03,5", "dee,6,2024-10-05,5", "eve,7,2024-02-09,50")
    found = told(segtool.explain(path, ["bob"], scheme="customer-relationship-matrix"))
    assert found["bob"][2:] == (
        "one more order on 2025-05-14 or later: Close",
        "if nothing is bought by 2025-03-29: Lost",
    )


# The nearest of all moves, against trying each


@st.composite
def random_maps(draw: st.DrawFn) -> tuple[Ruler, Scheme]:
    """Return a map of length, recency, orders and money that puts any cell anywhere, and cuts for it."""
    figures = {"l": "length_days", "r": "recency_days", "f": "frequency", "m": draw(st.sampled_from(MONEY))}
    axes = {axis: at_cuts(figure, [1]) for axis, figure in figures.items()}
    codes = ["".join(map(str, code)) for code in product((1, 2), repeat=4)]
    places = draw(st.lists(st.integers(0, 3), min_size=16, max_size=16))
    scoring = "".join(f"{axis} = {{ cuts = [1] }}\n" for axis in axes)
    own = {
        place: [code for code, at in zip(codes, places, strict=True) if at == place] for place in sorted(set(places))
    }
    tables = (f'[[segments]]\nname = "{place}"\ncode = {listed}\n' for place, listed in own.items())
    scheme = parse(f"[scoring]\n{scoring}{''.join(tables)}", "random")
    nested = draw(st.booleans())
    rows = {"l": 1, "r": 1, "f": 2 if nested else 1, "m": 4 if nested else 1}
    cuts = {axis: np.array([[draw(st.integers(0, 12))] for _ in range(count)]) for axis, count in rows.items()}
    return Ruler(axes, cuts, Method(nested=nested)), scheme


MONEY = ("monetary", "average_order_value")
pasts = st.builds(
    Past, st.integers(0, 5), st.integers(5, 12), st.integers(0, 9), st.integers(1, 5), st.integers(-6, 40)
)


@given(random_maps(), pasts)
def test_no_day_of_waiting_changes_the_segment_earlier(random_map: tuple[Ruler, Scheme], past: Past) -> None:
    ruler, scheme = random_map
    now, *later = ruler.places(scheme, past.after(range(30))).tolist()
    changed = [day for day, place in enumerate(later, 1) if place != now]
    found = wait(ruler, scheme, past)
    assert (found.days if found else None) == (changed[0] if changed else None)
    assert found is None or found.place == later[found.days - 1]


@given(random_maps(), pasts, st.sampled_from([1, 2]), st.none() | st.integers(0, 12))
def test_no_smaller_purchase_leads_to_a_better_segment(
    random_map: tuple[Ruler, Scheme], past: Past, step: int, until: int | None
) -> None:
    ruler, scheme = random_map
    last = 30 if until is None else until
    now = ruler.places(scheme, past.after([0]))[0]
    found = buy(ruler, scheme, past, until=until, step=step)
    spends, days = range(0, 200, step), range(last + 1)
    for orders in range(1, found.orders + 1 if found else 50):
        places = ruler.places(scheme, past.after_buying(orders, spends, days)).reshape(len(spends), len(days))
        better = np.argwhere(places < now)
        if not found or orders < found.orders:
            assert not len(better)
            continue
        at, day = better[0].tolist()
        assert (spends[at], day, places[at, day]) == (found.least, found.start, found.place)
        inside = [spend for spend in spends if found.least <= spend <= (199 if found.most is None else found.most)]
        end = last if found.end is None else found.end
        for spend, on in product(inside, range(found.start, end + 1)):
            assert places[spend // step, on] == found.place
        if found.most is not None:
            assert places[found.most // step + 1, day] != found.place
        if end < last:
            assert {places[spend // step, end + 1] for spend in inside} != {found.place}
        if found.and_more_is_better:
            assert (places[len(inside) + at :, found.start : end + 1] < found.place).all()


# Sentences


@pytest.mark.parametrize(
    ("days", "with_dates", "without"),
    [
        ((0, None), "", ""),
        ((0, 5), "by 2024-01-06", "within 5 days"),
        ((3, None), "on 2024-01-04 or later", "in 3 days or later"),
        ((3, 5), "from 2024-01-04 to 2024-01-06", "in 3 days to 5 days"),
    ],
)
def test_when_to_buy_is_told_by_dates_or_else_in_days(
    days: tuple[int, int | None], with_dates: str, without: str
) -> None:
    said = Sentences(words_in(), "gregorian", 2)
    dates = [None if day is None else START + timedelta(day) for day in days]
    assert said.when(days, (dates[0], dates[1])) == with_dates
    assert said.when(days, (None, None)) == without


@pytest.mark.parametrize(
    ("orders", "spend", "more", "text"),
    [
        (1, (None, None), None, "one more order: Best"),
        (2, (Decimal(5), None), None, "two more orders that come to 5.00 or more: Best"),
        (3, (None, Decimal(9)), None, "three more orders that come to 9.00 or less: Best"),
        (4, (Decimal(5), Decimal(9)), None, "4 more orders that come to 5.00 to 9.00: Best"),
        (1, (Decimal(5), Decimal(5)), None, "one more order that comes to 5.00: Best"),
        (2, (None, None), Decimal(9), "two more orders: Best; for 9.00 or more a better one still"),
    ],
)  # fmt: skip
def test_what_to_buy_is_told_in_numbers(
    orders: int, spend: tuple[Decimal | None, Decimal | None], more: Decimal | None, text: str
) -> None:
    best = load("customer-value-matrix").segments[0]
    assert Sentences(words_in(), "gregorian", 2).buying(best, orders, spend, more, "") == text


# The page, the command and labelled tables


@pytest.mark.parametrize(("name", "words"), [("explain.txt", words_in()), ("explain-fa.txt", words_in("fa", "fa"))])
def test_the_page_looks_like_this(six: Path, name: str, words: Any) -> None:
    found = segtool.explain(six, ["ann", "cid"], scheme=[*BOTH, "putler"], lang=words.lang, digits=words.digits)
    golden.check(name, render(found, words=words))


def test_a_shop_that_dates_its_orders_in_jalali_reads_jalali_dates(orders: Callable[..., Path]) -> None:
    path = orders("ann,1,1402/12/10,5", "bob,2,1403/01/12,5", "cid,3,1402/10/01,5")
    found = segtool.explain(path, "bob")
    assert found.calendar == "jalali"
    assert found.customers[0].orders_told == "1 order on 1403/01/12"
    assert str(found.customers[0].last_order) == "2024-03-31"
    assert "as of    1403/01/12" in render(found)


def test_the_command_shows_several_customers_or_prints_json(six: Path, run: Run) -> None:
    shown = run("explain", six, " ann ", "ben", "ann")
    assert shown.returncode == 0
    assert shown.stderr == ""
    assert [line for line in shown.stdout.splitlines() if line in ("ann", "ben")] == ["ann", "ben"]
    found = json.loads(run("explain", six, "ann", "--json").stdout)
    assert (found["as_of"], found["customers"][0]["segments"][0]["buying"]["by"]) == ("2024-03-31", "2024-04-30")
    assert found["customers"][0]["scores"][2]["own"] == {
        "score": 3, "label": "M3", "least": 21.76, "most": 25.5, "text": "21.76 to 25.50",
    }  # fmt: skip


def test_ids_are_found_as_rfm_writes_them(orders: Callable[..., Path]) -> None:
    path = orders("Ann@X.org,1,2024-01-01,5", "7.0,2,2024-01-31,5")
    found = segtool.explain(path, ["ANN@x.org", "7.0"])
    assert [each.customer_id for each in found.customers] == ["ann@x.org", "7.0"]
    found = segtool.explain(orders("7.0,1,2024-01-01,5"), ["7.0", "7"])
    assert [each.customer_id for each in found.customers] == ["7"]


def test_an_id_that_is_not_there_is_told_with_the_nearest(six: Path, run: Run) -> None:
    done = run("explain", six, "anne", "ben", "x")
    assert (done.returncode, done.stdout) == (65, "")
    assert done.stderr == f"segtool: {six} has no customer 'anne', 'x' with a purchase that counts. Nearest: ann.\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["orders.csv"], "Missing argument 'CUSTOMER...': whose segment is to be explained?"),
        (["--from", "segments.csv", "ann"], "--from reads what a run scored; say --model FILE, which that run saved."),
        ([], "Missing argument '[ORDERS] CUSTOMER...'."),
    ],
)
def test_what_is_missing_on_the_command_line_is_told(run: Run, args: list[str], message: str) -> None:
    done = run("explain", *args)
    assert done.returncode == 2
    assert message in done.stderr


FORMS = ["csv", "tsv", "parquet", "arrow", "jsonl"]


@pytest.mark.parametrize("form", FORMS)
def test_a_labelled_table_and_its_model_say_what_the_orders_say(six: Path, run: Run, form: str) -> None:
    table, model = six.parent / f"segments.{form}", six.parent / "model.json"
    assert run("rfm", six, "-q", "-o", table, "--save-model", model).returncode == 0
    assert (
        run("explain", "--from", table, "--model", model, "ann", "fay").stdout
        == run("explain", six, "ann", "fay").stdout
    )


def test_a_workbook_of_customers_is_explained_whatever_its_language(six: Path, run: Run) -> None:
    needs("xlsxwriter"), needs("fastexcel")
    table, model = six.parent / "segments.xlsx", six.parent / "model.json"
    assert run("rfm", six, "-q", "-o", table, "--save-model", model, "--lang", "fa").returncode == 0
    for sheet in ([], ["--sheet", "مشتریان"]):
        done = run("explain", "--from", table, *sheet, "--model", model, "ann")
        assert done.stdout == run("explain", six, "ann").stdout


def test_a_table_in_persian_says_the_same(six: Path, run: Run) -> None:
    persian = ["--lang", "fa", "--headers", "fa", "--digits", "fa"]
    assert run("rfm", six, "-q", "-o", "s.csv", "--save-model", "m.json", *persian).returncode == 0
    assert run("explain", "--from", "s.csv", "--model", "m.json", "ann").stdout == run("explain", six, "ann").stdout


def test_the_groups_of_a_labelled_table_are_those_of_the_model(orders: Callable[..., Path], run: Run) -> None:
    path = orders(
        "ann,1,2024-01-01,5,DE", "bob,2,2024-01-31,5,DE", "cid,3,2024-01-01,5,FR", "dee,4,2024-01-11,5,",
        header="customer_id,order_id,order_date,amount,country",
    )  # fmt: skip
    by = ["--by", "country", "--min-group", "1"]
    assert run("rfm", path, "-q", "-o", "s.csv", "--save-model", "m.json", *by).returncode == 0
    shown = run("explain", "--from", "s.csv", "--model", "m.json", "cid", "dee").stdout
    assert shown == run("explain", path, "cid", "dee", *by).stdout
    assert "group    FR: scored among its customers; what follows is for orders there" in shown


def test_namibia_is_a_group_of_a_labelled_table_as_it_is_of_orders(orders: Callable[..., Path], run: Run) -> None:
    path = orders(
        *(f"a{i},{i},2024-01-{i:02},{i},NA" for i in range(1, 6)), "zoe,9,2024-01-31,9,DE",
        header="customer_id,order_id,order_date,amount,country",
    )  # fmt: skip
    by = ["--by", "country", "--min-group", "5"]
    assert run("rfm", path, "-q", "-o", "s.csv", "--save-model", "m.json", *by).returncode == 0
    shown = run("explain", "--from", "s.csv", "--model", "m.json", "a5").stdout
    assert shown == run("explain", path, "a5", *by).stdout
    assert "group    NA: scored among its customers" in shown


@pytest.fixture
def saved(six: Path) -> tuple[Path, Path]:
    """Return a labelled table and the model that scored it."""
    result, table, model = segtool.rfm(six), six.parent / "segments.csv", six.parent / "model.json"
    result.customers.to_csv(table, index=False)
    model.write_text(result.model.to_json())
    return table, model


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Potential Loyalists", "Lost", "segments.csv has Lost for 'ann', and "),
        (
            "recency_days",
            "days",
            "segments.csv has no column recency_days, as each table of segtool rfm has. Columns: ",
        ),
        (
            ",0,2,",
            ",5,2,",
            "segments.csv has rows of several as-of dates, 2024-03-31 to 2024-04-05; a labelled table has one.",
        ),
        (",0,2,", ",0.5,2,", 'segments.csv: recency_days "0.5" is no whole number.'),
        ("2024-01-05", "soon", 'segments.csv: first_order "soon" is no date.'),
    ],
)
def test_a_table_that_is_not_the_models_is_refused(saved: tuple[Path, Path], old: str, new: str, message: str) -> None:
    table, model = saved
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(DataError) as caught:
        segtool.explain(table, "ann", labelled=True, model=model)
    assert message in str(caught.value)


def test_customers_without_an_order_in_a_labelled_table_are_left_out(saved: tuple[Path, Path]) -> None:
    table, model = saved
    table.write_text(table.read_text() + "zoe,,,,,,,,,,Prospects\n")
    assert segtool.explain(table, "ann", labelled=True, model=model).customers[0].customer_id == "ann"
    with pytest.raises(DataError, match="has no customer 'zoe' with a purchase that counts"):
        segtool.explain(table, "zoe", labelled=True, model=model)


def test_a_labelled_table_without_dates_is_explained_in_days(saved: tuple[Path, Path]) -> None:
    table, model = saved
    text = table.read_text()
    for day in {cell for line in text.splitlines()[1:] for cell in line.split(",")[1:3]}:
        text = text.replace(day, "")
    table.write_text(text)
    found = segtool.explain(table, "ann", labelled=True, model=model)
    assert told(found)["ann"][2:] == (
        "one more order within 30 days: Champions",
        "if nothing is bought for 31 days: At Risk",
    )
    assert "as of" not in render(found)


def test_a_table_with_a_row_a_customer_is_explained_too(orders: Callable[..., Path], run: Run) -> None:
    path = orders("ann,2024-03-31,2,25.50", "ben,2024-01-01,1,99.99", header="customer_id,last_order,orders,net_sales")
    done = run("explain", path, "ann", "--customer-level", "--frequency", "orders", "--amount", "net_sales")
    assert "orders   2 orders, the last on 2024-03-31\n" in done.stdout
    assert "R is 4 to 5: bought 0 days ago" in done.stdout


@pytest.mark.parametrize("options", [{}, {"as_of": "2024-03-31", "model": "model.json"}])
def test_what_a_labelled_table_cannot_take_is_told(saved: tuple[Path, Path], options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"say model\.|of its own day"):
        segtool.explain(saved[0], "ann", labelled=True, **options)


def test_the_page_of_a_purchase_that_does_not_matter_has_no_bound(six: Path) -> None:
    buying: Buying = segtool.explain(six, "ben").customers[0].segments[0].buying
    assert (buying.orders, buying.spend_least, buying.spend_most, buying.by) == (1, None, None, None)
