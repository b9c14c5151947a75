/* What each request does. */
#ifndef SS_REQUESTS_H
#define SS_REQUESTS_H

#include "app.h"

/* Does what `message` asks and sends the one answer; callable between the layers of an inference. */
void requests_answer(struct app *app, const struct message *message);

#endif
