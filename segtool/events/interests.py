"""What people look at against what they buy, by category or brand."""

from dataclasses import dataclass

import numpy as np

from segtool.events.activity import Looked
from segtool.summary.behavior import Interest, Interests
from segtool.tables.arrays import Floats, Ints, Mask, as_column


@dataclass(frozen=True, eq=False)
class Labels:
    """What of labels is each person's own, as positions of labels, -1 for none.

    `browsed` was looked at most, `bought` bought most: a `share` of all that was bought, NaN where nothing was.
    `unbought` was looked at most of those never bought, `kinds` is how many were. Ties go to the first in byte order.
    """

    browsed: Ints
    bought: Ints
    share: Floats
    unbought: Ints
    kinds: Ints


def labels_of(looked: Looked, count: int) -> Labels:
    """Return what of labels is each of `count` persons' own.

    >>> of = np.array
    >>> found = labels_of(Looked(None, of([0, 0, 0]), of([0, 1, 2]), viewed=of([4, 9, 9]), bought=of([3, 1, 0])), 1)
    >>> found.browsed.tolist(), found.bought.tolist(), found.share.tolist(), found.unbought.tolist()
    ([1], [0], [0.75], [2])
    """
    bought = _most(looked, looked.bought, count)
    kinds = np.bincount(looked.person[looked.bought > 0], minlength=count).astype(np.int64)
    every, most = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(every, looked.person, looked.bought)
    np.maximum.at(most, looked.person, looked.bought)
    return Labels(
        browsed=_most(looked, looked.viewed, count),
        bought=bought,
        share=np.divide(most, every, out=np.full(count, np.nan), where=every > 0),
        unbought=_most(looked, np.where(looked.bought > 0, 0, looked.viewed), count),
        kinds=kinds,
    )


def _most(looked: Looked, counts: Ints, count: int) -> Ints:
    """Return the label with the highest count of each person, the first of equal ones; -1 where all are 0."""
    most = np.zeros(count, np.int64)
    np.maximum.at(most, looked.person, counts)
    last_first = np.flatnonzero((counts > 0) & (counts == most[looked.person]))[::-1]
    found = np.full(count, -1, np.int64)
    found[looked.person[last_first]] = looked.label[last_first]  # of entries for one person the last one stays
    return found


def interests_told(looked: Looked, *, top: int) -> Interests:
    """Return the people who looked at each label and who bought it: the `top` labels that most looked at or bought."""
    count = len(looked.labels)

    def people(rows: Mask) -> Ints:
        return np.bincount(looked.label[rows], minlength=count).astype(np.int64)

    viewed, bought = looked.viewed > 0, looked.bought > 0
    who_looked, who_bought, both = people(viewed), people(bought), people(viewed & bought)
    order = np.lexsort((np.arange(count), -who_bought, -who_looked))[:top]
    names = looked.labels.take(as_column(order)).to_pylist()
    return Interests(
        labels=count,
        rows=tuple(
            Interest(
                label=name,
                looked=int(who_looked[at]),
                bought=int(who_bought[at]),
                looked_and_bought=int(both[at]),
                looked_only=int(who_looked[at] - both[at]),
                share=int(both[at]) / int(who_looked[at]) if who_looked[at] else None,
            )
            for name, at in zip(names, order, strict=True)
        ),
    )
