"""FS-W-PA-14, one night on one core: how long from EDF to stored table, where the time goes, how much memory.

    python -m benchmarks.features [--hours 8] [--repeats 7] [--montages wrist mesa]
                                  [--sleepkit-python PATH]

Nights are simulated in MESA's layout, for every beat is then as in a real one and nobody's data are needed.
The total is `extract_store` as a batch runs it, into an empty store: listing, content hash, hypnogram,
reading, computing, writing. The breakdown calls the same steps one by one. Figures are CPU time on one core,
medians over the repeats, which follow one run for warming up; the total by the clock stands beside. With the
Python of an environment that has SleepKit 0.11, its own generation of the same features from the same mesa
night is timed in the same run, and the ratio printed.

Budget: 0.4 s a night, aim 0.25; 400 MB a worker.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.features.beats import find_beats
from sleepstudio.features.content_hash import content_hash
from sleepstudio.features.extract import extract_recording, extract_store
from sleepstudio.features.fs_w_pa_14 import WristPulse
from sleepstudio.features.hrv import low_to_high_ratio, tachogram, time_domain
from sleepstudio.features.intervals import trusted_intervals
from sleepstudio.features.movement import read_movement
from sleepstudio.features.oximetry import read_oximetry
from sleepstudio.features.ppg import clean_pulse
from sleepstudio.features.respiration import breathing_rate, modulations, trusted_spans
from sleepstudio.features.store import write_table
from sleepstudio.features.windows import epoch_windows
from sleepstudio.recordings.simulate import NightSpecification, simulate_study

_Result = TypeVar("_Result")

BUDGET_S = 0.4
BUDGET_MB = 400
MODULE = "benchmarks.features"

SLEEPKIT = """
import json, sys, time
from pathlib import Path
from sleepkit.defines import TaskParams
from sleepkit.features.fs_w_pa_14 import FS_W_PA_14
folder, out, repeats = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
(out / "mesa").mkdir(parents=True)
params = TaskParams(
    name="benchmark", job_dir=out, datasets=[{"name": "mesa", "params": {"path": str(folder)}}],
    feature={"name": "FS-W-PA-14", "sampling_rate": 64, "frame_size": 3840, "save_path": str(out)},
)
seconds = []
for _ in range(repeats + 1):
    began = time.process_time()
    FS_W_PA_14.generate_subject_features("0001", "mesa", params)
    seconds.append(time.process_time() - began)
assert (out / "mesa" / "0001.h5").stat().st_size > 1000
print(json.dumps(seconds[1:]))
"""


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; returns 1 where a budget is exceeded."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--montages", nargs="+", choices=["wrist", "mesa"], default=["wrist", "mesa"])
    parser.add_argument("--sleepkit-python", type=Path)
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.memory_of:
        print(_peak_mb(options.memory_of))
        return 0
    exceeded = False
    with tempfile.TemporaryDirectory() as name:
        for montage in options.montages:
            folder = Path(name) / montage
            simulate_study(
                folder, 1, montage=montage, specification=NightSpecification(duration_h=options.hours)
            )
            exceeded |= _report(folder, montage, options)
    return int(exceeded)


def _report(folder: Path, montage: str, options: argparse.Namespace) -> bool:
    (edf,) = folder.rglob("*.edf")
    total, by_the_clock = _totals(folder, options.repeats)
    memory_mb = float(_python("-m", MODULE, "--memory-of", str(folder)))
    limit_s = BUDGET_S * options.hours / 8
    print(f"{montage}: {options.hours:g} h, {edf.stat().st_size / 1e6:.0f} MB EDF")
    print(
        f"  EDF to stored table   {total * 1000:6.0f} ms"
        f"   (budget {limit_s * 1000:.0f}; {by_the_clock * 1000:.0f} by the clock)"
    )
    for step, seconds in _breakdown(folder, options.repeats).items():
        print(f"    {step:<20}{seconds * 1000:6.0f} ms")
    print(f"  peak memory           {memory_mb:6.0f} MB   (anonymous; budget {BUDGET_MB})")
    if montage == "mesa" and options.sleepkit_python:
        peer = statistics.median(_sleepkit(options.sleepkit_python, folder, options.repeats))
        print(f"  SleepKit              {peer * 1000:6.0f} ms   ({peer / total:.1f} times ours)")
    return total > limit_s or memory_mb > BUDGET_MB


def _totals(folder: Path, repeats: int) -> tuple[float, float]:
    """Median seconds of CPU time, and by the clock."""
    dataset = dataset_from_params("mesa", {"path": str(folder)})
    chosen = WristPulse()
    seconds = []
    for number in range(repeats + 1):
        began, by_the_clock = time.process_time(), time.perf_counter()
        result = extract_store(dataset, chosen, chosen.parse_params({}), folder / f"store {number}")
        seconds.append((time.process_time() - began, time.perf_counter() - by_the_clock))
        if len(result.done) != 1:
            raise SystemExit(f"no table: {result.failed}")
    on_the_core, by_the_clock = zip(*seconds[1:], strict=True)
    return statistics.median(on_the_core), statistics.median(by_the_clock)


def _breakdown(folder: Path, repeats: int) -> dict[str, float]:
    """Median seconds of each step."""
    runs = [dict(_steps(folder)) for _ in range(repeats + 1)][1:]
    return {step: statistics.median(run[step] for run in runs) for step in runs[0]}


def _steps(folder: Path) -> Iterator[tuple[str, float]]:
    """The steps of `WristPulse.compute` and of the extraction around it, each with its seconds."""
    dataset = dataset_from_params("mesa", {"path": str(folder)})
    (entry,) = dataset.entries()
    chosen, params = WristPulse(), WristPulse.parse_params({})
    table = extract_recording(dataset, entry, chosen, params)

    def timed(step: str, work: Callable[[], _Result]) -> _Result:
        began = time.process_time()
        result = work()
        seconds[step] = time.process_time() - began
        return result

    seconds: dict[str, float] = {}
    timed("content hash", lambda: content_hash(dataset, entry, chosen, params))
    timed("hypnogram", lambda: dataset.hypnogram(entry))
    recording = dataset.open(entry)
    windows = epoch_windows(len(table), 60.0, recording.duration_s)
    ppg = timed("read PPG at 64 Hz", lambda: recording.read("Pleth", rate_hz=64.0))
    pulse = timed("clean", lambda: clean_pulse(ppg, 64.0))
    beats = timed("beats", lambda: find_beats(pulse))
    intervals = timed("intervals", lambda: trusted_intervals(beats))
    timed("HRV, time", lambda: time_domain(intervals, windows))
    rhythm = timed("tachogram", lambda: tachogram(intervals, recording.duration_s))
    timed("HRV, frequency", lambda: low_to_high_ratio(rhythm, windows))
    timed(
        "breathing",
        lambda: breathing_rate(
            modulations(pulse, beats, intervals, rhythm), trusted_spans(intervals, len(rhythm)), windows
        ),
    )
    timed("oximetry, read too", lambda: read_oximetry(recording, "SpO2", "OxStatus", windows))
    timed("movement, read too", lambda: read_movement(recording, "Leg", windows))
    timed("write", lambda: write_table(folder / "written.h5", table))
    yield from seconds.items()


def _peak_mb(folder: Path) -> float:
    """Peak anonymous memory of this process while it extracts one night, looked at every millisecond.

    Mapped pages of the EDF are the system's to drop, and `ru_maxrss` begins at the parent's peak.
    """
    dataset = dataset_from_params("mesa", {"path": str(folder)})
    chosen = WristPulse()
    seen = [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
            seen.append(float(status.partition("RssAnon:")[2].split()[0]) / 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    extract_store(dataset, chosen, chosen.parse_params({}), folder / "store memory")
    done.set()
    watcher.join()
    return max(seen)


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def _sleepkit(python: Path, folder: Path, repeats: int) -> list[float]:
    command = [str(python), "-c", SLEEPKIT, str(folder), str(folder / "sleepkit"), str(repeats)]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=one_thread)
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


if __name__ == "__main__":
    sys.exit(main())
