"""The card of Ambiq's model zoo."""

from __future__ import annotations

from typing import Final

from sleepstudio.datasets.card import Card, FileKind, WebOrigin

_STAGERS: Final = ("ss-2-tcn-sm", "ss-3-tcn-sm", "ss-4-tcn-sm", "ss-5-tcn-sm")
_FILES: Final = ("configuration.json", "metrics.json", "model.keras", "model.tflite")
_MODEL: Final = r"(?:stage|detect)/(?P<recording>(?P<subject>s[sd]-\d-tcn-sm))/[^/]+"

CARD = Card(
    name="zoo",
    title="SleepKit's model zoo",
    holds="Published models with their configurations and figures: staging into 2, 3, 4 and 5 stages on "
    "MESA, and sleep detection.",
    licence="SleepKit's: BSD-3-Clause",
    citations=("Ambiq. SleepKit. https://github.com/AmbiqAI/sleepkit",),
    access=("Open: nothing to ask for. A subject is a model here: --subjects ss-4-tcn-sm.",),
    quirks=(
        "Trained on MESA's finger Pleth and leg EMG, though described as wrist signals.",
        "The models look at a whole night, normalised by itself: for offline use.",
        "The parameter counts on its pages disagree with each other and with the configurations.",
    ),
    url="https://ambiqai.github.io/sleepkit",
    kinds=(
        FileKind(
            "configuration", "the configuration it was trained with, JSON", rf"{_MODEL}/configuration\.json"
        ),
        FileKind("metrics", "its published figures, JSON", rf"{_MODEL}/metrics\.json"),
        FileKind("keras", "the float model, Keras", rf"{_MODEL}/model\.keras"),
        FileKind("tflite", "the int8 model, TFLite", rf"{_MODEL}/model\.tflite"),
    ),
    origins=(
        WebOrigin(
            "https://ambiqai-model-zoo.s3.us-west-2.amazonaws.com/sleepkit/",
            (
                *(f"stage/{model}/latest/{file}" for model in _STAGERS for file in _FILES),
                *(f"detect/sd-2-tcn-sm/v1.0/{file}" for file in _FILES if file != "model.keras"),
            ),
            "ambiq",
        ),
    ),
    of="models",
)
