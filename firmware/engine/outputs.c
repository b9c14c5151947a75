/* Outputs of one epoch as people read them: docs/board_image.md, Probabilities. */
#include <string.h>

#include "image_format.h"

static uint32_t exponential(const struct ss_model *model, int32_t below)
{
    uint32_t value;
    memcpy(&value, model->image + model->probabilities_at + (uint32_t)below * sizeof value, sizeof value);
    return value;
}

unsigned ss_stage(const struct ss_model *model, const int8_t *outputs)
{
    unsigned stage = 0;
    for (unsigned class = 1; class < model->classes; class++) {
        if (outputs[class] > outputs[stage]) {
            stage = class;
        }
    }
    return stage;
}

void ss_probabilities(const struct ss_model *model, const int8_t *outputs, uint8_t *probabilities)
{
    if (model->output_kind == SS_PROBABILITIES) {
        for (unsigned class = 0; class < model->classes; class++) {
            probabilities[class] = model->image[model->probabilities_at + (uint32_t)(outputs[class] + 128)];
        }
        return;
    }
    const int32_t greatest = outputs[ss_stage(model, outputs)];
    uint64_t sum = 0;
    for (unsigned class = 0; class < model->classes; class++) {
        sum += exponential(model, greatest - outputs[class]);
    }
    for (unsigned class = 0; class < model->classes; class++) {
        const uint64_t share = UINT64_C(255) * exponential(model, greatest - outputs[class]);
        probabilities[class] = (uint8_t)((share + sum / 2) / sum);
    }
}
