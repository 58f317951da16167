"""The labelled table: one row a customer, with figures, scores and segments."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from segtool.scoring.scores import weighted
from segtool.segments.segmentation import Named, Segmentation
from segtool.tables.arrays import Ints, as_column, as_texts
from segtool.tables.dates import day_text
from segtool.tables.numbers import as_decimals
from segtool.tables.text import sorted_rows
from segtool.words import Words


def labelled_table(found: Segmentation, *, words: Words, weights: Mapping[str, int], jalali: bool) -> pa.Table:
    """Return the labelled customers, sorted by id.

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
        columns["last_order_jalali"] = in_jalali(columns["last_order"])
    return pa.table(columns)


def with_rows(table: pa.Table, known: Mapping[str, pa.Array]) -> pa.Table:
    """Return a labelled table with further rows, of which some columns are known, sorted by id."""
    count = len(known["customer_id"])
    columns = [
        known[field.name].cast(field.type) if field.name in known else pa.nulls(count, field.type)
        for field in table.schema
    ]
    both = pa.concat_tables([table, pa.table(columns, schema=table.schema)]).combine_chunks()
    return both.take(as_column(sorted_rows(both["customer_id"].chunk(0))))


def _days(days: Ints | None, count: int) -> pa.Array:
    """Return days since 1970-01-01 as dates, so many nulls where they are not known."""
    return pa.nulls(count, pa.date32()) if days is None else as_column(days.astype(np.int32), pa.date32())


def _each(named: Named, texts: Sequence[str]) -> pa.Array:
    """Return for each customer the text of its segment."""
    return as_texts(texts).take(as_column(named.places))


def in_jalali(days: pa.Array) -> pa.Array:
    """Return dates as texts of the Jalali calendar, `1403/05/08`, null where there is none."""
    encoded = days.dictionary_encode()
    texts = [day_text(day, "jalali") for day in encoded.dictionary.to_pylist()]
    return as_texts(texts).take(encoded.indices)
