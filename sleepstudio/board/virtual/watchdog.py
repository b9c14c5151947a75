"""The watchdog: counts at 16 Hz, asks for attention first and restarts the chip then."""

from __future__ import annotations

from sleepstudio.board.memory_map import CPU_HZ
from sleepstudio.board.virtual.clock import Clock
from sleepstudio.board.virtual.faults import ChipFault

REGISTERS = CFG, RSTRT, IEREN, IERCLR = 0x000, 0x004, 0x200, 0x208
ENABLE, INTERRUPT, RESET = 1 << 0, 1 << 1, 1 << 2
CLOCK_SELECT, CLOCK_16_HZ = 7 << 24, 2 << 24
RESTART_KEY = 0xB2
TICK_CYCLES = CPU_HZ // 16


class Watchdog:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._registers = {CFG: 0, RSTRT: 0, IEREN: 0, IERCLR: 0}
        self._restarted = 0
        self._asked = False
        self._asked_at: int | None = None

    @property
    def interrupt(self) -> bool:
        return self._asked and bool(self._registers[IEREN] & 1)

    @property
    def expired(self) -> bool:
        """Whether it restarts the chip now."""
        at = self._time_of(RESET, 8)
        return at is not None and at <= self._clock.now

    def advance(self) -> None:
        """To the clock's time."""
        at = self._time_of(INTERRUPT, 16)
        if at is not None and at <= self._clock.now and self._asked_at != at:
            self._asked = True
            self._asked_at = at

    @property
    def next_event(self) -> int | None:
        """When it asks or restarts next."""
        asks = self._time_of(INTERRUPT, 16)
        times = [self._time_of(RESET, 8), None if asks == self._asked_at else asks]
        return min((at for at in times if at is not None), default=None)

    def read(self, offset: int) -> int:
        return self._registers[offset]

    def write(self, offset: int, value: int) -> None:
        self._registers[offset] = value
        if offset == CFG:
            if value & ENABLE and value & CLOCK_SELECT != CLOCK_16_HZ:
                raise ChipFault(f"the watchdog's clock is not 16 Hz: CFG is {value:#x}")
            self._restarted = self._clock.now
        elif offset == RSTRT and value == RESTART_KEY:
            self._restarted = self._clock.now
        elif offset == IERCLR and value & 1:
            self._asked = False

    def _time_of(self, what: int, value_at: int) -> int | None:
        configuration = self._registers[CFG]
        if configuration & (ENABLE | what) != ENABLE | what:
            return None
        return self._restarted + (configuration >> value_at & 0xFF) * TICK_CYCLES
