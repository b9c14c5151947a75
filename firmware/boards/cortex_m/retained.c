#include "retained.h"

#include <string.h>

#include "crc16.h"

#define MAGIC 0x4E455354u

static struct retained retained __attribute__((section(".noinit")));

static uint32_t check_of(const struct retained *of)
{
    return crc16(CRC16_INITIAL, (const uint8_t *)of, offsetof(struct retained, check));
}

void retained_start(bool watchdog_fired)
{
    if (retained.magic != MAGIC || retained.check != check_of(&retained)) {
        memset(&retained, 0, sizeof retained);
        retained.magic = MAGIC;
    } else if (watchdog_fired && retained.announced == 0) {
        retained.watchdog_resets++;
    }
    retained.boot++;
    retained.announced = 0;
    retained.check = check_of(&retained);
}

const struct retained *retained_get(void)
{
    return &retained;
}

void retained_announce_reset(const struct fault_record *fault)
{
    retained.announced = 1;
    if (fault != NULL) {
        const uint32_t faults = retained.fault.faults + 1u;
        retained.fault = *fault;
        retained.fault.faults = faults;
    }
    retained.check = check_of(&retained);
}
