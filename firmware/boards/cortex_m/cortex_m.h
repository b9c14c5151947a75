/* What the two Cortex-M4 boards share: registers of the processor, start, faults, what outlives a reset. */
#ifndef SS_CORTEX_M_H
#define SS_CORTEX_M_H

#include <stddef.h>
#include <stdint.h>

#define CORTEX_REGISTER(address) (*(volatile uint32_t *)(address))

#define DWT_CTRL CORTEX_REGISTER(0xE0001000u)
#define DWT_CTRL_CYCCNTENA (1u << 0)
#define DWT_CYCCNT CORTEX_REGISTER(0xE0001004u)
#define SYST_CSR CORTEX_REGISTER(0xE000E010u)
#define SYST_RVR CORTEX_REGISTER(0xE000E014u)
#define SYST_CVR CORTEX_REGISTER(0xE000E018u)
#define NVIC_ISER0 CORTEX_REGISTER(0xE000E100u)
#define SCB_VTOR CORTEX_REGISTER(0xE000ED08u)
#define SCB_AIRCR CORTEX_REGISTER(0xE000ED0Cu)
#define SCB_AIRCR_SYSRESETREQ 0x05FA0004u
#define SCB_CFSR CORTEX_REGISTER(0xE000ED28u)
#define SCB_CFSR_MMARVALID (1u << 7)
#define SCB_CFSR_BFARVALID (1u << 15)
#define SCB_HFSR CORTEX_REGISTER(0xE000ED2Cu)
#define SCB_MMFAR CORTEX_REGISTER(0xE000ED34u)
#define SCB_BFAR CORTEX_REGISTER(0xE000ED38u)
#define SCB_CPACR CORTEX_REGISTER(0xE000ED88u)
#define SCB_CPACR_FPU (0xFu << 20)
#define SCB_DEMCR CORTEX_REGISTER(0xE000EDFCu)
#define SCB_DEMCR_TRCENA (1u << 24)

static inline void disable_interrupts(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

static inline void enable_interrupts(void)
{
    __asm volatile("cpsie i" ::: "memory");
}

/* Sleeps until an interrupt is pending, also a disabled one. */
static inline void wait_for_interrupt(void)
{
    __asm volatile("dsb\n\twfi" ::: "memory");
}

_Noreturn static inline void reset_processor(void)
{
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    for (;;) {
        __asm volatile("dsb" ::: "memory");
    }
}

#endif
