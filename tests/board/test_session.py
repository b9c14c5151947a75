"""Sessions with a board written from the page: what is told, what is compared, what is saved."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from tiny_board import SCALE, ZERO, FaultyLink, TinyBoard, quantised, toy_outputs

from sleepstudio.board.board_frames import BoardFrameStager
from sleepstudio.board.board_rolling import BoardRollingStager
from sleepstudio.board.client import BoardClient
from sleepstudio.board.connection import Connection
from sleepstudio.board.host_stager import HostFrameStager, HostModel, HostRollingStager, NoBoard
from sleepstudio.board.messages import Counters
from sleepstudio.board.night import Night, SessionSetting
from sleepstudio.board.pacing import Pacing, parse_pace
from sleepstudio.board.session import Session, SessionResult
from sleepstudio.board.session_folder import save_session
from sleepstudio.errors import BoardError, Cancelled
from sleepstudio.hypnogram import STAGE_SETS
from sleepstudio.monitor import Monitor
from sleepstudio.recordings import read_hypnogram
from sleepstudio.staging.interpreter import Quantisation
from sleepstudio.staging.tiling import cut, stitch

SIZE, FEATURES, EPOCHS = 6, 3, 25
FOUR = STAGE_SETS[4]


class Toy:
    """The toy network of the board in this process, as a model of the host."""

    frame_size = SIZE
    input_quantisation = Quantisation(SCALE, ZERO)
    output_quantisation = Quantisation(0.1, 0)
    gives_probabilities = False

    def __init__(self, wrong: bool = False) -> None:
        self.wrong = wrong

    def predict_int8(self, frames: np.ndarray) -> np.ndarray:
        outputs = np.stack([toy_outputs(frame, len(FOUR)) for frame in frames])
        return np.clip(outputs.astype(int) + self.wrong, -128, 127).astype(np.int8)


class Heard(Monitor):
    def __init__(self) -> None:
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.cancel_after: int | None = None
        self.lines: list[str] = []
        self.done = 0

    def progress(self, *told: Any) -> None:
        self.done = told[1]

    def board_event(self, event: str, fields: Mapping[str, object]) -> None:
        json.dumps(fields, allow_nan=False)
        self.events.append((event, fields))

    def log(self, source: str, text: str) -> None:
        self.lines.append(f"{source}: {text}")

    def staged(self) -> list[dict[str, Any]]:
        return [item for event, fields in self.events if event == "stages" for item in fields["items"]]

    def check_cancelled(self) -> None:
        if self.cancel_after is not None and self.done >= self.cancel_after:
            raise Cancelled


@pytest.fixture
def night() -> Night:
    rng = np.random.default_rng(3)
    features = rng.normal(60, 9, (EPOCHS, FEATURES)).astype(np.float32)
    features[4, 1] = np.nan
    rows = rng.normal(0, 2, (EPOCHS, FEATURES)).astype(np.float32)
    mask = np.ones(EPOCHS, np.bool_)
    mask[[4, 9]] = False
    expert = np.where(mask, rng.integers(0, 4, EPOCHS), -1).astype(np.int8)
    offline = stitch(Toy().predict_int8(quantised(cut(rows, SIZE))), EPOCHS)
    start = datetime(2024, 3, 1, 23, 5)
    return Night("0007", features, rows, mask, expert, offline, start, 30.0, "held out")


def setting(kind: str, backend: str = "virtual") -> SessionSetting:
    return SessionSetting(
        "tiny",
        backend,
        kind,
        "max",
        FOUR,
        SIZE,
        ("hr", "hrv", "mov"),
        "instructions",
        None,
        ("conv", "dense"),
    )  # type: ignore[arg-type]


def connect(link: TinyBoard | FaultyLink, heard: Heard) -> Connection:
    return Connection(lambda: BoardClient(link, answer_s=0.02, repeats=12), heard, reconnect_s=5)


def rolled(
    night: Night, heard: Heard, link: Any = None, *, wrong: bool = False, controls: Any = tuple
) -> Session:
    stager = BoardRollingStager(connect(link or TinyBoard(), heard), frame_size=SIZE, classes=4, quiet_s=0.02)
    session = Session(night, setting("rolling"), HostModel(Toy(wrong)), stager, heard, controls)
    session.run_rolling(stager)
    session.read_counters()
    return session


def test_rolling_is_compared_with_the_host_and_the_expert(night: Night) -> None:
    heard = Heard()
    result = rolled(night, heard).result()
    verdict = result.verdict
    assert (verdict.exact, verdict.total, verdict.complete) == (EPOCHS, EPOCHS, True)
    counted = night.expert >= 0
    expected = cohen_kappa_score(night.expert[counted], result.record.stages[counted])
    assert verdict.kappa == pytest.approx(expected, abs=1e-6)
    offline = cohen_kappa_score(night.expert[counted], night.offline.argmax(1)[counted])
    assert verdict.offline_kappa == pytest.approx(offline, abs=1e-6)
    assert verdict.scored == counted.sum()
    assert verdict.round_trip_ms is not None
    assert verdict.round_trip_ms.worst >= verdict.round_trip_ms.median


def test_what_is_told_is_what_the_page_of_events_says(night: Night) -> None:
    heard = Heard()
    result = rolled(night, heard).result()
    page = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8").split("## Boards")[1]
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    told = dict(heard.events)
    told["verdict"] = result.verdict.to_json()
    assert {"session", "stages", "costs", "counters", "verdict"} <= set(told)
    for event, fields in told.items():
        for key in set(fields) - ({"items"} if event != "stages" else set()):
            from_the_board = event == "counters" and key in Counters.__dataclass_fields__
            assert from_the_board or f"`{key}`" in rows[event], (event, key)
    for key in told["stages"]["items"][0]:
        assert f"`{key}`" in rows["stages"], key
    assert [item["epoch"] for item in heard.staged()] == list(range(EPOCHS))
    assert heard.staged()[4]["row"][1] is None
    assert told["costs"]["layers"] == [{"name": "conv", "cost": 700}, {"name": "dense", "cost": 300}]


def test_a_wrong_host_is_found_out(night: Night) -> None:
    verdict = rolled(night, Heard(), wrong=True).result().verdict
    assert verdict.exact < verdict.total
    assert len(verdict.differences) == verdict.total - verdict.exact
    assert not verdict.bit_exact


def test_without_a_board_the_host_stages_the_same(night: Night) -> None:
    heard = Heard()
    host = HostModel(Toy())
    session = Session(night, setting("rolling", "pc"), host, NoBoard(), heard)
    session.run_rolling(HostRollingStager(host))
    with_board = rolled(night, Heard()).result()
    np.testing.assert_array_equal(session.result().record.outputs, with_board.record.outputs)
    frames = Session(night, setting("frames", "pc"), host, NoBoard(), heard)
    frames.run_frames(HostFrameStager(host))
    np.testing.assert_array_equal(frames.result().record.outputs, night.offline)


@pytest.mark.parametrize("seed", [0, 1])
def test_frames_are_the_offline_night(night: Night, seed: int) -> None:
    heard = Heard()
    link = FaultyLink(TinyBoard(), seed, 0.02)
    stager = BoardFrameStager(connect(link, heard), classes=4, quiet_s=0.02)
    session = Session(night, setting("frames"), HostModel(Toy()), stager, heard)
    session.run_frames(stager)
    result = session.result()
    np.testing.assert_array_equal(result.record.outputs, night.offline)
    assert result.verdict.bit_exact
    assert result.verdict.kappa == result.verdict.offline_kappa
    assert sorted(item["epoch"] for item in heard.staged()) == list(range(EPOCHS))


def test_a_difference_in_any_frame_counts(night: Night) -> None:
    """Also in a frame that the stitched night takes nothing from at that place."""

    class Off(HostFrameStager):
        calls = 0

        def stage(self, rows: np.ndarray) -> Any:
            staged = super().stage(rows)
            outputs = staged.outputs.copy()
            if self.calls == 1:
                outputs[-1, 2] ^= 1
            self.calls += 1
            return type(staged)(outputs, staged.cost, staged.round_trip_ms)

    host = HostModel(Toy())
    session = Session(night, setting("frames"), host, NoBoard(), Heard())
    session.run_frames(Off(host))
    verdict = session.result().verdict
    # the second frame covers epochs 3 to 8; 8 is taken from the third
    assert [each.epoch for each in verdict.differences] == [8]


def test_pause_holds_the_rows_and_resume_lets_them_go(night: Night) -> None:
    heard = Heard()
    looks = 0

    def controls() -> list[dict[str, Any]]:
        nonlocal looks
        looks += 1
        if looks == 2:
            return [{"control": "pause"}, {"control": "pace", "value": -1}, {"control": "nonsense"}]
        if looks == 6:
            held.append(len(heard.staged()))
        if looks == 9:
            held.append(len(heard.staged()))
            return [{"control": "resume"}, {"control": "pace", "value": "max"}]
        return []

    held: list[int] = []
    result = rolled(night, heard, controls=controls).result()
    assert held[0] == held[1] < EPOCHS
    assert result.verdict.complete


def test_a_cancelled_session_is_saved_as_far_as_it_came(night: Night, tmp_path: Path) -> None:
    heard = Heard()
    heard.cancel_after = 5
    stager = BoardRollingStager(connect(TinyBoard(), heard), frame_size=SIZE, classes=4)
    session = Session(night, setting("rolling"), HostModel(Toy()), stager, heard)
    with pytest.raises(Cancelled):
        session.run_rolling(stager)
    result = session.result()
    assert 5 <= result.verdict.total < EPOCHS
    assert not result.verdict.complete
    assert len(rows_of(saved(tmp_path, result))) == result.verdict.total


def saved(folder: Path, result: SessionResult, kind: str = "rolling") -> Path:
    return save_session(folder, result, setting(kind))


def rows_of(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "stages.csv").open(encoding="utf-8", newline="")))


def test_what_is_saved_reads_back(night: Night, tmp_path: Path) -> None:
    result = rolled(night, Heard()).result()
    folder = saved(tmp_path, result)
    assert re.fullmatch(r"\d{8}T\d{6}-virtual-0007", folder.name)
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    rows = rows_of(folder)
    assert [FOUR.class_names[int(row["class"])] for row in rows] == [row["stage"] for row in rows]
    outputs = np.array([[int(row[f"output {name}"]) for name in FOUR.class_names] for row in rows])
    np.testing.assert_array_equal(outputs, result.record.outputs)
    assert (rows[4]["feature hrv"], rows[4]["expert_class"]) == ("", "")
    assert (folder / "differences.csv").read_text().count("\n") == 1
    document = json.loads((folder / "session.json").read_text("utf-8"))
    assert document["verdict"]["exact"] == EPOCHS
    assert document["counters"]["inferences"] == EPOCHS
    hypnogram = read_hypnogram(folder / "hypnogram.edf")
    expected = FOUR.stages(np.where(night.mask, result.record.stages, -1))
    np.testing.assert_array_equal(hypnogram.stages, expected)
    assert hypnogram.start == night.start
    assert saved(tmp_path, result) != folder


def test_a_night_nobody_scored_has_no_agreement(night: Night, tmp_path: Path) -> None:
    unscored = Night(
        "a/b", night.features, night.rows, night.mask, np.full(EPOCHS, -1, np.int8), night.offline, None,
        30.0, "seen in training",
    )  # fmt: skip
    result = rolled(unscored, Heard()).result()
    assert (result.verdict.kappa, result.verdict.offline_kappa, result.verdict.scored) == (None, None, 0)
    assert saved(tmp_path, result).name.endswith("-virtual-a_b")


def test_a_broken_link_is_told_and_what_came_is_kept(night: Night) -> None:
    heard = Heard()
    board = TinyBoard()
    stager = BoardRollingStager(
        Connection(lambda: _greeted(board), heard, reconnect_s=0.05, retry_s=0.01),
        frame_size=SIZE, classes=4, quiet_s=0.02,
    )  # fmt: skip
    session = Session(night, setting("rolling"), HostModel(Toy()), stager, heard)
    infer = board.infer

    def pulled() -> None:
        infer()
        board.deaf = board.staged >= 9

    board.infer = pulled  # type: ignore[method-assign]
    with pytest.raises(BoardError, match="did not come back"):
        session.run_rolling(stager)
    assert 1 <= session.result().verdict.total <= 9


def _greeted(board: TinyBoard) -> BoardClient:
    client = BoardClient(board, answer_s=0.01, repeats=2)
    client.hello()
    return client


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_rows_are_due_at_the_pace_of_the_night() -> None:
    clock = Clock()
    pacing = Pacing(60.0, 30.0, clock)
    assert pacing.wait_s == 0
    pacing.sent()
    assert pacing.wait_s == pytest.approx(0.5)
    clock.now += 0.6
    assert pacing.wait_s == 0
    pacing.sent()
    # a tenth late does not shift those that follow
    assert pacing.wait_s == pytest.approx(0.4)
    clock.now += 60
    pacing.sent()
    assert pacing.wait_s == pytest.approx(0.5), "what was missed is not made up for"


def test_the_pace_can_change_at_any_time() -> None:
    clock = Clock()
    pacing = Pacing(1.0, 30.0, clock)
    pacing.sent()
    assert pacing.wait_s == pytest.approx(30)
    pacing.set_pace(600.0)
    assert pacing.wait_s == pytest.approx(0.05)
    pacing.pause()
    clock.now += 10
    assert pacing.wait_s == float("inf")
    pacing.resume()
    assert pacing.wait_s == 0
    pacing.set_pace("max")
    pacing.sent()
    assert pacing.wait_s == 0


@pytest.mark.parametrize(
    ("value", "pace"),
    [("max", "max"), (60, 60.0), (0.5, 0.5), (0, None), (-1, None), (True, None), ("60", None), (None, None),
     (float("nan"), None), (1e9, None)],
)  # fmt: skip
def test_a_pace_is_a_number_above_zero_or_max(value: object, pace: object) -> None:
    assert parse_pace(value) == pace
