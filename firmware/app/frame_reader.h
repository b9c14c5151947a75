/* From a stream of bytes to messages: COBS decoding a byte at a time, then length and CRC. */
#ifndef SS_FRAME_READER_H
#define SS_FRAME_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct message {
    uint8_t version;
    uint8_t type;
    uint16_t sequence;
    const uint8_t *payload;
    size_t length;
};

struct frame_reader {
    uint32_t received;
    uint32_t crc_errors;
    uint32_t framing_errors;
    size_t length;      /* decoded so far */
    uint8_t block_left; /* bytes until the next code of COBS */
    bool zero_due;      /* the block that ends here stands for a zero, unless the frame ends here too */
    bool begun;         /* something came since the last zero */
    bool broken;        /* what comes until the next zero is lost */
    uint8_t bytes[FRAME_MAX];
};

void frame_reader_start(struct frame_reader *reader);

/* Takes one byte. True: `message` is whole; its payload stands in `reader` until the next byte is taken. */
bool frame_reader_take(struct frame_reader *reader, uint8_t byte, struct message *message);

#endif
