"""Scoring a night by hand: edits with undo, kept safe as they are made, and written out on request."""

from sleepstudio.recordings.scoring.edits import Edit, ScoredEvent
from sleepstudio.recordings.scoring.export import default_export_path, export_scoring
from sleepstudio.recordings.scoring.navigation import (
    differences,
    next_epoch_where,
    next_event,
    stage_changes,
    unscored,
)
from sleepstudio.recordings.scoring.own import OwnScoring, own_scorers, read_own_scoring
from sleepstudio.recordings.scoring.session import ScoringSession

__all__ = [
    "Edit",
    "OwnScoring",
    "ScoredEvent",
    "ScoringSession",
    "default_export_path",
    "differences",
    "export_scoring",
    "next_epoch_where",
    "next_event",
    "own_scorers",
    "read_own_scoring",
    "stage_changes",
    "unscored",
]
