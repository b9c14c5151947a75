/* Every register of the Apollo4 Plus that the firmware touches; the virtual board implements this list.
 *
 * Names, addresses and bits are those of the public register descriptions (CMSIS/SVD). "R", "W" say what the
 * firmware does with a register; "reset" is its value after reset where the firmware relies on it.
 */
#ifndef SS_APOLLO4P_REGISTERS_H
#define SS_APOLLO4P_REGISTERS_H

#include <stdint.h>

#define SS_REGISTER(address) (*(volatile uint32_t *)(address))

/* RSTGEN: resets. */
#define RSTGEN_CFG SS_REGISTER(0x40000000u) /* RW */
#define RSTGEN_CFG_WDREN (1u << 1)
#define RSTGEN_STAT SS_REGISTER(0x4000885Cu) /* R; cleared by power-on (POI) alone */
#define RSTGEN_STAT_EXRSTAT (1u << 0)
#define RSTGEN_STAT_PORSTAT (1u << 1)
#define RSTGEN_STAT_BORSTAT (1u << 2)
#define RSTGEN_STAT_SWRSTAT (1u << 3) /* AIRCR.SYSRESETREQ as well */
#define RSTGEN_STAT_POIRSTAT (1u << 4)
#define RSTGEN_STAT_DBGRSTAT (1u << 5)
#define RSTGEN_STAT_WDRSTAT (1u << 6)
#define RSTGEN_STAT_BROWNOUTS (0xFu << 7) /* BOUSTAT, BOCSTAT, BOFSTAT, BOSSTAT */

/* STIMER: the time since start; runs on while the core sleeps. */
#define STIMER_STCFG SS_REGISTER(0x40008800u) /* W */
#define STIMER_STCFG_CLKSEL_LFRC_1KHZ 6u
#define STIMER_STCFG_CLEAR (1u << 30)
#define STIMER_STTMR SS_REGISTER(0x40008804u) /* R: of another clock, see board.c */
#define STIMER_HZ 1024u /* about */

/* GPIO: the two pins of UART0 on the evaluation board, wired to the debugger's virtual COM port. */
#define GPIO_PINCFG47 SS_REGISTER(0x400100BCu) /* W: receives */
#define GPIO_PINCFG60 SS_REGISTER(0x400100F0u) /* W: transmits */
#define GPIO_PINCFG_FNCSEL_UART0 4u
#define GPIO_PINCFG_INPEN (1u << 4)
#define GPIO_PINCFG_DS_0P5X (1u << 10)
#define GPIO_PADKEY SS_REGISTER(0x40010200u) /* W: PINCFG is writable while the key is in */
#define GPIO_PADKEY_KEY 0x73u

/* UART0, nearly an ARM PL011, with FIFOs of 32. */
#define UART0_DR SS_REGISTER(0x4001C000u) /* RW */
#define UART0_DR_ERRORS (0xFu << 8) /* FEDATA, PEDATA, BEDATA, OEDATA */
#define UART0_DR_OEDATA (1u << 11)
#define UART0_FR SS_REGISTER(0x4001C018u) /* R */
#define UART0_FR_BUSY (1u << 3)
#define UART0_FR_RXFE (1u << 4)
#define UART0_FR_TXFF (1u << 5)
#define UART0_IBRD SS_REGISTER(0x4001C024u) /* W: 13 */
#define UART0_FBRD SS_REGISTER(0x4001C028u) /* W: 1 */
#define UART0_LCRH SS_REGISTER(0x4001C02Cu) /* W */
#define UART0_LCRH_FEN (1u << 4)
#define UART0_LCRH_WLEN_8 (3u << 5)
#define UART0_CR SS_REGISTER(0x4001C030u) /* W */
#define UART0_CR_UARTEN (1u << 0)
#define UART0_CR_CLKEN (1u << 3)
#define UART0_CR_CLKSEL_24MHZ (1u << 4)
#define UART0_CR_TXE (1u << 8)
#define UART0_CR_RXE (1u << 9)
#define UART0_IFLS SS_REGISTER(0x4001C034u) /* W: RX interrupt from 16 of 32 on */
#define UART0_IFLS_RX_HALF (2u << 3)
#define UART0_IER SS_REGISTER(0x4001C038u) /* W: RX level and RX timeout */
#define UART0_IER_RXIM (1u << 4)
#define UART0_IER_RTIM (1u << 6)
#define UART0_IEC SS_REGISTER(0x4001C044u) /* W: clears what was raised */
#define UART0_IEC_ALL 0x7FFu
#define UART0_CLOCK_HZ 24000000u

/* MCUCTRL */
#define MCUCTRL_CHIPPN SS_REGISTER(0x40020000u) /* R: part number */
#define MCUCTRL_CHIPPN_VIRTUAL 0x44524256u /* "VBRD" */

/* PWRCTRL */
#define PWRCTRL_MCUPERFREQ SS_REGISTER(0x40021000u) /* R: status: 0 24, 1 96, 2 192 MHz */
#define PWRCTRL_MCUPERFREQ_STATUS_AT 3u
#define PWRCTRL_DEVPWREN SS_REGISTER(0x40021004u) /* RW */
#define PWRCTRL_DEVPWRSTATUS SS_REGISTER(0x40021008u) /* R: polled until as asked */
#define PWRCTRL_DEV_UART0 (1u << 9)
#define PWRCTRL_SSRAMPWREN SS_REGISTER(0x40021024u) /* RW: reset 0 */
#define PWRCTRL_SSRAMPWRST SS_REGISTER(0x40021028u) /* R: polled until as asked */
#define PWRCTRL_SSRAM_GROUP0 (1u << 0) /* the lower 1 MB, from 0x10060000 */

/* WDT: IRQ 1. Counts at 16 Hz; its interrupt wakes the main loop, which alone restarts it. */
#define WDT_CFG SS_REGISTER(0x40024000u) /* W */
#define WDT_CFG_WDTEN (1u << 0)
#define WDT_CFG_INTEN (1u << 1)
#define WDT_CFG_RESEN (1u << 2)
#define WDT_CFG_RESVAL_AT 8u
#define WDT_CFG_INTVAL_AT 16u
#define WDT_CFG_CLKSEL_16HZ (2u << 24)
#define WDT_RSTRT SS_REGISTER(0x40024004u) /* W: the key sets the count to 0 */
#define WDT_RSTRT_KEY 0xB2u
#define WDT_IEREN SS_REGISTER(0x40024200u) /* W: bit 0 */
#define WDT_IERCLR SS_REGISTER(0x40024208u) /* W: bit 0 clears the interrupt */

/* CPU: the cache before MRAM. */
#define CPU_CACHECFG SS_REGISTER(0x48000000u) /* W: reset 0x50, off */
#define CPU_CACHECFG_ENABLE (1u << 0)
#define CPU_CACHECFG_CONFIG_DIRECT_64KB (14u << 4) /* as the maker's software sets it */
#define CPU_CACHECFG_IENABLE (1u << 8)
#define CPU_CACHECFG_DENABLE (1u << 9)
#define CPU_CACHECFG_CLKGATE (1u << 10)
#define CPU_CACHECFG_DATACLKGATE (1u << 20)
#define CPU_CACHECTRL SS_REGISTER(0x48000008u) /* RW */
#define CPU_CACHECTRL_INVALIDATE (1u << 0)

/* Interrupt numbers. */
#define IRQ_WDT 1u
#define IRQ_UART0 15u

/* Of the processor itself (boards/cortex_m/cortex_m.h): DWT_CTRL 0xE0001000 (RW: bit 0), DWT_CYCCNT 0xE0001004
 * (RW), NVIC_ISER0 0xE000E100 (W), VTOR 0xE000ED08 (W), AIRCR 0xE000ED0C (W: 0x05FA0004 resets), CFSR
 * 0xE000ED28 (R), HFSR 0xE000ED2C (R), MMFAR 0xE000ED34 (R), BFAR 0xE000ED38 (R), CPACR 0xE000ED88 (RW), DEMCR
 * 0xE000EDFC (RW: bit 24).
 */

#endif
