"""The arithmetic of scaling against exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from host_engine import library
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepstudio.deployment.lowering.arithmetic import doubling_high_word, rounded_shift, scale
from sleepstudio.deployment.lowering.scaling import Channel, scaling

INT32 = st.integers(-(2**31), 2**31 - 1)
MULTIPLIER = st.integers(2**30, 2**31 - 1)
many = settings(max_examples=1000, deadline=None)


def wrapped(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def reference(accumulator: int, multiplier: int, shift: int) -> int:
    """Two roundings: of a × m / 2^31 to the nearest, halves up; of that / 2^shift, halves away from zero."""
    shifted = wrapped(accumulator << max(0, -shift))
    once = math.floor(Fraction(shifted * multiplier, 2**31) + Fraction(1, 2))
    return halves_away(once, max(0, shift))


def halves_away(value: int, shift: int) -> int:
    nearest = math.floor(Fraction(abs(value), 2**shift) + Fraction(1, 2))
    return nearest if value >= 0 else -nearest


@given(a=INT32, m=MULTIPLIER, shift=st.integers(-31, 31), zero=st.integers(-128, 127))
@many
def test_wide_scaling(a: int, m: int, shift: int, zero: int) -> None:
    expected = max(-128, min(127, wrapped(reference(a, m, shift) + zero)))
    assert library().ss_scale_wide(a, m, shift, zero) == expected


@given(a=INT32, m=MULTIPLIER, shift=st.integers(-31, 31))
@many
def test_the_writers_own_arithmetic(a: int, m: int, shift: int) -> None:
    values = np.array([a])
    assert scale(values, m, -shift)[0] == reference(a, m, shift)
    assert doubling_high_word(values, m)[0] == reference(a, m, 0)
    assert rounded_shift(values, max(0, shift))[0] == halves_away(a, max(0, shift))


@given(data=st.data(), multiplier=st.floats(2**-24, 0.999), zero=st.integers(-128, 127),
       bias=st.integers(-(2**29), 2**29), bound=st.integers(0, 2**31))  # fmt: skip
@many
def test_narrow_scaling_where_the_writer_allows_it(
    data: st.DataObject, multiplier: float, zero: int, bias: int, bound: int
) -> None:
    """For every sum within the bound that the writer gave, also next to it."""
    made = scaling([Channel(bias, multiplier, bound)], zero)
    stored_bias, m, addend, shift = (int(value) for value in made.records[0])
    total = data.draw(st.one_of(st.integers(-bound, bound), st.sampled_from([-bound, bound])))
    if made.wide:
        assert addend == 0
        assert stored_bias == bias
        return
    assert stored_bias == 2 * bias
    expected = max(-128, min(127, reference(total, m, shift) + zero))
    assert library().ss_test_scale_narrow(wrapped(2 * total), m, addend, shift) == expected


@given(a=INT32, m=MULTIPLIER)
@many
def test_the_doubling_high_word(a: int, m: int) -> None:
    assert library().ss_test_doubling_high_word(a, m) == reference(a, m, 0)


@given(a=INT32, shift=st.integers(0, 31))
@many
def test_shifts_round_halves_away_from_zero(a: int, shift: int) -> None:
    assert library().ss_rounded_shift(a, shift) == halves_away(a, shift)
