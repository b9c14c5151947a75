"""The integer arithmetic of the TensorFlow Lite reference kernels, on Python's and numpy's integers.

After the published reference: multipliers and both roundings as in its ``quantization_util`` and gemmlowp's
``fixedpoint``, softmax as in ``reference/softmax``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

INT32_MAX = (1 << 31) - 1

Integers = NDArray[np.int64]


def quantised_multiplier(real: float) -> tuple[int, int]:
    """(q, e) with real ≈ q × 2^(e − 31) and q from 2^30 below 2^31; (0, 0) for zero and what is too small."""
    if real == 0:
        return 0, 0
    mantissa, exponent = math.frexp(real)
    q = math.floor(mantissa * (1 << 31) + 0.5)
    if q == 1 << 31:
        q, exponent = q // 2, exponent + 1
    return (0, 0) if exponent < -31 else (q, exponent)


def wrap(values: Integers) -> Integers:
    """``values`` modulo 2^32, as int32 holds them."""
    return ((values + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


def doubling_high_word(a: Integers, b: Integers | int) -> Integers:
    """a × b / 2^31, halves up: gemmlowp's saturating rounding doubling high multiply.

    Without its saturating case, both factors −2^31, which no multiplier is.
    """
    return (a * b + (1 << 30)) >> 31


def rounded_shift(values: Integers, shift: int) -> Integers:
    """values / 2^shift, halves away from zero."""
    mask = (1 << shift) - 1
    return (values >> shift) + ((values & mask) > (mask >> 1) + (values < 0))


def scale(values: Integers, q: int, exponent: int) -> Integers:
    """values × q × 2^(exponent − 31), rounded twice, with what leaves 32 bits on the left cut off."""
    shifted = wrap(values << max(exponent, 0))
    return rounded_shift(doubling_high_word(shifted, q), max(-exponent, 0))


def rounded_quotient(value: float, step: float) -> int:
    """value / step in float32, halves away from zero."""
    quotient = float(np.float32(value) / np.float32(step))
    return math.trunc(quotient + math.copysign(0.5, quotient))


def softmax_exponentials(input_scale: float, beta: float) -> NDArray[np.int32]:
    """exp(−scale × beta × i) over 2^31 for i = 0 … 255 below the greatest; 0 where the reference has none.

    The reference does not run a softmax whose values stand too close for its 26 bits of fraction.
    """
    integer_bits = 5
    fraction_bits = 31 - integer_bits
    real = min(beta * input_scale * (1 << fraction_bits), INT32_MAX)
    q, left = quantised_multiplier(real)
    radius = math.floor(((1 << integer_bits) - 1) * (1 << fraction_bits) / (1 << left))
    below = np.arange(256, dtype=np.int64)
    scaled = doubling_high_word(wrap(-below << left), q)
    return np.where(below <= radius, _exp_of_negative(scaled, fraction_bits), 0).astype(np.int32)


def _exp_of_negative(values: Integers, fraction_bits: int) -> Integers:
    """exp of values ≤ 0 with ``fraction_bits`` bits of fraction, over 2^31."""
    quarter = 1 << (fraction_bits - 2)
    below_quarter = (values & (quarter - 1)) - quarter
    result = _exp_of_last_quarter(below_quarter << (31 - fraction_bits))
    remainder = below_quarter - values
    for power, factor in zip(range(-2, 5), _EXP_OF_MINUS_POWERS, strict=True):
        bit = (remainder >> (fraction_bits + power)) & 1
        result = np.where(bit, doubling_high_word(result, factor), result)
    return np.where(values == 0, INT32_MAX, result)


_EXP_OF_MINUS_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(−2^k) × 2^31 for k = −2 … 4."""


def _exp_of_last_quarter(values: Integers) -> Integers:
    """exp of −1/4 ≤ value < 0, over 2^31, by its series about −1/8."""
    exp_of_minus_eighth, third = 1895147668, 715827883
    x = values + (1 << 28)
    x2 = doubling_high_word(x, x)
    x3, x4 = doubling_high_word(x2, x), doubling_high_word(x2, x2)
    tail = doubling_high_word(rounded_shift(x4, 2) + x3, third) + x2
    return exp_of_minus_eighth + doubling_high_word(x + rounded_shift(tail, 1), exp_of_minus_eighth)
