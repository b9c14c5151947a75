"""The image that users flash is the one that this source makes."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from firmware_builds import ROOT, build

RESOURCES = ROOT / "resources" / "firmware"
MANIFEST = json.loads((RESOURCES / "manifest.json").read_text("utf-8"))["apollo4p"]
IMAGE = (RESOURCES / "apollo4p.bin").read_bytes()
VECTORS = 100
FLASH = range(0x18000, 0x40000)
TCM = range(0x1000_0000, 0x1006_0001)


def compiler() -> str:
    gcc = shutil.which("arm-none-eabi-gcc")
    if gcc is None:
        pytest.skip("arm-none-eabi-gcc is not installed (packaging/environment.sh names the Debian package)")
    return subprocess.run([gcc, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[
        0
    ]


def test_the_manifest_says_what_the_image_is() -> None:
    assert hashlib.sha256(IMAGE).hexdigest() == MANIFEST["sha256"]
    assert len(IMAGE) == MANIFEST["bytes"]
    note = IMAGE[4 * VECTORS : 4 * VECTORS + 36]
    assert note[:16] == struct.pack("<III4s", 4, 20, 3, b"GNU\0")
    assert note[16:].hex() == MANIFEST["build_id"]
    assert MANIFEST["stack_bound_bytes"] < MANIFEST["stack_bytes"]


def test_every_vector_leads_into_the_image() -> None:
    stack, *handlers = struct.unpack_from(f"<{VECTORS}I", IMAGE)
    assert MANIFEST["address"] == FLASH.start
    assert stack in TCM
    assert stack % 8 == 0
    for handler in handlers:
        assert handler % 2 == 1
        assert FLASH.start + 4 * VECTORS < handler < FLASH.start + len(IMAGE)


def test_a_build_in_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    """Both the source and the build stand elsewhere than they did."""
    found = compiler()
    if found != MANIFEST["compiler"]:
        pytest.skip(f"the image was built with {MANIFEST['compiler']}, here is {found}")
    copy = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "firmware", copy / "firmware")
    folder = build("apollo4p", into=tmp_path / "builds", source=copy)
    again = (folder / "firmware.bin").read_bytes()
    assert again == IMAGE, "the firmware's source has changed: make firmware-resources"
