"""Saturation, status and movement per window, against closed forms and PhysioKit's resampling."""

from __future__ import annotations

import numpy as np
import physiokit as pk
import pytest
from rendered_night import ArrayRecording

from sleepstudio.errors import ChannelError
from sleepstudio.features.movement import movement, read_movement
from sleepstudio.features.oximetry import read_oximetry
from sleepstudio.features.windows import epoch_windows
from sleepstudio.recordings.recording import Channel, ChannelKind

WINDOWS = epoch_windows(10, 60.0, 300.0)


def oximeter(percent: np.ndarray, status: np.ndarray, rate_hz: float = 1.0) -> ArrayRecording:
    channels = (
        Channel("SpO2", ChannelKind.SPO2, "%", rate_hz),
        Channel("OxStatus", ChannelKind.OXIMETER_STATUS, "", rate_hz),
    )
    signals = {"SpO2": percent.astype(np.float32), "OxStatus": status.astype(np.float32)}
    return ArrayRecording(channels, signals, 300.0)


def leg(signal: np.ndarray, rate_hz: float) -> ArrayRecording:
    channel = Channel("Leg", ChannelKind.LEG, "uV", rate_hz)
    return ArrayRecording((channel,), {"Leg": signal.astype(np.float32)}, len(signal) / rate_hz)


def test_physiokit_rings_on_a_status_channel_and_we_take_the_nearest() -> None:
    status = np.zeros(300)
    status[100:110] = 3.0
    rung = pk.signal.resample_signal(status, sample_rate=1, target_rate=64)
    assert rung.min() < -0.1
    assert rung.max() > 3.1
    quick = oximeter(np.full(19200, 96.0), np.repeat(status, 64), 64.0)
    slow = oximeter(np.full(300, 96.0), status)
    held = (WINDOWS.start_s < 110) & (WINDOWS.stop_s > 100)
    for recording in (quick, slow):
        read = read_oximetry(recording, "SpO2", "OxStatus", WINDOWS)
        assert read.usable.tolist() == (~held).tolist()


def test_saturation_is_clipped_and_summarised() -> None:
    percent = np.full(300, 96.0)
    percent[100:130] = 90.0
    percent[200] = 0.0
    percent[201] = 127.0
    read = read_oximetry(oximeter(percent, np.zeros(300)), "SpO2", "OxStatus", WINDOWS)
    clipped = np.clip(percent, 50, 100)
    for i, (start, stop) in enumerate(zip(WINDOWS.start_s, WINDOWS.stop_s, strict=True)):
        window = clipped[int(start) : int(stop)]
        assert read.mean_percent[i] == pytest.approx(window.mean(), rel=1e-5)
        assert read.deviation_percent[i] == pytest.approx(window.std(), rel=1e-4, abs=1e-4)
        assert read.median_percent[i] == np.median(window)
    assert read.usable.all()


def test_a_gap_in_either_channel_is_not_usable() -> None:
    percent, status = np.full(300, 96.0), np.zeros(300)
    percent[20] = percent[21] = np.nan
    status[290:] = np.nan
    read = read_oximetry(oximeter(percent, status), "SpO2", "OxStatus", WINDOWS)
    assert np.flatnonzero(~read.usable).tolist() == [0, 1, 9]


@pytest.mark.parametrize("rate_hz", [32.0, 64.0, 256.0])
def test_movement_of_a_sine_in_the_band_at_any_rate(rate_hz: float) -> None:
    time_s = np.arange(round(300 * rate_hz)) / rate_hz
    read = read_movement(leg(10 * np.sin(2 * np.pi * 5.3 * time_s), rate_hz), "Leg", WINDOWS)
    np.testing.assert_allclose(read.mean[1:-1], 10 * 2 / np.pi, rtol=0.01)
    np.testing.assert_allclose(read.median[1:-1], 10 / np.sqrt(2), rtol=0.01)
    np.testing.assert_allclose(read.deviation[1:-1], 10 * np.sqrt(0.5 - 4 / np.pi**2), rtol=0.01)


@pytest.mark.parametrize("frequency_hz", [0.3, 60.0])
def test_posture_and_mains_are_no_movement(frequency_hz: float) -> None:
    time_s = np.arange(300 * 256) / 256
    read = read_movement(leg(10 * np.sin(2 * np.pi * frequency_hz * time_s), 256.0), "Leg", WINDOWS)
    assert read.mean[1:-1].max() < 0.05


def test_gaps_in_the_leg_are_left_out_or_undefined() -> None:
    time_s = np.arange(300 * 32) / 32
    signal = 10 * np.sin(2 * np.pi * 5.3 * time_s)
    signal[100 * 32 : 170 * 32] = np.nan
    read = read_movement(leg(signal, 32.0), "Leg", WINDOWS)
    assert np.flatnonzero(np.isnan(read.mean)).tolist() == [3, 4, 5]
    np.testing.assert_allclose(read.mean[[2, 6]], 10 * 2 / np.pi, rtol=0.03)
    assert np.isnan(movement(np.full(100, np.nan, np.float32), 32.0)).all()


def test_a_sensor_too_slow_for_the_band_is_refused() -> None:
    with pytest.raises(ChannelError, match="faster than 22 Hz"):
        read_movement(leg(np.zeros(3000), 10.0), "Leg", WINDOWS)
