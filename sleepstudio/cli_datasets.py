"""``sleepstudio datasets``: the cards, and the download of what they describe."""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import json
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

from sleepstudio.cli import exit_status, run_configuration
from sleepstudio.config import parse_configuration
from sleepstudio.datasets.card import Card
from sleepstudio.datasets.card_text import card_text, listing_text
from sleepstudio.datasets.download.journal import FOLDER
from sleepstudio.datasets.download.secrets import VARIABLES, keep_secret
from sleepstudio.datasets.registry import card_names, dataset_card, is_readable
from sleepstudio.errors import ConfigurationError
from sleepstudio.monitor import Monitor

_EPILOG = """\
  sleepstudio datasets                       every dataset in a line
  sleepstudio datasets sleep-edf             its card: what it holds, licence, access, quirks, kinds of files
  sleepstudio datasets download sleep-edf --to sleep-edf --subjects SC400 SC401 --dry-run
  sleepstudio datasets token nsrr            keeps a token in the system's keyring

A download that was stopped goes on where it was: run the same command again. Tokens are taken from the
environment (NSRR_TOKEN; KAGGLE_API_TOKEN, or KAGGLE_USERNAME and KAGGLE_KEY) or from the keyring, never from
the command line.
"""


def main(arguments: Sequence[str]) -> int:
    """The command after ``datasets``. Returns the exit status. Raises StudioError."""
    given = list(arguments)
    if given[:1] == ["download"]:
        return _download(_download_parser().parse_args(given[1:]))
    if given[:1] == ["token"]:
        return _token(_token_parser().parse_args(given[1:]))
    return _show(_parser().parse_args(given))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sleepstudio datasets",
        description="Public datasets of sleep: their cards, and their download.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="show this dataset's card")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _download_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sleepstudio datasets download", description="Downloads a dataset.")
    parser.add_argument("name", metavar="NAME", help="the dataset")
    parser.add_argument("--to", metavar="DIR", type=Path, required=True, help="the folder that it goes to")
    parser.add_argument("--subjects", metavar="ID", nargs="+", help="only these people")
    parser.add_argument("--kinds", metavar="KIND", nargs="+", help="only these kinds of files (see the card)")
    parser.add_argument("--origin", metavar="NAME", help="where from, for a dataset with several origins")
    parser.add_argument("--address", metavar="URL", help="the same thing elsewhere, such as a mirror")
    parser.add_argument(
        "--connections", metavar="N", type=int, default=4, help="at once (default 4, at most 8)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="tell the size and the free disk, fetch nothing"
    )
    parser.add_argument("--events", metavar="FD", type=int, help="write job events to FD")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _token_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sleepstudio datasets token", description="Keeps a token in the system's keyring; asks for it."
    )
    parser.add_argument("source", choices=sorted(VARIABLES))
    parser.add_argument("--delete", action="store_true", help="take it out again")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _show(options: argparse.Namespace) -> int:
    if options.name:
        card = dataset_card(options.name, where="command line")
        text = json.dumps(_document(card), indent=2, ensure_ascii=False) if options.json else card_text(card)
    else:
        cards = [dataset_card(name) for name in card_names()]
        text = (
            json.dumps([_document(card) for card in cards], indent=2, ensure_ascii=False)
            if options.json
            else listing_text(cards)
        )
    print(text)
    return 0


def _document(card: Card) -> dict[str, object]:
    return {**dataclasses.asdict(card), "readable": is_readable(card.name)}


def _download(options: argparse.Namespace) -> int:
    folder = options.to.expanduser().absolute()
    if not options.dry_run:
        return _run(options, folder, folder / FOLDER.parent)
    with tempfile.TemporaryDirectory() as nowhere:
        return _run(options, folder, Path(nowhere))


def _run(options: argparse.Namespace, folder: Path, job_folder: Path) -> int:
    card = dataset_card(options.name, where="command line")
    params = {"path": str(folder)} | ({"subjects": options.subjects} if options.subjects else {})
    configuration = parse_configuration(
        {
            "name": f"download-{card.name}",
            "job_dir": str(job_folder),
            "modes": ["download"],
            "datasets": [{"name": card.name, "params": params}],
            "download": {
                "kinds": options.kinds,
                "origin": options.origin,
                "address": options.address,
                "connections": options.connections,
                "dry_run": options.dry_run,
            },
        },
        where="command line",
    )
    options.out, options.control, options.resume = None, None, True
    outcome = run_configuration(configuration, ("download",), options, [_PlanTold(folder)])
    if outcome.cancelled:
        print("stopped: the same command goes on where this one was.")
    elif outcome.failed:
        count = len(outcome.failed)
        print(f"{count} {'file' if count == 1 else 'files'} failed: the same command tries again.")
    elif not options.dry_run:
        print(f"{card.name} is complete in {folder}. How to cite it: sleepstudio datasets {card.name}")
    return exit_status(outcome)


class _PlanTold(Monitor):
    """Says what is to come before it comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, int] = {}

    def metric(self, name: str, value: float, *, training_epoch: int | None = None, item: str = "") -> None:  # noqa: ARG002
        self._known[name] = int(value)
        if name == "download_free_bytes":
            print(_plan_text(self._known, self._folder), flush=True)


def _plan_text(known: dict[str, int], folder: Path) -> str:
    unknown = known["download_files_of_unknown_size"]
    more = f" and {unknown} files of unknown size" if unknown else ""
    return textwrap.dedent(f"""\
        to come    {known["download_files"]} files, {_size(known["download_bytes"])}{more}
        complete   {known["download_complete_files"]} files
        free       {_size(known["download_free_bytes"])} at {folder}""")


def _size(count: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} bytes"


def _token(options: argparse.Namespace) -> int:
    variable = VARIABLES[options.source][0]
    if options.delete:
        keep_secret(variable, "")
        print(f"{variable} is not in the keyring any more.")
        return 0
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "a token is asked for on a terminal.", where="standard input", hint=f"Or set {variable}."
        )
    token = getpass.getpass(f"{variable}: ").strip()
    if not token:
        raise ConfigurationError("nothing was entered.", where=variable)
    keep_secret(variable, token)
    print(f"{variable} is in the system's keyring.")
    return 0
