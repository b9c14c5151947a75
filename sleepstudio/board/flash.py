"""Firmware and model onto a board, and the proof that they run there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from sleepstudio.board.client import BoardClient
from sleepstudio.board.firmware_image import FirmwareImage
from sleepstudio.board.link import Link
from sleepstudio.board.memory_map import MODEL_ADDRESS, MODEL_MAX_BYTES
from sleepstudio.board.messages import Hello
from sleepstudio.board.probe import FlashRegion, Probe, ProbeDescription
from sleepstudio.deployment.board_image import BoardImageHeader, parse_header, read_header
from sleepstudio.errors import BoardError, Cancelled, ExportError
from sleepstudio.monitor import Monitor

STEPS = ("connect", "build", "flash", "verify", "hello")
"""Of the whole way. Building is an image that is called for; one that is there takes no time."""


@dataclass(frozen=True)
class BoardDifferences:
    """What the board runs against what it should run, a sentence each; empty where they are the same."""

    firmware: str = ""
    model: str = ""

    def __bool__(self) -> bool:
        return bool(self.firmware or self.model)

    def __str__(self) -> str:
        return " ".join(text for text in (self.firmware, self.model) if text)


@dataclass(frozen=True)
class FlashOutcome:
    """``written``: names of the regions that differed; ``kept``: of those that were there already."""

    probe: ProbeDescription
    written: tuple[str, ...]
    kept: tuple[str, ...]
    hello: Hello


def flash_board(
    probe: Probe,
    link_factory: Callable[[], Link],
    firmware: FirmwareImage | None,
    image: bytes | Callable[[], bytes] | None,
    *,
    monitor: Monitor,
) -> FlashOutcome:
    """Connects, flashes what differs, verifies, restarts, and has the board say who it is.

    ``firmware`` or ``image`` (a run's ``board_image.bin``) None leaves that region alone; an image that is
    still to be built is called for when the board is reached. Progress is of step
    ``flash``, an item each of :data:`STEPS`, and of step ``write`` in bytes. Cancelled between regions, never
    while one is written. Raises BoardError, where the board then runs something else, too; ExportError for a
    damaged image.
    """
    if isinstance(image, bytes):
        read_header(image)
    probe.connect()
    _done("connect", monitor)
    content = image() if callable(image) else image
    _done("build", monitor)
    header = None if content is None else read_header(content)
    regions = [] if firmware is None else [firmware.region]
    if content is not None:
        regions.append(_model_region(content))
    try:
        written = probe.flash(regions, monitor=monitor)
    except Cancelled:
        # what was flashed before runs; without it the board would stand still
        probe.reset()
        raise
    _done("flash", monitor)
    # the probe has read back what it wrote, and before that what it did not need to write
    _done("verify", monitor)
    probe.reset()
    hello = _hello(probe, link_factory)
    _done("hello", monitor)
    if differences := compare_board(hello, firmware, header):
        raise BoardError(
            f"the board was flashed, but runs something else: {differences}",
            where=hello.board,
            hint="Is the port that of the board that the probe is connected to?",
        )
    kept = tuple(region.name for region in regions if region.name not in written)
    return FlashOutcome(probe.description, written, kept, hello)


def _done(step: str, monitor: Monitor) -> None:
    monitor.progress("flash", STEPS.index(step) + 1, len(STEPS), step)


def compare_board(
    hello: Hello, firmware: FirmwareImage | None, header: BoardImageHeader | None
) -> BoardDifferences:
    """What the board said of itself against the wanted; None is not compared."""
    of_firmware = of_model = ""
    if firmware is not None and hello.firmware_id != firmware.build_id:
        of_firmware = (
            f"The board's firmware is {hello.firmware_version} ({hello.firmware_id.hex()[:12]}), "
            f"this version's is {firmware.version} ({firmware.build_id.hex()[:12]})."
        )
    if header is not None:
        of_model = _model_difference(hello, header)
    return BoardDifferences(of_firmware, of_model)


def _model_difference(hello: Hello, header: BoardImageHeader) -> str:
    wanted = f"{header.name} ({header.model_sha256[:12]})"
    if hello.image_error and not hello.image:
        return f"The board has no model that it can run (reason {hello.image_error}); wanted is {wanted}."
    try:
        held = parse_header(hello.header, where=hello.board)
    except ExportError as error:
        return f"The board's model cannot be told ({error.message}); wanted is {wanted}."
    if held == header:
        return ""
    if held.model_id == header.model_id:
        return f"The board's model is {wanted} exported otherwise: another name, stage set or image format."
    return f"The board's model is {held.name} ({held.model_sha256[:12]}), wanted is {wanted}."


def _model_region(image: bytes) -> FlashRegion:
    if len(image) > MODEL_MAX_BYTES:
        raise BoardError(
            f"the model's image has {len(image)} bytes, and the board has room for {MODEL_MAX_BYTES}.",
            hint="Train a smaller network.",
        )
    return FlashRegion("model", MODEL_ADDRESS, image)


def _hello(probe: Probe, link_factory: Callable[[], Link]) -> Hello:
    client: BoardClient | None = None
    try:
        client = BoardClient(link_factory())
        return client.hello()
    except BoardError as error:
        if (fault := probe.fault) is None:
            raise
        raise BoardError(f"the firmware stopped: {fault}.", where=error.where, hint=error.hint) from error
    finally:
        if client is not None:
            with contextlib.suppress(BoardError):
                client.close()
