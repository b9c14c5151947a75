"""Job events: one JSON object a line, and a listener that goes away stops nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from sleepstudio.errors import Cancelled
from sleepstudio.jobs.events import EventWriter, read_snapshot
from sleepstudio.jobs.monitors import Cancellation, JobMonitor
from sleepstudio.monitor import StagedNight


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


NIGHT = StagedNight(
    "0003", datetime(2026, 3, 1, 22, 30, 30), 30.0,
    np.array([0, 1, -1], np.int8), np.array([1, 1, -1], np.int8),
    np.array([[0.304, 0.696], [0, 1], [0.5, 0.5]], np.float32),
)  # fmt: skip


def snapshot_line(*nights: StagedNight) -> str:
    read, written = os.pipe()
    monitor = JobMonitor([EventWriter(written)], Cancellation())
    monitor.snapshot(12, np.array([[3, 1], [0, 2]]), nights, item="fold-1")
    os.close(written)
    with os.fdopen(read, encoding="utf-8") as stream:
        (line,) = stream.readlines()
    return line


def test_a_snapshot_is_one_line_of_plain_numbers() -> None:
    assert json.loads(snapshot_line(NIGHT)) == {
        "event": "snapshot",
        "training_epoch": 12,
        "confusion": [[3, 1], [0, 2]],
        "item": "fold-1",
        "nights": [
            {
                "recording": "0003",
                "start": "2026-03-01T22:30:30",
                "epoch_s": 30.0,
                "expert": [0, 1, -1],
                "model": [1, 1, -1],
                "percent": [[30, 70], [0, 100], [50, 50]],
            }
        ],
    }


def test_a_snapshot_is_read_as_it_was_written() -> None:
    without_clock = replace(NIGHT, start=None)
    snapshot = read_snapshot(json.loads(snapshot_line(NIGHT, without_clock)))
    assert (snapshot.training_epoch, snapshot.item) == (12, "fold-1")
    assert snapshot.confusion.tolist() == [[3, 1], [0, 2]]
    assert [night.start for night in snapshot.nights] == [NIGHT.start, None]
    for night in snapshot.nights:
        np.testing.assert_array_equal(night.expert, NIGHT.expert)
        np.testing.assert_array_equal(night.model, NIGHT.model)
        np.testing.assert_allclose(night.probabilities, NIGHT.probabilities, atol=0.005)


def test_the_page_of_events_has_each_of_them(tmp_path: Path) -> None:
    """Every event that is written stands in the table, with every field that it may have."""
    read, written = os.pipe()
    writer = EventWriter(written)
    writer.state("running")
    writer.progress("train", 1, 2, "model")
    writer.metric("loss", 1.0, training_epoch=1, item="model")
    writer.snapshot(1, np.zeros((2, 2), np.int64), [NIGHT], item="model")
    writer.artifact("model", tmp_path)
    writer.warning("a", hint="b", item="c")
    writer.error("a", hint="b", item="c")
    os.close(written)
    with os.fdopen(read, encoding="utf-8") as stream:
        events = [json.loads(line) for line in stream]
    page = Path(__file__).parents[2] / "docs" / "events.md"
    lines = page.read_text("utf-8").partition("\n## ")[0].splitlines()
    rows = {line.split("`")[1]: line for line in lines if line.startswith("| `")}
    assert set(rows) == {event["event"] for event in events}
    for event in events:
        for field in set(event) - {"event"}:
            assert f"`{field}`" in rows[event["event"]], (event["event"], field)


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
