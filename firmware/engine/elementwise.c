/* Sum and product of two operands, which may be written over. */
#include "kernels.h"
#include "scaling.h"

/* What each operand adds stands in a table of its own, in which both rescalings of the reference are. */
static SS_INLINE void sum(struct ss_layer layer, const uint8_t *image, int8_t *arena, bool wide)
{
    const struct ss_scaling scaling = *ss_scalings(&layer, image);
    const int32_t *of_first = ss_words(image + layer.data_at);
    const int32_t *of_second = SS_IN_REGISTER(of_first + 256);
    const bool by_row = layer.flags & SS_SECOND_IS_ROW;
    const uint32_t channels = layer.channels_in;
    const uint32_t rows = by_row ? layer.rows_in : 1;
    const uint32_t length = by_row ? channels : layer.rows_in * channels;
    const uint8_t *x = (const uint8_t *)(arena + layer.input_at);
    const uint8_t *second = (const uint8_t *)ss_second(&layer, image, arena);
    int8_t *out = arena + layer.output_at;
    for (uint32_t row = 0; row < rows; row++, x += length, out += length) {
#pragma GCC unroll 4
        for (uint32_t i = 0; i < length; i++) {
            const int32_t total = ss_wrapping_add(of_first[x[i]], of_second[second[i]]);
            out[i] = (int8_t)ss_scale(total, scaling, layer.zero_out, wide);
        }
    }
}

void ss_sum(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    if (layer->flags & SS_WIDE) {
        sum(*layer, image, arena, true);
    } else {
        sum(*layer, image, arena, false);
    }
}

static SS_INLINE void product(struct ss_layer layer, const uint8_t *image, int8_t *arena, bool wide)
{
    const struct ss_scaling scaling = *ss_scalings(&layer, image);
    const int32_t factor = wide ? 1 : 2;
    const uint32_t elements = (uint32_t)layer.rows_in * layer.channels_in;
    const int8_t *x = arena + layer.input_at;
    const int8_t *second = ss_second(&layer, image, arena);
    int8_t *out = arena + layer.output_at;
    for (uint32_t i = 0; i < elements; i++) {
        const int32_t value = (x[i] - layer.zero_in) * (second[i] - layer.zero_second) * factor;
        out[i] = (int8_t)ss_scale(value, scaling, layer.zero_out, wide);
    }
}

/* One row for every row: channel by channel, so that the factor stays in a register. */
static SS_INLINE void product_by_row(struct ss_layer layer, const uint8_t *image, int8_t *arena, bool wide)
{
    const struct ss_scaling scaling = *ss_scalings(&layer, image);
    const uint32_t channels = layer.channels_in;
    const int8_t *second = ss_second(&layer, image, arena);
    for (uint32_t channel = 0; channel < channels; channel++) {
        const int32_t factor = (second[channel] - layer.zero_second) * (wide ? 1 : 2);
        const int32_t offset = -layer.zero_in * factor;
        const int8_t *x = arena + layer.input_at + channel;
        int8_t *out = arena + layer.output_at + channel;
        uint32_t at = 0;
#pragma GCC unroll 4
        for (uint32_t row = 0; row < layer.rows_in; row++, at += channels) {
            out[at] = (int8_t)ss_scale(x[at] * factor + offset, scaling, layer.zero_out, wide);
        }
    }
}

void ss_product(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    switch (layer->flags & (SS_SECOND_IS_ROW | SS_WIDE)) {
    case SS_SECOND_IS_ROW | SS_WIDE:
        product_by_row(*layer, image, arena, true);
        break;
    case SS_SECOND_IS_ROW:
        product_by_row(*layer, image, arena, false);
        break;
    case SS_WIDE:
        product(*layer, image, arena, true);
        break;
    default:
        product(*layer, image, arena, false);
        break;
    }
}
