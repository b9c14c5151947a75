/* The inner loop of a convolution: two rows times two channels, four channels of input at a time.
 *
 * x: for each four inputs, the even and the odd pair of the first row, then of the second. w: for each four
 * inputs, the first channel's weights, then the second's. In assembler for the Cortex-M4: the compiler, short
 * of registers, loads again what it has just dropped, 25 instructions for 16 products instead of 17. */
#ifndef SS_DOT_BLOCK_H
#define SS_DOT_BLOCK_H

#include "dual.h"

struct ss_dot_block {
    int32_t row_0[2];
    int32_t row_1[2];
    const uint32_t *w; /* where the next block's weights are */
};

#if SS_DSP

/* x from here to `end`, at least one group of four inputs. */
static inline struct ss_dot_block ss_dot_block(const uint32_t *x, const uint32_t *end, const uint32_t *w,
                                               int32_t bias_0, int32_t bias_1)
{
    struct ss_dot_block sum = {{bias_0, bias_1}, {bias_0, bias_1}, w};
    uint32_t x_even, x_odd, w0_even, w0_odd, w1_even, w1_odd;
    __asm("1:\n\t"
          "ldrd %[x_even], %[x_odd], [%[x]], #8\n\t"
          "ldrd %[w0_odd], %[w1_odd], [%[w]], #8\n\t"
          "sxtb16 %[w0_even], %[w0_odd]\n\t"
          "sxtb16 %[w0_odd], %[w0_odd], ror #8\n\t"
          "smlad %[sum_00], %[x_even], %[w0_even], %[sum_00]\n\t"
          "sxtb16 %[w1_even], %[w1_odd]\n\t"
          "sxtb16 %[w1_odd], %[w1_odd], ror #8\n\t"
          "smlad %[sum_01], %[x_even], %[w1_even], %[sum_01]\n\t"
          "smlad %[sum_00], %[x_odd], %[w0_odd], %[sum_00]\n\t"
          "smlad %[sum_01], %[x_odd], %[w1_odd], %[sum_01]\n\t"
          "ldrd %[x_even], %[x_odd], [%[x]], #8\n\t"
          "cmp %[x], %[end]\n\t"
          "smlad %[sum_10], %[x_even], %[w0_even], %[sum_10]\n\t"
          "smlad %[sum_11], %[x_even], %[w1_even], %[sum_11]\n\t"
          "smlad %[sum_10], %[x_odd], %[w0_odd], %[sum_10]\n\t"
          "smlad %[sum_11], %[x_odd], %[w1_odd], %[sum_11]\n\t"
          "bne 1b"
          : [x] "+&r"(x), [w] "+&r"(sum.w), [sum_00] "+&r"(sum.row_0[0]), [sum_01] "+&r"(sum.row_0[1]),
            [sum_10] "+&r"(sum.row_1[0]), [sum_11] "+&r"(sum.row_1[1]), [x_even] "=&r"(x_even),
            [x_odd] "=&r"(x_odd), [w0_even] "=&r"(w0_even), [w0_odd] "=&r"(w0_odd), [w1_even] "=&r"(w1_even),
            [w1_odd] "=&r"(w1_odd)
          : [end] "r"(end)
          : "cc", "memory");
    return sum;
}

#else

static inline struct ss_dot_block ss_dot_block(const uint32_t *x, const uint32_t *end, const uint32_t *w,
                                               int32_t bias_0, int32_t bias_1)
{
    struct ss_dot_block sum = {{bias_0, bias_1}, {bias_0, bias_1}, w};
    for (; x != end; x += 4, sum.w += 2) {
        for (int channel = 0; channel < 2; channel++) {
            const uint32_t even = ss_even(sum.w[channel]), odd = ss_odd(sum.w[channel]);
            sum.row_0[channel] = ss_dot(x[1], odd, ss_dot(x[0], even, sum.row_0[channel]));
            sum.row_1[channel] = ss_dot(x[3], odd, ss_dot(x[2], even, sum.row_1[channel]));
        }
    }
    return sum;
}

#endif

#endif
