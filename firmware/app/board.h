/* What the application asks of a board. Each directory under boards/ provides it. */
#ifndef SS_BOARD_H
#define SS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIRMWARE_ID_BYTES 20u

enum cost_unit { COST_CYCLES = 1, COST_INSTRUCTIONS = 2, COST_CONVERTED_TICKS = 3 };

enum reset_cause {
    RESET_POWER = 1,
    RESET_PIN = 2,
    RESET_SOFTWARE = 4,
    RESET_WATCHDOG = 8,
    RESET_DEBUGGER = 16,
    RESET_OTHER = 32
};

/* What the processor stopped for; all zero where it never did. */
struct fault_record {
    uint32_t faults;
    uint32_t exception;
    uint32_t pc;
    uint32_t lr;
    uint32_t cfsr;
    uint32_t hfsr;
    uint32_t address;
};

/* Fixed from board_start on. */
struct board_facts {
    const char *name;
    uint8_t firmware_id[FIRMWARE_ID_BYTES];
    enum cost_unit cost_unit;
    uint32_t chip;
    uint32_t cpu_hz;
    uint16_t boot;        /* starts since power-on, from 1 */
    uint16_t reset_cause; /* bits of enum reset_cause */
    uint32_t watchdog_resets;
    struct fault_record fault;
};

/* Memory for models and rows; the image slots are 4-aligned. */
struct board_memory {
    const uint8_t *image; /* not writable: MRAM */
    size_t image_bytes;
    uint8_t *ram_image;
    size_t ram_image_bytes;
    int8_t *rows;
    size_t rows_bytes;
    size_t arena_limit;
};

/* Brings the hardware up and starts the watchdog. */
void board_start(void);

const struct board_facts *board_facts(void);
const struct board_memory *board_memory(void);

/* An arena of `bytes` ≤ arena_limit, 16-aligned; powers the memory for it. Only the newest one is valid. */
int8_t *board_arena(size_t bytes);

/* False: no byte is waiting. */
bool board_receive(uint8_t *byte);

/* Bytes lost because nobody fetched them. */
uint32_t board_overruns(void);

/* Returns when the bytes are on their way. */
void board_send(const uint8_t *bytes, size_t count);

/* Counts up in `cost_unit`, modulo 2^32. */
uint32_t board_cost(void);

uint32_t board_uptime_ms(void);

/* The least room that the stack has ever had, in bytes. */
uint32_t board_stack_free(void);

void board_feed_watchdog(void);

/* Sleeps until a byte may be waiting, or the watchdog wants to be fed. */
void board_idle(void);

/* Restarts the board when all bytes are sent. */
_Noreturn void board_reset(void);

#endif
