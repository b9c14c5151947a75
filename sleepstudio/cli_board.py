"""``sleepstudio board``: what is connected, flashing, sessions, costs. The jobs are those of the desktop."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from sleepstudio.cli import exit_status, run_configuration
from sleepstudio.config import Backend, Mode, StudyConfiguration, load_configuration, parse_configuration
from sleepstudio.errors import BoardError, ConfigurationError
from sleepstudio.monitor import Monitor
from sleepstudio.overrides import apply_override

_EPILOG = """\
  sleepstudio board list                              debuggers and serial ports
  sleepstudio board info runs/NAME                    who the board is, and whether it has this run's model
  sleepstudio board flash runs/NAME                   firmware and model onto the board
  sleepstudio board run runs/NAME --pace 60           a held-out night, epoch by epoch, 60 times faster
  sleepstudio board run runs/NAME --frames            every held-out night whole, compared bit for bit
  sleepstudio board profile runs/NAME                 what each layer costs

Without a board, add --backend virtual: the same firmware on an emulated one. A session is kept in the run's
folder (sessions/); exit status 1 says that a night differs from the host.
"""


class _Heard(Monitor):
    """Remembers the newest of each event."""

    def __init__(self) -> None:
        self.newest: dict[str, dict[str, Any]] = {}

    def board_event(self, event: str, fields: Mapping[str, object]) -> None:
        self.newest[event] = {**self.newest.get(event, {}), **fields}


def main(arguments: Sequence[str]) -> int:
    """The command after ``board``. Returns the exit status. Raises StudioError."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    status: int = options.command(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sleepstudio board",
        description="The board: list, info, flash, run, profile.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="debuggers and serial ports")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(command=_list)
    info = _command(commands, "info", "who the board is and what it runs", _info)
    info.add_argument("--json", action="store_true", help="as JSON")
    _command(commands, "flash", "firmware and the run's model onto the board", _flash)
    run = _command(commands, "run", "stage nights on the board, compared with the host", _run)
    run.add_argument("--recording", metavar="ID", nargs="+", help="which (default: held-out)")
    run.add_argument(
        "--frames", action="store_true", help="whole frames, as offline (default: epoch by epoch)"
    )
    run.add_argument("--pace", metavar="TIMES", help="how many times faster than the night, or max (default)")
    run.add_argument("--epochs", metavar="N", type=int, help="epochs at most (with --frames: frames)")
    profile = _command(commands, "profile", "what each layer costs", _profile)
    profile.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _command(commands: Any, name: str, text: str, function: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text}.".capitalize()
    )
    parser.add_argument(
        "run", metavar="RUN", type=Path, nargs="?" if name == "info" else None, help="the run's folder"
    )
    parser.add_argument(
        "--backend", choices=get_args(Backend), default="evb", help="evb (default), virtual, or pc: no board"
    )
    parser.add_argument("--port", metavar="PORT", help="serial port, or a URL of pyserial")
    parser.add_argument("--baud", metavar="N", type=int, help="of the port (default 115200)")
    parser.add_argument("--probe", metavar="SERIAL", type=int, help="serial number of the debugger")
    parser.add_argument("--chip", metavar="NAME", help="the chip's name for the debugger")
    parser.add_argument("--virtual-memory", metavar="FILE", type=Path, help="MRAM of the virtual board")
    parser.add_argument("--events", metavar="FD", type=int, help="write job events to FD")
    parser.add_argument("--control", metavar="FD", type=int, help="obey control lines from FD")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=function, out=None, resume=False)
    return parser


def _configuration(options: argparse.Namespace, **board: Any) -> StudyConfiguration:
    """The run's own, at the run's folder, with the command's board. Raises ConfigurationError."""
    if options.run is None:
        return _without_a_run(options)
    path = options.run / "configuration.json"
    if not path.is_file():
        raise ConfigurationError(
            "this is not a run's folder.", where=str(options.run), hint="Give one of the folders in runs/."
        )
    overrides = {"job_dir": str(options.run.absolute()), **_board_keys(options, board)}
    if getattr(options, "epochs", None) is not None:
        overrides["demo_size"] = options.epochs
    return load_configuration(path, [f"{key}={json.dumps(value)}" for key, value in overrides.items()])


def _board_keys(options: argparse.Namespace, board: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {
        key: getattr(options, key)
        for key in ("port", "baud", "probe", "chip")
        if getattr(options, key) is not None
    }
    if options.virtual_memory:
        chosen["virtual_memory"] = str(options.virtual_memory.absolute())
    return {"backend": options.backend} | {
        f"board.{key}": value for key, value in {**chosen, **board}.items()
    }


def _without_a_run(options: argparse.Namespace) -> StudyConfiguration:
    """Enough of a configuration to ask a board who it is. Raises ConfigurationError."""
    if options.backend == "virtual" and options.virtual_memory is None:
        raise ConfigurationError(
            "which virtual board?", where="--backend", hint="Give a run, or --virtual-memory FILE."
        )
    document: dict[str, Any] = {"feature": {"name": "FS-W-PA-14"}, "stage_set": 2, "frame_size": 1}
    for key, value in _board_keys(options, {}).items():
        apply_override(document, f"{key}={json.dumps(value)}")
    return parse_configuration(document, where="command line")


def _do(options: argparse.Namespace, mode: Mode, *listeners: Monitor, **board: Any) -> int:
    return exit_status(run_configuration(_configuration(options, **board), (mode,), options, listeners))


def _list(options: argparse.Namespace) -> int:
    from sleepstudio.board.ports import list_ports
    from sleepstudio.board.probe_jlink import survey_probes

    survey = survey_probes()
    try:
        ports, problem = list_ports(), ""
    except BoardError as error:
        ports, problem = (), str(error)
    if options.json:
        document = {
            "probes": [asdict(probe) for probe in survey.probes],
            "probe_support": asdict(survey.support),
            "ports": [asdict(port) for port in ports],
            "port_problem": problem,
        }
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    for probe in survey.probes:
        print(f"probe  {probe.name}  serial number {probe.serial}")
    for port in ports:
        print(f"port   {port.device}  {port.kind}  {port.title}  {port.serial}".rstrip())
    support = survey.support
    if not support.available:
        print(f"No debugger can be used: {support.problem} {support.hint}")
    elif not survey.probes:
        print("No debugger is plugged in. Plug the board's J-Link USB in, or use --backend virtual.")
    if problem or not ports:
        print(problem or "There are no serial ports.")
    return 0


def _info(options: argparse.Namespace) -> int:
    heard = _Heard()
    if options.run is None:
        with TemporaryDirectory() as folder:
            options.out = Path(folder)
            return _told(options, heard)
    return _told(options, heard)


def _told(options: argparse.Namespace, heard: _Heard) -> int:
    if not options.json:
        status = _do(options, "board", heard)
        counters = heard.newest.get("counters", {})
        print("counters: " + ", ".join(f"{name} {value}" for name, value in counters.items()))
        return status
    with redirect_stdout(sys.stderr):
        status = _do(options, "board", heard)
    print(json.dumps(heard.newest, indent=2, ensure_ascii=False))
    return status


def _flash(options: argparse.Namespace) -> int:
    return _do(options, "flash")


def _run(options: argparse.Namespace) -> int:
    board: dict[str, Any] = {"session": "frames" if options.frames else "rolling"}
    if options.recording:
        board["recordings"] = options.recording
    if options.pace is not None:
        board["pace"] = options.pace if options.pace == "max" else _number(options.pace)
    return _do(options, "demo", **board)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{text!r} is no pace.", where="--pace", hint="A number above 0, or max."
        ) from error


def _profile(options: argparse.Namespace) -> int:
    """One frame of the first held-out night; its layers' costs."""
    heard = _Heard()
    options.epochs = 1
    with redirect_stdout(sys.stderr):
        status = _do(options, "demo", heard, session="frames", save=False)
    costs = heard.newest.get("costs")
    if options.json:
        print(json.dumps(costs, indent=2, ensure_ascii=False))
    elif costs:
        _print_costs(costs)
    else:
        print("Without a board nothing is counted: use --backend virtual or evb.")
    return status


def _print_costs(costs: Mapping[str, Any]) -> None:
    layers = costs["layers"]
    total = sum(layer["cost"] for layer in layers) or 1
    width = max(len(layer["name"]) for layer in layers)
    for layer in layers:
        print(f"{layer['name']:<{width}}  {layer['cost']:>12,}  {100 * layer['cost'] / total:5.1f} %")
    hertz = costs.get("cpu_hz")
    duration = f", {1000 * total / hertz:.1f} ms at {hertz / 1e6:g} MHz" if hertz else ""
    print(f"{'a frame':<{width}}  {total:>12,}  {costs['unit']}{duration}")
