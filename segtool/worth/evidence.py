"""What a backtest showed of each scheme, read from the JSON that it wrote, for those who ask whether names foretell."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segtool.errors import DataError, MissingInputError, why


@dataclass(frozen=True)
class Shown:
    """A scheme that was put to the test: the names of its segments, and whether they told more than chance does."""

    scheme: str
    segments: frozenset[str]
    foretells: bool


def read_tested(backtest: Any) -> Mapping[str, Shown]:
    """Return scheme -> what a backtest showed of it, from the file of its JSON or from its summary.

    A scheme foretells where its concordance is more than two standard errors above a half; it is left out where too few
    bought, or did not, to tell.

    Raises MissingInputError for a file that is not there, DataError for one that is no backtest.
    """
    told, name = (backtest.to_dict(), "backtest") if hasattr(backtest, "to_dict") else _read(backtest)
    try:
        orders = {each["name"]: each for each in told["rankings"] if each["kind"] == "scheme"}
        return {
            each["name"]: Shown(
                each["name"],
                frozenset(own["name"] for own in each["segments"]),
                is_above_chance(orders[each["name"]]["concordance"], orders[each["name"]]["standard_error"]),
            )
            for each in told["schemes"]
            if orders[each["name"]]["standard_error"] is not None
        }
    except (LookupError, TypeError):
        raise DataError(f"{name} is no backtest: segtool backtest ORDERS --summary-file FILE writes one.") from None


def is_above_chance(concordance: float | None, error: float | None) -> bool:
    """Return whether a concordance is more than two standard errors above a half.

    >>> is_above_chance(0.6, 0.04), is_above_chance(0.6, 0.05), is_above_chance(None, None)
    (True, False, False)
    """
    return concordance is not None and error is not None and concordance - 0.5 > 2 * error


def _read(file: str | Path) -> tuple[Any, str]:
    try:
        return json.loads(Path(file).read_bytes()), str(file)
    except FileNotFoundError:
        raise MissingInputError(f"There is no backtest {file}.") from None
    except OSError as error:
        raise MissingInputError(f"{file} cannot be read: {why(error)}.") from error
    except (ValueError, RecursionError):
        return None, str(file)
