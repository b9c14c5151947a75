/* One function a kind of layer. Each may assume what check_layer.c has checked. */
#ifndef SS_KERNELS_H
#define SS_KERNELS_H

#include "image_format.h"

void ss_convolution(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_depthwise(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_sum(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_product(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_mean(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_table(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_padding(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_softmax(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);

static inline const struct ss_scaling *ss_scalings(const struct ss_layer *layer, const uint8_t *image)
{
    return (const struct ss_scaling *)(const void *)(image + layer->scaling_at);
}

/* The second operand of a sum or a product. */
static inline const int8_t *ss_second(const struct ss_layer *layer, const uint8_t *image, const int8_t *arena)
{
    return layer->flags & SS_SECOND_IN_IMAGE ? (const int8_t *)(image + layer->second_at)
                                             : arena + layer->second_at;
}

#endif
