/* The four functions that the compiler calls of itself; there is no C library. */
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & 3u) == 0) {
        uint32_t *words_out = to;
        const uint32_t *words_in = from;
        for (; count >= 4; count -= 4) {
            *words_out++ = *words_in++;
        }
        out = (unsigned char *)words_out;
        in = (const unsigned char *)words_in;
    }
    for (; count > 0; count--) {
        *out++ = *in++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if (out <= in || out >= in + count) {
        return memcpy(to, from, count);
    }
    while (count > 0) {
        count--;
        out[count] = in[count];
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *out = to;
    for (; count > 0 && ((uintptr_t)out & 3u) != 0; count--) {
        *out++ = (unsigned char)value;
    }
    const uint32_t word = 0x01010101u * (unsigned char)value;
    uint32_t *words = (uint32_t *)(void *)out;
    for (; count >= 4; count -= 4) {
        *words++ = word;
    }
    out = (unsigned char *)words;
    for (; count > 0; count--) {
        *out++ = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (; count > 0; count--, a++, b++) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}
