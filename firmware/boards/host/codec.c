/* Reads bytes, writes a line for each message: version, type, sequence, payload, and its bytes as this firmware
 * sends them; at the end what was counted. For tests/firmware/test_codec.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "frame_reader.h"
#include "frame_writer.h"

static void print_hex(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)printf("%02x", bytes[i]);
    }
}

void board_send(const uint8_t *bytes, size_t count)
{
    print_hex(bytes, count);
}

int main(void)
{
    static struct frame_reader reader;
    static struct frame_writer writer;
    struct message message;
    frame_reader_start(&reader);
    frame_writer_start(&writer);
    for (int byte = getchar(); byte != EOF; byte = getchar()) {
        if (!frame_reader_take(&reader, (uint8_t)byte, &message)) {
            continue;
        }
        (void)printf("message %u %u %u ", message.version, message.type, message.sequence);
        print_hex(message.payload, message.length);
        (void)printf(" ");
        uint8_t *const payload = frame_writer_payload(&writer);
        memcpy(payload, message.payload, message.length);
        frame_writer_send(&writer, message.type, message.sequence, payload + message.length);
        (void)printf("\n");
    }
    (void)printf("counted %u %u %u\n", reader.received, reader.crc_errors, reader.framing_errors);
    return EXIT_SUCCESS;
}
