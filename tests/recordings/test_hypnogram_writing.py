"""Hypnograms written and read again, by us and by pyEDFlib."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pyedflib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp

from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, Stage
from sleepstudio.recordings import read_hypnogram, write_hypnogram_csv, write_hypnogram_edf

STAGES = stnp.arrays(np.int8, st.integers(1, 60), elements=st.sampled_from([int(stage) for stage in Stage]))
EPOCHS = st.sampled_from([10.0, 20.0, 30.0, 60.0])
STARTS = st.none() | st.datetimes(dt.datetime(1960, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda start: start.replace(microsecond=start.microsecond // 1000 * 1000)
)
SCORERS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="_"), max_size=20)
AGAIN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_same(one: Hypnogram, other: Hypnogram, clock_error_s: float = 0) -> None:
    np.testing.assert_array_equal(one.stages, other.stages)
    assert one.epoch_s == other.epoch_s
    assert one.scorer == other.scorer
    assert (one.start is None) == (other.start is None)
    if one.start and other.start:
        assert abs((one.start - other.start).total_seconds()) <= clock_error_s


@AGAIN
@given(
    stages=STAGES, epoch_s=EPOCHS, onset_s=st.floats(-1e5, 1e5), start=STARTS, scorer=SCORERS,
    classes=st.sampled_from([None, 2, 3, 4, 5]), seed=st.integers(0, 99),
)  # fmt: skip
def test_csv_gives_the_same_hypnogram_back(
    tmp_path: Path, stages: np.ndarray, epoch_s: float, onset_s: float, start: dt.datetime | None,
    scorer: str, classes: int | None, seed: int,
) -> None:  # fmt: skip
    probabilities = None
    if classes:
        probabilities = (
            np.random.default_rng(seed).dirichlet(np.ones(classes), len(stages)).astype(np.float32)
        )
        probabilities[stages < 0] = np.nan
    stage_set = STAGE_SETS[classes or 5]
    written = Hypnogram(stages, epoch_s, onset_s, start, scorer, stage_set, probabilities)
    path = tmp_path / "hypnogram.csv"
    write_hypnogram_csv(written, path)
    again = read_hypnogram(path)
    assert_same(written, again)
    assert again.onset_s == written.onset_s
    assert again.stage_set is stage_set
    if probabilities is None:
        assert again.probabilities is None
    else:
        np.testing.assert_array_equal(again.probabilities, probabilities)


@AGAIN
@given(
    stages=STAGES, epoch_s=EPOCHS, onset_s=st.integers(0, 10**6), start=STARTS, scorer=SCORERS
)  # fmt: skip
def test_edf_plus_gives_the_same_hypnogram_back(
    tmp_path: Path, stages: np.ndarray, epoch_s: float, onset_s: int, start: dt.datetime | None, scorer: str
) -> None:
    written = Hypnogram(stages, epoch_s, onset_s / 10, start, scorer)
    path = tmp_path / "hypnogram.edf"
    write_hypnogram_edf(written, path)
    again = read_hypnogram(path)
    assert_same(written, again, clock_error_s=2e-4)
    shift_s = again.onset_s - written.onset_s
    assert -1e-4 <= shift_s < 1  # less than a second of the start may stand in the onsets


def test_pyedflib_reads_what_we_write(tmp_path: Path) -> None:
    start = dt.datetime(2024, 2, 29, 23, 30, 30)
    hypnogram = Hypnogram([0, 1, 2, 3, 4, -2, -1], 30, 90, start, "ss-4 int8")
    path = tmp_path / "hypnogram.edf"
    write_hypnogram_edf(hypnogram, path)
    with pyedflib.EdfReader(str(path)) as reader:
        onsets, durations, texts = reader.readAnnotations()
        assert reader.getStartdatetime() == start - dt.timedelta(seconds=90)
        assert reader.getTechnician() == "ss-4 int8"
    np.testing.assert_array_equal(onsets, 90 + 30 * np.arange(7))
    np.testing.assert_array_equal(durations, 30)
    stages = [f"Sleep stage {stage}" for stage in ("W", "N1", "N2", "N3", "R", "?")]
    assert list(texts) == [*stages, "Movement time"]


def test_a_real_night_goes_through_both(real_data: Path, tmp_path: Path) -> None:
    hypnogram = read_hypnogram(real_data / "sleep-edf-hypnograms" / "SC4002EC-Hypnogram.edf")
    write_hypnogram_edf(hypnogram, tmp_path / "night.edf")
    assert_same(hypnogram, read_hypnogram(tmp_path / "night.edf"))
    write_hypnogram_csv(hypnogram, tmp_path / "night.csv")
    assert_same(hypnogram, read_hypnogram(tmp_path / "night.csv"))


def test_the_csv_is_a_plain_table(tmp_path: Path) -> None:
    probabilities = np.array([[0.75, 0.25], [0.125, 0.875]], np.float32)
    hypnogram = Hypnogram([0, 2], 30, 0, dt.datetime(2024, 3, 2, 22), "ss-2", STAGE_SETS[2], probabilities)
    write_hypnogram_csv(hypnogram, tmp_path / "night.csv")
    rows = list(csv.reader((tmp_path / "night.csv").read_text().splitlines()))
    assert rows == [
        ["onset", "duration", "label", "clock", "scorer", "p_WAKE", "p_SLEEP"],
        ["0", "30", "W", "2024-03-02T22:00:00", "ss-2", "0.75", "0.25"],
        ["30", "30", "N2", "2024-03-02T22:00:30", "ss-2", "0.125", "0.875"],
    ]


@pytest.mark.parametrize("write", [write_hypnogram_csv, write_hypnogram_edf])
def test_where_nothing_can_be_written_nothing_is_left(tmp_path: Path, write: object) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudyError, match="cannot be written"):
        write(Hypnogram([0, 1]), tmp_path / "file" / "night.out")  # type: ignore[operator]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
