"""Arbitrary bytes and headers, read, repaired and de-identified within limits; in a process of its own."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path

from edf_bytes import FIXED, edf, night, patched, signal_place
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepstudio.errors import StudioError
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.edf.deidentify import Scrubbing, deidentify_edf
from sleepstudio.recordings.edf.repair import repair_edf

MEMORY, SECONDS = 192 << 20, 90
FOLDER = Path(sys.argv[-1])
PLUS = edf(night(3), tals=[f"+{k}\x14\x14\0+{k}\x14W\x14\0".encode() for k in range(3)], reserved="EDF+D")
RAW = [edf(night(3)), PLUS, edf(night(3), bdf=True)]
FIELDS = ("label", "dimension", "pmin", "pmax", "dmin", "dmax", "samples", "transducer")
VALUES = st.binary(max_size=9) | st.text("0123456789-+.,eE \0", max_size=8).map(str.encode)
LIMIT = settings(max_examples=200, deadline=None, database=None, derandomize=True)


def work(raw: bytes) -> None:
    path, copy = FOLDER / "night.edf", FOLDER / "copy.edf"
    path.write_bytes(raw)
    with suppress(StudioError), open_edf(path) as recording:
        for channel in recording.channels[:3]:
            recording.read(channel.label, 0, 1000 / (channel.rate_hz or 1.0))
        assert recording.annotations is not None
    with suppress(StudioError):
        repair_edf(path, copy, overwrite=True)
    with suppress(StudioError):
        deidentify_edf(path, copy, Scrubbing(), overwrite=True)


@LIMIT
@given(st.binary(max_size=3000), st.sampled_from([b"", b"0       ", b"\xffBIOSEMI"]))
def any_bytes(tail: bytes, beginning: bytes) -> None:
    work(beginning + tail)


@LIMIT
@given(
    st.sampled_from(RAW),
    st.lists(st.tuples(st.sampled_from(sorted(FIXED)), VALUES), max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(FIELDS), VALUES), max_size=4),
    st.integers(0, 2000),
)
def any_header(
    raw: bytes, fixed: list[tuple[str, bytes]], of_signals: list[tuple[int, str, bytes]], cut: int
) -> None:
    places = {(k, name): signal_place(raw, k, name) for k in range(3) for name in FIELDS}
    for k, name, value in of_signals:
        raw = patched(raw, places[k, name], value)
    for name, value in fixed:
        raw = patched(raw, FIXED[name], value)
    work(raw[: len(raw) - cut] if cut < 300 else raw)


if __name__ == "__main__":
    # what the first use imports does not count
    work(RAW[0])
    status = Path("/proc/self/status").read_text()
    now = int(next(line for line in status.splitlines() if line.startswith("VmSize")).split()[1]) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    any_bytes()
    any_header()
    sys.stdout.write("survived\n")
