/* Convolution along rows, all input channels to all output channels: two rows and two channels at a time.
 *
 * Two rows' windows are first widened into scratch, in the order that ss_even and ss_odd give. Weights are
 * widened as they are read: as stored they take half the memory, and each serves two rows. */
#include "kernels.h"
#include "scaling.h"

enum { ROWS = 2, CHANNELS = 2, WORDS_OF_GROUP = 2 * ROWS };

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

struct block {
    int32_t sum[ROWS][CHANNELS];
};

static inline struct block multiply(const uint32_t *x, const uint32_t *w, uint32_t groups, int32_t bias_0,
                                    int32_t bias_1)
{
    int32_t sum_00 = bias_0, sum_01 = bias_1, sum_10 = bias_0, sum_11 = bias_1;
    for (const uint32_t *end = x + groups * WORDS_OF_GROUP; x != end; x += WORDS_OF_GROUP, w += CHANNELS) {
        const uint32_t even_0 = ss_even(w[0]), odd_0 = ss_odd(w[0]);
        const uint32_t even_1 = ss_even(w[1]), odd_1 = ss_odd(w[1]);
        sum_00 = ss_dot(x[0], even_0, sum_00);
        sum_01 = ss_dot(x[0], even_1, sum_01);
        sum_00 = ss_dot(x[1], odd_0, sum_00);
        sum_01 = ss_dot(x[1], odd_1, sum_01);
        sum_10 = ss_dot(x[2], even_0, sum_10);
        sum_11 = ss_dot(x[2], even_1, sum_11);
        sum_10 = ss_dot(x[3], odd_0, sum_10);
        sum_11 = ss_dot(x[3], odd_1, sum_11);
    }
    return (struct block){{{sum_00, sum_01}, {sum_10, sum_11}}};
}

static inline int8_t scale(int32_t sum, const struct ss_scaling *scaling, int32_t zero_out, bool wide)
{
    return wide ? ss_scale_wide(sum, *scaling, zero_out) : ss_scale_narrow(sum, *scaling);
}

/* All channels of `rows` output rows, 1 or 2, from their windows. */
static inline void convolve_rows(const struct ss_layer *layer, const uint8_t *image, const uint32_t *windows,
                                 int8_t *out, uint32_t rows, bool wide)
{
    const struct ss_scaling *scaling = ss_scalings(layer, image);
    const uint32_t *w = (const uint32_t *)(const void *)(image + layer->data_at);
    const uint32_t channels = layer->channels_out;
    const uint32_t groups = layer->taps * (ss_up_to_4(layer->channels_in) / 4);
    int8_t *next = out + (rows == ROWS ? channels : 0);
    for (uint32_t channel = 0; channel < channels; channel += CHANNELS) {
        const struct block block = multiply(windows, w, groups, scaling[0].bias, scaling[1].bias);
        /* a row that is not there is the first again */
        next[channel] = scale(block.sum[1][0], &scaling[0], layer->zero_out, wide);
        out[channel] = scale(block.sum[0][0], &scaling[0], layer->zero_out, wide);
        if (channel + 1 < channels) {
            next[channel + 1] = scale(block.sum[1][1], &scaling[1], layer->zero_out, wide);
            out[channel + 1] = scale(block.sum[0][1], &scaling[1], layer->zero_out, wide);
        }
        w += groups * CHANNELS;
        scaling += CHANNELS;
    }
}

static inline void convolve(const struct ss_layer *layer, const uint8_t *image, int8_t *arena, bool wide)
{
    const int8_t *input = arena + layer->input_at;
    int8_t *out = arena + layer->output_at;
    uint32_t *windows = (uint32_t *)(void *)(arena + layer->scratch_at);
    for (int32_t row = 0; row < layer->rows_out; row += ROWS) {
        const uint32_t rows = layer->rows_out - row >= ROWS ? ROWS : 1;
        widen_window(windows, layer, input, row, !wide);
        widen_window(windows + 2, layer, input, rows == ROWS ? row + 1 : row, !wide);
        convolve_rows(layer, image, windows, out, rows, wide);
        out += rows * layer->channels_out;
    }
}

void ss_convolution(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    if (layer->flags & SS_WIDE) {
        convolve(layer, image, arena, true);
    } else {
        convolve(layer, image, arena, false);
    }
}
