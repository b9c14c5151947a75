#include "uart.h"

#include "cortex_m.h"
#include "registers.h"

#define BAUD 115200u
#define DIVISOR_64THS ((UART0_CLOCK_HZ * 4u + BAUD / 2u) / BAUD)

static void connect_pins(void)
{
    GPIO_PADKEY = GPIO_PADKEY_KEY;
    GPIO_PINCFG60 = GPIO_PINCFG_FNCSEL_UART0 | GPIO_PINCFG_DS_0P5X;
    GPIO_PINCFG47 = GPIO_PINCFG_FNCSEL_UART0 | GPIO_PINCFG_INPEN;
    GPIO_PADKEY = 0;
}

void uart_start(void)
{
    PWRCTRL_DEVPWREN |= PWRCTRL_DEV_UART0;
    while ((PWRCTRL_DEVPWRSTATUS & PWRCTRL_DEV_UART0) == 0) {
    }
    connect_pins();
    UART0_CR = UART0_CR_CLKEN | UART0_CR_CLKSEL_24MHZ;
    UART0_IBRD = DIVISOR_64THS / 64u;
    UART0_FBRD = DIVISOR_64THS % 64u;
    UART0_LCRH = UART0_LCRH_WLEN_8 | UART0_LCRH_FEN;
    UART0_IFLS = UART0_IFLS_RX_HALF;
    UART0_IEC = UART0_IEC_ALL;
    UART0_IER = UART0_IER_RXIM | UART0_IER_RTIM;
    UART0_CR = UART0_CR_CLKEN | UART0_CR_CLKSEL_24MHZ | UART0_CR_UARTEN | UART0_CR_TXE | UART0_CR_RXE;
    NVIC_ISER0 = 1u << IRQ_UART0;
}

void uart_receive(struct byte_ring *ring)
{
    UART0_IEC = UART0_IEC_ALL;
    while ((UART0_FR & UART0_FR_RXFE) == 0) {
        const uint32_t data = UART0_DR;
        if ((data & UART0_DR_OEDATA) != 0) {
            ring->overruns++; /* of the FIFO: bytes before this one are lost, this one is not */
        }
        if ((data & UART0_DR_ERRORS & ~UART0_DR_OEDATA) == 0) {
            byte_ring_put(ring, (uint8_t)data);
        }
    }
}

void uart_send(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while ((UART0_FR & UART0_FR_TXFF) != 0) {
        }
        UART0_DR = bytes[i];
    }
}

void uart_flush(void)
{
    while ((UART0_FR & UART0_FR_BUSY) != 0) {
    }
}
