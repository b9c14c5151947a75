"""The worst case of the firmware's stack, from what the compiler says of each function.

`-fcallgraph-info=su` writes, beside each object, its functions with their stack use and whom they call. Calls
through pointers are in INDIRECT: a function that makes one and is not named there is an error, and so is
recursion.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

INDIRECT = {
    "ss_model_run": ("layer_done",),
    "layer_done": ("answer_requests",),
    "requests_answer": (
        "begin", "costs", "counters", "end", "fault", "hello", "image_begin", "image_commit", "image_data",
        "image_drop", "outputs", "reset", "rows", "run", "stage_of",
    ),
}  # fmt: skip
"""Caller to the functions that its pointers can hold."""

LIBGCC = {"__aeabi_uldivmod": 64}
"""Functions of the compiler's own library, of which it says nothing: bytes, generously, from their code."""

INTERRUPT_FRAME = 104 + 4
"""Registers that an exception pushes, floating-point ones included, and the word that aligns them."""

NO_INTERRUPTS = ("reset_handler", "fault_handler")

NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
USE = re.compile(r"(\d+) bytes \((static|dynamic,bounded)\)")


class StackError(Exception):
    """The worst case cannot be told."""


def plain(title: str) -> str:
    """The function's name: static ones are titled `file:name`, clones `name.constprop.0`."""
    return title.split(":")[-1].split(".")[0]


def read(folder: Path) -> tuple[dict[str, int], dict[str, set[str]]]:
    """Stack use in bytes by function, and the functions that each calls."""
    use: dict[str, int] = {}
    calls: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("*.ci")):
        text = path.read_text("utf-8")
        for title, label in NODE.findall(text):
            found = USE.search(label)
            if found:
                use[plain(title)] = max(use.get(plain(title), 0), int(found[1]))
            elif "dynamic" in label:
                raise StackError(f"{title}: its stack use is not bounded")
        for source, target in EDGE.findall(text):
            calls[plain(source)].add(plain(target))
    return use, calls


def bound(folder: Path) -> int:
    """Bytes that the main program and, on top of it, the deepest interrupt can need."""
    use, calls = read(folder)

    @cache
    def deepest(function: str, above: tuple[str, ...] = ()) -> int:
        if function in above:
            raise StackError(f"recursion: {' → '.join((*above, function))}")
        path = (*above, function)
        targets = set(calls.get(function, ()))
        if "__indirect_call" in targets:
            targets.discard("__indirect_call")
            if function not in INDIRECT:
                raise StackError(f"{function} calls through a pointer: say in {Path(__file__).name} whom")
            targets.update(name for name in INDIRECT[function] if name in use)
        if function not in use and function not in LIBGCC:
            raise StackError(f"{function}: nothing is known of its stack use")
        return use.get(function, LIBGCC.get(function, 0)) + max(
            (deepest(target, path) for target in targets), default=0
        )

    interrupts = [name for name in use if name.endswith("_handler") and name not in NO_INTERRUPTS]
    return deepest("start_firmware") + sum(INTERRUPT_FRAME + deepest(name) for name in interrupts)
