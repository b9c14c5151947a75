#include "session.h"

#include <string.h>

#include "bytes.h"

static const struct refused taken = {NOT_REFUSED, 0};

static struct refused refuse(enum refusal reason, uint32_t detail)
{
    const struct refused refused = {reason, detail};
    return refused;
}

void session_begin(struct session *session, uint32_t id, enum session_kind kind, const struct ss_model *model,
                   int8_t *rows)
{
    const uint32_t changes = session->changes + 1u;
    memset(session, 0, sizeof *session);
    session->changes = changes;
    session->id = id;
    session->kind = kind;
    session->model = model;
    session->rows = rows;
}

void session_end(struct session *session)
{
    session_begin(session, 0, SESSION_NONE, NULL, NULL);
}

static uint32_t slots(const struct session *session)
{
    const uint32_t frame_size = session->model->frame_size;
    return session->kind == SESSION_ROLLING ? frame_size + QUEUE_ROWS : frame_size;
}

static int8_t *slot_of(const struct session *session, uint32_t row)
{
    return session->rows + (size_t)(row % slots(session)) * session->model->features;
}

uint32_t session_next(const struct session *session)
{
    switch (session->kind) {
    case SESSION_ROLLING:
        return session->rolling.next;
    case SESSION_FRAMES:
        return session->frames.filling * session->model->frame_size + session->frames.leading;
    case SESSION_NONE:
    default:
        return 0;
    }
}

static bool is_finite(uint32_t bits)
{
    return (bits & 0x7F800000u) != 0x7F800000u;
}

/* Puts rows `first` … `first` + `count` − 1 of what came into their slots; none where a value is not finite. */
static struct refused quantise(struct session *session, const struct rows *rows, uint32_t first,
                               uint32_t count)
{
    const size_t features = session->model->features;
    const size_t begin = (size_t)(first - rows->first) * features * 4u;
    const size_t end = begin + (size_t)count * features * 4u;
    for (size_t at = begin; at < end; at += 4u) {
        if (!is_finite(get_u32(rows->values + at))) {
            return refuse(NOT_FINITE, (uint32_t)(ROWS_HEAD_BYTES + at));
        }
    }
    float row[ROW_FEATURES_MAX];
    const uint8_t *values = rows->values + begin;
    for (uint32_t i = 0; i < count; i++) {
        for (size_t column = 0; column < features; column++) {
            row[column] = get_f32(values);
            values += 4;
        }
        (void)ss_quantise_row(session->model, row, slot_of(session, first + i));
    }
    return taken;
}

static struct refused take_rolling(struct session *session, const struct rows *rows)
{
    struct rolling *const rolling = &session->rolling;
    const uint32_t end = rows->first + rows->count;
    if (rows->first > rolling->next) {
        return refuse(OUT_OF_ORDER, rolling->next);
    }
    if (end <= rolling->next) {
        return taken;
    }
    const uint32_t count = end - rolling->next;
    if (count > QUEUE_ROWS) {
        return refuse(OUT_OF_RANGE, ROWS_HEAD_BYTES - 2u);
    }
    if (end - rolling->staged > QUEUE_ROWS) {
        return refuse(BUSY, rolling->next);
    }
    const struct refused refused = quantise(session, rows, rolling->next, count);
    if (refused.reason == NOT_REFUSED) {
        rolling->next = end;
    }
    return refused;
}

static void empty_frame(struct frames *frames, uint32_t filling)
{
    frames->filling = filling;
    frames->leading = 0;
    frames->asked = false;
    memset(frames->held, 0, sizeof frames->held);
}

static void hold(struct frames *frames, uint32_t first, uint32_t count, uint32_t frame_size)
{
    for (uint32_t row = first; row < first + count; row++) {
        frames->held[row / 32u] |= 1u << (row % 32u);
    }
    while (frames->leading < frame_size &&
           (frames->held[frames->leading / 32u] & 1u << (frames->leading % 32u)) != 0) {
        frames->leading++;
    }
}

static struct refused take_for_frame(struct session *session, const struct rows *rows)
{
    struct frames *const frames = &session->frames;
    const uint32_t frame_size = session->model->frame_size;
    const uint32_t frame = rows->first / frame_size;
    if (rows->count == 0 || frame < frames->filling) {
        return taken;
    }
    if ((rows->first + rows->count - 1u) / frame_size != frame) {
        return refuse(OUT_OF_RANGE, ROWS_HEAD_BYTES - 2u);
    }
    if (frames->asked) {
        return frame == frames->filling ? taken : refuse(BUSY, session_next(session));
    }
    if (frame != frames->filling) {
        empty_frame(frames, frame);
    }
    const struct refused refused = quantise(session, rows, rows->first, rows->count);
    if (refused.reason == NOT_REFUSED) {
        hold(frames, rows->first % frame_size, rows->count, frame_size);
    }
    return refused;
}

struct refused session_take_rows(struct session *session, const struct rows *rows)
{
    if (rows->first > UINT32_MAX - FRAME_ROWS_MAX - rows->count) {
        return refuse(OUT_OF_RANGE, 4);
    }
    return session->kind == SESSION_ROLLING ? take_rolling(session, rows) : take_for_frame(session, rows);
}

struct refused session_run(struct session *session, uint32_t frame, bool *again)
{
    struct frames *const frames = &session->frames;
    *again = frames->any && frame == frames->last.frame;
    if (*again || (frames->asked && frame == frames->filling)) {
        return taken;
    }
    if (frames->asked) {
        return refuse(BUSY, session_next(session));
    }
    if (frame != frames->filling || frames->leading < session->model->frame_size) {
        return refuse(OUT_OF_ORDER, session_next(session));
    }
    frames->asked = true;
    return taken;
}

bool session_has_work(const struct session *session)
{
    return session->kind == SESSION_FRAMES ? session->frames.asked
                                           : session->rolling.staged < session->rolling.next;
}

void session_write_input(const struct session *session, int8_t *input)
{
    const size_t features = session->model->features;
    const uint32_t frame_size = session->model->frame_size;
    if (session->kind == SESSION_FRAMES) {
        memcpy(input, session->rows, frame_size * features);
        return;
    }
    const uint32_t newest = session->rolling.staged;
    const uint32_t oldest = newest < frame_size ? 0 : newest - frame_size + 1u;
    for (uint32_t row = oldest; row <= newest; row++) {
        memcpy(input, slot_of(session, row), features);
        input += features;
    }
    const size_t missing = frame_size - (newest - oldest + 1u);
    memset(input, ss_quantised_zero(session->model), missing * features);
}

const struct stage_result *session_finish_row(struct session *session, const int8_t *outputs, uint32_t cost)
{
    struct rolling *const rolling = &session->rolling;
    const struct ss_model *const model = session->model;
    const uint32_t epoch = rolling->staged;
    const uint32_t place = epoch < model->frame_size ? epoch : model->frame_size - 1u;
    const int8_t *const of_epoch = outputs + (size_t)place * model->classes;
    struct stage_result *const result = &rolling->results[epoch % KEPT_STAGES];
    result->epoch = epoch;
    result->cost = cost;
    result->stage = (uint8_t)ss_stage(model, of_epoch);
    memcpy(result->outputs, of_epoch, model->classes);
    ss_probabilities(model, of_epoch, result->probabilities);
    rolling->staged++;
    return result;
}

const struct frame_result *session_finish_frame(struct session *session, const int8_t *outputs, uint32_t cost)
{
    struct frames *const frames = &session->frames;
    frames->last.frame = frames->filling;
    frames->last.cost = cost;
    frames->last.crc32 = ss_crc32(0, outputs, (size_t)session->model->frame_size * session->model->classes);
    frames->any = true;
    empty_frame(frames, frames->filling + 1u);
    return &frames->last;
}

const struct stage_result *session_stage(const struct session *session, uint32_t epoch)
{
    const struct rolling *const rolling = &session->rolling;
    const bool kept = epoch < rolling->staged && rolling->staged - epoch <= KEPT_STAGES;
    return kept ? &rolling->results[epoch % KEPT_STAGES] : NULL;
}

uint32_t session_newest(const struct session *session)
{
    if (session->kind == SESSION_FRAMES) {
        return session->frames.any ? session->frames.last.frame : NONE_NEWEST;
    }
    return session->rolling.staged > 0 ? session->rolling.staged - 1u : NONE_NEWEST;
}
