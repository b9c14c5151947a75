#ifndef SS_INLINE_FUNCTIONS_H
#define SS_INLINE_FUNCTIONS_H

#include <stdint.h>

int32_t ss_test_scale_narrow(int32_t doubled, int32_t multiplier, int32_t addend, int32_t shift);
int32_t ss_test_doubling_high_word(int32_t value, int32_t multiplier);
uint32_t ss_test_model_bytes(void);

#endif
