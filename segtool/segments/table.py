"""The labelled table: one row a customer, with figures, scores and segments."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from segtool.scoring.scores import weighted
from segtool.segments.segmentation import Named, Segmentation
from segtool.tables.arrays import Ints, as_column, as_texts
from segtool.tables.dates import calendar_day, day_text
from segtool.tables.numbers import as_decimals
from segtool.words import Words


def labelled_table(
    found: Segmentation, prospects: pa.Array | None, *, words: Words, weights: Mapping[str, int], jalali: bool
) -> pa.Table:
    """Return the labelled customers, sorted by id, those of a list who bought nothing among them if they are given.

    Money is in exact decimals of four places. In another language than English the title of a segment follows its name.
    After the columns of every run come those of further schemes, then what options add: length and its score, average
    order value, group, ranking number (axis -> weight in units of 1/10,000), Jalali date.
    """
    figures, customers, scores = found.figures, found.figures.customers, found.scores
    columns = {
        "customer_id": customers.customer_id,
        "first_order": _days(customers.first_order, len(customers)),
        "last_order": _days(customers.last_order, len(customers)),
        "recency_days": as_column(figures.recency_days),
        "frequency": as_column(customers.frequency),
        "monetary": as_decimals(customers.monetary),
        **{f"{axis}_score": as_column(scores.digits(axis)) for axis in "rfm"},
        "rfm_score": scores.text(),
    }
    for i, named in enumerate(found.named):
        if any(named.scores.axes[axis] != scores.axes[axis] for axis in "rfm"):
            columns[f"rfm_score_{named.scheme.name}"] = named.scores.text()
        further = f"_{named.scheme.name}" if i else ""
        columns[f"segment{further}"] = _each(named, [segment.name for segment in named.scheme.segments])
        if words.lang != "en":
            titles = [words.of(segment.title) for segment in named.scheme.segments]
            columns[f"segment_title{further}"] = _each(named, titles)
    if "l" in found.letters:
        columns["length_days"] = as_column(figures.length_days)
        columns["l_score"] = as_column(scores.digits("l"))
        columns["lrfm_score"] = scores.text("lrfm")
    every = [scores, *(named.scores for named in found.named)]
    if any(each.axes["m"].figure == "average_order_value" for each in every):
        columns["average_order_value"] = as_decimals(figures.average_order_value)
    if customers.group is not None:
        columns["group"] = customers.group
    if weights:
        columns["weighted_score"] = as_decimals(weighted(scores, weights))
    if jalali:
        last = customers.last_order
        columns["last_order_jalali"] = pa.nulls(len(customers), pa.string()) if last is None else _jalali(last)
    table = pa.table(columns)
    if prospects is None:
        return table
    from segtool.segments.prospects import with_prospects

    return with_prospects(table, prospects, found, words)


def _days(days: Ints | None, count: int) -> pa.Array:
    """Return days since 1970-01-01 as dates, so many nulls where they are not known."""
    return pa.nulls(count, pa.date32()) if days is None else as_column(days.astype(np.int32), pa.date32())


def _each(named: Named, texts: Sequence[str]) -> pa.Array:
    """Return for each customer the text of its segment."""
    return as_texts(texts).take(as_column(named.places))


def _jalali(days: Ints) -> pa.Array:
    """Return days since 1970-01-01 as dates of the Jalali calendar, `1403/05/08`."""
    distinct, places = np.unique(days, return_inverse=True)
    texts = as_texts([day_text(calendar_day(day), "jalali") for day in distinct.tolist()])
    return texts.take(as_column(places.astype(np.int64)))
