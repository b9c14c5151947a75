"""FS-W-PA-14 as a whole: against the simulator's truth, from arrays and from EDF files."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rendered_night import LABELS, ArrayRecording, matched, night, rendered

from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.errors import ConfigurationError, FeatureError
from sleepstudio.features.beats import find_beats
from sleepstudio.features.extract import extract_store
from sleepstudio.features.feature_set import ComputedFeatures
from sleepstudio.features.fs_w_pa_14 import WristPulse
from sleepstudio.features.ppg import clean_pulse
from sleepstudio.features.store import read_table
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.recording import Channel, Recording
from sleepstudio.recordings.simulate import NightSpecification, NightTruth, simulate_night, write_night

SET = WristPulse()
PARAMS = SET.parse_params({})
NAMES = [column.name for column in SET.columns]
ROLES = {"ppg": "Pleth", "spo2": "SpO2", "status": "OxStatus", "leg": "Leg"}
CLEAN: dict[str, float] = {}
HARD = {"artefacts": 0.1, "snr_db": 10.0}
"""10 dB of noise in 0.5–8 Hz all night, movement artefacts over 10 % of it."""


@cache
def computed(seed: int, hard: bool) -> ComputedFeatures:
    return SET.compute(rendered(night(seed, **(HARD if hard else CLEAN))), ROLES, PARAMS)


def column(table: ComputedFeatures, name: str) -> np.ndarray:
    return table.features[:, NAMES.index(name)]


def rate_in_windows(onsets_s: np.ndarray, epochs: int) -> np.ndarray:
    """Per minute, from the first to the last onset within each row's window."""
    rates = np.full(epochs, np.nan)
    for i in range(epochs):
        inside = onsets_s[(onsets_s >= 30 * i - 15) & (onsets_s < 30 * i + 45)]
        if len(inside) > 2:
            rates[i] = 60 * (len(inside) - 1) / (inside[-1] - inside[0])
    return rates


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("hard", "most_masked"), [(False, 0.03), (True, 0.25)])
def test_heart_and_breathing_rates_are_the_simulated_ones(seed: int, hard: bool, most_masked: float) -> None:
    table = computed(seed, hard)
    truth = night(seed, **(HARD if hard else CLEAN)).truth
    epochs = len(table.mask)
    assert epochs == truth.duration_s / 30
    assert 1 - table.mask.mean() <= most_masked
    heart = np.abs(column(table, "hr_bpm") - rate_in_windows(truth.r_peak_s, epochs))[table.mask]
    breath = np.abs(column(table, "rsp_bpm") - rate_in_windows(truth.breath_s, epochs))[table.mask]
    assert np.mean(heart <= 1.0) >= 0.90
    assert np.mean(breath <= 1.0) >= 0.90


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("hard", "least"), [(False, 0.99), (True, 0.95)])
def test_beats_are_the_simulated_ones_outside_masked_epochs(seed: int, hard: bool, least: float) -> None:
    """Artefacts count where they did not mask their epoch."""
    one = night(seed, **(HARD if hard else CLEAN))
    table = computed(seed, hard)
    found = find_beats(clean_pulse(rendered(one, "Pleth").read("Pleth", rate_hz=64.0), 64.0)).time_s
    hit, right = matched(found, one.truth.pulse_peak_s)
    assert hit[_unmasked(table, one.truth.pulse_peak_s)].mean() >= least
    assert right[_unmasked(table, found)].mean() >= least


def slpdb_beats_s(file: Path) -> np.ndarray:
    """Beats of a PhysioNet `.rr` listing: `start type interval type end`, times as h:mm:ss.sss."""
    rows = [line.split() for line in file.read_text().splitlines()]
    starts = [sum(float(part) * 60**i for i, part in enumerate(reversed(row[0].split(":")))) for row in rows]
    return np.array([*starts, starts[-1] + float(rows[-1][2])])


@pytest.mark.parametrize("record", ["slp02b", "slp04", "slp32"])
def test_real_hearts_with_their_extrasystoles_keep_their_rate(real_data: Path, record: str) -> None:
    """Real beats drive the Pleth: 3 % and 9 % of the first two people's are out of step."""
    beats = slpdb_beats_s(real_data / "slpdb" / f"{record}.rr")
    beats = beats[np.concatenate(([True], np.diff(beats) > 0.25))] - beats[0]
    scored = Hypnogram(np.full(int(min(beats[-1], 7200) // 30), Stage.N2, np.int8))
    specification = NightSpecification(
        hypnogram=scored, r_peak_s=beats, movement_artefact_fraction=0.0, signal_loss_fraction=0.0
    )
    one = simulate_night(specification, 1)
    table = SET.compute(rendered(one), ROLES, PARAMS)
    heart = np.abs(column(table, "hr_bpm") - rate_in_windows(one.truth.r_peak_s, len(table.mask)))
    assert np.mean(heart[table.mask] <= 1.0) >= 0.95
    assert table.mask.mean() > 0.8


def _unmasked(table: ComputedFeatures, times_s: np.ndarray) -> np.ndarray:
    return table.mask[np.clip((times_s / 30).astype(int), 0, len(table.mask) - 1)]


def test_variability_is_that_of_the_true_beats() -> None:
    table, truth = computed(1, hard=False), night(1).truth
    for i in np.flatnonzero(table.mask)[5:300:10]:
        inside = (truth.pulse_peak_s >= 30 * i - 15) & (truth.pulse_peak_s < 30 * i + 45)
        interval_ms = np.diff(truth.pulse_peak_s[inside]) * 1000
        assert column(table, "hrv_td_mean_nn")[i] == pytest.approx(interval_ms.mean(), abs=10)
        assert column(table, "hrv_td_sd_nn")[i] == pytest.approx(interval_ms.std(ddof=1), abs=8)
        assert column(table, "hrv_td_median_nn")[i] == pytest.approx(np.median(interval_ms), abs=15)


def test_movement_marks_the_epochs_that_hold_it() -> None:
    table, truth = computed(2, hard=False), night(2).truth
    start, stop = truth.movements.start_s, truth.movements.stop_s
    strong = truth.movements.strength > 0.8
    moved = np.array(
        [((stop > 30 * i - 15) & (start < 30 * i + 45) & strong).any() for i in range(len(table.mask))]
    )
    still = np.array(
        [not ((stop > 30 * i - 15) & (start < 30 * i + 45)).any() for i in range(len(table.mask))]
    )
    movement = column(table, "mov_std")
    assert np.median(movement[moved & table.mask]) > 5 * np.median(movement[still & table.mask])


def test_saturation_is_the_oximeters() -> None:
    table, one = computed(1, hard=False), night(1)
    percent = rendered(one, "SpO2").signals["SpO2"]
    for i in np.flatnonzero(table.mask)[::50]:
        window = percent[max(30 * i - 15, 0) : 30 * i + 45]
        assert column(table, "spo2_mu")[i] == pytest.approx(window.mean(), rel=1e-5)
        assert column(table, "spo2_med")[i] == np.median(window)


def with_signals(recording: ArrayRecording, **changed: np.ndarray) -> ArrayRecording:
    signals = recording.signals | {label: values.astype(np.float32) for label, values in changed.items()}
    return ArrayRecording(recording.channels, signals, recording.duration_s)


@pytest.fixture(scope="module")
def half_an_hour() -> ArrayRecording:
    specification = NightSpecification(
        duration_h=0.5, movement_artefact_fraction=0.0, signal_loss_fraction=0.0
    )
    return rendered(simulate_night(specification, 5))


def test_a_probe_that_is_off_masks_the_windows_that_hold_it(half_an_hour: ArrayRecording) -> None:
    status = half_an_hour.signals["OxStatus"].copy()
    status[600] = 2.8
    table = SET.compute(with_signals(half_an_hour, OxStatus=status), ROLES, PARAMS)
    assert np.flatnonzero(~table.mask).tolist() == [19, 20]
    status[600] = 2.7
    assert SET.compute(with_signals(half_an_hour, OxStatus=status), ROLES, PARAMS).mask.all()


@pytest.mark.parametrize("value", [np.nan, 0.37])
def test_a_gap_or_a_flat_stretch_of_the_ppg_masks_its_rows_and_no_other(
    half_an_hour: ArrayRecording, value: float
) -> None:
    ppg = half_an_hour.signals["Pleth"].copy()
    ppg[300 * 256 : 400 * 256] = value
    table = SET.compute(with_signals(half_an_hour, Pleth=ppg), ROLES, PARAMS)
    whole = SET.compute(half_an_hour, ROLES, PARAMS)
    masked = np.flatnonzero(~table.mask)
    assert masked.tolist() == list(range(masked[0], masked[-1] + 1))
    assert {10, 11, 12} <= set(masked.tolist()) <= set(range(8, 15))
    far = np.r_[0:6, 17:60]
    np.testing.assert_allclose(table.features[far], whole.features[far], rtol=0.02, atol=0.5)


def test_a_ppg_that_is_flat_all_night_is_an_error(half_an_hour: ArrayRecording) -> None:
    flat = with_signals(half_an_hour, Pleth=np.full_like(half_an_hour.signals["Pleth"], 0.2))
    with pytest.raises(FeatureError, match="'Pleth' is flat or missing all night"):
        SET.compute(flat, ROLES, PARAMS)


def test_noise_without_a_pulse_is_masked(half_an_hour: ArrayRecording) -> None:
    noise = np.random.default_rng(0).standard_normal(len(half_an_hour.signals["Pleth"]))
    table = SET.compute(with_signals(half_an_hour, Pleth=noise), ROLES, PARAMS)
    assert table.mask.mean() < 0.05


def test_rows_are_the_same_from_other_stored_rates(half_an_hour: ArrayRecording) -> None:
    ppg = half_an_hour.read("Pleth", rate_hz=64.0)
    channels = tuple(
        replace(one, rate_hz=64.0) if one.label == "Pleth" else one for one in half_an_hour.channels
    )
    slower = ArrayRecording(channels, half_an_hour.signals | {"Pleth": ppg}, half_an_hour.duration_s)
    expected, found = SET.compute(half_an_hour, ROLES, PARAMS), SET.compute(slower, ROLES, PARAMS)
    np.testing.assert_allclose(found.features, expected.features, rtol=1e-4, atol=1e-3)
    other = SET.compute(half_an_hour, ROLES, SET.parse_params({"sampling_rate": 128, "frame_size": 7680}))
    np.testing.assert_allclose(column(other, "hr_bpm"), column(expected, "hr_bpm"), atol=0.3)
    np.testing.assert_allclose(column(other, "rsp_bpm"), column(expected, "rsp_bpm"), atol=1.0)


def test_windows_of_one_epoch_are_possible(half_an_hour: ArrayRecording) -> None:
    table = SET.compute(half_an_hour, ROLES, SET.parse_params({"frame_size": 1920}))
    assert table.features.shape == (60, 14)
    assert table.mask.mean() > 0.95


@pytest.mark.parametrize(
    "params", [{"frame_size": 64}, {"sampling_rate": 0}, {"sampling_rate": 62.5}, {"samplingrate": 64}]
)
def test_impossible_parameters_are_refused_by_name(params: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"feature\.params|frame_size"):
        SET.parse_params(params)


class Nights(Dataset):
    """EDF files of simulated nights with the truth's stages, for reading and writing end to end."""

    name = "nights"
    truth: NightTruth

    def entries(self) -> tuple[RecordingEntry, ...]:
        files = sorted(self.params.path.rglob("*.edf"))
        return tuple(RecordingEntry(file.stem, file.stem, (file,)) for file in files)

    def open(self, entry: RecordingEntry) -> Recording:
        return open_edf(entry.files[0])

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:  # noqa: ARG002
        return Hypnogram(self.truth.stages)


@pytest.mark.parametrize("montage", ["wrist", "mesa"])
def test_from_edf_to_store(tmp_path: Path, montage: str) -> None:
    one = simulate_night(NightSpecification(duration_h=0.5, signal_loss_fraction=0.05), 5)
    write_night(one, tmp_path / "nights", 1, montage)
    dataset = Nights(DatasetParams(path=tmp_path / "nights"))
    dataset.truth = one.truth
    (path,) = extract_store(dataset, SET, PARAMS, tmp_path / "store").tables
    table = read_table(path)
    assert table.columns == SET.columns
    assert table.start == one.start
    assert table.stages.tolist() == one.truth.stages.tolist()
    assert 0 < (~table.mask).sum() < 20
    direct = SET.compute(rendered(one, *LABELS), ROLES, PARAMS)
    assert table.mask.tolist() == direct.mask.tolist()
    np.testing.assert_allclose(table.features[table.mask, :4], direct.features[table.mask, :4], rtol=0.01)


def test_channels_of_other_recorders_are_found_or_asked_for() -> None:
    from sleepstudio.features.channel_match import match_channels

    def recording(*labels: str) -> ArrayRecording:
        channels = tuple(
            Channel(label, need.kind, "", 64.0) for label, need in zip(labels, SET.needs, strict=True)
        )
        return ArrayRecording(channels, {}, 60.0)

    assert match_channels(recording("PLETH", "SAO2", "OxStat", "leg"), SET.needs, {}) == {
        "ppg": "PLETH",
        "spo2": "SAO2",
        "status": "OxStat",
        "leg": "leg",
    }
