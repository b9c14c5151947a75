/* Rows in: normalised and quantised as the host does, docs/board_image.md, Rows in. */
#include <stdbool.h>
#include <string.h>

#include "image_format.h"

/* Beyond this no zero point brings a value back into int8, and below it float32 holds halves exactly. */
static const float SURELY_SATURATED = 1024.0f;

static bool is_finite(float value)
{
    return value - value == 0.0f;
}

static float field(const struct ss_model *model, uint32_t index)
{
    float value;
    memcpy(&value, model->image + model->normaliser_at + index * sizeof value, sizeof value);
    return value;
}

static float normalise(const struct ss_model *model, float value, uint32_t column)
{
    const uint32_t features = model->features;
    const float limit = field(model, 2 * features);
    const float centred = value - field(model, column);
    const float scaled = centred * field(model, features + column);
    return scaled > limit ? limit : scaled < -limit ? -limit : scaled;
}

static int8_t quantise(const struct ss_model *model, float value)
{
    float scaled = value / model->input_scale;
    scaled = scaled > SURELY_SATURATED ? SURELY_SATURATED : scaled;
    scaled = scaled < -SURELY_SATURATED ? -SURELY_SATURATED : scaled;
    const int32_t whole = (int32_t)scaled;
    const float rest = scaled - (float)whole;
    const int32_t rounded = whole + (rest >= 0.5f) - (rest <= -0.5f) + model->input_zero_point;
    return (int8_t)(rounded < INT8_MIN ? INT8_MIN : rounded > INT8_MAX ? INT8_MAX : rounded);
}

enum ss_status ss_quantise_row(const struct ss_model *model, const float *row, int8_t *out)
{
    for (uint32_t column = 0; column < model->features; column++) {
        if (!is_finite(row[column])) {
            return SS_NOT_FINITE;
        }
        const float value = model->normaliser ? normalise(model, row[column], column) : row[column];
        out[column] = quantise(model, value);
    }
    return SS_OK;
}

int8_t ss_quantised_zero(const struct ss_model *model)
{
    return (int8_t)model->input_zero_point;
}
