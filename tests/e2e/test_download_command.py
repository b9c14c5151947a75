"""The download as people and labs run it: the command, the batch line; and a token that is found nowhere."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from misbehaving_server import Asked, Handler, Site, other, redirect, serving, status, truncated

from sleepstudio.config import load_configuration

CANARY = "canary-token-5f0d2ab9c4"
FOLDER = "polysomnography/edfs"
NIGHTS = {f"{FOLDER}/mesa-sleep-{number:04}.edf": bytes([number]) * 200_000 for number in range(1, 6)}


def publish(site: Site) -> None:
    """MESA as the NSRR serves it, for those who have the token."""

    def listing(handler: Handler, content: bytes) -> None:
        folder = parse_qs(urlsplit(handler.path).query).get("path", [""])[0]
        if folder == FOLDER:
            items = [
                {
                    "full_path": path,
                    "is_file": True,
                    "file_size": len(night),
                    "file_checksum_md5": hashlib.md5(night, usedforsecurity=False).hexdigest(),
                }
                for path, night in NIGHTS.items()
            ]
        else:
            items = [{"full_path": "polysomnography" if not folder else FOLDER, "is_file": False}]
        handler.reply(200, json.dumps(items).encode())

    def profile(handler: Handler, content: bytes) -> None:
        known = parse_qs(urlsplit(handler.path).query).get("auth_token") == [CANARY]
        handler.reply(200, json.dumps({"authenticated": known}).encode())

    site.always["/api/v1/datasets/mesa/files.json"] = listing
    site.always["/api/v1/account/profile.json"] = profile
    site.files = {file_path(path): night for path, night in NIGHTS.items()}


def file_path(path: str) -> str:
    return f"/datasets/mesa/files/a/{CANARY}/m/sleepstudio/{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        publish(site)
        yield site


def run(
    arguments: list[str], folder: Path, *, events: bool = False, token: str | None = CANARY
) -> tuple[int, str, list[dict[str, object]]]:
    """Runs the command in ``folder``: its exit status, all that it printed, its events."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith(("_TOKEN", "_KEY"))}
    if token:
        environment["NSRR_TOKEN"] = token
    reading, writing = os.pipe()
    try:
        finished = subprocess.run(
            [
                sys.executable,
                "-m",
                "sleepstudio.cli",
                *arguments,
                *(["--events", str(writing)] if events else []),
            ],
            cwd=folder,
            env=environment,
            pass_fds=(writing,),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    return finished.returncode, finished.stdout + finished.stderr, told


def command_lines_below(process: int) -> list[str]:
    """What the processes that descend from ``process`` were started with."""
    parents, lines = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1])
            lines[int(entry.name)] = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
    found = {process}
    for _ in parents:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            break
        found |= more
    return [lines[one] for one in found if one != process]


@pytest.mark.parametrize("debug", [False, True])
def test_a_token_is_found_nowhere_afterwards(site: Site, tmp_path: Path, debug: bool) -> None:
    """Whatever goes wrong: errors of every sort, a redirect elsewhere, a second run; and /proc meanwhile."""
    first, second, third, fourth, fifth = NIGHTS
    site.next[file_path(first)] = [status(503), truncated(1000)]
    site.always[file_path(second)] = status(404)
    site.always[file_path(third)] = other(bytes(200_000))
    seen: list[str] = []
    site.on_request = lambda _: seen.extend(command_lines_below(os.getpid()))
    with serving() as elsewhere:
        elsewhere.files["/signed.edf"] = NIGHTS[fourth]
        site.always[file_path(fourth)] = redirect(elsewhere.url("/signed.edf", host="localhost"))
        arguments = ["datasets", "download", "mesa", "--to", "mesa", "--address", site.address]
        arguments += ["--debug"] if debug else []
        code, printed, events = run(arguments, tmp_path, events=True)
        asked_elsewhere = list(elsewhere.asked)
    assert code == 1
    assert (tmp_path / "mesa" / first).read_bytes() == NIGHTS[first]
    assert (tmp_path / "mesa" / fourth).read_bytes() == NIGHTS[fourth]
    assert {event["item"] for event in events if event["event"] == "error"} == {second, third}

    site.always[file_path(fifth)] = status(403)
    (tmp_path / "mesa" / fifth).unlink()
    refused, more, _ = run(arguments, tmp_path)
    assert refused != 0
    assert "sleepdata.org/datasets/mesa" in more

    # the search can find it: the token was sent, and the processes were looked at
    assert any(CANARY in asked.path for asked in site.asked)
    assert any("sleepstudio.cli" in line and "--address" in line for line in seen)
    assert asked_elsewhere
    for place in (printed, more, json.dumps(events), *seen, *(_text(asked) for asked in asked_elsewhere)):
        assert CANARY not in place
    for path in tmp_path.rglob("*"):
        assert CANARY not in str(path)
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def _text(asked: Asked) -> str:
    return f"{asked.path} {asked.headers}"


def test_the_size_and_the_room_are_told_before(site: Site, tmp_path: Path) -> None:
    arguments = ["datasets", "download", "mesa", "--to", "mesa", "--address", site.address]
    code, printed, events = run([*arguments, "--subjects", "1", "0003", "--dry-run"], tmp_path, events=True)
    assert code == 0
    assert "to come    2 files, 400.0 kB" in printed
    assert "free       " in printed
    assert {event["name"]: event["value"] for event in events if event["event"] == "metric"}[
        "download_bytes"
    ] == 400_000
    assert [event["state"] for event in events if event["event"] == "state"] == ["running", "finished"]
    assert list(tmp_path.iterdir()) == []

    code, printed, events = run([*arguments, "--subjects", "1", "0003"], tmp_path, events=True)
    assert code == 0
    assert "mesa is complete in" in printed
    assert sorted(path.name for path in tmp_path.rglob("*.edf")) == [
        "mesa-sleep-0001.edf",
        "mesa-sleep-0003.edf",
    ]
    assert [event["kind"] for event in events if event["event"] == "artifact"] == ["dataset"]


def test_sleepkits_configuration_downloads_in_a_batch(site: Site, tmp_path: Path) -> None:
    """Datasets and nothing else, as SleepKit's download.json; mode by the command line."""
    (tmp_path / "download.json").write_text(
        json.dumps({"datasets": [{"name": "mesa", "params": {"path": "./datasets/mesa"}}]})
    )
    code, printed, _ = run(
        ["--batch", "download.json", "--mode", "download", "--set", f"download.address={site.address}"],
        tmp_path,
    )
    assert code == 0, printed
    assert sorted(path.name for path in (tmp_path / "datasets" / "mesa").rglob("*.edf")) == [
        path.rpartition("/")[2] for path in NIGHTS
    ]


def test_a_dataset_without_access_does_not_keep_the_others(site: Site, tmp_path: Path) -> None:
    """Both by one address here: the NSRR knows no such dataset as the second."""
    datasets = [{"name": name, "params": {"path": f"datasets/{name}"}} for name in ("stages", "mesa")]
    site.always["/api/v1/datasets/stages/files.json"] = status(403)
    document = {"modes": ["download"], "datasets": datasets, "download": {"address": site.address}}
    (tmp_path / "both.json").write_text(json.dumps(document))
    code, printed, events = run(["--batch", "both.json"], tmp_path, events=True)
    assert code == 1
    assert [event["item"] for event in events if event["event"] == "error"] == ["stages"]
    assert "Request access at sleepdata.org/datasets/stages" in printed
    assert len(list((tmp_path / "datasets" / "mesa").rglob("*.edf"))) == len(NIGHTS)


def test_sleepkits_own_configuration_loads(sleepkit_configs: Path) -> None:
    configuration = load_configuration(sleepkit_configs / "download.json", ['modes=["download"]'])
    assert [item.name for item in configuration.datasets] == ["cmidss", "mesa", "ysyw"]


def test_without_a_token_the_way_to_one_is_told(tmp_path: Path) -> None:
    code, printed, _ = run(["datasets", "download", "mesa", "--to", "mesa"], tmp_path, token=None)
    assert code == 3
    assert "NSRR_TOKEN: mesa needs a token. Make an account at sleepdata.org." in printed
    assert "Traceback" not in printed


def test_an_interrupted_command_goes_on(site: Site, tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "sleepstudio.cli", "datasets", "download", "mesa", "--to", "mesa"]
    arguments += ["--address", site.address, "--connections", "1"]
    reached = threading.Event()

    def wait(handler: Handler, content: bytes) -> None:
        handler.reply(200, content[:50_000], {"ETag": '"x"'}, len(content))
        handler.wfile.flush()
        reached.set()
        site.released.wait(30)
        handler.close_connection = True

    site.next[file_path(list(NIGHTS)[2])] = [wait]
    process = subprocess.Popen(
        arguments, cwd=tmp_path, env={**os.environ, "NSRR_TOKEN": CANARY}, stdout=subprocess.PIPE, text=True
    )
    assert reached.wait(60)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on where this one was" in printed
    here = sorted(path.name for path in tmp_path.rglob("*.edf"))
    assert len(here) < len(NIGHTS)
    assert (tmp_path / "mesa" / f"{list(NIGHTS)[2]}.part").stat().st_size == 50_000

    site.asked.clear()
    code, _, _ = run([*arguments[3:]], tmp_path)
    assert code == 0
    assert site.of(file_path(list(NIGHTS)[2]))[0].headers["Range"] == "bytes=50000-"
    for path, night in NIGHTS.items():
        assert (tmp_path / "mesa" / path).read_bytes() == night
