"""The card of sleep-accel."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind, PhysioNetOrigin

CARD = Card(
    name="sleep-accel",
    title="Motion and heart rate from a wrist-worn wearable and labeled sleep from polysomnography",
    holds="A night of a watch beside attended polysomnography; acceleration, heart rate, steps and stages.",
    subjects=31,
    nights=31,
    channels=("acceleration, three axes, g", "heart rate, bpm, irregular", "steps"),
    scoring="expert stages in 30 s epochs: 0 W, 1, 2, 3, 4, 5 R, −1 unscored",
    licence="Open Data Commons Attribution License (ODC-BY 1.0)",
    citations=(
        "Walch O. Motion and heart rate from a wrist-worn wearable and labeled sleep from polysomnography "
        "(version 1.0.0). PhysioNet, 2019. https://doi.org/10.13026/hmhs-py35",
        "Walch O., Huang Y., Forger D., Goldstein C. Sleep stage prediction with raw acceleration and "
        "photoplethysmography heart rate data derived from a consumer wearable device. Sleep 42(12), 2019.",
        "Goldberger A. et al. PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101(23), 2000.",
    ),
    access=("Open: nothing to ask for.",),
    quirks=(
        "Times count from the start of polysomnography; the watch's begin before it, with negative times.",
        "Recordings carry no date and no time of day.",
        "The authors' published features look five minutes ahead and are scaled by the whole night: for "
        "offline models only.",
        "In those features rows are missing in some people: each stands at the time in its _time_feature.",
    ),
    url="https://physionet.org/content/sleep-accel/1.0.0/",
    kinds=(
        FileKind(
            "heart-rate", "heart rate, text", r"heart_rate/(?P<recording>(?P<subject>\d+))_heartrate\.txt",
            "heart_rate",
        ),
        FileKind(
            "scoring", "stages, text", r"labels/(?P<recording>(?P<subject>\d+))_labeled_sleep\.txt", "labels"
        ),
        FileKind("steps", "steps, text", r"steps/(?P<recording>(?P<subject>\d+))_steps\.txt", "steps"),
        FileKind(
            "acceleration",
            "acceleration, text, some 60 MB a night",
            r"motion/(?P<recording>(?P<subject>\d+))_acceleration\.txt",
            "motion",
        ),
    ),
    origins=(PhysioNetOrigin("sleep-accel", "1.0.0"),),
)  # fmt: skip
