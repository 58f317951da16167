"""`segtool.behavior`: an event log, or plain orders, in; what each person did besides buying out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from segtool import __version__
from segtool.api import FromOrders, Reject
from segtool.asking import names_of
from segtool.attributes import CustomerTable
from segtool.engines import Watch
from segtool.engines.refusals import refuse_unusable, too_large
from segtool.errors import DataError, MissingRoleError, UsageError
from segtool.events.activity import Activity
from segtool.events.buyers import Buyers, Limits, behavior_of_buyers, columns_of_orders, stage_column, stages_of_buyers
from segtool.events.cautions import of_log
from segtool.events.choices import choices
from segtool.events.fold import activity
from segtool.events.lengths import days_of, gap_of
from segtool.events.log import EventOptions, Log, read_tables
from segtool.events.notes import Notes
from segtool.events.people import COLUMNS, behavior_of, cautions_of, columns_of, people_of
from segtool.events.reading import LogRead, settled, told
from segtool.events.roles import ROLES, argument, is_event_log, option
from segtool.orders.measures import REFUNDS
from segtool.reading import OrderOptions, OrdersRead, check_calendar, check_threads, day_of, read_sources
from segtool.seasons.buying import of_activity, of_history
from segtool.seasons.labels import label_columns, sales_of
from segtool.seasons.told import Seasons, season_cautions, season_columns, seasons_of
from segtool.seasons.windows import Window, windows_of
from segtool.seasons.years import Years
from segtool.segmenting import named_columns, schemes_of, segment_columns, unasked, with_members
from segtool.segments.attribute_scheme import AttributeScheme
from segtool.segments.families import Family
from segtool.segments.labelling import label
from segtool.segments.table import in_jalali
from segtool.summary import cautions
from segtool.summary.attributes import AttributeSegments, segments_of
from segtool.summary.attributes import cautions_of as cautions_of_scheme
from segtool.summary.behavior import Behavior, BehaviorSummary, EventName
from segtool.summary.census import period_of
from segtool.summary.facts import SCHEMA_VERSION, Caution, Period, Rows
from segtool.summary.seasons import LabelSummary, Role
from segtool.summary.summarize import rows_of
from segtool.tables import open_tables
from segtool.tables.arrays import Ints
from segtool.tables.dates import day_number, day_text
from segtool.tables.source import Source
from segtool.words import Language, Words, words_in

METADATA = "segtool_behavior"
"""The key under which a table of behaviour carries its summary."""

_ARGUMENTS = {argument(role): role for role in ROLES}
_LABELS = {"category": "category", "brand": "brand", "sales_channel": "channel"}
"""Argument -> the role of orders whose labels are counted."""

_ROLES: tuple[Role, ...] = ("category", "brand", "channel")

_SHARED = {"user": "customer_id", "time": "order_date"}
"""Argument of event logs -> that of orders which means the same."""

_OPTIONS = {each.name for each in fields(OrderOptions)} - {"recency", "frequency", "unit", "by", "further"}


@dataclass(frozen=True, repr=False)
class Behaved(FromOrders):
    """The persons with what each did, and what is to be said about it.

    `table` has one row a person, sorted by id, and only the columns that the input tells; money are exact decimals of
    four places. Its metadata carry the summary as JSON under `segtool_behavior`.
    """

    table: pa.Table
    summary: BehaviorSummary
    _read: Any
    _options: OrderOptions

    def __repr__(self) -> str:
        return f"<{self.summary.behavior.people:,} people as of {self.summary.as_of}>"

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen while the input was read, and why: a line a choice."""
        return tuple(choices(self._read)) if isinstance(self._read, LogRead) else super().choices

    def rejects(self) -> Iterator[Reject]:
        """Return every row that was set aside, file by file in the order of their lines; it reads the files again."""
        if isinstance(self._read, LogRead):
            return (Reject(*row) for row in self._read.rejects())
        return super().rejects()


@dataclass(frozen=True)
class _Asked:
    """What is asked for, whatever the input is."""

    orders: OrderOptions
    columns: Mapping[str, str]
    cart_window: int
    recent: int
    lapsed_after: int
    years: Years
    windows: Sequence[Window]
    schemes: Sequence[AttributeScheme | Family]
    named: Mapping[str, str]
    words: Words
    threads: int | None

    def limits(self, as_of: int) -> Limits:
        return Limits(as_of, self.cart_window, self.recent, self.lapsed_after)

    def observed_from(self, set_aside: Collection[str]) -> int | None:
        """Return the first day that was asked for, where rows before it tell that the shop was open then."""
        first = day_of(self.orders.since, "since")
        return None if first is None or "before window" not in set_aside else day_number(first)


@dataclass(frozen=True)
class _Found:
    """What an input tells, still without segments."""

    columns: dict[str, pa.Array]
    revenue: Ints | None
    as_of: Any
    as_of_from: str | None
    has_jalali: bool
    period: Period | None
    rows: Rows
    names: tuple[EventName, ...] | None
    vocabularies: tuple[str, ...]
    behavior: Behavior
    seasons: Seasons | None
    labels: tuple[LabelSummary, ...]
    warnings: tuple[Caution, ...]
    headers: Mapping[str, str]
    spelling: Mapping[str, str]


def behavior(
    events: Any,
    *,
    session_gap: str = "30m",
    cart_window: str | int = "30d",
    recent: str | int = "30d",
    lapsed_after: str | int = "180d",
    event_map: str | Iterable[str] | Mapping[str, str] = (),
    events_map: str | Path | None = None,
    own_hosts: str | Iterable[str] = (),
    windows: str | Path | None = None,
    hemisphere: Literal["north", "south"] | None = None,
    scheme: str | Sequence[str] | None = None,
    columns: str | Iterable[str] | Mapping[str, str] = (),
    calendar_out: Literal["gregorian", "jalali"] | None = None,
    lang: Language = "en",
    threads: int | None = None,
    rejects: bool = False,
    watch: Watch | None = None,
    **options: Any,
) -> Behaved:
    """Return what each person did in a shop besides buying, from an event log or from plain orders.

    `events` is a path, a DataFrame, an Arrow table, or a list of these. The `options` are those of `rfm` on orders,
    and the names of the columns of an event log by their roles, as `event`, `user`, `anonymous`, `time`, `session`,
    `device`. A table without a column of event names is one of orders.

    A silence of more than `session_gap` ends a session; carts are abandoned when `cart_window` has passed without a
    purchase; who bought within `recent` purchased recently, who has not bought for `lapsed_after` has lapsed.
    `event_map` tells what events are, as "clicked promo=view", and `events_map` is a TOML file of such words. Referrers
    of `own_hosts` are no source. `windows` is a TOML file of named times of the year. A `scheme` over columns, such as
    cart, adds a segment by the columns of the table; `columns` tells which one a name in its rules means.

    >>> import pandas as pd
    >>> log = pd.DataFrame({
    ...     "user_id": ["ann", "ann", "ben"], "event": ["view_item", "purchase", "add_to_cart"],
    ...     "timestamp": ["2024-03-01 10:00", "2024-03-01 10:05", "2024-03-02 09:00"], "value": [None, 5.5, 7],
    ... })
    >>> behavior(log).table.select(["customer_id", "orders", "revenue", "open_carts"]).to_pylist()[0]
    {'customer_id': 'ann', 'orders': 1, 'revenue': Decimal('5.5000'), 'open_carts': 0}

    Raises UsageError for options that do not fit, DataError for what cannot be used, MissingInputError for paths that
    lead nowhere, SchemeError and ConfigError for files of words that cannot be read.
    """
    words, gap = words_in(lang), gap_of(session_gap)
    check_calendar("calendar_out", calendar_out)
    check_threads(threads)
    orders, roles = _options_of(options)
    orders.check()
    asked = _Asked(
        orders=orders,
        columns=roles,
        cart_window=days_of(cart_window, "--cart-window"),
        recent=days_of(recent, "--recent"),
        lapsed_after=days_of(lapsed_after, "--lapsed-after"),
        years=Years(calendar_out or "gregorian", hemisphere or "north"),
        windows=windows_of(windows),
        schemes=schemes_of(names) if (names := names_of(scheme)) else (),
        named=named_columns(columns),
        words=words,
        threads=threads,
    )
    if isinstance(event_map, Mapping):
        event_map = [f"{name}={kind}" for name, kind in event_map.items()]
    own = [event_map] if isinstance(event_map, str) else list(event_map)
    sources = open_tables(events if isinstance(events, list | tuple) else [events], orders.layout)
    read: LogRead | OrdersRead
    if _are_event_logs(sources, roles, mapped=bool(own or events_map)):
        named = {_ARGUMENTS[name]: header for name, header in roles.items() if name in _ARGUMENTS}
        said = EventOptions(orders, named, own, None if events_map is None else str(events_map), own_hosts)
        read, found = _of_log(read_tables(sources, said, list_rows=rejects), gap, asked, watch)
    else:
        read, found = _of_orders(sources, asked, rejects=rejects, watch=watch)
    return _told(found, read, asked, gap=gap, show_jalali=calendar_out == "jalali")


def _options_of(options: Mapping[str, Any]) -> tuple[OrderOptions, dict[str, str]]:
    """Return the options of orders, and argument -> header of the columns of an event log.

    Raises TypeError for an option that there is not.
    """
    unknown = sorted(set(options) - _OPTIONS - set(_ARGUMENTS) - set(_LABELS))
    if unknown:
        raise TypeError(f"behavior() got an unexpected keyword argument {unknown[0]!r}")
    given = {_SHARED.get(name, name): value for name, value in options.items() if value is not None}
    columns = {name: str(given[name]) for name in given if name in {*_ARGUMENTS, *_LABELS} - _OPTIONS}
    further = {role: columns[name] for name, role in _LABELS.items() if name in columns}
    return OrderOptions(**{name: value for name, value in given.items() if name in _OPTIONS}, further=further), columns


def _are_event_logs(sources: Sequence[Source], columns: Mapping[str, str], *, mapped: bool) -> bool:
    """Return whether tables are event logs, and not orders. Raises DataError for some of both."""
    logs = {tuple(source.columns) for source in sources if is_event_log(source, columns)}
    found = [tuple(source.columns) in logs for source in sources]  # a part of a log can lack every known event
    if all(found):
        return True
    if any(found):
        log, other = sources[found.index(True)].name, sources[found.index(False)].name
        raise DataError(f"{log} is an event log, and {other} has no column of events; read them one by one.")
    name = next((name for name in columns if name in _ARGUMENTS and name not in _LABELS), None)
    if name is not None or mapped:
        said = option(_ARGUMENTS[name]) if name else "--map"
        raise UsageError(
            f"{said} tells of an event log, and {sources[0].name} has no column of events; say --event COL."
        )
    return False


def _of_log(log: Log, gap: int, asked: _Asked, watch: Watch | None) -> tuple[LogRead, _Found]:
    """Return how an event log was read, and what it tells."""
    if "sales_channel" in asked.columns:
        raise UsageError("--sales-channel is a column of orders; an event log tells --app and --source.")
    fold = partial(activity, gap=gap, threads=asked.threads)
    found = fold(log.pieces(), watch=_progress(watch, log))
    if (known := settled(log, found.notes)) is not log:
        log, found = known, fold(known.pieces(), watch=_progress(watch, known))
    read = told(log, found.notes)
    read.refuse_unusable()
    as_of, as_of_from = read.as_of
    if as_of is None:
        raise ValueError("Events that count have days.")
    try:
        return read, _of_activity(read, found, asked, as_of=as_of, as_of_from=as_of_from)
    except OverflowError:
        raise too_large("What people spent together") from None


def _progress(watch: Watch | None, log: Log) -> Callable[[Notes], None] | None:
    """Return what tells `watch` of each batch of a log how far the reading is."""
    if watch is None:
        return None
    share, rows = 0.0, 0

    def folded(notes: Notes) -> None:
        nonlocal share, rows
        share, rows = share + notes.share / len(log.tables), rows + notes.size
        watch(min(share, 1.0), rows)

    return folded


def _of_activity(read: LogRead, found: Activity, asked: _Asked, *, as_of: Any, as_of_from: str | None) -> _Found:
    words, limits, day = asked.words, asked.limits(day_number(as_of)), day_number(as_of)
    people = people_of(
        found,
        read.tells,
        as_of=day,
        cart_window=limits.cart_window,
        recent=limits.recent,
        lapsed_after=limits.lapsed_after,
        names_accounts=True if read.set_aside.get("no customer") else None,
    )
    behavior, columns, seasons = behavior_of(people, words), columns_of(people), None
    if behavior.orders:
        buying = of_activity(found, as_of=day, since=asked.observed_from(read.set_aside))
        seasons = seasons_of(buying, asked.years, asked.windows, words)
        columns |= season_columns(seasons)
    return _Found(
        columns=columns,
        revenue=people.buyers.revenue,
        as_of=as_of,
        as_of_from=as_of_from,
        has_jalali=read.has_jalali,
        period=read.period,
        rows=read.rows,
        names=read.names,
        vocabularies=read.log.vocabularies,
        behavior=behavior,
        seasons=seasons,
        labels=(),
        warnings=(
            *of_log(read, words),
            *cautions.of_ids(cautions.spoilt_ids(found.ids), found.dot_zero_ids, words),
            *cautions_of(behavior, words),
        ),
        headers=read.log.headers,
        spelling=read.spelling,
    )


def _of_orders(
    sources: tuple[Source, ...], asked: _Asked, *, rejects: bool, watch: Watch | None
) -> tuple[OrdersRead, _Found]:
    """Return how plain orders were read, and what they tell."""
    words, threads = asked.words, asked.threads
    options = asked.orders
    try:
        read = read_sources(
            sources,
            options,
            threads=threads,
            list_rows=rejects,
            watch=watch,
            history=True,
            daily=(REFUNDS,),
            tallied=_ROLES,
        )
    except MissingRoleError as error:
        raise MissingRoleError(f"{error} Where a row is an event, say --event COL.", *error.ways) from None
    refuse_unusable(read.found, read.sources, options.max_bad, options.currency)
    (as_of, as_of_from), history, customers = read.as_of(options.last_day), read.found.history, read.found.customers
    if as_of is None or history is None or customers.first_order is None or customers.last_order is None:
        raise ValueError("Orders have days, and their history was asked for.")
    day, tallies = day_number(as_of), read.found.tallies
    buyers = Buyers(
        orders=customers.frequency,
        revenue=customers.monetary,
        refunded=-history.summed(history.days.further[REFUNDS.name]),
        first=customers.first_order,
        last=customers.last_order,
        limits=asked.limits(day),
    )
    buying = of_history(history, as_of=day, since=asked.observed_from(read.found.counts.set_aside))
    seasons = seasons_of(buying, asked.years, asked.windows, words)
    columns = {
        "customer_id": customers.customer_id,
        "journey_stage": stage_column(stages_of_buyers(buyers)),
        **columns_of_orders(buyers),
        **label_columns(tallies, len(customers)),
        **season_columns(seasons),
    }
    return read, _Found(
        columns=columns,
        revenue=customers.monetary,
        as_of=as_of,
        as_of_from=as_of_from,
        has_jalali=read.has_jalali,
        period=period_of(customers),
        rows=rows_of(read.found.counts),
        names=None,
        vocabularies=(),
        behavior=behavior_of_buyers(buyers, words),
        seasons=seasons,
        labels=tuple(
            sales_of(role, read.headers[role], tallies[role], len(customers)) for role in _ROLES if role in tallies
        ),
        warnings=tuple(cautions.of_orders(read, options, words)),
        headers=read.headers,
        spelling=read.spelling,
    )


def _told(found: _Found, read: Any, asked: _Asked, *, gap: int, show_jalali: bool) -> Behaved:
    """Return what was found as a table with segments, and its summary."""
    words = asked.words
    columns, places = found.columns, {header: place for place, header in enumerate(COLUMNS)}
    if show_jalali:
        days = [header for header in ("last_order", "next_order") if header in columns]
        columns = columns | {f"{header}_jalali": in_jalali(columns[header]) for header in days}
    headers = sorted(columns, key=lambda header: places.get(header, len(places)))
    table = pa.table({header: columns[header] for header in headers})
    table, told, warnings = _classified(table, found, asked)
    seasons = found.seasons.told if found.seasons else None
    shows_jalali = show_jalali or found.has_jalali or asked.orders.as_of_is_jalali
    summary = BehaviorSummary(
        schema_version=SCHEMA_VERSION,
        as_of=found.as_of,
        as_of_jalali=day_text(found.as_of, "jalali") if shows_jalali else None,
        as_of_from=found.as_of_from,
        period=found.period,
        rows=found.rows,
        names=found.names,
        vocabularies=found.vocabularies,
        session_gap=gap // 1_000_000,
        cart_window=asked.cart_window,
        recent=asked.recent,
        lapsed_after=asked.lapsed_after,
        behavior=found.behavior,
        seasons=seasons,
        labels=found.labels,
        attribute_schemes=told,
        warnings=(*found.warnings, *(season_cautions(seasons, words) if seasons else ()), *warnings),
        columns=found.headers,
        spelling=found.spelling,
        version=__version__,
    )
    return Behaved(table.replace_schema_metadata({METADATA: summary.to_json()}), summary, read, asked.orders)


def _classified(
    table: pa.Table, found: _Found, asked: _Asked
) -> tuple[pa.Table, tuple[AttributeSegments, ...], tuple[Caution, ...]]:
    """Return a table with a segment by each scheme, what these made of the people, and what to know of it."""
    if not asked.schemes:
        return table, (), ()
    words = asked.words
    people = CustomerTable("the table of this run", tuple(table.column_names), tuple(table.columns), {}, asked.named)
    labellings = list(with_members(label(people, asked.schemes, as_of=found.as_of, threads=asked.threads).labellings))
    for header, column in segment_columns(labellings, words).items():
        table = table.append_column(header, column)
    return (
        table,
        tuple(segments_of(each, found.revenue, words) for each in labellings),
        (
            *unasked(asked.named, asked.schemes, words),
            *(one for each in labellings for one in cautions_of_scheme(each, words)),
        ),
    )
