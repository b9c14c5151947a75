"""slpdb: its text against the files themselves, and PhysioNet's binary form of the same record."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.datasets.slpdb import Slpdb
from sleepstudio.datasets.slpdb_files import EVENTS, read_intervals, read_scored_epochs, spans_and_events
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import ChannelKind

HEADER = "slp09a 2 250/0.0333(94) 60000 23:07:00 19/1/89\nslp09a.dat 212 -200/mV 12 0 0 0 0 ECG\n"
HEADER += "slp09a.dat 212 690/l 12 0 0 0 0 Resp (sum)\n"
SCORED = [(1, "W"), (7500, "2 HA LL"), (22500, "R X A"), (30000, "4"), (37500, "MT"), (45000, "1 CAA")]
STAGES = [Stage.W, Stage.N2, Stage.UNSCORED, Stage.R, Stage.N3, Stage.ARTIFACT, Stage.N1]


def dataset(path: Path, **params: object) -> Slpdb:
    return Slpdb.from_params({"path": path, **params})


def write_text(folder: Path) -> Path:
    (folder / "slp09a.hea").write_text(HEADER)
    lines = ["Elapsed time  Sample #  Type  Sub Chan  Num\tAux"]
    lines += [f'    0:00.000 {sample:8d}     "    0    0    0\t{aux} ' for sample, aux in SCORED]
    (folder / "slp09a.an").write_text("\n".join(lines) + "\n")
    beats = "    0:00.000\t[0]\t0.500\tN\t    0:00.500\n    0:00.500\tN\t0.900\tN\t    0:01.400\n"
    beats += "    0:01.400\tN\t1.000\tV\t    1:00:02.400\n"
    (folder / "slp09a.rr").write_text(beats.replace("1:00:02", "0:02"))
    return folder


def write_binary(folder: Path) -> Path:
    (folder / "slp09a.hea").write_text(HEADER)
    (folder / "slp09a.dat").write_bytes(bytes(60000 * 3))
    samples, aux = zip(*SCORED, strict=True)
    wfdb.wrann(
        "slp09a", "st", np.array(samples), ['"'] * len(samples), aux_note=list(aux), write_dir=str(folder)
    )
    beats = np.array([125, 350, 600])
    wfdb.wrann("slp09a", "ecg", beats, symbol=["N", "N", "V"], write_dir=str(folder))
    return folder


@pytest.mark.parametrize("write", [write_text, write_binary])
def test_both_forms_of_a_record_are_the_same_night(tmp_path: Path, write: object) -> None:
    assert callable(write)
    slpdb = dataset(write(tmp_path))
    (entry,) = slpdb.entries()
    assert (entry.recording_id, entry.subject_id) == ("slp09a", "09")
    hypnogram = slpdb.hypnogram(entry)
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == STAGES
    assert hypnogram.onset_s == 0
    assert hypnogram.start == datetime(1989, 1, 19, 23, 7)
    events = [(event.onset_s, event.label) for event in slpdb.events(entry)]
    leg = (30.0, "Leg movement")
    assert events == [
        (30.0, "Hypopnea with arousal"), leg, leg, (90.0, "Obstructive apnea with arousal"),
        (90.0, "Arousal"), (180.0, "Central apnea with arousal"),
    ]  # fmt: skip
    with slpdb.open(entry) as recording:
        assert recording.duration_s == 240
        assert recording.channel("RR").kind is ChannelKind.RR_INTERVAL
        time_s, length_s = recording.series("RR")
        np.testing.assert_allclose(time_s, [1.4, 2.4])
        np.testing.assert_allclose(length_s, [0.9, 1.0], rtol=1e-6)
        if write is write_binary:
            np.testing.assert_array_equal(recording.read("Resp (sum)", 0, 1), np.zeros(250))


def test_the_published_scoring_is_read_annotation_by_annotation(real_data: Path) -> None:
    slpdb = dataset(real_data / "slpdb")
    entries = slpdb.entries()
    assert len(entries) == 12
    assert len({entry.subject_id for entry in entries}) == 10
    code = {"W": 0, "1": 1, "2": 2, "3": 3, "4": 3, "R": 4, "M": -1, "MT": -1}
    found: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    for entry in entries:
        hypnogram = slpdb.hypnogram(entry)
        assert hypnogram is not None
        lines = (real_data / "slpdb" / f"{entry.recording_id}.an").read_text().splitlines()[1:]
        placed = np.full(len(hypnogram), int(Stage.UNSCORED))
        for line in lines:
            codes = line.split("\t")[1].split()
            at = round((int(line.split()[1]) / 250 - hypnogram.onset_s) / 30)
            placed[at] = code[codes[0]]
            for one in codes[1:]:
                letters.update({"L": len(one)} if set(one) == {"L"} else {one: 1})
        np.testing.assert_array_equal(hypnogram.stages, placed)
        found.update(event.label for event in slpdb.events(entry))
    assert found == {EVENTS[one]: count for one, count in letters.items()}
    assert found["Obstructive apnea with arousal"] == 1113


def test_published_intervals_lie_in_the_record(real_data: Path) -> None:
    slpdb = dataset(real_data / "slpdb", subjects=["04"])
    (entry,) = slpdb.entries()
    with slpdb.open(entry) as recording:
        time_s, length_s = recording.series("RR")
        assert recording.duration_s == 6 * 3600
    text = (real_data / "slpdb" / "slp04.rr").read_text().split("\n")
    assert len(time_s) == sum(line.count("[") == 0 and bool(line) for line in text)
    np.testing.assert_allclose(np.diff(time_s), length_s[1:], atol=2e-3)


def test_a_folder_without_records_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no recordings of slpdb"):
        dataset(tmp_path).entries()


def test_a_code_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    write_text(tmp_path)
    path = tmp_path / "slp09a.an"
    path.write_text(path.read_text().replace("R X A", "R XYZ"))
    slpdb = dataset(tmp_path)
    with pytest.raises(RecordingError, match=r"slp09a.an, sample 22500: 'R XYZ' has a code .* 'XYZ'"):
        slpdb.hypnogram(slpdb.entries()[0])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), suffix=st.sampled_from([".an", ".rr"]))
def test_no_text_crashes_the_readers(tmp_path: Path, text: str, suffix: str) -> None:
    path = tmp_path / f"slp09a{suffix}"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        if suffix == ".an":
            spans_and_events(read_scored_epochs(path), 250.0, path)
        else:
            time_s, length_s = read_intervals(path, 250.0)
            assert np.isfinite(time_s).all()
            assert (length_s > 0).all()
    except RecordingError:
        pass
