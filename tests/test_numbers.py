"""Numbers as people write them: what is read, what is not, and what the cells tell about their spelling."""

import itertools
import subprocess
import sys
import tomllib
from decimal import Decimal

import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from segtool.tables.numbers import Numbers, NumberSpelling, numbers
from segtool.tables.numbers.affixes import known_marks, one_currency
from segtool.tables.numbers.cells import apart
from segtool.tables.numbers.text import COMMA, COMMA_OR_GROUP, POINT, POINT_OR_GROUP, DecimalMark, readings

MARKS: tuple[DecimalMark, DecimalMark] = (".", ",")


def found(cells: list[str], decimal: DecimalMark | None = None) -> Numbers:
    return numbers(pa.array(cells, pa.string()), NumberSpelling(decimal))


def read(cell: str, decimal: DecimalMark | None = None) -> Decimal | None:
    return found([cell], decimal).at(0)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (" 12 ", 12), ("\u00a012\u00a0", 12), ("+5", 5), ("- 5", -5), ("−5", -5), ("–5", -5), ("5-", -5), ("5 −", -5),
        ("(5)", -5), ("( 5 )", -5), ("-$5", -5), ("$-5", -5), ("$–5", -5), ("($5)", -5), ("$(5)", -5), ("(5) USD", -5),
        ("-5 €", -5), ("5- EUR", -5), ("5 EUR-", -5), ("€ 5", 5), ("5€", 5), ("5\u202f€", 5), ("eur5", 5), ("US$5", 5),
        ("Rs.500", 500), ("rs 500", 500), ("500 kr.", 500), ("Fr. 5", 5), ("5 zł", 5), ("5 KČ", 5), ("$5 USD", 5),
        ("5 تومان", 5), ("ریال 5", 5), ("5 ر.س", 5), ("5 tomans", 5), ("۱۲۳", 123), ("١٢٣", 123), ("１２３", 123),
        ("۱٬۲۳۴٫۵", "1234.5"), ("۱۲۳۴٫۵۰ تومان", "1234.5"), ("۱،۲۳۴", 1234), ("٫۵", "0.5"), ("5٫", 5), ("-۵", -5),
        ("1 234", 1234), ("1\u00a0234\u00a0567", 1234567), ("1\u202f234", 1234), ("1\u2009234", 1234), ("1'234", 1234),
        ("1’234’567", 1234567), ("1٬234", 1234), ("\u200f-5\u200e", -5), ("1\u200c2", 12), ("\u202b5\u202c", 5),
        ("1e3", 1000), ("1E-3", "0.001"), ("$1e3", 1000), ("007", 7),
    ],
)  # fmt: skip
def test_a_cell_without_point_and_comma_means_one_number_in_every_spelling(cell: str, value: int | str) -> None:
    assert [read(cell, decimal) for decimal in (None, *MARKS)] == [Decimal(value)] * 3
    assert found([cell]).clues == {}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12.50", "12.5"), ("0.123", "0.123"), ("01.234", "1.234"), ("1,234.5", "1234.5"), ("1,234,567", 1234567),
        ("1234.567", "1234.567"), ("1 234.5", "1234.5"), ("1'234.567", "1234.567"), ("12.3456", "12.3456"),
        (".5", "0.5"), ("5.", 5), ("-.5", "-.5"), ("5.-", 5), ("5.– CHF", 5), ("1,234.-", 1234), ("1.5E+3", 1500),
        ("1.234e5", 123400), ("(1,234.50)", "-1234.5"), ("$-1,234.50", "-1234.5"), ("12.50-", "-12.5"),
        ("۱,۲۳۴.۵", "1234.5"), ("1,234٫5", "1234.5"), ("1،234.5", "1234.5"), ("$.50", "0.5"),
        ("1,234,567,890,123,456.789", "1234567890123456.789"),
    ],
)  # fmt: skip
def test_a_cell_that_fits_one_mark_is_read_by_it_and_proves_it(cell: str, value: int | str) -> None:
    assert (read(cell), read(cell, "."), read(cell, ",")) == (Decimal(value), Decimal(value), None)
    assert found([cell], ",").clues == {POINT: (0, cell)}
    other = cell.translate(str.maketrans(".,", ",."))
    assert (read(other), read(other, "."), read(other, ",")) == (Decimal(value), None, Decimal(value))
    assert found([other], ".").clues == {COMMA: (0, other)}


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12,34,567.50", "1234567.5"), ("12,34,567", 1234567), ("₹1,00,000", 100000), ("1,00,00,000", 10**7)],
)
def test_indian_groups_are_parted_by_commas(cell: str, value: int | str) -> None:
    assert (read(cell), read(cell, "."), read(cell, ",")) == (Decimal(value), Decimal(value), None)
    assert found([cell]).clues == {POINT: (0, cell)}
    assert read(cell.translate(str.maketrans(".,", ",.")), ",") is None


@pytest.mark.parametrize(
    ("cell", "point", "comma", "kind"),
    [
        ("1.234", "1.234", "1234", POINT_OR_GROUP), ("123.456", "123.456", "123456", POINT_OR_GROUP),
        ("1,234", "1234", "1.234", COMMA_OR_GROUP), ("($1,234)", "-1234", "-1.234", COMMA_OR_GROUP),
        ("-1.000 €", "-1.000", "-1000", POINT_OR_GROUP), ("۱,۲۳۴", "1234", "1.234", COMMA_OR_GROUP),
    ],
)  # fmt: skip
def test_a_cell_that_fits_both_marks_has_two_readings(cell: str, point: str, comma: str, kind: str) -> None:
    assert readings(cell) == (point, comma)
    assert (read(cell, "."), read(cell, ",")) == (Decimal(point), Decimal(comma))
    assert read(cell) == (Decimal(point) if kind == POINT_OR_GROUP else None)
    for decimal in (None, *MARKS):
        assert found(["", cell, cell], decimal).clues == {kind: (1, cell)}


@pytest.mark.parametrize(
    "cell",
    [
        "", "-", "–", "()", "$", "EUR", ".", ",-", "two", "inf", "-Infinity", "nan", "NaN", "1e999999999", "0x10",
        "1_000", "5%", "5 ‰", "½", "1/2", "۱۲/۵", "--5", "-+5", "-5-", "(-5)", "-(5)", "(5", "5)", "(5)-", "5+", "5--",
        "5,---", "5. -", "- $-5", "1,23,4", "1,,234", "1 2345", "1  234", "12 34", "0 123", "0,123,456", "1,234 567",
        "1'234 567", "12.34.567", "1.234,567.8", "1,234.567,8", "1,234.5e3", "1.2.3", "2024-01-02", "12:30", "5 EURO",
        "x5", "5x", "ı5", "5 5", "$$5", "1\n234", "5\x00", "5 😀", "१२", "5²", "1e5.5", "e5", "5 EUR EUR", "–$5",
    ],
)  # fmt: skip
def test_what_is_no_number_is_not_read_and_tells_nothing(cell: str) -> None:
    assert [read(cell, decimal) for decimal in (None, *MARKS)] == [None] * 3
    assert found([cell]).clues == {}


def test_a_number_of_any_length_is_exact() -> None:
    assert read("€ 1.234.567.890.123.456,789012345", ",") == Decimal("1234567890123456.789012345")
    assert read("$0.00005") == Decimal("0.00005")
    assert read("$1e-400") == Decimal("1e-400")


def test_the_first_proof_of_each_mark_is_told_and_cells_that_fit_both_only_without_a_proof() -> None:
    assert found(["1,234", "5", "1.5", "$2.5", "1,5", "3,5"]).clues == {POINT: (2, "1.5"), COMMA: (4, "1,5")}
    assert found(["7", "1.234", "$2,345", "$2.345"]).clues == {
        POINT_OR_GROUP: (1, "1.234"),
        COMMA_OR_GROUP: (2, "$2,345"),
    }
    assert found(["$1.5", "2.5"]).clues == found(["$1.5", "2.5"], ",").clues == {POINT: (0, "$1.5")}


@pytest.mark.parametrize("before", [0, 49, 50, 51, 5000])
def test_a_proof_is_found_however_late_it_comes(before: int) -> None:
    assert found(["1.234"] * before + ["1.5"]).clues == {POINT: (before, "1.5")}
    assert found(["5"] * before + ["1.234", "2.345"]).clues == {POINT_OR_GROUP: (before, "1.234")}


def test_columns_with_types_have_no_spelling() -> None:
    for column in (pa.array([1.234]), pa.array([Decimal("1.234")]), pa.array([1.5], pa.float32())):
        assert numbers(column, NumberSpelling(",")).clues == {}
        assert numbers(column, NumberSpelling(",")).at(0) == Decimal(str(column[0].as_py()))


CURRENCIES = [
    "",
    "$",
    "€",
    "£",
    "R$",
    "US$",
    "usd",
    "EUR",
    "Kč",
    "zł",
    "Fr.",
    "kr",
    "TL",
    "تومان",
    "﷼",
    "د.إ",
    "Rs.",
    "lei",
]
GROUPS = ["", " ", "\u00a0", "\u202f", "\u2009", "'", "’", "٬", "،"]
DIGITS = ["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"]
NEGATIVE = [
    "-{c}{b}{n}",
    "{c}{b}-{n}",
    "({c}{b}{n})",
    "{c}({n})",
    "{n}-{b}{c}",
    "{n}{b}{c}-",
    "−{n}{b}{c}",
    "({n}){b}{c}",
]
POSITIVE = ["{c}{b}{n}", "{n}{b}{c}", "+{c}{n}", "{c}+{n}", " {n} {c} ", "\u200f{c}{n}\u200e"]


def grouped(digits: str, mark: str, indian: bool) -> str:
    """Write groups from the right: three digits, then three (or, as in India, two) each."""
    head, tail = digits[:-3], digits[-3:]
    size = 2 if indian else 3
    while head:
        head, tail = head[:-size], head[-size:] + mark + tail
    return tail


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Decimal, DecimalMark]:
    value = draw(st.decimals(-(10**12), 10**12, places=draw(st.integers(0, 6))))
    decimal = draw(st.sampled_from(MARKS))
    mark = draw(st.sampled_from([*GROUPS, "," if decimal == "." else "."]))
    whole, _, part = f"{abs(value):f}".partition(".")
    number = grouped(whole, mark, indian=mark == "," and draw(st.booleans()))
    if part:
        number += draw(st.sampled_from([decimal, "٫"])) + part
    number = number.translate(str.maketrans(DIGITS[0], draw(st.sampled_from(DIGITS))))
    form = draw(st.sampled_from(NEGATIVE if value < 0 else POSITIVE))
    blank = draw(st.sampled_from(["", " ", "\u00a0", "\u202f"]))
    return form.format(n=number, c=draw(st.sampled_from(CURRENCIES)), b=blank), value, decimal


@given(written())
@settings(max_examples=500)
def test_a_number_that_is_written_is_read_exactly(case: tuple[str, Decimal, DecimalMark]) -> None:
    cell, value, decimal = case
    assert read(cell, decimal) == value


def slowly(text: str, decimal: DecimalMark) -> Decimal | None:
    """Read a cell of ASCII without a currency by cutting it up, letter by letter."""
    text, negative = text.strip(), False
    if text.startswith("(") and text.endswith(")"):
        text, negative = text[1:-1].strip(), True
    elif text[:1] in ("-", "+"):
        text, negative = text[1:].lstrip(), text[0] == "-"
    elif text.endswith("-") and not text.rstrip("- ").endswith((".", ",")):
        text, negative = text[:-1].rstrip(), True
    for dashes in ("--", "-"):
        if text.endswith(decimal + dashes):
            text = text.removesuffix(dashes)
    number, power = text, "0"
    if "e" in text:
        number, power = text.split("e", 1)
        if not power.removeprefix("-").isdecimal():
            return None
    whole, _, part = number.partition(decimal)
    if not (whole or part) or not set(part) <= set("0123456789"):
        return None
    marks = set(whole) & {",", ".", " ", "'"}
    if marks:
        mark = marks.pop()
        head, *groups, last = whole.split(mark)
        sizes = {len(group) for group in groups}
        thousands = sizes <= {3} and len(head) <= 3
        indian = mark == "," and sizes == {2} and len(head) <= 2
        if marks or len(last) != 3 or head[:1] in ("", "0") or "e" in text or not (thousands or indian):
            return None
        whole = head + "".join(groups) + last
    if not set(whole) <= set("0123456789"):
        return None
    return (-1 if negative else 1) * Decimal(f"{whole or 0}.{part}e{power}")


def kind_of(cell: str) -> str | None:
    point, comma = (slowly(cell, mark) for mark in MARKS)
    if point is None and comma is None:
        return None
    if comma is None:
        return POINT
    if point is None:
        return COMMA
    return None if point == comma and not set(cell) & {".", ","} else POINT_OR_GROUP if "." in cell else COMMA_OR_GROUP


def expected(cell: str, decimal: DecimalMark | None) -> Decimal | None:
    if decimal:
        return slowly(cell, decimal)
    kind = kind_of(cell)
    return None if kind == COMMA_OR_GROUP else slowly(cell, "," if kind == COMMA else ".")


@pytest.mark.parametrize(("letters", "longest"), [("10,. -", 6), ("1,.", 10), ("1(-). ", 6), ("1.,e-", 7), ("1' ,", 8)])
@pytest.mark.parametrize("decimal", [None, *MARKS])
def test_every_short_text_is_read_as_a_slow_reader_does(
    letters: str, longest: int, decimal: DecimalMark | None
) -> None:
    cells = ["".join(text) for size in range(longest + 1) for text in itertools.product(letters, repeat=size)]
    result = found(cells, decimal)
    for row, cell in enumerate(cells):
        assert result.at(row) == expected(cell, decimal), cell


@pytest.mark.parametrize("letters", ["1,.", "10.", "10,"])
def test_every_short_text_tells_what_a_slow_reader_finds(letters: str) -> None:
    for cell in map("".join, itertools.product(letters, repeat=6)):
        kind = kind_of(cell)
        assert found([cell]).clues == ({kind: (0, cell)} if kind else {})


cells_of_both_marks = st.lists(
    st.sampled_from(
        ["1", "12", "1.234", "1,234", "1.5", "1,5", "0.123", "1,234.5", "1.234.567", "x", "", "1 234.5", "-5,-"]
    )
    | st.text("1230,. -e'()", max_size=9).map(str.strip),
    max_size=12,
)


@given(cells_of_both_marks, st.sampled_from([None, *MARKS]), st.integers(0, 100))
@settings(max_examples=300)
def test_clues_are_the_first_cells_of_the_kinds_that_a_slow_reader_finds(
    cells: list[str], decimal: DecimalMark | None, before: int
) -> None:
    firsts: dict[str, tuple[int, str]] = {}
    cells = ["7"] * before + cells
    for row, cell in enumerate(cells):
        if kind := kind_of(cell):
            firsts.setdefault(kind, (row, cell))
    proofs = {kind: first for kind, first in firsts.items() if kind in (POINT, COMMA)}
    assert found(cells, decimal).clues == (proofs or firsts)


odd_texts = st.text(
    st.sampled_from("0159۵٥５.,'’٬٫، \u00a0\u202f-+−–()$€eErR\u200c\u200fs.مان/x\n\x00😀"), max_size=10
) | st.text(max_size=8)


@given(st.lists(odd_texts | st.none(), max_size=20), st.sampled_from([None, *MARKS]), st.integers(0, 5))
@settings(max_examples=300)
def test_a_row_depends_on_its_own_cell_only_and_no_text_raises(
    cells: list[str | None], decimal: DecimalMark | None, skipped: int
) -> None:
    column = pa.array(cells, pa.string())
    together = numbers(column[skipped:], NumberSpelling(decimal))
    alone = [numbers(pa.array([cell], pa.string()), NumberSpelling(decimal)).at(0) for cell in cells[skipped:]]
    assert [together.at(row) for row in range(len(alone))] == alone
    assert numbers(column.dictionary_encode()[skipped:], NumberSpelling(decimal)).clues == together.clues
    assert all(isinstance(mark, str) for mark in currencies(column))


def currencies(column: pa.Array) -> frozenset[str]:
    return numbers(column).currencies


def test_currencies_are_told_as_codes_where_the_mark_is_unambiguous() -> None:
    assert currencies(pa.array(["5 €", "eur 7", "£5", "₹5", "5 تومان", "ریال ۵", None])) == {
        "EUR", "GBP", "INR", "IRT", "IRR",
    }  # fmt: skip
    assert currencies(pa.array(["$5", "5 kr", "5 KR.", "5 USD"])) == {"$", "kr", "USD"}
    assert currencies(pa.array(["$5 USD", "(US$5)"])) == {"USD"}


def test_marks_that_currencies_share_go_with_the_code_of_one() -> None:
    table = tomllib.loads((ROOT / "segtool" / "tables" / "numbers" / "currencies.toml").read_text("utf-8"))
    codes = set(table["codes"].split())
    for mark, own in table["shared"].items():
        assert table["marks"][mark]
        assert set(own) <= codes
        assert all(one_currency(frozenset({mark, code})) for code in own)
    assert not one_currency(frozenset({"IRR", "IRT"}))
    assert not one_currency(frozenset({"$", "CAD", "USD"}))


def test_only_numbers_have_currencies() -> None:
    assert currencies(pa.array(["1,234.50", "-5", "1e3", "EUR", "5 EURO", "€-5-", "x5 €"])) == frozenset()
    assert currencies(pa.array([5.0])) == currencies(pa.array([], pa.string())) == frozenset()


@pytest.mark.parametrize("spelling", sorted(known_marks()))
def test_every_currency_stands_before_and_behind_a_number(spelling: str) -> None:
    for cell in (f"{spelling}12.50", f"{spelling} -12.50", f"-12.50{spelling}", f"({spelling.upper()} 12.50)"):
        assert abs(read(cell, ".") or 0) == Decimal("12.50")
        assert currencies(pa.array([cell])) == {known_marks()[spelling]}


def test_a_currency_stands_in_the_table_once() -> None:
    table = tomllib.loads((ROOT / "segtool" / "tables" / "numbers" / "currencies.toml").read_text("utf-8"))
    spellings = [each.casefold() for each in itertools.chain(table["codes"].split(), *table["marks"].values())]
    assert len(spellings) == len(set(spellings))


ODD_CELLS = """
import sys
from segtool.tables.numbers.cells import apart
from segtool.tables.arrays import as_texts
from segtool.tables.numbers.text import readings
from segtool.tables.numbers import NumberSpelling, numbers
column = as_texts(["1", "$1,234.50", "۱۲٫۵ تومان", "(5,-)", " 7 ", "x", "1.234"])
for decimal in (None, ".", ","):
    numbers(column, NumberSpelling(decimal))
print(sorted(numbers(column).currencies), readings("1,234"), "pandas" in sys.modules)
"""


def test_odd_cells_are_read_without_pandas() -> None:
    done = subprocess.run([sys.executable, "-c", ODD_CELLS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "['$', 'IRT'] ('1234', '1.234') False\n"


def test_a_slice_of_a_column_is_taken_apart_like_a_column_of_its_own() -> None:
    column = pa.array(["€ 7", "x", None, "۱۲٬۳۴۵ تومان", "($5)", "-5,-", "é"])
    for start, end in itertools.combinations(range(len(column) + 1), 2):
        part = column[start:end]
        assert apart(part).number.equals(apart(pa.array(part.to_pylist(), pa.string())).number)
        assert apart(part).sign.tolist() == [1, 0, 0, 1, -1, -1, 0][start:end]
