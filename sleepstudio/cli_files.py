"""``sleepstudio files``: copies of recordings, repaired, de-identified or in another format."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sleepstudio.errors import ConfigurationError, StudioError

_EPILOG = """\
  sleepstudio files repair PATH… --to DIR      copies that any EDF software opens; what was changed is listed

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
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


def _add_repair(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("repair", help="copies without what was wrong in header and annotations")
    _add_common(parser)
    parser.set_defaults(run=_repair)


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
    """Each file with the copy's path. Raises ConfigurationError where two would be one."""
    pairs = [(source, folder / place) for source, place in files]
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
