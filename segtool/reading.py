"""Orders as a user names them, read: what the options ask for, and what an engine finds."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines import Accounts, Aggregate, Input, Plan, Watch, aggregate, unwatched
from segtool.errors import DataError, MissingInputError, MissingRoleError, UsageError, why
from segtool.orders.carried import names_in, role_of, with_carried
from segtool.orders.customer_level import customer_rules, find_customer_columns
from segtool.orders.habits import Habits, habits_of
from segtool.orders.measures import GROUP, MEASURES, SOURCE, Measure
from segtool.orders.roles import (
    MONEY,
    ROLES,
    Columns,
    argument_of,
    find_columns,
    headers_of,
    named_column,
    same_roles,
    with_labels,
)
from segtool.orders.set_aside import Listed, Rule, roles_of, set_aside_rules
from segtool.orders.spelling import Clues, Said, Spelling, Told, guess, settle, told, ways_of
from segtool.tables import open_tables
from segtool.tables.arrays import as_column, as_texts
from segtool.tables.database_table import DatabaseTable
from segtool.tables.dates import calendar_day, day_number, moments, parse_day
from segtool.tables.dates.spelling import JALALI, Calendar, DateSpelling, Order
from segtool.tables.headers import Level, matches
from segtool.tables.headers.shops import shop_of
from segtool.tables.numbers.text import DecimalMark
from segtool.tables.source import Layout, Source

if TYPE_CHECKING:
    from segtool.engines.sql import Kept
    from segtool.orders.where import LookedAt, Where
    from segtool.rules.columns import Spelled

Read = TypeVar("Read")

ENGINES = ("arrow", "duckdb", "spark", "postgres")
"""What can turn order lines into customers, by the names that a user says."""

_ONLY_OF: Mapping[Level, tuple[str, ...]] = {
    "order": ("recency", "frequency"),
    "customer": (
        "order_id", "quantity", "unit_price", "refunded", "status", "since", "refunds", "orders_by", "unit",
        "keep_status", "drop_status",
    ),
}  # fmt: skip
"""What a row is -> the options that say nothing of such rows."""


@dataclass(frozen=True)
class OrderOptions:
    """What a user may say of orders: the columns of roles, how files are written, which rows count.

    `further` are columns that only some commands look at, by the roles of `segtool.orders.roles.NAMED`.
    Raises UsageError for what does not fit.
    """

    customer_id: str | None = None
    order_date: str | None = None
    amount: str | None = None
    order_id: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    refunded: str | None = None
    status: str | None = None
    recency: str | None = None
    frequency: str | None = None
    currency_column: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    skip_rows: int | None = None
    header: bool = True
    sheet: str | None = None
    decimal: DecimalMark | None = None
    day_first: bool | None = None
    date_format: str | None = None
    calendar: Calendar | None = None
    as_of: date | str | None = None
    since: date | str | None = None
    timezone: str | None = None
    refunds: Literal["net", "drop"] | None = None
    orders_by: Literal["row", "day"] | None = None
    unit: Literal["account"] | None = None
    keep_status: str | Iterable[str] = ()
    drop_status: str | Iterable[str] = ()
    currency: str | None = None
    exclude: Any = None
    exclude_id: str | None = None
    where: str | Iterable[str] = ()
    by: str | None = None
    carry: str | Iterable[str] | None = None
    drop_duplicates: bool = False
    max_bad: float = 0.05
    engine: Literal["arrow", "duckdb", "spark", "postgres"] | None = None
    memory_limit: int | str | None = None
    query: str | os.PathLike[str] | None = None
    further: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # what may come from an iterator is needed again
        object.__setattr__(self, "where", _several(self.where))
        object.__setattr__(self, "carry", names_in(self.carry))
        if self.refunds not in (None, "net", "drop"):
            raise UsageError(f"refunds {self.refunds!r} is unknown; say 'net' or 'drop'.")
        if self.orders_by not in (None, "row", "day"):
            raise UsageError(f"orders_by {self.orders_by!r} is unknown; say 'row', 'day' or None.")
        if self.unit not in (None, "account"):
            raise UsageError(f"unit {self.unit!r} is unknown; say 'account' or None.")
        if self.skip_rows is not None and (not isinstance(self.skip_rows, int) or self.skip_rows < 0):
            raise UsageError(f"skip_rows {self.skip_rows!r} is no number of lines; say 0 or more.")
        if not isinstance(self.max_bad, int | float) or isinstance(self.max_bad, bool) or not 0 <= self.max_bad <= 1:
            raise UsageError(f"max_bad {self.max_bad!r} is no share; say a number from 0 to 1.")
        if self.decimal not in (None, ".", ","):
            raise UsageError(f"decimal {self.decimal!r} is no decimal mark; say '.' or ','.")
        if self.engine not in (None, *ENGINES):
            raise UsageError(f"engine {self.engine!r} is unknown; say one of {', '.join(map(repr, ENGINES))}.")
        size_of_memory(self.memory_limit)
        check_calendar("calendar", self.calendar)
        if self.date_format is not None:
            try:
                moments(as_texts([]), DateSpelling(format=self.date_format))
            except ValueError as error:
                raise UsageError(f"--date-format {self.date_format!r}: {error}") from None

    @property
    def named(self) -> dict[str, str]:
        """Role -> the header of its column."""
        given = {role: getattr(self, argument_of(role), None) for role in ROLES}
        return {role: str(header) for role, header in given.items() if header is not None} | dict(self.further)

    @cached_property
    def layout(self) -> Layout:
        return Layout(
            self.encoding,
            self.delimiter,
            self.skip_rows,
            self.header,
            self.sheet,
            _query(self.query),
            size_of_memory(self.memory_limit),
        )

    @property
    def spelled(self) -> "Spelled":
        """How numbers and days are written, as rules over columns are told."""
        from segtool.rules.columns import Spelled

        return Spelled(self.decimal, self.day_first, self.calendar, self.date_format)

    @property
    def said(self) -> Said:
        order: Order | None = None if self.day_first is None else "day first" if self.day_first else "month first"
        return Said(self.decimal, order, self.calendar, self.date_format)

    @cached_property
    def last_day(self) -> date | None:
        """The day that days count back from, None for the last date in the data."""
        return day_of(self.as_of, "as-of")

    @property
    def as_of_is_jalali(self) -> bool:
        """Whether that day is given in the Jalali calendar."""
        return isinstance(self.as_of, str) and JALALI in moments(as_texts([self.as_of])).clues

    @cached_property
    def statuses(self) -> dict[str, tuple[str, ...]]:
        """The statuses to keep and to drop."""
        return {"keep_status": _several(self.keep_status), "drop_status": _several(self.drop_status)}

    @cached_property
    def conditions(self) -> "tuple[Where, ...]":
        """The conditions that rows must meet."""
        if not self.where:
            return ()
        from segtool.orders.where import wheres

        return wheres(self.where, self.last_day)

    def check(self) -> None:
        """Raise UsageError for a date, a condition or a zone that is none, before anything is opened."""
        self.rules()
        _zone(self.timezone)

    def refuse_named(self, level: Level) -> None:
        """Raise UsageError for an option that says nothing of what a row is."""
        given = [name for name in _ONLY_OF[level] if getattr(self, name) not in (None, ())]
        if given:
            option = f"--{given[0].replace('_', '-')}"
            raise UsageError(
                f"{option} is for --customer-level, which reads a row a customer."
                if level == "order"
                else f"{option} says what to do with orders, and --customer-level reads a row a customer."
            )

    def beside(self, read: Callable[..., Read]) -> Read:
        """Return what is read of a list beside the orders: in UTF-8, or else in the encoding that is said of those."""
        try:
            return read()
        except DataError as error:
            if not self.encoding or not any("encoding" in way for way in error.ways):
                raise
        return read(layout=Layout(self.encoding))

    def excluded(self, threads: int | None) -> Listed | None:
        """Return the customers who do not count, None where nobody is named."""
        if self.exclude is None:
            return None
        name = self.exclude if isinstance(self.exclude, str | os.PathLike) else "the list"
        ids = self.beside(
            partial(read_ids, self.exclude, customers_id=self.exclude_id, threads=threads, option="exclude_id")
        )
        return Listed(os.fspath(name), ids)

    def rules(self, excluded: Listed | None = None) -> tuple[Rule, ...]:
        """Return the rules by which rows are set aside."""
        return set_aside_rules(
            **self.statuses,
            currency=self.currency,
            excluded=excluded,
            where=self.conditions,
            drop_duplicates=self.drop_duplicates,
            since=day_of(self.since, "since"),
            as_of=self.last_day,
            refunds=self.refunds or "net",
            money=[role for role in MONEY if role in self.further],
        )

    def customer_rules(self, columns: Columns, excluded: Listed | None = None) -> tuple[Rule, ...]:
        """Return the rules by which rows that are customers are set aside."""
        return customer_rules(
            columns,
            currency=self.currency,
            excluded=excluded,
            where=self.conditions,
            drop_duplicates=self.drop_duplicates,
            as_of=self.last_day,
        )


@dataclass(frozen=True)
class OrdersRead:
    """Tables of order lines, the plan by which they were read, and what an engine found in them."""

    inputs: tuple[Input, ...]
    plan: Plan
    found: Aggregate

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(each.source for each in self.inputs)

    @property
    def excluded(self) -> pa.Array | None:
        """The ids of customers who do not count, None where nobody is named."""
        lists = [rule.predicate.ids for rule in self.plan.rules if isinstance(rule.predicate, Listed)]
        return lists[0] if lists else None

    @property
    def headers(self) -> Mapping[str, str]:
        """Role -> header; where files call it differently, every name, sorted. Carried columns are as `carry:email`."""
        names = {
            role: {each.source.columns[each.columns[role]] for each in self.inputs if role in each.columns}
            for role in (*ROLES, *map(role_of, self.plan.carried))
        }
        return {role: ", ".join(sorted(own)) for role, own in names.items() if own}

    def as_of(self, asked: date | None) -> tuple[date | None, str | None]:
        """Return the day that days count back from, and what tells it: an `option`, the last date in the `data`, or the
        `days` that a table of customers has beside its dates. None where only days are known.
        """
        latest, last = self.found.latest, self.found.customers.last_order
        if asked or not latest or last is None:
            return asked, "option" if asked else None
        counted = self.plan.order == "none" and int(last.max()) != latest[-1]
        return calendar_day(latest[-1]), "days" if counted else "data"

    def told(self, *, points: bool = False) -> list[Told]:
        """Return how cells are spelled that are not plain decimals or ISO dates, and by which cell that is known.

        With `points` also decimals with a point.
        """
        return told(self.sources, [each.spelling for each in self.inputs], self.found.clues, points=points)

    @property
    def spelling(self) -> Mapping[str, str]:
        """Role -> how its cells are spelled, where they are not plain decimals or ISO dates."""
        return ways_of(self.told())

    @property
    def has_jalali(self) -> bool:
        """Whether some dates are of the Jalali calendar."""
        return any(kind == JALALI and role == "order_date" for _, role, kind in self.found.clues)


def read_orders(
    orders: Any,
    options: OrderOptions,
    *,
    threads: int | None,
    list_rows: bool,
    watch: Watch | None,
    history: bool = False,
    daily: tuple[Measure, ...] = (),
    tallied: tuple[str, ...] = (),
    accounts: Accounts | None = None,
) -> OrdersRead:
    """Read orders, each cell as all cells of its column say that it is spelled.

    The first rows nearly always say the same; only where they do not, the orders are read once more. With `history`
    what customers did day by day is kept, with the sums that are `daily`. Of the roles that are `tallied`
    the lines of each customer are counted by label, as far as there are such columns. `accounts` are those that lines
    count for, where that is the unit.

    Raises UsageError, DataError and MissingInputError for orders that cannot be read.
    """
    check_threads(threads)
    options.refuse_named("order")
    options.check()
    if options.unit and accounts is None:
        raise UsageError(
            "--unit account needs a list that tells the account of each customer: say --customers FILE with rfm; other "
            "commands read no such list."
        )
    sources = _opened(orders, options.layout)
    try:
        return read_sources(
            sources,
            options,
            threads=threads,
            list_rows=list_rows,
            watch=watch,
            history=history,
            daily=daily,
            tallied=tallied,
            accounts=accounts,
        )
    finally:  # what is asked of the rows later is asked of their copy
        for source in sources:
            if isinstance(source, DatabaseTable):
                source.database.close()


def read_customers(
    customers: Any, options: OrderOptions, *, threads: int | None, list_rows: bool, watch: Watch | None
) -> OrdersRead:
    """Read tables that have a row a customer, with the last order or the days since, frequency and net spend.

    The as-of day is the one from which all days count where there are dates beside them, else the last date. Where
    only days are known it is unknown unless said, and so are the last orders; first orders and calendar always are.
    Raises what `read_orders` does, and DataError for a customer with two rows.
    """
    check_threads(threads)
    options.refuse_named("customer")
    if options.engine not in (None, "arrow"):
        raise UsageError(
            f"--engine {options.engine} turns orders into customers, and --customer-level reads a row a customer."
        )
    options.check()
    sources = _opened(customers, options.layout)
    columns = [find_customer_columns(source, options.named) for source in sources]
    same_roles(sources, columns)
    plan = Plan(
        rules=options.customer_rules(columns[0], options.excluded(threads)),
        measures=(),
        order="none",
        timezone=_zone(options.timezone),
        threads=threads,
        list_rows=list_rows,
        carried=names_in(options.carry),
    )
    columns = with_carried(sources, columns, plan.carried)
    tables = _tables(sources, columns, [Habits()] * len(sources), options.conditions)
    read = _settled(tables, options.said, plan, "customer_rows", watch)
    return replace(read, found=_with_last_orders(read.found, options.last_day))


def _with_last_orders(found: Aggregate, as_of: date | None) -> Aggregate:
    """Return customers with the days of their last orders, where only the days since are told, and since when."""
    customers = found.customers
    if customers.last_order is not None or customers.recency_days is None or as_of is None:
        return found
    return replace(found, customers=replace(customers, last_order=day_number(as_of) - customers.recency_days))


def _opened(tables: Any, layout: Layout) -> tuple[Source, ...]:
    return open_tables(tables if isinstance(tables, list | tuple) else [tables], layout)


def read_sources(
    sources: tuple[Source, ...],
    options: OrderOptions,
    *,
    threads: int | None,
    list_rows: bool,
    watch: Watch | None,
    history: bool = False,
    daily: tuple[Measure, ...] = (),
    tallied: tuple[str, ...] = (),
    accounts: Accounts | None = None,
) -> OrdersRead:
    """Read the orders of tables that are open, as `read_orders` does."""
    tables, plan = _planned(
        sources,
        options,
        threads=threads,
        list_rows=list_rows,
        history=history,
        daily=daily,
        tallied=tallied,
        accounts=accounts,
    )
    needs_rows = list_rows or history or bool(daily or plan.tallied)
    engine = engine_of(sources, options.engine, needs_rows=needs_rows)
    return _settled(tables, options.said, plan, engine, watch)


def open_orders(orders: Any, options: OrderOptions, *, writable: bool = False) -> tuple[Source, ...]:
    """Return the tables of orders, open; their database so that a table can be made there, if it is to be `writable`.

    Raises what `read_orders` does before it reads anything.
    """
    options.refuse_named("order")
    options.check()
    return _opened(orders, replace(options.layout, writable=writable))


def keep_orders(
    sources: tuple[Source, ...], options: OrderOptions, *, threads: int | None, watch: Watch | None
) -> "tuple[OrdersRead, Kept]":
    """Read the orders of tables that are open, by the engine of their database, and leave the customers there.

    Files and tables in memory are read by DuckDB. Raises UsageError for orders that no engine of SQL can read.
    """
    from segtool.engines.sql import kept

    said = options.engine or (None if any(map(kind_of_database, sources)) else "duckdb")
    if engine_of(sources, said, needs_rows=False) == "arrow":
        raise UsageError("--into leaves customers in one database, and not all orders stand in one: leave out --into.")
    tables, plan = _planned(sources, options, threads=threads, list_rows=False)

    def keep(inputs: tuple[Input, ...]) -> "Kept":
        return kept(inputs, plan, watch or unwatched)

    inputs, own = _settled_by(tables, options.said, keep, lambda own: own.found.clues)
    return OrdersRead(inputs, plan, own.found), own


def _planned(
    sources: tuple[Source, ...],
    options: OrderOptions,
    *,
    threads: int | None,
    list_rows: bool,
    history: bool = False,
    daily: tuple[Measure, ...] = (),
    tallied: tuple[str, ...] = (),
    accounts: Accounts | None = None,
) -> "tuple[list[_Table], Plan]":
    """Return the tables of orders with the places of their roles, and what an engine is to do with them."""
    rules, zone = options.rules(options.excluded(threads)), _zone(options.timezone)
    columns = columns_of(sources, options, rules)
    columns = with_labels(sources, columns, tallied)
    same_roles(sources, columns)
    plan = Plan(
        rules=rules,
        measures=(
            *MEASURES,
            *([] if options.by is None else [GROUP]),
            *([SOURCE] if "source" in options.further else []),
        ),
        order=options.orders_by or ("order_id" if "order_id" in columns[0] else "row"),
        timezone=zone,
        threads=threads,
        list_rows=list_rows,
        history=history,
        daily=daily,
        tallied=tuple(role for role in tallied if role in columns[0]),
        carried=names_in(options.carry),
        accounts=accounts,
        memory_limit=options.layout.memory_limit,
    )
    columns = with_carried(sources, columns, plan.carried)
    habits = [habits_of(shop_of(source.columns)) for source in sources]
    return _tables(sources, columns, habits, options.conditions), plan


def engine_of(sources: Sequence[Source], said: str | None, *, needs_rows: bool) -> str:
    """Return the engine that turns orders into customers: the one that is said, or else the database of the orders.

    A database is not asked where more is needed than customers: then the rows come here.
    Raises UsageError for an engine that the orders do not stand in.
    """
    kinds = {source.name: kind_of_database(source) for source in sources}
    if said is None:
        found = set(kinds.values())
        alone = len({id(source.database) for source in sources if isinstance(source, DatabaseTable)}) == 1
        return found.pop() or "arrow" if len(found) == 1 and alone and not needs_rows else "arrow"
    if said != "arrow":
        elsewhere = [name for name, kind in kinds.items() if kind != said and (kind or said != "duckdb")]
        if elsewhere:
            place = "files and DuckDB's databases" if said == "duckdb" else "tables that stand there"
            raise UsageError(f"--engine {said} reads {place}, not {elsewhere[0]}; leave it out, or say --engine arrow.")
    return said


def kind_of_database(source: Source) -> str | None:
    """Return which engine asks the database of a table, None where its rows must come here."""
    kind = source.database.kind if isinstance(source, DatabaseTable) else None
    return None if kind == "sqlite" else kind


@dataclass(frozen=True)
class _Table:
    """A table whose cells nobody knows yet how to read; `looked` is as in the `Input` that it becomes."""

    source: Source
    columns: Columns
    habits: Habits
    looked: "LookedAt | None" = None

    @property
    def read(self) -> Columns:
        """The columns that are read, by role."""
        return self.columns | self.looked.readings if self.looked else self.columns

    def spelled(self, spelling: Spelling) -> Input:
        return Input(self.source, self.columns, spelling, self.habits, self.looked)


def _tables(
    sources: Sequence[Source], columns: Sequence[Columns], habits: Sequence[Habits], conditions: "Sequence[Where]"
) -> list[_Table]:
    """Return tables with the places of what conditions look at, in each of which they must be."""
    tables = list(map(_Table, sources, columns, habits))
    if not conditions:
        return tables
    from segtool.orders.where import looked_at

    return [replace(each, looked=looked_at(each.source, each.columns, conditions)) for each in tables]


def _settled(tables: Sequence[_Table], said: Said, plan: Plan, engine: str, watch: Watch | None) -> OrdersRead:
    """Return what an engine finds, each cell read as all cells of its column say that it is spelled."""
    find = partial(aggregate, plan=plan, engine=engine, watch=watch)
    inputs, found = _settled_by(tables, said, find, lambda own: own.clues)
    return OrdersRead(inputs, plan, found)


def _settled_by(
    tables: Sequence[_Table], said: Said, find: Callable[[tuple[Input, ...]], Read], clues: Callable[[Read], Clues]
) -> tuple[tuple[Input, ...], Read]:
    """Return what is found, and of which inputs: each cell read as all cells of its column say that it is spelled.

    `clues` are those in what is found.
    """
    sources, columns = [each.source for each in tables], [each.read for each in tables]
    spellings = guess(sources, columns, said)
    inputs = tuple(map(_Table.spelled, tables, spellings))
    found = find(inputs)
    settled = settle(sources, columns, said, clues(found))
    if settled != spellings:
        inputs = tuple(map(_Table.spelled, tables, settled))
        found = find(inputs)
    return inputs, found


def read_ids(
    tables: Any,
    *,
    customers_id: str | None = None,
    layout: Layout | None = None,
    threads: int | None = None,
    option: str = "customers_id",
) -> pa.Array:
    """Return the distinct ids of a list of customers in byte order, as large strings, spelled as those of orders are.

    `tables` are what orders can be; `customers_id` names the column, which is recognised by its header otherwise;
    `option` is what the user names it by.
    Raises UsageError for a named column that is absent, MissingRoleError and DataError for one that is not recognised,
    DataError for a list without ids.
    """
    from segtool.engines.id_lists import distinct_ids

    check_threads(threads)
    sources = _opened(tables, layout or Layout())
    ids = distinct_ids(sources, [_id_column(source, customers_id, option) for source in sources], threads)
    if not len(ids):
        raise DataError(f"{', '.join(source.name for source in sources)}: no customer ids in the list of customers.")
    return ids


def _id_column(source: Source, header: str | None, option: str) -> int:
    if header is not None:
        return named_column(source, option, header)
    found = matches("customer_id", source.columns)
    if len(found) != 1:
        names = f"{len(found)} columns" if found else "no column"
        kind = DataError if found else MissingRoleError
        raise kind(
            f"{source.name} has {names} for the customer id. {headers_of(source)} Say --{option.replace('_', '-')} COL."
        )
    return found[0]


def check_threads(threads: int | None) -> None:
    """Raise UsageError for what is no number of threads."""
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise UsageError(f"threads {threads!r} is no number of threads; say 1 or more.")


def check_calendar(option: str, calendar: str | None) -> None:
    """Raise UsageError for what is no calendar."""
    if calendar not in (None, "gregorian", "jalali"):
        raise UsageError(f"{option} {calendar!r} is unknown; say 'gregorian' or 'jalali'.")


def columns_of(sources: Sequence[Source], options: OrderOptions, rules: Sequence[Rule]) -> list[Columns]:
    """Return where each role that the options need stands in each source."""
    optional = {"currency"}
    optional |= {"order_id"} if options.orders_by is None else set()
    optional |= {"refunded"} if options.refunds != "drop" else set()
    optional |= {"status", "cancelled_at"} if not any(options.statuses.values()) else set()
    required = roles_of(rules) | (set() if options.by is None else {"group"}) | options.further.keys()
    return [find_columns(source, options.named, required=required, optional=optional) for source in sources]


def _several(labels: str | Iterable[str]) -> tuple[str, ...]:
    return (labels,) if isinstance(labels, str) else tuple(labels)


def day_of(value: date | str | None, option: str) -> date | None:
    """Return the day that an option says. Raises UsageError for what is no date."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    day = parse_day(value) if isinstance(value, str) else None
    if day is None:
        raise UsageError(f"--{option} {value!r} is not a date; write it as 2024-12-31, or 1403/10/11.")
    return day


def size_of_memory(limit: int | str | None) -> int | None:
    """Return a limit of memory in bytes. Raises UsageError for what is none."""
    if limit is None or (isinstance(limit, int) and limit > 0):
        return limit
    try:
        return memory.bytes_of(limit if isinstance(limit, str) else "")
    except ValueError:
        raise UsageError(f"--memory-limit {limit!r} is no size; write it as 2GB.") from None


def _query(query: str | os.PathLike[str] | None) -> str | None:
    """Return what is asked of a database in SQL: the text itself, or that of a file."""
    if query is None or isinstance(query, str):
        return query
    try:
        return Path(query).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = why(error) if isinstance(error, OSError) else "it is no text in UTF-8"
        raise MissingInputError(f"{os.fspath(query)} cannot be read: {reason}.") from None


def _zone(name: str | None) -> str | None:
    if name is not None:
        try:
            pc.local_timestamp(as_column(np.zeros(1, np.int64), pa.timestamp("us", name)))
        except pa.ArrowInvalid:
            raise UsageError(f"--timezone {name!r} is unknown; write it as Europe/Berlin.") from None
    return name
