/* Bytes from an interrupt to the main loop: one writer, one reader, no lock. */
#ifndef SS_BYTE_RING_H
#define SS_BYTE_RING_H

#include <stdbool.h>
#include <stdint.h>

#define BYTE_RING_BYTES 4096u

struct byte_ring {
    volatile uint32_t put; /* both count on without end; their difference is what is held */
    volatile uint32_t got;
    volatile uint32_t overruns;
    volatile uint8_t bytes[BYTE_RING_BYTES];
};

/* Of the interrupt. */
static inline void byte_ring_put(struct byte_ring *ring, uint8_t byte)
{
    const uint32_t put = ring->put;
    if (put - ring->got == BYTE_RING_BYTES) {
        ring->overruns++;
        return;
    }
    ring->bytes[put % BYTE_RING_BYTES] = byte;
    ring->put = put + 1u;
}

static inline bool byte_ring_is_empty(const struct byte_ring *ring)
{
    return ring->put == ring->got;
}

/* Of the main loop. */
static inline bool byte_ring_get(struct byte_ring *ring, uint8_t *byte)
{
    const uint32_t got = ring->got;
    if (byte_ring_is_empty(ring)) {
        return false;
    }
    *byte = ring->bytes[got % BYTE_RING_BYTES];
    ring->got = got + 1u;
    return true;
}

#endif
