/* From messages to the stream of bytes. */
#ifndef SS_FRAME_WRITER_H
#define SS_FRAME_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct frame_writer {
    uint32_t sent;
    uint8_t frame[FRAME_MAX];
};

void frame_writer_start(struct frame_writer *writer);

/* Where the payload of the next message goes: PAYLOAD_MAX bytes. */
uint8_t *frame_writer_payload(struct frame_writer *writer);

/* Sends what was put there up to `end`. */
void frame_writer_send(struct frame_writer *writer, uint8_t type, uint16_t sequence, const uint8_t *end);

#endif
