/* Little-endian fields of messages, at any alignment. */
#ifndef SS_BYTES_H
#define SS_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)at[1] << 8);
}

static inline uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline float get_f32(const uint8_t *at)
{
    const uint32_t bits = get_u32(at);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The writers return the place after what they wrote. */
static inline uint8_t *put_u8(uint8_t *at, uint8_t value)
{
    at[0] = value;
    return at + 1;
}

static inline uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

static inline uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    at = put_u16(at, (uint16_t)value);
    return put_u16(at, (uint16_t)(value >> 16));
}

static inline uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}

/* `text` zero-padded to `width`, cut where it is longer. */
static inline uint8_t *put_text(uint8_t *at, const char *text, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        at[i] = (uint8_t)*text;
        if (*text != '\0') {
            text++;
        }
    }
    return at + width;
}

#endif
