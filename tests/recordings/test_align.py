"""Hypnograms on a recording's clock and length."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, Stage
from sleepstudio.recordings import align_hypnogram, place_hypnogram

NIGHT = dt.datetime(2024, 3, 2, 22, 0, 0)
W, N1, N2, N3, R, U = Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R, Stage.UNSCORED


def messages(diagnostics: tuple[object, ...]) -> list[str]:
    return [diagnostic.message for diagnostic in diagnostics]  # type: ignore[attr-defined]


def aligned(
    hypnogram: Hypnogram, duration_s: float, start: dt.datetime | None = None
) -> tuple[list[int], list[str]]:
    result, diagnostics = align_hypnogram(hypnogram, duration_s, start)
    assert result.onset_s == 0
    assert result.epoch_s == hypnogram.epoch_s
    assert len(result) == int(duration_s // result.epoch_s)
    return result.stages.tolist(), messages(diagnostics)


def test_what_fits_stays_as_it_is() -> None:
    assert aligned(Hypnogram([W, N1, N2]), 90) == ([W, N1, N2], [])
    assert aligned(Hypnogram([W, N1, N2], start=NIGHT), 90, NIGHT) == ([W, N1, N2], [])


def test_a_recording_that_ends_within_an_epoch_leaves_it_out() -> None:
    """MESA's nights often end a second before a whole epoch."""
    assert aligned(Hypnogram([W, N1, N2]), 89) == ([W, N1], [])


def test_longer_scoring_is_cut_and_told() -> None:
    stages, told = aligned(Hypnogram([W, N1, N2, N3, R]), 60)
    assert stages == [W, N1]
    assert told == ["3 scored epochs lie outside the recording and are left out"]


def test_unscored_epochs_are_left_out_without_a_word() -> None:
    assert aligned(Hypnogram([W, N1, U, U]), 60) == ([W, N1], [])


def test_shorter_scoring_is_padded_and_told() -> None:
    stages, told = aligned(Hypnogram([N2, R], onset_s=60), 180)
    assert stages == [U, U, N2, R, U, U]
    assert told == ["it leaves 2 epochs at the beginning and 2 at the end unscored"]


def test_the_wall_clock_decides_where_both_have_one() -> None:
    later = Hypnogram([N2, R], start=NIGHT + dt.timedelta(seconds=60))
    assert aligned(later, 120, NIGHT)[0] == [U, U, N2, R]
    assert aligned(later, 120)[0] == [N2, R, U, U]
    earlier = Hypnogram([N2, R, W], start=NIGHT - dt.timedelta(seconds=30))
    assert aligned(earlier, 60, NIGHT)[0] == [R, W]
    assert align_hypnogram(later, 120, NIGHT)[0].start == NIGHT


def test_a_clock_with_a_time_zone_is_the_local_one() -> None:
    zoned = Hypnogram([N2, R], start=NIGHT.replace(tzinfo=dt.UTC))
    assert aligned(zoned, 60, NIGHT)[0] == [N2, R]


def test_epochs_off_the_grid_take_what_fills_most_of_them() -> None:
    stages, told = aligned(Hypnogram([W, N1, N2, N3], onset_s=10), 150)
    assert stages == [W, N1, N2, N3, U]
    assert told[0] == "its epochs begin +10 s off the recording's"
    assert aligned(Hypnogram([W, N1, N2, N3], onset_s=-10), 150)[0] == [W, N1, N2, N3, U]
    assert aligned(Hypnogram([W, N1, N2, N3], onset_s=0.5), 120)[1] == []


def test_an_anonymised_date_is_told_and_left_aside() -> None:
    dated = Hypnogram([W, N1, N2], start=NIGHT)
    stages, told = aligned(dated, 120, dt.datetime(1985, 1, 1, 21, 59, 30))
    assert stages == [U, W, N1, N2]
    assert told[0] == "it is dated 2024-03-02, the recording 1985-01-01; their times of day overlap"


def test_another_nights_scoring_is_refused() -> None:
    dated = Hypnogram([W, N1, N2], start=NIGHT)
    with pytest.raises(
        RecordingError, match=r"the hypnogram covers -5\.00 h to -4\.97 h of the recording's 0.03 h"
    ):
        align_hypnogram(dated, 120, NIGHT + dt.timedelta(hours=5))
    with pytest.raises(RecordingError, match="another night's"):
        place_hypnogram(Hypnogram([W], onset_s=500), 120, None)


def test_probabilities_move_with_their_epochs() -> None:
    probabilities = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    hypnogram = Hypnogram([W, N2], onset_s=30, stage_set=STAGE_SETS[2], probabilities=probabilities)
    result, _ = align_hypnogram(hypnogram, 120)
    nan = [np.nan, np.nan]
    np.testing.assert_array_equal(result.probabilities, [nan, *probabilities, nan])


def test_placing_keeps_the_length_and_the_clock() -> None:
    later = Hypnogram([N2, R], start=NIGHT + dt.timedelta(seconds=75))
    placed, _ = place_hypnogram(later, 100, NIGHT)
    assert (placed.onset_s, len(placed), placed.start) == (75, 2, later.start)
