"""Training throughput and memory of SleepKit's SS-4 configuration, ours and SleepKit's own, in one run.

    python -m benchmarks.training_speed --config ss-4-tcn-sm.json --sleepkit-python PATH [--rounds 3]

Both train the same configuration on the same feature tables (simulated nights; speed does not depend on what
they hold), in processes of their own, in turn. A training epoch lasts from one's end to the next one's, so
that imports, building and tracing do not count, and validation, equally large for both, does. After some
training epochs the process is ended. Printed: the median of each round, the ratios round by round, and peak
memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

EPOCHS = 9
"""Training epochs of a round; the first is not counted."""

NIGHTS = 16


@dataclass(frozen=True)
class Peer:
    """A program that trains. ``marker``: what the line at the end of a training epoch has."""

    name: str
    command: list[str]
    marker: re.Pattern[str]


def prepare(folder: Path, config: Path) -> dict[str, Any]:
    """A store of feature tables, and the configuration with its paths and sizes that fit it."""
    from sleepstudio.config import load_configuration
    from sleepstudio.jobs.run import run_job

    document: dict[str, Any] = json.loads(config.read_text())
    document["datasets"] = [{"name": "mesa", "params": {"path": str(folder / "nights")}}]
    document["feature"]["save_path"] = str(folder / "store")
    # three validation people give this many frames, so that both validate on equally many
    document["val_samples_per_subject"] = document["batch_size"]
    document["val_size"] = document["batch_size"] * 3
    path = folder / "prepare.json"
    path.write_text(json.dumps({**document, "simulation": {"nights": NIGHTS, "hours": 8}}))
    run_job(load_configuration(path), modes=["simulate", "feature"], out=folder)
    return document


def ends_of_epochs(command: list[str], marker: re.Pattern[str]) -> tuple[list[float], float]:
    """Runs a command; the times at which it printed ``marker``, and its peak resident megabytes."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    )
    assert process.stdout is not None
    times, tail = [], []
    for line in process.stdout:
        tail = [*tail[-20:], line]
        if marker.search(line):
            times.append(time.perf_counter())
        if len(times) == EPOCHS:
            process.kill()
            break
    _, _, usage = os.wait4(process.pid, 0)
    if len(times) < EPOCHS:
        raise SystemExit(f"{' '.join(command)} ended after {len(times)} training epochs:\n{''.join(tail)}")
    return times, usage.ru_maxrss / (1 if sys.platform == "darwin" else 1024)


def throughput(document: dict[str, Any], folder: Path, peer: Peer) -> tuple[float, float]:
    """Median frames a second over training epochs, and peak megabytes."""
    config = folder / f"{peer.name}.json"
    config.write_text(json.dumps({**document, "job_dir": str(folder / peer.name), "verbose": 2}))
    times, memory = ends_of_epochs([*peer.command, str(config)], peer.marker)
    frames = document["steps_per_epoch"] * document["batch_size"]
    return frames / statistics.median(after - before for before, after in pairwise(times)), memory


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True, help="SleepKit's ss-4-tcn-sm.json")
    parser.add_argument("--sleepkit-python", type=Path, help="python of an environment with sleepkit")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ours = [sys.executable, "-m", "sleepstudio.cli", "--mode", "train", "--events", "1", "--batch"]
    peers = [Peer("sleepstudio", ours, re.compile('"name": ?"val_loss"'))]
    if options.sleepkit_python:
        theirs = [str(options.sleepkit_python), "-m", "sleepkit", "-t", "stage", "-m", "train", "-c"]
        # Keras' line at the end of each training epoch
        peers.append(Peer("sleepkit", theirs, re.compile(r"^\d+/\d+ - \d+s.*val_loss")))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        document = prepare(folder, options.config)
        rates: dict[str, list[float]] = {peer.name: [] for peer in peers}
        for number in range(1, options.rounds + 1):
            for peer in peers:
                rate, memory = throughput(document, folder, peer)
                rates[peer.name].append(rate)
                print(
                    f"round {number}  {peer.name:12} {rate:7.0f} frames/s  {memory:6.0f} MB peak", flush=True
                )
        for name, values in rates.items():
            print(f"median   {name:12} {statistics.median(values):7.0f} frames/s")
        if "sleepkit" in rates:
            ratios = [
                ours / theirs for ours, theirs in zip(rates["sleepstudio"], rates["sleepkit"], strict=True)
            ]
            each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            print(f"ratio, round by round: {each}; median {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
