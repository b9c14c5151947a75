"""Which free text can only be scoring or technique, so that it tells nothing of a person."""

from __future__ import annotations

import re

from sleepstudio.stage_codes import stage_from_text

_IN_ONE = (
    "a ac after all amplifier an analysis and apnea apneas apnoea arousal arousals artefact artifact "
    "as asystole at atrial baseline battery beat begin beginning begins biocal biocalibration blink "
    "blinks block bradycardia breath breathing bruxism by c4 calibration central change channel check "
    "cheyne clip close closed complex complexes connected cough cycle d data dc deep delta desat "
    "desaturation desaturations device disconnected due ecg eeg ekg electrode emg end ends eog epoch "
    "error event events exhale eye eyes fast fibrillation filter flow for from gain gap grinding hdi "
    "hold hypnogram hypopnea hypopneas hypopnoea hypoventilation hz ii iii impedance impedances in "
    "inhale injection invalid is k kcomplex lead left leg legs light lights limb lm lo loss lost loud "
    "low mark marker mask micro mixed montage mouth movement movements n n1 n2 n3 n4 narrow no noise "
    "none normal nose note nrem obstructive off offset ok on onset open opening out oxygen pause "
    "paused periodic plm plms pos position prone pulse r rapid reading record recorded recording "
    "rejected relative rem removed rera reras resp respiration respiratory resume resumed rhythm "
    "right saturation scored scoring sensor sequence signal simulated sinus sit sitting sleep slow "
    "snore snores snoring spike spindle spindles spo2 spontaneous stage start started starting stokes "
    "stop stopped stopping supine swallow sync synch tachycardia test the time to toes tone trial "
    "unreliable unscored unsure up upright video w wake walk was wave waves wide with "
    "min s sec seconds starts stops x temp temperature rectal submental chin nasal oral chest abdomen "
    "thorax thermistor cannula pleth body beats rate heart battery volume activity "
)
WORDS = frozenset(_IN_ONE.split())
"""Of annotations in sleep studies."""
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d+(?:[.,]\d+)?")
_ELECTRODE = re.compile(r"(?:[acefmopt]|fp|af|fc|ft|cp|tp|po)\d{1,2}|(?:a?f|fp|f?c|c?p|p?o)z")
_BETWEEN = re.compile(r"[\s\d.,:;/|+*%()\[\]<>=?!#_-]*")
_FILTER = re.compile(
    r"(?i)(?:HP|LP|BP|NF?|notch|DC|AC|none|no|off|high|low|pass|filter|m?Hz|k|s|to|at|and|order"
    r"|butterworth|bessel|iir|fir|[\s\d.,:;/+*()=<>-])*"
)
_MOST_NUMBERS = 2
"""More of them could be a telephone's."""
_DATE_OR_TIME = re.compile(r"\d[./-]\s?\d+[./-]\s?\d|\d:\d")


def is_technical(text: str) -> bool:
    """Whether a text is a sleep stage, or made of words of scoring and of small numbers alone."""
    try:
        stage_from_text(text)
    except ValueError:
        pass
    else:
        return True
    if _DATE_OR_TIME.search(text):
        return False
    tokens = _TOKEN.findall(text)
    numbers = sum(token[0].isdigit() for token in tokens)
    if numbers > _MOST_NUMBERS or (numbers and numbers == len(tokens)):
        return False
    known = all(_is_known(token.lower()) for token in tokens)
    return known and bool(_BETWEEN.fullmatch(_TOKEN.sub(" ", text)))


def is_filter(text: str) -> bool:
    """Whether a prefiltering field holds the names and limits of filters alone."""
    return bool(_FILTER.fullmatch(text)) and all(map(_is_small, re.findall(r"\d+", text)))


def _is_known(token: str) -> bool:
    return token in WORDS or bool(_ELECTRODE.fullmatch(token)) or _is_small(token)


def _is_small(token: str) -> bool:
    return token[0].isdigit() and len(token.replace(",", ".").split(".")[0]) <= 3
