"""SleepKit's ss-2 … ss-5 configurations, unmodified but for paths, on simulated nights in MESA's layout.

    python -m benchmarks.sleepkit_studies --configs DIR [--nights 24] [--out DIR] [--only ss-4]

Features, training, evaluation and export, as published: every training epoch of them, up to early stopping.
Printed per study: parameters, training epochs, time, whether int8 is bit-exact, and what int8 costs. The
nights are simulated, so that agreement shows that learning works and says nothing about people.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from sleepstudio.config import load_configuration
from sleepstudio.jobs.run import run_job
from sleepstudio.recordings.simulate import simulate_study


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--configs", type=Path, required=True, help="folder of SleepKit's configurations")
    parser.add_argument("--nights", type=int, default=24)
    parser.add_argument("--out", type=Path, help="study folder to keep (default: a temporary one)")
    parser.add_argument("--only", nargs="+", default=["ss-2", "ss-3", "ss-4", "ss-5"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = (options.out or Path(temporary)).absolute()
        simulate_study(out / "nights", options.nights, seed=11, montage="wrist", processes=2)
        print("| study | parameters | training epochs | minutes | int8 values that differ | drop of F1 |")
        print("|---|---|---|---|---|---|")
        for name in options.only:
            print(row(options.configs / f"{name}-tcn-sm.json", out), flush=True)


def row(config: Path, out: Path) -> str:
    configuration = load_configuration(config, [f"datasets.0.params.path={out / 'nights'}"])
    start = time.perf_counter()
    outcome = run_job(configuration, out=out)
    minutes = (time.perf_counter() - start) / 60
    facts = json.loads((outcome.run / "manifest.json").read_text())["stages"]["train"]["facts"]["fits"][
        "model"
    ]
    export = json.loads((outcome.run / "export.json").read_text())
    verification = export["models"]["model"]["verification"]
    return (
        f"| {configuration.name} | {facts['parameters']:,} | {facts['training_epochs']} ({facts['ended']}) "
        f"| {minutes:.0f} | {verification['differing']} of {verification['values']} "
        f"| {export['gate']['drop']:.4f} |"
    )


if __name__ == "__main__":
    main()
