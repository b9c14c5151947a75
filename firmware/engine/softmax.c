/* Softmax over the channels of each row, in the fixed-point arithmetic of the TensorFlow Lite reference:
 * values as integers over 2^31 (Q0.31) unless another format is named. */
#include "kernels.h"
#include "scaling.h"

enum { SUM_INTEGER_BITS = 12, OUTPUT_BITS = 8 };

static inline int32_t saturated_shift_left(int32_t value, int32_t shift)
{
    const int64_t shifted = (int64_t)value * ((int64_t)1 << shift);
    return (int32_t)(shifted > INT32_MAX ? INT32_MAX : shifted < INT32_MIN ? INT32_MIN : shifted);
}

/* (a + b) / 2 of values that are not negative, halves up. */
static inline int32_t half_sum(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a + b + 1) >> 1);
}

/* 1 / (1 + x) for x from 0 to 1: three steps of Newton and Raphson from 48/17 − 32/17 d, d = (1 + x) / 2. */
static int32_t one_over_one_plus(int32_t x)
{
    const int32_t q2_48_over_17 = 1515870810, q2_minus_32_over_17 = -1010580540, q2_one = 1 << 29;
    const int32_t half_denominator = half_sum(x, INT32_MAX);
    int32_t estimate = q2_48_over_17 + ss_doubling_high_word(half_denominator, q2_minus_32_over_17);
    for (int step = 0; step < 3; step++) {
        const int32_t error = q2_one - ss_doubling_high_word(half_denominator, estimate);
        const int32_t correction = saturated_shift_left(ss_doubling_high_word(estimate, error), 2);
        estimate = ss_wrapping_add(estimate, correction);
    }
    return saturated_shift_left(estimate, 1);
}

static void softmax_row(const int32_t *exponentials, const int8_t *x, int8_t *out, uint32_t channels)
{
    int32_t greatest = x[0];
    for (uint32_t i = 1; i < channels; i++) {
        greatest = x[i] > greatest ? x[i] : greatest;
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i < channels; i++) {
        sum += (uint32_t)ss_rounded_shift(exponentials[greatest - x[i]], SUM_INTEGER_BITS);
    }
    /* the greatest adds 2^19, and there are at most SS_MAX_SOFTMAX_CHANNELS: 4 to 12 leading zeros */
    const int32_t headroom = __builtin_clz(sum);
    const int32_t reciprocal = one_over_one_plus((int32_t)((sum << headroom) - ((uint32_t)1 << 31)));
    const int32_t shift = SUM_INTEGER_BITS - headroom + 31 - OUTPUT_BITS;
    for (uint32_t i = 0; i < channels; i++) {
        const int32_t share = ss_doubling_high_word(reciprocal, exponentials[greatest - x[i]]);
        out[i] = (int8_t)ss_saturate(ss_wrapping_add(ss_rounded_shift(share, shift), -128));
    }
}

void ss_softmax(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const int32_t *exponentials = (const int32_t *)(const void *)(image + layer->data_at);
    const int8_t *x = arena + layer->input_at;
    int8_t *out = arena + layer->output_at;
    const uint32_t channels = layer->channels_in;
    for (uint32_t row = 0; row < layer->rows_in; row++, x += channels, out += channels) {
        softmax_row(exponentials, x, out, channels);
    }
}
