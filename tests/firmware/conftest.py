"""The firmware as a process on this machine, built with sanitizers; and a small model for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from firmware_builds import build
from host_board import HostBoard
from small_image import SmallImage


@pytest.fixture(scope="session")
def host_build() -> Path:
    return build("host-sanitized")


@pytest.fixture(scope="session")
def small_image() -> SmallImage:
    return SmallImage()


@pytest.fixture
def board(host_build: Path, small_image: SmallImage, tmp_path: Path) -> Iterator[HostBoard]:
    """A board with the small image in MRAM, its READY already read."""
    image = tmp_path / "board_image.bin"
    image.write_bytes(small_image.content)
    with HostBoard(host_build / "firmware", image) as started:
        started.ready = started.next_unsolicited()
        yield started


@pytest.fixture
def empty_board(host_build: Path) -> Iterator[HostBoard]:
    """A board whose MRAM is erased."""
    with HostBoard(host_build / "firmware", None) as started:
        started.ready = started.next_unsolicited()
        yield started
