/* CRC-16/CCITT-FALSE: polynomial 0x1021, initial value 0xFFFF, not reflected. */
#ifndef SS_CRC16_H
#define SS_CRC16_H

#include <stddef.h>
#include <stdint.h>

#define CRC16_INITIAL 0xFFFFu

/* Continues `crc` over `count` bytes. */
uint16_t crc16(uint16_t crc, const uint8_t *bytes, size_t count);

#endif
