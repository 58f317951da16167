"""The rows of an event log with their cells read, as the border hands them to the folds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool.tables.arrays import Ints, Mask

Small = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Cells:
    """The rows of a batch that count, an event or a product of an event each, one entry in every array.

    Texts are null where their cell is empty, and None where the log has no such column; each row has a `user` or an
    `anonymous` id. Moments are wall-clock microseconds since 1970, amounts units of 1/10,000 of the currency, ratings
    units of 1/10,000 of a point. `kind` is a code of `KINDS`, or UNKNOWN. Of the rows of one event (its products) one
    is `first`; `listed` tells whether such rows stand together at all. `source`, `device`, `platform` and `app` are
    positions in `origins.names`, -1 where the row does not tell; `member` is 1 for somebody logged in, 0 for somebody
    who is not, -1 where the row does not tell.

    `priced` tells where the row has a value at all; `units` are 0 elsewhere. Rows are `rated` where they have a rating.

    `notes` is what the border wants to be told of the batch; folds keep it as it is.
    """

    user: pa.Array | None
    anonymous: pa.Array | None
    session: pa.Array | None
    moment: Ints
    kind: Small
    first: Mask
    listed: bool
    product: pa.Array | None
    category: pa.Array | None
    brand: pa.Array | None
    order_id: pa.Array | None
    units: Ints
    priced: Mask
    source: Small
    device: Small
    platform: Small
    app: Small
    member: Small
    rating: Ints
    rated: Mask
    notes: Any

    def __len__(self) -> int:
        return len(self.moment)


Piece = Callable[[], Iterator[Cells]]
"""A piece of a log that any thread can read on its own, batch by batch."""
