"""The label of each customer's last purchase line, however the lines lie scattered over batches, files and threads."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines.folds import FOLDS
from segtool.engines.ids import Growing
from segtool.tables.arrays import Ints, as_column, values
from segtool.tables.text import sorted_rows

_NEVER = FOLDS["max"].neutral
NONE = FOLDS["min"].neutral
"""The place of what has no purchase, and so no label."""


@dataclass(frozen=True)
class Last:
    """The latest moment of each row, and where its label stands in `labels`: of several at that moment, the least one.

    `labels` are distinct and rise in byte order. `places` has NONE for a row without a purchase.
    """

    moments: Ints
    places: Ints
    labels: pa.Array


def ranked(labels: pa.Array) -> tuple[pa.Array, Ints]:
    """Return the distinct labels, rising in byte order, and the place of each label among them.

    >>> distinct, places = ranked(pa.array(["UK", "DE", "UK"]))
    >>> distinct.to_pylist(), places.tolist()
    (['DE', 'UK'], [1, 0, 1])
    """
    encoded = labels.dictionary_encode()
    order = sorted_rows(encoded.dictionary)
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return encoded.dictionary.take(as_column(order)), places[values(encoded.indices, np.int32)]


class LastLabels:
    """The last label of all customers, by the customer's code.

    Labels are numbered by their byte order, all of them anew when a batch brings one that is not known yet: groups are
    few, and most are in the first batch.
    """

    def __init__(self) -> None:
        self._labels = pa.nulls(0, pa.large_string())
        self._moments, self._places = Growing(np.int64), Growing(np.int64)

    def add(self, codes: npt.NDArray[np.integer], count: int, last: Last) -> None:
        """Take rows of the customers of these codes, all of which are below `count`.

        >>> found = LastLabels()
        >>> found.add(np.array([0, 0]), 1, Last(np.array([7, 5]), np.array([1, 0]), pa.array(["DE", "UK"])))
        >>> found.add(np.array([0]), 1, Last(np.array([7]), np.array([0]), pa.array(["FR"])))
        >>> found.texts(np.array([0])).to_pylist()
        ['FR']
        """
        own = self._numbered(last.labels)
        self._moments.extend(_NEVER, count - len(self._moments))
        self._places.extend(NONE, count - len(self._places))
        bought = last.places != NONE
        codes, moments, places = codes[bought], last.moments[bought], own[last.places[bought]]
        before = self._moments.array[codes]
        np.maximum.at(self._moments.array, codes, moments)
        latest = self._moments.array[codes]
        self._places.array[codes[latest > before]] = NONE
        now = moments == latest
        np.minimum.at(self._places.array, codes[now], places[now])

    def state(self, count: int) -> Last:
        """Return what is known of all `count` customers."""
        self._moments.extend(_NEVER, count - len(self._moments))
        self._places.extend(NONE, count - len(self._places))
        return Last(self._moments.array, self._places.array, self._labels)

    def texts(self, codes: Ints) -> pa.Array:
        """Return the labels of customers with a purchase, as large strings."""
        return self._labels.take(as_column(self._places.array[codes]))

    def _numbered(self, labels: pa.Array) -> Ints:
        """Return the numbers of distinct labels, after giving one to those that have none."""
        labels, known = labels.cast(pa.large_string()), len(self._labels)
        every = pc.unique(pa.concat_arrays([self._labels, labels]))  # those that are known stand first, in their order
        if len(every) > known:
            self._labels, places = ranked(every)
            states = self._places.array
            numbered = states != NONE
            states[numbered] = places[:known][states[numbered]]
        return values(pc.index_in(labels, self._labels), np.int32).astype(np.int64)
