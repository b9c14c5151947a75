"""The card of You Snooze You Win."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, PhysioNetOrigin, S3Origin

CARD = Card(
    name="ysyw",
    title="You Snooze You Win: the PhysioNet/Computing in Cardiology Challenge 2018",
    holds="Attended overnight polysomnography of patients of one sleep laboratory: 994 with scoring "
    "(training) and 989 without (test).",
    subjects=1985,
    nights=1983,
    channels=(
        "F3-M2, F4-M1, C3-M2, C4-M1, O1-M2, O2-M1", "E1-M2", "Chin1-Chin2", "ABD, CHEST, AIRFLOW", "SaO2",
        "ECG", "all at 200 Hz",
    ),
    scoring="AASM stages in 30 s epochs, arousals by cause, respiratory events; training only",
    licence="Open Data Commons Attribution License (ODC-BY 1.0)",
    citations=(
        "Ghassemi M. et al. You Snooze, You Win: the PhysioNet/Computing in Cardiology Challenge 2018. "
        "Computing in Cardiology 45, 2018.",
        "Goldberger A. et al. PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101(23), 2000.",
    ),
    access=("Open: nothing to ask for.",),
    quirks=(
        "SaO2 was resampled to 200 Hz, whatever the oximeter gave.",
        "SleepKit's form of it has one HDF5 file a person, training only, and SleepKit counts its undefined "
        "epochs as wake: origin ambiq.",
        "Of the 1,985 people, 1,983 have recordings in the published parts.",
    ),
    url="https://physionet.org/content/challenge-2018/1.0.0/",
    size="135 GB (training alone)",
    kinds=(
        FileKind(
            "psg",
            "polysomnography, WFDB (MATLAB 4 and header)",
            r"training/(?P<subject>tr\d\d-\d{4})/(?P<recording>(?P=subject))\.(?:mat|hea)",
            "training",
        ),
        FileKind(
            "scoring",
            "stages and events, WFDB annotations",
            r"training/(?P<subject>tr\d\d-\d{4})/(?P<recording>(?P=subject))\.arousal",
            "training",
        ),
        FileKind(
            "sleepkit",
            "SleepKit's form, HDF5",
            r"(?P<recording>(?P<subject>tr\d\d-\d{4}))\.h5",
        ),
        FileKind(
            "scoring-mat",
            "arousals and stages by sample, MATLAB 7.3",
            r"training/(?P<subject>tr\d\d-\d{4})/(?P<recording>(?P=subject))-arousal\.mat",
            "training",
            usual=False,
        ),
        FileKind(
            "test",
            "polysomnography without scoring, WFDB",
            r"test/(?P<subject>te\d\d-\d{4})/(?P<recording>(?P=subject))\.(?:mat|hea)",
            "test",
            usual=False,
        ),
        FileKind("tables", "age and sex, CSV", r"age-sex\.csv", usual=False),
    ),
    origins=(
        PhysioNetOrigin("challenge-2018", "1.0.0"),
        S3Origin("ambiqai-ysyw-2018-dataset", "training/", "ambiq"),
    ),
)  # fmt: skip
