"""Folders of recordings with hypnograms beside them."""

from __future__ import annotations

import datetime as dt
import pickle
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from sleepstudio.datasets.dataset import Dataset
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import read_hypnogram, write_hypnogram_csv, write_hypnogram_edf


def folder(path: Path, **params: object) -> Dataset:
    return dataset_from_params("folder", {"path": str(path), **params})


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


def listed(dataset: Dataset) -> dict[str, list[str]]:
    """Names of files by recording id; listing opens none of them: they are empty."""
    return {entry.recording_id: [file.name for file in entry.files] for entry in dataset.entries()}


def test_hypnograms_by_the_recordings_name(tmp_path: Path) -> None:
    touch(tmp_path, "a.edf", "a.xml", "b.EDF", "b-nsrr.xml", "b-profusion.xml", "c.bdf", "c.csv", "d.edf",
          "d.tsv", "e.edf", "e-profusion.xml", "f.edf", "f-Hypnogram.edf", "g-PSG.edf", "g-Hypnogram.edf",
          "h.edf", "h.edf.XML", "i.edf", "notes.txt", "j.csv", ".hidden.edf", "k.rec",
          "k_hypnogram.csv")  # fmt: skip
    assert listed(folder(tmp_path)) == {
        "a": ["a.edf", "a.xml"], "b": ["b.EDF", "b-nsrr.xml"], "c": ["c.bdf", "c.csv"],
        "d": ["d.edf", "d.tsv"], "e": ["e.edf", "e-profusion.xml"], "f": ["f.edf", "f-Hypnogram.edf"],
        "g-PSG": ["g-PSG.edf", "g-Hypnogram.edf"], "h": ["h.edf", "h.edf.XML"], "i": ["i.edf"],
        "k": ["k.rec", "k_hypnogram.csv"],
    }  # fmt: skip


def test_sleep_edf_pairs_and_people(tmp_path: Path) -> None:
    touch(tmp_path, "SC4001E0-PSG.edf", "SC4001EC-Hypnogram.edf", "SC4002E0-PSG.edf",
          "SC4002EC-Hypnogram.edf", "SC4011E0-PSG.edf", "SC4011EH-Hypnogram.edf", "ST7011J0-PSG.edf",
          "ST7011JP-Hypnogram.edf",
          "SC4021E0-PSG.edf", "SC4362F0-PSG.edf", "SC4362GC-Hypnogram.edf")  # fmt: skip
    entries = folder(tmp_path).entries()
    assert {entry.files[0].name[:7]: [file.name for file in entry.files[1:]] for entry in entries} == {
        "SC4001E": ["SC4001EC-Hypnogram.edf"], "SC4002E": ["SC4002EC-Hypnogram.edf"],
        "SC4011E": ["SC4011EH-Hypnogram.edf"], "SC4021E": [], "SC4362F": ["SC4362GC-Hypnogram.edf"],
        "ST7011J": ["ST7011JP-Hypnogram.edf"],
    }  # fmt: skip
    # two nights of one person are one person
    assert [entry.subject_id for entry in entries] == ["SC400", "SC400", "SC401", "SC402", "SC436", "ST701"]


def test_two_hypnograms_of_one_night_are_no_choice(tmp_path: Path) -> None:
    touch(tmp_path, "SC4001E0-PSG.edf", "SC4001EC-Hypnogram.edf", "SC4001EH-Hypnogram.edf")
    with pytest.raises(DatasetError, match=r"has several hypnograms: SC4001EC-Hypnogram\.edf, SC4001EH-"):
        folder(tmp_path).entries()


def test_equal_names_are_told_apart_by_folder_and_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "s1/psg.edf", "s1/psg.csv", "s2/psg.edf", "s2/PSG.bdf", "s2/deep/er/own.edf")
    assert listed(folder(tmp_path)) == {
        "own": ["own.edf"], "s1-psg": ["psg.edf", "psg.csv"], "s2-PSG.bdf": ["PSG.bdf"],
        "s2-psg.edf": ["psg.edf"],
    }  # fmt: skip
    assert len({entry.subject_id for entry in folder(tmp_path).entries()}) == 4


def test_subjects_by_pattern(tmp_path: Path) -> None:
    touch(tmp_path, "p01_night1.edf", "p01_night2.edf", "p02_night1.edf")
    with_group = folder(tmp_path, subject_pattern=r"p(\d+)_")
    assert [entry.subject_id for entry in with_group.entries()] == ["01", "01", "02"]
    without_group = folder(tmp_path, subject_pattern=r"p\d+")
    assert [entry.subject_id for entry in without_group.entries()] == ["p01", "p01", "p02"]
    with pytest.raises(
        DatasetError, match=r"p01_night1\.edf has no subject: subject_pattern 'x' does not match"
    ):
        folder(tmp_path, subject_pattern="x").entries()


def test_chosen_subjects(tmp_path: Path) -> None:
    touch(tmp_path, "anna.edf", "bert.edf", "carl.edf")
    assert list(listed(folder(tmp_path, subjects=["carl", "anna"]))) == ["anna", "carl"]
    with pytest.raises(DatasetError, match=r"no recording of subject 'bret'.*the nearest: bert"):
        folder(tmp_path, subjects=["bret"]).entries()


def test_what_is_not_there_is_told_with_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match=f"{re.escape(str(tmp_path / 'none'))}: there is no such folder"):
        folder(Path("none")).entries()
    touch(tmp_path, "nights/readme.txt", "nights/x-Hypnogram.edf")
    with pytest.raises(DatasetError, match=r"no recordings: looked for \*\.edf, \*\.bdf, \*\.rec"):
        folder(Path("nights")).entries()
    with pytest.raises(DatasetError, match="this is a file, not a folder"):
        folder(tmp_path / "nights" / "readme.txt").entries()


def test_a_real_recording_with_its_hypnogram(real_data: Path, tmp_path: Path) -> None:
    """The first 300 s of SC4001E0 beside the whole night's scoring, which begins with it."""
    shutil.copy(real_data / "edf" / "edfio" / "short_psg.edf", tmp_path / "SC4001E0-PSG.edf")
    shutil.copy(real_data / "sleep-edf-hypnograms" / "SC4001EC-Hypnogram.edf", tmp_path)
    dataset = pickle.loads(pickle.dumps(folder(tmp_path)))
    (entry,) = dataset.entries()
    with dataset.open(entry) as recording:
        assert recording.recording_id == "SC4001E0-PSG"
        assert recording.read("EEG Fpz-Cz").shape == (30_000,)
        assert recording.start == dt.datetime(1989, 4, 24, 16, 13)
    hypnogram = dataset.hypnogram(entry)
    assert (hypnogram.onset_s, len(hypnogram)) == (0, 2880)
    np.testing.assert_array_equal(hypnogram.stages, read_hypnogram(entry.files[1]).stages)
    assert dataset.events(entry) == ()


@pytest.fixture
def night(real_data: Path, tmp_path: Path) -> Path:
    """A recording of 300 s that began on 24 April 1989 at 16:13."""
    return Path(shutil.copy(real_data / "edf" / "edfio" / "short_psg.edf", tmp_path / "night.edf"))


def test_hypnograms_come_on_the_recordings_clock(night: Path) -> None:
    later = Hypnogram([2, 3, 4], start=dt.datetime(1989, 4, 24, 16, 15))
    write_hypnogram_edf(later, night.with_name("night-hypnogram.edf"))
    dataset = folder(night.parent)
    hypnogram = dataset.hypnogram(dataset.entries()[0])
    assert hypnogram is not None
    assert hypnogram.onset_s == 120
    assert hypnogram.stages.tolist() == [2, 3, 4]


def test_a_hypnogram_without_a_clock_keeps_its_onsets(night: Path) -> None:
    write_hypnogram_csv(Hypnogram([2, 3], onset_s=60), night.with_suffix(".csv"))
    dataset = folder(night.parent)
    hypnogram = dataset.hypnogram(dataset.entries()[0])
    assert hypnogram is not None
    assert hypnogram.onset_s == 60


def test_another_nights_hypnogram_is_that_recordings_error(night: Path) -> None:
    write_hypnogram_csv(Hypnogram([2, 3], onset_s=6000), night.with_suffix(".csv"))
    dataset = folder(night.parent)
    with pytest.raises(RecordingError, match="another night's"):
        dataset.hypnogram(dataset.entries()[0])


def test_a_recording_without_scoring_has_none(night: Path) -> None:
    dataset = folder(night.parent)
    assert dataset.hypnogram(dataset.entries()[0]) is None
    assert dataset.events(dataset.entries()[0]) == ()


def test_stages_among_the_recordings_own_annotations_serve(tmp_path: Path) -> None:
    import edfio

    annotations = [edfio.EdfAnnotation(0, 30, "Sleep stage W"), edfio.EdfAnnotation(30, 30, "Sleep stage N2"),
                   edfio.EdfAnnotation(40, 3, "Arousal")]  # fmt: skip
    signal = edfio.EdfSignal(np.sin(np.arange(60 * 64)), 64, label="EEG C4-M1")
    edfio.Edf([signal], starttime=dt.time(22), annotations=annotations).write(tmp_path / "night.edf")
    dataset = folder(tmp_path)
    (entry,) = dataset.entries()
    hypnogram = dataset.hypnogram(entry)
    assert hypnogram is not None
    assert hypnogram.as_strings() == ("W", "N2")
    assert [event.label for event in dataset.events(entry)] == ["Arousal"]
