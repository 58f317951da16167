"""The rows of a table of events at the border: their cells read, and those that do not count set aside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool import memory
from segtool.engines import BadRow, Example
from segtool.events.cells import Cells
from segtool.events.kinds import KINDS, UNKNOWN
from segtool.events.nested import Unfolded, UnfoldedBatch
from segtool.events.notes import BAD_ROWS, CHOICES, REASONS, Notes
from segtool.events.origins import Origins
from segtool.events.roles import Columns
from segtool.events.vocabulary import Meanings, Vocabulary
from segtool.orders.amounts import line_amounts
from segtool.orders.spelling import Spelling
from segtool.reading import OrderOptions, day_of
from segtool.tables.arrays import Ints, Mask, as_column, as_texts, chosen, offsets, valid, values
from segtool.tables.dates import day_number, moments
from segtool.tables.dates.spelling import DAY, DateSpelling
from segtool.tables.numbers import UNITS, Numbers, NumberSpelling, numbers
from segtool.tables.numbers.affixes import currency_code
from segtool.tables.source import Batch, Part, Source
from segtool.tables.text import as_text, folded, in_words, labels, plain, with_lower_emails

_USED = len(REASONS)
"""The verdict on a row that nothing sets aside; any other is the place of its reason."""

_TO_READ = 512
"""Bytes a row that reading its cells takes, more or less."""

_SPELLED = {"moment": "order_date", "amount": "amount", "unit_price": "unit_price", "quantity": "quantity",
            "rating": "number:rating"}  # fmt: skip
"""Role -> the one as which it is known how its cells are spelled."""

_LABELS = ("anonymous", "user", "session", "product", "category", "brand", "order_id", "currency")
_OF_VISITS = (
    "source", "medium", "campaign", "channel", "click_id", "url", "referrer",
    "device", "os", "platform", "app", "member",
)  # fmt: skip

CODED = (
    "event", "user", "anonymous", "session", "product", "category", "brand", "order_id",
    "source", "medium", "channel", "device", "os", "platform", "app", "member",
)  # fmt: skip
"""Roles whose words return, so that reading and judging each once a batch takes less time."""

_VALUED = tuple(map(KINDS.index, ("add", "purchase", "refund")))
"""The kinds of events whose value counts, and has to be readable."""

_TOTALLED = tuple(map(KINDS.index, ("purchase", "refund")))
"""The kinds of events whose own value is that of all their products."""

_VISIT, _VIEW, _RATING = map(KINDS.index, ("visit", "view", "rating"))


@dataclass(frozen=True)
class LogTable:
    """A table of events: as it is stored, flat, the columns of its roles, and what its words mean."""

    stored: Source
    flat: Source
    columns: Columns
    system: Vocabulary | None
    meanings: Meanings

    @property
    def headers(self) -> Mapping[str, str]:
        """Role -> headers of its columns."""
        return {role: ", ".join(self.flat.columns[at] for at in places) for role, places in self.columns.items()}

    @property
    def spelled(self) -> dict[str, int]:
        """The columns whose spelling must be known, by the roles that orders have for them."""
        return {_SPELLED[role]: places[0] for role, places in self.columns.items() if role in _SPELLED}

    def is_listed(self, position: int) -> bool:
        """Return whether a column tells of the products of an event, of which it has a list."""
        return isinstance(self.flat, Unfolded) and self.flat.is_listed(position)


@dataclass(frozen=True)
class Reader:
    """Reads the cells of one table, the one at the place `source` of its log, and judges its rows.

    `orders` says which rows count; with `list_rows` those that do not are noted one by one.
    """

    source: int
    table: LogTable
    spelling: Spelling
    wanted: Sequence[int]
    origins: Origins
    orders: OrderOptions
    list_rows: bool
    kinds: dict[str, int] = field(default_factory=dict)

    def cells(self, part: Part, number: int) -> Iterator[Cells]:
        """Yield the rows of a part that count, batch by batch."""
        for at, batch in enumerate(part()):
            memory.need(_TO_READ * len(batch.rows))
            yield _Batch(self, batch, number, at).read()

    def kind(self, name: str) -> int:
        """Return the kind of an event by its name."""
        if name not in self.kinds:
            told = self.table.meanings.kind(name)
            self.kinds[name] = UNKNOWN if told is None else KINDS.index(told[0])
        return self.kinds[name]


@dataclass(frozen=True)
class _Value:
    """The amounts of a role: units where there is a cell and it can be read."""

    units: Ints
    filled: Mask
    readable: Mask
    role: str = "amount"


class _Batch:
    """A batch on its way from columns to cells."""

    def __init__(self, reader: Reader, batch: Batch, part: int, number: int) -> None:
        self._reader, self._batch, self._part, self._number = reader, batch, part, number
        self._size = len(batch.rows)
        columns = map(_that_can_be_taken, batch.columns)
        self._columns = dict(zip(reader.wanted, columns, strict=True))
        self._clues: dict[tuple[int, str, str], tuple[int, str]] = {}
        self._marks: frozenset[str] = frozenset()
        is_flat = not isinstance(batch, UnfoldedBatch)
        self._first = np.ones(self._size, np.bool_) if is_flat else batch.first  # type: ignore[attr-defined]
        self._event = None if self._first.all() else np.cumsum(self._first) - 1

    def read(self) -> Cells:
        """Return the rows that count, with notes on all of them."""
        roles = self._reader.table.columns
        texts = {role: self._text(role) for role in (*_LABELS, *_OF_VISITS) if role in roles}
        if "user" in texts:
            texts["user"] = in_words(texts["user"], with_lower_emails)
        encoded = self._text("event").dictionary_encode()
        names = encoded.dictionary.to_pylist()
        if len(set(names)) < len(names):  # spellings that blanks tell apart
            encoded = plain(encoded).dictionary_encode()
            names = encoded.dictionary.to_pylist()
        codes = values(encoded.indices, np.int32) if len(names) else np.zeros(self._size, np.int32)
        has_event = valid(encoded.indices)
        codes = codes if has_event.all() else np.where(has_event, codes, len(names))
        kind = np.array([*map(self._reader.kind, names), UNKNOWN], np.int8)[codes]
        if "product" in texts:
            kind = np.where((kind == _VISIT) & valid(texts["product"]), np.int8(_VIEW), kind)
        when, dated = self._moments()
        value = self._values(kind, texts.get("product"))
        rating = self._rating()
        verdict = self._verdicts(texts, has_event, kind, when, dated, value, rating)
        used = verdict == _USED
        priced = value.filled & value.readable
        kept = {role: None if role not in texts else chosen(texts[role], used) for role in _KEPT}
        judged = {role: _kept(judge(texts, self._size), used) for role, judge in self._reader.origins.judges.items()}
        cells = Cells(
            user=kept["user"],
            anonymous=kept["anonymous"],
            session=kept["session"],
            moment=_kept(when, used),
            kind=_kept(kind, used),
            first=_kept(self._first, used),
            listed=isinstance(self._batch, UnfoldedBatch),
            product=kept["product"],
            category=kept["category"],
            brand=kept["brand"],
            order_id=kept["order_id"],
            units=_kept(np.where(priced, value.units, 0), used),
            priced=_kept(priced, used),
            source=judged["source"],
            device=judged["device"],
            platform=judged["platform"],
            app=judged["app"],
            member=judged["member"],
            rating=_kept(np.where(rating.readable, rating.units, 0), used),
            rated=_kept(rating.filled & rating.readable, used),
            notes=None,
        )
        notes = self._notes(verdict, texts, (names, codes), when, dated, priced, value, rating)
        return replace(cells, notes=notes)

    def _text(self, role: str) -> pa.Array:
        """Return the labels of a role, of the first of its columns that has a cell in the row."""
        columns, system = [self._columns[at] for at in self._reader.table.columns[role]], self._reader.table.system

        def labelled(column: pa.Array) -> pa.Array:
            found = _labels(column)
            return _without(found, system.nothing) if system and system.nothing and role in _LABELS else found

        if len(columns) == 1 and role in CODED:
            return in_words(columns[0], labelled)
        return pc.coalesce(*map(labelled, columns))

    def _moments(self) -> tuple[Ints, Mask]:
        spelling, zone = self._reader.spelling.dates, self._reader.orders.timezone
        micros, known = np.zeros(self._size, np.int64), np.zeros(self._size, np.bool_)
        for number, at in enumerate(self._reader.table.columns["moment"]):
            found = moments(self._columns[at], spelling if number == 0 else DateSpelling(), zone)
            if number == 0:
                self._note_clues("order_date", found.clues, None)
                micros, known = found.micros, found.readable
            else:
                micros, known = np.where(known, micros, found.micros), known | found.readable
            if known.all():
                break
        return micros, known

    def _note_clues(self, role: str, clues: Mapping[str, tuple[int, str]], rows: Ints | None) -> None:
        """Remember what cells tell of their spelling; `rows` are those of the batch that were looked at."""
        for kind, (row, cell) in clues.items():
            at = row if rows is None else int(rows[row])
            self._clues[self._reader.source, role, kind] = (int(self._batch.rows[at]), cell)

    def _numbers(self, role: str, at: int, rows: Ints) -> Numbers:
        """Return the numbers of some rows of a column."""
        own = self._reader.table.columns[role]
        known_as = _SPELLED[role]
        decimal = self._reader.orders.said.decimal or "."
        spelling = self._reader.spelling.numbers[known_as] if at == own[0] else NumberSpelling(decimal)
        found = numbers(self._columns[at].take(as_column(rows)), spelling)
        if at == own[0]:
            self._note_clues(known_as, found.clues, rows)
        return found

    def _units(self, role: str, listed: bool | None = None) -> _Value:
        """Return the amounts of a role, of the first of its columns that has a cell in the row.

        With `listed` only columns that tell of products in a list, or only others.
        """
        units, readable = np.zeros(self._size, np.int64), np.zeros(self._size, np.bool_)
        filled = np.zeros(self._size, np.bool_)
        for at in self._reader.table.columns.get(role, ()):
            if listed is not None and self._reader.table.is_listed(at) != listed:
                continue
            rows = np.flatnonzero(_filled(self._columns[at]) & ~filled)
            if len(rows):
                found = self._numbers(role, at, rows)
                worth = line_amounts({"amount": found})
                units[rows], readable[rows], filled[rows] = worth.units, worth.readable, True
                self._marks |= found.currencies
        return _Value(units, filled, readable)

    def _products(self) -> _Value:
        """Return unit price × quantity, where there is a price; a quantity that is not told is one."""
        roles = self._reader.table.columns
        units, readable = np.zeros(self._size, np.int64), np.zeros(self._size, np.bool_)
        filled = np.zeros(self._size, np.bool_)
        for at in roles.get("unit_price", ()):
            rows = np.flatnonzero(_filled(self._columns[at]) & ~filled)
            if len(rows):
                price = self._numbers("unit_price", at, rows)
                worth = line_amounts({"unit_price": price, "quantity": self._quantities(rows)})
                units[rows], readable[rows], filled[rows] = worth.units, worth.readable, True
                self._marks |= price.currencies
        return _Value(units, filled, readable)

    def _quantities(self, rows: Ints) -> Numbers:
        units, exact = np.full(len(rows), UNITS, np.int64), np.ones(len(rows), np.bool_)
        told = np.zeros(len(rows), np.bool_)
        rest: dict[int, Decimal] = {}
        for at in self._reader.table.columns.get("quantity", ()):
            here = np.flatnonzero(_filled(self._columns[at].take(as_column(rows))) & ~told)
            if len(here):
                found = self._numbers("quantity", at, rows[here])
                units[here], exact[here], told[here] = found.units, found.exact, True
                rest |= {int(here[row]): value for row, value in found.rest.items()}
        return Numbers(units, exact, rest)

    def _values(self, kind: npt.NDArray[np.int8], product: pa.Array | None) -> _Value:
        """Return what each row is worth, so that the rows of an event come to what the event is worth.

        A flat row is worth its amount, or else unit price × quantity. Of an event with a list of products, an order or
        a refund is worth its own total where it has one, which then stands on one row; otherwise, and in a cart, each
        product counts for itself.
        """
        if self._event is None:
            own, each = self._units("amount"), self._products()
            return self._either(own.filled, own, each)
        each = self._products()
        if (listed := self._units("amount", listed=True)).filled.any():
            each = self._either(listed.filled, listed, each)
        own = self._units("amount", listed=False)
        by_total = np.isin(kind, _TOTALLED) | ~_any_of(each.filled, self._event)
        totalled = own.filled & by_total
        units = np.zeros(self._size, np.int64)
        rows = self._total_rows(np.flatnonzero(totalled), product)
        units[rows] = own.units[rows]
        return self._either(totalled, _Value(units, own.filled, own.readable), each)

    def _total_rows(self, rows: Ints, product: pa.Array | None) -> Ints:
        """Return the row of each event on which its total stands, of those that have one.

        That is the one of the least product: an order that is told again can list its products in another order.
        """
        event = np.cumsum(self._first)[rows]
        if product is None or not len(rows):
            return rows[np.diff(event, prepend=-1) > 0]
        encoded = product.take(as_column(rows)).dictionary_encode()
        words = encoded.dictionary.to_pylist()
        rank = np.full(len(words) + 1, -1, np.int64)
        rank[sorted(range(len(words)), key=lambda at: words[at].encode())] = np.arange(len(words))
        has_product = valid(encoded.indices)
        codes = (
            np.where(has_product, values(encoded.indices, np.int32), len(words)) if len(words) else np.zeros_like(rows)
        )
        order = np.lexsort((rows, rank[codes], event))
        return rows[order[np.diff(event[order], prepend=-1) > 0]]

    def _either(self, rows: Mask, one: _Value, other: _Value) -> _Value:
        """Return the values of the one in some rows, and of the other elsewhere."""
        has_price = "unit_price" in self._reader.table.columns
        return _Value(
            np.where(rows, one.units, other.units),
            np.where(rows, one.filled, other.filled),
            np.where(rows, one.readable, other.readable),
            "unit_price" if has_price and (other.filled & ~other.readable & ~rows).any() else "amount",
        )

    def _rating(self) -> _Value:
        return self._units("rating")

    def _verdicts(
        self,
        texts: Mapping[str, pa.Array],
        has_event: Mask,
        kind: npt.NDArray[np.int8],
        when: Ints,
        dated: Mask,
        value: _Value,
        rating: _Value,
    ) -> npt.NDArray[np.int8]:
        """Return for each row the place of the first reason that sets it aside; the rows of an event share one."""
        options = self._reader.orders
        known = np.zeros(self._size, np.bool_)
        for role in ("user", "anonymous"):
            if role in texts:
                known |= valid(texts[role])
        holds: dict[str, Mask] = {
            "no event": ~has_event,
            "no customer": ~known,
            "bad date": ~dated,
            "bad amount": value.filled & ~value.readable & np.isin(kind, _VALUED),
            "bad rating": rating.filled & ~rating.readable & (kind == _RATING),
        }
        if options.currency and "currency" in texts:
            wanted = currency_code(options.currency)
            codes = folded(texts["currency"], currency_code)
            other = ~_equals(codes, wanted)
            holds["currency"] = other & np.where(valid(codes), True, value.filled & np.isin(kind, _VALUED))
        day = when // DAY
        since = day_of(options.since, "since")
        if since is not None:
            holds["before window"] = day < day_number(since)
        if options.last_day is not None:
            holds["after as-of"] = day > day_number(options.last_day)
        verdict = np.full(self._size, _USED, np.int8)
        for reason in reversed(REASONS):
            if reason in holds:
                verdict[holds[reason]] = REASONS.index(reason)
        if self._event is not None and (verdict != _USED).any():
            verdict = np.minimum.reduceat(verdict, np.flatnonzero(self._first))[self._event]
        return verdict

    def _notes(
        self,
        verdict: npt.NDArray[np.int8],
        texts: Mapping[str, pa.Array],
        events: tuple[Sequence[str], npt.NDArray[Any]],
        when: Ints,
        dated: Mask,
        priced: Mask,
        value: _Value,
        rating: _Value,
    ) -> Notes:
        batch, first = self._batch, self._first
        verdicts = verdict if self._event is None else verdict[first]
        counts = np.bincount(verdicts, minlength=_USED + 1).tolist()
        aside = {reason: count for reason, count in zip(REASONS, counts, strict=False) if count}
        if len(batch.broken):
            aside["broken row"] = len(batch.broken)
        used = verdict == _USED
        names, codes = events
        of_names = np.bincount(codes[used & first], minlength=len(names) + 1)[: len(names)].tolist()
        day = when // DAY
        days = day[used]
        dating = used | np.isin(verdict, [REASONS.index(reason) for reason in CHOICES])
        bad, examples = self._bad_rows(
            verdict,
            {
                "bad date": ("moment", ~dated),
                "bad amount": (value.role, value.filled & ~value.readable),
                "bad rating": ("rating", rating.filled & ~rating.readable),
            },
        )
        listed = self._reader.list_rows
        rows = np.flatnonzero(~used & first) if listed else np.zeros(0, np.int64)
        every = np.concatenate([batch.rows[rows], batch.broken]) if listed else rows
        reasons = [REASONS[at] for at in verdict[rows].tolist()] + ["broken row"] * (len(batch.broken) if listed else 0)
        filled = {role for role, column in texts.items() if column.null_count < len(column)}
        filled |= {"event", "moment", *(["amount", "unit_price"] if priced.any() else [])}
        filled |= {"rating"} if rating.filled.any() else set()
        return Notes(
            source=self._reader.source,
            part=self._part,
            batch=self._number,
            size=batch.size,
            share=batch.share,
            read=len(verdicts) + len(batch.broken),
            aside=aside,
            bad=bad,
            examples=examples,
            events={name: count for name, count in zip(names, of_names, strict=True) if count},
            first_day=int(days.min()) if len(days) else None,
            last_day=int(days.max()) if len(days) else None,
            latest=_two_latest(day if dating.all() else day[dating]),
            clues=self._clues,
            marks=self._marks,
            currencies=self._currencies(texts, used & priced),
            filled=frozenset(filled),
            rows=every,
            reasons=tuple(reasons),
        )

    def _currencies(self, texts: Mapping[str, pa.Array], rows: Mask) -> frozenset[str]:
        """Return the currencies of the rows that have a value."""
        if "currency" not in texts or not rows.any():
            return frozenset()
        found = pc.unique(chosen(folded(texts["currency"], currency_code), rows)).to_pylist()
        return frozenset(code for code in found if code)

    def _bad_rows(
        self, verdict: npt.NDArray[np.int8], unread: Mapping[str, tuple[str, Mask]]
    ) -> tuple[tuple[BadRow, ...], dict[str, Example]]:
        """Return the first rows that cannot be read, each with its cell, and the least cell of each reason.

        `unread` is reason -> the role, and the rows whose cell of it cannot be read.
        """
        source, table = self._reader.source, self._reader.table
        bad = [BadRow(source, row, "broken row", "", "") for row in self._batch.broken[:BAD_ROWS].tolist()]
        examples = {}
        for reason, (role, cannot) in unread.items():
            rows = np.flatnonzero((verdict == REASONS.index(reason)) & cannot)
            if not len(rows):
                continue
            told = self._cells_told(role, rows)
            if role == "unit_price" and "quantity" in table.columns:
                pairs = zip(self._cells_told("quantity", rows), told, strict=True)
                told = [
                    (f"{many} × {price}", f"{own} × {header}") if many else (price, header)
                    for (many, own), (price, header) in pairs
                ]
            firsts = zip(self._batch.rows[rows[:BAD_ROWS]].tolist(), told, strict=False)
            bad += [BadRow(source, row, reason, header, cell) for row, (cell, header) in firsts]
            examples[reason] = min(Example(not cell, cell, header) for cell, header in told)
        return tuple(sorted(bad)[:BAD_ROWS]), examples

    def _cells_told(self, role: str, rows: Ints) -> list[tuple[str, str]]:
        """Return the first cell of a role that each of some rows has, and the header of its column."""
        table = self._reader.table
        places = table.columns[role]
        columns = [as_text(self._columns[at].take(as_column(rows))).to_pylist() for at in places]
        found = [
            next(((cell, at) for cell, at in zip(cells, places, strict=True) if cell), ("", places[0]))
            for cells in zip(*columns, strict=True)
        ]
        return [(cell, table.flat.columns[at]) for cell, at in found]


_KEPT = ("user", "anonymous", "session", "product", "category", "brand", "order_id")


def _kept(array: npt.NDArray[Any], rows: Mask) -> npt.NDArray[Any]:
    return array if rows.all() else array[rows]


def _that_can_be_taken(column: pa.Array) -> pa.Array:
    """Return a column of which rows can be taken, as they cannot of a view of strings."""
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column


def _labels(column: pa.Array) -> pa.Array:
    """Return a column as trimmed labels, null where empty; most cells of a log are empty, and are not looked at."""
    column = plain(column)
    if not pa.types.is_string(column.type):
        return labels(column if pa.types.is_floating(column.type) else as_text(column))
    there = np.diff(offsets(column)) > 0
    if column.null_count:
        there &= valid(column)
    count = int(np.count_nonzero(there))
    if 10 * count > 9 * len(column):
        return labels(column)
    if not count:
        return pa.nulls(len(column), pa.string())
    found = labels(column.take(as_column(np.flatnonzero(there))))
    at = as_column(np.maximum(np.cumsum(there) - 1, 0))
    return found.take(pc.if_else(as_column(there), at, pa.nulls(len(column), pa.int64())))


def _without(column: pa.Array, cells: Sequence[str]) -> pa.Array:
    """Return labels, null where they are among some cells."""
    if pa.types.is_null(column.type):
        return column
    there = pc.is_in(column, value_set=as_texts(list(cells)).cast(column.type))
    return pc.if_else(there, pa.nulls(len(column), column.type), column)


def _filled(column: pa.Array) -> Mask:
    """Return where a column has a cell that means something."""
    column = plain(column)
    if not pa.types.is_string(column.type):
        return valid(column)
    return valid(_labels(column))


def _any_of(rows: Mask, event: Ints) -> Mask:
    """Return the rows of the events of which any row is among some."""
    found: Mask = (np.bincount(event, rows) > 0)[event]
    return found


def _equals(codes: pa.Array, wanted: str) -> Mask:
    found = codes.dictionary_encode()
    same = np.array([word == wanted for word in found.dictionary.to_pylist()] + [False], np.bool_)
    indices = values(found.indices, np.int32) if len(codes) else np.zeros(0, np.int32)
    return same[np.where(valid(found.indices), indices, len(same) - 1)]


def _two_latest(days: Ints) -> frozenset[int]:
    if not len(days):
        return frozenset()
    last = int(days.max())
    earlier = days[days < last]
    return frozenset({last, int(earlier.max())} if len(earlier) else {last})
