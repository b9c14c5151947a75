"""Training throughput and memory of SleepKit's SS-4 configuration, ours and SleepKit's own, in one run.

    python -m benchmarks.training_speed --config ss-4-tcn-sm.json --sleepkit-python PATH [--rounds 3]

Both train the same configuration on the same feature tables (simulated nights; speed does not depend on what
they hold), in processes of their own, in turn. A round runs each twice, for few and for more training epochs;
frames a second are the frames between the two over the difference of their times, so that imports, building
and tracing do not count. Printed are each round's figures, their median, the ratio, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FEW, MORE = 2, 6
NIGHTS = 16


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


def measure(command: list[str], log: Path) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of a command. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed; see {log}:\n{log.read_text()[-2000:]}")
    return time.perf_counter() - start, usage.ru_maxrss / (1 if sys.platform == "darwin" else 1024)


def throughput(document: dict[str, Any], folder: Path, name: str, command: list[str]) -> tuple[float, float]:
    """Steady frames a second, and peak megabytes."""
    times, memory = {}, 0.0
    for epochs in (FEW, MORE):
        config = folder / f"{name}-{epochs}.json"
        config.write_text(
            json.dumps({**document, "epochs": epochs, "job_dir": str(folder / f"{name}-{epochs}")})
        )
        times[epochs], peak = measure([*command, str(config)], folder / f"{name}-{epochs}.log")
        memory = max(memory, peak)
    frames = (MORE - FEW) * document["steps_per_epoch"] * document["batch_size"]
    return frames / (times[MORE] - times[FEW]), memory


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True, help="SleepKit's ss-4-tcn-sm.json")
    parser.add_argument("--sleepkit-python", type=Path, help="python of an environment with sleepkit")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    commands = {"sleepstudio": [sys.executable, "-m", "sleepstudio.cli", "--mode", "train", "--batch"]}
    if options.sleepkit_python:
        commands["sleepkit"] = [
            str(options.sleepkit_python),
            "-m",
            "sleepkit",
            "-t",
            "stage",
            "-m",
            "train",
            "-c",
        ]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        document = prepare(folder, options.config)
        rates: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(1, options.rounds + 1):
            for name, command in commands.items():
                rate, memory = throughput(document, folder, name, command)
                rates[name].append(rate)
                print(f"round {number}  {name:12} {rate:7.0f} frames/s  {memory:6.0f} MB peak", flush=True)
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
