"""``predictions.h5`` there and back, and hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import h5py
import numpy as np
import pytest

from sleepstudio.errors import StudyError
from sleepstudio.evaluation.predictions import read_predictions, write_predictions
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import STAGE_SETS, StageSet


def nights() -> list[StagedRecording]:
    rng = np.random.default_rng(0)
    found = []
    for number, n in enumerate((50, 1, 200)):
        probabilities = rng.dirichlet(np.ones(4), n).astype(np.float32)
        found.append(
            StagedRecording(
                recording_id=f"../night {number} µ",
                subject_id="1",
                true_stages=rng.integers(-2, 5, n).astype(np.int8),
                predicted=probabilities.argmax(1).astype(np.int8),
                probabilities=probabilities,
                mask=rng.random(n) < 0.9,
                start=datetime(2024, 1, 1, 22, tzinfo=timezone(timedelta(hours=1))) if number else None,
                epoch_s=30.0,
            )
        )
    return found


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.h5", nights(), STAGE_SETS[4])
    back, stage_set = read_predictions(tmp_path / "p.h5")
    assert stage_set == STAGE_SETS[4]
    for ours, theirs in zip(nights(), back, strict=True):
        for name in ("recording_id", "subject_id", "start", "epoch_s"):
            assert getattr(ours, name) == getattr(theirs, name)
        for name in ("true_stages", "predicted", "probabilities", "mask"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
            assert getattr(ours, name).dtype == getattr(theirs, name).dtype


def test_a_stage_set_of_other_names_is_read_again(tmp_path: Path) -> None:
    known = STAGE_SETS[4]
    renamed = StageSet(known.name, ("AWAKE", "LIGHT", "SLOW", "DREAM"), known.members)
    write_predictions(tmp_path / "p.h5", nights(), renamed)
    assert read_predictions(tmp_path / "p.h5")[1] == renamed


def test_the_same_nights_give_the_same_bytes_and_nothing_is_left_over(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.h5", nights(), STAGE_SETS[4])
    before = (tmp_path / "p.h5").read_bytes()
    write_predictions(tmp_path / "p.h5", nights(), STAGE_SETS[4])
    assert (tmp_path / "p.h5").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["p.h5"]


def _link_out(file: h5py.File) -> None:
    del file["recordings/000000/mask"]
    file["recordings/000000/mask"] = h5py.ExternalLink("/etc/passwd", "/")


def _soft_link(file: h5py.File) -> None:
    del file["recordings/000000/mask"]
    file["recordings/000000/mask"] = h5py.SoftLink("/recordings/000002/mask")


def _external_storage(file: h5py.File) -> None:
    del file["recordings/000000/mask"]
    file.create_dataset("recordings/000000/mask", (50,), "b1", external=[("/etc/passwd", 0, 50)])


def _wrong_type(file: h5py.File) -> None:
    del file["recordings/000000/mask"]
    file["recordings/000000/mask"] = np.ones(50)


def _huge(file: h5py.File) -> None:
    del file["recordings/000000/probabilities"]
    file.create_dataset("recordings/000000/probabilities", (1 << 40, 4), "f4", chunks=(1024, 4))


def _no_stage(file: h5py.File) -> None:
    file["recordings/000000/true_stages"][0] = 99


def _lengths(file: h5py.File) -> None:
    del file["recordings/000000/mask"]
    file["recordings/000000/mask"] = np.ones(49, bool)


def _classes(file: h5py.File) -> None:
    file.attrs["classes"] = "[" * 900


def _version(file: h5py.File) -> None:
    file.attrs["version"] = 99


def _no_attribute(file: h5py.File) -> None:
    del file["recordings/000000"].attrs["subject_id"]


def _bad_time(file: h5py.File) -> None:
    file["recordings/000001"].attrs["start"] = "yesterday"


def _epoch(file: h5py.File) -> None:
    file["recordings/000001"].attrs["epoch_s"] = float("nan")


@pytest.mark.parametrize(
    "damage",
    [_link_out, _soft_link, _external_storage, _wrong_type, _huge, _no_stage, _lengths, _classes, _version,
     _no_attribute, _bad_time, _epoch],
)  # fmt: skip
def test_a_hostile_file_is_refused(tmp_path: Path, damage: Callable[[h5py.File], None]) -> None:
    path = tmp_path / "p.h5"
    write_predictions(path, nights(), STAGE_SETS[4])
    with h5py.File(path, "a") as file:
        damage(file)
    with pytest.raises(StudyError, match=r"p\.h5: not a file of predictions"):
        read_predictions(path)


def test_what_is_no_hdf5_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.h5"
    with pytest.raises(StudyError, match="not a file of predictions"):
        read_predictions(path)
    write_predictions(path, nights(), STAGE_SETS[4])
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(StudyError, match="not a file of predictions"):
        read_predictions(path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match=r"p\.h5"):
        write_predictions(tmp_path / "file" / "p.h5", nights(), STAGE_SETS[4])


def test_probabilities_of_another_stage_set_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.h5"
    narrow = [replace(night, probabilities=night.probabilities[:, :2], predicted=night.predicted // 2)
              for night in nights()]  # fmt: skip
    write_predictions(path, narrow, STAGE_SETS[4])
    with pytest.raises(StudyError, match="probabilities of shape"):
        read_predictions(path)
