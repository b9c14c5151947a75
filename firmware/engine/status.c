#include "ss_engine.h"

const char *ss_status_text(enum ss_status status)
{
    switch (status) {
    case SS_OK:
        return "no error";
    case SS_NO_IMAGE:
        return "there is no board image";
    case SS_TRUNCATED:
        return "the image is shorter than it says";
    case SS_VERSION:
        return "the image is of another version than this firmware";
    case SS_CRC:
        return "the image is damaged: its CRC is another";
    case SS_HEADER:
        return "a field of the image's header is out of range";
    case SS_LAYER_KIND:
        return "the image has a layer that this firmware does not know";
    case SS_LAYER_SHAPE:
        return "the sizes of a layer do not fit together";
    case SS_LAYER_MEMORY:
        return "a layer's operands leave the arena or overlap";
    case SS_LAYER_DATA:
        return "a layer's weights or tables are not inside the image";
    case SS_LAYER_ARITHMETIC:
        return "a shift, a zero point or a table of a layer is out of range";
    case SS_NOT_ALIGNED:
        return "the image does not stand at a multiple of 4";
    case SS_ARENA_LIMIT:
        return "the image needs more memory for activations than the board has";
    case SS_NOT_FINITE:
        return "a value is infinite or not a number";
    }
    return "unknown status";
}
