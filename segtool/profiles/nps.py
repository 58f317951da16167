"""The net promoter score of groups of customers."""

from math import sqrt

import numpy as np

from segtool.profiles.attributes import Numbers
from segtool.profiles.distributions import Groups
from segtool.profiles.facts import ALL, Nps, NpsScore

PROMOTER, PASSIVE, MOST = 9, 7, 10
"""The least answers of promoters and of passives, and the highest; detractors gave less."""

_NORMAL = 1.959963984540054


def nps_of(answers: Numbers, filled: np.ndarray, groups: Groups, header: str) -> Nps:
    """Return the score of each group and of all; what is no whole number from 0 to 10 is unread.

    The margin is 1.96 standard errors of the mean of +100 a promoter, 0 a passive and -100 a detractor.
    """
    inside = answers.known & (answers.numbers >= 0) & (answers.numbers <= MOST * answers.per)
    read = inside & (answers.numbers % answers.per == 0)
    score = np.where(read, answers.numbers // answers.per, -1).astype(np.int64)
    kinds = (score >= PASSIVE).astype(np.int64) + (score >= PROMOTER)
    size = len(groups.names)
    counts = np.bincount(groups.places[read] * 3 + kinds[read], minlength=3 * size).reshape(size, 3)
    unread = np.bincount(groups.places[filled & ~read], minlength=size)
    lines = [*counts.tolist(), counts.sum(axis=0).tolist()]
    unreads = [*unread.tolist(), int(unread.sum())]
    return Nps(
        header,
        tuple(
            score_of(name, *reversed(own), unread=bad)
            for name, own, bad in zip((*groups.names, ALL), lines, unreads, strict=True)
        ),
    )


def score_of(name: str, promoters: int, passives: int, detractors: int, *, unread: int = 0) -> NpsScore:
    """Return the net promoter score of so many answers; of a single one no margin is known.

    >>> found = score_of("all", 50, 30, 20)
    >>> found.nps, round(found.margin, 2)
    (30.0, 15.31)
    """
    answers = promoters + passives + detractors
    if not answers:
        return NpsScore(name, promoters, passives, detractors, 0, unread, None, None)
    net = promoters - detractors
    if answers < 2:
        return NpsScore(name, promoters, passives, detractors, answers, unread, 100.0 * net, None)
    variance = (promoters + detractors) / answers - (net / answers) ** 2
    margin = 100 * _NORMAL * sqrt(max(variance, 0.0) / answers)
    return NpsScore(name, promoters, passives, detractors, answers, unread, 100 * net / answers, margin)
