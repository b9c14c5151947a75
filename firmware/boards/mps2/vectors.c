#include "handlers.h"
#include "registers.h"
#include "start.h"

#define EXTERNAL_INTERRUPTS 32
#define OF_PROCESSOR 16
#define SYSTICK 15

union entry {
    uint32_t *stack_top;
    vector handler;
};

VECTOR_TABLE static const union entry vectors[OF_PROCESSOR + EXTERNAL_INTERRUPTS] = {
    [0] = {.stack_top = ld_stack_top},
    [1] = {.handler = reset_handler},
    [2 ... SYSTICK - 1] = {.handler = fault_handler},
    [SYSTICK] = {.handler = systick_handler},
    [OF_PROCESSOR + IRQ_UART0_RX] = {.handler = uart0_handler},
    [OF_PROCESSOR + IRQ_UART0_RX + 1 ... OF_PROCESSOR + EXTERNAL_INTERRUPTS - 1] = {.handler = fault_handler},
};
