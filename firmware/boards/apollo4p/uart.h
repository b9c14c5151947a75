/* UART0: 115,200 baud 8N1, received by interrupt into a ring, sent by waiting. */
#ifndef SS_UART_H
#define SS_UART_H

#include <stddef.h>
#include <stdint.h>

#include "byte_ring.h"

void uart_start(void);

/* Of the interrupt: empties the FIFO. */
void uart_receive(struct byte_ring *ring);

void uart_send(const uint8_t *bytes, size_t count);

/* Returns when the last bit has left. */
void uart_flush(void);

#endif
