"""A session with a board as it grows: what came, epoch by epoch, and what that says so far. No Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.evaluation.agreement import cohen_kappa, confusion_matrix
from sleepstudio.hypnogram import EPOCH_S, NOT_COUNTED, STAGE_SETS, Hypnogram, StageSet

Kind = Literal["rolling", "frames"]

KIND_NAMES: Final[Mapping[str, str]] = {"rolling": "Rolling", "frames": "Whole frames"}
KIND_MEANING: Final[Mapping[str, str]] = {
    "rolling": "each epoch staged as if the night ended with it, rows normalised from the past",
    "frames": "every frame of the night staged and put together, as offline",
}
MAX_EPOCHS: Final = 200_000


@dataclass(frozen=True)
class Difference:
    """An epoch where board and host do not agree to the bit. Classes of the session's stage set."""

    epoch: int
    host: int
    board: int


@dataclass(frozen=True)
class Verdict:
    """How the session ended: ``exact`` of ``total`` epochs equal to the host's outputs, bit for bit."""

    kind: str
    exact: int
    total: int
    differences: tuple[Difference, ...]
    kappa: float | None
    accuracy: float | None
    folder: str = ""


@dataclass(frozen=True)
class LayerCost:
    name: str
    cost: float


@dataclass(frozen=True)
class Costs:
    """``unit``: cycles, instructions or ticks. ``cpu_hz``: None where there is no time."""

    unit: str
    layers: tuple[LayerCost, ...]
    cpu_hz: float | None

    @property
    def total(self) -> float:
        return sum(layer.cost for layer in self.layers)


class LiveSession:
    """Made from the event ``session``; :meth:`take` adds what the other events say.

    Classes are those of ``stage_set``; NOT_COUNTED where nothing came yet, or nobody scored.
    """

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.recording = str(event.get("recording", ""))
        self.kind: Kind = "frames" if event.get("kind") == "frames" else "rolling"
        self.run = str(event.get("run", ""))
        self.backend = str(event.get("backend", ""))
        self.seen = str(event.get("seen", ""))
        """Whether the model learned from the recording, in words."""
        pace = event.get("pace")
        self.pace: float | str = float(pace) if isinstance(pace, int | float) else "max"
        self.frame_size: int | None = event.get("frame_size")
        self.epoch_s = float(event.get("epoch_s", EPOCH_S))
        self.start = _moment(event.get("start"))
        self.offline_kappa = _number(event.get("offline_kappa"))
        self.stage_set = stage_set_of(event.get("classes", ()))
        self.features = tuple(str(name) for name in event.get("features", ()))
        self.unit = ""
        """Of ``cost``: cycles, instructions; empty while nothing said so."""
        count = min(int(event.get("epochs", 0)), MAX_EPOCHS)
        self.expert = np.full(count, NOT_COUNTED, np.int8)
        scored = np.asarray(event.get("expert") or (), np.int8)[:count]
        self.expert[: len(scored)] = scored
        self.board = np.full(count, NOT_COUNTED, np.int8)
        self.host = np.full(count, NOT_COUNTED, np.int8)
        self.known = np.zeros(count, np.bool_)
        self.exact = np.zeros(count, np.bool_)
        self.probabilities = np.full((count, len(self.stage_set)), np.nan, np.float32)
        self.cost = np.full(count, np.nan, np.float64)
        self.round_trip_ms = np.full(count, np.nan, np.float64)
        self.rows = np.full((count, len(self.features)), np.nan, np.float32)
        self.newest = -1
        self.costs: Costs | None = None
        self.counters: dict[str, float] = {}
        self.verdict: Verdict | None = None

    def __len__(self) -> int:
        return len(self.board)

    # what came

    def take(self, event: Mapping[str, Any]) -> None:
        """An event of the same job after ``session``; others than it knows change nothing."""
        match event.get("event"):
            case "stages":
                for item in event.get("items", ()):
                    self._take_stage(item)
            case "costs":
                self.costs = costs_of(event)
                self.unit = self.costs.unit
            case "counters":
                self.counters |= counters_of(event)
            case "verdict":
                self.verdict = _verdict(event)

    def _take_stage(self, item: Mapping[str, Any]) -> None:
        epoch = int(item.get("epoch", -1))
        if not 0 <= epoch < len(self):
            return
        classes = len(self.stage_set)
        self.board[epoch] = _class(item.get("stage"), classes)
        self.host[epoch] = _class(item.get("host_stage", item.get("stage")), classes)
        self.known[epoch] = True
        self.exact[epoch] = bool(item.get("exact", False))
        percent = item.get("percent")
        if percent is not None and len(percent) == classes:
            self.probabilities[epoch] = np.asarray(percent, np.float32) / 100
        for values, key in ((self.cost, "cost"), (self.round_trip_ms, "round_trip_ms")):
            if item.get(key) is not None:
                values[epoch] = float(item[key])
        row = item.get("row")
        if row is not None and len(row) == len(self.features):
            self.rows[epoch] = [math.nan if value is None else value for value in row]
        self.newest = max(self.newest, epoch)

    # what that says

    @property
    def received(self) -> int:
        """Epochs that the board has staged."""
        return int(self.known.sum())

    @property
    def exact_count(self) -> int:
        return int(self.exact.sum())

    @property
    def complete(self) -> bool:
        return len(self) > 0 and self.received == len(self)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The verdict's where there is one, else those seen so far."""
        if self.verdict is not None and self.verdict.differences:
            return self.verdict.differences
        apart = np.flatnonzero(self.known & ~self.exact)
        return tuple(Difference(int(e), int(self.host[e]), int(self.board[e])) for e in apart)

    @property
    def differing(self) -> int:
        """How many epochs differ: the verdict lists only so many."""
        if self.verdict is not None and self.verdict.total:
            return self.verdict.total - self.verdict.exact
        return len(self.differences)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(epochs,) where both expert and board gave a stage."""
        return np.asarray(self.known & (self.board >= 0) & (self.expert >= 0))

    @property
    def differs_from_expert(self) -> NDArray[np.bool_]:
        return np.asarray(self.usable & (self.expert != self.board))

    @property
    def kappa(self) -> float:
        """Cohen's κ to the expert over what has come; NaN where it is undefined."""
        where = self.usable
        counts = confusion_matrix(self.expert[where], self.board[where], len(self.stage_set))
        return float(cohen_kappa(counts))

    @property
    def accuracy(self) -> float:
        where = self.usable
        return float((self.expert[where] == self.board[where]).mean()) if where.any() else math.nan

    @property
    def sleep_minutes(self) -> tuple[float, float | None]:
        """Minutes of sleep by the board, and by the expert over the same epochs (None: not scored)."""
        minutes = self.epoch_s / 60
        slept = float((self.board[self.known] > 0).sum() * minutes)
        if not (self.expert >= 0).any():
            return slept, None
        return slept, float((self.expert[self.known] > 0).sum() * minutes)

    @property
    def round_trip(self) -> tuple[float, float] | None:
        """Median and worst, in ms; None before the first."""
        known = self.round_trip_ms[np.isfinite(self.round_trip_ms)]
        return (float(np.median(known)), float(known.max())) if len(known) else None

    def hypnogram(self, classes: NDArray[np.int8], scorer: str) -> Hypnogram:
        return Hypnogram(
            self.stage_set.stages(classes),
            self.epoch_s,
            start=self.start,
            scorer=scorer,
            stage_set=self.stage_set,
        )


def stage_set_of(classes: Sequence[str]) -> StageSet:
    """The stage set with these class names; by their number where they have other names."""
    names = tuple(str(name) for name in classes)
    for stage_set in STAGE_SETS.values():
        if stage_set.class_names == names:
            return stage_set
    return STAGE_SETS.get(len(names), STAGE_SETS[5])


def costs_of(event: Mapping[str, Any]) -> Costs:
    layers = tuple(
        LayerCost(str(layer.get("name", index)), float(layer.get("cost", 0)))
        for index, layer in enumerate(event.get("layers", ()))
    )
    return Costs(str(event.get("unit", "")), layers, _number(event.get("cpu_hz")))


def counters_of(event: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in event.items() if isinstance(value, int | float)}


def _verdict(event: Mapping[str, Any]) -> Verdict:
    differences = tuple(
        Difference(int(each["epoch"]), int(each.get("host", -1)), int(each.get("board", -1)))
        for each in event.get("differences", ())
    )
    return Verdict(
        str(event.get("kind", "")),
        int(event.get("exact", 0)),
        int(event.get("total", 0)),
        differences,
        _number(event.get("kappa")),
        _number(event.get("accuracy")),
        str(event.get("folder", "")),
    )


def _class(value: Any, classes: int) -> int:
    return int(value) if isinstance(value, int) and 0 <= value < classes else NOT_COUNTED


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None
