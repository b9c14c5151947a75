/* The application: answers requests, and stages what the session asks for. */
#ifndef SS_APP_H
#define SS_APP_H

#include <stdint.h>

#include "frame_reader.h"
#include "frame_writer.h"
#include "images.h"
#include "inference.h"
#include "session.h"

struct app {
    struct frame_reader reader;
    struct frame_writer writer;
    struct images images;
    struct session session;
    struct inference inference;
    int8_t *arena;
    uint32_t refused;
    uint16_t told; /* unsolicited messages */
};

/* After board_start: opens the image in MRAM and says READY. */
void app_start(struct app *app);

/* One turn of the main loop: requests, then one inference if there is one to do, else sleep. */
void app_step(struct app *app);

#endif
