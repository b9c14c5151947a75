"""The card of MMASH."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, PhysioNetOrigin

_USER = r"(?:.+/)?(?P<recording>user_(?P<subject>\d+))"

CARD = Card(
    name="mmash",
    title="MMASH: Multilevel Monitoring of Activity and Sleep in Healthy People",
    holds="24 h of beat-to-beat intervals and ActiGraph counts of healthy young men, with a summary of their "
    "sleep, questionnaires and saliva. No polysomnography, no stages.",
    subjects=22,
    nights=22,
    channels=(
        "beat-to-beat interval, s", "counts, three axes, every second", "steps", "heart rate, bpm",
        "inclinometer",
    ),
    scoring="in-bed times, sleep onset and wake as ActiGraph's software and a diary give them",
    licence="open access on PhysioNet",
    citations=(
        "Rossi A. et al. Multilevel Monitoring of Activity and Sleep in Healthy People (version 1.0.0). "
        "PhysioNet, 2020. https://doi.org/10.13026/cerq-fc86",
        "Rossi A. et al. A public dataset of 24-h multi-levels psycho-physiological responses in young "
        "healthy adults. Data 5(4), 91, 2020.",
        "Goldberger A. et al. PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101(23), 2000.",
    ),
    access=("Open: nothing to ask for.",),
    quirks=(
        "One archive holds everyone: subjects are chosen when it is read, not when it is downloaded.",
        "Days are numbered 1 and 2, and times have no date.",
        "No stages: fit for sleep and wake, and for features, not for training stagers.",
    ),
    url="https://physionet.org/content/mmash/1.0.0/",
    kinds=(
        FileKind("archive", "everything, ZIP", r"MMASH\.zip", unpack=True),
        FileKind("actigraphy", "counts, steps and heart rate, CSV", rf"{_USER}/Actigraph\.csv"),
        FileKind("beats", "beat-to-beat intervals, CSV", rf"{_USER}/RR\.csv"),
        FileKind("sleep", "the night in figures, CSV", rf"{_USER}/sleep\.csv"),
        FileKind(
            "tables",
            "person, activities, questionnaires, saliva; CSV",
            rf"{_USER}/(?:user_info|Activity|questionnaire|saliva)\.csv",
        ),
    ),
    origins=(PhysioNetOrigin("mmash", "1.0.0"),),
)  # fmt: skip
