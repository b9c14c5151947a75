"""The core counts exactly what it executes, however it is sliced, and names what ends a program."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bench import Bench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thumb import COUNTER_ON, UART_ON, firmware

from sleepstudio.board.virtual.machine import State

MakeBench = Callable[..., Bench]

# arithmetic over IT blocks whose conditions change, saturation and floating point; 400 turns
COMPUTE = """
    movs r0, #0
    movs r1, #0
    movw r2, #400
    vmov.f32 s0, #1.5
    vmov.f32 s1, #1.0
1:  movs r5, #7
    ands r3, r2, r5
    cmp r3, #3
    ittee gt
    addgt r0, #3
    eorgt r1, r0, r2
    addle r0, #5
    eorle r1, r2, r0, lsl #3
    cmp r1, r0
    itett cs
    addcs r1, #1
    subcc r1, r1, r0
    rorcs r1, r1, r0
    addcs r0, r0, r1
    ssat r6, #8, r1
    add r0, r6
    vmov s2, r6
    vcvt.f32.s32 s2, s2
    vfma.f32 s1, s0, s2
    subs r2, #1
    bne 1b
    ldr r7, =0x10000000
    str r0, [r7]
    str r1, [r7, #4]
    vstr s1, [r7, #8]
"""
COMPUTED = 0x1000_0000
SLEEP = "2:  wfi\n    b 2b\n"


def outcome(bench: Bench) -> tuple[bytes, int]:
    """What COMPUTE computed, and the instructions until it slept."""
    bench.run_to_sleep()
    assert bench.machine.state is State.SLEEPING, bench.faults
    return bench.machine.load(COMPUTED, 12), bench.machine.facts.instructions


def test_a_known_program_is_counted_to_the_instruction(bench: MakeBench) -> None:
    loop = "    movs r0, #0\n    movw r1, #1000\n1:  adds r0, #1\n    subs r1, #1\n    bne 1b\n"
    machine = bench(firmware(loop + SLEEP))
    machine.run_to_sleep()
    assert machine.machine.facts.instructions == 2 + 3 * 1000 + 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slice_limit=st.integers(1, 3000))
def test_slices_change_neither_result_nor_count(bench: MakeBench, slice_limit: int) -> None:
    program = firmware(COMPUTE + SLEEP)
    assert outcome(bench(program, slice_limit=slice_limit)) == outcome(bench(program))


def test_the_cycle_counter_counts_the_instructions_between_two_reads(bench: MakeBench) -> None:
    program = (
        COUNTER_ON
        + """
    ldr r0, =0xE0001004
    movs r1, #0
    str r1, [r0]
    ldr r2, [r0]
    nop
    nop
    nop
    ldr r3, [r0]
    subs r3, r3, r2
    ldr r7, =0x10000000
    str r2, [r7]
    str r3, [r7, #4]
    ldr r1, =0x12345678
    str r1, [r0]
    nop
    ldr r1, [r0]
    str r1, [r7, #8]
"""
    )
    machine = bench(firmware(program + SLEEP))
    machine.run_to_sleep()
    assert machine.word(0x1000_0000) == 1  # the store itself
    assert machine.word(0x1000_0004) == 4  # a load and three no-operations
    assert machine.word(0x1000_0008) == 0x12345678 + 2


HANDLER = """
    push {r4-r7, lr}
    movs r0, #0
    mvns r1, r0
    movs r2, #99
    movs r3, #98
    mov r12, r1
    cmp r0, r0
    vmov.f32 s0, #31.0
    vmov.f32 s1, #31.0
    vmov.f32 s2, #31.0
    vmov s15, r1
    vmsr fpscr, r1
    ldr r4, =0x4001C000
    ldr r5, =0x7FF
    str r5, [r4, #0x44]
3:  ldr r5, [r4, #0x18]
    lsls r5, r5, #27
    bmi 4f
    ldr r5, [r4]
    ldr r6, =0x10000010
    ldr r7, [r6]
    adds r7, #1
    str r7, [r6]
    b 3b
4:  pop {r4-r7, pc}
"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.integers(1, 40), min_size=1, max_size=12), slice_limit=st.integers(1, 700))
def test_interrupts_change_neither_the_program_nor_its_count(
    bench: MakeBench, pieces: list[int], slice_limit: int
) -> None:
    """A handler that spoils every register it may, and the flags, at any place of the computation."""
    program = firmware(UART_ON + COUNTER_ON + COMPUTE + SLEEP, uart0=HANDLER)
    undisturbed = bench(program)
    undisturbed.run_to_sleep()
    disturbed = bench(program, slice_limit=slice_limit)
    for piece in pieces:
        for _ in range(5):
            disturbed.machine.step()
        disturbed.machine.arrive(bytes(piece))
    disturbed.run_until(lambda: disturbed.word(0x1000_0010) == sum(pieces))
    disturbed.run_to_sleep()
    assert not disturbed.faults
    assert disturbed.machine.load(COMPUTED, 12) == undisturbed.machine.load(COMPUTED, 12)
    # after the computation, each interrupt wakes `wfi; b` once more
    extra = disturbed.machine.facts.foreground - undisturbed.machine.facts.foreground
    assert 0 <= extra <= 2 * 2 * len(pieces) * 3
    assert disturbed.machine.facts.instructions > disturbed.machine.facts.foreground


def test_the_count_between_two_reads_leaves_handlers_out(bench: MakeBench) -> None:
    program = firmware(
        UART_ON
        + COUNTER_ON
        + "    ldr r8, =0xE0001004\n    ldr r9, [r8]\n"
        + COMPUTE
        + "    ldr r10, [r8]\n    sub r10, r10, r9\n    str r10, [r7, #12]\n"
        + SLEEP,
        uart0=HANDLER,
    )
    counts = set()
    for first in (0, 1, 3, 17, 32):
        machine = bench(program, slice_limit=777)
        machine.machine.step()
        machine.machine.arrive(bytes(first))
        machine.run_until(lambda m=machine, n=first: m.word(0x1000_0010) == n)
        machine.run_to_sleep()
        counts.add(machine.word(0x1000_000C))
    assert len(counts) == 1


def test_an_interrupt_waits_until_the_program_allows_it_and_still_wakes(bench: MakeBench) -> None:
    program = (
        UART_ON
        + """
    cpsid i
    wfi
    ldr r7, =0x10000000
    ldr r1, [r7, #16]
    str r1, [r7]
    cpsie i
    cpsid i
    ldr r1, [r7, #16]
    str r1, [r7, #4]
"""
    )
    machine = bench(firmware(program + SLEEP, uart0=HANDLER))
    machine.run_to_sleep()
    machine.machine.arrive(b"abc")
    machine.run_until(lambda: machine.word(0x1000_0004) != 0)
    assert machine.word(0x1000_0000) == 0
    assert machine.word(0x1000_0004) == 3


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("    ldr r0, =0x70000000\n    ldr r1, [r0]", "read at 0x70000000, where nothing is"),
        ("    ldr r0, =0x70000000\n    str r1, [r0]", "write at 0x70000000, where nothing is"),
        ("    ldr r0, =0x70000001\n    bx r0", "jump at 0x70000000, where nothing is"),
        ("    ldr r0, =0x000C0000\n    str r0, [r0]", "write at 0x000c0000: MRAM is not written by the core"),
        ("    ldr r0, =0x10060010\n    ldr r1, [r0]", "read at 0x10060010: SSRAM has no power"),
        ("    ldr r0, =0x40020004\n    ldr r1, [r0]", "read of 0x40020004, a register that the virtual"),
        ("    ldr r0, =0x40020000\n    ldrb r1, [r0]", "read of 1 bytes at the register 0x40020000"),
        ("    ldr r0, =0x4001C000\n    ldr r1, [r0]", "UART0 is used without power"),
        ("    udf #1", "undefined instruction"),
        ("    bkpt #1", "breakpoint that nothing handles"),
        ("    svc #1", "SVC that nothing handles"),
    ],
)
def test_a_fault_is_named_with_its_place(bench: MakeBench, program: str, said: str) -> None:
    machine = bench(firmware("    nop\n" + program + "\n" + SLEEP))
    machine.run_to_sleep()
    assert machine.machine.state is State.FAULT
    assert said in machine.faults[0]
    where = int(machine.faults[0].split("pc ")[1].rstrip(")"), 16)
    assert where == 0x70000000 if "jump" in said else 0x18080 <= where < 0x18090
    assert machine.machine.facts.fault == machine.faults[0]


@pytest.mark.parametrize("stack", [0x1000_0008, 0x000C_0000, 0x1016_0010])
def test_an_interrupt_without_a_stack_is_a_fault(bench: MakeBench, stack: int) -> None:
    program = f"    ldr r0, ={stack:#x}\n    mov sp, r0\n" + SLEEP
    machine = bench(firmware(UART_ON + program, uart0=HANDLER))
    machine.run_to_sleep()
    before = machine.machine.load(0x000B_FF00, 0x100)
    machine.machine.arrive(b"!")
    machine.run_until(lambda: machine.machine.state is State.FAULT)
    assert "the stack is at 0x" in machine.faults[0]
    assert machine.machine.load(0x000B_FF00, 0x100) == before


def test_wfe_and_yield_are_no_faults(bench: MakeBench) -> None:
    machine = bench(firmware("    wfe\n    yield\n    sev\n    movs r0, #1\n" + SLEEP))
    machine.run_to_sleep()
    assert machine.machine.state is State.SLEEPING
    assert machine.machine.facts.instructions == 5


@pytest.mark.parametrize("content", [bytes(8), b"\0\0\1\x10\x81\x80\1\0" + bytes(8), b"garbage!" * 8])
def test_what_is_no_firmware_is_not_started(bench: MakeBench, content: bytes) -> None:
    machine = bench(content)
    assert machine.machine.state in (State.FAULT, State.RUNNING)
    machine.run_to_sleep()
    assert machine.machine.state is State.FAULT


def test_an_erased_chip_waits(bench: MakeBench) -> None:
    machine = bench(b"")
    assert machine.machine.state is State.EMPTY
    machine.machine.step()
    assert machine.machine.facts.instructions == 0
