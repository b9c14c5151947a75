"""The firmware's framing against vectors that a third implementation made (tests/board/make_vectors.py)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from firmware_builds import ROOT

BOARD_TESTS = ROOT / "tests" / "board"
VECTORS = json.loads((BOARD_TESTS / "vectors.json").read_text("utf-8"))


def decoded(codec: Path, wire: bytes) -> tuple[list[tuple[int, int, int, str, str]], tuple[int, ...]]:
    """Messages as (version, type, sequence, payload, as encoded again), and the three counters."""
    done = subprocess.run([codec], input=wire, capture_output=True, check=True)
    assert done.stderr == b""
    *lines, counted = done.stdout.decode().splitlines()
    messages = []
    for line in lines:
        _, version, kind, sequence, payload, again = line.split(" ")
        messages.append((int(version), int(kind), int(sequence), payload, again))
    return messages, tuple(int(word) for word in counted.split()[1:])


@pytest.fixture(scope="session")
def codec(host_build: Path) -> Path:
    return host_build / "codec"


@pytest.mark.parametrize(
    "vector", VECTORS["frames"], ids=lambda vector: f"{vector['name']}-{vector['sequence']}"
)
def test_a_frame_is_read_and_written_as_the_vectors_say(codec: Path, vector: dict[str, Any]) -> None:
    messages, counted = decoded(codec, bytes.fromhex(vector["wire"]))
    assert messages == [(1, vector["type"], vector["sequence"], vector["payload"], vector["wire"])]
    assert counted == (1, 0, 0)


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["name"])
def test_a_damaged_frame_is_counted_and_dropped(codec: Path, vector: dict[str, str]) -> None:
    messages, counted = decoded(codec, bytes.fromhex(vector["wire"]))
    assert messages == []
    assert counted == ((0, 1, 0) if vector["counter"] == "crc_errors" else (0, 0, 1))


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=lambda vector: vector["name"])
def test_whole_frames_come_out_of_a_torn_stream(codec: Path, vector: dict[str, Any]) -> None:
    messages, _ = decoded(codec, bytes.fromhex(vector["wire"]))
    assert [message[4] for message in messages] == [
        VECTORS["frames"][index]["wire"] for index in vector["frames"]
    ]


def test_the_vectors_are_those_that_the_generator_writes() -> None:
    spec = importlib.util.spec_from_file_location("make_vectors", BOARD_TESTS / "make_vectors.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.text() == (BOARD_TESTS / "vectors.json").read_text("utf-8")
