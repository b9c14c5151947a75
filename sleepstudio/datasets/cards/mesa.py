"""The card of MESA Sleep."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, NsrrOrigin

CARD = Card(
    name="mesa",
    title="MESA Sleep: the Multi-Ethnic Study of Atherosclerosis, sleep exam",
    holds="One unattended overnight polysomnography a person, at home, with scoring; seven days of wrist "
    "actigraphy; questionnaires. Men and women of four ethnic groups.",
    subjects=2237,
    channels=(
        "EEG1–3", "EOG-L, EOG-R", "EMG", "EKG", "Pleth (256 Hz)", "SpO2, OxStatus, HR, DHR",
        "Pres, Flow, Therm", "Thor, Abdo", "Leg", "Snore", "Pos",
    ),
    scoring="sleep stages, respiratory events, desaturations, arousals",
    licence="data use agreement with the NSRR; a separate agreement for commercial use",
    citations=(
        "Zhang G.-Q. et al. The National Sleep Research Resource: towards a sleep data commons. JAMIA "
        "25(10), 2018.",
        "Chen X. et al. Racial/ethnic differences in sleep disturbances: the Multi-Ethnic Study of "
        "Atherosclerosis (MESA). Sleep 38(6), 2015.",
    ),
    access=(
        "Make an account at sleepdata.org.",
        "Request the data at sleepdata.org/datasets/mesa and wait for the approval.",
        "Copy the token from sleepdata.org/token into NSRR_TOKEN, or keep it with "
        "`sleepstudio datasets token nsrr`.",
    ),
    quirks=(
        "What serves as wrist signals here is finger Pleth and leg EMG, not a wrist's PPG and acceleration.",
        "2,237 people took part in the sleep exam; not all of them have a recording.",
        "OxStatus says how far Pleth and SpO2 can be trusted: 0 good, 1 marginal, 2 poor, 3 sensor off.",
        "NSRR's XML still has stage 4, which is N3.",
        "Actigraphy runs by a clock of its own: overlap/mesa-actigraphy-psg-overlap.csv places the night in "
        "it.",
    ),
    url="https://sleepdata.org/datasets/mesa",
    kinds=(
        FileKind(
            "psg",
            "polysomnography, EDF",
            r"polysomnography/edfs/(?P<recording>mesa-sleep-(?P<subject>\d+))\.edf",
            "polysomnography/edfs",
        ),
        FileKind(
            "scoring",
            "stages and events, NSRR XML",
            r"polysomnography/annotations-events-nsrr/(?P<recording>mesa-sleep-(?P<subject>\d+))-nsrr\.xml",
            "polysomnography/annotations-events-nsrr",
        ),
        FileKind(
            "profusion",
            "stages and events, Profusion XML",
            r"polysomnography/annotations-events-profusion/(?P<recording>mesa-sleep-(?P<subject>\d+))"
            r"-profusion\.xml",
            "polysomnography/annotations-events-profusion",
            usual=False,
        ),
        FileKind(
            "actigraphy",
            "seven days of wrist actigraphy, CSV",
            r"actigraphy/(?P<recording>mesa-sleep-(?P<subject>\d+))\.csv",
            "actigraphy",
            usual=False,
        ),
        FileKind(
            "overlap",
            "where the night stands in the actigraphy, CSV",
            r"overlap/[^/]+\.csv",
            "overlap",
            usual=False,
        ),
        FileKind("tables", "covariates and dictionary, CSV", r"datasets/.+\.csv", "datasets", usual=False),
    ),
    origins=(NsrrOrigin("mesa"), NsrrOrigin("mesa-commercial-use", "nsrr-commercial")),
)  # fmt: skip
