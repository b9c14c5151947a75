"""Mode ``files``: copies of recordings, repaired or de-identified, each listed with what it has otherwise."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sleepstudio.config import FilesSection
from sleepstudio.errors import ConfigurationError, StudioError
from sleepstudio.jobs.job import Job
from sleepstudio.study import write_atomic

STEP = "files"
COPIES, NAMES = "copies.csv", "names.csv"
Work = Callable[[Path, Path], Sequence[str]]


def run_files(job: Job) -> None:
    """Makes every copy that is wanted; a file that cannot be copied is that file's error.

    Raises ConfigurationError where it is not said of what and where to, StudyError, Cancelled.
    """
    section = job.configuration.files
    if not section.sources or section.target is None:
        raise ConfigurationError(
            "there is nothing to copy, or nowhere.",
            where="files",
            hint="Name files.sources and the folder files.target.",
        )
    target = section.target.expanduser().absolute()
    pairs = copies(section, target)
    work = _work(section)
    told: list[tuple[str, str]] = []
    names: list[tuple[str, str]] = []
    try:
        for done, (source, copy) in enumerate(pairs, 1):
            job.monitor.check_cancelled()
            try:
                changes = work(source, copy)
            except StudioError as error:
                where = f" ({error.where})" if error.where else ""
                job.monitor.error(f"{error.message}{where}", hint=error.hint, item=source.name)
            else:
                told += [(copy.name, change) for change in changes]
                names.append((str(source), copy.name))
                job.monitor.artifact("copy", copy)
            job.monitor.progress(STEP, done, len(pairs), source.name)
    finally:
        if names:
            write_atomic(target / COPIES, _table(("copy", "otherwise than its source"), told))
        if names and section.action == "deidentify":
            write_atomic(job.run.path / NAMES, _table(("file", "copy"), names))


def copies(section: FilesSection, target: Path) -> list[tuple[Path, Path]]:
    """Each source with its copy. Scrubbed copies are numbered: names of files tell of people."""
    found: list[tuple[Path, Path]] = []
    taken: set[str] = set()
    for number, source in enumerate(section.sources, 1):
        suffix = source.suffix.lower()
        stem = f"recording-{number:04}" if section.action == "deidentify" else source.stem
        name, again = f"{stem}{suffix}", 2
        while name.casefold() in taken:
            name, again = f"{stem}-{again}{suffix}", again + 1
        taken.add(name.casefold())
        found.append((source.expanduser().absolute(), target / name))
    return found


def _work(section: FilesSection) -> Work:
    from sleepstudio.recordings.edf.deidentify import Scrubbing, deidentify_edf
    from sleepstudio.recordings.edf.repair import repair_edf

    if section.action == "repair":
        return lambda source, copy: repair_edf(source, copy, overwrite=section.overwrite).changes
    scrubbing = Scrubbing(
        section.shift_days,
        section.coarsen_minutes,
        frozenset(section.keep),
        section.annotations,
        section.words,
    )

    def scrub(source: Path, copy: Path) -> list[str]:
        removed = deidentify_edf(source, copy, scrubbing, overwrite=section.overwrite)
        counts = Counter(one.what for one in removed)
        return [
            f"removed {what}, {count} of them" if count > 1 else f"removed {what}"
            for what, count in counts.items()
        ]

    return scrub


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
