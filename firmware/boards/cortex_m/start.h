/* Entry points that vector tables name, and the places that linker scripts define. */
#ifndef SS_START_H
#define SS_START_H

#include <stdint.h>

extern uint32_t ld_stack_bottom[], ld_stack_top[];
extern uint32_t ld_data_in_flash[], ld_data_begin[], ld_data_end[], ld_bss_begin[], ld_bss_end[];
extern uint32_t ld_vectors[];
extern const uint8_t ld_build_id_note[];

typedef void (*vector)(void);

/* The linker script puts it first. */
#define VECTOR_TABLE __attribute__((section(".vectors"), used))

void reset_handler(void);
void fault_handler(void);

/* The least room that the stack has had. */
uint32_t stack_free_bytes(void);

/* The linker's SHA-1 build id: 20 bytes. */
const uint8_t *build_id(void);

#endif
