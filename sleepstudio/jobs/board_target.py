"""Which board a job works with: the virtual one, or what is plugged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sleepstudio.board.board_parts import Wanted, header_of, hello_fields, part
from sleepstudio.board.client import BoardClient
from sleepstudio.board.connection import GoneError
from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.link import open_link
from sleepstudio.board.messages import Hello
from sleepstudio.board.ports import debugger_port, list_ports
from sleepstudio.board.probe import Probe
from sleepstudio.board.probe_jlink import JLinkProbe
from sleepstudio.board.session_events import UNITS
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.config import BoardSection
from sleepstudio.errors import BoardError, ConfigurationError
from sleepstudio.jobs.job import Job
from sleepstudio.monitor import Monitor


@dataclass(frozen=True)
class Target:
    """``find_port``: what the link is opened as, looked up anew each time: a replugged board may have moved.

    ``virtual``: the virtual board, None for a real one.
    """

    section: BoardSection
    find_port: Callable[[], str]
    virtual: VirtualBoard | None

    def open_probe(self) -> Probe:
        """What flashes it; not connected yet."""
        if self.virtual is not None:
            return self.virtual.probe
        return JLinkProbe(self.section.probe, self.section.chip)

    def port_part(self, port: str) -> dict[str, str]:
        """The port in the event ``board``."""
        return part(port, "the virtual board's socket" if self.virtual else f"{self.section.baud} baud")


@contextmanager
def open_target(job: Job) -> Iterator[Target]:
    """The job's board, for as long as the context lasts. Raises BoardError, ConfigurationError."""
    section = job.configuration.board
    match job.configuration.backend:
        case "virtual":
            with VirtualBoard(section.virtual_memory or virtual_memory(job.run.path)) as board:
                yield Target(section, lambda: board.port, board)
        case "evb":
            yield Target(section, lambda: real_port(section), None)
        case "pc":
            raise ConfigurationError(
                "this computer is no board.", where="backend", hint="Set backend to evb or virtual."
            )


def virtual_memory(run: Path) -> Path:
    """The virtual board's MRAM: one for a study, whose runs are in ``runs/``."""
    study = run.parent.parent if run.parent.name == "runs" else run
    return study / "board" / "virtual.mram"


def real_port(section: BoardSection) -> str:
    """The port that is configured, else the debugger's. Raises BoardError."""
    return section.port or debugger_port(list_ports(), section.probe).device


def wanted(model_sha256: str = "") -> Wanted:
    """This program's firmware and, where it is known, the run's model."""
    firmware = firmware_image()
    return Wanted(firmware.build_id, firmware.version, bytes.fromhex(model_sha256))


class Greeter:
    """Opens the link to a target and says hello; tells who is there when that changed."""

    def __init__(self, target: Target, asked: Wanted, monitor: Monitor) -> None:
        self.hello: Hello | None = None
        self._target = target
        self._wanted = asked
        self._monitor = monitor

    @property
    def cost_unit(self) -> str:
        """Of the board that was greeted; empty before."""
        return UNITS.get(self.hello.cost_unit, "") if self.hello else ""

    @property
    def cpu_hz(self) -> int | None:
        return self.hello.cpu_hz if self.hello else None

    def connect(self) -> BoardClient:
        """Raises BoardError with the remedy where there is no board, or none that answers."""
        port = self._target.find_port()
        try:
            client = BoardClient(open_link(port, self._target.section.baud))
            hello = self._greet(client)
        except BoardError as error:
            raise self._unanswered(error) from error
        if hello != self.hello:
            self.hello = hello
            self._monitor.board_event(
                "board", {"port": self._target.port_part(port), **hello_fields(hello, self._wanted)}
            )
        return client

    def _greet(self, client: BoardClient) -> Hello:
        try:
            return client.hello()
        except BoardError:
            client.close()
            raise

    def connect_to_model(self) -> BoardClient:
        """As :meth:`connect`; raises BoardError too where the board has not the run's model."""
        client = self.connect()
        try:
            self._check()
        except BoardError:
            client.close()
            raise
        return client

    def _check(self) -> None:
        hello = self.hello
        header = header_of(hello) if hello else None
        if hello and header and not hello.image_error and header.model_id == self._wanted.model_id:
            return
        found = f"the model {header.name!r}, not this run's" if header else "no model that it can run"
        raise BoardError(
            f"the board has {found}.", where="board", hint="Flash the run first: sleepstudio board flash RUN."
        )

    def _unanswered(self, error: BoardError) -> BoardError:
        """The same in the words of the virtual board, where it is that."""
        virtual = self._target.virtual
        if virtual is None:
            return error
        if not virtual.client.alive:
            return GoneError(
                "the process of the virtual board ended.",
                where="virtual board",
                hint="Start the session again; what was staged is kept.",
            )
        if virtual.fault:
            return GoneError(
                f"the virtual board stopped: {virtual.fault}",
                where="virtual board",
                hint="Flash it again; report this where it comes back.",
            )
        if virtual.facts.state == "no firmware":
            return BoardError(
                "the virtual board was never flashed.",
                where="virtual board",
                hint="Flash the run first: sleepstudio board flash RUN --backend virtual.",
            )
        return error
