"""EEG, EOG, EMG, leg and position: what makes a scorer see the stage."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

from sleepstudio.errors import ChannelError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.simulate import (
    CHANNELS,
    MovementKind,
    NightSpecification,
    SimulatedNight,
    render,
    simulate_night,
)


@pytest.fixture(scope="module")
def in_turn(stages_in_turn: Hypnogram) -> SimulatedNight:
    return simulate_night(NightSpecification(stages_in_turn), 8)


def _power(signal: NDArray[np.float32], rate: int, low: float, high: float) -> list[float]:
    """Median over epochs of the power in a band, for each of the five stages."""
    epochs = signal.reshape(100, 30 * rate)
    frequency, density = scipy.signal.welch(epochs, rate, nperseg=4 * rate, axis=1)
    power = density[:, (frequency >= low) & (frequency <= high)].sum(axis=1)
    return [float(np.median(power[20 * s + 1 : 20 * s + 19])) for s in range(5)]


@pytest.mark.parametrize("label", ["EEG1", "EEG2", "EEG3"])
def test_eeg_bands_mark_the_stages(in_turn: SimulatedNight, label: str) -> None:
    eeg = render(in_turn, label)
    delta, alpha, sigma = (_power(eeg, 256, *band) for band in ((0.5, 2.5), (8.0, 11.5), (12.0, 15.0)))
    assert np.argmax(delta) == Stage.N3
    assert delta[Stage.N3] > 3 * delta[Stage.N2] > 3 * delta[Stage.W]
    assert np.argmax(alpha) == Stage.W
    assert sigma[Stage.N2] > 1.2 * max(sigma[Stage.W], sigma[Stage.N1], sigma[Stage.R])


def test_spindles_and_k_complexes_come_in_every_derivation_at_once(in_turn: SimulatedNight) -> None:
    """Sigma envelopes of two derivations agree in N2 and not in R, where there are no spindles."""
    sos = scipy.signal.butter(4, (12.0, 15.0), "band", fs=256, output="sos")
    envelopes = [
        np.abs(scipy.signal.hilbert(scipy.signal.sosfiltfilt(sos, render(in_turn, label))))
        for label in ("EEG1", "EEG3")
    ]
    at = np.arange(len(envelopes[0])) / 256
    truth = in_turn.truth
    calm = ~(truth.arousals.holds(at) | truth.arousals.holds(at + 1) | truth.arousals.holds(at - 1))
    calm &= ~(truth.movements.holds(at) | truth.movements.holds(at + 1) | truth.movements.holds(at - 1))
    agreement = []
    for stage in (Stage.N2, Stage.R):
        part = calm & (at > stage * 600 + 30) & (at < stage * 600 + 570)
        agreement.append(np.corrcoef(envelopes[0][part], envelopes[1][part])[0, 1])
    assert agreement[0] > 0.2
    assert abs(agreement[1]) < 0.1


def test_eyes_move_oppositely_in_rem_and_not_in_deep_sleep(in_turn: SimulatedNight) -> None:
    left, right = render(in_turn, "EOG-L"), render(in_turn, "EOG-R")
    sos = scipy.signal.butter(2, (0.3, 5.0), "band", fs=256, output="sos")
    correlation = []
    for stage in range(5):
        part = slice((stage * 20 + 1) * 30 * 256, (stage * 20 + 19) * 30 * 256)
        sides = [scipy.signal.sosfiltfilt(sos, side[part]) for side in (left, right)]
        correlation.append(np.corrcoef(*sides)[0, 1])
    assert correlation[Stage.R] < -0.5
    assert correlation[Stage.N1] < -0.3
    assert correlation[Stage.N3] > -0.2


def test_chin_tone_falls_to_atonia_in_rem(in_turn: SimulatedNight) -> None:
    tone = _power(render(in_turn, "EMG"), 256, 10.0, 100.0)
    assert tone[Stage.W] > tone[Stage.N1] > tone[Stage.N2] > tone[Stage.N3] > 2 * tone[Stage.R]


def test_the_sleeper_moves_most_awake_and_least_in_deep_sleep(nights: list[SimulatedNight]) -> None:
    per_hour = np.zeros(5)
    for stage in range(5):
        count = hours = 0.0
        for night in nights:
            body = night.truth.movements.of(MovementKind.BODY)
            in_stage = night.truth.driving_stages[(body.start_s // 30).astype(int)] == stage
            count += in_stage.sum()
            hours += np.sum(night.truth.driving_stages == stage) / 120
        per_hour[stage] = count / hours
    assert per_hour[Stage.W] > per_hour[Stage.N1] > per_hour[Stage.N2] > per_hour[Stage.N3]
    assert per_hour[Stage.W] > 3 * per_hour[Stage.R]


def test_only_rem_twitches(nights: list[SimulatedNight]) -> None:
    for night in nights[:3]:
        twitches = night.truth.movements.of(MovementKind.TWITCH)
        assert len(twitches) > 10
        assert np.all(night.truth.driving_stages[(twitches.start_s // 30).astype(int)] == Stage.R)


def test_movements_are_in_order_and_apart(nights: list[SimulatedNight]) -> None:
    for night in nights:
        moved = night.truth.movements
        assert np.all(moved.start_s < moved.stop_s)
        assert np.all(moved.start_s[1:] >= moved.stop_s[:-1])


def test_the_leg_shows_every_body_movement_in_the_movement_band(night: SimulatedNight) -> None:
    """In the 3–11 Hz of FS-W-PA-14's movement proxy, which this sensor's own low pass ends at 10 Hz."""
    sos = scipy.signal.butter(3, (3.0, 11.0), "band", fs=32, output="sos")
    size = np.abs(scipy.signal.sosfiltfilt(sos, render(night, "Leg")))
    body = night.truth.movements.of(MovementKind.BODY)
    inside = body.holds(np.arange(len(size)) / 32)
    quiet = ~night.truth.movements.holds(np.arange(len(size)) / 32)
    floor = np.percentile(size[quiet], 95)
    heights = [
        size[int(a * 32) : int(b * 32) + 1].max() for a, b in zip(body.start_s, body.stop_s, strict=True)
    ]
    assert np.mean(np.array(heights) > 2 * floor) > 0.98
    assert size[inside].mean() > 5 * size[quiet].mean()


def test_positions_change_with_body_movements(night: SimulatedNight) -> None:
    shown = render(night, "Pos")
    changes = np.flatnonzero(np.diff(shown)) / 32
    assert set(np.unique(shown)) <= {0, 1, 2, 3}
    assert 1 <= len(changes) < 60
    stops = night.truth.movements.of(MovementKind.BODY).stop_s
    assert np.abs(stops[:, None] - changes).min(axis=0).max() < 0.1


def test_every_channel_has_its_samples_all_finite_and_rarely_clipped(in_turn: SimulatedNight) -> None:
    for label, channel in CHANNELS.items():
        samples = render(in_turn, label)
        low, high = channel.physical_range
        assert samples.dtype == np.float32, label
        assert len(samples) == in_turn.duration_s * channel.rate_hz, label
        assert np.isfinite(samples).all(), label
        assert np.mean((samples < low) | (samples > high)) < 1e-3, label


def test_rendering_has_no_memory(in_turn: SimulatedNight) -> None:
    once = render(in_turn, "EEG3")
    render(in_turn, "Pleth")
    np.testing.assert_array_equal(render(in_turn, "EEG3"), once)


def test_an_unknown_channel_is_named_with_those_there_are(in_turn: SimulatedNight) -> None:
    with pytest.raises(ChannelError, match="'C3'; channels: EKG"):
        render(in_turn, "C3")
