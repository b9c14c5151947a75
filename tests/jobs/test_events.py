"""Job events: one JSON object a line, and a listener that goes away stops nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sleepstudio.errors import Cancelled
from sleepstudio.jobs.events import EventWriter
from sleepstudio.jobs.monitors import Cancellation, JobMonitor


def test_each_event_is_a_line_with_what_is_known() -> None:
    read, written = os.pipe()
    writer = EventWriter(written)
    writer.state("running")
    writer.progress("feature", 3, 31, "Nächte/0012")
    writer.metric("val_loss", 0.25, training_epoch=2, item="fold-1")
    writer.artifact("model", Path("model.keras"))
    writer.warning("odd", hint="look")
    writer.error("line one\nline two", item="0013")
    os.close(written)
    with os.fdopen(read, encoding="utf-8") as stream:
        events = [json.loads(line) for line in stream]
    assert events == [
        {"event": "state", "state": "running"},
        {"event": "progress", "step": "feature", "done": 3, "total": 31, "item": "Nächte/0012"},
        {"event": "metric", "name": "val_loss", "value": 0.25, "training_epoch": 2, "item": "fold-1"},
        {"event": "artifact", "kind": "model", "path": "model.keras"},
        {"event": "warning", "message": "odd", "hint": "look"},
        {"event": "error", "message": "line one\nline two", "item": "0013"},
    ]


def test_a_listener_that_went_away_stops_nothing() -> None:
    read, written = os.pipe()
    os.close(read)
    writer = EventWriter(written)
    writer.progress("train", 1, 2)
    writer.progress("train", 2, 2)
    os.close(written)


def test_a_recordings_first_error_is_the_one_that_is_told() -> None:
    read, written = os.pipe()
    monitor = JobMonitor([EventWriter(written)], Cancellation())
    monitor.error("the file is empty.", item="0012")
    monitor.error("has no feature table.", item="0012")
    os.close(written)
    with os.fdopen(read) as stream:
        assert len(stream.readlines()) == 1
    assert monitor.failed == {"0012": "the file is empty."}


def test_a_request_to_cancel_is_granted_at_the_next_question() -> None:
    cancellation = Cancellation()
    monitor = JobMonitor([], cancellation)
    monitor.check_cancelled()
    cancellation.request()
    with pytest.raises(Cancelled):
        monitor.check_cancelled()
