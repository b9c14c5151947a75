"""Recordings that are no EDF, on the real window: a WFDB record, and a collection of heartbeats."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from recordings_person import Person

from sleepstudio.hypnogram import Stage


def test_a_wfdb_record_is_dropped_opened_and_seen(person: Person, tmp_path: Path) -> None:
    night = tmp_path / "record"
    night.mkdir()
    frames = 100 * 600
    stored = (500 * np.sin(np.arange(frames * 2) / 50)).astype("<i2")
    (night / "n9.dat").write_bytes(stored.tobytes())
    lines = ["n9.dat 16 200/uV 16 0 0 0 0 EEG C4-M1", "n9.dat 16 1/% 16 0 0 0 0 SaO2"]
    (night / "n9.hea").write_text(f"n9 2 100 {frames} 22:00:00 2/3/2024\n" + "\n".join(lines) + "\n")
    (night / "n9.csv").write_text("onset,duration,label\n0,300,W\n300,300,N2\n")
    person.add(night)
    person.settle()
    person.open("n9")
    person.settle()
    assert person.stages() == [0] * 10 + [2] * 10


def test_collections_of_heartbeats_open_with_their_stages(
    person: Person, real_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(real_data / "mmash" / "user_1", tmp_path / "mmash" / "user_1")
    person.add(real_data / "slpdb", tmp_path / "mmash")
    person.settle()
    person.open("slp16")
    stages = person.stages()
    assert stages.count(Stage.R) == 65
    night = person.panel.night
    assert night is not None
    assert [channel.label for channel in night.recording.channels] == ["RR"]
    person.open("user_1")
    night = person.panel.night
    assert night is not None
    assert "Axis1" in [channel.label for channel in night.recording.channels]
