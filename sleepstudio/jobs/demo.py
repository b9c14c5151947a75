"""Mode ``demo``: nights that the model never saw are staged by a board, and compared as they come."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

from sleepstudio.board.board_frames import BoardFrameStager
from sleepstudio.board.board_rolling import BoardRollingStager
from sleepstudio.board.connection import Connection
from sleepstudio.board.host_stager import HostFrameStager, HostModel, HostRollingStager, NoBoard
from sleepstudio.board.night import Night, SessionSetting
from sleepstudio.board.session import Session, SessionResult
from sleepstudio.board.session_folder import save_session
from sleepstudio.deployment.board_image_layers import layer_names
from sleepstudio.errors import Cancelled, StudioError
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.jobs.board_target import Greeter, open_target, wanted
from sleepstudio.jobs.deployed_run import DeployedRun, load_deployed_run
from sleepstudio.jobs.job import Job
from sleepstudio.jobs.monitors import JobMonitor
from sleepstudio.jobs.simulated import is_simulated


class _Watch:
    """Brings what a connection says to the job's listeners."""

    def __init__(self, monitor: JobMonitor) -> None:
        self._monitor = monitor

    def log(self, source: str, text: str) -> None:
        self._monitor.board_event("log", {"source": source, "text": text})

    def check_cancelled(self) -> None:
        self._monitor.check_cancelled()


def run_demo(job: Job) -> None:
    """Stages recordings on the configured backend, and saves each session in ``<run>/sessions/``.

    A recording whose outputs differ from the host's is that recording's error. Raises StudyError where the
    run has no exported model, BoardError with the remedy where the board is not there or does not answer;
    what was staged until then is saved. Cancelled.
    """
    run = load_deployed_run(job)
    section = job.configuration.board
    recordings = section.recordings or run.default_recordings(section.session)
    tables = run.tables(recordings)
    if not run.fit.test:
        job.monitor.warning(
            "the model was trained on everyone: no recording is held out, and no agreement here is evidence."
        )
    if not tables:
        return
    with ExitStack() as open_things:
        bench = _bench(run, next(iter(tables.values())), open_things)
        for table in tables.values():
            job.monitor.check_cancelled()
            _stage(bench, run.night(table, section.session, job.configuration.demo_size))


@dataclass(frozen=True, eq=False)
class _Bench:
    """``connection``: to the board; None where this computer stages."""

    run: DeployedRun
    host: HostModel
    setting: SessionSetting
    connection: Connection | None


def _bench(run: DeployedRun, table: FeatureTable, open_things: ExitStack) -> _Bench:
    job, section = run.job, run.job.configuration.board
    setting = SessionSetting(
        run=run.name,
        backend=job.configuration.backend,
        kind=section.session,
        pace=section.pace,
        stage_set=run.stage_set,
        frame_size=run.model.frame_size,
        features=run.feature_names(table),
        simulated=is_simulated(run.configuration),
    )
    host = HostModel(run.model)
    if job.configuration.backend == "pc":
        return _Bench(run, host, setting, None)
    target = open_things.enter_context(open_target(job))
    greeter = Greeter(target, wanted(run.model.sha256), job.monitor)
    connection = Connection(greeter.connect_to_model, _Watch(job.monitor), reconnect_s=section.reconnect_s)
    open_things.callback(connection.close)
    unit = greeter.cost_unit
    setting = replace(
        setting,
        unit=unit,
        cpu_hz=greeter.cpu_hz if unit == "cycles" else None,
        layers=layer_names(run.image()),
    )
    return _Bench(run, host, setting, connection)


def _stage(bench: _Bench, night: Night) -> None:
    """One recording, to its folder: also what came before an error or a cancellation."""
    job, setting = bench.run.job, bench.setting
    stager = _stager(bench)
    facts = NoBoard() if isinstance(stager, HostRollingStager | HostFrameStager) else stager
    session = Session(night, setting, bench.host, facts, job.monitor, job.controls.take)
    try:
        if isinstance(stager, BoardRollingStager | HostRollingStager):
            session.run_rolling(stager)
        else:
            session.run_frames(stager, job.configuration.demo_size)
        session.read_counters()
        if isinstance(stager, BoardRollingStager | BoardFrameStager):
            stager.end()
    except (StudioError, Cancelled):
        _save(bench, session.result())
        raise
    _save(bench, session.result())


def _stager(
    bench: _Bench,
) -> BoardRollingStager | BoardFrameStager | HostRollingStager | HostFrameStager:
    classes = len(bench.setting.stage_set)
    if bench.connection is None:
        return (HostRollingStager if bench.setting.kind == "rolling" else HostFrameStager)(bench.host)
    if bench.setting.kind == "frames":
        return BoardFrameStager(bench.connection, classes=classes)
    return BoardRollingStager(bench.connection, frame_size=bench.setting.frame_size, classes=classes)


def _save(bench: _Bench, result: SessionResult) -> None:
    """Saves what was staged, and tells the verdict."""
    verdict = result.verdict
    if not verdict.total:
        return
    job, monitor = bench.run.job, bench.run.job.monitor
    told = verdict.to_json() | {"backend": bench.setting.backend, "simulated": bench.setting.simulated}
    if job.configuration.board.save:
        folder = save_session(job.run.path / "sessions", result, bench.setting)
        told["folder"] = str(folder)
        monitor.artifact("session", folder)
    monitor.board_event("verdict", told)
    if not verdict.bit_exact:
        monitor.error(
            f"{verdict.total - verdict.exact} of {verdict.total} epochs differ from the host's.",
            hint="differences.csv has them. Export and flash the run again; report what stays.",
            item=verdict.recording,
        )
