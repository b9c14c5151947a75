"""The card of Sleep-EDF Expanded."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, PhysioNetOrigin

_RECORDING = r"(?P<recording>(?P<subject>(?:SC4|ST7)\d\d)\d)[A-Z]"

CARD = Card(
    name="sleep-edf",
    title="Sleep-EDF Database Expanded",
    holds="Two studies: Sleep Cassette, healthy people of 25 to 101 years at home, 153 recordings of some "
    "20 h of 78 people; Sleep Telemetry, people with mild difficulty falling asleep, in hospital, 44 nights "
    "of 22 people, one of two after temazepam.",
    subjects=100,
    nights=197,
    channels=(
        "EEG Fpz-Cz, EEG Pz-Oz (100 Hz)", "EOG horizontal (100 Hz)",
        "EMG submental (1 Hz envelope in cassette, 100 Hz in telemetry)",
        "cassette also: Resp oro-nasal, Temp rectal, Event marker (1 Hz)",
    ),
    scoring="Rechtschaffen and Kales stages W 1 2 3 4 R, movement time and unscored, as EDF+ annotations",
    licence="Open Data Commons Attribution License (ODC-BY 1.0)",
    citations=(
        "Kemp B., Zwinderman A.H., Tuk B., Kamphuisen H.A.C., Oberyé J.J.L. Analysis of a sleep-dependent "
        "neuronal feedback loop: the slow-wave microcontinuity of the EEG. IEEE-BME 47(9):1185–1194, 2000.",
        "Goldberger A. et al. PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101(23), 2000.",
    ),
    access=("Open: nothing to ask for.",),
    quirks=(
        "Most people have two nights, which a split must keep together. SC4ssn and ST7ssn: ss the person, "
        "n the night.",
        "Cassette recordings last about 20 h and are mostly wake: see wake_trim_minutes before training.",
        "Stages 3 and 4 are both N3 here; movement time is no stage.",
        "The hypnogram's name ends in its scorer's letter, so that it differs from the recording's.",
        "Hypnograms may go on after the signals end.",
    ),
    url="https://physionet.org/content/sleep-edfx/1.0.0/",
    size="8.1 GB",
    kinds=(
        FileKind(
            "psg",
            "polysomnography, EDF",
            rf"(?:(?:sleep-cassette|sleep-telemetry)/)?{_RECORDING}\d-PSG\.edf",
            "sleep-",
        ),
        FileKind(
            "scoring",
            "stages, EDF+ annotations",
            rf"(?:(?:sleep-cassette|sleep-telemetry)/)?{_RECORDING}[A-Z]-Hypnogram\.edf",
            "sleep-",
        ),
        FileKind("tables", "age, sex, lights off; XLS", r"S[CT]-subjects\.xls", usual=False),
    ),
    origins=(PhysioNetOrigin("sleep-edfx", "1.0.0"),),
)  # fmt: skip
