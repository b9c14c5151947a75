"""Writing a scoring out: read back the same, and never over what it was scored from."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pyedflib
import pytest

from sleepstudio.errors import RecordingError, StudyError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import Event, open_edf, read_hypnogram, read_scoring
from sleepstudio.recordings.scoring import ScoredEvent, default_export_path, export_scoring
from sleepstudio.recordings.scoring.events_file import read_events_csv, write_events_csv
from sleepstudio.study import sha256_of

HYPNOGRAM = Hypnogram(
    np.array([0, 1, 2, 3, 4, -2, -1, 2] * 20, np.int8), start=datetime(2024, 3, 2, 22, 0, 30), scorer="Anna"
)
EVENTS = (
    ScoredEvent(3, Event(61.5, 12.25, "Obstructive apnea", "Flow")),
    ScoredEvent(1, Event(900.0, 0.0, 'Lights "off", early')),
)


def test_as_csv_with_its_events_beside_it(tmp_path: Path) -> None:
    path = default_export_path(tmp_path / "night.edf", "Anna", "csv")
    assert path == tmp_path / "night-Anna-hypnogram.csv"
    written = export_scoring(HYPNOGRAM, EVENTS, path, sources=[tmp_path / "night.edf"])
    assert written == (path, tmp_path / "night-Anna-events.csv")
    back = read_hypnogram(path)
    np.testing.assert_array_equal(back.stages, HYPNOGRAM.stages)
    assert (back.start, back.scorer) == (HYPNOGRAM.start, "Anna")
    assert dict(read_events_csv(written[1])) == {one.event_id: one.event for one in EVENTS}


def test_as_edf_plus_that_pyedflib_reads_too(tmp_path: Path) -> None:
    path = default_export_path(tmp_path / "night.edf", "Anna", "edf", tmp_path)
    assert export_scoring(HYPNOGRAM, EVENTS, path, sources=[]) == (path,)
    back, events = read_scoring(path)
    np.testing.assert_array_equal(back.stages, HYPNOGRAM.stages)
    assert (back.start, back.scorer) == (HYPNOGRAM.start, "Anna")
    assert [(event.onset_s, event.duration_s, event.label) for event in events] == [
        (61.5, 12.25, "Obstructive apnea"), (900.0, 0.0, 'Lights "off", early')
    ]  # fmt: skip
    with pyedflib.EdfReader(str(path)) as reader:
        onsets, durations, texts = reader.readAnnotations()
    place = list(texts).index("Obstructive apnea")
    assert (onsets[place], durations[place]) == (61.5, 12.25)
    assert sum(text.startswith(("Sleep stage", "Movement")) for text in texts) == len(HYPNOGRAM)


@pytest.mark.parametrize("way", ["itself", "symlink", "hard link", "dots"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_never_over_a_source_by_any_name(tmp_path: Path, real_data: Path, way: str, overwrite: bool) -> None:
    source = tmp_path / "SC4001EC-Hypnogram.edf"
    source.write_bytes((real_data / "sleep-edf-hypnograms" / source.name).read_bytes())
    before = sha256_of(source)
    target = {
        "itself": source,
        "symlink": tmp_path / "link.edf",
        "hard link": tmp_path / "hard.edf",
        "dots": tmp_path / "sub" / ".." / source.name,
    }[way]
    if way == "symlink":
        target.symlink_to(source)
    elif way == "hard link":
        os.link(source, target)
    with pytest.raises(StudyError, match="never written over"):
        export_scoring(HYPNOGRAM, EVENTS, target, sources=[source], overwrite=overwrite)
    assert sha256_of(source) == before


def test_events_do_not_go_over_a_source_either(tmp_path: Path) -> None:
    source = tmp_path / "night-events.csv"
    source.write_text("mine")
    with pytest.raises(StudyError, match="never written over"):
        export_scoring(HYPNOGRAM, EVENTS, tmp_path / "night-hypnogram.csv", sources=[source], overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["night-events.csv"]
    assert source.read_text() == "mine"


def test_a_file_of_that_name_stays_unless_the_user_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "scored.csv"
    path.write_text("older")
    with pytest.raises(StudyError, match="already"):
        export_scoring(HYPNOGRAM, (), path, sources=[])
    assert path.read_text() == "older"
    export_scoring(HYPNOGRAM, (), path, sources=[], overwrite=True)
    assert len(read_hypnogram(path)) == len(HYPNOGRAM)
    with pytest.raises(StudyError, match=r"End the name in \.csv, \.edf, \.tsv"):
        export_scoring(HYPNOGRAM, (), tmp_path / "scored.txt", sources=[])


def test_a_real_recordings_bytes_stay_when_it_is_scored_beside_itself(
    tmp_path: Path, real_data: Path
) -> None:
    recording = tmp_path / "short_psg.edf"
    recording.write_bytes((real_data / "edf" / "edfio" / "short_psg.edf").read_bytes())
    before = sha256_of(recording)
    with open_edf(recording) as night:
        scored = Hypnogram(np.full(10, 2, np.int8), start=night.start, scorer="Anna")
        for format_ in ("csv", "edf"):
            export_scoring(
                scored, EVENTS, default_export_path(recording, "Anna", format_), sources=[recording]
            )
    assert sha256_of(recording) == before
    assert len(list(tmp_path.iterdir())) == 4


def test_events_tables_from_elsewhere_and_damaged_ones(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_events_csv((), path)
    assert read_events_csv(path) == {}
    path.write_text("Onset;Duration;Label\n12,5;3;Apnea\n1;;Snore\n")
    assert read_events_csv(path) == {0: Event(12.5, 3.0, "Apnea"), 1: Event(1.0, 0.0, "Snore")}
    path.write_text("id,onset,duration,label\n7,1,1,A\n7,2,1,B\n")
    assert read_events_csv(path) == {7: Event(1.0, 1.0, "A"), 8: Event(2.0, 1.0, "B")}
    path.write_text("id,onset,duration,label\n7,soon,1,A\n")
    with pytest.raises(RecordingError, match=r"line 2.*no event"):
        read_events_csv(path)
