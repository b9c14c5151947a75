"""What the filter box understands, and how columns sort."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.datasets.catalogue_filter import CatalogueFilter, in_order, natural
from sleepstudio.datasets.catalogue_rows import (
    CatalogueChannel,
    CatalogueRecording,
    HypnogramSource,
    RecordingFacts,
    RecordingState,
)
from sleepstudio.recordings import ChannelKind

PLETH = (CatalogueChannel("Pleth", ChannelKind.PPG, "", 64.0),)
AUX = (CatalogueChannel("Aux 7", ChannelKind.OTHER, "", 1.0),)


def row(recording_id: str, **fields: object) -> CatalogueRecording:
    facts = RecordingFacts(recording_id, Path("/nights") / f"{recording_id}.edf")
    start = datetime(2024, 3, 2, 22)
    whole = CatalogueRecording(
        facts, recording_id, RecordingState.OK, "Scored", indexed=True, start=start, channels=PLETH
    )
    return replace(whole, **fields)  # type: ignore[arg-type]


ROWS = [
    row("n1", subject="Jane", sources=(HypnogramSource("Ben", "file"),), scorer="Ben", tst_min=400.0),
    row("n2", channels=AUX, state=RecordingState.WARNINGS, state_word="3 gaps", tst_min=300.0),
    row("n10", state=RecordingState.UNREADABLE, state_word="Unreadable", start=None, tst_min=None),
]
ROWS[1] = replace(ROWS[1], facts=replace(ROWS[1].facts, tags=("Control group", "pilot")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "n1 n2 n10"),
        ("   ", "n1 n2 n10"),
        ("JANE", "n1"),
        ("n1", "n1 n10"),
        ("group", "n2"),
        ("tag:pilot", "n2"),
        ("tag:jane", ""),
        ("subject:jan", "n1"),
        ("gaps", "n2"),
        ("state:warnings", "n2"),
        ("-state:ok", "n2 n10"),
        ("channel:pleth", "n1 n10"),
        ("channel:ppg -jane", "n10"),
        ("is:unmapped", "n2"),
        ("is:unscored", "n2 n10"),
        ("is:scored", "n1"),
        ("scorer:ben", "n1"),
        ("date:2024-03", "n1 n2"),
        ("2024-03-02 n2", "n2"),
        ("file:/nights", "n1 n2 n10"),
        ("unknown:word", ""),
        ("-", "n1 n2"),
        ("is:un", "n2 n10"),
        ("n1 n2", ""),
    ],
)
def test_filters(text: str, expected: str) -> None:
    box = CatalogueFilter()
    for _ in range(2):
        assert " ".join(found.recording_id for found in box.matching(ROWS, text)) == expected


def test_a_filter_sees_new_rows() -> None:
    box = CatalogueFilter()
    assert len(box.matching(ROWS, "jane")) == 1
    assert len(box.matching([*ROWS, row("n11", subject="Jane")], "jane")) == 2
    aliased = [replace(one, channels=PLETH) for one in ROWS]
    assert len(box.matching(ROWS, "channel:pleth")) == 2
    assert len(box.matching(aliased, "channel:pleth")) == 3


def test_columns_sort_with_what_has_no_value_last() -> None:
    def ids(rows: list[CatalogueRecording]) -> str:
        return " ".join(found.recording_id for found in rows)

    assert ids(in_order(ROWS, "id")) == "n1 n2 n10"
    assert ids(in_order(ROWS, "id", descending=True)) == "n10 n2 n1"
    assert ids(in_order(ROWS, "tst")) == "n2 n1 n10"
    assert ids(in_order(ROWS, "tst", descending=True)) == "n1 n2 n10"
    assert ids(in_order(ROWS, "start")) == "n1 n2 n10"
    aware = [replace(ROWS[0], start=datetime(2024, 3, 3, tzinfo=UTC) + timedelta(hours=1)), *ROWS[1:]]
    assert ids(in_order(aware, "start")) == "n2 n1 n10"


@given(st.text(max_size=20), st.text(max_size=20))
def test_names_always_compare(one: str, other: str) -> None:
    assert (natural(one) < natural(other)) or natural(one) >= natural(other)


@given(st.integers(0, 10**20), st.integers(0, 10**20))
def test_numbers_in_names_sort_as_numbers(one: int, other: int) -> None:
    assert (natural(f"n{one}") < natural(f"n{other}")) == (one < other)
