"""The catalogue of a study: what it knows of recordings, and that it never loses what the user said."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from catalogue_nights import MONTAGE, STAGES, START, add_nights, facts, write_hypnogram, write_night

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingFacts, RecordingState
from sleepstudio.datasets.catalogue_scan import find_missing, scan
from sleepstudio.errors import Cancelled, StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.monitor import Monitor
from sleepstudio.recordings import ChannelKind, Event, write_hypnogram_csv
from sleepstudio.sleep_statistics import sleep_statistics
from sleepstudio.study import sha256_of


def test_a_row_says_what_the_files_say(catalogue: Catalogue, nights: Path) -> None:
    assert catalogue.add(facts(nights / "n1.edf")) == ("n1",)
    (unread,) = catalogue.recordings()
    assert (unread.indexed, unread.state_word) == (False, "Not read yet")
    result = scan(catalogue)
    assert (result.read, result.unreadable, result.missing, result.unchanged) == (("n1",), (), (), 0)
    (row,) = catalogue.recordings()
    assert (row.start, row.duration_s, row.state, row.state_word) == (
        START, 600.0, RecordingState.OK, "Scored"
    )  # fmt: skip
    assert [(one.label, one.rate_hz, one.kind) for one in row.channels] == [
        ("EEG C4-M1", 8.0, ChannelKind.EEG), ("Pleth", 16.0, ChannelKind.PPG),
        ("SpO2", 1.0, ChannelKind.SPO2), ("Aux 7", 4.0, ChannelKind.OTHER),
    ]  # fmt: skip
    assert row.unmapped == ("Aux 7",)
    truth = sleep_statistics(Hypnogram(np.array(STAGES, np.int8)))
    assert (row.tst_min, row.se_percent) == (truth.tst_min, truth.se_percent)
    assert row.scored_percent == pytest.approx(100 * 17 / 20)
    assert row.thumbnail_stages.tolist() == STAGES
    assert (row.scorer, row.source and row.source.origin) == ("Expert", "file")


def test_figures_of_a_real_night_are_those_of_its_hypnogram(
    tmp_path: Path, catalogue: Catalogue, real_data: Path
) -> None:
    """A Sleep-EDF scoring of nearly a day, beside a made recording of its first eight hours."""
    night = write_night(tmp_path / "SC4001E0-PSG.edf", {"Pleth": 1}, minutes=8 * 60)
    source = real_data / "sleep-edf-hypnograms" / "SC4001EC-Hypnogram.edf"
    shutil.copy(source, tmp_path / source.name)
    catalogue.add(facts(night))
    scan(catalogue)
    (row,) = catalogue.recordings()
    assert row.subject == "SC400"
    assert len(row.sources) == 1
    assert len(row.thumbnail_stages) == 960
    placed = catalogue.hypnogram(row.recording_id)
    assert placed is not None
    first = placed.between(0, 8 * 3600).stages
    np.testing.assert_array_equal(row.thumbnail_stages[-len(first) :], first)


def test_an_unreadable_one_says_why_and_the_others_are_read(catalogue: Catalogue, nights: Path) -> None:
    (nights / "n2.edf").write_bytes(b"not an EDF")
    (nights / "empty.edf").touch()
    write_night(nights / "cut.edf", records=9999)
    catalogue.add(facts(*sorted(nights.glob("*.edf"))))
    result = scan(catalogue)
    assert set(result.unreadable) == {"n2", "empty"}
    rows = {row.recording_id: row for row in catalogue.recordings()}
    assert rows["n2"].state is RecordingState.UNREADABLE
    assert "no recording that can be read" in rows["n2"].reason
    assert rows["n2"].hint
    assert rows["empty"].reason == "the file is empty."
    assert (rows["cut"].state, rows["cut"].state_word) == (RecordingState.WARNINGS, "Truncated")
    assert "9999" in rows["cut"].reason
    assert rows["cut"].diagnostics
    assert rows["n1"].state is RecordingState.OK


def test_a_hypnogram_that_cannot_be_used_is_a_warning_of_its_recording(
    catalogue: Catalogue, nights: Path
) -> None:
    (nights / "n1.csv").write_text("onset,duration,label\n0,30,N9\n")
    add_nights(catalogue, nights)
    row = catalogue.recording("n1")
    assert (row.state_word, row.scorer, row.thumbnail) == ("Hypnogram", "", b"")
    assert "'N9' is no sleep stage" in row.reason
    with pytest.raises(StudyError, match="N9"):
        catalogue.hypnogram("n1", "Expert")


def test_a_scan_reads_only_what_changed(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    assert scan(catalogue).unchanged == 3
    write_hypnogram(nights / "n2.csv", [2] * 20, "Ben")
    write_night(nights / "n10.edf", minutes=5)
    result = scan(catalogue)
    assert set(result.read) == {"n2", "n10"}
    assert catalogue.recording("n2").scorer == "Ben"
    assert catalogue.recording("n10").duration_s == 300
    (nights / "n2.csv").unlink()
    assert scan(catalogue).read == ("n2",)
    assert catalogue.recording("n2").scorer == ""
    assert scan(catalogue, ["n1"]).unchanged == 1


def test_a_cancelled_scan_keeps_what_it_read(catalogue: Catalogue, nights: Path) -> None:
    class After(Monitor):
        def __init__(self, count: int) -> None:
            self.left = count

        def check_cancelled(self) -> None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    catalogue.add(facts(*sorted(nights.glob("*.edf"))))
    with pytest.raises(Cancelled):
        scan(catalogue, monitor=After(2))
    assert sum(row.indexed for row in catalogue.recordings()) == 2
    assert len(scan(catalogue).read) == 1


def test_a_missing_file_is_told_and_found_again_by_name_and_size(
    tmp_path: Path, catalogue: Catalogue, nights: Path
) -> None:
    add_nights(catalogue, nights)
    moved = tmp_path / "archive" / "deep" / "n1.edf"
    moved.parent.mkdir(parents=True)
    (nights / "n1.edf").rename(moved)
    write_night(tmp_path / "archive" / "n1.edf", minutes=4)
    catalogue.set_subject(["n1"], "Jane")
    assert scan(catalogue).missing == ("n1",)
    row = catalogue.recording("n1")
    assert (row.state, row.state_word, row.duration_s) == (RecordingState.MISSING, "Missing", 600.0)
    assert "n1.edf is not in" in row.reason
    found = find_missing(catalogue, tmp_path / "archive")
    assert found == {"n1": moved}
    catalogue.relocate(found)
    scan(catalogue)
    row = catalogue.recording("n1")
    assert (row.path, row.state, row.subject) == (moved, RecordingState.OK, "Jane")


def test_a_renamed_file_is_found_by_size_time_and_header(
    tmp_path: Path, catalogue: Catalogue, nights: Path
) -> None:
    add_nights(catalogue, nights)
    archive = tmp_path / "archive"
    archive.mkdir()
    status = (nights / "n1.edf").stat()
    other = write_night(archive / "other.edf", {"EEG C3-M2": 8, "Pleth": 16, "SpO2": 1, "Aux 7": 4})
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert other.stat().st_size == status.st_size
    touched = shutil.copyfile(nights / "n1.edf", archive / "touched.edf")
    (nights / "n1.edf").unlink()
    scan(catalogue)
    assert find_missing(catalogue, tmp_path) == {}
    moved = archive / "another name.edf"
    shutil.copyfile(touched, moved)
    os.utime(moved, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert find_missing(catalogue, tmp_path) == {"n1": moved}


def test_what_fits_two_files_or_two_recordings_is_not_guessed(
    tmp_path: Path, catalogue: Catalogue, nights: Path
) -> None:
    add_nights(catalogue, nights)
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        shutil.copy(nights / "n1.edf", tmp_path / place / "n1.edf")
    (nights / "n1.edf").unlink()
    scan(catalogue)
    assert find_missing(catalogue, tmp_path) == {}
    assert find_missing(catalogue, tmp_path / "a") == {"n1": tmp_path / "a" / "n1.edf"}
    with pytest.raises(StudyError, match="no such file"):
        catalogue.relocate({"n1": tmp_path / "gone.edf"})
    with pytest.raises(StudyError, match="in the catalogue already"):
        catalogue.relocate({"n1": nights / "n2.edf"})
    assert catalogue.recording("n1").path == nights / "n1.edf"


def test_a_file_is_added_once_and_names_are_numbered(
    tmp_path: Path, catalogue: Catalogue, nights: Path
) -> None:
    other = write_night(tmp_path / "other" / "N1.edf")
    assert catalogue.add(facts(nights / "n1.edf", nights / "n1.edf", other)) == ("n1", "N1-2")
    assert catalogue.add(facts(nights / "n1.edf")) == ()
    assert catalogue.recording("n1").path == nights / "n1.edf"
    long = RecordingFacts("Ж" * 300, nights / "n2.edf")
    (name,) = catalogue.add([long])
    assert 10 < len(name) < 60


def test_removing_and_every_other_edit_can_be_undone(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    catalogue.add_tag(["n1", "n2"], " good  night ")
    catalogue.set_subject(["n1"], "Jane")
    write_hypnogram(nights / "elsewhere.csv", [4] * 20, "Ben")
    before = [row.facts for row in catalogue.recordings()]
    hashes = {path: sha256_of(path) for path in nights.iterdir()}
    steps = [
        catalogue.remove(["n1"]),
        catalogue.set_subject(["n2", "n10"], "Same person"),
        catalogue.remove_tag(["n2"], "good night"),
        catalogue.attach("n2", nights / "elsewhere.csv"),
        catalogue.set_scorer(["n2"], "Ben"),
    ]
    assert {row.subject for row in catalogue.recordings()} == {"Same person"}
    for step in reversed(steps):
        catalogue.restore(step)
    after = sorted((row.facts for row in catalogue.recordings()), key=lambda one: one.recording_id)
    assert after == sorted(before, key=lambda one: one.recording_id)
    assert {path: sha256_of(path) for path in nights.iterdir()} == hashes
    assert scan(catalogue).missing == ()
    assert catalogue.recording("n1").tags == ("good night",)


def test_attached_hypnograms_and_the_scorer_in_use(
    catalogue: Catalogue, nights: Path, tmp_path: Path
) -> None:
    add_nights(catalogue, nights)
    ben = write_hypnogram(tmp_path / "scores" / "second.csv", [4] * 20, "Ben")
    unnamed = write_hypnogram(tmp_path / "scores" / "third.csv", [3] * 20)
    catalogue.attach("n1", ben)
    catalogue.attach_all({"n1": [unnamed]})
    scan(catalogue)
    row = catalogue.recording("n1")
    assert [(one.scorer, one.path) for one in row.sources] == [
        ("Ben", ben), ("Expert", unnamed), ("Expert 2", nights / "n1.csv")
    ]  # fmt: skip
    assert (row.scorer, row.tst_min) == ("Ben", 10.0)
    catalogue.set_scorer(["n1"], "Expert 2")
    scan(catalogue)
    assert catalogue.recording("n1").thumbnail_stages.tolist() == STAGES
    catalogue.detach("n1", ben)
    scan(catalogue)
    assert [one.scorer for one in catalogue.recording("n1").sources] == ["Expert", "Expert 2"]
    assert ben.exists()
    sources = catalogue.source_files("n1")
    assert set(sources) == {nights / "n1.edf", unnamed, nights / "n1.csv"}


def test_learned_aliases_hold_for_all_recordings_and_can_be_unlearned(
    catalogue: Catalogue, nights: Path
) -> None:
    add_nights(catalogue, nights)
    assert catalogue.learn("aux_7", ChannelKind.LEG) is None
    for row in catalogue.recordings():
        (aux,) = [one for one in row.channels if one.label == "Aux 7"]
        assert (aux.kind, aux.learned, row.unmapped) == (ChannelKind.LEG, True, ())
    with catalogue.open("n10") as recording:
        assert recording.channel("Aux 7").kind is ChannelKind.LEG
        assert recording.recording_id == "n10"
    assert catalogue.learn("Aux 7", ChannelKind.OTHER) is ChannelKind.LEG
    assert catalogue.recording("n1").unmapped == ()
    assert catalogue.learn("AUX 7", None) is ChannelKind.OTHER
    assert catalogue.recording("n1").unmapped == ("Aux 7",)
    with pytest.raises(StudyError, match="without a label"):
        catalogue.learn("  ", ChannelKind.LEG)


def test_own_scoring_takes_the_place_of_the_file_it_was_begun_from(
    catalogue: Catalogue, nights: Path
) -> None:
    add_nights(catalogue, nights)
    before = sha256_of(nights / "n1.csv")
    with catalogue.score("n1", "Expert") as session:
        assert session.stages.tolist() == STAGES
        session.score([19], Stage.R)
        session.add_event(Event(30.0, 10.0, "Apnea"))
        (edited,) = catalogue.scorers("n1")
        assert (edited.scorer, edited.origin) == ("Expert", "own")
    assert scan(catalogue).read == ("n1",)
    row = catalogue.recording("n1")
    assert [(one.scorer, one.origin, one.events) for one in row.sources] == [("Expert", "own", 1)]
    assert row.thumbnail_stages.tolist() == [*STAGES[:-1], 4]
    assert catalogue.events("n1") == (Event(30.0, 10.0, "Apnea"),)
    assert sha256_of(nights / "n1.csv") == before
    with catalogue.score("n1", "Ben", copy_of="Expert") as session:
        assert session.stages[19] == Stage.R
        assert [one.event.label for one in session.events] == ["Apnea"]
    with catalogue.score("n2", "Ben") as session:
        assert (session.stages == Stage.UNSCORED).all()
        assert len(session.stages) == 20
    with pytest.raises(StudyError, match="Zoe has not scored"):
        catalogue.score("n1", "Zoe 2", copy_of="Zoe")


def test_edits_that_were_not_compacted_are_in_the_catalogue(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    session = catalogue.score("n2", "Anna")
    session.score(range(20), Stage.N2)
    scan(catalogue)
    assert (catalogue.recording("n2").tst_min, catalogue.recording("n2").scorer) == (10.0, "Anna")
    session.close()


def test_runs_predictions_are_scorers_with_probabilities(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    probabilities = np.eye(5, dtype=np.float32)[np.arange(20) % 5]
    predicted = Hypnogram(np.arange(20, dtype=np.int8) % 5, probabilities=probabilities, scorer="SS-5 (int8)")
    for run in ("SS-5", "Expert"):
        folder = catalogue.study.runs_folder / run / "predictions" / "study"
        folder.mkdir(parents=True)
        write_hypnogram_csv(predicted, folder / "n1.csv")
    sources = {one.scorer: one.origin for one in catalogue.scorers("n1")}
    assert sources == {"Expert": "file", "Expert 2": "run", "SS-5": "run"}
    found = catalogue.hypnogram("n1", "SS-5")
    assert found is not None
    np.testing.assert_array_equal(found.probabilities, probabilities)
    assert catalogue.recording("n1").scorer == "Expert"
    assert [one.scorer for one in catalogue.scorers("n2")] == []
    assert catalogue.hypnogram("n2") is None


def test_a_datasets_recordings_stand_beside_files(catalogue: Catalogue, real_data: Path) -> None:
    root = real_data / "sleep-accel-features"
    catalogue.add(
        [RecordingFacts("9106476", root / "9106476_count_feature.out", "sleep-accel", root, "9106476")]
    )
    scan(catalogue)
    (row,) = catalogue.recordings()
    labels = np.loadtxt(root / "9106476_psg_labels.out")
    assert row.state_word == "Scored"
    assert row.tst_min == pytest.approx((labels > 0).sum() / 2)
    assert row.source
    assert row.source.origin == "dataset"
    with catalogue.open("9106476") as recording:
        assert recording.channel("count").kind is ChannelKind.FEATURE


def test_rows_stay_the_same_objects_until_they_change(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    before = catalogue.recordings()
    assert catalogue.recordings() is before
    catalogue.add_tag(["n2"], "x")
    after = catalogue.recordings()
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, True]
    catalogue.remove(["n1"])
    assert [row.recording_id for row in catalogue.recordings()] == ["n2", "n10"]
    catalogue.learn("Pleth", ChannelKind.HEART_RATE)
    assert {one.kind for row in catalogue.recordings() for one in row.channels if one.label == "Pleth"} == {
        ChannelKind.HEART_RATE
    }
    assert len(MONTAGE) == len(after[0].channels)
