"""Power, resets, watchdog and timer of the virtual chip, tried by programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bench import Bench
from thumb import firmware

import sleepstudio
from sleepstudio.board.memory_map import CPU_HZ, CPUID_ADDRESS
from sleepstudio.board.virtual.chip import Chip, ResetCause
from sleepstudio.board.virtual.clock import Clock
from sleepstudio.board.virtual.cycle_counter import CycleCounter
from sleepstudio.board.virtual.machine import State

REGISTERS = Path(sleepstudio.__file__).parents[1] / "firmware/boards/apollo4p/registers.h"
MakeBench = Callable[..., Bench]
SLEEP = "2:  wfi\n    b 2b\n"
SPIN = "2:  adds r7, #1\n    b 2b\n"

RESET_STATUS = "    ldr r0, =0x4000885C\n    ldr r1, [r0]\n    ldr r0, =0x10000100\n    str r1, [r0]\n"
COUNT_STARTS = "    ldr r0, =0x10000104\n    ldr r1, [r0]\n    adds r1, #1\n    str r1, [r0]\n"


def watchdog_on(
    interrupt_at: int, reset_at: int, *, may_reset: bool = True, interrupt_on: bool = True
) -> str:
    value = 2 << 24 | interrupt_at << 16 | reset_at << 8 | 0b101 | interrupt_on << 1
    return f"""
    ldr r0, =0x40000000
    movs r1, #{2 if may_reset else 0}
    str r1, [r0]
    ldr r0, =0x40024000
    movs r1, #1
    ldr r2, =0x200
    str r1, [r0, r2]
    ldr r1, ={value:#x}
    str r1, [r0]
    ldr r0, =0xE000E100
    movs r1, #2
    str r1, [r0]
"""


ASKED = """
    ldr r0, =0x10000108
    ldr r1, [r0]
    adds r1, #1
    str r1, [r0]
    ldr r0, =0x40024208
    movs r1, #1
    str r1, [r0]
    bx lr
"""


def test_it_has_the_registers_of_the_firmwares_list_and_no_others() -> None:
    text = REGISTERS.read_text()
    listed = {int(address, 16) for address in re.findall(r"SS_REGISTER\(0x([0-9A-F]{8})u\)", text)}
    listed |= {int(address, 16) for address in re.findall(r"0x(E000[0-9A-F]{4})", text)}
    assert len(listed) > 30
    chip = Chip(
        Clock(),
        ResetCause.POWER,
        CycleCounter(lambda: 0),
        ssram_power=lambda _on: None,
        transmit=lambda _byte: None,
    )
    assert chip.addresses - {CPUID_ADDRESS} == listed


def test_memory_keeps_its_content_over_a_reset_and_the_causes_add_up(bench: MakeBench) -> None:
    machine = bench(firmware(RESET_STATUS + COUNT_STARTS + SLEEP))
    machine.run_to_sleep()
    assert machine.word(0x1000_0100) == ResetCause.POWER
    machine.machine.reset(ResetCause.DEBUGGER)
    machine.run_to_sleep()
    assert machine.word(0x1000_0100) == ResetCause.POWER | ResetCause.DEBUGGER
    assert machine.word(0x1000_0104) == 2
    assert machine.machine.facts.resets == 1


def test_a_program_restarts_its_chip(bench: MakeBench) -> None:
    restart = """
    cmp r1, #3
    beq 2f
    ldr r0, =0xE000ED0C
    movs r2, #0
    str r2, [r0]
    ldr r1, =0x05FA0004
    str r1, [r0]
1:  b 1b
"""
    machine = bench(firmware(COUNT_STARTS + restart + SLEEP))
    machine.run_to_sleep()
    assert machine.machine.state is State.SLEEPING
    assert machine.machine.facts.resets == 2


def test_the_watchdog_restarts_a_program_that_hangs(bench: MakeBench) -> None:
    machine = bench(firmware(RESET_STATUS + COUNT_STARTS + watchdog_on(1, 2) + SPIN, watchdog=ASKED))
    machine.run_until(lambda: machine.machine.facts.resets == 1)
    machine.run_until(lambda: machine.word(0x1000_0104) == 2)
    assert machine.word(0x1000_0100) == ResetCause.POWER | ResetCause.WATCHDOG
    assert machine.word(0x1000_0108) == 1, "it asked before"


def test_the_watchdog_is_content_with_a_program_that_feeds_it(bench: MakeBench) -> None:
    feed = """
    ldr r4, =0x40024004
    movs r5, #0xB2
2:  ldr r6, =100000
3:  subs r6, #1
    bne 3b
    str r5, [r4]
    b 2b
"""
    machine = bench(firmware(watchdog_on(255, 1) + feed))
    machine.run_until(lambda: machine.machine.facts.instructions > CPU_HZ // 4)
    assert machine.machine.facts.resets == 0


@pytest.mark.parametrize("may_reset", [False, True])
def test_the_watchdog_resets_only_where_it_may(bench: MakeBench, may_reset: bool) -> None:
    program = firmware(watchdog_on(255, 1, may_reset=may_reset, interrupt_on=False) + SPIN)
    machine = bench(program)
    for _ in range(100):
        machine.machine.step()
    assert (machine.machine.facts.resets > 0) == may_reset


def test_the_timer_follows_what_was_executed(bench: MakeBench) -> None:
    program = """
    ldr r0, =0x40008800
    ldr r1, =(1 << 30) | 6
    str r1, [r0]
    ldr r6, =4800000
3:  subs r6, #1
    bne 3b
    ldr r1, [r0, #4]
    ldr r0, =0x10000100
    str r1, [r0]
"""
    machine = bench(firmware(program + SLEEP))
    machine.run_to_sleep()
    # 9.6 million instructions are a tenth of a second of 96 MHz
    assert machine.word(0x1000_0100) == 1024 // 10


def test_ssram_works_while_it_has_power(bench: MakeBench) -> None:
    program = """
    ldr r0, =0x40021000
    movs r1, #1
    str r1, [r0, #0x24]
1:  ldr r1, [r0, #0x28]
    lsls r1, r1, #31
    beq 1b
    ldr r2, =0x1015FFFC
    ldr r3, =0x12345678
    str r3, [r2]
    ldr r4, [r2]
    ldr r5, =0x10000100
    str r4, [r5]
    movs r1, #0
    str r1, [r0, #0x24]
    ldr r4, [r2]
"""
    machine = bench(firmware(program + SLEEP))
    machine.run_to_sleep()
    assert machine.word(0x1000_0100) == 0x12345678
    assert "SSRAM has no power" in machine.faults[0]


def test_the_chip_says_that_it_is_virtual(bench: MakeBench) -> None:
    machine = bench(b"")
    assert machine.machine.load(0x4002_0000, 4) == b"VBRD"


def test_pins_change_only_with_the_key(bench: MakeBench) -> None:
    program = """
    ldr r0, =0x40010000
    ldr r2, =0x200
    movs r1, #4
    str r1, [r0, #0xBC]
    ldr r3, [r0, #0xBC]
    movs r4, #0x73
    str r4, [r0, r2]
    str r1, [r0, #0xBC]
    ldr r4, [r0, #0xBC]
    ldr r5, =0x10000100
    str r3, [r5]
    str r4, [r5, #4]
"""
    machine = bench(firmware(program + SLEEP))
    machine.run_to_sleep()
    assert (machine.word(0x1000_0100), machine.word(0x1000_0104)) == (0, 4)


def test_flashing_halts_the_chip_and_a_reset_runs_the_new_program(bench: MakeBench) -> None:
    machine = bench(firmware("    ldr r0, =0x10000100\n    movs r1, #1\n    str r1, [r0]\n" + SPIN))
    for _ in range(3):
        machine.machine.step()
    assert machine.word(0x1000_0100) == 1
    machine.machine.flash(
        0x18000, firmware("    ldr r0, =0x10000100\n    movs r1, #2\n    str r1, [r0]\n" + SPIN)
    )
    before = machine.machine.facts.instructions
    machine.machine.step()
    assert machine.machine.state is State.HALTED
    assert machine.machine.facts.instructions == before
    machine.machine.reset(ResetCause.DEBUGGER)
    machine.machine.step()
    assert machine.word(0x1000_0100) == 2
    machine.machine.flash(0x18000, b"\xff" * 0x28000)
    machine.machine.reset(ResetCause.DEBUGGER)
    assert machine.machine.state is State.EMPTY
