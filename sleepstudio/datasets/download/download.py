"""A dataset's files into a folder: chosen, planned, fetched in parallel, verified, gone on with tomorrow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from sleepstudio.datasets.card import Card
from sleepstudio.datasets.download.archive import unpack
from sleepstudio.datasets.download.choose import Wish, chosen_kinds, is_wanted, of_subjects
from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError, GaveUpError
from sleepstudio.datasets.download.fetch import Fetcher, Limits, digest_of
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.journal import FOLDER, Journal
from sleepstudio.datasets.download.paths import below
from sleepstudio.datasets.download.plan import Plan, is_complete, make_plan, megabytes, require_room
from sleepstudio.datasets.download.source import RemoteFile, Source
from sleepstudio.datasets.download.sources import open_source, origin_of
from sleepstudio.errors import Cancelled
from sleepstudio.monitor import Monitor
from sleepstudio.study import exclusive

_POLL_S: Final = 0.1
_MAX_GIVEN_UP: Final = 5
"""So many files in a row that could not be had with all patience: it is the server, not the files."""
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Options:
    """``origin``: one of the card's by name, None: the usual. ``address``: of the same thing elsewhere.

    ``dry_run``: plan alone. ``first_wait_s``: before a second try; each further one waits twice as long.
    """

    wish: Wish = field(default_factory=Wish)
    origin: str | None = None
    address: str | None = None
    connections: int = 4
    dry_run: bool = False
    first_wait_s: float = 1.0
    limits: Limits = field(default_factory=Limits)


def download_dataset(card: Card, folder: Path, options: Options, monitor: Monitor) -> Plan:
    """Brings what is wanted of a dataset into ``folder``, and says what it did.

    A file that cannot be had is an error of that file (``monitor.error``), and the others go on. What is
    complete stays, what is half there is gone on with by the next call. Nothing else in the folder is
    changed: a file of the same name that is not the published one is left alone and told. Raises
    DownloadStoppedError, ConfigurationError, StudyError, Cancelled.
    """
    chosen_kinds(card, options.wish)  # what is misspelt is told before anyone is asked
    source = open_source(card, origin_of(card, options.origin), options.address)
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Cancelled

    client = Client(connections=options.connections, check=check, first_wait_s=options.first_wait_s)
    with nullcontext() if options.dry_run else exclusive(folder / FOLDER):
        journal = Journal(folder)
        try:
            plan = _planned(card, folder, options, source, client, journal, monitor, stop)
            _tell_plan(card, plan, monitor)
            if options.dry_run:
                return plan
            require_room(plan, folder)
            _Work(card, folder, source, client, journal, stop, options, plan).run(monitor)
            return plan
        finally:
            client.close()


def _planned(
    card: Card,
    folder: Path,
    options: Options,
    source: Source,
    client: Client,
    journal: Journal,
    monitor: Monitor,
    stop: threading.Event,
) -> Plan:
    """Listing may take minutes, so that it is done beside a thread that hears of cancelling."""

    def make() -> Plan:
        wanted = is_wanted(chosen_kinds(card, options.wish))
        files = of_subjects(card, source.files(client, wanted), options.wish)
        if not files:
            raise DownloadStoppedError(
                "there is nothing of the kinds that are wanted.",
                where=source.name,
                hint=f"Kinds: {', '.join(kind.name for kind in card.kinds)}.",
            )
        return make_plan(files, folder, journal, client, options.connections)

    with ThreadPoolExecutor(1, "listing") as pool:
        future = pool.submit(make)
        _await({future}, lambda: None, monitor, client, stop)
        return future.result()


class _Work:
    """The files of one plan, brought by a few threads; the monitor hears of it from the one that runs it."""

    def __init__(
        self,
        card: Card,
        folder: Path,
        source: Source,
        client: Client,
        journal: Journal,
        stop: threading.Event,
        options: Options,
        plan: Plan,
    ) -> None:
        self._card = card
        self._folder, self._source, self._client, self._journal = folder, source, client, journal
        self._stop, self._options, self._plan = stop, options, plan
        self._fetcher = Fetcher(client, self._tell, options.limits)
        self._lock = threading.Lock()
        self._bytes: dict[str, int] = {}
        self._last_told: tuple[int, str] | None = None
        self._newest = ""
        self._count = 0
        self._given_up = 0

    def run(self, monitor: Monitor) -> None:
        """Raises Cancelled, DownloadStoppedError."""
        files = (*self._plan.files, *(file for file in self._plan.complete if self._is_archive(file)))
        self._count = len(files)
        with ThreadPoolExecutor(self._options.connections, "download") as pool:
            futures = {pool.submit(self._bring, file): file for file in files}
            done = 0
            pending: set[Future[None]] = set(futures)
            while pending:
                finished = _await(
                    pending,
                    lambda count=done: self._show(monitor, count),  # type: ignore[misc]
                    monitor,
                    self._client,
                    self._stop,
                )
                pending -= finished
                for future in finished:
                    done += 1
                    self._judge(future, futures[future], monitor)
            self._show(monitor, done)

    def _judge(self, future: Future[None], file: RemoteFile, monitor: Monitor) -> None:
        """One file's end. Raises where it is everyone's."""
        error = future.exception()
        self._given_up = self._given_up + 1 if isinstance(error, GaveUpError) else 0
        if self._given_up >= _MAX_GIVEN_UP and isinstance(error, GaveUpError):
            error = DownloadStoppedError(error.message, where=error.where, hint=error.hint)
        if error is None:
            self._newest = file.path
        elif isinstance(error, DownloadError) and not isinstance(error, DownloadStoppedError):
            with self._lock:
                self._bytes[file.path] = file.size or 0
            monitor.error(
                f"{error.message} ({error.where})" if error.where else error.message,
                hint=error.hint,
                item=file.path,
            )
        elif not isinstance(error, Cancelled):  # which follows from another file's error, told in its turn
            self._stop.set()
            self._client.interrupt()
            raise error

    def _bring(self, file: RemoteFile) -> None:
        try:
            self._complete(file)
        except DownloadStoppedError:
            # at once, before this thread takes the next file
            self._stop.set()
            raise

    def _complete(self, file: RemoteFile) -> None:
        self._client.check()
        target = below(self._folder, file.path)
        known = self._journal.find(file.path, target)
        if not is_complete(file, self._folder, self._journal):
            if known is None and target.exists():
                self._adopt(file, target)
            else:
                self._fetcher.fetch(file, target)
            self._journal.add(file, target, source=self._source.name)
            known = None
        if self._is_archive(file) and not (known and known.unpacked):
            unpack(target, target.parent, self._client.check)
            self._journal.add(file, target, source=self._source.name, unpacked=True)

    def _is_archive(self, file: RemoteFile) -> bool:
        kind = self._card.kind_of(file.path)
        return kind is not None and kind.unpack

    def _adopt(self, file: RemoteFile, target: Path) -> None:
        """A file that somebody put there is kept where it is the published one. Raises DownloadError."""
        can_tell = file.size is not None or file.checksum is not None
        same_size = file.size is None or target.stat().st_size == file.size
        same = (can_tell and same_size) and (
            file.checksum is None
            or digest_of(target, file.checksum, self._client.check) == file.checksum.digest
        )
        if not same:
            raise DownloadError(
                "another file of this name is there; it was left as it is.",
                where=str(target),
                hint="Move it away, or download into another folder.",
            )
        self._tell(file, target.stat().st_size)

    def _tell(self, file: RemoteFile, count: int) -> None:
        with self._lock:
            self._bytes[file.path] = self._bytes.get(file.path, 0) + count

    def _show(self, monitor: Monitor, done: int) -> None:
        """Progress in megabytes where every size is known, else in files."""
        with self._lock:
            came = sum(self._bytes.values())
        if self._plan.unsized:
            step, now, total = "download files", done, self._count
        else:
            # the last megabyte is told when the last file is in place
            step, total = "download MB", megabytes(self._plan.total_bytes)
            now = total if done == self._count else min(came // 1_000_000, total - 1)
        if total and self._last_told != (now, self._newest):
            self._last_told = (now, self._newest)
            monitor.progress(step, now, total, self._newest)


def _await(
    pending: set[Future[_Result]],
    show: Callable[[], None],
    monitor: Monitor,
    client: Client,
    stop: threading.Event,
) -> set[Future[_Result]]:
    """Those that finished next. Raises Cancelled where the user asks for it, when every thread was told."""
    while True:
        finished, _ = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
        try:
            monitor.check_cancelled()
        except Cancelled:
            stop.set()
            client.interrupt()
            raise
        show()
        if finished:
            return finished


def _tell_plan(card: Card, plan: Plan, monitor: Monitor) -> None:
    """The figures that one wants before: they are in the job's events."""
    for name, value in (
        ("download_files", len(plan.files)),
        ("download_complete_files", len(plan.complete)),
        ("download_bytes", plan.needed_bytes),
        ("download_files_of_unknown_size", plan.unsized),
        ("download_free_bytes", plan.free_bytes),
    ):
        monitor.metric(name, value, item=card.name)
