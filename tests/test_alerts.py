"""Alerts: how conditions are written, what is found of them, and what a run does then."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import SIX, Run
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import UsageError
from segtool.history.alerts import drifted, missed
from segtool.history.conditions import Condition, parse_condition, parse_conditions
from segtool.scoring.drift import population_stability
from segtool.segments.schemes import load
from segtool.summary.changes import Alert
from segtool.summary.facts import TargetSummary
from segtool.words import words_in

HEADER = ("customer_id", "first_order", "last_order", "recency_days", "frequency", "monetary", "segment")
JUNE = """\
ann,2024-01-05,2024-06-20,10,4,100.00,Champions
ben,2024-02-01,2024-04-01,90,2,50.00,At Risk
cid,2024-06-25,2024-06-25,5,1,20.00,New Customers
dee,2024-01-01,2024-06-28,2,7,300.00,Champions
eve,2024-03-01,2024-03-01,121,1,10.00,Hibernating
"""
SEPTEMBER = """\
ann,2024-01-05,2024-06-20,102,4,100.00,At Risk
ben,2024-02-01,2024-09-01,29,3,80.50,Potential Loyalists
dee,2024-01-01,2024-09-29,1,9,400.00,Champions
eve,2024-03-01,2024-03-01,213,1,10.00,Hibernating
fay,2024-08-01,2024-09-30,0,2,44.00,Potential Loyalists
"""
"""June is as of 2024-06-30, September of 2024-09-30: ann went down, ben up, cid is gone, fay is new."""


def write(path: Path, rows: str) -> Path:
    path.write_text(f"{','.join(HEADER)}\n{rows}", "utf-8")
    return path


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "june.csv", JUNE), write(tmp_path / "september.csv", SEPTEMBER)


def table(rows: Sequence[Sequence[Any]]) -> pa.Table:
    return pa.table({name: [str(row[place]) for row in rows] for place, name in enumerate(HEADER)})


def read(rows: str) -> pa.Table:
    return table(list(csv.reader(io.StringIO(rows))))


def found(text: str, **options: Any) -> Alert:
    """Return what is found of a condition between June and September."""
    [alert] = segtool.compare(read(JUNE), read(SEPTEMBER), fail_if=text, **options).comparison.alerts
    return alert


# How they are written


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Champions < 500", ("customers", "Champions", None, "<", "500", False)),
        ("Champions<=1,500", ("customers", "Champions", None, "<=", "1500", False)),
        ("  At   Risk >= 8 % ", ("customers", "At Risk", None, ">=", "0.08", True)),
        ("At Risk ≥ ۱۲٫۵٪", ("customers", "At Risk", None, ">=", "0.125", True)),
        ("قهرمانان ≤ ۱٬۲۰۰", ("customers", "قهرمانان", None, "<=", "1200", False)),
        ("Champions -> At Risk > 5%", ("customers", "Champions", "At Risk", ">", "0.05", True)),
        ("Champions->At Risk>5", ("customers", "Champions", "At Risk", ">", "5", False)),
        ("Champions → (gone) > 0", ("customers", "Champions", "(gone)", ">", "0", False)),
        ("(new) -> Lost > 10", ("customers", "(new)", "Lost", ">", "10", False)),
        ("* -> 'At Risk' > 2%", ("customers", "*", "At Risk", ">", "0.02", True)),
        ("revenue('Champions' -> *) > 20,000", ("revenue", "Champions", "*", ">", "20000", False)),
        ("revenue(Champions) < 20%", ("revenue", "Champions", None, "<", "0.2", True)),
        ("Champions revenue < 20.50", ("revenue", "Champions", None, "<", "20.50", False)),
        ("customers ( VIP (gold) ) > 1", ("customers", "VIP (gold)", None, ">", "1", False)),
        ("vip (gold) > 1", ("customers", "vip (gold)", None, ">", "1", False)),
        ("'Net revenue' > 1", ("customers", "Net revenue", None, ">", "1", False)),
        ('"psi" > 1', ("customers", "psi", None, ">", "1", False)),
        ('"Top revenue" < 500', ("customers", "Top revenue", None, "<", "500", False)),
        ('"Top revenue" revenue < 5', ("revenue", "Top revenue", None, "<", "5", False)),
        ('"Top -> revenue" < 500', ("customers", "Top -> revenue", None, "<", "500", False)),
        ('Lost -> "A -> (B) revenue" > 5', ("customers", "Lost", "A -> (B) revenue", ">", "5", False)),
        ('revenue("A) revenue" -> "B drops 5%") > 5', ("revenue", "A) revenue", "B drops 5%", ">", "5", False)),
        ('"say ""hi"" > 5" rises by 5%', ("customers", 'say "hi" > 5', None, "rises", "0.05", True)),
        ("Can't Lose Them < 5", ("customers", "Can't Lose Them", None, "<", "5", False)),
        ("'Can't Lose Them' < 5", ("customers", "Can't Lose Them", None, "<", "5", False)),
        ("Hot! (A, B) = C -> Lost > 1,000", ("customers", "Hot! (A, B) = C", "Lost", ">", "1000", False)),
        ("New Customers drops 10%", ("customers", "New Customers", None, "drops", "0.1", True)),
        ("revenue(Champions) rises by 50", ("revenue", "Champions", None, "rises", "50", False)),
        ("health(negative) rises 120%", ("health", "negative", None, "rises", "1.2", True)),
        ("customers < 10000", ("customers", None, None, "<", "10000", False)),
        ("revenue drops 10%", ("revenue", None, None, "drops", "0.1", True)),
        ("churn_rate > 8%", ("churn_rate", None, None, ">", "0.08", True)),
        ("churn_rate > 0.08", ("churn_rate", None, None, ">", "0.08", False)),
        ("retention_rate(Champions) < 90%", ("retention_rate", "Champions", None, "<", "0.9", True)),
        ("moved(down) > 15%", ("moved", "down", None, ">", "0.15", True)),
        ("psi > 0.25", ("psi", None, None, ">", "0.25", False)),
    ],
)
def test_a_condition_is_read_as_it_is_written(text: str, stated: tuple[object, ...]) -> None:
    own = parse_condition(text)
    assert (own.figure, own.of, own.into, own.sign, str(own.limit), own.share) == stated


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "write 'Champions -> At Risk > 5%'"),
        ("Champions", "is no condition"),
        ("Champions -> At Risk", "is no condition"),
        ("Champions = 5", "is no condition"),
        ("Champions > -5", "is no condition"),
        ("Champions > 5 or psi > 1 and", "is no condition"),
        ("> 5", "is no condition"),
        ('Top" revenue > 5', "has a quote or a sign that does not fit: '\" revenue > 5'"),
        ("__import__('os').system('ls')", "is no condition"),
        ("moved(sideways) > 5", "moved is of up, down, same, new or gone"),
        ("health(good) > 5", "health is of positive, neutral or negative"),
        ("(gone) -> Lost > 5", "a flow of customers or revenue goes from"),
        ("Lost -> (new) > 5", "a flow of customers or revenue goes from"),
        ("(new) -> (gone) > 5", "a flow of customers or revenue goes from"),
        ("* -> * > 5", "a flow of customers or revenue goes from"),
        ("churn_rate(Lost -> Champions) > 5%", "a flow of customers or revenue goes from"),
        ("(gone) > 5", "write moved(new), moved(gone), or a flow as 'Champions -> (gone)'"),
        ("psi drops 10%", "drops and rises are of customers, revenue or health"),
        ("Champions -> Lost rises 10%", "drops and rises are of customers, revenue or health"),
        ("Champions drops 0%", "drops by 0 is no change; write a limit above 0"),
        ("churn_rate > 8", "churn_rate is a share; write the limit as 8%"),
        ("psi > 25%", "psi is no share; write the limit as 0.25"),
        ("customers < 90%", "customers of all are always 100% of all; write 'customers drops 90%'"),
        ("Champions > 120%", "it never holds: a share is 100% at most; write a limit of 100% or less"),
        ("Champions < 101%", "it always holds: a share is 100% at most; write a limit of 100% or less"),
        ("customers >= 0", "it always holds: a number of customers is 0 at least; write '> 0'"),
        ("Champions < 0", "it never holds: a number of customers is 0 at least; write '<= 0'"),
        ("churn_rate > 100%", "it never holds: a share is 100% at most; write '>= 100%'"),
        ("churn_rate > 1", "churn_rate is a share; write the limit as 1%"),
        ("health(negative) >= 0%", "it always holds: a share is 0% at least; write '> 0%'"),
        ("Champions -> Lost <= 100%", "it always holds: a share is 100% at most; write '< 100%'"),
        ("moved(down) < 0.0", "it never holds: a number of customers is 0 at least; write '<= 0'"),
        ("psi < 0", "it never holds: psi is 0 at least; write '<= 0'"),
        ("customers drops 101%", "it never holds: customers drop by 100% at most; write a limit of 100% or less"),
    ],
)
def test_what_is_no_condition_is_told_with_the_way_out(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=r"^--fail-if ") as refusal:
        parse_conditions(text)
    assert reason in str(refusal.value)


PIECES = [
    "Champions",
    "At Risk",
    "->",
    "→",
    ">",
    "<",
    "≥",
    "5",
    "%",
    "٪",
    "۵",
    "drops",
    "rises by",
    "revenue",
    "(",
    ")",
]
PIECES += ["psi", "moved", "churn_rate", "(new)", "(gone)", "*", "'", '"', " ", "\n", "\x1b", "1e9", "9" * 5000, "²"]


@pytest.mark.parametrize(
    "text",
    [
        "revenue < 0", "revenue(Lost) >= 0", "revenue(Lost) > 120%", "revenue drops 120%", "Champions rises 300%",
        "Champions <= 0", "moved(gone) > 0", "churn_rate >= 100%", "churn_rate < 1", "Champions drops 100%", "psi > 1",
        "psi <= 0", "Champions < 100%", "revenue(Champions -> Lost) <= 0%",
    ],
)  # fmt: skip
def test_a_condition_that_may_hold_or_not_is_one(text: str) -> None:
    assert parse_condition(text).text == text


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_a_condition_or_a_usage_error(text: str) -> None:
    own = parsed(text)
    if isinstance(own, str):
        assert own.startswith("--fail-if ")
        assert all(char.isprintable() for char in own)
    else:
        assert own.limit >= 0
        assert own.text == " ".join(text.split())


def parsed(text: str) -> Condition | str:
    """Return the condition that a text states, or why it states none."""
    try:
        [own] = parse_conditions([text])
    except UsageError as error:
        return str(error)
    return own


# What is found of them, by hand


@pytest.mark.parametrize(
    ("text", "fails", "value", "told"),
    [
        ("Champions -> At Risk > 49%", True, 0.5, "1 of 2 (50.0%)"),
        ("Champions -> At Risk > 50%", False, 0.5, "1 of 2 (50.0%)"),
        ("Champions -> At Risk >= 1", True, 1, "1"),
        ("revenue(Champions -> At Risk) > 25%", False, 0.25, "100 of 400 (25.0%)"),
        ("Champions -> champions < 60%", True, 0.5, "1 of 2 (50.0%)"),
        ("Champions -> * > 1", False, 1, "1"),
        ("New Customers -> (gone) > 0", True, 1, "1"),
        ("(new) -> Potential Loyalists > 10%", True, 0.2, "1 of 5 (20.0%)"),
        ("revenue((new) -> *) >= 44", True, 44, "44"),
        ("* -> Potential Loyalists > 1", False, 1, "1"),
        ("* -> (gone) > 20%", False, 0.2, "1 of 5 (20.0%)"),
        ("Champions < 2", True, 1, "1"),
        ("CHAMPIONS < 20%", False, 0.2, "1 of 5 (20.0%)"),
        ("revenue(Champions) > 400", False, 400, "400"),
        ("customers < 5", False, 5, "5"),
        ("Champions drops 50%", True, 0.5, "from 2 to 1 (-50.0%)"),
        ("Champions drops 51%", False, 0.5, "from 2 to 1 (-50.0%)"),
        ("Potential Loyalists rises 2", True, 2, "from 0 to 2 (+2)"),
        ("revenue rises 30%", True, 154.5 / 480, "from 480 to 634.50 (+32.2%)"),
        ("revenue drops 1%", False, -154.5 / 480, "from 480 to 634.50 (+32.2%)"),
        ("moved(down) > 15%", True, 0.2, "1 of 5 (20.0%)"),
        ("moved(same) < 2", False, 2, "2"),
        ("health(negative) > 2", False, 2, "2"),
        ("churn_rate > 60%", True, 2 / 3, "2 of 3 (66.7%)"),
        ("retention_rate(Champions) < 0.5", False, 0.5, "1 of 2 (50.0%)"),
    ],
)
def test_a_figure_by_hand(text: str, fails: bool, value: float, told: str) -> None:
    alert = found(text)
    assert alert.fails is fails
    assert alert.value == pytest.approx(value)
    assert alert.text == f"{text}: {told}"


@pytest.mark.parametrize(
    "text",
    ["Loyal Customers -> Lost > 0%", "Promising drops 1%", "Promising rises 10%", "churn_rate(Hibernating) > 0%"],
)
def test_what_cannot_be_told_does_not_fail_and_says_so(text: str) -> None:
    text = text.replace("Lost", "Hibernating")
    assert found(text) == Alert(text, False, "unknown", None, f"{text}: cannot be told")


OTHER_SCHEME = """\
ann,2024-01-05,2024-06-20,102,4,100.00,True Friends
ben,2024-02-01,2024-09-01,29,3,80.50,Barnacles
fay,2024-08-01,2024-09-30,0,2,44.00,Strangers
"""


def test_segments_of_two_schemes_have_no_order_so_that_up_down_and_same_cannot_be_judged() -> None:
    asked = [f"moved({way}) {sign}" for way in ("up", "down", "same", "new", "gone") for sign in ("< 1", "> 90%")]
    later = read(OTHER_SCHEME)
    found = segtool.compare(read(JUNE), later, force=True, fail_if=asked).comparison
    assert found.moved["other"] == 2
    assert [each.state for each in found.alerts] == [*["unknown"] * 6, *["passes"] * 4]
    assert [each.value for each in found.alerts] == [*[None] * 6, 1, pytest.approx(1 / 3), 3, 0.6]
    assert found.alerts[0].text == "moved(up) < 1: cannot be told"
    again = segtool.compare(later, later, fail_if=asked).comparison
    assert [each.state for each in again.alerts[:6]] == ["fails", "passes", "fails", "passes", "passes", "fails"]


def test_a_word_for_a_figure_may_belong_to_the_name_of_a_segment() -> None:
    assert found("new customers < 1").text == "new customers < 1: 0"
    assert found("New Customers revenue < 1").value == 0
    assert found("new customers customers drops 100%").fails


def test_a_segment_may_have_a_figure_in_its_name_or_be_named_by_its_title(six: Path, tmp_path: Path) -> None:
    scheme = tmp_path / "mine.toml"
    scheme.write_text(
        '[scoring]\nr = { bins = 2 }\n[[segments]]\nname = "Big revenue"\ntitle = { en = "Big", fa = "بزرگ" }\nr = 2\n'
        '[[segments]]\nname = "New"\nr = 1\n'
    )
    asked = ["Big revenue > 1", "بزرگ > 1", "BIG revenue > 90%", "new > 1"]
    alerts = segtool.rfm(six, scheme=str(scheme), fail_if=asked).summary.alerts
    assert [each.value for each in alerts] == [4, 4, pytest.approx(4 / 6), 2]
    with pytest.raises(UsageError, match="'Big revenue < 0': it never holds: a number of customers is 0 at least"):
        segtool.rfm(six, scheme=str(scheme), fail_if="Big revenue < 0")


def test_a_name_in_quotes_is_the_whole_name(six: Path, tmp_path: Path) -> None:
    scheme = tmp_path / "mine.toml"
    scheme.write_text(
        '[scoring]\nr = { bins = 2 }\n[[segments]]\nname = "Top revenue"\nr = 2\n[[segments]]\nname = "Top"\nr = 1\n'
    )
    asked = [
        "Top revenue > 1",
        '"Top revenue" > 1',
        '"Top" revenue > 1',
        "revenue(Top) > 1",
        '"Top revenue" revenue > 1',
    ]
    alerts = segtool.rfm(six, scheme=str(scheme), fail_if=asked).summary.alerts
    assert [each.value for each in alerts] == [4, 4, 102.99, 102.99, 107.25]
    with pytest.raises(UsageError, match="there is no segment 'Top customers'"):
        segtool.rfm(six, scheme=str(scheme), fail_if='"Top customers" > 1')


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Top revenue", 2), ("top revenue revenue", 47.25), ('"Top" revenue', 60), ("revenue(Top)", 60), ("Top", 2),
        ('"Top revenue"', 2), ("customers ( Top revenue )", 2), ('revenue("Top revenue")', 47.25),
        ('"A -> B > 5" customers', 1), ("Can't Lose revenue", 99.99),
    ],
)  # fmt: skip
def test_a_target_and_an_alert_are_read_alike(text: str, value: float, six: Path, tmp_path: Path) -> None:
    scheme = tmp_path / "mine.toml"
    names = [("Top revenue", "r = 3"), ("Top", "r = 2"), ("A -> B > 5", "r = 1\nf = 2"), ("Can't Lose", "r = 1\nf = 1")]
    segments = "".join(f"[[segments]]\nname = {json.dumps(name)}\n{rule}\n" for name, rule in names)
    scheme.write_text(f"[scoring]\nr = {{ bins = 3 }}\nf = {{ bins = 2 }}\n{segments}")
    line = f"{text} <= 999"  # ann and dee bought last, then cid and eve; of ben and fay, ben bought once
    found = segtool.rfm(six, scheme=str(scheme), fail_if=line, targets=line).summary
    assert [float(each.actual or 0) for each in found.targets or ()] == [value]
    assert [each.value for each in found.alerts] == [value]


def test_a_segment_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"there is no segment 'Champion'\. Did you mean Champions\?"):
        found("Champion < 5")
    with pytest.raises(UsageError, match=r"there is no segment 'Qqq'\. Segments: Champions, Loyal Customers, "):
        found("Champions -> Qqq > 5")
    with pytest.raises(UsageError, match=r"there is no segment 'Champions'\. --scheme none has no segments\."):
        segtool.rfm(read_six(), scheme="none", fail_if="Champions < 5")


def read_six() -> pa.Table:
    rows = list(csv.DictReader(io.StringIO(SIX)))
    return pa.table({name: [row[name] for row in rows] for name in rows[0]})


def test_every_segment_of_the_scheme_may_be_named_where_nobody_is_in_it() -> None:
    """`(none)`, or one for customers without a purchase, are among the segments of some schemes."""
    for name in ("loyalty-matrix", "putler", "braze"):
        texts = [f"'{each.name}' > 99" for each in load(name).segments]
        alerts = segtool.rfm(read_six(), scheme=name, fail_if=texts).summary.alerts
        assert [(alert.condition, alert.fails) for alert in alerts] == [(text, False) for text in texts]


def test_shares_are_of_all_customers_with_those_who_bought_nothing() -> None:
    everyone = pa.table({"customer_id": ["ann", "ben", "cid", "dee", "eve", "fay", "gus", "hal"]})
    run = {"scheme": "shopify", "customers": everyone, "customers_id": "customer_id"}
    first = segtool.rfm(read_six(), as_of="2024-03-30", **run).table
    for options in ({}, {"previous": first}):
        [alert] = segtool.rfm(read_six(), **run, **options, fail_if="Prospects >= 25%").summary.alerts
        assert (alert.fails, alert.text) == (True, "Prospects >= 25%: 2 of 8 (25.0%)")


# Against the rows themselves

ORDERS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 200), st.integers(-50, 500)), min_size=4, max_size=40
).filter(lambda lines: any(day <= 100 and amount >= 0 for _, day, amount in lines))


def two_days(lines: list[tuple[str, int, int]]) -> tuple[pa.Table, pa.Table]:
    orders = pa.table(
        {
            "customer_id": [name for name, _, _ in lines],
            "order_id": list(range(len(lines))),
            "order_date": [date(2024, 1, 1) + timedelta(days=day) for _, day, _ in lines],
            "amount": [amount for _, _, amount in lines],
        }
    )
    return segtool.rfm(orders, as_of="2024-04-10").table, segtool.rfm(orders, as_of="2024-07-19").table


def rows(labelled: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in labelled.to_pylist()}


def share(part: Any, whole: Any) -> float | None:
    return None if whole <= 0 else float(Fraction(part) / Fraction(whole))


@given(lines=ORDERS)
def test_every_figure_is_that_of_a_plain_count(lines: list[tuple[str, int, int]]) -> None:
    before, after = map(rows, (two_days(lines)))
    started = [row for row in before.values() if row["segment"] == "Champions"]
    now = [row for row in after.values() if row["segment"] == "Champions"]
    every = sum(row["monetary"] for row in after.values())
    went = [row for row in started if after.get(row["customer_id"], {}).get("segment") == "At Risk"]
    left = [row for row in started if after.get(row["customer_id"], {"segment": None})["segment"] != "Champions"]
    left_for_some = [row for row in left if row["customer_id"] in after]
    new = [row for name, row in after.items() if name not in before and row["segment"] == "Champions"]
    active = [row for row in before.values() if row["recency_days"] <= 30]
    churned = [row for row in active if after.get(row["customer_id"], row)["last_order"] <= date(2024, 4, 10)]
    names = [each["name"] for each in json.loads(two_days(lines)[0].schema.metadata[b"segtool"])["segments"]]
    mix = [[sum(row["segment"] == name for row in own.values()) for name in names] for own in (before, after)]
    order = {name: place for place, name in enumerate(names)}
    down = [n for n, row in before.items() if n in after and order[after[n]["segment"]] > order[row["segment"]]]
    spent = [sum(row["monetary"] for row in own) for own in (started, now)]
    expected: dict[str, Any] = {
        "Champions -> At Risk > 5": len(went),
        "Champions -> At Risk > 5%": share(len(went), len(started)),
        "Champions -> * > 5": len(left_for_some),
        "revenue(Champions -> *) > 5": sum(row["monetary"] for row in left_for_some),
        "(new) -> Champions > 5%": share(len(new), len(after)),
        "revenue((new) -> Champions) > 5": sum(row["monetary"] for row in new),
        "champions < 5": len(now),
        "Champions < 5%": share(len(now), len(after)),
        "revenue(Champions) < 5": spent[1],
        "Champions revenue < 5%": share(spent[1], every),
        "Champions drops 5": len(started) - len(now),
        "revenue(Champions) rises 5%": share(spent[1] - spent[0], spent[0]),
        "customers rises 5%": share(len(after) - len(before), len(before)),
        "churn_rate > 5%": share(len(churned), len(active)),
        "retention_rate > 5%": share(len(active) - len(churned), len(active)),
        "moved(down) > 5": len(down),
        "moved(gone) > 5%": share(sum(name not in after for name in before), len(before)),
        "health(positive) > 5": sum(row["segment"] in names[:4] for row in after.values()),
        "psi > 0.1": population_stability(*mix),
    }
    found = segtool.compare(*two_days(lines), active_days=30, fail_if=list(expected)).comparison.alerts
    assert {each.condition: each.value for each in found} == {
        text: None if value is None else pytest.approx(float(value)) for text, value in expected.items()
    }
    limits = {each.condition: float(parse_condition(each.condition).limit) for each in found}
    for each in found:
        below = " < " in each.condition
        if each.value is None:
            assert not each.fails
        elif " drops " in each.condition or " rises " in each.condition:
            assert each.fails == (each.value >= limits[each.condition])
        else:
            assert each.fails == (each.value < limits[each.condition] if below else each.value > limits[each.condition])


NAMES = [each.name for each in load("loyalty-matrix").segments if each.name != "(none)"]
HEALTH = {each.name: each.health for each in load("loyalty-matrix").segments}
CUSTOMERS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.sampled_from(NAMES[:4]), st.integers(-500, 9999)),
    min_size=1,
)
Customers = dict[str, tuple[str, int]]


def labelled(customers: Customers, day: str) -> pa.Table:
    rows = [(who, day, day, 0, 1, Decimal(cents) / 100, name) for who, (name, cents) in sorted(customers.items())]
    return table(rows)


@given(
    CUSTOMERS,
    CUSTOMERS,
    st.sampled_from(["(new)", "*", *NAMES[:4]]),
    st.sampled_from(["(gone)", "*", *NAMES[:4]]),
    st.sampled_from(["customers", "revenue"]),
)
def test_flows_are_those_of_the_rows(before: Customers, after: Customers, old: str, now: str, figure: str) -> None:
    if (old, now) in (("*", "*"), ("(new)", "(gone)")):
        return
    weighs = after if old == "(new)" else before
    part = whole = 0
    for who in before | after:
        was = before[who][0] if who in before else "(new)"
        is_now = after[who][0] if who in after else "(gone)"
        weight = (weighs[who][1] if figure == "revenue" else 1) if who in weighs else 0
        leaves = was != "(new)" if old == "*" else was == old
        enters = is_now != "(gone)" if now == "*" else is_now == now
        if leaves and enters and (was != is_now or "*" not in (old, now)):
            part += weight
        whole += weight if leaves or old == "(new)" else 0
    scale = 100 if figure == "revenue" else 1
    counted, shared = values(before, after, [f"{figure}({old} -> {now}) > {{}}", f"{figure}({old} -> {now}) > {{}}%"])
    assert counted == pytest.approx(part / scale)
    assert shared == (None if whole <= 0 else pytest.approx(part / whole))


@given(CUSTOMERS, CUSTOMERS, st.sampled_from(NAMES[:4]), st.sampled_from(["customers", "revenue"]))
def test_sizes_and_their_changes_are_those_of_the_rows(
    before: Customers, after: Customers, name: str, figure: str
) -> None:
    def size(customers: Customers, only: str | None) -> Fraction:
        own = [cents for segment, cents in customers.values() if only in (segment, None)]
        return Fraction(sum(own), 100) if figure == "revenue" else Fraction(len(own))

    old, now, whole = size(before, name), size(after, name), size(after, None)
    texts = [f"{figure}({name}) > {{}}", f"{figure}({name}) > {{}}%", f"{figure}({name}) drops 1{{}}"]
    texts += [f"{figure}({name}) rises 1{{}}%", f"{figure} > {{}}", f"{figure} rises 1{{}}"]
    wanted = [now, now / whole if whole > 0 else None, old - now, (now - old) / old if old > 0 else None]
    wanted += [whole, whole - size(before, None)]
    assert values(before, after, texts) == [None if each is None else pytest.approx(float(each)) for each in wanted]


@given(CUSTOMERS, CUSTOMERS)
def test_moves_and_health_are_those_of_the_rows(before: Customers, after: Customers) -> None:
    both = [(NAMES.index(before[who][0]), NAMES.index(after[who][0])) for who in before.keys() & after.keys()]
    wanted = {
        "up": sum(now < old for old, now in both),
        "down": sum(now > old for old, now in both),
        "same": sum(now == old for old, now in both),
        "new": len(after.keys() - before.keys()),
        "gone": len(before.keys() - after.keys()),
    }
    assert values(before, after, [f"moved({way}) > {{}}" for way in wanted]) == list(wanted.values())
    shares = [count / len(after if way == "new" else before) for way, count in wanted.items()]
    assert values(before, after, [f"moved({way}) > {{}}%" for way in wanted]) == pytest.approx(shares)
    good = sum(HEALTH[name] == "positive" for name, _ in after.values())
    assert values(before, after, ["health(positive) > {}%"]) == [pytest.approx(good / len(after))]


@given(CUSTOMERS, CUSTOMERS)
def test_rates_and_psi_are_those_of_the_comparison(before: Customers, after: Customers) -> None:
    own = segtool.compare(labelled(before, "2024-06-30"), labelled(after, "2024-09-30"), active_days=9).comparison
    assert own.churn is not None
    assert own.churn.active == len(before)
    found = values(before, after, ["churn_rate > {}%", "retention_rate > {}%", "psi > {}"], active_days=9)
    assert found == [own.churn.churn_rate, own.churn.retention_rate, own.psi]


def values(before: Customers, after: Customers, texts: Sequence[str], **options: Any) -> list[Any]:
    """Return the values that are found of conditions, after a look that each fails just beyond its limit."""
    tables = labelled(before, "2024-06-30"), labelled(after, "2024-09-30")
    stated = [text.format(0) for text in texts]
    alerts = segtool.compare(*tables, fail_if=stated, **options).comparison.alerts
    for alert, text in zip(alerts, stated, strict=True):
        own = parse_condition(text)
        limit = float(own.limit)
        holds = alert.value is not None and {
            ">": alert.value > limit, "<": alert.value < limit, "drops": alert.value >= limit,
            "rises": alert.value >= limit,
        }[own.sign]  # fmt: skip
        assert alert.fails is holds
    return [alert.value for alert in alerts]


# Targets and drift


def target(reached: bool | None, by: date | None, days_left: int | None) -> TargetSummary:
    actual = None if reached is None else 0.5 if reached else 0.25
    return TargetSummary(
        segment="Champions", title="قهرمانان", measure="share", sign=">=", target=0.4, actual=actual, gap=None,
        reached=reached, by=by, day=str(by) if by else None, days_left=days_left,
    )  # fmt: skip


def test_a_target_fails_when_its_day_has_come_or_it_has_none() -> None:
    day = date(2027, 3, 20)
    asked = [target(False, None, None), target(False, day, 0), target(False, day, -3), target(False, day, 1)]
    asked += [target(True, None, None), target(None, None, None), target(True, day, None)]
    alerts = list(missed(asked, words_in("en")))
    assert [alert.state for alert in alerts] == ["fails", "fails", "fails", "passes", "passes", "unknown", "passes"]
    assert alerts[1].text == "Champions >= 40.0% of customers by 2027-03-20: 25.0%"
    assert alerts[5].text.endswith(": cannot be told")


def test_a_target_with_a_day_cannot_be_judged_where_the_as_of_date_is_unknown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(
        "customer_id,recency_days,frequency,monetary\nann,9,4,100\nben,90,1,10\ncid,30,2,50\n"
    )
    args = ["rfm", "customers.csv", "--customer-level", "-o", "a.csv", "--fail-targets"]
    for text in ("Champions >= 5 by 2020-01-01", "Champions >= 1 by 2020-01-01"):
        args += ["--targets", text]
    done = run(*args, "--summary-file", "a.json")
    assert done.returncode == 0
    alerts = json.loads((tmp_path / "a.json").read_text())["alerts"]
    assert [(alert["state"], alert["value"]) for alert in alerts] == [("unknown", 1), ("passes", 1)]
    told = "Champions >= 5 customers by 2020-01-01: 1; whether the day has come"
    assert alerts[0]["text"] == f"{told} cannot be told without an as-of date"
    assert f"unknown  {told}" in done.stderr
    assert run(*args, "--targets", "Champions >= 5").returncode == 1
    assert "معلوم نیست" in run(*args, "--lang", "fa").stderr


def test_drift_of_the_mix_fails_above_its_limit_and_not_at_it() -> None:
    own = segtool.compare(read(JUNE), read(SEPTEMBER)).comparison
    assert own.psi is not None
    words = words_in("en")
    assert [alert.fails for alert in drifted(None, own, own.psi, words)] == [False]
    [alert] = drifted(None, own, own.psi - 0.001, words)
    assert (alert.fails, alert.value) == (True, own.psi)
    [nothing] = drifted(None, None, 0.25, words)
    assert (nothing.fails, nothing.text) == (False, "PSI > 0.25: cannot be told")


# On the command line


def test_compare_writes_everything_and_then_fails_with_a_line_an_alert(run: Run, tables: tuple[Path, Path]) -> None:
    conditions = ["Champions drops 10%", "churn_rate > 99%", "moved(gone) > 0"]
    done = run(
        "compare", *tables, "-o", "moved.csv", "--matrix", "matrix.csv", "--json", "-q", "--log-file", "runs.jsonl",
        *(part for text in conditions for part in ("--fail-if", text)),
    )  # fmt: skip
    assert done.returncode == 1
    told = json.loads(done.stdout)["alerts"]
    assert [(alert["condition"], alert["fails"]) for alert in told] == list(
        zip(conditions, [True, False, True], strict=True)
    )
    failing = [alert["text"] for alert in told if alert["fails"]]
    assert done.stderr == f"segtool: {failing[0]}\nsegtool: {failing[1]}\n"
    folder = tables[0].parent
    assert (folder / "moved.csv").read_text().count("\n") == 7
    assert (folder / "matrix.csv").exists()
    logged = json.loads((folder / "runs.jsonl").read_text())
    assert (logged["exit_code"], logged["error"]) == (1, "\n".join(failing))


def test_a_run_writes_everything_and_then_fails(run: Run, six: Path) -> None:
    args = ("rfm", six, "-q", "-o", "a.csv", "--summary-file", "a.json", "--log-file", "runs.jsonl")
    done = run(*args, "--fail-if", "customers < 7", "--fail-if", "revenue < 10")
    assert (done.returncode, done.stderr) == (1, "segtool: customers < 7: 6\n")
    assert (six.parent / "a.csv").read_text().count("\n") == 7
    alerts = json.loads((six.parent / "a.json").read_text())["alerts"]
    assert [(alert["text"], alert["value"]) for alert in alerts] == [
        ("customers < 7: 6", 6), ("revenue < 10: 210.24", 210.24),
    ]  # fmt: skip
    logged = json.loads((six.parent / "runs.jsonl").read_text())
    assert (logged["exit_code"], logged["customers"], logged["error"]) == (1, 6, "customers < 7: 6")
    assert run(*args, "--fail-if", "customers < 6").returncode == 0


def test_a_run_is_held_against_the_table_of_the_last_one(run: Run, six: Path) -> None:
    args = ("rfm", six, "-q", "-o", "now.parquet", "--previous", "now.parquet", "--fail-if", "customers rises 1")
    first = run(*args, "--as-of", "2024-02-29", "--json")
    assert first.returncode == 0
    assert json.loads(first.stdout)["alerts"] == [
        {
            "condition": "customers rises 1", "fails": False, "state": "unknown", "value": None,
            "text": "customers rises 1: cannot be told",
        }
    ]  # fmt: skip
    second = run(*args)
    assert (second.returncode, second.stderr) == (1, "segtool: customers rises 1: from 4 to 6 (+50.0%)\n")
    assert segtool.rfm(six, previous=six.parent / "now.parquet").summary.customers == 6


def test_the_page_shows_what_fails_first(run: Run, six: Path) -> None:
    done = run("rfm", six, "-o", "s.csv", "--fail-if", "customers > 100", "--fail-if", "Champions < 5")
    page = done.stderr.splitlines()
    at = page.index("Alerts")
    assert page[at + 1 : at + 3] == ["fails   Champions < 5: 1", "passes  customers > 100: 6"]
    persian = run("rfm", six, "-o", "s.csv", "--lang", "fa", "--fail-if", "قهرمانان < 5").stderr
    assert "هشدارها" in persian


def test_what_cannot_be_judged_neither_passes_nor_fails(run: Run, six: Path) -> None:
    asked = ["customers > 100", "churn_rate > 8%", "Champions < 5"]
    args = (
        "rfm",
        six,
        "-o",
        "now.csv",
        "--previous",
        "now.csv",
        *(part for text in asked for part in ("--fail-if", text)),
    )
    page = run(*args, "--summary-file", "now.json").stderr.splitlines()
    at = page.index("Alerts")
    assert page[at + 1 : at + 4] == [
        "fails    Champions < 5: 1", "unknown  churn_rate > 8%: cannot be told", "passes   customers > 100: 6",
    ]  # fmt: skip
    told = json.loads((six.parent / "now.json").read_text())["alerts"]
    assert [(each["state"], each["fails"]) for each in told] == [("passes", False), ("unknown", False), ("fails", True)]
    (six.parent / "now.csv").unlink()
    persian = run(*args, "--lang", "fa").stderr
    assert [persian.count(word) for word in ("نامشخص", "نمی‌توان گفت")] == [1, 1]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--fail-if", "Champions"], "write 'Champions -> At Risk > 5%', 'Champions < 500'"),
        (["--fail-if", "Champion < 5"], "there is no segment 'Champion'. Did you mean Champions?"),
        (
            ["--fail-if", "churn_rate > 8%"],
            "asks for the table of an earlier run; say --previous, or say it to segtool compare.",
        ),
        (["--fail-targets"], "--fail-targets does nothing without --targets."),
        (["--fail-drift", "0.1"], "--fail-drift does nothing without --model or --previous."),
    ],
)
def test_a_check_that_cannot_be_is_refused_before_anything_is_written(
    run: Run, six: Path, args: list[str], message: str
) -> None:
    done = run("rfm", six, "-q", "-o", "a.csv", *args)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (six.parent / "a.csv").exists()


def test_compare_refuses_an_unknown_segment_before_anything_is_written(run: Run, tables: tuple[Path, Path]) -> None:
    done = run("compare", *tables, "-q", "-o", "moved.csv", "--fail-if", "Champion < 5")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Did you mean Champions?" in done.stderr
    assert not (tables[0].parent / "moved.csv").exists()


def test_the_configuration_file_has_conditions_and_targets(run: Run, six: Path) -> None:
    (six.parent / "segtool.toml").write_text(
        'fail-if = ["customers < 7", "customers > 99"]\nfail-targets = true\n[targets]\nbest = "Champions >= 99%"\n'
        'later = "Champions >= 98% by 2030-01-01"\n'
    )
    done = run("rfm", six, "-q", "-o", "a.csv")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "segtool: customers < 7: 6"
    assert lines[1] == "segtool: Champions >= 99.0% of customers: 16.7%"
    assert len(lines) == 2
    (six.parent / "segtool.toml").write_text('fail-if = ["customers"]\n')
    refused = run("rfm", six, "-q", "-o", "b.csv")
    assert refused.returncode == 78
    assert "segtool.toml:1: fail-if" in refused.stderr


def test_persian_titles_name_segments_and_the_page_has_persian_words(run: Run, six: Path) -> None:
    title = next(each.title["fa"] for each in load("loyalty-matrix").segments if each.name == "Champions")
    for lang in ("en", "fa"):
        done = run("rfm", six, "-o", "a.csv", "--lang", lang, "--digits", lang, "--fail-if", f"{title} < ۵۰٪")
        assert done.returncode == 1
    page = done.stdout + done.stderr
    assert "هشدارها" in page
    assert "۵۰٪: ۱ از ۶ (۱۶٫۷٪)" in page.replace("\u2067", "").replace("\u2069", "").replace("\u200e", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Champions >= 10", 1),
        ("Champions >= 10 by 2024-03-31", 1),
        ("Champions >= 10 by 1403/01/12", 1),
        ("Champions >= 10 by 2024-04-01", 0),
        ("Champions >= 1", 0),
        ("Champions <= 1% by 2024-01-01", 1),
    ],
)
def test_a_missed_target_is_exit_1_when_its_day_has_come(run: Run, six: Path, text: str, code: int) -> None:
    assert run("rfm", six, "-q", "-o", "s.csv", "--targets", text, "--fail-targets").returncode == code


def test_a_target_may_name_a_segment_by_its_title_in_either_language(run: Run, six: Path) -> None:
    title = next(each.title["fa"] for each in load("loyalty-matrix").segments if each.name == "Champions")
    for lang in ("en", "fa"):
        args = ("rfm", six, "-q", "-o", "s.csv", "--lang", lang, "--fail-targets")
        assert run(*args, "--targets", f"{title} >= 50").returncode == 1
        assert run(*args, "--targets", f"revenue({title}) <= 50%").returncode == 0


def test_a_target_on_a_segment_that_is_not_there_cannot_be_checked(run: Run, six: Path, tmp_path: Path) -> None:
    targets = ["--targets", "Champs >= 5", "--targets", "Champions revenue >= 1"]
    assert run("rfm", six, "-q", "-o", "s.csv", *targets).returncode == 0
    done = run("rfm", six, "-q", "-o", "t.csv", *targets, "--fail-targets")
    assert done.returncode == 2
    assert done.stderr.startswith("segtool: --fail-targets: there is no segment 'Champs'. Did you mean Champions?")
    run("rfm", six, "--as-of", "2024-03-01", "-q", "-o", "b.csv")
    assert run("compare", "b.csv", "s.csv", "-q", "-o", "t.csv", *targets, "--fail-targets").returncode == 2
    assert not (tmp_path / "t.csv").exists()
