"""A list of customers beside their orders, and what it tells of their worth: wallet, source, acquisition cost."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.attributes import CustomerTable, named_place
from segtool.errors import UsageError
from segtool.rules.columns import Spelled
from segtool.tables.arrays import values
from segtool.worth.acquisition import Sources, sources_of
from segtool.worth.terms import Wanted
from segtool.worth.wallet import WalletCells, cells_in


@dataclass(frozen=True)
class Listed:
    """A list of customers by their ids, a row each, and where in it each role stands that it tells."""

    table: CustomerTable
    ids: pa.Array
    places: Mapping[str, int]

    @property
    def headers(self) -> dict[str, str]:
        """The header of each role."""
        return {role: self.table.headers[place] for role, place in self.places.items()}

    def sources(self, customers: pa.Array) -> Sources:
        """Return where these customers came from, which nobody knows of one who is not in the list."""
        return sources_of(self.table.columns[self.places["source"]].take(self._rows(customers)))

    def money(self, role: str, customers: pa.Array, spelled: Spelled, threads: int | None) -> WalletCells:
        """Return the cells of these customers as money. How numbers are written is told by all cells of the list."""
        header = self.headers[role]
        table = self.table.looked_at({header: self.places[role]}, spelled=spelled, threads=threads)
        return cells_in(table, header).at(values(self._rows(customers).fill_null(-1), np.int32))

    def _rows(self, customers: pa.Array) -> pa.Array:
        return pc.index_in(customers.cast(pa.large_string()), self.ids)


def listed(table: CustomerTable, ids: pa.Array, want: Wanted, *, has_costs: bool) -> Listed:
    """Return where a list of customers has what is wanted of it: under the name that is said, or a known header.

    Where costs are said by source, those that the list may have of each customer are not looked for.
    Raises UsageError for a column that is named and absent, and for a list that tells nothing.
    """
    named = {"wallet": want.wallet, "acquisition_cost": want.acquisition_cost}
    places = {role: _place(table, name, role) for role, name in named.items() if isinstance(name, str)}
    if want.source is None or table.place_of(want.source) is not None:  # else it is one of the orders
        found = table.place_of(want.source or "source")
        places |= {} if found is None else {"source": found}
    for role, name in named.items():
        is_open = name is None and not (has_costs and role == "acquisition_cost")
        if is_open and (place := table.place_of(role)) is not None:
            places[role] = place
    if not places and want.source is None:
        raise UsageError(
            f"{table.name} tells nothing of what customers are worth. {table.like(['wallet', 'source'])} "
            "Say --wallet, --source or --acquisition-cost COL."
        )
    return Listed(table, ids, places)


def _place(table: CustomerTable, name: str, role: str) -> int:
    """Return the position of the column that is named for a role: by its header, its meaning, or its number."""
    place = table.place_of(name)
    return named_place(table, name, f"--{role.replace('_', '-')}") if place is None else place
