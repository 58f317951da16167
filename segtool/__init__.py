"""segtool sorts a shop's customers into named groups and says what to do with each.

import segtool

result = segtool.rfm("orders.csv")
result.customers        # a DataFrame, one row a customer
result.summary.segments # what stands behind each segment
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "backtest",
    "behavior",
    "check",
    "cluster",
    "compare",
    "explain",
    "export",
    "inspect",
    "lift",
    "profile",
    "report",
    "rfm",
    "segment",
    "store",
    "suggest",
    "track",
    "value",
]

if TYPE_CHECKING:
    from segtool.api import explain, rfm
    from segtool.backtesting import backtest
    from segtool.behaving import behavior
    from segtool.checking import check
    from segtool.clustering import cluster
    from segtool.comparing import compare
    from segtool.exporting import export
    from segtool.inspection.inspect import inspect
    from segtool.inspection.suggest import suggest
    from segtool.lifting import lift
    from segtool.profiling import profile
    from segtool.reporting import report
    from segtool.segmenting import segment
    from segtool.storing import store
    from segtool.tracking import track
    from segtool.valuing import value


_HOMES = {
    "backtest": "segtool.backtesting",
    "behavior": "segtool.behaving",
    "check": "segtool.checking",
    "cluster": "segtool.clustering",
    "compare": "segtool.comparing",
    "explain": "segtool.api",
    "export": "segtool.exporting",
    "inspect": "segtool.inspection.inspect",
    "lift": "segtool.lifting",
    "profile": "segtool.profiling",
    "report": "segtool.reporting",
    "rfm": "segtool.api",
    "segment": "segtool.segmenting",
    "store": "segtool.storing",
    "suggest": "segtool.inspection.suggest",
    "track": "segtool.tracking",
    "value": "segtool.valuing",
}


def __getattr__(name: str) -> Any:
    """Load the library when it is first used, so that importing segtool costs next to nothing."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
