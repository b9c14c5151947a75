"""Five-fold staging of the published sleep-accel features, by person, int8: the README's real-data claim.

    python -m benchmarks.sleep_accel --data DIR [--out DIR] [--seeds 1 2 3] [--stage-sets 2 3 4 5]
                                        [--shuffled]

For each stage set and seed: the study in resources/studies/sleep-accel.json, run by the main job. Printed is
the pooled Cohen's kappa of the int8 models over all people, each staged by a model that never saw them, with
its 95 % bootstrap interval over people; beside it the float models, the mean over people, and the accuracy of
the majority stage. `--shuffled` permutes each person's labels first. Then the mean over people is 0 but for
chance; the pooled kappa need not quite be, for people differ in their shares of stages.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from sleepstudio.config import load_configuration
from sleepstudio.features.store import read_table, write_table
from sleepstudio.hypnogram import Stage
from sleepstudio.jobs.run import run_job

STUDY = Path(__file__).parent.parent / "resources" / "studies" / "sleep-accel.json"

UNTUNED_FLOAT = {2: 0.51, 3: 0.49, 4: 0.44, 5: 0.42}
"""Pooled kappa of a first, untuned float network of 9K parameters on the same 24 people."""


def run(data: Path, out: Path, stage_set: int, seed: int, *, shuffled: bool) -> dict[str, Any]:
    """One run; returns its int8 and float metrics and its export."""
    name = f"sleep-accel-{stage_set}-seed-{seed}{'-shuffled' if shuffled else ''}"
    overrides = [f"datasets.0.params.path={data}", f"stage_set={stage_set}", f"seed={seed}", f"name={name}"]
    if shuffled:
        # there is no agreement to lose, and a gate on chance would be chance
        overrides += ["test_metric_threshold=null", f"feature.save_path=features/{name}"]
    configuration = load_configuration(STUDY, overrides)
    run_job(configuration, modes=["feature"], out=out)
    if shuffled:
        shuffle_labels(out / "features" / name, seed)
    outcome = run_job(configuration, modes=["train", "evaluate", "export"], out=out, resume=True)
    names = ("metrics_int8.json", "metrics.json", "export.json", "manifest.json")
    int8, floating, export, manifest = (json.loads((outcome.run / name).read_text()) for name in names)
    return {"int8": int8, "float": floating, "export": export, "manifest": manifest}


def shuffle_labels(store: Path, seed: int) -> None:
    """Permutes every person's stages over the night: nothing is left to learn but their shares."""
    for path in sorted(store.rglob("*.h5")):
        table = read_table(path)
        rng = np.random.default_rng([seed, int(table.recording_id)])
        scored = table.stages >= Stage.W
        stages = table.stages.copy()
        stages[scored] = rng.permutation(stages[scored])
        write_table(path, replace(table, stages=stages))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the published features")
    parser.add_argument("--out", type=Path, help="study folder to keep (default: a temporary one)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--stage-sets", type=int, nargs="+", default=[2, 3, 4, 5])
    parser.add_argument("--shuffled", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = options.out or Path(temporary)
        print(
            "| stages | seed | int8 κ, pooled [95 % CI] | float κ "
            "| κ, mean of people [95 % CI] | accuracy | majority |"
        )
        print("|---|---|---|---|---|---|---|")
        for stage_set in options.stage_sets:
            kappas = []
            for seed in options.seeds:
                result = run(
                    options.data.absolute(), out.absolute(), stage_set, seed, shuffled=options.shuffled
                )
                kappas.append(result["int8"]["agreement"]["pooled"]["cohen_kappa"]["value"])
                print(row(stage_set, seed, result), flush=True)
            median = statistics.median(kappas)
            print(
                f"| **{stage_set}** | median | **{median:.3f}** "
                f"(untuned float: {UNTUNED_FLOAT[stage_set]:.2f}) | | | | |",
                flush=True,
            )


def row(stage_set: int, seed: int, result: dict[str, Any]) -> str:
    pooled, mean = result["int8"]["agreement"]["pooled"], result["int8"]["agreement"]["mean"]
    kappa, of_people = pooled["cohen_kappa"], mean["cohen_kappa"]
    floating = result["float"]["agreement"]["pooled"]["cohen_kappa"]["value"]
    majority = result["int8"]["baselines"]["majority"]["pooled"]["accuracy"]["value"]
    return (
        f"| {stage_set} | {seed} | {kappa['value']:.3f} [{kappa['ci_low']:.3f}, {kappa['ci_high']:.3f}] "
        f"| {floating:.3f} "
        f"| {of_people['value']:.3f} [{of_people['ci_low']:.3f}, {of_people['ci_high']:.3f}] "
        f"| {pooled['accuracy']['value']:.3f} | {majority:.3f} |"
    )


if __name__ == "__main__":
    main()
