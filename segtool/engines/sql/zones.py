"""Moments of all zones as wall-clock times: the offsets come from here, as an engine's own zones may be older ones."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.databases import Database
from segtool.databases.dialects import Dialect
from segtool.engines.sql.cells import FIRST_DAY
from segtool.engines.sql.scans import Scan
from segtool.tables.arrays import Ints, as_column, one_array, values
from segtool.tables.dates import moments
from segtool.tables.dates.spelling import DAY

_QUARTER = DAY // 96
"""A quarter of an hour: offsets change hardly ever within one."""

_BEGIN = FIRST_DAY * DAY


def quarter(dialect: Dialect, micros: str) -> str:
    """Return the number of the quarter of an hour that a moment, in UTC, is in."""
    return dialect.div(f"({micros} - {_BEGIN})", str(_QUARTER))


def offsets(database: Database, scan: Scan, lines: str, timezone: str | None) -> str | None:
    """Return a relation of the offsets from UTC in each quarter of an hour that occurs; None where there are none.

    Its columns are the quarter `q`, the moment of `change` to another offset, and the offsets `before` and `after` it.
    """
    at = scan.roles.get("order_date")
    if at is None or scan.columns[at].kind != "instant":
        return None
    zone = timezone or scan.columns[at].arrow.tz
    if zone in ("UTC", "Etc/UTC", "GMT", "+00:00"):
        return None
    number = quarter(database.dialect, "x_order_date")
    found = database.fetch(
        f"SELECT DISTINCT {number} AS q FROM ({lines}) AS lines WHERE x_order_date IS NOT NULL"
    ).column(0)
    numbers = values(one_array(found).cast(pa.int64()))
    return database.put(_changes(numbers, zone))


def _changes(numbers: Ints, zone: str) -> pa.Table:
    """Return the offsets of a zone in quarters of an hour.

    >>> found = _changes(np.array([3_682_084]), "Europe/Berlin").to_pylist()[0]
    >>> found["before"] // 3_600_000_000, found["after"] // 3_600_000_000
    (1, 1)
    """
    first = numbers * _QUARTER + _BEGIN
    last = first + _QUARTER - 1
    before, after = _offset(first, zone), _offset(last, zone)
    low, high = first.copy(), last.copy()
    while (open_ := (before != after) & (high - low > 1)).any():
        middle = np.where(open_, (low + high) // 2, high)
        is_before = _offset(middle, zone) == before
        low, high = np.where(open_ & is_before, middle, low), np.where(open_ & ~is_before, middle, high)
    columns = {"q": numbers, "change": high, "before": before, "after": after}
    return pa.table({name: as_column(column) for name, column in columns.items()})


def _offset(micros: Ints, zone: str) -> Ints:
    """Return how far the wall clock of a zone is ahead of UTC at moments, in microseconds."""
    utc = as_column(micros, pa.timestamp("us", zone))
    moments(utc[:1])  # refuses a zone that is not known
    return values(pc.local_timestamp(utc)) - micros
