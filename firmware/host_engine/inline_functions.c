/* For tests: what the engine has only inline, as functions. */
#include "inline_functions.h"

#include "scaling.h"

int32_t ss_test_scale_narrow(int32_t doubled, int32_t multiplier, int32_t addend, int32_t shift)
{
    return ss_scale_narrow(doubled, multiplier, addend, shift);
}

int32_t ss_test_doubling_high_word(int32_t value, int32_t multiplier)
{
    return ss_doubling_high_word(value, multiplier);
}

uint32_t ss_test_model_bytes(void)
{
    return sizeof(struct ss_model);
}
