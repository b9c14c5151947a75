"""Real hypnograms and real beats drive simulated nights as they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyedflib
import pytest

from sleepstudio.errors import ConfigurationError, RecordingError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.simulate import (
    NightSpecification,
    around_sleep,
    beats_between,
    read_mmash_beats,
    read_slpdb_beats,
    render,
    simulate_night,
)


def test_a_day_of_wake_is_cut_to_half_an_hour_around_sleep() -> None:
    stages = np.concatenate((np.zeros(1000), np.full(800, 2), np.zeros(700))).astype(np.int8)
    start = datetime(2020, 5, 1, 14, 0)
    cut = around_sleep(Hypnogram(stages, start=start))
    assert len(cut) == 60 + 800 + 60
    assert cut.start == start + timedelta(seconds=940 * 30)
    np.testing.assert_array_equal(cut.stages, stages[940:1860])


def test_short_wake_and_nights_without_sleep_stay() -> None:
    stages = np.concatenate((np.zeros(10), np.full(80, 2), np.zeros(5))).astype(np.int8)
    np.testing.assert_array_equal(around_sleep(Hypnogram(stages)).stages, stages)
    assert len(around_sleep(Hypnogram(np.zeros(500, np.int8)))) == 500


def test_beats_of_a_night_begin_with_it() -> None:
    np.testing.assert_allclose(beats_between(np.array([1.0, 5.0, 6.0, 9.0]), 5.0, 9.0), [0.0, 1.0])


def _steady_beats(duration_s: float) -> np.ndarray:
    return np.cumsum(np.tile([0.8, 0.9, 1.0], int(duration_s / 2.7) + 1))


def test_given_beats_are_the_beats() -> None:
    beats = _steady_beats(900.0)
    beats = beats[beats < 900]
    hypnogram = Hypnogram(np.full(30, Stage.N2, np.int8))
    specification = NightSpecification(hypnogram, r_peak_s=beats, signal_loss_fraction=0.0)
    night = simulate_night(specification, 3)
    np.testing.assert_array_equal(night.truth.r_peak_s, beats)
    assert len(night.truth.gaps) == 0
    wave = render(night, "EKG")
    for beat in beats[2:-2]:
        first = round((beat - 0.2) * 256)
        assert abs(first + wave[first : first + 102].argmax() - beat * 256) <= 1.5


def test_a_pause_in_the_beats_is_a_gap() -> None:
    beats = _steady_beats(900.0)
    beats = beats[(beats < 300) | (beats > 340)]
    hypnogram = Hypnogram(np.full(30, Stage.N2, np.int8))
    night = simulate_night(NightSpecification(hypnogram, r_peak_s=beats, signal_loss_fraction=0.0), 3)
    assert len(night.truth.gaps) == 1
    assert 299 < night.truth.gaps.start_s[0] < 303
    assert 339 < night.truth.gaps.stop_s[0] < 343
    assert not render(night, "Pleth")[305 * 256 : 339 * 256].any()


@pytest.mark.parametrize(
    "beats", [np.arange(1.0, 500.0), np.array([1.0, 3.0, 2.0]), np.array([1.0]), np.array([1.0, np.nan])]
)
def test_beats_that_do_not_fit_the_night_are_refused(beats: np.ndarray) -> None:
    hypnogram = Hypnogram(np.full(30, Stage.N2, np.int8))
    with pytest.raises(ConfigurationError) as caught:
        simulate_night(NightSpecification(hypnogram, r_peak_s=beats), 3)
    assert caught.value.where == "r_peak_s"


@pytest.mark.parametrize("content", ["", "beats\n", "0\t1\n", "0:0\tN\t1\tN\tnever\n"])
def test_a_file_that_is_no_listing_of_beats_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "beats"
    path.write_text(content)
    for read in (read_slpdb_beats, read_mmash_beats):
        with pytest.raises(RecordingError) as caught:
            read(path)
        assert caught.value.where == str(path)
    with pytest.raises(RecordingError):
        read_mmash_beats(tmp_path / "missing.csv")


def test_mmash_intervals_follow_each_other_and_the_clock_fills_gaps(tmp_path: Path) -> None:
    path = tmp_path / "RR.csv"
    path.write_text(",ibi_s,day,time\n1,1.0,1,23:59:57\n2,0.9,1,23:59:58\n3,1.1,1,23:59:59\n"
                    "4,1.0,-29,00:00:30\n5,0.8,-29,00:00:31\n")  # fmt: skip
    np.testing.assert_allclose(read_mmash_beats(path), [86397.0, 86397.9, 86399.0, 86430.0, 86430.8])


def test_slpdb_intervals_add_up_to_its_times(real_data: Path) -> None:
    """The ends of the intervals against the sum of their lengths, an independent column."""
    path = real_data / "slpdb" / "slp04.rr"
    lengths = [float(line.split("\t")[2]) for line in path.read_text().splitlines()]
    np.testing.assert_allclose(read_slpdb_beats(path), np.cumsum(lengths), atol=1e-6)


def test_a_night_of_real_beats_from_the_polysomnographic_database(real_data: Path) -> None:
    beats = read_slpdb_beats(real_data / "slpdb" / "slp04.rr")
    hypnogram = Hypnogram(np.full(int(beats[-1] // 30), Stage.N2, np.int8))
    night = simulate_night(NightSpecification(hypnogram, r_peak_s=beats), 1)
    np.testing.assert_array_equal(night.truth.r_peak_s, beats[beats < hypnogram.duration_s])
    assert np.isfinite(render(night, "Pleth")).all()


def test_a_real_day_of_beats_drives_a_night(real_data: Path) -> None:
    beats = read_mmash_beats(real_data / "mmash" / "user_8" / "RR.csv")
    assert np.all(np.diff(beats) > 0)
    assert 20 * 3600 < np.ptp(beats) < 30 * 3600
    night_beats = beats_between(beats, 24 * 3600.0, 30 * 3600.0)
    night = simulate_night(NightSpecification(duration_h=6.0, r_peak_s=night_beats), 1)
    pauses = np.diff(night_beats)
    assert night.truth.gaps.total_s >= pauses[pauses > 3].sum() - 2 * np.sum(pauses > 3)
    assert np.isfinite(render(night, "Pleth")).all()


def test_real_hypnograms_become_nights(real_data: Path) -> None:
    """Sleep-EDF annotation files, read by pyEDFlib."""
    names = {"W": Stage.W, "1": Stage.N1, "2": Stage.N2, "3": Stage.N3, "4": Stage.N3, "R": Stage.R}
    paths = sorted((real_data / "sleep-edf-hypnograms").glob("*.edf"))[:3]
    assert paths
    for path in paths:
        with pyedflib.EdfReader(str(path)) as reader:
            onsets, durations, texts = reader.readAnnotations()
        stages = np.full(round((onsets[-1] + durations[-1]) / 30), Stage.UNSCORED, np.int8)
        for onset, duration, text in zip(onsets, durations, texts, strict=True):
            stage = names.get(text.removeprefix("Sleep stage "), Stage.UNSCORED)
            stages[round(onset / 30) : round((onset + duration) / 30)] = stage
        hypnogram = around_sleep(Hypnogram(stages))
        assert 5 < hypnogram.duration_s / 3600 < 12
        night = simulate_night(NightSpecification(hypnogram), 1)
        np.testing.assert_array_equal(night.truth.stages, hypnogram.stages)
        rate = [
            60 / np.median(np.diff(night.truth.r_peak_s)[_beats_in(night.truth, stage)])
            for stage in (Stage.W, Stage.N3)
        ]
        assert rate[0] > rate[1]


def _beats_in(truth: object, stage: Stage) -> np.ndarray:
    beats = truth.r_peak_s  # type: ignore[attr-defined]
    return truth.driving_stages[(beats[1:] // 30).astype(int)] == stage  # type: ignore[attr-defined]
