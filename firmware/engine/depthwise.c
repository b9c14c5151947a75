/* Depthwise convolution along rows: four channels at a time, whose weights are stored widened. */
#include "kernels.h"
#include "scaling.h"

/* The sums of four channels on their way through the taps: where the next tap's row is told, where the next
 * weights are. */
struct walk {
    const uint32_t *tap;
    const uint32_t *w;
    int32_t sum_0, sum_1, sum_2, sum_3;
};

/* Adds one tap. `from`: the arena at the first of the channels. */
static SS_INLINE void add_tap(struct walk *walk, const int8_t *from)
{
#if SS_DSP
    uint32_t even, odd, w_even, w_odd;
    __asm("ldr %[odd], [%[tap]], #4\n\t"
          "ldrd %[w_even], %[w_odd], [%[w]], #8\n\t"
          "ldr %[odd], [%[from], %[odd]]\n\t"
          "sxtb16 %[even], %[odd]\n\t"
          "sxtb16 %[odd], %[odd], ror #8\n\t"
          "smlabb %[sum_0], %[even], %[w_even], %[sum_0]\n\t"
          "smlatt %[sum_2], %[even], %[w_even], %[sum_2]\n\t"
          "smlabb %[sum_1], %[odd], %[w_odd], %[sum_1]\n\t"
          "smlatt %[sum_3], %[odd], %[w_odd], %[sum_3]"
          : [tap] "+&r"(walk->tap), [w] "+&r"(walk->w), [sum_0] "+&r"(walk->sum_0),
            [sum_1] "+&r"(walk->sum_1), [sum_2] "+&r"(walk->sum_2), [sum_3] "+&r"(walk->sum_3),
            [even] "=&r"(even), [odd] "=&r"(odd), [w_even] "=&r"(w_even), [w_odd] "=&r"(w_odd)
          : [from] "r"(from)
          : "memory");
#else
    const uint32_t bytes = ss_load4(from + *walk->tap++);
    const uint32_t w_even = *walk->w++, w_odd = *walk->w++;
    walk->sum_0 = ss_low_product(ss_even(bytes), w_even, walk->sum_0);
    walk->sum_2 = ss_high_product(ss_even(bytes), w_even, walk->sum_2);
    walk->sum_1 = ss_low_product(ss_odd(bytes), w_odd, walk->sum_1);
    walk->sum_3 = ss_high_product(ss_odd(bytes), w_odd, walk->sum_3);
#endif
}

/* As add_tap, of the `channels` < 4 last ones: not a byte beyond them is read. */
static inline void add_tap_of_last(struct walk *walk, const int8_t *from, uint32_t channels)
{
    const uint32_t bytes = ss_load_part(from + *walk->tap++, channels);
    const uint32_t w_even = *walk->w++, w_odd = *walk->w++;
    walk->sum_0 = ss_low_product(ss_even(bytes), w_even, walk->sum_0);
    walk->sum_2 = ss_high_product(ss_even(bytes), w_even, walk->sum_2);
    walk->sum_1 = ss_low_product(ss_odd(bytes), w_odd, walk->sum_1);
}

static inline struct walk begin(const uint32_t *taps, const uint32_t *w, const struct ss_scaling *scaling)
{
    return (struct walk){taps, w, scaling[0].bias, scaling[1].bias, scaling[2].bias, scaling[3].bias};
}

/* Where each tap of output row `row` reads: arena offsets of input rows, or of the row of padding. */
static inline void find_taps(uint32_t *taps, const struct ss_layer *layer, uint32_t padding_at, int32_t row)
{
    const int32_t channels = layer->channels_in;
    int32_t source = row - layer->before;
    for (uint32_t tap = 0; tap < layer->taps; tap++, source += layer->dilation) {
        const bool is_inside = source >= 0 && source < layer->rows_in;
        taps[tap] = is_inside ? layer->input_at + (uint32_t)(source * channels) : padding_at;
    }
}

static SS_INLINE void convolve_row(struct ss_layer layer, const uint8_t *image, const int8_t *arena,
                                   const uint32_t *taps, int8_t *out, uint32_t count, bool wide)
{
    const struct ss_scaling *scaling = ss_scalings(&layer, image);
    const uint32_t *w = (const void *)(image + layer.data_at);
    uint32_t left = layer.channels_out;
    for (; left >= 4; left -= 4, scaling += 4, arena += 4) {
        struct walk walk = begin(taps, w, scaling);
#pragma GCC unroll 7
        for (uint32_t tap = 0; tap < count; tap++) {
            add_tap(&walk, arena);
        }
        w = walk.w;
        *out++ = (int8_t)ss_scale(walk.sum_0, scaling[0], layer.zero_out, wide);
        *out++ = (int8_t)ss_scale(walk.sum_1, scaling[1], layer.zero_out, wide);
        *out++ = (int8_t)ss_scale(walk.sum_2, scaling[2], layer.zero_out, wide);
        *out++ = (int8_t)ss_scale(walk.sum_3, scaling[3], layer.zero_out, wide);
    }
    if (left > 0) {
        struct walk walk = begin(taps, w, scaling);
        for (uint32_t tap = 0; tap < layer.taps; tap++) {
            add_tap_of_last(&walk, arena, left);
        }
        const int32_t sums[3] = {walk.sum_0, walk.sum_1, walk.sum_2};
        for (uint32_t channel = 0; channel < left; channel++) {
            *out++ = (int8_t)ss_scale(sums[channel], scaling[channel], layer.zero_out, wide);
        }
    }
}

static SS_INLINE void convolve(struct ss_layer layer, const uint8_t *image, int8_t *arena, uint32_t count,
                               bool wide)
{
    const uint32_t padding_at = layer.scratch_at;
    uint32_t *taps = (void *)(arena + padding_at + ss_up_to_4(layer.channels_in));
    int8_t *out = arena + layer.output_at;
    memset(arena + padding_at, layer.zero_in, layer.channels_in);
    for (int32_t row = 0; row < layer.rows_out; row++, out += layer.channels_out) {
        find_taps(taps, &layer, padding_at, row);
        convolve_row(layer, image, arena, taps, out, count, wide);
    }
}

void ss_depthwise(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const uint32_t taps = layer->taps;
    if (layer->flags & SS_WIDE) {
        convolve(*layer, image, arena, taps, true);
    } else if (taps == 7) {
        convolve(*layer, image, arena, 7, false);
    } else if (taps == 5) {
        convolve(*layer, image, arena, 5, false);
    } else if (taps == 3) {
        convolve(*layer, image, arena, 3, false);
    } else {
        convolve(*layer, image, arena, taps, false);
    }
}
