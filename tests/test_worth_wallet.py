"""Share of wallet: which part of what customers spend in a category they spend here."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import DataError
from segtool.rules.columns import Spelled
from segtool.worth.wallet import WalletCells, shares_of_wallet, wallets_in

rows = st.lists(
    st.tuples(st.one_of(st.none(), st.just("?"), st.integers(-50, 10**9)), st.integers(-(10**9), 10**12)), max_size=30
)


def cells(wallets: list[object]) -> WalletCells:
    return wallets_in(pa.chunked_array([pa.array([None if each is None else str(each) for each in wallets], "string")]))


def units(*money: float) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array([round(each * 10_000) for each in money], np.int64)


def test_individual_shares_and_their_aggregate_by_hand() -> None:
    """Kumar and Reinartz's example: who spends 400 of 500 here has a share of 80%; the aggregate weighs by wallet."""
    each, found = shares_of_wallet(cells([500, 1500, 200]), units(400, 300, 200))
    assert each.share.tolist() == [0.8, 0.2, 1.0]
    assert each.gap.tolist() == units(100, 1200, 0).tolist()
    assert (found.spend, found.wallet, found.gap) == (900, 2200, 1300)
    assert found.share == 900 / 2200
    assert (found.mean_share, found.median_share) == (pytest.approx(2 / 3), 0.8)
    assert [(band.least, band.customers, band.gap) for band in found.bands] == [
        (0, 1, 1200),
        (0.25, 0, 0),
        (0.5, 0, 0),
        (0.75, 2, 100),
    ]


def test_each_reason_to_be_set_aside_has_its_name() -> None:
    wallets = cells([None, "much", 0, -5, 100, 100, 100])
    each, found = shares_of_wallet(wallets, units(10, 10, 0, 10, -1, 100.0001, 100))
    assert found.set_aside == {
        "no wallet": 1, "unreadable": 1, "not above zero": 2, "spend below zero": 1, "smaller than spend": 1,
    }  # fmt: skip
    assert each.known.tolist() == [False] * 6 + [True]
    assert (found.customers, found.share, found.bands[-1].customers) == (1, 1, 1)


def test_the_limits_of_bands_are_exact() -> None:
    _, found = shares_of_wallet(cells([0.0003] * 4), np.array([0, 1, 2, 3]))
    assert [band.customers for band in found.bands] == [1, 1, 1, 1]  # 0, a third, two thirds, and all of it
    _, found = shares_of_wallet(cells([100] * 4), units(24.9999, 25, 49.9999, 75))
    assert [band.customers for band in found.bands] == [1, 2, 0, 1]


def test_nobody_with_a_wallet_has_no_share() -> None:
    for wallets in (cells([]), cells([None])):
        _, found = shares_of_wallet(wallets, np.zeros(len(wallets.units), np.int64))
        assert (found.customers, found.share, found.mean_share, found.median_share) == (0, None, None, None)
        assert sum(band.customers for band in found.bands) == 0


def test_a_wallet_beyond_the_limit_is_not_read() -> None:
    found = cells(["1e15", "9e13"])
    assert found.readable.tolist() == [False, True]


def test_a_decimal_comma_is_read_where_it_is_plain_and_asked_for_where_it_is_not() -> None:
    column = pa.chunked_array([["1.234,5", "7,25"], ["3"]])
    assert wallets_in(column).units.tolist() == units(1234.5, 7.25, 3).tolist()
    unsure = pa.chunked_array([["1,234"]])
    with pytest.raises(DataError, match=r'list\.csv: wallet "1,234" can be read in two ways, .* say --decimal \.'):
        wallets_in(unsure, file="list.csv")
    assert wallets_in(unsure, spelled=Spelled(decimal=",")).units.tolist() == [12_340]
    assert wallets_in(pa.chunked_array([pa.array([2.5, None])])).filled.tolist() == [True, False]


@given(rows)
def test_everybody_has_a_share_or_a_reason_and_sums_are_exact(pairs: list[tuple[object, int]]) -> None:
    each, found = shares_of_wallet(cells([wallet for wallet, _ in pairs]), np.array([own for _, own in pairs], int))
    assert found.customers + sum(found.set_aside.values()) == len(pairs)
    assert sum(band.customers for band in found.bands) == found.customers == int(each.known.sum())
    kept = [
        (wallet, Fraction(spend, 10_000))
        for wallet, spend in pairs
        if isinstance(wallet, int) and wallet > 0 and 0 <= Fraction(spend, 10_000) <= wallet
    ]
    assert (found.customers, found.spend, found.wallet) == (
        len(kept),
        sum((spend for _, spend in kept), Fraction(0)),
        sum(wallet for wallet, _ in kept),
    )
    assert found.spend + found.gap == found.wallet == sum((band.wallet for band in found.bands), Decimal(0))
    shares = sorted(float(spend / wallet) for wallet, spend in kept)
    assert sorted(each.share[each.known].tolist()) == pytest.approx(shares)
    assert ((each.share[each.known] >= 0) & (each.share[each.known] <= 1)).all()


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_customers_changes_no_total(pairs: list[tuple[object, int]], random: Random) -> None:
    def told(some: list[tuple[object, int]]) -> object:
        return shares_of_wallet(cells([wallet for wallet, _ in some]), np.array([own for _, own in some], int))[1]

    assert told(random.sample(pairs, len(pairs))) == told(pairs)
