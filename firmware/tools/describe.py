"""Says what a build of the firmware is and needs, and copies it to where users get it.

python3 firmware/tools/describe.py build/firmware/apollo4p: prints sizes and stack use
python3 firmware/tools/describe.py build/firmware/apollo4p resources/firmware: also writes image and manifest
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from stack_bound import bound

TOOLS = "arm-none-eabi-"
PACKAGE = "gcc-arm-none-eabi"
NOT_IN_RAM = (".vectors", ".note.gnu.build-id", ".text", ".ARM.exidx")


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sections(elf: Path) -> dict[str, tuple[int, int]]:
    """Name to size in bytes and address, of what is in the processor's memory."""
    rows = re.findall(r"^(\.\S+)\s+(\d+)\s+(\d+)$", output_of(f"{TOOLS}size", "-A", str(elf)), re.MULTILINE)
    return {name: (int(size), int(at)) for name, size, at in rows if not name.startswith(".debug")}


def compiler() -> dict[str, str]:
    line = output_of(f"{TOOLS}gcc", "--version").splitlines()[0]
    try:
        package = output_of("dpkg-query", "-W", "-f=${Version}", PACKAGE)
    except (OSError, subprocess.CalledProcessError):
        package = "unknown"
    return {"compiler": line, "package": f"{PACKAGE} {package}"}


def describe(build: Path) -> dict[str, Any]:
    image = (build / "firmware.bin").read_bytes()
    parts = sections(build / "firmware.elf")
    note = parts[".note.gnu.build-id"][1] - parts[".vectors"][1]
    version = re.search(r'FIRMWARE_VERSION "([^"]+)"', (build / "include" / "version.h").read_text("utf-8"))
    assert version is not None
    return {
        "version": version[1],
        "build_id": image[note + 16 : note + 36].hex(),
        "sha256": hashlib.sha256(image).hexdigest(),
        "bytes": len(image),
        "ram_bytes": sum(size for name, (size, _) in parts.items() if name not in NOT_IN_RAM),
        "stack_bytes": parts[".stack"][0],
        "stack_bound_bytes": bound(build),
        "address": parts[".vectors"][1],
        **compiler(),
    }


def main() -> int:
    build = Path(sys.argv[1])
    facts = describe(build)
    print(
        f"{build.name}: {facts['bytes']:,} bytes of image, {facts['ram_bytes']:,} of RAM,",
        f"stack {facts['stack_bound_bytes']:,} at worst of {facts['stack_bytes']:,},",
        f"build {facts['build_id']}",
    )
    if facts["stack_bound_bytes"] > facts["stack_bytes"]:
        print("the stack is too small", file=sys.stderr)
        return 1
    if len(sys.argv) > 2:
        resources = Path(sys.argv[2])
        resources.mkdir(parents=True, exist_ok=True)
        (resources / f"{build.name}.bin").write_bytes((build / "firmware.bin").read_bytes())
        (resources / "manifest.json").write_text(json.dumps({build.name: facts}, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
