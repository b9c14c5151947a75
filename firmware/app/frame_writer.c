#include "frame_writer.h"

#include <stdbool.h>
#include <string.h>

#include "board.h"
#include "bytes.h"
#include "crc16.h"

#define COBS_BLOCK_MAX 254u

void frame_writer_start(struct frame_writer *writer)
{
    memset(writer, 0, sizeof *writer);
}

uint8_t *frame_writer_payload(struct frame_writer *writer)
{
    return writer->frame + FRAME_HEAD_BYTES;
}

/* COBS: each block is its length plus one, then its bytes; it stands for those and, if shorter than the
 * longest possible, a zero. */
static void send_encoded(const uint8_t *bytes, size_t count)
{
    const uint8_t *const end = bytes + count;
    bool more = true;
    while (more) {
        size_t length = 0;
        while (length < COBS_BLOCK_MAX && bytes + length < end && bytes[length] != 0) {
            length++;
        }
        const uint8_t code = (uint8_t)(length + 1u);
        board_send(&code, 1);
        board_send(bytes, length);
        bytes += length;
        more = bytes < end;
        if (more && length < COBS_BLOCK_MAX) {
            bytes++; /* the zero; a block is due after it even where nothing follows */
        }
    }
    const uint8_t zero = 0;
    board_send(&zero, 1);
}

void frame_writer_send(struct frame_writer *writer, uint8_t type, uint16_t sequence, const uint8_t *end)
{
    uint8_t *const frame = writer->frame;
    frame[0] = PROTOCOL_VERSION;
    frame[1] = type;
    (void)put_u16(frame + 2, sequence);
    const size_t checked = (size_t)(end - frame);
    (void)put_u16(frame + checked, crc16(CRC16_INITIAL, frame, checked));
    send_encoded(frame, checked + FRAME_CHECK_BYTES);
    writer->sent++;
}
