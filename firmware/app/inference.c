#include "inference.h"

#include <string.h>

#include "board.h"

void inference_start(struct inference *inference)
{
    memset(inference, 0, sizeof *inference);
}

static void layer_done(void *context, unsigned layer)
{
    struct inference *const inference = context;
    inference->running_costs[layer] = board_cost() - inference->since;
    inference->between(inference->context);
    inference->since = board_cost();
}

void inference_run(struct inference *inference, const struct ss_model *model, int8_t *arena,
                   between_layers between, void *context)
{
    inference->between = between;
    inference->context = context;
    inference->running = true;
    inference->since = board_cost();
    ss_model_run(model, arena, layer_done, inference);
    inference->running = false;

    inference->number++;
    inference->layers = model->layers;
    inference->cost = 0;
    for (unsigned layer = 0; layer < model->layers; layer++) {
        inference->costs[layer] = inference->running_costs[layer];
        inference->cost += inference->running_costs[layer];
    }
}
