"""Plain cells as SQL: amounts in units, moments in microseconds, ids as text, null where a cell is empty or odd.

What is odd is not read here: another spelling, a float that is no multiple of 1/10,000, a day of the Jalali calendar.
Whether a cell is plain does not hang on its neighbours, and each expression reads it as the arrow engine does.
"""

from segtool.databases import Column
from segtool.databases.dialects import Dialect
from segtool.tables.dates.spelling import DAY, YEARS, DateSpelling, in_years
from segtool.tables.numbers import LIMIT, UNITS, NumberSpelling

MOST = LIMIT // UNITS
"""The largest amount of one line."""

_MONEY = "DECIMAL(23, 4)"
"""Amounts, and their product with 10,000."""

_WHOLE = "-?[0-9]{1,13}"
_PROOF = "-?(?:[0-9]{1,13}[.](?:[0-9]{1,2}|[0-9]{4})|(?:0[0-9]{0,12}|[1-9][0-9]{3,12})[.][0-9]{3})"
"""A number that only fits a decimal point: `1.234` could have grouped thousands."""

_ID = "[!-,.-?A-MO-Z^-mo-~](?:[^@]*[!-?A-~])?|[!-?A-~][^@]{3,}[!-?A-~]|[!-@^-~]{5,}"
"""A text without blanks at its ends that is no word for nothing, as `n/a`, and no e-mail address with capitals."""

_ISO = "(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_ISO += "(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?)?"

FIRST_DAY, LAST_DAY = in_years(YEARS)
"""The days that can be one of an order, since 1970."""

_FIRST, _LAST = FIRST_DAY * DAY, (LAST_DAY + 1) * DAY - 1

_ZONES = 2 * DAY
"""A moment of all zones that is so far from the first and the last day lies between them in every zone."""

_SAFE_FLOAT = 10**7
"""Floats below have an error of less than a thousandth of a unit in their product with 10,000."""

_LARGEST_FLOAT = 10**11
"""Floats up to here are looked at: those of larger ones have no four decimals."""

_SHORT_FLOAT = {"float64": (10**15, 10**15), "float32": (10**6, 10**8)}
"""Multiples of 1/10,000, and of 1/100, below these have so few digits that no other such number shares their float."""


def is_empty(dialect: Dialect, cell: str, column: Column) -> str:
    """Return whether there is nothing at all in a cell; further ways to say so are odd."""
    return f"({cell} IS NULL OR {dialect.text(cell)} = '')" if column.kind == "text" else f"({cell} IS NULL)"


def safe_number(dialect: Dialect, cell: str, column: Column, spelling: NumberSpelling) -> str:
    """Return a number that `units` may look at, null for every other cell: an engine may compute more than it needs."""
    holds = "FALSE"
    if column.kind == "integer":
        holds = f"{cell} BETWEEN -{MOST} AND {MOST}"
    elif column.kind == "decimal":
        # one without a limit of its digits may be too large for a float
        holds = _within(dialect, cell, MOST) if _is_limited(column) else f"{cell} BETWEEN -{MOST} AND {MOST}"
    elif column.kind in ("float64", "float32"):
        holds = _within(dialect, cell, _LARGEST_FLOAT)
    elif column.kind == "text":
        form = _WHOLE if spelling.decimal == "," else f"{_WHOLE}|{_PROOF}"
        holds = dialect.matches(dialect.text(cell), form)
    return f"CASE WHEN {holds} THEN {cell} END"


def units(dialect: Dialect, safe: str, column: Column, *, rounded: bool) -> str:
    """Return a safe number in units of 1/10,000, null where it is not plain.

    One with more decimals is plain only if it may be `rounded`: half away from zero, and not where another follows.
    """
    as_money = f"CAST(CAST({safe} AS {_MONEY}) * {UNITS} AS BIGINT)"
    if column.kind == "integer":
        return f"CAST({safe} AS BIGINT) * {UNITS}"
    if column.kind == "decimal":
        return as_money if rounded else f"CASE WHEN CAST({safe} AS {_MONEY}) = {safe} THEN {as_money} END"
    if column.kind in ("float64", "float32"):
        return _float_units(dialect, safe, column, rounded=rounded)
    return as_money if column.kind == "text" else "CAST(NULL AS BIGINT)"


def _float_units(dialect: Dialect, safe: str, column: Column, *, rounded: bool) -> str:
    value, scale = _double(dialect, safe), _double(dialect, str(UNITS))
    own = value if column.kind == "float64" else safe
    most, most_hundreds = _SHORT_FLOAT[column.kind]
    nearest = f"CAST(ROUND({value} * {scale}) AS BIGINT)"
    kept = f"{_double(dialect, nearest)} / {scale}"
    if column.kind == "float32":
        kept = f"CAST({kept} AS {_FLOAT32[dialect.name]})"
    short = f"ABS({nearest}) < {most}"
    if most_hundreds > most:
        short = f"({short} OR (ABS({nearest}) < {most_hundreds} AND {nearest} % 100 = 0))"
    found = f"CASE WHEN {short} AND {kept} = {own} THEN {nearest}"
    if rounded and column.kind == "float64":
        # the error of the product is far less than the distance from a tie
        part = f"ABS({value} * {scale} - FLOOR({value} * {scale}) - {_double(dialect, '0.5')})"
        far = f"ABS({value}) < {_double(dialect, str(_SAFE_FLOAT))} AND {part} > {_double(dialect, '0.001')}"
        found += f" WHEN {far} THEN {nearest}"
    return f"{found} END"


_FLOAT32 = {"DuckDB": "REAL", "PostgreSQL": "REAL", "Spark": "FLOAT"}


def _double(dialect: Dialect, value: str) -> str:
    return f"CAST({value} AS {dialect.double})"


def _within(dialect: Dialect, cell: str, most: int) -> str:
    """Return whether a number is no farther from zero than this; NaN is."""
    value = _double(dialect, cell)
    within = f"{value} BETWEEN {_double(dialect, str(-most))} AND {_double(dialect, str(most))}"
    return f"{dialect.finite(value)} AND {within}"


def line_units(dialect: Dialect, parts: list[str], refunded: str | None) -> str:
    """Return what a line is worth in units, null where that needs more than 64 bits or cannot be told.

    `parts` are the units of the amount, or of quantity and unit price; `refunded` those of what was given back, zero
    where nothing was.
    """
    if len(parts) == 1:
        worth = parts[0] if refunded is None else f"({parts[0]} - ABS({refunded}))"
    else:
        one, other = parts
        size = f"ABS({_double(dialect, one)} * {_double(dialect, other)})"
        back = "" if refunded is None else f" - ABS({refunded}) * {UNITS}"
        fits = f"{size} < {_double(dialect, str(2 * 10**18))}"
        fits += "" if refunded is None else f" AND ABS({refunded}) < {10**14}"
        product = f"({one} * {other}{back})"
        half_away = dialect.div(f"(ABS({product}) + {UNITS // 2})", str(UNITS))
        worth = f"CASE WHEN {fits} THEN SIGN({product}) * {half_away} END"
        worth = f"CAST({worth} AS BIGINT)"
    return worth


def within_limit(worth: str) -> str:
    """Return what a line is worth, null beyond the limit of an amount: it cannot be meant then."""
    return f"CASE WHEN {worth} BETWEEN -{LIMIT} AND {LIMIT} THEN {worth} END"


def label(dialect: Dialect, cell: str, column: Column) -> str:
    """Return an id as text, null where it is not plain."""
    text = dialect.text(cell)
    if column.kind == "text":
        return f"CASE WHEN {dialect.matches(text, _ID)} THEN {text} END"
    if column.kind == "integer" or _is_whole(column):
        return text
    if column.kind in ("float64", "float32"):
        safe = f"CASE WHEN {_within(dialect, cell, 2**53 - 1)} AND FLOOR({cell}) = {cell} THEN {cell} END"
        return dialect.text(f"CAST({safe} AS BIGINT)")
    return dialect.text("NULL")


def is_counted(column: Column) -> bool:
    """Return whether the ids of a column are integers of 64 bits, which need not be written out to be compared."""
    import pyarrow.types as types

    return column.kind == "integer" and types.is_integer(column.arrow) and not types.is_uint64(column.arrow)


def _is_limited(column: Column) -> bool:
    """Return whether it is known how many digits the decimals of a column have."""
    import pyarrow.types as types

    return types.is_decimal(column.arrow)


def _is_whole(column: Column) -> bool:
    """Return whether a column of decimals has no places behind the point."""
    return column.kind == "decimal" and _is_limited(column) and column.arrow.scale == 0


def safe_moment(dialect: Dialect, cell: str, column: Column, spelling: DateSpelling) -> str:
    """Return a date that `micros` may look at, null for every other cell."""
    if column.kind == "text":
        is_said = spelling.format is not None or spelling.calendar is not None
        holds = "FALSE" if is_said else dialect.matches(dialect.text(cell), _ISO)
        return f"CASE WHEN {holds} THEN {dialect.text(cell)} END"
    return cell


def micros(dialect: Dialect, safe: str, column: Column) -> str:
    """Return the moment of a safe cell in microseconds since 1970, null where it is not plain.

    The moment is the one that is written; that of an `instant` is the one in UTC.
    """
    first, last, found = _FIRST, _LAST, "CAST(NULL AS BIGINT)"
    if column.kind == "text":
        return _written_micros(dialect, safe)
    if column.kind == "date":
        found = f"({dialect.days(safe)}) * {DAY}"
    elif column.kind == "timestamp":
        found = dialect.micros(safe)
        if column.type_name.upper() == "TIMESTAMP_NS":
            first = 0  # before 1970 parts of a microsecond are not cut off alike
    elif column.kind == "instant":
        found, first, last = dialect.instant(safe), _FIRST + _ZONES, _LAST - _ZONES
    return f"CASE WHEN {found} BETWEEN {first} AND {last} THEN {found} END"


def _written_micros(dialect: Dialect, text: str) -> str:
    """Return the moment of a text like `2024-12-31 10:05:00.5`, by the digits alone; null for a day that is none."""

    def number(start: int, length: int) -> str:
        return f"CAST(SUBSTR({text}, {start}, {length}) AS BIGINT)"

    year, month, day = number(1, 4), number(6, 2), number(9, 2)
    leap = f"({year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0))"
    exists = f"({day} <= 28 OR ({day} = 29 AND ({month} <> 2 OR {leap})) OR ({day} = 30 AND {month} <> 2)"
    exists += f" OR ({day} = 31 AND {month} IN (1, 3, 5, 7, 8, 10, 12)))"
    # years begin in March here, so that a leap day is the last one of its year
    since = f"({year} - CASE WHEN {month} > 2 THEN 0 ELSE 1 END)"
    months = f"({month} + CASE WHEN {month} > 2 THEN -3 ELSE 9 END)"
    days = f"365 * {since} + {dialect.div(since, '4')} - {dialect.div(since, '100')} + {dialect.div(since, '400')}"
    days += f" + {dialect.div(f'(153 * {months} + 2)', '5')} + {day} - 719469"

    def later(start: int, length: int) -> str:
        """Return digits that need not be there, with zeros for those that are not."""
        return f"CAST(RPAD(SUBSTR({text}, {start}, {length}), {length}, '0') AS BIGINT)"

    time = f"(({later(12, 2)} * 60 + {later(15, 2)}) * 60 + {later(18, 2)}) * 1000000 + {later(21, 6)}"
    return f"CASE WHEN {exists} THEN ({days}) * {DAY} + {time} END"


def key(dialect: Dialect, cell: str, column: Column) -> str:
    """Return a text that no other cell of the column has."""
    return dialect.instant_text(cell) if column.kind == "instant" else dialect.text(cell)


def marked_key(dialect: Dialect, cells: list[tuple[str, Column]]) -> str:
    """Return a text that no other cells of these columns have together; it is never null."""
    pieces = []
    for cell, column in cells:
        own = key(dialect, cell, column)
        length = dialect.text(f"LENGTH({own})")
        pieces.append(f"CASE WHEN {own} IS NULL THEN 'n' ELSE {length} || ':' || {own} END")
    return " || ".join(pieces)
