"""One person, several ids: to whom anonymous ids belong."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.engines.ids import Growing
from segtool.events.activity import Codes, Identity
from segtool.tables.arrays import Mask, as_column, as_mask, as_texts, chosen, joined
from segtool.tables.text import sorted_rows

_NOBODY = -1
_SEVERAL = -2
_ANONYMOUS = "anonymous:"
"""What stands before the anonymous id of a person where a user, who is somebody else, has the same text."""


class Owners:
    """The user of each anonymous id by its code, as batches bring pairs of both."""

    def __init__(self) -> None:
        self._owner, self._apart = Growing(np.int32), Growing(np.bool_)

    def add(self, anonymous: Codes, users: Codes, apart: Codes, count: int) -> None:
        """Take pairs of ids, and the anonymous ids of rows without a user; all their codes are below `count`.

        >>> owners, none = Owners(), np.zeros(0, np.int32)
        >>> owners.add(np.array([0, 1, 1], np.int32), np.array([5, 5, 6], np.int32), none, 3)
        >>> [array.tolist() for array in owners.arrays(3)]
        [[5, -2, -1], [False, False, False]]
        """
        owner, acted = self.arrays(count)
        acted[apart] = True
        free = owner[anonymous] == _NOBODY
        owner[anonymous[free]] = users[free]
        owner[anonymous[owner[anonymous] != users]] = _SEVERAL

    def arrays(self, count: int) -> tuple[Codes, Mask]:
        """Return the user of each of `count` anonymous ids (-1 is nobody, -2 several), and which acted without one."""
        self._owner.extend(_NOBODY, count - len(self._owner))
        self._apart.extend(False, count - len(self._apart))
        return self._owner.array, self._apart.array


@dataclass(frozen=True)
class Persons:
    """The persons in byte order of their ids, who of them has a user id, and the person of every actor.

    An actor is twice the code of a user, or twice that of an anonymous id and one more. -1 is nobody: the anonymous
    ids whose every row has a user.
    """

    ids: pa.Array
    known: Mask
    of_actor: Codes
    identity: Identity


def persons(users: pa.Array, anonymous: pa.Array, owner: Codes, apart: Mask) -> Persons:
    """Return who the persons are.

    `owner` and `apart` are as `Owners` has them: an id whose every row has a user is no person of its own.

    >>> users, anonymous = pa.array(["u", "a"], pa.large_string()), pa.array(["x", "a", "y"], pa.large_string())
    >>> found = persons(users, anonymous, np.array([0, -1, -2], np.int32), np.ones(3, np.bool_))
    >>> found.ids.to_pylist(), found.known.tolist(), found.of_actor.tolist()
    (['a', 'anonymous:a', 'u', 'y'], [True, False, True, False], [2, 2, 0, 1, -1, 3])
    """
    alone = np.flatnonzero(apart & (owner < 0))
    names = _apart_from(users, anonymous.take(as_column(alone)))
    every = pa.concat_arrays([users, names])
    order = sorted_rows(every)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    of_actor = np.full(2 * max(len(users), len(anonymous)), -1, np.int32)
    of_actor[0 : 2 * len(users) : 2] = place[: len(users)]
    linked = np.flatnonzero(owner >= 0)
    of_actor[2 * linked + 1] = place[owner[linked]]
    of_actor[2 * alone + 1] = place[len(users) :]
    return Persons(
        ids=every.take(as_column(order)),
        known=order < len(users),
        of_actor=of_actor,
        identity=Identity(
            users=len(users),
            linked=len(linked),
            guests=int((owner == _NOBODY).sum()),
            several=int((owner == _SEVERAL).sum()),
        ),
    )


def _apart_from(users: pa.Array, names: pa.Array) -> pa.Array:
    """Return the ids of persons without a user id, each unlike those of all others.

    >>> _apart_from(pa.array(["a", "anonymous:a"]), pa.array(["a", "b"])).to_pylist()
    ['anonymous:anonymous:a', 'b']
    """
    alike = as_mask(pc.is_in(names, value_set=users))
    if not alike.any():
        return names
    unlike = pc.if_else(as_column(alike), joined(_ANONYMOUS, names), names)
    if len(pc.unique(pa.concat_arrays([users, unlike]))) == len(users) + len(names):
        return unlike
    taken = set(users.to_pylist()) | set(chosen(names, ~alike).to_pylist())
    found = names.to_pylist()
    for row in sorted(np.flatnonzero(alike).tolist(), key=lambda row: found[row].encode()):
        while found[row] in taken:
            found[row] = _ANONYMOUS + found[row]
        taken.add(found[row])
    return as_texts(found).cast(names.type)
