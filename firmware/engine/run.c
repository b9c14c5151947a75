#include "check.h"
#include "kernels.h"

/* The narrow range of a fused activation, where it is not all of int8: seldom, so in a pass of its own. */
static void clip(const struct ss_layer *layer, int8_t *arena)
{
    int8_t *out = arena + layer->output_at;
    const uint32_t elements = (uint32_t)layer->rows_out * layer->channels_out;
    for (uint32_t i = 0; i < elements; i++) {
        out[i] = out[i] < layer->low ? layer->low : out[i] > layer->high ? layer->high : out[i];
    }
}

static void run_layer(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    switch (layer->kind) {
    case SS_CONVOLUTION:
        ss_convolution(layer, image, arena);
        break;
    case SS_DEPTHWISE:
        ss_depthwise(layer, image, arena);
        break;
    case SS_SUM:
        ss_sum(layer, image, arena);
        break;
    case SS_PRODUCT:
        ss_product(layer, image, arena);
        break;
    case SS_MEAN:
        ss_mean(layer, image, arena);
        break;
    case SS_TABLE:
        ss_table(layer, image, arena);
        break;
    case SS_PADDING:
        ss_padding(layer, image, arena);
        break;
    case SS_SOFTMAX:
        ss_softmax(layer, image, arena);
        break;
    }
    if (layer->low > INT8_MIN || layer->high < INT8_MAX) {
        clip(layer, arena);
    }
}

void ss_model_run(const struct ss_model *model, int8_t *arena, ss_layer_done done, void *context)
{
    for (unsigned number = 0; number < model->layers; number++) {
        struct ss_layer layer;
        ss_read_layer(model, number, &layer);
        run_layer(&layer, model->image, arena);
        if (done != NULL) {
            done(context, number);
        }
    }
}
