"""Customers of a list who have no purchase, and the segment that a scheme has for them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.errors import UsageError
from segtool.segments.scheme import Scheme
from segtool.segments.schemes import built_in, read
from segtool.segments.segmentation import Segmentation
from segtool.segments.table import with_rows
from segtool.tables.arrays import as_column, as_mask, as_texts, chosen
from segtool.tables.numbers import as_decimals
from segtool.words import Words


def need_segment(schemes: Sequence[Scheme], option: str) -> None:
    """Raise UsageError unless some scheme has a segment for customers without a purchase, whom an option adds."""
    if not any(scheme.no_orders is not None for scheme in schemes):
        able = [name for name in built_in() if read(name).no_orders is not None]
        raise UsageError(
            f"{option} needs a scheme with a segment for those without a purchase: --scheme {' or '.join(able)}, or "
            "no_orders = true in one of your own."
        )


def without_purchase(ids: pa.Array, found: Segmentation) -> pa.Array:
    """Return those of distinct ids that are no customer with a purchase."""
    customers = found.figures.customers.customer_id.cast(pa.large_string())
    return chosen(ids, ~as_mask(pc.is_in(ids, customers)))


def with_prospects(table: pa.Table, ids: pa.Array, found: Segmentation, words: Words) -> pa.Table:
    """Return the labelled table with a row for each of these ids, all sorted by id.

    They have no order, a spend of zero, no score, and in each scheme its segment for them, if it has one.
    """
    known = {
        "customer_id": ids,
        "frequency": as_column(np.zeros(len(ids), np.int64)),
        "monetary": as_decimals(np.zeros(len(ids), np.int64)),
        "contacts": as_column(np.zeros(len(ids), np.int64)),
    }
    for i, named in enumerate(found.named):
        if named.scheme.no_orders is not None:
            segment, further = named.scheme.segments[named.scheme.no_orders], f"_{named.scheme.name}" if i else ""
            known[f"segment{further}"] = _all(segment.name, len(ids))
            known[f"segment_title{further}"] = _all(words.of(segment.title), len(ids))
    return with_rows(table, known)


def _all(text: str, count: int) -> pa.Array:
    return as_texts([text]).take(as_column(np.zeros(count, np.int64)))
