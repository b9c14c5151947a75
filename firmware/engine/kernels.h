/* One function a kind of layer. Each may assume what check_layer.c has checked.
 *
 * A kernel takes its layer by value within: a store to the arena, of bytes, might else change the layer, and
 * the compiler would read it again after each. What is known of the layer when it is compiled (wide or not,
 * how many taps) is an argument of functions that are always inlined. */
#ifndef SS_KERNELS_H
#define SS_KERNELS_H

#include "image_format.h"

#define SS_INLINE inline __attribute__((always_inline))

/* Hides from the compiler how a pointer was made, which it would make anew for each use. */
#define SS_IN_REGISTER(pointer)                                                                              \
    __extension__({                                                                                          \
        __typeof__(pointer) ss_hidden = (pointer);                                                           \
        __asm("" : "+r"(ss_hidden));                                                                         \
        ss_hidden;                                                                                           \
    })

void ss_convolution(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_depthwise(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_sum(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_product(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_mean(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_table(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_padding(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);
void ss_softmax(const struct ss_layer *layer, const uint8_t *image, int8_t *arena);

/* 4-aligned memory as the words that are in it. */
static inline const int32_t *ss_words(const void *memory)
{
    return memory;
}

static inline const struct ss_scaling *ss_scalings(const struct ss_layer *layer, const uint8_t *image)
{
    return (const void *)(image + layer->scaling_at);
}

/* The second operand of a sum or a product. */
static inline const int8_t *ss_second(const struct ss_layer *layer, const uint8_t *image, const int8_t *arena)
{
    return layer->flags & SS_SECOND_IN_IMAGE ? (const int8_t *)(image + layer->second_at)
                                             : arena + layer->second_at;
}

#endif
