"""Files that other programs change while they are open: an error in words, and the process lives on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from edf_bytes import Signal, edf, night

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.edf import open_edf

_IN_A_CHILD = """
import os, sys
from sleepstudio.errors import RecordingError
from sleepstudio.recordings.edf import open_edf
recording = open_edf(sys.argv[1])
print(len(recording.read("EEG", 0, 30)))
os.truncate(sys.argv[1], 4096)
for act in (lambda: recording.read("EEG", 3000, 3030), lambda: recording.read("EEG"),
            lambda: recording.read_digital("EEG", 3000), lambda: recording.annotations):
    try:
        act()
    except RecordingError as error:
        print(error)
print("alive")
"""


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_file_cut_short_while_open_is_an_error_not_a_signal(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    samples = np.zeros((3600, 256), int)
    tals = [f"+{second}\x14\x14\0".encode() for second in range(3600)]
    path.write_bytes(edf([Signal("EEG", samples)], tals=tals, reserved="EDF+C"))
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_CHILD, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, *errors, last = done.stdout.splitlines()
    assert (first, last) == (str(30 * 256), "alive")
    assert len(errors) == 4
    for error in errors:
        assert str(path) in error
        assert "has become shorter since it was opened: it ends at byte 4096" in error


@pytest.mark.parametrize("bdf", [False, True])
def test_a_file_replaced_while_open_is_read_as_it_was(tmp_path: Path, bdf: bool) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night(seed=1), bdf=bdf))
    recording = open_edf(path)
    (tmp_path / "other").write_bytes(edf(night(seed=2), bdf=bdf))
    (tmp_path / "other").replace(path)
    for signal in night(seed=1):
        np.testing.assert_array_equal(recording.read_digital(signal.label), signal.samples.reshape(-1))


def test_a_closed_recording_gives_its_file_back(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night()))
    before = open_files()
    recordings = [open_edf(path) for _ in range(20)]
    for recording in recordings:
        recording.read("Pleth")
        recording.close()
        with pytest.raises(RecordingError, match="the recording is closed"):
            recording.read("EEG C4-M1", 3, 5)
    assert open_files() == before
    forgotten = [open_edf(path) for _ in range(20)]
    del forgotten
    assert open_files() == before


def test_long_spans_of_large_and_small_records_are_the_stored_ones(tmp_path: Path) -> None:
    """More than what is read at once, with records that are skipped through and records that are not."""
    random = np.random.default_rng(5)
    for widths in ((5000, 100, 1), (400, 100, 1)):
        records = 6_000_000 // (2 * sum(widths))
        signals = [Signal(f"signal {width}", random.integers(-9, 9, (records, width))) for width in widths]
        path = tmp_path / "night.edf"
        path.write_bytes(edf(signals))
        recording = open_edf(path)
        for signal in signals:
            np.testing.assert_array_equal(recording.read_digital(signal.label), signal.samples.reshape(-1))
            part = recording.read_digital(signal.label, 7.0, records - 3.0)
            np.testing.assert_array_equal(part, signal.samples[7:-3].reshape(-1))
