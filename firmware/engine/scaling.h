/* From accumulators to int8, rounding as the TensorFlow Lite reference does: docs/board_image.md, Scaling. */
#ifndef SS_SCALING_H
#define SS_SCALING_H

#include "dual.h"
#include "image_format.h"

/* (value × multiplier × 2 + 2^31) >> 32 in 64 bits: gemmlowp's saturating rounding doubling high multiply,
 * without its one saturating case, both factors −2^31, which no multiplier is. */
static inline int32_t ss_doubling_high_word(int32_t value, int32_t multiplier)
{
    return (int32_t)(((int64_t)value * multiplier + ((int64_t)1 << 30)) >> 31);
}

/* value / 2^shift, halves away from zero; shift 0 … 31. */
static inline int32_t ss_rounded_shift(int32_t value, int32_t shift)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << shift) - 1u);
    const int32_t threshold = (mask >> 1) + (value < 0);
    return (value >> shift) + ((value & mask) > threshold);
}

/* Of an accumulator of twice the value, bias included. */
static inline int8_t ss_scale_narrow(int32_t doubled, struct ss_scaling scaling)
{
    const int32_t product = ss_rounded_high_word(doubled, scaling.multiplier);
    const int32_t away_from_zero = ss_wrapping_add(product, product >> 31);
    return ss_saturate(ss_wrapping_add(away_from_zero, scaling.addend) >> scaling.shift);
}

static inline int8_t ss_scale_wide(int32_t accumulator, struct ss_scaling scaling, int32_t zero_out)
{
    const int32_t left = scaling.shift < 0 ? -scaling.shift : 0;
    const int32_t right = scaling.shift > 0 ? scaling.shift : 0;
    const int32_t shifted = (int32_t)((uint32_t)accumulator << left);
    const int32_t scaled = ss_rounded_shift(ss_doubling_high_word(shifted, scaling.multiplier), right);
    return ss_saturate(ss_wrapping_add(scaled, zero_out));
}

#endif
