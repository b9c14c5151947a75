"""How long importing the package and asking for help take, beside the bare interpreter.

Budget: importing is light (tests check which modules it loads; this shows the time).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

REPEATS = 11
CASES = {
    "python": ["-c", "pass"],
    "import sleepstudio": ["-c", "import sleepstudio"],
    "sleepstudio --help": ["-m", "sleepstudio.cli", "--help"],
}


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for repeat in range(REPEATS + 1):
        for name, arguments in CASES.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
            if repeat:
                times[name].append(1000 * (time.perf_counter() - start))
    bare = statistics.median(times["python"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:20} {median:6.0f} ms   {median / bare:4.1f} x python")


if __name__ == "__main__":
    main()
