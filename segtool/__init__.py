"""segtool sorts a shop's customers into named groups and says what to do with each.

import segtool

result = segtool.rfm("orders.csv")
result.customers        # a DataFrame, one row a customer
result.summary.segments # what stands behind each segment
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "inspect", "rfm"]

if TYPE_CHECKING:
    from segtool.api import rfm
    from segtool.inspection.inspect import inspect


def __getattr__(name: str) -> Any:
    """Load the library when it is first used, so that importing segtool costs next to nothing."""
    if name == "rfm":
        from segtool.api import rfm

        return rfm
    if name == "inspect":
        from segtool.inspection.inspect import inspect

        return inspect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
