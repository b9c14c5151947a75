/* QEMU's mps2-an386, for tests: no watchdog, and no cause of a reset to be read. */
#include "board.h"

#include <string.h>

#include "byte_ring.h"
#include "cortex_m.h"
#include "handlers.h"
#include "registers.h"
#include "retained.h"
#include "start.h"

#define TICK_MS 100u
#define NS_PER_TIMER_TICK 40u /* with -icount shift=0 an instruction takes QEMU's clock 1 ns */

extern const uint8_t ld_image_begin[], ld_image_end[];
extern uint8_t ld_ram_image_begin[], ld_ram_image_end[];
extern int8_t ld_rows_begin[], ld_rows_end[];
extern int8_t ld_arena_begin[], ld_arena_end[];

static struct {
    struct byte_ring received;
    volatile uint32_t ticks;
    struct board_facts facts;
    struct board_memory memory;
} board;

void systick_handler(void)
{
    board.ticks++;
}

void uart0_handler(void)
{
    UART0_INTCLEAR = UART0_INTCLEAR_RX;
    while ((UART0_STATE & UART0_STATE_RX_FULL) != 0) {
        byte_ring_put(&board.received, (uint8_t)UART0_DATA);
    }
    if ((UART0_STATE & UART0_STATE_RX_OVERRUN) != 0) {
        UART0_STATE = UART0_STATE_RX_OVERRUN;
        board.received.overruns++;
    }
}

static void gather_facts(void)
{
    struct board_facts *const facts = &board.facts;
    retained_start(false);
    const struct retained *const retained = retained_get();
    facts->name = "mps2-an386";
    memcpy(facts->firmware_id, build_id(), FIRMWARE_ID_BYTES);
    facts->cost_unit = COST_CONVERTED_TICKS;
    facts->chip = 0;
    facts->cpu_hz = CLOCK_HZ;
    facts->boot = (uint16_t)retained->boot;
    facts->reset_cause = retained->boot == 1u ? RESET_POWER : RESET_SOFTWARE;
    facts->watchdog_resets = retained->watchdog_resets;
    facts->fault = retained->fault;
}

void board_start(void)
{
    gather_facts();
    board.memory = (struct board_memory){
        .image = ld_image_begin,
        .image_bytes = (size_t)(ld_image_end - ld_image_begin),
        .ram_image = ld_ram_image_begin,
        .ram_image_bytes = (size_t)(ld_ram_image_end - ld_ram_image_begin),
        .rows = ld_rows_begin,
        .rows_bytes = (size_t)(ld_rows_end - ld_rows_begin),
        .arena_limit = (size_t)(ld_arena_end - ld_arena_begin),
    };
    TIMER0_RELOAD = UINT32_MAX;
    TIMER0_VALUE = UINT32_MAX;
    TIMER0_CTRL = TIMER0_CTRL_ENABLE;
    SYST_RVR = CLOCK_HZ / 1000u * TICK_MS - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7;
    UART0_BAUDDIV = 16;
    UART0_CTRL = UART0_CTRL_TX_ENABLE | UART0_CTRL_RX_ENABLE | UART0_CTRL_RX_INTERRUPT;
    NVIC_ISER0 = 1u << IRQ_UART0_RX;
    enable_interrupts();
}

const struct board_facts *board_facts(void)
{
    return &board.facts;
}

const struct board_memory *board_memory(void)
{
    return &board.memory;
}

int8_t *board_arena(size_t bytes)
{
    (void)bytes;
    return ld_arena_begin;
}

bool board_receive(uint8_t *byte)
{
    return byte_ring_get(&board.received, byte);
}

uint32_t board_overruns(void)
{
    return board.received.overruns;
}

void board_send(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while ((UART0_STATE & UART0_STATE_TX_FULL) != 0) {
        }
        UART0_DATA = bytes[i];
    }
}

uint32_t board_cost(void)
{
    return (UINT32_MAX - TIMER0_VALUE) * NS_PER_TIMER_TICK;
}

uint32_t board_uptime_ms(void)
{
    return board.ticks * TICK_MS;
}

uint32_t board_stack_free(void)
{
    return stack_free_bytes();
}

void board_feed_watchdog(void)
{
}

void board_idle(void)
{
    disable_interrupts();
    if (byte_ring_is_empty(&board.received)) {
        wait_for_interrupt();
    }
    enable_interrupts();
}

void board_reset(void)
{
    while ((UART0_STATE & UART0_STATE_TX_FULL) != 0) {
    }
    retained_announce_reset(NULL);
    reset_processor();
}
