"""One file from a server that misbehaves: whole and right, or not there at all, and said why."""

from __future__ import annotations

import hashlib
import json
import random
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from misbehaving_server import (
    Behaviour,
    Site,
    announced,
    endless,
    other,
    redirect,
    serving,
    silent,
    slow,
    status,
    truncated,
)

from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError
from sleepstudio.datasets.download.fetch import Fetcher, Limits
from sleepstudio.datasets.download.http import TRIES, Client
from sleepstudio.datasets.download.request import Remedies, Request
from sleepstudio.datasets.download.source import Checksum, RemoteFile
from sleepstudio.errors import Cancelled

CONTENT = random.Random(1).randbytes(300_000)
REMEDIES = Remedies("ask for a token", "ask for access")
NAME = "night.edf"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site({f"/{NAME}": CONTENT})) as site:
        yield site


def remote(
    site: Site, content: bytes | None = CONTENT, *, size: int | None = None, checksum: bool = True
) -> RemoteFile:
    """The file as a listing has it whose content is ``content``."""
    assert content is not None
    sha = Checksum("sha256", hashlib.sha256(content).hexdigest()) if checksum else None
    return RemoteFile(
        NAME, Request(site.url(f"/{NAME}"), REMEDIES), len(content) if size is None else size, sha
    )


def fetch(
    file: RemoteFile, folder: Path, client: Client | None = None, limits: Limits | None = None
) -> list[int]:
    """Fetches the file; what was told of bytes."""
    told: list[int] = []
    client = client or Client(first_wait_s=0.01, read_s=5)
    try:
        Fetcher(client, lambda _, count: told.append(count), limits).fetch(file, folder / NAME)
    finally:
        client.close()
    return told


def test_a_file_is_in_place_as_a_whole_and_nothing_beside_it(site: Site, tmp_path: Path) -> None:
    told = fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert sum(told) == len(CONTENT)


@pytest.mark.parametrize(
    "behaviours",
    [
        [status(503)],
        [status(500), status(502), status(504), status(408)],
        [status(429, Retry_After="0")],
        [status(503, Retry_After="0")],
        [truncated(0)],
        [slow],
        [truncated(1000), status(503), truncated(5000)],
        [redirect(f"/{NAME}")] * 3,
    ],
)
def test_what_passes_is_waited_out(site: Site, tmp_path: Path, behaviours: list[Behaviour]) -> None:
    site.next[f"/{NAME}"] = behaviours
    told = fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert sum(told) == len(CONTENT)


def test_what_was_cut_off_is_gone_on_with_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.next[f"/{NAME}"] = [truncated(100_000), truncated(50_000)]
    fetch(remote(site), tmp_path)
    first, second, third = site.of(f"/{NAME}")
    assert first.headers["Range"] is None
    assert (second.headers["Range"], third.headers["Range"]) == ("bytes=100000-", "bytes=150000-")
    assert second.headers["If-Range"] == f'"{hashlib.sha256(CONTENT).hexdigest()[:16]}"'
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_more_interruptions_than_tries_do_not_matter_while_something_comes(
    site: Site, tmp_path: Path
) -> None:
    site.next[f"/{NAME}"] = [truncated(10_000) for _ in range(3 * TRIES)]
    fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_cancelled_transfer_is_gone_on_with_tomorrow(site: Site, tmp_path: Path) -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise Cancelled

    site.next[f"/{NAME}"] = [slow]
    site.etags = False  # the checksum alone tells that it is the same file
    with pytest.raises(Cancelled):
        fetch(remote(site), tmp_path, Client(check=check))
    assert not (tmp_path / NAME).exists()
    had = (tmp_path / f"{NAME}.part").stat().st_size
    assert 0 < had < len(CONTENT)

    told = fetch(remote(site), tmp_path)
    assert site.of(f"/{NAME}")[-1].headers["Range"] == f"bytes={had}-"
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert told[0] == had


def test_without_ranges_it_begins_anew(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    site.next[f"/{NAME}"] = [truncated(100_000)]
    told = fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert sum(told) == len(CONTENT)


def test_a_file_that_changed_in_between_is_not_mixed(site: Site, tmp_path: Path) -> None:
    """By its ETag: nothing else is known of the file."""
    newer = random.Random(2).randbytes(len(CONTENT))
    site.next[f"/{NAME}"] = [truncated(100_000)]

    def change(asked: object) -> None:
        if len(site.of(f"/{NAME}")) == 2:
            site.files[f"/{NAME}"] = newer

    site.on_request = change
    fetch(remote(site, checksum=False), tmp_path)
    assert site.of(f"/{NAME}")[1].headers["Range"] == "bytes=100000-"
    assert (tmp_path / NAME).read_bytes() == newer


def test_a_part_of_another_version_is_found_out_by_the_checksum(site: Site, tmp_path: Path) -> None:
    """Without ETag: the second half fits no first half, and it is fetched once more from the start."""
    site.etags = False
    older = random.Random(2).randbytes(len(CONTENT))
    site.files[f"/{NAME}"] = older
    site.next[f"/{NAME}"] = [truncated(100_000)]

    def change(asked: object) -> None:
        if len(site.of(f"/{NAME}")) == 2:
            site.files[f"/{NAME}"] = CONTENT

    site.on_request = change
    fetch(remote(site), tmp_path)
    ranges = [asked.headers["Range"] for asked in site.of(f"/{NAME}")]
    assert ranges == [None, "bytes=100000-", None]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_part_of_another_listing_is_thrown_away(site: Site, tmp_path: Path) -> None:
    older = random.Random(2).randbytes(len(CONTENT))
    site.files[f"/{NAME}"] = older
    site.always[f"/{NAME}"] = truncated(0)
    site.next[f"/{NAME}"] = []
    with pytest.raises(DownloadError):
        fetch(remote(site, older), tmp_path)
    (tmp_path / f"{NAME}.part").write_bytes(older[:1000])
    site.always.clear()
    site.files[f"/{NAME}"] = CONTENT
    fetch(remote(site), tmp_path)
    assert site.of(f"/{NAME}")[-1].headers["Range"] is None
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_part_without_a_note_of_what_it_is_of_is_thrown_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(b"mine")
    fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b"[" * 100_000, b'{"url": 3, "validator": {}}'])
def test_a_damaged_note_is_no_note(site: Site, tmp_path: Path, note: bytes) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(b"mine")
    (tmp_path / f"{NAME}.part.json").write_bytes(note)
    fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_server_whose_file_became_shorter_is_asked_anew(site: Site, tmp_path: Path) -> None:
    shorter = CONTENT[:50_000]
    site.next[f"/{NAME}"] = [truncated(100_000), status(416)]

    def change(asked: object) -> None:
        if len(site.of(f"/{NAME}")) == 2:
            site.files[f"/{NAME}"] = shorter

    site.on_request = change
    file = RemoteFile(NAME, Request(site.url(f"/{NAME}"), REMEDIES))
    fetch(file, tmp_path)
    assert (tmp_path / NAME).read_bytes() == shorter


def test_another_checksum_is_tried_once_more_and_not_kept(site: Site, tmp_path: Path) -> None:
    site.always[f"/{NAME}"] = other(bytes(len(CONTENT)))
    with pytest.raises(DownloadError, match=r"its SHA256 is not the published one\. It was not kept"):
        fetch(remote(site), tmp_path)
    assert len(site.of(f"/{NAME}")) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_checksum_that_is_right_at_the_second_try_is_good(site: Site, tmp_path: Path) -> None:
    site.next[f"/{NAME}"] = [other(bytes(len(CONTENT)))]
    told = fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert sum(told) == len(CONTENT)


def test_a_server_that_never_answers_is_given_up(site: Site, tmp_path: Path) -> None:
    site.always[f"/{NAME}"] = status(503)
    with pytest.raises(
        DownloadError, match=rf"not able to answer \(503\)\. Tried {TRIES} times.*goes on"
    ) as caught:
        fetch(remote(site), tmp_path)
    assert not isinstance(caught.value, DownloadStoppedError)
    assert len(site.of(f"/{NAME}")) == TRIES


def test_a_silent_server_is_asked_again_for_the_rest(site: Site, tmp_path: Path) -> None:
    site.next[f"/{NAME}"] = [silent]
    fetch(remote(site), tmp_path, Client(first_wait_s=0.01, read_s=0.3))
    assert site.of(f"/{NAME}")[1].headers["Range"] == f"bytes={len(CONTENT) // 2}-"
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_server_is_left_alone_as_long_as_it_asks_for(site: Site, tmp_path: Path) -> None:
    site.next[f"/{NAME}"] = [status(429, Retry_After="1")]
    fetch(remote(site), tmp_path)
    first, second = site.of(f"/{NAME}")
    assert second.at - first.at >= 1


def test_a_server_that_asks_for_an_hour_ends_it_for_now(site: Site, tmp_path: Path) -> None:
    site.next[f"/{NAME}"] = [status(429, Retry_After="3600")]
    with pytest.raises(DownloadStoppedError, match=r"wait for 60 minutes.*same command again"):
        fetch(remote(site), tmp_path)


@pytest.mark.parametrize("when", ["soon", "-5", "99999999999999", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_what_retry_after_says_without_sense_does_not_harm(site: Site, tmp_path: Path, when: str) -> None:
    site.next[f"/{NAME}"] = [status(503, Retry_After=when)]
    fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (401, DownloadStoppedError, r"does not know who asks \(401\).*ask for a token"),
        (403, DownloadError, r"forbidden \(403\).*ask for access"),
        (404, DownloadError, r"no such file \(404\).*run the command again"),
        (410, DownloadError, r"no such file \(410\)"),
        (418, DownloadError, "status 418"),
    ],
)
def test_what_does_not_pass_is_said_with_its_remedy(
    site: Site, tmp_path: Path, code: int, kind: type[DownloadError], said: str
) -> None:
    site.always[f"/{NAME}"] = status(code)
    with pytest.raises(kind, match=said) as caught:
        fetch(remote(site), tmp_path)
    assert caught.value.where == site.url(f"/{NAME}")
    assert len(site.of(f"/{NAME}")) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_endless_body_ends_at_what_was_announced(site: Site, tmp_path: Path) -> None:
    site.always[f"/{NAME}"] = endless
    with pytest.raises(DownloadError, match=r"more of the file than was announced.*not kept"):
        fetch(remote(site), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_endless_body_of_unknown_length_ends_at_the_limit(site: Site, tmp_path: Path) -> None:
    site.always[f"/{NAME}"] = endless
    file = RemoteFile(NAME, Request(site.url(f"/{NAME}"), REMEDIES))
    with pytest.raises(DownloadError, match="more of the file"):
        fetch(file, tmp_path, limits=Limits(unannounced=1 << 20))
    assert list(tmp_path.iterdir()) == []


def test_a_length_beside_the_listing_is_refused_before_it_comes(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="the server has 300000 bytes of it where the listing has 299999"):
        fetch(remote(site, size=len(CONTENT) - 1), tmp_path)
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("length", [len(CONTENT) - 10, len(CONTENT) + 10])
def test_a_wrong_length_is_never_kept(site: Site, tmp_path: Path, length: int) -> None:
    site.always[f"/{NAME}"] = announced(length)
    file = RemoteFile(NAME, Request(site.url(f"/{NAME}"), REMEDIES), checksum=remote(site).checksum)
    with pytest.raises(DownloadError):
        fetch(file, tmp_path)
    assert not (tmp_path / NAME).exists()


def test_more_than_any_file_has_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="300000 bytes are too many"):
        fetch(remote(site), tmp_path, limits=Limits(file=1000))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://192.0.2.1/night.edf", "not encrypted"),
        ("file:///etc/hostname", "no address of a file on the web"),
        ("ftp://127.0.0.1/night.edf", "no address"),
        ("http://user:s3cret@127.0.0.1/night.edf", "must not hold a user"),
    ],
)
def test_redirects_go_only_where_addresses_may(site: Site, tmp_path: Path, target: str, said: str) -> None:
    site.always[f"/{NAME}"] = redirect(target)
    with pytest.raises(DownloadError, match=said) as caught:
        fetch(remote(site), tmp_path)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "target",
    [
        "http://[",
        "//",
        "http://127.0.0.1:notaport/",
        "http://127.0.0.1:99999999/",
        "https://exa mple.org/",
        "\x80\xff",
        "https://" + "a" * 300 + "/",
        "https://.../",
        "http://localhost\\@127.0.0.1/",
        "?",
        "#",
    ],
)
def test_redirects_without_sense_are_this_files_error(site: Site, tmp_path: Path, target: str) -> None:
    site.always[f"/{NAME}"] = redirect(target)
    with pytest.raises(DownloadError):
        fetch(remote(site), tmp_path)
    assert not (tmp_path / NAME).exists()


def test_a_circle_of_redirects_ends(site: Site, tmp_path: Path) -> None:
    site.always[f"/{NAME}"] = redirect(f"/{NAME}")
    with pytest.raises(DownloadError, match="in a circle"):
        fetch(remote(site), tmp_path)


def test_an_unencrypted_address_is_never_asked(tmp_path: Path) -> None:
    file = RemoteFile(NAME, Request("http://example.org/night.edf", REMEDIES))
    with pytest.raises(DownloadError, match=r"http://example\.org/night\.edf: this address is not encrypted"):
        fetch(file, tmp_path)


def test_what_came_whole_and_was_not_yet_in_place_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    file = remote(site)
    assert file.checksum is not None
    note = {
        "url": file.request.url,
        "size": file.size,
        "checksum": f"sha256:{file.checksum.digest}",
        "validator": "",
    }
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT)
    (tmp_path / f"{NAME}.part.json").write_text(json.dumps(note))
    fetch(file, tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert site.asked == []
    # and where it is not the file after all
    (tmp_path / f"{NAME}.part").write_bytes(bytes(len(CONTENT)))
    (tmp_path / f"{NAME}.part.json").write_text(json.dumps(note))
    fetch(file, tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert len(site.asked) == 1


def test_an_empty_file_is_a_file(site: Site, tmp_path: Path) -> None:
    site.files[f"/{NAME}"] = b""
    fetch(remote(site, b""), tmp_path)
    assert (tmp_path / NAME).read_bytes() == b""


def test_the_networks_proxy_is_gone_through(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site plays the proxy: it hears of the address outside, and who asks."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, site.address.replace("//", "//us%40er:w%C3%B6rd@"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    file = RemoteFile(NAME, Request("https://example.org/night.edf", REMEDIES))
    with pytest.raises(DownloadError, match=r"https://example\.org/night\.edf: ") as caught:
        fetch(file, tmp_path)
    assert "rd@" not in str(caught.value)
    assert (site.asked[0].method, site.asked[0].path) == ("CONNECT", "example.org:443")
    assert b64decode(site.asked[0].headers["Proxy-Authorization"].split()[1]).decode() == "us@er:wörd"
    # what stays on this machine does not go through it
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:1")
    fetch(remote(site), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_nobody_answers(tmp_path: Path) -> None:
    with serving() as gone:
        address = gone.url(f"/{NAME}")
    with pytest.raises(DownloadStoppedError, match=r"cannot be reached\. Is this computer online"):
        fetch(RemoteFile(NAME, Request(address, REMEDIES)), tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_stops_everything(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").symlink_to("/dev/full")
    file = remote(site)
    fetcher = Fetcher(Client(first_wait_s=0.01))
    # the fetcher throws a part away that it does not know, so that the full disk is put under it again
    site.on_request = lambda _: (tmp_path / f"{NAME}.part").symlink_to("/dev/full")
    with pytest.raises(
        DownloadStoppedError, match=r"the disk is full\. Free some space and run the same command"
    ):
        fetcher.fetch(file, tmp_path / NAME)
    assert not (tmp_path / NAME).exists()


def test_a_folder_that_cannot_be_is_said(site: Site, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DownloadStoppedError, match="cannot be written"):
        Fetcher(Client()).fetch(remote(site), tmp_path / "taken" / NAME)
