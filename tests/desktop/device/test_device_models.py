"""What the panel knows, without a window: the session as it grows, what can be done, what is said."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score

from sleepstudio.desktop.panels.device.arranged import SECTIONS, arranged
from sleepstudio.desktop.panels.device.board_state import (
    BACKENDS,
    Part,
    against,
    memories,
    told,
    unknown,
)
from sleepstudio.desktop.panels.device.chosen import Chosen
from sleepstudio.desktop.panels.device.cost_words import cost_text, has_time
from sleepstudio.desktop.panels.device.live_session import Costs, LayerCost, LiveSession
from sleepstudio.desktop.panels.device.offers import header_words, lost_trouble, missing_trouble, offer
from sleepstudio.desktop.panels.device.port_names import port_names
from sleepstudio.desktop.panels.device.saved_sessions import open_session, saved_sessions
from sleepstudio.desktop.panels.device.staged_runs import nights_of
from sleepstudio.desktop.panels.device.verdict_words import kappa_facts, verdict_words
from sleepstudio.desktop.widgets.arrangement import Room, regions_of
from sleepstudio.errors import StudyError
from sleepstudio.run_summary import RunSummary

NAMES = ["WAKE", "CORE", "DEEP", "REM"]
EPOCHS = 120


def begun(**changes: Any) -> LiveSession:
    rng = np.random.default_rng(4)
    event = {
        "event": "session",
        "recording": "0003",
        "kind": "rolling",
        "run": "wide",
        "backend": "evb",
        "epochs": EPOCHS,
        "epoch_s": 30.0,
        "start": "2026-03-01T22:30:00",
        "classes": NAMES,
        "features": ["HR", "movement"],
        "expert": rng.integers(0, 4, EPOCHS).tolist(),
        "seen": "held out",
        "offline_kappa": 0.44,
    }
    return LiveSession(event | changes)


def item(epoch: int, stage: int, **changes: Any) -> dict[str, Any]:
    percent = [10, 10, 10, 10]
    percent[stage] = 70
    return {
        "epoch": epoch,
        "stage": stage,
        "percent": percent,
        "outputs": [0, 0, 0, 0],
        "exact": True,
        "host_stage": stage,
        "cost": 1000 + epoch,
        "round_trip_ms": 10.0 + epoch,
        "row": [60.0 + epoch, None],
    } | changes


def stages(session: LiveSession, items: list[dict[str, Any]]) -> None:
    session.take({"event": "stages", "first": items[0]["epoch"], "items": items})


def test_agreement_is_over_what_has_come() -> None:
    session, rng = begun(), np.random.default_rng(5)
    classes = rng.integers(0, 4, EPOCHS)
    stages(session, [item(epoch, int(classes[epoch])) for epoch in range(70)])
    assert session.received == 70
    assert session.kappa == pytest.approx(cohen_kappa_score(session.expert[:70], classes[:70]))
    assert session.accuracy == pytest.approx(accuracy_score(session.expert[:70], classes[:70]))
    board, expert = session.sleep_minutes
    assert board == (classes[:70] > 0).sum() / 2
    assert expert == (session.expert[:70] > 0).sum() / 2
    assert session.round_trip == (10.0 + 34.5, 10.0 + 69)


def test_epochs_that_nobody_scored_count_for_nothing() -> None:
    scored = [0, 1, -1, -1, 2, 3]
    session = begun(epochs=6, expert=scored)
    stages(session, [item(epoch, 1) for epoch in range(6)])
    assert session.usable.tolist() == [True, True, False, False, True, True]
    assert session.differs_from_expert.sum() == 3
    assert session.accuracy == 0.25
    assert begun(expert=[]).sleep_minutes == (0.0, None)


def test_epochs_may_come_in_any_order_and_twice() -> None:
    session = begun(kind="frames")
    stages(session, [item(epoch, 2) for epoch in range(60, 120)])
    stages(session, [item(epoch, 1) for epoch in range(60)])
    stages(session, [item(5, 1), item(500, 1), item(-3, 1)])
    assert session.complete
    assert session.board.tolist() == [1] * 60 + [2] * 60
    assert session.newest == 119


def test_rows_and_probabilities_stand_at_their_epoch() -> None:
    session = begun()
    stages(session, [item(3, 2)])
    assert session.rows[3, 0] == 63.0
    assert np.isnan(session.rows[3, 1])
    assert np.isnan(session.rows[2]).all()
    assert session.probabilities[3].tolist() == pytest.approx([0.1, 0.1, 0.7, 0.1])


def test_verdict_names_what_came_of_it() -> None:
    session = begun()
    assert verdict_words(None, running=False, paused=False).title == "Not validated"
    assert verdict_words(session, running=False, paused=False).title == "Not validated"
    stages(session, [item(epoch, 0) for epoch in range(40)])
    assert verdict_words(session, running=True, paused=False).title == "40/120 so far"
    assert verdict_words(session, running=True, paused=True).title == "Paused at 40/120"
    assert verdict_words(session, running=False, paused=False).title == "Paused at 40/120"
    stages(session, [item(epoch, 0) for epoch in range(40, 120)])
    ended = verdict_words(session, running=False, paused=False)
    assert (ended.tone, ended.title) == ("ok", "Bit-exact 120/120")
    stages(session, [item(7, 0, exact=False, host_stage=0), item(9, 0, exact=False, host_stage=3)])
    ended = verdict_words(session, running=False, paused=False)
    assert (ended.tone, ended.title) == ("error", "2 of 120 differ")
    assert [(each.epoch, each.host, each.board) for each in session.differences] == [(7, 0, 0), (9, 3, 0)]


def test_this_computer_is_not_called_a_board() -> None:
    session = begun(backend="pc")
    stages(session, [item(epoch, 0) for epoch in range(120)])
    words = verdict_words(session, running=False, paused=False)
    assert words.title == "Equal 120/120"
    assert "no board" in words.text


@pytest.mark.parametrize(("kind", "caption"), [("rolling", "κ, rolling"), ("frames", "κ, whole frames")])
def test_every_kappa_says_which_it_is(kind: str, caption: str) -> None:
    session = begun(kind=kind)
    stages(session, [item(epoch, 0) for epoch in range(120)])
    facts = dict(kappa_facts(session))
    assert facts["κ, offline"] == "0.440"
    assert caption in facts


def test_a_session_with_damaged_numbers_shows_what_it_can() -> None:
    session = begun(offline_kappa=None, start="yesterday", expert=[0, 1])
    stages(
        session,
        [item(0, 0) | {"stage": 17, "host_stage": 17} | {"percent": [1], "row": [1, 2, 3], "cost": None}],
    )
    assert session.board[0] == -1
    assert session.start is None
    assert np.isnan(session.cost).all()
    assert (session.expert[2:] == -1).all()


REAL = Costs("cycles", (LayerCost("0 conv", 3e6), LayerCost("1 dense", 96e3)), 96e6)
VIRTUAL = Costs("instructions", REAL.layers, None)


def test_time_is_of_cycles_at_a_clock_and_of_nothing_else() -> None:
    assert has_time(REAL)
    assert not has_time(VIRTUAL)
    assert not has_time(Costs("ticks", REAL.layers, 25e6))
    assert cost_text(96e3, REAL, "time") == "1 ms"
    assert cost_text(3e6, REAL, "time") == "31.2 ms"
    assert cost_text(960, REAL, "time") == "10 µs"
    assert cost_text(3_141_592, VIRTUAL, "count") == "3.14 M"
    assert cost_text(41_200, VIRTUAL, "count") == "41 K"


def test_memory_is_counted_in_parts() -> None:
    mram, tcm = memories(40 << 10, 0, 26 << 10, 20 << 10, 4 << 10)
    assert mram.words == "66 of 1,952 KB"
    assert tcm.words == "24 of 384 KB"
    assert memories(1024, 0, 0, 0, 0)[0].words == "1 + model of 1,952 KB"


def answered(**changes: Any) -> dict[str, Any]:
    return {
        "event": "board",
        "probe": {"value": "J-Link 42", "detail": "4,000 kHz", "state": "ok"},
        "port": {"value": "ttyACM0", "detail": "", "state": "ok"},
        "board": {"value": "Apollo4 Plus EVB", "detail": "96 MHz", "state": "ok"},
        "model": {"value": "narrow", "detail": "", "state": "ok"},
        "model_id": "aa",
    } | changes


def test_another_model_on_the_board_is_said_and_not_staged_with() -> None:
    state = told(unknown("evb"), answered())
    refused = offer("evb", state, run="wide", model_id="bb", recording="0003", doing="")
    assert refused.flash == ""
    assert "runs narrow; the selected run is wide" in refused.stage
    assert against(state, "wide", "bb").parts["model"].state == "warn"
    same = told(state, answered(model_id="bb"))
    assert offer("evb", same, run="wide", model_id="bb", recording="0003", doing="").stage == ""
    assert against(same, "wide", "bb").parts["model"].detail == "same as run"


def test_nothing_is_offered_while_something_has_the_board() -> None:
    state = told(unknown("virtual"), answered())
    offered = offer("virtual", state, run="wide", model_id="aa", recording="0003", doing="Flashing wide")
    assert offered.flash == offered.stage == offered.look == "Flashing wide. Stop it first."


def test_a_probe_that_is_missing_has_a_remedy() -> None:
    state = unknown("evb").with_part("probe", Part("No probe is connected", "Plug it in.", "error"))
    trouble = missing_trouble("evb", state)
    assert trouble is not None
    assert (trouble.primary, trouble.other) == ("look", "virtual")
    refused = offer("evb", state, run="wide", model_id="", recording="1", doing="")
    assert refused.flash == "No probe is connected. Plug it in."
    assert header_words("evb", state, "") == "Apollo4 Plus EVB, not connected"


def test_a_lost_board_says_where_the_session_stands() -> None:
    session = begun()
    stages(session, [item(epoch, 0) for epoch in range(40)])
    state = told(unknown("evb"), answered()).with_part("probe", Part("Not connected", "", "error"))
    trouble = lost_trouble(session, state, datetime(2026, 3, 1, 9, 41, 22))
    assert trouble.title == "The board stopped answering at epoch 41 of 120"
    assert "40 stages" in trouble.text
    assert trouble.text.startswith("Not connected since 09:41:22")


@pytest.mark.parametrize("backend", [name for name, _ in BACKENDS])
def test_before_anything_is_known_nothing_is_wrong(backend: Any) -> None:
    assert missing_trouble(backend, unknown(backend)) is None


@pytest.mark.parametrize(
    "room", [Room.of(1600, 1000), Room.of(1280, 800), Room.of(1600, 720), Room.of(1024, 700)]
)
def test_every_region_has_one_place_in_every_room(room: Room) -> None:
    assert sorted(regions_of(arranged(room))) == sorted(SECTIONS)


def test_ports_are_named_by_what_usb_gives(tmp_path: Path) -> None:
    for name in ("ttyACM0", "ttyUSB3", "tty1", "cu.usbmodem1", "null"):
        (tmp_path / name).touch()
    expected = {"linux": {"ttyACM0", "ttyUSB3"}, "darwin": {"cu.usbmodem1"}}
    if sys.platform in expected:
        assert port_names(tmp_path) == expected[sys.platform]


def test_recordings_never_learned_from_come_first(tmp_path: Path) -> None:
    fit = {"name": "model", "train": ["a", "b"], "validation": ["c"], "test": ["d"]}
    (tmp_path / "split.json").write_text(json.dumps({"fits": [fit]}), "utf-8")
    listed = [(night.recording, night.seen) for night in nights_of(tmp_path)]
    assert listed == [
        ("d", "held out"),
        ("c", "seen in validation"),
        ("a", "seen in training"),
        ("b", "seen in training"),
    ]
    assert nights_of(tmp_path / "gone") == []


def test_damaged_sessions_are_listed_with_what_is_wrong(tmp_path: Path) -> None:
    for name, text in (("1-pc", "{"), ("2-pc", '{"verdict": 5}'), ("3-pc", '{"epochs": 3}')):
        folder = tmp_path / "sessions" / name
        folder.mkdir(parents=True)
        (folder / "session.json").write_text(text, "utf-8")
    listed = saved_sessions([("wide", tmp_path)])
    assert [session.folder.name for session in listed] == ["3-pc", "2-pc", "1-pc"]
    assert [bool(session.problem) for session in listed] == [False, True, True]
    with pytest.raises(StudyError, match=r"stages\.csv"):
        open_session(listed[0])


def test_the_panel_loads_no_library_of_boards_or_training() -> None:
    names = ("tensorflow", "serial", "pylink", "unicorn", "ai_edge_litert", "scipy")
    code = (
        "import sys, sleepstudio.desktop.panels.device.panel;"
        f"print(sorted(set({names!r}) & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_newer_run_does_not_take_the_place_of_one_that_is_worked_with(tmp_path: Path) -> None:
    def run(name: str, day: int) -> RunSummary:
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "model.tflite").touch()
        finished = datetime(2026, 3, day, tzinfo=UTC)
        return RunSummary(tmp_path / name, name, ("train", "export"), finished)

    chosen = Chosen()
    chosen.take([run("first", 1), run("second", 2)])
    assert chosen.name == "second"
    chosen.take([run("first", 1), run("second", 2), run("third", 3)])
    assert chosen.name == "third"
    chosen.keep_run()
    chosen.take([run("third", 3), run("fourth", 4)])
    assert chosen.name == "third"
    chosen.choose_run(tmp_path / "fourth")
    assert chosen.name == "fourth"
    chosen.take([run("third", 3)])
    assert chosen.name == "third"
