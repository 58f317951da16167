"""Targets: how they are written, and where segments stand."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import UsageError
from segtool.summary.facts import SegmentSummary, TargetSummary
from segtool.summary.targets import parse_target, parse_targets, standing, unknown


def segment(name: str, customers: int, revenue: str) -> SegmentSummary:
    return SegmentSummary(
        name, name.upper(), "neutral", customers, customers / 10, 10, Decimal(revenue), None, None, None, None, ""
    )


SEGMENTS = [segment("Champions", 3, "120.50"), segment("At Risk", 1, "79.50")]


def stands(text: str) -> TargetSummary:
    (found,) = standing([parse_target(text)], SEGMENTS, 10, Decimal(200), date(2027, 3, 1))
    return found


def test_customers_are_counted() -> None:
    found = stands("Champions >= 5 by 2027-03-20")
    assert (found.actual, found.target, found.gap, found.reached, found.days_left) == (3, 5, -2, False, 19)
    assert found.by == date(2027, 3, 20)


def test_a_bound_that_is_met_exactly_is_reached() -> None:
    assert stands("Champions >= 3").reached
    assert stands("Champions >= 30%").reached
    assert stands("at risk revenue <= 79.50").reached
    assert stands("At Risk revenue <= 39.75%").reached


def test_shares_are_of_all_customers_or_of_all_revenue() -> None:
    found = stands("Champions >= 45%")
    assert (found.measure, found.actual, found.target, found.gap) == ("share", 0.3, 0.45, -0.15)
    found = stands("Champions revenue ≥ 50 %")
    assert (found.measure, found.actual, found.gap, found.reached) == ("revenue_share", 0.6025, 0.1025, True)


def test_revenue_is_exact() -> None:
    found = stands("At Risk revenue <= 20.25 by 1405/12/29")
    assert (found.actual, found.target, found.gap) == (Decimal("79.5"), Decimal("20.25"), Decimal("59.25"))
    assert (found.by, found.day) == (date(2027, 3, 20), "1405/12/29")


def test_a_day_that_has_passed_is_overdue() -> None:
    assert stands("Champions >= 5 by 2027-02-27").days_left == -2


def test_a_target_may_have_no_day_and_a_name_in_quotes_or_a_title() -> None:
    assert stands("'Champions' customers >= 1,000").days_left is None
    assert parse_target("'Champions' >= 1,000").value == 1000
    assert stands("CHAMPIONS >= 1").segment == "Champions"


def test_customers_and_revenue_can_be_words_of_a_segments_name() -> None:
    segments = [segment("Loyal Customers", 4, "10"), segment("Net revenue", 6, "190"), segment("Net", 0, "0")]

    def meant(text: str) -> list[tuple[str, str]]:
        found = standing([parse_target(text)], segments[:2], 10, Decimal(200), date(2027, 3, 1))
        return [(each.segment, each.measure) for each in found]

    assert meant("loyal customers >= 4") == [("Loyal Customers", "customers")]
    assert meant("loyal customers customers >= 40%") == [("Loyal Customers", "share")]
    assert meant("loyal customers revenue >= 4") == [("Loyal Customers", "revenue")]
    assert meant("Net revenue >= 40%") == [("Net revenue", "share")]
    assert unknown(parse_targets(["net revenue >= 4", "loyal revenue >= 4"]), segments[:2]) == ["loyal"]
    [both] = standing([parse_target("Net revenue >= 4")], segments, 10, Decimal(200), date(2027, 3, 1))
    assert (both.segment, both.measure) == ("Net revenue", "customers")


def test_persian_digits_and_marks_are_read() -> None:
    assert parse_target("قهرمانان >= ۱٬۲۰۰٫۵ by ۱۴۰۵/۱۲/۲۹").value == Decimal("1200.5")
    share = parse_target("قهرمانان ≥ ۱۲٫۵٪")
    assert (share.measure, share.value) == ("share", Decimal("0.125"))


def test_a_segment_that_is_not_there_is_named() -> None:
    targets = parse_targets(["Heroes >= 5", "Champions >= 5", "Heroes revenue >= 5"])
    assert unknown(targets, SEGMENTS) == ["Heroes"]
    assert [each.segment for each in standing(targets, SEGMENTS, 10, Decimal(200), date(2027, 3, 1))] == ["Champions"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is no target"),
        ("Champions", "is no target"),
        ("Champions = 5", "is no target"),
        (">= 5", "is no target"),
        ("Champions >= many", "is no target"),
        ("Champions >= 1,00", "is no target"),
        ("Champions >= 5 until 2027-03-20", "is no target"),
        ("Champions >= 5 by spring", "'spring' is not a date"),
        ("Champions >= 5 by 3/4/2027", "'3/4/2027' is not a date"),
        ("Champions >= 120%", "a share is 100% at most"),
        ("customers >= 5", "a target is of the customers or the revenue of a segment"),
        ("Champions -> Lost <= 5", "a target is of the customers or the revenue of a segment"),
        ("churn_rate(Lost) <= 5%", "a target is of the customers or the revenue of a segment"),
        ('"Champions >= 5', "has a quote or a sign that does not fit"),
    ],
)
def test_what_is_no_target_is_refused_in_its_own_words(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_targets(text)
    assert complaint in str(caught.value)
    assert repr(text) in str(caught.value)


@given(
    st.from_regex(r"[A-Za-z][a-z]{0,8}( [A-Z][a-z]{1,8})?", fullmatch=True),
    st.sampled_from([">=", "<="]),
    st.integers(0, 10**9),
    st.sampled_from(["", " customers", " revenue"]),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
)
def test_what_is_written_is_read(name: str, sign: str, value: int, measure: str, day: date) -> None:
    found = parse_target(f"{name}{measure} {sign} {value:,} by {day}")
    assert (found.segment, found.sign, found.value, found.by) == (name, sign, value, day)
    assert found.measure == (measure.strip() or "customers")


@given(st.text(max_size=40))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    try:
        found = parse_target(text)
    except ValueError:
        return
    assert found.segment
