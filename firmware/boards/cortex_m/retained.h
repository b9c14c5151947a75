/* What outlives a reset: in RAM that nobody clears, with a check that tells whether it did. */
#ifndef SS_RETAINED_H
#define SS_RETAINED_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"

struct retained {
    uint32_t magic;
    uint32_t boot;
    uint32_t watchdog_resets;
    uint32_t announced; /* the reset that follows is the firmware's own wish */
    struct fault_record fault;
    uint32_t check;
};

/* Counts this start; all else is zero after power-on. */
void retained_start(bool watchdog_fired);

const struct retained *retained_get(void);

/* Before a reset that the firmware itself brings about; `fault` may be null. */
void retained_announce_reset(const struct fault_record *fault);

#endif
