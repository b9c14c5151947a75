"""The engine's Cortex-M4 build on an emulated core, alone: no board, no firmware around it.

It counts instructions as the core would retire them, those that a condition skips included.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from host_engine import ROOT, WARNINGS
from numpy.typing import NDArray

from sleepstudio.deployment.board_image import parse_header

FLAGS = ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard", "-std=c11", "-O2",
         "-ffp-contract=off", "-ffreestanding", "-fbuiltin", *WARNINGS)  # fmt: skip
"""As the firmware's: there is no C library."""
FUNCTIONS = ROOT / "firmware" / "boards" / "cortex_m"
"""memcpy and the like, which would call themselves where the compiler knew them."""
FLAGS_OF_FUNCTIONS = ("-fno-builtin", "-fno-tree-loop-distribute-patterns")
CODE, IMAGE, MEMORY = 0x1000, 0x100000, 0x10000000
MODEL, ARENA, STACK, RETURN = MEMORY, MEMORY + 0x10000, MEMORY + 0x1F0000, 0x800
_LAYOUT = """
SECTIONS {
  . = 0x1000; .text : { *(.text*) *(.rodata*) }
  . = 0x10000000; .data : { *(.data*) *(.bss*) }
  /DISCARD/ : { *(.ARM.*) *(.comment) }
}
"""
_CALLBACK = """
void layer_done(void *context, unsigned layer);
void layer_done(void *context, unsigned layer) { (void)context, (void)layer; }
"""


@lru_cache
def built() -> tuple[bytes, dict[str, int]]:
    """The code, from address 0x1000, and where each function is."""
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed (packaging/environment.sh names the Debian packages)")
    files = [*sorted((ROOT / "firmware" / "engine").glob("*.[ch]")), FUNCTIONS / "memory.c"]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in files) + repr(FLAGS).encode()).hexdigest()
    folder = ROOT / "build" / "engine" / f"m4-{state[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    elf, binary = folder / "engine.elf", folder / "engine.bin"
    with FileLock(folder / ".lock"):
        if not binary.exists():
            _build(folder, [path for path in files if path.suffix == ".c"], elf, binary)
    names = subprocess.run(["arm-none-eabi-nm", str(elf)], check=True, capture_output=True, text=True).stdout
    lines = (line.split() for line in names.splitlines())
    return binary.read_bytes(), {name: int(at, 16) for at, kind, name in lines if kind in "Tt"}


def _build(folder: Path, sources: list[Path], elf: Path, binary: Path) -> None:
    (folder / "layout.ld").write_text(_LAYOUT)
    (folder / "callback.c").write_text(_CALLBACK)
    compiler = ["arm-none-eabi-gcc", *FLAGS, "-isystem", str(FUNCTIONS / "include")]
    functions, own = sources.pop(), folder / "functions.o"
    subprocess.run([*compiler, *FLAGS_OF_FUNCTIONS, "-c", str(functions), "-o", str(own)], check=True)
    link = ["-nostdlib", f"-Wl,-T,{folder / 'layout.ld'}", "-Wl,--entry=ss_model_run"]
    inputs = [str(path) for path in (folder / "callback.c", *sources, own)]
    subprocess.run([*compiler, *link, *inputs, "-lgcc", "-o", str(elf)], check=True)
    copy = ["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", str(elf), str(binary)]
    subprocess.run(copy, check=True)


class M4Engine:
    """An image, opened by the engine on the core.

    With ``counting``, which takes seconds a frame, the instructions of the newest frame, in all and by layer.
    """

    def __init__(self, content: bytes, *, counting: bool = False) -> None:
        self._unicorn = pytest.importorskip("unicorn", reason="the emulated core needs unicorn")
        code, self._functions = built()
        self.header = parse_header(content)
        self.instructions = 0
        self.layer_instructions: list[int] = []
        self._lengths: dict[tuple[int, int], int] = {}
        self._core = self._make_core(code, content)
        if counting:
            self._count_from_now()
        assert self._call("ss_model_open", IMAGE, len(content), MODEL) == 0

    def run(self, frames: NDArray[np.int8]) -> NDArray[np.int8]:
        """(n, frame_size, features) int8 → (n, frame_size, classes) int8."""
        header = self.header
        shape = (header.frame_size, header.classes)
        results = []
        for frame in frames:
            self._core.mem_write(ARENA + header.input_at, frame.tobytes())
            self.instructions, self.layer_instructions = 0, []
            self._call("ss_model_run", MODEL, ARENA, self._functions["layer_done"] | 1, 0)
            outputs = self._core.mem_read(ARENA + header.output_at, shape[0] * shape[1])
            results.append(np.frombuffer(bytes(outputs), np.int8).reshape(shape))
        return np.array(results)

    def _make_core(self, code: bytes, image: bytes) -> Any:
        unicorn = self._unicorn
        core = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        core.ctl_set_cpu_model(unicorn.arm_const.UC_CPU_ARM_CORTEX_M4)
        # what is flashed cannot be written, and nothing else is there
        core.mem_map(0, 0x200000, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        core.mem_map(MEMORY, 0x200000, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        core.mem_write(CODE, code)
        core.mem_write(IMAGE, image)
        return core

    def _count_from_now(self) -> None:
        at = self._functions["layer_done"]
        self._core.hook_add(self._unicorn.UC_HOOK_BLOCK, self._count)
        self._core.hook_add(self._unicorn.UC_HOOK_CODE, self._note_layer, begin=at, end=at)

    def _call(self, function: str, *arguments: int) -> int:
        registers = self._unicorn.arm_const
        numbered = (registers.UC_ARM_REG_R0, registers.UC_ARM_REG_R1, registers.UC_ARM_REG_R2,
                    registers.UC_ARM_REG_R3)  # fmt: skip
        for register, argument in zip(numbered, arguments, strict=False):
            self._core.reg_write(register, argument)
        self._core.reg_write(registers.UC_ARM_REG_SP, STACK)
        self._core.reg_write(registers.UC_ARM_REG_LR, RETURN | 1)
        self._core.emu_start(self._functions[function] | 1, RETURN)
        return int(self._core.reg_read(registers.UC_ARM_REG_R0))

    def _count(self, core: Any, address: int, size: int, _: Any) -> None:
        key = (address, size)
        if key not in self._lengths:
            self._lengths[key] = _instructions(bytes(core.mem_read(address, size)))
        self.instructions += self._lengths[key]

    def _note_layer(self, *_: Any) -> None:
        self.layer_instructions.append(self.instructions - sum(self.layer_instructions))


def _instructions(block: bytes) -> int:
    """How many Thumb instructions: those whose first five bits are 29 to 31 take four bytes."""
    at = count = 0
    while at < len(block):
        at += 4 if block[at + 1] >> 3 >= 29 else 2
        count += 1
    return count
