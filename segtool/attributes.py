"""A table of customers of any kind: its columns as they are stored, and which of them the names in rules mean."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError, UsageError, printable
from segtool.rules.columns import Spelled, Table
from segtool.rules.conditions import EVERY, Condition, Older, Within, terms_of, tests_in
from segtool.tables import open_tables
from segtool.tables.arrays import EMPTY, as_mask
from segtool.tables.dates import calendar_day
from segtool.tables.headers import alike, meant_by, nearest
from segtool.tables.source import WORKBOOK, Batch, Layout, Source
from segtool.tables.text import as_text
from segtool.words import LANGUAGES, words_in
from segtool.workers import in_order

PAST = ("last_order", "last_visit", "last_interaction", "last_cart", "order_date", "signup_date", "first_order")
"""Columns of what has happened, the last day of which is the one that a table is as of."""

_LISTED = 12
"""How many columns an error lists."""


@dataclass(frozen=True)
class CustomerTable:
    """The rows of one or more files with the same columns, as they are stored: CSV as text, Parquet with its types.

    `named` is name in rules -> header, as the user says it. Columns that are `pointed`, by position, have texts of
    numbers that were stored with a decimal point; with `serials` numbers can be days, as in a sheet.
    """

    name: str
    headers: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    metadata: Mapping[bytes, bytes]
    named: Mapping[str, str]
    pointed: frozenset[int] = frozenset()
    serials: bool = False

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def table(self) -> pa.Table:
        """The table as Arrow has it."""
        return pa.Table.from_arrays(self.columns, names=self.headers)

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """The summary that a run of segtool has noted in the table, empty where there is none."""
        return self.noted("segtool")

    def noted(self, key: str) -> Mapping[str, Any]:
        """Return what a command of segtool has noted in the table under a key, empty where there is nothing."""
        try:
            about = json.loads(self.metadata.get(key.encode(), b"{}"))
        except ValueError:
            return {}
        return about if isinstance(about, dict) else {}

    @property
    def _nothing(self) -> pa.ChunkedArray:
        """A column that is empty in every row."""
        return pa.chunked_array([pa.nulls(len(chunk), pa.string()) for chunk in self.columns[0].chunks])

    def with_columns(self, places: Sequence[int]) -> "CustomerTable":
        """Return a table that has these of its columns alone, in their order."""
        headers = tuple(self.headers[place] for place in places)
        return replace(
            self,
            headers=headers,
            columns=tuple(self.columns[place] for place in places),
            named={name: header for name, header in self.named.items() if header in headers},
            pointed=frozenset(at for at, place in enumerate(places) if place in self.pointed),
        )

    def place_of(self, name: str) -> int | None:
        """Return the position of the column that a name in rules means, None where there is none.

        That is the one that the user says for it, or else the one with this header, or else one whose header is known
        for an attribute or a role of that name. Raises UsageError for a column that the user names and that is absent,
        DataError for one that stands twice.
        """
        if name not in self._places:
            self._places[name] = self._place_of(name)
        return self._places[name]

    @cached_property
    def _places(self) -> dict[str, int | None]:
        """What `place_of` has found: a name stands in many rules."""
        return {}

    def _place_of(self, name: str) -> int | None:
        if name in self.named:
            wanted = self.named[name]
            if not (found := alike(wanted, self.headers)):
                what = f"--column {name}={wanted}: {self.name} has no column {wanted!r}"
                raise UsageError(f"{printable(what)}. {self.like([wanted])}")
            return found[0]
        found = alike(name, self.headers) or self._translated(name) or meant_by(name, self.headers)
        if sum(self.headers[i] == self.headers[found[0]] for i in found) > 1:
            header = printable(repr(self.headers[found[0]]))
            raise DataError(f"{self.name} has {len(found)} columns {header}; give them names of their own.")
        return found[0] if found else None

    def _translated(self, name: str) -> list[int]:
        """Return the positions of the headers that are a name of a column of segtool in any language."""
        known = {words_in(lang).header(name) for lang in LANGUAGES}
        return [i for i, header in enumerate(self.headers) if header in known]

    def like(self, names: Sequence[str]) -> str:
        """Return which columns look like some names, or all that there are: the end of an error."""
        if near := nearest(names, self.headers):
            return f"Did you mean {printable(near[0])}?"
        more = f" and {len(self.headers) - _LISTED} more" if len(self.headers) > _LISTED else ""
        return f"Columns: {printable(', '.join(self.headers[:_LISTED]))}{more}."

    def looked_at(
        self, places: Mapping[str, int | None], *, spelled: Spelled, threads: int | None, every: bool = False
    ) -> Table:
        """Return columns as rules look at them, by name; one without a position is empty. `filled(*)` needs `every`."""
        return Table(
            {name: self._nothing if place is None else self.columns[place] for name, place in places.items()},
            name=self.name,
            spelled=replace(spelled, serials=self.serials),
            pointed=[name for name, place in places.items() if place in self.pointed],
            every=self.columns if every else (),
            sizes=[len(chunk) for chunk in self.columns[0].chunks],
            threads=threads,
        )

    def seen_by(
        self, rules: Iterable[Condition], *, as_of: date | None, spelled: Spelled, threads: int | None
    ) -> tuple[Table, str | None, date | None]:
        """Return the columns that rules look at, what tells the as-of date (an `option`, the `table`, the `data`), and
        the next latest day where the data do.

        Without an option that is the date of the run that wrote the table, or else the latest day that it has of what
        was last. There is a column for each name in the rules, which is empty where this table has none.
        """
        rules = list(rules)
        terms = [term for rule in rules for term in terms_of(rule)]
        noted = self.about.get("as_of")
        stated = as_of or (date.fromisoformat(noted) if noted else None)
        counted = [] if stated else self._counted_from(rules)
        names = dict.fromkeys(name for term in terms for name in term.columns if name != EVERY)
        table = self.looked_at(
            {name: self.place_of(name) for name in (*names, *counted)},
            spelled=spelled,
            threads=threads,
            every=any(EVERY in term.columns for term in terms),
        )
        if stated:
            table.as_of = stated
            return table, "option" if as_of else "table", None
        table.as_of, before = _two_latest(table, counted)
        return table, "data" if table.as_of else None, before

    def _counted_from(self, rules: Sequence[Condition]) -> list[str]:
        """Return the columns that tell as of when days are counted, where rules count any: those from which rules count
        back, and those that tell what was last.
        """
        tests = [test for rule in rules for test in tests_in(rule) if isinstance(test, Within | Older)]
        terms = [term for rule in rules for term in terms_of(rule)]
        if not tests and not any(term.function in ("age", "days") for term in terms):
            return []
        back = [test.term for test in tests if isinstance(test, Older) or not test.ahead]
        back += [term for term in terms if term.function == "days"]
        names = dict.fromkeys([*(term.columns[0] for term in back), *PAST])
        return [name for name in names if self.place_of(name) is not None]


def _two_latest(table: Table, names: Sequence[str]) -> tuple[date | None, date | None]:
    """Return the two latest days of some columns, as far as there are any."""
    days = [each.numbers[each.known] for name in names for each in table.days(name)]
    latest = max((int(each.max()) for each in days if len(each)), default=None)
    if latest is None:
        return None, None
    earlier = [each[each < latest] for each in days]
    before = max((int(each.max()) for each in earlier if len(each)), default=None)
    return calendar_day(latest), None if before is None else calendar_day(before)


def named_place(table: CustomerTable, header: str, option: str) -> int:
    """Return the position of a column by its header, or its number from 1.

    Raises UsageError where there is none, DataError where there are several.
    """
    found = alike(header, table.headers)
    if not found and header.isascii() and header.isdigit() and 1 <= int(header) <= len(table.headers):
        return int(header) - 1
    if not found:
        absent = f"{table.name} has no column {header!r} ({option})"
        raise UsageError(f"{printable(absent)}. {table.like([header])}")
    if len(found) > 1:
        raise DataError(f"{table.name} has {len(found)} columns {printable(repr(header))}; say {option} with a number.")
    return found[0]


def read_customer_table(
    tables: Any,
    layout: Layout | None = None,
    *,
    named: Mapping[str, str] | None = None,
    only: Callable[[CustomerTable], Iterable[int]] | None = None,
    threads: int | None = None,
) -> CustomerTable:
    """Return all rows of a table of customers, of one or more files, in their order.

    With `only`, which is asked with the table without its rows, the cells of other columns than those are not read, and
    null stands in their place.

    Raises DataError for a row that cannot be split into its cells, files with other columns, and a table without rows.
    """
    sources = open_tables(tables if isinstance(tables, list | tuple) else [tables], layout or Layout())
    first = sources[0]
    wanted = range(len(first.columns)) if only is None else sorted(set(only(_without_rows(first, named))) or {0})
    parts = (
        (at, part)
        for at, source in enumerate(sources)
        for places in [_same_columns(first, source)]
        for part in source.parts([places[place] for place in wanted])
    )
    read = list(in_order(lambda each: (each[0], list(each[1]())), parts, threads))
    _refuse_broken(sources, read)
    batches = [
        [as_cells(sources[at], column) for column in batch.columns]
        for at, own in read
        for batch in own
        if len(batch.rows)
    ]
    if not batches:
        raise DataError(f"{first.name} has a header, but no rows.")
    of_wanted = [chunked(list(chunks)) for chunks in zip(*batches, strict=True)]
    found = dict(zip(wanted, of_wanted, strict=True))
    unread = pa.chunked_array([pa.nulls(len(chunks[0])) for chunks in batches])
    columns = tuple(found.get(place, unread) for place in range(len(first.columns)))
    name = first.name if len(sources) == 1 else f"{first.name} and {len(sources) - 1:,} more"
    return CustomerTable(
        name,
        first.columns,
        columns,
        first.metadata,
        dict(named or {}),
        frozenset(_pointed(first, sources)),
        any(source.about.get("format") == WORKBOOK for source in sources),
    )


def _without_rows(source: Source, named: Mapping[str, str] | None) -> CustomerTable:
    """Return a table with its headers and types alone."""
    columns = tuple(pa.chunked_array([], source.type_of(place)) for place in range(len(source.columns)))
    return CustomerTable(source.name, source.columns, columns, source.metadata, dict(named or {}))


def _pointed(first: Source, sources: Sequence[Source]) -> Iterator[int]:
    """Yield the positions of columns of texts with numbers that were stored with a decimal point."""
    for source in sources:
        places = _same_columns(first, source)
        yield from (at for at, place in enumerate(places) if source.point_at(place) is not None)


def _same_columns(first: Source, source: Source) -> list[int]:
    """Return where the columns of the first table stand in another. Raises DataError for one that has others."""
    if source.columns == first.columns:
        return list(range(len(first.columns)))
    if sorted(source.columns) != sorted(first.columns) or len(set(first.columns)) < len(first.columns):
        own = ", ".join(sorted(set(first.columns) ^ set(source.columns))) or "the same name twice"
        raise DataError(
            f"{source.name} has other columns than {first.name}: {printable(own)}. Give them one at a time."
        )
    return [source.columns.index(header) for header in first.columns]


def _refuse_broken(sources: Sequence[Source], read: Sequence[tuple[int, list[Batch]]]) -> None:
    """Raise DataError with the place of the first row that cannot be split into its cells, and how many there are."""
    count = sum(len(batch.broken) for _, own in read for batch in own)
    start: dict[int, int] = dict.fromkeys(range(len(sources)), 0)
    for at, own in read:
        for batch in own:
            if len(batch.broken):
                [(line, record)] = sources[at].locate(batch.broken[:1] + start[at])
                more = f" ({count - 1:,} more such rows)" if count > 1 else ""
                raise DataError(
                    f"{sources[at].name}:{line}: {printable(record[:60])!r} is no whole row: it has not as many cells "
                    f"as the header{more}."
                )
            start[at] += batch.size


def as_cells(source: Source, column: pa.Array) -> pa.Array:
    """Return a column of a table, with null where nothing stands between two delimiters of a text file.

    Views of strings, of which pyarrow takes no rows, are strings.
    """
    if "delimiter" not in source.about:
        return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column
    blank = pc.equal(column, EMPTY)
    return pc.if_else(blank, pa.nulls(len(column), column.type), column) if as_mask(blank).any() else column


def chunked(chunks: list[pa.Array]) -> pa.ChunkedArray:
    """Return chunks as a column of one type, of text where theirs differ: files can store a column differently."""
    if len({chunk.type for chunk in chunks}) > 1:
        chunks = [as_text(chunk) for chunk in chunks]
    return pa.chunked_array(chunks)
