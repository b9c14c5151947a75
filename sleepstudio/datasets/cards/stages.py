"""The card of STAGES."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, NsrrOrigin

CARD = Card(
    name="stages",
    title="STAGES: Stanford Technology Analytics and Genomics in Sleep",
    holds="Attended overnight polysomnography of adults and adolescents evaluated for sleep disorders, from "
    "six centres with 20 sites; questionnaires. About 1,500 people were recruited.",
    channels=("EEG", "EOG", "chin and leg EMG", "ECG", "nasal and oral airflow", "chest effort", "position"),
    scoring="sleep stages and events, a table a night",
    licence="data use agreement with the NSRR; non-commercial and commercial use",
    citations=(
        "Zhang G.-Q. et al. The National Sleep Research Resource: towards a sleep data commons. JAMIA "
        "25(10), 2018.",
        "This research has been conducted using the STAGES - Stanford Technology, Analytics and Genomics in "
        "Sleep Resource funded by the Klarman Family Foundation.",
    ),
    access=(
        "Make an account at sleepdata.org.",
        "Request the data at sleepdata.org/datasets/stages and wait for the approval.",
        "Copy the token from sleepdata.org/token into NSRR_TOKEN, or keep it with "
        "`sleepstudio datasets token nsrr`.",
    ),
    quirks=(
        "Channel names differ from site to site: harmonise them over the cohort before features.",
        "The scoring's tables give times of day without a date, and stages as Wake, Stage1, Stage2, Stage3, "
        "REM and UnknownStage, with blanks around them.",
        "SleepKit's adapter of this name looks for MESA's layout and finds no recording.",
    ),
    url="https://sleepdata.org/datasets/stages",
    kinds=(
        FileKind(
            "psg",
            "polysomnography, EDF",
            r"original/STAGES PSGs/(?:[^/]+/)*(?P<recording>(?P<subject>[A-Z]{4}\d+))\.edf",
            "original/STAGES PSGs",
        ),
        FileKind(
            "scoring",
            "stages and events, CSV",
            r"original/STAGES PSGs/(?:[^/]+/)*(?P<recording>(?P<subject>[A-Z]{4}\d+))\.csv",
            "original/STAGES PSGs",
        ),
        FileKind(
            "tables", "covariates and their dictionary, CSV", r"datasets/.+\.csv", "datasets", usual=False
        ),
    ),
    origins=(NsrrOrigin("stages"),),
)
