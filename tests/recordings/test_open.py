"""Opening by content, whatever the name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from edf_bytes import edf, night

from sleepstudio.errors import RecordingError
from sleepstudio.recordings import EdfRecording, open_recording


def test_edf_and_bdf_by_content(tmp_path: Path) -> None:
    for name, bdf in (("night.txt", False), ("night.edf", True)):
        path = tmp_path / name
        path.write_bytes(edf(night(), bdf=bdf))
        recording = open_recording(path)
        assert isinstance(recording, EdfRecording)
        assert recording.header.sample_bytes == (3 if bdf else 2)
        assert recording.recording_id == "night"


def test_others_are_refused_with_what_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(b"HDF5 or anything")
    with pytest.raises(
        RecordingError, match=r"no recording that can be read\. Readable are EDF, EDF\+, BDF and WFDB"
    ):
        open_recording(path)
    path.write_bytes(b"")
    with pytest.raises(RecordingError, match="the file is empty"):
        open_recording(path)
    with pytest.raises(RecordingError, match="there is no such file"):
        open_recording(tmp_path / "none.edf")


def test_importing_recordings_stays_light() -> None:
    heavy = {"scipy", "pyedflib", "pandas", "h5py", "matplotlib", "sklearn", "tensorflow", "PySide6"}
    code = "import sys, sleepstudio.recordings; print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy.isdisjoint(result.stdout.split())
