"""``report.html`` as a reader meets it: what it says, what it never does."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from sleepstudio.evaluation import report as report_module
from sleepstudio.evaluation.evaluate import evaluate
from sleepstudio.evaluation.people import Estimate
from sleepstudio.evaluation.report import (
    Fact,
    Int8Evidence,
    ReportEvidence,
    interval,
    number,
    percent,
    report,
)
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import STAGE_SETS, Stage
from sleepstudio.training.splits import Fit, Split

U, A, W, N1, N2, N3, R = sorted(Stage)
HOSTILE = '<script>alert("x")</script>'


def nights(people: int = 4, *, right: float = 0.8, seed: int = 0) -> list[StagedRecording]:
    rng = np.random.default_rng(seed)
    found = []
    for person in range(people):
        true = np.repeat(rng.choice([W, N1, N2, N3, R], 20), rng.integers(2, 20, 20)).astype(np.int8)
        classes = STAGE_SETS[4].classes(true)
        predicted = np.where(rng.random(len(true)) < right, classes, rng.integers(0, 4, len(true))).astype(
            np.int8
        )
        probabilities = np.full((len(true), 4), 0.1, np.float32)
        probabilities[np.arange(len(true)), predicted] = 0.7
        mask = rng.random(len(true)) < 0.95
        start = datetime(2024, 1, 1, 22, 40)
        name = f"{person}"
        found.append(StagedRecording(name, name, true, predicted, probabilities, mask, start))
    return found


@pytest.fixture(scope="module")
def evidence() -> ReportEvidence:
    staged = nights()
    evaluation = evaluate(staged, STAGE_SETS[4], training_prevalence=[1, 5, 2, 2])
    int8 = Int8Evidence(
        evaluation=evaluate(nights(right=0.78), STAGE_SETS[4], model="int8"),
        runtime="micro interpreter", values_compared=12_345, values_differing=0,
        argmax_agreement_percent=98.7, model_bytes=41_232, arena_bytes=55_296, operators=(("CONV_2D", 24),),
    )  # fmt: skip
    curve = [{"loss": 1 / n, "val_loss": 1.1 / n, "val_kappa": 0.1 * n} for n in range(1, 8)]
    return ReportEvidence(
        title="A study",
        subtitle="SS-4",
        evaluation=evaluation,
        nights=staged,
        histories={"fold-1": curve, "fold-2": curve},
        best_training_epochs={"fold-1": 5, "fold-2": 6},
        split=Split("k-fold", 7, (Fit("fold-1", ("0", "1"), ("2",), ("3",)),)),
        int8=int8,
        cost=(Fact("Parameters", "14,212", "of the network"),),
        provenance=(Fact("Seed", "7"),),
        configuration={"name": "a study", "seed": 7},
    )


@pytest.fixture(scope="module")
def page(evidence: ReportEvidence) -> str:
    return report(evidence)


def plain(page: str) -> str:
    """What is on the page, without its markup."""
    body = re.sub(r"<style.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


class Balanced(HTMLParser):
    """Fails on an element that is closed out of turn."""

    VOID = frozenset({"meta", "link", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(page: str) -> Balanced:
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def test_the_page_needs_and_runs_nothing(page: str) -> None:
    found = parsed(page)
    assert not {"script", "iframe", "object", "embed", "img", "link", "base", "form"} & found.tags
    targets = [value for key, value in found.attributes if key in ("href", "src", "xlink:href", "action")]
    assert all(value is not None and value.startswith("#") for value in targets)
    assert not [key for key, _ in found.attributes if key.startswith("on")]
    assert not re.search(r"url\((?!#)|@import", page)
    assert re.sub(r"http://www\.w3\.org/(2000/svg|1999/xlink)", "", page).count("http") == page.count(
        "http-equiv"
    )


def test_the_same_evidence_gives_the_same_page(evidence: ReportEvidence, page: str) -> None:
    assert report(evidence) == page


def test_the_headline_stands_beside_the_trivial_answer(evidence: ReportEvidence, page: str) -> None:
    text = plain(page)
    mean = evidence.evaluation.agreement.mean
    kappa, accuracy = mean["cohen_kappa"], mean["accuracy"]
    assert (
        f"Cohen’s κ {kappa.value:.3f} 95 % CI {kappa.ci_low:.3f} – {kappa.ci_high:.3f} always CORE: 0.00"
        in text
    )
    always = evidence.evaluation.baselines[0].agreement.mean["accuracy"].value
    assert f"Accuracy {100 * accuracy.value:.1f} %" in text
    assert f"always CORE: {100 * always:.1f} %" in text
    assert "majority and all sleep, mean" in text
    assert f"{evidence.evaluation.coverage.scored_masked} scored epochs are masked" in text


def test_the_mode_is_said_first_and_last(evidence: ReportEvidence, page: str) -> None:
    assert plain(page).count("Offline") == 2
    live = plain(report(replace(evidence, evaluation=replace(evidence.evaluation, mode="live"))))
    assert live.count("Live") == 2
    assert "ffline" not in live


def test_simulated_nights_are_no_performance_and_others_are_not_called_simulated(
    evidence: ReportEvidence, page: str
) -> None:
    warning = "Simulated nights: no figure here is performance."
    assert warning in plain(report(replace(evidence, simulated=True)))
    assert "imulated" not in plain(page)


def test_best_median_and_hardest_nights_are_drawn(evidence: ReportEvidence, page: str) -> None:
    text = plain(page)
    kappas = sorted(
        (recording.metrics["cohen_kappa"], recording.recording_id)
        for recording in evidence.evaluation.recordings
    )
    for place, (kappa, name) in (("Best", kappas[-1]), ("Hardest", kappas[0])):
        assert f"{place} {name} · κ {kappa:.2f}" in text
    assert "Median" in text


@pytest.mark.parametrize(("people", "drawn"), [(1, ["Best"]), (2, ["Best", "Hardest"])])
def test_few_nights_are_drawn_once_each(people: int, drawn: list[str]) -> None:
    staged = nights(people)
    page = report(ReportEvidence("A", evaluate(staged, STAGE_SETS[4]), staged))
    assert re.findall(r"<h3>(Best|Median|Hardest)", page) == drawn


def test_names_from_files_are_text(evidence: ReportEvidence) -> None:
    staged = [
        replace(night, recording_id=f"{HOSTILE}{night.recording_id}", subject_id=HOSTILE + night.subject_id)
        for night in nights()
    ]
    page = report(
        replace(
            evidence, title=HOSTILE, subtitle=HOSTILE, nights=staged,
            evaluation=evaluate(staged, STAGE_SETS[4]),
            provenance=(Fact(HOSTILE, HOSTILE, HOSTILE),), configuration={HOSTILE: HOSTILE},
            split=Split("k-fold", 7, (Fit(HOSTILE, (HOSTILE,), (), ()),)),
        )
    )  # fmt: skip
    assert "script" not in parsed(page).tags
    assert HOSTILE in plain(page)


def test_int8_is_bit_exact_or_says_that_it_is_not(evidence: ReportEvidence, page: str) -> None:
    assert evidence.int8 is not None
    assert "✓ Bit-exact. All 12,345 outputs" in plain(page)
    wrong = replace(evidence.int8, values_differing=5)
    assert "! Not bit-exact. 5 of 12,345 outputs differ" in plain(report(replace(evidence, int8=wrong)))
    unverified = replace(evidence.int8, values_compared=0)
    text = plain(report(replace(evidence, int8=unverified)))
    assert "! Not verified." in text
    assert "Bit-exact" not in text


def test_the_int8_drop_is_written_out(evidence: ReportEvidence, page: str) -> None:
    assert evidence.int8 is not None
    before = evidence.evaluation.agreement.mean["cohen_kappa"].value
    after = evidence.int8.evaluation.agreement.mean["cohen_kappa"].value
    assert f"−{before - after:.3f}" in plain(page)


def test_what_there_is_no_evidence_of_is_not_on_the_page(evidence: ReportEvidence, page: str) -> None:
    bare = plain(report(ReportEvidence("A", evidence.evaluation, evidence.nights)))
    for heading in ("Int8 model", "Training", "Cost", "Split", "Provenance", "none of them seen"):
        assert heading not in bare
    full = plain(page)
    for heading in ("Int8 model", "Training", "Cost", "Split", "Provenance", "none of them seen"):
        assert heading in full


def test_a_person_without_agreement_does_not_break_the_page() -> None:
    true = np.full(50, N2, np.int8)
    night = StagedRecording(
        "1", "1", true, np.ones(50, np.int8), np.full((50, 4), 0.25, np.float32), np.ones(50, bool)
    )
    text = plain(report(ReportEvidence("A", evaluate([night], STAGE_SETS[4]), [night])))
    assert "Cohen’s κ –" in text
    assert "nan" not in text.lower().split()


def test_cole_kripke_is_shown_where_there_are_counts() -> None:
    staged = nights()
    by_counts = {night.recording_id: np.minimum(night.predicted, 1).astype(np.int8) for night in staged}
    evaluation = evaluate(staged, STAGE_SETS[4], cole_kripke=by_counts)
    assert "Cole–Kripke on true activity counts, 4 people" in plain(
        report(ReportEvidence("A", evaluation, staged))
    )


def test_a_long_table_says_that_it_is_cut(evidence: ReportEvidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "MAX_ROWS", 3)
    assert "the first 3 of them; all are in the CSV" in plain(report(evidence))


def test_numbers_as_they_are_written() -> None:
    assert (number(0.7954), number(-0.02, 2), number(float("nan"))) == ("0.795", "−0.02", "–")
    assert (percent(0.8783), percent(float("nan"))) == ("87.8 %", "–")
    assert interval(Estimate(0.5, 0.4, 0.6, 9), 2) == "0.40 – 0.60"
    assert interval(Estimate(0.0, -0.1, 0.6, 9), 2) == "−0.10 to 0.60"
    assert interval(Estimate(0.5, float("nan"), float("nan"), 1)) == ""
