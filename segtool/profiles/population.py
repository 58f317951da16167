"""Customers per inhabitant: how well a shop is known where people live."""

from collections.abc import Iterable, Mapping

import numpy as np

from segtool.attributes import CustomerTable
from segtool.errors import DataError, printable
from segtool.profiles.attributes import Coded, Numbers, attribute_at, coded_column
from segtool.profiles.facts import Place, Population
from segtool.rules.columns import Spelled
from segtool.tables.headers import one_spelling

_INHABITANTS = ("population", "inhabitants", "residents", "einwohner", "habitants", "habitantes", "nüfus", "جمعیت")


def inhabitants_of(table: CustomerTable, spelled: Spelled, called: Iterable[str]) -> tuple[str, dict[str, int]]:
    """Return the header of the places in a table of them, and place in one spelling -> inhabitants.

    The places are in the first column that is `called` so, or else in the first one beside the inhabitants.
    Raises DataError for a table without two columns, cells that are no number, and a place that stands there twice.
    """
    if len(table.headers) < 2:
        raise DataError(f"{table.name} has one column; --population takes two: places and their inhabitants.")
    known = (place for name in _INHABITANTS if (place := table.place_of(name)) is not None)
    counted = next(known, 1)
    places = map(table.place_of, called)
    place = next((at for at in places if at is not None and at != counted), 0 if counted else 1)
    found = attribute_at(table, counted, spelled)
    header = printable(table.headers[counted])
    if found is None or not isinstance(found.column, Numbers) or found.unread:
        raise DataError(f"{table.name}: {header} is no column of inhabitants, which are whole numbers above zero.")
    names = coded_column(table.columns[place])
    numbers = found.column
    inhabitants: dict[str, int] = {}
    for at in np.flatnonzero((names.places >= 0) & numbers.known).tolist():
        name, count = names.names[names.places[at]], numbers.numbers[at].item() / numbers.per
        if count <= 0 or count % 1:
            raise DataError(
                f"{table.name}: {printable(name)} has {count:g} inhabitants; give a whole number above zero."
            )
        if one_spelling(name) in inhabitants:
            raise DataError(f"{table.name}: {printable(name)} stands there twice; give each place once.")
        inhabitants[one_spelling(name)] = int(count)
    if not inhabitants:
        raise DataError(f"{table.name} tells of no place how many inhabitants it has.")
    return table.headers[place], inhabitants


def population_of(column: Coded, header: str, inhabitants: Mapping[str, int], file: str) -> Population:
    """Return the customers per 1,000 inhabitants of each value of a column, the most first.

    >>> column = Coded(("Bonn", "Ulm"), np.array([0, 0, 1, -1]))
    >>> found = population_of(column, "city", {"bonn": 4_000, "rom": 9}, "cities.csv")
    >>> [(place.value, place.per_thousand) for place in found.places], dict(found.unmatched), found.without_customers
    ([('Bonn', 0.5)], {'Ulm': 1}, 1)
    """
    counts = np.bincount(column.places[column.places >= 0], minlength=len(column.names)).tolist()
    places, unmatched = [], {}
    for name, customers in zip(column.names, counts, strict=True):
        people = inhabitants.get(one_spelling(name))
        if people is None:
            unmatched[name] = customers
        else:
            places.append(Place(name, customers, people, 1000 * customers / people))
    return Population(
        column=header,
        file=file,
        places=tuple(sorted(places, key=lambda each: (-each.per_thousand, each.value))),
        unmatched=dict(sorted(unmatched.items(), key=lambda each: (-each[1], each[0]))),
        empty=int((column.places < 0).sum()),
        without_customers=len(inhabitants) - len(places),
    )
