"""A simulated person: what differs between people and stays the same over the night."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Subject:
    """Traits of one person. Factors are relative to the average adult (1.0)."""

    resting_heart_rate_bpm: float
    stage_heart_rate_shift: tuple[float, float, float, float, float]
    """This person's deviation from the average effect of W, N1, N2, N3, R on log heart rate."""
    heart_rate_variability: float
    sinus_arrhythmia: float
    breathing_rate_per_min: float
    breathing_irregularity: float
    apnea_hypopnea_index: float
    """Apneas and hypopneas per hour of sleep."""
    central_share: float
    """Fraction of apneas that are central."""
    desaturation: float
    oxygen_saturation_percent: float
    circulation_delay_s: float
    """From the lungs to the finger and through the oximeter's averaging."""
    restlessness: float
    arousability: float
    leg_movement_index: float
    """Periodic leg movements per hour of N1 and N2; 0 in most people."""
    snoring: float
    pulse_amplitude: float
    pulse_transit_s: float
    """From the R peak to the foot of the pulse at the finger."""
    eeg_amplitude: float
    alpha_hz: float
    spindle_hz: float
    chin_tone: float


def draw_subject(rng: np.random.Generator) -> Subject:
    """A person at random.

    Spreads are those of middle-aged and older adults: heart rate and heart-rate variability between
    people, Task Force 1996, *Circulation* 93 (log-normal, about a factor of 1.4); breathing rate 12–18 per
    minute, Douglas et al. 1982, *Thorax* 37; arousals, Bonnet and Arand 2007, *J. Clin. Sleep Med.* 3;
    apnea–hypopnea index log-normal around 6 per hour; spindle frequency constant within and different
    between people, Werth et al. 1997, *Electroencephalogr. Clin. Neurophysiol.* 103.
    """

    def factor(spread: float) -> float:
        return float(np.exp(rng.normal(0.0, spread)))

    def bounded(mean: float, deviation: float, low: float, high: float) -> float:
        return float(np.clip(rng.normal(mean, deviation), low, high))

    shifts = rng.normal(0.0, 0.022, 5)
    return Subject(
        resting_heart_rate_bpm=bounded(64.0, 7.5, 48.0, 86.0),
        stage_heart_rate_shift=(
            float(shifts[0]), float(shifts[1]), float(shifts[2]), float(shifts[3]), float(shifts[4]),
        ),
        heart_rate_variability=factor(0.30),
        sinus_arrhythmia=factor(0.35),
        breathing_rate_per_min=bounded(14.8, 1.7, 11.0, 19.0),
        breathing_irregularity=factor(0.25),
        apnea_hypopnea_index=float(np.clip(6.0 * factor(0.9), 0.3, 60.0)),
        central_share=float(rng.beta(1.0, 6.0)),
        desaturation=factor(0.30),
        oxygen_saturation_percent=bounded(95.8, 1.0, 92.0, 98.5),
        circulation_delay_s=bounded(16.0, 2.5, 10.0, 24.0),
        restlessness=factor(0.35),
        arousability=factor(0.30),
        leg_movement_index=float(rng.uniform(10.0, 40.0)) if rng.random() < 0.2 else 0.0,
        snoring=float(rng.beta(1.0, 2.0)),
        pulse_amplitude=factor(0.25),
        pulse_transit_s=bounded(0.20, 0.015, 0.16, 0.24),
        eeg_amplitude=factor(0.20),
        alpha_hz=bounded(9.6, 0.7, 8.2, 11.3),
        spindle_hz=bounded(13.3, 0.5, 12.2, 14.5),
        chin_tone=factor(0.30),
    )  # fmt: skip
