"""Mode ``flash``: firmware and the run's model onto a board, verified, and running there."""

from __future__ import annotations

import importlib

from sleepstudio.board.board_parts import hello_fields, part, probe_part
from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.flash import FlashOutcome, flash_board
from sleepstudio.board.link import open_link
from sleepstudio.board.probe import ProbeDescription
from sleepstudio.errors import BoardError
from sleepstudio.jobs.board_target import Target, open_target, wanted
from sleepstudio.jobs.deployed_run import load_deployed_run
from sleepstudio.jobs.job import Job


def run_flash(job: Job) -> None:
    """Reaches the board, exports the run where that is still to be done, flashes what differs, says hello.

    Raises BoardError with the remedy where there is no board or probe, or it does not do what it should;
    StudyError where the run is not trained, ExportError where the board cannot run its model; Cancelled.
    """
    job.run.stage_facts("train")
    with open_target(job) as target:
        probe = target.open_probe()
        try:
            outcome = flash_board(
                probe,
                lambda: open_link(target.find_port(), target.section.baud),
                firmware_image(),
                lambda: _built(job, probe.description),
                monitor=job.monitor,
            )
        except BoardError as error:
            job.monitor.board_event("board", {"board": part("Not flashed", error.message, "error")})
            raise
        finally:
            probe.close()
        _tell(job, target, outcome, load_deployed_run(job).model.sha256)


def _built(job: Job, probe: ProbeDescription) -> bytes:
    """The run's image. What a trained run still lacks is made; that loads TensorFlow, where it is needed."""
    job.monitor.board_event("board", {"probe": probe_part(probe)})
    for mode in ("evaluate", "export"):
        if not job.run.has(mode):
            job.monitor.board_event(
                "log", {"source": "host", "text": f"The run has no {mode} stage yet: making it."}
            )
            module = importlib.import_module(f"sleepstudio.jobs.{mode}")
            getattr(module, f"run_{mode}")(job)
    return load_deployed_run(job).image()


def _tell(job: Job, target: Target, outcome: FlashOutcome, model: str) -> None:
    fields = hello_fields(outcome.hello, wanted(model))
    job.monitor.board_event("board", {"port": target.port_part(target.find_port()), **fields})
    written = f"Flashed {' and '.join(outcome.written)}." if outcome.written else "Nothing had to be flashed."
    kept = f" On the board already: {' and '.join(outcome.kept)}." if outcome.kept and outcome.written else ""
    job.monitor.board_event("log", {"source": "host", "text": f"{written}{kept}"})
