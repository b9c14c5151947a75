/* Mean over rows, four channels at a time. */
#include "kernels.h"
#include "scaling.h"

/* Rows whose sums fit 16 bits. */
enum { ROWS_AT_ONCE = 128 };

static inline uint32_t load(const int8_t *from, uint32_t channels)
{
    return channels >= 4 ? ss_load4(from) : ss_load_part(from, channels);
}

void ss_mean(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const struct ss_scaling scaling = *ss_scalings(layer, image);
    const uint32_t channels = layer->channels_in;
    int8_t *out = arena + layer->output_at;
    for (uint32_t channel = 0; channel < channels; channel += 4) {
        const uint32_t count = channels - channel;
        const int8_t *from = arena + layer->input_at + channel;
        int32_t sums[4] = {scaling.bias, scaling.bias, scaling.bias, scaling.bias};
        for (uint32_t row = 0; row < layer->rows_in;) {
            uint32_t even = 0, odd = 0;
            const uint32_t end = row + ROWS_AT_ONCE < layer->rows_in ? row + ROWS_AT_ONCE : layer->rows_in;
            for (; row < end; row++, from += channels) {
                const uint32_t bytes = load(from, count);
                even = ss_add_pairs(even, ss_even(bytes));
                odd = ss_add_pairs(odd, ss_odd(bytes));
            }
            sums[0] = ss_low_product(even, 1, sums[0]);
            sums[1] = ss_low_product(odd, 1, sums[1]);
            sums[2] = ss_high_product(even, 0x10000u, sums[2]);
            sums[3] = ss_high_product(odd, 0x10000u, sums[3]);
        }
        for (uint32_t i = 0; i < 4 && i < count; i++) {
            out[channel + i] = ss_scale_wide(sums[i], scaling, layer->zero_out);
        }
    }
}
