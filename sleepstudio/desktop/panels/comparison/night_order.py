"""In which order the nights of the chosen runs are gone through. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sleepstudio.desktop.panels.comparison.run_evidence import RunEvidence

ORDERS = (("subject", "By subject"), ("worst", "Worst κ of A first"), ("gain", "Largest gain A over B"))


def ordered_nights(chosen: Sequence[RunEvidence], order: str) -> tuple[str, ...]:
    """Nights that any chosen run staged; those that all of them staged first. Raises StudyError."""
    if not chosen:
        return ()
    first = chosen[0]
    names = list(dict.fromkeys(name for run in chosen for name in run.recordings))
    subjects = {name: run.subject(name) for run in reversed(chosen) for name in run.recordings}
    staged_by = [set(run.recordings) for run in chosen]

    def kappa(run: RunEvidence, name: str) -> float:
        value = run.kappa(name) if name in run.recordings else math.nan
        return value if math.isfinite(value) else math.nan

    def key(name: str) -> tuple[int, float, str, str]:
        value = 0.0
        if order == "worst":
            value = kappa(first, name)
        elif order == "gain" and len(chosen) > 1:
            value = kappa(chosen[1], name) - kappa(first, name)
        missing = sum(name not in staged for staged in staged_by)
        return missing, value if math.isfinite(value) else math.inf, subjects[name], name

    return tuple(sorted(names, key=key))
