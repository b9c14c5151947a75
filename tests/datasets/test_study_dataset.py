"""The dataset ``study``: what the desktop's catalogue shows is what a batch job works on."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from catalogue_nights import facts, write_hypnogram, write_night

from sleepstudio.config import parse_configuration
from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.datasets.dataset import Dataset
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.errors import ChannelError, DatasetError, RecordingError, StudyError
from sleepstudio.features.channel_match import match_channels
from sleepstudio.features.content_hash import content_hash, input_stamp
from sleepstudio.features.extract import extract_recording
from sleepstudio.features.registry import feature_set
from sleepstudio.features.store import read_table, table_path
from sleepstudio.hypnogram import Stage
from sleepstudio.jobs.run import run_job
from sleepstudio.recordings import ChannelKind, Event
from sleepstudio.recordings.simulate import NightSpecification, simulate_study
from sleepstudio.study_folder import Study

WRIST = feature_set("FS-W-PA-14")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Two nights; the first scored twice."""
    folder = tmp_path / "nights"
    paths = [write_night(folder / name) for name in ("n1.edf", "n2.edf")]
    write_hypnogram(folder / "n1.csv", [1] * 20)
    write_hypnogram(folder / "n1-ben-hypnogram.csv", [2] * 20, "Ben")
    made = Study.create(tmp_path / "study")
    with Catalogue(made) as catalogue:
        catalogue.add(facts(*paths))
        catalogue.set_subject(["n2"], "Jane")
        scan(catalogue)
    return made


def dataset(study: Study, **params: object) -> Dataset:
    return dataset_from_params("study", {"path": str(study.path), **params})


def stages(study: Study, number: int, **params: object) -> list[int] | None:
    chosen = dataset(study, **params)
    hypnogram = chosen.hypnogram(chosen.entries()[number])
    return None if hypnogram is None else hypnogram.stages.tolist()


def test_entries_are_the_catalogues(study: Study, tmp_path: Path) -> None:
    entries = dataset(study).entries()
    assert [(one.recording_id, one.subject_id) for one in entries] == [("n1", "n1"), ("n2", "Jane")]
    names = [path.name for path in entries[0].files]
    assert names == ["n1.edf", "n1.csv", "n1-ben-hypnogram.csv"]
    assert [one.recording_id for one in dataset(study, recordings=["n2"]).entries()] == ["n2"]
    assert [one.recording_id for one in dataset(study, subjects=["Jane"]).entries()] == ["n2"]
    with pytest.raises(DatasetError, match="no recording 'n3'"):
        dataset(study, recordings=["n3"]).entries()
    with pytest.raises(DatasetError, match="no recordings"):
        dataset(Study.create(tmp_path / "empty")).entries()
    with pytest.raises(StudyError, match="no such folder"):
        dataset_from_params("study", {"path": str(tmp_path / "gone")}).entries()


def test_the_scorer_in_use_or_the_one_that_was_asked_for(study: Study) -> None:
    assert stages(study, 0) == [1] * 20
    assert stages(study, 0, scorer="Ben") == [2] * 20
    assert stages(study, 1) is None
    assert stages(study, 1, scorer="Ben") is None
    with Catalogue(study) as catalogue:
        catalogue.set_scorer(["n1"], "Ben")
    assert stages(study, 0) == [2] * 20


def test_scoring_that_is_being_edited_counts_as_it_stands(study: Study) -> None:
    with Catalogue(study) as catalogue, catalogue.score("n2", "Anna") as session:
        session.score([5], Stage.R)
        session.add_event(Event(3.0, 1.0, "Snore"))
        chosen = dataset(study)
        entry = chosen.entries()[1]
        hypnogram = chosen.hypnogram(entry)
        assert hypnogram is not None
        assert hypnogram.stages[5] == Stage.R
        assert chosen.events(entry) == (Event(3.0, 1.0, "Snore"),)
        assert any(path.suffix == ".journal" for path in entry.files)


def test_a_missing_file_is_that_recordings_error(study: Study, tmp_path: Path) -> None:
    (tmp_path / "nights" / "n1.edf").unlink()
    chosen = dataset(study)
    first, second = chosen.entries()
    with pytest.raises(RecordingError, match="no such file"):
        chosen.open(first)
    with chosen.open(second) as recording:
        assert recording.recording_id == "n2"


def test_a_dataset_pickles_for_worker_processes(study: Study) -> None:
    chosen = dataset(study)
    entries = chosen.entries()
    there = pickle.loads(pickle.dumps(chosen))
    with there.open(entries[0]) as recording:
        assert len(recording.channels) == 4


def test_learned_kinds_reach_features_and_change_their_hash(study: Study) -> None:
    params = WRIST.parse_params({})
    chosen = dataset(study)
    entry = chosen.entries()[0]
    with chosen.open(entry) as recording, pytest.raises(ChannelError, match=r"no channel for status"):
        match_channels(recording, WRIST.needs, {})
    before = content_hash(chosen, entry, WRIST, params), input_stamp(chosen, entry, WRIST, params)
    with Catalogue(study) as catalogue:
        catalogue.learn("Aux 7", ChannelKind.OXIMETER_STATUS)
        catalogue.learn("EEG C4-M1", ChannelKind.LEG)
    learned = dataset(study)
    with learned.open(entry) as recording:
        assert match_channels(recording, WRIST.needs, {}) == {
            "ppg": "Pleth", "spo2": "SpO2", "status": "Aux 7", "leg": "EEG C4-M1"
        }  # fmt: skip
    after = content_hash(learned, entry, WRIST, params), input_stamp(learned, entry, WRIST, params)
    assert before[0] != after[0]
    assert before[1] != after[1]
    with Catalogue(study) as catalogue:
        catalogue.learn("of no recording", ChannelKind.PPG)
    assert content_hash(dataset(study), entry, WRIST, params) == after[0]
    other = dataset(study, recordings=["n1"], subjects=["n1"])
    assert content_hash(other, entry, WRIST, params) == after[0]


def test_a_label_that_was_learned_goes_before_a_known_one(study: Study) -> None:
    """The user's word decides: Pleth is not used once another is said to be the PPG and Pleth none."""
    with Catalogue(study) as catalogue:
        catalogue.learn("Aux 7", ChannelKind.PPG)
        catalogue.learn("Pleth", ChannelKind.OTHER)
    need = next(need for need in WRIST.needs if need.role == "ppg")
    chosen = dataset(study)
    with chosen.open(chosen.entries()[0]) as recording:
        assert match_channels(recording, [need], {}) == {"ppg": "Aux 7"}
    with Catalogue(study) as catalogue:
        catalogue.learn("EEG C4-M1", ChannelKind.PPG)
    with dataset(study).open(chosen.entries()[0]) as recording, pytest.raises(ChannelError, match="several"):
        match_channels(recording, [need], {})


@pytest.fixture(scope="module")
def mesa(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mesa")
    simulate_study(folder, 1, seed=3, montage="wrist", specification=NightSpecification(duration_h=0.5))
    return folder


def test_a_job_on_a_relabelled_night_gives_the_features_of_the_original(mesa: Path, tmp_path: Path) -> None:
    original = dataset_from_params("mesa", {"path": str(mesa)})
    (entry,) = original.entries()
    truth = extract_recording(original, entry, WRIST, WRIST.parse_params({}))

    relabelled = tmp_path / "clinic" / "mesa-sleep-0001.edf"
    relabelled.parent.mkdir()
    raw = entry.files[0].read_bytes()
    relabelled.write_bytes(raw.replace(b"Pleth".ljust(16), b"Channel 12".ljust(16), 1))
    relabelled.with_name("mesa-sleep-0001-nsrr.xml").write_bytes(entry.files[1].read_bytes())
    study = Study.create(tmp_path / "study")
    with Catalogue(study) as catalogue:
        catalogue.add(facts(relabelled))
        scan(catalogue)
        assert catalogue.recording("mesa-sleep-0001").unmapped == ("Channel 12",)
        catalogue.learn("Channel 12", ChannelKind.PPG)
    configuration = parse_configuration(
        {
            "feature": {"name": "FS-W-PA-14"},
            "stage_set": 4,
            "sampling": "nights",
            "datasets": [{"name": "study", "params": {"path": str(study.path)}}],
            "num_workers": 1,
        }
    )
    outcome = run_job(configuration, modes=["feature"], out=study.path)
    assert outcome.failed == {}
    table = read_table(table_path(study.features / "fs-w-pa-14", "study", "mesa-sleep-0001"))
    assert table.subject_id == "0001"
    np.testing.assert_array_equal(table.features, truth.features)
    np.testing.assert_array_equal(table.mask, truth.mask)
    np.testing.assert_array_equal(table.stages, truth.stages)
