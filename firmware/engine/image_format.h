/* The records of a board image as they lie there: docs/board_image.md, byte by byte. */
#ifndef SS_IMAGE_FORMAT_H
#define SS_IMAGE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "ss_engine.h"

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "board images are little-endian and read in place"
#endif

#define SS_IMAGE_VERSION 1
#define SS_CRC_FROM 16
#define SS_MAX_TAPS 255
#define SS_MAX_SOFTMAX_CHANNELS 256
#define SS_MAX_ARENA_BYTES (1u << 24)

struct ss_header {
    uint8_t magic[4];
    uint16_t version;
    uint16_t header_bytes;
    uint32_t total_bytes;
    uint32_t crc32;
    uint8_t model_id[SS_MODEL_ID_BYTES];
    char name[SS_MODEL_NAME_BYTES];
    uint8_t stage_set;
    uint8_t staging;
    uint8_t output_kind;
    uint8_t normaliser;
    uint16_t frame_size;
    uint16_t features;
    uint16_t classes;
    uint16_t layers;
    uint32_t arena_bytes;
    uint32_t input_at;
    uint32_t output_at;
    float input_scale;
    int32_t input_zero_point;
    float output_scale;
    int32_t output_zero_point;
    uint32_t layers_at;
    uint32_t normaliser_at;
    uint32_t probabilities_at;
    uint32_t epoch_ms;
    uint32_t macs;
    uint32_t parameters;
    uint8_t reserved[48];
};
_Static_assert(sizeof(struct ss_header) == 192, "docs/board_image.md");

enum ss_output_kind { SS_LOGITS = 0, SS_PROBABILITIES = 1 };

enum ss_layer_kind {
    SS_CONVOLUTION = 1,
    SS_DEPTHWISE = 2,
    SS_SUM = 3,
    SS_PRODUCT = 4,
    SS_MEAN = 5,
    SS_TABLE = 6,
    SS_PADDING = 7,
    SS_SOFTMAX = 8
};

enum ss_layer_flag { SS_SECOND_IS_ROW = 1, SS_SECOND_IN_IMAGE = 2, SS_WIDE = 4, SS_ALL_FLAGS = 7 };

struct ss_layer {
    uint8_t kind;
    uint8_t flags;
    uint16_t rows_in;
    uint16_t rows_out;
    uint16_t channels_in;
    uint16_t channels_out;
    uint16_t taps;
    uint16_t dilation;
    uint16_t before;
    uint32_t input_at;
    uint32_t second_at;
    uint32_t output_at;
    uint32_t scratch_at;
    uint32_t data_at;
    uint32_t scaling_at;
    int32_t zero_in;
    int32_t zero_second;
    int32_t zero_out;
    int8_t low;
    int8_t high;
    uint16_t reserved_54;
    uint32_t macs;
    uint32_t reserved_60;
};
_Static_assert(sizeof(struct ss_layer) == 64, "docs/board_image.md");

struct ss_scaling {
    int32_t bias;
    int32_t multiplier;
    int32_t addend;
    int32_t shift;
};
_Static_assert(sizeof(struct ss_scaling) == 16, "docs/board_image.md");

/* Which layers may write where they read. */
static inline bool ss_is_elementwise(uint8_t kind)
{
    return kind == SS_SUM || kind == SS_PRODUCT || kind == SS_TABLE || kind == SS_SOFTMAX;
}

static inline uint32_t ss_up_to_4(uint32_t n)
{
    return (n + 3u) & ~3u;
}

static inline uint32_t ss_up_to_2(uint32_t n)
{
    return (n + 1u) & ~1u;
}

#endif
