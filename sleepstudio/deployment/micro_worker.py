"""Runs a model on the micro runtime. A process of its own, because a damaged model kills it.

Called with four paths: the model, its frames (``.npy``), where the outputs go (``.npy``), where the arena
size goes (text). Exit code 0, or 3 with the reason as the last line on standard error. Imports nothing of
Sleep Studio, so that it starts fast and runs as a plain file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from tflite_micro import runtime

MAX_ARENA_BYTES = 64 << 20
ARENA_STEP_BYTES = 16
REFUSED = 3


def main(model: Path, frames: Path, outputs: Path, arena: Path) -> int:
    content = model.read_bytes()
    arena_bytes = smallest_arena(content)
    if arena_bytes is None:
        print("it cannot allocate the model's tensors", file=sys.stderr)  # noqa: T201
        return REFUSED
    interpreter = _interpreter(content, arena_bytes)
    results = []
    for frame in np.load(frames, mmap_mode="r", allow_pickle=False):
        interpreter.set_input(np.ascontiguousarray(frame[None]), 0)
        interpreter.invoke()
        results.append(interpreter.get_output(0)[0])
    np.save(outputs, np.array(results), allow_pickle=False)
    arena.write_text(str(arena_bytes), encoding="ascii")
    return 0


def smallest_arena(content: bytes) -> int | None:
    """Bytes of the smallest arena that the model runs in, None where it runs in none."""
    fits = 1 << 14
    while not _runs(content, fits):
        fits *= 2
        if fits > MAX_ARENA_BYTES:
            return None
    too_small = 0
    while fits - too_small > ARENA_STEP_BYTES:
        middle = (fits + too_small) // 2 // ARENA_STEP_BYTES * ARENA_STEP_BYTES
        if _runs(content, middle):
            fits = middle
        else:
            too_small = middle
    return fits


def _runs(content: bytes, arena_bytes: int) -> bool:
    """Whether the model allocates and computes in an arena: in a fork, which a small one may crash."""
    child = os.fork()
    if child == 0:
        try:
            _interpreter(content, arena_bytes).invoke()
        except (RuntimeError, ValueError):
            os._exit(REFUSED)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _interpreter(content: bytes, arena_bytes: int) -> Any:
    return runtime.Interpreter.from_bytes(content, arena_size=arena_bytes)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:5])))
