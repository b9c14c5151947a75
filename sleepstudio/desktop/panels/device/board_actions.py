"""What the user can have done with the board: asked of jobs, where it can be done now. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.device import device_requests as ask
from sleepstudio.desktop.panels.device.chosen import Chosen
from sleepstudio.desktop.panels.device.device_work import DeviceWork
from sleepstudio.desktop.panels.device.live_session import Kind
from sleepstudio.desktop.panels.device.offers import Offer, offer
from sleepstudio.errors import StudioError


class BoardActions:
    """``section``: the study's defaults of section ``board``. ``refused`` hears why a job did not start."""

    def __init__(
        self,
        work: DeviceWork,
        chosen: Chosen,
        section: Callable[[], Mapping[str, Any]],
        refused: Callable[[StudioError], object],
    ) -> None:
        self._work, self._chosen = work, chosen
        self._section, self._refused = section, refused

    @property
    def doing(self) -> str:
        """What has the board now, in words; empty where nothing has."""
        job = self._work.busy
        return job.request.title if job is not None else ""

    def offered(self) -> Offer:
        """What can be done now, and why the rest cannot."""
        chosen = self._chosen
        return offer(
            chosen.backend,
            self._work.boards[chosen.backend],
            run=chosen.name,
            model_id=chosen.model_id,
            recording=chosen.recording,
            doing=self.doing,
        )

    def request(self) -> JobRequest | None:
        """What runs; else a session like the one that is shown; else a flash."""
        if self._chosen.run is None:
            return None
        if self._work.busy is not None:
            return self._work.busy.request
        if not self.offered().stage:
            return self._session("rolling" if self._work.session is None else self._work.session.kind)
        return ask.flash_request(self._chosen.run, self._choice())

    def flash(self) -> None:
        """Brings firmware and model onto the board."""
        if self._chosen.run is not None and not self.offered().flash:
            self._start(ask.flash_request(self._chosen.run, self._choice()))

    def validate(self) -> None:
        """Whole frames: every frame of the night, against the host, bit for bit."""
        self.stage("frames")

    def replay(self) -> None:
        """Rolling: row by row, at the chosen speed."""
        self.stage("rolling")

    def stage(self, kind: Kind) -> None:
        request = self._session(kind)
        if request is not None and not self.offered().stage:
            self._start(request)

    def stage_again(self) -> None:
        """Another session like the one that is shown."""
        if self._work.session is not None:
            self.stage(self._work.session.kind)

    def pause_or_replay(self) -> None:
        """Of the session that runs; begins one where none does."""
        if self._work.staging is not None:
            self._work.pause(not self._work.paused)
        else:
            self.replay()

    def look(self) -> None:
        """Asks what is connected."""
        if self._chosen.run is not None and not self.offered().look:
            self._start(ask.look_request(self._chosen.run, self._choice()))

    def do_next(self) -> None:
        """What Ctrl+Enter stands for: flash where the board has something else, else validate."""
        offered = self.offered()
        if offered.stage and not offered.flash:
            self.flash()
        else:
            self.validate()

    def _session(self, kind: Kind) -> JobRequest | None:
        chosen = self._chosen
        if chosen.run is None:
            return None
        return ask.session_request(chosen.run, self._choice(), kind, chosen.recording, self._work.pace)

    def _start(self, request: JobRequest) -> None:
        self._chosen.keep_run()
        try:
            self._work.start(request)
        except StudioError as error:
            self._refused(error)

    def _choice(self) -> ask.BoardChoice:
        return ask.BoardChoice(self._chosen.backend, self._section())
