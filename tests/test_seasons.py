"""When people buy: seasons, months, weekdays, windows and rhythm, by hand and against a slow reference."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import comb
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import DataError, UsageError
from segtool.events.activity import Activity, Bought, CartLines, Identity, Placed, Spells
from segtool.reading import OrderOptions, read_orders
from segtool.seasons.buying import Buying, of_activity, of_history
from segtool.seasons.persons import peaks_of
from segtool.seasons.significance import LEAST_MONTHS, binomial_tails, seasonal
from segtool.seasons.told import season_cautions, season_columns, seasons_of
from segtool.seasons.windows import windows_of
from segtool.seasons.years import SEASONS, WEEKDAYS, Years
from segtool.tables.dates import calendar_day, day_number
from segtool.tables.dates.spelling import DAY
from segtool.words import words_in

EN = words_in()

Rows = Sequence[tuple[str, str, date, int]]
"""Customer, order, day and amount of each line."""


def table_of(rows: Rows) -> pa.Table:
    customer, order, day, amount = map(list, zip(*rows, strict=True))
    return pa.table({"customer_id": customer, "order_id": order, "order_date": day, "amount": amount})


def bought(rows: Any, *, as_of: str | None = None, since: date | None = None) -> tuple[list[str], Buying]:
    """Return the ids of customers and when they bought."""
    table = rows if isinstance(rows, pa.Table) else table_of(rows)
    read = read_orders(table, OrderOptions(as_of=as_of), threads=2, list_rows=False, watch=None, history=True)
    day, history = read.as_of(read.plan and OrderOptions(as_of=as_of).last_day)[0], read.found.history
    assert day is not None
    assert history is not None
    found = of_history(history, as_of=day_number(day), since=None if since is None else day_number(since))
    return read.found.customers.customer_id.to_pylist(), found


def columns(buying: Buying, years: Years = Years()) -> dict[str, list[Any]]:  # noqa: B008
    found = season_columns(seasons_of(buying, years, windows_of(), EN))
    return {header: column.to_pylist() for header, column in found.items()}


def on(customer: str, *days: str, amount: int = 10) -> list[tuple[str, str, date, int]]:
    return [(customer, f"{customer}{day}", date.fromisoformat(day), amount) for day in days]


FIVE = [
    *on("ann", "2023-12-20", "2024-01-10", "2024-07-01", "2024-12-02"),  # three of four in winter
    *on("ben", "2024-04-01", "2024-07-01"),  # one each: the later one
    *on("cid", "2024-11-29"),
    ("dee", "d1", date(2024, 3, 5), 20),
    ("dee", "d1", date(2024, 3, 6), 5),  # a line of the same order, a day later
    ("dee", "d2", date(2024, 3, 6), -5),
    *on("eve", "2024-02-29", "2024-03-10", "2024-03-30"),
]


def test_five_customers_have_a_season_a_month_a_weekday_and_a_next_order() -> None:
    ids, buying = bought(FIVE, as_of="2024-12-31")
    found = columns(buying)
    assert ids == ["ann", "ben", "cid", "dee", "eve"]
    assert found["season"] == ["winter", "summer", "autumn", "spring", "spring"]
    assert found["season_share"] == [0.75, 0.5, 1.0, 1.0, 0.6667]
    assert found["peak_month"] == [12, 7, 11, 3, 3]
    assert found["peak_weekday"] == ["Monday", "Monday", "Friday", "Tuesday", "Saturday"]
    assert found["seasonal"] == [None] * 5
    assert found["days_between_orders"] == [154.0, 91.0, None, 1.0, 15.0]
    assert found["next_order"] == [date(2025, 5, 5), None, None, None, date(2024, 4, 14)]
    assert found["overdue"] == [0.1883, 2.011, None, 300.0, 18.4]
    assert found["window_christmas"] == [2, 0, 0, 0, 0]
    assert found["window_black_friday"] == [1, 0, 1, 0, 0]  # the week of 2024 ends on 2 December
    assert found["window_nowruz"] == [0, 1, 0, 1, 2]


def test_the_shop_of_five_customers() -> None:
    told = seasons_of(bought(FIVE, as_of="2024-12-31")[1], Years(), windows_of(), EN).told
    assert (str(told.first), str(told.last), told.days) == ("2023-12-20", "2024-12-31", 378)
    assert (told.orders, told.people) == (11, 5)
    assert [(each.name, each.orders, each.people, each.days) for each in told.seasons] == [
        ("spring", 4, 3, 92), ("summer", 2, 2, 92), ("autumn", 1, 1, 91), ("winter", 4, 2, 103),
    ]  # fmt: skip
    assert [float(each.revenue) for each in told.seasons] == [50, 20, 10, 40]
    december = told.months[11]
    assert (december.name, december.orders, december.days) == ("12", 2, 43)
    assert december.index == pytest.approx(2 / 43 / (11 / 378))
    assert (told.peak_month, told.quiet_month) == (3, 5)
    windows = {each.name: each for each in told.windows}
    black = windows["black-friday"]
    assert (black.times, black.days, black.orders, black.people, black.only_there) == (1, 8, 2, 2, 1)
    assert black.ratio == pytest.approx((2 / 8) / (9 / 370))
    assert (str(black.begins), str(black.ends)) == ("2025-11-24", "2025-12-01")
    assert (told.rhythm.people, told.rhythm.median_days, told.rhythm.foreseen) == (4, 53.0, 2)
    assert (told.rhythm.overdue, told.rhythm.late, told.rhythm.due, told.rhythm.later) == (1, 0, 0, 1)
    assert told.to_dict()["windows"][0]["name"] == "nowruz"


def test_the_year_of_the_jalali_calendar_and_of_the_south_has_other_seasons() -> None:
    rows = on("ann", "2024-03-19", "2024-03-20", "2024-09-21", "2024-09-22")
    months, found = {}, {}
    for day in [row[2] for row in rows]:
        number = np.array([day_number(day)])
        for name, years in (("g", Years()), ("j", Years("jalali")), ("s", Years("gregorian", "south"))):
            month = years.months(number)
            months[name, str(day)] = int(month[0]) % 12 + 1
            found[name, str(day)] = SEASONS[years.seasons(month)[0]]
    assert [months["j", day] for day in ("2024-03-19", "2024-03-20", "2024-09-21", "2024-09-22")] == [12, 1, 6, 7]
    assert [found["j", day] for day in ("2024-03-19", "2024-03-20", "2024-09-22")] == ["winter", "spring", "autumn"]
    assert [found["g", day] for day in ("2024-03-19", "2024-09-21")] == ["spring", "autumn"]
    assert [found["s", day] for day in ("2024-03-19", "2024-09-21")] == ["autumn", "spring"]


@pytest.mark.parametrize(("calendar", "hemisphere"), [("hijri", "north"), ("jalali", "east")])
def test_another_calendar_or_hemisphere_is_a_mistake(calendar: Any, hemisphere: Any) -> None:
    with pytest.raises(UsageError, match=r"is unknown; say '"):
        Years(calendar, hemisphere)


@given(st.lists(st.dates(date(1925, 1, 1), date(2075, 1, 1)), min_size=1, max_size=50))
def test_jalali_months_are_those_of_jdatetime(days: list[date]) -> None:
    jdatetime = pytest.importorskip("jdatetime")
    found = Years("jalali").months(np.array([day_number(day) for day in days]))
    known = [jdatetime.date.fromgregorian(date=day) for day in days]
    assert found.tolist() == [12 * each.year + each.month - 1 for each in known]


LINE = st.tuples(
    st.sampled_from("abcdef"),
    st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8"]),
    st.dates(date(2022, 1, 1), date(2024, 12, 31)),
    st.integers(-50, 100),
)


def slow_orders(rows: Rows) -> dict[str, list[date]]:
    """Return customer -> the day of each order, at its first purchase."""
    first: dict[tuple[str, str], date] = {}
    for customer, order, day, amount in rows:
        if amount >= 0:
            first[customer, order] = min(day, first.get((customer, order), day))
    found: defaultdict[str, list[date]] = defaultdict(list)
    for (customer, _), day in first.items():
        found[customer].append(day)
    return dict(found)


def season_of(day: date) -> str:
    return SEASONS[(day.month - 3) % 12 // 3]


def slow_peak(days: list[date], part: Any) -> tuple[Any, float]:
    counts = Counter(map(part, days))
    best = max(counts, key=lambda each: (counts[each], max(day for day in days if part(day) == each)))
    return best, counts[best] / len(days)


@given(st.lists(LINE, min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_shuffled_orders_are_told_as_a_slow_reference_tells_them(rows: list[Any], order: Any) -> None:
    rows.append(("z", "0", date(2023, 5, 5), 1))
    ids, buying = bought(rows)
    placed = slow_orders(rows)
    found = columns(buying)
    assert ids == sorted(placed)
    peaks = {ours: [slow_peak(placed[each], part) for each in ids] for ours, part in {
        "season": season_of, "peak_month": lambda day: day.month, "peak_weekday": lambda day: f"{day:%A}",
    }.items()}  # fmt: skip
    for header, known in peaks.items():
        assert found[header] == [each[0] for each in known]
    assert found["season_share"] == [round(share, 4) for _, share in peaks["season"]]
    days = {each: sorted({day for who, _, day, amount in rows if who == each and amount >= 0}) for each in ids}
    gaps = [[(b - a).days for a, b in pairwise(own)] for own in days.values()]
    assert found["days_between_orders"] == [median(own) if own else None for own in gaps]
    assert found["next_order"] == [
        own[-1] + timedelta(int(median(gap) + 0.5)) if len(own) > 2 else None
        for own, gap in zip(days.values(), gaps, strict=True)
    ]
    for header, (first, last) in {
        "window_valentine": ("02-01", "02-14"),
        "window_christmas": ("12-01", "12-24"),
    }.items():
        inside = [sum(first <= f"{day:%m-%d}" <= last for day in placed[each]) for each in ids]
        was_seen = any(inside) or found[header][0] is not None  # what was not seen is empty, and then nobody is in it
        assert found[header] == (inside if was_seen else [None] * len(ids))
    again = columns(bought(order.sample(rows, len(rows)))[1])
    assert again == found


@given(st.lists(LINE, min_size=1, max_size=60), st.sampled_from([Years(), Years("jalali"), Years(hemisphere="south")]))
def test_months_seasons_and_weekdays_add_up_to_all_orders(rows: list[Any], years: Years) -> None:
    rows.append(("z", "0", date(2023, 5, 5), 1))
    placed = slow_orders(rows)
    told = seasons_of(bought(rows)[1], years, windows_of(), EN).told
    whole = sum(map(len, placed.values()))
    revenue = sum(amount for who, *_, amount in rows if who in placed)
    for parts in (told.months, told.seasons, told.weekdays):
        assert sum(each.orders for each in parts) == told.orders == whole
        assert sum(each.days for each in parts) == told.days
        assert sum(each.revenue for each in parts) == revenue
        assert sum(each.share or 0 for each in parts) == pytest.approx(1)
        assert sum(each.days * (each.index or 0) for each in parts) == pytest.approx(told.days)
        assert all(0 <= each.people <= told.people for each in parts)
    for window in told.windows:
        assert 0 <= window.only_there <= window.people <= window.orders <= whole
    rhythm = told.rhythm
    assert rhythm.overdue + rhythm.late + rhythm.due + rhythm.later == rhythm.foreseen <= rhythm.people


def test_orders_outside_a_window_make_who_ordered_in_it_no_buyer_of_it_alone() -> None:
    _, buying = bought([*on("a", "2024-12-05"), *on("b", "2024-12-05", "2024-05-05")])
    told = seasons_of(buying, Years(), windows_of(), EN).told
    [christmas] = [each for each in told.windows if each.name == "christmas"]
    assert (christmas.people, christmas.only_there) == (2, 1)


def activity(orders: Rows, refunds: Rows = (), *, start: date) -> Activity:
    """Return what an event log of these orders folds to, which began on a day."""
    ids = sorted({row[0] for row in (*orders, *refunds)} | {"visitor"})
    row = {each: at for at, each in enumerate(ids)}

    def placed(lines: Rows) -> Placed:
        own = sorted((row[who], day_number(day) * DAY + 7, amount * 10_000) for who, _, day, amount in lines)
        person, moment, units = (np.array(each, np.int64) for each in (zip(*own, strict=True) if own else ((), (), ())))
        return Placed(person.astype(np.int32), moment, units)

    none, small = np.zeros(0, np.int32), np.full(1, -1, np.int8)
    began = np.array([day_number(start) * DAY])
    one = np.array([row["visitor"]], np.int32)
    spells = Spells(one, np.array([-1]), began, began, np.ones((1, 15), np.int32), small, small, small, small, small)
    long = np.zeros(0, np.int64)
    return Activity(
        ids=pa.array(ids, pa.large_string()),
        known=np.ones(len(ids), np.bool_),
        products=pa.nulls(0, pa.large_string()),
        spells=spells,
        orders=placed(orders),
        refunds=placed(refunds),
        bought=Bought(none, none, long),
        carts=CartLines(none, none, none, long, long, long),
        categories=None,
        brands=None,
        ratings=long,
        rated=long,
        priced=True,
        repeated=0,
        identity=Identity(len(ids), 0, 0, 0),
        events=1,
        notes=(),
    )


@given(st.lists(LINE, min_size=1, max_size=40))
def test_an_event_log_and_its_orders_tell_the_same(rows: list[Any]) -> None:
    rows = [(who, f"{who}{at}", day, abs(amount)) for at, (who, _, day, amount) in enumerate(rows)]
    rows.append(("visitor", "0", date(2021, 12, 30), 1))
    back = [(who, f"{order}-", day, -3) for who, order, day, amount in rows[:3] if amount > 3]
    ids, plain = bought([*rows, *back])
    log = activity(rows, back, start=date(2021, 12, 30))
    seen = of_activity(log, as_of=plain.last)
    assert log.ids.to_pylist() == ids
    assert columns(seen) == columns(plain)
    assert seasons_of(seen, Years(), windows_of(), EN).told == seasons_of(plain, Years(), windows_of(), EN).told


def test_visitors_who_never_ordered_have_no_season_and_the_log_is_observed_from_its_first_event() -> None:
    log = activity(on("ann", "2024-07-01"), start=date(2024, 6, 1))
    buying = of_activity(log, as_of=day_number(date(2024, 7, 30)))
    found = columns(buying)
    assert found["season"] == ["summer", None]
    assert found["peak_month"] == [7, None]
    assert found["season_share"] == [1.0, None]
    assert found["window_nowruz"] == [None, None]  # nobody can have bought in what was not seen
    assert found["window_christmas"] == [None, None]
    told = seasons_of(buying, Years(), windows_of(), EN).told
    assert (told.days, told.people) == (60, 1)
    assert [(each.times, each.days, each.ratio) for each in told.windows[:1]] == [(0, 0, None)]


def test_a_log_without_orders_has_no_peak() -> None:
    told = seasons_of(of_activity(activity([], start=date(2024, 6, 1)), as_of=19_900), Years(), windows_of(), EN).told
    assert (told.orders, told.peak_month, told.seasonal.tested, told.rhythm.median_days) == (0, None, 0, None)
    assert [each.share for each in told.seasons] == [None] * 4
    assert list(season_cautions(told, EN)) == []


def test_what_is_observed_can_begin_before_the_first_order() -> None:
    buying = bought(on("ann", "2024-07-01"), as_of="2024-12-31", since=date(2024, 1, 1))[1]
    told = seasons_of(buying, Years(), (), EN).told
    assert (told.days, told.months[0].days, told.months[0].index) == (366, 31, 0.0)
    assert (told.peak_month, told.quiet_month) == (7, 1)


def test_months_that_are_all_alike_have_no_peak() -> None:
    buying = bought(on("ann", "2024-01-01"), as_of="2024-04-30", since=date(2024, 1, 20))[1]
    told = seasons_of(buying, Years(), (), EN).told
    assert [each.index for each in told.months[1:4]] == [0, 0, 0]
    assert (told.peak_month, told.quiet_month) == (None, None)


def test_a_sum_of_a_day_that_passes_64_bits_is_refused() -> None:
    rows = [("a", str(at), date(2024, 1, 1), 90_000_000_000_000) for at in range(20)]
    with pytest.raises(DataError, match="A sum of a customer passes"):
        of_activity(activity(rows, start=date(2024, 1, 1)), as_of=19_800)


def test_seasons_seen_for_less_than_two_years_are_cautioned() -> None:
    [short] = season_cautions(seasons_of(bought(on("a", "2023-01-02", "2024-12-30"))[1], Years(), (), EN).told, EN)
    assert short.code == "seasons-seen-once"
    assert "Only 729 days observed" in short.message
    long = seasons_of(bought(on("a", "2023-01-01", "2024-12-30"))[1], Years(), (), EN).told
    assert list(season_cautions(long, EN)) == []


def months_of(name: str, first: str, *months: str) -> list[tuple[str, str, date, int]]:
    return on(name, first, *(f"{month}-03" for month in months))


ALL_YEAR = [
    row
    for at in range(12)
    for row in months_of(
        f"x{at:02}", f"2020-{at + 1:02}-01", *(f"{2021 + turn}-{(at + 3 * turn) % 12 + 1:02}" for turn in range(4))
    )
]
"""Twelve who come back once a year, each time in another season."""


def test_who_comes_back_in_one_season_of_several_years_is_a_seasonal_buyer() -> None:
    winters = [f"{year}-{month:02}" for year in range(2020, 2025) for month in (1, 2, 12)]
    even = [f"{year}-{month:02}" for year in range(2020, 2025) for month in range(1, 13)]
    ids, buying = bought(
        [*months_of("winter", "2019-12-05", *winters), *months_of("even", "2019-12-05", *even), *ALL_YEAR]
    )
    found = seasonal(buying, Years())
    assert found.tested == 14
    assert {name: SEASONS[at] for name, at in zip(ids, found.season, strict=True) if at >= 0} == {"winter": "winter"}
    south = seasonal(buying, Years(hemisphere="south"))
    assert [SEASONS[at] for at in south.season if at >= 0] == ["summer"]


def test_one_long_winter_makes_no_winter_buyer_and_three_months_are_not_tested() -> None:
    once = months_of("once", "2020-12-01", "2021-01", "2021-02", "2021-03")
    few = months_of("few", "2020-12-01", "2021-12", "2022-12", "2023-12")
    ids, buying = bought([*once, *few, *ALL_YEAR])
    found = seasonal(buying, Years())
    assert found.tested == 12
    assert dict(zip(ids, found.season.tolist(), strict=True))["few"] == -1
    assert LEAST_MONTHS * Fraction(1, 4) ** 3 > Fraction(1, 20)


@given(st.integers(0, 40), st.integers(0, 40), st.fractions(0, 1, max_denominator=40))
def test_binomial_tails_are_those_of_exact_fractions(hits: int, trials: int, chance: Fraction) -> None:
    exact = sum(comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits, trials + 1))
    [found] = binomial_tails(np.array([hits]), np.array([trials]), np.array([float(chance)]))
    assert found == pytest.approx(float(exact), rel=1e-9, abs=1e-300)


def simulated(seed: int, *, people: int, seasonal_people: int, busy_december: float) -> Buying:
    """Return four years of a shop: people begin at some day, buy at rates of their own and are lost at some day.

    In December all of them buy so many times as much; the first ones buy in one season alone.
    """
    random, days = np.random.default_rng(seed), 4 * 365
    all_days = np.arange(days)
    month = Years().months(all_days + day_number(date(2020, 1, 1))) % 12
    lift = np.where(month == 11, busy_december, 1.0)
    rows: list[np.ndarray[Any, Any]] = []
    for person in range(people):
        start = int(days * random.random() * 0.6)
        chance = np.minimum(random.gamma(1.0, 1 / 40) * lift, 1)
        end = start + random.exponential(400)
        if person < seasonal_people:
            chance = np.where(Years().seasons(month) == person % 4, 0.06, 0.0)
            start, end = 0, days
        own = all_days[(random.random(days) < chance) & (all_days >= start) & (all_days <= end)]
        own = np.union1d(own, [start])
        rows.append(np.stack([np.full(len(own), person), own + day_number(date(2020, 1, 1))]))
    person, day = np.concatenate(rows, axis=1)
    return Buying(
        people, person, day, np.ones_like(day), day > 0, np.zeros_like(day),
        day_number(date(2020, 1, 1)), day_number(date(2020, 1, 1)) + days - 1,
    )  # fmt: skip


def slow_seasonal(shop: Buying) -> tuple[int, dict[int, str]]:
    """Return how many persons are tested, and the season of each who is found, with exact fractions."""
    months: defaultdict[int, list[int]] = defaultdict(list)
    for person, day in zip(shop.person.tolist(), shop.day.tolist(), strict=True):
        on_day = calendar_day(day)
        months[person].append(12 * on_day.year + on_day.month - 1)
    end = calendar_day(shop.last).year * 12 + calendar_day(shop.last).month - 1
    again = {person: sorted(set(own) - {min(own)}) for person, own in months.items()}
    firsts = {person: min(own) for person, own in months.items()}

    def season(month: int) -> int:
        return (month % 12 - 2) % 12 // 3

    weight = {}
    for month in range(min(firsts.values()), end + 1):
        earlier = [person for person, first in firsts.items() if first < month]
        weight[month] = Fraction(sum(month in again[person] for person in earlier), max(len(earlier), 1))
    p: dict[int, tuple[Fraction, int]] = {}
    for person, own in again.items():
        if len(own) < LEAST_MONTHS:
            continue
        after = range(firsts[person] + 1, end + 1)
        tails = []
        for at in range(4):
            here = [month for month in own if season(month) == at]
            whole = sum((weight[month] for month in after), Fraction(0))
            weighed = sum((weight[month] for month in after if season(month) == at), Fraction(0)) / whole
            chance = max(weighed, Fraction(sum(season(month) == at for month in after), len(after)))
            tail = sum(
                comb(len(own), k) * chance**k * (1 - chance) ** (len(own) - k) for k in range(len(here), len(own) + 1)
            )
            turns = {(month - 2) // 3 for month in here}
            tails.append(Fraction(tail) if len(turns) > 1 else Fraction(1))
        p[person] = min(Fraction(1), 4 * min(tails)), tails.index(min(tails))
    rising = sorted(own for own, _ in p.values())
    passed = [own for rank, own in enumerate(rising, 1) if own <= Fraction(rank, 20 * len(rising))]
    limit = max(passed, default=Fraction(-1))
    return len(p), {person: SEASONS[at] for person, (own, at) in p.items() if own <= limit}


@pytest.mark.parametrize("seed", [3, 4])
def test_seasonal_buyers_are_those_of_a_slow_reference(seed: int) -> None:
    shop = simulated(seed, people=60, seasonal_people=20, busy_december=3.0)
    found = seasonal(shop, Years())
    names = {person: SEASONS[at] for person, at in enumerate(found.season.tolist()) if at >= 0}
    assert (found.tested, names) == slow_seasonal(shop)
    assert len(names) > 10


@pytest.mark.parametrize("busy_december", [1.0, 4.0])
def test_without_seasons_of_their_own_hardly_any_shop_has_a_seasonal_buyer(busy_december: float) -> None:
    shops = [simulated(seed, people=200, seasonal_people=0, busy_december=busy_december) for seed in range(25)]
    found = [seasonal(shop, Years()) for shop in shops]
    assert sum(each.tested for each in found) > 1_500
    assert sum(bool((each.season >= 0).any()) for each in found) <= 1  # at most 5% of 25 shops


def test_strong_seasons_are_found_and_few_others_with_them() -> None:
    shop = simulated(7, people=300, seasonal_people=60, busy_december=2.0)
    found = seasonal(shop, Years()).season
    right = sum(int(found[person]) == person % 4 for person in range(60))
    assert right >= 54
    assert int((found[60:] >= 0).sum()) <= 3


def test_peaks_are_of_the_calendar_that_is_asked_for() -> None:
    _, buying = bought(on("ann", "2024-03-19", "2024-03-20", "2024-03-21"))
    assert (peaks_of(buying, Years("jalali")).month + 1).tolist() == [1]
    assert columns(buying, Years("jalali"))["peak_month"] == [1]
    assert [WEEKDAYS[at] for at in peaks_of(buying, Years()).weekday] == ["Thursday"]
    assert calendar_day(int(buying.day[0])) == date(2024, 3, 19)
