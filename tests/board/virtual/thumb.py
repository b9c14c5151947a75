"""Tiny programs for the virtual chip, assembled by the toolchain that builds the firmware."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

FIRMWARE = 0x18000
STACK_TOP = 0x1000_4000
EXCEPTIONS, WATCHDOG, UART0 = 16, 1, 15

UART_ON = """
    ldr r0, =0x40021004
    ldr r1, =1 << 9
    str r1, [r0]
    ldr r0, =0x40010000
    ldr r1, =0x73
    ldr r2, =0x200
    str r1, [r0, r2]
    movs r1, #0x14
    str r1, [r0, #0xBC]
    str r1, [r0, #0xF0]
    ldr r0, =0x4001C000
    movs r1, #13
    str r1, [r0, #0x24]
    movs r1, #1
    str r1, [r0, #0x28]
    movs r1, #0x70
    str r1, [r0, #0x2C]
    movs r1, #0x10
    str r1, [r0, #0x34]
    movs r1, #0x50
    str r1, [r0, #0x38]
    ldr r1, =0x319
    str r1, [r0, #0x30]
    ldr r0, =0xE000E100
    ldr r1, =(1 << 15) | (1 << 1)
    str r1, [r0]
"""
"""115,200 baud 8N1, interrupt from 16 bytes on and on the timeout."""

COUNTER_ON = """
    ldr r0, =0xE000EDFC
    ldr r1, =1 << 24
    str r1, [r0]
    ldr r0, =0xE0001000
    movs r1, #1
    str r1, [r0]
"""


@functools.cache
def firmware(start: str, *, uart0: str = "", watchdog: str = "") -> bytes:
    """An image for 0x18000: ``start`` runs after reset, the others are interrupt handlers."""
    if shutil.which("arm-none-eabi-as") is None:
        pytest.skip("arm-none-eabi-as is not installed")
    handlers = {EXCEPTIONS + WATCHDOG: ("watchdog", watchdog), EXCEPTIONS + UART0: ("uart0", uart0)}
    vectors = [f".word {STACK_TOP}", ".word start + 1"]
    vectors += [
        f".word {handlers[number][0]} + 1" if number in handlers and handlers[number][1] else ".word 0"
        for number in range(2, EXCEPTIONS + UART0 + 1)
    ]
    code = [f"{name}:\n{body}\n.ltorg" for name, body in handlers.values() if body]
    source = "\n".join([".syntax unified", ".thumb", *vectors, "start:", start, ".ltorg", *code, ""])
    with tempfile.TemporaryDirectory() as folder:
        text, object_, program, binary = (Path(folder) / name for name in ("p.s", "p.o", "p.elf", "p.bin"))
        text.write_text(source)
        for command in (
            ["as", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mthumb", text, "-o", object_],
            ["ld", f"-Ttext={FIRMWARE:#x}", "-e", f"{FIRMWARE:#x}", object_, "-o", program],
            ["objcopy", "-O", "binary", program, binary],
        ):
            subprocess.run([f"arm-none-eabi-{command[0]}", *map(str, command[1:])], check=True)
        return binary.read_bytes()
