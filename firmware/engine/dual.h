/* Pairs of 16-bit values in a word, as the Cortex-M4's DSP instructions take them.
 *
 * The kernels are written once, over these. Where the processor lacks the instructions, or SS_PORTABLE is
 * defined, plain C stands in with equal results, so that the host's sanitizers see the kernels' own loops. */
#ifndef SS_DUAL_H
#define SS_DUAL_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && !defined(SS_PORTABLE)
#define SS_DSP 1
#else
#define SS_DSP 0
#endif

static inline uint32_t ss_load4(const int8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The first `count` bytes, 1 to 3, the others 0: for the end of a row. */
static inline uint32_t ss_load_part(const int8_t *bytes, uint32_t count)
{
    uint16_t half;
    if (count == 1) {
        return (uint8_t)bytes[0];
    }
    memcpy(&half, bytes, sizeof half);
    return count == 2 ? half : half | (uint32_t)(uint8_t)bytes[2] << 16;
}

/* Sums that may leave 32 bits, in images that were not made by the writer, do so as the processor does it. */
static inline int32_t ss_wrapping_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

#if SS_DSP

#include <arm_acle.h>

/* Bytes 0 and 2, sign-extended. */
static inline uint32_t ss_even(uint32_t bytes)
{
    return (uint32_t)__sxtb16((int8x4_t)bytes);
}

/* Bytes 1 and 3, sign-extended. The intrinsic would rotate with an instruction of its own. */
static inline uint32_t ss_odd(uint32_t bytes)
{
    uint32_t result;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(bytes));
    return result;
}

/* sums + ss_even(bytes), pair by pair */
static inline uint32_t ss_add_even(uint32_t sums, uint32_t bytes)
{
    return (uint32_t)__sxtab16((int16x2_t)sums, (int8x4_t)bytes);
}

static inline uint32_t ss_add_odd(uint32_t sums, uint32_t bytes)
{
    uint32_t result;
    __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(sums), "r"(bytes));
    return result;
}

static inline uint32_t ss_add_pairs(uint32_t a, uint32_t b)
{
    return (uint32_t)__sadd16((int16x2_t)a, (int16x2_t)b);
}

/* a.low × b.low + a.high × b.high + sum */
static inline int32_t ss_dot(uint32_t a, uint32_t b, int32_t sum)
{
    return __smlad((int16x2_t)a, (int16x2_t)b, sum);
}

static inline int32_t ss_low_product(uint32_t a, uint32_t b, int32_t sum)
{
    return __smlabb((int32_t)a, (int32_t)b, sum);
}

static inline int32_t ss_high_product(uint32_t a, uint32_t b, int32_t sum)
{
    return __smlatt((int32_t)a, (int32_t)b, sum);
}

/* (a × b + 2^31) >> 32 */
static inline int32_t ss_rounded_high_word(int32_t a, int32_t b)
{
    int32_t result;
    __asm("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

static inline int32_t ss_saturate(int32_t value)
{
    int32_t result;
    __asm("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return result;
}

#else

static inline uint32_t ss_pair(int32_t low, int32_t high)
{
    return (uint32_t)(uint16_t)low | (uint32_t)(uint16_t)high << 16;
}

static inline int32_t ss_low(uint32_t pair)
{
    return (int16_t)(uint16_t)pair;
}

static inline int32_t ss_high(uint32_t pair)
{
    return (int16_t)(uint16_t)(pair >> 16);
}

static inline uint32_t ss_even(uint32_t bytes)
{
    return ss_pair((int8_t)(uint8_t)bytes, (int8_t)(uint8_t)(bytes >> 16));
}

static inline uint32_t ss_odd(uint32_t bytes)
{
    return ss_even(bytes >> 8);
}

static inline uint32_t ss_add_pairs(uint32_t a, uint32_t b)
{
    return ss_pair(ss_low(a) + ss_low(b), ss_high(a) + ss_high(b));
}

static inline uint32_t ss_add_even(uint32_t sums, uint32_t bytes)
{
    return ss_add_pairs(sums, ss_even(bytes));
}

static inline uint32_t ss_add_odd(uint32_t sums, uint32_t bytes)
{
    return ss_add_pairs(sums, ss_odd(bytes));
}

static inline int32_t ss_low_product(uint32_t a, uint32_t b, int32_t sum)
{
    return ss_wrapping_add(sum, ss_low(a) * ss_low(b));
}

static inline int32_t ss_high_product(uint32_t a, uint32_t b, int32_t sum)
{
    return ss_wrapping_add(sum, ss_high(a) * ss_high(b));
}

static inline int32_t ss_dot(uint32_t a, uint32_t b, int32_t sum)
{
    return ss_high_product(a, b, ss_low_product(a, b, sum));
}

static inline int32_t ss_rounded_high_word(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
}

static inline int32_t ss_saturate(int32_t value)
{
    return value < -128 ? -128 : value > 127 ? 127 : value;
}

#endif

#endif
