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
int32_t ss_rounded_shift(int32_t value, int32_t shift);

/* Of an accumulator with its bias; shift −31 … 31, to the left where it is negative. */
int32_t ss_scale_wide(int32_t accumulator, int32_t multiplier, int32_t shift, int32_t zero_out);

/* Of twice an accumulator with its bias; zero_out is in the addend. */
static inline int32_t ss_scale_narrow(int32_t doubled, int32_t multiplier, int32_t addend, int32_t shift)
{
    const int32_t product = ss_rounded_high_word(doubled, multiplier);
    const int32_t away_from_zero = ss_wrapping_add(product, product >> 31);
    return ss_saturate(ss_wrapping_add(away_from_zero, addend) >> shift);
}

/* Either, where `wide` is known when this is compiled. */
static inline int32_t ss_scale(int32_t sum, struct ss_scaling scaling, int32_t zero_out, bool wide)
{
    return wide ? ss_scale_wide(sum, scaling.multiplier, scaling.shift, zero_out)
                : ss_scale_narrow(sum, scaling.multiplier, scaling.addend, scaling.shift);
}

#endif
