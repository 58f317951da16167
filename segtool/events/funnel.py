"""How many go from looking at products to buying, and where the others stop."""

from collections.abc import Mapping

import numpy as np

from segtool.events.visits import Sessions, did
from segtool.summary.behavior import Funnel, FunnelStep
from segtool.tables.arrays import Mask

STEPS = ("view", "cart", "checkout", "purchase")


def steps_of(sessions: Sessions, with_order: Mask) -> Mapping[str, Mask]:
    """Return step -> the sessions with it. A cart is an add, or a look at one where nothing was ever added.

    A purchase is an order: what was bought again by loading its page once more was bought before.
    """
    added = did(sessions.kinds, "add")
    return {
        "view": did(sessions.kinds, "view"),
        "cart": added if added.any() else did(sessions.kinds, "cart"),
        "checkout": did(sessions.kinds, "checkout"),
        "purchase": with_order,
    }


def funnel(sessions: Sessions, with_order: Mask, count: int) -> Funnel:
    """Return how many of `count` persons, and of the sessions, reached each step, which they do by a later one too.

    A step that nobody took is left out: the log does not tell it.
    """
    steps = steps_of(sessions, with_order)
    told = [name for name in STEPS if steps[name].any()]
    reached: dict[str, tuple[int, int]] = {}
    so_far, people = np.zeros(len(sessions), np.bool_), np.zeros(count, np.bool_)
    for name in reversed(told):
        so_far = so_far | steps[name]
        people[sessions.person[steps[name]]] = True
        reached[name] = int(people.sum()), int(so_far.sum())
    before: tuple[int, int] | None = None
    found = []
    for name in told:
        now = reached[name]
        found.append(
            FunnelStep(
                step=name,
                people=now[0],
                people_share=now[0] / count,
                people_loss=None if before is None else 1 - now[0] / before[0],
                sessions=now[1],
                sessions_share=now[1] / len(sessions),
                sessions_loss=None if before is None else 1 - now[1] / before[1],
            )
        )
        before = now
    return Funnel(
        people=count,
        sessions=len(sessions),
        steps=tuple(found),
        untold=tuple(sorted(set(STEPS) - set(told), key=STEPS.index)),
    )
