"""Tokens from the environment and from the system's keyring, here one that forgets at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sleepstudio.cli import main
from sleepstudio.datasets.download.secrets import SERVICE, find_secret, keep_secret
from sleepstudio.errors import ConfigurationError

keyring = pytest.importorskip("keyring", reason="keyring is not installed")


class Forgetful(keyring.backend.KeyringBackend):  # type: ignore[misc, name-defined]
    priority = 1

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service: str, username: str) -> str | None:
        self._may_be_locked()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._may_be_locked()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]

    def _may_be_locked(self) -> None:
        if self.broken:
            raise keyring.errors.KeyringLocked("secret detail")


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forgetful]:
    monkeypatch.delenv("NSRR_TOKEN", raising=False)
    before = keyring.get_keyring()
    ring = Forgetful()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_a_token_is_kept_found_and_taken_out(ring: Forgetful) -> None:
    keep_secret("NSRR_TOKEN", "12-abc")
    assert ring.kept == {(SERVICE, "NSRR_TOKEN"): "12-abc"}
    found = find_secret("NSRR_TOKEN")
    assert found is not None
    assert found.reveal() == "12-abc"
    keep_secret("NSRR_TOKEN", "")
    keep_secret("NSRR_TOKEN", "")
    assert find_secret("NSRR_TOKEN") is None


def test_the_environment_comes_first(ring: Forgetful, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_secret("NSRR_TOKEN", "kept")
    monkeypatch.setenv("NSRR_TOKEN", " given \n")
    found = find_secret("NSRR_TOKEN")
    assert found is not None
    assert found.reveal() == "given"


def test_a_locked_keyring_has_no_token_and_keeps_none(ring: Forgetful) -> None:
    ring.broken = True
    assert find_secret("NSRR_TOKEN") is None
    with pytest.raises(ConfigurationError, match=r"keyring cannot be used\. Set NSRR_TOKEN") as caught:
        keep_secret("NSRR_TOKEN", "12-abc")
    assert "12-abc" not in str(caught.value)


def test_the_command_takes_a_token_out_and_asks_only_on_a_terminal(
    ring: Forgetful, capsys: pytest.CaptureFixture[str]
) -> None:
    ring.kept[SERVICE, "NSRR_TOKEN"] = "12-abc"
    assert main(["datasets", "token", "nsrr"]) == 2
    assert "asked for on a terminal" in capsys.readouterr().err
    assert main(["datasets", "token", "nsrr", "--delete"]) == 0
    assert ring.kept == {}
    assert "12-abc" not in capsys.readouterr().out
