"""Writes EDF and BDF files byte by byte, so that tests can get any of their bytes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_WIDTHS = {"label": 16, "transducer": 80, "dimension": 8, "pmin": 8, "pmax": 8, "dmin": 8, "dmax": 8,
           "prefiltering": 80, "samples": 8, "reserved": 32}  # fmt: skip
FIXED = {"version": (0, 8), "patient": (8, 80), "recording": (88, 80), "date": (168, 8), "time": (176, 8),
         "header size": (184, 8), "reserved": (192, 44), "records": (236, 8), "duration": (244, 8),
         "signals": (252, 4)}  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """``samples``: (records, samples per record) integers."""

    label: str
    samples: np.ndarray
    dimension: str = "uV"
    pmin: str = "-500"
    pmax: str = "500"
    dmin: str = "-32768"
    dmax: str = "32767"


def edf(signals: Sequence[Signal], *, bdf: bool = False, tals: Sequence[bytes] = (), tal_bytes: int = 60,
        **fields: object) -> bytes:  # fmt: skip
    """A whole file. ``tals``: one annotation block a record; ``fields``: header fields, by FIXED's names."""
    width = 3 if bdf else 2
    columns = [(_field_values(signal), _stored(signal.samples, width)) for signal in signals]
    if tals:
        texts = {"label": "BDF Annotations" if bdf else "EDF Annotations", "pmin": "-1", "pmax": "1",
                 "dmin": "-32768", "dmax": "32767", "samples": str(tal_bytes // width)}  # fmt: skip
        blocks = [np.frombuffer(tal.ljust(tal_bytes, b"\0"), np.uint8) for tal in tals]
        columns.append((texts, np.array(blocks)))
    records = len(columns[0][1])
    values = {"version": b"\xffBIOSEMI" if bdf else "0", "patient": "X X X X", "recording": "",
              "date": "02.03.24", "time": "22.00.00", "header size": 256 * (len(columns) + 1), "reserved": "",
              "records": records, "duration": 1, "signals": len(columns)}  # fmt: skip
    values |= {name.replace("_", " "): value for name, value in fields.items()}
    header = b"".join(_padded(values[name], width) for name, (_, width) in FIXED.items())
    for name, width in _WIDTHS.items():
        header += b"".join(_padded(texts.get(name, ""), width) for texts, _ in columns)
    return header + np.hstack([stored for _, stored in columns]).tobytes()


def patched(raw: bytes, place: tuple[int, int], value: object) -> bytes:
    """``raw`` with the field at (position, width) replaced."""
    position, width = place
    return raw[:position] + _padded(value, width) + raw[position + width :]


def signal_place(raw: bytes, index: int, name: str) -> tuple[int, int]:
    """(position, width) of a per-signal field."""
    count = int(raw[252:256])
    before = 0
    for field, width in _WIDTHS.items():
        if field == name:
            return 256 + count * before + index * width, width
        before += width
    raise KeyError(name)


def night(records: int = 20, rate: int = 64, seed: int = 1) -> list[Signal]:
    """Three signals of random integers, one a second record."""
    random = np.random.default_rng(seed)
    labels = ("EEG C4-M1", "Pleth", "SpO2")
    return [Signal(label, random.integers(-2000, 2000, (records, rate // (2 * place + 1))))
            for place, label in enumerate(labels)]  # fmt: skip


def _field_values(signal: Signal) -> dict[str, str]:
    return {"label": signal.label, "dimension": signal.dimension, "pmin": signal.pmin, "pmax": signal.pmax,
            "dmin": signal.dmin, "dmax": signal.dmax, "samples": str(signal.samples.shape[1])}  # fmt: skip


def _stored(samples: np.ndarray, width: int) -> np.ndarray:
    whole = np.ascontiguousarray(samples, "<i4")
    return whole.view(np.uint8).reshape(len(samples), -1, 4)[:, :, :width].reshape(len(samples), -1)


def _padded(value: object, width: int) -> bytes:
    raw = value if isinstance(value, bytes) else str(value).encode("latin-1")
    return raw[:width].ljust(width)
