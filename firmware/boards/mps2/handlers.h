/* The interrupts of this board. */
#ifndef SS_HANDLERS_H
#define SS_HANDLERS_H

void systick_handler(void);
void uart0_handler(void);

#endif
