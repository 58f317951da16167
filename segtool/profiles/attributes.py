"""The attributes of a table of customers: which columns tell something of groups of rows, and what kind each is."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.attributes import CustomerTable
from segtool.errors import UsageError, printable
from segtool.rules.cells import EMPTY_WORDS, EXACT_FLOAT, Exact
from segtool.rules.columns import Spelled, Table
from segtool.rules.conditions import Term
from segtool.rules.match import FALSE, TRUE
from segtool.tables.arrays import Ints, Mask, as_mask, as_texts, begins, valid, values
from segtool.tables.headers import known_attributes, meant_by, normal, one_spelling
from segtool.tables.numbers import INT64_MAX, UNITS
from segtool.tables.text import as_text, labels
from segtool.words import LANGUAGES, words_in
from segtool.workers import in_order

Values = npt.NDArray[Any]
"""Whole numbers or floats."""

Kind = Literal["number", "date", "yes/no", "list", "text"]

LeftOut = Literal["id", "contact", "unique", "empty", "score", "title", "nested"]
"""Why a column is no attribute: it names each customer, or says how to reach them, or tells nothing of groups."""

EMPTY = "(empty)"
"""The group of rows whose cell is empty."""

YES, NO = "true", "false"
"""The values of a column of yes and no, as rules have them."""

CONTACT = ("email", "phone", "first_name", "last_name", "customer_name", "address")
"""Attributes by which people are reached."""

_IDS = ("customer_id", "order_id")
_ID_WORDS = {"id", "ids", "uuid", "guid", "nr", "no", "number", "key", "index", "code", "شناسه", "کد", "شماره", "ردیف"}
_CODES = ("postal_code", "product", "sku", "store", "device")
_TEXTS = ("rfm_score", "lrfm_score")
_SCORES = ("r_score", "f_score", "m_score", "l_score", "rfm_score", "lrfm_score", "weighted_score")

FIGURES = ("first_order", "last_order", "recency_days", "frequency", "monetary", "average_order_value", "length_days")
"""Columns of a labelled table that its segments are made of."""

_MANY = 20
"""Of fewer rows each can have another text by chance."""

_READABLE = 0.9
"""The least share of cells that are numbers, or days, in a column of many of these; the others are told as unread."""

_NEARLY_ALL = 0.9
"""The share of filled cells that differ, in a column that names each customer."""

BETWEEN = re.compile(r"\s*[;,|،؛]\s*")
"""What stands between the entries of a list in one cell."""

_PLAIN_NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?$"
_LONG_NUMBER = r"^[+-]?[0-9]+\.[0-9]{5,}(?:[eE][+-]?[0-9]{1,2})?$"

_EMPTY_WORDS = as_texts(EMPTY_WORDS)


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of texts: for each row the place of its value among `names`, -1 where the cell is empty.

    The names are sorted; texts that differ in case, accents or Persian letters alone are one, as most rows write it.
    """

    names: tuple[str, ...]
    places: Ints


@dataclass(frozen=True, eq=False)
class Entries:
    """A column of lists: for each entry of a cell, once a row, the row and the place of the entry among `names`.

    `cells` has for each row a number that is the same for the same entries, -1 where the cell is empty.
    """

    names: tuple[str, ...]
    rows: Ints
    places: Ints
    cells: Ints

    @property
    def filled(self) -> Mask:
        """Where there are entries."""
        return self.cells >= 0


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers, or of days since 1970-01-01: `numbers / per` where `known`.

    Numbers are whole, and so exact, unless some have more than four decimals; then they are the nearest floats.
    """

    numbers: Values
    known: Mask
    per: int

    @property
    def whole(self) -> bool:
        """Whether the numbers are exact."""
        return self.numbers.dtype.kind == "i"

    @cached_property
    def ranked(self) -> "Ranked":
        """The known numbers in rising order."""
        return rank(self.numbers[self.known])


@dataclass(frozen=True, eq=False)
class Ranked:
    """Numbers by rank: they rise in `order`; of each it is known how many are strictly smaller, and how many equal it.

    `ties` has the number of equal ones for each different number, rising.
    """

    order: Ints
    below: Ints
    equal: Ints
    ties: Ints

    @property
    def doubled(self) -> Ints:
        """Twice the rank of each number, from 2; equal ones share the mean of theirs."""
        return 2 * self.below + self.equal + 1


def rank(numbers: Values) -> Ranked:
    """Return numbers by rank.

    >>> found = rank(np.array([7, 5, 7, 9]))
    >>> found.below.tolist(), found.doubled.tolist(), found.ties.tolist()
    ([1, 0, 1, 3], [5, 2, 5, 8], [1, 2, 1])
    """
    order = np.argsort(numbers, kind="stable")
    rising = numbers[order]
    starts = np.flatnonzero(begins(rising))
    ties = np.diff(np.append(starts, len(rising)))
    below, equal = np.empty(len(rising), np.int64), np.empty(len(rising), np.int64)
    below[order], equal[order] = np.repeat(starts, ties), np.repeat(ties, ties)
    return Ranked(order, below, equal, ties)


@dataclass(frozen=True, eq=False)
class Attribute:
    """A column with what it says of each row. `unread` filled cells are neither numbers nor days, as the others are."""

    header: str
    kind: Kind
    column: Coded | Entries | Numbers
    unread: int = 0

    @property
    def filled(self) -> Mask:
        """Where there is a value."""
        column = self.column
        if isinstance(column, Coded):
            return column.places >= 0
        return column.filled if isinstance(column, Entries) else column.known


def place_named(table: CustomerTable, name: str, option: str) -> int:
    """Return the position of the column of a name. Raises UsageError where there is none."""
    place = table.place_of(name)
    if place is None:
        raise UsageError(
            f"{table.name} has no column {printable(repr(name))} ({option}). {table.like([name])} "
            f"Say --column {printable(name)}=COL for another name."
        )
    return place


def segment_columns(headers: Sequence[str]) -> list[int]:
    """Return the positions of the columns of segments, `segment` first, in any language of the program.

    >>> segment_columns(("id", "segment_age", "segment", "segment_title", "segment_since"))
    [2, 1]
    >>> segment_columns(("بخش (age)", "عنوان بخش"))
    [0]
    """
    found = []
    for place, header in enumerate(headers):
        stem, rest = _stem(header)
        if stem == "segment" and not any(
            rest.startswith(word) and (len(rest) == len(word) or rest[len(word)] == "_")
            for word in ("title", "since", "before", "after")
        ):
            found.append((rest != "", place))
    return [place for _, place in sorted(found)]


def title_column(headers: Sequence[str], place: int) -> int | None:
    """Return the position of the column with the titles of the segments in another, None where there is none.

    >>> title_column(("segment_age", "segment_title", "segment_title_age"), 0)
    2
    """
    _, rest = _stem(headers[place])
    wanted = {words_in(lang).header(f"segment_title_{rest}" if rest else "segment_title") for lang in LANGUAGES}
    return next((at for at, header in enumerate(headers) if header in wanted), None)


def _stem(header: str) -> tuple[str, str]:
    """Return the column of segtool that a header is of, and what a scheme adds to its name."""
    if header == "segment" or header.startswith("segment_"):
        return "segment", header.removeprefix("segment").removeprefix("_")
    for lang in LANGUAGES:
        own = words_in(lang).header("segment")
        if header == own:
            return "segment", ""
        if header.startswith(f"{own} (") and header.endswith(")"):
            return "segment", header[len(own) + 2 : -1]
    return header, ""


def is_of(header: str, names: Iterable[str]) -> bool:
    """Return whether a header is that of one of these columns of segtool, in any language of the program."""
    return any(header in {name, *(words_in(lang).header(name) for lang in LANGUAGES)} for name in names)


def attributes_of(
    table: CustomerTable,
    columns: Sequence[str] | None,
    *,
    by: int,
    spelled: Spelled | None = None,
    threads: int | None = None,
) -> tuple[list[Attribute], dict[str, LeftOut]]:
    """Return the attributes of a table but for the one it is parted by; and header -> why a column is left out.

    `columns` names those that are wanted, by header or by what the header means; they are not left out for what they
    are called. Raises UsageError for one that is absent, DataError for cells that can be read in two ways.
    """
    if columns is not None:
        asked = dict.fromkeys(place_named(table, name, "--columns") for name in columns)
        places, left = [place for place in asked if place != by], {}
    else:
        left = _left_by_name(table, by)
        places = [place for place in range(len(table.headers)) if place not in left and place != by]
    found = in_order(
        lambda place: _attribute(table, place, spelled or Spelled(), asked=columns is not None), places, threads
    )
    attributes = []
    for place, each in zip(places, found, strict=True):
        if isinstance(each, Attribute):
            attributes.append(each)
        else:
            left[place] = each
    return attributes, {table.headers[place]: left[place] for place in sorted(left)}


def attribute_at(table: CustomerTable, place: int, spelled: Spelled) -> Attribute | None:
    """Return what a column says of each row, None for one that says nothing."""
    found = _attribute(table, place, spelled, asked=True)
    return found if isinstance(found, Attribute) else None


def _left_by_name(table: CustomerTable, by: int) -> dict[int, LeftOut]:
    """Return the positions of columns that their headers keep from being attributes, with the reason."""
    left: dict[int, LeftOut] = {}
    for name in _IDS:
        place = table.place_of(name)
        found = meant_by(name, table.headers) if name not in table.named else []
        left |= dict.fromkeys([*([place] if place is not None else []), *found], "id")
    for name in CONTACT:
        known = {normal(each) for names in known_attributes().get(name, ()) for each in names}
        left |= {at: "contact" for at, header in enumerate(table.headers) if normal(header) in known}
        if name in table.named and (place := table.place_of(name)) is not None:
            left[place] = "contact"
    for at, header in enumerate(table.headers):
        if is_of(header, _SCORES):
            left[at] = "score"
        if header.startswith(("segment_title", *(words_in(lang).header("segment_title") for lang in LANGUAGES))):
            left[at] = "title"
    left.pop(by, None)
    return left


def _attribute(table: CustomerTable, place: int, spelled: Spelled, *, asked: bool) -> Attribute | LeftOut:
    """Return the attribute of a column, or why it is none."""
    header, column = table.headers[place], table.columns[place]
    stored = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_list(stored) or pa.types.is_large_list(stored):
        return _list_or_none(header, pa.chunked_array([_joined(chunk) for chunk in column.chunks], pa.string()))
    if pa.types.is_nested(stored) or pa.types.is_binary(stored) or pa.types.is_large_binary(stored):
        return "nested"
    found = _typed(header, column, stored) or _texts(header, column, spelled, table.name)
    if not found.filled.any():
        return "empty"
    return found if asked else _unique(found) or found


def _list_or_none(header: str, column: pa.ChunkedArray) -> Attribute | LeftOut:
    found = _entries(header, coded_column(column))
    return found if found.filled.any() else "empty"


def _joined(chunk: pa.Array) -> pa.Array:
    cells = chunk.to_pylist()
    return pa.array([None if cell is None else ";".join(map(str, cell)) for cell in cells], pa.string())


def _unique(attribute: Attribute) -> LeftOut | None:
    """Return why an attribute that has another value in each row is left out."""
    filled = int(attribute.filled.sum())
    if filled < _MANY:
        return None
    column = attribute.column
    if isinstance(column, Coded):
        return "unique" if len(column.names) >= _NEARLY_ALL * filled else None
    if isinstance(column, Numbers) and attribute.kind == "number" and _is_called_id(attribute.header):
        return "id" if len(np.unique(column.numbers[column.known])) == filled else None
    return None


def _is_called_id(header: str) -> bool:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return bool(set(re.split(r"[\W_]+", one_spelling(parted))) & _ID_WORDS)


def _typed(header: str, column: pa.ChunkedArray, stored: pa.DataType) -> Attribute | None:
    """Return the attribute of a column that is stored as what it is, None for one of texts."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(stored)
    if pa.types.is_boolean(stored):
        whole = _combined(column)
        places = np.where(valid(whole), as_mask(whole).astype(np.int64), -1)
        return Attribute(header, "yes/no", Coded((NO, YES), places))
    if pa.types.is_date(stored) or pa.types.is_timestamp(stored):
        days = [each.by_row() for each in Table({header: column}).days(header)]
        numbers, known = (np.concatenate(part) for part in zip(*days, strict=True))
        unread = int((~known).sum()) - column.null_count
        return Attribute(header, "date", Numbers(np.where(known, numbers, 0), known, 1), unread)
    if not (pa.types.is_integer(stored) or pa.types.is_floating(stored) or pa.types.is_decimal(stored)):
        return None
    if _is_code(header):
        return None
    found = _of_whole(column) if pa.types.is_integer(stored) else _of_decimals(column)
    found = _of_floats(column) if found is None else found
    without = column.null_count
    if pa.types.is_floating(stored):
        without += sum(int(as_mask(pc.is_nan(chunk)).sum()) for chunk in column.chunks)
    return _zero_or_one(header, found) or Attribute(header, "number", found, int((~found.known).sum()) - without)


def _of_whole(column: pa.ChunkedArray) -> Numbers | None:
    """Return whole numbers, None for those that 64 bits do not hold."""
    try:
        whole = _combined(column.cast(pa.int64()))
    except pa.ArrowInvalid:
        return None
    return Numbers(np.where(valid(whole), values(whole), 0), valid(whole), 1)


def _of_decimals(column: pa.ChunkedArray) -> Numbers | None:
    """Return decimals of at most four places, None for longer ones, and for floats."""
    try:
        whole = _combined(column.cast(pa.decimal128(38, 4))) if pa.types.is_decimal(column.type) else None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if whole is None:
        return None
    known, words = valid(whole), values(whole, "<i8,<i8")
    if (words["f1"] != words["f0"] >> 63)[known].any():
        return None
    return Numbers(np.where(known, words["f0"], 0), known, UNITS)


def _combined(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _is_code(header: str) -> bool:
    """Return whether numbers under a header are names, as those of places."""
    return is_of(header, _TEXTS) or any(meant_by(name, (header,)) for name in _CODES)


def _zero_or_one(header: str, found: Numbers) -> Attribute | None:
    """Return numbers that are all 0 or 1, and both, as a column of yes and no."""
    known = found.numbers[found.known]
    if (
        not len(known)
        or known.min() != 0
        or known.max() != found.per
        or not ((known == 0) | (known == found.per)).all()
    ):
        return None
    places = np.where(found.known, (found.numbers != 0).astype(np.int64), -1)
    return Attribute(header, "yes/no", Coded((NO, YES), places))


def _of_floats(column: pa.ChunkedArray) -> Numbers:
    """Return floats as multiples of 1/10,000 if all of them are such, as the floats that they are otherwise."""
    if pa.types.is_float32(column.type):  # it means its own shortest decimal
        column = column.cast(pa.string())
    whole = _combined(column.cast(pa.float64(), safe=False))
    floats = np.where(valid(whole), values(whole, np.float64), np.nan) if len(whole) else np.zeros(0)
    known = np.isfinite(floats)
    scaled = np.rint(np.where(known, floats, 0) * UNITS)
    if (np.abs(scaled) < 10**15).all() and (scaled / UNITS == np.where(known, floats, 0)).all():
        return Numbers(scaled.astype(np.int64), known, UNITS)
    return Numbers(np.where(known, floats, 0.0), known, 1)


def _texts(header: str, column: pa.ChunkedArray, spelled: Spelled, table: str) -> Attribute:
    """Return the attribute of a column of texts: what all, or nearly all, of its cells can be read as."""
    texts, places = encoded(column)
    if not len(texts):
        return Attribute(header, "text", Coded((), places))
    counts = np.bincount(places[places >= 0], minlength=len(texts))
    spellings = [one_spelling(text) for text in texts.to_pylist()]
    if truth := _truths(spellings):
        return Attribute(header, "yes/no", Coded((NO, YES), np.append(np.array(truth, np.int64), -1)[places]))
    cells = Table({header: pa.chunked_array([texts])}, name=table, spelled=spelled)
    with_digits = any(any(map(str.isdigit, one)) for one in spellings)
    if with_digits and not _is_code(header) and not _has_leading_zeros(spellings):
        read = _as_numbers(header, texts, cells, counts) or _as_days(header, cells, counts)
        if read is not None:
            kind, found = read
            known = np.append(found.known, False)[places]
            numbers = np.append(found.numbers, found.numbers.dtype.type(0))[places]
            unread = int(counts[~found.known].sum())
            return Attribute(header, kind, Numbers(numbers, known, found.per), unread)
    coded = _coded(texts.to_pylist(), spellings, counts, places)
    return _as_list(header, coded) or Attribute(header, "text", coded)


def encoded(column: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    """Return the distinct texts of a column, trimmed, and for each row the place of its own, -1 where it is empty."""
    chunks = [labels(as_text(chunk), _EMPTY_WORDS) for chunk in column.chunks]
    whole = pa.chunked_array(chunks, pa.string()).dictionary_encode().unify_dictionaries()
    places = [
        np.where(valid(chunk.indices), values(chunk.indices.cast(pa.int64())), -1)
        for chunk in whole.chunks
        if len(chunk)
    ]
    texts = whole.chunk(0).dictionary if whole.num_chunks else pa.array([], pa.string())
    return texts, np.concatenate(places) if places else np.zeros(0, np.int64)


def coded_column(column: pa.ChunkedArray) -> Coded:
    """Return any column as texts."""
    if pa.types.is_boolean(column.type):
        whole = _combined(column)
        return Coded((NO, YES), np.where(valid(whole), as_mask(whole).astype(np.int64), -1))
    texts, places = encoded(column)
    listed = texts.to_pylist()
    counts = np.bincount(places[places >= 0], minlength=len(texts))
    return _coded(listed, [one_spelling(text) for text in listed], counts, places)


def _coded(texts: Sequence[str], spellings: Sequence[str], counts: Ints, places: Ints) -> Coded:
    own: dict[str, tuple[int, str]] = {}
    for text, one, count in zip(texts, spellings, counts.tolist(), strict=True):
        own[one] = min(own.get(one, (1, "")), (-count, text))
    names = sorted({one: name for one, (_, name) in own.items()}.items(), key=lambda each: each[1])
    position = {one: at for at, (one, _) in enumerate(names)}
    of_text = np.array([*(position[one] for one in spellings), -1], np.int64)
    return Coded(tuple(name for _, name in names), of_text[places])


def _truths(spellings: Sequence[str]) -> list[int] | None:
    """Return which texts say yes, None where some say neither, or all say 0 or all 1, which is more likely a number."""
    if len(spellings) > len(TRUE) + len(FALSE) or not all(one in TRUE or one in FALSE for one in spellings):
        return None
    return None if len(spellings) == 1 and spellings[0] in ("0", "1") else [int(one in TRUE) for one in spellings]


def _has_leading_zeros(spellings: Iterable[str]) -> bool:
    """Return whether some text is a code of digits that begins with a zero."""
    return any(len(one) > 1 and one[0] == "0" and one.isdigit() for one in spellings)


def _as_numbers(header: str, texts: pa.Array, cells: Table, counts: Ints) -> tuple[Kind, Numbers] | None:
    if (floats := _as_floats(texts)) is not None:
        return "number", Numbers(floats, np.isfinite(floats), 1)
    [read] = cells.numbers(Term((header,)))
    return ("number", _exactly(read)) if _fits(read.readable, counts) else None


def _exactly(read: Exact) -> Numbers:
    """Return numbers as multiples of 1/10,000 if all of them are such, as the floats nearest to them otherwise."""
    floats, exact = read.floats()
    known = read.readable
    near = np.rint(floats * UNITS)
    sure = exact & (near / UNITS == floats) & (np.abs(near) < EXACT_FLOAT)
    units = np.where(sure, near, 0).astype(np.int64)
    for row in np.flatnonzero(known & ~sure).tolist():
        own = Fraction(read.value(row) or 0) * UNITS
        if own.denominator != 1 or abs(own) > INT64_MAX:
            return Numbers(np.where(known, floats, 0.0), known & np.isfinite(floats), 1)
        units[row] = int(own)
    return Numbers(units, known, UNITS)


def _as_floats(texts: pa.Array) -> npt.NDArray[np.float64] | None:
    """Return the floats nearest to texts that are all plain numbers, of which some have many decimals; None for others.

    It is what reading each exactly would come to, and is faster for a million of them.
    """
    long = as_mask(pc.match_substring_regex(texts, _LONG_NUMBER))
    if not long.any() or not (long | as_mask(pc.match_substring_regex(texts, _PLAIN_NUMBER))).all():
        return None
    return values(texts.cast(pa.float64()), np.float64)


def _as_days(header: str, cells: Table, counts: Ints) -> tuple[Kind, Numbers] | None:
    [read] = cells.days(header)
    days, known = read.by_row()
    return ("date", Numbers(np.where(known, days, 0), known, 1)) if _fits(known, counts) else None


def _fits(known: Mask, counts: Ints) -> bool:
    """Return whether texts, of which so many rows have each, are what some of them can be read as.

    Of few texts all are: 1, 2 and 3+ are no numbers.
    """
    return bool(known.all() or (len(known) > _MANY and counts[known].sum() >= _READABLE * counts.sum()))


def _as_list(header: str, coded: Coded) -> Attribute | None:
    """Return a column of lists as such: of cells with several entries that come again in other cells.

    `Berlin, Germany` is none: there are as many entries as cells, and more.
    """
    parted = list(map(_parted, coded.names))
    if not any(len(entries) > 1 for entries in parted):
        return None
    distinct = {one_spelling(entry) for entries in parted for entry in entries}
    if len(distinct) > len(coded.names) and not meant_by("tags", (header,)):
        return None
    return _entries(header, coded)


def _parted(cell: str) -> list[str]:
    return [entry for entry in dict.fromkeys(BETWEEN.split(cell)) if entry]


def _entries(header: str, coded: Coded) -> Attribute:
    """Return a column of texts as one of lists."""
    parted = list(map(_parted, coded.names))
    own: dict[str, str] = {}
    for entry in sorted({entry for entries in parted for entry in entries}):
        own.setdefault(one_spelling(entry), entry)
    names = sorted(own.items(), key=lambda each: each[1])
    position = {one: at for at, (one, _) in enumerate(names)}
    entries = [sorted({position[one_spelling(entry)] for entry in each}) for each in parted]
    sizes = np.array([*map(len, entries), 0], np.int64)
    alike: dict[tuple[int, ...], int] = {}
    cells = np.array([*(alike.setdefault(tuple(each), len(alike)) if each else -1 for each in entries), -1], np.int64)
    flat = np.array([at for each in entries for at in each], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    repeats = sizes[coded.places]
    rows = np.repeat(np.arange(len(coded.places)), repeats)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    places = flat[starts[coded.places[rows]] + within]
    return Attribute(header, "list", Entries(tuple(name for _, name in names), rows, places, cells[coded.places]))
