"""Jobs in real child processes: what they say, how they stop, how they fail."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import children_of, ends
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobClient, JobRequest
from sleepstudio.desktop.process_memory import memory_text, resident_bytes
from sleepstudio.errors import StudyError
from sleepstudio.features.store import read_table

PATIENCE_MS = 60_000


@pytest.fixture
def client(qtbot: QtBot, tmp_path: Path) -> Iterator[JobClient]:
    made = JobClient()
    made.use_study(tmp_path)
    yield made
    made.shutdown(patience_s=0.1)


def configuration(nights: Path, **changes: Any) -> dict[str, Any]:
    return {
        "name": "wrist",
        "datasets": [{"name": "mesa", "params": {"path": str(nights)}}],
        "feature": {"name": "FS-W-PA-14"},
        "stage_set": 4,
        "frame_size": 60,
        "num_workers": 1,
        **changes,
    }


def features(nights: Path, **changes: Any) -> JobRequest:
    return JobRequest(
        "Features FS-W-PA-14",
        configuration(nights, **changes),
        ("feature",),
        item="FS-W-PA-14",
        panel="features",
    )


def endless(tmp_path: Path) -> JobRequest:
    """A job that takes far longer than a test."""
    simulation = {"nights": 9999, "hours": 0.5, "montage": "wrist"}
    return JobRequest(
        "Simulating",
        configuration(tmp_path / "many", name="many", simulation=simulation),
        ("simulate",),
        item="many",
    )


def ended(qtbot: QtBot, job: Job) -> Job:
    qtbot.waitUntil(lambda: job.ended, timeout=PATIENCE_MS)
    return job


def test_a_job_tells_what_it_does_and_leaves_its_result(
    qtbot: QtBot, client: JobClient, nights: Path, tmp_path: Path
) -> None:
    job = client.start(features(nights))
    told: list[tuple[str, int, int, str]] = []
    states: list[str] = [job.state]
    job.progressed.connect(lambda *said: told.append(said))
    job.state_changed.connect(states.append)
    ended(qtbot, job)
    assert states == ["preparing", "running", "finished"]
    assert [said[:3] for said in told][-1] == ("feature", 3, 3)
    assert {said[3] for said in told} >= {f"mesa-sleep-000{night}" for night in (1, 2, 3)}
    assert job.share == 1.0
    assert job.artifacts == [("features", tmp_path / "features" / "fs-w-pa-14")]
    assert "feature: 3/3" in job.log_tail()
    tables = sorted((tmp_path / "features" / "fs-w-pa-14" / "mesa").glob("*.h5"))
    assert len(tables) == 3
    assert read_table(tables[0]).features.shape == (60, 14)


def test_the_copied_command_does_the_same(
    qtbot: QtBot, client: JobClient, nights: Path, tmp_path: Path
) -> None:
    job = ended(qtbot, client.start(features(nights)))
    command = shlex.split(job.command_line())
    assert command[0] == "sleepstudio"
    assert shlex.split(client.command_line(features(nights)))[3:] == command[3:]
    made = {path: read_table(path) for path in tmp_path.rglob("*.h5")}
    for path in made:
        path.unlink()
    again = subprocess.run(
        [sys.executable, "-m", "sleepstudio.cli", *command[1:]], capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert len(made) == 3
    for path, table in made.items():
        np.testing.assert_array_equal(read_table(path).features, table.features)
        np.testing.assert_array_equal(read_table(path).stages, table.stages)


def test_one_recording_fails_and_the_others_go_on(
    qtbot: QtBot, client: JobClient, nights: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "nights"
    for path in nights.rglob("*"):
        if path.is_file():
            target = broken / path.relative_to(nights)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    next(broken.rglob("*0002*.edf")).write_bytes(b"this is no EDF")
    job = client.start(features(broken))
    failed: list[tuple[str, str, str]] = []
    job.failed_item.connect(lambda *said: failed.append(said))
    ended(qtbot, job)
    assert job.state == "finished"
    assert job.error is None
    assert [item for item, *_ in failed] == ["mesa-sleep-0002"]
    assert list(job.failed) == ["mesa-sleep-0002"]
    assert failed[0][1]


def test_a_job_that_cannot_start_its_work_says_why(qtbot: QtBot, client: JobClient, tmp_path: Path) -> None:
    job = client.start(features(tmp_path / "nowhere"))
    failed: list[object] = []
    job.failed_item.connect(lambda *said: failed.append(said))
    ended(qtbot, job)
    assert job.state == "failed"
    assert job.error is not None
    assert "no such folder" in job.error.message
    assert str(tmp_path / "nowhere") in job.error.where
    assert job.error.hint
    assert not failed, "the job's own error is no recording's"


def test_a_wrong_configuration_is_refused_with_the_key(qtbot: QtBot, client: JobClient, nights: Path) -> None:
    job = ended(qtbot, client.start(features(nights, frame_sise=60)))
    assert job.state == "failed"
    assert job.error is not None
    assert "frame_sise" in str(job.error)
    assert "frame_size" in str(job.error)


def test_cancelling_keeps_what_is_complete(qtbot: QtBot, client: JobClient, tmp_path: Path) -> None:
    job = client.start(endless(tmp_path))
    qtbot.waitUntil(lambda: job.done >= 1, timeout=PATIENCE_MS)
    states: list[str] = []
    job.state_changed.connect(states.append)
    job.cancel()
    assert job.state == "cancelling"
    ended(qtbot, job)
    assert states == ["cancelling", "cancelled"]
    complete = list((tmp_path / "many").rglob("*.edf"))
    assert complete
    assert job.error is None


def test_cancelling_while_the_worker_prepares(qtbot: QtBot, client: JobClient, tmp_path: Path) -> None:
    job = client.start(endless(tmp_path))
    assert job.state == "preparing"
    job.cancel()
    assert ended(qtbot, job).state == "cancelled"


def test_a_killed_child_is_an_error_with_its_last_lines(
    qtbot: QtBot, client: JobClient, tmp_path: Path
) -> None:
    job = client.start(endless(tmp_path))
    qtbot.waitUntil(lambda: job.done >= 1, timeout=PATIENCE_MS)
    assert job.child is not None
    os.kill(job.child.pid, signal.SIGKILL)
    ended(qtbot, job)
    assert job.state == "failed"
    assert job.error is not None
    assert "signal 9" in job.error.message
    assert "simulate: " in job.error.message
    assert job.error.hint


def test_after_a_crash_the_next_job_runs(
    qtbot: QtBot, client: JobClient, nights: Path, tmp_path: Path
) -> None:
    crashed = client.start(endless(tmp_path))
    qtbot.waitUntil(lambda: crashed.state == "running", timeout=PATIENCE_MS)
    assert crashed.child is not None
    os.kill(crashed.child.pid, signal.SIGKILL)
    assert ended(qtbot, client.start(features(nights))).state == "finished"


def test_killing_takes_the_childs_own_children_with_it(
    qtbot: QtBot, client: JobClient, tmp_path: Path
) -> None:
    request = endless(tmp_path)
    job = client.start(
        JobRequest(request.title, {**request.configuration, "num_workers": 2}, request.modes, item="many")
    )
    qtbot.waitUntil(lambda: job.state == "running", timeout=PATIENCE_MS)
    assert job.child is not None
    pid = job.child.pid
    qtbot.waitUntil(lambda: len(children_of(pid)) >= 2, timeout=PATIENCE_MS)
    children = children_of(pid)
    job.child.kill()
    ended(qtbot, job)
    assert ends(children)


def test_trainings_wait_for_each_other_and_other_jobs_do_not(
    qtbot: QtBot, client: JobClient, nights: Path, tmp_path: Path
) -> None:
    training = JobRequest("Training", configuration(nights), ("train",), item="a")
    first, second = client.start(training), client.start(training)
    other = client.start(endless(tmp_path))
    assert [job.state for job in (first, second, other)] == ["preparing", "queued", "preparing"]
    second.cancel()
    assert second.state == "cancelled"
    assert second.child is None
    first.cancel()
    other.cancel()
    ended(qtbot, first)


def test_jobs_in_one_folder_wait_for_each_other(qtbot: QtBot, client: JobClient, nights: Path) -> None:
    """Run folder and feature store are one process's at a time: side by side the second would be refused."""
    first = client.start(features(nights))
    same_run = client.start(JobRequest("Again", configuration(nights), ("simulate",)))
    same_store = client.start(features(nights, name="other"))
    assert [job.state for job in (first, same_run, same_store)] == ["preparing", "queued", "queued"]
    same_run.cancel()
    assert ended(qtbot, first).state == "finished"
    assert ended(qtbot, same_store).state == "finished", same_store.error


def test_the_memory_of_a_job_is_told_while_it_runs(qtbot: QtBot, client: JobClient, tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("this platform does not tell a process's memory")
    job = client.start(endless(tmp_path))
    qtbot.waitUntil(lambda: job.state == "running", timeout=PATIENCE_MS)
    size = job.memory_bytes
    assert size is not None
    before = resident_bytes(os.getpid())
    held = np.ones(64_000_000, np.uint8)
    after = resident_bytes(os.getpid())
    assert before is not None
    assert after is not None
    assert 60_000_000 < after - before < 80_000_000
    del held
    assert memory_text(812_400_000) == "812 MB"
    assert memory_text(1_440_000_000) == "1.4 GB"
    job.stop_at_once()
    assert ended(qtbot, job).memory_bytes is None


def test_a_paused_queue_starts_nothing_until_it_goes_on(
    qtbot: QtBot, client: JobClient, nights: Path
) -> None:
    client.set_paused(True)
    job = client.start(features(nights))
    assert job.state == "queued"
    client.set_paused(False)
    assert ended(qtbot, job).state == "finished"


def test_without_a_study_nothing_starts(qtbot: QtBot, nights: Path) -> None:
    client = JobClient()
    with pytest.raises(StudyError, match="no study is open"):
        client.start(features(nights))
    assert not client.jobs


def test_a_study_that_cannot_be_written_to_says_so(client: JobClient, nights: Path, tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("in the way")
    with pytest.raises(StudyError) as caught:
        client.start(features(nights))
    assert "jobs" in caught.value.where


def test_a_job_outlives_the_window_if_it_may(qtbot: QtBot, tmp_path: Path, nights: Path) -> None:
    client = JobClient()
    client.use_study(tmp_path)
    job = client.start(features(nights))
    qtbot.waitUntil(lambda: job.state == "running", timeout=PATIENCE_MS)
    assert job.child is not None
    pid = job.child.pid
    client.shutdown(keep_running=True)
    assert ends({pid}, 60)
    assert len(list(tmp_path.rglob("*.h5"))) == 3


def test_an_idle_worker_ends_with_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    client = JobClient()
    client.use_study(tmp_path)
    before = children_of(os.getpid())
    client.prewarm()
    worker = children_of(os.getpid()) - before
    client.shutdown()
    assert len(worker) == 1
    assert ends(worker)


def test_what_a_job_ran_with_can_be_read_afterwards(qtbot: QtBot, client: JobClient, nights: Path) -> None:
    job = ended(qtbot, client.start(features(nights)))
    file = Path(job.arguments[job.arguments.index("--batch") + 1])
    assert json.loads(file.read_text("utf-8")) == configuration(nights)
    assert file.with_suffix(".log") == job.log


def test_a_later_window_finds_what_was_left_running(qtbot: QtBot, tmp_path: Path) -> None:
    first = JobClient()
    first.use_study(tmp_path)
    job = first.start(endless(tmp_path))
    qtbot.waitUntil(lambda: job.done >= 2, timeout=PATIENCE_MS)
    first.shutdown(keep_running=True)
    second = JobClient()
    second.use_study(tmp_path)
    (found,) = second.jobs
    assert found.request == job.request
    assert found.command_line() == job.command_line()
    assert found.state == "running"
    assert found.done >= 2
    assert second.own == ()
    seen = found.done
    qtbot.waitUntil(lambda: found.done > seen, timeout=PATIENCE_MS)
    found.cancel()
    assert ended(qtbot, found).state == "cancelled"
    third = JobClient()
    third.use_study(tmp_path)
    assert third.jobs == []


def test_a_job_that_ended_while_no_window_was_open_is_told(
    qtbot: QtBot, tmp_path: Path, nights: Path
) -> None:
    first = JobClient()
    first.use_study(tmp_path)
    good, lost = first.start(features(nights)), first.start(endless(tmp_path))
    qtbot.waitUntil(lambda: good.state == lost.state == "running", timeout=PATIENCE_MS)
    assert good.child is not None
    assert lost.child is not None
    pids = {good.child.pid, lost.child.pid}
    good.child.ended.disconnect()
    lost.child.ended.disconnect()
    first.shutdown(keep_running=True)
    lost.child.kill()
    assert ends(pids, 60)
    second = JobClient()
    told: list[Job] = []
    second.job_ended.connect(told.append)
    second.use_study(tmp_path)
    states = {each.request.title: each.state for each in told}
    assert states == {"Features FS-W-PA-14": "finished", "Simulating": "failed"}
    (failed,) = [each for each in told if each.state == "failed"]
    assert failed.error is not None
    assert "while no window was open" in failed.error.message
    (finished,) = [each for each in told if each.state == "finished"]
    assert finished.artifacts == [("features", tmp_path / "features" / "fs-w-pa-14")]


def test_damaged_notes_of_jobs_are_left_alone(qtbot: QtBot, tmp_path: Path) -> None:
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    for number, text in enumerate(("", "[]", '{"pid": "x"}', '{"pid": 1}')):
        (jobs / f"{number}.job").write_text(text)
    client = JobClient()
    client.use_study(tmp_path)
    assert client.jobs == []
