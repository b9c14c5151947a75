/* Sum and product of two operands, which may be written over. */
#include "kernels.h"
#include "scaling.h"

/* What each operand adds, scaled, stands in a table of its own: both rescalings of the reference are in it. */
void ss_sum(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const int32_t *of_first = (const int32_t *)(const void *)(image + layer->data_at);
    const int32_t *of_second = of_first + 256;
    const struct ss_scaling scaling = *ss_scalings(layer, image);
    const uint8_t *x = (const uint8_t *)(arena + layer->input_at);
    const uint8_t *second = (const uint8_t *)ss_second(layer, image, arena);
    const uint32_t channels = layer->channels_in;
    int8_t *out = arena + layer->output_at;
    for (uint32_t row = 0; row < layer->rows_in; row++, x += channels, out += channels) {
        for (uint32_t i = 0; i < channels; i++) {
            const int32_t sum = ss_wrapping_add(of_first[x[i]], of_second[second[i]]);
            out[i] = layer->flags & SS_WIDE ? ss_scale_wide(sum, scaling, layer->zero_out)
                                            : ss_scale_narrow(sum, scaling);
        }
        second += layer->flags & SS_SECOND_IS_ROW ? 0 : channels;
    }
}

static inline int8_t product(int32_t x, int32_t second, const struct ss_layer *layer, struct ss_scaling scaling)
{
    return layer->flags & SS_WIDE ? ss_scale_wide(x * second, scaling, layer->zero_out)
                                  : ss_scale_narrow(2 * x * second, scaling);
}

/* One row for every row: channel by channel, so that the factor stays in a register. */
static void multiply_by_row(const struct ss_layer *layer, const int8_t *x, const int8_t *factors, int8_t *out,
                            struct ss_scaling scaling)
{
    const uint32_t channels = layer->channels_in;
    const uint32_t elements = layer->rows_in * channels;
    for (uint32_t channel = 0; channel < channels; channel++) {
        const int32_t factor = factors[channel] - layer->zero_second;
        for (uint32_t i = channel; i < elements; i += channels) {
            out[i] = product(x[i] - layer->zero_in, factor, layer, scaling);
        }
    }
}

void ss_product(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const struct ss_scaling scaling = *ss_scalings(layer, image);
    const int8_t *x = arena + layer->input_at;
    const int8_t *second = ss_second(layer, image, arena);
    int8_t *out = arena + layer->output_at;
    if (layer->flags & SS_SECOND_IS_ROW) {
        multiply_by_row(layer, x, second, out, scaling);
        return;
    }
    const uint32_t elements = (uint32_t)layer->rows_in * layer->channels_in;
    for (uint32_t i = 0; i < elements; i++) {
        out[i] = product(x[i] - layer->zero_in, second[i] - layer->zero_second, layer, scaling);
    }
}
