/* Depthwise convolution along rows: four channels at a time, whose weights are stored widened. */
#include "kernels.h"
#include "scaling.h"

enum { CHANNELS = 4 };

/* Where each tap of output row `row` reads: arena offsets of input rows, or of the row of padding. */
static void find_taps(uint32_t *taps, const struct ss_layer *layer, uint32_t padding_at, int32_t row)
{
    int32_t source = row - layer->before;
    for (uint32_t tap = 0; tap < layer->taps; tap++) {
        const bool inside = source >= 0 && source < layer->rows_in;
        taps[tap] = inside ? layer->input_at + (uint32_t)source * layer->channels_in : padding_at;
        source += layer->dilation;
    }
}

static inline int8_t scale(int32_t sum, const struct ss_scaling *scaling, int32_t zero_out, bool wide)
{
    return wide ? ss_scale_wide(sum, *scaling, zero_out) : ss_scale_narrow(sum, *scaling);
}

/* Four channels of a row, or the `channels` < 4 last ones. */
static inline void convolve_channels(const int8_t *from, const uint32_t *taps, uint32_t count, const uint32_t *w,
                                     const struct ss_scaling *scaling, int8_t *out, uint32_t channels,
                                     int32_t zero_out, bool wide)
{
    int32_t sum_0 = scaling[0].bias, sum_1 = scaling[1].bias;
    int32_t sum_2 = scaling[2].bias, sum_3 = scaling[3].bias;
#pragma GCC unroll 8
    for (uint32_t tap = 0; tap < count; tap++) {
        const int8_t *row = from + taps[tap];
        const uint32_t bytes = channels == CHANNELS ? ss_load4(row) : ss_load_part(row, channels);
        const uint32_t even = ss_even(bytes), odd = ss_odd(bytes);
        sum_0 = ss_low_product(even, w[2 * tap], sum_0);
        sum_2 = ss_high_product(even, w[2 * tap], sum_2);
        sum_1 = ss_low_product(odd, w[2 * tap + 1], sum_1);
        sum_3 = ss_high_product(odd, w[2 * tap + 1], sum_3);
    }
    const int32_t sums[CHANNELS] = {sum_0, sum_1, sum_2, sum_3};
#pragma GCC unroll 4
    for (uint32_t channel = 0; channel < channels; channel++) {
        out[channel] = scale(sums[channel], &scaling[channel], zero_out, wide);
    }
}

static inline void convolve_row(const struct ss_layer *layer, const uint8_t *image, const int8_t *arena,
                                const uint32_t *taps, int8_t *out, uint32_t count, bool wide)
{
    const uint32_t *w = (const uint32_t *)(const void *)(image + layer->data_at);
    const struct ss_scaling *scaling = ss_scalings(layer, image);
    const uint32_t channels = layer->channels_out;
    uint32_t channel = 0;
    for (; channel + CHANNELS <= channels; channel += CHANNELS) {
        convolve_channels(arena + channel, taps, count, w, scaling, out + channel, CHANNELS, layer->zero_out, wide);
        w += 2 * count;
        scaling += CHANNELS;
    }
    if (channel < channels) {
        convolve_channels(arena + channel, taps, count, w, scaling, out + channel, channels - channel,
                          layer->zero_out, wide);
    }
}

void ss_depthwise(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const uint32_t padding_at = layer->scratch_at;
    uint32_t *taps = (uint32_t *)(void *)(arena + padding_at + ss_up_to_4(layer->channels_in));
    int8_t *out = arena + layer->output_at;
    memset(arena + padding_at, layer->zero_in, layer->channels_in);
    for (int32_t row = 0; row < layer->rows_out; row++, out += layer->channels_out) {
        find_taps(taps, layer, padding_at, row);
        if (layer->flags & SS_WIDE) {
            convolve_row(layer, image, arena, taps, out, layer->taps, true);
        } else if (layer->taps == 7) {
            convolve_row(layer, image, arena, taps, out, 7, false);
        } else if (layer->taps == 5) {
            convolve_row(layer, image, arena, taps, out, 5, false);
        } else if (layer->taps == 3) {
            convolve_row(layer, image, arena, taps, out, 3, false);
        } else {
            convolve_row(layer, image, arena, taps, out, layer->taps, false);
        }
    }
}
