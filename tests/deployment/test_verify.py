"""Verification: it finds differences, finds the arena, and survives what kills the micro runtime."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from converted_examples import FEATURES, FRAME_SIZE, Converted, make
from numpy.typing import NDArray

from sleepstudio.deployment.verify import micro_runtime_available, run_on_micro_runtime, verify
from sleepstudio.errors import Cancelled, ExportError
from sleepstudio.monitor import Monitor
from sleepstudio.staging.interpreter import TfliteModel

pytestmark = pytest.mark.skipif(
    not micro_runtime_available(), reason="the micro runtime (tflite-micro, Linux only) is not installed"
)


def zeros(count: int = 1) -> NDArray[np.int8]:
    return np.zeros((count, FRAME_SIZE, FEATURES), np.int8)


def test_another_models_results_are_found_out(plain: Converted, frames: NDArray[np.float32]) -> None:
    mixed_up = TfliteModel(plain.int8.content)
    params = {"blocks": [{"filters": 6, "kernel": 3, "norm": "batch"}]}
    mixed_up.content = make("tcn", params, frames).int8.content
    verification = verify(mixed_up, frames)
    assert not verification.exact
    assert 0 < verification.differing <= verification.values
    assert verification.worst >= 1


def test_the_extremes_of_int8_are_among_the_inputs(plain: Converted, frames: NDArray[np.float32]) -> None:
    none = verify(plain.int8, frames[:0], random_frames=0)
    assert none.frames == 6
    assert verify(plain.int8, frames, random_frames=3).frames == 6 + 3 + len(frames)


def test_the_arena_is_enough_and_hardly_more(plain: Converted) -> None:
    _, arena_bytes = run_on_micro_runtime(plain.int8.content, zeros())
    code = (
        "import sys; from tflite_micro import runtime;"
        "runtime.Interpreter.from_bytes(sys.stdin.buffer.read(), arena_size=int(sys.argv[1]))"
    )

    def allocates(size: int) -> bool:
        command = [sys.executable, "-c", code, str(size)]
        return subprocess.run(command, input=plain.int8.content, capture_output=True).returncode == 0

    assert allocates(arena_bytes)
    assert not allocates(arena_bytes - 64)


def test_a_damaged_model_kills_the_worker_only(plain: Converted) -> None:
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(plain.int8.content, 0))
    model.subgraphs[0].operators[1].inputs = np.array([1_000_000, 2_000_000, 3_000_000], np.int32)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(ExportError, match=r"crashed|refuses"):
        run_on_micro_runtime(bytes(builder.Output()), zeros())


@pytest.mark.parametrize("content", [b"", b"\x1c\0\0\0TFL3" + b"\0" * 100, b"x" * 1000])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ExportError, match=r"crashed|refuses"):
        run_on_micro_runtime(content, zeros())


def test_the_worker_is_stopped_when_it_takes_too_long(plain: Converted) -> None:
    with pytest.raises(ExportError, match="did not finish within 0 s"):
        run_on_micro_runtime(plain.int8.content, zeros(), timeout_s=0)


def test_a_verification_can_be_cancelled(plain: Converted, frames: NDArray[np.float32]) -> None:
    class Impatient(Monitor):
        def check_cancelled(self) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        verify(plain.int8, frames, monitor=Impatient())


def test_inputs_of_the_wrong_shape_are_refused(plain: Converted) -> None:
    wrong: NDArray[Any] = np.zeros((1, FRAME_SIZE, FEATURES + 1), np.int8)
    with pytest.raises(ExportError, match="refuses"):
        run_on_micro_runtime(plain.int8.content, wrong)
