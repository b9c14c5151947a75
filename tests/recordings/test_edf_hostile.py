"""Headers that lie, and arbitrary bytes: read or refused within a child's memory and processor time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from edf_bytes import FIXED, Signal, edf, night, patched, signal_place

resource = pytest.importorskip("resource")

_CHILD = """
import resource, sys
from pathlib import Path
import numpy as np
from sleepstudio.errors import StudioError
from sleepstudio.recordings.edf import open_edf

status = Path("/proc/self/status").read_text()
now = int(next(line for line in status.splitlines() if line.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (now + (192 << 20), now + (192 << 20)))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        with open_edf(path) as recording:
            for channel in (*recording.channels[:3], *recording.channels[-1:]):
                few_s = 1000 / channel.rate_hz
                recording.read(channel.label, 0, few_s)
                middle_s = recording.duration_s / 2
                recording.read_digital(channel.label, middle_s, middle_s + few_s)
            annotations = len(recording.annotations)
        print(path.stem, "opens", len(recording.channels), annotations, sep=": ")
    except StudioError as error:
        print(path.stem, "refused", error.message, sep=": ")
"""
ZEROS = Signal("A", np.zeros((1, 64), int))


def sparse(path: Path, raw: bytes, size: int) -> None:
    """``raw`` and a hole up to ``size`` bytes: no more on the disk than ``raw``."""
    path.write_bytes(raw)
    os.truncate(path, size)


def test_any_bytes_and_any_header_are_read_copied_or_refused(tmp_path: Path) -> None:
    """Reading, repairing and de-identifying, in a child of limited memory and time."""
    script = Path(__file__).with_name("edf_fuzz.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout == "survived\n", done.stderr[-3000:]


def test_lies_cost_neither_memory_nor_time(tmp_path: Path) -> None:
    folder = tmp_path / "lies"
    folder.mkdir()
    one = edf([ZEROS])
    samples, records, duration = signal_place(one, 0, "samples"), FIXED["records"], FIXED["duration"]

    def lie(name: str, raw: bytes, size: int = 0) -> None:
        sparse(folder / f"{name}.edf", raw, size or len(raw))

    lie("billions of samples", patched(one, samples, "99999999"))
    lie("billions of samples that are there", patched(one, samples, "99999999"), 512 + 2 * 99_999_999)
    lie("records promised", patched(one, records, "99999999"))
    lie("negative records", patched(one, records, "-99"))
    lie("negative samples", patched(one, samples, "-1"))
    lie("negative duration", patched(one, duration, "-1"))
    lie("no duration", patched(one, duration, "0"))
    lie("endless duration", patched(one, duration, "1e308"))
    lie("no duration at all", patched(one, duration, "1e-300"))
    lie("9999 signals", patched(one, FIXED["signals"], "9999"))
    lie("a terabyte of records", patched(one, duration, "1e-9"), 1 << 40)
    lie(
        "discontinuous for ever",
        edf(night(1), tals=[b"+0\x14\x14\0"], reserved="EDF+D", duration="1e-3"),
        1 << 40,
    )
    lie("4096 equal labels", edf([ZEROS] * 4096))
    lie("annotations upon annotations", edf(night(1), tals=[b"+0\x14\x14\0" + b"+1\x14a\x14\0" * 900_000],
        tal_bytes=6_300_000, reserved="EDF+C"))  # fmt: skip
    lie("one text", edf(night(1), tals=[b"+0\x14\x14\0+1\x14" + b"a" * 9_000_000], tal_bytes=9_100_000,
        reserved="EDF+C"))  # fmt: skip
    for name, tals in (("texts in one", b"+1" + b"\x14a" * 4_500_000), ("specks", b"x\0" * 4_500_000)):
        lie(name, edf(night(1), tals=[b"+0\x14\x14\0" + tals], tal_bytes=9_100_000, reserved="EDF+C"))
    lie("digits", edf(night(1), tals=[b"+" + b"1" * 9_000_000], tal_bytes=9_100_000, reserved="EDF+D"))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, folder], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert said.keys() == {path.stem for path in folder.iterdir()}
    opened = {name for name, what in said.items() if what.startswith("opens")}
    assert opened == {
        "billions of samples that are there", "records promised", "negative records", "negative duration",
        "no duration", "no duration at all", "4096 equal labels", "annotations upon annotations", "one text",
        "digits", "texts in one", "specks",
    }  # fmt: skip
    assert said["4096 equal labels"] == "opens: 4096: 0"
    assert said["annotations upon annotations"] == "opens: 3: 200000"
    assert "more than any night's" in said["a terabyte of records"]
