#include "crc16.h"

uint16_t crc16(uint16_t crc, const uint8_t *bytes, size_t count)
{
    /* of the 16 values of a nibble: half a lookup table's speed for a sixteenth of its size */
    static const uint16_t of_nibble[16] = {
        0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
        0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
    };
    for (size_t i = 0; i < count; i++) {
        crc = (uint16_t)(crc << 4) ^ of_nibble[(crc >> 12) ^ (bytes[i] >> 4)];
        crc = (uint16_t)(crc << 4) ^ of_nibble[(crc >> 12) ^ (bytes[i] & 0xFu)];
    }
    return crc;
}
