"""Groups of customers that are scored each among themselves: brands, stores, countries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segtool.tables.arrays import Ints, values
from segtool.tables.text import sorted_rows

SMALL = "(small groups)"
"""What the groups are called that are scored together, since each has too few customers."""


@dataclass(frozen=True)
class Groups:
    """Groups by name, in byte order and the small ones last, and the position of each customer's group among them.

    `pooled` are the names of the groups that are scored together.
    """

    names: tuple[str, ...]
    pooled: tuple[str, ...]
    codes: Ints

    def __len__(self) -> int:
        return len(self.names)


def group(labels: pa.Array, *, least: int) -> Groups:
    """Return the groups of customers; those with fewer than `least` customers are one.

    >>> found = group(pa.array(["DE", "FR", "DE", "AT"]), least=2)
    >>> found.names, found.pooled, found.codes.tolist()
    (('DE', '(small groups)'), ('AT', 'FR'), [0, 1, 0, 1])
    """
    encoded = labels.dictionary_encode()
    sizes = np.bincount(values(encoded.indices, np.int32), minlength=len(encoded.dictionary))
    order = sorted_rows(encoded.dictionary)
    names = encoded.dictionary.to_pylist()
    large = tuple(names[i] for i in order.tolist() if sizes[i] >= least)
    pooled = tuple(names[i] for i in order.tolist() if sizes[i] < least)
    return regroup(labels, (*large, SMALL), pooled)


def regroup(labels: pa.Array, names: Sequence[str], pooled: Sequence[str]) -> Groups:
    """Return customers in groups that are known; a label that is not known is with the small ones, which stand last."""
    encoded = labels.dictionary_encode()
    position = {name: i for i, name in enumerate(names[:-1])}
    at = [position.get(name, len(names) - 1) for name in encoded.dictionary.to_pylist()]
    return Groups(tuple(names), tuple(pooled), np.array(at, np.int64)[values(encoded.indices, np.int32)])
