"""Checks that a user asks for: what a run found is what it should be, or the run fails."""

from segtool.errors import FailedCheckError
from segtool.summary.facts import Summary


def refuse_drift(summary: Summary, most: float) -> None:
    """Raise FailedCheckError if an axis has drifted from the model by a PSI above `most`."""
    drift = summary.drift
    far = {axis: psi for axis, psi in drift.psi.items() if psi > most} if drift else {}
    if drift and far:
        said = ", ".join(f"{axis.upper()} by a PSI of {psi:.4f}" for axis, psi in far.items())
        raise FailedCheckError(f"The scores have drifted from {drift.model}: {said}, more than {most:g}.")
