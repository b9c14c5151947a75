"""Sleep statistics against hand-computed nights and YASA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, Stage
from sleepstudio.sleep_statistics import (
    sleep_cycles,
    sleep_statistics,
    transition_matrix,
    transition_probabilities,
)
from sleepstudio.stage_codes import from_codes, stage_from_text

U, A, W, N1, N2, N3, R = sorted(Stage)
yasa = pytest.importorskip("yasa")


def night(text: str, **arguments: object) -> Hypnogram:
    """``W*4 N2*20`` is four epochs of W and twenty of N2; U and A are unscored and artifact."""
    stages: list[Stage] = []
    for part in text.split():
        name, _, count = part.partition("*")
        stages += [{"U": U, "A": A}.get(name) or Stage[name]] * int(count or 1)
    return Hypnogram(stages, **arguments)  # type: ignore[arg-type]


def sleep_edf_nights(real_data: Path) -> list[Hypnogram]:
    edfio = pytest.importorskip("edfio")
    nights = []
    for path in sorted((real_data / "sleep-edf-hypnograms").glob("*.edf")):
        stages: list[Stage] = []
        for annotation in edfio.read_edf(path).annotations:
            stages += [stage_from_text(annotation.text)] * round(annotation.duration / 30)
        nights.append(Hypnogram(stages))
    return nights


def sleep_accel_nights(real_data: Path) -> list[Hypnogram]:
    files = sorted((real_data / "sleep-accel-features").glob("*_psg_labels.out"))
    return [Hypnogram(from_codes(np.loadtxt(path), "sleep-accel")) for path in files]


def yasas(hypnogram: Hypnogram) -> dict[str, float]:
    """YASA's statistics of the night from the first epoch to the last that is not unscored."""
    seen = np.flatnonzero(hypnogram.stages != U)
    return dict(in_yasa(hypnogram.stages[seen[0] : seen[-1] + 1]).sleep_statistics())


YASA_NAMES = {U: "UNS", A: "ART", W: "WAKE", N1: "N1", N2: "N2", N3: "N3", R: "REM"}


def in_yasa(stages: np.ndarray) -> yasa.Hypnogram:
    return yasa.Hypnogram([YASA_NAMES[Stage(stage)] for stage in stages.tolist()], freq="30s")


def test_a_night_by_hand() -> None:
    # minutes: W 5, N1 1, W 1, N2 30, N3 20, R 10, W 2, N2 4, W 7
    hypnogram = night("W*10 N1*2 W*2 N2*60 N3*40 R*20 W*4 N2*8 W*14")
    statistics = sleep_statistics(hypnogram)
    assert statistics.tib_min == 80.0
    assert statistics.sol_min == 5.0
    assert statistics.spt_min == 68.0
    assert statistics.tst_min == 65.0
    assert statistics.waso_min == 3.0
    assert statistics.se_percent == pytest.approx(100 * 65 / 80)
    assert statistics.sme_percent == pytest.approx(100 * 65 / 68)
    assert statistics.persistent_sleep_latency_min == 7.0
    assert statistics.rem_latency_min == 52.0
    assert statistics.minutes == {"WAKE": 15.0, "N1": 1.0, "N2": 34.0, "N3": 20.0, "REM": 10.0}
    assert statistics.percent_of_tst["REM"] == pytest.approx(100 * 10 / 65)
    assert "WAKE" not in statistics.percent_of_tst
    assert statistics.awakenings == 2
    assert statistics.stage_shifts == 6
    assert statistics.unscored_min == 0.0
    assert statistics.cycles == 1


def test_unscored_and_artifact_take_time_but_are_neither_wake_nor_sleep() -> None:
    statistics = sleep_statistics(night("W*4 N2*20 U*6 A*2 W*2 U*2 W*2 N2*20"))
    assert statistics.tib_min == 29.0
    assert statistics.spt_min == 27.0
    assert statistics.tst_min == 20.0
    assert statistics.waso_min == 2.0
    assert statistics.unscored_min == 5.0
    assert statistics.awakenings == 1  # the gap within the wake does not part it: no sleep was seen there
    assert statistics.stage_shifts == 1
    assert statistics.tib_min == statistics.tst_min + statistics.minutes["WAKE"] + statistics.unscored_min


def test_unscored_ends_are_not_in_bed_unless_the_lights_say_so() -> None:
    hypnogram = night("U*10 W*4 N2*20 U*100", onset_s=60.0)
    assert sleep_statistics(hypnogram).tib_min == 12.0
    by_lights = sleep_statistics(hypnogram, lights_off_s=60.0 + 240, lights_on_s=60.0 + 1200)
    assert by_lights.tib_min == 16.0
    assert by_lights.sol_min == 3.0
    assert by_lights.unscored_min == 4.0


def test_lights_beyond_the_scoring_are_unscored_time_in_bed() -> None:
    statistics = sleep_statistics(night("W*2 N2*20"), lights_off_s=-120.0, lights_on_s=22 * 30 + 60.0)
    assert statistics.tib_min == 14.0
    assert statistics.unscored_min == 3.0
    assert statistics.sol_min == 3.0


def test_lights_in_the_wrong_order_or_on_another_day_are_refused() -> None:
    with pytest.raises(ValueError, match="lights go on at 30 s, but off only at 60 s"):
        sleep_statistics(night("N2*10"), lights_off_s=60.0, lights_on_s=30.0)
    with pytest.raises(ValueError, match="more than a day"):
        sleep_statistics(night("N2*10"), lights_on_s=1e12)


def test_a_night_awake_has_no_latency_and_no_sleep_period() -> None:
    statistics = sleep_statistics(night("W*40"))
    assert (statistics.tst_min, statistics.se_percent) == (0.0, 0.0)
    undefined = ("spt_min", "sme_percent", "sol_min", "waso_min", "rem_latency_min", "awakenings")
    assert [getattr(statistics, name) for name in undefined] == [None] * len(undefined)
    assert statistics.percent_of_tst == {"N1": None, "N2": None, "N3": None, "REM": None}


@pytest.mark.parametrize("text", ["U*10", "", "A*3"])
def test_an_unscored_night_has_no_sleep_time_rather_than_none_of_it(text: str) -> None:
    statistics = sleep_statistics(night(text))
    assert statistics.tst_min is None
    assert statistics.se_percent is None


def test_persistent_sleep_takes_ten_uninterrupted_minutes() -> None:
    assert sleep_statistics(night("W*2 N2*19 W N2*20")).persistent_sleep_latency_min == 11.0
    assert sleep_statistics(night("W*2 N2*19 U N2*20")).persistent_sleep_latency_min == 11.0
    assert sleep_statistics(night("W*2 N2*19 W N2*19")).persistent_sleep_latency_min is None
    assert sleep_statistics(Hypnogram([W] * 3 + [N2] * 10, epoch_s=60)).persistent_sleep_latency_min == 3.0


@pytest.mark.parametrize("count", STAGE_SETS)
def test_what_depends_on_sleep_alone_is_the_same_in_every_stage_set(count: int) -> None:
    hypnogram = night("W*10 N1*2 W*2 N2*60 N3*40 R*20 W*4 N2*8 W*14")
    five = sleep_statistics(hypnogram)
    fewer = sleep_statistics(hypnogram, stage_set=STAGE_SETS[count])
    for name in ("tib_min", "spt_min", "tst_min", "se_percent", "sme_percent", "sol_min", "waso_min",
                 "persistent_sleep_latency_min", "awakenings"):  # fmt: skip
        assert getattr(fewer, name) == getattr(five, name)
    assert fewer.rem_latency_min == (None if count == 2 else 52.0)
    assert fewer.cycles == (None if count == 2 else 1)
    assert tuple(fewer.minutes) == STAGE_SETS[count].class_names


def test_yasa_agrees_on_real_nights(real_data: Path) -> None:
    nights = sleep_edf_nights(real_data) + sleep_accel_nights(real_data)
    assert len(nights) == 44
    assert sum(A in hypnogram.stages for hypnogram in nights) > 0
    for hypnogram in nights:
        ours, theirs = sleep_statistics(hypnogram), yasas(hypnogram)
        pairs = {
            "TIB": ours.tib_min, "SPT": ours.spt_min, "TST": ours.tst_min, "WASO": ours.waso_min,
            "SE": ours.se_percent, "SME": ours.sme_percent, "SOL": ours.sol_min,
            "WAKE": ours.minutes["WAKE"],
        } | {name: ours.minutes[name] for name in ("N1", "N2", "N3", "REM")}  # fmt: skip
        pairs |= {f"%{name}": percent for name, percent in ours.percent_of_tst.items()}
        for name, value in pairs.items():
            assert value == pytest.approx(theirs[name], abs=1e-3), name
        if np.isnan(theirs["Lat_REM"]):
            assert ours.rem_latency_min is None
        else:
            assert ours.rem_latency_min == theirs["Lat_REM"] - theirs["SOL"]


def test_yasas_transition_matrix_on_real_nights(real_data: Path) -> None:
    for hypnogram in sleep_accel_nights(real_data):
        counts, probabilities = in_yasa(hypnogram.stages).transition_matrix()
        present = [STAGE_SETS[5].class_names.index(name) for name in counts.index]
        ours = transition_matrix(hypnogram)
        np.testing.assert_array_equal(ours[np.ix_(present, present)], counts)
        np.testing.assert_allclose(
            transition_probabilities(ours)[np.ix_(present, present)], probabilities, atol=1e-3
        )
        assert ours.sum() == counts.to_numpy().sum()


def test_no_transition_is_known_across_a_gap() -> None:
    counts = transition_matrix(night("W N2 U R R A W"))
    assert counts.sum() == 2
    assert (counts[0, 2], counts[4, 4]) == (1, 1)
    assert np.isnan(transition_probabilities(counts)[1]).all()


def test_cycles_by_hand() -> None:
    # the first REM period may be short; 10 min of NREM within the second do not part it; the last is open
    cycles = sleep_cycles(night("W*10 N1*4 N2*60 R*2 N3*80 R*20 N2*20 R*12 W*4 N2*40 W*6", onset_s=600.0))
    assert cycles is not None
    assert [cycle.complete for cycle in cycles] == [True, True, False]
    assert [cycle.onset_s for cycle in cycles] == [600 + 300, 600 + 76 * 30, 600 + 212 * 30]
    assert [cycle.stop_s for cycle in cycles] == [600 + 76 * 30, 600 + 208 * 30, 600 + 252 * 30]
    assert [cycle.rem_onset_s for cycle in cycles] == [600 + 74 * 30, 600 + 156 * 30, None]
    assert [cycle.nrem_min for cycle in cycles] == [32.0, 40.0, 20.0]
    assert [cycle.rem_min for cycle in cycles] == [1.0, 16.0, 0.0]


def test_a_later_rem_period_under_five_minutes_ends_no_cycle() -> None:
    assert len(sleep_cycles(night("N2*40 R*10 N2*40 R*9 N2*40 R*10")) or ()) == 2
    assert len(sleep_cycles(night("N2*40 R*10 N2*40 R*10 N2*40 R*10")) or ()) == 3


def test_sleep_onset_rem_ends_no_cycle() -> None:
    cycles = sleep_cycles(night("N1*4 R*30 N2*60 R*4"))
    assert cycles is not None
    assert [cycle.onset_s for cycle in cycles] == [34 * 30.0]


def test_cycles_of_healthy_nights_are_about_ninety_minutes(real_data: Path) -> None:
    """Feinberg & Floyd 1979 found means of 90–110 min over a night in healthy adults."""
    durations = [
        (cycle.stop_s - cycle.onset_s) / 60
        for hypnogram in sleep_edf_nights(real_data)
        for cycle in sleep_cycles(hypnogram) or ()
        if cycle.complete
    ]
    assert 80 < np.median(durations) < 115


@given(st.lists(st.sampled_from(sorted(Stage)), max_size=200), st.sampled_from([2, 3, 4, 5]))
def test_the_parts_of_any_night_make_the_whole(stages: list[Stage], count: int) -> None:
    statistics = sleep_statistics(Hypnogram(stages), stage_set=STAGE_SETS[count])
    assert sum(statistics.minutes.values()) + statistics.unscored_min == (statistics.tib_min or 0.0)
    if statistics.spt_min is not None:
        assert statistics.tst_min is not None
        assert statistics.tst_min + (statistics.waso_min or 0.0) <= statistics.spt_min
        percents = [value for value in statistics.percent_of_tst.values() if value is not None]
        assert sum(percents) == pytest.approx(100.0)
