"""The card of the Child Mind Institute's sleep states."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, KaggleOrigin

CARD = Card(
    name="cmidss",
    title="Child Mind Institute: Detect Sleep States",
    holds="Many days of wrist acceleration a child, as two values every 5 s, and the onset and end of each "
    "night's longest sleep. No stages, no polysomnography.",
    subjects=277,
    channels=("anglez (degrees, every 5 s)", "enmo (g, every 5 s)"),
    scoring="onset and wakeup of each night by sleep logs, in training_events: sleep and wake alone",
    licence="CC BY-NC-SA 4.0 and the competition's rules: no commercial use",
    citations=(
        "Child Mind Institute. Detect Sleep States. Kaggle, 2023. "
        "https://kaggle.com/competitions/child-mind-institute-detect-sleep-states",
    ),
    access=(
        "Make an account at kaggle.com.",
        "Accept the rules at kaggle.com/competitions/child-mind-institute-detect-sleep-states/rules.",
        "Make an API token in your account's settings; put it into KAGGLE_API_TOKEN (or KAGGLE_USERNAME and "
        "KAGGLE_KEY), or keep it with `sleepstudio datasets token kaggle`.",
    ),
    quirks=(
        "One Parquet file holds all series: subjects are chosen when it is read, not when it is downloaded.",
        "Some nights have no events, and stretches in which the watch was not worn are not marked.",
        "A series' timestamps carry their offset from UTC, which changes with daylight saving time.",
    ),
    url="https://www.kaggle.com/competitions/child-mind-institute-detect-sleep-states",
    kinds=(
        FileKind("series", "acceleration of all people, Parquet", r"train_series\.parquet"),
        FileKind("scoring", "onsets and wakeups, CSV", r"train_events\.csv"),
        FileKind("sleepkit", "SleepKit's form, HDF5", r"(?P<recording>(?P<subject>[0-9a-f]{12}))\.h5"),
        FileKind("test", "example of the test", r"test_series\.parquet|sample_submission\.csv", usual=False),
    ),
    origins=(KaggleOrigin("child-mind-institute-detect-sleep-states"),),
)
