"""Where things are on the board: the Apollo4 Plus's memories, and what is flashed where."""

MRAM_ADDRESS = 0x0000_0000
MRAM_BYTES = 0x0020_0000
FIRMWARE_ADDRESS = 0x0001_8000
"""Below it is the chip's own boot loader, which is never written."""
FIRMWARE_MAX_BYTES = 0x0002_8000
MODEL_ADDRESS = 0x000C_0000
MODEL_MAX_BYTES = 0x0008_0000
OWN_REGIONS = ((FIRMWARE_ADDRESS, FIRMWARE_MAX_BYTES), (MODEL_ADDRESS, MODEL_MAX_BYTES))
"""Addresses and sizes of what this program puts into MRAM."""
ERASED = 0xFF
"""What a byte of MRAM reads as where nothing was flashed."""

TCM_ADDRESS = 0x1000_0000
TCM_BYTES = 0x0006_0000
SSRAM_ADDRESS = 0x1006_0000
SSRAM_BYTES = 0x0010_0000

CPUID_ADDRESS = 0xE000_ED00
CPUID_PART_MASK = 0x0000_FFF0
CPUID_CORTEX_M4 = 0x0000_C240
CPU_HZ = 96_000_000

MAX_FLASH_BYTES = MRAM_BYTES - FIRMWARE_ADDRESS


def is_flashable(address: int, length: int) -> bool:
    """Whether a range is within the MRAM that is the user's."""
    return length > 0 and address >= FIRMWARE_ADDRESS and address + length <= MRAM_ADDRESS + MRAM_BYTES
