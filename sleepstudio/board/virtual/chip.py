"""The chip around the core: the registers of firmware/boards/apollo4p/registers.h, and no others.

What the firmware touches beyond that list is a fault that names the address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from functools import partial

from sleepstudio.board.memory_map import CPU_HZ, CPUID_CORTEX_M4, FIRMWARE_ADDRESS
from sleepstudio.board.virtual import uart, watchdog
from sleepstudio.board.virtual.clock import Clock
from sleepstudio.board.virtual.cycle_counter import CycleCounter
from sleepstudio.board.virtual.faults import ChipFault
from sleepstudio.board.virtual.interrupts import Interrupts
from sleepstudio.board.virtual.uart import Uart
from sleepstudio.board.virtual.watchdog import Watchdog

WINDOWS = ((0x4000_0000, 0x0010_0000), (0x4800_0000, 0x1000), (0xE000_0000, 0x0010_0000))
CHIP_PART = 0x44524256
STIMER_HZ = 1024
IRQ_WATCHDOG, IRQ_UART0 = 1, 15
CPUID = 0x410F_0001 | CPUID_CORTEX_M4
_WATCHDOG_MAY_RESET = 1 << 1
_UART0_POWER = 1 << 9
_SSRAM_POWER = 1 << 0
_PIN_FUNCTION, _PIN_UART0, _PIN_INPUT = 0xF, 4, 1 << 4
_PAD_KEY = 0x73
_STIMER_CLEAR = 1 << 30
_SYSTEM_RESET = 0x05FA_0004
_VTOR_MASK = 0xFFFF_FF80


class ResetCause(IntFlag):
    """Bits of RSTGEN's status, which adds up until power-on."""

    POWER = 1 << 1
    SOFTWARE = 1 << 3
    DEBUGGER = 1 << 5
    WATCHDOG = 1 << 6


@dataclass(frozen=True)
class _Register:
    read: Callable[[], int]
    write: Callable[[int], None]


class Chip:
    """After reset. ``ssram_power`` and ``transmit`` are told what the program does with them.

    ``reset_wanted`` is set where the program or the watchdog restarts the chip.
    """

    def __init__(
        self,
        clock: Clock,
        causes: ResetCause,
        counter: CycleCounter,
        *,
        ssram_power: Callable[[bool], None],
        transmit: Callable[[int], None],
    ) -> None:
        self._clock = clock
        self._started = clock.now
        self._ssram_power = ssram_power
        self._values: dict[int, int] = {}
        self.reset_wanted: ResetCause | None = None
        self.watchdog = Watchdog(clock)
        self.uart = Uart(clock, transmit)
        self.interrupts = Interrupts(
            {IRQ_WATCHDOG: lambda: self.watchdog.interrupt, IRQ_UART0: lambda: self.uart.interrupt}
        )
        self._registers = {
            0x4000_0000: self._plain(0x4000_0000),
            0x4000_885C: self._only_read(lambda: int(causes)),
            0x4000_8800: self._plain(0x4000_8800, self._configure_stimer),
            0x4000_8804: self._only_read(self._stimer),
            0x4001_00BC: self._plain(0x4001_00BC, self._pin(0x4001_00BC)),
            0x4001_00F0: self._plain(0x4001_00F0, self._pin(0x4001_00F0)),
            0x4001_0200: self._plain(0x4001_0200),
            0x4002_0000: self._only_read(lambda: CHIP_PART),
            0x4002_1000: self._only_read(lambda: 1 << 3),
            0x4002_1004: self._plain(0x4002_1004, self._power_devices),
            0x4002_1008: self._only_read(lambda: self._value(0x4002_1004)),
            0x4002_1024: self._plain(0x4002_1024, self._switch_ssram),
            0x4002_1028: self._only_read(lambda: self._value(0x4002_1024)),
            0x4800_0000: self._plain(0x4800_0000, reset=0x50),
            0x4800_0008: self._plain(0x4800_0008, lambda value: self._set(0x4800_0008, value & ~1)),
            0xE000_1000: _Register(lambda: counter.control, counter.set_control),
            0xE000_1004: _Register(lambda: counter.value, counter.set_value),
            0xE000_E100: _Register(lambda: self.interrupts.enabled, self._enable_interrupts),
            0xE000_ED00: self._only_read(lambda: CPUID),
            0xE000_ED08: self._plain(0xE000_ED08, self._move_vectors, reset=FIRMWARE_ADDRESS),
            0xE000_ED0C: self._only_write(self._reset_by_program),
            0xE000_ED28: self._plain(0xE000_ED28),
            0xE000_ED2C: self._plain(0xE000_ED2C),
            0xE000_ED34: self._plain(0xE000_ED34),
            0xE000_ED38: self._plain(0xE000_ED38),
            0xE000_ED88: self._plain(0xE000_ED88),
            0xE000_EDFC: _Register(lambda: counter.trace, counter.set_trace),
        }
        for offset in uart.REGISTERS:
            self._registers[0x4001_C000 + offset] = self._of(self.uart, offset)
        for offset in watchdog.REGISTERS:
            self._registers[0x4002_4000 + offset] = self._of(self.watchdog, offset)

    @property
    def addresses(self) -> frozenset[int]:
        """Of the registers that there are."""
        return frozenset(self._registers)

    @property
    def vectors(self) -> int:
        """Address of the vector table."""
        return self._value(0xE000_ED08)

    def read(self, address: int, width: int) -> int:
        """Raises ChipFault for what is not there."""
        return self._at(address, width, "read").read()

    def write(self, address: int, width: int, value: int) -> None:
        """Raises ChipFault for what is not there."""
        self._at(address, width, "write").write(value)

    def advance(self) -> None:
        """To the clock's time."""
        self.uart.advance()
        self.watchdog.advance()
        if self.watchdog.expired and self._value(0x4000_0000) & _WATCHDOG_MAY_RESET:
            self.reset_wanted = ResetCause.WATCHDOG
        self.interrupts.sample()

    @property
    def next_event(self) -> int | None:
        """When something happens next without the core's doing."""
        return min(
            (at for at in (self.uart.next_event, self.watchdog.next_event) if at is not None), default=None
        )

    def _at(self, address: int, width: int, verb: str) -> _Register:
        register = self._registers.get(address)
        if register is None:
            raise ChipFault(f"{verb} of {address:#010x}, a register that the virtual board does not have")
        if width != 4:
            raise ChipFault(f"{verb} of {width} bytes at the register {address:#010x}")
        return register

    def _plain(self, address: int, write: Callable[[int], None] | None = None, reset: int = 0) -> _Register:
        self._values[address] = reset
        return _Register(lambda: self._values[address], write or (lambda value: self._set(address, value)))

    def _only_read(self, read: Callable[[], int]) -> _Register:
        return _Register(read, lambda _value: None)

    def _only_write(self, write: Callable[[int], None]) -> _Register:
        return _Register(lambda: 0, write)

    def _of(self, part: Uart | Watchdog, offset: int) -> _Register:
        return _Register(partial(part.read, offset), partial(part.write, offset))

    def _value(self, address: int) -> int:
        return self._values[address]

    def _set(self, address: int, value: int) -> None:
        self._values[address] = value

    def _pin(self, address: int) -> Callable[[int], None]:
        def write(value: int) -> None:
            if self._value(0x4001_0200) == _PAD_KEY:
                self._set(address, value)
                self._connect_pins()

        return write

    def _reset_by_program(self, value: int) -> None:
        if value == _SYSTEM_RESET:
            self.reset_wanted = ResetCause.SOFTWARE

    def _configure_stimer(self, value: int) -> None:
        self._set(0x4000_8800, value)
        if value & _STIMER_CLEAR:
            self._started = self._clock.now

    def _stimer(self) -> int:
        return (self._clock.now - self._started) * STIMER_HZ // CPU_HZ & 0xFFFF_FFFF

    def _switch_ssram(self, value: int) -> None:
        self._set(0x4002_1024, value)
        self._ssram_power(bool(value & _SSRAM_POWER))

    def _enable_interrupts(self, value: int) -> None:
        self.interrupts.enabled |= value

    def _move_vectors(self, value: int) -> None:
        self._set(0xE000_ED08, value & _VTOR_MASK)

    def _power_devices(self, value: int) -> None:
        self._set(0x4002_1004, value)
        self.uart.powered = bool(value & _UART0_POWER)

    def _connect_pins(self) -> None:
        receive, transmit = self._value(0x4001_00BC), self._value(0x4001_00F0)
        self.uart.receives = receive & _PIN_FUNCTION == _PIN_UART0 and bool(receive & _PIN_INPUT)
        self.uart.transmits = transmit & _PIN_FUNCTION == _PIN_UART0
