"""Reading EDF and BDF: the stored integers and physical values that other readers and writers agree on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from edf_bytes import Signal, edf, night

from sleepstudio.errors import ChannelError, RecordingError
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.recording import ChannelKind, Gap

REAL_FILES = (
    "edfio/short_psg.edf", "edfio/short_psg.bdf", "edfio/test_subsecond.edf",
    "mne/duplicate_channel_labels.edf",
    "mne/test_edf_stim_channel.edf", "mne/test_uneven_samp.edf", "pyedflib/test_legacy.edf",
    "pyedflib/test_utf8.edf", "pyedflib/test_generator_datarec_generator_0_5.bdf",
    "resmed/20230821/20230822_001118_BRP.edf", "resmed/20230821/20230822_001119_PLD.edf",
    "resmed/20230821/20230822_001119_SAD.edf", "resmed/20230821/20230822_051412_BRP.edf",
)  # fmt: skip


def assert_equals_pyedflib(path: Path) -> None:
    """Same channels, start, integers and physical values as pyEDFlib."""
    with open_edf(path) as ours, pyedflib.EdfReader(str(path)) as theirs:
        # in a file that is not EDF+ by its flag, pyEDFlib takes annotations for a signal
        indices = [index for index, label in enumerate(theirs.getSignalLabels()) if "Annot" not in label]
        assert len(ours.channels) == len(indices)
        assert ours.start is not None
        # pyEDFlib's fraction of a second is wrong by a factor of ten
        assert ours.start.replace(microsecond=0) == theirs.getStartdatetime().replace(microsecond=0)
        assert ours.duration_s == pytest.approx(theirs.file_duration, abs=1)
        for index, channel in zip(indices, ours.channels, strict=True):
            assert channel.rate_hz == pytest.approx(theirs.getSampleFrequency(index))
            assert channel.unit == theirs.getPhysicalDimension(index)
            stored = ours.read_digital(channel.label)
            np.testing.assert_array_equal(stored, theirs.readSignal(index, digital=True))
            physical = theirs.readSignal(index)
            np.testing.assert_allclose(ours.read(channel.label), physical, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", REAL_FILES)
def test_real_files_agree_with_pyedflib(real_data: Path, name: str) -> None:
    assert_equals_pyedflib(real_data / "edf" / name)


@pytest.mark.parametrize(
    "file_type", [pyedflib.FILETYPE_EDF, pyedflib.FILETYPE_EDFPLUS, pyedflib.FILETYPE_BDFPLUS]
)
def test_files_by_pyedflib_agree(tmp_path: Path, file_type: int) -> None:
    path = tmp_path / "night.edf"
    bits = 23 if file_type == pyedflib.FILETYPE_BDFPLUS else 15
    rates = (256, 100, 1)
    random = np.random.default_rng(3)
    with pyedflib.EdfWriter(str(path), len(rates), file_type) as writer:
        for index, rate in enumerate(rates):
            writer.setSignalHeader(index, {
                "label": f"signal {rate}", "dimension": "mV", "sample_frequency": rate, "physical_min": -3.5,
                "physical_max": 7.25, "digital_min": -(2**bits), "digital_max": 2**bits - 1,
            })  # fmt: skip
        writer.setStartdatetime(dt.datetime(2024, 2, 29, 23, 59, 58))
        writer.writeSamples([random.uniform(-3.5, 7.25, rate * 40) for rate in rates])
    assert_equals_pyedflib(path)


def test_files_by_edfio_agree(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    random = np.random.default_rng(4)
    signals = [edfio.EdfSignal(random.normal(0, 50, 100 * rate), rate, label=f"EEG {rate}")
               for rate in (128, 256)]  # fmt: skip
    edfio.Edf(signals, starttime=dt.time(22, 0, 0)).write(path)
    for channel, signal in zip(open_edf(path).channels, signals, strict=True):
        np.testing.assert_array_equal(open_edf(path).read_digital(channel.label), signal.digital)
        np.testing.assert_allclose(open_edf(path).read(channel.label), signal.data, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("bdf", [False, True])
def test_a_page_is_the_whole_nights_slice(tmp_path: Path, bdf: bool) -> None:
    signals = night(records=200)
    path = tmp_path / "night.edf"
    path.write_bytes(edf(signals, bdf=bdf, duration="0.5"))
    recording = open_edf(path)
    for signal in signals:
        rate = signal.samples.shape[1] * 2
        whole = signal.samples.reshape(-1)
        assert recording.channel(signal.label).rate_hz == rate
        np.testing.assert_array_equal(recording.read_digital(signal.label), whole)
        for start, stop in [(0, 1), (7.5, 37.5), (99.9, 500), (-3, 0.25), (12.3, 12.3)]:
            first, last = np.clip(np.ceil(np.array([start, stop]) * rate - 1e-9), 0, len(whole)).astype(int)
            np.testing.assert_array_equal(
                recording.read_digital(signal.label, start, stop), whole[first:last]
            )
            physical = (whole[first:last] + 32768) / 65535 * 1000 - 500
            np.testing.assert_allclose(recording.read(signal.label, start, stop), physical, atol=1e-4)


def test_24_bits_keep_their_sign_and_range(tmp_path: Path) -> None:
    extremes = np.array([[-(2**23), -1, 0, 1, 2**23 - 1, -(2**16), 255, -256]])
    path = tmp_path / "night.bdf"
    path.write_bytes(edf([Signal("Cz", extremes, dmin="-8388608", dmax="8388607")], bdf=True))
    np.testing.assert_array_equal(open_edf(path).read_digital("Cz"), extremes[0])


def test_opening_and_paging_touch_only_their_bytes(tmp_path: Path) -> None:
    """A file with a hole where the samples are: reading a page must not read the rest of its 8 GB."""
    raw = edf(
        [Signal("EEG", np.zeros((1, 256), int)), Signal("Pleth", np.zeros((1, 256), int))], records=8_000_000
    )
    path = tmp_path / "long.edf"
    with path.open("wb") as file:
        file.write(raw[: 256 * 3])
        file.seek(256 * 3 + 1024 * 8_000_000 - 1)
        file.write(b"\0")
    recording = open_edf(path)
    assert recording.duration_s == 8_000_000
    page = recording.read("Pleth", 4_000_000, 4_000_030)
    assert page.shape == (30 * 256,)
    assert page.dtype == np.float32


def discontinuous(onsets: list[float], signals: list[Signal], **fields: object) -> bytes:
    tals = [f"{onset:+.10g}\x14\x14\0".encode() for onset in onsets]
    return edf(signals, tals=tals, reserved="EDF+D", **fields)


def test_gaps_of_edf_plus_d_are_nan_and_listed(tmp_path: Path) -> None:
    signals = night(records=6)
    path = tmp_path / "night.edf"
    path.write_bytes(discontinuous([0.25, 1.25, 121.25, 122.25, 123.25, 130.5], signals))
    recording = open_edf(path)
    assert recording.gaps == (Gap(2, 121), Gap(124, 130.25))
    assert recording.duration_s == 131.25
    assert recording.start == dt.datetime(2024, 3, 2, 22, 0, 0, 250_000)
    eeg = recording.read("EEG C4-M1")
    assert len(eeg) == 131.25 * 64
    times = np.arange(len(eeg)) / 64
    in_gap = ((times >= 2) & (times < 121)) | ((times >= 124) & (times < 130.25))
    np.testing.assert_array_equal(np.isnan(eeg), in_gap)
    expected = (signals[0].samples.reshape(-1) + 32768) / 65535 * 1000 - 500
    np.testing.assert_allclose(eeg[~in_gap], expected, atol=1e-4)
    np.testing.assert_array_equal(recording.read_digital("EEG C4-M1"), signals[0].samples.reshape(-1))
    np.testing.assert_array_equal(recording.read("EEG C4-M1", 120, 122.5), eeg[120 * 64 : 122 * 64 + 32])
    assert np.isnan(recording.read("SpO2", rate_hz=4)[12:480]).all()
    assert np.isfinite(recording.read("SpO2", rate_hz=4)[484:496]).all()


def test_edf_plus_d_without_gaps_has_none(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(discontinuous([0, 0.9996, 2.0004, 3], night(records=4)))
    assert open_edf(path).gaps == ()
    assert open_edf(path).duration_s == 4


def test_records_that_overlap_or_keep_no_time_follow_the_one_before(tmp_path: Path) -> None:
    signals = night(records=4)
    path = tmp_path / "night.edf"
    raw = discontinuous([0, 0.5, 2, 3], signals)
    path.write_bytes(raw.replace(b"+3\x14\x14", b"what"))
    recording = open_edf(path)
    assert recording.gaps == ()
    np.testing.assert_array_equal(recording.read_digital("Pleth"), signals[1].samples.reshape(-1))
    messages = [diagnostic.message for diagnostic in recording.diagnostics]
    assert any("1 records claim to begin before" in message for message in messages)
    assert any("1 records keep no time" in message for message in messages)


def test_record_times_years_apart_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(discontinuous([0, 40 * 86400], night(records=2)))
    with pytest.raises(RecordingError, match="gaps of 40 days"):
        open_edf(path)


def test_another_rate_is_anchored_at_the_start_and_band_limited(tmp_path: Path) -> None:
    """A 2 Hz sine of 64 Hz: at other rates it is the same sine, and a page is the night's slice."""
    times = np.arange(60 * 64) / 64
    wave = np.rint(20_000 * np.sin(2 * np.pi * 2 * times)).astype(int).reshape(60, 64)
    path = tmp_path / "night.edf"
    path.write_bytes(edf([Signal("Pleth", wave, pmin="-32768", pmax="32767")]))
    recording = open_edf(path)
    for rate in (32, 128, 100, 7.8125, 50.3):
        whole = recording.read("Pleth", rate_hz=rate)
        assert len(whole) == np.ceil(60 * rate)
        truth = 20_000 * np.sin(2 * np.pi * 2 * np.arange(len(whole)) / rate)
        inside = slice(int(2 * rate), int(58 * rate))
        np.testing.assert_allclose(whole[inside], truth[inside], atol=200)
        page = recording.read("Pleth", 20, 30, rate)
        first = int(np.ceil(20 * rate))
        np.testing.assert_allclose(page, whole[first : first + len(page)], atol=0.1)
    noise = np.rint(10_000 * np.sin(2 * np.pi * 30 * times)).astype(int).reshape(60, 64)
    path.write_bytes(edf([Signal("Pleth", noise, pmin="-32768", pmax="32767")]))
    assert np.abs(open_edf(path).read("Pleth", 5, 55, 16)).max() < 100  # 30 Hz would alias to 2 Hz


def test_stepwise_kinds_keep_their_values_at_another_rate(tmp_path: Path) -> None:
    steps = np.repeat([[0], [3], [0], [1], [3], [2]], 10, axis=0)
    path = tmp_path / "night.edf"
    signals = [Signal(label, steps, "", "-32768", "32767") for label in ("OxStatus", "SpO2", "HR")]
    path.write_bytes(edf(signals))
    recording = open_edf(path)
    for label in ("OxStatus", "SpO2", "HR"):
        for rate in (64, 0.5, 1 / 30, 3.7):
            values = recording.read(label, rate_hz=rate)
            assert len(values) == np.ceil(60 * rate)
            nearest = np.minimum(np.rint(np.arange(len(values)) / rate), 59).astype(int)
            np.testing.assert_array_equal(values, steps[nearest, 0])


def test_no_rate_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night()))
    for rate in (-1, 0, np.inf, np.nan):
        with pytest.raises(ChannelError, match="Hz is no rate"):
            open_edf(path).read("Pleth", rate_hz=rate)


def test_a_span_beyond_the_recording_is_the_part_within_it(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night(records=20)))
    recording = open_edf(path)
    assert len(recording.read("Pleth", -np.inf, np.inf)) == len(recording.read("Pleth"))
    assert len(recording.read("EEG C4-M1", 19, np.inf, rate_hz=32)) == 32
    for start, stop in ((25, 30), (-9, -1), (5, 4)):
        assert recording.read("Pleth", start, stop).shape == (0,)
        assert recording.read("Pleth", start, stop, 10).shape == (0,)


def test_a_channel_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night()))
    with pytest.raises(ChannelError, match="no channel 'ECG'; channels: EEG C4-M1, Pleth, SpO2"):
        open_edf(path).read("ECG")


def test_a_closed_recording_says_so(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night()))
    with open_edf(path) as recording:
        assert recording.channels[1].kind is ChannelKind.PPG
    with pytest.raises(RecordingError, match="closed"):
        recording.read("Pleth")


def test_the_fraction_of_a_second_that_edf_plus_keeps_is_in_the_start(real_data: Path) -> None:
    recording = open_edf(real_data / "edf" / "edfio" / "test_subsecond.edf")
    assert recording.start == dt.datetime(2020, 1, 24, 4, 5, 56, 394_531)  # its first annotation: +0.394531


def test_89_channels_with_names_beyond_ascii(real_data: Path) -> None:
    """pyEDFlib refuses this file; its labels are UTF-8 and cut at 16 bytes."""
    recording = open_edf(real_data / "edf" / "rsleep" / "subject1.edf")
    assert len(recording.channels) == 89
    assert recording.channel("C3 Impédance").kind is ChannelKind.OTHER
    assert recording.channel("Pulse Waveform").kind is ChannelKind.PPG
    assert recording.channel("Saturation").unit == "%"
    saturation = recording.read("Saturation")
    assert 85 < np.median(saturation) <= 100


def test_a_resmed_night_reads_in_its_units(real_data: Path) -> None:
    recording = open_edf(real_data / "edf" / "resmed" / "20230821" / "20230822_010636_SAD.edf")
    assert [channel.label for channel in recording.channels] == ["Pulse.1s", "SpO2.1s", "Crc16"]
    assert recording.duration_s == 79 * 60
    assert recording.start == dt.datetime(2023, 8, 22, 1, 6, 37)
