"""The processor: a Cortex-M4 that counts its instructions. The only module that imports unicorn (GPL-2).

Unicorn emulates the core and nothing around it: interrupts are :mod:`sleepstudio.board.virtual.exceptions`,
registers of the chip :mod:`sleepstudio.board.virtual.chip`.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import unicorn
from unicorn import arm_const as arm

from sleepstudio.board.virtual.faults import ChipFault

PAGE = 0x1000
_NO_END = 0xFFFF_FFFF
_THUMB = 1
_NO_EXCEPTION, _EXC_RETURN, _SVC, _BREAKPOINT = -1, 8, 2, 7
_WFE, _YIELD, _SEV = 0xBF20, 0xBF10, 0xBF40
_SCANNED_BYTES = 2048
_SCAN_COUNTS = (40_961, 57_349)
_SCAN_ADDRESS = 0x2000_0000
_SCAN_LOOP = b"\x01\x30\xfd\xe7"  # adds r0, #1; b to itself

ReadRegister = Callable[[int, int], int]
WriteRegister = Callable[[int, int, int], None]


class Stop(Enum):
    """Why :meth:`Engine.run` returned."""

    LIMIT = "limit"
    SLEEP = "sleep"
    EXCEPTION_RETURN = "exception return"


@dataclass(frozen=True)
class Memory:
    """``content`` is the memory itself; the core reads and executes it, and writes where ``writable``."""

    name: str
    address: int
    content: mmap.mmap
    writable: bool = True


class Engine:
    """The core after reset. Memories keep their content from one engine to the next."""

    def __init__(
        self,
        memories: Sequence[Memory],
        windows: Sequence[tuple[int, int]],
        read: ReadRegister,
        write: WriteRegister,
    ) -> None:
        """``windows``: address and size of where ``read`` and ``write`` answer.

        They take the address and the width in bytes, and raise ChipFault.
        """
        core = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        core.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
        self._core = core
        self._counter = _find_counter(core)
        self._memories = memories
        self._executed = 0
        self._running = False
        self._number = _NO_EXCEPTION
        self._refused: tuple[int, int] | None = None
        self._chip_fault: ChipFault | None = None
        for memory in memories:
            access = unicorn.UC_PROT_ALL if memory.writable else unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
            buffer = (ctypes.c_char * len(memory.content)).from_buffer(memory.content)
            core.mem_map_ptr(memory.address, len(memory.content), access, ctypes.addressof(buffer))
        for start, size in windows:
            core.mmio_map(start, size, self._on_read(start, read), None, self._on_write(start, write), None)
        core.hook_add(unicorn.UC_HOOK_INTR, self._on_exception)
        core.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_refused)

    @property
    def executed(self) -> int:
        """Instructions completed since reset; exact within a read or write of a register, too."""
        return self._executed + (max(0, self._counter.value - 1) if self._running else 0)

    def run(self, limit: int) -> Stop:
        """Executes at most ``limit`` instructions, but for ending an IT block. Raises ChipFault."""
        self._number = _NO_EXCEPTION
        self._refused = None
        self._chip_fault = None
        self._running = True
        try:
            self._core.emu_start(self.pc | _THUMB, _NO_END, count=limit)
        except unicorn.UcError as error:
            if not (error.errno == unicorn.UC_ERR_INSN_INVALID and self._is_hint()):
                raise self._fault(error) from error
            stop = Stop.LIMIT
        else:
            stop = Stop.SLEEP if self._counter.value <= limit else Stop.LIMIT
        finally:
            self._running = False
            # at the limit, the counter has counted the instruction that was not executed
            self._executed += self._counter.value - (self._counter.value > limit)
        if self._chip_fault is not None:
            raise ChipFault(self._chip_fault.what, pc=self.pc)
        if self._number == _EXC_RETURN:
            return Stop.EXCEPTION_RETURN
        if self._number != _NO_EXCEPTION:
            name = {_SVC: "SVC", _BREAKPOINT: "breakpoint"}.get(self._number, f"exception {self._number}")
            raise ChipFault(f"{name} that nothing handles", pc=self.pc)
        return stop

    def allow(self, memory: Memory, allowed: bool) -> None:
        """Lets the core use a memory, or not: one that has no power."""
        access = unicorn.UC_PROT_ALL if allowed else unicorn.UC_PROT_NONE
        self._core.mem_protect(memory.address, len(memory.content), access)

    def load(self, address: int, length: int) -> bytes:
        """Memory as a debugger sees it. Raises ChipFault."""
        try:
            return bytes(self._core.mem_read(address, length))
        except unicorn.UcError as error:
            raise ChipFault(f"read at {address:#010x}, where nothing is", pc=self.pc) from error

    def push(self, address: int, content: bytes) -> None:
        """What an exception saves on the stack. Raises ChipFault where no memory is that the core writes."""
        room = len(content)
        memory = next((m for m in self._memories if 0 <= address - m.address <= len(m.content) - room), None)
        if memory is None or not memory.writable:
            raise ChipFault(f"the stack is at {address:#010x}, where no memory is to write", pc=self.pc)
        self._core.mem_write(address, content)

    def forget_code(self) -> None:
        """After memory that was executed has changed."""
        self._core.ctl_flush_tb()

    @property
    def pc(self) -> int:
        return int(self._core.reg_read(arm.UC_ARM_REG_PC))

    @pc.setter
    def pc(self, value: int) -> None:
        self._core.reg_write(arm.UC_ARM_REG_PC, value)

    @property
    def sp(self) -> int:
        return int(self._core.reg_read(arm.UC_ARM_REG_SP))

    @sp.setter
    def sp(self, value: int) -> None:
        self._core.reg_write(arm.UC_ARM_REG_SP, value)

    @property
    def xpsr(self) -> int:
        """Flags and the number of the exception."""
        return int(self._core.reg_read(arm.UC_ARM_REG_XPSR))

    def set_flags(self, flags: int) -> None:
        self._core.reg_write(arm.UC_ARM_REG_APSR, flags)

    def set_exception(self, number: int) -> None:
        """0: none is being handled."""
        self._core.reg_write(arm.UC_ARM_REG_IPSR, number)

    @property
    def control(self) -> int:
        return int(self._core.reg_read(arm.UC_ARM_REG_CONTROL))

    @control.setter
    def control(self, value: int) -> None:
        self._core.reg_write(arm.UC_ARM_REG_CONTROL, value)

    @property
    def interrupts_masked(self) -> bool:
        masks = (arm.UC_ARM_REG_PRIMASK, arm.UC_ARM_REG_FAULTMASK)
        return any(self._core.reg_read(mask) & 1 for mask in masks)

    @property
    def registers(self) -> tuple[int, ...]:
        """r0–r3, r12, lr: what an exception saves."""
        return tuple(self._core.reg_read_batch(_SAVED))

    @registers.setter
    def registers(self, values: Sequence[int]) -> None:
        self._core.reg_write_batch(list(zip(_SAVED, values, strict=True)))

    @property
    def lr(self) -> int:
        return int(self._core.reg_read(arm.UC_ARM_REG_LR))

    @lr.setter
    def lr(self, value: int) -> None:
        self._core.reg_write(arm.UC_ARM_REG_LR, value)

    @property
    def fp_registers(self) -> tuple[int, ...]:
        """d0–d7 (which are s0–s15) and FPSCR: what an exception saves where floating point was used."""
        return tuple(self._core.reg_read_batch(_SAVED_FP))

    @fp_registers.setter
    def fp_registers(self, values: Sequence[int]) -> None:
        self._core.reg_write_batch(list(zip(_SAVED_FP, values, strict=True)))

    def _on_read(self, start: int, read: ReadRegister) -> Callable[..., int]:
        def callback(core: unicorn.Uc, offset: int, width: int, _data: object) -> int:
            try:
                return read(start + offset, width)
            except ChipFault as fault:
                self._chip_fault = fault
                core.emu_stop()
                return 0

        return callback

    def _on_write(self, start: int, write: WriteRegister) -> Callable[..., None]:
        def callback(core: unicorn.Uc, offset: int, width: int, value: int, _data: object) -> None:
            try:
                write(start + offset, width, value)
            except ChipFault as fault:
                self._chip_fault = fault
                core.emu_stop()

        return callback

    def _on_exception(self, core: unicorn.Uc, number: int, _data: object) -> None:
        self._number = number
        core.emu_stop()

    def _on_refused(
        self, _core: unicorn.Uc, access: int, address: int, _size: int, _value: int, _data: object
    ) -> bool:
        self._refused = (access, address)
        return False

    def _is_hint(self) -> bool:
        """Unicorn stops at WFE and YIELD as at what it does not know; to the core they may do nothing."""
        at = self.pc - 2
        memory = next((m for m in self._memories if 0 <= at - m.address < len(m.content) - 1), None)
        if memory is None:
            return False
        offset = at - memory.address
        return int.from_bytes(memory.content[offset : offset + 2], "little") in (_WFE, _YIELD, _SEV)

    def _fault(self, error: unicorn.UcError) -> ChipFault:
        if self._refused is None:
            if error.errno == unicorn.UC_ERR_INSN_INVALID:
                return ChipFault("undefined instruction", pc=self.pc)
            return ChipFault(str(error), pc=self.pc)
        access, address = self._refused
        memory = next((m for m in self._memories if 0 <= address - m.address < len(m.content)), None)
        verb = _VERBS.get(access, "access")
        if memory is None:
            return ChipFault(f"{verb} at {address:#010x}, where nothing is", pc=self.pc)
        if memory.writable:
            return ChipFault(f"{verb} at {address:#010x}: {memory.name} has no power", pc=self.pc)
        return ChipFault(f"{verb} at {address:#010x}: {memory.name} is not written by the core", pc=self.pc)


_SAVED = (
    arm.UC_ARM_REG_R0,
    arm.UC_ARM_REG_R1,
    arm.UC_ARM_REG_R2,
    arm.UC_ARM_REG_R3,
    arm.UC_ARM_REG_R12,
    arm.UC_ARM_REG_LR,
)
_SAVED_FP = (*(arm.UC_ARM_REG_D0 + number for number in range(8)), arm.UC_ARM_REG_FPSCR)
_VERBS = {
    unicorn.UC_MEM_READ_UNMAPPED: "read",
    unicorn.UC_MEM_WRITE_UNMAPPED: "write",
    unicorn.UC_MEM_FETCH_UNMAPPED: "jump",
    unicorn.UC_MEM_READ_PROT: "read",
    unicorn.UC_MEM_WRITE_PROT: "write",
    unicorn.UC_MEM_FETCH_PROT: "jump",
}


def _find_counter(core: unicorn.Uc) -> ctypes.c_size_t:
    """Unicorn's own count of the instructions of a run, which its interface does not show.

    It is found by running loops of known lengths and looking where in the engine's state those lengths
    stand (docs/decisions/0111). Raises RuntimeError where that is not one place.
    """
    core.mem_map(_SCAN_ADDRESS, PAGE)
    core.mem_write(_SCAN_ADDRESS, _SCAN_LOOP)
    state = (ctypes.c_char * _SCANNED_BYTES).from_address(core._uch.value)
    word = ctypes.sizeof(ctypes.c_size_t)
    places = set(range(0, _SCANNED_BYTES - word, word))
    for count in _SCAN_COUNTS:
        core.emu_start(_SCAN_ADDRESS | _THUMB, _NO_END, count=count)
        # at the limit it has counted one more: the instruction that it stopped before
        raw = state.raw
        places = {p for p in places if int.from_bytes(raw[p : p + word], "little") == count + 1}
    core.mem_unmap(_SCAN_ADDRESS, PAGE)
    if len(places) != 1:
        raise RuntimeError(f"unicorn {unicorn.__version__} counts instructions in an unknown way")
    core.reg_write(arm.UC_ARM_REG_R0, 0)
    return ctypes.c_size_t.from_address(core._uch.value + places.pop())
