from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench import Bench

MakeBench = Callable[..., Bench]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MakeBench]:
    """Makes machines with a firmware; each in a folder of its own."""
    made: list[Bench] = []

    def make(firmware: bytes, **options: int) -> Bench:
        folder = tmp_path / str(len(made))
        made.append(Bench(folder, firmware, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
