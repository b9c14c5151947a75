/* Whether a layer can be run on any input without leaving the arena and the image. */
#include <string.h>

#include "check.h"

struct part {
    uint32_t at;
    uint64_t bytes;
};

static uint64_t size(uint32_t rows, uint32_t channels)
{
    return (uint64_t)rows * channels;
}

static bool has_second(const struct ss_layer *layer)
{
    return layer->kind == SS_SUM || layer->kind == SS_PRODUCT;
}

static bool has_taps(const struct ss_layer *layer)
{
    return layer->kind == SS_CONVOLUTION || layer->kind == SS_DEPTHWISE;
}

static uint64_t macs(const struct ss_layer *layer)
{
    const uint64_t outputs = size(layer->rows_out, layer->channels_out);
    switch (layer->kind) {
    case SS_CONVOLUTION:
        return outputs * layer->taps * layer->channels_in;
    case SS_DEPTHWISE:
        return outputs * layer->taps;
    default:
        return 0;
    }
}

static bool rows_fit(const struct ss_layer *layer)
{
    switch (layer->kind) {
    case SS_CONVOLUTION:
    case SS_DEPTHWISE:
        return true; /* a tap outside reads padding */
    case SS_MEAN:
        return layer->rows_out == 1;
    case SS_PADDING:
        return (uint32_t)layer->before + layer->rows_in <= layer->rows_out;
    default:
        return layer->rows_in == layer->rows_out;
    }
}

static bool shape_fits(const struct ss_layer *layer)
{
    if (layer->rows_in == 0 || layer->rows_out == 0 || layer->channels_in == 0 || layer->channels_out == 0) {
        return false;
    }
    if (layer->kind != SS_CONVOLUTION && layer->channels_in != layer->channels_out) {
        return false;
    }
    if (has_taps(layer) && (layer->taps == 0 || layer->taps > SS_MAX_TAPS || layer->dilation == 0)) {
        return false;
    }
    if (layer->kind == SS_SOFTMAX && layer->channels_in > SS_MAX_SOFTMAX_CHANNELS) {
        return false;
    }
    return rows_fit(layer) && layer->macs == macs(layer);
}

static uint64_t scratch_bytes(const struct ss_layer *layer)
{
    switch (layer->kind) {
    case SS_CONVOLUTION:
        return 4 * size(layer->taps, ss_up_to_4(layer->channels_in));
    case SS_DEPTHWISE:
        return 4 * (uint64_t)layer->taps + ss_up_to_4(layer->channels_in);
    default:
        return 0;
    }
}

static bool are_apart(struct part a, struct part b)
{
    return a.bytes == 0 || b.bytes == 0 || a.at + a.bytes <= b.at || b.at + b.bytes <= a.at;
}

/* An operand may be written over element by element, one that is read again for each row may not. */
static bool may_be_result(const struct ss_layer *layer, struct part operand, struct part result)
{
    const bool is_same = operand.at == result.at && operand.bytes == result.bytes;
    return are_apart(operand, result) || (is_same && ss_is_elementwise(layer->kind));
}

static bool memory_fits(const struct ss_model *model, const struct ss_layer *layer)
{
    const uint32_t arena = model->arena_bytes;
    const struct part input = {layer->input_at, size(layer->rows_in, layer->channels_in)};
    const struct part output = {layer->output_at, size(layer->rows_out, layer->channels_out)};
    const struct part scratch = {layer->scratch_at, scratch_bytes(layer)};
    if (!ss_is_inside(input.at, input.bytes, arena) || !ss_is_inside(output.at, output.bytes, arena) ||
        !ss_is_inside(scratch.at, scratch.bytes, arena)) {
        return false;
    }
    if (!may_be_result(layer, input, output) || !are_apart(scratch, input) || !are_apart(scratch, output)) {
        return false;
    }
    if (has_second(layer) && !(layer->flags & SS_SECOND_IN_IMAGE)) {
        const uint32_t rows = layer->flags & SS_SECOND_IS_ROW ? 1 : layer->rows_in;
        const struct part second = {layer->second_at, size(rows, layer->channels_in)};
        return ss_is_inside(second.at, second.bytes, arena) && may_be_result(layer, second, output);
    }
    return true;
}

static uint64_t data_bytes(const struct ss_layer *layer)
{
    switch (layer->kind) {
    case SS_CONVOLUTION:
        return size(layer->taps, ss_up_to_4(layer->channels_in)) * ss_up_to_2(layer->channels_out);
    case SS_DEPTHWISE:
        return 2 * size(layer->taps, ss_up_to_4(layer->channels_in));
    case SS_SUM:
        return 2 * 256 * sizeof(int32_t);
    case SS_TABLE:
        return 256;
    case SS_SOFTMAX:
        return 256 * sizeof(int32_t);
    default:
        return 0;
    }
}

static uint32_t scaling_count(const struct ss_layer *layer)
{
    switch (layer->kind) {
    case SS_CONVOLUTION:
        return ss_up_to_2(layer->channels_out);
    case SS_DEPTHWISE:
        return ss_up_to_4(layer->channels_out);
    case SS_SUM:
    case SS_PRODUCT:
    case SS_MEAN:
        return 1;
    default:
        return 0;
    }
}

static bool data_fits(const struct ss_model *model, const struct ss_layer *layer)
{
    const uint64_t scaling_bytes = scaling_count(layer) * (uint64_t)sizeof(struct ss_scaling);
    if (!ss_is_inside(layer->data_at, data_bytes(layer), model->total_bytes) ||
        !ss_is_inside(layer->scaling_at, scaling_bytes, model->total_bytes)) {
        return false;
    }
    if (has_second(layer) && layer->flags & SS_SECOND_IN_IMAGE) {
        const uint32_t rows = layer->flags & SS_SECOND_IS_ROW ? 1 : layer->rows_in;
        return ss_is_inside(layer->second_at, size(rows, layer->channels_in), model->total_bytes);
    }
    return true;
}

static bool is_int8(int32_t value)
{
    return value >= INT8_MIN && value <= INT8_MAX;
}

static bool shifts_fit(const struct ss_model *model, const struct ss_layer *layer)
{
    const bool wide = layer->flags & SS_WIDE;
    for (uint32_t i = 0; i < scaling_count(layer); i++) {
        struct ss_scaling scaling;
        memcpy(&scaling, model->image + layer->scaling_at + i * sizeof scaling, sizeof scaling);
        if (scaling.shift < (wide ? -31 : 1) || scaling.shift > (wide ? 31 : 22)) {
            return false;
        }
    }
    return true;
}

/* The greatest channel's exponential is 1, none is negative: then no sum of them leaves 32 bits. */
static bool exponentials_fit(const struct ss_model *model, const struct ss_layer *layer)
{
    for (uint32_t i = 0; i < 256; i++) {
        int32_t value;
        memcpy(&value, model->image + layer->data_at + i * sizeof value, sizeof value);
        if (value < 0 || (i == 0 && value != INT32_MAX)) {
            return false;
        }
    }
    return true;
}

static bool arithmetic_fits(const struct ss_model *model, const struct ss_layer *layer)
{
    if (!is_int8(layer->zero_in) || !is_int8(layer->zero_second) || !is_int8(layer->zero_out)) {
        return false;
    }
    if (layer->low > layer->high || (layer->kind == SS_MEAN && !(layer->flags & SS_WIDE))) {
        return false;
    }
    return shifts_fit(model, layer) && (layer->kind != SS_SOFTMAX || exponentials_fit(model, layer));
}

enum ss_status ss_check_layer(const struct ss_model *model, const struct ss_layer *layer)
{
    if (layer->kind < SS_CONVOLUTION || layer->kind > SS_SOFTMAX || layer->flags & ~SS_ALL_FLAGS) {
        return SS_LAYER_KIND;
    }
    if (!shape_fits(layer)) {
        return SS_LAYER_SHAPE;
    }
    if (!memory_fits(model, layer)) {
        return SS_LAYER_MEMORY;
    }
    if (!data_fits(model, layer)) {
        return SS_LAYER_DATA;
    }
    return arithmetic_fits(model, layer) ? SS_OK : SS_LAYER_ARITHMETIC;
}
