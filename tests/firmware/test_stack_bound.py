"""The bound of the firmware's stack: of call graphs whose worst case is known, and against what was used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from firmware_builds import ROOT

sys.path.insert(0, str(ROOT / "firmware" / "tools"))

import stack_bound


def graph(folder: Path, uses: dict[str, int], calls: list[tuple[str, str]]) -> Path:
    """A file as the compiler writes it."""
    lines = ['graph: { title: "some.c"']
    lines += [
        f'node: {{ title: "{name}" label: "{name}\\nsome.c:1:2\\n{bytes_} bytes (static)" }}'
        for name, bytes_ in uses.items()
    ]
    lines += [f'edge: {{ sourcename: "{source}" targetname: "{target}" }}' for source, target in calls]
    (folder / "some.c.ci").write_text("\n".join([*lines, "}"]), "utf-8")
    return folder


def test_the_deepest_path_counts_and_every_interrupt_on_top(tmp_path: Path) -> None:
    uses = {"start_firmware": 8, "main": 16, "a": 100, "b": 40, "c": 80, "uart_handler": 24, "leaf": 4}
    calls = [("start_firmware", "main"), ("main", "a"), ("main", "b"), ("b", "c"), ("uart_handler", "leaf")]
    # 8 + 16 + max(100, 40 + 80), and 104 registers, a word to align them, 24 + 4
    assert stack_bound.bound(graph(tmp_path, uses, calls)) == 8 + 16 + 120 + 108 + 28


def test_recursion_is_an_error(tmp_path: Path) -> None:
    uses = {"start_firmware": 8, "a": 4, "b": 4}
    folder = graph(tmp_path, uses, [("start_firmware", "a"), ("a", "b"), ("b", "a")])
    with pytest.raises(stack_bound.StackError, match="a → b → a"):
        stack_bound.bound(folder)


def test_a_call_through_a_pointer_must_be_named(tmp_path: Path) -> None:
    folder = graph(
        tmp_path, {"start_firmware": 8, "a": 4}, [("start_firmware", "a"), ("a", "__indirect_call")]
    )
    with pytest.raises(stack_bound.StackError, match="a calls through a pointer"):
        stack_bound.bound(folder)


def test_a_function_of_unknown_use_is_an_error(tmp_path: Path) -> None:
    folder = graph(tmp_path, {"start_firmware": 8}, [("start_firmware", "printf")])
    with pytest.raises(stack_bound.StackError, match="printf"):
        stack_bound.bound(folder)
