/* Layers that compute nothing: activations by table, and padding. */
#include <string.h>

#include "kernels.h"

void ss_table(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const int8_t *table = (const int8_t *)(image + layer->data_at);
    const uint8_t *x = (const uint8_t *)(arena + layer->input_at);
    int8_t *out = arena + layer->output_at;
    const uint32_t elements = (uint32_t)layer->rows_in * layer->channels_in;
    for (uint32_t i = 0; i < elements; i++) {
        out[i] = table[x[i]];
    }
}

void ss_padding(const struct ss_layer *layer, const uint8_t *image, int8_t *arena)
{
    const uint32_t channels = layer->channels_in;
    const uint32_t before = layer->before * channels;
    const uint32_t inside = layer->rows_in * channels;
    const uint32_t total = layer->rows_out * channels;
    int8_t *out = arena + layer->output_at;
    (void)image;
    memset(out, layer->zero_out, before);
    memcpy(out + before, arena + layer->input_at, inside);
    memset(out + before + inside, layer->zero_out, total - before - inside);
}
