"""What the Recordings panel does for ids of the action table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from sleepstudio.desktop.panels.recordings.details import EVENTS
from sleepstudio.hypnogram import Stage

if TYPE_CHECKING:
    from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel

_SCORES = {
    Stage.W: "score_w",
    Stage.N1: "score_n1",
    Stage.N2: "score_n2",
    Stage.N3: "score_n3",
    Stage.R: "score_r",
    Stage.ARTIFACT: "score_artifact",
    Stage.UNSCORED: "score_unscored",
}


def handlers_of(panel: RecordingsPanel) -> Mapping[str, Callable[[], object]]:
    if panel.cohort.shown:
        return panel.cohort.handlers()
    table, details, scoring = panel.left.table, panel.left.details, panel.scoring
    found: dict[str, Callable[[], object]] = {
        **panel.view.actions_here(),
        "cohort": panel.cohort.toggle,
        "filter": panel.focus_filter,
        "leave": panel.leave,
        "previous_recording": lambda: table.step(-1),
        "next_recording": lambda: table.step(1),
        "next_unscored": scoring.next_unscored,
        "next_difference": lambda: scoring.next_difference(1),
        "previous_difference": lambda: scoring.next_difference(-1),
        "add_event": details.events.add,
        "delete_event": partial(_delete_events, panel),
        "new_scorer": lambda: panel.night_actions.score_as(""),
        "export_hypnogram": panel.night_actions.export,
        "shift_hypnogram": panel.night_actions.shift_hypnogram,
        "stage_with": panel.night_actions.stage_with,
        "as_table": lambda: panel.show_details(EVENTS),
        **panel.catalogue_actions.handlers(),
    }
    for stage, key in _SCORES.items():
        found[key] = partial(scoring.score, stage, stay=False)
        found[f"{key}_stay"] = partial(scoring.score, stage, stay=True)
    return found


def _delete_events(panel: RecordingsPanel) -> None:
    """Only events that are seen to be selected, and not while a recording is."""
    details = panel.left.details
    seen = details.isVisible() and details.bar.currentIndex() == EVENTS
    if seen and not panel.left.table.hasFocus():
        details.events.delete_selected()
