#include "app.h"

#include "board.h"
#include "requests.h"
#include "tell.h"

void app_start(struct app *app)
{
    frame_reader_start(&app->reader);
    frame_writer_start(&app->writer);
    images_start(&app->images);
    app->session.changes = 0;
    session_end(&app->session);
    inference_start(&app->inference);
    app->arena = NULL;
    app->refused = 0;
    app->told = 0;
    tell_ready(app);
}

static void answer_requests(void *context)
{
    struct app *const app = context;
    struct message message;
    uint8_t byte;
    board_feed_watchdog();
    while (board_receive(&byte)) {
        if (frame_reader_take(&app->reader, byte, &message)) {
            requests_answer(app, &message);
            board_feed_watchdog(); /* answers to many requests may take long to send */
        }
    }
}

static void stage(struct app *app)
{
    const struct ss_model *const model = &app->images.model;
    const uint32_t changes = app->session.changes;
    app->arena = board_arena(model->arena_bytes);
    session_write_input(&app->session, ss_model_input(model, app->arena));
    inference_run(&app->inference, model, app->arena, answer_requests, app);
    if (app->session.changes != changes) {
        return; /* whoever asked has ended that session, or begun another */
    }
    const int8_t *const outputs = ss_model_output(model, app->arena);
    const uint32_t cost = app->inference.cost;
    if (app->session.kind == SESSION_ROLLING) {
        tell_stage(app, session_finish_row(&app->session, outputs, cost));
    } else {
        tell_frame(app, session_finish_frame(&app->session, outputs, cost));
    }
}

void app_step(struct app *app)
{
    answer_requests(app);
    if (session_has_work(&app->session)) {
        stage(app);
    } else {
        board_idle();
    }
}
