"""Which run, which recording, which board. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from sleepstudio.board.firmware_image import FirmwareImage, firmware_image
from sleepstudio.deployment.board_image import BoardImageHeader, read_header
from sleepstudio.desktop.panels.device.board_state import Backend, Memory, memories
from sleepstudio.desktop.panels.device.staged_runs import Night, int8_runs, nights_of
from sleepstudio.errors import BoardError, StudioError
from sleepstudio.run_summary import RunSummary
from sleepstudio.study import RunFolder


class Chosen:
    """Keeps to what the user chose as long as it is there; else the newest run, its first recording."""

    def __init__(self) -> None:
        self.runs: list[RunSummary] = []
        """With an int8 model, the newest first."""
        self.run: RunSummary | None = None
        self.nights: list[Night] = []
        self.recording = ""
        self.model_id = ""
        """SHA-256 of the run's ``model.tflite``; empty where its manifest cannot be read."""
        self.backend: Backend = "virtual"
        self._wanted: Path | None = None
        self._wanted_recording = ""

    def take(self, runs: Iterable[RunSummary]) -> None:
        """The study's runs, read anew."""
        self.runs = int8_runs(runs)
        kept = next((run for run in self.runs if run.path == self._wanted), None)
        self._use(kept or (self.runs[0] if self.runs else None))

    def choose_run(self, path: Path) -> None:
        self._wanted = path
        self._use(next((run for run in self.runs if run.path == path), self.run))

    def keep_run(self) -> None:
        """Something was begun with this run: a newer one does not take its place by itself."""
        if self.run is not None:
            self._wanted = self.run.path

    def choose_recording(self, recording: str) -> None:
        self._wanted_recording = recording
        if any(night.recording == recording for night in self.nights):
            self.recording = recording

    def _use(self, run: RunSummary | None) -> None:
        self.run = run
        self.nights = nights_of(run.path) if run is not None else []
        self.model_id = _model_id(run.path) if run is not None else ""
        known = [night.recording for night in self.nights]
        self.recording = (
            self._wanted_recording if self._wanted_recording in known else known[0] if known else ""
        )

    @property
    def name(self) -> str:
        return self.run.name if self.run is not None else ""

    def seen(self, recording: str) -> str:
        """Whether the chosen run's model learned from a recording, in words; empty where unknown."""
        return next((night.seen for night in self.nights if night.recording == recording), "")

    @property
    def firmware_id(self) -> str:
        """The build that a flash brings, in hexadecimal."""
        firmware = this_firmware()
        return firmware.build_id.hex() if firmware is not None else ""

    @property
    def virtual_memory_exists(self) -> bool:
        """Whether the study's virtual board was ever flashed: its memory is a file."""
        if self.run is None:
            return False
        folder = self.run.path.parent.parent if self.run.path.parent.name == "runs" else self.run.path
        return (folder / "board" / "virtual.mram").is_file()

    @property
    def header(self) -> BoardImageHeader | None:
        """Of the run's board image; None where it has none yet: the first flash makes it."""
        if self.run is None:
            return None
        file = self.run.path / "board_image.bin"
        try:
            return read_header(file.read_bytes(), where=str(file))
        except (OSError, StudioError):
            return None

    def memories(self) -> tuple[Memory, ...]:
        """MRAM and TCM (and SSRAM) with the firmware of this version and the run's model."""
        header = self.header
        firmware = this_firmware()
        firmware_bytes = len(firmware.content) if firmware is not None else 0
        firmware_ram = firmware.ram_bytes if firmware is not None else 0
        if header is None:
            return memories(firmware_bytes, firmware_ram, 0, 0, 0)
        rows = header.frame_size * header.features
        return memories(firmware_bytes, firmware_ram, header.total_bytes, header.arena_bytes, rows)

    def to_json(self) -> dict[str, Any]:
        return {
            "run": str(self._wanted) if self._wanted is not None else "",
            "recording": self._wanted_recording,
            "backend": self.backend,
        }

    def from_json(self, state: Any) -> None:
        """What does not fit is ignored."""
        if not isinstance(state, dict):
            return
        backend = state.get("backend")
        if backend in ("evb", "virtual", "pc"):
            self.backend = backend
        self._wanted_recording = str(state.get("recording") or "")
        self._wanted = Path(str(state["run"])) if state.get("run") else None
        self.take(self.runs)


def _model_id(run: Path) -> str:
    try:
        return str(RunFolder(run).manifest()["stages"]["export"]["files"]["model.tflite"])
    except (StudioError, KeyError, TypeError):
        return ""


@lru_cache
def this_firmware() -> FirmwareImage | None:
    """The firmware of this version; None where the installation lacks it."""
    try:
        return firmware_image()
    except BoardError:
        return None
