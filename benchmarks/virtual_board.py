"""The virtual board: its speed, what it costs while it waits, and whether it counts the same twice.

A preset network with random weights is flashed beside the firmware. Rows go over the link one at a time
(rolling), then as whole frames. Budgets: less than 1 % of a processor while the core sleeps; the same
instructions for the same frame, every time. The rest is told, without a budget: it is the host's speed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board.client import BoardClient
from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.flash import flash_board
from sleepstudio.board.link import open_link
from sleepstudio.board.messages import Frame, Kind, Stage
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.monitor import SILENT

FEATURES, CLASSES = 14, 4
WAIT_S = 10.0
IDLE_BUDGET_PERCENT = 1.0
LIMIT_S = 60.0


def untrained_image(preset: str, frame_size: int) -> bytes:
    """A board image of a preset as it is before training."""
    from sleepstudio.deployment.board_image_writer import board_image
    from sleepstudio.deployment.convert import convert_int8
    from sleepstudio.models.build import build_network
    from sleepstudio.models.registry import network_of

    network = network_of(preset, {}, FEATURES, CLASSES)
    frames = np.random.default_rng(0).normal(size=(8, frame_size, FEATURES)).astype(np.float32)
    model = convert_int8(build_network(network, frame_size), network, frames)
    return board_image(model, name=preset, stage_set=CLASSES, parameters=0)


def await_told(client: BoardClient, kind: type[Stage] | type[Frame]) -> Stage | Frame:
    """The next message of a kind that the board sends of its own accord."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        while client.unsolicited:
            told = client.unsolicited.popleft()
            if isinstance(told, kind):
                return told
        client.poll(1.0)
    raise TimeoutError(f"no {kind.__name__} within {LIMIT_S:g} s")


def idle_percent(board: VirtualBoard) -> float:
    """Of one processor, by the process's own time."""
    began, before = time.monotonic(), _processor_s(board.client.process_id)
    time.sleep(WAIT_S)
    return 100 * (_processor_s(board.client.process_id) - before) / (time.monotonic() - began)


def _processor_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rolling(client: BoardClient, rows: NDArray[np.float32]) -> tuple[list[float], list[int]]:
    """Seconds from row to stage, and instructions, for each epoch."""
    client.begin(1, Kind.ROLLING)
    trips, costs = [], []
    for epoch, row in enumerate(rows):
        began = time.perf_counter()
        client.rows(1, epoch, row[None])
        stage = await_told(client, Stage)
        trips.append(time.perf_counter() - began)
        costs.append(stage.cost)
    return trips, costs


def framed(
    client: BoardClient, session: int, rows: NDArray[np.float32], chunk: int
) -> tuple[float, float, int]:
    """Seconds of a whole frame with its outputs, of its inference alone, and its instructions."""
    client.begin(session, Kind.FRAMES)
    began = time.perf_counter()
    for first in range(0, len(rows), chunk):
        client.rows(session, first, rows[first : first + chunk])
    asked = time.perf_counter()
    client.run(session, 0)
    frame = await_told(client, Frame)
    told = time.perf_counter()
    client.outputs(session, 0, len(rows), CLASSES)
    return time.perf_counter() - began, told - asked, frame.cost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="tcn-10k")
    parser.add_argument("--frame-size", type=int, default=240)
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    image = untrained_image(arguments.preset, arguments.frame_size)
    rows = np.random.default_rng(1).normal(size=(arguments.frame_size, FEATURES)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder, VirtualBoard(Path(folder) / "board.mram") as board:
        began = time.perf_counter()
        flash_board(board.probe, lambda: open_link(board.port), firmware_image(), image, monitor=SILENT)
        print(f"flashed, verified, restarted, hello   {time.perf_counter() - began:8.3f} s")
        client = BoardClient(open_link(board.port))
        trips, costs = rolling(client, rows[: arguments.epochs])
        print(f"{arguments.preset}, frame of {arguments.frame_size}")
        print(f"instructions of an inference          {costs[-1]:12,}")
        print(f"row to stage, median                  {1e3 * np.median(trips):8.1f} ms")
        frames = [framed(client, 2 + index, rows, chunk) for index, chunk in enumerate((5, 18, 18))]
        whole = np.median([seconds for seconds, _, _ in frames])
        print(f"whole frame over the link, median     {1e3 * whole:8.1f} ms")
        mips = np.median([cost / seconds / 1e6 for _, seconds, cost in frames])
        print(f"speed of an inference                 {mips:8.0f} MIPS")
        print(f"requests repeated                     {client.counters.repeats:8}")
        client.close()
        idle = idle_percent(board)
    same = len({cost for _, _, cost in frames}) == 1
    print(f"the same count for the same frame     {'yes' if same else 'NO: ' + str(frames):>8}")
    print(f"waiting, of one processor             {idle:8.2f} %  (budget {IDLE_BUDGET_PERCENT:g} %)")
    return 0 if same and idle < IDLE_BUDGET_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
