"""Seconds and megabytes of a simulated 8 h night, in both montages: budgets 8 s and 150 MB, wrist 25 MB.

    python -m benchmarks.simulate [--hours 8] [--nights 3]

One process and one thread. The first night of each montage, which also pays for imports, is shown and not
counted.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from sleepstudio.recordings.simulate import Montage, NightSpecification, simulate_night, write_night


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--nights", type=int, default=3)
    options = parser.parse_args()
    specification = NightSpecification(duration_h=options.hours)
    print(f"{'montage':8} {'first s':>8} {'wall s':>8} {'CPU s':>8} {'MB':>8}  (median of {options.nights})")
    for montage in (Montage.WRIST, Montage.MESA):
        measured = [_measure(specification, seed, montage) for seed in range(options.nights + 1)]
        wall, cpu, size = (statistics.median(column) for column in zip(*measured[1:], strict=True))
        print(f"{montage:8} {measured[0][0]:8.2f} {wall:8.2f} {cpu:8.2f} {size / 1e6:8.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MiB")


def _measure(specification: NightSpecification, seed: int, montage: Montage) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and bytes of simulating and writing one night."""
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        files = write_night(simulate_night(specification, seed), Path(folder), 1, montage)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        size = sum(path.stat().st_size for path in (files.edf, files.annotations, files.truth))
        return wall, cpu, float(size)


if __name__ == "__main__":
    main()
