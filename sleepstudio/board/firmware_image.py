"""The firmware that this version of Sleep Studio brings: `resources/firmware`, built by `make firmware`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import sleepstudio
from sleepstudio.board.memory_map import FIRMWARE_ADDRESS, FIRMWARE_MAX_BYTES
from sleepstudio.board.probe import FlashRegion
from sleepstudio.errors import BoardError

BOARD = "apollo4p"
BUILD_ID_BYTES = 20
_HINT = "Install Sleep Studio again; in a checkout, run `make firmware`."


@dataclass(frozen=True)
class FirmwareImage:
    """``build_id``: the linker's, which the firmware tells in HELLO. ``compiler``: what it was built with."""

    board: str
    version: str
    build_id: bytes
    address: int
    content: bytes
    ram_bytes: int
    compiler: str

    @property
    def region(self) -> FlashRegion:
        return FlashRegion("firmware", self.address, self.content)


def firmware_folder() -> Path:
    """In an installed package it is inside, in a checkout beside it. Raises BoardError: it is missing."""
    package = Path(sleepstudio.__file__).parent
    for folder in (package / "resources" / "firmware", package.parent / "resources" / "firmware"):
        if (folder / "manifest.json").is_file():
            return folder
    raise BoardError("the firmware for the board is missing from this installation.", hint=_HINT)


def firmware_image(board: str = BOARD, *, folder: Path | None = None) -> FirmwareImage:
    """The image for a board, checked against its manifest. Raises BoardError."""
    folder = firmware_folder() if folder is None else folder
    try:
        facts = json.loads((folder / "manifest.json").read_bytes())[board]
        content = (folder / f"{board}.bin").read_bytes()
        image = FirmwareImage(
            board=board,
            version=str(facts["version"]),
            build_id=bytes.fromhex(facts["build_id"]),
            address=int(facts["address"]),
            content=content,
            ram_bytes=int(facts["ram_bytes"]),
            compiler=str(facts["compiler"]),
        )
        expected = str(facts["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BoardError(
            f"the firmware for {board} cannot be read ({error}).", where=str(folder), hint=_HINT
        ) from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise BoardError(f"the firmware for {board} is damaged.", where=str(folder), hint=_HINT)
    fits = image.address == FIRMWARE_ADDRESS and 0 < len(content) <= FIRMWARE_MAX_BYTES
    if not fits or len(image.build_id) != BUILD_ID_BYTES or image.build_id not in content:
        raise BoardError(
            f"the firmware for {board} is not what its manifest says.", where=str(folder), hint=_HINT
        )
    return image
