"""The catalogue with thousands of recordings: how fast it reads, lists and filters them.

    python -m benchmarks.catalogue [--recordings 2000]

Recordings are EDF files of 20 channels and 8 h at MESA's rates whose samples are a hole in the file (reading
for the catalogue never touches them), each with a hypnogram in NSRR's XML of 960 epochs and 200 events beside
it. Filters are typed as a user does, key by key, over all rows; the slowest key counts. `listing` is what a
window does at its start, and after another process changed one row.

Budgets: 50 recordings/s; any filter or sort within 50 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_filter import CatalogueFilter, in_order
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.datasets.drop import apply_drop, plan_drop
from sleepstudio.study_folder import Study

_Result = TypeVar("_Result")

CHANNELS = {
    "EKG": 256, "EOG-L": 256, "EOG-R": 256, "EMG": 256, "EEG1": 256, "EEG2": 256, "EEG3": 256, "Pres": 32,
    "Flow": 32, "Snore": 32, "Thor": 32, "Abdo": 32, "Leg": 32, "Therm": 32, "Pos": 32, "OxStatus": 1,
    "SpO2": 1, "HR": 1, "DHR": 256, "Pleth": 256,
}  # fmt: skip
EPOCHS, EVENTS = 960, 200
BUDGET_PER_S, BUDGET_MS = 50, 50
TYPED = ("mesa-sleep-0", "channel:pleth 1999", "state:ok -scored tag:x", "is:scored date:2024 sleep-00")


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; returns 1 where a budget is exceeded."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.catalogue", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--recordings", type=int, default=2000)
    recordings = parser.parse_args(arguments).recordings
    with tempfile.TemporaryDirectory() as folder:
        nights = Path(folder) / "nights"
        make_nights(nights, recordings)
        study = Study.create(Path(folder) / "study")
        with Catalogue(study) as catalogue:
            return _measure(catalogue, study, nights, recordings)


def _measure(catalogue: Catalogue, study: Study, nights: Path, recordings: int) -> int:
    plan_s, plan = _timed(lambda: plan_drop([nights], catalogue))
    apply_s, _ = _timed(lambda: apply_drop(plan, catalogue))
    again_s, again = _timed(lambda: scan(catalogue))
    assert again.unchanged == recordings
    with Catalogue(study) as other:
        first_s, rows = _timed(other.recordings)
        catalogue.add_tag([rows[0].recording_id], "seen")
        change_s, rows = _timed(other.recordings)
        learn_s, _ = _timed(lambda: catalogue.learn("Pleth", rows[0].channels[0].kind))
        relisted_s, rows = _timed(other.recordings)
    box = CatalogueFilter()
    keys = [_timed(lambda text=text[:end]: box.matching(rows, text))[0]
            for text in TYPED for end in range(1, len(text) + 1)]  # fmt: skip
    sorts = [_timed(lambda key=key: in_order(rows, key))[0]
             for key in ("id", "subject", "start", "duration", "scored", "tst", "se", "state")]  # fmt: skip
    size = (study.path / "catalogue.sqlite").stat().st_size
    print(f"{recordings} recordings of {len(CHANNELS)} channels, each with a hypnogram of {EPOCHS} epochs")
    print(
        f"planning the drop   {plan_s:8.2f} s   {recordings / plan_s:7.0f} /s, {len(plan.items)} files opened"
    )
    print(
        f"adding and reading  {apply_s:8.2f} s   {recordings / apply_s:7.0f} /s   (budget {BUDGET_PER_S} /s)"
    )
    print(f"scan, unchanged     {again_s:8.2f} s   {recordings / again_s:7.0f} /s")
    print(f"listing, at start   {first_s * 1e3:8.1f} ms")
    print(f"listing, one change {change_s * 1e3:8.1f} ms")
    print(f"learning an alias   {learn_s * 1e3:8.1f} ms, and listing {relisted_s * 1e3:.1f} ms")
    print(f"filter, slowest key {max(keys) * 1e3:8.1f} ms   (budget {BUDGET_MS} ms)")
    print(f"sort, slowest       {max(sorts) * 1e3:8.1f} ms   (budget {BUDGET_MS} ms)")
    print(f"catalogue.sqlite    {size / 1e6:8.1f} MB")
    slow = recordings / apply_s < BUDGET_PER_S or max(*keys, *sorts) * 1e3 > BUDGET_MS
    return int(slow)


def _timed(action: Callable[[], _Result]) -> tuple[float, _Result]:
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


def make_nights(folder: Path, recordings: int) -> None:
    """Writes EDF files that take next to no room, each with its hypnogram."""
    folder.mkdir(parents=True)
    header = _header()
    records = EPOCHS * 30
    size = len(header) + records * sum(CHANNELS.values()) * 2
    random = np.random.default_rng(0)
    for number in range(recordings):
        path = folder / f"mesa-sleep-{number:04d}.edf"
        path.write_bytes(header)
        with path.open("r+b") as file:
            file.truncate(size)
        path.with_name(f"{path.stem}-nsrr.xml").write_text(_scoring(random), "utf-8")


def _header() -> bytes:
    def field(value: object, width: int) -> bytes:
        return str(value).encode().ljust(width)

    labels = list(CHANNELS)
    fixed = [("0", 8), ("X X X X", 80), ("", 80), ("02.03.24", 8), ("22.00.00", 8),
             (256 * (len(labels) + 1), 8), ("", 44), (EPOCHS * 30, 8), (1, 8), (len(labels), 4)]  # fmt: skip
    columns = [(labels, 16), ([""] * len(labels), 80), (["uV"] * len(labels), 8)]
    columns += [([value] * len(labels), 8) for value in ("-500", "500", "-32768", "32767")]
    columns += [([""] * len(labels), 80), (list(CHANNELS.values()), 8), ([""] * len(labels), 32)]
    return b"".join(field(*one) for one in fixed) + b"".join(
        field(value, width) for values, width in columns for value in values
    )


def _scoring(random: np.random.Generator) -> str:
    event = (
        "<ScoredEvent><EventType>{}</EventType><EventConcept>{}</EventConcept><Start>{}</Start>"
        "<Duration>{}</Duration><SignalLocation>Flow</SignalLocation></ScoredEvent>"
    )
    codes = random.choice([0, 1, 2, 3, 5], EPOCHS // 4).repeat(4)
    edges = np.flatnonzero(np.diff(codes, prepend=-1))
    lasting = np.diff([*edges, EPOCHS])
    stages = [
        event.format("Stages|Stages", f"Stage|{codes[first]}", first * 30, count * 30)
        for first, count in zip(edges.tolist(), lasting.tolist(), strict=True)
    ]
    onsets = np.sort(random.uniform(0, EPOCHS * 30 - 60, EVENTS)).round(1)
    events = [event.format("Respiratory|Respiratory", "Hypopnea|Hypopnea", onset, 15.5) for onset in onsets]
    return f"<PSGAnnotation><ScoredEvents>{''.join(stages + events)}</ScoredEvents></PSGAnnotation>"


if __name__ == "__main__":
    sys.exit(main())
