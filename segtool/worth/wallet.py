"""Share of wallet: which part of what customers spend in a category they spend here."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool.history.compare import sums_of
from segtool.rules.cells import Exact
from segtool.rules.columns import Spelled, Table
from segtool.rules.conditions import Term
from segtool.summary.value import Apart, WalletBand, Wallets
from segtool.tables.arrays import Ints, Mask
from segtool.tables.numbers import LIMIT, UNITS, as_floats, money, total

BANDS = 4
"""Into so many equal spans of the share customers are counted."""


@dataclass(frozen=True, eq=False)
class WalletCells:
    """A column of wallets: the units of 1/10,000 of each customer where it is `readable`, and where it is `filled`."""

    units: Ints
    filled: Mask
    readable: Mask

    def at(self, rows: Ints) -> "WalletCells":
        """Return the cells of some rows, an empty one for row -1."""
        there = rows >= 0
        return WalletCells(
            units=np.where(there, np.append(self.units, 0)[rows], 0),
            filled=there & np.append(self.filled, False)[rows],
            readable=there & np.append(self.readable, False)[rows],
        )


@dataclass(frozen=True, eq=False)
class WalletShares:
    """The share of wallet of each customer and what is spent elsewhere, in units; of no meaning where not `known`."""

    share: npt.NDArray[np.float64]
    gap: Ints
    known: Mask


@dataclass(frozen=True, eq=False)
class CustomerWallets:
    """The wallets of customers, the share and the rest of each, and what they come to together."""

    cells: WalletCells
    shares: WalletShares
    told: Wallets


def wallets_in(
    column: pa.ChunkedArray,
    *,
    name: str = "wallet",
    file: str = "table",
    spelled: Spelled | None = None,
    threads: int | None = None,
) -> WalletCells:
    """Return a column of wallets as exact money.

    >>> found = wallets_in(pa.chunked_array([["1,000.50", None, "much"]]))
    >>> found.units.tolist(), found.filled.tolist(), found.readable.tolist()
    ([10005000, 0, 0], [True, False, True], [True, False, False])

    Raises DataError for numbers that can be read in two ways.
    """
    return cells_in(Table({name: column}, name=file, spelled=spelled, threads=threads), name)


def cells_in(table: Table, name: str) -> WalletCells:
    """Return a column of a table as exact money. Raises DataError for numbers that can be read in two ways."""
    term = Term((name,))
    numbers = table.numbers(term)
    none = np.zeros(0, np.bool_)
    units = np.concatenate([np.zeros(0, np.int64), *table.each(lambda at: numbers[at].units())])
    readable = np.concatenate([none, *table.each(lambda at: _readable(numbers[at]))])
    filled = np.concatenate([none, *table.each(lambda at: ~table.empty(term, at))])
    return WalletCells(units, filled, readable & filled)


def _readable(numbers: Exact) -> Mask:
    """Return in which rows there is a number that units can hold."""
    return numbers.readable & (np.abs(numbers.floats()[0]) <= LIMIT // UNITS)


def shares_of_wallet(wallet: WalletCells, spend: Ints) -> tuple[WalletShares, Wallets]:
    """Return the share of wallet of each customer, and what they come to (Kumar and Reinartz, 2018).

    A wallet is all that a customer spends in the category, `spend` the net spend here in the same period, in units of
    1/10,000. The share of one is spend / wallet, that of all the sum of spends / the sum of wallets of those who have a
    share. Others are set aside for the first of these reasons that holds: the cell is empty, or no number; the wallet
    is zero or less; so much came back that the spend is below zero; or the wallet is smaller than the spend.

    Two of five customers spend 20.00 of 80.00 and 60.00 of 120.00:

    >>> wallet = wallets_in(pa.chunked_array([["80", "120", "50", None, "?"]]))
    >>> each, found = shares_of_wallet(wallet, np.array([200_000, 600_000, 600_000, 10_000, 10_000]))
    >>> each.share[:2].tolist(), each.gap[:2].tolist(), each.known.tolist()
    ([0.25, 0.5], [600000, 600000], [True, True, False, False, False])
    >>> found.share, found.mean_share, found.set_aside
    (0.4, 0.375, {'no wallet': 1, 'unreadable': 1, 'smaller than spend': 1})
    """
    reasons: dict[Apart, Mask] = {
        "no wallet": ~wallet.filled,
        "unreadable": ~wallet.readable,
        "not above zero": wallet.units <= 0,
        "spend below zero": spend < 0,
        "smaller than spend": wallet.units < spend,
    }
    known = np.ones(len(spend), np.bool_)
    aside: dict[Apart, int] = {}
    for reason, holds in reasons.items():
        if count := int((known & holds).sum()):
            aside[reason] = count
        known &= ~holds
    spent, owned = spend[known], wallet.units[known]
    share, gap = np.full(len(spend), np.nan), np.zeros(len(spend), np.int64)
    share[known], gap[known] = as_floats(spent) / as_floats(owned), owned - spent
    return WalletShares(share, gap, known), _told(spent, owned, share[known], aside)


def _told(spend: Ints, wallet: Ints, share: npt.NDArray[np.float64], aside: dict[Apart, int]) -> Wallets:
    """Return what shares come to, of customers who all have one."""
    here, there, count = total(spend), total(wallet), len(spend)
    return Wallets(
        customers=count,
        spend=money(here),
        wallet=money(there),
        gap=money(there - here),
        share=float(Fraction(here, there)) if there else None,
        mean_share=float(np.mean(np.sort(share))) if count else None,  # sorted: another order adds up to other digits
        median_share=float(np.median(share)) if count else None,
        bands=_bands(spend, wallet),
        set_aside=aside,
    )


def _bands(spend: Ints, wallet: Ints) -> tuple[WalletBand, ...]:
    """Return how many customers have a share in each of some equal spans, of which the last one has the whole."""
    band = sum((spend >= -(-wallet * part // BANDS)).astype(np.int64) for part in range(1, BANDS))
    places = np.zeros(len(spend), np.int64) + band
    counts = np.bincount(places, minlength=BANDS).tolist()
    sums = zip(counts, sums_of(spend, places, BANDS), sums_of(wallet, places, BANDS), strict=True)
    return tuple(
        WalletBand(at / BANDS, customers, money(here), money(there), money(there - here))
        for at, (customers, here, there) in enumerate(sums)
    )
