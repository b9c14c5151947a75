"""Stages as others write them."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.hypnogram import STAGE_SETS, Stage
from sleepstudio.stage_codes import CODE_SYSTEMS, from_codes, stage_from_text, to_codes

AASM = {"W": "W", "Wake": "W", "WAKE": "W", "N1": "N1", "n2": "N2", "N3": "N3", "R": "R", "REM": "R"}
RECHTSCHAFFEN_KALES = {"S1": "N1", "S2": "N2", "s3": "N3", "S4": "N3", "MT": "ARTIFACT", "M": "ARTIFACT"}
SLEEP_EDF = {
    "Sleep stage W": "W",
    "Sleep stage 1": "N1",
    "Sleep stage 2": "N2",
    "Sleep stage 3": "N3",
    "Sleep stage 4": "N3",
    "Sleep stage R": "R",
    "Sleep stage ?": "UNSCORED",
    "Movement time": "ARTIFACT",
}
NSRR = {
    "Wake|0": "W",
    "Stage 1 sleep|1": "N1",
    "Stage 2 sleep|2": "N2",
    "Stage 3 sleep|3": "N3",
    "Stage 4 sleep|4": "N3",
    "REM sleep|5": "R",
    "Unscored|9": "UNSCORED",
}
OTHERS = {"Stage N2": "N2", "sleep_stage_n3": "N3", " NREM 1 ": "N1", "Unscored": "UNSCORED", "?": "UNSCORED"}


@pytest.mark.parametrize(("text", "name"), (AASM | RECHTSCHAFFEN_KALES | SLEEP_EDF | NSRR | OTHERS).items())
def test_words_of_every_scoring_system_are_understood(text: str, name: str) -> None:
    assert stage_from_text(text) is Stage[name]


@pytest.mark.parametrize("text", ["", " ", "stage", "sleep", "N5", "Lights off", "|9", "Hypopnea", "W" * 200])
def test_what_is_no_stage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a sleep stage"):
        stage_from_text(text)


@pytest.mark.parametrize("number", ["0", "4", "5"])
def test_a_bare_number_is_refused_because_systems_differ(number: str) -> None:
    with pytest.raises(ValueError, match="not a sleep stage"):
        stage_from_text(number)


@given(st.text())
def test_any_text_is_a_stage_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(stage_from_text(text), Stage)


@pytest.mark.parametrize(
    ("system", "codes", "names"),
    [
        ("rk", [0, 1, 2, 3, 4, 5, 6, 9], "W N1 N2 N3 N3 R ARTIFACT UNSCORED"),
        ("aasm", [0, 1, 2, 3, 5, 9], "W N1 N2 N3 R UNSCORED"),
        ("sleepkit", [0, 1, 2, 3, 4, 5, 6], "W N1 N2 N3 N3 R UNSCORED"),
        ("yasa", [-2, -1, 0, 1, 2, 3, 4], "UNSCORED ARTIFACT W N1 N2 N3 R"),
        ("profusion", [0, 1, 2, 3, 4, 5, 9], "W N1 N2 N3 N3 R UNSCORED"),
        ("sleep-accel", [-1, 0, 1, 2, 3, 4, 5], "UNSCORED W N1 N2 N3 N3 R"),
    ],
)
def test_codes_mean_what_their_system_says(system: str, codes: list[int], names: str) -> None:
    stages = from_codes(codes, system)
    assert [Stage(stage).name for stage in stages] == names.split()
    assert stages.dtype == np.int8
    assert set(CODE_SYSTEMS[system]) == set(codes)


def test_yasas_codes_are_yasas() -> None:
    yasa = pytest.importorskip("yasa")
    names = ["UNS", "ART", "WAKE", "N1", "N2", "N3", "REM"]
    integers = yasa.Hypnogram(names).as_int().to_numpy()
    assert [Stage(stage).name for stage in from_codes(integers, "yasa")] == [
        "UNSCORED", "ARTIFACT", "W", "N1", "N2", "N3", "R",
    ]  # fmt: skip


def test_codes_keep_their_shape_and_may_be_whole_floats() -> None:
    np.testing.assert_array_equal(from_codes([[0.0, 5.0], [2.0, 3.0]], "rk"), [[0, 4], [2, 3]])
    assert from_codes([], "rk").shape == (0,)


@pytest.mark.parametrize(("codes", "named"), [([0, 7], "7"), ([0.5], "0.5"), ([1, float("nan")], "nan")])
def test_an_unknown_code_is_named(codes: list[float], named: str) -> None:
    with pytest.raises(ValueError, match=rf"{named} is not a stage code of 'profusion'.*0, 1, 2"):
        from_codes(codes, "profusion")


def test_an_unknown_system_is_answered_with_the_known() -> None:
    with pytest.raises(ValueError, match="aasm, profusion, rk, sleep-accel, sleepkit, yasa"):
        from_codes([0], "nsrr")


@pytest.mark.parametrize("system", CODE_SYSTEMS)
@given(st.lists(st.sampled_from([Stage.UNSCORED, Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R])))
def test_stages_survive_the_way_there_and_back(system: str, stages: list[Stage]) -> None:
    np.testing.assert_array_equal(from_codes(to_codes(stages, system), system), stages)


@pytest.mark.parametrize("system", CODE_SYSTEMS)
def test_artifact_and_unscored_never_become_a_stage(system: str) -> None:
    back = from_codes(to_codes([Stage.ARTIFACT, Stage.UNSCORED], system), system)
    assert (back < Stage.W).all()
    assert (STAGE_SETS[2].classes(back) == -1).all()


def test_sleepkit_writes_artifacts_as_its_noise_code() -> None:
    np.testing.assert_array_equal(to_codes([Stage.ARTIFACT, Stage.UNSCORED, Stage.R], "sleepkit"), [6, 6, 5])


def test_what_is_no_stage_has_no_code() -> None:
    with pytest.raises(ValueError, match="not a stage: 7"):
        to_codes([0, 7], "rk")
