"""Export as a whole: files and summary agree with the model, and nothing unverified slips through."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from converted_examples import FEATURES, FRAME_SIZE
from network_examples import SLEEPKIT, randomise, read_sleepkit
from numpy.typing import NDArray

from sleepstudio.deployment import export, verify
from sleepstudio.deployment.export import export_int8
from sleepstudio.errors import ConfigurationError, ExportError
from sleepstudio.models.build import build_model
from sleepstudio.models.cost import model_cost
from sleepstudio.monitor import Monitor

PARAMS = {"blocks": [{"filters": 6, "kernel": 5, "dilation": 2, "norm": "batch", "se_ratio": 2}]}


@pytest.fixture(scope="module")
def model() -> Any:
    return randomise(build_model("tcn", PARAMS, frame_size=FRAME_SIZE, features=FEATURES, classes=3))


needs_micro_runtime = pytest.mark.skipif(
    not verify.micro_runtime_available(),
    reason="the micro runtime (tflite-micro, Linux only) is not installed",
)


@needs_micro_runtime
def test_files_and_summary_describe_one_model(model: Any, frames: NDArray[np.float32]) -> None:
    exported = export_int8(model, "tcn", PARAMS, frames, frames, class_names=("WAKE", "NREM", "REM"),
                           variable="night_model")  # fmt: skip
    summary = json.loads(json.dumps(exported.summary()))
    assert set(exported.files) == {"model.tflite", "model_buffer.h", "board_image.bin"}
    content, header = exported.files["model.tflite"], exported.files["model_buffer.h"].decode()
    assert summary["sha256"] == hashlib.sha256(content).hexdigest()
    assert summary["bytes"] == len(content)
    assert summary["verification"]["differing"] == 0
    assert summary["output"] == "logits"
    cost = model_cost("tcn", PARAMS, frame_size=FRAME_SIZE, features=FEATURES, classes=3)
    assert summary["macs_per_frame"] == cost.macs_per_frame
    assert sum(row["constant_bytes"] for row in summary["operators"]) > cost.deployed_parameters
    for text in (summary["sha256"], "WAKE, NREM, REM", f"night_model_len = {len(content)}u",
                 f"{summary['verification']['arena_bytes']} bytes"):  # fmt: skip
        assert text in header


@needs_micro_runtime
def test_without_logits_the_model_ends_in_a_softmax(model: Any, frames: NDArray[np.float32]) -> None:
    exported = export_int8(model, "tcn", PARAMS, frames, frames[:2], use_logits=False)
    assert exported.summary()["output"] == "probabilities"
    assert exported.model.graph.operators[-1].name == "SOFTMAX"
    np.testing.assert_allclose(exported.model.predict(frames).sum(axis=-1), 1, atol=0.02)


@pytest.fixture
def without_micro_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (verify, export):
        monkeypatch.setattr(module, "micro_runtime_available", lambda: False)


def test_without_the_micro_runtime_the_missing_extra_is_named(
    model: Any, frames: NDArray[np.float32], without_micro_runtime: None
) -> None:
    with pytest.raises(ExportError, match=r"not installed.*sleepstudio\[verify\]"):
        export_int8(model, "tcn", PARAMS, frames, frames)


def test_going_without_verification_is_said(
    model: Any, frames: NDArray[np.float32], without_micro_runtime: None
) -> None:
    class Listener(Monitor):
        def __init__(self) -> None:
            self.warnings: list[str] = []

        def warning(self, message: str, *, hint: str = "", item: str = "") -> None:
            self.warnings.append(message + hint + item)

    listener = Listener()
    exported = export_int8(model, "tcn", PARAMS, frames, frames, allow_unverified=True, monitor=listener)
    assert exported.verification is None
    assert exported.summary()["verification"] is None
    assert "verified" not in exported.header
    assert any("not verified" in message for message in listener.warnings)


def test_one_differing_value_stops_the_export() -> None:
    with pytest.raises(ExportError, match=r"differs from the host in 1 of 960 values, by up to 2\."):
        export._check_exact(verify.Verification(6, 960, 1, 2.0, 4096))


def test_a_wrong_variable_name_is_found_before_the_work(model: Any, frames: NDArray[np.float32]) -> None:
    with pytest.raises(ConfigurationError, match="tflm_var_name"):
        export_int8(model, "tcn", PARAMS, frames[:0], frames, variable="no name")


@needs_micro_runtime
@pytest.mark.parametrize(
    "name", ["ss-4", *(pytest.param(name, marks=pytest.mark.slow) for name in SLEEPKIT if name != "ss-4")]
)
def test_sleepkits_networks_export_bit_exact(real_data: Path, name: str) -> None:
    published = SLEEPKIT[name]
    params, frame_size = read_sleepkit(real_data, name)
    shape = {"frame_size": frame_size, "features": published.features, "classes": published.classes}
    network = randomise(build_model("tcn", params, **shape))
    given = np.random.default_rng(0).normal(size=(6, frame_size, published.features)).astype(np.float32)
    exported = export_int8(network, "tcn", params, given, given)
    assert exported.verification is not None
    assert exported.verification.exact
    cost = model_cost("tcn", params, **shape)
    assert exported.summary()["macs_per_frame"] == cost.macs_per_frame
    records_bytes = exported.verification.arena_bytes - cost.peak_activation_bytes
    assert 0 < records_bytes < 512 * len(exported.operators)
