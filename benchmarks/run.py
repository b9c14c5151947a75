"""Runs the benchmarks one after another: `python -m benchmarks.run short|long`.

What needs real recordings finds them by SLEEPSTUDIO_DATA; what compares with SleepKit finds its Python by
SLEEPSTUDIO_SLEEPKIT_PYTHON (an environment with sleepkit 0.11) and its configurations beside the data. What
is not there is left out, and said.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def commands(which: str) -> list[list[str]]:
    """The commands, without the interpreter; says what is left out."""
    data = os.environ.get("SLEEPSTUDIO_DATA")
    peer = os.environ.get("SLEEPSTUDIO_SLEEPKIT_PYTHON")
    configs = Path(data).parent / "sleepkit" / "configs" if data else None
    with_peer = ["--sleepkit-python", peer] if peer else []
    if not peer:
        print("SLEEPSTUDIO_SLEEPKIT_PYTHON is not set: SleepKit's own figures are left out.")
    if which == "short":
        return [
            ["-m", "benchmarks.start"],
            ["-m", "benchmarks.desktop_start"],
            ["-m", "benchmarks.desktop_stalls"],
            ["-m", "benchmarks.simulate"],
            ["-m", "benchmarks.catalogue"],
            ["-m", "benchmarks.catalogue_table"],
            ["-m", "benchmarks.viewer"],
            ["-m", "benchmarks.features", *with_peer],
            ["-m", "benchmarks.heartbeat"],
            ["-m", "benchmarks.virtual_board"],
            ["-m", "benchmarks.board_engine"],
        ]
    chosen: list[list[str]] = []
    if data:
        features = f"{data}/sleep-accel-features"
        chosen.append(["-m", "benchmarks.sleep_accel", "--data", features])
        chosen.append(["-m", "benchmarks.sleep_accel", "--data", features, "--shuffled"])
        chosen.append(["-m", "benchmarks.slpdb_study", "--data", f"{data}/slpdb"])
        chosen.append(["-m", "benchmarks.slpdb_study", "--data", f"{data}/slpdb", "--shuffled"])
    else:
        print("SLEEPSTUDIO_DATA is not set: the figures on real recordings are left out.")
    if configs and configs.is_dir():
        chosen.append(["-m", "benchmarks.sleepkit_studies", "--configs", str(configs)])
        chosen.append(
            ["-m", "benchmarks.training_speed", "--config", str(configs / "ss-4-tcn-sm.json"), *with_peer]
        )
    else:
        print("SleepKit's configurations are not beside the data: its studies are left out.")
    return chosen


def main() -> int:
    which = sys.argv[1] if len(sys.argv) == 2 else ""
    if which not in ("short", "long"):
        print(__doc__)
        return 2
    worst = 0
    for command in commands(which):
        print(f"\n$ python {' '.join(command)}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, *command], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
