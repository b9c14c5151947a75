"""A training's state on disk: enough to go on after a kill as if nothing had happened."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.study import write_atomic

Arrays = list[NDArray[np.generic]]


@dataclass
class TrainingState:
    """What one training epoch hands to the next. ``best_*`` are of the best validation so far."""

    history: list[dict[str, float]] = field(default_factory=list)
    best_training_epoch: int = 0
    best_score: float = float("-inf")
    best_weights: Arrays = field(default_factory=list)

    @property
    def training_epoch(self) -> int:
        """Training epochs completed."""
        return len(self.history)


def save_checkpoint(path: Path, state: TrainingState, variables: Sequence[Arrays], fingerprint: str) -> None:
    """Writes state and variables, whole or not at all. Raises StudyError."""
    document = {key: value for key, value in asdict(state).items() if key != "best_weights"}
    arrays = {
        f"{group}.{index}": array
        for group, members in enumerate([state.best_weights, *variables])
        for index, array in enumerate(members)
    }
    buffer = io.BytesIO()
    header = json.dumps({"fingerprint": fingerprint, "state": document}).encode()
    np.savez(buffer, allow_pickle=False, header=np.frombuffer(header, np.uint8), **arrays)
    write_atomic(path, buffer.getvalue())


def load_checkpoint(
    path: Path, shapes: Sequence[Sequence[tuple[int, ...]]], fingerprint: str
) -> tuple[TrainingState, list[Arrays]] | None:
    """State and variables of the given shapes; None where there is no checkpoint of this very training.

    A checkpoint of another configuration, or a damaged one, is not an error: training starts anew.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            header = json.loads(bytes(archive["header"]))
            if header["fingerprint"] != fingerprint:
                return None
            groups = [
                [archive[f"{group}.{index}"] for index in range(len(members))]
                for group, members in enumerate([shapes[0], *shapes])
            ]
            state = TrainingState(**header["state"], best_weights=groups[0])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None
    if any(
        array.shape != shape
        for members, expected in zip(groups[1:], shapes, strict=True)
        for array, shape in zip(members, expected, strict=True)
    ):
        return None
    return state, groups[1:]
