"""Mode ``board``: what is connected, what runs on it, how it fares."""

from __future__ import annotations

from dataclasses import asdict

from sleepstudio.board.board_parts import part, probe_part, survey_part
from sleepstudio.board.probe_jlink import survey_probes
from sleepstudio.errors import BoardError
from sleepstudio.jobs.board_target import Greeter, open_target, wanted
from sleepstudio.jobs.deployed_run import load_deployed_run
from sleepstudio.jobs.job import Job


def run_board(job: Job) -> None:
    """Tells the board by the events ``board`` and ``counters``. Raises BoardError with the remedy."""
    if job.configuration.backend == "pc":
        job.monitor.board_event("board", _this_computer())
        return
    model = load_deployed_run(job).model.sha256 if job.run.has("export") else ""
    try:
        with open_target(job) as target:
            if target.virtual is not None:
                job.monitor.board_event("board", {"probe": probe_part(target.virtual.probe.description)})
            else:
                survey = survey_probes()
                found = survey_part(survey, job.configuration.board.probe)
                job.monitor.board_event("board", {"probe": found})
            client = Greeter(target, wanted(model), job.monitor).connect()
            job.monitor.board_event("counters", asdict(client.read_counters()))
            fault = client.read_fault()
            client.close()
    except BoardError as error:
        job.monitor.board_event("board", {"board": part("Not reachable", error.message, "error")})
        raise
    if fault.faults:
        job.monitor.warning(
            f"the firmware stopped {fault.faults} times; last exception {fault.exception} at "
            f"0x{fault.pc:08x} (address 0x{fault.address:08x}).",
            hint="Report this with the firmware's version.",
        )


def _this_computer() -> dict[str, object]:
    return {
        "probe": part("Not needed", "nothing is flashed"),
        "port": part("Not needed", "nothing is sent"),
        "board": part("This computer", "the int8 model on the host's interpreter"),
        "model": part("The run's own", "model.tflite"),
    }
