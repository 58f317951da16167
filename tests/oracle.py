"""What `segtool rfm` finds, read off the design a line after another: slow, obvious, and in plain Python alone.

Cells are Python values: None, int, float, Decimal, str, date, datetime. Texts are read only where they are plain, as
`2.55` and `2024-12-31 10:05:00`; what is odd is for the tests of the reader. Nothing here is taken from segtool.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]

NOTHING = {"", "null", "na", "nan", "none", "n/a", "\\n", "-"}
UNIT = Decimal("0.0001")
YEARS = range(1900, 2200)
"""The years that a date may have."""

LIMIT = Decimal(9 * 10**13)
EXACT = Context(prec=2000)
BINS = 5

UNPAID = {"cancelled", "canceled", "void", "failed", "unpaid", "pending payment", "storniert", "iptal edildi"}
"""Some of the statuses that mean that nobody paid; tests that have others say which they keep or drop."""


@dataclass(frozen=True)
class Asked:
    """The options that the oracle knows, by their names; `as_of` and `since` are days."""

    as_of: date | None = None
    since: date | None = None
    timezone: str | None = None
    refunds: str = "net"
    orders_by: str | None = None
    keep_status: Collection[str] = ()
    drop_status: Collection[str] = ()
    currency: str | None = None
    exclude: Collection[str] = ()
    drop_duplicates: bool = False


OPTIONS = tuple(each.name for each in fields(Asked))


@dataclass(frozen=True)
class Customer:
    """What is known of a customer: days of the first and the last order, net spend, and scores from 1 to 5."""

    first_order: date
    last_order: date
    recency_days: int
    frequency: int
    monetary: Decimal
    r_score: int = 0
    f_score: int = 0
    m_score: int = 0


@dataclass(frozen=True)
class Aside:
    """The rows that are set aside for one reason, and the sum of the amounts among them that can be read."""

    rows: int
    amount: Decimal | None


@dataclass(frozen=True)
class Expected:
    """What a run must find; `as_of` is None where no row is usable."""

    read: int
    used: int
    as_of: date | None
    aside: Mapping[str, Aside]
    customers: Mapping[str, Customer]

    @property
    def revenue(self) -> Decimal:
        return sum((each.monetary for each in self.customers.values()), Decimal(0))

    @property
    def orders(self) -> int:
        return sum(each.frequency for each in self.customers.values())


@dataclass
class _Line:
    customer: str | None
    order: str | None
    moment: datetime | None
    amount: Decimal | None
    reason: str | None = None
    cells: tuple[str | None, ...] = field(default=())

    @property
    def day(self) -> date:
        assert self.moment is not None
        return self.moment.date()


def expected(rows: Sequence[Row], asked: Asked = Asked()) -> Expected:
    """Return what a run with these options must find in rows whose keys are the roles."""
    roles = set(rows[0]) if rows else set()
    lines = [_line(row, asked) for row in rows]
    if _all_dot_zero([row.get("customer_id") for row in rows]):
        for line in lines:
            line.customer = line.customer and line.customer.removesuffix(".0")
    seen: set[tuple[str | None, ...]] = set()
    for row, line in zip(rows, lines, strict=True):
        line.reason = _reason(row, line, asked, seen)

    dates = [line.day for line in lines if line.reason is None]
    as_of = asked.as_of or max(dates, default=None)
    for line in lines:
        if line.reason is None:
            if asked.since and line.day < asked.since:
                line.reason = "before window"
            elif asked.as_of and line.day > asked.as_of:
                line.reason = "after as-of"
            elif asked.refunds == "drop" and _money(line) < 0:
                line.reason = "refund"

    of_customer: dict[str, list[_Line]] = {}
    for line in lines:
        if line.reason is None:
            assert line.customer is not None
            of_customer.setdefault(line.customer, []).append(line)
    customers = {}
    for customer, own in of_customer.items():
        purchases = [line for line in own if _money(line) >= 0]
        if not purchases:
            for line in own:
                line.reason = "refunds only"
            continue
        assert as_of is not None
        last = max(line.day for line in purchases)
        customers[customer] = Customer(
            first_order=min(line.day for line in purchases),
            last_order=last,
            recency_days=(as_of - last).days,
            frequency=_orders(purchases, asked.orders_by or ("order" if "order_id" in roles else "row")),
            monetary=sum((_money(line) for line in own), Decimal(0)),
        )
    used = sum(line.reason is None for line in lines)
    return Expected(len(rows), used, as_of, _aside(lines), _scored(customers))


def _line(row: Row, asked: Asked) -> _Line:
    zone = ZoneInfo(asked.timezone) if asked.timezone else UTC
    return _Line(
        customer=_customer(row["customer_id"]),
        order=label(row.get("order_id")),
        moment=moment(row["order_date"], zone),
        amount=amount(row),
        cells=tuple(None if cell is None else _written(cell) for cell in row.values()),
    )


def _money(line: _Line) -> Decimal:
    assert line.amount is not None
    return line.amount


def _reason(row: Row, line: _Line, asked: Asked, seen: set[tuple[str | None, ...]]) -> str | None:
    """Return the first reason, of those that come before any choice of days and signs, for which a row is set aside."""
    status = (label(row.get("status")) or "").casefold()
    if line.customer is None:
        return "no customer"
    if asked.keep_status and status not in {each.casefold() for each in asked.keep_status}:
        return "status"
    if asked.drop_status and status in {each.casefold() for each in asked.drop_status}:
        return "status"
    if not asked.keep_status and not asked.drop_status and status in UNPAID:
        return "status"
    if asked.currency and (label(row.get("currency")) or "").upper() != asked.currency.upper():
        return "currency"
    if line.customer in asked.exclude:
        return "excluded"
    if line.moment is None:
        return "bad date"
    if line.amount is None:
        return "bad amount"
    if asked.drop_duplicates:
        if line.cells in seen:
            return "duplicate"
        seen.add(line.cells)
    return None


def _orders(purchases: Sequence[_Line], by: str) -> int:
    """Return how many orders there are among the purchases of one customer."""
    if by == "day":
        return len({line.day for line in purchases})
    if by == "row":
        return len(purchases)
    return len({line.order for line in purchases if line.order is not None}) + sum(
        line.order is None for line in purchases
    )


def _aside(lines: Sequence[_Line]) -> dict[str, Aside]:
    found = {}
    for reason in {line.reason for line in lines if line.reason is not None}:
        own = [line.amount for line in lines if line.reason == reason]
        read = [each for each in own if each is not None]
        found[reason] = Aside(len(own), sum(read, Decimal(0)) if read else None)
    return found


def _scored(customers: Mapping[str, Customer]) -> dict[str, Customer]:
    """Score by how many customers have strictly less: `n * b // N + 1`; for days, of which fewer are better,
    `n - n * b // N`."""
    everyone, count = list(customers.values()), len(customers)

    def fewer(figure: str, customer: Customer) -> int:
        return sum(getattr(each, figure) < getattr(customer, figure) for each in everyone)

    return {
        name: Customer(
            first_order=own.first_order,
            last_order=own.last_order,
            recency_days=own.recency_days,
            frequency=own.frequency,
            monetary=own.monetary,
            r_score=BINS - BINS * fewer("recency_days", own) // count,
            f_score=BINS * fewer("frequency", own) // count + 1,
            m_score=BINS * fewer("monetary", own) // count + 1,
        )
        for name, own in customers.items()
    }


def label(cell: Any) -> str | None:
    """Return an identifier or a status as trimmed text, None where the cell is empty.

    >>> label(" 00123 "), label("N/A"), label(17850.0), label(17850)
    ('00123', None, '17850', '17850')
    """
    if cell is None or cell != cell:
        return None
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return None if text.strip().lower() in NOTHING else text.strip()


def _customer(cell: Any) -> str | None:
    text = label(cell)
    if text is not None and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", text):
        return text.lower()  # capitals make no other address
    return text


def _all_dot_zero(cells: Sequence[Any]) -> bool:
    """Return whether every id is digits with `.0`, as spreadsheets write whole numbers."""
    texts = [label(cell) for cell in cells if isinstance(cell, str)]
    filled = [text for text in texts if text is not None]
    return bool(filled) and all(re.fullmatch(r"[0-9]+\.0", text) for text in filled)


def number(cell: Any) -> Decimal | None:
    """Return the exact number of a cell, None where there is none; a float means its shortest decimal.

    >>> number(1.00025), number(" 7.10 "), number(float("nan")), number("ten")
    (Decimal('1.00025'), Decimal('7.10'), None, None)
    """
    if isinstance(cell, str) and not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", cell.strip()):
        return None
    if cell is None:
        return None
    value = Decimal(cell.strip() if isinstance(cell, str) else repr(cell) if isinstance(cell, float) else cell)
    return value if value.is_finite() else None


def amount(row: Row) -> Decimal | None:
    """Return what a line is worth, rounded once, half away from zero, after the exact product; None if unreadable.

    >>> amount({"amount": 0.00005}), amount({"quantity": 3, "unit_price": "0.33333"})
    (Decimal('0.0001'), Decimal('1.0000'))
    """
    roles = ["amount"] if "amount" in row else ["quantity", "unit_price"]
    value = Decimal(1)
    for factor in (number(row[role]) for role in roles):
        if factor is None:
            return None
        value = EXACT.multiply(value, factor)
    if label(row.get("refunded")) is not None:
        back = number(row["refunded"])
        if back is None:
            return None
        value = EXACT.subtract(value, abs(back))
    if abs(value) > 10 * LIMIT:
        return None
    rounded = value.quantize(UNIT, ROUND_HALF_UP, EXACT)
    return None if abs(rounded) > LIMIT else rounded + 0  # no negative zero


def moment(cell: Any, zone: Any) -> datetime | None:
    """Return the wall clock of a cell: as it is written, or in a zone where it is an instant; None if unreadable.

    >>> moment("2024-02-29", UTC), moment("2023-02-29", UTC)
    (datetime.datetime(2024, 2, 29, 0, 0), None)
    """
    if isinstance(cell, datetime):
        found = cell.astimezone(zone).replace(tzinfo=None) if cell.tzinfo else cell
    elif isinstance(cell, date):
        found = datetime(cell.year, cell.month, cell.day)
    elif cell is None or not re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", cell.strip()):
        return None
    else:
        try:
            found = datetime.fromisoformat(cell.strip())
        except ValueError:
            return None
    return found if found.year in YEARS else None


def _written(cell: Any) -> str:
    """Return a cell as text, so that equal texts are equal cells."""
    return f"{type(cell).__name__} {cell!r}"
