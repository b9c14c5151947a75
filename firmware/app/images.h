/* Which model is used: the image in MRAM, or one that was sent over the link into RAM. */
#ifndef SS_IMAGES_H
#define SS_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "protocol.h"
#include "ss_engine.h"

enum image_place { IMAGE_NOWHERE = 0, IMAGE_IN_MRAM = 1, IMAGE_IN_RAM = 2 };

struct images {
    struct ss_model model; /* valid unless place is IMAGE_NOWHERE */
    enum image_place place;
    uint8_t error; /* why there is none: ss_status or enum image_refusal */
    bool begun;    /* an image was announced for RAM; it stays so when that is in use */
    uint32_t total;
    uint32_t crc32;
    uint32_t held; /* bytes in RAM without a hole from 0 */
};

/* Opens the image in MRAM. */
void images_start(struct images *images);

/* True: another image than the one announced before; what was used from RAM is used no more. */
bool images_begin(struct images *images, uint32_t total, uint32_t crc32);

/* Keeps what continues the bytes held. The caller saw to it that `offset` + `count` ≤ total. */
void images_data(struct images *images, uint32_t offset, const uint8_t *bytes, uint32_t count);

/* Checks the image in RAM and uses it; 0, or why not (then the announcement is void). */
uint8_t images_commit(struct images *images);

/* Back to MRAM; what was announced is void. */
void images_drop(struct images *images);

/* The header of the image in use, IMAGE_HEADER_BYTES, or null. */
const uint8_t *images_header(const struct images *images);

#endif
