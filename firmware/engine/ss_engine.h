/* Sleep Studio's inference engine: executes a board image (docs/board_image.md) in place.
 *
 * No heap, no global state, no generated code. The caller gives the image, which is read where it lies (flash
 * or RAM, 4-aligned), and the arena, which holds every activation (16-aligned, `arena_bytes` long). An image
 * that ss_model_open accepts can be run on any input without an access outside the image and the arena.
 *
 * Results equal the TensorFlow Lite reference kernels' bit for bit, on every processor. */
#ifndef SS_ENGINE_H
#define SS_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SS_MAX_CLASSES 8
#define SS_MAX_LAYERS 256
#define SS_MODEL_ID_BYTES 32
#define SS_MODEL_NAME_BYTES 32

/* The numbers are part of the wire protocol and never change. */
enum ss_status {
    SS_OK = 0,
    SS_NO_IMAGE = 1,         /* it does not begin with the magic: erased, or something else */
    SS_TRUNCATED = 2,        /* fewer bytes than it says */
    SS_VERSION = 3,          /* of another format */
    SS_CRC = 4,              /* damaged */
    SS_HEADER = 5,           /* a field of the header is out of its range */
    SS_LAYER_KIND = 6,       /* a layer that this engine does not know */
    SS_LAYER_SHAPE = 7,      /* a layer's sizes do not fit together */
    SS_LAYER_MEMORY = 8,     /* a layer's operands leave the arena or each other's way */
    SS_LAYER_DATA = 9,       /* a layer's weights or tables are not inside the image */
    SS_LAYER_ARITHMETIC = 10, /* a shift or a zero point is out of its range */
    SS_NOT_ALIGNED = 11,     /* the image does not stand at a multiple of 4 */
    SS_ARENA_LIMIT = 12,     /* it needs a larger arena than the board has; for the caller to say */
    SS_NOT_FINITE = 13       /* an input that is infinite or not a number */
};

/* Filled by ss_model_open; read-only afterwards. */
struct ss_model {
    const uint8_t *image;
    uint32_t total_bytes;
    uint32_t crc32;
    uint32_t arena_bytes;
    uint32_t input_at;
    uint32_t output_at;
    uint32_t layers_at;
    uint32_t normaliser_at;
    uint32_t probabilities_at;
    uint32_t epoch_ms;
    uint32_t macs;
    uint32_t parameters;
    float input_scale;
    int32_t input_zero_point;
    float output_scale;
    int32_t output_zero_point;
    uint16_t frame_size;
    uint16_t features;
    uint16_t classes;
    uint16_t layers;
    uint8_t stage_set;
    uint8_t staging;
    uint8_t output_kind;
    uint8_t normaliser;
    char name[SS_MODEL_NAME_BYTES + 1];
    uint8_t model_id[SS_MODEL_ID_BYTES];
};

/* Called after each layer, with its number from 0. */
typedef void (*ss_layer_done)(void *context, unsigned layer);

/* Checks everything about the image: the first `bytes` at `image`, of which it may need fewer. `model` is
 * valid only where this returns SS_OK. The caller compares `arena_bytes` with what it has. */
enum ss_status ss_model_open(const void *image, size_t bytes, struct ss_model *model);

/* A sentence for people, without a full stop. */
const char *ss_status_text(enum ss_status status);

/* Where the quantised frame goes: frame_size × features, a row after another. Running overwrites it. */
int8_t *ss_model_input(const struct ss_model *model, int8_t *arena);

/* Where the outputs stand after a run: frame_size × classes. */
const int8_t *ss_model_output(const struct ss_model *model, const int8_t *arena);

/* Normalises and quantises one row of `features` values. SS_NOT_FINITE leaves `out` partly written. */
enum ss_status ss_quantise_row(const struct ss_model *model, const float *row, int8_t *out);

/* What stands in the input where there is no row: a normalised zero. */
int8_t ss_quantised_zero(const struct ss_model *model);

/* Runs the network on what stands at ss_model_input. `done` may be null. */
void ss_model_run(const struct ss_model *model, int8_t *arena, ss_layer_done done, void *context);

/* The `classes` outputs of one epoch as probabilities in 1/255. */
void ss_probabilities(const struct ss_model *model, const int8_t *outputs, uint8_t *probabilities);

/* The class of the greatest of the `classes` outputs of one epoch, the first of equals. */
unsigned ss_stage(const struct ss_model *model, const int8_t *outputs);

/* CRC-32 (IEEE 802.3), to be continued: begin with 0. */
uint32_t ss_crc32(uint32_t crc, const void *data, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
