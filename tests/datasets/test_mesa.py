"""MESA's folder layout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sleepstudio.datasets.dataset import Dataset
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.errors import DatasetError
from sleepstudio.recordings.simulate import NightSpecification, simulate_study

EDFS, XMLS = Path("polysomnography/edfs"), Path("polysomnography/annotations-events-nsrr")


def mesa(path: Path, **params: object) -> Dataset:
    return dataset_from_params("mesa", {"path": str(path), **params})


def layout(root: Path, edfs: tuple[str, ...], xmls: tuple[str, ...]) -> None:
    for folder, names in ((EDFS, edfs), (XMLS, xmls)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            (root / folder / name).write_bytes(b"")


def test_recordings_subjects_and_files(tmp_path: Path) -> None:
    layout(tmp_path, ("mesa-sleep-0010.edf", "mesa-sleep-0002.edf", "other.edf", "mesa-sleep-0003.edf.part"),
           ("mesa-sleep-0010-nsrr.xml", "mesa-sleep-0099-nsrr.xml"))  # fmt: skip
    entries = mesa(tmp_path).entries()
    assert [(entry.recording_id, entry.subject_id) for entry in entries] == [
        ("mesa-sleep-0002", "0002"), ("mesa-sleep-0010", "0010")]  # fmt: skip
    assert entries[0].files == (tmp_path / EDFS / "mesa-sleep-0002.edf",)
    assert entries[1].files[1] == tmp_path / XMLS / "mesa-sleep-0010-nsrr.xml"
    assert mesa(tmp_path).hypnogram(entries[0]) is None
    assert mesa(tmp_path).events(entries[0]) == ()


def test_the_folder_above_serves_as_in_sleepkit(tmp_path: Path) -> None:
    layout(tmp_path / "mesa", ("mesa-sleep-0001.edf",), ())
    assert len(mesa(tmp_path).entries()) == 1
    assert len(mesa(tmp_path / "mesa").entries()) == 1


def test_chosen_subjects(tmp_path: Path) -> None:
    layout(tmp_path, ("mesa-sleep-0001.edf", "mesa-sleep-0002.edf"), ())
    assert [entry.subject_id for entry in mesa(tmp_path, subjects=["0002"]).entries()] == ["0002"]
    with pytest.raises(DatasetError, match="no recording of subject '2'"):
        mesa(tmp_path, subjects=["2"]).entries()


def test_what_is_not_there_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=f"{re.escape(str(tmp_path / 'none'))}: there is no such folder.*sleepdata"
    ):
        mesa(tmp_path / "none").entries()
    with pytest.raises(DatasetError, match=r"looked for polysomnography/edfs/mesa-sleep-NNNN\.edf"):
        mesa(tmp_path).entries()


def test_a_simulated_study_reads_back(tmp_path: Path) -> None:
    simulate_study(tmp_path, 1, 7, "wrist", NightSpecification(duration_h=0.5))
    dataset = mesa(tmp_path)
    (entry,) = dataset.entries()
    hypnogram = dataset.hypnogram(entry)
    assert hypnogram is not None
    with dataset.open(entry) as recording:
        assert recording.recording_id == entry.recording_id
        assert recording.duration_s == 1800
        assert recording.diagnostics == ()
        assert len(hypnogram) == 60
        assert hypnogram.scored.all()
