"""Agreement against cost: a point for each run, and the runs that none beats at their cost. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sleepstudio.run_summary import Figure, RunSummary

COSTS: Final = (
    ("macs", "MACs a frame"),
    ("parameters", "Parameters"),
    ("bytes", "Flash, bytes"),
)


@dataclass(frozen=True)
class CostPoint:
    path: Path
    name: str
    cost: float
    kappa: Figure
    live: bool

    @property
    def value(self) -> float:
        return self.kappa.value or 0.0


def cost_points(runs: Sequence[RunSummary], cost: str) -> tuple[CostPoint, ...]:
    """Runs that have both a κ and this cost."""
    found = []
    for run in runs:
        spent = {"macs": run.macs_per_frame, "parameters": run.parameters, "bytes": run.model_bytes}[cost]
        if spent and run.kappa is not None and run.kappa.value is not None:
            found.append(CostPoint(run.path, run.name, float(spent), run.kappa, run.mode == "live"))
    return tuple(found)


def frontier(points: Sequence[CostPoint]) -> tuple[CostPoint, ...]:
    """Live runs that agree better than every cheaper live run, by cost; offline runs never take part."""
    best: list[CostPoint] = []
    for point in sorted((p for p in points if p.live), key=lambda p: (p.cost, -p.value)):
        if not best or point.value > best[-1].value:
            best.append(point)
    return tuple(best)
