"""The engine built for this machine: as a library to call, and with sanitizers as a program to try."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import struct
import subprocess
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from sleepstudio.deployment.board_image import parse_header

ROOT = Path(__file__).parents[2]
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow", "-Wundef")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


def compiled(name: str, sources: Iterable[str], *flags: str) -> Path:
    """What gcc makes of the engine and ``sources``, once for each state of the files."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    folder = ROOT / "firmware"
    files = [
        *sorted((folder / "engine").glob("*.c")),
        *(folder / "host_engine" / source for source in sources),
    ]
    headers = sorted(folder.glob("*engine/*.h"))
    state = hashlib.sha256(b"".join(path.read_bytes() for path in (*files, *headers)))
    built = ROOT / "build" / "engine" / f"{name}-{state.hexdigest()[:16]}"
    built.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(built.with_suffix(".lock")):
        if not built.exists():
            command = ["gcc", "-std=c11", "-O2", "-ffp-contract=off", *WARNINGS, *flags,
                       f"-I{folder / 'engine'}", *map(str, files), "-o", str(built)]  # fmt: skip
            subprocess.run(command, check=True)
    return built


@lru_cache
def library() -> ctypes.CDLL:
    return ctypes.CDLL(str(compiled("engine.so", ["inline_functions.c"], "-shared", "-fPIC")))


def tried(images: Iterable[bytes], *, timeout_s: float = 120) -> list[tuple[int, int]]:
    """(status, CRC of the outputs) of each image, under sanitizers. Fails where one finds something."""
    program = compiled("try_images", ["try_images.c"], "-g", *SANITIZERS)
    stream = b"".join(struct.pack("<I", len(image)) + image for image in images)
    done = subprocess.run([str(program)], input=stream, capture_output=True, timeout=timeout_s)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[:4000]
    lines = (line.split() for line in done.stdout.decode().splitlines())
    return [(int(status), int(crc, 16)) for status, crc in lines]


class HostEngine:
    """An image, opened by the engine."""

    def __init__(self, content: bytes) -> None:
        self._library = library()
        self.header = parse_header(content)
        self._image = np.frombuffer(content, np.uint8).copy()
        self._model = ctypes.create_string_buffer(self._library.ss_test_model_bytes())
        self.status = self._library.ss_model_open(
            _pointer(self._image), ctypes.c_size_t(len(content)), self._model
        )
        self._arena = np.zeros(self.header.arena_bytes + 16, np.int8)
        self._start = -self._arena.ctypes.data % 16

    def run(self, frames: NDArray[np.int8]) -> NDArray[np.int8]:
        """(n, frame_size, features) int8 → (n, frame_size, classes) int8."""
        assert self.status == 0
        header = self.header
        results = np.empty((len(frames), header.frame_size, header.classes), np.int8)
        arena = self._arena[self._start :]
        for number, frame in enumerate(frames):
            # what an earlier frame left must not matter
            arena[:] = np.random.default_rng(number).integers(-128, 128, len(arena))
            arena[header.input_at : header.input_at + frame.size] = frame.ravel()
            self._library.ss_model_run(self._model, _pointer(arena), None, None)
            outputs = arena[header.output_at : header.output_at + results[number].size]
            results[number] = outputs.reshape(results[number].shape)
        return results

    def quantise(self, rows: NDArray[np.float32]) -> tuple[int, NDArray[np.int8]]:
        """Status of the last row, and all rows quantised."""
        status, results = 0, np.zeros(rows.shape, np.int8)
        for number, row in enumerate(np.ascontiguousarray(rows, np.float32)):
            status = self._library.ss_quantise_row(self._model, _pointer(row), _pointer(results[number]))
        return status, results

    def probabilities(self, outputs: NDArray[np.int8]) -> NDArray[np.uint8]:
        """(n, classes) int8 → (n, classes) uint8."""
        results = np.zeros(outputs.shape, np.uint8)
        for number, row in enumerate(np.ascontiguousarray(outputs)):
            self._library.ss_probabilities(self._model, _pointer(row), _pointer(results[number]))
        return results

    def stages(self, outputs: NDArray[np.int8]) -> list[int]:
        rows = np.ascontiguousarray(outputs)
        return [int(self._library.ss_stage(self._model, _pointer(row))) for row in rows]


def _pointer(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)
