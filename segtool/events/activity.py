"""What everybody did, folded from events: what the measures of behaviour are told by.

A person is a user id, or an anonymous id that belongs to no user. All arrays of one table have an entry a row; persons
are positions in `Activity.ids`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool.events.cells import Small
from segtool.tables.arrays import Ints, Mask

Codes = npt.NDArray[np.int32]

NEVER = -(2**63)
"""The moment of what did not happen."""


@dataclass(frozen=True)
class Spells:
    """Stretches of one session of one person without a silence of more than the gap, by person, then start.

    `session` is the code of its id, alike for the spells of one session; -1 where silence alone ends sessions. Moments
    are wall-clock microseconds, `end` that of the last event. `counts` has the events of each kind by its code, the
    unknown ones in a last column. What a spell tells of its visit is that of its first row that tells it; -1 for none.
    `member` is 1 where any row was of somebody logged in, else 0 where one said not, else -1.
    """

    person: Codes
    session: Ints
    start: Ints
    end: Ints
    counts: Codes
    source: Small
    device: Small
    platform: Small
    app: Small
    member: Small

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class Placed:
    """Orders, or refunds, of persons by person, then moment: when, and what they came to in units of 1/10,000."""

    person: Codes
    moment: Ints
    units: Ints

    def __len__(self) -> int:
        return len(self.moment)


@dataclass(frozen=True)
class Bought:
    """When persons bought products, each once, by person, product, moment.

    `product` is a position in `Activity.products`, -1 where it is not told.
    """

    person: Codes
    product: Codes
    moment: Ints

    def __len__(self) -> int:
        return len(self.moment)


@dataclass(frozen=True)
class CartLines:
    """A product that a person put into the cart on a day: by person, day, product.

    `day` counts from 1970. `added` is the last moment of that day, `removed` the first one from then on at which the
    product was taken out, NEVER without one; `units` is the value of the last add.
    """

    person: Codes
    product: Codes
    day: Codes
    added: Ints
    removed: Ints
    units: Ints

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True)
class Looked:
    """How many rows a person viewed and bought of each label, by person, then label; labels are in byte order."""

    labels: pa.Array
    person: Codes
    label: Codes
    viewed: Ints
    bought: Ints

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True)
class Identity:
    """How ids came together: users, anonymous ids of one user, those of none (guests), and those of several users."""

    users: int
    linked: int
    guests: int
    several: int


@dataclass(frozen=True)
class Activity:
    """What everybody did.

    `ids` has the persons in byte order (large strings); `known` tells which of them have a user id. `ratings` is the
    sum of what each gave in units of 1/10,000 of a point, `rated` how often; `priced` whether any row had a value.
    `repeated` counts rows that tell a product of an order once more, at another moment. `notes` are those of the
    border, a batch each, in no order. `dot_zero_ids` tells how many ids are written like `17850.0`; where all ids of
    users are, or all anonymous ones, they are without it here.
    """

    ids: pa.Array
    known: Mask
    products: pa.Array
    spells: Spells
    orders: Placed
    refunds: Placed
    bought: Bought
    carts: CartLines
    categories: Looked | None
    brands: Looked | None
    ratings: Ints
    rated: Ints
    priced: bool
    repeated: int
    identity: Identity
    events: int
    notes: Sequence[Any]
    dot_zero_ids: Literal["none", "some", "all"] = "none"

    def __len__(self) -> int:
        return len(self.ids)
