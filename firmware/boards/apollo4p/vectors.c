#include "handlers.h"
#include "registers.h"
#include "start.h"

#define EXTERNAL_INTERRUPTS 84
#define OF_PROCESSOR 16

union entry {
    uint32_t *stack_top;
    vector handler;
};

VECTOR_TABLE static const union entry vectors[OF_PROCESSOR + EXTERNAL_INTERRUPTS] = {
    [0] = {.stack_top = ld_stack_top},
    [1] = {.handler = reset_handler},
    [2 ... OF_PROCESSOR + IRQ_WDT - 1] = {.handler = fault_handler},
    [OF_PROCESSOR + IRQ_WDT] = {.handler = watchdog_handler},
    [OF_PROCESSOR + IRQ_WDT + 1 ... OF_PROCESSOR + IRQ_UART0 - 1] = {.handler = fault_handler},
    [OF_PROCESSOR + IRQ_UART0] = {.handler = uart0_handler},
    [OF_PROCESSOR + IRQ_UART0 + 1 ... OF_PROCESSOR + EXTERNAL_INTERRUPTS - 1] = {.handler = fault_handler},
};
