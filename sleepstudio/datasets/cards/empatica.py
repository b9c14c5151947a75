"""The card of a wristband's folders."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind

_SESSION = r"(?:.+/)?"

CARD = Card(
    name="empatica",
    title="Your own Empatica sessions",
    holds="Sessions of an Empatica E4, or of what writes its files: a folder each, with acceleration, blood "
    "volume pulse, heart rate, intervals, skin conductance and temperature. No scoring.",
    channels=("ACC X, Y, Z (g)", "BVP", "IBI (s)", "HR (bpm)", "EDA (µS)", "TEMP (°C)"),
    licence="yours",
    access=("Nothing to download: point the dataset's path at the folder above the sessions.",),
    quirks=(
        "Each file has its own start, in UTC: utc_offset_h gives the wall clock where it was worn.",
        "The heart rate begins ten seconds after the session, and is an average.",
        "Every folder is a person of its own.",
    ),
    kinds=(
        FileKind("signals", "signals with start and rate, CSV", rf"{_SESSION}(?:ACC|BVP|EDA|HR|TEMP)\.csv"),
        FileKind("beats", "beat-to-beat intervals, CSV", rf"{_SESSION}IBI\.csv"),
    ),
)
