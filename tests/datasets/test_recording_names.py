"""Whose a hypnogram is, and who was recorded, told from names."""

from __future__ import annotations

import pytest

from sleepstudio.datasets.names import HypnogramOwners, in_order, is_recording_name, subject_of


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("n1.csv", "n1.edf"),
        ("N1-NSRR.XML", "n1.edf"),
        ("n1-anna-hypnogram.csv", "n1.edf"),
        ("n1 (second) hypnogram.edf", "n1.edf"),
        ("n10-hypnogram.csv", "n10.edf"),
        ("n1-2-hypnogram.csv", "n1-2.bdf"),
        ("n1-2.csv", "n1-2.bdf"),
        ("night-hypnogram.edf", "night-PSG.edf"),
        ("night-PSG.xml", "night-PSG.edf"),
        ("SC4001EC-Hypnogram.edf", "SC4001E0-PSG.edf"),
        ("SC4002EC-Hypnogram.edf", None),
        ("n1-events.csv", None),
        ("n11.csv", None),
        ("n1.edf", None),
        ("n", None),
        ("", None),
    ],
)
def test_owners(name: str, owner: str | None) -> None:
    owners = HypnogramOwners(["n1.edf", "n10.edf", "n1-2.bdf", "night-PSG.edf", "SC4001E0-PSG.edf"])
    assert owners.owner(name) == owner


def test_scorings_by_others_go_before_those_that_name_their_scorer() -> None:
    names = ["n1-anna-hypnogram.csv", "n1.csv", "n1-hypnogram.csv", "n1-nsrr.xml", "n1-profusion.xml"]
    assert in_order(names, "n1.edf") == [
        "n1-nsrr.xml", "n1-profusion.xml", "n1-hypnogram.csv", "n1.csv", "n1-anna-hypnogram.csv"
    ]  # fmt: skip
    assert in_order(["a-anna-hypnogram.csv", "a.xml"], "a-PSG.edf") == ["a.xml", "a-anna-hypnogram.csv"]


def test_subjects() -> None:
    assert subject_of("SC4001E0-PSG") == subject_of("SC4002E0-PSG") == "SC400"
    assert subject_of("mesa-sleep-0012") == "0012"
    assert subject_of("night 3") == "night 3"


def test_hypnograms_in_edf_plus_are_no_recordings() -> None:
    assert is_recording_name("n1.EDF")
    assert is_recording_name("n1.rec")
    assert not is_recording_name("n1-Hypnogram.edf")
    assert not is_recording_name("n1.csv")
