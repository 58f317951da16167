"""Orders that are hard on engines: each a table, and how it is read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

DAY = date(2024, 3, 1)


@dataclass(frozen=True)
class Case:
    """A table and the options with which it is read. `plain` ones the oracle can read as well."""

    name: str
    table: pa.Table
    options: dict[str, Any] = field(default_factory=dict)
    plain: bool = True


def orders(size: int | None = None, **columns: Any) -> pa.Table:
    """Return a table of orders with these columns; customers, days and amounts that are not said are usual ones."""
    size = size if size is not None else max(len(cells) for cells in columns.values())
    usual = {
        "customer_id": pa.array([f"c{row:03}" for row in range(size)], pa.string()),
        "order_date": pa.array([DAY - timedelta(row % 40) for row in range(size)], pa.date32()),
        "amount": pa.array([float(row % 7) + 0.25 for row in range(size)], pa.float64()),
    }
    if "unit_price" in columns:
        del usual["amount"]
    return pa.table(usual | columns)


def amounts(cells: Sequence[Any], usual: Any, kind: pa.DataType) -> pa.Table:
    """Return a customer a cell, each with a usual purchase besides, so that nothing of the cell is lost."""
    names = [f"c{row // 2:03}" for row in range(2 * len(cells))]
    return orders(customer_id=names, amount=pa.array([each for cell in cells for each in (cell, usual)], kind))


def texts(role: str, cells: Sequence[str | None], *, usual: bool = True) -> pa.Table:
    """Return a customer a text of the role, each with a usual line besides if asked for."""
    plain = {"amount": "1.00", "order_date": "2024-03-01"}
    rows = [(row, each) for row, cell in enumerate(cells) for each in ([cell, plain[role]] if usual else [cell])]
    columns = {other: pa.array([cell] * len(rows)) for other, cell in plain.items()}
    columns[role] = pa.array([cell for _, cell in rows], pa.string())
    return orders(customer_id=[f"c{row:03}" for row, _ in rows], **columns)


def instants(*texts: str) -> pa.Array:
    return pa.array([datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts], pa.timestamp("us", "UTC"))


def _decimals(*texts: str) -> list[Decimal | None]:
    return [Decimal(text) for text in texts] + [None]


NUMBERS = """
    0.00005 0.00015 0.00025 1.00025 1.00035 -0.00005 -0.00015 -1.00025 -0.0 0 2.55 1.005 33.333333333333336 1e5 7.10
    1e-7 0.00004999999999999999 0.00005000000000000001 0.30000000000000004 12345678901.23455 123456789012.34565
    4503599627370.4965 -1e300 90000000000000 90000000000000.00004 90000000000001 -90000000000000 5e-324 1e300
""".split()  # noqa: SIM905

FURTHER_NUMBERS = [
    *".5 5. +3.25 00012.50 1e400 1e-400 ten NaN inf -Infinity 1_000 0x10 --5 1.2.3".split(),  # noqa: SIM905
    *["", " 7.25 ", "\t4", "1" * 200, "0." + "3" * 200],
]

DAYS = """
    2024-02-29 2023-12-31 2024-01-01 2024-01-31 1969-12-31 1970-01-01 1968-02-29 1900-01-01 1900-02-28 2199-12-31
    2000-02-29 1899-12-31 2200-01-01 0001-01-01 9999-12-31
""".split()  # noqa: SIM905

MOMENTS = [
    datetime.fromisoformat(text)
    for text in """
        2024-02-29T23:59:59.999999 2024-03-01T00:00:00 1969-12-31T23:59:59.999999 1969-07-20T20:17:40
        1900-01-01T00:00:00.000001 2024-12-31T23:00:00 2000-02-29T12:00:00.500000 1899-12-31T23:59:59.999999
        2199-12-31T23:59:59
    """.split()  # noqa: SIM905
]

INSTANTS = instants(
    # the clock goes forward in Berlin, and the days around it
    *("2024-03-31T00:59:59.999999", "2024-03-31T01:00", "2024-03-30T22:59", "2024-03-30T23:00", "2024-03-31T21:59:59"),
    *("2024-03-31T22:00", "2024-03-31T23:00"),
    # and back
    *("2024-10-26T22:00", "2024-10-27T00:59", "2024-10-27T01:00", "2024-10-27T22:59:59", "2024-10-27T23:00"),
    # Tehran's last summer time, and the first spring without
    *("2022-09-21T19:29:59", "2022-09-21T19:30", "2023-03-21T20:29:59.999999", "2023-03-21T20:30"),
    # before all of that; the day that Samoa left out
    *("1969-12-31T23:30", "1916-05-01T00:30", "2011-12-30T09:59:59", "2011-12-30T10:00"),
)

IDS = [
    *"00123 123 0123 17850.0 17850 1e3 5.94687E+23 o'neill back\\slash a;b a,b -- /**/ ${x} %s ? :name $1 {x}".split(),  # noqa: SIM905
    *['say "hi"', "'); DROP TABLE orders; --", "  padded  ", "padded", "two  spaces", "tab\tinside", "line\nbreak"],
    *["\u00a0nbsp\u00a0", "nbsp", "\u3000wide", "wide", "\u200b", "\ufeffbom", "\x01", "\x7f", "x" * 300, "ж" * 300],
    *"😀 😀😀 دارا كريم کریم ۱۲۳ é e\u0301 É ß ss İ i I ı A a B b @".split(),  # noqa: SIM905
    *["سارا\u200cجان", "👩\u200d👩\u200d👧", "Ann@Example.ORG", "ann@example.org", "É@EXAMPLE.ORG", "not an@mail"],
    *["n/a", "NULL", "null", "Na", "nan", "None", "-", "\\N", "", " ", "\u00a0", "nil", "N.A."],
]


def scattered() -> pa.Table:
    """Orders whose lines stand far apart; one id that two customers use; orders that run past midnight."""
    evening = datetime(2024, 1, 1, 23, 30)
    rows = range(1200)
    return orders(
        customer_id=[f"c{row % 17:02}" for row in rows],
        order_id=[f"o{row % 23}" if row % 5 else None for row in rows],
        order_date=[evening + timedelta(minutes=97 * (row % 61)) for row in rows],
        amount=[row % 11 - 1.5 for row in rows],
    )


def priced(kind: str) -> pa.Table:
    """Quantities × unit prices with long decimals, some of them refunded, in cells of one kind."""
    cells = {
        "quantity": "3 1 -2 7 0 12 1000000 0.5 3 3 1 2 9000000 1 5",
        "unit_price": "0.33333 0.00005 1.00025 0.000014285 5 0.10 0.0000005 0.0001 0.33335 9.99 2 4 10000000 1.5 -1",
        "refunded": "n/a 0 n/a 0 n/a 0.2 0.49999 0.00004 -1 29.97 3 n/a 0 n/a 0",
    }
    types = {"text": pa.string(), "float": pa.float64(), "decimal": pa.decimal128(28, 10)}
    read = {"text": str, "float": float, "decimal": Decimal}[kind]
    size = len(cells["quantity"].split())
    columns = {}
    for role, own in cells.items():
        usual = "n/a" if role == "refunded" else "1"
        made = [None if cell == "n/a" and kind != "text" else read(cell) for cell in own.split() + [usual] * size]
        columns[role] = pa.array(made, types[kind])
    return orders(customer_id=[f"c{row:02}" for row in range(size)] * 2, **columns)


def with_statuses() -> pa.Table:
    """Orders with statuses in capitals and without, empty, with signs that mean something to SQL."""
    words = ["Paid", "PAID", " paid ", "cancelled", "Cancelled", "pending", None, "n/a", "STRASSE", "straße", "Void"]
    words += ["o'k", 'x" OR "1"="1']
    return orders(customer_id=[f"c{row % 9}" for row in range(5 * len(words))], status=words * 5)


def with_nulls() -> pa.Table:
    """Orders with an empty cell in every role, in every combination of four of them."""
    rows = [(n, bool(n & 1), bool(n & 2), bool(n & 4), bool(n & 8)) for n in range(32)]
    return orders(
        customer_id=[None if empty else f"c{n % 5}" for n, empty, _, _, _ in rows],
        order_date=[None if empty else DAY - timedelta(n) for n, _, empty, _, _ in rows],
        amount=[None if empty else float(n) for n, _, _, empty, _ in rows],
        order_id=[None if empty else f"o{n % 7}" for n, _, _, _, empty in rows],
    )


def doubled() -> pa.Table:
    """Rows that are equal in every cell, and rows that are nearly so."""
    rows: list[tuple[str, str | None, float, str | None]] = [
        *[("ann", "1", 0.0, "x"), ("ann", "1", -0.0, "x"), ("ann", "1", 0.0, "x"), ("ann", "1", 0.0, None)],
        *[("ann", "1", 0.0, ""), ("ann", "1", 0.0, None), ("ben", "2", 5.5, "y"), ("ben", "2", 5.5, "y")],
        *[("ben", "2", 5.5, "y "), ("ben", None, 5.5, "y"), ("ben", None, 5.5, "y"), ("cid", "3", float("nan"), "z")],
        *[("cid", "3", float("nan"), "z"), ("cid", "4", 1e-7, "z"), ("cid", "4", 1e-7, "z"), ("null", "5", 1, "n/a")],
        *[("null", "5", 1, "n/a"), ("dee", "6", -2, "|"), ("dee", "6", -2, "|"), ("dee|", "6", -2, "")],
        ("dee", "|6", 7.0, ""),
    ]
    customers, ids, money, notes = map(list, zip(*rows, strict=True))
    return orders(customer_id=customers, order_id=ids, amount=money, note=notes, order_date=[DAY] * len(rows))


def labelled() -> pa.Table:
    """Orders with a country and an e-mail that change from one order to the next."""
    countries, emails = ["DE", "NA", None, " de ", "فارس", "", "O'K"], ["a@x.org", None, " B@X.org", "n/a", "b;c"]
    rows = range(210)
    return orders(
        customer_id=[f"c{row % 13:02}" for row in rows],
        order_date=[datetime(2024, 1, 1) + timedelta(hours=7 * (row % 31)) for row in rows],
        amount=[float(row % 9 - 1) for row in rows],
        country=[countries[row % 7] for row in rows],
        email=[emails[row % 5] for row in rows],
    )


def strange_headers() -> tuple[pa.Table, dict[str, Any]]:
    """Headers that mean something to SQL, or to nobody; and the options that name the roles."""
    headers = {
        "customer_id": ('customer "id"; --', pa.array(["a", "b", "a"])),
        "order_id": ("order", pa.array(["1", "2", "3"])),
        "amount": ("select from", pa.array([1.0, 2.0, 3.0])),
        "order_date": ("تاریخ سفارش", pa.array([DAY] * 3)),
        "by": ("`tick`", pa.array(["x", "y", "x"])),
    }
    further = {"back\\slash": [1, 2, 3], "a.b": [1, 2, 3], "c0": [1, 2, 3], "it's": ["q", None, "r"]}
    options = {role: header for role, (header, _) in headers.items()}
    more = {"min_group": 1, "carry": ["it's", "a.b"], "where": "column(c0) > 0"}
    return pa.table(dict(headers.values()) | {name: pa.array(cells) for name, cells in further.items()}), options | more


MOST = 9 * 10**13

CASES = [
    Case("an empty table", orders(0)),
    Case("one row", orders(1)),
    Case("all equal", orders(customer_id=["a", "b", "c"], order_date=[DAY] * 3, amount=[5.0] * 3)),
    Case("only nulls", orders(customer_id=pa.array([None, None], pa.string()))),
    Case("nulls in every role", with_nulls()),
    Case("no column for a role", pa.table({"customer_id": ["a"], "x": [1.0]}), plain=False),
    Case("too many bad rows", texts("amount", ["1", "x", "y"]), {"max_bad": 0.05}, plain=False),
    # amounts
    Case("floats", amounts([*map(float, [*NUMBERS, "nan", "inf", "-inf"]), None], 1.0, pa.float64())),
    Case("single floats", amounts([0.1, 2.55, 1.00025, 16777217.0, -0.0, 3.4e38], 1, pa.float32()), plain=False),
    Case("number texts", texts("amount", NUMBERS)),
    Case("further number texts", texts("amount", [*NUMBERS, *FURTHER_NUMBERS, None]), plain=False),
    Case(
        "decimals",
        amounts(
            _decimals(*"0.00005 0.00015 1.00025 -0.00005 -1.00025 2.55 0 90000000000000 90000000000000.00004".split())  # noqa: SIM905
            + _decimals("90000000000000.00005", "-90000000000001"),
            Decimal(1),
            pa.decimal128(30, 10),
        ),
    ),
    Case("short decimals", amounts(_decimals("2.55", "-0.01", "12345678.90"), Decimal(1), pa.decimal128(10, 2))),
    Case("whole decimals", amounts(_decimals("1e20", "-3", "9e13"), Decimal(1), pa.decimal128(38, 0))),
    Case("integers", amounts([2**62, -(2**63), 2**63 - 1, MOST, MOST + 1, -MOST, -5, 0, None], 1, pa.int64())),
    Case("small integers", amounts([2**31 - 1, -(2**31), 7, None], 1, pa.int32())),
    Case("priced in texts", priced("text")),
    Case("priced in floats", priced("float")),
    Case("priced in decimals", priced("decimal")),
    Case(
        "priced in kinds that differ",
        orders(
            customer_id=["a", "b", "a"],
            quantity=pa.array([3, -1, 2], pa.int32()),
            unit_price=pa.array(_decimals("0.33333", "2", "0.00005")[:3], pa.decimal128(12, 5)),
        ),
    ),
    Case(
        "sums that no float holds",
        orders(
            customer_id=["a"] * 8 + ["b"],
            amount=pa.array(_decimals(*["89999999999999.0001"] * 8, "0.0003")[:9], pa.decimal128(20, 4)),
        ),
    ),
    Case("a customer beyond 64 bits", orders(customer_id=["a"] * 11, amount=[MOST] * 11), plain=False),
    Case("all customers beyond 64 bits", orders(customer_id=[*"abcdefghijk"], amount=[MOST] * 11), plain=False),
    Case("set aside beyond 64 bits", orders(customer_id=[None] * 22 + ["a"], amount=[MOST] * 23)),
    Case("a said decimal mark", texts("amount", ["1.234", "7,25", "7.25"]), {"decimal": ","}, plain=False),
    Case("decimal commas", texts("amount", ["1.234,56", "7,5", "12", "-3,00005"], usual=False), plain=False),
    Case("thousands that one cell tells", texts("amount", ["1.234"] * 20 + ["7.25"], usual=False), plain=False),
    Case("thousands that nobody tells", texts("amount", ["1.234"] * 20, usual=False), plain=False),
    Case("two decimal marks", texts("amount", ["7,5", "7.5"], usual=False), plain=False),
    Case(
        "money as people write it",
        texts("amount", ["$1,234.50", "(5.00)", "۱۲٬۳۴۵٫۶۷", "1 234.5", "5-", "€", "USD 7"]),
        plain=False,
    ),
    Case("marks of two currencies", texts("amount", ["$5", "€5"]), plain=False),
    # dates
    Case("days", orders(order_date=pa.array([date.fromisoformat(day) for day in DAYS], pa.date32()))),
    Case("moments", orders(order_date=pa.array(MOMENTS, pa.timestamp("us")))),
    Case(
        "moments of milliseconds",
        orders(
            order_date=pa.array(
                [each.replace(microsecond=0) for each in MOMENTS if each.year >= 1900], pa.timestamp("ms")
            )
        ),
    ),
    Case("moments and a zone", orders(order_date=pa.array(MOMENTS, pa.timestamp("us"))), {"timezone": "Asia/Tehran"}),
    Case("instants", orders(order_date=INSTANTS)),
    *(
        Case(f"instants in {zone}", orders(order_date=INSTANTS), {"timezone": zone})
        for zone in ("Europe/Berlin", "America/New_York", "Asia/Tehran", "Pacific/Apia", "Asia/Kathmandu")
    ),
    Case(
        "date texts",
        texts(
            "order_date",
            [
                *["2024-02-29", "2023-02-29", "2024-12-31 23:59:59.999999", "1969-12-31T23:59:59", "1900-01-01", None],
                *["2024-13-01", "2024-04-31", "2199-12-31", "2024-03-01 10:05", "2024-01-01 23:60:00", "2024-00-10"],
            ],
        ),
    ),
    Case(
        "further date texts",
        texts(
            "order_date",
            [
                *["20240229", "2024/2/9", "29.02.2024", "Feb 29, 2024", "29 Feb 2024", "soon", "", "n/a", "45351"],
                *["2024-02-29T10:00:00Z", "2024-02-29T23:30:00-05:00", " 2024-02-29 ", "2024-2-9", "۲۰۲۴-۰۲-۲۹"],
                *["2024-01-01 24:00:00", "2024-01-01 10:05:61", "2200-01-01", "1899-12-31", "0000-01-01"],
            ],
        ),
        plain=False,
    ),
    Case(
        "date texts with zones",
        texts("order_date", ["2024-02-29T23:30:00Z", "2024-02-29T23:30:00+03:30", "2024-02-29 12:00:00"]),
        {"timezone": "Asia/Tehran"},
        plain=False,
    ),
    Case(
        "Jalali dates",
        texts("order_date", ["1402/12/10", "1402-12-29", "1403/12/30", "1402/12/30", "۱۴۰۲/۱۱/۰۱", "1402/01/31 10:30"]),
        plain=False,
    ),
    *(
        Case(f"{what} that one cell tells", texts("order_date", ["03/04/2024"] * 30 + [cell], usual=False), plain=False)
        for what, cell in (("days first", "13/02/2024"), ("months first", "02/13/2024"))
    ),
    Case("days or months that nobody tells", texts("order_date", ["03/04/2024"] * 30, usual=False), plain=False),
    Case(
        "days said to be first",
        texts("order_date", ["03/04/2024", "13/02/2024", "02/13/2024"]),
        {"day_first": True},
        plain=False,
    ),
    Case("a said format", texts("order_date", ["03|04|2024", "x"]), {"date_format": "%d|%m|%Y"}, plain=False),
    Case("a said calendar", texts("order_date", ["1402-10-05", "x"]), {"calendar": "jalali"}, plain=False),
    Case(
        "a refund that is the latest",
        orders(customer_id=["a", "a", "b"], amount=[1.0, -2.0, 3.0], order_date=[DAY, date(2024, 5, 1), DAY]),
    ),
    Case("a mistyped year", orders(customer_id=["a", "a", "b"], order_date=[DAY, date(2042, 3, 1), DAY])),
    # orders and refunds
    Case("scattered orders", scattered()),
    Case("each row an order", scattered(), {"orders_by": "row"}),
    Case("an order a day", scattered(), {"orders_by": "day"}),
    Case("without refunds", scattered(), {"refunds": "drop"}),
    Case("a window", scattered(), {"since": date(2024, 1, 2), "as_of": date(2024, 1, 4)}),
    Case("a day after all", scattered(), {"as_of": date(2025, 1, 1)}),
    Case("a window without rows", scattered(), {"as_of": date(2020, 1, 1)}),
    Case("further schemes", scattered(), {"scheme": ["value-loyalty", "customer-value-matrix"]}, plain=False),
    Case("refunds only", orders(customer_id=["a", "a", "b", "c"], amount=[-1.0, -2.0, 3.0, -0.00004])),
    Case("nothing but refunds", orders(amount=[-1.0, -2.0])),
    Case("doubled rows", doubled()),
    Case("doubled rows that count once", doubled(), {"drop_duplicates": True}),
    # ids
    Case("ids", orders(customer_id=IDS * 2)),
    Case(
        "order ids",
        orders(
            customer_id=[f"c{row % 3}" for row in range(2 * len(IDS))],
            order_id=IDS * 2,
            order_date=[DAY] * (2 * len(IDS)),
        ),
    ),
    Case("ids that all end in .0", orders(customer_id=["17850.0", "007.0", None, "1.0", "17850.0"])),
    Case("ids of which some end in .0", orders(customer_id=["17850.0", "17850", "1.0", "x"])),
    Case(
        "ids that are integers",
        orders(
            customer_id=pa.array([7, 10, 9, -1, None, 7], pa.int64()),
            order_id=pa.array([1, 1, 2, 3, 4, None], pa.int32()),
        ),
    ),
    Case(
        "ids that are floats",
        orders(
            customer_id=pa.array([17850.0, 2.5, None, 1e15, 17850.0, -0.0]),
            order_id=pa.array([1.0, 1.5, 2.0, None, 1.0, 7.0]),
        ),
    ),
    Case(
        "ids that are decimals",
        orders(customer_id=pa.array(_decimals("17850.00", "2.50"), pa.decimal128(10, 2))),
        plain=False,
    ),
    # which rows count
    Case("statuses", with_statuses()),
    Case("statuses to keep", with_statuses(), {"keep_status": ["paid", "Straße"]}),
    Case("statuses to drop", with_statuses(), {"drop_status": ["PENDING", "o'K", 'X" or "1"="1']}),
    Case("a status that nothing has", with_statuses(), {"keep_status": ["shipped"]}),
    Case("a currency", orders(currency=["IRR", "irr", "EUR", None, "IRR"]), {"currency": "irr"}),
    Case("two currencies", orders(currency=["IRR", "irr", "EUR", None, "IRR"]), plain=False),
    Case(
        "customers who do not count",
        orders(customer_id=["ann", "o'neill", "دارا", "cid"]),
        {"exclude": ["o'neill", "دارا", "nobody"]},
    ),
    Case(
        "rules for rows",
        labelled(),
        {"where": ['amount > 0 and country != "d*"', "order_date >= 2024-01-02"]},
        plain=False,
    ),
    Case("a rule for empty cells", labelled(), {"where": 'email is empty or country = "فارس"'}, plain=False),
    Case(
        "a rule over odd texts",
        texts("amount", ["7.5", "€1,234.56", "3", "1e1", "x"]),
        {"where": "amount > 2"},
        plain=False,
    ),
    # further columns
    Case("groups", labelled(), {"by": "country"}, plain=False),
    Case("further columns", labelled(), {"carry": "email,country"}, plain=False),
    Case("headers", *strange_headers(), plain=False),
]
"""Each on all engines; but Spark, which takes seconds a table, has those of `ON_SPARK`."""

ON_SPARK = (
    *(
        "nulls in every role",
        "floats",
        "further number texts",
        "decimals",
        "priced in texts",
        "instants in Asia/Tehran",
    ),
    *("further date texts", "scattered orders", "doubled rows that count once", "ids", "headers"),
)
