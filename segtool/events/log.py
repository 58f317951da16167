"""Event logs as a user names them: what is said of them, which columns play which roles, and how to read them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from segtool.errors import MissingRoleError, UsageError
from segtool.events.border import CODED, LogTable, Reader
from segtool.events.cells import Piece
from segtool.events.nested import Shape, leaves, unfolded
from segtool.events.origins import Origins
from segtool.events.roles import ROLES, find_roles, system_of
from segtool.events.vocabulary import OwnWords, Vocabulary, meanings, own_words
from segtool.orders.roles import headers_of
from segtool.orders.spelling import Clues, Spelling, guess, settle
from segtool.reading import OrderOptions
from segtool.tables.arrow_table import ParquetFile
from segtool.tables.source import Source

_OF_ORDERS = {"customer_id": "user", "order_date": "moment", "order_id": "order_id", "amount": "amount",
              "quantity": "quantity", "unit_price": "unit_price", "currency": "currency"}  # fmt: skip
"""Role of orders -> the role of event logs that its option names."""

_ONLY_OF_ORDERS = (
    "refunded", "status", "recency", "frequency", "refunds", "orders_by", "unit", "keep_status", "drop_status",
    "exclude", "where", "by", "drop_duplicates",
)  # fmt: skip
"""Options that say nothing of the rows of an event log."""


@dataclass(frozen=True)
class EventOptions:
    """What a user may say of an event log beside what is said of orders, which `orders` has.

    `columns` is role -> header. `map` has `NAME=KIND` of events, `events_map` is a TOML file of more such words.
    Referrers of `own_hosts` are no source. Raises UsageError for a role that is none.
    """

    orders: OrderOptions = field(default_factory=OrderOptions)
    columns: Mapping[str, str] = field(default_factory=dict)
    map: Iterable[str] = ()
    events_map: str | None = None
    own_hosts: Iterable[str] = ()

    def __post_init__(self) -> None:
        for name in ("map", "own_hosts"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
        unknown = next((role for role in self.columns if role not in ROLES), None)
        if unknown is not None:
            raise UsageError(f"{unknown!r} is no role of a column of an event log; roles: {', '.join(ROLES)}.")

    @cached_property
    def named(self) -> Mapping[str, str]:
        """Role -> the header of its column."""
        of_orders = {_OF_ORDERS[role]: name for role, name in self.orders.named.items() if role in _OF_ORDERS}
        return {**of_orders, **self.columns}

    @cached_property
    def words(self) -> OwnWords:
        """What the names of events and fields mean to the user."""
        return own_words(self.map, self.events_map, roles=ROLES)

    def check(self) -> None:
        """Raise UsageError, MissingInputError or ConfigError for what is said wrongly, before anything is opened."""
        given = next((name for name in _ONLY_OF_ORDERS if getattr(self.orders, name) not in (None, (), False)), None)
        if given is not None:
            raise UsageError(
                f"--{given.replace('_', '-')} is for orders, and is not known to event logs; leave it out."
            )
        self.orders.check()
        _ = self.words


@dataclass(frozen=True)
class Log:
    """Tables of events, and how their cells are spelled as far as that is known."""

    tables: tuple[LogTable, ...]
    spellings: tuple[Spelling, ...]
    options: EventOptions
    list_rows: bool = False

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(table.stored for table in self.tables)

    @property
    def headers(self) -> Mapping[str, str]:
        """Role -> header; where files call it differently, every name, sorted."""
        names = {role: {own.headers[role] for own in self.tables if role in own.headers} for role in ROLES}
        return {role: ", ".join(sorted(own)) for role, own in names.items() if own}

    @property
    def vocabularies(self) -> tuple[str, ...]:
        """The titles of the systems that wrote the tables, as far as these tell it, sorted."""
        return tuple(sorted({table.system.title for table in self.tables if table.system}))

    @property
    def tells(self) -> frozenset[str]:
        """The roles that the log has columns for; `told` says which of them have a cell."""
        return tells(self.roles)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that some table has a column for."""
        return frozenset(role for table in self.tables for role in table.columns)

    def pieces(self) -> Iterator[Piece]:
        """Yield the log in pieces that any thread can read, each batch by batch."""
        for at, table in enumerate(self.tables):
            wanted = sorted({place for places in table.columns.values() for place in places})
            origins = Origins(table.system.values if table.system else {}, self.options.own_hosts)
            read = Reader(at, table, self.spellings[at], wanted, origins, self.options.orders, self.list_rows)
            for number, part in enumerate(table.flat.parts(wanted)):
                yield partial(read.cells, part, number)

    def settled(self, clues: Clues) -> "Log":
        """Return the log with its cells read as all cells of a column say that they are spelled.

        That is this very log where the first rows said the same, as they nearly always do; otherwise it has to be read
        once more. Raises DataError where no cell tells how another one is read, and where cells contradict each other.
        """
        flat, columns = [table.flat for table in self.tables], [table.spelled for table in self.tables]
        spellings = tuple(settle(flat, columns, self.options.orders.said, clues))
        return self if spellings == self.spellings else replace(self, spellings=spellings)


def tells(roles: frozenset[str]) -> frozenset[str]:
    """Return what a log tells, from the roles that it has: `value` and `source` have several columns.

    >>> sorted(tells(frozenset({"user", "unit_price", "referrer"})))
    ['referrer', 'source', 'unit_price', 'user', 'value']
    """
    more = set(roles)
    if roles & {"amount", "unit_price"}:
        more.add("value")
    if roles & {"source", "medium", "campaign", "channel", "click_id", "url", "referrer"}:
        more.add("source")
    if "os" in roles:
        more.add("platform")
    if "platform" in roles:
        more |= {"device", "app"}
    return frozenset(more)


def read_tables(sources: Sequence[Source], options: EventOptions, *, list_rows: bool = False) -> Log:
    """Return event logs that are open as they are about to be read, with the columns of their roles.

    Raises UsageError, DataError, MissingInputError and ConfigError for logs that cannot be read.
    """
    options.check()
    tables = tuple(_table(source, options) for source in sources)
    spellings = guess([each.flat for each in tables], [each.spelled for each in tables], options.orders.said)
    return Log(tables, tuple(spellings), options, list_rows)


def _table(source: Source, options: EventOptions) -> LogTable:
    system, words = system_of(source), options.words
    flat = unfolded(source, _shape(source, options, system))
    columns = find_roles(flat, options.named, words.fields, system)
    if options.orders.currency and "currency" not in columns:
        raise MissingRoleError(f"{flat.name} has no column for currency. {headers_of(flat)} Say --currency-column COL.")
    if isinstance(flat, ParquetFile):
        flat = flat.coded(columns[role][0] for role in CODED if len(columns.get(role, ())) == 1)
    return LogTable(source, flat, columns, system, meanings(words, system))


def _shape(source: Source, options: EventOptions, system: Vocabulary | None) -> Shape:
    """Return what stands in lists: what the log's system has there, and the columns that the user names in such."""
    own = [name for names in options.words.fields.values() for name in names] + list(options.named.values())
    of_system = [name for names in system.fields.values() for name in names] if system else []
    headers = leaves(source)
    lists = [header for name in own for header in headers if name.startswith(f"{header}.") and name not in headers]
    known = {*system.rows, *system.keyed} if system else set()
    lists = [each for each in dict.fromkeys(lists) if each not in known]
    if system is None:
        return Shape(lists=tuple(lists), names=tuple(own))
    return Shape(system.rows, (*lists, *system.lists), system.keyed, (*own, *of_system))
