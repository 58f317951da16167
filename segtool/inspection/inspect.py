"""`segtool.inspect`: what is in a shop's files, how rfm would read them, and what to say so that it can."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segtool import __version__
from segtool.engines import Watch
from segtool.engines.refusals import places, refuse_unusable
from segtool.errors import DataError, MissingRoleError, SegtoolError, Way
from segtool.events.roles import is_event_log
from segtool.inspection.command import as_typed, command_for
from segtool.inspection.facts import SCHEMA_VERSION, Ask, Inspection, Orders, Status, Table
from segtool.inspection.questions import questions_of
from segtool.inspection.scan import Scan, scan
from segtool.inspection.tables import described, lacking, roles_of
from segtool.orders.roles import ROLES, has_customers, has_row_as_header, headers_of
from segtool.orders.set_aside import NoneOf, OneOf, Unpaid
from segtool.reading import OrderOptions, OrdersRead, check_calendar, check_threads, read_sources
from segtool.summary import cautions
from segtool.summary.census import period_of
from segtool.summary.summarize import rows_of
from segtool.tables import open_tables
from segtool.tables.dates import calendar_day, day_text
from segtool.tables.dates.spelling import DAY_FIRST, MONTH_FIRST, Calendar
from segtool.tables.headers import normal
from segtool.tables.numbers import money, total
from segtool.tables.numbers.affixes import currency_code
from segtool.tables.numbers.text import COMMA, POINT
from segtool.tables.places import STDIN
from segtool.tables.source import Source
from segtool.tables.text import fold
from segtool.words import words_in

_OF_EVENTS = "rows of an event log are what people did, and not only what they bought; segtool behavior reads it."


def inspect(
    orders: Any,
    *,
    calendar_out: Calendar | None = None,
    threads: int | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Inspection:
    """Look at a shop's tables: their columns, their orders, what rfm would set aside, and what it would ask.

    `orders` and the `options` are those of `rfm` that say how orders are read and which count. Where an option is
    missing without which orders cannot be read, the likeliest answer is taken, and told.

    >>> import pandas as pd
    >>> found = inspect(pd.DataFrame({"customer": ["ann", "bob"], "date": ["3/4/2024", "5/4/2024"], "total": [10, 7]}))
    >>> [(column.role, column.cells) for column in found.tables[0].columns][:2]
    [('customer_id', 'text'), ('order_date', 'dates, day or month first')]
    >>> found.asks[0].answers, found.asks[0].taken, str(found.orders.period.last)
    (('--day-first', '--month-first'), '--day-first', '2024-04-05')

    Raises UsageError for options that do not fit, DataError for tables that cannot be read at all, MissingInputError
    for paths that lead nowhere.
    """
    said = OrderOptions(**options)
    kept, dropped = said.statuses.values()  # they may come from an iterator, and are needed more than once
    said = replace(said, keep_status=kept, drop_status=dropped)
    check_calendar("calendar_out", calendar_out)
    check_threads(threads)
    said.check()
    given = list(orders) if isinstance(orders, list | tuple) else [orders]
    told = watch or _untold
    trial, sources, found = _opened(given, said, threads, lambda share, rows: told(share / 2, rows))
    are_events = all(map(is_event_log, sources))
    if are_events:
        names = ", ".join(dict.fromkeys(source.name for source in sources))
        trial = replace(trial, refusal=f"{names}: {_OF_EVENTS}")
    else:
        trial = _tried(trial, sources, found, threads, lambda share, rows: told((1 + share) / 2, rows))
    read = trial.read
    command = "behavior" if are_events else None if trial.refusal else "rfm"
    roles = [each.columns for each in read.inputs] if read else [roles_of(source, trial.options) for source in sources]
    tables = described(sources, found, roles, _spelled(said, trial.read))
    return Inspection(
        schema_version=SCHEMA_VERSION,
        tables=tables,
        rows=sum(table.rows for table in tables),
        duplicate_rows=found.repeats,
        orders=_orders(read, found, trial.options, jalali=calendar_out == "jalali") if read else None,
        asks=trial.asks,
        refusal=trial.refusal,
        command=command and command_for(given, trial.options, calendar_out=calendar_out, command=command),
        questions=questions_of(_headers(tables)),
        version=__version__,
    )


def _untold(share: float, rows: int) -> None:
    """Take note of nothing."""


@dataclass(frozen=True)
class _Trial:
    """Options with the answers that are taken so far, and the orders as they are read with them, if they can be."""

    options: OrderOptions
    asks: tuple[Ask, ...] = ()
    read: OrdersRead | None = None
    refusal: str | None = None

    def answered(self, error: DataError, way: Way, sources: Sequence[Source] = ()) -> "_Trial":
        """Return the trial with one more answer."""
        reason = _in_short(error, sources)
        if "max_bad" in way:
            reason += " Put them right, or leave them out."
        ask = Ask(reason, tuple(map(as_typed, error.ways)), as_typed(way))
        return replace(self, options=replace(self.options, **way), asks=(*self.asks, ask))


def _opened(
    orders: Sequence[Any], options: OrderOptions, threads: int | None, watch: Watch
) -> tuple[_Trial, tuple[Source, ...], Scan]:
    """Return the tables and all that their cells are, in the likeliest encoding where they are not UTF-8."""
    trial = _Trial(options)
    try:
        sources = open_tables(orders, options.layout)
        return trial, sources, scan(sources, threads=threads, watch=watch)
    except DataError as error:
        way = next((way for way in error.ways if "encoding" in way), None)
        if way is None or not all(map(_can_be_opened_again, orders)):
            raise
        trial = trial.answered(error, way)
    sources = open_tables(orders, trial.options.layout)
    return trial, sources, scan(sources, threads=threads, watch=watch)


def _can_be_opened_again(table: Any) -> bool:
    """Return whether a table is no stream, which is gone once it is read."""
    if not isinstance(table, str | os.PathLike):
        return True
    path = os.fspath(table)
    return path != STDIN and (os.path.isfile(path) or os.path.isdir(path) or not os.path.exists(path))


def _tried(trial: _Trial, sources: tuple[Source, ...], found: Scan, threads: int | None, watch: Watch) -> _Trial:
    """Return the orders as they are read once all is answered that is asked, or why they cannot be read.

    Where a column only looks like one of an order line, its cells must prove it.
    """
    likely: _Trial | None = None  # before a column was taken for what it looks like
    answered: set[str] = set()
    while True:
        try:
            read = trial.read or read_sources(sources, trial.options, threads=threads, list_rows=False, watch=watch)
            trial = replace(trial, read=read)
            refuse_unusable(read.found, sources, trial.options.max_bad, trial.options.currency)
            return trial
        except SegtoolError as error:
            way = _likeliest(error, trial.read, found)
            if likely is not None and (way is None or "max_bad" in way):
                return likely
            if way is None or not isinstance(error, DataError) or way.keys() <= answered:
                return replace(trial, refusal=_refusal(trial, sources, error))
            if trial.read is None and any(role in way for role in ("customer_id", "order_date", "amount")):
                likely = likely or replace(trial, refusal=_refusal(trial, sources, error))
            answered |= way.keys()
            trial = trial.answered(error, way, sources)
            if "max_bad" not in way:
                trial = replace(trial, read=None)


def _likeliest(error: SegtoolError, read: OrdersRead | None, found: Scan) -> Way | None:
    """Return the answer to take; of several currencies the one of most rows."""
    ways = error.ways if isinstance(error, DataError) else ()
    if read is None or not any("currency" in way for way in ways):
        return next(iter(ways), None)
    rows = Counter[str]()
    for label, (count, _) in _labels("currency", read, found).items():
        rows[currency_code(label)] += count
    return max(ways, key=lambda way: rows[currency_code(str(way["currency"]))])


def _refusal(trial: _Trial, sources: Sequence[Source], error: SegtoolError) -> str:
    """Return why orders cannot be read, in one line."""
    if isinstance(error, MissingRoleError):
        for source in sources:
            if has_customers(source) and str(error).startswith(f"{source.name} has no column for "):
                way = "segtool rfm --customer-level takes it"
                return f"no order lines: {source.name} has the headers of a table with a row a customer; {way}."
            found = roles_of(source, trial.options)
            roles = lacking(found)
            if roles and not any(role in trial.options.named for role in roles):
                say = " ".join(f"--{role.replace('_', '-')} COL" for role in roles)
                away = "" if len(sources) == 1 else ", or leave the file out"
                first = " Its header looks like a row: is there none? Then say --no-header, and name columns by number."
                return (
                    f"no order lines: {source.name} has no column for {' and '.join(roles)}. If one of its columns "
                    f"is it, say {say}{away}.{first if not found and has_row_as_header(source) else ''}"
                )
    return _in_short(error, sources)


def _in_short(error: SegtoolError, sources: Sequence[Source]) -> str:
    """Return the text of an error without what an inspection shows anyway: the headers, and places of bad rows."""
    text = str(error).splitlines()[0]
    for source in sources:
        text = text.replace(f" {headers_of(source)}", "")
    return text


def _spelled(said: OrderOptions, read: OrdersRead | None) -> dict[str, set[str]]:
    """Return the clues of each role: those of all its cells, and what is said."""
    found: dict[str, set[str]] = {}
    for _, role, kind in read.found.clues if read else ():
        found.setdefault(role, set()).add(kind)
    for role, kind in ROLES.items():
        if kind == "number" and said.decimal is not None:
            found[role] = {COMMA if said.decimal == "," else POINT}
        if kind == "date" and said.day_first is not None:
            found[role] = {DAY_FIRST if said.day_first else MONTH_FIRST}
    return found


def _labels(role: str, read: OrdersRead, found: Scan) -> dict[str, tuple[int, bool]]:
    """Return each label of a role, as it is first written, with its rows and whether these are set aside for it.

    Nothing is returned where labels are many.
    """
    labels: dict[str, tuple[str, int, bool]] = {}
    for each, table in zip(read.inputs, found.tables, strict=True):
        if role not in each.columns:
            continue
        counts = table.columns[each.columns[role]].counts
        if counts is None:
            return {}
        for label, rows in counts.items():
            first, before, _ = labels.get(fold(label), (label, 0, False))
            labels[fold(label)] = (first, before + rows, _is_set_aside(role, label, read, each.habits.unpaid))
    return {label: (rows, aside) for label, rows, aside in labels.values()}


def _is_set_aside(role: str, label: str, read: OrdersRead, unpaid: frozenset[str]) -> bool:
    """Return whether rows with a label are set aside for it."""
    for rule in read.plan.rules:
        form = currency_code if role == "currency" else fold
        match rule.predicate:
            case Unpaid() if role == "status" and normal(label) in unpaid:
                return True
            case OneOf(of, values) if of == role and form(label) in values:
                return True
            case NoneOf(of, values) if of == role and form(label) not in values:
                return True
    return False


def _orders(read: OrdersRead, found: Scan, options: OrderOptions, *, jalali: bool) -> Orders:
    customers, counts = read.found.customers, read.found.counts
    period = period_of(customers)
    in_jalali = period is not None and (jalali or options.as_of_is_jalali or read.has_jalali)
    latest = read.found.latest
    statuses = _labels("status", read, found).items()
    return Orders(
        period=period,
        period_jalali=(day_text(period.first, "jalali"), day_text(period.last, "jalali"))
        if period is not None and in_jalali
        else None,
        as_of=options.last_day or (calendar_day(latest[-1]) if latest else None),
        customers=len(customers),
        orders=int(customers.frequency.sum()),
        revenue=money(total(customers.monetary)) if len(customers) else None,
        rows=rows_of(counts),
        bad_rows=sum(counts.bad_rows.values()),
        currencies=tuple(label.upper() for label in read.found.currencies),
        statuses=tuple(
            Status(label, rows, aside)
            for label, (rows, aside) in sorted(statuses, key=lambda each: (-each[1][0], each[0]))
        ),
        columns=read.headers,
        spelling=read.spelling,
        places=tuple(places(read.found.bad, read.sources)),
        warnings=tuple(cautions.of_orders(read, options, words_in())) if latest else (),
    )


def _headers(tables: Sequence[Table]) -> Mapping[str, str]:
    """Return the header of each role and attribute, in the first table that has one; a column without cells is none."""
    found: dict[str, str] = {}
    for column in (column for table in tables for column in table.columns if not table.rows or column.kind != "empty"):
        for name in (*(column.role or "").split(", "), column.attribute or ""):
            if name:
                found.setdefault(name, column.header)
    return found
