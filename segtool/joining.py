"""A list of customers beside their orders: what it tells of each joins the labelled table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.attributes import CustomerTable, named_place, read_customer_table
from segtool.engines import Accounts
from segtool.engines.id_lists import spelled_ids
from segtool.errors import DataError, MissingRoleError, UsageError, printable
from segtool.orders.carried import called
from segtool.reading import OrdersRead
from segtool.rules.columns import Spelled
from segtool.segmenting import named_columns, segment_columns, unasked, with_members
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.families import Family
from segtool.segments.labelling import label
from segtool.summary.attributes import cautions_of, segments_of
from segtool.summary.facts import Caution, CustomerList, Summary, Unit, caution
from segtool.tables.arrays import Mask, as_column, as_mask, chosen, one_array, valid, values
from segtool.tables.headers import matches, normal
from segtool.tables.numbers import from_decimals
from segtool.tables.source import Layout
from segtool.tables.text import as_text, labels, sorted_rows
from segtool.words import LANGUAGES, Words, words_in

ALL = "all"
"""What stands for all columns of a list but that of the customer."""

BEFORE = "customer_"
"""What is put before the header of a joined column that the labelled table has already, or gives a meaning to."""

_MEANT = ("previous_segment", "segment_since", "moved", "group", "as_of")
"""Headers that mean something in a labelled table, whether this one has them or not."""


@dataclass(frozen=True)
class CustomerRows:
    """A list of customers, a row each: its table, where the id stands in it, and the ids, null where there is none.

    Ids are spelled as those of orders are: large strings, trimmed, e-mail addresses in lower case, without a `.0` that
    all of them end in. The `wanted` columns, by their positions, are joined. `accounts` are the ids of those that the
    customers belong to, where these are the unit, null where they belong to none; then a customer may have more rows.
    """

    table: CustomerTable
    id_column: int
    ids: pa.Array
    wanted: tuple[int, ...] = ()
    accounts: pa.Array | None = None

    @property
    def others(self) -> list[int]:
        """The positions of all columns but that of the customer."""
        return [at for at in range(len(self.table.headers)) if at != self.id_column]

    @property
    def units(self) -> pa.Array:
        """Of each row the id that it has in the labelled table: that of the account, or else of the customer."""
        return self.ids if self.accounts is None else pc.coalesce(self.accounts, self.ids)

    def distinct(self, kept: Mask | None = None) -> pa.Array:
        """Return these ids, of all rows or of some, each once, in byte order."""
        units = self.units if kept is None else chosen(self.units, kept)
        known = pc.unique(units.drop_null())
        return known.take(as_column(sorted_rows(known)))

    @property
    def belonging(self) -> Accounts | None:
        """To which account each customer belongs, where accounts are the unit."""
        if self.accounts is None:
            return None
        known = as_column(valid(self.ids) & valid(self.accounts))
        pairs = pa.table({"ids": self.ids.filter(known), "accounts": self.accounts.filter(known)})
        once = pairs.group_by("ids").aggregate([("accounts", "min")]).combine_chunks()
        return Accounts(one_array(once["ids"]), one_array(once["accounts_min"]))

    def told(self, customers: pa.Array) -> CustomerList:
        """Return how many rows are of customers with orders, who are given, and how many are not."""
        customers = customers.cast(pa.large_string())
        matched = int(as_mask(pc.is_in(self.ids.drop_null(), customers)).sum())
        return CustomerList(
            rows=len(self.ids),
            matched=matched,
            without_orders=len(self.ids) - self.ids.null_count - matched,
            not_in_list=int((~as_mask(pc.is_in(customers, self.ids.drop_null()))).sum()),
            without_id=self.ids.null_count,
        )

    def columns(self, customers: pa.ChunkedArray, places: Sequence[int]) -> list["Joined"]:
        """Return columns with the cells of these customers, null for one who is not in the list.

        An account has the cell that all its rows share which have one, and null where they have several.
        """
        wanted = one_array(customers).cast(pa.large_string())
        if self.accounts is None:
            rows = pc.index_in(wanted, self.ids)
            return [Joined(self.table.columns[place].take(rows)) for place in places]
        units = self.units.dictionary_encode()
        own = pc.index_in(wanted, units.dictionary)
        return [_shared(self.table.columns[place], units, own) for place in places]


@dataclass(frozen=True)
class Joined:
    """A column of a list beside the labelled table; of so many accounts the rows have several values."""

    column: pa.ChunkedArray
    undecided: int = 0


def _shared(column: pa.ChunkedArray, units: pa.Array, wanted: pa.Array) -> Joined:
    """Return for each wanted unit, by its place in the dictionary of all rows, the cell that its filled rows share."""
    cells = pa.chunked_array([as_text(chunk) for chunk in column.chunks], pa.string())
    texts = labels(one_array(cells)).dictionary_encode()
    rows = np.flatnonzero(valid(texts.indices) & valid(units.indices))
    unit = values(units.indices.fill_null(0).cast(pa.int64()))[rows]
    text = values(texts.indices.fill_null(0).cast(pa.int64()))[rows]
    first = np.full(len(units.dictionary), -1, np.int64)
    first[unit[::-1]] = np.arange(len(rows))[::-1]
    differs = np.zeros(len(first), np.bool_)
    differs[unit] = False
    differs[unit[text != text[first[unit]]]] = True
    known = (first >= 0) & ~differs
    row = np.where(known, rows[first] if len(rows) else -1, 0)
    places = pc.if_else(as_column(known), as_column(row), pa.nulls(len(row), pa.int64()))
    own = np.unique(values(wanted.drop_null().cast(pa.int64())))
    return Joined(column.take(places.take(wanted)), int(differs[own].sum()))


def with_contacts(table: pa.Table, contacts: pa.Array, accounts: Accounts) -> tuple[pa.Table, Unit]:
    """Return a labelled table of accounts with how many customers of each have bought; and what that comes to.

    `contacts` are all customers with a purchase.
    """
    places = pc.index_in(accounts.of(contacts), one_array(table["customer_id"]).cast(pa.large_string()))
    counts = np.bincount(values(places.drop_null().cast(pa.int64())), minlength=len(table))
    belong = int(as_mask(pc.is_in(contacts, accounts.customers)).sum())
    alone = len(contacts) - belong
    unit = Unit("account", accounts=len(table) - alone, contacts=belong, without_account=alone)
    return table.append_column("contacts", as_column(counts)), unit


def joined(
    table: pa.Table,
    summary: Summary,
    rows: CustomerRows | None,
    asked: Sequence[AttributeScheme | Family],
    *,
    columns: str | Iterable[str] | Mapping[str, str],
    spelled: Spelled,
    words: Words,
    carried: Sequence[str] = (),
    threads: int | None,
) -> tuple[pa.Table, Summary]:
    """Return a labelled table and its summary with the wanted columns of a list, and with segments by schemes over
    columns, which see all columns of both; `columns` tells which one a name in the rules means, as "age=customer_age".

    A column of the list that has the header of another gets `customer_` before it; that is told of those that are
    `carried` from the orders.
    """
    new = _new_headers(asked)
    places, every, undecided = list[int](), table, dict[str, int]()
    if rows is not None:
        places = [*rows.wanted, *(at for at in rows.others if at not in rows.wanted)] if asked else list(rows.wanted)
        headers = headers_for([rows.table.headers[place] for place in places], [*table.column_names, *new])
        summary = replace(summary, warnings=(*summary.warnings, *_twice(rows, headers, carried, words)))
        for header, own in zip(headers, rows.columns(table["customer_id"], places), strict=True):
            every = every.append_column(header, own.column)
            undecided[header] = own.undecided
    found = every.select(range(table.num_columns + (len(rows.wanted) if rows else 0)))
    shown = set(found.column_names)
    if asked:
        name = rows.table.name if rows else "the table of this run"
        seen, named = every.combine_chunks(), named_columns(columns)
        customers = CustomerTable(name, tuple(seen.column_names), tuple(seen.columns), {}, named)
        labelled = label(customers, asked, as_of=summary.as_of, spelled=spelled, threads=threads)
        labellings = list(with_members(labelled.labellings))
        for header, segments in segment_columns(labellings, words).items():
            found = found.append_column(header, segments)
        worth = from_decimals(seen["monetary"].combine_chunks())
        summary = replace(
            summary,
            attribute_schemes=tuple(segments_of(each, worth, words) for each in labellings),
            warnings=(
                *summary.warnings,
                *unasked(customers.named, asked, words),
                *(each for own in labellings for each in cautions_of(own, words)),
            ),
        )
        shown |= {header for each in labellings for header in each.looked_at.values()}
    several = [
        caution("several-values", words, column=header, accounts=words.count(count, "account"))
        for header, count in undecided.items()
        if count and header in shown
    ]
    return found, replace(summary, warnings=(*summary.warnings, *several))


def with_carried(
    table: pa.Table, read: OrdersRead, asked: Sequence[AttributeScheme | Family]
) -> tuple[pa.Table, list[str]]:
    """Return a labelled table with what its customers carry from the orders, and the headers that this has.

    One that is taken gets `customer_` before it, also where it is by segments that are still to come, of schemes over
    columns. Who has no purchase has nothing.
    """
    customers, first = read.found.customers, read.inputs[0]
    headers = headers_for(called(first.source, first.columns), [*table.column_names, *_new_headers(asked)])
    ids = one_array(table["customer_id"]).cast(pa.large_string())
    rows = None if len(ids) == len(customers) else pc.index_in(ids, customers.customer_id.cast(pa.large_string()))
    for header, cells in zip(headers, customers.carried.values(), strict=True):
        table = table.append_column(header, cells if rows is None else cells.take(rows))
    return table, headers


def _new_headers(asked: Sequence[AttributeScheme | Family]) -> list[str]:
    """Return the headers that segments by schemes over columns can have."""
    return [f"{kind}_{name}" for name in _names(asked) for kind in ("segment", "segment_title")]


def _twice(rows: CustomerRows, headers: Sequence[str], carried: Sequence[str], words: Words) -> Iterator[Caution]:
    """Yield which wanted columns of a list stand beside one of that name that customers carry from their orders."""
    known = {normal(header): header for header in carried}
    for place, header in zip(rows.wanted, headers, strict=False):
        own = known.get(normal(rows.table.headers[place]))
        if own is not None:
            yield caution("two-columns", words, carried=own, file=printable(rows.table.name), column=header)


def _names(asked: Sequence[AttributeScheme | Family]) -> Iterator[str]:
    """Yield the names of schemes, and those of the members of families."""
    for each in asked:
        yield each.name
        yield from each.members if isinstance(each, Family) else ()


def read_list(
    tables: Any,
    columns: str | Iterable[str],
    *,
    customers_id: str | None,
    unit: str | None,
    account_id: str | None,
    layout: Layout | None = None,
    threads: int | None,
) -> CustomerRows:
    """Return a list of customers, of which columns are wanted by their headers or attributes, or `all`.

    With accounts as the unit, `account_id` names their column, which is recognised by its header otherwise.
    Raises UsageError for a column that is named and absent, MissingRoleError and DataError where that of the customer
    is not recognised; DataError for a list without ids, for a customer with two rows, and for one with two accounts.
    """
    table = read_customer_table(tables, layout, threads=threads)
    account = _account_column(table, account_id) if unit else None
    place = _id_column(table, customers_id, account)
    found = CustomerRows(table, place, spelled_ids(table.columns[place]), _wanted(table, place, columns))
    if found.ids.null_count == len(found.ids):
        raise DataError(f"{table.name}: no customer ids in the list of customers.")
    if account is None:
        _refuse_twice(found)
        return found
    found = replace(found, accounts=spelled_ids(table.columns[account]))
    _refuse_two_accounts(found)
    return found


def _account_column(table: CustomerTable, header: str | None) -> int:
    if header is not None:
        return named_place(table, header, "--account-id")
    if (place := table.place_of("account_id")) is None:
        columns = printable(", ".join(table.headers))
        raise MissingRoleError(f"{table.name} has no column for the account. Columns: {columns}. Say --account-id COL.")
    return place


def _wanted(table: CustomerTable, id_column: int, columns: str | Iterable[str]) -> tuple[int, ...]:
    """Return the positions of the columns that are said, in their order."""
    names = list(filter(None, map(str.strip, columns.split(",")))) if isinstance(columns, str) else list(columns)
    if names == [ALL]:
        return tuple(at for at in range(len(table.headers)) if at != id_column)
    found = []
    for name in names:
        if (place := table.place_of(name)) is None:
            absent = f"{table.name} has no column {name!r} (--customer-columns)"
            raise UsageError(f"{printable(absent)}. {table.like([name])}")
        found.append(place)
    return tuple(dict.fromkeys(found))


def _id_column(table: CustomerTable, header: str | None, account: int | None) -> int:
    """Return where the id of the customer stands, which is not where that of the account does."""
    if header is not None:
        return named_place(table, header, "--customers-id")
    headers = tuple("" if at == account else each for at, each in enumerate(table.headers))
    found = matches("customer_id", headers)
    if len(found) != 1:
        names = f"{len(found)} columns" if found else "no column"
        kind = DataError if found else MissingRoleError
        columns = printable(", ".join(table.headers))
        raise kind(f"{table.name} has {names} for the customer id. Columns: {columns}. Say --customers-id COL.")
    return found[0]


def _refuse_twice(rows: CustomerRows) -> None:
    """Raise DataError where a customer has two rows, with the least such id and its first two rows."""
    known = rows.ids.drop_null()
    ids = known.take(as_column(sorted_rows(known)))
    again = as_mask(pc.equal(ids.slice(1), ids.slice(0, max(len(ids) - 1, 0))))
    if again.any():
        twice = np.flatnonzero(again)
        own = ids[int(twice[0])]
        first, second = np.flatnonzero(as_mask(pc.fill_null(pc.equal(rows.ids, own), False)))[:2].tolist()
        several = len(pc.unique(ids.take(as_column(twice))))
        more = f" ({several - 1:,} more such customers)" if several > 1 else ""
        raise DataError(
            f"{rows.table.name}: customer {printable(repr(own.as_py()))} has two rows, {first + 1:,} and "
            f"{second + 1:,}{more}; columns are joined from one row a customer. Keep one of them."
        )


def _refuse_two_accounts(rows: CustomerRows) -> None:
    """Raise DataError where a customer belongs to two accounts, with the least such id."""
    pairs = pa.table({"ids": rows.ids, "accounts": rows.accounts}).filter(as_column(valid(rows.ids)))
    ends = pairs.group_by("ids").aggregate([("accounts", "min"), ("accounts", "max")])
    differ = ends.filter(pc.fill_null(pc.not_equal(ends["accounts_min"], ends["accounts_max"]), False))
    if len(differ):
        first = differ.sort_by("ids").slice(0, 1).to_pylist()[0]
        one, other = (printable(repr(first[f"accounts_{end}"])) for end in ("min", "max"))
        more = f" ({len(differ) - 1:,} more such customers)" if len(differ) > 1 else ""
        raise DataError(
            f"{rows.table.name}: customer {printable(repr(first['ids']))} belongs to two accounts, {one} and "
            f"{other}{more}. Keep one of them."
        )


def headers_for(headers: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Return headers that differ from each other and from those that are taken, in any language of the program.

    Those that differ by case and punctuation alone are found by each other's name, and so are no different ones.

    >>> headers_for(["City", "Segment", "City"], ["customer_id", "segment"])
    ['City', 'customer_Segment', 'customer_City']
    """
    own = {*taken, *_MEANT}
    own |= {words_in(lang).header(name) for lang in LANGUAGES for name in own}
    own = set(map(normal, own))
    found = []
    for header in headers:
        while normal(header) in own:
            header = f"{BEFORE}{header}"
        own.add(normal(header))
        found.append(header)
    return found
