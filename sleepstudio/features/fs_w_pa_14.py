"""FS-W-PA-14: SleepKit's 14 features of a wrist PPG and a movement sensor, as MESA has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from sleepstudio.errors import FeatureError
from sleepstudio.features.feature_set import (
    ChannelNeed,
    ComputedFeatures,
    FeatureParams,
    FeatureSet,
    whole_epochs,
)
from sleepstudio.features.feature_table import Column
from sleepstudio.recordings.recording import ChannelKind, Recording

LEAST_INTERVALS = 4
LEAST_PLAUSIBLE = 0.75
LEAST_TRUSTED = 0.4
"""Shares of a window that plausible and trusted intervals must fill: movement takes both, extrasystoles only
the latter."""


class WristPulseParams(FeatureParams):
    """SleepKit's keys. ``sampling_rate``: Hz to which the PPG is brought, a multiple of 4; ``frame_size``:
    samples of one window at that rate.
    """

    sampling_rate: float = Field(
        64.0, ge=32, le=512, multiple_of=4, title="Resample PPG", json_schema_extra={"unit": "Hz"}
    )
    frame_size: int = Field(3840, gt=0, title="Window", json_schema_extra={"unit": "samples"})

    @property
    def window_s(self) -> float:
        return self.frame_size / self.sampling_rate

    @model_validator(mode="after")
    def _window_holds_an_epoch(self) -> Self:
        if not 30 <= self.window_s <= 300:
            raise ValueError(
                f"a window of {self.window_s:g} s; frame_size / sampling_rate must be 30 to 300 s"
            )
        return self


class WristPulse(FeatureSet):
    """One row an epoch, from the window of 60 s centred on it: epoch i takes [30 i − 15, 30 i + 45).

    On MESA, for which SleepKit made it, "wrist PPG" is a finger's Pleth and "accelerometer" is leg EMG.
    SleepKit's own values differ: it works each window on its own, takes the heart rate from the spectrum
    (0.94 bpm resolution) and a ratio of amplitude sums for LF/HF, masks fewer rows and labels them by the
    median stage code. A row is masked where the oximeter says so (status 2.8 or more, or nothing), where
    plausible pulse intervals fill less than 75 % of the window, or trusted ones less than 40 % or number
    fewer than 4, and where any feature is undefined.
    """

    name = "FS-W-PA-14"
    version = 1
    summary = "Wrist PPG, oximetry and movement (SleepKit's 14 features), from 60 s around each epoch."
    columns = (
        Column("hr_bpm", "1/min", "Mean heart rate, extrasystoles included", "Heart rate", "ppg"),
        Column("hrv_td_mean_nn", "ms", "Mean of the trusted pulse intervals", "Mean NN", "ppg"),
        Column("hrv_td_sd_nn", "ms", "Standard deviation of the trusted pulse intervals", "SD of NN", "ppg"),
        Column("hrv_td_median_nn", "ms", "Median of the trusted pulse intervals", "Median NN", "ppg"),
        Column(
            "hrv_fd_lfhf_ratio",
            "1",
            "Power in 0.04–0.15 Hz over 0.15–0.4 Hz; from 60 s, a proxy",
            "LF/HF",
            "ppg",
        ),
        Column("spo2_mu", "%", "Mean oxygen saturation, clipped to 50–100", "SpO₂", "spo2"),
        Column("spo2_std", "%", "Standard deviation of the oxygen saturation", "SD of SpO₂", "spo2"),
        Column("spo2_med", "%", "Median oxygen saturation", "Median SpO₂", "spo2"),
        Column("mov_mu", "sensor unit", "Mean of the rectified leg signal in 3–11 Hz", "Movement", "leg"),
        Column(
            "mov_std",
            "sensor unit",
            "Standard deviation of the rectified leg signal in 3–11 Hz",
            "SD of movement",
            "leg",
        ),
        Column(
            "mov_med",
            "sensor unit",
            "Median of the rectified leg signal in 3–11 Hz",
            "Median movement",
            "leg",
        ),
        Column(
            "rsp_bpm",
            "1/min",
            "Breathing rate from intensity, amplitude or frequency of the pulse",
            "Breathing",
            "ppg",
        ),
        Column("spo2_qos", "1", "Mean oximeter status: 0 good to 3 off", "Oximeter status", "status"),
        Column(
            "hrv_qos", "1", "Share of the window that trusted pulse intervals fill", "Pulse quality", "ppg"
        ),
    )
    needs = (
        ChannelNeed("ppg", ChannelKind.PPG, ("Pleth", "PPG", "PLETH_GREEN", "BVP")),
        ChannelNeed("spo2", ChannelKind.SPO2, ("SpO2", "SaO2", "O2Sat", "SpO2_Sat")),
        ChannelNeed("status", ChannelKind.OXIMETER_STATUS, ("OxStatus", "OxStat", "Ox Status")),
        ChannelNeed("leg", ChannelKind.LEG, ("Leg", "Leg EMG", "LEG/L", "PLMl", "PLM")),
    )
    params_type = WristPulseParams
    seconds_per_night = 0.3

    def compute(
        self, recording: Recording, channels: Mapping[str, str], params: FeatureParams
    ) -> ComputedFeatures:
        from sleepstudio.features.beats import find_beats
        from sleepstudio.features.hrv import low_to_high_ratio, tachogram, time_domain
        from sleepstudio.features.intervals import plausible_intervals, trusted_intervals
        from sleepstudio.features.movement import read_movement
        from sleepstudio.features.oximetry import read_oximetry
        from sleepstudio.features.ppg import clean_pulse
        from sleepstudio.features.respiration import breathing_rate, modulations, trusted_spans
        from sleepstudio.features.windows import epoch_windows

        assert isinstance(params, WristPulseParams)
        windows = epoch_windows(whole_epochs(recording), params.window_s, recording.duration_s)
        rate_hz = params.sampling_rate
        pulse = clean_pulse(recording.read(channels["ppg"], rate_hz=rate_hz), rate_hz)
        if pulse.is_missing:
            raise FeatureError(
                f"channel {channels['ppg']!r} is flat or missing all night.",
                where=recording.recording_id,
                hint="Leave the recording out, or name another PPG in feature.params.channels.",
            )
        beats = find_beats(pulse)
        intervals = trusted_intervals(beats)
        heart = time_domain(intervals, windows)
        every_beat = time_domain(plausible_intervals(beats), windows)
        rhythm_ms = tachogram(intervals, recording.duration_s)
        breaths = breathing_rate(
            modulations(pulse, beats, intervals, rhythm_ms),
            trusted_spans(intervals, len(rhythm_ms)),
            windows,
        )
        oximetry = read_oximetry(recording, channels["spo2"], channels["status"], windows)
        moved = read_movement(recording, channels["leg"], windows)
        features = np.stack(
            [
                60_000.0 / every_beat.mean_ms,
                heart.mean_ms,
                heart.deviation_ms,
                heart.median_ms,
                low_to_high_ratio(rhythm_ms, windows),
                oximetry.mean_percent,
                oximetry.deviation_percent,
                oximetry.median_percent,
                moved.mean,
                moved.deviation,
                moved.median,
                breaths,
                oximetry.mean_status,
                heart.covered,
            ],
            axis=1,
        ).astype(np.float32)
        usable = (
            (heart.count >= LEAST_INTERVALS)
            & (heart.covered >= LEAST_TRUSTED)
            & (every_beat.covered >= LEAST_PLAUSIBLE)
            & oximetry.usable
        )
        remarks = () if usable.any() else ("no epoch has a usable pulse and oximetry; all rows are masked.",)
        return ComputedFeatures(features, usable, remarks)
