/* Opening an image: from bytes that may be anything to a model that can be run. */
#include <string.h>

#include "check.h"

static const uint8_t magic[4] = {'S', 'S', 'B', 'I'};

static bool is_positive(float value)
{
    return value > 0.0f && value <= 3.4028234e38f;
}

static bool is_int8(int32_t value)
{
    return value >= INT8_MIN && value <= INT8_MAX;
}

static enum ss_status check_envelope(const struct ss_header *header, const uint8_t *image, size_t bytes)
{
    if (memcmp(header->magic, magic, sizeof magic) != 0) {
        return SS_NO_IMAGE;
    }
    if (header->version != SS_IMAGE_VERSION || header->header_bytes != sizeof *header) {
        return SS_VERSION;
    }
    if (header->total_bytes > bytes) {
        return SS_TRUNCATED;
    }
    if (header->total_bytes < sizeof *header || header->total_bytes % 4 != 0) {
        return SS_HEADER;
    }
    const uint32_t crc = ss_crc32(0, image + SS_CRC_FROM, header->total_bytes - SS_CRC_FROM);
    return crc == header->crc32 ? SS_OK : SS_CRC;
}

static bool fields_fit(const struct ss_header *header)
{
    return header->stage_set <= 5 && header->staging <= 1 && header->output_kind <= SS_PROBABILITIES &&
           header->normaliser <= 1 && header->frame_size > 0 && header->features > 0 &&
           header->classes >= 2 && header->classes <= SS_MAX_CLASSES && header->layers > 0 &&
           header->layers <= SS_MAX_LAYERS && is_positive(header->input_scale) &&
           is_positive(header->output_scale) && is_int8(header->input_zero_point) &&
           is_int8(header->output_zero_point);
}

static bool blocks_fit(const struct ss_header *header)
{
    const uint32_t total = header->total_bytes, arena = header->arena_bytes;
    const uint64_t frame = header->frame_size;
    const uint64_t table_bytes = header->output_kind == SS_PROBABILITIES ? 256 : 256 * sizeof(uint32_t);
    const uint64_t normaliser_bytes =
        header->normaliser ? (2 * (uint64_t)header->features + 1) * sizeof(float) : 0;
    return arena <= SS_MAX_ARENA_BYTES && ss_is_inside(header->input_at, frame * header->features, arena) &&
           ss_is_inside(header->output_at, frame * header->classes, arena) &&
           ss_is_inside(header->layers_at, header->layers * (uint64_t)sizeof(struct ss_layer), total) &&
           ss_is_inside(header->probabilities_at, table_bytes, total) &&
           ss_is_inside(header->normaliser_at, normaliser_bytes, total);
}

/* The normaliser's deviations and limit are positive, its means finite: no row becomes not-a-number. */
static bool normaliser_fits(const struct ss_header *header, const uint8_t *image)
{
    const uint32_t count = header->normaliser ? 2u * header->features + 1u : 0;
    for (uint32_t i = 0; i < count; i++) {
        float value;
        memcpy(&value, image + header->normaliser_at + i * sizeof value, sizeof value);
        if (!(i < header->features ? is_positive(value) || is_positive(-value) || value == 0.0f
                                   : is_positive(value))) {
            return false;
        }
    }
    return true;
}

/* Exponentials begin at 1 and are never more: then e_c × 255 and their sum divide without a surprise. */
static bool probabilities_fit(const struct ss_header *header, const uint8_t *image)
{
    const uint32_t one = 1u << 24;
    for (uint32_t i = 0; header->output_kind == SS_LOGITS && i < 256; i++) {
        uint32_t value;
        memcpy(&value, image + header->probabilities_at + i * sizeof value, sizeof value);
        if (value > one || (i == 0 && value != one)) {
            return false;
        }
    }
    return true;
}

static void describe(struct ss_model *model, const struct ss_header *header, const uint8_t *image)
{
    memset(model, 0, sizeof *model);
    model->image = image;
    model->total_bytes = header->total_bytes;
    model->crc32 = header->crc32;
    model->arena_bytes = header->arena_bytes;
    model->input_at = header->input_at;
    model->output_at = header->output_at;
    model->layers_at = header->layers_at;
    model->normaliser_at = header->normaliser_at;
    model->probabilities_at = header->probabilities_at;
    model->epoch_ms = header->epoch_ms;
    model->macs = header->macs;
    model->parameters = header->parameters;
    model->input_scale = header->input_scale;
    model->input_zero_point = header->input_zero_point;
    model->output_scale = header->output_scale;
    model->output_zero_point = header->output_zero_point;
    model->frame_size = header->frame_size;
    model->features = header->features;
    model->classes = header->classes;
    model->layers = header->layers;
    model->stage_set = header->stage_set;
    model->staging = header->staging;
    model->output_kind = header->output_kind;
    model->normaliser = header->normaliser;
    memcpy(model->name, header->name, sizeof header->name);
    memcpy(model->model_id, header->model_id, sizeof header->model_id);
}

static enum ss_status check_layers(const struct ss_model *model)
{
    uint64_t macs = 0;
    for (unsigned number = 0; number < model->layers; number++) {
        struct ss_layer layer;
        ss_read_layer(model, number, &layer);
        const enum ss_status status = ss_check_layer(model, &layer);
        if (status != SS_OK) {
            return status;
        }
        macs += layer.macs;
    }
    return macs == model->macs ? SS_OK : SS_HEADER;
}

enum ss_status ss_model_open(const void *image, size_t bytes, struct ss_model *model)
{
    struct ss_header header;
    if ((uintptr_t)image % 4 != 0) {
        return SS_NOT_ALIGNED;
    }
    if (bytes < sizeof header) {
        return SS_TRUNCATED;
    }
    memcpy(&header, image, sizeof header);
    const enum ss_status status = check_envelope(&header, image, bytes);
    if (status != SS_OK) {
        return status;
    }
    if (!fields_fit(&header) || !blocks_fit(&header) || !normaliser_fits(&header, image) ||
        !probabilities_fit(&header, image)) {
        return SS_HEADER;
    }
    describe(model, &header, image);
    return check_layers(model);
}

void ss_read_layer(const struct ss_model *model, unsigned number, struct ss_layer *layer)
{
    memcpy(layer, model->image + model->layers_at + number * sizeof *layer, sizeof *layer);
}

int8_t *ss_model_input(const struct ss_model *model, int8_t *arena)
{
    return arena + model->input_at;
}

const int8_t *ss_model_output(const struct ss_model *model, const int8_t *arena)
{
    return arena + model->output_at;
}
