"""Models from files: what was saved comes back, anything else is refused with a reason."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from network_examples import MIXED, randomise

from sleepstudio.errors import StudyError
from sleepstudio.models.build import build_model, weights_sha256
from sleepstudio.models.build_from_file import load_model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[keras.Model, Path]:
    model = randomise(build_model("tcn", MIXED["mb"], frame_size=24, features=5, classes=3))
    path = tmp_path_factory.mktemp("models") / "model.keras"
    model.save(path)
    return model, path


def rewritten(source: Path, target: Path, **members: bytes | None) -> Path:
    """A copy of a .keras with members (by the first part of their names) replaced or left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = members.get(item.filename.partition(".")[0], old.read(item))
            if content is not None:
                new.writestr(item.filename, content)
    return target


def test_a_saved_model_comes_back_with_its_numbers(saved: tuple[keras.Model, Path]) -> None:
    model, path = saved
    loaded = load_model(path)
    frames = np.random.default_rng(0).normal(size=(2, 24, 5)).astype(np.float32)
    np.testing.assert_array_equal(loaded(frames), model(frames))
    assert weights_sha256(loaded) == weights_sha256(model)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"absent\.keras: cannot be read \(No such file"):
        load_model(tmp_path / "absent.keras")


@pytest.mark.parametrize("keep", [0, 10, 5000, -1])
def test_a_truncated_file_is_refused(saved: tuple[keras.Model, Path], tmp_path: Path, keep: int) -> None:
    broken = tmp_path / "broken.keras"
    broken.write_bytes(saved[1].read_bytes()[:keep])
    with pytest.raises(StudyError, match="damaged"):
        load_model(broken)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"model": None}, "lacks model.weights.h5"),
        ({"config": b"{"}, "damaged"),
        ({"config": b"[" * 100_000}, "damaged"),
        ({"config": b"{}"}, "not a model"),
        ({"model": b"not hdf5"}, "not a model that loads"),
        ({"config": b" " * (17 << 20)}, "more than a model's size"),
    ],
)
def test_a_tampered_archive_is_refused(
    saved: tuple[keras.Model, Path], tmp_path: Path, members: dict[str, bytes | None], reason: str
) -> None:
    with pytest.raises(StudyError, match=reason):
        load_model(rewritten(saved[1], tmp_path / "tampered.keras", **members))


def test_code_in_a_model_is_not_run(tmp_path: Path) -> None:
    inputs = keras.Input((24, 5))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs))
    model.save(tmp_path / "lambda.keras")
    with pytest.raises(StudyError, match=r"not Keras's .*lambda"):
        load_model(tmp_path / "lambda.keras")


def test_a_class_from_elsewhere_is_not_imported(saved: tuple[keras.Model, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(saved[1]) as archive:
        configuration = json.loads(archive.read("config.json"))
    configuration["config"]["layers"][1].update(module="os", class_name="system")
    foreign = rewritten(saved[1], tmp_path / "foreign.keras", config=json.dumps(configuration).encode())
    with pytest.raises(StudyError, match=r"os\.system"):
        load_model(foreign)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    inputs = keras.Input((5,))
    keras.Model(inputs, keras.layers.Dense(2)(inputs)).save(tmp_path / "dense.keras")
    with pytest.raises(StudyError, match="not frames"):
        load_model(tmp_path / "dense.keras")
