"""Train, export, flash the virtual board, stage over the wire: bit for bit the host's."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from board_study import Flashed, board, events_of
from independent_client import Board
from pulled_cable import Cable
from tiny_board import FaultyLink

from sleepstudio.board.board_frames import BoardFrameStager
from sleepstudio.board.board_rolling import BoardRollingStager
from sleepstudio.board.client import BoardClient
from sleepstudio.board.connection import Connection
from sleepstudio.board.link import open_link
from sleepstudio.board.memory_map import MODEL_ADDRESS
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.deployment.board_image import parse_header, probabilities_u8, read_header
from sleepstudio.deployment.verify import run_on_micro_runtime
from sleepstudio.evaluation.predictions import read_predictions
from sleepstudio.recordings import read_hypnogram
from sleepstudio.staging.rolling import stage_rolling
from sleepstudio.staging.stage import night_frames
from sleepstudio.staging.tiling import stitch

CLASSES = ("WAKE", "CORE", "DEEP", "REM")


def session_of(flashed: Flashed, *arguments: str) -> tuple[dict[str, Any], list[dict[str, str]], Path]:
    """Runs a session by the command; its JSON, its epochs, its folder."""
    before = set(flashed.sessions()) if (flashed.run / "sessions").exists() else set()
    done = board("run", flashed.run, "--backend", "virtual", *arguments, cwd=flashed.folder)
    assert done.status == 0, done.out + done.err
    (folder,) = set(flashed.sessions()) - before
    rows = list(csv.DictReader((folder / "stages.csv").open(encoding="utf-8", newline="")))
    return json.loads((folder / "session.json").read_text("utf-8")), rows, folder


def outputs_of(rows: list[dict[str, str]]) -> np.ndarray:
    return np.array([[int(row[f"output {name}"]) for name in CLASSES] for row in rows], np.int8)


def test_flashing_tells_its_steps_and_twice_is_once(flashed: Flashed) -> None:
    assert "Flashed firmware and model" in flashed.out
    again = board("flash", flashed.run, "--backend", "virtual", cwd=flashed.folder)
    assert again.status == 0
    assert "Nothing had to be flashed" in again.out


def test_a_night_row_by_row_is_the_hosts_bit_for_bit(flashed: Flashed) -> None:
    document, rows, folder = session_of(flashed)
    table = flashed.table()
    expected = stage_rolling(table, flashed.model)
    np.testing.assert_array_equal(outputs_of(rows), expected.outputs)
    np.testing.assert_array_equal([int(row["class"]) for row in rows], expected.classes)
    verdict = document["verdict"]
    assert (verdict["exact"], verdict["total"], verdict["differences"]) == (len(table), len(table), [])
    assert (document["seen"], document["kind"], document["backend"]) == ("held out", "rolling", "virtual")
    assert document["costs"]["unit"] == "instructions"
    assert document["costs"]["cpu_hz"] is None, "instructions are never time"
    assert document["counters"]["inferences"] == len(table)
    hypnogram = read_hypnogram(folder / "hypnogram.edf")
    np.testing.assert_array_equal(hypnogram.scored, table.mask)


def test_the_frames_of_a_night_are_what_export_staged(flashed: Flashed) -> None:
    """The board's night against the int8 predictions that the export wrote, which knew of no board."""
    document, rows, _ = session_of(flashed, "--frames")
    table, model = flashed.table(), flashed.model
    assert model.input_quantisation is not None
    frames = model.input_quantisation.quantise(night_frames(table, model.frame_size))
    np.testing.assert_array_equal(outputs_of(rows), stitch(model.predict_int8(frames), len(table)))
    (staged,), _ = read_predictions(flashed.run / "predictions_int8.h5")
    np.testing.assert_array_equal([int(row["class"]) for row in rows], staged.predicted)
    assert document["verdict"]["exact"] == document["verdict"]["total"] == len(table)


def test_probabilities_are_the_images_to_the_bit(flashed: Flashed) -> None:
    header = read_header((flashed.run / "board_image.bin").read_bytes())
    expected = stage_rolling(flashed.table(), flashed.model)
    with VirtualBoard(flashed.mram) as virtual:
        client = Board(virtual.port)
        rows = expected.rows[:40].tolist()
        told = [list(probabilities) for _, _, probabilities in client.rolling(3, rows)]
        client.close()
    np.testing.assert_array_equal(told, probabilities_u8(header, expected.outputs[:40]))


def test_a_client_written_from_the_page_alone_stages_the_same_night(flashed: Flashed) -> None:
    expected = stage_rolling(flashed.table(), flashed.model)
    frames = night_frames(flashed.table(), flashed.model.frame_size)
    assert flashed.model.input_quantisation is not None
    offline = flashed.model.predict_int8(flashed.model.input_quantisation.quantise(frames))
    with VirtualBoard(flashed.mram) as virtual:
        client = Board(virtual.port)
        hello = client.hello()
        assert (hello["frame_size"], hello["features"], hello["classes"]) == (60, 14, 4)
        assert hello["model"] == flashed.model.sha256
        staged = list(client.rolling(0xC0FFEE, expected.rows.tolist()))
        whole = [client.frame(77, k, frame.tolist(), 4) for k, frame in enumerate(frames)]
        client.close()
    assert b"".join(outputs for _, outputs, _ in staged) == expected.outputs.tobytes()
    assert [stage for stage, _, _ in staged] == expected.classes.tolist()
    assert b"".join(whole) == offline.tobytes()


def patched(image: bytes, tflite: bytes, channel: int, source: int, change: int) -> tuple[bytes, bytes]:
    """One weight of the last 1×1 convolution changed in both, by docs/board_image.md."""
    header = parse_header(image)
    record = header.layers_at + 64 * (header.layers - 1)
    kind, flags = image[record], image[record + 1]
    inputs, outputs, taps = struct.unpack_from("<HHH", image, record + 6)
    data_at, scaling_at, zero_in = struct.unpack_from("<IIi", image, record + 32)
    assert (kind, taps) == (1, 1)
    stride = 8 * ((inputs + 3) // 4)

    def at(o: int, i: int) -> int:
        return data_at + o // 2 * stride + i // 4 * 8 + o % 2 * 4 + i % 4

    weights = bytes(image[at(o, i)] for o in range(outputs) for i in range(inputs))
    assert tflite.count(weights) == 1
    place = tflite.index(weights) + channel * inputs + source
    (old,) = struct.unpack_from("<b", tflite, place)
    new = old + change if -128 <= old + change <= 127 else old - change
    network = bytearray(tflite)
    struct.pack_into("<b", network, place, new)
    board_image = bytearray(image)
    struct.pack_into("<b", board_image, at(channel, source), new)
    bias_at = scaling_at + 16 * channel
    (bias,) = struct.unpack_from("<i", board_image, bias_at)
    doubled = 1 if flags & 4 else 2
    struct.pack_into("<i", board_image, bias_at, bias - doubled * zero_in * (new - old))
    struct.pack_into("<I", board_image, 12, zlib.crc32(board_image[16:]))
    return bytes(board_image), bytes(network)


def test_one_weight_changes_the_board_as_it_changes_the_micro_runtime(flashed: Flashed) -> None:
    image = (flashed.run / "board_image.bin").read_bytes()
    model = flashed.model
    frames = night_frames(flashed.table(), model.frame_size)[:2]
    assert model.input_quantisation is not None
    quantised = model.input_quantisation.quantise(frames)
    changed, network = patched(image, model.content, channel=2, source=5, change=40)
    with VirtualBoard(flashed.mram) as virtual:
        client = Board(virtual.port)
        before = [client.frame(1, k, frame.tolist(), 4) for k, frame in enumerate(frames)]
        client.send_image(changed)
        after = [client.frame(2, k, frame.tolist(), 4) for k, frame in enumerate(frames)]
        client.close()
    assert b"".join(before) == run_on_micro_runtime(model.content, quantised)[0].tobytes()
    assert b"".join(after) == run_on_micro_runtime(network, quantised)[0].tobytes()
    assert before != after


class Quiet:
    def log(self, source: str, text: str) -> None:
        """Nobody listens."""

    def check_cancelled(self) -> None:
        """Never."""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_damage_on_the_way_to_the_firmware_costs_time_and_nothing_else(flashed: Flashed, seed: int) -> None:
    expected = stage_rolling(flashed.table(), flashed.model)
    count = 60
    with VirtualBoard(flashed.mram) as virtual:
        link = FaultyLink(_Bounded(open_link(virtual.port)), seed, 0.02)  # type: ignore[arg-type]
        connection = Connection(lambda: BoardClient(link, answer_s=0.15, repeats=12), Quiet(), reconnect_s=5)
        stager = BoardRollingStager(connection, frame_size=60, classes=4, quiet_s=0.2)
        found: list[Any] = []
        offered = 0
        while len(found) < count:
            while offered < count and stager.room:
                stager.offer(expected.rows[offered])
                offered += 1
            if offered == 30 and not virtual.facts.resets > 1:
                virtual.reset()
            found += stager.pump(0.05)
        frames = night_frames(flashed.table(), 60)
        whole = BoardFrameStager(connection, classes=4, quiet_s=0.2).stage(frames[1])
    assert link.faults
    assert [each.outputs for each in found] == [tuple(row) for row in expected.outputs[:count].tolist()]
    assert flashed.model.input_quantisation is not None
    quantised = flashed.model.input_quantisation.quantise(frames[1:2])
    np.testing.assert_array_equal(whole.outputs, flashed.model.predict_int8(quantised)[0])


class _Bounded:
    """Hands out what arrives in small pieces, so that damage hits frames and not heaps of them."""

    def __init__(self, link: Any) -> None:
        self.link = link
        self.rest = b""

    def write(self, data: bytes) -> None:
        self.link.write(data)

    def read(self, timeout_s: float) -> bytes:
        self.rest = self.rest or self.link.read(timeout_s)
        piece, self.rest = self.rest[:200], self.rest[200:]
        return piece


def test_a_session_goes_at_its_pace_and_can_be_told_otherwise(flashed: Flashed) -> None:
    """600 times faster, 40 epochs take 2 s; told to go as fast as it can they take less."""
    arguments = ("run", flashed.run, "--backend", "virtual", "--pace", "600", "--epochs", "40")
    began = time.monotonic()
    events = events_of(arguments, flashed.folder)
    paced = time.monotonic() - began
    assert paced >= 39 * 30 / 600
    epochs = [item["epoch"] for event in events if event["event"] == "stages" for item in event["items"]]
    assert epochs == list(range(40))
    kinds = [event["event"] for event in events]
    assert kinds.index("board") < kinds.index("session") < kinds.index("stages") < kinds.index("verdict")
    assert events[-1] == {"event": "state", "state": "finished"}
    slow = ("run", flashed.run, "--backend", "virtual", "--pace", "1", "--epochs", "40")
    told = events_of(slow, flashed.folder, '{"control": "pace", "value": "max"}\n')
    assert told[-1]["state"] == "finished", "at the night's own pace this would take twenty minutes"


def test_ctrl_c_keeps_what_was_staged(flashed: Flashed) -> None:
    """The signal reaches the whole process group, the virtual board's process too."""
    before = set(flashed.sessions()) if (flashed.run / "sessions").exists() else set()
    process = subprocess.Popen(
        [sys.executable, "-m", "sleepstudio.cli", "board", "run", str(flashed.run), "--backend", "virtual",
         "--pace", "300"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=flashed.folder,
        env=os.environ | {"PYTHONUNBUFFERED": "1"}, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("demo:"):
            break
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    (folder,) = set(flashed.sessions()) - before
    verdict = json.loads((folder / "session.json").read_text("utf-8"))["verdict"]
    assert 0 < verdict["total"] < len(flashed.table())
    assert verdict["exact"] == verdict["total"]
    assert not verdict["complete"]


def test_info_says_who_the_board_is(flashed: Flashed) -> None:
    done = board("info", flashed.run, "--backend", "virtual", "--json", cwd=flashed.folder)
    assert done.status == 0
    said = json.loads(done.out)["board"]
    assert said["model_id"] == flashed.model.sha256
    assert (said["board"]["state"], said["model"]["state"]) == ("ok", "ok")
    assert said["cost_unit"] == "instructions"


def test_profile_names_each_layers_cost(flashed: Flashed) -> None:
    done = board("profile", flashed.run, "--backend", "virtual", "--json", cwd=flashed.folder)
    costs = json.loads(done.out)
    header = read_header((flashed.run / "board_image.bin").read_bytes())
    assert len(costs["layers"]) == header.layers
    assert costs["unit"] == "instructions"
    # a multiply-accumulate of two takes an instruction at least
    assert sum(layer["cost"] for layer in costs["layers"]) > header.macs / 2
    again = json.loads(
        board("profile", flashed.run, "--backend", "virtual", "--json", cwd=flashed.folder).out
    )
    assert again == costs, "counts repeat"


def test_another_runs_model_on_the_board_is_told_with_the_remedy(flashed: Flashed, tmp_path: Path) -> None:
    other = tmp_path / "other.mram"
    mram = bytearray(flashed.mram.read_bytes())
    place = MODEL_ADDRESS
    mram[place + 20] ^= 1
    length = struct.unpack_from("<I", mram, place + 8)[0]
    struct.pack_into("<I", mram, place + 12, zlib.crc32(mram[place + 16 : place + length]))
    other.write_bytes(mram)
    memory = ("--virtual-memory", str(other))
    done = board("run", flashed.run, "--backend", "virtual", *memory, cwd=flashed.folder)
    assert done.status == 3
    assert "not this run's" in done.err
    assert "sleepstudio board flash" in done.err
    fresh = board(
        "run", flashed.run, "--backend", "virtual", "--virtual-memory", tmp_path / "new.mram",
        cwd=flashed.folder,
    )  # fmt: skip
    assert fresh.status == 3
    assert "never flashed" in fresh.err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("info",), 3, "--backend virtual"),
        (("run",), 3, "J-Link USB"),
        (("run", "--port", "/dev/no-such-port"), 3, "sleepstudio board list"),
        (("run", "--port", "socket://127.0.0.1:9"), 3, "cannot be opened"),
        (("flash", "--backend", "pc"), 2, "Set backend to evb or virtual"),
        (("run", "--recording", "nobody", "--backend", "pc"), 3, "no recording 'nobody'"),
        (("run", "--pace", "fast"), 2, "--pace"),
    ],
)
def test_what_is_missing_is_said_at_once(
    flashed: Flashed, arguments: tuple[str, ...], status: int, said: str
) -> None:
    name, *options = arguments
    began = time.monotonic()
    done = board(name, flashed.run, *options, cwd=flashed.folder)
    assert (done.status, said in done.err) == (status, True), done.err
    assert time.monotonic() - began < 30


def test_the_configurations_backend_does_the_same_in_batch(flashed: Flashed) -> None:
    """SleepKit's way: mode demo with its backend; here on this computer."""
    before = set(flashed.sessions()) if (flashed.run / "sessions").exists() else set()
    done = subprocess.run(
        [sys.executable, "-m", "sleepstudio.cli", "--batch", str(flashed.run / "configuration.json"),
         "--mode", "demo", "--set", "backend=pc", "demo_size=12"],
        capture_output=True, text=True, timeout=120, cwd=flashed.folder, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "12 epochs staged on this computer" in done.stdout
    (folder,) = set(flashed.sessions()) - before
    assert json.loads((folder / "session.json").read_text())["verdict"]["total"] == 12


def test_a_cable_that_is_pulled_in_mid_frame_and_plugged_in_again_loses_nothing(flashed: Flashed) -> None:
    """A real board's way: a port, here the virtual board's socket at the end of a cable."""
    before = set(flashed.sessions()) if (flashed.run / "sessions").exists() else set()
    with VirtualBoard(flashed.mram) as virtual, Cable(virtual.port, (1500, 901), out_s=0.5) as cable:
        done = board("run", flashed.run, "--port", cable.port, "--epochs", "100", cwd=flashed.folder)
        assert done.status == 0, done.out + done.err
        assert cable.pulls == 2
    assert "The board is back" in done.out
    (folder,) = set(flashed.sessions()) - before
    document = json.loads((folder / "session.json").read_text("utf-8"))
    assert document["counters"]["reconnects"] == 2
    rows = list(csv.DictReader((folder / "stages.csv").open(encoding="utf-8", newline="")))
    expected = stage_rolling(flashed.table(), flashed.model)
    np.testing.assert_array_equal(outputs_of(rows), expected.outputs[:100])


@pytest.mark.skipif(sys.platform != "linux", reason="finds the process in /proc")
def test_a_virtual_board_that_dies_is_said_at_once_and_what_came_is_kept(flashed: Flashed) -> None:
    before = set(flashed.sessions()) if (flashed.run / "sessions").exists() else set()
    process = subprocess.Popen(
        [sys.executable, "-m", "sleepstudio.cli", "board", "run", str(flashed.run), "--backend", "virtual",
         "--pace", "300"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=flashed.folder,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("demo:"):
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    began = time.monotonic()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "the process of the virtual board ended" in err
    assert time.monotonic() - began < 30
    (folder,) = set(flashed.sessions()) - before
    assert json.loads((folder / "session.json").read_text("utf-8"))["verdict"]["total"] > 0


def test_a_worker_passes_control_lines_on(flashed: Flashed, tmp_path: Path) -> None:
    """At the night's own pace ten epochs take five minutes; told otherwise they take none."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "sleepstudio.jobs.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=flashed.folder,
    )  # fmt: skip
    assert worker.stdin is not None
    assert worker.stdout is not None
    arguments = ["--batch", str(flashed.run / "configuration.json"), "--mode", "demo", "--set", "backend=pc",
                 "demo_size=10", "board.pace=1"]  # fmt: skip
    worker.stdin.write(json.dumps({"run": arguments, "log": str(tmp_path / "job.log")}) + "\n")
    worker.stdin.flush()
    kinds = []
    for line in worker.stdout:
        event = json.loads(line)
        kinds.append(event["event"])
        if event["event"] == "session":
            worker.stdin.write('{"control": "pace", "value": "max"}\n')
            worker.stdin.flush()
    assert worker.wait(30) == 0
    assert "verdict" in kinds


def test_a_run_that_was_exported_before_there_were_board_images_is_flashed(
    flashed: Flashed, tmp_path: Path
) -> None:
    run = tmp_path / "runs" / "tiny"
    shutil.copytree(flashed.run, run)
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    del manifest["stages"]["export"]["files"]["board_image.bin"]
    (run / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (run / "board_image.bin").unlink()
    done = board("flash", run, "--backend", "virtual", cwd=tmp_path)
    assert done.status == 0, done.out + done.err
    image = (flashed.run / "board_image.bin").read_bytes()
    mram = (tmp_path / "board" / "virtual.mram").read_bytes()
    assert mram[MODEL_ADDRESS : MODEL_ADDRESS + len(image)] == image


def test_a_run_that_was_only_trained_is_exported_on_the_way(flashed: Flashed, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "tiny"
    shutil.copytree(flashed.run, run)
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    for stage in ("evaluate", "export", "report"):
        for name in manifest["stages"].pop(stage)["files"]:
            (run / name).unlink()
    (run / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    done = board("flash", run, "--backend", "virtual", cwd=tmp_path)
    assert done.status == 0, done.out + done.err
    assert "no export stage yet" in done.out
    assert (run / "board_image.bin").read_bytes() == (flashed.run / "board_image.bin").read_bytes()
    assert (tmp_path / "board" / "virtual.mram").exists()
