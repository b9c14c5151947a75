"""The firmware on QEMU's mps2-an386, a Cortex-M4; its UART on a port of this machine."""

from __future__ import annotations

import json
import shutil
import socket
import struct
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

QEMU = "qemu-system-arm"
IMAGE_AT = 0x0020_0000
"""Where boards/mps2/mps2.ld expects a model image."""


class QemuBoard:
    """``port`` is what `open_link` takes. Counts are repeatable: an instruction takes QEMU's clock 1 ns."""

    def __init__(self, elf: Path, image: Path | None = None, *, debugger: Path | None = None) -> None:
        """``debugger``: a path for the socket that gdb would connect to."""
        gdb = [] if debugger is None else ["-gdb", f"unix:path={debugger},server=on,wait=off"]
        loader = [] if image is None else ["-device", f"loader,file={image},addr={IMAGE_AT:#x},force-raw=on"]
        self._process = subprocess.Popen(
            [
                QEMU, "-M", "mps2-an386", "-display", "none", "-nodefaults", "-net", "none", "-qmp", "stdio",
                "-icount", "shift=0,sleep=off", "-kernel", str(elf), *loader, *gdb,
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


class Debugger:
    """As much of gdb's remote protocol as it takes to change a register of a running processor."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(str(path))
        self._socket.sendall(b"\x03")
        self._packet()
        # whoever has not read the description may not write registers
        self._send("qXfer:features:read:target.xml:0,ffb")
        self._packet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def resume_with(self, register: int, value: int) -> None:
        self._send(f"P{register:x}={struct.pack('<I', value).hex()}")
        assert self._packet() == b"OK"
        self._send("c")

    def _send(self, packet: str) -> None:
        self._socket.sendall(f"${packet}#{sum(packet.encode()) % 256:02x}".encode())

    def _packet(self) -> bytes:
        heard = b""
        while b"#" not in heard[:-2]:
            heard += self._socket.recv(4096)
        self._socket.sendall(b"+")
        return heard.partition(b"$")[2].rpartition(b"#")[0]


def is_installed() -> bool:
    return shutil.which(QEMU) is not None
