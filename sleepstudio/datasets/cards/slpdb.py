"""The card of the MIT-BIH Polysomnographic Database."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, PhysioNetOrigin

_RECORDING = r"(?P<recording>slp(?P<subject>\d\d)[a-z]?)"

CARD = Card(
    name="slpdb",
    title="MIT-BIH Polysomnographic Database",
    holds="Polysomnography of men evaluated for obstructive sleep apnea, and of the effect of CPAP: over "
    "80 h in 18 records, each with an ECG annotated beat by beat.",
    subjects=16,
    nights=18,
    channels=(
        "ECG", "blood pressure", "EEG", "respiration", "in some: respiratory effort, EOG, EMG, SO2",
        "all at 250 Hz",
    ),
    scoring="Rechtschaffen and Kales stages and apnea, arousal and leg-movement codes, one annotation a 30 s "
    "epoch",
    licence="open access on PhysioNet",
    citations=(
        "Ichimaru Y., Moody G.B. Development of the polysomnographic database on CD-ROM. Psychiatry and "
        "Clinical Neurosciences 53:175–177, 1999.",
        "Goldberger A. et al. PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101(23), 2000.",
    ),
    access=("Open: nothing to ask for.",),
    quirks=(
        "01a and 01b are one person, and so are 02a and 02b: people, not records, are the unit of a split.",
        "Some records have unscored gaps: an annotation stands at its time, not at its number.",
        "M and MT both mean movement.",
        "Patients, with apnea: some have no REM or no N3.",
        "The blood pressure of slp37 has an estimated calibration.",
    ),
    url="https://physionet.org/content/slpdb/1.0.0/",
    kinds=(
        FileKind("header", "WFDB headers", rf"{_RECORDING}\.hea"),
        FileKind("psg", "signals, WFDB format 212", rf"{_RECORDING}\.dat"),
        FileKind("scoring", "stages and apnea, WFDB annotations", rf"{_RECORDING}\.st"),
        FileKind("beats", "beats, WFDB annotations", rf"{_RECORDING}\.ecg"),
        FileKind("text", "beats and stages as text, .rr and .an", rf"{_RECORDING}\.(?:rr|an)"),
    ),
    origins=(PhysioNetOrigin("slpdb", "1.0.0"),),
)  # fmt: skip
