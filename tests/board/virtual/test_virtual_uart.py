"""UART0 as the chip's core meets it, on a clock that the test sets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bench import Bench
from thumb import UART_ON, firmware

from sleepstudio.board.virtual import uart as registers
from sleepstudio.board.virtual.clock import Clock
from sleepstudio.board.virtual.faults import ChipFault
from sleepstudio.board.virtual.machine import State
from sleepstudio.board.virtual.uart import BYTE_CYCLES, TIMEOUT_CYCLES, Uart

RECEIVES = registers.RX_LEVEL | registers.RX_TIMEOUT


class Wired:
    """A UART that is set up as the firmware does, and its clock."""

    def __init__(self, *, trigger: int = 2) -> None:
        self.cycles = 0
        self.sent = bytearray()
        clock = Clock()
        clock.follow(lambda: self.cycles)
        self.uart = Uart(clock, self.sent.append)
        self.uart.powered = self.uart.receives = self.uart.transmits = True
        for offset, value in (
            (registers.IBRD, 13),
            (registers.FBRD, 1),
            (registers.LCRH, 0x70),
            (registers.IFLS, trigger << 3),
            (registers.IER, RECEIVES),
            (registers.CR, 0x319),
        ):
            self.uart.write(offset, value)

    def wait(self, cycles: int) -> None:
        self.cycles += cycles
        self.uart.advance()

    def drain(self) -> list[int]:
        words = []
        while not self.uart.read(registers.FR) & registers.RX_EMPTY:
            words.append(self.uart.read(registers.DR))
        return words


def test_bytes_come_at_the_baud_rate_while_the_core_works() -> None:
    wired = Wired()
    assert round(96e6 / BYTE_CYCLES) == 11_520
    wired.uart.arrive(b"abc")
    wired.wait(BYTE_CYCLES - 1)
    assert wired.drain() == []
    wired.wait(1)
    assert wired.drain() == [ord("a")]
    wired.wait(2 * BYTE_CYCLES)
    assert wired.drain() == [ord("b"), ord("c")]


def test_the_interrupt_comes_at_the_level_and_goes_below_it() -> None:
    wired = Wired(trigger=2)
    wired.uart.arrive(bytes(20))
    wired.wait(15 * BYTE_CYCLES)
    assert not wired.uart.interrupt
    wired.wait(BYTE_CYCLES)
    assert wired.uart.interrupt
    wired.uart.read(registers.DR)
    assert not wired.uart.interrupt


def test_a_short_message_interrupts_after_the_timeout() -> None:
    wired = Wired()
    wired.uart.arrive(b"hello")
    wired.wait(5 * BYTE_CYCLES + TIMEOUT_CYCLES - 1)
    assert not wired.uart.interrupt
    wired.wait(1)
    assert wired.uart.interrupt
    wired.uart.write(registers.IEC, 0x7FF)
    assert not wired.uart.interrupt
    wired.wait(10 * TIMEOUT_CYCLES)
    assert not wired.uart.interrupt, "cleared, it comes back with the next byte only"
    wired.uart.arrive(b"!")
    wired.wait(BYTE_CYCLES + TIMEOUT_CYCLES)
    assert wired.uart.interrupt
    assert bytes(word & 0xFF for word in wired.drain()) == b"hello!"
    assert not wired.uart.interrupt


def test_what_overruns_the_fifo_is_lost_and_the_next_byte_says_so() -> None:
    wired = Wired()
    wired.uart.arrive(bytes(range(40)))
    wired.wait(40 * BYTE_CYCLES)
    assert wired.drain() == list(range(32))
    assert wired.uart.overruns == 8
    wired.uart.arrive(b"xy")
    wired.wait(2 * BYTE_CYCLES)
    assert wired.drain() == [ord("x") | registers.OVERRUN, ord("y")]


def test_a_sleeping_core_gets_bytes_at_once_and_none_is_lost() -> None:
    wired = Wired()
    message = bytes(range(256)) * 4
    wired.uart.arrive(message)
    got = bytearray()
    while len(got) < len(message):
        wired.uart.hurry()
        assert wired.uart.interrupt
        got += bytes(wired.drain())
    assert bytes(got) == message
    assert wired.uart.overruns == 0
    assert wired.cycles == 0


def test_a_program_that_does_not_listen_hears_nothing() -> None:
    for missing in ("powered", "receives"):
        wired = Wired()
        setattr(wired.uart, missing, False)
        wired.uart.arrive(b"lost")
        wired.wait(4 * BYTE_CYCLES)
        wired.uart.powered = True
        assert wired.drain() == []
        assert wired.uart.received == 0


def test_what_is_sent_goes_out_only_by_its_pin() -> None:
    wired = Wired()
    wired.uart.write(registers.DR, ord("a"))
    wired.uart.transmits = False
    wired.uart.write(registers.DR, ord("b"))
    assert wired.sent == b"a"


@pytest.mark.parametrize(
    ("offset", "value", "said"),
    [
        (registers.IBRD, 26, "set to 57"),
        (registers.IBRD, 0, "baud instead of 115200"),
        (registers.LCRH, 0x7A, "not set to 8N1"),
        (registers.CR, 0x329, "not clocked by 24 MHz"),
    ],
)
def test_a_wrong_setting_is_a_fault(offset: int, value: int, said: str) -> None:
    wired = Wired()
    wired.uart.write(offset, value)
    with pytest.raises(ChipFault, match=said):
        wired.uart.write(registers.DR, 0)


ECHO = """
    push {r4-r7, lr}
    ldr r4, =0x4001C000
    ldr r5, =0x7FF
    str r5, [r4, #0x44]
3:  ldr r5, [r4, #0x18]
    lsls r5, r5, #27
    bmi 4f
    ldr r5, [r4]
    str r5, [r4]
    b 3b
4:  pop {r4-r7, pc}
"""


@pytest.mark.parametrize("busy", ["2:  wfi\n    b 2b\n", "2:  adds r7, #1\n    b 2b\n"])
def test_an_echo_returns_every_byte(bench: Callable[..., Bench], busy: str) -> None:
    """To a core that sleeps, and to one that computes all the while."""
    message = bytes(range(256)) * 3
    machine = bench(firmware(UART_ON + busy, uart0=ECHO))
    for first in range(0, len(message), 100):
        machine.machine.arrive(message[first : first + 100])
        machine.machine.step()
    machine.run_until(lambda: len(machine.sent) == len(message))
    assert bytes(machine.sent) == message
    facts = machine.machine.facts
    assert (facts.received, facts.transmitted, facts.overruns) == (768, 768, 0)


def test_what_was_on_its_way_is_gone_with_the_client(bench: Callable[..., Bench]) -> None:
    machine = bench(firmware(UART_ON + "2:  adds r7, #1\n    b 2b\n", uart0=ECHO))
    machine.machine.step()
    machine.machine.arrive(b"never heard")
    assert machine.machine.waiting == 11
    machine.machine.unplug()
    for _ in range(100):
        machine.machine.step()
    assert machine.sent == b""
    assert machine.machine.state is State.RUNNING
