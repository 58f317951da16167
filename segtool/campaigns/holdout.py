"""The control group of a campaign: who is held out of it, by chance that is the same in each run."""

from fractions import Fraction
from hashlib import sha256

import numpy as np
import pyarrow as pa

from segtool.errors import UsageError
from segtool.tables.arrays import Mask

_SLICE = 1 << 16
"""Ids that are Python's texts at a time."""

_WHOLE = 1 << 64
"""How many numbers eight bytes hold."""


def share_of(share: float | Fraction | str) -> Fraction:
    """Return a share that is written as 10% or 0.1 as the fraction that is meant.

    >>> share_of("10%"), share_of(0.1)
    (Fraction(1, 10), Fraction(1, 10))

    Raises UsageError for what is not more than none and less than all.
    """
    text = str(share).strip()
    try:
        found = Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        found = Fraction(0)
    if not 0 < found < 1:
        raise UsageError(f"--holdout {text!r} is no share of the customers; say more than 0% and less than 100%.")
    return found


def held_out(ids: pa.Array, *, share: Fraction, seed: int) -> Mask:
    """Return which customers are held out: about that share of them, each by its own id.

    The first eight bytes of the SHA-256 of seed and id are a number of 64 bits; it is below the share of all such
    numbers for those who are held out. So a customer stays where it is whoever else is there and in whatever order, and
    one who is held out for a share is for any larger one.

    >>> ids = pa.array([str(number) for number in range(1000)])
    >>> int(held_out(ids, share=Fraction(1, 10), seed=1).sum()), int(held_out(ids, share=Fraction(1, 10), seed=2).sum())
    (103, 101)
    """
    limit = (share.numerator * _WHOLE // share.denominator).to_bytes(8, "big")
    start = f"{seed}\0".encode()
    found = np.zeros(len(ids), np.bool_)
    for at in range(0, len(ids), _SLICE):
        own = ids.slice(at, _SLICE).to_pylist()
        found[at : at + len(own)] = [sha256(start + each.encode()).digest()[:8] < limit for each in own]
    return found
