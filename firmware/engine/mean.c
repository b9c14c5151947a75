/* Mean over rows, four channels at a time. */
#include "kernels.h"
#include "scaling.h"

/* Rows whose sums fit 16 bits. */
enum { ROWS_AT_ONCE = 128 };

/* Sums of four channels, or of the `count` < 4 last ones. */
static SS_INLINE void sum_rows(int32_t sums[4], const int8_t *from, uint32_t rows, uint32_t channels,
                               uint32_t count)
{
    while (rows > 0) {
        const uint32_t now = rows < ROWS_AT_ONCE ? rows : ROWS_AT_ONCE;
        uint32_t even = 0, odd = 0;
#pragma GCC unroll 4
        for (uint32_t row = 0; row < now; row++, from += channels) {
            const uint32_t bytes = count == 4 ? ss_load4(from) : ss_load_part(from, count);
            even = ss_add_even(even, bytes);
            odd = ss_add_odd(odd, bytes);
        }
        sums[0] = ss_low_product(even, 1, sums[0]);
        sums[1] = ss_low_product(odd, 1, sums[1]);
        sums[2] = ss_high_product(even, 0x10000u, sums[2]);
        sums[3] = ss_high_product(odd, 0x10000u, sums[3]);
        rows -= now;
    }
}

void ss_mean(const struct ss_layer *pointer, const uint8_t *image, int8_t *arena)
{
    const struct ss_layer layer = *pointer;
    const struct ss_scaling scaling = *ss_scalings(&layer, image);
    const uint32_t channels = layer.channels_in;
    const int8_t *from = arena + layer.input_at;
    int8_t *out = arena + layer.output_at;
    for (uint32_t channel = 0; channel < channels; channel += 4) {
        int32_t sums[4] = {scaling.bias, scaling.bias, scaling.bias, scaling.bias};
        const uint32_t count = channels - channel < 4 ? channels - channel : 4;
        if (count == 4) {
            sum_rows(sums, from + channel, layer.rows_in, channels, 4);
        } else {
            sum_rows(sums, from + channel, layer.rows_in, channels, count);
        }
        for (uint32_t i = 0; i < count; i++) {
            out[channel + i] = (int8_t)ss_scale(sums[i], scaling, layer.zero_out, true);
        }
    }
}
