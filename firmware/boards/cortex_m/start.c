#include "start.h"

#include "cortex_m.h"
#include "retained.h"

#define PAINT 0xC0DEC0DEu
#define PAINT_SPARES_WORDS 16u
#define BUILD_ID_AT 16u /* the note's head: three words and "GNU" */
#define PUSHED_BYTES 32u

int main(void);
_Noreturn void start_firmware(void);
_Noreturn void record_fault(const uint32_t *pushed);

static void paint_stack(void)
{
    uint32_t *stack_pointer;
    __asm volatile("mov %0, sp" : "=r"(stack_pointer));
    for (uint32_t *word = ld_stack_bottom; word < stack_pointer - PAINT_SPARES_WORDS; word++) {
        *word = PAINT;
    }
}

uint32_t stack_free_bytes(void)
{
    const uint32_t *word = ld_stack_bottom;
    while (word < ld_stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)word - (uintptr_t)ld_stack_bottom);
}

const uint8_t *build_id(void)
{
    return ld_build_id_note + BUILD_ID_AT;
}

_Noreturn void start_firmware(void)
{
    SCB_CPACR |= SCB_CPACR_FPU;
    SCB_VTOR = (uint32_t)(uintptr_t)ld_vectors;
    __asm volatile("dsb\n\tisb" ::: "memory");
    paint_stack();
    const uint32_t *from = ld_data_in_flash;
    for (uint32_t *to = ld_data_begin; to < ld_data_end; to++) {
        *to = *from;
        from++;
    }
    for (uint32_t *to = ld_bss_begin; to < ld_bss_end; to++) {
        *to = 0;
    }
    (void)main();
    reset_processor();
}

/* Whoever hands over, interrupts are off and the stack is ours. */
__attribute__((naked)) void reset_handler(void)
{
    __asm volatile("cpsid i\n\t"
                   "ldr r0, =ld_stack_top\n\t"
                   "mov sp, r0\n\t"
                   "b start_firmware");
}

/* The stack may be what broke: the record is made on a fresh one. Exceptions push eight words: r0–r3, r12, lr,
 * pc, xPSR. */
_Noreturn void record_fault(const uint32_t *pushed)
{
    struct fault_record record = {0};
    __asm volatile("mrs %0, ipsr" : "=r"(record.exception));
    const uintptr_t at = (uintptr_t)pushed;
    if (at >= (uintptr_t)ld_stack_bottom && at + PUSHED_BYTES <= (uintptr_t)ld_stack_top) {
        record.lr = pushed[5];
        record.pc = pushed[6];
    }
    record.cfsr = SCB_CFSR;
    record.hfsr = SCB_HFSR;
    if ((record.cfsr & SCB_CFSR_BFARVALID) != 0) {
        record.address = SCB_BFAR;
    } else if ((record.cfsr & SCB_CFSR_MMARVALID) != 0) {
        record.address = SCB_MMFAR;
    }
    retained_announce_reset(&record);
    reset_processor();
}

__attribute__((naked)) void fault_handler(void)
{
    __asm volatile("mrs r0, msp\n\t"
                   "ldr r1, =ld_stack_top\n\t"
                   "mov sp, r1\n\t"
                   "b record_fault");
}
