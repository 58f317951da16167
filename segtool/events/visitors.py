"""How well the shop knows its visitors, and how far they are on their way."""

import numpy as np

from segtool.events.cells import Small
from segtool.tables.arrays import Ints, Mask

VISITOR_TYPES = ("repeat buyer", "member", "guest", "returning", "first-time")
"""The kinds of visitors, the best known first; the position of a word is its code."""

STAGES = ("loyal", "customer", "lapsed", "intent", "considering", "aware")
"""The stages of the journey; the position of a word is its code."""


def visitor_types(*, orders: Ints, sessions: Ints, has_account: Mask) -> Small:
    """Return the kind of each visitor: the first of `VISITOR_TYPES` that fits.

    Repeat buyers have two orders or more, members an account, guests bought once without one, returning visitors were
    here more than once, and all others for the first time.

    >>> no_account = np.zeros(3, np.bool_)
    >>> kinds = visitor_types(orders=np.array([2, 1, 0]), sessions=np.array([1, 1, 2]), has_account=no_account)
    >>> [VISITOR_TYPES[code] for code in kinds]
    ['repeat buyer', 'guest', 'returning']
    """
    fits = [orders > 1, has_account, orders == 1, sessions > 1]
    return np.select(fits, range(len(fits)), len(fits)).astype(np.int8)


def stages(*, orders: Ints, days_since: Ints, lapsed_after: int, has_intent: Mask, considers: Mask) -> Small:
    """Return the stage of each person's journey by the code of `STAGES`.

    Who bought is lapsed when the last order is more than `lapsed_after` days ago, else loyal from the second order on;
    who did not has an intent with something in the cart or a checkout, considers with a look at products, a search or
    a wish, and else is aware. `days_since` has no meaning without an order.

    >>> yes, no, days = np.array([True] * 3), np.array([False] * 3), np.array([180, 181, 0])
    >>> found = stages(orders=np.array([2, 2, 0]), days_since=days, lapsed_after=180, has_intent=no, considers=yes)
    >>> [STAGES[code] for code in found]
    ['loyal', 'lapsed', 'considering']
    """
    bought, lapsed = orders > 0, days_since > lapsed_after
    fits = [(orders > 1) & ~lapsed, bought & ~lapsed, bought, has_intent, considers]
    return np.select(fits, range(len(fits)), len(fits)).astype(np.int8)
