"""The card of a folder of one's own."""

from __future__ import annotations

from sleepstudio.datasets.card import Card, FileKind

CARD = Card(
    name="folder",
    title="A folder of your own recordings",
    holds="Every EDF and BDF below a folder, with the hypnograms that stand beside them under the same name.",
    licence="yours",
    access=("Nothing to download: point the dataset's path at the folder.",),
    quirks=(
        "Without subject_pattern every recording is a person of its own: give it where people have several "
        "nights.",
    ),
    kinds=(
        FileKind("psg", "recordings, EDF or BDF", r"(?:.+/)?(?P<recording>[^/]+)\.(?:edf|bdf|rec)"),
        FileKind("scoring", "hypnograms, XML or a table", r"(?:.+/)?[^/]+\.(?:xml|csv|tsv)"),
    ),
)
