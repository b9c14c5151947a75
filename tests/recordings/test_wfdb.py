"""WFDB records and annotations: against the `wfdb` package, and against damaged files."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.drop import apply_drop, plan_drop
from sleepstudio.datasets.sniff import Content, sniff
from sleepstudio.errors import RecordingError
from sleepstudio.recordings import ChannelKind, open_recording
from sleepstudio.recordings.wfdb import open_wfdb, read_annotations
from sleepstudio.recordings.wfdb.annotations import BEAT_SYMBOLS
from sleepstudio.recordings.wfdb.samples import FORMATS
from sleepstudio.study_folder import Study

GROUP_BYTES = {8: 1, 16: 2, 24: 3, 32: 4, 61: 2, 80: 1, 160: 2, 212: 3, 310: 4, 311: 4}
GROUP_SAMPLES = {212: 2, 310: 3, 311: 3}


def write_record(
    folder: Path, name: str, number: int, *, frames: int = 600, spf: tuple[int, ...] = (1, 1), seed: int = 0
) -> Path:
    """A record of random bytes: two signals interleaved in one file, any format."""
    samples = frames * sum(spf)
    groups = -(-samples // GROUP_SAMPLES.get(number, 1))
    raw = np.random.default_rng(seed).integers(0, 256, groups * GROUP_BYTES[number], np.uint8)
    if number == 311:
        raw[3::4] &= 0x3F  # the two bits that no sample has
    (folder / f"{name}.dat").write_bytes(raw.tobytes())
    lines = [f"{name} {len(spf)} 100 {frames} 23:07:30 19/1/1989"]
    for index, per_frame in enumerate(spf):
        times = f"x{per_frame}" if per_frame > 1 else ""
        lines.append(f"{name}.dat {number}{times} {200 + index}(-{3 * index})/uV 12 0 7 0 0 EEG {index}")
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n# a note\n")
    return folder / f"{name}.hea"


@pytest.mark.parametrize("number", sorted(FORMATS))
@pytest.mark.parametrize("spf", [(1, 1), (1, 3), (1,)])
def test_every_format_reads_as_the_reference_does(tmp_path: Path, number: int, spf: tuple[int, ...]) -> None:
    path = write_record(tmp_path, "r", number, frames=606, spf=spf, seed=number)
    reference = wfdb.rdrecord(str(path.with_suffix("")), smooth_frames=False)
    with open_wfdb(path) as recording:
        assert recording.duration_s == 6.06
        assert recording.start == datetime(1989, 1, 19, 23, 7, 30)
        assert [channel.rate_hz for channel in recording.channels] == [100.0 * one for one in spf]
        for index, channel in enumerate(recording.channels):
            values = recording.read(channel.label)
            np.testing.assert_allclose(values, reference.e_p_signal[index], rtol=1e-6, atol=1e-6)
            part = recording.read(channel.label, 2.0, 4.5)
            rate = round(channel.rate_hz or 0)
            np.testing.assert_array_equal(part, values[2 * rate : round(4.5 * rate)])


def test_written_by_the_reference_with_its_invalid_samples(tmp_path: Path) -> None:
    signal = np.cumsum(np.random.default_rng(3).normal(size=(500, 3)), axis=0)
    signal[100:120, 1] = np.nan
    wfdb.wrsamp(
        "w", fs=50, units=["mV", "uV", "%"], sig_name=["ECG", "EEG C4-A1", "SaO2"], p_signal=signal,
        fmt=["16", "16", "16"], write_dir=str(tmp_path),
    )  # fmt: skip
    reference = wfdb.rdrecord(str(tmp_path / "w")).p_signal
    with open_wfdb(tmp_path / "w.hea") as recording:
        kinds = [channel.kind for channel in recording.channels]
        assert kinds == [ChannelKind.ECG, ChannelKind.EEG, ChannelKind.SPO2]
        for index, channel in enumerate(recording.channels):
            np.testing.assert_allclose(recording.read(channel.label), reference[:, index], rtol=1e-6)
        assert np.isnan(recording.read("EEG C4-A1", 2.0, 2.4)).all()


def test_signals_after_a_matlab_header(tmp_path: Path) -> None:
    stored = np.arange(60, dtype="<i2").reshape(20, 3)
    (tmp_path / "tr.mat").write_bytes(bytes(24) + stored.tobytes())
    lines = [f"tr.mat 16+24 2(0)/uV 16 0 0 0 0 {label}" for label in ("F3-M2", "ABD", "SaO2")]
    (tmp_path / "tr.hea").write_text("\n".join(["tr 3 10 20", *lines]))
    with open_wfdb(tmp_path / "tr.mat") as recording:
        assert recording.start is None
        np.testing.assert_array_equal(recording.read("ABD"), stored[:, 1] / 2)


@pytest.mark.parametrize("layout", [False, True])
def test_segments_follow_one_another_and_gaps_are_gaps(tmp_path: Path, *, layout: bool) -> None:
    write_record(tmp_path, "a", 16, frames=200, seed=1)
    write_record(tmp_path, "b", 212, frames=300, seed=2)
    lines = ["a 200", "~ 100", "b 300"]
    if layout:
        lines.insert(0, "all_layout 0")
        names = "\n".join(f"~ 0 200 12 0 0 0 0 EEG {index}" for index in range(2))
        (tmp_path / "all_layout.hea").write_text(f"all_layout 2 100 0\n{names}\n")
    (tmp_path / "all.hea").write_text(f"all/{len(lines)} 2 100 600\n" + "\n".join(lines) + "\n")
    with open_wfdb(tmp_path / "all.hea") as recording:
        assert recording.duration_s == 6.0
        assert [(gap.start_s, gap.stop_s) for gap in recording.gaps] == [(2.0, 3.0)]
        whole = recording.read("EEG 1")
        expected = np.full(600, np.nan)
        for name, at in (("a", 0), ("b", 300)):
            signal = wfdb.rdrecord(str(tmp_path / name)).p_signal[:, 1]
            expected[at : at + len(signal)] = signal
        np.testing.assert_allclose(whole, expected, rtol=1e-6)
        np.testing.assert_array_equal(recording.read("EEG 1", 1.5, 3.5), whole[150:350])


def test_a_short_file_is_a_gap_at_the_end_and_told(tmp_path: Path) -> None:
    path = write_record(tmp_path, "r", 16, frames=100)
    (tmp_path / "r.dat").write_bytes((tmp_path / "r.dat").read_bytes()[:160])
    with open_wfdb(path) as recording:
        assert recording.duration_s == 0.4
        assert any("0.6 s before" in one.message for one in recording.diagnostics)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("r 99999 100\n", "claims 99999 signals"),
        ("r 2 100 600\nr.dat 16\n", "claims 2 signals and describes 1"),
        ("r 1 nan 600\nr.dat 16\n", "no sampling rate"),
        ("r 1 100 99999999999999999999\nr.dat 16\n", "frames"),
        ("r 1 100 600\n../r.dat 16\n", "names no file beside"),
        ("r 1 100 600\nr.dat 508\n", "format 508 cannot be read"),
        ("r 1 100 600\nmissing.dat 16\n", "there is no such file"),
        ("r/2 1 100 600\nr 10\n", "claims 2 segments"),
        ("r/1 1 100 600\n~ 9999999999999\n", "days"),
        ("r/1 1 100 600\nr 600\n", "segments itself"),
        ("nothing\n", "no record line"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "r.dat").write_bytes(bytes(1200))
    (tmp_path / "r.hea").write_text(content)
    with pytest.raises(RecordingError, match=reason):
        open_wfdb(tmp_path / "r.hea")


LINES = st.lists(
    st.sampled_from(
        ["r 1 100 600", "r/2 1 100", "r.dat 16 200(0)/uV 12 0 0 0 0 X", "r.dat 212x9:3+5", "~ 99999999",
         "r.dat 8 0", "# c", "r 1 1e300 600 1:2:3 1/1/0", "r.dat 310x99999", "r 2 .001 17592186044416"]
    )
    | st.text(max_size=60),
    max_size=5,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, data=st.binary(max_size=400))
def test_no_header_crashes_or_eats_memory(tmp_path: Path, lines: list[str], data: bytes) -> None:
    (tmp_path / "r.dat").write_bytes(data)
    (tmp_path / "r.hea").write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    try:
        with open_wfdb(tmp_path / "r.hea") as recording:
            for channel in recording.channels:
                assert recording.read(channel.label).dtype == np.float32
    except RecordingError:
        pass


SYMBOLS = [*sorted(BEAT_SYMBOLS - {"B", "n"}), '"', "+", "~"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.integers(1, 3_000_000), min_size=1, max_size=40),
    data=st.data(),
)
def test_annotations_read_as_the_reference_wrote_them(
    tmp_path: Path, steps: list[int], data: st.DataObject
) -> None:
    samples = np.cumsum(steps)
    symbols = [data.draw(st.sampled_from(SYMBOLS)) for _ in steps]
    notes = [data.draw(st.text("abcW1 ()_", max_size=9)).strip() for _ in steps]
    wfdb.wrann("a", "st", samples, symbol=symbols, aux_note=notes, write_dir=str(tmp_path))
    read = read_annotations(tmp_path / "a.st")
    assert [one.sample for one in read.annotations] == samples.tolist()
    assert [one.symbol for one in read.annotations] == symbols
    assert [one.aux for one in read.annotations] == notes


def test_a_stated_resolution_is_told(tmp_path: Path) -> None:
    wfdb.wrann("a", "st", np.array([5, 10]), symbol=["N", "N"], fs=125, write_dir=str(tmp_path))
    read = read_annotations(tmp_path / "a.st")
    assert read.rate_hz == 125
    assert [one.sample for one in read.annotations] == [5, 10]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_no_bytes_crash_the_annotations_reader(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.st").write_bytes(content)
    try:
        read = read_annotations(tmp_path / "a.st")
    except RecordingError:
        return
    assert all(one.sample >= 0 for one in read.annotations)


def test_a_gap_that_no_record_has_is_refused(tmp_path: Path) -> None:
    write_record(tmp_path, "a", 16, frames=200)
    (tmp_path / "all.hea").write_text("all/2 2 100 3000000000\na 200\n~ 2999999800\n")
    with pytest.raises(RecordingError, match="2 s are stored"):
        open_wfdb(tmp_path / "all.hea")


def test_a_day_of_signals_opens_without_being_read(tmp_path: Path) -> None:
    frames = 24 * 3600 * 250
    (tmp_path / "d.hea").write_text(f"d 1 250 {frames} 0:0:0 1/1/2001\nd.dat 16 200 16 0 0 0 0 ECG\n")
    with (tmp_path / "d.dat").open("wb") as file:
        file.truncate(frames * 2)
    with open_wfdb(tmp_path / "d.hea") as recording:
        assert recording.start is not None
        assert recording.start + timedelta(seconds=recording.duration_s) == datetime(2001, 1, 2)
        np.testing.assert_array_equal(recording.read("ECG", 86399.0), np.zeros(250))


def test_a_header_opens_and_is_dropped_as_edf_is(tmp_path: Path) -> None:
    path = write_record(tmp_path, "night", 212)
    with open_recording(path) as recording:
        assert [channel.kind for channel in recording.channels] == [ChannelKind.EEG] * 2
    (tmp_path / "night.csv").write_text("onset,duration,label\n0,3,W\n3,3,N2\n")
    seen = sniff(path)
    assert (seen.content, seen.detail) == (Content.RECORDING, "WFDB, 2 channels, 0.0 h")
    with Catalogue(Study.create(tmp_path / "study")) as catalogue:
        plan = plan_drop([tmp_path], catalogue)
        result = apply_drop(plan, catalogue)
        assert result.added == ("night",)
        hypnogram = catalogue.hypnogram("night")
        assert hypnogram is not None
        assert hypnogram.as_strings() == ("W", "N2")
    (tmp_path / "night.dat").unlink()
    assert sniff(path).content is Content.UNREADABLE
