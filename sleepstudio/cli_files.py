"""``sleepstudio files``: copies of recordings, repaired, de-identified or in another format."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from sleepstudio.errors import ConfigurationError, StudioError
from sleepstudio.recordings.reading import reading

_EPILOG = """\
  sleepstudio files repair PATH… --to DIR      copies that any EDF software opens; what was changed is listed
  sleepstudio files deidentify PATH… --to DIR  copies that say nothing of the person, with a list
  sleepstudio files export PATH… --to DIR      copies in EDF+ (BDF+), with a scoring in their annotations

PATH is a file or a folder, which is searched for EDF and BDF files. Sources are never written over.
exit status: 0 all done; 1 some files failed, the others are done; 2 bad usage
"""
SUFFIXES = (".edf", ".bdf", ".rec")
Worked = Callable[[Path, Path], list[str]]
"""Writes a copy of the first at the second; what to tell of it, a line each."""


def main(arguments: Sequence[str]) -> int:
    """The command after ``files``. Returns the exit status. Raises StudioError."""
    parser = argparse.ArgumentParser(
        prog="sleepstudio files",
        description="Copies of recordings; sources are never touched.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_repair(commands)
    _add_deidentify(commands)
    _add_export(commands)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


def _add_repair(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("repair", help="copies without what was wrong in header and annotations")
    _add_common(parser)
    parser.set_defaults(run=_repair)


def _add_deidentify(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("deidentify", help="copies without names, dates and free text")
    _add_common(parser)
    dates = parser.add_mutually_exclusive_group()
    dates.add_argument("--shift-days", metavar="N", type=int, help="add N days (default: no date)")
    dates.add_argument(
        "--shift-secret",
        metavar="FILE",
        type=Path,
        help="shift dates by whole weeks that follow from the person and this secret",
    )
    parser.add_argument(
        "--coarsen-minutes", metavar="M", type=int, default=0, help="round the time of day down to M minutes"
    )
    parser.add_argument(
        "--keep", nargs="+", default=[], help="texts that stay",
        choices=("sex", "equipment", "labels", "transducers", "prefiltering"),
    )  # fmt: skip
    parser.add_argument(
        "--annotations", choices=("known", "all", "none"), default="known",
        help="known: stages, events and technical words stay, other texts go (default)",
    )  # fmt: skip
    parser.add_argument("--word", dest="words", metavar="WORD", nargs="+", default=[], help="remove this too")
    parser.add_argument(
        "--names", metavar="FILE", type=Path,
        help="CSV of file, name and, if wanted, person: what copies are called (default: recording-0001 …)",
    )  # fmt: skip
    parser.add_argument("--show-removed", action="store_true", help="tell the removed texts themselves")
    parser.set_defaults(run=_deidentify)


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("export", help="copies in EDF+, with a scoring in their annotations")
    _add_common(parser)
    parser.add_argument("--format", choices=("edf",), default="edf", help="EDF+, of BDF BDF+ (default)")
    parser.add_argument("--scoring", metavar="FILE", type=Path, help="hypnogram, events")
    parser.set_defaults(run=_export)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="files, or folders of them")
    parser.add_argument("--to", metavar="DIR", type=Path, required=True, help="the folder for the copies")
    parser.add_argument("--overwrite", action="store_true", help="replace copies that are there already")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")


def _repair(options: argparse.Namespace) -> int:
    from sleepstudio.recordings.edf.repair import repair_edf

    def repair(source: Path, copy: Path) -> list[str]:
        report = repair_edf(source, copy, overwrite=options.overwrite)
        return list(report.changes) or ["nothing was wrong with it"]

    return each(named(found(options.paths), options.to), repair)


def _deidentify(options: argparse.Namespace) -> int:
    from sleepstudio.recordings.edf.deidentify import Scrubbing, deidentify_edf, person_of, secret_shift_days
    from sleepstudio.recordings.edf.new_names import NewNames
    from sleepstudio.recordings.edf.recording import open_edf
    from sleepstudio.recordings.reading import read_limited

    if not 0 <= options.coarsen_minutes <= 24 * 60:
        raise ConfigurationError("is no number of minutes up to a day.", where="--coarsen-minutes")
    files = found(options.paths)
    names = NewNames(options.names)
    pairs = [(source, options.to / names.of(source, number)) for number, (source, _) in enumerate(files, 1)]
    secret = read_limited(options.shift_secret, 1 << 20) if options.shift_secret else None

    def deidentify(source: Path, copy: Path) -> list[str]:
        shift_days = options.shift_days
        if secret is not None:
            with open_edf(source) as recording:
                shift_days = secret_shift_days(secret, names.person(source) or person_of(recording))
        scrubbing = Scrubbing(
            shift_days,
            options.coarsen_minutes,
            frozenset(options.keep),
            options.annotations,
            tuple(options.words),
        )
        removed = deidentify_edf(source, copy, scrubbing, overwrite=options.overwrite)
        if options.show_removed:
            return [f"removed {one.what}: {one.text!r}" for one in removed] or ["nothing to remove"]
        counts = Counter(one.what for one in removed)
        lines = [
            f"removed {what}{f', {count} of them' if count > 1 else ''}" for what, count in counts.items()
        ]
        return lines or ["nothing to remove"]

    return each(distinct(pairs), deidentify)


def _export(options: argparse.Namespace) -> int:
    from sleepstudio.recordings.align import place_scoring
    from sleepstudio.recordings.edf.export import export_edf
    from sleepstudio.recordings.open import open_recording, read_scoring

    files = found(options.paths)
    if options.scoring and len(files) != 1:
        raise ConfigurationError(
            "is of one recording.", where="--scoring", hint="Export the recordings one by one."
        )

    def export(source: Path, copy: Path) -> list[str]:
        sources = [source, *([options.scoring] if options.scoring else [])]
        with open_recording(source) as recording:
            if not options.scoring:
                return list(export_edf(recording, copy, sources=sources, overwrite=options.overwrite))
            scored, events = read_scoring(options.scoring)
            hypnogram, placed, told = place_scoring(scored, events, recording.duration_s, recording.start)
            changes = export_edf(
                recording, copy, hypnogram, placed, sources=sources, overwrite=options.overwrite
            )
        return [*(diagnostic.message for diagnostic in told), *changes]

    pairs = [(source, copy.with_suffix(_suffix(source))) for source, copy in named(files, options.to)]
    return each(distinct(pairs), export)


def _suffix(source: Path) -> str:
    """BDF stays BDF."""
    with reading(source), source.open("rb") as file:
        return ".bdf" if file.read(1) == b"\xff" else ".edf"


def found(paths: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Each file with its place below the path that was given. Raises ConfigurationError."""
    files: list[tuple[Path, Path]] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file()
            )
            files += [(one, one.relative_to(path)) for one in inside]
        else:
            files.append((path, Path(path.name)))
    if not files:
        raise ConfigurationError(
            "no EDF or BDF file there.", where=", ".join(map(str, paths)), hint="Name files, or their folder."
        )
    return files


def named(files: Sequence[tuple[Path, Path]], folder: Path) -> list[tuple[Path, Path]]:
    """Each file with the copy's path. Raises ConfigurationError where two copies would be one."""
    return distinct([(source, folder / place) for source, place in files])


def distinct(pairs: list[tuple[Path, Path]]) -> list[tuple[Path, Path]]:
    """The same. Raises ConfigurationError where two copies would be one."""
    taken: dict[Path, Path] = {}
    for source, copy in pairs:
        if copy in taken:
            raise ConfigurationError(
                f"{source} and {taken[copy]} would both become this file.",
                where=str(copy),
                hint="Give their common folder instead.",
            )
        taken[copy] = source
    return pairs


def each(pairs: Sequence[tuple[Path, Path]], work: Worked) -> int:
    """Makes every copy, and tells of each. Returns the exit status."""
    failed = 0
    for source, copy in pairs:
        try:
            lines = work(source, copy)
        except StudioError as error:
            failed += 1
            print(f"sleepstudio: {error}", file=sys.stderr)
            continue
        print(f"{source} -> {copy}")
        for line in lines:
            print(f"  {line}")
    print(f"{len(pairs) - failed} of {len(pairs)} files copied")
    return 1 if failed else 0
