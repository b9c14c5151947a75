"""Each source's listing and requests, as the real servers have them; and listings that lie."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import pickle
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from misbehaving_server import Asked, Handler, Site, other, redirect, serving, status

from sleepstudio.datasets.card import KaggleOrigin, NsrrOrigin, PhysioNetOrigin, S3Origin, WebOrigin
from sleepstudio.datasets.download.address import checked, is_loopback, joined, shown
from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError
from sleepstudio.datasets.download.fetch import Fetcher
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.kaggle import ADDRESS as KAGGLE
from sleepstudio.datasets.download.kaggle import KaggleSource
from sleepstudio.datasets.download.nsrr import ADDRESS as NSRR
from sleepstudio.datasets.download.nsrr import NsrrSource
from sleepstudio.datasets.download.paths import safe_path
from sleepstudio.datasets.download.physionet import PhysioNetSource
from sleepstudio.datasets.download.request import Signature
from sleepstudio.datasets.download.s3 import S3Source
from sleepstudio.datasets.download.secrets import Secret
from sleepstudio.datasets.download.source import Checksum, Source
from sleepstudio.datasets.download.sources import open_source
from sleepstudio.datasets.download.web import WebSource
from sleepstudio.datasets.registry import dataset_card

CANARY = "canary-9f31c0de77"
EDF = b"0       " + bytes(1000)
HOSTILE = [
    "../outside.edf", "a/../../outside.edf", "/etc/passwd", "a//b", "./a", "a/.hidden", "..", "C:\\x", "a\\b",
    "a/b.part", "con", "a/NUL.txt", "a\x00b", "a\nb", "x" * 300, "/".join(["a"] * 600), "trailing.", "",
]  # fmt: skip


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client(first_wait_s=0.01, read_s=5)
    yield client
    client.close()


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def everything(path: str) -> bool:
    return True


def fetched(source: Source, client: Client, folder: Path) -> dict[str, bytes]:
    for file in source.files(client, everything):
        Fetcher(client).fetch(file, folder / file.path)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


# ---- the National Sleep Research Resource


def nsrr(site: Site, files: dict[str, bytes], token: str | None = CANARY) -> NsrrSource:
    """Serves a dataset as the NSRR does: to those who have the token."""
    folders: dict[str, list[dict[str, object]]] = {"": []}
    for path, content in files.items():
        parents = path.split("/")[:-1]
        for depth in range(len(parents)):
            folder, above = "/".join(parents[: depth + 1]), "/".join(parents[:depth])
            if folder not in folders:
                folders[folder] = []
                folders[above].append(
                    {"dataset": "mesa", "full_path": folder, "is_file": False, "file_size": 0}
                )
        folders["/".join(parents)].append(
            {
                "dataset": "mesa", "full_path": path, "is_file": True, "file_size": len(content),
                "file_checksum_md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            }
        )  # fmt: skip
        site.files[f"/datasets/mesa/files/a/{CANARY}/m/sleepstudio/{path}"] = content

    def listing(handler: Handler, content: bytes) -> None:
        folder = parse_qs(urlsplit(handler.path).query).get("path", [""])[0]
        handler.reply(200, json.dumps(folders.get(folder, [])).encode())

    def profile(handler: Handler, content: bytes) -> None:
        known = parse_qs(urlsplit(handler.path).query).get("auth_token") == [CANARY]
        handler.reply(200, json.dumps({"authenticated": known}).encode())

    site.always["/api/v1/datasets/mesa/files.json"] = listing
    site.always["/api/v1/account/profile.json"] = profile
    return NsrrSource(NsrrOrigin("mesa"), Secret(token) if token else None, site.address)


NIGHT = "polysomnography/edfs/mesa-sleep-0001.edf"


def test_nsrr_lists_folder_by_folder_with_sizes_and_md5(site: Site, client: Client, tmp_path: Path) -> None:
    files = {NIGHT: EDF, "datasets/mesa dictionary.csv": b"a,b\n", "README.md": b"x"}
    source = nsrr(site, files)
    listed = {file.path: file for file in source.files(client, everything)}
    assert listed.keys() == files.keys()
    assert listed[NIGHT].size == len(EDF)
    assert listed[NIGHT].checksum == Checksum("md5", hashlib.md5(EDF, usedforsecurity=False).hexdigest())
    assert fetched(source, client, tmp_path) == files


def test_nsrr_folders_without_what_is_wanted_are_not_listed(site: Site, client: Client) -> None:
    source = nsrr(site, {NIGHT: EDF, "actigraphy/a.csv": b"", "overlap/b.csv": b""})
    listed = source.files(client, lambda path: path.startswith(NIGHT[: len(path)]))
    assert [file.path for file in listed] == [NIGHT]
    assert len(site.of("/api/v1/datasets/mesa/files.json")) == 3


def test_nsrr_says_that_it_does_not_know_a_token(site: Site, client: Client) -> None:
    with pytest.raises(
        DownloadStoppedError, match=r"NSRR_TOKEN: the NSRR does not know this token\. Copy"
    ) as caught:
        nsrr(site, {NIGHT: EDF}, token="another-token").files(client, everything)
    assert "another-token" not in str(caught.value)


def test_nsrr_redirects_those_without_access_and_we_say_where_to_ask(
    site: Site, client: Client, tmp_path: Path
) -> None:
    """As its own gem has it: a redirect to a page instead of a file."""
    source = nsrr(site, {NIGHT: EDF})
    (file,) = source.files(client, everything)
    site.always[f"/datasets/mesa/files/a/{CANARY}/m/sleepstudio/{NIGHT}"] = redirect("/datasets/mesa")
    with pytest.raises(
        DownloadStoppedError, match=r"there is no access\. Request access at sleepdata"
    ) as caught:
        Fetcher(client).fetch(file, tmp_path / "x.edf")
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value)


def test_nsrr_listing_that_names_another_folder_is_refused(site: Site, client: Client) -> None:
    source = nsrr(site, {NIGHT: EDF})
    item = {"full_path": "elsewhere/x.edf", "is_file": True, "file_size": 1}
    site.always["/api/v1/datasets/mesa/files.json"] = other(json.dumps([item]).encode())
    with pytest.raises(DownloadStoppedError, match=r"the listing of the top names 'elsewhere/x\.edf'"):
        source.files(client, everything)


# ---- PhysioNet


def physionet(site: Site, files: dict[str, bytes]) -> PhysioNetSource:
    sums = "".join(f"{hashlib.sha256(content).hexdigest()} {path}\n" for path, content in files.items())
    site.files |= {f"/files/x/1.0.0/{path}": content for path, content in files.items()}
    site.files["/files/x/1.0.0/SHA256SUMS.txt"] = sums.encode()
    return PhysioNetSource(PhysioNetOrigin("x", "1.0.0"), site.url("/files/x/1.0.0"))


def test_physionet_lists_by_its_checksums(site: Site, client: Client, tmp_path: Path) -> None:
    files = {"sleep-cassette/SC4001E0-PSG.edf": EDF, "RECORDS": b"a\n", "ü b.txt": b"c"}
    source = physionet(site, files)
    assert [file.checksum for file in source.files(client, everything)] == [
        Checksum("sha256", hashlib.sha256(content).hexdigest()) for content in files.values()
    ]
    assert fetched(source, client, tmp_path) == files


@pytest.mark.parametrize("there", [True, False])
def test_physionet_takes_sizes_from_the_copy_where_it_answers(
    site: Site, client: Client, there: bool
) -> None:
    files = {"a.edf": EDF, "b/c.edf": EDF * 2}
    physionet(site, files)
    if there:
        bucket(site, {f"x/1.0.0/{path}": content for path, content in files.items()})
    source = PhysioNetSource(PhysioNetOrigin("x", "1.0.0"), site.url("/files/x/1.0.0"), copy=site.address)
    sizes = [file.size for file in source.files(client, everything)]
    assert sizes == ([len(EDF), 2 * len(EDF)] if there else [None, None])


def test_physionet_page_instead_of_checksums_is_refused(site: Site, client: Client) -> None:
    source = physionet(site, {})
    site.files["/files/x/1.0.0/SHA256SUMS.txt"] = b"<html>Maintenance</html>"
    with pytest.raises(
        DownloadStoppedError, match=r"SHA256SUMS\.txt: the server's answer is no list of checksums"
    ):
        source.files(client, everything)


# ---- S3


def bucket(site: Site, objects: dict[str, bytes], page: int = 2) -> None:
    """Serves a bucket's listing in pages, and its objects."""
    keys = sorted(objects)

    def listing(handler: Handler, content: bytes) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        assert query["list-type"] == ["2"]
        matching = [key for key in keys if key.startswith(query["prefix"][0])]
        start = int(query.get("continuation-token", ["0"])[0])
        items = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(objects[key])}</Size>"
            f"<ETag>&quot;{_md5(objects[key])}&quot;</ETag></Contents>"
            for key in matching[start : start + page]
        )
        more = start + page < len(matching)
        token = f"<NextContinuationToken>{start + page}</NextContinuationToken>" if more else ""
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        xml = f'<?xml version="1.0"?><ListBucketResult xmlns="{space}">{items}{token}</ListBucketResult>'
        handler.reply(200, xml.encode())

    site.always["/"] = listing
    site.files |= {f"/{key}": content for key, content in objects.items()}


def test_a_bucket_is_listed_by_pages_below_its_prefix(site: Site, client: Client, tmp_path: Path) -> None:
    objects = {f"training/tr03-{number:04}.h5": bytes([number]) * 100 for number in range(5)}
    bucket(site, objects | {"test/x.h5": b"", "training/": b"", "training/deeper/y.h5": b"y"})
    source = S3Source(S3Origin("b", "training/"), site.address)
    found = fetched(source, client, tmp_path)
    assert found == {key.removeprefix("training/"): content for key, content in objects.items()} | {
        "deeper/y.h5": b"y"
    }
    first = next(file for file in source.files(client, everything) if file.path == "tr03-0000.h5")
    assert first.checksum == Checksum("md5", hashlib.md5(bytes(100), usedforsecurity=False).hexdigest())


@pytest.mark.parametrize(
    "xml",
    [
        b"<html/>",
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><ListBucketResult>&b;</ListBucketResult>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><ListBucketResult/>',
        b"<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
        b"<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
    ],
)
def test_xml_that_is_no_listing_is_refused(site: Site, client: Client, xml: bytes) -> None:
    site.always["/"] = other(xml)
    with pytest.raises(DownloadStoppedError, match="no listing of a bucket"):
        S3Source(S3Origin("b", ""), site.address).files(client, everything)


# ---- Kaggle


def kaggle(
    site: Site, files: dict[str, bytes], secret: Secret | None, user: str | None = None
) -> KaggleSource:
    """Serves a competition: the listing in pages, the files elsewhere under this site's other name."""
    names = sorted(files)

    def listing(handler: Handler, content: bytes) -> None:
        page = int(parse_qs(urlsplit(handler.path).query).get("pageToken", ["0"])[0])
        document: dict[str, object] = {
            "files": [{"name": names[page], "totalBytes": len(files[names[page]])}]
        }
        if page + 1 < len(names):
            document["nextPageTokenNullable"] = str(page + 1)
        handler.reply(200, json.dumps(document).encode())

    site.always["/api/v1/competitions/data/list/c"] = listing
    for name, content in files.items():
        storage = site.url(f"/storage/{name}?signature=s3cret", host="localhost")
        site.always[f"/api/v1/competitions/data/download/c/{name}"] = redirect(storage)
        site.files[f"/storage/{name}"] = content
    return KaggleSource(KaggleOrigin("c"), secret, user, site.address)


def test_kaggle_files_come_from_elsewhere_where_the_token_does_not_go(
    site: Site, client: Client, tmp_path: Path
) -> None:
    files = {"train_events.csv": b"a,b\n", "train_series.parquet": b"PAR1" + bytes(100)}
    assert fetched(kaggle(site, files, Secret(CANARY)), client, tmp_path) == files
    asked = [one for one in site.asked if one.file.startswith("/api/")]
    assert {one.headers["Authorization"] for one in asked} == {f"Bearer {CANARY}"}
    elsewhere = [one for one in site.asked if one.file.startswith("/storage/")]
    assert len(elsewhere) == 2
    assert all(one.headers["Host"].startswith("localhost") for one in elsewhere)
    assert all(CANARY not in one.path + str(one.headers) for one in elsewhere)


def test_kaggle_takes_a_user_and_a_key(site: Site, client: Client) -> None:
    kaggle(site, {"a.csv": b""}, Secret(CANARY), "me").files(client, everything)
    kind, pair = site.asked[0].headers["Authorization"].split()
    assert (kind, b64decode(pair).decode()) == ("Basic", f"me:{CANARY}")


def test_kaggle_rules_that_were_not_accepted(site: Site, client: Client, tmp_path: Path) -> None:
    source = kaggle(site, {"a.csv": b"x"}, Secret(CANARY))
    (file,) = source.files(client, everything)
    site.always["/api/v1/competitions/data/download/c/a.csv"] = status(403)
    with pytest.raises(DownloadStoppedError, match=r"Accept the rules at kaggle\.com/competitions/c/rules"):
        Fetcher(client).fetch(file, tmp_path / "a.csv")


def test_what_comes_zipped_is_unwrapped(site: Site, client: Client, tmp_path: Path) -> None:
    content = b"series_id,night\n" * 1000
    wrapped = io.BytesIO()
    with zipfile.ZipFile(wrapped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train_events.csv", content)
    source = kaggle(site, {"train_events.csv": wrapped.getvalue()}, Secret(CANARY))
    assert fetched(source, client, tmp_path) == {"train_events.csv": content}


# ---- all of them


def test_known_files_are_not_listed(site: Site, client: Client, tmp_path: Path) -> None:
    site.files["/zoo/ss-2/model.tflite"] = b"TFL3"
    source = WebSource(WebOrigin("https://example.org", ("ss-2/model.tflite",)), site.url("/zoo/"))
    assert fetched(source, client, tmp_path) == {"ss-2/model.tflite": b"TFL3"}
    assert len(site.asked) == 1


def sources_naming(site: Site, path: str) -> list[Callable[[], Source]]:
    """Each source with a listing that names ``path``."""

    def physio() -> Source:
        site.files["/p/SHA256SUMS.txt"] = f"{'0' * 64} {path}\n".encode()
        return PhysioNetSource(PhysioNetOrigin("x", "1"), site.url("/p"))

    def bucketed() -> Source:
        item = f"<Contents><Key>k/{escape(path)}</Key><Size>1</Size></Contents>"
        site.always["/"] = other(f"<ListBucketResult>{item}</ListBucketResult>".encode())
        return S3Source(S3Origin("b", "k/"), site.address)

    def competition() -> Source:
        listing = json.dumps({"files": [{"name": path, "totalBytes": 1}]}).encode()
        site.always["/api/v1/competitions/data/list/c"] = other(listing)
        return KaggleSource(KaggleOrigin("c"), None, address=site.address)

    def resource() -> Source:
        listing = json.dumps([{"full_path": path, "is_file": True, "file_size": 1}]).encode()
        site.always["/api/v1/datasets/mesa/files.json"] = other(listing)
        return NsrrSource(NsrrOrigin("mesa"), None, site.address)

    return [physio, bucketed, competition, resource]


@pytest.mark.parametrize(
    "path", ["../outside.edf", "a/../../b.edf", "/etc/cron.d/x", "a/b.part", ".ssh/keys"]
)
@pytest.mark.parametrize("number", range(4))
def test_no_listing_reaches_outside_the_folder(site: Site, client: Client, path: str, number: int) -> None:
    source = sources_naming(site, path)[number]()
    with pytest.raises(DownloadStoppedError, match="outside the folder, or one that cannot be"):
        source.files(client, everything)


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_paths(path: str) -> None:
    with pytest.raises(DownloadStoppedError):
        safe_path(path, "here")


@pytest.mark.parametrize(
    "path", ["a.edf", "original/STAGES PSGs/BOGN/BOGN00001.edf", "Nächte/ü.csv", "a..b/c"]
)
def test_plain_paths(path: str) -> None:
    assert safe_path(path, "here") == path


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[" * 100_000, b"null", b'{"files": 3}', b'[{"full_path": 3}]', b'"x"']
)
def test_what_is_no_listing_is_said(site: Site, client: Client, number: int, answer: bytes) -> None:
    source = sources_naming(site, "a.edf")[number]()
    for path in list(site.always):
        site.always[path] = other(answer)
    with pytest.raises(DownloadStoppedError):
        source.files(client, everything)


def test_a_listing_that_does_not_end_ends(site: Site, client: Client) -> None:
    site.always["/"] = other(
        b"<ListBucketResult><NextContinuationToken>again</NextContinuationToken></ListBucketResult>"
    )
    with pytest.raises(DownloadStoppedError, match="the listing does not end"):
        S3Source(S3Origin("b", ""), site.address).files(client, everything)


def test_a_listing_of_any_length_is_not_read(site: Site, client: Client) -> None:
    site.always["/p/SHA256SUMS.txt"] = lambda handler, _: handler.reply(200, announced=1 << 40)
    with pytest.raises(DownloadStoppedError, match="the listing is longer than 64 MB"):
        PhysioNetSource(PhysioNetOrigin("x", "1"), site.url("/p")).files(client, everything)


# ---- addresses and secrets


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://sleepdata.org/x", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://127.0.0.2/x", True),
        ("http://[::1]/x", True),
        ("http://localhost/x", True),
        ("http://sleepdata.org/x", False),
        ("http://localhost.example.org/x", False),
        ("http://127.0.0.1.example.org/x", False),
        ("https:///x", False),
        ("https://[x/y", False),
        ("https://a:999999/x", False),
        ("javascript:x", False),
    ],
)
def test_which_addresses_may_be_asked(url: str, may: bool) -> None:
    if may:
        assert checked(url).hostname
    else:
        with pytest.raises(DownloadError):
            checked(url)


def test_addresses_are_shown_without_query_and_user() -> None:
    assert shown("https://me:word@a.org:444/b/c?auth_token=x#y") == "https://a.org:444/b/c"
    assert joined("https://a.org/b/", "c d/ü?.edf") == "https://a.org/b/c%20d/%C3%BC%3F.edf"
    assert is_loopback("LOCALHOST")


def test_a_secret_shows_nowhere() -> None:
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {[secret]} {vars if hasattr(secret, '__dict__') else ''}"
    for leak in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(secret)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_token_in_the_address_is_not_sent_elsewhere(
    site: Site, client: Client, tmp_path: Path, host: str
) -> None:
    """Neither by us nor by a server that writes it into its redirect."""
    with serving() as another:
        another.files["/kept.edf"] = EDF
        source = nsrr(site, {NIGHT: EDF})
        (file,) = source.files(client, everything)
        address = f"/datasets/mesa/files/a/{CANARY}/m/sleepstudio/{NIGHT}"
        site.always[address] = redirect(another.url("/kept.edf", host=host))
        Fetcher(client).fetch(file, tmp_path / "a.edf")
        assert (tmp_path / "a.edf").read_bytes() == EDF
        site.always[address] = redirect(another.url(f"/{CANARY}/kept.edf", host=host))
        with pytest.raises(DownloadStoppedError, match="redirects to another with the token"):
            Fetcher(client).fetch(file, tmp_path / "b.edf")
        assert [one.file for one in another.asked] == ["/kept.edf"]
        assert all(CANARY not in _text(one) for one in another.asked)
    assert any(CANARY in _text(one) for one in site.asked)


@pytest.mark.parametrize("name", ["mesa", "stages", "cmidss"])
def test_a_token_is_not_given_to_an_address_that_is_not_its_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address in somebody else's configuration gets none; the origin's own, and this machine, do."""
    monkeypatch.setenv("NSRR_TOKEN", CANARY)
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    card = dataset_card(name)

    def signed(address: str | None) -> str:
        source = open_source(card, card.origins[0], address)
        assert isinstance(source, NsrrSource | KaggleSource)
        return str(_signature(source))

    official = KAGGLE if name == "cmidss" else NSRR
    assert CANARY in signed(None)
    assert CANARY in signed(official)
    assert CANARY in signed("http://127.0.0.1:1/")
    for address in ("https://mirror.example.org", f"{official}.example.org", f"{official}:8443"):
        assert CANARY not in signed(address)


def _signature(source: NsrrSource | KaggleSource) -> Signature:
    request = source._api("x", {}) if isinstance(source, NsrrSource) else source._request("list", "")
    assert request.sign is not None
    return request.sign()


def _text(asked: Asked) -> str:
    return f"{asked.path} {asked.headers}"
