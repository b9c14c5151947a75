"""Five-fold staging of slpdb by the heart's rhythm alone, by person, float and int8.

    python -m benchmarks.slpdb_study --data DIR [--out DIR] [--seeds 1 2 3] [--shuffled]

For each seed: the study in resources/studies/slpdb.json, run by the main job: the network and recipe of the
sleep-accel study as they are, on 12 features of the intervals from beat to beat (FS-W-RR-12). Printed are
Cohen's kappa with its 95 % bootstrap interval over people, the accuracies of the majority and of the
all-sleep answer, and one row a person of the first seed: what a person has none of is undefined there, and
counts in no mean. `--shuffled` permutes each recording's labels first.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from sleepstudio.config import load_configuration
from sleepstudio.evaluation.agreement import cohen_kappa
from sleepstudio.features.store import read_table, write_table
from sleepstudio.hypnogram import Stage
from sleepstudio.jobs.run import run_job

STUDY = Path(__file__).parent.parent / "resources" / "studies" / "slpdb.json"


def run(data: Path, out: Path, seed: int, *, shuffled: bool) -> dict[str, Any]:
    """One run; returns its float and int8 metrics."""
    name = f"slpdb-seed-{seed}{'-shuffled' if shuffled else ''}"
    overrides = [f"datasets.0.params.path={data}", f"seed={seed}", f"name={name}"]
    overrides.append("test_metric_threshold=null")
    if shuffled:
        overrides.append(f"feature.save_path=features/{name}")
    configuration = load_configuration(STUDY, overrides)
    run_job(configuration, modes=["feature"], out=out)
    if shuffled:
        shuffle_labels(out / "features" / name, seed)
    outcome = run_job(configuration, modes=["train", "evaluate", "export"], out=out, resume=True)
    int8, floating = (
        json.loads((outcome.run / file).read_text()) for file in ("metrics_int8.json", "metrics.json")
    )
    return {"int8": int8, "float": floating}


def shuffle_labels(store: Path, seed: int) -> None:
    """Permutes every recording's stages: nothing is left to learn but their shares."""
    for number, path in enumerate(sorted(store.rglob("*.h5"))):
        table = read_table(path)
        scored = table.stages >= Stage.W
        stages = table.stages.copy()
        stages[scored] = np.random.default_rng([seed, number]).permutation(stages[scored])
        write_table(path, replace(table, stages=stages))


def row(seed: int, result: dict[str, Any]) -> str:
    def interval(estimate: dict[str, Any]) -> str:
        return f"{estimate['value']:.3f} [{estimate['ci_low']:.3f}, {estimate['ci_high']:.3f}]"

    int8, floating = result["int8"]["agreement"], result["float"]["agreement"]
    baselines = result["int8"]["baselines"]
    return (
        f"| {seed} | {interval(int8['pooled']['cohen_kappa'])} "
        f"| {interval(floating['pooled']['cohen_kappa'])} | {interval(int8['mean']['cohen_kappa'])} "
        f"| {interval(int8['pooled']['accuracy'])} "
        f"| {baselines['majority']['pooled']['accuracy']['value']:.3f} "
        f"| {baselines['all_sleep']['pooled']['accuracy']['value']:.3f} |"
    )


def people(metrics: dict[str, Any]) -> list[str]:
    """A row a person: scored epochs, kappa, and the share of each of its stages that was found."""
    confusions: dict[str, Any] = defaultdict(lambda: np.zeros((4, 4), np.int64))
    for recording in metrics["per_recording"].values():
        confusions[recording["subject"]] += np.array(recording["confusion"])
    lines = []
    for person, confusion in sorted(confusions.items()):
        support = confusion.sum(1)
        found = [
            f"{confusion[stage, stage] / support[stage]:.2f} of {support[stage]}" if support[stage] else "–"
            for stage in range(4)
        ]
        kappa = float(cohen_kappa(confusion))
        lines.append(f"| {person} | {support.sum()} | {kappa:.2f} | {' | '.join(found)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the slpdb files")
    parser.add_argument("--out", type=Path, help="study folder to keep (default: a temporary one)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--shuffled", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = (options.out or Path(temporary)).absolute()
        print(
            "| seed | int8 κ, pooled [95 % CI] | float κ, pooled | int8 κ, mean of people | int8 accuracy "
            "| majority | all sleep |\n|---|---|---|---|---|---|---|"
        )
        results = []
        for seed in options.seeds:
            results.append(run(options.data.absolute(), out, seed, shuffled=options.shuffled))
            print(row(seed, results[-1]), flush=True)
        if not options.shuffled:
            print(f"\nSeed {options.seeds[0]}, int8, by person:\n")
            print("| person | epochs | κ | WAKE found | CORE found | DEEP found | REM found |")
            print("|---|---|---|---|---|---|---|")
            print("\n".join(people(results[0]["int8"])))
        print(f"\nclasses: {', '.join(results[0]['int8']['classes'])}")


if __name__ == "__main__":
    main()
