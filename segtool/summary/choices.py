"""What was chosen while orders were read, and why: a line a choice."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from segtool.errors import printable
from segtool.orders.roles import Columns, kind_of, name_of
from segtool.orders.set_aside import Listed
from segtool.orders.spelling import Place, Said, told_by
from segtool.reading import OrderOptions, OrdersRead
from segtool.tables.headers.shops import shop_of
from segtool.tables.source import Source, in_words

if TYPE_CHECKING:
    from segtool.orders.where import LookedAt

_FILES = 5
"""How many files of one kind are named."""


def choices(read: OrdersRead, options: OrderOptions) -> Iterator[str]:
    """Yield how the files are stored, which column plays which role, how cells are spelled, and which rows count."""
    tables = [(each.source, each.columns, each.looked) for each in read.inputs]
    alike = groupby(sorted(tables, key=_kind), key=_kind)
    for _, group in alike:
        own = list(group)
        source, columns, looked = own[0]
        names = ", ".join(each.name for each, _, _ in own[:_FILES])
        more = f" and {len(own) - _FILES:,} more" if len(own) > _FILES else ""
        yield f"{names}{more}: {in_words(source.about)}"
        yield from _roles(source, columns, options)
        if looked and looked.places:
            yield f"--where looks at {', '.join(_looked_at(source, looked))}"
    for role, how, place in read.told(points=True):
        yield f"{role}: {how}, {_why(how, place, read, options.said)}"
    if read.plan.order != "none":
        yield f"an order is {_ORDERS[read.plan.order]}"
    for rule in read.plan.rules:
        if isinstance(rule.predicate, Listed):
            never = len(rule.predicate.ids) - read.found.listed
            yield f"{never:,} of {len(rule.predicate.ids):,} ids of {printable(rule.predicate.name)} never occur"
    yield f"rows are set aside as: {', '.join(dict.fromkeys(rule.reason for rule in read.plan.rules))}"


_ORDERS = {"order_id": "what has one order id", "row": "each purchase line", "day": "each day with a purchase"}


def _kind(table: "tuple[Source, Columns, LookedAt | None]") -> tuple[str, ...]:
    source, columns, _ = table
    return (*source.about.values(), *(f"{role} {source.columns[at]}" for role, at in columns.items()))


def _roles(source: Source, columns: Columns, options: OrderOptions) -> Iterator[str]:
    shop = shop_of(source.columns)
    if shop is not None:
        yield f"the headers are those of {shop.title}, which tell the roles"
    for role, at in columns.items():
        if kind_of(role) == "carry":
            yield f"--carry {printable(name_of(role))} takes the column {printable(source.columns[at])} ({at + 1})"
            continue
        why = "as asked" if role in options.named else "of this shop" if shop else "recognised"
        yield f"{role} is the column {printable(source.columns[at])} ({at + 1}), {why}"


def _looked_at(source: Source, looked: "LookedAt") -> Iterator[str]:
    for name, at in looked.places.items():
        where = "what a row is worth" if at is None else f"the column {printable(source.columns[at])} ({at + 1})"
        yield f"{printable(name)}, {where}"


def _why(how: str, place: Place | None, read: OrdersRead, said: Said) -> str:
    decimal = said.decimal is not None and how in ("decimal point", "decimal comma")
    if place is None or decimal or how == said.order:
        return "as asked"
    return told_by(read.sources, place)
