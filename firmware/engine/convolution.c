/* Convolution along rows, all input channels to all output channels: two rows and two channels at a time.
 *
 * Two rows' windows are first widened into scratch, in the order that ss_even and ss_odd give. Weights are
 * widened as they are read: as stored they take half the memory, and each serves two rows. */
#include "dot_block.h"
#include "kernels.h"
#include "scaling.h"

enum { ROWS = 2, WORDS_OF_GROUP = 2 * ROWS };

/* Four channels of one row: words 0 and 1 of a group, or 2 and 3. Doubled for narrow scaling. */
static inline void put(uint32_t *to, uint32_t bytes, bool doubled)
{
    const uint32_t even = ss_even(bytes), odd = ss_odd(bytes);
    to[0] = doubled ? ss_add_pairs(even, even) : even;
    to[1] = doubled ? ss_add_pairs(odd, odd) : odd;
}

static inline void widen_row(uint32_t *to, const int8_t *row, uint32_t channels, bool doubled)
{
    for (; channels >= 4; channels -= 4, row += 4, to += WORDS_OF_GROUP) {
        put(to, ss_load4(row), doubled);
    }
    if (channels > 0) {
        put(to, ss_load_part(row, channels), doubled);
    }
}

static void widen_padding(uint32_t *to, int32_t zero, uint32_t channels, bool doubled)
{
    const uint32_t bytes = (uint32_t)(uint8_t)zero * 0x01010101u;
    for (uint32_t channel = 0; channel < channels; channel += 4, to += WORDS_OF_GROUP) {
        put(to, bytes, doubled);
    }
}

/* The window of output row `row`, into every other pair of words. */
static inline void widen_window(uint32_t *to, const struct ss_layer *layer, const int8_t *input, int32_t row,
                                bool doubled)
{
    const uint32_t channels = layer->channels_in;
    int32_t source = row - layer->before;
    for (uint32_t tap = 0; tap < layer->taps; tap++) {
        if (source >= 0 && source < layer->rows_in) {
            widen_row(to, input + (uint32_t)source * channels, channels, doubled);
        } else {
            widen_padding(to, layer->zero_in, channels, doubled);
        }
        source += layer->dilation;
        to += ss_up_to_4(channels);
    }
}

/* All channels of two output rows, or of one whose window stands there twice and whose results are written
 * to one place. */
static SS_INLINE void convolve_rows(struct ss_layer layer, const uint8_t *image, const uint32_t *windows,
                                    int8_t *row_0, int8_t *row_1, bool wide)
{
    const struct ss_scaling *scaling = ss_scalings(&layer, image);
    const uint32_t *w = (const void *)(image + layer.data_at);
    const uint32_t *end = windows + layer.taps * ss_up_to_4(layer.channels_in);
    uint32_t left = layer.channels_out;
    for (; left >= 2; left -= 2, scaling += 2) {
        const struct ss_dot_block sum = ss_dot_block(windows, end, w, scaling[0].bias, scaling[1].bias);
        const struct ss_scaling of_0 = scaling[0], of_1 = scaling[1];
        w = sum.w;
        *row_0++ = (int8_t)ss_scale(sum.row_0[0], of_0, layer.zero_out, wide);
        *row_0++ = (int8_t)ss_scale(sum.row_0[1], of_1, layer.zero_out, wide);
        *row_1++ = (int8_t)ss_scale(sum.row_1[0], of_0, layer.zero_out, wide);
        *row_1++ = (int8_t)ss_scale(sum.row_1[1], of_1, layer.zero_out, wide);
    }
    if (left > 0) {
        const struct ss_dot_block sum = ss_dot_block(windows, end, w, scaling[0].bias, scaling[1].bias);
        *row_0 = (int8_t)ss_scale(sum.row_0[0], scaling[0], layer.zero_out, wide);
        *row_1 = (int8_t)ss_scale(sum.row_1[0], scaling[0], layer.zero_out, wide);
    }
}

static SS_INLINE void convolve(struct ss_layer layer, const uint8_t *image, int8_t *arena, bool wide)
{
    const int8_t *input = arena + layer.input_at;
    int8_t *out = arena + layer.output_at;
    uint32_t *windows = (void *)(arena + layer.scratch_at);
    const uint32_t channels = layer.channels_out;
    for (int32_t row = 0; row < layer.rows_out; row += ROWS, out += ROWS * channels) {
        const bool is_last = row + 1 == layer.rows_out;
        widen_window(windows, &layer, input, row, !wide);
        widen_window(windows + 2, &layer, input, is_last ? row : row + 1, !wide);
        convolve_rows(layer, image, windows, out, is_last ? out : out + channels, wide);
    }
}

void ss_convolution(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    if (layer->flags & SS_WIDE) {
        convolve(*layer, image, arena, true);
    } else {
        convolve(*layer, image, arena, false);
    }
}
