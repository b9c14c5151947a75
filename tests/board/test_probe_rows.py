"""The row of the debugger in the event ``board``."""

from __future__ import annotations

import pytest

from sleepstudio.board.board_parts import survey_part
from sleepstudio.board.probe import ProbeDescription, ProbeSupport
from sleepstudio.board.probe_jlink import ProbeSurvey

THERE = ProbeSupport(True, "SEGGER 8.12")
FIRST, SECOND = (
    ProbeDescription("J-Link OB", 41, "SEGGER 8.12"),
    ProbeDescription("J-Link", 42, "SEGGER 8.12"),
)


@pytest.mark.parametrize(
    ("survey", "serial", "state", "value"),
    [
        (ProbeSurvey((FIRST,), THERE), None, "ok", "J-Link OB"),
        (ProbeSurvey((FIRST, SECOND), THERE), 42, "ok", "J-Link"),
        (ProbeSurvey((FIRST, SECOND), THERE), None, "warn", "2 probes"),
        (ProbeSurvey((FIRST,), THERE), 7, "error", "No probe is connected"),
        (ProbeSurvey((), THERE), None, "error", "No probe is connected"),
    ],
)
def test_one_probe_is_said_several_are_to_be_chosen_from(
    survey: ProbeSurvey, serial: int | None, state: str, value: str
) -> None:
    row = survey_part(survey, serial)
    assert (row["state"], row["value"]) == (state, value)


def test_without_the_library_the_remedy_is_said() -> None:
    support = ProbeSupport(False, problem="J-Link: the library was not found.", hint="Install it.")
    row = survey_part(ProbeSurvey((), support), None)
    assert row == {"value": "the library was not found", "detail": "Install it.", "state": "warn"}
