"""The figures of customers that can be scored: integers, one a customer."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from segtool.engines import Customers
from segtool.errors import UsageError
from segtool.tables.arrays import Ints


@dataclass(frozen=True)
class Figures:
    """The figures of `segtool.scoring.statement`, by their names; days as whole days, money in units of 1/10,000."""

    customers: Customers
    recency_days: Ints

    def __getitem__(self, figure: str) -> Ints:
        values: Ints = getattr(self, figure)
        return values

    @property
    def frequency(self) -> Ints:
        return self.customers.frequency

    @property
    def monetary(self) -> Ints:
        return self.customers.monetary

    @cached_property
    def average_order_value(self) -> Ints:
        return rounded_quotients(self.monetary, self.frequency)

    @cached_property
    def length_days(self) -> Ints:
        """Raises UsageError where the days of the orders are not known."""
        customers = self.customers
        if customers.first_order is None or customers.last_order is None:
            raise UsageError(
                "A table with a row a customer has no first orders, and so no length: leave out the axis L."
            )
        return customers.last_order - customers.first_order


def rounded_quotients(values: Ints, counts: Ints) -> Ints:
    """Return values / counts, rounded half away from zero; counts are above zero.

    >>> rounded_quotients(np.array([5, -5, 4]), np.array([2, 2, 3])).tolist()
    [3, -3, 1]
    """
    sizes, rest = np.divmod(np.abs(values), counts)
    return np.sign(values) * (sizes + (rest >= counts - rest))
