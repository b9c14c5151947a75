#include "tell.h"

#include <string.h>

#include "board.h"
#include "bytes.h"
#include "version.h"

uint8_t *put_hello(uint8_t *at, const struct app *app)
{
    const struct board_facts *const facts = board_facts();
    const struct board_memory *const memory = board_memory();
    const uint8_t *const header = images_header(&app->images);
    at = put_u8(at, PROTOCOL_VERSION);
    at = put_u8(at, (uint8_t)facts->cost_unit);
    at = put_u16(at, facts->boot);
    at = put_text(at, FIRMWARE_VERSION, 16);
    at = put_bytes(at, facts->firmware_id, FIRMWARE_ID_BYTES);
    at = put_text(at, facts->name, 24);
    at = put_u32(at, facts->chip);
    at = put_u32(at, facts->cpu_hz);
    at = put_u32(at, (uint32_t)memory->ram_image_bytes);
    at = put_u32(at, (uint32_t)memory->arena_limit);
    at = put_u8(at, (uint8_t)app->images.place);
    at = put_u8(at, app->images.error);
    at = put_u16(at, facts->reset_cause);
    at = put_u32(at, app->session.id);
    if (header == NULL) {
        memset(at, 0, IMAGE_HEADER_BYTES);
        return at + IMAGE_HEADER_BYTES;
    }
    return put_bytes(at, header, IMAGE_HEADER_BYTES);
}

uint8_t *put_stage(uint8_t *at, const struct session *session, const struct stage_result *result)
{
    const uint16_t classes = session->model->classes;
    at = put_u32(at, session->id);
    at = put_u32(at, result->epoch);
    at = put_u8(at, result->stage);
    at = put_u8(at, (uint8_t)classes);
    at = put_u32(at, result->cost);
    at = put_bytes(at, result->outputs, classes);
    return put_bytes(at, result->probabilities, classes);
}

static void tell(struct app *app, enum message_type type, const uint8_t *end)
{
    frame_writer_send(&app->writer, (uint8_t)type, app->told, end);
    app->told++;
}

void tell_ready(struct app *app)
{
    tell(app, READY, put_hello(frame_writer_payload(&app->writer), app));
}

void tell_stage(struct app *app, const struct stage_result *result)
{
    tell(app, STAGE, put_stage(frame_writer_payload(&app->writer), &app->session, result));
}

void tell_frame(struct app *app, const struct frame_result *result)
{
    uint8_t *at = frame_writer_payload(&app->writer);
    at = put_u32(at, app->session.id);
    at = put_u32(at, result->frame);
    at = put_u32(at, result->cost);
    at = put_u32(at, result->crc32);
    tell(app, FRAME, at);
}
