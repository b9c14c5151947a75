/* Payloads that more than one message carries, and the messages that nobody asked for. */
#ifndef SS_TELL_H
#define SS_TELL_H

#include "app.h"

/* The writers return the place after what they wrote. */
uint8_t *put_hello(uint8_t *at, const struct app *app);
uint8_t *put_stage(uint8_t *at, const struct session *session, const struct stage_result *result);

void tell_ready(struct app *app);
void tell_stage(struct app *app, const struct stage_result *result);
void tell_frame(struct app *app, const struct frame_result *result);

#endif
