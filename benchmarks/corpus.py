"""What every EDF and BDF file of a folder is, what this reader says of it, and what three others say.

    python -m benchmarks.corpus --data FOLDER [--malformed FOLDER] [--write docs/corpus.md]

Prints a table in Markdown; ``--write`` puts it into a page between its marks. Beside this reader: pyEDFlib,
edfio, and MNE where it is installed. *Agree* is said of a reader whose stored integers are ours, all of them
(MNE gives no stored integers: its rate and length are compared). ``--malformed`` adds the generated files of
the tests, one fault each.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sleepstudio.errors import StudioError
from sleepstudio.recordings.edf import EdfRecording, open_edf

BEGIN, END = "<!-- table -->", "<!-- end of table -->"
LONGEST = 90
FAILURES = (OSError, ValueError, LookupError, RuntimeError, TypeError, NameError, AttributeError)
"""What other readers are seen to raise on a file."""


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; 1 where a reader has other integers than ours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("SLEEPSTUDIO_DATA"), help="the folder")
    parser.add_argument("--malformed", type=Path, help="tests/recordings, which makes malformed files")
    parser.add_argument("--write", type=Path, help="the page to put the table into")
    options = parser.parse_args(arguments)
    rows: list[list[str]] = []
    if options.data:
        folder = Path(options.data)
        rows += [row(path, str(path.relative_to(folder))) for path in edf_files(folder)]
    if options.malformed:
        with tempfile.TemporaryDirectory() as folder_:
            rows += [row(path, path.stem) for path in malformed_files(options.malformed, Path(folder_))]
    table = markdown(rows)
    if options.write:
        page = options.write.read_text("utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        options.write.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")
    else:
        print(table)
    return int(any("OTHER INTEGERS" in cell for one in rows for cell in one))


def edf_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".edf", ".bdf"))


def malformed_files(tests: Path, folder: Path) -> list[Path]:
    """The generated files, by the tests' own generator."""
    sys.path.insert(0, str(tests))
    spec = importlib.util.spec_from_file_location("edf_malformed", tests / "edf_malformed.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["edf_malformed"] = module
    spec.loader.exec_module(module)
    for name, malformed in module.MALFORMED.items():
        suffix = "bdf" if malformed.raw[:1] == b"\xff" else "edf"
        (folder / f"{name}.{suffix}").write_bytes(malformed.raw)
    return edf_files(folder)


def row(path: Path, name: str) -> list[str]:
    try:
        ours: EdfRecording | None = open_edf(path)
    except StudioError as error:
        return [
            name,
            "",
            f"refused: {error.message}",
            *(other(read, path, None) for read in READERS.values()),
        ]
    assert ours is not None
    annotations = len(ours.annotations)
    kind = "BDF" if ours.header.sample_bytes == 3 else "EDF"
    annotated = any(signal.is_annotations for signal in ours.header.signals)
    what = f"{kind}{'+' if annotated else ''}{'D' if ours.header.discontinuous else ''}"
    what += f", {len(ours.channels)} channels, {ours.duration_s:g} s"
    what += f", {annotations} annotations" if annotations else ""
    what += f", {len(ours.gaps)} gaps" if ours.gaps else ""
    told = [diagnostic.message for diagnostic in ours.diagnostics]
    said = "opens" + (f"; {shortened(told[0])}" if told else "")
    said += f"; and {len(told) - 1} more" if len(told) > 1 else ""
    return [name, what, said, *(other(read, path, ours) for read in READERS.values())]


def other(read: Callable[[Path, EdfRecording | None], str], path: Path, ours: EdfRecording | None) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read(path, ours)
    except ImportError:
        return "not installed"
    except FAILURES as error:
        text = str(error).replace(str(path), "").lstrip(": ")
        return f"refuses: {shortened(text.splitlines()[0] if text else type(error).__name__)}"


def by_pyedflib(path: Path, ours: EdfRecording | None) -> str:
    import pyedflib

    with pyedflib.EdfReader(str(path)) as reader:
        labels = reader.getSignalLabels()
        wanted = [index for index, label in enumerate(labels) if "Annotations" not in label]
        same = ours is not None and len(wanted) == len(ours.channels)
        same = same and all(
            np.array_equal(ours.read_digital(channel.label), reader.readSignal(index, digital=True))
            for index, channel in zip(wanted, ours.channels if ours else (), strict=True)
        )
        said = agreement(same, len(wanted), ours)
        if ours is not None and reader.file_duration != int(ours.duration_s):
            said += f"; {reader.file_duration} s"
        return said if len(wanted) == len(labels) else f"{said}; annotations taken for a signal"


def by_edfio(path: Path, ours: EdfRecording | None) -> str:
    import edfio

    bdf = path.open("rb").read(1) == b"\xff"
    theirs = (edfio.read_bdf if bdf else edfio.read_edf)(path)
    same = ours is not None and len(theirs.signals) == len(ours.channels)
    same = same and all(
        np.array_equal(ours.read_digital(channel.label), signal.digital)
        for channel, signal in zip(ours.channels if ours else (), theirs.signals, strict=True)
    )
    said = agreement(same, len(theirs.signals), ours)
    flat = ours is not None and ours.gaps and theirs.duration < ours.duration_s
    return f"{said}; the gap is gone" if flat else said


def by_mne(path: Path, ours: EdfRecording | None) -> str:
    import mne

    logging.getLogger("mne").setLevel(logging.CRITICAL)
    bdf = path.open("rb").read(1) == b"\xff"
    raw = (mne.io.read_raw_bdf if bdf else mne.io.read_raw_edf)(path, verbose="CRITICAL")
    raw.get_data(stop=min(1000, raw.n_times))
    said = f"opens, {len(raw.ch_names)} channels"
    if ours is None:
        return said
    rates = {channel.rate_hz for channel in ours.channels}
    if len(rates) > 1:
        said += f"; all brought to {raw.info['sfreq']:g} Hz"
    length_s = raw.n_times / raw.info["sfreq"]
    if abs(length_s - ours.duration_s) > 1 / raw.info["sfreq"] + 1e-6:
        said += f"; {length_s:g} s"
    return said


READERS: dict[str, Callable[[Path, EdfRecording | None], str]] = {
    "pyEDFlib": by_pyedflib,
    "edfio": by_edfio,
    "MNE": by_mne,
}


def agreement(same: bool, count: int, ours: EdfRecording | None) -> str:
    if same:
        return "agrees"
    if ours is None or count != len(ours.channels):
        return f"opens, {count} signals"
    return "OTHER INTEGERS"


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def markdown(rows: list[list[str]]) -> str:
    head = ["file", "what it is", "this reader", *READERS]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
