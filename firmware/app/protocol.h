/* The numbers of docs/protocol.md. */
#ifndef SS_PROTOCOL_H
#define SS_PROTOCOL_H

#define PROTOCOL_VERSION 1u

#define PAYLOAD_MAX 1024u
#define FRAME_HEAD_BYTES 4u
#define FRAME_CHECK_BYTES 2u
#define FRAME_MAX (FRAME_HEAD_BYTES + PAYLOAD_MAX + FRAME_CHECK_BYTES)

enum message_type {
    HELLO = 0x01,
    COUNTERS = 0x02,
    FAULT = 0x03,
    IMAGE_BEGIN = 0x10,
    IMAGE_DATA = 0x11,
    IMAGE_COMMIT = 0x12,
    IMAGE_DROP = 0x13,
    BEGIN = 0x20,
    ROWS = 0x21,
    STAGE_OF = 0x22,
    RUN = 0x23,
    OUTPUTS = 0x24,
    COSTS = 0x25,
    RESET = 0x40,
    END = 0x41,
    READY = 0x60,
    STAGE = 0x61,
    FRAME = 0x62,
    ANSWER = 0x80, /* added to the request's type */
    REFUSED = 0xFF
};

enum refusal {
    NOT_REFUSED = 0,
    UNKNOWN_TYPE = 1,
    WRONG_LENGTH = 2,
    NO_IMAGE = 3,
    IMAGE_REFUSED = 4,
    NO_SESSION = 5,
    OUT_OF_ORDER = 6,
    BUSY = 7,
    OUT_OF_RANGE = 8,
    NOT_FINITE = 9,
    NOT_AVAILABLE = 10,
    WRONG_VERSION = 11,
    WRONG_KIND = 12
};

/* Why an image is not used, beyond the engine's ss_status. */
enum image_refusal {
    IMAGE_OTHER_CRC = 128,
    IMAGE_FRAME_TOO_LARGE = 129,
    IMAGE_TOO_WIDE = 131,
    IMAGE_TOO_LONG = 132
};

#define NONE_NEWEST 0xFFFFFFFFu

#define HELLO_BYTES 280u
#define IMAGE_HEADER_BYTES 192u
#define ROWS_HEAD_BYTES 10u
#define ROW_FEATURES_MAX ((PAYLOAD_MAX - ROWS_HEAD_BYTES) / 4u)
#define COSTS_HEAD_BYTES 6u
#define COSTS_LAYERS_MAX ((PAYLOAD_MAX - COSTS_HEAD_BYTES) / 4u)
#define QUEUE_ROWS 8u
#define KEPT_STAGES 64u
#define FRAME_ROWS_MAX 4096u

#endif
