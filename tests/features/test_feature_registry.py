"""Feature sets by name, their parameters, and the channels they find."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from sleepstudio.config import FeatureSection
from sleepstudio.errors import ChannelError, ConfigurationError
from sleepstudio.features.channel_match import match_channels
from sleepstudio.features.feature_set import ChannelNeed
from sleepstudio.features.registry import feature_set, feature_set_names, resolve_features
from sleepstudio.recordings.recording import Channel, ChannelKind
from sleepstudio.recordings.series import SeriesRecording

NEED = ChannelNeed("ppg", ChannelKind.PPG, ("Pleth", "PPG"))


def recording(*labels: str, kind: ChannelKind = ChannelKind.PPG) -> SeriesRecording:
    channels = [Channel(label, kind, "", 1.0) for label in labels]
    return SeriesRecording("night", None, 60.0, channels, {label: ([], []) for label in labels})


@pytest.mark.parametrize("name", feature_set_names())
def test_every_registered_set_declares_itself(name: str) -> None:
    found = feature_set(name)
    assert found.name == name
    assert found.version >= 1
    assert len({column.name for column in found.columns}) == len(found.columns)
    assert all(column.description for column in found.columns)
    assert len({need.role for need in found.needs}) == len(found.needs)
    assert resolve_features(FeatureSection(name=name))[0].name == name


def test_an_unknown_set_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="nearest is FS-W-SA-4"):
        feature_set("FS-W-SA4")


def test_an_unknown_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        ConfigurationError, match=r"feature\.params\.chanels.*feature\.params\.channels|channels"
    ):
        feature_set("FS-W-SA-4").parse_params({"chanels": {}})
    with pytest.raises(ConfigurationError, match="no role 'pulse'"):
        feature_set("FS-W-SA-4").parse_params({"channels": {"pulse": "Pleth"}})


def test_a_rate_is_refused_by_a_set_without_one() -> None:
    with pytest.raises(ConfigurationError, match=r"feature\.sampling_rate does not apply to FS-W-SA-4"):
        resolve_features(FeatureSection(name="FS-W-SA-4", sampling_rate=64))


def test_declarations_load_no_signal_processing() -> None:
    script = (
        "import sys\n"
        "from sleepstudio.features.registry import feature_set, feature_set_names\n"
        "[feature_set(name).columns for name in feature_set_names()]\n"
        "print(*sorted({'scipy', 'physiokit', 'h5py', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_channels_by_alias_whatever_the_case_and_by_the_users_word() -> None:
    assert match_channels(recording("EKG", "PLETH"), [NEED], {}) == {"ppg": "PLETH"}
    assert match_channels(recording("PPG", "Pleth"), [NEED], {}) == {"ppg": "Pleth"}
    assert match_channels(recording("Pleth", "Green"), [NEED], {"ppg": "Green"}) == {"ppg": "Green"}


def test_a_missing_channel_is_reported_never_guessed() -> None:
    with pytest.raises(ChannelError) as caught:
        match_channels(recording("Green", "Red"), [NEED], {})
    assert "tried Pleth, PPG; channels: Green, Red" in caught.value.message
    assert "Green" in caught.value.hint
    with pytest.raises(ChannelError, match="'Blue'"):
        match_channels(recording("Green"), [NEED], {"ppg": "Blue"})


def test_the_wrist_set_masks_epochs_that_one_feature_lacks() -> None:
    labels = ("count", "hr", "cosine", "time")
    channels = [Channel(label, ChannelKind.FEATURE, "", None) for label in labels]
    series = {label: ([0.0, 60.0, 90.0], [1.0, 2.0, 3.0]) for label in labels}
    series["hr"] = ([0.0, 60.0], [5.0, 6.0])
    night = SeriesRecording("night", None, 120.0, channels, series)
    chosen, params = resolve_features(FeatureSection(name="FS-W-SA-4"))
    computed = chosen.compute(night, match_channels(night, chosen.needs, {}), params)
    assert computed.mask.tolist() == [True, False, True, False]
    np.testing.assert_array_equal(computed.features[2], [2, 6, 2, 2])
    assert np.isnan(computed.features[1]).all()
