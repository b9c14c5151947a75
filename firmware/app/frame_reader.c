#include "frame_reader.h"

#include <string.h>

#include "bytes.h"
#include "crc16.h"

static void begin_frame(struct frame_reader *reader)
{
    reader->length = 0;
    reader->block_left = 0;
    reader->zero_due = false;
    reader->begun = false;
    reader->broken = false;
}

void frame_reader_start(struct frame_reader *reader)
{
    memset(reader, 0, sizeof *reader);
}

static void append(struct frame_reader *reader, uint8_t byte)
{
    if (reader->length == sizeof reader->bytes) {
        reader->broken = true;
        return;
    }
    reader->bytes[reader->length] = byte;
    reader->length++;
}

static void decode(struct frame_reader *reader, uint8_t byte)
{
    reader->begun = true;
    if (reader->broken) {
        return;
    }
    if (reader->block_left > 0) {
        reader->block_left--;
        append(reader, byte);
        return;
    }
    if (reader->zero_due) {
        append(reader, 0);
    }
    reader->block_left = (uint8_t)(byte - 1u);
    reader->zero_due = byte != 0xFFu;
}

static bool is_whole(struct frame_reader *reader)
{
    if (reader->broken || reader->block_left > 0 || reader->length < FRAME_HEAD_BYTES + FRAME_CHECK_BYTES) {
        reader->framing_errors++;
        return false;
    }
    const size_t checked = reader->length - FRAME_CHECK_BYTES;
    if (crc16(CRC16_INITIAL, reader->bytes, checked) != get_u16(reader->bytes + checked)) {
        reader->crc_errors++;
        return false;
    }
    reader->received++;
    return true;
}

bool frame_reader_take(struct frame_reader *reader, uint8_t byte, struct message *message)
{
    if (byte != 0) {
        decode(reader, byte);
        return false;
    }
    const bool whole = reader->begun && is_whole(reader);
    if (whole) {
        message->version = reader->bytes[0];
        message->type = reader->bytes[1];
        message->sequence = get_u16(reader->bytes + 2);
        message->payload = reader->bytes + FRAME_HEAD_BYTES;
        message->length = reader->length - FRAME_HEAD_BYTES - FRAME_CHECK_BYTES;
    }
    begin_frame(reader);
    return whole;
}
