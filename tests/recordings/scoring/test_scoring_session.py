"""Scoring: edits, their undo, and that nothing that was seen is ever lost."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings import Event, read_hypnogram
from sleepstudio.recordings.scoring import ScoringSession, own_scorers, read_own_scoring
from sleepstudio.recordings.scoring.own import OwnFiles

EPOCHS = 40
START = datetime(2024, 3, 2, 22, 0, 30)


def opened(folder: Path, scorer: str = "Anna", epochs: int = EPOCHS, **options: object) -> ScoringSession:
    return ScoringSession.open(folder, scorer, epochs * 30.0, start=START, **options)  # type: ignore[arg-type]


def killed(session: ScoringSession) -> None:
    """Lets go of the lock as the system does for a killed process; nothing is written."""
    session._lock.release()


def test_scores_and_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        assert session.score_and_go_on([3], Stage.N2) == 4
        assert session.score_and_go_on(range(4, 10), Stage.N3) == 10
        assert session.score_and_go_on([EPOCHS - 1], Stage.W) == EPOCHS - 1
        expected = [-2] * 3 + [2] + [3] * 6 + [-2] * 29 + [0]
        assert session.stages.tolist() == expected
        with pytest.raises(IndexError):
            session.score([EPOCHS], Stage.W)
        with pytest.raises(ValueError, match="read-only"):
            session.stages[0] = 0


def test_edits_are_named_as_a_user_reads_them(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        session.score([749 % EPOCHS], Stage.N2)
        assert session.undo_name == "Epoch 30 scored N2"
        session.score([0, 1, 2], Stage.R)
        assert session.undo_name == "Epochs 1–3 scored R"
        session.score([5, 9], Stage.ARTIFACT)
        assert session.undo_name == "2 epochs marked artifact"
        session.score([0], Stage.UNSCORED)
        assert session.undo_name == "Epoch 1 unscored"
        assert session.score([0], Stage.UNSCORED) is None
        number = session.add_event(Event(12.0, 15.5, "Hypopnea", "Flow"))
        assert session.undo_name == "Hypopnea added"
        session.change_event(number, Event(12.0, 15.5, "Apnea", "Flow"))
        assert session.undo_name == "Hypopnea renamed Apnea"
        session.change_event(number, Event(13.0, 15.5, "Apnea", "Flow"))
        assert session.undo_name == "Apnea changed"
        session.undo()
        assert (session.undo_name, session.redo_name) == ("Hypopnea renamed Apnea", "Apnea changed")
        session.delete_events([number])
        assert (session.undo_name, session.redo_name) == ("Apnea deleted", None)


def test_events_by_onset_with_numbers_that_last(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        late = session.add_event(Event(300.0, 10, "Arousal"))
        early = session.add_event(Event(30.0, 10, "Apnea"))
        session.change_event(early, Event(500.0, 10, "Apnea"))
        assert [scored.event_id for scored in session.events] == [late, early]
        session.delete_events([late, early])
        session.undo()
        assert {scored.event_id for scored in session.events} == {late, early}
        with pytest.raises(KeyError):
            session.delete_events([99])
        with pytest.raises(ValueError, match="not an event"):
            session.add_event(Event(float("nan"), 1, "Apnea"))
        with pytest.raises(ValueError, match="not an event"):
            session.add_event(Event(1, 1, "  "))
    with opened(tmp_path) as session:
        assert [scored.event_id for scored in session.events] == [late, early]
        assert session.add_event(Event(1.0, 0.0, 'Lights, "off"', "")) == 2


LABELS = st.text(min_size=1, max_size=5).filter(
    lambda text: any(character.isprintable() and not character.isspace() for character in text)
)
ACTIONS = st.one_of(
    st.tuples(
        st.just("score"),
        st.lists(st.integers(0, EPOCHS - 1), min_size=1, max_size=8),
        st.sampled_from(list(Stage)),
    ),
    st.tuples(st.just("add"), st.floats(0, 1200), LABELS),
    st.tuples(st.just("change"), st.integers(0, 9), st.floats(0, 1200)),
    st.tuples(st.just("delete"), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.sampled_from(["undo", "redo", "compact"]), st.none(), st.none()),
)


def act(session: ScoringSession, action: tuple) -> None:  # type: ignore[type-arg]
    kind, first, second = action
    present = [scored.event_id for scored in session.events]
    if kind == "score":
        session.score(first, second)
    elif kind == "add":
        session.add_event(Event(first, 10.0, second))
    elif kind == "change" and present:
        session.change_event(present[first % len(present)], Event(second, 5.0, "moved"))
    elif kind == "delete" and present:
        session.delete_events({present[first % len(present)], present[second % len(present)]})
    elif kind in ("undo", "redo", "compact"):
        getattr(session, kind)()


def seen(session: ScoringSession) -> tuple:  # type: ignore[type-arg]
    return session.stages.tolist(), session.events


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=25))
def test_any_edits_undone_are_the_start_and_redone_the_end(
    tmp_path_factory: pytest.TempPathFactory,
    actions: list[tuple],  # type: ignore[type-arg]
) -> None:
    folder = tmp_path_factory.mktemp("scoring")
    original = Hypnogram(np.arange(EPOCHS, dtype=np.int8) % 5)
    with opened(folder, copy_of=original, events=[Event(3.0, 2.0, "Snore")]) as session:
        start = seen(session)
        for action in actions:
            act(session, action)
        end, redo = seen(session), session.redo_name
        steps = 0
        while session.undo():
            steps += 1
        assert seen(session) == start
        for _ in range(steps):
            session.redo()
        assert seen(session) == end
        assert session.redo_name == redo


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=25))
def test_the_disk_has_what_is_seen_after_any_edits_and_a_kill(
    tmp_path_factory: pytest.TempPathFactory,
    actions: list[tuple],  # type: ignore[type-arg]
) -> None:
    folder = tmp_path_factory.mktemp("scoring")
    session = opened(folder)
    for action in actions:
        act(session, action)
    killed(session)
    if own_scorers(folder):
        kept = read_own_scoring(folder, "Anna", START)
        assert (kept.hypnogram.stages.tolist(), kept.events) == seen(session)
    again = opened(folder)
    assert seen(again) == seen(session)
    if not any(action[0] == "compact" for action in actions):
        assert (again.undo_name, again.redo_name) == (session.undo_name, session.redo_name)
    again.close()
    with opened(folder) as closed:
        assert seen(closed) == seen(session)


KILLED = """
import os, signal, sys
from pathlib import Path
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import Event
from sleepstudio.recordings.scoring import ScoringSession

session = ScoringSession.open(Path(sys.argv[1]), "Anna", 1200.0)
for epoch in range(20):
    session.score_and_go_on([epoch], [Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R][epoch % 5])
session.add_event(Event(61.5, 12.25, "Obstructive apnea", "Flow"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_after_twenty_epochs_and_twenty_are_there(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -9
    with opened(tmp_path) as session:
        assert session.notes == ()
        assert session.stages[:21].tolist() == [0, 1, 2, 3, 4] * 4 + [-2]
        assert [scored.event for scored in session.events] == [
            Event(61.5, 12.25, "Obstructive apnea", "Flow")
        ]
        assert session.undo_name == "Obstructive apnea added"
        for _ in range(21):
            session.undo()
        assert (session.stages == Stage.UNSCORED).all()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_costs_that_edit_alone(tmp_path: Path, cut: int) -> None:
    session = opened(tmp_path)
    session.score([0], Stage.W)
    session.score([1], Stage.N1)
    killed(session)
    journal = OwnFiles(tmp_path, "Anna").journal
    journal.write_bytes(journal.read_bytes()[:-cut])
    with opened(tmp_path) as again:
        assert again.stages[:3].tolist() == [0, -2, -2]
        assert again.notes == ()
        again.score([2], Stage.N3)
    with opened(tmp_path) as closed:
        assert closed.stages[:3].tolist() == [0, -2, 3]


def test_a_damaged_line_costs_that_edit_and_is_kept_aside(tmp_path: Path) -> None:
    session = opened(tmp_path)
    for epoch in range(5):
        session.score([epoch], Stage.N2)
    killed(session)
    journal = OwnFiles(tmp_path, "Anna").journal
    lines = journal.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b'"2"', b'"3"')
    journal.write_bytes(b"\n".join(lines))
    damaged = journal.read_bytes()
    with opened(tmp_path) as again:
        assert again.stages[:6].tolist() == [2, -2, 2, 2, 2, -2]
        assert "1 lines of the journal were damaged" in again.notes[0]
    (aside,) = tmp_path.glob(".*damaged*")
    assert aside.read_bytes() == damaged


def test_a_journal_without_its_beginning_still_has_its_edits(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.score(range(10), Stage.R)
    killed(session)
    journal = OwnFiles(tmp_path, "Anna").journal
    raw = bytearray(journal.read_bytes())
    raw[:20] = b"\0" * 20
    journal.write_bytes(raw)
    with opened(tmp_path) as again:
        assert again.stages[:11].tolist() == [4] * 10 + [-2]
        assert again.notes


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.score([1], Stage.R)
    killed(session)
    journal = OwnFiles(tmp_path, "Anna").journal
    _, _, rest = journal.read_bytes().partition(b"\n")
    header = b'{"journal":2,"epochs":40,"epoch_s":30.0}'
    import zlib

    newer = b"%08x %s\n" % (zlib.crc32(header), header) + rest
    journal.write_bytes(newer)
    with pytest.raises(StudyError, match="newer Sleep Studio"):
        opened(tmp_path)
    assert journal.read_bytes() == newer


@pytest.mark.parametrize("step", ["table", "events", "journal"])
def test_a_kill_while_compacting_loses_nothing(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends before each of the three writes that a compaction makes."""
    session = opened(
        tmp_path, copy_of=Hypnogram(np.zeros(EPOCHS, np.int8)), events=[Event(1.0, 1.0, "Snore")]
    )
    session.score([3, 4], Stage.N2)
    session.delete_events([0])
    session.add_event(Event(9.0, 1.0, "Apnea"))
    session.score([4], Stage.N3)
    session.undo()
    expected = seen(session)
    module = "sleepstudio.recordings.scoring.session"
    target = {
        "table": f"{module}.write_hypnogram_csv",
        "events": f"{module}.write_events_csv",
        "journal": f"{module}.Journal.begin",
    }[step]

    def dies(*_arguments: object, **_options: object) -> None:
        raise SystemExit("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(target, dies)
        with pytest.raises(SystemExit):
            session.compact()
    killed(session)
    with opened(tmp_path) as again:
        assert seen(again) == expected


def test_two_windows_on_one_scorer_are_refused_and_on_two_not(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        session.score([0], Stage.W)
        with pytest.raises(StudyError, match=r"Anna is scoring this recording in another window\. Close it"):
            opened(tmp_path)
        holder = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert "another window" in holder.stderr
        with opened(tmp_path, "Ben") as other:
            other.score([0], Stage.N1)
        assert read_own_scoring(tmp_path, "Anna").hypnogram.stages[0] == Stage.W
    assert own_scorers(tmp_path) == ("Anna", "Ben")
    with opened(tmp_path) as again:
        assert again.stages[0] == Stage.W


def test_a_full_disk_refuses_the_edit_and_keeps_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(tmp_path)
    session.score([0], Stage.W)
    real = os.write

    def half(descriptor: int, data: bytes) -> int:
        """Writes half of a line, then the disk is full."""
        if len(data) > 30:
            return real(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(StudyError, match=r"not made.*Free some space"):
            session.score([1], Stage.N1)
    assert session.stages[:2].tolist() == [0, -2]
    assert session.undo_name == "Epoch 1 scored W"
    session.score([2], Stage.N2)
    killed(session)
    with opened(tmp_path) as again:
        assert again.notes == ()
        assert again.stages[:3].tolist() == [0, -2, 2]


def test_looking_leaves_no_scoring(tmp_path: Path) -> None:
    with opened(tmp_path, copy_of=Hypnogram(np.zeros(EPOCHS, np.int8))):
        pass
    assert own_scorers(tmp_path) == ()
    with pytest.raises(StudyError, match="has not scored"):
        read_own_scoring(tmp_path, "Anna")


def test_a_copy_is_put_on_the_recordings_epochs(tmp_path: Path) -> None:
    source = Hypnogram(np.array([1, 2, 3], np.int8), onset_s=60.0, scorer="PSG")
    with opened(tmp_path, copy_of=source) as session:
        session.score([9], Stage.R)
    stored = read_hypnogram(OwnFiles(tmp_path, "Anna").hypnogram)
    assert stored.stages.tolist() == [-2, -2, 1, 2, 3, -2, -2, -2, -2, 4] + [-2] * 30
    assert (stored.scorer, stored.start) == ("Anna", START)


def test_a_shorter_recording_cuts_nothing_off(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        session.score([EPOCHS - 1], Stage.N3)
    with opened(tmp_path, epochs=10) as session:
        assert len(session.stages) == EPOCHS
        assert session.stages[-1] == Stage.N3
        assert "30 epochs lie beyond the recording's end" in session.notes[0]


def test_names_of_scorers_come_back(tmp_path: Path) -> None:
    names = ["A. B. Müller", "a/b", "x.events", "Ж" * 60, "SS-4 (int8)", "c~d"]
    for name in names:
        with opened(tmp_path, name) as session:
            session.score([0], Stage.W)
            session.add_event(Event(1.0, 1.0, "Snore"))
    assert set(own_scorers(tmp_path)) == set(names)
    for name in names:
        assert read_own_scoring(tmp_path, name).events[0].event.label == "Snore"
    for wrong in ("", "   ", "x" * 61, "a\0b"):
        with pytest.raises(StudyError, match="name"):
            opened(tmp_path, wrong)


def test_a_listener_hears_each_change_as_it_was_applied(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        heard: list[tuple[int, ...]] = []
        session.on_change = lambda edit: heard.append(edit.epochs)
        session.score([1, 2, 7], Stage.W)
        session.undo()
        session.redo()
        session.score([1], Stage.W)
    assert heard == [(1, 2, 7)] * 3
