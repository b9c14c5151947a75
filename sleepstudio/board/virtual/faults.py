"""What the chip's core cannot survive."""

from __future__ import annotations


class ChipFault(Exception):  # noqa: N818 -- the field's word
    """The program did what ends in a fault on the real chip, or what the virtual one does not have."""

    def __init__(self, what: str, *, pc: int | None = None) -> None:
        super().__init__(what, pc)
        self.what = what
        self.pc = pc

    def __str__(self) -> str:
        return self.what if self.pc is None else f"{self.what} (pc {self.pc:#010x})"
