"""The virtual Apollo4 Plus: core, memories, chip, and the loop that runs them."""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from sleepstudio.board.memory_map import (
    CPU_HZ,
    ERASED,
    FIRMWARE_ADDRESS,
    MRAM_ADDRESS,
    MRAM_BYTES,
    SSRAM_ADDRESS,
    SSRAM_BYTES,
    TCM_ADDRESS,
    TCM_BYTES,
)
from sleepstudio.board.virtual.chip import WINDOWS, Chip, ResetCause
from sleepstudio.board.virtual.clock import Clock
from sleepstudio.board.virtual.cycle_counter import CycleCounter
from sleepstudio.board.virtual.engine import Engine, Memory, Stop
from sleepstudio.board.virtual.exceptions import SYSTEM_EXCEPTIONS, enter, leave
from sleepstudio.board.virtual.faults import ChipFault
from sleepstudio.board.virtual.inbox import Inbox
from sleepstudio.board.virtual.mram import Mram

SLICE = 100_000
"""Instructions between looks at what else happens."""
MASKED_SLICE = 1
"""The same, while an interrupt waits for the program to allow it, which may last an instruction only."""


class State(Enum):
    RUNNING = "running"
    SLEEPING = "sleeping"
    HALTED = "halted"
    EMPTY = "no firmware"
    FAULT = "fault"


@dataclass(frozen=True)
class MachineFacts:
    """``instructions``: of the program and its handlers since reset; ``foreground``: without the handlers."""

    state: str
    fault: str | None
    instructions: int
    foreground: int
    resets: int
    received: int
    transmitted: int
    overruns: int


class Machine:
    """Belongs to one thread; others go through ``inbox``.

    ``transmit`` gets what the firmware sent; ``on_fault`` what ended it.
    """

    def __init__(
        self,
        mram: Mram,
        inbox: Inbox,
        *,
        transmit: Callable[[bytes], None],
        on_fault: Callable[[str], None] = lambda _text: None,
        slice_limit: int = SLICE,
    ) -> None:
        self._mram = mram
        self._inbox = inbox
        self._transmit = transmit
        self._on_fault = on_fault
        self._slice = slice_limit
        self._clock = Clock()
        self._ssram = Memory("SSRAM", SSRAM_ADDRESS, mmap.mmap(-1, SSRAM_BYTES))
        self._memories = (
            Memory("MRAM", MRAM_ADDRESS, mram.content, writable=False),
            Memory("TCM", TCM_ADDRESS, mmap.mmap(-1, TCM_BYTES)),
            self._ssram,
        )
        self._sent = bytearray()
        self._causes = ResetCause(0)
        self._resets = -1
        self.state = State.EMPTY
        self.reset(ResetCause.POWER)

    def reset(self, cause: ResetCause) -> None:
        """Restarts the chip; its memories keep their content."""
        self._causes |= cause
        self._resets += 1
        self.fault: str | None = None
        engine = Engine(self._memories, WINDOWS, self._read, self._write)
        self._engine = engine
        self._clock.follow(lambda: engine.executed)
        self._counter = CycleCounter(lambda: engine.executed)
        self._chip = Chip(
            self._clock,
            self._causes,
            self._counter,
            ssram_power=lambda on: engine.allow(self._ssram, on),
            transmit=self._sent.append,
        )
        engine.allow(self._ssram, False)
        self._boot()

    def halt(self) -> None:
        """As a debugger does: the chip stands still."""
        if self.state in (State.RUNNING, State.SLEEPING):
            self.state = State.HALTED

    def flash(self, address: int, content: bytes) -> None:
        """Writes MRAM as a debugger does; the chip is halted then, until it is reset."""
        self.halt()
        self._mram.write(address, content)
        self._engine.forget_code()

    def load(self, address: int, length: int) -> bytes:
        """Memory, or one register of the chip. Raises ChipFault."""
        if length == 4 and any(start <= address < start + size for start, size in WINDOWS):
            return self._chip.read(address, 4).to_bytes(4, "little")
        return self._engine.load(address, length)

    def arrive(self, data: bytes) -> None:
        """The host sent."""
        self._chip.uart.arrive(data)

    def unplug(self) -> None:
        """The host is gone, and what it sent with it."""
        self._chip.uart.unplug()

    @property
    def waiting(self) -> int:
        """Bytes of the host that the chip has not received yet."""
        return self._chip.uart.waiting

    @property
    def facts(self) -> MachineFacts:
        uart = self._chip.uart
        return MachineFacts(
            self.state.value,
            self.fault,
            self._engine.executed,
            self._counter.foreground,
            self._resets,
            uart.received,
            uart.transmitted,
            uart.overruns,
        )

    def run(self) -> NoReturn:
        """Runs, and sleeps, for ever."""
        while True:
            self.step()

    def step(self) -> None:
        """One slice of work, or one sleep."""
        try:
            for action in self._rest():
                action()
            if self.state is State.RUNNING:
                self._work()
        except ChipFault as fault:
            self._fail(fault)
        if self._sent:
            self._transmit(bytes(self._sent))
            self._sent.clear()

    def _rest(self) -> list[Callable[[], None]]:
        """What is wanted from outside; sleeps until then, or until something wakes the core."""
        if self.state is State.RUNNING:
            return self._inbox.take()
        if self.state is not State.SLEEPING:
            return self._inbox.take(None)
        self._chip.uart.hurry()
        self._chip.advance()
        if self._chip.interrupts.pending is not None or self._chip.reset_wanted is not None:
            self.state = State.RUNNING
            return self._inbox.take()
        cycles = self._cycles_to_event()
        began = time.monotonic()
        actions = self._inbox.take(None if cycles is None else cycles / CPU_HZ)
        slept = round((time.monotonic() - began) * CPU_HZ)
        # a host that comes late does not make the chip miss its events
        self._clock.slept(slept if cycles is None else min(slept, cycles))
        return actions

    def _work(self) -> None:
        self._chip.advance()
        if self._chip.reset_wanted is not None:
            self.reset(self._chip.reset_wanted)
            return
        interrupts = self._chip.interrupts
        limit = min(self._slice, self._cycles_to_event() or self._slice)
        if interrupts.pending is not None and interrupts.active is None:
            if self._engine.interrupts_masked:
                limit = min(limit, MASKED_SLICE)
            else:
                self._begin_interrupt(interrupts.pending)
        stop = self._engine.run(limit)
        if stop is Stop.SLEEP:
            self.state = State.SLEEPING
        elif stop is Stop.EXCEPTION_RETURN:
            leave(self._engine, self._engine.pc)
            interrupts.end()
            self._counter.handler_ended()

    def _begin_interrupt(self, number: int) -> None:
        exception = SYSTEM_EXCEPTIONS + number
        vector = self._engine.load(self._chip.vectors + 4 * exception, 4)
        self._counter.handler_began()
        self._chip.interrupts.take(number)
        enter(self._engine, exception, int.from_bytes(vector, "little"))

    def _cycles_to_event(self) -> int | None:
        at = self._chip.next_event
        return at - self._clock.now if at is not None and at > self._clock.now else None

    def _boot(self) -> None:
        """As the chip's boot loader does."""
        content = self._mram.content[FIRMWARE_ADDRESS : FIRMWARE_ADDRESS + 8]
        if content == bytes([ERASED]) * 8:
            self.state = State.EMPTY
            return
        stack, start = struct.unpack("<II", content)
        in_ram = TCM_ADDRESS < stack <= TCM_ADDRESS + TCM_BYTES and stack % 4 == 0
        if not in_ram or not start & 1 or not FIRMWARE_ADDRESS <= start < MRAM_ADDRESS + MRAM_BYTES:
            self._fail(ChipFault(f"what is at {FIRMWARE_ADDRESS:#010x} is no firmware for this chip"))
            return
        self._engine.sp = stack
        self._engine.pc = start & ~1
        self.state = State.RUNNING

    def _fail(self, fault: ChipFault) -> None:
        pc = fault.pc if fault.pc is not None else self._engine.pc
        self.fault = f"{fault.what} (pc {pc:#010x})"
        self.state = State.FAULT
        self._on_fault(self.fault)

    def _read(self, address: int, width: int) -> int:
        return self._chip.read(address, width)

    def _write(self, address: int, width: int, value: int) -> None:
        self._chip.write(address, width, value)
