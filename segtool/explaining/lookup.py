"""Customers by their ids, as rfm writes them."""

from collections.abc import Sequence
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import DataError, printable
from segtool.tables.arrays import as_mask, as_texts, chosen
from segtool.tables.text import labels, with_lower_emails

_SHOWN = 3
"""How many ids of each kind an error names."""

_COMPARED = 5_000
"""How many ids are compared with one that is not there."""


def rows_of(ids: Sequence[str], known: pa.Array, place: str) -> list[int]:
    """Return the rows of customers, each once. Ids are trimmed, e-mail addresses lower-cased, as those of orders are.

    >>> rows_of([" Ann@x.org ", "7.0", "7"], as_texts(["7", "ann@x.org"]), "orders.csv")
    [1, 0]

    Raises DataError that names the ids that are not there, and the nearest that are.
    """
    texts = as_texts(list(ids))
    asked = with_lower_emails(labels(texts)).to_pylist()
    short = [each.removesuffix(".0") if each else each for each in asked]
    found = _positions(asked, known)
    rows = [row if row is not None else other for row, other in zip(found, _positions(short, known), strict=True)]
    missing = list(dict.fromkeys(each.strip() for each, row in zip(ids, rows, strict=True) if row is None))
    if missing:
        raise DataError(_told(missing, known, place))
    return list(dict.fromkeys(row for row in rows if row is not None))


def _positions(ids: Sequence[str | None], known: pa.Array) -> list[int | None]:
    wanted = as_texts([each or "" for each in ids]).cast(known.type)
    positions: list[int | None] = pc.index_in(wanted, value_set=known).to_pylist()
    return positions


def _told(missing: Sequence[str], known: pa.Array, place: str) -> str:
    shown = ", ".join(printable(repr(each)) for each in missing[:_SHOWN])
    more = f" and {len(missing) - _SHOWN:,} more" if len(missing) > _SHOWN else ""
    near = nearest_ids(missing[0], known)
    hint = f" Nearest: {', '.join(map(printable, near))}." if near else ""
    return f"{place} has no customer {shown}{more} with a purchase that counts.{hint}"


def nearest_ids(wanted: str, known: pa.Array) -> list[str]:
    """Return the ids that look most like one: where one letter is wrong, the first or the second half is right.

    >>> nearest_ids("anne", as_texts(["ann", "bob", "Anna", "joanne"]))
    ['ann', 'joanne', 'Anna']
    """
    half = len(wanted) // 2
    like = [
        pc.starts_with(known, wanted[:half], ignore_case=True),
        pc.ends_with(known, wanted[half:], ignore_case=True),
    ]
    likely = chosen(known, as_mask(pc.or_(*like)))[:_COMPARED].to_pylist()
    by_fold = {each.casefold(): each for each in reversed(likely)}
    return [by_fold[each] for each in get_close_matches(wanted.casefold(), list(by_fold), _SHOWN)]
