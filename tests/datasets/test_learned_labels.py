"""Labels that only the user knows: said once for a study, used by every scan and by batch jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue_nights import STAGES, write_hypnogram

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingFacts, RecordingState
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.datasets.folder import Folder
from sleepstudio.datasets.learned_labels import FILE
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.datasets.study_dataset import StudyDataset
from sleepstudio.errors import ConfigurationError, StudyError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import UnknownStagesError


def add_scored_in_swedish(catalogue: Catalogue, nights: Path) -> None:
    (nights / "n1.csv").write_text("onset,duration,event\n0,30,Vakenhet\n30,30,N2\n33,4,Mikro\n")
    catalogue.add([RecordingFacts("n1", nights / "n1.edf")])
    scan(catalogue)


def test_labels_are_asked_for_once_and_then_read(catalogue: Catalogue, nights: Path) -> None:
    add_scored_in_swedish(catalogue, nights)
    row = catalogue.recording("n1")
    assert row.state is RecordingState.WARNINGS
    assert "'Vakenhet' is no sleep stage" in row.reason
    before = catalogue.learn_stage_labels({"Vakenhet": Stage.W})
    scan(catalogue)
    hypnogram = catalogue.hypnogram("n1")
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == [Stage.W, Stage.N2]
    assert [event.label for event in catalogue.events("n1")] == ["Mikro"]
    dataset = StudyDataset.from_params({"path": catalogue.study.path})
    (entry,) = dataset.entries()
    assert dataset.recipe(entry)["stage_labels"] == {"vakenhet": "W"}
    assert before.stages == {}
    catalogue.learn_stage_labels({"Vakenhet": ""})
    scan(catalogue)
    assert "Vakenhet" in catalogue.recording("n1").reason


def test_a_batch_says_it_in_the_configuration(nights: Path) -> None:
    (nights / "n1.csv").write_text("onset,duration,event\n0,30,Vakenhet\n30,30,N2\n")
    folder = Folder.from_params({"path": nights, "subjects": ("n1",)})
    with pytest.raises(UnknownStagesError, match="stage_labels"):
        folder.hypnogram(folder.entries()[0])
    folder = Folder.from_params({"path": nights, "subjects": ("n1",), "stage_labels": {"Vakenhet": "W"}})
    hypnogram = folder.hypnogram(folder.entries()[0])
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == [Stage.W, Stage.N2]
    with pytest.raises(ConfigurationError, match="'awake', which is no stage"):
        dataset_from_params("folder", {"path": str(nights), "stage_labels": {"Vakenhet": "awake"}})


def test_an_offset_moves_stages_and_events_alike(catalogue: Catalogue, nights: Path) -> None:
    write_hypnogram(nights / "n1.csv", STAGES)
    catalogue.add([RecordingFacts("n1", nights / "n1.edf")])
    scan(catalogue)
    first = catalogue.hypnogram("n1")
    before = catalogue.set_hypnogram_offset(["n1"], 45.0)
    moved = catalogue.hypnogram("n1")
    assert first is not None
    assert moved is not None
    assert moved.onset_s == first.onset_s + 45
    scan(catalogue)
    assert any("moved by +45 s" in told.message for told in catalogue.recording("n1").diagnostics)
    with Catalogue(catalogue.study) as other:
        assert other.recording("n1").facts.hypnogram_offset_s == 45
    catalogue.restore(before)
    assert catalogue.recording("n1").facts.hypnogram_offset_s == 0
    folder = Folder.from_params({"path": nights, "subjects": ("n1",), "hypnogram_offset_s": 45})
    placed = folder.hypnogram(folder.entries()[0])
    assert placed is not None
    assert placed.onset_s == first.onset_s + 45


@pytest.mark.parametrize("content", ["{", "[]", '{"a": "awake"}', "\udcff"])
def test_a_damaged_file_is_told(catalogue: Catalogue, content: str) -> None:
    (catalogue.study.path / FILE).write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(StudyError, match=FILE):
        catalogue.stage_labels()
