"""UART0: an ARM PL011 (technical reference manual DDI 0183G) with FIFOs of 32 bytes, on 115,200 baud.

Received bytes come at the baud rate while the core works: its interrupt and its FIFO meet what they would
on a real link, overruns included. While the core sleeps they come at once, since nobody can tell: a byte is
never lost here that a real link would have delivered. What is transmitted is gone at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sleepstudio.board.virtual.clock import BIT_CYCLES, Clock
from sleepstudio.board.virtual.faults import ChipFault

FIFO_BYTES = 32
BAUD = 115_200
BAUD_TOLERANCE = 0.03
CLOCK_HZ = 24_000_000
BYTE_CYCLES = round(10 * BIT_CYCLES)
TIMEOUT_CYCLES = round(32 * BIT_CYCLES)

REGISTERS = DR, FR, IBRD, FBRD, LCRH, CR, IFLS, IER, IEC = (
    0x00,
    0x18,
    0x24,
    0x28,
    0x2C,
    0x30,
    0x34,
    0x38,
    0x44,
)
RX_EMPTY, TX_EMPTY = 1 << 4, 1 << 7
OVERRUN = 1 << 11
"""With the byte after those that were lost."""
FIFO_ENABLED = 1 << 4
WORD_8_NO_PARITY = 3 << 5
ENABLED = 1 << 0 | 1 << 3
CLOCK_SELECT, CLOCK_24_MHZ = 7 << 4, 1 << 4
TX_ENABLED, RX_ENABLED = 1 << 8, 1 << 9
RX_LEVEL, RX_TIMEOUT = 1 << 4, 1 << 6
_LEVELS = (4, 8, 16, 24, 28)


class Uart:
    """``powered``, ``receives`` and ``transmits`` (its pins): as the chip has them set."""

    def __init__(self, clock: Clock, transmit: Callable[[int], None]) -> None:
        self.powered = False
        self.receives = False
        self.transmits = False
        self.overruns = 0
        self.received = 0
        self.transmitted = 0
        self._clock = clock
        self._transmit = transmit
        self._registers = {DR: 0, IBRD: 0, FBRD: 0, LCRH: 0, CR: 0x300, IFLS: 0x12, IER: 0, IEC: 0}
        self._fifo: deque[int] = deque()
        self._coming: deque[int] = deque()
        self._byte_at = 0
        self._timeout_at: int | None = None
        self._raised = 0
        self._lost = False

    @property
    def interrupt(self) -> bool:
        return bool(self._raised & self._registers[IER])

    @property
    def waiting(self) -> int:
        """Bytes that are still on their way."""
        return len(self._coming)

    def arrive(self, data: bytes) -> None:
        """The host sends."""
        if not self._coming:
            self._byte_at = max(self._byte_at, self._clock.now + BYTE_CYCLES)
        self._coming += data

    def unplug(self) -> None:
        """What was on its way is lost."""
        self._coming.clear()

    def advance(self) -> None:
        """To the clock's time."""
        if not self._coming and self._timeout_at is None:
            return
        now = self._clock.now
        while self._coming and self._byte_at <= now:
            self._receive(self._byte_at)
            self._byte_at += BYTE_CYCLES
        if self._timeout_at is not None and self._timeout_at <= now:
            self._raised |= RX_TIMEOUT
            self._timeout_at = None

    def hurry(self) -> None:
        """The core sleeps: bytes come at once, until one of them would wake it."""
        if not self._registers[IER] & (RX_LEVEL | RX_TIMEOUT):
            return
        now = self._clock.now
        while self._coming and not self.interrupt:
            self._receive(now)
        self._byte_at = now + BYTE_CYCLES
        if self._timeout_at is not None and not self.interrupt and not self._coming:
            self._raised |= RX_TIMEOUT
            self._timeout_at = None

    @property
    def next_event(self) -> int | None:
        """When something happens next without the core's doing."""
        return self._byte_at if self._coming else self._timeout_at

    def read(self, offset: int) -> int:
        self._need_power()
        self.advance()
        if offset == DR:
            return self._take()
        if offset == FR:
            return TX_EMPTY | (0 if self._fifo else RX_EMPTY)
        return self._registers[offset]

    def write(self, offset: int, value: int) -> None:
        self._need_power()
        self.advance()
        if offset == DR:
            self._send(value & 0xFF)
        elif offset == IEC:
            self._raised &= ~value
        else:
            self._registers[offset] = value

    def _receive(self, at: int) -> None:
        byte = self._coming.popleft()
        if not (self.powered and self.receives and self._is_on(RX_ENABLED)):
            return
        self.received += 1
        buffered = self._registers[LCRH] & FIFO_ENABLED
        if len(self._fifo) >= (FIFO_BYTES if buffered else 1):
            self._lost = True
            self.overruns += 1
            return
        self._fifo.append(byte | (OVERRUN if self._lost else 0))
        self._lost = False
        self._timeout_at = at + TIMEOUT_CYCLES
        if not buffered or len(self._fifo) >= self._level():
            self._raised |= RX_LEVEL

    def _take(self) -> int:
        if not self._fifo:
            return 0
        word = self._fifo.popleft()
        if len(self._fifo) < self._level():
            self._raised &= ~RX_LEVEL
        if not self._fifo:
            self._raised &= ~RX_TIMEOUT
            self._timeout_at = None
        return word

    def _send(self, byte: int) -> None:
        if self.transmits and self._is_on(TX_ENABLED):
            self.transmitted += 1
            self._transmit(byte)

    def _is_on(self, direction: int) -> bool:
        """Raises ChipFault for a setting that gives garbage on a real board."""
        if self._registers[CR] & (ENABLED | direction) != ENABLED | direction:
            return False
        divisor = self._registers[IBRD] + self._registers[FBRD] / 64
        baud = CLOCK_HZ / (16 * divisor) if divisor else 0
        if self._registers[CR] & CLOCK_SELECT != CLOCK_24_MHZ:
            raise ChipFault("UART0 is not clocked by 24 MHz")
        if abs(baud / BAUD - 1) > BAUD_TOLERANCE:
            raise ChipFault(f"UART0 is set to {baud:.0f} baud instead of {BAUD}")
        if self._registers[LCRH] & ~FIFO_ENABLED != WORD_8_NO_PARITY:
            raise ChipFault(f"UART0 is not set to 8N1: LCRH is {self._registers[LCRH]:#x}")
        return True

    def _level(self) -> int:
        return _LEVELS[min(self._registers[IFLS] >> 3 & 7, len(_LEVELS) - 1)]

    def _need_power(self) -> None:
        if not self.powered:
            raise ChipFault("UART0 is used without power")
