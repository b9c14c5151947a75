#include "scaling.h"

int32_t ss_rounded_shift(int32_t value, int32_t shift)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << shift) - 1u);
    const int32_t threshold = (mask >> 1) + (value < 0);
    return (value >> shift) + ((value & mask) > threshold);
}

int32_t ss_scale_wide(int32_t accumulator, int32_t multiplier, int32_t shift, int32_t zero_out)
{
    const int32_t left = shift < 0 ? -shift : 0;
    const int32_t right = shift > 0 ? shift : 0;
    const int32_t shifted = (int32_t)((uint32_t)accumulator << left);
    const int32_t scaled = ss_rounded_shift(ss_doubling_high_word(shifted, multiplier), right);
    return ss_saturate(ss_wrapping_add(scaled, zero_out));
}
