"""How near forecasts came to what customers did: by tenths of the forecast, and as errors a customer."""

import numpy as np

from segtool.summary.backtest import Band, Errors
from segtool.tables.arrays import Floats, Ints

BANDS = 10


def errors_of(predicted: Floats, actual: Floats) -> Errors:
    """Return how far forecasts were off; there is one customer at least.

    >>> errors_of(np.array([1.0, 0.0]), np.array([3.0, 0.0]))
    Errors(mae=1.0, rmse=1.4142135623730951, predicted=1.0, actual=3.0, ratio=0.3333333333333333)
    """
    off = predicted - actual
    said, came = float(predicted.sum()), float(actual.sum())
    return Errors(
        mae=float(np.abs(off).mean()),
        rmse=float(np.sqrt(np.square(off).mean())),
        predicted=said,
        actual=came,
        ratio=said / came if came > 0 else None,
    )


def bands_of(predicted: Floats) -> Ints:
    """Return the tenth of each customer by the forecast, 1 for the lowest: 10 * b // N + 1, b customers below.

    It is the rule of scores: equal forecasts share a tenth, the lower one, so that tenths can have different sizes, or
    nobody. Forecasts are equal that differ by less than 1e-9.

    >>> bands_of(np.array([0.0, 0.0, 0.0, 2.0])).tolist()
    [1, 1, 1, 8]
    """
    equal = np.round(predicted, 9)
    below = np.searchsorted(np.sort(equal), equal)
    return (BANDS * below // max(len(predicted), 1) + 1).astype(np.int64)


def calibration(predicted: Floats, actual: Floats) -> tuple[Band, ...]:
    """Return the means of forecast and of what came of each tenth that has customers, the lowest first.

    >>> for band in calibration(np.array([0.0, 0.0, 3.0]), np.array([1.0, 0.0, 2.0])): print(band)
    Band(band=1, customers=2, predicted=0.0, actual=0.5)
    Band(band=7, customers=1, predicted=3.0, actual=2.0)
    """
    bands = bands_of(predicted)
    found = []
    for band in np.unique(bands).tolist():
        own = bands == band
        found.append(Band(band, int(own.sum()), float(predicted[own].mean()), float(actual[own].mean())))
    return tuple(found)
