"""A probe in a helper process: what the debugger's and the virtual board's have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sleepstudio.board.control_client import ControlClient
from sleepstudio.board.memory_map import ERASED, FIRMWARE_ADDRESS, MRAM_BYTES, OWN_REGIONS, is_flashable
from sleepstudio.board.probe import FlashRegion
from sleepstudio.errors import BoardError
from sleepstudio.monitor import Monitor

READ_LIMIT_S = 30.0
FLASH_LIMIT_S = 120.0
RESET_LIMIT_S = 15.0
ERASE_BY_HAND = f"erase {FIRMWARE_ADDRESS:#x} to {MRAM_BYTES - 1:#x} with SEGGER's J-Link Commander"
"""Not below: that is the chip's own boot loader."""


def flash_regions(
    client: Callable[[], ControlClient], regions: Sequence[FlashRegion], monitor: Monitor
) -> tuple[str, ...]:
    """Writes what differs and reads it back; names of what was written. Raises BoardError, Cancelled."""
    for region in regions:
        _check(region)
    total = sum(len(region.content) for region in regions)
    before = 0
    written = []
    for region in regions:
        monitor.check_cancelled()
        monitor.progress("write", before, total, region.name)
        if read_memory(client(), region.address, len(region.content)) != region.content:
            _write(client(), region, before, total, monitor)
            written.append(region.name)
        before += len(region.content)
        monitor.progress("write", before, total, region.name)
    return tuple(written)


def erase_regions(client: ControlClient) -> None:
    """Flashes what erased MRAM reads as. Raises BoardError.

    The library's own erase is of the whole chip, where the maker's boot loader lives too.
    """
    for address, size in OWN_REGIONS:
        client.call("flash", limit_s=FLASH_LIMIT_S, data=bytes([ERASED]) * size, address=address)


def read_memory(client: ControlClient, address: int, length: int) -> bytes:
    """Raises BoardError."""
    data = client.call("read", limit_s=READ_LIMIT_S, address=address, length=length).data
    if len(data) != length:
        raise BoardError(
            f"{len(data)} of {length} bytes at {address:#010x} could be read.",
            hint="Check the cable and the board's power, then try again.",
        )
    return data


def _write(client: ControlClient, region: FlashRegion, before: int, total: int, monitor: Monitor) -> None:
    def progress(done: int, of: int) -> None:
        share = done / of if of else 1.0
        monitor.progress("write", before + round(share * len(region.content)), total, region.name)

    client.call(
        "flash", limit_s=FLASH_LIMIT_S, data=region.content, on_progress=progress, address=region.address
    )
    held = read_memory(client, region.address, len(region.content))
    if held != region.content:
        at = next(at for at, byte in enumerate(region.content) if held[at] != byte)
        raise BoardError(
            f"what was flashed is not what the board holds, from {region.address + at:#010x} on.",
            where=region.name,
            hint=f"Flash again. If it stays so, {ERASE_BY_HAND} first.",
        )


def _check(region: FlashRegion) -> None:
    if not is_flashable(region.address, len(region.content)):
        raise BoardError(
            f"{len(region.content)} bytes at {region.address:#x} do not fit.",
            where=region.name,
            hint=f"{FIRMWARE_ADDRESS:#x} to {MRAM_BYTES:#x} can be flashed.",
        )
