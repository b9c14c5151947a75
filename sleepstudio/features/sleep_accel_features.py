"""FS-W-SA-4: a wrist set on the features published with sleep-accel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from sleepstudio.errors import FeatureError
from sleepstudio.features.feature_set import (
    ChannelNeed,
    ComputedFeatures,
    FeatureParams,
    FeatureSet,
    whole_epochs,
)
from sleepstudio.features.feature_table import Column
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.recordings.recording import ChannelKind, Recording


class SleepAccelFeatureParams(FeatureParams):
    """``log_counts``: the activity count as log(1 + count), for its tail is long."""

    log_counts: bool = Field(False, title="Log counts")


class SleepAccelFeatures(FeatureSet):
    """The four features of Walch et al. 2019 as their pipeline computed them, one value an epoch.

    They look five minutes ahead and are scaled by the whole night, so that they serve offline models only.
    Epochs that were not published are masked rows.
    """

    name = "FS-W-SA-4"
    version = 1
    summary = "Wrist motion and heart rate as published with sleep-accel (Walch 2019); offline models only."
    columns = (
        Column(
            "activity_count",
            "counts",
            "Activity counts, smoothed over minutes; or log(1 + counts)",
            "Activity",
            "activity count",
        ),
        Column(
            "heart_rate_variation",
            "1",
            "Standard deviation over ±5 min of the heart rate, scaled by the night",
            "HR variation",
            "heart rate variation",
        ),
        Column(
            "clock_cosine",
            "1",
            "24 h cosine of the time since the start: a proxy of the circadian clock",
            "Clock",
            "clock",
        ),
        Column("hours", "h", "Time since the recording's start", "Hours", "time"),
    )
    needs = (
        ChannelNeed("activity count", ChannelKind.FEATURE, ("count",)),
        ChannelNeed("heart rate variation", ChannelKind.FEATURE, ("hr",)),
        ChannelNeed("clock", ChannelKind.FEATURE, ("cosine",)),
        ChannelNeed("time", ChannelKind.FEATURE, ("time",)),
    )
    params_type = SleepAccelFeatureParams
    seconds_per_night = 0.01

    def compute(
        self, recording: Recording, channels: Mapping[str, str], params: FeatureParams
    ) -> ComputedFeatures:
        epochs = whole_epochs(recording)
        features = np.full((epochs, len(self.columns)), np.nan, np.float32)
        for column, need in enumerate(self.needs):
            times, values = recording.series(channels[need.role])
            rows = np.rint(times / EPOCH_S).astype(np.int64)
            if len(rows) and (rows[0] < 0 or rows[-1] >= epochs):
                raise FeatureError("has values outside the recording.", where=channels[need.role])
            features[rows, column] = values
        if isinstance(params, SleepAccelFeatureParams) and params.log_counts:
            features[:, 0] = np.log1p(np.maximum(features[:, 0], 0))
        usable = np.asarray(np.isfinite(features).all(axis=1))
        return ComputedFeatures(features, usable)
