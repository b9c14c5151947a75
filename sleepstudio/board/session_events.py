"""What a session tells while it runs: the events of docs/events.md, stages in batches."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board import messages
from sleepstudio.board.night import Night, SessionRecord, SessionSetting
from sleepstudio.monitor import Monitor

BATCH_S = 0.05
"""Stages are told at most so often."""
UNITS: Mapping[int, str] = {
    messages.CostUnit.CYCLES: "cycles",
    messages.CostUnit.INSTRUCTIONS: "instructions",
    messages.CostUnit.TICKS: "ticks",
}


def session_fields(night: Night, setting: SessionSetting, offline_kappa: float | None) -> dict[str, Any]:
    """The event ``session``; also the head of ``session.json``."""
    return {
        "recording": night.recording_id,
        "kind": setting.kind,
        "run": setting.run,
        "backend": setting.backend,
        "pace": setting.pace,
        "epochs": len(night),
        "epoch_s": night.epoch_s,
        "start": night.start.isoformat() if night.start else None,
        "frame_size": setting.frame_size,
        "classes": list(setting.stage_set.class_names),
        "features": list(setting.features),
        "expert": night.expert.tolist(),
        "seen": night.seen,
        "held_out": night.seen in ("held out", "not in the split"),
        "simulated": setting.simulated,
        "offline_kappa": offline_kappa,
    }


def costs_fields(setting: SessionSetting, costs: messages.Costs) -> dict[str, Any]:
    """The event ``costs``."""
    names = setting.layers if len(setting.layers) == len(costs.layers) else None
    return {
        "unit": setting.unit,
        "layers": [
            {"name": names[index] if names else f"layer {index}", "cost": cost}
            for index, cost in enumerate(costs.layers)
        ],
        "cpu_hz": setting.cpu_hz,
    }


class StageTeller:
    """Tells stages as they come, several at a time where they come quickly."""

    def __init__(self, monitor: Monitor, night: Night, record: SessionRecord) -> None:
        self._monitor = monitor
        self._night = night
        self._record = record
        self._waiting: list[int] = []
        self._told_at = 0.0

    def add(self, epoch: int) -> None:
        self._waiting.append(epoch)
        self.flush_old()

    def flush_old(self) -> None:
        """Tells those that have waited long enough."""
        if time.monotonic() - self._told_at >= BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Tells those that wait."""
        if not self._waiting:
            return
        items = [self._item(epoch) for epoch in self._waiting]
        self._monitor.board_event("stages", {"first": self._waiting[0], "items": items})
        self._waiting.clear()
        self._told_at = time.monotonic()

    def _item(self, epoch: int) -> dict[str, Any]:
        record = self._record
        return {
            "epoch": epoch,
            "stage": int(record.stages[epoch]),
            "percent": np.rint(record.probabilities[epoch] / 2.55).astype(int).tolist(),
            "outputs": record.outputs[epoch].tolist(),
            "exact": bool(record.exact[epoch]),
            "host_stage": int(record.host_stages[epoch]),
            "cost": finite(record.cost[epoch]),
            "round_trip_ms": finite(record.round_trip_ms[epoch]),
            "row": numbers(self._night.features[epoch]),
        }


def finite(value: float) -> float | None:
    """A number as JSON has it: None for not-a-number, whole numbers without a point."""
    value = float(value)
    if not np.isfinite(value):
        return None
    return int(value) if value.is_integer() else value


def numbers(row: NDArray[np.float32]) -> list[float | None]:
    """A row to seven digits, None where undefined."""
    return [float(f"{value:.7g}") if np.isfinite(value) else None for value in row.tolist()]
