/* A session: the rows that came, which of them are to be staged, and the results. No input or output here.
 *
 * Rows are kept quantised. Of a rolling session, row n stands in slot n modulo (frame_size + QUEUE_ROWS): a row
 * that waits never stands where one is that the rows before it are still staged with.
 */
#ifndef SS_SESSION_H
#define SS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"
#include "ss_engine.h"

enum session_kind { SESSION_NONE = 0, SESSION_ROLLING = 1, SESSION_FRAMES = 2 };

struct stage_result {
    uint32_t epoch;
    uint32_t cost;
    uint8_t stage;
    int8_t outputs[SS_MAX_CLASSES];
    uint8_t probabilities[SS_MAX_CLASSES];
};

struct rolling {
    uint32_t next;   /* rows received */
    uint32_t staged; /* rows staged */
    struct stage_result results[KEPT_STAGES];
};

struct frame_result {
    uint32_t frame;
    uint32_t cost;
    uint32_t crc32;
};

struct frames {
    uint32_t filling; /* the frame that rows are taken for */
    uint32_t leading; /* rows of it held without a hole from its first */
    bool asked;       /* it is whole and is to be staged, or is being staged */
    bool any;         /* `last` is one that was staged in this session */
    struct frame_result last;
    uint32_t held[FRAME_ROWS_MAX / 32u];
};

struct session {
    uint32_t id; /* 0: none */
    enum session_kind kind;
    uint32_t changes; /* counts sessions begun and ended: whether a result is still wanted */
    const struct ss_model *model;
    int8_t *rows;
    struct rolling rolling;
    struct frames frames;
};

/* Rows as they come in ROWS: `count` × features floats at `values`. */
struct rows {
    uint32_t first;
    uint32_t count;
    const uint8_t *values;
};

struct refused {
    enum refusal reason;
    uint32_t detail;
};

void session_begin(struct session *session, uint32_t id, enum session_kind kind, const struct ss_model *model,
                   int8_t *rows);
void session_end(struct session *session);

/* The number of the row that is expected next. */
uint32_t session_next(const struct session *session);

struct refused session_take_rows(struct session *session, const struct rows *rows);

/* Asks for a frame to be staged. `again`: it was, and is to be told again. */
struct refused session_run(struct session *session, uint32_t frame, bool *again);

/* True: there is something to stage. */
bool session_has_work(const struct session *session);

/* Writes what is to be staged next to `input`, frame_size × features. */
void session_write_input(const struct session *session, int8_t *input);

/* The result of the row that was written last, of a rolling session. */
const struct stage_result *session_finish_row(struct session *session, const int8_t *outputs, uint32_t cost);

/* The result of the frame that was written last, of a frames session. */
const struct frame_result *session_finish_frame(struct session *session, const int8_t *outputs,
                                                uint32_t cost);

/* Null: not kept. */
const struct stage_result *session_stage(const struct session *session, uint32_t epoch);

/* The newest epoch or frame that was staged, or NONE_NEWEST. */
uint32_t session_newest(const struct session *session);

#endif
