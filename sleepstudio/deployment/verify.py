"""Proof that the micro runtime gives what the host gives, bit for bit, and what memory it needs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ExportError
from sleepstudio.monitor import SILENT, Monitor
from sleepstudio.staging.interpreter import TfliteModel

RANDOM_FRAMES = 16
TIMEOUT_S = 1800.0
_POLL_S = 0.02
_WORKER = Path(__file__).with_name("micro_worker.py")


@dataclass(frozen=True)
class Verification:
    """``worst``: the largest difference, in units of the last place for int8 outputs.

    ``arena_bytes``: an arena just large enough, in which these frames were run on this 64-bit host; a 32-bit
    microcontroller, whose pointers are half as long, needs less.
    """

    frames: int
    values: int
    differing: int
    worst: float
    arena_bytes: int

    @property
    def exact(self) -> bool:
        return self.differing == 0


def micro_runtime_available() -> bool:
    """Whether the micro runtime is installed. It exists for Linux only."""
    return find_spec("tflite_micro") is not None


def verify(
    model: TfliteModel,
    frames: NDArray[np.float32],
    *,
    random_frames: int = RANDOM_FRAMES,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> Verification:
    """Compares the reference kernels with the micro runtime over ``frames`` and extreme inputs.

    ``frames``: (n, frame_size, features) normalised float32, best all frames of all test recordings. To them
    are added constant frames at each end of int8, frames that alternate between the ends, and
    ``random_frames`` over the whole range. Raises ExportError where the micro runtime is not installed,
    refuses the model or crashes on it.
    """
    inputs = np.concatenate([_as_input(model, frames), _extreme_inputs(model, random_frames, seed)])
    expected = model.run(inputs)
    actual, arena_bytes = run_on_micro_runtime(model.content, inputs, monitor=monitor)
    if actual.shape != expected.shape:
        raise ExportError(f"the micro runtime gives {actual.shape}, the host {expected.shape}.")
    difference = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
    return Verification(
        frames=len(inputs),
        values=int(difference.size),
        differing=int(np.count_nonzero(actual != expected)),
        worst=float(difference.max(initial=0.0)),
        arena_bytes=arena_bytes,
    )


def run_on_micro_runtime(
    content: bytes, inputs: NDArray[Any], *, timeout_s: float = TIMEOUT_S, monitor: Monitor = SILENT
) -> tuple[NDArray[Any], int]:
    """Outputs for ``inputs`` (frames of the model's own type), and the arena's bytes. Raises ExportError."""
    if not micro_runtime_available():
        raise ExportError(
            "the micro runtime, on which an export is verified, is not installed.",
            where="tflite-micro",
            hint="Install it, on Linux: pip install 'sleepstudio[verify]'.",
        )
    with tempfile.TemporaryDirectory(prefix="sleepstudio-verify-") as folder:
        model, frames, outputs, arena = (
            Path(folder) / name for name in ("model.tflite", "frames.npy", "outputs.npy", "arena.txt")
        )
        model.write_bytes(content)
        np.save(frames, inputs, allow_pickle=False)
        _run_worker([model, frames, outputs, arena], Path(folder) / "log.txt", timeout_s, monitor)
        return np.load(outputs, allow_pickle=False), int(arena.read_text(encoding="ascii"))


def _run_worker(paths: list[Path], log: Path, timeout_s: float, monitor: Monitor) -> None:
    command = [sys.executable, "-P", str(_WORKER), *map(str, paths)]
    deadline = time.monotonic() + timeout_s
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        ) as worker,
    ):
        try:
            while worker.poll() is None:
                monitor.check_cancelled()
                if time.monotonic() > deadline:
                    raise ExportError(f"the micro runtime did not finish within {timeout_s:g} s.")
                time.sleep(_POLL_S)
        finally:
            worker.kill()
    if worker.returncode < 0:
        raise ExportError(f"the micro runtime crashed on the model (signal {-worker.returncode}).",
                          hint="The model is damaged, or not one for the micro runtime.")  # fmt: skip
    if worker.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no reason given"]
        raise ExportError(f"the micro runtime refuses the model: {lines[-1][:300]}.",
                          hint="The model is damaged, or not one for the micro runtime.")  # fmt: skip


def _as_input(model: TfliteModel, frames: NDArray[np.float32]) -> NDArray[Any]:
    quantisation = model.input_quantisation
    return quantisation.quantise(frames) if quantisation else frames.astype(np.float32)


def _extreme_inputs(model: TfliteModel, random_frames: int, seed: int) -> NDArray[Any]:
    shape = (model.frame_size, model.features)
    by_row, by_column = (np.indices(shape)[axis] % 2 for axis in (0, 1))
    patterns = [np.zeros(shape, int), np.ones(shape, int), by_row, 1 - by_row, by_column, by_row ^ by_column]
    ends = np.array([-128, 127], np.int8)
    random = np.random.default_rng(seed).integers(-128, 128, (random_frames, *shape), np.int8)
    extremes = np.concatenate([ends[np.array(patterns)], random])
    if model.input_quantisation:
        return extremes
    return extremes.astype(np.float32) / np.float32(8)
