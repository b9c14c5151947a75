"""Whatever a server answers: an error that says so, or files below the folder; never anything else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from misbehaving_server import Site, other, serving

from sleepstudio.datasets.card import KaggleOrigin, NsrrOrigin, PhysioNetOrigin, S3Origin
from sleepstudio.datasets.download.errors import DownloadError
from sleepstudio.datasets.download.fetch import Fetcher
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.kaggle import KaggleSource
from sleepstudio.datasets.download.nsrr import NsrrSource
from sleepstudio.datasets.download.paths import below, safe_path
from sleepstudio.datasets.download.physionet import PhysioNetSource
from sleepstudio.datasets.download.request import Remedies, Request
from sleepstudio.datasets.download.s3 import S3Source
from sleepstudio.datasets.download.source import Checksum, RemoteFile, Source

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["files", "name", "full_path", "is_file", "file_size", "file_checksum_md5", "totalBytes", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
ANSWERS = st.one_of(
    st.binary(max_size=300),
    ANY_JSON.map(lambda document: json.dumps(document).encode()),
    st.text(max_size=80).map(lambda path: f"{'0' * 64} {path}\n".encode()),
    st.text(max_size=80).map(
        lambda key: (
            f"<ListBucketResult><Contents><Key>{key}</Key><Size>1</Size></Contents></ListBucketResult>".encode()
        )
    ),
)
IN_ONE_SITE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client(first_wait_s=0.001)
    yield client
    client.close()


def sources(site: Site) -> dict[str, Callable[[], Source]]:
    return {
        "/SHA256SUMS.txt": lambda: PhysioNetSource(PhysioNetOrigin("x", "1"), site.address),
        "/": lambda: S3Source(S3Origin("b", ""), site.address),
        "/api/v1/competitions/data/list/c": lambda: KaggleSource(
            KaggleOrigin("c"), None, address=site.address
        ),
        "/api/v1/datasets/mesa/files.json": lambda: NsrrSource(NsrrOrigin("mesa"), None, site.address),
    }


@pytest.mark.parametrize(
    "path", ["/SHA256SUMS.txt", "/", "/api/v1/competitions/data/list/c", "/api/v1/datasets/mesa/files.json"]
)
@given(answer=ANSWERS)
@IN_ONE_SITE
def test_any_listing_is_files_below_the_folder_or_an_error(
    site: Site, client: Client, path: str, answer: bytes
) -> None:
    site.always[path] = other(answer)
    try:
        files = sources(site)[path]().files(client, lambda name: not name.endswith("/"))
    except DownloadError:
        return
    for file in files:
        assert not PurePosixPath(file.path).is_absolute()
        assert ".." not in PurePosixPath(file.path).parts
        assert file.size is None or file.size >= 0


@given(text=st.text(max_size=60))
def test_a_safe_path_stays_below(text: str) -> None:
    try:
        path = safe_path(text, "here")
    except DownloadError:
        return
    folder = Path("/data/set")
    assert folder in below(folder, path).parents
    assert below(folder, path).as_posix() == f"/data/set/{path}"


@given(
    first=st.binary(max_size=200), second=st.binary(max_size=200), checked=st.booleans(), etags=st.booleans()
)
@IN_ONE_SITE
def test_what_is_in_place_is_one_of_the_versions(
    site: Site, client: Client, tmp_path: Path, first: bytes, second: bytes, checked: bool, etags: bool
) -> None:
    """A transfer of one version that broke off, and then another is served: never a mixture."""
    site.etags = etags
    site.files["/a.bin"] = second
    target = tmp_path / "a.bin"
    target.unlink(missing_ok=True)
    etag = f'"{hashlib.sha256(first).hexdigest()[:16]}"' if etags else ""
    checksum = Checksum("sha256", hashlib.sha256(second).hexdigest()) if checked else None
    request = Request(site.url("/a.bin"), Remedies("", ""))
    note = {
        "url": request.url,
        "size": None,
        "checksum": f"sha256:{checksum.digest}" if checksum else None,
        "validator": etag,
    }
    (tmp_path / "a.bin.part").write_bytes(first[: len(first) // 2])
    (tmp_path / "a.bin.part.json").write_text(json.dumps(note))
    Fetcher(client).fetch(RemoteFile("a.bin", request, checksum=checksum), target)
    assert target.read_bytes() == second
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin"]
