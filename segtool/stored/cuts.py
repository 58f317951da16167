"""Where a scoring cuts customers who stand in a database: the same integers as `segtool.scoring.cuts`.

`percentile_disc` is not asked: engines find its place in floats, and some collect all values for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from segtool.scoring.cuts import Ties, at_mean, places
from segtool.scoring.statement import AxisRule
from segtool.stored.customers import StoredCustomers, Totals

Cuts = tuple[int, ...]

Window = tuple[int, int, int]
"""The least and the greatest value of some customers, and how many have smaller ones."""

RANGES = 4096
"""How many ranges a search counts at a time; so 64 bits take six queries at most."""


def cuts_of(
    customers: StoredCustomers, rules: Iterable[AxisRule], totals: Totals, *, ties: Ties
) -> dict[AxisRule, Cuts]:
    """Return the rising cuts of rules, as `segtool.scoring.cuts.cut` finds them; all of a figure are sought at once."""
    every, found = list(dict.fromkeys(rules)), dict[AxisRule, Cuts]()
    for figure in dict.fromkeys(rule.figure for rule in every):
        own = [rule for rule in every if rule.figure == figure]
        wanted = {rule: _places(rule, totals.customers) for rule in own if rule.kind == "quantiles"}
        at = _at_places(customers, figure, sorted(set(chain(*wanted.values()))), totals, ties)
        for rule in own:
            if rule.kind == "quantiles":
                found[rule] = tuple(at[place] for place in wanted[rule])
            elif rule.kind == "mean":
                revenue, orders = totals.sums["monetary"], totals.sums["frequency"]
                found[rule] = (at_mean(rule, totals.customers, totals.sums[figure], revenue=revenue, orders=orders),)
            else:
                found[rule] = tuple(map(int, rule.values))
    return found


def _places(rule: AxisRule, customers: int) -> list[int]:
    found: list[int] = places(rule, np.array([customers]))[0].tolist()
    return found


def _at_places(
    customers: StoredCustomers, figure: str, wanted: Sequence[int], totals: Totals, ties: Ties
) -> dict[int, int]:
    """Return the cut that so many customers, at least, do not pass."""
    ends = totals.ends[figure]
    if ties != "high":
        return values_at(customers, figure, wanted, ends)
    above = values_at(customers, figure, [place + 1 for place in wanted if place < totals.customers], ends)
    before = _before(customers, figure, sorted(set(above.values())), ends[0])
    return {place: before[above[place + 1]] if place + 1 in above else ends[1] for place in wanted}


def _before(customers: StoredCustomers, figure: str, values: Sequence[int], least: int) -> Mapping[int, int]:
    """Return for each value the greatest one below it that a customer has; where there is none, one less."""
    if not values:
        return {}
    wanted = ", ".join(f"MAX(CASE WHEN {figure} < {value} THEN {figure} END) AS v{i}" for i, value in enumerate(values))
    found = customers.row(wanted)
    return {value: own if value > least else value - 1 for value, own in zip(values, found, strict=True)}


def values_at(customers: StoredCustomers, figure: str, ranks: Sequence[int], ends: tuple[int, int]) -> dict[int, int]:
    """Return the value at each rank, from 1 for the least one; `ends` are the least and the greatest.

    Values are counted in equal ranges between the ends, then in equal parts of the ranges that hold a rank, until each
    of these has one value. Whatever the values are, nothing but these counts leaves the database.
    """
    windows = dict.fromkeys(ranks, (*ends, 0))  # the ends between which its value lies, and how many are below them
    while open_windows := sorted({window for window in windows.values() if window[0] < window[1]}):
        counted = _counted(customers, figure, open_windows)
        for rank, window in windows.items():
            if window in counted:
                windows[rank] = _narrowed(window, counted[window], rank)
    return {rank: low for rank, (low, _, _) in windows.items()}


def _counted(
    customers: StoredCustomers, figure: str, windows: Sequence[Window]
) -> dict[Window, list[tuple[int, int, int]]]:
    """Return for each window the ranges in it that have values, rising: least and greatest value, and how many."""
    width = max(-(-(high - low) // RANGES) for low, high, _ in windows)
    parts = " ".join(f"WHEN {figure} BETWEEN {low} AND {high} THEN {i}" for i, (low, high, _) in enumerate(windows))
    # a quotient rounds towards zero, so that one range is twice as wide; no difference could pass 64 bits here
    cells = customers.database.dialect.div(figure, str(width))
    rows = customers.rows(
        f"SELECT part, cell, MIN({figure}) AS least, MAX({figure}) AS greatest, COUNT(*) AS customers "
        f"FROM (SELECT {figure}, CASE {parts} END AS part, {cells} AS cell FROM {customers.relation}) AS counted "
        "WHERE part IS NOT NULL GROUP BY part, cell"
    )
    found: dict[Window, list[tuple[int, int, int]]] = {window: [] for window in windows}
    for part, _, least, greatest, count in sorted(rows):
        found[windows[part]].append((least, greatest, count))
    return found


def _narrowed(window: Window, ranges: Sequence[tuple[int, int, int]], rank: int) -> Window:
    """Return the range of a window in which a rank lies."""
    below = window[2]
    for least, greatest, count in ranges:
        if rank <= below + count:
            return least, greatest, below
        below += count
    raise ValueError(f"There are {below} values, and none at {rank}.")
