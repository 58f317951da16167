"""Conditions over columns, read from TOML and from a line of text: what they mean, and what is said of those that mean
nothing.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.rules.conditions import (
    All,
    AnyOf,
    Compare,
    Condition,
    Empty,
    Has,
    Is,
    Not,
    Older,
    OneOf,
    Span,
    Term,
    Text,
    Within,
)
from segtool.rules.line import parse
from segtool.rules.toml import condition_of
from segtool.rules.written import parse_term

C, BORN = Term(("c",)), Term(("birth_date",), "age")
JANUARY = Span(date(2024, 1, 1), date(2024, 1, 31))
EIGHTY, OVER_HALF = Decimal("0.80"), Span(Decimal("0.50"), None, low_open=True)


def toml(text: str) -> Condition:
    return condition_of(tomllib.loads(text))


def number(value: str) -> Span:
    return Span(Decimal(value), Decimal(value))


def day(text: str) -> Span:
    return Span(date.fromisoformat(text), date.fromisoformat(text))


def filled_but(*values: Text | Span) -> Condition:
    return All((Not(Empty(C)), Not(OneOf(C, values))))


@contextmanager
def refused_in_one_line() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


ONE, THREE = OneOf(C, (number("1"),)), OneOf(C, (number("3"),))

MEANINGS: list[tuple[str, str | None, Condition]] = [
    # numbers
    ("c = 18", "c = 18", OneOf(C, (number("18"),))),
    ("c = -3.5", "c = -3.5", OneOf(C, (number("-3.5"),))),
    ("c = 1e3", "c = 1e3", OneOf(C, (number("1000"),))),
    ("c = 123456789012345678901", "c = 123456789012345678901", OneOf(C, (number("123456789012345678901"),))),
    ("c = 0.1", "c = 0.1", OneOf(C, (number("0.1"),))),
    ("c = '>= 4.5'", "c >= 4.5", OneOf(C, (Span(Decimal("4.5"), None),))),
    ("c = '>4.5'", "c > 4.5", OneOf(C, (Span(Decimal("4.5"), None, low_open=True),))),
    ("c = '<= -1'", "c <= -1", OneOf(C, (Span(None, Decimal(-1)),))),
    ("c = '<20%'", "c < 20%", OneOf(C, (Span(None, Decimal("0.20"), high_open=True),))),
    ("c = '20%'", "c = 20%", OneOf(C, (number("0.2"),))),
    ("c = '≥ ۱۸'", "c ≥ ۱۸", OneOf(C, (Span(Decimal(18), None),))),
    ("c = '< ۲٫۵٪'", "c < ۲٫۵٪", OneOf(C, (Span(None, Decimal("0.025"), high_open=True),))),
    ("c = '> −5'", "c > −5", OneOf(C, (Span(Decimal(-5), None, low_open=True),))),
    ("c = { not = 18 }", "c != 18", filled_but(number("18"))),
    ("c = { not = 18 }", "c <> 18", filled_but(number("18"))),
    ("c = 18", "c == 18", OneOf(C, (number("18"),))),
    # ranges
    ("c = '25..34'", "c = 25..34", OneOf(C, (Span(Decimal(25), Decimal(34)),))),
    ("c = '25 .. 34'", "c in 25..34", OneOf(C, (Span(Decimal(25), Decimal(34)),))),
    ("c = '..17'", "c = ..17", OneOf(C, (Span(None, Decimal(17)),))),
    ("c = '65..'", "c in (65..)", OneOf(C, (Span(Decimal(65), None),))),
    ("c = '-10..-5'", "c = -10..-5", OneOf(C, (Span(Decimal(-10), Decimal(-5)),))),
    ("c = '0%..20%'", "c = 0%..20%", OneOf(C, (Span(Decimal("0.00"), Decimal("0.20")),))),
    ("c = '۲۵..۳۴'", 'c = "۲۵..۳۴"', OneOf(C, (Span(Decimal(25), Decimal(34)),))),
    ("c = { not = '25..34' }", "c not in 25..34", filled_but(Span(Decimal(25), Decimal(34)))),
    # days
    ("c = 2024-01-31", "c = 2024-01-31", OneOf(C, (day("2024-01-31"),))),
    ("c = 2024-01-31T23:59:00", 'c = "2024-01-31"', OneOf(C, (day("2024-01-31"),))),
    ("c = '2024-1-31'", "c = 2024/01/31", OneOf(C, (day("2024-01-31"),))),
    ("c = '1403/05/08'", "c = 1403-05-08", OneOf(C, (day("2024-07-29"),))),
    ("c = '۱۴۰۳/۰۵/۰۸'", "c = ۱۴۰۳/۰۵/۰۸", OneOf(C, (day("2024-07-29"),))),
    ("c = '> 2024-01-31'", 'c > "2024-01-31"', OneOf(C, (Span(date(2024, 1, 31), None, low_open=True),))),
    ("c = '2024-01-01..2024-01-31'", "c = 2024-01-01..2024-01-31", OneOf(C, (JANUARY,))),
    ("c = '..1403/05/08'", "c in ..1403/05/08", OneOf(C, (Span(None, date(2024, 7, 29)),))),
    ("c = 'within 30 days'", "c within 30 days", Within(C, 30, "day")),
    ("c = { within = '1 week' }", "c WITHIN 1 Week", Within(C, 1, "week")),
    ("c = 'Within the next  ۲ months'", "c within the next 2 months", Within(C, 2, "month", ahead=True)),
    ("c = 'within next 2 months'", "c within next 2 months", Within(C, 2, "month", ahead=True)),
    ("c = 'older than 1 year'", "c older than 1 year", Older(C, 1, "year")),
    ("c = { older_than = '90 days' }", "c older than 90 days", Older(C, 90, "day")),
    ("c = { not = 'within 30 days' }", "c not within 30 days", All((Not(Empty(C)), Not(Within(C, 30, "day"))))),
    ("c = { not = 'older than 2 weeks' }", "c not older than 2 weeks", All((Not(Empty(C)), Not(Older(C, 2, "week"))))),
    # texts
    ("c = 'Berlin'", "c = 'Berlin'", OneOf(C, (Text("Berlin"),))),
    ("c = '18'", 'c = "18"', OneOf(C, (Text("18"),))),
    ("c = '007'", "c in ('007')", OneOf(C, (Text("007"),))),
    ("c = ' *@gmail.com '", 'c = "*@gmail.com"', OneOf(C, (Text("*@gmail.com"),))),
    ('c = "O\'Hara"', "c = 'O''Hara'", OneOf(C, (Text("O'Hara"),))),
    ("c = 'say \"hi\"'", 'c = "say ""hi"""', OneOf(C, (Text('say "hi"'),))),
    (r"c = 'a\*b'", r"c = 'a\*b'", OneOf(C, (Text(r"a\*b"),))),
    ("c = 'تهران'", "c = 'تهران'", OneOf(C, (Text("تهران"),))),
    ("c = 'within budget'", "c = 'within budget'", OneOf(C, (Text("within budget"),))),
    ("c = '..'", "c = '..'", OneOf(C, (Text(".."),))),
    ("c = 'and so on ..'", "c = 'and so on ..'", OneOf(C, (Text("and so on .."),))),
    ("c = { not = 'Berlin' }", "c != 'Berlin'", filled_but(Text("Berlin"))),
    # lists
    ("c = ['Bonn', 'Ulm']", "c in (Bonn, 'Ulm')", OneOf(C, (Text("Bonn"), Text("Ulm")))),
    ("c = [1, '3..4', 'x']", "c in (1, 3..4, x)", OneOf(C, (number("1"), Span(Decimal(3), Decimal(4)), Text("x")))),
    ("c = ['x', 'x']", "c in (x, x)", OneOf(C, (Text("x"),))),
    ("c = ['x']", "c in x", OneOf(C, (Text("x"),))),
    ("c = { not = ['Bonn', 'Ulm'] }", "c not in (Bonn, Ulm)", filled_but(Text("Bonn"), Text("Ulm"))),
    ("c = [true, 'x']", "c in (true, x)", AnyOf((Is(C, True), OneOf(C, (Text("x"),))))),
    ("c = ['within 3 days', 'x']", None, AnyOf((Within(C, 3, "day"), OneOf(C, (Text("x"),))))),
    ("c = ['x', { is = 'empty' }]", "c = 'x' or c is empty", AnyOf((OneOf(C, (Text("x"),)), Empty(C)))),
    # states
    ("c = true", "c = true", Is(C, True)),
    ("c = { is = true }", "c is true", Is(C, True)),
    ("c = false", "c IS FALSE", Is(C, False)),
    ("c = { not = true }", "c != true", All((Not(Empty(C)), Not(Is(C, True))))),
    ("c = { is = 'empty' }", "c is empty", Empty(C)),
    ("c = { is = 'Filled' }", "c is filled", Not(Empty(C))),
    ("c = { is = 'filled' }", "c is not empty", Not(Empty(C))),
    ("c = { is = 'empty' }", "c is not filled", Empty(C)),
    ("not = { c = true }", "c is not true", Not(Is(C, True))),
    ("c = { has = 'vip' }", "c has 'vip'", Has(C, (Text("vip"),))),
    ("c = { has = ['vip', 'new*'] }", "c has (vip, 'new*')", Has(C, (Text("vip"), Text("new*")))),
    ("c = { not = { has = 'vip' } }", "c not has vip", All((Not(Empty(C)), Not(Has(C, (Text("vip"),)))))),
    ("c = { has = 'vip', not = 'vip' }", "c has vip and c != 'vip'",
        All((Has(C, (Text("vip"),)), filled_but(Text("vip"))))),
    # two columns
    ("where = 'c > d'", "c > d", Compare(C, ">", Term(("d",)))),
    ("where = 'c = column(Net spend)'", "c = column('Net spend')", Compare(C, "=", Term(("Net spend",)))),
    ("where = 'c <= days(d)'", "c <= days(d)", Compare(C, "<=", Term(("d",), "days"))),
    # columns and functions
    ('"age(birth_date)" = "..17"', "age(birth_date) <= 17", OneOf(BORN, (Span(None, Decimal(17)),))),
    ('"age( Date of birth )" = 3', "age(Date of birth) = 3", OneOf(Term(("Date of birth",), "age"), (number("3"),))),
    ("\"days('Last, seen')\" = 3", "days('Last, seen') = 3", OneOf(Term(("Last, seen",), "days"), (number("3"),))),
    ('"filled(*)" = ">50%"', "filled( * ) > 50%", OneOf(Term(("*",), "filled"), (OVER_HALF,))),
    ('"filled(a, b)" = 1', "filled(a, b) = 1", OneOf(Term(("a", "b"), "filled"), (number("1"),))),
    ('"share_above(c)" = "<80%"', "share_above(c) < 80%",
        OneOf(Term(("c",), "share_above"), (Span(None, EIGHTY, high_open=True),))),
    ('"Net spend (EUR)" = 3', '"Net spend (EUR)" = 3', OneOf(Term(("Net spend (EUR)",)), (number("3"),))),
    ('"column(title)" = 3', "column(title) = 3", OneOf(Term(("title",)), (number("3"),))),
    ('"column(age(years))" = 3', "column('age(years)') = 3", OneOf(Term(("age(years)",)), (number("3"),))),
    ('"شهر" = "تهران"', "شهر = 'تهران'", OneOf(Term(("شهر",)), (Text("تهران"),))),
    # groups
    ("c = 1\nd = 2", "c = 1 and d = 2", All((OneOf(C, (number("1"),)), OneOf(Term(("d",)), (number("2"),))))),
    ("any = [{ c = 1 }, { c = 3 }]", "c = 1 or c = 3", AnyOf((ONE, THREE))),
    ("any = [{ c = 1 }]", "(c = 1)", OneOf(C, (number("1"),))),
    ("all = [{ c = 1 }, { c = 3 }]", "c = 1 AND c = 3", All((ONE, THREE))),
    ("not = { c = 1 }", "not c = 1", Not(OneOf(C, (number("1"),)))),
    ("not = [{ c = 1 }, { c = 3 }]", "not (c = 1 or c = 3)", Not(AnyOf((ONE, THREE)))),
    ("where = 'c = 1 or c = 3'", "c = 1 or c = 3", AnyOf((ONE, THREE))),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "line", "meant"), MEANINGS)
def test_a_condition_means_the_same_in_toml_and_in_a_line(stated: str, line: str | None, meant: Condition) -> None:
    assert toml(stated) == meant
    if line is not None:
        assert parse(line) == meant


def test_not_binds_closer_than_and_and_and_closer_than_or() -> None:
    a, b, c = (Is(Term((name,)), True) for name in "abc")
    assert parse("a is true or b is true and c is true") == AnyOf((a, All((b, c))))
    assert parse("(a is true or b is true) and c is true") == All((AnyOf((a, b)), c))
    assert parse("not a is true and b is true") == All((Not(a), b))
    assert parse("not not a is true") == Not(Not(a))
    assert parse("not (a is true or b is true)") == Not(AnyOf((a, b)))


def test_words_of_the_language_are_columns_in_quotes() -> None:
    assert parse('"not" = 1 and "in" in 2') == All(
        (OneOf(Term(("not",)), (number("1"),)), OneOf(Term(("in",)), (number("2"),)))
    )


def test_a_term_is_printed_as_it_is_written() -> None:
    assert [str(parse_term(text)) for text in ("city", "age(birth_date)", "filled(a,b)")] == [
        "city", "age(birth_date)", "filled(a, b)",
    ]  # fmt: skip


LINES = {
    "": "ends where a column is missing",
    "age": "age has no condition; write a sign as >=, or in, has, is, within",
    "age >": "age > … ends early",
    "age > )": "age > does not go on with ')'",
    "age > 'old'": "age > compares with no number, day or column",
    "age > 1..2": "age > compares with no range; write age = 1..2",
    "age older": "'older' is no time; write within 30 days, or older than 3 months",
    "seen within 30": "'within 30' is no time; write within 30 days, or older than 3 months",
    "seen within 3 fortnights": "'fortnights' is no unit of time; there are days, weeks, months and years",
    "seen within 1000000 days": "'1000000' days are too long; the most are 100,000",
    "seen within 99999999999999999999 days": "'99999999999999999999' days are too long; the most are 100,000",
    "age(born) within 3 days": "age(born) is a number; within and older than are of a column of days",
    "age(born) > 2024-01-31": "age(born) is a number, and no day",
    "seen = 2024-02-31": "'2024-02-31' is no day of a calendar",
    "seen > 1403/12/31": "'1403/12/31' is no day of a calendar",
    "age = 34..25": "'34..25' begins after its end",
    "age = 3..2024-01-01": "'3..2024-01-01' goes from a number to a day",
    "city is Berlin": "city is 'berlin': it can be empty, filled, true or false; a text is compared by =",
    "city = ''": "'' is no value; a cell without one is empty",
    "tags has ''": "'' is no text",
    "tags has (": "has … ends early",
    "city in (Bonn": "lacks ')' at the end",
    "city in (Bonn Ulm)": "lacks ')' before 'Ulm'",
    "city in ()": "')' is no value",
    "(age > 3": "lacks ')' at the end",
    "age > 3)": "does not go on with ')'; conditions are joined by and, or",
    "age > 3 city = 'x'": "does not go on with 'city'; conditions are joined by and, or",
    "age > 3 and": "ends where a column is missing",
    "mean(age) > 3": (
        "'mean' is no function; there are column, age, days, month, year, share_above, rows_above, ratio, filled"
    ),
    "age(a, b) > 3": "age(a, b) is not of one column",
    "age(*) > 3": "age(*) is not of one column",
    "filled(a, *) > 3": "filled(a, *) is not of one column",
    "age not > 3": "age does not go on with '>'; write a sign as >=, or in, has, is, within",
    "city = 'Berlin": 'has a quote or a sign that does not fit: "\'Berlin"',
    "Net spend > 100": (
        "Net does not go on with 'spend'; write a sign as >=, or in, has, is, within; a name with blanks stands in "
        '"double quotes"'
    ),
    "! age": (
        "! does not go on with 'age'; write a sign as >=, or in, has, is, within; a name with blanks stands in "
        '"double quotes"'
    ),
    "(" * 60 + "a = 1" + ")" * 60: "has conditions too deep in one another",
    "a = 1 " + "and a = 1 " * 2000: "is too long to be a rule",
    "c = '" + "ab*" * 400 + "'": "is too long for a text with *",
    "c > " + "9" * 500: "is too long for a number",
}


@pytest.mark.parametrize(("line", "message"), LINES.items())
def test_a_line_that_states_nothing_is_refused(line: str, message: str) -> None:
    with pytest.raises(ValueError) as told:  # noqa: PT011
        parse(line)
    assert str(told.value) == message if len(line) < 100 else message in str(told.value)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 200


TABLES = {
    "c = {}": "c: {} asks for nothing; it can say is, has, not, within, older_than",
    "c = []": "c: an empty list names no value",
    "c = ''": "c: '' is no value; write 18, '25..34', '>=65', 'text' or a list of these",
    "c = [[]]": "c: an empty list names no value",
    "c = nan": "c: nan is no number to compare with",
    "c = -inf": "c: -inf is no number to compare with",
    "c = 10:00:00": "c: datetime.time(10, 0) is no value; write 18, '25..34', '>=65', 'text' or a list of these",
    "c = '>x'": "c: '>x' compares with no number or day; where = '…' compares two columns",
    "c = '1,000..2,000'": "c: '1,000..2,000' is no range: its ends are numbers as 1000 or 2.5, or days as 2024-01-31",
    "c = '1..x'": "c: '1..x' is no range: its ends are numbers as 1000 or 2.5, or days as 2024-01-31",
    "c = '2024-02-31'": "c: '2024-02-31' is no day of a calendar",
    "c = 'within thirty days or 3'":
        "c: 'within thirty days or 3' is no time; write within 30 days, or older than 3 months",
    "c = { is = 'old' }": "c: is = 'old' is none of 'empty', 'filled', true and false",
    "c = { has = [] }": "c: has is a text or a list of texts, of which one stands in the cell",
    "c = { has = 3 }": "c: has is a text or a list of texts, of which one stands in the cell",
    "c = { contains = 'x' }": "c: 'contains' is no key here; it can say is, has, not, within, older_than",
    "c = { within = 'soon' }": "c: within = 'soon' is no time, as '30 days'",
    "any = { c = 1 }": "any is a list of rules, as any = [{ age = '..17' }, { city = 'Berlin' }]",
    "all = []": "all is a list of rules, as all = [{ age = '..17' }, { city = 'Berlin' }]",
    "not = 3": "not is a list of rules, as not = [{ age = '..17' }, { city = 'Berlin' }]",
    "any = [3]": "a rule is a table of conditions, as { age = '25..34' }",
    "any = [{}]": "a rule is a table of conditions, as { age = '25..34' }",
    "where = 3": "where is a text, as where = 'spend > budget'",
    "where = 'c >'": "where: c > … ends early",
    "any = [{ where = 'c >' }]": "where: c > … ends early",
    '"age(a, b)" = 3': "age(a, b): age(a, b) is not of one column",
    '"age()" = 3': "age(): age() is not of one column",
    '"age(c)" = 2024-01-01': "age(c): age(c) is a number, and no day",
    "c" + ".not" * 100 + " = 1": "c: conditions stand too deep in one another",
    "c = " + "[" * 60 + "1" + "]" * 60: "c: conditions stand too deep in one another",
}  # fmt: skip


@pytest.mark.parametrize(("stated", "message"), TABLES.items())
def test_a_table_that_states_nothing_is_refused(stated: str, message: str) -> None:
    with pytest.raises(ValueError) as told:  # noqa: PT011
        toml(stated)
    assert str(told.value) == message


def test_rules_too_deep_in_one_another_are_refused() -> None:
    deep: dict[str, Any] = {"c": 1}
    for _ in range(60):
        deep = {"any": [deep, {"c": 2}]}
    with pytest.raises(ValueError, match="too deep"):
        condition_of(deep)


@given(st.text(max_size=60))
def test_any_line_is_a_condition_or_is_refused_in_one_line(line: str) -> None:
    with refused_in_one_line():
        parse(line)


_PIECES = [
    "a",
    "b",
    "and",
    "or",
    "not",
    "(",
    ")",
    "=",
    ">",
    "in",
    "has",
    "is",
    "empty",
    "within",
    "3",
    "days",
    "'x'",
    ",",
    "age(",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map(" ".join))
def test_any_pieces_are_a_condition_or_are_refused_in_one_line(line: str) -> None:
    with refused_in_one_line():
        parse(line)


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.times()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["is", "has", "not", "within", "older_than", "x"]), inner, max_size=2),
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["a", "any", "all", "not", "where", "age(a)", "filled(*)", ""]), _VALUES, max_size=3
    )
)
def test_any_table_is_a_condition_or_is_refused_in_one_line(table: dict[str, Any]) -> None:
    with refused_in_one_line():
        condition_of(table)
