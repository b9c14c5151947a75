/* What ss_model_open is made of. */
#ifndef SS_CHECK_H
#define SS_CHECK_H

#include <stddef.h>

#include "image_format.h"

/* A part of a memory of `total` bytes. */
static inline bool ss_is_inside(uint32_t at, uint64_t bytes, uint32_t total)
{
    return at % 4 == 0 && at <= total && bytes <= total - at;
}

/* `model` has its image, total_bytes and arena_bytes set. */
enum ss_status ss_check_layer(const struct ss_model *model, const struct ss_layer *layer);

/* The record of a layer; `model->layers_at` and `model->layers` are known to be inside the image. */
void ss_read_layer(const struct ss_model *model, unsigned number, struct ss_layer *layer);

#endif
