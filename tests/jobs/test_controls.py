"""The control channel: what a job is asked to do differently while it runs."""

from __future__ import annotations

import os
import time

import pytest

from sleepstudio.errors import StudioError
from sleepstudio.jobs.controls import MAX_LINE_BYTES, Controls


def wait_for(controls: Controls, count: int) -> list[dict]:
    taken: list[dict] = []
    deadline = time.monotonic() + 10
    while len(taken) < count and time.monotonic() < deadline:
        taken += controls.take()
        time.sleep(0.005)
    return taken


def test_lines_are_taken_in_order_and_nonsense_is_left_out() -> None:
    controls = Controls()
    read, written = os.pipe()
    controls.listen(read)
    lines = (
        b'{"control": "pause"}', b"", b"nonsense", b"[1]", b"\xff\xfe", b"[" * MAX_LINE_BYTES * 3,
        b'{"control": "pace", "value": 60}',
    )  # fmt: skip
    os.write(written, b"\n".join(lines) + b"\n")
    assert wait_for(controls, 2) == [{"control": "pause"}, {"control": "pace", "value": 60}]
    os.close(written)
    assert list(controls.take()) == []


def test_a_descriptor_that_is_not_open_is_said_at_once() -> None:
    read, written = os.pipe()
    os.close(read)
    os.close(written)
    with pytest.raises(StudioError, match="not open"):
        Controls().listen(read)
