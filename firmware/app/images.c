#include "images.h"

#include <string.h>

#include "bytes.h"

#define HEADER_CRC_AT 12u

/* What the engine cannot know: whether the model fits this board and these messages. */
static uint8_t suits(const struct ss_model *model)
{
    const struct board_memory *const memory = board_memory();
    if (model->arena_bytes > memory->arena_limit) {
        return SS_ARENA_LIMIT;
    }
    if (model->features > ROW_FEATURES_MAX || model->classes > SS_MAX_CLASSES ||
        model->layers > COSTS_LAYERS_MAX) {
        return IMAGE_TOO_WIDE;
    }
    const size_t rows = (size_t)model->frame_size + QUEUE_ROWS;
    if (model->frame_size > FRAME_ROWS_MAX || rows * model->features > memory->rows_bytes) {
        return IMAGE_FRAME_TOO_LARGE;
    }
    return SS_OK;
}

static uint8_t open_image(struct images *images, const uint8_t *bytes, size_t count, enum image_place place)
{
    struct ss_model model;
    uint8_t error = (uint8_t)ss_model_open(bytes, count, &model);
    if (error == SS_OK) {
        error = suits(&model);
    }
    images->error = error;
    images->place = IMAGE_NOWHERE;
    if (error == SS_OK) {
        images->model = model;
        images->place = place;
    }
    return error;
}

static void open_mram(struct images *images)
{
    const struct board_memory *const memory = board_memory();
    (void)open_image(images, memory->image, memory->image_bytes, IMAGE_IN_MRAM);
}

static void forget(struct images *images)
{
    images->begun = false;
    images->total = 0;
    images->held = 0;
}

void images_start(struct images *images)
{
    memset(images, 0, sizeof *images);
    open_mram(images);
}

bool images_begin(struct images *images, uint32_t total, uint32_t crc32)
{
    if (images->begun && images->total == total && images->crc32 == crc32) {
        return false;
    }
    images_drop(images);
    images->begun = true;
    images->total = total;
    images->crc32 = crc32;
    return true;
}

void images_data(struct images *images, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    if (offset > images->held || offset + count <= images->held) {
        return;
    }
    const uint32_t known = images->held - offset;
    memcpy(board_memory()->ram_image + images->held, bytes + known, count - known);
    images->held = offset + count;
}

uint8_t images_commit(struct images *images)
{
    if (images->place == IMAGE_IN_RAM) {
        return SS_OK;
    }
    const uint8_t *const bytes = board_memory()->ram_image;
    const bool has_crc = images->total >= IMAGE_HEADER_BYTES;
    uint8_t error = IMAGE_OTHER_CRC;
    if (!has_crc || get_u32(bytes + HEADER_CRC_AT) == images->crc32) {
        error = open_image(images, bytes, images->total, IMAGE_IN_RAM);
    }
    if (error != SS_OK) {
        forget(images);
        open_mram(images);
    }
    return error;
}

void images_drop(struct images *images)
{
    forget(images);
    if (images->place == IMAGE_IN_RAM) {
        open_mram(images);
    }
}

const uint8_t *images_header(const struct images *images)
{
    return images->place == IMAGE_NOWHERE ? NULL : images->model.image;
}
