#include "requests.h"

#include "board.h"
#include "bytes.h"
#include "tell.h"

struct answer {
    uint8_t *at; /* the end of its payload */
    struct refused refused;
    bool tell_frame; /* the last frame's result is to follow */
};

/* Reads `payload`, whose length is within the row's of the table below. */
typedef void (*request)(struct app *app, const uint8_t *payload, size_t length, struct answer *answer);

static void refuse(struct answer *answer, enum refusal reason, uint32_t detail)
{
    answer->refused.reason = reason;
    answer->refused.detail = detail;
}

/* True: it is, and `answer` says so. */
static bool is_busy(const struct app *app, struct answer *answer)
{
    if (app->inference.running) {
        refuse(answer, BUSY, session_next(&app->session));
    }
    return app->inference.running;
}

/* False: `answer` says which session there is instead. The session's number is the payload's first field. */
static bool has_session(const struct app *app, const uint8_t *payload, struct answer *answer)
{
    const uint32_t id = get_u32(payload);
    if (id != 0 && id == app->session.id) {
        return true;
    }
    refuse(answer, NO_SESSION, app->session.id);
    return false;
}

static bool has_session_of(const struct app *app, enum session_kind kind, const uint8_t *payload,
                           struct answer *answer)
{
    if (!has_session(app, payload, answer)) {
        return false;
    }
    if (app->session.kind != kind) {
        refuse(answer, WRONG_KIND, (uint32_t)app->session.kind);
        return false;
    }
    return true;
}

static void hello(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)payload;
    (void)length;
    answer->at = put_hello(answer->at, app);
}

static void counters(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)payload;
    (void)length;
    const uint32_t values[] = {
        app->reader.received, app->writer.sent,  app->reader.crc_errors, app->reader.framing_errors,
        board_overruns(),     app->refused,      app->inference.number,  board_facts()->watchdog_resets,
        board_stack_free(),   board_uptime_ms(),
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        answer->at = put_u32(answer->at, values[i]);
    }
}

static void fault(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)app;
    (void)payload;
    (void)length;
    const struct fault_record *const record = &board_facts()->fault;
    const uint32_t values[] = {
        record->faults, record->exception, record->pc,      record->lr,
        record->cfsr,   record->hfsr,      record->address,
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        answer->at = put_u32(answer->at, values[i]);
    }
}

static void image_begin(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)length;
    const uint32_t total = get_u32(payload);
    if (is_busy(app, answer)) {
        return;
    }
    if (total > board_memory()->ram_image_bytes) {
        refuse(answer, IMAGE_REFUSED, IMAGE_TOO_LONG);
        return;
    }
    if (images_begin(&app->images, total, get_u32(payload + 4))) {
        session_end(&app->session);
    }
}

static void image_data(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    const uint32_t offset = get_u32(payload);
    const uint32_t count = (uint32_t)length - 4u;
    if (is_busy(app, answer)) {
        return;
    }
    if (offset > app->images.total || count > app->images.total - offset) {
        refuse(answer, OUT_OF_RANGE, 0);
        return;
    }
    images_data(&app->images, offset, payload + 4, count);
    answer->at = put_u32(answer->at, app->images.held);
}

static void image_commit(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)payload;
    (void)length;
    if (is_busy(app, answer) || app->images.place == IMAGE_IN_RAM) {
        return;
    }
    if (!app->images.begun || app->images.held < app->images.total) {
        refuse(answer, NOT_AVAILABLE, app->images.held);
        return;
    }
    session_end(&app->session);
    const uint8_t error = images_commit(&app->images);
    if (error != SS_OK) {
        refuse(answer, IMAGE_REFUSED, error);
    }
}

static void image_drop(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)payload;
    (void)length;
    if (is_busy(app, answer)) {
        return;
    }
    if (app->images.place == IMAGE_IN_RAM) {
        session_end(&app->session);
    }
    images_drop(&app->images);
}

static void begin(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)length;
    const uint32_t id = get_u32(payload);
    const uint8_t kind = payload[4];
    if (id == 0) {
        refuse(answer, OUT_OF_RANGE, 0);
    } else if (kind != SESSION_ROLLING && kind != SESSION_FRAMES) {
        refuse(answer, OUT_OF_RANGE, 4);
    } else if (app->images.place == IMAGE_NOWHERE) {
        refuse(answer, NO_IMAGE, app->images.error);
    } else if (app->session.id != id || app->session.kind != (enum session_kind)kind) {
        session_begin(&app->session, id, (enum session_kind)kind, &app->images.model, board_memory()->rows);
    }
}

static void end(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)length;
    (void)answer;
    if (get_u32(payload) == app->session.id) {
        session_end(&app->session);
    }
}

static void rows(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    if (!has_session(app, payload, answer)) {
        return;
    }
    const struct rows rows = {
        .first = get_u32(payload + 4),
        .count = get_u16(payload + 8),
        .values = payload + ROWS_HEAD_BYTES,
    };
    const size_t row_bytes = (size_t)app->session.model->features * 4u;
    if (length != ROWS_HEAD_BYTES + rows.count * row_bytes) {
        refuse(answer, WRONG_LENGTH, (uint32_t)length);
        return;
    }
    answer->refused = session_take_rows(&app->session, &rows);
    answer->at = put_u32(answer->at, session_next(&app->session));
}

static void stage_of(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)length;
    if (!has_session_of(app, SESSION_ROLLING, payload, answer)) {
        return;
    }
    const struct stage_result *const result = session_stage(&app->session, get_u32(payload + 4));
    if (result == NULL) {
        refuse(answer, NOT_AVAILABLE, session_newest(&app->session));
        return;
    }
    answer->at = put_stage(answer->at, &app->session, result);
}

static void run(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)length;
    bool again = false;
    if (!has_session_of(app, SESSION_FRAMES, payload, answer)) {
        return;
    }
    answer->refused = session_run(&app->session, get_u32(payload + 4), &again);
    answer->tell_frame = again;
}

static void outputs(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)length;
    if (!has_session_of(app, SESSION_FRAMES, payload, answer) || is_busy(app, answer)) {
        return;
    }
    const struct ss_model *const model = app->session.model;
    const uint32_t first = get_u16(payload + 8);
    const uint32_t count = get_u16(payload + 10);
    const uint32_t newest = session_newest(&app->session);
    if (newest == NONE_NEWEST || get_u32(payload + 4) != newest) {
        refuse(answer, NOT_AVAILABLE, newest);
    } else if (first + count > model->frame_size) {
        refuse(answer, OUT_OF_RANGE, 8);
    } else if (count * model->classes > PAYLOAD_MAX) {
        refuse(answer, OUT_OF_RANGE, 10);
    } else {
        const int8_t *const of_frame = ss_model_output(model, app->arena);
        answer->at = put_bytes(answer->at, of_frame + (size_t)first * model->classes, count * model->classes);
    }
}

static void costs(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)payload;
    (void)length;
    const struct inference *const inference = &app->inference;
    answer->at = put_u32(answer->at, inference->number);
    answer->at = put_u16(answer->at, inference->layers);
    for (uint16_t layer = 0; layer < inference->layers; layer++) {
        answer->at = put_u32(answer->at, inference->costs[layer]);
    }
}

static void reset(struct app *app, const uint8_t *payload, size_t length, struct answer *answer)
{
    (void)app;
    (void)payload;
    (void)length;
    (void)answer; /* requests_answer restarts the board once this is answered */
}

struct request_kind {
    uint8_t type;
    uint16_t least;
    uint16_t most;
    request answer;
};

static const struct request_kind request_kinds[] = {
    {HELLO, 0, 0, hello},
    {COUNTERS, 0, 0, counters},
    {FAULT, 0, 0, fault},
    {IMAGE_BEGIN, 8, 8, image_begin},
    {IMAGE_DATA, 4, PAYLOAD_MAX, image_data},
    {IMAGE_COMMIT, 0, 0, image_commit},
    {IMAGE_DROP, 0, 0, image_drop},
    {BEGIN, 5, 5, begin},
    {ROWS, ROWS_HEAD_BYTES, PAYLOAD_MAX, rows},
    {STAGE_OF, 8, 8, stage_of},
    {RUN, 8, 8, run},
    {OUTPUTS, 12, 12, outputs},
    {COSTS, 0, 0, costs},
    {RESET, 0, 0, reset},
    {END, 4, 4, end},
};

static const struct request_kind *kind_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof request_kinds / sizeof *request_kinds; i++) {
        if (request_kinds[i].type == type) {
            return &request_kinds[i];
        }
    }
    return NULL;
}

static void do_request(struct app *app, const struct message *message, struct answer *answer)
{
    const struct request_kind *const kind = kind_of(message->type);
    if (message->version != PROTOCOL_VERSION) {
        refuse(answer, WRONG_VERSION, PROTOCOL_VERSION);
    } else if (kind == NULL) {
        refuse(answer, UNKNOWN_TYPE, 0);
    } else if (message->length < kind->least || message->length > kind->most) {
        refuse(answer, WRONG_LENGTH, (uint32_t)message->length);
    } else {
        kind->answer(app, message->payload, message->length, answer);
    }
}

void requests_answer(struct app *app, const struct message *message)
{
    if (message->type >= READY) {
        return; /* no request: what a line reflects would otherwise be answered for ever */
    }
    uint8_t *const payload = frame_writer_payload(&app->writer);
    struct answer answer = {.at = payload, .refused = {NOT_REFUSED, 0}, .tell_frame = false};
    do_request(app, message, &answer);
    uint8_t type = (uint8_t)(message->type + ANSWER);
    if (answer.refused.reason != NOT_REFUSED) {
        type = REFUSED;
        answer.at = put_u8(payload, (uint8_t)answer.refused.reason);
        answer.at = put_u8(answer.at, message->type);
        answer.at = put_u32(answer.at, answer.refused.detail);
        app->refused++;
    }
    frame_writer_send(&app->writer, type, message->sequence, answer.at);
    if (type == RESET + ANSWER) {
        board_reset();
    }
    if (answer.tell_frame) {
        tell_frame(app, &app->session.frames.last);
    }
}
