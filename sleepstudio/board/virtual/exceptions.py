"""Exception entry and return of the ARMv7-M architecture (reference manual DDI 0403E, B1.5.6 to B1.5.8).

What the emulated core lacks. Only the main stack is used, and interrupts do not nest: the chip's registers
that would give them different priorities are not there.
"""

from __future__ import annotations

import struct

from sleepstudio.board.virtual.engine import Engine
from sleepstudio.board.virtual.faults import ChipFault

SYSTEM_EXCEPTIONS = 16
_FPCA = 1 << 2
_PROCESS_STACK = 1 << 1
_ALIGNED = 1 << 9
_THUMB_STATE = 1 << 24
_FLAGS = 0xF80F_0000
_RETURN_TO_THREAD = 0xFFFF_FFF9
_RETURN_EXTENDED = 0xFFFF_FFE9
_BASIC = struct.Struct("<8I")
_EXTENDED = struct.Struct("<8I8QII")


def enter(engine: Engine, exception: int, handler: int) -> None:
    """Saves the caller's registers on its stack and goes to ``handler``. Raises ChipFault."""
    control = engine.control
    if control & _PROCESS_STACK:
        raise ChipFault("the process stack is used, which the virtual board does not have", pc=engine.pc)
    if not handler & 1:
        raise ChipFault(f"the vector of exception {exception} is {handler:#010x}", pc=engine.pc)
    extended = bool(control & _FPCA)
    stack = engine.sp
    status = engine.xpsr | _THUMB_STATE | (_ALIGNED if stack & 4 else 0)
    words = (*engine.registers, engine.pc, status)
    frame = _EXTENDED.pack(*words, *engine.fp_registers, 0) if extended else _BASIC.pack(*words)
    stack = (stack - len(frame)) & ~7
    engine.push(stack, frame)
    engine.sp = stack
    if extended:
        engine.control = control & ~_FPCA
    engine.lr = _RETURN_EXTENDED if extended else _RETURN_TO_THREAD
    engine.set_exception(exception)
    engine.pc = handler & ~1


def leave(engine: Engine, exc_return: int) -> None:
    """Restores what :func:`enter` saved. Raises ChipFault where ``exc_return`` names another place."""
    extended = (exc_return | 1) == _RETURN_EXTENDED
    if not extended and (exc_return | 1) != _RETURN_TO_THREAD:
        raise ChipFault(f"return from an exception to {exc_return:#010x}", pc=engine.pc)
    layout = _EXTENDED if extended else _BASIC
    stack = engine.sp
    words = layout.unpack(engine.load(stack, layout.size))
    status = words[7]
    engine.sp = stack + layout.size + (4 if status & _ALIGNED else 0)
    engine.set_flags(status & _FLAGS)
    engine.set_exception(0)
    engine.registers = words[:6]
    control = engine.control
    used_fp = bool(control & _FPCA)
    if extended and used_fp:
        engine.fp_registers = words[8:17]
    if extended != used_fp:
        engine.control = control ^ _FPCA
    engine.pc = words[6]
