"""What acquiring customers cost, by the source that they came from, and how soon they paid it back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pyarrow as pa

from segtool.attributes import CustomerTable, read_customer_table
from segtool.errors import DataError, MissingRoleError, UsageError, printable
from segtool.history.compare import sums_of
from segtool.rules.columns import Spelled
from segtool.rules.conditions import Term
from segtool.summary.value import Acquisition, SourceValue
from segtool.tables.arrays import Ints, Mask, valid, values
from segtool.tables.headers import one_spelling
from segtool.tables.numbers import INT64_MAX, LIMIT, UNITS, money, total
from segtool.tables.source import Layout
from segtool.tables.text import labels

_SOURCE = ("source", "channel", "campaign")
"""What a column of sources is called, in the order in which it is looked for."""

_COST = (
    "cost", "costs", "total cost", "acquisition cost", "marketing cost", "spend", "ad spend", "adspend", "budget",
    "kosten", "gesamtkosten", "coût", "coûts", "dépenses", "costo", "coste", "gasto", "custo", "maliyet", "هزینه",
    "هزینه جذب", "هزینه تبلیغات", "هزینه کل",
)  # fmt: skip
"""What a column of costs is called, in the order in which it is looked for."""

_WAY = "Give a table of two columns, source and cost: what acquiring all customers of that source has cost."


@dataclass(frozen=True, eq=False)
class Sources:
    """The source of each customer, by its place among the names, which are sorted; -1 where nobody knows it."""

    names: tuple[str, ...]
    places: Ints

    @property
    def sizes(self) -> Ints:
        """The customers of each source."""
        return np.bincount(self.places[self.places >= 0], minlength=len(self.names))


@dataclass(frozen=True, eq=False)
class AcquisitionCosts:
    """What acquiring each customer cost, in units of 1/10,000, where it is `known`, and 0 elsewhere.

    `without_customers` is source -> units that were spent on a source from which nobody came.
    """

    units: Ints
    known: Mask
    without_customers: Mapping[str, int]


def source_key(name: str) -> str:
    """Return what tells sources apart: neither case and accents, nor how Persian letters are typed, nor blanks around.

    >>> source_key(" Google Ads") == source_key("google ads")
    True
    """
    return one_spelling(name.strip()).strip()


def sources_of(column: pa.Array | pa.ChunkedArray) -> Sources:
    """Return the source of each customer; of its spellings the most frequent is its name, the first of equal ones.

    >>> found = sources_of(pa.array(["shop", "Ads", "ads ", None, "ads"]))
    >>> found.names, found.places.tolist()
    (('ads', 'shop'), [1, 0, 0, -1, 0])
    """
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    cells = pa.concat_arrays([pa.nulls(0, pa.string()), *map(labels, chunks)]).dictionary_encode()
    known = valid(cells.indices)
    codes = np.where(known, values(cells.indices, np.int32), 0).astype(np.int64)
    spellings = [str(each) for each in cells.dictionary.to_pylist()]
    counts = np.bincount(codes[known], minlength=len(spellings)).tolist()
    names: dict[str, str] = {}
    for spelling, _ in sorted(zip(spellings, counts, strict=True), key=lambda each: (-each[1], each[0])):
        names.setdefault(source_key(spelling), spelling)
    keys = sorted(names)
    place = {key: at for at, key in enumerate(keys)}
    own = np.array([place[source_key(each)] for each in spellings] or [-1], np.int64)
    return Sources(tuple(names[key] for key in keys), np.where(known, own[codes], -1))


def read_source_costs(
    tables: Any, layout: Layout | None = None, *, spelled: Spelled | None = None, threads: int | None = None
) -> dict[str, int]:
    """Return source -> what acquiring all its customers cost, in units of 1/10,000, from a table of `source,cost`.

    Of other columns than these two nothing is read. Raises DataError for a table that cannot be read, and what
    `source_costs` raises.
    """
    return source_costs(read_customer_table(tables, layout, threads=threads), spelled=spelled, threads=threads)


def source_costs(table: CustomerTable, *, spelled: Spelled | None = None, threads: int | None = None) -> dict[str, int]:
    """Return source -> what acquiring all its customers cost, in units of 1/10,000, of a table in memory.

    Raises MissingRoleError for a table without a column of sources or costs; DataError with the row, counted after the
    header, for a source that stands twice, and for a cost without a source, without a number, or below zero.
    """
    source, cost = _columns(table)
    read = table.looked_at({"cost": cost}, spelled=spelled or Spelled(), threads=threads)
    numbers = read.numbers(Term(("cost",)))
    chunks = [labels(chunk) for chunk in table.columns[source].chunks]
    names = [name for chunk in chunks for name in chunk.to_pylist()]
    costs = [numbers[at].value(row) for at, chunk in enumerate(chunks) for row in range(len(chunk))]
    empty = [one for at in range(len(chunks)) for one in read.empty(Term(("cost",)), at).tolist()]
    cells = [cell for chunk in table.columns[cost].chunks for cell in chunk.to_pylist()]
    found: dict[str, int] = {}
    rows: dict[str, int] = {}
    for row, (name, exact) in enumerate(zip(names, costs, strict=True)):
        if name is None and empty[row]:
            continue
        what = _wrong(name, None if empty[row] else cells[row], exact, rows)
        if what is not None or exact is None:
            raise DataError(f"{table.name}: row {row + 1:,} {printable(what or '')}")
        found[name], rows[source_key(name)] = _units(exact), row + 1
    return found


def _wrong(name: str | None, cell: Any, cost: Fraction | None, rows: Mapping[str, int]) -> str | None:
    """Return what is wrong with a row and the way out, None for one that tells a source of no row before and its cost.

    A cell is None where it is empty. `rows` is source -> the row that it has already.
    """
    if name is None:
        return f"has a cost, {str(cell)!r}, and no source. Name the source, or take the row out."
    if (before := rows.get(source_key(name))) is not None:
        return f"has source {name!r}, as row {before:,} has. Give each source one row, with its total."
    if cell is None:
        return f"has no cost for source {name!r}. Write 0 if it cost nothing, or take the row out."
    if cost is None:
        return f"has {str(cell)!r} as the cost of source {name!r}, which is no number. Write it in digits."
    if cost < 0:
        return f"has {str(cell)!r} as the cost of source {name!r}. A cost is zero or more."
    if _units(cost) > LIMIT:
        return f"has {str(cell)!r} as the cost of source {name!r}. The most is {LIMIT // UNITS:,}."
    return None


def _units(cost: Fraction) -> int:
    """Return a cost in units, a half of one rounded up."""
    return floor(cost * UNITS + Fraction(1, 2))


def _columns(table: CustomerTable) -> tuple[int, int]:
    """Return the positions of the sources and of their costs: those that are called so, or else the other of two."""
    source = next((at for name in _SOURCE if (at := table.place_of(name)) is not None), None)
    costs = (at for name in _COST if (at := table.place_of(name)) is not None and at != source)
    cost = next(costs, None)
    if len(table.headers) == 2:
        source = 1 - cost if source is None and cost is not None else source
        cost = 1 - source if cost is None and source is not None else cost
    if source is None or cost is None:
        lacks = "source and no column of costs" if source is cost else "source" if source is None else "cost"
        raise MissingRoleError(f"{table.name} has no column {lacks}. {table.like(['source', 'cost'])} {_WAY}")
    return source, cost


def costs_by_source(sources: Sources, costs: Mapping[str, int]) -> AcquisitionCosts:
    """Return what acquiring each customer cost where a source cost so many units in all, divided by its customers.

    Units that are left over go to its first customers, by their row, one each: those of a source add up to its total.
    Nothing is known of customers of other sources. Raises UsageError for two costs of one source.

    >>> found = costs_by_source(Sources(("ads", "shop"), np.array([0, 1, 0, -1, 0])), {"Ads": 1_000, "fair": 70})
    >>> found.units.tolist(), found.known.tolist(), found.without_customers
    ([334, 0, 333, 0, 333], [True, False, True, False, True], {'fair': 70})
    """
    given = {source_key(name): (name, units) for name, units in costs.items()}
    if len(given) < len(costs):
        raise UsageError("The same source has several costs, but for case or blanks; give each source one.")
    sizes, units = sources.sizes, np.zeros(len(sources.places), np.int64)
    per, left = np.zeros(len(sizes), np.int64), np.zeros(len(sizes), np.int64)
    is_given = np.zeros(len(sizes), np.bool_)
    for at, name in enumerate(sources.names):
        if (own := given.get(source_key(name))) and sizes[at]:
            per[at], left[at] = divmod(own[1], int(sizes[at]))
            is_given[at] = True
            del given[source_key(name)]
    known = sources.places >= 0
    if is_given.any():
        known &= is_given[sources.places]
        own_places = sources.places[known]
        units[known] = per[own_places] + (_turn(own_places, len(sizes)) < left[own_places])
    else:
        known[:] = False
    return AcquisitionCosts(units, known, dict(sorted(given.values())))


def _turn(places: Ints, count: int) -> Ints:
    """Return how many rows of the same place stand before each row.

    >>> _turn(np.array([1, 0, 1, 1, 0]), 2).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(places, kind="stable")
    starts = np.cumsum(np.bincount(places, minlength=count)) - np.bincount(places, minlength=count)
    found = np.empty(len(places), np.int64)
    found[order] = np.arange(len(places)) - starts[places[order]]
    return found


def costs_each(units: Ints | int, count: int) -> AcquisitionCosts:
    """Return what acquiring each of so many customers cost where that is the same for all, or said for each.

    >>> costs_each(50_000, 2).units.tolist()
    [50000, 50000]
    """
    return AcquisitionCosts(np.broadcast_to(np.int64(units), count).copy(), np.ones(count, np.bool_), {})


def to_earn(cost: Ints, share: Fraction) -> Ints:
    """Return the least units of which a share covers a cost, the most that there are where it takes more.

    >>> to_earn(np.array([70, 71, 0]), Fraction(35, 100)).tolist()
    [200, 203, 0]
    """
    if share == 1:
        return cost
    over, under = share.numerator, share.denominator
    if int(cost.max(initial=0)) > INT64_MAX // under:
        return np.array([min(-(-each * under // over), INT64_MAX) for each in cost.tolist()], np.int64)
    return -(-cost * under // over)


def payback_days(customer: Ints, day: Ints, margin: Ints, *, cost: Ints, first: Ints) -> Ints:
    """Return the days from each customer's first order until the margins so far cover the cost, -1 where never.

    `customer` is the row of each entry's customer, `day` and `margin` when it was and what it brought, in units, in
    any order, several on a day or not; `cost` and `first`, the day of the first order, are of each customer. A day
    counts as a whole. Margins of refunds are below zero; one after the payback takes nothing back. What cost nothing
    is paid back on the first day.

    A cost of 100 is covered on day 40, 30 days after the first order on day 10; a cost of 500 never is:

    >>> customer, day, margin = np.array([[0, 0, 0, 1], [10, 40, 20, 12], [60, 60, -10, 300]])
    >>> payback_days(customer, day, margin, cost=np.array([100, 500]), first=np.array([10, 12])).tolist()
    [30, -1]
    """
    found = np.where(cost <= 0, 0, -1)
    if not len(customer):
        return found
    key = (customer.astype(np.int64) << 32) + day
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key)
        customer, day, margin = customer[order], day[order], margin[order]
    is_first = np.concatenate([[True], customer[1:] != customer[:-1]])
    starts = np.flatnonzero(is_first)
    entries = np.diff(starts, append=len(customer))
    if max(int(margin.max()), -int(margin.min())) > INT64_MAX // int(entries.max()):
        margin = margin.astype(object)  # sums of a customer could pass 64 bits
    sums = np.cumsum(margin)  # where the sum over customers wraps, differences within one are still exact
    before = np.repeat(sums[starts] - margin[starts], entries)
    is_last = np.concatenate([(customer[1:] != customer[:-1]) | (day[1:] != day[:-1]), [True]])
    covers = np.flatnonzero(is_last & (found[customer] < 0) & (sums - before >= cost[customer]).astype(np.bool_))
    own = customer[covers]
    earliest = covers[np.concatenate([[True], own[1:] != own[:-1]])] if len(covers) else covers
    who = customer[earliest]
    found[who] = np.maximum(day[earliest] - first[who], 0)
    return found


@dataclass(frozen=True, eq=False)
class Brought:
    """What each customer brought, in units of 1/10,000, and the days until the cost was paid back, -1 for never.

    `paid_back` is None where nobody looked.
    """

    revenue: Ints
    margin: Ints
    cost_to_serve: Ints
    paid_back: Ints | None = None


def acquisition(sources: Sources, costs: AcquisitionCosts, brought: Brought) -> Acquisition:
    """Return what each source cost and what its customers brought, with nothing lost on either side.

    Ads cost 100.00 for two customers, who left margins of 250.00 and -10.00; the fair brought nobody for 7.00:

    >>> sources = Sources(("ads", "shop"), np.array([0, 0, 1]))
    >>> costs = costs_by_source(sources, {"ads": 1_000_000, "fair": 70_000})
    >>> margin = np.array([2_500_000, -100_000, 400_000])
    >>> found = acquisition(sources, costs, Brought(2 * margin, margin, 0 * margin, np.array([12, -1, 0])))
    >>> str(found.cost), {name: str(cost) for name, cost in found.without_customers.items()}, found.without_cost
    ('107.00', {'fair': '7.00'}, {'shop': 1})
    >>> ads = found.sources[0]
    >>> ads.cost_per_customer, ads.value_to_cost, str(ads.profit), ads.paid_back_share, ads.median_payback_days
    (50.0, 2.4, '140.00', 0.5, 12.0)
    """
    count = len(sources.names) + 1  # the last place is that of customers without a source
    places = np.where(sources.places < 0, count - 1, sources.places)
    every = list(_by_place([*sources.names, None], places, costs, brought))
    nobody = every.pop()
    shown = sorted((each for each in every if each.customers), key=lambda each: (-each.customers, str(each.source)))
    [everybody] = _by_place([None], np.zeros(len(places), np.int64), costs, brought)
    return Acquisition(
        cost=money(total(costs.units) + sum(costs.without_customers.values())),
        total=everybody,
        sources=(*shown, *([nobody] if nobody.customers else [])),
        without_customers={name: money(units) for name, units in costs.without_customers.items()},
        without_cost={
            str(each.source): each.customers - each.customers_with_cost
            for each in shown
            if each.customers_with_cost < each.customers
        },
        unknown_source=nobody.customers,
    )


def _by_place(
    names: list[str | None], places: Ints, costs: AcquisitionCosts, brought: Brought
) -> Iterator[SourceValue]:
    """Yield what the customers of each place cost and brought."""
    count = len(names)
    known = costs.known
    own, margin = places[known], brought.margin[known]
    customers, with_cost = (np.bincount(each, minlength=count).tolist() for each in (places, own))
    revenues, margins = sums_of(brought.revenue, places, count), sums_of(brought.margin, places, count)
    cost, of_those = sums_of(costs.units[known], own, count), sums_of(margin, own, count)
    served = sums_of(brought.cost_to_serve[known], own, count)
    days = _median_days(None if brought.paid_back is None else brought.paid_back[known], own, count)
    for at, name in enumerate(names):
        counted = with_cost[at]
        paid, median = days[at] if counted else (None, None)
        yield SourceValue(
            source=name,
            customers=customers[at],
            customers_with_cost=counted,
            cost=money(cost[at]) if counted else None,
            cost_per_customer=float(Fraction(cost[at], UNITS * counted)) if counted else None,
            revenue=money(revenues[at]),
            margin=money(margins[at]),
            value_to_cost=float(Fraction(of_those[at], cost[at])) if counted and cost[at] else None,
            profit=money(of_those[at] - served[at] - cost[at]) if counted else None,
            paid_back=paid,
            paid_back_share=None if paid is None else paid / counted,
            median_payback_days=median,
        )


def _median_days(paid: Ints | None, places: Ints, count: int) -> list[tuple[int | None, float | None]]:
    """Return of each place how many customers have paid back, and the median of their days."""
    if paid is None:
        return [(None, None)] * count
    places, paid = places[paid >= 0], paid[paid >= 0]
    rising = paid[np.lexsort((paid, places))]
    sizes = np.bincount(places, minlength=count)
    ends = np.cumsum(sizes)
    return [
        (int(size), float(rising[end - size + (size - 1) // 2] + rising[end - size + size // 2]) / 2 if size else None)
        for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)
    ]
