"""What a session says that its model knew of a recording before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sleepstudio.jobs.deployed_run import DeployedRun
from sleepstudio.training.splits import FINAL, HOLDOUT, Fit


def run_of(fit: Fit) -> DeployedRun:
    nothing: Any = SimpleNamespace()
    return DeployedRun(nothing, nothing, fit, nothing)


@pytest.mark.parametrize(
    ("recording", "seen"),
    [("a", "seen in training"), ("c", "seen in validation"), ("e", "held out"), ("z", "not in the split")],
)
def test_a_recording_is_labelled_by_its_part(recording: str, seen: str) -> None:
    assert run_of(Fit(HOLDOUT, ("a", "b"), ("c",), ("d", "e"))).seen(recording) == seen


def test_held_out_recordings_are_the_default() -> None:
    run = run_of(Fit(HOLDOUT, ("a", "b"), ("c",), ("d", "e")))
    assert run.default_recordings("rolling") == ("d",)
    assert run.default_recordings("frames") == ("d", "e")


def test_the_model_that_was_trained_on_everyone_holds_nobody_out() -> None:
    run = run_of(Fit(FINAL, ("c", "a"), ("b",), ()))
    assert run.default_recordings("frames") == ("a", "b", "c")
    assert {run.seen(name) for name in "abc"} == {"seen in training", "seen in validation"}
