#include "board.h"

#include <string.h>

#include "cortex_m.h"
#include "handlers.h"
#include "registers.h"
#include "retained.h"
#include "start.h"
#include "uart.h"

#define WATCHDOG_WAKES_AT 32u  /* of 16 Hz: 2 s */
#define WATCHDOG_RESETS_AT 128u /* 8 s */

extern const uint8_t ld_image_begin[], ld_image_end[];
extern uint8_t ld_ram_image_begin[], ld_ram_image_end[];
extern int8_t ld_rows_begin[], ld_rows_end[];
extern int8_t ld_arena_begin[], ld_arena_end[];
extern int8_t ld_large_arena_begin[], ld_large_arena_end[];

static struct {
    struct byte_ring received;
    volatile uint32_t cycles_in_interrupts;
    struct board_facts facts;
    struct board_memory memory;
} board;

void watchdog_handler(void)
{
    WDT_IERCLR = 1; /* it has woken the main loop, which feeds the watchdog if all is well */
    __asm volatile("dsb" ::: "memory");
}

void uart0_handler(void)
{
    const uint32_t begin = DWT_CYCCNT;
    uart_receive(&board.received);
    board.cycles_in_interrupts += DWT_CYCCNT - begin;
}

static void start_cache(void)
{
    const uint32_t config = CPU_CACHECFG_CONFIG_DIRECT_64KB | CPU_CACHECFG_IENABLE | CPU_CACHECFG_DENABLE |
                            CPU_CACHECFG_CLKGATE | CPU_CACHECFG_DATACLKGATE;
    CPU_CACHECFG = config;
    CPU_CACHECFG = config | CPU_CACHECFG_ENABLE;
    CPU_CACHECTRL = CPU_CACHECTRL_INVALIDATE;
    __asm volatile("dsb\n\tisb" ::: "memory");
}

static void start_counters(void)
{
    SCB_DEMCR |= SCB_DEMCR_TRCENA;
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
    STIMER_STCFG = STIMER_STCFG_CLEAR;
    STIMER_STCFG = STIMER_STCFG_CLKSEL_LFRC_1KHZ;
}

static void start_watchdog(void)
{
    RSTGEN_CFG |= RSTGEN_CFG_WDREN;
    WDT_IERCLR = 1;
    WDT_IEREN = 1;
    WDT_CFG = WDT_CFG_CLKSEL_16HZ | WATCHDOG_WAKES_AT << WDT_CFG_INTVAL_AT |
              WATCHDOG_RESETS_AT << WDT_CFG_RESVAL_AT | WDT_CFG_INTEN | WDT_CFG_RESEN | WDT_CFG_WDTEN;
    board_feed_watchdog();
    NVIC_ISER0 = 1u << IRQ_WDT;
}

static uint16_t reset_cause(uint32_t status)
{
    static const struct {
        uint32_t bits;
        enum reset_cause cause;
    } causes[] = {
        {RSTGEN_STAT_PORSTAT, RESET_POWER},    {RSTGEN_STAT_EXRSTAT, RESET_PIN},
        {RSTGEN_STAT_SWRSTAT, RESET_SOFTWARE}, {RSTGEN_STAT_POIRSTAT, RESET_SOFTWARE},
        {RSTGEN_STAT_WDRSTAT, RESET_WATCHDOG}, {RSTGEN_STAT_DBGRSTAT, RESET_DEBUGGER},
        {RSTGEN_STAT_BORSTAT, RESET_OTHER},    {RSTGEN_STAT_BROWNOUTS, RESET_OTHER},
    };
    uint16_t cause = 0;
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        if ((status & causes[i].bits) != 0) {
            cause |= (uint16_t)causes[i].cause;
        }
    }
    return cause;
}

static uint32_t cpu_hz(void)
{
    static const uint32_t of_status[4] = {24000000u, 96000000u, 192000000u, 0};
    return of_status[PWRCTRL_MCUPERFREQ >> PWRCTRL_MCUPERFREQ_STATUS_AT & 3u];
}

static void gather_facts(void)
{
    const uint32_t status = RSTGEN_STAT;
    struct board_facts *const facts = &board.facts;
    retained_start((status & RSTGEN_STAT_WDRSTAT) != 0);
    const struct retained *const retained = retained_get();
    facts->name = "apollo4p";
    memcpy(facts->firmware_id, build_id(), FIRMWARE_ID_BYTES);
    facts->chip = MCUCTRL_CHIPPN;
    facts->cost_unit = facts->chip == MCUCTRL_CHIPPN_VIRTUAL ? COST_INSTRUCTIONS : COST_CYCLES;
    facts->cpu_hz = cpu_hz();
    facts->boot = (uint16_t)retained->boot;
    facts->reset_cause = reset_cause(status);
    facts->watchdog_resets = retained->watchdog_resets;
    facts->fault = retained->fault;
}

void board_start(void)
{
    start_cache();
    start_counters();
    gather_facts();
    board.memory = (struct board_memory){
        .image = ld_image_begin,
        .image_bytes = (size_t)(ld_image_end - ld_image_begin),
        .ram_image = ld_ram_image_begin,
        .ram_image_bytes = (size_t)(ld_ram_image_end - ld_ram_image_begin),
        .rows = ld_rows_begin,
        .rows_bytes = (size_t)(ld_rows_end - ld_rows_begin),
        .arena_limit = (size_t)(ld_large_arena_end - ld_large_arena_begin),
    };
    start_watchdog(); /* first: what follows waits for hardware */
    uart_start();
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
    if (bytes <= (size_t)(ld_arena_end - ld_arena_begin)) {
        return ld_arena_begin;
    }
    PWRCTRL_SSRAMPWREN |= PWRCTRL_SSRAM_GROUP0;
    while ((PWRCTRL_SSRAMPWRST & PWRCTRL_SSRAM_GROUP0) == 0) {
    }
    return ld_large_arena_begin;
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
    uart_send(bytes, count);
}

uint32_t board_cost(void)
{
    uint32_t in_interrupts;
    uint32_t cycles;
    do {
        in_interrupts = board.cycles_in_interrupts;
        cycles = DWT_CYCCNT;
    } while (in_interrupts != board.cycles_in_interrupts);
    return cycles - in_interrupts;
}

/* The counter is not in step with the processor: a read may catch it half changed, then the third is whole. */
static uint32_t read_stimer(void)
{
    const uint32_t first = STIMER_STTMR;
    const uint32_t second = STIMER_STTMR;
    const uint32_t third = STIMER_STTMR;
    return first == second ? first : third;
}

uint32_t board_uptime_ms(void)
{
    return (uint32_t)((uint64_t)read_stimer() * 1000u / STIMER_HZ);
}

uint32_t board_stack_free(void)
{
    return stack_free_bytes();
}

void board_feed_watchdog(void)
{
    WDT_RSTRT = WDT_RSTRT_KEY;
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
    uart_flush();
    retained_announce_reset(NULL);
    reset_processor();
}
