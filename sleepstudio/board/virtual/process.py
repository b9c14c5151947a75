"""The process of a virtual board: ``python -m sleepstudio.board.virtual.process MRAM``.

Talks on the control pipe (:mod:`sleepstudio.board.control`), and ends with it.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from sleepstudio.board.control_server import Answer, ControlServer, Handler, Request
from sleepstudio.board.memory_map import FIRMWARE_ADDRESS, MAX_FLASH_BYTES, MRAM_BYTES, is_flashable
from sleepstudio.board.virtual.faults import ChipFault
from sleepstudio.board.virtual.inbox import Inbox
from sleepstudio.errors import BoardError

_LAST_ADDRESS = 0xFFFF_FFFF


def main(path: Path) -> int:
    server = ControlServer()
    try:
        board = _Board(server, path)
    except BoardError as error:
        server.failed(error)
        return 1
    threading.Thread(target=_serve, args=(server, board.handlers()), daemon=True).start()
    server.ready(port=board.link.port)
    board.machine.run()


class _Board:
    def __init__(self, server: ControlServer, path: Path) -> None:
        from sleepstudio.board.virtual.link_server import LinkServer
        from sleepstudio.board.virtual.machine import Machine
        from sleepstudio.board.virtual.mram import Mram

        self._inbox = Inbox()
        self.machine = Machine(
            Mram(path),
            self._inbox,
            transmit=lambda data: self.link.send(data),
            on_fault=lambda text: server.notice(fault=text),
        )
        self.link = LinkServer(self._arrive, self._unplug, lambda: self.machine.waiting)

    def handlers(self) -> dict[str, Handler]:
        return {
            "flash": self._flash,
            "read": self._read,
            "reset": self._reset,
            "halt": self._halt,
            "facts": self._facts,
        }

    def _arrive(self, data: bytes) -> None:
        self._inbox.post(lambda: self.machine.arrive(data))

    def _unplug(self) -> None:
        self._inbox.post(self.machine.unplug)

    def _flash(self, request: Request) -> Answer:
        address = request.whole_number("address", FIRMWARE_ADDRESS, MRAM_BYTES)
        if not is_flashable(address, len(request.data)):
            raise BoardError(
                f"{len(request.data)} bytes at {address:#x} are not within the MRAM.",
                hint=f"{FIRMWARE_ADDRESS:#x} to {MRAM_BYTES:#x} can be flashed.",
            )
        self._inbox.ask(lambda: self.machine.flash(address, request.data))
        request.progress(len(request.data), len(request.data))
        return Answer({})

    def _read(self, request: Request) -> Answer:
        address = request.whole_number("address", 0, _LAST_ADDRESS)
        length = request.whole_number("length", 1, MAX_FLASH_BYTES)
        try:
            return Answer({}, self._inbox.ask(lambda: self.machine.load(address, length)))
        except ChipFault as fault:
            raise BoardError(f"cannot be read: {fault.what}.", where="virtual board") from fault

    def _reset(self, _request: Request) -> Answer:
        from sleepstudio.board.virtual.chip import ResetCause

        self._inbox.ask(lambda: self.machine.reset(ResetCause.DEBUGGER))
        return Answer({})

    def _halt(self, _request: Request) -> Answer:
        self._inbox.ask(self.machine.halt)
        return Answer({})

    def _facts(self, _request: Request) -> Answer:
        return Answer(asdict(self._inbox.ask(lambda: self.machine.facts)))


def _serve(server: ControlServer, handlers: dict[str, Handler]) -> None:
    """Until the application closes the pipe, or dies."""
    try:
        server.serve(handlers)
    finally:
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
