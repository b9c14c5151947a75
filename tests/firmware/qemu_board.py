"""The firmware on QEMU's mps2-an386, a Cortex-M4; its UART on a port of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

QEMU = "qemu-system-arm"
IMAGE_AT = 0x0020_0000
"""Where boards/mps2/mps2.ld expects a model image."""


class QemuBoard:
    """``port`` is what `open_link` takes. Counts are repeatable: an instruction takes QEMU's clock 1 ns."""

    def __init__(self, elf: Path, image: Path | None = None) -> None:
        loader = [] if image is None else ["-device", f"loader,file={image},addr={IMAGE_AT:#x},force-raw=on"]
        self._process = subprocess.Popen(
            [
                QEMU, "-M", "mps2-an386", "-display", "none", "-nodefaults", "-net", "none", "-qmp", "stdio",
                "-icount", "shift=0,sleep=off", "-kernel", str(elf), *loader,
                "-chardev", "socket,id=uart,host=127.0.0.1,port=0,server=on,wait=off,nodelay=on",
                "-serial", "chardev:uart",
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            self._monitor("qmp_capabilities")
            place = next(found for found in self._monitor("query-chardev") if found["label"] == "uart")[
                "filename"
            ]
        except BaseException:
            self.close()
            raise
        self.port = f"socket://127.0.0.1:{place.split(',')[0].rsplit(':', 1)[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _monitor(self, command: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"execute": command}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            said = json.loads(line)
            if "return" in said:
                return said["return"]
        raise AssertionError("QEMU ended")


def is_installed() -> bool:
    return shutil.which(QEMU) is not None
